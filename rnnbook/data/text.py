"""Characters as numbers, and long texts as parallel streams."""

from collections.abc import Iterator

import numpy as np

from rnnbook.data._arguments import integer


class Vocabulary:
    """The distinct characters of a text, numbered in sorted order.

    Parameters
    ----------
    text : str, not empty

    Attributes
    ----------
    symbols : str
        The V characters; ``symbols[k]`` has the number k. ``len(vocabulary)`` is V.

    Raises
    ------
    ValueError
        If ``text`` is empty or not a string.
    """

    def __init__(self, text: str):
        if not isinstance(text, str) or not text:
            raise ValueError(f"text: expected a string, not empty, got {text!r}")
        self.symbols = "".join(sorted(set(text)))
        self._numbers = {symbol: k for k, symbol in enumerate(self.symbols)}

    def __len__(self) -> int:
        return len(self.symbols)

    def __repr__(self) -> str:
        return f"Vocabulary of {len(self)} characters"

    def encode(self, text: str) -> np.ndarray:
        """Return the numbers of the characters, an (N,) ndarray of int64.

        Raises
        ------
        ValueError
            If ``text`` is not a string, or has a character that is not in the
            vocabulary; the message names it and its position.
        """
        if not isinstance(text, str):
            raise ValueError(f"text: expected a string, got {type(text).__name__}")
        unknown = set(text) - self._numbers.keys()
        if unknown:
            position = min(text.index(symbol) for symbol in unknown)
            raise ValueError(
                f"text: expected characters of the vocabulary, got {text[position]!r} "
                f"at position {position}"
            )
        return np.array([self._numbers[symbol] for symbol in text], dtype=np.int64)

    def decode(self, ids) -> str:
        """Return the text of an (N,) array of numbers; the reverse of ``encode``.

        Raises
        ------
        ValueError
            If ``ids`` has another rank, is not integer, or a number is not in
            [0, V): a negative one would silently count from the end.
        """
        ids = _ids(ids)
        bad = ids[(ids < 0) | (ids >= len(self))]
        if len(bad):
            raise ValueError(f"ids: expected 0 to {len(self) - 1}, got {bad[0]}")
        return "".join(self.symbols[k] for k in ids)


def streams(
    ids, batch_size: int, length: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Read a long text as parallel streams, for training with a carried state.

    The text is cut into B equal pieces, and row b of every batch reads piece b: it
    goes on where row b of the batch before stopped, so that the state after one batch
    is the right initial state for the next.

    Parameters
    ----------
    ids : (N,) array of int
    batch_size : int, B
    length : int, T

    Yields
    ------
    x : (B, T) ndarray
    y : (B, T) ndarray
        The next character: ``x`` one step later. Up to T - 1 characters at the end
        of each piece, and N mod B at the end of the text, are left out.

    Raises
    ------
    ValueError
        At the call, before the first batch: if ``ids`` has another rank or is not
        integer, a size is not a positive integer, or the text is too short for one
        batch.
    """
    ids = _ids(ids)
    batch_size, length = integer("batch_size", batch_size), integer("length", length)
    piece = (len(ids) - 1) // batch_size  # the last character is a target only
    if piece < length:
        raise ValueError(
            f"ids: expected at least batch_size * length + 1 = "
            f"{batch_size * length + 1} characters, got {len(ids)}"
        )
    x = ids[: batch_size * piece].reshape(batch_size, piece)
    y = ids[1 : batch_size * piece + 1].reshape(batch_size, piece)
    starts = range(0, piece - length + 1, length)
    return ((x[:, s : s + length].copy(), y[:, s : s + length].copy()) for s in starts)


def _ids(ids) -> np.ndarray:
    ids = np.asarray(ids)
    if ids.ndim != 1 or (ids.size and ids.dtype.kind not in "iu"):
        raise ValueError(
            f"ids: expected an (N,) array of integers, got shape {ids.shape} and dtype "
            f"{ids.dtype}"
        )
    return ids
