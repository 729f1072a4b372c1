#include "config/resolved.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A new entry of PARENT with these texts. */
static struct resolved *add(struct resolved *parent, enum resolved_type type, const char *name,
                            const char *text)
{
    struct resolved *item = resolved_add(parent);
    item->type = type;
    item->name = name;
    item->text = memory_copy_text(text);
    item->origin = memory_copy_text("o");
    item->version = memory_copy_text("version 1");
    item->in_key = true;
    return item;
}

static struct resolved *make(void)
{
    struct resolved *root = resolved_new();
    root->type = RESOLVED_SECTION;
    add(root, RESOLVED_VALUE, "rate", "0.001");
    struct resolved *set = add(root, RESOLVED_SET, "on", NULL);
    resolved_add(set)->text = memory_copy_text("train");
    resolved_add(set)->text = memory_copy_text("test");
    struct resolved *modules = add(root, RESOLVED_MODULES, "stack", NULL);
    add(modules, RESOLVED_MODULE, NULL, "plain");
    struct resolved *module = add(modules, RESOLVED_MODULE, NULL, "lstm");
    add(module, RESOLVED_VALUE, "units", "3");
    struct resolved *inner = add(module, RESOLVED_MODULE, "init", "uniform");
    add(inner, RESOLVED_VALUE, "limit", "1");
    add(root, RESOLVED_TEXT, "title", "a: b")->in_key = false;
    return root;
}

static void test_yaml(void **state)
{
    (void)state;
    struct resolved *root = make();
    struct text out = {0};
    resolved_add_yaml(&out, root, false);
    assert_string_equal(text_get(&out), "rate: 0.001\n"
                                        "on: [train, test]\n"
                                        "stack:\n"
                                        "  - plain\n"
                                        "  - lstm:\n"
                                        "      units: 3\n"
                                        "      init:\n"
                                        "        uniform:\n"
                                        "          limit: 1\n"
                                        "title: \"a: b\"\n");
    text_clear(&out);
    resolved_add_yaml(&out, root, true);
    assert_non_null(strstr(text_get(&out), "rate: 0.001                             # o\n"));
    text_clear(&out);
    resolved_add_canonical(&out, root);
    assert_string_equal(text_get(&out), "rate: 0.001\n"
                                        "on: [train, test]\n"
                                        "stack.0: plain version 1\n"
                                        "stack.1: lstm version 1\n"
                                        "stack.1.lstm.units: 3\n"
                                        "stack.1.lstm.init: uniform version 1\n"
                                        "stack.1.lstm.init.uniform.limit: 1\n");
    text_release(&out);
    resolved_free(root);
}

static void test_quoting(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"plain-1.0_x", "t: plain-1.0_x\n"},
        {"/a/b.idx", "t: /a/b.idx\n"},
        {"", "t: \"\"\n"},
        {"none", "t: \"none\"\n"},
        {"No", "t: \"No\"\n"},
        {"12", "t: \"12\"\n"},
        {"a b", "t: \"a b\"\n"},
        {"#x", "t: \"#x\"\n"},
        {"a\"b\\c", "t: \"a\\\"b\\\\c\"\n"},
        {"\xC3\xA4", "t: \"\xC3\xA4\"\n"},
        {"\xE2\x80\xA8", "t: \"\\u2028\"\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct resolved root = {.type = RESOLVED_SECTION};
        struct text out = {0};
        add(&root, RESOLVED_TEXT, "t", cases[i][0]);
        resolved_add_yaml(&out, &root, false);
        assert_string_equal(text_get(&out), cases[i][1]);
        text_release(&out);
        resolved_release(&root);
    }
}

static void test_find(void **state)
{
    (void)state;
    struct resolved *root = make();
    assert_string_equal(resolved_find(root, "stack.1.lstm.init.uniform.limit")->text, "1");
    assert_string_equal(resolved_find(root, "stack.1")->text, "lstm");
    assert_string_equal(resolved_find(root, "stack.1.lstm")->text, "lstm");
    static const char *const absent[] = {"stack.2", "stack.x",        "stack.1.gru",
                                         "nope",    "stack.99999999", "rate.x"};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        assert_null(resolved_find(root, absent[i]));
    resolved_free(root);
}

static void collect(void *data, const char *path, const char *text, const struct resolved *leaf)
{
    assert_non_null(leaf);
    text_add_format(data, "%s=%s\n", path, text);
}

static void test_each(void **state)
{
    (void)state;
    struct resolved *root = make();
    struct text out = {0};
    resolved_each(root, collect, &out);
    assert_string_equal(text_get(&out), "rate=0.001\n"
                                        "on=[train, test]\n"
                                        "stack.0=plain\n"
                                        "stack.1=lstm\n"
                                        "stack.1.lstm.units=3\n"
                                        "stack.1.lstm.init=uniform\n"
                                        "stack.1.lstm.init.uniform.limit=1\n"
                                        "title=a: b\n");
    text_release(&out);
    resolved_free(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml),
        cmocka_unit_test(test_quoting),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
