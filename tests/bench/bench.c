/* How fast training is: whole steps (gather, forward, loss, backward, clip, update) of eight
 * networks on 28 steps of 28 inputs, on one and on two threads and in two processes at once, beside
 * the processor's matrix multiply and, where it is installed, beside PyTorch. Measures in turns, so
 * that a machine whose speed drifts treats all alike, and quotes medians. tests/bench/README.md
 * explains the columns.
 *
 *     bench [ROUNDS [WORKLOAD]]      WORKLOAD: a number from 1, 0 for all
 *
 * PYTHON names the Python that has PyTorch (python3; "none" leaves the column empty). */
#include "base/memory.h"
#include "base/text.h"
#include "bench/pair.h"
#include "bench/samples.h"
#include "bench/torch.h"
#include "bench/workloads.h"
#include "math/isa.h"
#include "math/matrix.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The ways in which a workload is trained; the second says what fixed shards cost. */
static const struct setting settings[] = {{1, 1}, {1, 2}, {2, 2}};
enum { ONE, ONE_SHARDED, TWO, SETTINGS };

struct measured {
    struct samples ours[SETTINGS]; /* seconds per step */
    struct samples torch[2];       /* on one and two threads */
    struct samples peak[2];        /* GFLOP/s on one and two threads */
    struct samples alone, both;    /* steps per second of one process and of two */
    double operations;             /* per step */
    double memory;                 /* bytes, one thread */
};

/* What runs beside us. */
struct others {
    struct torch torch;
    struct pair pair;
};

/* What a process that does nothing but train this workload needs at most. */
static double measure_memory(const struct workload *workload, const char *folder)
{
    pid_t child = fork();
    if (child == 0) {
        struct session session;
        session_open(&session, workload, settings[ONE], folder);
        session_train(&session, 3);
        _exit(0);
    }
    int status;
    struct rusage usage;
    if (wait4(child, &status, 0, &usage) != child || status != 0)
        return NAN;
    return (double)usage.ru_maxrss * 1024;
}

/* One alone, both, the other alone: so that a drift of the machine's speed cancels out. */
static void measure_pair(const struct pair *pair, int steps, struct measured *measured)
{
    double before = pair_train_one(pair, 0, steps);
    double both = pair_train_both(pair, steps);
    double after = pair_train_one(pair, 1, steps);
    samples_add(&measured->alone, (before + after) / 2);
    samples_add(&measured->both, both);
}

static void measure(const struct bench *bench, int number, struct others *others,
                    struct measured *measured)
{
    const struct workload *workload = &workloads[number];
    struct session sessions[SETTINGS];
    int steps[SETTINGS];
    pair_open(&others->pair, number);
    for (int i = 0; i < SETTINGS; i++) {
        session_open(&sessions[i], workload, settings[i], bench->folder);
        steps[i] = session_warm_up(&sessions[i]);
    }
    measured->operations = session_operations(&sessions[ONE]);
    for (int round = 0; round < bench->rounds; round++) {
        for (int i = 0; i < 2; i++)
            samples_add(&measured->peak[i], peak_measure(i + 1));
        for (int i = 0; i < SETTINGS; i++)
            samples_add(&measured->ours[i], session_train(&sessions[i], steps[i]));
        measure_pair(&others->pair, steps[ONE], measured);
        for (int i = 0; i < 2; i++)
            samples_add(&measured->torch[i],
                        torch_train(&others->torch, workload->torch, workload->batch, i + 1,
                                    steps[ONE] / 4 + 1));
    }
    for (int i = 0; i < SETTINGS; i++)
        session_close(&sessions[i]);
}

/* Ours against the better of PyTorch's two thread counts. */
static double torch_ratio(const struct measured *measured, int setting)
{
    double one = samples_median_ratio(&measured->torch[0], &measured->ours[setting]);
    double two = samples_median_ratio(&measured->torch[1], &measured->ours[setting]);
    return fmin(one, two);
}

static void print_row(const struct workload *workload, const struct measured *measured)
{
    static const int shown[] = {ONE, TWO};
    for (int i = 0; i < 2; i++) {
        const struct samples *ours = &measured->ours[shown[i]];
        double seconds = samples_median(ours), rate = measured->operations / seconds / 1e9;
        struct samples share = {.count = ours->count};
        for (int j = 0; j < ours->count; j++)
            share.values[j] =
                100 * measured->operations / ours->values[j] / 1e9 / measured->peak[i].values[j];
        printf("%-31s %7d", i ? "" : workload->name, i + 1);
        bench_print(seconds * 1e3, 8, 3);
        bench_print(workload->batch / seconds, 10, 0);
        bench_print(rate, 8, 1);
        bench_print(samples_median(&share), 7, 1);
        bench_print(i ? samples_median_ratio(&measured->ours[ONE], ours) : NAN, 8, 2);
        bench_print(i ? NAN : samples_median_ratio(&measured->ours[ONE_SHARDED], ours), 8, 2);
        bench_print(i ? NAN : samples_median_ratio(&measured->both, &measured->alone), 8, 2);
        bench_print(torch_ratio(measured, shown[i]), 8, 1);
        bench_print(i ? NAN : measured->memory / 1e6, 8, 1);
        printf("\n");
    }
    fflush(stdout);
}

static void print_head(const struct torch *torch, int rounds)
{
    struct text blas = {0};
    matrix_describe(&blas);
    printf("%s; vectors %s; PyTorch %s; %d rounds; medians\n\n", text_get(&blas),
           math_isa_name(math_isa()), torch->pid ? torch->version : "is not there", rounds);
    printf("%-31s %7s %8s %10s %8s %7s %8s %8s %8s %8s %8s\n", "workload", "threads", "ms/step",
           "examples/s", "GFLOP/s", "% peak", "speed-up", "shards", "pair", "x torch", "MB");
    fflush(stdout);
    text_release(&blas);
}

int main(int argc, char **argv)
{
    struct bench bench;
    struct others others;
    double memory[WORKLOADS];
    bench_begin(&bench, argc, argv);
    for (int i = 0; i < WORKLOADS; i++) /* first: a child begins with all that its parent has */
        memory[i] = bench_wants(&bench, i) ? measure_memory(&workloads[i], bench.folder) : NAN;
    pair_start(&others.pair, bench.folder);
    const char *python = getenv("PYTHON");
    torch_start(&others.torch, python && *python ? python : "python3");
    print_head(&others.torch, bench.rounds);
    struct measured *measured = memory_new(sizeof *measured);
    for (int i = 0; i < WORKLOADS; i++) {
        if (!bench_wants(&bench, i))
            continue;
        memset(measured, 0, sizeof *measured);
        measured->memory = memory[i];
        measure(&bench, i, &others, measured);
        print_row(&workloads[i], measured);
    }
    memory_free(measured);
    torch_stop(&others.torch);
    pair_stop(&others.pair);
    bench_end(&bench);
    return 0;
}
