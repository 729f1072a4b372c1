#include "train/display.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#include <inttypes.h>
#include <math.h>

enum { BAR_WIDTH = 24 };

static void add_bar(struct text *text, double fraction)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int filled = (int)(fraction * BAR_WIDTH * 8);
    for (int i = 0; i < filled / 8; i++)
        text_add(text, "█");
    text_add(text, eighths[filled % 8]);
    for (int i = (filled + 7) / 8; i < BAR_WIDTH; i++)
        text_add(text, "·");
}

static double examples_per_second(const struct display *display, double now)
{
    double seconds = now - display->started;
    return seconds > 0 ? (double)display->examples / seconds : 0;
}

static void draw(const struct display *display, int64_t step, double now)
{
    struct text text = {0};
    double done = (double)(step - display->first);
    double left = done > 0 ? (now - display->started) / done * (double)(display->steps - step) : 0;
    text_add_format(&text, "%s ", display->name);
    add_bar(&text, (double)step / (double)display->steps);
    text_add_format(&text, " %" PRId64 "/%" PRId64, step, display->steps);
    if (!isnan(display->loss))
        text_add_format(&text, "  loss %.4f  accuracy %.2f %%", display->loss,
                        100 * display->accuracy);
    text_add_format(&text, "  %.0f examples/s  ", examples_per_second(display, now));
    clock_add_duration(&text, left);
    text_add(&text, " left");
    log_status(text_get(&text));
    text_release(&text);
}

void display_progress(struct display *display, int64_t step)
{
    double now = clock_seconds();
    if (display->quiet || now - display->drawn < 0.1 || !log_is_terminal(stderr))
        return;
    display->drawn = now;
    draw(display, step, now);
}

void display_log(struct display *display, int64_t step, double epoch, double loss, double accuracy,
                 double rate)
{
    display->loss = loss;
    display->accuracy = accuracy;
    if (display->quiet)
        return;
    log_line("%s: step %" PRId64 "/%" PRId64 "  epoch %.2f  train loss %.4f  accuracy %.2f %%  "
             "rate %.3g  %.0f examples/s",
             display->name, step, display->steps, epoch, loss, 100 * accuracy, rate,
             examples_per_second(display, clock_seconds()));
}

void display_evaluation(struct display *display, int64_t step, const char *split, double loss,
                        double accuracy, int64_t count)
{
    if (!display->quiet)
        log_line("%s: step %" PRId64 "/%" PRId64 "  %s loss %.4f  accuracy %.2f %% of %" PRId64,
                 display->name, step, display->steps, split, loss, 100 * accuracy, count);
}

void display_end(struct display *display)
{
    if (!display->quiet)
        log_status("");
}
