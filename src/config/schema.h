/* JSON Schema (draft 2020-12) from the parameter tables, for editors. */
#ifndef UNROLL_CONFIG_SCHEMA_H
#define UNROLL_CONFIG_SCHEMA_H

#include "base/text.h"

/* The schema of a config, registered plugins included, as indented JSON with a final newline. */
void schema_add_config(struct text *out);

#endif
