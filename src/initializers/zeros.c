/* All zeros. */
#include "module/initializer.h"

#include <string.h>

static int zeros_fill(const void *params, const struct tensor *tensor, struct random_stream *stream,
                      float *out, struct error *error)
{
    (void)params, (void)stream, (void)error;
    memset(out, 0, (size_t)tensor_size(tensor) * sizeof *out);
    return 0;
}

const struct initializer initializer_zeros = {
    .module =
        {
            MODULE_HEAD(MODULE_INITIALIZER, struct initializer),
            .version = 1,
            .name = "zeros",
            .summary = "All zeros.",
        },
    .fill = zeros_fill,
};
