/* unroll schema: the JSON Schemas of a config and of an experiment file. */
#include "config/schema.h"
#include "batch/experiment_schema.h"
#include "commands/commands.h"
#include "commands/load.h"
#include "commands/options.h"

#include <stdio.h>

int command_schema(int argc, char **argv, struct error *error)
{
    bool built_in = false, of_experiment = false;
    const struct option_entry entries[] = {
        {"experiment", 0, OPTION_FLAG, &of_experiment, NULL, "Of experiment files, not of configs.",
         0, 0, NULL},
        {"built-in", 0, OPTION_FLAG, &built_in, NULL, "Leave out plugins.", 0, 0, NULL},
        OPTION_PLUGIN_DIR,
        {0}};
    const struct option_page page = {
        "schema",
        "Prints the JSON Schema (draft 2020-12) of a config, or of an experiment file, plugins\n"
        "included. An editor that knows YAML uses it for completion and help once a file begins\n"
        "with\n"
        "  # yaml-language-server: $schema=unroll.schema.json\n"
        "or, of an experiment, with\n"
        "  # yaml-language-server: $schema=experiment.schema.json",
        "unroll schema > configs/unroll.schema.json\n"
        "unroll schema --experiment > experiments/experiment.schema.json",
        entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first < argc)
        return options_misused(&page, error, "schema takes no arguments");
    if (!built_in && load_modules(error))
        return -1;
    struct text text = {0};
    if (of_experiment)
        schema_add_experiment(&text);
    else
        schema_add_config(&text);
    fputs(text_get(&text), stdout);
    text_release(&text);
    return 0;
}
