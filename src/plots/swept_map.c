#include "plots/swept_map.h"

#include "base/log.h"
#include "base/memory.h"
#include "compare/statistics.h"
#include "plots/letters.h"
#include "plots/plot_parts.h"
#include "plots/swept_axis.h"
#include "store/metric_rules.h"

#include <math.h>

enum {
    MAPS = 6, /* on a page */
};

/* Of a value at the y axis. */
static const struct plot_room value_room = {18, 4};

/* Grows lighter evenly from dark blue to yellow, and tells apart what it should for colour-blind
 * readers and on grey paper: eight stops of the cividis map (Nunez, Anderton, Renslow, 2018). */
static const char palette[] = "set palette defined (0 '#00224e', 1 '#123570', 2 '#3b496c', "
                              "3 '#575d6d', 4 '#7b7b78', 5 '#a59c74', 6 '#d2c060', 7 '#fee838')\n";

/* The means of all cells, [line][y][x], NaN where there is none, and their colours. */
struct map {
    const struct swept *swept;
    size_t columns, rows;
    double *means;
    bool missing; /* some cell has no mean */
    bool share;   /* the values are percentages */
    struct axis colours;
};

static double *cell(const struct map *map, size_t line, size_t row, size_t column)
{
    return &map->means[(line * map->rows + row) * map->columns + column];
}

static void add_means(struct map *map, double scale)
{
    const struct swept *swept = map->swept;
    size_t cells = swept->lines.count * map->rows * map->columns;
    size_t *counts = memory_array(cells, sizeof *counts);
    map->means = memory_array(cells, sizeof *map->means);
    for (size_t i = 0; i < swept->count; i++) {
        const struct swept_point *point = &swept->points[i];
        double *mean = cell(map, point->line, point->at[1], point->at[0]);
        if (!isfinite(point->value))
            continue;
        /* A running mean does not overflow. */
        double n = (double)++counts[mean - map->means];
        *mean += scale * point->value / n - *mean / n;
    }
    for (size_t i = 0; i < cells; i++)
        if (counts[i] == 0 || !isfinite(map->means[i])) {
            map->means[i] = NAN;
            map->missing = true;
        }
    memory_free(counts);
}

static void fit_colours(struct map *map, const char *metric)
{
    double low = INFINITY, high = -INFINITY;
    size_t cells = map->swept->lines.count * map->rows * map->columns;
    for (size_t i = 0; i < cells; i++)
        if (isfinite(map->means[i])) {
            low = fmin(low, map->means[i]);
            high = fmax(high, map->means[i]);
        }
    if (low > high) {
        log_note("%s: no value is a finite number, so the plot is empty", metric);
        low = 0;
        high = 1;
    }
    bool logarithmic = !metric_is_share(metric) && low > 0 && high / low > 10;
    map->colours = (struct axis){low, high, logarithmic};
    if (low == high)
        map->colours = axis_fit(low, high, false, INFINITY);
}

/* Where all is, in centimetres (characters for ascii). */
struct page {
    double width, height, map_height, gap;
    struct plot_margins margins;
};

static struct page lay_out(const struct gnuplot *plot, const struct map *map,
                           const struct swept_ticks *ticks, int columns)
{
    double maps = (double)map->swept->lines.count, rows = (double)map->rows;
    if (plot->format == PICTURE_ASCII)
        return (struct page){.width = columns, .height = (2 * rows + 7) * maps};
    const struct names *values = &map->swept->keys[1].values;
    double widest = plot_widest_of((const char *const *)values->items, values->count, value_room);
    struct page page = {
        .width = PLOT_WIDTH,
        .map_height = fmin(fmax(0.75 * rows, 3.6), fmax(9, 0.45 * rows)),
        .gap = 0.9,
        .margins = {.left = 1.3 + widest, .right = 2.8, .top = 0.9, .bottom = 1.4 + ticks->room}};
    page.height =
        page.margins.top + maps * page.map_height + (maps - 1) * page.gap + page.margins.bottom;
    return page;
}

static double plot_width(const struct page *page)
{
    return page->width - page->margins.left - page->margins.right;
}

/* Which of a map's cells a data block holds: those with a value, without, and with one that is
 * written on a dark or a light colour. */
enum cell_kind { CELL_VALUE, CELL_MISSING, CELL_DARK, CELL_LIGHT };

static bool is_of(const struct map *map, double mean, enum cell_kind kind)
{
    bool bright = axis_place(map->colours, mean) > 0.55;
    return kind == CELL_VALUE     ? isfinite(mean)
           : kind == CELL_MISSING ? !isfinite(mean)
           : kind == CELL_DARK    ? isfinite(mean) && !bright
                                  : isfinite(mean) && bright;
}

/* Three digits of the largest value, in all cells as many behind the point; where they differ by
 * powers of ten, three of each. */
static void add_value(struct text *text, const struct map *map, double mean)
{
    double size = fmax(fabs(map->colours.low), fabs(map->colours.high));
    double digits = map->share ? 1 : 2 - floor(log10(size));
    bool even = !map->colours.logarithmic && digits >= 0 && digits <= 6;
    if (!isfinite(mean))
        text_add_char(text, '-');
    else
        text_add_format(text, even ? "%.*f" : "%.*g", even ? (int)digits : 3, mean);
}

static bool has_cells(const struct map *map, size_t line, enum cell_kind kind)
{
    for (size_t row = 0; row < map->rows; row++)
        for (size_t column = 0; column < map->columns; column++)
            if (is_of(map, *cell(map, line, row, column), kind))
                return true;
    return false;
}

/* Adds a data block with the cells of KIND, and begins their plot: the file, and columns 1:2.
 * False, with nothing added, where there are none: gnuplot 5.4 crashes on labels without a place.
 */
static bool add_cells(struct gnuplot *plot, const struct map *map, size_t line, enum cell_kind kind)
{
    if (!has_cells(map, line, kind))
        return false;
    size_t block = gnuplot_begin_block(plot, map->swept->lines.items[line]);
    text_add(&plot->data, "# column, row, mean, as text\n");
    for (size_t row = 0; row < map->rows; row++)
        for (size_t column = 0; column < map->columns; column++) {
            double mean = *cell(map, line, row, column);
            if (!is_of(map, mean, kind))
                continue;
            text_add_format(&plot->data, "%zu %zu ", column, row);
            gnuplot_add_number(&plot->data, mean);
            text_add_char(&plot->data, ' ');
            add_value(&plot->data, map, mean);
            text_add_char(&plot->data, '\n');
        }
    gnuplot_add_source(plot, block);
    text_add(&plot->script, " using 1:2");
    return true;
}

/* Whether all values have room in their cells. */
static bool values_fit(const struct map *map, const struct page *page)
{
    double widest = 0;
    size_t cells = map->swept->lines.count * map->rows * map->columns;
    for (size_t i = 0; i < cells; i++) {
        struct text value = {0};
        add_value(&value, map, map->means[i]);
        widest = fmax(widest, letters_width(text_get(&value)));
        text_release(&value);
    }
    return widest + 0.1 < plot_width(page) / (double)map->columns &&
           0.42 < page->map_height / (double)map->rows;
}

static void add_boxes(struct gnuplot *plot, const struct map *map, size_t line)
{
    if (add_cells(plot, map, line, CELL_VALUE))
        text_add(&plot->script, ":(0.5):(0.5):3 with boxxyerror fillcolor palette fillstyle solid "
                                "border linecolor rgb 'white' notitle, \\\n    ");
    if (add_cells(plot, map, line, CELL_MISSING))
        text_add(&plot->script, ":(0.5):(0.5) with boxxyerror linecolor rgb '#a0a0a0' fillstyle "
                                "pattern 4 notitle, \\\n    ");
    if (map->missing && line == 0)
        text_add(&plot->script, "NaN with boxes linecolor rgb '#a0a0a0' fillstyle pattern 4 title "
                                "'no figure', \\\n    ");
}

static void add_texts(struct gnuplot *plot, const struct map *map, size_t line, enum cell_kind kind,
                      const char *colour)
{
    if (add_cells(plot, map, line, kind))
        text_add_format(&plot->script, ":(strcol(4)) with labels%s notitle, \\\n    ", colour);
}

static void add_plot(struct gnuplot *plot, const struct map *map, const struct page *page,
                     size_t line)
{
    text_add(&plot->script, "plot ");
    if (plot->format == PICTURE_ASCII) {
        add_texts(plot, map, line, CELL_VALUE, "");
        add_texts(plot, map, line, CELL_MISSING, "");
    } else {
        add_boxes(plot, map, line);
        if (values_fit(map, page)) {
            add_texts(plot, map, line, CELL_DARK, " textcolor rgb 'white'");
            add_texts(plot, map, line, CELL_LIGHT, " textcolor rgb 'black'");
        }
    }
    text_add(&plot->script, "NaN with points notitle\n");
}

/* The bar beside all maps that tells which colour means what. */
static void add_colours(struct gnuplot *plot, const struct map *map, const struct page *page,
                        const struct plot_request *request)
{
    const struct axis *colours = &map->colours;
    double bottom = page->margins.bottom / page->height, top = page->margins.top / page->height;
    text_add(&plot->script, palette);
    text_add_format(&plot->script,
                    "set colorbox vertical user origin screen %.4f, screen %.4f size screen %.4f, "
                    "screen %.4f\n",
                    1 - (page->margins.right - 0.3) / page->width, bottom, 0.4 / page->width,
                    1 - bottom - top);
    text_add_format(&plot->script, "%s logscale cb\nset cbrange [%.9g:%.9g]\nset cbtics (",
                    colours->logarithmic ? "set" : "unset", colours->low, colours->high);
    axis_add_ticks(&plot->script, *colours, 5, true);
    text_add(&plot->script, ")\n");
    plot_add_label_at(plot, "cblabel", request->metrics[0], request->moment);
    text_add(&plot->script, "set cblabel offset 1.5,0\n");
}

/* Characters do not turn, so what else stands at the upright axes stands above and below. */
static void add_words(struct gnuplot *plot, const struct map *map, size_t line, const char *metric)
{
    struct text title = {0};
    axis_add_label(&title, metric);
    text_add_format(&title, ", %s", map->swept->lines.items[line]);
    plot_add_raw_label(plot, "title", text_get(&title));
    text_release(&title);
    struct text label = {0};
    text_add_format(&label, "%s (y: %s)", map->swept->keys[0].name, map->swept->keys[1].name);
    plot_add_raw_label(plot, "xlabel", text_get(&label));
    text_release(&label);
}

static void add_map(struct gnuplot *plot, const struct map *map, const struct page *page,
                    const struct swept_ticks ticks[SWEPT_KEYS], size_t line, const char *metric)
{
    const struct swept *swept = map->swept;
    bool ascii = plot->format == PICTURE_ASCII, last = line == swept->lines.count - 1;
    if (!ascii) {
        struct plot_margins margins = page->margins;
        margins.top += (double)line * (page->map_height + page->gap);
        margins.bottom = page->height - margins.top - page->map_height;
        plot_add_margins(plot, page->width, page->height, margins);
    }
    if (ascii)
        add_words(plot, map, line, metric);
    else if (swept->lines.count > 1)
        plot_add_raw_label(plot, "label 1", swept->lines.items[line]);
    if (swept->lines.count > 1 && !ascii)
        text_add(&plot->script, "set label 1 at graph 0, graph 1 offset 0,0.7\n");
    if (last || ascii)
        text_add_format(&plot->script, "set xtics scale 0.6 %s\n", text_get(&ticks[0].text));
    else
        text_add(&plot->script, "set xtics scale 0 ('' 0)\n");
    if (last && !ascii)
        plot_add_raw_label(plot, "xlabel", swept->keys[0].name);
    add_plot(plot, map, page, line);
    if (line == 0)
        text_add(&plot->script, "unset colorbox\n");
}

static int draw(struct gnuplot *plot, struct map *map, const struct plot_request *request,
                struct error *error)
{
    const struct swept *swept = map->swept;
    struct swept_ticks ticks[SWEPT_KEYS] = {0};
    bool ascii = plot->format == PICTURE_ASCII;
    size_t maps = swept->lines.count;
    swept_add_names(&ticks[0], &swept->keys[0], ascii ? request->columns - 24.0 : PLOT_WIDTH - 6,
                    ascii);
    swept_add_levels(&ticks[1], &swept->keys[1], value_room, ascii);
    struct page page = lay_out(plot, map, &ticks[0], request->columns);
    gnuplot_begin(plot, page.width, page.height);
    text_add(&plot->script, "unset grid\n");
    text_add_format(&plot->script,
                    "set xrange [-0.5:%zu.5]\nset yrange [-0.5:%zu.5]\nset ytics %s\n",
                    map->columns - 1, map->rows - 1, text_get(&ticks[1].text));
    if (!ascii) {
        plot_add_raw_label(plot, "ylabel", swept->keys[1].name);
        text_add_format(&plot->script,
                        "set key at screen %.4f, screen %.4f right top Left reverse samplen 2\n",
                        1 - page.margins.right / page.width, 1 - 0.15 / page.height);
        add_colours(plot, map, &page, request);
    }
    if (maps > 1)
        plot_add_multiplot(plot, maps);
    for (size_t i = 0; i < maps; i++)
        add_map(plot, map, &page, ticks, i, request->metrics[0]);
    text_add(&plot->script, maps > 1 ? "unset multiplot\n" : "");
    swept_ticks_release(&ticks[0]);
    swept_ticks_release(&ticks[1]);
    return gnuplot_draw(plot, error);
}

int swept_map_draw(struct gnuplot *plot, const struct swept *swept,
                   const struct plot_request *request, struct error *error)
{
    struct map map = {.swept = swept,
                      .columns = swept->keys[0].values.count,
                      .rows = swept->keys[1].values.count,
                      .share = axis_scale(request->metrics[0]) == 100};
    if (swept->lines.count > MAPS)
        return error_set(error, ERROR_USAGE,
                         "over %s and %s there are %zu maps, of which %d fit on a page; choose "
                         "runs by --where, or group them by --group-by",
                         swept->keys[0].name, swept->keys[1].name, swept->lines.count, MAPS);
    add_means(&map, axis_scale(request->metrics[0]));
    fit_colours(&map, request->metrics[0]);
    int result = draw(plot, &map, request, error);
    memory_free(map.means);
    return result;
}
