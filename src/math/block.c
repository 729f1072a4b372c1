#include "math/block.h"

#include "math/isa.h"

#include <math.h>

MATH_BODY void add_body(int64_t count, const float *addend, float *sum)
{
    for (int64_t i = 0; i < count; i++)
        sum[i] += addend[i];
}

MATH_BODY void add_scaled_body(int64_t count, float factor, const float *addend, float *sum)
{
    for (int64_t i = 0; i < count; i++)
        sum[i] += factor * addend[i];
}

MATH_BODY void scale_body(int64_t count, float factor, float *values)
{
    for (int64_t i = 0; i < count; i++)
        values[i] *= factor;
}

MATH_BODY void clamp_body(int64_t count, float limit, float *values)
{
    for (int64_t i = 0; i < count; i++) {
        float value = values[i];
        value = value > limit ? limit : value;
        values[i] = value < -limit ? -limit : value;
    }
}

enum { LANES = 16 };

/* Sixteen partial sums, so that the compiler may use vectors without changing the order. */
MATH_BODY void squares_body(int64_t count, const float *values, double *result)
{
    double lanes[LANES] = {0};
    int64_t whole = count / LANES * LANES;
    for (int64_t i = 0; i < whole; i += LANES)
        for (int lane = 0; lane < LANES; lane++)
            lanes[lane] += (double)values[i + lane] * (double)values[i + lane];
    double sum = 0;
    for (int lane = 0; lane < LANES; lane++)
        sum += lanes[lane];
    for (int64_t i = whole; i < count; i++)
        sum += (double)values[i] * (double)values[i];
    *result = sum;
}

MATH_CLONES(add, add_body, (int64_t count, const float *addend, float *sum), (count, addend, sum))
MATH_CLONES(add_scaled, add_scaled_body,
            (int64_t count, float factor, const float *addend, float *sum),
            (count, factor, addend, sum))
MATH_CLONES(scale, scale_body, (int64_t count, float factor, float *values),
            (count, factor, values))
MATH_CLONES(clamp, clamp_body, (int64_t count, float limit, float *values), (count, limit, values))
MATH_CLONES(squares, squares_body, (int64_t count, const float *values, double *result),
            (count, values, result))

void block_add(int64_t count, const float *addend, float *sum)
{
    add(count, addend, sum);
}

void block_add_scaled(int64_t count, float factor, const float *addend, float *sum)
{
    add_scaled(count, factor, addend, sum);
}

void block_scale(int64_t count, float factor, float *values)
{
    scale(count, factor, values);
}

void block_clamp(int64_t count, float limit, float *values)
{
    clamp(count, limit, values);
}

double block_sum_squares(int64_t count, const float *values)
{
    double result;
    squares(count, values, &result);
    return result;
}

double block_sum_row_norms(int64_t rows, int64_t columns, const float *a, const float *b)
{
    double sum = 0;
    for (int64_t row = 0; row < rows; row++) {
        double row_squares = 0;
        for (int64_t i = row * columns; i < (row + 1) * columns; i++) {
            double value = b ? (double)(a[i] + b[i]) : (double)a[i];
            row_squares += value * value;
        }
        sum += sqrt(row_squares);
    }
    return sum;
}
