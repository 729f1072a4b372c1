/* In what two resolved configs differ. */
#ifndef UNROLL_CONFIG_DIFFERENCE_H
#define UNROLL_CONFIG_DIFFERENCE_H

#include "config/resolved.h"

/* Calls VISIT for every value that only one of A and B has (the other text is NULL), or that is
 * another one there, in the order of A with what only B has in its place. PATH is dotted. A module
 * has a row of its own, with its name, besides those of its parameters. Texts are canonical and
 * valid during the call. Returns how many there were. */
typedef void (*difference_visit)(void *data, const char *path, const char *a, const char *b);
size_t difference_each(const struct resolved *a, const struct resolved *b, difference_visit visit,
                       void *data);

#endif
