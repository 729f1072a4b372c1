#include "plots/gnuplot.h"

#include "base/file.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/unroll-gnuplot-XXXXXX";
static bool gnuplot_is_there;

/* What each would do if gnuplot understood it: make the file "executed" in the folder. */
static const char *const hostile[] = {
    "`touch executed`",
    "'`touch executed`'",
    "\"`touch executed`\"",
    "''.system('touch executed').''",
    "''; system(\"touch executed\"); #",
    "x''''; system(\"touch executed\"); #",
    "x'\nsystem('touch executed')\n#",
    "x'\r!touch executed\r",
    "< touch executed",
    "| touch executed",
    "@executed $(touch executed) \\`touch executed`",
    "'; system('touch executed'); '",
    "\\",
    "'",
    "%s %n %q 100 %",
    "{/Times=40 a_b^c} {",
    "größer 循環 \xFF\033]0;x\007",
    "# no comment",
};
enum { HOSTILE = sizeof hostile / sizeof hostile[0] };

static bool executed(void)
{
    char *path = file_join(folder, "executed");
    bool is = file_exists(path);
    memory_free(path);
    return is;
}

/* A picture with NAME in every place that takes a user's text. */
static int draw(const char *path, enum picture_format format, const char *name, struct error *error)
{
    struct gnuplot plot;
    int result = gnuplot_init(&plot, path, format, error);
    if (result == 0) {
        gnuplot_begin(&plot, format == PICTURE_ASCII ? 79 : 16, format == PICTURE_ASCII ? 24 : 10);
        size_t block = gnuplot_begin_block(&plot, name);
        text_add(&plot.data, "0 1\n1 2\n");
        text_add(&plot.script, "set xlabel ");
        gnuplot_add_text(&plot.script, name);
        text_add(&plot.script, "\nset ytics (");
        gnuplot_add_tick_text(&plot.script, name);
        text_add(&plot.script, " 1)\nplot ");
        gnuplot_add_source(&plot, block);
        text_add(&plot.script, " using 1:2 with lines title ");
        gnuplot_add_text(&plot.script, name);
        text_add_char(&plot.script, '\n');
        result = gnuplot_draw(&plot, error);
    }
    gnuplot_release(&plot);
    return result;
}

static void texts_are_quoted(void **state)
{
    (void)state;
    struct text script = {0};
    gnuplot_add_text(&script, "it's \"50 %\"\n`x`");
    assert_string_equal(text_get(&script), "'it'.\"\\047\".'s \"50 %\" `x`'");
    text_clear(&script);
    gnuplot_add_tick_text(&script, "it's 50 %");
    assert_string_equal(text_get(&script), "'it'.\"\\047\".'s 50 %%'");
    text_release(&script);
}

static void names_execute_nothing(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    for (int i = 0; i < HOSTILE; i++) {
        struct error error = {0};
        char *path = file_join(folder, "names.svg");
        if (draw(path, PICTURE_SVG, hostile[i], &error) != 0)
            fail_msg("%s: %s", hostile[i], error.text);
        assert_false(executed());
        memory_free(path);
    }
}

/* The same texts, without slashes, as names of the picture. */
static void paths_execute_nothing(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    for (int i = 0; i < HOSTILE; i++) {
        struct error error = {0};
        struct text name = {0};
        for (const char *at = hostile[i]; *at; at++)
            if (*at != '/')
                text_add_char(&name, *at);
        char *path = file_join(folder, text_get(&name));
        int result = draw(path, PICTURE_SVG, "x", &error);
        if (strpbrk(hostile[i], "\n\r\033")) {
            assert_int_equal(result, -1);
            assert_int_equal(error.code, ERROR_USAGE);
        } else {
            if (result != 0)
                fail_msg("%s: %s", path, error.text);
            assert_true(file_exists(path));
        }
        assert_false(executed());
        memory_free(path);
        text_release(&name);
    }
}

static void each_format_draws(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    static const char *const starts[PICTURE_FORMATS] = {
        [PICTURE_SVG] = "<?xml",
        [PICTURE_PNG] = "\x89PNG",
        [PICTURE_PDF] = "%PDF",
        [PICTURE_ASCII] = "",
    };
    for (int i = 0; i < PICTURE_FORMATS; i++) {
        struct error error = {0};
        struct text content = {0};
        char *name = text_format("each%s", picture_format_ending((enum picture_format)i));
        char *path = file_join(folder, name);
        if (draw(path, (enum picture_format)i, "lstm", &error) != 0)
            fail_msg("%s", error.text);
        assert_int_equal(file_read(path, 1 << 24, &content, &error), 0);
        assert_true(text_starts_with(text_get(&content), starts[i]));
        text_release(&content);
        memory_free(path);
        memory_free(name);
    }
    char *script = file_join(folder, "each.gp"), *data = file_join(folder, "each.dat");
    assert_true(file_exists(script) && file_exists(data));
    memory_free(script);
    memory_free(data);
}

static void folders_are_made(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    struct error error = {0};
    char *path = file_join(folder, "new/deep/x.svg");
    assert_int_equal(draw(path, PICTURE_SVG, "x", &error), 0);
    assert_true(file_exists(path));
    memory_free(path);
}

static void folders_are_no_pictures(void **state)
{
    (void)state;
    struct error error = {0};
    struct gnuplot plot;
    static const char *const paths[] = {"", "/tmp", "/tmp/new/"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(gnuplot_init(&plot, paths[i], PICTURE_SVG, &error), -1);
        assert_int_equal(error.code, ERROR_USAGE);
        gnuplot_release(&plot);
    }
}

/* Runs with PATH naming another folder first. */
static int draw_with_path(const char *search, const char *path, struct error *error)
{
    char *before = memory_copy_text(getenv("PATH"));
    setenv("PATH", search, 1);
    int result = draw(path, PICTURE_SVG, "x", error);
    setenv("PATH", before, 1);
    memory_free(before);
    return result;
}

static void a_missing_gnuplot_leaves_the_script(void **state)
{
    (void)state;
    struct error error = {0};
    char *path = file_join(folder, "later.svg"), *script = file_join(folder, "later.gp");
    assert_int_equal(draw_with_path("/nonexistent", path, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.text, "gnuplot-nox"));
    assert_non_null(strstr(error.text, script));
    assert_true(file_exists(script));
    assert_false(file_exists(path));
    memory_free(path);
    memory_free(script);
}

static void a_failing_gnuplot_leaves_the_old_picture(void **state)
{
    (void)state;
    static const char program[] =
        "#!/bin/sh\necho half > unroll-half.tmp\necho broken >&2\nexit 3\n";
    struct error error = {0};
    struct text content = {0};
    char *bin = file_join(folder, "bin"), *fake = file_join(bin, "gnuplot");
    char *path = file_join(folder, "old.svg");
    assert_int_equal(file_make_folders(bin, &error), 0);
    assert_int_equal(file_replace(fake, program, strlen(program), &error), 0);
    assert_int_equal(chmod(fake, 0755), 0);
    assert_int_equal(file_replace(path, "old", 3, &error), 0);
    assert_int_equal(draw_with_path(bin, path, &error), -1);
    assert_int_equal(error.code, ERROR_FAILED);
    assert_non_null(strstr(error.text, "broken"));
    assert_non_null(strstr(error.text, "status 3"));
    assert_int_equal(file_read(path, 100, &content, &error), 0);
    assert_string_equal(text_get(&content), "old");
    text_release(&content);
    memory_free(bin);
    memory_free(fake);
    memory_free(path);
}

static int make_folder(void **state)
{
    (void)state;
    gnuplot_is_there = access("/usr/bin/gnuplot", X_OK) == 0;
    if (!gnuplot_is_there)
        print_message("gnuplot is missing: tests that draw are skipped\n");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char *command = text_format("rm -r '%s'", folder);
    int result = system(command);
    memory_free(command);
    return result;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_quoted),
        cmocka_unit_test(names_execute_nothing),
        cmocka_unit_test(paths_execute_nothing),
        cmocka_unit_test(each_format_draws),
        cmocka_unit_test(folders_are_made),
        cmocka_unit_test(folders_are_no_pictures),
        cmocka_unit_test(a_missing_gnuplot_leaves_the_script),
        cmocka_unit_test(a_failing_gnuplot_leaves_the_old_picture),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
