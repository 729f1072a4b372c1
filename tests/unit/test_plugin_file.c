/* Whose files and folders are trusted, and that what was judged is what is used. */
#include "module/plugin_file.h"
#include "unit/plugin_builder.h"

#include <fcntl.h>

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

static void passes_over_folders_below_files(void **state)
{
    (void)state;
    assert_int_equal(registry_search_folder("/dev/null/unroll/plugins", "a test", false),
                     PLUGIN_FOLDER_ABSENT);
    assert_int_equal(complaints(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLUGIN_TEST(refuses_what_is_no_file),
        PLUGIN_TEST(refuses_a_file_that_others_can_write),
        PLUGIN_TEST(refuses_a_folder_that_others_can_write),
        PLUGIN_TEST(refuses_what_is_of_somebody_else),
        PLUGIN_TEST(judges_links_by_their_targets),
        PLUGIN_TEST(keeps_what_it_loaded),
        PLUGIN_TEST(loads_what_it_judged),
        PLUGIN_TEST(closes_its_copy),
        PLUGIN_TEST(complains_of_a_folder_that_is_none),
        PLUGIN_TEST(passes_over_folders_below_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
