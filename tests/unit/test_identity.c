/* The run key: what belongs to it, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "module/optimizer.h"
#include "train/identity.h"
#include "unit/config_text.h"

#include <string.h>

static const char base[] = "data: {set: digits}\n"
                           "model: {cell: lstm, units: 8}\n"
                           "train: {steps: 10, optimizer: {sgd: {rate: 0.1}}}\n";

static void key_of(const char *text, const char *name, const char *override, const char *digest,
                   char key[HASH_TEXT_SIZE])
{
    struct config config = {0};
    struct diagnostics *diagnostics = diagnostics_new();
    struct config_source source = {
        .path = name, .text = text, .overrides = &override, .override_count = override != NULL};
    if (config_load_from(&config, &source, diagnostics)) {
        diagnostics_print(diagnostics);
        fail_msg("%s", override);
    }
    identity_key(&config, digest, key);
    config_release(&config);
    diagnostics_free(diagnostics);
}

static void test_same_key(void **state)
{
    (void)state;
    static const char *const same[] = {
        "data: {set: {digits: {}}}\n# a comment\nmodel: {units: 8, cell: lstm}\n"
        "train: {optimizer: {sgd: {rate: 1e-1}}, steps: 10}\n",
        "name: other\ndata: {set: digits}\nmodel: {cell: lstm, units: 8, layers: 1}\n"
        "train: {steps: 10, optimizer: {sgd: {rate: 0.10}}}\nseed: 1\n",
        "data: {set: digits}\nmodel: {stack: [{lstm: {units: 8}}, {readout: last}]}\n"
        "train: {steps: 10, optimizer: {sgd: {rate: 0.1}}}\n"};
    char expected[HASH_TEXT_SIZE], key[HASH_TEXT_SIZE];
    key_of(base, "a.yaml", NULL, "digest", expected);
    assert_int_equal(strlen(expected), HASH_TEXT_SIZE - 1);
    key_of(base, "/elsewhere/b.yaml", "name=c", "digest", key);
    assert_string_equal(key, expected);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        key_of(same[i], "a.yaml", NULL, "digest", key);
        assert_string_equal(key, expected);
    }
}

/* Where the data lie says nothing about what they are: their digest does. */
static void test_paths(void **state)
{
    (void)state;
    static const char text[] = "data: {set: {idx: {train_images: %s, train_labels: b, "
                               "test_images: c, test_labels: d}}}\n"
                               "model: {cell: lstm, units: 8}\ntrain: {steps: 10}\n";
    char keys[3][HASH_TEXT_SIZE];
    static const char *const paths[] = {"a", "/elsewhere/a.gz", "a"};
    for (int i = 0; i < 3; i++) {
        char *config = text_format(text, paths[i]);
        key_of(config, i ? "/tmp/x.yaml" : "a.yaml", NULL, i < 2 ? "digest" : "other", keys[i]);
        memory_free(config);
    }
    assert_string_equal(keys[0], keys[1]);
    assert_string_not_equal(keys[0], keys[2]);
}

static void test_other_key(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "seed=2",
        "data.sequence=columns",
        "data.scale=none",
        "data.order=tf",
        "data.train.limit=100",
        "data.validation.count=10",
        "model.units=9",
        "model.layers=2",
        "model.cell=gru",
        "model.dropout=0.1",
        "model.init=tf1",
        "model.cell.lstm.forget_bias=0.5",
        "train.steps=11",
        "train.batch=127",
        "train.shards=2",
        "train.loss=double_softmax",
        "train.optimizer.sgd.rate=0.2",
        "train.optimizer.sgd.momentum=0.1",
        "train.schedule=cosine",
        "train.warmup.steps=3",
        "train.clip.norm=1",
        "train.weight_decay=0.1",
        "train.evaluate.every=3",
        "train.evaluate.on=train",
        "train.log.every=1",
        "train.log.of=batch",
    };
    enum { COUNT = sizeof changes / sizeof changes[0] };
    char keys[COUNT + 2][HASH_TEXT_SIZE];
    key_of(base, "a.yaml", NULL, "digest", keys[COUNT]);
    key_of(base, "a.yaml", NULL, "digesu", keys[COUNT + 1]);
    for (int i = 0; i < COUNT; i++)
        key_of(base, "a.yaml", changes[i], "digest", keys[i]);
    for (int i = 0; i < COUNT + 2; i++)
        for (int j = 0; j < i; j++)
            if (text_equal(keys[i], keys[j]))
                fail_msg("%s and %s give the same key", i < COUNT ? changes[i] : "the data",
                         changes[j]);
}

/* The same config with a newer sgd. */
static void test_module_version(void **state)
{
    (void)state;
    struct config config = {0};
    char before[HASH_TEXT_SIZE], after[HASH_TEXT_SIZE];
    assert_int_equal(config_from_text(&config, base), 0);
    identity_key(&config, "digest", before);
    const struct module *module = config.train.optimizer.module;
    struct optimizer newer = *(const struct optimizer *)module;
    newer.module.version++;
    config.train.optimizer.module = &newer.module;
    identity_key(&config, "digest", after);
    assert_string_not_equal(before, after);
    newer.module.version--;
    identity_key(&config, "digest", after);
    assert_string_equal(before, after);
    config.train.optimizer.module = module;
    config_release(&config);
}

static void test_version_within_a_list(void **state)
{
    (void)state;
    struct config config = {0};
    char before[HASH_TEXT_SIZE], after[HASH_TEXT_SIZE];
    assert_int_equal(config_from_text(&config, "data: {set: digits}\nmodel: {cell: bigru, units: "
                                               "4}\ntrain: {steps: 1}\n"),
                     0);
    identity_key(&config, "digest", before);
    /* A bidirectional layer around a GRU: the module within the module. */
    struct module_choice *outer = &config.model.stack.items[0];
    const struct param *of = param_find(outer->module->params, "of");
    struct module_choice *inner = (void *)((char *)outer->params + of->offset);
    assert_string_equal(inner->module->name, "gru");
    const struct module *module = inner->module;
    struct module newer = *module;
    newer.version++;
    inner->module = &newer;
    identity_key(&config, "digest", after);
    assert_string_not_equal(before, after);
    inner->module = module;
    config_release(&config);
}

/* Built-in modules are no plugins. */
static void test_no_plugins(void **state)
{
    (void)state;
    struct config config = {0};
    struct text plugins = {0};
    assert_int_equal(config_from_text(&config, base), 0);
    identity_plugins(&config, &plugins);
    assert_string_equal(text_get(&plugins), "");
    text_release(&plugins);
    config_release(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_key),       cmocka_unit_test(test_other_key),
        cmocka_unit_test(test_module_version), cmocka_unit_test(test_version_within_a_list),
        cmocka_unit_test(test_no_plugins),     cmocka_unit_test(test_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
