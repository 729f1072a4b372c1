/* What a sweep shows: the figures of runs by the values that one or two keys had. */
#ifndef UNROLL_PLOTS_SWEPT_H
#define UNROLL_PLOTS_SWEPT_H

#include "base/names.h"
#include "plots/plots.h"

enum { SWEPT_KEYS = PLOT_OVER_LIMIT };

/* A key that was swept, with the values that it had. */
struct swept_key {
    char *name;
    struct names values; /* numbers ascending, otherwise as they came */
    char **texts;        /* what an axis says: numbers with three digits where they still differ */
    bool numeric;
    bool logarithmic; /* numbers above 0 over more than a decade, spaced more like powers */
};

/* One run: where it stands on each key, its line, its figure (NaN: none). */
struct swept_point {
    size_t at[SWEPT_KEYS], line;
    double value;
    bool diverged;
};

struct swept {
    struct swept_key keys[SWEPT_KEYS];
    size_t key_count;
    struct names lines; /* the variants, or what else differs: a line (a map) each; one at least */
    struct swept_point *points;
    size_t count;
};

/* Reads REQUEST's metric of all runs of GROUPS, which have their settings, by the keys that REQUEST
 * says, or else by those with numbers that differ. More than two of those, none, or a key that no
 * run has are errors that list what there is. The caller releases SWEEP, all zero after an error.
 */
int swept_load(struct swept *swept, struct store *store, const struct groups *groups,
               const struct plot_request *request, struct error *error);
void swept_release(struct swept *swept);

/* What an axis says for value PLACE of KEY. */
const char *swept_text(const struct swept_key *key, size_t place);

/* The number that value PLACE of KEY is, or for names the place itself. */
double swept_number(const struct swept_key *key, size_t place);

#endif
