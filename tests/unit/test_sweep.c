/* Sweeps: their points, in order, what they are called, and every error at its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "batch/sweep.h"
#include "batch/swept_value.h"
#include "config/parse.h"
#include "unit/experiment_file.h"

#include <math.h>
#include <stdlib.h>

#define LSTM "variants: {lstm: {}}\n"

static void test_grid(void **state)
{
    (void)state;
    assert_variants(LSTM "sweep: {train.optimizer.adam.rate: [1e-3, 1e-2], model.units: [8, 4, 2]}",
                    (const char *const[]){"lstm rate=0.001 units=8", "lstm rate=0.001 units=4",
                                          "lstm rate=0.001 units=2", "lstm rate=0.01 units=8",
                                          "lstm rate=0.01 units=4", "lstm rate=0.01 units=2",
                                          NULL});
    assert_variants(LSTM "sweep: {model.units: {linear: {from: 8, to: 16, points: 3}},\n"
                         "        train.clip.norm: {log: {from: 0.1, to: 10, points: 3}}}",
                    (const char *const[]){"lstm units=8 norm=0.1", "lstm units=8 norm=1",
                                          "lstm units=8 norm=10", "lstm units=12 norm=0.1",
                                          "lstm units=12 norm=1", "lstm units=12 norm=10",
                                          "lstm units=16 norm=0.1", "lstm units=16 norm=1",
                                          "lstm units=16 norm=10", NULL});
}

static void test_zip(void **state)
{
    (void)state;
    assert_variants(LSTM "sweep:\n  zip: {model.units: [8, 4], train.batch: [30, 60]}\n"
                         "  train.shards: [1, 2]\n",
                    (const char *const[]){
                        "lstm units=8 batch=30 shards=1", "lstm units=8 batch=30 shards=2",
                        "lstm units=4 batch=60 shards=1", "lstm units=4 batch=60 shards=2", NULL});
    assert_variants(LSTM "sweep:\n  zip: {model.units: [8, 8], train.batch: [30, 60]}\n",
                    (const char *const[]){"lstm units=8 batch=30", "lstm units=8 batch=60", NULL});
}

static const char random_text[] =
    LSTM "sweep:\n"
         "  train.shards: [1, 2]\n"
         "  random: {points: %d, seed: %d, over: {model.cell: [rnn, gru],\n"
         "           train.optimizer.adam.rate: {log: {from: 1e-4, to: 1e-1}},\n"
         "           model.units: {linear: {from: 2, to: 64}}}}\n";

static void load_random(struct opened *opened, int points, int seed)
{
    char *text = text_format(random_text, points, seed);
    opened_load_good(opened, text);
    memory_free(text);
}

static void test_random(void **state)
{
    (void)state;
    struct opened five, more, other;
    load_random(&five, 5, 3);
    load_random(&more, 40, 3);
    load_random(&other, 40, 4);
    assert_int_equal(five.experiment.variant_count, 10);
    assert_int_equal(more.experiment.variant_count, 80);
    size_t shared = 0;
    for (size_t i = 0; i < 40; i++) {
        /* More points of the same seed keep the ones before; the grid's shards vary slowest. */
        if (i < 5)
            assert_string_equal(five.experiment.variants[i].name, more.experiment.variants[i].name);
        shared += text_equal(more.experiment.variants[i].name, other.experiment.variants[i].name);
        assert_true(text_starts_with(more.experiment.variants[i].name, "lstm shards=1 cell="));
        struct config config;
        assert_int_equal(
            experiment_config(&more.experiment, i, 1, NULL, 0, &config, more.diagnostics), 0);
        config_release(&config);
    }
    assert_int_equal(shared, 0);
    /* The stream is fixed: a change of it would train other points under an old experiment. */
    assert_string_equal(five.experiment.variants[0].name,
                        "lstm shards=1 cell=gru rate=0.00123089 units=36");
    opened_release(&five);
    opened_release(&more);
    opened_release(&other);
}

/* Draws spread over the whole range: each tenth of it gets its share of 1,000. */
static void test_random_is_uniform(void **state)
{
    (void)state;
    struct opened opened;
    opened_load_good(&opened, LSTM "sweep: {random: {points: 1000, seed: 1, over: {\n"
                                   "  train.weight_decay: {linear: {from: 0, to: 1}},\n"
                                   "  train.clip.norm: {log: {from: 1e-5, to: 1e5}}}}}\n");
    size_t linear[10] = {0}, log[10] = {0};
    const struct sweep *sweep = &opened.experiment.sweep;
    for (size_t i = 0; i < 1000; i++) {
        double decay = atof(sweep->keys[0].texts[i]), norm = atof(sweep->keys[1].texts[i]);
        linear[(int)fmin(10 * decay, 9)]++;
        log[(int)fmin(log10(norm) + 5, 9)]++;
    }
    for (int i = 0; i < 10; i++) {
        assert_in_range(linear[i], 70, 130);
        assert_in_range(log[i], 70, 130);
    }
    opened_release(&opened);
}

static void test_labels(void **state)
{
    (void)state;
    assert_variants(LSTM "sweep: {train.clip.norm: [1], data.validation.count: [10],\n"
                         "  train.optimizer.adam.rate: [1e-3], model.cell.lstm.units: [7]}",
                    (const char *const[]){"lstm norm=1 count=10 rate=0.001 units=7", NULL});
    struct opened opened;
    opened_load_good(&opened, LSTM "sweep: {a.0.lstm.units: [1], a.12.lstm.units: [1], b.1: [1],\n"
                                   "  c.every: [1], every: [1], d.c.every: [1]}\n");
    assert_string_equal(opened.experiment.variants[0].name,
                        "lstm a.0.lstm.units=1 a.12.lstm.units=1 b.1=1 c.every=1 every=1 "
                        "d.c.every=1");
    opened_release(&opened);
    assert_variants(LSTM "sweep: {train.optimizer: [adam, {sgd: {rate: 1e-1}}],\n"
                         "  model.stack: [[{lstm: 3}, {readout: last}],\n"
                         "  [{lstm: {units: 30}}, {dropout: 0.25}, {readout: {of: last}}]]}",
                    (const char *const[]){"lstm optimizer=adam stack=[{lstm:3},{readout:last}]",
                                          "lstm optimizer=adam stack=#2",
                                          "lstm optimizer={sgd:{rate:0.1}} "
                                          "stack=[{lstm:3},{readout:last}]",
                                          "lstm optimizer={sgd:{rate:0.1}} stack=#2", NULL});
}

static void test_text(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"1e-3", "0.001"},
        {"0.0010", "0.001"},
        {"1e3", "1000"},
        {"1000", "1000"},
        {"\"1000\"", "\"1000\""},
        {"adam", "adam"},
        {"\"adam\"", "adam"},
        {"{a: [1, {b: 2.50}]}", "{a:[1,{b:2.5}]}"},
        {"9007199254740993", "9007199254740993"},
    };
    struct diagnostics *diagnostics = diagnostics_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct node *node = parse_value(cases[i][0], "test", diagnostics);
        struct text text = {0};
        swept_value_add_text(node, &text);
        assert_string_equal(text_get(&text), cases[i][1]);
        text_release(&text);
        node_free(node);
    }
    diagnostics_free(diagnostics);
}

static void test_paths_meet(void **state)
{
    (void)state;
    assert_true(sweep_paths_meet("a.b", "a.b"));
    assert_true(sweep_paths_meet("a", "a.b"));
    assert_true(sweep_paths_meet("a.b", "a"));
    assert_false(sweep_paths_meet("a.b", "a.c"));
    assert_false(sweep_paths_meet("a", "ab"));
    assert_false(sweep_paths_meet("a.b", "a.bc"));
}

static void test_mistakes_in_sweeps(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {LSTM "sweep: 3\n", 3, 8, "sweep: expected a mapping of keys to values, found `3`"},
        {LSTM "sweep: [a]\n", 3, 8, "found a list"},
        {LSTM "sweep: {}\n", 3, 8, "found an empty mapping"},
        {LSTM "sweep:\n  train.batch: 3\n", 4, 16, "sweep.train.batch: expected a list or a range"},
        {LSTM "sweep:\n  train.batch: []\n", 4, 16, "the list is empty"},
        {LSTM "sweep:\n  train: {batch: [1, 2]}\n", 4, 10, "found a mapping"},
        {LSTM "sweep:\n  train.shards: [1, 2, 1]\n", 4, 24, "the value 1 stands twice"},
        {LSTM "sweep:\n  train.optimizer.adam.rate: [1e-3, 0.001]\n", 4, 37,
         "the value 0.001 stands twice"},
        {LSTM "sweep:\n  model.units: {linear: {from: 1, to: 3, points: 5}}\n", 4, 16,
         "the value 2 stands twice"},
        {LSTM "sweep:\n  model.units: {log: {from: 0, to: 3, points: 5}}\n", 4, 29,
         "0 is out of range"},
        {LSTM "sweep:\n  seed: [1, 2]\n", 4, 3, "seed: cannot be swept"},
        {LSTM "sweep:\n  name: [a, b]\n", 4, 3, "name: cannot be swept"},
        {LSTM "sweep:\n  base: [a, b]\n", 4, 3, "base: cannot be swept"},
        {LSTM "sweep:\n  zip: {seed: [1, 2], train.batch: [1, 2]}\n", 4, 9, "cannot be swept"},
        {LSTM "sweep:\n  train.batch: [1, 2]\n  zip: {train.batch: [1, 2], a: [1, 2]}\n", 5, 9,
         "train.batch: is swept twice"},
        {LSTM "sweep:\n  train.optimizer: [adam]\n  train.optimizer.adam.rate: [1, 2]\n", 5, 3,
         "train.optimizer.adam.rate: is swept twice"},
        {LSTM "sweep:\n  zip: {train.batch: [1, 2], train.shards: [1, 2, 3]}\n", 4, 44,
         "sweep.zip.train.shards: has 3 values, but `train.batch` has 2"},
        {LSTM "sweep:\n  zip: {train.batch: [1, 1], train.shards: [2, 2]}\n", 4, 26,
         "the value 1, 2 stands twice"},
        {LSTM "sweep:\n  zip: {train.batch: [1, 2]}\n", 4, 8, "at least two keys"},
        {LSTM "sweep:\n  zip: [1, 2]\n", 4, 8, "at least two keys"},
        {LSTM "sweep:\n  random: 3\n", 4, 11, "sweep.random: expected a mapping, found `3`"},
        {LSTM "sweep:\n  a: {linear: {from: 1, to: 10000, points: 10000}}\n"
              "  b: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]\n",
         3, 1, "have 110000 points; at most 100000"},
    };
    assert_mistakes(mistakes, sizeof mistakes / sizeof *mistakes);
}

/* Sixty-four keys with a thousand values each have more points than a number can say. */
static void test_huge(void **state)
{
    (void)state;
    struct text text = {0};
    text_add(&text, LSTM "sweep:\n");
    for (int i = 0; i < 64; i++)
        text_add_format(&text, "  a%d: {linear: {from: 1, to: 1000, points: 1000}}\n", i);
    const struct mistake mistake = {text_get(&text), 3, 1, "at most 100000"};
    assert_mistakes(&mistake, 1);
    text_add(&text, "  b: [1]\n");
    const struct mistake more = {text_get(&text), 68, 3, "more than 64 keys are swept"};
    assert_mistakes(&more, 1);
    text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grid),       cmocka_unit_test(test_zip),
        cmocka_unit_test(test_random),     cmocka_unit_test(test_random_is_uniform),
        cmocka_unit_test(test_labels),     cmocka_unit_test(test_text),
        cmocka_unit_test(test_paths_meet), cmocka_unit_test(test_mistakes_in_sweeps),
        cmocka_unit_test(test_huge),
    };
    return cmocka_run_group_tests(tests, experiment_make_folder, experiment_remove_folder);
}
