/* What the loader finds and does not find, and that it tells plugins apart. */
#include "unit/plugin_builder.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLUGIN_TEST(refuses_an_undefined_symbol), PLUGIN_TEST(refuses_an_undefined_call),
        PLUGIN_TEST(refuses_what_is_no_program),  PLUGIN_TEST(refuses_a_missing_library),
        PLUGIN_TEST(finds_a_library_by_its_path), PLUGIN_TEST(says_that_nothing_is_beside_it),
        PLUGIN_TEST(keeps_plugins_apart),         PLUGIN_TEST(tells_files_apart),
        PLUGIN_TEST(tells_later_files_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
