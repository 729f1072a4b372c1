/* Data whose examples are series: float32 rows, each series of its own length. data.h hands them
 * out; here is what differs from images. */
#ifndef UNROLL_TRAIN_SERIES_H
#define UNROLL_TRAIN_SERIES_H

#include "train/data.h"

/* Checks what the data set NAME promised of its series: counts, lengths, labels, and that every
 * value is a finite number. ERROR_DATA names the example. */
int series_check(const char *name, const struct dataset_content *content, struct error *error);

/* Fills DATA's steps, features, shortest and bytes, and the digest where the data set left it
 * empty. */
void series_measure(struct data *data);

/* Prepares scaling by what the training split's own steps hold, for each feature; see data_open. */
int series_scale(struct data *data, int scale, struct error *error);

/* Steps of the longest of COUNT examples from INDEX on, of a split of series. */
int64_t series_longest(const struct data_split *split, int64_t index, int64_t count);

/* As data_gather. */
void series_gather(const struct data *data, enum split split, const int32_t *indices, int64_t n,
                   float *inputs, int32_t *labels);

/* Rows of example NUMBER of a data set's part. */
static inline int64_t series_length(const struct examples *examples, int64_t number)
{
    return examples->begins[number + 1] - examples->begins[number];
}

#endif
