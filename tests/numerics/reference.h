/* Reads the files under tests/numerics/references, which make_references.py and make_statistics.py
 * write, and compares. */
#ifndef UNROLL_NUMERICS_REFERENCE_H
#define UNROLL_NUMERICS_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

enum { REFERENCE_DIMENSIONS = 4 };

struct reference {
    char name[96]; /* CASE/TENSOR */
    int dimensions;
    int64_t shape[REFERENCE_DIMENSIONS];
    int64_t count;
    double *values;
};

struct references {
    struct reference *items;
    size_t count;
};

/* Reads the file NAME of the references' folder; anything unexpected in it fails the test. */
void references_open(struct references *references, const char *name);
void references_release(struct references *references);

/* The tensor CASE/NAME, where CASE may be NULL: one that is missing fails the test, as does, unless
 * COUNT is negative, another number of values. */
const struct reference *references_get(const struct references *references, const char *case_name,
                                       const char *name, int64_t count);

/* Copies COUNT values of CASE/NAME, rounded to float, to OUT. */
void references_load(const struct references *references, const char *case_name, const char *name,
                     float *out, int64_t count);

/* How far FOUND is from a tensor: the largest over all elements of |found − expected| over
 * |expected| + a fifth of the tensor's largest magnitude; infinite where a value is not finite.
 * INDEX, unless NULL, becomes the worst element. */
double reference_distance(const struct reference *expected, const float *found, int64_t *index);

/* Fails the test, naming the tensor and the worst element, where FOUND [count] is further than
 * TOLERANCE from CASE/NAME. Keeps the largest distance in *WORST. */
void references_compare(const struct references *references, const char *case_name,
                        const char *name, const float *found, int64_t count, double tolerance,
                        double *worst);

#endif
