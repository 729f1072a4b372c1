/* Softmax of one row of logits, shared by the losses. Exponentials are taken in double precision:
 * ten classes cost nothing beside the network, and no rounding is left to explain. */
#ifndef UNROLL_LOSSES_SOFTMAX_H
#define UNROLL_LOSSES_SOFTMAX_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* log Σ exp(logits[j]) over [classes], the largest logit taken out first so that nothing overflows;
 * not a number where any logit is infinite or not a number, even one that would weigh nothing. */
static inline double softmax_log_sum(const float *logits, int64_t classes)
{
    float largest = logits[0];
    bool finite = true;
    for (int64_t j = 0; j < classes; j++) {
        finite &= isfinite(logits[j]) != 0;
        if (logits[j] > largest)
            largest = logits[j];
    }
    if (!finite)
        return NAN;
    double sum = 0;
    for (int64_t j = 0; j < classes; j++)
        sum += exp((double)logits[j] - (double)largest);
    return largest + log(sum);
}

/* Softmax of LOGITS [batch, classes] into PROBABILITIES, the same shape. */
static inline void softmax_rows(const float *logits, int64_t batch, int64_t classes,
                                float *probabilities)
{
    for (int64_t b = 0; b < batch; b++) {
        const float *row = logits + b * classes;
        double log_sum = softmax_log_sum(row, classes);
        for (int64_t j = 0; j < classes; j++)
            probabilities[b * classes + j] = (float)exp((double)row[j] - log_sum);
    }
}

#endif
