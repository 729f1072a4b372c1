/* Plugins whose own code crashes, ends the process or never ends, in the child that tries them. */
#include "unit/plugin_builder.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLUGIN_TEST(survives_a_constructor_that_crashes),
        PLUGIN_TEST(survives_a_constructor_that_ends_the_process),
        PLUGIN_TEST(survives_a_constructor_that_never_ends),
        PLUGIN_TEST(survives_constructors_of_every_kind),
        PLUGIN_TEST(loads_one_with_a_constructor),
        PLUGIN_TEST(survives_a_destructor_that_crashes),
        PLUGIN_TEST(survives_a_destructor_that_ends_the_process),
        PLUGIN_TEST(survives_several_that_never_end),
        PLUGIN_TEST(survives_descriptors_that_lead_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
