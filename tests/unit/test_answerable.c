/* What can never be answered is an error before anything is trained. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "batch/answerable.h"
#include "unit/experiment_file.h"

#define SPLIT "split: {data.validation.count: 100}"
#define BOTH "variants: {plain: {}, " SPLIT "}\n"
#define TRAIN "variants: {plain: {}, train: {train.evaluate.on: [train, test]}}\n"

/* Notes the variants of TEXT but the first SPARED ones, with DATA, and checks; the errors are left
 * in ERRORS. */
static void check(const char *text, size_t spared, const struct data *data, struct text *errors)
{
    struct opened opened;
    opened_load_good(&opened, text);
    struct answerable *answerable = answerable_new(&opened.experiment);
    for (size_t i = spared; i < opened.experiment.variant_count; i++) {
        struct config config;
        assert_int_equal(
            experiment_plan_config(&opened.experiment, i, NULL, 0, &config, opened.diagnostics), 0);
        answerable_note(answerable, i, &config, data);
        config_release(&config);
    }
    answerable_check(answerable, opened.diagnostics);
    diagnostics_write(opened.diagnostics, errors, false);
    answerable_free(answerable);
    opened_release(&opened);
}

static void what_can_be_told(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected; /* NULL: no error */
    } rows[] = {
        {"variants: {plain: {}}\ncompare: {metric: validation.loss}\n",
         "3:19: error: compare.metric: no run can have validation.loss: `plain` has no validation"},
        {BOTH "compare: {metric: validation.loss}\n", NULL},
        {BOTH "claims: [{text: x, variant: split, above: 0.1, metric: validation.loss}]\n", NULL},
        {BOTH "claims: [{text: x, variant: plain, above: 0.1, metric: validation.loss}]\n",
         "3:56: error: claims.0.metric: no run can have validation.loss: `plain`"},
        {BOTH "claims: [{text: x, better: split, than: plain, metric: validation.loss}]\n",
         "`plain` has no validation split"},
        {BOTH "claims: [{text: x, variant: plain, above: 1, metric: test.loss}]\n", NULL},
        {BOTH "claims: [{text: x, variant: plain, above: 1, metric: parameters}]\n", NULL},
        {TRAIN "claims: [{text: x, variant: train, above: 1, metric: gap.loss}]\n", NULL},
        {TRAIN "claims: [{text: x, variant: train, above: 1, metric: train_split.loss}]\n", NULL},
        {TRAIN "claims: [{text: x, better: train, than: plain, metric: gap.loss}]\n",
         "`plain` is not evaluated on the training split"},
        {TRAIN "claims: [{text: x, variant: train, above: 1, metric: gap.validation.loss}]\n",
         "`train` has no validation split"},
        {BOTH "compare: {metric: validation.loss}\n"
              "claims: [{text: x, variant: plain, above: 1}]\n",
         "4:10: error: claims.0.metric: no run can have validation.loss: `plain`"},
        /* One value of several that are swept is enough. */
        {"variants: {plain: {}}\nsweep: {data.validation.count: [0, 100], model.units: [4, 8]}\n"
         "compare: {select: {over: [data.validation.count, model.units]}}\n"
         "claims: [{text: x, variant: plain, above: 0.1, metric: validation.loss}]\n",
         NULL},
        {BOTH "sweep: {model.units: [4, 8]}\ncompare: {select: {over: model.units}}\n",
         "4:19: error: compare.select.on: no run can have validation.accuracy: `plain`"},
        {BOTH "sweep: {model.units: [4, 8]}\n"
              "compare: {select: {over: model.units, on: validation.loss}}\n",
         "4:43: error: compare.select.on: no run can have validation.loss: `plain`"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text errors = {0};
        check(rows[i].text, 0, NULL, &errors);
        const char *found = text_get(&errors);
        if (rows[i].expected ? !strstr(found, rows[i].expected) : *found != '\0')
            fail_msg("%sexpected `%s` in:\n%s", rows[i].text,
                     rows[i].expected ? rows[i].expected : "", found);
        text_release(&errors);
    }
}

/* A variant whose plugin could not be used may have everything. */
static void what_is_not_known_may_be(void **state)
{
    (void)state;
    static const char text[] =
        BOTH "compare: {metric: validation.loss}\n"
             "claims: [{text: x, variant: plain, above: 0.1, metric: validation.loss}]\n";
    struct text errors = {0};
    check(text, 1, NULL, &errors);
    assert_string_equal(text_get(&errors), "");
    check(text, 0, NULL, &errors);
    assert_non_null(strstr(text_get(&errors), "claims.0.metric"));
    text_release(&errors);
}

static void data_may_have_no_test_examples(void **state)
{
    (void)state;
    static const char text[] = "variants: {plain: {}}\n"
                               "claims: [{text: x, variant: plain, above: 0.1}]\n";
    struct data data = {.splits = {[SPLIT_TRAIN] = {.count = 100}, [SPLIT_TEST] = {.count = 10}}};
    struct text errors = {0};
    check(text, 0, &data, &errors);
    assert_string_equal(text_get(&errors), "");
    data.splits[SPLIT_TEST].count = 0;
    check(text, 0, &data, &errors);
    assert_non_null(strstr(text_get(&errors), "`plain` has no test examples"));
    text_release(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_be_told),
        cmocka_unit_test(what_is_not_known_may_be),
        cmocka_unit_test(data_may_have_no_test_examples),
    };
    return cmocka_run_group_tests(tests, experiment_make_folder, experiment_remove_folder);
}
