/* Overlays, dotted keys, the command line and base files. */
#include "config/merge.h"

#include "config/parse.h"
#include "config_modules.h"
#include "temporary.h"

/* TREE as flow text, for comparison. */
static void add_flow(struct text *out, const struct node *node)
{
    if (node->type == NODE_SCALAR) {
        text_add(out, node->text);
        return;
    }
    bool is_mapping = node->type == NODE_MAPPING;
    text_add_char(out, is_mapping ? '{' : '[');
    for (size_t i = 0; i < node->count; i++) {
        text_add(out, i ? ", " : "");
        if (is_mapping)
            text_add_format(out, "%s: ", node->keys[i]);
        add_flow(out, node->items[i]);
    }
    text_add_char(out, is_mapping ? '}' : ']');
}

/* BASE with OVERLAY (dotted keys allowed) over it gives MERGED, and COMPLAINTS. */
static void assert_merged(const char *base_text, const char *overlay_text, const char *merged,
                          const char *complaints)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct node *base = parse_text("b", base_text, strlen(base_text), diagnostics);
    struct node *over = parse_text("o", overlay_text, strlen(overlay_text), diagnostics);
    struct node *unfolded = merge_unfold(over, diagnostics);
    merge_overlay(base, unfolded, config_table, diagnostics);
    struct text found = {0}, out = {0};
    add_flow(&found, base);
    diagnostics_write(diagnostics, &out, false);
    assert_string_equal(text_get(&out), complaints);
    assert_string_equal(text_get(&found), merged);
    text_release(&found);
    text_release(&out);
    node_free(base);
    node_free(over);
    node_free(unfolded);
    diagnostics_free(diagnostics);
}

static void test_overlay(void **state)
{
    (void)state;
    static const struct {
        const char *base, *overlay, *merged;
    } cases[] = {
        {"{seed: 1, train: {batch: 2, steps: 3}}", "{train: {steps: 4, shards: 1}}",
         "{seed: 1, train: {batch: 2, steps: 4, shards: 1}}"},
        {"{train: {evaluate: {on: [test, train]}}}", "{train.evaluate.on: [validation]}",
         "{train: {evaluate: {on: [validation]}}}"},
        {"{train: {evaluate: {on: [test, train]}}}", "{train.evaluate.on: test}",
         "{train: {evaluate: {on: test}}}"},
        {"{train: {evaluate: {on: [test, train]}}}", "{train.evaluate.on.1: validation}",
         "{train: {evaluate: {on: [test, validation]}}}"},
        /* Modules: another name replaces, the same one merges. */
        {"{train: {optimizer: {adam: {rate: 1, epsilon: 2}}}}", "{train.optimizer: sgd}",
         "{train: {optimizer: sgd}}"},
        {"{train: {optimizer: {adam: {rate: 1, epsilon: 2}}}}",
         "{train: {optimizer: {sgd: {rate: 3}}}}", "{train: {optimizer: {sgd: {rate: 3}}}}"},
        {"{train: {optimizer: {adam: {rate: 1, epsilon: 2}}}}", "{train.optimizer.adam.rate: 3}",
         "{train: {optimizer: {adam: {rate: 3, epsilon: 2}}}}"},
        {"{train: {optimizer: {adam: {rate: 1, epsilon: 2}}}}", "{train.optimizer: adam}",
         "{train: {optimizer: {adam: {rate: 1, epsilon: 2}}}}"},
        {"{train: {optimizer: adam}}", "{train.optimizer.adam.rate: 3}",
         "{train: {optimizer: {adam: {rate: 3}}}}"},
        {"{train: {optimizer: {adam: 1}}}", "{train.optimizer.adam.epsilon: 3}",
         "{train: {optimizer: {adam: {rate: 1, epsilon: 3}}}}"},
        {"{train: {optimizer: {adam: {epsilon: 1}}}}", "{train.optimizer.adam: 3}",
         "{train: {optimizer: {adam: {epsilon: 1, rate: 3}}}}"},
        {"{model: {cell: {lstm: {init: {uniform: {limit: 1}}}}}}", "{model.cell.lstm.init: zeros}",
         "{model: {cell: {lstm: {init: zeros}}}}"},
        /* The short form and the stack. */
        {"{model: {cell: lstm, units: 3, init: tf1}}", "{model.stack: [gru]}",
         "{model: {init: tf1, stack: [gru]}}"},
        {"{model: {cell: lstm, units: 3}}", "{model.cell: bigru}",
         "{model: {cell: bigru, units: 3}}"},
        {"{model: {stack: [lstm, {gru: {units: 3}}]}}", "{model.stack.1.gru.units: 4}",
         "{model: {stack: [lstm, {gru: {units: 4}}]}}"},
        {"{model: {stack: [lstm, {gru: {units: 3}}]}}",
         "{model.stack.0.lstm.units: 4, model.stack.1: dense}",
         "{model: {stack: [{lstm: {units: 4}}, dense]}}"},
        {"{seed: 1}", "{train.optimizer.adam.rate: 3, train.optimizer.adam.low: 2}",
         "{seed: 1, train: {optimizer: {adam: {rate: 3, low: 2}}}}"},
        {"{nonsense: {a: 1, b: 2}}", "{nonsense.b: 3}", "{nonsense: {a: 1, b: 3}}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_merged(cases[i].base, cases[i].overlay, cases[i].merged, "");
}

static void test_overlay_errors(void **state)
{
    (void)state;
    assert_merged("{model: {stack: [lstm]}}", "{model.stack.1.lstm.units: 4}",
                  "{model: {stack: [lstm]}}",
                  "o:1:2: error: model.stack.1: the list has no such element\n"
                  "    1 | {model.stack.1.lstm.units: 4}\n"
                  "      |  ^~~~~~~~~~~~~~~~~~~~~~~~ elements count from 0 to 0\n");
    assert_merged("{model: {cell: lstm}}", "{model.stack.0.lstm.units: 4}", "{model: {cell: lstm}}",
                  "o:1:2: error: model.stack: the config has no `stack` whose elements could be "
                  "changed\n"
                  "    1 | {model.stack.0.lstm.units: 4}\n"
                  "      |  ^~~~~~~~~~~~~~~~~~~~~~~~ set the short keys (cell, layers, units, "
                  "...), or write the stack out as `unroll show` prints it\n");
    assert_merged("{model: {stack: [lstm]}}", "{model: {units: 4, init: tf1}}",
                  "{model: {stack: [lstm], init: tf1}}",
                  "o:1:10: error: model.units: short keys cannot change an explicit stack\n"
                  "    1 | {model: {units: 4, init: tf1}}\n"
                  "      |          ^~~~~ the stack is in b:1: change its elements "
                  "(`model.stack.0...`) or give a whole new `stack`\n");
    assert_merged("{seed: 1}", "{model.cell: lstm, model: {cell: gru}}",
                  "{seed: 1, model: {cell: lstm}}",
                  "o:1:28: error: model: this is said twice\n"
                  "    1 | {model.cell: lstm, model: {cell: gru}}\n"
                  "      |                            ^~~~ keep one of them\n");
    assert_merged("{seed: 1}", "{train.optimizer: sgd, train.optimizer.sgd.rate: 1}",
                  "{seed: 1, train: {optimizer: sgd}}",
                  "o:1:24: error: train.optimizer.sgd.rate: this is said twice\n"
                  "    1 | {train.optimizer: sgd, train.optimizer.sgd.rate: 1}\n"
                  "      |                        ^~~~~~~~~~~~~~~~~~~~~~~~ keep one of them\n");
    assert_merged("{seed: 1}", "{a..b: 1}", "{seed: 1}",
                  "o:1:2: error: a..b: a part of the path is empty\n"
                  "    1 | {a..b: 1}\n"
                  "      |  ^~~~ write it like `train.optimizer.adam.rate`\n");
}

static void assert_override_complaint(const char *override, const char *expected)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct text out = {0};
    node_free(merge_override(override, diagnostics));
    diagnostics_write(diagnostics, &out, false);
    assert_string_equal(text_get(&out), expected);
    text_release(&out);
    diagnostics_free(diagnostics);
}

static void test_override(void **state)
{
    (void)state;
    struct diagnostics *diagnostics = diagnostics_new();
    struct node *node = merge_override("a.b={c: [1, x=2]}", diagnostics);
    struct text found = {0};
    add_flow(&found, node);
    assert_string_equal(text_get(&found), "{a: {b: {c: [1, x=2]}}}");
    text_release(&found);
    node_free(node);
    assert_int_equal(diagnostics_count(diagnostics), 0);
    diagnostics_free(diagnostics);
    assert_override_complaint("steps", "command line: steps: error: not of the form "
                                       "key.path=value\n      | write it like train.steps=100\n");
    assert_override_complaint("=1", "command line: =1: error: not of the form key.path=value\n"
                                    "      | write it like train.steps=100\n");
    assert_override_complaint("a=", "command line: a=: error: there is no value\n"
                                    "      | write a value\n");
    assert_override_complaint("a=[1", "command line: a=[1: error: not valid YAML: did not find "
                                      "expected ',' or ']' (while parsing a flow sequence)\n"
                                      "      | look for a missing colon, quote or bracket, or a "
                                      "wrong indentation, here and on the line before\n");
    assert_override_complaint("a.=1", "command line: a.=1: error: a.: a part of the path is empty\n"
                                      "      | write it like `train.optimizer.adam.rate`\n");
}

struct files {
    char folder[64];
};

static int make_files(void **state)
{
    static struct files files;
    *state = &files;
    return temporary_make(files.folder);
}

static int remove_files(void **state)
{
    return temporary_remove(((struct files *)*state)->folder);
}

static char *write_file(const struct files *files, const char *name, const char *text)
{
    return temporary_write(files->folder, name, text, strlen(text), false);
}

/* Loading PATH gives MERGED; "" stands for nothing. */
static void assert_loaded(const char *path, const char *merged, const char *complaints)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct node *tree = merge_load(path, NULL, 0, config_table, diagnostics);
    struct text found = {0}, out = {0};
    if (tree)
        add_flow(&found, tree);
    diagnostics_write(diagnostics, &out, false);
    assert_string_equal(text_get(&out), complaints);
    assert_string_equal(text_get(&found), merged);
    text_release(&found);
    text_release(&out);
    node_free(tree);
    diagnostics_free(diagnostics);
}

static void test_base(void **state)
{
    const struct files *files = *state;
    char *folder = file_join(files->folder, "sub");
    assert_int_equal(file_make_folders(folder, NULL), 0);
    char *a = write_file(files, "a.yaml", "seed: 1\ntrain: {steps: 3}\n");
    char *b = write_file(files, "sub/b.yaml", "base: ../a.yaml\ntrain: {batch: 2}\n");
    char *c = write_file(files, "c.yaml", "train: {steps: 5}\nbase: sub/b.yaml\n");
    assert_loaded(c, "{seed: 1, train: {steps: 5, batch: 2}}", "");
    memory_free(folder);
    memory_free(a);
    memory_free(b);
    memory_free(c);
}

static void test_base_errors(void **state)
{
    const struct files *files = *state;
    char *a = write_file(files, "a.yaml", "base: b.yaml\n");
    char *b = write_file(files, "b.yaml", "base: ./a.yaml\n");
    char *expected = text_format("%s:1:7: error: base: the files go in a circle: %s -> %s -> "
                                 "%s/./a.yaml\n"
                                 "    1 | base: ./a.yaml\n"
                                 "      |       ^~~~~~~~ remove one of these `base`\n",
                                 b, a, b, files->folder);
    assert_loaded(a, "", expected);
    memory_free(expected);
    char *c = write_file(files, "c.yaml", "seed: 1\nbase: nope.yaml\n");
    expected = text_format("%s:2:7: error: base: there is no file %s/nope.yaml\n"
                           "    2 | base: nope.yaml\n"
                           "      |       ^~~~~~~~~ the name is relative to the folder of this "
                           "file\n",
                           c, files->folder);
    assert_loaded(c, "", expected);
    memory_free(expected);
    char *d = write_file(files, "d.yaml", "base: [x]\n");
    expected = text_format("%s:1:7: error: base: expected a file name, found a list\n"
                           "    1 | base: [x]\n"
                           "      |       ^ write it like `base: other.yaml`\n",
                           d);
    assert_loaded(d, "", expected);
    memory_free(expected);
    char *e = write_file(files, "e.yaml", "- 1\n");
    expected = text_format("%s:1:1: error: expected keys with values, found a list\n"
                           "    1 | - 1\n"
                           "      | ^ write it like `data: {set: mnist}`\n",
                           e);
    assert_loaded(e, "", expected);
    memory_free(expected);
    memory_free(a);
    memory_free(b);
    memory_free(c);
    memory_free(d);
    memory_free(e);
}

/* Sixteen files on each other are allowed, not one more. */
static void test_chain(void **state)
{
    const struct files *files = *state;
    char name[32], text[64];
    for (int i = 0; i < 18; i++) {
        snprintf(name, sizeof name, "chain%d.yaml", i);
        if (i < 17)
            snprintf(text, sizeof text, "base: chain%d.yaml\n", i + 1);
        else
            snprintf(text, sizeof text, "seed: 7\n");
        memory_free(write_file(files, name, text));
    }
    char *first = file_join(files->folder, "chain1.yaml");
    char *second = file_join(files->folder, "chain2.yaml");
    assert_loaded(second, "{seed: 7}", "");
    struct diagnostics *diagnostics = diagnostics_new();
    assert_null(merge_load(first, NULL, 0, config_table, diagnostics));
    struct text out = {0};
    diagnostics_write(diagnostics, &out, false);
    assert_non_null(strstr(text_get(&out), "chain16.yaml:1:7: error: base: a chain of more than 16 "
                                           "files: "));
    text_release(&out);
    diagnostics_free(diagnostics);
    memory_free(first);
    memory_free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overlay),
        cmocka_unit_test(test_overlay_errors),
        cmocka_unit_test(test_override),
        cmocka_unit_test_setup_teardown(test_base, make_files, remove_files),
        cmocka_unit_test_setup_teardown(test_base_errors, make_files, remove_files),
        cmocka_unit_test_setup_teardown(test_chain, make_files, remove_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
