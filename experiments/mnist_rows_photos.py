"""What is the preparation of a photo worth to a network that was trained on MNIST?

The short run of ``mnist_rows_order``, one epoch over the rows of 25,000 digits, judged
on photos: digits in dark ink, somewhere on a light and noisy page. They are only made
small and inverted, or prepared by ``load_image`` as MNIST's were. Once the digits are
MNIST's validation images, and once those of other people, scikit-learn's, enlarged.

Used by ``22-mnist-rows``.
"""

import io

import numpy as np
import torch
from PIL import Image
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn.functional import cross_entropy

from rnnbook.data import DataUnavailable, load_digits, load_image, load_mnist
from rnnbook.training import fit

GRID = [{"digits": "MNIST's validation images"}, {"digits": "other people's"}]
SEEDS = range(5)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"only_small": 0.15, "prepared": 0.1, "confidence": 0.1}

R, C, CLASSES = 28, 28, 10
BATCH, SHORT, PHOTOS = 128, 25000, 300


def load():
    """Images and labels to learn from, and to be judged by."""
    data = load_mnist()
    if data.name != "MNIST":
        raise DataUnavailable("mnist_rows_photos needs MNIST, and it was not found")
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
def beliefs(model, x):
    """The probabilities of the ten digits, for each image."""
    return model(torch.tensor(x)).softmax(1).numpy()


def photograph(image, rng):
    """A digit in dark ink, somewhere on a light and noisy page, as a PNG."""
    size = int(rng.integers(70, 120))
    ink = Image.fromarray((255 * image).astype(np.uint8)).resize((size, size))
    down, across = rng.integers(5, 195 - size), rng.integers(5, 255 - size)
    page = np.zeros((200, 260))
    page[down : down + size, across : across + size] = np.asarray(ink) / 255
    grey = 225 - 170 * page + rng.normal(0, 4, page.shape)
    Image.fromarray(grey.clip(0, 255).astype(np.uint8)).save(png := io.BytesIO(), "PNG")
    return png.getvalue()


def only_small(png):
    """Resized and inverted, and nothing else."""
    small = Image.open(io.BytesIO(png)).resize((C, R))
    return 1 - np.asarray(small, dtype=np.float32) / 255


def enlarged(image):
    """Eight times eight pixels become 56 times 56."""
    large = Image.fromarray(image).resize((56, 56), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(large), 0, 1)


def run(setting, seed):
    (x, y), (images, labels) = load()
    if setting["digits"] == "other people's":
        others = load_digits()
        images, labels = [enlarged(im) for im in others.images], others.labels
    torch.manual_seed(seed)
    model = train(Reader(), x, y, epochs=1)
    rng = np.random.default_rng(seed)
    which = rng.permutation(len(labels))[:PHOTOS]
    photos = [photograph(images[k], rng) for k in which]
    small = beliefs(model, np.stack([only_small(photo) for photo in photos]))
    ready = beliefs(model, np.stack([load_image(photo, R) for photo in photos]))
    return {
        "only_small": (small.argmax(1) == labels[which]).mean(),
        "prepared": (ready.argmax(1) == labels[which]).mean(),
        "confidence": ready.max(1).mean(),
    }
