/* A config: all about one run, resolved and typed. */
#ifndef UNROLL_CONFIG_CONFIG_H
#define UNROLL_CONFIG_CONFIG_H

#include "base/text.h"
#include "config/diagnostics.h"
#include "config/resolved.h"
#include "config/tree.h"
#include "module/param.h"

#include <stdbool.h>
#include <stdint.h>

enum data_sequence { SEQUENCE_ROWS, SEQUENCE_COLUMNS, SEQUENCE_PIXELS, SEQUENCE_PERMUTED };
enum data_scale { SCALE_UNIT, SCALE_STANDARD, SCALE_NONE };
enum data_order { ORDER_SHUFFLE, ORDER_TF, ORDER_FILE };
enum validation_from { VALIDATION_FIRST, VALIDATION_LAST, VALIDATION_RANDOM };

struct data_config {
    struct module_choice set; /* a dataset */
    int sequence;             /* enum data_sequence */
    int64_t permutation;      /* seed of the permuted order */
    int scale;                /* enum data_scale */
    int order;                /* enum data_order */
    bool drop_last;           /* leave out an epoch's last, smaller batch (not with order tf) */
    struct {
        int64_t limit; /* use only the first LIMIT training examples (after validation); 0: all */
    } train;
    struct {
        int64_t count; /* examples taken from the training file; 0: no validation */
        int from;      /* enum validation_from */
    } validation;
};

struct model_config {
    int init;                  /* enum init_preset */
    struct module_list stack;  /* layers, from the input on */
    struct module_choice head; /* the last layer: features of one step to logits */
};

enum split { SPLIT_TRAIN, SPLIT_VALIDATION, SPLIT_TEST, SPLITS };
extern const char *const config_split_names[]; /* by enum split; ends with NULL */
enum count_unit { UNIT_STEPS, UNIT_EPOCHS };
enum evaluate_take { TAKE_FIRST, TAKE_NEXT };
enum log_of { LOG_MEAN, LOG_BATCH };
enum stop_metric { STOP_VALIDATION_LOSS, STOP_VALIDATION_ACCURACY };
enum stop_restore { RESTORE_LAST, RESTORE_BEST };
enum train_subnormals { SUBNORMALS_KEEP = -1, SUBNORMALS_FLUSH };
enum train_diagnostic { DIAGNOSTIC_GRADIENT_FLOW };

struct train_config {
    int64_t batch;
    int64_t steps;  /* 0: epochs decides; exactly one of the two is given */
    int64_t epochs; /* 0: steps decides */
    int64_t shards; /* each batch is split into that many parts, gradients added in their order */
    int subnormals; /* enum train_subnormals */
    struct module_choice loss;
    struct module_choice optimizer;
    struct module_choice schedule;
    struct {
        int64_t steps; /* linear warm-up in front of the schedule; 0: none */
        double from;   /* factor of the learning rate at its start, [0, 1] */
    } warmup;
    struct {
        double norm;  /* largest norm of the whole gradient; 0: no clipping */
        double value; /* largest magnitude of each element; 0: no clipping */
    } clip;
    double weight_decay; /* adds this times the weight to each weight's gradient (L2 penalty) */
    struct {
        /* {every: 500} means 500 steps, {every: 2, unit: epochs} 2 epochs; where `every` is not
         * said or `none`, loading makes it 1 with unit epochs: once after each epoch. */
        int64_t every;
        int unit;      /* enum count_unit */
        int64_t first; /* step of the first evaluation, with unit steps; 0: every */
        uint32_t on;   /* set of enum split */
        int64_t limit; /* examples per evaluation; 0: all */
        int take;      /* enum evaluate_take: always the first LIMIT, or the next LIMIT each time */
        int64_t batch; /* examples per forward pass */
    } evaluate;
    struct {
        int64_t every; /* steps */
        int of;        /* enum log_of: mean since the last line, or the last batch alone */
    } log;
    struct {
        int metric;       /* enum stop_metric */
        int64_t patience; /* evaluations without improvement; 0: no early stopping */
        double min_delta;
        int restore; /* enum stop_restore */
    } stop;
    /* Set of enum train_diagnostic: recorded beside the metrics, changing nothing. */
    uint32_t diagnostics;
};

struct config {
    char *name;
    int64_t seed;
    struct data_config data;
    struct model_config model;
    struct train_config train;

    struct resolved *resolved; /* every value with its origin */
    char *yaml;                /* the resolved config; loads again to the same canonical text */
    char *canonical;           /* what determines the result: the run key is a hash of it */
    char *absent; /* what is wrong with plugins that it needs and that could not be used; NULL:
                     nothing is; else their modules are not in it, and nothing can be trained */
};

/* The table that describes struct config, and its defaults. */
extern const struct param config_table[];
extern const struct config config_defaults;

/* The short form of `model`, which expands to the stack. */
struct model_short {
    struct module_choice cell; /* a recurrent layer, perhaps within bidirectional */
    int64_t layers, units;
    double dropout; /* rate of the dropout layers; 0: none */
    int dropout_at; /* enum dropout_at */
    int readout;    /* index into last, mean, max */
};
enum dropout_at { DROPOUT_EVERY, DROPOUT_BETWEEN };
extern const struct param model_short_table[];
extern const struct model_short model_short_defaults;

/* Keys that may stand beside those of TABLE in a file but are gone after merging and expansion
 * (`base`, the short form of `model`), or NULL when there are none. */
const struct param *config_extra_keys(const struct param *table);

/* The parameter called NAME of TABLE (which may be NULL), or NULL. */
const struct param *param_find(const struct param *table, const char *name);

/* What a config is loaded from: a file, then overlays, then the command line. */
struct config_source {
    const char *path; /* of the file; "-" is standard input */
    const char *text; /* instead of the file's content, PATH is then only its name; or NULL */
    const struct node *const *overlays; /* mappings, dotted keys allowed, later ones win */
    size_t overlay_count;
    const char *const *overrides; /* "key.path=value" */
    size_t override_count;
    const struct node *tree; /* what config_read gave for PATH, instead of reading it again */
    bool without_yaml;       /* leave config.yaml NULL: for those who only count or compare */
    bool spares_plugins;     /* call no hook of theirs, which may crash: what they would refuse is
                                taken, and where the schedule is a plugin's, rules between keys are
                                not looked at; nor where plugins could not be used, see `absent` */
};

/* The file PATH laid over the files that its `base` names, as one tree, for loads that share it;
 * NULL after an error. Its marks point to DIAGNOSTICS. Caller frees. */
struct node *config_read(const char *path, struct diagnostics *diagnostics);

/* Fills CONFIG. Returns 0, or -1 with at least one error in DIAGNOSTICS. CONFIG must be released in
 * both cases; it does not need DIAGNOSTICS afterwards. After an error `yaml` and `canonical` are
 * NULL. */
int config_load_from(struct config *config, const struct config_source *source,
                     struct diagnostics *diagnostics);

/* The same for a file and the command line. */
int config_load(struct config *config, const char *path, const char *const *overrides, size_t count,
                struct diagnostics *diagnostics);

/* Gives a loaded CONFIG another seed, as if the file had said it. */
void config_set_seed(struct config *config, int64_t seed);

void config_release(struct config *config);

/* The resolved config as YAML, with "# configs/lstm.yaml:9" behind each value when asked. */
void config_add_yaml(struct text *out, const struct config *config, bool with_origins);

#endif
