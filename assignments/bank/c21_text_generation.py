"""Exam questions of 21-text-generation."""

import math

import numpy as np
from exam_bank import exam, from_chapter

from bank._shared import decimals, fence, printed, whole
from rnnbook.questions import THREE_DIGITS, Drawn, show

from_chapter("text.file_size", 1, "read bits per character as a length")
from_chapter("text.pointer", 3, "mix two models of a text")


@exam("text.temperature", "21-text-generation", 1, "sample with a temperature")
def _(rng):
    a, b, c = decimals(rng, 3, -1, 2)
    tau = float(rng.choice([0.5, 0.7, 0.8, 1.5, 2.0]))

    def first(*logits):
        top = max(logits)
        e = [math.exp(v - top) for v in logits]
        return e[0] / sum(e)

    right = first(a / tau, b / tau, c / tau)
    e = [math.exp(v / tau) for v in (a, b, c)]
    return Drawn(
        f"Three characters have the logits {a}, {b}, {c}. What is the probability of "
        f"the first at temperature {tau}? (three significant digits)",
        right,
        [
            (first(a, b, c), "That is temperature 1."),
            (first(a * tau, b * tau, c * tau), "Divide by the temperature."),
            (first(a, b, c) / tau, "Divide the logits, not the probability."),
        ],
        rtol=THREE_DIGITS,
        worked=f"exp({a} / {tau}) = {show(e[0], 5)}, exp({b} / {tau}) = "
        f"{show(e[1], 5)}, exp({c} / {tau}) = {show(e[2], 5)}; "
        f"{show(e[0], 5)} / ({show(e[0], 5)} + {show(e[1], 5)} + {show(e[2], 5)}) = "
        f"{show(right)}.",
    )


@exam("text.perplexity", "21-text-generation", 1, "convert bits to perplexity")
def _(rng):
    bits = round(float(rng.uniform(1.2, 4.5)), 2)
    return Drawn(
        f"A model needs {bits} bits per character. What is its perplexity? "
        "(three significant digits)",
        2**bits,
        [
            (math.exp(bits), "That takes the bits for nats."),
            (bits, "The perplexity is the number of equally likely choices."),
            (2 ** (bits * math.log(2)), "The bits are bits already."),
            (bits * math.log(2), "Those are the nats."),
        ],
        rtol=THREE_DIGITS,
        worked=f"2^{bits} = {show(2**bits)}: as uncertain as between so many equally "
        "likely characters.",
    )


@exam("text.top_p_code", "21-text-generation", 2, "say what top-p keeps")
def _(rng):
    cuts = np.sort(rng.choice(np.arange(2, 99), size=5, replace=False))
    p = np.sort(np.diff([0, *cuts, 100]))[::-1] / 100
    limit = round(float(rng.uniform(0.5, 0.95)), 2) + 0.005
    code = (
        "from rnnbook.sampling import top_p\n"
        f"p = np.array({p.tolist()})\n"
        f"print(np.count_nonzero(top_p(p, {limit:.3f})))"
    )
    kept = int(printed(code))
    sums = ", ".join(show(v) for v in np.cumsum(p)[:kept])
    return Drawn(
        "What is printed?" + fence(code),
        kept,
        [
            (kept - 1, "The character that crosses the limit is kept."),
            (len(p), "The tail is cut off."),
            (
                int((p >= 1 - limit).sum()),
                "The limit is for the sum, not for each probability.",
            ),
        ],
        worked=f"The sums from the left are {sums}; the last of them is the first to "
        f"reach {limit:.3f}, and what crosses is kept: {kept} are left.",
    )


@exam("text.stateful", "21-text-generation", 2, "carry a state through a text")
def _(rng):
    B, T = whole(rng, (16, 128), (40, 120))
    return Drawn(
        f"A Keras model with stateful=True is trained on a long text in pieces of {T} "
        f"characters, batch {B}, with shuffle=True. What happens?",
        "Each row goes on from the state of a piece from elsewhere in the text",
        [
            (
                "Keras sorts the pieces, so that each row continues",
                "Keras does not know what the pieces hold; row follows row.",
            ),
            (
                "The state is set to zero after each batch, as without stateful",
                "stateful=True keeps the state until it is reset.",
            ),
            (
                "Keras refuses to shuffle, with an error",
                "There is no error; that is what makes the mistake hard to see.",
            ),
        ],
        worked=f"Row k of a batch hands its state to row k of the next, of {B} rows. "
        "It helps only if the piece there continues the text: shuffle=False, and "
        "streams side by side.",
    )


@exam("text.good_text", "21-text-generation", 3, "judge a generated text")
def _(rng):
    bits, human = decimals(rng, 1, 0.3, 0.7, 2)[0], decimals(rng, 1, 1.6, 2.4, 2)[0]
    tau, n = decimals(rng, 1, 0.2, 0.4)[0], 100 * int(rng.integers(5, 30))
    return Drawn(
        f"A sample of {n} characters, drawn at temperature {tau}, costs the model that "
        f"wrote it {bits} bits per character; held-out human text costs it {human}. "
        "The "
        'authors conclude: "Our text is better than human text." What do the numbers '
        "say? Name two measurements that you would make on the sample, and one on the "
        "model.",
        "",
        [],
        worked=f"The sample costs {bits} × {n} = {show(bits * n, 6)} bits, human text "
        f"of that length {human} × {n} = {show(human * n, 6)}. A low temperature picks "
        "what is likely, so the sample is likely by construction; text that is far "
        "more likely than human text is, most probably, repetitive. On the sample: "
        "the share of repeated n-grams, or of different words; the longest passage "
        "copied from the training text. On the model: bits per character on held-out "
        "text, against n-grams or a compressor.",
        rubric=(
            (2, "likely under the model is not good: the temperature makes it so"),
            (1, "repetition in the sample, as a number"),
            (1, "copies from the training text"),
            (2, "bits on held-out text, beside a baseline"),
        ),
    )
