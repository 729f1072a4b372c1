/* Softmax cross-entropy: with p = softmax(z), the target q = (1 − s) · onehot(y) + s / classes
 * (label smoothing s: Szegedy et al., "Rethinking the inception architecture for computer vision",
 * CVPR 2016),
 *     loss = −Σ qⱼ log pⱼ = log Σ exp(zⱼ) − Σ qⱼ zⱼ,    ∂loss/∂z = p − q. */
#include "losses/softmax.h"
#include "module/loss.h"

struct softmax_cross_entropy {
    double label_smoothing;
};

static const struct softmax_cross_entropy softmax_cross_entropy_defaults = {.label_smoothing = 0};

static const struct param softmax_cross_entropy_params[] = {
    {
        .name = "label_smoothing",
        .summary = "Part of the target that is spread evenly over all classes.",
        .type = PARAM_REAL,
        .flags = PARAM_BELOW_MAXIMUM,
        .offset = offsetof(struct softmax_cross_entropy, label_smoothing),
        .minimum = 0,
        .maximum = 1,
    },
    {0},
};

static void softmax_cross_entropy_evaluate(const void *params, const float *logits,
                                           const int32_t *labels, int64_t batch, int64_t classes,
                                           float scale, float *losses, float *gradient)
{
    const struct softmax_cross_entropy *loss = params;
    double spread = loss->label_smoothing / (double)classes;
    double rest = 1 - loss->label_smoothing;
    for (int64_t b = 0; b < batch; b++) {
        const float *row = logits + b * classes; /* [classes] */
        double log_sum = softmax_log_sum(row, classes);
        double expected = rest * row[labels[b]]; /* Σ qⱼ zⱼ */
        if (spread > 0)
            for (int64_t j = 0; j < classes; j++)
                expected += spread * row[j];
        losses[b] = (float)(log_sum - expected);
        if (!gradient)
            continue;
        float *out = gradient + b * classes; /* [classes] */
        for (int64_t j = 0; j < classes; j++) {
            double target = spread + (j == labels[b] ? rest : 0);
            out[j] = (float)(scale * (exp(row[j] - log_sum) - target));
        }
    }
}

static void softmax_cross_entropy_probabilities(const void *params, const float *logits,
                                                int64_t batch, int64_t classes,
                                                float *probabilities)
{
    (void)params;
    softmax_rows(logits, batch, classes, probabilities);
}

const struct loss loss_softmax_cross_entropy = {
    .module =
        {
            MODULE_HEAD(MODULE_LOSS, struct loss),
            .version = 1,
            .name = "softmax_cross_entropy",
            .summary = "Cross-entropy of the softmax of the logits.",
            .params = softmax_cross_entropy_params,
            .defaults = &softmax_cross_entropy_defaults,
            .params_size = sizeof(struct softmax_cross_entropy),
        },
    .evaluate = softmax_cross_entropy_evaluate,
    .probabilities = softmax_cross_entropy_probabilities,
};
