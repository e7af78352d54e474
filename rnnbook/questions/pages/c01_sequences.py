"""Questions of 01-sequences."""

import math

import numpy as np

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("sequences.windows", "01-sequences")
def _(rng):
    N, w, k = rng.integers(50, 500), rng.integers(5, 30), rng.integers(2, 8)
    return Drawn(
        f"A series has {N} values. How many windows of {w} inputs and {k} targets fit?",
        N - w - k + 1,
        [
            (
                N - w - k,
                "The last window is missing: count the starts 0, 1, ... and "
                "look where the last one may stand.",
            ),
            (
                N - w,
                "That leaves room for one target; a window must also hold the others.",
            ),
            (N - w + 1, "These are windows without any target behind them."),
            (
                N // (w + k),
                "These are windows that do not overlap; ours move on by one.",
            ),
        ],
        worked=(
            f"The first window starts at 0, the last at {N} - {w} - {k} = {N - w - k}, "
            f"so there are {N} - {w} - {k} + 1 = {N - w - k + 1}."
        ),
    )


@question("sequences.bits", "01-sequences")
def _(rng):
    nats = round(rng.uniform(1.0, 2.5), 2)
    return Drawn(
        f"A model's mean cross-entropy is {nats} nats per character. How many bits per "
        "character is that? (three significant digits)",
        nats / math.log(2),
        [
            (nats, "That is the number in nats. A bit is worth ln 2 nats."),
            (
                nats * math.log(2),
                "Multiplied where one divides: a text needs more bits "
                "than nats, because a bit is the smaller unit.",
            ),
            (math.exp(nats), "That is the perplexity."),
        ],
        rtol=THREE_DIGITS,
        unit="bits",
        worked=(
            f"A bit is ln(2) = {show(math.log(2), 4)} nats: "
            f"{nats} / ln(2) = {show(nats / math.log(2))} bits."
        ),
    )


@question("sequences.mase", "01-sequences")
def _(rng):
    train = np.cumsum(rng.integers(1, 6, size=5) * rng.choice([-1, 1], size=5)) + 40
    true = rng.integers(35, 50, size=2)
    off = rng.choice(np.arange(1, 9), size=2, replace=False)
    mae, scale = off.mean(), np.abs(np.diff(train)).mean()
    test_scale = abs(int(true[1]) - int(true[0])) or 1
    return Drawn(
        f"Training series: {train.tolist()}. Then came {true.tolist()}, and the "
        f"forecasts were {(true + off).tolist()}. What is the MASE with season 1? "
        "(three significant digits)",
        mae / scale,
        [
            (
                mae,
                "That is the MAE. MASE divides it by the error of the last value "
                "within the training series.",
            ),
            (
                mae / test_scale,
                "The scale is that of the training series, not of the test part.",
            ),
            (math.sqrt((off**2).mean()) / scale, "Absolute errors, not squared ones."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The MAE is ({off[0]} + {off[1]}) / 2 = {show(mae, 4)}. Within the "
            f"training series the value changed by {np.abs(np.diff(train)).tolist()}, "
            f"in the mean {show(scale, 4)}. The MASE is {show(mae, 4)} / "
            f"{show(scale, 4)} = {show(mae / scale)}."
        ),
    )
