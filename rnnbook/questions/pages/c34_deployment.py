"""Questions of 34-deployment."""

from rnnbook.questions import THREE_DIGITS, Drawn, question, show


@question("deployment.bytes", "34-deployment")
def _(rng):
    D, H = int(rng.integers(20, 90)), 8 * int(rng.integers(5, 40))
    weights, biases = 4 * H * (D + H), 8 * H
    return Drawn(
        f"An LSTM of {H} units reads {D} numbers a step. In its ONNX file, W and R are "
        "in eight bits and the 8H biases stay in float32. How many bytes do these "
        "numbers take?",
        weights + 4 * biases,
        [
            (4 * (weights + biases), "That is all of them in float32."),
            (weights + biases, "The biases keep their four bytes."),
            (weights + 2 * biases, "ONNX keeps both biases of each gate."),
            (H * (D + H) + 4 * biases, "There are four gates."),
            (4 * weights + biases, "It is the matrices that are in eight bits."),
        ],
        worked=f"4 × {H} × ({D} + {H}) = {weights} bytes of weights and 4 × 8 × {H} = "
        f"{4 * biases} of biases: {weights} + {4 * biases} = {weights + 4 * biases}.",
    )


@question("deployment.rounding", "34-deployment")
def _(rng):
    largest = int(rng.integers(30, 250)) / 100
    return Drawn(
        f"The largest weight of a matrix, in absolute value, is {largest:.2f}. It is "
        "stored in eight bits, symmetrically, as whole numbers from -127 to 127. By "
        "how much can a weight be off at most? (three significant digits)",
        largest / 127 / 2,
        [
            (largest / 127, "That is a whole step. Rounding errs by at most half."),
            (2 * largest / 127, "Rounding errs by half a step, not by two."),
            (largest / 127 / 4, "Half a step, not a quarter."),
            (largest / 8, "Eight bits are 256 numbers, not eight."),
        ],
        rtol=THREE_DIGITS,
        worked=f"The step is {largest:.2f} / 127, and half of it is "
        f"{largest:.2f} / 127 / 2 = {show(largest / 254)}.",
    )


@question("deployment.alarms", "34-deployment")
def _(rng):
    requests = 1000 * int(rng.integers(2, 60))
    every, days = 10_000, int(rng.choice([7, 30]))
    while requests % every == 0:
        requests += 1000
    return Drawn(
        f"A service has {requests} requests a day. The limit of its CUSUM was set to "
        f"one false alarm in {every} requests. How many false alarms are there on "
        f"average in {days} days? (three significant digits)",
        requests * days / every,
        [
            (requests / every, "That is a day's."),
            (every / requests, "That is the number of days between two of them."),
            (days, "That would be one a day."),
            (requests * days / every / 100, "One in 10,000 is no percentage."),
        ],
        rtol=THREE_DIGITS,
        worked=f"In {days} days come {requests} × {days} requests, one alarm in "
        f"{every} of them: "
        f"{requests} × {days} / {every} = {show(requests * days / every)}.",
    )
