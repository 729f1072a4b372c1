#include "base/clock.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void never_goes_back(void **state)
{
    (void)state;
    double last = clock_seconds(), first = last;
    for (int i = 0; i < 10000; i++) {
        double now = clock_seconds();
        assert_true(now >= last);
        last = now;
    }
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    double waited = clock_seconds() - first;
    assert_true(waited >= 0.02 && waited < 60);
}

static void *work(void *first)
{
    double begun = clock_seconds();
    while (clock_processor() - *(double *)first < 0.02 && clock_seconds() - begun < 60)
        continue;
    return NULL;
}

/* What the system itself has for the process between one reading and the next, of all threads. */
static void processor_time_is_of_work(void **state)
{
    (void)state;
    double first = clock_processor();
    assert_true(first >= 0);
    pthread_t worker;
    assert_int_equal(pthread_create(&worker, NULL, work, &first), 0);
    assert_int_equal(pthread_join(worker, NULL), 0);
    struct timespec before, after;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before), 0);
    double now = clock_processor();
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after), 0);
    assert_true(now - first >= 0.02);
    assert_true(now >= (double)before.tv_sec + (double)before.tv_nsec * 1e-9);
    assert_true(now <= (double)after.tv_sec + (double)after.tv_nsec * 1e-9);
}

/* From now on the system gives no processor time; 0 unless filters of calls are not to be had. */
static int forbid_processor_time(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CLOCK_PROCESS_CPUTIME_ID, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof rules / sizeof rules[0], rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void processor_time_may_be_unknown(void **state)
{
    (void)state;
    enum { UNKNOWN, KNOWN, NO_FILTER };
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (forbid_processor_time() != 0)
            _exit(NO_FILTER);
        _exit(isnan(clock_processor()) && clock_seconds() > 0 ? UNKNOWN : KNOWN);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_FILTER)
        skip();
    assert_int_equal(WEXITSTATUS(status), UNKNOWN);
}

static void knows_the_time(void **state)
{
    (void)state;
    double wall = clock_wall(), other = (double)time(NULL);
    assert_true(fabs(wall - other) < 2);
}

static void assert_iso(double wall, const char *expected)
{
    struct text text = {0};
    clock_add_iso(&text, wall);
    assert_string_equal(text_get(&text), expected);
    text_release(&text);
}

static void writes_times(void **state)
{
    (void)state;
    assert_iso(0, "1970-01-01T00:00:00Z");
    assert_iso(-0.5, "1969-12-31T23:59:59Z");
    assert_iso(951782400, "2000-02-29T00:00:00Z");
    assert_iso(1795218540.999, "2026-11-20T23:49:00Z");
    assert_iso(4102444799, "2099-12-31T23:59:59Z");
    assert_iso(253402300799, "9999-12-31T23:59:59Z");
}

/* A damaged store may hold any number. */
static void writes_impossible_times(void **state)
{
    (void)state;
    const double impossible[] = {NAN, INFINITY, -INFINITY, 1e18, -1e18, 1e300, 253402300800};
    for (size_t i = 0; i < sizeof impossible / sizeof impossible[0]; i++)
        assert_iso(impossible[i], "(no time)");
}

static void assert_duration(double seconds, const char *expected)
{
    struct text text = {0};
    clock_add_duration(&text, seconds);
    assert_string_equal(text_get(&text), expected);
    text_release(&text);
}

static void writes_durations(void **state)
{
    (void)state;
    assert_duration(0, "0.0 s");
    assert_duration(-3, "0.0 s");
    assert_duration(0.44, "0.4 s");
    assert_duration(9.9, "9.9 s");
    assert_duration(9.96, "10 s"); /* not "10.0 s" */
    assert_duration(12, "12 s");
    assert_duration(59.4, "59 s");
    assert_duration(59.6, "1:00"); /* not "60 s" */
    assert_duration(185, "3:05");
    assert_duration(3599.4, "59:59");
    assert_duration(3599.6, "1:00:00");
    assert_duration(3723, "1:02:03");
    assert_duration(360000, "100:00:00");
    assert_duration(NAN, "?");
    assert_duration(INFINITY, "?");
    assert_duration(1e300, "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_goes_back),
        cmocka_unit_test(processor_time_is_of_work),
        cmocka_unit_test(processor_time_may_be_unknown),
        cmocka_unit_test(knows_the_time),
        cmocka_unit_test(writes_times),
        cmocka_unit_test(writes_impossible_times),
        cmocka_unit_test(writes_durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
