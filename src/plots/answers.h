/* What the runs of each variant answered on a split, for the plots that look at single examples. */
#ifndef UNROLL_PLOTS_ANSWERS_H
#define UNROLL_PLOTS_ANSWERS_H

#include "compare/groups.h"
#include "config/config.h"
#include "plots/plots.h"
#include "store/predictions.h"

/* The variants that one picture can hold. */
enum { ANSWERS_GROUPS = 6 };

/* The answers of a group's runs that are done, at least one. */
struct answers {
    const char *name;         /* of the group; lent */
    const char **ids;         /* [count] of the runs; lent */
    struct predictions *runs; /* [count]; owned */
    size_t count;
    int64_t total, right; /* examples of all runs together, and how many of them are right */
    int32_t classes;      /* one more than the largest that occurs */
};

struct answers_list {
    struct answers items[ANSWERS_GROUPS];
    size_t count;
};

/* Fills LIST, which the caller releases, for the groups that have runs which are done. Answers on
 * the test split lie in the store; on another split the network of each run gives them, from its
 * checkpoint and REQUEST's data. More groups than ANSWERS_GROUPS are ERROR_USAGE, none is
 * ERROR_NOT_FOUND, answers that are damaged ERROR_DATA. */
int answers_load(struct answers_list *list, struct store *store, const struct groups *groups,
                 const struct plot_request *request, struct error *error);
void answers_release(struct answers_list *list);

/* Adds NUMBER with its thousands separated: 10,000. */
void answers_add_count(struct text *text, int64_t number);

/* Adds "accuracy 97.43 %, n = 5 × 10,000": of runs and examples. */
void answers_add_accuracy(struct text *text, const struct answers *answers);

#endif
