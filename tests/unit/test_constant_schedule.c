#include "unit/schedule_values.h"

extern const struct schedule schedule_constant;

static void test_never_changes(void **state)
{
    (void)state;
    values_check_table(&schedule_constant.module, NULL);
    check_factor(&schedule_constant, NULL, 0, 1);
    check_factor(&schedule_constant, NULL, 999, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_never_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
