#include "train/series.h"

#include "base/hash.h"
#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* What a part is called in messages. */
struct part {
    const char *name;
    const struct examples *examples;
};

static int refuse(const char *name, const struct part *part, int64_t example, const char *what,
                  struct error *error)
{
    return error_set(error, ERROR_DATA, "data set %s: %s series %" PRId64 " %s", name, part->name,
                     example, what);
}

static int check_lengths(const char *name, const struct part *part, int64_t features,
                         struct error *error)
{
    const struct examples *examples = part->examples;
    int64_t values;
    if (examples->begins[0] != 0)
        return refuse(name, part, 0, "does not begin at row 0", error);
    for (int64_t i = 0; i < examples->count; i++) {
        if (examples->begins[i + 1] <= examples->begins[i])
            return refuse(name, part, i, "has no rows; each needs at least one", error);
        if (series_length(examples, i) > INT32_MAX ||
            __builtin_mul_overflow(examples->begins[i + 1], features, &values) ||
            values > (int64_t)1 << 56)
            return refuse(name, part, i, "is too long", error);
    }
    return 0;
}

static int check_labels(const char *name, const struct part *part, int64_t classes,
                        struct error *error)
{
    for (int64_t i = 0; i < part->examples->count; i++) {
        int32_t label = part->examples->series_labels[i];
        if (label < 0 || label >= classes)
            return error_set(error, ERROR_DATA,
                             "data set %s: %s series %" PRId64 " has the label %" PRId32
                             ", which is not from 0 to the number of classes, %" PRId64 ", less 1",
                             name, part->name, i, label, classes);
    }
    return 0;
}

static int check_values(const char *name, const struct part *part, int64_t features,
                        struct error *error)
{
    const struct examples *examples = part->examples;
    for (int64_t i = 0; i < examples->count; i++)
        for (int64_t row = examples->begins[i]; row < examples->begins[i + 1]; row++)
            for (int64_t f = 0; f < features; f++)
                if (!isfinite(examples->series[row * features + f]))
                    return error_set(error, ERROR_DATA,
                                     "data set %s: %s series %" PRId64 ": value %" PRId64
                                     " of step %" PRId64 " is no finite number",
                                     name, part->name, i, f, row - examples->begins[i]);
    return 0;
}

int series_check(const char *name, const struct dataset_content *content, struct error *error)
{
    const struct part parts[] = {{"training", &content->train}, {"test", &content->test}};
    if (content->features < 1 || content->features > INT32_MAX || content->classes < 1 ||
        content->classes > INT32_MAX || content->train.count < 1 || content->test.count < 1 ||
        content->train.count > INT32_MAX || content->test.count > INT32_MAX)
        return error_set(error, ERROR_DATA,
                         "data set %s: gave %" PRId64 " training and %" PRId64
                         " test series of %" PRId64 " values a step in %" PRId64
                         " classes; each must be from 1 to %d",
                         name, content->train.count, content->test.count, content->features,
                         content->classes, INT32_MAX);
    for (int i = 0; i < 2; i++) {
        const struct examples *examples = parts[i].examples;
        if (!examples->series || !examples->begins || !examples->series_labels)
            return error_set(error, ERROR_DATA,
                             "data set %s: gave no values, lengths or labels of its %s series",
                             name, parts[i].name);
        if (check_lengths(name, &parts[i], content->features, error) != 0 ||
            check_labels(name, &parts[i], content->classes, error) != 0 ||
            check_values(name, &parts[i], content->features, error) != 0)
            return -1;
    }
    return 0;
}

static void measure_part(struct data *data, const struct examples *examples)
{
    int64_t rows = examples->begins[examples->count];
    for (int64_t i = 0; i < examples->count; i++) {
        int64_t length = series_length(examples, i);
        if (length > data->steps)
            data->steps = length;
        if (length < data->shortest)
            data->shortest = length;
    }
    data->bytes += rows * data->features * (int64_t)sizeof(float) +
                   examples->count * (int64_t)(sizeof(int64_t) + sizeof(int32_t));
}

static void add_part(struct hash *hash, const struct examples *examples, int64_t features)
{
    size_t count = (size_t)examples->count;
    hash_add(hash, &examples->count, sizeof examples->count);
    hash_add(hash, examples->begins, (count + 1) * sizeof *examples->begins);
    hash_add(hash, examples->series_labels, count * sizeof *examples->series_labels);
    hash_add(hash, examples->series,
             (size_t)(examples->begins[count] * features) * sizeof *examples->series);
}

void series_measure(struct data *data)
{
    struct dataset_content *content = &data->content;
    data->features = content->features;
    data->shortest = INT64_MAX;
    measure_part(data, &content->train);
    measure_part(data, &content->test);
    if (*content->digest)
        return;
    struct hash *hash = hash_new();
    hash_add_text(hash, "series");
    hash_add(hash, &content->features, sizeof content->features);
    hash_add(hash, &content->classes, sizeof content->classes);
    add_part(hash, &content->train, content->features);
    add_part(hash, &content->test, content->features);
    hash_write(hash, content->digest);
    hash_free(hash);
}

/* The rows of example INDEX of the training split, and how many. */
static const float *training_rows(const struct data *data, int64_t index, int64_t *rows)
{
    const struct data_split *train = &data->splits[SPLIT_TRAIN];
    int64_t number = data_number(train, index);
    *rows = series_length(train->from, number);
    return train->from->series + train->from->begins[number] * data->features;
}

/* divisor[f] = the largest magnitude of feature f. */
static void find_magnitudes(const struct data *data, double *divisor)
{
    for (int64_t i = 0; i < data->splits[SPLIT_TRAIN].count; i++) {
        int64_t rows;
        const float *values = training_rows(data, i, &rows);
        for (int64_t j = 0; j < rows * data->features; j++)
            divisor[j % data->features] =
                fmax(divisor[j % data->features], fabs((double)values[j]));
    }
}

/* Mean and standard deviation of each feature, in two rounds. */
static void find_moments(const struct data *data, double *mean, double *deviation)
{
    int64_t features = data->features, steps = 0;
    for (int round = 0; round < 2; round++) {
        double *sum = round == 0 ? mean : deviation;
        steps = 0;
        for (int64_t i = 0; i < data->splits[SPLIT_TRAIN].count; i++) {
            int64_t rows;
            const float *values = training_rows(data, i, &rows);
            steps += rows;
            for (int64_t j = 0; j < rows * features; j++) {
                double value = (double)values[j], centred = value - mean[j % features];
                sum[j % features] += round == 0 ? value : centred * centred;
            }
        }
        for (int64_t f = 0; f < features; f++)
            sum[f] /= (double)steps;
    }
    for (int64_t f = 0; f < features; f++)
        deviation[f] = sqrt(deviation[f]);
}

int series_scale(struct data *data, int scale, struct error *error)
{
    bool any = scale == SCALE_NONE;
    data->mean = memory_array((size_t)data->features, sizeof *data->mean);
    data->divisor = memory_array((size_t)data->features, sizeof *data->divisor);
    if (scale == SCALE_UNIT)
        find_magnitudes(data, data->divisor);
    else if (scale == SCALE_STANDARD)
        find_moments(data, data->mean, data->divisor);
    for (int64_t f = 0; f < data->features; f++) {
        any |= data->divisor[f] > 0;
        if (!(data->divisor[f] > 0)) /* a feature that says nothing becomes zero */
            data->divisor[f] = 1;
    }
    if (any)
        return 0;
    return error_set(error, ERROR_DATA,
                     "data.scale: %s; use none, or another data set: no feature of data set %s "
                     "changes anything",
                     scale == SCALE_STANDARD
                         ? "standard needs values that differ, and each feature "
                           "of the training series has one value only"
                         : "unit needs values that are not 0, and all of the "
                           "training series are",
                     data->dataset->module.name);
}

int64_t series_longest(const struct data_split *split, int64_t index, int64_t count)
{
    int64_t longest = 0;
    for (int64_t i = index; i < index + count; i++) {
        int64_t length = series_length(split->from, data_number(split, i));
        longest = length > longest ? length : longest;
    }
    return longest;
}

void series_gather(const struct data *data, enum split split, const int32_t *indices, int64_t n,
                   float *inputs, int32_t *labels)
{
    const struct data_split *from = &data->splits[split];
    int64_t features = data->features;
    for (int64_t i = 0; i < n; i++) {
        int64_t number = data_number(from, indices[i]);
        int64_t length = series_length(from->from, number);
        const float *row = from->from->series + from->from->begins[number] * features;
        if (labels)
            labels[i] = from->from->series_labels[number];
        for (int64_t step = 0; inputs && step < length; step++, row += features) {
            float *out = inputs + (step * n + i) * features;
            for (int64_t f = 0; f < features; f++)
                out[f] = (float)(((double)row[f] - data->mean[f]) / data->divisor[f]);
        }
    }
}

/* Puts KEYS [n] that form a heap but for the one at PLACE in order again, the largest on top. */
static void sift(int64_t *keys, int64_t place, int64_t n)
{
    int64_t key = keys[place];
    for (int64_t child; (child = 2 * place + 1) < n; place = child) {
        if (child + 1 < n && keys[child + 1] > keys[child])
            child++;
        if (keys[child] <= key)
            break;
        keys[place] = keys[child];
    }
    keys[place] = key;
}

/* In ascending order. Without memory of its own, which qsort may take. */
static void sort_keys(int64_t *keys, int64_t n)
{
    for (int64_t i = n / 2; i-- > 0;)
        sift(keys, i, n);
    for (int64_t end = n; end-- > 1;) {
        int64_t largest = keys[0];
        keys[0] = keys[end];
        keys[end] = largest;
        sift(keys, 0, end);
    }
}

/* A key is the steps that are missing, and behind them the place: so equal lengths stay in their
 * order. */
bool data_order(const struct data *data, enum split split, int32_t *indices, int64_t n,
                int32_t *lengths, int64_t *keys)
{
    const struct data_split *from = &data->splits[split];
    bool varies = false;
    if (data->shortest == data->steps)
        return false;
    for (int64_t i = 0; i < n; i++) {
        int64_t missing = data->steps - series_length(from->from, data_number(from, indices[i]));
        keys[i] = missing << 32 | i;
        varies |= keys[i] >> 32 != keys[0] >> 32;
    }
    if (varies)
        sort_keys(keys, n);
    for (int64_t i = 0; i < n; i++)
        lengths[i] = indices[data_place(keys[i])];
    memcpy(indices, lengths, (size_t)n * sizeof *indices);
    for (int64_t i = 0; i < n; i++)
        lengths[i] = (int32_t)(data->steps - (keys[i] >> 32));
    return varies;
}
