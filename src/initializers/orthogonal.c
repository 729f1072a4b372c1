/* Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
 * linear neural networks", ICLR 2014: a random matrix with orthonormal columns, or rows where the
 * matrix is wider than tall. It is the Q of the QR factorisation of a normal matrix, with R's
 * diagonal positive, which makes Q unique and uniform over all such matrices (Mezzadri, "How to
 * generate random matrices from the classical compact groups", 2007; Keras does the same). */
#include "base/memory.h"
#include "math/isa.h"
#include "module/initializer.h"

#include <math.h>

/* A product and a sum that melt into one instruction where the processor has it would make the bits
 * depend on the processor. */
#pragma GCC optimize("fp-contract=off")

struct orthogonal {
    double gain;
};

static const struct orthogonal orthogonal_defaults = {.gain = 1};

static const struct param orthogonal_params[] = {
    {
        .name = "gain",
        .summary = "Factor of the orthonormal matrix.",
        .type = PARAM_REAL,
        .flags = PARAM_ABOVE_MINIMUM,
        .offset = offsetof(struct orthogonal, gain),
        .minimum = 0,
        .maximum = 1e6,
    },
    {0},
};

/* Sums run in that many lanes, on every processor, and the lanes are added in a fixed order. */
enum { LANES = 8, PANEL = 16 };
typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

MATH_BODY double dot(const lanes *a, const lanes *b, int64_t chunks)
{
    lanes even = {0}, odd = {0};
    for (int64_t i = 0; i + 1 < chunks; i += 2) {
        even += a[i] * b[i];
        odd += a[i + 1] * b[i + 1];
    }
    if (chunks % 2)
        even += a[chunks - 1] * b[chunks - 1];
    even += odd;
    double total = 0;
    for (int lane = 0; lane < LANES; lane++)
        total += even[lane];
    return total;
}

/* Takes what lies along OTHER, which has length one, out of VECTOR. */
MATH_BODY void take_out(lanes *vector, const lanes *other, int64_t chunks)
{
    double along = dot(other, vector, chunks);
    for (int64_t k = 0; k < chunks; k++)
        vector[k] -= along * other[k];
}

/* Makes the COUNT vectors [count, chunks · LANES] orthonormal: modified Gram–Schmidt, each
 * projection taken out twice, after which the result is orthogonal to working precision (Giraud,
 * Langou, Rozložník: "The loss of orthogonality in the Gram-Schmidt orthogonalization process",
 * 2005). Norms are positive, and they are R's diagonal. Vectors go in panels that stay in the cache
 * while all that stands before them is read. */
MATH_BODY void orthonormalise_body(lanes *vectors, int64_t count, int64_t chunks)
{
    for (int64_t from = 0; from < count; from += PANEL) {
        int64_t to = from + PANEL < count ? from + PANEL : count;
        for (int pass = 0; pass < 2; pass++)
            for (int64_t j = 0; j < from; j++)
                for (int64_t i = from; i < to; i++)
                    take_out(vectors + i * chunks, vectors + j * chunks, chunks);
        for (int64_t i = from; i < to; i++) {
            lanes *vector = vectors + i * chunks;
            for (int pass = 0; pass < 2; pass++)
                for (int64_t j = from; j < i; j++)
                    take_out(vector, vectors + j * chunks, chunks);
            double norm = sqrt(dot(vector, vector, chunks));
            for (int64_t k = 0; k < chunks; k++)
                vector[k] /= norm;
        }
    }
}

MATH_CLONES(orthonormalise, orthonormalise_body, (lanes * vectors, int64_t count, int64_t chunks),
            (vectors, count, chunks))

static int orthogonal_fill(const void *params, const struct tensor *tensor,
                           struct random_stream *stream, float *out, struct error *error)
{
    const struct orthogonal *orthogonal = params;
    int64_t rows = tensor->rows, columns = tensor->columns;
    if (columns == 0)
        return error_set(error, ERROR_USAGE,
                         "orthogonal: %s is a vector, and only a matrix can be orthogonal: choose "
                         "another initialiser for it, such as zeros",
                         tensor->name);
    bool tall = rows >= columns;
    int64_t count = tall ? columns : rows, length = tall ? rows : columns;
    int64_t chunks = (length + LANES - 1) / LANES; /* what is beyond LENGTH stays zero */
    void *block;
    if (memory_try(&block, (size_t)(count * chunks) * sizeof(lanes), "an orthogonal matrix", error))
        return -1;
    double *vectors = block; /* [count, chunks · LANES] */
    for (int64_t i = 0; i < count; i++)
        for (int64_t k = 0; k < length; k++)
            vectors[i * chunks * LANES + k] = random_normal(stream);
    orthonormalise(block, count, chunks);
    for (int64_t row = 0; row < rows; row++)
        for (int64_t column = 0; column < columns; column++) {
            int64_t i = tall ? column : row, k = tall ? row : column;
            out[row * columns + column] =
                (float)(orthogonal->gain * vectors[i * chunks * LANES + k]);
        }
    memory_free(block);
    return 0;
}

const struct initializer initializer_orthogonal = {
    .module =
        {
            MODULE_HEAD(MODULE_INITIALIZER, struct initializer),
            .version = 1,
            .name = "orthogonal",
            .summary = "Orthonormal columns, or rows (Saxe et al. 2014).",
            .params = orthogonal_params,
            .defaults = &orthogonal_defaults,
            .params_size = sizeof(struct orthogonal),
        },
    .fill = orthogonal_fill,
};
