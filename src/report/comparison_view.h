/* What is shown of a comparison: which metrics, columns and order, from what the command line says.
 * `compare` prints it, the page shows it. */
#ifndef UNROLL_REPORT_COMPARISON_VIEW_H
#define UNROLL_REPORT_COMPARISON_VIEW_H

#include "compare/claims.h"
#include "compare/comparison.h"

/* All zero: the usual metrics at the end of training against the experiment's baseline, in the
 * order of the groups. Texts are borrowed. */
struct comparison_options {
    const char *const
        *metrics; /* in full; none: what the experiment compares, else test.accuracy */
    size_t metric_count;
    const char *at; /* see moment_parse; NULL: the end */
    int test;       /* index into comparison_test_names */
    bool pairs;
    const char *baseline;
    const char *columns; /* names with commas between, see comparison_columns.h; NULL: the usual */
    const char *sort;    /* a name, with "-" in front for the other way; NULL: as they are */
    bool only_changed;   /* a column for each key in which runs differ, none that is all the same */
    bool only_claims;    /* the answers to the experiment's claims, and nothing else */
    bool ties;     /* what is not significantly worse than the best is found, in each metric */
    int precision; /* digits behind the point of a metric */
};

enum comparison_figure {
    FIGURE_N,
    FIGURE_MEAN,
    FIGURE_HALF_WIDTH,
    FIGURE_DEVIATION,
    FIGURE_MINIMUM,
    FIGURE_MEDIAN,
    FIGURE_MAXIMUM,
    FIGURE_DIFFERENCE, /* this one and the following are of a contrast */
    FIGURE_LOW,
    FIGURE_HIGH,
    FIGURE_TEST,
    FIGURE_P,
    FIGURE_ADJUSTED,
    FIGURE_EFFECT,
    FIGURE_VERDICT,
    FIGURE_SEEDS,
    COMPARISON_FIGURES
};

/* A column of the table of variants: a figure of a metric, or the value of a config key. */
struct comparison_column {
    enum comparison_figure figure;
    size_t metric;     /* index of comparisons */
    const char *key;   /* NULL for a figure; borrowed from the view */
    bool stands_alone; /* the mean is all that is shown of the metric: no heading over it */
};

struct comparison_view {
    const struct groups *groups;
    struct comparison_options options;
    struct moment moment;
    struct names metrics;
    struct comparison *comparisons; /* [metrics.count]; the first FULL_COUNT with contrasts */
    size_t full_count;
    struct names keys; /* config keys that are shown */
    struct comparison_column *columns;
    size_t column_count;
    struct comparison_column *same; /* left out by only_changed: of one value in all rows */
    size_t same_count;
    size_t *order;               /* of the groups [groups->count] */
    struct claim_answers claims; /* of the experiment; none for groups by keys */
};

/* Whether OPTIONS may need the runs' settings: for groups_request.with_settings. */
bool comparison_options_need_settings(const struct comparison_options *options);

/* Compares GROUPS, which must outlive VIEW, as OPTIONS say. The caller releases VIEW, which is all
 * zero after an error: ERROR_NOT_FOUND for a metric, and for ONLY_CLAIMS without any; ERROR_USAGE
 * for a column that is not there. */
int comparison_view_init(struct comparison_view *view, struct store *store,
                         const struct groups *groups, const struct comparison_options *options,
                         struct error *error);
void comparison_view_release(struct comparison_view *view);

/* The contrast of GROUP against the baseline in METRIC's comparison; NULL where there is none. */
const struct contrast *comparison_view_contrast(const struct comparison_view *view, size_t metric,
                                                size_t group);

/* The contrasts of METRIC in the order of the rows: *COUNT indices, which the caller frees. */
size_t *comparison_view_contrasts(const struct comparison_view *view, size_t metric, size_t *count);

/* Adds METRIC as a heading: "test.accuracy at step 500". */
void comparison_view_add_metric(const struct comparison_view *view, size_t metric,
                                struct text *text);

/* Digits behind the point for figures of METRIC: a count and a duration have no use for an
 * accuracy's. */
int comparison_view_precision(const struct comparison_view *view, size_t metric);

#endif
