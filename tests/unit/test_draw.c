/* Random search: distinct points, and every error at its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text_set.h"
#include "batch/draw.h"
#include "unit/experiment_file.h"

#define RANDOM(text) "sweep:\n  random: " text "\n"

/* All points that there are, each once, whatever the seed. */
static void test_exhausts(void **state)
{
    (void)state;
    for (int seed = 0; seed < 20; seed++) {
        char *text = text_format(RANDOM("{points: 6, seed: %d, over: {model.units: {linear: {from: "
                                        "1, to: 3}}, model.cell: [rnn, gru]}}"),
                                 seed);
        struct opened opened;
        opened_load_good(&opened, text);
        assert_int_equal(opened.experiment.variant_count, 6);
        struct text_set *names = text_set_new();
        for (size_t i = 0; i < 6; i++)
            assert_true(text_set_add(names, opened.experiment.variants[i].name));
        text_set_free(names);
        opened_release(&opened);
        memory_free(text);
    }
}

/* Loads a draw of 20 points over KEYS, the text of the mapping's inside. */
static void load_over(struct opened *opened, const char *keys)
{
    char *text = text_format(RANDOM("{points: 20, seed: 7, over: {%s}}"), keys);
    opened_load_good(opened, text);
    memory_free(text);
}

static void assert_same_values(const struct opened *a, const struct opened *b, const char *path)
{
    const struct sweep_key *left = sweep_find(&a->experiment.sweep, path);
    const struct sweep_key *right = sweep_find(&b->experiment.sweep, path);
    for (size_t i = 0; i < 20; i++)
        assert_string_equal(left->texts[i], right->texts[i]);
}

#define RATE "train.optimizer.adam.rate"
#define OVER_RATE RATE ": {log: {from: 1e-4, to: 1e-1}}"
#define OVER_NORM "train.clip.norm: {log: {from: 1e-4, to: 1e-1}}"
#define OVER_CELL "model.cell: [rnn, gru, lstm]"

/* A key's values depend on its name alone: neither on the order of the keys nor on the others. */
static void test_keys_are_independent(void **state)
{
    (void)state;
    struct opened all, turned, one;
    load_over(&all, OVER_NORM ", " OVER_RATE ", " OVER_CELL);
    load_over(&turned, OVER_CELL ", " OVER_RATE ", " OVER_NORM);
    load_over(&one, OVER_RATE);
    assert_same_values(&all, &turned, RATE);
    assert_same_values(&all, &turned, "train.clip.norm");
    assert_same_values(&all, &turned, "model.cell");
    assert_same_values(&all, &one, RATE);
    const struct sweep_key *rate = sweep_find(&all.experiment.sweep, RATE);
    const struct sweep_key *norm = sweep_find(&all.experiment.sweep, "train.clip.norm");
    for (size_t i = 0; i < 20; i++)
        assert_string_not_equal(rate->texts[i], norm->texts[i]);
    opened_release(&all);
    opened_release(&turned);
    opened_release(&one);
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {RANDOM("{seed: 1, over: {model.units: [1, 2]}}"), 3, 11, "points: is required"},
        {RANDOM("{points: 2, over: {model.units: [1, 2]}}"), 3, 11, "seed: is required"},
        {RANDOM("{points: 2, seed: 1}"), 3, 11, "sweep.random.over: expected the keys to draw"},
        {RANDOM("{points: 2, seed: 1, over: {}}"), 3, 38, "found an empty mapping"},
        {RANDOM("{points: 2, seed: 1, over: [a]}"), 3, 38, "found a list"},
        {RANDOM("{points: 2, seed: 1, model.units: [1, 2], over: {model.units: [1, 2]}}"), 3, 32,
         "sweep.random.model.units: unknown key"},
        {RANDOM("{points: 0, seed: 1, over: {model.units: [1, 2]}}"), 3, 20, "0 is out of range"},
        {RANDOM("{points: 10001, seed: 1, over: {model.units: [1, 2]}}"), 3, 20, "out of range"},
        {RANDOM("{points: 2, seed: -1, over: {model.units: [1, 2]}}"), 3, 29, "-1 is out of range"},
        {RANDOM("{points: 3, seed: 1, over: {model.units: [1, 2]}}"), 3, 11,
         "there are hardly more than 2 different points, not 3"},
        {RANDOM("{points: 2, seed: 1, over: {model.units: 3}}"), 3, 52,
         "expected a list or a range to draw from, found `3`"},
        {RANDOM("{points: 2, seed: 1, over: {model.units: []}}"), 3, 52, "found an empty list"},
        {RANDOM("{points: 2, seed: 1, over: {model.units: {log: {from: 0, to: 1}}}}"), 3, 65,
         "0 is out of range"},
        {RANDOM("{points: 2, seed: 1, over: {model.units: {log: {from: 1, to: 9, points: 2}}}}"), 3,
         75, "sweep.random.over.model.units.log.points: unknown key"},
        {RANDOM("{points: 2, seed: 1, over: {seed: [1, 2]}}"), 3, 39, "seed: cannot be swept"},
    };
    assert_mistakes(mistakes, sizeof mistakes / sizeof *mistakes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exhausts),
        cmocka_unit_test(test_keys_are_independent),
        cmocka_unit_test(test_mistakes),
    };
    return cmocka_run_group_tests(tests, experiment_make_folder, experiment_remove_folder);
}
