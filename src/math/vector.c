#include "math/vector.h"

/* Each element depends on its own input only, so that OUT may be IN: the pragma says it. */
#define VECTOR_FUNCTION(name, function)                                                            \
    MATH_BODY void name##_body(int64_t count, const float *in, float *out)                         \
    {                                                                                              \
        MATH_INDEPENDENT for (int64_t i = 0; i < count; i++) out[i] = function(in[i]);             \
    }                                                                                              \
    MATH_CLONES(name##_clones, name##_body, (int64_t count, const float *in, float *out),          \
                (count, in, out))                                                                  \
    void name(int64_t count, const float *in, float *out)                                          \
    {                                                                                              \
        name##_clones(count, in, out);                                                             \
    }

VECTOR_FUNCTION(vector_exp, math_exp)
VECTOR_FUNCTION(vector_sigmoid, math_sigmoid)
VECTOR_FUNCTION(vector_tanh, math_tanh)
