/* One layer, ready to run by hand: parameters, plan, and every array of a call. */
#ifndef UNROLL_NUMERICS_RIG_H
#define UNROLL_NUMERICS_RIG_H

#include "numerics/module_setup.h"

/* A layer and how it is set up; inner is what bidirectional wraps. */
struct layer_spec {
    const struct layer *layer;
    const char *options; /* as in module_setup_init */
    const struct layer *inner;
    const char *inner_options;
};

/* What a layer is given. */
struct rig_shape {
    int64_t steps, batch, features;
    int64_t reversed_from;  /* of struct sequence; 0 stands for features: nothing is reversed */
    int64_t plan_batch;     /* the largest batch that is planned for; 0 stands for batch */
    const int32_t *lengths; /* of struct layer_call; kept */
};

struct rig {
    const struct layer *layer;
    char name[128]; /* the layer and its options, for messages */
    struct module_setup setup, inner;
    struct layer_plan plan;
    float *weights[LAYER_TENSORS], *gradients[LAYER_TENSORS];
    float *in, *in_gradient;   /* [in.steps, batch, in.features] */
    float *out, *out_gradient; /* [out.steps, batch, out.features] */
    float *saved, *scratch;
    int64_t in_count, out_count;
    struct layer_call call; /* training; points at the arrays above */
};

/* Describes the layer and allocates the arrays of one call. */
void rig_init(struct rig *rig, const struct layer_spec *spec, const struct rig_shape *shape);
void rig_release(struct rig *rig);

/* Random weights, input, output gradient: matrices normal / sqrt(columns), the others normal.
 * Behind the ends of examples the input is NaN and the output gradient zero. */
void rig_fill(struct rig *rig, uint64_t seed);

/* One call each, after filling with NaN what the call must write before it reads: out, saved,
 * scratch; in_gradient, scratch. rig_backward sets the gradients to zero before. As the core does,
 * behind the ends of examples they set to zero what a stepwise layer wrote to out, and in_gradient.
 */
void rig_forward(struct rig *rig);
void rig_backward(struct rig *rig);

/* Fills FLOATS [in.steps, batch, FEATURES] with VALUE behind the ends of examples. */
void rig_fill_ends(const struct rig *rig, float *floats, int64_t features, float value);

/* COUNT values of NaN; COUNT random values, normal with deviation DEVIATION. */
void fill_nan(float *values, int64_t count);
void fill_normal(float *values, int64_t count, double deviation, uint64_t seed, uint32_t lane);

/* Zeroed, aligned; fails the test when there is no memory. Free with memory_free. */
float *floats_new(int64_t count);

#endif
