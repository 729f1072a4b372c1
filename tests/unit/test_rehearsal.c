/* What is tried in a process of its own, and may end it. */
#include "batch/rehearsal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/text.h"
#include "module/hook.h"
#include "module/registry.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ITEMS = 5 };

/* Of a sanitizer: so much memory is not its error. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* What the item with the subject 10 + INDEX does. */
enum deed { WELL, REFUSES, ABORTS, EXITS, SLEEPS, KILLED, HUNGRY, LIES, EXPLAINS, BABBLES };

struct play {
    enum deed deeds[ITEMS];
    struct rehearsal items[ITEMS];
    pid_t parent;
};

static void sleep_for_ever(void)
{
    for (;;)
        pause();
}

static int act(void *context, struct rehearsal *rehearsal, struct error *refusal)
{
    const struct play *play = context;
    if (getpid() == play->parent)
        return -1; /* it must not happen here */
    hook_catch_ends();
    snprintf(rehearsal->digest, sizeof rehearsal->digest, "digest of %zu", rehearsal->subject);
    HOOK(registry_find(MODULE_LAYER, "lstm"));
    switch (play->deeds[rehearsal->subject - 10]) {
    case REFUSES:
        return -1;
    case EXPLAINS:
        return error_set(refusal, ERROR_DATA, "no %zu", rehearsal->subject);
    case BABBLES:
        memset(refusal, 'x', sizeof *refusal);
        return -1;
    case ABORTS:
        abort();
    case EXITS:
        exit(0);
    case SLEEPS:
        sleep_for_ever();
        break;
    case KILLED:
        raise(SIGKILL);
        break;
    case HUNGRY:
        memory_array(SIZE_MAX / 2, 1);
        break;
    case LIES:
        memset(rehearsal, 'x', sizeof *rehearsal);
        abort();
    default:
        break;
    }
    rehearsal->size = (struct run_size){.steps = (int64_t)rehearsal->subject};
    return 0;
}

static int perform(struct play *play, double seconds, struct error *error)
{
    play->parent = getpid();
    for (size_t i = 0; i < ITEMS; i++)
        play->items[i] = (struct rehearsal){.subject = 10 + i};
    return rehearsal_run(play->items, ITEMS, act, play, seconds, error);
}

static void forget(struct play *play)
{
    for (size_t i = 0; i < ITEMS; i++)
        rehearsal_release(&play->items[i]);
}

static void expect_well(const struct rehearsal *item)
{
    char digest[HASH_TEXT_SIZE];
    snprintf(digest, sizeof digest, "digest of %zu", item->subject);
    assert_null(item->fault);
    assert_null(item->refusal);
    assert_false(item->is_refused);
    assert_int_equal(item->size.steps, item->subject);
    assert_string_equal(item->digest, digest);
}

static void all_go_well_or_are_refused(void **state)
{
    (void)state;
    struct play play = {.deeds = {WELL, REFUSES, WELL, WELL, REFUSES}};
    struct error error;
    assert_int_equal(perform(&play, 60, &error), 0);
    for (size_t i = 0; i < ITEMS; i++) {
        assert_int_equal(play.items[i].is_refused, play.deeds[i] == REFUSES);
        if (play.deeds[i] == WELL)
            expect_well(&play.items[i]);
        assert_null(play.items[i].fault);
    }
}

/* Whatever comes behind it. */
static void refusals_are_told(void **state)
{
    (void)state;
    struct play play = {.deeds = {EXPLAINS, REFUSES, BABBLES, WELL, ABORTS}};
    struct error error;
    assert_int_equal(perform(&play, 60, &error), 0);
    for (size_t i = 0; i < 3; i++)
        assert_true(play.items[i].is_refused);
    assert_string_equal(play.items[0].refusal, "no 10");
    assert_int_equal(play.items[0].code, ERROR_DATA);
    assert_string_equal(play.items[0].digest, "digest of 10");
    assert_null(play.items[1].refusal);
    assert_int_equal(strlen(play.items[2].refusal), sizeof error.text - 1);
    assert_int_equal(play.items[2].code, ERROR_FAILED);
    expect_well(&play.items[3]);
    assert_null(play.items[4].refusal);
    assert_non_null(play.items[4].fault);
    forget(&play);
}

/* Each costs itself alone, the last one too; what was known of it before is kept. */
static void ends_are_told(void **state)
{
    (void)state;
    struct play play = {.deeds = {ABORTS, WELL, EXITS, REFUSES, ABORTS}};
    struct error error;
    assert_int_equal(perform(&play, 60, &error), 0);
    assert_string_equal(play.items[0].fault, "crashed by signal 6 (Aborted) in layer lstm, before "
                                             "it was trained");
    assert_string_equal(play.items[0].digest, "digest of 10");
    assert_int_equal(play.items[0].size.steps, 0);
    expect_well(&play.items[1]);
    assert_string_equal(play.items[2].fault,
                        "its process ended with status 0 without saying why, in layer lstm, before "
                        "it was trained");
    assert_true(play.items[3].is_refused);
    assert_string_equal(play.items[4].fault, play.items[0].fault);
    forget(&play);
}

static void what_never_returns_is_ended(void **state)
{
    (void)state;
    struct play play = {.deeds = {WELL, SLEEPS, WELL, HUNGRY, WELL}};
    struct error error;
    assert_int_equal(perform(&play, 3, &error), 0);
    expect_well(&play.items[0]);
    assert_string_equal(play.items[1].fault,
                        "timed out: it was not ready to be trained within 3.0 s");
    expect_well(&play.items[2]);
    assert_true(text_starts_with(play.items[3].fault, "out of memory: "));
    assert_non_null(strstr(play.items[3].fault, ", in layer lstm"));
    expect_well(&play.items[4]);
    forget(&play);
}

/* Nothing that it says of itself leads this process astray. */
static void one_out_of_its_mind_is_not_believed(void **state)
{
    (void)state;
    struct play play = {.deeds = {WELL, LIES, WELL, WELL, WELL}};
    struct error error;
    assert_int_equal(perform(&play, 60, &error), 0);
    assert_int_equal(play.items[1].subject, 11);
    assert_non_null(play.items[1].fault);
    assert_int_equal(strlen(play.items[1].digest), HASH_TEXT_SIZE - 1);
    expect_well(&play.items[2]);
    forget(&play);
}

static void ended_from_outside(void **state)
{
    (void)state;
    struct play play = {.deeds = {ABORTS, KILLED, WELL, WELL, WELL}};
    struct error error;
    assert_int_equal(perform(&play, 60, &error), -1);
    assert_int_equal(error.code, ERROR_INTERRUPTED);
    assert_non_null(strstr(error.text, "signal 9 (Killed)"));
    forget(&play);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_go_well_or_are_refused),
        cmocka_unit_test(refusals_are_told),
        cmocka_unit_test(ends_are_told),
        cmocka_unit_test(what_never_returns_is_ended),
        cmocka_unit_test(one_out_of_its_mind_is_not_believed),
        cmocka_unit_test(ended_from_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
