/* What is compared: runs of the store, grouped by variant. */
#ifndef UNROLL_COMPARE_GROUPS_H
#define UNROLL_COMPARE_GROUPS_H

#include "base/names.h"
#include "compare/settings.h"
#include "store/experiments.h"
#include "store/metrics.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>

struct group_run {
    struct run run;       /* without its config */
    struct finals finals; /* empty unless the run is done */
    /* Runs of two groups with the same text pair: the seed, and where groups were made by
     * --group-by also the other keys in which the runs differ. */
    char *pair;
    struct settings settings; /* empty unless asked for */
};

/* A variant of an experiment, or the runs that share a name. */
struct group {
    char *name;
    struct group_run *runs; /* those that were begun, whatever became of them */
    size_t run_count, run_capacity;
    struct names ids;          /* of the runs */
    size_t states[RUN_STATES]; /* of its trials; RUN_QUEUED: those not begun */
};

struct groups {
    char *name;     /* the experiment, or the first group's name: for a file's name */
    char *metric;   /* what the experiment is compared by, or NULL */
    char *baseline; /* the group that the others are compared with, or NULL */
    struct group *items;
    size_t count, capacity;
    struct names names; /* of the groups */
};

/* Which runs, and how they are grouped; all zero: all runs, by variant. */
struct groups_request {
    const char *const *where; /* conditions (settings.h) that all must hold */
    size_t where_count;
    const char *const *by; /* keys: a group for each combination of their values */
    size_t by_count;
    bool with_settings; /* fills group_run.settings, also without conditions */
};

/* As groups_load, but by REQUEST. A key that no run has is ERROR_NOT_FOUND with the nearest one;
 * conditions that leave no run, too. Trials that were not begun have no config: they are judged by
 * their overrides and left out where those do not tell. */
int groups_load_by(struct groups *groups, struct store *store, const char *const *names,
                   size_t count, const struct groups_request *request, struct error *error);

/* The keys of SETTINGS in which runs of GROUPS differ, sorted; `seed` and what follows from another
 * key (model.stack... where model.units tells it) left out. The caller frees each and the array. */
char **groups_changed_keys(const struct groups *groups, size_t *count);

/* Fills GROUPS, which the caller releases, from COUNT (at least 1) NAMES. Each is an experiment's
 * name in the store, the path of an experiment file (which says the name), or a run id or the
 * beginning of one. With several experiments a group is called EXPERIMENT/VARIANT. */
int groups_load(struct groups *groups, struct store *store, const char *const *names, size_t count,
                struct error *error);
void groups_release(struct groups *groups);

/* METRIC of RUN at the end of its training: a final, or "seconds" (of training) or "parameters".
 * NaN when the run is not done or has none. */
double group_run_value(const struct group_run *run, const char *metric);

/* The values of all of GROUP's trials, NaN for those that are missing: COUNT of them, which the
 * caller frees. */
double *group_values(const struct group *group, const char *metric, size_t *count);

/* ERROR_NOT_FOUND, with what there is, unless some run has METRIC. */
int groups_check_metric(const struct groups *groups, const char *metric, struct error *error);

/* Warns on stderr of each group whose trials are not all done. */
void groups_warn_missing(const struct groups *groups);

/* The name of the experiment that NAME means: NAME itself, or where it is the path of an experiment
 * file (.yaml, .yml) what that file says. NULL after an error. Caller frees. */
char *groups_experiment_name(const char *name, struct error *error);

#endif
