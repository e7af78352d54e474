"""What does a reader believe after each row, and does it know how sure it may be?

One LSTM of 64 units, asked after the last row of MNIST's digits or after every row, in
a full training of two passes and in a short one. For each number of rows read: the
accuracy, the mean confidence, and the accuracy at the end if the rest of the image is
left blank (on the first thousand validation images).

Used by ``22-mnist-rows``.
"""

from _mnist_rows import R, load
from _mnist_rows_torch import (
    Reader,
    Shifted,
    accuracy,
    last_loss,
    outputs,
    train,
)
from torch.nn.functional import cross_entropy

GRID = [
    {"asked": "at the end", "images": 1280, "passes": 1},  # the cheap one
    *(
        {"asked": asked, "images": images, "passes": passes}
        for images, passes in ((25000, 1), (55000, 2))
        for asked in ("at the end", "at each row")
    ),
]
SEEDS = range(5)
# A training is chaotic: another order of summation is as good as another seed. The
# answers that nobody trained vary most.
TOLERANCE = {
    f"{number}_{rows}": tolerance
    for number, tolerance in (("accuracy", 0.1), ("confidence", 0.1), ("blank", 0.15))
    for rows in range(1, 29)
} | {"val": 0.02, "test": 0.02}


def every_loss(logits, y):
    """The answers after all rows count, each as much as the others."""
    B, T, V = logits.shape
    return cross_entropy(logits.reshape(B * T, V), y.repeat_interleave(T))


def blanked(model, rows, x, y):
    """Accuracy when all rows after the first ``rows`` are left blank."""
    x = x.copy()
    x[:, rows:] = 0
    return accuracy(model, x, y)


def run(setting, seed):
    (x, y), (x_val, y_val), test = load(setting["images"])
    loss = {"at the end": last_loss, "at each row": every_loss}[setting["asked"]]
    model = train(Reader, seed, Shifted(x, y), setting["passes"], loss)
    belief = outputs(model, x_val).softmax(dim=2).numpy()  # (N, R, CLASSES)
    right = (belief.argmax(2) == y_val[:, None]).mean(0)  # (R,)
    confidence = belief.max(2).mean(0)
    numbers = {"val": right[-1], "test": accuracy(model, *test)}
    for rows in range(1, R + 1):
        numbers[f"accuracy_{rows}"] = right[rows - 1]
        numbers[f"confidence_{rows}"] = confidence[rows - 1]
        numbers[f"blank_{rows}"] = blanked(model, rows, x_val[:1000], y_val[:1000])
    return numbers
