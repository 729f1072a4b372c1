/* Growing text, and small helpers for names. */
#ifndef UNROLL_BASE_TEXT_H
#define UNROLL_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing, always terminated text. All zero is a valid empty text; data is then NULL, so read
 * it through text_get. */
struct text {
    char *data;
    size_t length, capacity;
};

void text_release(struct text *text);
void text_clear(struct text *text); /* empty again, memory kept */
void text_add(struct text *text, const char *addition);
void text_add_bytes(struct text *text, const char *bytes, size_t count);
void text_add_char(struct text *text, char character);
void text_add_format(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Not for plugins. */
void text_add_spaces(struct text *text, int count); /* none where COUNT is negative */
void text_add_format_v(struct text *text, const char *format, va_list arguments);

/* The terminated content, "" when empty; valid until the next change. */
const char *text_get(const struct text *text);

/* Hands the content to the caller (never NULL; free with memory_free) and leaves TEXT empty. */
char *text_take(struct text *text);

/* A formatted text that the caller frees with memory_free. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

bool text_equal(const char *a, const char *b);
bool text_starts_with(const char *text, const char *prefix);
bool text_ends_with(const char *text, const char *suffix);

/* The candidate with the fewest edits (insert, delete, replace, swap of neighbours) from NAME, or
 * NULL when none is near enough to be worth a hint (more than a third of NAME's length, rounded
 * up). CANDIDATES holds COUNT names; NULL entries are passed over. */
const char *text_nearest(const char *name, const char *const *candidates, size_t count);

/* Writes VALUE as "%PRId64" would, many times faster. Not for plugins. */
void text_add_integer(struct text *text, int64_t value);

/* Adds DIGITS, a decimal number or what stands for one, with commas between thousands: "-1,234.5".
 * Not for plugins. */
void text_add_grouped(struct text *text, const char *digits);

/* Writes VALUE in the fewest digits that read back as the same double: 0.001, 1e-08, 128; whole
 * numbers below 1e15 in full. Also inf, -inf and nan. Not for plugins. */
void text_add_real(struct text *text, double value);

/* Columns that TEXT (UTF-8) takes on a terminal. Not for plugins. */
size_t text_width(const char *text);

#endif
