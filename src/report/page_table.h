/* A table (table.h) as part of an HTML page. */
#ifndef UNROLL_REPORT_PAGE_TABLE_H
#define UNROLL_REPORT_PAGE_TABLE_H

#include "report/table.h"

/* What a table cannot say of itself. All lists are by row and may be NULL, as may their entries. */
struct page_table {
    const char *caption;      /* plain text */
    const char *const *ids;   /* anchors of the rows, of our own making */
    const char *const *links; /* anchors that the texts of LINK_COLUMN lead to */
    size_t link_column;
    const char *const *classes; /* of the rows */
    const char *const *marks;   /* behind the numbers of MARK_COLUMN: "†" */
    size_t mark_column;
    bool is_plain; /* a short list: as wide as it takes, and not to be sorted */
};

/* Adds TABLE in a box of its own, in which a wide one scrolls. The first column heads its row.
 * Numbers are rounded for people, with thousands separated and a real minus sign; what rounds to
 * zero is told from zero ("< 0.0001"); each cell carries the number in full for the page's script
 * to sort by. A column in which all is missing is left out, and a table without rows. */
void page_table_add(struct text *page, const struct table *table, const struct page_table *style);

#endif
