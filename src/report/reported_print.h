/* Reported figures beside ours, in each format that tables have. */
#ifndef UNROLL_REPORT_REPORTED_PRINT_H
#define UNROLL_REPORT_REPORTED_PRINT_H

#include "compare/reported.h"
#include "report/table.h"

/* A row for each figure of ANSWERS: metric, variant where there are several, step, what was
 * reported, our n, mean and interval, the difference, and the interval of one further run. The
 * caller releases TABLE. */
void reported_table(const struct reported_answers *answers, int precision, bool for_people,
                    struct table *table);

/* Adds, a line each, what the intervals mean, how many figures lie within, and what was not
 * measured. */
void reported_add_notes(const struct reported_answers *answers, const struct groups *groups,
                        struct text *lines);

/* Answers the reported figures of GROUPS and writes them to STREAM; json is {experiment, source,
 * within, outside, figures [...]}, latex has the notes as comments, csv no notes. */
int reported_print(struct store *store, const struct groups *groups, enum table_format format,
                   int precision, FILE *stream, struct error *error);

#endif
