/* What an undecided contrast could have found, and what it would take. */
#include "compare/comparison_power.h"

#include <math.h>

/* How many pairs that differ an exact test takes so that Holm's correction can leave its p below
 * the level: the smallest is 2^(1 - n). */
static size_t pairs_for_exact(const struct contrast *contrast)
{
    size_t n = 1;
    double smallest = 1;
    for (; smallest * (double)contrast->multiplier >= COMPARISON_LEVEL; n++)
        smallest /= 2;
    return n;
}

/* A p that is a power of two, in full as far as that is short: 0.0625. */
static void add_exact_p(struct text *text, double p)
{
    if (p < 0.0001)
        comparison_add_p(text, p);
    else
        text_add_format(text, "%.3g", p);
}

/* Whether the test could not have found any difference with these figures. */
static bool is_powerless(const struct contrast *contrast)
{
    return contrast->test.smallest_p * (double)contrast->multiplier >= COMPARISON_LEVEL;
}

/* What the test could have given at best: "with 5 seeds this test cannot give ...". */
static void add_smallest_p(struct text *text, const struct contrast *contrast, const char *unit)
{
    const struct test_result *test = &contrast->test;
    if (test->zeros == 0)
        text_add_format(text, "; with %zu %s this test cannot give a p below ", test->n, unit);
    else
        text_add_format(text,
                        "; only %zu of the %zu %s differ, with which this test cannot give a "
                        "p below ",
                        test->n - test->zeros, test->n, unit);
    add_exact_p(text, test->smallest_p);
    if (contrast->multiplier > 1) {
        text_add(text, ", which is ");
        add_exact_p(text, fmin(1, test->smallest_p * (double)contrast->multiplier));
        text_add(text, " after the correction");
    }
}

/* Whether how many seeds it takes may follow. */
static bool add_powerless(struct text *text, const char *unit, const struct contrast *contrast)
{
    const struct test_result *test = &contrast->test;
    if (test->kind == TEST_MCNEMAR) {
        text_add(text, "; the two differ in too few examples for any p below ");
        add_exact_p(text, test->smallest_p);
        return false;
    }
    if (test->zeros == test->n) {
        text_add_format(text, "; the two are the same on all %zu %s", test->n, unit);
        return false;
    }
    add_smallest_p(text, contrast, unit);
    text_add_format(text, "; at least %zu%s are needed for any p below %g",
                    pairs_for_exact(contrast), test->zeros ? " that differ" : "", COMPARISON_LEVEL);
    return true;
}

void comparison_power_add_level(struct text *text, const struct comparison *comparison)
{
    text_add(text, "power 80 %, level 5 %");
    if (comparison->family > 1)
        text_add_format(text, " / %zu", comparison->family);
}

/* Figures on the side that has fewer: as many as both have. */
static size_t fewer_figures(const struct test_result *test)
{
    return test->n < test->n_b ? test->n : test->n_b;
}

static bool takes_more_seeds(const struct contrast *contrast)
{
    return contrast->seeds > (double)fewer_figures(&contrast->test);
}

void comparison_power_add_guess(struct text *text, size_t n, size_t n_b, const char *unit)
{
    enum { SOME = 5 };
    if (n >= SOME && n_b >= SOME)
        return;
    text_add_format(text, "a rough guess from %zu ", n);
    if (n == n_b)
        text_add(text, unit);
    else
        text_add_format(text, "and %zu", n_b);
    text_add(text, "; ");
}

/* What it would take to decide. */
static void add_seeds(struct text *text, const struct comparison *comparison, const char *unit,
                      const struct contrast *contrast, bool goes_on)
{
    if (!takes_more_seeds(contrast))
        return;
    text_add(text, goes_on ? ", and " : "; it would take ");
    if (isinf(contrast->seeds))
        text_add(text, "more than 10,000");
    else
        text_add_format(text, "about %.0f", contrast->seeds);
    if (!goes_on)
        text_add_format(text, " %s", unit);
    text_add(text, " to see a difference of this size (");
    comparison_power_add_guess(text, contrast->test.n, contrast->test.n_b, unit);
    comparison_power_add_level(text, comparison);
    text_add_char(text, ')');
}

void comparison_power_add(struct text *text, const struct comparison *comparison,
                          const struct contrast *contrast, const char *unit)
{
    bool goes_on = is_powerless(contrast) && add_powerless(text, unit, contrast);
    add_seeds(text, comparison, unit, contrast, goes_on);
}

bool comparison_power_add_short(struct text *text, const struct contrast *contrast)
{
    const struct test_result *test = &contrast->test;
    double least = 0;
    if (is_powerless(contrast) && test->kind != TEST_MCNEMAR && test->zeros < test->n)
        least = ceil((double)pairs_for_exact(contrast) * (double)test->n /
                     (double)(test->n - test->zeros));
    if (takes_more_seeds(contrast) && isinf(contrast->seeds))
        text_add(text, " (> 10,000)");
    else if (takes_more_seeds(contrast))
        text_add_format(text, " (%.0f)", fmax(contrast->seeds, least));
    else if (least > 0)
        text_add_format(text, " (at least %.0f)", least);
    else
        return false;
    return true;
}
