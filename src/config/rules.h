/* What the parameter tables cannot say: rules between the keys of a config. */
#ifndef UNROLL_CONFIG_RULES_H
#define UNROLL_CONFIG_RULES_H

#include "config/config.h"

/* Reports every broken rule at the place in TREE that says it. Rules about values that are in
 * error already are passed over. */
void rules_check(const struct config *config, const struct node *tree,
                 struct diagnostics *diagnostics);

/* What is wrong with NAME as a run's name, and the remedy in *REMEDY; NULL when nothing is. */
const char *rules_name_fault(const char *name, const char **remedy);

/* The key, such as "train.stop.patience", that does nothing unless there are evaluations while the
 * run trains, or NULL. */
const char *rules_who_needs_evaluations(const struct train_config *train);

/* Whether a run of STEPS steps ends before its warm-up gives way to a schedule that would change
 * the rate. */
bool rules_schedule_never_begins(const struct train_config *train, int64_t steps);

/* Fills in what follows from other keys (the evaluation's interval), in the values and in the
 * resolved tree. */
void rules_complete(struct config *config, struct resolved *resolved);

#endif
