/* A store for made-up runs, in a temporary folder of its own. */
#ifndef UNROLL_TESTS_UNIT_STORE_FOLDER_H
#define UNROLL_TESTS_UNIT_STORE_FOLDER_H

#include "made_up_store.h"
#include "unit/temporary.h"

/* Makes a folder, whose path FOLDER becomes, with a new store in it. The caller gives both back
 * with store_folder_remove. */
static inline struct store *store_folder_make(char folder[64])
{
    struct store *store;
    struct error error = {0};
    assert_int_equal(temporary_make(folder), 0);
    char *path = file_join(folder, "test.db");
    made_up_check(store_open(&store, path, STORE_WRITE, &error), &error);
    memory_free(path);
    return store;
}

/* For cmocka's teardown. */
static inline int store_folder_remove(struct store *store, const char *folder)
{
    store_close(store);
    return temporary_remove(folder);
}

#endif
