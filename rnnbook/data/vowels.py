"""Letters whose vowels are missing: what comes after matters as much as what was."""

import re
from typing import NamedTuple

import numpy as np

VOWELS = "aeiou"
SYMBOLS = " _bcdfghjklmnpqrstvwxyz"  # "_" stands where a vowel is missing
# Formulas, code and the names of roles are no English.
_NOT_WORDS = re.compile(r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`|\{[\w:-]+\}", re.DOTALL)


class MissingVowels(NamedTuple):
    """A text in small letters, what is read of it, and what is to be named.

    ``x (N,)`` numbers the symbols read, by :data:`SYMBOLS`; ``y (N,)`` is the number
    of the vowel that is missing, by :data:`VOWELS`, and -1 where none is.
    """

    text: str
    x: np.ndarray
    y: np.ndarray


def missing_vowels(text: str) -> MissingVowels:
    """Take the vowels out of a text.

    Parameters
    ----------
    text : str
        Formulas between dollars and code between backticks are left out; what is no
        letter from a to z becomes one blank.

    Returns
    -------
    MissingVowels

    Raises
    ------
    ValueError
        If ``text`` is no string, or no vowel is in it.
    """
    if not isinstance(text, str):
        raise ValueError(f"text: expected a string, got {type(text).__name__}")
    words = re.sub("[^a-z]+", " ", _NOT_WORDS.sub(" ", text).lower()).strip()
    letters = np.array(list(words), dtype="U1")
    y = np.full(len(words), -1)
    for k, vowel in enumerate(VOWELS):
        y[letters == vowel] = k
    if not (y >= 0).any():
        raise ValueError(f"text: expected at least one of {VOWELS}, got {text[:40]!r}")
    letters[y >= 0] = "_"
    x = np.searchsorted(np.array(sorted(SYMBOLS)), letters)
    order = np.array([SYMBOLS.index(symbol) for symbol in sorted(SYMBOLS)])
    return MissingVowels(words, order[x], y)
