/* Experiments are named, or meant by the path of their file. */
#ifndef UNROLL_COMPARE_EXPERIMENT_NAME_H
#define UNROLL_COMPARE_EXPERIMENT_NAME_H

#include "base/error.h"

#include <stdbool.h>

/* Whether NAME is taken for the path of an experiment file: it ends in .yaml or .yml. */
bool experiment_name_is_path(const char *name);

/* The name of the experiment that NAME means: NAME itself, or where it is the path of an experiment
 * file (.yaml, .yml) what that file says. NULL after an error. Caller frees. */
char *experiment_name_read(const char *name, struct error *error);

/* Warns on stderr where the experiment file at PATH says something else than SOURCE, which is what
 * it said when `unroll batch` read it: what is asked of the runs is what stood there then. Silent
 * where SOURCE is empty (of standard input), or the file cannot be read. */
void experiment_name_warn_changed(const char *path, const char *source);

#endif
