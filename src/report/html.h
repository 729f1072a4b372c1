/* Pieces of an HTML page. What users wrote reaches it through html_add and html_add_lines only. */
#ifndef UNROLL_REPORT_HTML_H
#define UNROLL_REPORT_HTML_H

#include "base/text.h"

#include <stddef.h>

/* Adds TEXT made harmless, as content and within a quoted attribute alike: printable (printable.h),
 * with & < > " ' as references. */
void html_add(struct text *page, const char *text);

/* The same for a text of several lines, whose line ends stay; a tab becomes four spaces. */
void html_add_lines(struct text *page, const char *text);

/* Adds "<TAG>TEXT</TAG>" with a line end. */
void html_add_element(struct text *page, const char *tag, const char *text);

/* Adds SIZE bytes in base64 (RFC 4648), as a data: address wants them. */
void html_add_base64(struct text *page, const void *bytes, size_t size);

#endif
