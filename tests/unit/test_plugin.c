/* Plugins that are right and wrong, built here by the system's compiler. */
#include "base/hash.h"
#include "base/process.h"
#include "module/plugin_file.h"
#include "module/registry.h"
#include "module/schedule.h"
#include "unit/temporary.h"

#include <fcntl.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static double factor(const void *params, const void *state, const struct schedule_time *time)
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

const struct module *const builtin_modules[] = {&taken.module, NULL};

static char folder[64];

/* The colon-separated FOLDERS. */
static void load(const char *folders)
{
    registry_search(folders, "a test");
    registry_load(NULL);
}

static int make(void **state)
{
    (void)state;
    return temporary_make(folder);
}

static int clean(void **state)
{
    (void)state;
    registry_release();
    return temporary_remove(folder);
}

static const char *at(const char *name)
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

#define GOOD(word) PRELUDE "SCHEDULE(one, \"" word "\")\nUNROLL_PLUGIN(&one.module);\n"

/* Builds FOLDER/NAME.so from SOURCE; FLAGS end with NULL. */
static void build_with(const char *name, const char *source, const char *const *flags)
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

static void build(const char *name, const char *source)
{
    build_with(name, source, (const char *const[]){NULL});
}

static size_t complaints(void)
{
    size_t count;
    registry_complaints(&count);
    return count;
}

/* Complaint INDEX is FOLDER/NAME, ": " and EXPECTED. */
static void assert_complaint(size_t index, const char *name, const char *expected)
{
    size_t count;
    const char *const *texts = registry_complaints(&count);
    assert_true(index < count);
    char *text = text_format("%s: %s", at(name), expected);
    assert_string_equal(texts[index], text);
    memory_free(text);
}

/* Builds FOLDER/bad.so and a good one behind it: the first is complained of, the second used. */
static void assert_refused(const char *source, const char *expected)
{
    build("bad", source);
    build("last", GOOD("last"));
    load(folder);
    assert_int_equal(complaints(), 1);
    assert_complaint(0, "bad.so", expected);
    assert_null(registry_find(MODULE_SCHEDULE, "bad"));
    assert_non_null(registry_find(MODULE_SCHEDULE, "last"));
}

static void loads_a_good_one(void **state)
{
    (void)state;
    build("good", GOOD("half"));
    memory_free(temporary_write(folder, "notes.txt", "x", 1, false));
    load(folder);
    assert_int_equal(complaints(), 0);
    const struct module *module = registry_find(MODULE_SCHEDULE, "half");
    assert_non_null(module);
    assert_int_equal(module->version, 7);
    assert_true(((const struct schedule *)module)->factor(NULL, NULL, NULL) == 0.5);
    assert_string_equal(registry_origin(module), at("good.so"));
    const struct module **modules;
    assert_int_equal(registry_list(MODULE_SCHEDULE, &modules), 2);
    assert_ptr_equal(modules[0], module);
    assert_ptr_equal(modules[1], &taken);
    memory_free(modules);
    registry_release();
    assert_null(registry_find(MODULE_SCHEDULE, "half"));
}

static void knows_its_digest(void **state)
{
    (void)state;
    build("good", GOOD("half"));
    load(folder);
    struct text bytes = {0};
    char digest[HASH_TEXT_SIZE];
    assert_int_equal(file_read(at("good.so"), 1 << 20, &bytes, NULL), 0);
    hash_bytes(bytes.data, bytes.length, digest);
    text_release(&bytes);
    const struct module *module = registry_find(MODULE_SCHEDULE, "half");
    assert_string_equal(registry_plugin_digest(module), digest);
    assert_string_equal(registry_plugin_digest(&taken.module), "");
}

static void loads_from_several_folders(void **state)
{
    (void)state;
    assert_int_equal(file_make_folders(at("one"), NULL), 0);
    assert_int_equal(file_make_folders(at("two"), NULL), 0);
    assert_int_equal(file_make_folders(at("empty"), NULL), 0);
    build("one/a", GOOD("a"));
    build("two/b", GOOD("b"));
    char *folders = text_format("%s::%s:%s:%s:", at("one"), at("absent"), at("empty"), at("two"));
    load(folders);
    memory_free(folders);
    assert_int_equal(complaints(), 0);
    assert_string_equal(registry_origin(registry_find(MODULE_SCHEDULE, "a")), at("one/a.so"));
    assert_string_equal(registry_origin(registry_find(MODULE_SCHEDULE, "b")), at("two/b.so"));
}

/* Its name has no slash then, which dlopen would look for elsewhere. */
static void loads_from_here(void **state)
{
    (void)state;
    build("good", GOOD("half"));
    int here = open(".", O_RDONLY | O_DIRECTORY);
    assert_int_equal(chdir(folder), 0);
    load(".");
    assert_int_equal(fchdir(here), 0);
    close(here);
    assert_int_equal(complaints(), 0);
    assert_non_null(registry_find(MODULE_SCHEDULE, "half"));
}

static void loads_nothing_from_an_empty_folder(void **state)
{
    (void)state;
    load(folder);
    load(at("absent"));
    assert_int_equal(complaints(), 0);
    const struct module **modules;
    assert_int_equal(registry_list(MODULE_SCHEDULE, &modules), 1);
    memory_free(modules);
}

static void refuses_a_later_interface(void **state)
{
    (void)state;
    char *expected = text_format("the plugin was built for module interface %d.0, this program has "
                                 "%d.%d: build the plugin again with this program's headers",
                                 MODULE_ABI_MAJOR + 1, MODULE_ABI_MAJOR, MODULE_ABI_MINOR);
    assert_refused(PRELUDE "#undef MODULE_ABI\n"
                           "#define MODULE_ABI ((MODULE_ABI_MAJOR + 1) << 16)\n"
                           "SCHEDULE(bad, \"bad\")\nUNROLL_PLUGIN(&bad.module);\n",
                   expected);
    memory_free(expected);
}

static void refuses_a_later_minor_interface(void **state)
{
    (void)state;
    char *expected =
        text_format("the plugin was built for module interface %d.%d, this program "
                    "has %d.%d: build the plugin again with this program's headers",
                    MODULE_ABI_MAJOR, MODULE_ABI_MINOR + 1, MODULE_ABI_MAJOR, MODULE_ABI_MINOR);
    assert_refused(PRELUDE "#undef MODULE_ABI\n#define MODULE_ABI \\\n"
                           "(MODULE_ABI_MAJOR << 16 | (MODULE_ABI_MINOR + 1))\n"
                           "SCHEDULE(bad, \"bad\")\nUNROLL_PLUGIN(&bad.module);\n",
                   expected);
    memory_free(expected);
}

static void refuses_a_module_of_another_interface(void **state)
{
    (void)state;
    char *expected = text_format("the module was built for module interface 0.3, this program has "
                                 "%d.%d: build the plugin again with this program's headers",
                                 MODULE_ABI_MAJOR, MODULE_ABI_MINOR);
    assert_refused(PRELUDE "SCHEDULE(bad, \"bad\", .abi = 3)\nUNROLL_PLUGIN(&bad.module);\n",
                   expected);
    memory_free(expected);
}

static void refuses_another_size(void **state)
{
    (void)state;
    char *expected = text_format("schedule bad: its descriptor has 40 bytes, this program's has "
                                 "%zu: build the plugin again with this program's headers",
                                 sizeof(struct schedule));
    assert_refused(PRELUDE "SCHEDULE(bad, \"bad\", .descriptor_size = 40)\n"
                           "UNROLL_PLUGIN(&bad.module);\n",
                   expected);
    memory_free(expected);
}

static void refuses_an_unknown_kind(void **state)
{
    (void)state;
    assert_refused(PRELUDE "SCHEDULE(bad, \"bad\", .kind = 99)\nUNROLL_PLUGIN(&bad.module);\n",
                   "unknown module kind 99");
}

static void refuses_a_module_without_a_name(void **state)
{
    (void)state;
    assert_refused(PRELUDE "SCHEDULE(bad, 0)\nUNROLL_PLUGIN(&bad.module);\n",
                   "a schedule lacks its name");
}

static void refuses_an_empty_name(void **state)
{
    (void)state;
    assert_refused(PRELUDE "SCHEDULE(bad, \"\")\nUNROLL_PLUGIN(&bad.module);\n",
                   "a schedule lacks its name");
}

static void refuses_a_module_without_a_summary(void **state)
{
    (void)state;
    assert_refused(PRELUDE "SCHEDULE(bad, \"bad\", .summary = 0)\nUNROLL_PLUGIN(&bad.module);\n",
                   "schedule bad lacks its summary");
}

static void refuses_parameters_without_defaults(void **state)
{
    (void)state;
    assert_refused(PRELUDE
                   "SCHEDULE(bad, \"bad\", .params_size = 8)\nUNROLL_PLUGIN(&bad.module);\n",
                   "schedule bad lacks its defaults, although params_size is 8");
}

static void refuses_a_module_without_a_required_function(void **state)
{
    (void)state;
    assert_refused("#include \"module/layer.h\"\n#include \"module/plugin.h\"\n"
                   "static int describe(const void *p, struct layer_plan *q, struct error *e)\n"
                   "{ (void)p; (void)q; (void)e; return 0; }\n"
                   "static void forward(const struct layer_call *c) { (void)c; }\n"
                   "static const struct layer bad = {.module = {MODULE_HEAD(MODULE_LAYER, \n"
                   "struct layer), .name = \"bad\", .summary = \"Bad.\"}, .describe = describe,\n"
                   ".forward = forward};\n"
                   "UNROLL_PLUGIN(&bad.module);\n",
                   "layer bad lacks the function backward, which is required");
}

static void refuses_a_layer_that_means_nothing_by_lengths(void **state)
{
    (void)state;
    assert_refused("#include \"module/layer.h\"\n#include \"module/plugin.h\"\n"
                   "static int describe(const void *p, struct layer_plan *q, struct error *e)\n"
                   "{ (void)p; (void)q; (void)e; return 0; }\n"
                   "static void run(const struct layer_call *c) { (void)c; }\n"
                   "static const struct layer bad = {.module = {MODULE_HEAD(MODULE_LAYER, \n"
                   "struct layer), .name = \"bad\", .summary = \"Bad.\"}, .describe = describe,\n"
                   ".forward = run, .backward = run, .lengths = (enum layer_lengths)7};\n"
                   "UNROLL_PLUGIN(&bad.module);\n",
                   "layer bad: lengths is 7, which means nothing");
}

static void refuses_an_observer_that_does_not_say_of_what(void **state)
{
    (void)state;
    assert_refused(
        "#include \"module/schedule.h\"\n#include \"module/plugin.h\"\n"
        "static double factor(const void *p, const void *s, const struct schedule_time *t)\n"
        "{ (void)p; (void)s; (void)t; return 1; }\n"
        "static void observe(const void *p, void *s, const struct schedule_time *t, double m)\n"
        "{ (void)p; (void)s; (void)t; (void)m; }\n"
        "static const struct schedule bad = {.module = {MODULE_HEAD(MODULE_SCHEDULE,\n"
        "struct schedule), .name = \"bad\", .summary = \"Bad.\"}, .factor = factor,\n"
        ".observe = observe};\n"
        "UNROLL_PLUGIN(&bad.module);\n",
        "schedule bad lacks the function watches, which observe requires");
}

static void refuses_what_exports_nothing(void **state)
{
    (void)state;
    assert_refused("int nothing;\n",
                   "does not export unroll_plugin: is UNROLL_PLUGIN(...) at its end?");
}

static void refuses_an_undefined_symbol(void **state)
{
    (void)state;
    assert_refused("int no_such_function(void);\n"
                   "__attribute__((visibility(\"hidden\"))) int (*call)(void) = "
                   "no_such_function;\n" GOOD("bad"),
                   "cannot be loaded: undefined symbol: no_such_function");
}

/* Even where the linker was told to let calls be resolved when they are made: in the middle of a
 * run. */
static void refuses_an_undefined_call(void **state)
{
    (void)state;
    build_with(
        "bad",
        "void no_such_function(void);\nvoid _call(void) { no_such_function(); }\n" GOOD("bad"),
        (const char *const[]){"-Wl,-z,lazy", NULL});
    load(folder);
    assert_int_equal(complaints(), 1);
    assert_complaint(0, "bad.so", "cannot be loaded: undefined symbol: no_such_function");
}

/* The one conflict is EXPECTED, FILES being the formatted rest. */
static void assert_conflict(const char *name, const char *expected)
{
    size_t count;
    const char *const *texts = registry_conflicts(&count);
    assert_int_equal(count, 1);
    assert_string_equal(texts[0], expected);
    assert_string_equal(registry_conflict(MODULE_SCHEDULE, name), expected);
    assert_null(registry_conflict(MODULE_LAYER, name));
    assert_null(registry_find(MODULE_SCHEDULE, name));
}

static void uses_no_module_whose_name_is_built_in(void **state)
{
    (void)state;
    build("bad", PRELUDE "SCHEDULE(one, \"taken\")\nSCHEDULE(two, \"other\")\n"
                         "UNROLL_PLUGIN(&one.module, &two.module);\n");
    load(folder);
    assert_int_equal(complaints(), 0);
    char *expected = text_format("schedule taken is there more than once (built in and %s): remove "
                                 "a plugin, or give its module another name",
                                 at("bad.so"));
    assert_conflict("taken", expected);
    memory_free(expected);
    assert_non_null(registry_find(MODULE_SCHEDULE, "other"));
    const struct module **modules;
    assert_int_equal(registry_list(MODULE_SCHEDULE, &modules), 1);
    assert_string_equal(modules[0]->name, "other");
    memory_free(modules);
    registry_release();
    assert_ptr_equal(registry_find(MODULE_SCHEDULE, "taken"), &taken);
}

static void uses_no_module_whose_name_two_plugins_have(void **state)
{
    (void)state;
    build("a", GOOD("half"));
    build("b", PRELUDE "SCHEDULE(half_again, \"half\", .version = 8)\n"
                       "UNROLL_PLUGIN(&half_again.module);\n");
    build("c", GOOD("other"));
    load(folder);
    assert_int_equal(complaints(), 0);
    char *expected = text_format("schedule half is there more than once (%s and %s): remove a "
                                 "plugin, or give its module another name",
                                 at("a.so"), at("b.so"));
    assert_conflict("half", expected);
    memory_free(expected);
    assert_non_null(registry_find(MODULE_SCHEDULE, "other"));
}

/* A copy in another folder is the same plugin. */
static void takes_a_copy_for_the_same_plugin(void **state)
{
    (void)state;
    build("good", GOOD("half"));
    struct text bytes = {0};
    assert_int_equal(file_read(at("good.so"), 1 << 20, &bytes, NULL), 0);
    memory_free(temporary_write(folder, "copy.so", bytes.data, bytes.length, false));
    text_release(&bytes);
    load(folder);
    size_t conflicts;
    registry_conflicts(&conflicts);
    assert_int_equal(conflicts, 0);
    assert_int_equal(complaints(), 0);
    assert_string_equal(registry_origin(registry_find(MODULE_SCHEDULE, "half")), at("copy.so"));
}

/* As a whole: a plugin is used with all its modules or not at all. */
static void refuses_the_same_name_twice_in_one_plugin(void **state)
{
    (void)state;
    assert_refused(PRELUDE "SCHEDULE(one, \"bad\")\nSCHEDULE(two, \"other\")\n"
                           "SCHEDULE(three, \"bad\")\n"
                           "UNROLL_PLUGIN(&one.module, &two.module, &three.module);\n",
                   "brings schedule bad twice");
    assert_null(registry_find(MODULE_SCHEDULE, "other"));
}

static void refuses_what_is_no_program(void **state)
{
    (void)state;
    char *text = memory_new(1000);
    memset(text, 'x', 999);
    memory_free(temporary_write(folder, "a.so", "", 0, false));
    memory_free(temporary_write(folder, "b.so", text, 999, false));
    memory_free(text);
    load(folder);
    assert_int_equal(complaints(), 2);
    assert_complaint(0, "a.so", "cannot be loaded: file too short");
    assert_complaint(1, "b.so", "cannot be loaded: invalid ELF header");
}

/* A byte of the file's head at AT is VALUE. */
static void assert_head_refused(size_t place, char value, const char *expected)
{
    build("good", GOOD("half"));
    struct text bytes = {0};
    assert_int_equal(file_read(at("good.so"), 1 << 20, &bytes, NULL), 0);
    bytes.data[place] = value;
    memory_free(temporary_write(folder, "good.so", bytes.data, bytes.length, false));
    text_release(&bytes);
    load(folder);
    assert_int_equal(complaints(), 1);
    assert_complaint(0, "good.so", expected);
}

static void refuses_another_processor(void **state)
{
    (void)state;
    ElfW(Ehdr) header;
    build("good", GOOD("half"));
    struct text bytes = {0};
    assert_int_equal(file_read(at("good.so"), 1 << 20, &bytes, NULL), 0);
    memcpy(&header, bytes.data, sizeof header);
    text_release(&bytes);
    char *expected = text_format("was built for another processor (ELF machine 2, this program has "
                                 "%d): build the plugin again on this machine",
                                 header.e_machine);
    assert_head_refused(offsetof(ElfW(Ehdr), e_machine), EM_SPARC, expected);
    memory_free(expected);
}

static void refuses_another_word_size(void **state)
{
    (void)state;
    assert_head_refused(EI_CLASS, ELFCLASS32,
                        "was built for 32 bits, this program for 64: build the plugin again");
}

static void refuses_a_program(void **state)
{
    (void)state;
    assert_head_refused(offsetof(ElfW(Ehdr), e_type), ET_EXEC,
                        "is no shared object: build the plugin with -shared -fPIC");
}

static void refuses_more_exports(void **state)
{
    (void)state;
    assert_refused("int hash_new(int x) { return x; }\nint _reserved;\n" GOOD("bad"),
                   "exports more than unroll_plugin: hash_new: make its functions static, "
                   "or build it with -fvisibility=hidden");
}

static void refuses_a_protected_export(void **state)
{
    (void)state;
    assert_refused("__attribute__((visibility(\"protected\"))) int shown;\n" GOOD("bad"),
                   "exports more than unroll_plugin: shown: make its functions static, or build it "
                   "with -fvisibility=hidden");
}

static void refuses_segments_of_another_size(void **state)
{
    (void)state;
    assert_head_refused(offsetof(ElfW(Ehdr), e_phentsize), 1,
                        "is truncated: build or copy it again");
}

/* The names end in the middle of the one that is looked for. */
static void reads_no_name_past_its_table(void **state)
{
    (void)state;
    build("good", GOOD("half"));
    struct text bytes = {0};
    assert_int_equal(file_read(at("good.so"), 1 << 20, &bytes, NULL), 0);
    ElfW(Ehdr) *header = (ElfW(Ehdr) *)(void *)bytes.data;
    ElfW(Shdr) *sections = (ElfW(Shdr) *)(void *)(bytes.data + header->e_shoff),
               *symbols = sections;
    while (symbols->sh_type != SHT_DYNSYM)
        symbols++;
    ElfW(Shdr) *names = &sections[symbols->sh_link];
    const char *name = memmem(bytes.data + names->sh_offset, names->sh_size, "unroll_plugin", 13);
    assert_non_null(name);
    names->sh_size = (size_t)(name + 3 - bytes.data) - names->sh_offset;
    memory_free(temporary_write(folder, "good.so", bytes.data, bytes.length, false));
    text_release(&bytes);
    load(folder);
    assert_complaint(0, "good.so",
                     "does not export unroll_plugin: is UNROLL_PLUGIN(...) at its end?");
}

/* Builds FOLDER/NAME.so, which needs FOLDER/lib/libneeded.so and finds it by RPATH. */
static void build_needing(const char *name, const char *source, const char *rpath)
{
    assert_int_equal(file_make_folders(at("lib"), NULL), 0);
    build("lib/libneeded", source);
    char *searched = text_format("-L%s/lib", folder), *found = text_format("-Wl,-rpath,%s", rpath);
    build_with(name, "int needed(void);\n" GOOD("needing"),
               (const char *const[]){"-Wl,--no-as-needed", searched, found, "-lneeded", NULL});
    memory_free(searched);
    memory_free(found);
}

#define NEEDED "int needed(void) { return 1; }\n"

static void refuses_a_missing_library(void **state)
{
    (void)state;
    build_needing("bad", NEEDED, at("lib"));
    assert_int_equal(unlink(at("lib/libneeded.so")), 0);
    load(folder);
    assert_int_equal(complaints(), 1);
    assert_complaint(0, "bad.so",
                     "cannot be loaded: libneeded.so: cannot open shared object file: No such file "
                     "or directory");
}

static void finds_a_library_by_its_path(void **state)
{
    (void)state;
    build_needing("good", NEEDED, at("lib"));
    load(folder);
    assert_int_equal(complaints(), 0);
    assert_non_null(registry_find(MODULE_SCHEDULE, "needing"));
}

/* What is loaded is a copy, which lies in no folder. */
static void says_that_nothing_is_beside_it(void **state)
{
    (void)state;
    build_needing("bad", NEEDED, "$ORIGIN/lib");
    load(folder);
    assert_complaint(0, "bad.so",
                     "cannot be loaded: libneeded.so: cannot open shared object file: No such file "
                     "or directory: a plugin has no $ORIGIN, its -rpath must be an absolute path");
}

/* Damage the loader must never see: the plugin is refused or, where the byte says nothing, loaded
 * whole. */
static void survives_damaged_sections(void **state)
{
    (void)state;
    ElfW(Ehdr) header;
    build("whole", GOOD("half"));
    struct text bytes = {0};
    assert_int_equal(file_read(at("whole.so"), 1 << 20, &bytes, NULL), 0);
    assert_int_equal(unlink(at("whole.so")), 0);
    memcpy(&header, bytes.data, sizeof header);
    size_t refused = 0, size = header.e_shnum * sizeof(ElfW(Shdr));
    assert_true(header.e_shoff + size <= bytes.length);
    for (size_t i = 0; i < size; i += 5) {
        char *byte = bytes.data + header.e_shoff + i, before = *byte;
        *byte = (char)0xFF;
        memory_free(temporary_write(folder, "damaged.so", bytes.data, bytes.length, false));
        load(folder);
        refused += complaints();
        registry_release();
        *byte = before;
    }
    text_release(&bytes);
    assert_true(refused > 0);
}

static void refuses_what_is_no_file(void **state)
{
    (void)state;
    assert_int_equal(file_make_folders(at("a.so"), NULL), 0);
    assert_int_equal(mkfifo(at("b.so"), 0600), 0);
    assert_int_equal(symlink(at("absent"), at("c.so")), 0);
    load(folder);
    assert_int_equal(complaints(), 3);
    assert_complaint(0, "a.so", "is not a regular file");
    assert_complaint(1, "b.so", "is not a regular file");
    assert_complaint(2, "c.so", "cannot be opened: No such file or directory");
}

/* The mode of a file or folder and what is said of it. */
static void assert_mode_refused(const char *name, mode_t mode, bool is_refused)
{
    assert_int_equal(chmod(at(name), mode), 0);
    load(folder);
    assert_int_equal(complaints(), is_refused);
    if (is_refused) {
        char *expected = text_format(
            "can be written by others than its owner (mode %04o): chmod go-w", (unsigned)mode);
        assert_complaint(0, name, expected);
        memory_free(expected);
    }
    assert_int_equal(registry_find(MODULE_SCHEDULE, "half") == NULL, is_refused);
    registry_release();
}

static void refuses_a_file_that_others_can_write(void **state)
{
    (void)state;
    build("good", GOOD("half"));
    assert_mode_refused("good.so", 0664, true);
    assert_mode_refused("good.so", 0646, true);
    assert_mode_refused("good.so", 0777, true);
    assert_mode_refused("good.so", 0400, false);
    assert_mode_refused("good.so", 0644, false);
    assert_mode_refused("good.so", 0755, false);
}

static void refuses_a_folder_that_others_can_write(void **state)
{
    (void)state;
    build("good", GOOD("half"));
    assert_int_equal(chmod(folder, 01777), 0);
    load(folder);
    assert_int_equal(complaints(), 1);
    size_t count;
    char *expected = text_format("%s: can be written by others than its owner (mode 1777): chmod "
                                 "go-w",
                                 folder);
    assert_string_equal(registry_complaints(&count)[0], expected);
    memory_free(expected);
    assert_null(registry_find(MODULE_SCHEDULE, "half"));
    const struct plugin_folder *folders = registry_folders(&count);
    assert_int_equal(count, 1);
    assert_int_equal(folders[0].state, PLUGIN_FOLDER_REFUSED);
    registry_release();
    assert_int_equal(chmod(folder, 0775), 0);
    load(folder);
    assert_int_equal(complaints(), 1);
    registry_release();
    assert_int_equal(chmod(folder, 0755), 0);
    load(folder);
    assert_int_equal(complaints(), 0);
}

/* As root only: who else could give files away? */
static void refuses_what_is_of_somebody_else(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    build("good", GOOD("half"));
    assert_int_equal(chown(at("good.so"), 12345, 12345), 0);
    load(folder);
    assert_complaint(0, "good.so",
                     "belongs to user 12345, neither to this user (0) nor to root: make a copy of "
                     "your own, or change its owner");
    registry_release();
    assert_int_equal(chown(at("good.so"), 0, 0), 0);
    assert_int_equal(chown(folder, 12345, 0), 0);
    load(folder);
    assert_int_equal(complaints(), 1);
    registry_release();
    assert_int_equal(seteuid(12345), 0); /* its own folder, root's file */
    load(folder);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(complaints(), 0);
    assert_non_null(registry_find(MODULE_SCHEDULE, "half"));
}

static void judges_links_by_their_targets(void **state)
{
    (void)state;
    assert_int_equal(file_make_folders(at("real"), NULL), 0);
    assert_int_equal(file_make_folders(at("links"), NULL), 0);
    build("real/good", GOOD("half"));
    assert_int_equal(symlink(at("real/good.so"), at("links/good.so")), 0);
    load(at("links"));
    assert_int_equal(complaints(), 0);
    assert_string_equal(registry_origin(registry_find(MODULE_SCHEDULE, "half")),
                        at("links/good.so"));
    registry_release();
    assert_int_equal(chmod(at("real/good.so"), 0666), 0);
    load(at("links"));
    assert_complaint(0, "links/good.so",
                     "can be written by others than its owner (mode 0666): chmod go-w");
    registry_release();
    assert_int_equal(chmod(at("real/good.so"), 0644), 0);
    assert_int_equal(chmod(at("real"), 01777), 0);
    load(at("links"));
    char *expected = text_format("is a link into a folder that is not trusted: %s: can be written "
                                 "by others than its owner (mode 1777): chmod go-w",
                                 at("real"));
    assert_complaint(0, "links/good.so", expected);
    memory_free(expected);
}

/* Its functions stay its own, whatever the program's are called, and other plugins do not see
 * them. */
static void keeps_plugins_apart(void **state)
{
    (void)state;
    build("a", "int _shared = 1;\n" GOOD("a"));
    build("b",
          "extern int _shared;\n__attribute__((visibility(\"hidden\"))) int *at = &_shared;\n" GOOD(
              "b"));
    load(folder);
    assert_int_equal(complaints(), 1);
    assert_complaint(0, "b.so", "cannot be loaded: undefined symbol: _shared");
}

/* Many files, one after another: each is itself, though descriptors come again. */
static void tells_files_apart(void **state)
{
    (void)state;
    build("a", GOOD("a"));
    build("b", "int nothing;\n");
    build("c", PRELUDE "SCHEDULE(c, \"c\", .abi = 3)\nUNROLL_PLUGIN(&c.module);\n");
    build("d", GOOD("d"));
    build("e", GOOD("e"));
    for (int i = 0; i < 3; i++) {
        load(folder);
        assert_int_equal(complaints(), 2);
        assert_string_equal(registry_origin(registry_find(MODULE_SCHEDULE, "a")), at("a.so"));
        assert_string_equal(registry_origin(registry_find(MODULE_SCHEDULE, "d")), at("d.so"));
        assert_string_equal(registry_origin(registry_find(MODULE_SCHEDULE, "e")), at("e.so"));
        registry_release();
    }
}

/* The loader knows an object by its copy's number, which must not come again while it is loaded. */
static void tells_later_files_apart(void **state)
{
    (void)state;
    assert_int_equal(file_make_folders(at("one"), NULL), 0);
    assert_int_equal(file_make_folders(at("two"), NULL), 0);
    build("one/a", GOOD("a"));
    build("two/b", GOOD("b"));
    load(at("one"));
    load(at("two"));
    assert_int_equal(complaints(), 0);
    assert_string_equal(registry_origin(registry_find(MODULE_SCHEDULE, "b")), at("two/b.so"));
}

#define TABLE(entries)                                                                             \
    PRELUDE "struct values { int64_t count; int what; };\n"                                        \
            "static const char *const words[] = {\"a\", \"b\", 0};\n"                              \
            "static const struct values defaults = {1, 0};\n"                                      \
            "static const struct param table[] = {" entries ", {0}};\n"                            \
            "SCHEDULE(bad, \"bad\", .params = table, .defaults = &defaults,\\\n"                   \
            ".params_size = sizeof defaults)\nUNROLL_PLUGIN(&bad.module);\n"

/* The third bit of two choices. */
#define SET_TABLE                                                                                  \
    PRELUDE "static const char *const words[] = {\"a\", \"b\", 0};\n"                              \
            "static const uint32_t defaults = 4;\n"                                                \
            "static const struct param table[] = {{.name = \"a\", .summary = \"X.\", \n"           \
            ".type = PARAM_SET, .choices = words}, {0}};\n"                                        \
            "SCHEDULE(bad, \"bad\", .params = table, .defaults = &defaults,\\\n"                   \
            ".params_size = sizeof defaults)\nUNROLL_PLUGIN(&bad.module);\n"

/* A default that nobody uses may be anything. */
static void takes_defaults_that_stand_for_none(void **state)
{
    (void)state;
    build("good",
          TABLE("{.name = \"a\", .summary = \"X.\", .minimum = 2, .maximum = 3, "
                ".flags = PARAM_OPTIONAL}, {.name = \"b\", .summary = \"X.\", .minimum = 2, "
                ".maximum = 3, .flags = PARAM_REQUIRED}, {.name = \"c\", .summary = \"X.\", "
                ".minimum = 1, .maximum = 1}"));
    load(folder);
    assert_int_equal(complaints(), 0);
    assert_non_null(registry_find(MODULE_SCHEDULE, "bad"));
}

static void refuses_tables_that_are_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *source, *expected;
    } cases[] = {
        {TABLE("{.name = \"far\", .summary = \"X.\", .type = PARAM_INTEGER, .offset = 16}"),
         "schedule bad: parameter far: its 8 bytes at offset 16 are outside of params_size 16"},
        {TABLE("{.name = \"a.b\", .summary = \"X.\"}"),
         "schedule bad: parameter `a.b`: a name is lower-case letters, digits and `_`, a letter "
         "first, and not none, null, true or false"},
        {TABLE("{.name = \"a\"}"), "schedule bad: parameter a lacks its summary"},
        {TABLE("{.name = \"a\", .summary = \"X.\", .type = 77}"),
         "schedule bad: parameter a: unknown type 77"},
        {TABLE("{.name = \"a\", .summary = \"X.\", .type = PARAM_CHOICE, .offset = 8}"),
         "schedule bad: parameter a needs 1 to 32 choices"},
        {TABLE("{.name = \"a\", .summary = \"X.\", .type = PARAM_CHOICE, .choices = words + 1}"),
         "schedule bad: parameter a: its default, 1, is none of 1 choices"},
        {TABLE("{.name = \"a\", .summary = \"X.\"}, {.name = \"a\", .summary = \"X.\"}"),
         "schedule bad: parameter a is there twice"},
        {TABLE("{.name = \"a\", .summary = \"X.\", .minimum = 2, .maximum = 1}"),
         "schedule bad: parameter a: its minimum is above its maximum"},
        {TABLE("{.name = \"a\", .summary = \"X.\", .minimum = 0.0 / 0.0, .maximum = 1}"),
         "schedule bad: parameter a: its minimum is not comparable with its maximum"},
        {TABLE("{.name = \"a\", .summary = \"X.\", .minimum = 2, .maximum = 3}"),
         "schedule bad: parameter a: its default, 1, is out of its range, 2 to 3"},
        {TABLE("{.name = \"a\", .summary = \"X.\", .minimum = 1, .maximum = 3, .flags = "
               "PARAM_ABOVE_MINIMUM}"),
         "schedule bad: parameter a: its default, 1, is out of its range, 1 to 3"},
        {TABLE("{.name = \"a\", .summary = \"X.\", .minimum = 0, .maximum = 1, .flags = "
               "PARAM_BELOW_MAXIMUM}"),
         "schedule bad: parameter a: its default, 1, is out of its range, 0 to 1"},
        {TABLE(
             "{.name = \"a\", .summary = \"X.\", .type = PARAM_REAL, .minimum = 1, .maximum = 3}"),
         "schedule bad: parameter a: its default, 4.94066e-324, is out of its range, 1 to 3"},
        {TABLE("{.name = \"a\", .summary = \"X.\", .type = PARAM_SET, .choices = words + 1}"
               ", {.name = \"b\", .summary = \"X.\"}, "
               "{.name = \"c\", .summary = \"X.\", .type = PARAM_SET, .choices = words + 2}"),
         "schedule bad: parameter c needs 1 to 32 choices"},
        {SET_TABLE, "schedule bad: parameter a: its default, 0x4, has bits beyond its 2 choices"},
        {TABLE("{.name = \"a\", .summary = \"X.\", .type = PARAM_SECTION}"),
         "schedule bad: parameter a: a section lacks its table"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_refused(cases[i].source, cases[i].expected);
        registry_release();
    }
}

static void refuses_names_that_no_config_can_say(void **state)
{
    (void)state;
    static const char *const names[] = {"a.b", "../x", "1st", "none", "two words", "\303\274",
                                        "a-b", "aB",   "_a",  "true", "null",      "false"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *source =
            text_format(PRELUDE "SCHEDULE(bad, \"%s\")\nUNROLL_PLUGIN(&bad.module);\n", names[i]);
        char *expected = text_format("schedule `%s`: a name is lower-case letters, digits and `_`, "
                                     "a letter first, and not none, null, true or false",
                                     names[i]);
        assert_refused(source, expected);
        registry_release();
        memory_free(source);
        memory_free(expected);
    }
}

static void refuses_a_plugin_without_modules(void **state)
{
    (void)state;
    assert_refused("#include \"module/plugin.h\"\nUNROLL_PLUGIN(NULL);\n",
                   "brings no module: UNROLL_PLUGIN(...) lists them");
}

#define CONSTRUCTOR(body)                                                                          \
    "#include <stdlib.h>\n#include <unistd.h>\n"                                                   \
    "__attribute__((constructor)) static void begin(void)\n{ " body " }\n" GOOD("bad")

/* The program goes on, and other plugins are loaded. */
static void survives_a_constructor_that_crashes(void **state)
{
    (void)state;
    assert_refused(CONSTRUCTOR("abort();"), "crashes while it is loaded (Aborted)");
}

static void survives_a_constructor_that_ends_the_process(void **state)
{
    (void)state;
    assert_refused(CONSTRUCTOR("_exit(0);"), "ends the process while it is loaded (exit status 0)");
}

static void survives_a_constructor_that_never_ends(void **state)
{
    (void)state;
    assert_refused(CONSTRUCTOR("for (;;) pause();"),
                   "does not come back within 5 s while it is loaded");
}

/* Whatever way a constructor is named, or brought along. */
static void survives_constructors_of_every_kind(void **state)
{
    (void)state;
    const char *source = "#include <stdlib.h>\nvoid _begin(void) { abort(); }\n" GOOD("bad");
    build_with("a", source, (const char *const[]){"-Wl,-init,_begin", NULL});
    build_with("b", CONSTRUCTOR("abort();"), (const char *const[]){"-nostartfiles", NULL});
    build_with("c", CONSTRUCTOR("abort();"), (const char *const[]){"-s", NULL});
    build_needing("d",
                  "#include <stdlib.h>\n"
                  "__attribute__((constructor)) static void begin(void) { abort(); }\n" NEEDED,
                  at("lib"));
    build("last", GOOD("last"));
    load(folder);
    assert_int_equal(complaints(), 4);
    static const char *const names[] = {"a.so", "b.so", "c.so", "d.so"};
    for (size_t i = 0; i < 4; i++)
        assert_complaint(i, names[i], "crashes while it is loaded (Aborted)");
    assert_non_null(registry_find(MODULE_SCHEDULE, "last"));
}

#define DESTRUCTOR(body)                                                                           \
    "#include <stdlib.h>\n#include <unistd.h>\n"                                                   \
    "__attribute__((destructor)) static void end(void)\n{ " body " }\n" GOOD("bad")

static void survives_a_destructor_that_crashes(void **state)
{
    (void)state;
    assert_refused(DESTRUCTOR("abort();"), "crashes while it is unloaded (Aborted)");
}

static void survives_a_destructor_that_ends_the_process(void **state)
{
    (void)state;
    assert_refused(DESTRUCTOR("_exit(7);"),
                   "ends the process while it is unloaded (exit status 7)");
}

/* All of them have one deadline: each would need its own otherwise. */
static void survives_several_that_never_end(void **state)
{
    (void)state;
    build("a", DESTRUCTOR("for (;;) pause();"));
    build("b", CONSTRUCTOR("for (;;) pause();"));
    build("c", DESTRUCTOR("for (;;) pause(); /* another */") "int _c;\n");
    build("d", CONSTRUCTOR("_exit(3);"));
    build("last", GOOD("last"));
    load(folder);
    assert_int_equal(complaints(), 4);
    assert_complaint(0, "a.so", "does not come back within 5 s while it is unloaded");
    assert_complaint(1, "b.so", "does not come back within 5 s while it is loaded");
    assert_complaint(2, "c.so", "does not come back within 5 s while it is unloaded");
    assert_complaint(3, "d.so", "ends the process while it is loaded (exit status 3)");
    assert_non_null(registry_find(MODULE_SCHEDULE, "last"));
}

static void survives_descriptors_that_lead_nowhere(void **state)
{
    (void)state;
    assert_refused(PRELUDE "UNROLL_PLUGIN((const struct module *)8);\n",
                   "crashes while its modules are looked at (Segmentation fault)");
    registry_release();
    assert_refused(PRELUDE "static const int values = 1;\n"
                           "SCHEDULE(bad, \"bad\", .params = (const struct param *)24,\\\n"
                           ".defaults = &values, .params_size = 4)\nUNROLL_PLUGIN(&bad.module);\n",
                   "crashes while its modules are looked at (Segmentation fault)");
}

/* Another build is written over the file in place, or the file is cut, while it is used. */
static void keeps_what_it_loaded(void **state)
{
    (void)state;
    build("good", GOOD("half"));
    load(folder);
    const struct module *module = registry_find(MODULE_SCHEDULE, "half");
    int file = open(at("good.so"), O_WRONLY);
    char *zeros = memory_new(1 << 16);
    assert_int_equal(write(file, zeros, 1 << 12), 1 << 12);
    assert_int_equal(ftruncate(file, 1 << 12), 0);
    close(file);
    memory_free(zeros);
    assert_string_equal(module->name, "half");
    assert_true(((const struct schedule *)module)->factor(NULL, NULL, NULL) == 0.5);
    const struct module **modules;
    assert_int_equal(registry_list(MODULE_SCHEDULE, &modules), 2);
    memory_free(modules);
}

/* The same between the search and the loading. */
static void loads_what_it_judged(void **state)
{
    (void)state;
    build("good", GOOD("half"));
    registry_search(folder, "a test");
    assert_int_equal(truncate(at("good.so"), 0), 0);
    assert_int_equal(chmod(at("good.so"), 0666), 0);
    registry_load(NULL);
    assert_int_equal(complaints(), 0);
    assert_non_null(registry_find(MODULE_SCHEDULE, "half"));
}

/* Nobody can write to the copy, not even by its name in /proc. */
static void closes_its_copy(void **state)
{
    (void)state;
    struct plugin_file file;
    struct error error;
    build("good", GOOD("half"));
    int descriptor = plugin_folder_open(folder, &error);
    assert_int_equal(plugin_file_open(&file, descriptor, "good.so", &error), 0);
    close(descriptor);
    char *name = text_format("/proc/self/fd/%d", file.copy);
    assert_int_equal(truncate(name, 0), -1);
    int writer = open(name, O_WRONLY);
    assert_true(writer < 0 || write(writer, "x", 1) < 0);
    if (writer >= 0)
        close(writer);
    memory_free(name);
    plugin_file_release(&file);
}

static void loads_one_with_a_constructor(void **state)
{
    (void)state;
    build("good", CONSTRUCTOR("setenv(\"UNROLL_TEST_BEGUN\", \"1\", 1);"));
    unsetenv("UNROLL_TEST_BEGUN");
    load(folder);
    assert_int_equal(complaints(), 0);
    assert_non_null(registry_find(MODULE_SCHEDULE, "bad"));
    assert_string_equal(getenv("UNROLL_TEST_BEGUN"), "1");
}

static void refuses_an_earlier_interface(void **state)
{
    (void)state;
    char *expected = text_format("the plugin was built for module interface %d.7, this program has "
                                 "%d.%d: build the plugin again with this program's headers",
                                 MODULE_ABI_MAJOR - 1, MODULE_ABI_MAJOR, MODULE_ABI_MINOR);
    assert_refused(PRELUDE "#undef MODULE_ABI\n"
                           "#define MODULE_ABI ((MODULE_ABI_MAJOR - 1) << 16 | 7)\n"
                           "SCHEDULE(bad, \"bad\")\nUNROLL_PLUGIN(&bad.module);\n",
                   expected);
    memory_free(expected);
}

/* A half-written file, at every 500 bytes: what is mapped past its end would kill the program. */
static void refuses_a_truncated_one(void **state)
{
    (void)state;
    build("whole", GOOD("half"));
    struct text bytes = {0};
    assert_int_equal(file_read(at("whole.so"), 1 << 20, &bytes, NULL), 0);
    assert_int_equal(unlink(at("whole.so")), 0);
    size_t refused = 0;
    for (size_t size = 100; size < bytes.length; size += 500) {
        memory_free(temporary_write(folder, "part.so", bytes.data, size, false));
        load(folder);
        refused += complaints();
        registry_release();
        assert_int_equal(unlink(at("part.so")), 0);
    }
    assert_true(refused > 10);
    memory_free(temporary_write(folder, "part.so", bytes.data, 4096, false));
    load(folder);
    assert_complaint(0, "part.so", "is truncated: build or copy it again");
    text_release(&bytes);
}

/* Somebody names the file where the folder is wanted. */
static void complains_of_a_folder_that_is_none(void **state)
{
    (void)state;
    build("good", GOOD("half"));
    load(at("good.so"));
    assert_int_equal(complaints(), 1);
    assert_complaint(0, "good.so", "cannot be searched for plugins: Not a directory");
    assert_null(registry_find(MODULE_SCHEDULE, "half"));
}

/* The same folder by two names, or named twice, is no reason to complain. */
static void passes_over_what_is_loaded(void **state)
{
    (void)state;
    assert_int_equal(file_make_folders(at("real"), NULL), 0);
    build("real/good", GOOD("half"));
    assert_int_equal(symlink(at("real"), at("other")), 0);
    load(at("real"));
    const struct module *module = registry_find(MODULE_SCHEDULE, "half");
    char *folders = text_format("%s:%s", at("real"), at("other"));
    load(folders);
    memory_free(folders);
    assert_int_equal(complaints(), 0);
    assert_ptr_equal(registry_find(MODULE_SCHEDULE, "half"), module);
    assert_string_equal(registry_origin(module), at("real/good.so"));
    const struct module **modules;
    assert_int_equal(registry_list(MODULE_SCHEDULE, &modules), 2);
    memory_free(modules);
}

/* What is wrong there is said once. */
static void complains_of_a_folder_once(void **state)
{
    (void)state;
    build("bad", "int nothing;\n");
    assert_int_equal(symlink(".", at("again")), 0);
    char *folders_text = text_format("%s:%s/.:%s", folder, folder, at("again"));
    load(folders_text);
    memory_free(folders_text);
    assert_int_equal(complaints(), 1);
    size_t count;
    const struct plugin_folder *folders = registry_folders(&count);
    assert_int_equal(count, 3);
    assert_int_equal(folders[0].state, PLUGIN_FOLDER_SEARCHED);
    assert_int_equal(folders[1].state, PLUGIN_FOLDER_REPEATED);
    assert_int_equal(folders[2].state, PLUGIN_FOLDER_REPEATED);
}

static void passes_over_folders_below_files(void **state)
{
    (void)state;
    assert_int_equal(registry_search_folder("/dev/null/unroll/plugins", "a test", false),
                     PLUGIN_FOLDER_ABSENT);
    assert_int_equal(complaints(), 0);
}

/* As root only, who can become somebody that may not. */
static void complains_of_unreadable_folders_that_were_named(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(seteuid(12345), 0);
    enum plugin_folder_state by_default = registry_search_folder(folder, "a test", false);
    size_t before = complaints();
    registry_release();
    enum plugin_folder_state named = registry_search_folder(folder, "a test", true);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(by_default, PLUGIN_FOLDER_UNREADABLE);
    assert_int_equal(named, PLUGIN_FOLDER_UNREADABLE);
    assert_int_equal(before, 0);
    assert_int_equal(complaints(), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(loads_a_good_one),
        TEST(knows_its_digest),
        TEST(loads_from_several_folders),
        TEST(loads_from_here),
        TEST(loads_nothing_from_an_empty_folder),
        TEST(refuses_a_later_interface),
        TEST(refuses_a_later_minor_interface),
        TEST(refuses_a_module_of_another_interface),
        TEST(refuses_another_size),
        TEST(refuses_an_unknown_kind),
        TEST(refuses_a_module_without_a_name),
        TEST(refuses_an_empty_name),
        TEST(refuses_a_module_without_a_summary),
        TEST(refuses_parameters_without_defaults),
        TEST(refuses_a_module_without_a_required_function),
        TEST(refuses_a_layer_that_means_nothing_by_lengths),
        TEST(refuses_an_observer_that_does_not_say_of_what),
        TEST(refuses_what_exports_nothing),
        TEST(refuses_an_undefined_symbol),
        TEST(refuses_an_undefined_call),
        TEST(uses_no_module_whose_name_is_built_in),
        TEST(uses_no_module_whose_name_two_plugins_have),
        TEST(takes_a_copy_for_the_same_plugin),
        TEST(refuses_an_earlier_interface),
        TEST(refuses_another_processor),
        TEST(refuses_another_word_size),
        TEST(refuses_a_program),
        TEST(refuses_more_exports),
        TEST(refuses_a_protected_export),
        TEST(refuses_segments_of_another_size),
        TEST(reads_no_name_past_its_table),
        TEST(refuses_a_missing_library),
        TEST(finds_a_library_by_its_path),
        TEST(says_that_nothing_is_beside_it),
        TEST(survives_damaged_sections),
        TEST(refuses_a_file_that_others_can_write),
        TEST(refuses_a_folder_that_others_can_write),
        TEST(refuses_what_is_of_somebody_else),
        TEST(judges_links_by_their_targets),
        TEST(keeps_plugins_apart),
        TEST(tells_files_apart),
        TEST(tells_later_files_apart),
        TEST(refuses_tables_that_are_wrong),
        TEST(takes_defaults_that_stand_for_none),
        TEST(refuses_names_that_no_config_can_say),
        TEST(refuses_a_plugin_without_modules),
        TEST(survives_a_constructor_that_crashes),
        TEST(survives_a_constructor_that_ends_the_process),
        TEST(survives_a_constructor_that_never_ends),
        TEST(survives_constructors_of_every_kind),
        TEST(survives_a_destructor_that_crashes),
        TEST(survives_a_destructor_that_ends_the_process),
        TEST(survives_several_that_never_end),
        TEST(survives_descriptors_that_lead_nowhere),
        TEST(keeps_what_it_loaded),
        TEST(loads_what_it_judged),
        TEST(closes_its_copy),
        TEST(loads_one_with_a_constructor),
        TEST(refuses_the_same_name_twice_in_one_plugin),
        TEST(refuses_what_is_no_program),
        TEST(refuses_what_is_no_file),
        TEST(refuses_a_truncated_one),
        TEST(complains_of_a_folder_that_is_none),
        TEST(passes_over_what_is_loaded),
        TEST(complains_of_a_folder_once),
        TEST(passes_over_folders_below_files),
        TEST(complains_of_unreadable_folders_that_were_named),
    };
    umask(022); /* what is built here must be trusted, whatever the machine's users share */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
