#include "math/packed.h"
#include "math/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/isas.h"

enum start { START_ZERO, START_ROW, START_C, STARTS };

static float *random_floats(int64_t count, uint32_t lane)
{
    float *floats = malloc((size_t)(count + 1) * sizeof *floats);
    assert_non_null(floats);
    random_fill_uniform(1, RANDOM_TEST, lane, 0, 0, count, floats);
    for (int64_t i = 0; i < count; i++)
        floats[i] -= 0.5f;
    return floats;
}

/* op(B) [k, n] as it is stored, with rows longer than they need be. */
static struct packed pack(bool transpose, int64_t k, int64_t n, const float *b, float **memory)
{
    *memory = malloc((size_t)(packed_floats(k, n) + 1) * sizeof **memory);
    assert_non_null(*memory);
    return packed_pack(transpose, k, n, b, (transpose ? k : n) + 1, *memory);
}

static double element(bool transpose, int64_t k, int64_t n, const float *b, int64_t l, int64_t j)
{
    return (double)(transpose ? b[j * (k + 1) + l] : b[l * (n + 1) + j]);
}

/* Two terms, of k and of other_k, against sums in double precision. What stands in C's rows behind
 * column n must stay. */
static void compare(int64_t m, int64_t n, int64_t k, int64_t other_k, enum start start)
{
    const int64_t lda = k + 3, other_lda = other_k + 2, ldc = n + 2;
    const bool transpose = (m + n + k) % 2;
    float *a = random_floats(m * lda, 1), *other_a = random_floats(m * other_lda, 2);
    float *b = random_floats((k + 1) * (n + 1), 3);
    float *other_b = random_floats((other_k + 1) * (n + 1), 4), *row = random_floats(n, 5);
    float *c = random_floats(m * ldc, 6), *before = random_floats(m * ldc, 6);
    float *memory, *other_memory;
    const struct packed packed = pack(transpose, k, n, b, &memory);
    const struct packed other = pack(!transpose, other_k, n, other_b, &other_memory);
    const struct packed_term terms[] = {{a, lda, &packed}, {other_a, other_lda, &other}};
    const double bound = 1e-5 * (1 + (double)(k + other_k) / 300);
    const float *from = start == START_ZERO ? NULL : start == START_ROW ? row : c;
    packed_multiply(m, terms, 2, from, start == START_C ? ldc : 0, c, ldc);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            double sum = start == START_ZERO  ? 0
                         : start == START_ROW ? (double)row[j]
                                              : (double)before[i * ldc + j];
            for (int64_t l = 0; l < k; l++)
                sum += (double)a[i * lda + l] * element(transpose, k, n, b, l, j);
            for (int64_t l = 0; l < other_k; l++)
                sum += (double)other_a[i * other_lda + l] *
                       element(!transpose, other_k, n, other_b, l, j);
            assert_true(fabs((double)c[i * ldc + j] - sum) <= bound);
        }
        assert_memory_equal(c + i * ldc + n, before + i * ldc + n, 2 * sizeof *c);
    }
    float *const all[] = {a, other_a, b, other_b, row, c, before, memory, other_memory};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
}

/* Every height of a tile and of two, every width of a panel and of two. */
static void every_remainder_is_right(void **state)
{
    (void)state;
    for (int64_t m = 0; m <= 35; m++)
        for (int64_t n = 0; n <= 66; n++)
            compare(m, n, (m + n) % 4, n % 3, (enum start)((m + n) % STARTS));
}

static void sizes_of_layers_are_right(void **state)
{
    (void)state;
    const int64_t sizes[][4] = {
        {100, 512, 28, 128}, {50, 100, 400, 0}, {1, 256, 1, 64},
        {33, 70, 600, 700},  {16, 40, 999, 5},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int start = 0; start < STARTS; start++)
            compare(sizes[i][0], sizes[i][1], sizes[i][2], sizes[i][3], (enum start)start);
}

/* What a row gives does not depend on the batch that it stands in, nor a column on its neighbours,
 * nor a sum on whether one call or two add it up, if it is cut where PACKED_BLOCK allows. */
static void bits_depend_on_the_row_alone(void **state)
{
    (void)state;
    enum { ROWS = 100, N = 77, K = 131 };
    float *a = random_floats(ROWS * K, 1), *b = random_floats((K + 1) * (N + 1), 2);
    float *row = random_floats(N, 3), *memory, *part_memory;
    float whole[ROWS * N], part[ROWS * N];
    const struct packed packed = pack(false, K, N, b, &memory);
    const struct packed_term term = {a, K, &packed};
    packed_multiply(ROWS, &term, 1, row, 0, whole, N);
    for (int64_t rows = 1; rows <= 33; rows++)
        for (int64_t i = 0; i + rows <= ROWS; i += rows) {
            const struct packed_term some = {a + i * K, K, &packed};
            packed_multiply(rows, &some, 1, row, 0, part, N);
            assert_memory_equal(part, whole + i * N, (size_t)(rows * N) * sizeof *part);
        }

    const struct packed narrow = {.k = K, .n = 5, .panels = packed.panels};
    const struct packed_term columns = {a, K, &narrow};
    packed_multiply(ROWS, &columns, 1, row, 0, part, N);
    for (int64_t i = 0; i < ROWS; i++)
        assert_memory_equal(part + i * N, whole + i * N, 5 * sizeof *part);

    for (int64_t l = 0; l < K; l += 2 * PACKED_BLOCK) {
        const int64_t k = K - l < 2 * PACKED_BLOCK ? K - l : 2 * PACKED_BLOCK;
        part_memory = malloc((size_t)packed_floats(k, N) * sizeof *part_memory);
        assert_non_null(part_memory);
        const struct packed slice = packed_pack(false, k, N, b + l * (N + 1), N + 1, part_memory);
        const struct packed_term some = {a + l, K, &slice};
        packed_multiply(ROWS, &some, 1, l ? part : row, l ? N : 0, part, N);
        free(part_memory);
    }
    assert_memory_equal(part, whole, sizeof whole);
    free(a);
    free(b);
    free(row);
    free(memory);
}

/* As near to the exact sum as float32 multiply-adds come, whatever the magnitudes: the bound is
 * that of 16 roundings, as large as all products together, and the rounding of K sums goes as √K.
 */
static void errors_are_those_of_float32(void **state)
{
    (void)state;
    enum { ROWS = 20, N = 40, K = 300 };
    float *a = random_floats(ROWS * K, 1), *b = random_floats((K + 1) * (N + 1), 2), *memory;
    float c[ROWS * N];
    for (int i = 0; i < ROWS * K; i++)
        a[i] = ldexpf(a[i], i % 61 - 30);
    const struct packed packed = pack(false, K, N, b, &memory);
    const struct packed_term term = {a, K, &packed};
    packed_multiply(ROWS, &term, 1, NULL, 0, c, N);
    for (int64_t i = 0; i < ROWS; i++)
        for (int64_t j = 0; j < N; j++) {
            double sum = 0, magnitudes = 0;
            for (int64_t l = 0; l < K; l++) {
                double product = (double)a[i * K + l] * element(false, K, N, b, l, j);
                sum += product;
                magnitudes += fabs(product);
            }
            assert_true(fabs((double)c[i * N + j] - sum) <= 16 * 0x1p-24 * magnitudes);
        }
    free(a);
    free(b);
    free(memory);
}

static void nan_and_infinity_are_not_hidden(void **state)
{
    (void)state;
    const float a[2] = {NAN, 1}, b[3] = {2, 3, INFINITY};
    float out[6], *memory = malloc((size_t)packed_floats(1, 3) * sizeof *memory);
    assert_non_null(memory);
    const struct packed packed = packed_pack(false, 1, 3, b, 3, memory);
    const struct packed_term term = {a, 1, &packed};
    packed_multiply(2, &term, 1, NULL, 0, out, 3);
    for (int j = 0; j < 3; j++)
        assert_true(isnan(out[j]));
    assert_true(out[3] == 2 && out[4] == 3 && !isfinite(out[5]));
    const uint32_t patterns[] = {0x7f800001, 0x7fc00000, 0x7fffffff,
                                 0xff800001, 0xffc00000, 0xffffffff};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        float nan[1];
        memcpy(nan, &patterns[i], sizeof nan);
        const struct packed_term left = {nan, 1, &packed};
        const struct packed both = packed_pack(false, 1, 3, b, 3, memory);
        assert_ptr_equal(both.panels, packed.panels);
        packed_multiply(1, &left, 1, NULL, 0, out, 3);
        assert_true(isnan(out[0]) && isnan(out[1]));
        const struct packed right = packed_pack(false, 1, 1, nan, 1, memory);
        const struct packed_term one = {a + 1, 1, &right};
        packed_multiply(1, &one, 1, NULL, 0, out, 1);
        assert_true(isnan(out[0]));
    }
    free(memory);
}

int main(void)
{
    int failed = 0;
    for (int i = 0; i < ISA_COUNT; i++) {
        enum math_isa isa = (enum math_isa)i;
        void *name = &isa;
        if (!isas_use(isa))
            continue;
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_prestate_setup_teardown(every_remainder_is_right, isas_setup, NULL,
                                                     name),
            cmocka_unit_test_prestate_setup_teardown(sizes_of_layers_are_right, isas_setup, NULL,
                                                     name),
            cmocka_unit_test_prestate_setup_teardown(bits_depend_on_the_row_alone, isas_setup, NULL,
                                                     name),
            cmocka_unit_test_prestate_setup_teardown(errors_are_those_of_float32, isas_setup, NULL,
                                                     name),
            cmocka_unit_test_prestate_setup_teardown(nan_and_infinity_are_not_hidden, isas_setup,
                                                     NULL, name),
        };
        failed += cmocka_run_group_tests_name(math_isa_name(isa), tests, NULL, NULL);
    }
    return failed;
}
