"""What is the order of reading worth to an LSTM?

Rows, columns, permuted rows, averaged pixels one by one, the same permuted, and
patches: short runs of one pass over 25,000 of MNIST's digits. Two controls: rows with
PyTorch's own initial weights, and the averaged pixels all at once in a network without
recurrence.

Used by ``22-mnist-rows``.
"""

from functools import partial

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn.functional import cross_entropy

from rnnbook.data import DataUnavailable, load_mnist
from rnnbook.training import fit

GRID = [
    {"reading": "rows"},
    {"reading": "columns"},
    {"reading": "permuted rows"},
    {"reading": "pixels"},
    {"reading": "permuted pixels"},
    {"reading": "rows, PyTorch's start"},
    {"reading": "pixels at once, no LSTM"},
    {"reading": "patches"},
]
SEEDS = range(5)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"accuracy": 0.02}

R, C, CLASSES = 28, 28, 10
BATCH, PASS = 128, 1
SHORT = 25000


def load():
    """Images and labels to learn from, and to be judged by."""
    data = load_mnist()
    if data.name != "MNIST":
        raise DataUnavailable("mnist_rows_order needs MNIST, and it was not found")
    x_train, x_val, y_train, y_val = train_test_split(
        data.train.images / np.float32(255),
        data.train.labels,
        test_size=5000,
        stratify=data.train.labels,
        random_state=0,
    )
    return (x_train[:SHORT], y_train[:SHORT]), (x_val, y_val)


def pixels(x, k):
    """Averages of k x k pixels, one a step: (N, steps, 1)."""
    down, across = x.shape[1] // k, x.shape[2] // k
    whole = x[:, : down * k, : across * k]  # what no block covers is left out
    blocks = whole.reshape(len(x), down, k, across, k)
    return blocks.mean(axis=(2, 4)).reshape(len(x), -1, 1)


def all_readings(k):
    """Each way to read: from images (N, R, C) to steps (N, T, D)."""
    rng = np.random.default_rng(0)
    row_order = rng.permutation(R)
    pixel_order = rng.permutation((R // k) * (C // k))
    return {
        "rows": lambda x: x,
        "columns": lambda x: x.transpose(0, 2, 1).copy(),
        "permuted rows": lambda x: x[:, row_order],
        "pixels": lambda x: pixels(x, k),
        "permuted pixels": lambda x: pixels(x, k)[:, pixel_order],
    }


def patches(images, p):
    N, R, C = images.shape
    cut = images.reshape(N, R // p, p, C // p, p)
    return cut.swapaxes(2, 3).reshape(N, -1, p * p)


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
    def __init__(self, D=C, H=64, keras_start=True):
        super().__init__()
        self.rnn = nn.LSTM(D, H, batch_first=True)
        self.head = nn.Linear(H, CLASSES)
        if keras_start:
            start_like_keras(self)

    def forward(self, x):  # (B, T, D) -> (B, T, CLASSES)
        return self.head(self.rnn(x)[0])


def mlp(inputs, hidden=100):
    """A network with one hidden layer, without recurrence."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(inputs, hidden),
        nn.ReLU(),
        nn.Linear(hidden, CLASSES),
    )


def last_loss(logits, y):
    """The answer after the last row counts."""
    return cross_entropy(logits[:, -1], y)


class Batches:
    """Batches in random order, each moved by up to ``shift`` pixels."""

    def __init__(self, x, y, shift=0):
        self.x, self.y = torch.tensor(x), torch.tensor(y)
        self.shift = shift

    def __len__(self):
        return -(-len(self.x) // BATCH)

    def __iter__(self):
        s = self.shift
        for rows in torch.randperm(len(self.x)).split(BATCH):
            dy, dx = torch.randint(-s, s + 1, (2,)).tolist()
            yield self.x[rows].roll((dy, dx), dims=(1, 2)), self.y[rows]


def one_cycle(k, n):
    """Share of the peak rate at update k of n."""
    w = n // 4
    if k < w:
        return 0.1 + 0.9 * k / w
    return 0.5 * (1 + np.cos(np.pi * (k - w) / (n - w)))


def train(make, batches, passes, seed=0, loss=cross_entropy, peak=0.01):
    """Build a network and train it with one cycle."""
    torch.manual_seed(seed)
    model = make()
    n = passes * PASS * len(batches)
    adam = torch.optim.AdamW(model.parameters(), peak)
    cycle = torch.optim.lr_scheduler.LambdaLR(adam, lambda k: one_cycle(k, n))
    more = {"scheduler": cycle, "clip_norm": 1.0}
    fit(model, loss, adam, batches, epochs=passes * PASS, **more)
    return model.eval()


@torch.no_grad()
def outputs(model, x):
    """Outputs for an array of images, computed in portions."""
    return torch.cat([model(part) for part in torch.tensor(x).split(1000)])


def guesses(model, x):
    """The digit that a network names for each image."""
    logits = outputs(model, x)
    return (logits[:, -1] if logits.ndim == 3 else logits).argmax(1).numpy()


def race(read, make, loss, seed, train_part, val_part):
    """One short run: the network, and its accuracy on the validation part."""
    (x, y), (x_val, y_val) = train_part, val_part
    model = train(make, Batches(read(x), y), 1, seed, loss)
    return model, float((guesses(model, read(x_val)) == y_val).mean())


def run(setting, seed):
    train_part, val_part = load()
    name, k = setting["reading"], 4
    readings = all_readings(k)
    readings["rows, PyTorch's start"] = readings["rows"]
    readings["pixels at once, no LSTM"] = readings["pixels"]
    readings["patches"] = lambda x: patches(x, k)
    read = readings[name]
    _, steps, width = read(val_part[0][:1]).shape
    if "no LSTM" in name:
        make, loss = partial(mlp, steps * width), cross_entropy
    else:
        ours = "PyTorch" not in name
        make, loss = partial(Reader, width, keras_start=ours), last_loss
    _, accuracy = race(read, make, loss, seed, train_part, val_part)
    return {"accuracy": accuracy}
