/* Verdicts as sentences. */
#include "compare/comparison.h"

#include "base/memory.h"
#include "base/printable.h"
#include "compare/comparison_power.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *comparison_effect_name(enum test_kind kind)
{
    if (kind == TEST_MCNEMAR)
        return "odds ratio";
    return kind == TEST_WELCH_T ? "g" : "d_z";
}

void comparison_add_p(struct text *text, double p)
{
    if (p < 0.0001) {
        text_add(text, "< 0.0001");
        return;
    }
    /* As many digits as it takes to stay on its side of the level. */
    char digits[32];
    int precision = 2;
    do
        snprintf(digits, sizeof digits, p >= 0.1 ? "%.*f" : "%.*g", precision, p);
    while (++precision < 17 && (strtod(digits, NULL) < COMPARISON_LEVEL) != (p < COMPARISON_LEVEL));
    text_add(text, digits);
}

/* Digits behind the point for a difference of which SCALE is the uncertainty, or the size. */
static int digits_for(double scale, int significant)
{
    if (!isfinite(scale) || scale == 0)
        return 4;
    const double rounding = 1e-9; /* 0.00999999999999 is 0.01 */
    int digits = significant - 1 - (int)floor(log10(fabs(scale) * (1 + rounding)));
    return digits < 0 ? 0 : digits > 15 ? 15 : digits;
}

static int digits_of(double value, double low, double high)
{
    double half = (high - low) / 2;
    return half > 0 ? digits_for(half, 2) : digits_for(value, 3);
}

/* NUMBER with a real minus, and a plus where IS_SIGNED; never "-0.00". */
static void add_number(struct text *text, double number, int digits, bool is_signed)
{
    char *shown = text_format("%.*f", digits, fabs(number));
    bool is_zero = strtod(shown, NULL) == 0;
    text_add(text, is_zero ? "" : number < 0 ? "−" : is_signed ? "+" : "");
    text_add(text, shown);
    memory_free(shown);
}

int comparison_digits(double number, int digits)
{
    enum { MOST = 15 };
    for (int more = digits; number != 0 && isfinite(number) && more <= MOST; more++)
        if (fabs(number) * pow(10, more) > 0.5 + 1e-9)
            return more;
    return digits;
}

void comparison_add_interval(struct text *text, double value, double low, double high,
                             bool is_signed)
{
    int digits = digits_of(value, low, high);
    digits = comparison_digits(low, comparison_digits(high, digits));
    add_number(text, value, digits, is_signed);
    if (isnan(low) || isnan(high))
        return;
    text_add(text, " (95 % interval ");
    add_number(text, low, digits, false);
    text_add(text, " to ");
    add_number(text, high, digits, false);
    text_add_char(text, ')');
}

static void add_difference(struct text *text, const struct test_result *test)
{
    comparison_add_interval(text, test->difference, test->low, test->high, true);
}

void comparison_add_metric(struct text *text, const struct comparison *comparison)
{
    struct text moment = {0};
    if (comparison_is_tested(comparison->metric))
        moment_add_text(&moment, comparison->moment);
    printable_add(text, comparison->metric);
    text_add(text, moment.length ? " " : "");
    text_add(text, text_get(&moment));
    text_release(&moment);
}

/* Pairs are of seeds, unless blocks of other values are part of them. */
static bool pairs_are_seeds(const struct group *group)
{
    for (size_t i = 0; i < group->run_count; i++) {
        char *seed = text_format("%lld", (long long)group->runs[i].run.seed);
        bool same = group->runs[i].pair && text_equal(group->runs[i].pair, seed);
        memory_free(seed);
        if (!same)
            return false;
    }
    return true;
}

/* What CONTRAST counts its figures in; GROUP is its first. */
static const char *unit_of(const struct group *group, const struct contrast *contrast)
{
    if (contrast->test.kind == TEST_WELCH_T)
        return contrast->is_by_seed ? "seeds of each" : "runs of each";
    return contrast->is_by_seed || pairs_are_seeds(group) ? "seeds" : "pairs of runs";
}

static void add_name(struct text *text, const struct groups *groups, size_t group)
{
    printable_add(text, groups->items[group].name);
}

/* How often one alone was right says more than their ratio, which may be infinite. */
static void add_mcnemar(struct text *text, const struct groups *groups,
                        const struct contrast *contrast)
{
    const struct test_result *test = &contrast->test;
    double only_a = test->statistic, only_b = only_a - test->difference * (double)test->n;
    text_add_format(text, "%s's exact test on %zu test examples (%.0f that ",
                    test_kind_names[TEST_MCNEMAR], test->n, only_a);
    add_name(text, groups, contrast->a);
    text_add_format(text, " alone has right, %.0f that ", only_b);
    add_name(text, groups, contrast->b);
    text_add(text, " alone has)");
}

static void add_test(struct text *text, const struct comparison *comparison,
                     const struct groups *groups, const struct contrast *contrast)
{
    const struct group *group = &groups->items[contrast->a];
    const struct test_result *test = &contrast->test;
    const char *name = test_kind_names[test->kind];
    if (test->kind == TEST_MCNEMAR)
        add_mcnemar(text, groups, contrast);
    else if (test->kind == TEST_WELCH_T)
        text_add_format(text, "%s over %zu and %zu %s that do not pair", name, test->n, test->n_b,
                        contrast->is_by_seed ? "seeds" : "runs");
    else
        text_add_format(text, "%s over %zu %s", name, test->n, unit_of(group, contrast));
    if (contrast->settings)
        text_add_format(text, ", averaged over %zu settings", contrast->settings);
    if (contrast->left_out)
        text_add_format(text, " (%zu run%s without a counterpart left out)", contrast->left_out,
                        contrast->left_out == 1 ? "" : "s");
    text_add(text, ", p ");
    comparison_add_p(text, contrast->adjusted);
    if (comparison->family > 1)
        text_add_format(text, " after Holm's correction over %zu comparisons", comparison->family);
    if (isfinite(test->effect) && test->kind != TEST_MCNEMAR) {
        text_add_format(text, ", %s ", comparison_effect_name(test->kind));
        add_number(text, test->effect, fabs(test->effect) < 0.095 ? 2 : 1, false);
    }
}

static void add_decided(struct text *text, const struct comparison *comparison,
                        const struct groups *groups, const struct contrast *contrast)
{
    add_name(text, groups, contrast->a);
    text_add_format(text, contrast->verdict == VERDICT_DIFFERENT ? " is %s from " : " is %s than ",
                    verdict_names[contrast->verdict]);
    add_name(text, groups, contrast->b);
    text_add(text, ": ");
    comparison_add_metric(text, comparison);
    text_add_char(text, ' ');
    add_difference(text, &contrast->test);
    text_add(text, ", ");
    add_test(text, comparison, groups, contrast);
}

/* "A against B", BETWEEN, and the figures of a contrast that was tested. */
static void add_tested(struct text *text, const struct comparison *comparison,
                       const struct groups *groups, const struct contrast *contrast,
                       const char *between)
{
    add_name(text, groups, contrast->a);
    text_add(text, " against ");
    add_name(text, groups, contrast->b);
    text_add(text, between);
    comparison_add_metric(text, comparison);
    text_add_char(text, ' ');
    add_difference(text, &contrast->test);
    text_add(text, ", ");
    add_test(text, comparison, groups, contrast);
}

static void add_undecided(struct text *text, const struct comparison *comparison,
                          const struct groups *groups, const struct contrast *contrast)
{
    add_tested(text, comparison, groups, contrast, " is undecided: ");
    comparison_power_add(text, comparison, contrast,
                         unit_of(&groups->items[contrast->a], contrast));
}

/* Why there is no verdict on a metric that is tested. */
static void add_obstacle(struct text *text, const struct comparison *comparison,
                         const struct groups *groups, const struct contrast *contrast)
{
    const struct test_result *test = &contrast->test;
    size_t n_a = comparison->summaries[contrast->a].n, n_b = comparison->summaries[contrast->b].n;
    if (n_a == 0 || n_b == 0) {
        text_add(text, "; nothing to compare yet: no run of ");
        add_name(text, groups, n_a == 0 ? contrast->a : contrast->b);
        text_add(text, " has this figure");
    } else if (test->obstacle == TEST_NO_SPREAD && test->kind == TEST_PAIRED_T) {
        text_add_format(text,
                        "; not tested: the difference is the same on all %zu %s, and the t test "
                        "judges by how much it varies (--test permutation does not)",
                        test->n, unit_of(&groups->items[contrast->a], contrast));
    } else if (test->obstacle == TEST_NO_SPREAD) {
        text_add(text, "; not tested: no figure of either varies, and Welch's t judges by how much "
                       "they do");
    } else {
        text_add_format(text, "; not tested: %zu and %zu runs are too few, it takes two of each",
                        n_a, n_b);
    }
}

static void add_untested(struct text *text, const struct comparison *comparison,
                         const struct groups *groups, const struct contrast *contrast)
{
    add_name(text, groups, contrast->a);
    text_add(text, " against ");
    add_name(text, groups, contrast->b);
    text_add(text, ": ");
    comparison_add_metric(text, comparison);
    if (!isnan(contrast->test.difference)) {
        text_add_char(text, ' ');
        add_difference(text, &contrast->test);
    }
    if (comparison_is_tested(comparison->metric))
        add_obstacle(text, comparison, groups, contrast);
    else if (text_equal(comparison->metric, "parameters"))
        text_add(text, "; no verdict: it is a count");
    else if (text_equal(comparison->metric, "cpu_seconds"))
        text_add(text, "; no verdict: it depends on the machine");
    else
        text_add(text, "; no verdict: it depends on the machine and on what else that did");
}

void comparison_add_losses(struct text *text, const struct comparison *comparison,
                           const struct groups *groups, size_t place)
{
    const struct losses *losses = &comparison->losses[place];
    const struct group *group = &groups->items[place];
    size_t lost = losses->diverged + losses->failed;
    if (lost == 0)
        return;
    text_add_format(text, "%zu of %zu runs of ", lost,
                    group->run_count + group->states[RUN_QUEUED]);
    add_name(text, groups, place);
    if (losses->failed == 0)
        text_add(text, " diverged");
    else if (losses->diverged == 0)
        text_add(text, " failed");
    else
        text_add_format(text, " did not end (%zu diverged, %zu failed)", losses->diverged,
                        losses->failed);
    text_add_format(text, ", and %s not in this.", lost == 1 ? "is" : "are");
}

void comparison_append_losses(struct text *text, const struct comparison *comparison,
                              const struct groups *groups, size_t place)
{
    size_t before = text->length;
    text_add_char(text, ' ');
    comparison_add_losses(text, comparison, groups, place);
    if (text->length == before + 1)
        text->data[--text->length] = '\0';
}

/* The full stop, and what must be known besides. */
static void finish(struct text *text, const struct comparison *comparison,
                   const struct groups *groups, const struct contrast *contrast)
{
    text_add_char(text, '.');
    if (contrast->test.kind == TEST_MCNEMAR && contrast->verdict != VERDICT_UNTESTED)
        text_add(text, " This is about these two trained models, not about the architectures: "
                       "that takes several seeds of each.");
    if (contrast->are_other_things)
        text_add(text, " The settings of the two have nothing in common: what is averaged over on "
                       "either side may be what differs.");
    comparison_append_losses(text, comparison, groups, contrast->b);
    comparison_append_losses(text, comparison, groups, contrast->a);
}

void comparison_add_sentence(struct text *text, const struct comparison *comparison,
                             const struct groups *groups, const struct contrast *contrast)
{
    if (contrast->verdict == VERDICT_UNTESTED)
        add_untested(text, comparison, groups, contrast);
    else if (contrast->verdict == VERDICT_UNDECIDED)
        add_undecided(text, comparison, groups, contrast);
    else
        add_decided(text, comparison, groups, contrast);
    finish(text, comparison, groups, contrast);
}

void comparison_add_figures(struct text *text, const struct comparison *comparison,
                            const struct groups *groups, const struct contrast *contrast)
{
    if (contrast->verdict == VERDICT_UNTESTED)
        add_untested(text, comparison, groups, contrast);
    else
        add_tested(text, comparison, groups, contrast, ": ");
    finish(text, comparison, groups, contrast);
}

/* Of each group that is in an undecided one of the COUNT contrasts at PLACES. */
static void append_all_losses(struct text *text, const struct comparison *comparison,
                              const struct groups *groups, const size_t *places, size_t count)
{
    bool *concerned = memory_array(comparison->count, sizeof *concerned);
    for (size_t i = 0; i < count; i++) {
        const struct contrast *contrast = &comparison->contrasts[places[i]];
        if (contrast->verdict == VERDICT_UNDECIDED)
            concerned[contrast->a] = concerned[contrast->b] = true;
    }
    for (size_t i = 0; i < comparison->count; i++)
        if (concerned[i])
            comparison_append_losses(text, comparison, groups, i);
    memory_free(concerned);
}

void comparison_add_undecided(struct text *text, const struct comparison *comparison,
                              const struct groups *groups, const size_t *places, size_t count)
{
    struct text names = {0};
    size_t undecided = 0;
    bool has_seeds = false, one_baseline = true;
    for (size_t i = 0; i < count; i++)
        one_baseline &= comparison->contrasts[places[i]].b == comparison->baseline;
    for (size_t i = 0; i < count; i++) {
        const struct contrast *contrast = &comparison->contrasts[places[i]];
        if (contrast->verdict != VERDICT_UNDECIDED)
            continue;
        text_add(&names, undecided++ ? ", " : "");
        add_name(&names, groups, contrast->a);
        if (!one_baseline) {
            text_add(&names, " against ");
            add_name(&names, groups, contrast->b);
        }
        has_seeds |= comparison_power_add_short(&names, contrast);
    }
    if (undecided > 0) {
        text_add_format(text, "%zu %s undecided", undecided, undecided == 1 ? "is" : "are");
        if (has_seeds) {
            text_add(text, " (behind each about how many seeds would tell: ");
            comparison_power_add_level(text, comparison);
            text_add_char(text, ')');
        }
        text_add_format(text, ": %s.", text_get(&names));
        append_all_losses(text, comparison, groups, places, count);
    }
    text_release(&names);
}
