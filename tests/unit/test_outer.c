#include "math/outer.h"
#include "math/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/isas.h"

static float *random_floats(int64_t count, uint32_t lane)
{
    float *floats = malloc((size_t)(count + 1) * sizeof *floats);
    assert_non_null(floats);
    random_fill_uniform(1, RANDOM_TEST, lane, 0, 0, count, floats);
    for (int64_t i = 0; i < count; i++)
        floats[i] -= 0.5f;
    return floats;
}

/* C keeps what it had, the sum is added, and what stands behind column n of its rows stays. The
 * working memory holds rubbish and begins anywhere. */
static void compare(int64_t k, int64_t m, int64_t n)
{
    const int64_t lda = m + 3, ldb = n + 1, ldc = n + 2, working = outer_floats(m, n);
    float *a = random_floats(k * lda, 1), *b = random_floats(k * ldb, 2);
    float *c = random_floats(m * ldc, 3), *before = random_floats(m * ldc, 3);
    float *memory = random_floats(working + 1, 4);
    for (int64_t i = 0; i < working; i++)
        memory[i + 1] = NAN;
    const struct outer_term term = {n, b, ldb, c, ldc};
    outer_add(k, m, a, lda, &term, 1, memory + 1);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            double sum = (double)before[i * ldc + j], magnitudes = fabs(sum);
            for (int64_t l = 0; l < k; l++) {
                double product = (double)a[l * lda + i] * (double)b[l * ldb + j];
                sum += product;
                magnitudes += fabs(product);
            }
            assert_true(fabs((double)c[i * ldc + j] - sum) <= 16 * 0x1p-24 * magnitudes);
        }
        assert_memory_equal(c + i * ldc + n, before + i * ldc + n, 2 * sizeof *c);
    }
    float *const all[] = {a, b, c, before, memory};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
}

/* Terms of one call against calls of one term each: the same bits. */
static void terms_are_apart(void **state)
{
    (void)state;
    enum { K = 150, M = 45, TERMS = 3 };
    const int64_t n[TERMS] = {28, 33, 7};
    float *a = random_floats((int64_t)K * M, 1), *b[TERMS], *joined[TERMS], *alone[TERMS];
    struct outer_term terms[TERMS];
    int64_t floats = 0;
    for (int i = 0; i < TERMS; i++) {
        b[i] = random_floats(K * n[i], (uint32_t)(2 + i));
        joined[i] = random_floats(M * n[i], (uint32_t)(5 + i));
        alone[i] = random_floats(M * n[i], (uint32_t)(5 + i));
        terms[i] = (struct outer_term){n[i], b[i], n[i], joined[i], n[i]};
        floats += outer_floats(M, n[i]);
    }
    float *memory = malloc((size_t)(floats + 1) * sizeof *memory);
    assert_non_null(memory);
    outer_add(K, M, a, M, terms, TERMS, memory);
    for (int i = 0; i < TERMS; i++) {
        terms[i].c = alone[i];
        outer_add(K, M, a, M, &terms[i], 1, memory);
        assert_memory_equal(joined[i], alone[i], (size_t)(M * n[i]) * sizeof *alone[i]);
        free(b[i]);
        free(joined[i]);
        free(alone[i]);
    }
    free(a);
    free(memory);
}

static void every_remainder_is_right(void **state)
{
    (void)state;
    for (int64_t m = 1; m <= 34; m++)
        for (int64_t n = 1; n <= 34; n++)
            compare((7 * m + n) % 67, m, n);
}

static void sizes_of_layers_are_right(void **state)
{
    (void)state;
    compare(1400, 400, 28);
    compare(700, 256, 64);
    compare(129, 100, 100);
    compare(300, 20, 70);
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
            cmocka_unit_test_prestate_setup_teardown(terms_are_apart, isas_setup, NULL, name),
        };
        failed += cmocka_run_group_tests_name(math_isa_name(isa), tests, NULL, NULL);
    }
    return failed;
}
