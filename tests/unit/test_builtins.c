/* The program's own modules keep the rules that plugins must keep. */
#include "module/plugin_check.h"
#include "module/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void are_complete_and_distinct(void **state)
{
    (void)state;
    struct error error = {0};
    const struct plugin all = {.abi = MODULE_ABI, .modules = builtin_modules};
    if (plugin_check(&all, &error))
        fail_msg("%s", error.text);
    assert_non_null(builtin_modules[0]);
}

static void are_found_by_name(void **state)
{
    (void)state;
    for (const struct module *const *at = builtin_modules; *at; at++)
        assert_ptr_equal(registry_find((*at)->kind, (*at)->name), *at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_complete_and_distinct),
        cmocka_unit_test(are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
