/* Modules to choose from in tests of the config, and helpers to load and compare. Includes the
 * definition of builtin_modules, so that these tests do not change with the real modules. */
#ifndef UNROLL_TESTS_UNIT_CONFIG_MODULES_H
#define UNROLL_TESTS_UNIT_CONFIG_MODULES_H

#include "base/memory.h"
#include "config/config.h"
#include "module/dataset.h"
#include "module/initializer.h"
#include "module/layer.h"
#include "module/loss.h"
#include "module/optimizer.h"
#include "module/registry.h"
#include "module/schedule.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MODULE(kind_of, type, module_name, table, default_values)                                  \
    .module = {MODULE_HEAD(kind_of, type),                                                         \
               .version = 1,                                                                       \
               .name = module_name,                                                                \
               .summary = "The " module_name " of the tests.",                                     \
               .params = table,                                                                    \
               .defaults = &default_values,                                                        \
               .params_size = sizeof default_values}
#define PLAIN(kind_of, type, module_name)                                                          \
    .module = {MODULE_HEAD(kind_of, type), .version = 1, .name = module_name,                      \
               .summary = "The " module_name " of the tests."}

struct cell_params {
    int64_t units;
    double forget_bias;
    struct module_choice init;
    bool peephole;
};
static const struct cell_params cell_defaults = {.units = 128};
static const struct param cell_table[] = {{.name = "units",
                                           .summary = "Size of the state.",
                                           .type = PARAM_INTEGER,
                                           .offset = offsetof(struct cell_params, units),
                                           .minimum = 1,
                                           .maximum = 65536,
                                           .unit = "units"},
                                          {.name = "forget_bias",
                                           .summary = "Added to the forget gate.",
                                           .type = PARAM_REAL,
                                           .offset = offsetof(struct cell_params, forget_bias),
                                           .preset = {[INIT_TF1] = "1.0"}},
                                          {.name = "init",
                                           .summary = "Fills the weights.",
                                           .type = PARAM_MODULE,
                                           .offset = offsetof(struct cell_params, init),
                                           .kind = MODULE_INITIALIZER,
                                           .fallback = "zeros",
                                           .preset = {[INIT_PYTORCH] = "{uniform: {limit: 0.5}}"}},
                                          {.name = "peephole",
                                           .summary = "Gates see the state.",
                                           .type = PARAM_BOOLEAN,
                                           .offset = offsetof(struct cell_params, peephole)},
                                          {0}};
static const struct layer layer_lstm = {
    MODULE(MODULE_LAYER, struct layer, "lstm", cell_table, cell_defaults), .recurrent = true};
static const struct layer layer_gru = {
    MODULE(MODULE_LAYER, struct layer, "gru", cell_table, cell_defaults), .recurrent = true};

struct both_params {
    struct module_choice of;
    int merge;
};
static const struct both_params both_defaults;
static const char *const merge_names[] = {"concat", "sum", NULL};
static const struct param both_table[] = {{.name = "of",
                                           .summary = "The layer.",
                                           .type = PARAM_MODULE,
                                           .flags = PARAM_REQUIRED,
                                           .offset = offsetof(struct both_params, of),
                                           .kind = MODULE_LAYER},
                                          {.name = "merge",
                                           .summary = "How outputs are joined.",
                                           .type = PARAM_CHOICE,
                                           .offset = offsetof(struct both_params, merge),
                                           .choices = merge_names},
                                          {0}};
static const struct layer layer_bidirectional = {
    MODULE(MODULE_LAYER, struct layer, "bidirectional", both_table, both_defaults)};

struct dropout_params {
    double rate;
};
static const struct dropout_params dropout_defaults = {0.5};
static const struct param dropout_table[] = {{.name = "rate",
                                              .summary = "The part that is dropped.",
                                              .type = PARAM_REAL,
                                              .flags = PARAM_BELOW_MAXIMUM,
                                              .offset = offsetof(struct dropout_params, rate),
                                              .minimum = 0,
                                              .maximum = 1},
                                             {0}};
static const struct layer layer_dropout = {
    MODULE(MODULE_LAYER, struct layer, "dropout", dropout_table, dropout_defaults)};

struct readout_params {
    int of;
};
static const struct readout_params readout_defaults;
static const char *const readout_choices[] = {"last", "mean", "max", "all", NULL};
static const struct param readout_table[] = {{.name = "of",
                                              .summary = "What is passed on.",
                                              .type = PARAM_CHOICE,
                                              .offset = offsetof(struct readout_params, of),
                                              .choices = readout_choices},
                                             {0}};
static const struct layer layer_readout = {
    MODULE(MODULE_LAYER, struct layer, "readout", readout_table, readout_defaults)};
static const struct layer layer_dense = {PLAIN(MODULE_LAYER, struct layer, "dense")};

struct rate_params {
    double rate, epsilon, low, high;
};
static const struct rate_params rate_defaults = {1e-3, 1e-8, 0, 1};
static const struct param rate_table[] = {{.name = "rate",
                                           .summary = "The learning rate.",
                                           .type = PARAM_REAL,
                                           .flags = PARAM_ABOVE_MINIMUM,
                                           .offset = offsetof(struct rate_params, rate),
                                           .minimum = 0,
                                           .maximum = INFINITY},
                                          {.name = "epsilon",
                                           .summary = "Keeps from dividing by zero.",
                                           .type = PARAM_REAL,
                                           .offset = offsetof(struct rate_params, epsilon),
                                           .minimum = 0,
                                           .maximum = 1,
                                           .preset = {[INIT_KERAS] = "1e-7"}},
                                          {.name = "low",
                                           .summary = "Low.",
                                           .type = PARAM_REAL,
                                           .offset = offsetof(struct rate_params, low)},
                                          {.name = "high",
                                           .summary = "High.",
                                           .type = PARAM_REAL,
                                           .offset = offsetof(struct rate_params, high)},
                                          {0}};
static int check_rate(const void *params, struct error *error)
{
    const struct rate_params *rate = params;
    if (rate->low < rate->high)
        return 0;
    return error_set(error, ERROR_USAGE, "low must be below high");
}
static const struct optimizer optimizer_adam = {
    .module = {MODULE_HEAD(MODULE_OPTIMIZER, struct optimizer), .version = 1, .name = "adam",
               .summary = "Adam.", .params = rate_table, .defaults = &rate_defaults,
               .params_size = sizeof rate_defaults, .check = check_rate}};
static const struct optimizer optimizer_sgd = {
    MODULE(MODULE_OPTIMIZER, struct optimizer, "sgd", rate_table, rate_defaults)};

static const char *watches_loss(const void *params)
{
    (void)params;
    return "validation.loss";
}
static const struct schedule schedule_constant = {
    PLAIN(MODULE_SCHEDULE, struct schedule, "constant")};
static const struct schedule schedule_plateau = {PLAIN(MODULE_SCHEDULE, struct schedule, "plateau"),
                                                 .watches = watches_loss};

struct watch_params {
    char *metric;
};
static const struct watch_params watch_defaults;
static const struct param watch_table[] = {{.name = "metric",
                                            .summary = "What is watched.",
                                            .type = PARAM_TEXT,
                                            .flags = PARAM_REQUIRED,
                                            .offset = offsetof(struct watch_params, metric)},
                                           {0}};
static const char *watches_any(const void *params)
{
    return ((const struct watch_params *)params)->metric;
}
static const struct schedule schedule_watch = {
    MODULE(MODULE_SCHEDULE, struct schedule, "watch", watch_table, watch_defaults),
    .watches = watches_any};
static const struct loss loss_entropy = {PLAIN(MODULE_LOSS, struct loss, "softmax_cross_entropy")};
static const struct dataset dataset_mnist = {PLAIN(MODULE_DATASET, struct dataset, "mnist")};

struct idx_params {
    char *path, *title;
    struct text_list columns;
};
static const struct idx_params idx_defaults;
static const struct param idx_table[] = {{.name = "path",
                                          .summary = "The file.",
                                          .type = PARAM_PATH,
                                          .flags = PARAM_REQUIRED | PARAM_NOT_IN_KEY,
                                          .offset = offsetof(struct idx_params, path)},
                                         {.name = "title",
                                          .summary = "For people.",
                                          .type = PARAM_TEXT,
                                          .flags = PARAM_OPTIONAL,
                                          .offset = offsetof(struct idx_params, title)},
                                         {.name = "columns",
                                          .summary = "Which are read.",
                                          .type = PARAM_TEXTS,
                                          .flags = PARAM_OPTIONAL | PARAM_NONE_NOT_IN_KEY,
                                          .offset = offsetof(struct idx_params, columns)},
                                         {0}};
static const struct dataset dataset_idx = {
    MODULE(MODULE_DATASET, struct dataset, "idx", idx_table, idx_defaults)};

struct limit_params {
    double limit;
};
static const struct limit_params limit_defaults = {1};
static const struct param limit_table[] = {{.name = "limit",
                                            .summary = "The limit.",
                                            .type = PARAM_REAL,
                                            .offset = offsetof(struct limit_params, limit)},
                                           {0}};
static const struct initializer initializer_zeros = {
    PLAIN(MODULE_INITIALIZER, struct initializer, "zeros")};
static const struct initializer initializer_uniform = {
    MODULE(MODULE_INITIALIZER, struct initializer, "uniform", limit_table, limit_defaults)};

const struct module *const builtin_modules[] = {&layer_lstm.module,
                                                &layer_gru.module,
                                                &layer_bidirectional.module,
                                                &layer_dropout.module,
                                                &layer_readout.module,
                                                &layer_dense.module,
                                                &optimizer_adam.module,
                                                &optimizer_sgd.module,
                                                &schedule_constant.module,
                                                &schedule_plateau.module,
                                                &schedule_watch.module,
                                                &loss_entropy.module,
                                                &dataset_mnist.module,
                                                &dataset_idx.module,
                                                &initializer_zeros.module,
                                                &initializer_uniform.module,
                                                NULL};

/* Loads TEXT as the file c.yaml with the overrides that follow, a list that ends with NULL. */
#define LOAD(config, diagnostics, text, ...)                                                       \
    load_text(config, diagnostics, text, (const char *const[]){__VA_ARGS__, NULL})

static inline int load_text(struct config *config, struct diagnostics *diagnostics,
                            const char *text, const char *const *overrides)
{
    size_t count = 0;
    while (overrides[count])
        count++;
    const struct config_source source = {
        .path = "c.yaml", .text = text, .overrides = overrides, .override_count = count};
    return config_load_from(config, &source, diagnostics);
}

/* All that loading TEXT complains about; "" when it loads. Caller frees. */
static inline char *complaints_of(const char *text, const char *const *overrides)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct config config;
    int result = load_text(&config, diagnostics, text, overrides);
    struct text out = {0};
    diagnostics_write(diagnostics, &out, false);
    assert_int_equal(result != 0, diagnostics_count(diagnostics) > 0);
    config_release(&config);
    diagnostics_free(diagnostics);
    return text_take(&out);
}

/* Exactly these complaints. */
static inline void assert_complaints(const char *text, const char *expected)
{
    char *found = complaints_of(text, (const char *const[]){NULL});
    assert_string_equal(found, expected);
    memory_free(found);
}

/* The config must load; the canonical text is the caller's. */
static inline char *canonical_of(const char *text, const char *const *overrides)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct config config;
    int result = load_text(&config, diagnostics, text, overrides);
    if (result)
        diagnostics_print(diagnostics);
    assert_int_equal(result, 0);
    char *canonical = memory_copy_text(config.canonical);
    config_release(&config);
    diagnostics_free(diagnostics);
    return canonical;
}

#define NO_OVERRIDES ((const char *const[]){NULL})

/* A small config that loads; tests put other lines in front or behind. */
#define SMALL "data: {set: mnist}\nmodel: {cell: lstm}\ntrain: {steps: 10}\n"

#endif
