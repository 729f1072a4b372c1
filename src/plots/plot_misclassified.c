#include "plots/plot_kinds.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/printable.h"
#include "plots/mistakes.h"
#include "plots/plot_parts.h"
#include "plots/typed.h"

#include <inttypes.h>
#include <math.h>

enum {
    ACROSS = 8,         /* images in a row */
    TILE_LIMIT = 200,   /* images of a picture */
    CELL_LIMIT = 30000, /* inked cells of a picture that svg draws one by one */
};

static void add_probability(struct text *text, const struct mistake *mistake)
{
    if (mistake->is_number)
        text_add_format(text, "%.1f %%", 100 * mistake->score);
    else
        text_add(text, "not a number");
}

/* "24 of 312 mistakes in 10,000 examples of the test split". */
static void add_heading(struct text *text, const struct mistakes *section, enum split split)
{
    const struct answers *answers = section->answers;
    text_add(text, section->count < section->total ? "the worst " : "all ");
    answers_add_count(text, (int64_t)section->count);
    if (section->count < section->total) {
        text_add(text, " of ");
        answers_add_count(text, (int64_t)section->total);
    }
    text_add(text, section->total == 1 ? " mistake in " : " mistakes in ");
    answers_add_count(text, answers->runs[0].count);
    text_add_format(text, " %s examples", config_split_names[split]);
    if (answers->count > 1)
        text_add_format(text, ", %zu runs together", answers->count);
}

/* What stands below the images, in words: a line, with several runs a second one. */
static const char *explain(const struct mistakes *sections, size_t count, const char **second)
{
    *second = NULL;
    for (size_t i = 0; i < count; i++)
        if (sections[i].answers->count > 1)
            *second = "mean over runs of the probability given to a wrong prediction (0 where "
                      "right), runs that are wrong";
    return *second ? "true class → predicted class"
                   : "true class → predicted class, its probability";
}

/* A block of data for each tile; returns the index of the first. */
static size_t add_data(struct gnuplot *plot, const struct mistakes *section)
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
static const double pitch = PLOT_WIDTH / ACROSS, box = 1.62, head = 1.15, foot = 0.9, note = 0.65,
                    note_line = 0.38;

static double image_width(const struct mistakes *section)
{
    return fmax(section->shape > 1 ? box / section->shape : box, 0.1);
}

static double image_height(const struct mistakes *section)
{
    return fmax(section->shape > 1 ? box : box * section->shape, 0.1);
}

static double section_height(const struct mistakes *section)
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
static void add_frame(struct gnuplot *plot, const struct mistakes *section, const struct tile *tile,
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

static size_t inked_cells(const struct mistakes *sections, size_t count)
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

/* Adds to PARTS, the plot command, the images of SECTION, which begins at height TOP. With SHARP
 * each value is drawn as an area of its own, blank paper is not. */
static void add_section(struct gnuplot *plot, struct text *parts, const struct mistakes *section,
                        enum split split, double top, bool sharp)
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
                        "%s notitle",
                        parts->length ? ", \\\n    " : "", text_get(&plot->script), x,
                        wide / (double)image->columns, y, high / (double)image->rows,
                        sharp ? "($3 > 0 ? $3 : NaN) with image pixels" : "3 with image");
        text_release(&plot->script);
        plot->script = script;
    }
}

static void add_picture(struct gnuplot *plot, const struct mistakes *sections, size_t count,
                        enum split split)
{
    const char *second, *first = explain(sections, count, &second);
    double height = note + (second ? note_line : 0);
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
        add_section(plot, &parts, &sections[i], split, top, sharp);
        top -= section_height(&sections[i]);
    }
    const char *lines[] = {second, first};
    for (int i = 0, line = 0; i < 2; i++)
        if (lines[i])
            add_words(plot, lines[i], (pitch - box) / 2, 0.35 + note_line * line++, 7.5,
                      "left textcolor rgb '#404040'");
    text_add_format(&plot->script, "plot %s\n", text_get(&parts));
    text_release(&parts);
}

/* Row ROW of IMAGE in characters. */
static void add_typed_row(struct text *lines, const struct image *image, int64_t row)
{
    static const char shades[] = " .:-=+*#%@";
    const double last = sizeof shades - 2;
    for (int64_t column = 0; column < image->columns; column++)
        for (int i = 0; i < image->repeat; i++)
            text_add_char(lines,
                          shades[lround(last * image->ink[row * image->columns + column] / 255.0)]);
}

/* Images FIRST to END of SECTION side by side, each WIDTH columns wide. */
static void add_typed_tiles(struct text *lines, const struct mistakes *section, size_t first,
                            size_t end, int width)
{
    for (int64_t row = -2; row < section->tiles[first].image.rows; row++) {
        for (size_t i = first; i < end; i++) {
            const struct tile *tile = &section->tiles[i];
            struct text part = {0};
            if (row >= 0)
                add_typed_row(&part, &tile->image, row);
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

static void type_section(struct text *lines, const struct mistakes *section, enum split split,
                         int columns)
{
    enum { CAPTION = 16, GAP = 2 };
    const struct image *image = &section->tiles[0].image;
    int width = (int)image->columns * image->repeat;
    width = (width > CAPTION ? width : CAPTION) + GAP;
    size_t across = columns + GAP > width ? (size_t)((columns + GAP) / width) : 1;
    printable_add_cut(lines, section->answers->name, 60);
    text_add_char(lines, '\n');
    add_heading(lines, section, split);
    text_add_char(lines, '\n');
    for (size_t i = 0; i < section->count; i += across) {
        size_t end = i + across < section->count ? i + across : section->count;
        text_add_char(lines, '\n');
        add_typed_tiles(lines, section, i, end, width);
    }
    text_add_char(lines, '\n');
}

static void type_picture(struct gnuplot *plot, const struct mistakes *sections, size_t count,
                         enum split split, int columns)
{
    struct text lines = {0};
    for (size_t i = 0; i < count; i++) {
        add_data(plot, &sections[i]);
        type_section(&lines, &sections[i], split, columns);
    }
    text_add(&lines, count > 0 && sections[0].answers->count > 1
                         ? "true class → predicted class; mean probability given to wrong "
                           "classes,\nand how many runs are wrong\n"
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
static int load_sections(struct mistakes *sections, size_t *count, struct store *store,
                         const struct answers_list *list, const struct gnuplot *plot,
                         const struct plot_request *request, struct error *error)
{
    size_t images =
        request->images > 0 ? (size_t)request->images : usual_images(plot->format, list->count);
    if (images * list->count > TILE_LIMIT)
        return error_set(error, ERROR_USAGE,
                         "--images: %zu of each of %zu variants are too many for one picture, "
                         "which holds %d",
                         images, list->count, TILE_LIMIT);
    for (size_t i = 0; i < list->count; i++) {
        struct mistakes *section = &sections[*count];
        if (mistakes_load(section, store, &list->items[i], request, plot->format, images, error) !=
            0)
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
        mistakes_release(section);
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
    struct mistakes sections[ANSWERS_GROUPS];
    size_t count = 0;
    int result = answers_load(&list, store, groups, request, error);
    if (result == 0)
        result = load_sections(sections, &count, store, &list, plot, request, error);
    if (result == 0 && plot->format == PICTURE_ASCII)
        type_picture(plot, sections, count, (enum split)request->split, request->columns);
    else if (result == 0)
        add_picture(plot, sections, count, (enum split)request->split);
    if (result == 0)
        result = gnuplot_draw(plot, error);
    for (size_t i = 0; i < count; i++)
        mistakes_release(&sections[i]);
    answers_release(&list);
    return result;
}

const struct plot_type plot_misclassified = {
    .options = PLOT_TAKES_SPLIT | PLOT_TAKES_IMAGES | PLOT_TAKES_DATA, .draw = draw};
