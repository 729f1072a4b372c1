/* How plots.c hands a request to the file that knows its kind. */
#ifndef UNROLL_PLOTS_PLOT_KINDS_H
#define UNROLL_PLOTS_PLOT_KINDS_H

#include "plots/plots.h"

struct plot_type {
    unsigned options;     /* set of enum plot_option */
    bool chooses_metrics; /* where REQUEST has none; otherwise what the experiment compares is put
                             there, if the kind takes metrics */
    /* Adds to PLOT, which has no script yet, and draws it. */
    int (*draw)(struct gnuplot *plot, struct store *store, const struct groups *groups,
                const struct plot_request *request, struct error *error);
};

#define PLOT_KIND_EXTERN(id, name, type) extern const struct plot_type type;
PLOT_KIND_LIST(PLOT_KIND_EXTERN)
#undef PLOT_KIND_EXTERN

#endif
