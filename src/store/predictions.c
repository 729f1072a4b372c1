#include "store/predictions.h"

#include "base/memory.h"
#include "store/prediction_rows.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "arrays are stored as they lie here");

void predictions_release(struct predictions *predictions)
{
    memory_free(predictions->labels);
    memory_free(predictions->predicted);
    memory_free(predictions->probabilities);
    *predictions = (struct predictions){0};
}

/* CLASSES as the schema stores them; the caller frees. *SIZE: bytes. */
static void *pack_classes(const int32_t *classes, int64_t count, size_t *size)
{
    bool small = true;
    for (int64_t i = 0; small && i < count; i++)
        small = classes[i] >= 0 && classes[i] < 256;
    if (!small) {
        *size = (size_t)count * sizeof *classes;
        return memory_copy(classes, *size);
    }
    uint8_t *bytes = memory_new((size_t)count);
    for (int64_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)classes[i];
    *size = (size_t)count;
    return bytes;
}

int predictions_write(struct database *database, int64_t number,
                      const struct predictions *predictions, struct error *error)
{
    static const char nothing[1] = "";
    size_t count = (size_t)predictions->count, labels_size, predicted_size;
    void *labels = pack_classes(predictions->labels, predictions->count, &labels_size);
    void *predicted = pack_classes(predictions->predicted, predictions->count, &predicted_size);
    struct statement statement;
    int result = statement_prepare(&statement, database,
                                   "INSERT OR REPLACE INTO predictions (run, split, count, labels, "
                                   "predicted, probabilities) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                                   error);
    if (result == 0) {
        bind_integer(&statement, 1, number);
        bind_text(&statement, 2, predictions->split);
        bind_integer(&statement, 3, predictions->count);
        bind_blob(&statement, 4, labels, labels_size);
        bind_blob(&statement, 5, predicted, predicted_size);
        /* A blob without an address would be NULL. */
        bind_blob(&statement, 6, count ? (const void *)predictions->probabilities : nothing,
                  count * sizeof *predictions->probabilities);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    memory_free(labels);
    memory_free(predicted);
    return result;
}

/* COUNT classes from a blob of one or four bytes each, or NULL when its size is neither. */
static int32_t *unpack_classes(struct statement *row, int column, size_t count)
{
    size_t size;
    const uint8_t *bytes = column_blob(row, column, &size);
    if (size != count && (size % sizeof(int32_t) || size / sizeof(int32_t) != count))
        return NULL;
    int32_t *classes = memory_array(count, sizeof *classes);
    if (size == count)
        for (size_t i = 0; i < count; i++)
            classes[i] = bytes[i];
    else
        memcpy(classes, bytes, size);
    return classes;
}

static int read_row(struct statement *row, const char *id, struct predictions *predictions,
                    struct error *error)
{
    size_t size, count = (size_t)column_integer(row, 0);
    const void *probabilities = column_blob(row, 3, &size);
    if (size % sizeof(float) == 0 && size / sizeof(float) == count) {
        predictions->count = (int64_t)count;
        predictions->labels = unpack_classes(row, 1, count);
        predictions->predicted = unpack_classes(row, 2, count);
        predictions->probabilities = memory_copy(probabilities, size);
    }
    if (predictions->labels && predictions->predicted)
        return 0;
    return error_set(error, ERROR_DATA,
                     "%s: the predictions of run %s are damaged: their sizes do not fit the count "
                     "%zu; train it again with --force",
                     row->database->path, id, count);
}

int store_predictions_load(struct store *store, const char *id, const char *split,
                           struct predictions *predictions, bool *found, struct error *error)
{
    struct statement statement;
    *predictions = (struct predictions){.split = split};
    int result = statement_prepare(&statement, store_database(store),
                                   "SELECT count, labels, predicted, probabilities "
                                   "FROM predictions WHERE split = ?2 AND run = "
                                   "(SELECT number FROM runs WHERE id = ?1)",
                                   error);
    if (result == 0) {
        bind_text(&statement, 1, id);
        bind_text(&statement, 2, split);
        result = statement_step(&statement, error);
    }
    if (found)
        *found = result == 1;
    if (result == 1)
        result = read_row(&statement, id, predictions, error);
    else if (result == 0 && !found)
        result = error_set(error, ERROR_NOT_FOUND,
                           "run %s has no predictions on the split %s; they are stored when a run "
                           "is done: unroll show %s",
                           id, split, id);
    statement_release(&statement);
    if (result != 0)
        predictions_release(predictions);
    return result;
}
