/* Names that users wrote, made harmless for terminals, documents and scripts. */
#ifndef UNROLL_BASE_PRINTABLE_H
#define UNROLL_BASE_PRINTABLE_H

#include "base/text.h"

#include <stddef.h>

/* Adds NAME with each tab and line end as a space, and "?" for every other control character, for
 * every character that turns the direction of writing (it could make a line show something that it
 * does not say), and for every byte that is not UTF-8. */
void printable_add(struct text *text, const char *name);

/* As printable_add, but at most WIDTH (at least 1) columns: the middle of a longer name becomes
 * "…", since names often differ at an end only. */
void printable_add_cut(struct text *text, const char *name, size_t width);

/* Adds NAME as it is, but with U+FFFD for every byte that is not UTF-8. Not for plugins. */
void printable_add_valid(struct text *text, const char *name);

/* Columns that TEXT takes on a terminal: two for a wide character, none for a combining one. Not
 * for plugins. */
size_t printable_width(const char *text);

/* The length in bytes of the UTF-8 character at TEXT, which is not at its end, and its code in
 * *CODE; 0 where there is no valid one. Not for plugins. */
size_t printable_decode(const char *text, unsigned long *code);

#endif
