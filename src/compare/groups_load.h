/* Groups from the store: of experiments and of runs that are named. */
#ifndef UNROLL_COMPARE_GROUPS_LOAD_H
#define UNROLL_COMPARE_GROUPS_LOAD_H

#include "compare/groups.h"

/* Fills GROUPS, which the caller releases, from COUNT (at least 1) NAMES. Each is an experiment's
 * name in the store, the path of an experiment file (which says the name), or a run id or the
 * beginning of one. With several experiments a group is called EXPERIMENT/VARIANT; of groups with
 * the same runs the first is there, which a note says, and what an experiment chooses does not
 * count, which another one says. */
int groups_load(struct groups *groups, struct store *store, const char *const *names, size_t count,
                struct error *error);

/* As groups_load, but by REQUEST.
 *
 * Groups by keys are called "cell=lstm units=64", with "-" where a run does not have the key, and
 * stand in the order of their values; of several experiments, runs with the same values are one
 * group. They have no baseline unless one is called as the experiment's; nor have other groups when
 * the conditions left none of its runs. Of two groups of runs that were named, not of an
 * experiment, it is the first.
 *
 * Runs of one group with the same run key are the same figures once more (`run --force`): of them
 * the newest that is done counts, or the newest where none is.
 *
 * Of a sweep, the values that are chosen on validation stay (choosing.h), of the runs that meet the
 * conditions. With BY nothing is chosen: asking for both is ERROR_USAGE.
 *
 * A key that no run has is ERROR_NOT_FOUND with the nearest one, and so are conditions that leave
 * no run. A config that cannot be read is ERROR_DATA with the run. Trials that were not begun have
 * no config: they are judged by another run of their variant, or else by their overrides, and left
 * out where those do not tell. */
int groups_load_by(struct groups *groups, struct store *store, const char *const *names,
                   size_t count, const struct groups_request *request, struct error *error);

#endif
