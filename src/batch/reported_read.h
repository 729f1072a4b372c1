/* The `reported` figures of an experiment file. */
#ifndef UNROLL_BATCH_REPORTED_READ_H
#define UNROLL_BATCH_REPORTED_READ_H

#include "batch/reading.h"

/* Fills these questions of the experiment from the value of their key, which is NULL where the key
 * is not there. Errors go to the reading's diagnostics. */
void reported_read(const struct reading *reading, const struct node *reported);

#endif
