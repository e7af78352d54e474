"""What does the recipe know of new text, and does it copy its page?

Two LSTM layers in Keras read one short page of Python's documentation, a few times and
many times. The last tenth of the documentation is judged. A text that the network
writes is searched for the longest piece of the page, and so is what the authors wrote
right after it.

Used by ``21-text-generation`` and ``41-claims-tested``.
"""

import keras
import numpy as np
from _text_generation import longest_copy
from _text_generation_keras import ClearState, arrays, reset
from keras import layers

from rnnbook.data import Vocabulary, load_text

GRID = [{"rounds": 60}, {"rounds": 15}, {"rounds": 2}]  # the last is the cheap one
SEEDS = range(3)
# After sixty rounds the network is sure of itself: another processor is worth about
# as much as another seed.
TOLERANCE = {"training": 0.4, "bits": 1.5, "copied": 60, "following": 10}
PAGE, ROWS, LENGTH = 600, 20, 12


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


cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def held_out_bits(model, cells, V, ids):
    """Bits per character of a text, read in fifty streams, state carried."""
    reader = build(V, 50, 93, cells, dropout=0.0)
    reader.set_weights(model.get_weights())
    reader.compile(loss=cross_entropy)
    x, y = arrays(ids, rows=50, length=93)
    nats = reader.evaluate(x, y, batch_size=50, verbose=0)
    return nats / np.log(2)


def write(twin, vocabulary, prompt, n, rng):
    """Continue the prompt by n characters, drawn from sharpened scores."""
    if not prompt:
        raise ValueError("prompt: expected at least one character")
    reset(twin)
    ids = list(vocabulary.encode(prompt))
    for k in range(len(prompt) + n - 1):
        scores = twin.predict_on_batch(np.array([[ids[k]]]))[0, 0] / 0.3
        if k >= len(prompt) - 1:
            p = np.exp(scores - scores.max())
            ids.append(rng.choice(len(p), p=p / p.sum()))
    return vocabulary.decode(ids[len(prompt) :])


def two_layers():
    return [recurrent(128), recurrent(128)]


def run(setting, seed):
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    text = load_text().text
    vocabulary = Vocabulary(text)
    V, page = len(vocabulary), text[:PAGE]
    x, y = arrays(vocabulary.encode(page), ROWS, LENGTH)
    recipe = build(V, ROWS, LENGTH, two_layers(), dropout=0.1)
    recipe.compile(keras.optimizers.Adam(0.01, global_clipnorm=1.0), cross_entropy)
    options = {"shuffle": False, "verbose": 0, "callbacks": [ClearState()]}
    losses = recipe.fit(x, y, ROWS, setting["rounds"], **options).history["loss"]
    twin = build(V, 1, 1, two_layers(), dropout=0.1)
    twin.set_weights(recipe.get_weights())
    sample = write(twin, vocabulary, page[60:100], 200, np.random.default_rng(0))
    new = vocabulary.encode(text[int(0.9 * len(text)) :])
    return {
        "training": losses[-1] / np.log(2),
        "bits": held_out_bits(recipe, two_layers(), V, new),
        "copied": len(longest_copy(sample, page)),
        "following": len(longest_copy(text[PAGE : PAGE + 200], page)),
    }
