#include "plots/mistakes.h"

#include "base/memory.h"
#include "module/registry.h"
#include "train/data_folder.h"
#include "train/trained.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static int compare_mistakes(const void *left, const void *right)
{
    const struct mistake *a = left, *b = right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    if (a->wrong != b->wrong)
        return a->wrong > b->wrong ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* All mistakes of ANSWERS, the worst first. The caller frees them. */
static struct mistake *find_mistakes(const struct answers *answers, size_t *count)
{
    int64_t examples = answers->runs[0].count;
    struct mistake *mistakes = memory_array((size_t)examples, sizeof *mistakes);
    *count = 0;
    for (int64_t i = 0; i < examples; i++) {
        struct mistake mistake = {.index = i};
        for (size_t j = 0; j < answers->count; j++) {
            const struct predictions *run = &answers->runs[j];
            if (run->predicted[i] == run->labels[i])
                continue;
            mistake.wrong++;
            if (!isfinite(run->probabilities[i]))
                continue;
            mistake.is_number = true;
            mistake.score += (double)run->probabilities[i] / (double)answers->count;
        }
        if (mistake.wrong)
            mistakes[(*count)++] = mistake;
    }
    qsort(mistakes, *count, sizeof *mistakes, compare_mistakes);
    return mistakes;
}

/* The wrong class that most runs took example INDEX for; of several the one they were surest of. */
static int32_t usual_mistake(const struct answers *answers, int64_t index)
{
    int32_t best = -1;
    double most = -1;
    for (int32_t class = 0; class < answers->classes; class ++) {
        double votes = 0;
        for (size_t i = 0; i < answers->count; i++) {
            const struct predictions *run = &answers->runs[i];
            float probability = run->probabilities[index];
            if (run->predicted[index] == class && run->labels[index] != class)
                votes +=
                    2 + (isfinite(probability) ? fmin(probability, 1) / (double)answers->count : 0);
        }
        if (votes > most) {
            most = votes;
            best = class;
        }
    }
    return best;
}

/* ERROR_DATA unless all runs answered for the examples of DATA's SPLIT. */
static int check_examples(const struct answers *answers, const struct data *data, enum split split,
                          struct error *error)
{
    for (size_t i = 0; i < answers->count; i++) {
        const struct predictions *run = &answers->runs[i];
        bool fits = run->count == data->splits[split].count;
        for (int64_t j = 0; fits && j < run->count; j++)
            fits = run->labels[j] == data_example(data, split, j).label;
        if (fits)
            continue;
        return error_set(error, ERROR_DATA,
                         "run %s answered for other examples than run %s of the same group has on "
                         "its %s split; name one of them, or choose by --where",
                         answers->ids[i], answers->ids[0], config_split_names[split]);
    }
    return 0;
}

/* ERROR_USAGE unless the examples of DATA are pictures. */
static int check_images(const struct data *data, struct error *error)
{
    const struct module *module = &data->dataset->module;
    if (*registry_plugin_digest(module))
        return error_set(error, ERROR_USAGE,
                         "data set %s is a plugin's, and nothing says that its examples are images",
                         module->name);
    if (data->content.rows < 2 || data->content.columns < 2)
        return error_set(error, ERROR_USAGE,
                         "the examples of data set %s are no images but %" PRId64 " x %" PRId64
                         " values",
                         module->name, data->content.rows, data->content.columns);
    return 0;
}

/* Whether the values of the examples that TILES show are dark at the edge, as where the ink of
 * digits is light on black: then light becomes dark on paper. Photographs stay as they are. */
static bool ink_is_light(const struct data *data, enum split split, const struct tile *tiles,
                         size_t count)
{
    int64_t rows = data->content.rows, columns = data->content.columns, edge = 0, dark = 0;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *values = data_example(data, split, tiles[i].mistake.index).values;
        for (int64_t row = 0; row < rows; row++) {
            bool whole = row == 0 || row == rows - 1;
            for (int64_t column = 0; column < columns; column += whole ? 1 : columns - 1) {
                edge++;
                dark += values[row * columns + column] < 0.2 * data->content.maximum;
            }
        }
    }
    return 2 * dark > edge;
}

/* How images are drawn: their most rows and columns, and the characters of a value. */
struct frame {
    int64_t rows, columns;
    int repeat;
    bool inverted;
};

/* Characters are twice as high as wide: small images get two of them for each value, others half
 * the rows. */
static struct frame make_frame(enum picture_format format, const struct data *data, int columns)
{
    struct frame frame = {.rows = MISTAKES_SIDE, .columns = MISTAKES_SIDE, .repeat = 1};
    if (format != PICTURE_ASCII)
        return frame;
    double high = (double)data->content.rows, wide = (double)data->content.columns;
    if (high <= 16 && 2 * wide <= columns) {
        frame.repeat = 2;
        return frame;
    }
    frame.columns = (int64_t)fmin(fmin(wide, columns), MISTAKES_SIDE);
    double rows = fmax(1, round(high * (double)frame.columns / wide / 2));
    frame.rows = (int64_t)fmin(fmin(high, rows), MISTAKES_SIDE);
    return frame;
}

/* VALUES [rows, columns] of DATA, with means where there are more than FRAME holds. */
static struct image make_image(const struct data *data, const uint8_t *values,
                               const struct frame *frame)
{
    int64_t rows = data->content.rows, columns = data->content.columns;
    struct image image = {.rows = rows < frame->rows ? rows : frame->rows,
                          .columns = columns < frame->columns ? columns : frame->columns,
                          .repeat = frame->repeat};
    image.ink = memory_array((size_t)(image.rows * image.columns), 1);
    for (int64_t i = 0; i < image.rows; i++) {
        int64_t top = i * rows / image.rows, bottom = (i + 1) * rows / image.rows;
        for (int64_t j = 0; j < image.columns; j++) {
            int64_t left = j * columns / image.columns, right = (j + 1) * columns / image.columns;
            double sum = 0;
            for (int64_t row = top; row < bottom; row++)
                for (int64_t column = left; column < right; column++)
                    sum += values[row * columns + column];
            double light = sum / (double)((bottom - top) * (right - left)) / data->content.maximum;
            light = fmin(light, 1);
            image.ink[i * image.columns + j] =
                (uint8_t)lround(255 * (frame->inverted ? light : 1 - light));
        }
    }
    return image;
}

static void make_tiles(struct mistakes *mistakes, const struct data *data, enum split split,
                       const struct mistake *found, struct frame frame)
{
    mistakes->tiles = memory_array(mistakes->count, sizeof *mistakes->tiles);
    for (size_t i = 0; i < mistakes->count; i++)
        mistakes->tiles[i].mistake = found[i];
    frame.inverted = ink_is_light(data, split, mistakes->tiles, mistakes->count);
    for (size_t i = 0; i < mistakes->count; i++) {
        struct tile *tile = &mistakes->tiles[i];
        struct data_example example = data_example(data, split, tile->mistake.index);
        tile->number = example.number;
        tile->label = example.label;
        tile->predicted = usual_mistake(mistakes->answers, tile->mistake.index);
        tile->image = make_image(data, example.values, &frame);
    }
}

int mistakes_load(struct mistakes *mistakes, struct store *store, const struct answers *answers,
                  const struct plot_request *request, enum picture_format format, size_t limit,
                  struct error *error)
{
    enum split split = (enum split)request->split;
    *mistakes = (struct mistakes){.answers = answers};
    struct run run;
    if (store_run_find(store, answers->ids[0], &run, error) != 0)
        return -1;
    struct trained trained = {0};
    struct data *data = &trained.data;
    char *folder = data_folder(request->data);
    int result = trained_open_data(&trained, &run, folder, error);
    if (result == 0)
        result = check_images(data, error);
    if (result == 0)
        result = check_examples(answers, data, split, error);
    if (result == 0) {
        struct mistake *found = find_mistakes(answers, &mistakes->total);
        struct frame frame = make_frame(format, data, request->columns);
        mistakes->count = mistakes->total < limit ? mistakes->total : limit;
        mistakes->shape = (double)data->content.rows / (double)data->content.columns;
        make_tiles(mistakes, data, split, found, frame);
        memory_free(found);
    }
    trained_release(&trained);
    run_release(&run);
    memory_free(folder);
    return result;
}

void mistakes_release(struct mistakes *mistakes)
{
    for (size_t i = 0; i < mistakes->count; i++)
        memory_free(mistakes->tiles[i].image.ink);
    memory_free(mistakes->tiles);
    *mistakes = (struct mistakes){0};
}
