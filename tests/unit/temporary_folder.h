/* The temporary folder of a test, or of all tests of a program: for cmocka's setup and teardown. */
#ifndef UNROLL_TESTS_UNIT_TEMPORARY_FOLDER_H
#define UNROLL_TESTS_UNIT_TEMPORARY_FOLDER_H

#include "unit/temporary.h"

static char folder[64];

static inline int make_folder(void **state)
{
    (void)state;
    return temporary_make(folder);
}

static inline int remove_folder(void **state)
{
    (void)state;
    return temporary_remove(folder);
}

#endif
