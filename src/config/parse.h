/* YAML text to a tree, within narrow limits: no anchors, aliases, tags, merge keys, duplicate or
 * non-scalar keys; one document; valid UTF-8 without control characters. */
#ifndef UNROLL_CONFIG_PARSE_H
#define UNROLL_CONFIG_PARSE_H

#include "config/diagnostics.h"
#include "config/tree.h"

enum {
    PARSE_BYTES = 1 << 20, /* of a file */
    PARSE_LEVELS = 64,     /* of nesting */
    PARSE_KEYS = 1000,     /* of one mapping */
    PARSE_NODES = 1 << 16, /* of a file */
};

/* Reads the file PATH ("-" is standard input). Errors go to DIAGNOSTICS. NULL when nothing usable
 * is left; otherwise a tree that the caller frees, in which what was wrong is marked broken. */
struct node *parse_file(const char *path, struct diagnostics *diagnostics);

/* The same for SIZE bytes in memory; NAME stands for the file's name. */
struct node *parse_text(const char *name, const char *bytes, size_t size,
                        struct diagnostics *diagnostics);

/* A value in YAML's flow form ("3", "[1, 2]", "{adam: {rate: 1e-3}}"), all of whose marks are the
 * placeless PLACE ("default"), which must outlive the tree. */
struct node *parse_value(const char *text, const char *place, struct diagnostics *diagnostics);

#endif
