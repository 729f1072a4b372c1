/* unroll schema: the JSON Schema of a config. */
#include "config/schema.h"
#include "commands/commands.h"
#include "commands/load.h"
#include "commands/options.h"

#include <stdio.h>

int command_schema(int argc, char **argv, struct error *error)
{
    bool built_in = false;
    const struct option_entry entries[] = {
        {"built-in", 0, OPTION_FLAG, &built_in, NULL, "Leave out plugins.", 0, 0, NULL},
        OPTION_PLUGIN_DIR,
        {0}};
    const struct option_page page = {
        "schema",
        "Prints the JSON Schema (draft 2020-12) of a config, plugins included. An editor that\n"
        "knows YAML uses it for completion and help once a file begins with\n"
        "  # yaml-language-server: $schema=unroll.schema.json",
        "unroll schema > configs/unroll.schema.json", entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first < argc)
        return options_misused(&page, error, "schema takes no arguments");
    if (!built_in && load_modules(error))
        return -1;
    struct text text = {0};
    schema_add_config(&text);
    fputs(text_get(&text), stdout);
    text_release(&text);
    return 0;
}
