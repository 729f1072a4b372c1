#include "base/process.h"
#include "store/environment.h"
#include "unit/store_fixture.h"

#include <signal.h>
#include <sys/resource.h>

static void collects(void **state)
{
    struct fixture *fixture = *state;
    const struct environment *environment = &fixture->environment;
    assert_true(strlen(environment->compiler) > 3);
    assert_string_equal(environment->blas, "no BLAS");
    assert_string_equal(environment->isa, "baseline");
    assert_int_equal(environment->threads, 1);
    assert_true(strlen(environment->process.host) > 0);
    assert_int_equal(environment->process.pid, getpid());
    assert_true(environment->process.start_ticks > 0);
    assert_true(environment->process.namespace > 0);
}

static void tells_the_living_from_the_dead(void **state)
{
    struct fixture *fixture = *state;
    const struct process_identity *here = &fixture->environment.process;
    struct process_identity other = *here;
    assert_int_equal(process_identity_life(&other, here), PROCESS_ALIVE);
    other.start_ticks--;
    assert_int_equal(process_identity_life(&other, here), PROCESS_DEAD);
    other = *here;
    other.namespace ++;
    assert_int_equal(process_identity_life(&other, here), PROCESS_UNKNOWN);
    other.boot_id = (char[]){"another boot"};
    assert_int_equal(process_identity_life(&other, here), PROCESS_DEAD);
    other.host = (char[]){"another host"};
    assert_int_equal(process_identity_life(&other, here), PROCESS_UNKNOWN);

    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    struct process_identity gone = *here;
    gone.pid = child;
    struct process_identity own;
    process_identity_collect(&own);
    assert_int_equal(own.pid, getpid());
    process_identity_release(&own);
    kill(child, SIGKILL);
    assert_int_equal(wait_for(child), 128 + SIGKILL);
    assert_int_equal(process_identity_life(&gone, here), PROCESS_DEAD);
}

/* Until then others must not take over what its batch is about to call failed. */
static void a_worker_lives_until_its_end_was_noted(void **state)
{
    struct fixture *fixture = *state;
    const struct process_identity *here = &fixture->environment.process;
    struct process_identity other = *here;
    siginfo_t info;
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    other.pid = child;
    other.start_ticks = (int64_t)process_start_time(child);
    assert_int_equal(process_identity_life(&other, here), PROCESS_ALIVE);
    kill(child, SIGKILL);
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(process_identity_life(&other, here), PROCESS_ALIVE);
    other.start_ticks++;
    assert_int_equal(process_identity_life(&other, here), PROCESS_DEAD);
    other.start_ticks--;
    assert_int_equal(wait_for(child), 128 + SIGKILL);
    assert_int_equal(process_identity_life(&other, here), PROCESS_DEAD);
}

/* No file can be opened then, those in /proc neither. */
static enum process_life life_unseen(const struct process_identity *identity,
                                     const struct process_identity *here)
{
    struct rlimit before, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    enum process_life life = process_identity_life(identity, here);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    return life;
}

static void one_that_cannot_be_seen_is_not_taken_for_dead(void **state)
{
    struct fixture *fixture = *state;
    const struct process_identity *here = &fixture->environment.process;
    assert_int_equal(life_unseen(here, here), PROCESS_UNKNOWN);
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    struct process_identity other = *here;
    other.pid = child;
    other.start_ticks = 1;
    assert_int_equal(process_identity_life(&other, here), PROCESS_DEAD);
    assert_int_equal(life_unseen(&other, here), PROCESS_UNKNOWN);
    other.start_ticks = 0; /* it did not know itself */
    assert_int_equal(process_identity_life(&other, here), PROCESS_UNKNOWN);
    kill(child, SIGKILL);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(process_identity_life(&other, here), PROCESS_DEAD);
    assert_int_equal(wait_for(child), 128 + SIGKILL);
    assert_int_equal(life_unseen(&other, here), PROCESS_DEAD);
    other.pid = 0;
    assert_int_equal(process_identity_life(&other, here), PROCESS_DEAD);
}

/* Where /proc is not there, nothing but the host is known. */
static void one_of_whom_little_is_known_is_not_taken_for_dead(void **state)
{
    struct fixture *fixture = *state;
    const struct process_identity *here = &fixture->environment.process;
    struct process_identity blind = *here, gone = *here;
    gone.start_ticks--;
    blind.boot_id = (char[]){""};
    assert_int_equal(process_identity_life(here, &blind), PROCESS_UNKNOWN);
    assert_int_equal(process_identity_life(&blind, here), PROCESS_UNKNOWN);
    blind = *here;
    blind.namespace = 0;
    gone.namespace = 0;
    assert_int_equal(process_identity_life(&gone, &blind), PROCESS_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(collects),
        STORE_TEST(tells_the_living_from_the_dead),
        STORE_TEST(a_worker_lives_until_its_end_was_noted),
        STORE_TEST(one_that_cannot_be_seen_is_not_taken_for_dead),
        STORE_TEST(one_of_whom_little_is_known_is_not_taken_for_dead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
