"""Functions that the assignments on text and on images ask for.

They differ from the chapters' exercises, whose solutions stand in the book.
"""

from collections import Counter

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake

# ---- assignment `text`: 21-text-generation


def known_characters(train, new, least):
    """Numbers of the characters of ``new``, 0 for one that is not known, and V."""
    often = Counter(train)
    known = [c for c in often if often[c] >= least]
    known = sorted(known, key=lambda c: (-often[c], c))
    number = {c: k for k, c in enumerate(known, start=1)}
    return np.array([number.get(c, 0) for c in new]), len(known) + 1


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


def cost(scores, y, skip):
    """Mean bits of a character, without the first ``skip``, and the perplexity."""
    s = scores - scores.max(axis=-1, keepdims=True)
    log_p = s - np.log(np.exp(s).sum(axis=-1, keepdims=True))
    chosen = np.take_along_axis(log_p, y[..., None], axis=-1)[..., 0]
    nats = -chosen[:, skip:].mean()
    return nats / np.log(2), np.exp(nats)


def bigram(ids, V, weights):
    """Probability of each character (across) after each one (down): (V, V)."""
    pairs = np.zeros((V, V))
    np.add.at(pairs, (ids[:-1], ids[1:]), 1)
    single = np.bincount(ids, minlength=V) / len(ids)
    contexts = pairs.sum(axis=1, keepdims=True)
    after = np.where(contexts > 0, pairs / np.maximum(contexts, 1), single)
    two, one, none = weights
    return two * after + one * single + none / V


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


def copied_share(sample, source, n):
    """Share of the characters that lie in a stretch of n which source holds."""
    inside = np.zeros(len(sample), dtype=bool)
    for i in range(len(sample) - n + 1):
        if sample[i : i + n] in source:
            inside[i : i + n] = True
    return inside.mean()


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


def _not_finite(case, outputs, expected):
    """Right, but for scores in the thousands."""
    if set(outputs) != set(expected):
        return False
    pairs = [(outputs[name], expected[name]) for name in expected]
    if case.label == "scores of thousands":
        return not all(np.isfinite(a).all() for a, _ in pairs)
    return all(a.shape == b.shape and np.allclose(a, b) for a, b in pairs)


def _bigram_cases(rng):
    short = np.array([0, 1, 0, 1, 2, 1, 0, 3])  # 3 stands at the end alone; no 4
    return [
        Case("eight characters, one only at the end", (short, 5, (0.7, 0.2, 0.1))),
        Case("random ids", (rng.integers(0, 6, size=40), 6, (0.6, 0.3, 0.1))),
        Case("a number that never came", (rng.integers(0, 4, 30), 7, (0.5, 0.3, 0.2))),
    ]


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


def _probabilities(scores, tau):
    s = scores / tau
    p = np.exp(s - s.max())
    return p / p.sum()


def _temperature_last(scores, tau, p, least, most):
    kept = bounded_nucleus(scores, 1.0, p, least, most) ** (1 / tau)
    return kept / kept.sum()


def _threshold(scores, tau, p, least, most):
    probs = _probabilities(scores, tau)
    order = np.argsort(-probs, kind="stable")
    n = min(max(int((probs >= p).sum()), least), most)
    kept = np.zeros(len(probs))
    kept[order[:n]] = probs[order[:n]]
    return kept / kept.sum()


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


PLACES = "np.arange(rows)[:, None] * piece + np.arange(batches * length)"
ROWS_AND_BATCHES = "a.reshape(shape).swapaxes(0, 1)"
CONTEXTS = "pairs.sum(axis=1, keepdims=True)"
AFTER = "np.where(contexts > 0, pairs / np.maximum(contexts, 1), single)"

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
                "A character that came exactly as often as is asked for was left out.",
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
                "The numbers follow the order of the characters themselves. Asked for "
                "is the order of how often they came.",
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
                "A character that is not in the table stops the function; asked for is "
                "a number for it.",
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
                "ones begin at 0. Asked for is the other way round.",
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
    ),
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
                "The last batch is missing where the stretches can be cut without a "
                "rest.",
                "piece // length",
                "(piece - 1) // length",
            ),
            mistake(
                "rows_first",
                "The axes of rows and batches are exchanged: asked for is the batch "
                "first.",
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
                "Only the beginnings of the rows are marked; what stands behind an end "
                "sign is a beginning, too.",
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
                "beginning and what stands behind an end have one.",
                "    fresh[:, 1:] = x[:, :-1] == end\n    fresh[:, 0] = True",
                "    fresh = (places == 0) | (ids[places - 1] == end)",
            ),
            mistake(
                "marks_without_beginnings",
                "The marks stand behind each end, also of another stretch, and "
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
                "began, so they are not the longest that there are.",
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
    ),
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
                "Whole rows were skipped, and asked for is the beginning of each row.",
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
                "Charged is the likeliest character at each place, and not the one "
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
                holds=_not_finite,
            ),
        ),
        tolerance=1e-6,  # a small number may be added before a logarithm
    ),
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
    ),
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
                "afterwards. Asked for is the temperature first, which changes how "
                "many are needed to reach p.",
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
    ),
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
                "The sums were made from the last symbol down. That draws fairly, too, "
                "but other characters than were asked for.",
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
    ),
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
                "That is the share of the *stretches* that were found. Asked for is "
                "the share of characters that lie in one.",
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
                "A stretch of exactly the length asked for does not count, only longer "
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
    ),
)


# ---- assignment `mnist`: 22-mnist-rows


def serpentine(images, order):
    """Step t shows row order[t], each second step from right to left: (N, R, C)."""
    x = images[:, order]
    x[:, 1::2] = x[:, 1::2, ::-1].copy()
    return x


def wide_parameters(C, units, cell, classes):
    """What a Keras stack learns whose head reads the last state and the mean."""
    blocks, biases = {"RNN": (1, 1), "LSTM": (4, 1), "GRU": (3, 2)}[cell]
    total, D = 0, C
    for H in units:
        total += blocks * (D * H + H * H + biases * H)
        D = H
    return total + 2 * units[-1] * classes + classes


def belief(x, params):
    """Probabilities after each row, from the mean of the states so far: (B, T, K)."""
    h = np.zeros((len(x), len(params["b_h"])))
    total, out = np.zeros_like(h), []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        total = total + h
        mean = total / (t + 1)
        scores = mean @ params["W_hy"] + params["b_y"]
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        out.append(p / p.sum(axis=1)[:, None])
    return np.stack(out, axis=1)


def loss_by_row(scores, labels, weights):
    """Weighted mean of the cross-entropies after each row, and its gradient."""
    B, T, K = scores.shape
    s = scores - scores.max(axis=2, keepdims=True)
    log_p = s - np.log(np.exp(s).sum(axis=2, keepdims=True))
    share = weights / weights.sum()
    true = np.eye(K)[labels][:, None]
    losses = -(true * log_p).sum(axis=2) @ share
    dscores = (np.exp(log_p) - true) * share[:, None] / B
    return losses.mean(), dscores


def hardest_pair(labels, guesses, classes):
    """The two classes that are taken for each other most often, and how often."""
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, (labels, guesses), 1)
    images = matrix.sum(axis=1)
    mixed = matrix + matrix.T
    both = images[:, None] + images
    rate = mixed / np.maximum(both, 1)
    rate[np.tril_indices(classes)] = -1  # the smaller class first
    a, b = np.unravel_index(rate.argmax(), rate.shape)
    return a, b, rate[a, b]


def by_writer(right, writer, draws):
    """A 95 % interval of the accuracy if whole writers are drawn."""
    hits = np.bincount(writer, weights=right)
    images = np.bincount(writer)
    shares = hits[draws].sum(axis=1) / images[draws].sum(axis=1)
    low, high = np.percentile(shares, [2.5, 97.5])
    return low, high


def duel(a, b, labels):
    """Difference of two accuracies, with its errors from seeds and from images."""
    right_a, right_b = a == labels, b == labels
    score_a, score_b = right_a.mean(axis=1), right_b.mean(axis=1)
    seeds = score_a.var(ddof=1) / len(a) + score_b.var(ddof=1) / len(b)
    gain = right_a.mean(axis=0) - right_b.mean(axis=0)
    images = gain.var(ddof=1) / len(labels)
    return score_a.mean() - score_b.mean(), np.sqrt(seeds), np.sqrt(images)


def _serpentine_cases(rng):
    return [
        Case("one image", (np.arange(12.0).reshape(1, 4, 3), np.array([2, 3, 0, 1]))),
        Case("eight rows", (rng.normal(size=(9, 8, 8)), np.roll(np.arange(8), 3))),
        Case("seven rows", (rng.normal(size=(7, 7, 4)), rng.permutation(7))),
        Case("five rows", (rng.normal(size=(6, 5, 5)), np.array([3, 0, 4, 1, 2]))),
    ]


def _turned_by_row(images, order):
    x = images.copy()
    x[:, 1::2] = x[:, 1::2, ::-1].copy()
    return x[:, order]


def _mirrored(images, order):
    x = images[:, order]
    for k in range(x.shape[2]):
        x[:, 1::2, k] = x[:, 1::2, -1 - k]
    return x


def _wide_cases(rng):
    return [
        Case("one LSTM layer", (8, [20], "LSTM", 10)),
        Case("two LSTM layers", (28, [50, 30], "LSTM", 10)),
        Case("two GRU layers", (8, [24, 40], "GRU", 10)),
        Case("three plain layers", (16, [10, 20, 15], "RNN", 7)),
    ]


def _reader(rng, D, H, K, scale=1.0):
    return {
        "W_xh": rng.normal(size=(D, H)),
        "W_hh": 0.7 * rng.normal(size=(H, H)),
        "b_h": rng.normal(size=H),
        "W_hy": scale * rng.normal(size=(H, K)),
        "b_y": rng.normal(size=K),
    }


def _belief_cases(rng):
    return [
        Case("a batch of three", (rng.normal(size=(3, 5, 4)), _reader(rng, 4, 6, 3))),
        Case("one image", (rng.normal(size=(1, 8, 8)), _reader(rng, 8, 5, 10))),
        Case("four rows", (rng.normal(size=(4, 4, 3)), _reader(rng, 3, 4, 4))),
        Case(
            "scores of thousands",
            (rng.normal(size=(2, 6, 2)), _reader(rng, 2, 3, 5, 3e3)),
        ),
    ]


def _softmax_over_batch(x, params):
    scores = _scores_by_row(x, params)
    p = np.exp(scores - scores.max(axis=0, keepdims=True))
    return p / p.sum(axis=0, keepdims=True)


def _softmax_over_rows(x, params):
    scores = _scores_by_row(x, params)
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def _states(x, params):
    h, out = np.zeros((len(x), len(params["b_h"]))), []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        out.append(h)
    return np.stack(out, axis=1)


def _scores_by_row(x, params):
    h = _states(x, params)
    mean = h.cumsum(axis=1) / np.arange(1, h.shape[1] + 1)[:, None]
    return mean @ params["W_hy"] + params["b_y"]


def _softmax(scores):
    p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return p / p.sum(axis=-1, keepdims=True)


def _mean_of_all(x, params):
    h = _states(x, params)
    mean = np.broadcast_to(h.mean(axis=1, keepdims=True), h.shape)
    return _softmax(mean @ params["W_hy"] + params["b_y"])


def _mean_of_probabilities(x, params):
    p = _softmax(_states(x, params) @ params["W_hy"] + params["b_y"])
    return p.cumsum(axis=1) / np.arange(1, p.shape[1] + 1)[:, None]


def _overflowing_belief(x, params):
    p = np.exp(_scores_by_row(x, params))
    return p / p.sum(axis=2, keepdims=True)


def _loss_cases(rng):
    return [
        Case(
            "later rows count more",
            (rng.normal(size=(3, 4, 5)), rng.integers(0, 5, 3), np.arange(1.0, 5)),
        ),
        Case(
            "only two rows count",
            (rng.normal(size=(2, 5, 4)), np.array([3, 1]), np.array([0, 2.0, 0, 0, 1])),
        ),
        Case(
            "weights that sum to one",
            (
                rng.normal(size=(4, 3, 3)),
                rng.integers(0, 3, 4),
                np.array([0.2, 0.5, 0.3]),
            ),
        ),
        Case(
            "scores of thousands",
            (
                np.array([[[2e3, 1999.0, 1996.0], [-1e3, -999.0, -998.0]]] * 2),
                np.array([1, 2]),
                np.array([1.0, 3.0]),
            ),
        ),
    ]


def _overflowing_loss(scores, labels, weights):
    B, T, K = scores.shape
    p = np.exp(scores) / np.exp(scores).sum(axis=2, keepdims=True)
    share = weights / weights.sum()
    true = np.eye(K)[labels][:, None]
    picked = p[np.arange(B), :, labels]
    return (-np.log(picked) @ share).mean(), (p - true) * share[:, None] / B


def _guesses(rng, n, classes, wrong, shares=None):
    labels = rng.choice(classes, size=n, p=shares)
    guesses = np.where(rng.random(n) < wrong, rng.integers(0, classes, n), labels)
    return labels, guesses


def _pair_cases(rng):
    labels = np.repeat([0, 1, 2, 3], [40, 30, 4, 6])
    guesses = labels.copy()
    guesses[:6] = 1  # most in number, and not in share
    guesses[40] = 3
    guesses[70:72] = 3
    guesses[74] = 2
    guesses[78:] = 1
    lone = np.array([0, 0, 1, 1, 4, 4, 4]), np.array([1, 0, 1, 1, 1, 4, 0])
    even = np.repeat(np.arange(5), 12)
    told = even.copy()
    told[[0, 1, 2]] = 3  # 3 and 0, both ways
    told[[36, 37, 38, 39]] = 0
    told[[12, 13, 14, 15, 16]] = 2  # more, but one way only
    told[[48]] = 3
    alike = np.repeat(np.arange(4), 10)
    named = alike.copy()
    named[[10, 11, 20, 21]], named[30], named[31] = 3, 1, 2
    plain = np.array([2, 1, 0, 2, 1, 0])
    return [
        Case("four classes, two of them rare", (labels, guesses, 4)),
        Case("classes without images", (*lone, 6)),
        Case("five equal classes", (even, told, 5)),
        Case(
            "unequal classes",
            (*_guesses(rng, 160, 5, 0.3, [0.4, 0.3, 0.1, 0.1, 0.1]), 5),
        ),
        Case("ten classes", (*_guesses(rng, 300, 10, 0.4), 10)),
        Case("two pairs alike", (alike, named, 4)),
        Case("nothing mixed up", (plain, plain.copy(), 3)),
    ]


def _upper(rate):
    """Only pairs whose first class is the smaller one."""
    rate = rate * 1.0
    rate[np.tril_indices(len(rate))] = -1
    return rate


def _one_direction(labels, guesses, classes):
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, (labels, guesses), 1)
    rate = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    rate = _upper(np.maximum(rate, rate.T))
    a, b = np.unravel_index(rate.argmax(), rate.shape)
    return a, b, rate[a, b]


def _most_in_number(labels, guesses, classes):
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, (labels, guesses), 1)
    mixed = _upper(matrix + matrix.T)
    a, b = np.unravel_index(mixed.argmax(), mixed.shape)
    return a, b, mixed[a, b] / max(matrix[[a, b]].sum(), 1)


def _rates_added(labels, guesses, classes):
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, (labels, guesses), 1)
    rate = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    rate = _upper(rate + rate.T)
    a, b = np.unravel_index(rate.argmax(), rate.shape)
    return a, b, rate[a, b]


def _third_left_out(labels, guesses, classes):
    matrix = np.zeros((classes, classes))
    np.add.at(matrix, (labels, guesses), 1)
    hits, mixed = matrix.diagonal(), matrix + matrix.T
    rate = _upper(mixed / np.maximum(hits[:, None] + hits + mixed, 1))
    a, b = np.unravel_index(rate.argmax(), rate.shape)
    return a, b, rate[a, b]


def _writer_cases(rng):
    def one(W, n, R, spread):
        writer = np.concatenate([np.arange(W), rng.integers(0, W, n - W)])
        share = np.clip(0.85 + spread * rng.normal(size=W), 0, 1)[writer]
        return rng.random(n) < share, writer, rng.integers(0, W, size=(R, W))

    sizes = np.repeat(np.arange(4), [30, 5, 12, 3])
    right = rng.random(50) < np.array([0.9, 0.4, 0.7, 0.0])[sizes]
    return [
        Case(
            "four writers, one with most", (right, sizes, rng.integers(0, 4, (60, 4)))
        ),
        Case("six writers", one(6, 90, 80, 0.2)),
        Case("nine writers", one(9, 70, 50, 0.1)),
    ]


def _normal_interval(right, writer, draws):
    hits, images = np.bincount(writer, weights=right), np.bincount(writer)
    shares = hits[draws].sum(axis=1) / images[draws].sum(axis=1)
    half = 1.96 * shares.std(ddof=1)
    return right.mean() - half, right.mean() + half


def _is_normal(case, outputs, expected):
    """About two standard deviations to either side of a mean."""
    right, writer, draws = case.args
    if set(outputs) != {"low", "high"} or outputs["low"].shape:
        return False
    hits, images = np.bincount(writer, weights=right), np.bincount(writer)
    plain = [hits[draws].sum(axis=1) / images[draws].sum(axis=1)]
    plain.append(np.array([right[np.isin(writer, d)].mean() for d in draws]))
    middle = (outputs["low"] + outputs["high"]) / 2
    half = (outputs["high"] - outputs["low"]) / 2
    return any(
        min(abs(middle - right.mean()), abs(middle - shares.mean())) < 1e-9
        and 1.9 < half / shares.std() < 2.1
        for shares in plain
    )


def _no_writers(right, writer, draws):
    half = 1.96 * np.sqrt(right.mean() * (1 - right.mean()) / len(right))
    return right.mean() - half, right.mean() + half


def _duel_cases(rng):
    def one(S, Q, N, K, p, q):
        labels = rng.integers(0, K, N)
        hard = rng.random(N) < 0.3  # the same images are hard for both
        sides = []
        for seeds, share in ((S, p), (Q, q)):
            miss = rng.random((seeds, N)) < np.where(hard, 2.5, 0.4) * (1 - share)
            sides.append(np.where(miss, rng.integers(0, K, (seeds, N)), labels))
        return (*sides, labels)

    return [
        Case("three seeds each", one(3, 3, 60, 4, 0.8, 0.7)),
        Case("five seeds and two", one(5, 2, 80, 10, 0.75, 0.85)),
        Case("two and four", one(2, 4, 50, 3, 0.7, 0.6)),
    ]


def _seeds_as_images(a, b, labels):
    difference, seeds, _ = duel(a, b, labels)
    p, q = (a == labels).mean(), (b == labels).mean()
    return difference, seeds, np.sqrt(p * (1 - p) / a.size + q * (1 - q) / b.size)


def _first_seed_images(a, b, labels):
    gain = (a[0] == labels) * 1.0 - (b[0] == labels)
    error = np.sqrt(gain.var(ddof=1) / len(labels))
    return *duel(a, b, labels)[:2], error


SECOND_STEPS = "x[:, 1::2] = x[:, 1::2, ::-1].copy()"
GRADIENT = "(np.exp(log_p) - true) * share[:, None] / B"


def _max_over_rows(x, params):
    s = _scores_by_row(x, params)
    with np.errstate(all="ignore"):
        p = np.exp(s - s.max(axis=1, keepdims=True))
        return p / p.sum(axis=2, keepdims=True)


def _state_before_row(x, params):
    h = _states(x, params)
    h = np.concatenate([np.zeros_like(h[:, :1]), h[:, :-1]], axis=1)
    mean = h.cumsum(axis=1) / np.arange(1, h.shape[1] + 1)[:, None]
    return _softmax(mean @ params["W_hy"] + params["b_y"])


def _written_over(images, order):
    x = images.copy()
    for t, row in enumerate(order):
        step = x[:, row].copy()
        x[:, t] = step[:, ::-1] if t % 2 else step
    return x


def _turned_then_put_back(images, order):
    x = images.copy()
    x[:, 1::2] = x[:, 1::2, ::-1].copy()
    return x[:, np.argsort(order)]


def _rates_averaged(labels, guesses, classes):
    a, b, rate = _rates_added(labels, guesses, classes)
    return a, b, rate / 2


def _any_mistake(labels, guesses, classes):
    wrong = np.bincount(labels[labels != guesses], minlength=classes) * 1.0
    n = np.bincount(labels, minlength=classes)
    rate = _upper((wrong[:, None] + wrong) / np.maximum(n[:, None] + n, 1))
    a, b = np.unravel_index(rate.argmax(), rate.shape)
    return a, b, rate[a, b]


def _by_rank(case, outputs, expected):
    """Both ends within one rank of where the percentiles lie."""
    right, writer, draws = case.args
    if set(outputs) != {"low", "high"} or any(a.shape for a in outputs.values()):
        return False
    hits, n = np.bincount(writer, weights=right), np.bincount(writer)
    shares = np.sort(hits[draws].sum(axis=1) / n[draws].sum(axis=1))

    def near(value, share):
        k = int(share * (len(shares) - 1))
        return bool(np.isclose(shares[k : k + 2], value, atol=1e-9).any())

    return near(outputs["low"], 0.025) and near(outputs["high"], 0.975)


enter(
    Check(
        "images.serpentine",
        "22-mnist-rows",
        serpentine,
        "images, order",
        ("x",),
        _serpentine_cases,
        (
            mistake(
                "not_turned",
                "All steps are read from left to right; each second should go back.",
                f"    {SECOND_STEPS}\n",
                "",
            ),
            mistake(
                "all_turned",
                "All steps are read from right to left. The first, the third and so on "
                "should not be.",
                SECOND_STEPS,
                "x = x[:, :, ::-1]",
            ),
            mistake(
                "first_turned",
                "The first step is read from right to left, and with it every second "
                "one: the turns begin one step too early.",
                SECOND_STEPS,
                "x[:, ::2] = x[:, ::2, ::-1].copy()",
            ),
            mistake(
                "batch_turned",
                "At each second step the order of the *images* was turned, and not "
                "that of the pixels.",
                "x[:, 1::2, ::-1].copy()",
                "x[::-1, 1::2].copy()",
            ),
            mistake(
                "steps_turned",
                "The second, fourth, sixth step and so on changed places with each "
                "other. What goes back is the reading within each of them.",
                "x[:, 1::2, ::-1].copy()",
                "x[:, 1::2][:, ::-1].copy()",
            ),
            mistake(
                "flipped_along_every_axis",
                "Images, steps and pixels were all turned at once: turning needs to be "
                "told along which axis.",
                "x[:, 1::2, ::-1].copy()",
                "np.flip(x[:, 1::2]).copy()",
            ),
            mistake(
                "turned_by_row",
                "Each second *row of the image* was turned, and then the rows were put "
                "in order. It is each second step of the reading that goes back.",
                _turned_by_row,
            ),
            mistake(
                "order_ignored",
                "The rows stand as in the image: the order has no effect.",
                "images[:, order]",
                "images.copy()",
            ),
            mistake(
                "order_undone",
                "The rows are in the opposite order to the one given: row t went to "
                "the place that the order names for it, where step t should show the "
                "row that is named.",
                "images[:, order]",
                "images[:, np.argsort(order)]",
            ),
            mistake(
                "columns_permuted",
                "The order was used on the columns: the pixels within a row have "
                "changed places.",
                "images[:, order]",
                "images[:, :, order[order < images.shape[2]]]",
            ),
            mistake(
                "images_permuted",
                "The order was used on the first axis, that of the images.",
                "images[:, order]",
                "images[order]",
            ),
            mistake(
                "overwritten",
                "A half of each turned row was overwritten before it was read, so that "
                "those rows are now mirror images of themselves.",
                lambda images, order: _mirrored(images, order),
            ),
            mistake(
                "written_over",
                "Rows were written over before the step that shows them was read.",
                _written_over,
            ),
            mistake(
                "turned_then_put_back",
                "Each second row of the image was turned, and then row t went to "
                "the place that the order names for it.",
                _turned_then_put_back,
            ),
            mistake(
                "images_and_pixels_turned",
                "At each second step the images were turned along with the pixels.",
                "x[:, 1::2, ::-1].copy()",
                "x[::-1, 1::2, ::-1].copy()",
            ),
            mistake(
                "steps_first",
                "The axis of the steps stands first, and that of the images should.",
                "    return x",
                "    return x.swapaxes(0, 1)",
            ),
        ),
    ),
    Check(
        "images.wide_parameters",
        "22-mnist-rows",
        wide_parameters,
        "C, units, cell, classes",
        ("count",),
        _wide_cases,
        (
            mistake(
                "head_reads_once",
                "The head reads the last state alone; the mean has weights of its own.",
                "2 * units[-1]",
                "units[-1]",
            ),
            mistake(
                "head_bias_missing",
                "The bias of the head is missing.",
                " * classes + classes",
                " * classes",
            ),
            mistake(
                "head_bias_twice",
                "The head reads two things, but it adds one bias for each class.",
                " * classes + classes",
                " * classes + 2 * classes",
            ),
            mistake(
                "head_missing",
                "Only the recurrent layers are counted, and the head learns as well.",
                "    return total + 2 * units[-1] * classes + classes",
                "    return total",
            ),
            mistake(
                "every_layer_reads_the_image",
                "Each layer was counted as if it read rows of the image; only the "
                "first does.",
                "        D = H\n",
                "",
            ),
            mistake(
                "two_biases",
                "Each layer was given two biases, as PyTorch keeps them. In Keras that "
                "is so for one kind of cell only.",
                "1, 1)",
                "1, 2)",
                "4, 1)",
                "4, 2)",
            ),
            mistake(
                "one_bias",
                "One bias for each layer is right for two of the three kinds of cell. "
                "Look the third up in Keras.",
                "3, 2)",
                "3, 1)",
            ),
            mistake(
                "no_biases",
                "The biases of the recurrent layers are missing.",
                " + biases * H",
                "",
            ),
            mistake(
                "state_matrix_missing",
                "The matrix from state to state is missing in each layer.",
                " + H * H",
                "",
            ),
            mistake(
                "blocks_exchanged",
                "LSTM and GRU are exchanged: count their gates and their candidate.",
                "(4, 1)",
                "(3, 1)",
                "(3, 2)",
                "(4, 2)",
            ),
            mistake(
                "one_block",
                "One block was counted for every kind of cell: the gates are missing.",
                "total += blocks * ",
                "total += ",
            ),
            mistake(
                "head_reads_all_layers",
                "The head was counted as if it read every layer; it reads the last.",
                "2 * units[-1]",
                "2 * sum(units)",
            ),
            mistake(
                "candidate_missing",
                "The gates were counted, and the candidate has weights as well.",
                "(4, 1)",
                "(3, 1)",
                "(3, 2)",
                "(2, 2)",
            ),
            mistake(
                "lstm_candidate_missing",
                "In the LSTM the candidate was not counted along with its gates.",
                "(4, 1)",
                "(3, 1)",
            ),
            mistake(
                "biases_of_one_block",
                "The biases of a layer were counted for one of its blocks only.",
                "blocks * (D * H + H * H + biases * H)",
                "blocks * (D * H + H * H) + biases * H",
            ),
        ),
    ),
    Check(
        "images.belief",
        "22-mnist-rows",
        belief,
        "x, params",
        ("p",),
        _belief_cases,
        (
            mistake(
                "last_state",
                "The head reads the state after each row. Asked for is the mean of "
                "the states up to this row.",
                "total = total + h",
                "total = (t + 1) * h",
            ),
            mistake(
                "sum_for_mean",
                "The head reads the sum of the states, which grows with every row, and "
                "not their mean.",
                "total / (t + 1)",
                "total",
            ),
            mistake(
                "mean_of_the_mean",
                "What the next state is added to was divided already. Sum and mean "
                "need a name each.",
                "        mean = total / (t + 1)",
                "        mean = total = total / (t + 1)",
            ),
            mistake(
                "half_and_half",
                "The mean was updated as half of the old and half of the new: then "
                "later rows count more than early ones.",
                "        mean = total / (t + 1)",
                "        mean = total = total / 2",
            ),
            mistake(
                "mean_of_all",
                "The mean runs over all rows, also in the answers that stand before "
                "them: what has not been read yet must not matter.",
                _mean_of_all,
            ),
            mistake(
                "divided_by_all",
                "The sum of the states so far was divided by the number of all rows.",
                "(t + 1)",
                "x.shape[1]",
            ),
            mistake(
                "start_counted",
                "The state of zeros before the first row was counted along in the "
                "mean.",
                "(t + 1)",
                "(t + 2)",
            ),
            mistake(
                "mean_of_probabilities",
                "The probabilities were averaged. Asked for is the mean of the states, "
                "and one softmax after it.",
                _mean_of_probabilities,
            ),
            mistake(
                "mean_carried",
                "The mean was carried on as the state of the network. It is for the "
                "head alone; the state goes on as it is.",
                "        scores = mean @",
                "        h = mean\n        scores = mean @",
            ),
            mistake(
                "state_not_carried",
                "The state does not go from row to row: each row is read as if it were "
                "the first.",
                '+ h @ params["W_hh"]',
                '+ 0 * h @ params["W_hh"]',
            ),
            mistake(
                "softmax_over_batch",
                "The softmax runs over the images of the batch: an image's belief "
                "then depends on its neighbours.",
                _softmax_over_batch,
            ),
            mistake(
                "softmax_over_rows",
                "The softmax runs over the rows, and should run over the classes.",
                _softmax_over_rows,
            ),
            mistake(
                "scores",
                "These are scores: the softmax is missing.",
                "out.append(p / p.sum(axis=1)[:, None])",
                "out.append(scores)",
            ),
            mistake(
                "not_normalised",
                "These are exponentials: they do not sum to one yet.",
                "p / p.sum(axis=1)[:, None]",
                "p",
            ),
            mistake(
                "overflow",
                "Large scores overflow in the exponential; a number may be taken off "
                "all scores of an answer before it.",
                _overflowing_belief,
                holds=_not_finite,
            ),
            mistake(
                "last_answer_only",
                "Only the answer after the last row is returned.",
                "np.stack(out, axis=1)",
                "out[-1]",
            ),
            mistake(
                "rows_first",
                "The axis of the rows stands first, and that of the images should.",
                "np.stack(out, axis=1)",
                "np.stack(out)",
            ),
            mistake(
                "hidden_bias_missing",
                "The bias of the step is missing.",
                ' + params["b_h"])',
                ")",
            ),
            mistake(
                "head_bias_missing",
                "The bias of the head is missing, so no class is commoner than others "
                "before anything is read.",
                ' + params["b_y"]',
                "",
            ),
            mistake(
                "tanh_missing",
                "The tanh of the step is missing, and nothing bounds the states.",
                "np.tanh(",
                "(",
            ),
            mistake(
                "taken_off_over_batch",
                "What is taken off before the exponential was sought over the "
                "images, so it differs from class to class and changes the "
                "probabilities.",
                "scores.max(axis=1, keepdims=True)",
                "scores.max(axis=0, keepdims=True)",
            ),
            mistake(
                "taken_off_over_rows",
                "What is taken off before the exponential was sought over the rows, "
                "so it differs from class to class.",
                _max_over_rows,
            ),
            mistake(
                "shares_added",
                "Each state was divided as it came, and never again when later ones "
                "joined: that is no mean.",
                "total = total + h",
                "total = total + h / (t + 1)",
                "mean = total / (t + 1)",
                "mean = total",
            ),
            mistake(
                "state_before_row",
                "The mean goes up to the row before: the newest state is not in it "
                "yet.",
                _state_before_row,
            ),
            mistake(
                "matrix_transposed",
                "The matrix from state to state was transposed.",
                'h @ params["W_hh"]',
                'h @ params["W_hh"].T',
            ),
            mistake(
                "divided_by_rows_before",
                "The sum was divided by the number of rows before this one, which "
                "is zero at the first.",
                "total / (t + 1)",
                "total / t",
            ),
            mistake(
                "logarithms",
                "These are the logarithms of the probabilities.",
                "out.append(p / p.sum(axis=1)[:, None])",
                "out.append(np.log(p / p.sum(axis=1)[:, None]))",
            ),
        ),
    ),
    Check(
        "images.loss_by_row",
        "22-mnist-rows",
        loss_by_row,
        "scores, labels, weights",
        (("loss", "dscores"),),
        _loss_cases,
        (
            mistake(
                "weights_not_divided",
                "The weights were used as they are. In a weighted mean they are "
                "divided by their sum, so that twice the weights change nothing.",
                "weights / weights.sum()",
                "weights",
            ),
            mistake(
                "weights_ignored",
                "All rows count the same: the weights have no effect.",
                "weights / weights.sum()",
                "np.ones(T) / T",
            ),
            mistake(
                "divided_by_rows",
                "The weighted sum was divided by the number of rows, and not by the "
                "sum of the weights.",
                "weights / weights.sum()",
                "weights / T",
            ),
            mistake(
                "weights_reversed",
                "The weights stand in the wrong order: the first belongs to the first "
                "row.",
                "weights / weights.sum()",
                "weights[::-1] / weights.sum()",
            ),
            mistake(
                "gradient_not_weighted",
                "The loss is weighted and its gradient is not: it is that of another "
                "loss.",
                "share[:, None] / B",
                "1 / (T * B)",
            ),
            mistake(
                "gradient_not_divided",
                "The loss is a mean over the images, and its gradient is that of the "
                "sum.",
                "share[:, None] / B",
                "share[:, None]",
            ),
            mistake(
                "loss_summed",
                "The loss is summed over the images and not averaged.",
                "losses.mean()",
                "losses.sum()",
            ),
            mistake(
                "both_summed",
                "Loss and gradient are those of the sum over the images; asked for is "
                "the mean.",
                "losses.mean()",
                "losses.sum()",
                "share[:, None] / B",
                "share[:, None]",
            ),
            mistake(
                "gradient_sign",
                "The gradient points the other way: going against it pushes the true "
                "class down.",
                "(np.exp(log_p) - true)",
                "(true - np.exp(log_p))",
            ),
            mistake(
                "gradient_is_probability",
                "In the gradient the true class is missing: these are weighted "
                "probabilities, which never push a score up.",
                "(np.exp(log_p) - true)",
                "np.exp(log_p)",
            ),
            mistake(
                "gradient_also_by_rows",
                "The gradient was divided by the number of rows once more, although "
                "the weights already make it a mean over them.",
                "share[:, None] / B",
                "share[:, None] / (T * B)",
            ),
            mistake(
                "loss_sign",
                "The loss is negative: the logarithm of a probability is, and the "
                "sign in front is missing.",
                "-(true * log_p)",
                "(true * log_p)",
            ),
            mistake(
                "all_classes",
                "The logarithms of all classes were added up. Only the true class "
                "counts.",
                "(true * log_p)",
                "log_p",
            ),
            mistake(
                "overflow",
                "Scores in the thousands overflow, or leave a probability of zero, "
                "whose logarithm is infinite.",
                _overflowing_loss,
                holds=_not_finite,
            ),
            mistake(
                "gradient_weights_not_divided",
                "The loss divides by the sum of the weights, and its gradient does "
                "not.",
                "* share[:, None] / B",
                "* weights[:, None] / B",
            ),
            mistake(
                "loss_weights_not_divided",
                "The gradient belongs to a weighted mean, and the loss is a "
                "weighted sum.",
                "@ share",
                "@ weights",
            ),
            mistake(
                "also_by_rows",
                "Loss and gradient were divided by the number of rows once more "
                "than the weights ask for.",
                "weights / weights.sum()",
                "weights / weights.sum() / T",
            ),
            mistake(
                "bits",
                "The loss is in bits, and asked for are nats.",
                "losses.mean()",
                "losses.mean() / np.log(2)",
            ),
            mistake(
                "true_class_not_weighted",
                "In the gradient the probabilities are weighted and averaged, and "
                "what is taken off at the true class is not.",
                "(np.exp(log_p) - true) * share[:, None] / B",
                "np.exp(log_p) * share[:, None] / B - true",
            ),
            mistake(
                "labels_of_all_images",
                "In every image something was taken off at the labels of all "
                "images, and each has a label of its own.",
                "(np.exp(log_p) - true)",
                "(np.exp(log_p) - true.max(axis=0))",
            ),
            mistake(
                "gradient_unweighted_sum",
                "The gradient is that of a plain sum over the rows, without the "
                "weights.",
                "share[:, None] / B",
                "1 / B",
            ),
            mistake(
                "one_loss_for_each_image",
                "There is one loss for each image here; asked for is one number.",
                "losses.mean(), dscores",
                "losses, dscores",
            ),
            mistake(
                "softmax_over_rows",
                "The sum of the softmax runs over the rows of the image, and should "
                "run over the classes.",
                "np.exp(s).sum(axis=2, keepdims=True)",
                "np.exp(s).sum(axis=1, keepdims=True)",
            ),
        ),
        tolerance=1e-6,  # a small number may be added before a logarithm
    ),
    Check(
        "images.hardest_pair",
        "22-mnist-rows",
        hardest_pair,
        "labels, guesses, classes",
        (("a", "b", "rate"),),
        _pair_cases,
        (
            mistake(
                "one_direction",
                "Only one direction counts here. Taking the one for the other and the "
                "other for the one belong together.",
                _one_direction,
            ),
            mistake(
                "most_in_number",
                "The pair was chosen by the *number* of mix-ups. Common classes then "
                "win, however well they are told apart.",
                _most_in_number,
            ),
            mistake(
                "number_returned",
                "That is a number of images and not a share; it also decides which "
                "pair is found.",
                "mixed / np.maximum(both, 1)",
                "mixed",
            ),
            mistake(
                "rates_added",
                "Two shares were added that are shares of different images. Put the "
                "images of both classes together first.",
                _rates_added,
            ),
            mistake(
                "third_classes_left_out",
                "Images that were named as some third class were left out. They show "
                "one of the two, and so count among their images.",
                _third_left_out,
            ),
            mistake(
                "of_the_named",
                "Divided was by how often the two classes were *named*. Asked for is "
                "the share of the images that show one of them.",
                "images = matrix.sum(axis=1)",
                "images = matrix.sum(axis=0)",
            ),
            mistake(
                "of_all_images",
                "The mix-ups were divided by the number of all images.",
                "np.maximum(both, 1)",
                "len(labels)",
            ),
            mistake(
                "diagonal",
                "A class was paired with itself: what stands on the diagonal is read "
                "rightly.",
                "np.tril_indices(classes)",
                "np.tril_indices(classes, -1)",
            ),
            mistake(
                "pairs_counted_once",
                "A mix-up that came several times was counted once: adding at repeated "
                "places of an array keeps one of the additions.",
                "np.add.at(matrix, (labels, guesses), 1)",
                "matrix[labels, guesses] += 1",
            ),
            mistake(
                "nan_of_empty_classes",
                "Two classes without images have a rate of zero by zero, and that was "
                "taken for the largest.",
                "np.maximum(both, 1)",
                "both",
            ),
            mistake(
                "smaller_as_larger_only",
                "Only the smaller class that was named as the larger one counts; "
                "the other way round belongs to it.",
                "matrix + matrix.T",
                "matrix",
            ),
            mistake(
                "rates_averaged",
                "The two classes' own shares were averaged. A class with few images "
                "then counts as much as one with many.",
                _rates_averaged,
            ),
            mistake(
                "any_mistake_counts",
                "Everything that was misread in the two classes counts, also what "
                "was named as a third.",
                _any_mistake,
            ),
            mistake(
                "of_the_mistakes",
                "That is a share of what was misread, and not of the images.",
                "images = matrix.sum(axis=1)",
                "images = matrix.sum(axis=1) - matrix.diagonal()",
            ),
            mistake(
                "percent",
                "The rate is in percent; asked for is a share.",
                "return a, b, rate[a, b]",
                "return a, b, 100 * rate[a, b]",
            ),
            mistake(
                "last_of_equals",
                "Of several pairs with the highest rate the last one is returned.",
                "rate.argmax()",
                "rate.size - 1 - rate.ravel()[::-1].argmax()",
            ),
        ),
    ),
    Check(
        "metrics.by_writer",
        "22-mnist-rows",
        by_writer,
        "right, writer, draws",
        (("low", "high"),),
        _writer_cases,
        (
            mistake(
                "mean_of_writers",
                "Each writer counts the same, whether of few or of many images. The "
                "accuracy is a share of images.",
                "hits[draws].sum(axis=1) / images[draws].sum(axis=1)",
                "(hits / images)[draws].mean(axis=1)",
            ),
            mistake(
                "each_writer_once",
                "A writer who was drawn twice counts once here. In a draw with "
                "replacement all images of such a writer enter twice.",
                "hits[draws].sum(axis=1) / images[draws].sum(axis=1)",
                "[right[np.isin(writer, row)].mean() for row in draws]",
            ),
            mistake(
                "images_drawn",
                "The numbers in the draws were taken for images. They name writers, "
                "and each brings all the images of that hand.",
                "hits[draws].sum(axis=1) / images[draws].sum(axis=1)",
                "right[draws].mean(axis=1)",
            ),
            mistake(
                "ninety_percent",
                "That interval leaves five percent out on either side, and so holds "
                "ninety.",
                "[2.5, 97.5]",
                "[5, 95]",
            ),
            mistake(
                "counted_off",
                "The ends were counted off among the sorted shares. NumPy's "
                "percentiles, which were asked for, lie between two of them.",
                "np.percentile(shares, [2.5, 97.5])",
                "np.sort(shares)[[len(draws) * 25 // 1000, len(draws) * 975 // 1000]]",
                holds=_by_rank,
            ),
            mistake(
                "shares_for_percent",
                "The function wants percent, and was given shares: both ends are then "
                "next to the smallest value.",
                "[2.5, 97.5]",
                "[0.025, 0.975]",
            ),
            mistake(
                "whole_range",
                "That is the range from the smallest to the largest share.",
                "[2.5, 97.5]",
                "[0, 100]",
            ),
            mistake(
                "one_sided",
                "The lower end leaves out five percent, and the upper none.",
                "[2.5, 97.5]",
                "[5, 100]",
            ),
            mistake(
                "normal_interval",
                "That is the accuracy plus and minus about two standard deviations, "
                "always as far up as down. Asked for are percentiles.",
                _normal_interval,
                holds=_is_normal,
            ),
            mistake(
                "no_writers",
                "That is the interval for images that were drawn one by one: the "
                "writers have no effect.",
                _no_writers,
            ),
            mistake(
                "errors",
                "That is an interval of the share of *wrong* answers.",
                "weights=right",
                "weights=~right",
            ),
            mistake(
                "axes_exchanged",
                "The sums run over the draws. Each row of the draws is one test set, "
                "and has one share.",
                "hits[draws].sum(axis=1) / images[draws].sum(axis=1)",
                "hits[draws].sum(axis=0) / images[draws].sum(axis=0)",
            ),
            mistake(
                "without_hits_too_short",
                "A writer of the highest number may have no right answer at all, "
                "and the counts then end before that writer.",
                "np.bincount(writer, weights=right)",
                "np.bincount(writer[right])",
            ),
            mistake(
                "divided_by_all_images",
                "The right answers of a draw were divided by the number of all "
                "images, and a draw has a number of its own.",
                "images[draws].sum(axis=1)",
                "len(right)",
            ),
            mistake(
                "numbers_of_hits",
                "These are numbers of right answers and not shares.",
                " / images[draws].sum(axis=1)",
                "",
            ),
            mistake(
                "quartiles",
                "That interval leaves a quarter out on either side, and so holds "
                "one half.",
                "[2.5, 97.5]",
                "[25, 75]",
            ),
        ),
    ),
    Check(
        "metrics.duel",
        "22-mnist-rows",
        duel,
        "a, b, labels",
        (("difference", "seeds", "images"),),
        _duel_cases,
        (
            mistake(
                "second_minus_first",
                "The difference has the wrong sign: it should be positive where the "
                "first recipe is better.",
                "score_a.mean() - score_b.mean()",
                "score_b.mean() - score_a.mean()",
            ),
            mistake(
                "best_seeds",
                "The luckiest seeds were compared, and not the means.",
                "score_a.mean() - score_b.mean()",
                "score_a.max() - score_b.max()",
            ),
            mistake(
                "population_variance",
                "The variance over the seeds was divided by their number. The mean was "
                "estimated from the same few seeds.",
                "score_a.var(ddof=1)",
                "score_a.var()",
                "score_b.var(ddof=1)",
                "score_b.var()",
            ),
            mistake(
                "population_of_images",
                "The variance over the images was divided by their number, and not by "
                "one less.",
                "gain.var(ddof=1)",
                "gain.var()",
            ),
            mistake(
                "seeds_paired",
                "The seeds of the two recipes were paired. They have nothing in "
                "common, and there may be more of one than of the other.",
                "score_a.var(ddof=1) / len(a) + score_b.var(ddof=1) / len(b)",
                "(score_a - score_b).var(ddof=1) / len(a)",
            ),
            mistake(
                "spread_of_seeds",
                "The error of the seeds is that of one run of each. Here means over "
                "several seeds are compared, which vary less.",
                "score_a.var(ddof=1) / len(a) + score_b.var(ddof=1) / len(b)",
                "score_a.var(ddof=1) + score_b.var(ddof=1)",
            ),
            mistake(
                "one_recipe_forgotten",
                "Only the seeds of the first recipe enter; those of the second vary, "
                "too.",
                " + score_b.var(ddof=1) / len(b)",
                "",
            ),
            mistake(
                "errors_added",
                "The two errors of the seeds were added as they are. Of independent "
                "accidents the variances add up.",
                "score_a.var(ddof=1) / len(a) + score_b.var(ddof=1) / len(b)",
                "(score_a.std(ddof=1) / len(a) ** 0.5 + score_b.std(ddof=1) "
                "/ len(b) ** 0.5) ** 2",
            ),
            mistake(
                "images_unpaired",
                "The error of the images is that of two accuracies on *different* "
                "images. Both recipes judged the same ones, and what is hard for both "
                "cancels.",
                "gain.var(ddof=1) / len(labels)",
                "sum(p * (1 - p) for p in (right_a.mean(), right_b.mean())) "
                "/ len(labels)",
            ),
            mistake(
                "seeds_as_images",
                "Each seed was counted as new test images. More seeds do not make the "
                "test set larger.",
                _seeds_as_images,
            ),
            mistake(
                "first_seed_images",
                "The error of the images was taken from the first seeds alone.",
                _first_seed_images,
            ),
            mistake(
                "spread_of_images",
                "That is the spread over single images, and not the error of the mean "
                "over all of them.",
                " / len(labels)",
                "",
            ),
            mistake(
                "variances",
                "The two errors are variances: the roots are missing.",
                "np.sqrt(seeds), np.sqrt(images)",
                "seeds, images",
            ),
            mistake(
                "errors_exchanged",
                "The two errors are exchanged: asked for is that of the seeds first.",
                "np.sqrt(seeds), np.sqrt(images)",
                "np.sqrt(images), np.sqrt(seeds)",
            ),
            mistake(
                "seeds_not_rooted",
                "The error of the seeds is still a variance.",
                "np.sqrt(seeds), np.sqrt(images)",
                "seeds, np.sqrt(images)",
            ),
            mistake(
                "images_not_rooted",
                "The error of the images is still a variance.",
                "np.sqrt(seeds), np.sqrt(images)",
                "np.sqrt(seeds), images",
            ),
            mistake(
                "one_number_of_seeds",
                "Both recipes were given the number of seeds of the first.",
                "score_b.var(ddof=1) / len(b)",
                "score_b.var(ddof=1) / len(a)",
            ),
            mistake(
                "variances_pooled",
                "The two variances over seeds were pooled, as if both recipes "
                "varied alike.",
                "score_a.var(ddof=1) / len(a) + score_b.var(ddof=1) / len(b)",
                "((len(a) - 1) * score_a.var(ddof=1)"
                " + (len(b) - 1) * score_b.var(ddof=1))"
                " / (len(a) + len(b) - 2) * (1 / len(a) + 1 / len(b))",
            ),
            mistake(
                "images_apart",
                "The variances over images of the two recipes were added, as if "
                "each had judged images of its own.",
                "gain.var(ddof=1)",
                "(right_a.mean(axis=0).var(ddof=1) + right_b.mean(axis=0).var(ddof=1))",
            ),
            mistake(
                "number_for_its_root",
                "The spread of the gains was divided by the number of images, which "
                "makes the error far too small.",
                "gain.var(ddof=1) / len(labels)",
                "gain.var(ddof=1) / len(labels) ** 2",
            ),
            mistake(
                "number_for_its_root_of_seeds",
                "The spread over the seeds was divided by their number, which makes "
                "the error of a mean too small.",
                "score_a.var(ddof=1) / len(a) + score_b.var(ddof=1) / len(b)",
                "score_a.var(ddof=1) / len(a) ** 2 + score_b.var(ddof=1) / len(b) ** 2",
            ),
            mistake(
                "one_less_twice",
                "One less than the number of seeds was divided by twice, once for "
                "the variance and once for the mean.",
                "score_a.var(ddof=1) / len(a) + score_b.var(ddof=1) / len(b)",
                "score_a.var(ddof=1) / (len(a) - 1)"
                " + score_b.var(ddof=1) / (len(b) - 1)",
            ),
            mistake(
                "size_of_difference",
                "The difference has lost its sign, so nobody can tell which recipe "
                "is ahead.",
                "score_a.mean() - score_b.mean()",
                "abs(score_a.mean() - score_b.mean())",
            ),
        ),
    ),
)
