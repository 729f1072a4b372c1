/* Loading as a whole: what is the same run, where values come from, and reading back. */
#include "config_modules.h"
#include "temporary.h"

static const char *const full = "# a comment\n"
                                "name: full\n"
                                "seed: 3\n"
                                "data:\n"
                                "  set: {idx: {path: a/b.idx, title: \"no: 1 # \\\"x\\\"\"}}\n"
                                "  sequence: permuted\n"
                                "  permutation: 5\n"
                                "  validation: {count: 10, from: random}\n"
                                "model:\n"
                                "  init: tf1\n"
                                "  cell: {bilstm: {init: {uniform: 0.25}}}\n"
                                "  layers: 2\n"
                                "  units: 12\n"
                                "  dropout: 0.1\n"
                                "train:\n"
                                "  batch: 16\n"
                                "  epochs: 2\n"
                                "  optimizer: {adam: {rate: 1e-3}}\n"
                                "  evaluate: {on: [validation, test], limit: 7, take: next}\n"
                                "  clip: {norm: 5}\n"
                                "  stop: {restore: best, patience: 3}\n";

static void assert_same(const char *a, const char *b, bool same)
{
    char *left = canonical_of(a, NO_OVERRIDES), *right = canonical_of(b, NO_OVERRIDES);
    if (same)
        assert_string_equal(left, right);
    else
        assert_string_not_equal(left, right);
    memory_free(left);
    memory_free(right);
}

static void test_canonical(void **state)
{
    (void)state;
    static const char *const base =
        "data: {set: mnist}\nmodel: {cell: lstm}\ntrain: {steps: 10, optimizer: {adam: {rate: "
        "1e-3}}}\n";
    static const char *const same[] = {
        "# comment\ntrain:\n  optimizer:\n    adam:\n      rate: 0.001\n  steps: 10\n"
        "model:\n  cell: lstm\n\ndata:\n  set: mnist\n",
        "name: other\ndata: {set: {mnist: {}}}\nmodel: {cell: {lstm: {}}, units: 128}\n"
        "train: {steps: 10, evaluate: {batch: 500}}\n",
        "seed: 1\ndata: {set: mnist, sequence: rows}\nmodel: {stack: [lstm, readout], head: dense, "
        "init: keras}\ntrain: {steps: +10, epochs: none, optimizer: {adam: {rate: 10.0e-4, "
        "epsilon: 1e-7}}, evaluate: {on: [test], every: 1, unit: epochs}}\n",
    };
    static const char *const other[] = {
        "seed: 2\ndata: {set: mnist}\nmodel: {cell: lstm}\ntrain: {steps: 10}\n",
        "data: {set: mnist}\nmodel: {cell: gru}\ntrain: {steps: 10}\n",
        "data: {set: mnist}\nmodel: {cell: lstm}\ntrain: {steps: 11}\n",
        "data: {set: mnist}\nmodel: {cell: lstm, init: tf1}\ntrain: {steps: 10}\n",
        "data: {set: mnist}\nmodel: {cell: lstm}\ntrain: {steps: 10, optimizer: sgd}\n",
        "data: {set: mnist}\nmodel: {cell: lstm}\ntrain: {steps: 10, evaluate: {on: [test, "
        "train]}}\n",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_same(base, same[i], true);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        assert_same(base, other[i], false);
}

/* What came later leaves the keys of those who do not use it as they were. */
static void test_diagnostics_in_the_canonical_text(void **state)
{
    (void)state;
    static const char plain[] = "data: {set: mnist}\nmodel: {cell: lstm}\ntrain: {steps: 10%s}\n";
    static const char *const same[] = {", diagnostics: gradient_flow",
                                       ", diagnostics: [gradient_flow]"};
    char *without = text_format(plain, ""), *none = text_format(plain, ", diagnostics: none");
    char *canonical = canonical_of(without, NO_OVERRIDES);
    assert_null(strstr(canonical, "diagnostics"));
    assert_same(without, none, true);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        char *with = text_format(plain, same[i]), *found = canonical_of(with, NO_OVERRIDES);
        char *expected = text_format("%strain.diagnostics: [gradient_flow]\n", canonical);
        assert_string_equal(found, expected);
        memory_free(expected);
        memory_free(found);
        memory_free(with);
    }
    memory_free(canonical);
    memory_free(none);
    memory_free(without);
}

static void test_canonical_text(void **state)
{
    (void)state;
    char *found = canonical_of(SMALL, NO_OVERRIDES);
    assert_string_equal(found, "seed: 1\n"
                               "data.set: mnist version 1\n"
                               "data.sequence: rows\n"
                               "data.permutation: 1\n"
                               "data.scale: unit\n"
                               "data.order: shuffle\n"
                               "data.drop_last: false\n"
                               "data.train.limit: none\n"
                               "data.validation.count: 0\n"
                               "data.validation.from: first\n"
                               "model.init: keras\n"
                               "model.stack.0: lstm version 1\n"
                               "model.stack.0.lstm.units: 128\n"
                               "model.stack.0.lstm.forget_bias: 0\n"
                               "model.stack.0.lstm.init: zeros version 1\n"
                               "model.stack.0.lstm.peephole: false\n"
                               "model.stack.1: readout version 1\n"
                               "model.stack.1.readout.of: last\n"
                               "model.head: dense version 1\n"
                               "train.batch: 128\n"
                               "train.steps: 10\n"
                               "train.epochs: none\n"
                               "train.shards: 1\n"
                               "train.loss: softmax_cross_entropy version 1\n"
                               "train.optimizer: adam version 1\n"
                               "train.optimizer.adam.rate: 0.001\n"
                               "train.optimizer.adam.epsilon: 1e-07\n"
                               "train.optimizer.adam.low: 0\n"
                               "train.optimizer.adam.high: 1\n"
                               "train.schedule: constant version 1\n"
                               "train.warmup.steps: 0\n"
                               "train.warmup.from: 0\n"
                               "train.clip.norm: none\n"
                               "train.clip.value: none\n"
                               "train.weight_decay: 0\n"
                               "train.evaluate.every: 1\n"
                               "train.evaluate.unit: epochs\n"
                               "train.evaluate.first: none\n"
                               "train.evaluate.on: [test]\n"
                               "train.evaluate.limit: none\n"
                               "train.evaluate.take: first\n"
                               "train.evaluate.batch: 500\n"
                               "train.log.every: 100\n"
                               "train.log.of: mean\n"
                               "train.stop.metric: validation.loss\n"
                               "train.stop.patience: none\n"
                               "train.stop.min_delta: 0\n"
                               "train.stop.restore: last\n");
    memory_free(found);
}

/* The resolved text loads to itself, with and without the comments about origins. */
static void test_round_trip(void **state)
{
    (void)state;
    static const char *const texts[] = {SMALL, "data: {set: mnist}\nmodel: {stack: [{lstm: {init: "
                                               "{uniform: 1e-30}}}]}\ntrain: {epochs: 1}\n"};
    for (size_t i = 0; i < 3; i++) {
        struct diagnostics *diagnostics = diagnostics_new();
        struct config config, again;
        assert_int_equal(LOAD(&config, diagnostics, i < 2 ? texts[i] : full, NULL), 0);
        assert_int_equal(LOAD(&again, diagnostics, config.yaml, NULL), 0);
        assert_string_equal(again.yaml, config.yaml);
        assert_string_equal(again.canonical, config.canonical);
        config_release(&again);
        struct text out = {0};
        config_add_yaml(&out, &config, true);
        assert_int_equal(LOAD(&again, diagnostics, text_get(&out), NULL), 0);
        assert_string_equal(again.yaml, config.yaml);
        if (i == 2)
            assert_string_equal(((struct idx_params *)again.data.set.params)->title,
                                "no: 1 # \"x\"");
        text_release(&out);
        config_release(&again);
        config_release(&config);
        diagnostics_free(diagnostics);
    }
}

static void test_origins(void **state)
{
    (void)state;
    struct diagnostics *diagnostics = diagnostics_new();
    struct config config;
    assert_int_equal(LOAD(&config, diagnostics, full, "train.batch=8"), 0);
    diagnostics_free(diagnostics); /* the config must not need it */
    static const char *const expected[][3] = {
        {"name", "full", "c.yaml:2"},
        {"data.permutation", "5", "c.yaml:7"},
        {"data.scale", "unit", "default"},
        {"model.init", "tf1", "c.yaml:10"},
        {"model.stack.0.bidirectional.of.lstm.units", "12", "c.yaml:13"},
        {"model.stack.0.bidirectional.of.lstm.forget_bias", "1", "init tf1"},
        {"model.stack.0.bidirectional.of.lstm.init.uniform.limit", "0.25", "c.yaml:11"},
        {"model.stack.3.dropout.rate", "0.1", "c.yaml:14"},
        {"model.stack.4.readout.of", "last", "default"},
        {"train.batch", "8", "command line"},
        {"train.optimizer", "adam", "c.yaml:18"},
        {"train.optimizer.adam.rate", "0.001", "c.yaml:18"},
        {"train.evaluate.unit", "epochs", "default"},
        {"train.stop.patience", "3", "c.yaml:21"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const struct resolved *leaf = resolved_find(config.resolved, expected[i][0]);
        assert_non_null(leaf);
        assert_string_equal(leaf->text, expected[i][1]);
        assert_string_equal(leaf->origin, expected[i][2]);
    }
    assert_null(resolved_find(config.resolved, "model.stack.5"));
    assert_null(resolved_find(config.resolved, "train.optimizer.sgd.rate"));
    assert_false(resolved_find(config.resolved, "name")->in_key);
    assert_false(resolved_find(config.resolved, "data.set.idx.path")->in_key);
    assert_true(resolved_find(config.resolved, "data.set.idx.title")->in_key);
    assert_null(strstr(config.canonical, "b.idx"));
    config_release(&config);
}

/* File, then overlays, then the command line; paths are relative to the file that says them. */
static void test_layers_of_files(void **state)
{
    (void)state;
    char folder[64];
    assert_int_equal(temporary_make(folder), 0);
    char *sub = file_join(folder, "sub");
    assert_int_equal(file_make_folders(sub, NULL), 0);
    const char *base_text = "data: {set: {idx: {path: data.idx}}}\nmodel: {cell: lstm}\n"
                            "train: {steps: 1, batch: 1, shards: 1}\n";
    const char *text = "base: sub/base.yaml\ntrain: {steps: 2, batch: 2}\n";
    char *base = temporary_write(folder, "sub/base.yaml", base_text, strlen(base_text), false);
    char *path = temporary_write(folder, "my run.v2.yaml", text, strlen(text), false);
    struct diagnostics *diagnostics = diagnostics_new();
    struct mark mark = {.file = "experiment"};
    struct node *overlay = node_new(NODE_MAPPING, &mark);
    node_add(overlay, "train.steps", &mark, node_new_scalar("3", &mark));
    node_add(overlay, "train.batch", &mark, node_new_scalar("30", &mark));
    const char *const overrides[] = {"train.steps=4", "train.steps=5"};
    const struct node *const overlays[] = {overlay};
    const struct config_source source = {.path = path,
                                         .overlays = overlays,
                                         .overlay_count = 1,
                                         .overrides = overrides,
                                         .override_count = 2};
    struct config config;
    assert_int_equal(config_load_from(&config, &source, diagnostics), 0);
    node_free(overlay);
    diagnostics_free(diagnostics);
    assert_string_equal(config.name, "my_run.v2");
    assert_int_equal(config.train.steps, 5);
    assert_int_equal(config.train.batch, 30);
    assert_string_equal(resolved_find(config.resolved, "train.batch")->origin, "experiment");
    char *expected = text_format("%s/sub/data.idx", folder);
    assert_string_equal(((struct idx_params *)config.data.set.params)->path, expected);
    memory_free(expected);
    expected = text_format("%s:3", base);
    assert_string_equal(resolved_find(config.resolved, "train.shards")->origin, expected);
    memory_free(expected);
    config_release(&config);
    memory_free(base);
    memory_free(path);
    memory_free(sub);
    temporary_remove(folder);
}

/* An overlay's mistakes fail each load that uses it, though they are printed once. */
static void test_shared_diagnostics(void **state)
{
    (void)state;
    struct diagnostics *diagnostics = diagnostics_new();
    for (int i = 0; i < 3; i++) {
        struct config config;
        assert_int_equal(LOAD(&config, diagnostics, SMALL, "train.bach=1"), -1);
        assert_null(config.yaml);
        config_release(&config);
    }
    assert_int_equal(diagnostics_count(diagnostics), 1);
    diagnostics_free(diagnostics);
}

static void test_base_elsewhere(void **state)
{
    (void)state;
    char *found = complaints_of(SMALL, (const char *const[]){"base=x.yaml", NULL});
    assert_string_equal(found, "command line: base=x.yaml: error: base: can be said in a config "
                               "file only\n"
                               "      | name the other file instead of this one, or write "
                               "`base:` into it\n");
    memory_free(found);
}

/* Another seed is the config that says it; a tree that was read before is the file. */
static void test_shared_tree(void **state)
{
    (void)state;
    const char *text = "data: {set: mnist}\nmodel: {cell: lstm}\ntrain: {steps: 2}\nseed: 3\n";
    char folder[64];
    assert_int_equal(temporary_make(folder), 0);
    char *path = temporary_write(folder, "shared.yaml", text, strlen(text), false);
    struct diagnostics *diagnostics = diagnostics_new();
    struct node *tree = config_read(path, diagnostics);
    assert_non_null(tree);
    assert_int_equal(unlink(path), 0);
    static const char *const seeds[] = {"seed=3", "seed=9223372036854775807"};
    struct config brief;
    const struct config_source once = {.path = path, .tree = tree, .without_yaml = true};
    assert_int_equal(config_load_from(&brief, &once, diagnostics), 0);
    for (int i = 0; i < 2; i++) {
        struct config whole;
        const struct config_source source = {
            .path = path, .tree = tree, .overrides = &seeds[i], .override_count = 1};
        assert_int_equal(config_load_from(&whole, &source, diagnostics), 0);
        if (i > 0)
            config_set_seed(&brief, INT64_MAX);
        assert_string_equal(brief.canonical, whole.canonical);
        assert_int_equal(brief.seed, whole.seed);
        assert_null(brief.yaml);
        config_set_seed(&whole, 12);
        assert_non_null(strstr(whole.yaml, "seed: 12\n"));
        config_release(&whole);
    }
    config_release(&brief);
    node_free(tree);
    assert_null(config_read(path, diagnostics));
    assert_int_equal(diagnostics_count(diagnostics), 1);
    diagnostics_free(diagnostics);
    memory_free(path);
    assert_int_equal(temporary_remove(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_canonical_text),
        cmocka_unit_test(test_diagnostics_in_the_canonical_text),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_layers_of_files),
        cmocka_unit_test(test_shared_diagnostics),
        cmocka_unit_test(test_base_elsewhere),
        cmocka_unit_test(test_shared_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
