/* Experiments of made-up runs with real configs, and groups of them by conditions and keys. */
#ifndef UNROLL_TESTS_UNIT_PLANNED_STORE_H
#define UNROLL_TESTS_UNIT_PLANNED_STORE_H

#include "compare/groups_load.h"
#include "config_text.h"
#include "unit/store_folder.h"

#include <string.h>

/* A trial of an experiment whose runs have real configs. */
struct planned {
    const char *variant, *overrides;
    int64_t seed; /* negative: not begun */
};

#define TEMPLATE                                                                                   \
    "name: %s\ndata: {set: digits}\nmodel: {cell: lstm, units: 48}\ntrain: {steps: 10}\n"

/* The resolved config of PLANNED. Caller frees. */
static inline char *config_of(const struct planned *planned)
{
    struct config config;
    struct diagnostics *diagnostics = diagnostics_new();
    char *name = memory_copy_text(planned->variant), *text, *copy, *rest;
    const char *overrides[8];
    struct config_source source = {.path = "x.yaml", .overrides = overrides};
    char *seed = text_format("seed=%d", (int)planned->seed);
    for (char *at = name; *at; at++)
        *at = *at == ' ' ? '_' : *at;
    source.text = text = text_format(TEMPLATE, name);
    rest = copy = memory_copy_text(planned->overrides);
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        if (*line)
            overrides[source.override_count++] = line;
    overrides[source.override_count++] = seed;
    if (config_load_from(&config, &source, diagnostics) != 0)
        diagnostics_print(diagnostics);
    assert_int_equal(diagnostics_count(diagnostics), 0);
    char *yaml = memory_copy_text(config.yaml);
    config_release(&config);
    diagnostics_free(diagnostics);
    memory_free(name);
    memory_free(text);
    memory_free(copy);
    memory_free(seed);
    return yaml;
}

/* Saves the experiment NAME of COUNT trials; those that were begun are done. */
static inline void save_planned(struct store *store, const char *name, const char *baseline,
                                const struct planned *planned, size_t count)
{
    struct error error = {0};
    struct trial trials[32];
    char keys[32][33], id[RUN_ID_SIZE];
    int64_t order = 0;
    assert_in_range(count, 1, 32);
    for (size_t i = 0; i < count; i++) {
        order += i > 0 && !text_equal(planned[i].variant, planned[i - 1].variant);
        snprintf(keys[i], sizeof keys[i], "%032x", (unsigned)i);
        if (planned[i].seed >= 0) {
            char *config = config_of(&planned[i]);
            const struct made_up made = {
                planned[i].variant, planned[i].seed, 0.9, 100, 10, RUN_DONE};
            made_up_run_of(store, &made, config, id, keys[i]);
            memory_free(config);
        }
        trials[i] = (struct trial){.variant = (char *)(uintptr_t)planned[i].variant,
                                   .variant_order = order,
                                   .seed = llabs(planned[i].seed),
                                   .key = keys[i],
                                   .overrides = (char *)(uintptr_t)planned[i].overrides};
    }
    const struct experiment experiment = {.name = (char *)(uintptr_t)name,
                                          .source = (char *)(uintptr_t) "name: x\n",
                                          .metric = (char *)(uintptr_t) "test.accuracy",
                                          .baseline = (char *)(uintptr_t)baseline,
                                          .trials = trials,
                                          .trial_count = count};
    made_up_check(store_experiment_save(store, &experiment, &error), &error);
}

/* An experiment of runs with the given configs. */
static inline void save_configs(struct store *store, const char *name, const char *const *configs,
                                size_t count)
{
    struct made_up made[4] = {0};
    char id[RUN_ID_SIZE], key[33], *names[4];
    for (size_t i = 0; i < count; i++) {
        names[i] = text_format("%s %zu", name, i);
        made[i] = (struct made_up){names[i], 1, 0.9, 100, 10, RUN_DONE};
        made_up_run_of(store, &made[i], configs[i], id, key);
    }
    made_up_experiment(store, name, made, count);
    for (size_t i = 0; i < count; i++)
        memory_free(names[i]);
}

/* What `where` and `by` ask for, each up to its NULL. */
static inline int select_by(struct groups *groups, struct store *store, const char *name,
                            const char *const *where, const char *const *by, bool with_settings,
                            struct error *error)
{
    struct groups_request request = {.where = where, .by = by, .with_settings = with_settings};
    while (where && where[request.where_count])
        request.where_count++;
    while (by && by[request.by_count])
        request.by_count++;
    return groups_load_by(groups, store, &name, 1, &request, error);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

#endif
