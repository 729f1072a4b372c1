/* The keys of an experiment file as people and editors are told of them, beside what reads them. */
#ifndef UNROLL_BATCH_FILE_KEY_H
#define UNROLL_BATCH_FILE_KEY_H

#include "module/param.h"

#include <jansson.h>

struct file_key {
    /* Of a key that a table reads, with DEFAULTS, the struct that the table describes. Of the
     * others only SCHEMA may then be set. NULL for a key that is read by hand. */
    const struct param *param;
    const void *defaults;

    const char *name;
    const char *summary;        /* one sentence, capital and full stop */
    const char *form;           /* what is written, and the default: "text; default none" */
    const struct param *table;  /* keys inside that a table reads, with DEFAULTS; NULL for none */
    const char *const *choices; /* what may stand for a NAME in capitals; ends with NULL */
    const struct file_key *const *keys; /* keys inside that are read by hand; ends with NULL */
    json_t *(*schema)(void);            /* the caller owns it */
};

extern const struct file_key variants_key, sweep_key, exclude_key, claims_key, reported_key;

/* All keys of an experiment file; ends with NULL. */
extern const struct file_key *const experiment_keys[];

/* Where schemas refer to what experiment_schema.c defines. */
#define SCHEMA_CHANGES "#/$defs/changes"     /* a mapping of a config's dotted keys to values */
#define SCHEMA_SWEPT "#/$defs/swept"         /* a mapping of them to lists of values, or else */
#define SCHEMA_SWEPT_KEY "#/$defs/swept_key" /* a key that can be swept */
#define SCHEMA_REPORTED "#/$defs/reported"   /* reported_figures_schema() */

/* The figures of one metric. The caller owns the schema. */
json_t *reported_figures_schema(void);

const char *file_key_name(const struct file_key *key);
const char *file_key_summary(const struct file_key *key);

#endif
