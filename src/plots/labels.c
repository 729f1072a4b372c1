#include "plots/labels.h"

#include <math.h>

/* Of a name and a symbol, centimetres. */
static const double text_height = 0.40, symbol = 0.24, distance = 0.22;

struct box {
    double left, right, bottom, top;
};

static bool overlap(struct box a, struct box b)
{
    return a.left < b.right && b.left < a.right && a.bottom < b.top && b.bottom < a.top;
}

static struct box box_of(const struct label *label)
{
    return (struct box){label->left, label->left + label->width, label->base - text_height / 2,
                        label->base + text_height / 2};
}

static struct box symbol_of(const struct label *label)
{
    return (struct box){label->x - symbol / 2, label->x + symbol / 2, label->y - symbol / 2,
                        label->y + symbol / 2};
}

/* How much of LINE lies in BOX, in centimetres (Liang and Barsky's clipping). */
static double crossing(const struct label_line *line, struct box box)
{
    double dx = line->x[1] - line->x[0], dy = line->y[1] - line->y[0], from = 0, to = 1;
    const double steps[] = {-dx, dx, -dy, dy};
    const double rooms[] = {line->x[0] - box.left, box.right - line->x[0], line->y[0] - box.bottom,
                            box.top - line->y[0]};
    for (int i = 0; i < 4; i++) {
        if (steps[i] == 0 && rooms[i] < 0)
            return 0;
        if (steps[i] < 0)
            from = fmax(from, rooms[i] / steps[i]);
        if (steps[i] > 0)
            to = fmin(to, rooms[i] / steps[i]);
    }
    return to > from ? (to - from) * hypot(dx, dy) : 0;
}

/* The places beside a point, best first: where the name's middle is, in the directions of x, y. */
static const struct {
    int x, y;
} sides[] = {{1, 0}, {1, 1}, {1, -1}, {-1, 0}, {-1, 1}, {-1, -1}, {0, 1}, {0, -1}};
enum { SIDES = sizeof sides / sizeof sides[0] };

static void put(struct label *label, int side)
{
    int x = sides[side].x, y = sides[side].y;
    label->left = x > 0   ? label->x + distance
                  : x < 0 ? label->x - distance - label->width
                          : label->x - label->width / 2;
    double up = x == 0 ? distance + text_height / 2 : distance + 0.05;
    label->base = label->y + y * up;
}

/* What the place of label I costs, the labels in front of it having theirs; INFINITY
 * where it cannot be. */
static double cost(const struct label *labels, size_t count, size_t i,
                   const struct label_line *lines, size_t line_count, struct box plot)
{
    struct box box = box_of(&labels[i]);
    if (box.left < plot.left || box.right > plot.right || box.bottom < plot.bottom ||
        box.top > plot.top)
        return INFINITY;
    for (size_t j = 0; j < count; j++)
        if ((j != i && overlap(box, symbol_of(&labels[j]))) ||
            (j < i && overlap(box, box_of(&labels[j]))))
            return INFINITY;
    double sum = 0;
    for (size_t j = 0; j < line_count; j++)
        sum += crossing(&lines[j], box);
    return sum;
}

/* What is searched, and how many places may still be looked at. */
struct search {
    struct label *labels;
    size_t count;
    const struct label_line *lines;
    size_t line_count;
    struct box plot;
    int tries;
};

/* Places label I and those behind it, the cheapest place of each first. */
static bool place_from(struct search *search, size_t i)
{
    double prices[SIDES];
    if (i == search->count)
        return true;
    for (int side = 0; side < SIDES; side++) {
        put(&search->labels[i], side);
        prices[side] =
            cost(search->labels, search->count, i, search->lines, search->line_count, search->plot);
    }
    while (search->tries-- > 0) {
        int best = 0;
        for (int side = 1; side < SIDES; side++)
            if (prices[side] < prices[best])
                best = side;
        if (prices[best] == INFINITY)
            return false;
        put(&search->labels[i], best);
        prices[best] = INFINITY;
        if (place_from(search, i + 1))
            return true;
    }
    return false;
}

bool labels_place(struct label *labels, size_t count, const struct label_line *lines,
                  size_t line_count, double width, double height)
{
    enum { TRIES = 20000 };
    struct search search = {labels, count, lines, line_count, {0, width, 0, height}, TRIES};
    return place_from(&search, 0);
}
