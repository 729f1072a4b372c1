/* Every rule of reading YAML, with the exact message. */
#include "config/parse.h"

#include "base/memory.h"
#include "temporary.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static char *complaints_about(const char *bytes, size_t size, struct node **tree)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct node *root = parse_text("c.yaml", bytes, size, diagnostics);
    struct text out = {0};
    diagnostics_write(diagnostics, &out, false);
    if (tree)
        *tree = root;
    else
        node_free(root);
    diagnostics_free(diagnostics);
    return text_take(&out);
}

static const struct {
    const char *text, *expected;
} cases[] = {
    {"", "c.yaml:1:1: error: there is nothing in this file\n"
         "    1 | \n"
         "      | ^ copy a file of configs/ or experiments/ to start from\n"},
    {"# only a comment\n", "c.yaml:1:1: error: there is nothing in this file\n"
                           "    1 | # only a comment\n"
                           "      | ^ copy a file of configs/ or experiments/ to start from\n"},
    {"---\n...\n", "c.yaml:1:1: error: there is nothing in this file\n"
                   "    1 | ---\n"
                   "      | ^ copy a file of configs/ or experiments/ to start from\n"},
    {"a: &here 1\n", "c.yaml:1:4: error: a: anchors (&name) are not allowed\n"
                     "    1 | a: &here 1\n"
                     "      |    ^~~~~~~ write the value out where it is needed\n"},
    {"a: 1\nb: [1, *here]\n",
     "c.yaml:2:8: error: b.1: aliases (*name) are not allowed\n"
     "    2 | b: [1, *here]\n"
     "      |        ^~~~~ write the value out, or start from another file with `base:`\n"},
    {"a: {b: !!int 1}\n", "c.yaml:1:8: error: a.b: tags (!name) are not allowed\n"
                          "    1 | a: {b: !!int 1}\n"
                          "      |        ^~~~~~~ remove the tag: a value's type follows from its "
                          "key\n"},
    {"<<: {a: 1}\n", "c.yaml:1:1: error: <<: merge keys are not allowed\n"
                     "    1 | <<: {a: 1}\n"
                     "      | ^~ write the keys out, or start from another file with `base:`\n"},
    {"a:\n  b: 1\n  c: 2\n  b: 3\n", "c.yaml:4:3: error: a.b: the key appears twice\n"
                                     "    4 |   b: 3\n"
                                     "      |   ^ it stands in line 2 already: keep one of them\n"},
    {"? [a, b]\n: 1\n",
     "c.yaml:1:3: error: a mapping or list cannot be a key\n"
     "    1 | ? [a, b]\n"
     "      |   ^ a key is one word; put a value that begins with { or [ in quotes\n"},
    {"a: {\"\": 1}\n", "c.yaml:1:5: error: a: empty key\n"
                       "    1 | a: {\"\": 1}\n"
                       "      |     ^~ write a name before the colon\n"},
    {"a: 1\n---\nb: 2\n", "c.yaml:2:1: error: a second document begins here\n"
                          "    2 | ---\n"
                          "      | ^~~ remove the `---` and what follows it, or make it a file\n"},
    {"a:\n\tb: 1\n",
     "c.yaml:2:1: error: not valid YAML: found character that cannot start any token (while "
     "scanning for the next token from line 2)\n"
     "    2 |  b: 1\n"
     "      | ^ indent with spaces: YAML does not allow tabs there\n"},
    {"a: @x\n", "c.yaml:1:4: error: not valid YAML: found character that cannot start any token "
                "(while scanning for the next token from line 1)\n"
                "    1 | a: @x\n"
                "      |    ^ put a value that begins with @, ` or % in quotes\n"},
    {"a: [1, 2\nb: 3\n", "c.yaml:2:2: error: not valid YAML: did not find expected ',' or ']' "
                         "(while parsing a flow sequence from line 1)\n"
                         "    2 | b: 3\n"
                         "      |  ^ look for a missing colon, quote or bracket, or a wrong "
                         "indentation, here and on the line before\n"},
    {"\xC3\xA4: 1\nb: \xFFx\n",
     "c.yaml:2:4: error: not valid UTF-8\n"
     "    2 | b: ?x\n"
     "      |    ^ save the file as UTF-8 text, without this character\n"},
    {"a: \x1B[31m\n", "c.yaml:1:4: error: a control character is not allowed\n"
                      "    1 | a: ?[31m\n"
                      "      |    ^ save the file as UTF-8 text, without this character\n"},
    {"a: \"x\\0y\"\n", "c.yaml:1:4: error: a NUL character is not allowed\n"
                       "    1 | a: \"x\\0y\"\n"
                       "      |    ^~~~~~ remove the \\0\n"},
};

static void test_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *found = complaints_about(cases[i].text, strlen(cases[i].text), NULL);
        assert_string_equal(found, cases[i].expected);
        memory_free(found);
    }
}

static void test_nul_byte(void **state)
{
    (void)state;
    char *found = complaints_about("a: 1\n\0b: 2\n", 11, NULL);
    assert_string_equal(found, "c.yaml:2:1: error: a NUL character is not allowed\n"
                               "    2 | ?b: 2\n"
                               "      | ^ save the file as UTF-8 text, without this character\n");
    memory_free(found);
}

/* Reading goes on behind what is wrong, so that all of it is reported. */
static void test_all_at_once(void **state)
{
    (void)state;
    const char *text = "a: &x 1\n<<: [1, {b: 2}]\nc: !t {d: *x}\nc: {e: 1}\nf: 2\n";
    struct node *tree;
    char *found = complaints_about(text, strlen(text), &tree);
    int errors = 0;
    for (const char *at = found; (at = strstr(at, ": error: ")); at++)
        errors++;
    assert_int_equal(errors, 5);
    assert_non_null(tree);
    assert_int_equal(tree->count, 3);
    assert_string_equal(node_get(tree, "f")->text, "2");
    assert_true(node_get(node_get(tree, "c"), "d")->broken);
    memory_free(found);
    node_free(tree);
}

static void test_values(void **state)
{
    (void)state;
    const char *text = "a: 1e-3\nb: 'x'\nc: [1, {d: \"y\"}]\n# comment\ne: |\n  z\n";
    struct node *tree;
    char *found = complaints_about(text, strlen(text), &tree);
    assert_string_equal(found, "");
    assert_string_equal(node_get(tree, "a")->text, "1e-3");
    assert_false(node_get(tree, "a")->quoted);
    assert_true(node_get(tree, "b")->quoted);
    assert_true(node_get(tree, "e")->quoted);
    struct node *d = node_get(node_get(tree, "c")->items[1], "d");
    assert_string_equal(d->text, "y");
    assert_int_equal(d->mark.line, 3);
    assert_int_equal(d->mark.column, 12);
    assert_int_equal(d->mark.length, 3);
    memory_free(found);
    node_free(tree);
}

/* Columns count characters, not bytes, and every kind of line end counts as one. */
static void test_columns(void **state)
{
    (void)state;
    const char *text = "a: 1\r\n\"\xC3\xA4\xC3\xB6\": {x: &y 1}\r\n";
    char *found = complaints_about(text, strlen(text), NULL);
    assert_string_equal(found, "c.yaml:2:11: error: \xC3\xA4\xC3\xB6.x: anchors (&name) are not "
                               "allowed\n"
                               "    2 | \"\xC3\xA4\xC3\xB6\": {x: &y 1}\n"
                               "      |           ^~~~ write the value out where it is needed\n");
    memory_free(found);
}

/* Each of these is PARSE_BYTES long; none may take long, or much of the stack. */
static void test_hostile(void **state)
{
    (void)state;
    static const char *const patterns[] = {
        "[",   "{",   "{a: ", "- ",  "? ", "a, ", "\"", "&a ",  "*a ",
        "!t ", "x\n", "a: ",  "[],", "\n", "%",   "|",  "- [\n"};
    char *bytes = memory_new(PARSE_BYTES);
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        size_t length = strlen(patterns[i]);
        for (size_t at = 0; at < PARSE_BYTES; at++)
            bytes[at] = patterns[i][at % length];
        struct node *tree;
        char *found = complaints_about(bytes, PARSE_BYTES, &tree);
        assert_true(*found || tree);
        memory_free(found);
        node_free(tree);
    }
    memory_free(bytes);
}

static void test_levels(void **state)
{
    (void)state;
    char text[2 * PARSE_LEVELS + 3] = {0};
    memset(text, '[', PARSE_LEVELS);
    memset(text + PARSE_LEVELS, ']', PARSE_LEVELS);
    struct node *tree;
    char *found = complaints_about(text, strlen(text), &tree);
    assert_string_equal(found, "");
    assert_non_null(tree);
    node_free(tree);
    memory_free(found);
    memset(text, '[', PARSE_LEVELS + 1);
    memset(text + PARSE_LEVELS + 1, ']', PARSE_LEVELS + 1);
    found = complaints_about(text, strlen(text), &tree);
    assert_non_null(strstr(found, "c.yaml:1:65: error: nested deeper than 64 levels\n"));
    assert_null(tree);
    memory_free(found);
}

static void test_sizes(void **state)
{
    (void)state;
    char *bytes = memory_new(PARSE_BYTES + 1);
    memset(bytes, '#', PARSE_BYTES + 1);
    char *found = complaints_about(bytes, PARSE_BYTES + 1, NULL);
    assert_string_equal(found, "c.yaml: error: larger than 1 MiB\n"
                               "      | a config is a small text file: is this the right one?\n");
    memory_free(found);
    struct text keys = {0};
    for (int i = 0; i <= PARSE_KEYS; i++)
        text_add_format(&keys, "k%d: 1\n", i);
    found = complaints_about(keys.data, keys.length, NULL);
    assert_non_null(strstr(found, "c.yaml:1001:1: error: more than 1000 keys in one mapping\n"));
    memory_free(found);
    text_clear(&keys);
    for (int i = 0; i <= PARSE_NODES; i++)
        text_add(&keys, "- 1\n");
    found = complaints_about(keys.data, keys.length, NULL);
    assert_non_null(strstr(found, "error: more than 65536 values in one file\n"));
    memory_free(found);
    text_release(&keys);
    memory_free(bytes);
}

static void test_files(void **state)
{
    (void)state;
    char folder[64];
    assert_int_equal(temporary_make(folder), 0);
    char *missing = file_join(folder, "missing.yaml");
    struct diagnostics *diagnostics = diagnostics_new();
    assert_null(parse_file(missing, diagnostics));
    assert_null(parse_file(folder, diagnostics));
    char *good = temporary_write(folder, "good.yaml", "a: 1\n", 5, false);
    struct node *tree = parse_file(good, diagnostics);
    assert_non_null(tree);
    assert_string_equal(tree->mark.file, good);
    struct text out = {0};
    diagnostics_write(diagnostics, &out, false);
    char *expected = text_format("%s: error: cannot be opened: No such file or directory\n"
                                 "      | check the path; it is relative to the folder you are in\n"
                                 "%s: error: is a folder\n"
                                 "      | name a file in it\n",
                                 missing, folder);
    assert_string_equal(text_get(&out), expected);
    node_free(tree);
    text_release(&out);
    diagnostics_free(diagnostics);
    memory_free(expected);
    memory_free(missing);
    memory_free(good);
    temporary_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),       cmocka_unit_test(test_nul_byte),
        cmocka_unit_test(test_all_at_once), cmocka_unit_test(test_values),
        cmocka_unit_test(test_columns),     cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_levels),      cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
