/* Errors: every function that can fail returns 0 or a negative value and fills a struct error. */
#ifndef UNROLL_BASE_ERROR_H
#define UNROLL_BASE_ERROR_H

#include <stdarg.h>

/* What went wrong, as the program's exit status. */
enum error_code {
    ERROR_NONE = 0,
    ERROR_FAILED = 1,        /* a run failed, or a check found a difference */
    ERROR_USAGE = 2,         /* the command line or a config is wrong */
    ERROR_NOT_FOUND = 3,     /* a run, file, module or program does not exist */
    ERROR_DATA = 4,          /* a data set, a store or a checkpoint is damaged or missing */
    ERROR_INTERRUPTED = 130, /* SIGINT or SIGTERM */
};

struct error {
    enum error_code code;
    char text[4096]; /* complete sentences for the user, no trailing newline; may hold newlines */
};

/* Fills ERROR (which may be NULL) and returns -1, so that callers can write
 * `return error_set(error, ERROR_DATA, ...)`. A text that does not fit is cut. */
int error_set(struct error *error, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As error_set, with ": " and the meaning of the errno value ERRNUM behind the text. */
int error_system(struct error *error, enum error_code code, int errnum, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts a formatted text and ": " in front of ERROR's text; keeps its code. Returns -1. */
int error_prefix(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
