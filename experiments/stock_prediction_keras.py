"""Is the answer another one when the network is built and trained in Keras?

The same data and rules as in PyTorch, from Keras's own starting weights. Used by
``23-stock-prediction``.
"""

import keras
import numpy as np
from _stock_prediction import prepare, skill_of

from rnnbook.data import load_prices

GRID = [{"library": "Keras"}]
SEEDS = range(6)
TOLERANCE = {"skill": 0.015, "val_loss": 0.02}


def keras_forecaster():
    return keras.Sequential(
        [
            keras.Input((20, 1)),  # (T, D); the batch is not named
            keras.layers.LSTM(32),  # the last output only: (B, H)
            keras.layers.Dense(1),
        ]
    )


def train_keras(parts, seed, callbacks=()):
    keras.utils.set_random_seed(seed)
    model = keras_forecaster()
    model.compile(keras.optimizers.Adam(3e-3), "mse")
    (x, y), held = ((p.x[..., None], p.y) for p in parts[:2])
    stop = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
    model.fit(
        x,
        y,
        batch_size=64,
        epochs=60,
        validation_data=held,
        callbacks=[stop, *callbacks],
        verbose=0,
    )
    return model


def run(setting, seed):
    price = load_prices().price
    scaler, parts = prepare(np.diff(np.log(price)))
    model = train_keras(parts, seed)
    z = model(parts[2].x[..., None].astype(np.float32)).numpy()[:, 0]
    held = model(parts[1].x[..., None].astype(np.float32)).numpy()
    return {
        "skill": skill_of(price, parts[2].t, z * scaler.scale_ + scaler.mean_),
        "val_loss": np.mean((held - parts[1].y) ** 2),
    }
