/* The end of what a worker printed. */
#ifndef UNROLL_BATCH_OUTPUT_H
#define UNROLL_BATCH_OUTPUT_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum { OUTPUT_BYTES = 4096, OUTPUT_LINES = 20 };

/* All zero is an empty one. Lines end with \n or \r; empty ones do not count. */
struct output {
    char bytes[OUTPUT_BYTES]; /* the last ones */
    size_t length;
    size_t lines;      /* seen so far, the last one's end not needed */
    bool is_cut;       /* there was more before */
    bool is_in_a_line; /* the last one is not ended */
};

void output_add(struct output *output, const char *bytes, size_t count);

/* Adds the last lines, at most OUTPUT_LINES, made printable, each behind BEFORE and with a line
 * end; none when nothing was printed. Returns how many. */
size_t output_add_lines(struct text *text, const struct output *output, const char *before);

#endif
