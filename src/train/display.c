#include "train/display.h"

#include "base/bar.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { BAR_WIDTH = 24, BAR_LEAST = 8 };

static double examples_per_second(const struct display *display, double now)
{
    double seconds = now - display->started;
    return seconds > 0 ? (double)display->examples / seconds : 0;
}

static void add_figures(struct text *text, const struct display *display, int64_t step, double now)
{
    double done = (double)(step - display->first);
    double left = done > 0 ? (now - display->started) / done * (double)(display->steps - step) : 0;
    if (!isnan(display->loss))
        text_add_format(text, "  loss %.4f  accuracy %.2f %%", display->loss,
                        100 * display->accuracy);
    text_add_format(text, "  %.0f examples/s  ", examples_per_second(display, now));
    clock_add_duration(text, left);
    text_add(text, " left");
}

/* NAME ███··· STEP/STEPS FIGURES. On a narrow terminal the bar gives way first, then the name, then
 * the steps, of which the bar tells something. */
static void draw(const struct display *display, int64_t step, double now)
{
    struct text figures = {0}, line = {0};
    char *name = text_format("%s ", display->name);
    char *steps = text_format(" %" PRId64 "/%" PRId64, step, display->steps);
    add_figures(&figures, display, step, now);
    int width = log_columns() - (int)(strlen(name) + strlen(steps) + figures.length);
    bool has_name = width >= BAR_LEAST;
    width += has_name ? 0 : (int)strlen(name);
    bool has_steps = width >= BAR_LEAST;
    width += has_steps ? 0 : (int)strlen(steps);
    text_add(&line, has_name ? name : "");
    bar_add(&line, (double)step / (double)display->steps, width < BAR_WIDTH ? width : BAR_WIDTH);
    text_add(&line, has_steps ? steps : "");
    text_add(&line, text_get(&figures));
    log_status(text_get(&line));
    memory_free(name);
    memory_free(steps);
    text_release(&line);
    text_release(&figures);
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

void display_final(struct display *display, const char *split, double loss, double accuracy,
                   int64_t count)
{
    if (!display->quiet)
        log_line("%s: final %s loss %.4f  accuracy %.2f %% of %" PRId64, display->name, split, loss,
                 100 * accuracy, count);
}

void display_time(const struct display *display, double train_seconds, double evaluate_seconds,
                  int64_t examples)
{
    double seconds = train_seconds + evaluate_seconds;
    if (!display->quiet && seconds > 0)
        log_line("%s: done: %.1f s training (%.0f examples/s), %.1f s evaluating (%.0f %%)",
                 display->name, train_seconds,
                 train_seconds > 0 ? (double)examples / train_seconds : 0, evaluate_seconds,
                 100 * evaluate_seconds / seconds);
}

void display_end(struct display *display)
{
    if (!display->quiet)
        log_status("");
}
