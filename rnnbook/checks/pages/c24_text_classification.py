"""Checks of 24-text-classification: padding, pooling and duels."""

import math

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake


def padded(rows, length):
    """Numbers (B, length), zeros at the end, and the mask of the words."""
    x = np.zeros((len(rows), length), dtype=int)
    mask = np.zeros((len(rows), length), dtype=bool)
    for k, row in enumerate(rows):
        kept = row[:length]
        x[k, : len(kept)] = kept
        mask[k, : len(kept)] = True
    return x, mask


def _rows(rng):
    return [rng.integers(1, 90, n).tolist() for n in (4, 1, 7)]


enter(
    Check(
        "text.padded",
        "24-text-classification",
        padded,
        "rows, length",
        (("x", "mask"),),
        lambda rng: [
            Case("three sentences, all fit", (_rows(rng), 8)),
            Case("one is too long", (_rows(rng), 5)),
        ],
        (
            mistake(
                "padding_first",
                "The padding stands before the words. That is a choice one can make, "
                "but not the one asked for, and lengths then say nothing about where a "
                "sentence ends.",
                """        x[k, : len(kept)] = kept
        mask[k, : len(kept)] = True""",
                """        x[k, length - len(kept) :] = kept
        mask[k, length - len(kept) :] = True""",
            ),
            mistake(
                "end_kept",
                "Of a sentence that is too long the *last* words are kept here, and "
                "asked for are the first.",
                "row[:length]",
                "row[-length:]",
            ),
            mistake(
                "mask_inverted",
                "The mask is the wrong way round: true should mean that a word stands "
                "there.",
                "    return x, mask",
                "    return x, ~mask",
            ),
            mistake(
                "mask_of_full_length",
                "The mask is true everywhere, the padding included.",
                "mask[k, : len(kept)] = True",
                "mask[k] = True",
            ),
            mistake(
                "last_word_masked",
                "The mask ends one word too early, so the last word is not read.",
                "mask[k, : len(kept)] = True",
                "mask[k, : len(kept) - 1] = True",
            ),
        ),
    )
)


def last_valid(h, n):
    """The state after the last word of each sentence, (B, H)."""
    return h[np.arange(len(h)), n - 1]


def _states(rng, B=3, T=5, H=4):
    n = np.array([3, T, 1])[:B]
    h = rng.normal(size=(B, T, H)) - 1.0
    h[0, 3:] += 9.0  # what stands behind the end must not matter
    h[2, 1:] += 5.0
    return h, n


enter(
    Check(
        "text.last_valid",
        "24-text-classification",
        last_valid,
        "h, n",
        ("last",),
        lambda rng: [
            Case("three sentences", _states(rng)),
            Case("three more", _states(rng, T=7, H=2)),
        ],
        (
            mistake(
                "last_column",
                "That is the last column. In a short sentence it has read padding.",
                "h[np.arange(len(h)), n - 1]",
                "h[:, -1]",
            ),
            mistake(
                "counted_from_one",
                "The steps were counted from 1: the state stands one step too early.",
                "n - 1",
                "n - 2",
            ),
            mistake(
                "first_step",
                "That is the state after the first word.",
                "n - 1",
                "0 * n",
            ),
            mistake(
                "all_lengths_for_all",
                "Every sentence was read at the ends of *all* sentences: the rows have "
                "to be walked along together with the lengths.",
                "np.arange(len(h)), n - 1",
                ":, n - 1",
            ),
            mistake(
                "mean",
                "That is the mean over the words, and not the state at the end.",
                lambda h, n: np.stack(
                    [a[:k].mean(0) for a, k in zip(h, n, strict=True)]
                ),
            ),
        ),
    )
)


def max_pool(h, n):
    """The maximum over the states of the words, (B, H)."""
    word = np.arange(h.shape[1]) < n[:, None]
    return np.where(word[..., None], h, -np.inf).max(axis=1)


enter(
    Check(
        "text.max_pool",
        "24-text-classification",
        max_pool,
        "h, n",
        ("pooled",),
        lambda rng: [
            Case("three sentences", _states(rng)),
            Case("three more", _states(rng, T=7, H=2)),
        ],
        (
            mistake(
                "padding_wins",
                "The padding takes part, and where its states are large it wins.",
                lambda h, n: h.max(axis=1),
            ),
            mistake(
                "zeros_win",
                "The padding was set to zero. Where the states of all words are "
                "negative, zero is the largest, and the padding wins.",
                "-np.inf",
                "0.0",
            ),
            mistake(
                "one_step_too_far",
                "The mask reaches one step into the padding.",
                "< n[:, None]",
                "<= n[:, None]",
            ),
            mistake(
                "last_word_left_out",
                "The last word does not take part.",
                "< n[:, None]",
                "< np.maximum(n - 1, 1)[:, None]",
            ),
            mistake(
                "over_features",
                "The maximum runs over the features of a step. It should run over the "
                "steps, for each feature by itself.",
                ".max(axis=1)",
                ".max(axis=2)",
            ),
            mistake(
                "smallest",
                "That is the smallest state of the words.",
                "-np.inf).max",
                "np.inf).min",
            ),
        ),
    )
)


def both_ends(h, n):
    """The states of both directions when they have read everything, (B, 2H)."""
    H = h.shape[2] // 2
    forwards = h[np.arange(len(h)), n - 1, :H]
    backwards = h[:, 0, H:]
    return np.concatenate([forwards, backwards], axis=1)


enter(
    Check(
        "text.both_ends",
        "24-text-classification",
        both_ends,
        "h, n",
        ("summary",),
        lambda rng: [
            Case("three sentences", _states(rng)),
            Case("three more", _states(rng, T=7, H=6)),
        ],
        (
            mistake(
                "both_at_the_end",
                "Both halves were taken at the last word. There the backward half has "
                "read one word only.",
                "h[:, 0, H:]",
                "h[np.arange(len(h)), n - 1, H:]",
            ),
            mistake(
                "both_at_the_start",
                "Both halves were taken at the first word. There the forward half has "
                "read one word only.",
                "h[np.arange(len(h)), n - 1, :H]",
                "h[:, 0, :H]",
            ),
            mistake(
                "last_column",
                "Both halves are those of the last column, which is padding in all but "
                "the longest sentence.",
                lambda h, n: h[:, -1],
            ),
            mistake(
                "forwards_at_last_column",
                "The forward half was taken from the last column. In a short sentence "
                "it has run on into the padding.",
                "n - 1",
                "-1 + 0 * n",
            ),
            mistake(
                "ends_exchanged",
                "The two ends are exchanged: each half was taken where it *begins*.",
                lambda h, n: np.concatenate(
                    [
                        h[:, 0, : h.shape[2] // 2],
                        h[np.arange(len(h)), n - 1, h.shape[2] // 2 :],
                    ],
                    axis=1,
                ),
            ),
            mistake(
                "halves_exchanged",
                "Forwards should stand before backwards; here they are exchanged.",
                "[forwards, backwards]",
                "[backwards, forwards]",
            ),
        ),
    )
)


def occlusion(score, words):
    """What each word adds to the score: all words, less all but this one."""
    parts = []
    for k in range(len(words)):
        without = words[:k] + words[k + 1 :]
        parts.append(score(words) - score(without))
    return parts


def _weighing(function):
    """Runs on a score in which a word's place matters, as in a network."""

    def parts(_score, words):
        def score(some):
            return float(sum((k + 1) * len(w) ** 1.5 for k, w in enumerate(some)))

        return function(score, list(words))

    return parts


enter(
    Check(
        "text.occlusion",
        "24-text-classification",
        occlusion,
        "score, words",
        ("parts",),
        lambda rng: [
            Case("four words", (None, "it was not good".split())),
            Case("a word that comes twice", (None, "bad , really bad film".split())),
        ],
        (
            mistake(
                "sign",
                "The sign is turned: a word that carried praise should have a positive "
                "part, since the score falls without it.",
                "score(words) - score(without)",
                "score(without) - score(words)",
            ),
            mistake(
                "word_alone",
                "That is the score of each word alone, without the sentence around it.",
                "score(words) - score(without)",
                "score([words[k]])",
            ),
            mistake(
                "score_without",
                "That is the score of what is left, and not how far it has fallen.",
                "score(words) - score(without)",
                "score(without)",
            ),
            mistake(
                "all_copies_removed",
                "A word that comes twice was taken out at both places.",
                "words[:k] + words[k + 1 :]",
                "[w for w in words if w != words[k]]",
            ),
            mistake(
                "rest_removed",
                "Everything after the word was taken out as well.",
                "words[:k] + words[k + 1 :]",
                "words[:k]",
            ),
        ),
        wrap=_weighing,
    )
)


def mcnemar(right_a, right_b):
    """Two-sided exact p-value of the two counts of one-sided successes."""
    only_a = int((right_a & ~right_b).sum())
    only_b = int((right_b & ~right_a).sum())
    n = only_a + only_b
    tail = sum(math.comb(n, k) for k in range(min(only_a, only_b) + 1)) / 2**n
    return min(1.0, 2 * tail)


def _judgements(rng, n, a, b):
    return rng.random(n) < a, rng.random(n) < b


enter(
    Check(
        "text.mcnemar",
        "24-text-classification",
        mcnemar,
        "right_a, right_b",
        ("p",),
        lambda rng: [
            Case("twenty sentences", _judgements(rng, 20, 0.5, 0.9)),
            Case("sixty sentences", _judgements(rng, 60, 0.8, 0.6)),
            Case("as many on both sides", (np.arange(8) < 4, np.arange(8) >= 4)),
        ],
        (
            mistake(
                "one_sided",
                "That is the chance of one tail. Before the test nobody knew which "
                "model would be ahead, so the other tail belongs to it.",
                "2 * tail",
                "tail",
            ),
            mistake(
                "not_capped",
                "The two tails overlap where the counts are equal, and a probability "
                "above one comes out.",
                "min(1.0, 2 * tail)",
                "2 * tail",
            ),
            mistake(
                "all_sentences",
                "The sentences on which the models agree take part. They say nothing "
                "about which of the two is better.",
                "n = only_a + only_b",
                "n = len(right_a)",
            ),
            mistake(
                "all_successes",
                "All that each model has right was counted, and not what it alone has "
                "right.",
                lambda right_a, right_b: mcnemar(
                    np.repeat([True, False], [right_a.sum(), right_b.sum()]),
                    np.repeat([False, True], [right_a.sum(), right_b.sum()]),
                ),
            ),
            mistake(
                "point_probability",
                "That is the probability of exactly this split. What counts is a split "
                "at least as uneven.",
                "range(min(only_a, only_b) + 1)",
                "[min(only_a, only_b)]",
            ),
        ),
    )
)
