/* A run that is killed and gone on with is the run that was never disturbed: for every kind of
 * state that training has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/crash_rig.h"

/* One run has all of these, in turns on one thread and on three. Checkpoints come after each third
 * step of a process, so the first kill costs a step and the third leaves a file that the store does
 * not name. */
static const struct attempt {
    struct plan plan;
    int status;
} attempts[] = {
    {{.function = "trainer_step", .count = 5, .when = BEFORE, .signal = SIGKILL}, 128 + SIGKILL},
    {{.function = "trainer_step", .count = 2, .when = AFTER, .signal = SIGINT}, 130},
    {{.function = "rename", .count = 1, .when = AFTER, .signal = SIGKILL}, 128 + SIGKILL},
    {{.function = "trainer_step", .count = 1, .when = BEFORE, .signal = SIGTERM}, 130},
    {{.function = "run_checkpoint", .count = 1, .when = AFTER, .signal = SIGKILL}, 128 + SIGKILL},
    {{.function = "run_flush", .count = 2, .when = AFTER, .signal = SIGKILL}, 128 + SIGKILL},
};
enum { ATTEMPTS = sizeof attempts / sizeof attempts[0] };

/* The six keep 3, 2, 0, 1, 3 and 0 steps: 11 of the 20 are left for the last. */
struct setting {
    const char *data, *model, *train;
};

#define DATA "train: {limit: 100}, validation: {count: 40}"
#define CELL "cell: lstm, units: 4"
#define STEPS "steps: 20, batch: 30, log: {every: 7}"
#define BOTH "evaluate: {every: 2, on: [validation, test], limit: 37, take: next}"
#define PLAIN STEPS ", evaluate: {every: 4, on: validation}"

static const struct setting optimizers[] = {
    {DATA, CELL, PLAIN ", optimizer: sgd"},
    {DATA, CELL, PLAIN ", optimizer: {sgd: {rate: 0.1, momentum: 0.9}}"},
    {DATA, CELL, PLAIN ", optimizer: {sgd: {rate: 0.1, momentum: 0.9, nesterov: true}}"},
    {DATA, CELL, PLAIN ", optimizer: adagrad"},
    {DATA, CELL, PLAIN ", optimizer: {adagrad: {initial: 0.1}}"},
    {DATA, CELL, PLAIN ", optimizer: rmsprop"},
    {DATA, CELL, PLAIN ", optimizer: {rmsprop: {momentum: 0.5}}"},
    {DATA, CELL, PLAIN ", optimizer: {adam: {rate: 0.02}}"},
    {DATA, CELL, PLAIN ", optimizer: {adam: {epsilon_at: corrected}}"},
    {DATA, CELL, PLAIN ", optimizer: adamw"},
    {DATA, CELL, PLAIN ", optimizer: {sgd: {rate: 0.1}}, weight_decay: 0.01"},
    {DATA, CELL, PLAIN ", optimizer: {adam: {rate: 0.02}}, clip: {norm: 0.01}"},
    {DATA, CELL, PLAIN ", optimizer: {adam: {rate: 0.02}}, clip: {value: 0.001, norm: 0.01}"},
};

static const struct setting schedules[] = {
    {DATA, CELL, PLAIN ", schedule: {step: {every: 3}}"},
    {DATA, CELL, PLAIN ", schedule: {step: {every: 2, unit: epochs}}"},
    {DATA, CELL, PLAIN ", schedule: {exponential: {decay: 0.5, every: 4}}"},
    {DATA, CELL, PLAIN ", schedule: {inverse_time: {decay: 0.5, every: 4}}"},
    {DATA, CELL, PLAIN ", schedule: {polynomial: {power: 2}}"},
    {DATA, CELL, PLAIN ", schedule: cosine"},
    {DATA, CELL, PLAIN ", warmup: {steps: 6, from: 0.1}"},
    {DATA, CELL, PLAIN ", warmup: {steps: 6}, schedule: cosine"},
    {DATA, CELL, STEPS ", " BOTH ", schedule: {plateau: {patience: 0, min_delta: 1}}"},
    {DATA, CELL, STEPS ", " BOTH ", schedule: {plateau: {patience: 1, cooldown: 2, min_delta: 1}}"},
    {DATA, CELL,
     STEPS ", " BOTH ", warmup: {steps: 5},"
           " schedule: {plateau: {metric: validation.accuracy, patience: 1, min_delta: 1}}"},
};

#define FAST "optimizer: {sgd: {rate: 5}}"

static const struct setting stops[] = {
    {DATA, CELL, STEPS ", " BOTH ", stop: {restore: best}"},
    {DATA, CELL, STEPS ", " BOTH ", " FAST ", stop: {restore: best}"},
    {DATA, CELL, STEPS ", " BOTH ", stop: {patience: 6, min_delta: 1}"},
    {DATA, CELL, STEPS ", " BOTH ", stop: {patience: 6, min_delta: 1, restore: best}"},
    {DATA, CELL,
     STEPS ", " BOTH ", " FAST ", stop: {metric: validation.accuracy, patience: 7, restore: best}"},
    {DATA, CELL,
     STEPS ", " BOTH ", stop: {patience: 6, min_delta: 1, restore: best},"
           " schedule: {plateau: {patience: 1}}"},
};

static const struct setting orders[] = {
    {DATA, CELL, PLAIN},
    {DATA ", order: file", CELL, PLAIN},
    {DATA ", order: tf", CELL, PLAIN},
    {DATA ", order: tf", CELL, "epochs: 6, batch: 30, log: {every: 7}"},
    {DATA ", drop_last: true", CELL, PLAIN},
    {"train: {limit: 100}, validation: {count: 40, from: random}, scale: standard", CELL, PLAIN},
    {DATA ", sequence: permuted", "cell: rnn, units: 4", PLAIN},
    {DATA, CELL, STEPS ", " BOTH},
    {DATA, CELL, STEPS ", evaluate: {every: 2, on: [train, test], limit: 37, take: next}"},
    {DATA, CELL, STEPS ", evaluate: {every: 3, first: 1, on: [train, validation, test]}"},
    {DATA, CELL, STEPS ", evaluate: {every: 1, unit: epochs, on: validation}"},
    {DATA, CELL, "steps: 20, batch: 30, log: {every: 1}"},
    {DATA, CELL, "steps: 20, batch: 30, log: {every: 7, of: batch}"},
    {DATA, CELL, "steps: 20, batch: 30, log: {every: 100}"},
};

static const struct setting networks[] = {
    {DATA, "cell: rnn, units: 4", PLAIN},
    {DATA, "cell: {rnn: {activation: relu}}, units: 4, init: pytorch", PLAIN},
    {DATA, "cell: lstm, units: 4, init: tf1, dropout: 0.5", PLAIN},
    {DATA, "cell: gru, units: 4, init: pytorch", PLAIN},
    {DATA, "cell: {gru: {reset: before}}, units: 4", PLAIN},
    {DATA, "cell: birnn, units: 4", PLAIN},
    {DATA, "cell: bilstm, units: 4, dropout: 0.3", PLAIN},
    {DATA, "cell: bigru, units: 4, layers: 2, readout: mean", PLAIN},
    {DATA, "cell: lstm, units: 4, layers: 3, dropout: 0.5", PLAIN},
    {DATA, "cell: lstm, units: 4, layers: 2, dropout: 0.5, dropout_at: between", PLAIN},
    {DATA, "cell: lstm, units: 4, readout: max", PLAIN},
    {DATA,
     "stack: [{dropout: 0.2}, {bidirectional: {of: {gru: {units: 3}}, merge: sum}}, "
     "{dropout: 0.4}, {lstm: {units: 5}}, {readout: last}, {dense: {units: 6}}]",
     PLAIN},
    {DATA, CELL, PLAIN ", loss: double_softmax"},
};

#define FLOW ", diagnostics: gradient_flow"

static const struct setting flows[] = {
    {DATA, "cell: rnn, units: 4", PLAIN FLOW},
    {DATA, "cell: bilstm, units: 4, layers: 2, dropout: 0.3", STEPS ", " BOTH FLOW},
    {DATA, "cell: gru, units: 4", STEPS ", evaluate: {every: 1}" FLOW},
};

static const struct setting everything = {
    DATA ", order: tf", "cell: bigru, units: 4, layers: 2, dropout: 0.3",
    STEPS ", " BOTH ", optimizer: adamw, clip: {norm: 0.1}, warmup: {steps: 4},"
          " stop: {patience: 7, restore: best}, schedule: {plateau: {patience: 1}}"};

static char *config_of(const struct setting *setting, int shards)
{
    return text_format("name: resumed\ndata: {set: digits, %s}\nmodel: {%s}\n"
                       "train: {%s, shards: %d}\n",
                       setting->data, setting->model, setting->train, shards);
}

static void assert_resumes(const char *text)
{
    struct scene *whole, *disturbed;
    struct run run;
    assert_int_equal(scene_open((void **)&whole), 0);
    assert_int_equal(scene_open((void **)&disturbed), 0);
    rig_finish(whole, text, 1, 1e9);
    for (int i = 0; i < ATTEMPTS; i++) {
        struct plan wanted = attempts[i].plan;
        wanted.threads = i % 2 ? 3 : 1;
        int status = rig_train(disturbed, text, &wanted, RIG_SECONDS);
        if (status != attempts[i].status)
            fail_msg("attempt %d ended with status %d from\n%s", i, status, text);
    }
    rig_finish(disturbed, text, 3, RIG_SECONDS);
    scene_run(disturbed, NULL, &run);
    assert_int_equal(run.attempts, ATTEMPTS + 1);
    run_release(&run);
    assert_same_outcome(whole, disturbed);
    assert_int_equal(scene_close((void **)&disturbed), 0);
    assert_int_equal(scene_close((void **)&whole), 0);
}

static void assert_all_resume(const struct setting *settings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *text = config_of(&settings[i], i % 2 ? 4 : 1);
        assert_resumes(text);
        memory_free(text);
    }
}

#define ALL(settings) assert_all_resume(settings, sizeof(settings) / sizeof(settings)[0])

static void test_shards(void **state)
{
    (void)state;
    static const int counts[] = {1, 2, 4, 30};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        char *text = config_of(&everything, counts[i]);
        assert_resumes(text);
        memory_free(text);
    }
}

static void test_optimizers(void **state)
{
    (void)state;
    ALL(optimizers);
}

static void test_schedules(void **state)
{
    (void)state;
    ALL(schedules);
}

static void test_stops(void **state)
{
    (void)state;
    ALL(stops);
}

static void test_orders(void **state)
{
    (void)state;
    ALL(orders);
}

static void test_networks(void **state)
{
    (void)state;
    ALL(networks);
}

static void test_flows(void **state)
{
    (void)state;
    ALL(flows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_optimizers), cmocka_unit_test(test_schedules),
        cmocka_unit_test(test_stops),      cmocka_unit_test(test_orders),
        cmocka_unit_test(test_networks),   cmocka_unit_test(test_shards),
        cmocka_unit_test(test_flows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
