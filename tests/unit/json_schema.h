/* A JSON Schema as it is printed, its parts, and what python3-jsonschema says by it. */
#ifndef UNROLL_TESTS_UNIT_JSON_SCHEMA_H
#define UNROLL_TESTS_UNIT_JSON_SCHEMA_H

#include "base/memory.h"
#include "base/process.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

/* What ADD writes. The caller owns it. */
static inline json_t *json_schema_load(void (*add)(struct text *out))
{
    struct text text = {0};
    json_error_t error;
    add(&text);
    json_t *schema = json_loads(text_get(&text), JSON_REJECT_DUPLICATES, &error);
    text_release(&text);
    assert_non_null(schema);
    return schema;
}

/* The part of SCHEMA at PATH, whose parts are separated by slashes; NULL where there is none. */
static inline json_t *json_schema_at(json_t *schema, const char *path)
{
    char *copy = memory_copy_text(path), *rest = copy;
    for (char *key = strsep(&rest, "/"); key && schema; key = strsep(&rest, "/"))
        schema = json_is_array(schema) ? json_array_get(schema, (size_t)strtoul(key, NULL, 10))
                                       : json_object_get(schema, key);
    memory_free(copy);
    return schema;
}

enum { JSON_SCHEMA_CANNOT_JUDGE = 77 };

/* Runs the Python program VALIDATOR with the paths FIRST and, unless NULL, SECOND. Returns its
 * status, with its errors on stderr; JSON_SCHEMA_CANNOT_JUDGE, for skip(), where there is no Python
 * or, which the program says, no jsonschema. */
static inline int json_schema_judge(const char *validator, const char *first, const char *second)
{
    const char *const arguments[] = {"python3", "-c", validator, first, second, NULL};
    struct process_output output = {0};
    struct error error;
    if (process_run(arguments, NULL, &output, &error) != 0)
        return JSON_SCHEMA_CANNOT_JUDGE;
    int status = output.status;
    if (status && status != JSON_SCHEMA_CANNOT_JUDGE)
        print_error("%s\n", text_get(&output.errors));
    process_output_release(&output);
    return status;
}

#endif
