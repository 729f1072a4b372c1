/* What experiment files ask: claims, reported figures and the choice, and every mistake in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/experiment_file.h"

#include <math.h>

#define TWO "variants: {lstm: {}, gru: {model.cell: gru}}\n"
#define RATES TWO "sweep: {train.optimizer.adam.rate: [1e-3, 1e-2], model.units: [4, 8]}\n"

static void claims_are_read(void **state)
{
    (void)state;
    struct opened opened;
    opened_load_good(&opened, TWO
                     "compare: {metric: validation.loss}\nclaims:\n"
                     "  - {text: Gates help., better: lstm, than: gru}\n"
                     "  - {text: By much., better: gru, than: lstm, by: 0.01, metric: gap.loss}\n"
                     "  - {text: In between., variant: gru, above: 0.5, below: 0.6}\n"
                     "  - {text: Small., variant: lstm, below: 1e6, metric: parameters}\n");
    const struct questions *questions = &opened.experiment.questions;
    const struct claim *claims = questions->claims;
    assert_int_equal(questions->claim_count, 4);
    assert_string_equal(claims[0].text, "Gates help.");
    assert_string_equal(claims[0].variant, "lstm");
    assert_string_equal(claims[0].than, "gru");
    assert_string_equal(claims[0].metric, "validation.loss");
    assert_true(claims[0].least == 0 && isnan(claims[0].most));
    assert_string_equal(claims[1].metric, "gap.loss");
    assert_true(claims[1].least == 0.01);
    assert_null(claims[2].than);
    assert_true(claims[2].least == 0.5 && claims[2].most == 0.6);
    assert_true(isnan(claims[3].least) && claims[3].most == 1e6);
    opened_release(&opened);
}

static void reported_figures_are_read(void **state)
{
    (void)state;
    struct opened opened;
    opened_load_good(&opened, "variants: {lstm: {}}\nreported:\n  source: \"Document 002\"\n"
                              "  test.accuracy: {1: 0.1017, end: 0.9879}\n"
                              "  train.loss: {lstm: {101: 0.5}}\n");
    const struct questions *questions = &opened.experiment.questions;
    assert_string_equal(questions->source, "Document 002");
    assert_int_equal(questions->reported_count, 3);
    assert_int_equal(questions->reported[0].step, 1);
    assert_true(questions->reported[0].value == 0.1017);
    assert_string_equal(questions->reported[0].variant, "lstm");
    assert_int_equal(questions->reported[1].step, REPORTED_AT_END);
    assert_string_equal(questions->reported[2].metric, "train.loss");
    assert_int_equal(questions->reported[2].step, 101);
    assert_true(questions->reported[0].within == 0.00005);
    opened_release(&opened);
}

/* By the digits behind the point, or as it is said. */
static void figures_have_a_precision(void **state)
{
    (void)state;
    struct opened opened;
    static const struct {
        double value, within;
    } expected[] = {{0.87, 0.005}, {0.8700, 0.00005}, {1, 0},     {0.25, 0.0005},
                    {0.5, 0.05},   {0.9, 0.02},       {0.123, 0}, {0.1, 0.05}};
    opened_load_good(&opened, "variants: {lstm: {}}\nreported:\n  source: x\n"
                              "  test.accuracy: {1: 0.87, 2: 0.8700, 3: 1, 4: 2.50e-1, 5: .5,\n"
                              "    6: {value: 0.90, within: 0.02}, 7: {value: 0.123, within: 0}}\n"
                              "  test.loss: {1: {value: 0.1, within: 0.05}}\n");
    const struct questions *questions = &opened.experiment.questions;
    assert_int_equal(questions->reported_count, 8);
    for (size_t i = 0; i < 8; i++) {
        assert_true(questions->reported[i].value == expected[i].value);
        assert_true(questions->reported[i].within == expected[i].within);
    }
    assert_string_equal(questions->reported[7].variant, "lstm");
    opened_release(&opened);
}

/* Baseline and claims name the variants without what is chosen. */
static void a_choice_is_read(void **state)
{
    (void)state;
    struct opened opened;
    opened_load_good(
        &opened,
        RATES "compare: {baseline: lstm units=4, select: {over: train.optimizer.adam.rate}}\n"
              "claims: [{text: x, better: gru units=8, than: lstm units=8}]\n");
    const struct choosing *choosing = &opened.experiment.questions.choosing;
    assert_int_equal(choosing->over_count, 1);
    assert_string_equal(choosing->over[0], "train.optimizer.adam.rate");
    assert_string_equal(choosing->on, "validation.accuracy");
    opened_release(&opened);
    opened_load_good(
        &opened,
        RATES "compare:\n  baseline: lstm\n  select:\n"
              "    over: [model.units, train.optimizer.adam.rate]\n    on: gap.validation.loss\n");
    assert_int_equal(opened.experiment.questions.choosing.over_count, 2);
    assert_string_equal(opened.experiment.questions.choosing.over[1], "train.optimizer.adam.rate");
    assert_string_equal(opened.experiment.questions.choosing.on, "gap.validation.loss");
    opened_release(&opened);
}

static void mistakes_are_told_at_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected; /* behind "e.yaml:" */
    } rows[] = {
        {TWO "claims: {}\n", "3:9: error: claims: expected a list of 1 to 1000 claims"},
        {TWO "claims: [x]\n", "3:10: error: claims.0: expected a mapping, found `x`"},
        {TWO "claims: [{better: lstm, than: gru}]\n", "claims.0.text"},
        {TWO "claims: [{text: x, bettr: lstm, than: gru}]\n",
         "3:20: error: claims.0.bettr: unknown"},
        {TWO "claims: [{text: x, better: lstn, than: gru}]\n",
         "3:28: error: claims.0.better: `lstn` is not a variant"},
        {TWO "claims: [{text: x, better: lstm}]\n", "3:10: error: claims.0.than: is missing"},
        {TWO "claims: [{text: x, better: lstm, than: lstm}]\n",
         "3:40: error: claims.0.than: is the same variant"},
        {TWO "claims: [{text: x, than: lstm}]\n", "says neither `better` nor `variant`"},
        {TWO "claims: [{text: x, better: lstm, than: gru, variant: gru}]\n", "has both"},
        {TWO "claims: [{text: x, better: lstm, than: gru, above: 1}]\n",
         "3:52: error: claims.0.above: belongs to `variant`"},
        {TWO "claims: [{text: x, better: lstm, than: gru, below: 1}]\n", "claims.0.below: belongs"},
        {TWO "claims: [{text: x, variant: lstm, than: gru, above: 1}]\n", "claims.0.than: belongs"},
        {TWO "claims: [{text: x, variant: lstm, above: 1, by: 1}]\n", "claims.0.by: belongs"},
        {TWO "claims: [{text: x, variant: lstm}]\n", "claims.0.above: is missing"},
        {TWO "claims: [{text: x, variant: lstm, above: 1, below: 1}]\n", "is not greater"},
        {TWO "claims: [{text: x, variant: lstm, above: nan}]\n", "3:42: error: claims.0.above"},
        {TWO "claims: [{text: x, better: lstm, than: gru, by: -1}]\n", "3:49: error: claims.0.by"},
        {TWO "claims: [{text: x, better: lstm, than: gru, metric: test.acuracy}]\n",
         "3:53: error: claims.0.metric: unknown metric `test.acuracy`"},
        {TWO "claims: [{text: x, better: lstm, than: gru, metric: parameters}]\n",
         "more is neither better nor worse"},
        {TWO "claims: [{text: x, better: lstm, than: gru, metric: seconds}]\n",
         "depends on the machine"},
        {TWO "claims: [{text: \" \", better: lstm, than: gru}]\n",
         "3:17: error: claims.0.text: is empty"},
        {TWO "claims: [{text: x, variant: lstm, above: 98.79}]\n",
         "3:42: error: claims.0.above: 98.79 is no accuracy"},
        {TWO "claims: [{text: x, variant: lstm, above: 98.79}]\n", "write 0.9879 for 98.79 %"},
        {TWO "claims: [{text: x, variant: lstm, below: -0.1}]\n",
         "3:42: error: claims.0.below: -0.1 is no accuracy"},
        {TWO "claims: [{text: x, better: lstm, than: gru, by: 2}]\n",
         "3:49: error: claims.0.by: 2 is no difference of accuracies"},
        {TWO "claims: [{text: x, variant: lstm, above: -3, metric: gap.accuracy}]\n",
         "claims.0.above: -3 is no difference of accuracies"},
        {TWO "reported: {source: x, test.accuracy: {gru: {1: 98.7}}}\n",
         "3:48: error: reported.test.accuracy.gru.1: 98.7 is no accuracy"},
        {TWO "reported: {source: x, test.accuracy: {gru: {1: -0.5}}}\n", "-0.5 is no accuracy"},
        {TWO "reported: {source: x, test.accuracy: {gru: {1: {value: 90, within: 2}}}}\n",
         "3:56: error: reported.test.accuracy.gru.1: 90 is no accuracy"},
        {TWO "reported: {source: x, test.accuracy: {gru: {1: {value: 0.9, within: 2}}}}\n",
         "3:69: error: reported.test.accuracy.gru.1.within: 2 is no accuracy"},
        {TWO "reported: {source: x, test.accuracy: {gru: {1: {value: 0.9, within: -1}}}}\n",
         "gru.1.within: is below 0"},
        {TWO "reported: {source: x, test.accuracy: {gru: {1: {value: 0.9}}}}\n",
         "3:48: error: reported.test.accuracy.gru.1: expected `value` and `within`"},
        {TWO "reported: {source: x, test.accuracy: {gru: {1: {within: x, value: 1}}}}\n",
         "gru.1.within: expected a number, found `x`"},
        {TWO "reported: {source: x, test.accuracy: {gru: {1: {a: 1}}}}\n",
         "gru.1: expected a number, found a mapping"},
        {TWO "reported: {source: x, train.accuracy: {gru: {100: 0.5, end: 0.9}}}\n",
         "3:56: error: reported.train.accuracy.gru.end: no run has train.accuracy at the end"},
        {TWO "reported: 3\n", "3:11: error: reported: expected a mapping"},
        {TWO "reported: {test.accuracy: {1: 1}}\n", "does not say its source"},
        {TWO "reported: {source: x}\n", "has no figures"},
        {TWO "reported: {source: [x], test.loss: {gru: {1: 1}}}\n",
         "reported.source: expected a text"},
        {TWO "reported: {source: x, test.los: {gru: {1: 1}}}\n",
         "3:23: error: reported.test.los: unknown metric"},
        {TWO "reported: {source: x, test.loss: {1: 1}}\n", "there are several variants"},
        {TWO "reported: {source: x, test.loss: 1}\n", "expected figures by step, found `1`"},
        {TWO "reported: {source: x, test.loss: {grv: {1: 1}}}\n",
         "3:35: error: reported.test.loss.grv: `grv` is not a variant"},
        {TWO "reported: {source: x, test.loss: {gru: {0: 1}}}\n",
         "3:41: error: reported.test.loss.gru: `0` is no step"},
        {TWO "reported: {source: x, test.loss: {gru: {last: 1}}}\n", "`last` is no step"},
        {TWO "reported: {source: x, test.loss: {gru: {1: x}}}\n",
         "3:44: error: reported.test.loss.gru.1: expected a number, found `x`"},
        {TWO "reported: {source: x, test.loss: {gru: {1: 1}, lstm: 2}}\n",
         "reported.test.loss.lstm: expected figures by step"},
        {RATES "compare: {select: {over: model.unitz}}\n",
         "4:26: error: compare.select.over: `model.unitz` is not swept"},
        {RATES "compare: {select: {over: [model.units, model.cell]}}\n",
         "4:40: error: compare.select.over: `model.cell` is not swept"},
        {RATES "compare: {select: {over: model.units model.cell}}\n",
         "4:26: error: compare.select.over: expected a swept key"},
        {RATES "compare: {select: {over: []}}\n", "expected at least one key"},
        {RATES "compare: {select: {over: [{}]}}\n",
         "4:27: error: compare.select.over: expected a swept"},
        {RATES "compare: {select: {on: validation.loss}}\n", "compare.select.over: is missing"},
        {RATES "compare: {select: {over: model.units, on: test.accuracy}}\n",
         "4:43: error: compare.select.on: looks at the test set"},
        {RATES "compare: {select: {over: model.units, on: gap.loss}}\n", "looks at the test set"},
        {RATES "compare: {select: {over: model.units, on: parameters}}\n",
         "4:43: error: compare.select.on: is not of the validation split"},
        {RATES "compare: {select: {over: model.units, on: seconds}}\n",
         "is not of the validation split"},
        {RATES "compare: {select: {over: model.units, on: train_split.accuracy}}\n",
         "is not of the validation split"},
        {RATES "compare: {select: {over: model.units, on: validation.acuracy}}\n",
         "unknown metric `validation.acuracy`"},
        {RATES "compare: {select: {over: [model.units, model.units]}}\n",
         "4:40: error: compare.select.over: `model.units` stands twice"},
        {RATES "compare: {select: {over: model.units}, baseline: lstm units=4}\n",
         "compare.baseline: `lstm units=4` is not a variant"},
        {TWO "compare: {select: {over: model.units}}\n", "there is no `sweep`"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct opened opened;
        struct text errors = {0};
        opened_load(&opened, rows[i].text);
        diagnostics_write(opened.diagnostics, &errors, false);
        if (opened.result == 0 || !strstr(text_get(&errors), rows[i].expected))
            fail_msg("%sexpected `%s` in:\n%s", rows[i].text, rows[i].expected, text_get(&errors));
        text_release(&errors);
        opened_release(&opened);
    }
}

/* What lies at the edge of the possible, and of what is no accuracy. */
static void figures_that_may_be(void **state)
{
    (void)state;
    struct opened opened;
    opened_load_good(&opened,
                     TWO "claims:\n"
                         "  - {text: x, variant: lstm, above: 0, below: 1}\n"
                         "  - {text: x, variant: lstm, above: 2, metric: test.loss}\n"
                         "  - {text: x, variant: lstm, above: -1, metric: gap.accuracy}\n"
                         "  - {text: x, better: lstm, than: gru, by: 2, metric: validation.loss}\n"
                         "reported: {source: x, test.loss: {gru: {1: 2.3}}}\n");
    assert_int_equal(opened.experiment.questions.claim_count, 4);
    opened_release(&opened);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_are_read),
        cmocka_unit_test(reported_figures_are_read),
        cmocka_unit_test(figures_have_a_precision),
        cmocka_unit_test(a_choice_is_read),
        cmocka_unit_test(mistakes_are_told_at_their_place),
        cmocka_unit_test(figures_that_may_be),
    };
    return cmocka_run_group_tests(tests, experiment_make_folder, experiment_remove_folder);
}
