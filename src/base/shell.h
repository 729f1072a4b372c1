/* Words of a command line, as people paste them into a shell. */
#ifndef UNROLL_BASE_SHELL_H
#define UNROLL_BASE_SHELL_H

#include "base/text.h"

/* Adds WORD so that a shell reads it as one word in which nothing has a meaning: in quotes where it
 * needs them. */
void shell_add_word(struct text *text, const char *word);

#endif
