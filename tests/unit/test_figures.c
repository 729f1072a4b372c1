#include "report/figures.h"

#include "made_up_store.h"
#include "unit/temporary_folder.h"

#include <string.h>
#include <unistd.h>

/* All figures of the run MADE, in a store called NAME. */
static void make(struct figures *figures, const char *name, const struct made_up *made)
{
    struct error error = {0};
    struct store *store;
    char id[RUN_ID_SIZE], key[33];
    char *path = file_join(folder, name);
    unlink(path);
    made_up_check(store_open(&store, path, STORE_WRITE, &error), &error);
    made_up_run(store, made, id, key);
    made_up_check(figures_load(figures, store, id, &error), &error);
    store_close(store);
    memory_free(path);
}

/* What the comparison of A and B says first, and in how much they differ. */
static void expect(const struct made_up *a, const struct made_up *b, int64_t different,
                   const char *first)
{
    struct figures stored, again;
    struct figures_comparison found;
    make(&stored, "a.db", a);
    make(&again, "b.db", b);
    figures_compare(&stored, &again, &found);
    assert_int_equal(found.different, different);
    if (strncmp(text_get(&found.first), first, strlen(first)) != 0)
        fail_msg("found: %s", text_get(&found.first));
    assert_int_equal(found.counts, 3);
    assert_false(found.checkpoint); /* made-up runs have none */
    figures_comparison_release(&found);
    figures_release(&stored);
    figures_release(&again);
}

static void the_same_is_the_same(void **state)
{
    (void)state;
    const struct made_up made = {"lstm", 1, 0.9, 100, 10, RUN_DONE};
    expect(&made, &made, 0, "");
}

static void nan_is_the_same_as_nan(void **state)
{
    (void)state;
    const struct made_up made = {"lstm", 1, 0.9, 100, 10, RUN_DIVERGED};
    const struct made_up done = {"lstm", 1, 0.9, 100, 10, RUN_DONE};
    expect(&made, &made, 0, "");
    /* Both losses of the last step are NaN, and there are no finals. */
    expect(&made, &done, 4, "test.loss at step 100: stored nan, again 0");
}

static void the_earliest_step_comes_first(void **state)
{
    (void)state;
    /* The metrics go by other steps: 20 of 40 are missing from each. */
    const struct made_up a = {"lstm", 1, 0.9, 100, 20, RUN_DONE};
    const struct made_up b = {"lstm", 1, 0.9, 100, 10, RUN_DONE};
    expect(&a, &b, 20, "test.accuracy at step 10: stored nothing, again 0.");
    expect(&b, &a, 20, "test.accuracy at step 10: stored 0.");
}

static void counts_and_finals_differ(void **state)
{
    (void)state;
    const struct made_up whole = {"lstm", 1, 0.9, 100, 200, RUN_DONE};
    const struct made_up half = {"lstm", 1, 0.9, 100, 200, RUN_INTERRUPTED};
    const struct made_up other = {"lstm", 1, 0.8, 100, 200, RUN_DONE};
    expect(&whole, &half, 4, "steps: stored 100, again 50");
    expect(&whole, &other, 2, "final test.accuracy: stored 0.9005, again 0.8005");
}

/* Runs of older programs have no finals of the training split; others must have the same. */
static void finals_that_older_programs_did_not_compute(void **state)
{
    (void)state;
    struct final old[] = {{(char[]){"test.loss"}, 0.5}};
    struct final new[] = {{(char[]){"test.loss"}, 0.5},
                          {(char[]){"train_split.accuracy"}, 0.75},
                          {(char[]){"train_split.loss"}, 0.25}};
    struct final other[] = {{(char[]){"test.loss"}, 0.5}, {(char[]){"train_split.loss"}, 0.5}};
    char none[] = "";
    const struct figures before = {.run.checkpoint_hash = none, .finals = {old, 1}};
    const struct figures now = {.run.checkpoint_hash = none, .finals = {new, 3}};
    const struct figures half = {.run.checkpoint_hash = none, .finals = {other, 2}};
    const struct {
        const struct figures *stored, *again;
        int64_t finals, different, left_out;
    } cases[] = {{&before, &now, 1, 0, 2},
                 {&now, &now, 3, 0, 0},
                 {&now, &before, 3, 2, 0},
                 {&half, &now, 3, 2, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct figures_comparison found;
        figures_compare(cases[i].stored, cases[i].again, &found);
        assert_int_equal(found.finals, cases[i].finals);
        assert_int_equal(found.different, cases[i].different);
        assert_int_equal(found.left_out, cases[i].left_out);
        figures_comparison_release(&found);
    }
}

/* Of two runs with gradient flow: what is only in one, and what is otherwise. */
static void gradient_flow_differs(void **state)
{
    (void)state;
    float norms[] = {1, NAN, 3}, others[] = {1, NAN, 4};
    struct gradient_flow first[] = {{1, 0, 0, 3, norms}, {5, 0, 0, 3, norms}};
    struct gradient_flow second[] = {
        {1, 0, 0, 3, others}, {5, 0, 0, 2, norms}, {5, 1, 0, 3, norms}};
    char none[] = "";
    const struct figures stored = {.run.checkpoint_hash = none, .flows = {first, 2}};
    const struct figures again = {.run.checkpoint_hash = none, .flows = {second, 3}};
    struct figures_comparison found;
    figures_compare(&stored, &stored, &found);
    assert_int_equal(found.different, 0);
    assert_int_equal(found.flows, 6);
    figures_comparison_release(&found);
    figures_compare(&stored, &again, &found);
    assert_int_equal(found.flows, 9);
    assert_int_equal(found.different, 1 + 1 + 3);
    assert_string_equal(text_get(&found.first),
                        "gradient flow of layer 0, direction 0, time step 2, "
                        "at step 1: stored 3, again 4");
    figures_comparison_release(&found);
}

static void a_missing_run_is_told(void **state)
{
    (void)state;
    struct error error = {0};
    struct store *store;
    struct figures figures;
    char *path = file_join(folder, "empty.db");
    made_up_check(store_open(&store, path, STORE_WRITE, &error), &error);
    assert_int_equal(figures_load(&figures, store, "123", &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_null(figures.names);
    store_close(store);
    memory_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_is_the_same),
        cmocka_unit_test(nan_is_the_same_as_nan),
        cmocka_unit_test(the_earliest_step_comes_first),
        cmocka_unit_test(counts_and_finals_differ),
        cmocka_unit_test(finals_that_older_programs_did_not_compute),
        cmocka_unit_test(gradient_flow_differs),
        cmocka_unit_test(a_missing_run_is_told),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
