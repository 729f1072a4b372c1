#include "plots/plot_kinds.h"

#include "base/memory.h"
#include "base/printable.h"
#include "compare/comparison.h"
#include "plots/labels.h"
#include "plots/legend.h"
#include "plots/letters.h"
#include "plots/pareto.h"
#include "plots/plot_parts.h"

#include <math.h>

enum {
    FEW = 12, /* variants that may have their names beside them, and intervals */
};

/* Of a name beside a point. */
static const struct plot_room label_room = {30, 6.4};

/* Where all is, in centimetres (characters for ascii). */
struct page {
    double width, height;
    struct plot_margins margins;
    struct legend legend;
    bool beside; /* names stand beside the points, otherwise in the legend */
};

/* With more variants than there are shapes a point has its number in the legend beside it. */
static bool is_numbered(const struct pareto *pareto)
{
    return pareto->count > PLOT_SHAPES;
}

/* The cross of VARIANT's intervals, as far as it lies within the plot. */
static void add_cross(struct label_line *lines, const struct pareto *pareto,
                      const struct pareto_variant *variant, double width, double height)
{
    double x = width * axis_place(pareto->x, variant->x.mean);
    double y = height * axis_place(pareto->y, variant->y.mean);
    double left = variant->x.low > pareto->x.low ? axis_place(pareto->x, variant->x.low) : 0;
    double bottom = variant->y.low > pareto->y.low ? axis_place(pareto->y, variant->y.low) : 0;
    lines[0] = (struct label_line){
        {width * left, width * fmin(1, axis_place(pareto->x, variant->x.high))}, {y, y}};
    lines[1] = (struct label_line){
        {x, x}, {height * bottom, height * fmin(1, axis_place(pareto->y, variant->y.high))}};
}

/* The steps of the front. */
static size_t add_steps(struct label_line *lines, const struct pareto *pareto, double width,
                        double height)
{
    size_t count, used = 0;
    const struct pareto_variant **front = pareto_front(pareto, &count);
    for (size_t i = 0; i < count; i++) {
        double x = width * axis_place(pareto->x, front[i]->x.mean);
        double y = height * axis_place(pareto->y, front[i]->y.mean);
        double next = i + 1 < count ? width * axis_place(pareto->x, front[i + 1]->x.mean) : width;
        double previous = i > 0 ? height * axis_place(pareto->y, front[i - 1]->y.mean)
                          : pareto->lower_is_better ? height
                                                    : 0;
        lines[used++] = (struct label_line){{x, next}, {y, y}};
        lines[used++] = (struct label_line){{x, x}, {previous, y}};
    }
    memory_free(front);
    return used;
}

/* Places for the names of the variants that are shown, in their order, on a plot of WIDTH by HEIGHT
 * centimetres; NULL where there are too many or no room. Caller frees. */
static struct label *place_names(const struct pareto *pareto, double width, double height)
{
    if (pareto->count > FEW)
        return NULL;
    struct label *labels = memory_array(pareto->count, sizeof *labels);
    struct label_line *lines = memory_array(4 * pareto->count, sizeof *lines);
    size_t used = 0, shown = 0;
    for (size_t i = 0; i < pareto->count; i++) {
        const struct pareto_variant *variant = &pareto->variants[i];
        if (!pareto_shows(pareto, variant))
            continue;
        labels[shown++] = (struct label){.x = width * axis_place(pareto->x, variant->x.mean),
                                         .y = height * axis_place(pareto->y, variant->y.mean),
                                         .width = plot_widest_of(&variant->name, 1, label_room)};
        if (variant->n > 1) {
            add_cross(&lines[used], pareto, variant, width, height);
            used += 2;
        }
    }
    used += add_steps(&lines[used], pareto, width, height);
    bool placed = labels_place(labels, shown, lines, used, width, height);
    memory_free(lines);
    if (placed)
        return labels;
    memory_free(labels);
    return NULL;
}

static void add_number(struct gnuplot *plot, double number)
{
    gnuplot_add_number(&plot->data, number);
    text_add_char(&plot->data, ' ');
}

/* END of an interval, kept a little outside AXIS: gnuplot draws nothing at a value that has no
 * logarithm. */
static double on_axis(struct axis axis, double end)
{
    double outside = axis.logarithmic ? axis.low / 2 : end;
    return axis.logarithmic && end < outside ? outside : end;
}

static size_t add_variants(struct gnuplot *plot, const struct pareto *pareto)
{
    size_t block = gnuplot_begin_block(plot, pareto->y_metric);
    text_add_format(&plot->data, "# %s, its 95 %% interval, %s, its interval, seeds, variant\n",
                    pareto->x_metric, "figure");
    for (size_t i = 0; i < pareto->count; i++) {
        const struct pareto_variant *variant = &pareto->variants[i];
        add_number(plot, variant->x.mean);
        add_number(plot, on_axis(pareto->x, variant->x.low));
        add_number(plot, variant->x.high);
        add_number(plot, variant->y.mean);
        add_number(plot, variant->y.low);
        add_number(plot, variant->y.high);
        text_add_format(&plot->data, "%zu # ", variant->n);
        printable_add(&plot->data, variant->name);
        text_add_char(&plot->data, '\n');
    }
    return block;
}

/* The front as the edge of what has been reached: from the bad end of the y axis through each of
 * its variants to the right. */
static size_t add_front(struct gnuplot *plot, const struct pareto *pareto)
{
    size_t count, block = gnuplot_begin_block(plot, "Pareto front");
    const struct pareto_variant **front = pareto_front(pareto, &count);
    double y = pareto->lower_is_better ? pareto->y.high : pareto->y.low;
    for (size_t i = 0; i < count; i++) {
        add_number(plot, front[i]->x.mean);
        add_number(plot, y);
        text_add_char(&plot->data, '\n');
        y = front[i]->y.mean;
        add_number(plot, front[i]->x.mean);
        add_number(plot, y);
        text_add_char(&plot->data, '\n');
    }
    add_number(plot, pareto->x.high);
    add_number(plot, y);
    text_add_char(&plot->data, '\n');
    memory_free(front);
    return block;
}

/* NAMES are those of the variants and of the front. */
static struct page lay_out_with(const struct gnuplot *plot, const struct pareto *pareto,
                                const char *const *names, int columns)
{
    if (plot->format == PICTURE_ASCII)
        return (struct page){.width = columns,
                             .height = plot_rows(names, pareto->count + 1, columns)};
    struct page page = {.width = PLOT_WIDTH,
                        .margins = {.left = axis_scale(pareto->y_metric) == 100 ? 1.9 : 2.5,
                                    .right = 0.8,
                                    .top = 1.0,
                                    .bottom = 1.4}};
    const double height = 8.2;
    struct label *labels =
        place_names(pareto, page.width - page.margins.left - page.margins.right, height);
    page.beside = labels != NULL;
    memory_free(labels);
    if (!page.beside) {
        double number = is_numbered(pareto) ? letters_width("00  ") : 0;
        double widest = plot_widest_of(names, pareto->count + 1, plot_legend_room);
        page.legend = legend_place(pareto->count + 2, widest + number);
        page.margins.right = page.legend.right;
        page.margins.bottom += page.legend.below_room;
        page.margins.top = 0.4;
    }
    page.height = page.margins.top + height + page.margins.bottom;
    return page;
}

static struct page lay_out(const struct gnuplot *plot, const struct pareto *pareto, int columns)
{
    const char **names = memory_array(pareto->count + 1, sizeof *names);
    for (size_t i = 0; i < pareto->count; i++)
        names[i] = pareto->variants[i].name;
    names[pareto->count] = "Pareto front";
    struct page page = lay_out_with(plot, pareto, names, columns);
    memory_free(names);
    return page;
}

static void add_names(struct gnuplot *plot, const struct pareto *pareto, const struct page *page)
{
    double width = page->width - page->margins.left - page->margins.right;
    double height = page->height - page->margins.top - page->margins.bottom;
    struct label *labels = place_names(pareto, width, height);
    const struct label *label = labels;
    for (size_t i = 0; i < pareto->count; i++) {
        struct text name = {0};
        if (!pareto_shows(pareto, &pareto->variants[i]))
            continue;
        plot_add_name(&name, plot, pareto->variants[i].name, label_room);
        text_add(&plot->script, "set label ");
        gnuplot_add_text(&plot->script, text_get(&name));
        /* A name is reckoned wide, so one at the left of its point ends there. */
        bool left = label->left + label->width < label->x;
        bool centre = !left && label->left < label->x;
        double at = label->left + label->width * (left ? 1 : centre ? 0.5 : 0);
        text_add_format(&plot->script, " at graph %.4f, graph %.4f %s front\n", at / width,
                        label->base / height,
                        left     ? "right"
                        : centre ? "center"
                                 : "left");
        text_release(&name);
        label++;
    }
    memory_free(labels);
}

/* The numbers beside their points, or above them at the right where there is no place. */
static void add_numbers(struct gnuplot *plot, const struct pareto *pareto, const struct page *page)
{
    double width = page->width - page->margins.left - page->margins.right;
    double height = page->height - page->margins.top - page->margins.bottom;
    struct label *labels = memory_array(pareto->count, sizeof *labels);
    size_t shown = 0;
    for (size_t i = 0; i < pareto->count; i++)
        if (pareto_shows(pareto, &pareto->variants[i]))
            labels[shown++] =
                (struct label){.x = width * axis_place(pareto->x, pareto->variants[i].x.mean),
                               .y = height * axis_place(pareto->y, pareto->variants[i].y.mean),
                               .width = letters_width(i < 9 ? "0" : "00") * 0.8};
    struct label_line *lines = memory_array(2 * pareto->count, sizeof *lines);
    size_t steps = add_steps(lines, pareto, width, height);
    bool placed = labels_place(labels, shown, lines, steps, width, height);
    memory_free(lines);
    const struct label *label = labels;
    for (size_t i = 0; i < pareto->count; i++) {
        if (!pareto_shows(pareto, &pareto->variants[i]))
            continue;
        double x = placed ? label->left : label->x + 0.14;
        double y = placed ? label->base : label->y + 0.14;
        label++;
        text_add_format(&plot->script, "set label '%zu' at graph %.4f, graph %.4f left front",
                        i + 1, x / width, y / height);
        plot_add_font(plot, 7);
        text_add_char(&plot->script, '\n');
    }
    memory_free(labels);
}

/* How variant I's point looks, with its name; NAMED: for the legend. */
static void add_point_style(struct gnuplot *plot, const struct pareto *pareto, size_t i, bool named)
{
    text_add(&plot->script, " with points ");
    text_add_format(&plot->script, "linecolor %d pointtype %d", plot_colour(i), plot_shape(i));
    char *numbered = text_format("%zu  %s", i + 1, pareto->variants[i].name);
    if (named)
        plot_add_title(plot, is_numbered(pareto) ? numbered : pareto->variants[i].name);
    memory_free(numbered);
    if (!named)
        text_add(&plot->script, " notitle");
}

static void add_point(struct gnuplot *plot, const struct pareto *pareto, size_t block, size_t i,
                      bool named)
{
    if (plot->format == PICTURE_ASCII) {
        gnuplot_add_source(plot, block);
        text_add_format(&plot->script, " every ::%zu::%zu", i, i);
        plot_add_letters(plot, "1:4", i, named ? pareto->variants[i].name : NULL);
        text_add(&plot->script, ", \\\n    ");
        return;
    }
    gnuplot_add_source(plot, block);
    text_add_format(&plot->script, " every ::%zu::%zu using 1:4", i, i);
    add_point_style(plot, pareto, i, named);
    text_add(&plot->script, ", \\\n    ");
}

static void add_intervals(struct gnuplot *plot, size_t block, size_t i)
{
    static const char *const bars[] = {"1:4:2:3 with xerrorbars", "1:4:5:6 with yerrorbars"};
    for (int bar = 0; bar < 2; bar++) {
        gnuplot_add_source(plot, block);
        text_add_format(&plot->script,
                        " every ::%zu::%zu using %s pointtype 0 linecolor %d linewidth 0.6 "
                        "notitle, \\\n    ",
                        i, i, bars[bar], plot_colour(i));
    }
}

/* What the bars are, or NULL where there are none. */
static const char *bar_meaning(const struct pareto *pareto)
{
    bool any_interval = false, any_range = false;
    for (size_t i = 0; i < pareto->count; i++) {
        any_interval |= pareto->variants[i].n > 2;
        any_range |= pareto->variants[i].n == 2;
    }
    if (any_interval)
        return any_range ? "mean, 95 % interval (or both seeds)" : "mean, 95 % interval";
    return any_range ? "mean, both seeds" : NULL;
}

static void add_front_style(struct gnuplot *plot, bool named)
{
    text_add_format(&plot->script, " with lines %s %s",
                    plot->format == PICTURE_ASCII ? "linetype 0"
                                                  : "linecolor rgb '#777777' dashtype 2",
                    named ? "title 'Pareto front'" : "notitle");
}

static void add_meaning_style(struct gnuplot *plot, const char *bars)
{
    text_add_format(&plot->script, " with %s pointtype 7 linecolor rgb '#555555' title '%s'",
                    bars ? "xerrorbars" : "points", bars ? bars : "mean");
}

/* The legend below: the front, the variants, what a point is. */
static void add_entry(struct gnuplot *plot, const void *data, size_t i)
{
    const struct pareto *pareto = data;
    if (i == 0)
        add_front_style(plot, true);
    else if (i <= pareto->count)
        add_point_style(plot, pareto, i - 1, true);
    else
        add_meaning_style(plot, NULL);
}

/* Arrows where VARIANT's bars go on outside the plot. */
static void add_clips(struct gnuplot *plot, const struct pareto *pareto,
                      const struct pareto_variant *variant, const struct page *page, int colour)
{
    double width = page->width - page->margins.left - page->margins.right;
    double height = page->height - page->margins.top - page->margins.bottom;
    if (variant->x.low < pareto->x.low)
        plot_add_clip(plot, 'x', false, width, variant->y.mean, colour);
    if (variant->x.high > pareto->x.high)
        plot_add_clip(plot, 'x', true, width, variant->y.mean, colour);
    if (variant->y.low < pareto->y.low)
        plot_add_clip(plot, 'y', false, height, variant->x.mean, colour);
    if (variant->y.high > pareto->y.high)
        plot_add_clip(plot, 'y', true, height, variant->x.mean, colour);
}

static void add_plot(struct gnuplot *plot, const struct pareto *pareto, const struct page *page)
{
    bool ascii = plot->format == PICTURE_ASCII, below = page->legend.below;
    const char *bars = page->beside ? bar_meaning(pareto) : NULL;
    size_t block = add_variants(plot, pareto), front = add_front(plot, pareto);
    for (size_t i = 0; i < pareto->count && bars; i++)
        if (pareto_shows(pareto, &pareto->variants[i]))
            add_clips(plot, pareto, &pareto->variants[i], page, plot_colour(i));
    text_add(&plot->script, "plot ");
    gnuplot_add_source(plot, front);
    text_add(&plot->script, " using 1:2");
    add_front_style(plot, !below);
    text_add(&plot->script, ", \\\n    ");
    for (size_t i = 0; i < pareto->count && bars; i++)
        if (pareto->variants[i].n > 1 && pareto_shows(pareto, &pareto->variants[i]))
            add_intervals(plot, block, i);
    for (size_t i = 0; i < pareto->count; i++)
        add_point(plot, pareto, block, i, !page->beside && !below);
    if (ascii || below) {
        text_add(&plot->script, "NaN with points notitle\n");
        return;
    }
    gnuplot_add_source(plot, block);
    text_add(&plot->script, bars ? " using (NaN):(NaN):(NaN):(NaN)" : " using (NaN):(NaN)");
    add_meaning_style(plot, bars);
    text_add_char(&plot->script, '\n');
}

static int draw_pareto(struct gnuplot *plot, const struct pareto *pareto, int columns,
                       struct error *error)
{
    struct page page = lay_out(plot, pareto, columns);
    gnuplot_begin(plot, page.width, page.height);
    if (plot->format != PICTURE_ASCII)
        plot_add_margins(plot, page.width, page.height, page.margins);
    if (page.beside) {
        text_add_format(&plot->script,
                        "set key at screen %.4f, screen %.4f right top horizontal Left reverse "
                        "samplen 3 noautotitle\n",
                        1 - page.margins.right / page.width, 1 - 0.15 / page.height);
        add_names(plot, pareto, &page);
    } else {
        legend_add(plot, &page.legend, page.width, page.height);
        if (is_numbered(pareto) && plot->format != PICTURE_ASCII)
            add_numbers(plot, pareto, &page);
    }
    plot_add_label(plot, "xlabel", pareto->x_metric);
    plot_add_label_at(plot, plot->format == PICTURE_ASCII ? "title" : "ylabel", pareto->y_metric,
                      pareto->moment);
    plot_add_axis(plot, 'x', pareto->x, page.legend.right > 4 ? 5 : 7);
    plot_add_axis(plot, 'y', pareto->y, 7);
    if (axis_range_is_given(&pareto->x_range) || axis_range_is_given(&pareto->y_range))
        plot_add_clipping(plot);
    if (page.legend.below)
        plot_add_multiplot(plot, 1);
    add_plot(plot, pareto, &page);
    if (page.legend.below) {
        legend_add_below(plot, &page.legend, page.width, page.height, pareto->count + 2, add_entry,
                         pareto);
        text_add(&plot->script, "unset multiplot\n");
    }
    return gnuplot_draw(plot, error);
}

static int draw(struct gnuplot *plot, struct store *store, const struct groups *groups,
                const struct plot_request *request, struct error *error)
{
    struct pareto pareto = {.x_metric = plot_x_names[request->x],
                            .y_metric = request->metrics[0],
                            .moment = request->moment,
                            .x_range = request->x_range,
                            .y_range = request->y_range};
    enum direction direction = comparison_direction(pareto.y_metric);
    if (direction == NEITHER_IS_BETTER)
        return error_set(error, ERROR_USAGE,
                         "--metric %s: neither more nor less of it is better, so there is no "
                         "Pareto front",
                         pareto.y_metric);
    pareto.lower_is_better = direction == LOWER_IS_BETTER;
    bool on_the_way = request->moment.kind != MOMENT_END && request->moment.kind != MOMENT_BEST;
    if (on_the_way && metric_is_time(pareto.x_metric))
        return error_set(error, ERROR_USAGE,
                         "--at: the time is that of whole trainings; say `--x parameters`, or "
                         "`--at end` or `--at best`");
    if (moment_check(store, groups, pareto.y_metric, request->moment, error) != 0 ||
        groups_check_metric(groups, pareto.x_metric, error) != 0)
        return -1;
    int result = pareto_load(&pareto, store, groups, error);
    if (result == 0)
        result = draw_pareto(plot, &pareto, request->columns, error);
    memory_free(pareto.variants);
    return result;
}

const struct plot_type plot_pareto = {.options = PLOT_TAKES_METRIC | PLOT_TAKES_COST |
                                                 PLOT_TAKES_MOMENT | PLOT_TAKES_X_RANGE |
                                                 PLOT_TAKES_Y_RANGE,
                                      .draw = draw};
