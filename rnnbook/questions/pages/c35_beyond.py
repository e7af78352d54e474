"""Questions of 35-beyond."""

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("beyond.composed", "35-beyond")
def _(rng):
    while True:  # until no mistake is near the answer
        a, a2 = (round(float(v), 2) for v in rng.uniform(0.3, 0.85, 2))
        b, b2 = (round(float(v), 2) for v in rng.uniform(0.3, 2, 2))
        answer = a2 * b + b2
        wrong = (a * b2 + b, b + b2, a2 * a, a * a2 * b + b2)
        apart = [abs(v / answer - 1) for v in wrong]
        apart += [abs(v / w - 1) for k, v in enumerate(wrong) for w in wrong[:k]]
        if min(apart) > 0.06:
            break
    return Drawn(
        f"A unit takes the step h ← {a} h + {b} and then the step h ← {a2} h + {b2}. "
        "The two together are one step h ← a h + b. What is b? (three significant "
        "digits)",
        answer,
        [
            (a * b2 + b, "That is the other order: the second step was taken first."),
            (b + b2, "What the first step added is multiplied by the second."),
            (a2 * a, "That is the factor, not the term."),
            (a * a2 * b + b2, "The first factor acts before b is added."),
        ],
        rtol=THREE_DIGITS,
        worked="What the first step adds is multiplied by the second factor: "
        f"{a2} × {b} + {b2} = {show(answer)}.",
    )


@question("beyond.sees", "35-beyond")
def _(rng):
    k, layers = int(rng.integers(3, 9)), int(rng.integers(3, 7))
    answer = 1 + (k - 1) * (2**layers - 1)
    return Drawn(
        f"A TCN has {layers} layers with kernels of {k} places and dilations "
        "1, 2, 4 and so on, doubled from layer to layer. How many steps can move its "
        "last output, that step itself included?",
        answer,
        [
            (answer - 1, "The step that answers counts, too."),
            (1 + k * (2**layers - 1), "A kernel of k places has k - 1 gaps."),
            (1 + (k - 1) * 2 ** (layers - 1), "That is the top layer alone."),
            (1 + (k - 1) * layers, "That is without dilation."),
            (1 + (k - 1) * 2**layers, "1 + 2 + 4 + ... ends one below the next power."),
        ],
        worked=f"The dilations add up to 2^{layers} - 1 = {2**layers - 1}: "
        f"1 + ({k} - 1) × {2**layers - 1} = {answer}.",
    )


@question("beyond.cache", "35-beyond")
def _(rng):
    layers, width = int(rng.integers(2, 13)), 64 * int(rng.integers(1, 13))
    T = int(rng.integers(200, 5000))
    answer = 2 * width * layers * T * 4 / 1e6
    return Drawn(
        f"A Transformer of {layers} layers with width {width} has read {T} letters of "
        "a stream. How many million bytes do its keys and values take, with 4 bytes a "
        "number? (three significant digits)",
        answer,
        [
            (answer / 2, "There are keys and values."),
            (answer / 4, "Each number has 4 bytes."),
            (answer / layers, "Each layer keeps its own."),
            (answer * 1.5, "Queries are used at once and not kept."),
        ],
        rtol=THREE_DIGITS,
        worked="A key and a value for each layer and letter: "
        f"2 × {layers} × {width} × {T} × 4 / 10^6 = {show(answer)}.",
    )
