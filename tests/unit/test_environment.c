#include "store/environment.h"
#include "unit/store_fixture.h"

#include <signal.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(collects),
        STORE_TEST(tells_the_living_from_the_dead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
