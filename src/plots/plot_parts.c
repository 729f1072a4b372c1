#include "plots/plot_parts.h"

#include "base/memory.h"
#include "base/printable.h"
#include "plots/axes.h"
#include "plots/letters.h"

#include <math.h>

void plot_add_margins(struct gnuplot *plot, double width, double height,
                      struct plot_margins margins)
{
    text_add_format(&plot->script,
                    "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
                    "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
                    margins.left / width, 1 - margins.right / width, 1 - margins.top / height,
                    margins.bottom / height);
}

void plot_add_font(struct gnuplot *plot, double points)
{
    /* svg counts in pixels, see gnuplot.c */
    double unit = plot->format == PICTURE_SVG ? 96.0 / 72 : 1;
    text_add_format(&plot->script, " font ',%.4g'", points * unit);
}

void plot_add_label(struct gnuplot *plot, const char *place, const char *metric)
{
    plot_add_label_at(plot, place, metric, (struct moment){.kind = MOMENT_END});
}

void plot_add_raw_label(struct gnuplot *plot, const char *place, const char *text)
{
    enum { LIMIT = 70 };
    struct text cut = {0};
    printable_add_cut(&cut, text, LIMIT);
    text_add_format(&plot->script, "set %s ", place);
    gnuplot_add_text(&plot->script, text_get(&cut));
    text_add_char(&plot->script, '\n');
    text_release(&cut);
}

void plot_add_label_at(struct gnuplot *plot, const char *place, const char *metric,
                       struct moment moment)
{
    struct text label = {0};
    axis_add_label(&label, metric);
    text_add(&label, moment.kind == MOMENT_END ? "" : " ");
    moment_add_text(&label, moment);
    text_add_format(&plot->script, "set %s ", place);
    gnuplot_add_text(&plot->script, text_get(&label));
    text_add_char(&plot->script, '\n');
    text_release(&label);
}

void plot_add_axis(struct gnuplot *plot, char axis, struct axis fitted, int ticks)
{
    text_add_format(&plot->script, "%s logscale %c\nset %crange [%.9g:%.9g]\nset %ctics (",
                    fitted.logarithmic ? "set" : "unset", axis, axis, fitted.low, fitted.high,
                    axis);
    axis_add_ticks(&plot->script, fitted, ticks, plot->format != PICTURE_ASCII);
    text_add(&plot->script, ")\n");
}

void plot_add_clipping(struct gnuplot *plot)
{
    text_add(&plot->script, "set clip two\n");
}

void plot_add_multiplot(struct gnuplot *plot, size_t panels)
{
    if (plot->format == PICTURE_ASCII)
        text_add_format(&plot->script, "set multiplot layout %zu,1\n", panels);
    else
        text_add(&plot->script, "set multiplot\n");
}

size_t plot_longest_of(const char *const *names, size_t count, size_t limit)
{
    size_t longest = 1;
    for (size_t i = 0; i < count; i++) {
        struct text name = {0};
        printable_add_cut(&name, names[i], limit);
        size_t width = printable_width(text_get(&name));
        longest = width > longest ? width : longest;
        text_release(&name);
    }
    return longest;
}

const struct plot_room plot_legend_room = {40, 8.6};

double plot_widest_of(const char *const *names, size_t count, struct plot_room room)
{
    double widest = 0;
    for (size_t i = 0; i < count; i++) {
        struct text name = {0};
        letters_cut(&name, names[i], room.columns, room.width);
        widest = fmax(widest, letters_width(text_get(&name)));
        text_release(&name);
    }
    return widest;
}

void plot_add_name(struct text *text, const struct gnuplot *plot, const char *name,
                   struct plot_room room)
{
    letters_cut(text, name, room.columns, plot->format == PICTURE_ASCII ? INFINITY : room.width);
}

void plot_add_title(struct gnuplot *plot, const char *name)
{
    struct text cut = {0};
    plot_add_name(&cut, plot, name, plot_legend_room);
    text_add(&plot->script, " title ");
    gnuplot_add_text(&plot->script, text_get(&cut));
    text_release(&cut);
}

/* Yellow, the palette's fifth, is too pale for a line on white. */
enum {
    COLOURS = 7,
    DASHES = 5,
    SYMBOLS = 8, /* along a line */
    MANY = 13,   /* lines, so that bands are pale */
};

int plot_colour(size_t i)
{
    static const int colours[COLOURS] = {6, 7, 4, 1, 8, 2, 3};
    return colours[i % COLOURS];
}

int plot_shape(size_t i)
{
    static const int shapes[PLOT_SHAPES] = {7, 5, 9, 11, 13, 6, 4, 8, 10};
    return shapes[i % PLOT_SHAPES];
}

void plot_add_line_style(struct gnuplot *plot, size_t i, size_t points)
{
    if (plot->format == PICTURE_ASCII)
        text_add_format(&plot->script, " with lines linetype %zu", i + 1);
    else if (points == 0)
        text_add_format(&plot->script, " with lines linecolor %d dashtype %zu", plot_colour(i),
                        i % DASHES + 1);
    else
        text_add_format(
            &plot->script,
            " with linespoints linecolor %d dashtype %zu pointtype %d pointinterval %zu",
            plot_colour(i), i % DASHES + 1, plot_shape(i), points / SYMBOLS + 1);
}

void plot_add_band_style(struct gnuplot *plot, size_t i, size_t lines, enum plot_band band)
{
    static const double opacities[][2] = {[PLOT_BAND] = {0.15, 0.07},
                                          [PLOT_BAND_BEHIND] = {0.11, 0.05},
                                          [PLOT_BAND_IN_FRONT] = {0.22, 0.1}};
    text_add_format(&plot->script,
                    " with filledcurves fillstyle transparent solid %g noborder linecolor %d",
                    opacities[band][lines >= MANY], plot_colour(i));
}

void plot_add_clip(struct gnuplot *plot, char axis, bool high, double length, double place,
                   int colour)
{
    double end = high ? 1 : 0, from = high ? 1 - 0.3 / length : 0.3 / length;
    const double ends[] = {from, end};
    if (plot->format == PICTURE_ASCII)
        return;
    text_add(&plot->script, "set arrow");
    for (int i = 0; i < 2; i++) {
        text_add(&plot->script, i ? " to " : " from ");
        if (axis == 'x')
            text_add_format(&plot->script, "graph %.4f, first %.9g", ends[i], place);
        else
            text_add_format(&plot->script, "first %.9g, graph %.4f", place, ends[i]);
    }
    text_add_format(&plot->script,
                    " front head filled size screen 0.012,25 linecolor %d linewidth 0.6\n", colour);
}

char plot_letter(size_t i)
{
    enum { LETTERS = 26 };
    return i < LETTERS ? (char)('A' + i) : i < 2 * LETTERS ? (char)('a' + (i - LETTERS)) : '?';
}

void plot_add_letters(struct gnuplot *plot, const char *columns, size_t i, const char *name)
{
    enum { LETTERS = 26 };
    /* gnuplot has its own letters for points, which go round after Z. */
    if (i < LETTERS) {
        text_add_format(&plot->script, " using %s with points pointtype %zu", columns, i + 1);
        if (name)
            plot_add_title(plot, name);
    } else {
        text_add_format(&plot->script, " using %s:('%c') with labels", columns, plot_letter(i));
        char *title = name ? text_format("%c  %s", plot_letter(i), name) : NULL;
        if (title)
            plot_add_title(plot, title);
        memory_free(title);
    }
    text_add(&plot->script, name ? "" : " notitle");
}

double plot_rows(const char *const *names, size_t count, int columns)
{
    enum { USUAL = 24, IN_USUAL = 3 /* rows of a legend that leave enough for the plot */ };
    size_t entry = plot_longest_of(names, count, plot_legend_room.columns) + 10;
    size_t across = (size_t)columns > entry ? (size_t)columns / entry : 1;
    size_t rows = (count + across - 1) / across;
    return USUAL + (rows > IN_USUAL ? (double)(rows - IN_USUAL) : 0);
}

bool plot_has_series(struct store *store, const struct groups *groups, const char *metric)
{
    for (size_t i = 0; i < groups->count; i++)
        for (size_t j = 0; j < groups->items[i].run_count; j++) {
            double value;
            bool found = false;
            const char *id = groups->items[i].runs[j].run.id;
            if (store_metrics_last(store, id, metric, &value, &found, NULL) == 0 && found)
                return true;
        }
    return false;
}
