/* Runs a subcommand and keeps what it prints, for tests. */
#ifndef UNROLL_TESTS_CAPTURE_H
#define UNROLL_TESTS_CAPTURE_H

#include "base/error.h"
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

/* Calls COMMAND with ARGUMENTS, a list that ends with NULL and begins with the command's name.
 * OUTPUT, initialised by the caller, becomes what it wrote to stdout. Returns the exit status. */
static inline int capture(int (*command)(int, char **, struct error *),
                          const char *const *arguments, struct text *output, struct error *error)
{
    char *argv[32] = {0};
    int argc = 0;
    for (; arguments[argc] && argc < 31; argc++)
        argv[argc] = (char *)(uintptr_t)arguments[argc];
    FILE *file = tmpfile();
    fflush(stdout);
    int before = dup(STDOUT_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    *error = (struct error){0};
    int result = command(argc, argv, error);
    fflush(stdout);
    dup2(before, STDOUT_FILENO);
    close(before);
    rewind(file);
    text_clear(output);
    char buffer[4096];
    for (size_t count; (count = fread(buffer, 1, sizeof buffer, file)) > 0;)
        text_add_bytes(output, buffer, count);
    fclose(file);
    return result == 0 ? 0 : (int)error->code;
}

#endif
