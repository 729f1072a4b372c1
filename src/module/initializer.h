/* An initialiser fills a tensor before training. */
#ifndef UNROLL_MODULE_INITIALIZER_H
#define UNROLL_MODULE_INITIALIZER_H

#include "math/random.h"
#include "module/module.h"
#include "module/tensor.h"

struct initializer {
    struct module module;
    /* Required. Writes tensor_size(tensor) values to OUT, drawing from STREAM only. */
    int (*fill)(const void *params, const struct tensor *tensor, struct random_stream *stream,
                float *out, struct error *error);
};

#endif
