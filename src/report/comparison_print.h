/* A comparison in each format that tables have. */
#ifndef UNROLL_REPORT_COMPARISON_PRINT_H
#define UNROLL_REPORT_COMPARISON_PRINT_H

#include "report/comparison_view.h"
#include "report/table.h"

/* Adds VIEW to OUTPUT: text and markdown are the tables and the verdicts as sentences, WIDTH (0:
 * unlimited) as for table_render; csv is one flat table (comparison_tables.h); latex is a table for
 * a paper; json is one object:
 *   experiment, at, baseline, metrics [names]
 *   variants [{variant, config {key: value}, METRIC: {n, missing, mean, ci95, std, min, median,
 *              max, best, tie}}]
 *   comparisons [{metric, a, b, test, n, n_b, left_out, difference, low, high, statistic, degrees,
 *                 p, p_holm, family, effect, effect_kind, verdict, seeds, sentence}]
 *   missing [{variant, trials, done, and how many are in each other state}]
 * What is undefined is null there. */
void comparison_render(const struct comparison_view *view, enum table_format format, size_t width,
                       struct text *output);

/* comparison_render for TABLE_JSON and TABLE_LATEX. */
void comparison_render_json(const struct comparison_view *view, struct text *output);
void comparison_render_latex(const struct comparison_view *view, struct text *output);

/* Writes VIEW to STREAM, as wide as the terminal where it is one. */
int comparison_print(const struct comparison_view *view, enum table_format format, FILE *stream,
                     struct error *error);

#endif
