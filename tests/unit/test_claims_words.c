/* Claims answered from a store: on the way, while runs are awaited, and about two single runs. */
#include "compare/claims.h"
#include "compare/groups_load.h"
#include "store/prediction_rows.h"
#include "unit/figure_groups.h"
#include "unit/store_folder.h"

#include <string.h>

static char accuracy[] = "test.accuracy", parameters[] = "parameters", words[] = "As was said.";
static char one[] = "one", two[] = "two";
static char folder[64];
static struct store *store;
static struct groups groups;
static struct claim_answers answers;
static struct error error;

static int open_store(void **state)
{
    (void)state;
    store = store_folder_make(folder);
    return 0;
}

static int close_store(void **state)
{
    (void)state;
    return store_folder_remove(store, folder);
}

/* Loads the experiment NAME and answers CLAIM at MOMENT. */
static const struct claim_answer *answer(const char *name, const struct claim *claim,
                                         struct moment moment)
{
    made_up_check(groups_load(&groups, store, &name, 1, &error), &error);
    figure_groups_claim(&groups, claim);
    const struct comparison_request like = {.baseline = two, .moment = moment};
    made_up_check(claims_answer(&answers, store, &groups, &like, &error), &error);
    return &answers.items[0];
}

static void release(void)
{
    claim_answers_release(&answers);
    groups_release(&groups);
}

static void expect(const char *name, const struct claim *claim, struct moment moment,
                   const char *verdict, const char *said)
{
    const struct claim_answer *found = answer(name, claim, moment);
    assert_string_equal(found->verdict_words, verdict);
    if (!strstr(found->sentence, said))
        fail_msg("expected `%s` in: %s", said, found->sentence);
    release();
}

#define TRIAL(name, seed, level, state)                                                            \
    {                                                                                              \
        name, seed, level, 1000, 100, state                                                        \
    }

static void a_verdict_on_the_way_names_the_moment(void **state)
{
    (void)state;
    static const struct made_up runs[] = {
        TRIAL("one", 1, 0.90, RUN_DONE), TRIAL("one", 2, 0.91, RUN_DONE),
        TRIAL("one", 3, 0.92, RUN_DONE), TRIAL("two", 1, 0.70, RUN_DONE),
        TRIAL("two", 2, 0.71, RUN_DONE), TRIAL("two", 3, 0.73, RUN_DONE)};
    const struct moment step = {MOMENT_STEP, 100}, seconds = {MOMENT_SECONDS, 1.5};
    const struct moment best = {.kind = MOMENT_BEST}, end = {.kind = MOMENT_END};
    const struct claim mean = {words, one, NULL, accuracy, 0.75, NAN};
    const struct claim few = {words, one, NULL, accuracy, 0.905, NAN};
    const struct claim pair = {words, one, two, accuracy, 0, NAN};
    const struct claim size = {words, one, NULL, parameters, NAN, 1e9};
    made_up_experiment(store, "moments", runs, 6);
    expect("moments", &mean, end, "holds", "one: test.accuracy 0.9");
    expect("moments", &mean, step, "does not hold at step 100",
           "one: test.accuracy at step 100 is 0.6");
    expect("moments", &mean, seconds, "does not hold after 1.5 s",
           "test.accuracy after 1.5 s is 0.6");
    expect("moments", &mean, best, "undecided at the best validation step, n = 0",
           "No run has a figure of test.accuracy at the best validation step yet.");
    expect("moments", &few, end, "undecided at n = 3", "a part of the interval");
    expect("moments", &pair, step, "holds at step 100",
           "one is better than two: test.accuracy at step 100 +");
    expect("moments", &size, step, "holds", "one: parameters ");
}

/* Runs that diverged or failed are over; those that go on count where they have got there. */
static void what_is_awaited_is_said(void **state)
{
    (void)state;
    static const struct made_up runs[] = {
        TRIAL("one", 11, 0.90, RUN_DONE),     TRIAL("one", 12, 0.91, RUN_DONE),
        TRIAL("one", 13, 0.92, RUN_DONE),     TRIAL("one", 14, 0.93, RUN_INTERRUPTED),
        TRIAL("two", 11, 0.70, RUN_DONE),     TRIAL("two", 12, 0.71, RUN_DONE),
        TRIAL("two", 13, 0.73, RUN_DIVERGED), TRIAL("two", -14, 0, RUN_DONE)};
    const struct claim mean = {words, one, NULL, accuracy, 0.75, NAN};
    const struct claim pair = {words, one, two, accuracy, 0, NAN};
    const struct moment end = {.kind = MOMENT_END}, early = {MOMENT_STEP, 100};
    const struct moment late = {MOMENT_STEP, 900};
    made_up_experiment(store, "half", runs, 8);
    expect("half", &mean, end, "holds so far (3 of 4 runs are done)", "over 3 seeds");
    expect("half", &mean, early, "does not hold at step 100", "over 4 seeds");
    expect("half", &mean, late, "holds at step 900 so far (3 of 4 runs are that far)",
           "over 3 seeds");
    const struct claim_answer *found = answer("half", &pair, end);
    assert_true(found->trials == 8 && found->there == 5 && found->awaited == 2);
    assert_string_equal(found->verdict_words, "undecided at n = 2 so far (5 of 8 runs are done)");
    assert_non_null(strstr(found->sentence, "1 of 4 runs of two diverged"));
    release();
}

/* Gives RUN right answers to the first RIGHT of 200 examples. */
static void predict(const struct group_run *run, int64_t right)
{
    enum { COUNT = 200 };
    struct database *database = store_database(store);
    struct statement statement;
    int32_t labels[COUNT], said[COUNT];
    float probabilities[COUNT] = {0};
    for (int i = 0; i < COUNT; i++) {
        labels[i] = i % 10;
        said[i] = i < right ? labels[i] : (labels[i] + 1) % 10;
    }
    const char *find = "SELECT number FROM runs WHERE id = ?1";
    made_up_check(statement_prepare(&statement, database, find, &error), &error);
    bind_text(&statement, 1, run->run.id);
    assert_int_equal(statement_step(&statement, &error), 1);
    int64_t number = column_integer(&statement, 0);
    statement_release(&statement);
    const struct predictions predictions = {"test", COUNT, labels, said, probabilities};
    made_up_check(predictions_write(database, number, &predictions, &error), &error);
}

/* McNemar's test finds these two models different, which says nothing of other seeds. */
static void two_single_runs_decide_nothing(void **state)
{
    (void)state;
    static const struct made_up runs[] = {TRIAL("one", 1, 0.9, RUN_DONE),
                                          TRIAL("two", 1, 0.7, RUN_DONE)};
    static const double least[] = {0, 0.1, 0.5};
    const char *name = "single";
    made_up_experiment(store, name, runs, 2);
    made_up_check(groups_load(&groups, store, &name, 1, &error), &error);
    predict(&groups.items[0].runs[0], 180);
    predict(&groups.items[1].runs[0], 140);
    groups_release(&groups);
    for (size_t i = 0; i < sizeof least / sizeof *least; i++) {
        const struct claim better = {words, one, two, accuracy, least[i], NAN};
        const struct claim worse = {words, two, one, accuracy, least[i], NAN};
        const struct claim_answer *found = answer(name, &better, (struct moment){0});
        assert_true(found->p < 0.0001 && found->low > 0.1 && found->high < 0.5);
        assert_true(isnan(found->seeds));
        release();
        expect(name, &better, (struct moment){0}, "undecided at n = 1", "one is better than two");
        expect(name, &worse, (struct moment){0}, "undecided at n = 1", "two trained models");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_verdict_on_the_way_names_the_moment),
        cmocka_unit_test(what_is_awaited_is_said),
        cmocka_unit_test(two_single_runs_decide_nothing),
    };
    return cmocka_run_group_tests(tests, open_store, close_store);
}
