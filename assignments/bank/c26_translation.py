"""Exam questions of 26-translation."""

import numpy as np
from exam_bank import exam, from_chapter

from bank._shared import fence, printed
from rnnbook.questions import THREE_DIGITS, Drawn, show

from_chapter("pairs.weight", 2, "compute a weight of attention over padding")
from_chapter("pairs.brevity", 2, "compute BLEU from its parts")


@exam("pairs.clipped", "26-translation", 2, "count matches as BLEU does")
def _(rng):
    often, own = (int(n) for n in np.sort(rng.choice(np.arange(2, 12), 2, False)))
    others, more = int(rng.integers(1, 6)), int(rng.integers(1, 5))
    code = (
        "from collections import Counter\n"
        f'said = ["the"] * {own} + ["cat"] * {others}\n'
        f'wanted = ["the"] * {often} + ["cat"] * {others + more}\n'
        "both = Counter(said) & Counter(wanted)\n"
        "print(sum(both.values()) / len(said))"
    )
    answer = float(printed(code))
    return Drawn(
        "What is printed? (three significant digits)" + fence(code),
        answer,
        [
            (1, "Each match counts at most as often as it is wanted."),
            (
                (own + others) / (often + others + more),
                "Both faults: not clipped, and a recall.",
            ),
            (
                (often + others) / (often + others + more),
                "Divide by what was said, not by what was wanted.",
            ),
            (
                (often + others + more) / (own + others),
                "'cat' was not said as often as it is wanted.",
            ),
        ],
        rtol=THREE_DIGITS,
        worked=f"'the' was said {own} times and is wanted {often} times, so it counts "
        f"{often}; 'cat' was said {others} times and counts {others}. ({often} + "
        f"{others}) / {own + others} = {show(answer)}.",
    )


@exam("pairs.beginnings", "26-translation", 2, "score the beginnings of a beam")
def _(rng):
    a, b = sorted(np.round(rng.uniform(0.15, 0.6, size=2), 2).tolist(), reverse=True)
    p = np.round(rng.uniform(0.2, 0.5), 2)
    q = np.round(min(0.97, p * a / b * rng.uniform(1.2, 1.5)), 2)
    right = float(max(a * p, b * q))
    return Drawn(
        f"A beam holds two beginnings, with probabilities {a} and {b}. The best next "
        f"token after the first has probability {p}, after the second {q}. Which "
        "probability has the best longer beginning? (three significant digits)",
        right,
        [
            (float(min(a * p, b * q)), "The other one is more probable as a whole."),
            (float(q), "What stood before counts as well: probabilities multiply."),
            (float(a * q), "The second token follows the second beginning."),
            (float(a + p), "Logarithms are added; probabilities are multiplied."),
        ],
        rtol=THREE_DIGITS,
        worked=f"{a} × {p} = {show(float(a * p))} and {b} × {q} = "
        f"{show(float(b * q))}; the larger is {show(right)}.",
    )


@exam("pairs.which_test", "26-translation", 2, "find an attention that sees nothing")
def _(rng):
    bleu = round(float(rng.uniform(14, 22)), 1)
    return Drawn(
        f"A translator with attention trains well, and reaches a BLEU of {bleu}. You "
        "suspect that its attention does not use the encoder at all. Which check "
        "decides it?",
        "The gradient of one score of the decoder in each state of the encoder",
        [
            (
                "Whether the loss of training goes on falling",
                "It falls without attention as well: the last state carries something.",
            ),
            (
                "Whether the weights of attention sum to one in each row",
                "They do so whatever they are multiplied with afterwards.",
            ),
            (
                "Whether another seed reaches a higher score",
                "A fault of the program is in every seed.",
            ),
        ],
        worked="If the context is made of the encoder's states, every real one has a "
        f"gradient that is not zero. A BLEU of {bleu} may come from the single vector.",
    )


@exam("pairs.claim", "26-translation", 3, "judge the claim of a translator")
def _(rng):
    ours = round(float(rng.uniform(36, 44)), 1)
    other = round(ours - float(rng.uniform(8, 14)), 1)
    near = int(rng.integers(55, 80))
    return Drawn(
        f"A report: our network reaches BLEU {ours} on a random tenth of all pairs, a "
        f"published one {other} on its own test part. {near} % of the test sentences "
        "differ from a training sentence by one word at most. Name three faults of the "
        "comparison, and for each what you would do instead.",
        "",
        [],
        worked="Two scores on different sentences, perhaps of different tokens and "
        "references, cannot be compared: run both on one test part, with one program. "
        f"With {near} % near copies the score measures looking up: show the nearest "
        "training sentence beside it, and the score by likeness. A random tenth of the "
        "pairs puts translations of one sentence on both sides: split by the source "
        "sentence. One may add seeds and an interval over sentences.",
        rubric=(
            (2, "different test parts, tokens or references: one test, one program"),
            (2, "near copies: the nearest sentence as a rival, and scores by likeness"),
            (2, "split by source sentences, not by pairs"),
        ),
    )
