/* A data set as a plugin: pictures of 4 x 4 with one bright row, which is the label. */
#include "unroll.h"

#include <stdio.h>
#include <string.h>

enum { SIDE = 4, TRAIN = 160, TEST = 40 };

struct stripes {
    int64_t noise;
};

static const struct param stripes_params[] = {
    {
        .name = "noise",
        .summary = "How bright the other pixels can be.",
        .type = PARAM_INTEGER,
        .offset = offsetof(struct stripes, noise),
        .minimum = 0,
        .maximum = 200,
    },
    {0},
};

static const struct stripes stripes_defaults = {.noise = 60};

struct stripes_state {
    uint8_t values[TRAIN + TEST][SIDE][SIDE];
    uint8_t labels[TRAIN + TEST];
};

static int stripes_open(const void *params, void *state, const char *folder,
                        struct dataset_content *content, struct error *error)
{
    const struct stripes *stripes = params;
    struct stripes_state *made = state;
    (void)folder;
    (void)error;
    uint32_t random = 12345;
    for (int i = 0; i < TRAIN + TEST; i++) {
        for (int pixel = 0; pixel < SIDE * SIDE; pixel++) {
            random = random * 1664525u + 1013904223u;
            made->values[i][pixel / SIDE][pixel % SIDE] =
                (uint8_t)((random >> 16) % ((uint32_t)stripes->noise + 1));
        }
        made->labels[i] = (uint8_t)(i % SIDE);
        memset(made->values[i][i % SIDE], 255, SIDE);
    }
    content->rows = content->columns = content->classes = SIDE;
    content->maximum = 255;
    content->train.count = TRAIN;
    content->train.values = made->values[0][0];
    content->train.labels = made->labels;
    content->test.count = TEST;
    content->test.values = made->values[TRAIN][0];
    content->test.labels = made->labels + TRAIN;
    hash_bytes(made, sizeof *made, content->digest);
    return 0;
}

static const struct dataset dataset_stripes = {
    .module =
        {
            MODULE_HEAD(MODULE_DATASET, struct dataset),
            .version = 1,
            .name = "kind_stripes",
            .summary = "Pictures with one bright row.",
            .params = stripes_params,
            .defaults = &stripes_defaults,
            .params_size = sizeof(struct stripes),
            .state_size = sizeof(struct stripes_state),
        },
    .open = stripes_open,
};

UNROLL_PLUGIN(&dataset_stripes.module);
