/* A config: all about one run, resolved and typed. */
#ifndef UNROLL_CONFIG_CONFIG_H
#define UNROLL_CONFIG_CONFIG_H

#include "base/error.h"
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
enum count_unit { UNIT_STEPS, UNIT_EPOCHS };
enum evaluate_take { TAKE_FIRST, TAKE_NEXT };
enum log_of { LOG_MEAN, LOG_BATCH };
enum stop_metric { STOP_VALIDATION_LOSS, STOP_VALIDATION_ACCURACY };
enum stop_restore { RESTORE_LAST, RESTORE_BEST };

struct train_config {
    int64_t batch;
    int64_t steps;  /* 0: epochs decides; exactly one of the two is given */
    int64_t epochs; /* 0: steps decides */
    int64_t shards; /* each batch is split into that many parts, gradients added in their order */
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
        int64_t every;
        int unit;      /* enum count_unit */
        int64_t first; /* step of the first evaluation, with unit steps; 0: every */
        uint32_t on;   /* set of enum split */
        int64_t limit; /* examples per evaluation; 0: all */
        int take;      /* enum evaluate_take: always the first LIMIT, or the next LIMIT each time */
        int64_t batch; /* examples per forward pass; does not change results */
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
};

struct config {
    char *name;
    int64_t seed;
    struct data_config data;
    struct model_config model;
    struct train_config train;
};

/* The table that describes struct config. */
extern const struct param config_table[];

#endif
