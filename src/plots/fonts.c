#include "plots/fonts.h"

#include "base/memory.h"
#include "base/printable.h"
#include "base/process.h"

#include <ctype.h>
#include <stdlib.h>

enum {
    FIRST_RARE = 0x250, /* Latin letters and punctuation below it are in every font */
    CODES = 0x110000,   /* of Unicode */
};

void fonts_release(struct fonts *fonts)
{
    memory_free(fonts->there);
    *fonts = (struct fonts){0};
}

static void add_range(struct fonts *fonts, unsigned long first, unsigned long last)
{
    for (unsigned long code = first; code <= last && code < CODES; code++)
        fonts->there[code / 8] |= (uint8_t)(1 << code % 8);
}

/* Reads the characters of all fonts, a line each: "20-7e a0-17f 192". */
static void read_ranges(struct fonts *fonts, const char *at)
{
    while (*at) {
        char *end;
        if (!isxdigit((unsigned char)*at)) {
            at++;
            continue;
        }
        unsigned long first = strtoul(at, &end, 16), last = first;
        if (*end == '-' && isxdigit((unsigned char)end[1]))
            last = strtoul(end + 1, &end, 16);
        add_range(fonts, first, last);
        at = end;
    }
}

static void ask(struct fonts *fonts)
{
    static const char *const arguments[] = {"fc-list", "--format", "%{charset}\n", NULL};
    struct process_output output;
    fonts->is_asked = true;
    if (process_run(arguments, NULL, &output, NULL) == 0 && output.status == 0 &&
        output.output.length < PROCESS_OUTPUT_LIMIT) {
        fonts->there = memory_array(CODES / 8, sizeof *fonts->there);
        read_ranges(fonts, text_get(&output.output));
    }
    process_output_release(&output);
}

static bool is_there(struct fonts *fonts, unsigned long code)
{
    if (!fonts->is_asked)
        ask(fonts);
    return !fonts->there || fonts->there[code / 8] >> code % 8 & 1;
}

void fonts_add_known(struct text *text, const char *source, struct fonts *fonts)
{
    while (*source) {
        unsigned long code = 0;
        size_t length = printable_decode(source, &code);
        if (length > 1 && code >= FIRST_RARE && !is_there(fonts, code))
            text_add(text, "\xE2\x96\xA1"); /* a white square */
        else
            text_add_bytes(text, source, length ? length : 1);
        source += length ? length : 1;
    }
}
