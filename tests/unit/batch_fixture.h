/* An experiment on a small network in a folder and a store of its own, for tests. */
#ifndef UNROLL_TESTS_UNIT_BATCH_FIXTURE_H
#define UNROLL_TESTS_UNIT_BATCH_FIXTURE_H

#include "batch/batch.h"
#include "unit/run_fixture.h"

static const char bench_base[] = "data: {set: digits, train: {limit: 60}}\n"
                                 "model: {cell: lstm, units: 4}\n"
                                 "train: {steps: 6, batch: 30, evaluate: {every: 3}}\n";

struct bench {
    struct scene scene;
    struct diagnostics *diagnostics;
    struct experiment_file experiment;
    struct batch_options options;
    struct batch batch;
};

static inline int bench_open(void **state)
{
    struct bench *bench = memory_new(sizeof *bench);
    *state = bench;
    if (temporary_make(bench->scene.folder))
        return -1;
    snprintf(bench->scene.store, sizeof bench->scene.store, "%s/unroll.db", bench->scene.folder);
    memory_free(temporary_write(bench->scene.folder, "base.yaml", bench_base, sizeof bench_base - 1,
                                false));
    bench->options = (struct batch_options){.store = bench->scene.store,
                                            .data = "/nonexistent",
                                            .workers = 2,
                                            .threads = 1,
                                            .grace_seconds = 30,
                                            .hook_seconds = 600,
                                            .checkpoint_seconds = 30};
    log_set_quiet(true);
    return 0;
}

/* Forgets the plan and its experiment, so that there can be another. */
static inline void bench_clear(struct bench *bench)
{
    batch_release(&bench->batch);
    experiment_file_release(&bench->experiment);
    if (bench->diagnostics)
        diagnostics_free(bench->diagnostics);
    bench->diagnostics = NULL;
}

static inline int bench_close(void **state)
{
    struct bench *bench = *state;
    bench_clear(bench);
    int result = temporary_remove(bench->scene.folder);
    memory_free(bench);
    return result;
}

#define BENCH_TEST(function) cmocka_unit_test_setup_teardown(function, bench_open, bench_close)

/* Plans the experiment that TEXT says; what batch_plan returned. */
static inline int bench_try(struct bench *bench, const char *text, bool dry)
{
    bench_clear(bench);
    bench->diagnostics = diagnostics_new();
    char *path = temporary_write(bench->scene.folder, "cells.yaml", text, strlen(text), false);
    bench->scene.error = (struct error){0};
    if (experiment_load(&bench->experiment, path, bench->diagnostics)) {
        diagnostics_print(bench->diagnostics);
        fail();
    }
    memory_free(path);
    return batch_plan(&bench->batch, &bench->experiment, &bench->options, dry, bench->diagnostics,
                      &bench->scene.error);
}

static inline void bench_plan(struct bench *bench, const char *text, bool dry)
{
    if (bench_try(bench, text, dry)) {
        diagnostics_print(bench->diagnostics);
        fail_msg("%s", bench->scene.error.text);
    }
}

#endif
