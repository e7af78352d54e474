"""Scores of translations equal those of sacrebleu, and bad input is refused by name."""

import numpy as np
import pytest
import sacrebleu

from rnnbook.bleu import bleu, bleu_counts, corpus_bleu, corpus_chrf


def corpus(seed, n=40, references=3):
    """Sentences of a few tokens, with mistakes, and one to three references of each."""
    rng = np.random.default_rng(seed)
    words = "ab cde f ghij k lm".split()
    said, wanted = [], []
    for _ in range(n):
        right = [words[k] for k in rng.integers(len(words), size=rng.integers(1, 12))]
        several = [
            [w if rng.random() < 0.8 else words[rng.integers(6)] for w in right]
            for _ in range(rng.integers(1, references + 1))
        ]
        said.append(right[: max(1, int(len(right) * rng.uniform(0.6, 1.0)))])
        wanted.append([s + s[: rng.integers(3)] for s in several])
    return said, wanted


def streams(wanted, joined):
    """One list for each number of a reference, ``None`` where there is none."""
    most = max(map(len, wanted))
    return [
        [joined.join(r[k]) if k < len(r) else None for r in wanted] for k in range(most)
    ]


@pytest.mark.parametrize("seed", range(8))
def test_bleu_is_that_of_sacrebleu(seed):
    said, wanted = corpus(seed)
    theirs = sacrebleu.corpus_bleu(
        [" ".join(s) for s in said],
        streams(wanted, " "),
        tokenize="none",
        smooth_method="none",
        force=True,
    )
    assert corpus_bleu(said, wanted) == pytest.approx(theirs.score, abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_chrf_is_that_of_sacrebleu(seed):
    said, wanted = corpus(seed)
    theirs = sacrebleu.corpus_chrf(["".join(s) for s in said], streams(wanted, ""))
    assert corpus_chrf(said, wanted) == pytest.approx(theirs.score, abs=1e-9)


def test_signs_are_what_sacrebleu_makes_of_chinese():
    said = [list("我不喜欢这本书。"), list("你在哪里？")]
    wanted = [[list("我不喜歡這本书。")], [list("他在哪里？"), list("你现在在哪里？")]]
    theirs = sacrebleu.corpus_bleu(
        ["".join(s) for s in said],
        streams(wanted, ""),
        tokenize="zh",
        smooth_method="none",
    )
    assert corpus_bleu(said, wanted) == pytest.approx(theirs.score, abs=1e-9)


def test_itself_is_100_and_nothing_in_common_0():
    said, _ = corpus(0)
    assert corpus_bleu(said, [[s] for s in said]) == pytest.approx(100)
    assert corpus_chrf(said, [[s] for s in said]) == pytest.approx(100)
    assert corpus_bleu([["x"] * 5], [[["y"] * 5]]) == 0
    assert corpus_chrf([["x"] * 5], [[["y"] * 5]]) == 0
    assert (
        corpus_bleu([[], ["a", "b", "c", "d"]], [[["a"]], [["a", "b", "c", "d"]]]) > 0
    )


def test_counts_of_sentences_add_up():
    said, wanted = corpus(1)
    total = sum(map(bleu_counts, said, wanted))
    assert bleu(total) == corpus_bleu(said, wanted)


@pytest.mark.parametrize(
    ("said", "references", "named"),
    [
        ([], [], "at least one"),
        ([["a"]], [], "got 1 and 0"),
        ([["a"]], [[]], "references: expected for each sentence"),
        ([["a"]], ["a"], "references: expected for each sentence"),
        ([["a"]], [["a"]], "references: expected for each sentence"),
    ],
)
@pytest.mark.parametrize("score", [corpus_bleu, corpus_chrf])
def test_what_is_no_corpus_is_refused(score, said, references, named):
    with pytest.raises(ValueError, match=named):
        score(said, references)
