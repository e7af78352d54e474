"""Exam questions of 22-mnist-rows."""

import math

from exam_bank import exam, from_chapter

from bank._shared import fence, printed, whole
from rnnbook.questions import THREE_DIGITS, Drawn, show

from_chapter("images.stack", 2, "count the parameters of a stacked network")
from_chapter("images.patches", 2, "make a sequence of an image")
from_chapter("images.seeds", 1, "measure the luck of the seed")


@exam("images.last_code", "22-mnist-rows", 2, "trace the shapes of images read by rows")
def _(rng):
    B, R, C, H = whole(rng, (2, 9), (10, 20), (21, 30), (32, 90))
    code = (
        "import torch\n"
        f"images = torch.zeros({B}, 1, {R}, {C})\n"
        f"lstm = torch.nn.LSTM({C}, {H}, batch_first=True)\n"
        "out, _ = lstm(images.squeeze(1))\n"
        "print(tuple(out[:, -1].shape))"
    )
    return Drawn(
        f"{B} grey images of {R} rows and {C} columns. What is printed?" + fence(code),
        printed(code),
        [
            (f"({B}, {R})", "The last axis holds the units of the layer."),
            (
                f"({R}, {H})",
                "The first axis is the batch; `[:, -1]` takes the last row.",
            ),
            (f"({B}, {R}, {H})", "That is out; `[:, -1]` takes one step of it."),
            (f"({B}, {C})", f"The layer turns {C} pixels into {H} units."),
        ],
        worked=f"The layer reads {R} steps of {C} features; out is ({B}, {R}, {H}), "
        f"and the last step of each image ({B}, {H}).",
    )


@exam("images.needed", "22-mnist-rows", 2, "say how many test images a claim needs")
def _(rng):
    percent = round(float(rng.uniform(90, 99)), 1)
    half = float(rng.choice([0.1, 0.2, 0.3, 0.5]))
    p, w = percent / 100, half / 100
    n = 1.96**2 * p * (1 - p) / w**2
    return Drawn(
        f"About {percent} % of the test images are classified right. How many test "
        f"images are needed so that the 95 % interval reaches {half} percentage points "
        "to either side? (normal approximation, three significant digits)",
        n,
        [
            (n / 1.96**2, "That is for one standard error; 95 % takes 1.96 of them."),
            (n / 1.96, "The 1.96 is squared, like the rest under the root."),
            (n / 4, f"{half} is one side, not the whole width."),
            (1.96 * math.sqrt(p * (1 - p)) / w, "Square this: n is under the root."),
        ],
        rtol=THREE_DIGITS,
        worked=f"1.96 √(p (1 - p) / n) must be {show(w, 4)}. Solved for n: "
        f"1.96^2 × {show(p, 4)} × (1 - {show(p, 4)}) / {show(w, 4)}^2 = {show(n, 3)}, "
        f"in three digits {float(f'{n:.3g}'):.0f}.",
    )


@exam("images.permuted", "22-mnist-rows", 2, "say whom the order of pixels concerns")
def _(rng):
    side, n = int(rng.choice([8, 14, 16, 28, 32])), 1000 * int(rng.integers(5, 60))
    return Drawn(
        f"The {side * side} pixels of all {n} images, in training and test, are put "
        "into one fixed random order. Which network does as well as before, whatever "
        "the order, if it is trained anew?",
        f"A dense network on all {side * side} pixels",
        [
            (
                "An LSTM that reads rows",
                "What belongs together now stands steps apart.",
            ),
            (
                "An LSTM that reads pixel by pixel",
                "It must bridge far more steps between pixels that were neighbours.",
            ),
            (
                "A convolutional network",
                "It looks for patterns among neighbours, and they are scattered.",
            ),
        ],
        worked="A dense layer has a weight for each pixel and no idea of neighbours: "
        "its weights, put into the same order, give the same answers.",
    )


@exam("images.best_of", "22-mnist-rows", 3, "keep a test set honest")
def _(rng):
    recipes, n = whole(rng, (15, 60), (4, 20))
    n = 500 * n
    percent = round(float(rng.uniform(97.5, 99)), 1)
    p = percent / 100
    error = 100 * math.sqrt(p * (1 - p) / n)
    return Drawn(
        f"{recipes} recipes are trained, and each is scored on the same {n} test "
        f"images. All are about {percent} % right; the best one is reported with its "
        "score. How large is the standard error of one score, why is the best score "
        "too good, and how should it have been done?",
        "",
        [],
        worked=f"The standard error is √({show(p, 4)} × (1 - {show(p, 4)}) / {n}) = "
        f"{show(error / 100, 4)}, that is 100 × {show(error / 100, 4)} = {show(error)} "
        f"percentage points. The best of {recipes} scores is the one with the most "
        "luck, of the images and of the seed: it lies above what this recipe would "
        "reach on new images, even if all recipes are equally good. Choose on a "
        "validation part cut from the training images, open the test set once for the "
        "chosen recipe, and report several seeds with their spread.",
        rubric=(
            (2, f"standard error of {show(error)} percentage points"),
            (2, "the maximum of many noisy scores is too high"),
            (1, "choose on a validation part"),
            (1, "open the test set once, or several seeds with their spread"),
        ),
    )
