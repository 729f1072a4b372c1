/* What it would take to decide a contrast, in words. */
#ifndef UNROLL_COMPARE_COMPARISON_POWER_H
#define UNROLL_COMPARE_COMPARISON_POWER_H

#include "compare/comparison.h"

/* Adds to the sentence about CONTRAST, which is undecided and counts its figures in UNIT ("seeds"),
 * what its test could have given at best where that is not enough, and how many it would take:
 * "; it would take about 82 seeds to see a difference of this size (...)". */
void comparison_power_add(struct text *text, const struct comparison *comparison,
                          const struct contrast *contrast, const char *unit);

/* "a rough guess from 3 seeds; " where the smaller of N and N_B figures of two variants (the same
 * for one, or for pairs), counted in UNIT, is too few to know their spread; nothing otherwise. */
void comparison_power_add_guess(struct text *text, size_t n, size_t n_b, const char *unit);

/* For what numbers of seeds are: "power 80 %, level 5 % / 4". */
void comparison_power_add_level(struct text *text, const struct comparison *comparison);

/* The same in short: " (14)", or " (> 10,000)", where a number of seeds would tell, and
 * " (at least 8)" where that is all that is known. False where nothing is. */
bool comparison_power_add_short(struct text *text, const struct contrast *contrast);

#endif
