#include "compare/replicates.h"

#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* The place of a pair text that several runs of a group have: they cannot be told apart. */
#define SEVERAL SIZE_MAX

static void add_to_cell(struct side *side, size_t place, bool is_new, const struct group_run *run,
                        double value)
{
    struct replicate_cell *cell = &side->cells[place];
    if (is_new) {
        char *seed = text_format("%" PRId64, run->run.seed);
        *cell = (struct replicate_cell){.seed = names_add(&side->seeds, seed),
                                        .setting = names_add(&side->settings, run->setting)};
        memory_free(seed);
    }
    cell->sum += value;
    cell->count++;
}

void side_init(struct side *side, const struct group *group, double *values, size_t count)
{
    *side = (struct side){.values = values, .count = count, .is_by_seed = group->run_count > 0};
    side->finite = memory_array(count, sizeof *side->finite);
    side->runs = memory_array(count, sizeof *side->runs);
    side->cells = memory_array(count, sizeof *side->cells);
    for (size_t i = 0; i < group->run_count; i++)
        side->is_by_seed &= group->runs[i].setting != NULL;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i]))
            continue;
        side->finite[side->n++] = values[i];
        if (i >= group->run_count || !group->runs[i].pair)
            continue;
        size_t known = side->pairs.count;
        size_t at = names_add(&side->pairs, group->runs[i].pair);
        side->runs[at] = at < known ? SEVERAL : i;
        if (side->is_by_seed)
            add_to_cell(side, at, at == known, &group->runs[i], values[i]);
    }
}

void side_release(struct side *side)
{
    memory_free(side->values);
    memory_free(side->finite);
    memory_free(side->runs);
    memory_free(side->cells);
    names_release(&side->pairs);
    names_release(&side->seeds);
    names_release(&side->settings);
}

void replicates_release(struct replicates *replicates)
{
    memory_free(replicates->a);
    memory_free(replicates->b);
    *replicates = (struct replicates){0};
}

static bool are_enough(size_t pairs, size_t n_a, size_t n_b)
{
    return pairs >= 2 && 2 * pairs > (n_a > n_b ? n_a : n_b);
}

/* Fills A and B with the figures of ONE and OTHER that belong together; how many there are. */
static size_t match_runs(const struct side *one, const struct side *other, double *a, double *b)
{
    size_t count = 0;
    for (size_t i = 0; i < one->pairs.count; i++) {
        if (one->runs[i] == SEVERAL)
            continue;
        size_t at = names_find(&other->pairs, one->pairs.items[i]);
        if (at == other->pairs.count || other->runs[at] == SEVERAL)
            continue;
        a[count] = one->values[one->runs[i]];
        b[count++] = other->values[other->runs[at]];
    }
    return count;
}

static void copy_all(double *to, const struct side *side)
{
    if (side->n > 0)
        memcpy(to, side->finite, side->n * sizeof *to);
}

static void compare_runs(struct replicates *replicates, const struct side *one,
                         const struct side *other)
{
    size_t pairs = match_runs(one, other, replicates->a, replicates->b);
    replicates->is_paired = are_enough(pairs, one->n, other->n);
    replicates->count_a = replicates->count_b = pairs;
    if (replicates->is_paired) {
        replicates->left_out = one->n + other->n - 2 * pairs;
        return;
    }
    copy_all(replicates->a, one);
    copy_all(replicates->b, other);
    replicates->count_a = one->n;
    replicates->count_b = other->n;
}

static bool has_setting(const struct side *side, const char *setting)
{
    return names_find(&side->settings, setting) < side->settings.count;
}

/* Means of SIDE's cells by seed into FIGURES, over the settings that OTHER (NULL: all) has too; how
 * many. *USED: of how many runs they are. */
static size_t average(const struct side *side, const struct side *other, double *figures,
                      size_t *used)
{
    size_t count = 0, seeds = side->seeds.count;
    double *sums = memory_array(seeds, sizeof *sums);
    size_t *counts = memory_array(seeds, sizeof *counts);
    *used = 0;
    for (size_t i = 0; i < side->pairs.count; i++) {
        const struct replicate_cell *cell = &side->cells[i];
        if (other && !has_setting(other, side->settings.items[cell->setting]))
            continue;
        sums[cell->seed] += cell->sum / (double)cell->count;
        counts[cell->seed]++;
        *used += cell->count;
    }
    for (size_t i = 0; i < seeds; i++)
        if (counts[i] > 0)
            figures[count++] = sums[i] / (double)counts[i];
    memory_free(sums);
    memory_free(counts);
    return count;
}

/* The same of both sides, over the cells that both have; how many seeds. */
static size_t match_seeds(const struct side *one, const struct side *other, double *a, double *b,
                          size_t *used)
{
    size_t count = 0, seeds = one->seeds.count;
    double *sums = memory_array(2 * seeds, sizeof *sums), *others = sums + seeds;
    size_t *counts = memory_array(seeds, sizeof *counts);
    *used = 0;
    for (size_t i = 0; i < one->pairs.count; i++) {
        size_t at = names_find(&other->pairs, one->pairs.items[i]);
        if (at == other->pairs.count)
            continue;
        const struct replicate_cell *mine = &one->cells[i], *theirs = &other->cells[at];
        sums[mine->seed] += mine->sum / (double)mine->count;
        others[mine->seed] += theirs->sum / (double)theirs->count;
        counts[mine->seed]++;
        *used += mine->count + theirs->count;
    }
    for (size_t i = 0; i < seeds; i++) {
        if (counts[i] == 0)
            continue;
        a[count] = sums[i] / (double)counts[i];
        b[count++] = others[i] / (double)counts[i];
    }
    memory_free(sums);
    memory_free(counts);
    return count;
}

static size_t common_settings(const struct side *one, const struct side *other)
{
    size_t count = 0;
    for (size_t i = 0; i < one->settings.count; i++)
        count += has_setting(other, one->settings.items[i]);
    return count;
}

static void compare_seeds(struct replicates *replicates, const struct side *one,
                          const struct side *other)
{
    size_t common = common_settings(one, other), used_a, used_b, used;
    size_t n_a = average(one, common > 0 ? other : NULL, replicates->a, &used_a);
    size_t n_b = average(other, common > 0 ? one : NULL, replicates->b, &used_b);
    double *a = memory_array(one->seeds.count, sizeof *a);
    double *b = memory_array(one->seeds.count, sizeof *b);
    size_t pairs = match_seeds(one, other, a, b, &used);
    replicates->is_by_seed = true;
    replicates->is_paired = are_enough(pairs, n_a, n_b);
    replicates->are_other_things = common == 0 && one->n > 0 && other->n > 0;
    replicates->settings = common > 1 ? common : 0;
    replicates->count_a = replicates->is_paired ? pairs : n_a;
    replicates->count_b = replicates->is_paired ? pairs : n_b;
    replicates->left_out = one->n + other->n - (replicates->is_paired ? used : used_a + used_b);
    if (replicates->is_paired) {
        memcpy(replicates->a, a, pairs * sizeof *a);
        memcpy(replicates->b, b, pairs * sizeof *b);
    }
    memory_free(a);
    memory_free(b);
}

void replicates_init(struct replicates *replicates, const struct side *one,
                     const struct side *other)
{
    size_t most = one->n > other->n ? one->n : other->n;
    *replicates = (struct replicates){.a = memory_array(most, sizeof(double)),
                                      .b = memory_array(most, sizeof(double))};
    if (one->is_by_seed && other->is_by_seed)
        compare_seeds(replicates, one, other);
    else
        compare_runs(replicates, one, other);
}
