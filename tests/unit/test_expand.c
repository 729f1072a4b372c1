/* The short form of `model`. */
#include "config_modules.h"

#define HEAD "data: {set: mnist}\ntrain: {steps: 1}\n"

/* Both texts must mean the same model. */
static void assert_same(const char *a, const char *b)
{
    char *left = canonical_of(a, NO_OVERRIDES), *right = canonical_of(b, NO_OVERRIDES);
    assert_string_equal(left, right);
    memory_free(left);
    memory_free(right);
}

static void test_forms(void **state)
{
    (void)state;
    static const struct {
        const char *brief, *stack;
    } cases[] = {
        {"{cell: lstm}", "{stack: [{lstm: {units: 128}}, {readout: last}]}"},
        {"{cell: lstm, units: 7}", "{stack: [{lstm: {units: 7}}, readout]}"},
        {"{cell: {lstm: {units: 7}}}", "{stack: [{lstm: 7}, readout]}"},
        {"{cell: {lstm: 7}}", "{stack: [{lstm: 7}, readout]}"},
        {"{cell: {lstm: {peephole: true}}, units: 7, readout: max}",
         "{stack: [{lstm: {units: 7, peephole: true}}, {readout: {of: max}}]}"},
        {"{cell: bigru, units: 7}", "{stack: [{bidirectional: {of: {gru: 7}}}, readout]}"},
        {"{cell: {bilstm: {peephole: true}}, units: 7}",
         "{stack: [{bidirectional: {of: {lstm: {units: 7, peephole: true}}}}, readout]}"},
        {"{cell: {bidirectional: {of: gru, merge: sum}}, units: 7}",
         "{stack: [{bidirectional: {of: {gru: 7}, merge: sum}}, readout]}"},
        {"{cell: gru, layers: 2, dropout: 0.5}",
         "{stack: [gru, {dropout: 0.5}, gru, {dropout: 0.5}, readout]}"},
        {"{cell: gru, layers: 2, dropout: 0.5, dropout_at: between}",
         "{stack: [gru, {dropout: {rate: .5}}, gru, readout]}"},
        {"{cell: gru, layers: 3, dropout: 0}", "{stack: [gru, gru, gru, readout]}"},
        {"{cell: lstm, init: tf1, head: dense}",
         "{stack: [{lstm: {forget_bias: 1}}, readout], init: tf1}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *brief = text_format("%smodel: %s\n", HEAD, cases[i].brief);
        char *stack = text_format("%smodel: %s\n", HEAD, cases[i].stack);
        assert_same(brief, stack);
        memory_free(brief);
        memory_free(stack);
    }
}

static void test_origins(void **state)
{
    (void)state;
    struct diagnostics *diagnostics = diagnostics_new();
    struct config config;
    assert_int_equal(LOAD(&config, diagnostics,
                          HEAD "model:\n  cell: lstm\n  units: 7\n  dropout: 0.5\n",
                          "model.readout=max"),
                     0);
    diagnostics_free(diagnostics);
    static const char *const expected[][2] = {{"model.stack.0", "c.yaml:4"},
                                              {"model.stack.0.lstm.units", "c.yaml:5"},
                                              {"model.stack.0.lstm.peephole", "default"},
                                              {"model.stack.1.dropout.rate", "c.yaml:6"},
                                              {"model.stack.2.readout.of", "command line"},
                                              {"model.init", "default"}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const struct resolved *leaf = resolved_find(config.resolved, expected[i][0]);
        assert_non_null(leaf);
        assert_string_equal(leaf->origin, expected[i][1]);
    }
    config_release(&config);
}

static void test_errors(void **state)
{
    (void)state;
    assert_complaints(HEAD "model: {units: 7}\n",
                      "c.yaml:3:8: error: model: needs a `cell` or a `stack`\n"
                      "    3 | model: {units: 7}\n"
                      "      |        ^ write for example `cell: lstm`, or a whole `stack`\n");
    assert_complaints(HEAD, "c.yaml:1:1: error: model: needs a `cell` or a `stack`\n"
                            "    1 | data: {set: mnist}\n"
                            "      | ^ write for example `cell: lstm`, or a whole `stack`\n");
    assert_complaints(HEAD "model: {cell: dense}\n",
                      "c.yaml:3:15: error: model.cell: `dense` is a layer without a hidden state\n"
                      "    3 | model: {cell: dense}\n"
                      "      |               ^~~~~ put `dense` into `stack`; cells are: gru, "
                      "bigru, lstm, bilstm\n");
    assert_complaints(
        HEAD "model: {cell: lstm, stack: [gru],\n  units: 3}\n",
        "c.yaml:3:9: error: model.cell: cannot be combined with an explicit `stack`\n"
        "    3 | model: {cell: lstm, stack: [gru],\n"
        "      |         ^~~~ the stack is in c.yaml:3: remove one of the two\n"
        "c.yaml:4:3: error: model.units: cannot be combined with an explicit `stack`\n"
        "    4 |   units: 3}\n"
        "      |   ^~~~~ the stack is in c.yaml:3: remove one of the two\n");
    assert_complaints(HEAD "model: {cell: {lstm: {units: 3}}, units: 3}\n",
                      "c.yaml:3:35: error: model.units: this is said twice\n"
                      "    3 | model: {cell: {lstm: {units: 3}}, units: 3}\n"
                      "      |                                   ^~~~~ the cell's own are in "
                      "c.yaml:3: keep one of them\n");
    assert_complaints(HEAD "model: {cell: lstm, dropout_at: between}\n",
                      "c.yaml:3:21: error: model.dropout_at: does nothing without dropout\n"
                      "    3 | model: {cell: lstm, dropout_at: between}\n"
                      "      |                     ^~~~~~~~~~ set `dropout` too, or remove this "
                      "key\n");
    /* All errors at once, and those of the cell only for one of the layers. */
    assert_complaints(HEAD "model:\n  cell: {bilstm: {peephole: yes}}\n  layers: 3\n  units: 0\n"
                           "  readout:\n",
                      "c.yaml:4:29: error: model.stack.0.bidirectional.of.lstm.peephole: expected "
                      "true or false, found `yes`\n"
                      "    4 |   cell: {bilstm: {peephole: yes}}\n"
                      "      |                             ^~~ write true: only `true` and `false` "
                      "are booleans here\n"
                      "c.yaml:6:10: error: model.units: 0 is out of range\n"
                      "    6 |   units: 0\n"
                      "      |          ^ allowed: from 1 to 65536\n"
                      "c.yaml:7:11: error: model.readout: expected one of last, mean, max, found "
                      "no value\n"
                      "    7 |   readout:\n"
                      "      |           ^ write a value, or remove the key\n");
    assert_complaints(HEAD "model: {cell: bilst}\n",
                      "c.yaml:3:15: error: model.stack.0: unknown layer `bilst`\n"
                      "    3 | model: {cell: bilst}\n"
                      "      |               ^~~~~ names here: bidirectional, dense, dropout, gru, "
                      "lstm, readout\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
