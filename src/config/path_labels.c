#include "config/path_labels.h"

#include "base/memory.h"
#include "base/text.h"

#include <string.h>

/* The end of PATH that has one part more than LABEL, and begins with no digit. */
static const char *lengthen(const char *path, const char *label)
{
    do {
        if (label - path < 2)
            return path;
        for (label -= 2; label > path && label[-1] != '.';)
            label--;
    } while (*label >= '0' && *label <= '9');
    return label;
}

/* Lengthens every label that another path has too; false where there is none. */
static bool lengthen_twins(const char *const *paths, const char **labels, size_t count)
{
    bool changed = false;
    bool *is_twin = memory_array(count, sizeof *is_twin);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            is_twin[i] |= i != j && text_equal(labels[i], labels[j]);
    for (size_t i = 0; i < count; i++) {
        const char *longer = is_twin[i] ? lengthen(paths[i], labels[i]) : labels[i];
        changed |= longer != labels[i];
        labels[i] = longer;
    }
    memory_free(is_twin);
    return changed;
}

void path_labels(const char *const *paths, const char **labels, size_t count)
{
    for (size_t i = 0; i < count; i++)
        labels[i] = lengthen(paths[i], paths[i] + strlen(paths[i]) + 1);
    while (lengthen_twins(paths, labels, count))
        ;
}
