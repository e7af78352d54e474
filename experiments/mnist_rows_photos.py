"""What is the preparation of a photo worth to a network that was trained on MNIST?

The short run of ``mnist_rows_order``, one epoch over the rows of 25,000 digits, judged
on photos: digits in dark ink, somewhere on a light and noisy page. They are only made
small and inverted, or prepared by ``load_image`` as MNIST's were. Once the digits are
MNIST's validation images, and once those of other people, scikit-learn's, enlarged.

Used by ``22-mnist-rows`` and ``41-claims-tested``.
"""

import io
from functools import partial

import numpy as np
from _mnist_rows import C, R, load
from _mnist_rows_torch import Reader, outputs, shuffled, train
from PIL import Image

from rnnbook.data import load_digits, load_image

GRID = [{"digits": "MNIST's validation images"}, {"digits": "other people's"}]
SEEDS = range(5)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"only_small": 0.15, "prepared": 0.1, "confidence": 0.1}
SHORT, PHOTOS = 25000, 300


def beliefs(model, x):
    """The probabilities of the ten digits, for each image."""
    return outputs(model, x).softmax(1).numpy()


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
    known, (images, labels), _ = load(SHORT)
    if setting["digits"] == "other people's":
        others = load_digits()
        images, labels = [enlarged(im) for im in others.images], others.labels
    model = train(partial(Reader, each_row=False), seed, shuffled(*known))
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
