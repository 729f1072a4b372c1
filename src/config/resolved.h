/* A config after all defaults are filled in: each value's canonical text, where it comes from, and
 * whether it determines the result. */
#ifndef UNROLL_CONFIG_RESOLVED_H
#define UNROLL_CONFIG_RESOLVED_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum resolved_type {
    RESOLVED_VALUE,   /* text: a number, a name, `none` */
    RESOLVED_TEXT,    /* text: free text, to be quoted where YAML needs it */
    RESOLVED_SET,     /* items are names, or texts to be quoted where YAML needs it */
    RESOLVED_SECTION, /* items are parameters */
    RESOLVED_MODULE,  /* text: the module's name; items are its parameters */
    RESOLVED_MODULES, /* items are modules */
};

struct resolved {
    enum resolved_type type;
    const char *name; /* the key, a literal of its table; NULL in lists */
    char *text;       /* canonical: equal values have equal texts */
    char *origin;     /* "configs/lstm.yaml:9", "command line", "default", "init tf1" */
    char *version;    /* RESOLVED_MODULE: "version 1", with the digest of a plugin behind it */
    bool in_key;
    struct resolved *items;
    size_t count;
};

struct resolved *resolved_new(void);
void resolved_free(struct resolved *resolved);
void resolved_release(struct resolved *resolved);
/* A new, zeroed entry at the end; the pointer is valid until the next one is added. */
struct resolved *resolved_add(struct resolved *parent);

/* The entry at a dotted path such as "train.optimizer.adam.rate" or "model.stack.0.lstm.units", or
 * NULL. */
struct resolved *resolved_find(const struct resolved *root, const char *path);

/* Calls VISIT for every value in order, with its dotted path and text: a set as a whole, a module
 * with its name and then with each of its parameters. */
typedef void (*resolved_visit)(void *data, const char *path, const char *text,
                               const struct resolved *value);
void resolved_each(const struct resolved *root, resolved_visit visit, void *data);

/* TEXT as YAML reads it as this text again, in quotes where it needs them. */
void resolved_add_text(struct text *out, const char *text);

/* YAML that loads again to the same values; with "# origin" behind each when asked. */
void resolved_add_yaml(struct text *out, const struct resolved *root, bool with_origins);

/* What determines the result and nothing else, a line each: what the run key is a hash of. */
void resolved_add_canonical(struct text *out, const struct resolved *root);

#endif
