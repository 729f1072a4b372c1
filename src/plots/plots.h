/* The kinds of plot. */
#ifndef UNROLL_PLOTS_PLOTS_H
#define UNROLL_PLOTS_PLOTS_H

#include "base/error.h"
#include "compare/groups.h"
#include "compare/moment.h"
#include "plots/axis_range.h"
#include "plots/gnuplot.h"

#include <stddef.h>

/* Each kind: its enum, its name on the command line, and its `struct plot_type` (plot_kinds.h). */
#define PLOT_KIND_LIST(X)                                                                          \
    X(CURVES, "curves", plot_curves)       /* metrics by step, epoch or second: mean and band */   \
    X(ACCURACY, "accuracy", plot_accuracy) /* finals by variant: each seed, mean and interval */   \
    X(RATE, "rate", plot_rate)             /* the learning rate by step, epoch or second */        \
    X(GAP, "gap", plot_gap)                /* generalisation gap by step, epoch or second */       \
    X(PARETO, "pareto", plot_pareto)       /* a final against training time or size */             \
    X(SWEEP, "sweep", plot_sweep)          /* a final by the values of one or two keys */          \
    X(CONFUSION, "confusion", plot_confusion)             /* true classes by predicted ones */     \
    X(MISCLASSIFIED, "misclassified", plot_misclassified) /* images that were taken for another */ \
    X(GRADIENT_FLOW, "gradient-flow", plot_gradient_flow) /* gradients by time step back */

#define PLOT_KIND_ENUM(id, name, type) PLOT_##id,
enum plot_kind { PLOT_KIND_LIST(PLOT_KIND_ENUM) PLOT_KINDS };
#undef PLOT_KIND_ENUM

enum plot_x { PLOT_STEPS, PLOT_EPOCHS, PLOT_SECONDS, PLOT_CPU_SECONDS, PLOT_PARAMETERS, PLOT_XS };

/* What the command line calls them; each ends with NULL. */
extern const char *const plot_kind_names[];
extern const char *const plot_x_names[];

/* What a kind of plot can be told; all else is refused. */
enum plot_option {
    PLOT_TAKES_METRICS = 1 << 0,  /* several: a panel each */
    PLOT_TAKES_METRIC = 1 << 1,   /* one */
    PLOT_TAKES_X = 1 << 2,        /* x: steps, epochs or seconds */
    PLOT_TAKES_COST = 1 << 3,     /* x: seconds, cpu_seconds or parameters */
    PLOT_TAKES_MOMENT = 1 << 4,   /* when finals are read */
    PLOT_TAKES_OVER = 1 << 5,     /* keys; the runs need their settings */
    PLOT_TAKES_SPLIT = 1 << 6,    /* which examples */
    PLOT_TAKES_IMAGES = 1 << 7,   /* how many */
    PLOT_TAKES_DATA = 1 << 8,     /* needs all modules to be loaded, too */
    PLOT_TAKES_LAYER = 1 << 9,    /* of the stack */
    PLOT_TAKES_Y_RANGE = 1 << 10, /* the ends of its figures' axis */
    PLOT_TAKES_X_RANGE = 1 << 11, /* the ends of its x axis, which can be a number */
};
unsigned plot_kind_options(enum plot_kind kind);

/* Whether KIND can have X at its x axis; and the one that it has when nobody said. */
bool plot_kind_has_x(enum plot_kind kind, enum plot_x x);
enum plot_x plot_kind_usual_x(enum plot_kind kind);

enum { PLOT_OVER_LIMIT = 2 }; /* keys of a sweep */

struct plot_request {
    enum plot_kind kind;
    enum plot_x x;
    bool log_x;                 /* the x axis is logarithmic, where the kind takes steps */
    const char *const *metrics; /* a panel each; none: what the experiment is compared by */
    size_t metric_count;
    struct axis_range x_range; /* of the x axis, which then is a number */
    struct axis_range y_range; /* of the axis that shows figures */
    int split;                 /* enum split (config.h) */
    int64_t images;            /* how many of each variant; 0: what suits */
    const char *data;          /* the data folder, as data_folder takes it */
    struct moment moment;
    const char *const *over; /* keys that were swept, at most two; none: those that differ */
    size_t over_count;
    const char *const *by; /* keys of --group-by, of which the groups are then made */
    size_t by_count;
    int64_t layer; /* of the stack, from 0; -1: the top recurrent one */
    int columns;   /* width of PICTURE_ASCII in characters */
};

/* Draws REQUEST for GROUPS with PLOT, which gnuplot_init has prepared. ERROR_NOT_FOUND when no run
 * has measured a metric. */
int plot_draw(struct gnuplot *plot, struct store *store, const struct groups *groups,
              const struct plot_request *request, struct error *error);

#endif
