/* unroll report: an experiment as one HTML page. */
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/scratch.h"
#include "base/shell.h"
#include "commands/commands.h"
#include "commands/load.h"
#include "commands/options.h"
#include "compare/comparison.h"
#include "compare/experiment_name.h"
#include "plots/gnuplot.h"
#include "report/page.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

struct request {
    const char *store, *data, *output, *metric, *at, *baseline;
    struct option_list where, select_over;
    const char *select_on;
    int test;
    bool keep, no_select;
};

/* reports/NAME.html. Caller frees. */
static char *default_path(const char *name)
{
    struct text path = {0};
    text_add(&path, "reports/");
    file_add_name(&path, name);
    text_add(&path, ".html");
    return text_take(&path);
}

static void add_option(struct text *line, const char *option, const char *value)
{
    if (!value)
        return;
    text_add_format(line, " --%s ", option);
    shell_add_word(line, value);
}

/* The options that say where store, data and plugins are. Caller frees. */
static char *place_options(const char *store, const struct request *request)
{
    struct text line = {0};
    add_option(&line, "store", store);
    add_option(&line, "data", request->data);
    for (int i = 0; i < load_plugin_folders.count; i++)
        add_option(&line, "plugin-dir", load_plugin_folders.items[i]);
    return text_take(&line);
}

/* The command that makes the same page from the same store. Caller frees. */
static char *command_line(const char *name, const char *places, const struct request *request)
{
    struct text line = {0};
    text_add_format(&line, "unroll report%s", places);
    add_option(&line, "metric", request->metric);
    add_option(&line, "at", request->at);
    add_option(&line, "baseline", request->baseline);
    add_option(&line, "test", request->test ? comparison_test_names[request->test] : NULL);
    for (int i = 0; i < request->where.count; i++)
        add_option(&line, "where", request->where.items[i]);
    for (int i = 0; i < request->select_over.count; i++)
        add_option(&line, "select-over", request->select_over.items[i]);
    add_option(&line, "select-on", request->select_on);
    text_add(&line, request->no_select ? " --no-select" : "");
    text_add(&line, *name == '-' ? " -- " : " ");
    shell_add_word(&line, name);
    return text_take(&line);
}

/* Copies the files of FOLDER into TARGET, which may lie on another disk. */
static int copy_files(const char *folder, const char *target, struct error *error)
{
    enum { LIMIT = 1 << 28 };
    DIR *listing = opendir(folder);
    if (!listing)
        return error_system(error, ERROR_FAILED, errno, "%s: cannot be read", folder);
    int result = file_make_folders(target, error);
    for (struct dirent *entry; result == 0 && (entry = readdir(listing));) {
        if (entry->d_name[0] == '.')
            continue;
        struct text content = {0};
        char *from = file_join(folder, entry->d_name), *to = file_join(target, entry->d_name);
        result = file_read(from, LIMIT, &content, error);
        if (result == 0)
            result = file_replace(to, text_get(&content), content.length, error);
        text_release(&content);
        memory_free(from);
        memory_free(to);
    }
    closedir(listing);
    return result;
}

/* TEXT with every FROM replaced by TO. Caller frees. */
static char *replace(const char *text, const char *from, const char *to)
{
    struct text result = {0};
    for (const char *found; (found = strstr(text, from)); text = found + strlen(from)) {
        text_add_bytes(&result, text, (size_t)(found - text));
        text_add(&result, to);
    }
    text_add(&result, text);
    return text_take(&result);
}

/* What there is of a page that is written but not all well. */
struct remains {
    const struct page_pictures *pictures;
    const char *path;   /* of the page */
    const char *folder; /* where the pictures were drawn */
    const char *kept;   /* where their scripts are now; FOLDER where they could not be copied */
    struct error copying;
};

static int say_remains(const struct remains *remains, struct error *error)
{
    const struct page_pictures *pictures = remains->pictures;
    struct text text = {0};
    text_add_format(&text, "%s is written, but ", remains->path);
    if (pictures->failed)
        text_add_format(&text, "%zu of its %zu pictures could not be drawn; ", pictures->failed,
                        pictures->failed + pictures->drawn);
    text_add_format(&text, "scripts and data of all are in %s", remains->kept);
    if (*remains->copying.text)
        text_add_format(&text, ", for %s", remains->copying.text);
    if (pictures->failed) {
        char *reason = replace(pictures->error.text, remains->folder, remains->kept);
        text_add_format(&text, ". The first: %s", reason);
        memory_free(reason);
    }
    error_set(error, pictures->failed ? pictures->error.code : ERROR_FAILED, "%s", text_get(&text));
    text_release(&text);
    return -1;
}

/* "reports/cells-files" for reports/cells.html. Caller frees. */
static char *files_folder(const char *path)
{
    const char *ending = text_ends_with(path, ".html") ? ".html" : ".htm";
    return text_format("%.*s-files", (int)(strlen(path) - strlen(ending)), path);
}

static int write_page(const struct text *page, const char *path, struct error *error)
{
    char *folder = file_folder(path);
    int result = file_make_folders(folder, error);
    if (result == 0)
        result = file_replace(path, text_get(page), page->length, error);
    memory_free(folder);
    return result;
}

/* The page at PATH is written. Keeps the pictures' files where they are WANTED or some could not be
 * drawn; elsewhere, says that those of another page are still there. */
static int settle_files(const struct page_pictures *pictures, const char *path, const char *folder,
                        bool wanted, struct error *error)
{
    char *kept = files_folder(path);
    struct remains remains = {.pictures = pictures, .path = path, .folder = folder, .kept = kept};
    bool is_kept = wanted || pictures->failed > 0;
    bool is_stranded = is_kept && copy_files(folder, kept, &remains.copying) != 0;
    if (is_stranded) {
        remains.kept = folder;
        scratch_keep(folder);
    } else {
        scratch_remove(folder);
    }
    if (!is_kept && file_is_folder(kept))
        log_note("%s holds files of an earlier page, which this one does not need", kept);
    int result = is_stranded || pictures->failed > 0 ? say_remains(&remains, error) : 0;
    memory_free(kept);
    return result;
}

/* Makes the page in memory, with pictures drawn in FOLDER, and puts it at PATH. */
static int make(struct store *store, const struct page_request *wanted, const char *path, bool keep,
                struct error *error)
{
    struct text page = {0};
    struct page_pictures pictures;
    int result = page_make(&page, store, wanted, &pictures, error);
    if (result == 0)
        result = write_page(&page, path, error);
    text_release(&page);
    if (result != 0) {
        scratch_remove(wanted->folder);
        return result;
    }
    printf("%s\n", path);
    return settle_files(&pictures, path, wanted->folder, keep, error);
}

static int report(const char *name, struct store *store, const struct request *request,
                  struct error *error)
{
    char *folder = scratch_make(error);
    if (!folder)
        return -1;
    char *places = place_options(store_location(store), request);
    char *command = command_line(name, places, request);
    char *path = request->output ? memory_copy_text(request->output) : default_path(name);
    const struct page_request wanted = {.experiment = name,
                                        .metric = request->metric,
                                        .at = request->at,
                                        .test = request->test,
                                        .baseline = request->baseline,
                                        .where = request->where.items,
                                        .where_count = (size_t)request->where.count,
                                        .choosing = {(char **)(uintptr_t)request->select_over.items,
                                                     (size_t)request->select_over.count,
                                                     (char *)(uintptr_t)request->select_on},
                                        .without_choosing = request->no_select,
                                        .data = request->data,
                                        .folder = folder,
                                        .command = command,
                                        .places = places,
                                        .made = clock_wall()};
    int result = make(store, &wanted, path, request->keep, error);
    memory_free(path);
    memory_free(command);
    memory_free(places);
    memory_free(folder);
    return result;
}

/* Where ARGUMENT is a file and not just the experiment's NAME. */
static void warn_of_change(struct store *store, const char *argument, const char *name)
{
    struct experiment experiment;
    if (text_equal(argument, name) || store_experiment_load(store, name, &experiment, NULL) != 0)
        return;
    experiment_name_warn_changed(argument, experiment.source);
    experiment_release(&experiment);
}

static int open_and_report(const char *argument, const struct request *request, struct error *error)
{
    char *name = experiment_name_read(argument, error);
    if (!name)
        return -1;
    char *path = store_path(request->store);
    struct store *store = NULL;
    int result = store_open(&store, path, STORE_READ, error);
    if (result == 0) {
        warn_of_change(store, argument, name);
        result = report(name, store, request, error);
    }
    store_close(store);
    memory_free(path);
    memory_free(name);
    return result;
}

/* The ending keeps a slip of the hand from replacing a store or a config by a page. */
static int check_output(const struct request *request, const struct option_page *page,
                        struct error *error)
{
    const char *output = request->output;
    if (!output)
        return 0;
    if (!text_ends_with(output, ".html") && !text_ends_with(output, ".htm"))
        return options_misused(page, error, "--output: end it with .html");
    if (file_is_folder(output))
        return options_misused(page, error, "--output: is a folder; name the page's file");
    return 0;
}

int command_report(int argc, char **argv, struct error *error)
{
    struct request request = {0};
    const struct option_entry entries[] = {
        {"output", 'o', OPTION_TEXT, &request.output, "PATH", "The page (reports/EXPERIMENT.html).",
         0, 0, NULL},
        {"metric", 'm', OPTION_TEXT, &request.metric, "NAME",
         "What is compared (what the experiment says, else test.accuracy).", 0, 0, NULL},
        {"at", 0, OPTION_TEXT, &request.at, "WHEN",
         "end, best (validation), step:N, epoch:N or seconds:N (end).", 0, 0, NULL},
        {"baseline", 'b', OPTION_TEXT, &request.baseline, "VARIANT",
         "What the others are compared with (the experiment's).", 0, 0, NULL},
        {"test", 0, OPTION_CHOICE, &request.test, NULL, "Where seeds pair (t).", 0, 0,
         comparison_test_names},
        {"where", 0, OPTION_LIST, &request.where, "CONDITION",
         "Only runs whose config meets it, such as model.units>=64.", 0, 0, NULL},
        OPTION_SELECT(&request.select_over, &request.select_on, &request.no_select),
        {"keep", 0, OPTION_FLAG, &request.keep, NULL,
         "Keep pictures, scripts and data in PATH-files too.", 0, 0, NULL},
        OPTION_STORE(&request.store),
        OPTION_DATA(&request.data),
        OPTION_PLUGIN_DIR,
        {0}};
    const struct option_page page = {
        "report EXPERIMENT [OPTION...]",
        "Writes one HTML file that needs nothing beside itself, no network either, and prints its\n"
        "path: the question and the verdicts in words, tables that sort, pictures, configs, runs,\n"
        "and where the figures come from. An experiment may be half done, or in training.",
        "unroll report cells\n"
        "unroll report cells --metric test.loss --at best --output loss.html",
        entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first + 1 != argc)
        return options_misused(&page, error, "report needs one experiment");
    if (request.no_select && (request.select_over.count > 0 || request.select_on))
        return options_misused(&page, error, "--no-select and --select-over contradict");
    if (check_output(&request, &page, error) != 0 || load_modules(error) != 0)
        return -1;
    return open_and_report(argv[first], &request, error);
}
