"""How many bits does a short, proper training in Keras need on new text?

One LSTM layer reads an eighth of the training text twice, as on the page; the last
tenth of Python's documentation is judged.

Used by ``21-text-generation``.
"""

import keras
import numpy as np
from keras import layers

from rnnbook.data import Vocabulary, load_text, streams

GRID = [{"part": 8, "rounds": 2}]
SEEDS = range(8)
# Python's documentation is another text in each Python.
TOLERANCE = {"training": 0.2, "bits": 0.2}
ROWS, LENGTH = 32, 16


def arrays(ids, rows, length):
    """All batches of parallel streams, one below the other: (M, length)."""
    pairs = list(streams(ids, rows, length))
    return [np.concatenate(side) for side in zip(*pairs)]


def build(V, rows, length, cells, dropout):
    """Scores of the next character; rows and length are fixed."""
    model = keras.Sequential([keras.Input(batch_shape=(rows, length), dtype="int32")])
    model.add(layers.Embedding(V, 64))
    for cell in cells:
        model.add(cell)
        model.add(layers.Dropout(dropout))
    model.add(layers.Dense(V))  # (B, T, V)
    return model


def recurrent(hidden, kind=layers.LSTM):
    return kind(hidden, return_sequences=True, stateful=True)


def reset(model):
    for layer in model.layers:
        if isinstance(layer, layers.RNN):
            layer.reset_state()


class NewRound(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        reset(self.model)


cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def held_out_bits(model, cells, V, ids):
    """Bits per character of a text, read in fifty streams, state carried."""
    reader = build(V, 50, 93, cells, dropout=0.0)
    reader.set_weights(model.get_weights())
    reader.compile(loss=cross_entropy)
    x, y = arrays(ids, rows=50, length=93)
    nats = reader.evaluate(x, y, batch_size=50, verbose=0)
    return nats / np.log(2)


def rising_and_falling(updates):
    """The learning rate: up to its peak in a tenth of the updates, and down."""
    warm = updates // 10
    return keras.optimizers.schedules.CosineDecay(
        0.0, updates - warm, warmup_target=0.015, warmup_steps=warm
    )


def run(setting, seed):
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    text = load_text().text
    vocabulary = Vocabulary(text)
    V, ids = len(vocabulary), vocabulary.encode(text)
    cut, rounds = int(0.9 * len(ids)), setting["rounds"]
    x, y = arrays(ids[: cut // setting["part"]], ROWS, LENGTH)
    rate = rising_and_falling(rounds * (len(x) // ROWS))
    model = build(V, ROWS, LENGTH, [recurrent(128)], dropout=0.1)
    model.compile(
        keras.optimizers.Adam(rate, beta_2=0.99, global_clipnorm=1.0), cross_entropy
    )
    options = {"shuffle": False, "verbose": 0, "callbacks": [NewRound()]}
    losses = model.fit(x, y, ROWS, rounds, **options).history["loss"]
    return {
        "training": losses[-1] / np.log(2),
        "bits": held_out_bits(model, [recurrent(128)], V, ids[cut:]),
    }
