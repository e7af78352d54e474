"""Checks of 27-speech: mel, frames, reading a path, repeats, warping, CTC."""

from itertools import groupby

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in

PAGE = "27-speech"


def to_hertz(m):
    """The frequency of m mel."""
    return 700 * (10 ** (m / 2595) - 1)


enter(
    Check(
        "speech.hertz",
        PAGE,
        to_hertz,
        "m",
        ("hertz",),
        lambda rng: [
            Case("from 0 to 2,000 mel", (np.sort(rng.uniform(0, 2000, size=7)),)),
            Case("0 mel", (np.zeros(1),)),
        ],
        (
            mistake(
                "one_forgotten",
                "Zero mel are not zero hertz: the 1 within the logarithm is missing.",
                lambda m: 700 * 10 ** (m / 2595),
            ),
            mistake(
                "natural",
                "The logarithm of the mel scale has base 10, and not e.",
                lambda m: 700 * (np.exp(m / 2595) - 1),
            ),
            mistake(
                "forward",
                "That goes from hertz to mel. The other way is asked for.",
                lambda m: 2595 * np.log10(1 + m / 700),
            ),
            mistake(
                "one_outside",
                "The 1 is subtracted after multiplying by 700, and not before.",
                lambda m: 700 * 10 ** (m / 2595) - 1,
            ),
        ),
    )
)


def how_many(samples, length, hop):
    """The number of whole frames."""
    return max(0, (samples - length) // hop + 1)


enter(
    Check(
        "speech.frames",
        PAGE,
        how_many,
        "samples, length, hop",
        ("frames",),
        lambda rng: [
            Case("a recording", (int(rng.integers(2000, 9000)), 200, 80)),
            Case("one frame exactly", (200, 200, 80)),
            Case("not even one", (150, 200, 40)),
            Case("the last just fits", (200 + 80 * 9, 200, 80)),
            Case("frames side by side", (1000, 100, 100)),
        ],
        (
            mistake(
                "beginnings",
                "Frames are counted that would stick out at the end.",
                lambda samples, length, hop: samples // hop,
            ),
            mistake(
                "fence",
                "One frame is missing: the first one needs no step.",
                lambda samples, length, hop: max(0, (samples - length) // hop),
            ),
            mistake(
                "side_by_side",
                "The frames overlap: a new one begins at every hop.",
                lambda samples, length, hop: samples // length,
            ),
            mistake(
                "negative",
                "A recording that is shorter than a frame has no frame at all.",
                lambda samples, length, hop: (
                    (samples - length) // hop + 1 if samples >= length else 1
                ),
            ),
        ),
    )
)


def read(path):
    """The symbols that a path is read as."""
    return [k for k, _ in groupby(path) if k != 0]


def _paths(rng):
    drawn = rng.integers(0, 4, size=30).tolist()
    return [
        Case("a blank between equal symbols", ([0, 3, 3, 0, 3, 7],)),
        Case("equal symbols apart", ([3, 7, 7, 3, 0, 0],)),
        Case("blanks alone", ([0, 0, 0],)),
        Case("no frames", ([],)),
        Case("thirty frames", (drawn,)),
    ]


enter(
    Check(
        "speech.read",
        PAGE,
        read,
        "path",
        ("symbols",),
        _paths,
        (
            mistake(
                "blanks_first",
                "Blanks went before the runs became one, so that equal symbols with a "
                "blank between them melt into one.",
                lambda path: [k for k, _ in groupby([k for k in path if k])],
            ),
            mistake(
                "blanks_kept",
                "Blanks are still there; they say nothing, and go at the end.",
                lambda path: [k for k, _ in groupby(path)],
            ),
            mistake(
                "runs_kept",
                "A symbol that lasts for several frames is one symbol.",
                lambda path: [k for k in path if k != 0],
            ),
            mistake(
                "each_once",
                "A symbol that comes back later is a new symbol.",
                lambda path: list(dict.fromkeys(k for k in path if k != 0)),
            ),
        ),
    )
)


def fewest(label):
    """The smallest number of frames that has a path."""
    return len(label) + sum(a == b for a, b in zip(label, label[1:], strict=False))


enter(
    Check(
        "speech.fewest",
        PAGE,
        fewest,
        "label",
        ("frames",),
        lambda rng: [
            Case("no repeat", ([3, 7, 3],)),
            Case("one repeat", ([5, 5, 2],)),
            Case("four times the same", ([1, 1, 1, 1],)),
            Case("nothing", ([],)),
            Case("drawn", (rng.integers(1, 3, size=12).tolist(),)),
        ],
        (
            mistake(
                "repeats_forgotten",
                "Between two equal digits in a row a path must stop on a blank.",
                lambda label: len(label),
            ),
            mistake(
                "all_blanks",
                "Blanks between different digits may be jumped over.",
                lambda label: 2 * len(label) + 1,
            ),
            mistake(
                "between_all",
                "No blank is needed between digits that differ.",
                lambda label: max(0, 2 * len(label) - 1),
            ),
            mistake(
                "anywhere",
                "Equal digits count only where one directly follows the other.",
                lambda label: 2 * len(label) - len(set(label)),
            ),
        ),
    )
)


def warp(d):
    """The cost of the best way through the distances (U, T)."""
    D = np.full((d.shape[0] + 1, d.shape[1] + 1), np.inf)
    D[0, 0] = 0
    for i, row in enumerate(d, 1):
        for j, cost in enumerate(row, 1):
            D[i, j] = cost + min(D[i - 1, j], D[i, j - 1], D[i - 1, j - 1])
    return D[-1, -1]


def _straight(d):
    U, T = d.shape
    return sum(d[i, i * T // U] for i in range(U))


def _free_ends(d):
    D = np.zeros((d.shape[0] + 1, d.shape[1] + 1))
    for i, row in enumerate(d, 1):
        for j, cost in enumerate(row, 1):
            D[i, j] = cost + min(D[i - 1, j], D[i, j - 1], D[i - 1, j - 1])
    return D[-1, -1]


def _no_diagonal(d):
    D = np.full((d.shape[0] + 1, d.shape[1] + 1), np.inf)
    D[0, 1] = 0
    for i, row in enumerate(d, 1):
        for j, cost in enumerate(row, 1):
            D[i, j] = cost + min(D[i - 1, j], D[i, j - 1])
    return D[-1, -1]


enter(
    Check(
        "speech.warp",
        PAGE,
        warp,
        "d",
        ("cost",),
        lambda rng: [
            Case("five frames and seven", (rng.uniform(0.5, 3, size=(5, 7)),)),
            Case("seven frames and four", (rng.uniform(0.5, 3, size=(7, 4)),)),
            Case("one frame", (rng.uniform(0.5, 3, size=(1, 6)),)),
        ],
        (
            mistake(
                "straight",
                "The way goes straight from corner to corner: that is stretching, and "
                "nothing waits.",
                _straight,
            ),
            mistake(
                "free_start",
                "The way may begin anywhere at the edges for nothing. Outside the "
                "table every cost but that of the corner is infinite.",
                _free_ends,
            ),
            mistake(
                "no_diagonal",
                "A way may also go on in both recordings at once.",
                _no_diagonal,
            ),
            mistake(
                "each_nearest",
                "Each frame takes the nearest one of all: a way never goes back.",
                lambda d: d.min(axis=1).sum(),
            ),
            mistake(
                "divided",
                "The cost is divided by the number of frames; the plain sum is asked.",
                "return D[-1, -1]",
                "return D[-1, -1] / sum(d.shape)",
            ),
        ),
    )
)


def probability(p, label):
    """The probability of a label from those of symbols, (T, K); 0 is the blank."""
    s = [0]
    for k in label:
        s += [k, 0]
    a = np.zeros(len(s))
    a[:2] = p[0, s[:2]]
    for row in p[1:]:
        b = a.copy()
        b[1:] += a[:-1]
        for j in range(3, len(s), 2):
            if s[j] != s[j - 2]:
                b[j] += a[j - 2]
        a = b * row[s]
    return a[-2:].sum()


def _best_path(p, label):
    s = [0]
    for k in label:
        s += [k, 0]
    a = np.zeros(len(s))
    a[:2] = p[0, s[:2]]
    for row in p[1:]:
        b = a.copy()
        b[1:] = np.maximum(b[1:], a[:-1])
        for j in range(3, len(s), 2):
            if s[j] != s[j - 2]:
                b[j] = max(b[j], a[j - 2])
        a = b * row[s]
    return a[-2:].max()


def _tables(rng):
    found = []
    for name, T, label in (
        ("two digits", 5, [1, 2]),
        ("a repeat", 5, [2, 2]),
        ("two repeats and another", 7, [1, 1, 2, 2]),
        ("nothing said", 4, []),
        ("too few frames", 2, [1, 1]),
    ):
        e = np.exp(rng.normal(size=(T, 4)))
        found.append(Case(name, (e / e.sum(axis=1, keepdims=True), label)))
    return found


enter(
    Check(
        "speech.probability",
        PAGE,
        probability,
        "p, label",
        ("p",),
        _tables,
        (
            mistake(
                "always_skips",
                "The blank between two equal digits is skipped, so that paths count "
                "which are read with one digit less.",
                "if s[j] != s[j - 2]:",
                "if True:",
            ),
            mistake(
                "never_skips",
                "No blank is ever skipped: different digits may follow directly.",
                "if s[j] != s[j - 2]:",
                "if False:",
            ),
            mistake(
                "last_row_only",
                "A path may also end on the last digit, without a blank behind it.",
                "return a[-2:].sum()",
                "return a[-1]",
            ),
            mistake(
                "blank_start_only",
                "A path may also begin with the first digit, without a blank.",
                "a[:2] = p[0, s[:2]]",
                "a[:1] = p[0, s[:1]]",
            ),
            mistake(
                "best_path_only",
                "That is the most probable path; all of them are to be added.",
                _best_path,
            ),
            mistake(
                "all_ends",
                "Beginnings of the label count as the label: only the last two rows "
                "are ends.",
                "return a[-2:].sum()",
                "return a.sum()",
            ),
        ),
    )
)

taught_in(
    {
        "speech.hertz": "From a wave to a picture",
        "speech.frames": "From a wave to a picture",
        "speech.warp": "One digit, of speakers who were heard before",
        "speech.read": "Strings: what was said, but not when",
        "speech.fewest": "A repeat needs a blank",
        "speech.probability": "Strings: what was said, but not when",
    }
)
