/* Waiting for a store that another process has locked. */
#ifndef UNROLL_STORE_BUSY_H
#define UNROLL_STORE_BUSY_H

#include "store/database.h"

#include <stdbool.h>

/* From now on DATABASE waits a minute at most, and says so once a wait lasts. After
 * store_set_interrupt's function has given true it waits only as long as others write: a second
 * without a change, whether before or after, ends it. */
void busy_install(struct database *database);

/* Whether the last wait of DATABASE ended because of that. */
bool busy_was_interrupted(const struct database *database);

#endif
