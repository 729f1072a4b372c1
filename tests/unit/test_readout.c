#include "unit/layer_values.h"

extern const struct layer layer_readout;

static const struct module *const module = &layer_readout.module;

/* Three steps, two examples, two features, of which the second was read backwards. */
static const struct sequence sequence = {.steps = 3, .features = 2, .reversed_from = 1};
static const float input[3][2][2] = {{{1, 2}, {3, 4}}, {{7, -1}, {3, 9}}, {{5, 2}, {-3, 8}}};

static void read_out(struct bench *bench, void *values, const char *of)
{
    values_choose(module, values, "of", of);
    bench_init(bench, &layer_readout, values, sequence, 2);
    memcpy(bench->in, input, sizeof input);
    bench_forward(bench);
}

static void check_out(const struct bench *bench, const float expected[2][2])
{
    for (int b = 0; b < 2; b++)
        for (int f = 0; f < 2; f++)
            assert_float_equal(bench->out[b * 2 + f], expected[b][f], 1e-6);
}

static void test_last_of_each_direction(void **state)
{
    (void)state;
    values_check_table(module, "of");
    void *values = values_new(module);
    struct bench bench;
    read_out(&bench, values, "last");
    check_out(&bench, (const float[2][2]){{5, 2}, {-3, 4}});
    assert_int_equal(bench.plan.out.steps, 1);
    assert_int_equal(bench.plan.out.features, 2);
    assert_int_equal(bench.plan.out.reversed_from, 2);
    bench_check_gradients(&bench);
    bench_check_optional_memory(&bench);
    bench_release(&bench);
    memory_free(values);
}

static void test_mean(void **state)
{
    (void)state;
    void *values = values_new(module);
    struct bench bench;
    read_out(&bench, values, "mean");
    check_out(&bench, (const float[2][2]){{13 / 3.0f, 1}, {1, 7}});
    bench_check_gradients(&bench);
    bench_check_optional_memory(&bench);
    bench_release(&bench);
    memory_free(values);
}

static void test_max(void **state)
{
    (void)state;
    void *values = values_new(module);
    struct bench bench;
    read_out(&bench, values, "max");
    check_out(&bench, (const float[2][2]){{7, 2}, {3, 9}});
    /* Where two steps are equal the first one gets the gradient. */
    bench_backward(&bench);
    const float *g = bench.out_gradient;
    const float expected[3][2][2] = {{{0, g[1]}, {g[2], 0}}, {{g[0], 0}, {0, g[3]}}, {{0}}};
    assert_memory_equal(bench.in_gradient, expected, sizeof expected);
    bench_check_optional_memory(&bench);
    bench_draw(bench.in, bench_in_size(&bench), 4); /* without ties, for differences */
    bench_check_gradients(&bench);
    bench_release(&bench);
    memory_free(values);
}

/* The first example has two steps and the second one: the others are not looked at, nor is there a
 * gradient. */
static void check_lengths(const char *of, const float expected[2][2],
                          const float gradient_factors[3][2][2])
{
    static const int32_t lengths[] = {2, 1};
    void *values = values_new(module);
    struct bench bench;
    values_choose(module, values, "of", of);
    bench_init(&bench, &layer_readout, values, sequence, 2);
    memcpy(bench.in, input, sizeof input);
    for (int t = 0; t < 3; t++)
        for (int b = 0; b < 2; b++)
            for (int f = 0; f < 2 && t >= lengths[b]; f++)
                bench.in[(t * 2 + b) * 2 + f] = NAN;
    bench.call.lengths = lengths;
    bench_forward(&bench);
    check_out(&bench, expected);
    bench_backward(&bench);
    for (int i = 0; i < 12; i++)
        assert_float_equal(bench.in_gradient[i],
                           (&gradient_factors[0][0][0])[i] * bench.out_gradient[i % 4], 1e-6);
    bench_release(&bench);
    memory_free(values);
}

static void test_lengths(void **state)
{
    (void)state;
    check_lengths("last", (const float[2][2]){{7, 2}, {3, 4}},
                  (const float[3][2][2]){{{0, 1}, {1, 1}}, {{1, 0}, {0, 0}}, {{0}}});
    check_lengths("mean", (const float[2][2]){{4, 0.5f}, {3, 4}},
                  (const float[3][2][2]){{{0.5f, 0.5f}, {1, 1}}, {{0.5f, 0.5f}, {0, 0}}, {{0}}});
    check_lengths("max", (const float[2][2]){{7, 2}, {3, 4}},
                  (const float[3][2][2]){{{0, 1}, {1, 1}}, {{1, 0}, {0, 0}}, {{0}}});
}

static void test_max_shows_what_is_not_a_number(void **state)
{
    (void)state;
    void *values = values_new(module);
    struct bench bench;
    float *saved;
    for (int step = 0; step < 3; step++) {
        read_out(&bench, values, "max");
        bench.in[step * 4] = NAN;
        bench_forward(&bench);
        assert_true(isnan(bench.out[0]));
        saved = bench.call.saved;
        bench.call.saved = NULL;
        bench_forward(&bench);
        assert_true(isnan(bench.out[0]));
        assert_float_equal(bench.out[3], 9, 0);
        bench.call.saved = saved;
        bench_release(&bench);
    }
    memory_free(values);
}

static void test_one_step_and_a_smaller_batch(void **state)
{
    (void)state;
    static const char *const names[] = {"last", "mean", "max"};
    void *values = values_new(module);
    for (int i = 0; i < 3; i++) {
        struct bench bench;
        values_choose(module, values, "of", names[i]);
        bench_init(&bench, &layer_readout, values,
                   (struct sequence){.steps = 1, .features = 3, .reversed_from = 0}, 4);
        bench.call.batch = 2;
        bench_forward(&bench);
        bench_backward(&bench);
        assert_memory_equal(bench.out, bench.in, 6 * sizeof(float));
        assert_memory_equal(bench.in_gradient, bench.out_gradient, 6 * sizeof(float));
        bench_release(&bench);
    }
    memory_free(values);
}

static void test_mixed_directions_have_no_last(void **state)
{
    (void)state;
    void *values = values_new(module);
    struct layer_plan plan = {.in = sequence, .out = sequence, .batch = 2};
    struct error error = {0};
    plan.in.mixes_directions = plan.out.mixes_directions = true;
    assert_int_equal(layer_readout.describe(values, &plan, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_non_null(strstr(error.text, "merge: concat"));
    values_choose(module, values, "of", "mean");
    assert_int_equal(layer_readout.describe(values, &plan, &error), 0);
    assert_false(plan.out.mixes_directions);
    memory_free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_last_of_each_direction),
        cmocka_unit_test(test_mean),
        cmocka_unit_test(test_max),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_max_shows_what_is_not_a_number),
        cmocka_unit_test(test_one_step_and_a_smaller_batch),
        cmocka_unit_test(test_mixed_directions_have_no_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
