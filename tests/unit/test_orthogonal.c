#include "unit/initializer_values.h"
#include "unit/isas.h"

#include <stdlib.h>
#include <string.h>

extern const struct initializer initializer_orthogonal;

static const struct module *const module = &initializer_orthogonal.module;

/* The product of columns (or rows, where WIDE) I and J of MATRIX [rows, columns]. */
static double product(const float *matrix, int64_t rows, int64_t columns, bool wide, int64_t i,
                      int64_t j)
{
    double sum = 0;
    for (int64_t k = 0; k < (wide ? columns : rows); k++)
        sum += wide ? (double)matrix[i * columns + k] * matrix[j * columns + k]
                    : (double)matrix[k * columns + i] * matrix[k * columns + j];
    return sum;
}

static void check_orthonormal(int64_t rows, int64_t columns, double gain)
{
    void *values = values_new(module);
    values_set(module, values, "gain", gain);
    struct tensor tensor = tensor_of(rows, columns);
    float *out = fill_with(&initializer_orthogonal, values, &tensor, 1);
    bool wide = columns > rows;
    int64_t count = wide ? rows : columns;
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j <= i; j++) {
            double expected = i == j ? gain * gain : 0;
            assert_true(fabs(product(out, rows, columns, wide, i, j) - expected) <
                        1e-6 * gain * gain);
        }
    memory_free(out);
    memory_free(values);
}

static void test_columns_or_rows_are_orthonormal(void **state)
{
    (void)state;
    values_check_table(module, "gain");
    check_orthonormal(64, 16, 1);
    check_orthonormal(16, 61, 1);
    check_orthonormal(33, 33, 1);
    check_orthonormal(1, 1, 1);
    check_orthonormal(1, 5, 1);
    check_orthonormal(20, 7, 2.5);
}

/* The projections of the normal matrix onto Q are R, whose diagonal is positive: the first column
 * is the first drawn vector itself, scaled to length one. */
static void test_signs_are_those_of_the_drawn_vectors(void **state)
{
    (void)state;
    enum { ROWS = 6, COLUMNS = 3 };
    void *values = values_new(module);
    struct tensor tensor = tensor_of(ROWS, COLUMNS);
    float *out = fill_with(&initializer_orthogonal, values, &tensor, 5);
    struct random_stream stream;
    random_open(&stream, 5, RANDOM_INIT, 3, 0);
    for (int column = 0; column < COLUMNS; column++) {
        double drawn[ROWS], squares = 0, along = 0;
        for (int row = 0; row < ROWS; row++) {
            drawn[row] = random_normal(&stream);
            squares += drawn[row] * drawn[row];
            along += drawn[row] * out[row * COLUMNS + column];
        }
        assert_true(along > 0);
        if (column == 0)
            for (int row = 0; row < ROWS; row++)
                assert_float_equal(out[row * COLUMNS], drawn[row] / sqrt(squares), 1e-6);
    }
    memory_free(out);
    memory_free(values);
}

static void test_repeats(void **state)
{
    (void)state;
    void *values = values_new(module);
    check_repeats(&initializer_orthogonal, values);
    memory_free(values);
}

/* No instruction set may melt a product and a sum into one rounding here. */
static void test_every_instruction_set_gives_the_same_bits(void **state)
{
    (void)state;
    void *values = values_new(module);
    struct tensor tensor = tensor_of(50, 40);
    struct error error;
    size_t size = (size_t)tensor_size(&tensor) * sizeof(float);
    assert_int_equal(math_isa_init(&error), 0);
    float *best = fill_with(&initializer_orthogonal, values, &tensor, 9);
    for (int isa = 0; isa < ISA_COUNT; isa++) {
        if (!isas_use((enum math_isa)isa))
            continue;
        float *out = fill_with(&initializer_orthogonal, values, &tensor, 9);
        assert_memory_equal(best, out, size);
        memory_free(out);
    }
    assert_int_equal(isas_restore(), 0);
    memory_free(best);
    memory_free(values);
}

static void test_a_vector_is_refused(void **state)
{
    (void)state;
    void *values = values_new(module);
    struct tensor tensor = tensor_of(8, 0);
    struct random_stream stream;
    struct error error = {0};
    float out[8];
    random_open(&stream, 1, RANDOM_INIT, 0, 0);
    assert_int_equal(initializer_orthogonal.fill(values, &tensor, &stream, out, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_non_null(strstr(error.text, "weight is a vector"));
    memory_free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_or_rows_are_orthonormal),
        cmocka_unit_test(test_signs_are_those_of_the_drawn_vectors),
        cmocka_unit_test(test_repeats),
        cmocka_unit_test(test_every_instruction_set_gives_the_same_bits),
        cmocka_unit_test(test_a_vector_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
