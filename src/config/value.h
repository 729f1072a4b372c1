/* Single values: decoded from scalars, and written in their canonical form. */
#ifndef UNROLL_CONFIG_VALUE_H
#define UNROLL_CONFIG_VALUE_H

#include "config/resolving.h"

/* Is NODE the word `none`, where PARAM may be that? */
bool value_is_none(const struct param *param, const struct node *node);

/* Empties LIST and gives back what it holds. */
void value_release_texts(struct text_list *list);

/* Reads a number, boolean, choice, set, text, path or list of texts into FIELD, which keeps its
 * default after an error. */
void value_decode(struct resolving *resolving, const struct param *param, void *field,
                  const struct node *node);

/* Fills OUT with the canonical text of FIELD; `none` when the parameter is optional and FIELD
 * equals NONE, its default. */
void value_describe(struct resolved *out, const struct param *param, const void *field,
                    const void *none);

#endif
