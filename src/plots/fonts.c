#include "plots/fonts.h"

#include "base/memory.h"
#include "base/printable.h"
#include "base/process.h"

enum {
    FIRST_RARE = 0x250, /* Latin letters and punctuation below it are in every font */
    ASKED = 500,        /* characters of one picture that fc-list is asked about */
};

/* The place of "CODE" or "-CODE" in KNOWN tells what was found out: there, or missing. */
static bool is_there(struct names *known, unsigned long code)
{
    char *there = text_format("%lx", code), *missing = text_format("-%lx", code);
    bool result = true;
    if (names_find(known, missing) < known->count)
        result = false;
    else if (names_find(known, there) == known->count && known->count < ASKED) {
        struct process_output output;
        char *pattern = text_format(":charset=%lx", code);
        const char *const arguments[] = {"fc-list", pattern, "family", NULL};
        if (process_run(arguments, NULL, &output, NULL) == 0)
            result = output.status != 0 || output.output.length > 0;
        process_output_release(&output);
        names_add(known, result ? there : missing);
        memory_free(pattern);
    }
    memory_free(there);
    memory_free(missing);
    return result;
}

void fonts_add_known(struct text *text, const char *source, struct names *known)
{
    while (*source) {
        unsigned long code = 0;
        size_t length = printable_decode(source, &code);
        if (length > 1 && code >= FIRST_RARE && !is_there(known, code))
            text_add(text, "\xE2\x96\xA1"); /* a white square */
        else
            text_add_bytes(text, source, length ? length : 1);
        source += length ? length : 1;
    }
}
