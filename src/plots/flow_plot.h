/* The plot of gradient flow between the files that make it. */
#ifndef UNROLL_PLOTS_FLOW_PLOT_H
#define UNROLL_PLOTS_FLOW_PLOT_H

#include "plots/flow_runs.h"
#include "plots/plots.h"

struct flow_panel {
    enum flow_end end;       /* which of the recorded steps it shows */
    int64_t limit;           /* FLOW_LAST: up to this one */
    bool is_asked;           /* by --at */
    int64_t *steps;          /* [groups] one for all runs of a group; -1: none to show */
    int64_t lowest, highest; /* of these */
};

struct flow_line {
    size_t group;
    int64_t direction;
};

struct flow_plot {
    struct store *store;
    const struct groups *groups;
    int64_t layer; /* -1: the top one of each run */
    struct flow_runs runs;
    struct flow_line *lines;
    struct names names; /* of the lines */
    struct flow_panel panels[2];
    size_t panel_count;
    struct gradient_flow *norms; /* [panels, lines, runs] with none for most */
};

/* Fills the panels for what REQUEST asks: the first and the last step, or only one where both are
 * the same or --at says it. All runs of a group are shown at one step, for a mean over several
 * would be of nothing; so are all groups where they can. */
void flow_panels_choose(struct flow_plot *flow, const struct plot_request *request);

/* How many runs of GROUP the panel shows. */
size_t flow_panel_count(const struct flow_plot *flow, const struct flow_panel *panel, size_t group);

/* "gradient norm at step 1437", or with the lowest and highest step where variants differ. Caller
 * frees. */
char *flow_panel_label(const struct flow_panel *panel);

/* Notes on what is not in the picture: variants, runs, layers. */
void flow_note_missing(const struct flow_plot *flow);

/* Make ERROR, return -1: nothing is recorded at all, or nothing where REQUEST asks. */
int flow_nothing_recorded(const struct flow_plot *flow, struct error *error);
int flow_nothing_there(const struct flow_plot *flow, const struct plot_request *request,
                       struct error *error);

#endif
