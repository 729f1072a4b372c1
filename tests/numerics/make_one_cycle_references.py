#!/usr/bin/python3
"""Writes tests/numerics/references/one_cycle.txt: the factor of the rate at each step, as PyTorch's
OneCycleLR has it without momentum cycling. Run it from the repository root; test_one_cycle.c
compares with it."""

import torch
from torch.optim import lr_scheduler

from make_references import References

CASES = {
    "defaults": (100, {}),
    "linear": (100, {"anneal_strategy": "linear"}),
    "three_phase": (100, {"three_phase": True}),
    "three_phase_linear": (77, {"three_phase": True, "anneal_strategy": "linear",
                                "pct_start": 0.4}),
    "half_and_half": (40, {"three_phase": True, "pct_start": 0.5}),
    "early_peak": (33, {"pct_start": 0.1, "div_factor": 10.0, "final_div_factor": 100.0}),
    "no_way_up": (20, {"pct_start": 0.0}),
    "no_way_down": (20, {"pct_start": 1.0, "anneal_strategy": "linear"}),
    "higher_end": (21, {"pct_start": 0.5, "final_div_factor": 0.5}),
    "from_the_peak": (12, {"div_factor": 1.0, "final_div_factor": 1.0}),
    "two_steps": (2, {}),
    "one_step": (1, {}),
}


def factors_of(steps, options):
    sgd = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    cycle = lr_scheduler.OneCycleLR(sgd, max_lr=1.0, total_steps=steps, cycle_momentum=False,
                                    **options)
    factors = [sgd.param_groups[0]["lr"]]
    for _ in range(steps - 1):
        sgd.step()
        cycle.step()
        factors.append(sgd.param_groups[0]["lr"])
    return torch.tensor(factors, dtype=torch.float64)


def main():
    references = References("one_cycle.txt", "One cycle: the factor of the rate at each step")
    references.lines[1] = references.lines[1].replace("make_references", "make_one_cycle_references")
    for name, (steps, options) in CASES.items():
        references.add(name, factors_of(steps, options), digits=17)
    references.write()


if __name__ == "__main__":
    main()
