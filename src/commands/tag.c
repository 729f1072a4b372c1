/* unroll tag: what runs are found again by. */
#include "base/memory.h"
#include "commands/commands.h"
#include "commands/options.h"
#include "store/remarks.h"
#include "store/runs.h"

#include <stdio.h>

static int print_tags(struct store *store, const char *id, struct error *error)
{
    struct names tags;
    if (store_tags_load(store, id, &tags, error) != 0)
        return -1;
    for (size_t i = 0; i < tags.count; i++)
        puts(tags.items[i]);
    names_release(&tags);
    return 0;
}

/* Without TAGS, prints those of the run. */
static int tag_run(const char *store_option, const char *prefix, char **tags, int count,
                   bool removes, struct error *error)
{
    char *path = store_path(store_option);
    struct store *store;
    struct run run = {0};
    int result = store_open(&store, path, count ? STORE_CHANGE : STORE_READ, error);
    if (result == 0)
        result = store_run_find(store, prefix, &run, error);
    if (result == 0 && count == 0)
        result = print_tags(store, run.id, error);
    else if (result == 0)
        result = (removes ? store_tags_remove : store_tags_add)(
            store, run.id, (const char *const *)tags, (size_t)count, error);
    run_release(&run);
    store_close(store);
    memory_free(path);
    return result;
}

int command_tag(int argc, char **argv, struct error *error)
{
    const char *store = NULL;
    bool removes = false;
    const struct option_entry entries[] = {
        {"remove", 'r', OPTION_FLAG, &removes, NULL, "Take the tags away instead.", 0, 0, NULL},
        OPTION_STORE(&store),
        {0}};
    const struct option_page page = {
        "tag RUN [TAG...]",
        "Gives a run (its id or the beginning of it) tags, by which `list --tag` finds it; `show`\n"
        "and `list` show them. Without tags, prints those that the run has, a line each. A tag "
        "has\n"
        "up to 64 characters, no spaces or commas among them.",
        "unroll tag 3f2a paper baseline\n"
        "unroll tag --remove 3f2a baseline",
        entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first == argc)
        return options_misused(&page, error, "tag needs a run");
    if (removes && first + 1 == argc)
        return options_misused(&page, error, "--remove needs the tags to take away");
    return tag_run(store, argv[first], argv + first + 1, argc - first - 1, removes, error);
}
