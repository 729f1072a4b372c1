/* Strict reading of scalars: nothing is guessed. */
#ifndef UNROLL_CONFIG_SCALAR_H
#define UNROLL_CONFIG_SCALAR_H

#include "base/text.h"

#include <stdint.h>

/* Each returns 0, or -1 when TEXT is not one; REMEDY then says what to write, or stays empty.
 * Integers are decimal digits with a sign; reals are decimal and finite; booleans are true and
 * false. */
int scalar_read_integer(const char *text, int64_t *value, struct text *remedy);
int scalar_read_real(const char *text, double *value, struct text *remedy);
int scalar_read_boolean(const char *text, bool *value, struct text *remedy);

#endif
