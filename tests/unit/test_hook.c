/* What is known of a process that ended within a module's hook. Each ends a child of its own. */
#include "module/hook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "module/registry.h"
#include "unit/as_plugins.h"
#include "unit/temporary.h"

#include <fcntl.h>
#include <omp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

struct rig {
    char folder[64];
    char *word; /* path of the last word */
    struct hooks *hooks;
    const struct module *lstm, *adam;
    const struct module *gru, *dropout; /* count as plugins */
};

static int rig_open(void **state)
{
    struct rig *rig = memory_new(sizeof *rig);
    assert_int_equal(temporary_make(rig->folder), 0);
    rig->word = file_join(rig->folder, "word");
    rig->hooks =
        mmap(NULL, sizeof *rig->hooks, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(rig->hooks != MAP_FAILED);
    rig->lstm = registry_find(MODULE_LAYER, "lstm");
    rig->adam = registry_find(MODULE_OPTIMIZER, "adam");
    rig->gru = registry_find(MODULE_LAYER, "gru");
    rig->dropout = registry_find(MODULE_LAYER, "dropout");
    assert_true(rig->lstm && rig->adam && rig->gru && rig->dropout);
    *state = rig;
    return 0;
}

static int rig_close(void **state)
{
    struct rig *rig = *state;
    temporary_remove(rig->folder);
    munmap(rig->hooks, sizeof *rig->hooks);
    memory_free(rig->word);
    memory_free(rig);
    return 0;
}

/* The wait status of a child that does ACT, as a worker or by itself. */
static int end_of(struct rig *rig, void (*act)(const struct rig *rig), bool is_worker)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        hook_catch_ends();
        if (is_worker)
            hook_share(rig->hooks);
        else
            hook_keep_word(rig->word);
        act(rig);
        _exit(42);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void expect_place(const struct rig *rig, const char *expected)
{
    struct text text = {0};
    assert_int_equal(hook_add_place(&text, rig->hooks), *expected != '\0');
    assert_string_equal(text_get(&text), expected);
    text_release(&text);
}

static void expect_word(const struct rig *rig, const char *expected)
{
    char line[256] = "";
    FILE *file = fopen(rig->word, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_null(fgets(line + strlen(line), 2, file));
    fclose(file);
    assert_true(text_starts_with(line, "process "));
    assert_non_null(strchr(line, ':'));
    assert_string_equal(strchr(line, ':') + 2, expected);
}

static void abort_in_lstm(const struct rig *rig)
{
    HOOK(rig->lstm);
    abort();
}

static void crash_names_the_module(void **state)
{
    struct rig *rig = *state;
    int status = end_of(rig, abort_in_lstm, true);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    expect_place(rig, " in layer lstm");
    assert_int_not_equal(access(rig->word, F_OK), 0);
    status = end_of(rig, abort_in_lstm, false);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    expect_word(rig, "crashed by signal 6 (Aborted) in layer lstm\n");
}

static void abort_in_inner(const struct rig *rig)
{
    HOOK(rig->lstm);
    {
        HOOK(rig->adam);
        abort();
    }
}

static void abort_behind_inner(const struct rig *rig)
{
    HOOK(rig->lstm);
    {
        HOOK(rig->adam);
    }
    abort();
}

static void abort_behind_all(const struct rig *rig)
{
    {
        HOOK(rig->lstm);
    }
    abort();
}

static void hooks_within_hooks(void **state)
{
    struct rig *rig = *state;
    end_of(rig, abort_in_inner, true);
    expect_place(rig, " in optimizer adam");
    end_of(rig, abort_behind_inner, true);
    expect_place(rig, " in layer lstm");
    rig->hooks->culprit = NULL;
    end_of(rig, abort_behind_all, true);
    expect_place(rig, "");
}

static void exit_well(const struct rig *rig)
{
    HOOK(rig->lstm);
    exit(0);
}

static void underscore_exit_well(const struct rig *rig)
{
    HOOK(rig->lstm);
    _Exit(0);
}

static void end_well(const struct rig *rig)
{
    {
        HOOK(rig->lstm);
    }
    exit(0);
}

static void ends_by_exit(void **state)
{
    struct rig *rig = *state;
    void (*const acts[])(const struct rig *) = {exit_well, underscore_exit_well};
    for (int i = 0; i < 2; i++) {
        rig->hooks->culprit = NULL;
        assert_int_equal(WEXITSTATUS(end_of(rig, acts[i], true)), 0);
        expect_place(rig, " in layer lstm");
        assert_int_equal(WEXITSTATUS(end_of(rig, acts[i], false)), ERROR_FAILED);
        expect_word(rig, "layer lstm ended the process with status 0\n");
        assert_int_equal(unlink(rig->word), 0);
    }
    rig->hooks->culprit = NULL;
    assert_int_equal(WEXITSTATUS(end_of(rig, end_well, true)), 0);
    expect_place(rig, "");
    assert_int_equal(WEXITSTATUS(end_of(rig, end_well, false)), 0);
    assert_int_not_equal(access(rig->word, F_OK), 0);
}

static void condemn_lstm(const struct rig *rig)
{
    hook_condemn(rig->lstm, "wrote %d floats", 3);
}

static void condemned(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(WEXITSTATUS(end_of(rig, condemn_lstm, true)), ERROR_FAILED);
    assert_string_equal(rig->hooks->word, "layer lstm wrote 3 floats");
    assert_int_equal(WEXITSTATUS(end_of(rig, condemn_lstm, false)), ERROR_FAILED);
    expect_word(rig, "layer lstm wrote 3 floats\n");
}

static void wait_in_lstm(const struct rig *rig)
{
    HOOK(rig->lstm);
    rig->hooks->word[0] = '!';
    for (;;)
        pause();
}

/* It does not speak for the module, which only happened to be at work. */
static void signal_from_outside(void **state)
{
    struct rig *rig = *state;
    pid_t child = fork();
    int status;
    if (child == 0) {
        hook_catch_ends();
        hook_keep_word(rig->word);
        wait_in_lstm(rig);
    }
    while (*(volatile char *)rig->hooks->word != '!')
        usleep(1000);
    kill(child, SIGABRT);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_int_not_equal(access(rig->word, F_OK), 0);
}

static void abort_on_four_threads(const struct rig *rig)
{
#pragma omp parallel num_threads(4)
    {
        HOOK(omp_get_thread_num() % 2 ? rig->lstm : rig->adam);
#pragma omp barrier
        abort();
    }
}

/* Several may end a process at once: one line, whole. */
static void one_thread_speaks(void **state)
{
    struct rig *rig = *state;
    for (int i = 0; i < 20; i++) {
        char line[256] = "";
        int status = end_of(rig, abort_on_four_threads, false);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        FILE *file = fopen(rig->word, "r");
        assert_non_null(file);
        assert_non_null(fgets(line, sizeof line, file));
        fclose(file);
        assert_true(text_ends_with(line, " in layer lstm\n") ||
                    text_ends_with(line, " in optimizer adam\n"));
    }
}

static void *exit_there(void *nothing)
{
    (void)nothing;
    exit(0);
}

static void *quick_exit_there(void *nothing)
{
    (void)nothing;
    quick_exit(0);
}

static void *crash_there(void *nothing)
{
    (void)nothing;
    abort();
}

/* GRU has started a thread that does ACT, and waits for it. */
static void start_in_gru(const struct rig *rig, void *(*act)(void *nothing))
{
    pthread_t thread;
    HOOK(rig->gru);
    if (pthread_create(&thread, NULL, act, NULL) == 0)
        pthread_join(thread, NULL);
}

static void exit_on_thread(const struct rig *rig)
{
    start_in_gru(rig, exit_there);
}

static void quick_exit_on_thread(const struct rig *rig)
{
    start_in_gru(rig, quick_exit_there);
}

static void quick_exit_in_gru(const struct rig *rig)
{
    HOOK(rig->gru);
    quick_exit(0);
}

static void crash_on_thread(const struct rig *rig)
{
    start_in_gru(rig, crash_there);
}

/* A plugin's own thread, or one of a library that it calls, is no thread with a hook at work. */
static void threads_of_plugins(void **state)
{
    struct rig *rig = *state;
    void (*const exits[])(const struct rig *) = {exit_on_thread, quick_exit_on_thread,
                                                 quick_exit_in_gru};
    for (int i = 0; i < 3; i++) {
        memset(rig->hooks, 0, sizeof *rig->hooks);
        assert_int_equal(WEXITSTATUS(end_of(rig, exits[i], true)), 0);
        expect_place(rig, " in layer gru (plugin p.so)");
        assert_int_equal(WEXITSTATUS(end_of(rig, exits[i], false)), ERROR_FAILED);
        expect_word(rig, "layer gru (plugin p.so) ended the process with status 0\n");
        assert_int_equal(unlink(rig->word), 0);
    }
    memset(rig->hooks, 0, sizeof *rig->hooks);
    assert_int_equal(WTERMSIG(end_of(rig, crash_on_thread, true)), SIGABRT);
    expect_place(rig, " in layer gru (plugin p.so)");
    assert_int_equal(WTERMSIG(end_of(rig, crash_on_thread, false)), SIGABRT);
    expect_word(rig, "crashed by signal 6 (Aborted) in layer gru (plugin p.so)\n");
}

/* Nor is an end by quick_exit a plugin's where none is at work. */
static void quick_exit_well(const struct rig *rig)
{
    {
        HOOK(rig->gru);
    }
    quick_exit(0);
}

static void be_told_in_gru(const struct rig *rig)
{
    HOOK(rig->gru);
    hook_tell_signal(SIGINT);
    hook_tell_signal(SIGINT);
}

static void be_told_in_lstm(const struct rig *rig)
{
    HOOK(rig->lstm);
    hook_tell_signal(SIGINT);
}

static void ended_by_signals(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(WEXITSTATUS(end_of(rig, quick_exit_well, false)), 0);
    assert_int_not_equal(access(rig->word, F_OK), 0);
    end_of(rig, be_told_in_lstm, false);
    assert_int_not_equal(access(rig->word, F_OK), 0);
    end_of(rig, be_told_in_gru, false);
    expect_word(rig, "ended by signal 2 (Interrupt) in layer gru (plugin p.so)\n");
}

/* Plugins that stay in one call are overdue; others, and new calls, are not. */
static void calls_that_last(void **state)
{
    struct rig *rig = *state;
    struct hook_watch watch = {0};
    struct hooks *hooks = rig->hooks;
    hooks->at_work[0] = rig->lstm;
    hooks->at_work[3] = rig->gru;
    hooks->calls[3] = 7;
    assert_null(hook_overdue(&watch, hooks, 5, 3)); /* none of it was in this call */
    assert_null(hook_overdue(&watch, hooks, 2, 3));
    assert_ptr_equal(hook_overdue(&watch, hooks, 2, 3), rig->gru);
    hooks->calls[3]++;
    assert_null(hook_overdue(&watch, hooks, 2, 3));
    assert_null(hook_overdue(&watch, hooks, 2, 3));
    hooks->at_work[3] = NULL;
    assert_null(hook_overdue(&watch, hooks, 9, 3));
    hooks->at_work[3] = rig->dropout;
    assert_null(hook_overdue(&watch, hooks, 2, 3));
    assert_ptr_equal(hook_overdue(&watch, hooks, 2, 3), rig->dropout);
    memset(hooks, 0x5A, sizeof *hooks);
    assert_null(hook_overdue(&watch, hooks, 9, 3));
    assert_null(hook_overdue(&watch, hooks, 9, 3));
}

/* A plugin may write over all that it can reach. */
static void nonsense_is_not_followed(void **state)
{
    struct rig *rig = *state;
    memset(rig->hooks, 0x5A, sizeof *rig->hooks);
    expect_place(rig, "");
}

static void errors_are_made_whole(void **state)
{
    struct rig *rig = *state;
    struct error error = {.code = ERROR_DATA, .text = "of before"};
    hook_clear(&error);
    assert_int_equal(hook_failed(rig->lstm, &error), -1);
    assert_int_equal(error.code, ERROR_FAILED);
    assert_string_equal(error.text, "failed without saying why");
    error_set(&error, ERROR_DATA, "no such file");
    hook_failed(rig->lstm, &error);
    assert_int_equal(error.code, ERROR_DATA);
    assert_string_equal(error.text, "no such file");
    error.code = (enum error_code)77;
    memset(error.text, 'x', sizeof error.text);
    hook_failed(rig->lstm, &error);
    assert_int_equal(error.code, ERROR_FAILED);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
    hook_clear(NULL);
    assert_int_equal(hook_failed(rig->lstm, NULL), -1);
}

static void names_are_cut(void **state)
{
    struct rig *rig = *state;
    char name[8];
    hook_name(rig->lstm, name, sizeof name);
    assert_string_equal(name, "layer l");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, rig_open, rig_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(crash_names_the_module), TEST(hooks_within_hooks),
        TEST(ends_by_exit),           TEST(condemned),
        TEST(signal_from_outside),    TEST(one_thread_speaks),
        TEST(threads_of_plugins),     TEST(ended_by_signals),
        TEST(calls_that_last),        TEST(nonsense_is_not_followed),
        TEST(errors_are_made_whole),  TEST(names_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
