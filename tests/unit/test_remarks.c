#include "store/remarks.h"
#include "unit/store_fixture.h"

#define ID_A "0123456789ab"

static void tag(struct fixture *fixture, struct store *store, const char *tag)
{
    assert_ok(fixture, store_tags_add(store, ID_A, &tag, 1, &fixture->error));
}

static void expect_tags(struct fixture *fixture, struct store *store, const char *expected)
{
    struct names tags;
    struct text joined = {0};
    assert_ok(fixture, store_tags_load(store, ID_A, &tags, &fixture->error));
    for (size_t i = 0; i < tags.count; i++)
        text_add_format(&joined, "%s ", tags.items[i]);
    assert_string_equal(text_get(&joined), expected);
    text_release(&joined);
    names_release(&tags);
}

static void tags_come_sorted_and_once(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    begin(fixture, store, KEY_A, BEGIN_STARTED);
    expect_tags(fixture, store, "");
    tag(fixture, store, "paper");
    tag(fixture, store, "baseline");
    tag(fixture, store, "paper");
    expect_tags(fixture, store, "baseline paper ");
    const struct run_filter filter = {.tag = "paper"}, other = {.tag = "pape"};
    struct run_list list;
    assert_ok(fixture, store_run_list(store, &filter, &list, &fixture->error));
    assert_int_equal(list.count, 1);
    run_list_release(&list);
    assert_ok(fixture, store_run_list(store, &other, &list, &fixture->error));
    assert_int_equal(list.count, 0);
    run_list_release(&list);
    store_close(store);
}

static void all_tags_are_taken_away_or_none(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    begin(fixture, store, KEY_A, BEGIN_STARTED);
    tag(fixture, store, "a");
    tag(fixture, store, "b");
    const char *const wrong[] = {"a", "c"}, *const right[] = {"a", "b"};
    assert_refused(fixture, store_tags_remove(store, ID_A, wrong, 2, &fixture->error),
                   ERROR_NOT_FOUND, "has no tag 'c'");
    expect_tags(fixture, store, "a b ");
    assert_ok(fixture, store_tags_remove(store, ID_A, right, 2, &fixture->error));
    expect_tags(fixture, store, "");
    assert_refused(fixture, store_tags_add(store, "absent", right, 2, &fixture->error),
                   ERROR_NOT_FOUND, "there is no run absent");
    store_close(store);
}

static void tags_are_checked(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    begin(fixture, store, KEY_A, BEGIN_STARTED);
    char longest[2 * 65 + 1] = "";
    for (int i = 0; i < 64; i++)
        strcat(longest, "ü");
    tag(fixture, store, longest);
    strcat(longest, "ü");
    const char *const wrong[] = {"", "-a", "a b", "a,b", "a\n", "\x1b[31m", "\xff", longest};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_refused(fixture, store_tags_add(store, ID_A, &wrong[i], 1, &fixture->error),
                       ERROR_USAGE, "is no tag");
    store_close(store);
}

static void expect_note(struct fixture *fixture, struct store *store, const char *expected)
{
    char *note;
    assert_ok(fixture, store_note_load(store, ID_A, &note, &fixture->error));
    assert_string_equal(note, expected);
    memory_free(note);
}

static void a_note_is_replaced_and_removed(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    begin(fixture, store, KEY_A, BEGIN_STARTED);
    expect_note(fixture, store, "");
    assert_ok(fixture, store_note_set(store, ID_A, "first", &fixture->error));
    assert_ok(fixture, store_note_set(store, ID_A, "two\n\tlines", &fixture->error));
    expect_note(fixture, store, "two\n\tlines");
    assert_refused(fixture, store_note_set(store, ID_A, "a\x1b[2J", &fixture->error), ERROR_USAGE,
                   "control characters");
    char *huge = memory_new(NOTE_BYTES + 2);
    memset(huge, 'x', NOTE_BYTES + 1);
    assert_refused(fixture, store_note_set(store, ID_A, huge, &fixture->error), ERROR_USAGE,
                   "at most 65536");
    huge[NOTE_BYTES] = '\0';
    assert_ok(fixture, store_note_set(store, ID_A, huge, &fixture->error));
    memory_free(huge);
    assert_ok(fixture, store_note_set(store, ID_A, "", &fixture->error));
    expect_note(fixture, store, "");
    store_close(store);
}

/* As Unroll made it when there were no tags. */
static void make_version_1(struct fixture *fixture)
{
    struct store *store = open_store(fixture, STORE_WRITE);
    begin(fixture, store, KEY_A, BEGIN_STARTED);
    store_close(store);
    execute_behind(fixture, TO_VERSION_1);
}

static void an_older_store_is_read_as_it_is(void **state)
{
    struct fixture *fixture = *state;
    make_version_1(fixture);
    struct store *store = open_store(fixture, STORE_READ);
    assert_false(store_has_remarks(store));
    expect_tags(fixture, store, "");
    expect_note(fixture, store, "");
    const struct run_filter filter = {.tag = "paper"};
    struct run_list list;
    assert_ok(fixture, store_run_list(store, &filter, &list, &fixture->error));
    assert_int_equal(list.count, 0);
    assert_ok(fixture, store_run_list(store, NULL, &list, &fixture->error));
    assert_int_equal(list.count, 1);
    run_list_release(&list);
    store_close(store);
    /* Had it been migrated, this would fail. */
    execute_behind(fixture, "CREATE TABLE tags (x); DROP TABLE tags");
}

static void an_older_store_is_brought_up_to_date_by_the_first_write(void **state)
{
    struct fixture *fixture = *state;
    make_version_1(fixture);
    struct store *store = open_store(fixture, STORE_CHANGE);
    tag(fixture, store, "paper");
    store_close(store);
    store = open_store(fixture, STORE_READ);
    assert_true(store_has_remarks(store));
    expect_tags(fixture, store, "paper ");
    store_close(store);
}

static void a_store_to_be_changed_is_not_made(void **state)
{
    struct fixture *fixture = *state;
    struct store *store;
    assert_refused(fixture, store_open(&store, fixture->path, STORE_CHANGE, &fixture->error),
                   ERROR_NOT_FOUND, "there is no store yet");
    assert_false(file_exists(fixture->path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(tags_come_sorted_and_once),
        STORE_TEST(all_tags_are_taken_away_or_none),
        STORE_TEST(tags_are_checked),
        STORE_TEST(a_note_is_replaced_and_removed),
        STORE_TEST(an_older_store_is_read_as_it_is),
        STORE_TEST(an_older_store_is_brought_up_to_date_by_the_first_write),
        STORE_TEST(a_store_to_be_changed_is_not_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
