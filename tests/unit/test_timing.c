/* Real steps of a variant, timed in a process of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "batch/timing.h"
#include "unit/batch_fixture.h"

static void test_larger_is_slower(void **state)
{
    struct bench *bench = *state;
    struct timing small, large;
    bench_plan(bench, "base: base.yaml\nvariants: {small: {}, large: {model.units: 200}}\n", true);
    double begun = clock_seconds();
    timing_measure(&small, &bench->batch, 0);
    timing_measure(&large, &bench->batch, 1);
    assert_true(clock_seconds() - begun < 10);
    assert_true(small.step > 0 && small.example > 0 && small.setup > 0);
    assert_true(large.step > 2 * small.step);
    assert_true(large.example > small.example);
    assert_false(file_exists(bench->scene.store));
}

/* What cannot be trained cannot be timed, and does no harm. */
static void test_cannot(void **state)
{
    struct bench *bench = *state;
    struct timing timing;
    bench_plan(bench, "base: base.yaml\nvariants: {a: {}}\n", true);
    static char override[] = "model.units=-1";
    char *overrides[] = {override};
    bench->options.overrides = overrides;
    bench->options.override_count = 1;
    timing_measure(&timing, &bench->batch, 0);
    assert_true(timing.step == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(test_larger_is_slower),
        BENCH_TEST(test_cannot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
