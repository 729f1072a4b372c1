#include "config/difference.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct resolved *add(struct resolved *parent, enum resolved_type type, const char *name,
                            const char *text)
{
    struct resolved *item = resolved_add(parent);
    item->type = type;
    item->name = name;
    item->text = memory_copy_text(text);
    return item;
}

/* A rate, a list with the layer CELL of UNITS, the optimiser OPTIMIZER and a title. */
static struct resolved *make(const char *rate, const char *cell, const char *units,
                             const char *optimizer)
{
    struct resolved *root = resolved_new();
    root->type = RESOLVED_SECTION;
    add(root, RESOLVED_VALUE, "rate", rate);
    struct resolved *stack = add(root, RESOLVED_MODULES, "stack", NULL);
    add(add(stack, RESOLVED_MODULE, NULL, cell), RESOLVED_VALUE, "units", units);
    add(add(root, RESOLVED_MODULE, "optimizer", optimizer), RESOLVED_VALUE, "beta", "1");
    add(root, RESOLVED_TEXT, "title", "same");
    return root;
}

static void collect(void *data, const char *path, const char *a, const char *b)
{
    text_add_format(data, "%s %s|%s\n", path, a ? a : "-", b ? b : "-");
}

/* Compares both ways round. */
static void expect(struct resolved *a, struct resolved *b, size_t count, const char *expected)
{
    struct text out = {0};
    assert_int_equal(difference_each(a, b, collect, &out), count);
    assert_string_equal(text_get(&out), expected);
    assert_int_equal(difference_each(b, a, collect, &out), count);
    text_release(&out);
    resolved_free(a);
    resolved_free(b);
}

static void same_configs_differ_in_nothing(void **state)
{
    (void)state;
    expect(make("1", "lstm", "3", "adam"), make("1", "lstm", "3", "adam"), 0, "");
}

static void values_differ(void **state)
{
    (void)state;
    expect(make("1", "lstm", "3", "adam"), make("2", "lstm", "4", "adam"), 2,
           "rate 1|2\nstack.0.lstm.units 3|4\n");
}

static void another_module_has_other_parameters(void **state)
{
    (void)state;
    expect(make("1", "lstm", "3", "adam"), make("1", "gru", "3", "sgd"), 6,
           "stack.0 lstm|gru\n"
           "stack.0.lstm.units 3|-\n"
           "stack.0.gru.units -|3\n"
           "optimizer adam|sgd\n"
           "optimizer.adam.beta 1|-\n"
           "optimizer.sgd.beta -|1\n");
}

static void a_longer_list_has_more(void **state)
{
    (void)state;
    struct resolved *longer = make("1", "lstm", "3", "adam");
    struct resolved *module = add(&longer->items[1], RESOLVED_MODULE, NULL, "dense");
    add(module, RESOLVED_VALUE, "units", "9");
    add(longer, RESOLVED_VALUE, "last", "x");
    expect(make("1", "lstm", "3", "adam"), longer, 3,
           "stack.1 -|dense\nstack.1.dense.units -|9\nlast -|x\n");
}

static void empty_configs(void **state)
{
    (void)state;
    struct resolved *full = resolved_new();
    full->type = RESOLVED_SECTION;
    add(full, RESOLVED_VALUE, "rate", "1");
    expect(resolved_new(), resolved_new(), 0, "");
    expect(resolved_new(), full, 1, "rate -|1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_configs_differ_in_nothing),
        cmocka_unit_test(values_differ),
        cmocka_unit_test(another_module_has_other_parameters),
        cmocka_unit_test(a_longer_list_has_more),
        cmocka_unit_test(empty_configs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
