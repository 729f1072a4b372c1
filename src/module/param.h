/* Parameter tables: the single source of what a config can say. From a table come parsing, range
 * checks, defaults, help, the JSON Schema, the canonical text and the run key. */
#ifndef UNROLL_MODULE_PARAM_H
#define UNROLL_MODULE_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum module_kind {
    MODULE_LAYER,
    MODULE_LOSS,
    MODULE_OPTIMIZER,
    MODULE_SCHEDULE,
    MODULE_DATASET,
    MODULE_INITIALIZER,
    MODULE_KINDS,
};

/* What a parameter is, and the C type at its offset. */
enum param_type {
    PARAM_INTEGER, /* int64_t */
    PARAM_REAL,    /* double */
    PARAM_BOOLEAN, /* bool; written true or false */
    PARAM_CHOICE,  /* int: an index into choices */
    PARAM_SET,     /* uint32_t: a bit per choice; written as one name or a list of names */
    PARAM_TEXT,    /* char *, owned by the config */
    PARAM_PATH,    /* char *, owned by the config; relative to the file that says it */
    PARAM_TEXTS,   /* struct text_list: texts in the order of the config, no two the same; written
                      as one text or a list of texts */
    PARAM_SECTION, /* a nested struct, in place, described by table */
    PARAM_MODULE,  /* struct module_choice */
    PARAM_MODULES, /* struct module_list */
};

enum param_flags {
    PARAM_REQUIRED = 1,       /* has no default */
    PARAM_OPTIONAL = 2,       /* may be `none`: the value of the defaults struct stands for it */
    PARAM_NOT_IN_KEY = 4,     /* does not determine the result: left out of the run key */
    PARAM_ABOVE_MINIMUM = 8,  /* minimum itself is not allowed */
    PARAM_BELOW_MAXIMUM = 16, /* maximum itself is not allowed */
    /* With PARAM_OPTIONAL: `none` is left out of the canonical text. For what a later version adds
     * and what changes nothing where it is not used, so that the runs before it keep their keys. */
    PARAM_NONE_NOT_IN_KEY = 32,
};

/* Initialiser presets: the conventions of the frameworks (model.init). */
enum init_preset { INIT_TF1, INIT_KERAS, INIT_PYTORCH, INIT_PRESETS };

struct param {
    const char *name;    /* the key in YAML; NULL ends a table */
    const char *summary; /* one sentence, capital and full stop */
    enum param_type type;
    unsigned flags;                   /* enum param_flags */
    size_t offset;                    /* in the struct that the table describes */
    double minimum, maximum;          /* numbers: the range; both 0 means any */
    const char *const *choices;       /* PARAM_CHOICE, PARAM_SET: names, ends with NULL */
    const char *unit;                 /* for people: "steps", "examples"; NULL for none */
    const struct param *table;        /* PARAM_SECTION */
    enum module_kind kind;            /* PARAM_MODULE, PARAM_MODULES */
    const char *fallback;             /* PARAM_MODULE: the default as YAML flow text, for example
                                         "{uniform: {limit: 0.05}}"; NULL: none (module is NULL) */
    const char *preset[INIT_PRESETS]; /* any type: the default as YAML flow text where model.init
                                         names that preset; NULL: the ordinary default */
};

/* COUNT texts, none where PARAM_OPTIONAL is `none`. Owned by the config. */
struct text_list {
    char **items;
    size_t count;
};

struct module;

/* A module that a config chose, and its parsed parameters; module is NULL for none. */
struct module_choice {
    const struct module *module;
    void *params; /* module->params_size bytes, owned by the config */
};

struct module_list {
    struct module_choice *items;
    size_t count;
};

#endif
