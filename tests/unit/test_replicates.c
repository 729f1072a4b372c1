#include "compare/replicates.h"

#include "base/memory.h"
#include "base/text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* A run with SEED, of SETTING (NULL: not grouped by keys), and its figure. */
struct made {
    int64_t seed;
    const char *setting;
    double value;
};

static void make(struct side *side, const struct made *made, size_t count)
{
    struct group group = {0};
    double *values = memory_array(count, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        struct group_run run = {0};
        snprintf(run.run.id, sizeof run.run.id, "%zu", i);
        run.run.seed = made[i].seed;
        run.pair = text_format("%d%s", (int)made[i].seed, made[i].setting ? made[i].setting : "");
        run.setting = made[i].setting ? memory_copy_text(made[i].setting) : NULL;
        group_add_run(&group, &run);
        values[i] = made[i].value;
    }
    side_init(side, &group, values, count);
    for (size_t i = 0; i < count; i++)
        group_run_release(&group.runs[i]);
    memory_free(group.runs);
    names_release(&group.ids);
}

static struct replicates compare(const struct made *one, size_t one_count, const struct made *other,
                                 size_t other_count)
{
    struct side a, b;
    struct replicates found;
    make(&a, one, one_count);
    make(&b, other, other_count);
    replicates_init(&found, &a, &b);
    side_release(&a);
    side_release(&b);
    return found;
}

static void expect(const double *found, size_t count, const double *expected, size_t expected_count)
{
    assert_int_equal(count, expected_count);
    for (size_t i = 0; i < count; i++)
        if (fabs(found[i] - expected[i]) > 1e-12)
            fail_msg("figure %zu is %g, not %g", i, found[i], expected[i]);
}

/* Three of five is more than half of the larger group, two of four is not. */
static void most_of_the_larger_group_pairs(void **state)
{
    (void)state;
    static const struct made few[] = {{1, NULL, 1}, {2, NULL, 2}, {7, NULL, NAN}, {3, NULL, 3}};
    static const struct made many[] = {
        {9, NULL, 9}, {3, NULL, 30}, {2, NULL, 20}, {1, NULL, 10}, {8, NULL, 8}};
    struct replicates found = compare(few, 4, many, 5);
    assert_true(found.is_paired);
    assert_false(found.is_by_seed);
    assert_int_equal(found.left_out, 2);
    expect(found.a, found.count_a, (double[]){1, 2, 3}, 3);
    expect(found.b, found.count_b, (double[]){10, 20, 30}, 3);
    replicates_release(&found);
    found = compare(few, 2, many, 4);
    assert_false(found.is_paired);
    assert_int_equal(found.left_out, 0);
    expect(found.a, found.count_a, (double[]){1, 2}, 2);
    expect(found.b, found.count_b, (double[]){9, 30, 20, 10}, 4);
    replicates_release(&found);
    found = compare(few, 1, many + 3, 1); /* one pair */
    assert_false(found.is_paired);
    replicates_release(&found);
}

/* With settings the seeds are what is independent: of each the mean over what both have with it. */
static void seeds_are_averaged_over_common_settings(void **state)
{
    (void)state;
    static const struct made one[] = {
        {1, " u=8", 1}, {1, " u=16", 3}, {2, " u=8", 5}, {2, " u=16", 7}, {1, " u=99", 50}};
    static const struct made other[] = {{1, " u=8", 10},  {1, " u=16", 30}, {2, " u=8", 20},
                                        {2, " u=16", 40}, {3, " u=8", 90},  {2, " u=1", 70}};
    struct replicates found = compare(one, 5, other, 6);
    assert_true(found.is_paired && found.is_by_seed && !found.are_other_things);
    assert_int_equal(found.settings, 2);
    assert_int_equal(found.left_out, 3); /* u=99, u=1, seed 3 */
    expect(found.a, found.count_a, (double[]){2, 6}, 2);
    expect(found.b, found.count_b, (double[]){20, 30}, 2);
    replicates_release(&found);
    found = compare(one, 3, other, 6); /* seed 2 has u=8 alone on one side */
    assert_true(found.is_paired);
    expect(found.a, found.count_a, (double[]){2, 5}, 2);
    expect(found.b, found.count_b, (double[]){20, 20}, 2);
    assert_int_equal(found.left_out, 3);
    replicates_release(&found);
}

static void a_repeated_seed_counts_once(void **state)
{
    (void)state;
    static const struct made one[] = {{1, "", 1}, {1, "", 3}, {2, "", 5}};
    static const struct made other[] = {{1, "", 10}, {2, "", 20}};
    struct replicates found = compare(one, 3, other, 2);
    assert_true(found.is_paired);
    assert_int_equal(found.settings, 0); /* one, so nothing is averaged over */
    assert_int_equal(found.left_out, 0);
    expect(found.a, found.count_a, (double[]){2, 5}, 2);
    replicates_release(&found);
}

static void settings_without_a_counterpart_do_not_pair(void **state)
{
    (void)state;
    static const struct made one[] = {{1, " u=8", 1}, {1, " u=16", 3}, {2, " u=8", 5}};
    static const struct made other[] = {{1, " u=4", 10}, {2, " u=4", 20}, {2, " u=2", 30}};
    struct replicates found = compare(one, 3, other, 3);
    assert_true(found.are_other_things && !found.is_paired);
    assert_int_equal(found.settings, 0);
    assert_int_equal(found.left_out, 0);
    expect(found.a, found.count_a, (double[]){2, 5}, 2);
    expect(found.b, found.count_b, (double[]){10, 25}, 2);
    replicates_release(&found);
}

/* Seeds that do not pair are averaged all the same, over what both have. */
static void seeds_that_do_not_pair_are_averaged(void **state)
{
    (void)state;
    static const struct made one[] = {{1, " u=8", 1}, {1, " u=16", 3}, {2, " u=8", 5}};
    static const struct made other[] = {{3, " u=8", 10}, {3, " u=16", 20}, {4, " u=99", 30}};
    struct replicates found = compare(one, 3, other, 3);
    assert_true(!found.is_paired && !found.are_other_things);
    assert_int_equal(found.settings, 2);
    assert_int_equal(found.left_out, 1);
    expect(found.a, found.count_a, (double[]){2, 5}, 2);
    expect(found.b, found.count_b, (double[]){15}, 1);
    replicates_release(&found);
    found = compare(one, 3, other, 0);
    assert_false(found.are_other_things);
    assert_int_equal(found.count_b, 0);
    replicates_release(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(most_of_the_larger_group_pairs),
        cmocka_unit_test(seeds_are_averaged_over_common_settings),
        cmocka_unit_test(a_repeated_seed_counts_once),
        cmocka_unit_test(settings_without_a_counterpart_do_not_pair),
        cmocka_unit_test(seeds_that_do_not_pair_are_averaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
