#include "plots/gnuplot.h"

#include "base/file.h"
#include "base/memory.h"
#include "unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

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

/* Script and data carry the picture's whole name: those of another format, and what people call
 * each.gp, stay. */
static void expect_beside(const char *picture)
{
    char *script = text_format("%s.gp", picture), *data = text_format("%s.dat", picture);
    char *own = file_join(folder, "each.gp");
    assert_true(file_exists(script) && file_exists(data));
    assert_false(file_exists(own));
    memory_free(script);
    memory_free(data);
    memory_free(own);
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
        expect_beside(path);
        text_release(&content);
        memory_free(path);
        memory_free(name);
    }
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

/* Draws `later.svg`, of which there is an old one, into FOLDER/NAME with a gnuplot that is the
 * shell script PROGRAM (NULL: none at all); fails with CODE and a text that holds PART and the
 * command. With the real gnuplot, the command then draws the picture. */
static void assert_later(const char *name, const char *program, enum error_code code,
                         const char *part, const char *command)
{
    struct error error = {0};
    struct text content = {0};
    char *bin = file_join(folder, "bin"), *fake = file_join(bin, "gnuplot");
    char *place = file_join(folder, name), *path = file_join(place, "later.svg");
    char *expected = text_format("draws the picture:\n  (cd %s", command);
    assert_int_equal(file_make_folders(bin, &error), 0);
    assert_int_equal(file_make_folders(place, &error), 0);
    unlink(fake);
    if (program) {
        char *script = text_format("#!/bin/sh\n%s\n", program);
        assert_int_equal(file_replace(fake, script, strlen(script), &error), 0);
        assert_int_equal(chmod(fake, 0755), 0);
        memory_free(script);
    }
    assert_int_equal(file_replace(path, "old", 3, &error), 0);
    assert_int_equal(draw_with_path(bin, path, &error), -1);
    assert_int_equal(error.code, code);
    if (!strstr(error.text, part) || !strstr(error.text, expected) ||
        !strstr(error.text, "gnuplot-nox"))
        fail_msg("expected `%s` and `%s` in: %s", part, expected, error.text);
    assert_int_equal(file_read(path, 100, &content, &error), 0);
    assert_string_equal(text_get(&content), "old");
    char *line = memory_copy_text(strstr(error.text, "(cd "));
    line[strcspn(line, "\n")] = '\0';
    if (gnuplot_is_there) {
        assert_int_equal(system(line), 0);
        assert_int_equal(file_read(path, 1 << 20, &content, &error), 0);
        assert_true(text_ends_with(text_get(&content), "</svg>\n\n"));
    }
    text_release(&content);
    memory_free(line);
    memory_free(expected);
    memory_free(bin);
    memory_free(fake);
    memory_free(place);
    memory_free(path);
}

static void what_gnuplot_does_not_draw_can_be_drawn_later(void **state)
{
    (void)state;
    char *plain = text_format("%s/plain && env -u GNUTERM gnuplot -d ./later.svg.gp)", folder);
    char *quoted = text_format(
        "'%s/it'\\''s `a` $place' && env -u GNUTERM gnuplot -d ./later.svg.gp)", folder);
    assert_later("plain", NULL, ERROR_NOT_FOUND, "it is not in PATH; remedy: install", plain);
    assert_later("it's `a` $place", NULL, ERROR_NOT_FOUND, "install the package", quoted);
    assert_later("plain", "echo half; echo broken >&2; exit 3", ERROR_FAILED,
                 "failed with status 3", plain);
    assert_later("plain", "echo half; echo broken >&2; exit 3", ERROR_FAILED, "\n  | broken",
                 plain);
    assert_later("plain", "echo half; kill -SEGV $$", ERROR_FAILED,
                 "was ended by signal 11 (Segmentation fault)", plain);
    assert_later("plain", "printf '\\033[2J' >&2", ERROR_FAILED, "drew nothing", plain);
    assert_later("plain", "printf '\\033[2J' >&2", ERROR_FAILED, "\n  | ?[2J", plain);
    assert_later("plain", "PATH=/bin:/usr/bin; yes much | head -c 1000000 >&2; exit 1",
                 ERROR_FAILED, "status 1", plain);
    memory_free(plain);
    memory_free(quoted);
}

static void one_that_cannot_be_started_is_an_error(void **state)
{
    (void)state;
    struct error error = {0};
    char *bin = file_join(folder, "locked"), *fake = file_join(bin, "gnuplot");
    char *path = file_join(folder, "x.svg");
    assert_int_equal(file_make_folders(bin, &error), 0);
    assert_int_equal(file_replace(fake, "x", 1, &error), 0);
    assert_int_equal(draw_with_path(bin, path, &error), -1);
    assert_int_equal(error.code, ERROR_FAILED);
    assert_non_null(strstr(error.text, "gnuplot-nox: cannot start gnuplot: Permission denied"));
    memory_free(bin);
    memory_free(fake);
    memory_free(path);
}

static void a_device_is_not_replaced(void **state)
{
    (void)state;
    struct error error = {0};
    char *path = file_join(folder, "pipe.svg");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(draw(path, PICTURE_SVG, "x", &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    memory_free(path);
}

/* Two that draw the same picture at once each find their own script and data. */
static void one_at_a_time_draws_in_a_folder(void **state)
{
    (void)state;
    static const char program[] = "#!/bin/sh\n[ ! -e busy ] || touch both\ntouch busy\n"
                                  "sleep 0.1\nrm busy\necho picture\n";
    struct error error = {0};
    char *bin = file_join(folder, "slow"), *fake = file_join(bin, "gnuplot");
    char *place = file_join(folder, "crowd"), *path = file_join(place, "x.svg");
    char *both = file_join(place, "both");
    char *search = text_format("%s:%s", bin, getenv("PATH"));
    assert_int_equal(file_make_folders(bin, &error), 0);
    assert_int_equal(file_replace(fake, program, strlen(program), &error), 0);
    assert_int_equal(chmod(fake, 0755), 0);
    for (int i = 0; i < 4; i++)
        if (fork() == 0)
            _exit(draw_with_path(search, path, &error) ? 1 : 0);
    for (int i = 0; i < 4; i++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_true(file_exists(path));
    assert_false(file_exists(both));
    memory_free(bin);
    memory_free(fake);
    memory_free(place);
    memory_free(path);
    memory_free(both);
    memory_free(search);
}

/* A terminal that only a larger gnuplot has ends gnuplot-nox before it reads anything. */
static void settings_of_gnuplot_do_not_matter(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    struct error error = {0};
    char *path = file_join(folder, "settings.svg");
    setenv("GNUTERM", "no-such-terminal", 1);
    setenv("GNUPLOT_LIB", folder, 1);
    if (draw(path, PICTURE_SVG, "x", &error) != 0)
        fail_msg("%s", error.text);
    memory_free(path);
}

/* A viewer and a typesetter learn from it that the picture is 16 cm wide. */
static void a_png_says_its_resolution(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    static const char expected[] = "\0\0\0\x09pHYs\0\0\x2E\x23\0\0\x2E\x23\x01\x78\xA5\x3F\x76";
    struct error error = {0};
    struct text content = {0};
    char *path = file_join(folder, "dots.png");
    assert_int_equal(draw(path, PICTURE_PNG, "x", &error), 0);
    assert_int_equal(file_read(path, 1 << 24, &content, &error), 0);
    assert_memory_equal(text_get(&content) + 33, expected, sizeof expected - 1);
    text_release(&content);
    memory_free(path);
}

/* Through a link, and one that names nothing yet. */
static void links_are_followed(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    struct error error = {0};
    struct stat status;
    char *link = file_join(folder, "link.svg"), *second = file_join(folder, "second.svg");
    char *target = file_join(folder, "target.svg");
    assert_int_equal(symlink("second.svg", link), 0);
    assert_int_equal(symlink(target, second), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(draw(link, PICTURE_SVG, "x", &error), 0);
        assert_int_equal(lstat(link, &status), 0);
        assert_true(S_ISLNK(status.st_mode));
        assert_int_equal(lstat(target, &status), 0);
        assert_true(S_ISREG(status.st_mode));
    }
    memory_free(link);
    memory_free(second);
    memory_free(target);
}

static int begin(void **state)
{
    gnuplot_is_there = access("/usr/bin/gnuplot", X_OK) == 0;
    if (!gnuplot_is_there)
        print_message("gnuplot is missing: tests that draw are skipped\n");
    return make_folder(state);
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
        cmocka_unit_test(what_gnuplot_does_not_draw_can_be_drawn_later),
        cmocka_unit_test(one_that_cannot_be_started_is_an_error),
        cmocka_unit_test(settings_of_gnuplot_do_not_matter),
        cmocka_unit_test(a_png_says_its_resolution),
        cmocka_unit_test(links_are_followed),
        cmocka_unit_test(a_device_is_not_replaced),
        cmocka_unit_test(one_at_a_time_draws_in_a_folder),
    };
    return cmocka_run_group_tests(tests, begin, remove_folder);
}
