/* Folders of plugins: what is found and loaded, and which module a name means then. */
#include "base/hash.h"
#include "unit/plugin_builder.h"

#include <fcntl.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLUGIN_TEST(loads_a_good_one),
        PLUGIN_TEST(knows_its_digest),
        PLUGIN_TEST(loads_from_several_folders),
        PLUGIN_TEST(loads_from_here),
        PLUGIN_TEST(loads_nothing_from_an_empty_folder),
        PLUGIN_TEST(uses_no_module_whose_name_is_built_in),
        PLUGIN_TEST(uses_no_module_whose_name_two_plugins_have),
        PLUGIN_TEST(takes_a_copy_for_the_same_plugin),
        PLUGIN_TEST(passes_over_what_is_loaded),
        PLUGIN_TEST(complains_of_a_folder_once),
        PLUGIN_TEST(complains_of_unreadable_folders_that_were_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
