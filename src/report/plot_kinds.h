/* How plots.c hands a request to the file that knows its kind. */
#ifndef UNROLL_REPORT_PLOT_KINDS_H
#define UNROLL_REPORT_PLOT_KINDS_H

#include "report/plots.h"

int plot_draw_curves(struct gnuplot *plot, struct store *store, const struct groups *groups,
                     const struct plot_request *request, struct error *error);
int plot_draw_finals(struct gnuplot *plot, const struct groups *groups,
                     const struct plot_request *request, struct error *error);

#endif
