/* Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011), as in Random123. A number depends on what it is for and
 * on nothing else: never on threads or on what was drawn before elsewhere. */
#ifndef UNROLL_MATH_RANDOM_H
#define UNROLL_MATH_RANDOM_H

#include <stdint.h>

/* What numbers are for: streams of different purpose never meet. A value is part of every number
 * drawn for it, so it never changes. */
enum random_purpose {
    RANDOM_INIT = 1, /* lane: tensor number in the model */
    RANDOM_SHUFFLE,  /* step: epoch */
    RANDOM_DROPOUT,  /* step: training step; lane: layer */
    RANDOM_PERMUTE,  /* the fixed order of permuted pixels */
    RANDOM_SPLIT,    /* which examples become validation */
    RANDOM_SWEEP,    /* points of a random search; step: draw; index: key */
    RANDOM_TEST = 7,
    RANDOM_SIGNS, /* of a permutation test; step: draw */
};

/* The four 32-bit words number INDEX of the stream (SEED, PURPOSE, LANE, STEP). Counter words:
 * index low, index high, step, purpose << 24 | lane; key: seed low, seed high. LANE < 2^24. */
void random_block(uint64_t seed, enum random_purpose purpose, uint32_t lane, uint32_t step,
                  uint64_t index, uint32_t block[4]);

/* Words drawn one after the other from one stream. */
struct random_stream {
    uint64_t seed;
    enum random_purpose purpose;
    uint32_t lane, step;
    uint64_t index;    /* of the next block */
    uint32_t block[4]; /* drawn, not yet used */
    int used;          /* words of block that are used up; 4 means none is left */
};

void random_open(struct random_stream *stream, uint64_t seed, enum random_purpose purpose,
                 uint32_t lane, uint32_t step);
uint32_t random_word(struct random_stream *stream);
uint32_t random_below(struct random_stream *stream, uint32_t limit); /* unbiased; limit > 0 */
double random_uniform(struct random_stream *stream);                 /* in [0, 1), 53 bits */
double random_normal(struct random_stream *stream); /* mean 0, deviation 1 (Box–Muller) */

/* Orders ITEMS [count] at random (Fisher–Yates). */
void random_shuffle(struct random_stream *stream, int32_t *items, int64_t count);

/* Writes COUNT floats, uniform in [0, 1) with 24 bits: number FIRST + i of the stream, that is word
 * (FIRST + i) % 4 of block (FIRST + i) / 4, shifted right by 8 bits and scaled by 2^-24. */
void random_fill_uniform(uint64_t seed, enum random_purpose purpose, uint32_t lane, uint32_t step,
                         uint64_t first, int64_t count, float *out);

#endif
