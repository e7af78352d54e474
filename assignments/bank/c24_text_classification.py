"""Exam questions of 24-text-classification."""

import math

from exam_bank import exam, from_chapter

from bank._shared import decimals, fence, printed, whole
from rnnbook.questions import THREE_DIGITS, Drawn, show

from_chapter("classify.parameters", 1, "count the parameters of a classifier")
from_chapter("classify.duel", 3, "compare two models on the same sentences")


@exam("classify.masked_code", "24-text-classification", 2, "average without padding")
def _(rng):
    a, b, c, d = decimals(rng, 4, 0.1, 1.9)
    code = (
        f"out = np.array([[{a}, {b}, {c}, {d}], [0.5, 0.5, 0.5, 0.5]])\n"
        "lengths = np.array([2, 4])\n"
        "mask = np.arange(4) < lengths[:, None]\n"
        "print(((out * mask).sum(1) / mask.sum(1))[0])"
    )
    return Drawn(
        "Two sentences of 2 and 4 words, padded to 4; out holds the outputs of a layer "
        "with one unit. What is printed? (three significant digits)" + fence(code),
        float(printed(code)),
        [
            ((a + b + c + d) / 4, "The mask takes the padded places out of the sum."),
            (
                (a + b) / 4,
                "Divided by the words that are there, not by the padded length.",
            ),
            (a + b, "That is the sum; it is divided by the number of words."),
            (b, "That is the last real output; here they are averaged."),
        ],
        rtol=THREE_DIGITS,
        worked=f"The first sentence has two words: ({a} + {b}) / 2 = "
        f"{show((a + b) / 2)}. The outputs on the padding, {c} and {d}, do not count.",
    )


@exam("classify.vocabulary", "24-text-classification", 2, "make a vocabulary honestly")
def _(rng):
    total, words = 100 * int(rng.integers(10, 60)), 50 * int(rng.integers(20, 120))
    share = int(rng.choice([70, 80, 90]))
    return Drawn(
        f"{total} sentences, of which {share} % are for training, hold {words} "
        "different words. Why is the vocabulary made from the training sentences "
        "alone?",
        "New words come in practice; the test must meet them as unknown words",
        [
            (
                f"A vocabulary of {words} words would not fit into the embedding",
                "It would fit; size is not the reason.",
            ),
            (
                "The network would learn the meaning of the test words beforehand",
                "Embeddings of words that are never trained on learn nothing.",
            ),
            (
                "The test labels could be read from the vocabulary",
                "A list of words holds no labels; the leak is subtler.",
            ),
        ],
        worked=f"The {100 - share} % held back, "
        f"{total} × {100 - share} / 100 = {total * (100 - share) // 100} sentences, "
        "stand for what comes later. A vocabulary that knows their words has looked at "
        "them, and gives untrained vectors where practice has one trained vector for "
        "unknown words.",
    )


@exam("classify.directions_code", "24-text-classification", 3, "read both directions")
def _(rng):
    B, T, D, H, K = whole(rng, (2, 9), (12, 30), (3, 11), (31, 60), (2, 4))
    code = (
        "import torch\n"
        f"lstm = torch.nn.LSTM({D}, {H}, num_layers={K}, bidirectional=True,\n"
        "                     batch_first=True)\n"
        f"out, (h, c) = lstm(torch.zeros({B}, {T}, {D}))\n"
        "print(tuple(out.shape), tuple(h.shape))"
    )
    return Drawn(
        "What is printed?" + fence(code),
        printed(code),
        [
            (
                f"({B}, {T}, {H}) ({2 * K}, {B}, {H})",
                "Both directions lie side by side in the output.",
            ),
            (
                f"({B}, {T}, {2 * H}) ({K}, {B}, {2 * H})",
                "In the state each direction of each layer has a place of its own.",
            ),
            (
                f"({B}, {T}, {2 * H}) ({B}, {2 * K}, {H})",
                "batch_first does not apply to the state.",
            ),
            (
                f"({B}, {T}, {2 * K * H}) ({2 * K}, {B}, {H})",
                "The output is that of the last layer only.",
            ),
        ],
        worked=f"The output holds the last layer, both directions: 2 × {H} = {2 * H}. "
        f"The state holds {K} layers with two directions each, 2 × {K} = {2 * K}; the "
        "last two sum up the sequence, `h[-2]` forwards and `h[-1]` backwards.",
    )


@exam("classify.joint", "24-text-classification", 3, "demand controls of a gain")
def _(rng):
    n = 100 * int(rng.integers(4, 12))
    p = round(float(rng.uniform(78, 86)), 1)
    gain = round(float(rng.uniform(0.5, 1.5)), 1)
    q = p / 100
    error = 100 * math.sqrt(q * (1 - q) / n)
    return Drawn(
        f"An LSTM is right on {p} % of {n} test sentences; a model that joins an LSTM "
        f"and a GRU of the same size on {p + gain:.1f} %, one seed each. The authors "
        "conclude that the two cells complement each other. How large is the standard "
        "error of one score? Name what is missing before this may be concluded.",
        "",
        [],
        worked=f"The standard error is √({show(q, 4)} × (1 - {show(q, 4)}) / {n}) = "
        f"{show(error / 100, 4)}, so {show(error)} percentage points against a gain "
        f"of {gain}. Missing: several seeds with their spread; a comparison on the "
        "same sentences, by those that only one model has right (McNemar); as "
        "controls one LSTM with as many weights as the joint model, and the average "
        "of two LSTMs, as two networks together often do better than one.",
        rubric=(
            (2, f"standard error of {show(error)} points, larger or near the gain"),
            (1, "several seeds"),
            (1, "a paired comparison on the same sentences"),
            (2, "controls: equal size, and the average of two equal models"),
        ),
    )
