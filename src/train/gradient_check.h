/* Every gradient that a config's network computes, against central differences: for those who write
 * layers and losses. Each layer is looked at by itself, on what the network feeds it, so that a
 * wrong one spoils no other's figures: L = Σ out ∘ g with a fixed random g takes the place of the
 * loss, and the loss is checked on the network's logits. Layers are also called in the other ways
 * in which training calls them. */
#ifndef UNROLL_TRAIN_GRADIENT_CHECK_H
#define UNROLL_TRAIN_GRADIENT_CHECK_H

#include "base/text.h"
#include "config/config.h"
#include "math/differences.h"
#include "module/tensor.h"

enum gradient_verdict {
    GRADIENT_UNCLEAR, /* differences_say_little: kinks; also before the check */
    GRADIENT_RIGHT,
    GRADIENT_WRONG,
    GRADIENT_REPLACED, /* right, but not added to what stands there */
};
extern const char *const gradient_verdict_names[]; /* by enum gradient_verdict */

/* One tensor of a layer, a layer's input, or the logits. */
struct gradient_row {
    char name[TENSOR_NAME_SIZE + 16]; /* 0.weight_ih, 0.in, logits */
    const char *module;               /* the layer's name, or the loss's */
    int64_t shape[3];
    int dimensions;
    struct variable_result result;
    enum gradient_verdict verdict;
};

struct gradient_check {
    struct gradient_row *rows;
    int count, doubtful;  /* rows, and those that are not right */
    struct text breaches; /* a line for each, see gradient_contract.h */
    int64_t examples;
    int64_t steps, all_steps; /* that were looked at, and that the data have */
};

/* Builds the network of CONFIG and compares all gradients for a few training examples, of whose
 * steps it takes some from the middle. FOLDER is the data folder. Returns 0 also where gradients
 * are wrong; CHECK must be released in any case. */
int gradient_check_run(struct gradient_check *check, const struct config *config,
                       const char *folder, struct error *error);
void gradient_check_release(struct gradient_check *check);

#endif
