#include "train/data.h"

#include "base/memory.h"
#include "base/parts.h"
#include "math/random.h"
#include "module/hook.h"
#include "train/series.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum {
    SPLIT_SEED = 0,    /* the random validation split is the same for every run */
    GATHER_BLOCK = 64, /* examples whose addresses are looked up at a time */
};

static int check_arrays(const char *name, const char *part, const struct examples *examples,
                        struct error *error)
{
    if (examples->values && examples->labels)
        return 0;
    return error_set(error, ERROR_DATA, "data set %s: gave no values or labels of its %s examples",
                     name, part);
}

static int check_labels(const char *name, const char *part, const struct examples *examples,
                        int64_t classes, struct error *error)
{
    for (int64_t i = 0; i < examples->count; i++)
        if (examples->labels[i] >= classes)
            return error_set(error, ERROR_DATA,
                             "data set %s: label %d of %s example %" PRId64
                             " is not below the number of classes, %" PRId64,
                             name, examples->labels[i], part, i, classes);
    return 0;
}

/* What every data set promises; a plugin's may not keep it. */
static int check_content(const char *name, const struct dataset_content *content,
                         struct error *error)
{
    int64_t pixels;
    if (!memchr(content->digest, '\0', sizeof content->digest))
        return error_set(error, ERROR_DATA,
                         "data set %s: gave a digest that does not end within %zu bytes", name,
                         sizeof content->digest);
    if (content->features != 0)
        return series_check(name, content, error);
    if (content->rows < 1 || content->columns < 1 || content->classes < 1 ||
        content->train.count < 1 || content->test.count < 1)
        return error_set(error, ERROR_DATA,
                         "data set %s: gave %" PRId64 " training and %" PRId64
                         " test examples of %" PRId64 " x %" PRId64 " values in %" PRId64
                         " classes; each must be at least 1",
                         name, content->train.count, content->test.count, content->rows,
                         content->columns, content->classes);
    if (__builtin_mul_overflow(content->rows, content->columns, &pixels) || pixels > INT32_MAX ||
        content->train.count > INT32_MAX || content->test.count > INT32_MAX)
        return error_set(error, ERROR_DATA,
                         "data set %s: too large: at most %d examples, and values in each", name,
                         INT32_MAX);
    if (!(content->maximum > 0) || !isfinite(content->maximum))
        return error_set(error, ERROR_DATA,
                         "data set %s: gave %g as the largest value; it must be above 0", name,
                         content->maximum);
    if (check_arrays(name, "training", &content->train, error) ||
        check_arrays(name, "test", &content->test, error) ||
        check_labels(name, "training", &content->train, content->classes, error))
        return -1;
    return check_labels(name, "test", &content->test, content->classes, error);
}

static void add_part(struct hash *hash, const struct examples *examples, size_t pixels)
{
    size_t count = (size_t)examples->count;
    hash_add(hash, &examples->count, sizeof examples->count);
    hash_add(hash, examples->values, count * pixels);
    hash_add(hash, examples->labels, count);
}

/* Without one of its own a data set has that of its content: another content is another run. */
static void digest_grids(struct dataset_content *content)
{
    struct hash *hash = hash_new();
    size_t pixels = (size_t)(content->rows * content->columns);
    hash_add_text(hash, "grids");
    hash_add(hash, &content->rows, sizeof content->rows);
    hash_add(hash, &content->columns, sizeof content->columns);
    hash_add(hash, &content->classes, sizeof content->classes);
    hash_add(hash, &content->maximum, sizeof content->maximum);
    add_part(hash, &content->train, pixels);
    add_part(hash, &content->test, pixels);
    hash_write(hash, content->digest);
    hash_free(hash);
}

static void order_positions(struct data *data, const struct data_config *config)
{
    int64_t rows = data->content.rows, columns = data->content.columns;
    bool in_order = config->sequence == SEQUENCE_ROWS || config->sequence == SEQUENCE_PIXELS;
    if (in_order)
        return;
    data->positions = memory_array((size_t)(rows * columns), sizeof *data->positions);
    if (config->sequence == SEQUENCE_COLUMNS) {
        for (int64_t column = 0; column < columns; column++)
            for (int64_t row = 0; row < rows; row++)
                data->positions[column * rows + row] = (int32_t)(row * columns + column);
        return;
    }
    for (int64_t i = 0; i < rows * columns; i++)
        data->positions[i] = (int32_t)i;
    struct random_stream stream;
    random_open(&stream, (uint64_t)config->permutation, RANDOM_PERMUTE, 0, 0);
    random_shuffle(&stream, data->positions, rows * columns);
}

/* Series have one view. */
static int check_view(const struct data *data, const struct data_config *config,
                      struct error *error)
{
    if (data->content.features == 0 || config->sequence == SEQUENCE_ROWS)
        return 0;
    return error_set(error, ERROR_USAGE,
                     "data.sequence: %s is a way to read images, and data set %s gives series, "
                     "which are read row by row; leave data.sequence out",
                     config->sequence == SEQUENCE_COLUMNS  ? "columns"
                     : config->sequence == SEQUENCE_PIXELS ? "pixels"
                                                           : "permuted",
                     data->dataset->module.name);
}

static void make_view(struct data *data, const struct data_config *config)
{
    if (data->content.features > 0) {
        series_measure(data);
        return;
    }
    switch (config->sequence) {
    case SEQUENCE_ROWS:
        data->steps = data->content.rows;
        data->features = data->content.columns;
        break;
    case SEQUENCE_COLUMNS:
        data->steps = data->content.columns;
        data->features = data->content.rows;
        break;
    default:
        data->steps = data->content.rows * data->content.columns;
        data->features = 1;
    }
    if (!*data->content.digest)
        digest_grids(&data->content);
    data->shortest = data->steps;
    data->bytes =
        (data->content.train.count + data->content.test.count) * data->steps * data->features;
    order_positions(data, config);
}

/* Lists in TRAIN and VALIDATION, in ascending order, what a random choice gave to each. */
static void split_at_random(struct data_split *train, struct data_split *validation)
{
    int64_t total = train->count + validation->count;
    int32_t *order = memory_array((size_t)total, sizeof *order);
    uint8_t *chosen = memory_array((size_t)total, 1);
    for (int64_t i = 0; i < total; i++)
        order[i] = (int32_t)i;
    struct random_stream stream;
    random_open(&stream, SPLIT_SEED, RANDOM_SPLIT, 0, 0);
    random_shuffle(&stream, order, total);
    for (int64_t i = 0; i < validation->count; i++)
        chosen[order[i]] = 1;
    train->numbers = memory_array((size_t)train->count, sizeof *order);
    validation->numbers = memory_array((size_t)validation->count, sizeof *order);
    int32_t *ends[] = {train->numbers, validation->numbers};
    for (int64_t i = 0; i < total; i++)
        *ends[chosen[i]]++ = (int32_t)i;
    memory_free(order);
    memory_free(chosen);
}

static int make_splits(struct data *data, const struct data_config *config, struct error *error)
{
    struct data_split *train = &data->splits[SPLIT_TRAIN];
    struct data_split *validation = &data->splits[SPLIT_VALIDATION];
    int64_t total = data->content.train.count, held = config->validation.count;
    if (held < 0 || held >= total)
        return error_set(error, ERROR_USAGE,
                         "data.validation.count: %" PRId64 " of the %" PRId64
                         " training examples of data set %s leaves none for training; at most "
                         "%" PRId64,
                         held, total, data->dataset->module.name, total - 1);
    if (config->train.limit < 0 || config->train.limit > total - held)
        return error_set(error, ERROR_USAGE,
                         "data.train.limit: %" PRId64 " is more than the %" PRId64
                         " training examples of data set %s%s",
                         config->train.limit, total - held, data->dataset->module.name,
                         held ? " that validation leaves" : "");
    *train = (struct data_split){.from = &data->content.train, .count = total - held};
    *validation = (struct data_split){.from = &data->content.train, .count = held};
    if (held > 0 && config->validation.from == VALIDATION_RANDOM)
        split_at_random(train, validation);
    else if (config->validation.from == VALIDATION_LAST)
        validation->first = total - held;
    else
        train->first = held;
    if (config->train.limit > 0)
        train->count = config->train.limit;
    data->splits[SPLIT_TEST] =
        (struct data_split){.from = &data->content.test, .count = data->content.test.count};
    return 0;
}

/* Mean and standard deviation of all values of the training split. The sums are whole numbers, so
 * that their order does not matter. */
static void training_moments(const struct data *data, double *mean, double *deviation)
{
    const struct data_split *train = &data->splits[SPLIT_TRAIN];
    int64_t pixels = data->content.rows * data->content.columns;
    uint64_t sum = 0, squares = 0;
    for (int64_t i = 0; i < train->count; i++) {
        const uint8_t *values = train->from->values + data_number(train, i) * pixels;
        for (int64_t j = 0; j < pixels; j++) {
            uint32_t value = values[j];
            sum += value;
            squares += value * value;
        }
    }
    double total = (double)train->count * (double)pixels;
    *mean = (double)sum / total;
    *deviation = sqrt(fmax((double)squares / total - *mean * *mean, 0));
}

static int make_scale(struct data *data, int scale, struct error *error)
{
    double mean = 0, divisor = 1;
    if (data->content.features > 0)
        return series_scale(data, scale, error);
    if (scale == SCALE_UNIT)
        divisor = data->content.maximum;
    if (scale == SCALE_STANDARD) {
        training_moments(data, &mean, &divisor);
        if (!(divisor > 0))
            return error_set(error, ERROR_DATA,
                             "data.scale: standard needs values that differ, but all training "
                             "values of data set %s are %g; use unit or none",
                             data->dataset->module.name, mean);
    }
    for (int value = 0; value < 256; value++)
        data->scaled[value] = (float)((value - mean) / divisor);
    return 0;
}

static void measure_splits(struct data *data)
{
    for (int i = 0; i < SPLITS; i++) {
        struct data_split *split = &data->splits[i];
        split->longest =
            data->content.features > 0 ? series_longest(split, 0, split->count) : data->steps;
    }
}

int64_t data_longest(const struct data *data)
{
    int64_t longest = 0;
    for (int i = 0; i < SPLITS; i++)
        if (data->splits[i].longest > longest)
            longest = data->splits[i].longest;
    return longest;
}

static int open_set(struct data *data, const void *params, const char *folder, struct error *error)
{
    HOOK(&data->dataset->module);
    hook_clear(error);
    return data->dataset->open(params, data->state, folder, &data->content, error)
               ? hook_failed(&data->dataset->module, error)
               : 0;
}

int data_open(struct data *data, const struct data_config *config, const char *folder,
              struct error *error)
{
    const struct module *module = config->set.module;
    *data = (struct data){.dataset = (const struct dataset *)module,
                          .state = memory_new(module->state_size)};
    int result = open_set(data, config->set.params, folder, error);
    HOOK(module); /* what it points to may be no memory */
    if (result == 0 && check_content(module->name, &data->content, error))
        result = hook_failed(module, error);
    if (result == 0)
        result = check_view(data, config, error);
    if (result == 0)
        result = make_splits(data, config, error);
    if (result == 0) {
        make_view(data, config);
        measure_splits(data);
        result = make_scale(data, config->scale, error);
    }
    if (result != 0)
        data_release(data);
    return result;
}

void data_release(struct data *data)
{
    if (data->dataset && data->dataset->close) {
        HOOK(&data->dataset->module);
        data->dataset->close(data->state);
    }
    memory_free(data->state);
    memory_free(data->positions);
    memory_free(data->mean);
    memory_free(data->divisor);
    for (int split = 0; split < SPLITS; split++)
        memory_free(data->splits[split].numbers);
    *data = (struct data){0};
}

/* One block of N examples: OUT [steps, stride, features], of which this block is the first N. */
static void gather_block(const struct data *data, const uint8_t *const *images, int64_t n,
                         int64_t stride, float *out)
{
    const float *scaled = data->scaled;
    int64_t features = data->features;
    for (int64_t step = 0; step < data->steps; step++) {
        float *row = out + step * stride * features;
        const int32_t *positions = data->positions ? data->positions + step * features : NULL;
        for (int64_t i = 0; i < n; i++, row += features) {
            const uint8_t *image = images[i];
            for (int64_t f = 0; f < features; f++)
                row[f] = scaled[positions ? image[positions[f]] : image[step * features + f]];
        }
    }
}

void data_gather(const struct data *data, enum split split, const int32_t *indices, int64_t n,
                 float *inputs, int32_t *labels)
{
    const struct data_split *from = &data->splits[split];
    const uint8_t *images[GATHER_BLOCK];
    int64_t pixels = data->steps * data->features;
    PART(GATHER);
    HOOK(&data->dataset->module);
    if (data->content.features > 0) {
        series_gather(data, split, indices, n, inputs, labels);
        return;
    }
    for (int64_t begin = 0; begin < n; begin += GATHER_BLOCK) {
        int64_t block = n - begin < GATHER_BLOCK ? n - begin : GATHER_BLOCK;
        for (int64_t i = 0; i < block; i++) {
            int64_t number = data_number(from, indices[begin + i]);
            images[i] = from->from->values + number * pixels;
            /* Shuffled images are far apart: ask for the block's cache lines all at once. */
            for (int64_t at = 0; at < pixels; at += 64)
                __builtin_prefetch(images[i] + at);
            if (labels)
                labels[begin + i] = from->from->labels[number];
        }
        if (inputs)
            gather_block(data, images, block, n, inputs + begin * data->features);
    }
}

struct data_example data_example(const struct data *data, enum split split, int64_t index)
{
    const struct data_split *of = &data->splits[split];
    int64_t number = data_number(of, index), pixels = data->steps * data->features;
    HOOK(&data->dataset->module);
    if (data->content.features > 0)
        return (struct data_example){NULL, of->from->series_labels[number], number};
    return (struct data_example){of->from->values + number * pixels, of->from->labels[number],
                                 number};
}
