#include "base/memory.h"
#include "base/text.h"
#include "module/layer.h"
#include "module/registry.h"
#include "module/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static double factor(const void *params, const void *state, const struct schedule_time *time)
{
    (void)params;
    (void)state;
    (void)time;
    return 1;
}

#define SCHEDULE(word)                                                                             \
    {                                                                                              \
        .module = {MODULE_HEAD(MODULE_SCHEDULE, struct schedule), .version = 1, .name = (word),    \
                   .summary = "A schedule."},                                                      \
        .factor = factor                                                                           \
    }

static const struct schedule zigzag = SCHEDULE("zigzag"), flat = SCHEDULE("flat"),
                             flatter = SCHEDULE("flatter"), middle = SCHEDULE("middle");
static const struct layer layer_flat = {
    .module = {MODULE_HEAD(MODULE_LAYER, struct layer), .name = "flat", .summary = "A layer."}};

/* Takes the place of the program's own list. */
const struct module *const builtin_modules[] = {&zigzag.module,  &flat.module,   &layer_flat.module,
                                                &flatter.module, &middle.module, NULL};

static void finds_by_kind_and_name(void **state)
{
    (void)state;
    assert_ptr_equal(registry_find(MODULE_SCHEDULE, "zigzag"), &zigzag);
    assert_ptr_equal(registry_find(MODULE_SCHEDULE, "flat"), &flat);
    assert_ptr_equal(registry_find(MODULE_LAYER, "flat"), &layer_flat);
}

static void finds_whole_names_only(void **state)
{
    (void)state;
    assert_null(registry_find(MODULE_SCHEDULE, "fla"));
    assert_null(registry_find(MODULE_SCHEDULE, "flattest"));
    assert_null(registry_find(MODULE_SCHEDULE, "Flat"));
    assert_null(registry_find(MODULE_SCHEDULE, ""));
    assert_null(registry_find(MODULE_LAYER, "zigzag"));
    assert_null(registry_find(MODULE_LOSS, "flat"));
}

static void lists_by_name(void **state)
{
    (void)state;
    const struct module **modules;
    assert_int_equal(registry_list(MODULE_SCHEDULE, &modules), 4);
    const char *const expected[] = {"flat", "flatter", "middle", "zigzag"};
    for (int i = 0; i < 4; i++) {
        assert_string_equal(modules[i]->name, expected[i]);
        assert_int_equal(modules[i]->kind, MODULE_SCHEDULE);
    }
    memory_free(modules);
    assert_int_equal(registry_list(MODULE_LAYER, &modules), 1);
    assert_ptr_equal(modules[0], &layer_flat);
    memory_free(modules);
    assert_int_equal(registry_list(MODULE_OPTIMIZER, &modules), 0);
    memory_free(modules);
}

static void knows_where_modules_come_from(void **state)
{
    (void)state;
    assert_string_equal(registry_origin(&flat.module), "built in");
    assert_string_equal(registry_plugin_digest(&flat.module), "");
}

static void names_the_kinds(void **state)
{
    (void)state;
    const char *const expected[MODULE_KINDS] = {
        [MODULE_LAYER] = "layer",         [MODULE_LOSS] = "loss",
        [MODULE_OPTIMIZER] = "optimizer", [MODULE_SCHEDULE] = "schedule",
        [MODULE_DATASET] = "dataset",     [MODULE_INITIALIZER] = "initializer",
    };
    for (int kind = 0; kind < MODULE_KINDS; kind++) {
        assert_string_equal(module_kind_name((enum module_kind)kind), expected[kind]);
        assert_int_equal(module_kind_find(expected[kind]), kind);
    }
    assert_int_equal(module_kind_find("layers"), -1);
    assert_int_equal(module_kind_find(""), -1);
}

/* The colon-separated FOLDERS. */
static void load(const char *folders)
{
    registry_search(folders, "a test");
    registry_load(NULL);
}

static void write_no_library(const char *folder, const char *name)
{
    char *path = text_format("%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("no library", file);
    assert_int_equal(fchmod(fileno(file), 0644), 0);
    fclose(file);
    memory_free(path);
}

/* Not one whose name only looks like it. */
static void knows_which_plugin_was_meant(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_registry_XXXXXX";
    assert_non_null(mkdtemp(folder));
    write_no_library(folder, "curve.so");
    write_no_library(folder, "my_wave.so");
    load(folder);
    assert_non_null(strstr(registry_complaint(MODULE_SCHEDULE, "curve"), "/curve.so: "));
    assert_non_null(strstr(registry_complaint(MODULE_LAYER, "my_wave"), "/my_wave.so: "));
    assert_null(registry_complaint(MODULE_SCHEDULE, "wave"));
    assert_null(registry_complaint(MODULE_SCHEDULE, "curv"));
    assert_null(registry_complaint(MODULE_SCHEDULE, "e"));
    registry_release();
    assert_null(registry_complaint(MODULE_SCHEDULE, "curve"));
    char *command = text_format("rm -r %s", folder);
    assert_int_equal(system(command), 0);
    memory_free(command);
}

static void loads_nothing_from_nowhere(void **state)
{
    (void)state;
    size_t count = 99;
    load("");
    load("::");
    load("/no/such/folder:/nor/this/one");
    registry_complaints(&count);
    assert_int_equal(count, 0);
    registry_release();
    registry_release();
    assert_ptr_equal(registry_find(MODULE_SCHEDULE, "flat"), &flat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_by_kind_and_name),
        cmocka_unit_test(finds_whole_names_only),
        cmocka_unit_test(lists_by_name),
        cmocka_unit_test(names_the_kinds),
        cmocka_unit_test(knows_where_modules_come_from),
        cmocka_unit_test(knows_which_plugin_was_meant),
        cmocka_unit_test(loads_nothing_from_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
