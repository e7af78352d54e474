"""How many bits does a stacked LSTM in Keras need on new text?

Two layers of 64 units with dropout. They read an eighth of the training text twice,
as on the page, or all of it three times. The training text is the first eight tenths
of Python's documentation; the ninth is for validation, the last one is judged.

Used by ``21-text-generation``.
"""

import keras
import numpy as np
from _text_generation import documentation
from _text_generation_keras import ClearState, arrays
from keras import layers

GRID = [
    {"part": 8, "epochs": 2},
    {"part": 1, "epochs": 3},
    {"part": 64, "epochs": 1},  # the cheap one
]
SEEDS = range(8)
# Python's documentation is another text in each Python.
TOLERANCE = {"training": 0.2, "validation": 0.2, "test": 0.2}
ROWS, LENGTH = 32, 16


def build(V, rows, length, hidden=64, dropout=0.1):
    """A stacked LSTM: scores of the next character, (rows, length, V)."""
    lstm = {"units": hidden, "return_sequences": True, "stateful": True}
    return keras.Sequential(
        [
            keras.Input(batch_shape=(rows, length), dtype="int32"),
            layers.Embedding(V, 64),
            layers.LSTM(**lstm),
            layers.Dropout(dropout),
            layers.LSTM(**lstm),
            layers.Dropout(dropout),
            layers.Dense(V),
        ]
    )


def compiled(model, updates, peak=0.015):
    """The model with a loss, and a rate that rises to its peak and falls."""
    warm = max(1, updates // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, updates - warm, warmup_target=peak, warmup_steps=warm
    )
    model.compile(
        optimizer=keras.optimizers.Adam(
            learning_rate=rate, beta_2=0.99, global_clipnorm=1.0
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model


def run(setting, seed):
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    vocabulary, known, *others = documentation()
    V, epochs = len(vocabulary), setting["epochs"]
    x, y = arrays(known[: len(known) // setting["part"]], ROWS, LENGTH)
    validation, test = (arrays(ids, ROWS, LENGTH) for ids in others)
    updates = epochs * len(x) // ROWS
    model = compiled(build(V, ROWS, LENGTH), updates)
    best = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    history = model.fit(
        x,
        y,
        batch_size=ROWS,
        epochs=epochs,
        shuffle=False,
        validation_data=validation,
        callbacks=[ClearState(), best],
        verbose=0,
    ).history
    nats = model.evaluate(*test, batch_size=ROWS, callbacks=[ClearState()], verbose=0)
    return {
        "training": history["loss"][-1] / np.log(2),
        "validation": min(history["val_loss"]) / np.log(2),
        "test": nats / np.log(2),
    }
