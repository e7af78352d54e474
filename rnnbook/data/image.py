"""Digits and other signs of the reader's own, photos or drawings, as MNIST has them."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np

from rnnbook.data import _file
from rnnbook.data._arguments import integer

_BOX = 20 / 28  # MNIST: the longer side of a digit, and of its image
_CONTRAST = 40  # of 255 grey levels between paper and ink, at least
_SPECK = 0.02  # of the ink: what is smaller and stands apart is no part of the digit
_NO_PICTURES = {".db", ".ini", ".pt"}  # what Windows, or training, leaves in folders


def load_image(file: Any, side: int = 28) -> np.ndarray:
    """Load one handwritten digit of your own, prepared as those of MNIST are.

    Dark ink on light paper or the other way round; whatever is transparent is paper.
    The digit is cut out, fits into a box of 20 of 28 pixels without being stretched,
    and lies with its centre of mass in the middle of the image. Specks apart from it,
    each less than a fiftieth of the ink, are left out.

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


def load_images(
    folder: Any, side: int = 28
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Load signs of your own, a folder for each class, prepared by `load_image`.

    Parameters
    ----------
    folder : path
        A folder of folders: ``letters/a/1.png``, ``letters/a/2.png``, ``letters/b/...``
        Hidden files, and those ending in .db, .ini and .pt, are left out.
    side : int
        How many rows, and columns, each image shall have.

    Returns
    -------
    images : ndarray (N, side, side) uint8
        0 for the paper, up to 255 for the ink, as those of `load_mnist`.
    labels : ndarray (N,) int64
        Where in ``names`` the folder of each image stands.
    names : list of str
        The names of the folders, in order.

    Raises
    ------
    ValueError
        If there are less than two folders with files; if `load_image` refuses files,
        with the names and the reasons of all of them.
    """
    top = Path(folder).expanduser()
    files = sorted(f for f in top.glob("*/*") if f.is_file() and _may_be_picture(f))
    names = sorted({file.parent.name for file in files})
    if len(names) < 2:
        raise ValueError(
            f"{top.name}: expected a folder for each class, two or more, with pictures "
            f"in each, got {len(names)} such folders"
        )
    images, refused = [], []
    for file in files:
        try:
            images.append(np.rint(255 * load_image(file, side)).astype(np.uint8))
        except ValueError as error:
            refused.append(f"{file.parent.name}/{error}")
    if refused:
        raise ValueError(
            f"{top.name}: {len(refused)} of {len(files)} files cannot be used; mend or "
            "remove them:\n" + "\n".join(refused)
        )
    labels = np.array([names.index(file.parent.name) for file in files], np.int64)
    return np.stack(images), labels, names


def _may_be_picture(file: Path) -> bool:
    hidden = file.name.startswith(".") or file.parent.name.startswith(".")
    return not hidden and file.suffix.lower() not in _NO_PICTURES


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
    """The smallest part that has all ink, without specks."""
    there = ink > 0.2
    if there.mean() > 0.5:
        raise ValueError(
            f"{name}: expected a digit on paper, got {there.mean():.0%} of it in ink: "
            "is there a shadow, or a table around the paper?"
        )
    specks = _specks(there)
    there &= ~specks
    if np.concatenate([there[0], there[-1], there[:, 0], there[:, -1]]).any():
        raise ValueError(
            f"{name}: expected paper all around the digit, got ink at the edge, or a "
            "shadow: leave more paper, light it evenly, cut off what does not belong "
            "to the digit"
        )
    ink = np.where(specks, 0, ink)
    rows, columns = (np.flatnonzero(there.any(axis=axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _specks(there: np.ndarray) -> np.ndarray:
    """Where ink stands apart from all other, and is only a little of it."""
    from scipy.ndimage import label

    parts, _ = label(there, structure=np.ones((3, 3)))
    sizes = np.bincount(parts.ravel())
    small = sizes < _SPECK * sizes[1:].sum()
    small[0] = False  # the paper
    return small[parts]


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
