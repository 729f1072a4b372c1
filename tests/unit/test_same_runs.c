/* Groups of several experiments that share runs: which stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/text.h"
#include "compare/same_runs.h"

#include <stdio.h>
#include <string.h>

/* Adds a group called NAME with a run for each letter of RUNS. */
static void add(struct groups *groups, const char *name, const char *runs)
{
    struct group *group = groups_find(groups, name);
    for (; *runs; runs++) {
        struct group_run run = {.run = {.state = RUN_DONE}};
        snprintf(run.run.id, sizeof run.run.id, "%c", *runs);
        group_add_run(group, &run);
    }
}

/* Leaves out, and expects the groups called KEPT (ends with NULL) in this order; releases. */
static void expect(struct groups *groups, const char *const *kept)
{
    size_t count = 0;
    same_runs_leave_out(groups);
    for (; kept[count]; count++) {
        assert_true(count < groups->count);
        assert_string_equal(groups->items[count].name, kept[count]);
        assert_int_equal(names_find(&groups->names, kept[count]), count);
    }
    assert_int_equal(groups->count, count);
    groups_release(groups);
}

static void equal_and_smaller_ones_are_left_out(void **state)
{
    (void)state;
    struct groups groups = {0};
    add(&groups, "a/few", "xy");
    add(&groups, "a/none", "");
    add(&groups, "a/one", "pqr");
    add(&groups, "b/many", "vxyz");
    add(&groups, "b/one", "rqp");
    add(&groups, "b/none", "");
    add(&groups, "c/one", "qpr");
    expect(&groups, (const char *const[]){"a/none", "a/one", "b/many", "b/none", NULL});
}

static void those_that_share_only_some_stay(void **state)
{
    (void)state;
    struct groups groups = {0};
    add(&groups, "a/left", "abcd");
    add(&groups, "b/right", "cdef");
    add(&groups, "b/across", "aef"); /* of two others together, not of one */
    add(&groups, "b/other", "gh");
    expect(&groups, (const char *const[]){"a/left", "b/right", "b/across", "b/other", NULL});
}

static void many_groups_take_no_square(void **state)
{
    (void)state;
    enum { GROUPS = 20000 };
    struct groups groups = {0};
    for (int i = 0; i < GROUPS; i++) {
        char *name = text_format("%s/%d", i % 2 ? "b" : "a", i / 2);
        struct group_run run = {.run = {.state = RUN_DONE}};
        snprintf(run.run.id, sizeof run.run.id, "%x", i / 2);
        group_add_run(groups_find(&groups, name), &run);
        memory_free(name);
    }
    same_runs_leave_out(&groups);
    assert_int_equal(groups.count, GROUPS / 2);
    assert_string_equal(groups.items[GROUPS / 2 - 1].name, "a/9999");
    groups_release(&groups);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_and_smaller_ones_are_left_out),
        cmocka_unit_test(those_that_share_only_some_stay),
        cmocka_unit_test(many_groups_take_no_square),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
