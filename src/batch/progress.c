#include "batch/progress.h"

#include "base/bar.h"
#include "base/clock.h"
#include "base/printable.h"

#include <inttypes.h>
#include <math.h>

enum { NAME_LEAST = 12, BAR_LEAST = 8, BAR_MOST = 24, PERCENT_DIGITS = 3 };

/* What stands around the parts. */
enum {
    AROUND_SEED = 6,      /* " seed " */
    AROUND_BAR = 2,       /* "  " */
    AROUND_PERCENT = 4,   /* "  " and " %" */
    AROUND_STEPS = 2,     /* "  ", besides the stroke */
    AROUND_LOSS = 7,      /* "  loss " */
    AROUND_ACCURACY = 13, /* "  accuracy " and " %" */
    AROUND_LEFT = 7,      /* "  " and " left" */
};

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static void add_right(struct text *text, const char *value, int columns)
{
    text_add_spaces(text, columns - (int)printable_width(value));
    text_add(text, value);
}

static void add_loss(struct text *text, double loss)
{
    if (!isnan(loss))
        text_add_format(text, fabs(loss) < 1000 ? "%.4f" : "%.3g", loss);
}

static void add_accuracy(struct text *text, double accuracy)
{
    if (!isnan(accuracy))
        text_add_format(text, "%.2f", 100 * accuracy);
}

static void add_left(struct text *text, double seconds)
{
    if (isfinite(seconds))
        clock_add_duration(text, seconds);
}

/* The columns that a figure takes, at least LEAST, so that it seldom moves its neighbours. */
static int measure(void (*add)(struct text *, double), double value, int least)
{
    struct text text = {0};
    add(&text, value);
    int width = (int)text.length;
    text_release(&text);
    return larger(width, least);
}

static int digits_of(int64_t number)
{
    int digits = number < 0;
    do
        digits++;
    while (number /= 10);
    return digits;
}

static int name_width(const char *name)
{
    struct text text = {0};
    printable_add(&text, name);
    int width = (int)printable_width(text_get(&text));
    text_release(&text);
    return larger(width, 1);
}

/* Everything in full, with the shortest bar. */
static void take_all(struct progress_layout *layout, const struct progress *lines, size_t count)
{
    *layout = (struct progress_layout){.bar = BAR_LEAST, .loss = 6, .accuracy = 5, .left = 5};
    for (size_t i = 0; i < count; i++) {
        const struct progress *line = &lines[i];
        layout->name = larger(layout->name, name_width(line->name));
        layout->seed = larger(layout->seed, digits_of(line->seed));
        layout->steps = larger(layout->steps, digits_of(line->steps));
        layout->loss = measure(add_loss, line->loss, layout->loss);
        layout->accuracy = measure(add_accuracy, line->accuracy, layout->accuracy);
        layout->left = measure(add_left, line->seconds_left, layout->left);
    }
}

/* The columns that everything but the name takes. */
static int width_without_name(const struct progress_layout *layout)
{
    int width = layout->seed + (layout->is_seed_short ? 1 : AROUND_SEED);
    width += layout->bar ? layout->bar + AROUND_BAR : 0;
    width += layout->percent ? layout->percent + AROUND_PERCENT : 0;
    width += layout->steps ? 2 * layout->steps + 1 + AROUND_STEPS : 0;
    width += layout->loss ? layout->loss + AROUND_LOSS : 0;
    width += layout->accuracy ? layout->accuracy + AROUND_ACCURACY : 0;
    return width + (layout->left ? layout->left + AROUND_LEFT : 0);
}

void progress_fit(struct progress_layout *layout, const struct progress *lines, size_t count,
                  int columns)
{
    take_all(layout, lines, count);
    layout->columns = columns;
    int name = smaller(layout->name, NAME_LEAST);
    int *const in_order[] = {&layout->steps, &layout->accuracy, &layout->loss, &layout->left,
                             &layout->bar};
    for (size_t i = 0; i < sizeof in_order / sizeof *in_order; i++)
        if (width_without_name(layout) + name > columns)
            *in_order[i] = 0;
    layout->percent = layout->bar ? 0 : PERCENT_DIGITS;
    layout->is_seed_short = width_without_name(layout) + name > columns;
    if (width_without_name(layout) + 1 > columns)
        layout->percent = 0;
    int room = columns - width_without_name(layout);
    layout->name = larger(smaller(layout->name, room), 1);
    if (layout->bar)
        layout->bar += smaller(room - layout->name, BAR_MOST - BAR_LEAST);
}

static void add_name(struct text *text, const struct progress *line,
                     const struct progress_layout *layout)
{
    struct text name = {0};
    printable_add_cut(&name, line->name, (size_t)layout->name);
    text_add(text, text_get(&name));
    if (layout->is_seed_short)
        text_add_format(text, "/%" PRId64, line->seed);
    int padding = layout->name - (int)printable_width(text_get(&name));
    text_add_spaces(text, padding);
    text_release(&name);
    int seed = layout->seed - digits_of(line->seed);
    if (layout->is_seed_short)
        text_add_spaces(text, seed);
    else
        text_add_format(text, " seed %*" PRId64, layout->seed, line->seed);
}

static double fraction_of(const struct progress *line)
{
    return line->steps > 0 ? (double)line->step / (double)line->steps : 0;
}

/* A figure between what stands around it, or nothing but its room where there is none. */
static void add_figure(struct text *text, const char *before, void (*add)(struct text *, double),
                       double value, int columns, const char *after)
{
    struct text figure = {0};
    if (columns == 0)
        return;
    add(&figure, value);
    if (figure.length) {
        text_add(text, before);
        add_right(text, text_get(&figure), columns);
        text_add(text, after);
    } else {
        text_add_spaces(text, (int)(printable_width(before) + printable_width(after)) + columns);
    }
    text_release(&figure);
}

/* WHOLE within COLUMNS, whatever happened, and without blanks at its end. */
static void add_within(struct text *text, struct text *whole, int columns)
{
    while (whole->length && whole->data[whole->length - 1] == ' ')
        whole->data[--whole->length] = '\0';
    printable_add_cut(text, text_get(whole), (size_t)larger(columns, 1));
    text_release(whole);
}

void progress_add(struct text *text, const struct progress *line,
                  const struct progress_layout *layout)
{
    struct text whole = {0};
    add_name(&whole, line, layout);
    if (layout->bar) {
        text_add(&whole, "  ");
        bar_add(&whole, fraction_of(line), layout->bar);
    }
    if (layout->percent)
        text_add_format(&whole, "  %*d %%", layout->percent, (int)(100 * fraction_of(line) + 1e-6));
    if (layout->steps && line->steps > 0)
        text_add_format(&whole, "  %*" PRId64 "/%*" PRId64, layout->steps, line->step,
                        layout->steps, line->steps);
    else if (layout->steps)
        text_add_spaces(&whole, 2 * layout->steps + 1 + AROUND_STEPS);
    add_figure(&whole, "  loss ", add_loss, line->loss, layout->loss, "");
    add_figure(&whole, "  accuracy ", add_accuracy, line->accuracy, layout->accuracy, " %");
    add_figure(&whole, "  ", add_left, line->seconds_left, layout->left, " left");
    add_within(text, &whole, layout->columns);
}

/* How much the line of a batch says, from the most to the least. */
struct detail {
    bool has_words, has_running, has_bar, has_left, has_percent;
};

/* The line without its bar, for which ROOM is put where it belongs. */
static void add_total(struct text *text, const struct progress_total *total, struct detail detail,
                      int room)
{
    text_add_format(text, detail.has_words ? "%zu of %zu done" : "%zu/%zu", total->done,
                    total->trials);
    if (detail.has_running && total->running)
        text_add_format(text, ", %zu running", total->running);
    if (detail.has_words && total->failed)
        text_add_format(text, ", %zu failed", total->failed);
    text_add(text, "  ");
    if (detail.has_bar) {
        bar_add(text, total->fraction, room);
        text_add_char(text, ' ');
    }
    double percent = total->fraction > 0 ? 100 * fmin(total->fraction, 1) : 0;
    if (detail.has_percent)
        text_add_format(text, "%d %%", (int)(percent + 1e-6));
    if (detail.has_left && isfinite(total->seconds_left)) {
        text_add(text, "  ");
        add_left(text, total->seconds_left);
        text_add(text, " left");
    }
}

void progress_add_total(struct text *text, const struct progress_total *total, int columns)
{
    static const struct detail details[] = {
        {true, true, true, true, true},     {true, false, true, true, true},
        {true, false, false, true, true},   {false, false, false, true, true},
        {false, false, false, false, true}, {false, false, false, false, false}};
    enum { DETAILS = sizeof details / sizeof details[0] };
    struct text whole = {0};
    for (int i = 0; i < DETAILS; i++) {
        text_clear(&whole);
        add_total(&whole, total, details[i], 0);
        int room = columns - (int)whole.length;
        if (room < (details[i].has_bar ? BAR_LEAST : 0) && i < DETAILS - 1)
            continue;
        text_clear(&whole);
        add_total(&whole, total, details[i], smaller(room, BAR_MOST));
        break;
    }
    add_within(text, &whole, columns);
}

double progress_seconds_left(double seconds, double done, double all)
{
    if (!(done > 0) || !(seconds > 0) || !(all >= done))
        return NAN;
    return seconds / done * (all - done);
}
