#include "unit/layer_values.h"

extern const struct layer layer_dropout;

static const struct module *const module = &layer_dropout.module;
static const struct sequence sequence = {.steps = 5, .features = 7, .reversed_from = 4};

static void test_what_is_kept_is_scaled(void **state)
{
    (void)state;
    values_check_table(module, "rate");
    void *values = values_new(module);
    values_set(module, values, "rate", 0.25);
    struct bench bench;
    bench_init(&bench, &layer_dropout, values, (struct sequence){.steps = 40, .features = 50}, 30);
    bench_forward(&bench);
    bench_backward(&bench);
    int64_t kept = 0, size = bench_in_size(&bench);
    for (int64_t i = 0; i < size; i++) {
        if (bench.out[i] == 0) {
            assert_float_equal(bench.in_gradient[i], 0, 0);
            continue;
        }
        kept++;
        assert_float_equal(bench.out[i], bench.in[i] / 0.75, 1e-6);
        assert_float_equal(bench.in_gradient[i], bench.out_gradient[i] / 0.75, 1e-6);
    }
    /* One standard error of 60,000 draws is 0.0018. */
    assert_true(fabs((double)kept / (double)size - 0.75) < 0.009);
    bench_release(&bench);
    memory_free(values);
}

static void test_identity_outside_of_training(void **state)
{
    (void)state;
    void *values = values_new(module);
    struct bench bench;
    bench_init(&bench, &layer_dropout, values, sequence, 3);
    size_t size = (size_t)bench_in_size(&bench) * sizeof(float);
    bench.call.training = false;
    bench_forward(&bench);
    bench_backward(&bench);
    assert_memory_equal(bench.out, bench.in, size);
    assert_memory_equal(bench.in_gradient, bench.out_gradient, size);

    bench.call.training = true;
    values_set(module, values, "rate", 0);
    bench_forward(&bench);
    bench_backward(&bench);
    assert_memory_equal(bench.out, bench.in, size);
    assert_memory_equal(bench.in_gradient, bench.out_gradient, size);
    bench_release(&bench);
    memory_free(values);
}

/* Whether the output at (t, b, f) of BENCH was kept. */
static bool is_kept(const struct bench *bench, int64_t t, int64_t b, int64_t f)
{
    return bench->out[(t * bench->call.batch + b) * sequence.features + f] != 0;
}

/* Element (t, b, f) draws number ((first_example + b) · steps + t) · features + f, so that two
 * shards drop what one does. */
static void test_shards_do_not_change_the_mask(void **state)
{
    (void)state;
    void *values = values_new(module);
    struct bench whole, first, second;
    bench_init(&whole, &layer_dropout, values, sequence, 6);
    bench_init(&first, &layer_dropout, values, sequence, 4);
    bench_init(&second, &layer_dropout, values, sequence, 4);
    second.call.batch = 2; /* smaller than its plan's */
    second.call.first_example = 4;
    bench_forward(&whole);
    bench_forward(&first);
    bench_forward(&second);
    for (int64_t t = 0; t < sequence.steps; t++)
        for (int64_t b = 0; b < 6; b++)
            for (int64_t f = 0; f < sequence.features; f++) {
                bool in_shard = b < 4 ? is_kept(&first, t, b, f) : is_kept(&second, t, b - 4, f);
                float number;
                uint64_t index = (uint64_t)((b * sequence.steps + t) * sequence.features + f);
                random_fill_uniform(5, RANDOM_DROPOUT, 0, 0, index, 1, &number);
                assert_int_equal(is_kept(&whole, t, b, f), number >= 0.5f);
                assert_int_equal(is_kept(&whole, t, b, f), in_shard);
            }
    bench_release(&whole);
    bench_release(&first);
    bench_release(&second);
    memory_free(values);
}

/* Which of the first 35 elements of a forward pass are kept, as bits. */
static uint64_t mask_of(struct bench *bench)
{
    uint64_t mask = 0;
    bench_forward(bench);
    for (int i = 0; i < 35; i++)
        mask |= (uint64_t)(bench->out[i] != 0) << i;
    return mask;
}

static void test_each_step_layer_and_seed_has_its_own_mask(void **state)
{
    (void)state;
    void *values = values_new(module);
    struct bench bench;
    bench_init(&bench, &layer_dropout, values, sequence, 1);
    uint64_t mask = mask_of(&bench);
    assert_true(mask == mask_of(&bench));
    bench.call.step = 1;
    assert_true(mask != mask_of(&bench));
    bench.call.step = 0;
    bench.call.layer = 1;
    assert_true(mask != mask_of(&bench));
    bench.call.layer = 0;
    bench.call.seed++;
    assert_true(mask != mask_of(&bench));
    bench_release(&bench);
    memory_free(values);
}

static void test_gradients_and_plan(void **state)
{
    (void)state;
    void *values = values_new(module);
    struct bench bench;
    bench_init(&bench, &layer_dropout, values, sequence, 2);
    assert_int_equal(bench.plan.out.steps, 5);
    assert_int_equal(bench.plan.out.features, 7);
    assert_int_equal(bench.plan.out.reversed_from, 4);
    assert_int_equal(bench.plan.tensor_count, 0);
    bench_check_gradients(&bench);
    bench_check_optional_memory(&bench);
    bench_release(&bench);
    memory_free(values);
}

static void test_range(void **state)
{
    (void)state;
    assert_true(values_allow(module, "rate", 0));
    assert_false(values_allow(module, "rate", 1));
    assert_false(values_allow(module, "rate", -0.1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_kept_is_scaled),
        cmocka_unit_test(test_identity_outside_of_training),
        cmocka_unit_test(test_shards_do_not_change_the_mask),
        cmocka_unit_test(test_each_step_layer_and_seed_has_its_own_mask),
        cmocka_unit_test(test_gradients_and_plan),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
