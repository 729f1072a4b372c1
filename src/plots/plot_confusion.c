#include "plots/plot_kinds.h"

#include "base/memory.h"
#include "base/printable.h"
#include "plots/answers.h"
#include "plots/letters.h"
#include "plots/plot_parts.h"
#include "plots/typed.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* Rows are true classes, columns what they were taken for. The colour of an error is its share of
 * the row, on a logarithmic scale, so that rare ones can be seen; what is right is grey, since it
 * would outshine every error, and an empty cell stays white. */
struct matrix {
    const struct answers *answers;
    int64_t *counts;         /* [classes, classes] */
    int64_t *totals;         /* [classes] of the rows */
    size_t errors, diagonal; /* data blocks, or NONE */
};

static const size_t NONE = (size_t)-1;

/* What all panels share. */
struct scale {
    int32_t classes;
    double low, high; /* shares of errors in per cent; 0: there are none */
    int64_t largest;  /* count of a cell */
};

static struct matrix count(const struct answers *answers, int32_t classes)
{
    size_t side = (size_t)classes;
    struct matrix matrix = {.answers = answers};
    matrix.counts = memory_array(side * side, sizeof *matrix.counts);
    matrix.totals = memory_array(side, sizeof *matrix.totals);
    for (size_t i = 0; i < answers->count; i++) {
        const struct predictions *run = &answers->runs[i];
        for (int64_t j = 0; j < run->count; j++) {
            matrix.counts[run->labels[j] * classes + run->predicted[j]]++;
            matrix.totals[run->labels[j]]++;
        }
    }
    return matrix;
}

static double share(const struct matrix *matrix, const struct scale *scale, int32_t row,
                    int32_t column)
{
    return 100 * (double)matrix->counts[row * scale->classes + column] /
           (double)matrix->totals[row];
}

/* The round number (1, 2 or 5 times a power of ten) next to VALUE, not above or not below it. */
static double next_round(double value, bool above)
{
    double power = pow(10, floor(log10(value) + 1e-9)), digit = value / power;
    static const double digits[] = {1, 2, 5, 10};
    double result = above ? 10 : 1;
    for (int i = 0; i < 4; i++)
        if (above ? digits[3 - i] >= digit - 1e-9 : digits[i] <= digit + 1e-9)
            result = above ? digits[3 - i] : digits[i];
    return result * power;
}

static struct scale measure(const struct matrix *matrices, size_t count, int32_t classes)
{
    struct scale scale = {.classes = classes, .low = INFINITY};
    for (size_t i = 0; i < count; i++) {
        for (int32_t row = 0; row < classes; row++) {
            for (int32_t column = 0; column < classes; column++) {
                int64_t cell = matrices[i].counts[row * classes + column];
                scale.largest = cell > scale.largest ? cell : scale.largest;
                if (cell == 0 || row == column)
                    continue;
                double value = share(&matrices[i], &scale, row, column);
                scale.low = fmin(scale.low, value);
                scale.high = fmax(scale.high, value);
            }
        }
    }
    if (scale.high == 0) {
        scale.low = 0;
        return scale;
    }
    scale.low = next_round(scale.low, false);
    scale.high = next_round(scale.high, true);
    if (scale.low == scale.high)
        scale.low /= 10;
    return scale;
}

/* A block of the cells that are right, or of those that are not; NONE where there are none, for
 * gnuplot fails on a block without a point. */
static size_t add_block(struct gnuplot *plot, const struct matrix *matrix,
                        const struct scale *scale, bool right)
{
    size_t block = NONE;
    for (int32_t row = 0; row < scale->classes; row++) {
        for (int32_t column = 0; column < scale->classes; column++) {
            int64_t cell = matrix->counts[row * scale->classes + column];
            if (cell == 0 || (row == column) != right)
                continue;
            if (block == NONE) {
                block = gnuplot_begin_block(plot, matrix->answers->name);
                text_add_format(&plot->data, "# %s: predicted, truth, count, %% of the truth\n",
                                right ? "right" : "errors");
            }
            text_add_format(&plot->data, "%d %d %" PRId64 " %.4f\n", column, row, cell,
                            share(matrix, scale, row, column));
        }
    }
    return block;
}

static void add_data(struct gnuplot *plot, struct matrix *matrix, const struct scale *scale)
{
    matrix->errors = add_block(plot, matrix, scale, false);
    matrix->diagonal = add_block(plot, matrix, scale, true);
}

/* Where all is, in centimetres. */
struct page {
    double width, height, side, pitch_x, pitch_y;
    struct plot_margins margins; /* of the first panel; bottom: below the last one */
    double font;                 /* points of the counts; 0: they do not fit */
};

static struct page lay_out(size_t panels, const struct scale *scale)
{
    bool one = panels == 1;
    int wide = scale->classes > 100 ? 3 : scale->classes > 10 ? 2 : 1; /* a class */
    const double digit = letters_width("0");
    struct page page = {
        .width = one ? 12.6 : PLOT_WIDTH,
        .side = (one ? 9.9 : 5.45) - digit * wide,
        .margins = {.left = 1.1 + digit * wide, .top = 1.2, .bottom = scale->high > 0 ? 2.75 : 1.2},
    };
    size_t columns = one ? 1 : 2, rows = (panels + columns - 1) / columns;
    page.pitch_x = page.width / (double)columns;
    page.pitch_y = page.side + page.margins.top + 1.15;
    page.height = (double)rows * page.pitch_y - 1.15 + page.margins.bottom;
    char digits[32];
    double characters = snprintf(digits, sizeof digits, "%" PRId64, scale->largest);
    double room = page.side / scale->classes;
    page.font =
        fmin(9, fmin(0.8 * room / (characters * 0.6 * PLOT_POINT), 0.7 * room / PLOT_POINT));
    if (page.font < 4.5)
        page.font = 0;
    return page;
}

/* Adds a list of ticks at some of CLASSES, as many as can be read. */
static void add_ticks(struct text *script, const char *axis, const struct scale *scale)
{
    int every = scale->classes <= 26    ? 1
                : scale->classes <= 60  ? 5
                : scale->classes <= 130 ? 10
                                        : 20;
    text_add_format(script, "set %stics (", axis);
    for (int32_t i = 0; i < scale->classes; i += every)
        text_add_format(script, "%s'%d' %d", i ? ", " : "", i, i);
    text_add(script, ")\n");
}

/* Adds TEXT as label TAG, upright beside the panel at TOP, X centimetres from the left. */
static void add_side(struct gnuplot *plot, int tag, const char *text, const struct page *page,
                     double x, double top)
{
    text_add_format(&plot->script,
                    "set label %d '%s' at screen %.4f, screen %.4f center rotate by 90\n", tag,
                    text, x / page->width, 1 - (top + page->side / 2) / page->height);
}

/* The share of each class that is right, at the right of its row. */
static void add_recall(struct gnuplot *plot, const struct matrix *matrix, const struct scale *scale,
                       const struct page *page, double left, double top)
{
    if (page->side / scale->classes < 0.3)
        return;
    text_add(&plot->script, "set y2tics (");
    bool first = true;
    for (int32_t i = 0; i < scale->classes; i++) {
        if (matrix->totals[i] == 0)
            continue;
        text_add_format(&plot->script, "%s'%.1f' %d", first ? "" : ", ", share(matrix, scale, i, i),
                        i);
        first = false;
    }
    text_add(&plot->script, ") scale 0 offset -0.6,0");
    plot_add_font(plot, 8);
    text_add_char(&plot->script, '\n');
    add_side(plot, 4, "recall (%)", page, left + page->side + 1.2, top);
}

static void add_head(struct gnuplot *plot, const struct answers *answers, const struct page *page,
                     double left, double top)
{
    struct text name = {0}, figures = {0};
    enum { COLUMNS = 60 };
    letters_cut(&name, answers->name, COLUMNS, page->side + 1);
    answers_add_accuracy(&figures, answers);
    const struct text *lines[] = {&name, &figures};
    for (int i = 0; i < 2; i++) {
        text_add_format(&plot->script, "set label %d ", i + 1);
        gnuplot_add_text(&plot->script, text_get(lines[i]));
        text_add_format(&plot->script, " at screen %.4f, screen %.4f center",
                        (left + page->side / 2) / page->width,
                        1 - (top - 0.75 + PLOT_LINE * i) / page->height);
        plot_add_font(plot, i ? 8 : 9);
        text_add_char(&plot->script, '\n');
    }
    text_release(&name);
    text_release(&figures);
}

/* Adds "'FILE' index BLOCK", behind what the plot command has already. */
static void add_part(struct gnuplot *plot, size_t block, bool *first)
{
    text_add(&plot->script, *first ? "plot " : " notitle, \\\n    ");
    gnuplot_add_source(plot, block);
    *first = false;
}

static void add_cells(struct gnuplot *plot, const struct matrix *matrix, bool *first)
{
    static const char box[] = " using 1:2:($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5)";
    if (matrix->diagonal != NONE) {
        add_part(plot, matrix->diagonal, first);
        text_add_format(&plot->script,
                        "%s with boxxyerror fillstyle solid 1 noborder linecolor rgb '#dedede'",
                        box);
    }
    if (matrix->errors != NONE) {
        add_part(plot, matrix->errors, first);
        text_add_format(&plot->script,
                        "%s:4 with boxxyerror fillstyle solid 1 noborder linecolor palette", box);
    }
}

/* The counts over the cells, white on dark ones. */
static void add_counts(struct gnuplot *plot, const struct matrix *matrix, const struct scale *scale,
                       const struct page *page, bool *first)
{
    double middle = sqrt(scale->low * scale->high) * pow(scale->high / scale->low, 0.12);
    if (matrix->errors != NONE) {
        add_part(plot, matrix->errors, first);
        text_add_format(&plot->script,
                        " using 1:2:3:($4 > %.9g ? 0xffffff : 0) with labels "
                        "textcolor rgb variable",
                        middle);
        plot_add_font(plot, page->font);
    }
    if (matrix->diagonal != NONE) {
        add_part(plot, matrix->diagonal, first);
        text_add(&plot->script, " using 1:2:3 with labels textcolor rgb 'black'");
        plot_add_font(plot, page->font);
    }
}

static void add_panel(struct gnuplot *plot, const struct matrix *matrix, const struct scale *scale,
                      const struct page *page, size_t index)
{
    size_t columns = page->pitch_x < page->width ? 2 : 1;
    double left = page->margins.left + page->pitch_x * (double)(index % columns);
    double top = page->margins.top + page->pitch_y * (double)(index / columns);
    plot_add_margins(plot, page->width, page->height,
                     (struct plot_margins){left, page->width - left - page->side, top,
                                           page->height - top - page->side});
    add_head(plot, matrix->answers, page, left, top);
    add_side(plot, 3, "true class", page, left - page->margins.left + 0.25, top);
    add_recall(plot, matrix, scale, page, left, top);
    bool first = true;
    add_cells(plot, matrix, &first);
    if (page->font > 0)
        add_counts(plot, matrix, scale, page, &first);
    /* One bar is enough. */
    text_add(&plot->script, " notitle\nunset colorbox\n");
}

/* Below all panels. */
static void add_colour_bar(struct gnuplot *plot, const struct scale *scale, const struct page *page)
{
    if (scale->high == 0) {
        text_add(&plot->script, "unset colorbox\nset cbrange [0.1:1]\n");
        return;
    }
    double width = fmin(page->width - 2, 9.7);
    text_add_format(&plot->script,
                    "set logscale cb\nset cbrange [%.9g:%.9g]\n"
                    "set colorbox horizontal user origin screen %.4f, screen %.4f "
                    "size screen %.4f, screen %.4f\n"
                    "set cblabel 'errors: share of the true class (%%), logarithmic' "
                    "offset 0,0.5\nset cbtics offset 0,0.4 (",
                    scale->low, scale->high, (page->width - width) / 2 / page->width,
                    1.15 / page->height, width / page->width, 0.3 / page->height);
    axis_add_ticks(&plot->script, (struct axis){scale->low, scale->high, true}, 10, false);
    text_add(&plot->script, ")\n");
}

static void add_picture(struct gnuplot *plot, struct matrix *matrices, size_t count,
                        const struct scale *scale)
{
    struct page page = lay_out(count, scale);
    gnuplot_begin(plot, page.width, page.height);
    text_add_format(&plot->script, "set palette defined (0 '%s', 0.6 '#e8650e', 1 '#7f2704')\n",
                    page.font > 0 ? "#ffefc4', 0.3 '#fdbb4d" : "#fdbb4d");
    text_add(&plot->script,
             "set border 15 linecolor rgb '#808080' linewidth 0.7\nunset grid\nunset key\n"
             "set tics nomirror scale 0.3 textcolor rgb 'black'\n"
             "set xlabel 'predicted class'\n");
    text_add_format(&plot->script,
                    "set xrange [-0.5:%d.5]\nset yrange [%d.5:-0.5]\n"
                    "set y2range [%d.5:-0.5]\n",
                    scale->classes - 1, scale->classes - 1, scale->classes - 1);
    add_ticks(&plot->script, "x", scale);
    add_ticks(&plot->script, "y", scale);
    add_colour_bar(plot, scale, &page);
    if (count > 1)
        plot_add_multiplot(plot, count);
    for (size_t i = 0; i < count; i++) {
        add_data(plot, &matrices[i], scale);
        add_panel(plot, &matrices[i], scale, &page, i);
    }
    text_add(&plot->script, count > 1 ? "unset multiplot\n" : "");
}

/* A row of characters: counts where they fit, else a shade of each cell. */
static void add_typed_row(struct text *lines, const struct matrix *matrix,
                          const struct scale *scale, int32_t row, int digits)
{
    static const char shades[] = ".:-=+*%#";
    const int last = (int)sizeof shades - 2;
    text_add_format(lines, "%6d  ", row);
    for (int32_t column = 0; column < scale->classes; column++) {
        int64_t cell = matrix->counts[row * scale->classes + column];
        if (digits > 0 && (cell > 0 || row == column)) {
            text_add_format(lines, " %*" PRId64, digits, cell);
        } else if (digits > 0) {
            text_add_spaces(lines, digits);
            text_add(lines, "·");
        } else if (cell == 0 || row == column) {
            text_add_char(lines, row == column ? '\\' : ' ');
        } else {
            double place =
                log(share(matrix, scale, row, column) / scale->low) / log(scale->high / scale->low);
            text_add_char(lines, shades[(int)lround(fmin(fmax(place, 0), 1) * last)]);
        }
    }
    if (matrix->totals[row] > 0)
        text_add_format(lines, " %7.1f", share(matrix, scale, row, row));
    text_add_char(lines, '\n');
}

static void add_typed_matrix(struct text *lines, const struct matrix *matrix,
                             const struct scale *scale, int digits)
{
    printable_add_cut(lines, matrix->answers->name, 60);
    text_add_char(lines, '\n');
    answers_add_accuracy(lines, matrix->answers);
    text_add(lines, "\n\n         predicted\n truth  ");
    for (int32_t i = 0; i < scale->classes; i++) {
        if (digits > 0)
            text_add_format(lines, " %*d", digits, i);
        else
            text_add_char(lines, i % 10 == 0 ? (char)('0' + i / 10 % 10) : ' ');
    }
    text_add(lines, " recall %\n");
    for (int32_t row = 0; row < scale->classes; row++)
        add_typed_row(lines, matrix, scale, row, digits);
    if (digits == 0)
        text_add_format(lines,
                        "\n the share of a row that an error has, from %g %% (.) to %g %% (#)\n",
                        scale->low, scale->high);
}

static int type_picture(struct gnuplot *plot, struct matrix *matrices, size_t count,
                        const struct scale *scale, int columns, struct error *error)
{
    enum { BESIDE = 8 + 9 }; /* the class and its recall */
    int digits = scale->classes > 10 ? 2 : 1;
    for (int64_t rest = scale->largest, n = 1; rest > 0; rest /= 10, n++)
        digits = digits > n ? digits : (int)n;
    if (BESIDE + scale->classes * (digits + 1) > columns)
        digits = 0;
    if (digits == 0 && BESIDE + scale->classes > columns)
        return error_set(error, ERROR_USAGE,
                         "%d classes do not fit into %d columns; take --format svg, png or pdf",
                         scale->classes, columns);
    struct text lines = {0};
    for (size_t i = 0; i < count; i++) {
        text_add(&lines, i ? "\n\n" : "");
        add_data(plot, &matrices[i], scale);
        add_typed_matrix(&lines, &matrices[i], scale, digits);
    }
    typed_begin(plot, text_get(&lines));
    text_release(&lines);
    return 0;
}

static int draw(struct gnuplot *plot, struct store *store, const struct groups *groups,
                const struct plot_request *request, struct error *error)
{
    struct answers_list list;
    struct matrix matrices[ANSWERS_GROUPS];
    int32_t classes = 2;
    if (answers_load(&list, store, groups, request, error) != 0) {
        answers_release(&list);
        return -1;
    }
    for (size_t i = 0; i < list.count; i++)
        classes = list.items[i].classes > classes ? list.items[i].classes : classes;
    for (size_t i = 0; i < list.count; i++)
        matrices[i] = count(&list.items[i], classes);
    struct scale scale = measure(matrices, list.count, classes);
    int result = 0;
    if (plot->format == PICTURE_ASCII)
        result = type_picture(plot, matrices, list.count, &scale, request->columns, error);
    else
        add_picture(plot, matrices, list.count, &scale);
    if (result == 0)
        result = gnuplot_draw(plot, error);
    for (size_t i = 0; i < list.count; i++) {
        memory_free(matrices[i].counts);
        memory_free(matrices[i].totals);
    }
    answers_release(&list);
    return result;
}

const struct plot_type plot_confusion = {.options = PLOT_TAKES_SPLIT | PLOT_TAKES_DATA,
                                         .draw = draw};
