"""Checks of 27-speech: mel, frames, reading a path, repeats, warping, CTC, a choice."""

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


def _no_whole_step(rng):
    return int(200 + 80 * rng.integers(25, 100) + rng.integers(41, 80))


enter(
    Check(
        "speech.frames",
        PAGE,
        how_many,
        "samples, length, hop",
        ("frames",),
        lambda rng: [
            Case("a recording", (_no_whole_step(rng), 200, 80)),
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
                "max(0, (samples - length) // hop + 1)",
                "(samples - length) // hop + 1",
            ),
            mistake(
                "rounded_up",
                "The last frame is counted though the recording ends within it.",
                lambda samples, length, hop: max(0, -((length - samples) // hop) + 1),
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
        Case("begins and ends alike", ([3, 0, 7, 3],)),
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
            mistake(
                "looks_back_round",
                "The first symbol is compared with the last one: in Python the place "
                "before the first is the end.",
                lambda path: [
                    k for i, k in enumerate(path) if k != 0 and k != path[i - 1]
                ],
            ),
            mistake(
                "first_lost",
                "The first frame is never read: nothing stands before it, and it may "
                "hold a symbol.",
                lambda path: [
                    b for a, b in zip(path, path[1:], strict=False) if b not in (0, a)
                ],
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
            mistake(
                "one_for_all",
                "Every repeat needs a blank of its own, and not one for all of them.",
                lambda label: (
                    len(label)
                    + any(a == b for a, b in zip(label, label[1:], strict=False))
                ),
            ),
            mistake(
                "runs",
                "Equal digits in a row are all to be read: a repeat costs one frame "
                "more, and not one less.",
                lambda label: sum(1 for _ in groupby(label)),
            ),
            mistake(
                "distinct",
                "A digit that comes back needs a frame of its own.",
                lambda label: len(set(label)),
            ),
            mistake(
                "below_nothing",
                "Only repeats need a blank, and a label of no digits needs no frame.",
                lambda label: 2 * len(label) - 1,
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


def _twice_on_the_diagonal(d):
    D = np.full((d.shape[0] + 1, d.shape[1] + 1), np.inf)
    D[0, 0] = 0
    for i, row in enumerate(d, 1):
        for j, cost in enumerate(row, 1):
            aside = cost + min(D[i - 1, j], D[i, j - 1])
            D[i, j] = min(aside, D[i - 1, j - 1] + 2 * cost)
    return D[-1, -1]


def _twice_but_the_first(d):
    return _twice_on_the_diagonal(d) - d[0, 0]


def _greedy(d):
    i = j = 0
    cost = d[0, 0]
    while (i + 1, j + 1) != d.shape:
        steps = [(i + 1, j + 1), (i + 1, j), (i, j + 1)]
        i, j = min(
            (s for s in steps if s[0] < len(d) and s[1] < d.shape[1]), key=d.__getitem__
        )
        cost = cost + d[i, j]
    return cost


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
                "Along the first row and the first column nothing is added up. Outside "
                "the table every cost but that of the corner is infinite.",
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
                "each_nearest_column",
                "Each frame of the second recording takes the nearest one of the "
                "first: a way never goes back.",
                lambda d: d.min(axis=0).sum(),
            ),
            mistake(
                "first_forgotten",
                "The distance of the first two frames is not in the cost.",
                lambda d: warp(d) - d[0, 0],
            ),
            mistake(
                "diagonal_twice",
                "A step in both recordings at once counts its distance twice; here it "
                "counts once.",
                _twice_on_the_diagonal,
            ),
            mistake(
                "diagonal_twice_but_first",
                "A step in both recordings counts its distance twice, all but the "
                "first; here each counts once.",
                _twice_but_the_first,
            ),
            mistake(
                "greedy",
                "The way takes the nearest pair of frames at each step. A dear step "
                "may lead to a cheap way: keep the best cost to every pair.",
                _greedy,
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


# One frame on, of ``probability``: where a path may come from.
FRAME = (
    "        b[1:] += a[:-1]\n"
    "        for j in range(3, len(s), 2):\n"
    "            if s[j] != s[j - 2]:\n"
    "                b[j] += a[j - 2]\n"
)
LARGEST = (
    "        b[1:] = np.maximum(b[1:], a[:-1])\n"
    "        for j in range(3, len(s), 2):\n"
    "            if s[j] != s[j - 2]:\n"
    "                b[j] = max(b[j], a[j - 2])\n"
)
ONE_BY_ONE = (
    "        b[0] *= row[0]\n"
    "        for j in range(1, len(s)):\n"
    "            b[j] += b[j - 1]\n"
    "            if j >= 3 and s[j] not in (0, s[j - 2]):\n"
    "                b[j] += b[j - 2]\n"
    "            b[j] *= row[s[j]]\n"
    "        a = b\n"
)


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
                "last_digit_only",
                "A path may also end on a blank behind the last digit.",
                "return a[-2:].sum()",
                "return a[-2:][0]",
            ),
            mistake(
                "blanks_skip",
                "A path goes from one blank to the next past the digit between them: "
                "only blanks may be skipped, and never a digit.",
                "in range(3, len(s), 2):\n            if s[j] != s[j - 2]:",
                "in range(2, len(s)):\n            if s[j] == 0 or s[j] != s[j - 2]:",
            ),
            mistake(
                "this_frame",
                "Sums of this frame are used where those of the one before are meant.",
                FRAME + "        a = b * row[s]\n",
                ONE_BY_ONE,
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
                FRAME + "        a = b * row[s]\n    return a[-2:].sum()",
                LARGEST + "        a = b * row[s]\n    return a[-2:].max()",
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


def by_the_other(right):
    """Mean accuracy, each speaker at the setting that the other of the pair chooses."""
    chosen = right.argmax(axis=0)[:, ::-1]  # (P, 2)
    return np.take_along_axis(right, chosen[None], axis=0).mean()


def _by_the_pair(right):
    chosen = right.mean(axis=2).argmax(axis=0)  # (P,)
    return right[chosen, np.arange(len(chosen))].mean()


def _one_for_all_firsts(right):
    first, last = right[..., 0].mean(axis=1), right[..., 1].mean(axis=1)  # (K,)
    return (first[last.argmax()] + last[first.argmax()]) / 2


enter(
    Check(
        "speech.choice",
        PAGE,
        by_the_other,
        "right",
        ("accuracy",),
        lambda rng: [
            Case("seven settings, three pairs", (rng.uniform(0.4, 1, size=(7, 3, 2)),)),
            Case("one pair", (rng.uniform(0.4, 1, size=(5, 1, 2)),)),
            Case("four pairs", (rng.uniform(0.4, 1, size=(6, 4, 2)),)),
        ],
        (
            mistake(
                "all_together",
                "One setting was chosen by the mean of all speakers, and those who are "
                "asked had a voice in it.",
                lambda right: right.mean(axis=(1, 2)).max(),
            ),
            mistake(
                "by_itself",
                "Each speaker got the setting that is best on that speaker: nobody "
                "knows it before asking.",
                lambda right: right.max(axis=0).mean(),
            ),
            mistake(
                "by_the_pair",
                "The setting was chosen by the mean of both speakers of a pair, one of "
                "whom is asked.",
                _by_the_pair,
            ),
            mistake(
                "one_for_all_firsts",
                "All first speakers got one setting, and all last ones another: the "
                "choice is to be made in each pair.",
                _one_for_all_firsts,
            ),
            mistake(
                "none_chosen",
                "That is the mean of all settings: nothing was chosen.",
                lambda right: right.mean(),
            ),
        ),
    )
)


taught_in(
    {
        "speech.hertz": "From a wave to a picture",
        "speech.frames": "From a wave to a picture",
        "speech.choice": "A speaker who was never heard",
        "speech.warp": "One digit, of speakers who were heard before",
        "speech.read": "Strings: what was said, but not when",
        "speech.fewest": "A repeat needs a blank",
        "speech.probability": "Strings: what was said, but not when",
    }
)
