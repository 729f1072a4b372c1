/* Parameters for people: types, ranges and defaults. DEFAULTS is the struct that the parameter's
 * table describes. */
#ifndef UNROLL_COMMANDS_PARAMS_PRINT_H
#define UNROLL_COMMANDS_PARAMS_PRINT_H

#include "base/text.h"
#include "module/param.h"

/* "rnn | lstm"; CHOICES end with NULL. */
void params_add_choices(const char *const *choices, struct text *text);

/* "whole number of steps, at least 1", and "default 100". */
void params_add_type(const struct param *param, struct text *text);
void params_add_default(const struct param *param, const void *defaults, struct text *text);

/* Name, summary and the above, in lines of their own that begin with INDENT spaces. EITHER: the
 * parameter belongs to one of two forms, and is required in its own only. */
void params_print(const struct param *param, const void *defaults, int indent, bool either);

/* All of a table, the keys that may stand beside it in a file first. */
void params_print_table(const struct param *table, const void *defaults, int indent);

#endif
