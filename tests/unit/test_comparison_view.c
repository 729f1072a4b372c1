#include "compare/choosing.h"
#include "compare/groups_load.h"
#include "report/comparison_columns.h"
#include "report/comparison_print.h"
#include "report/comparison_tables.h"
#include "unit/figure_groups.h"
#include "unit/store_folder.h"

#include <jansson.h>
#include <string.h>

static char folder[64];
static struct store *store;
static struct groups groups;
static struct error error;
static struct text output;

#define TRIAL(name, seed, value)                                                                   \
    {                                                                                              \
        name, seed, (value)-0.0005 * (seed), 100, 10, RUN_DONE                                     \
    }

static const struct made_up cells[] = {
    TRIAL("lstm", 1, 0.90),
    TRIAL("lstm", 2, 0.91),
    TRIAL("lstm", 3, 0.93),
    TRIAL("gru", 1, 0.951),
    TRIAL("gru", 2, 0.963),
    TRIAL("gru", 3, 0.970),
    TRIAL("rnn", 1, 0.899),
    TRIAL("rnn", 2, 0.912),
    TRIAL("rnn", 3, 0.931),
    TRIAL("one", 1, 0.99),
    {"none", -1, 0, 10, 10, RUN_DONE},
};
enum { LSTM, GRU, RNN, ONE, NONE };

static struct comparison_view open_view(const struct comparison_options *options)
{
    struct comparison_view view;
    error = (struct error){0};
    made_up_check(comparison_view_init(&view, store, &groups, options, &error), &error);
    return view;
}

static void expect_error(const struct comparison_options *options, enum error_code code,
                         const char *part)
{
    struct comparison_view view;
    error = (struct error){0};
    assert_int_equal(comparison_view_init(&view, store, &groups, options, &error), -1);
    assert_int_equal(error.code, code);
    if (!strstr(error.text, part))
        fail_msg("expected '%s' in: %s", part, error.text);
    assert_null(view.comparisons);
}

/* VIEW in FORMAT; releases it. */
static const char *render(struct comparison_view view, enum table_format format, size_t width)
{
    text_clear(&output);
    comparison_render(&view, format, width, &output);
    comparison_view_release(&view);
    return text_get(&output);
}

static void expect_order(const char *sort, const size_t *expected)
{
    struct comparison_view view =
        open_view(&(struct comparison_options){.sort = sort, .baseline = "lstm"});
    for (size_t i = 0; i < groups.count; i++)
        if (view.order[i] != expected[i])
            fail_msg("--sort %s: row %zu is %s", sort, i, groups.items[view.order[i]].name);
    comparison_view_release(&view);
}

/* Best first, the other way by a minus, and what is missing last both ways. */
static void rows_are_sorted(void **state)
{
    (void)state;
    expect_order(NULL, (const size_t[]){LSTM, GRU, RNN, ONE, NONE});
    expect_order("name", (const size_t[]){GRU, LSTM, NONE, ONE, RNN});
    expect_order("-name", (const size_t[]){RNN, ONE, NONE, LSTM, GRU});
    expect_order("test.accuracy", (const size_t[]){ONE, GRU, RNN, LSTM, NONE});
    expect_order("-test.accuracy", (const size_t[]){LSTM, RNN, GRU, ONE, NONE});
    expect_order("test.loss", (const size_t[]){ONE, GRU, RNN, LSTM, NONE});
    expect_order("test.accuracy.std", (const size_t[]){GRU, LSTM, RNN, ONE, NONE});
    expect_order("-std", (const size_t[]){RNN, LSTM, GRU, ONE, NONE});
    expect_order("difference", (const size_t[]){RNN, GRU, ONE, LSTM, NONE});
    expect_order("verdict", (const size_t[]){GRU, RNN, LSTM, ONE, NONE});
}

static void columns_are_chosen(void **state)
{
    (void)state;
    const struct comparison_options options = {
        .columns = "n,median,test.loss,test.loss.max,parameters,verdict", .baseline = "lstm"};
    assert_true(text_starts_with(render(open_view(&options), TABLE_CSV, 0),
                                 "variant,test.accuracy.n,test.accuracy.median,test.loss.mean,"
                                 "test.loss.max,parameters.mean,test.accuracy.verdict\n"
                                 "lstm,3,0.91,"));
    assert_non_null(strstr(text_get(&output), "\nnone,0,,,,,\n"));
    const char *const both[] = {"test.loss", "test.accuracy"};
    const struct comparison_options two = {.metrics = both, .metric_count = 2, .columns = "n,min"};
    assert_true(text_starts_with(render(open_view(&two), TABLE_CSV, 0),
                                 "variant,test.loss.n,test.accuracy.n,test.loss.min,"
                                 "test.accuracy.min\nlstm,3,3,"));
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    expect_error(&(struct comparison_options){.columns = "n,mein"}, ERROR_USAGE,
                 "--columns mein: no such column; did you mean `mean`?");
    expect_error(&(struct comparison_options){.columns = ""}, ERROR_USAGE, "no such column");
    expect_error(&(struct comparison_options){.sort = "-nme"}, ERROR_USAGE,
                 "--sort nme: no such column");
    expect_error(&(struct comparison_options){.columns = "difference"}, ERROR_USAGE,
                 "say which with --baseline");
    expect_error(&(struct comparison_options){.columns = "test.loss.p", .pairs = true}, ERROR_USAGE,
                 "with --pairs");
    expect_error(&(struct comparison_options){.columns = "validation.loss"}, ERROR_NOT_FOUND,
                 "--columns validation.loss: ");
    expect_error(&(struct comparison_options){.at = "noon"}, ERROR_USAGE, "--at: noon");
    expect_error(&(struct comparison_options){.baseline = "gur"}, ERROR_NOT_FOUND, "lstm, gru");
    const char *const metric = "test.acc";
    expect_error(&(struct comparison_options){.metrics = &metric, .metric_count = 1},
                 ERROR_NOT_FOUND, "test.acc");
}

static void settings_are_read_only_when_needed(void **state)
{
    (void)state;
    static const struct {
        const char *columns, *sort;
        bool changed, needed;
    } cases[] = {
        {NULL, NULL, false, false},
        {"n,mean,seconds", "name", false, false},
        {"test.loss.std", "-p", false, false},
        {"n,model.units", NULL, false, true},
        {NULL, "-model.units", false, true},
        {NULL, NULL, true, true},
        {"seed", NULL, false, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct comparison_options options = {
            .columns = cases[i].columns, .sort = cases[i].sort, .only_changed = cases[i].changed};
        assert_int_equal(comparison_options_need_settings(&options), cases[i].needed);
    }
}

static void contrasts_stand_in_the_order_of_rows(void **state)
{
    (void)state;
    size_t count;
    struct comparison_view view =
        open_view(&(struct comparison_options){.pairs = true, .sort = "name"});
    size_t *places = comparison_view_contrasts(&view, 0, &count);
    assert_int_equal(count, 10);
    const struct contrast *first = &view.comparisons[0].contrasts[places[0]];
    assert_int_equal(first->a, GRU); /* against lstm, which comes first in the experiment */
    assert_int_equal(first->b, LSTM);
    assert_null(comparison_view_contrast(&view, 0, GRU));
    memory_free(places);
    comparison_view_release(&view);
    view = open_view(&(struct comparison_options){.baseline = "gru", .sort = "name"});
    assert_int_equal(comparison_view_contrast(&view, 0, LSTM)->a, LSTM);
    assert_int_equal(comparison_view_contrast(&view, 0, NONE)->a, NONE);
    assert_null(comparison_view_contrast(&view, 0, GRU));
    comparison_view_release(&view);
}

static void sentences_fit_the_width(void **state)
{
    (void)state;
    const struct comparison_options options = {.baseline = "lstm", .precision = 4};
    const char *at = render(open_view(&options), TABLE_TEXT, 60);
    assert_non_null(strstr(at, "\n  ")); /* a sentence goes on */
    for (size_t length; *at; at += length + (at[length] == '\n')) {
        length = strcspn(at, "\n");
        char *line = text_format("%.*s", (int)length, at);
        if (text_width(line) > 60)
            fail_msg("too long: %s", line);
        memory_free(line);
    }
}

static void one_value_in_all_rows_is_said_once(void **state)
{
    (void)state;
    const struct comparison_options options = {
        .columns = "max,parameters", .only_changed = true, .precision = 2};
    struct groups all = groups;
    groups.count = 3; /* all of these have figures */
    const char *text = render(open_view(&options), TABLE_TEXT, 0);
    groups = all;
    assert_string_equal(text, "           test.accuracy\n"
                              "variant              max\n"
                              "-------    -------------\n"
                              "lstm                0.93\n"
                              "gru                 0.97\n"
                              "rnn                 0.93\n"
                              "\n"
                              "The same in all: parameters 1234567\n");
}

static void json_is_valid_and_whole(void **state)
{
    (void)state;
    const struct comparison_options options = {.baseline = "lstm", .ties = true};
    json_t *root = json_loads(render(open_view(&options), TABLE_JSON, 0), 0, NULL);
    assert_non_null(root);
    assert_int_equal(json_array_size(json_object_get(root, "variants")), 5);
    assert_int_equal(json_array_size(json_object_get(root, "comparisons")), 4);
    assert_int_equal(json_array_size(json_object_get(root, "missing")), 1);
    json_t *gru = json_array_get(json_object_get(root, "comparisons"), 0);
    assert_string_equal(json_string_value(json_object_get(gru, "verdict")), "better");
    assert_string_equal(json_string_value(json_object_get(gru, "test")), "paired t");
    assert_int_equal(json_integer_value(json_object_get(gru, "family")), 2);
    assert_true(json_number_value(json_object_get(gru, "p_holm")) >
                json_number_value(json_object_get(gru, "p")));
    assert_non_null(strstr(json_string_value(json_object_get(gru, "sentence")), "gru is better"));
    json_t *none = json_array_get(json_object_get(root, "comparisons"), 3);
    assert_true(json_is_null(json_object_get(none, "verdict")));
    assert_true(json_is_null(json_object_get(none, "difference")));
    json_decref(root);
}

static void latex_marks_the_best_and_its_ties(void **state)
{
    (void)state;
    struct comparison_options options = {.ties = true, .precision = 3};
    struct groups all = groups;
    groups.count = 3;
    const char *text = render(open_view(&options), TABLE_LATEX, 0);
    assert_non_null(strstr(text, "\ngru & 3 & $\\mathbf{0.961 \\pm 0.024}$ & "));
    assert_non_null(strstr(text, "\nlstm & 3 & $0.913 \\pm 0.038$ & "));
    assert_null(strstr(text, "dagger"));
    options.at = "step:100"; /* where the runs lie nearer together */
    text = render(open_view(&options), TABLE_LATEX, 0);
    groups = all;
    assert_non_null(strstr(text, "test.accuracy at step 100"));
}

/* The text of the groups in LaTeX by OPTIONS, of the first COUNT of them. */
static const char *latex(struct comparison_options options, size_t count)
{
    struct groups all = groups;
    options.precision = 3;
    options.ties = true;
    groups.count = count;
    const char *text = render(open_view(&options), TABLE_LATEX, 0);
    groups = all;
    return text;
}

static void expect_part(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("expected '%s' in: %s", part, text);
}

/* The best is a single run, so nothing can be tested against it. */
static void latex_marks_what_was_not_tested(void **state)
{
    (void)state;
    const char *text = latex((struct comparison_options){0}, 4);
    expect_part(text, "\none & 1 & $\\mathbf{0.990}$ & ");
    expect_part(text, "\ngru & 3 & $0.961 \\pm 0.024^{\\ddagger}$ & ");
    expect_part(text, "% note: $^{\\ddagger}$ could not be tested");
    assert_null(strstr(text, "{\\dagger}"));
    text = latex((struct comparison_options){.columns = "mean,n"}, 4);
    expect_part(text, "\none & $\\mathbf{0.990}$ & 1");
    expect_part(text, "\ngru & $0.961^{\\ddagger}$ & 3");
    expect_part(text, "% note: the best mean is bold.");
    assert_null(strstr(text, "Student"));
    text = latex((struct comparison_options){.columns = "n,std"}, 4);
    assert_null(strstr(text, "note"));
}

static void latex_leaves_out_what_is_the_same(void **state)
{
    (void)state;
    const char *text = latex((struct comparison_options){.only_changed = true}, 3);
    expect_part(text, "test.accuracy & test.loss");
    assert_null(strstr(text, "parameters"));
    text = latex((struct comparison_options){0}, 3);
    expect_part(text, "& parameters \\\\\n");
}

/* The tests that made the marks, and what n counts. */
static void latex_notes_say_what_was_done(void **state)
{
    (void)state;
    char *pair = groups.items[RNN].runs[0].pair;
    int64_t seed = groups.items[RNN].runs[0].run.seed;
    const char *text = latex(
        (struct comparison_options){.metrics = (const char *[]){"test.loss"}, .metric_count = 1},
        3);
    expect_part(text, "mean over n seeds $");
    assert_null(strstr(text, "Welch"));
    struct groups two = groups;
    struct group swapped[2] = {groups.items[LSTM], groups.items[RNN]};
    groups.items = swapped;
    text = latex((struct comparison_options){0}, 2);
    expect_part(text,
                "$^{\\dagger}$ not significantly worse than the best (paired t by what pairs; "
                "Holm's");
    swapped[1].runs[0].pair = swapped[1].runs[1].pair;
    swapped[1].runs[0].run.seed = swapped[1].runs[1].run.seed;
    text = latex((struct comparison_options){0}, 2);
    groups = two;
    groups.items[RNN].runs[0].pair = pair;
    groups.items[RNN].runs[0].run.seed = seed;
    expect_part(text, "mean over n runs $");
    expect_part(text, "worse than the best (Welch's t where figures do not pair; Holm's");
}

/* n is the first metric's; where another metric has fewer figures it says so. */
static void latex_says_another_n(void **state)
{
    (void)state;
    struct finals *finals = &groups.items[RNN].runs[0].finals;
    size_t place = 0;
    while (!text_equal(finals->items[place].name, "test.loss"))
        place++;
    double kept = finals->items[place].value;
    finals->items[place].value = NAN;
    const char *text = latex((struct comparison_options){0}, 3);
    finals->items[place].value = kept;
    expect_part(text, " ($n = 2$) & ");
    text = latex((struct comparison_options){0}, 3);
    assert_null(strstr(text, "$n = "));
}

static void names_in_lists_may_have_spaces(void **state)
{
    (void)state;
    const struct comparison_options options = {.columns = " name, n ,mean"};
    assert_true(text_starts_with(render(open_view(&options), TABLE_CSV, 0),
                                 "variant,test.accuracy.n,test.accuracy.mean\n"));
    const struct comparison_options alone = {.columns = "name"};
    assert_true(text_starts_with(render(open_view(&alone), TABLE_CSV, 0), "variant\nlstm\n"));
}

/* A view with the contrast of gru undecided, for which no number of seeds is enough. */
static const char *render_hopeless(enum table_format format)
{
    const struct comparison_options options = {.baseline = "lstm",
                                               .ties = true,
                                               .columns =
                                                   format == TABLE_JSON ? NULL : "n,seeds,effect"};
    struct comparison_view view = open_view(&options);
    view.comparisons[0].contrasts[GRU - 1].seeds = INFINITY;
    view.comparisons[0].contrasts[GRU - 1].test.effect = INFINITY;
    return render(view, format, 0);
}

static void what_is_infinite_is_said(void **state)
{
    (void)state;
    expect_part(render_hopeless(TABLE_CSV), "\ngru,3,inf,inf\n");
    expect_part(render_hopeless(TABLE_TEXT), "gru        3      > 10,000       ∞\n");
    expect_part(render_hopeless(TABLE_LATEX), "\ngru & 3 & $> 10{,}000$ & ");
    json_t *root = json_loads(render_hopeless(TABLE_JSON), 0, NULL);
    json_t *gru = json_array_get(json_object_get(root, "comparisons"), 0);
    assert_true(json_is_null(json_object_get(gru, "seeds")));
    assert_int_equal(json_integer_value(json_object_get(gru, "seeds_above")), 10000);
    json_t *rnn = json_array_get(json_object_get(root, "comparisons"), 1);
    assert_true(json_is_null(json_object_get(rnn, "seeds_above")));
    json_decref(root);
}

/* What runs of every group differ in is not the same in all. */
static void what_varies_within_is_said(void **state)
{
    (void)state;
    const struct comparison_options options = {.columns = "max", .only_changed = true};
    for (size_t i = 0; i < groups.count; i++)
        for (size_t j = 0; j < groups.items[i].run_count; j++) {
            settings_set(&groups.items[i].runs[j].settings, "model.cell", "lstm");
            settings_set(&groups.items[i].runs[j].settings, "model.units", j ? "32" : "16");
        }
    struct groups all = groups;
    groups.count = 3;
    const char *text = render(open_view(&options), TABLE_MARKDOWN, 0);
    groups = all;
    for (size_t i = 0; i < groups.count; i++)
        for (size_t j = 0; j < groups.items[i].run_count; j++)
            settings_release(&groups.items[i].runs[j].settings);
    expect_part(text, "The same in all: model.units varies within each");
}

static void notes_tell_of_settings_and_losses(void **state)
{
    (void)state;
    const struct comparison_options options = {.ties = true};
    struct group_run *run = &groups.items[GRU].runs[0];
    run->setting = (char *)(uintptr_t) " u=1";
    run[1].setting = (char *)(uintptr_t) " u=2";
    static const enum table_format formats[] = {TABLE_TEXT, TABLE_MARKDOWN, TABLE_LATEX};
    for (int i = 0; i < 3; i++) {
        struct comparison_view view = open_view(&options);
        view.comparisons[0].losses[GRU].diverged = 2;
        const char *text = render(view, formats[i], 0);
        expect_part(text, "n counts runs of several settings");
        if (formats[i] != TABLE_TEXT)
            expect_part(text, "2 of 3 runs of gru diverged, and are not in this.");
    }
    run->setting = run[1].setting = NULL;
}

static int fill(void **state)
{
    (void)state;
    const char *name = "cells";
    store = store_folder_make(folder);
    made_up_experiment(store, "cells", cells, sizeof cells / sizeof cells[0]);
    made_up_check(groups_load(&groups, store, &name, 1, &error), &error);
    return 0;
}

/* What lies at an end of what was tried is told for each key. */
static void ends_are_told_by_key(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double value;
    } tried[] = {
        {"lstm rate=0.01 units=16", 0.5}, {"lstm rate=0.01 units=32", 0.6},
        {"lstm rate=0.01 units=64", 0.4}, {"lstm rate=0.1 units=16", 0.6},
        {"lstm rate=0.1 units=32", 0.9},  {"lstm rate=0.1 units=64", 0.7},
        {"gru rate=0.01 units=16", 0.5},  {"gru rate=0.1 units=32", 0.4},
        {"rnn rate=0.01", 0.3},           {"rnn rate=0.1", 0.2},
    };
    static const char metric[] = "validation.accuracy", rate[] = "train.optimizer.adam.rate";
    const char *const metrics[] = {metric};
    const struct comparison_options options = {.metrics = metrics, .metric_count = 1};
    struct groups kept = groups;
    groups = (struct groups){.name = memory_copy_text("sweep")};
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++)
        figure_groups_add(&groups, tried[i].name, metric, &tried[i].value, 1);
    struct choosing *choosing = &groups.questions.choosing;
    choosing_add_key(choosing, rate);
    choosing_add_key(choosing, "model.units");
    choosing->on = memory_copy_text(metric);
    made_up_check(choosing_apply(&groups, choosing, &error), &error);
    json_t *root = json_loads(render(open_view(&options), TABLE_JSON, 0), 0, NULL);
    static const char *const expected[][2] = {
        {"highest", NULL}, {"lowest", "lowest"}, {"lowest", NULL}};
    for (size_t i = 0; i < 3; i++) {
        json_t *ends = json_object_get(json_array_get(json_object_get(root, "chosen"), i), "ends");
        const char *found[] = {json_string_value(json_object_get(ends, rate)),
                               json_string_value(json_object_get(ends, "model.units"))};
        assert_int_equal(json_object_size(ends), 2);
        for (size_t k = 0; k < 2; k++)
            assert_string_equal(found[k] ? found[k] : "", expected[i][k] ? expected[i][k] : "");
    }
    json_decref(root);
    groups_release(&groups);
    groups = kept;
}

static int empty(void **state)
{
    (void)state;
    groups_release(&groups);
    text_release(&output);
    return store_folder_remove(store, folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sorted),
        cmocka_unit_test(columns_are_chosen),
        cmocka_unit_test(what_is_wrong_is_told),
        cmocka_unit_test(settings_are_read_only_when_needed),
        cmocka_unit_test(contrasts_stand_in_the_order_of_rows),
        cmocka_unit_test(sentences_fit_the_width),
        cmocka_unit_test(one_value_in_all_rows_is_said_once),
        cmocka_unit_test(json_is_valid_and_whole),
        cmocka_unit_test(latex_marks_the_best_and_its_ties),
        cmocka_unit_test(latex_marks_what_was_not_tested),
        cmocka_unit_test(latex_leaves_out_what_is_the_same),
        cmocka_unit_test(latex_notes_say_what_was_done),
        cmocka_unit_test(latex_says_another_n),
        cmocka_unit_test(names_in_lists_may_have_spaces),
        cmocka_unit_test(what_is_infinite_is_said),
        cmocka_unit_test(what_varies_within_is_said),
        cmocka_unit_test(notes_tell_of_settings_and_losses),
        cmocka_unit_test(ends_are_told_by_key),
    };
    return cmocka_run_group_tests(tests, fill, empty);
}
