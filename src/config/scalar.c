#include "config/scalar.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DIGITS "0123456789"

/* Passes over digits; gives how many there were. */
static size_t skip_digits(const char **at)
{
    size_t count = strspn(*at, DIGITS);
    *at += count;
    return count;
}

static const char *skip_sign(const char *text)
{
    return *text == '-' || *text == '+' ? text + 1 : text;
}

/* Decimal notation with an optional point and exponent. */
static bool is_decimal(const char *text)
{
    const char *at = skip_sign(text);
    size_t digits = skip_digits(&at);
    if (*at == '.') {
        at++;
        digits += skip_digits(&at);
    }
    if (digits == 0)
        return false;
    if (*at == 'e' || *at == 'E') {
        at = skip_sign(at + 1);
        if (skip_digits(&at) == 0)
            return false;
    }
    return *at == '\0';
}

static bool has_leading_zero(const char *text)
{
    const char *digits = skip_sign(text);
    return digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
}

/* TEXT without its leading zeros, or without every CHARACTER. */
static void add_without_zeros(struct text *out, const char *text)
{
    const char *digits = skip_sign(text);
    text_add_bytes(out, text, (size_t)(digits - text));
    while (digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9')
        digits++;
    text_add(out, digits);
}

static void add_without(struct text *out, const char *text, char character)
{
    for (; *text; text++)
        if (*text != character)
            text_add_char(out, *text);
}

/* Other languages' ways to write numbers. Gives true when it had something to say. */
static bool explain_notation(const char *text, struct text *remedy)
{
    const char *digits = skip_sign(text);
    if (strcasecmp(digits, "nan") == 0 || strcasecmp(digits, ".nan") == 0 ||
        strcasecmp(digits, "inf") == 0 || strcasecmp(digits, ".inf") == 0 ||
        strcasecmp(digits, "infinity") == 0) {
        text_add(remedy, "a number here is finite");
        return true;
    }
    if (digits[0] == '0' && digits[1] && strchr("xXoObB", digits[1])) {
        text_add(remedy, "write it in decimal digits");
        return true;
    }
    size_t length = strlen(digits);
    if (*digits >= '0' && *digits <= '9' && length < 40 && strchr(digits, '_') &&
        strspn(digits, DIGITS "_.eE+-") == length) {
        text_add(remedy, "write ");
        add_without(remedy, text, '_');
        text_add(remedy, ", without underscores");
        return true;
    }
    size_t whole = strspn(digits, DIGITS);
    if (whole && digits[whole] == ',' && length < 40 &&
        whole + 1 + strspn(digits + whole + 1, DIGITS) == length) {
        text_add_format(remedy, "write %.*s.%s, with a point", (int)whole, digits,
                        digits + whole + 1);
        return true;
    }
    return false;
}

static void explain_integer(const char *text, struct text *remedy)
{
    if (explain_notation(text, remedy) || !is_decimal(text))
        return;
    double value = strtod(text, NULL);
    if (value == floor(value) && fabs(value) < 1e15)
        text_add_format(remedy, "write %.0f", value);
    else
        text_add(remedy, "write a whole number in digits");
}

int scalar_read_integer(const char *text, int64_t *value, struct text *remedy)
{
    const char *digits = skip_sign(text);
    if (!*digits || digits[strspn(digits, DIGITS)]) {
        explain_integer(text, remedy);
        return -1;
    }
    if (has_leading_zero(text)) {
        text_add(remedy, "write ");
        add_without_zeros(remedy, text);
        text_add(remedy, ": with a leading zero others would read it as octal");
        return -1;
    }
    errno = 0;
    intmax_t number = strtoimax(text, NULL, 10);
    if (errno == ERANGE) {
        text_add_format(remedy, "whole numbers go from %" PRId64 " to %" PRId64, INT64_MIN,
                        INT64_MAX);
        return -1;
    }
    *value = number;
    return 0;
}

int scalar_read_real(const char *text, double *value, struct text *remedy)
{
    if (!is_decimal(text)) {
        explain_notation(text, remedy);
        return -1;
    }
    if (has_leading_zero(text)) {
        text_add(remedy, "write ");
        add_without_zeros(remedy, text);
        text_add(remedy, ": with a leading zero others would read it as octal");
        return -1;
    }
    double number = strtod(text, NULL);
    if (isinf(number)) {
        text_add(remedy, "too large: the limit is about 1.8e308");
        return -1;
    }
    size_t mantissa = strcspn(text, "eE");
    if (number == 0 && strcspn(text, "123456789") < mantissa) {
        text_add(remedy, "too small to be told from zero: write 0");
        return -1;
    }
    *value = number == 0 ? 0 : number; /* not -0 */
    return 0;
}

int scalar_read_boolean(const char *text, bool *value, struct text *remedy)
{
    static const struct {
        const char *text;
        bool value;
    } others[] = {{"yes", true}, {"no", false}, {"on", true}, {"off", false}, {"y", true},
                  {"n", false},  {"1", true},   {"0", false}, {"true", true}, {"false", false}};
    if (text_equal(text, "true") || text_equal(text, "false")) {
        *value = text[0] == 't';
        return 0;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcasecmp(text, others[i].text) == 0)
            text_add_format(remedy, "write %s: only `true` and `false` are booleans here",
                            others[i].value ? "true" : "false");
    return -1;
}
