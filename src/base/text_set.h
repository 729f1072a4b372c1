/* A set of texts, to find what stands twice. */
#ifndef UNROLL_BASE_TEXT_SET_H
#define UNROLL_BASE_TEXT_SET_H

#include <stdbool.h>

struct text_set;
struct text_set *text_set_new(void);
void text_set_free(struct text_set *set);

/* Adds TEXT (copied); false where it was there before. */
bool text_set_add(struct text_set *set, const char *text);

#endif
