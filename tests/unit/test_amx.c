/* What math/amx.h promises beyond math/packed.h: the very bits, and where its range ends. */
#include "math/amx.h"
#include "math/packed.h"
#include "math/random.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "unit/isas.h"

enum { K = PACKED_BLOCK, HALF = K / 2, PARTS = 3 };

/* START + A [k] · B [k], by packed_multiply. */
static float product(int64_t k, const float *a, const float *b, float start)
{
    static float memory[1 << 14];
    float c = start;
    assert_true(packed_floats(k, 1) <= (int64_t)(sizeof memory / sizeof *memory));
    const struct packed packed = packed_pack(false, k, 1, b, 1, memory);
    const struct packed_term term = {a, k, &packed};
    packed_multiply(1, &term, 1, &c, 1, &c, 1);
    return c;
}

static float one_product(float a, float b, float start)
{
    return product(1, &a, &b, start);
}

/* X to nearest with the eight bits of a bfloat16; halves away from zero. */
static float rounded(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x8000) & 0xffff0000;
    memcpy(&x, &bits, sizeof bits);
    return x;
}

static void cut(float x, float parts[PARTS])
{
    parts[0] = rounded(x);
    parts[1] = rounded(x - parts[0]);
    parts[2] = x - parts[0] - parts[1];
    assert_true(parts[2] == rounded(parts[2])); /* nothing is left */
}

/* One block in the order that amx.c states. */
static float emulated(const float *a, const float *b, float start)
{
    static const int products[6][2] = {{2, 0}, {1, 1}, {1, 0}, {0, 2}, {0, 1}, {0, 0}};
    float left[K][PARTS], right[K][PARTS];
    for (int k = 0; k < K; k++) {
        cut(a[k], left[k]);
        cut(b[k], right[k]);
    }
    for (int i = 0; i < 6; i++) {
        const int x = products[i][0], y = products[i][1];
        float sums[2] = {0, 0};
        for (int k = 0; k < K; k++)
            sums[k / HALF] = fmaf(left[k][x], right[k][y], sums[k / HALF]);
        start += sums[0] + sums[1];
    }
    return start;
}

static void bits_are_those_stated(void **state)
{
    (void)state;
    if (!isas_use(ISA_AMX))
        skip();
    for (uint32_t i = 0; i < 500; i++) {
        float a[K], b[K], start;
        random_fill_uniform(1, RANDOM_TEST, 1, i, 0, K, a);
        random_fill_uniform(1, RANDOM_TEST, 2, i, 0, K, b);
        random_fill_uniform(1, RANDOM_TEST, 3, i, 0, 1, &start);
        for (int k = 0; k < K; k++) {
            a[k] = ldexpf(a[k] - 0.5f, k % 9 - 4);
            b[k] -= 0.5f;
        }
        const float expected = emulated(a, b, start), found = product(K, a, b, start);
        assert_memory_equal(&expected, &found, sizeof found);
    }
    isas_restore();
}

/* From 2^-100 on, elements have all their bits. */
static void small_elements_are_exact(void **state)
{
    (void)state;
    if (!isas_use(ISA_AMX))
        skip();
    for (int power = -100; power <= 127; power++) {
        const float x = ldexpf(1.99999988f, power);
        assert_true(power == 127 ? isnan(one_product(x, 1, 0)) : one_product(x, 1, 0) == x);
        assert_true(power == 127 ? isnan(one_product(1, -x, 0)) : one_product(1, -x, 0) == -x);
    }
    isas_restore();
}

static void range_ends_where_stated(void **state)
{
    (void)state;
    if (!isas_use(ISA_AMX))
        skip();
    assert_true(one_product(3.396e38f, 1, 0) == 3.396e38f);
    assert_true(isnan(one_product(3.397e38f, 1, 0)));
    assert_true(isnan(one_product(FLT_MAX, 1, 0)));
    assert_true(isnan(one_product(INFINITY, 2, 0)));
    assert_true(isnan(one_product(NAN, 2, 0)));
    assert_true(isnan(one_product(1, 1, NAN)));
    assert_true(one_product(1, 1, INFINITY) == INFINITY);
    assert_true(one_product(1e20f, 1e20f, 0) == INFINITY);
    assert_true(one_product(1e-40f, 1e10f, 0) == 0);
    assert_true(one_product(1e-20f, 1e-19f, 0) == 0);
    assert_true(one_product(0, 1, 1e-40f) == 0);
    isas_restore();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_are_those_stated),
        cmocka_unit_test(small_elements_are_exact),
        cmocka_unit_test(range_ends_where_stated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
