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
 *              max, best, tie, untested, diverged, failed}}]
 *   comparisons [{metric, a, b, test, n, n_b, left_out, difference, low, high, statistic, degrees,
 *                 p, p_holm, family, effect, effect_kind, verdict, seeds, seeds_above, settings,
 *                 sentence}]
 *   missing [{variant, trials, done, and how many are in each other state}]
 *   claims [{claim, verdict, variant, than, metric, at, least, most, n, n_b, value, low, high, p,
 *            seeds, seeds_above, trials, awaited, sentence}] where the experiment makes some;
 *            awaited: trials that may yet change the verdict
 *   chosen [{variant, values {key: value}, on, mean, n, tried, passed_over,
 *            ends {key: "lowest", "highest" or null}}] where values were chosen, see choosing.h
 * The claims are no part of csv, and comments in latex, unless the view is ONLY_CLAIMS: then they
 * are a table, in json with experiment, at and baseline, and in text sentences. What is undefined
 * is null there. Where more than 10,000 seeds would be needed seeds is null and seeds_above 10000.
 * UNTESTED: has a mean that could not be tested against the best. SETTINGS: over how many each
 * seed's figures were averaged, 0 where they were not. In csv what is infinite is inf. */
void comparison_render(const struct comparison_view *view, enum table_format format, size_t width,
                       struct text *output);

/* comparison_render for TABLE_JSON and TABLE_LATEX. */
void comparison_render_json(const struct comparison_view *view, struct text *output);
void comparison_render_latex(const struct comparison_view *view, struct text *output);

/* Writes VIEW to STREAM, as wide as the terminal where it is one. */
int comparison_print(const struct comparison_view *view, enum table_format format, FILE *stream,
                     struct error *error);

#endif
