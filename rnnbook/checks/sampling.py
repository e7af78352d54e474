"""From scores to the next token."""

import numpy as np

from rnnbook import sampling
from rnnbook.checks.catalogue import Case, Check, enter, mistake


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
                "scaled = logits / tau",
                "scaled = logits",
            ),
            mistake(
                "multiplied",
                "The scores are multiplied by the temperature. A high temperature "
                "should flatten; this way it sharpens.",
                "scaled = logits / tau",
                "scaled = logits * tau",
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
                "Large scores overflow in the exponential. A constant may be taken off "
                "all scores without changing the outcome; there is one that helps.",
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
                "These are log probabilities: the last exponential is missing.",
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
                "one token alone has more than p, nothing is.",
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
                "What is returned stands in the order of likelihood, so that the "
                "tokens can no longer be told.",
                "kept[keep] = probs[keep]",
                "kept[: len(keep)] = probs[keep]",
            ),
            mistake(
                "threshold",
                "Tokens are kept by their own probability, where p is meant for the "
                "sum of all that are kept. Few tokens alone have that much.",
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

DRAWS = 1500


def draw(probs, rng):
    """One token, at random by its probability."""
    return rng.choice(len(probs), p=probs)


def _draw_last(probs, rng):
    return len(probs) - 1 - draw(probs, rng)


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
