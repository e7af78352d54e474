"""Checks of 24-text-classification: padding, pooling and duels."""

import math

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in


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
            Case(
                "an empty one, and one that just fits", ([*_rows(rng), [], [7] * 6], 6)
            ),
        ],
        (
            mistake(
                "padding_first",
                "The padding stands before the words. It should stand behind them.",
                """        x[k, : len(kept)] = kept
        mask[k, : len(kept)] = True""",
                """        x[k, length - len(kept) :] = kept
        mask[k, length - len(kept) :] = True""",
            ),
            mistake(
                "end_kept",
                "Of a sentence that is too long the *last* words were kept. The first "
                "ones should be.",
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
                "mask[k, : max(len(kept) - 1, 0)] = True",
            ),
            mistake(
                "mask_empty",
                "The mask is false everywhere: it has not been filled where words "
                "stand.",
                "mask[k, : len(kept)] = True",
                "pass",
            ),
            mistake(
                "mask_one_too_long",
                "The mask goes one place into the padding, where there is any.",
                "mask[k, : len(kept)] = True",
                "mask[k, : len(kept) + 1] = True",
            ),
            mistake(
                "padded_with_ones",
                "The padding is made of ones. It should be zeros.",
                "x = np.zeros((len(rows), length), dtype=int)",
                "x = np.ones((len(rows), length), dtype=int)",
            ),
            mistake(
                "padded_with_minus_one",
                "The padding is made of -1. It should be zeros.",
                "x = np.zeros((len(rows), length), dtype=int)",
                "x = np.full((len(rows), length), -1)",
            ),
            mistake(
                "length_of_the_longest",
                "The array is as wide as the longest sentence. It should have `length` "
                "columns, whatever the sentences.",
                "    x = np.zeros",
                "    length = max(map(len, rows))\n    x = np.zeros",
            ),
            mistake(
                "nothing_filled_in",
                "The array holds zeros only: the numbers have not been put in.",
                "x[k, : len(kept)] = kept",
                "pass",
            ),
            mistake(
                "mask_of_the_whole_sentence",
                "For a sentence that is too long the mask is false everywhere. The "
                "words that are kept of it are words, too.",
                "mask[k, : len(kept)] = True",
                "mask[k, : len(row)] = len(row) <= length",
            ),
        ),
    )
)


def last_valid(h, n):
    """The state after the last word of each sentence, (B, H)."""
    return h[np.arange(len(h)), n - 1]


def _states(rng, B=3, T=5, H=4):
    n = np.array([3, T, 1])[:B]
    h = rng.uniform(-0.95, -0.05, size=(B, T, H))
    h[0, 3:] *= -1  # what stands behind the end must not matter
    h[2, 1:] *= -1
    return h, n


def _padded_states(rng, H=3):
    h, _ = _states(rng, T=6, H=H)
    return h, np.array([3, 5, 2])


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
            Case("padding in every row", _padded_states(rng)),
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
                "Every sentence was read at the ends of *all* sentences: row and "
                "length belong together, one pair for each sentence.",
                "np.arange(len(h)), n - 1",
                ":, n - 1",
            ),
            mistake(
                "counted_from_the_end",
                "The length was counted from the end of the array. The words stand at "
                "its beginning.",
                "n - 1",
                "-n",
            ),
            mistake(
                "longest_for_all",
                "All sentences were read at the end of the longest one.",
                "h[np.arange(len(h)), n - 1]",
                "h[:, n.max() - 1]",
            ),
            mistake(
                "shortest_for_all",
                "All sentences were read at the end of the shortest one.",
                "h[np.arange(len(h)), n - 1]",
                "h[:, n.min() - 1]",
            ),
            mistake(
                "mean_over_all_ends",
                "Every sentence was read at the ends of all sentences, and the mean of "
                "these was taken. Each has one end, its own.",
                "h[np.arange(len(h)), n - 1]",
                "h[:, n - 1].mean(axis=1)",
            ),
            mistake(
                "mean",
                "That is the mean over the words, and not the state at the end.",
                lambda h, n: np.stack(
                    [a[:k].mean(0) for a, k in zip(h, n, strict=True)]
                ),
            ),
            mistake(
                "one_too_far",
                "One step too far: steps are counted from zero. A sentence that fills "
                "the array has no such step.",
                "n - 1",
                "n",
            ),
            mistake(
                "one_too_far_cut_off",
                "One step too far, where there is one: steps are counted from zero, so "
                "the last word stands at one less than the length.",
                "n - 1",
                "np.minimum(n, h.shape[1] - 1)",
            ),
            mistake(
                "length_of_the_first",
                "All sentences were read at the end of the first one.",
                "n - 1",
                "0 * n + n[0] - 1",
            ),
            mistake(
                "largest_state",
                "That is the largest state of each sentence, feature by feature, and "
                "not the last.",
                lambda h, n: np.stack(
                    [a[:k].max(0) for a, k in zip(h, n, strict=True)]
                ),
            ),
        ),
    )
)


def max_pool(h, n):
    """The maximum over the states of the words, (B, H)."""
    word = np.arange(h.shape[1]) < n[:, None]
    return np.where(word[..., None], h, -np.inf).max(axis=1)


def _over_features(case, outputs, expected):
    """The largest feature of each word, whatever stands in the padding."""
    (h, n), pooled = case.args, outputs["pooled"]
    if pooled.shape != h.shape[:2]:
        return False
    word = np.arange(h.shape[1]) < n[:, None]
    return np.allclose(pooled[word], h.max(axis=2)[word])


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
                "The padding takes part in the maximum, and wins where its states are "
                "large.",
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
                "One step of padding takes part in the maximum, where there is any.",
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
                "nan_in_the_padding",
                "The padding was set to NaN, and a maximum with NaN in it is NaN. The "
                "longest sentence has no padding, and is right.",
                "-np.inf",
                "np.nan",
            ),
            mistake(
                "over_features",
                "The maximum runs over the features of a step. It should run over the "
                "steps, for each feature by itself.",
                ".max(axis=1)",
                ".max(axis=2)",
                holds=_over_features,
            ),
            mistake(
                "smallest",
                "That is the smallest state of the words.",
                "-np.inf).max",
                "np.inf).min",
            ),
            mistake(
                "mean_for_maximum",
                "That is the mean over the words.",
                lambda h, n: np.stack(
                    [a[:k].mean(0) for a, k in zip(h, n, strict=True)]
                ),
            ),
            mistake(
                "largest_in_size",
                "The signs were taken off first: that is the largest in size.",
                "h, -np.inf",
                "np.abs(h), -np.inf",
            ),
            mistake(
                "one_number_for_a_sentence",
                "That is one number for each sentence. The maximum is taken for each "
                "feature by itself.",
                ".max(axis=1)",
                ".max(axis=(1, 2))",
            ),
            mistake(
                "last_state",
                "That is the state after the last word. The maximum looks at all "
                "words.",
                lambda h, n: h[np.arange(len(h)), n - 1],
            ),
            mistake(
                "over_sentences",
                "The maximum runs over the sentences of the batch. It should run over "
                "the words of each sentence.",
                ".max(axis=1)",
                ".max(axis=0)",
            ),
            mistake(
                "step_returned",
                "Those are the places of the largest states. The states themselves are "
                "wanted.",
                "h, -np.inf).max(axis=1)",
                "h, -np.inf).argmax(axis=1)",
            ),
            mistake(
                "sum_for_maximum",
                "That is the sum over the words.",
                "h, -np.inf).max",
                "h, 0.0).sum",
            ),
            mistake(
                "shortest_for_all",
                "The maximum of every sentence goes as far as the shortest.",
                "n[:, None]",
                "n.min()",
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
            Case("padding in every row", _padded_states(rng, H=8)),
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
            mistake(
                "half_of_the_steps",
                "The features were cut at half the number of *steps*. The third axis "
                "holds the features of both directions.",
                "h.shape[2] // 2",
                "h.shape[1] // 2",
            ),
            mistake(
                "one_too_far",
                "The forward half was taken one step too far: steps are counted from "
                "zero.",
                "n - 1",
                "n",
            ),
            mistake(
                "added",
                "The two halves were added. They are put side by side.",
                "np.concatenate([forwards, backwards], axis=1)",
                "forwards + backwards",
            ),
            mistake(
                "mean_of_both",
                "The mean of the two halves was taken. They are put side by side.",
                "np.concatenate([forwards, backwards], axis=1)",
                "(forwards + backwards) / 2",
            ),
            mistake(
                "backwards_counted_from_the_end",
                "The backward half was looked for as many steps before the end of the "
                "array as the sentence has words. It has read everything when it has "
                "come to the first word.",
                "h[:, 0, H:]",
                "h[np.arange(len(h)), -n, H:]",
            ),
            mistake(
                "stacked",
                "The two halves lie on an axis of their own. They are put side by side "
                "on the one of the features.",
                "np.concatenate([forwards, backwards], axis=1)",
                "np.stack([forwards, backwards], axis=1)",
            ),
            mistake(
                "below_each_other",
                "The two halves stand below each other, as if there were twice as many "
                "sentences. They belong side by side.",
                "axis=1",
                "axis=0",
            ),
            mistake(
                "every_other_feature",
                "The features of the two directions were taken in turn. The forward "
                "ones come first, all of them, and then the backward ones.",
                "h[np.arange(len(h)), n - 1, :H]",
                "h[np.arange(len(h)), n - 1, ::2]",
                "h[:, 0, H:]",
                "h[:, 0, 1::2]",
            ),
            mistake(
                "backwards_at_last_word",
                "The forward half was left out, and the backward one was taken at both "
                "ends.",
                "n - 1, :H]",
                "n - 1, H:]",
            ),
            mistake(
                "backwards_at_last_column",
                "The backward half was taken from the last column. It has read "
                "everything when it has come to the first.",
                "h[:, 0, H:]",
                "h[:, -1, H:]",
            ),
            mistake(
                "wrong_halves",
                "The halves of the features are exchanged: the forward states come "
                "first.",
                "n - 1, :H]",
                "n - 1, H:]",
                "h[:, 0, H:]",
                "h[:, 0, :H]",
            ),
            mistake(
                "whole_states",
                "Both ends hold the states of both directions. Of each only one half "
                "has read everything.",
                "n - 1, :H]",
                "n - 1]",
                "h[:, 0, H:]",
                "h[:, 0]",
            ),
            mistake(
                "ends_exchanged_at_last_column",
                "Each half was taken where its direction begins, the backward one from "
                "the last column. Where a direction ends it has read everything.",
                "h[np.arange(len(h)), n - 1, :H]",
                "h[:, 0, :H]",
                "h[:, 0, H:]",
                "h[:, -1, H:]",
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
    """Runs on a score in which a word's place and company matter, as in a network."""

    def parts(_score, words):
        def score(some):
            sized = [len(w) ** 1.5 * (-1 if w in ("not", "bad") else 1) for w in some]
            placed = sum((k + 1) * size for k, size in enumerate(sized))
            return float(placed * (1 + len(sized) / 8))

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
                "nothing_left_out",
                "Every part is zero: no word was left out, so the score does not fall.",
                "words[k + 1 :]",
                "words[k:]",
            ),
            mistake(
                "joined_to_a_text",
                "The words that are left were joined to one text. `score` takes a list "
                "of words.",
                "score(without)",
                'score(" ".join(without))',
            ),
            mistake(
                "fall_since_the_word_before",
                "The score was compared with the one before it, without another word. "
                "Each is compared with that of the whole sentence.",
                "    parts = []",
                "    parts, before = [], score(words)",
                "parts.append(score(words) - score(without))",
                "parts.append(before - score(without))\n"
                "        before = score(without)",
            ),
            mistake(
                "placeholder_put_in",
                "A placeholder stands where the word was, so the sentence is as long "
                "as before. The word is left out.",
                "words[:k] + words[k + 1 :]",
                'words[:k] + ["<unk>"] + words[k + 1 :]',
            ),
            mistake(
                "empty_word_put_in",
                "An empty word stands where the word was, so the sentence is as long "
                "as before. The word is left out.",
                "words[:k] + words[k + 1 :]",
                'words[:k] + [""] + words[k + 1 :]',
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
            mistake(
                "first_copy_removed",
                "Of a word that comes twice, the first copy was taken out both times. "
                "Places are left out, not words.",
                "without = words[:k] + words[k + 1 :]",
                "without = words.copy()\n        without.remove(words[k])",
            ),
            mistake(
                "not_put_back",
                "The words that were left out before are still missing. Each word is "
                "left out of the whole sentence.",
                "words[:k] + words[k + 1 :]",
                "words[k + 1 :]",
            ),
            mistake(
                "added_in_turn",
                "That is by how much the score rises as the words are added one after "
                "the other. The part of a word is what is lost without it.",
                "score(words) - score(without)",
                "score(words[: k + 1]) - score(words[:k])",
            ),
            mistake(
                "size_only",
                "The signs are lost. A word that pulls the score down has a negative "
                "part.",
                "score(words) - score(without)",
                "abs(score(words) - score(without))",
            ),
            mistake(
                "share_of_the_score",
                "The parts were divided by the whole score. The fall itself is wanted.",
                "score(words) - score(without)",
                "(score(words) - score(without)) / score(words)",
            ),
            mistake(
                "word_and_what_follows",
                "The word after each one was left out as well.",
                "words[k + 1 :]",
                "words[k + 2 :]",
            ),
            mistake(
                "whole_less_the_word",
                "The score of the word alone was taken off. What counts is the score "
                "of the sentence *without* it.",
                "score(without)",
                "score([words[k]])",
            ),
            mistake(
                "quotient",
                "The scores were divided. The part of a word is a difference.",
                "score(words) - score(without)",
                "score(words) / score(without)",
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


TAIL = "sum(math.comb(n, k) for k in range(min(only_a, only_b) + 1)) / 2**n"


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
                "That is the chance of one tail. Nobody knew beforehand which model "
                "would be ahead, so the other tail counts, too.",
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
                "You counted everything that each model has right. What only *one* of "
                "the two has right counts.",
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
            mistake(
                "chi_square",
                "That is the chi-square approximation of the test. With few "
                "differences it is off; the exact test sums the chances of a fair "
                "coin.",
                TAIL,
                "math.erfc(abs(only_a - only_b) / math.sqrt(2 * max(n, 1))) / 2",
            ),
            mistake(
                "chi_square_corrected",
                "That is the chi-square approximation with a correction for whole "
                "numbers. It comes near to the exact value and is not equal to it.",
                TAIL,
                "0.5 * math.erfc(\n"
                "        max(abs(only_a - only_b) - 1, 0) / math.sqrt(2 * max(n, 1))\n"
                "    )",
            ),
            mistake(
                "observed_split_left_out",
                "The split that was observed is left out of the tail. At least as "
                "uneven includes it.",
                "range(min(only_a, only_b) + 1)",
                "range(min(only_a, only_b))",
            ),
            mistake(
                "this_split_once",
                "That is the chance of exactly this split. All splits that are at "
                "least as uneven count, to either side.",
                "range(min(only_a, only_b) + 1)",
                "[only_a]",
                "min(1.0, 2 * tail)",
                "tail",
            ),
            mistake(
                "direction_counted",
                "The tail is always the chance that the first model wins so few, even "
                "where it has won more than the second. Exchanging the two changes the "
                "result.",
                "min(only_a, only_b)",
                "only_a",
            ),
            mistake(
                "one_minus_the_tail",
                "That is one minus the tail. The p-value is the chance of the uneven "
                "splits, not of the even ones.",
                "return min(1.0, 2 * tail)",
                "return 1 - tail",
            ),
            mistake(
                "tail_of_the_larger",
                "A p-value of 1 comes out each time, however uneven the split: what "
                "was summed is more than the tail of the smaller count.",
                "min(only_a, only_b)",
                "max(only_a, only_b)",
            ),
            mistake(
                "agreements_tested",
                "The sentences on which the two agree were tested. Those on which they "
                "differ are the throws of the coin.",
                lambda right_a, right_b: mcnemar(right_a, ~right_b),
            ),
            mistake(
                "tail_of_the_second",
                "The tail is always the chance that the second model wins so few, even "
                "where it has won more than the first. Exchanging the two changes the "
                "result.",
                "min(only_a, only_b)",
                "only_b",
            ),
            mistake(
                "chi_square_of_statsmodels",
                "That is the chi-square approximation with a correction, as `mcnemar` "
                "of statsmodels has it. The exact test gives 1 where the two counts "
                "are equal.",
                TAIL,
                "0.5 * math.erfc(\n"
                "        abs(abs(only_a - only_b) - 1) / math.sqrt(2 * max(n, 1))\n"
                "    )",
            ),
            mistake(
                "mid_p",
                "Half of the observed split was left out: that is the mid-p-value. The "
                "exact one counts all of it.",
                "return min(1.0, 2 * tail)",
                "return 2 * tail - math.comb(n, only_a) / 2**n",
            ),
            mistake(
                "statistic_returned",
                "That is the statistic of the chi-square test. The p-value is wanted, "
                "and from the exact test.",
                "return min(1.0, 2 * tail)",
                "return (only_a - only_b) ** 2 / max(n, 1)",
            ),
        ),
    )
)

taught_in(
    {
        "text.padded": "A GRU in PyTorch",
        "text.last_valid": "Padding changes nothing",
        "text.max_pool": "Two directions, two layers, other states",
        "text.both_ends": "Two directions, two layers, other states",
        "text.occlusion": "What did it react to?",
        "text.mcnemar": "Who wins?",
    }
)
