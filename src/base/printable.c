#include "base/printable.h"

#include "base/memory.h"

#include <locale.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

/* RFC 3629, section 4; overlong forms, surrogates and codes past U+10FFFF are not valid. */
size_t printable_decode(const char *text, unsigned long *code)
{
    static const unsigned long smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)text;
    size_t length = bytes[0] < 0x80             ? 1
                    : (bytes[0] & 0xE0) == 0xC0 ? 2
                    : (bytes[0] & 0xF0) == 0xE0 ? 3
                    : (bytes[0] & 0xF8) == 0xF0 ? 4
                                                : 0;
    if (length <= 1) {
        *code = bytes[0];
        return length;
    }
    unsigned long value = bytes[0] & (0x7FU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3FU);
    }
    *code = value;
    bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    return value < smallest[length] || value > 0x10FFFF || surrogate ? 0 : length;
}

static bool is_harmful(unsigned long code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || /* C0, delete, C1 */
           code == 0x61C || code == 0x200E || code == 0x200F ||
           (code >= 0x2028 && code <= 0x202E) || /* line separators and embeddings */
           (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

void printable_add(struct text *text, const char *name)
{
    unsigned long code;
    for (const char *at = name; *at;) {
        size_t length = printable_decode(at, &code);
        if (length && strchr("\t\n\r", *at))
            text_add_char(text, ' ');
        else if (length && !is_harmful(code))
            text_add_bytes(text, at, length);
        else
            text_add_char(text, '?');
        at += length ? length : 1;
    }
}

void printable_add_valid(struct text *text, const char *name)
{
    unsigned long code;
    for (const char *at = name; *at;) {
        size_t length = printable_decode(at, &code);
        if (length)
            text_add_bytes(text, at, length);
        else
            text_add(text, "\xEF\xBF\xBD");
        at += length ? length : 1;
    }
}

static size_t measure(const char *text, size_t bytes)
{
    /* wcwidth follows the locale, and the program runs in "C". */
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
    size_t width = 0;
    unsigned long code;
    for (const char *at = text; at < text + bytes;) {
        size_t length = printable_decode(at, &code);
        int columns = utf8 && length ? wcwidth((wchar_t)code) : 1;
        width += columns < 0 ? 1 : (size_t)columns;
        at += length ? length : 1;
    }
    if (utf8) {
        uselocale(before);
        freelocale(utf8);
    }
    return width;
}

size_t printable_width(const char *text)
{
    size_t bytes = strlen(text);
    for (size_t i = 0; i < bytes; i++)
        if ((unsigned char)text[i] >= 0x80)
            return measure(text, bytes);
    return bytes;
}

static bool continues(char byte)
{
    return (byte & 0xC0) == 0x80;
}

void printable_add_cut(struct text *text, const char *name, size_t width)
{
    struct text whole = {0};
    printable_add(&whole, name);
    const char *bytes = text_get(&whole);
    if (printable_width(bytes) <= width) {
        text_add(text, bytes);
        text_release(&whole);
        return;
    }
    size_t head = 0, tail = whole.length, front = width / 2, back = (width - 1) / 2;
    for (size_t next = 0; next < whole.length && measure(bytes, next) <= front; next++)
        if (!continues(bytes[next]))
            head = next;
    for (size_t next = whole.length; next > head; next--)
        if (!continues(bytes[next]) && measure(bytes + next, whole.length - next) <= back)
            tail = next;
    text_add_bytes(text, bytes, head);
    text_add(text, "…");
    text_add(text, bytes + tail);
    text_release(&whole);
}
