#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "commands/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *store;
static int64_t threads;
static int format;
static bool quiet, force;
static struct option_list tags;

static const char *const formats[] = {"text", "csv", "json", NULL};

static const struct option_entry entries[] = {
    {"store", 's', OPTION_TEXT, &store, "PATH", "The store.", 0, 0, NULL},
    {"threads", 't', OPTION_INTEGER, &threads, "N", "How many threads.", 1, 1024, NULL},
    {"format", 0, OPTION_CHOICE, &format, NULL, "How it looks.", 0, 0, formats},
    {"quiet", 'q', OPTION_FLAG, &quiet, NULL, "Say less.", 0, 0, NULL},
    {"force", 'f', OPTION_FLAG, &force, NULL, "Do it again.", 0, 0, NULL},
    {"tag", 0, OPTION_LIST, &tags, "NAME", "A tag; may be repeated.", 0, 0, NULL},
    {0},
};

static const struct option_page page = {
    "train CONFIG [OPTION...]",
    "Trains one config.\nTwice is enough.",
    "unroll train a.yaml\nunroll train b.yaml -q",
    entries,
};

enum { MOST = 40 };

static char *argv[MOST + 1];
static int argc;
static struct error error;

/* Parses "train" and WORDS, which are separated by spaces ("_" stands for an empty one), after
 * setting all targets back. */
static int parse(const char *words)
{
    static char copy[1024];
    snprintf(copy, sizeof copy, "train %s", words);
    argc = 0;
    for (char *rest = copy, *word; (word = strsep(&rest, " "));)
        if (*word && argc < MOST)
            argv[argc++] = text_equal(word, "_") ? word + 1 : word;
    argv[argc] = NULL;
    store = NULL;
    threads = 3;
    format = 0;
    quiet = force = false;
    tags = (struct option_list){.count = 0};
    error = (struct error){0};
    return options_parse(argc, argv, &page, &error);
}

/* WORDS are right, and REST other arguments stand at the end. */
static void assert_parsed(const char *words, int rest)
{
    int result = parse(words);
    assert_int_equal(result, argc - rest);
}

static void assert_misused(const char *words, const char *expected)
{
    assert_int_equal(parse(words), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    char *text = text_format("%s (see `unroll train --help`)", expected);
    assert_string_equal(error.text, text);
    memory_free(text);
}

static void parses_nothing(void **state)
{
    (void)state;
    assert_int_equal(parse(""), 1);
    assert_int_equal(argc, 1);
    assert_null(store);
    assert_int_equal(threads, 3);
    const struct option_page bare = {"list", "Lists.", "unroll list", NULL};
    assert_int_equal(options_parse(argc, argv, &bare, &error), 1);
}

static void parses_long_options(void **state)
{
    (void)state;
    assert_parsed("--store a.db --threads=8 --format csv --quiet", 0);
    assert_string_equal(store, "a.db");
    assert_int_equal(threads, 8);
    assert_int_equal(format, 1);
    assert_true(quiet);
    assert_false(force);
}

static void parses_short_options(void **state)
{
    (void)state;
    assert_parsed("-s a.db -t8 -qf", 0);
    assert_string_equal(store, "a.db");
    assert_int_equal(threads, 8);
    assert_true(quiet && force);
    assert_parsed("-qt 9", 0);
    assert_true(quiet);
    assert_int_equal(threads, 9);
}

static void takes_the_last_of_two(void **state)
{
    (void)state;
    assert_parsed("--store a.db -s b.db", 0);
    assert_string_equal(store, "b.db");
}

static void puts_arguments_behind_options(void **state)
{
    (void)state;
    assert_parsed("a.yaml -q x=1 --threads 2 y=-5 --store s z", 4);
    const char *const expected[] = {"a.yaml", "x=1", "y=-5", "z"};
    for (int i = 0; i < 4; i++)
        assert_string_equal(argv[argc - 4 + i], expected[i]);
    assert_true(quiet);
    assert_int_equal(threads, 2);
    assert_string_equal(store, "s");
}

static void takes_what_is_no_option(void **state)
{
    (void)state;
    assert_parsed("-q -- --threads -x", 2);
    assert_string_equal(argv[argc - 2], "--threads");
    assert_string_equal(argv[argc - 1], "-x");
    assert_parsed("a -- --quiet", 2);
    assert_string_equal(argv[argc - 2], "a");
    assert_string_equal(argv[argc - 1], "--quiet");
    assert_false(quiet);
    assert_int_equal(parse("- _"), 1); /* standard input, and an empty argument */
    assert_string_equal(argv[1], "-");
    assert_parsed("--store _", 0);
    assert_string_equal(store, "");
    assert_parsed("--store --quiet", 0); /* a value may look like an option */
    assert_string_equal(store, "--quiet");
    assert_false(quiet);
}

static void wants_values(void **state)
{
    (void)state;
    assert_misused("--store", "--store needs a value");
    assert_misused("-s", "-s needs a value");
    assert_misused("a.yaml --threads", "--threads needs a value");
    assert_misused("a.yaml x=1 -t", "-t needs a value");
    assert_misused("a.yaml -qt", "-t needs a value");
}

static void wants_no_value_for_a_flag(void **state)
{
    (void)state;
    assert_misused("--quiet=yes", "--quiet takes no value");
    assert_misused("a.yaml --help=me", "--help takes no value");
}

static void refuses_unknown_options(void **state)
{
    (void)state;
    assert_misused("--stroe a", "--stroe: unknown option; did you mean `--store`?");
    assert_misused("a.yaml --hlep", "--hlep: unknown option; did you mean `--help`?");
    assert_misused("--nothing", "--nothing: unknown option");
    assert_misused("--nothing=5 a.yaml", "--nothing: unknown option");
    assert_misused("-x", "-x: unknown option");
    assert_misused("a.yaml --nothing", "--nothing: unknown option");
    assert_misused("a.yaml b.yaml -x", "-x: unknown option");
    assert_misused("a.yaml -xq", "-x: unknown option");
    assert_misused("a.yaml -qx", "-x: unknown option");
    assert_misused("-5", "-5: unknown option");
    assert_misused("a.yaml -\xc3\xa9", "-\xc3\xa9: unknown option");
}

/* A beginning is enough where it is the beginning of one option only. */
static void completes_long_options(void **state)
{
    (void)state;
    assert_parsed("--thr 5 --qu", 0);
    assert_int_equal(threads, 5);
    assert_true(quiet);
    assert_misused("a.yaml --fo", "--fo: may be --format or --force");
    assert_misused("a.yaml --t=3", "--t: may be --threads or --tag");
}

static void checks_integers(void **state)
{
    (void)state;
    assert_parsed("--threads 1", 0);
    assert_int_equal(threads, 1);
    assert_parsed("--threads 1024", 0);
    assert_int_equal(threads, 1024);
    assert_parsed("--threads 007", 0); /* not octal */
    assert_int_equal(threads, 7);
    const char *const wrong[] = {"0",
                                 "1025",
                                 "-1",
                                 "x",
                                 "5x",
                                 "5.5",
                                 "1e2",
                                 "0x5",
                                 "99999999999999999999",
                                 "-99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char *words = text_format("a.yaml --threads %s", wrong[i]);
        char *expected =
            text_format("--threads %s: expected a whole number from 1 to 1024", wrong[i]);
        assert_misused(words, expected);
        assert_int_equal(threads, 3);
        memory_free(words);
        memory_free(expected);
    }
    assert_misused("--threads _", "--threads : expected a whole number from 1 to 1024");
}

static void checks_choices(void **state)
{
    (void)state;
    assert_parsed("--format json", 0);
    assert_int_equal(format, 2);
    assert_parsed("--format text", 0);
    assert_int_equal(format, 0);
    assert_misused("--format xml", "--format xml: expected one of text, csv, json");
    assert_misused("--format cs", "--format cs: expected one of text, csv, json");
    assert_misused("--format CSV", "--format CSV: expected one of text, csv, json");
}

static void collects_lists(void **state)
{
    (void)state;
    assert_parsed("--tag a x --tag=b --tag c", 1);
    assert_int_equal(tags.count, 3);
    assert_string_equal(tags.items[0], "a");
    assert_string_equal(tags.items[1], "b");
    assert_string_equal(tags.items[2], "c");
    struct text words = {0};
    for (int i = 0; i < OPTION_LIST_LIMIT; i++)
        text_add_format(&words, "--tag=%d ", i);
    assert_parsed(text_get(&words), 0);
    assert_int_equal(tags.count, OPTION_LIST_LIMIT);
    text_add(&words, "--tag=more");
    assert_misused(text_get(&words), "--tag more: expected at most 32 of them");
    assert_int_equal(tags.count, OPTION_LIST_LIMIT);
    text_release(&words);
}

static void says_where_help_is(void **state)
{
    (void)state;
    assert_int_equal(options_misused(&page, &error, "train needs a config"), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_string_equal(error.text, "train needs a config (see `unroll train --help`)");
}

/* What parse(WORDS) writes to stdout; the caller releases it. */
static struct text printed(const char *words, bool is_help)
{
    char path[] = "/tmp/unroll-test-XXXXXX";
    int file = mkstemp(path), before = dup(STDOUT_FILENO);
    fflush(stdout);
    dup2(file, STDOUT_FILENO);
    int result = parse(words);
    fflush(stdout);
    dup2(before, STDOUT_FILENO);
    close(before);
    close(file);
    struct text text = {0};
    assert_int_equal(file_read(path, 1 << 20, &text, NULL), 0);
    unlink(path);
    assert_true(is_help ? result == 0 : result > 0);
    return text;
}

static void prints_help(void **state)
{
    (void)state;
    static const char expected[] = "usage: unroll train CONFIG [OPTION...]\n"
                                   "\n"
                                   "Trains one config.\n"
                                   "Twice is enough.\n"
                                   "\n"
                                   "options:\n"
                                   "  -s, --store PATH            The store.\n"
                                   "  -t, --threads N             How many threads.\n"
                                   "  --format text|csv|json      How it looks.\n"
                                   "  -q, --quiet                 Say less.\n"
                                   "  -f, --force                 Do it again.\n"
                                   "  --tag NAME                  A tag; may be repeated.\n"
                                   "  -h, --help                  Print this page.\n"
                                   "\n"
                                   "example:\n"
                                   "  unroll train a.yaml\n"
                                   "  unroll train b.yaml -q\n";
    const char *const words[] = {"--help", "-h", "a.yaml --quiet --help --nothing", "-qh"};
    for (int i = 0; i < 4; i++) {
        struct text text = printed(words[i], true);
        assert_string_equal(text_get(&text), expected);
        text_release(&text);
    }
    struct text text = printed("-- --help", false);
    assert_string_equal(text_get(&text), "");
    text_release(&text);
}

static int help_us(int count, char **arguments, struct error *fault)
{
    int first = options_parse(count, arguments, &page, fault);
    return first <= 0 ? first : 0;
}

static void keep_page(const struct option_page *read, void *data)
{
    *(const struct option_page **)data = read;
}

static void hands_pages_to_others(void **state)
{
    (void)state;
    const struct option_page *read = NULL;
    assert_int_equal(options_read_page(help_us, "train", keep_page, &read, &error), 0);
    assert_ptr_equal(read, &page);
    /* And prints the next one again. */
    struct text text = printed("--help", true);
    assert_true(text_starts_with(text_get(&text), "usage: unroll train"));
    text_release(&text);
}

static void writes_entries_with_values_and_choices(void **state)
{
    (void)state;
    static const char *const expected[] = {"--store PATH", "--threads N", "--format text|csv|json",
                                           "--quiet",      "--force",     "--tag NAME"};
    for (int i = 0; i < 6; i++) {
        char *text = options_entry_text(&entries[i]);
        assert_string_equal(text, expected[i]);
        memory_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_nothing),
        cmocka_unit_test(parses_long_options),
        cmocka_unit_test(parses_short_options),
        cmocka_unit_test(takes_the_last_of_two),
        cmocka_unit_test(puts_arguments_behind_options),
        cmocka_unit_test(takes_what_is_no_option),
        cmocka_unit_test(wants_values),
        cmocka_unit_test(wants_no_value_for_a_flag),
        cmocka_unit_test(refuses_unknown_options),
        cmocka_unit_test(completes_long_options),
        cmocka_unit_test(checks_integers),
        cmocka_unit_test(checks_choices),
        cmocka_unit_test(collects_lists),
        cmocka_unit_test(says_where_help_is),
        cmocka_unit_test(prints_help),
        cmocka_unit_test(hands_pages_to_others),
        cmocka_unit_test(writes_entries_with_values_and_choices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
