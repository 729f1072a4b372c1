#include "unit/initializer_values.h"

extern const struct initializer initializer_zeros;

static void test_every_value_is_zero(void **state)
{
    (void)state;
    values_check_table(&initializer_zeros.module, NULL);
    struct tensor matrix = tensor_of(3, 4), vector = tensor_of(5, 0);
    float out[12], untouched = 7;
    struct error error;
    for (int i = 0; i < 12; i++)
        out[i] = untouched;
    assert_int_equal(initializer_zeros.fill(NULL, &vector, NULL, out, &error), 0);
    for (int i = 0; i < 12; i++)
        assert_float_equal(out[i], i < 5 ? 0 : untouched, 0);
    assert_int_equal(initializer_zeros.fill(NULL, &matrix, NULL, out, &error), 0);
    for (int i = 0; i < 12; i++)
        assert_float_equal(out[i], 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_value_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
