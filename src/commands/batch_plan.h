/* The dry run of `unroll batch`: what it would train. */
#ifndef UNROLL_COMMANDS_BATCH_PLAN_H
#define UNROLL_COMMANDS_BATCH_PLAN_H

#include "batch/batch.h"
#include "report/table.h"

/* Prints a row for each trial of a planned BATCH on stdout, and on stderr how long all will take,
 * PLACES at a time, which is measured where WITH_ESTIMATE. */
int batch_plan_print(const struct batch *batch, enum table_format format, bool with_estimate,
                     int places, struct error *error);

#endif
