/* What `exclude` leaves out, and what it cannot say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/experiment_file.h"

#define HEAD                                                                                       \
    "variants: {rnn: {model.cell: rnn}, lstm: {}}\n"                                               \
    "sweep: {model.units: [4, 8], train.optimizer.adam.rate: [1e-3, 1e-2]}\n"

static void test_leaves_out(void **state)
{
    (void)state;
    assert_variants(HEAD "exclude: [{variant: rnn, model.units: 8}]",
                    (const char *const[]){"rnn units=4 rate=0.001", "rnn units=4 rate=0.01",
                                          "lstm units=4 rate=0.001", "lstm units=4 rate=0.01",
                                          "lstm units=8 rate=0.001", "lstm units=8 rate=0.01",
                                          NULL});
    assert_variants(HEAD "exclude: [{train.optimizer.adam.rate: 0.0010}, {variant: lstm},\n"
                         "          {model.units: 8, variant: rnn}]",
                    (const char *const[]){"rnn units=4 rate=0.01", NULL});
    assert_variants(HEAD "exclude: [{model.units: 4, train.optimizer.adam.rate: 1e-2}]",
                    (const char *const[]){"rnn units=4 rate=0.001", "rnn units=8 rate=0.001",
                                          "rnn units=8 rate=0.01", "lstm units=4 rate=0.001",
                                          "lstm units=8 rate=0.001", "lstm units=8 rate=0.01",
                                          NULL});
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {HEAD "exclude: {variant: rnn}\n", 4, 10, "expected a list of what to leave out"},
        {HEAD "exclude: []\n", 4, 10, "found an empty list"},
        {HEAD "exclude: [rnn]\n", 4, 11, "expected a variant or values to leave out, found `rnn`"},
        {HEAD "exclude: [{}]\n", 4, 11, "found an empty mapping"},
        {HEAD "exclude: [{variant: rn}]\n", 4, 21, "`rn` is not a variant"},
        {HEAD "exclude: [{variant: [rnn]}]\n", 4, 21, "expected a variant's name, found a list"},
        {HEAD "exclude: [{model.unit: 4}]\n", 4, 12, "`model.unit` is not swept"},
        {HEAD "exclude: [{units: 4}]\n", 4, 12, "`units` is not swept"},
        {HEAD "exclude: [{model.units: 5}]\n", 4, 25, "the sweep has no value 5"},
        {HEAD "exclude: [{variant: rnn}, {variant: lstm}]\n", 4, 10, "no trial is left"},
        {"variants: {a: {}}\nexclude: [{variant: a}]\n", 3, 10, "there is no sweep"},
        {"sweep: {zip: {model.units: [4, 8], train.batch: [10, 20]}}\n"
         "exclude: [{model.units: 4, train.batch: 20}]\n",
         3, 11, "no trial has all of this"},
    };
    assert_mistakes(mistakes, sizeof mistakes / sizeof *mistakes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaves_out),
        cmocka_unit_test(test_mistakes),
    };
    return cmocka_run_group_tests(tests, experiment_make_folder, experiment_remove_folder);
}
