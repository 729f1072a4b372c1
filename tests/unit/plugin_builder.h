/* Plugins that are right and wrong, built by the system's compiler into a folder of the test's. */
#ifndef UNROLL_TESTS_UNIT_PLUGIN_BUILDER_H
#define UNROLL_TESTS_UNIT_PLUGIN_BUILDER_H

#include "base/process.h"
#include "module/registry.h"
#include "module/schedule.h"
#include "unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static inline double factor(const void *params, const void *state, const struct schedule_time *time)
{
    (void)params;
    (void)state;
    (void)time;
    return 1;
}

static const struct schedule taken = {
    .module = {MODULE_HEAD(MODULE_SCHEDULE, struct schedule), .name = "taken", .summary = "One."},
    .factor = factor,
};

/* Takes the place of the program's own list. */
const struct module *const builtin_modules[] = {&taken.module, NULL};

/* Searches the colon-separated FOLDERS and loads what is there. */
static inline void load(const char *folders)
{
    registry_search(folders, "a test");
    registry_load(NULL);
}

static inline int make(void **state)
{
    umask(022); /* what is built here must be trusted, whatever the machine's users share */
    return make_folder(state);
}

static inline int clean(void **state)
{
    registry_release();
    return remove_folder(state);
}

/* FOLDER/NAME, until the fourth next call. */
static inline const char *at(const char *name)
{
    static char paths[4][256];
    static int next;
    next = (next + 1) % 4;
    snprintf(paths[next], sizeof paths[next], "%s/%s", folder, name);
    return paths[next];
}

/* What most sources begin with; the fields named last overrule the others. */
#define PRELUDE                                                                                    \
    "#include \"module/plugin.h\"\n"                                                               \
    "#include \"module/schedule.h\"\n"                                                             \
    "static double half(const void *p, const void *s, const struct schedule_time *t)\n"            \
    "{ (void)p; (void)s; (void)t; return 0.5; }\n"                                                 \
    "#define SCHEDULE(id, word, ...) static const struct schedule id = {.module = {\\\n"           \
    "MODULE_HEAD(MODULE_SCHEDULE, struct schedule), .version = 7, .name = word, \\\n"              \
    ".summary = \"Half.\", __VA_ARGS__}, .factor = half};\n"

/* A plugin with the schedule WORD. */
#define GOOD(word) PRELUDE "SCHEDULE(one, \"" word "\")\nUNROLL_PLUGIN(&one.module);\n"

/* Builds FOLDER/NAME.so from SOURCE; FLAGS end with NULL. */
static inline void build_with(const char *name, const char *source, const char *const *flags)
{
    enum { FLAGS_LIMIT = 8 };
    char *code_name = text_format("%s.c", name), *library_name = text_format("%s.so", name);
    char *code = temporary_write(folder, code_name, source, strlen(source), false);
    char *library = file_join(folder, library_name);
    const char *arguments[10 + FLAGS_LIMIT] = {"cc",      "-std=gnu11", "-Isrc", "-shared", "-fPIC",
                                               "-Werror", "-o",         library, code};
    for (size_t i = 0; flags[i]; i++)
        arguments[9 + i] = flags[i];
    struct process_output output;
    struct error error;
    if (process_run(arguments, NULL, &output, &error) != 0)
        fail_msg("%s", error.text);
    if (output.status != 0)
        fail_msg("%s", text_get(&output.errors));
    process_output_release(&output);
    memory_free(code);
    memory_free(library);
    memory_free(code_name);
    memory_free(library_name);
}

static inline void build(const char *name, const char *source)
{
    build_with(name, source, (const char *const[]){NULL});
}

/* The library that build_needing's plugin needs. */
#define NEEDED "int needed(void) { return 1; }\n"

/* Builds FOLDER/NAME.so, which needs FOLDER/lib/libneeded.so, of SOURCE, and finds it by RPATH. */
static inline void build_needing(const char *name, const char *source, const char *rpath)
{
    assert_int_equal(file_make_folders(at("lib"), NULL), 0);
    build("lib/libneeded", source);
    char *searched = text_format("-L%s/lib", folder), *found = text_format("-Wl,-rpath,%s", rpath);
    build_with(name, "int needed(void);\n" GOOD("needing"),
               (const char *const[]){"-Wl,--no-as-needed", searched, found, "-lneeded", NULL});
    memory_free(searched);
    memory_free(found);
}

static inline size_t complaints(void)
{
    size_t count;
    registry_complaints(&count);
    return count;
}

/* Complaint INDEX is FOLDER/NAME, ": " and EXPECTED. */
static inline void assert_complaint(size_t index, const char *name, const char *expected)
{
    size_t count;
    const char *const *texts = registry_complaints(&count);
    assert_true(index < count);
    char *text = text_format("%s: %s", at(name), expected);
    assert_string_equal(texts[index], text);
    memory_free(text);
}

/* Builds FOLDER/bad.so and a good one behind it: the first is complained of, the second used. */
static inline void assert_refused(const char *source, const char *expected)
{
    build("bad", source);
    build("last", GOOD("last"));
    load(folder);
    assert_int_equal(complaints(), 1);
    assert_complaint(0, "bad.so", expected);
    assert_null(registry_find(MODULE_SCHEDULE, "bad"));
    assert_non_null(registry_find(MODULE_SCHEDULE, "last"));
}

#define PLUGIN_TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)

#endif
