/* An experiment file: a base config, its variants, its sweep and its seeds, and what to compare. */
#ifndef UNROLL_BATCH_EXPERIMENT_H
#define UNROLL_BATCH_EXPERIMENT_H

#include "batch/sweep.h"
#include "config/config.h"
#include "store/questions.h"

/* One column of the comparison: a variant of the file, at one point of the sweep. */
struct variant {
    char *name;           /* "lstm", or with a sweep "lstm rate=0.001"; owned, as is the next */
    char *run_name;       /* the same as a run may be called */
    struct mark mark;     /* of the variant's name in the file */
    struct node *changes; /* a mapping of dotted keys, those of the sweep at its end; owned */
    size_t declared;      /* which of the file's variants it is, from 0 */
};

struct experiment_file {
    char *name;
    char *base;             /* path of the base config */
    struct node *base_tree; /* what it says; NULL after an error */
    char *source;           /* the file's text */
    struct sweep sweep;
    struct variant *variants; /* all points of the first one, then of the second, ... */
    size_t variant_count;
    int64_t *seeds;
    size_t seed_count;
    char *metric;   /* a final figure, such as test.accuracy */
    char *baseline; /* a variant's name; "" for none */
    struct questions questions;
    /* What the batch may cost. */
    struct {
        int64_t max_trials;   /* more are an error; 0: no limit of the file's own */
        double trial_seconds; /* wall time of one trial; 0: none */
    } budget;
    struct node *tree;
};

/* Reads PATH. All errors go to DIAGNOSTICS, which must outlive EXPERIMENT (its marks point there).
 * Returns 0, or -1 after errors. EXPERIMENT must be released in both cases. */
int experiment_load(struct experiment_file *experiment, const char *path,
                    struct diagnostics *diagnostics);
void experiment_file_release(struct experiment_file *experiment);

/* True for a key of experiments that a config cannot have, and for a dotted path below one:
 * `seeds`, `compare.metric`, ... */
bool experiment_has_key(const char *key);

/* The config of a trial: the base with the variant's changes, the seed, the variant's name as the
 * run's name, and the OVERRIDES of the command line on top. Errors name the experiment file's
 * lines. */
int experiment_config(const struct experiment_file *experiment, size_t variant, int64_t seed,
                      char **overrides, int override_count, struct config *config,
                      struct diagnostics *diagnostics);

/* The same for the first seed and without the config's YAML: for planning many trials. */
int experiment_plan_config(const struct experiment_file *experiment, size_t variant,
                           char **overrides, int override_count, struct config *config,
                           struct diagnostics *diagnostics);

/* The config of a trial without a call of any plugin's hook, which may crash (spares_plugins in
 * config.h); whole where it uses no plugins. */
int experiment_spared_config(const struct experiment_file *experiment, size_t variant, int64_t seed,
                             char **overrides, int override_count, bool with_yaml,
                             struct config *config, struct diagnostics *diagnostics);

/* Complains of variants that are the same config, at some point of the sweep, and of two points
 * that are one config, which the keys that differ do not change: compared, one run would pass for
 * two equal results. KEYS [variant_count] are equal where the configs are. */
void experiment_check_twins(const struct experiment_file *experiment, const char *const *keys,
                            struct diagnostics *diagnostics);

/* A value that a variant sets, with its full path: "model.stack.0.lstm.units". */
struct change {
    char *path;               /* owned */
    const struct node *value; /* a scalar; belongs to the variant */
};

struct change_list {
    struct change *items;
    size_t count;
};

/* Fills LIST, which must be released, with all that VARIANT changes. */
void experiment_list_changes(const struct variant *variant, struct change_list *list);
void change_list_release(struct change_list *list);

/* What a variant changes, for people: "model.layers=2", a line each. Caller frees. */
char *experiment_changes(const struct variant *variant);

#endif
