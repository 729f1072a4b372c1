#include "report/html.h"

#include "base/printable.h"

#include <string.h>

static const char *reference(char character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_add(struct text *page, const char *text)
{
    struct text plain = {0};
    printable_add(&plain, text);
    for (const char *at = text_get(&plain); *at; at++) {
        const char *escaped = reference(*at);
        if (escaped)
            text_add(page, escaped);
        else
            text_add_char(page, *at);
    }
    text_release(&plain);
}

void html_add_lines(struct text *page, const char *text)
{
    struct text line = {0};
    for (const char *at = text;; at++) {
        if (*at == '\t') {
            text_add(&line, "    ");
        } else if (*at == '\r' && at[1] == '\n') {
            continue;
        } else if (*at && *at != '\n') {
            text_add_char(&line, *at);
        } else {
            html_add(page, text_get(&line));
            text_clear(&line);
            if (!*at)
                break;
            text_add_char(page, '\n');
        }
    }
    text_release(&line);
}

void html_add_element(struct text *page, const char *tag, const char *text)
{
    text_add_format(page, "<%s>", tag);
    html_add(page, text);
    text_add_format(page, "</%s>\n", tag);
}

void html_add_base64(struct text *page, const void *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        unsigned long three = (unsigned long)at[i] << 16;
        three |= left > 1 ? (unsigned long)at[i + 1] << 8 : 0;
        three |= left > 2 ? (unsigned long)at[i + 2] : 0;
        const char four[] = {digits[three >> 18], digits[three >> 12 & 63],
                             left > 1 ? digits[three >> 6 & 63] : '=',
                             left > 2 ? digits[three & 63] : '='};
        text_add_bytes(page, four, sizeof four);
    }
}
