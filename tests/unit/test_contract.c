/* From the stack back to the short form. */
#include "config_modules.h"

#include "config/contract.h"
#include "config/parse.h"

/* A model in the form that a resolved config has, and what it was loaded from. */
struct loaded {
    struct diagnostics *diagnostics;
    struct config config;
    struct node *tree;  /* of the resolved config */
    struct node *model; /* in it */
};

/* Loads MODEL, in flow form, as the model of a small config. */
static struct loaded load(const char *model)
{
    struct loaded loaded = {.diagnostics = diagnostics_new()};
    char *text = text_format("data: {set: mnist}\ntrain: {steps: 1}\nmodel: %s\n", model);
    if (LOAD(&loaded.config, loaded.diagnostics, text, NULL) != 0)
        diagnostics_print(loaded.diagnostics);
    assert_int_equal(diagnostics_count(loaded.diagnostics), 0);
    const char *yaml = loaded.config.yaml;
    loaded.tree = parse_text("resolved", yaml, strlen(yaml), loaded.diagnostics);
    assert_non_null(loaded.tree);
    loaded.model = node_get(loaded.tree, "model");
    memory_free(text);
    return loaded;
}

static void release(struct loaded *loaded)
{
    node_free(loaded->tree);
    config_release(&loaded->config);
    diagnostics_free(loaded->diagnostics);
}

/* NODE in flow form. */
static void add_flow(struct text *out, const struct node *node)
{
    if (node->type == NODE_SCALAR) {
        text_add(out, node->text);
        return;
    }
    text_add_char(out, '{');
    for (size_t i = 0; i < node->count; i++) {
        text_add_format(out, "%s%s: ", i ? ", " : "", node->keys[i]);
        add_flow(out, node->items[i]);
    }
    text_add_char(out, '}');
}

/* The short form BRIEF of the loaded model in the place of its stack means the same. */
static void assert_means_the_same(struct loaded *loaded, const struct node *brief)
{
    struct config config;
    struct node *model = loaded->model;
    node_free(node_take(model, (size_t)node_find(model, "stack")));
    for (size_t i = 0; i < brief->count; i++)
        node_add(model, brief->keys[i], &brief->key_marks[i], node_copy(brief->items[i]));
    const struct config_source source = {.path = "resolved", .tree = loaded->tree};
    if (config_load_from(&config, &source, loaded->diagnostics) != 0)
        diagnostics_print(loaded->diagnostics);
    assert_int_equal(diagnostics_count(loaded->diagnostics), 0);
    assert_string_equal(config.canonical, loaded->config.canonical);
    config_release(&config);
}

#define CELL "forget_bias: 0, init: zeros, peephole: false"

static void test_short_forms(void **state)
{
    (void)state;
    static const struct {
        const char *model, *brief;
    } cases[] = {
        {"{cell: lstm}",
         "{cell: {lstm: {" CELL "}}, layers: 1, units: 128, dropout: 0, readout: last}"},
        {"{cell: {lstm: {units: 7, forget_bias: 1e0, peephole: true}}, readout: max}",
         "{cell: {lstm: {forget_bias: 1, init: zeros, peephole: true}}, layers: 1, units: 7, "
         "dropout: 0, readout: max}"},
        {"{cell: gru, layers: 2, dropout: .50}",
         "{cell: {gru: {" CELL "}}, layers: 2, units: 128, dropout: 0.5, dropout_at: every, "
         "readout: last}"},
        {"{cell: gru, layers: 3, dropout: 0.5, dropout_at: between}",
         "{cell: {gru: {" CELL "}}, layers: 3, units: 128, dropout: 0.5, dropout_at: between, "
         "readout: last}"},
        {"{cell: gru, layers: 1, dropout: 0.5, dropout_at: every}",
         "{cell: {gru: {" CELL "}}, layers: 1, units: 128, dropout: 0.5, dropout_at: every, "
         "readout: last}"},
        /* No dropout is left of this one. */
        {"{cell: gru, dropout: 0.5, dropout_at: between}",
         "{cell: {gru: {" CELL "}}, layers: 1, units: 128, dropout: 0, readout: last}"},
        {"{cell: {bilstm: {peephole: true}}, units: 7, layers: 100, readout: mean}",
         "{cell: {bilstm: {forget_bias: 0, init: zeros, peephole: true}}, layers: 100, units: 7, "
         "dropout: 0, readout: mean}"},
        {"{cell: {bidirectional: {of: gru, merge: sum}}, units: 7}",
         "{cell: {bidirectional: {of: {gru: {" CELL "}}, merge: sum}}, layers: 1, units: 7, "
         "dropout: 0, readout: last}"},
        {"{cell: {bidirectional: gru}, units: 7}",
         "{cell: {bigru: {" CELL "}}, layers: 1, units: 7, dropout: 0, readout: last}"},
        {"{cell: lstm, init: pytorch}",
         "{cell: {lstm: {forget_bias: 0, init: {uniform: {limit: 0.5}}, peephole: false}}, "
         "layers: 1, units: 128, dropout: 0, readout: last}"},
        {"{cell: lstm, init: tf1, head: dense}",
         "{cell: {lstm: {forget_bias: 1, init: zeros, peephole: false}}, layers: 1, units: 128, "
         "dropout: 0, readout: last}"},
        /* Written out, but of the same shape. */
        {"{stack: [lstm: 7, dropout: 0.25, lstm: 7, readout]}",
         "{cell: {lstm: {" CELL "}}, layers: 2, units: 7, dropout: 0.25, dropout_at: between, "
         "readout: last}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct loaded loaded = load(cases[i].model);
        struct node *brief = contract_model(loaded.model);
        struct text text = {0};
        assert_non_null(brief);
        add_flow(&text, brief);
        assert_string_equal(text_get(&text), cases[i].brief);
        assert_means_the_same(&loaded, brief);
        text_release(&text);
        node_free(brief);
        release(&loaded);
    }
}

static void test_other_shapes(void **state)
{
    (void)state;
    static const char *const models[] = {
        "{stack: [lstm: 7]}",
        "{stack: [readout]}",
        "{stack: [lstm: 7, readout, readout]}",
        "{stack: [lstm: 7, gru: 7, readout]}",
        "{stack: [lstm: 7, lstm: 8, readout]}",
        "{stack: [lstm: 7, lstm: {units: 7, peephole: true}, readout]}",
        "{stack: [dropout: 0.5, lstm: 7, readout]}",
        "{stack: [lstm: 7, dropout: 0, readout]}",
        "{stack: [lstm: 7, dropout: 0.5, dropout: 0.5, readout]}",
        "{stack: [lstm: 7, dropout: 0.5, lstm: 7, dropout: 0.25, readout]}",
        "{stack: [lstm: 7, lstm: 7, dropout: 0.5, readout]}",
        "{stack: [lstm: 7, lstm: 7, dropout: 0.5, lstm: 7, dropout: 0.5, readout]}",
        "{stack: [lstm: 7, dense, readout]}",
        "{stack: [dense, readout]}",
        "{stack: [lstm: 7, readout: all]}",
        "{stack: [bidirectional: {of: dense}, readout]}",
    };
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        struct loaded loaded = load(models[i]);
        struct node *brief = contract_model(loaded.model);
        if (brief)
            fail_msg("%s has a short form", models[i]);
        release(&loaded);
    }
}

/* What no load has looked at, such as configs of other versions and of plugins that are gone. */
static void test_raw_trees(void **state)
{
    (void)state;
    static const struct {
        const char *model, *brief;
    } cases[] = {
        {"{stack: [{wave: {units: 3, swell: 1}}, {readout: {of: last}}]}",
         "{cell: {wave: {swell: 1}}, layers: 1, units: 3, dropout: 0, readout: last}"},
        {"{stack: [{bidirectional: {of: {wave: {units: 3}}, merge: concat}}, "
         "{readout: {of: last}}]}",
         "{cell: {bidirectional: {of: {wave: {}}, merge: concat}}, layers: 1, units: 3, "
         "dropout: 0, readout: last}"},
        {"{stack: [{wave: {swell: 1}}, {readout: {of: last}}]}", NULL},
        {"{stack: [{readout: {units: 3}}, {readout: {of: last}}]}", NULL},
        {"{stack: [{lstm: {of: {gru: {units: 3}}}}, {readout: {of: last}}]}", NULL},
        {"{stack: [{lstm: {units: [3]}}, {readout: {of: last}}]}", NULL},
        {"{stack: [{lstm: {units: x}}, {readout: {of: last}}]}", NULL},
        {"{stack: [{lstm: {units: 3}, gru: {units: 3}}, {readout: {of: last}}]}", NULL},
        {"{stack: [{lstm: {units: 3}}, {readout: {of: last, more: 1}}]}", NULL},
        {"{stack: [{lstm: {units: 3}}, {dropout: {rate: 0.5, kind: x}}, {readout: {of: last}}]}",
         NULL},
        {"{stack: [[], {}, x]}", NULL},
        {"{stack: []}", NULL},
        {"{stack: lstm}", NULL},
        {"{}", NULL},
        {"x", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diagnostics *diagnostics = diagnostics_new();
        struct node *model = parse_value(cases[i].model, "test", diagnostics);
        struct node *brief = contract_model(model);
        struct text text = {0};
        assert_int_equal(diagnostics_count(diagnostics), 0);
        if ((brief != NULL) != (cases[i].brief != NULL))
            fail_msg("%s: %s short form", cases[i].model, brief ? "a" : "no");
        if (brief)
            add_flow(&text, brief);
        assert_string_equal(text_get(&text), cases[i].brief ? cases[i].brief : "");
        text_release(&text);
        node_free(brief);
        node_free(model);
        diagnostics_free(diagnostics);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_forms),
        cmocka_unit_test(test_other_shapes),
        cmocka_unit_test(test_raw_trees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
