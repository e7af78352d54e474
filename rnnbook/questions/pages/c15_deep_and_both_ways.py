"""Questions of 15-deep-and-both-ways."""

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("deep.parameters", "15-deep-and-both-ways")
def _(rng):
    D, H = int(rng.integers(10, 40)), int(rng.integers(20, 90))
    low, high = 2 * 4 * (D * H + H * H + H), 2 * 4 * (2 * H * H + H * H + H)
    return Drawn(
        f"A stack of two bidirectional LSTM layers reads {D} numbers a step. Each "
        f"direction of each layer has {H} units and one bias. How many numbers are "
        "learned in the second layer?",
        high,
        [
            (low, "That is the first layer. The second one does not read x."),
            (low + high, "That is both layers together."),
            (high // 2, "That is one direction of the second layer."),
            (
                2 * 4 * (H * H + H * H + H),
                "The second layer reads the states of both directions side by side.",
            ),
            (high + 8 * H, "That is with two biases, as PyTorch has them."),
        ],
        worked=(
            f"Each direction reads 2 × {H} = {2 * H} numbers: 4 × ({2 * H} × {H} + "
            f"{H} × {H} + {H}) = {high // 2}. The whole layer: 2 × {high // 2} = "
            f"{high}."
        ),
    )


@question("deep.h_n", "15-deep-and-both-ways")
def _(rng):
    layers = int(rng.integers(3, 9))
    D, H = int(rng.integers(3, 40)), int(rng.integers(4, 90))
    k, back = int(rng.integers(1, layers - 1)), int(rng.integers(0, 2))
    at = 2 * k + back
    way = "backward" if back else "forward"
    return Drawn(
        f"torch.nn.GRU({D}, {H}, num_layers={layers}, bidirectional=True) returns h_n. "
        f"At which index of its first axis, counted from 0, does the {way} state of "
        f"layer {k} stand? The layers are counted from 0, the lowest.",
        at,
        [
            (k + layers * back, "The states go layer by layer, not by direction."),
            (2 * k + 1 - back, "Within a layer the forward state comes first."),
            (2 * (layers - 1 - k) + back, "Layer 0 is the lowest, and comes first."),
            (at + 1, "Indices are counted from 0."),
        ],
        worked=(f"Two states a layer, the forward one first: 2 × {k} + {back} = {at}."),
    )


@question("deep.residual", "15-deep-and-both-ways")
def _(rng):
    a, n = round(float(rng.uniform(0.1, 0.6)), 2), int(rng.integers(4, 12))
    return Drawn(
        f"{n} layers stand on one another, each with a residual connection. On the "
        f"way back each layer multiplies what goes through it by {a}. By what is a "
        "gradient multiplied on all ways together, from the top to the bottom? (three "
        "significant digits)",
        (1 + a) ** n,
        [
            (a**n, "That is the way through all layers. The others go past some."),
            (1 + a**n, "There is a way past each layer, not past all at once only."),
            (1.0, "That is the way past all layers alone."),
            (n * (1 + a), "Factors of layers on one another are multiplied."),
            (1 + n * a, "That leaves out the ways through more than one layer."),
        ],
        rtol=THREE_DIGITS,
        worked=f"Each layer: past it and through it, 1 + {a}. {n} times: "
        f"{show(1 + a)}^{n} = {show((1 + a) ** n)}.",
    )
