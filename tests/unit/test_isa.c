#include "math/isa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Kept before math_isa_init is first called: what the processor alone gives. */
static enum math_isa best;

static int keep_best(void **state)
{
    (void)state;
    unsetenv("UNROLL_ISA");
    best = math_isa();
    return 0;
}

static void environment_chooses(void **state)
{
    (void)state;
    struct error error = {0};
    for (int isa = ISA_BASELINE; isa < ISA_COUNT; isa++) {
        enum math_isa before = math_isa();
        setenv("UNROLL_ISA", math_isa_name((enum math_isa)isa), 1);
        if (isa <= (int)best) {
            assert_int_equal(math_isa_init(&error), 0);
            assert_int_equal(math_isa(), isa);
        } else {
            assert_int_equal(math_isa_init(&error), -1);
            assert_int_equal(error.code, ERROR_USAGE);
            assert_non_null(strstr(error.text, "best that"));
            assert_int_equal(math_isa(), before);
        }
    }
}

static void empty_and_unset_mean_the_best(void **state)
{
    (void)state;
    setenv("UNROLL_ISA", "baseline", 1);
    assert_int_equal(math_isa_init(NULL), 0);
    assert_int_equal(math_isa(), ISA_BASELINE);
    setenv("UNROLL_ISA", "", 1);
    assert_int_equal(math_isa_init(NULL), 0);
    assert_int_equal(math_isa(), best);
    unsetenv("UNROLL_ISA");
    assert_int_equal(math_isa_init(NULL), 0);
    assert_int_equal(math_isa(), best);
}

static void unknown_names_are_rejected(void **state)
{
    (void)state;
    const char *const names[] = {"AVX2", "avx", "avx2 ", "sse"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct error error = {0};
        setenv("UNROLL_ISA", names[i], 1);
        assert_int_equal(math_isa_init(&error), -1);
        assert_int_equal(error.code, ERROR_USAGE);
        assert_non_null(strstr(error.text, names[i]));
        assert_non_null(strstr(error.text, "amx, avx512, avx2 or baseline"));
    }
    unsetenv("UNROLL_ISA");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(environment_chooses),
        cmocka_unit_test(empty_and_unset_mean_the_best),
        cmocka_unit_test(unknown_names_are_rejected),
    };
    return cmocka_run_group_tests(tests, keep_best, NULL);
}
