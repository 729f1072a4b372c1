#include "numerics/reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

static const char FOLDER[] = "tests/numerics/references";

/* Reads "NAME DIMENSION..." from LINE. */
static void read_head(struct reference *reference, const char *line)
{
    int used = 0;
    if (sscanf(line, "%95s%n", reference->name, &used) != 1) {
        fail_msg("a tensor's name is expected, not `%s`", line);
    }
    reference->count = 1;
    for (char *end, *place = (char *)line + used; *place; place = end) {
        assert_in_range(reference->dimensions, 0, REFERENCE_DIMENSIONS - 1);
        int64_t size = strtoll(place, &end, 10);
        if (end == place || size < 1 || size > 1000) {
            fail_msg("%s: a dimension is expected, not `%s`", reference->name, place);
        }
        reference->shape[reference->dimensions++] = size;
        reference->count *= size;
    }
}

/* Reads the values from the lines that REST stands before; it stands behind them afterwards. */
static void read_values(struct reference *reference, char **rest)
{
    reference->values = memory_array((size_t)reference->count, sizeof(double));
    char *place = *rest;
    for (int64_t i = 0; i < reference->count; i++) {
        char *end;
        reference->values[i] = strtod(place, &end);
        if (end == place || (*end != ' ' && *end != '\n') || !isfinite(reference->values[i])) {
            fail_msg("%s: value %lld of %lld cannot be read", reference->name, (long long)i,
                     (long long)reference->count);
        }
        place = end;
    }
    *rest = place + (*place == '\n');
}

void references_open(struct references *references, const char *name)
{
    *references = (struct references){0};
    struct error error = {0};
    struct text text = {0};
    char *path = file_join(FOLDER, name);
    if (file_read(path, 1 << 20, &text, &error) < 0) {
        fail_msg("%s", error.text);
    }
    memory_free(path);
    char *content = text_take(&text), *rest = content;
    while (*rest) {
        char *line = rest;
        rest = strchr(line, '\n');
        assert_non_null(rest);
        *rest++ = '\0';
        if (line[0] == '#') {
            continue;
        }
        references->items =
            memory_grow(references->items, references->count + 1, sizeof(struct reference));
        struct reference *reference = &references->items[references->count++];
        *reference = (struct reference){0};
        read_head(reference, line);
        read_values(reference, &rest);
    }
    memory_free(content);
}

void references_release(struct references *references)
{
    for (size_t i = 0; i < references->count; i++) {
        memory_free(references->items[i].values);
    }
    memory_free(references->items);
    *references = (struct references){0};
}

const struct reference *references_get(const struct references *references, const char *case_name,
                                       const char *name, int64_t count)
{
    char full[192];
    snprintf(full, sizeof(full), "%s%s%s", case_name ? case_name : "", case_name ? "/" : "", name);
    for (size_t i = 0; i < references->count; i++) {
        const struct reference *reference = &references->items[i];
        if (strcmp(reference->name, full) != 0) {
            continue;
        }
        if (count >= 0 && reference->count != count) {
            fail_msg("%s: %lld values are expected, the reference has %lld", full, (long long)count,
                     (long long)reference->count);
        }
        return reference;
    }
    fail_msg("no reference for %s", full);
    return NULL;
}

void references_load(const struct references *references, const char *case_name, const char *name,
                     float *out, int64_t count)
{
    const struct reference *reference = references_get(references, case_name, name, count);
    for (int64_t i = 0; i < count; i++) {
        out[i] = (float)reference->values[i];
    }
}

double reference_distance(const struct reference *expected, const float *found, int64_t *index)
{
    double largest = 1e-30, worst = 0;
    for (int64_t i = 0; i < expected->count; i++) {
        largest = fmax(largest, fabs(expected->values[i]));
    }
    for (int64_t i = 0; i < expected->count; i++) {
        double scale = fabs(expected->values[i]) + largest / 5;
        double distance =
            isfinite(found[i]) ? fabs(found[i] - expected->values[i]) / scale : INFINITY;
        if (distance >= worst) {
            worst = distance;
            if (index) {
                *index = i;
            }
        }
    }
    return worst;
}

void references_compare(const struct references *references, const char *case_name,
                        const char *name, const float *found, int64_t count, double tolerance,
                        double *worst)
{
    const struct reference *expected = references_get(references, case_name, name, count);
    int64_t index = 0;
    double distance = reference_distance(expected, found, &index);
    *worst = fmax(*worst, distance);
    if (distance > tolerance) {
        fail_msg("%s [%lld]: expected %.9g, found %.9g, %.1e away (allowed %.0e)", expected->name,
                 (long long)index, expected->values[index], found[index], distance, tolerance);
    }
}
