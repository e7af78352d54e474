"""Scores of a translation: BLEU and chrF of tokens, over several references.

Tokens are whatever the lists hold; a score belongs to them (Post 2018). Equal to
``sacrebleu`` without smoothing on the same tokens.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

__all__ = ["bleu", "bleu_counts", "chrf", "chrf_counts", "corpus_bleu", "corpus_chrf"]

Tokens = Sequence[str]


def _grams(sentence: Sequence, n: int) -> Counter:
    return Counter(tuple(sentence[i : i + n]) for i in range(len(sentence) - n + 1))


def bleu_counts(said: Tokens, references: Sequence[Tokens]) -> np.ndarray:
    """What BLEU counts in one sentence.

    Returns
    -------
    (10,) ndarray of int
        Tokens said, tokens of the reference nearest in length (the shorter of two),
        and for n of 1 to 4 how many runs of n tokens are in a reference, each at most
        as often as in one of them, and how many there are. Sums of rows are the counts
        of a corpus.
    """
    near = min((len(r) for r in references), key=lambda n: (abs(n - len(said)), n))
    row = [len(said), near]
    for n in range(1, 5):
        own, most = _grams(said, n), Counter()
        for reference in references:
            most |= _grams(reference, n)  # the larger count of each
        row += [sum((own & most).values()), sum(own.values())]
    return np.array(row)


def bleu(counts: np.ndarray) -> float:
    """BLEU in percent of (summed) counts (Papineni et al. 2002, section 2.3)."""
    said, wanted = counts[:2]
    matches, runs = counts[2::2], counts[3::2]
    if not matches.all():
        return 0.0
    brevity = min(1.0, np.exp(1 - wanted / said))
    return float(100 * brevity * np.exp(np.log(matches / runs).mean()))


def corpus_bleu(
    said: Sequence[Tokens], references: Sequence[Sequence[Tokens]]
) -> float:
    """BLEU in percent; ``references`` holds for each sentence all its translations.

    Raises
    ------
    ValueError
        If there is no sentence, not as many of both, or one without a reference.
    """
    _check(said, references)
    return bleu(np.sum(list(map(bleu_counts, said, references)), axis=0))


def chrf_counts(said: Tokens, references: Sequence[Tokens]) -> np.ndarray:
    """What chrF counts in one sentence, (6, 3): runs of 1 to 6 letters.

    Those in both, those said and those of the reference with the best score.
    """
    own, rows = "".join(said), []
    for reference in references:
        both = [(_grams(own, n), _grams("".join(reference), n)) for n in range(1, 7)]
        rows.append(  # runs longer than the reference are not counted against
            [((a & b).total(), a.total() if b else 0, b.total()) for a, b in both]
        )
    return np.array(max(rows, key=lambda row: chrf(np.array(row))))


def chrf(counts: np.ndarray) -> float:
    """F of letters in percent, recall counting twice as much (Popović 2015)."""
    match, own, wanted = np.asarray(counts, dtype=float).T
    real = (own > 0) & (wanted > 0)
    if not match.any():
        return 0.0
    p = (match[real] / own[real]).mean()
    r = (match[real] / wanted[real]).mean()
    return float(100 * 5 * p * r / (4 * p + r))


def corpus_chrf(
    said: Sequence[Tokens], references: Sequence[Sequence[Tokens]]
) -> float:
    """chrF in percent, as :func:`corpus_bleu`."""
    _check(said, references)
    return chrf(np.sum(list(map(chrf_counts, said, references)), axis=0))


def _check(said: Sequence, references: Sequence) -> None:
    if not len(said) or len(said) != len(references):
        raise ValueError(
            "said, references: expected equally many sentences, at least one, got "
            f"{len(said)} and {len(references)}"
        )
    for k, few in enumerate(references):
        if isinstance(few, str) or not len(few) or isinstance(few[0], str):
            raise ValueError(
                f"references: expected for each sentence a list of lists of tokens, "
                f"got {few!r} at {k}"
            )
