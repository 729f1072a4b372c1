/* Messages for people, always on stderr; data go to stdout through stdio. */
#ifndef UNROLL_BASE_LOG_H
#define UNROLL_BASE_LOG_H

#include <stdbool.h>
#include <stdio.h>

/* "note: ...", "warning: ..." and "error: ..." on stderr, a line each, after clearing a status
 * line. log_note is silent when quiet is set. */
void log_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_set_quiet(bool quiet);

/* A plain line on stderr without any prefix; silent when quiet. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* True where STREAM may carry colour and bars: a terminal that is not TERM=dumb, and NO_COLOR is
 * not set. */
bool log_is_fancy(FILE *stream);
bool log_is_terminal(FILE *stream);

/* Columns that a status line may fill. */
int log_columns(void);

/* Replaces the status line at the bottom of the terminal (cut to its width); does nothing where
 * stderr is no terminal. An empty text removes it. */
void log_status(const char *text);

#endif
