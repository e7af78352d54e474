"""Questions of 21-text-generation."""

import math

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("text.file_size", "21-text-generation")
def _(rng):
    bits, n = round(rng.uniform(1.2, 2.6), 2), int(rng.integers(20, 90)) * 1000
    size = bits * n / 8000
    return Drawn(
        f"A model needs {bits} bits for a character of a text of {n} characters. How "
        "long, in kilobytes (1000 bytes), is the file into which the text is packed "
        "with it? (three significant digits)",
        size,
        [
            (8 * size, "A byte has eight bits."),
            (size * math.log(2), "The bits are bits already; no nats are involved."),
            (size / math.log(2), "Nothing is to be converted: these are bits."),
            (n / 1000, "That is the text as it is, a byte for each character."),
            (2**bits * n / 8000, "That uses the perplexity. Lengths are in bits."),
        ],
        rtol=THREE_DIGITS,
        unit="kilobytes",
        worked=(
            f"The text costs {bits} × {n} = {show(bits * n, 8)} bits, "
            f"{show(bits * n, 8)} / 8 = {show(bits * n / 8, 8)} bytes, "
            f"{show(bits * n / 8, 8)} / 1000 = {show(size)} kilobytes."
        ),
    )


@question("text.pointer", "21-text-generation")
def _(rng):
    p, w = round(rng.uniform(0.02, 0.3), 2), round(rng.uniform(0.6, 0.95), 2)
    return Drawn(
        f"A network gives the next character the probability {p}. A pointer, trusted "
        f"with a share of {w}, names the same character; the network has the rest. How "
        "many bits does the character cost? (three significant digits)",
        -math.log2(w + (1 - w) * p),
        [
            (-math.log2(p), "That is the network alone."),
            (-math.log2(w), "The network's part of the rest is missing."),
            (-math.log2(w * p), "The two are alternatives: their shares add up."),
            (-(1 - w) * math.log2(p), "Mix probabilities, not bits."),
            (-math.log2((1 - w) * p), "That is the cost if the pointer is wrong."),
            (-math.log(w + (1 - w) * p), "That is in nats."),
        ],
        rtol=THREE_DIGITS,
        unit="bits",
        worked=(
            f"The character has the probability {w} + (1 - {w}) × {p} = "
            f"{show(w + (1 - w) * p, 6)} and costs -log2({show(w + (1 - w) * p, 6)}) = "
            f"{show(-math.log2(w + (1 - w) * p))} bits."
        ),
    )
