/* A loss compares logits with labels. */
#ifndef UNROLL_MODULE_LOSS_H
#define UNROLL_MODULE_LOSS_H

#include "module/module.h"

struct loss {
    struct module module;
    /* Required. LOGITS [batch, classes]; LABELS [batch], each in 0..classes-1. Writes each
     * example's loss to LOSSES [batch] (not averaged) and, unless NULL, to GRADIENT
     * [batch, classes] SCALE times the gradient of the sum of the losses. */
    void (*evaluate)(const void *params, const float *logits, const int32_t *labels, int64_t batch,
                     int64_t classes, float scale, float *losses, float *gradient);
    /* Required. Class probabilities [batch, classes] of LOGITS, as the loss understands them. */
    void (*probabilities)(const void *params, const float *logits, int64_t batch, int64_t classes,
                          float *probabilities);
};

#endif
