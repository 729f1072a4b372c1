/* unroll import: the runs and experiments of other stores. */
#include "store/import.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "commands/commands.h"
#include "commands/options.h"
#include "report/table.h"
#include "store/store.h"

#include <stdio.h>
#include <sys/stat.h>

struct request {
    const char *store;
    bool dry_run;
    int format;
};

enum column {
    COLUMN_SOURCE,
    COLUMN_KIND,
    COLUMN_NAME,
    COLUMN_SEED,
    COLUMN_STATE,
    COLUMN_THERE,
    COLUMN_HERE,
    COLUMN_RESULT,
    COLUMNS
};

enum { RESULTS = IMPORT_CONFLICT + 1 };
static const char *const result_names[RESULTS] = {"new", "merged", "present", "running",
                                                  "other source"};

/* An import in progress. */
struct job {
    const struct request *request;
    const char *path;
    struct store *store; /* at PATH; NULL: a dry run, and there is none yet */
    struct store **sources;
    size_t count;
    struct table table;
    size_t runs[RESULTS], experiments[RESULTS];
    struct import_names seen; /* keys that a dry run would have brought in */
};

static void add_columns(struct table *table)
{
    static const char *const titles[COLUMNS] = {"store", "kind",  "name", "seed",
                                                "state", "there", "here", "result"};
    for (int i = 0; i < COLUMNS; i++)
        table_add_column(table, NULL, titles[i], titles[i]);
}

static void add_row(struct table *table, struct store *source, const char *kind,
                    const struct import_outcome *outcome)
{
    table_add_row(table);
    table_set_text(table, COLUMN_SOURCE, store_location(source));
    table_set_text(table, COLUMN_KIND, kind);
    table_set_text(table, COLUMN_NAME, outcome->name);
    table_set_text(table, COLUMN_RESULT, result_names[outcome->result]);
    if (outcome->warning)
        log_warning("%s", outcome->warning);
}

static void add_run(struct job *job, struct store *source, const struct import_outcome *outcome)
{
    struct table *table = &job->table;
    add_row(table, source, "run", outcome);
    table_set_whole(table, COLUMN_SEED, outcome->seed);
    table_set_text(table, COLUMN_STATE, run_state_name(outcome->state));
    table_set_text(table, COLUMN_THERE, outcome->source_id);
    if (*outcome->id)
        table_set_text(table, COLUMN_HERE, outcome->id);
    job->runs[outcome->result]++;
    if (outcome->result == IMPORT_RUNNING)
        log_note("run %s of %s is left out: it is %s; import the store again when it has ended",
                 outcome->source_id, store_location(source), run_state_name(outcome->state));
}

/* A store before this one would have brought KEY in: only a dry run needs to remember. */
static bool was_seen(const struct job *job, size_t before, const char *key)
{
    for (size_t i = 0; i < before; i++)
        if (text_equal(job->seen.items[i], key))
            return true;
    return false;
}

static void remember(struct job *job, const char *key)
{
    struct import_names *seen = &job->seen;
    if (!job->request->dry_run || job->count < 2)
        return;
    seen->items = memory_grow(seen->items, seen->count + 1, sizeof *seen->items);
    seen->items[seen->count++] = memory_copy_text(key);
}

static int import_runs(struct job *job, struct store *source, struct error *error)
{
    struct import_names keys;
    size_t before = job->seen.count;
    int result = import_list_keys(source, &keys, error);
    for (size_t i = 0; result == 0 && i < keys.count; i++) {
        struct import_outcome outcome;
        result =
            import_run(job->store, source, keys.items[i], job->request->dry_run, &outcome, error);
        if (result == 0 && outcome.result == IMPORT_NEW) {
            if (was_seen(job, before, keys.items[i]))
                outcome.result = IMPORT_PRESENT;
            else
                remember(job, keys.items[i]);
        }
        if (result == 0)
            add_run(job, source, &outcome);
        import_outcome_release(&outcome);
    }
    import_names_release(&keys);
    return result;
}

static int import_experiments(struct job *job, struct store *source, struct error *error)
{
    struct import_names names;
    int result = import_list_experiments(source, &names, error);
    for (size_t i = 0; result == 0 && i < names.count; i++) {
        struct import_outcome outcome;
        result = import_experiment(job->store, source, names.items[i], job->request->dry_run,
                                   &outcome, error);
        if (result == 0) {
            add_row(&job->table, source, "experiment", &outcome);
            job->experiments[outcome.result]++;
        }
        import_outcome_release(&outcome);
    }
    import_names_release(&names);
    return result;
}

static void print_summary(const struct job *job)
{
    const size_t *runs = job->runs, *experiments = job->experiments;
    log_note("%s: %zu runs %s, %zu here already, %zu left out; experiments: %zu new, %zu with new "
             "trials, %zu here already, %zu left out",
             job->path, runs[IMPORT_NEW], job->request->dry_run ? "would come in" : "came in",
             runs[IMPORT_PRESENT], runs[IMPORT_RUNNING], experiments[IMPORT_NEW],
             experiments[IMPORT_MERGED], experiments[IMPORT_PRESENT], experiments[IMPORT_CONFLICT]);
}

/* What came in before an error is printed, too: it stays. */
static int import_all(struct job *job, struct error *error)
{
    int result = 0;
    add_columns(&job->table);
    for (size_t i = 0; result == 0 && i < job->count; i++) {
        result = import_runs(job, job->sources[i], error);
        if (result == 0)
            result = import_experiments(job, job->sources[i], error);
    }
    struct error ignored;
    int printed = table_print(&job->table, (enum table_format)job->request->format, stdout,
                              result == 0 ? error : &ignored);
    print_summary(job);
    return result == 0 ? printed : result;
}

/* The same file under two names would be locked against itself. */
static int check_other(const char *source, const char *path, struct error *error)
{
    struct stat theirs, ours;
    if (stat(source, &theirs) != 0 || stat(path, &ours) != 0 || theirs.st_dev != ours.st_dev ||
        theirs.st_ino != ours.st_ino)
        return 0;
    return error_set(error, ERROR_USAGE,
                     "%s: is the store itself (%s); name the stores to bring in, and with --store "
                     "the one that they go into",
                     source, path);
}

/* All are opened before anything is brought in, so that a wrong name changes nothing. */
static int open_sources(struct job *job, char **paths, size_t count, struct error *error)
{
    job->sources = memory_array(count, sizeof *job->sources);
    for (size_t i = 0; i < count; i++) {
        if (!file_exists(paths[i]))
            return error_set(error, ERROR_NOT_FOUND, "%s: there is no such store", paths[i]);
        if (check_other(paths[i], job->path, error) != 0 ||
            store_open(&job->sources[i], paths[i], STORE_READ, error) != 0)
            return -1;
        job->count++;
    }
    return 0;
}

static int open_store(struct job *job, struct error *error)
{
    if (!job->request->dry_run)
        return store_open(&job->store, job->path, STORE_WRITE, error);
    if (store_open(&job->store, job->path, STORE_READ, error) == 0)
        return 0;
    return error->code == ERROR_NOT_FOUND ? 0 : -1;
}

static int import_stores(char **paths, size_t count, const struct request *request,
                         struct error *error)
{
    char *path = store_path(request->store);
    struct job job = {.request = request, .path = path};
    int result = open_sources(&job, paths, count, error);
    if (result == 0)
        result = open_store(&job, error);
    if (result == 0)
        result = import_all(&job, error);
    for (size_t i = 0; i < job.count; i++)
        store_close(job.sources[i]);
    memory_free(job.sources);
    store_close(job.store);
    table_release(&job.table);
    import_names_release(&job.seen);
    memory_free(path);
    return result;
}

int command_import(int argc, char **argv, struct error *error)
{
    struct request request = {0};
    const struct option_entry entries[] = {{"dry-run", 'n', OPTION_FLAG, &request.dry_run, NULL,
                                            "Only print what would come in; change nothing.", 0, 0,
                                            NULL},
                                           {"format", 0, OPTION_CHOICE, &request.format, NULL,
                                            "What is printed (text).", 0, 0, table_format_names},
                                           OPTION_STORE(&request.store),
                                           {0}};
    const struct option_page page = {
        "import STORE... [OPTION...]",
        "Brings the runs and experiments of other stores into this one, by run key: of each\n"
        "key the newest run that is done, unless one is done here; where none is done the\n"
        "newest that ended otherwise, unless one is here. Figures, predictions, checkpoints,\n"
        "tags and notes come along, so that `batch` and `run` go on from there. Experiments\n"
        "come by name: one that is here gets the trials that it lacks when it comes from\n"
        "the same text, and is left alone when not. Runs in training are left out. What is\n"
        "here is never changed, and importing again changes nothing.",
        "unroll import ../other/runs/unroll.db\n"
        "unroll import a.db b.db --store all.db --dry-run",
        entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first == argc)
        return options_misused(&page, error, "import needs the path of a store");
    return import_stores(argv + first, (size_t)(argc - first), &request, error);
}
