/* The decoder: every kind of value, its errors and its remedies. */
#include "config_modules.h"

#define WITH(train_lines)                                                                          \
    "data: {set: mnist}\nmodel: {cell: lstm}\ntrain:\n  steps: 10\n" train_lines

/* LINE, below `train:` as line 5, is wrong: MESSAGE at COLUMN, with the underline and HINT. */
static void assert_train_error(const char *line, int column, const char *message,
                               const char *underline, const char *hint)
{
    char *text = text_format(WITH("%s\n"), line);
    char *expected =
        text_format("c.yaml:5:%d: error: %s\n"
                    "    5 | %s\n"
                    "      | %*s%s%s%s\n",
                    column, message, line, column - 1, "", underline, *hint ? " " : "", hint);
    assert_complaints(text, expected);
    memory_free(expected);
    memory_free(text);
}

static void test_values(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int column;
        const char *message, *underline, *hint;
    } cases[] = {
        {"  bacth: 3", 3, "train.bacth: unknown key", "^~~~~",
         "did you mean `batch`? keys here: batch, steps, epochs, shards, subnormals, loss, "
         "optimizer, schedule, warmup, clip, weight_decay, evaluate, log, stop, "
         "diagnostics"},
        {"  log.every: 3", 3, "train.log.every: unknown key", "^~~~~~~~~",
         "write nested keys, each on its own level; keys here: batch, steps, epochs, shards, "
         "subnormals, loss, optimizer, schedule, warmup, clip, weight_decay, evaluate, log, stop, "
         "diagnostics"},
        {"  batch: 010", 10, "train.batch: expected an integer, found `010`", "^~~",
         "write 10: with a leading zero others would read it as octal"},
        {"  batch: 3.5", 10, "train.batch: expected an integer, found `3.5`", "^~~",
         "write a whole number in digits"},
        {"  batch: \"32\"", 10, "train.batch: expected an integer, found `\"32\"`", "^~~~",
         "remove the quotes"},
        {"  batch: [3]", 10, "train.batch: expected an integer, found a list", "^",
         "write one value"},
        {"  batch: {a: 3}", 10, "train.batch: expected an integer, found a mapping", "^",
         "write one value"},
        {"  batch:", 9, "train.batch: expected an integer, found no value", "^",
         "write a value, or remove the key"},
        {"  batch: none", 10, "train.batch: expected an integer, found `none`", "^~~~", ""},
        {"  batch: 0", 10, "train.batch: 0 is out of range", "^",
         "allowed: from 1 to 1000000 (examples)"},
        {"  epochs: ~", 11, "train.epochs: expected an integer or none, found `~`", "^",
         "write none"},
        {"  weight_decay: nan", 17, "train.weight_decay: expected a number, found `nan`", "^~~",
         "a number here is finite"},
        {"  weight_decay: -1e-3", 17, "train.weight_decay: -1e-3 is out of range", "^~~~~",
         "allowed: at least 0"},
        {"  clip: {norm: 0}", 16, "train.clip.norm: 0 is out of range", "^", "allowed: above 0"},
        {"  clip: 3", 9, "train.clip: expected keys with values, found `3`", "^",
         "write its keys below it"},
        {"  log: {of: meen}", 13, "train.log.of: expected one of mean, batch, found `meen`", "^~~~",
         "did you mean `mean`?"},
        {"  evaluate: {on: tset}", 18,
         "train.evaluate.on: expected one or a list of train, validation, test, found `tset`",
         "^~~~", "did you mean `test`?"},
        {"  evaluate: {on: []}", 18, "train.evaluate.on: the list is empty", "^",
         "name at least one"},
        {"  diagnostics: []", 16, "train.diagnostics: the list is empty", "^",
         "name at least one, or write none"},
        {"  evaluate: {on: [test, test]}", 25, "train.evaluate.on: the name appears twice", "^~~~",
         "name it once"},
        {"  evaluate: {on: {a: 1}}", 18,
         "train.evaluate.on: expected one or a list of train, validation, test, found a mapping",
         "^", ""},
        {"  optimizer: adm", 14, "train.optimizer: unknown optimizer `adm`", "^~~",
         "did you mean `adam`? names here: adam, sgd"},
        {"  optimizer: {adam: {rate: 1}, sgd: {}}", 14,
         "train.optimizer: expected the name of one module (optimizer), found a mapping with 2 "
         "keys",
         "^", "write the name alone, or {name: {key: value}} with its parameters"},
        {"  optimizer: {}", 14,
         "train.optimizer: expected the name of one module (optimizer), found a mapping with 0 "
         "keys",
         "^", "write the name alone, or {name: {key: value}} with its parameters"},
        {"  optimizer: [adam]", 14,
         "train.optimizer: expected the name of one module (optimizer), found a list", "^",
         "write the name alone, or {name: {key: value}} with its parameters"},
        {"  optimizer: {adam: }", 15, "train.optimizer: nothing is said after `adam:`", "^~~~",
         "for its defaults write `adam` alone"},
        {"  optimizer: {adam: {rate: 0}}", 28, "train.optimizer.adam.rate: 0 is out of range", "^",
         "allowed: above 0"},
        {"  optimizer: {adam: {low: 2}}", 15, "train.optimizer.adam: low must be below high",
         "^~~~", ""},
        {"  schedule: {constant: 3}", 24, "train.schedule: the module has no parameters", "^",
         "write `constant` alone"},
        {"  schedule: {constant: {a: 3}}", 25, "train.schedule.constant.a: unknown key", "^",
         "keys here: none"},
        {"  loss: none", 9, "train.loss: unknown loss `none`", "^~~~",
         "names here: softmax_cross_entropy"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_train_error(cases[i].line, cases[i].column, cases[i].message, cases[i].underline,
                           cases[i].hint);
}

static void test_other_errors(void **state)
{
    (void)state;
    assert_complaints("model: {cell: lstm}\ntrain: {steps: 10}\n",
                      "c.yaml:1:1: error: data.set: is required: the name of a module (dataset)\n"
                      "    1 | model: {cell: lstm}\n"
                      "      | ^ The data set.\n");
    assert_complaints("data: {set: idx}\nmodel: {stack: lstm}\ntrain: {steps: 10}\n",
                      "c.yaml:1:13: error: data.set.idx.path: is required: the name of a file or "
                      "folder\n"
                      "    1 | data: {set: idx}\n"
                      "      |             ^~~ The file.\n"
                      "c.yaml:2:16: error: model.stack: expected a list of modules (layer), found "
                      "`lstm`\n"
                      "    2 | model: {stack: lstm}\n"
                      "      |                ^~~~ write a list: [a, b], or a line `- a` for "
                      "each\n");
    assert_complaints("seed: -1\n" SMALL, "c.yaml:1:7: error: seed: -1 is out of range\n"
                                          "    1 | seed: -1\n"
                                          "      |       ^~ allowed: at least 0\n");
    assert_complaints("seed: 9223372036854775808\n" SMALL,
                      "c.yaml:1:7: error: seed: expected an integer, found "
                      "`9223372036854775808`\n"
                      "    1 | seed: 9223372036854775808\n"
                      "      |       ^~~~~~~~~~~~~~~~~~~ whole numbers go from "
                      "-9223372036854775808 to 9223372036854775807\n");
    assert_complaints("data: {set: {idx: {path: x, title: \"a\\x1bb\"}}, drop_last: no}\n"
                      "model: {cell: lstm}\ntrain: {steps: 10}\n",
                      "c.yaml:1:36: error: data.set.idx.title: holds a control character\n"
                      "    1 | data: {set: {idx: {path: x, title: \"a\\x1bb\"}}, drop_last: no}\n"
                      "      |                                    ^~~~~~~~ write plain text on "
                      "one line\n"
                      "c.yaml:1:59: error: data.drop_last: expected true or false, found `no`\n"
                      "    1 | data: {set: {idx: {path: x, title: \"a\\x1bb\"}}, drop_last: no}\n"
                      "      |                                                           ^~ write "
                      "false: only `true` and `false` are booleans here\n");
}

/* The values in C, for one config that says much. */
static void test_typed(void **state)
{
    (void)state;
    struct diagnostics *diagnostics = diagnostics_new();
    struct config config;
    int result =
        LOAD(&config, diagnostics,
             "seed: 9223372036854775807\n"
             "data: {set: {idx: {path: ../x.idx, title: \"none\"}}, validation: {count: 5}}\n"
             "model:\n  init: pytorch\n"
             "  stack: [{lstm: 3}, {bidirectional: {of: {gru: {units: 4, init: zeros}}}}]\n"
             "train: {epochs: 3, weight_decay: .5, evaluate: {on: [test, train], every: 2, "
             "unit: epochs}, clip: {norm: none}, optimizer: {sgd: {rate: 0.1}}}\n",
             "train.batch=7");
    diagnostics_print(diagnostics);
    assert_int_equal(result, 0);
    diagnostics_free(diagnostics);
    assert_string_equal(config.name, "c");
    assert_int_equal(config.seed, INT64_MAX);
    const struct idx_params *idx = config.data.set.params;
    assert_ptr_equal(config.data.set.module, &dataset_idx.module);
    assert_int_equal(idx->path[0], '/');
    assert_non_null(strstr(idx->path, "/../x.idx"));
    assert_string_equal(idx->title, "none");
    assert_int_equal(config.data.validation.count, 5);
    assert_int_equal(config.model.init, INIT_PYTORCH);
    assert_int_equal(config.model.stack.count, 2);
    const struct cell_params *cell = config.model.stack.items[0].params;
    assert_int_equal(cell->units, 3);
    assert_ptr_equal(cell->init.module, &initializer_uniform.module);
    assert_true(((const struct limit_params *)cell->init.params)->limit == 0.5);
    const struct both_params *both = config.model.stack.items[1].params;
    cell = both->of.params;
    assert_int_equal(cell->units, 4);
    assert_ptr_equal(cell->init.module, &initializer_zeros.module);
    assert_ptr_equal(config.model.head.module, &layer_dense.module);
    assert_int_equal(config.train.batch, 7);
    assert_int_equal(config.train.steps, 0);
    assert_int_equal(config.train.epochs, 3);
    assert_true(config.train.weight_decay == 0.5);
    assert_true(config.train.clip.norm == 0);
    assert_int_equal(config.train.evaluate.every, 2);
    assert_int_equal(config.train.evaluate.unit, UNIT_EPOCHS);
    assert_int_equal(config.train.evaluate.on, 1 << SPLIT_TEST | 1 << SPLIT_TRAIN);
    assert_ptr_equal(config.train.optimizer.module, &optimizer_sgd.module);
    config_release(&config);
}

/* The rule of the evaluation's interval. */
static void test_interval(void **state)
{
    (void)state;
    static const struct {
        const char *override;
        int64_t every;
        int unit;
    } cases[] = {{"train.evaluate.on=test", 1, UNIT_EPOCHS},
                 {"train.evaluate.every=none", 1, UNIT_EPOCHS},
                 {"train.evaluate.every=500", 500, UNIT_STEPS},
                 {"train.evaluate={every: 1, unit: epochs}", 1, UNIT_EPOCHS},
                 {"train.evaluate={every: 2, unit: epochs}", 2, UNIT_EPOCHS}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diagnostics *diagnostics = diagnostics_new();
        struct config config;
        assert_int_equal(LOAD(&config, diagnostics, SMALL, cases[i].override), 0);
        assert_int_equal(config.train.evaluate.every, cases[i].every);
        assert_int_equal(config.train.evaluate.unit, cases[i].unit);
        config_release(&config);
        diagnostics_free(diagnostics);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_other_errors),
        cmocka_unit_test(test_typed),
        cmocka_unit_test(test_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
