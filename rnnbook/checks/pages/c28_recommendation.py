"""Checks of 28-recommendation: ranks, scores, tables, lanes and their borders."""

import math

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in

PAGE = "28-recommendation"


def ranks(scores, target):
    """The rank of each target among all items, (N,); a tie counts half."""
    own = scores[np.arange(len(target)), target][:, None]
    ties = (scores == own).sum(axis=1) - 1
    return 1 + (scores > own).sum(axis=1) + ties / 2


def _by_sorting(scores, target):
    order = np.argsort(-scores, axis=1, kind="stable")
    return 1.0 + np.argmax(order == target[:, None], axis=1)


enter(
    Check(
        "clicks.ranks",
        PAGE,
        ranks,
        "scores, target",
        ("rank",),
        lambda rng: [
            Case("no ties", (rng.normal(size=(6, 9)), rng.integers(9, size=6))),
            Case(
                "many ties", (rng.integers(3, size=(8, 7)) / 2, rng.integers(7, size=8))
            ),
            Case("all scores alike", (np.zeros((3, 5)), np.array([0, 2, 4]))),
        ],
        (
            mistake(
                "ties_won",
                "A tie counts as won: a model that gives every item the same score "
                "would have rank 1 everywhere.",
                "1 + (scores > own).sum(axis=1) + ties / 2",
                "1.0 + (scores > own).sum(axis=1) + 0 * ties",
            ),
            mistake(
                "ties_lost",
                "A tie counts as lost. On average half of the tied items stand above "
                "the target.",
                "ties / 2",
                "ties",
            ),
            mistake(
                "from_zero",
                "The ranks begin at 0. The best item has rank 1.",
                "return 1 + (",
                "return 0 + (",
            ),
            mistake(
                "tied_with_itself",
                "The target is counted among its own ties: every rank is half a place "
                "too large.",
                ".sum(axis=1) - 1",
                ".sum(axis=1) - 0",
            ),
            mistake(
                "from_below",
                "The ranks are counted from the lowest score. The highest is the best.",
                "scores > own",
                "scores < own",
            ),
            mistake(
                "by_item_number",
                "Ties are broken by the number of the item, which is an accident of "
                "the alphabet.",
                _by_sorting,
            ),
        ),
    )
)


def mrr(rank, k):
    """The mean of one over the rank, and 0 where the rank is beyond k."""
    return np.mean(np.where(rank <= k, 1 / rank, 0))


enter(
    Check(
        "clicks.mrr",
        PAGE,
        mrr,
        "rank, k",
        ("mrr",),
        lambda rng: [
            Case("ranks up to 30", (rng.integers(1, 30, size=20) * 1.0, 10)),
            Case("some at the border", (np.array([1.0, 5.0, 2.0, 7.0, 5.5]), 5)),
            Case("none among the first", (np.array([12.0, 30.0]), 10)),
        ],
        (
            mistake(
                "never_cut",
                "Ranks beyond k still earn something. Nobody looks further than k.",
                "np.where(rank <= k, 1 / rank, 0)",
                "1 / rank",
            ),
            mistake(
                "border_lost",
                "A target at rank k is one of the first k.",
                "rank <= k",
                "rank < k",
            ),
            mistake(
                "hits_only",
                "The mean runs over the hits only; what was missed counts as 0, and it "
                "counts.",
                lambda rank, k: (
                    np.mean(1 / rank[rank <= k]) if (rank <= k).any() else 0.0
                ),
            ),
            mistake(
                "recall",
                "That is the recall: each hit counts 1, wherever it stands.",
                "1 / rank, 0",
                "1, 0",
            ),
            mistake(
                "summed",
                "That is the sum. It grows with the number of clicks.",
                "np.mean(",
                "np.sum(",
            ),
        ),
    )
)


def markov(sessions, items, k):
    """P(next | now), (V, V): counts, and k clicks more of what is popular."""
    counts = np.zeros((items, items))
    for s in sessions:
        np.add.at(counts, (s[:-1], s[1:]), 1)
    popular = counts.sum(axis=0) / counts.sum()
    counts = counts + k * popular
    return counts / counts.sum(axis=1, keepdims=True)


def _across_borders(sessions, items, k):
    return markov([np.concatenate(sessions)], items, k)


def _each_once(sessions, items, k):
    counts = np.zeros((items, items))
    for s in sessions:
        counts[s[:-1], s[1:]] += 1
    counts = counts + k * counts.sum(axis=0) / counts.sum()
    return counts / counts.sum(axis=1, keepdims=True)


def _all_clicks(sessions, items, k):
    counts = np.zeros((items, items))
    for s in sessions:
        np.add.at(counts, (s[:-1], s[1:]), 1)
    clicked = np.bincount(np.concatenate(sessions), minlength=items)
    counts = counts + k * clicked / clicked.sum()
    return counts / counts.sum(axis=1, keepdims=True)


def _counts_alone(sessions, items, k):
    counts = np.zeros((items, items))
    for s in sessions:
        np.add.at(counts, (s[:-1], s[1:]), 1)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def _clicks(rng, n, items, longest):
    return [rng.integers(items, size=rng.integers(2, longest)) for _ in range(n)]


enter(
    Check(
        "clicks.markov",
        PAGE,
        markov,
        "sessions, items, k",
        ("table",),
        lambda rng: [
            Case("twenty sessions", (_clicks(rng, 20, 5, 9), 5, 5)),
            Case("an item that nothing follows", (_clicks(rng, 8, 4, 6), 6, 1)),
            Case(
                "to and fro",
                ([np.array([0, 1, 0, 1, 0, 1, 2]), np.array([2, 0])], 3, 2),
            ),
        ],
        (
            mistake(
                "across_borders",
                "The last click of a session is counted as followed by the first of "
                "the next, which another visitor made.",
                _across_borders,
            ),
            mistake(
                "each_pair_once",
                "A pair that comes twice in a session is counted once: `+=` with "
                "repeated indices adds only once in NumPy.",
                _each_once,
            ),
            mistake(
                "transposed",
                "Rows and columns are exchanged: that is what stood before an item, "
                "not what follows.",
                "(s[:-1], s[1:])",
                "(s[1:], s[:-1])",
            ),
            mistake(
                "by_column",
                "The columns sum to one. For each item that was clicked, the "
                "probabilities of the next one sum to one.",
                "counts.sum(axis=1, keepdims=True)",
                "counts.sum(axis=0, keepdims=True)",
            ),
            mistake(
                "not_normalised",
                "Those are counts. The order within a row is right, but they are no "
                "probabilities.",
                "return counts / counts.sum(axis=1, keepdims=True)",
                "return counts",
            ),
            mistake(
                "added_to_each",
                "k clicks were added to every item. Wanted are k clicks in all, spread "
                "by popularity.",
                "k * popular",
                "k",
            ),
            mistake(
                "popularity_alone",
                "The row of an item does not depend on the item: that is popularity.",
                "counts = counts + k * popular",
                "counts = 0 * counts + popular",
            ),
            mistake(
                "first_clicks_too",
                "The popularity counts all clicks. The first click of a session "
                "follows none: q is the share among those that came next.",
                _all_clicks,
            ),
            mistake(
                "not_smoothed",
                "The k imagined clicks are missing: an item that nothing followed in "
                "training has no probabilities.",
                _counts_alone,
            ),
            mistake(
                "evenly",
                "The k clicks are spread evenly over all items, not by popularity.",
                "k * popular",
                "k / items",
            ),
        ),
    )
)


def reset(h, new):
    """The state (B, H), zero in the lanes where a session begins."""
    return h * ~new[:, None]


enter(
    Check(
        "clicks.reset",
        PAGE,
        reset,
        "h, new",
        ("h",),
        lambda rng: [
            Case("two of five lanes", (rng.normal(size=(5, 3)), np.arange(5) % 3 == 1)),
            Case("as many lanes as units", (rng.normal(size=(4, 4)), np.arange(4) > 1)),
            Case("no session begins", (rng.normal(size=(3, 2)), np.zeros(3, bool))),
        ],
        (
            mistake(
                "never",
                "The state is as it was: each visitor begins with the state of the "
                "visitor before.",
                " * ~new[:, None]",
                "",
            ),
            mistake(
                "the_others",
                "Exactly the wrong lanes are cleared: those whose session goes on.",
                "~new[:, None]",
                "new[:, None]",
            ),
            mistake(
                "all_lanes",
                "One session that begins clears all lanes, also those whose session "
                "goes on.",
                "~new[:, None]",
                "(not new.any())",
            ),
            mistake(
                "always",
                "Every state is cleared at every step: the network would remember one "
                "click.",
                "h * ~new[:, None]",
                "0 * h",
            ),
        ),
    )
)


def lanes(sessions, b):
    """x, y and new, each (T, b): the clicks that the lanes read in each step."""
    queue, now, at = list(sessions[b:]), list(sessions[:b]), [0] * b
    new, steps = [True] * b, []
    while True:
        x = [s[t] for s, t in zip(now, at, strict=True)]
        y = [s[t + 1] for s, t in zip(now, at, strict=True)]
        steps.append((x, y, new))
        at, new = [t + 1 for t in at], [False] * b
        for lane in range(b):
            if at[lane] + 1 == len(now[lane]):
                if not queue:
                    return tuple(np.array(part) for part in zip(*steps, strict=True))
                now[lane], at[lane], new[lane] = queue.pop(0), 0, True


def _glued(sessions, b):
    """Sessions joined in a lane: the last click of one is followed by the next's."""
    rows = [np.concatenate(sessions[lane::b]) for lane in range(b)]
    T = min(len(row) for row in rows) - 1
    x = np.stack([row[:T] for row in rows], axis=1)
    y = np.stack([row[1 : T + 1] for row in rows], axis=1)
    return x, y, np.arange(T)[:, None] + np.zeros(b) == 0


def _marked_late(sessions, b):
    x, y, new = lanes(sessions, b)
    return x, y, np.concatenate([new[1:], np.zeros((1, b), bool)])


def _first_only(sessions, b):
    x, y, new = lanes(sessions, b)
    return x, y, np.arange(len(new))[:, None] + np.zeros(b) == 0


def _first_not(sessions, b):
    x, y, new = lanes(sessions, b)
    return x, y, new & (np.arange(len(new)) > 0)[:, None]


def _any_lane(sessions, b):
    x, y, new = lanes(sessions, b)
    return x, y, np.repeat(new.any(axis=1)[:, None], b, axis=1)


enter(
    Check(
        "clicks.lanes",
        PAGE,
        lanes,
        "sessions, b",
        (("x", "y", "new"),),
        lambda rng: [
            Case("seven sessions, two lanes", (_clicks(rng, 7, 9, 6), 2)),
            Case("twelve sessions, three lanes", (_clicks(rng, 12, 20, 5), 3)),
            Case("one lane", (_clicks(rng, 4, 9, 5), 1)),
        ],
        (
            mistake(
                "glued",
                "The sessions of a lane are joined: the last click of one has the "
                "first click of the next as its target.",
                _glued,
            ),
            mistake(
                "marked_late",
                "`new` marks the last click of a session. It belongs to the first "
                "one: before it is read, the state has to be cleared.",
                _marked_late,
            ),
            mistake(
                "first_step_only",
                "Only the first step is marked as new. Each session that enters a "
                "lane begins one.",
                _first_only,
            ),
            mistake(
                "first_step_missing",
                "The sessions of the first step begin as well.",
                _first_not,
            ),
            mistake(
                "all_lanes_marked",
                "Where one session begins, all lanes are marked as new.",
                _any_lane,
            ),
            mistake(
                "last_come_first",
                "The next session is taken from the end of the queue. It comes from "
                "its front.",
                "queue.pop(0)",
                "queue.pop()",
            ),
        ),
    )
)


def among_sampled(rank, items, negatives, k):
    """How probably a target of this rank is among k of the drawn, uniformly."""
    above, others = rank - 1, items - 1
    ways = math.comb(others, negatives)
    return sum(
        math.comb(above, j) * math.comb(others - above, negatives - j) / ways
        for j in range(k)
    )


def _with_replacement(rank, items, negatives, k):
    p = (rank - 1) / (items - 1)
    return sum(
        math.comb(negatives, j) * p**j * (1 - p) ** (negatives - j) for j in range(k)
    )


def _by_proportion(rank, items, negatives, k):
    return float(1 + (rank - 1) * negatives / (items - 1) <= k)


enter(
    Check(
        "clicks.among_sampled",
        PAGE,
        among_sampled,
        "rank, items, negatives, k",
        ("probability",),
        lambda rng: [
            Case("rank 25 of 217", (25, 217, 100, 10)),
            Case("rank 15 of 217", (15, 217, 100, 10)),
            Case("rank 4 of 30", (4, 30, 10, 2)),
            Case("rank 40 of 1,000", (40, 1000, 100, 5)),
        ],
        (
            mistake(
                "with_replacement",
                "That draws with replacement. The negatives are different items.",
                _with_replacement,
            ),
            mistake(
                "target_above_itself",
                "The target is counted among the items above it: rank 1 has none.",
                "rank - 1",
                "rank",
            ),
            mistake(
                "target_drawn",
                "The target itself can be drawn here. The negatives are the other "
                "items.",
                "items - 1",
                "items",
            ),
            mistake(
                "one_too_many",
                "With k items above it the target has rank k + 1 among the drawn.",
                "range(k)",
                "range(k + 1)",
            ),
            mistake(
                "exactly",
                "That is the probability of standing exactly at place k. Among the "
                "first k means fewer than k above it.",
                "for j in range(k)",
                "for j in (k - 1,)",
            ),
            mistake(
                "by_proportion",
                "That scales the rank down and says yes or no. Which items are drawn "
                "is chance, so there is a probability.",
                _by_proportion,
            ),
            mistake(
                "of_being_missed",
                "That is the probability of not being among the first k.",
                "for j in range(k)",
                "for j in range(k, negatives + 1)",
            ),
        ),
    )
)

taught_in(
    {
        "clicks.ranks": "How a recommendation is judged",
        "clicks.mrr": "How a recommendation is judged",
        "clicks.markov": "The rivals",
        "clicks.reset": "The border, as an exact test",
        "clicks.lanes": "Session-parallel batches",
        "clicks.among_sampled": "The metric changed, not the model",
    }
)
