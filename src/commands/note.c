/* unroll note: a text on a run. */
#include "base/memory.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/options.h"
#include "store/remarks.h"
#include "store/runs.h"

#include <stdio.h>

static int print_note(struct store *store, const char *id, struct error *error)
{
    char *note;
    if (store_note_load(store, id, &note, error) != 0)
        return -1;
    if (*note)
        puts(note);
    memory_free(note);
    return 0;
}

/* Without TEXT (NULL), prints the note that is there. */
static int note_run(const char *store_option, const char *prefix, const char *text,
                    struct error *error)
{
    char *path = store_path(store_option);
    struct store *store;
    struct run run = {0};
    int result = store_open(&store, path, text ? STORE_CHANGE : STORE_READ, error);
    if (result == 0)
        result = store_run_find(store, prefix, &run, error);
    if (result == 0)
        result =
            text ? store_note_set(store, run.id, text, error) : print_note(store, run.id, error);
    run_release(&run);
    store_close(store);
    memory_free(path);
    return result;
}

int command_note(int argc, char **argv, struct error *error)
{
    const char *store = NULL;
    const struct option_entry entries[] = {OPTION_STORE(&store), {0}};
    const struct option_page page = {
        "note RUN [TEXT]",
        "Writes a note on a run (its id or the beginning of it), in place of the one that is "
        "there;\n"
        "an empty text removes it. Without a text, prints the note; `show` shows it, too.",
        "unroll note 3f2a 'the clipping norm was a typing error'\n"
        "unroll note 3f2a ''",
        entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first == argc)
        return options_misused(&page, error, "note needs a run");
    if (argc - first > 2)
        return options_misused(&page, error, "note takes one text; write it in quotation marks");
    return note_run(store, argv[first], first + 1 < argc ? argv[first + 1] : NULL, error);
}
