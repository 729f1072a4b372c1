#include "batch/ending.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/machine.h"

#include <signal.h>

static void expect(int number, int64_t before, int64_t after, const char *expected)
{
    struct text text = {0};
    ending_add_signal(&text, number, before, after);
    assert_string_equal(text_get(&text), expected);
    text_release(&text);
}

static void signals(void **state)
{
    (void)state;
    expect(SIGSEGV, 3, 3, "crashed by signal 11 (Segmentation fault)");
    expect(SIGABRT, 3, 4, "crashed by signal 6 (Aborted)");
    expect(SIGTERM, 3, 3, "its process was ended by signal 15 (Terminated)");
}

/* Who sent a SIGKILL nobody says; the kernel only counts its own. */
static void kills(void **state)
{
    (void)state;
    expect(SIGKILL, 3, 3,
           "its process was ended by signal 9 (Killed), by someone: memory had not run out");
    expect(SIGKILL, 3, 4,
           "its process was ended by signal 9 (Killed), probably by the kernel, because memory ran "
           "out");
    expect(SIGKILL, -1, -1,
           "its process was ended by signal 9 (Killed), by someone or by the kernel for want of "
           "memory");
    assert_true(machine_oom_kills() >= -1);
}

/* What someone did to a process is no failure of its run. */
static void from_outside(void **state)
{
    (void)state;
    assert_true(ending_is_from_outside(SIGKILL, 3, 3));
    assert_false(ending_is_from_outside(SIGKILL, 3, 4));
    assert_true(ending_is_from_outside(SIGKILL, -1, -1));
    assert_true(ending_is_from_outside(SIGTERM, 3, 4));
    assert_true(ending_is_from_outside(SIGHUP, 3, 3));
    assert_true(ending_is_from_outside(SIGINT, 3, 3));
    assert_false(ending_is_from_outside(SIGSEGV, 3, 3));
    assert_false(ending_is_from_outside(SIGABRT, -1, -1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(signals), cmocka_unit_test(kills),
                                       cmocka_unit_test(from_outside)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
