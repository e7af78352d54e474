"""Draw how far back a gradient reaches: ``python site/reach.py [folder]``.

How far back does the gradient of the last hidden state reach? Untrained networks,
random input, one network a row; nothing is fitted, nothing is picked. Run by hand
when something in it changes; the two pictures (for light and dark pages) are committed.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from rnnbook import bptt, cells

STEPS, INPUTS, HIDDEN, BATCH, SEEDS = 100, 8, 64, 8, 12
FLOOR = 1e-8  # below it, nothing is left that could be learned from
THEMES = {"light": ("#1f2933", "#e7ebf0"), "dark": ("#e6e9ee", "#2a2f38")}


def parameters(rng, gates, forget_bias=None):
    """Uniform in +-1/sqrt(H), as the layers start; the forget bias on request."""
    bound = HIDDEN**-0.5
    params = {
        "W_xh": rng.uniform(-bound, bound, (INPUTS, gates * HIDDEN)),
        "W_hh": rng.uniform(-bound, bound, (HIDDEN, gates * HIDDEN)),
        "b_h": np.zeros(gates * HIDDEN),
    }
    if forget_bias is not None:
        params["b_h"][HIDDEN : 2 * HIDDEN] = forget_bias
    return params


def reach(step, step_backward, params, rng):
    """Norm of the gradient of the last state in every input, relative to the last."""
    x = rng.standard_normal((BATCH, STEPS, INPUTS))
    zeros = np.zeros((BATCH, HIDDEN))
    state = (zeros, zeros) if step is cells.lstm_step else zeros
    h, _, caches = bptt.forward(step, x, state, params)
    dh = np.zeros_like(h)
    dh[:, -1] = rng.standard_normal((BATCH, HIDDEN))
    dx, _, _ = bptt.backward(step_backward, dh, state, caches, params)
    norms = np.linalg.norm(dx, axis=(0, 2))  # (T,)
    return norms / norms[-1]


def measure():
    """One row a network, one array a kind; columns run from the past to the present."""
    rnn = cells.rnn_step, cells.rnn_step_backward
    lstm = cells.lstm_step, cells.lstm_step_backward
    kinds = {
        "plain RNN": (*rnn, 1, None),
        "LSTM": (*lstm, 4, 1),
        "LSTM, forget gates opened wider": (*lstm, 4, 2),
    }
    rows = {}
    for name, (step, back, gates, forget) in kinds.items():
        rngs = [np.random.default_rng(seed) for seed in range(SEEDS)]
        rows[name] = np.array(
            [reach(step, back, parameters(rng, gates, forget), rng) for rng in rngs]
        )
    return rows


def draw(rows, ink, empty):
    """Three bands, bright where the gradient still is, fading into the page."""
    plt.rcParams.update({"font.size": 16, "svg.hashsalt": "rnnbook"})
    fig, axes = plt.subplots(len(rows), 1, figsize=(7.2, 5.0), sharex=True)
    cmap = plt.get_cmap("plasma").with_extremes(bad=empty, under=empty)
    for ax, (name, values) in zip(axes, rows.items(), strict=True):
        shown = np.log10(np.where(values > FLOOR, values, np.nan))
        extent = (-STEPS + 0.5, 0.5, 0, 1)
        image = ax.imshow(
            shown,
            aspect="auto",
            cmap=cmap,
            vmin=np.log10(FLOOR),
            vmax=0,
            extent=extent,
            interpolation="nearest",
        )
        ax.set_title(name, loc="left", color=ink, fontsize=18, fontweight="bold")
        ax.set_yticks([])
        ax.tick_params(colors=ink, length=0)
        ax.spines[:].set_visible(False)
    ticks = np.arange(-STEPS + STEPS // 5, 1, STEPS // 5)
    axes[-1].set_xticks(ticks, [f"{-t}" if t < 0 else "now" for t in ticks])
    axes[-1].set_xlabel("steps back in time", color=ink)
    fig.subplots_adjust(left=0.02, right=0.85, top=0.94, bottom=0.145, hspace=0.5)
    bar = fig.colorbar(image, ax=axes, fraction=0.04, pad=0.03)
    powers = np.linspace(np.log10(FLOOR), 0, 3)
    bar.set_ticks(powers, labels=[f"$10^{{{p:.0f}}}$" if p else "1" for p in powers])
    bar.ax.tick_params(colors=ink, length=0)
    bar.outline.set_visible(False)
    return fig


def main(folder: Path) -> None:
    rows = measure()
    far = {name: np.median(values[:, 0]) for name, values in rows.items()}
    rnn, lstm, wider = far.values()
    assert rnn < FLOOR < lstm < wider < 1  # what index.md says
    for theme, (ink, empty) in THEMES.items():
        fig = draw(rows, ink, empty)
        fig.savefig(folder / f"reach-{theme}.png", dpi=150, transparent=True)
        plt.close(fig)


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else here / "images")
