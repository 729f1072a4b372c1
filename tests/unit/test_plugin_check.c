/* What plugins say of themselves, right and wrong. */
#include "unit/plugin_builder.h"

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

static void refuses_a_plugin_without_modules(void **state)
{
    (void)state;
    assert_refused("#include \"module/plugin.h\"\nUNROLL_PLUGIN(NULL);\n",
                   "brings no module: UNROLL_PLUGIN(...) lists them");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLUGIN_TEST(refuses_an_earlier_interface),
        PLUGIN_TEST(refuses_a_later_interface),
        PLUGIN_TEST(refuses_a_later_minor_interface),
        PLUGIN_TEST(refuses_a_module_of_another_interface),
        PLUGIN_TEST(refuses_another_size),
        PLUGIN_TEST(refuses_an_unknown_kind),
        PLUGIN_TEST(refuses_a_module_without_a_name),
        PLUGIN_TEST(refuses_an_empty_name),
        PLUGIN_TEST(refuses_a_module_without_a_summary),
        PLUGIN_TEST(refuses_parameters_without_defaults),
        PLUGIN_TEST(refuses_a_module_without_a_required_function),
        PLUGIN_TEST(refuses_a_layer_that_means_nothing_by_lengths),
        PLUGIN_TEST(refuses_an_observer_that_does_not_say_of_what),
        PLUGIN_TEST(refuses_the_same_name_twice_in_one_plugin),
        PLUGIN_TEST(refuses_a_plugin_without_modules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
