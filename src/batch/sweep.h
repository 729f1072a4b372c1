/* The `sweep` of an experiment: which values of which keys are tried.
 *
 *     sweep:
 *       train.optimizer.adam.rate: [1e-3, 1e-2]                  a grid: each value ...
 *       model.units: {linear: {from: 32, to: 128, points: 4}}    ... with each value of the others
 *       train.clip.norm: {log: {from: 0.1, to: 10, points: 3}}   evenly spaced in the logarithm
 *       zip: {model.layers: [1, 2], train.batch: [64, 32]}       the first with the first, ...
 *       random:                                                  a random search
 *         points: 20
 *         seed: 1
 *         over: {train.weight_decay: {log: {from: 1e-6, to: 1e-3}}, model.cell: [lstm, gru]}
 *
 * Each key of the grid, the pairs of `zip` and the points of `random` are crossed with each other.
 */
#ifndef UNROLL_BATCH_SWEEP_H
#define UNROLL_BATCH_SWEEP_H

#include "config/diagnostics.h"
#include "config/tree.h"

#include <stddef.h>

enum {
    SWEEP_KEYS = 64,       /* at most */
    SWEEP_POINTS = 100000, /* of all keys together, at most; and so are an experiment's trials */
};

/* One key and the values that it takes. Paired keys share stride and count. */
struct sweep_key {
    const char *path;  /* "train.optimizer.adam.rate"; belongs to the tree */
    struct mark mark;  /* of the path */
    const char *label; /* the shortest end of the path that tells it from the others: "rate" */
    size_t group;      /* keys of one group are paired: a key of the grid, `zip`, `random` */
    size_t stride;     /* consecutive points with the same value; 0 in a sweep with errors */
    size_t count;
    struct node **values; /* [count], owned */
    char **texts;         /* [count], owned: equal values have equal texts */
};

/* All zero is the sweep with one point and no keys. */
struct sweep {
    struct mark mark; /* of the word `sweep` */
    struct sweep_key *keys;
    size_t key_count;
};

/* Reads the value NODE of the key `sweep` at MARK; the tree must outlive SWEEP. Returns 0, or -1
 * with errors in DIAGNOSTICS. SWEEP must be released in both cases. */
int sweep_read(struct sweep *sweep, const struct node *node, const struct mark *mark,
               struct diagnostics *diagnostics);
void sweep_release(struct sweep *sweep);

/* How many points the sweep has; at least 1. */
size_t sweep_points(const struct sweep *sweep);

/* Which of a key's values it has at POINT. The last group of keys varies fastest. */
size_t sweep_value(const struct sweep_key *key, size_t point);

/* Adds " rate=0.001 units=32" for POINT. A value that is long or no plain text is named by its
 * place among the key's values, from 1: " stack=#2". */
void sweep_add_name(const struct sweep *sweep, size_t point, struct text *text);

/* The key called PATH, or NULL. */
const struct sweep_key *sweep_find(const struct sweep *sweep, const char *path);

/* Is PATH none that a sweep can change, as `seed` is? */
bool sweep_refuses(const char *path);

/* Does one of the dotted paths A and B contain the other, or is it the same? */
bool sweep_paths_meet(const char *a, const char *b);

#endif
