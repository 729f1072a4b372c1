#include "bench/pair.h"

#include "bench/workloads.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PARTNERS = 2 };

struct pair_shared {
    pthread_barrier_t start;
    atomic_int finished; /* partners that have done their steps */
};

enum what { OPEN, TRAIN_ALONE, TRAIN_TOGETHER };

struct order {
    enum what what;
    int number; /* of the workload, or of steps */
};

static double train_together(struct pair_shared *shared, struct session *session, int steps)
{
    pthread_barrier_wait(&shared->start);
    double seconds = session_train(session, steps);
    atomic_fetch_add(&shared->finished, 1);
    while (atomic_load(&shared->finished) < PARTNERS)
        session_train(session, 1);
    return seconds;
}

/* A partner's life: answers each order with seconds per step, until there are no more. */
static void serve(struct pair_shared *shared, int in, int out, const char *folder)
{
    struct session session;
    struct order order;
    bool is_open = false;
    while (read(in, &order, sizeof order) == sizeof order) {
        double answer = 0;
        if (order.what == OPEN) {
            if (is_open)
                session_close(&session);
            session_open(&session, &workloads[order.number], (struct setting){1, 1}, folder);
            session_warm_up(&session);
            is_open = true;
        } else if (order.what == TRAIN_ALONE) {
            answer = session_train(&session, order.number);
        } else {
            answer = train_together(shared, &session, order.number);
        }
        if (write(out, &answer, sizeof answer) != sizeof answer)
            break;
    }
}

static void share(struct pair *pair)
{
    pthread_barrierattr_t attributes;
    pair->shared =
        mmap(NULL, sizeof *pair->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pair->shared == MAP_FAILED)
        bench_fail("no shared memory");
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (pthread_barrier_init(&pair->shared->start, &attributes, PARTNERS) != 0)
        bench_fail("no barrier between processes");
    pthread_barrierattr_destroy(&attributes);
}

void pair_start(struct pair *pair, const char *folder)
{
    memset(pair, 0, sizeof *pair);
    share(pair);
    for (int i = 0; i < PARTNERS; i++) {
        int to[2], from[2];
        if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
            bench_fail("no pipes");
        struct partner *partner = &pair->partners[i];
        *partner = (struct partner){.pid = fork(), .to = to[1], .from = from[0]};
        if (partner->pid < 0)
            bench_fail("cannot start a process");
        if (partner->pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL); /* it might wait for the other for ever */
            close(to[1]);
            close(from[0]);
            serve(pair->shared, to[0], from[1], folder);
            _exit(0);
        }
        close(to[0]);
        close(from[1]);
    }
}

void pair_stop(struct pair *pair)
{
    /* The last first, for it has a copy of the pipe to the one before. */
    for (int i = PARTNERS - 1; i >= 0; i--) {
        close(pair->partners[i].to);
        close(pair->partners[i].from);
        waitpid(pair->partners[i].pid, NULL, 0);
    }
    pthread_barrier_destroy(&pair->shared->start);
    munmap(pair->shared, sizeof *pair->shared);
}

static void send_order(const struct pair *pair, int partner, enum what what, int number)
{
    struct order order = {.what = what, .number = number};
    if (write(pair->partners[partner].to, &order, sizeof order) != sizeof order)
        bench_fail("a partner does not listen");
}

static double receive(const struct pair *pair, int partner)
{
    double answer;
    if (read(pair->partners[partner].from, &answer, sizeof answer) != sizeof answer)
        bench_fail("a partner has ended");
    return answer;
}

void pair_open(const struct pair *pair, int workload)
{
    for (int i = 0; i < PARTNERS; i++) {
        send_order(pair, i, OPEN, workload);
        receive(pair, i);
    }
}

double pair_train_one(const struct pair *pair, int partner, int steps)
{
    send_order(pair, partner, TRAIN_ALONE, steps);
    return 1 / receive(pair, partner);
}

double pair_train_both(const struct pair *pair, int steps)
{
    double rate = 0;
    atomic_store(&pair->shared->finished, 0);
    for (int i = 0; i < PARTNERS; i++)
        send_order(pair, i, TRAIN_TOGETHER, steps);
    for (int i = 0; i < PARTNERS; i++)
        rate += 1 / receive(pair, i);
    return rate;
}
