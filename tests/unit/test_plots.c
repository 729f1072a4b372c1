#include "unit/plot_fixture.h"

static const struct made_up runs[] = {
    {"rnn", 1, 0.96, 1000, 50, RUN_DONE},
    {"rnn", 2, 0.96, 1000, 50, RUN_DONE},
    {"`touch executed`", 1, 0.98, 1000, 50, RUN_DONE},
    {"'; system('touch executed'); '", 1, 0.97, 1000, 50, RUN_DIVERGED},
    {"<touch executed", 1, 0.97, 1000, 50, RUN_DONE},
    {"%s {/=40 a_b^c} \\\n|touch executed", 1, 0.97, 1000, 50, RUN_RUNNING},
    {"nothing", -1, 0.97, 1000, 50, RUN_DONE},
};

static void every_kind_and_format_draws_and_executes_nothing(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    /* Kinds that need more than these runs have are in tests of their own. */
    static const enum plot_kind kinds[] = {PLOT_CURVES, PLOT_ACCURACY, PLOT_RATE, PLOT_PARETO};
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
        for (int format = 0; format < PICTURE_FORMATS; format++) {
            struct error error = {0};
            struct plot_request request = {.kind = kinds[kind],
                                           .x = plot_kind_usual_x(kinds[kind])};
            made_up_check(draw("hostile", request, (enum picture_format)format, NULL, &error),
                          &error);
            char *executed = file_join(folder, "executed");
            assert_false(file_exists(executed));
            memory_free(executed);
        }
    }
}

static void bands_need_two_seeds(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    struct error error = {0};
    struct text script = {0};
    made_up_check(draw("hostile", (struct plot_request){0}, PICTURE_SVG, &script, &error), &error);
    const char *band = strstr(text_get(&script), "transparent solid 0.15");
    assert_non_null(band);
    assert_null(strstr(band + 1, "transparent solid 0.15"));
    assert_non_null(strstr(text_get(&script), "title 'both seeds'"));
    assert_non_null(strstr(text_get(&script), "set ylabel 'test accuracy (%)'"));
    assert_non_null(strstr(text_get(&script), "set xlabel 'step'"));
    text_release(&script);
}

static void the_rate_is_logarithmic_when_it_spans_a_decade(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    struct error error = {0};
    struct text script = {0};
    struct plot_request request = {.kind = PLOT_RATE};
    made_up_check(draw("hostile", request, PICTURE_SVG, &script, &error), &error);
    assert_non_null(strstr(text_get(&script), "\nset logscale y\n"));
    assert_non_null(strstr(text_get(&script), "set ylabel 'learning rate'"));
    text_release(&script);
}

static void the_legend_moves_below_when_it_is_long(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    struct error error = {0};
    struct text script = {0};
    made_up_check(draw("many", (struct plot_request){0}, PICTURE_SVG, &script, &error), &error);
    const char *legend = strstr(text_get(&script), "\n# the legend\n");
    assert_non_null(legend);
    /* Two columns at least, each with a place of its own; the plot above has none. */
    legend = strstr(legend, "set key at screen");
    assert_non_null(legend);
    assert_non_null(strstr(legend + 1, "set key at screen"));
    assert_ptr_equal(strstr(text_get(&script), "set key at screen"), legend);
    made_up_check(draw("few", (struct plot_request){0}, PICTURE_SVG, &script, &error), &error);
    assert_non_null(strstr(text_get(&script), "set key at screen"));
    assert_null(strstr(text_get(&script), "# the legend"));
    text_release(&script);
}

/* The left margin of the first plot of SCRIPT, and where its legend stands, in centimetres. */
static void places_of(const char *script, double *left, double *key)
{
    const char *margin = strstr(script, "set lmargin at screen"),
               *at = strstr(script, "set key at screen");
    assert_non_null(margin);
    assert_non_null(at);
    assert_int_equal(sscanf(margin, "set lmargin at screen %lf", left), 1);
    assert_int_equal(sscanf(at, "set key at screen %lf", key), 1);
    *left *= 16;
    *key *= 16;
}

/* Capitals take twice the room of small letters: 4.1 cm for fifteen of these. */
static void wide_names_have_room(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    static const char *const metrics[] = {"test.accuracy"};
    const double name = 15 * 0.274;
    struct error error = {0};
    struct text script = {0};
    struct plot_request request = {.metrics = metrics, .metric_count = 1};
    double left, key;
    made_up_check(draw("wide", request, PICTURE_SVG, &script, &error), &error);
    places_of(text_get(&script), &left, &key);
    assert_true(16 - key > name + 1.5 && 16 - key < name + 2.2);
    request.kind = PLOT_ACCURACY;
    made_up_check(draw("wide", request, PICTURE_SVG, &script, &error), &error);
    places_of(text_get(&script), &left, &key);
    assert_true(left > name + 0.4 && left < name + 1.2);
    text_release(&script);
}

static void unknown_metrics_are_errors(void **state)
{
    (void)state;
    static const char *const metrics[] = {"test.acuracy"};
    struct error error = {0};
    struct plot_request request = {.metrics = metrics, .metric_count = 1};
    assert_int_equal(draw("few", request, PICTURE_SVG, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.text, "test.accuracy, test.loss, train.loss, train.rate"));
    request.kind = PLOT_ACCURACY;
    assert_int_equal(draw("few", request, PICTURE_SVG, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
}

static void the_gap_needs_figures_on_the_training_set(void **state)
{
    (void)state;
    static const char *const metrics[] = {"rate"};
    struct error error = {0};
    struct plot_request request = {.kind = PLOT_GAP};
    assert_int_equal(draw("few", request, PICTURE_SVG, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.text, "train.evaluate.on: [train, test]"));
    request.metrics = metrics;
    request.metric_count = 1;
    assert_int_equal(draw("few", request, PICTURE_SVG, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
}

/* A batch that has just begun may have it later. */
static void the_gap_may_come_while_runs_are_to_come(void **state)
{
    (void)state;
    struct error error = {0};
    assert_int_equal(
        draw("hostile", (struct plot_request){.kind = PLOT_GAP}, PICTURE_SVG, NULL, &error), -1);
    assert_non_null(strstr(error.text, "no run has yet been evaluated"));
    assert_non_null(strstr(error.text, "; 2 are running or not begun"));
}

static void a_front_needs_a_direction_and_times_of_whole_trainings(void **state)
{
    (void)state;
    static const char *const metrics[] = {"parameters"}, *const loss[] = {"test.loss"};
    struct error error = {0};
    struct plot_request request = {
        .kind = PLOT_PARETO, .x = PLOT_SECONDS, .metrics = metrics, .metric_count = 1};
    assert_int_equal(draw("few", request, PICTURE_SVG, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    request.metrics = loss;
    request.moment = (struct moment){MOMENT_STEP, 500};
    assert_int_equal(draw("few", request, PICTURE_SVG, NULL, &error), -1);
    assert_non_null(strstr(error.text, "--x parameters"));
}

/* What the block called NAME in the data beside the last picture holds. Caller frees. */
static char *read_block(const char *name)
{
    struct error error = {0};
    struct text data = {0};
    char *path = file_join(folder, "picture.svg.dat"), *head = text_format("# %s\n", name);
    made_up_check(file_read(path, 1 << 20, &data, &error), &error);
    const char *begin = strstr(text_get(&data), head);
    assert_non_null(begin);
    begin += strlen(head);
    const char *end = strstr(begin, "\n\n");
    char *block = text_format("%.*s", (int)(end ? end - begin : (long)strlen(begin)), begin);
    text_release(&data);
    memory_free(path);
    memory_free(head);
    return block;
}

/* Of runs that take the same time, the front has the best alone, whichever way is better. */
static void the_front_has_what_nothing_beats(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    static const char *const accuracy[] = {"test.accuracy"}, *const loss[] = {"test.loss"};
    struct error error = {0};
    struct plot_request request = {
        .kind = PLOT_PARETO, .x = PLOT_SECONDS, .metrics = accuracy, .metric_count = 1};
    double x, y;
    made_up_check(draw("few", request, PICTURE_SVG, NULL, &error), &error);
    char *front = read_block("Pareto front");
    assert_int_equal(sscanf(front, "%*f %*f %lf %lf", &x, &y), 2);
    assert_true(fabs(x - 11) < 1e-6 && fabs(y - 91.05) < 1e-6); /* units-2 */
    memory_free(front);
    request.metrics = loss;
    made_up_check(draw("few", request, PICTURE_SVG, NULL, &error), &error);
    front = read_block("Pareto front");
    assert_int_equal(sscanf(front, "%*f %*f %lf %lf", &x, &y), 2);
    assert_true(fabs(y - 2.3 * 0.09) < 1e-6);
    memory_free(front);
}

/* How often the strokes of gnuplot's second plot, the intervals, are begun in the SVG at PATH. */
static int strokes_of_intervals(const char *path)
{
    struct error error = {0};
    struct text picture = {0};
    int count = 0;
    made_up_check(file_read(path, 1 << 20, &picture, &error), &error);
    const char *at = strstr(text_get(&picture), "id=\"gnuplot_plot_2\"");
    const char *end = strstr(text_get(&picture), "id=\"gnuplot_plot_3\"");
    assert_non_null(at);
    assert_non_null(end);
    for (; at < end; at++)
        count += *at == 'M' && (at[-1] == ' ' || at[-1] == '\'');
    text_release(&picture);
    return count;
}

/* gnuplot draws ends at the axis for an interval from NaN to NaN. */
static void the_mean_of_one_seed_has_no_interval(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    static const char *const metrics[] = {"test.accuracy"};
    struct error error = {0};
    struct plot_request request = {.kind = PLOT_ACCURACY, .metrics = metrics, .metric_count = 1};
    char *path = file_join(folder, "picture.svg");
    made_up_check(draw("few", request, PICTURE_SVG, NULL, &error), &error);
    assert_int_equal(strokes_of_intervals(path), 0);
    made_up_check(draw("hostile", request, PICTURE_SVG, NULL, &error), &error);
    assert_true(strokes_of_intervals(path) > 0); /* rnn has two seeds */
    memory_free(path);
}

/* The band over seeds may reach above 100 %; the axis does not. */
static void accuracies_end_at_100_percent(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    static const char *const metrics[] = {"test.accuracy"};
    struct error error = {0};
    struct text script = {0};
    struct plot_request request = {.metrics = metrics, .metric_count = 1};
    made_up_check(draw("high", request, PICTURE_SVG, &script, &error), &error);
    double low = 0, high = 0;
    const char *range = strstr(text_get(&script), "set yrange [");
    assert_non_null(range);
    assert_int_equal(sscanf(range, "set yrange [%lf:%lf]", &low, &high), 2);
    assert_true(low < 99 && high == 100);
    text_release(&script);
}

/* Who looks at the picture alone is told of runs that left nothing to draw. */
static void the_legend_tells_of_missing_runs(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    struct text script = {0};
    for (int format = 0; format < PICTURE_FORMATS; format++) {
        struct error error = {0};
        made_up_check(
            draw("mixed", (struct plot_request){0}, (enum picture_format)format, &script, &error),
            &error);
        static const char *const titles[] = {
            "title 'calm'", "NaN with points pointtype ' ' title 'hot (all diverged)'",
            "title 'half (1 of 3 runs)'", "pointtype ' ' title 'late (1 of 2 diverged)'",
            "pointtype ' ' title 'alone (diverged)'"};
        for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
            if (!strstr(text_get(&script), titles[i]))
                fail_msg("no `%s` in:\n%s", titles[i], text_get(&script));
        assert_null(strstr(text_get(&script), "title 'coming"));
    }
    text_release(&script);
}

static void expect_nothing_measured(const char *experiment, const char *part)
{
    struct error error = {0};
    assert_int_equal(draw(experiment, (struct plot_request){0}, PICTURE_SVG, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    if (!strstr(error.text, part))
        fail_msg("%s: without `%s`", error.text, part);
}

static void runs_that_measured_nothing_have_a_reason(void **state)
{
    (void)state;
    expect_nothing_measured("one lost", "diverged at step 21, before its first record");
    expect_nothing_measured("one lost", "train.log.every");
    expect_nothing_measured("all lost", "all 3 runs have ended before their first record");
    expect_nothing_measured("all lost", "diverged at step 21");
    expect_nothing_measured("waiting", "no run has measured anything yet");
    /* Also where the first run of each variant has nothing. */
    static const char *const metrics[] = {"test.misses"};
    struct error error = {0};
    const struct plot_request request = {.metrics = metrics, .metric_count = 1};
    assert_int_equal(draw("second", request, PICTURE_SVG, NULL, &error), -1);
    assert_non_null(strstr(error.text, "(there is test.accuracy, "));
}

/* Runs of which some end, or are, before the first record. */
static void add_lost_runs(void)
{
    static const struct made_up mixed[] = {
        {"calm", 1, 0.9, 1000, 50, RUN_DONE},    {"calm", 2, 0.9, 1000, 50, RUN_DONE},
        {"hot", 1, 0.9, 20, 50, RUN_DIVERGED},   {"hot", 2, 0.9, 20, 50, RUN_DIVERGED},
        {"half", 1, 0.9, 1000, 50, RUN_DONE},    {"half", 2, 0.9, 20, 50, RUN_DIVERGED},
        {"half", -3, 0.9, 1000, 50, RUN_DONE},   {"late", 1, 0.9, 20, 50, RUN_DIVERGED},
        {"late", 2, 0.9, 20, 50, RUN_RUNNING},   {"coming", -1, 0.9, 1000, 50, RUN_DONE},
        {"alone", 1, 0.9, 20, 50, RUN_DIVERGED},
    };
    static const struct made_up lost[] = {{"lost", 1, 0.9, 20, 50, RUN_DIVERGED},
                                          {"lost", 2, 0.9, 20, 50, RUN_DONE},
                                          {"lost", 3, 0.9, 20, 50, RUN_INTERRUPTED}};
    static const struct made_up waiting[] = {{"wait", 1, 0.9, 20, 50, RUN_DIVERGED},
                                             {"wait", 2, 0.9, 20, 50, RUN_RUNNING}};
    static const struct made_up second[] = {{"second", 1, 0.9, 20, 50, RUN_DIVERGED},
                                            {"second", 2, 0.9, 1000, 50, RUN_DONE}};
    made_up_experiment(store, "mixed", mixed, sizeof mixed / sizeof mixed[0]);
    made_up_experiment(store, "one lost", lost, 1);
    made_up_experiment(store, "all lost", lost, 3);
    made_up_experiment(store, "waiting", waiting, 2);
    made_up_experiment(store, "second", second, 2);
}

static int fill(void **state)
{
    (void)state;
    static struct made_up many[14];
    static char names[14][16];
    if (plot_fixture_begin() != 0)
        return -1;
    for (int i = 0; i < 14; i++) {
        snprintf(names[i], sizeof names[i], "units-%d", i);
        many[i] = (struct made_up){names[i], 1, 0.9 + 0.005 * i, 1000, 50, RUN_DONE};
    }
    made_up_experiment(store, "hostile", runs, sizeof runs / sizeof runs[0]);
    made_up_experiment(store, "many", many, 14);
    made_up_experiment(store, "few", many, 3);
    static const struct made_up wide[] = {{"MMMMMMMMMMMMMMM", 1, 0.9, 1000, 50, RUN_DONE},
                                          {"lstm", 1, 0.8, 1000, 50, RUN_DONE}};
    made_up_experiment(store, "wide", wide, 2);
    static const struct made_up high[] = {
        {"lstm", 1, 0.999, 1000, 50, RUN_DONE},
        {"lstm", 2, 0.95, 1000, 50, RUN_DONE},
        {"lstm", 3, 0.99, 1000, 50, RUN_DONE},
        {"rnn", 1, 0.6, 1000, 50, RUN_DONE},
    };
    made_up_experiment(store, "high", high, 4);
    add_lost_runs();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_and_format_draws_and_executes_nothing),
        cmocka_unit_test(bands_need_two_seeds),
        cmocka_unit_test(the_rate_is_logarithmic_when_it_spans_a_decade),
        cmocka_unit_test(the_legend_moves_below_when_it_is_long),
        cmocka_unit_test(wide_names_have_room),
        cmocka_unit_test(unknown_metrics_are_errors),
        cmocka_unit_test(the_gap_needs_figures_on_the_training_set),
        cmocka_unit_test(the_gap_may_come_while_runs_are_to_come),
        cmocka_unit_test(a_front_needs_a_direction_and_times_of_whole_trainings),
        cmocka_unit_test(the_front_has_what_nothing_beats),
        cmocka_unit_test(the_mean_of_one_seed_has_no_interval),
        cmocka_unit_test(accuracies_end_at_100_percent),
        cmocka_unit_test(the_legend_tells_of_missing_runs),
        cmocka_unit_test(runs_that_measured_nothing_have_a_reason),
    };
    return cmocka_run_group_tests(tests, fill, plot_fixture_end);
}
