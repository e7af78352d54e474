"""What the Keras experiments of ``21-text-generation`` share: batches and states."""

import keras
import numpy as np
from keras import layers

from rnnbook.data import streams


def arrays(ids, rows, length):
    """All batches of parallel streams, one below the other: (M, length)."""
    pairs = list(streams(ids, rows, length))
    return [np.concatenate(side) for side in zip(*pairs)]


def reset(model):
    for layer in model.layers:
        if isinstance(layer, layers.RNN):
            layer.reset_state()


class ClearState(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        reset(self.model)

    def on_test_begin(self, logs=None):
        reset(self.model)
