#include "plots/legend.h"

#include "plots/plot_parts.h"

#include <math.h>

enum { BESIDE_ENTRIES = 13 /* as many stand at the right of the plot, */ };

/* with names as wide as this, otherwise below it; and what an entry's line takes, with the space
 * around it. Centimetres. */
static const double beside_width = 4.4, sample = 1.9;

static size_t count_rows(const struct legend *legend, size_t entries)
{
    return (entries + legend->columns - 1) / legend->columns;
}

struct legend legend_place(size_t entries, double widest)
{
    struct legend legend = {.right = 0.8, .entry = sample + widest};
    if (entries == 0)
        return legend;
    legend.below = entries > BESIDE_ENTRIES || widest > beside_width;
    if (legend.below) {
        size_t most = (size_t)fmax(1, floor(PLOT_WIDTH / legend.entry));
        legend.columns = most < entries ? most : entries;
        legend.below_room = PLOT_LINE * (double)count_rows(&legend, entries) + 0.2;
    } else {
        legend.right = legend.entry;
    }
    return legend;
}

/* Rows of a horizontal key have no limit; those of a vertical one end with the height of the plot,
 * and go on in a column outside the picture. */
static void add_key(struct gnuplot *plot, double x, double y)
{
    text_add_format(&plot->script,
                    "set key at screen %.4f, screen %.4f left top horizontal maxcols 1 Left "
                    "reverse samplen 3 noautotitle\n",
                    x, y);
}

void legend_add(struct gnuplot *plot, const struct legend *legend, double width, double height)
{
    if (plot->format == PICTURE_ASCII)
        text_add(&plot->script, "set key outside below left Left reverse\n");
    else if (legend->below)
        text_add(&plot->script, "unset key\n");
    else
        add_key(plot, 1 - (legend->right - 0.2) / width, 1 - 0.35 / height);
}

void legend_add_below(struct gnuplot *plot, const struct legend *legend, double width,
                      double height, size_t entries, legend_add_entry *add, const void *data)
{
    size_t rows = count_rows(legend, entries);
    double left = (width - (double)legend->columns * legend->entry) / 2;
    text_add(&plot->script, "# the legend\nunset label\nunset xlabel\nunset ylabel\nunset border\n"
                            "unset tics\nunset grid\nunset xzeroaxis\nunset arrow\nunset logscale\n"
                            "set xrange [0:1]\nset yrange [0:1]\n");
    for (size_t first = 0; first < entries; first += rows) {
        double x = left + (double)(first / rows) * legend->entry;
        add_key(plot, x / width, legend->below_room / height);
        text_add(&plot->script, "plot ");
        for (size_t i = first; i < entries && i < first + rows; i++) {
            text_add(&plot->script, i > first ? ", \\\n    NaN" : "NaN");
            add(plot, data, i);
        }
        text_add_char(&plot->script, '\n');
    }
}
