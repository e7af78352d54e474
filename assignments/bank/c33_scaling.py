"""Exam questions of 33-scaling."""

from exam_bank import exam, from_chapter

from bank._shared import fence, printed
from rnnbook.questions import THREE_DIGITS, Drawn, show

PAGE = "33-scaling"

from_chapter("scaling.fronts", 1, "count the moments of a wavefront")
from_chapter("scaling.bytes", 2, "count the bytes of a ring")
from_chapter("scaling.limit", 1, "apply Amdahl's law")


@exam("scaling.weight", PAGE, 2, "average over letters, not over workers")
def _(rng):
    a, b = (int(v) for v in rng.choice(range(10, 90), size=2, replace=False))
    p, q = (
        round(float(v), 1) for v in rng.choice(range(11, 49), 2, replace=False) / 10
    )
    answer = (a * p + b * q) / (a + b)
    return Drawn(
        f"One worker has {a} letters and a mean loss of {p}, the other {b} letters and "
        f"a mean loss of {q}. What is the mean loss of a letter? (three significant "
        "digits)",
        answer,
        [
            ((p + q) / 2, "That is the mean of the means."),
            ((b * p + a * q) / (a + b), "The weights are exchanged."),
            (a * p + b * q, "That is the sum over all letters."),
            ((a * p + b * q) / 2, "That is the mean of the sums."),
        ],
        rtol=THREE_DIGITS,
        worked=f"All losses over all letters: ({a} × {p} + {b} × {q}) / ({a} + {b}) = "
        f"{show(answer)}.",
    )


@exam("scaling.lost", PAGE, 1, "say what a killed worker costs")
def _(rng):
    every, ms = 50 * int(rng.integers(2, 9)), 20 * int(rng.integers(4, 30))
    die = every * int(rng.integers(2, 9)) + int(rng.integers(20, every - 5))
    again = die % every
    return Drawn(
        f"A checkpoint is written after each {every} updates; an update takes {ms} ms. "
        f"A worker is killed after update {die}, before any other file is written. How "
        "many seconds of training are done again? (three significant digits)",
        again * ms / 1000,
        [
            (die * ms / 1000, "The last checkpoint is kept."),
            ((every - again) * ms / 1000, "That is what was missing to the next one."),
            (every * ms / 1000, "That is the worst case."),
            (float(again), "Those are updates."),
        ],
        rtol=THREE_DIGITS,
        worked=f"The last checkpoint is that of update {die - again}, so "
        f"({die} - {die - again}) × {ms} / 1000 = {show(again * ms / 1000)}.",
    )


@exam("scaling.copied_code", PAGE, 2, "see that workers copy a generator")
def _(rng):
    seed, workers, each = (
        int(rng.integers(a, b)) for a, b in ((0, 99), (2, 6), (3, 9))
    )
    code = (
        "import copy\n"
        f"rng = np.random.default_rng({seed})\n"
        f"copies = [copy.deepcopy(rng) for _ in range({workers})]\n"
        f"drawn = [one.random() for one in copies for _ in range({each})]\n"
        "print(len(set(drawn)))"
    )
    return Drawn(
        f"{workers} workers of a DataLoader each get a copy of a data set that keeps a "
        "generator. What is printed?" + fence(code),
        int(printed(code)),
        [
            (workers * each, "Each copy begins in the same state."),
            (workers, "Each copy draws several numbers."),
            (1, "A generator goes on after each draw."),
        ],
        worked=f"Each of the copies draws the same {each} numbers, so {each} of "
        f"{workers} × {each} = {workers * each} are different.",
    )


@exam("scaling.slower", PAGE, 2, "say why two processes may be slower")
def _(rng):
    H, B = int(rng.choice([16, 32, 64])), int(rng.choice([4, 8, 16]))
    return Drawn(
        f"An LSTM of {H} units trains with {B} sequences an update. On two processes "
        "that share the batch each update takes longer than on one. What is the likely "
        "reason?",
        "The work saved is smaller than the time for joining the gradients",
        [
            (
                "The two processes learn different networks",
                "They average gradients before each update, and hold the same weights.",
            ),
            (
                "The gradient of a half batch is wrong",
                "Weighted by their letters, two halves give the gradient of the whole.",
            ),
            (
                "A recurrent network cannot share a batch",
                "Its sequences are independent. Its steps are not.",
            ),
        ],
        worked="Half of so small a batch takes more than half of the time, since the "
        "price of a call and of the weights of each step remains, and every update has "
        "to wait for the slower process and for the gradients to arrive.",
    )
