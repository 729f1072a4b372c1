#include "compare/distributions.h"

#include <float.h>
#include <math.h>

static const double half_log_of_two_pi = 0.91893853320467274178;

/* What Stirling's formula leaves out of log gamma(x), DLMF 5.11.1:
 *   log gamma(x) = (x - 1/2) log x - x + log(2 pi) / 2 + sum B_2k / (2k (2k-1) x^(2k-1)). */
static double stirling_error(double x)
{
    static const double terms[] = {1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188};
    if (x < 15)
        return lgamma(x) - ((x - 0.5) * log(x) - x + half_log_of_two_pi);
    double sum = 0;
    for (int i = sizeof terms / sizeof terms[0] - 1; i >= 0; i--)
        sum = sum / (x * x) + terms[i];
    return sum / x;
}

/* k log(k / mean) + mean - k, which is small and exact where K is close to MEAN. */
static double deviance(double k, double mean)
{
    double u = (k - mean) / mean;
    if (fabs(u) > 0.5)
        return k * log(k / mean) + mean - k;
    return mean * ((1 + u) * log1p(u) - u);
}

/* x^a y^b / B(a, b) with y = 1 - x. The three gamma functions would lose digits where A and B are
 * large; Stirling's formula takes out what cancels (Loader, "Fast and accurate computation of
 * binomial probabilities", 2000). */
static double beta_front(double a, double b, double x, double y)
{
    double n = a + b;
    double logarithm = stirling_error(n) - stirling_error(a) - stirling_error(b) -
                       deviance(a, n * x) - deviance(b, n * y);
    return sqrt(a / n * b) * exp(logarithm - half_log_of_two_pi);
}

/* The continued fraction of the incomplete beta function, DLMF 8.17.22:
 *   I_x(a, b) = x^a (1-x)^b / (a B(a, b)) * 1/(1 + d_1/(1 + d_2/(1 + ...)))
 *   d_2m   =  m (b-m) x / ((a+2m-1) (a+2m))
 *   d_2m+1 = -(a+m) (a+b+m) x / ((a+2m) (a+2m+1))
 * evaluated from the front by Lentz's method as modified by Thompson and Barnett, "Coulomb and
 * Bessel functions of complex arguments and order", J. Comput. Phys. 64, 1986. */
static double beta_fraction(double a, double b, double x)
{
    enum { TERMS = 10000 };
    const double tiny = 1e-300; /* stands in for a zero, which would be divided by */
    double value = 1, upper = 1, lower = 0;
    for (int term = 1; term <= TERMS; term++) {
        double m = term / 2;
        double d = term % 2 == 0 ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
                                 : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        lower = 1 + d * lower;
        lower = 1 / (fabs(lower) < tiny ? tiny : lower);
        upper = 1 + d / upper;
        upper = fabs(upper) < tiny ? tiny : upper;
        value *= upper * lower;
        if (fabs(upper * lower - 1) < DBL_EPSILON)
            break;
    }
    return 1 / value;
}

/* I_x(a, b) where Y is 1 - x, both with all their digits. */
static double beta_of(double a, double b, double x, double y)
{
    if (x <= 0 || y <= 0)
        return x <= 0 ? 0 : 1;
    double front = beta_front(a, b, x, y);
    /* The fraction converges fast below this point; above it, I_x(a, b) = 1 - I_(1-x)(b, a). */
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, y) / b;
}

double distribution_beta(double a, double b, double x)
{
    return beta_of(a, b, x, 1 - x);
}

/* Abramowitz and Stegun 26.7.1: P(|T| >= |t|) = I_x(v/2, 1/2), x = v / (v + t^2). */
double distribution_t_two_sided(double t, double degrees)
{
    t = fabs(t);
    double ratio = t > 1 ? degrees / (t * t) : t * t / degrees;
    double large = 1 / (1 + ratio), small = ratio / (1 + ratio);
    return t > 1 ? beta_of(degrees / 2, 0.5, small, large)
                 : beta_of(degrees / 2, 0.5, large, small);
}

double distribution_t_probability(double t, double degrees)
{
    double tail = distribution_t_two_sided(t, degrees) / 2;
    return t < 0 ? tail : 1 - tail;
}

/* gamma((v+1)/2) / (sqrt(v pi) gamma(v/2)) (1 + t^2/v)^(-(v+1)/2) with v = 2 half, by Stirling's
 * formula as above. */
static double t_density(double t, double degrees)
{
    double half = degrees / 2;
    double logarithm = half * log1p(0.5 / half) - 0.5 + stirling_error(half + 0.5) -
                       stirling_error(half) - (half + 0.5) * log1p(t * t / degrees);
    return exp(logarithm - half_log_of_two_pi);
}

double distribution_t_quantile(double probability, double degrees)
{
    if (!(probability > 0 && probability < 1 && degrees > 0))
        return NAN;
    double tail = fmin(probability, 1 - probability), t = 0;
    /* Newton's method. The tail falls and curves upward from zero on, so that every step but for
     * rounding stays before the quantile, and the first that does not move on is behind it. */
    for (;;) {
        double step = (distribution_t_two_sided(t, degrees) / 2 - tail) / t_density(t, degrees);
        if (!(t + step > t && t + step < DBL_MAX))
            return probability < 0.5 ? -t : t;
        t += step;
    }
}

/* What is integrated for the non-central t distribution: the density of S, which is the root of a
 * chi-squared variable over its degrees of freedom, times the probability that a normal variable
 * is above T * S - SHIFT. */
struct noncentral {
    double t, degrees, shift;
    double log_front; /* of the density of S */
};

static double noncentral_at(const struct noncentral *of, double s)
{
    double half = of->degrees / 2;
    if (s <= 0)
        return 0;
    double density = exp(of->log_front + half * (1 - s * s + 2 * log(s)) - log(s));
    return density * distribution_normal_above(of->t * s - of->shift);
}

/* From LOW to HIGH by the double exponential formula (Takahasi and Mori, "Double exponential
 * formulas for numerical integration", Publ. RIMS Kyoto Univ. 9, 1974). */
static double integrate(const struct noncentral *of, double low, double high)
{
    enum { POINTS = 128 }; /* to either side */
    const double width = 3.2 / POINTS;
    double middle = low + (high - low) / 2, half = (high - low) / 2, sum = 0;
    if (!(half > 0))
        return 0;
    for (int i = -POINTS; i <= POINTS; i++) {
        double u = M_PI / 2 * sinh(i * width);
        double weight = M_PI / 2 * cosh(i * width) / (cosh(u) * cosh(u));
        sum += weight * noncentral_at(of, middle + half * tanh(u));
    }
    return sum * half * width;
}

double distribution_noncentral_t_above(double t, double degrees, double shift)
{
    if (t <= 0)
        return distribution_normal_above(-shift);
    double half = degrees / 2;
    struct noncentral of = {t, degrees, shift,
                            M_LN2 + log(half) / 2 - half_log_of_two_pi - stirling_error(half)};
    /* Beyond these, S and the normal variable never are, to the last digit. The integrand falls
     * from the density to nothing around S = SHIFT / T, perhaps on a far smaller scale than that of
     * the density. */
    const double reach = 12 / sqrt(2 * degrees), bend = 9;
    double low = fmax(0, 1 - reach), high = 1 + reach;
    double bend_begins = fmin(high, fmax(low, (shift - bend) / t));
    double bend_ends = fmin(high, (shift + bend) / t);
    return integrate(&of, low, bend_begins) + integrate(&of, bend_begins, bend_ends);
}

double distribution_normal_above(double z)
{
    return erfc(z * M_SQRT1_2) / 2;
}

/* NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.6.18: sums of binomial probabilities are
 * an incomplete beta function, P(X <= k) = I_(1-p)(n - k, k + 1). */
double distribution_coin(size_t heads, size_t count)
{
    if (heads >= count)
        return 1;
    return distribution_beta((double)(count - heads), (double)heads + 1, 0.5);
}
