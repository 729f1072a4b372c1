#!/usr/bin/python3
"""Writes tests/numerics/references/*.txt: what PyTorch computes in float64 for small layers, losses,
optimisers and schedules. Run it from the repository root; test_references.c compares with them.

A file holds `# comment` lines and tensors: a line `NAME DIMENSION...`, then the values, row-major.
Inputs and weights are exact in float32; results are rounded to it.
"""

import os

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.optim import lr_scheduler

FOLDER = os.path.join(os.path.dirname(__file__), "references")
STEPS, BATCH, INPUTS, UNITS, CLASSES = 5, 3, 3, 4, 3


def draw(*shape, scale=1.0):
    """Normal numbers that float32 holds exactly."""
    return (scale * torch.randn(*shape)).float().double()


class References:
    """One file of named tensors."""

    def __init__(self, name, title):
        self.path = os.path.join(FOLDER, name)
        self.lines = [f"# {title}",
                      f"# PyTorch {torch.__version__}, float64; written by make_references.py"]

    def add(self, name, tensor, digits=9):
        tensor = torch.as_tensor(tensor).detach()
        shape = " ".join(str(size) for size in tensor.shape)
        self.lines.append(f"{name} {shape}".rstrip())
        if digits == 9 and tensor.is_floating_point():
            tensor = tensor.float()
        values = [f"{value:.{digits}g}" for value in tensor.flatten().tolist()]
        for start in range(0, len(values), 8):
            self.lines.append(" ".join(values[start:start + 8]))

    def write(self):
        with open(self.path, "w", encoding="ascii") as file:
            file.write("\n".join(self.lines) + "\n")


# Layers. Each entry gives weights by the names that a checkpoint has, and out = forward(weights, x)
# with x [steps, batch, features].

def own_names(module):
    """The weights of nn.RNN, nn.LSTM, nn.GRU with one layer: weight_ih_l0_reverse becomes
    weight_ih_reverse."""
    return {name.replace("_l0", ""): value for name, value in module.named_parameters()}


def randomise(weights):
    for value in weights.values():
        with torch.no_grad():
            value.copy_(draw(*value.shape, scale=0.5))


def from_module(module, merge=None, single_bias=False):
    """A torch layer as it is. SINGLE_BIAS: bias_hh is zero and bias_ih is called bias."""
    module = module.double()
    weights = own_names(module)
    randomise(weights)
    if single_bias:
        for name in [name for name in weights if name.startswith("bias_hh")]:
            with torch.no_grad():
                weights.pop(name).zero_()
        weights = {name.replace("bias_ih", "bias"): value for name, value in weights.items()}

    def forward(_, x):
        out = module(x)[0]
        if merge is None or merge == "concat":
            return out
        ahead, back = out.chunk(2, dim=2)
        return ahead + back if merge == "sum" else (ahead + back) / 2

    return weights, forward


def new_weights(**shapes):
    weights = {name: torch.zeros(*shape, dtype=torch.float64, requires_grad=True)
               for name, shape in shapes.items()}
    randomise(weights)
    return weights


def basic_lstm_cell(forget_bias):
    """TensorFlow 1's BasicLSTMCell: one kernel [inputs + units, 4·units] over [x, h], its gates in
    the order i, j (the candidate), f, o, and forget_bias added to f at run time."""

    def forward(weights, x):
        def columns(matrix):  # [4·units, n], i f g o, to [n, 4·units], i j f o
            i, f, g, o = matrix.chunk(4, dim=0)
            return torch.cat([i, g, f, o], dim=0).t()
        kernel = torch.cat([columns(weights["weight_ih"]), columns(weights["weight_hh"])], dim=0)
        bias = columns(weights["bias"].unsqueeze(1)).squeeze(0)
        h = c = torch.zeros(x.shape[1], UNITS, dtype=x.dtype)
        outputs = []
        for x_t in x:
            i, j, f, o = (torch.cat([x_t, h], dim=1) @ kernel + bias).chunk(4, dim=1)
            c = c * torch.sigmoid(f + forget_bias) + torch.sigmoid(i) * torch.tanh(j)
            h = torch.tanh(c) * torch.sigmoid(o)
            outputs.append(h)
        return torch.stack(outputs)

    weights = new_weights(weight_ih=(4 * UNITS, INPUTS), weight_hh=(4 * UNITS, UNITS),
                          bias=(4 * UNITS,))
    return weights, forward


def gru_reset_before():
    """Cho et al. 2014: the candidate sees U (r ∘ h), where nn.GRU has r ∘ (U h)."""

    def forward(weights, x):
        u_r, u_z, u_n = weights["weight_hh"].chunk(3, dim=0)
        h = torch.zeros(x.shape[1], UNITS, dtype=x.dtype)
        outputs = []
        for x_t in x:
            x_r, x_z, x_n = F.linear(x_t, weights["weight_ih"], weights["bias"]).chunk(3, dim=1)
            r = torch.sigmoid(x_r + h @ u_r.t())
            z = torch.sigmoid(x_z + h @ u_z.t())
            n = torch.tanh(x_n + (r * h) @ u_n.t())
            h = (1 - z) * n + z * h
            outputs.append(h)
        return torch.stack(outputs)

    weights = new_weights(weight_ih=(3 * UNITS, INPUTS), weight_hh=(3 * UNITS, UNITS),
                          bias=(3 * UNITS,))
    return weights, forward


def stacked_lstm():
    module = nn.LSTM(INPUTS, UNITS, num_layers=2).double()
    weights = {}
    for name, value in module.named_parameters():
        kind, layer = name.rsplit("_l", 1)
        weights[f"{layer}.{kind}"] = value
    randomise(weights)
    return weights, lambda _, x: module(x)[0]


def dense(activation):
    weights = new_weights(weight=(UNITS, INPUTS), bias=(UNITS,))
    return weights, lambda w, x: activation(F.linear(x, w["weight"], w["bias"]))


LAYERS = {
    "rnn_tanh": lambda: from_module(nn.RNN(INPUTS, UNITS), single_bias=True),
    "rnn_tanh_two_biases": lambda: from_module(nn.RNN(INPUTS, UNITS)),
    "rnn_relu": lambda: from_module(nn.RNN(INPUTS, UNITS, nonlinearity="relu"), single_bias=True),
    "lstm": lambda: from_module(nn.LSTM(INPUTS, UNITS), single_bias=True),
    "lstm_two_biases": lambda: from_module(nn.LSTM(INPUTS, UNITS)),
    "lstm_forget_bias": lambda: basic_lstm_cell(1.0),
    "gru_two_biases": lambda: from_module(nn.GRU(INPUTS, UNITS)),
    "gru_after": lambda: from_module(nn.GRU(INPUTS, UNITS), single_bias=True),
    "gru_before": gru_reset_before,
    "bilstm_concat": lambda: from_module(nn.LSTM(INPUTS, UNITS, bidirectional=True), "concat"),
    "bilstm_sum": lambda: from_module(nn.LSTM(INPUTS, UNITS, bidirectional=True), "sum"),
    "bigru_concat": lambda: from_module(nn.GRU(INPUTS, UNITS, bidirectional=True), "concat"),
    "bigru_mean": lambda: from_module(nn.GRU(INPUTS, UNITS, bidirectional=True), "mean"),
    "stacked": stacked_lstm,
    "dense": lambda: dense(lambda x: x),
    "dense_tanh": lambda: dense(torch.tanh),
    "dense_relu": lambda: dense(torch.relu),
    "dense_sigmoid": lambda: dense(torch.sigmoid),
    # Of 3 features the last one was produced backwards, so that its last output is at step 0.
    "readout_last": lambda: ({}, lambda _, x: torch.cat([x[-1:, :, :2], x[:1, :, 2:]], dim=2)),
    "readout_mean": lambda: ({}, lambda _, x: x.mean(dim=0, keepdim=True)),
    "readout_max": lambda: ({}, lambda _, x: x.max(dim=0, keepdim=True).values),
}


def write_layers():
    references = References("layers.txt", "Layers: out, and the gradients of sum(out * out_gradient)")
    for case, build in LAYERS.items():
        torch.manual_seed(1)
        weights, forward = build()
        x = draw(STEPS, BATCH, INPUTS).requires_grad_()
        out = forward(weights, x)
        out_gradient = draw(*out.shape)
        (out * out_gradient).sum().backward()
        for name, value in weights.items():
            references.add(f"{case}/{name}", value)
            references.add(f"{case}/{name}:gradient", value.grad)
        references.add(f"{case}/in", x)
        references.add(f"{case}/in:gradient", x.grad)
        references.add(f"{case}/out", out)
        references.add(f"{case}/out:gradient", out_gradient)
    references.write()


# Sequences of different lengths: packed, so that PyTorch stops at each one's end, and the backward
# direction starts there. Behind the ends out and the gradients are zero; last is the state at the
# end of each direction.

LENGTHS = (5, 3, 1)


def write_lengths():
    references = References("lengths.txt", "Layers on sequences of different lengths, packed")
    modules = {
        "rnn": (nn.RNN(INPUTS, UNITS), None),
        "lstm": (nn.LSTM(INPUTS, UNITS), None),
        "gru": (nn.GRU(INPUTS, UNITS), None),
        "birnn_sum": (nn.RNN(INPUTS, UNITS, bidirectional=True), "sum"),
        "bilstm_concat": (nn.LSTM(INPUTS, UNITS, bidirectional=True), "concat"),
        "bilstm_mean": (nn.LSTM(INPUTS, UNITS, bidirectional=True), "mean"),
        "bigru_concat": (nn.GRU(INPUTS, UNITS, bidirectional=True), "concat"),
    }
    for case, (module, merge) in modules.items():
        torch.manual_seed(8)
        module = module.double()
        weights = own_names(module)
        randomise(weights)
        x = draw(STEPS, BATCH, INPUTS).requires_grad_()
        packed, final = module(pack_padded_sequence(x, LENGTHS))
        out = pad_packed_sequence(packed, total_length=STEPS)[0]
        if merge in ("sum", "mean"):
            ahead, back = out.chunk(2, dim=2)
            out = ahead + back if merge == "sum" else (ahead + back) / 2
        out_gradient = draw(*out.shape)
        for example, length in enumerate(LENGTHS):
            out_gradient[length:, example] = 0
        (out * out_gradient).sum().backward()
        for name, value in weights.items():
            references.add(f"{case}/{name}", value)
            references.add(f"{case}/{name}:gradient", value.grad)
        references.add(f"{case}/in", x)
        references.add(f"{case}/in:gradient", x.grad)
        references.add(f"{case}/out", out)
        references.add(f"{case}/out:gradient", out_gradient)
        if merge in (None, "concat"):
            final = final[0] if isinstance(final, tuple) else final
            references.add(f"{case}/last", torch.cat(list(final), dim=1))
    references.write()


# Gradient flow: the hidden states of recurrent layers that are written out step by step, so that
# PyTorch keeps the total gradient of each. NORMS [states, steps]: Σ over the examples of ‖∂L/∂h_t‖,
# in the state's own time.

def rnn_step(w, x, h, c):
    return torch.tanh(F.linear(x, w["weight_ih"], w["bias"]) + h @ w["weight_hh"].t()), c


def lstm_step(w, x, h, c):
    i, f, g, o = (F.linear(x, w["weight_ih"], w["bias"]) + h @ w["weight_hh"].t()).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def gru_step(w, x, h, c):
    x_r, x_z, x_n = F.linear(x, w["weight_ih"], w["bias"]).chunk(3, dim=1)
    h_r, h_z, h_n = (h @ w["weight_hh"].t()).chunk(3, dim=1)
    z = torch.sigmoid(x_z + h_z)
    return (1 - z) * torch.tanh(x_n + torch.sigmoid(x_r + h_r) * h_n) + z * h, c


def gru_before_step(w, x, h, c):
    u_r, u_z, u_n = w["weight_hh"].chunk(3, dim=0)
    x_r, x_z, x_n = F.linear(x, w["weight_ih"], w["bias"]).chunk(3, dim=1)
    z = torch.sigmoid(x_z + h @ u_z.t())
    return (1 - z) * torch.tanh(x_n + (torch.sigmoid(x_r + h @ u_r.t()) * h) @ u_n.t()) + z * h, c


def states_of(step, weights, x):
    h = c = torch.zeros(x.shape[1], UNITS, dtype=x.dtype)
    states = []
    for x_t in x:
        h, c = step(weights, x_t, h, c)
        h.retain_grad()
        states.append(h)
    return states


def norms_of(states):
    return torch.stack([state.grad.norm(dim=1).sum() for state in states])


def write_gradient_flow():
    references = References("gradient_flow.txt", "The norms of the hidden states' gradients")

    def weights_of(gates, inputs=INPUTS):
        return new_weights(weight_ih=(gates * UNITS, inputs), weight_hh=(gates * UNITS, UNITS),
                           bias=(gates * UNITS,))

    def add(case, weights, x, out, layers):
        out_gradient = draw(*out.shape)
        (out * out_gradient).sum().backward()
        for name, value in weights.items():
            references.add(f"{case}/{name}", value)
        references.add(f"{case}/in", x)
        references.add(f"{case}/out:gradient", out_gradient)
        for name, states in layers.items():
            references.add(f"{case}/{name}", torch.stack([norms_of(each) for each in states]))

    cells = {"rnn": (rnn_step, 1), "lstm": (lstm_step, 4), "gru_after": (gru_step, 3),
             "gru_before": (gru_before_step, 3)}
    for case, (step, gates) in cells.items():
        torch.manual_seed(5)
        weights, x = weights_of(gates), draw(STEPS, BATCH, INPUTS)
        states = states_of(step, weights, x)
        add(case, weights, x, torch.stack(states), {"norms": [states]})
    for case, (step, gates) in (("birnn", cells["rnn"]), ("bilstm", cells["lstm"]),
                                ("bigru", cells["gru_after"])):
        torch.manual_seed(6)
        ahead, back, x = weights_of(gates), weights_of(gates), draw(STEPS, BATCH, INPUTS)
        states = [states_of(step, ahead, x), states_of(step, back, x.flip(0))]
        out = torch.cat([torch.stack(states[0]), torch.stack(states[1]).flip(0)], dim=2)
        ahead.update({f"{name}_reverse": value for name, value in back.items()})
        add(case, ahead, x, out, {"norms": states})
    torch.manual_seed(7)
    lower, upper, x = weights_of(1), weights_of(4, UNITS), draw(STEPS, BATCH, INPUTS)
    below = states_of(rnn_step, lower, x)
    above = states_of(lstm_step, upper, torch.stack(below))
    weights = {f"0.{name}": value for name, value in lower.items()}
    weights.update({f"1.{name}": value for name, value in upper.items()})
    add("stacked", weights, x, torch.stack(above), {"0.norms": [below], "1.norms": [above]})
    references.write()


def write_losses():
    references = References("losses.txt", "Losses: each example's, and the gradient of their sum")
    cases = {
        "plain": lambda x, y: F.cross_entropy(x, y, reduction="none"),
        "smoothed": lambda x, y: F.cross_entropy(x, y, reduction="none", label_smoothing=0.1),
        "double_softmax": lambda x, y: F.cross_entropy(F.softmax(x, dim=1), y, reduction="none"),
    }
    for case, loss in cases.items():
        torch.manual_seed(2)
        logits = draw(6, 10, scale=3.0)
        logits[5] *= 30  # where a softmax without care overflows
        logits.requires_grad_()
        labels = torch.randint(10, (6,))
        losses = loss(logits, labels)
        losses.sum().backward()
        references.add(f"{case}/logits", logits)
        references.add(f"{case}/labels", labels)
        references.add(f"{case}/losses", losses)
        references.add(f"{case}/logits:gradient", logits.grad)
        references.add(f"{case}/probabilities", F.softmax(logits, dim=1))
    references.write()


# Training: an LSTM with 6 units, the last step, a dense layer, softmax cross-entropy.

TRAINING_BATCH, TRAINING_UNITS, TRAINING_STEPS, RATE = 4, 6, 10, 0.01


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(INPUTS, TRAINING_UNITS)
        self.head = nn.Linear(TRAINING_UNITS, CLASSES)

    def forward(self, x):
        return self.head(self.lstm(x)[0][-1])

    def by_name(self):
        """Names as in a checkpoint of the stack lstm, readout, dense."""
        weights = {f"0.{name}": value for name, value in own_names(self.lstm).items()}
        weights.update({f"2.{name}": value for name, value in self.head.named_parameters()})
        return weights


class UncorrectedAdam(torch.optim.Optimizer):
    """Adam with epsilon outside of the bias correction, as the last formula of section 2 of Kingma
    and Ba 2014 and TensorFlow 1 have it: rate · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)."""

    def __init__(self, parameters, lr, epsilon):
        super().__init__(parameters, {"lr": lr, "epsilon": epsilon})
        self.steps = 0

    @torch.no_grad()
    def step(self, closure=None):
        self.steps += 1
        for group in self.param_groups:
            rate = group["lr"] * (1 - 0.999 ** self.steps) ** 0.5 / (1 - 0.9 ** self.steps)
            for weight in group["params"]:
                state = self.state[weight]
                if not state:
                    state["m"] = torch.zeros_like(weight)
                    state["v"] = torch.zeros_like(weight)
                state["m"] += (1 - 0.9) * (weight.grad - state["m"])
                state["v"] += (1 - 0.999) * (weight.grad ** 2 - state["v"])
                weight -= rate * state["m"] / (state["v"].sqrt() + group["epsilon"])


def adamw(parameters):
    """Weight decay is for weights, not for biases."""
    parameters = list(parameters)
    return torch.optim.AdamW([
        {"params": [p for p in parameters if p.dim() == 2], "weight_decay": 0.1},
        {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0}],
        lr=RATE, eps=1e-8)


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=RATE),
    "sgd_momentum": lambda p: torch.optim.SGD(p, lr=RATE, momentum=0.9),
    "sgd_nesterov": lambda p: torch.optim.SGD(p, lr=RATE, momentum=0.9, nesterov=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=RATE, alpha=0.9, eps=1e-5),
    "rmsprop_momentum": lambda p: torch.optim.RMSprop(p, lr=RATE, alpha=0.9, eps=1e-5, momentum=0.5),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=RATE, eps=1e-5),
    "adagrad_initial": lambda p: torch.optim.Adagrad(p, lr=RATE, eps=1e-5,
                                                     initial_accumulator_value=0.1),
    "adam": lambda p: torch.optim.Adam(p, lr=RATE, eps=1e-4),
    "adam_uncorrected": lambda p: UncorrectedAdam(p, RATE, 1e-4),
    "adamw": adamw,
}


def train(references, name, optimizer_of, weights_at_start, inputs, labels):
    model = Classifier().double()
    weights = model.by_name()
    with torch.no_grad():
        for key, value in weights.items():
            value.copy_(weights_at_start[key])
    optimizer = optimizer_of(model.parameters())
    losses = []
    for step in range(TRAINING_STEPS):
        optimizer.zero_grad()
        logits = model(inputs[step])
        loss = F.cross_entropy(logits, labels[step])
        loss.backward()
        losses.append(loss.detach())
        if name == "sgd" and step == 0:
            references.add("first/logits", logits)
            for key, value in weights.items():
                references.add(f"first/{key}:gradient", value.grad)
        optimizer.step()
        if step + 1 in (1, TRAINING_STEPS):
            for key, value in weights.items():
                references.add(f"{name}/{step + 1}/{key}", value)
    references.add(f"{name}/losses", torch.stack(losses))


def write_training():
    references = References("training.txt", "Ten steps of each optimiser on one classifier")
    torch.manual_seed(3)
    weights = Classifier().double().by_name()
    randomise(weights)
    weights = {name: value.detach().clone() for name, value in weights.items()}
    inputs = draw(TRAINING_STEPS, STEPS, TRAINING_BATCH, INPUTS)
    labels = torch.randint(CLASSES, (TRAINING_STEPS, TRAINING_BATCH))
    references.add("inputs", inputs)
    references.add("labels", labels)
    for name, value in weights.items():
        references.add(f"start/{name}", value)
    for name, optimizer_of in OPTIMIZERS.items():
        train(references, name, optimizer_of, weights, inputs, labels)
    references.write()


def write_schedules():
    references = References("schedules.txt", "Schedules: the factor of the rate at each step")

    def optimizer():
        return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)

    cases = {
        "step": (lambda o: lr_scheduler.StepLR(o, step_size=4, gamma=0.5), 20),
        "exponential": (lambda o: lr_scheduler.ExponentialLR(o, gamma=0.96), 20),
        "cosine": (lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=15, eta_min=0.1), 16),
        "polynomial": (lambda o: lr_scheduler.PolynomialLR(o, total_iters=12, power=2.0), 20),
    }
    for name, (schedule_of, steps) in cases.items():
        sgd = optimizer()
        schedule = schedule_of(sgd)
        factors = []
        for _ in range(steps):
            factors.append(sgd.param_groups[0]["lr"])
            sgd.step()
            schedule.step()
        references.add(name, torch.tensor(factors, dtype=torch.float64), digits=17)
    torch.manual_seed(4)
    for name, mode in (("plateau_loss", "min"), ("plateau_accuracy", "max")):
        sgd = optimizer()
        schedule = lr_scheduler.ReduceLROnPlateau(sgd, mode=mode, factor=0.5, patience=2,
                                                  threshold=0.01, threshold_mode="abs",
                                                  cooldown=1, min_lr=0.05)
        metrics = torch.rand(40, dtype=torch.float64) * 0.3 + torch.linspace(1, 0.5, 40).double()
        factors = []
        for metric in metrics.tolist():
            schedule.step(metric)
            factors.append(sgd.param_groups[0]["lr"])
        references.add(f"{name}/metrics", metrics, digits=17)
        references.add(f"{name}/factors", torch.tensor(factors, dtype=torch.float64), digits=17)
    references.write()


def main():
    os.makedirs(FOLDER, exist_ok=True)
    torch.set_num_threads(1)
    write_layers()
    write_lengths()
    write_gradient_flow()
    write_losses()
    write_training()
    write_schedules()


if __name__ == "__main__":
    main()
