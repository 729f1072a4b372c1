/* The subcommands. Each takes its own arguments (argv[0] is its name), writes data to stdout and
 * messages to stderr, and returns 0, or -1 with ERROR, whose code is the exit status. An empty
 * error text means that everything was already said. */
#ifndef UNROLL_COMMANDS_COMMANDS_H
#define UNROLL_COMMANDS_COMMANDS_H

#include "base/error.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv, struct error *error);
    const char *help; /* what it does, in a few words */
};

int command_run(int argc, char **argv, struct error *error);
int command_batch(int argc, char **argv, struct error *error);
int command_check(int argc, char **argv, struct error *error);
int command_show(int argc, char **argv, struct error *error);
int command_list(int argc, char **argv, struct error *error);
int command_status(int argc, char **argv, struct error *error);
int command_compare(int argc, char **argv, struct error *error);
int command_plot(int argc, char **argv, struct error *error);
int command_report(int argc, char **argv, struct error *error);
int command_predict(int argc, char **argv, struct error *error);
int command_diff(int argc, char **argv, struct error *error);
int command_verify(int argc, char **argv, struct error *error);
int command_tag(int argc, char **argv, struct error *error);
int command_note(int argc, char **argv, struct error *error);
int command_rm(int argc, char **argv, struct error *error);
int command_gc(int argc, char **argv, struct error *error);
int command_import(int argc, char **argv, struct error *error);
int command_fetch(int argc, char **argv, struct error *error);
int command_modules(int argc, char **argv, struct error *error);
int command_schema(int argc, char **argv, struct error *error);
int command_doctor(int argc, char **argv, struct error *error);

#endif
