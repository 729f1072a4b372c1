/* unroll doctor: what is installed, and what is missing. */
#include "base/memory.h"
#include "base/process.h"
#include "base/version.h"
#include "commands/commands.h"
#include "commands/load.h"
#include "commands/options.h"
#include "math/isa.h"
#include "math/matrix.h"
#include "module/dataset.h"
#include "module/registry.h"
#include "store/runs.h"
#include "train/data_folder.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void say(const char *what, const char *state)
{
    printf("%-12s %s\n", what, state);
}

/* First line of a program's version, or how to get it. */
static void say_program(const char *name, const char *argument, const char *package,
                        const char *purpose)
{
    const char *const arguments[] = {name, argument, NULL};
    struct process_output output = {0};
    struct error error;
    struct text line = {0};
    if (process_run(arguments, NULL, &output, &error) || output.status != 0)
        text_add_format(&line, "missing (%s): install the package %s", purpose, package);
    else
        text_add_format(&line, "%.*s", (int)strcspn(text_get(&output.output), "\n"),
                        text_get(&output.output));
    say(name, text_get(&line));
    text_release(&line);
    process_output_release(&output);
}

static void say_store(const char *option)
{
    char *path = store_path(option);
    struct text line = {0};
    struct store *store;
    struct error error;
    int64_t counts[RUN_STATES] = {0}, total = 0;
    if (store_open(&store, path, STORE_READ, &error)) {
        text_add_format(&line, "%s", error.text);
    } else if (store_run_count(store, counts, &error)) {
        text_add_format(&line, "%s", error.text);
    } else {
        for (int i = 0; i < RUN_STATES; i++)
            total += counts[i];
        text_add_format(&line, "%s: %lld run%s, %lld done", path, (long long)total,
                        total == 1 ? "" : "s", (long long)counts[RUN_DONE]);
    }
    store_close(store);
    say("store", text_get(&line));
    text_release(&line);
    memory_free(path);
}

/* Whether data set NAME of the data folder can be used, which only opening it tells. */
static void say_data_set(const char *what, const char *folder, const char *name)
{
    const char *conflict = registry_conflict(MODULE_DATASET, name);
    if (conflict) {
        say(what, conflict);
        return;
    }
    const struct module *module = registry_find(MODULE_DATASET, name);
    const struct dataset *set = (const struct dataset *)module;
    struct dataset_content content;
    struct error error;
    struct text line = {0};
    void *state = memory_new(module->state_size);
    if (set->open(module->defaults, state, folder, &content, &error))
        text_add_format(&line, "%s: %s", folder, error.text);
    else
        text_add_format(&line, "%s: %s is there", folder, name);
    if (set->close)
        set->close(state);
    say(what, text_get(&line));
    memory_free(state);
    text_release(&line);
}

static void say_data(const char *option)
{
    char *folder = data_folder(option);
    say_data_set("data", folder, "mnist");
    say_data_set("", folder, "fashion_mnist");
    memory_free(folder);
}

/* The folders that are searched, in their order. */
static void say_folders(void)
{
    static const char *const states[] = {
        [PLUGIN_FOLDER_ABSENT] = "not there",
        [PLUGIN_FOLDER_REFUSED] = "refused",
        [PLUGIN_FOLDER_UNREADABLE] = "cannot be read by this user",
        [PLUGIN_FOLDER_REPEATED] = "named before",
    };
    size_t count;
    const struct plugin_folder *folders = registry_folders(&count);
    for (size_t i = 0; i < count; i++) {
        struct text line = {0};
        text_add_format(&line, "%s (%s): ", folders[i].path, folders[i].source);
        if (folders[i].state == PLUGIN_FOLDER_SEARCHED)
            text_add_format(&line, "%zu loaded", folders[i].plugins);
        else
            text_add(&line, states[folders[i].state]);
        say(i ? "" : "plugins", text_get(&line));
        text_release(&line);
    }
}

static void say_all(const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        say("", texts[i]);
}

static void say_plugins(void)
{
    say_folders();
    for (int kind = 0; kind < MODULE_KINDS; kind++) {
        const struct module **modules;
        size_t count = registry_list((enum module_kind)kind, &modules);
        for (size_t i = 0; i < count; i++)
            if (*registry_plugin_digest(modules[i]))
                printf("%-12s %s %s, version %u: %s (%s)\n", "",
                       module_kind_name((enum module_kind)kind), modules[i]->name,
                       modules[i]->version, registry_origin(modules[i]),
                       registry_plugin_digest(modules[i]));
        memory_free(modules);
    }
    size_t complaint_count, conflict_count;
    const char *const *complaints = registry_complaints(&complaint_count);
    const char *const *conflicts = registry_conflicts(&conflict_count);
    say_all(complaints, complaint_count);
    say_all(conflicts, conflict_count);
}

int command_doctor(int argc, char **argv, struct error *error)
{
    const char *store = NULL, *data = NULL;
    const struct option_entry entries[] = {
        OPTION_STORE(&store), OPTION_DATA(&data), OPTION_PLUGIN_DIR, {0}};
    const struct option_page page = {
        "doctor", "Says what is installed, where things are looked for, and what is missing.",
        "unroll doctor", entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first < argc)
        return options_misused(&page, error, "doctor takes no arguments");
    if (load_modules(error))
        return -1;
    struct text blas = {0}, cores = {0};
    matrix_describe(&blas);
    text_add_format(&cores, "%ld", sysconf(_SC_NPROCESSORS_ONLN));
    struct environment environment;
    environment_collect(&environment, text_get(&blas), math_isa_name(math_isa()), 1);
    say("unroll", UNROLL_VERSION);
    say("compiler", environment.compiler);
    say("processor", environment.cpu);
    say("cores", text_get(&cores));
    say("vectors", environment.isa);
    if (math_isa_is_refused())
        say("", "the processor has a tile unit (amx), but the system does not allow it");
    say("blas", environment.blas);
    environment_release(&environment);
    text_release(&blas);
    text_release(&cores);
    say_program("gnuplot", "--version", "gnuplot-nox", "plots");
    say_program("curl", "--version", "curl", "fetch mnist from mirrors");
    say_program("npm", "--version", "npm", "fetch from npm packages");
    say_program("sha256sum", "--version", "coreutils", "fetch");
    say_data(data);
    say_store(store);
    say_plugins();
    return 0;
}
