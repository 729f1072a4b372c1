/* All that a run computed, as the store keeps it, and whether two runs computed the same bits. */
#ifndef UNROLL_REPORT_FIGURES_H
#define UNROLL_REPORT_FIGURES_H

#include "base/text.h"
#include "config/config.h"
#include "store/gradient_flow.h"
#include "store/metrics.h"
#include "store/store.h"

struct figures {
    struct run run;
    char **names; /* [count] of the series, sorted */
    struct metrics *series;
    size_t count;
    struct gradient_flow_list flows; /* with their norms */
    struct finals finals;
    struct predictions predictions[SPLITS]; /* without any where the split has none */
};

/* All of the run whose id begins with PREFIX, as it is at one moment. The caller releases FIGURES,
 * which are all zero after an error. */
int figures_load(struct figures *figures, struct store *store, const char *prefix,
                 struct error *error);
void figures_release(struct figures *figures);

struct figures_comparison {
    /* Compared: those that either of the two has; of gradient flow each norm. */
    int64_t metrics, flows, finals, predictions, counts;
    bool checkpoint;   /* the hash of the last checkpoint was compared: the stored run names one */
    int64_t different; /* of all these */
    /* Finals of the training split that were not compared: STORED is of a program that did not
     * compute any yet. */
    int64_t left_out;
    struct text first; /* the first difference, "" for none */
    int64_t first_step;
};

/* Compares every figure of AGAIN with the one of STORED, bit for bit; times are no figures. The
 * first difference is the metric with the smallest step, else the first of gradient flow, the
 * counts (steps, examples, parameters), finals, predictions, and the checkpoint. The caller
 * releases COMPARISON. */
void figures_compare(const struct figures *stored, const struct figures *again,
                     struct figures_comparison *comparison);
void figures_comparison_release(struct figures_comparison *comparison);

#endif
