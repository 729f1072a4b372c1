/* A loss as a plugin: half the squared distance between the logits and the label's place, which
 * has `height`. */
#include "unroll.h"

#include <math.h>

struct squares {
    double height;
};

static const struct param squares_params[] = {
    {
        .name = "height",
        .summary = "What the label's logit should be.",
        .type = PARAM_REAL,
        .offset = offsetof(struct squares, height),
        .minimum = 0,
        .maximum = 100,
        .flags = PARAM_ABOVE_MINIMUM,
    },
    {0},
};

static const struct squares squares_defaults = {.height = 1};

static void squares_evaluate(const void *params, const float *logits, const int32_t *labels,
                             int64_t batch, int64_t classes, float scale, float *losses,
                             float *gradient)
{
    float height = (float)((const struct squares *)params)->height;
    for (int64_t b = 0; b < batch; b++) {
        losses[b] = 0;
        for (int64_t c = 0; c < classes; c++) {
            float distance = logits[b * classes + c] - (c == labels[b] ? height : 0);
            losses[b] += 0.5f * distance * distance;
            if (gradient)
                gradient[b * classes + c] = scale * distance;
        }
    }
}

static void squares_probabilities(const void *params, const float *logits, int64_t batch,
                                  int64_t classes, float *probabilities)
{
    (void)params;
    for (int64_t b = 0; b < batch; b++) {
        float sum = 0;
        for (int64_t c = 0; c < classes; c++)
            sum += probabilities[b * classes + c] = expf(fminf(logits[b * classes + c], 50));
        for (int64_t c = 0; c < classes; c++)
            probabilities[b * classes + c] /= sum;
    }
}

static const struct loss loss_squares = {
    .module =
        {
            MODULE_HEAD(MODULE_LOSS, struct loss),
            .version = 1,
            .name = "kind_squares",
            .summary = "Squared distance from the label.",
            .params = squares_params,
            .defaults = &squares_defaults,
            .params_size = sizeof(struct squares),
        },
    .evaluate = squares_evaluate,
    .probabilities = squares_probabilities,
};

UNROLL_PLUGIN(&loss_squares.module);
