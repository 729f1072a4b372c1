/* For tests of losses. */
#ifndef UNROLL_UNIT_LOSS_VALUES_H
#define UNROLL_UNIT_LOSS_VALUES_H

#include "unit/module_values.h"

#include "module/loss.h"

#include <math.h>

enum { LOSS_CLASSES = 3 };

/* Softmax of (0, ln 2, ln 3) is (1, 2, 3) / 6. */
#define LOSS_LOGITS                                                                                \
    {                                                                                              \
        0, 0.69314718f, 1.0986123f                                                                 \
    }

/* Compares the gradient at LOGITS [classes], for every label, with central differences. */
static inline void check_gradient(const struct loss *loss, const void *values, const float *logits,
                                  int64_t classes)
{
    const double step = 1.0 / 256;
    float moved[16], losses[2], gradient[16], unused;
    assert_true(classes <= 16);
    for (int32_t label = 0; label < classes; label++) {
        loss->evaluate(values, logits, &label, 1, classes, 1, &unused, gradient);
        for (int64_t j = 0; j < classes; j++) {
            for (int side = 0; side < 2; side++) {
                for (int64_t k = 0; k < classes; k++)
                    moved[k] = logits[k];
                moved[j] += (float)(side ? step : -step);
                loss->evaluate(values, moved, &label, 1, classes, 1, &losses[side], NULL);
            }
            double expected = ((double)losses[1] - losses[0]) / (2 * step);
            if (!(fabs(gradient[j] - expected) < 1e-4))
                fail_msg("label %d, class %d: expected %g, found %g", (int)label, (int)j, expected,
                         gradient[j]);
        }
    }
}

/* One wrong logit, wherever it stands and whatever the label, makes the loss of its example not
 * finite, and of no other example. */
static inline void check_not_finite_shows(const struct loss *loss, const void *values)
{
    const float wrong[] = {NAN, INFINITY, -INFINITY};
    for (int kind = 0; kind < 3; kind++)
        for (int at = 0; at < LOSS_CLASSES; at++)
            for (int32_t label = 0; label < LOSS_CLASSES; label++) {
                float logits[2 * LOSS_CLASSES] = {1, 2, 3, 1, 2, 3}, losses[2];
                float gradient[2 * LOSS_CLASSES];
                logits[at] = wrong[kind];
                loss->evaluate(values, logits, (int32_t[]){label, label}, 2, LOSS_CLASSES, 1,
                               losses, gradient);
                assert_false(isfinite(losses[0]));
                assert_true(isfinite(losses[1]));
                assert_true(isfinite(gradient[LOSS_CLASSES]));
            }
}

#endif
