/* Groups of several experiments that share their runs. */
#ifndef UNROLL_COMPARE_SAME_RUNS_H
#define UNROLL_COMPARE_SAME_RUNS_H

#include "compare/groups.h"

/* Leaves out each group whose runs another one has as well, for they would be counted twice and
 * compared with themselves: of two the one with fewer runs, of as many the later. Notes say which;
 * a warning says which groups share some of their runs, and stay. */
void same_runs_leave_out(struct groups *groups);

#endif
