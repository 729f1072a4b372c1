#include "batch/file_kind.h"

#include "base/file.h"
#include "base/shell.h"
#include "batch/experiment.h"
#include "config/parse.h"

#include <string.h>

enum file_kind file_kind(const char *path)
{
    if (text_equal(path, "-") || !file_is_regular(path))
        return FILE_UNCLEAR;
    struct diagnostics *diagnostics = diagnostics_new();
    struct node *tree = parse_file(path, diagnostics);
    size_t of_config = 0, of_experiment = 0;
    for (size_t i = 0; tree && tree->type == NODE_MAPPING && i < tree->count; i++) {
        const char *key = tree->keys[i]; /* a dotted one stands in neither file */
        of_experiment += !strchr(key, '.') && experiment_has_key(key);
        of_config += !text_equal(key, "name") && param_find(config_table, key);
    }
    node_free(tree);
    diagnostics_free(diagnostics);
    if (of_experiment)
        return of_config ? FILE_MIXED : FILE_EXPERIMENT;
    return of_config ? FILE_CONFIG : FILE_UNCLEAR;
}

int file_kind_mistaken(const char *path, enum file_kind it_is, struct error *error)
{
    struct text word = {0};
    shell_add_word(&word, path);
    if (it_is == FILE_CONFIG)
        error_set(error, ERROR_USAGE,
                  "%s is a config, not an experiment; train it by: unroll run %s", path,
                  text_get(&word));
    else
        error_set(
            error, ERROR_USAGE,
            "%s is an experiment, not a config; train it by: unroll batch %s (--dry-run lists "
            "its trials)",
            path, text_get(&word));
    text_release(&word);
    return -1;
}
