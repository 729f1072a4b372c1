/* The figures of a group that a test counts as independent, and which of two groups belong
 * together. */
#ifndef UNROLL_COMPARE_REPLICATES_H
#define UNROLL_COMPARE_REPLICATES_H

#include "compare/groups.h"

/* The runs of one setting with one seed: one, unless somebody trained the same twice. */
struct replicate_cell {
    size_t seed, setting; /* places in the side's names */
    double sum;
    size_t count;
};

/* A group's figures. */
struct side {
    double *values; /* [count], NaN where there is none; the first ones in the order of its runs */
    size_t count;
    double *finite; /* [n] */
    size_t n;
    struct names pairs;
    size_t *runs; /* by place in PAIRS: whose figure it is, or SIZE_MAX: of several */
    /* Where the group holds runs of several settings (--group-by), all of it by seed and setting;
     * CELLS by the place in PAIRS. */
    bool is_by_seed;
    struct names seeds, settings;
    struct replicate_cell *cells;
};

/* Takes VALUES [COUNT], which moment_values made of GROUP. */
void side_init(struct side *side, const struct group *group, double *values, size_t count);
void side_release(struct side *side);

/* What of two sides is to be tested. */
struct replicates {
    double *a, *b; /* figures: with IS_PAIRED those at the same place belong together */
    size_t count_a, count_b;
    bool is_paired;
    size_t left_out;       /* runs with a figure that is in none of these */
    size_t settings;       /* over how many the figures of each seed are means; 0: not averaged */
    bool is_by_seed;       /* the figures are of seeds, not of runs */
    bool are_other_things; /* the groups have no setting in common */
};

/* Figures pair where their runs have the same `pair` (groups.h), and more than half of the larger
 * side's figures, two at least, have a counterpart. Else all figures of both sides are there.
 *
 * Of sides by seed (--group-by) a figure is that of a seed: the mean over the settings that both
 * sides have, and in a pair over those that both have with this seed. What one side has alone is
 * left out. Sides without a common setting do not pair: each seed's figure is then the mean over
 * all settings of its side. The caller releases REPLICATES. */
void replicates_init(struct replicates *replicates, const struct side *one,
                     const struct side *other);
void replicates_release(struct replicates *replicates);

#endif
