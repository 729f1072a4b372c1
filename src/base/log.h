/* Messages for people, always on stderr; data go to stdout through stdio. */
#ifndef UNROLL_BASE_LOG_H
#define UNROLL_BASE_LOG_H

#include <stdbool.h>
#include <stdio.h>

/* "note: ...", "warning: ..." and "error: ..." on stderr, a line each, above a status.
 * log_note is silent when quiet is set. */
void log_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_set_quiet(bool quiet);

/* Neither notes nor warnings while SILENT: for work whose result says all that itself. */
void log_set_silent(bool silent);

/* A plain line on stderr without any prefix; silent when quiet. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* True where STREAM may carry colour and bars: a terminal that is not TERM=dumb, and NO_COLOR is
 * not set. */
bool log_is_fancy(FILE *stream);
bool log_is_terminal(FILE *stream);

/* Columns that a status line may fill, and lines that a status may have. */
int log_columns(void);
int log_rows(void);

/* Replaces the status at the bottom of the terminal: one line or several, each cut to the width,
 * those beyond log_rows() left out. It stays below what the functions above write. Does nothing
 * where stderr is no terminal. An empty text removes it. */
void log_status(const char *text);

/* Wipes the status off the terminal, for a signal handler that ends or stops the process. */
void log_wipe_status(void);

#endif
