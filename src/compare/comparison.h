/* One metric of all groups, side by side, and what the differences say. What `compare` prints and
 * the page shows. */
#ifndef UNROLL_COMPARE_COMPARISON_H
#define UNROLL_COMPARE_COMPARISON_H

#include "compare/groups.h"
#include "compare/moment.h"
#include "compare/significance.h"
#include "compare/statistics.h"
#include "store/metric_rules.h"

#include <stdbool.h>

/* What the command line calls the paired test; ends with NULL: "t", "wilcoxon", "permutation". */
extern const char *const comparison_test_names[];

struct comparison_request {
    const char *metric;
    struct moment moment;
    int test;             /* index into comparison_test_names */
    bool pairs;           /* all pairs of groups; otherwise each against the baseline */
    const char *baseline; /* a group's name; NULL: what GROUPS says, none where it says none */
    bool without_contrasts, without_ties; /* these are not needed, so that it takes less time */
    const size_t (*wanted)[2]; /* [wanted_count] contrasts, A and B, instead of all of these */
    size_t wanted_count;
};

/* The level at which a difference is called one, after correction; and how many groups may be
 * compared in all pairs. */
#define COMPARISON_LEVEL 0.05
enum { COMPARISON_MOST_PAIRED = 200 };

enum verdict {
    VERDICT_BETTER, /* significantly, after correction, in the metric's direction */
    VERDICT_WORSE,
    VERDICT_DIFFERENT, /* significantly, where neither direction is better */
    VERDICT_UNDECIDED,
    VERDICT_UNTESTED, /* too few figures for any test, or a metric that is no random figure */
};
extern const char *const verdict_names[]; /* "better", "worse", "different", "undecided", "" */

/* Group A against group B. */
struct contrast {
    size_t a, b; /* indices of groups */
    struct test_result test;
    double adjusted;   /* p after Holm's correction over the contrasts of this comparison */
    double seeds;      /* for each variant to find a difference of this size, see test_seeds_needed;
                          NaN where that says nothing */
    size_t left_out;   /* runs whose figures are in no test: without a counterpart */
    size_t multiplier; /* what Holm multiplies p with: the contrasts with a p at least as large */
    size_t settings;   /* over how many each seed's figures were averaged; 0: they were not */
    bool is_by_seed;   /* figures are of seeds, not of runs: groups made by --group-by */
    bool are_other_things; /* then: the groups have no setting in common */
    enum verdict verdict;
};

/* Runs of a group that ended badly, so that they have no figure. */
struct losses {
    size_t diverged, failed;
};

/* Trials of a group that are as far as the moment (at the end and at the best step: done), and
 * those that may get there yet. Runs that diverged or failed before are neither. */
struct attendance {
    size_t there, awaited;
};

struct comparison {
    const char *metric; /* the request's */
    struct moment moment;
    enum direction direction;
    size_t count;                  /* groups */
    struct summary *summaries;     /* [count] */
    double *half_widths;           /* [count], NaN for fewer than two figures */
    struct losses *losses;         /* [count]; none where the metric is not tested */
    struct attendance *attendance; /* [count] */
    struct contrast *contrasts;
    size_t contrast_count;
    size_t family;   /* contrasts with a p, over which Holm corrects */
    size_t baseline; /* index, COUNT for none; also with all pairs */
    size_t best;     /* index of the best mean, COUNT where there is none */
    bool *ties;      /* [count] tested and not significantly worse than the best, by the same tests,
                        corrected over the groups; the best itself not, nor who lost runs */
    bool *untested;  /* [count] have a mean that could not be tested against the best; or not
                        fairly, for those of its runs that diverged or failed are not in it */
    bool tie_tests[TEST_KINDS]; /* the tests that TIES come from */
};

/* Compares GROUPS. Which figures are independent and which pair: replicates.h. Two groups of one
 * run each: McNemar's test on the stored test predictions, for test.accuracy at the end. The caller
 * releases COMPARISON, which is all zero after an error. A baseline that is no group is
 * ERROR_NOT_FOUND with the names. */
int comparison_make(struct comparison *comparison, struct store *store, const struct groups *groups,
                    const struct comparison_request *request, struct error *error);
void comparison_release(struct comparison *comparison);

/* CONTRAST with its groups the other way round: the same but for signs, sides and the verdict. */
struct contrast contrast_turned(const struct contrast *contrast);

/* Whether GROUP has the best mean, or one that is equal but for rounding. */
bool comparison_is_best(const struct comparison *comparison, size_t group);

/* P as people write it: "0.31", "0.0042", "< 0.0001"; never rounded across the level. */
void comparison_add_p(struct text *text, double p);

/* "+0.0088 (95 % interval 0.0050 to 0.0125)": VALUE with a sign where IS_SIGNED, and its interval
 * unless LOW or HIGH is NaN, in as many digits as the interval is worth. */
void comparison_add_interval(struct text *text, double value, double low, double high,
                             bool is_signed);

/* What the standardised effect of a test is called: "d_z", "g", "odds ratio". */
const char *comparison_effect_name(enum test_kind kind);

/* The verdict on CONTRAST as a plain sentence, for people. */
void comparison_add_sentence(struct text *text, const struct comparison *comparison,
                             const struct groups *groups, const struct contrast *contrast);

/* The same without a verdict, and without what it would take to decide: "A against B: ...". */
void comparison_add_figures(struct text *text, const struct comparison *comparison,
                            const struct groups *groups, const struct contrast *contrast);

/* "test.accuracy at step 500", without the moment where it says nothing: at the end, and for what
 * is of the run as a whole. */
void comparison_add_metric(struct text *text, const struct comparison *comparison);

/* "3 of 6 runs of b diverged, and are not in this."; nothing where no run of GROUP is lost. */
void comparison_add_losses(struct text *text, const struct comparison *comparison,
                           const struct groups *groups, size_t group);

/* The same as a further sentence, behind a space. */
void comparison_append_losses(struct text *text, const struct comparison *comparison,
                              const struct groups *groups, size_t group);

/* DIGITS behind the point, or more where it takes them to show that NUMBER is not zero. */
int comparison_digits(double number, int digits);

/* More contrasts than this are too many for a sentence each about those that are undecided. */
enum { COMPARISON_FEW = 5 };

/* One sentence about all those of the COUNT contrasts at PLACES that are undecided, with the seeds
 * that would tell; nothing where none is. */
void comparison_add_undecided(struct text *text, const struct comparison *comparison,
                              const struct groups *groups, const size_t *places, size_t count);

#endif
