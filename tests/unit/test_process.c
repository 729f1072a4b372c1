#include "base/clock.h"
#include "base/memory.h"
#include "base/process.h"
#include "unit/temporary.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <cmocka.h>

static int open_descriptors(bool inherited_only)
{
    int count = 0;
    DIR *stream = opendir("/proc/self/fd");
    assert_non_null(stream);
    for (const struct dirent *entry; (entry = readdir(stream));) {
        int flags = fcntl(atoi(entry->d_name), F_GETFD);
        count += entry->d_name[0] != '.' && !(inherited_only && flags & FD_CLOEXEC);
    }
    closedir(stream);
    return count;
}

/* Runs the shell line SCRIPT; the caller releases OUTPUT. */
static void run_script(const char *script, struct process_output *output)
{
    const char *const arguments[] = {"sh", "-c", script, NULL};
    struct error error = {0};
    assert_int_equal(process_run(arguments, NULL, output, &error), 0);
}

static void assert_run(const char *script, int status, const char *out, const char *err)
{
    struct process_output output;
    run_script(script, &output);
    assert_int_equal(output.status, status);
    assert_string_equal(text_get(&output.output), out);
    assert_string_equal(text_get(&output.errors), err);
    process_output_release(&output);
}

static void collects_both_streams(void **state)
{
    (void)state;
    assert_run("echo out; echo err >&2", 0, "out\n", "err\n");
    assert_run(":", 0, "", "");
    assert_run("echo a; echo b >&2; echo c; echo d >&2", 0, "a\nc\n", "b\nd\n");
}

static void passes_arguments_as_they_are(void **state)
{
    (void)state;
    const char *const arguments[] = {"printf", "[%s]", "a b", "$HOME", "`id`", "", "'\"\n", NULL};
    struct process_output output;
    assert_int_equal(process_run(arguments, NULL, &output, NULL), 0);
    assert_string_equal(text_get(&output.output), "[a b][$HOME][`id`][]['\"\n]");
    process_output_release(&output);
}

static void tells_how_it_ended(void **state)
{
    (void)state;
    assert_run("exit 7", 7, "", "");
    assert_run("echo half; exit 255", 255, "half\n", "");
    assert_run("kill -KILL $$", 128 + SIGKILL, "", "");
    assert_run("echo out; kill -TERM $$", 128 + SIGTERM, "out\n", "");
}

static void gives_no_input(void **state)
{
    (void)state;
    assert_run("cat; echo end", 0, "end\n", "");
}

static void goes_on_when_a_stream_is_closed_early(void **state)
{
    (void)state;
    assert_run("echo out; exec >&-; sleep 0.1; echo late >&2; exit 3", 3, "out\n", "late\n");
    assert_run("echo err >&2; exec 2>&-; sleep 0.1; echo late", 0, "late\n", "err\n");
    assert_run("exec >&- 2>&-; sleep 0.1; exit 4", 4, "", "");
}

/* More than a pipe holds, on both streams by turns: waiting for one must not block the other. */
static void collects_much_from_both(void **state)
{
    (void)state;
    struct process_output output;
    run_script("i=0; while [ $i -lt 20 ]; do head -c 100000 /dev/zero; "
               "head -c 100000 /dev/zero >&2; i=$((i + 1)); done",
               &output);
    assert_int_equal(output.status, 0);
    assert_int_equal(output.output.length, 2000000);
    assert_int_equal(output.errors.length, 2000000);
    process_output_release(&output);
}

/* What is kept is the beginning, up to the last byte of the limit and without a hole; the program
 * is not stopped. */
static void keeps_the_beginning_of_too_much(void **state)
{
    (void)state;
    struct process_output output;
    run_script("printf x; sleep 0.1; yes abcdefghijklmn | head -c 17000000; sleep 0.1; "
               "printf THE_END; echo alive >&2",
               &output);
    assert_int_equal(output.status, 0);
    assert_string_equal(text_get(&output.errors), "alive\n");
    assert_int_equal(output.output.length, PROCESS_OUTPUT_LIMIT);
    assert_memory_equal(output.output.data, "xabc", 4);
    for (size_t i = 1; i < PROCESS_OUTPUT_LIMIT; i++)
        assert_int_equal(output.output.data[i], "abcdefghijklmn\n"[(i - 1) % 15]);
    process_output_release(&output);
}

static void runs_in_a_folder(void **state)
{
    (void)state;
    char folder[64];
    assert_int_equal(temporary_make(folder), 0);
    const char *const arguments[] = {"pwd", NULL};
    struct process_output output;
    struct error error;
    assert_int_equal(process_run(arguments, folder, &output, &error), 0);
    assert_memory_equal(text_get(&output.output), folder, strlen(folder));
    process_output_release(&output);
    temporary_remove(folder);
    assert_int_equal(process_run(arguments, folder, &output, &error), -1);
    process_output_release(&output);
}

/* Makes FOLDER/NAME with the rights MODE. */
static void make_program(const char *folder, const char *name, const char *text, mode_t mode)
{
    char *path = temporary_write(folder, name, text, strlen(text), false);
    assert_int_equal(chmod(path, mode), 0);
    memory_free(path);
}

/* What has the right to be executed but is no program is not given to a shell. */
static void hands_nothing_to_a_shell(void **state)
{
    (void)state;
    char folder[64], *before = memory_copy_text(getenv("PATH"));
    assert_int_equal(temporary_make(folder), 0);
    make_program(folder, "no-program", "touch executed\n", 0755);
    assert_int_equal(setenv("PATH", folder, 1), 0);
    const char *const names[] = {"no-program", "./no-program"};
    for (int i = 0; i < 2; i++) {
        const char *const arguments[] = {names[i], NULL};
        struct process_output output;
        struct error error;
        assert_int_equal(process_run(arguments, folder, &output, &error), -1);
        assert_int_equal(error.code, ERROR_FAILED);
        assert_non_null(strstr(error.text, "Exec format error"));
        process_output_release(&output);
    }
    char *executed = file_join(folder, "executed");
    assert_false(file_exists(executed));
    memory_free(executed);
    assert_int_equal(setenv("PATH", before, 1), 0);
    memory_free(before);
    temporary_remove(folder);
}

/* Runs "sought" in FOLDER with PATH; what it printed is EXPECTED, NULL for an error of CODE. */
static void assert_sought(const char *folder, const char *path, const char *expected,
                          enum error_code code)
{
    const char *const arguments[] = {"sought", NULL};
    struct process_output output;
    struct error error;
    assert_int_equal(setenv("PATH", path, 1), 0);
    int result = process_run(arguments, folder, &output, &error);
    assert_int_equal(result, expected ? 0 : -1);
    if (expected)
        assert_string_equal(text_get(&output.output), expected);
    else
        assert_int_equal(error.code, code);
    process_output_release(&output);
}

/* Folder by folder: what is not there, is no folder, may not be executed, or is too long does not
 * hide what comes behind; an empty entry is the present folder. */
static void seeks_in_path(void **state)
{
    (void)state;
    char here[64], first[64], second[64], *before = memory_copy_text(getenv("PATH"));
    assert_int_equal(temporary_make(here) | temporary_make(first) | temporary_make(second), 0);
    make_program(here, "sought", "#!/bin/sh\necho here\n", 0755);
    make_program(first, "sought", "#!/bin/sh\necho first\n", 0644);
    make_program(second, "sought", "#!/bin/sh\necho second\n", 0755);
    char *folders = text_format("/no/such:/etc/passwd:%05000d:%s:%s:", 0, first, second);
    assert_sought(here, folders, "second\n", 0);
    assert_sought(here, ":/no/such", "here\n", 0);
    assert_sought(here, "/no/such:", "here\n", 0);
    assert_sought(here, "/no/such", NULL, ERROR_NOT_FOUND);
    assert_sought(here, first, NULL, ERROR_FAILED);
    memory_free(folders);
    assert_int_equal(setenv("PATH", before, 1), 0);
    memory_free(before);
    temporary_remove(here);
    temporary_remove(first);
    temporary_remove(second);
}

static void knows_a_missing_program(void **state)
{
    (void)state;
    const char *const arguments[] = {"no-such-program-anywhere", "x", NULL};
    struct process_output output;
    struct error error;
    assert_int_equal(process_run(arguments, NULL, &output, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_string_equal(error.text,
                        "cannot start no-such-program-anywhere: No such file or directory");
    process_output_release(&output);
    const char *const not_executable[] = {"/etc/passwd", NULL};
    assert_int_equal(process_run(not_executable, NULL, &output, &error), -1);
    assert_int_equal(error.code, ERROR_FAILED);
    process_output_release(&output);
}

static void leaks_no_descriptor(void **state)
{
    (void)state;
    const char *const missing[] = {"no-such-program-anywhere", NULL};
    struct process_output output;
    int before = open_descriptors(false);
    for (int i = 0; i < 5; i++) {
        assert_run("exec >&-; kill -KILL $$", 128 + SIGKILL, "", "");
        assert_int_equal(process_run(missing, NULL, &output, NULL), -1);
        process_output_release(&output);
    }
    assert_int_equal(open_descriptors(false), before);
    /* Nor does the program get one of the pipes: the one more is ls's own. */
    char *expected = text_format("%d\n", open_descriptors(true) + 1);
    assert_run("ls /proc/self/fd | wc -l", 0, expected, "");
    memory_free(expected);
}

static volatile sig_atomic_t ticks;

static void on_tick(int number)
{
    (void)number;
    ticks++;
}

/* A progress timer, or SIGINT, may interrupt each system call. */
static void outlives_signals(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = on_tick}, before; /* without SA_RESTART */
    const struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &often, NULL);
    struct process_output output;
    run_script("for i in 1 2 3 4 5; do echo $i; sleep 0.02; done; exec >&- 2>&-; sleep 0.1; exit 9",
               &output);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    assert_true(ticks > 10);
    assert_int_equal(output.status, 9);
    assert_string_equal(text_get(&output.output), "1\n2\n3\n4\n5\n");
    process_output_release(&output);
}

/* Where SIGCHLD is ignored (a parent may have left it so), the kernel forgets how a program ended:
 * that must not look like success. */
static void does_not_take_a_lost_status_for_success(void **state)
{
    (void)state;
    const char *const arguments[] = {"sh", "-c", "echo out; exit 5", NULL};
    struct process_output output;
    struct error error;
    signal(SIGCHLD, SIG_IGN);
    int result = process_run(arguments, NULL, &output, &error);
    signal(SIGCHLD, SIG_DFL);
    assert_int_equal(result, -1);
    assert_int_equal(error.code, ERROR_FAILED);
    assert_string_equal(error.text, "cannot learn how sh ended: No child processes");
}

/* However this program ends, the one that it runs does not stay behind. */
static void ends_with_the_program_that_runs_it(void **state)
{
    (void)state;
    char folder[64], line[32];
    assert_int_equal(temporary_make(folder), 0);
    pid_t child = fork();
    if (child == 0) {
        const char *const arguments[] = {
            "sh", "-c", "trap '' TERM HUP; echo $$ > it; mv it pid; exec sleep 1000", NULL};
        struct process_output output;
        process_run(arguments, folder, &output, NULL);
        _exit(0);
    }
    char *path = text_format("%s/pid", folder);
    FILE *file = NULL;
    for (int i = 0; i < 2000 && !(file = fopen(path, "re")); i++)
        usleep(10000);
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    pid_t sleeper = (pid_t)strtol(line, NULL, 10);
    assert_true(process_start_time(sleeper) > 0);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    for (int i = 0; i < 2000 && !process_is_gone(sleeper); i++)
        usleep(10000);
    assert_true(process_is_gone(sleeper));
    memory_free(path);
    temporary_remove(folder);
}

static void knows_when_a_process_started(void **state)
{
    (void)state;
    uint64_t own = process_start_time(getpid());
    double uptime;
    FILE *file = fopen("/proc/uptime", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lf", &uptime), 1);
    fclose(file);
    double age = uptime - (double)own / (double)sysconf(_SC_CLK_TCK);
    assert_true(age > -1 && age < 3600);
    assert_true(process_start_time(getpid()) == own);
    assert_true(process_start_time(0) == 0);
    assert_true(process_start_time(-1) == 0);
    assert_true(process_start_time(0x7FFFFFFF) == 0);
}

/* The name is free text in the line that is parsed. */
static void reads_past_a_hostile_name(void **state)
{
    (void)state;
    uint64_t own = process_start_time(getpid());
    const char *const names[] = {") S 1 2 3 (", "a b) (c", "\n\n", ")", ""};
    char before[17];
    prctl(PR_GET_NAME, before);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        prctl(PR_SET_NAME, names[i]);
        assert_true(process_start_time(getpid()) == own);
    }
    prctl(PR_SET_NAME, before);
}

/* A killed process stays in /proc until its parent asks for it, in a container for ever. */
static void takes_a_dead_process_for_none(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    assert_true(child > 0);
    assert_true(process_start_time(child) >= process_start_time(getpid()));
    kill(child, SIGKILL);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    assert_true(process_start_time(child) == 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(process_start_time(child) == 0);
}

static pid_t end_child(const char *name)
{
    pid_t child = fork();
    if (child == 0) {
        if (name)
            prctl(PR_SET_NAME, name);
        _exit(0);
    }
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    return child;
}

/* One that this program made is only done with when it was asked how it ended; who was made by
 * another program may wait for that for ever. */
static void knows_a_child_that_was_not_asked_yet(void **state)
{
    (void)state;
    uint64_t own = process_start_time(getpid());
    assert_true(process_unasked_start_time(getpid()) == 0);
    pid_t child = end_child(NULL);
    assert_true(process_unasked_start_time(child) >= own);
    assert_true(process_is_gone(child));
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(process_unasked_start_time(child) == 0);
    const char *const names[] = {"another program", "", "test) Z 1", "test_proces"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        child = end_child(names[i]);
        assert_true(process_unasked_start_time(child) == 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
    }
    assert_true(process_unasked_start_time(0) == 0);
    assert_true(process_unasked_start_time(0x7FFFFFFF) == 0);
}

static void names_the_boot(void **state)
{
    (void)state;
    struct text text = {0}, again = {0};
    process_boot_id(&text);
    process_boot_id(&again);
    assert_int_equal(text.length, 36);
    assert_null(strchr(text.data, '\n'));
    assert_string_equal(text.data, again.data);
    text_release(&text);
    text_release(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collects_both_streams),
        cmocka_unit_test(passes_arguments_as_they_are),
        cmocka_unit_test(tells_how_it_ended),
        cmocka_unit_test(gives_no_input),
        cmocka_unit_test(goes_on_when_a_stream_is_closed_early),
        cmocka_unit_test(collects_much_from_both),
        cmocka_unit_test(keeps_the_beginning_of_too_much),
        cmocka_unit_test(runs_in_a_folder),
        cmocka_unit_test(knows_a_missing_program),
        cmocka_unit_test(hands_nothing_to_a_shell),
        cmocka_unit_test(seeks_in_path),
        cmocka_unit_test(leaks_no_descriptor),
        cmocka_unit_test(outlives_signals),
        cmocka_unit_test(does_not_take_a_lost_status_for_success),
        cmocka_unit_test(ends_with_the_program_that_runs_it),
        cmocka_unit_test(knows_when_a_process_started),
        cmocka_unit_test(reads_past_a_hostile_name),
        cmocka_unit_test(takes_a_dead_process_for_none),
        cmocka_unit_test(knows_a_child_that_was_not_asked_yet),
        cmocka_unit_test(names_the_boot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
