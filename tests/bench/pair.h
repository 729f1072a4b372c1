/* Two processes that train the same workload, one thread each, as `batch -j 2` has them: one of
 * them alone, or both at once. */
#ifndef UNROLL_TESTS_BENCH_PAIR_H
#define UNROLL_TESTS_BENCH_PAIR_H

#include <sys/types.h>

struct pair {
    struct partner {
        pid_t pid;
        int to, from; /* pipes: orders, answers */
    } partners[2];
    struct pair_shared *shared;
};

/* Forks, so before the program has threads. FOLDER holds the images and must outlive the pair. */
void pair_start(struct pair *pair, const char *folder);
void pair_stop(struct pair *pair);

/* Both get ready for a workload, by its number from 0; waits until they are. */
void pair_open(const struct pair *pair, int workload);

/* Steps per second of partner 0 or 1 while the other sleeps, over STEPS steps. */
double pair_train_one(const struct pair *pair, int partner, int steps);

/* Steps per second of both together. They start at once; who has done its STEPS first goes on,
 * unmeasured, until the other has, so that neither is ever alone. */
double pair_train_both(const struct pair *pair, int steps);

#endif
