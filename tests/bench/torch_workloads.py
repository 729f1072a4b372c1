"""The bench's workloads in PyTorch. Reads lines "CELL UNITS LAYERS DROPOUT BIDIRECTIONAL BATCH
THREADS STEPS" and answers each with the seconds that a training step took. What it trains is kept,
so that only the first call for a workload builds and warms it up."""
import sys
import time

try:
    import torch
except ImportError:
    sys.exit(1)

CELLS = {"lstm": torch.nn.LSTM, "rnn": torch.nn.RNN, "gru": torch.nn.GRU}


class Network(torch.nn.Module):
    def __init__(self, cell, units, layers, dropout, bidirectional):
        super().__init__()
        self.cell = CELLS[cell](28, units, layers, dropout=dropout if layers > 1 else 0.0,
                                bidirectional=bidirectional)
        self.dropout = torch.nn.Dropout(dropout)
        self.head = torch.nn.Linear(units * (2 if bidirectional else 1), 10)
        self.units = units
        self.bidirectional = bidirectional

    def forward(self, inputs):
        outputs, _ = self.cell(inputs)
        last = outputs[-1]
        if self.bidirectional:
            last = torch.cat([last[:, : self.units], outputs[0][:, self.units:]], 1)
        return self.head(self.dropout(last))


def train(state, steps):
    network, optimizer, images, labels, batch = state
    loss_function = torch.nn.functional.cross_entropy
    for _ in range(steps):
        chosen = torch.randint(0, len(images), (batch,))
        inputs = (images[chosen].float() / 255).transpose(0, 1)
        optimizer.zero_grad()
        loss = loss_function(network(inputs), labels[chosen])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()


def main():
    torch.manual_seed(1)
    images = torch.randint(0, 256, (2000, 28, 28), dtype=torch.uint8)
    labels = torch.randint(0, 10, (2000,))
    known = {}
    print(torch.__version__, flush=True)
    for line in sys.stdin:
        cell, units, layers, dropout, bidirectional, batch, threads, steps = line.split()
        torch.set_num_threads(int(threads))
        key = (cell, units, layers, dropout, bidirectional, batch)
        if key not in known:
            network = Network(cell, int(units), int(layers), float(dropout), bidirectional == "1")
            optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
            known[key] = (network, optimizer, images, labels, int(batch))
            train(known[key], 5)
        begun = time.perf_counter()
        train(known[key], int(steps))
        print((time.perf_counter() - begun) / int(steps), flush=True)


main()
