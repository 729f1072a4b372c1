/* For tests of initialisers: fills tensors and sums up what was drawn. */
#ifndef UNROLL_UNIT_INITIALIZER_VALUES_H
#define UNROLL_UNIT_INITIALIZER_VALUES_H

#include "unit/module_values.h"

#include "module/initializer.h"

#include <math.h>

struct drawn {
    double mean, deviation, smallest, largest;
};

/* A tensor of ROWS × COLUMNS whose every size is another number. */
static inline struct tensor tensor_of(int64_t rows, int64_t columns)
{
    return (struct tensor){.name = "weight",
                           .rows = rows,
                           .columns = columns,
                           .fan_in = 40,
                           .fan_out = 60,
                           .joint_fan_in = 90,
                           .hidden = 25};
}

/* Fills TENSOR from stream SEED; the caller frees what comes back. */
static inline float *fill_with(const struct initializer *initializer, const void *values,
                               const struct tensor *tensor, uint64_t seed)
{
    struct random_stream stream;
    struct error error = {0};
    float *out = memory_array((size_t)tensor_size(tensor), sizeof *out);
    random_open(&stream, seed, RANDOM_INIT, 3, 0);
    if (initializer->fill(values, tensor, &stream, out, &error))
        fail_msg("%s", error.text);
    return out;
}

/* Draws 200 × 300 values and sums them up. */
static inline struct drawn draw_with(const struct initializer *initializer, const void *values)
{
    struct tensor tensor = tensor_of(200, 300);
    float *out = fill_with(initializer, values, &tensor, 1);
    int64_t size = tensor_size(&tensor);
    double sum = 0, squares = 0;
    struct drawn drawn = {.smallest = out[0], .largest = out[0]};
    for (int64_t i = 0; i < size; i++) {
        sum += out[i];
        drawn.smallest = fmin(drawn.smallest, out[i]);
        drawn.largest = fmax(drawn.largest, out[i]);
    }
    drawn.mean = sum / (double)size;
    for (int64_t i = 0; i < size; i++)
        squares += (out[i] - drawn.mean) * (out[i] - drawn.mean);
    drawn.deviation = sqrt(squares / (double)size);
    memory_free(out);
    return drawn;
}

/* 60,000 uniform values: the deviation is limit/√3, known to 0.2 % (one standard error), and the
 * ends are within 0.1 % of the limit with a chance of failure of e^-60. */
static inline void check_uniform(struct drawn drawn, double limit)
{
    assert_true(fabs(drawn.mean) < 0.01 * limit);
    assert_true(fabs(drawn.deviation - limit / sqrt(3)) < 0.01 * limit);
    assert_true(drawn.smallest >= -limit && drawn.smallest < -0.998 * limit);
    assert_true(drawn.largest <= limit && drawn.largest > 0.998 * limit);
}

/* 60,000 normal values: mean and deviation known to 0.4 % and 0.3 % of the deviation; values beyond
 * three deviations are there unless it was truncated. */
static inline void check_normal(struct drawn drawn, double mean, double deviation)
{
    assert_true(fabs(drawn.mean - mean) < 0.02 * deviation);
    assert_true(fabs(drawn.deviation - deviation) < 0.015 * deviation);
    assert_true(drawn.smallest < mean - 3 * deviation);
    assert_true(drawn.largest > mean + 3 * deviation);
}

/* The same stream gives the same bits, another one gives others. */
static inline void check_repeats(const struct initializer *initializer, const void *values)
{
    struct tensor tensor = tensor_of(7, 5);
    float *first = fill_with(initializer, values, &tensor, 1);
    float *again = fill_with(initializer, values, &tensor, 1);
    float *other = fill_with(initializer, values, &tensor, 2);
    assert_memory_equal(first, again, 35 * sizeof(float));
    assert_memory_not_equal(first, other, 35 * sizeof(float));
    memory_free(first);
    memory_free(again);
    memory_free(other);
}

#endif
