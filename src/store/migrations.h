/* Bringing a database's schema up to date; for this folder only.
 *
 * Migration i leads from version i to version i + 1; version 0 is an empty database. All that a
 * database lacks is applied in one transaction, which looks again at what is there: of processes
 * that open a store at the same instant one migrates and the others find it done, and one that is
 * killed half-way leaves the old version. */
#ifndef UNROLL_STORE_MIGRATIONS_H
#define UNROLL_STORE_MIGRATIONS_H

#include "base/error.h"
#include "store/database.h"

#include <stdint.h>

/* The version of DATABASE, 0 when it is empty. The database of another program, a damaged version
 * and one past LATEST are ERROR_DATA. */
int migrations_version(struct database *database, int64_t latest, int64_t *version,
                       struct error *error);

/* Applies what DATABASE lacks of the COUNT MIGRATIONS. From then on, a write through it is refused
 * once another process has brought the store to a newer version. */
int migrations_apply(struct database *database, const char *const *migrations, int64_t count,
                     struct error *error);

#endif
