#include "base/log.h"

#include "base/printable.h"
#include "base/text.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool is_quiet, is_silent;
/* What the terminal shows below the lines. The cursor waits at its beginning: wherever a terminal
 * moves the text to when its size changes, all of it stands behind the cursor. */
static struct text status;
static volatile sig_atomic_t has_status;

void log_set_quiet(bool quiet)
{
    is_quiet = quiet;
}

void log_set_silent(bool silent)
{
    is_silent = silent;
}

bool log_is_terminal(FILE *stream)
{
    const char *terminal = getenv("TERM");
    return isatty(fileno(stream)) && !(terminal && text_equal(terminal, "dumb"));
}

bool log_is_fancy(FILE *stream)
{
    const char *no_colour = getenv("NO_COLOR");
    return log_is_terminal(stream) && !(no_colour && *no_colour);
}

static struct winsize terminal_size(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0)
        size = (struct winsize){0};
    return size;
}

int log_columns(void)
{
    int columns = terminal_size().ws_col;
    return columns ? columns > 1 ? columns - 1 : 1 : 79;
}

int log_rows(void)
{
    int rows = terminal_size().ws_row;
    return rows ? rows > 1 ? rows - 1 : 1 : 23;
}

/* Adds as much of the first line of LINES as fits into COLUMNS. */
static void add_fitting(struct text *text, const char *lines, size_t columns)
{
    struct text line = {0};
    text_add_bytes(&line, lines, strcspn(lines, "\n"));
    while (printable_width(text_get(&line)) > columns) {
        do
            line.length--;
        while ((line.data[line.length] & 0xC0) == 0x80);
        line.data[line.length] = '\0';
    }
    text_add(text, text_get(&line));
    text_release(&line);
}

/* The status as a terminal needs it, from the cursor on, which returns to where it was. */
static void add_status(struct text *text)
{
    size_t columns = (size_t)log_columns();
    int rows = log_rows(), row = 0;
    for (const char *at = text_get(&status); *at && row < rows; row++) {
        text_add(text, row ? "\r\n\033[K" : "\r\033[K");
        add_fitting(text, at, columns);
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    text_add(text, "\033[J");
    if (row > 1)
        text_add_format(text, "\033[%dA", row - 1);
    text_add_char(text, '\r');
}

static const char wipe[] = "\r\033[J";

void log_status(const char *text)
{
    if (!log_is_terminal(stderr) || is_quiet || (!*text && !has_status))
        return;
    struct text bytes = {0};
    if (*text) {
        text_clear(&status);
        text_add(&status, text);
        add_status(&bytes);
    } else {
        text_release(&status);
        text_add(&bytes, wipe);
    }
    has_status = *text != '\0';
    fwrite(bytes.data, 1, bytes.length, stderr);
    fflush(stderr);
    text_release(&bytes);
}

void log_wipe_status(void)
{
    int before = errno;
    if (has_status && isatty(STDERR_FILENO)) {
        ssize_t written = write(STDERR_FILENO, wipe, sizeof wipe - 1);
        (void)written; /* the terminal may be gone */
    }
    errno = before;
}

/* The whole line in one write, so that lines of parallel processes do not mix. */
static void write_line(const char *prefix, const char *colour, const char *format,
                       va_list arguments)
{
    struct text line = {0};
    bool is_above = has_status && log_is_terminal(stderr);
    if (is_above)
        text_add(&line, wipe);
    if (prefix && log_is_fancy(stderr))
        text_add_format(&line, "%s%s:\033[0m ", colour, prefix);
    else if (prefix)
        text_add_format(&line, "%s: ", prefix);
    text_add_format_v(&line, format, arguments);
    text_add_char(&line, '\n');
    if (is_above)
        add_status(&line);
    fwrite(line.data, 1, line.length, stderr);
    fflush(stderr);
    text_release(&line);
}

void log_line(const char *format, ...)
{
    if (is_quiet)
        return;
    va_list arguments;
    va_start(arguments, format);
    write_line(NULL, "", format, arguments);
    va_end(arguments);
}

void log_note(const char *format, ...)
{
    if (is_quiet || is_silent)
        return;
    va_list arguments;
    va_start(arguments, format);
    write_line("note", "\033[36m", format, arguments);
    va_end(arguments);
}

void log_warning(const char *format, ...)
{
    if (is_silent)
        return;
    va_list arguments;
    va_start(arguments, format);
    write_line("warning", "\033[33m", format, arguments);
    va_end(arguments);
}

void log_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line("error", "\033[31m", format, arguments);
    va_end(arguments);
}
