/* A store of any size, for timing what reads it: finished runs of one large experiment and of a few
 * small ones, made up but for their keys and configs, which are what training would give them. */
#ifndef UNROLL_TESTS_BENCH_SCALE_STORE_H
#define UNROLL_TESTS_BENCH_SCALE_STORE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum {
    SCALE_VARIANTS = 10,
    SCALE_SMALL_EXPERIMENTS = 5, /* of 2 variants x 5 seeds each */
    SCALE_SMALL_RUNS = 10 * SCALE_SMALL_EXPERIMENTS,
    SCALE_SERIES = 6,
    SCALE_POINTS = 10000,
};

/* How large: RUNS in the experiment `scale` (a multiple of SCALE_VARIANTS), with ROWS metric rows
 * (at least 10 for each run; what does not divide evenly is left out). The small experiments' runs
 * come on top, each with as many rows. */
struct scale {
    int64_t runs, rows;
};

/* What was made. */
struct scale_store {
    char folder[96];     /* holds all of it */
    char experiment[96]; /* file of the large experiment, all of whose trials are done */
    char path[96];       /* the database */
    char grid[96];       /* file of a grid with as many points, and of a random search over three */
    char random[96];     /* keys; SCALE_POINTS at most */
    char sweeps[96];     /* another database, in which all runs of these two are done */
    char run[32];        /* the id of some run */
    int64_t runs, rows;
    double bytes;   /* of the database */
    double seconds; /* that filling it took */
};

/* How many bytes of disk a store of that size will take, somewhat overestimated. */
double scale_bytes(struct scale scale);

/* Makes FOLDER, which must not exist, and fills it. */
int scale_store_make(struct scale_store *store, const char *folder, struct scale scale,
                     struct error *error);

#endif
