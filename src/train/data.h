/* The data of a run: a data set opened, split, seen as sequences, scaled, and handed out in
 * batches. Values stay as they are in the data set's memory until a batch is gathered. */
#ifndef UNROLL_TRAIN_DATA_H
#define UNROLL_TRAIN_DATA_H

#include "config/config.h"
#include "module/dataset.h"

/* The examples of one split: numbers FIRST, FIRST + 1, ... of FROM, or those in NUMBERS. */
struct data_split {
    const struct examples *from;
    int64_t count; /* 0: there is no such split */
    int64_t first;
    int32_t *numbers; /* [count], ascending, or NULL; owned */
    int64_t longest;  /* steps of the longest of them */
};

/* Where example INDEX of SPLIT, from 0 to its count, stands in its part of the data set. */
static inline int64_t data_number(const struct data_split *split, int64_t index)
{
    return split->numbers ? split->numbers[index] : split->first + index;
}

struct data {
    int64_t steps, features; /* the view: time steps, and values at each of them */
    int64_t shortest;        /* steps of the shortest example; fewer than steps only with series */
    int64_t bytes;           /* that the data set's values take */
    struct dataset_content content;
    struct data_split splits[SPLITS];
    /* The rest belongs to data.c. */
    float scaled[256];  /* what each byte becomes */
    int32_t *positions; /* [steps · features]: where in an image each value stands; NULL: in order;
                           owned */
    double *mean, *divisor; /* [features] how series are scaled; owned */
    const struct dataset *dataset;
    void *state; /* of the data set; owned */
};

/* Opens the data set that CONFIG names, FOLDER being the data folder, and prepares what gathering
 * needs. CONFIG may go away afterwards, but for config->set.params.
 *
 * View: rows [rows, columns], columns [columns, rows], pixels [rows · columns, 1], permuted the
 * same with the pixels in an order drawn once from the seed config->permutation.
 * Splits: validation takes config->validation.count of the training examples, the first, the last
 * or a random choice, which is drawn from a fixed seed (0): it is the same for every run. Training
 * gets what is left, in file order, and of that the first config->train.limit.
 * Scale: unit divides by the data set's maximum; standard subtracts the mean of the training
 * split's pixels and divides by their standard deviation; none takes the bytes as they are.
 * Series are sequences already: STEPS is the length of the longest of all, and any view but rows is
 * ERROR_USAGE. Each feature is scaled by itself: by the largest magnitude that it has in the
 * training split (unit), or by its mean and standard deviation there (standard), over the steps
 * that the series have; one that is always 0, or always the same, becomes 0.
 *
 * DATA must stay where it is until data_release. After an error nothing is left open. Counts larger
 * than the data are ERROR_USAGE. */
int data_open(struct data *data, const struct data_config *config, const char *folder,
              struct error *error);
void data_release(struct data *data);

/* The steps of the longest example of all splits. */
int64_t data_longest(const struct data *data);

/* Writes the examples INDICES [n] of SPLIT, each from 0 to its count, to INPUTS [steps of the
 * longest of them, n, features] and LABELS [n]; what is behind an example's end stays as it was,
 * see struct pass. Either may be NULL. Allocates nothing and may be
 * called by several threads at once. */
void data_gather(const struct data *data, enum split split, const int32_t *indices, int64_t n,
                 float *inputs, int32_t *labels);

/* Before data_gather: puts INDICES [n] in the order in which layers take examples that differ in
 * length, the longest first and equal ones as they were. Writes their LENGTHS [n] and to KEYS [n]
 * what data_place makes of it, and returns true. Returns false and leaves the order where all are
 * as long; LENGTHS and KEYS are then written only if other examples of the data differ. Allocates
 * nothing, as data_gather. */
bool data_order(const struct data *data, enum split split, int32_t *indices, int64_t n,
                int32_t *lengths, int64_t *keys);

/* Where the example with KEY stood before data_order, from 0. */
static inline int64_t data_place(int64_t key)
{
    return key & UINT32_MAX;
}

/* Example INDEX of SPLIT, from 0 to its count. */
struct data_example {
    const uint8_t *values; /* [rows, columns] as in the data set, whatever the view; lent; NULL
                              where the data set gives series */
    int32_t label;
    int64_t number; /* its place, from 0, among the data set's training or test examples */
};
struct data_example data_example(const struct data *data, enum split split, int64_t index);

#endif
