"""Exam questions of 31-training."""

from exam_bank import exam, from_chapter

from bank._shared import fence, printed
from rnnbook.questions import THREE_DIGITS, Drawn, show

PAGE = "31-training"

from_chapter("training.parabola", 2, "find the rate at which a loss rises")
from_chapter("training.first_step", 2, "say what the bias correction corrects")
from_chapter("training.kept", 1, "count what is kept for the way back")


@exam("training.variance", PAGE, 3, "say what a draw at each step does to a memory")
def _(rng):
    p, T = round(float(rng.uniform(0.05, 0.2)), 2), int(rng.integers(5, 20))
    answer = (1 - p) ** -T - 1
    return Drawn(
        f"A number 1 is carried over {T} steps. At each step dropout multiplies it by "
        f"0 with probability {p}, else by 1 / (1 - {p}), with a new draw each time. "
        "What is its variance at the end? (three significant digits)",
        answer,
        [
            (1 / (1 - p) - 1, "That is the variance after one step."),
            (
                (1 - p) ** -T,
                "That is the mean square. The mean is 1, and is taken off.",
            ),
            (T * (1 / (1 - p) - 1), "Variances of factors are not added."),
            ((1 - p) ** T * (1 - (1 - p) ** T), "The factors are not zero or one."),
            (1 - (1 - p) ** T, "That is the probability that it is lost."),
        ],
        rtol=THREE_DIGITS,
        worked=f"Each factor has mean 1 and mean square 1 / (1 - {p}); {T} of them: "
        f"(1 - {p})^-{T} - 1 = {show(answer)}.",
    )


@exam("training.padded", PAGE, 2, "count what is computed for nothing")
def _(rng):
    a = sorted(int(v) for v in rng.choice(range(5, 40), size=6, replace=False))
    order = [a[0], a[5], a[1], a[4], a[2], a[3]]
    answer = 2 * (a[1] + a[3] + a[5]) - sum(a)
    unsorted = 2 * (a[5] + a[4] + a[3]) - sum(a)
    said = ", ".join(map(str, order))
    return Drawn(
        f"Six sentences have {said} letters. They are sorted by length and put into "
        "batches of two, each padded to its longest. How many padding letters are "
        "there?",
        answer,
        [
            (unsorted, "That is without sorting."),
            (6 * a[5] - sum(a), "Each batch is padded to its own longest."),
            (answer + sum(a), "That counts the letters themselves, too."),
            (2 * answer, "The longer one of each batch needs no padding."),
        ],
        worked="Within each pair of the sorted lengths the shorter one is filled up: "
        f"({a[1]} - {a[0]}) + ({a[3]} - {a[2]}) + ({a[5]} - {a[4]}) = {answer}.",
    )


@exam("training.alias_code", PAGE, 2, "tell a copy from a name")
def _(rng):
    steps = [int(v) for v in rng.integers(1, 9, size=3)]
    code = (
        "w = np.array([0])\n"
        f"steps, losses, best = {steps}, [3, 1, 2], 9\n"
        "for step, loss in zip(steps, losses):\n"
        "    w += step\n"
        "    if loss < best:\n"
        "        best, kept = loss, w\n"
        "print(kept[0])"
    )
    return Drawn(
        "What is printed?" + fence(code),
        int(printed(code)),
        [
            (sum(steps[:2]), "That would be a copy. `kept` is the array itself."),
            (steps[1], "The array adds up all steps."),
            (steps[2], "That is the last step alone, and `w` adds up all three."),
            (1, "That is the best loss."),
        ],
        worked="`kept` is a name for w, which goes on changing: "
        f"{' + '.join(map(str, steps))} = {sum(steps)}.",
    )


@exam("training.compared", PAGE, 2, "say what makes a comparison of two rules fair")
def _(rng):
    rules = str(
        rng.choice(["Adam and SGD", "RMSprop and momentum", "Adam and RMSprop"])
    )
    return Drawn(
        f"Somebody trains a network with {rules}, both at the learning rate 0.001, on "
        "five seeds each. The first one ends with the lower loss on every seed. What "
        "is the strongest objection to saying that the first rule is better?",
        "The same rate may suit the one and not the other; each needs its own best",
        [
            (
                "Five seeds are too few to see anything",
                "On every seed the first one is lower: it is better, at this rate.",
            ),
            (
                "The loss should have been that of the training part",
                "What counts is data that was not trained on.",
            ),
            (
                "A rule may not be chosen on five seeds",
                "It should be, and on a validation part.",
            ),
        ],
        worked="The rules scale their steps differently: the same number means a "
        "different step. Each is given its own best rate of a stated grid, chosen on "
        "the validation part.",
    )
