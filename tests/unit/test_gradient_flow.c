#include "store/gradient_flow.h"

#include "store/removal.h"
#include "unit/store_fixture.h"

#include <math.h>
#include <sqlite3.h>

static void record(struct run_writer *writer, int64_t step, int64_t layer, int64_t direction,
                   double first)
{
    const double norms[] = {first, 1e-40, NAN, INFINITY, 0};
    run_record_gradient_flow(writer, step, layer, direction, norms, 5);
}

static void flush(struct fixture *fixture, struct run_writer *writer, int64_t step)
{
    const struct run_progress progress = {.step = step};
    assert_ok(fixture, run_flush(writer, &progress, &fixture->error));
}

static struct gradient_flow_list list(struct fixture *fixture, struct store *store, const char *id)
{
    struct gradient_flow_list found;
    assert_ok(fixture, store_gradient_flow_list(store, id, &found, &fixture->error));
    return found;
}

static void assert_count(struct fixture *fixture, struct store *store, const char *id,
                         size_t expected)
{
    struct gradient_flow_list found = list(fixture, store, id);
    assert_int_equal(found.count, expected);
    gradient_flow_list_release(&found);
}

/* In the order of step, layer and direction, whatever the order of writing; the second value for a
 * place replaces the first; what is no number and what float holds only just are kept. */
static void norms_come_back(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    record(writer, 20, 2, 0, 0.5);
    record(writer, 1, 2, 1, 0.25);
    record(writer, 1, 2, 0, 0.75);
    record(writer, 1, 0, 0, 9);
    record(writer, 1, 0, 0, 2.5);
    assert_count(fixture, store, begun.id, 0);
    flush(fixture, writer, 20);
    struct gradient_flow_list found = list(fixture, store, begun.id);
    static const int64_t places[][3] = {{1, 0, 0}, {1, 2, 0}, {1, 2, 1}, {20, 2, 0}};
    static const float firsts[] = {2.5f, 0.75f, 0.25f, 0.5f};
    assert_int_equal(found.count, 4);
    for (size_t i = 0; i < found.count; i++) {
        const struct gradient_flow *entry = &found.items[i];
        struct gradient_flow flow;
        bool is_there;
        assert_int_equal(entry->step, places[i][0]);
        assert_int_equal(entry->layer, places[i][1]);
        assert_int_equal(entry->direction, places[i][2]);
        assert_int_equal(entry->count, 5);
        assert_null(entry->norms);
        assert_ok(fixture,
                  store_gradient_flow_load(store, begun.id, entry->step, entry->layer,
                                           entry->direction, &flow, &is_there, &fixture->error));
        assert_true(is_there);
        assert_int_equal(flow.count, 5);
        assert_true(flow.norms[0] == firsts[i]);
        assert_true(flow.norms[1] == 1e-40f && flow.norms[1] > 0);
        assert_true(isnan(flow.norms[2]) && isinf(flow.norms[3]) && flow.norms[4] == 0);
        gradient_flow_release(&flow);
    }
    gradient_flow_list_release(&found);
    run_writer_free(writer);
    store_close(store);
}

static void what_is_not_there_is_empty(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct gradient_flow flow;
    bool found = true;
    assert_ok(fixture,
              store_gradient_flow_load(store, begun.id, 1, 0, 0, &flow, &found, &fixture->error));
    assert_false(found);
    assert_null(flow.norms);
    assert_count(fixture, store, begun.id, 0);
    assert_count(fixture, store, "nobody", 0);
    store_close(store);
}

/* As the metrics: what is past the checkpoint goes, from the beginning all of it. */
static void rewinding_deletes_what_is_past(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct run_begun other = begin(fixture, store, KEY_B, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    struct run_writer *beside = run_writer_new(store, &other);
    for (int step = 1; step <= 10; step++)
        record(writer, step, 0, 0, step);
    record(beside, 9, 0, 0, 9);
    flush(fixture, writer, 10);
    flush(fixture, beside, 9);
    struct run_progress progress = {.step = 4};
    assert_ok(fixture, run_rewind(writer, &progress, &fixture->error));
    assert_count(fixture, store, begun.id, 4);
    progress.step = 0;
    assert_ok(fixture, run_rewind(writer, &progress, &fixture->error));
    assert_count(fixture, store, begun.id, 0);
    assert_count(fixture, store, other.id, 1);
    run_writer_free(beside);
    run_writer_free(writer);
    store_close(store);
}

/* What could not be written is still there for the next time. */
static void a_failed_flush_loses_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    const struct run_progress progress = {.step = 1};
    record(writer, 1, 0, 0, 1);
    execute_behind(fixture, "UPDATE runs SET attempt = attempt + 1");
    assert_refused(fixture, run_flush(writer, &progress, &fixture->error), ERROR_FAILED,
                   "no longer");
    assert_count(fixture, store, begun.id, 0);
    execute_behind(fixture, "UPDATE runs SET attempt = attempt - 1");
    flush(fixture, writer, 1);
    assert_count(fixture, store, begun.id, 1);
    run_writer_free(writer);
    store_close(store);
}

static void rows_go_with_their_run(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    record(writer, 1, 0, 0, 1);
    const struct run_result result = {.progress = {.step = 1}};
    assert_ok(fixture, run_finish(writer, &result, &fixture->error));
    assert_count(fixture, store, begun.id, 1);
    const char *const ids[] = {begun.id};
    const struct removal removal = {.ids = ids, .count = 1};
    struct run_list removed;
    assert_ok(fixture, store_remove(store, &removal, false, &removed, &fixture->error));
    assert_int_equal(removed.count, 1);
    run_list_release(&removed);
    int64_t left = -1;
    run_writer_free(writer);
    store_close(store);
    sqlite3 *handle;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(fixture->path, &handle), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(handle, "SELECT count(*) FROM gradient_flow", -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    left = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    assert_int_equal(left, 0);
}

static void a_damaged_row_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    record(writer, 1, 0, 0, 1);
    flush(fixture, writer, 1);
    execute_behind(fixture, "PRAGMA ignore_check_constraints = ON; "
                            "UPDATE gradient_flow SET norms = x'010203'");
    struct gradient_flow flow;
    bool found;
    assert_refused(
        fixture, store_gradient_flow_load(store, begun.id, 1, 0, 0, &flow, &found, &fixture->error),
        ERROR_DATA, "is damaged");
    assert_null(flow.norms);
    run_writer_free(writer);
    store_close(store);
}

/* Readers leave an older store as it is; the first who writes brings it up to date. */
static void a_store_of_version_2_has_none(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct gradient_flow flow;
    bool found = true;
    store_close(store);
    execute_behind(fixture, TO_VERSION_2);
    store = open_store(fixture, STORE_READ);
    assert_count(fixture, store, begun.id, 0);
    assert_ok(fixture,
              store_gradient_flow_load(store, begun.id, 1, 0, 0, &flow, &found, &fixture->error));
    assert_false(found);
    store_close(store);
    store = open_store(fixture, STORE_WRITE);
    struct run_writer *writer = run_writer_new(store, &begun);
    record(writer, 1, 0, 0, 1);
    flush(fixture, writer, 1);
    assert_count(fixture, store, begun.id, 1);
    run_writer_free(writer);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(norms_come_back),
        STORE_TEST(what_is_not_there_is_empty),
        STORE_TEST(rewinding_deletes_what_is_past),
        STORE_TEST(a_failed_flush_loses_nothing),
        STORE_TEST(rows_go_with_their_run),
        STORE_TEST(a_damaged_row_is_told),
        STORE_TEST(a_store_of_version_2_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
