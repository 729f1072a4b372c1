/* What an experiment asks comes back from the store as it went in, and goes with the experiment. */
#include "store/experiments.h"
#include "store/import.h"
#include "unit/store_fixture.h"

#include <math.h>

static char lstm[] = "lstm", gru[] = "gru", accuracy[] = "test.accuracy",
            words[] = "Gates \"help\".";
static char document[] = "Document 002";

static struct claim claims[] = {
    {words, lstm, gru, accuracy, 0.001, NAN},
    {words, lstm, NULL, accuracy, 0.98, 0.99},
    {words, gru, NULL, accuracy, NAN, 0.5},
};
static struct reported_figure figures[] = {{accuracy, lstm, 101, 0.7673},
                                           {accuracy, lstm, REPORTED_AT_END, 0.1}};
static char rate[] = "train.optimizer.adam.rate", units[] = "model.units", on[] = "validation.loss";
static char *keys[] = {rate, units};

static const struct questions all = {claims, 3, document, figures, 2, {keys, 2, on}};
static const struct questions none;

static void save(struct fixture *fixture, struct store *store, const struct questions *questions)
{
    struct experiment experiment = {.name = (char[]){"cells"},
                                    .source = (char[]){"name: x\n"},
                                    .metric = accuracy,
                                    .baseline = (char[]){""},
                                    .questions = *questions};
    assert_ok(fixture, store_experiment_save(store, &experiment, &fixture->error));
}

static void assert_same_bound(double a, double b)
{
    assert_true((isnan(a) && isnan(b)) || a == b);
}

static void expect(struct fixture *fixture, struct store *store, const struct questions *expected)
{
    struct experiment loaded;
    const struct questions *found = &loaded.questions;
    assert_ok(fixture, store_experiment_load(store, "cells", &loaded, &fixture->error));
    assert_int_equal(found->claim_count, expected->claim_count);
    for (size_t i = 0; i < expected->claim_count; i++) {
        const struct claim *a = &found->claims[i], *b = &expected->claims[i];
        assert_string_equal(a->text, b->text);
        assert_string_equal(a->variant, b->variant);
        assert_true(!a->than == !b->than && (!a->than || text_equal(a->than, b->than)));
        assert_string_equal(a->metric, b->metric);
        assert_same_bound(a->least, b->least);
        assert_same_bound(a->most, b->most);
    }
    assert_int_equal(found->reported_count, expected->reported_count);
    for (size_t i = 0; i < expected->reported_count; i++) {
        const struct reported_figure *a = &found->reported[i], *b = &expected->reported[i];
        assert_string_equal(a->metric, b->metric);
        assert_string_equal(a->variant, b->variant);
        assert_int_equal(a->step, b->step);
        assert_true(a->value == b->value);
    }
    assert_true(!found->source == !expected->source);
    assert_int_equal(found->choosing.over_count, expected->choosing.over_count);
    for (size_t i = 0; i < expected->choosing.over_count; i++)
        assert_string_equal(found->choosing.over[i], expected->choosing.over[i]);
    assert_true(!found->choosing.on == !expected->choosing.on);
    experiment_release(&loaded);
}

static void questions_come_back(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    save(fixture, store, &all);
    expect(fixture, store, &all);
    save(fixture, store, &none); /* the file says nothing any more */
    expect(fixture, store, &none);
    save(fixture, store, &all);
    save(fixture, store, &all); /* not twice */
    expect(fixture, store, &all);
    store_close(store);
}

static void an_experiment_of_an_older_store_asks_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    save(fixture, store, &none);
    store_close(store);
    execute_behind(fixture, TO_VERSION_3);
    store = open_store(fixture, STORE_READ);
    expect(fixture, store, &none);
    store_close(store);
    store = open_store(fixture, STORE_WRITE);
    save(fixture, store, &all);
    expect(fixture, store, &all);
    store_close(store);
}

static void they_are_imported(void **state)
{
    struct fixture *fixture = *state;
    struct store *source = open_store(fixture, STORE_WRITE), *store;
    struct import_outcome outcome;
    char *path = text_format("%s-other", fixture->path);
    save(fixture, source, &all);
    assert_ok(fixture, store_open(&store, path, STORE_WRITE, &fixture->error));
    assert_ok(fixture, import_experiment(store, source, "cells", false, &outcome, &fixture->error));
    expect(fixture, store, &all);
    import_outcome_release(&outcome);
    store_close(store);
    store_close(source);
    unlink(path);
    memory_free(path);
}

static void they_go_with_the_experiment(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    save(fixture, store, &all);
    store_close(store);
    execute_behind(fixture, "PRAGMA foreign_keys = ON; DELETE FROM experiments;"
                            "CREATE TEMP TABLE left (n INTEGER CHECK (n = 0));"
                            "INSERT INTO left SELECT count(*) FROM claims;"
                            "INSERT INTO left SELECT count(*) FROM reported");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(questions_come_back),
        STORE_TEST(an_experiment_of_an_older_store_asks_nothing),
        STORE_TEST(they_are_imported),
        STORE_TEST(they_go_with_the_experiment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
