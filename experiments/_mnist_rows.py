"""The digits that the experiments of ``22-mnist-rows`` read."""

import numpy as np
from sklearn.model_selection import train_test_split

from rnnbook.data import DataUnavailable, load_mnist

R, C, CLASSES = 28, 28, 10
BATCH = 128


def load(images=None):
    """Images and labels to learn from, to choose by, and to be judged by.

    Those to learn from may be cut to the first ``images``.
    """
    data = load_mnist()
    if data.name != "MNIST":
        raise DataUnavailable("the experiments of 22-mnist-rows need MNIST: not found")
    x_train, x_val, y_train, y_val = train_test_split(
        data.train.images / np.float32(255),
        data.train.labels,
        test_size=5000,
        stratify=data.train.labels,
        random_state=0,
    )
    test = data.test.images / np.float32(255), data.test.labels
    return (x_train[:images], y_train[:images]), (x_val, y_val), test
