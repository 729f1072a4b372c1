#include "base/log.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool is_quiet;
static bool has_status;

void log_set_quiet(bool quiet)
{
    is_quiet = quiet;
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

/* The bytes of UTF-8 TEXT that fit into COLUMNS. */
static int fitting(const char *text, int columns)
{
    const char *at = text;
    for (int width = 0; *at; at++) {
        width += (*at & 0xC0) != 0x80;
        if (width > columns)
            break;
    }
    return (int)(at - text);
}

int log_columns(void)
{
    struct winsize size;
    return (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80) - 1;
}

void log_status(const char *text)
{
    if (!log_is_terminal(stderr) || is_quiet || (!*text && !has_status))
        return;
    fprintf(stderr, "\r\033[K%.*s", fitting(text, log_columns()), text);
    fflush(stderr);
    has_status = *text != '\0';
}

/* The whole line in one write, so that lines of parallel processes do not mix. */
static void write_line(const char *prefix, const char *colour, const char *format,
                       va_list arguments)
{
    struct text line = {0};
    if (prefix && log_is_fancy(stderr))
        text_add_format(&line, "%s%s:\033[0m ", colour, prefix);
    else if (prefix)
        text_add_format(&line, "%s: ", prefix);
    text_add_format_v(&line, format, arguments);
    text_add_char(&line, '\n');
    log_status("");
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
    if (is_quiet)
        return;
    va_list arguments;
    va_start(arguments, format);
    write_line("note", "\033[36m", format, arguments);
    va_end(arguments);
}

void log_warning(const char *format, ...)
{
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
