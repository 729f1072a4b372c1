/* A store with made-up runs, for tests of what reads them. */
#ifndef UNROLL_TESTS_MADE_UP_STORE_H
#define UNROLL_TESTS_MADE_UP_STORE_H

#include "base/memory.h"
#include "base/text.h"
#include "store/experiments.h"
#include "store/metrics.h"
#include "store/store.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* How a made-up run goes. Accuracy climbs from 0.1 to LEVEL within STEPS, with a wave of its seed;
 * the final accuracy is LEVEL + 0.0005 * (seed modulo 10). */
struct made_up {
    const char *name;
    int64_t seed;
    double level;
    int64_t steps, every;
    enum run_state state; /* RUN_DONE, RUN_DIVERGED (the last loss is NaN), RUN_INTERRUPTED
                             (after half the steps) or RUN_RUNNING (likewise) */
};

static inline void made_up_check(int result, const struct error *error)
{
    if (result != 0)
        fail_msg("%s", error->text);
}

static inline void made_up_series(struct run_writer *writer, const struct made_up *made, int64_t to)
{
    for (int64_t step = made->every; step <= to; step += made->every) {
        double at = (double)step, seconds = at * 0.011 * (1 + 0.01 * (double)made->seed);
        double climb = 1 - exp(-12 * at / (double)made->steps);
        double wave = 0.002 * sin(at / 97 + 3 * (double)made->seed) * climb;
        double accuracy = 0.1 + (made->level - 0.1) * climb + wave;
        double loss = made->state == RUN_DIVERGED && step == to ? NAN : 2.3 * (1.02 - accuracy);
        double epoch = at / 430;
        run_record(writer, "test.accuracy", step, epoch, seconds, accuracy);
        run_record(writer, "test.loss", step, epoch, seconds, loss);
        run_record(writer, "train.loss", step, epoch, seconds, loss * 0.9);
        run_record(writer, "train.rate", step, epoch, seconds,
                   1e-3 * pow(0.96, at / ((double)made->steps / 100)));
    }
}

/* Makes the run with the stored config CONFIG, by RULE, and gives its id and key; the key is made
 * of NAME and seed. */
static inline void made_up_run_by(struct store *store, const struct made_up *made,
                                  const char *config, enum begin_rule rule, char id[RUN_ID_SIZE],
                                  char key[33])
{
    struct error error = {0};
    struct environment environment;
    struct run_begun begun;
    uint64_t hash = 14695981039346656037U; /* FNV-1a: anything that differs by name */
    for (const char *at = made->name; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 1099511628211U;
    snprintf(key, 33, "%016llx%016llx", (unsigned long long)(hash * (uint64_t)(made->seed + 1)),
             (unsigned long long)made->seed);
    environment_collect(&environment, "made up", "baseline", 1);
    const struct run_request request = {.key = key,
                                        .name = made->name,
                                        .config = config,
                                        .canonical = "x",
                                        .seed = made->seed,
                                        .data_digest = "d",
                                        .engine = "0",
                                        .plugins = "",
                                        .steps = made->steps,
                                        .parameters = 1234567,
                                        .rule = rule,
                                        .environment = &environment};
    made_up_check(store_run_begin(store, &request, &begun, &error), &error);
    environment_release(&environment);
    snprintf(id, RUN_ID_SIZE, "%s", begun.id);
    if (begun.outcome == BEGIN_DONE)
        return; /* two experiments share the run */
    bool half = made->state == RUN_INTERRUPTED || made->state == RUN_RUNNING;
    int64_t to = half ? made->steps / 2 : made->steps;
    struct run_writer *writer = run_writer_new(store, &begun);
    made_up_series(writer, made, to);
    const struct run_progress progress = {to, to * 128, 0.011 * (double)to, 1, 0.01 * (double)to};
    const struct final finals[] = {
        {(char *)(uintptr_t) "test.accuracy", made->level + 0.0005 * (double)(made->seed % 10)},
        {(char *)(uintptr_t) "test.loss", 2.3 * (1 - made->level)},
    };
    const struct run_result result = {.progress = progress, .finals = finals, .final_count = 2};
    if (made->state == RUN_DONE)
        made_up_check(run_finish(writer, &result, &error), &error);
    else if (made->state == RUN_RUNNING)
        made_up_check(run_flush(writer, &progress, &error), &error);
    else
        made_up_check(run_stop(writer, made->state, "made up", &progress, &error), &error);
    run_writer_free(writer);
}

/* The same, unless the run is there. */
static inline void made_up_run_of(struct store *store, const struct made_up *made,
                                  const char *config, char id[RUN_ID_SIZE], char key[33])
{
    made_up_run_by(store, made, config, (enum begin_rule)0, id, key);
}

/* Makes the run once more, as `run --force` does. */
static inline void made_up_run_again(struct store *store, const struct made_up *made,
                                     char id[RUN_ID_SIZE], char key[33])
{
    made_up_run_by(store, made, "name: x\n", TAKE_NONE, id, key);
}

static inline void made_up_run(struct store *store, const struct made_up *made,
                               char id[RUN_ID_SIZE], char key[33])
{
    made_up_run_of(store, made, "name: x\n", id, key);
}

/* Saves an experiment over COUNT runs, each of which is a trial of the variant that it is named
 * after, in the order given; with a negative seed the trial is not begun, its seed being the
 * absolute. */
static inline void made_up_experiment(struct store *store, const char *name,
                                      const struct made_up *runs, size_t count)
{
    struct error error = {0};
    struct trial *trials = memory_array(count, sizeof *trials);
    char(*keys)[33] = memory_array(count, sizeof *keys);
    int64_t order = -1;
    for (size_t i = 0; i < count; i++) {
        char id[RUN_ID_SIZE];
        if (i == 0 || !text_equal(runs[i].name, runs[i - 1].name))
            order++;
        if (runs[i].seed >= 0)
            made_up_run(store, &runs[i], id, keys[i]);
        else
            snprintf(keys[i], 33, "%032x", (unsigned)i);
        trials[i] = (struct trial){.variant = (char *)(uintptr_t)runs[i].name,
                                   .variant_order = order,
                                   .seed = llabs(runs[i].seed),
                                   .key = keys[i],
                                   .overrides = (char *)(uintptr_t) ""};
    }
    const struct experiment experiment = {.name = (char *)(uintptr_t)name,
                                          .source = (char *)(uintptr_t) "name: x\n",
                                          .metric = (char *)(uintptr_t) "test.accuracy",
                                          .baseline = (char *)(uintptr_t) "",
                                          .trials = trials,
                                          .trial_count = count};
    made_up_check(store_experiment_save(store, &experiment, &error), &error);
    memory_free(trials);
    memory_free(keys);
}

#endif
