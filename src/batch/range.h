/* Ranges of a sweep, {linear: {from: 32, to: 128, points: 4}} or {log: {...}}: evenly spaced
 * values, or values drawn at random. */
#ifndef UNROLL_BATCH_RANGE_H
#define UNROLL_BATCH_RANGE_H

#include "base/text.h"
#include "batch/file_key.h"
#include "config/diagnostics.h"
#include "config/tree.h"

#include <stdbool.h>
#include <stdint.h>

enum { RANGE_POINTS = 10000 }; /* at most */

struct range {
    bool is_log;   /* spaced evenly, or drawn uniformly, in the logarithm */
    bool is_whole; /* every value is a whole number, since the key takes no others */
    double from, to;
    int64_t points; /* of a grid; 0 where values are drawn */
};

/* The two kinds of a range, `linear` and `log`, with the keys of a grid; ends with NULL. */
extern const struct file_key *const range_keys[];

/* A list of values or a range, of a grid or to draw from. The caller owns the schema. */
json_t *range_schema(bool is_grid);

/* Is NODE a mapping whose only key is linear or log? */
bool range_is(const struct node *node);

/* Reads such a NODE for the config's KEY (model.units), whose type says whether values are whole; a
 * grid says `points`, a range to draw from does not. PATH stands in front of messages. Returns 0,
 * or -1 with errors in DIAGNOSTICS. */
int range_read(struct range *range, const struct node *node, const char *key, bool is_grid,
               const char *path, struct diagnostics *diagnostics);

/* Adds value INDEX, from 0 to points - 1, of the grid, both ends included; or the value that
 * UNIFORM, from [0, 1), draws. Values between the ends are rounded to six significant digits, which
 * makes them the same on every machine, or to whole numbers. */
void range_add_point(const struct range *range, int64_t index, struct text *text);
void range_add_draw(const struct range *range, double uniform, struct text *text);

#endif
