/* A bar of block characters. */
#ifndef UNROLL_BASE_BAR_H
#define UNROLL_BASE_BAR_H

#include "base/text.h"

/* Adds a bar of WIDTH columns, of which FRACTION (0 to 1; what is outside counts as the nearer end,
 * NaN as 0) is filled, to an eighth of a column. */
void bar_add(struct text *text, double fraction, int width);

#endif
