#include "compare/groups_load.h"
#include "compare/moment.h"

#include "store_fixture.h"

#include <math.h>

#define assert_near(found, expected)                                                               \
    do {                                                                                           \
        double found_ = (found), expected_ = (expected);                                           \
        if (!(fabs(found_ - expected_) <= 1e-12 * fmax(1, fabs(expected_))))                       \
            fail_msg("%s is %.17g, not %.17g", #found, found_, expected_);                         \
    } while (0)

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum moment_kind kind;
        double at;
        const char *shown;
    } good[] = {{"end", MOMENT_END, 0, ""},
                {"best", MOMENT_BEST, 0, "at the best validation step"},
                {"step:500", MOMENT_STEP, 500, "at step 500"},
                {"step:1e3", MOMENT_STEP, 1000, "at step 1000"},
                {"epoch:2.5", MOMENT_EPOCH, 2.5, "at epoch 2.5"},
                {"seconds:30", MOMENT_SECONDS, 30, "after 30 s"}};
    static const char *const bad[] = {
        "",         "End",       "step",    "step:",     "step:0",      "step:-1",
        "step:1.5", "step:5 ",   "step: 5", "epoch:nan", "seconds:inf", "seconds:1e999",
        "epoch:2x", "step:0x10", "best:1",  "minutes:3"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct moment moment;
        struct text text = {0};
        assert_int_equal(moment_parse(&moment, good[i].text, NULL), 0);
        assert_int_equal(moment.kind, good[i].kind);
        assert_near(moment.at, good[i].at);
        moment_add_text(&text, moment);
        assert_string_equal(text_get(&text), good[i].shown);
        text_release(&text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct moment moment;
        struct error error = {0};
        if (moment_parse(&moment, bad[i], &error) == 0)
            fail_msg("`%s` is taken", bad[i]);
        assert_int_equal(error.code, ERROR_USAGE);
    }
}

/* Evaluations of one series at steps 10, 20, ...; 3 steps are an epoch, one takes half a second. */
static void record_all(struct run_writer *writer, const char *series, const double *values,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double step = 10 * (double)(i + 1);
        run_record(writer, series, (int64_t)step, step / 3, step / 2, values[i]);
    }
}

static const double test_accuracy[] = {0.5, 0.6, 0.99, 0.7, 0.75};
static const double test_loss[] = {1.5, 1.4, 1.3, 1.2, 1.1};
static const double train_loss[] = {1.25, 1.0, 0.75, 0.5, 0.25};
/* The best is at 20 and 40, behind what is not a number. */
static const double validation_accuracy[] = {NAN, 0.8, 0.7, 0.8, INFINITY};
static const double validation_loss[] = {-INFINITY, 0.9, 0.5, NAN, 0.5};

static void record_evaluations(struct run_writer *writer)
{
    record_all(writer, "test.accuracy", test_accuracy, 5);
    record_all(writer, "test.loss", test_loss, 5);
    record_all(writer, "train_split.loss", train_loss, 4); /* not at 50 */
    record_all(writer, "validation.accuracy", validation_accuracy, 5);
    record_all(writer, "validation.loss", validation_loss, 5);
    record_all(writer, "train.rate", train_loss, 5);
}

static const struct run_progress progress = {52, 520, 20, 6, 19};

static void write_done(struct fixture *fixture, struct store *store, const char *key)
{
    struct final finals[] = {{(char *)(uintptr_t) "test.accuracy", 0.76},
                             {(char *)(uintptr_t) "test.loss", 1.0},
                             {(char *)(uintptr_t) "train_split.loss", 0.25}};
    struct run_result result = {.progress = progress, .finals = finals, .final_count = 3};
    struct run_begun begun = begin(fixture, store, key, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    record_evaluations(writer);
    assert_ok(fixture, run_finish(writer, &result, &fixture->error));
    run_writer_free(writer);
}

static void write_running(struct fixture *fixture, struct store *store, const char *key)
{
    struct run_begun begun = begin(fixture, store, key, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    record_evaluations(writer);
    assert_ok(fixture, run_flush(writer, &progress, &fixture->error));
    run_writer_free(writer);
}

/* The groups of the run with KEY_A. */
static struct groups load(struct fixture *fixture, struct store *store)
{
    struct groups groups;
    const char *id = "0123456789ab";
    assert_ok(fixture, groups_load(&groups, store, &id, 1, &fixture->error));
    return groups;
}

/* METRIC of the only run at the moment called WHEN. */
static double value_at(struct fixture *fixture, struct store *store, const struct groups *groups,
                       const char *metric, const char *when)
{
    struct moment moment;
    double value;
    assert_ok(fixture, moment_parse(&moment, when, &fixture->error));
    assert_ok(fixture, moment_value(store, &groups->items[0].runs[0], metric, moment, &value,
                                    &fixture->error));
    return value;
}

#define VALUE(metric, when) value_at(fixture, store, &groups, metric, when)

static void test_end(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    write_done(fixture, store, KEY_A);
    struct groups groups = load(fixture, store);
    assert_near(VALUE("test.accuracy", "end"), 0.76);
    assert_near(VALUE("gap.loss", "end"), 0.75);
    assert_true(isnan(VALUE("gap.accuracy", "end")));
    assert_near(VALUE("seconds", "step:10"), 20);
    assert_near(VALUE("examples_per_second", "end"), 26);
    assert_near(VALUE("parameters", "best"), 1234);
    groups_release(&groups);
    store_close(store);
}

static void test_best(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    write_done(fixture, store, KEY_A);
    struct groups groups = load(fixture, store);
    /* At 20, the first of the equal ones, not at 30, where the test figure is best. */
    assert_near(VALUE("test.accuracy", "best"), 0.6);
    assert_near(VALUE("validation.accuracy", "best"), 0.8);
    /* At 30, where the validation loss is lowest. */
    assert_near(VALUE("test.loss", "best"), 1.3);
    assert_near(VALUE("train_split.loss", "best"), 0.75);
    assert_near(VALUE("gap.loss", "best"), 0.55);
    assert_true(isnan(VALUE("train_split.accuracy", "best")));
    assert_true(isnan(VALUE("train.rate", "best")));
    groups_release(&groups);
    store_close(store);
}

static void test_on_the_way(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    write_done(fixture, store, KEY_A);
    struct groups groups = load(fixture, store);
    assert_near(VALUE("test.accuracy", "step:30"), 0.99);
    assert_near(VALUE("test.accuracy", "step:39"), 0.99);
    assert_true(isnan(VALUE("test.accuracy", "step:9")));
    assert_near(VALUE("test.accuracy", "step:1000000"), 0.75);
    assert_near(VALUE("gap.loss", "step:1000"), 0.7); /* the last that both have */
    assert_near(VALUE("test.accuracy", "seconds:14.9"), 0.6);
    assert_near(VALUE("test.accuracy", "seconds:15"), 0.99);
    assert_near(VALUE("test.accuracy", "epoch:10"), 0.99);
    /* The nearest whole number of steps to 3.2 epochs is 10, at 3.33. */
    assert_near(VALUE("test.accuracy", "epoch:3.2"), 0.5);
    assert_true(isnan(VALUE("test.accuracy", "epoch:3.1")));
    groups_release(&groups);
    store_close(store);
}

static void test_unfinished(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    write_running(fixture, store, KEY_A);
    struct groups groups = load(fixture, store);
    assert_true(isnan(VALUE("test.accuracy", "end")));
    assert_true(isnan(VALUE("test.accuracy", "best")));
    assert_true(isnan(VALUE("seconds", "step:10")));
    assert_near(VALUE("test.accuracy", "step:52"), 0.75);
    assert_true(isnan(VALUE("test.accuracy", "step:53")));
    assert_near(VALUE("test.accuracy", "seconds:26"), 0.75);
    assert_true(isnan(VALUE("test.accuracy", "seconds:26.1")));
    assert_near(VALUE("test.accuracy", "epoch:17.3"), 0.75);
    assert_true(isnan(VALUE("test.accuracy", "epoch:17.4")));
    groups_release(&groups);
    store_close(store);
}

static void test_values(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    write_done(fixture, store, KEY_A);
    write_running(fixture, store, KEY_B);
    struct groups groups;
    const char *ids[] = {"0123456789ab", "fedcba987654"};
    assert_ok(fixture, groups_load(&groups, store, ids, 2, &fixture->error));
    groups.items[0].states[RUN_QUEUED] = 1;
    size_t count;
    double *values = moment_values(store, &groups.items[0], "test.accuracy",
                                   (struct moment){MOMENT_STEP, 1e6}, &count, &fixture->error);
    assert_int_equal(count, 3);
    assert_near(values[0], 0.75);
    assert_true(isnan(values[1]) && isnan(values[2]));
    memory_free(values);
    groups_release(&groups);
    store_close(store);
}

static int check(struct store *store, const struct groups *groups, const char *metric,
                 const char *when, struct error *error)
{
    struct moment moment;
    assert_int_equal(moment_parse(&moment, when, error), 0);
    return moment_check(store, groups, metric, moment, error);
}

#define CHECK(metric, when) check(store, &groups, metric, when, &fixture->error)

static void test_check(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    write_done(fixture, store, KEY_A);
    struct groups groups = load(fixture, store);
    assert_ok(fixture, CHECK("test.accuracy", "end"));
    assert_ok(fixture, CHECK("test.accuracy", "best"));
    assert_ok(fixture, CHECK("gap.loss", "step:10"));
    assert_ok(fixture, CHECK("seconds", "step:1"));
    /* It has the figure, though that is no number. */
    assert_ok(fixture, CHECK("validation.accuracy", "step:10"));
    assert_refused(fixture, CHECK("test.acuracy", "step:10"), ERROR_NOT_FOUND,
                   "no run has it at step 10 (test.accuracy, test.loss, train.rate, "
                   "train_split.loss, validation.accuracy, validation.loss, gap.loss, "
                   "gap.validation.loss, seconds, cpu_seconds, examples_per_second, parameters)");
    assert_refused(fixture, CHECK("test.accuracy", "step:9"), ERROR_NOT_FOUND,
                   "no run was evaluated so early (at step 9)");
    assert_refused(fixture, CHECK("train.rate", "best"), ERROR_NOT_FOUND,
                   "no run has it at the best validation step");
    assert_refused(fixture, CHECK("gap.accuracy", "end"), ERROR_NOT_FOUND,
                   "`train.evaluate.on: [train, test]`");
    groups_release(&groups);
    store_close(store);
}

static void test_check_of_unfinished(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    write_running(fixture, store, KEY_A);
    struct groups groups = load(fixture, store);
    assert_refused(fixture, CHECK("test.accuracy", "best"), ERROR_NOT_FOUND, "no run is done yet");
    assert_refused(fixture, CHECK("test.accuracy", "seconds:100"), ERROR_NOT_FOUND,
                   "no run has got so far (after 100 s)");
    groups_release(&groups);
    store_close(store);
}

/* A run that is done with evaluations of SERIES at 20, and of ANOTHER at 10 unless it is NULL. */
static void write_sparse(struct fixture *fixture, struct store *store, const char *series,
                         const char *another)
{
    struct run_result result = {.progress = progress};
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    run_record(writer, series, 20, 2, 20, 0.5);
    if (another)
        run_record(writer, another, 10, 1, 10, 0.75);
    assert_ok(fixture, run_finish(writer, &result, &fixture->error));
    run_writer_free(writer);
}

static void test_never_validated(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    write_sparse(fixture, store, "test.accuracy", NULL);
    struct groups groups = load(fixture, store);
    assert_true(isnan(VALUE("test.accuracy", "best")));
    assert_refused(fixture, CHECK("test.accuracy", "best"), ERROR_NOT_FOUND,
                   "`data.validation.count` and `train.evaluate.on: [validation, test]`");
    groups_release(&groups);
    store_close(store);
}

static void test_not_tested_at_the_best(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    write_sparse(fixture, store, "test.accuracy", "validation.accuracy");
    struct groups groups = load(fixture, store);
    assert_near(VALUE("validation.accuracy", "best"), 0.75);
    assert_true(isnan(VALUE("test.accuracy", "best")));
    assert_refused(fixture, CHECK("test.accuracy", "best"), ERROR_NOT_FOUND,
                   "at its best validation step; train with `train.evaluate.on: "
                   "[validation, test]`");
    assert_refused(fixture, CHECK("gap.accuracy", "best"), ERROR_NOT_FOUND, "no run has it");
    groups_release(&groups);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        STORE_TEST(test_end),
        STORE_TEST(test_best),
        STORE_TEST(test_on_the_way),
        STORE_TEST(test_unfinished),
        STORE_TEST(test_values),
        STORE_TEST(test_check),
        STORE_TEST(test_check_of_unfinished),
        STORE_TEST(test_never_validated),
        STORE_TEST(test_not_tested_at_the_best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
