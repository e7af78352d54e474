"""How many bits do the recipe, a short and a full training in Keras need on new text?

Used by ``21-text-generation``. The recipe reads one page of a thousand characters
until its loss is low. The short training is the one that the page makes: a quarter of
the training text, two rounds. The full one reads all of the training text four times.
All are judged on the last tenth of Python's documentation, after half of their rounds
and at the end.
"""

import keras
import numpy as np
from keras import layers

from rnnbook.data import Vocabulary, load_text, streams

GRID = [
    {"model": "recipe", "hidden": 128, "layers": 2, "rounds": 60},
    {"model": "short", "hidden": 128, "layers": 1, "rounds": 2},
    {"model": "full", "hidden": 256, "layers": 1, "rounds": 4},
]
SEEDS = range(3)
READ = {"recipe": (20, 12), "short": (32, 16), "full": (32, 64)}  # streams, length
# Python's documentation is another text in each Python, and the recipe, sure of
# itself, is sensitive to what the next page says.
TOLERANCE = {"training": 0.1, "halfway": 0.1, "bits": 0.1}


def arrays(ids, rows, length):
    """All batches of parallel streams, one below the other: (M, length)."""
    pairs = list(streams(ids, rows, length))
    return [np.concatenate(side) for side in zip(*pairs)]


def build(V, rows, length, sizes, dropout=0.1):
    """Scores of the next character; rows and length are fixed."""
    model = keras.Sequential([keras.Input(batch_shape=(rows, length), dtype="int32")])
    model.add(layers.Embedding(V, 64))
    for units in sizes:
        model.add(layers.LSTM(units, return_sequences=True, stateful=True))
        model.add(layers.Dropout(dropout))
    model.add(layers.Dense(V))  # (B, T, V)
    return model


def recurrent(model):
    return [layer for layer in model.layers if isinstance(layer, layers.RNN)]


def twin_of(model, rows, length):
    """The same weights, for other batches; its state is cleared."""
    sizes = [layer.units for layer in recurrent(model)]
    twin = build(model.output_shape[-1], rows, length, sizes)
    twin.set_weights(model.get_weights())
    return twin


class NewRound(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        for layer in recurrent(self.model):
            layer.reset_state()


def held_out_bits(model, ids):
    """Bits per character of a new text, read in fifty streams."""
    reader = twin_of(model, 50, 93)
    reader.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x, y = arrays(ids, rows=50, length=93)
    return reader.evaluate(x, y, batch_size=50, verbose=0) / np.log(2)


def optimiser(model, updates):
    """The recipe keeps its rate; the others let it rise and fall."""
    if model == "recipe":
        return keras.optimizers.Adam(0.01, global_clipnorm=1.0)
    warm = updates // 10
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, updates - warm, warmup_target=0.015, warmup_steps=warm
    )
    return keras.optimizers.Adam(schedule, beta_2=0.99, global_clipnorm=1.0)


def run(setting, seed):
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    text = load_text().text
    vocabulary = Vocabulary(text)
    cut = int(0.9 * len(text))
    known, new = vocabulary.encode(text[:cut]), vocabulary.encode(text[cut:])
    rows, length = READ[setting["model"]]
    part = {"recipe": known[:1000], "short": known[: len(known) // 4], "full": known}
    x, y = arrays(part[setting["model"]], rows, length)
    rounds = setting["rounds"]
    sizes = setting["layers"] * [setting["hidden"]]
    model = build(len(vocabulary), rows, length, sizes)
    model.compile(
        optimiser(setting["model"], rounds * (len(x) // rows)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    options = {"shuffle": False, "verbose": 0, "callbacks": [NewRound()]}
    half = rounds // 2
    model.fit(x, y, rows, half, **options)
    halfway = held_out_bits(model, new)
    last = model.fit(x, y, rows, rounds, initial_epoch=half, **options)
    return {
        "training": last.history["loss"][-1] / np.log(2),
        "halfway": halfway,
        "bits": held_out_bits(model, new),
    }
