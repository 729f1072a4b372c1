/* The parameters (weights and biases) that a layer declares. */
#ifndef UNROLL_MODULE_TENSOR_H
#define UNROLL_MODULE_TENSOR_H

#include "module/param.h"

enum { TENSOR_NAME_SIZE = 64, LAYER_TENSORS = 32 };

/* A matrix [rows, columns], row-major, or a vector [rows] when columns is 0. */
struct tensor {
    char name[TENSOR_NAME_SIZE]; /* as in the checkpoint: weight_ih, weight_hh, bias, ... */
    int64_t rows, columns;
    /* Fans of the framework's own matrix, which initialisers scale by. For weight_ih of an LSTM,
     * [4·units, inputs]: fan_in = inputs, fan_out = 4·units. */
    int64_t fan_in, fan_out;
    /* Fan-in of the matrix over [x, h] joined, as TensorFlow 1's cells have it: inputs + units.
     * The same as fan_in where nothing is joined. */
    int64_t joint_fan_in;
    int64_t hidden; /* what PyTorch scales by: units in recurrent layers, inputs in dense ones */
    bool decays;    /* weight decay applies (weights, not biases) */
    struct module_choice init; /* how it is filled: an initialiser */
    /* Rows [unit_from, unit_to) are then set to unit_value, as Keras's unit_forget_bias does;
     * nothing when unit_from == unit_to. */
    int64_t unit_from, unit_to;
    float unit_value;
};

static inline int64_t tensor_size(const struct tensor *tensor)
{
    return tensor->rows * (tensor->columns ? tensor->columns : 1);
}

#endif
