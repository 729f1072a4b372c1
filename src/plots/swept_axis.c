#include "plots/swept_axis.h"

#include "base/printable.h"
#include "plots/gnuplot.h"
#include "plots/letters.h"
#include "plots/plot_parts.h"

#include <math.h>

enum {
    MANY = 30, /* names at an axis */
    FEW = 20,  /* values that stand at an axis, though not all of them have room */
    ALL = 1000,
};

/* Of a turned name; and what names beside each other keep between them. */
static const struct plot_room turned_room = {14, 3};
static const double between = 0.2;

void swept_ticks_release(struct swept_ticks *ticks)
{
    text_release(&ticks->text);
    *ticks = (struct swept_ticks){0};
}

/* Characters are as wide as their columns. */
static double width_of(const char *name, bool characters)
{
    return characters ? (double)printable_width(name) : letters_width(name);
}

static void add_tick(struct swept_ticks *ticks, const char *name, struct plot_room room, double at,
                     bool first)
{
    struct text cut = {0};
    letters_cut(&cut, name, room.columns, room.width);
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

void swept_add_levels(struct swept_ticks *ticks, const struct swept_key *key, struct plot_room room,
                      bool characters)
{
    size_t count = key->values.count;
    if (characters)
        room.width = INFINITY;
    for (size_t i = 0; i < count; i += every(count))
        add_tick(ticks, swept_text(key, i), room, (double)i, i == 0);
    text_add(&ticks->text, ")");
}

/* The room of a name on an axis of COUNT in WIDTH, where all of them are level. */
static struct plot_room level_room(double width, size_t count, bool characters)
{
    double slot = width / (double)count;
    if (characters)
        return (struct plot_room){(size_t)fmax(1, floor(slot) - 1), INFINITY};
    return (struct plot_room){ALL, slot - between};
}

void swept_add_names(struct swept_ticks *ticks, const struct swept_key *key, double width,
                     bool characters)
{
    size_t count = key->values.count;
    struct plot_room room = level_room(width, count, characters);
    bool turned = false;
    for (size_t i = 0; i < count && !characters; i++)
        turned |= width_of(swept_text(key, i), false) > room.width;
    if (turned)
        room = turned_room;
    size_t step =
        turned ? (size_t)fmax(1, ceil(PLOT_LINE / (width / (double)count))) : every(count);
    double widest = 0;
    for (size_t i = 0; i < count; i += step) {
        const char *name = swept_text(key, i);
        add_tick(ticks, name, room, (double)i, i == 0);
        widest = fmax(widest, plot_widest_of(&name, 1, room));
    }
    text_add(&ticks->text, ")");
    if (turned) {
        text_add(&ticks->text, " rotate by 40 right");
        ticks->room = 0.64 * widest;
    }
}

bool swept_add_values(struct swept_ticks *ticks, const struct swept_key *key, struct axis axis,
                      double width, bool characters)
{
    double end = -INFINITY;
    size_t count = key->values.count, shown = 0;
    bool touch = false;
    for (size_t i = 0; i < count; i++) {
        double value = swept_number(key, i), half = width_of(swept_text(key, i), characters) / 2;
        double at = width * axis_place(axis, value);
        if (!axis_holds(axis, value))
            continue;
        if (at - half < end + (characters ? 1 : between)) {
            touch = true;
            continue;
        }
        end = at + half;
        add_tick(ticks, swept_text(key, i), (struct plot_room){ALL, INFINITY}, value, shown++ == 0);
    }
    if ((touch && count > FEW) || shown < (count < 2 ? count : 2)) {
        swept_ticks_release(ticks);
        return false;
    }
    text_add(&ticks->text, ")");
    return true;
}
