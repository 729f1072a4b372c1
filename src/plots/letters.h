/* How wide a text is, before anything knows the font that it will be drawn in. */
#ifndef UNROLL_PLOTS_LETTERS_H
#define UNROLL_PLOTS_LETTERS_H

#include "base/text.h"

#include <stddef.h>

/* The width of TEXT in centimetres at 9 points, in the wider of DejaVu Sans and Arial, of which a
 * reader's machine has one or something narrower. What is not printable counts as nothing. */
double letters_width(const char *text);

/* Adds NAME made harmless (printable.h) and cut in its middle: to at most COLUMNS columns, and to
 * WIDTH centimetres where four columns are not too wide for it. */
void letters_cut(struct text *text, const char *name, size_t columns, double width);

#endif
