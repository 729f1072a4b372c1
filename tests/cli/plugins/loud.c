/* A plugin that prints while it is loaded and unloaded, on stdout, where results belong. */
#include "unroll.h"

#include <stdio.h>

static double loud_factor(const void *params, const void *state, const struct schedule_time *time)
{
    (void)params;
    (void)state;
    (void)time;
    return 1;
}

static const struct schedule schedule_loud = {
    .module =
        {
            MODULE_HEAD(MODULE_SCHEDULE, struct schedule),
            .version = 1,
            .name = "loud",
            .summary = "Says that it is there.",
        },
    .factor = loud_factor,
};

__attribute__((constructor)) static void greet(void)
{
    puts("here I am");
}

__attribute__((destructor)) static void part(void)
{
    puts("there I go");
}

UNROLL_PLUGIN(&schedule_loud.module);
