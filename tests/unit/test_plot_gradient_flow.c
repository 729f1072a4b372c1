/* What the plot of gradient flow shows, in its data and its script, and that names execute nothing.
 */
#include "store/gradient_flow_rows.h"
#include "unit/plot_fixture.h"

#include <inttypes.h>

static const struct plot_request top = {.kind = PLOT_GRADIENT_FLOW, .layer = -1};

/* Draws and reads the data that gnuplot got, which the caller frees. */
static char *drawn_data(const char *name, struct plot_request request, struct text *script)
{
    struct error error = {0};
    struct text data = {0};
    char *path = file_join(folder, "picture.svg.dat");
    made_up_check(draw(name, request, PICTURE_SVG, script, &error), &error);
    made_up_check(file_read(path, 1 << 20, &data, &error), &error);
    memory_free(path);
    return text_take(&data);
}

/* Adds what a made-up run recorded. */
static void add_flow(const struct made_up *run, int64_t step, int64_t layer, int64_t direction,
                     float *norms, int64_t count)
{
    struct error error = {0};
    char id[RUN_ID_SIZE], key[33];
    made_up_run(store, run, id, key);
    struct database *database = store_database(store);
    char *sql = text_format("SELECT number FROM runs WHERE id = '%s'", id);
    int64_t number = 0;
    made_up_check(database_integer(database, sql, &number, &error), &error);
    const struct gradient_flow flow = {step, layer, direction, count, norms};
    made_up_check(database_begin_write(database, &error), &error);
    int result = gradient_flow_write(database, number, &flow, 1, &error);
    made_up_check(database_end(database, result, &error), &error);
    memory_free(sql);
}

/* The text from the first PLACE in TEXT on; fails where there is none. */
static const char *find(const char *text, const char *place)
{
    const char *at = strstr(text, place);
    if (!at)
        fail_msg("no '%s' in:\n%s", place, text);
    return at;
}

/* The mean at X in the data block called NAME. */
static double mean_of(const char *data, const char *name, int x)
{
    char *head = text_format("# %s\n", name), *row = text_format("\n%d ", x);
    const char *line = find(find(data, head), row);
    memory_free(head);
    char *end;
    double mean = strtod(line + strlen(row), &end);
    memory_free(row);
    return mean;
}

static int count_panels(const struct text *script)
{
    static const char label[] = "\nset ylabel '";
    int count = 0;
    for (const char *at = script->data; (at = strstr(at, label)); at += strlen(label))
        count++;
    return count;
}

static void the_last_step_comes_first_and_means_are_geometric(void **state)
{
    (void)state;
    struct text script = {0};
    char *data;
    data = drawn_data("cells", top, &script);
    /* rnn: 1e-2 and 1e-4 at the last time step, 1e-6 and 1e-10 at the first */
    assert_float_equal(mean_of(data, "rnn", 0) / 1e-3, 1, 1e-5);
    assert_float_equal(mean_of(data, "rnn", 2) / 1e-8, 1, 1e-5);
    find(text_get(&script), "set logscale y");
    assert_int_equal(count_panels(&script), 2);
    find(text_get(&script), "title 'geometric mean, both seeds'");
    find(text_get(&script), "'gradient norm at step 1'");
    find(text_get(&script), "'gradient norm at step 90'");
    find(text_get(&script), "'time steps back from the last'");
    memory_free(data);
    text_release(&script);
}

/* With a seed's exact zero the geometric mean is zero, which has no place; what is no number in one
 * seed leaves the other. */
static void zeros_are_gaps(void **state)
{
    (void)state;
    char *data = drawn_data("cells", top, NULL);
    assert_true(isnan(mean_of(data, "lstm", 1)));
    assert_float_equal(mean_of(data, "lstm", 2), 0.5, 1e-6);
    assert_float_equal(mean_of(data, "lstm", 0), 1, 1e-6);
    memory_free(data);
}

/* All panels have the range, which is above 0. */
static void a_range_is_for_all_panels(void **state)
{
    (void)state;
    struct error error = {0};
    struct text script = {0};
    struct plot_request request = top;
    request.y_range = (struct axis_range){true, true, 0.001, 0.5};
    char *data = drawn_data("cells", request, &script);
    const char *second =
        strstr(find(text_get(&script), "set yrange [0.001:0.5]") + 1, "set yrange [0.001:0.5]");
    assert_non_null(second);
    assert_int_equal(count_panels(&script), 2);
    request.y_range.low = 0;
    assert_int_equal(draw("cells", request, PICTURE_SVG, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    find(error.text, "is logarithmic and has no 0; say a number above 0");
    memory_free(data);
    text_release(&script);
}

/* Both panels have the time steps that were asked for, and an axis for the norms there. */
static void time_steps_have_a_range(void **state)
{
    (void)state;
    struct error error = {0};
    struct text script = {0}, whole = {0};
    struct plot_request request = top;
    memory_free(drawn_data("cells", request, &whole));
    request.x_range = (struct axis_range){true, true, 0.5, 1.5};
    memory_free(drawn_data("cells", request, &script));
    assert_non_null(
        strstr(find(text_get(&script), "set xrange [0.5:1.5]") + 1, "set xrange [0.5:1.5]"));
    const char *part = find(text_get(&script), "set yrange ["), *all = text_get(&whole);
    double low, high, whole_low, whole_high;
    assert_int_equal(sscanf(part, "set yrange [%lf:%lf]", &low, &high), 2);
    assert_int_equal(
        sscanf(find(all, "set yrange ["), "set yrange [%lf:%lf]", &whole_low, &whole_high), 2);
    if (!(low >= whole_low && high <= whole_high && high - low < whole_high - whole_low))
        fail_msg("norms from %g to %g, of %g to %g", low, high, whole_low, whole_high);
    request.x_range = (struct axis_range){.has_low = true, .low = 1000};
    assert_int_equal(draw("cells", request, PICTURE_SVG, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    find(error.text, "--x-range: the data of time steps back make the axis end at ");
    text_release(&script);
    text_release(&whole);
}

static void directions_and_layers(void **state)
{
    (void)state;
    struct error error = {0};
    struct text script = {0};
    char *data;
    data = drawn_data("deep", top, &script);
    assert_float_equal(mean_of(data, "bilstm, forward", 0), 0.25, 1e-6);
    assert_float_equal(mean_of(data, "bilstm, backward", 0), 0.75, 1e-6);
    find(text_get(&script), "'time steps back from the last, layer 2'");
    /* The variant that is called as the other's direction keeps a line of its own. */
    assert_float_equal(mean_of(data, "bilstm, backward'", 0), 0.125, 1e-6);
    struct plot_request lower = {.kind = PLOT_GRADIENT_FLOW, .layer = 0};
    memory_free(data);
    data = drawn_data("deep", lower, &script);
    assert_float_equal(mean_of(data, "bilstm, forward", 0), 0.5, 1e-6);
    find(text_get(&script), "'time steps back from the last, layer 0'");
    lower.layer = 1;
    assert_int_equal(draw("deep", lower, PICTURE_SVG, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    find(error.text, "no gradient flow is recorded of layer 1; there is that of layers 0, 2, from "
                     "step 1 to 1");
    memory_free(data);
    text_release(&script);
}

static void one_step_is_one_panel(void **state)
{
    (void)state;
    struct error error = {0};
    struct text script = {0};
    made_up_check(draw("deep", top, PICTURE_SVG, &script, &error), &error);
    assert_int_equal(count_panels(&script), 1);
    struct plot_request at = {.kind = PLOT_GRADIENT_FLOW, .layer = -1, .moment = {MOMENT_STEP, 60}};
    made_up_check(draw("cells", at, PICTURE_SVG, &script, &error), &error);
    assert_int_equal(count_panels(&script), 1);
    find(text_get(&script), "'gradient norm at step 50'"); /* the last one up to it */
    at.moment.at = 0;
    assert_int_equal(draw("cells", at, PICTURE_SVG, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    find(error.text, "up to step 0; there is that of layer 0, from step 1 to 90");
    at.moment.kind = MOMENT_BEST;
    assert_int_equal(draw("cells", at, PICTURE_SVG, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    text_release(&script);
}

static void without_any_the_remedy_is_told(void **state)
{
    (void)state;
    struct error error = {0};
    assert_int_equal(draw("plain", top, PICTURE_SVG, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    find(error.text, "train.diagnostics: gradient_flow");
    assert_int_equal(draw("zero", top, PICTURE_SVG, NULL, &error), -1);
    find(error.text, "zero or not a number");
}

/* Draws the script of NAME into SCRIPT, and gives what it said on stderr. Caller frees. */
static char *notes_of(const char *name, struct plot_request request, struct text *script)
{
    struct error error = {0};
    struct text notes = {0};
    char *path = file_join(folder, "notes");
    int before = dup(STDERR_FILENO);
    assert_non_null(freopen(path, "w", stderr));
    int result = draw(name, request, PICTURE_SVG, script, &error);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    made_up_check(result, &error);
    made_up_check(file_read(path, 1 << 20, &notes, &error), &error);
    memory_free(path);
    return text_take(&notes);
}

static void what_comes_is_not_yet_there(void **state)
{
    (void)state;
    struct error error = {0};
    assert_int_equal(draw("soon", top, PICTURE_SVG, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    find(error.text, "soon: no gradient flow is recorded yet: 2 running, 1 not begun");
    assert_int_equal(draw("later", top, PICTURE_SVG, NULL, &error), -1);
    find(error.text, "later: no gradient flow is recorded yet: 2 not begun; those record it whose "
                     "config says `train.diagnostics: gradient_flow`");
}

/* The norm that is recorded at STEP: that of a mean over several steps is none of these. */
static float norm_at(int64_t step)
{
    return 1 / (float)(step * step);
}

static void steps_are_never_mixed(void **state)
{
    (void)state;
    struct text script = {0};
    /* All have step 50; only some go on. */
    char *data = drawn_data("going", top, &script);
    find(text_get(&script), "at step 50'");
    assert_float_equal(mean_of(strstr(data + 2, "# rnn\n"), "rnn", 0) / (double)norm_at(50), 1,
                       1e-5);
    memory_free(data);
    char *notes = notes_of("going", top, &script);
    find(notes, "step 50 is the last one that the runs have in common; some went on to step 100: "
                "--at step:100 shows each variant's last");
    memory_free(notes);
    /* Some have only begun. */
    notes = notes_of("begun", top, &script);
    find(text_get(&script), "at step 1'");
    find(text_get(&script), "at step 100'");
    find(notes, "rnn, gradient norm at step 100: 2 of 3 runs recorded layer 0 here");
    assert_null(strstr(notes, "at step 1:"));
    memory_free(notes);
    /* Each to its own end: a line each, and no line for what has only begun. */
    data = drawn_data("uneven", top, &script);
    find(text_get(&script), "at steps 70–90'");
    const char *lower = find(data + 2, "# a\n");
    assert_float_equal(mean_of(lower, "a", 0) / (double)norm_at(70), 1, 1e-5);
    assert_float_equal(mean_of(lower, "b", 0) / (double)norm_at(90), 1, 1e-5);
    find(find(lower, "# c\n"), "NaN");
    memory_free(data);
    struct plot_request at = {
        .kind = PLOT_GRADIENT_FLOW, .layer = -1, .moment = {MOMENT_STEP, 1000}};
    notes = notes_of("going", at, &script);
    find(text_get(&script), "at steps 50–100'");
    memory_free(notes);
    text_release(&script);
}

static void what_is_left_out_is_told(void **state)
{
    (void)state;
    struct text script = {0};
    struct plot_request second = {.kind = PLOT_GRADIENT_FLOW, .layer = 2};
    char *notes = notes_of("stacks", second, &script);
    find(notes, "flat: no gradient flow is recorded of layer 2: it has no line");
    find(notes, "tall, gradient norm at step 1: 1 of 2 runs recorded layer 2 here");
    find(text_get(&script), "title 'tall'");
    assert_null(strstr(text_get(&script), "title 'flat'"));
    memory_free(notes);
    notes = notes_of("cells", top, &script);
    find(notes, "gru: no gradient flow is recorded\n");
    find(notes, "never: no gradient flow is recorded yet: 1 not begun\n");
    memory_free(notes);
    text_release(&script);
}

static void layers_above_are_told(void **state)
{
    (void)state;
    struct text script = {0};
    char *notes = notes_of("covered", top, &script);
    find(notes, "over: layer 0 is shown; the state of layer 1 (bidirectional) above it is not "
                "measured");
    find(text_get(&script), "'time steps back from the last, layer 0'");
    memory_free(notes);
    notes = notes_of("unknown", top, &script);
    find(notes, "odd: layer 0 is shown; layer 2 (silent) above it may have a state, which is not "
                "measured");
    memory_free(notes);
    notes = notes_of("single", top, &script);
    assert_string_equal(notes, "");
    find(text_get(&script), "'time steps back from the last'");
    memory_free(notes);
    text_release(&script);
}

static void every_format_draws_and_executes_nothing(void **state)
{
    (void)state;
    for (int format = 0; format < PICTURE_FORMATS; format++) {
        struct error error = {0};
        made_up_check(draw("hostile", top, (enum picture_format)format, NULL, &error), &error);
        char *executed = file_join(folder, "executed");
        assert_false(file_exists(executed));
        memory_free(executed);
    }
}

static void fill_cells(void)
{
    static const struct made_up cells[] = {
        {"rnn", 1, 0.9, 100, 50, RUN_DONE},  {"rnn", 2, 0.9, 100, 50, RUN_DONE},
        {"lstm", 1, 0.9, 100, 50, RUN_DONE}, {"lstm", 2, 0.9, 100, 50, RUN_RUNNING},
        {"gru", 1, 0.9, 100, 50, RUN_DONE},  {"never", -1, 0.9, 100, 50, RUN_DONE}};
    static const int64_t steps[] = {1, 50, 90};
    for (int i = 0; i < 3; i++) {
        add_flow(&cells[0], steps[i], 0, 0, (float[]){1e-6f, 1e-4f, 1e-2f}, 3);
        add_flow(&cells[1], steps[i], 0, 0, (float[]){1e-10f, 1e-7f, 1e-4f}, 3);
        add_flow(&cells[2], steps[i], 0, 0, (float[]){0.5f, 0, 1}, 3);
        add_flow(&cells[3], steps[i], 0, 0, (float[]){NAN, 1, INFINITY}, 3);
    }
    made_up_experiment(store, "cells", cells, 6);
}

static void fill_deep(void)
{
    static const struct made_up deep[] = {{"bilstm", 11, 0.9, 100, 50, RUN_DONE},
                                          {"bilstm, backward", 11, 0.9, 100, 50, RUN_DONE}};
    add_flow(&deep[0], 1, 0, 0, (float[]){0.5f, 0.5f}, 2);
    add_flow(&deep[0], 1, 0, 1, (float[]){0.5f, 0.5f}, 2);
    add_flow(&deep[0], 1, 2, 0, (float[]){0.25f, 0.25f}, 2);
    add_flow(&deep[0], 1, 2, 1, (float[]){0.75f, 0.75f}, 2);
    add_flow(&deep[1], 1, 2, 0, (float[]){0.125f, 0.125f}, 2);
    made_up_experiment(store, "deep", deep, 2);
}

static void fill_others(void)
{
    static const struct made_up hostile[] = {
        {"`touch executed`", 1, 0.98, 1000, 50, RUN_DONE},
        {"'; system('touch executed'); '", 1, 0.97, 1000, 50, RUN_DONE},
        {"<touch executed", 1, 0.97, 1000, 50, RUN_DONE},
        {"%s {/=40 a_b^c} \\\n|touch executed", 1, 0.97, 1000, 50, RUN_DONE},
        {"größer ist besser, und zwar mit einem sehr langen Namen", 1, 0.97, 1000, 50, RUN_DONE},
    };
    static const struct made_up plain = {"plain", 1, 0.9, 100, 50, RUN_DONE};
    static const struct made_up zero = {"zero", 1, 0.9, 100, 50, RUN_DONE};
    for (int i = 0; i < 5; i++)
        add_flow(&hostile[i], 1, 0, 0, (float[]){1e-30f, 1e-20f, 1e-10f, 1}, 4);
    add_flow(&zero, 1, 0, 0, (float[]){0, NAN}, 2);
    made_up_experiment(store, "hostile", hostile, 5);
    made_up_experiment(store, "plain", &plain, 1);
    made_up_experiment(store, "zero", &zero, 1);
}

/* As made_up_run, but for its config. */
static void begin_with(const struct made_up *run, const char *config)
{
    char id[RUN_ID_SIZE], key[33];
    made_up_run_of(store, run, config, id, key);
}

static void add_steps(const struct made_up *run, int64_t first, int64_t second, int64_t third)
{
    const int64_t steps[] = {first, second, third};
    for (int i = 0; i < 3; i++)
        if (steps[i])
            add_flow(run, steps[i], 0, 0, (float[]){norm_at(steps[i]), norm_at(steps[i])}, 2);
}

static void fill_running(void)
{
    static const char asks[] = "name: x\ntrain:\n  diagnostics:\n    - gradient_flow\n";
    static const struct made_up soon[] = {{"s-rnn", 1, 0.9, 100, 50, RUN_RUNNING},
                                          {"s-rnn", 2, 0.9, 100, 50, RUN_RUNNING},
                                          {"s-rnn", -3, 0.9, 100, 50, RUN_DONE}};
    static const struct made_up later[] = {{"x", -1, 0.9, 100, 50, RUN_DONE},
                                           {"x", -2, 0.9, 100, 50, RUN_DONE}};
    static const struct made_up going[] = {{"rnn", 21, 0.9, 100, 50, RUN_DONE},
                                           {"rnn", 22, 0.9, 100, 50, RUN_DONE},
                                           {"lstm", 21, 0.9, 100, 50, RUN_RUNNING}};
    static const struct made_up begun[] = {{"rnn", 31, 0.9, 100, 50, RUN_DONE},
                                           {"rnn", 32, 0.9, 100, 50, RUN_DONE},
                                           {"rnn", 33, 0.9, 100, 50, RUN_RUNNING}};
    static const struct made_up uneven[] = {{"a", 41, 0.9, 100, 50, RUN_DONE},
                                            {"b", 41, 0.9, 100, 50, RUN_DONE},
                                            {"c", 41, 0.9, 100, 50, RUN_RUNNING}};
    for (int i = 0; i < 2; i++) {
        begin_with(&soon[i], asks);
        add_steps(&going[i], 1, 50, 100);
        add_steps(&begun[i], 1, 100, 0);
    }
    add_steps(&going[2], 1, 50, 0);
    add_steps(&begun[2], 1, 0, 0);
    add_steps(&uneven[0], 1, 70, 0);
    add_steps(&uneven[1], 1, 90, 0);
    add_steps(&uneven[2], 1, 0, 0);
    made_up_experiment(store, "soon", soon, 3);
    made_up_experiment(store, "later", later, 2);
    made_up_experiment(store, "going", going, 3);
    made_up_experiment(store, "begun", begun, 3);
    made_up_experiment(store, "uneven", uneven, 3);
}

static void fill_stacks(void)
{
    static const struct made_up stacks[] = {{"flat", 51, 0.9, 100, 50, RUN_DONE},
                                            {"tall", 51, 0.9, 100, 50, RUN_DONE},
                                            {"tall", 52, 0.9, 100, 50, RUN_DONE}};
    static const struct made_up over = {"over", 61, 0.9, 100, 50, RUN_DONE};
    static const struct made_up odd = {"odd", 61, 0.9, 100, 50, RUN_DONE};
    static const struct made_up single = {"single", 61, 0.9, 100, 50, RUN_DONE};
    add_flow(&stacks[0], 1, 0, 0, (float[]){1, 1}, 2);
    add_flow(&stacks[1], 1, 0, 0, (float[]){1, 1}, 2);
    add_flow(&stacks[1], 1, 2, 0, (float[]){1, 1}, 2);
    add_flow(&stacks[2], 1, 0, 0, (float[]){1, 1}, 2);
    begin_with(&over, "model:\n  stack:\n    - lstm:\n        units: 3\n    - bidirectional:\n"
                      "        of:\n          silent:\n            units: 3\n    - readout:\n"
                      "        of: last\n    - dense:\n        units: 3\n");
    begin_with(&odd, "model:\n  stack:\n    - lstm:\n        units: 3\n    - dropout:\n"
                     "        rate: 0.1\n    - silent:\n        units: 3\n    - readout:\n"
                     "        of: last\n");
    begin_with(&single, "model:\n  stack:\n    - gru:\n        units: 3\n    - dropout:\n"
                        "        rate: 0.1\n    - readout:\n        of: last\n");
    add_flow(&over, 1, 0, 0, (float[]){1, 1}, 2);
    add_flow(&odd, 1, 0, 0, (float[]){1, 1}, 2);
    add_flow(&single, 1, 0, 0, (float[]){1, 1}, 2);
    made_up_experiment(store, "stacks", stacks, 3);
    made_up_experiment(store, "covered", &over, 1);
    made_up_experiment(store, "unknown", &odd, 1);
    made_up_experiment(store, "single", &single, 1);
}

static int fill(void **state)
{
    (void)state;
    if (plot_fixture_begin() != 0)
        return -1;
    fill_cells();
    fill_deep();
    fill_others();
    fill_running();
    fill_stacks();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_step_comes_first_and_means_are_geometric),
        cmocka_unit_test(zeros_are_gaps),
        cmocka_unit_test(a_range_is_for_all_panels),
        cmocka_unit_test(time_steps_have_a_range),
        cmocka_unit_test(directions_and_layers),
        cmocka_unit_test(one_step_is_one_panel),
        cmocka_unit_test(without_any_the_remedy_is_told),
        cmocka_unit_test(what_comes_is_not_yet_there),
        cmocka_unit_test(steps_are_never_mixed),
        cmocka_unit_test(what_is_left_out_is_told),
        cmocka_unit_test(layers_above_are_told),
        cmocka_unit_test(every_format_draws_and_executes_nothing),
    };
    if (access("/usr/bin/gnuplot", X_OK) != 0) {
        print_message("gnuplot is missing: tests that draw are skipped\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, fill, plot_fixture_end);
}
