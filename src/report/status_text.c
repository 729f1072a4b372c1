/* Status for people. */
#include "base/clock.h"
#include "base/memory.h"
#include "base/printable.h"
#include "batch/progress.h"
#include "report/status.h"
#include "report/time_left.h"

#include <inttypes.h>
#include <math.h>

enum {
    UNLIMITED = 1000,
    INDENT = 2,
    NAME_MOST = 32,
    SPEED_LEAST = 4,
    LINE_LEAST = 72 /* columns that progress itself gets before anything stands behind it */
};

/* What may stand behind a run's progress. */
enum part { PART_SPEED, PART_PLACE, PART_AGE, PARTS };

/* How the lines of all running runs are laid out, so that their parts stand below each other. */
struct layout {
    struct progress_layout progress;
    int width;        /* of the longest progress */
    int parts[PARTS]; /* columns; 0: left out */
};

static struct progress progress_of(const struct store_progress *status,
                                   const struct running_run *run)
{
    return (struct progress){.name = run->name,
                             .seed = run->seed,
                             .step = run->progress.step,
                             .steps = run->steps,
                             .loss = run->loss,
                             .accuracy = run->accuracy,
                             .seconds_left = run_time_left(run, status->wall)};
}

static void add_age(struct text *text, const struct store_progress *status,
                    const struct running_run *run)
{
    double age = fmax(status->wall - run->heartbeat, 0);
    if (age < 10)
        text_add_format(text, "%d s", (int)age); /* a run speaks once a second: no tenths */
    else
        clock_add_duration(text, age);
    text_add(text, " ago");
}

static void add_place(struct text *text, const struct running_run *run)
{
    printable_add(text, run->process.host);
    text_add_format(text, ":%" PRId64, run->process.pid);
}

static void add_part(struct text *text, const struct store_progress *status,
                     const struct running_run *run, enum part part)
{
    double speed = status_speed(run);
    if (part == PART_SPEED && !isnan(speed))
        text_add_format(text, "%.0f examples/s", speed);
    else if (part == PART_PLACE)
        add_place(text, run);
    else if (part == PART_AGE)
        add_age(text, status, run);
}

static void measure_parts(struct layout *layout, const struct store_progress *status)
{
    struct text text = {0};
    for (size_t i = 0; i < status->run_count; i++)
        for (int part = 0; !status->runs[i].is_abandoned && part < PARTS; part++) {
            text_clear(&text);
            add_part(&text, status, &status->runs[i], (enum part)part);
            int width = (int)printable_width(text_get(&text));
            layout->parts[part] = width > layout->parts[part] ? width : layout->parts[part];
        }
    text_release(&text);
}

static int width_of_parts(const struct layout *layout)
{
    int width = 0;
    for (int part = 0; part < PARTS; part++)
        width += layout->parts[part] ? 2 + layout->parts[part] : 0;
    return width;
}

static void measure_progress(struct layout *layout, const struct store_progress *status)
{
    struct text text = {0};
    for (size_t i = 0; i < status->run_count; i++) {
        struct progress line = progress_of(status, &status->runs[i]);
        text_clear(&text);
        progress_add(&text, &line, &layout->progress);
        int width = (int)printable_width(text_get(&text));
        if (!status->runs[i].is_abandoned && width > layout->width)
            layout->width = width;
    }
    text_release(&text);
}

static void lay_out(struct layout *layout, const struct store_progress *status,
                    const struct status_view *view)
{
    static const enum part in_order[] = {PART_PLACE, PART_SPEED, PART_AGE};
    struct progress *lines = memory_array(status->run_count, sizeof *lines);
    size_t count = 0;
    int columns = view->columns ? view->columns - INDENT : UNLIMITED;
    *layout = (struct layout){0};
    measure_parts(layout, status);
    for (int i = 0; i < PARTS && columns - width_of_parts(layout) < LINE_LEAST; i++)
        layout->parts[in_order[i]] = 0;
    for (size_t i = 0; i < status->run_count; i++)
        if (!status->runs[i].is_abandoned)
            lines[count++] = progress_of(status, &status->runs[i]);
    columns -= width_of_parts(layout);
    progress_fit(&layout->progress, lines, count, columns > 0 ? columns : 1);
    if (!view->has_bars) {
        layout->progress.percent = layout->progress.bar ? 3 : layout->progress.percent;
        layout->progress.bar = 0;
    }
    measure_progress(layout, status);
    memory_free(lines);
}

static void add_running(struct text *line, const struct store_progress *status,
                        const struct running_run *run, const struct layout *layout)
{
    struct text text = {0};
    struct progress progress = progress_of(status, run);
    progress_add(&text, &progress, &layout->progress);
    text_add(line, text_get(&text));
    int missing = layout->width - (int)printable_width(text_get(&text));
    for (int part = 0; part < PARTS; part++) {
        if (!layout->parts[part])
            continue;
        text_clear(&text);
        add_part(&text, status, run, (enum part)part);
        int width = layout->parts[part] - (int)printable_width(text_get(&text));
        bool is_left = part == PART_PLACE;
        text_add_spaces(line, missing + 2 + (is_left ? 0 : width));
        text_add(line, text_get(&text));
        missing = is_left ? width : 0;
    }
    text_release(&text);
}

static void add_gone(struct text *line, const struct store_progress *status,
                     const struct running_run *run)
{
    printable_add_cut(line, run->name, NAME_MOST);
    text_add_format(line, " seed %" PRId64 "  its process is gone (", run->seed);
    add_place(line, run);
    text_add(line, "), last heard of ");
    add_age(line, status, run);
    text_add_format(line, " at step %" PRId64 "/%" PRId64, run->progress.step, run->steps);
}

/* LINE, which becomes empty, within the view. */
static void end_line(struct text *output, struct text *line, const struct status_view *view)
{
    while (line->length && line->data[line->length - 1] == ' ')
        line->data[--line->length] = '\0';
    if (view->columns)
        printable_add_cut(output, text_get(line), (size_t)view->columns);
    else
        text_add(output, text_get(line));
    text_add_char(output, '\n');
    text_clear(line);
}

static void add_runs(struct text *output, const struct store_progress *status, size_t experiment,
                     const struct layout *layout, const struct status_view *view)
{
    struct text line = {0};
    for (size_t i = 0; i < status->run_count; i++) {
        const struct running_run *run = &status->runs[i];
        if (run->experiment != experiment)
            continue;
        text_add_spaces(&line, INDENT);
        if (run->is_abandoned)
            add_gone(&line, status, run);
        else
            add_running(&line, status, run, layout);
        end_line(output, &line, view);
    }
    text_release(&line);
}

static void add_counts(struct text *line, const struct experiment_progress *experiment)
{
    text_add_format(line, "%" PRId64 " trial%s", experiment->trials,
                    experiment->trials == 1 ? "" : "s");
    if (experiment->trials && experiment->states[RUN_DONE] == experiment->trials) {
        text_add(line, ": all done");
        return;
    }
    const char *separator = ": ";
    for (int i = 0; i < RUN_STATES; i++) {
        int64_t count = experiment->states[status_states[i].state];
        if (count == 0)
            continue;
        text_add_format(line, "%s%" PRId64 " %s", separator, count, status_states[i].words);
        separator = ", ";
    }
}

/* What part of the trials' work is behind: those that ended in any way, and of the others the
 * steps that are done. */
static double fraction_done(const struct store_progress *status, size_t index)
{
    const struct experiment_progress *experiment = &status->experiments[index];
    const int64_t *states = experiment->states;
    double done = (double)(states[RUN_DONE] + states[RUN_FAILED] + states[RUN_DIVERGED]);
    for (size_t i = 0; i < experiment->variant_count; i++)
        done += experiment->variants[i].interrupted_share;
    for (size_t i = 0; i < status->run_count; i++) {
        const struct running_run *run = &status->runs[i];
        if (run->experiment == index && !run->is_abandoned && run->steps > 0)
            done += (double)run->progress.step / (double)run->steps;
    }
    return experiment->trials ? done / (double)experiment->trials : 0;
}

static void add_experiment(struct text *line, const struct store_progress *status, size_t index,
                           size_t width)
{
    const struct experiment_progress *experiment = &status->experiments[index];
    struct text name = {0};
    printable_add_cut(&name, experiment->name, width);
    text_add(line, text_get(&name));
    text_add_spaces(line, (int)(width - printable_width(text_get(&name))) + 2);
    add_counts(line, experiment);
    double left = experiment_time_left(status, index);
    if (experiment->states[RUN_RUNNING])
        text_add_format(line, "  %d %%", (int)(100 * fraction_done(status, index) + 1e-6));
    if (experiment->states[RUN_RUNNING] && !isnan(left)) {
        text_add(line, "  ");
        clock_add_duration(line, left);
        text_add(line, " left");
    }
    text_release(&name);
}

/* The columns that the names of experiments get. */
static size_t name_width(const struct store_progress *status)
{
    struct text text = {0};
    size_t most = 1;
    for (size_t i = 0; i < status->experiment_count; i++) {
        text_clear(&text);
        printable_add_cut(&text, status->experiments[i].name, NAME_MOST);
        size_t width = printable_width(text_get(&text));
        most = width > most ? width : most;
    }
    text_release(&text);
    return most;
}

/* What is of no experiment, and what is not shown. */
static void add_rest(struct text *output, const struct store_progress *status,
                     const struct layout *layout, const struct status_view *view)
{
    struct text line = {0};
    size_t count = status->experiment_count;
    /* The last ones in order. */
    if (status->run_count && status->runs[status->run_count - 1].experiment == count) {
        text_add(&line, "runs of no experiment");
        end_line(output, &line, view);
        add_runs(output, status, count, layout, view);
    }
    if (status->older) {
        text_add_format(&line, "%" PRId64 " older experiment%s: --limit 0 lists all", status->older,
                        status->older == 1 ? "" : "s");
        end_line(output, &line, view);
    }
    if (!count && !status->run_count && !status->older) {
        text_add(&line, "no experiment yet, and no run is being trained");
        end_line(output, &line, view);
    }
    text_release(&line);
}

void status_render_text(const struct store_progress *progress, const struct status_view *view,
                        struct text *output)
{
    struct text line = {0};
    struct layout layout;
    size_t width = name_width(progress);
    lay_out(&layout, progress, view);
    for (size_t i = 0; i < progress->experiment_count; i++) {
        add_experiment(&line, progress, i, width);
        end_line(output, &line, view);
        add_runs(output, progress, i, &layout, view);
    }
    add_rest(output, progress, &layout, view);
    text_release(&line);
}
