#!/usr/bin/python3
"""Writes tests/numerics/references/cells.txt: what PyTorch computes in float64 for the recurrent
layers of plugins/, step by step. Run it from the repository root; test_cell_*.c compare with it.

Sequences that end early keep their state, and what is behind their end has no gradient. NORMS
[steps]: Σ over the examples of ‖∂L/∂h_t‖, each example's last step at the last place.
"""

import torch
from torch.nn import functional as F

from make_references import BATCH, INPUTS, STEPS, UNITS, References, draw, new_weights

MIXED = [5, 3, 1]


def biases(weights):
    """b, or the sum of b_ih and b_hh."""
    if "bias" in weights:
        return weights["bias"]
    return weights["bias_ih"] + weights["bias_hh"]


def mgu_step(w, x, h, c):
    w_f, w_h = F.linear(x, w["weight_ih"], biases(w)).chunk(2, dim=1)
    u_f, u_h = w["weight_hh"].chunk(2, dim=0)
    f = torch.sigmoid(w_f + h @ u_f.t())
    return (1 - f) * h + f * torch.tanh(w_h + (f * h) @ u_h.t()), c


def peephole_step(forget_bias):
    def step(w, x, h, c):
        i, f, g, o = (F.linear(x, w["weight_ih"], biases(w)) +
                      F.linear(h, w["weight_hh"])).chunk(4, dim=1)
        p_i, p_f, p_o = w["peephole"].chunk(3)
        i = torch.sigmoid(i + p_i * c)
        f = torch.sigmoid(f + p_f * c + forget_bias)
        c = f * c + i * torch.tanh(g)
        return torch.sigmoid(o + p_o * c) * torch.tanh(c), c
    return step


def indrnn_step(activation):
    def step(w, x, h, c):
        return activation(F.linear(x, w["weight_ih"], w["bias"]) + w["weight_hh"] * h), c
    return step


def layernorm_step(forget_bias, epsilon):
    def step(w, x, h, c):
        width = (4 * UNITS,)
        z = (F.layer_norm(F.linear(x, w["weight_ih"]), width, w["gain_ih"], eps=epsilon) +
             F.layer_norm(F.linear(h, w["weight_hh"]), width, w["gain_hh"], eps=epsilon))
        i, f, g, o = (z + biases(w)).chunk(4, dim=1)
        c = torch.sigmoid(f + forget_bias) * c + torch.sigmoid(i) * torch.tanh(g)
        normal = F.layer_norm(c, (UNITS,), w["gain_cell"], w["bias_cell"], eps=epsilon)
        return torch.sigmoid(o) * torch.tanh(normal), c
    return step


def shapes(gates, two_biases=False, **more):
    result = {"weight_ih": (gates * UNITS, INPUTS), "weight_hh": (gates * UNITS, UNITS)}
    for name in ("bias_ih", "bias_hh") if two_biases else ("bias",):
        result[name] = (gates * UNITS,)
    result.update(more)
    return result


PEEPHOLE = {"peephole": (3 * UNITS,)}
NORMS = {"gain_ih": (4 * UNITS,), "gain_hh": (4 * UNITS,), "gain_cell": (UNITS,),
         "bias_cell": (UNITS,)}

CELLS = {
    "mgu": (mgu_step, shapes(2)),
    "mgu_two_biases": (mgu_step, shapes(2, True)),
    "peephole_lstm": (peephole_step(0), shapes(4, **PEEPHOLE)),
    "peephole_lstm_two_biases": (peephole_step(1), shapes(4, True, **PEEPHOLE)),
    "indrnn": (indrnn_step(torch.relu), shapes(1, weight_hh=(UNITS,))),
    "indrnn_tanh": (indrnn_step(torch.tanh), shapes(1, weight_hh=(UNITS,))),
    "layernorm_lstm": (layernorm_step(0, 1e-5), shapes(4, **NORMS)),
    "layernorm_lstm_two_biases": (layernorm_step(1, 1e-2), shapes(4, True, **NORMS)),
}


def run(step, weights, x, lengths):
    h = c = torch.zeros(x.shape[1], UNITS, dtype=x.dtype)
    states = []
    for t, x_t in enumerate(x):
        goes_on = (torch.tensor(lengths) > t).unsqueeze(1)
        new_h, new_c = step(weights, x_t, h, c)
        h, c = torch.where(goes_on, new_h, h), torch.where(goes_on, new_c, c)
        h.retain_grad()
        states.append(h)
    return states


def norms_of(states, lengths):
    norms = torch.zeros(len(states), dtype=torch.float64)
    for b, length in enumerate(lengths):
        for t in range(length):
            norms[len(states) - length + t] += states[t].grad[b].norm()
    return norms


def write_cell(references, case, step, weights, lengths):
    x = draw(STEPS, BATCH, INPUTS).requires_grad_()
    states = run(step, weights, x, lengths)
    out = torch.stack(states)
    out_gradient = draw(*out.shape)
    for b, length in enumerate(lengths):
        out_gradient[length:, b] = 0
    (out * out_gradient).sum().backward()
    for name, value in weights.items():
        references.add(f"{case}/{name}", value)
        references.add(f"{case}/{name}:gradient", value.grad)
    references.add(f"{case}/in", x)
    references.add(f"{case}/in:gradient", x.grad)
    references.add(f"{case}/out", out)
    references.add(f"{case}/out:gradient", out_gradient)
    references.add(f"{case}/norms", norms_of(states, lengths))


def main():
    torch.set_num_threads(1)
    references = References("cells.txt", "Cells: out, the gradients of sum(out * out_gradient), "
                            "and the norms of the states' gradients")
    references.lines[1] = references.lines[1].replace("make_references.py", "make_cell_references.py")
    for case, (step, weight_shapes) in CELLS.items():
        for ending, lengths in (("", [STEPS] * BATCH), ("_mixed", MIXED)):
            torch.manual_seed(8)
            write_cell(references, case + ending, step, new_weights(**weight_shapes), lengths)
    references.write()


if __name__ == "__main__":
    main()
