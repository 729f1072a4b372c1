/* How a tree names a module: `lstm`, `{lstm: {units: 128}}`, or `{dropout: 0.5}`, where a value
 * alone sets the module's first parameter. */
#ifndef UNROLL_CONFIG_CHOICE_H
#define UNROLL_CONFIG_CHOICE_H

#include "config/tree.h"
#include "module/module.h"

/* The name that NODE gives, or NULL when it is none of these forms. */
const char *choice_name(const struct node *node);

/* Where the name stands. */
const struct mark *choice_mark(const struct node *node);

/* The parameters that NODE, which has a name, gives to MODULE, as a new mapping; NULL when it gives
 * a value alone to a module without parameters. MODULE may be NULL. Caller frees. */
struct node *choice_parameters(const struct node *node, const struct module *module);

/* {NAME: PARAMETERS}; PARAMETERS belongs to it then. Caller frees. */
struct node *choice_new(const char *name, const struct mark *mark, struct node *parameters);

#endif
