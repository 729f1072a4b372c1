/* Draws shared by the initialisers that scale by fans. */
#ifndef UNROLL_INITIALIZERS_SCALED_H
#define UNROLL_INITIALIZERS_SCALED_H

#include "module/initializer.h"

#include <math.h>

enum scaled_distribution { SCALED_UNIFORM, SCALED_NORMAL };

/* Fills OUT [tensor_size] with mean 0 and the given VARIANCE: uniform in [-√(3·variance),
 * √(3·variance)), or normal and not truncated. */
static inline void scaled_fill(enum scaled_distribution distribution, double variance,
                               const struct tensor *tensor, struct random_stream *stream,
                               float *out)
{
    int64_t size = tensor_size(tensor);
    double limit = sqrt(3 * variance), deviation = sqrt(variance);
    for (int64_t i = 0; i < size; i++)
        out[i] = (float)(distribution == SCALED_UNIFORM ? limit * (2 * random_uniform(stream) - 1)
                                                        : deviation * random_normal(stream));
}

#endif
