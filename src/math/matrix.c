#include "math/matrix.h"

#include "math/isa.h"

#include <cblas.h>
#include <string.h>

void matrix_init(void)
{
    openblas_set_num_threads(1);
}

void matrix_multiply(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                     const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                     int64_t ldc)
{
    cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, (blasint)m, (blasint)n, (blasint)k, 1.0f,
                a, (blasint)lda, b, (blasint)ldb, beta, c, (blasint)ldc);
}

MATH_BODY void add_row_body(int64_t count, const float *restrict row, float *restrict out)
{
    for (int64_t j = 0; j < count; j++)
        out[j] += row[j];
}

MATH_BODY void column_sums_body(const float *a, int64_t rows, int64_t columns, float *out)
{
    for (int64_t i = 0; i < rows; i++)
        add_row_body(columns, a + i * columns, out);
}

MATH_CLONES(column_sums, column_sums_body,
            (const float *a, int64_t rows, int64_t columns, float *out), (a, rows, columns, out))

void matrix_add_column_sums(const float *a, int64_t rows, int64_t columns, float *out)
{
    column_sums(a, rows, columns, out);
}

void matrix_describe(struct text *text)
{
    /* The configuration reads "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...". */
    const char *config = openblas_get_config();
    size_t words = strcspn(config, " ");
    if (config[words])
        words += 1 + strcspn(config + words + 1, " ");
    text_add_bytes(text, config, words);
    text_add_char(text, ' ');
    text_add(text, openblas_get_corename());
}
