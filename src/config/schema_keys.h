/* A config's dotted keys, such as train.optimizer.adam.rate, as its JSON Schema has them. */
#ifndef UNROLL_CONFIG_SCHEMA_KEYS_H
#define UNROLL_CONFIG_SCHEMA_KEYS_H

#include <jansson.h>

/* Adds to KEYS, for each dotted key below SCHEMA, which stands at POINTER ("#/$defs/config"), a
 * reference to its schema; modules are looked up in PARTS (schema_definitions()). There is no end
 * to keys that lead through lists and into modules of modules: these match what is added to
 * PATTERNS. */
void schema_keys_add(json_t *keys, json_t *patterns, json_t *schema, const char *pointer,
                     json_t *parts);

#endif
