/* A random search: points drawn from ranges and lists, as a pure function of a seed. */
#ifndef UNROLL_BATCH_DRAW_H
#define UNROLL_BATCH_DRAW_H

#include "batch/range.h"
#include "config/diagnostics.h"
#include "config/tree.h"

#include <stdint.h>

/* {points: 20, seed: 1, over: {key: [a, b], key: {log: {from: 1e-4, to: 1e-1}}}} */
struct draw {
    struct mark mark;
    int64_t points, seed;
    const struct node *over; /* the mapping; belongs to the tree */
};

/* The key `random` of a sweep. */
extern const struct file_key draw_key;

/* Reads the value of `random`. Returns 0, or -1 with errors in DIAGNOSTICS. */
int draw_read(struct draw *draw, const struct node *node, struct diagnostics *diagnostics);

/* Draws the points, no two of them equal: values [points, keys of over], which the caller owns, as
 * well as the array. Point i is the same however many points there are, and a draw's
 * value of a key depends on the seed and the key's name alone: not on the order of the keys nor on
 * the others. NULL with an error in
 * DIAGNOSTICS where there are not as many different ones. */
struct node **draw_points(const struct draw *draw, struct diagnostics *diagnostics);

#endif
