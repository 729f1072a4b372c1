/* Answers of describe that cannot be. */
#include "module/plan_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static struct layer_plan good(void)
{
    return (struct layer_plan){
        .in = {.steps = 3, .features = 2, .reversed_from = 2},
        .out = {.steps = 3, .features = 2, .reversed_from = 2},
        .tensors = {{.name = "weight", .rows = 2, .columns = 3}, {.name = "bias", .rows = 2}},
        .tensor_count = 2};
}

static void expect(const struct layer_plan *plan, const char *what)
{
    struct error error = {0};
    assert_int_equal(plan_check(plan, &error), -1);
    assert_int_equal(error.code, ERROR_FAILED);
    if (!strstr(error.text, what))
        fail_msg("%s: %s", what, error.text);
}

/* Refused with PLACE at VALUE, and taken without. */
#define EXPECT(place, value, what)                                                                 \
    do {                                                                                           \
        struct layer_plan plan = good();                                                           \
        struct error error;                                                                        \
        assert_int_equal(plan_check(&plan, &error), 0);                                            \
        plan.place = (value);                                                                      \
        expect(&plan, what);                                                                       \
    } while (0)

static void sizes(void **state)
{
    (void)state;
    EXPECT(out.steps, 0, "out.steps is 0");
    EXPECT(out.steps, INT64_MAX, "out.steps is ");
    EXPECT(out.features, -1, "out.features is -1");
    EXPECT(out.features, INT64_MAX, "out.features is ");
    EXPECT(tensor_count, -1, "tensor_count is -1");
    EXPECT(tensor_count, LAYER_TENSORS + 1, "tensor_count is 33");
    EXPECT(saved_floats, -1, "saved_floats is -1");
    EXPECT(scratch_floats, -5, "scratch_floats is -5");
    EXPECT(saved_floats, INT64_MAX, "saved_floats is ");
    EXPECT(scratch_floats, ((int64_t)1 << 48) + 1, "scratch_floats is ");
    EXPECT(states, -1, "states is -1");
    EXPECT(states, 3, "states is 3");
}

static void tensors(void **state)
{
    (void)state;
    EXPECT(tensors[1].rows, 0, "rows is 0");
    EXPECT(tensors[1].rows, INT64_MAX, "rows is ");
    EXPECT(tensors[0].columns, -1, "columns is -1");
    EXPECT(tensors[0].columns, INT64_MAX, "columns is ");
    EXPECT(tensors[0].name[0], '\0', "without a name");
    EXPECT(tensors[0].unit_to, 3, "unit_to is 3");
    struct layer_plan plan = good();
    memset(plan.tensors[0].name, 'x', sizeof plan.tensors[0].name);
    expect(&plan, "a tensor's name that does not end within ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sizes), cmocka_unit_test(tensors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
