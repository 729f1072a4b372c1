/* A small vocabulary over sqlite3, for the files of this folder only. */
#ifndef UNROLL_STORE_DATABASE_H
#define UNROLL_STORE_DATABASE_H

#include "base/error.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { DATABASE_IDLE = 8 };

/* A connection. Only the process that opened it may use it, one thread at a time. */
struct database {
    struct sqlite3 *handle;
    char *path;
    pid_t owner;
    int64_t version; /* of the schema that this process writes; 0: not known yet */
    struct sqlite3_stmt *idle[DATABASE_IDLE]; /* released statements, kept to be prepared again */
    unsigned next_idle;                       /* the one that makes room for another */
    int readings;                             /* database_begin_read without its end */
    double waiting_since;                     /* of the last wait for a lock, see busy.h */
    bool has_said, has_given_up;
};

/* The connection within STORE. */
struct database *store_database(struct store *store);

/* Opens PATH for reading and writing (for reading alone where the file does not allow more), and
 * makes it when CREATE is set. DATABASE must be closed, also after an error. */
int database_open(struct database *database, const char *path, bool create, struct error *error);
void database_close(struct database *database);

/* Fills ERROR from the connection's last error: what it means, the path, the remedy. Returns -1. */
int database_error(struct database *database, struct error *error);

/* Runs statements that give no rows. */
int database_execute(struct database *database, const char *sql, struct error *error);

/* A transaction for reading (all statements see one state; may be nested) or for writing (begins
 * immediate: waits for other writers now, never half-way). database_end commits when RESULT, what
 * the statements in between gave, is 0; otherwise, and when the commit fails, it rolls back and
 * gives -1. Writing is ERROR_DATA when a newer Unroll has changed the schema since this process
 * opened the store. */
int database_begin_read(struct database *database, struct error *error);
int database_begin_write(struct database *database, struct error *error);
int database_end(struct database *database, int result, struct error *error);

/* The number that SQL gives in its first row; unchanged where there is none. */
int database_integer(struct database *database, const char *sql, int64_t *value,
                     struct error *error);

/* Rows that the last statement changed. */
int64_t database_changes(struct database *database);

/* A prepared statement. A failed bind is kept and reported by the next step. */
struct statement {
    struct sqlite3_stmt *handle;
    struct database *database;
    bool failed;
};

/* STATEMENT must be released, also after an error. What was prepared lately costs next to nothing,
 * so a function may prepare the same few statements at each of ten thousand calls. */
int statement_prepare(struct statement *statement, struct database *database, const char *sql,
                      struct error *error);
void statement_release(struct statement *statement);

/* Parameters count from 1. Texts and blobs must stay until the statement is released or bound
 * anew. */
void bind_text(struct statement *statement, int parameter, const char *text);
void bind_integer(struct statement *statement, int parameter, int64_t value);
void bind_real(struct statement *statement, int parameter, double value);
void bind_blob(struct statement *statement, int parameter, const void *bytes, size_t size);

/* A number in two columns, value and note, as the schema explains. */
void bind_value(struct statement *statement, int parameter, double value);

/* What COLUMN of ROW's current row holds, copied as it is; ROW may be another database's. */
void bind_column(struct statement *statement, int parameter, struct statement *row, int column);

/* 1: there is a row; 0: there is none, or no more; -1: error. */
int statement_step(struct statement *statement, struct error *error);

/* One step, after which the statement is ready to be bound and run again; results as above. For
 * statements that give no rows, or of whose rows only their being there counts. */
int statement_run(struct statement *statement, struct error *error);

/* Columns of the current row count from 0. column_text gives a copy ("" for NULL) that the caller
 * frees; column_view gives text that is valid until the next step. */
char *column_text(struct statement *statement, int column);
const char *column_view(struct statement *statement, int column);
int64_t column_integer(struct statement *statement, int column);
double column_real(struct statement *statement, int column);
double column_real_or_nan(struct statement *statement, int column); /* NaN for NULL */
double column_value(struct statement *statement, int column); /* value and note, see bind_value */
const void *column_blob(struct statement *statement, int column, size_t *size);

#endif
