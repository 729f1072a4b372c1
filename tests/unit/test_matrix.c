#include "math/matrix.h"
#include "math/random.h"

#include <cblas.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static float *random_floats(int64_t count, uint32_t lane)
{
    float *floats = malloc((size_t)count * sizeof *floats);
    assert_non_null(floats);
    random_fill_uniform(1, RANDOM_TEST, lane, 0, 0, count, floats);
    for (int64_t i = 0; i < count; i++)
        floats[i] -= 0.5f;
    return floats;
}

/* A product with rows longer than the matrices are wide, against sums in double precision. What
 * stands in C's rows behind column n must stay. */
static void compare_product(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                            float beta)
{
    const int64_t lda = (transpose_a ? m : k) + 3, ldb = (transpose_b ? k : n) + 1, ldc = n + 2;
    float *a = random_floats((transpose_a ? k : m) * lda, 1);
    float *b = random_floats((transpose_b ? n : k) * ldb, 2);
    float *c = random_floats(m * ldc, 3), *before = random_floats(m * ldc, 3);
    matrix_multiply(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, beta, c, ldc);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < ldc; j++) {
            double sum = j < n ? (double)beta * (double)before[i * ldc + j] : 0;
            for (int64_t l = 0; l < k && j < n; l++)
                sum += (double)a[transpose_a ? l * lda + i : i * lda + l] *
                       (double)b[transpose_b ? j * ldb + l : l * ldb + j];
            if (j < n)
                assert_true(fabs((double)c[i * ldc + j] - sum) <= 1e-5);
            else
                assert_true(c[i * ldc + j] == before[i * ldc + j]);
        }
    free(a);
    free(b);
    free(c);
    free(before);
}

static void products_are_right(void **state)
{
    (void)state;
    const int64_t sizes[][3] = {{1, 1, 1}, {7, 5, 3}, {100, 64, 28}, {33, 130, 65}};
    for (size_t size = 0; size < sizeof sizes / sizeof sizes[0]; size++)
        for (int transpose = 0; transpose < 4; transpose++)
            for (int beta = 0; beta < 2; beta++)
                compare_product(transpose & 1, transpose & 2, sizes[size][0], sizes[size][1],
                                sizes[size][2], (float)beta);
}

/* beta 0 means that what C held does not matter, even where it is not a number. */
static void beta_zero_overwrites(void **state)
{
    (void)state;
    const float a[] = {1, 2}, b[] = {3, 4};
    float c[] = {NAN};
    matrix_multiply(false, false, 1, 1, 2, a, 2, b, 1, 0, c, 1);
    assert_true(c[0] == 11);
}

static void column_sums_add_in_order(void **state)
{
    (void)state;
    enum { ROWS = 57, COLUMNS = 37 };
    float *a = random_floats(ROWS * COLUMNS, 4);
    float expected[COLUMNS], sums[COLUMNS];
    for (int j = 0; j < COLUMNS; j++) {
        expected[j] = sums[j] = (float)j;
        for (int i = 0; i < ROWS; i++)
            expected[j] += a[i * COLUMNS + j];
    }
    matrix_add_column_sums(a, ROWS, COLUMNS, sums);
    assert_memory_equal(sums, expected, sizeof sums);
    free(a);
}

static void one_thread_is_used(void **state)
{
    (void)state;
    openblas_set_num_threads(2);
    matrix_init();
    assert_int_equal(openblas_get_num_threads(), 1);
}

static void description_names_version_and_kernel(void **state)
{
    (void)state;
    struct text text = {0};
    char name[16], version[16], kernel[32];
    matrix_describe(&text);
    assert_int_equal(sscanf(text_get(&text), "%15s %15s %31s", name, version, kernel), 3);
    assert_string_equal(name, "OpenBLAS");
    assert_in_range(version[0], '0', '9');
    assert_string_equal(kernel, openblas_get_corename());
    text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_right),
        cmocka_unit_test(beta_zero_overwrites),
        cmocka_unit_test(column_sums_add_in_order),
        cmocka_unit_test(one_thread_is_used),
        cmocka_unit_test(description_names_version_and_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
