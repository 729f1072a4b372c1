#include "store/remarks.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/text.h"
#include "store/database.h"

#include <string.h>

enum { VERSION_WITH_REMARKS = 2 };

bool store_has_remarks(struct store *store)
{
    return store_database(store)->version >= VERSION_WITH_REMARKS;
}

/* The number of run ID, within a transaction. */
static int find_number(struct database *database, const char *id, int64_t *number,
                       struct error *error)
{
    struct statement statement;
    int result =
        statement_prepare(&statement, database, "SELECT number FROM runs WHERE id = ?1", error);
    if (result == 0) {
        bind_text(&statement, 1, id);
        result = statement_step(&statement, error);
    }
    if (result == 1)
        *number = column_integer(&statement, 0);
    statement_release(&statement);
    if (result == 0)
        return error_set(error, ERROR_NOT_FOUND, "%s: there is no run %s; see: unroll list",
                         database->path, id);
    return result == 1 ? 0 : -1;
}

/* Whether TEXT is UTF-8 that a terminal shows as it is, but for what ALLOWED holds. */
static bool is_plain(const char *text, const char *allowed)
{
    struct text copy = {0}, shown = {0};
    for (const char *at = text; *at; at++)
        text_add_char(&copy, strchr(allowed, *at) ? '_' : *at);
    printable_add(&shown, text_get(&copy));
    bool same = text_equal(text_get(&copy), text_get(&shown));
    text_release(&copy);
    text_release(&shown);
    return same;
}

static size_t count_characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static int check_tag(const char *tag, struct error *error)
{
    if (*tag && *tag != '-' && !strpbrk(tag, " ,\t\n") && is_plain(tag, "") &&
        count_characters(tag) <= TAG_LENGTH)
        return 0;
    struct text shown = {0};
    printable_add_cut(&shown, tag, TAG_LENGTH);
    error_set(error, ERROR_USAGE,
              "'%s' is no tag: expected 1 to %d characters without spaces, commas and control "
              "characters, the first of them no dash",
              text_get(&shown), TAG_LENGTH);
    text_release(&shown);
    return -1;
}

/* Runs SQL, whose parameters are run NUMBER and a tag, for each of TAGS. With MUST_CHANGE, a tag
 * that changes nothing is an error. */
static int change_tags(struct store *store, const char *id, const char *sql, bool must_change,
                       const char *const *tags, size_t count, struct error *error)
{
    struct database *database = store_database(store);
    int64_t number = 0;
    for (size_t i = 0; i < count; i++)
        if (check_tag(tags[i], error) != 0)
            return -1;
    if (database_begin_write(database, error) != 0)
        return -1;
    struct statement statement = {0};
    int result = find_number(database, id, &number, error);
    if (result == 0)
        result = statement_prepare(&statement, database, sql, error);
    for (size_t i = 0; result == 0 && i < count; i++) {
        bind_integer(&statement, 1, number);
        bind_text(&statement, 2, tags[i]);
        result = statement_run(&statement, error);
        if (result == 0 && must_change && database_changes(database) == 0)
            result = error_set(error, ERROR_NOT_FOUND, "run %s has no tag '%s'; see: unroll tag %s",
                               id, tags[i], id);
    }
    statement_release(&statement);
    return database_end(database, result, error);
}

int store_tags_add(struct store *store, const char *id, const char *const *tags, size_t count,
                   struct error *error)
{
    return change_tags(store, id,
                       "INSERT INTO tags (run, tag) VALUES (?1, ?2) ON CONFLICT DO NOTHING", false,
                       tags, count, error);
}

int store_tags_remove(struct store *store, const char *id, const char *const *tags, size_t count,
                      struct error *error)
{
    return change_tags(store, id, "DELETE FROM tags WHERE run = ?1 AND tag = ?2", true, tags, count,
                       error);
}

int store_tags_load(struct store *store, const char *id, struct names *tags, struct error *error)
{
    struct statement statement;
    *tags = (struct names){0};
    if (!store_has_remarks(store))
        return 0;
    int result = statement_prepare(&statement, store_database(store),
                                   "SELECT tag FROM tags WHERE run = "
                                   "(SELECT number FROM runs WHERE id = ?1) ORDER BY tag",
                                   error);
    if (result == 0)
        bind_text(&statement, 1, id);
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        names_add(tags, column_view(&statement, 0));
    }
    statement_release(&statement);
    if (result != 0)
        names_release(tags);
    return result;
}

static int check_note(const char *text, struct error *error)
{
    if (strlen(text) > NOTE_BYTES)
        return error_set(error, ERROR_USAGE, "the note has %zu bytes, expected at most %d",
                         strlen(text), NOTE_BYTES);
    if (!is_plain(text, "\n\t"))
        return error_set(error, ERROR_USAGE,
                         "the note is not UTF-8, or holds control characters other than line ends "
                         "and tabs");
    return 0;
}

int store_note_set(struct store *store, const char *id, const char *text, struct error *error)
{
    struct database *database = store_database(store);
    struct statement statement = {0};
    int64_t number = 0;
    if (check_note(text, error) != 0 || database_begin_write(database, error) != 0)
        return -1;
    int result = find_number(database, id, &number, error);
    if (result == 0)
        result = statement_prepare(&statement, database,
                                   *text ? "INSERT OR REPLACE INTO notes (run, text, written) "
                                           "VALUES (?1, ?2, ?3)"
                                         : "DELETE FROM notes WHERE run = ?1",
                                   error);
    if (result == 0) {
        bind_integer(&statement, 1, number);
        if (*text) {
            bind_text(&statement, 2, text);
            bind_real(&statement, 3, clock_wall());
        }
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    return database_end(database, result, error);
}

int store_note_load(struct store *store, const char *id, char **text, struct error *error)
{
    struct statement statement;
    *text = NULL;
    if (!store_has_remarks(store)) {
        *text = memory_copy_text("");
        return 0;
    }
    int result = statement_prepare(&statement, store_database(store),
                                   "SELECT text FROM notes WHERE run = "
                                   "(SELECT number FROM runs WHERE id = ?1)",
                                   error);
    if (result == 0) {
        bind_text(&statement, 1, id);
        result = statement_step(&statement, error);
    }
    if (result >= 0)
        *text = result == 1 ? column_text(&statement, 0) : memory_copy_text("");
    statement_release(&statement);
    return result < 0 ? -1 : 0;
}
