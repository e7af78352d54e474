"""A digit of the reader's own, a photo or a drawing, as MNIST has its digits."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np

from rnnbook.data import _file
from rnnbook.data._arguments import integer

_BOX = 20 / 28  # MNIST: the longer side of a digit, and of its image
_CONTRAST = 40  # of 255 grey levels between paper and ink, at least


def load_image(file: Any, side: int = 28) -> np.ndarray:
    """Load one handwritten digit of your own, prepared as those of MNIST are.

    Dark ink on light paper or the other way round; whatever is transparent is paper.
    The digit is cut out, fits into a box of 20 of 28 pixels without being stretched,
    and lies with its centre of mass in the middle of the image.

    Parameters
    ----------
    file : path, bytes or open file
        A PNG, a JPEG, or what else Pillow can read; one digit, and paper all around.
    side : int
        How many rows, and columns, the image shall have.

    Returns
    -------
    ndarray (side, side) float32
        0 for the paper, up to 1 for the ink.

    Raises
    ------
    ValueError
        If it is no picture; if there is too little contrast, or a digit that is cut
        off by the edge; if most of it is ink.
    FileNotFoundError
        With the files that are there, if it is a path that leads nowhere.
    """
    side = integer("side", side, 8)
    name = _file.last_part(_file.label(file))
    ink = _ink(_grey(file, name), name)
    cut = _cut(ink, name)
    scale = round(_BOX * side) / max(cut.shape)
    small = _resized(cut, *(max(1, round(scale * n)) for n in cut.shape))
    return _centred(np.clip(small / small.max(), 0, 1), side)


def _grey(file: Any, name: str) -> np.ndarray:
    """The picture (rows, columns) in 0..255, turned as the camera says."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    raw = _raw(file)
    try:
        with Image.open(io.BytesIO(raw)) as picture:
            rgba = ImageOps.exif_transpose(picture).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise ValueError(
            f"{name}: expected a picture, as a PNG or a JPEG, got none that is whole "
            f"({type(error).__name__})"
        ) from None
    paper = Image.new("RGBA", rgba.size, _paper_under(np.asarray(rgba)))
    paper.alpha_composite(rgba)
    return np.asarray(paper.convert("L"), dtype=np.float32)


def _raw(file: Any) -> bytes:
    if isinstance(file, bytes | bytearray | memoryview):
        return bytes(file)
    found = file.read() if hasattr(file, "read") else None
    if isinstance(file, str | os.PathLike):
        found = _file._read(Path(file).expanduser())
    if not isinstance(found, bytes):
        raise ValueError(
            "file: expected a path, bytes or a file that is open for reading bytes, "
            f"got {type(file).__name__}"
        )
    return found


def _paper_under(rgba: np.ndarray) -> tuple[int, int, int]:
    """White under a drawing, black where what is drawn is white."""
    drawn = rgba[rgba[..., 3] > 127]
    light = len(drawn) > 0 and drawn[:, :3].mean() > 127
    transparent = len(drawn) < rgba[..., 0].size
    return (0, 0, 0) if light and transparent else (255, 255, 255)


def _ink(grey: np.ndarray, name: str) -> np.ndarray:
    """How far each pixel departs from the paper, 0..1; the paper's own noise is 0."""
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = np.median(edge)
    darkest, lightest = np.percentile(grey, [0.05, 99.95])
    darker, lighter = paper - darkest, lightest - paper
    ink = paper - grey if darker >= lighter else grey - paper
    full = max(darker, lighter)
    if full < _CONTRAST:
        raise ValueError(
            f"{name}: expected a digit in dark ink on light paper, or the other way "
            f"round, got {full:.0f} of 255 levels between paper and ink: use a "
            "thicker pen, more light, or cut off what is not needed"
        )
    return np.clip((ink / full - 0.3) / 0.7, 0, 1)


def _cut(ink: np.ndarray, name: str) -> np.ndarray:
    """The smallest part that has all ink."""
    there = ink > 0.2
    if there.mean() > 0.5:
        raise ValueError(
            f"{name}: expected a digit on paper, got {there.mean():.0%} of it in ink: "
            "is there a shadow, or a table around the paper?"
        )
    if np.concatenate([there[0], there[-1], there[:, 0], there[:, -1]]).any():
        raise ValueError(
            f"{name}: expected paper all around the digit, got ink at the edge: leave "
            "more paper, or cut off what does not belong to the digit"
        )
    rows, columns = (np.flatnonzero(there.any(axis=axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _resized(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    from PIL import Image

    picture = Image.fromarray(np.ascontiguousarray(image, dtype=np.float32))
    return np.asarray(picture.resize((columns, rows), Image.Resampling.BOX))


def _centred(digit: np.ndarray, side: int) -> np.ndarray:
    """A blank image with the digit in it, its centre of mass in the middle."""
    image = np.zeros((side, side), np.float32)
    at = []
    for axis, n in enumerate(digit.shape):
        mass = digit.sum(axis=1 - axis)
        centre = (mass * np.arange(n)).sum() / mass.sum() + 0.5
        at.append(int(np.clip(round(side / 2 - centre), 0, side - n)))
    down, across = at
    image[down : down + digit.shape[0], across : across + digit.shape[1]] = digit
    return image
