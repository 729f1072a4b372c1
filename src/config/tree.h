/* YAML as a tree in which every node knows where it stands. */
#ifndef UNROLL_CONFIG_TREE_H
#define UNROLL_CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>

/* A place in a file; LINE and COLUMN count from 1, COLUMN and LENGTH in characters. LINE 0: no
 * place in a file, FILE says what it is then: "default", "init tf1",
 * "command line: train.steps=10". FILE is a literal or belongs to the diagnostics with which it
 * was read, and lives as long as they do. */
struct mark {
    const char *file;
    int line, column, length; /* length of the underline */
};

enum node_type { NODE_SCALAR, NODE_MAPPING, NODE_LIST };

struct node {
    enum node_type type;
    struct mark mark;
    char *text;  /* scalar: its content, without quotes */
    bool quoted; /* scalar: was in quotes, or a block of text */
    bool broken; /* an error is already reported for it: say nothing more */
    size_t count;
    struct node **items;    /* mapping: values; list: elements; owned */
    char **keys;            /* mapping: owned */
    struct mark *key_marks; /* mapping */
};

struct node *node_new(enum node_type type, const struct mark *mark);
struct node *node_new_scalar(const char *text, const struct mark *mark);
struct node *node_copy(const struct node *node);
void node_free(struct node *node); /* NULL is allowed */

/* Adds VALUE, which the tree then owns, at the end of a mapping or list. The caller makes sure
 * that KEY is not there yet. */
void node_add(struct node *mapping, const char *key, const struct mark *key_mark,
              struct node *value);
void node_append(struct node *list, struct node *value);

/* Where KEY stands in a mapping, or -1; also -1 when NODE is NULL or not a mapping. */
int node_find(const struct node *node, const char *key);
/* The value of KEY, or NULL. */
struct node *node_get(const struct node *node, const char *key);

/* Takes entry INDEX out of a mapping or list; the caller owns the value. */
struct node *node_take(struct node *node, size_t index);
/* Puts VALUE in the place of entry INDEX, whose old value is freed. */
void node_replace(struct node *node, size_t index, struct node *value);

/* Is nothing written where a value should be? */
bool node_is_empty(const struct node *node);

/* "a mapping", "a list", "`text`" (shortened), "no value": for messages. Caller frees. */
char *node_describe(const struct node *node);

/* Where a value comes from, for people: "configs/lstm.yaml:9", "command line", "default". Caller
 * frees. */
char *mark_origin(const struct mark *mark);

#endif
