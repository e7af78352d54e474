"""What does a reader believe after each row, and does it know how sure it may be?

One LSTM of 64 units, asked after the last row of MNIST's digits or after every row, in
a full training of two passes and in a short one. For each number of rows read: the
accuracy, the mean confidence, and the accuracy at the end if the rest of the image is
left blank (on the first thousand validation images).

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
    {"asked": asked, "images": images, "passes": passes}
    for images, passes in ((25000, 1), (55000, 2))
    for asked in ("at the end", "at each row")
]
SEEDS = range(5)
R, C, CLASSES = 28, 28, 10
BATCH, PASS = 128, 1
# A training is chaotic: another order of summation is as good as another seed. The
# answers that nobody trained vary most.
TOLERANCE = {
    f"{number}_{rows}": tolerance
    for number, tolerance in (("accuracy", 0.1), ("confidence", 0.1), ("blank", 0.15))
    for rows in range(1, R + 1)
} | {"val": 0.02, "test": 0.02}


def load():
    """Images and labels to learn from, to choose by, and to be judged by."""
    data = load_mnist()
    if data.name != "MNIST":
        raise DataUnavailable("mnist_rows_belief needs MNIST, and it was not found")
    x_train, x_val, y_train, y_val = train_test_split(
        data.train.images / np.float32(255),
        data.train.labels,
        test_size=5000,
        stratify=data.train.labels,
        random_state=0,
    )
    test = data.test.images / np.float32(255), data.test.labels
    return (x_train, y_train), (x_val, y_val), test


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


def last_loss(logits, y):
    """The answer after the last row counts."""
    return cross_entropy(logits[:, -1], y)


def every_loss(logits, y):
    """The answers after all rows count, each as much as the others."""
    B, T, V = logits.shape
    return cross_entropy(logits.reshape(B * T, V), y.repeat_interleave(T))


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


def blanked(model, rows, x, y):
    """Accuracy when all rows after the first ``rows`` are left blank."""
    x = x.copy()
    x[:, rows:] = 0
    return float((outputs(model, x)[:, -1].argmax(1).numpy() == y).mean())


def run(setting, seed):
    (x, y), (x_val, y_val), (x_test, y_test) = load()
    batches = Batches(x[: setting["images"]], y[: setting["images"]])
    loss = {"at the end": last_loss, "at each row": every_loss}[setting["asked"]]
    model = train(Reader, batches, setting["passes"], seed, loss)
    belief = outputs(model, x_val).softmax(dim=2).numpy()  # (N, R, CLASSES)
    accuracy = (belief.argmax(2) == y_val[:, None]).mean(0)  # (R,)
    confidence = belief.max(2).mean(0)
    numbers = {"val": accuracy[-1]}
    numbers["test"] = (outputs(model, x_test)[:, -1].argmax(1).numpy() == y_test).mean()
    for rows in range(1, R + 1):
        numbers[f"accuracy_{rows}"] = accuracy[rows - 1]
        numbers[f"confidence_{rows}"] = confidence[rows - 1]
        numbers[f"blank_{rows}"] = blanked(model, rows, x_val[:1000], y_val[:1000])
    return numbers
