"""The questions of an exam, each with numbers per student and a worked answer.

The numeric questions of the chapters (``rnnbook/questions.py``) are among them. Those
below are asked in an exam only: more numbers, choices, code to be read (it is run when
the question is made), and questions to be answered in words, with a rubric.

To add one, write a function of a random generator that returns a ``Drawn`` with a
``worked`` answer, and decorate it with ``@exam(name, chapter, level, outcome)``. What
stands in the worked answer as ``expression = number`` is recomputed by the tests.
"""

import contextlib
import io
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from rnnbook.questions import (
    QUESTIONS,
    THREE_DIGITS,
    Drawn,
    draw,
    generator,
    same_id,
    show,
)


class Entry(NamedTuple):
    """A question of the bank: level 1 (know), 2 (apply) or 3 (judge)."""

    make: Callable[[np.random.Generator], Drawn]
    page: str
    level: int
    outcome: str


BANK: dict[str, Entry] = {}


def exam(name: str, page: str, level: int, outcome: str):
    """Enter a question into the bank, with what a right answer shows."""

    def enter(make: Callable[[np.random.Generator], Drawn]):
        BANK[name] = Entry(make, page, level, outcome)
        return make

    return enter


def asked(name: str, exam: str, student: str) -> Drawn:
    """The question with the numbers of this student in this exam."""
    key = f"{exam.strip()}/{name}/{same_id(student)}"
    return draw(BANK[name].make, f"exam/{key}")


def choices(name: str, q: Drawn, exam: str, student: str) -> list[str]:
    """What can be chosen, in this student's order; empty if nothing is chosen."""
    if not isinstance(q.answer, str) or q.rubric:
        return []
    texts = [q.answer, *(wrong for wrong, _ in q.wrong)]
    key = f"exam/{exam.strip()}/{name}/{same_id(student)}/order"
    return [texts[k] for k in generator(key).permutation(len(texts))]


def kind(q: Drawn) -> str:
    """``written``, ``code``, ``choice`` or ``number``."""
    if q.rubric:
        return "written"
    if "```" in q.text:
        return "code"
    return "choice" if isinstance(q.answer, str) else "number"


def points(name: str, q: Drawn) -> int:
    """What the question is worth."""
    if q.rubric:
        return sum(worth for worth, _ in q.rubric)
    return 1 + BANK[name].level


def worth(name: str) -> int:
    """The points of a question; they are the same whatever its numbers are."""
    return points(name, asked(name, "worth", "anyone"))


def _printed(code: str, **names) -> str:
    """What the code prints, with some names already there."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, {"np": np, **names})
    return out.getvalue().strip()


def _fence(code: str) -> str:
    return f"\n```python\n{code}\n```\n"


def _whole(rng, *ranges: tuple[int, int]) -> list[int]:
    return [int(rng.integers(low, high)) for low, high in ranges]


def _decimals(rng, count: int, low: float, high: float, digits: int = 1) -> list[float]:
    return [round(float(v), digits) for v in rng.uniform(low, high, size=count)]


def _sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a))


# ---- the chapters' own questions

FROM_THE_CHAPTERS = {
    "sequences.windows": (1, "cut a series into windows"),
    "sequences.bits": (1, "convert nats to bits"),
    "sequences.mase": (2, "score a forecast against its baseline"),
    "rnn.parameters": (1, "count the weights of an RNN"),
    "rnn.step": (1, "compute a step of an RNN by hand"),
    "bptt.two_steps": (3, "tell a total derivative from an immediate one"),
    "bptt.adam": (2, "compute a step of Adam"),
    "vanishing.factor": (2, "predict how a gradient shrinks or grows"),
    "vanishing.clip": (2, "clip a gradient by its norm"),
    "lstm.parameters": (1, "count the weights of an LSTM"),
    "lstm.step": (2, "compute a step of an LSTM by hand"),
    "lstm.half_life": (2, "say how long a cell remembers"),
    "gru.step": (1, "compute a step of a GRU by hand"),
    "gru.half_life": (2, "say how long a GRU remembers"),
    "libraries.parameters": (1, "count the weights of a PyTorch GRU"),
    "libraries.bias": (2, "explain PyTorch's two biases"),
    "gates.kernel": (2, "follow what was written through the gates"),
    "gates.best_of": (2, "judge a find against chance"),
    "text.file_size": (1, "read bits per character as a length"),
    "text.pointer": (3, "mix two models of a text"),
    "images.stack": (2, "count the parameters of a stacked network"),
    "images.patches": (2, "make a sequence of an image"),
    "images.seeds": (1, "measure the luck of the seed"),
    "stock.direction": (2, "put an interval around a share of hits"),
    "stock.horizon": (2, "say how uncertainty grows with the horizon"),
    "classify.parameters": (1, "count the parameters of a classifier"),
    "classify.duel": (3, "compare two models on the same sentences"),
}

for _name, (_level, _outcome) in FROM_THE_CHAPTERS.items():
    exam(_name, QUESTIONS[_name][1], _level, _outcome)(QUESTIONS[_name][0])


# ---- 01-sequences


@exam("sequences.leak", "01-sequences", 1, "find the step that lets the future in")
def _(rng):
    N, L = _whole(rng, (600, 3000), (10, 40))
    share = int(rng.choice([60, 70, 80]))
    steps = [
        (
            "It scales the values with mean and spread of the training part.",
            f"It scales the values with mean and spread of all {N} values.",
            "A scale must come from the training part alone.",
        ),
        (
            f"It trains on the first {share} % and tests on the rest.",
            f"It draws {share} % of the days at random for training.",
            "Neighbours of a test day, also later ones, are then training days.",
        ),
        (
            f"It takes the {L} days before a day as its inputs.",
            f"It takes the mean of the {L} days around a day as an input.",
            "A centred mean contains days that lie behind the one to be forecast.",
        ),
        (
            "It stops training where the error on the last training days is smallest.",
            "It stops training where the error on the test part is smallest.",
            "What chooses anything by the test part has seen the test part.",
        ),
    ]
    culprit = int(rng.integers(4))
    told = [leaks if k == culprit else fine for k, (fine, leaks, _) in enumerate(steps)]
    text = "\n".join(f"{k + 1}. {step}" for k, step in enumerate(told))
    return Drawn(
        f"A program forecasts tomorrow's value of a series of {N} days, and does four "
        f"things. Which of them lets the future in?\n{text}",
        f"Step {culprit + 1}",
        [
            (
                f"Step {k + 1}",
                f"Step {k + 1} is sound: it uses nothing that lies ahead.",
            )
            for k in range(4)
            if k != culprit
        ],
        worked=f"{steps[culprit][2]} The other three use nothing that lies ahead.",
    )


@exam("sequences.windows_code", "01-sequences", 2, "predict what a window holds")
def _(rng):
    N, L, k = _whole(rng, (60, 100), (5, 12), (13, 40))
    code = (
        f"x = np.arange({N})\n"
        f"windows = np.lib.stride_tricks.sliding_window_view(x, {L} + 1)\n"
        f"print(windows[{k}, -1])"
    )
    return Drawn(
        f"A window holds {L} inputs and one target. What is printed?" + _fence(code),
        int(_printed(code)),
        [
            (k + L - 1, "That is the last input; the target is one further on."),
            (k + L + 1, "The first window has the number 0."),
            (k * (L + 1) + L, "The windows overlap: each begins one further on."),
            (k, "That is the first input."),
        ],
        worked=f"Window {k} begins at the value {k}; its last place is the target, "
        f"{L} further on: {k} + {L} = {k + L}.",
    )


@exam("sequences.skill", "01-sequences", 2, "measure the gain over a baseline")
def _(rng):
    ours = rng.choice(np.arange(1, 9), size=4, replace=False)
    naive = rng.choice(np.arange(2, 12), size=4, replace=False)
    a, b = float(ours.mean()), float(naive.mean())
    return Drawn(
        f"On four test days a network was wrong by {ours.tolist()}, the last value by "
        f"{naive.tolist()} (absolute errors). What is the skill of the network against "
        "the last value, by the mean absolute error? (three digits)",
        1 - a / b,
        [
            (a / b, "That is the ratio of the errors; the skill is one minus it."),
            (1 - b / a, "The baseline's error is the unit, not the network's."),
            (b - a, "That is the gain in units of the series, not a share."),
            (
                1 - math.sqrt((ours**2).mean() / (naive**2).mean()),
                "Asked for are absolute errors, not squared ones.",
            ),
        ],
        rtol=THREE_DIGITS,
        worked=f"The mean errors are {show(a)} and {show(b)}: "
        f"1 - {show(a, 5)} / {show(b, 5)} = {show(1 - a / b)}. "
        + ("The network is worse." if a > b else "The network is better."),
    )


@exam("sequences.random_split", "01-sequences", 3, "criticise a random split")
def _(rng):
    L, share = _whole(rng, (10, 40), (60, 85))
    better = int(rng.integers(8, 25))
    alone = (1 - share / 100) ** 2
    return Drawn(
        f"A report on the price of a share cuts it into all windows of {L} inputs and "
        f"one target, draws {share} % of the windows at random for training, and finds "
        f"the network's error on the others {better} % below that of the last value. "
        "Say what is wrong with this, why it makes the network look better than it is, "
        "and what you would do instead.",
        "",
        [],
        worked=f"A window shares {L} of its {L} + 1 = {L + 1} values with the next "
        "one. Both neighbours of a test window are test windows, too, with "
        f"probability (1 - {share / 100})^2 = {show(alone, 4)} only. So nearly every "
        "test target stands in a training window, with its surroundings before and "
        "behind: the network fills a gap between days that it knows, and never "
        "forecasts. Split in the order of time, so that all test targets come after "
        "the last training target, compare with the last value on the same test days, "
        "and repeat for several origins and seeds.",
        rubric=(
            (2, "neighbouring windows share nearly all of their values"),
            (1, "test targets stand in training windows, or lie between them"),
            (2, "a split in the order of time, test after training"),
            (1, "the last value on the same days, or several origins or seeds"),
        ),
    )


# ---- 02-rnn


@exam("rnn.two_steps", "02-rnn", 2, "unroll an RNN over two steps")
def _(rng):
    w, u, b, x1, x2 = _decimals(rng, 5, 0.2, 0.9)
    h1 = math.tanh(w * x1 + b)
    h2 = math.tanh(w * x2 + u * h1 + b)
    return Drawn(
        f"An RNN with one unit has W_xh = {w}, W_hh = {u}, b_h = {b}, and its state is "
        f"0. It reads {x1} and then {x2}. What is its state after both? (three digits)",
        h2,
        [
            (h1, "That is the state after the first step."),
            (math.tanh(w * x2 + b), "The state of the first step is missing."),
            (
                math.tanh(w * x2 + u * (w * x1 + b) + b),
                "The tanh of the first step is missing.",
            ),
            (w * x2 + u * h1 + b, "The tanh of the last step is missing."),
            (
                math.tanh(w * x2 + u * math.tanh(w * x1)),
                "The bias is added at each step.",
            ),
        ],
        rtol=THREE_DIGITS,
        worked=f"First step: tanh({w} × {x1} + {b}) = {show(h1, 5)}. Second: "
        f"tanh({w} × {x2} + {u} × {show(h1, 5)} + {b}) = {show(h2)}.",
    )


@exam("rnn.stack_code", "02-rnn", 2, "trace shapes through the loop")
def _(rng):
    B, T, D, H = _whole(rng, (2, 9), (10, 30), (3, 9), (31, 60))
    code = (
        f"h, seen = np.zeros(({B}, {H})), []\n"
        f"for t in range({T}):\n"
        "    h = np.tanh(x[:, t] @ W_xh + h @ W_hh + b_h)\n"
        "    seen.append(h)\n"
        "print(h.shape, np.stack(seen).shape)"
    )
    return Drawn(
        f"x has the shape ({B}, {T}, {D}): batch, steps, inputs. The layer has {H} "
        "units. What is printed?" + _fence(code),
        _printed(
            code,
            x=np.zeros((B, T, D)),
            W_xh=np.zeros((D, H)),
            W_hh=np.zeros((H, H)),
            b_h=np.zeros(H),
        ),
        [
            (
                f"({B}, {H}) ({B}, {T}, {H})",
                "np.stack puts the new axis first; batch first needs axis=1.",
            ),
            (
                f"({B}, {T}, {H}) ({T}, {B}, {T}, {H})",
                "h is the state of one step, without an axis for time.",
            ),
            (f"({H},) ({T}, {H})", "Each sequence of the batch has its own state."),
            (f"({B}, {D}) ({T}, {B}, {D})", "W_xh makes units of inputs."),
        ],
        worked=f"At each step the state is ({B}, {H}). The list holds {T} of them, and "
        f"np.stack makes the new axis the first one: ({T}, {B}, {H}).",
    )


@exam("rnn.longer", "02-rnn", 1, "say what a longer sequence changes")
def _(rng):
    T, k, H = _whole(rng, (20, 60), (3, 12), (8, 64))
    return Drawn(
        f"An RNN with {H} units was trained on sequences of {T} steps. Now it gets a "
        f"sequence of {k * T} steps. What happens?",
        "It runs with the same weights; how good it is must be measured",
        [
            (
                f"It stops with an error, as it has weights for {T} steps",
                "The weights belong to the rule, not to the step.",
            ),
            (
                f"It runs with {k} times as many weights",
                "The number of weights does not depend on the length.",
            ),
            (
                f"It runs, and only the last {T} steps have an influence",
                "No step is cut off; how long one is felt depends on the weights.",
            ),
        ],
        worked=f"One rule is applied {k} × {T} = {k * T} times. Nothing fails, but "
        "states may come up that training never met.",
    )


# ---- 03-bptt


@exam("bptt.detach_code", "03-bptt", 2, "predict what detach does to a gradient")
def _(rng):
    w, h = _decimals(rng, 2, 0.3, 1.9)
    code = (
        "import torch\n"
        f"w = torch.tensor({w}, requires_grad=True)\n"
        f"h = torch.tensor({h})\n"
        "h = (w * h).detach()\n"
        "h = w * h\n"
        "h.backward()\n"
        "print(w.grad.item())"
    )
    return Drawn(
        "What is printed? (three digits)" + _fence(code),
        float(_printed(code)),
        [
            (2 * w * h, "That is without the detach: both uses of w would count."),
            (h, "The state has been multiplied by w once before."),
            (w * w * h, "That is the last state, not its derivative."),
        ],
        rtol=THREE_DIGITS,
        worked="The detached state is a number like any other; only the second use of "
        f"w counts, and its derivative is that state: {w} × {h} = {show(w * h)}.",
    )


@exam("bptt.central", "03-bptt", 1, "check a gradient with central differences")
def _(rng):
    slope, bend = _decimals(rng, 2, 0.5, 3.0, 2)
    middle = round(float(rng.uniform(1, 2)), 4)
    up = round(middle + 0.1 * slope + 0.1 * bend, 4)
    down = round(middle - 0.1 * slope + 0.1 * bend, 4)
    return Drawn(
        f"The loss is {middle} at the weight w, {up} at w + 0.1 and {down} at w - 0.1. "
        "What is the derivative by central differences? (three digits)",
        (up - down) / 0.2,
        [
            ((up - middle) / 0.1, "That is the one-sided difference."),
            ((up - down) / 0.1, "The two points are two steps apart."),
            ((down - up) / 0.2, "The sign: the loss grows with w."),
            ((up - 2 * middle + down) / 0.01, "That is the second derivative."),
        ],
        rtol=THREE_DIGITS,
        worked=f"({up} - {down}) / (2 × 0.1) = {show((up - down) / 0.2)}. (A step of "
        "0.1 is for counting by hand; in float64 one takes about 0.00001.)",
    )


@exam("bptt.shared", "03-bptt", 1, "say what the gradient of a shared weight is")
def _(rng):
    T, H = _whole(rng, (20, 90), (16, 200))
    return Drawn(
        f"A recurrent layer of {H} units reads {T} steps and is judged at the end. "
        f"W_hh was used {T} times. What is its gradient?",
        f"The sum of the contributions of its {T} uses",
        [
            (
                "The contribution of its last use",
                "That is the immediate derivative; earlier uses act through the state.",
            ),
            (
                f"The mean of the contributions of its {T} uses",
                "Each use changes the loss; the effects add up, undivided.",
            ),
            (
                f"The product of the contributions of its {T} uses",
                "Products stand along the way back; over the uses one sums.",
            ),
        ],
        worked=f"Give each use a copy of the weight: the loss has {T} derivatives. The "
        "copies move together, so the derivatives add up.",
    )


@exam("bptt.by_hand", "03-bptt", 3, "carry out a backward pass and check it")
def _(rng):
    w, h0, h1, h2 = _decimals(rng, 4, 0.3, 0.8, 2)
    s1, s2 = 1 - h1**2, 1 - h2**2
    da2 = h2 * s2
    dh1 = da2 * w
    da1 = dh1 * s1
    return Drawn(
        f"One unit, h_t = tanh(w h_(t-1) + x_t) with w = {w}, started from the given "
        f"state {h0} and went through {h1} and {h2}. The loss is half the square of "
        "the last state. Carry out the backward pass: write down the gradient in the "
        "last state, in the sum before each tanh, in the state between, and in w. Then "
        "say how you would check the result numerically, and with which step and "
        "precision.",
        "",
        [],
        worked=f"In the last state: {h2}. Before its tanh: {h2} × (1 - {h2}^2) = "
        f"{show(da2, 4)}. In the state between: {show(da2, 4)} × {w} = {show(dh1, 4)}. "
        f"Before its tanh: {show(dh1, 4)} × (1 - {h1}^2) = {show(da1, 4)}. In w both "
        f"uses count: {show(da2, 4)} × {h1} + {show(da1, 4)} × {h0} = "
        f"{show(da2 * h1 + da1 * h0, 4)}. Check: the loss at w + e and at w - e, "
        "divided by 2 e, in float64 with e about 0.00001; the relative error should "
        "be far below one in a million.",
        rubric=(
            (2, f"back through the last tanh: {show(da2, 3)}"),
            (2, f"through w and the tanh before: {show(dh1, 3)} and {show(da1, 3)}"),
            (2, f"in w the sum of both uses: {show(da2 * h1 + da1 * h0, 3)}"),
            (1, "central differences, with a small step"),
            (1, "in float64, compared by the relative error"),
        ),
    )


# ---- 04-vanishing-gradients


@exam("vanishing.norm_code", "04-vanishing-gradients", 2, "follow a norm backwards")
def _(rng):
    H, k = _whole(rng, (4, 60), (8, 40))
    r = round(float(rng.uniform(0.85, 1.15)), 2)
    code = (
        f"g = np.ones({H})\n"
        f"for step in range({k}):\n"
        f"    g = g @ ({r} * np.eye({H}))\n"
        "print(np.linalg.norm(g))"
    )
    root = math.sqrt(H)
    return Drawn(
        "What is printed? (three digits)" + _fence(code),
        float(_printed(code)),
        [
            (r**k, f"The norm of {H} ones is not 1."),
            (r**k * H, "A norm is the root of the sum of the squares."),
            (k * r * root, "Factors multiply; they do not add up."),
            (r * root, "That is one step."),
        ],
        rtol=THREE_DIGITS,
        worked=f"Each step multiplies by {r}: √({H}) × {r}^{k} = {show(root * r**k)}.",
    )


@exam("vanishing.clip_vector", "04-vanishing-gradients", 2, "keep the direction")
def _(rng):
    a, b = _decimals(rng, 1, 0.5, 0.9)[0], _whole(rng, (4, 15))[0]
    norm = math.hypot(a, b)

    def vector(x, y):
        return f"({show(x)}, {show(y)})"

    return Drawn(
        f"The gradient ({a}, {b}) is clipped to norm 1. What comes out, to three "
        "digits?",
        vector(a / norm, b / norm),
        [
            (vector(a, 1), "That is clipping by value: it changes the direction."),
            (
                vector(a / (a + b), b / (a + b)),
                "Divided by the sum; the norm is the root of the sum of the squares.",
            ),
            (vector(a / b, 1), "Divided by the largest entry, not by the norm."),
            (vector(math.sqrt(0.5), math.sqrt(0.5)), "The direction must be kept."),
        ],
        worked=f"The norm is √({a}^2 + {b}^2) = {show(norm, 5)}, above 1; both entries "
        f"are divided by it: {a} / {show(norm, 5)} = {show(a / norm)} and "
        f"{b} / {show(norm, 5)} = {show(b / norm)}.",
    )


@exam("vanishing.lstm_clip", "04-vanishing-gradients", 3, "say what gates do not cure")
def _(rng):
    T = int(rng.integers(60, 150))
    f, grow = round(float(rng.uniform(0.95, 0.99)), 2), _decimals(rng, 1, 1.05, 1.15, 2)
    return Drawn(
        f'A colleague says: "We use an LSTM over {T} steps, so we need no clipping." '
        f"Take a forget gate of {f} along the cell, and, along the way through h, a "
        f"factor of {grow[0]} per step. What do the gates ease, what do they not cure, "
        "and where does clipping belong in the training step? Use the numbers.",
        "",
        [],
        worked=f"Along the cell {f}^{T} = {show(f**T)} of a gradient arrives, where a "
        "plain RNN may lose nearly all: the gates ease vanishing. Along the other way, "
        f"through h, W_hh and the gates, it can grow: {grow[0]}^{T} = "
        f"{show(grow[0] ** T)}. Nothing in the cell bounds that, so an LSTM can "
        "explode. Clip the norm of all gradients together after backward and before "
        "the step of the optimiser. It shrinks what is too large, and brings back "
        "nothing that has vanished.",
        rubric=(
            (2, f"along the cell vanishing is eased, {f} to the power {T}"),
            (2, "through h and W_hh gradients can still grow"),
            (1, "clip after backward, before the step"),
            (1, "clipping does nothing against vanishing"),
        ),
    )


# ---- 11-lstm


@exam("lstm.backward", "11-lstm", 3, "carry out a backward step of the cell")
def _(rng):
    f, o = _decimals(rng, 2, 0.2, 0.9)
    c, dh, dc = _decimals(rng, 3, 0.3, 1.5)
    t = math.tanh(c)
    total = dc + dh * o * (1 - t**2)
    return Drawn(
        f"At one step of an LSTM cell f = {f}, o = {o}, and the new cell is {c}. The "
        f"gradient in h is {dh}, and {dc} reaches the cell from the next step. What is "
        "the gradient in the old cell? (three digits)",
        total * f,
        [
            (dc * f, "What reaches the cell through h is missing."),
            (total, "That is in the new cell; the way to the old one leads through f."),
            ((dc + dh * o) * f, "The slope of the tanh is missing."),
            (
                (dc + dh * (1 - t**2)) * f,
                "The output gate stands between h and the cell.",
            ),
            (dh * o * (1 - t**2) * f, "What comes from the next step is missing."),
        ],
        rtol=THREE_DIGITS,
        worked=f"Through h come {dh} × {o} × (1 - tanh({c})^2) = "
        f"{show(total - dc, 5)}; in the new cell that makes {dc} + "
        f"{show(total - dc, 5)} = {show(total, 5)}, and in the old one "
        f"{show(total, 5)} × {f} = {show(total * f)}.",
    )


@exam("lstm.cases", "11-lstm", 1, "read the forget and the input gate")
def _(rng):
    high, low = round(rng.uniform(0.97, 0.99), 2), round(rng.uniform(0.01, 0.03), 2)
    keep, write = (bool(v) for v in rng.integers(2, size=2))
    ways = {
        (True, False): "It keeps what it held",
        (False, True): "It takes over the candidate",
        (False, False): "It is emptied",
        (True, True): "The candidate is added to what it held",
    }
    right = ways.pop((keep, write))
    f, i = (high if keep else low), (high if write else low)
    return Drawn(
        f"At some step the forget gate of an LSTM cell is {f} and its input gate {i}. "
        "What happens to the cell, nearly?",
        right,
        [
            (
                way,
                f"That takes f near {int(a)} and i near {int(b)}: f is what is kept, "
                "i what is let in.",
            )
            for (a, b), way in ways.items()
        ],
        worked=f"c' = {f} c + {i} g: f near {int(keep)} "
        f"{'keeps' if keep else 'erases'}, i near {int(write)} "
        f"{'lets the candidate in' if write else 'keeps the candidate out'}.",
    )


@exam("lstm.packed_code", "11-lstm", 2, "know the shapes of packed weights")
def _(rng):
    D, H = _whole(rng, (3, 20), (21, 60))
    code = (
        "from rnnbook.layers import LSTM\n"
        f"lstm = LSTM({D}, {H})\n"
        'print(lstm.params["W_xh"].shape, lstm.params["b_h"].shape)'
    )
    return Drawn(
        "What is printed?" + _fence(code),
        _printed(code),
        [
            (f"({D}, {H}) ({H},)", "Three gates and the candidate lie side by side."),
            (
                f"({4 * H}, {D}) ({4 * H},)",
                "That is PyTorch's way; here inputs are rows.",
            ),
            (f"({D}, {3 * H}) ({3 * H},)", "Three blocks belong to the GRU."),
            (f"({D + H}, {4 * H}) ({4 * H},)", "W_hh is an array of its own here."),
        ],
        worked=f"Inputs are rows, and the four blocks i, f, g, o lie side by side: "
        f"4 × {H} = {4 * H} columns, and as many biases.",
    )


@exam("lstm.one_matrix", "11-lstm", 3, "recognise a wrong LSTM by what it cannot do")
def _(rng):
    D, H = _whole(rng, (5, 40), (16, 100))
    block = D * H + H * H + H
    return Drawn(
        f"A tutorial with {D} inputs and {H} units computes `a = x @ W + h @ U + b` "
        f"with W of shape ({D}, {H}), then `i = f = o = sigmoid(a)` and `g = "
        "tanh(a)`. How many numbers does it learn, how many does an LSTM learn (one "
        "bias), what can this cell not do, and by which test would you show it?",
        "",
        [],
        worked=f"It learns {D} × {H} + {H} × {H} + {H} = {block} numbers, an LSTM "
        f"4 × {block} = {4 * block}. With f = i a cell that keeps (f near 1) must "
        "also write (i near 1), and one that writes nothing forgets; and with o = f "
        "it cannot keep and hide. So it cannot hold a bit while inputs come and go. "
        "Test: show a bit once, then noise over many steps, and ask for the bit; or "
        "count the parameters; or compare one step with `torch.nn.LSTM`.",
        rubric=(
            (1, f"{block} numbers"),
            (1, f"{4 * block} for the LSTM"),
            (3, "keeping and writing cannot be separated, as f = i"),
            (1, "a test that needs holding, or a comparison with a library"),
        ),
    )


# ---- 12-gru


@exam("gru.candidate", "12-gru", 2, "compute a candidate with the reset gate after")
def _(rng):
    a, u, b, h, r = _decimals(rng, 5, 0.2, 0.9)
    return Drawn(
        f"One unit of a PyTorch GRU (reset gate after the product): the candidate's "
        f"input part is {a}, W_hn = {u}, b_hn = {b}, the old state {h}, and r = {r}. "
        "What is the candidate? (three digits)",
        math.tanh(a + r * (u * h + b)),
        [
            (
                math.tanh(a + u * (r * h) + b),
                "That is the reset gate before the product: the bias escapes it.",
            ),
            (math.tanh(a + u * h + b), "The reset gate is missing."),
            (r * math.tanh(a + u * h + b), "The reset gate stands within the tanh."),
            (a + r * (u * h + b), "The tanh is missing."),
        ],
        rtol=THREE_DIGITS,
        worked=f"The product with its bias is {u} × {h} + {b} = {show(u * h + b, 4)}; "
        f"tanh({a} + {r} × {show(u * h + b, 4)}) = "
        f"{show(math.tanh(a + r * (u * h + b)))}.",
    )


@exam("gru.sign", "12-gru", 3, "carry weights from one convention to the other")
def _(rng):
    a = round(float(rng.uniform(0.5, 2.5)), 1)
    z = _sigmoid(a)
    return Drawn(
        "A paper writes h' = (1 - z) h + z n, and this book h' = (1 - z) n + z h. In "
        f"the paper's trained network a unit's update gate is the sigmoid of {a}, "
        f"which is {show(z)}. Which change of the weights gives the same network in "
        "the book's convention?",
        "Weights and bias of the update gate change their sign",
        [
            (
                "The blocks of the update and the reset gate change places",
                "The gates keep their jobs; only keeping and taking are exchanged.",
            ),
            (
                "Each weight w of the update gate becomes 1 - w",
                "It is the gate that must become 1 - z, not the weight.",
            ),
            (
                "Weights and bias of the candidate change their sign",
                "That turns the candidate round, and leaves the blend as it is.",
            ),
        ],
        worked=f"Here z must be 1 - {show(z, 4)} = {show(1 - z, 4)}, and that is "
        f"σ(-{a}) = {show(1 - z)}.",
    )


@exam("gru.units", "12-gru", 3, "compare GRU and LSTM at equal size")
def _(rng):
    D, H = _whole(rng, (10, 60), (40, 120))
    size = 4 * (D * H + H * H + H)
    K = max(k for k in range(1, 2 * H) if 3 * (D * k + k * k + k) <= size)
    return Drawn(
        f"An LSTM has {D} inputs and {H} cells. How many units may a GRU with the same "
        "inputs have at most, so that it does not learn more numbers? (one bias for "
        "each block in both)",
        K,
        [
            (H, "With as many units the GRU has three quarters of the numbers."),
            (4 * H // 3, "The matrix of the state grows with the square of the units."),
            (K + 1, "That one learns a few more than the LSTM."),
        ],
        worked=f"The LSTM learns 4 × ({D} × {H} + {H}^2 + {H}) = {size}. A GRU with "
        f"{K} units learns 3 × ({D} × {K} + {K}^2 + {K}) = {3 * (D * K + K * K + K)}, "
        f"with one more 3 × ({D} × {K + 1} + {K + 1}^2 + {K + 1}) = "
        f"{3 * (D * (K + 1) + (K + 1) ** 2 + K + 1)}.",
    )


@exam("gru.step_code", "12-gru", 2, "read a step of the GRU")
def _(rng):
    v, h = round(float(rng.uniform(0.4, 2.5)), 1), round(float(rng.uniform(0.3, 2)), 1)
    code = (
        "from rnnbook.cells import gru_step  # gates r, z, n\n"
        f"params = {{'W_xh': np.zeros((1, 3)), 'W_hh': np.zeros((1, 3)),\n"
        f"          'b_h': np.array([0.0, {v}, 0.0])}}\n"
        f"h, _ = gru_step(np.ones((1, 1)), np.array([[{h}]]), params)\n"
        "print(h.item())"
    )
    z = _sigmoid(v)
    return Drawn(
        "What is printed? In the convention of this book z keeps. (three digits)"
        + _fence(code),
        float(_printed(code)),
        [
            ((1 - z) * h, "Here z is what is kept of the state."),
            (0.5 * h, "The bias stands in the block of z, the second one."),
            (h, "z is not 1: a part of the state is given up."),
            (z, "The gate is multiplied by the state."),
        ],
        rtol=THREE_DIGITS,
        worked=f"z = σ({v}) = {show(z, 5)}, and the candidate is tanh(0) = 0: "
        f"{show(z, 5)} × {h} = {show(z * h)}.",
    )


# ---- 13-three-libraries


@exam("libraries.time_first", "13-three-libraries", 2, "know which axis is time")
def _(rng):
    B, T, D, H = _whole(rng, (2, 9), (10, 30), (3, 9), (31, 60))
    code = (
        "import torch\n"
        f"lstm = torch.nn.LSTM({D}, {H})\n"
        f"out, (h, c) = lstm(torch.zeros({B}, {T}, {D}))\n"
        "print(tuple(out.shape), tuple(h.shape))"
    )
    return Drawn(
        f"{B} sequences of {T} steps with {D} features each are given to PyTorch. What "
        "is printed?" + _fence(code),
        _printed(code),
        [
            (
                f"({B}, {T}, {H}) (1, {B}, {H})",
                "Without batch_first=True the first axis is time: the state has a "
                f"batch of {T}.",
            ),
            (f"({T}, {B}, {H}) (1, {B}, {H})", "Nothing is transposed."),
            (f"({B}, {T}, {H}) ({B}, {H})", "The state has an axis for the layers."),
            (
                f"({B}, {T}, {D}) (1, {T}, {D})",
                f"The layer turns {D} features into {H} units.",
            ),
        ],
        worked=f"The default is time first: PyTorch reads {B} steps of a batch of {T}, "
        "gives no error, and mixes the sequences.",
    )


@exam("libraries.reshape", "13-three-libraries", 2, "swap axes without scrambling")
def _(rng):
    T, B = _whole(rng, (4, 8), (2, 4))
    start = int(rng.integers(10, 60))
    code = (
        f"x = np.arange({start}, {start + T * B}).reshape({T}, {B})  # steps, batch\n"
        f"print(x.reshape({B}, {T})[1].tolist())"
    )
    x = np.arange(start, start + T * B).reshape(T, B)
    return Drawn(
        f"Somebody wants the second of {B} sequences and writes this. What is "
        "printed?" + _fence(code),
        _printed(code),
        [
            (
                str(x.T[1].tolist()),
                "That is the second sequence; reshape does not swap axes.",
            ),
            (str(x.reshape(B, T)[0].tolist()), "The second row has the number 1."),
            (str(x.T[0].tolist()), "That is the first sequence, and a transposition."),
            (str(x[1].tolist()), "The new rows are longer than the old ones."),
        ],
        worked=f"reshape cuts the same run of numbers into {B} rows of {T}; it does "
        f"not swap axes. The second row is {x.reshape(B, T)[1].tolist()}, the second "
        f"sequence would be {x.T[1].tolist()} (x.T, or np.swapaxes).",
    )


@exam("libraries.order", "13-three-libraries", 2, "convert the order of the gates")
def _(rng):
    D, H = _whole(rng, (4, 40), (16, 100))
    return Drawn(
        f"The input weights of a PyTorch GRU, transposed to ({D}, {3 * H}), hold the "
        f"blocks r, z, n of {H} columns each. Which of these columns come first in the "
        "kernel of a Keras GRU?",
        f"{H} to {2 * H - 1}",
        [
            (f"0 to {H - 1}", "Keras does not begin with the reset gate."),
            (f"{2 * H} to {3 * H - 1}", "In both libraries the candidate comes last."),
            (f"0, 3, 6, ... {3 * H - 3}", "Gates lie in blocks, not interleaved."),
        ],
        worked=f"Keras packs z, r, h: first the update gate, in PyTorch the second "
        f"block, which ends before column 2 × {H} = {2 * H}. All shapes would agree "
        "without the exchange, and all answers be wrong.",
    )


@exam("libraries.proof", "13-three-libraries", 3, "prove that two layers are the same")
def _(rng):
    B, T, D, H = _whole(rng, (2, 6), (5, 12), (3, 9), (4, 12))
    return Drawn(
        f"You have written a GRU layer in NumPy and want to prove that it equals "
        f"PyTorch's, with a batch of {B}, {T} steps, {D} inputs and {H} units. Which "
        "arrays do you compare, how many numbers are that for the gradients, and which "
        "choices (values, precision, initial state, loss) make the comparison able to "
        "find a mistake?",
        "",
        [],
        worked="The outputs of all steps, the last state, and the gradients of all "
        "weights, of both biases, of the inputs and of the initial state: weights 3 × "
        f"({D} × {H} + {H} × {H} + 2 × {H}) = {3 * (D * H + H * H + 2 * H)}, inputs "
        f"{B} × {T} × {D} = {B * T * D}, initial state {B} × {H} = {B * H}. Random "
        "values everywhere, also for the biases and the initial state: zeros hide "
        "what is multiplied by them. float64, with a relative error near 1e-12. A "
        "loss that weighs every output differently, as a plain sum hides exchanged "
        "outputs. More than one sequence, and sizes that differ, so that no axis can "
        "be exchanged.",
        rubric=(
            (2, "outputs, and gradients of weights, inputs and initial state"),
            (1, f"{3 * (D * H + H * H + 2 * H)} numbers for the weights"),
            (1, "random biases and a random initial state, not zeros"),
            (1, "float64, or a tolerance that fits the precision"),
            (1, "a loss with random weights, or sizes that all differ"),
        ),
    )


# ---- 14-inside-the-gates


@exam("gates.chance", "14-inside-the-gates", 1, "expect finds by chance")
def _(rng):
    H, p = int(rng.choice([64, 128, 256, 512])), round(rng.uniform(0.01, 0.06), 3)
    return Drawn(
        f"In an untrained network {H} cells are tested, each with a test that a cell "
        f"which follows nothing passes with probability {p}. How many cells do you "
        "expect to pass? (three digits)",
        H * p,
        [
            (
                1 - (1 - p) ** H,
                "That is the probability that at least one passes.",
            ),
            (p, "That is the probability for one cell."),
            (H * (1 - p), "So many fail."),
            (1 / p, "So many cells must be tested for one to pass, in the mean."),
        ],
        rtol=THREE_DIGITS,
        worked=f"Expectations add up, whether cells are independent or not: "
        f"{H} × {p} = {show(H * p)}.",
    )


@exam("gates.horizon", "14-inside-the-gates", 3, "say what a half-life does not tell")
def _(rng):
    half, ago = _whole(rng, (40, 120), (121, 400))
    share = 100 * 0.5 ** (ago / half)
    return Drawn(
        f"The forget gates of a cell have a half-life of {half} steps. What do they "
        f"tell about the character of {ago} steps ago?",
        f"{show(share)} % of what it wrote into this cell is left, if it wrote "
        "anything",
        [
            (
                f"The network knows {show(share)} % of the characters of that time",
                "A share of a number is left, not a share of characters.",
            ),
            (
                f"The network knows nothing of it, as {ago} is more than {half}",
                "Half-lives do not end a memory; and other cells remember, too.",
            ),
            (
                "The network knows it, as the cell has not been emptied",
                "Whether anything was written, and can be read, the gates do not say.",
            ),
        ],
        worked=f"0.5^({ago} / {half}) = {show(share / 100, 4)} is left of what was "
        "written. Whether the character wrote anything, and whether the rest of the "
        "network can still tell it from other traces, must be measured.",
    )


@exam("gates.cumprod_code", "14-inside-the-gates", 2, "read a memory kernel")
def _(rng):
    f = _decimals(rng, 4, 0.5, 0.98, 2)
    code = (
        f"f = np.array({f})  # forget gates, in order\n"
        "left = np.cumprod(f[::-1])[::-1]\n"
        "print(left[1])"
    )
    return Drawn(
        "What is printed? (three digits)" + _fence(code),
        float(_printed(code)),
        [
            (f[0] * f[1], "That is the product from the left, without the turns."),
            (f[2] * f[3], "The gate at the place itself is in the product."),
            (f[0] * f[1] * f[2] * f[3], "left[0] is the product of all."),
            (f[1], "The later gates are in the product as well."),
        ],
        rtol=THREE_DIGITS,
        worked=f"Turned round, multiplied up and turned back: left[1] is the product "
        f"from place 1 to the end, {f[1]} × {f[2]} × {f[3]} = "
        f"{show(f[1] * f[2] * f[3])}. So much is left at the end of what the cell held "
        "before step 1.",
    )


# ---- 21-text-generation


@exam("text.temperature", "21-text-generation", 1, "sample with a temperature")
def _(rng):
    a, b, c = _decimals(rng, 3, -1, 2)
    tau = float(rng.choice([0.5, 0.7, 0.8, 1.5, 2.0]))

    def first(*logits):
        top = max(logits)
        e = [math.exp(v - top) for v in logits]
        return e[0] / sum(e)

    right = first(a / tau, b / tau, c / tau)
    e = [math.exp(v / tau) for v in (a, b, c)]
    return Drawn(
        f"Three characters have the logits {a}, {b}, {c}. What is the probability of "
        f"the first at temperature {tau}? (three digits)",
        right,
        [
            (first(a, b, c), "That is temperature 1."),
            (first(a * tau, b * tau, c * tau), "Divide by the temperature."),
            (first(a, b, c) / tau, "Divide the logits, not the probability."),
        ],
        rtol=THREE_DIGITS,
        worked=f"exp({a} / {tau}) = {show(e[0], 5)}, exp({b} / {tau}) = "
        f"{show(e[1], 5)}, exp({c} / {tau}) = {show(e[2], 5)}; "
        f"{show(e[0], 5)} / ({show(e[0], 5)} + {show(e[1], 5)} + {show(e[2], 5)}) = "
        f"{show(right)}.",
    )


@exam("text.perplexity", "21-text-generation", 1, "convert bits to perplexity")
def _(rng):
    bits = round(float(rng.uniform(1.2, 4.5)), 2)
    return Drawn(
        f"A model needs {bits} bits per character. What is its perplexity? (three "
        "digits)",
        2**bits,
        [
            (math.exp(bits), "That takes the bits for nats."),
            (bits, "The perplexity is the number of equally likely choices."),
            (2 ** (bits * math.log(2)), "The bits are bits already."),
            (bits * math.log(2), "Those are the nats."),
        ],
        rtol=THREE_DIGITS,
        worked=f"2^{bits} = {show(2**bits)}: as uncertain as between so many equally "
        "likely characters.",
    )


@exam("text.top_p_code", "21-text-generation", 2, "say what top-p keeps")
def _(rng):
    cuts = np.sort(rng.choice(np.arange(2, 99), size=5, replace=False))
    p = np.sort(np.diff([0, *cuts, 100]))[::-1] / 100
    limit = round(float(rng.uniform(0.5, 0.95)), 2) + 0.005
    code = (
        "from rnnbook.sampling import top_p\n"
        f"p = np.array({p.tolist()})\n"
        f"print(np.count_nonzero(top_p(p, {limit:.3f})))"
    )
    kept = int(_printed(code))
    sums = ", ".join(show(v) for v in np.cumsum(p)[:kept])
    return Drawn(
        "What is printed?" + _fence(code),
        kept,
        [
            (kept - 1, "The character that crosses the limit is kept."),
            (len(p), "The tail is cut off."),
            (
                int((p >= 1 - limit).sum()),
                "The limit is for the sum, not for each probability.",
            ),
        ],
        worked=f"The sums from the left are {sums}; the last of them is the first to "
        f"reach {limit:.3f}, and what crosses is kept: {kept} are left.",
    )


@exam("text.stateful", "21-text-generation", 2, "carry a state through a text")
def _(rng):
    B, T = _whole(rng, (16, 128), (40, 120))
    return Drawn(
        f"A Keras model with stateful=True is trained on a long text in pieces of {T} "
        f"characters, batch {B}, with shuffle=True. What happens?",
        "Each row goes on from the state of a piece from elsewhere in the text",
        [
            (
                "Keras sorts the pieces, so that each row continues",
                "Keras does not know what the pieces hold; row follows row.",
            ),
            (
                "The state is set to zero after each batch, as without stateful",
                "stateful=True keeps the state until it is reset.",
            ),
            (
                "Keras refuses to shuffle, with an error",
                "There is no error; that is what makes the mistake hard to see.",
            ),
        ],
        worked=f"Row k of a batch hands its state to row k of the next, of {B} rows. "
        "It helps only if the piece there continues the text: shuffle=False, and "
        "streams side by side.",
    )


@exam("text.good_text", "21-text-generation", 3, "judge a generated text")
def _(rng):
    bits, human = _decimals(rng, 1, 0.3, 0.7, 2)[0], _decimals(rng, 1, 1.6, 2.4, 2)[0]
    tau, n = _decimals(rng, 1, 0.2, 0.4)[0], 100 * int(rng.integers(5, 30))
    return Drawn(
        f"A sample of {n} characters, drawn at temperature {tau}, costs the model that "
        f"wrote it {bits} bits per character; held-out human text costs it {human}. "
        "The "
        'authors conclude: "Our text is better than human text." What do the numbers '
        "say? Name two measurements that you would make on the sample, and one on the "
        "model.",
        "",
        [],
        worked=f"The sample costs {bits} × {n} = {show(bits * n, 6)} bits, human text "
        f"of that length {human} × {n} = {show(human * n, 6)}. A low temperature picks "
        "what is likely, so the sample is likely by construction; text that is far "
        "more likely than human text is, most probably, repetitive. On the sample: "
        "the share of repeated n-grams, or of different words; the longest passage "
        "copied from the training text. On the model: bits per character on held-out "
        "text, against n-grams or a compressor.",
        rubric=(
            (2, "likely under the model is not good: the temperature makes it so"),
            (1, "repetition in the sample, as a number"),
            (1, "copies from the training text"),
            (2, "bits on held-out text, beside a baseline"),
        ),
    )


# ---- 22-mnist-rows


@exam("images.last_code", "22-mnist-rows", 2, "trace the shapes of images read by rows")
def _(rng):
    B, R, C, H = _whole(rng, (2, 9), (10, 20), (21, 30), (32, 90))
    code = (
        "import torch\n"
        f"images = torch.zeros({B}, 1, {R}, {C})\n"
        f"lstm = torch.nn.LSTM({C}, {H}, batch_first=True)\n"
        "out, _ = lstm(images.squeeze(1))\n"
        "print(tuple(out[:, -1].shape))"
    )
    return Drawn(
        f"{B} grey images of {R} rows and {C} columns. What is printed?" + _fence(code),
        _printed(code),
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
        "to either side? (normal approximation, three digits)",
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
    recipes, n = _whole(rng, (15, 60), (4, 20))
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


# ---- 23-stock-prediction


@exam("stock.r2", "23-stock-prediction", 2, "show why R² flatters on prices")
def _(rng):
    moves = rng.integers(1, 9, size=5) * rng.choice([-1, 1, 1], size=5)
    price = 100 + np.cumsum(moves)
    true, last = price[1:], price[:-1]
    sse = float(((true - last) ** 2).sum())
    sst = float(((true - true.mean()) ** 2).sum())
    return Drawn(
        f"A share cost {price.tolist()} on five days. The forecast for each of the "
        "last four is the price of the day before. What is R² of these four "
        "forecasts? (three digits)",
        1 - sse / sst,
        [
            (sse / sst, "That is the share not explained."),
            (1 - sse / float((true**2).sum()), "The mean is subtracted first."),
            (
                1 - sse / float(((price - price.mean()) ** 2).sum()),
                "The spread is that of the four days that were forecast.",
            ),
            (1 - math.sqrt(sse / sst), "R² takes the squares, without a root."),
        ],
        rtol=THREE_DIGITS,
        worked=f"The errors are {(true - last).tolist()}, their squares sum to "
        f"{show(sse)}; the four prices have the mean {show(true.mean(), 5)}, and the "
        f"squared distances sum to {show(sst, 6)}. 1 - {show(sse)} / {show(sst, 6)} = "
        f"{show(1 - sse / sst)}. On a long trend this comes near 1 without any skill.",
    )


@exam("stock.scaler_code", "23-stock-prediction", 2, "fit a scaler without a leak")
def _(rng):
    train = np.sort(rng.choice(np.arange(50, 120), size=4, replace=False))
    test = np.sort(rng.choice(np.arange(121, 180), size=2, replace=False))
    code = (
        f"train, test = np.array({train.tolist()}), np.array({test.tolist()})\n"
        "low, high = train.min(), train.max()\n"
        "print(((test - low) / (high - low))[-1])"
    )
    low, high, last = int(train.min()), int(train.max()), int(test[-1])
    return Drawn(
        "What is printed? (three digits)" + _fence(code),
        float(_printed(code)),
        [
            (1.0, "Only the training part lies in 0 to 1; nothing is cut off."),
            (
                (int(test[0]) - low) / (high - low),
                "That is the first test value; `[-1]` is the last.",
            ),
            (last / high, "The smallest value is subtracted first."),
            (
                (high - low) / (last - low),
                "That is how high the training part reaches if all is scaled.",
            ),
        ],
        rtol=THREE_DIGITS,
        worked=f"({last} - {low}) / ({high} - {low}) = "
        f"{show((last - low) / (high - low))}. A test value beyond 1 is right: the "
        "scaler must not know how high the price will rise.",
    )


@exam("stock.horizons", "23-stock-prediction", 2, "recognise a forecast that is fed")
def _(rng):
    days = int(rng.integers(10, 40))
    error = round(float(rng.uniform(0.8, 3)), 2)
    return Drawn(
        f"A report shows forecasts of a share price for 1 to {days} days ahead. The "
        f"mean absolute error is {error} dollars at each horizon. What is the most "
        "likely reason?",
        "The true prices of the days between were fed in at each step",
        [
            (
                "The network has learned the long-term trend",
                "A trend leaves the daily changes, whose errors pile up.",
            ),
            (
                "The errors of the days cancel each other",
                "Their variances add up: the error grows with the horizon.",
            ),
            (
                "The price moves little over so few days",
                f"Then the error at one day would be far below that at {days}.",
            ),
        ],
        worked=f"If daily changes are independent, the error at {days} days is about "
        f"√({days}) = {show(math.sqrt(days))} times that of one day. A flat curve "
        f"means {days} forecasts of one day each.",
    )


@exam("stock.overlay", "23-stock-prediction", 3, "expose yesterday's value in disguise")
def _(rng):
    n = int(rng.integers(150, 400))
    naive = round(float(rng.uniform(1.2, 2.2)), 2)
    ours = round(naive * float(rng.uniform(1.05, 1.35)), 2)
    r2 = round(float(rng.uniform(0.94, 0.98)), 2)
    return Drawn(
        f"A notebook forecasts a share on {n} test days with an R² of {r2}; the two "
        f"curves in its picture can hardly be told apart. Its RMSE is {ours} dollars; "
        f"that of the last price is {naive}. What is the skill against the last price, "
        "what has the network learned, and which two further checks would show it to "
        "the author?",
        "",
        [],
        worked=f"1 - {ours} / {naive} = {show(1 - ours / naive)}: worse than the last "
        "price. R² on levels compares with the mean of the whole test part, which no "
        "one would forecast; the last price has a high R², too. The network repeats "
        "the last price, with some noise. Checks: plot the forecast against the price "
        "shifted by one day, where it fits better; correlate forecast and true "
        "changes, or count how often the direction is right, with an interval; "
        "repeat with other seeds or origins.",
        rubric=(
            (2, f"skill {show(1 - ours / naive)}, so worse than the last price"),
            (1, "R² on levels says little"),
            (1, "the network repeats the last price"),
            (2, "two checks: shifted curve, changes, direction, seeds, origins"),
        ),
    )


# ---- 24-text-classification


@exam("classify.masked_code", "24-text-classification", 2, "average without padding")
def _(rng):
    a, b, c, d = _decimals(rng, 4, 0.1, 1.9)
    code = (
        f"out = np.array([[{a}, {b}, {c}, {d}], [0.5, 0.5, 0.5, 0.5]])\n"
        "lengths = np.array([2, 4])\n"
        "mask = np.arange(4) < lengths[:, None]\n"
        "print(((out * mask).sum(1) / mask.sum(1))[0])"
    )
    return Drawn(
        "Two sentences of 2 and 4 words, padded to 4; out holds the outputs of a layer "
        "with one unit. What is printed? (three digits)" + _fence(code),
        float(_printed(code)),
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
    B, T, D, H, K = _whole(rng, (2, 9), (12, 30), (3, 11), (31, 60), (2, 4))
    code = (
        "import torch\n"
        f"lstm = torch.nn.LSTM({D}, {H}, num_layers={K}, bidirectional=True,\n"
        "                     batch_first=True)\n"
        f"out, (h, c) = lstm(torch.zeros({B}, {T}, {D}))\n"
        "print(tuple(out.shape), tuple(h.shape))"
    )
    return Drawn(
        "What is printed?" + _fence(code),
        _printed(code),
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
