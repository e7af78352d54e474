"""The look of the course's figures: colours that colour-blind readers can tell apart.

Alt text belongs to the cell (metadata ``mystnb.image.alt``), where the page finds it.
"""

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from numpy.typing import ArrayLike

# Okabe and Ito (2008), without the yellow that is too pale for a line on white.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#000000", "#E69F00")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)), (0, (3, 1, 1, 1, 1, 1)))


def use_style() -> None:
    """Set Matplotlib's defaults for the rest of the notebook."""
    plt.rcParams.update(
        {
            "figure.figsize": (7.0, 3.2),
            "figure.dpi": 110,
            "figure.constrained_layout.use": True,
            "font.size": 10,
            "axes.prop_cycle": cycler(color=COLORS) + cycler(linestyle=LINES),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.alpha": 0.25,
            "grid.linewidth": 0.6,
            "legend.frameon": False,
            "lines.linewidth": 1.6,
            "image.cmap": "viridis",
        }
    )


def mean_band(ax: plt.Axes, x: ArrayLike, runs: ArrayLike, label: str):
    """Draw the mean over runs as a line, and from the lowest to the highest as a band.

    Parameters
    ----------
    ax : Axes
    x : (N,) array_like
    runs : (R, N) array_like, one row a seed
    label : str

    Returns
    -------
    Line2D

    Raises
    ------
    ValueError
        If ``runs`` is not one row of ``len(x)`` per seed.
    """
    x, runs = np.asarray(x), np.asarray(runs)
    if runs.ndim != 2 or runs.shape[1:] != x.shape:
        raise ValueError(f"runs: expected shape (R, {len(x)}), got {runs.shape}")
    (line,) = ax.plot(x, runs.mean(axis=0), label=label)
    low, high = runs.min(axis=0), runs.max(axis=0)
    ax.fill_between(x, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    return line
