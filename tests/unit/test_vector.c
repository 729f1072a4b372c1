#include "math/vector.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/isas.h"

struct function {
    const char *name;
    void (*approximate)(int64_t count, const float *in, float *out);
    double (*exact)(double);
    double stated_ulp; /* what math/vector.h says */
};

static double exact_sigmoid(double x)
{
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

static const struct function functions[] = {
    {"exp", vector_exp, exp, 0.99},
    {"sigmoid", vector_sigmoid, exact_sigmoid, 2.41},
    {"tanh", vector_tanh, tanh, 2.43},
};
enum { FUNCTIONS = sizeof functions / sizeof functions[0] };

static double ulp_error(float value, double exact)
{
    double magnitude = fabs(exact);
    if (magnitude > (double)FLT_MAX * (1 + 0x1p-25))
        return isinf(value) ? 0 : INFINITY;
    int exponent;
    frexp(magnitude, &exponent);
    double ulp = ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
    return fabs((double)value - exact) / ulp;
}

enum { CHUNK = 4096 };

/* The largest error over every STRIDE-th bit pattern, all signs and exponents. */
static double largest_error(const struct function *function, uint32_t stride, float *worst)
{
    static float in[CHUNK], out[CHUNK];
    double largest = 0;
    for (uint64_t bits = 0; bits <= UINT32_MAX;) {
        int count = 0;
        for (; count < CHUNK && bits <= UINT32_MAX; bits += stride) {
            float x = math_from_bits((uint32_t)bits);
            if (!isnan(x))
                in[count++] = x;
        }
        function->approximate(count, in, out);
        for (int i = 0; i < count; i++) {
            double error = ulp_error(out[i], function->exact((double)in[i]));
            if (!(error <= largest)) {
                largest = error;
                *worst = in[i];
            }
        }
    }
    return largest;
}

static void errors_are_as_stated(void **state)
{
    (void)state;
    const char *wanted = getenv("ULP_STRIDE"); /* 1: every float */
    uint32_t stride = wanted ? (uint32_t)atol(wanted) : 4999;
    for (int isa = 0; isa < ISA_COUNT; isa++)
        for (int i = 0; i < FUNCTIONS && isas_use((enum math_isa)isa); i++) {
            float worst = 0;
            double largest = largest_error(&functions[i], stride, &worst);
            print_message("%-8s %-8s %.3f ulp at %a\n", math_isa_name((enum math_isa)isa),
                          functions[i].name, largest, (double)worst);
            assert_true(largest <= functions[i].stated_ulp);
        }
}

static void limits_are_exact(void **state)
{
    (void)state;
    const float in[] = {INFINITY, -INFINITY, 0.0f, -0.0f, 200.0f, -200.0f, FLT_MAX, -FLT_MAX};
    enum { COUNT = sizeof in / sizeof in[0] };
    const float expected[FUNCTIONS][COUNT] = {
        {INFINITY, 0, 1, 1, INFINITY, 0, INFINITY, 0},
        {1, 0, 0.5f, 0.5f, 1, 0, 1, 0},
        {1, -1, 0, -0.0f, 1, -1, 1, -1},
    };
    for (int isa = 0; isa < ISA_COUNT; isa++)
        for (int i = 0; i < FUNCTIONS && isas_use((enum math_isa)isa); i++) {
            float out[COUNT];
            functions[i].approximate(COUNT, in, out);
            for (int j = 0; j < COUNT; j++)
                assert_int_equal(math_to_bits(out[j]), math_to_bits(expected[i][j]));
        }
}

static void nan_stays_nan(void **state)
{
    (void)state;
    float in[67], out[67];
    for (int at = 0; at < 67; at++)
        for (int isa = 0; isa < ISA_COUNT; isa++)
            for (int i = 0; i < FUNCTIONS && isas_use((enum math_isa)isa); i++) {
                memset(in, 0, sizeof in);
                in[at] = at % 2 ? NAN : -NAN;
                functions[i].approximate(67, in, out);
                for (int j = 0; j < 67; j++)
                    assert_int_equal(isnan(out[j]) != 0, j == at);
            }
}

/* The same value gives the same bits wherever it stands, in whole vectors and in what is left
 * over, and in place. */
static void position_does_not_matter(void **state)
{
    (void)state;
    enum { COUNT = 151 };
    float in[COUNT], whole[COUNT], part[COUNT];
    for (int i = 0; i < COUNT; i++)
        in[i] = 9.0f * sinf(12.9898f * (float)(i + 1));
    for (int isa = 0; isa < ISA_COUNT; isa++)
        for (int i = 0; i < FUNCTIONS && isas_use((enum math_isa)isa); i++) {
            functions[i].approximate(COUNT, in, whole);
            for (int from = 0; from < COUNT; from += 3)
                for (int count = 1; from + count <= COUNT && count < 40; count++) {
                    memcpy(part, in + from, (size_t)count * sizeof(float));
                    functions[i].approximate(count, part, part);
                    assert_memory_equal(part, whole + from, (size_t)count * sizeof(float));
                }
        }
}

static int restore_isa(void **state)
{
    (void)state;
    return isas_restore();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_as_stated),
        cmocka_unit_test(limits_are_exact),
        cmocka_unit_test(nan_stays_nan),
        cmocka_unit_test(position_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, restore_isa);
}
