/* Probabilities and quantiles of the distributions that the statistics rest on. Small tails keep
 * their digits: each is computed as itself, not as one less the rest. Some 13 digits are
 * right, 10 with a million degrees of freedom. */
#ifndef UNROLL_COMPARE_DISTRIBUTIONS_H
#define UNROLL_COMPARE_DISTRIBUTIONS_H

#include <stddef.h>

/* Regularised incomplete beta function I_x(a, b) for a, b > 0 and 0 <= x <= 1. */
double distribution_beta(double a, double b, double x);

/* Student's t distribution with DEGREES > 0 degrees of freedom: the probability of a value up to T,
 * of one at least as far from zero as T on either side, and the value with PROBABILITY below it
 * (NaN unless 0 < PROBABILITY < 1). */
double distribution_t_probability(double t, double degrees);
double distribution_t_two_sided(double t, double degrees);
double distribution_t_quantile(double probability, double degrees);

/* The non-central t distribution, that of (Z + SHIFT) / sqrt(X / DEGREES) with Z normal and X
 * chi-squared: the probability of more than T (0 stands for what is below). Some 1e-13 of absolute
 * error. */
double distribution_noncentral_t_above(double t, double degrees, double shift);

/* The standard normal distribution: the probability of more than Z. */
double distribution_normal_above(double z);

/* The probability that a fair coin, tossed COUNT times, falls heads at most HEADS times. */
double distribution_coin(size_t heads, size_t count);

#endif
