"""What does the schedule of the learning rate do for the classic Keras network?

Two stacked layers of 50 units, three passes over the rows of MNIST's digits, and
nothing changed but the rate: Adam's default, six times as much, and one cycle with a
peak of twelve times. The GRU gets one cycle, too. With 5,120 images the same network
trains in seconds; the chapter does that in front of the reader.

Used by ``22-mnist-rows``.
"""

import keras
import numpy as np
from keras.layers import GRU, LSTM, Dense, Input
from sklearn.model_selection import train_test_split

from rnnbook.data import DataUnavailable, load_mnist

GRID = [
    {"cell": "LSTM", "schedule": "one cycle", "images": 512},  # the cheap one
    {"cell": "LSTM", "schedule": "one cycle", "images": 5120},
    {"cell": "LSTM", "schedule": "constant rate", "images": 55000},
    {"cell": "LSTM", "schedule": "larger rate", "images": 55000},
    {"cell": "LSTM", "schedule": "one cycle", "images": 55000},
    {"cell": "GRU", "schedule": "one cycle", "images": 55000},
]
SEEDS = range(3)
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = {"val_1": 0.03, "val_2": 0.015, "val_3": 0.01, "test": 0.01}

R, C, CLASSES = 28, 28, 10
BATCH, EPOCHS = 128, 3
CELLS = {"LSTM": LSTM, "GRU": GRU}
CONSTANT = {"constant rate": 1e-3, "larger rate": 6e-3}


def load():
    """Images and labels to learn from, to choose by, and to be judged by."""
    data = load_mnist()
    if data.name != "MNIST":
        raise DataUnavailable("mnist_rows_rates needs MNIST, and it was not found")
    x_train, x_val, y_train, y_val = train_test_split(
        data.train.images / np.float32(255),
        data.train.labels,
        test_size=5000,
        stratify=data.train.labels,
        random_state=0,
    )
    test = data.test.images / np.float32(255), data.test.labels
    return (x_train, y_train), (x_val, y_val), test


def classic(cell, columns=C):
    return keras.Sequential(
        [
            Input((R, columns)),
            cell(50, return_sequences=True),  # (B, R, 50), all states
            cell(50),  # (B, 50), the last state
            Dense(CLASSES),  # (B, CLASSES), a logit for each digit
        ]
    )


def train_keras(model, rate, train, val, *callbacks):
    """Train with Adam, and return the accuracies on ``val``."""
    model.compile(
        keras.optimizers.Adam(rate, global_clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    options = {"validation_batch_size": 1000, "verbose": 0}
    options |= {"validation_data": val, "callbacks": list(callbacks)}
    history = model.fit(*train, BATCH, EPOCHS, **options)
    return history.history["val_accuracy"]


def keras_cycle(peak, n):
    w = n // 4
    return keras.optimizers.schedules.CosineDecay(
        0.1 * peak, n - w, warmup_target=peak, warmup_steps=w
    )


def run(setting, seed):
    train, val, (x_test, y_test) = load()
    train = tuple(part[: setting["images"]] for part in train)
    updates = EPOCHS * -(-len(train[0]) // BATCH)
    rate = CONSTANT.get(setting["schedule"]) or keras_cycle(0.012, updates)
    keras.utils.set_random_seed(seed)
    model = classic(CELLS[setting["cell"]])
    accuracies = train_keras(model, rate, train, val)
    named = model.predict(x_test, batch_size=1000, verbose=0).argmax(1)
    passes = {f"val_{k}": accuracy for k, accuracy in enumerate(accuracies, 1)}
    return {**passes, "test": (named == y_test).mean()}
