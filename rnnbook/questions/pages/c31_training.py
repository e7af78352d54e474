"""Questions of 31-training."""

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("training.parabola", "31-training")
def _(rng):
    slope = round(float(rng.uniform(0.02, 0.2)), 3)
    curve = round(float(rng.uniform(0.01, 0.09)), 3)
    best = slope / curve
    return Drawn(
        "Along the direction in which SGD goes, a loss is L(η) = L(0) - "
        f"{slope} η + {curve} η² / 2. From which learning rate on does one step make "
        "the loss larger than it was? (three significant digits)",
        2 * best,
        [
            (best, "There it is lowest. It comes back to L(0) at twice that rate."),
            (best / 2, "There the loss has three quarters of its fall behind it."),
            (curve / slope, "That is the fraction upside down."),
            (4 * best, "L(η) = L(0) means slope × η = curve × η² / 2."),
        ],
        rtol=THREE_DIGITS,
        worked=f"{slope} η = {curve} η² / 2, so η = 2 × {slope} / {curve} = "
        f"{show(2 * best)}.",
    )


@question("training.first_step", "31-training")
def _(rng):
    g = round(float(rng.uniform(0.02, 0.5)), 3)
    lr = round(float(rng.uniform(0.001, 0.03)), 4)
    wrong = lr * 0.1 / 0.001**0.5
    return Drawn(
        f"Adam, with its usual decays 0.9 and 0.999, has a learning rate of {lr}. The "
        f"first gradient of a weight is {g}. Somebody left out the bias correction. "
        "How far does the weight move at the first step? (three significant digits)",
        wrong,
        [
            (lr, "That is the step with the correction: it makes both means exact."),
            (lr * g, "That is the step of SGD."),
            (lr * 0.1 / 0.001, "The mean of the squares stands under a root."),
            (lr * 0.1, "The mean of the squares began at zero as well."),
            (lr * 0.9 / 0.999**0.5, "The decays multiply what was there: zero."),
        ],
        rtol=THREE_DIGITS,
        worked=f"m = 0.1 × {g}, v = 0.001 × {g}², so the step is "
        f"{lr} × 0.1 / √(0.001) = {show(wrong)}, whatever the gradient was.",
    )


@question("training.kept", "31-training")
def _(rng):
    H, D = int(rng.integers(20, 200)), int(rng.integers(10, 90))
    B, T = int(rng.integers(4, 64)), int(rng.integers(20, 200))
    kept = B * T * (D + 7 * H)
    return Drawn(
        f"An LSTM of {H} units reads {B} sequences of {T} steps with {D} inputs each. "
        "For each sequence and step it keeps, for the way back, the input, the two "
        "states before the step, the four gates and the tanh of the cell. How many "
        "numbers are that?",
        kept,
        [
            (T * (D + 7 * H), "That is for one sequence."),
            (B * (D + 7 * H), "That is for one step."),
            (B * T * (D + 4 * H), "Beside the four gates two states and the tanh."),
            (B * T * 7 * H, "The input is kept as well."),
            (
                4 * H * (D + H + 1),
                "Those are the weights. They do not grow with the batch.",
            ),
        ],
        worked="Sequences, steps, numbers of each: "
        f"{B} × {T} × ({D} + 7 × {H}) = {kept}.",
    )
