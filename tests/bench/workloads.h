/* What the bench's programs have in common: the networks that they train, on 28 steps of 28 inputs
 * from random images, and the processor's matrix multiply to compare with. */
#ifndef UNROLL_TESTS_BENCH_WORKLOADS_H
#define UNROLL_TESTS_BENCH_WORKLOADS_H

#include "train/trainer.h"

enum { WORKLOADS = 8 };

struct workload {
    const char *name, *model; /* model: as in a config */
    const char *torch;        /* the same for torch_workloads.py */
    int batch;
};
extern const struct workload workloads[WORKLOADS];

/* How a workload is trained. */
struct setting {
    int threads, shards;
};

/* One run of a bench's program: `PROGRAM [ROUNDS [WORKLOAD]]`, WORKLOAD from 1, 0 for all. */
struct bench {
    int rounds;
    int only;
    char folder[32]; /* holds the images */
};

/* Ends the program. */
_Noreturn void bench_fail(const char *text);

/* Reads the arguments, readies the library and writes the images; bench_end deletes them. */
void bench_begin(struct bench *bench, int argc, char **argv);
void bench_end(const struct bench *bench);

/* Whether the arguments name WORKLOAD, counted from 0. */
bool bench_wants(const struct bench *bench, int workload);

/* A number in a column, or blanks for what is none. */
void bench_print(double value, int width, int decimals);

/* A training of one workload. */
struct session {
    struct config config;
    struct data data;
    struct trainer trainer;
};
void session_open(struct session *session, const struct workload *workload, struct setting setting,
                  const char *folder);
void session_close(struct session *session);

/* Does some steps, then says how many take 0.15 s; at least 3. */
int session_warm_up(struct session *session);

/* Seconds per step over STEPS steps. */
double session_train(struct session *session, int steps);

/* Operations of one step, see README.md. */
double session_operations(const struct session *session);

/* GFLOP/s of a 2048³ product on THREADS threads. */
double peak_measure(int threads);

#endif
