#include "config/config.h"

#include "base/memory.h"
#include "config/character.h"
#include "config/expand.h"
#include "config/merge.h"
#include "config/resolve.h"
#include "config/rules.h"
#include "module/registry.h"

#include <string.h>

/* Lays OVERLAY, which is freed, over TREE. */
static void lay_over(struct node *tree, struct node *overlay, struct diagnostics *diagnostics)
{
    int base = node_find(overlay, "base");
    if (base >= 0) {
        diagnostics_add(diagnostics, &overlay->key_marks[base], "base",
                        "name the other file instead of this one, or write `base:` into it",
                        "can be said in a config file only");
        node_free(node_take(overlay, (size_t)base));
    }
    merge_overlay(tree, overlay, config_table, diagnostics);
    node_free(overlay);
}

struct node *config_read(const char *path, struct diagnostics *diagnostics)
{
    return merge_load(path, NULL, 0, config_table, diagnostics);
}

/* The file, the overlays and the command line as one tree, or NULL. Caller frees. */
static struct node *read_tree(const struct config_source *source, struct diagnostics *diagnostics)
{
    struct node *tree = source->tree ? node_copy(source->tree)
                                     : merge_load(source->path, source->text,
                                                  source->text ? strlen(source->text) : 0,
                                                  config_table, diagnostics);
    for (size_t i = 0; tree && i < source->overlay_count; i++)
        lay_over(tree, merge_unfold(source->overlays[i], diagnostics), diagnostics);
    for (size_t i = 0; i < source->override_count; i++) {
        struct node *overlay = merge_override(source->overrides[i], diagnostics);
        if (overlay && tree)
            lay_over(tree, overlay, diagnostics);
        else
            node_free(overlay);
    }
    return tree;
}

/* What `model.init` says; the default where it says nothing good, which the decoder reports. */
static int find_init(const struct node *tree)
{
    const struct param *model = param_find(config_table, "model");
    const struct param *init = param_find(model->table, "init");
    const struct node *node = node_get(node_get(tree, "model"), "init");
    for (int i = 0; node && node->type == NODE_SCALAR && init->choices[i]; i++)
        if (text_equal(init->choices[i], node->text))
            return i;
    return config_defaults.model.init;
}

static void expand_tree(struct node *tree, struct diagnostics *diagnostics)
{
    int index = node_find(tree, "model");
    if (index < 0) {
        node_add(tree, "model", &tree->mark, node_new(NODE_MAPPING, &tree->mark));
        index = node_find(tree, "model");
    }
    struct node *model = tree->items[index];
    if (model->type == NODE_MAPPING)
        expand_model(model, diagnostics);
}

/* The file's name without folder and ending, what a name cannot hold replaced. */
static char *default_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *start = slash ? slash + 1 : path;
    const char *point = strrchr(start, '.');
    size_t left = point && point > start ? (size_t)(point - start) : strlen(start);
    left = left > 100 ? 100 : left;
    struct text name = {0};
    while (left > 0) {
        unsigned code;
        size_t length = character_read(start, left, &code);
        bool is_word = length == 1 && (code == '_' || code == '.' || code == '+' || code == '-' ||
                                       (code >= '0' && code <= '9') ||
                                       ((code | 0x20) >= 'a' && (code | 0x20) <= 'z'));
        bool is_fit = is_word || (length > 1 && code >= 0xA0 && !character_is_harmful(code));
        bool is_bad_start = name.length == 0 && (code == '.' || code == '-');
        if (is_fit && !is_bad_start)
            text_add_bytes(&name, start, length);
        else
            text_add_char(&name, '_');
        start += length ? length : 1;
        left -= length ? length : 1;
    }
    if (name.length == 0)
        text_add(&name, "config");
    return text_take(&name);
}

static void fill_name(struct config *config, const char *path)
{
    if (config->name)
        return;
    config->name = default_name(path);
    struct resolved *leaf = resolved_find(config->resolved, "name");
    resolved_release(leaf);
    *leaf = (struct resolved){.type = RESOLVED_TEXT,
                              .name = "name",
                              .text = memory_copy_text(config->name),
                              .origin = memory_copy_text("file name")};
}

static void write_texts(struct config *config, bool with_yaml)
{
    struct text yaml = {0}, canonical = {0};
    memory_free(config->yaml);
    memory_free(config->canonical);
    if (with_yaml)
        resolved_add_yaml(&yaml, config->resolved, false);
    resolved_add_canonical(&canonical, config->resolved);
    config->yaml = with_yaml ? text_take(&yaml) : NULL;
    config->canonical = text_take(&canonical);
}

static void decode(struct config *config, const struct config_source *source,
                   const struct node *tree, struct resolved *resolved,
                   struct diagnostics *diagnostics)
{
    int init = find_init(tree);
    struct text absent = {0};
    if (source->spares_plugins)
        resolve_sparing_plugins(config, sizeof *config, &config_defaults, config_table, tree, init,
                                resolved, &absent, diagnostics);
    else
        resolve_table(config, sizeof *config, &config_defaults, config_table, tree, init, "",
                      resolved, diagnostics);
    if (absent.length)
        config->absent = text_take(&absent);
}

static bool is_plugins(const struct module *module)
{
    return module && *registry_plugin_digest(module);
}

int config_load_from(struct config *config, const struct config_source *source,
                     struct diagnostics *diagnostics)
{
    size_t before = diagnostics_reported(diagnostics);
    *config = (struct config){0};
    struct node *tree = read_tree(source, diagnostics);
    if (!tree)
        return -1;
    expand_tree(tree, diagnostics);
    struct resolved *resolved = resolved_new();
    decode(config, source, tree, resolved, diagnostics);
    config->resolved = resolved;
    fill_name(config, source->path);
    bool is_spared = source->spares_plugins && is_plugins(config->train.schedule.module);
    if (!is_spared && !config->absent)
        rules_check(config, tree, diagnostics);
    node_free(tree);
    if (diagnostics_reported(diagnostics) != before)
        return -1;
    rules_complete(config, resolved);
    write_texts(config, !source->without_yaml);
    return 0;
}

int config_load(struct config *config, const char *path, const char *const *overrides, size_t count,
                struct diagnostics *diagnostics)
{
    const struct config_source source = {
        .path = path, .overrides = overrides, .override_count = count};
    return config_load_from(config, &source, diagnostics);
}

void config_set_seed(struct config *config, int64_t seed)
{
    struct text text = {0};
    struct resolved *leaf = resolved_find(config->resolved, "seed");
    text_add_integer(&text, seed);
    memory_free(leaf->text);
    leaf->text = text_take(&text);
    config->seed = seed;
    write_texts(config, config->yaml != NULL);
}

void config_release(struct config *config)
{
    resolve_release(config, config_table);
    resolved_free(config->resolved);
    memory_free(config->yaml);
    memory_free(config->canonical);
    memory_free(config->absent);
    *config = (struct config){0};
}

void config_add_yaml(struct text *out, const struct config *config, bool with_origins)
{
    resolved_add_yaml(out, config->resolved, with_origins);
}
