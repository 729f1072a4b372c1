#include "plots/plot_parts.h"

#include "base/printable.h"
#include "plots/axes.h"

void plot_add_margins(struct gnuplot *plot, double width, double height,
                      struct plot_margins margins)
{
    text_add_format(&plot->script,
                    "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
                    "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
                    margins.left / width, 1 - margins.right / width, 1 - margins.top / height,
                    margins.bottom / height);
}

void plot_add_label(struct gnuplot *plot, const char *place, const char *metric)
{
    struct text label = {0};
    axis_add_label(&label, metric);
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

size_t plot_longest_name(const struct groups *groups, size_t limit)
{
    size_t longest = 1;
    for (size_t i = 0; i < groups->count; i++) {
        struct text name = {0};
        printable_add_cut(&name, groups->items[i].name, limit);
        size_t width = printable_width(text_get(&name));
        longest = width > longest ? width : longest;
        text_release(&name);
    }
    return longest;
}
