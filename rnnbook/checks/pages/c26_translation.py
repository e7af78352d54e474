"""Checks of 26-translation: attention, its gradient, loss, BLEU, beam, alignment."""

from collections import Counter

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in

PAGE = "26-translation"


def attend(s, states, mask, W):
    """Context (B, U, H) and weights (B, U, T)."""
    e = s @ W @ states.transpose(0, 2, 1)
    e = np.where(mask[:, None], e, -np.inf)
    a = np.exp(e - e.max(axis=2, keepdims=True))
    a = a / a.sum(axis=2, keepdims=True)
    return a @ states, a


def _zeroed_after(s, states, mask, W):
    a = attend(s, states, np.ones_like(mask), W)[1] * mask[:, None]
    return a @ states, a


def _score_zero(s, states, mask, W):
    e = np.where(mask[:, None], s @ W @ states.transpose(0, 2, 1), 0)
    a = np.exp(e)
    a = a / a.sum(axis=2, keepdims=True)
    return a @ states, a


def _over_places(s, states, mask, W):
    e = np.where(mask[:, None], s @ W @ states.transpose(0, 2, 1), -1e30)
    a = np.exp(e - e.max(axis=1, keepdims=True))
    a = a / a.sum(axis=1, keepdims=True) * mask[:, None]
    return a @ states, a


def _uniform(s, states, mask, W):
    a = np.repeat(mask[:, None] / mask.sum(axis=1)[:, None, None], s.shape[1], axis=1)
    return a @ states, a


def _attend_cases(rng):
    found = []
    for name, (B, U, T) in {
        "three sentences": (3, 4, 5),
        "as many places as words": (2, 3, 3),
    }.items():
        length = rng.integers(1, T, size=B)
        length[0] = T
        mask = np.arange(T) < length[:, None]
        states = rng.normal(size=(B, T, 4))
        W = rng.normal(size=(4, 4))
        found.append(Case(name, (rng.normal(size=(B, U, 4)), states, mask, W)))
    return found


enter(
    Check(
        "pairs.attend",
        PAGE,
        attend,
        "s, states, mask, W",
        (("context", "a"),),
        _attend_cases,
        (
            mistake(
                "pads_looked_at",
                "Pads have weights: the context depends on how far the batch was "
                "filled up.",
                "np.where(mask[:, None], e, -np.inf)",
                "e",
            ),
            mistake(
                "zeroed_after",
                "The pads were taken out behind the softmax, so the weights of the "
                "real words no longer sum to one.",
                _zeroed_after,
            ),
            mistake(
                "score_of_zero",
                "A pad has the score 0, and the exponential of 0 is 1: it is still "
                "looked at. Its score has to be as small as can be.",
                _score_zero,
            ),
            mistake(
                "over_places",
                "The softmax runs over the places of the target. For each of these the "
                "weights of the *words* sum to one.",
                _over_places,
            ),
            mistake(
                "all_alike",
                "All words have the same weight: the decoder does not choose.",
                _uniform,
            ),
            mistake(
                "without_W",
                "W is left out: the state and the states of the encoder are compared "
                "as they are.",
                "s @ W @ states",
                "s @ states",
            ),
            mistake(
                "W_turned",
                "W is transposed: it belongs to the side of the decoder's state.",
                "s @ W @ states",
                "s @ W.T @ states",
            ),
            mistake(
                "scaled",
                "The scores are divided by the root of the number of units, as in "
                "a Transformer. Here they are not.",
                "states.transpose(0, 2, 1)\n",
                "states.transpose(0, 2, 1) / np.sqrt(s.shape[2])\n",
            ),
        ),
    )
)


def scores_back(a, da):
    """The gradient of the scores, (U, T), from weights and their gradient."""
    return a * (da - (a * da).sum(axis=1, keepdims=True))


def _weights(rng, U, T):
    e = np.exp(rng.normal(size=(U, T)))
    return e / e.sum(axis=1, keepdims=True)


enter(
    Check(
        "pairs.scores_back",
        PAGE,
        scores_back,
        "a, da",
        ("de",),
        lambda rng: [
            Case(
                "four places, three words",
                (_weights(rng, 4, 3), rng.normal(size=(4, 3))),
            ),
            Case("as many of both", (_weights(rng, 5, 5), rng.normal(size=(5, 5)))),
        ],
        (
            mistake(
                "own_place_only",
                "That is the derivative of a weight by its own score. Through the sum "
                "below the fraction each score also moves all other weights.",
                "a * (da - (a * da).sum(axis=1, keepdims=True))",
                "a * (1 - a) * da",
            ),
            mistake(
                "mean_missing",
                "The weighted mean of the gradients is missing. Add a constant to all "
                "scores: nothing changes, so the gradients of a row sum to zero.",
                " - (a * da).sum(axis=1, keepdims=True)",
                "",
            ),
            mistake(
                "plain_sum",
                "The gradients were summed without their weights.",
                "(a * da).sum",
                "da.sum",
            ),
            mistake(
                "along_places",
                "The mean runs over the places of the target. Each place has a softmax "
                "of its own, over the words.",
                "axis=1",
                "axis=0",
            ),
            mistake(
                "factor_missing",
                "The weight in front is missing: a word that is hardly looked at has "
                "hardly a gradient.",
                "return a * (",
                "return 1 * (",
            ),
            mistake(
                "as_cross_entropy",
                "That is the gradient of a cross-entropy at its scores. Here any "
                "gradient may arrive at the weights.",
                "a * (da - (a * da).sum(axis=1, keepdims=True))",
                "a - da",
            ),
        ),
    )
)


def token_loss(log_p, y, pad):
    """The mean of -log p of each real target: log_p (B, U, V), y (B, U)."""
    own = np.take_along_axis(log_p, y[..., None], axis=2)[..., 0]
    real = y != pad
    return -own[real].mean()


def _loss_cases(rng):
    found = []
    for name, B, U, pad in (("pads are 0", 3, 5, 0), ("pads are 3", 4, 4, 3)):
        z = rng.normal(size=(B, U, 6))
        log_p = z - np.log(np.exp(z).sum(axis=2, keepdims=True))
        y = (pad + rng.integers(1, 6, size=(B, U))) % 6
        length = rng.integers(1, U, size=B)
        length[0] = U
        y[np.arange(U) >= length[:, None]] = pad
        found.append(Case(name, (log_p, y, pad)))
    return found


enter(
    Check(
        "pairs.loss",
        PAGE,
        token_loss,
        "log_p, y, pad",
        ("loss",),
        _loss_cases,
        (
            mistake(
                "with_the_pads",
                "Pads are targets here. They are easy to foretell, so the loss looks "
                "better the more of them there are.",
                "y != pad",
                "y == y",
            ),
            mistake(
                "over_all_places",
                "The pads earn nothing, but they are still counted below the fraction.",
                "-own[real].mean()",
                "-own[real].sum() / real.size",
            ),
            mistake(
                "each_sentence_alike",
                "Each sentence counts the same, however long it is. Here each real "
                "token does.",
                "-own[real].mean()",
                "-((own * real).sum(axis=1) / real.sum(axis=1)).mean()",
            ),
            mistake(
                "for_each_sentence",
                "The sum is divided by the sentences, not by their tokens.",
                "-own[real].mean()",
                "-own[real].sum() / len(y)",
            ),
            mistake(
                "likelihood",
                "The sign is missing: that is a log-likelihood, and training would "
                "make it small.",
                "-own[real].mean()",
                "own[real].mean()",
            ),
            mistake(
                "zero_always_pads",
                "The number 0 is taken for the padding whatever `pad` says.",
                "y != pad",
                "y != 0",
            ),
        ),
    )
)


def _grams(sentence, n):
    return Counter(tuple(sentence[i : i + n]) for i in range(len(sentence) - n + 1))


def bleu(said, references):
    """BLEU of a corpus, from 0 to 1; one reference for each sentence."""
    log_p = 0.0
    for n in range(1, 5):
        hits = runs = 0
        for own, wanted in zip(said, references, strict=True):
            own, wanted = _grams(own, n), _grams(wanted, n)
            hits += sum((own & wanted).values())
            runs += sum(own.values())
        if hits == 0:
            return 0.0
        log_p += np.log(hits / runs) / 4
    s, r = sum(map(len, said)), sum(map(len, references))
    return float(min(1.0, np.exp(1 - r / s)) * np.exp(log_p))


def _of_sentences(said, references):
    return float(
        np.mean([bleu([s], [r]) for s, r in zip(said, references, strict=True)])
    )


def _arithmetic(said, references):
    shares = []
    for n in range(1, 5):
        pairs = [
            (_grams(s, n), _grams(r, n)) for s, r in zip(said, references, strict=True)
        ]
        hits = sum(sum((a & b).values()) for a, b in pairs)
        shares.append(hits / sum(sum(a.values()) for a, _ in pairs))
    s, r = sum(map(len, said)), sum(map(len, references))
    return float(min(1.0, np.exp(1 - r / s)) * np.mean(shares))


def _bleu_cases(rng):
    found = []
    for name, n, keep in (("eight sentences", 8, 0.8), ("shorter than wanted", 6, 0.6)):
        wanted = [rng.integers(5, size=rng.integers(7, 12)).tolist() for _ in range(n)]
        said = [[w if rng.random() < 0.85 else 9 for w in r] for r in wanted]
        said = [s[: max(5, int(keep * len(s)))] for s in said]
        said[0] = wanted[0] + [wanted[0][-1]] * 3
        found.append(Case(name, (said, wanted)))
    long = [[1, 2, 3, 4, 5, 1], [2, 2, 3, 1, 4]]
    found.append(Case("longer than wanted", ([w + [1, 2, 3] for w in long], long)))
    found.append(Case("nothing in common", ([[7, 7, 7, 7, 7]], [[1, 2, 3, 4, 5]])))
    return found


enter(
    Check(
        "pairs.bleu",
        PAGE,
        bleu,
        "said, references",
        ("bleu",),
        _bleu_cases,
        (
            mistake(
                "not_clipped",
                "A run that is said often counts each time, though the reference has "
                'it once: "the the the the" would be a perfect translation.',
                "sum((own & wanted).values())",
                "sum(k for gram, k in own.items() if gram in wanted)",
            ),
            mistake(
                "never_too_short",
                "Short output is not punished: one safe word for each sentence would "
                "have a high score.",
                "min(1.0, np.exp(1 - r / s)) * ",
                "",
            ),
            mistake(
                "rewarded_length",
                "The factor grows above 1 where more is said than wanted.",
                "min(1.0, np.exp(1 - r / s))",
                "np.exp(1 - r / s)",
            ),
            mistake(
                "mean_of_sentences",
                "That is a mean over sentences. BLEU sums the counts of all of them "
                "first, and then divides.",
                _of_sentences,
            ),
            mistake(
                "arithmetic_mean",
                "The four shares are averaged as they are. Their geometric mean is 0 "
                "as soon as one of them is.",
                _arithmetic,
            ),
            mistake(
                "recall",
                "The matches are divided by the runs of the reference: that is a "
                "recall, and BLEU is a precision.",
                "runs += sum(own.values())",
                "runs += sum(wanted.values())",
            ),
            mistake(
                "up_to_three",
                "Runs of four tokens are left out.",
                "range(1, 5):\n        hits",
                "range(1, 4):\n        hits",
            ),
        ),
    )
)


def grow(log_p, scores, width):
    """The best beginnings: from which each grew, its new token, its score."""
    total = scores[:, None] + log_p
    best = np.argsort(-total, axis=None)[:width]
    parents, new = np.unravel_index(best, total.shape)
    return parents, new, total[parents, new]


def _one_each(log_p, scores, width):
    new = log_p.argmax(axis=1)
    total = scores + log_p.max(axis=1)
    best = np.argsort(-total)[:width]
    return best, new[best], total[best]


def _of_the_best(log_p, scores, width):
    k = scores.argmax()
    new = np.argsort(-log_p[k])[:width]
    return np.full(len(new), k), new, scores[k] + log_p[k, new]


def _log(rng, k, V):
    z = 2 * rng.normal(size=(k, V))
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def _grow_cases(rng):
    close = np.log(np.array([[0.5, 0.45, 0.05], [0.9, 0.06, 0.04], [0.4, 0.3, 0.3]]))
    return [
        Case("three beginnings", (_log(rng, 3, 7), -rng.uniform(0, 3, size=3), 3)),
        Case("two grow from one", (close, np.array([-0.1, -3.0, -2.9]), 3)),
        Case("the first step", (_log(rng, 1, 6), np.zeros(1), 4)),
    ]


enter(
    Check(
        "pairs.grow",
        PAGE,
        grow,
        "log_p, scores, width",
        (("parents", "new", "total"),),
        _grow_cases,
        (
            mistake(
                "past_forgotten",
                "The score of the beginning is left out: each step is judged by its "
                "last token only.",
                "scores[:, None] + log_p",
                "0 * scores[:, None] + log_p",
            ),
            mistake(
                "one_of_each",
                "Each beginning may grow by one token only. Two of the best may have "
                "the same parent.",
                _one_each,
            ),
            mistake(
                "best_parent_only",
                "Only the best beginning grows: that is greedy search.",
                _of_the_best,
            ),
            mistake(
                "multiplied",
                "Logarithms were multiplied. The logarithm of a product is a sum.",
                "scores[:, None] + log_p",
                "-scores[:, None] * log_p",
            ),
            mistake(
                "probabilities_added",
                "The probability of the new token was added to a sum of logarithms, "
                "so that a token is never a loss. Add its logarithm.",
                "scores[:, None] + log_p",
                "scores[:, None] + np.exp(log_p)",
            ),
            mistake(
                "worst_first",
                "Those are the *least* probable beginnings.",
                "np.argsort(-total, axis=None)",
                "np.argsort(total, axis=None)",
            ),
            mistake(
                "last_score_alone",
                "The right beginnings are chosen, but what is returned is the score of "
                "the last token, without what stood before.",
                "return parents, new, total[parents, new]",
                "return parents, new, log_p[parents, new]",
            ),
            mistake(
                "exchanged",
                "Parents and tokens are exchanged.",
                "return parents, new, ",
                "return new, parents, ",
            ),
        ),
    )
)


def em_round(pairs, t):
    """One round of IBM model 1: new P(y | x), (V, V_out), from the old."""
    counts = np.zeros_like(t)
    for x, y in pairs:
        for token in y:
            share = t[x, token] / t[x, token].sum()
            np.add.at(counts, (x, token), share)
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.zeros_like(t), where=total > 0)


def _whole_counts(pairs, t):
    return em_round(pairs, np.ones_like(t))


def _best_only(pairs, t):
    counts = np.zeros_like(t)
    for x, y in pairs:
        for token in y:
            counts[x[np.argmax(t[x, token])], token] += 1
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.zeros_like(t), where=total > 0)


def _once(pairs, t):
    counts = np.zeros_like(t)
    for x, y in pairs:
        for token in y:
            counts[x, token] += t[x, token] / t[x, token].sum()
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.zeros_like(t), where=total > 0)


def _other_way(pairs, t):
    counts = np.zeros_like(t)
    for x, y in pairs:
        for token in x:
            share = t[token, y] / t[token, y].sum()
            np.add.at(counts, (token, y), share)
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.zeros_like(t), where=total > 0)


def _em_cases(rng):
    found = []
    for name, n in (("six pairs", 6), ("twelve pairs", 12)):
        pairs = [
            (
                rng.integers(5, size=rng.integers(2, 5)),
                rng.integers(4, size=rng.integers(1, 4)),
            )
            for _ in range(n)
        ]
        pairs[0] = (np.array([1, 2, 1]), np.array([0, 3]))
        pairs[1] = (np.array([1, 3]), np.array([2, 2, 1]))
        t = rng.uniform(0.05, 1, size=(5, 4))
        found.append(Case(name, (pairs, t / t.sum(axis=1, keepdims=True))))
    return found


enter(
    Check(
        "pairs.em",
        PAGE,
        em_round,
        "pairs, t",
        ("t",),
        _em_cases,
        (
            mistake(
                "table_unused",
                "The old table does not enter: each sign is dealt out evenly over the "
                "words, in every round alike.",
                _whole_counts,
            ),
            mistake(
                "best_word_only",
                "Each sign goes to its most probable word whole. It is dealt out over "
                "all words, by their probabilities.",
                _best_only,
            ),
            mistake(
                "word_twice_counted_once",
                "A word that stands twice in a sentence is counted once: `+=` with "
                "repeated numbers adds only once in NumPy.",
                _once,
            ),
            mistake(
                "dealt_the_other_way",
                "Each word was dealt out over the signs. Each *sign* comes from some "
                "word.",
                _other_way,
            ),
            mistake(
                "not_shared",
                "The shares of a sign do not sum to one: long sentences count more.",
                " / t[x, token].sum()",
                "",
            ),
            mistake(
                "columns",
                "The columns sum to one. For each word, the probabilities of the signs "
                "do.",
                "counts.sum(axis=1, keepdims=True)",
                "counts.sum(axis=0, keepdims=True)",
            ),
            mistake(
                "counts_alone",
                "Those are the expected counts. Divide each row by its sum.",
                "np.divide(counts, total, out=np.zeros_like(t), where=total > 0)",
                "counts",
            ),
        ),
    )
)

taught_in(
    {
        "pairs.attend": "Looking back: attention",
        "pairs.scores_back": "Looking back: attention",
        "pairs.loss": "Padding must change nothing",
        "pairs.bleu": "How good is a translation?",
        "pairs.grow": "More than one beginning: the beam",
        "pairs.em": "Opponents that learn no network",
    }
)
