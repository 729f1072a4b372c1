/* Working memory that begins at a cache line. */
#ifndef UNROLL_MATH_LINE_H
#define UNROLL_MATH_LINE_H

#include <stdint.h>

enum { LINE_FLOATS = 16 }; /* in a cache line; a caller gives LINE_FLOATS - 1 more than is needed */

/* The first cache line's start at or behind MEMORY. */
static inline float *line_start(float *memory)
{
    const uintptr_t line = LINE_FLOATS * sizeof(float);
    return memory + (line - (uintptr_t)memory % line) % line / sizeof(float);
}

#endif
