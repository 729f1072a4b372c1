/* What the runs of a plot have recorded of their gradient flow, and at which steps they can be
 * compared. */
#ifndef UNROLL_PLOTS_FLOW_RUNS_H
#define UNROLL_PLOTS_FLOW_RUNS_H

#include "compare/groups.h"
#include "store/gradient_flow.h"

struct flow_run {
    size_t group;                   /* its place among the groups */
    const struct group_run *run;    /* borrowed */
    struct gradient_flow_list list; /* all that it has recorded, without the norms */
    bool is_asked;                  /* its config asks for gradient flow */
    int64_t layer;                  /* the one that is shown; -1: it has recorded none */
    bool has_two;                   /* that layer runs in both directions */
    int64_t *steps;                 /* [step_count] at which that layer was recorded, ascending */
    size_t step_count;
    /* Layers of its stack that have a hidden state, and the highest of these above the shown one,
     * of which nothing is recorded (-1: none). Of a layer whose module is not there it is not known
     * whether it has a state: it counts, and IS_UNKNOWN. */
    size_t states;
    int64_t above;
    bool is_unknown;
    char *above_name;
};

struct flow_runs {
    struct flow_run *items; /* in the groups' order */
    size_t count;
};

/* All runs of GROUPS, which must stay, and what they show of LAYER (-1: each run's highest recorded
 * one). To be called within a reading of the store. The caller releases RUNS, also after an error.
 */
int flow_runs_load(struct flow_runs *runs, struct store *store, const struct groups *groups,
                   int64_t layer, struct error *error);
void flow_runs_release(struct flow_runs *runs);

/* Whether RUN recorded its layer at STEP. */
bool flow_run_has(const struct flow_run *run, int64_t step);

enum flow_end { FLOW_FIRST, FLOW_LAST };
enum { FLOW_ALL_GROUPS = -1 };

/* Among the runs of GROUP (or all) that have recorded their layer, only those that are done with
 * ONLY_DONE: the first or last step up to LIMIT that all of them have, or with ANY some of them.
 * -1: there is none. */
struct flow_question {
    int64_t group;
    bool only_done, any;
    enum flow_end end;
    int64_t limit;
};
int64_t flow_runs_step(const struct flow_runs *runs, const struct flow_question *question);

#endif
