/* What a reader of a comparison's table must know besides it. */
#ifndef UNROLL_REPORT_COMPARISON_NOTES_H
#define UNROLL_REPORT_COMPARISON_NOTES_H

#include "report/comparison_view.h"

/* Adds, a line each, which runs diverged or failed and so are in no figure. */
void comparison_notes_losses(const struct comparison_view *view, struct text *lines);

/* Adds a line where groups by keys hold runs of several settings, over which n counts. */
void comparison_notes_settings(const struct comparison_view *view, struct text *lines);

/* Adds, a line each, which value was chosen for each group (compare/choosing.h). */
void comparison_notes_choices(const struct comparison_view *view, struct text *lines);

/* "is ", or nothing where the word of VERDICT is a verb: "is undecided", "holds". */
const char *comparison_notes_verb(enum claim_verdict verdict);

/* Adds "Claim 1 holds: A bidirectional LSTM is more accurate." of the claim at PLACE, without its
 * figures. */
void comparison_notes_claim(const struct comparison_view *view, size_t place, struct text *text);

/* Whether every figure of a group is of a seed of its own, so that n counts seeds. */
bool comparison_notes_count_seeds(const struct comparison_view *view);

#endif
