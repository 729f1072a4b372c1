/* The rows of the table of gradient flow, for the writer. */
#ifndef UNROLL_STORE_GRADIENT_FLOW_ROWS_H
#define UNROLL_STORE_GRADIENT_FLOW_ROWS_H

#include "store/database.h"
#include "store/gradient_flow.h"

/* Writes or replaces COUNT rows of run NUMBER, within a write transaction. */
int gradient_flow_write(struct database *database, int64_t number,
                        const struct gradient_flow *flows, size_t count, struct error *error);

/* Deletes the rows of run NUMBER past STEP, all of them for 0, within a write transaction. */
int gradient_flow_delete_past(struct database *database, int64_t number, int64_t step,
                              struct error *error);

#endif
