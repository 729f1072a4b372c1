/* What a run's numbers and speed depend on beside its config, and the process that computes it. */
#ifndef UNROLL_STORE_ENVIRONMENT_H
#define UNROLL_STORE_ENVIRONMENT_H

#include <stdbool.h>
#include <stdint.h>

/* Names a process for good: a pid alone comes back, and means nothing on another host. */
struct process_identity {
    char *host;
    char *boot_id;     /* "" where unknown */
    int64_t namespace; /* the pid namespace (containers on one host have several), 0: unknown */
    int64_t pid;
    int64_t start_ticks; /* when it started, clock ticks since boot */
};

void process_identity_collect(struct process_identity *identity);
void process_identity_release(struct process_identity *identity);

enum process_life {
    PROCESS_ALIVE,
    PROCESS_DEAD,
    /* On another host, in another container of this one, or not to be seen from here: /proc is not
     * mounted or hides it, or no file can be opened now. */
    PROCESS_UNKNOWN,
};

/* Whether the process that IDENTITY names still lives, as far as the process HERE can tell. A
 * worker that has ended lives until its batch has taken note of it, for the batch knows how it
 * ended. */
enum process_life process_identity_life(const struct process_identity *identity,
                                        const struct process_identity *here);

struct environment {
    char *compiler; /* "gcc 12.2.0" */
    char *blas;     /* library, version and kernel */
    char *isa;      /* instruction set of the vector code: avx512, avx2, baseline */
    char *cpu;      /* model name, "" where unknown */
    int threads;    /* of the run */
    struct process_identity process;
};

/* Fills ENVIRONMENT with copies of BLAS and ISA (see matrix_describe, math_isa_name) and with what
 * can be found out here and now. The caller releases it. */
void environment_collect(struct environment *environment, const char *blas, const char *isa,
                         int threads);
void environment_release(struct environment *environment);

#endif
