"""What does Keras say to these shapes, and with which forget bias does it begin?

Where an error is asked for, 1 stands for it. ``value`` is what the claim speaks of,
``control`` the same with one thing changed. Used by ``41-claims-tested``.
"""

import keras
import numpy as np

GRID = [
    {"claim": claim}
    for claim in (
        "units",
        "four dimensions",
        "return sequences",
        "forget bias",
        "masking",
        "stateful",
    )
]
SEEDS = range(3)
TOLERANCE = {"value": 1e-4, "control": 1e-4}


def refused(*layers, shape):
    try:
        keras.Sequential([keras.layers.Input(shape), *layers])
    except ValueError:
        return 1.0
    return 0.0


def after(x, before, stateful):
    """The answer to a batch, after another one if there is one."""
    keras.utils.set_random_seed(0)
    layer = keras.layers.LSTM(4, stateful=stateful)
    if before is not None:
        layer(before)
    return np.array(layer(x))


def run(setting, seed):
    LSTM, claim = keras.layers.LSTM, setting["claim"]
    keras.utils.set_random_seed(seed)
    if claim == "four dimensions":
        value, control = (refused(LSTM(4), shape=s) for s in ((28, 28, 1), (28, 28)))
    elif claim == "return sequences":
        value = refused(LSTM(4), LSTM(4), shape=(5, 3))
        control = refused(LSTM(4, return_sequences=True), LSTM(4), shape=(5, 3))
    elif claim == "masking":
        x = np.ones((1, 10, 3))
        x[0, 2, 0], x[0, 5] = 0.0, 0.0  # one feature missing, and all three
        kept = np.array(keras.layers.Masking(0.0).compute_mask(x))[0]
        value, control = float(not kept[2]), float(not kept[5])
    elif claim == "stateful":
        first, then = np.random.default_rng(seed).normal(size=(2, 1, 5, 3))
        value, control = (
            float(np.abs(after(then, first, s) - after(then, None, s)).max())
            for s in (True, False)
        )
    elif claim == "units":

        def count(steps, units=8):
            layer = LSTM(units)
            layer.build((None, steps, 3))
            return layer.count_params()

        value, control = count(500) / count(5), count(5, 16) / count(5)
    else:
        biases = []
        for open_ in (True, False):
            layer = LSTM(4, unit_forget_bias=open_)
            layer.build((None, 5, 3))
            biases.append(float(np.mean(layer.weights[2].numpy()[4:8])))
        value, control = biases
    return {"value": value, "control": control}
