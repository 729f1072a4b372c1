/* Options of subcommands as tables: parsing and the --help page come from the same entries. */
#ifndef UNROLL_COMMANDS_OPTIONS_H
#define UNROLL_COMMANDS_OPTIONS_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum option_type {
    OPTION_FLAG,    /* bool */
    OPTION_TEXT,    /* const char *, into argv */
    OPTION_INTEGER, /* int64_t, within minimum and maximum */
    OPTION_CHOICE,  /* int: index into choices, ends with NULL */
    OPTION_LIST,    /* struct option_list: may be given more than once */
};

enum { OPTION_LIST_LIMIT = 32 };
struct option_list {
    const char *items[OPTION_LIST_LIMIT];
    int count;
};

struct option_entry {
    const char *name; /* without the dashes; NULL ends the table */
    char letter;      /* short form, or 0 */
    enum option_type type;
    void *target;
    const char *value; /* its name in the help: PATH, N; NULL for a flag or choice */
    const char *help;
    int64_t minimum, maximum;
    const char *const *choices;
};

/* What several commands take; TARGET is a const char **. */
#define OPTION_STORE(target)                                                                       \
    {                                                                                              \
        "store", 0, OPTION_TEXT, target, "PATH", "The store (UNROLL_STORE, runs/unroll.db).", 0,   \
            0, NULL                                                                                \
    }
/* How one value of a swept key is chosen on validation: a list, a text and a flag. */
#define OPTION_SELECT(over, on, no)                                                                \
    {"select-over",                                                                                \
     0,                                                                                            \
     OPTION_LIST,                                                                                  \
     over,                                                                                         \
     "KEY",                                                                                        \
     "Of each variant, the value of a swept key that is best on validation; repeatable.",          \
     0,                                                                                            \
     0,                                                                                            \
     NULL},                                                                                        \
        {"select-on", 0,        OPTION_TEXT,                                                       \
         on,          "METRIC", "By the mean of this one (validation.accuracy).",                  \
         0,           0,        NULL},                                                             \
    {                                                                                              \
        "no-select", 0, OPTION_FLAG, no, NULL, "Every value, where the experiment chooses.", 0, 0, \
            NULL                                                                                   \
    }
#define OPTION_DATA(target)                                                                        \
    {                                                                                              \
        "data", 0, OPTION_TEXT, target, "FOLDER",                                                  \
            "The data folder (UNROLL_DATA, ~/.cache/unroll).", 0, 0, NULL                          \
    }

struct option_page {
    const char *synopsis;               /* "run CONFIG [key=value...]" */
    const char *summary;                /* what the command does, one or more lines */
    const char *example;                /* one or more lines, each a command */
    const struct option_entry *entries; /* may be NULL */
};

/* Parses argv[1...]; options and other arguments may be mixed, "--" ends the options. Returns the
 * index in ARGV of the first other argument (all of them stand at the end then), 0 when --help was
 * asked for and printed, or -1 with ERROR_USAGE. */
int options_parse(int argc, char **argv, const struct option_page *page, struct error *error);

/* Hands the page of COMMAND, called NAME, to READER, which must not keep it, instead of printing
 * it: man page and completion are made of what --help shows. */
typedef void (*option_page_reader)(const struct option_page *page, void *data);
int options_read_page(int (*command)(int, char **, struct error *), const char *name,
                      option_page_reader reader, void *data, struct error *error);

/* The left column of an option's help, without its letter: "--threads N", "--format text|csv". The
 * caller frees it. */
char *options_entry_text(const struct option_entry *entry);

/* ERROR_USAGE with TEXT and a pointer to the command's --help. Returns -1. */
int options_misused(const struct option_page *page, struct error *error, const char *text);

#endif
