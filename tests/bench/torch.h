/* The same workloads in PyTorch, in a process of its own that trains when it is told to. */
#ifndef UNROLL_TESTS_BENCH_TORCH_H
#define UNROLL_TESTS_BENCH_TORCH_H

#include <stdio.h>
#include <sys/types.h>

struct torch {
    pid_t pid; /* 0: not there */
    FILE *in, *out;
    char version[64];
};

/* Starts PROGRAM on tests/bench/torch_workloads.py. A missing Python or PyTorch leaves pid 0. */
void torch_start(struct torch *torch, const char *program);
void torch_stop(struct torch *torch);

/* Seconds per step of STEPS steps of the workload "CELL UNITS LAYERS DROPOUT BIDIRECTIONAL" with
 * BATCH on THREADS threads; NAN when PyTorch is not there or failed. */
double torch_train(struct torch *torch, const char *workload, int batch, int threads, int steps);

#endif
