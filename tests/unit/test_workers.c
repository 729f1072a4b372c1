/* The worker processes of a batch: what they train, and what becomes of those that end badly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/mman.h>

#include "base/process.h"
#include "store/database.h"
#include "unit/batch_fixture.h"

static const char cells[] = "base: base.yaml\nseeds: 2\n"
                            "variants:\n  small: {}\n  large: {model.units: 8}\n";
/* Long enough to be caught while it trains. */
static const char endless[] = "base: base.yaml\nseeds: 2\n"
                              "variants:\n  small: {train.steps: 100000000}\n";

static void count_states(struct bench *bench, int64_t counts[RUN_STATES])
{
    struct store *store = scene_look(&bench->scene);
    assert_int_equal(store_run_count(store, counts, &bench->scene.error), 0);
    store_close(store);
}

static int run_batch(struct bench *bench)
{
    bench->scene.error = (struct error){0};
    return batch_run(&bench->batch, &bench->scene.error);
}

static void assert_failed(struct bench *bench, enum error_code code, const char *complaint)
{
    if (!strstr(bench->scene.error.text, complaint))
        fail_msg("expected `%s` in: %s", complaint, bench->scene.error.text);
    assert_int_equal(bench->scene.error.code, code);
}

static void test_trains_all(void **state)
{
    struct bench *bench = *state;
    int64_t counts[RUN_STATES];
    bench->options.workers = 3;
    bench_plan(bench, cells, false);
    assert_int_equal(run_batch(bench), 0);
    count_states(bench, counts);
    assert_int_equal(counts[RUN_DONE], 4);
    for (size_t i = 0; i < 4; i++) {
        const struct run_outcome *outcome = &bench->batch.reports[i].outcome;
        assert_int_equal(outcome->state, RUN_DONE);
        assert_true(outcome->accuracy > 0 && outcome->loss > 0);
        assert_string_equal(bench->batch.trials[i].reason, "");
        assert_int_equal(strncmp(outcome->id, bench->batch.trials[i].key, strlen(outcome->id)), 0);
        assert_int_equal(bench->batch.reports[i].live.step, 6);
        assert_int_equal(bench->batch.reports[i].live.steps, 6);
    }
    bench_plan(bench, cells, false);
    assert_int_equal(run_batch(bench), 0);
    count_states(bench, counts);
    assert_int_equal(counts[RUN_DONE], 4);
    for (size_t i = 0; i < 4; i++)
        assert_false(bench->batch.trials[i].is_started);
}

/* Two variants that mean the same config are one run; neither waits for the other in vain, and
 * neither is trained twice. */
/* What was planned is trained, whatever becomes of the base after the plan. */
static void test_base_that_changes(void **state)
{
    struct bench *bench = *state;
    int64_t counts[RUN_STATES];
    bench_plan(bench, cells, false);
    char *edited = memory_copy_text(bench_base);
    char *steps = strstr(edited, "steps: 6");
    assert_non_null(steps);
    steps[strlen("steps: ")] = '7';
    memory_free(temporary_write(bench->scene.folder, "base.yaml", edited, strlen(edited), false));
    memory_free(edited);
    assert_int_equal(run_batch(bench), 0);
    count_states(bench, counts);
    assert_int_equal(counts[RUN_DONE], 4);
    struct run run;
    scene_run(&bench->scene, NULL, &run);
    assert_int_equal(run.steps, 6);
    run_release(&run);
}

/* The config that is trained must have the key that was planned: the data may have changed. */
static void test_key_that_changes(void **state)
{
    struct bench *bench = *state;
    bench_plan(bench, "base: base.yaml\nvariants: {a: {}}\n", false);
    char *digit = bench->batch.trials[0].key;
    *digit = *digit == '0' ? '1' : '0';
    assert_int_equal(run_batch(bench), -1);
    assert_failed(bench, ERROR_FAILED, "1 of 1 trials failed");
    assert_non_null(strstr(bench->batch.reports[0].error.text, "changed since"));
}

/* Every trial is trained again as a new run, and the old ones stay. */
static void test_force(void **state)
{
    struct bench *bench = *state;
    int64_t counts[RUN_STATES];
    bench->options.force = true;
    for (int i = 1; i <= 2; i++) {
        bench_plan(bench, cells, false);
        for (size_t j = 0; j < 4; j++)
            assert_int_equal(bench->batch.trials[j].fate, TRIAL_MISSING);
        assert_int_equal(run_batch(bench), 0);
        count_states(bench, counts);
        assert_int_equal(counts[RUN_DONE], 4 * i);
    }
}

/* Where two do not fit into memory together, one waits for the other. */
static void test_trials_that_take_all_memory(void **state)
{
    struct bench *bench = *state;
    struct run_list list;
    bench->options.workers = 4;
    bench_plan(bench, cells, false);
    for (size_t i = 0; i < bench->batch.count; i++)
        bench->batch.trials[i].memory = INT64_C(1) << 60;
    assert_int_equal(run_batch(bench), 0);
    struct store *store = scene_look(&bench->scene);
    assert_int_equal(store_run_list(store, NULL, &list, &bench->scene.error), 0);
    store_close(store);
    assert_int_equal(list.count, 4);
    for (size_t i = 0; i + 1 < list.count; i++) /* the newest first */
        assert_true(list.runs[i].started >= list.runs[i + 1].ended);
    run_list_release(&list);
}

/* The run row of trial INDEX. */
static void find_run_of(struct bench *bench, size_t index, struct run *run)
{
    bool found;
    struct store *store = scene_look(&bench->scene);
    assert_int_equal(
        store_run_by_key(store, bench->batch.trials[index].key, run, &found, &bench->scene.error),
        0);
    assert_true(found);
    store_close(store);
}

/* A trial that is out of time has failed, with a checkpoint from where it can go on. */
static void test_out_of_time(void **state)
{
    struct bench *bench = *state;
    struct run run;
    bench_plan(bench, "base: base.yaml\nvariants:\n  long: {train.steps: 100000000}\n  short: {}\n",
               false);
    bench->experiment.budget.trial_seconds = 0.5;
    assert_int_equal(run_batch(bench), -1);
    assert_failed(bench, ERROR_FAILED, "1 of 2 trials failed");
    assert_int_equal(bench->batch.trials[0].end, TRIAL_FAILED);
    assert_int_equal(bench->batch.trials[1].end, TRIAL_DONE);
    assert_non_null(
        strstr(bench->batch.trials[0].reason,
               "timed out: it took longer than 0.5 s (budget.trial_seconds); at step "));
    find_run_of(bench, 0, &run);
    assert_int_equal(run.state, RUN_FAILED);
    assert_string_equal(run.message, bench->batch.trials[0].reason);
    assert_true(run.checkpoint_step > 0 && run.checkpoint_step == run.progress.step);
    int64_t step = run.progress.step;
    run_release(&run);
    bench->options.retry_failed = true;
    bench->options.retries = 3; /* which are not for those that are out of time */
    bench_plan(bench, "base: base.yaml\nvariants:\n  long: {train.steps: 100000000}\n  short: {}\n",
               false);
    bench->experiment.budget.trial_seconds = 0.5;
    assert_int_equal(run_batch(bench), -1);
    assert_int_equal(bench->batch.trials[0].attempts, 1);
    find_run_of(bench, 0, &run);
    assert_int_equal(run.attempts, 2);
    assert_true(run.progress.step > step);
    run_release(&run);
}

static void test_diverged(void **state)
{
    struct bench *bench = *state;
    static const char text[] = "base: base.yaml\nseeds: 1\nvariants:\n  good: {}\n"
                               "  bad: {data.scale: none, train.steps: 90, model.cell: {rnn: "
                               "{activation: linear}}, train.optimizer: {sgd: {rate: 1000}}}\n";
    int64_t counts[RUN_STATES];
    for (int i = 0; i < 2; i++) {
        bench_plan(bench, text, false);
        assert_int_equal(bench->batch.trials[1].fate, i ? TRIAL_FAILED_BEFORE : TRIAL_MISSING);
        assert_int_equal(run_batch(bench), -1);
        assert_failed(bench, ERROR_FAILED, "1 of 2 trials failed");
        count_states(bench, counts);
        assert_int_equal(counts[RUN_DONE], 1);
        assert_int_equal(counts[RUN_DIVERGED], 1);
    }
    bench->options.retry_failed = true;
    bench_plan(bench, text, false);
    assert_int_equal(bench->batch.trials[1].fate, TRIAL_MISSING);
    assert_int_equal(bench->batch.trials[0].fate, TRIAL_DONE_BEFORE);
}

/* That send_when_training waits before it sends, microseconds. */
static useconds_t moment;

/* Waits in a process of its own, at most twenty seconds, until COUNT runs train; then sends SIGNAL
 * to TARGET, or where that is 0 to the newest run's process. */
static void send_when_training(struct bench *bench, size_t count, pid_t target, int signal_number)
{
    fflush(NULL);
    if (fork() != 0)
        return;
    for (int i = 0; i < 2000; i++) {
        struct store *store;
        struct run_list list = {0};
        struct run_filter filter = {.states = 1u << RUN_RUNNING};
        usleep(10000);
        if (store_open(&store, bench->scene.store, STORE_READ, &bench->scene.error))
            continue;
        store_run_list(store, &filter, &list, &bench->scene.error);
        store_close(store);
        if (list.count >= count) {
            usleep(moment);
            kill(target ? target : (pid_t)list.runs[0].environment.process.pid, signal_number);
            break;
        }
        run_list_release(&list);
    }
    _exit(0);
}

/* Nobody has to look why it ended: the same command goes on. */
static void test_killed_worker(void **state)
{
    struct bench *bench = *state;
    int64_t counts[RUN_STATES];
    bench->options.workers = 1;
    bench_plan(bench, "base: base.yaml\nvariants:\n  long: {train.steps: 100000000}\n  short: {}\n",
               false);
    send_when_training(bench, 1, 0, SIGKILL);
    assert_int_equal(run_batch(bench), -1);
    assert_failed(bench, ERROR_INTERRUPTED, "1 of 2 trials are done; the same command goes on");
    assert_int_equal(bench->batch.trials[0].end, TRIAL_INTERRUPTED);
    assert_int_equal(bench->batch.trials[0].process, 0);
    assert_non_null(strstr(bench->batch.trials[0].reason, "ended by signal 9"));
    count_states(bench, counts);
    assert_int_equal(counts[RUN_INTERRUPTED], 1);
    assert_int_equal(counts[RUN_DONE], 1);
    assert_int_equal(counts[RUN_RUNNING], 0);
}

/* In a process of its own: ends the worker of the first run while the store is locked, so that the
 * batch cannot write down its end, and says what others would take that worker for. */
static void watch_an_end(struct bench *bench, volatile enum process_life *life)
{
    fflush(NULL);
    if (fork() != 0)
        return;
    struct store *store = NULL;
    struct run_list list = {0};
    const struct run_filter filter = {.states = 1u << RUN_RUNNING};
    for (int i = 0; i < 2000 && list.count == 0; i++) {
        usleep(10000);
        if (!store && store_open(&store, bench->scene.store, STORE_WRITE, NULL))
            continue;
        run_list_release(&list);
        store_run_list(store, &filter, &list, NULL);
    }
    if (list.count == 0 || database_begin_write(store_database(store), NULL))
        _exit(1);
    const struct process_identity *process = &list.runs[0].environment.process;
    struct process_identity here;
    process_identity_collect(&here);
    kill((pid_t)process->pid, SIGABRT);
    for (int i = 0; i < 2000 && !process_is_gone((pid_t)process->pid); i++)
        usleep(10000);
    usleep(500000); /* in which a batch that does not care about the store has asked for it */
    *life = process_identity_life(process, &here);
    database_end(store_database(store), 0, NULL);
    store_close(store);
    _exit(0);
}

/* Else another batch might go on with it, and crash once more. */
static void test_crash_is_noted_before_others_see_it(void **state)
{
    struct bench *bench = *state;
    int64_t counts[RUN_STATES];
    volatile enum process_life *life =
        mmap(NULL, sizeof *life, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(life, MAP_FAILED);
    *life = PROCESS_UNKNOWN;
    bench_plan(bench, "base: base.yaml\nvariants:\n  long: {train.steps: 100000000}\n", false);
    watch_an_end(bench, life);
    assert_int_equal(run_batch(bench), -1);
    assert_non_null(strstr(bench->batch.trials[0].reason, "crashed by signal 6"));
    assert_int_equal(*life, PROCESS_ALIVE);
    count_states(bench, counts);
    assert_int_equal(counts[RUN_FAILED], 1);
    munmap((void *)(uintptr_t)life, sizeof *life);
}

/* A stopped process hears no SIGTERM. */
static void test_out_of_time_and_deaf(void **state)
{
    struct bench *bench = *state;
    struct run run;
    bench_plan(bench, "base: base.yaml\nvariants:\n  long: {train.steps: 100000000}\n", false);
    bench->experiment.budget.trial_seconds = 0.5;
    bench->options.grace_seconds = 0.3;
    send_when_training(bench, 1, 0, SIGSTOP);
    assert_int_equal(run_batch(bench), -1);
    assert_non_null(strstr(bench->batch.trials[0].reason,
                           "timed out: it took longer than 0.5 s (budget.trial_seconds) and did "
                           "not end within 0.3 s when told to"));
    find_run_of(bench, 0, &run);
    assert_int_equal(run.state, RUN_FAILED);
    assert_string_equal(run.message, bench->batch.trials[0].reason);
    run_release(&run);
}

/* A worker that someone else tells to stop is not done: the batch says so. */
static void test_interrupted_worker(void **state)
{
    struct bench *bench = *state;
    int64_t counts[RUN_STATES];
    bench_plan(bench, "base: base.yaml\nvariants:\n  long: {train.steps: 100000000}\n", false);
    send_when_training(bench, 1, 0, SIGTERM);
    assert_int_equal(run_batch(bench), -1);
    assert_failed(bench, ERROR_INTERRUPTED, "0 of 1 trials are done");
    count_states(bench, counts);
    assert_int_equal(counts[RUN_INTERRUPTED], 1);
}

/* A whole batch in a child, with what may be inherited from a careless parent. */
static int batch_in_child(struct bench *bench, const char *text, int signal_number,
                          void (*careless)(void))
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        careless();
        bench_plan(bench, text, false);
        if (signal_number)
            send_when_training(bench, 2, getpid(), signal_number);
        _exit(run_batch(bench) ? (int)bench->scene.error.code : 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void careful(void)
{
}

/* The batch is stopped only after its worker. */
static void give_a_moment(void)
{
    moment = 300000;
    alarm(60);
}

static void ignore_children(void)
{
    signal(SIGCHLD, SIG_IGN);
    alarm(60);
}

static void test_interrupted_batch(void **state)
{
    struct bench *bench = *state;
    int64_t counts[RUN_STATES];
    assert_int_equal(batch_in_child(bench, endless, SIGINT, careful), ERROR_INTERRUPTED);
    count_states(bench, counts);
    assert_int_equal(counts[RUN_INTERRUPTED], 2);
    assert_int_equal(counts[RUN_RUNNING], 0);
}

/* A worker that hangs keeps a batch that was told to stop for the grace, and no longer. */
static void test_interrupted_batch_with_a_deaf_worker(void **state)
{
    struct bench *bench = *state;
    struct run_list list;
    int deaf = 0;
    bench->options.grace_seconds = 0.3;
    send_when_training(bench, 2, 0, SIGSTOP);
    assert_int_equal(batch_in_child(bench, endless, SIGINT, give_a_moment), ERROR_INTERRUPTED);
    struct store *store = scene_look(&bench->scene);
    assert_int_equal(store_run_list(store, NULL, &list, &bench->scene.error), 0);
    store_close(store);
    assert_int_equal(list.count, 2);
    for (size_t i = 0; i < list.count; i++) {
        assert_int_equal(list.runs[i].state, RUN_INTERRUPTED);
        deaf += strcmp(list.runs[i].message,
                       "its process was ended: the batch stopped, and it hung and did not end "
                       "within 0.3 s when told to") == 0;
    }
    assert_int_equal(deaf, 1);
    run_list_release(&list);
}

/* Where the parent ignores the end of children, the system reaps them itself. */
static void test_ignored_children(void **state)
{
    struct bench *bench = *state;
    int64_t counts[RUN_STATES];
    assert_int_equal(batch_in_child(bench, cells, 0, ignore_children), 0);
    count_states(bench, counts);
    assert_int_equal(counts[RUN_DONE], 4);
}

/* Begins the run of trial INDEX in the name of this process, as if it trained it. */
static void train_elsewhere(struct bench *bench, size_t index, struct run_begun *begun)
{
    struct store *store;
    struct environment environment;
    environment_collect(&environment, "", "", 1);
    struct run_request request = {.key = bench->batch.trials[index].key,
                                  .name = "elsewhere",
                                  .config = "",
                                  .canonical = "",
                                  .data_digest = "",
                                  .engine = "",
                                  .plugins = "",
                                  .environment = &environment};
    assert_int_equal(store_open(&store, bench->scene.store, STORE_WRITE, &bench->scene.error), 0);
    assert_int_equal(store_run_begin(store, &request, begun, &bench->scene.error), 0);
    assert_int_equal(begun->outcome, BEGIN_STARTED);
    store_close(store);
    environment_release(&environment);
}

/* Trains trial INDEX in another process for about as long as a batch takes to come to it, and ends
 * it as STATE; RUN_RUNNING: without a word. Returns when it has begun. */
static void end_elsewhere(struct bench *bench, size_t index, enum run_state end)
{
    int begun[2];
    char byte;
    assert_int_equal(pipe(begun), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child != 0) {
        close(begun[1]);
        assert_int_equal(read(begun[0], &byte, 1), 1);
        close(begun[0]);
        return; /* the batch reaps it */
    }
    struct run_begun run;
    struct store *store;
    train_elsewhere(bench, index, &run);
    if (write(begun[1], "", 1) != 1)
        _exit(1);
    usleep(700000);
    if (store_open(&store, bench->scene.store, STORE_WRITE, &bench->scene.error))
        _exit(1);
    struct run_writer *writer = run_writer_new(store, &run);
    struct run_result result = {.progress = {.step = 6}};
    if (end == RUN_DONE)
        run_finish(writer, &result, &bench->scene.error);
    else if (end != RUN_RUNNING)
        run_stop(writer, end, "because", &result.progress, &bench->scene.error);
    run_writer_free(writer);
    store_close(store);
    _exit(0);
}

static void state_of(struct bench *bench, size_t index, struct run *run)
{
    struct store *store = scene_look(&bench->scene);
    bool found;
    assert_int_equal(
        store_run_by_key(store, bench->batch.trials[index].key, run, &found, &bench->scene.error),
        0);
    assert_true(found);
    store_close(store);
}

/* The batch ends when the other process has done its trial: it was known to train it, or the worker
 * found out. */
static void test_done_elsewhere(void **state)
{
    struct bench *bench = *state;
    struct run run;
    for (int is_known = 0; is_known <= 1; is_known++) {
        const char *text = is_known ? "base: base.yaml\nseeds: [8, 9]\nvariants: {a: {}}\n" : cells;
        bench_plan(bench, text, false);
        end_elsewhere(bench, 1, RUN_DONE);
        if (is_known)
            bench_plan(bench, text, false);
        assert_int_equal(bench->batch.trials[1].fate, is_known ? TRIAL_ELSEWHERE : TRIAL_MISSING);
        if (run_batch(bench))
            fail_msg("%s", bench->scene.error.text);
        assert_int_equal(bench->batch.trials[1].end, TRIAL_DONE);
        assert_true(bench->batch.reports[1].outcome.was_done);
        assert_int_equal(bench->batch.trials[1].is_started, !is_known);
        assert_int_equal(bench->batch.tally.done, bench->batch.count);
        assert_int_equal(bench->batch.tally.elsewhere, 0);
        state_of(bench, 1, &run);
        assert_int_equal(run.attempts, 1);
        assert_string_equal(run.name, "elsewhere");
        run_release(&run);
    }
}

/* What failed or diverged elsewhere counts, and is not trained again. */
static void test_failed_elsewhere(void **state)
{
    struct bench *bench = *state;
    struct run run;
    bench_plan(bench, cells, false);
    end_elsewhere(bench, 1, RUN_FAILED);
    end_elsewhere(bench, 2, RUN_DIVERGED);
    assert_int_equal(run_batch(bench), -1);
    assert_failed(bench, ERROR_FAILED, "2 of 4 trials failed");
    assert_int_equal(bench->batch.trials[1].end, TRIAL_FAILED);
    assert_int_equal(bench->batch.trials[2].end, TRIAL_DIVERGED);
    for (size_t i = 1; i <= 2; i++) {
        assert_string_equal(bench->batch.trials[i].reason, "because");
        state_of(bench, i, &run);
        assert_int_equal(run.attempts, 1);
        run_release(&run);
    }
}

/* What others leave behind, on purpose or not, is trained here. */
static void test_left_elsewhere(void **state)
{
    struct bench *bench = *state;
    struct run run;
    bench_plan(bench, cells, false);
    end_elsewhere(bench, 1, RUN_INTERRUPTED);
    end_elsewhere(bench, 2, RUN_RUNNING);
    if (run_batch(bench))
        fail_msg("%s", bench->scene.error.text);
    assert_int_equal(bench->batch.tally.done, 4);
    for (size_t i = 1; i <= 2; i++) {
        state_of(bench, i, &run);
        assert_int_equal(run.state, RUN_DONE);
        assert_int_equal(run.attempts, 2);
        run_release(&run);
    }
}

/* Failed after the plan was made and before a worker came to it: begun by none. */
static void test_failed_since_the_plan(void **state)
{
    struct bench *bench = *state;
    struct store *store;
    struct run_begun begun;
    struct run run;
    bench_plan(bench, cells, false);
    train_elsewhere(bench, 1, &begun);
    assert_int_equal(store_open(&store, bench->scene.store, STORE_WRITE, &bench->scene.error), 0);
    assert_int_equal(store_run_stop(store, begun.id, begun.attempt, RUN_DIVERGED,
                                    "to infinity\nit printed:\n  | a line", &bench->scene.error),
                     0);
    store_close(store);
    assert_int_equal(run_batch(bench), -1);
    assert_failed(bench, ERROR_FAILED, "1 of 4 trials failed");
    assert_int_equal(bench->batch.trials[1].end, TRIAL_DIVERGED);
    assert_string_equal(bench->batch.trials[1].reason, "to infinity\nit printed:\n  | a line");
    state_of(bench, 1, &run);
    assert_int_equal(run.attempts, 1);
    run_release(&run);
}

/* Nor is what another process comes to a new run of a forced batch. */
static void test_force_beside_a_running_run(void **state)
{
    struct bench *bench = *state;
    int64_t counts[RUN_STATES];
    bench->options.force = true;
    bench_plan(bench, cells, false);
    end_elsewhere(bench, 1, RUN_DONE);
    if (run_batch(bench))
        fail_msg("%s", bench->scene.error.text);
    count_states(bench, counts);
    assert_int_equal(counts[RUN_DONE], 5);
}

/* A forced batch leaves a run that failed as it is, too. */
static void test_force_beside_a_failed_run(void **state)
{
    struct bench *bench = *state;
    struct store *store;
    struct run_begun begun;
    int64_t counts[RUN_STATES];
    bench_plan(bench, cells, false);
    train_elsewhere(bench, 1, &begun);
    assert_int_equal(store_open(&store, bench->scene.store, STORE_WRITE, &bench->scene.error), 0);
    assert_int_equal(store_run_stop(store, begun.id, begun.attempt, RUN_INTERRUPTED, "because",
                                    &bench->scene.error),
                     0);
    store_close(store);
    bench->options.force = true;
    bench_plan(bench, cells, false);
    assert_int_equal(run_batch(bench), 0);
    count_states(bench, counts);
    assert_int_equal(counts[RUN_DONE], 4);
    assert_int_equal(counts[RUN_INTERRUPTED], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(test_trains_all),
        BENCH_TEST(test_base_that_changes),
        BENCH_TEST(test_key_that_changes),
        BENCH_TEST(test_trials_that_take_all_memory),
        BENCH_TEST(test_out_of_time),
        BENCH_TEST(test_force),
        BENCH_TEST(test_diverged),
        BENCH_TEST(test_killed_worker),
        BENCH_TEST(test_crash_is_noted_before_others_see_it),
        BENCH_TEST(test_interrupted_worker),
        BENCH_TEST(test_out_of_time_and_deaf),
        BENCH_TEST(test_interrupted_batch),
        BENCH_TEST(test_interrupted_batch_with_a_deaf_worker),
        BENCH_TEST(test_ignored_children),
        BENCH_TEST(test_done_elsewhere),
        BENCH_TEST(test_failed_elsewhere),
        BENCH_TEST(test_left_elsewhere),
        BENCH_TEST(test_failed_since_the_plan),
        BENCH_TEST(test_force_beside_a_running_run),
        BENCH_TEST(test_force_beside_a_failed_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
