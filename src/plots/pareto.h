/* What a Pareto plot shows: a figure of each variant against what it costs. */
#ifndef UNROLL_PLOTS_PARETO_H
#define UNROLL_PLOTS_PARETO_H

#include "plots/axes.h"
#include "plots/plots.h"

#include <stdbool.h>
#include <stddef.h>

/* A figure over a variant's seeds. */
struct pareto_spread {
    double mean;
    double low, high; /* the 95 % interval; of two seeds, the one and the other; NaN of one */
};

struct pareto_variant {
    const char *name;
    struct pareto_spread x, y;
    size_t n;   /* seeds that have both figures */
    bool front; /* no other variant beats it in both */
};

struct pareto {
    const char *x_metric, *y_metric;
    struct moment moment;
    struct pareto_variant *variants;
    size_t count;
    struct axis x, y;
    struct axis_range x_range, y_range; /* of the axes, as far as the user said */
    bool lower_is_better;
};

/* Loads the variants of GROUPS that have a seed with both figures into PARETO, whose metrics,
 * moment, direction and ranges are set, finds the front, and fits the axes. The caller frees the
 * variants, after an error too. */
int pareto_load(struct pareto *pareto, struct store *store, const struct groups *groups,
                struct error *error);

/* Whether VARIANT's mean lies within the axes, which leave some out only where the user said so. */
bool pareto_shows(const struct pareto *pareto, const struct pareto_variant *variant);

/* The variants on the front, from left to right: COUNT of them, which the caller frees. */
const struct pareto_variant **pareto_front(const struct pareto *pareto, size_t *count);

#endif
