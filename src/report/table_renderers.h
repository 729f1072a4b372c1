/* How table.c hands a table to the file that knows a format. */
#ifndef UNROLL_REPORT_TABLE_RENDERERS_H
#define UNROLL_REPORT_TABLE_RENDERERS_H

#include "report/table.h"

void table_render_text(const struct table *table, size_t width, struct text *output);
void table_render_csv(const struct table *table, struct text *output);
void table_render_json(const struct table *table, struct text *output);
void table_render_markdown(const struct table *table, struct text *output);
void table_render_latex(const struct table *table, struct text *output);

#endif
