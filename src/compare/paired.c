#include "compare/paired.h"

#include "base/memory.h"
#include "compare/distributions.h"
#include "math/random.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum {
    EXACT_RANKS = 256, /* differences whose rank sums are counted, which takes some 10 ms */
    EXACT_SUMS = 36,   /* differences whose sums are counted: 2^18 for either half of them */
    DRAWS = 100000,
};

/* By size; a margin decides between equal ones, and the sign last, so that any order of the pairs
 * gives the same list. */
static int by_size(const void *left, const void *right)
{
    const struct difference *a = left, *b = right;
    if (a->size != b->size)
        return a->size < b->size ? -1 : 1;
    if (a->margin != b->margin)
        return a->margin < b->margin ? -1 : 1;
    return (a->value > b->value) - (a->value < b->value);
}

static struct difference difference_of(double a, double b)
{
    struct difference item = {.value = a - b};
    item.margin = 4 * DBL_EPSILON * fmax(fabs(a), fabs(b));
    if (fabs(item.value) <= item.margin)
        item.value = 0;
    item.size = fabs(item.value);
    return item;
}

void paired_init(struct paired *paired, const double *a, const double *b, size_t count)
{
    *paired = (struct paired){.count = count};
    paired->items = memory_array(count, sizeof *paired->items);
    double *values = memory_array(count, sizeof *values), margin = 0, widest = 0;
    for (size_t i = 0; i < count; i++)
        paired->items[i] = difference_of(a[i], b[i]);
    if (count > 1)
        qsort(paired->items, count, sizeof *paired->items, by_size);
    for (size_t i = 0; i < count; i++) {
        values[i] = paired->items[i].value;
        paired->zeros += values[i] == 0;
        margin += paired->items[i].margin;
        widest = fmax(widest, paired->items[i].margin);
    }
    struct summary *summary = &paired->summary;
    *summary = statistics_summary(values, count);
    if (fabs(summary->mean) * (double)count <= margin)
        summary->mean = 0;
    paired->constant = count > 0 && !(summary->maximum - summary->minimum > widest);
    memory_free(values);
}

void paired_release(struct paired *paired)
{
    memory_free(paired->items);
    *paired = (struct paired){0};
}

/* Twice the rank, a whole number, of each of the COUNT differences in ITEMS. Equal are those whose
 * neighbours in size are no further apart than rounding may have put them. */
static uint32_t *doubled_ranks(const struct difference *items, size_t count)
{
    uint32_t *ranks = memory_array(count, sizeof *ranks);
    for (size_t first = 0, next; first < count; first = next) {
        for (next = first + 1; next < count; next++) {
            double margin = fmax(items[next - 1].margin, items[next].margin);
            if (items[next].size - items[next - 1].size > margin)
                break;
        }
        for (size_t i = first; i < next; i++)
            ranks[i] = (uint32_t)(first + next + 1);
    }
    return ranks;
}

/* The probability that the ranks [count] of positive sign have a sum up to LIMIT. SHARE[s] is the
 * part of all signs of the ranks so far that give the sum s. */
static double rank_sum_tail(const uint32_t *ranks, size_t count, size_t limit)
{
    double *share = memory_array(limit + 1, sizeof *share), tail = 0;
    share[0] = 1;
    for (size_t i = 0; i < count; i++)
        for (size_t s = limit + 1; s-- > 0;)
            share[s] = share[s] / 2 + (s >= ranks[i] ? share[s - ranks[i]] / 2 : 0);
    for (size_t s = 0; s <= limit; s++)
        tail += share[s];
    memory_free(share);
    return tail;
}

/* The same from the normal distribution: the sum has half of all ranks as its mean, and a quarter
 * of their squares' sum as its variance. Ranks and LIMIT are doubled. */
static double rank_sum_tail_of_many(const uint32_t *ranks, size_t count, double limit)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        sum += ranks[i];
        squares += (double)ranks[i] * ranks[i];
    }
    return distribution_normal_above((sum / 2 - limit - 1) / (sqrt(squares) / 2));
}

double paired_rank_test(const struct paired *paired, double *smaller)
{
    const struct difference *items = paired->items + paired->zeros;
    size_t count = paired->count - paired->zeros;
    uint32_t *ranks = doubled_ranks(items, count);
    uint64_t sums[2] = {0, 0};
    for (size_t i = 0; i < count; i++)
        sums[items[i].value > 0] += ranks[i];
    uint64_t least = sums[0] < sums[1] ? sums[0] : sums[1];
    *smaller = (double)least / 2;
    double tail = count <= EXACT_RANKS ? rank_sum_tail(ranks, count, least)
                                       : rank_sum_tail_of_many(ranks, count, (double)least);
    memory_free(ranks);
    return fmin(1, 2 * tail);
}

/* All 2^COUNT sums of the sizes with either sign, ascending. */
static double *all_sums(const struct difference *items, size_t count)
{
    size_t most = (size_t)1 << count;
    double *sums = memory_array(most, sizeof *sums), *next = memory_array(most, sizeof *next);
    for (size_t i = 0, held = 1; i < count; i++, held *= 2) {
        double size = items[i].size;
        /* Those less the size and those with it added are ascending each: merged. */
        for (size_t less = 0, more = 0; more < held;) {
            bool is_less = less < held && sums[less] - size <= sums[more] + size;
            next[less + more] = is_less ? sums[less] - size : sums[more] + size;
            less += is_less;
            more += !is_less;
        }
        double *done = next;
        next = sums;
        sums = done;
    }
    memory_free(next);
    return sums;
}

/* Which part of all sums of COUNT sizes is at least LIMIT: every sum is one of the first half's
 * and one of the other's (Horowitz and Sahni, "Computing partitions with applications to the
 * knapsack problem", J. ACM 21, 1974). */
static double share_of_sums(const struct difference *items, size_t count, double limit)
{
    size_t half = count / 2, rest = count - half;
    double *some = all_sums(items, half), *others = all_sums(items + half, rest);
    size_t from = (size_t)1 << rest; /* the first of OTHERS that makes SOME large enough */
    uint64_t reached = 0;
    for (size_t i = 0; i < (size_t)1 << half; i++) {
        while (from > 0 && some[i] + others[from - 1] >= limit)
            from--;
        reached += ((uint64_t)1 << rest) - from;
    }
    memory_free(some);
    memory_free(others);
    return ldexp((double)reached, -(int)count);
}

static double drawn_sum(const struct difference *items, size_t count, uint32_t draw)
{
    struct random_stream stream;
    random_open(&stream, 0, RANDOM_SIGNS, 0, draw);
    uint32_t signs = 0;
    double sum = 0;
    for (size_t i = 0; i < count; i++, signs >>= 1) {
        if (i % 32 == 0)
            signs = random_word(&stream);
        sum += signs & 1 ? items[i].size : -items[i].size;
    }
    return sum;
}

double paired_sum_test(const struct paired *paired)
{
    const struct difference *items = paired->items + paired->zeros;
    size_t count = paired->count - paired->zeros;
    double sum = 0, sizes = 0, margin = 0;
    for (size_t i = 0; i < count; i++) {
        sum += items[i].value;
        sizes += items[i].size;
        margin += items[i].margin;
    }
    double limit = fabs(sum) - margin - (double)count * DBL_EPSILON * sizes;
    if (limit <= 0)
        return 1;
    if (count <= EXACT_SUMS)
        return 2 * share_of_sums(items, count, limit);
    uint32_t reached = 0;
    for (uint32_t draw = 0; draw < DRAWS; draw++)
        reached += fabs(drawn_sum(items, count, draw)) >= limit;
    return (reached + 1.0) / (DRAWS + 1.0);
}

double paired_smallest_rank_p(const struct paired *paired)
{
    size_t count = paired->count - paired->zeros;
    return count == 0 ? 1 : count <= EXACT_RANKS ? ldexp(1, 1 - (int)count) : 0;
}

double paired_smallest_sum_p(const struct paired *paired)
{
    size_t count = paired->count - paired->zeros;
    return count == 0 ? 1 : count <= EXACT_SUMS ? ldexp(1, 1 - (int)count) : 1 / (DRAWS + 1.0);
}
