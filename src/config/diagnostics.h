/* All errors of a load, collected, so that a user sees them together:
 *
 *     configs/lstm.yaml:9:10: error: model.cel: unknown key
 *         9 |   cel: lstm
 *           |   ^~~ did you mean `cell`? keys here: cell, layers, units
 */
#ifndef UNROLL_CONFIG_DIAGNOSTICS_H
#define UNROLL_CONFIG_DIAGNOSTICS_H

#include "base/error.h"
#include "base/text.h"
#include "config/tree.h"

enum {
    DIAGNOSTICS_PRINTED = 100, /* more are only counted in the last line */
    DIAGNOSTICS_KEPT = 1000,
};

struct diagnostics;

struct diagnostics *diagnostics_new(void);
void diagnostics_free(struct diagnostics *diagnostics);

/* Keeps the SIZE bytes of file NAME for printing its lines; returns the name that marks of that
 * file point to. The same name again replaces the bytes. */
const char *diagnostics_add_source(struct diagnostics *diagnostics, const char *name,
                                   const char *bytes, size_t size);

/* The name, for marks with line 0, of a place that is no file; formatted. */
const char *diagnostics_add_place(struct diagnostics *diagnostics, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds an error at MARK about the dotted PATH ("" for none), with a HINT that says the remedy
 * (NULL or "" for none). The same error at the same place is kept once. */
void diagnostics_add(struct diagnostics *diagnostics, const struct mark *mark, const char *path,
                     const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* How many errors there are, those that were not kept included. */
size_t diagnostics_count(const struct diagnostics *diagnostics);

/* How often an error was added, repetitions included: what a caller compares to learn whether its
 * own work failed. */
size_t diagnostics_reported(const struct diagnostics *diagnostics);

/* Is there an error about PATH or something below it? */
bool diagnostics_concern(const struct diagnostics *diagnostics, const char *path);

/* Writes all, by file and place, with terminal colours or without. */
void diagnostics_write(const struct diagnostics *diagnostics, struct text *out, bool colour);
/* The same on stderr. */
void diagnostics_print(const struct diagnostics *diagnostics);

/* Fills ERROR with ERROR_USAGE and all errors as text; returns -1, or 0 when there are none. */
int diagnostics_error(const struct diagnostics *diagnostics, struct error *error);

#endif
