/* Calls of a layer that training makes besides the usual one: as the lowest layer of a network,
 * for an evaluation, and with fewer examples than were planned for. */
#ifndef UNROLL_TRAIN_GRADIENT_CONTRACT_H
#define UNROLL_TRAIN_GRADIENT_CONTRACT_H

#include "base/text.h"
#include "train/gradient_subject.h"

/* Makes these calls of the layer that SUBJECT looks at, and adds a line to REPORT for each result
 * that is not that of the usual call. A process that a call ends says which it was. */
void gradient_contract_check(struct gradient_subject *subject, struct text *report);

#endif
