/* Pictures of what should not be there: names that would be commands, values beyond all bounds. */
#include "unit/plot_fixture.h"

#include "base/printable.h"

#include <sqlite3.h>

/* Names that would be commands for gnuplot or a shell, that break lines and strings, that are
 * written from the right, and none. */
static const char *const awful[] = {
    "`touch executed`",
    "'; system('touch executed'); '",
    "\"; system(\"touch executed\"); # $(touch executed)",
    "<touch executed",
    "|touch executed\nset output 'executed'",
    "@executed %s %n {/=40 a_b^c} \\",
    "e\xCC\x81 \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xE2\x80\xAE right to left",
    "\xF0\x9F\x98\x80\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x94\xAC emoji \xE7\xBD\x91\xE7\xBB\x9C",
    "\xFF\xC3 broken bytes \x01\x1B[31m",
    "",
};
enum { AWFUL = sizeof awful / sizeof awful[0], MANY = 30 };

/* Values that runs of "wild" have, as SQL: value, note. */
static const char *const wild[] = {"NULL, 'inf'",  "NULL, '-inf'", "NULL, 'nan'",   "1e300, NULL",
                                   "-1e300, NULL", "1e-300, NULL", "1.7e308, NULL", "0, NULL"};
enum { WILD = sizeof wild / sizeof wild[0] };

static const char *const accuracy[] = {"test.accuracy"};
static const char *const loss[] = {"test.loss"};
static const char *const both[] = {"test.accuracy", "test.loss"};
static const char *const units[] = {"model.units"};
static const char *const init[] = {"model.init"};
static const char *const two[] = {"model.units", "model.init"};

static const struct plot_request requests[] = {
    {.kind = PLOT_CURVES, .x = PLOT_SECONDS, .metrics = both, .metric_count = 2},
    {.kind = PLOT_ACCURACY, .metrics = both, .metric_count = 2},
    {.kind = PLOT_ACCURACY, .metrics = loss, .metric_count = 1, .moment = {MOMENT_STEP, 500}},
    {.kind = PLOT_RATE, .x = PLOT_EPOCHS},
    {.kind = PLOT_GAP, .x = PLOT_STEPS},
    {.kind = PLOT_PARETO, .x = PLOT_SECONDS, .metrics = accuracy, .metric_count = 1},
    {.kind = PLOT_PARETO, .x = PLOT_PARAMETERS, .metrics = loss, .metric_count = 1},
    {.kind = PLOT_SWEEP, .metrics = accuracy, .metric_count = 1, .over = units, .over_count = 1},
    {.kind = PLOT_SWEEP, .metrics = loss, .metric_count = 1, .over = init, .over_count = 1},
    {.kind = PLOT_SWEEP, .metrics = loss, .metric_count = 1, .over = two, .over_count = 2},
};
enum { REQUESTS = sizeof requests / sizeof requests[0] };

static void expect_nothing_executed(void)
{
    char *executed = file_join(folder, "executed");
    assert_false(file_exists(executed));
    memory_free(executed);
}

static void expect_picture(enum picture_format format)
{
    struct error error = {0};
    struct text picture = {0};
    char *name = text_format("picture%s", picture_format_ending(format));
    char *path = file_join(folder, name);
    made_up_check(file_read(path, 1 << 24, &picture, &error), &error);
    assert_true(picture.length > 100);
    if (format == PICTURE_SVG)
        assert_non_null(strstr(text_get(&picture), "</svg>"));
    text_release(&picture);
    memory_free(path);
    memory_free(name);
}

/* Every range in SCRIPT goes up, from one finite number to another. */
static void expect_ranges(const struct text *script)
{
    for (const char *at = text_get(script); (at = strstr(at, "range [")) != NULL; at++) {
        double low, high;
        assert_int_equal(sscanf(at, "range [%lf:%lf]", &low, &high), 2);
        assert_true(isfinite(low) && isfinite(high) && low < high);
    }
}

static const struct axis_range ranges[] = {
    {true, true, -1e300, 1e300},  {true, true, 1e-290, 1},         {true, true, 50, 50.1},
    {.has_low = true, .low = 40}, {.has_high = true, .high = 0.5},
};
enum { RANGES = sizeof ranges / sizeof ranges[0] };

/* With a range of the axis a picture comes, or an error that names the option. */
static void draw_ranges(const char *experiment, struct plot_request request, struct text *script)
{
    for (int i = 0; i < 2 * RANGES; i++) {
        struct error error = {0};
        bool of_x = i >= RANGES;
        if (of_x && !(plot_kind_options(request.kind) & PLOT_TAKES_X_RANGE))
            return;
        request.x_range = of_x ? ranges[i - RANGES] : (struct axis_range){0};
        request.y_range = of_x ? (struct axis_range){0} : ranges[i];
        if (draw(experiment, request, PICTURE_SVG, script, &error) == 0) {
            expect_picture(PICTURE_SVG);
            expect_ranges(script);
        } else if (error.code != ERROR_USAGE ||
                   !text_starts_with(error.text, of_x ? "--x-range: " : "--y-range: ")) {
            fail_msg("%s, range %d: %s", experiment, i, error.text);
        }
        expect_nothing_executed();
    }
}

static void draw_all(const char *experiment, bool all_formats)
{
    if (!gnuplot_is_there)
        skip();
    struct text script = {0};
    for (int i = 0; i < REQUESTS; i++)
        for (int format = 0; format < PICTURE_FORMATS; format++) {
            struct error error = {0};
            if (!all_formats && format != PICTURE_SVG && format != i % PICTURE_FORMATS)
                continue;
            if (draw(experiment, requests[i], (enum picture_format)format, &script, &error) != 0)
                fail_msg("%s, request %d as %s: %s", experiment, i, picture_format_names[format],
                         error.text);
            expect_nothing_executed();
            expect_picture((enum picture_format)format);
            expect_ranges(&script);
        }
    text_release(&script);
}

static void a_range_is_drawn_or_refused(void **state)
{
    (void)state;
    static const char *const experiments[] = {"wild", "nothing", "thirty"};
    if (!gnuplot_is_there)
        skip();
    struct text script = {0};
    for (int i = 0; i < REQUESTS; i++) {
        struct plot_request request = requests[i];
        request.metrics = request.metric_count == 2 ? loss : request.metrics;
        request.metrics = request.kind == PLOT_GAP ? accuracy : request.metrics;
        request.metric_count = request.metrics ? 1 : 0; /* units differ otherwise */
        for (size_t j = 0; j < sizeof experiments / sizeof experiments[0]; j++)
            draw_ranges(experiments[j], request, &script);
    }
    text_release(&script);
}

static void awful_names_are_drawn_and_execute_nothing(void **state)
{
    (void)state;
    draw_all("awful", true);
}

static void thirty_variants_with_long_names_are_drawn(void **state)
{
    (void)state;
    draw_all("thirty", false);
}

static void one_seed_is_drawn(void **state)
{
    (void)state;
    draw_all("one", false);
}

static void runs_without_any_number_are_drawn(void **state)
{
    (void)state;
    draw_all("nothing", false);
}

static void runs_that_are_all_the_same_are_drawn(void **state)
{
    (void)state;
    draw_all("same", false);
}

static void values_beyond_all_bounds_are_drawn(void **state)
{
    (void)state;
    draw_all("wild", false);
}

static void sql(sqlite3 *database, const char *text)
{
    char *message = NULL;
    if (sqlite3_exec(database, text, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", text, message);
}

/* The figures on the training set, which made-up runs do not have. */
static void add_train_split(sqlite3 *database)
{
    static const char *const figures[] = {"accuracy", "loss"};
    for (int i = 0; i < 2; i++) {
        char *name = text_format("INSERT INTO series (name) VALUES ('train_split.%s')", figures[i]);
        char *copy = text_format(
            "INSERT INTO metrics SELECT run, (SELECT number FROM series WHERE name = "
            "'train_split.%s'), step, epoch, seconds, value * 1.01, note FROM metrics JOIN series "
            "ON series.number = series WHERE name = 'test.%s'",
            figures[i], figures[i]);
        sql(database, name);
        sql(database, copy);
        memory_free(name);
        memory_free(copy);
    }
}

/* Adds TEXT as YAML's string. */
static void add_yaml(struct text *config, const char *text)
{
    struct text valid = {0};
    printable_add_valid(&valid, text);
    text_add_char(config, '"');
    for (const char *at = text_get(&valid); *at; at++)
        if ((unsigned char)*at < 0x20)
            text_add_format(config, "\\x%02x", (unsigned)*at);
        else
            text_add_format(config, "%s%c", strchr("\"\\", *at) ? "\\" : "", *at);
    text_add_char(config, '"');
    text_release(&valid);
}

/* Runs called NAME have so many units, and an init that is called as they are. */
static void set_config(sqlite3 *database, const char *name, int unit_count)
{
    sqlite3_stmt *statement;
    struct text config = {0};
    text_add_format(&config, "name: x\nmodel:\n  units: %d\n  init: ", unit_count);
    add_yaml(&config, name);
    text_add(&config, "\n");
    assert_int_equal(sqlite3_prepare_v2(database, "UPDATE runs SET config = ? WHERE name = ?", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    sqlite3_bind_text(statement, 1, text_get(&config), -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(statement, 2, name, -1, SQLITE_TRANSIENT);
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    assert_true(sqlite3_changes(database) > 0);
    sqlite3_finalize(statement);
    text_release(&config);
}

/* All figures of runs whose name is like PATTERN become VALUE, which is SQL for value and note. */
static void set_values(sqlite3 *database, const char *pattern, const char *value)
{
    static const char *const tables[] = {"metrics", "finals"};
    for (int i = 0; i < 2; i++) {
        char *text = text_format("UPDATE %s SET (value, note) = (%s) WHERE run IN (SELECT number "
                                 "FROM runs WHERE name LIKE '%s')",
                                 tables[i], value, pattern);
        sql(database, text);
        memory_free(text);
    }
}

/* An experiment NAME of COUNT variants with SEEDS seeds. Variant I is called names[I]; every fourth
 * one has a diverged, an interrupted and a missing run instead of three of its seeds. */
static void add_experiment(sqlite3 *database, const char *name, const char *const *names,
                           size_t count, int64_t seeds, bool holes)
{
    static const enum run_state states[] = {RUN_DIVERGED, RUN_INTERRUPTED, RUN_DONE};
    size_t trials = count * (size_t)seeds;
    struct made_up *runs = memory_array(trials, sizeof *runs);
    for (size_t i = 0; i < trials; i++) {
        size_t variant = i / (size_t)seeds, seed = i % (size_t)seeds;
        bool hole = holes && variant % 4 == 3 && seed < 3;
        runs[i] = (struct made_up){.name = names[variant],
                                   .seed = hole && seed == 2 ? -3 : (int64_t)seed + 1,
                                   .level = 0.5 + 0.4 * (double)variant / (double)count,
                                   .steps = 1000,
                                   .every = 50,
                                   .state = hole ? states[seed] : RUN_DONE};
    }
    made_up_experiment(store, name, runs, trials);
    for (size_t i = 0; i < count; i++)
        set_config(database, names[i], 16 << (i % 3));
    memory_free(runs);
}

static void add_numbered(sqlite3 *database, const char *name, size_t count, int64_t seeds)
{
    char *names[MANY] = {0};
    for (size_t i = 0; i < count; i++)
        names[i] = text_format("%s bidirectional lstm with dropout and label smoothing, %zu units",
                               name, i);
    add_experiment(database, name, (const char *const *)names, count, seeds, count == MANY);
    for (size_t i = 0; i < count; i++)
        memory_free(names[i]);
}

static int fill(void **state)
{
    (void)state;
    sqlite3 *database;
    if (plot_fixture_begin() != 0)
        return -1;
    char *path = file_join(folder, "test.db");
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    add_experiment(database, "awful", awful, AWFUL, 4, true);
    add_numbered(database, "thirty", MANY, 4);
    add_numbered(database, "one", 1, 1);
    add_numbered(database, "nothing", 3, 3);
    add_numbered(database, "same", 4, 3);
    add_numbered(database, "wild", WILD, 3);
    add_train_split(database);
    set_values(database, "nothing %", "NULL, 'nan'");
    set_values(database, "same %", "0.5, NULL");
    for (size_t i = 0; i < WILD; i++) {
        char *pattern = text_format("wild %%, %zu units", i);
        set_values(database, pattern, wild[i]);
        memory_free(pattern);
    }
    sqlite3_close(database);
    memory_free(path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_is_drawn_or_refused),
        cmocka_unit_test(awful_names_are_drawn_and_execute_nothing),
        cmocka_unit_test(thirty_variants_with_long_names_are_drawn),
        cmocka_unit_test(one_seed_is_drawn),
        cmocka_unit_test(runs_without_any_number_are_drawn),
        cmocka_unit_test(runs_that_are_all_the_same_are_drawn),
        cmocka_unit_test(values_beyond_all_bounds_are_drawn),
    };
    return cmocka_run_group_tests(tests, fill, plot_fixture_end);
}
