/* JSON Schema (draft 2020-12) of experiment files, for editors. */
#ifndef UNROLL_BATCH_EXPERIMENT_SCHEMA_H
#define UNROLL_BATCH_EXPERIMENT_SCHEMA_H

#include "base/text.h"

/* The schema, registered plugins' parameters included, as indented JSON with a final newline. */
void schema_add_experiment(struct text *out);

#endif
