/* Groups of runs that are done, with given figures and no store behind them. */
#ifndef UNROLL_TESTS_UNIT_FIGURE_GROUPS_H
#define UNROLL_TESTS_UNIT_FIGURE_GROUPS_H

#include "base/memory.h"
#include "base/text.h"
#include "compare/groups.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Adds runs of the seeds 1, 2, ... with METRIC as VALUES [COUNT]; NaN: the run has diverged. */
static inline void figure_groups_add(struct groups *groups, const char *name, const char *metric,
                                     const double *values, size_t count)
{
    struct group *group = groups_find(groups, name);
    for (size_t i = 0; i < count; i++) {
        struct group_run run = {
            .run = {.seed = (int64_t)i + 1, .state = isnan(values[i]) ? RUN_DIVERGED : RUN_DONE}};
        snprintf(run.run.id, sizeof run.run.id, "%zu-%zu", groups->count % 1000, i % 1000);
        run.pair = text_format("%zu", i + 1);
        run.finals.items = memory_array(1, sizeof *run.finals.items);
        run.finals.count = !isnan(values[i]);
        run.finals.items[0] = (struct final){memory_copy_text(metric), values[i]};
        if (isnan(values[i])) {
            memory_free(run.finals.items[0].name);
            memory_free(run.finals.items);
            run.finals.items = NULL;
        }
        group_add_run(group, &run);
    }
}

/* Adds a copy of CLAIM to what is asked of GROUPS. */
static inline void figure_groups_claim(struct groups *groups, const struct claim *claim)
{
    struct claim copy = *claim;
    copy.text = memory_copy_text(claim->text);
    copy.variant = memory_copy_text(claim->variant);
    copy.than = memory_copy_text(claim->than);
    copy.metric = memory_copy_text(claim->metric);
    questions_add_claim(&groups->questions, &copy);
}

#endif
