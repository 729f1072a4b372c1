/* The man page of a command whose texts look like groff's own language, and its completion. */
#include "capture.h"
#include "commands/options.h"
#include "commands/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct text output;
static struct error error;
static int kind;

static int hard_command(int argc, char **argv, struct error *fault)
{
    static const char *const kinds[] = {"a-b", "c", NULL};
    const struct option_entry entries[] = {
        {"kind", 'k', OPTION_CHOICE, &kind, NULL, ".so /etc/passwd", 0, 0, kinds},
        {0},
    };
    const struct option_page page = {"hard FILE [OPTION...]",
                                     "A back\\slash, `code` and -x.\n'quoted\n\n  .indented\nlast",
                                     "unroll hard 'a b'\n.dot --kind c", entries};
    return options_parse(argc, argv, &page, fault) < 0 ? -1 : 0;
}

static int failing_command(int argc, char **argv, struct error *fault)
{
    (void)argc, (void)argv;
    return error_set(fault, ERROR_USAGE, "no page");
}

static const struct command hard = {"hard", hard_command, "does it"};
static const struct command failing = {"failing", failing_command, "does not"};

static int print_manual(int argc, char **argv, struct error *fault)
{
    (void)argc, (void)argv;
    return manual_print(&hard, 1, fault);
}

static int print_completion(int argc, char **argv, struct error *fault)
{
    (void)argc, (void)argv;
    return completion_print(&hard, 1, fault);
}

static int print_failing(int argc, char **argv, struct error *fault)
{
    return argc > 1 ? manual_print(&failing, argv ? 1 : 0, fault)
                    : completion_print(&failing, 1, fault);
}

static const char *const words[] = {"page", NULL}, *const two_words[] = {"page", "man", NULL};

static void shows_texts_as_they_are(void **state)
{
    (void)state;
    assert_int_equal(capture(print_manual, words, &output, &error), 0);
    static const char expected[] = ".SS unroll hard\n"
                                   "\\fBunroll hard FILE [OPTION...]\\fR\n"
                                   ".PP\n"
                                   "A back\\eslash, \\(gacode\\(ga and \\-x.\n"
                                   "\\&'quoted\n"
                                   ".PP\n"
                                   ".br\n"
                                   "  .indented\n"
                                   ".br\n"
                                   "last\n"
                                   ".TP\n"
                                   "\\fB\\-k\\fR, \\fB\\-\\-kind a\\-b|c\\fR\n"
                                   "\\&.so /etc/passwd\n"
                                   ".PP\n"
                                   "For example:\n"
                                   ".PP\n"
                                   ".RS\n"
                                   ".nf\n"
                                   "unroll hard 'a b'\n"
                                   "\\&.dot \\-\\-kind c\n"
                                   ".fi\n"
                                   ".RE\n"
                                   ".SH EXIT STATUS\n";
    assert_non_null(strstr(text_get(&output), expected));
}

static void knows_what_stands_behind_options(void **state)
{
    (void)state;
    assert_int_equal(capture(print_completion, words, &output, &error), 0);
    assert_non_null(strstr(text_get(&output), "_unroll_commands='hard'\n"));
    assert_non_null(strstr(text_get(&output), "    hard) echo '--kind --help' ;;\n"));
    assert_non_null(
        strstr(text_get(&output), "    'hard --kind' | 'hard -k') echo words a-b c ;;\n"));
    assert_non_null(strstr(text_get(&output), "    hard) _unroll_configs; ;;\n"));
}

static void fails_with_a_command_that_fails(void **state)
{
    (void)state;
    assert_int_equal(capture(print_failing, words, &output, &error), ERROR_USAGE);
    assert_string_equal(error.text, "no page");
    assert_int_equal(capture(print_failing, two_words, &output, &error), ERROR_USAGE);
}

static int release(void **state)
{
    (void)state;
    text_release(&output);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_texts_as_they_are),
        cmocka_unit_test(knows_what_stands_behind_options),
        cmocka_unit_test(fails_with_a_command_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
