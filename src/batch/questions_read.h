/* What an experiment file asks: `claims`, `reported` and `compare.select`.
 *
 *     compare:
 *       select: {over: train.optimizer.adam.rate, on: validation.accuracy}
 *     claims:
 *       - {text: Two directions are better than one., better: bilstm, than: lstm}
 *       - {text: 128 units reach 98 % to 99 %., variant: lstm, above: 0.98, below: 0.99}
 *     reported:
 *       source: Document 002
 *       test.accuracy: {1: 0.1017, 101: 0.7673, end: 0.9879}   # of the only variant
 *       train.accuracy: {lstm: {100: 0.87}}                    # of one of several
 *       test.loss: {end: {value: 0.3, within: 0.05}}           # "about 0.3"
 *
 * A figure counts as rounded to the digits behind its point: 0.87 is 0.865 to 0.875.
 */
#ifndef UNROLL_BATCH_QUESTIONS_READ_H
#define UNROLL_BATCH_QUESTIONS_READ_H

#include "batch/experiment.h"
#include "module/param.h"

/* compare.select as its table has it: OVER has one text, the keys with spaces between. */
struct select_section {
    struct text_list over;
    char *on;
};
extern const struct param select_table[];

/* Makes of the key or list `over` in SELECT (NULL: there is none) the one text that is read. */
void questions_join_over(struct node *select, struct diagnostics *diagnostics);
void questions_take_select(struct questions *questions, const struct select_section *select);

/* Fills the questions of EXPERIMENT, of which all else is read. Errors go to DIAGNOSTICS. */
void questions_read(struct experiment_file *experiment, struct diagnostics *diagnostics);

#endif
