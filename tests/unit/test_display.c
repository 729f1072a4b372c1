/* What a person sees while a run trains: plain lines here, a bar on a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/text.h"
#include "train/display.h"

#include <math.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct display a_display(void)
{
    return (struct display){.name = "lstm",
                            .steps = 200,
                            .first = 100,
                            .started = clock_seconds() - 10,
                            .loss = NAN,
                            .examples = 5000};
}

static void log_all(struct display *display)
{
    display_progress(display, 150);
    display_log(display, 150, 1.5, 0.25, 0.5, 0.001);
    display_evaluation(display, 150, "test", 0.125, 0.75, 360);
    display_final(display, "test", 0.5, 0.25, 10000);
    display_progress(display, 151);
    display_end(display);
}

/* Sends stderr to DESCRIPTOR; returns what restore_stderr needs. */
static int redirect_stderr(int descriptor)
{
    fflush(stderr);
    int kept = dup(STDERR_FILENO);
    dup2(descriptor, STDERR_FILENO);
    return kept;
}

static void restore_stderr(int kept)
{
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
}

static void log_to(int descriptor, struct display *display)
{
    int kept = redirect_stderr(descriptor);
    log_all(display);
    restore_stderr(kept);
}

/* To the end, which is where nobody may write any more; of a terminal, an error then. */
static void read_all(int descriptor, char *text, size_t size)
{
    size_t length = 0;
    ssize_t more;
    while ((more = read(descriptor, text + length, size - 1 - length)) > 0)
        length += (size_t)more;
    text[length] = '\0';
}

static void test_lines(void **state)
{
    (void)state;
    struct display display = a_display();
    char said[4096];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    log_to(ends[1], &display);
    close(ends[1]);
    read_all(ends[0], said, sizeof said);
    close(ends[0]);
    assert_string_equal(said,
                        "lstm: step 150/200  epoch 1.50  train loss 0.2500  accuracy 50.00 %  "
                        "rate 0.001  500 examples/s\n"
                        "lstm: step 150/200  test loss 0.1250  accuracy 75.00 % of 360\n"
                        "lstm: final test loss 0.5000  accuracy 25.00 % of 10000\n");
    assert_float_equal(display.loss, 0.25, 0);
    assert_float_equal(display.accuracy, 0.5, 0);
}

static void test_quiet(void **state)
{
    (void)state;
    struct display display = a_display();
    char said[64];
    int ends[2];
    display.quiet = true;
    assert_int_equal(pipe(ends), 0);
    log_to(ends[1], &display);
    close(ends[1]);
    read_all(ends[0], said, sizeof said);
    close(ends[0]);
    assert_string_equal(said, "");
    assert_float_equal(display.loss, 0.25, 0); /* a batch shows it */
}

/* Half way after ten seconds for 50 of this attempt's 100 steps: ten seconds are left. */
static void test_bar(void **state)
{
    (void)state;
    struct display display = a_display();
    struct winsize size = {.ws_row = 24, .ws_col = 200};
    char said[4096];
    int master, slave;
    setenv("TERM", "xterm", 1);
    assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
    log_to(slave, &display);
    close(slave);
    read_all(master, said, sizeof said);
    close(master);
    assert_non_null(
        strstr(said, "lstm ██████████████████······ 150/200  500 examples/s  10 s left"));
    assert_non_null(strstr(said, "train loss 0.2500"));
    /* The second drawing came too soon. */
    assert_null(strstr(said, "151/200"));
}

static void test_bar_from_end_to_end(void **state)
{
    (void)state;
    struct winsize size = {.ws_row = 24, .ws_col = 200};
    static const int64_t steps[] = {0, 1, 3, 799, 800};
    static const char *const bars[] = {
        "lstm ························ 0/800", "lstm ························ 1/800",
        "lstm ························ 3/800", "lstm ███████████████████████▉ 799/800",
        "lstm ████████████████████████ 800/800"};
    for (int i = 0; i < 5; i++) {
        struct display display = a_display();
        char said[4096];
        int master, slave;
        display.steps = 800;
        display.first = 0;
        assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
        int kept = redirect_stderr(slave);
        display_progress(&display, steps[i]);
        display_end(&display);
        restore_stderr(kept);
        close(slave);
        read_all(master, said, sizeof said);
        close(master);
        if (!strstr(said, bars[i]))
            fail_msg("expected `%s` in: %s", bars[i], said);
    }
}

/* What the bar shows of a long run on a terminal of COLUMNS. */
static void draw_on(int columns, const char *name, char *said, size_t size)
{
    struct winsize window = {.ws_row = 24, .ws_col = (unsigned short)columns};
    struct display display = a_display();
    int master, slave;
    display.name = name;
    display.steps = 20000;
    display.first = 0;
    display.started = clock_seconds() - 3600;
    display.loss = 0.25;
    display.accuracy = 1;
    display.examples = 360000000;
    setenv("TERM", "xterm", 1);
    assert_int_equal(openpty(&master, &slave, NULL, NULL, &window), 0);
    int kept = redirect_stderr(slave);
    display_progress(&display, 10000);
    restore_stderr(kept);
    close(slave);
    read_all(master, said, size);
    close(master);
}

static void test_narrow(void **state)
{
    (void)state;
    static const char figures[] =
        "  loss 0.2500  accuracy 100.00 %  100000 examples/s  1:00:00 left";
    char said[4096];
    draw_on(200, "003-deep-dropout", said, sizeof said);
    assert_non_null(strstr(said, "003-deep-dropout ████████████············ 10000/20000  loss"));
    assert_non_null(strstr(said, figures));
    draw_on(105, "003-deep-dropout", said, sizeof said); /* the bar is the first to give way, */
    assert_non_null(strstr(said, "003-deep-dropout █████····· 10000/20000  loss"));
    assert_non_null(strstr(said, figures));
    draw_on(90, "003-deep-dropout", said, sizeof said); /* then the name, */
    assert_non_null(strstr(said, "\033[K██████······ 10000/20000  loss"));
    assert_non_null(strstr(said, figures));
    draw_on(80, "003-deep-dropout", said, sizeof said); /* then the steps */
    assert_non_null(strstr(said, "\033[K███████·······  loss"));
    assert_non_null(strstr(said, figures));
    draw_on(20, "003-deep-dropout", said, sizeof said);
    assert_non_null(strstr(said, "\033[K  loss 0.2500"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),  cmocka_unit_test(test_quiet),
        cmocka_unit_test(test_bar),    cmocka_unit_test(test_bar_from_end_to_end),
        cmocka_unit_test(test_narrow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
