/* Elementwise mathematics on float32 that the compiler vectorises inside MATH_CLONES bodies, and
 * the same as functions over arrays. */
#ifndef UNROLL_MATH_VECTOR_H
#define UNROLL_MATH_VECTOR_H

#include "math/isa.h"

#include <stdint.h>

#endif
