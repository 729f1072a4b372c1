#include "store/experiments.h"
#include "unit/store_fixture.h"

/* Stores a run with KEY called NAME that ends in STATE. */
static void add_run(struct fixture *fixture, struct store *store, const char *key, const char *name,
                    enum run_state state, bool force)
{
    struct run_request request = request_for(fixture, key);
    struct run_begun begun;
    request.name = name;
    request.rule = force ? TAKE_FORCED : TAKE_UNFINISHED;
    assert_ok(fixture, store_run_begin(store, &request, &begun, &fixture->error));
    assert_int_equal(begun.outcome, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    struct run_result result = {.progress = {.step = 100}};
    if (state == RUN_DONE)
        assert_ok(fixture, run_finish(writer, &result, &fixture->error));
    else
        assert_ok(fixture, run_stop(writer, state, "", &result.progress, &fixture->error));
    run_writer_free(writer);
}

static struct store *store_with_runs(struct fixture *fixture)
{
    struct store *store = open_store(fixture, STORE_WRITE);
    add_run(fixture, store, "aaaa00000000ffffffffffffffffffff", "lstm", RUN_DONE, false);
    add_run(fixture, store, "aaaa10000000ffffffffffffffffffff", "gru", RUN_FAILED, false);
    add_run(fixture, store, "bbbb00000000ffffffffffffffffffff", "lstm", RUN_DIVERGED, false);
    add_run(fixture, store, "aaaa00000000ffffffffffffffffffff", "lstm", RUN_INTERRUPTED, true);
    return store;
}

/* The ids that FILTER lets through, separated by blanks. */
static void expect(struct fixture *fixture, struct store *store, const struct run_filter *filter,
                   const char *ids)
{
    struct run_list list;
    struct text found = {0};
    assert_ok(fixture, store_run_list(store, filter, &list, &fixture->error));
    for (size_t i = 0; i < list.count; i++) {
        text_add_format(&found, "%s%s", i ? " " : "", list.runs[i].id);
        assert_null(list.runs[i].config);
        assert_string_equal(list.runs[i].environment.blas, "no BLAS");
    }
    assert_string_equal(text_get(&found), ids);
    text_release(&found);
    run_list_release(&list);
}

static void lists_newest_first(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = store_with_runs(fixture);
    expect(fixture, store, NULL, "aaaa00000000-2 bbbb00000000 aaaa10000000 aaaa00000000");
    expect(fixture, store, &(struct run_filter){.limit = 2}, "aaaa00000000-2 bbbb00000000");
    expect(fixture, store, &(struct run_filter){.name = "lstm", .states = 1u << RUN_DONE},
           "aaaa00000000");
    expect(fixture, store, &(struct run_filter){.states = 1u << RUN_FAILED | 1u << RUN_DIVERGED},
           "bbbb00000000 aaaa10000000");
    expect(fixture, store, &(struct run_filter){.name = "nobody"}, "");
    expect(fixture, store, &(struct run_filter){.experiment = "nothing"}, "");
    struct trial trial = {.variant = (char[]){"a"},
                          .key = (char[]){"aaaa10000000ffffffffffffffffffff"},
                          .overrides = (char[]){""}};
    struct experiment experiment = {.name = (char[]){"cells"},
                                    .source = (char[]){""},
                                    .metric = (char[]){""},
                                    .baseline = (char[]){""},
                                    .trials = &trial,
                                    .trial_count = 1};
    assert_ok(fixture, store_experiment_save(store, &experiment, &fixture->error));
    expect(fixture, store, &(struct run_filter){.experiment = "cells"}, "aaaa10000000");
    expect(fixture, store, &(struct run_filter){.name = "a"}, "aaaa10000000");
    expect(fixture, store, &(struct run_filter){.name = "gru"}, "aaaa10000000");
    expect(fixture, store, &(struct run_filter){.name = "a", .experiment = "cells"},
           "aaaa10000000");
    expect(fixture, store, &(struct run_filter){.name = "gru", .experiment = "cells"}, "");
    expect(fixture, store, &(struct run_filter){.is_alone = true},
           "aaaa00000000-2 bbbb00000000 aaaa00000000");
    expect(fixture, store, &(struct run_filter){.is_alone = true, .name = "gru"}, "");
    int64_t counts[RUN_STATES];
    assert_ok(fixture, store_run_count(store, counts, &fixture->error));
    assert_int_equal(counts[RUN_DONE], 1);
    assert_int_equal(counts[RUN_FAILED], 1);
    assert_int_equal(counts[RUN_DIVERGED], 1);
    assert_int_equal(counts[RUN_INTERRUPTED], 1);
    assert_int_equal(counts[RUN_RUNNING], 0);
    store_close(store);
}

static void finds_by_prefix(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = store_with_runs(fixture);
    struct run run;
    static const char *const cases[][2] = {
        {"b", "bbbb00000000"},
        {"aaaa1", "aaaa10000000"},
        {"aaaa00000000", "aaaa00000000"}, /* exactly, though -2 begins with it, too */
        {"aaaa00000000-", "aaaa00000000-2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(fixture, store_run_find(store, cases[i][0], &run, &fixture->error));
        assert_string_equal(run.id, cases[i][1]);
        run_release(&run);
    }
    assert_refused(fixture, store_run_find(store, "aaaa", &run, &fixture->error), ERROR_USAGE,
                   "aaaa10000000     failed");
    assert_non_null(strstr(fixture->error.text, "aaaa00000000-2   interrupted"));
    assert_null(run.key);
    assert_refused(fixture, store_run_find(store, "c", &run, &fixture->error), ERROR_NOT_FOUND,
                   "unroll list");
    assert_refused(fixture, store_run_find(store, "", &run, &fixture->error), ERROR_USAGE, "empty");
    assert_refused(fixture, store_run_find(store, "%", &run, &fixture->error), ERROR_NOT_FOUND,
                   "'%'");
    store_close(store);
}

static void many_candidates_are_cut(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run run;
    for (int i = 0; i < 12; i++) {
        char *key = text_format("c%x%030x", i, 0);
        add_run(fixture, store, key, "many", RUN_DONE, false);
        memory_free(key);
    }
    assert_refused(fixture, store_run_find(store, "c", &run, &fixture->error), ERROR_USAGE,
                   "c90000000000");
    assert_null(strstr(fixture->error.text, "ca0000000000"));
    assert_non_null(strstr(fixture->error.text, "..."));
    store_close(store);
}

static void by_key_prefers_the_done(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = store_with_runs(fixture);
    struct run run;
    bool found;
    assert_ok(fixture, store_run_by_key(store, "aaaa00000000ffffffffffffffffffff", &run, &found,
                                        &fixture->error));
    assert_true(found);
    assert_string_equal(run.id, "aaaa00000000");
    run_release(&run);
    add_run(fixture, store, "aaaa00000000ffffffffffffffffffff", "lstm", RUN_DONE, true);
    assert_ok(fixture, store_run_by_key(store, "aaaa00000000ffffffffffffffffffff", &run, &found,
                                        &fixture->error));
    assert_string_equal(run.id, "aaaa00000000-2");
    run_release(&run);
    assert_ok(fixture, store_run_by_key(store, KEY_A, &run, &found, &fixture->error));
    assert_false(found);
    store_close(store);
}

static void states_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < RUN_STATES; i++)
        assert_int_equal(run_state_find(run_state_name((enum run_state)i)), i);
    assert_int_equal(run_state_find("asleep"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(lists_newest_first),      STORE_TEST(finds_by_prefix),
        STORE_TEST(many_candidates_are_cut), STORE_TEST(by_key_prefers_the_done),
        cmocka_unit_test(states_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
