"""Sentences on which only the order of the words decides."""

from typing import Any

import numpy as np

from rnnbook.data._arguments import generator

GOOD = "good great lovely superb fine perfect funny clever warm fresh".split()
BAD = "bad awful boring weak poor stale dull ugly cold broken".split()
FORMS = [  # the form, and which of its two adjectives counts
    ("it was {} , not {}", 0),
    ("it was not {} but {}", 1),
    ("first it was {} , then {}", 1),
    ("it was rather {} than {}", 0),
    ("what began {} ended {}", 1),
    ("it was never {} , always {}", 1),
]
BEFORE = ["", "really", "in every way", "as they all say"]
AFTER = ["", "i think", "to be fair", "if you ask me"]


def twin_sentences(rng: Any) -> tuple[list, np.ndarray, list, np.ndarray]:
    """Sentences in pairs of the same words and opposite labels.

    Each has one good and one bad adjective, and a form that says which of the two
    counts. In its twin, which follows it, the adjectives have changed places.

    Parameters
    ----------
    rng : numpy Generator or int

    Returns
    -------
    known : list of 960 sentences, each a list of words
    known_y : ndarray (960,)
        1 where the good adjective counts, 0 where the bad one does.
    new, new_y
        The same for 240 sentences of pairs of adjectives that are not in ``known``.
    """
    rng = generator(rng)
    made: dict[bool, tuple[list, list]] = {True: ([], []), False: ([], [])}
    for i, good in enumerate(GOOD):
        for j, bad in enumerate(BAD):
            for form, counts in FORMS:
                fill = rng.choice(BEFORE), rng.choice(AFTER)
                pair = _twins(good, bad, form, counts, *fill)
                kept = made[(i + j) % 5 == 0]
                for part, more in zip(kept, pair, strict=True):
                    part.extend(more)
    (known, known_y), (new, new_y) = made[False], made[True]
    return known, np.array(known_y), new, np.array(new_y)


def _twins(good, bad, form, counts, before, after):
    """Two sentences (as words) and their labels."""
    pair = [f"{before} {w} {after}" for w in (good, bad)]
    one, other = form.format(*pair), form.format(*pair[::-1])
    return [one.split(), other.split()], [1 - counts, counts]
