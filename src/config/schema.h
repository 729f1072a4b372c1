/* JSON Schema (draft 2020-12) from the parameter tables, for editors. */
#ifndef UNROLL_CONFIG_SCHEMA_H
#define UNROLL_CONFIG_SCHEMA_H

#include "base/text.h"
#include "module/param.h"

#include <jansson.h>

/* The schema of a config, registered plugins included, as indented JSON with a final newline. */
void schema_add_config(struct text *out);

/* Parts of such a document, for other files than configs. The caller owns what is returned. */

/* What modules refer to: put it into the document as $defs. */
#define SCHEMA_DEFINITIONS "#/$defs/"
json_t *schema_definitions(void);

/* A document with its title, yet without content. */
json_t *schema_document(const char *title);

/* A config file, of which nothing is required. */
json_t *schema_of_config(void);

/* A mapping by TABLE, of which what the table requires is required; DEFAULTS is the struct that it
 * describes. */
json_t *schema_of_whole_table(const struct param *table, const void *defaults);

/* A parameter with description and default; DEFAULTS as above. */
json_t *schema_of_param(const struct param *param, const void *defaults);

/* A text, which any scalar is. */
json_t *schema_of_text(void);

/* Adds DOCUMENT as indented JSON with a final newline. */
void schema_add_text(json_t *document, struct text *out);

#endif
