/* Columns of the table of variants, by name. */
#ifndef UNROLL_REPORT_COMPARISON_COLUMNS_H
#define UNROLL_REPORT_COMPARISON_COLUMNS_H

#include "report/comparison_view.h"
#include "report/table.h"

/* "n", "mean", "ci95", "std", ... by enum comparison_figure; ends with NULL. And as people read
 * them: "± 95 %". */
extern const char *const comparison_figure_names[COMPARISON_FIGURES + 1];
extern const char *const comparison_figure_titles[COMPARISON_FIGURES];

/* What NAME means in VIEW, of which groups, options, metrics and keys are set:
 *   mean                  that figure of every metric that is shown in full
 *   seconds, test.loss    the mean of that metric
 *   test.loss.std         a figure of it
 *   model.units           a config key
 * Metrics and keys that are new to VIEW are added to it. ADDED has room for as many columns as VIEW
 * has metrics in full; *COUNT: how many there are. ERROR_USAGE, with OPTION and what there is, for
 * anything else. */
int comparison_columns_find(struct comparison_view *view, struct store *store, const char *option,
                            const char *name, struct comparison_column *added, size_t *count,
                            struct error *error);

/* Whether NAME may be a config key, for all that can be told without the runs. */
bool comparison_columns_may_be_key(const char *name);

/* The column of config key KEY, which is added to VIEW. */
struct comparison_column comparison_columns_key(struct comparison_view *view, const char *key);

/* The columns that are shown where none were asked for. */
void comparison_columns_usual(struct comparison_view *view);

/* Adds COLUMN to TABLE (for programs "test.loss.mean", on the way "test.loss@step:500.mean"), and
 * its value for GROUP to the last row's cell at PLACE. */
void comparison_columns_add(const struct comparison_view *view,
                            const struct comparison_column *column, struct table *table);
void comparison_columns_set(const struct comparison_view *view,
                            const struct comparison_column *column, size_t group,
                            struct table *table, size_t place);

/* Sets a figure of CONTRAST in METRIC, which stays missing where it is undefined. */
void comparison_columns_set_contrast(const struct comparison_view *view, size_t metric,
                                     const struct contrast *contrast, enum comparison_figure figure,
                                     struct table *table, size_t place);

#endif
