"""The look of the course's figures: vectors, in the colours and the face of its pages.

On a page a figure is drawn in the page's theme: the colours below are replaced by
those of the theme. Alt text and caption belong to the cell, where the page finds them
(metadata ``mystnb.image.alt``, ``mystnb.figure.caption``, ``mystnb.figure.name``).
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib import font_manager
from matplotlib.colors import ListedColormap
from numpy.typing import ArrayLike

INK, SOFT = "#1f2328", "#57606a"
# One colour a gate, in figures, diagrams and formulas; the candidate of the GRU, n, has
# that of the LSTM's, g. After Okabe and Ito (2008), darker, so that type is readable.
GATES = {
    "i": "#0072b2",
    "f": "#bf5300",
    "g": "#00805c",
    "o": "#b0458a",
    "r": "#8f6200",
    "z": "#2a76a8",
    "n": "#00805c",
}
COLORS = ("#0072b2", "#bf5300", "#00805c", "#b0458a", "#8f6200", INK, SOFT)
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)), (0, (3, 1, 1, 1, 1, 1)))
WIDTH = 5.2  # inches; a phone shows it at about this size, so that type stays readable
FACE = "Source Sans Pro"


def _add_face() -> None:
    """Let Matplotlib find the typeface of the pages, which a package brings."""
    folder = Path(find_spec("font_source_sans_pro").origin).parent / "files"
    for name in ("Regular", "It", "Semibold"):
        font_manager.fontManager.addfont(folder / f"SourceSansPro-{name}.ttf")


def use_style() -> None:
    """Set the defaults of Matplotlib, and of NumPy for printing, in this process."""
    _add_face()
    plt.rcParams.update(
        {
            "figure.figsize": (WIDTH, 2.8),
            "figure.dpi": 144,  # of what is no vector: images within a figure
            "figure.facecolor": "none",
            "figure.constrained_layout.use": True,
            "font.family": [FACE, "DejaVu Sans"],
            "font.monospace": ["DejaVu Sans Mono"],  # or what the page has
            "font.size": 11,
            "mathtext.fontset": "custom",
            "mathtext.rm": FACE,
            "mathtext.it": f"{FACE}:italic",
            "mathtext.bf": f"{FACE}:semibold",
            "mathtext.cal": FACE,
            "mathtext.sf": FACE,
            "mathtext.tt": FACE,
            "mathtext.fallback": "stix",  # stixsans has no letters for Greek
            "axes.prop_cycle": cycler(color=COLORS) + cycler(linestyle=LINES),
            "axes.facecolor": "none",
            "axes.edgecolor": INK,
            "axes.labelcolor": INK,
            "axes.titlesize": 11,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.color": SOFT,
            "grid.alpha": 0.25,
            "grid.linewidth": 0.6,
            "image.cmap": "viridis",
            "legend.frameon": False,
            "lines.linewidth": 1.6,
            "svg.fonttype": "none",  # text stays text: it is searched, read out, sharp
            "svg.hashsalt": "rnnbook",  # the same figure is the same file
            "text.color": INK,
            "xtick.color": INK,
            "ytick.color": INK,
        }
    )
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        # what is handed in is opened by others, so it is graded as an image
        kind = os.environ.get("RNNBOOK_FIGURES", "svg")
        options = {"metadata": {"Date": None}} if kind == "svg" else {}
        set_matplotlib_formats(kind, bbox_inches=None, **options)
    # a number within a tuple or a list is written as a number
    np.set_printoptions(legacy="1.25", precision=4)


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


def text_values(ax: plt.Axes, lines: list[str], values: list[ArrayLike]) -> None:
    """Draw lines of text, each character on the colour of its value.

    The colour says the sign, its strength the size. A strip below the line says both
    again, without colour: up where a value is positive, down where it is negative.

    Parameters
    ----------
    ax : Axes
    lines : list of str
    values : list of array_like
        For each line one number a character, from -1 to 1.

    Raises
    ------
    ValueError
        If a line has another number of values than of characters.
    """
    signs = {1: COLORS[0], -1: COLORS[1]}
    colours = ListedColormap([signs[-1], signs[1]])
    for y, (line, value) in enumerate(zip(lines, values, strict=True)):
        value = np.asarray(value, dtype=float)
        if value.shape != (len(line),):
            raise ValueError(f"line {y}: {len(line)} characters, {value.shape} values")
        look = {"clim": (-1, 1), "alpha": abs(value[None]) / 2, "aspect": "auto"}
        ground = (0, len(line), y + 0.25, y - 0.25)
        ax.imshow(value[None], colours, extent=ground, **look)
        for x, letter in enumerate(line):
            if not letter.isspace():  # one by one: any face may be the reader's
                place = {"ha": "center", "va": "center", "family": "monospace"}
                ax.text(x + 0.5, y, letter, **place)
        zero = y + 0.5
        for sign, colour in signs.items():
            strip = zero - np.where(sign * value > 0, value, np.nan) / 5
            ax.stairs(strip, baseline=zero, fill=True, color=colour)
    ax.set(xlim=(0, max(map(len, lines))), ylim=(len(lines) - 0.25, -0.4))
    ax.axis("off")
