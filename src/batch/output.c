#include "batch/output.h"

#include "base/printable.h"

#include <string.h>

static bool is_line_end(char character)
{
    return character == '\n' || character == '\r';
}

void output_add(struct output *output, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool is_end = is_line_end(bytes[i]);
        output->lines += !is_end && !output->is_in_a_line;
        output->is_in_a_line = !is_end;
    }
    if (count >= OUTPUT_BYTES) {
        output->is_cut = output->is_cut || output->length > 0 || count > OUTPUT_BYTES;
        memcpy(output->bytes, bytes + count - OUTPUT_BYTES, OUTPUT_BYTES);
        output->length = OUTPUT_BYTES;
        return;
    }
    if (output->length + count > OUTPUT_BYTES) {
        size_t gone = output->length + count - OUTPUT_BYTES;
        memmove(output->bytes, output->bytes + gone, output->length - gone);
        output->length -= gone;
        output->is_cut = true;
    }
    memcpy(output->bytes + output->length, bytes, count);
    output->length += count;
}

/* Adds the bytes from BEGIN to END; a zero byte would end the text. */
static void add_line(struct text *text, const char *begin, const char *end)
{
    struct text line = {0};
    for (const char *at = begin; at < end; at++)
        text_add_char(&line, *at ? *at : '\1');
    printable_add(text, text_get(&line));
    text_release(&line);
}

size_t output_add_lines(struct text *text, const struct output *output, const char *before)
{
    const char *first = output->bytes, *end = output->bytes + output->length, *at = end;
    size_t lines = 0;
    /* Back to the beginning of the first line that is shown. */
    while (at > first) {
        if (!is_line_end(at[-1]) && (at == end || is_line_end(*at)) && lines++ == OUTPUT_LINES)
            break;
        at--;
    }
    bool is_cut = at == first && output->is_cut && at < end && !is_line_end(*at);
    size_t shown = 0;
    while (at < end) {
        const char *begin = at;
        while (at < end && !is_line_end(*at))
            at++;
        if (at > begin) {
            /* Where the first line has lost its beginning, the rest of a character may lead. */
            bool is_rest = is_cut && begin == first;
            while (is_rest && begin < at && (*begin & 0xC0) == 0x80)
                begin++;
            text_add(text, before);
            text_add(text, is_rest ? "…" : "");
            add_line(text, begin, at);
            text_add_char(text, '\n');
            shown++;
        }
        at += at < end;
    }
    return shown;
}
