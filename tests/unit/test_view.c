/* What a person sees of a batch: on terminals of several sizes, and without one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "batch/view.h"
#include "batch/worker.h"
#include "unit/screen.h"

#include <fcntl.h>
#include <math.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { TRIALS = 6 };

/* A batch that nobody trains, with stderr on a terminal of the test's own. */
struct stage {
    struct variant variants[3];
    int64_t seeds[2];
    struct experiment_file experiment;
    struct batch_options options;
    struct batch batch;
    struct batch_trial trials[TRIALS];
    struct trial_report reports[TRIALS];
    struct worker workers[TRIALS];
    size_t running[TRIALS];
    struct view view;
    struct screen screen;
    int kept, master;
};

static void open_terminal(struct stage *stage, int rows, int columns)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    int slave;
    assert_int_equal(openpty(&stage->master, &slave, NULL, NULL, &size), 0);
    fcntl(stage->master, F_SETFL, O_NONBLOCK);
    fflush(stderr);
    stage->kept = dup(STDERR_FILENO);
    dup2(slave, STDERR_FILENO);
    close(slave);
    screen_init(&stage->screen, rows, columns);
}

static void look(struct stage *stage)
{
    char bytes[4096];
    ssize_t count;
    while ((count = read(stage->master, bytes, sizeof bytes)) > 0)
        screen_feed(&stage->screen, bytes, (size_t)count);
}

static int setup(void **state)
{
    struct stage *stage = memory_new(sizeof *stage);
    static char first[] = "lstm", second[] = "gru", third[] = "größer";
    *state = stage;
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    stage->variants[0].name = first;
    stage->variants[1].name = second;
    stage->variants[2].name = third;
    stage->experiment = (struct experiment_file){
        .variants = stage->variants, .variant_count = 3, .seeds = stage->seeds, .seed_count = 2};
    stage->options = (struct batch_options){.workers = 2, .threads = 1, .retries = 2};
    stage->batch = (struct batch){.experiment = &stage->experiment,
                                  .options = &stage->options,
                                  .trials = stage->trials,
                                  .count = TRIALS,
                                  .reports = stage->reports};
    for (size_t i = 0; i < TRIALS; i++) {
        stage->trials[i] =
            (struct batch_trial){.variant = i % 3, .seed = 1 + (int64_t)i / 3, .steps = 1000};
        stage->reports[i].live = (struct run_live){.loss = NAN, .accuracy = NAN};
    }
    return 0;
}

static int teardown(void **state)
{
    struct stage *stage = *state;
    if (stage->master) {
        dup2(stage->kept, STDERR_FILENO);
        close(stage->kept);
        close(stage->master);
    }
    for (size_t i = 0; i < TRIALS; i++)
        memory_free(stage->trials[i].reason);
    screen_release(&stage->screen);
    memory_free(stage);
    return 0;
}

/* Trial INDEX is at STEP, ten seconds after its first sign of life. */
static void run_trial(struct stage *stage, size_t index, int64_t step)
{
    stage->workers[index] = (struct worker){.step = 0, .step_time = clock_seconds() - 10};
    if (!stage->trials[index].worker)
        stage->running[stage->batch.tally.running++] = index;
    stage->trials[index].worker = &stage->workers[index];
    stage->trials[index].attempts = 1;
    stage->reports[index].live.step = step;
    stage->reports[index].live.steps = 1000;
}

/* The first of the running ones ends. */
static void end_first(struct stage *stage, enum trial_end end, const char *reason)
{
    size_t index = stage->running[0];
    struct run_outcome *outcome = &stage->reports[index].outcome;
    stage->trials[index].worker = NULL;
    stage->trials[index].end = end;
    stage->trials[index].reason = memory_copy_text(reason);
    stage->batch.tally.running--;
    memmove(stage->running, stage->running + 1,
            stage->batch.tally.running * sizeof *stage->running);
    snprintf(outcome->id, sizeof outcome->id, "%012zx", index);
    outcome->state = end == TRIAL_DONE ? RUN_DONE : RUN_FAILED;
    outcome->seconds = 20;
    stage->reports[index].live.step = 1000;
    outcome->accuracy = end == TRIAL_DONE ? 0.975 : NAN;
    stage->batch.tally.done += end == TRIAL_DONE;
    stage->batch.tally.failed += end == TRIAL_FAILED;
    view_ended(&stage->view, &stage->batch, index);
}

static void draw(struct stage *stage)
{
    stage->view.drawn = 0;
    view_draw(&stage->view, &stage->batch, stage->running);
    look(stage);
}

static void expect(struct stage *stage, const char *expected)
{
    look(stage);
    char *lines = screen_lines(&stage->screen);
    assert_string_equal(lines, expected);
    memory_free(lines);
}

static const char first_end[] =
    "[1/6] lstm seed 1: done in 20 s, test accuracy 97.50 %, run 000000000000\n";

static void test_lines_and_results(void **state)
{
    struct stage *stage = *state;
    open_terminal(stage, 24, 100);
    view_init(&stage->view, &stage->batch);
    view_started(&stage->batch, 0); /* its line shows: no other is needed */
    run_trial(stage, 0, 500);
    run_trial(stage, 1, 250);
    stage->reports[0].live.loss = 0.5;
    stage->reports[0].live.accuracy = 0.75;
    draw(stage);
    expect(stage, "lstm seed 1  ████████████············   500/1000  loss 0.5000  "
                  "accuracy 75.00 %   10 s left\n"
                  "gru  seed 1  ██████··················   250/1000"
                  "                                  30 s left\n"
                  "0 of 6 done, 2 running  ███····················· 12 %\n");
    assert_int_equal(stage->screen.row, 0); /* the cursor waits at the beginning */
    assert_int_equal(stage->screen.column, 0);
    end_first(stage, TRIAL_DONE, "");
    draw(stage);
    look(stage);
    /* 30 s of gru, and four times the 20 s that lstm took, by two workers. */
    expect(stage, "[1/6] lstm seed 1: done in 20 s, test accuracy 97.50 %, run 000000000000\n"
                  "gru seed 1  ██████··················   250/1000                               "
                  "   30 s left\n"
                  "1 of 6 done, 1 running  █████··················· 20 %  55 s left\n");
    end_first(stage, TRIAL_FAILED, "crashed by signal 11 (Segmentation fault)\nit printed:\n  | x");
    stage->batch.tally.failed--; /* no, it gets another try */
    stage->trials[1].end = TRIAL_NOT_ENDED;
    view_retried(&stage->batch, 1);
    view_release(&stage->view);
    char *expected = text_format("%s%s", first_end,
                                 "[2/6] gru seed 1: crashed by signal 11 (Segmentation fault), "
                                 "run 000000000001\nit printed:\n  | x\n"
                                 "[1/6] gru seed 1: is trained again, retry 1 of 2\n");
    expect(stage, expected);
    memory_free(expected);
}

static void run_all(struct stage *stage)
{
    for (size_t i = 0; i < TRIALS; i++)
        run_trial(stage, i, 500);
}

/* Twenty columns: all that finds room, and no line that wraps. */
static void test_narrow(void **state)
{
    struct stage *stage = *state;
    open_terminal(stage, 24, 20);
    view_init(&stage->view, &stage->batch);
    run_all(stage);
    draw(stage);
    expect(stage, "lstm/1     50 %\n"
                  "gru/1      50 %\n"
                  "größer/1   50 %\n"
                  "lstm/2     50 %\n"
                  "gru/2      50 %\n"
                  "größer/2   50 %\n"
                  "0/6  50 %\n");
    view_release(&stage->view);
    expect(stage, "\n");
}

/* More trials than lines: the first ones, and how many there are besides. */
static void test_low(void **state)
{
    struct stage *stage = *state;
    open_terminal(stage, 5, 80);
    view_init(&stage->view, &stage->batch);
    run_all(stage);
    draw(stage);
    expect(stage,
           "lstm seed 1  ██████······   500/1000                                  10 s left\n"
           "gru  seed 1  ██████······   500/1000                                  10 s left\n"
           "and 4 more\n"
           "0 of 6 done, 6 running  ████████████············ 50 %  30 s left\n");
    end_first(stage, TRIAL_DONE, "");
    draw(stage);
    view_release(&stage->view);
    expect(stage, first_end);
}

static void test_one_row(void **state)
{
    struct stage *stage = *state;
    for (int rows = 1; rows <= 2; rows++) {
        open_terminal(stage, rows, 60);
        stage->batch.tally.running = 0;
        view_init(&stage->view, &stage->batch);
        run_all(stage);
        draw(stage);
        look(stage);
        char *lines = screen_lines(&stage->screen);
        assert_int_equal(strncmp(lines, "0 of 6 done, 6 running", 22), 0);
        memory_free(lines);
        view_release(&stage->view);
        expect(stage, "\n");
        dup2(stage->kept, STDERR_FILENO);
        close(stage->kept);
        close(stage->master);
        stage->master = 0;
        for (size_t i = 0; i < TRIALS; i++)
            stage->trials[i].worker = NULL;
        screen_release(&stage->screen);
    }
}

static void resize(struct stage *stage, int rows, int columns)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    ioctl(STDERR_FILENO, TIOCSWINSZ, &size);
    stage->screen.rows = rows;
    stage->screen.columns = columns;
}

/* A terminal that cuts lines and one that wraps them again keep the text behind the cursor. */
static void test_resized(void **state)
{
    struct stage *stage = *state;
    open_terminal(stage, 24, 100);
    view_init(&stage->view, &stage->batch);
    run_trial(stage, 0, 500);
    draw(stage);
    end_first(stage, TRIAL_DONE, "");
    run_all(stage);
    draw(stage);
    resize(stage, 24, 40);
    draw(stage);
    resize(stage, 4, 40);
    draw(stage);
    resize(stage, 24, 100);
    draw(stage);
    view_release(&stage->view);
    look(stage);
    expect(stage, first_end);
}

/* NO_COLOR is about colour: the lines are still redrawn. A dumb terminal cannot. */
static void test_plain_terminals(void **state)
{
    struct stage *stage = *state;
    open_terminal(stage, 24, 100);
    setenv("NO_COLOR", "1", 1);
    view_init(&stage->view, &stage->batch);
    run_trial(stage, 0, 500);
    draw(stage);
    look(stage);
    assert_true(*stage->screen.cells[1][0] == '0');
    view_release(&stage->view);
    expect(stage, "\n");
    setenv("TERM", "dumb", 1);
    view_init(&stage->view, &stage->batch);
    view_started(&stage->batch, 0);
    draw(stage);
    end_first(stage, TRIAL_DONE, "");
    view_release(&stage->view);
    char *expected = text_format("[0/6] lstm seed 1: started\n%s", first_end);
    expect(stage, expected);
    memory_free(expected);
}

static void test_no_terminal(void **state)
{
    struct stage *stage = *state;
    char said[1024];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(stderr);
    int kept = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    view_init(&stage->view, &stage->batch);
    view_started(&stage->batch, 0);
    run_trial(stage, 0, 500);
    stage->view.drawn = 0;
    view_draw(&stage->view, &stage->batch, stage->running);
    end_first(stage, TRIAL_FAILED, "its process ended with status 7");
    view_release(&stage->view);
    dup2(kept, STDERR_FILENO);
    close(kept);
    ssize_t length = read(ends[0], said, sizeof said - 1);
    said[length > 0 ? length : 0] = '\0';
    close(ends[0]);
    assert_string_equal(said, "[0/6] lstm seed 1: started\n"
                              "[1/6] lstm seed 1: its process ended with status 7, run "
                              "000000000000\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lines_and_results), TEST(test_narrow),  TEST(test_low),
        TEST(test_one_row),           TEST(test_resized), TEST(test_plain_terminals),
        TEST(test_no_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
