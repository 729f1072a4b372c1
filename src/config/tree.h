/* YAML as a tree in which every node knows where it stands. */
#ifndef UNROLL_CONFIG_TREE_H
#define UNROLL_CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>

/* A place in a file; LINE and COLUMN count from 1. LINE 0: no place (FILE says what it is then:
 * "default", "command line"). FILE lives as long as the diagnostics or tree that it came from. */
struct mark {
    const char *file;
    int line, column, length; /* length in bytes, for the underline */
};

enum node_type { NODE_SCALAR, NODE_MAPPING, NODE_LIST };

struct node {
    enum node_type type;
    struct mark mark;
    char *text;  /* scalar: its content, without quotes */
    bool quoted; /* scalar: was in quotes */
    size_t count;
    struct node **items;   /* mapping: values; list: elements; owned */
    char **keys;           /* mapping: owned */
    struct mark *key_marks; /* mapping */
};

#endif
