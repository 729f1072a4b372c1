/* Softmax taken twice: its result is given to softmax cross-entropy as if it were logits. That is a
 * common slip, kept here on purpose: published results were had with it, and they can be compared.
 * The second softmax sees values in [0, 1] only, so the loss of ten classes never falls below
 * log(1 + 9/e) = 1.461, and its gradient is weak.
 *     p = softmax(z), r = softmax(p), loss = log Σ exp(pⱼ) − p_y
 *     ∂loss/∂p = r − onehot(y) = g,    ∂loss/∂zᵢ = pᵢ · (gᵢ − Σ gⱼ pⱼ) */
#include "losses/softmax.h"
#include "module/loss.h"

/* One example: LOGITS [classes], GRADIENT [classes] or NULL; gives the loss. P and g are computed
 * where they are needed, since a loss has no memory of its own. */
static double evaluate_row(const float *logits, int32_t label, int64_t classes, float scale,
                           float *gradient)
{
    double log_sum = softmax_log_sum(logits, classes);
    double sum = 0;
    for (int64_t j = 0; j < classes; j++)
        sum += exp(exp(logits[j] - log_sum)); /* pⱼ <= 1: cannot overflow */
    double loss = log(sum) - exp(logits[label] - log_sum);
    if (!gradient)
        return loss;
    double mean = 0; /* Σ gⱼ pⱼ */
    for (int64_t j = 0; j < classes; j++) {
        double p = exp(logits[j] - log_sum);
        mean += p * (exp(p) / sum - (j == label));
    }
    for (int64_t j = 0; j < classes; j++) {
        double p = exp(logits[j] - log_sum);
        gradient[j] = (float)(scale * p * (exp(p) / sum - (j == label) - mean));
    }
    return loss;
}

static void double_softmax_evaluate(const void *params, const float *logits, const int32_t *labels,
                                    int64_t batch, int64_t classes, float scale, float *losses,
                                    float *gradient)
{
    (void)params;
    for (int64_t b = 0; b < batch; b++)
        losses[b] = (float)evaluate_row(logits + b * classes, labels[b], classes, scale,
                                        gradient ? gradient + b * classes : NULL);
}

/* The first softmax: what a model trained so is meant to say. */
static void double_softmax_probabilities(const void *params, const float *logits, int64_t batch,
                                         int64_t classes, float *probabilities)
{
    (void)params;
    softmax_rows(logits, batch, classes, probabilities);
}

const struct loss loss_double_softmax = {
    .module =
        {
            MODULE_HEAD(MODULE_LOSS, struct loss),
            .version = 1,
            .name = "double_softmax",
            .summary = "Softmax before the softmax cross-entropy, a common slip kept on purpose.",
        },
    .evaluate = double_softmax_evaluate,
    .probabilities = double_softmax_probabilities,
};
