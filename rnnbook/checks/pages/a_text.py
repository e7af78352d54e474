"""Checks of the assignment `text`.

They differ from the chapters' exercises, whose solutions stand in the book.
"""

from collections import Counter

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake
from rnnbook.checks.pages._shared import not_finite


def known_characters(train, new, least):
    """Numbers of the characters of ``new``, 0 for one that is not known, and V."""
    often = Counter(train)
    known = [c for c in often if often[c] >= least]
    known = sorted(known, key=lambda c: (-often[c], c))
    number = {c: k for k, c in enumerate(known, start=1)}
    return np.array([number.get(c, 0) for c in new]), len(known) + 1


def _string(rng, letters, n):
    return "".join(rng.choice(list(letters), size=n))


def _known_cases(rng):
    return [
        Case("a short text", ("zebra zebra at a bar", "a bat, a zebu", 2)),
        Case("all characters are kept", ("banana", "bandana", 1)),
        Case("nothing that is not known", ("banana bab", "nab a ban", 1)),
        Case("a few rare ones", ("cccaabbddde", "edca fa", 2)),
        Case(
            "a longer text",
            (_string(rng, "eeettaoin ", 50) + "xxq", _string(rng, "etaoinxqz ", 30), 3),
        ),
    ]


enter(
    Check(
        "text.known_characters",
        "21-text-generation",
        known_characters,
        "train, new, least",
        (("ids", "V"),),
        _known_cases,
        (
            mistake(
                "counted_in_new",
                "The characters were counted in the new text. A table made from it "
                "gives other characters the numbers that the network has learned.",
                "Counter(train)",
                "Counter(new)",
            ),
            mistake(
                "counted_in_both",
                "The new text was counted along with the training text. What is held "
                "out decides nothing, the table included.",
                "Counter(train)",
                "Counter(train + new)",
            ),
            mistake(
                "least_left_out",
                "A character that came exactly as often as is needed was left out.",
                ">= least",
                "> least",
            ),
            mistake(
                "rare_ones_kept",
                "All characters of the training text have a number, the rare ones too.",
                " if often[c] >= least",
                "",
            ),
            mistake(
                "by_character",
                "The numbers follow the order of the characters themselves. They "
                "should follow how often each came.",
                "(-often[c], c)",
                "c",
            ),
            mistake(
                "rarest_first",
                "The rarest character has the first number: the sort goes upwards.",
                "-often[c]",
                "often[c]",
            ),
            mistake(
                "ties_as_met",
                "Characters that came equally often stand as they were met in the "
                "text. Then the table depends on where the text was cut.",
                "(-often[c], c)",
                "-often[c]",
            ),
            mistake(
                "ties_reversed",
                "Of characters that came equally often the larger one stands first.",
                "(-often[c], c)",
                "(-often[c], -ord(c))",
            ),
            mistake(
                "unknown_stops",
                "A character that is not in the table stops the function; it should "
                "get a number as well.",
                "number.get(c, 0)",
                "number[c]",
            ),
            mistake(
                "unknown_negative",
                "What is not known has the number -1. As an index that is the last row "
                "of a matrix, without any warning.",
                "number.get(c, 0)",
                "number.get(c, -1)",
            ),
            mistake(
                "unknown_dropped",
                "Characters that are not known were left out of the answer, so the "
                "places in it are no longer those of the text.",
                "number.get(c, 0) for c in new",
                "number[c] for c in new if c in number",
            ),
            mistake(
                "unknown_last",
                "The number for what is not known stands at the end, and the known "
                "ones begin at 0. It should be the other way round.",
                "start=1",
                "start=0",
                "number.get(c, 0)",
                "number.get(c, len(known))",
            ),
            mistake(
                "zero_taken",
                "The commonest character has the number 0, and what is not known has "
                "it too: the network cannot tell them apart.",
                "start=1",
                "start=0",
            ),
            mistake(
                "one_too_few",
                "The number of symbols leaves out the one for what is not known, which "
                "the network reads and predicts as well.",
                "len(known) + 1",
                "len(known)",
            ),
            mistake(
                "width_of_what_came",
                "The number of symbols is read off the numbers that the new text "
                "happens to hold. With another text the width would be another.",
                "return np.array([number.get(c, 0) for c in new]), len(known) + 1",
                "return (ids := np.array([number.get(c, 0) for c in new])), "
                "ids.max() + 1",
            ),
        ),
    )
)


def streams_with_ends(ids, rows, length, end):
    """Inputs, targets and fresh starts of all batches: three arrays (M, B, T)."""
    piece = (len(ids) - 1) // rows
    batches = piece // length
    places = np.arange(rows)[:, None] * piece + np.arange(batches * length)
    x, y = ids[places], ids[places + 1]
    fresh = np.zeros(x.shape, dtype=bool)
    fresh[:, 1:] = x[:, :-1] == end
    fresh[:, 0] = True
    shape = rows, batches, length
    return tuple(a.reshape(shape).swapaxes(0, 1) for a in (x, y, fresh))


def _end_cases(rng):
    return [
        Case("two rows of three", (np.arange(26) % 5, 2, 3, 4)),
        Case("no end in it, one row", (rng.integers(1, 9, size=22), 1, 7, 0)),
        Case("random ids", (rng.integers(0, 4, size=61), 4, 5, 0)),
        Case("more random ids", (rng.integers(0, 6, size=50), 3, 5, 2)),
        Case(
            "a row begins behind an end",
            (np.array([1, 2, 0, 4, 0, 5, 6, 0, 8, 3, 1]), 2, 2, 0),
        ),
    ]


def _in_a_row(case, outputs, expected):
    """Inputs that go on from row to row, and not from batch to batch."""
    ids, rows, length, _ = case.args
    x = outputs.get("x")
    n = 0 if x is None else x.size
    if not 0 < n <= len(ids) or x.shape[1:] != (rows, length):
        return False
    if n <= rows * length or rows == 1:  # there both ways are one
        return True
    return np.array_equal(x.ravel(), ids[:n])


def _consecutive(ids, rows, length, end):
    n = rows * length
    places = np.arange((len(ids) - 1) // n * n).reshape(-1, rows, length)
    fresh = np.zeros(places.shape, dtype=bool)
    fresh[:, :, 1:] = ids[places[:, :, :-1]] == end
    fresh[0, :, 0] = True
    return ids[places], ids[places + 1], fresh


PLACES = "np.arange(rows)[:, None] * piece + np.arange(batches * length)"
ROWS_AND_BATCHES = "a.reshape(shape).swapaxes(0, 1)"

enter(
    Check(
        "text.streams_with_ends",
        "21-text-generation",
        streams_with_ends,
        "ids, rows, length, end",
        (("x", "y", "fresh"),),
        _end_cases,
        (
            mistake(
                "rows_do_not_continue",
                "The rows of one batch follow each other in the text, so that no row "
                "goes on in the next batch. The carried state then belongs to another "
                "place.",
                lambda ids, rows, length, end: _consecutive(ids, rows, length, end),
                holds=_in_a_row,
            ),
            mistake(
                "rows_interleaved",
                "The rows take turns, character by character, where each should be a "
                "stretch of the text.",
                PLACES,
                "np.arange(rows)[:, None] + rows * np.arange(batches * length)",
            ),
            mistake(
                "target_not_shifted",
                "The target is the character that is being read, and not the one that "
                "comes.",
                "ids[places + 1]",
                "ids[places]",
            ),
            mistake(
                "target_before",
                "The target is the character that came before.",
                "ids[places + 1]",
                "ids[places - 1]",
            ),
            mistake(
                "last_batch_missing",
                "The last batch is missing where the stretches hold a whole number of "
                "batches.",
                "piece // length",
                "(piece - 1) // length",
            ),
            mistake(
                "rows_first",
                "The axes of rows and batches are exchanged: the batch comes first.",
                ROWS_AND_BATCHES,
                "a.reshape(shape)",
            ),
            mistake(
                "rows_reshaped",
                "The stretches were cut anew by a reshape, where two axes should be "
                "exchanged: a row now holds parts of several streams.",
                ROWS_AND_BATCHES,
                "a.reshape(batches, rows, length)",
            ),
            mistake(
                "fresh_on_the_end",
                "The mark stands on the end sign itself. The network should still read "
                "the sign with its state, and clear it before the character after.",
                "x[:, :-1] == end",
                "x[:, 1:] == end",
            ),
            mistake(
                "ends_ignored",
                "Only the beginnings of the rows are marked; what follows an end sign "
                "is a beginning, too.",
                "    fresh[:, 1:] = x[:, :-1] == end\n",
                "",
            ),
            mistake(
                "end_of_batch_forgotten",
                "An end sign at the end of a batch has no effect: the mark belongs at "
                "the beginning of the next one. Each batch was looked at by itself.",
                "    fresh[:, 0] = True",
                "    fresh[:, ::length] = False\n    fresh[:, 0] = True",
            ),
            mistake(
                "no_target_left",
                "The stretches leave no character over, so that the last one of the "
                "text is read and has no target.",
                "(len(ids) - 1) // rows",
                "len(ids) // rows",
                "ids[places + 1]",
                "ids[(places + 1) % len(ids)]",
            ),
            mistake(
                "each_batch_fresh",
                "Each batch begins with a cleared state. Then nothing is carried from "
                "batch to batch, which is what streams are for.",
                "    fresh[:, 0] = True",
                "    fresh[:, ::length] = True",
            ),
            mistake(
                "beginning_not_fresh",
                "The beginnings of the rows are not marked: nothing was read there "
                "before.",
                "    fresh[:, 0] = True\n",
                "",
            ),
            mistake(
                "first_row_only",
                "Only the first row has a marked beginning. No row goes on where the "
                "row above it stopped: they are read at the same time.",
                "fresh[:, 0] = True",
                "fresh[0, 0] = True",
            ),
            mistake(
                "marks_inverted",
                "The marks are the wrong way round: true should mean that the state is "
                "cleared.",
                "(x, y, fresh)",
                "(x, y, ~fresh)",
            ),
            mistake(
                "marks_of_the_text",
                "The marks are those of the text before it was cut: only its own "
                "beginning and what follows an end have one.",
                "    fresh[:, 1:] = x[:, :-1] == end\n    fresh[:, 0] = True",
                "    fresh = (places == 0) | (ids[places - 1] == end)",
            ),
            mistake(
                "marks_without_beginnings",
                "The marks stand after each end, also that of another stretch, and "
                "nowhere else.",
                "    fresh[:, 1:] = x[:, :-1] == end\n    fresh[:, 0] = True",
                "    fresh = (places > 0) & (ids[places - 1] == end)",
            ),
            mistake(
                "only_on_the_end",
                "The marks stand on the end signs themselves, and the beginnings of "
                "the rows have none.",
                "    fresh[:, 1:] = x[:, :-1] == end\n    fresh[:, 0] = True",
                "    fresh = x == end",
            ),
            mistake(
                "stretches_of_whole_batches",
                "The stretches were shortened to whole batches before the next one "
                "began, so they are shorter than they could be.",
                "batches = piece // length",
                "batches = piece // length\n    piece = batches * length",
            ),
            mistake(
                "targets_rolled",
                "The last target of each piece is the piece's own first character, "
                "and not the one that comes in the text.",
                "(x, y, fresh))",
                "(x, np.roll(x.reshape(rows, batches, length), -1, 2)"
                ".reshape(x.shape), fresh))",
            ),
        ),
    )
)


def cost(scores, y, skip):
    """Mean bits of a character, without the first ``skip``, and the perplexity."""
    s = scores - scores.max(axis=-1, keepdims=True)
    log_p = s - np.log(np.exp(s).sum(axis=-1, keepdims=True))
    chosen = np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]
    nats = -chosen[:, skip:].mean()
    return nats / np.log(2), np.exp(nats)


def _raw_cost(scores, y, skip):
    nats = -np.take_along_axis(scores, y[..., None], axis=-1)[:, skip:].mean()
    return nats / np.log(2), np.exp(nats)


def _cost_cases(rng):
    far = np.array([[[2000.0, 1990.0, 0.0], [-5.0, -4.0, 990.0], [1.0, 2.0, 1.5]]])
    far = np.concatenate([far, far[:, ::-1] + 3.0])
    return [
        Case("two rows", (rng.normal(size=(2, 6, 4)), rng.integers(0, 4, (2, 6)), 1)),
        Case(
            "all count", (2 * rng.normal(size=(3, 5, 6)), rng.integers(0, 6, (3, 5)), 0)
        ),
        Case(
            "a long start", (rng.normal(size=(4, 9, 5)), rng.integers(0, 5, (4, 9)), 3)
        ),
        Case("scores of thousands", (far, np.array([[1, 1, 0], [2, 2, 1]]), 1)),
    ]


def _picked(scores, y):
    p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    p = p / p.sum(axis=-1, keepdims=True)
    return np.take_along_axis(p, y[..., None], axis=-1)[..., 0]


def _mean_perplexity(scores, y, skip):
    p = _picked(scores, y)[:, skip:]
    return -np.log2(p).mean(), (1 / p).mean()


def _bits_of_the_mean(scores, y, skip):
    mean = _picked(scores, y)[:, skip:].mean()
    return -np.log2(mean), 1 / mean


def _overflowing(scores, y, skip):
    p = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    p = np.take_along_axis(p, y[..., None], axis=-1)[:, skip:]
    return -np.log2(p).mean(), 2 ** -np.log2(p).mean()


enter(
    Check(
        "text.cost",
        "21-text-generation",
        cost,
        "scores, y, skip",
        (("bits", "perplexity"),),
        _cost_cases,
        (
            mistake(
                "nats",
                "The first number is in nats: the logarithm is the natural one.",
                "return nats / np.log(2),",
                "return nats,",
            ),
            mistake(
                "multiplied",
                "The nats were multiplied where one divides. A text needs more bits "
                "than nats.",
                "nats / np.log(2)",
                "nats * np.log(2)",
            ),
            mistake(
                "base_of_perplexity",
                "The perplexity raises e to the *bits*. Base and logarithm have to "
                "belong together.",
                "np.exp(nats)",
                "np.exp(nats / np.log(2))",
            ),
            mistake(
                "skip_ignored",
                "The first characters of each row were charged as well.",
                "[:, skip:]",
                "",
            ),
            mistake(
                "skip_rows",
                "Whole rows were skipped. The beginning of each row should be.",
                "[:, skip:]",
                "[skip:]",
            ),
            mistake(
                "one_more_skipped",
                "One character too many is left out at the beginning of each row.",
                "[:, skip:]",
                "[:, skip + 1 :]",
            ),
            mistake(
                "no_softmax",
                "The scores were taken for log probabilities: nothing makes their "
                "exponentials sum to one.",
                lambda scores, y, skip: _raw_cost(scores, y, skip),
            ),
            mistake(
                "softmax_over_time",
                "The softmax runs over the characters of the text in place of the "
                "symbols of the alphabet.",
                "np.exp(s).sum(axis=-1, keepdims=True)",
                "np.exp(s).sum(axis=1, keepdims=True)",
            ),
            mistake(
                "summed",
                "The bits are summed up and not averaged.",
                "[:, skip:].mean()",
                "[:, skip:].sum()",
            ),
            mistake(
                "divided_by_everything",
                "The bits of the charged characters were divided by the number of all, "
                "so what is left out counts as free.",
                "-chosen[:, skip:].mean()",
                "-chosen[:, skip:].sum() / chosen.size",
            ),
            mistake(
                "mean_perplexity",
                "The perplexity is a mean over the characters of one over their "
                "probability. A few bad guesses rule it; it belongs to the mean bits.",
                _mean_perplexity,
            ),
            mistake(
                "bits_of_the_mean",
                "The probabilities were averaged before the logarithm. A code pays for "
                "each character, so the logarithm comes first.",
                _bits_of_the_mean,
            ),
            mistake(
                "best_charged",
                "The likeliest character was charged at each place, and not the one "
                "that came.",
                "y[..., None]",
                "scores.argmax(axis=-1)[..., None]",
            ),
            mistake(
                "overflow",
                "Scores that are far apart overflow or vanish in the exponential. From "
                "the scores of a place a constant of its own may be taken off, and its "
                "probabilities stay.",
                lambda scores, y, skip: _overflowing(scores, y, skip),
                holds=not_finite,
            ),
        ),
        tolerance=1e-6,  # a small number may be added before a logarithm
    )
)


def bigram(ids, V, weights):
    """Probability of each character (across) after each one (down): (V, V)."""
    pairs = np.zeros((V, V))
    np.add.at(pairs, (ids[:-1], ids[1:]), 1)
    single = np.bincount(ids, minlength=V) / len(ids)
    contexts = pairs.sum(axis=1, keepdims=True)
    after = np.where(contexts > 0, pairs / np.maximum(contexts, 1), single)
    two, one, none = weights
    return two * after + one * single + none / V


def _bigram_cases(rng):
    short = np.array([0, 1, 0, 1, 2, 1, 0, 3])  # 3 stands at the end alone; no 4
    return [
        Case("eight characters, one only at the end", (short, 5, (0.7, 0.2, 0.1))),
        Case("random ids", (rng.integers(0, 6, size=40), 6, (0.6, 0.3, 0.1))),
        Case("a number that never came", (rng.integers(0, 4, 30), 7, (0.5, 0.3, 0.2))),
    ]


CONTEXTS = "pairs.sum(axis=1, keepdims=True)"
AFTER = "np.where(contexts > 0, pairs / np.maximum(contexts, 1), single)"

enter(
    Check(
        "text.bigram",
        "21-text-generation",
        bigram,
        "ids, V, weights",
        ("P",),
        _bigram_cases,
        (
            mistake(
                "pairs_counted_once",
                "A pair that comes several times was counted once: adding at repeated "
                "places of an array keeps only one of the additions.",
                "np.add.at(pairs, (ids[:-1], ids[1:]), 1)",
                "pairs[ids[:-1], ids[1:]] += 1",
            ),
            mistake(
                "transposed",
                "Rows and columns are exchanged: a row should be what comes *after* "
                "one character.",
                "(ids[:-1], ids[1:])",
                "(ids[1:], ids[:-1])",
            ),
            mistake(
                "joint",
                "The pairs were divided by the number of all pairs. That is how often "
                "both come together, and not how often the second follows the first.",
                "pairs / np.maximum(contexts, 1)",
                "pairs / pairs.sum()",
            ),
            mistake(
                "by_what_follows",
                "The pairs were divided by the count of the character that *follows*: "
                "the columns sum to one, and the rows should.",
                CONTEXTS,
                "pairs.sum(axis=0, keepdims=True)",
            ),
            mistake(
                "last_one_counted",
                "The last character of the text counts as a context, and nothing "
                "follows it: its row sums to less than one.",
                CONTEXTS,
                "np.bincount(ids, minlength=V)[:, None]",
            ),
            mistake(
                "unseen_divided",
                "After a character that nothing has followed yet, zero was divided by "
                "zero, and the row is no row of numbers.",
                AFTER,
                "pairs / contexts",
            ),
            mistake(
                "one_added",
                "Each pair counts once more than it came. That is another way to leave "
                "something for what is new, and here the other two parts do it.",
                "np.zeros((V, V))",
                "np.ones((V, V))",
            ),
            mistake(
                "weight_lost",
                "After a character that nothing has followed yet, the weight of the "
                "pairs is lost: that row does not sum to one.",
                "(contexts, 1), single)",
                "(contexts, 1), 0)",
            ),
            mistake(
                "unseen_uniform",
                "After a character that nothing has followed yet, the weight of the "
                "pairs goes to all alike. How often each comes is known better.",
                "(contexts, 1), single)",
                "(contexts, 1), 1 / V)",
            ),
            mistake(
                "weights_reversed",
                "The weights are taken in the opposite order: the first belongs to the "
                "pairs.",
                "two, one, none = weights",
                "none, one, two = weights",
            ),
            mistake(
                "floor_missing",
                "The part that all symbols share alike is missing; what has never come "
                "then costs infinitely many bits.",
                " + none / V",
                "",
            ),
            mistake(
                "floor_not_shared",
                "The last weight was added to each symbol and not shared out among "
                "them.",
                " + none / V",
                " + none",
            ),
            mistake(
                "single_missing",
                "The part of the single characters is missing, so its weight is lost.",
                " + one * single",
                "",
            ),
            mistake(
                "counts_for_single",
                "The single characters enter as counts, and not as shares of the text.",
                "np.bincount(ids, minlength=V) / len(ids)",
                "np.bincount(ids, minlength=V)",
            ),
        ),
    )
)


def bounded_nucleus(scores, tau, p, least, most):
    """The likeliest tokens that reach p, but no fewer and no more than told."""
    s = scores / tau
    probs = np.exp(s - s.max())
    probs = probs / probs.sum()
    order = np.argsort(-probs, kind="stable")
    n = np.searchsorted(np.cumsum(probs[order]), p) + 1
    n = min(max(n, least), most)
    kept = np.zeros(len(probs))
    kept[order[:n]] = probs[order[:n]]
    return kept / kept.sum()


def _nucleus_cases(rng):
    flat, sure = 0.1 * rng.normal(size=9), np.array([0.3, 6.0, 1.0, -1.0, 0.5, 0.2])
    return [
        Case("six scores", (np.array([1.0, 2.5, 0.2, 1.9, 0.7, 1.4]), 0.8, 0.7, 1, 5)),
        Case("one is nearly sure", (sure, 0.9, 0.8, 3, 5)),
        Case("nearly all the same", (flat, 1.5, 0.7, 2, 4)),
        Case("a high temperature", (np.linspace(2.2, -2, 8), 2.5, 0.6, 1, 8)),
        Case("a low one", (np.linspace(-2, 2.1, 7), 0.35, 0.75, 1, 6)),
        Case("a small share", (np.array([2.0, -1, 1.95, 0, -2]), 0.9, 0.3, 1, 4)),
        Case("random scores", (2 * rng.normal(size=10), 1.3, 0.85, 2, 6)),
        Case(
            "scores of thousands",
            (np.array([3000.0, 2999.0, 3001.0, 0]), 1.5, 0.6, 2, 3),
        ),
    ]


def _temperature_last(scores, tau, p, least, most):
    kept = bounded_nucleus(scores, 1.0, p, least, most) ** (1 / tau)
    return kept / kept.sum()


def _probabilities(scores, tau):
    s = scores / tau
    p = np.exp(s - s.max())
    return p / p.sum()


def _threshold(scores, tau, p, least, most):
    probs = _probabilities(scores, tau)
    order = np.argsort(-probs, kind="stable")
    n = min(max(int((probs >= p).sum()), least), most)
    kept = np.zeros(len(probs))
    kept[order[:n]] = probs[order[:n]]
    return kept / kept.sum()


enter(
    Check(
        "sampling.bounded_nucleus",
        "21-text-generation",
        bounded_nucleus,
        "scores, tau, p, least, most",
        ("probs",),
        _nucleus_cases,
        (
            mistake(
                "temperature_ignored",
                "The temperature changes nothing here.",
                "scores / tau",
                "scores",
            ),
            mistake(
                "multiplied",
                "The scores were multiplied by the temperature, so that a high one "
                "sharpens.",
                "scores / tau",
                "scores * tau",
            ),
            mistake(
                "temperature_last",
                "The nucleus was cut at temperature 1, and the temperature came "
                "afterwards. The temperature comes first: it changes how many are "
                "needed to reach p.",
                _temperature_last,
            ),
            mistake(
                "no_lower_bound",
                "Where few are enough to reach p, fewer than the lower bound are kept.",
                "min(max(n, least), most)",
                "min(n, most)",
            ),
            mistake(
                "no_upper_bound",
                "Where many are needed to reach p, more than the upper bound are kept.",
                "min(max(n, least), most)",
                "max(n, least)",
            ),
            mistake(
                "bounds_ignored",
                "Neither of the two bounds has an effect: that is plain top-p.",
                "    n = min(max(n, least), most)\n",
                "",
            ),
            mistake(
                "always_most",
                "The upper bound alone decides how many are kept: that is top-k.",
                "min(max(n, least), most)",
                "most",
            ),
            mistake(
                "always_least",
                "The lower bound alone decides how many are kept.",
                "min(max(n, least), most)",
                "least",
            ),
            mistake(
                "crossing_token_dropped",
                "The symbol that crosses p is dropped, so those that are kept do not "
                "reach p.",
                " + 1",
                "",
            ),
            mistake(
                "one_more",
                "One symbol too many is kept, although p was reached before it.",
                " + 1",
                " + 2",
            ),
            mistake(
                "threshold",
                "Each probability was compared with p by itself. It is their *sum*, "
                "from the likeliest down, that has to reach p.",
                _threshold,
            ),
            mistake(
                "least_likely",
                "The least likely symbols are kept, for the sort goes upwards.",
                "np.argsort(-probs",
                "np.argsort(probs",
            ),
            mistake(
                "no_renormalisation",
                "What was kept does not sum to one: nothing divides it by its sum.",
                "kept / kept.sum()",
                "kept",
            ),
            mistake(
                "uniform",
                "All kept symbols have the same probability, and their differences are "
                "lost.",
                "= probs[order[:n]]",
                "= 1",
            ),
            mistake(
                "sorted",
                "The probabilities come back sorted; which symbol each belongs to is "
                "lost.",
                "kept[order[:n]] = ",
                "kept[:n] = ",
            ),
            mistake(
                "overflow",
                "Scores in the thousands overflow in the exponential: look for a "
                "constant that may be taken off.",
                "np.exp(s - s.max())",
                "np.exp(s)",
            ),
            mistake(
                "bounded_first",
                "The upper bound came first, and p was reached among what it had "
                "left. The share is one of all symbols.",
                "    n = np.searchsorted(np.cumsum(probs[order]), p) + 1",
                "    sums = np.cumsum(probs[order])\n"
                "    n = np.searchsorted(sums / sums[most - 1], p) + 1",
            ),
            mistake(
                "sums_not_sorted",
                "The probabilities were summed in the order of the alphabet, and "
                "not from the likeliest down.",
                "np.cumsum(probs[order])",
                "np.cumsum(probs)",
            ),
            mistake(
                "temperature_twice",
                "The temperature was applied to what was kept a second time.",
                "kept[order[:n]] = probs[order[:n]]",
                "kept[order[:n]] = probs[order[:n]] ** (1 / tau)",
            ),
            mistake(
                "temperature_of_the_cut_only",
                "The temperature decided what is cut, and what was kept has lost it.",
                "kept[order[:n]] = probs[order[:n]]",
                "kept[order[:n]] = (probs ** tau)[order[:n]]",
            ),
        ),
    )
)


def _step(i, h, params):
    """The step that the assignment's set-up cell gives."""
    h = np.tanh(params["W_xh"][i] + h @ params["W_hh"] + params["b_h"])
    return h, h @ params["W_hy"] + params["b_y"]


def write(prompt, u, params):
    """The characters that the numbers ``u`` draw after a prompt, and the state."""
    h = np.zeros(len(params["b_h"]))
    for c in prompt:
        h, scores = _step(c, h, params)
    out = []
    for share in u:
        p = np.exp(scores - scores.max())
        total = np.cumsum(p / p.sum())
        i = min(int((total <= share).sum()), len(p) - 1)
        out.append(i)
        h, scores = _step(i, h, params)
    return np.array(out), h


def _write_cases(rng):
    def params(V, H):
        return {
            "W_xh": rng.normal(size=(V, H)),
            "W_hh": rng.normal(size=(H, H)),
            "b_h": rng.normal(size=H),
            "W_hy": 1.5 * rng.normal(size=(H, V)),
            "b_y": rng.normal(size=V),
        }

    return [
        Case("three and five", (np.array([2, 0, 4]), rng.random(5), params(6, 4))),
        Case("a long way", (rng.integers(0, 8, size=6), rng.random(12), params(8, 5))),
        Case("one and three", (np.array([1]), rng.random(3), params(5, 3))),
        Case("two and eight", (np.array([3, 3]), rng.random(8), params(7, 6))),
    ]


enter(
    Check(
        "text.write",
        "21-text-generation",
        write,
        "prompt, u, params",
        (("ids", "h"),),
        _write_cases,
        (
            mistake(
                "prompt_not_read",
                "Of the prompt only the last character was read: the state knows "
                "nothing of the others.",
                "for c in prompt:",
                "for c in prompt[-1:]:",
            ),
            mistake(
                "end_of_prompt_twice",
                "The last character of the prompt was read twice, once with the prompt "
                "and once more to begin with.",
                "    out = []",
                "    h, scores = _step(prompt[-1], h, params)\n    out = []",
            ),
            mistake(
                "state_cleared_each_time",
                "Each character that was written is read with a cleared state. The "
                "network remembers nothing but that one.",
                "_step(i, h, params)",
                "_step(i, 0 * h, params)",
            ),
            mistake(
                "cleared_after_prompt",
                "The state was cleared between the prompt and the writing.",
                "    out = []",
                "    out, h = [], 0 * h",
            ),
            mistake(
                "state_not_advanced",
                "While it writes, the state stays as the prompt left it: what a step "
                "returns is not passed on to the next.",
                "h, scores = _step(i, h, params)",
                "_, scores = _step(i, h, params)",
            ),
            mistake(
                "own_words_not_read",
                "The network does not read what it writes; the last character of the "
                "prompt comes again and again.",
                "_step(i, h, params)",
                "_step(prompt[-1], h, params)",
            ),
            mistake(
                "last_not_read",
                "The last character that was written has not been read, so the state "
                "stands one character too early. Whoever goes on from it loses one.",
                "        h, scores = _step(i, h, params)",
                "        if len(out) < len(u):\n"
                "            h, scores = _step(i, h, params)",
            ),
            mistake(
                "greedy",
                "The likeliest character is taken each time: the numbers that should "
                "draw are not used.",
                "min(int((total <= share).sum()), len(p) - 1)",
                "int(p.argmax())",
            ),
            mistake(
                "one_further",
                "The symbol that is drawn stands one too far: at the first sum above "
                "the drawn number one has to stop.",
                "int((total <= share).sum())",
                "int((total <= share).sum()) + 1",
            ),
            mistake(
                "one_before",
                "The symbol that is drawn stands one too early, at the last sum that "
                "has not yet passed the drawn number.",
                "min(int((total <= share).sum()), len(p) - 1)",
                "max(int((total <= share).sum()) - 1, 0)",
            ),
            mistake(
                "first_share_only",
                "One and the same number draws all characters.",
                "total <= share",
                "total <= u[0]",
            ),
            mistake(
                "from_the_top",
                "The sums were made from the last symbol down. That draws fairly, "
                "too, but other characters than the exercise describes.",
                "total <= share",
                "total <= 1 - share",
            ),
            mistake(
                "not_normalised",
                "The numbers were compared with sums of exponentials that nothing has "
                "made into probabilities.",
                "np.cumsum(p / p.sum())",
                "np.cumsum(p)",
            ),
            mistake(
                "prompt_returned",
                "The prompt is returned along with what was written after it.",
                "return np.array(out)",
                "return np.array([*prompt, *out])",
            ),
            mistake(
                "late_by_one",
                "The character that is read after each draw is the one written before.",
                "_step(i, h, params)",
                "_step(out[-2] if len(out) > 1 else prompt[-1], h, params)",
            ),
            mistake(
                "scores_for_probabilities",
                "The scores themselves were summed up, without a softmax.",
                "np.cumsum(p / p.sum())",
                "np.cumsum(scores)",
            ),
            mistake(
                "likeliest_first",
                "The sums were made from the likeliest symbol down, and not in the "
                "order of the alphabet.",
                "        total = np.cumsum(p / p.sum())\n"
                "        i = min(int((total <= share).sum()), len(p) - 1)",
                "        line = np.argsort(-p)\n"
                "        total = np.cumsum((p / p.sum())[line])\n"
                "        i = int(line[min(int((total <= share).sum()), len(p) - 1)])",
            ),
        ),
    )
)


def copied_share(sample, source, n):
    """Share of the characters that lie in a stretch of n which source holds."""
    inside = np.zeros(len(sample), dtype=bool)
    for i in range(len(sample) - n + 1):
        if sample[i : i + n] in source:
            inside[i : i + n] = True
    return inside.mean()


def _copy_cases(rng):
    source = "the value of the name is the value of the object"
    words = _string(rng, "ab", 80)
    return [
        Case("three pieces", ("of the same value of names", source, 6)),
        Case("one long piece", ("a name is the value of names", source, 5)),
        Case("nothing of it", ("quick brown fox", source, 4)),
        Case("shorter than n", ("the", source, 5)),
        Case("two letters", (_string(rng, "ab", 40), words, 6)),
        Case("two letters, longer", (_string(rng, "ab", 30) + words[7:19], words, 8)),
    ]


def _pieces_found(sample, source, n):
    pieces = [sample[i : i + n] for i in range(len(sample) - n + 1)]
    return sum(piece in source for piece in pieces) / max(len(pieces), 1)


def _going_on_behind(sample, source, n):
    i = found = 0
    while i + n <= len(sample):
        hit = sample[i : i + n] in source
        found += n * hit
        i += n if hit else 1
    return found / len(sample)


def _single(sample, source, n):
    return sum(c in source for c in sample) / len(sample)


def _longest_only(sample, source, n):
    best = max(
        j - i
        for i in range(len(sample))
        for j in range(i, len(sample) + 1)
        if sample[i:j] in source
    )
    return best / len(sample) if best >= n else 0.0


enter(
    Check(
        "text.copied_share",
        "21-text-generation",
        copied_share,
        "sample, source, n",
        ("share",),
        _copy_cases,
        (
            mistake(
                "beginnings_only",
                "Of each stretch that was found, only the first character counts.",
                "inside[i : i + n] = True",
                "inside[i] = True",
            ),
            mistake(
                "pieces_found",
                "That is the share of the *stretches* that were found. The share of "
                "the characters that lie in one is wanted.",
                _pieces_found,
            ),
            mistake(
                "counted_again",
                "Where stretches overlap, a character was counted once for each of "
                "them.",
                "dtype=bool",
                "dtype=int",
                "inside[i : i + n] = True",
                "inside[i : i + n] += 1",
            ),
            mistake(
                "no_overlap",
                "The sample was cut into stretches that stand side by side; a copied "
                "one may begin at any character.",
                "range(len(sample) - n + 1)",
                "range(0, len(sample) - n + 1, n)",
            ),
            mistake(
                "going_on_behind",
                "Behind a stretch that was found the search goes on at its end, and so "
                "misses those that overlap with it.",
                _going_on_behind,
            ),
            mistake(
                "single_characters",
                "The characters were looked up one by one, whatever n is.",
                _single,
            ),
            mistake(
                "last_one_missing",
                "The last stretch of the sample is not looked at.",
                "- n + 1)",
                "- n)",
            ),
            mistake(
                "longer_than_n",
                "A stretch of exactly n characters does not count here, only longer "
                "ones.",
                "        if sample[i : i + n] in source:\n"
                "            inside[i : i + n] = True",
                "        if i + n < len(sample) and sample[i : i + n + 1] in source:\n"
                "            inside[i : i + n + 1] = True",
            ),
            mistake(
                "count",
                "That is a number of characters, and not a share of them.",
                "inside.mean()",
                "inside.sum()",
            ),
            mistake(
                "longest_only",
                "Only the longest copied stretch counts, and there may be several.",
                _longest_only,
            ),
            mistake(
                "not_copied",
                "That is the share which was *not* copied.",
                "inside.mean()",
                "1 - inside.mean()",
            ),
        ),
    )
)
