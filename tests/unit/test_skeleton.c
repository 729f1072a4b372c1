/* The plugin's source itself, so that its numbers are tested without loading a file. */
#include "../../plugins/skeleton.c"

#include "unit/layer_values.h"

static const struct sequence sequence = {.steps = 3, .features = 5, .reversed_from = 2};

static void test_each_feature_is_scaled(void **state)
{
    (void)state;
    values_check_table(&layer_scale.module, "init");
    void *values = values_new(&layer_scale.module);
    struct bench bench;
    bench_init(&bench, &layer_scale, values, sequence, 2);
    bench_forward(&bench);
    for (int64_t i = 0; i < 30; i++)
        assert_float_equal(bench.out[i], bench.in[i] * bench.weights[0][i % 5], 1e-7);
    assert_int_equal(bench.plan.out.reversed_from, 2);
    bench_check_gradients(&bench);
    bench_check_optional_memory(&bench);
    bench_release(&bench);
    memory_free(values);
}

static void test_the_plugin_lists_the_layer(void **state)
{
    (void)state;
    assert_int_equal(unroll_plugin.abi, MODULE_ABI);
    assert_ptr_equal(unroll_plugin.modules[0], &layer_scale.module);
    assert_null(unroll_plugin.modules[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_feature_is_scaled),
        cmocka_unit_test(test_the_plugin_lists_the_layer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
