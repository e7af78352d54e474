"""How many bits do the recipe and a short, proper training in Keras need on new text?

Used by ``21-text-generation``. The recipe reads one short page until its loss is low.
The proper training, of the same length as on the page, reads a sixth of the training
text twice. Both are judged on the last tenth of Python's documentation.
"""

import keras
import numpy as np
from keras import layers

from rnnbook.data import Vocabulary, load_text, streams

GRID = [
    {"model": "recipe", "layers": 2, "rounds": 60},
    {"model": "short", "layers": 1, "rounds": 2},
]
SEEDS = range(3)
# Python's documentation is another text in each Python, and the recipe, sure of
# itself, is sensitive to what the next page says.
TOLERANCE = {"training": 0.3, "bits": 0.6}
READ = {"recipe": (20, 12), "short": (32, 16)}  # streams, length


def arrays(ids, rows, length):
    """All batches of parallel streams, one below the other: (M, length)."""
    pairs = list(streams(ids, rows, length))
    return [np.concatenate(side) for side in zip(*pairs)]


def build(V, rows, length, sizes, dropout):
    """Scores of the next character; rows and length are fixed."""
    model = keras.Sequential([keras.Input(batch_shape=(rows, length), dtype="int32")])
    model.add(layers.Embedding(V, 64))
    for units in sizes:
        model.add(layers.LSTM(units, return_sequences=True, stateful=True))
        model.add(layers.Dropout(dropout))
    model.add(layers.Dense(V))  # (B, T, V)
    return model


def reset(model):
    for layer in model.layers:
        if isinstance(layer, layers.RNN):
            layer.reset_state()


class NewRound(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        reset(self.model)


def twin_of(model, rows, length):
    """The same weights, for other batches, with a cleared state."""
    rnns = [layer for layer in model.layers if isinstance(layer, layers.RNN)]
    sizes = [layer.units for layer in rnns]
    twin = build(model.output_shape[-1], rows, length, sizes, dropout=0.0)
    twin.set_weights(model.get_weights())
    return twin


def held_out_bits(model, ids):
    """Bits per character of a text, read in fifty streams."""
    reader = twin_of(model, 50, 93)
    reader.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x, y = arrays(ids, rows=50, length=93)
    return reader.evaluate(x, y, batch_size=50, verbose=0) / np.log(2)


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
    cut = int(0.9 * len(text))
    known, new = vocabulary.encode(text[:cut]), vocabulary.encode(text[cut:])
    recipe, rounds = setting["model"] == "recipe", setting["rounds"]
    rows, length = READ[setting["model"]]
    x, y = arrays(known[:600] if recipe else known[: cut // 6], rows, length)
    rate = 0.01 if recipe else rising_and_falling(rounds * (len(x) // rows))
    beta = 0.999 if recipe else 0.99
    adam = keras.optimizers.Adam(rate, beta_2=beta, global_clipnorm=1.0)
    sizes = setting["layers"] * [128]
    model = build(len(vocabulary), rows, length, sizes, dropout=0.1)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(adam, loss)
    options = {"shuffle": False, "verbose": 0, "callbacks": [NewRound()]}
    history = model.fit(x, y, rows, rounds, **options).history
    return {
        "training": history["loss"][-1] / np.log(2),
        "bits": held_out_bits(model, new),
    }
