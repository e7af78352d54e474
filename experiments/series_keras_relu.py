"""Where does ``activation="relu"`` blow up in a recurrent layer, and where does it not?

Inputs as they are or standardised, short and long windows, two rates, with the same
layer in tanh as the control; also a clipped gradient, and two other starts of the
recurrent matrix. The targets are standardised, so that a loss of 1 is that of the mean.
Used by ``29-series-in-keras`` and ``41-claims-tested``.

``log_state`` and ``log_first`` are powers of ten, of the largest state and of the loss,
both before the first update. ``nan``: the loss ended as no number. ``rose``: the
loss of some epoch was more than ten times that of the epoch before, or no number.
``failed``: the last is no number, or is no better than the mean.
"""

import keras
import numpy as np
from _series_keras import HORIZON, sea_and_split
from keras import layers

from rnnbook.data import windows

CELLS = {"LSTM": layers.LSTM, "GRU": layers.GRU, "SimpleRNN": layers.SimpleRNN}
BASE = {
    "cell": "LSTM",
    "activation": "relu",
    "inputs": "scaled",
    "length": 24,
    "rate": 1e-3,
    "start": "orthogonal",
    "clip": 0.0,
}
PLACES = [
    {"inputs": inputs, "length": length, "rate": rate}
    for inputs in ("scaled", "raw")
    for length in (24, 120)
    for rate in (1e-3, 1e-2)
]
LONG = [place for place in PLACES if place["length"] == 120]
GRID = [
    *(BASE | place | {"activation": a} for a in ("tanh", "relu") for place in PLACES),
    *(BASE | place | {"clip": 1.0} for place in LONG),
    *(BASE | place | {"start": start} for start in ("zeros",) for place in LONG),
    *(BASE | place | {"cell": cell} for cell in ("GRU", "SimpleRNN") for place in LONG),
    *(BASE | place | {"cell": "SimpleRNN", "start": "identity"} for place in LONG),
]
SEEDS = range(5)
TOLERANCE = {"log_state": 0.1, "log_first": 0.1, "nan": 1, "rose": 1, "failed": 1}


def run(setting, seed):
    y, split = sea_and_split()
    y = y[split[0]]
    z = (y - y.mean()) / y.std()
    length = setting["length"]
    x = windows(y if setting["inputs"] == "raw" else z, length, HORIZON)[0][..., None]
    target = windows(z, length, HORIZON)[1]
    keras.utils.set_random_seed(seed)
    layer = CELLS[setting["cell"]](
        32, activation=setting["activation"], recurrent_initializer=setting["start"]
    )
    inputs = keras.Input((length, 1))
    model = keras.Model(inputs, layers.Dense(HORIZON)(layer(inputs)))
    clip = setting["clip"] or None
    model.compile(keras.optimizers.Adam(setting["rate"], clipnorm=clip), loss="mse")
    state = np.abs(layer(x.astype(np.float32)).numpy()).max()
    first = model.evaluate(x, target, verbose=0)
    loss = model.fit(x, target, batch_size=64, epochs=10, verbose=0).history["loss"]
    return {
        "log_state": np.log10(state),
        "log_first": np.log10(first),
        "nan": int(not np.isfinite(loss[-1])),
        "rose": int(not all(b <= 10 * a for a, b in zip(loss, loss[1:], strict=False))),
        "failed": int(not loss[-1] < 1),
    }
