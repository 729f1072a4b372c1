#include "plots/pareto.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/printable.h"
#include "compare/statistics.h"
#include "store/metric_rules.h"

#include <math.h>
#include <stdlib.h>

static struct pareto_spread spread_of(const double *values, size_t count, const char *metric)
{
    struct summary summary = statistics_summary(values, count);
    double half_width = statistics_half_width(summary.deviation, summary.n);
    bool two = summary.n == 2;
    double scale = axis_scale(metric), low = two ? summary.minimum : summary.mean - half_width;
    double high = two ? summary.maximum : summary.mean + half_width;
    return (struct pareto_spread){scale * summary.mean, axis_keep(metric, scale * low),
                                  axis_keep(metric, scale * high)};
}

/* Fills VARIANT from those of GROUP's runs that have both figures. */
static int load_variant(struct pareto_variant *variant, struct store *store,
                        const struct group *group, const struct pareto *pareto, struct error *error)
{
    size_t count, kept = 0;
    double *y = moment_values(store, group, pareto->y_metric, pareto->moment, &count, error);
    if (!y)
        return -1;
    double *x = memory_array(count, sizeof *x);
    for (size_t i = 0; i < group->run_count; i++) {
        double cost = group_run_value(&group->runs[i], pareto->x_metric);
        if (!isfinite(cost) || !isfinite(y[i]))
            continue;
        x[kept] = cost;
        y[kept++] = y[i];
    }
    variant->name = group->name;
    variant->n = kept;
    variant->x = spread_of(x, kept, pareto->x_metric);
    variant->y = spread_of(y, kept, pareto->y_metric);
    memory_free(x);
    memory_free(y);
    return 0;
}

/* Whether A is at least as good as B in both figures, and better in one. */
static bool beats(const struct pareto *pareto, const struct pareto_variant *a,
                  const struct pareto_variant *b)
{
    double gain = pareto->lower_is_better ? b->y.mean - a->y.mean : a->y.mean - b->y.mean;
    return a->x.mean <= b->x.mean && gain >= 0 && (a->x.mean < b->x.mean || gain > 0);
}

static void find_front(struct pareto *pareto)
{
    for (size_t i = 0; i < pareto->count; i++) {
        struct pareto_variant *variant = &pareto->variants[i];
        variant->front = true;
        for (size_t j = 0; j < pareto->count; j++)
            if (beats(pareto, &pareto->variants[j], variant))
                variant->front = false;
    }
}

struct extent {
    double low, high, from, to; /* of the means; of the intervals too */
};

static void widen(struct extent *extent, const struct pareto_spread *spread)
{
    extent->low = fmin(extent->low, spread->mean);
    extent->high = fmax(extent->high, spread->mean);
    extent->from = fmin(extent->from, fmin(spread->low, spread->mean));
    extent->to = fmax(extent->to, fmax(spread->high, spread->mean));
}

/* Logarithmic where what it shows spans more than a decade. */
static int fit_x(struct pareto *pareto, struct error *error)
{
    struct extent x = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    for (size_t i = 0; i < pareto->count; i++)
        widen(&x, &pareto->variants[i].x);
    pareto->x = (struct axis){0, 1, false};
    axis_range_narrow(&pareto->x_range, &x.low, &x.high);
    axis_range_narrow(&pareto->x_range, &x.from, &x.to);
    if (pareto->count > 0 && x.low > 0 && x.high / x.low > 10) {
        double some = pow(x.high / x.low, 0.1);
        pareto->x = axis_fit(x.low / some, x.high * some, true, INFINITY);
    } else if (pareto->count > 0) {
        double room = x.high > x.low ? (x.high - x.low) / 4 : INFINITY;
        pareto->x = axis_fit(fmax(fmax(x.from, x.low - room), x.low >= 0 ? 0 : -INFINITY),
                             fmin(x.to, x.high + room), false, INFINITY);
        if (x.low >= 0 && (x.low < x.high / 2 || pareto->x.low < 0))
            pareto->x.low = 0;
    }
    return axis_range_apply(&pareto->x_range, 'x', &pareto->x, pareto->x_metric, error);
}

/* For the variants that lie within the x axis. */
static int fit_y(struct pareto *pareto, struct error *error)
{
    struct extent y = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    bool percent = metric_is_share(pareto->y_metric);
    for (size_t i = 0; i < pareto->count; i++)
        if (axis_holds(pareto->x, pareto->variants[i].x.mean))
            widen(&y, &pareto->variants[i].y);
    pareto->y = (struct axis){0, percent ? 100 : 1, false};
    if (y.low <= y.high) {
        axis_range_narrow(&pareto->y_range, &y.low, &y.high);
        axis_range_narrow(&pareto->y_range, &y.from, &y.to);
        double room = y.high > y.low ? (y.high - y.low) / 2 : INFINITY;
        double most = percent ? 100 : INFINITY;
        pareto->y = axis_fit(fmax(y.from, y.low - room), fmin(fmin(y.to, y.high + room), most),
                             false, most);
        if (percent && pareto->y.low < 0)
            pareto->y.low = 0;
    }
    return axis_range_apply(&pareto->y_range, 'y', &pareto->y, pareto->y_metric, error);
}

static bool is_within_x(const struct pareto *pareto, const struct pareto_variant *variant)
{
    return !axis_range_is_given(&pareto->x_range) || axis_holds(pareto->x, variant->x.mean);
}

bool pareto_shows(const struct pareto *pareto, const struct pareto_variant *variant)
{
    return is_within_x(pareto, variant) &&
           (!axis_range_is_given(&pareto->y_range) || axis_holds(pareto->y, variant->y.mean));
}

/* Says which variants are not seen because of OPTION, x or y. */
static void note_hidden(const struct pareto *pareto, char option)
{
    struct text names = {0};
    for (size_t i = 0; i < pareto->count; i++) {
        const struct pareto_variant *variant = &pareto->variants[i];
        if (pareto_shows(pareto, variant) || is_within_x(pareto, variant) == (option == 'x'))
            continue;
        text_add(&names, names.length ? ", " : "");
        printable_add(&names, variant->name);
    }
    if (names.length)
        log_note("%s: outside --%c-range, and so not in the picture: %s", pareto->y_metric, option,
                 text_get(&names));
    text_release(&names);
}

int pareto_load(struct pareto *pareto, struct store *store, const struct groups *groups,
                struct error *error)
{
    pareto->variants = memory_array(groups->count, sizeof *pareto->variants);
    for (size_t i = 0; i < groups->count; i++) {
        struct pareto_variant *variant = &pareto->variants[pareto->count];
        if (load_variant(variant, store, &groups->items[i], pareto, error) != 0)
            return -1;
        pareto->count += isfinite(variant->x.mean) && isfinite(variant->y.mean);
    }
    if (pareto->count < groups->count)
        log_note("%zu of %zu variants have no finite %s%s and are not in the picture",
                 groups->count - pareto->count, groups->count, pareto->y_metric,
                 text_equal(pareto->x_metric, "cpu_seconds") ? " with a known processor time" : "");
    find_front(pareto);
    if (fit_x(pareto, error) != 0 || fit_y(pareto, error) != 0)
        return -1;
    note_hidden(pareto, 'x');
    note_hidden(pareto, 'y');
    return 0;
}

static int by_x(const void *a, const void *b)
{
    const struct pareto_variant *const *left = a, *const *right = b;
    double difference = (*left)->x.mean - (*right)->x.mean;
    return difference < 0 ? -1 : difference > 0;
}

const struct pareto_variant **pareto_front(const struct pareto *pareto, size_t *count)
{
    const struct pareto_variant **front = memory_array(pareto->count, sizeof *front);
    *count = 0;
    for (size_t i = 0; i < pareto->count; i++)
        if (pareto->variants[i].front)
            front[(*count)++] = &pareto->variants[i];
    qsort(front, *count, sizeof *front, by_x);
    return front;
}
