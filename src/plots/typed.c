#include "plots/typed.h"

#include "base/memory.h"
#include "base/printable.h"

#include <string.h>

/* The next line of *LINES, which moves behind it; NULL at the end. Caller frees. */
static char *next_line(const char **lines)
{
    if (!**lines)
        return NULL;
    size_t length = strcspn(*lines, "\n");
    char *line = text_format("%.*s", (int)length, *lines);
    *lines += length + ((*lines)[length] == '\n');
    return line;
}

void typed_begin(struct gnuplot *plot, const char *lines)
{
    size_t width = 1, height = 0;
    const char *at = lines;
    for (char *line; (line = next_line(&at)); height++) {
        size_t columns = printable_width(line);
        width = columns > width ? columns : width;
        memory_free(line);
    }
    gnuplot_begin(plot, (double)width + 2, (double)height + 2);
    text_add(&plot->script, "unset border\nunset tics\nunset key\n"
                            "set lmargin 0\nset rmargin 0\nset tmargin 0\nset bmargin 0\n");
    at = lines;
    size_t row = height;
    for (char *line; (line = next_line(&at)); row--) {
        text_add(&plot->script, "set label ");
        gnuplot_add_text(&plot->script, line);
        text_add_format(&plot->script, " at character 0,%zu left\n", row);
        memory_free(line);
    }
    text_add(&plot->script, "plot [0:1] [0:1] NaN notitle\n");
}
