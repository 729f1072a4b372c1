#include "store/experiments.h"
#include "unit/store_fixture.h"

static struct trial trial(char *variant, int64_t order, int64_t seed, char *key)
{
    return (struct trial){.variant = variant,
                          .variant_order = order,
                          .seed = seed,
                          .key = key,
                          .overrides = (char *)(uintptr_t) "model.layers=2"};
}

/* Saves an experiment called NAME, borrowed by the caller's literals. */
static int save(struct fixture *fixture, struct store *store, const char *name,
                struct trial *trials, size_t count)
{
    struct experiment experiment = {
        .name = (char *)(uintptr_t)name,
        .source = (char[]){"name: x\n"},
        .metric = (char[]){"test.accuracy"},
        .baseline = (char[]){"lstm"},
        .overrides = (char[]){"train.epochs=1\nmodel.units=8"},
        .trials = trials,
        .trial_count = count,
    };
    return store_experiment_save(store, &experiment, &fixture->error);
}

static char key_a[] = KEY_A, key_b[] = KEY_B, lstm[] = "lstm", gru[] = "gru";

static void comes_back_in_order(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct trial trials[] = {trial(gru, 1, 1, key_b), trial(lstm, 0, 2, key_a),
                             trial(lstm, 0, 1, key_b)};
    assert_ok(fixture, save(fixture, store, "cells", trials, 3));
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct experiment loaded;
    assert_ok(fixture, store_experiment_load(store, "cells", &loaded, &fixture->error));
    assert_string_equal(loaded.name, "cells");
    assert_string_equal(loaded.source, "name: x\n");
    assert_string_equal(loaded.metric, "test.accuracy");
    assert_string_equal(loaded.baseline, "lstm");
    assert_string_equal(loaded.overrides, "train.epochs=1\nmodel.units=8");
    assert_true(loaded.created > 1e9 && loaded.updated == loaded.created);
    assert_int_equal(loaded.trial_count, 3);
    assert_string_equal(loaded.trials[0].variant, "lstm");
    assert_int_equal(loaded.trials[0].seed, 1);
    assert_string_equal(loaded.trials[0].run, "");
    assert_int_equal(loaded.trials[0].state, RUN_QUEUED);
    assert_int_equal(loaded.trials[1].seed, 2);
    assert_string_equal(loaded.trials[1].key, KEY_A);
    assert_string_equal(loaded.trials[1].run, begun.id);
    assert_int_equal(loaded.trials[1].state, RUN_RUNNING);
    assert_string_equal(loaded.trials[2].variant, "gru");
    assert_string_equal(loaded.trials[2].overrides, "model.layers=2");
    experiment_release(&loaded);
    store_close(store);
}

/* It knew nothing of the command line's overrides; saved again, they are there. */
static void an_experiment_of_an_older_store_has_no_overrides(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct trial trials[] = {trial(lstm, 0, 1, key_a)};
    assert_ok(fixture, save(fixture, store, "cells", trials, 1));
    store_close(store);
    execute_behind(fixture, TO_VERSION_2);
    struct experiment loaded;
    store = open_store(fixture, STORE_READ);
    assert_ok(fixture, store_experiment_load(store, "cells", &loaded, &fixture->error));
    assert_string_equal(loaded.overrides, "");
    experiment_release(&loaded);
    store_close(store);
    store = open_store(fixture, STORE_WRITE);
    assert_ok(fixture, save(fixture, store, "cells", trials, 1));
    assert_ok(fixture, store_experiment_load(store, "cells", &loaded, &fixture->error));
    assert_string_equal(loaded.overrides, "train.epochs=1\nmodel.units=8");
    experiment_release(&loaded);
    store_close(store);
}

static void saving_again_replaces_the_trials(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct trial trials[] = {trial(lstm, 0, 1, key_a), trial(lstm, 0, 2, key_b)};
    assert_ok(fixture, save(fixture, store, "cells", trials, 2));
    assert_ok(fixture, save(fixture, store, "cells", trials + 1, 1));
    struct experiment loaded;
    assert_ok(fixture, store_experiment_load(store, "cells", &loaded, &fixture->error));
    assert_int_equal(loaded.trial_count, 1);
    assert_int_equal(loaded.trials[0].seed, 2);
    assert_true(loaded.updated >= loaded.created);
    experiment_release(&loaded);
    store_close(store);
}

static void what_is_ambiguous_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct trial twice[] = {trial(lstm, 0, 1, key_a), trial(lstm, 0, 1, key_b)};
    assert_refused(fixture, save(fixture, store, "cells", twice, 2), ERROR_USAGE,
                   "lstm has the seed 1 twice");
    struct trial places[] = {trial(lstm, 0, 1, key_a), trial(gru, 0, 2, key_b)};
    assert_refused(fixture, save(fixture, store, "cells", places, 2), ERROR_USAGE,
                   "places 0 and 0");
    store_close(store);
}

static void an_unknown_one_is_not_found(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct experiment loaded;
    assert_refused(fixture, store_experiment_load(store, "cells", &loaded, &fixture->error),
                   ERROR_NOT_FOUND, "unroll batch");
    assert_ok(fixture, save(fixture, store, "cells", NULL, 0));
    assert_refused(fixture, store_experiment_load(store, "cels", &loaded, &fixture->error),
                   ERROR_NOT_FOUND, "did you mean 'cells'?");
    assert_null(loaded.name);
    assert_ok(fixture, store_experiment_load(store, "cells", &loaded, &fixture->error));
    assert_int_equal(loaded.trial_count, 0);
    experiment_release(&loaded);
    store_close(store);
}

static void are_listed_with_their_states(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct trial trials[] = {trial(lstm, 0, 1, key_a), trial(gru, 1, 1, key_b)};
    assert_ok(fixture, save(fixture, store, "first", trials, 2));
    assert_ok(fixture, save(fixture, store, "empty", NULL, 0));
    assert_ok(fixture, save(fixture, store, "last", trials, 1));
    begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct experiment_list list;
    assert_ok(fixture, store_experiment_list(store, &list, &fixture->error));
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[0].name, "last");
    assert_int_equal(list.items[0].trials, 1);
    assert_string_equal(list.items[1].name, "empty");
    assert_int_equal(list.items[1].trials, 0);
    assert_int_equal(list.items[1].variants, 0);
    assert_int_equal(list.items[1].states[RUN_QUEUED], 0);
    assert_string_equal(list.items[2].name, "first");
    assert_int_equal(list.items[2].variants, 2);
    assert_int_equal(list.items[2].trials, 2);
    assert_int_equal(list.items[2].states[RUN_RUNNING], 1);
    assert_int_equal(list.items[2].states[RUN_QUEUED], 1);
    experiment_list_release(&list);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(comes_back_in_order),
        STORE_TEST(an_experiment_of_an_older_store_has_no_overrides),
        STORE_TEST(saving_again_replaces_the_trials),
        STORE_TEST(what_is_ambiguous_is_refused),
        STORE_TEST(an_unknown_one_is_not_found),
        STORE_TEST(are_listed_with_their_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
