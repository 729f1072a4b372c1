/* unroll fetch mnist|fashion-mnist [--data FOLDER] [--force]: gets a data set; its folder is the
 * only line on stdout. ARGV[0] is "fetch". */
#ifndef UNROLL_COMMANDS_FETCH_H
#define UNROLL_COMMANDS_FETCH_H

#include "base/error.h"

int command_fetch(int argc, char **argv, struct error *error);

#endif
