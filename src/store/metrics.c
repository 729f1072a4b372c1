/* What reads metrics and finals. */
#include "store/metrics.h"

#include "base/memory.h"
#include "base/text.h"
#include "store/database.h"

/* The rows of one series of one run. */
#define SERIES_ROWS                                                                                \
    " FROM metrics WHERE run = (SELECT number FROM runs WHERE id = ?1) "                           \
    "AND series = (SELECT number FROM series WHERE name = ?2) "

void metrics_release(struct metrics *metrics)
{
    memory_free(metrics->steps);
    memory_free(metrics->epochs);
    memory_free(metrics->seconds);
    memory_free(metrics->values);
    *metrics = (struct metrics){0};
}

/* Makes room for one more. */
static void reserve(struct metrics *metrics, size_t *capacity, unsigned times)
{
    if (metrics->count < *capacity)
        return;
    size_t more = *capacity ? 4 * *capacity : 256;
    metrics->steps = memory_grow(metrics->steps, more, sizeof *metrics->steps);
    metrics->values = memory_grow(metrics->values, more, sizeof *metrics->values);
    if (times & METRICS_EPOCHS)
        metrics->epochs = memory_grow(metrics->epochs, more, sizeof *metrics->epochs);
    if (times & METRICS_SECONDS)
        metrics->seconds = memory_grow(metrics->seconds, more, sizeof *metrics->seconds);
    *capacity = more;
}

static void add_metric(struct metrics *metrics, unsigned times, struct statement *row)
{
    size_t at = metrics->count++;
    int column = 3;
    metrics->steps[at] = column_integer(row, 0);
    metrics->values[at] = column_value(row, 1);
    if (times & METRICS_EPOCHS)
        metrics->epochs[at] = column_real(row, column++);
    if (times & METRICS_SECONDS)
        metrics->seconds[at] = column_real(row, column);
}

int store_metrics_load_by(struct store *store, const char *id, const char *series, unsigned times,
                          struct metrics *metrics, struct error *error)
{
    /* What is not asked for is not taken out of the row either. */
    static const char *const queries[] = {
        [0] = "SELECT step, value, note" SERIES_ROWS "ORDER BY step",
        [METRICS_EPOCHS] = "SELECT step, value, note, epoch" SERIES_ROWS "ORDER BY step",
        [METRICS_SECONDS] = "SELECT step, value, note, seconds" SERIES_ROWS "ORDER BY step",
        [METRICS_EPOCHS | METRICS_SECONDS] =
            "SELECT step, value, note, epoch, seconds" SERIES_ROWS "ORDER BY step",
    };
    struct statement statement;
    size_t capacity = 0;
    *metrics = (struct metrics){0};
    int result = statement_prepare(&statement, store_database(store), queries[times], error);
    if (result == 0) {
        bind_text(&statement, 1, id);
        bind_text(&statement, 2, series);
    }
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        reserve(metrics, &capacity, times);
        add_metric(metrics, times, &statement);
    }
    statement_release(&statement);
    if (result != 0)
        metrics_release(metrics);
    return result;
}

int store_metrics_load(struct store *store, const char *id, const char *series,
                       struct metrics *metrics, struct error *error)
{
    return store_metrics_load_by(store, id, series, METRICS_EPOCHS | METRICS_SECONDS, metrics,
                                 error);
}

int store_metrics_last(struct store *store, const char *id, const char *series, double *value,
                       bool *found, struct error *error)
{
    struct statement statement;
    int result =
        statement_prepare(&statement, store_database(store),
                          "SELECT value, note" SERIES_ROWS "ORDER BY step DESC LIMIT 1", error);
    if (result == 0) {
        bind_text(&statement, 1, id);
        bind_text(&statement, 2, series);
        result = statement_step(&statement, error);
    }
    *found = result == 1;
    if (result == 1)
        *value = column_value(&statement, 0);
    statement_release(&statement);
    return result < 0 ? -1 : 0;
}

int store_series_list(struct store *store, const char *id, char ***names, size_t *count,
                      struct error *error)
{
    struct statement statement;
    *names = NULL;
    *count = 0;
    /* One look into the primary key for each known series, instead of all rows of the run. */
    int result = statement_prepare(
        &statement, store_database(store),
        "SELECT name FROM series WHERE EXISTS (SELECT 1 FROM metrics "
        "WHERE run = (SELECT number FROM runs WHERE id = ?1) AND metrics.series = series.number) "
        "ORDER BY name",
        error);
    if (result == 0)
        bind_text(&statement, 1, id);
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        *names = memory_grow(*names, *count + 1, sizeof **names);
        (*names)[(*count)++] = column_text(&statement, 0);
    }
    statement_release(&statement);
    if (result != 0) {
        store_series_free(*names, *count);
        *names = NULL;
        *count = 0;
    }
    return result;
}

void store_series_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        memory_free(names[i]);
    memory_free(names);
}

void finals_release(struct finals *finals)
{
    for (size_t i = 0; i < finals->count; i++)
        memory_free(finals->items[i].name);
    memory_free(finals->items);
    *finals = (struct finals){0};
}

int store_finals_load(struct store *store, const char *id, struct finals *finals,
                      struct error *error)
{
    struct statement statement;
    *finals = (struct finals){0};
    int result = statement_prepare(&statement, store_database(store),
                                   "SELECT name, value, note FROM finals WHERE run = "
                                   "(SELECT number FROM runs WHERE id = ?1) ORDER BY name",
                                   error);
    if (result == 0)
        bind_text(&statement, 1, id);
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        finals->items = memory_grow(finals->items, finals->count + 1, sizeof *finals->items);
        finals->items[finals->count++] = (struct final){
            .name = column_text(&statement, 0),
            .value = column_value(&statement, 1),
        };
    }
    statement_release(&statement);
    if (result != 0)
        finals_release(finals);
    return result;
}

const double *finals_find(const struct finals *finals, const char *name)
{
    for (size_t i = 0; i < finals->count; i++)
        if (text_equal(finals->items[i].name, name))
            return &finals->items[i].value;
    return NULL;
}
