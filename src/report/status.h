/* How far a store's experiments and running runs are, for people and for programs. */
#ifndef UNROLL_REPORT_STATUS_H
#define UNROLL_REPORT_STATUS_H

#include "base/text.h"
#include "report/table.h"
#include "store/progress.h"

/* The forms of status_render, a subset of enum table_format in its order; ends with NULL. */
extern const char *const status_format_names[];

struct status_view {
    int columns;   /* no line of TABLE_TEXT is wider; 0: as wide as it takes */
    bool has_bars; /* in TABLE_TEXT; percentages otherwise */
};

/* Adds PROGRESS to OUTPUT. TABLE_TEXT: a line for each experiment, below it one for each of its
 * running runs, then the runs of no experiment. TABLE_JSON: one object with the lists "experiments"
 * and "runs". TABLE_CSV: one table of both, the column "kind" tells which. TABLE_MARKDOWN: a table
 * of each. */
void status_render(const struct store_progress *progress, enum table_format format,
                   const struct status_view *view, struct text *output);

/* Adds what changes when a run or an experiment does, and not with the clock alone. */
void status_add_changes(const struct store_progress *progress, struct text *output);

/* For the renderers: TABLE_TEXT; how states are called here ("not begun" for RUN_QUEUED), in the
 * order in which they are told; training examples per second, NaN where there were none. */
void status_render_text(const struct store_progress *progress, const struct status_view *view,
                        struct text *output);
struct status_state {
    enum run_state state;
    const char *words, *key;
};
extern const struct status_state status_states[RUN_STATES];
double status_speed(const struct running_run *run);

#endif
