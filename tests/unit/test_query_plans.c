/* How SQLite answers what the reading functions ask: by looking things up, not by reading whole
 * tables. In a small store that would not be noticed. */
#include "base/names.h"
#include "store/database.h"
#include "store/experiments.h"
#include "store/gradient_flow.h"
#include "store/memberships.h"
#include "store/remarks.h"
#include "store/removal.h"
#include "unit/store_folder.h"

#include <sqlite3.h>
#include <string.h>

static char folder[64];
static struct store *store;
static struct names asked; /* the statements since the last look */
static char id[RUN_ID_SIZE], key[33];

/* sqlite3_trace_v2 calls it as each statement begins. */
static int note_statement(unsigned event, void *context, void *statement, void *text)
{
    (void)event;
    (void)context;
    (void)text;
    names_add(&asked, sqlite3_sql(statement));
    return 0;
}

/* The lines of SQL's plan, each followed by a line end. Caller frees. */
static char *plan_of(const char *sql)
{
    struct error error = {0};
    struct statement statement;
    struct text plan = {0};
    char *explain = text_format("EXPLAIN QUERY PLAN %s", sql);
    made_up_check(statement_prepare(&statement, store_database(store), explain, &error), &error);
    while (statement_step(&statement, &error) == 1)
        text_add_format(&plan, "%s\n", column_view(&statement, 3));
    statement_release(&statement);
    memory_free(explain);
    return text_take(&plan);
}

/* Expects that what was asked since the last time reads no table from end to end except ALLOWED
 * ("" for none), sorts nothing where SORTS is false, and has no column called config or canonical.
 */
static void expect_lookups(const char *allowed, bool sorts)
{
    sqlite3_trace_v2(store_database(store)->handle, 0, NULL, NULL);
    assert_true(asked.count > 0);
    for (size_t i = 0; i < asked.count; i++) {
        char *plan = plan_of(asked.items[i]);
        for (char *line = strtok(plan, "\n"); line; line = strtok(NULL, "\n")) {
            bool scans = text_starts_with(line, "SCAN ") &&
                         !text_starts_with(line, "SCAN CONSTANT ROW") &&
                         !(*allowed && text_starts_with(line + 5, allowed));
            if (scans || (!sorts && strstr(line, "TEMP B-TREE")))
                fail_msg("%s\nis answered by: %s", asked.items[i], line);
        }
        memory_free(plan);
        if (strstr(asked.items[i], "config") || strstr(asked.items[i], "canonical"))
            fail_msg("reads the long texts: %s", asked.items[i]);
    }
    names_release(&asked);
}

static void listen(void)
{
    sqlite3_trace_v2(store_database(store)->handle, SQLITE_TRACE_STMT, note_statement, NULL);
}

static void metrics_and_finals_are_looked_up(void **state)
{
    (void)state;
    struct error error = {0};
    struct metrics metrics;
    struct finals finals;
    double value;
    bool found;
    char **names;
    size_t count;
    for (unsigned times = 0; times < 4; times++) {
        listen();
        made_up_check(store_metrics_load_by(store, id, "test.accuracy", times, &metrics, &error),
                      &error);
        assert_int_equal(metrics.count, 10);
        metrics_release(&metrics);
        expect_lookups("", false);
    }
    listen();
    made_up_check(store_metrics_last(store, id, "test.loss", &value, &found, &error), &error);
    assert_true(found);
    expect_lookups("", false);
    listen();
    made_up_check(store_finals_load(store, id, &finals, &error), &error);
    assert_int_equal(finals.count, 2);
    finals_release(&finals);
    expect_lookups("", false);
    listen(); /* of the few series, each is looked up */
    made_up_check(store_series_list(store, id, &names, &count, &error), &error);
    assert_int_equal(count, 4);
    store_series_free(names, count);
    expect_lookups("series", false);
}

static void gradient_flow_is_looked_up(void **state)
{
    (void)state;
    struct error error = {0};
    struct gradient_flow_list list;
    struct gradient_flow flow;
    bool found;
    listen();
    made_up_check(store_gradient_flow_list(store, id, &list, &error), &error);
    gradient_flow_list_release(&list);
    made_up_check(store_gradient_flow_load(store, id, 1, 0, 0, &flow, &found, &error), &error);
    gradient_flow_release(&flow);
    expect_lookups("", false);
}

static void one_run_is_looked_up(void **state)
{
    (void)state;
    struct error error = {0};
    struct run run;
    bool found;
    listen();
    made_up_check(store_run_get(store, id, &run, &error), &error);
    assert_string_equal(run.id, id);
    assert_null(run.config);
    run_release(&run);
    expect_lookups("", false);
    listen(); /* a key has few runs: they may be sorted */
    made_up_check(store_run_by_key(store, key, &run, &found, &error), &error);
    assert_true(found);
    assert_null(run.config);
    expect_lookups("", true);
    listen();
    char same[RUN_ID_SIZE];
    enum run_state run_state;
    made_up_check(store_run_state(store, key, same, &run_state, &found, &error), &error);
    assert_true(found);
    assert_string_equal(same, run.id);
    assert_int_equal(run_state, run.state);
    made_up_check(store_run_state(store, "none", same, &run_state, &found, &error), &error);
    assert_false(found);
    run_release(&run);
    expect_lookups("", true);
}

static void lists_read_no_more_than_they_show(void **state)
{
    (void)state;
    struct error error = {0};
    struct run_list list;
    const struct run_filter first = {.limit = 20}, named = {.name = "lstm"},
                            member = {.experiment = "cells"}, alone = {.is_alone = true};
    listen(); /* newest first is the table's own order, so nothing is sorted */
    made_up_check(store_run_list(store, &first, &list, &error), &error);
    run_list_release(&list);
    expect_lookups("runs", false);
    listen();
    made_up_check(store_run_list(store, &alone, &list, &error), &error);
    run_list_release(&list);
    expect_lookups("runs", false);
    listen(); /* by the few experiments, each of which has an index of its variants */
    made_up_check(store_run_list(store, &named, &list, &error), &error);
    run_list_release(&list);
    expect_lookups("experiments", true);
    listen();
    made_up_check(store_run_list(store, &member, &list, &error), &error);
    assert_int_equal(list.count, 2);
    run_list_release(&list);
    expect_lookups("", true);
}

static void memberships_are_looked_up(void **state)
{
    (void)state;
    struct error error = {0};
    struct membership_list list;
    struct experiment experiment;
    made_up_check(store_experiment_load(store, "cells", &experiment, &error), &error);
    listen();
    made_up_check(store_memberships_load(store, experiment.trials[0].key, &list, &error), &error);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0].experiment, "cells");
    membership_list_release(&list);
    experiment_release(&experiment);
    expect_lookups("", true);
}

static void remarks_are_looked_up(void **state)
{
    (void)state;
    struct error error = {0};
    struct names tags;
    struct run_list list;
    char *note;
    const struct run_filter tagged = {.tag = "paper"};
    listen();
    made_up_check(store_tags_load(store, id, &tags, &error), &error);
    names_release(&tags);
    made_up_check(store_note_load(store, id, &note, &error), &error);
    memory_free(note);
    expect_lookups("", false);
    listen();
    made_up_check(store_run_list(store, &tagged, &list, &error), &error);
    run_list_release(&list);
    expect_lookups("", true);
}

static void what_is_collected_is_looked_up(void **state)
{
    (void)state;
    struct error error = {0};
    struct run_list list;
    struct collection collection = {.sweep.is_dry = true};
    struct sweep sweep = {.is_dry = true};
    const struct removal removal = {.experiment = "cells"};
    listen(); /* all runs are looked at once, and for each the others with its key */
    made_up_check(store_collect(store, &collection, &error), &error);
    expect_lookups("runs", false);
    listen();
    made_up_check(store_sweep_run(store, id, &sweep, &error), &error);
    expect_lookups("", false);
    listen();
    made_up_check(store_remove(store, &removal, true, &list, &error), &error);
    run_list_release(&list);
    expect_lookups("", true);
}

static void experiments_look_up_their_runs(void **state)
{
    (void)state;
    struct error error = {0};
    struct experiment experiment;
    struct experiment_list list;
    listen();
    made_up_check(store_experiment_load(store, "cells", &experiment, &error), &error);
    assert_int_equal(experiment.trial_count, 2);
    experiment_release(&experiment);
    expect_lookups("", true);
    listen();
    made_up_check(store_experiment_list(store, &list, &error), &error);
    assert_int_equal(list.count, 1);
    experiment_list_release(&list);
    expect_lookups("experiments", true);
}

/* The test's own means must find what they look for. */
static void a_scan_would_be_seen(void **state)
{
    (void)state;
    char *plan = plan_of("SELECT count(*) FROM metrics WHERE step = 5");
    assert_true(text_starts_with(plan, "SCAN metrics"));
    memory_free(plan);
}

static int fill(void **state)
{
    (void)state;
    static const struct made_up runs[] = {{"rnn", 1, 0.96, 1000, 100, RUN_DONE},
                                          {"lstm", 1, 0.98, 1000, 100, RUN_DONE}};
    store = store_folder_make(folder);
    made_up_experiment(store, "cells", runs, 2);
    made_up_run(store, &runs[1], id, key);
    return 0;
}

static int empty(void **state)
{
    (void)state;
    names_release(&asked);
    return store_folder_remove(store, folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_and_finals_are_looked_up),
        cmocka_unit_test(gradient_flow_is_looked_up),
        cmocka_unit_test(one_run_is_looked_up),
        cmocka_unit_test(lists_read_no_more_than_they_show),
        cmocka_unit_test(memberships_are_looked_up),
        cmocka_unit_test(remarks_are_looked_up),
        cmocka_unit_test(what_is_collected_is_looked_up),
        cmocka_unit_test(experiments_look_up_their_runs),
        cmocka_unit_test(a_scan_would_be_seen),
    };
    return cmocka_run_group_tests(tests, fill, empty);
}
