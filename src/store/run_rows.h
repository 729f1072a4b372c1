/* The rows of the table of runs, for the files of this folder only. */
#ifndef UNROLL_STORE_RUN_ROWS_H
#define UNROLL_STORE_RUN_ROWS_H

#include "store/database.h"
#include "store/runs.h"

/* Of the schema: an older store has no column cpu_seconds. */
enum { VERSION_WITH_CPU_SECONDS = 6 };

/* The first of KEY's id, id-2, id-3, ... that is free, within a write transaction. */
int run_choose_id(struct database *database, const char *key, char id[RUN_ID_SIZE],
                  struct error *error);

#endif
