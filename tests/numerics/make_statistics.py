#!/usr/bin/python3
"""Writes tests/numerics/references/statistics.txt: what SciPy and statsmodels compute for many sets
of figures; test_statistics_references.c compares with it. Run it from the repository root with
Debian's python3-scipy and python3-statsmodels.

The file has the form of the others (make_references.py). Where rounding in SciPy's own sums would
show, means and variances are taken from exact fractions, and SciPy gives the probabilities.
Accuracies are counts over 10,000: their tests are computed of the whole numbers, of which equal
differences are equal.
"""

import math
import os
from fractions import Fraction

import numpy
import scipy
import statsmodels
from scipy import integrate, special, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower, TTestPower

PATH = os.path.join(os.path.dirname(__file__), "references", "statistics.txt")
lines = ["# Statistics: summaries, tests, corrections, sample sizes",
         f"# SciPy {scipy.__version__}, statsmodels {statsmodels.__version__}, NumPy "
         f"{numpy.__version__}; written by make_statistics.py"]
random = numpy.random.default_rng(20)


def add(name, values, shape=None):
    values = [float(value) for value in numpy.ravel(values)]
    assert all(math.isfinite(value) for value in values), name
    lines.append(f"{name} {shape or len(values)}")
    for start in range(0, len(values), 8):
        lines.append(" ".join(f"{value:.17g}" for value in values[start:start + 8]))


def add_table(name, rows):
    add(name, rows, f"{len(rows)} {len(rows[0])}")


def quantile(probability, degrees):
    """SciPy's own has ten digits: polished with its probabilities and density."""
    if probability == 0.5:
        return 0.0
    t = stats.t.ppf(probability, degrees)
    for _ in range(3):
        if probability < 0.5:
            t -= (stats.t.cdf(t, degrees) - probability) / stats.t.pdf(t, degrees)
        else:
            t += (stats.t.sf(t, degrees) - (1 - probability)) / stats.t.pdf(t, degrees)
    return t


def root(value):
    """Of a fraction, to all digits, however small or large it is."""
    shift = 2 * ((value.denominator.bit_length() - value.numerator.bit_length()) // 2 + 60)
    scaled = value * Fraction(2) ** shift
    return float(Fraction(math.isqrt(math.floor(scaled * 4 ** 60)), 2 ** 60)
                 / Fraction(2) ** (shift // 2))


def moments(values):
    """Mean and variance as exact fractions of the doubles."""
    values = [Fraction(value) for value in values]
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1)
    return mean, variance


def close(found, expected, tolerance=1e-9):
    assert numpy.allclose(found, expected, rtol=tolerance, atol=0), (found, expected)


# Summaries

def add_summary(name, values, well_conditioned=True):
    values = [float(value) for value in values]
    mean, variance = moments(values)
    ordered = sorted(values)
    n = len(values)
    median = (Fraction(ordered[(n - 1) // 2]) + Fraction(ordered[n // 2])) / 2
    figures = [n, mean, ordered[0], median, ordered[-1]]
    if n > 1:
        deviation = root(variance) if variance else 0.0
        half = quantile(0.975, n - 1) * deviation / math.sqrt(n)
        if well_conditioned and variance:
            close([float(mean), deviation], [numpy.mean(values), numpy.std(values, ddof=1)])
            low, high = stats.t.interval(0.95, n - 1, numpy.mean(values), stats.sem(values))
            close(half, (high - low) / 2)
        figures += [deviation, half]
    add(f"summary_{name}/values", values)
    add(f"summary_{name}/figures", figures)


def write_summaries():
    for n in (1, 2, 3, 5, 10, 30, 101, 700):
        add_summary(f"normal_{n}", random.normal(size=n))
        add_summary(f"accuracies_{n}", random.integers(9700, 9900, n) / 10000)
    add_summary("tenths", [0.1, 0.1, 0.1], False)
    add_summary("constant", [0.9876] * 7, False)
    add_summary("zeros", [0.0] * 4)
    add_summary("offset", [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16], False)
    add_summary("far_offset", [1e15 + 1, 1e15 + 2, 1e15 + 4], False)
    up = numpy.nextafter
    add_summary("last_bits", [0.1, 0.1, up(0.1, 1), up(up(0.1, 1), 1), up(0.1, 0)], False)
    add_summary("huge", random.normal(size=6) * 1e300, False)
    add_summary("largest", [1.7e308, 1.6e308, 1.5e308, 1.75e308], False)
    add_summary("tiny", random.normal(size=6) * 1e-300, False)
    add_summary("mixed", [1e-5, 1, 1e10, -1e10, 3], False)
    add_summary("mirrored", [-3, -1, 1, 3])


# Two samples of pairs

def sign_flips(differences):
    """Exact p of the mean, from the distribution of the sums of whole numbers."""
    differences = [int(value) for value in differences]
    ways = {0: 1}
    for value in differences:
        following = {}
        for total, count in ways.items():
            for signed in (total + value, total - value):
                following[signed] = following.get(signed, 0) + count
        ways = following
    least = abs(sum(differences))
    reached = sum(count for total, count in ways.items() if abs(total) >= least)
    return Fraction(reached, 2 ** len(differences))


def permutation_p(differences):
    """SciPy's p of the mean: all signs for up to 12 pairs. It takes sums that are closer than some
    1e-14 for equal, so the differences are brought near to one."""
    if numpy.all(differences == 0):
        return 1.0
    differences = numpy.ldexp(differences, -math.frexp(numpy.max(abs(differences)))[1])
    return stats.permutation_test((differences, -differences),
                                  lambda x, y, axis: numpy.mean(x, axis=axis) * 1.0,
                                  permutation_type="samples", vectorized=True,
                                  n_resamples=numpy.inf).pvalue


def wilcoxon(differences):
    """The smaller rank sum and its p: SciPy's own, or without its help from all signs of the mean
    ranks, of which twice the value is whole."""
    differences = differences[differences != 0]
    n = len(differences)
    if n == 0:
        return 0, 1.0
    ranks = stats.rankdata(abs(differences))
    positive = ranks[differences > 0].sum()
    smaller = min(positive, ranks.sum() - positive)
    if n > 256:
        p = stats.wilcoxon(differences, correction=True, mode="approx").pvalue
    else:
        p = float(sign_flips(2 * ranks * numpy.sign(differences)))
        if n <= 50 and len(set(ranks)) == n:
            close(p, stats.wilcoxon(differences, mode="exact").pvalue)
        if 2 <= n <= 12:
            signed = ranks * numpy.sign(differences)
            close(p, permutation_p(signed))
    return smaller, p


def add_paired(name, a, b, differences=None, scale=1, well_conditioned=True):
    """DIFFERENCES: SCALE times those of A and B, exactly, where those of the doubles are not."""
    a, b = [numpy.array(x, dtype=float) for x in (a, b)]
    exact = [Fraction(int(value), scale) for value in differences] if scale > 1 else \
            [Fraction(x) - Fraction(y) for x, y in zip(a, b)]
    differences = numpy.array([float(value * scale) for value in exact])
    n = len(a)
    mean, variance = moments(exact)
    add(f"paired_{name}/a", a)
    add(f"paired_{name}/b", b)
    add(f"paired_{name}/wilcoxon", wilcoxon(differences))
    whole = numpy.all(differences == numpy.round(differences)) and numpy.max(
        abs(differences)) < 1e6
    if n <= 12:
        p = permutation_p(differences)
        if whole:
            close(p, float(sign_flips(differences)))
        add(f"paired_{name}/permutation", [p])
    elif whole:
        add(f"paired_{name}/permutation", [sign_flips(differences)])
    if variance == 0:
        return
    deviation = root(variance)
    t = float(mean) / (deviation / math.sqrt(n))
    p = 2 * stats.t.sf(abs(t), n - 1)
    if well_conditioned and t != 0:
        close([t, p], stats.ttest_rel(a, b), 1e-8)
    half = quantile(0.975, n - 1) * deviation / math.sqrt(n)
    add(f"paired_{name}/t", [mean, float(mean) - half, float(mean) + half, t, n - 1, p,
                             float(mean) / deviation])


def add_paired_accuracies(name, a, b):
    a, b = numpy.array(a), numpy.array(b)
    add_paired(name, a / 10000, b / 10000, a - b, 10000)


def write_paired():
    for n in (2, 3, 5, 10, 30):
        for shift in (0, 0.3, 2):
            a = random.normal(size=n)
            add_paired(f"normal_{n}_{shift}", a + shift, a * 0.5 + random.normal(size=n))
            whole = random.integers(9700, 9900, n)
            add_paired_accuracies(f"accuracies_{n}_{shift}",
                                  whole + random.integers(-9, 10, n) + round(9 * shift), whole)
    whole = numpy.array([9812, 9702, 9803, 9751, 9760])
    add_paired_accuracies("ties", whole + [10, 10, -10, 10, 10], whole)
    add_paired_accuracies("ties_twelve", [9800 + i % 4 for i in range(12)],
                          [9801 - (i * i) % 3 for i in range(12)])
    add_paired_accuracies("some_zeros", whole + [0, 10, 0, -3, 7], whole)
    add_paired_accuracies("one_of_five", whole + [0, 0, 8, 0, 0], whole)
    add_paired_accuracies("no_difference", whole, whole)
    add_paired_accuracies("same_difference", whole + 10, whole)
    add_paired_accuracies("same_difference_of_two", whole[:2] - 4, whole[:2])
    add_paired_accuracies("opposite", whole[:4] + [5, -5, 5, -5], whole[:4])
    add_paired_accuracies("all_one_way", random.integers(9800, 9850, 8),
                          random.integers(9700, 9790, 8))
    add_paired_accuracies("thirty_six", random.integers(9700, 9850, 36),
                          random.integers(9690, 9840, 36))
    add_paired_accuracies("sixty", random.integers(9700, 9850, 60),
                          random.integers(9680, 9830, 60))
    add_paired_accuracies("sixty_alike", random.integers(9700, 9850, 60),
                          random.integers(9700, 9850, 60))
    add_paired_accuracies("many_ranks", random.integers(9700, 9850, 200),
                          random.integers(9690, 9840, 200))
    add_paired_accuracies("normal_ranks", random.integers(9700, 9850, 300),
                          random.integers(9690, 9840, 300))
    a = random.normal(size=6)
    add_paired("huge", a * 1e300, random.normal(size=6) * 1e300, well_conditioned=False)
    add_paired("tiny", a * 1e-300, random.normal(size=6) * 1e-300, well_conditioned=False)
    add_paired("offset", [1e9 + 4, 1e9 + 7, 1e9 + 13], [1e9 + 1, 1e9 + 9, 1e9 + 5],
               well_conditioned=False)
    add_paired("far_apart", 1e6 + random.normal(size=8), random.normal(size=8),
               well_conditioned=False)
    add_paired("one_far_away", [1e20, 1.5, 2.75, 3.5, 9], [3, 1, 2, 4, 7],
               well_conditioned=False)


# Two samples that do not pair

def add_welch(name, a, b, well_conditioned=True):
    a, b = [[float(value) for value in x] for x in (a, b)]
    n, n_b = len(a), len(b)
    (mean_a, variance_a), (mean_b, variance_b) = moments(a), moments(b)
    square_a, square_b = variance_a / n, variance_b / n_b
    square = square_a + square_b
    degrees = float(square ** 2 / (square_a ** 2 / (n - 1) + square_b ** 2 / (n_b - 1)))
    error = root(square)
    difference = float(mean_a - mean_b)
    t = difference / error
    p = 2 * stats.t.sf(abs(t), degrees)
    if well_conditioned:
        close([t, p], stats.ttest_ind(a, b, equal_var=False), 1e-8)
    half = quantile(0.975, degrees) * error
    m = n + n_b - 2
    pooled = root(((n - 1) * variance_a + (n_b - 1) * variance_b) / m)
    correction = math.exp(special.gammaln(m / 2) - special.gammaln((m - 1) / 2)) / math.sqrt(m / 2)
    add(f"welch_{name}/a", a)
    add(f"welch_{name}/b", b)
    add(f"welch_{name}/welch", [difference, difference - half, difference + half, t, degrees, p,
                                difference / pooled * correction])


def write_welch():
    for n, n_b in ((2, 2), (2, 5), (3, 3), (3, 10), (5, 5), (10, 4), (10, 30), (30, 30)):
        for shift in (0, 0.5, 3):
            add_welch(f"normal_{n}_{n_b}_{shift}", random.normal(size=n) + shift,
                      random.normal(size=n_b) * 3)
        add_welch(f"accuracies_{n}_{n_b}", random.integers(9700, 9900, n) / 10000,
                  random.integers(9750, 9850, n_b) / 10000)
    add_welch("one_constant", [0.5, 0.5, 0.5], [0.4, 0.45, 0.52, 0.47])
    add_welch("same_means", [1, 2, 3], [0, 2, 4, 2])
    add_welch("far", [0.991, 0.9912, 0.9911, 0.9913], [0.1, 0.1001, 0.0999])
    add_welch("huge", random.normal(size=5) * 1e300, random.normal(size=4) * 1e299, False)
    add_welch("tiny", random.normal(size=5) * 1e-300, random.normal(size=4) * 1e-299, False)
    add_welch("offset", [1e9 + 4, 1e9 + 7, 1e9 + 13], [1e9 + 1, 1e9 + 9, 1e9 + 5, 1e9 + 2], False)


# McNemar

def write_mcnemar():
    normal = stats.norm.ppf(0.975)
    for both, only_a, only_b, neither in ((90, 5, 3, 2), (0, 1, 0, 0), (10, 0, 0, 1), (9, 0, 6, 0),
                                          (9700, 120, 80, 100), (9600, 101, 99, 200),
                                          (9500, 300, 100, 100), (50, 7, 7, 36),
                                          (55000, 2600, 2400, 0), (0, 3, 12, 0),
                                          (100000, 20, 26, 5)):
        count = both + only_a + only_b + neither
        alone = only_a + only_b
        p = stats.binomtest(only_a, alone, 0.5).pvalue if alone else 1.0
        half = normal * math.sqrt(Fraction(alone) - Fraction((only_a - only_b) ** 2, count)) / count
        difference = Fraction(only_a - only_b, count)
        name = f"mcnemar_{both}_{only_a}_{only_b}_{neither}"
        add(f"{name}/counts", [both, only_a, only_b, neither])
        add(f"{name}/mcnemar", [difference, float(difference) - half, float(difference) + half, p])


def write_holm():
    cases = {"four": [0.01, 0.04, 0.03, 0.005], "ties": [0.02, 0.02, 0.02, 0.5, 0.5],
             "large": [0.9, 0.8, 0.7], "one": [0.03], "zero": [0, 1, 0.2, 0],
             "many": random.uniform(size=435) ** 4, "bare": [0.011, 0.02, 0.022, 0.4, 0.041]}
    for name, p in cases.items():
        add(f"holm_{name}/p", p)
        add(f"holm_{name}/adjusted", multipletests(p, method="holm")[1])


# How many seeds

def above(t, degrees, shift):
    """P(T > t) of the non-central t distribution by quadrature: SciPy's own loses its tails."""
    def inner(s):
        density = math.exp(math.log(2) + degrees / 2 * math.log(degrees / 2)
                           - special.gammaln(degrees / 2) + (degrees - 1) * math.log(s)
                           - degrees * s * s / 2)
        return density * special.ndtr(shift - t * s)
    spread = 12 / math.sqrt(2 * degrees)
    low, high = max(1e-300, 1 - spread), 1 + spread
    points = sorted({low, high, *[min(high, max(low, (shift + z) / t)) for z in
                                  (-9, -5, -2, 0, 2, 5, 9)]})
    return sum(integrate.quad(inner, start, end, epsabs=1e-15, epsrel=1e-13, limit=500)[0]
               for start, end in zip(points, points[1:]))


def power_of(effect, n, alpha, samples):
    degrees = samples * (n - 1)
    shift = effect * math.sqrt(n / samples)
    critical = stats.t.isf(alpha / 2, degrees)
    value = stats.nct.sf(critical, degrees, shift) + stats.nct.cdf(-critical, degrees, shift)
    if not 0 <= value <= 1:  # where SciPy's fails
        value = above(critical, degrees, shift) + above(critical, degrees, -shift)
    return value


def seeds_of(effect, alpha, samples):
    n = 2
    while power_of(effect, n, alpha, samples) < 0.8:
        n *= 2
    few, n = n // 2, n
    while n - few > 1 and n > 2:
        middle = (few + n) // 2
        if power_of(effect, middle, alpha, samples) < 0.8:
            few = middle
        else:
            n = middle
    if 2 < n < 500 and effect < 3:
        reference = TTestPower() if samples == 1 else TTestIndPower()
        count = reference.solve_power(effect, alpha=alpha, power=0.8, alternative="two-sided")
        if isinstance(count, float) and count > 2:
            assert math.ceil(count) == n, (effect, alpha, count, n)
    return n


def write_seeds():
    for samples, name in ((1, "paired"), (2, "welch")):
        rows = []
        for effect in (0.03, 0.05, 0.1, 0.2, 0.35, 0.5, 0.8, 1, 1.3, 2, 3.1, 4, 7, 12, 30, 80):
            rows += [(effect, alpha, seeds_of(effect, alpha, samples))
                     for alpha in (0.05, 0.01, 0.05 / 45) if alpha > 0.04 or effect < 30]
        rows = [row for row in rows if row[2] <= 10000]
        add_table(f"seeds/{name}", rows)


# Distributions

def write_distributions():
    add_table("distribution/t_quantile",
              [(p, degrees, quantile(p, degrees)) for degrees in (1, 1.5, 2, 3, 4.7, 9, 29, 100,
                                                                  1000, 20000)
               for p in (0.5, 0.6, 0.9, 0.975, 0.995, 0.9999, 0.025, 1e-4, 1e-7)])
    add_table("distribution/t_two_sided",
              [(t, degrees, 2 * stats.t.sf(t, degrees)) for degrees in (1, 1.5, 2, 4.7, 9, 29, 1000)
               for t in (1e-9, 1e-3, 0.3, 1, 1.5, 2, 4, 9, 30, 200)])
    add_table("distribution/t_probability",
              [(t, degrees, stats.t.cdf(t, degrees)) for degrees in (1, 2.5, 4, 30, 10000)
               for t in (-30, -3, -1, -0.2, 0, 0.5, 2, 7)])
    add_table("distribution/beta",
              [(a, b, x, special.betainc(a, b, x)) for a in (0.5, 1, 2, 15, 40, 1000)
               for b in (0.5, 1, 7.5, 60, 2000) for x in (0, 1e-3, 0.1, 0.35, 0.5, 0.9, 1)
               if special.betainc(a, b, x) > 1e-290])
    add_table("distribution/noncentral",
              [(t, degrees, shift, above(t, degrees, shift)) for degrees in (1, 2, 4, 19, 200, 9998)
               for t in (0.1, 1, 2.2, 12.7, 300) for shift in (-2, 0, 0.5, 2.8, 11, 60)])
    add_table("distribution/coin",
              [(heads, count, stats.binom.cdf(heads, count, 0.5)) for heads, count in
               ((0, 1), (1, 1), (0, 5), (2, 5), (3, 5), (0, 60), (9, 40), (80, 200), (990, 2000),
                (4900, 10000), (30100, 60000))])


def main():
    write_summaries()
    write_paired()
    write_welch()
    write_mcnemar()
    write_holm()
    write_seeds()
    write_distributions()
    with open(PATH, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
