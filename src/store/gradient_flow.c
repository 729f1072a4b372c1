#include "store/gradient_flow.h"

#include "base/memory.h"
#include "store/gradient_flow_rows.h"

#include <inttypes.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "arrays are stored as they lie here");

enum { SINCE_VERSION = 3 };

void gradient_flow_release(struct gradient_flow *flow)
{
    memory_free(flow->norms);
    *flow = (struct gradient_flow){0};
}

void gradient_flow_list_release(struct gradient_flow_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        gradient_flow_release(&list->items[i]);
    memory_free(list->items);
    *list = (struct gradient_flow_list){0};
}

int gradient_flow_write(struct database *database, int64_t number,
                        const struct gradient_flow *flows, size_t count, struct error *error)
{
    if (count == 0)
        return 0;
    struct statement statement;
    int result = statement_prepare(&statement, database,
                                   "INSERT OR REPLACE INTO gradient_flow (run, step, layer, "
                                   "direction, norms) VALUES (?1, ?2, ?3, ?4, ?5)",
                                   error);
    for (size_t i = 0; result == 0 && i < count; i++) {
        const struct gradient_flow *flow = &flows[i];
        bind_integer(&statement, 1, number);
        bind_integer(&statement, 2, flow->step);
        bind_integer(&statement, 3, flow->layer);
        bind_integer(&statement, 4, flow->direction);
        bind_blob(&statement, 5, flow->norms, (size_t)flow->count * sizeof *flow->norms);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    return result;
}

int gradient_flow_delete_past(struct database *database, int64_t number, int64_t step,
                              struct error *error)
{
    struct statement statement;
    int result = statement_prepare(&statement, database,
                                   "DELETE FROM gradient_flow WHERE run = ?1 AND step > ?2", error);
    if (result == 0) {
        bind_integer(&statement, 1, number);
        bind_integer(&statement, 2, step);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    return result;
}

static void add_entry(struct gradient_flow_list *list, struct statement *row)
{
    size_t count = list->count; /* the capacity is the next power of two */
    if ((count & (count - 1)) == 0)
        list->items = memory_grow(list->items, count ? 2 * count : 1, sizeof *list->items);
    list->items[list->count++] = (struct gradient_flow){
        .step = column_integer(row, 0),
        .layer = column_integer(row, 1),
        .direction = column_integer(row, 2),
        .count = column_integer(row, 3) / (int64_t)sizeof(float),
    };
}

#define OF_RUN "FROM gradient_flow WHERE run = (SELECT number FROM runs WHERE id = ?1) "

/* Prepares SQL, whose ?1 is the run's ID. A store of an earlier version has no such table: then the
 * statement is empty and *IS_THERE false. */
static int prepare(struct statement *statement, struct store *store, const char *sql,
                   const char *id, bool *is_there, struct error *error)
{
    struct database *database = store_database(store);
    *statement = (struct statement){0};
    *is_there = database->version >= SINCE_VERSION;
    if (!*is_there)
        return 0;
    if (statement_prepare(statement, database, sql, error) != 0)
        return -1;
    bind_text(statement, 1, id);
    return 0;
}

int store_gradient_flow_list(struct store *store, const char *id, struct gradient_flow_list *list,
                             struct error *error)
{
    struct statement statement;
    bool is_there;
    *list = (struct gradient_flow_list){0};
    int result = prepare(&statement, store,
                         "SELECT step, layer, direction, length(norms) " OF_RUN
                         "ORDER BY step, layer, direction",
                         id, &is_there, error);
    while (result == 0 && is_there && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        add_entry(list, &statement);
    }
    statement_release(&statement);
    if (result != 0)
        gradient_flow_list_release(list);
    return result;
}

static int read_norms(struct statement *row, const char *id, struct gradient_flow *flow,
                      struct error *error)
{
    size_t size;
    const void *norms = column_blob(row, 0, &size);
    if (size % sizeof *flow->norms != 0)
        return error_set(error, ERROR_DATA,
                         "%s: the gradient flow of run %s at step %" PRId64
                         " is damaged: %zu bytes are no floats; train it again with --force",
                         row->database->path, id, flow->step, size);
    flow->count = (int64_t)(size / sizeof *flow->norms);
    flow->norms = size ? memory_copy(norms, size) : memory_array(1, sizeof *flow->norms);
    return 0;
}

int store_gradient_flow_load(struct store *store, const char *id, int64_t step, int64_t layer,
                             int64_t direction, struct gradient_flow *flow, bool *found,
                             struct error *error)
{
    struct statement statement;
    bool is_there;
    *flow = (struct gradient_flow){.step = step, .layer = layer, .direction = direction};
    *found = false;
    int result = prepare(&statement, store,
                         "SELECT norms " OF_RUN "AND step = ?2 AND layer = ?3 AND direction = ?4",
                         id, &is_there, error);
    if (result == 0 && is_there) {
        bind_integer(&statement, 2, step);
        bind_integer(&statement, 3, layer);
        bind_integer(&statement, 4, direction);
        result = statement_step(&statement, error);
        *found = result == 1;
    }
    if (result == 1)
        result = read_norms(&statement, id, flow, error);
    statement_release(&statement);
    return result;
}
