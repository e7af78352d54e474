"""Checks of 21-text-generation: streams, bits and sampling."""

import math

import numpy as np

from rnnbook import sampling
from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in
from rnnbook.checks.pages._shared import nats_cases


def streams(ids, batch_size, length):
    """As :func:`rnnbook.data.streams`, written to be varied."""
    piece = (len(ids) - 1) // batch_size
    x = ids[: batch_size * piece].reshape(batch_size, piece)
    y = ids[1 : batch_size * piece + 1].reshape(batch_size, piece)
    for s in range(0, piece - length + 1, length):
        yield x[:, s : s + length], y[:, s : s + length]


def _stacked(function):
    """All batches of a generator or a list, as two arrays with the batch first."""

    def stacked(*args):
        batches = list(function(*args))
        if not all(isinstance(b, tuple | list) and len(b) == 2 for b in batches):
            raise TypeError("expected each batch to be a pair (x, y)")
        for name, parts in zip(("x", "y"), zip(*batches, strict=True), strict=False):
            shapes = [np.shape(part) for part in parts]
            other = next((k for k, s in enumerate(shapes) if s != shapes[0]), None)
            if other is not None:
                raise ValueError(
                    f"{name} of different shapes: {shapes[0]} in the first batch, "
                    f"{shapes[other]} in number {other + 1} of {len(shapes)}"
                )
        return tuple(np.array([b[i] for b in batches]) for i in (0, 1))

    return stacked


def _stream_cases(rng):
    return [
        Case("a clock, two rows of three", (np.arange(25), 2, 3)),
        Case("random ids", (rng.integers(0, 50, size=64), 4, 5)),
        Case("one row", (rng.integers(0, 50, size=30), 1, 4)),
        Case(
            "a piece one short of whole batches", (rng.integers(0, 50, size=24), 2, 3)
        ),
        Case("as many rows as steps", (rng.integers(0, 50, size=40), 3, 3)),
    ]


def _streams_consecutive(ids, batch_size, length):
    """Each batch takes the next B pieces of T, so that no row goes on."""
    n = batch_size * length
    for k in range((len(ids) - 1) // batch_size // length):
        part = ids[k * n : (k + 1) * n + 1]
        yield part[:-1].reshape(batch_size, -1), part[1:].reshape(batch_size, -1)


def _streams_rolled(ids, batch_size, length):
    """Rows of all characters, and the targets rolled round inside each."""
    piece = len(ids) // batch_size
    x = ids[: batch_size * piece].reshape(batch_size, piece)
    y = np.roll(x, -1, axis=1)
    for s in range(0, piece - length + 1, length):
        yield x[:, s : s + length], y[:, s : s + length]


def _streams_of_all(ids, batch_size, length):
    """Rows of all characters; the last of each row is a target only."""
    piece = len(ids) // batch_size
    x = ids[: batch_size * piece].reshape(batch_size, piece)
    for s in range(0, piece - length, length):
        yield x[:, s : s + length], x[:, s + 1 : s + length + 1]


def _target_from_the_row(aside):
    """The targets cut out of the same rows as the inputs: the last one lacks one."""

    def streams(ids, batch_size, length):
        piece = (len(ids) - aside) // batch_size
        x = ids[: batch_size * piece].reshape(batch_size, piece)
        for s in range(0, piece - length + 1, length):
            yield x[:, s : s + length], x[:, s + 1 : s + length + 1]

    return streams


def _overlapping_rows(ids, batch_size, length):
    """Windows one character apart, in rows of all characters."""
    piece = len(ids) // batch_size
    x = ids[: batch_size * piece].reshape(batch_size, piece)
    for s in range(piece - length):
        yield x[:, s : s + length], x[:, s + 1 : s + length + 1]


def _targets(first, last, row_end=None):
    """Rows of all characters, and as target a part of them from ``s + first`` on."""

    def streams(ids, batch_size, length):
        piece = len(ids) // batch_size
        x = ids[: batch_size * piece].reshape(batch_size, piece)
        for s in range(0, piece - last * length + 1, length):
            start = s + first * length
            y = x[:, start : start + length]
            yield x[:, s : s + length], y[:, 0] if row_end else y

    return streams


def _target_is_input(case, outputs, expected):
    return np.array_equal(outputs["x"], outputs["y"])


def _target_a_piece_later(case, outputs, expected):
    x, y = outputs["x"], outputs["y"]
    return len(x) > 1 and np.array_equal(y[:-1], x[1:])


def _one_target_a_row(case, outputs, expected):
    x, y = outputs["x"], outputs["y"]
    one = len(x) > 1 and y.shape == x.shape[:2]
    return one and np.array_equal(y[:-1], x[1:, :, 0])


Y_STREAM = "ids[1 : batch_size * piece + 1].reshape(batch_size, piece)"
X_STREAM = "ids[: batch_size * piece].reshape(batch_size, piece)"

enter(
    Check(
        "data.streams",
        "21-text-generation",
        streams,
        "ids, batch_size, length",
        (("x", "y"),),
        _stream_cases,
        (
            mistake(
                "target_not_shifted",
                "The target is the input itself: a model that repeats what it reads "
                "would have no loss. The target is the *next* character.",
                Y_STREAM,
                X_STREAM,
            ),
            mistake(
                "target_before",
                "The target is the character before the input, not the one after it.",
                "x = ids[: batch_size * piece]",
                "x = ids[1 : batch_size * piece + 1]",
                "y = ids[1 : batch_size * piece + 1]",
                "y = ids[: batch_size * piece]",
            ),
            mistake(
                "target_wraps",
                "The last target of each row is its own first character: the text was "
                "rolled round inside the rows.",
                _streams_rolled,
            ),
            mistake(
                "target_wraps_in_right_rows",
                "The rows are right, and the targets were made by rolling each row "
                "round: the last one is the row's own first character.",
                Y_STREAM,
                "np.roll(x, -1, axis=1)",
            ),
            mistake(
                "rows_of_all_characters",
                "The text was cut into rows before a target was set aside. The very "
                "last character is a target only, so the rows are cut from one "
                "character less.",
                _streams_of_all,
            ),
            mistake(
                "target_lacks_one",
                "The targets were cut out of the same rows as the inputs. A row has no "
                "character behind its last, so the last batch can lack a target: it "
                "stands at the start of the next row.",
                _target_from_the_row(aside=1),
            ),
            mistake(
                "target_lacks_one_of_all_characters",
                "All characters were cut into rows, the targets out of the same rows. "
                "A row that is full then has no target for its last character.",
                _target_from_the_row(aside=0),
            ),
            mistake(
                "target_wraps_in_the_window",
                "The last target of each window is the first character of that same "
                "window: the targets were made by rolling the window round. It should "
                "be the character that comes next in the text.",
                "y[:, s : s + length]",
                "np.roll(x[:, s : s + length], -1, axis=1)",
            ),
            mistake(
                "one_start_too_many",
                "There is one batch too many, and it is too short: the last start "
                "leaves no room for a whole piece.",
                "piece - length + 1, length",
                "piece - length + 2, length",
            ),
            mistake(
                "ragged_end",
                "The last batch is shorter than the others where the pieces do not "
                "come out even. What does not fill a batch is left out.",
                "piece - length + 1, length",
                "piece, length",
            ),
            mistake(
                "time_first",
                "The batches have time in the first axis. Rows of the batch come "
                "first.",
                "yield x[:, s : s + length], y[:, s : s + length]",
                "yield x[:, s : s + length].T, y[:, s : s + length].T",
            ),
            mistake(
                "rows_interleaved",
                "Neighbouring characters stand in different rows: the text was dealt "
                "out to the rows in turn. A row is a piece of running text.",
                X_STREAM,
                "ids[: batch_size * piece].reshape(piece, batch_size).T",
                Y_STREAM,
                "ids[1 : batch_size * piece + 1].reshape(piece, batch_size).T",
            ),
            mistake(
                "rows_do_not_continue",
                "A row does not go on where it stopped in the batch before. The state "
                "that is carried over would belong to another place of the text.",
                _streams_consecutive,
            ),
            mistake(
                "batches_overlap",
                "Batches overlap: each starts one character after the one before, "
                "though the carried state has read on to that one's end.",
                "length + 1, length)",
                "length + 1)",
            ),
            mistake(
                "batches_overlap_in_rows_of_all_characters",
                "Batches overlap: each starts one character after the one before. The "
                "carried state has read on to the end of that one.",
                _overlapping_rows,
            ),
            mistake(
                "target_is_the_input",
                "The targets are the inputs, the same characters at the same places. "
                "What is to be told is the character that comes *next*.",
                _targets(0, 1),
                holds=_target_is_input,
            ),
            mistake(
                "target_a_piece_later",
                "The targets of a batch are the inputs of the next one, a whole piece "
                "later. Each target is the character right after its input.",
                _targets(1, 2),
                holds=_target_a_piece_later,
            ),
            mistake(
                "one_target_for_a_row",
                "There is one target for a row, the character after its last. Each "
                "character of the input has a target of its own.",
                _targets(1, 2, row_end=True),
                holds=_one_target_a_row,
            ),
            mistake(
                "first_batch_alone",
                "There is one batch, the first, and the walk along the text ends "
                "there.",
                "range(0, piece - length + 1, length)",
                "range(1)",
            ),
            mistake(
                "last_batch_missing",
                "The last batch is missing, though there is text for it.",
                "piece - length + 1, length",
                "piece - length, length",
            ),
        ),
        wrap=_stacked,
        gives="batches",
    )
)


enter(
    Check(
        "metrics.perplexity",
        "21-text-generation",
        lambda nats: math.exp(nats),
        "nats",
        ("perplexity",),
        nats_cases,
        (
            mistake(
                "base_two",
                "Two to the power of nats. Base and unit belong together: two with "
                "bits, e with nats.",
                lambda nats: 2**nats,
            ),
            mistake(
                "nats",
                "That is the loss itself. Perplexity is the number of equally likely "
                "choices that would be as hard.",
                lambda nats: nats,
            ),
            mistake(
                "probability",
                "That is below one: the typical probability of a token. Perplexity is "
                "its inverse.",
                lambda nats: math.exp(-nats),
            ),
            mistake(
                "bits",
                "That is the loss in bits, not the perplexity.",
                lambda nats: nats / math.log(2),
            ),
            mistake(
                "base_e_of_bits",
                "The loss was turned into bits, and then e was raised to it.",
                lambda nats: math.exp(nats / math.log(2)),
            ),
        ),
    )
)


def _softmax(a):
    p = np.exp(a - a.max())
    return p / p.sum()


def _temperature_cases(rng):
    return [
        Case("three scores, tau = 0.5", (np.array([1.0, 2.0, 0.0]), 0.5)),
        Case("random scores, tau = 0.7", (rng.normal(size=6), 0.7)),
        Case("random scores, tau = 2", (2 * rng.normal(size=5), 2.0)),
        Case("scores of thousands", (np.array([3000.0, 2999.0, 3001.0, 2990.0]), 1.5)),
    ]


def _overflow(logits, tau):
    p = np.exp(logits / tau)
    return p / p.sum()


def _not_normalised(logits, tau):
    return np.exp(logits / tau)


enter(
    Check(
        "sampling.temperature",
        "21-text-generation",
        sampling.temperature,
        "logits, tau",
        ("probs",),
        _temperature_cases,
        (
            mistake(
                "temperature_ignored",
                "The temperature changes nothing: that is the plain softmax. Dividing "
                "*probabilities* by it and normalising again has the same outcome, for "
                "the factor cancels.",
                "scaled = (logits - logits.max()) / tau",
                "scaled = logits - logits.max()",
            ),
            mistake(
                "multiplied",
                "The scores are multiplied by the temperature. A high temperature "
                "should flatten; this way it sharpens.",
                "scaled = (logits - logits.max()) / tau",
                "scaled = (logits - logits.max()) * tau",
            ),
            mistake(
                "on_probabilities",
                "The temperature is applied to probabilities, after the softmax, and "
                "nothing is normalised. It belongs to the scores, before.",
                lambda logits, tau: _softmax(logits) / tau,
            ),
            mistake(
                "softmax_twice",
                "There are two softmaxes: one made probabilities, and they were then "
                "used as if they were scores. The outcome is far too even.",
                lambda logits, tau: _softmax(_softmax(logits) / tau),
            ),
            mistake(
                "overflow",
                "Large scores overflow in the exponential. A constant may be taken "
                "off all scores without changing the probabilities.",
                _overflow,
            ),
            mistake(
                "no_normalisation",
                "The exponentials are not divided by their sum: these are no "
                "probabilities yet.",
                _not_normalised,
            ),
            mistake(
                "no_normalisation_shifted",
                "The exponentials, with the largest score taken off, are not divided "
                "by their sum: the largest is always one.",
                "p / p.sum()",
                "p",
            ),
            mistake(
                "argmax",
                "All probability is on the best score: that is greedy decoding, the "
                "limit of a temperature near zero.",
                lambda logits, tau: np.eye(len(logits))[logits.argmax()],
            ),
            mistake(
                "linear_normalisation",
                "The scores themselves were divided by their sum, without the "
                "exponential; negative scores become negative probabilities.",
                lambda logits, tau: (logits / tau) / (logits / tau).sum(),
            ),
            mistake(
                "log_probabilities",
                "These are log probabilities: an exponential is missing at the end.",
                lambda logits, tau: np.log(sampling.temperature(logits, tau)),
            ),
        ),
    )
)


def _top_k_cases(rng):
    return [
        Case("five tokens, k = 2", (np.array([0.1, 0.4, 0.05, 0.25, 0.2]), 2)),
        Case("random, k = 3", (rng.dirichlet(np.ones(8)), 3)),
        Case("random, k = 1", (rng.dirichlet(np.ones(6)), 1)),
        Case("random, all kept", (rng.dirichlet(np.ones(4)), 4)),
    ]


ARGSORT = 'np.argsort(-probs, kind="stable")'

enter(
    Check(
        "sampling.top_k",
        "21-text-generation",
        sampling.top_k,
        "probs, k",
        ("probs",),
        _top_k_cases,
        (
            mistake(
                "one_more",
                "One token too many is kept: k + 1 of them.",
                "[:k]",
                "[: k + 1]",
            ),
            mistake(
                "one_less",
                "One token too few is kept: those that are *above* the k-th.",
                "[:k]",
                "[: k - 1]",
            ),
            mistake(
                "no_renormalisation",
                "What is kept is not renormalised: it no longer sums to one.",
                "kept / kept.sum()",
                "kept",
            ),
            mistake(
                "least_likely",
                "The least likely tokens are kept: the sort goes upwards.",
                ARGSORT,
                'np.argsort(probs, kind="stable")',
            ),
            mistake(
                "first_tokens",
                "The first k tokens of the vocabulary are kept, likely or not.",
                ARGSORT,
                "np.arange(len(probs))",
            ),
            mistake(
                "softmax_again",
                "The kept probabilities went through a softmax: they sum to one, but "
                "their ratios have changed, and what was cut off is back.",
                "kept / kept.sum()",
                "np.exp(kept) / np.exp(kept).sum()",
            ),
            mistake(
                "uniform",
                "The kept tokens all have the same probability: that they differ was "
                "lost on the way.",
                "kept[keep] = probs[keep]",
                "kept[keep] = 1",
            ),
            mistake(
                "sorted",
                "The probabilities are returned in sorted order: the tokens they "
                "belong to are lost.",
                "kept[keep] = probs[keep]",
                "kept[:k] = probs[keep]",
            ),
            mistake(
                "only_kept",
                "Only the k kept probabilities are returned; the place of each in the "
                "vocabulary is lost.",
                "kept / kept.sum()",
                "probs[keep] / probs[keep].sum()",
            ),
        ),
    )
)


def _top_p_cases(rng):
    return [
        Case("five tokens, p = 0.6", (np.array([0.1, 0.4, 0.05, 0.25, 0.2]), 0.6)),
        Case("random, p = 0.9", (rng.dirichlet(np.ones(8)), 0.9)),
        Case("one token is enough", (np.array([0.05, 0.15, 0.7, 0.1]), 0.5)),
        Case("random, p = 0.75", (rng.dirichlet(3 * np.ones(10)), 0.75)),
    ]


REACH = "np.searchsorted(total, p) + 1"

enter(
    Check(
        "sampling.top_p",
        "21-text-generation",
        sampling.top_p,
        "probs, p",
        ("probs",),
        _top_p_cases,
        (
            mistake(
                "crossing_token_dropped",
                "The token that crosses p is dropped, so less than p is kept; where "
                "one token alone has more than p, none is kept.",
                REACH,
                "np.searchsorted(total, p)",
            ),
            mistake(
                "one_more",
                "One token more than needed is kept: p was reached before it.",
                REACH,
                "np.searchsorted(total, p) + 2",
            ),
            mistake(
                "no_renormalisation",
                "The kept tokens are not renormalised: they sum to about p.",
                "kept / kept.sum()",
                "kept",
            ),
            mistake(
                "least_likely_first",
                "The sum begins with the least likely tokens: the tail is kept and the "
                "head is cut off.",
                ARGSORT,
                'np.argsort(probs, kind="stable")',
            ),
            mistake(
                "not_sorted",
                "The sum runs in the order of the vocabulary. It must run from the "
                "most likely token on.",
                ARGSORT,
                "np.arange(len(probs))",
            ),
            mistake(
                "sorted",
                "The probabilities come back sorted, so nobody can tell which token "
                "each belongs to.",
                "kept[keep] = probs[keep]",
                "kept[: len(keep)] = probs[keep]",
            ),
            mistake(
                "threshold",
                "Each token was compared with p by itself. It is the sum of the kept "
                "probabilities that has to reach p.",
                "keep = order[: np.searchsorted(total, p) + 1]",
                "keep = np.flatnonzero(probs >= p)",
            ),
            mistake(
                "tail_threshold",
                "Tokens with more than 1 - p of their own are kept. The sum decides, "
                "not a single probability.",
                "keep = order[: np.searchsorted(total, p) + 1]",
                "keep = np.flatnonzero(probs >= 1 - p)",
            ),
        ),
    )
)


def draw(probs, rng):
    """One token, at random by its probability."""
    return rng.choice(len(probs), p=probs)


def _draw_last(probs, rng):
    return len(probs) - 1 - draw(probs, rng)


DRAWS = 1500


def _frequencies(function):
    """How often each token is drawn: what a random function can be compared by."""

    def frequencies(probs, rng):
        drawn = [function(probs, rng) for _ in range(DRAWS)]
        if any(one is None or np.ndim(one) for one in drawn):
            return drawn[0]
        ids = np.array(drawn)
        if ids.dtype.kind not in "iu" or ids.min() < 0 or ids.max() >= len(probs):
            raise ValueError(
                f"a token is an integer from 0 to {len(probs) - 1}, and not what was "
                "returned here"
            )
        return np.bincount(ids, minlength=len(probs)) / DRAWS

    return frequencies


def _draw_cases(rng):
    def fresh(seed):
        return np.random.default_rng(seed)

    return [
        Case("four tokens", (np.array([0.1, 0.2, 0.6, 0.1]), fresh(1))),
        Case("two tokens", (np.array([0.7, 0.3]), fresh(2))),
        Case("a token of probability 0", (np.array([0.35, 0.0, 0.65]), fresh(3))),
    ]


enter(
    Check(
        "sampling.draw",
        "21-text-generation",
        draw,
        "probs, rng",
        ("frequencies",),
        _draw_cases,
        (
            mistake(
                "argmax",
                "The most likely token is taken every time. That is no draw: the text "
                "would be the same at each call and soon repeat itself.",
                lambda probs, rng: int(probs.argmax()),
            ),
            mistake(
                "uniform",
                "Every token is drawn equally often: the probabilities do not enter.",
                "rng.choice(len(probs), p=probs)",
                "rng.choice(len(probs))",
            ),
            mistake(
                "squared",
                "Likely tokens are drawn too often, as if the probabilities had been "
                "squared, or sharpened by a temperature of one half.",
                "p=probs",
                "p=probs**2 / (probs**2).sum()",
            ),
            mistake(
                "softmax_again",
                "The probabilities went through a softmax before the draw, which makes "
                "them far too even and gives the impossible a chance.",
                "p=probs",
                "p=np.exp(probs) / np.exp(probs).sum()",
            ),
            mistake(
                "reversed",
                "The probabilities are used in reverse order: each token is drawn as "
                "often as its mirror image should be.",
                _draw_last,
            ),
            mistake(
                "first_token",
                "Token 0 is drawn every time.",
                lambda probs, rng: 0,
            ),
        ),
        wrap=_frequencies,
        tolerance=0.06,
    )
)


def floor_bits(V, a):
    """The fewest bits that scores between -a and a allow for a known character."""
    return np.log2(1 + (V - 1) * np.exp(-2 * a))


enter(
    Check(
        "text.floor_bits",
        "21-text-generation",
        floor_bits,
        "V, a",
        ("bits",),
        lambda rng: [
            Case("100 characters, a = 1", (100, 1.0)),
            Case("65 characters, a = 3", (65, 3.0)),
            Case("two characters, a = 0.5", (2, 0.5)),
        ],
        (
            mistake(
                "nats",
                "That is in nats. Bits take the logarithm to the base 2.",
                "np.log2",
                "np.log",
            ),
            mistake(
                "others_at_zero",
                "The other scores stand at 0 here. They may go down to -a, and the "
                "best that the network can do is to send them there.",
                "-2 * a",
                "-a",
            ),
            mistake(
                "one_other_too_many",
                "The right character was counted among the others as well.",
                "(V - 1)",
                "V",
            ),
            mistake(
                "probability",
                "That is the probability of the right character. Its cost is the "
                "logarithm of it, with a minus sign.",
                lambda V, a: 1 / (1 + (V - 1) * np.exp(-2 * a)),
            ),
            mistake(
                "sign_missing",
                "That is the logarithm of the probability. A cost is minus this.",
                lambda V, a: -np.log2(1 + (V - 1) * np.exp(-2 * a)),
            ),
            mistake(
                "entropy",
                "That is the entropy of the probabilities: the mean cost if any "
                "character may come, each as often as the network thinks. Here the "
                "likeliest one has come.",
                lambda V, a: (
                    floor_bits(V, a)
                    + (V - 1) * 2 * a / np.log(2) / (np.exp(2 * a) + V - 1)
                ),
            ),
            mistake(
                "mean_over_characters",
                "That is the mean cost of all characters, the unlikely ones included. "
                "The fewest bits are those of the likeliest.",
                lambda V, a: floor_bits(V, a) + 2 * a / np.log(2) * (V - 1) / V,
            ),
            mistake(
                "tanh_again",
                "There is a second tanh, around `a`. The scores are `a` times a tanh, "
                "so they reach from `-a` to `a`.",
                "-2 * a",
                "-2 * np.tanh(a)",
            ),
            mistake(
                "denominator_alone",
                "That is the logarithm of the softmax's denominator. The cost is this "
                "less the score of the right character.",
                "np.log2(1 + (V - 1) * np.exp(-2 * a))",
                "np.log2(np.exp(a) + (V - 1) * np.exp(-a))",
            ),
            mistake(
                "no_limit",
                "That is the cost of a network that knows nothing and gives all "
                "characters the same score.",
                lambda V, a: np.log2(V),
            ),
            mistake(
                "limit_of_one",
                "The scores were taken to lie between -1 and 1, whatever `a` is.",
                "-2 * a",
                "-2 * 1",
            ),
            mistake(
                "one_other_only",
                "Only one other character was counted. All of them take a share of the "
                "probability.",
                "(V - 1) * ",
                "",
            ),
            mistake(
                "worst_case",
                "The signs are exchanged: this is the *most* that a character can "
                "cost, with its own score at the bottom and the others at the top.",
                "-2 * a",
                "2 * a",
            ),
            mistake(
                "one_forgotten",
                "The right character was left out of the denominator of its own "
                "probability.",
                "1 + (V - 1)",
                "(V - 1)",
            ),
            mistake(
                "logistic",
                "The right character was compared with one other, whose score is zero. "
                "There are more others than one, and their scores may be lower.",
                "1 + (V - 1) * np.exp(-2 * a)",
                "1 + np.exp(-a)",
            ),
            mistake(
                "powers_of_two",
                "The softmax was made of powers of 2. It is made of powers of e; only "
                "the cost is counted in bits.",
                "np.exp(-2 * a)",
                "2.0 ** (-2 * a)",
            ),
        ),
    )
)


def min_p(probs, m):
    """The tokens with at least m times the largest probability, renormalised."""
    kept = np.where(probs >= m * probs.max(), probs, 0.0)
    return kept / kept.sum()


enter(
    Check(
        "sampling.min_p",
        "21-text-generation",
        min_p,
        "probs, m",
        ("probs",),
        lambda rng: [
            Case("five tokens", (rng.permutation([0.4, 0.35, 0.1, 0.08, 0.07]), 0.22)),
            Case("even tokens", (rng.permutation([0.5, 0.2, 0.12, 0.1, 0.08]), 0.11)),
            Case("a sure network", (np.array([0.9, 0.06, 0.04]), 0.1)),
            Case("one just at the bound", (np.array([0.25, 0.5, 0.125, 0.125]), 0.5)),
            Case("a large share", (np.array([0.15, 0.35, 0.2, 0.3]), 0.6)),
        ],
        (
            mistake(
                "absolute_threshold",
                "The threshold is the same whether the network is sure or not. It "
                "should be a share of the largest probability.",
                "m * probs.max()",
                "m",
            ),
            mistake(
                "no_renormalisation",
                "What is kept does not sum to one: divide by what it sums to.",
                "kept / kept.sum()",
                "kept",
            ),
            mistake(
                "tail_kept",
                "The unlikely tokens are kept and the likely ones are gone.",
                "probs >=",
                "probs <",
            ),
            mistake(
                "top_p",
                "That is top-p, with a sum of probabilities. Here each token is "
                "compared with the likeliest one, by itself.",
                lambda probs, m: sampling.top_p(probs, m),
            ),
            mistake(
                "cut_off_too_much",
                "Only tokens close to the likeliest are kept. `m` says which share of "
                "its probability is enough, not how much may be missing.",
                "m * probs.max()",
                "(1 - m) * probs.max()",
            ),
            mistake(
                "only_kept",
                "Only the kept probabilities are returned, and their places in the "
                "vocabulary are lost.",
                lambda probs, m: (k := probs[probs >= m * probs.max()]) / k.sum(),
            ),
            mistake(
                "divided_by_largest",
                "What is kept was divided by its largest number, which becomes 1. "
                "Probabilities sum to one.",
                "kept.sum()",
                "kept.max()",
            ),
            mistake(
                "kept_marked",
                "It says which tokens are kept. Their probabilities are wanted, made "
                "to sum to one.",
                "return kept / kept.sum()",
                "return kept > 0",
            ),
            mistake(
                "uniform",
                "The kept tokens are all equally likely here; they should keep their "
                "ratios.",
                "probs, 0.0",
                "1.0, 0.0",
            ),
            mistake(
                "bound_left_out",
                "A token that has exactly `m` times the largest probability is left "
                "out. *At least* so much is enough.",
                "probs >=",
                "probs >",
            ),
            mistake(
                "softmax_again",
                "What is kept went through a softmax, which changes the ratios and "
                "gives the tokens that were cut off a chance again.",
                "return kept / kept.sum()",
                "return np.exp(kept) / np.exp(kept).sum()",
            ),
            mistake(
                "share_of_the_mean",
                "The threshold is a share of the mean probability, which is the same "
                "whether the network is sure or not. The likeliest token sets it.",
                "m * probs.max()",
                "m * probs.mean()",
            ),
            mistake(
                "only_the_likeliest",
                "Only the likeliest token is kept. Those that come close enough to it "
                "stay as well.",
                "m * probs.max()",
                "probs.max()",
            ),
            mistake(
                "threshold_subtracted",
                "The threshold was subtracted from what is kept. It only decides; the "
                "probabilities keep their ratios.",
                "np.where(probs >= m * probs.max(), probs, 0.0)",
                "np.maximum(probs - m * probs.max(), 0.0)",
            ),
            mistake(
                "distance_to_the_largest",
                "Kept is what lies at most m *below* the largest probability. Here m "
                "is a factor, not a distance.",
                "m * probs.max()",
                "probs.max() - m",
            ),
            mistake(
                "unlikely_kept",
                "The tokens at or below the threshold were kept, and the likely ones "
                "are gone.",
                "probs >=",
                "probs <=",
            ),
        ),
    )
)


def mixture_bits(p, q, share):
    """Mean bits of a mixture, from what two models gave the true characters."""
    return -np.log2(share * p + (1 - share) * q).mean()


enter(
    Check(
        "text.mixture_bits",
        "21-text-generation",
        mixture_bits,
        "p, q, share",
        ("bits",),
        lambda rng: [
            Case("three characters", (np.array([0.5, 0.1, 0.9]), np.full(3, 0.3), 0.7)),
            Case("random", (rng.uniform(0.01, 1, 9), rng.uniform(0.01, 1, 9), 0.2)),
            Case(
                "one model misses", (np.array([0.4, 0.4]), np.array([0.8, 1e-9]), 0.5)
            ),
        ],
        (
            mistake(
                "mixed_bits",
                "The *bits* of the two models were averaged. Mix the probabilities: "
                "then a model that is badly wrong costs little if the other is right.",
                lambda p, q, share: (
                    -(share * np.log2(p) + (1 - share) * np.log2(q)).mean()
                ),
            ),
            mistake(
                "shares_exchanged",
                "The share went to the second model; it belongs to the first.",
                "share * p + (1 - share) * q",
                "share * q + (1 - share) * p",
            ),
            mistake(
                "nats",
                "The unit is nats. To count in bits, take the other logarithm.",
                "np.log2",
                "np.log",
            ),
            mistake(
                "summed",
                "That is the sum over all characters. The mean is wanted.",
                ".mean()",
                ".sum()",
            ),
            mistake(
                "better_of_two",
                "At each character the better model is taken. Which one that is, "
                "nobody knows before the character has come.",
                lambda p, q, share: -np.log2(np.maximum(p, q)).mean(),
            ),
            mistake(
                "log_of_mean",
                "The mean was taken before the logarithm. Each character costs its own "
                "bits, and these are averaged.",
                lambda p, q, share: -np.log2((share * p + (1 - share) * q).mean()),
            ),
            mistake(
                "first_model_alone",
                "The second model does not enter.",
                " + (1 - share) * q",
                "",
            ),
            mistake(
                "share_ignored",
                "Both models got one half, whatever `share` is.",
                "share * p + (1 - share) * q",
                "0.5 * p + 0.5 * q",
            ),
            mistake(
                "shares_missing",
                "The probabilities were added without their shares, so that the sum "
                "can be above one.",
                "share * p + (1 - share) * q",
                "p + q",
            ),
            mistake(
                "sign_missing",
                "The bits are negative: a cost is minus the logarithm.",
                "return -np",
                "return np",
            ),
            mistake(
                "bits_of_each_character",
                "There is a number for each character. Their mean is wanted.",
                ".mean()",
                "",
            ),
            mistake(
                "second_share_missing",
                "The second model came in with its full probability. It gets what the "
                "first one leaves.",
                "(1 - share) * q",
                "q",
            ),
            mistake(
                "logarithms_added",
                "The logarithm was taken of each part, and the two were added. The "
                "parts are added first, to one probability.",
                "np.log2(share * p + (1 - share) * q)",
                "(np.log2(share * p) + np.log2((1 - share) * q))",
            ),
            mistake(
                "last_character_alone",
                "Only the last character counts, divided by their number: in the loop "
                "its bits took the place of those before it.",
                lambda p, q, share: -np.log2(share * p + (1 - share) * q)[-1] / len(p),
            ),
            mistake(
                "brackets_missing",
                "The share of the second model is taken off one after it has been "
                "multiplied: `1 - share` belongs together.",
                "(1 - share) * q",
                "1 - share * q",
            ),
            mistake(
                "perplexity",
                "Two was raised to the power of the mean bits: that is the perplexity "
                "of the mixture.",
                "-np.log2(share * p + (1 - share) * q).mean()",
                "2 ** -np.log2(share * p + (1 - share) * q).mean()",
            ),
            mistake(
                "better_model_alone",
                "That is the better of the two models alone. The mixture adds their "
                "probabilities.",
                lambda p, q, share: min(-np.log2(p).mean(), -np.log2(q).mean()),
            ),
            mistake(
                "no_logarithm",
                "That is the mean probability. Bits are its logarithm, character by "
                "character, with a minus sign.",
                "-np.log2(share * p + (1 - share) * q)",
                "(share * p + (1 - share) * q)",
            ),
            mistake(
                "entropy_of_the_mixture",
                "The bits were weighted by the probabilities. Every character of the "
                "text counts once.",
                "-np.log2(share * p + (1 - share) * q).mean()",
                "-((m := share * p + (1 - share) * q) * np.log2(m)).sum()",
            ),
            mistake(
                "weighted_and_averaged",
                "The bits were weighted by the probabilities before the mean was "
                "taken. Every character of the text counts once, likely or not.",
                "return -np.log2(share * p + (1 - share) * q).mean()",
                "mix = share * p + (1 - share) * q\n"
                "    return -(mix * np.log2(mix)).mean()",
            ),
            mistake(
                "read_as_bits",
                "What comes in was taken for bits, and turned into probabilities. "
                "They are probabilities already.",
                "share * p + (1 - share) * q",
                "share * 2.0**-p + (1 - share) * 2.0**-q",
            ),
        ),
    )
)


def rate(n, updates, peak, warm):
    """A straight line up to the peak at `warm`, and one down to 0 at `updates`."""
    rise = n / warm
    fall = (updates - n) / (updates - warm)
    return peak * min(rise, fall)


enter(
    Check(
        "text.rate",
        "21-text-generation",
        rate,
        "n, updates, peak, warm",
        ("rate",),
        lambda rng: [
            Case("the first update", (0, 100, 0.01, 10)),
            Case("in the rise", (5, 100, 0.01, 10)),
            Case("at the peak", (10, 100, 0.01, 10)),
            Case("in the fall", (55, 100, 0.03, 20)),
            Case("near the end", (95, 100, 0.02, 10)),
        ],
        (
            mistake(
                "no_rise",
                "There is no rise: training begins at full speed.",
                "min(rise, fall)",
                "min(1, fall)",
            ),
            mistake(
                "no_fall",
                "The rate stays at its peak after the rise. It should fall to 0 again.",
                "min(rise, fall)",
                "min(rise, 1)",
            ),
            mistake(
                "fall_from_the_start",
                "The fall is measured from the first update on, so that the peak is "
                "never reached.",
                "(updates - n) / (updates - warm)",
                "(updates - n) / updates",
            ),
            mistake(
                "product",
                "Rise and fall were multiplied, so the fall is a curve. Each is a "
                "straight line of its own.",
                "min(rise, fall)",
                "min(rise, 1) * min(fall, 1) * (1 if n < warm else fall)",
            ),
            mistake(
                "peak_missing",
                "The peak does not enter: the rate rises to 1.",
                "peak * min",
                "min",
            ),
            mistake(
                "fall_in_the_rise",
                "The falling line multiplies the rise as well, where it stands above "
                "one: the rise is too high, and no straight line.",
                "min(rise, fall)",
                "min(rise, 1) * fall",
            ),
            mistake(
                "rise_in_the_fall",
                "The two lines were multiplied everywhere, also where the rise is "
                "above one. Each of them holds on its own side of the peak.",
                "min(rise, fall)",
                "rise * fall",
            ),
            mistake(
                "cosine",
                "The fall follows a cosine, as in Keras. The exercise wants a "
                "straight line.",
                "min(rise, fall)",
                "min(rise, 0.5 * (1 - math.cos(math.pi * min(fall, 1))))",
            ),
            mistake(
                "starts_at_a_25th",
                "The rise begins at a 25th of the peak, as in the PyTorch training. "
                "This schedule begins at zero.",
                "n / warm",
                "(1 + 24 * n / warm) / 25",
            ),
            mistake(
                "fall_too_early",
                "The fall is as steep as it should be, and begins at update 0. It is "
                "at zero before the end, and below it afterwards.",
                "min(rise, fall)",
                "(rise if n < warm else 1 - n / (updates - warm))",
            ),
            mistake(
                "fall_upside_down",
                "After the peak the rate drops to zero and rises again. It falls from "
                "the peak to zero.",
                "min(rise, fall)",
                "(rise if n < warm else 1 - fall)",
            ),
            mistake(
                "rise_not_divided",
                "The rise was not divided by its length: the first update already has "
                "the whole peak, and the next ones a multiple of it.",
                "min(rise, fall)",
                "(n if n < warm else fall)",
            ),
            mistake(
                "zero_one_early",
                "The fall ends one update too early: the rate is 0 at `updates`, and "
                "not before.",
                "(updates - n) / (updates - warm)",
                "(updates - 1 - n) / (updates - 1 - warm)",
            ),
            mistake(
                "one_ahead",
                "The rise is one update ahead: at update 0 the rate is not yet above "
                "zero.",
                "n / warm",
                "(n + 1) / warm",
            ),
            mistake(
                "whole_numbers",
                "The shares of the way were rounded down to whole numbers, so there is "
                "no line, only a jump.",
                "n / warm",
                "n // warm",
                "(updates - n) / (updates - warm)",
                "(updates - n) // (updates - warm)",
            ),
            mistake(
                "rise_in_whole_numbers",
                "The share of the rise was rounded down to a whole number: it is zero "
                "until the peak.",
                "n / warm",
                "n // warm",
            ),
            mistake(
                "larger_of_two",
                "The larger of the two lines was taken. The schedule follows the "
                "smaller one.",
                "min(rise, fall)",
                "max(rise, fall)",
            ),
            mistake(
                "drops_after_the_peak",
                "The fall does not begin at the peak: right after it, the rate jumps "
                "down to a line that began at update 0.",
                "(updates - n) / (updates - warm)",
                "(updates - n) / updates if n > warm else 1",
            ),
            mistake(
                "never_to_zero",
                "The fall does not end at zero: it is spread over as many updates as "
                "there are in all, and begins at the peak.",
                "(updates - n) / (updates - warm)",
                "1 - (n - warm) / updates",
            ),
            mistake(
                "fall_over_everything",
                "The fall begins at update 0 and multiplies the rise as well, so that "
                "neither line is straight or reaches the peak.",
                "min(rise, fall)",
                "min(rise, 1) * (1 - n / updates)",
            ),
            mistake(
                "rise_only",
                "The rate rises over all updates. It should turn at `warm`.",
                "min(rise, fall)",
                "n / updates",
            ),
            mistake(
                "falls_as_steeply_as_it_rises",
                "The fall takes as many updates as the rise, at the very end, and "
                "between them the rate stays at the peak. The fall begins at the peak "
                "and takes all the rest.",
                "peak * min(rise, fall)",
                "peak * min(rise, (updates - n) / warm, 1)",
            ),
        ),
    )
)


def prequential(score, update, pieces):
    """Score each piece, and only then learn from it."""
    scores = []
    for piece in pieces:
        scores.append(score(piece))
        update(piece)
    return scores


def _learner(function):
    """Runs on a learner whose score tells what it has learned from so far."""

    def scores(_score, _update, pieces):
        learned = []
        found = function(
            lambda piece: piece + 10.0 * len(learned) + 100.0 * sum(learned),
            learned.append,
            list(pieces),
        )
        if isinstance(found, list) and None in found:
            raise TypeError("expected a number for each piece, got None")
        return found, len(learned)

    return scores


enter(
    Check(
        "text.prequential",
        "21-text-generation",
        prequential,
        "score, update, pieces",
        (("scores", "updates"),),
        lambda rng: [
            Case("three pieces", (None, None, np.array([1.0, 2.0, 3.0]))),
            Case("random pieces", (None, None, rng.normal(size=5))),
        ],
        (
            mistake(
                "learned_first",
                "Each piece is learned before it is scored. The score then says how "
                "well the answer is remembered, which is a leak.",
                """        scores.append(score(piece))
        update(piece)""",
                """        update(piece)
        scores.append(score(piece))""",
            ),
            mistake(
                "never_learned",
                "Nothing is learned on the way: the network stays as it was.",
                "        update(piece)\n",
                "",
            ),
            mistake(
                "learned_at_the_end",
                "All pieces are scored first, and all are learned afterwards. What "
                "the first piece teaches should help with the second.",
                lambda score, update, pieces: (
                    [score(p) for p in pieces],
                    [update(p) for p in pieces],
                )[0],
            ),
            mistake(
                "everything_learned_first",
                "The whole text is learned before the first score: the largest leak "
                "there is.",
                lambda score, update, pieces: (
                    [update(p) for p in pieces],
                    [score(p) for p in pieces],
                )[1],
            ),
            mistake(
                "first_piece_alone",
                "It ends after the first piece: the others are neither scored nor "
                "learned.",
                "    return scores",
                "        return scores",
            ),
            mistake(
                "last_not_learned",
                "The scores are right, but the last piece is not learned. Whoever "
                "reads on has missed it.",
                "        update(piece)",
                "        if len(scores) < len(pieces):\n            update(piece)",
            ),
            mistake(
                "mean_of_scores",
                "That is the mean of the scores. Their list is wanted, a score for "
                "each piece.",
                "return scores",
                "return np.mean(scores)",
            ),
            mistake(
                "sum_of_scores",
                "That is the sum of the scores. Their list is wanted, a score for each "
                "piece.",
                "return scores",
                "return sum(scores)",
            ),
            mistake(
                "last_score_alone",
                "That is the score of the last piece. A list with the score of each "
                "piece is wanted.",
                "return scores",
                "return scores[-1]",
            ),
            mistake(
                "first_piece_not_scored",
                "The first piece is learned and never scored. Its score is that of the "
                "network before it has learned anything.",
                lambda score, update, pieces: [
                    (update(a), score(b))[1]
                    for a, b in zip(pieces, pieces[1:], strict=False)
                ],
            ),
            mistake(
                "all_learned_again",
                "After each piece all pieces so far are learned once more. Each is "
                "learned once.",
                lambda score, update, pieces: [
                    (score(piece), [update(old) for old in pieces[: k + 1]])[0]
                    for k, piece in enumerate(pieces)
                ],
            ),
            mistake(
                "score_learned",
                "What is learned is the score. It is the piece that should be learned.",
                "update(piece)",
                "update(scores[-1])",
            ),
            mistake(
                "learned_twice",
                "Each piece is learned twice.",
                "update(piece)",
                "update(piece), update(piece)",
            ),
            mistake(
                "scored_twice",
                "Each piece is scored before and after it is learned. The second score "
                "knows the answer.",
                "        update(piece)\n",
                "        update(piece)\n        scores.append(score(piece))\n",
            ),
        ),
        wrap=_learner,
        gives="scores",
    )
)

taught_in(
    {
        "data.streams": "One text, three parts",
        "metrics.perplexity": "What the numbers say",
        "sampling.temperature": "To write",
        "sampling.top_k": "To write",
        "sampling.top_p": "To write",
        "sampling.draw": "To write",
        "text.floor_bits": "Second fault: a softmax after a tanh",
        "sampling.min_p": "To write",
        "text.mixture_bits": "Why do the compressors win?",
        "text.rate": "The stacked LSTM in PyTorch",
        "text.prequential": "Why do the compressors win?",
    }
)
