/* The tables of a comparison, for all formats and for the page. The caller releases them. */
#ifndef UNROLL_REPORT_COMPARISON_TABLES_H
#define UNROLL_REPORT_COMPARISON_TABLES_H

#include "report/comparison_view.h"
#include "report/table.h"

/* A row for each group in VIEW's order, with VIEW's columns behind its name. */
void comparison_tables_variants(const struct comparison_view *view, struct table *table);

/* A row for each contrast of METRIC, in the order of the rows: difference, interval, test, p,
 * effect, verdict; of these, what some row has. */
void comparison_tables_contrasts(const struct comparison_view *view, size_t metric,
                                 struct table *table);

/* One flat table for programs. Without --pairs a row for each group, with the figures of its
 * contrast behind those of VIEW's columns (only these where they were asked for); with --pairs a
 * row for each pair and metric. */
void comparison_tables_flat(const struct comparison_view *view, struct table *table);

/* The heading of METRIC's contrasts: "test.accuracy against lstm", "test.accuracy, all pairs". */
void comparison_tables_add_title(const struct comparison_view *view, size_t metric,
                                 struct text *text);

/* The answers to the claims: for people the claim, the verdict in full and the figures as
 * sentences; for programs a column for each figure. Where more than 10,000 seeds would be needed,
 * seeds is infinite and seeds_above 10000. */
void comparison_tables_claims(const struct comparison_view *view, bool for_people,
                              struct table *table);

#endif
