"""Questions of 24-text-classification."""

import math

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("classify.parameters", "24-text-classification")
def _(rng):
    V, E, H = (int(rng.integers(a, b)) for a, b in ((500, 3000), (10, 60), (10, 60)))
    gates, head = 3 * H * (E + H + 2), H + 1
    return Drawn(
        f"PyTorch: an embedding of {V} words with {E} numbers each, a GRU of {H} units "
        "on top, and one linear output. How many parameters are that?",
        V * E + gates + head,
        [
            (gates + head, "The embedding is learned too, and it is the largest part."),
            (V * E + gates, "The linear output has weights and a bias as well."),
            (V * E + gates - 3 * H + head, "PyTorch keeps two biases for each gate."),
            (
                V * E + 4 * H * (E + H + 2) + head,
                "Four blocks are an LSTM; a GRU has three.",
            ),
            (
                V * E + gates - 6 * H + head,
                "The gates have biases, and PyTorch keeps two for each.",
            ),
            (V * E, "That is the embedding alone."),
            (V * H + gates + head, "An embedding's width is its own, not the state's."),
        ],
        worked=(
            f"Embedding: {V} × {E} = {V * E}. GRU: 3 × ({E} × {H} + {H} × {H} + 2 × "
            f"{H}) = {gates}. Output: {H} + 1 = {head}. Together: {V * E} + {gates} + "
            f"{head} = {V * E + gates + head}."
        ),
    )


@question("classify.duel", "24-text-classification")
def _(rng):
    tail = 0.0
    while 2 * tail < 0.01:  # a smaller one hides its digits behind zeros
        b = int(rng.integers(1, 8))
        a = b + int(rng.integers(4, 14))
        n = a + b
        tail = sum(math.comb(n, k) for k in range(b + 1)) / 2**n
    total = 50 * int(rng.integers(4, 20))
    return Drawn(
        f"Two models judge the same {total} sentences. On {a} of them only the first "
        f"is right, on {b} only the second. What is the two-sided p-value of the exact "
        "test of McNemar? (three significant digits)",
        2 * tail,
        [
            (tail, "That is one tail; nobody knew beforehand which would be ahead."),
            (2 * math.comb(n, b) / 2**n, "Splits that are more uneven count too."),
            (math.comb(n, b) / 2**n, "That is the chance of this very split."),
            (1 - 2 * tail, "That is the chance of a split less uneven than this one."),
            (b / a, "That is the ratio of the two counts, and no probability."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"Only the {n} sentences count on which one model alone is right. A fair "
            f"coin gives the second at most {b} of them in a share {show(tail, 5)} of "
            f"all cases, the sum of the binomials over 2^{n}. Both tails: 2 × "
            f"{show(tail, 5)} = {show(2 * tail)}."
        ),
    )
