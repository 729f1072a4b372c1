/* The commands' help pages for other programs: man, and the shell's completion. */
#ifndef UNROLL_COMMANDS_PAGES_H
#define UNROLL_COMMANDS_PAGES_H

#include "commands/commands.h"

/* Prints the man page unroll(1) of COUNT COMMANDS, in groff's man macros. */
int manual_print(const struct command *commands, int count, struct error *error);

/* Prints a script for bash that completes COMMANDS, their options and the options' values. */
int completion_print(const struct command *commands, int count, struct error *error);

#endif
