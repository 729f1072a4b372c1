#include "unit/plot_fixture.h"

#include "plots/swept.h"

/* A run of "sweep": units, rate, cell; seeds 1 and 2. */
static const struct {
    const char *name;
    int units;
    const char *rate, *cell;
} variants[] = {
    {"a", 128, "0.01", "lstm"}, {"b", 16, "0.001", "lstm"}, {"c", 16, "0.01", "lstm"},
    {"d", 32, "0.1", "gru"},    {"e", 128, "0.1", "gru"},
};
enum { VARIANTS = sizeof variants / sizeof variants[0] };

static const char *const accuracy[] = {"test.accuracy"};

/* Loads the sweep of experiment NAME over KEYS (NULL ends them; NULL itself: none said). */
static int load(struct swept *swept, const char *name, const char *const *keys, bool grouped,
                struct error *error)
{
    struct groups groups;
    static const char *const cell[] = {"model.cell"};
    const struct groups_request wanted = {
        .with_settings = true, .by = cell, .by_count = grouped ? 1 : 0};
    struct plot_request request = {.kind = PLOT_SWEEP,
                                   .metrics = accuracy,
                                   .metric_count = 1,
                                   .over = keys,
                                   .by = cell,
                                   .by_count = grouped ? 1 : 0};
    while (keys && keys[request.over_count])
        request.over_count++;
    made_up_check(groups_load_by(&groups, store, &name, 1, &wanted, error), error);
    int result = swept_load(swept, store, &groups, &request, error);
    groups_release(&groups);
    return result;
}

static void keys_that_differ_are_found_and_sorted(void **state)
{
    (void)state;
    struct swept swept;
    struct error error = {0};
    made_up_check(load(&swept, "sweep", NULL, false, &error), &error);
    assert_int_equal(swept.key_count, 2);
    assert_string_equal(swept.keys[0].name, "model.units");
    assert_string_equal(swept.keys[1].name, "train.optimizer.adam.rate");
    assert_string_equal(swept.keys[0].values.items[0], "16");
    assert_string_equal(swept.keys[0].values.items[2], "128");
    assert_string_equal(swept.keys[1].values.items[0], "0.001");
    assert_true(swept.keys[1].logarithmic);
    assert_true(swept_number(&swept.keys[0], 1) == 32);
    assert_int_equal(swept.lines.count, 2);
    assert_string_equal(swept.lines.items[0], "lstm");
    assert_string_equal(swept.lines.items[1], "gru");
    assert_int_equal(swept.count, 2 * VARIANTS);
    assert_int_equal(swept.points[0].at[0], 2);
    assert_int_equal(swept.points[0].at[1], 1);
    assert_int_equal(swept.points[0].line, 0);
    assert_true(fabs(swept.points[0].value - 0.9005) < 1e-9);
    swept_release(&swept);
}

static void one_key_leaves_a_line_for_what_else_differs(void **state)
{
    (void)state;
    static const char *const keys[] = {"units", NULL};
    struct swept swept;
    struct error error = {0};
    made_up_check(load(&swept, "sweep", keys, false, &error), &error);
    assert_int_equal(swept.key_count, 1);
    assert_string_equal(swept.keys[0].name, "model.units");
    assert_false(swept.keys[0].logarithmic); /* 16, 32, 128: less than a decade */
    assert_int_equal(swept.lines.count, 3);
    assert_string_equal(swept.lines.items[0], "lstm rate=0.01");
    assert_string_equal(swept.lines.items[2], "gru rate=0.1");
    swept_release(&swept);
}

static void groups_become_the_lines(void **state)
{
    (void)state;
    static const char *const keys[] = {"model.units", NULL};
    struct swept swept;
    struct error error = {0};
    made_up_check(load(&swept, "sweep", keys, true, &error), &error);
    assert_int_equal(swept.lines.count, 2);
    assert_string_equal(swept.lines.items[0], "cell=gru");
    swept_release(&swept);
}

static void names_are_categories(void **state)
{
    (void)state;
    static const char *const keys[] = {"model.cell", NULL};
    struct swept swept;
    struct error error = {0};
    made_up_check(load(&swept, "sweep", keys, false, &error), &error);
    assert_false(swept.keys[0].numeric);
    assert_true(swept_number(&swept.keys[0], 1) == 1);
    swept_release(&swept);
}

static void expect_error(const char *experiment, const char *const *keys, enum error_code code,
                         const char *part)
{
    struct swept swept;
    struct error error = {0};
    assert_int_equal(load(&swept, experiment, keys, false, &error), -1);
    assert_int_equal(error.code, code);
    if (!strstr(error.text, part))
        fail_msg("%s: without `%s`", error.text, part);
    assert_int_equal(swept.key_count, 0);
}

static void errors_say_what_there_is(void **state)
{
    (void)state;
    static const char *const unknown[] = {"model.unit", NULL}, *const twice[] = {
                                                                   "units", "model.units", NULL};
    expect_error("sweep", unknown, ERROR_NOT_FOUND,
                 "the runs differ in model.cell, model.units, train.optimizer.adam.rate");
    expect_error("sweep", twice, ERROR_USAGE, "twice");
    expect_error("three", NULL, ERROR_USAGE, "model.units, train.batch, train.optimizer.adam.rate");
    expect_error("same", NULL, ERROR_NOT_FOUND, "nothing but their seeds");
}

static void is_geometric(const char *first, const char *middle, const char *last, bool expected)
{
    struct swept swept;
    struct error error = {0};
    const char *const values[] = {first, middle, last};
    struct made_up runs[3];
    char *names[3], *experiment = text_format("%s %s %s", first, middle, last);
    for (int i = 0; i < 3; i++) {
        char id[RUN_ID_SIZE], key[33];
        char *config = text_format("name: x\nmodel: {units: %s, cell: lstm}\n", values[i]);
        names[i] = text_format("units %s of %s", values[i], experiment);
        runs[i] = (struct made_up){names[i], 1, 0.9, 100, 50, RUN_DONE};
        made_up_run_of(store, &runs[i], config, id, key);
        memory_free(config);
    }
    made_up_experiment(store, experiment, runs, 3);
    made_up_check(load(&swept, experiment, NULL, false, &error), &error);
    assert_true(swept.keys[0].logarithmic == expected);
    swept_release(&swept);
    memory_free(experiment);
    for (int i = 0; i < 3; i++)
        memory_free(names[i]);
}

static void powers_lie_on_a_logarithmic_axis(void **state)
{
    (void)state;
    is_geometric("1", "10", "100", true);
    is_geometric("8", "32", "128", true);
    is_geometric("8", "16", "32", false);
    is_geometric("10", "60", "110", false);
    is_geometric("0", "10", "100", false);
    is_geometric("-1", "10", "100", false);
}

static void add_variants(const char *experiment, bool batches, bool same)
{
    struct made_up runs[2 * VARIANTS];
    static char names[2][VARIANTS][20];
    for (int i = 0; i < VARIANTS; i++) {
        snprintf(names[batches][i], 20, "%s %s", experiment, variants[i].name);
        for (int seed = 1; seed <= 2; seed++) {
            char id[RUN_ID_SIZE], key[33];
            struct made_up *run = &runs[2 * i + seed - 1];
            *run = (struct made_up){names[batches][i], seed, 0.9, 100, 50, RUN_DONE};
            char *config =
                text_format("name: x\nseed: %d\nmodel: {units: %d, cell: %s}\ntrain: {batch: %d, "
                            "optimizer: {adam: {rate: %s}}}\n",
                            seed, same ? 1 : variants[i].units, same ? "lstm" : variants[i].cell,
                            batches ? 8 << i : 8, same ? "1" : variants[i].rate);
            made_up_run_of(store, run, config, id, key);
            memory_free(config);
        }
    }
    made_up_experiment(store, experiment, runs, 2 * (size_t)VARIANTS);
}

static int fill(void **state)
{
    (void)state;
    if (plot_fixture_begin() != 0)
        return -1;
    add_variants("sweep", false, false);
    add_variants("three", true, false);
    add_variants("same", false, true);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_differ_are_found_and_sorted),
        cmocka_unit_test(one_key_leaves_a_line_for_what_else_differs),
        cmocka_unit_test(groups_become_the_lines),
        cmocka_unit_test(names_are_categories),
        cmocka_unit_test(errors_say_what_there_is),
        cmocka_unit_test(powers_lie_on_a_logarithmic_axis),
    };
    return cmocka_run_group_tests(tests, fill, plot_fixture_end);
}
