#include "plots/plot_kinds.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/printable.h"
#include "compare/statistics.h"
#include "plots/plot_parts.h"
#include "store/metric_rules.h"

#include <math.h>

/* Of a variant's name. */
static const struct plot_room name_room = {36, 7.2};

#define MEAN_ABOVE 0.14 /* how far a mean lies above its row's line */

/* A metric's finals: a row per group, the first at the top. */
struct panel {
    const char *metric;
    struct moment moment;
    struct summary *summaries; /* per group, in the axis' unit */
    struct axis axis;
    struct axis_range range;  /* of the axis, as far as the user said */
    size_t points, intervals; /* data blocks */
};

/* Each group has the seeds as points on its line's lower half, side by side in a fixed order so
 * that equal ones can be told apart, and mean and interval on the upper half. */
static double row_of(const struct groups *groups, size_t group)
{
    return (double)(groups->count - group);
}

static int add_points(struct gnuplot *plot, struct store *store, const struct groups *groups,
                      struct panel *panel, struct error *error)
{
    double scale = axis_scale(panel->metric);
    panel->points = gnuplot_begin_block(plot, panel->metric);
    text_add(&plot->data, "# a seed's value, place\n");
    for (size_t i = 0; i < groups->count; i++) {
        size_t count;
        double *values =
            moment_values(store, &groups->items[i], panel->metric, panel->moment, &count, error);
        if (!values)
            return -1;
        for (size_t j = 0; j < count; j++) {
            double place = ((double)j + 0.5) / (double)count;
            values[j] *= scale;
            gnuplot_add_number(&plot->data, values[j]);
            text_add_format(&plot->data, " %.4f\n", row_of(groups, i) - 0.06 - 0.28 * place);
        }
        panel->summaries[i] = statistics_summary(values, count);
        memory_free(values);
    }
    return 0;
}

/* The bar over a mean: its 95 % interval, of two seeds from one to the other, of one NaN. */
struct bar {
    double low, high;
};

static struct bar bar_of(const struct panel *panel, const struct summary *summary)
{
    double half_width = statistics_half_width(summary->deviation, summary->n);
    if (summary->n == 2)
        return (struct bar){summary->minimum, summary->maximum};
    return (struct bar){axis_keep(panel->metric, summary->mean - half_width),
                        axis_keep(panel->metric, summary->mean + half_width)};
}

/* What the means and their bars are. */
static const char *bar_meaning(const struct panel *panel, size_t count)
{
    bool any_interval = false, any_range = false;
    for (size_t i = 0; i < count; i++) {
        any_interval |= panel->summaries[i].n > 2;
        any_range |= panel->summaries[i].n == 2;
    }
    if (any_interval)
        return any_range ? "mean, 95 % interval (or both seeds)" : "mean and its 95 % interval";
    return any_range ? "mean, both seeds" : "mean";
}

static void add_intervals(struct gnuplot *plot, const struct groups *groups, struct panel *panel)
{
    panel->intervals = gnuplot_begin_block(plot, panel->metric);
    text_add(&plot->data, "# mean, place, low and high end of the bar, seeds, variant\n");
    for (size_t i = 0; i < groups->count; i++) {
        const struct summary *summary = &panel->summaries[i];
        struct bar bar = bar_of(panel, summary);
        gnuplot_add_number(&plot->data, summary->mean);
        text_add_format(&plot->data, " %.4f ", row_of(groups, i) + MEAN_ABOVE);
        gnuplot_add_number(&plot->data, bar.low);
        text_add_char(&plot->data, ' ');
        gnuplot_add_number(&plot->data, bar.high);
        text_add_format(&plot->data, " %zu # ", summary->n);
        printable_add(&plot->data, groups->items[i].name);
        text_add_char(&plot->data, '\n');
    }
}

/* An axis that shows all values and bars. The interval of three seeds reaches at most 1.1 times
 * their range beyond them, that of more seeds less: none dwarfs the values. */
static void fit_axis(struct panel *panel, size_t count)
{
    double from = INFINITY, to = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        const struct summary *summary = &panel->summaries[i];
        if (summary->n == 0)
            continue;
        struct bar bar = bar_of(panel, summary);
        from = fmin(from, fmin(bar.low, summary->minimum));
        to = fmax(to, fmax(bar.high, summary->maximum));
    }
    axis_range_narrow(&panel->range, &from, &to);
    if (from > to) { /* no value at all */
        panel->axis = (struct axis){0, metric_is_share(panel->metric) ? 100 : 1, false};
        return;
    }
    bool percent = metric_is_share(panel->metric);
    double ceiling = percent ? 100 : INFINITY;
    panel->axis = axis_fit(from, to, false, ceiling);
    if (percent && panel->axis.low < 0)
        panel->axis.low = 0;
}

/* Adds the names of GROUPS of which all seeds, or else some but not all, lie outside the axis. */
static void add_hidden(struct text *names, const struct groups *groups, const struct panel *panel,
                       bool all)
{
    for (size_t i = 0; i < groups->count; i++) {
        const struct summary *summary = &panel->summaries[i];
        bool none_seen = summary->n > 0 && (summary->maximum < panel->axis.low ||
                                            summary->minimum > panel->axis.high);
        bool all_seen = summary->n == 0 || (axis_holds(panel->axis, summary->minimum) &&
                                            axis_holds(panel->axis, summary->maximum));
        if (all ? !none_seen : none_seen || all_seen)
            continue;
        text_add(names, names->length ? ", " : "");
        printable_add(names, groups->items[i].name);
    }
}

/* Says what the axis that was asked for leaves out. */
static void note_hidden(const struct groups *groups, const struct panel *panel)
{
    struct text all = {0}, some = {0};
    add_hidden(&all, groups, panel, true);
    add_hidden(&some, groups, panel, false);
    if (all.length)
        log_note("%s: all seeds lie outside --y-range, of %s", panel->metric, text_get(&all));
    if (some.length)
        log_note("%s: some seeds lie outside --y-range, of %s", panel->metric, text_get(&some));
    text_release(&all);
    text_release(&some);
}

/* Whether SUMMARY's bar is seen, all of it or a part. */
static bool has_bar(const struct panel *panel, const struct summary *summary)
{
    struct bar bar = bar_of(panel, summary);
    return summary->n > 1 && bar.low <= panel->axis.high && bar.high >= panel->axis.low;
}

/* Arrows where bars go on outside an axis of WIDTH centimetres. */
static void add_clips(struct gnuplot *plot, const struct groups *groups, const struct panel *panel,
                      double width)
{
    enum { COLOUR = 1 }; /* that of the bars */
    for (size_t i = 0; i < groups->count; i++) {
        struct bar bar = bar_of(panel, &panel->summaries[i]);
        if (!has_bar(panel, &panel->summaries[i]))
            continue;
        if (bar.low < panel->axis.low)
            plot_add_clip(plot, 'x', false, width, row_of(groups, i) + MEAN_ABOVE, COLOUR);
        if (bar.high > panel->axis.high)
            plot_add_clip(plot, 'x', true, width, row_of(groups, i) + MEAN_ABOVE, COLOUR);
    }
}

static void add_names(struct gnuplot *plot, const struct groups *groups)
{
    text_add_format(&plot->script, "set yrange [0.4:%zu.6]\nset ytics (", groups->count);
    for (size_t i = 0; i < groups->count; i++) {
        struct text name = {0};
        plot_add_name(&name, plot, groups->items[i].name, name_room);
        text_add(&plot->script, i ? ", " : "");
        gnuplot_add_tick_text(&plot->script, text_get(&name));
        text_add_format(&plot->script, " %g", row_of(groups, i));
        text_release(&name);
    }
    text_add(&plot->script, ")\n");
}

/* A legend of characters stands in lines at the foot of the page: gnuplot would draw it over
 * itself. */
static void add_typed_legend(struct gnuplot *plot, const char *meaning)
{
    text_add(&plot->script, "set label 1 'O  one seed' at character 2,1\nset label 2 'M  ");
    text_add_format(&plot->script, "%s' at character 2,0\n", meaning);
}

static void add_plot(struct gnuplot *plot, const struct panel *panel, const char *meaning,
                     bool legend)
{
    bool ascii = plot->format == PICTURE_ASCII, any_bar = !text_equal(meaning, "mean");
    if (ascii && legend)
        add_typed_legend(plot, meaning);
    legend = legend && !ascii;
    text_add(&plot->script, "plot ");
    gnuplot_add_source(plot, panel->points);
    text_add_format(&plot->script, " using 1:2 with points %s %s, \\\n    ",
                    ascii ? "pointtype 15" : "pointtype 6 linecolor 6",
                    legend ? "title 'one seed'" : "notitle");
    /* A mean of one seed has no bar: gnuplot would draw its ends on the axis. */
    if (any_bar) {
        gnuplot_add_source(plot, panel->intervals);
        text_add(&plot->script, " using ($5 > 1");
        if (axis_range_is_given(&panel->range))
            text_add_format(&plot->script, " && $4 >= %.9g && $3 <= %.9g", panel->axis.low,
                            panel->axis.high);
        text_add_format(&plot->script, " ? $1 : NaN):2:3:4 with xerrorbars %s notitle, \\\n    ",
                        ascii ? "pointtype 13" : "pointtype 7 linecolor 1");
    }
    gnuplot_add_source(plot, panel->intervals);
    text_add_format(&plot->script, " using 1:2 with points %s notitle",
                    ascii ? "pointtype 13" : "pointtype 7 linecolor 1");
    if (legend) {
        text_add(&plot->script, ", \\\n    ");
        gnuplot_add_source(plot, panel->intervals);
        text_add_format(&plot->script, " using (NaN):(NaN)%s pointtype 7 linecolor 1 title '%s'",
                        any_bar ? ":(NaN):(NaN) with xerrorbars" : " with points", meaning);
    }
    text_add_char(&plot->script, '\n');
}

/* Centimetres (characters for ascii) of a picture with COUNT panels. */
struct page {
    double width, height, panel_height, gap;
    struct plot_margins margins;
};

static struct page lay_out(const struct gnuplot *plot, const struct groups *groups, size_t count,
                           int columns)
{
    double rows = (double)groups->count, many = (double)count;
    if (plot->format == PICTURE_ASCII)
        return (struct page){.width = columns, .height = (2 * rows + 10) * many};
    struct page page = {
        .width = PLOT_WIDTH,
        .panel_height = fmax(2.4, (rows > 12 ? 0.55 : 0.75) * rows),
        .gap = 1.5,
        .margins = {.left = 0.9 + plot_widest_of((const char *const *)groups->names.items,
                                                 groups->count, name_room),
                    .right = 0.6,
                    .top = 1.25,
                    .bottom = 1.4},
    };
    page.height =
        page.margins.top + many * page.panel_height + (many - 1) * page.gap + page.margins.bottom;
    return page;
}

static void add_panel(struct gnuplot *plot, const struct groups *groups, const struct panel *panel,
                      const struct page *page, size_t index)
{
    if (plot->format != PICTURE_ASCII) {
        struct plot_margins margins = page->margins;
        margins.top += (double)index * (page->panel_height + page->gap);
        margins.bottom = page->height - margins.top - page->panel_height;
        plot_add_margins(plot, page->width, page->height, margins);
        text_add(&plot->script, index ? "unset arrow\n" : "");
        add_clips(plot, groups, panel, page->width - margins.left - margins.right);
    }
    plot_add_label_at(plot, "xlabel", panel->metric, panel->moment);
    plot_add_axis(plot, 'x', panel->axis, 6);
    add_names(plot, groups);
    add_plot(plot, panel, bar_meaning(panel, groups->count), index == 0);
}

static int draw(struct gnuplot *plot, struct store *store, const struct groups *groups,
                const struct plot_request *request, struct error *error)
{
    size_t count = request->metric_count;
    if (axis_range_check_units(&request->y_range, request->metrics, count, error) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (moment_check(store, groups, request->metrics[i], request->moment, error) != 0)
            return -1;
    struct page page = lay_out(plot, groups, count, request->columns);
    gnuplot_begin(plot, page.width, page.height);
    if (plot->format == PICTURE_ASCII)
        text_add(&plot->script, "unset key\nset bmargin 6\n");
    else
        text_add_format(&plot->script,
                        "set key at screen %.4f, screen %.4f right top vertical Left reverse "
                        "samplen 3\n",
                        1 - page.margins.right / page.width, 1 - 0.15 / page.height);
    if (count > 1)
        plot_add_multiplot(plot, count);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        struct panel panel = {
            .metric = request->metrics[i], .moment = request->moment, .range = request->y_range};
        panel.summaries = memory_array(groups->count, sizeof *panel.summaries);
        result = add_points(plot, store, groups, &panel, error);
        if (result == 0) {
            add_intervals(plot, groups, &panel);
            fit_axis(&panel, groups->count);
            result = axis_range_apply(&panel.range, 'y', &panel.axis, panel.metric, error);
        }
        if (result == 0) {
            if (axis_range_is_given(&panel.range))
                note_hidden(groups, &panel);
            add_panel(plot, groups, &panel, &page, i);
        }
        memory_free(panel.summaries);
    }
    text_add(&plot->script, count > 1 ? "unset multiplot\n" : "");
    return result == 0 ? gnuplot_draw(plot, error) : -1;
}

const struct plot_type plot_accuracy = {
    .options = PLOT_TAKES_METRICS | PLOT_TAKES_MOMENT | PLOT_TAKES_Y_RANGE, .draw = draw};
