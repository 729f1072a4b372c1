/* A made-up data set of series, for tests: what it holds is filled by hand. */
#ifndef UNROLL_TESTS_UNIT_SERIES_FIXTURE_H
#define UNROLL_TESTS_UNIT_SERIES_FIXTURE_H

#include "math/random.h"
#include "module/dataset.h"

#include <string.h>

enum { MADE_ROWS = 4096, MADE_SERIES = 256, MADE_FEATURES = 3 };

/* One part of it: COUNT series with FEATURES values at each step. */
struct made_part {
    float rows[MADE_ROWS * MADE_FEATURES];
    int64_t begins[MADE_SERIES + 1];
    int32_t labels[MADE_SERIES];
    int64_t count;
};

static struct made_up {
    struct made_part train, test;
    int64_t features, classes;
    int open, closed;
} made_up;

static int made_up_open(const void *params, void *state, const char *folder,
                        struct dataset_content *content, struct error *error)
{
    (void)params, (void)state, (void)folder, (void)error;
    const struct made_part *parts[] = {&made_up.train, &made_up.test};
    struct examples *examples[] = {&content->train, &content->test};
    made_up.open++;
    content->features = made_up.features;
    content->classes = made_up.classes;
    for (int i = 0; i < 2; i++)
        *examples[i] = (struct examples){.count = parts[i]->count,
                                         .series = parts[i]->rows,
                                         .begins = parts[i]->begins,
                                         .series_labels = parts[i]->labels};
    return 0;
}

static void made_up_close(void *state)
{
    (void)state;
    made_up.closed++;
}

static const struct dataset dataset_made_up = {
    .module = {MODULE_HEAD(MODULE_DATASET, struct dataset), .version = 1, .name = "made_up",
               .summary = "Series that tests make up."},
    .open = made_up_open,
    .close = made_up_close,
};

/* Adds a series of LENGTH steps with LABEL; its values are random, but that the first feature of
 * its first step is the label: so a network must remember it to the end. */
static inline void made_up_add(struct made_part *part, int64_t length, int32_t label,
                               struct random_stream *stream)
{
    int64_t begin = part->begins[part->count];
    for (int64_t i = begin * made_up.features; i < (begin + length) * made_up.features; i++)
        part->rows[i] = (float)(0.5 * random_normal(stream));
    part->rows[begin * made_up.features] = (float)(2 * label - 1);
    part->labels[part->count++] = label;
    part->begins[part->count] = begin + length;
}

/* TRAIN and TEST series of two classes whose lengths are spread from SHORTEST to LONGEST, both of
 * which occur. */
static inline void made_up_fill(int64_t train, int64_t test, int64_t shortest, int64_t longest)
{
    struct random_stream stream;
    random_open(&stream, 1, RANDOM_TEST, 0, 0);
    memset(&made_up, 0, sizeof made_up);
    made_up.features = MADE_FEATURES;
    made_up.classes = 2;
    struct made_part *parts[] = {&made_up.train, &made_up.test};
    int64_t counts[] = {train, test};
    for (int i = 0; i < 2; i++)
        for (int64_t j = 0; j < counts[i]; j++)
            made_up_add(parts[i], shortest + j % (longest - shortest + 1),
                        (int32_t)random_below(&stream, 2), &stream);
}

#endif
