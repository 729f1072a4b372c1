/* Tables of parameters, and names, that a plugin must not bring. */
#include "unit/plugin_builder.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLUGIN_TEST(takes_defaults_that_stand_for_none),
        PLUGIN_TEST(refuses_tables_that_are_wrong),
        PLUGIN_TEST(refuses_names_that_no_config_can_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
