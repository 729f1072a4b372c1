#include "store/questions.h"

#include "base/memory.h"
#include "base/text.h"
#include "store/database.h"

#include <math.h>
#include <string.h>

static void claim_release(struct claim *claim)
{
    memory_free(claim->text);
    memory_free(claim->variant);
    memory_free(claim->than);
    memory_free(claim->metric);
}

void choosing_clear(struct choosing *choosing)
{
    for (size_t i = 0; i < choosing->over_count; i++)
        memory_free(choosing->over[i]);
    memory_free(choosing->over);
    memory_free(choosing->on);
    *choosing = (struct choosing){0};
}

void questions_release(struct questions *questions)
{
    for (size_t i = 0; i < questions->claim_count; i++)
        claim_release(&questions->claims[i]);
    for (size_t i = 0; i < questions->reported_count; i++) {
        memory_free(questions->reported[i].metric);
        memory_free(questions->reported[i].variant);
    }
    memory_free(questions->claims);
    memory_free(questions->source);
    memory_free(questions->reported);
    choosing_clear(&questions->choosing);
    *questions = (struct questions){0};
}

void questions_add_claim(struct questions *questions, const struct claim *claim)
{
    questions->claims =
        memory_grow(questions->claims, questions->claim_count + 1, sizeof *questions->claims);
    questions->claims[questions->claim_count++] = *claim;
}

void questions_add_reported(struct questions *questions, const struct reported_figure *figure)
{
    questions->reported = memory_grow(questions->reported, questions->reported_count + 1,
                                      sizeof *questions->reported);
    questions->reported[questions->reported_count++] = *figure;
}

void choosing_add_key(struct choosing *choosing, const char *key)
{
    for (size_t i = 0; i < choosing->over_count; i++)
        if (text_equal(choosing->over[i], key))
            return;
    choosing->over = memory_grow(choosing->over, choosing->over_count + 1, sizeof *choosing->over);
    choosing->over[choosing->over_count++] = memory_copy_text(key);
}

static bool is_same_bound(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static bool is_same_text(const char *a, const char *b)
{
    return a && b ? text_equal(a, b) : a == b;
}

static bool is_same_choice(const struct choosing *a, const struct choosing *b)
{
    if (a->over_count != b->over_count || !is_same_text(a->on, b->on))
        return false;
    for (size_t i = 0; i < a->over_count; i++)
        if (!text_equal(a->over[i], b->over[i]))
            return false;
    return true;
}

bool questions_claim_the_same(const struct questions *a, const struct questions *b)
{
    if (a->claim_count != b->claim_count)
        return false;
    for (size_t i = 0; i < a->claim_count; i++) {
        const struct claim *x = &a->claims[i], *y = &b->claims[i];
        if (!text_equal(x->text, y->text) || !text_equal(x->variant, y->variant) ||
            !is_same_text(x->than, y->than) || !text_equal(x->metric, y->metric) ||
            !is_same_bound(x->least, y->least) || !is_same_bound(x->most, y->most))
            return false;
    }
    return a->claim_count == 0 || is_same_choice(&a->choosing, &b->choosing);
}

static int delete_rows(struct database *database, const char *sql, int64_t number,
                       struct error *error)
{
    struct statement statement;
    int result = statement_prepare(&statement, database, sql, error);
    if (result == 0) {
        bind_integer(&statement, 1, number);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    return result;
}

/* NaN leaves the column NULL. */
static void bind_bound(struct statement *statement, int parameter, double bound)
{
    if (isnan(bound))
        bind_text(statement, parameter, NULL);
    else
        bind_real(statement, parameter, bound);
}

static int save_claims(struct database *database, int64_t number, const struct questions *questions,
                       struct error *error)
{
    struct statement statement;
    int result =
        statement_prepare(&statement, database,
                          "INSERT INTO claims (experiment, place, text, variant, than, metric, "
                          "least, most) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                          error);
    for (size_t i = 0; result == 0 && i < questions->claim_count; i++) {
        const struct claim *claim = &questions->claims[i];
        bind_integer(&statement, 1, number);
        bind_integer(&statement, 2, (int64_t)i);
        bind_text(&statement, 3, claim->text);
        bind_text(&statement, 4, claim->variant);
        bind_text(&statement, 5, claim->than ? claim->than : "");
        bind_text(&statement, 6, claim->metric);
        bind_bound(&statement, 7, claim->least);
        bind_bound(&statement, 8, claim->most);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    return result;
}

static int save_reported(struct database *database, int64_t number,
                         const struct questions *questions, struct error *error)
{
    struct statement statement;
    int result =
        statement_prepare(&statement, database,
                          "INSERT INTO reported (experiment, place, metric, variant, step, value, "
                          "within) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                          error);
    for (size_t i = 0; result == 0 && i < questions->reported_count; i++) {
        const struct reported_figure *figure = &questions->reported[i];
        bind_integer(&statement, 1, number);
        bind_integer(&statement, 2, (int64_t)i);
        bind_text(&statement, 3, figure->metric);
        bind_text(&statement, 4, figure->variant);
        bind_integer(&statement, 5, figure->step);
        bind_real(&statement, 6, figure->value);
        bind_real(&statement, 7, figure->within);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    return result;
}

/* The keys of CHOOSING, a line each. Caller frees. */
static char *join_keys(const struct choosing *choosing)
{
    struct text keys = {0};
    for (size_t i = 0; choosing->on && i < choosing->over_count; i++)
        text_add_format(&keys, "%s%s", i ? "\n" : "", choosing->over[i]);
    return text_take(&keys);
}

static void split_keys(struct choosing *choosing, const char *keys)
{
    while (*keys) {
        size_t length = strcspn(keys, "\n");
        char *key = text_format("%.*s", (int)length, keys);
        choosing_add_key(choosing, key);
        memory_free(key);
        keys += length + (keys[length] != '\0');
    }
}

static int save_head(struct database *database, int64_t number, const struct questions *questions,
                     struct error *error)
{
    const struct choosing *choosing = &questions->choosing;
    char *keys = join_keys(choosing);
    struct statement statement;
    int result = statement_prepare(&statement, database,
                                   "UPDATE experiments SET source_name = ?2, select_over = ?3, "
                                   "select_on = ?4 WHERE number = ?1",
                                   error);
    if (result == 0) {
        bind_integer(&statement, 1, number);
        bind_text(&statement, 2, questions->source ? questions->source : "");
        bind_text(&statement, 3, keys);
        bind_text(&statement, 4, choosing->on ? choosing->on : "");
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    memory_free(keys);
    return result;
}

int questions_save(struct database *database, int64_t number, const struct questions *questions,
                   struct error *error)
{
    int result = delete_rows(database, "DELETE FROM claims WHERE experiment = ?1", number, error);
    if (result == 0)
        result = delete_rows(database, "DELETE FROM reported WHERE experiment = ?1", number, error);
    if (result == 0)
        result = save_head(database, number, questions, error);
    if (result == 0)
        result = save_claims(database, number, questions, error);
    return result == 0 ? save_reported(database, number, questions, error) : result;
}

static char *text_or_null(struct statement *statement, int column)
{
    return *column_view(statement, column) ? column_text(statement, column) : NULL;
}

static int load_head(struct database *database, int64_t number, struct questions *questions,
                     struct error *error)
{
    struct statement statement;
    int result = statement_prepare(
        &statement, database,
        "SELECT source_name, select_over, select_on FROM experiments WHERE number = ?1", error);
    if (result == 0) {
        bind_integer(&statement, 1, number);
        result = statement_step(&statement, error);
    }
    if (result == 1) {
        questions->source = text_or_null(&statement, 0);
        split_keys(&questions->choosing, column_view(&statement, 1));
        questions->choosing.on = text_or_null(&statement, 2);
        result = 0;
    }
    statement_release(&statement);
    return result;
}

static int load_claims(struct database *database, int64_t number, struct questions *questions,
                       struct error *error)
{
    struct statement statement;
    int result =
        statement_prepare(&statement, database,
                          "SELECT text, variant, than, metric, least, least IS NULL, most, "
                          "most IS NULL FROM claims WHERE experiment = ?1 ORDER BY place",
                          error);
    if (result == 0)
        bind_integer(&statement, 1, number);
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        const struct claim claim = {
            .text = column_text(&statement, 0),
            .variant = column_text(&statement, 1),
            .than = text_or_null(&statement, 2),
            .metric = column_text(&statement, 3),
            .least = column_integer(&statement, 5) ? NAN : column_real(&statement, 4),
            .most = column_integer(&statement, 7) ? NAN : column_real(&statement, 6),
        };
        questions_add_claim(questions, &claim);
        result = 0;
    }
    statement_release(&statement);
    return result;
}

static int load_reported(struct database *database, int64_t number, struct questions *questions,
                         struct error *error)
{
    struct statement statement;
    int result = statement_prepare(&statement, database,
                                   database->version < VERSION_WITH_PRECISION
                                       ? "SELECT metric, variant, step, value, 0 FROM reported "
                                         "WHERE experiment = ?1 ORDER BY place"
                                       : "SELECT metric, variant, step, value, within FROM "
                                         "reported WHERE experiment = ?1 ORDER BY place",
                                   error);
    if (result == 0)
        bind_integer(&statement, 1, number);
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        const struct reported_figure figure = {.metric = column_text(&statement, 0),
                                               .variant = column_text(&statement, 1),
                                               .step = column_integer(&statement, 2),
                                               .value = column_real(&statement, 3),
                                               .within = column_real(&statement, 4)};
        questions_add_reported(questions, &figure);
        result = 0;
    }
    statement_release(&statement);
    return result;
}

int questions_load(struct database *database, int64_t number, struct questions *questions,
                   struct error *error)
{
    *questions = (struct questions){0};
    if (database->version < VERSION_WITH_QUESTIONS)
        return 0;
    int result = load_head(database, number, questions, error);
    if (result == 0)
        result = load_claims(database, number, questions, error);
    if (result == 0)
        result = load_reported(database, number, questions, error);
    if (result != 0)
        questions_release(questions);
    return result;
}
