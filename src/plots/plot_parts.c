#include "plots/plot_parts.h"

#include "base/printable.h"
#include "plots/axes.h"

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
    axis_add_ticks(&plot->script, fitted, ticks);
    text_add(&plot->script, ")\n");
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

size_t plot_longest_name(const struct groups *groups, size_t limit)
{
    return plot_longest_of((const char *const *)groups->names.items, groups->count, limit);
}

void plot_add_title(struct gnuplot *plot, const char *name)
{
    struct text cut = {0};
    printable_add_cut(&cut, name, PLOT_NAME_LIMIT);
    text_add(&plot->script, " title ");
    gnuplot_add_text(&plot->script, text_get(&cut));
    text_release(&cut);
}

/* Yellow, the palette's fifth, is too pale for a line on white. */
enum { COLOURS = 7, DASHES = 5, SHAPES = 9, SYMBOLS = 8 /* along a line */ };

int plot_colour(size_t i)
{
    static const int colours[COLOURS] = {6, 7, 4, 1, 8, 2, 3};
    return colours[i % COLOURS];
}

int plot_shape(size_t i)
{
    static const int shapes[SHAPES] = {7, 5, 9, 11, 13, 6, 4, 8, 10};
    return shapes[i % SHAPES];
}

void plot_add_line_style(struct gnuplot *plot, size_t i, size_t points)
{
    if (plot->format == PICTURE_ASCII)
        text_add_format(&plot->script, " with lines linetype %zu", i + 1);
    else
        text_add_format(
            &plot->script,
            " with linespoints linecolor %d dashtype %zu pointtype %d pointinterval %zu",
            plot_colour(i), i % DASHES + 1, plot_shape(i), points / SYMBOLS + 1);
}

enum {
    BESIDE_ENTRIES = 13, /* as many stand at the right of the plot, */
    BESIDE_COLUMNS = 22, /* with names as long as this; otherwise below it */
};

void plot_add_band_style(struct gnuplot *plot, size_t i, size_t lines)
{
    text_add_format(&plot->script,
                    " with filledcurves fillstyle transparent solid %g noborder linecolor %d",
                    lines >= BESIDE_ENTRIES ? 0.07 : 0.15, plot_colour(i));
}

struct plot_legend plot_place_legend(size_t entries, size_t longest)
{
    struct plot_legend legend = {.right = 0.8};
    double entry = 1.9 + PLOT_CHARACTER * (double)longest;
    legend.below = entries > BESIDE_ENTRIES || longest > BESIDE_COLUMNS;
    if (legend.below) {
        legend.columns = (size_t)fmax(1, floor((PLOT_WIDTH - 2.7) / entry));
        size_t rows = (entries + legend.columns - 1) / legend.columns;
        legend.below_room = PLOT_LINE * (double)rows + 0.2;
    } else {
        legend.right = entry;
    }
    return legend;
}

double plot_rows(const char *const *names, size_t count, int columns)
{
    enum { USUAL = 24, IN_USUAL = 3 /* rows of a legend that leave enough for the plot */ };
    size_t entry = plot_longest_of(names, count, PLOT_NAME_LIMIT) + 10;
    size_t across = (size_t)columns > entry ? (size_t)columns / entry : 1;
    size_t rows = (count + across - 1) / across;
    return USUAL + (rows > IN_USUAL ? (double)(rows - IN_USUAL) : 0);
}

/* Rows of a horizontal key have no limit; those of a vertical one end with the height of the plot,
 * and go on in a column outside the picture. */
void plot_add_legend(struct gnuplot *plot, const struct plot_legend *legend, double width,
                     double height)
{
    if (plot->format == PICTURE_ASCII)
        text_add(&plot->script, "set key outside below left Left reverse\n");
    else if (legend->below) /* vertical, gnuplot takes no more rows than stand beside one panel */
        text_add_format(&plot->script,
                        "set key at screen 0.5, screen %.4f center bottom horizontal "
                        "maxcols %zu Left reverse samplen 3 noautotitle\n",
                        0.15 / height, legend->columns);
    else
        text_add_format(
            &plot->script,
            "set key at screen %.4f, screen %.4f left top horizontal maxcols 1 Left reverse "
            "samplen 3 noautotitle\n",
            1 - (legend->right - 0.2) / width, 1 - 0.35 / height);
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
