#include "plots/line_titles.h"

#include "base/text.h"

void line_titles_set(struct line_plot *lines, size_t line, size_t runs, size_t diverged,
                     size_t shown)
{
    const char *name = lines->names[line];
    char **title = &lines->titles[line];
    if (shown > 0 && shown < runs)
        *title = text_format("%s (%zu of %zu runs)", name, shown, runs);
    else if (shown == 0 && diverged > 0 && diverged < runs)
        *title = text_format("%s (%zu of %zu diverged)", name, diverged, runs);
    else if (shown == 0 && diverged > 0)
        *title = text_format(runs == 1 ? "%s (diverged)" : "%s (all diverged)", name);
}
