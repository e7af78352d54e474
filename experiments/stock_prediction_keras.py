"""Is the answer another one when the network is built and trained in Keras?

The same data and rules as in PyTorch, from Keras's own starting weights. Used by
``23-stock-prediction``.
"""

import keras
import numpy as np
from sklearn.metrics import mean_absolute_error
from sklearn.preprocessing import StandardScaler

from rnnbook.data import chronological_split, load_prices, windows_by_target
from rnnbook.metrics import skill

GRID = [{"library": "Keras"}]
SEEDS = range(6)
TOLERANCE = {"skill": 0.015, "val_loss": 0.02}
SPLIT = (0.6, 0.2, 0.2)


def prepare(series, length=20, horizon=1):
    """A scaler fitted on the training part; windows of the three parts."""
    split = chronological_split(series, SPLIT)
    scaler = StandardScaler().fit(series[split[0], None])
    scaled = scaler.transform(series[:, None])[:, 0]
    return scaler, windows_by_target(scaled, length, split, horizon)


def skill_of(price, t, log_return):
    """The share of the last value's mean absolute error that a forecast removes."""
    today, tomorrow = price[t], price[t + 1]
    mae = mean_absolute_error(tomorrow, today * np.exp(log_return))
    return skill(mae, mean_absolute_error(tomorrow, today))


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
