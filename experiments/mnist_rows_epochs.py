"""Does longer training take back what a permuted order of rows costs an LSTM?

Rows and permuted rows of 25,000 of MNIST's digits, in one, two and four epochs. The
permutation is another one with each seed, the same for all numbers of epochs.

Used by ``22-mnist-rows``.
"""

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn.functional import cross_entropy

from rnnbook.data import DataUnavailable, load_mnist
from rnnbook.training import fit

GRID = [
    {"reading": reading, "epochs": epochs}
    for epochs in (1, 2, 4)
    for reading in ("rows", "permuted rows")
]
SEEDS = range(5)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"accuracy": 0.02}

R, C, CLASSES = 28, 28, 10
BATCH, SHORT = 128, 25000


def load():
    """Images and labels to learn from, and to be judged by."""
    data = load_mnist()
    if data.name != "MNIST":
        raise DataUnavailable("mnist_rows_epochs needs MNIST, and it was not found")
    x_train, x_val, y_train, y_val = train_test_split(
        data.train.images / np.float32(255),
        data.train.labels,
        test_size=5000,
        stratify=data.train.labels,
        random_state=0,
    )
    return (x_train[:SHORT], y_train[:SHORT]), (x_val, y_val)


@torch.no_grad()
def start_like_keras(model):
    """Glorot inputs, orthogonal recurrence, forget bias 1, other biases 0."""
    for name, p in model.named_parameters():
        if "weight_hh" in name:
            nn.init.orthogonal_(p)
        elif "weight" in name:
            nn.init.xavier_uniform_(p)
        else:
            p.zero_()
        if "bias_ih" in name:
            p[len(p) // 4 : len(p) // 2] = 1  # blocks i, f, g, o


class Reader(nn.Module):
    def __init__(self, D=C, H=64):
        super().__init__()
        self.rnn = nn.LSTM(D, H, batch_first=True)
        self.head = nn.Linear(H, CLASSES)
        start_like_keras(self)

    def forward(self, x):  # (B, T, D) -> (B, CLASSES)
        return self.head(self.rnn(x)[0][:, -1])


def one_cycle(k, n):
    """Share of the peak rate at update k of n."""
    w = n // 4
    if k < w:
        return 0.1 + 0.9 * k / w
    return 0.5 * (1 + np.cos(np.pi * (k - w) / (n - w)))


def train(model, x, y, epochs, peak=0.01):
    """Train a network with one cycle."""
    batches = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y)),
        batch_size=BATCH,
        shuffle=True,
    )
    n = epochs * len(batches)
    adam = torch.optim.AdamW(model.parameters(), peak)
    cycle = torch.optim.lr_scheduler.LambdaLR(adam, lambda k: one_cycle(k, n))
    more = {"scheduler": cycle, "clip_norm": 1.0, "progress": False}
    fit(model, cross_entropy, adam, batches, epochs=epochs, **more)
    return model.eval()


@torch.no_grad()
def predicted(model, x):
    """The digit that a network predicts for each image, in portions."""
    parts = [model(part).argmax(1) for part in torch.tensor(x).split(1000)]
    return torch.cat(parts).numpy()


def run(setting, seed):
    (x, y), (x_val, y_val) = load()
    order = np.arange(R)
    if setting["reading"] == "permuted rows":
        order = np.random.default_rng(seed).permutation(R)
    torch.manual_seed(seed)
    model = train(Reader(), x[:, order], y, setting["epochs"])
    return {"accuracy": (predicted(model, x_val[:, order]) == y_val).mean()}
