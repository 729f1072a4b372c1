/* unroll check --gradients */
#ifndef UNROLL_COMMANDS_CHECK_GRADIENTS_H
#define UNROLL_COMMANDS_CHECK_GRADIENTS_H

#include "base/error.h"

/* Checks the gradients of the config at PATH with its overrides, DATA being --data or NULL, and
 * prints them in FORMAT (enum table_format). ERROR_FAILED where one is not right. */
int check_gradients(const char *path, char **overrides, int count, const char *data, int format,
                    struct error *error);

#endif
