"""What does a network do when nobody stops it, and what does that cost?

An LSTM on the returns of the real share: stopped by the validation part, or trained for
120 epochs at a larger rate. Losses are mean squared errors of scaled returns; those of
the validation part are set against the mean return of the training part, ``val_gain``
at the best epoch, ``val_end`` after the last. Used by ``23-stock-prediction``.
"""

import numpy as np
from _stock_prediction import predict, prepare, skill_of, train

from rnnbook.data import load_prices

GRID = [{"stopping": "early"}, {"stopping": "never"}]
SEEDS = range(8)
TOLERANCE = {"train_end": 0.1, "val_gain": 0.03, "val_end": 0.6, "skill": 0.1}


def run(setting, seed):
    price = load_prices().price
    scaler, parts = prepare(np.diff(np.log(price)))
    options = {}
    if setting["stopping"] == "never":
        options = {"lr": 1e-2, "epochs": 120, "patience": None}
    model, history = train(parts, seed, **options)
    f = predict(model, parts[2].x)[:, 0] * scaler.scale_ + scaler.mean_
    mean_return = (parts[1].y ** 2).mean()  # scaled: the training mean is 0
    return {
        "train_end": history.train[-1],
        "val_gain": 1 - min(history.val) / mean_return,
        "val_end": history.val[-1] / mean_return,
        "skill": skill_of(price, parts[2].t, f),
    }
