/* A folder that goes with the program, however that ends. */
#include "base/scratch.h"

#include "base/file.h"
#include "base/memory.h"
#include "unit/temporary.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char place[64];
static struct error error;

static bool place_is_empty(void)
{
    return rmdir(place) == 0 && mkdir(place, 0700) == 0;
}

static void fill(const char *folder)
{
    for (int i = 0; i < 300; i++) { /* more than the kernel names at once */
        char *name = text_format("%s/a file with a name that takes some room %d", folder, i);
        assert_int_equal(file_replace(name, "x", 1, &error), 0);
        memory_free(name);
    }
}

static void it_is_made_and_removed(void **state)
{
    (void)state;
    char *folder = scratch_make(&error);
    assert_non_null(folder);
    assert_memory_equal(folder, place, strlen(place));
    assert_true(file_is_folder(folder));
    scratch_remove(folder);
    assert_true(place_is_empty());
    memory_free(folder);
}

/* A program that makes a folder and is then sent NUMBER. Its exit status, or 128 + signal. */
static int be_sent(int number, void (*before)(const char *folder))
{
    pid_t pid = fork();
    if (pid == 0) {
        char *folder = scratch_make(&error);
        fill(folder);
        if (before)
            before(folder);
        raise(number);
        _exit(7);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void signals_remove_it(void **state)
{
    (void)state;
    signal(SIGINT, SIG_DFL);
    assert_int_equal(be_sent(SIGTERM, NULL), ERROR_INTERRUPTED);
    assert_true(place_is_empty());
    assert_int_equal(be_sent(SIGINT, NULL), ERROR_INTERRUPTED);
    assert_true(place_is_empty());
}

static void what_is_ignored_stays_ignored(void **state)
{
    (void)state;
    signal(SIGINT, SIG_IGN);
    assert_int_equal(be_sent(SIGINT, scratch_remove), 7);
    assert_true(place_is_empty());
    signal(SIGINT, SIG_DFL);
}

static void what_is_kept_is_left_alone(void **state)
{
    (void)state;
    assert_int_equal(be_sent(SIGTERM, scratch_keep), 128 + SIGTERM);
    assert_false(place_is_empty());
    assert_int_equal(file_remove_tree(place, &error), 0);
    assert_int_equal(mkdir(place, 0700), 0);
}

static void a_place_that_is_not_there_is_named(void **state)
{
    (void)state;
    char *none = text_format("%s/none", place);
    setenv("TMPDIR", none, 1);
    char *folder = scratch_make(&error);
    setenv("TMPDIR", place, 1);
    memory_free(none);
    assert_null(folder);
    assert_non_null(strstr(error.text, "/none/unroll-"));
}

static int setup(void **state)
{
    (void)state;
    return temporary_make(place) || setenv("TMPDIR", place, 1);
}

static int teardown(void **state)
{
    (void)state;
    return temporary_remove(place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_made_and_removed),
        cmocka_unit_test(signals_remove_it),
        cmocka_unit_test(what_is_ignored_stays_ignored),
        cmocka_unit_test(what_is_kept_is_left_alone),
        cmocka_unit_test(a_place_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
