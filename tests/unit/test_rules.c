/* Rules between keys. */
#include "config_modules.h"

/* SMALL with OVERRIDE is wrong in this way. */
static void assert_rule(const char *override, const char *message, const char *hint)
{
    char *found = complaints_of(SMALL, (const char *const[]){override, NULL});
    char *expected =
        text_format("command line: %s: error: %s\n      | %s\n", override, message, hint);
    assert_string_equal(found, expected);
    memory_free(expected);
    memory_free(found);
}

static void test_rules(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"train.epochs=3", "train.epochs: cannot be combined with train.steps",
         "steps are set in c.yaml:3: set one of the two to `none`"},
        {"train.shards=129", "train.shards: more shards than the batch has examples",
         "use at most as many shards as examples"},
        {"train.warmup.from=0.5", "train.warmup.from: does nothing: warmup.steps is 0",
         "set `steps` too, or remove this key"},
        {"train.evaluate.first=1",
         "train.evaluate.first: only evaluations that are counted in steps have a first step",
         "set `every` to a number of steps, or remove this key"},
        {"train.evaluate={every: 2, unit: epochs, first: 1}",
         "train.evaluate.first: only evaluations that are counted in steps have a first step",
         "set `every` to a number of steps, or remove this key"},
        {"train.evaluate.take=next", "train.evaluate.take: does nothing without a limit",
         "set `limit` too, or remove this key"},
        {"train.evaluate.unit=epochs",
         "train.evaluate.unit: there is no `every` that it could count", "write `every: 1` too"},
        {"train.evaluate.on=validation", "train.evaluate.on: needs a validation set",
         "set data.validation.count"},
        {"train.stop.restore=best", "train.stop.restore: needs a validation set",
         "set data.validation.count"},
        {"train.stop.patience=3", "train.stop.patience: needs a validation set",
         "set data.validation.count"},
        {"train.stop.min_delta=3",
         "train.stop.min_delta: does nothing: no early stopping, and no best to restore",
         "set `patience` or `restore: best`, or remove this key"},
        {"train.stop.metric=validation.accuracy",
         "train.stop.metric: does nothing: no early stopping, and no best to restore",
         "set `patience` or `restore: best`, or remove this key"},
        {"train.schedule=plateau",
         "train.schedule: watches a validation metric and needs a validation set",
         "set data.validation.count"},
        {"train.schedule={watch: {metric: test.loss}}", NULL, NULL},
        {"train.schedule={watch: {metric: train.loss}}", NULL, NULL},
        {"train.schedule={watch: {metric: train.gradient_norm}}", NULL, NULL},
        {"train={schedule: {watch: {metric: train_split.loss}}, evaluate: {on: [train]}}", NULL,
         NULL},
        {"train.schedule={watch: {metric: train_split.accuracy}}",
         "train.schedule: the schedule watches train_split.accuracy, which is not evaluated",
         "add `train` to train.evaluate.on"},
        {"train={schedule: {watch: {metric: test.loss}}, evaluate: {on: [train]}}",
         "train.schedule: the schedule watches test.loss, which is not evaluated",
         "add `test` to train.evaluate.on"},
        {"train.schedule={watch: {metric: validation.accuracy}}",
         "train.schedule: watches a validation metric and needs a validation set",
         "set data.validation.count"},
        {"train.schedule={watch: {metric: val.loss}}",
         "train.schedule: the schedule watches `val.loss`, which is no metric",
         "its module must name one, such as validation.loss or train.loss"},
        {"train.schedule={watch: {metric: test.rate}}",
         "train.schedule: the schedule watches `test.rate`, which is no metric",
         "its module must name one, such as validation.loss or train.loss"},
        {"train={warmup: {steps: 10}, schedule: {watch: {metric: train.loss}}}",
         "train.warmup.steps: the schedule begins behind the warm-up, and the run ends after 10 "
         "steps",
         "use a shorter warm-up, or `schedule: constant`"},
        {"train={warmup: {steps: 9}, schedule: {watch: {metric: train.loss}}}", NULL, NULL},
        {"train.warmup.steps=10", NULL, NULL},
        {"train={evaluate: {every: 11}, schedule: {watch: {metric: test.loss}}}",
         "train.evaluate.every: no evaluation comes within the 10 steps of the run, and "
         "train.schedule waits for one",
         "evaluate at least once in 10 steps"},
        {"train={evaluate: {every: 2, first: 11}, schedule: {watch: {metric: test.loss}}}",
         "train.evaluate.first: no evaluation comes within the 10 steps of the run, and "
         "train.schedule waits for one",
         "evaluate at least once in 10 steps"},
        {"train={evaluate: {every: 11}, schedule: {watch: {metric: train.loss}}}", NULL, NULL},
        {"train.evaluate.every=11", NULL, NULL},
        {"train={evaluate: {every: 11, first: 10}, schedule: {watch: {metric: test.loss}}}", NULL,
         NULL},
        {"data={drop_last: true, order: tf}",
         "data.drop_last: has no meaning with `order: tf`, whose batches are all full",
         "remove it, or use `order: shuffle`"},
        {"data.permutation=2", "data.permutation: does nothing: the sequence is not permuted",
         "set `sequence: permuted`, or remove this key"},
        {"data.validation.from=last", "data.validation.from: does nothing: validation.count is 0",
         "set `count` too, or remove this key"},
        {"model.stack=[]", "model.stack: the list is empty", "name at least one layer"},
        {"name=a b", "name: holds a character that a name cannot have",
         "use letters, digits and - _ . +"},
        {"name=../x", "name: holds a character that a name cannot have",
         "use letters, digits and - _ . +"},
        {"name=..", "name: begins with a point or a dash", "begin with a letter or a digit"},
        {"name=''", "name: an empty name", "use letters, digits and - _ . +"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i][1])
            assert_rule(cases[i][0], cases[i][1], cases[i][2]);
        else
            memory_free(canonical_of(SMALL, (const char *const[]){cases[i][0], NULL}));
    }
}

static void test_no_length(void **state)
{
    (void)state;
    assert_complaints("data: {set: mnist}\nmodel: {cell: lstm}\n",
                      "c.yaml:1:1: error: train: needs either `steps` or `epochs`\n"
                      "    1 | data: {set: mnist}\n"
                      "      | ^ write `steps: 1000` or `epochs: 10` below `train:`\n");
}

static void test_validation_evaluated(void **state)
{
    (void)state;
    const char *text = "data: {set: mnist, validation: {count: 9}}\nmodel: {cell: lstm}\n"
                       "train: {steps: 10, stop: {restore: best}}\n";
    assert_complaints(text,
                      "c.yaml:3:27: error: train.stop.restore: needs evaluations on the validation "
                      "set\n"
                      "    3 | train: {steps: 10, stop: {restore: best}}\n"
                      "      |                           ^~~~~~~ add `validation` to "
                      "train.evaluate.on\n");
    memory_free(
        canonical_of(text, (const char *const[]){"train.evaluate.on=[validation, test]", NULL}));
}

/* Early stopping and its like wait for evaluations; where they are said is where the error is. */
static void test_evaluations_that_never_come(void **state)
{
    (void)state;
    assert_complaints("data: {set: mnist, validation: {count: 9}}\nmodel: {cell: lstm}\n"
                      "train:\n  epochs: 3\n  stop: {patience: 2}\n"
                      "  evaluate: {every: 4, unit: epochs, on: [validation]}\n",
                      "c.yaml:6:14: error: train.evaluate.every: no evaluation comes within the 3 "
                      "epochs of the run, and train.stop.patience waits for one\n"
                      "    6 |   evaluate: {every: 4, unit: epochs, on: [validation]}\n"
                      "      |              ^~~~~ evaluate at least once in 3 epochs\n");
    assert_complaints("data: {set: mnist, validation: {count: 9}}\nmodel: {cell: lstm}\n"
                      "train:\n  steps: 30\n  stop: {restore: best}\n"
                      "  evaluate: {every: 40, on: [validation]}\n",
                      "c.yaml:6:14: error: train.evaluate.every: no evaluation comes within the 30 "
                      "steps of the run, and train.stop.restore waits for one\n"
                      "    6 |   evaluate: {every: 40, on: [validation]}\n"
                      "      |              ^~~~~ evaluate at least once in 30 steps\n");
}

/* A wrong value is reported once, and no rule about it follows. */
static void test_no_echo(void **state)
{
    (void)state;
    assert_complaints("data: {set: mnist, validation: {count: x}}\nmodel: {cell: lstm}\n"
                      "train: {steps: y, evaluate: {on: [validation], limit: z, take: next}}\n",
                      "c.yaml:1:40: error: data.validation.count: expected an integer, found `x`\n"
                      "    1 | data: {set: mnist, validation: {count: x}}\n"
                      "      |                                        ^\n"
                      "c.yaml:3:16: error: train.steps: expected an integer or none, found `y`\n"
                      "    3 | train: {steps: y, evaluate: {on: [validation], limit: z, take: "
                      "next}}\n"
                      "      |                ^\n"
                      "c.yaml:3:55: error: train.evaluate.limit: expected an integer or none, "
                      "found `z`\n"
                      "    3 | train: {steps: y, evaluate: {on: [validation], limit: z, take: "
                      "next}}\n"
                      "      |                                                       ^\n");
}

static void test_names(void **state)
{
    (void)state;
    static const char *const good[] = {"name=a", "name=3", "name=R\xC3\xA9seau_1.0+x-y"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        memory_free(canonical_of(SMALL, (const char *const[]){good[i], NULL}));
    char name[200] = "name=";
    memset(name + 5, 'x', 101);
    char *found = complaints_of(SMALL, (const char *const[]){name, NULL});
    assert_non_null(strstr(found, "error: name: longer than 100 bytes\n"));
    memory_free(found);
    name[105] = '\0';
    memory_free(canonical_of(SMALL, (const char *const[]){name, NULL}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_no_length),
        cmocka_unit_test(test_validation_evaluated),
        cmocka_unit_test(test_evaluations_that_never_come),
        cmocka_unit_test(test_no_echo),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
