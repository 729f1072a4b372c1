#include "unit/plot_fixture.h"

#include "plots/swept.h"
#include "plots/swept_axis.h"

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

/* Variants of a sweep are called so, whatever it is that they change. */
static void variants_become_the_lines(void **state)
{
    (void)state;
    static const char *const keys[] = {"rate", NULL};
    struct swept swept;
    struct error error = {0};
    made_up_check(load(&swept, "named", keys, false, &error), &error);
    assert_int_equal(swept.lines.count, 2);
    assert_string_equal(swept.lines.items[0], "plain");
    assert_string_equal(swept.lines.items[1], "wide");
    swept_release(&swept);
    static const char *const others[] = {"units", NULL}; /* of which no name says anything */
    made_up_check(load(&swept, "named", others, false, &error), &error);
    assert_string_equal(swept.lines.items[0], "rate=0.1");
    swept_release(&swept);
}

/* Also where the file sweeps what the key is a part of, unless that differs in more than the key.
 */
static void variants_of_whole_settings_become_the_lines(void **state)
{
    (void)state;
    static const char *const keys[] = {"rate", NULL};
    struct swept swept;
    struct error error = {0};
    made_up_check(load(&swept, "one whole", keys, false, &error), &error);
    assert_int_equal(swept.lines.count, 1);
    assert_string_equal(swept.lines.items[0], "relu");
    swept_release(&swept);
    made_up_check(load(&swept, "whole", keys, false, &error), &error);
    assert_int_equal(swept.lines.count, 2);
    assert_string_equal(swept.lines.items[0], "plain");
    assert_string_equal(swept.lines.items[1], "wide");
    swept_release(&swept);
    made_up_check(load(&swept, "models", (const char *const[]){"units", NULL}, false, &error),
                  &error);
    assert_string_equal(swept.lines.items[0], "gru");
    assert_string_equal(swept.lines.items[1], "lstm");
    swept_release(&swept);
}

/* The ticks of COUNT of TEXTS on an axis of WIDTH centimetres from 0 to 0.52; FALSE: none. */
static bool ticks_of(const char *const *texts, size_t count, double width,
                     struct swept_ticks *ticks)
{
    struct swept_key key = {.numeric = true, .texts = memory_array(count, sizeof *key.texts)};
    for (size_t i = 0; i < count; i++) {
        names_add(&key.values, texts[i]);
        key.texts[i] = (char *)(uintptr_t)texts[i];
    }
    bool found = swept_add_values(ticks, &key, (struct axis){0, 0.52, false}, width, false);
    memory_free(key.texts);
    names_release(&key.values);
    return found;
}

static void few_values_keep_ticks_where_some_would_touch(void **state)
{
    (void)state;
    static const char *const rates[] = {"0.02", "0.3", "0.35", "0.4", "0.45", "0.5"};
    struct swept_ticks ticks = {0};
    assert_true(ticks_of(rates, 6, 12, &ticks));
    assert_string_equal(text_get(&ticks.text), "('0.02' 0.02, '0.3' 0.3, '0.35' 0.35, '0.4' 0.4, "
                                               "'0.45' 0.45, '0.5' 0.5)");
    swept_ticks_release(&ticks);
    assert_true(ticks_of(rates, 6, 6.5, &ticks));
    assert_string_equal(text_get(&ticks.text), "('0.02' 0.02, '0.3' 0.3, '0.4' 0.4, '0.5' 0.5)");
    swept_ticks_release(&ticks);
    assert_false(ticks_of(rates, 6, 0.5, &ticks)); /* one of them */
    assert_int_equal(ticks.text.length, 0);
}

static void many_values_that_touch_have_round_ticks(void **state)
{
    (void)state;
    enum { MANY = 40 };
    char texts[MANY][8];
    const char *many[MANY];
    struct swept_ticks ticks = {0};
    for (int i = 0; i < MANY; i++) {
        snprintf(texts[i], sizeof texts[i], "0.%03d", 13 * i);
        many[i] = texts[i];
    }
    assert_false(ticks_of(many, MANY, 10, &ticks));
    assert_int_equal(ticks.text.length, 0);
    assert_true(ticks_of(many, MANY, 100, &ticks));
    swept_ticks_release(&ticks);
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

/* Keys of --group-by make the lines, and are no axis. */
static void grouped_keys_are_no_axis(void **state)
{
    (void)state;
    static const char *const by[] = {"model.units"}, *const name[] = {"sweep"};
    const struct groups_request wanted = {.with_settings = true, .by = by, .by_count = 1};
    const struct plot_request request = {
        .kind = PLOT_SWEEP, .metrics = accuracy, .metric_count = 1, .by = by, .by_count = 1};
    struct groups groups;
    struct swept swept;
    struct error error = {0};
    made_up_check(groups_load_by(&groups, store, name, 1, &wanted, &error), &error);
    made_up_check(swept_load(&swept, store, &groups, &request, &error), &error);
    assert_int_equal(swept.key_count, 1);
    assert_string_equal(swept.keys[0].name, "train.optimizer.adam.rate");
    assert_int_equal(swept.lines.count, 3);
    swept_release(&swept);
    groups_release(&groups);
}

/* Reads the data beside the last picture. */
static void read_data(struct text *data)
{
    struct error error = {0};
    char *path = file_join(folder, "picture.svg.dat");
    made_up_check(file_read(path, 1 << 20, data, &error), &error);
    memory_free(path);
}

/* The first x of BLOCK of the data, which counts from 0. */
static double first_x(const struct text *data, int block)
{
    const char *at = text_get(data);
    for (int i = 0; i < block; i++)
        at = strstr(at, "\n\n\n") + 3;
    return strtod(strstr(strstr(at, "# x"), "\n") + 1, NULL);
}

/* Of two lines one stands before the value and one behind it, by 2 % of the axis at most; not where
 * an axis has to end there. */
static void lines_stand_beside_each_other(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    static const char *const keys[] = {"rate"};
    struct plot_request request = {
        .kind = PLOT_SWEEP, .metrics = accuracy, .metric_count = 1, .over = keys, .over_count = 1};
    struct error error = {0};
    struct text script = {0}, data = {0};
    made_up_check(draw("named", request, PICTURE_SVG, &script, &error), &error);
    read_data(&data);
    double before = 0.1 - first_x(&data, 0), behind = first_x(&data, 1) - 0.1;
    assert_true(before > 0.0015 && before < 0.0025);
    assert_float_equal(before, behind, 1e-8);
    request.x_range = (struct axis_range){.has_low = true, .low = 0.1};
    made_up_check(draw("named", request, PICTURE_SVG, &script, &error), &error);
    text_clear(&data);
    read_data(&data);
    assert_float_equal(first_x(&data, 0), 0.1, 1e-8);
    assert_true(first_x(&data, 1) > 0.101);
    text_release(&script);
    text_release(&data);
}

static void the_legend_tells_of_lines_that_diverged(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    static const char *const keys[] = {"rate"};
    const struct plot_request request = {
        .kind = PLOT_SWEEP, .metrics = accuracy, .metric_count = 1, .over = keys, .over_count = 1};
    struct error error = {0};
    struct text script = {0};
    made_up_check(draw("burnt", request, PICTURE_SVG, &script, &error), &error);
    assert_non_null(strstr(text_get(&script), "title 'calm'"));
    assert_non_null(strstr(text_get(&script), "title 'hot (all diverged)'"));
    text_release(&script);
}

/* Each mean in its cell: "column row mean text"; units along the x axis, rates up the y axis; dark
 * cells have white numbers. */
static void maps_have_each_mean_in_its_cell(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    static const char *const keys[] = {"model.units", "train.optimizer.adam.rate"};
    const struct plot_request request = {
        .kind = PLOT_SWEEP, .metrics = accuracy, .metric_count = 1, .over = keys, .over_count = 2};
    struct error error = {0};
    struct text script = {0}, data = {0};
    made_up_check(draw("cells", request, PICTURE_SVG, &script, &error), &error);
    read_data(&data);
    /* The run of 16 units and rate 0.01 has 50.05 %, that of 32 and 0.001 has 90.05 %. */
    static const char *const parts[] = {"\n0 1 50.05 50.0\n", "\n1 0 90.05 90.0\n",
                                        "\n2 0 80.05 80.0\n"};
    for (int i = 0; i < 3; i++)
        if (!strstr(text_get(&data), parts[i]))
            fail_msg("no `%s` in:\n%s", parts[i], text_get(&data));
    assert_non_null(strstr(text_get(&script), "set xtics scale 0.6 ('16' 0, '32' 1, '128' 2)"));
    assert_non_null(strstr(text_get(&script), "set ytics ('0.001' 0, '0.01' 1)"));
    assert_non_null(strstr(text_get(&script), "set xlabel 'model.units'"));
    assert_non_null(strstr(text_get(&script), "set ylabel 'train.optimizer.adam.rate'"));
    /* Blocks: values, missing, dark, light. */
    int dark, light;
    const char *white = strstr(text_get(&script), "textcolor rgb 'white'");
    const char *black = strstr(text_get(&script), "textcolor rgb 'black'");
    assert_true(white && black && white < black);
    for (dark = 0; strncmp(white - dark, "index ", 6) != 0;)
        dark++;
    for (light = 0; strncmp(black - light, "index ", 6) != 0;)
        light++;
    assert_int_equal(white[6 - dark], '2');
    assert_int_equal(black[6 - light], '3');
    const char *block = text_get(&data);
    for (int i = 0; i < 2; i++)
        block = strstr(block, "\n\n\n") + 3;
    const char *next = strstr(block, "\n\n\n");
    assert_true(strstr(block, " 50.0\n") < next && strstr(next, " 90.0\n"));
    assert_null(strstr(next, " 50.0\n"));
    text_release(&script);
    text_release(&data);
}

/* Numbers that a program made have three digits at an axis, unless they are the same with them. */
static void long_numbers_are_short_at_axes(void **state)
{
    (void)state;
    struct swept swept;
    struct error error = {0};
    made_up_check(load(&swept, "long", NULL, false, &error), &error);
    assert_string_equal(swept_text(&swept.keys[0], 0), "0.000316");
    assert_string_equal(swept.keys[0].values.items[0], "0.000316227766");
    swept_release(&swept);
    made_up_check(load(&swept, "near", NULL, false, &error), &error);
    assert_string_equal(swept_text(&swept.keys[0], 0), "0.10001");
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

/* Runs of one seed, called WHO (NULL: by their number), that have UNITS (0: 1) and RATE, and these
 * accuracies. */
static void add_cells(const char *experiment, size_t count, const char *const *who,
                      const int *units, const char *const *rates, const double *levels)
{
    struct made_up runs[4] = {0};
    char *names[4];
    for (size_t i = 0; i < count; i++) {
        char id[RUN_ID_SIZE], key[33];
        names[i] = who ? memory_copy_text(who[i]) : text_format("%s %zu", experiment, i);
        runs[i] = (struct made_up){names[i], 1, levels[i], 100, 50, RUN_DONE};
        char *config = text_format("name: x\nmodel: {units: %d, cell: lstm}\ntrain: {optimizer: "
                                   "{adam: {rate: %s}}}\n",
                                   units ? units[i] : 1, rates[i]);
        made_up_run_of(store, &runs[i], config, id, key);
        memory_free(config);
    }
    made_up_experiment(store, experiment, runs, count);
    for (size_t i = 0; i < count; i++)
        memory_free(names[i]);
}

/* Runs called NAMES with a CONFIG each, of which those of HOT ended as diverged. */
static void add_runs(const char *experiment, const char *const *names, const char *const *configs,
                     const bool *hot)
{
    enum { COUNT = 4 };
    struct made_up runs[COUNT];
    for (int i = 0; i < COUNT; i++) {
        char id[RUN_ID_SIZE], key[33];
        char *config = text_format("name: x\n%s\n", configs[i]);
        runs[i] = (struct made_up){names[i], 1, 0.9, 100, 50, hot[i] ? RUN_DIVERGED : RUN_DONE};
        made_up_run_of(store, &runs[i], config, id, key);
        memory_free(config);
    }
    made_up_experiment(store, experiment, runs, COUNT);
}

static int fill(void **state)
{
    (void)state;
    if (plot_fixture_begin() != 0)
        return -1;
    add_variants("sweep", false, false);
    add_variants("three", true, false);
    add_variants("same", false, true);
    static const int units[] = {16, 32, 128};
    static const char *const rates[] = {"0.01", "0.001", "0.001"},
                             *const longs[] = {"0.000316227766", "0.001", "0.00316227766"},
                             *const nears[] = {"0.10001", "0.10002", "0.2"};
    static const double levels[] = {0.5, 0.9, 0.8};
    add_cells("cells", 3, NULL, units, rates, levels);
    add_cells("long", 3, NULL, NULL, longs, levels);
    add_cells("near", 3, NULL, NULL, nears, levels);
    static const char *const who[] = {"plain rate=0.1", "plain rate=0.2", "wide rate=0.1",
                                      "wide rate=0.2"};
    static const char *const two[] = {"0.1", "0.2", "0.1", "0.2"};
    static const int wide[] = {16, 16, 64, 64};
    static const double four[] = {0.5, 0.6, 0.7, 0.8};
    add_cells("named", 4, who, wide, two, four);
    static const char *const whole[] = {
        "plain optimizer={adam:{rate:0.1}}", "plain optimizer={adam:{rate:0.2}}",
        "wide optimizer={adam:{rate:0.1}}", "wide optimizer={adam:{rate:0.2}}"};
    static const char *const one[] = {"relu optimizer={adam:{rate:0.1}}",
                                      "relu optimizer={adam:{rate:0.2}}"};
    static const char *const models[] = {
        "a model={units:16,cell:gru}", "a model={units:64,cell:gru}",
        "a model={units:16,cell:lstm}", "a model={units:64,cell:lstm}"};
    static const char *const configs[] = {
        "model: {units: 16, cell: gru}", "model: {units: 64, cell: gru}",
        "model: {units: 16, cell: lstm}", "model: {units: 64, cell: lstm}"};
    static const char *const burnt[] = {"calm rate=0.1", "calm rate=0.2", "hot rate=0.1",
                                        "hot rate=0.2"};
    static const char *const by_rate[] = {
        "train: {optimizer: {adam: {rate: 0.1}}}", "train: {optimizer: {adam: {rate: 0.2}}}",
        "train: {optimizer: {adam: {rate: 0.1}}}", "train: {optimizer: {adam: {rate: 0.2}}}"};
    add_cells("whole", 4, whole, wide, two, four);
    add_cells("one whole", 2, one, NULL, two, four);
    add_runs("models", models, configs, (const bool[]){false, false, false, false});
    add_runs("burnt", burnt, by_rate, (const bool[]){false, false, true, true});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_differ_are_found_and_sorted),
        cmocka_unit_test(one_key_leaves_a_line_for_what_else_differs),
        cmocka_unit_test(variants_become_the_lines),
        cmocka_unit_test(variants_of_whole_settings_become_the_lines),
        cmocka_unit_test(few_values_keep_ticks_where_some_would_touch),
        cmocka_unit_test(many_values_that_touch_have_round_ticks),
        cmocka_unit_test(groups_become_the_lines),
        cmocka_unit_test(grouped_keys_are_no_axis),
        cmocka_unit_test(lines_stand_beside_each_other),
        cmocka_unit_test(the_legend_tells_of_lines_that_diverged),
        cmocka_unit_test(maps_have_each_mean_in_its_cell),
        cmocka_unit_test(long_numbers_are_short_at_axes),
        cmocka_unit_test(names_are_categories),
        cmocka_unit_test(errors_say_what_there_is),
        cmocka_unit_test(powers_lie_on_a_logarithmic_axis),
    };
    return cmocka_run_group_tests(tests, fill, plot_fixture_end);
}
