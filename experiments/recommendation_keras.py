"""Is it the library? The same network in Keras, over padded sessions.

Embedding with a mask, GRU, a softmax over all items at each step; trained for
four passes, the rate halved after each. Recall@10 and MRR@10 on the test part, and
``pad``, the largest change of any belief when ten more zeros stand behind each
session. Used by ``28-recommendation``.
"""

import keras
import numpy as np
from _recommendation import RATES, mrr, pairs, ranks, recall, shop
from keras import layers

GRID = [{"passes": 4}, {"passes": 0}]
SEEDS = range(100, 103)
TOLERANCE = {"recall": 0.01, "mrr": 0.01, "pad": 1e-3}


def keras_model(items, hidden=100):
    x = keras.Input((None,), dtype="int32")  # (B, T), 0 is the padding
    e = layers.Embedding(items + 1, hidden, mask_zero=True)(x)  # (B, T, H)
    h = layers.GRU(hidden, return_sequences=True)(e)
    scores = layers.Dense(items)(h)  # (B, T, V)
    model = keras.Model(x, scores)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    model.compile(keras.optimizers.Adam(3e-3), loss)
    return model


def padded_for_keras(sessions):
    """Inputs (B, T) with items from 1, zeros behind; targets with -1 behind."""
    length = np.array([len(s) - 1 for s in sessions])
    inside = np.arange(length.max()) < length[:, None]
    x, y = np.zeros(inside.shape, "int32"), np.full(inside.shape, -1, "int32")
    now, following = pairs(sessions)
    x[inside], y[inside] = now + 1, following
    return x, y, inside


class ByLength(keras.utils.PyDataset):
    """Batches of sessions of like length, in a new order in every pass.

    The longest come first: of the first two, Keras learns that T may change.
    """

    def __init__(self, sessions, batch=64):
        super().__init__()
        ordered = sorted(sessions, key=len, reverse=True)
        self.batches = [
            padded_for_keras(ordered[i : i + batch])[:2]
            for i in range(0, len(ordered), batch)
        ]

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, k):
        return self.batches[k]


def believed(model, sessions, more=0):
    """Scores (N, V) of each next click; with ``more`` zeros behind the session."""
    x, _, inside = padded_for_keras(sessions)
    x = np.pad(x, ((0, 0), (0, more)))
    return model.predict(x, verbose=0)[:, : inside.shape[1]][inside]


def run(setting, seed):
    (first, _, test), items = shop()
    keras.utils.set_random_seed(seed)
    model = keras_model(items)
    halved = keras.callbacks.LearningRateScheduler(lambda k: RATES[k])
    if passes := setting["passes"]:
        model.fit(ByLength(first), epochs=passes, callbacks=[halved], verbose=0)
    rank = ranks(believed(model, test), pairs(test)[1])
    few = test[:20]
    pad = np.abs(believed(model, few) - believed(model, few, more=10)).max()
    return {"recall": recall(rank), "mrr": mrr(rank), "pad": float(pad)}
