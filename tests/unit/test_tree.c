#include "config/tree.h"

#include "base/memory.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct mark somewhere = {"f.yaml", 3, 4, 1};

static void test_mapping(void **state)
{
    (void)state;
    struct node *mapping = node_new(NODE_MAPPING, &somewhere);
    char key[16], value[16];
    for (int i = 0; i < 20; i++) {
        snprintf(key, sizeof key, "k%d", i);
        snprintf(value, sizeof value, "v%d", i);
        node_add(mapping, key, &somewhere, node_new_scalar(value, &somewhere));
    }
    assert_int_equal(node_find(mapping, "k7"), 7);
    assert_int_equal(node_find(mapping, "k"), -1);
    assert_int_equal(node_find(NULL, "k"), -1);
    assert_null(node_get(node_get(mapping, "k1"), "k1"));
    for (int i = 0; i < 20; i += 2) {
        snprintf(key, sizeof key, "k%d", i);
        node_free(node_take(mapping, (size_t)node_find(mapping, key)));
    }
    assert_int_equal(mapping->count, 10);
    assert_string_equal(node_get(mapping, "k19")->text, "v19");
    for (int i = 0; i < 7; i++) {
        snprintf(key, sizeof key, "new%d", i);
        node_add(mapping, key, &somewhere, node_new_scalar("x", &somewhere));
    }
    node_replace(mapping, 0, node_new_scalar("first", &somewhere));
    struct node *copy = node_copy(mapping);
    node_free(mapping);
    assert_int_equal(copy->count, 17);
    assert_string_equal(copy->items[0]->text, "first");
    assert_string_equal(copy->keys[16], "new6");
    node_free(copy);
}

static void assert_described(struct node *node, const char *expected)
{
    char *found = node_describe(node);
    assert_string_equal(found, expected);
    memory_free(found);
    node_free(node);
}

static void test_describe(void **state)
{
    (void)state;
    assert_described(node_new(NODE_MAPPING, &somewhere), "an empty mapping");
    assert_described(node_new(NODE_LIST, &somewhere), "an empty list");
    assert_described(node_new_scalar("", &somewhere), "no value");
    assert_described(node_new_scalar("x", &somewhere), "`x`");
    struct node *quoted = node_new_scalar("", &somewhere);
    quoted->quoted = true;
    assert_described(quoted, "`\"\"`");
    /* Cut between characters, never inside one. */
    assert_described(
        node_new_scalar("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\xC3\xA4zzzz", &somewhere),
        "`xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…`");
}

static void assert_origin(struct mark mark, const char *expected)
{
    char *found = mark_origin(&mark);
    assert_string_equal(found, expected);
    memory_free(found);
}

static void test_origin(void **state)
{
    (void)state;
    assert_origin(somewhere, "f.yaml:3");
    assert_origin((struct mark){.file = "command line: a=b"}, "command line");
    assert_origin((struct mark){.file = "init tf1"}, "init tf1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mapping),
        cmocka_unit_test(test_describe),
        cmocka_unit_test(test_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
