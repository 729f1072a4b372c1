/* What is compared: runs of the store, grouped by variant. */
#ifndef UNROLL_COMPARE_GROUPS_H
#define UNROLL_COMPARE_GROUPS_H

#include "base/names.h"
#include "compare/settings.h"
#include "store/experiments.h"
#include "store/metrics.h"
#include "store/questions.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>

struct group_run {
    struct run run;       /* without its config */
    struct finals finals; /* empty unless the run is done */
    /* Runs of two groups with the same text pair: the seed, and where groups were made by
     * --group-by also the other keys in which runs of one group differ. Two runs of one group may
     * have the same (runs given by id, of two experiments): those pair with none. */
    char *pair;
    /* What a run of a group made by --group-by has besides the seed: the values of those other
     * keys. NULL in other groups, and where `seed` is one of the keys: it is not in PAIR then. */
    char *setting;
    struct settings settings; /* empty unless asked for */
};

/* A trial that was not begun: nothing is known of it but what its experiment says. */
struct group_trial {
    int64_t seed;
    char *overrides; /* "model.layers=2" a line each */
    /* While groups are made: those of another run of its variant, with its own seed (IS_WHOLE), or
     * its overrides. */
    struct settings settings;
    bool is_whole;
};

/* Whether the value that was chosen lies at an end of those that were tried. */
enum choice_end { CHOICE_INSIDE, CHOICE_LOWEST, CHOICE_HIGHEST };

/* Which of a variant's values stayed (choosing.h); all zero where nothing was to be chosen. */
struct choice {
    char **values;         /* [count] by key, as the sweep names them: "0.003"; NULL: none; owned */
    enum choice_end *ends; /* [count] */
    size_t count;
    size_t tried;               /* values, or combinations of several keys' */
    size_t passed_over;         /* of those: with fewer figures than others, so not to be chosen */
    size_t lost, awaited, bare; /* their runs without the figure: diverged or failed, not done
                                   yet, and done */
    size_t n;                   /* figures of the one chosen, and their mean; 0: none yet */
    double mean;
};

/* A variant of an experiment, or the runs that share a name or values. */
struct group {
    char *name;
    struct group_run *runs; /* those that were begun, whatever became of them */
    size_t run_count, run_capacity;
    struct names ids;           /* of the runs */
    struct group_trial *trials; /* those not begun */
    size_t trial_count;
    size_t states[RUN_STATES]; /* of its trials; RUN_QUEUED: those not begun */
    size_t repeated; /* runs left out because a newer one with the same run key is there */
    struct choice choice;
};

struct groups {
    char *name;     /* the experiment, or the first group's name: for a file's name */
    char *metric;   /* what the experiment is compared by, or NULL */
    char *baseline; /* the group that the others are compared with, or NULL */
    /* Of the experiment; none where there are several. Something was chosen where choosing.on is
     * there, by the experiment or by the request. */
    struct questions questions;
    struct group *items;
    size_t count, capacity;
    struct names names; /* of the groups, in their order */
};

/* Which runs, and how they are grouped; all zero: all runs, by variant. */
struct groups_request {
    const char *const *where; /* conditions (settings.h) that all must hold */
    size_t where_count;
    const char *const *by; /* keys: a group for each combination of their values that occurs */
    size_t by_count;
    bool with_settings;              /* fills group_run.settings, also without conditions */
    const struct choosing *choosing; /* what it says comes before the experiment's; may be NULL */
    bool without_choosing;           /* every value stays */
};

void groups_release(struct groups *groups);

/* What GROUPS are compared by: what the experiment says, else test.accuracy. */
const char *groups_metric(const struct groups *groups);

/* Whether a run of GROUPS, which have their settings, has KEY. */
bool groups_have_key(const struct groups *groups, const char *key);

/* METRIC of RUN at the end of its training: a final, a difference of two (gap.loss), or a figure of
 * the run as a whole (seconds, examples_per_second, parameters); see metric.h. NaN when the run is
 * not done or has none. */
double group_run_value(const struct group_run *run, const char *metric);

/* The values of all of GROUP's trials, NaN for those that are missing: COUNT of them, which the
 * caller frees. */
double *group_values(const struct group *group, const char *metric, size_t *count);

/* ERROR_NOT_FOUND, with what there is, unless some run has METRIC. */
int groups_check_metric(const struct groups *groups, const char *metric, struct error *error);

/* Warns on stderr of each group whose trials are not all done, from which runs were left out
 * because they repeat another, or in which a seed occurs several times with the same setting. */
void groups_warn_missing(const struct groups *groups);

/* For those who make groups: the group called NAME, made where there is none, and RUN moved into
 * GROUP, or released where a run with its id is there already. */
struct group *groups_find(struct groups *groups, const char *name);
void group_add_run(struct group *group, struct group_run *run);
/* TRIAL moved into GROUP. */
void group_add_trial(struct group *group, const struct group_trial *trial);
void group_run_release(struct group_run *run);
void group_release(struct group *group);
void group_trial_release(struct group_trial *trial);

#endif
