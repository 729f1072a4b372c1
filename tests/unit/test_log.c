#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

/* While a test looks on, stderr leads to a pipe or to a terminal of the test's own. */
static int saved = -1, source = -1;

static void look_at(int from, int to)
{
    saved = dup(STDERR_FILENO);
    source = from;
    dup2(to, STDERR_FILENO);
    close(to);
}

/* A pipe of packets: each write arrives by itself. */
static void look_at_pipe(void)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_DIRECT), 0);
    look_at(ends[0], ends[1]);
}

static void look_at_terminal(int columns)
{
    struct winsize size = {.ws_row = 24, .ws_col = (unsigned short)columns};
    struct termios mode;
    int master, terminal;
    assert_int_equal(openpty(&master, &terminal, NULL, NULL, &size), 0);
    tcgetattr(terminal, &mode);
    cfmakeraw(&mode);
    tcsetattr(terminal, TCSANOW, &mode);
    look_at(master, terminal);
}

/* What was written since the last call; in a pipe, by one write. "" when nothing was. */
static const char *seen(void)
{
    static char buffer[8192];
    struct pollfd ready = {.fd = source, .events = POLLIN};
    ssize_t count = poll(&ready, 1, 0) == 1 ? read(source, buffer, sizeof buffer - 1) : 0;
    buffer[count > 0 ? count : 0] = '\0';
    return buffer;
}

static int look_away(void **state)
{
    (void)state;
    log_status("");
    if (saved >= 0) {
        dup2(saved, STDERR_FILENO);
        close(saved);
        close(source);
        saved = source = -1;
    }
    log_set_quiet(false);
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
    return 0;
}

static void writes_plain_lines_without_a_terminal(void **state)
{
    (void)state;
    look_at_pipe();
    log_line("%d lines", 3);
    assert_string_equal(seen(), "3 lines\n");
    log_note("a note");
    assert_string_equal(seen(), "note: a note\n");
    log_warning("a %s", "warning");
    assert_string_equal(seen(), "warning: a warning\n");
    log_error("an error");
    assert_string_equal(seen(), "error: an error\n");
    assert_string_equal(seen(), "");
}

/* In one write each, so that lines of parallel processes do not mix. */
static void writes_a_line_at_once(void **state)
{
    (void)state;
    char *text = memory_new(4001);
    memset(text, 'w', 4000);
    look_at_pipe();
    log_warning("%s", text);
    assert_int_equal(strlen(seen()), strlen("warning: ") + 4000 + 1);
    assert_string_equal(seen(), "");
    memory_free(text);
}

static void shows_no_status_without_a_terminal(void **state)
{
    (void)state;
    look_at_pipe();
    log_status("half done");
    log_status("");
    assert_string_equal(seen(), "");
}

static void errors_alone_are_told_when_silent(void **state)
{
    (void)state;
    look_at_pipe();
    log_set_silent(true);
    log_note("a note");
    log_warning("a warning");
    assert_string_equal(seen(), "");
    log_error("an error");
    assert_string_equal(seen(), "error: an error\n");
    log_set_silent(false);
    log_note("a note");
    assert_string_equal(seen(), "note: a note\n");
    log_warning("a warning");
    assert_string_equal(seen(), "warning: a warning\n");
}

static void is_silent_when_quiet(void **state)
{
    (void)state;
    look_at_pipe();
    log_set_quiet(true);
    log_line("a line");
    log_note("a note");
    assert_string_equal(seen(), "");
    log_warning("a warning");
    assert_string_equal(seen(), "warning: a warning\n");
    log_error("an error");
    assert_string_equal(seen(), "error: an error\n");
}

static void shows_no_status_when_quiet(void **state)
{
    (void)state;
    look_at_terminal(80);
    log_set_quiet(true);
    log_status("half done");
    assert_string_equal(seen(), "");
}

static void uses_colour_on_a_terminal(void **state)
{
    (void)state;
    look_at_terminal(80);
    assert_true(log_is_terminal(stderr) && log_is_fancy(stderr));
    log_error("bad");
    assert_string_equal(seen(), "\033[31merror:\033[0m bad\n");
    log_warning("odd");
    assert_string_equal(seen(), "\033[33mwarning:\033[0m odd\n");
    log_note("new");
    assert_string_equal(seen(), "\033[36mnote:\033[0m new\n");
    log_line("plain");
    assert_string_equal(seen(), "plain\n");
}

static void honours_no_color(void **state)
{
    (void)state;
    look_at_terminal(80);
    setenv("NO_COLOR", "1", 1);
    assert_true(log_is_terminal(stderr));
    assert_false(log_is_fancy(stderr));
    log_error("bad");
    assert_string_equal(seen(), "error: bad\n");
    setenv("NO_COLOR", "", 1); /* no-color.org: only when not empty */
    assert_true(log_is_fancy(stderr));
}

static void honours_a_dumb_terminal(void **state)
{
    (void)state;
    look_at_terminal(80);
    setenv("TERM", "dumb", 1);
    assert_false(log_is_terminal(stderr) || log_is_fancy(stderr));
    log_status("half done");
    assert_string_equal(seen(), "");
    unsetenv("TERM");
    assert_true(log_is_terminal(stderr));
}

static void replaces_the_status(void **state)
{
    (void)state;
    look_at_terminal(80);
    log_status("");
    assert_string_equal(seen(), ""); /* there is none yet */
    log_status("1 of 2");
    assert_string_equal(seen(), "\r\033[K1 of 2\033[J\r");
    log_status("2 of 2");
    assert_string_equal(seen(), "\r\033[K2 of 2\033[J\r");
    log_status("");
    assert_string_equal(seen(), "\r\033[J");
    log_status("");
    assert_string_equal(seen(), "");
}

/* In one write, so that the terminal never shows the one without the other. */
static void keeps_the_status_below_the_lines(void **state)
{
    (void)state;
    look_at_terminal(80);
    log_status("first\nsecond");
    assert_string_equal(seen(), "\r\033[Kfirst\r\n\033[Ksecond\033[J\033[1A\r");
    log_line("a line");
    assert_string_equal(seen(), "\r\033[Ja line\n\r\033[Kfirst\r\n\033[Ksecond\033[J\033[1A\r");
    log_wipe_status();
    assert_string_equal(seen(), "\r\033[J");
    log_status("");
    log_wipe_status();
    assert_string_equal(seen(), "\r\033[J");
    log_line("another");
    assert_string_equal(seen(), "another\n");
}

static void leaves_out_lines_beyond_the_terminal(void **state)
{
    (void)state;
    struct winsize size = {.ws_row = 3, .ws_col = 80};
    look_at_terminal(80);
    ioctl(STDERR_FILENO, TIOCSWINSZ, &size);
    assert_int_equal(log_rows(), 2);
    log_status("first\nsecond\nthird");
    assert_string_equal(seen(), "\r\033[Kfirst\r\n\033[Ksecond\033[J\033[1A\r");
    size.ws_row = 1;
    ioctl(STDERR_FILENO, TIOCSWINSZ, &size);
    log_status("first\nsecond");
    assert_string_equal(seen(), "\r\033[Kfirst\033[J\r");
}

static void cuts_the_status_to_the_width(void **state)
{
    (void)state;
    look_at_terminal(10);
    log_status("123456789");
    assert_string_equal(seen(), "\r\033[K123456789\033[J\r");
    log_status("1234567890");
    assert_string_equal(seen(), "\r\033[K123456789\033[J\r");
    log_status("██████····"); /* columns count, not bytes */
    assert_string_equal(seen(), "\r\033[K██████···\033[J\r");
    log_status("ab · c");
    assert_string_equal(seen(), "\r\033[Kab · c\033[J\r");
    log_status("循環循環循環"); /* two columns each */
    assert_string_equal(seen(), "\r\033[K循環循環\033[J\r");
}

static void takes_an_unknown_width_for_80(void **state)
{
    (void)state;
    char text[101];
    memset(text, 's', 100);
    text[100] = '\0';
    look_at_terminal(0);
    log_status(text);
    assert_int_equal(strlen(seen()), strlen("\r\033[K\033[J\r") + 79);
}

#define TEST(name) cmocka_unit_test_teardown(name, look_away)

int main(void)
{
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
    const struct CMUnitTest tests[] = {
        TEST(writes_plain_lines_without_a_terminal),
        TEST(writes_a_line_at_once),
        TEST(shows_no_status_without_a_terminal),
        TEST(errors_alone_are_told_when_silent),
        TEST(is_silent_when_quiet),
        TEST(shows_no_status_when_quiet),
        TEST(uses_colour_on_a_terminal),
        TEST(honours_no_color),
        TEST(honours_a_dumb_terminal),
        TEST(replaces_the_status),
        TEST(keeps_the_status_below_the_lines),
        TEST(leaves_out_lines_beyond_the_terminal),
        TEST(cuts_the_status_to_the_width),
        TEST(takes_an_unknown_width_for_80),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
