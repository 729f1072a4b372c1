#include "compare/claims_words.h"

#include "base/printable.h"
#include "compare/comparison_power.h"
#include "compare/metric.h"

#include <math.h>

/* What is of the run as a whole has no other moment. */
static struct moment moment_of(const struct comparison *comparison)
{
    return comparison_is_tested(comparison->metric) ? comparison->moment
                                                    : (struct moment){.kind = MOMENT_END};
}

/* Runs that are yet to come may change the answer. */
static void add_awaited(struct text *text, const struct claim_answer *answer, bool is_of_ends)
{
    if (answer->awaited > 0)
        text_add_format(text, " so far (%zu of %zu runs are %s)", answer->there, answer->trials,
                        is_of_ends ? "done" : "that far");
}

void claims_words_verdict(struct text *text, const struct comparison *comparison,
                          const struct claim_answer *answer)
{
    struct moment moment = moment_of(comparison);
    text_add(text, claim_verdict_names[answer->verdict]);
    if (answer->verdict == CLAIM_LEFT_OUT)
        return;
    if (moment.kind != MOMENT_END) {
        text_add_char(text, ' ');
        moment_add_text(text, moment);
    }
    if (answer->verdict == CLAIM_UNDECIDED) {
        text_add_format(text, moment.kind == MOMENT_END ? " at n = %zu" : ", n = %zu", answer->n);
        if (answer->n_b != answer->n)
            text_add_format(text, " and %zu", answer->n_b);
    }
    add_awaited(text, answer, moment.kind == MOMENT_END || moment.kind == MOMENT_BEST);
}

/* How many seeds would tell, where more than there are would. */
static void add_seeds(struct text *text, const struct claim_answer *answer)
{
    size_t n = answer->n < answer->n_b ? answer->n : answer->n_b;
    if (isnan(answer->seeds) || answer->seeds <= (double)n)
        return;
    if (isinf(answer->seeds))
        text_add(text, " More than 10,000 seeds would be needed to tell (");
    else
        text_add_format(text, " About %.0f seeds would tell (", answer->seeds);
    comparison_power_add_guess(text, answer->n, answer->n_b, "seeds");
    text_add(text, "power 80 %).");
}

/* Where the least gain that is claimed lies beside the interval. */
static void add_least(struct text *text, const struct claim_answer *answer, const struct gain *gain)
{
    double least = answer->claim->least;
    if (isnan(gain->low))
        return;
    text_add(text, " The claim is of at least ");
    text_add_real(text, least);
    if (gain->low > least)
        text_add(text, answer->verdict == CLAIM_HOLDS
                           ? ", below which the interval does not reach."
                           : ", below which the interval does not reach, but the test is not "
                             "significant.");
    else if (gain->high < least)
        text_add(text, ", which the interval does not reach.");
    else
        text_add(text, ", which lies within the interval.");
}

void claims_words_contrast(struct text *text, const struct comparison *comparison,
                           const struct groups *groups, const struct contrast *contrast,
                           const struct claim_answer *answer, const struct gain *gain)
{
    if (answer->claim->least == 0) {
        comparison_add_sentence(text, comparison, groups, contrast);
        return;
    }
    /* That the difference from 0 is undecided, and what would decide that, is no answer. */
    if (contrast->verdict == VERDICT_UNDECIDED)
        comparison_add_figures(text, comparison, groups, contrast);
    else
        comparison_add_sentence(text, comparison, groups, contrast);
    add_least(text, answer, gain);
    add_seeds(text, answer);
}

/* "between 0.98 and 0.99", "above 0.98" */
static void add_bounds(struct text *text, const struct claim *claim)
{
    bool has_both = !isnan(claim->least) && !isnan(claim->most);
    text_add(text, has_both ? "between " : isnan(claim->most) ? "above " : "below ");
    text_add_real(text, isnan(claim->least) ? claim->most : claim->least);
    if (has_both) {
        text_add(text, " and ");
        text_add_real(text, claim->most);
    }
}

void claims_words_mean(struct text *text, const struct comparison *comparison,
                       const struct groups *groups, size_t group, const struct claim_answer *answer)
{
    printable_add(text, groups->items[group].name);
    text_add(text, ": ");
    comparison_add_metric(text, comparison);
    text_add(text, moment_of(comparison).kind == MOMENT_END ? " " : " is ");
    comparison_add_interval(text, answer->value, answer->low, answer->high, false);
    text_add_format(text, " over %zu %s; the claim is ", answer->n,
                    answer->n == 1 ? "seed" : "seeds");
    add_bounds(text, answer->claim);
    if (answer->n < 2)
        text_add(text, ", and one seed has no interval.");
    else
        text_add(text, answer->verdict == CLAIM_HOLDS   ? ", where the whole interval lies."
                       : answer->verdict == CLAIM_FAILS ? ", where none of the interval lies."
                                                        : ", where a part of the interval lies.");
    add_seeds(text, answer);
    comparison_append_losses(text, comparison, groups, group);
}
