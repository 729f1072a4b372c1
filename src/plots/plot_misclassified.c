#include "plots/plot_kinds.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/printable.h"
#include "module/registry.h"
#include "plots/answers.h"
#include "plots/plot_parts.h"
#include "plots/typed.h"
#include "train/data_folder.h"
#include "train/trained.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ACROSS = 8,         /* images in a row */
    SIDE_LIMIT = 112,   /* values of an image's side; more cannot be seen at its size */
    CELL_LIMIT = 30000, /* inked cells of a picture that svg draws one by one */
};

/* An example that some run got wrong. */
struct mistake {
    int64_t index;  /* in the split */
    double score;   /* mean over all runs of the probability that a wrong class was given */
    size_t wrong;   /* how many runs are wrong */
    bool is_number; /* whether any of their probabilities is one */
};

/* An image as it is drawn: upright, dark where there is ink. */
struct image {
    int64_t rows, columns; /* at most SIDE_LIMIT */
    uint8_t *ink;          /* [rows, columns]: 0 paper, 255 black; owned */
};

/* One of the images of a group, worst first. */
struct tile {
    struct mistake mistake;
    struct image image;
    int64_t number;           /* of the example in the data set's file */
    int32_t label, predicted; /* what most of the runs that are wrong took it for */
};

struct section {
    const struct answers *answers;
    struct tile *tiles;
    size_t count;    /* of tiles */
    size_t mistakes; /* examples that some run got wrong */
    double shape;    /* height of an image over its width */
};

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

/* VALUES [rows, columns] of DATA with the means of cells where there are more than TO_ROWS by
 * TO_COLUMNS. */
static struct image make_image(const struct data *data, const uint8_t *values, int64_t to_rows,
                               int64_t to_columns, bool inverted)
{
    int64_t rows = data->content.rows, columns = data->content.columns;
    struct image image = {.rows = rows < to_rows ? rows : to_rows,
                          .columns = columns < to_columns ? columns : to_columns};
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
                (uint8_t)lround(255 * (inverted ? light : 1 - light));
        }
    }
    return image;
}

/* Most rows and columns of an image as it is drawn; characters are twice as high as wide. */
static void fit_image(const struct gnuplot *plot, const struct data *data, int width, int64_t *rows,
                      int64_t *columns)
{
    *rows = *columns = SIDE_LIMIT;
    if (plot->format != PICTURE_ASCII)
        return;
    double high = (double)data->content.rows, wide = (double)data->content.columns;
    *columns = (int64_t)fmin(wide, width);
    *rows = (int64_t)fmin(high, fmax(1, round(high * (double)*columns / wide / 2)));
    if (high <= 16 && 2 * wide <= width)
        *rows = (int64_t)high; /* each value becomes two characters */
}

static void make_tiles(struct section *section, const struct data *data, enum split split,
                       const struct mistake *mistakes, int64_t rows, int64_t columns)
{
    section->tiles = memory_array(section->count, sizeof *section->tiles);
    for (size_t i = 0; i < section->count; i++)
        section->tiles[i].mistake = mistakes[i];
    bool inverted = ink_is_light(data, split, section->tiles, section->count);
    for (size_t i = 0; i < section->count; i++) {
        struct tile *tile = &section->tiles[i];
        struct data_example example = data_example(data, split, tile->mistake.index);
        tile->number = example.number;
        tile->label = example.label;
        tile->predicted = usual_mistake(section->answers, tile->mistake.index);
        tile->image = make_image(data, example.values, rows, columns, inverted);
    }
}

/* Opens the data of the group's first run, and takes from them what SECTION shows. */
static int load_section(struct section *section, struct store *store, const struct gnuplot *plot,
                        const struct plot_request *request, size_t images, struct error *error)
{
    const struct answers *answers = section->answers;
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
        result = check_examples(answers, data, request->split, error);
    if (result == 0) {
        int64_t rows, columns;
        struct mistake *mistakes = find_mistakes(answers, &section->mistakes);
        fit_image(plot, data, request->columns, &rows, &columns);
        section->count = section->mistakes < images ? section->mistakes : images;
        section->shape = (double)data->content.rows / (double)data->content.columns;
        make_tiles(section, data, request->split, mistakes, rows, columns);
        memory_free(mistakes);
    }
    trained_release(&trained);
    run_release(&run);
    memory_free(folder);
    return result;
}

static void section_release(struct section *section)
{
    for (size_t i = 0; i < section->count; i++)
        memory_free(section->tiles[i].image.ink);
    memory_free(section->tiles);
    *section = (struct section){0};
}

static void add_probability(struct text *text, const struct mistake *mistake)
{
    if (mistake->is_number)
        text_add_format(text, "%.1f %%", 100 * mistake->score);
    else
        text_add(text, "not a number");
}

/* "24 of 312 mistakes in 10,000 examples of the test split". */
static void add_heading(struct text *text, const struct section *section, enum split split)
{
    const struct answers *answers = section->answers;
    text_add(text, section->count < section->mistakes ? "the worst " : "all ");
    answers_add_count(text, (int64_t)section->count);
    if (section->count < section->mistakes) {
        text_add(text, " of ");
        answers_add_count(text, (int64_t)section->mistakes);
    }
    text_add(text, section->mistakes == 1 ? " mistake in " : " mistakes in ");
    answers_add_count(text, answers->runs[0].count);
    text_add_format(text, " %s examples", config_split_names[split]);
    if (answers->count > 1)
        text_add_format(text, ", %zu seeds together", answers->count);
}

/* What stands below the images, in words. */
static const char *explain(const struct section *sections, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (sections[i].answers->count > 1)
            return "below each image: true class → predicted class, mean probability given to "
                   "wrong classes, seeds that are wrong";
    return "below each image: true class → predicted class, its probability";
}

/* A block of data for each tile; returns the index of the first. */
static size_t add_data(struct gnuplot *plot, const struct section *section)
{
    size_t first = plot->blocks;
    for (size_t i = 0; i < section->count; i++) {
        const struct tile *tile = &section->tiles[i];
        gnuplot_begin_block(plot, section->answers->name);
        text_add_format(&plot->data,
                        "# ink of example %" PRId64 " of the split, %" PRId64
                        " of its file: class %d, predicted %d, probability %.6f, %zu wrong\n",
                        tile->mistake.index, tile->number, tile->label, tile->predicted,
                        tile->mistake.is_number ? tile->mistake.score : NAN, tile->mistake.wrong);
        for (int64_t row = 0; row < tile->image.rows; row++) {
            for (int64_t column = 0; column < tile->image.columns; column++)
                text_add_format(&plot->data, "%s%d", column ? " " : "",
                                tile->image.ink[row * tile->image.columns + column]);
            text_add_char(&plot->data, '\n');
        }
    }
    return first;
}

/* Centimetres. */
static const double pitch = PLOT_WIDTH / ACROSS, box = 1.62, head = 1.15, foot = 0.9, note = 0.65;

static double image_width(const struct section *section)
{
    return fmax(section->shape > 1 ? box / section->shape : box, 0.1);
}

static double image_height(const struct section *section)
{
    return fmax(section->shape > 1 ? box : box * section->shape, 0.1);
}

static double section_height(const struct section *section)
{
    size_t rows = (section->count + ACROSS - 1) / ACROSS;
    return head + (double)rows * (image_height(section) + foot);
}

static void add_words(struct gnuplot *plot, const char *text, double x, double y, double points,
                      const char *more)
{
    text_add(&plot->script, "set label ");
    gnuplot_add_text(&plot->script, text);
    text_add_format(&plot->script, " at %.3f,%.3f %s", x, y, more);
    plot_add_font(plot, points);
    text_add_char(&plot->script, '\n');
}

/* The frame of a tile and what stands below; X and Y: its upper left corner. */
static void add_frame(struct gnuplot *plot, const struct section *section, const struct tile *tile,
                      double x, double y)
{
    double right = x + image_width(section), low = y - image_height(section);
    double middle = (x + right) / 2;
    text_add_format(&plot->script,
                    "set object rectangle from %.3f,%.3f to %.3f,%.3f front fillstyle empty border "
                    "linecolor rgb '#a0a0a0' linewidth 0.4\n",
                    x, low, right, y);
    struct text answer = {0}, figures = {0};
    text_add_format(&answer, "%d → %d", tile->label, tile->predicted);
    add_probability(&figures, &tile->mistake);
    if (section->answers->count > 1)
        text_add_format(&figures, ", %zu/%zu", tile->mistake.wrong, section->answers->count);
    add_words(plot, text_get(&answer), middle, low - 0.2, 8.5, "center");
    add_words(plot, text_get(&figures), middle, low - 0.52, 7, "center textcolor rgb '#404040'");
    text_release(&answer);
    text_release(&figures);
}

static size_t inked_cells(const struct section *sections, size_t count)
{
    size_t cells = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < sections[i].count; j++) {
            const struct image *image = &sections[i].tiles[j].image;
            for (int64_t k = 0; k < image->rows * image->columns; k++)
                cells += image->ink[k] > 0;
        }
    return cells;
}

/* Adds to PARTS, the plot command, the images of SECTION, which begins at height TOP. */
static void add_section(struct gnuplot *plot, struct text *parts, const struct section *section,
                        enum split split, double top, const char *style)
{
    struct text name = {0}, heading = {0};
    printable_add_cut(&name, section->answers->name, 76);
    add_heading(&heading, section, split);
    double left = (pitch - box) / 2;
    add_words(plot, text_get(&name), left, top - 0.3, 9, "left");
    add_words(plot, text_get(&heading), left, top - 0.72, 8, "left textcolor rgb '#404040'");
    text_release(&name);
    text_release(&heading);
    size_t block = add_data(plot, section);
    double wide = image_width(section), high = image_height(section);
    for (size_t i = 0; i < section->count; i++) {
        const struct image *image = &section->tiles[i].image;
        double x = left + pitch * (double)(i % ACROSS) + (box - wide) / 2;
        double y = top - head - (high + foot) * (double)(i / ACROSS);
        add_frame(plot, section, &section->tiles[i], x, y);
        struct text script = plot->script;
        plot->script = (struct text){0};
        gnuplot_add_source(plot, block + i);
        text_add_format(parts,
                        "%s%s matrix using (%.4f + %.6g * ($1 + 0.5)):(%.4f - %.6g * ($2 + 0.5)):"
                        "($3 > 0 ? $3 : NaN) with %s notitle",
                        parts->length ? ", \\\n    " : "", text_get(&plot->script), x,
                        wide / (double)image->columns, y, high / (double)image->rows, style);
        text_release(&plot->script);
        plot->script = script;
    }
}

static void add_picture(struct gnuplot *plot, const struct section *sections, size_t count,
                        enum split split)
{
    double height = note;
    for (size_t i = 0; i < count; i++)
        height += section_height(&sections[i]);
    gnuplot_begin(plot, PLOT_WIDTH, height);
    text_add_format(&plot->script,
                    "set palette gray negative\nset cbrange [0:255]\nunset colorbox\n"
                    "unset border\nunset tics\nunset key\nunset grid\n"
                    "set xrange [0:%.4f]\nset yrange [0:%.4f]\n",
                    PLOT_WIDTH, height);
    plot_add_margins(plot, PLOT_WIDTH, height, (struct plot_margins){0});
    /* A viewer of svg smooths an image that it enlarges. */
    bool sharp = plot->format == PICTURE_SVG && inked_cells(sections, count) <= CELL_LIMIT;
    struct text parts = {0};
    double top = height;
    for (size_t i = 0; i < count; i++) {
        add_section(plot, &parts, &sections[i], split, top, sharp ? "image pixels" : "image");
        top -= section_height(&sections[i]);
    }
    add_words(plot, explain(sections, count), (pitch - box) / 2, 0.35, 7.5,
              "left textcolor rgb '#404040'");
    text_add_format(&plot->script, "plot %s\n", text_get(&parts));
    text_release(&parts);
}

/* Row ROW of TILE in characters; each value REPEAT times. */
static void add_typed_row(struct text *lines, const struct image *image, int64_t row, int repeat)
{
    static const char shades[] = " .:-=+*#%@";
    const double last = sizeof shades - 2;
    for (int64_t column = 0; column < image->columns; column++)
        for (int i = 0; i < repeat; i++)
            text_add_char(lines,
                          shades[lround(last * image->ink[row * image->columns + column] / 255.0)]);
}

/* Images FIRST to END of SECTION side by side, each WIDTH columns wide. */
static void add_typed_tiles(struct text *lines, const struct section *section, size_t first,
                            size_t end, int width, int repeat)
{
    for (int64_t row = -2; row < section->tiles[first].image.rows; row++) {
        for (size_t i = first; i < end; i++) {
            const struct tile *tile = &section->tiles[i];
            struct text part = {0};
            if (row >= 0)
                add_typed_row(&part, &tile->image, row, repeat);
            else if (row == -2)
                text_add_format(&part, "%d → %d", tile->label, tile->predicted);
            else
                add_probability(&part, &tile->mistake);
            if (row == -1 && section->answers->count > 1)
                text_add_format(&part, ", %zu/%zu", tile->mistake.wrong, section->answers->count);
            text_add(lines, text_get(&part));
            if (i + 1 < end)
                text_add_spaces(lines, width - (int)printable_width(text_get(&part)));
            text_release(&part);
        }
        text_add_char(lines, '\n');
    }
}

static void type_section(struct text *lines, const struct section *section, enum split split,
                         int columns)
{
    enum { CAPTION = 16, GAP = 2 };
    const struct image *image = &section->tiles[0].image;
    bool doubled = section->shape * (double)image->columns - 0.5 <= (double)image->rows;
    int repeat = doubled && 2 * image->columns <= columns ? 2 : 1;
    int width = (int)image->columns * repeat;
    width = (width > CAPTION ? width : CAPTION) + GAP;
    size_t across = columns + GAP > width ? (size_t)((columns + GAP) / width) : 1;
    printable_add_cut(lines, section->answers->name, 60);
    text_add_char(lines, '\n');
    add_heading(lines, section, split);
    text_add_char(lines, '\n');
    for (size_t i = 0; i < section->count; i += across) {
        size_t end = i + across < section->count ? i + across : section->count;
        text_add_char(lines, '\n');
        add_typed_tiles(lines, section, i, end, width, repeat);
    }
    text_add_char(lines, '\n');
}

static void type_picture(struct gnuplot *plot, const struct section *sections, size_t count,
                         enum split split, int columns)
{
    struct text lines = {0};
    for (size_t i = 0; i < count; i++) {
        add_data(plot, &sections[i]);
        type_section(&lines, &sections[i], split, columns);
    }
    text_add(&lines, count > 0 && sections[0].answers->count > 1
                         ? "true class → predicted class; mean probability given to wrong "
                           "classes,\nand how many seeds are wrong\n"
                         : "true class → predicted class; its probability\n");
    typed_begin(plot, text_get(&lines));
    text_release(&lines);
}

/* How many images of each variant when nobody said. */
static size_t usual_images(enum picture_format format, size_t groups)
{
    size_t rows = groups == 1 ? 3 : groups == 2 ? 2 : 1;
    return format == PICTURE_ASCII ? 2 * rows : rows * ACROSS;
}

/* Fills SECTIONS for the groups that made mistakes; *COUNT: how many. */
static int load_sections(struct section *sections, size_t *count, struct store *store,
                         const struct answers_list *list, const struct gnuplot *plot,
                         const struct plot_request *request, struct error *error)
{
    size_t images =
        request->images > 0 ? (size_t)request->images : usual_images(plot->format, list->count);
    for (size_t i = 0; i < list->count; i++) {
        struct section *section = &sections[*count];
        *section = (struct section){.answers = &list->items[i]};
        if (load_section(section, store, plot, request, images, error) != 0)
            return -1;
        if (section->count > 0) {
            ++*count;
            continue;
        }
        struct text name = {0};
        printable_add(&name, list->items[i].name);
        log_note("%s: all %s examples are predicted right", text_get(&name),
                 config_split_names[request->split]);
        text_release(&name);
        section_release(section);
    }
    if (*count > 0)
        return 0;
    return error_set(error, ERROR_NOT_FOUND,
                     "all %s examples are predicted right: there is no misclassified image to show",
                     config_split_names[request->split]);
}

static int draw(struct gnuplot *plot, struct store *store, const struct groups *groups,
                const struct plot_request *request, struct error *error)
{
    struct answers_list list;
    struct section sections[ANSWERS_GROUPS];
    size_t count = 0;
    int result = answers_load(&list, store, groups, request, error);
    if (result == 0)
        result = load_sections(sections, &count, store, &list, plot, request, error);
    if (result == 0 && plot->format == PICTURE_ASCII)
        type_picture(plot, sections, count, request->split, request->columns);
    else if (result == 0)
        add_picture(plot, sections, count, request->split);
    if (result == 0)
        result = gnuplot_draw(plot, error);
    for (size_t i = 0; i < count; i++)
        section_release(&sections[i]);
    answers_release(&list);
    return result;
}

const struct plot_type plot_misclassified = {
    .options = PLOT_TAKES_SPLIT | PLOT_TAKES_IMAGES | PLOT_TAKES_DATA, .draw = draw};
