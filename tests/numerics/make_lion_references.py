#!/usr/bin/python3
"""Writes tests/numerics/references/lion.txt: steps of Lion by NumPy in float64, straight from the
paper's algorithm 2. Run it from the repository root; test_lion.c compares with it."""

import os

import numpy as np

PATH = os.path.join(os.path.dirname(__file__), "references", "lion.txt")
COUNT, STEPS = 53, 25
CASES = {
    "defaults": (1e-4, 0.9, 0.99, 0.0),
    "decay": (0.01, 0.9, 0.99, 0.3),
    "betas": (0.003, 0.5, 0.25, 0.1),
    "no_memory": (0.02, 0.0, 0.0, 0.0),
}


def lion(weights, gradients, rate, beta1, beta2, decay):
    """The weights after each step, and the mean in the end."""
    mean, path = np.zeros_like(weights), []
    for gradient in gradients:
        interpolated = beta1 * mean + (1 - beta1) * gradient
        # So far from zero that no rounding in float32 turns a sign, unless it is zero.
        assert np.all((interpolated == 0)
                      | (np.abs(interpolated) > 1e-5 * (np.abs(mean) + np.abs(gradient))))
        weights = weights - rate * (np.sign(interpolated) + decay * weights)
        mean = beta2 * mean + (1 - beta2) * gradient
        path.append(weights)
    return np.stack(path), mean


def add(lines, name, values):
    lines.append(" ".join([name, *map(str, values.shape)]))
    texts = [f"{value:.9g}" for value in values.flatten()]
    lines.extend(" ".join(texts[start:start + 8]) for start in range(0, len(texts), 8))


def main():
    random = np.random.default_rng(15)
    weights = random.standard_normal(COUNT).astype(np.float32).astype(np.float64)
    scales = 10.0 ** random.uniform(-2, 2, COUNT)
    gradients = (scales * random.standard_normal((STEPS, COUNT))).astype(np.float32)
    gradients = gradients.astype(np.float64)
    gradients[:, 7] = 0  # a weight that nothing reaches
    gradients[:9, 11] = 0  # and one that is reached late
    lines = ["# Lion: the weights after each step",
             f"# NumPy {np.__version__}, float64; written by make_lion_references.py"]
    add(lines, "start", weights)
    add(lines, "gradients", gradients)
    for name, options in CASES.items():
        path, mean = lion(weights, gradients, *options)
        add(lines, f"{name}/weights", path)
        add(lines, f"{name}/mean", mean)
    with open(PATH, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
