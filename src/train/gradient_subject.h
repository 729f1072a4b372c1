/* What gradient_check.c looks at: a config's network on a few examples, and one layer of it by
 * itself. */
#ifndef UNROLL_TRAIN_GRADIENT_SUBJECT_H
#define UNROLL_TRAIN_GRADIENT_SUBJECT_H

#include "model/model.h"
#include "train/data.h"

enum { GRADIENT_EXAMPLES = 4 };

struct gradient_subject {
    struct data data;
    struct model model;
    struct workspace workspace;
    struct workspace larger; /* planned for more examples than there are */
    struct pass pass;
    int64_t count;            /* examples */
    int64_t steps, all_steps; /* of the network, and of the longest example */
    int32_t indices[GRADIENT_EXAMPLES], lengths[GRADIENT_EXAMPLES]; /* lengths where they differ */
    bool has_data;
    /* Of the layer that is looked at. */
    int layer;
    float *out_gradient;    /* [largest output of a layer] a fixed random g; zero behind ends */
    float *in_gradient;     /* as its input; first_gradient or the workspace's */
    float *first_gradient;  /* [input of the first layer] */
    float *larger_gradient; /* [largest input of a layer] for calls with the larger workspace */
    float *kept;            /* [block_floats] */
    float *logits;          /* [count, classes] */
    void *taken[5];         /* what the arrays above stand in, owned */
    int taken_count;
    double squares; /* sum of the squares of the newest evaluation's terms */
};

/* Opens the data of CONFIG, FOLDER being the data folder, and builds the network for a few training
 * examples; where examples are long and no layer needs them whole, for some of their steps.
 * SUBJECT is all zero before, and must be released in any case. */
int gradient_subject_init(struct gradient_subject *subject, const struct config *config,
                          const char *folder, struct error *error);
void gradient_subject_release(struct gradient_subject *subject);

/* Looks at layer INDEX from another point, which ATTEMPT names: its weights and inputs move a
 * little, so that no bias stands at a kink, equal inputs are no kinks of a maximum all at once, and
 * no term is hidden by a zero or a one that a weight starts with. */
void gradient_subject_move(struct gradient_subject *subject, int index, int attempt);

/* Forward and backward of the layer that is looked at, by the contract: what they must write before
 * they read, or overwrite, is no number before. The parameters' gradients go to
 * workspace.gradient, which is zero before where CLEARS, the input's to in_gradient. */
void gradient_subject_run(struct gradient_subject *subject, bool clears);

/* The two halves of that, for CALL, which is one of gradient_subject_call or changed a little. */
void gradient_subject_try_forward(const struct gradient_subject *subject,
                                  const struct workspace *workspace, const struct layer_call *call);
void gradient_subject_try_backward(const struct gradient_subject *subject,
                                   const struct workspace *workspace,
                                   const struct layer_call *call);

/* Whether nothing has been written to FLOATS since these filled them. */
bool gradient_subject_is_unwritten(const float *floats, int64_t count);

/* The call of the layer that is looked at, in WORKSPACE, which is one of the subject's; the larger
 * one lacks the input. */
struct layer_call gradient_subject_call(struct gradient_subject *subject,
                                        struct workspace *workspace);

/* Sets FLOATS [steps, count, features] to zero behind the ends of examples, as the core does. */
void gradient_subject_clear_ends(const struct gradient_subject *subject, struct sequence sequence,
                                 float *floats);

/* Forward alone; returns out. */
const float *gradient_subject_forward(struct gradient_subject *subject);

int64_t gradient_subject_floats(const struct gradient_subject *subject, struct sequence sequence);

/* The layer's input, [in.steps, count, in.features]. */
float *gradient_subject_input(const struct gradient_subject *subject);

#endif
