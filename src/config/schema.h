/* JSON Schema (draft 2020-12) from the parameter tables, for editors. */
#ifndef UNROLL_CONFIG_SCHEMA_H
#define UNROLL_CONFIG_SCHEMA_H

#include "base/text.h"
#include "module/param.h"

/* The schema of a config, registered plugins included, as indented JSON with a final newline. */
void schema_add_config(struct text *out);

/* The schema of any TABLE, as a whole document with this TITLE. */
void schema_add_table(struct text *out, const char *title, const struct param *table);

#endif
