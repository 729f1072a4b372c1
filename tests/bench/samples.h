/* One figure for each round. */
#ifndef UNROLL_TESTS_BENCH_SAMPLES_H
#define UNROLL_TESTS_BENCH_SAMPLES_H

enum { ROUNDS_LIMIT = 1000 };

struct samples {
    double values[ROUNDS_LIMIT];
    int count;
};

/* What is not a finite number holds the round's place and counts for nothing. */
void samples_add(struct samples *samples, double value);

/* NaN where there are none. */
double samples_median(const struct samples *samples);

/* The median over the rounds of a / b. */
double samples_median_ratio(const struct samples *a, const struct samples *b);

#endif
