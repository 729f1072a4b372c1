/* Subnormal numbers: those nearer to 0 than 2^-126 (1.2e-38), which float32 has with fewer digits
 * (IEEE 754-2019, 3.3). Many processors take some hundred cycles for an operation with one. A
 * gradient that vanishes over hundreds of time steps is full of them. */
#ifndef UNROLL_MATH_SUBNORMALS_H
#define UNROLL_MATH_SUBNORMALS_H

#include <stdbool.h>

/* Whether this processor can be told to take 0 for them. Not for plugins. */
bool subnormals_can_flush(void);

/* From now on the calling thread takes 0 of the same sign for them, as operands and as results
 * (FLUSH), or computes with them as IEEE 754 says, as threads do from the start. The tile unit
 * (math/amx.h) always takes 0 for them. Not for plugins. */
void subnormals_set(bool flush);

#endif
