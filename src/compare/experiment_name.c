#include "compare/experiment_name.h"

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "config/diagnostics.h"
#include "config/parse.h"

bool experiment_name_is_path(const char *name)
{
    return text_ends_with(name, ".yaml") || text_ends_with(name, ".yml");
}

/* The name of the experiment that the file at PATH describes, or NULL. Caller frees. */
static char *read_name(const char *path, struct error *error)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct node *tree = parse_file(path, diagnostics);
    char *name = NULL;
    if (diagnostics_error(diagnostics, error) == 0) {
        const struct node *value = node_get(tree, "name");
        name =
            value && value->type == NODE_SCALAR ? memory_copy_text(value->text) : file_stem(path);
    }
    node_free(tree);
    diagnostics_free(diagnostics);
    return name;
}

char *experiment_name_read(const char *name, struct error *error)
{
    return experiment_name_is_path(name) ? read_name(name, error) : memory_copy_text(name);
}

void experiment_name_warn_changed(const char *path, const char *source)
{
    struct text now = {0};
    if (*source && file_read(path, PARSE_BYTES, &now, NULL) == 0 &&
        !text_equal(text_get(&now), source))
        log_warning(
            "%s: the file has changed since `unroll batch` read it, and what it says now is "
            "not used; run `unroll batch` with it again to ask what it asks",
            path);
    text_release(&now);
}
