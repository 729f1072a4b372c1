/* Lists of texts (PARAM_TEXTS): read from YAML, canonical, written back, refused. */
#include "config/schema.h"
#include "config_modules.h"

#include <stdio.h>

#define WITH(columns) "data: {set: {idx: {path: x" columns "}}}\nmodel: {cell: lstm}\n" STEPS
#define STEPS "train: {steps: 10}\n"

static const char *const every_kind[] = {"time",   "a, b", "none", "7",      "-1e3",  "[x]",
                                         "#x: {}", "true", "über", "a\"b\\", " edge "};
#define EVERY_KIND                                                                                 \
    "[time, \"a, b\", \"none\", 7, -1e3, \"[x]\", \"#x: {}\", true, über, 'a\"b\\', \" edge \"]"
enum { KINDS = sizeof every_kind / sizeof *every_kind };

static void assert_columns(const struct config *config, const char *const *expected, size_t count)
{
    const struct text_list *columns = &((struct idx_params *)config->data.set.params)->columns;
    assert_int_equal(columns->count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(columns->items[i], expected[i]);
}

static void lists_are_read_in_their_order(void **state)
{
    (void)state;
    static const char *const one[] = {"time"}, *const two[] = {"b", "a"};
    static const struct {
        const char *text;
        const char *const *expected;
        size_t count;
    } cases[] = {
        {WITH(""), NULL, 0},
        {WITH(", columns: none"), NULL, 0},
        {WITH(", columns: time"), one, 1},
        {WITH(", columns: [time]"), one, 1},
        {WITH(", columns: [b, a]"), two, 2},
        {WITH(", columns: " EVERY_KIND), every_kind, KINDS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diagnostics *diagnostics = diagnostics_new();
        struct config config;
        assert_int_equal(LOAD(&config, diagnostics, cases[i].text, NULL), 0);
        assert_columns(&config, cases[i].expected, cases[i].count);
        config_release(&config);
        diagnostics_free(diagnostics);
    }
}

static void written_back_they_are_the_same(void **state)
{
    (void)state;
    struct diagnostics *diagnostics = diagnostics_new();
    struct config config, again;
    assert_int_equal(LOAD(&config, diagnostics, WITH(", columns: " EVERY_KIND), NULL), 0);
    assert_int_equal(LOAD(&again, diagnostics, config.yaml, NULL), 0);
    assert_columns(&again, every_kind, KINDS);
    assert_string_equal(again.canonical, config.canonical);
    config_release(&again);
    config_release(&config);
    diagnostics_free(diagnostics);
}

static void lists_that_differ_are_other_runs(void **state)
{
    (void)state;
    /* The first is the run without the list: what came before the parameter keeps its key. */
    static const char *const texts[] = {WITH(""),
                                        WITH(", columns: [a, b]"),
                                        WITH(", columns: [b, a]"),
                                        WITH(", columns: \"a, b\""),
                                        WITH(", columns: [a]"),
                                        WITH(", columns: \"none\""),
                                        WITH(", columns: \"[a, b]\"")};
    enum { TEXTS = sizeof texts / sizeof *texts };
    char *canonical[TEXTS];
    for (size_t i = 0; i < TEXTS; i++) {
        canonical[i] = canonical_of(texts[i], NO_OVERRIDES);
        assert_int_equal(strstr(canonical[i], "columns") != NULL, i > 0);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(canonical[i], canonical[j]);
    }
    char *alone = canonical_of(WITH(", columns: a"), NO_OVERRIDES);
    assert_string_equal(alone, canonical[4]);
    char *overridden =
        canonical_of(texts[0], (const char *const[]){"data.set.idx.columns=[\"a\", b]", NULL});
    assert_string_equal(overridden, canonical[1]);
    assert_non_null(strstr(overridden, "data.set.idx.columns: [a, b]\n"));
    memory_free(alone);
    memory_free(overridden);
    for (size_t i = 0; i < TEXTS; i++)
        memory_free(canonical[i]);
}

static void what_is_no_list_of_texts_is_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {WITH(", columns: [a, b, a]"),
         "c.yaml:1:45: error: data.set.idx.columns: the text appears twice"},
        {WITH(", columns: []"), "c.yaml:1:38: error: data.set.idx.columns: the list is empty"},
        {WITH(", columns: [a, [b]]"), "c.yaml:1:42: error: data.set.idx.columns: expected a text "
                                      "or a list of texts or none, found a list"},
        {WITH(", columns: {a: b}"), "c.yaml:1:38: error: data.set.idx.columns: expected a text or "
                                    "a list of texts or none, found a mapping"},
        {WITH(", columns: [\"a\", \"\"]"),
         "c.yaml:1:44: error: data.set.idx.columns: an empty name"},
        {WITH(", columns: [\"a\\x1b\"]"),
         "c.yaml:1:39: error: data.set.idx.columns: holds a control character"},
        {WITH(", columns: "), "c.yaml:1:"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *found = complaints_of(cases[i][0], NO_OVERRIDES);
        if (strncmp(found, cases[i][1], strlen(cases[i][1])) != 0)
            fail_msg("%s", found);
        memory_free(found);
    }
}

static void the_schema_knows_them(void **state)
{
    (void)state;
    struct text schema = {0};
    schema_add_config(&schema);
    const char *columns = strstr(text_get(&schema), "\"columns\": {");
    assert_non_null(columns);
    const char *array = strstr(columns, "\"type\": \"array\"");
    assert_non_null(array);
    assert_non_null(strstr(array, "\"uniqueItems\": true"));
    text_release(&schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_read_in_their_order),
        cmocka_unit_test(written_back_they_are_the_same),
        cmocka_unit_test(lists_that_differ_are_other_runs),
        cmocka_unit_test(what_is_no_list_of_texts_is_refused),
        cmocka_unit_test(the_schema_knows_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
