#include "plots/swept_axis.h"

#include "base/printable.h"
#include "plots/gnuplot.h"
#include "plots/plot_parts.h"

#include <math.h>

enum { TURNED_LIMIT = 14 /* columns of a turned name */, MANY = 30 /* names at an axis */ };

void swept_ticks_release(struct swept_ticks *ticks)
{
    text_release(&ticks->text);
    *ticks = (struct swept_ticks){0};
}

static void add_tick(struct swept_ticks *ticks, const char *name, size_t limit, double at,
                     bool first)
{
    struct text cut = {0};
    printable_add_cut(&cut, name, limit);
    text_add(&ticks->text, first ? "(" : ", ");
    gnuplot_add_tick_text(&ticks->text, text_get(&cut));
    text_add_format(&ticks->text, " %.9g", at);
    text_release(&cut);
}

/* How many names are passed over for each that an axis of COUNT shows. */
static size_t every(size_t count)
{
    return (count + MANY - 1) / MANY;
}

void swept_add_levels(struct swept_ticks *ticks, const struct swept_key *key, size_t limit)
{
    size_t count = key->values.count;
    for (size_t i = 0; i < count; i += every(count))
        add_tick(ticks, key->values.items[i], limit, (double)i, i == 0);
    text_add(&ticks->text, ")");
}

void swept_add_names(struct swept_ticks *ticks, const struct swept_key *key, double width,
                     bool characters)
{
    size_t count = key->values.count;
    double character = characters ? 1 : PLOT_CHARACTER, slot = width / (double)count;
    size_t fitting = (size_t)fmax(1, floor(slot / character) - 1);
    size_t longest = plot_longest_of((const char *const *)key->values.items, count, 1000);
    bool turned = longest > fitting && !characters;
    size_t limit = turned ? TURNED_LIMIT : fitting;
    size_t step = turned ? (size_t)fmax(1, ceil(PLOT_LINE / slot)) : every(count);
    for (size_t i = 0; i < count; i += step)
        add_tick(ticks, key->values.items[i], limit, (double)i, i == 0);
    text_add(&ticks->text, ")");
    if (turned) {
        size_t shown = longest < TURNED_LIMIT ? longest : TURNED_LIMIT;
        text_add(&ticks->text, " rotate by 40 right");
        ticks->room = 0.64 * PLOT_CHARACTER * (double)shown;
    }
}

bool swept_add_values(struct swept_ticks *ticks, const struct swept_key *key, struct axis axis,
                      double width, bool characters)
{
    double character = characters ? 1 : PLOT_CHARACTER, end = -INFINITY;
    for (size_t i = 0; i < key->values.count; i++) {
        double value = swept_number(key, i);
        double half = character * (double)printable_width(key->values.items[i]) / 2;
        double at = width * axis_place(axis, value);
        if (at - half < end + character) {
            swept_ticks_release(ticks);
            return false;
        }
        end = at + half;
        add_tick(ticks, key->values.items[i], TURNED_LIMIT, value, i == 0);
    }
    text_add(&ticks->text, ")");
    return true;
}
