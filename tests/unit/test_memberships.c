#include "store/experiments.h"
#include "store/memberships.h"
#include "unit/store_fixture.h"

/* Stores an experiment NAME whose one variant has KEY. */
static void save(struct fixture *fixture, struct store *store, const char *name,
                 const char *variant, const char *key)
{
    struct trial trial = {.variant = (char *)(uintptr_t)variant,
                          .key = (char *)(uintptr_t)key,
                          .overrides = (char[]){""}};
    struct experiment experiment = {.name = (char *)(uintptr_t)name,
                                    .source = (char[]){""},
                                    .metric = (char[]){""},
                                    .baseline = (char[]){""},
                                    .trials = &trial,
                                    .trial_count = 1};
    assert_ok(fixture, store_experiment_save(store, &experiment, &fixture->error));
}

static void the_oldest_experiment_is_first(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct membership_list list;
    struct text name = {0};
    save(fixture, store, "second", "base", KEY_A);
    save(fixture, store, "first", "lstm", KEY_A);
    save(fixture, store, "other", "gru", KEY_B);
    assert_ok(fixture, store_memberships_load(store, KEY_A, &list, &fixture->error));
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0].experiment, "second");
    assert_string_equal(membership_variant(&list, "first"), "lstm");
    assert_null(membership_variant(&list, "other"));
    membership_add_name(&name, &list.items[1]);
    assert_string_equal(text_get(&name), "first/lstm");
    text_release(&name);
    membership_list_release(&list);
    store_close(store);
}

static void an_experiment_that_changes_loses_its_runs(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct membership_list list;
    save(fixture, store, "cells", "lstm", KEY_A);
    save(fixture, store, "cells", "lstm", KEY_B);
    assert_ok(fixture, store_memberships_load(store, KEY_A, &list, &fixture->error));
    assert_int_equal(list.count, 0);
    membership_list_release(&list);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(the_oldest_experiment_is_first),
        STORE_TEST(an_experiment_that_changes_loses_its_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
