/* The rows of the table of predictions, for the writer. */
#ifndef UNROLL_STORE_PREDICTION_ROWS_H
#define UNROLL_STORE_PREDICTION_ROWS_H

#include "store/database.h"
#include "store/predictions.h"

/* Writes or replaces the row of run NUMBER for PREDICTIONS's split, within a write transaction. */
int predictions_write(struct database *database, int64_t number,
                      const struct predictions *predictions, struct error *error);

#endif
