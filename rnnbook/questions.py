"""Quiz questions whose numbers differ from student to student.

``ask("lstm.parameters", "Ada")`` shows the question with Ada's numbers, the same at
each call and on each machine; ``ask("lstm.parameters", "Ada", 2480)`` marks an answer.
A wrong answer that a known misconception leads to is met with a sentence about that
misconception; the right number is never shown.

To add a question, write a function of a random generator that returns a
:class:`Drawn`, and decorate it with ``@question(name, page)``. Each value in ``wrong``
must differ from the answer and from the others for most draws; draws where they meet
are drawn again. A test tries every question with many students.
"""

import hashlib
import math
import os
import unicodedata
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np


class Drawn(NamedTuple):
    """A question with its numbers filled in.

    ``wrong`` pairs the number that a misconception leads to with what to say about it.
    Answers are compared to a relative tolerance of ``rtol``; 0 asks for the very
    number. ``worked`` is the way to the answer with these numbers, for the teacher.

    Only in an exam (``assignments/exam_bank.py``): ``answer`` and the first parts of
    ``wrong`` are texts, for a choice; or there is no ``wrong``, but a ``rubric`` of
    points and what each is for.
    """

    text: str
    answer: float | str
    wrong: list[tuple[float | str, str]]
    rtol: float = 0.0
    worked: str = ""
    rubric: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Reply:
    """What :func:`ask` says: Markdown in a notebook, plain text in a terminal."""

    message: str
    passed: bool = False

    def __str__(self) -> str:
        return self.message.replace("**", "").replace("`", "")

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return self.message


THREE_DIGITS = 6e-3  # what rounding to three digits may change

QUESTIONS: dict[str, tuple[Callable[[np.random.Generator], Drawn], str]] = {}


def question(name: str, page: str):
    """Enter a question under a name, with the chapter that teaches its answer."""

    def enter(draw: Callable[[np.random.Generator], Drawn]):
        QUESTIONS[name] = draw, page
        return draw

    return enter


def show(x: float, digits: int = 3) -> str:
    """A number as a worked answer writes it: whole ones whole, no ``e``."""
    if float(x).is_integer() and abs(x) < 1e15:
        return str(int(x))
    if 1e-4 <= abs(x) < 1e7:
        digits = max(digits, len(str(int(abs(x)))))
        return np.format_float_positional(x, digits, fractional=False, trim="-")
    mantissa, power = f"{x:.{digits - 1}e}".split("e")
    return f"{mantissa} × 10^{int(power)}"


def par(x: float) -> str:
    """The number, in parentheses if it is negative: ready for a product or a sum."""
    return f"({x})" if x < 0 else str(x)


def _same(a: float | str, b: float | str, rtol: float) -> bool:
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    return math.isclose(a, b, rel_tol=max(rtol, 1e-9), abs_tol=1e-12)


def same_id(text: str) -> str:
    """A form of a name that is the same however it was typed or stored.

    Capitals, outer blanks, the two ways to write an accent (a macOS disk has the
    other one), wide or narrow characters, and marks that nobody sees make no
    difference. A name in plain ASCII is only made small and stripped.
    """
    shown = (c for c in str(text) if unicodedata.category(c) != "Cf")
    composed = unicodedata.normalize("NFKC", "".join(shown)).casefold()
    return unicodedata.normalize("NFKC", composed).strip()


def drawn(name: str, student: str) -> Drawn:
    """The question as this student sees it.

    Raises
    ------
    ValueError
        If there is no such question, or ``student`` is not a name.
    """
    _known(name, student)
    return draw(QUESTIONS[name][0], f"{name}/{same_id(student)}")


def _known(name: str, student: str) -> None:
    if not isinstance(name, str) or name not in QUESTIONS:
        near = get_close_matches(_words(name), QUESTIONS, n=3, cutoff=0.3)
        raise ValueError(
            f"name: expected one of {near or sorted(QUESTIONS)}, got {_words(name)}"
        )
    if not isinstance(student, str) or not same_id(student):
        raise ValueError(f"student: expected a name, got {_words(student)}")


def generator(key: str) -> np.random.Generator:
    """A random generator for a key, the same on each machine."""
    return np.random.default_rng(list(hashlib.sha256(key.encode()).digest()))


def draw(make: Callable[[np.random.Generator], Drawn], key: str) -> Drawn:
    """What ``make`` draws for a key, such that no two of the values meet.

    Raises
    ------
    RuntimeError
        If they meet in each of 1000 draws: two misconceptions are one.
    """
    rng = generator(key)
    for _ in range(1000):
        q = make(rng)
        values = [q.answer, *(value for value, _ in q.wrong)]
        pairs = [(a, b) for i, a in enumerate(values) for b in values[:i]]
        if not any(_same(a, b, 2 * q.rtol) for a, b in pairs):
            return q
    raise RuntimeError(f"{key}: two of the values are the same in every draw")


def _words(value: Any) -> str:
    """What somebody wrote, for a message; never too long, and never an error."""
    try:
        text = " ".join(str.__str__(repr(value)).split())
    except BaseException:  # an object of theirs, or a number of 5000 digits
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:60]} ..."


def number(answer: Any) -> float:
    """An answer as a finite number.

    Raises
    ------
    ValueError
        If it is none, whatever else it does when it is asked for one.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = _float(answer)
    except BaseException:  # it may be an object that raises anything
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"answer: expected a finite number, got {_words(answer)}")
    return value


def _float(answer: Any) -> float:
    if isinstance(answer, np.ndarray):
        answer = answer.item()
    if isinstance(answer, complex | np.complexfloating):
        raise TypeError("a part of it would be lost")
    return float(answer)


def reply_to(name: str, student: str, answer: Any) -> Reply:
    """Mark an answer; see :func:`ask`.

    The answer is made a number before the right one is drawn: an object that is asked
    for its number finds nothing to look at.
    """
    _known(name, student)
    value = number(answer)
    q = drawn(name, student)
    if _same(value, q.answer, q.rtol):
        return Reply(f"**Right**, {student.strip()}.", passed=True)
    for wrong, sentence in q.wrong:
        if _same(value, wrong, q.rtol):
            return Reply(f"**Not yet.** {sentence}")
    page = QUESTIONS[name][1]
    return Reply(f"**Not yet**, and no mistake that is known here. See `{page}`.")


def _validating() -> bool:
    """Whether nbgrader's *Validate* runs the notebook: only errors count there."""
    return os.environ.get("NBGRADER_EXECUTION") == "validate"


def ask(name: str, student: str, answer: float | None = None) -> Reply:
    """Show a question, or mark an answer to it.

    Parameters
    ----------
    name : str, such as ``"lstm.parameters"``
    student : str
        Decides the numbers. How it is typed does not matter, see :func:`same_id`.
    answer : a number, optional

    Returns
    -------
    Reply
        ``passed`` is True for a right answer only.

    Raises
    ------
    ValueError
        If there is no such question, ``student`` is not a name, or ``answer`` is not
        a finite number.
    AssertionError
        While nbgrader validates a notebook, if the answer is wrong.
    """
    if answer is None:
        q = drawn(name, student)
        return Reply(f"**{name}, for {student.strip()}.** {q.text}")
    reply = reply_to(name, student, answer)
    if not reply.passed and _validating():
        raise AssertionError(f"{name}: {reply}")
    return reply


def ask_all(student: str, given: Mapping[str, Any], names: Sequence[str]) -> None:
    """Print what :func:`ask` says to each answer, and to one that is missing.

    An answer that is no number is said to be none, and hides no other.

    Raises
    ------
    ValueError
        If there is no such question, or ``student`` is not a name.
    AssertionError
        While nbgrader validates a notebook, if one is missing or wrong.
    """
    open_ones = []
    for name in names:
        passed, says = _said(name, student, given)
        print(f"{name}: {says}")
        open_ones += [] if passed else [f"{name}: {says}"]
    if open_ones and _validating():
        raise AssertionError(" ".join(open_ones))


def _said(name: str, student: str, given: Any) -> tuple[bool, str]:
    _known(name, student)
    answer = answer_of(given, name)
    if answer is None:
        return False, "no answer yet."
    try:
        reply = reply_to(name, student, answer)
    except ValueError as error:
        return False, f"{error}."
    return reply.passed, str(reply)


def answer_of(given: Any, name: str) -> Any:
    """The answer under a name; None where there is none, or no dict at all."""
    try:
        return given.get(name) if isinstance(given, Mapping) else None
    except Exception:  # a dict of theirs may do anything
        return None


# ---- the questions, by chapter


@question("sequences.windows", "01-sequences")
def _(rng):
    N, L, K = rng.integers(50, 500), rng.integers(5, 30), rng.integers(2, 8)
    return Drawn(
        f"A series has {N} values. How many windows of {L} inputs and {K} targets fit?",
        N - L - K + 1,
        [
            (
                N - L - K,
                "The last window is missing: count the starts 0, 1, ... and "
                "look where the last one may stand.",
            ),
            (
                N - L,
                "That leaves room for one target; a window must also hold the others.",
            ),
            (N - L + 1, "These are windows without any target behind them."),
            (
                N // (L + K),
                "These are windows that do not overlap; ours move on by one.",
            ),
        ],
        worked=(
            f"The first window starts at 0, the last at {N} - {L} - {K} = {N - L - K}, "
            f"so there are {N} - {L} - {K} + 1 = {N - L - K + 1}."
        ),
    )


@question("sequences.bits", "01-sequences")
def _(rng):
    nats = round(rng.uniform(1.0, 2.5), 2)
    return Drawn(
        f"A model's mean cross-entropy is {nats} nats per character. How many bits per "
        "character is that? (three digits)",
        nats / math.log(2),
        [
            (nats, "That is the number in nats. A bit is worth ln 2 nats."),
            (
                nats * math.log(2),
                "Multiplied where one divides: a text needs more bits "
                "than nats, because a bit is the smaller unit.",
            ),
            (math.exp(nats), "That is the perplexity."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"A bit is ln(2) = {show(math.log(2), 4)} nats: "
            f"{nats} / ln(2) = {show(nats / math.log(2))} bits."
        ),
    )


@question("sequences.mase", "01-sequences")
def _(rng):
    train = np.cumsum(rng.integers(1, 6, size=5) * rng.choice([-1, 1], size=5)) + 40
    true = rng.integers(35, 50, size=2)
    off = rng.choice(np.arange(1, 9), size=2, replace=False)
    mae, scale = off.mean(), np.abs(np.diff(train)).mean()
    test_scale = abs(int(true[1]) - int(true[0])) or 1
    return Drawn(
        f"Training series: {train.tolist()}. Then came {true.tolist()}, and the "
        f"forecasts were {(true + off).tolist()}. What is the MASE with season 1? "
        "(three digits)",
        mae / scale,
        [
            (
                mae,
                "That is the MAE. MASE divides it by the error of the last value "
                "within the training series.",
            ),
            (
                mae / test_scale,
                "The scale is that of the training series, not of the test part.",
            ),
            (math.sqrt((off**2).mean()) / scale, "Absolute errors, not squared ones."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The MAE is ({off[0]} + {off[1]}) / 2 = {show(mae, 4)}. Within the "
            f"training series the value changed by {np.abs(np.diff(train)).tolist()}, "
            f"in the mean {show(scale, 4)}. The MASE is {show(mae, 4)} / "
            f"{show(scale, 4)} = {show(mae / scale)}."
        ),
    )


@question("rnn.parameters", "02-rnn")
def _(rng):
    D, H, T = (int(n) for n in (rng.integers(3, 40), rng.integers(8, 64), 20))
    right = D * H + H * H + H
    return Drawn(
        f"A plain RNN layer has {D} inputs and {H} hidden units and reads sequences of "
        f"{T} steps. How many numbers does it learn (one bias)?",
        right,
        [
            (
                right * T,
                "The same weights serve every step: the length does not enter.",
            ),
            (D * H + H, "The matrix from the state to the state is missing."),
            (D * H + H * H, "The bias is missing."),
            (D * H + D * D + H, "The state goes to the state: that matrix is (H, H)."),
        ],
        worked=(
            f"W_xh has {D} × {H} = {D * H} numbers, W_hh {H} × {H} = {H * H}, the bias "
            f"{H}; the length does not enter: {D * H} + {H * H} + {H} = {right}."
        ),
    )


@question("rnn.step", "02-rnn")
def _(rng):
    w, u, b, x, h = (round(v, 1) for v in rng.uniform(-1, 1, size=5))
    a = w * x + u * h + b
    return Drawn(
        f"An RNN with one unit has W_xh = {w}, W_hh = {u}, b_h = {b}. The state is "
        f"{h}, the input {x}. What is the next state? (three digits)",
        math.tanh(a),
        [
            (a, "That is the sum before the tanh."),
            (math.tanh(w * x + b), "The old state is missing."),
            (math.tanh(u * x + w * h + b), "The two weights have changed places."),
            (math.tanh(w * x + u * h), "The bias is missing."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The sum is {w} × {par(x)} + {par(u)} × {par(h)} + {par(b)} = "
            f"{show(a, 4)}; the state is tanh({show(a, 4)}) = {show(math.tanh(a))}."
        ),
    )


@question("lstm.parameters", "11-lstm")
def _(rng):
    D, H = int(rng.integers(3, 40)), int(rng.integers(8, 64))
    gate = D * H + H * H + H
    return Drawn(
        f"How many numbers does an LSTM layer with {D} inputs and {H} cells learn, "
        "with one bias?",
        4 * gate,
        [
            (gate, "That is one gate. Gates and candidate have weights of their own."),
            (3 * gate, "Three gates, but the candidate has weights too."),
            (4 * (gate + H), "With two biases, as PyTorch counts; asked for is one."),
            (4 * (D * H + H * H), "The biases are missing."),
        ],
        worked=(
            f"One block has {D} × {H} + {H} × {H} + {H} = {gate} numbers; three gates "
            f"and the candidate have 4 × {gate} = {4 * gate}."
        ),
    )


@question("lstm.step", "11-lstm")
def _(rng):
    i, f, o = (round(v, 1) for v in rng.uniform(0.1, 0.9, size=3))
    g, c = round(rng.uniform(-0.9, 0.9), 1), round(rng.uniform(-2, 2), 1)
    c_next = f * c + i * g
    return Drawn(
        f"One cell holds c = {c}. At this step i = {i}, f = {f}, o = {o} and g = {g}. "
        "What is the output h? (three digits)",
        o * math.tanh(c_next),
        [
            (c_next, "That is the new cell. The output is gated, after a tanh."),
            (o * c_next, "The tanh between cell and output is missing."),
            (
                o * math.tanh(i * c + f * g),
                "i and f have changed places: f keeps the "
                "old cell, i lets the candidate in.",
            ),
            (
                o * math.tanh((1 - f) * c + i * g),
                "f is what is kept, not what is lost.",
            ),
            (o * math.tanh(c), "The output shows the new cell, not the old one."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The new cell is {f} × {par(c)} + {i} × {par(g)} = {show(c_next, 4)}; the "
            f"output is {o} × tanh({show(c_next, 4)}) = {show(o * math.tanh(c_next))}."
        ),
    )


@question("lstm.half_life", "11-lstm")
def _(rng):
    b = round(rng.uniform(0.5, 4), 1)
    f = 1 / (1 + math.exp(-b))
    return Drawn(
        f"The forget gate of a cell stands at the sigmoid of {b}, and nothing is "
        "written. After how many steps is half of the content left? (three digits, "
        "not rounded to whole steps)",
        math.log(2) / -math.log(f),
        [
            (
                math.log(2) / b,
                "The gate is the sigmoid of the bias, not its exponential.",
            ),
            (
                math.log(2) / (1 - f),
                "Nearly, for gates near one; but the content is "
                "multiplied by f at each step, so take the logarithm of f.",
            ),
            (-1 / math.log(f), "After that many steps 1/e is left, not one half."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The gate is σ({b}) = {show(f, 6)}. Its power k is one half at "
            f"k = ln(2) / -ln({show(f, 6)}) = {show(math.log(2) / -math.log(f))}."
        ),
    )


@question("bptt.two_steps", "03-bptt")
def _(rng):
    w, h0, h1, h2 = (round(x, 2) for x in rng.uniform(0.2, 0.8, size=4))
    s1, s2 = 1 - h1**2, 1 - h2**2
    return Drawn(
        f"One unit, h_t = tanh(w h_(t-1) + x_t) with w = {w}, started from the given "
        f"state {h0} and went through {h1} and {h2}. What is the total derivative of "
        "the last state in w? (three digits)",
        s2 * h1 + s2 * w * s1 * h0,
        [
            (s2 * h1, "That is the immediate derivative, of the last use of w alone."),
            (
                s1 * h0 + s2 * h1,
                "The first use acts through the way to the last state.",
            ),
            (h1 + w * h0, "The slopes of the tanh are factors as well."),
            (s2 * w * s1 * h0, "The last use of w counts too."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The slopes of the tanh are 1 - {h1}^2 = {show(s1, 4)} and 1 - {h2}^2 = "
            f"{show(s2, 4)}. The last use of w gives {show(s2, 4)} × {h1} = "
            f"{show(s2 * h1, 4)}, the first {show(s2, 4)} × {w} × {show(s1, 4)} × {h0} "
            f"= {show(s2 * w * s1 * h0, 4)}. Together: {show(s2 * h1, 4)} + "
            f"{show(s2 * w * s1 * h0, 4)} = {show(s2 * h1 + s2 * w * s1 * h0)}."
        ),
    )


@question("bptt.adam", "03-bptt")
def _(rng):
    g, lr = round(rng.uniform(2, 90), 1), round(rng.uniform(0.002, 0.09), 3)
    return Drawn(
        f"Adam (beta_1 = 0.9, beta_2 = 0.999) makes its very first step with learning "
        f"rate {lr}; the gradient of a weight is {g}. By how much does the weight "
        "change, without the sign? (three digits)",
        lr,
        [
            (lr * g, "That is plain gradient descent. Adam divides by the size."),
            (0.1 * lr * g, "The mean is divided by the root of the mean square."),
            (
                lr * 0.1 / math.sqrt(0.001),
                "Both means start at zero, and Adam corrects for that.",
            ),
            (lr / g, "The mean stands above the fraction too."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"Corrected for their start at zero, the mean is {g} and the mean square "
            f"{g}^2 = {show(g * g, 6)}. The step is {lr} × {g} / √({show(g * g, 6)}) = "
            f"{show(lr)}: the learning rate, whatever the gradient."
        ),
    )


@question("vanishing.factor", "04-vanishing-gradients")
def _(rng):
    w, h = round(rng.uniform(0.9, 1.4), 2), round(rng.uniform(0.3, 0.8), 2)
    k = int(rng.integers(10, 40))
    slope = 1 - h**2
    return Drawn(
        f"One unit, h = tanh({w} h + ...), and its output stays near {h}. By what "
        f"factor is the gradient multiplied on its way back over {k} steps? (three "
        "digits)",
        (w * slope) ** k,
        [
            (w**k, "The slope of the tanh is a factor at every step as well."),
            (w * slope, "That is one step."),
            (k * w * slope, "Factors multiply; they do not add up."),
            ((w * (1 - h)) ** k, "The slope of the tanh is one minus the square."),
            (slope**k, "The weight is a factor at every step as well."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"One step back multiplies by {w} × (1 - {h}^2) = {show(w * slope, 6)}; "
            f"{k} steps by {show(w * slope, 6)}^{k} = {show((w * slope) ** k)}."
        ),
    )


@question("vanishing.clip", "04-vanishing-gradients")
def _(rng):
    a, b = (round(x, 1) for x in rng.uniform(2, 12, size=2))
    limit = round(rng.uniform(0.5, 2), 1)
    both = math.hypot(a, b)
    return Drawn(
        f"The gradients of two arrays have norms {a} and {b}. Together they are "
        f"clipped to norm {limit}. What is the norm of the first one now? (three "
        "digits)",
        a * limit / both,
        [
            (limit, "Clipped are all arrays together, not each to the limit."),
            (a * limit / (a + b), "Norms do not add up; their squares do."),
            (
                a * limit / both**2,
                "The squares are summed; then comes the root.",
            ),
            (a / both, "Scaled to one, not to the limit."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The norm of both is √({a}^2 + {b}^2) = {show(both, 5)}. Everything is "
            f"multiplied by {limit} / {show(both, 5)} = {show(limit / both, 5)}: {a} × "
            f"{show(limit / both, 5)} = {show(a * limit / both)}."
        ),
    )


@question("gru.step", "12-gru")
def _(rng):
    h, n = (round(x, 1) for x in rng.uniform(-0.9, 0.9, size=2))
    z, r = (round(x, 1) for x in rng.uniform(0.2, 0.8, size=2))
    return Drawn(
        f"One unit of a GRU, in the convention of this course: the old state is {h}, "
        f"z = {z}, r = {r}, and the candidate came out as {n}. What is the new state? "
        "(three digits)",
        (1 - z) * n + z * h,
        [
            (z * n + (1 - z) * h, "That is the other convention: here z keeps."),
            (
                (1 - z) * n + z * r * h,
                "The reset gate has done its work in the candidate; the blend takes "
                "the old state in full.",
            ),
            (n + z * h, "What is kept is given up by the candidate: it has the rest."),
            (r * n + (1 - r) * h, "The blend belongs to z; r is the reset gate."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"r has done its work within the candidate: "
            f"(1 - {z}) × {par(n)} + {z} × {par(h)} = {show((1 - z) * n + z * h)}."
        ),
    )


@question("gru.half_life", "12-gru")
def _(rng):
    b = round(rng.uniform(1.5, 5), 2)
    z = 1 / (1 + math.exp(-b))
    return Drawn(
        f"The update gate of a GRU, which keeps, stands at the sigmoid of {b}, and the "
        "candidate is 0. After how many steps is half of the state left? (three "
        "digits, not rounded to whole steps)",
        math.log(2) / -math.log(z),
        [
            (
                math.log(2) / -math.log(1 - z),
                "That is for a gate that updates. Here z keeps.",
            ),
            (
                math.log(2) / (1 - z),
                "Nearly, for gates near one; but the state is multiplied by z at each "
                "step, so take its logarithm.",
            ),
            (-1 / math.log(z), "After that many steps 1/e is left, not one half."),
            (math.log(2) / b, "The gate is the sigmoid of the bias."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The gate is σ({b}) = {show(z, 6)}. Its power k is one half at "
            f"k = ln(2) / -ln({show(z, 6)}) = {show(math.log(2) / -math.log(z))}."
        ),
    )


@question("libraries.parameters", "13-three-libraries")
def _(rng):
    D, H = (int(n) for n in rng.integers(5, 60, size=2))
    return Drawn(
        f"How many numbers does torch.nn.GRU({D}, {H}) learn?",
        3 * (D * H + H * H + 2 * H),
        [
            (3 * (D * H + H * H + H), "PyTorch keeps two biases for each gate."),
            (4 * (D * H + H * H + 2 * H), "Four blocks belong to the LSTM."),
            (3 * (D * H + H * H), "The biases are learned too."),
            (3 * (D * H + H * H) + 2 * H, "Each of the three gates has two biases."),
        ],
        worked=(
            f"With its two biases a block has {D} × {H} + {H} × {H} + 2 × {H} = "
            f"{D * H + H * H + 2 * H} numbers; three blocks have "
            f"3 × {D * H + H * H + 2 * H} = {3 * (D * H + H * H + 2 * H)}."
        ),
    )


@question("libraries.bias", "13-three-libraries")
def _(rng):
    a, b = (round(x, 1) for x in rng.uniform(0.3, 2.5, size=2))

    def gate(x):
        return 1 / (1 + math.exp(-x))

    return Drawn(
        f"The forget block of a PyTorch LSTM is {a} in bias_ih_l0 and {b} in "
        "bias_hh_l0. How far is the forget gate open where input and state are zero? "
        "(three digits)",
        gate(a + b),
        [
            (gate(a), "That is the first bias alone; the second is added to it."),
            (gate(b), "That is the second bias alone; it is added to the first."),
            (gate((a + b) / 2), "The biases are added up, not averaged."),
            (a + b, "That is the sum; the gate is its sigmoid."),
            (gate(a) * gate(b), "The sum comes first, then one sigmoid."),
            (1 - gate(a + b), "A gate of one keeps: open means that it remembers."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The biases add up, {a} + {b} = {show(a + b, 4)}, and σ({show(a + b, 4)}) "
            f"= {show(gate(a + b))}."
        ),
    )


@question("gates.kernel", "14-inside-the-gates")
def _(rng):
    f = [round(float(x), 2) for x in rng.uniform(0.5, 0.98, size=4)]
    return Drawn(
        f"The forget gates of a cell at four steps are {f}. Something was written at "
        "the first of them. How much of it is left after the fourth? (three digits)",
        f[1] * f[2] * f[3],
        [
            (
                f[0] * f[1] * f[2] * f[3],
                "The gate of the step itself acts on what was there before the write.",
            ),
            (f[0] * f[1] * f[2], "The gate of the last step acts on it as well."),
            ((f[1] + f[2] + f[3]) / 3, "Gates multiply; they are not averaged."),
            (f[3], "All gates after the write act on it, not the last alone."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            "The gate of the step itself acts on what was there before; the three "
            f"later ones act on the write: {f[1]} × {f[2]} × {f[3]} = "
            f"{show(f[1] * f[2] * f[3])}."
        ),
    )


@question("gates.best_of", "14-inside-the-gates")
def _(rng):
    n, p = int(rng.integers(5, 60)), round(rng.uniform(0.01, 0.08), 3)
    return Drawn(
        f"A cell that follows nothing passes a test by chance with probability {p}. "
        f"You test {n} cells, independent of each other. With what probability does at "
        "least one pass? (three digits)",
        1 - (1 - p) ** n,
        [
            (n * p, "Probabilities that do not exclude each other do not add up."),
            (p, "That is one cell. The more you test, the likelier one passes."),
            ((1 - p) ** n, "That is the probability that none passes."),
            (p**n, "That is the probability that all pass."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"None passes with probability (1 - {p})^{n} = {show((1 - p) ** n, 6)}, at "
            f"least one with 1 - {show((1 - p) ** n, 6)} = {show(1 - (1 - p) ** n)}."
        ),
    )


@question("text.file_size", "21-text-generation")
def _(rng):
    bits, n = round(rng.uniform(1.2, 2.6), 2), int(rng.integers(20, 90)) * 1000
    size = bits * n / 8000
    return Drawn(
        f"A model needs {bits} bits for a character of a text of {n} characters. How "
        "long, in kilobytes (1000 bytes), is the file into which the text is packed "
        "with it? (three digits)",
        size,
        [
            (8 * size, "A byte has eight bits."),
            (size * math.log(2), "The bits are bits already; no nats are involved."),
            (size / math.log(2), "Nothing is to be converted: these are bits."),
            (n / 1000, "That is the text as it is, a byte for each character."),
            (2**bits * n / 8000, "That uses the perplexity. Lengths are in bits."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The text costs {bits} × {n} = {show(bits * n, 8)} bits, "
            f"{show(bits * n, 8)} / 8 = {show(bits * n / 8, 8)} bytes, "
            f"{show(bits * n / 8, 8)} / 1000 = {show(size)} kilobytes."
        ),
    )


@question("text.pointer", "21-text-generation")
def _(rng):
    p, w = round(rng.uniform(0.02, 0.3), 2), round(rng.uniform(0.6, 0.95), 2)
    return Drawn(
        f"A network gives the next character the probability {p}. A pointer, trusted "
        f"with a share of {w}, names the same character; the network has the rest. How "
        "many bits does the character cost? (three digits)",
        -math.log2(w + (1 - w) * p),
        [
            (-math.log2(p), "That is the network alone."),
            (-math.log2(w), "The network's part of the rest is missing."),
            (-math.log2(w * p), "The two are alternatives: their shares add up."),
            (-(1 - w) * math.log2(p), "Mix probabilities, not bits."),
            (-math.log2((1 - w) * p), "That is the cost if the pointer is wrong."),
            (-math.log(w + (1 - w) * p), "That is in nats."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The character has the probability {w} + (1 - {w}) × {p} = "
            f"{show(w + (1 - w) * p, 6)} and costs -log2({show(w + (1 - w) * p, 6)}) = "
            f"{show(-math.log2(w + (1 - w) * p))} bits."
        ),
    )


@question("images.stack", "22-mnist-rows")
def _(rng):
    H, K = (int(n) for n in rng.integers(12, 90, size=2))
    C = int(rng.choice([8, 16, 28, 32]))
    first, second = (4 * (n * H + H * H + H) for n in (C, H))
    head = (H + 1) * K
    return Drawn(
        f"Images of {C} x {C} pixels are read row by row by two stacked Keras LSTM "
        f"layers of {H} units each, and a Dense layer names {K} classes. How many "
        "numbers are learned?",
        first + second + head,
        [
            (2 * first + head, "The second layer reads the first, not the image."),
            (first + second, "The dense layer learns, too."),
            (
                first + second + head + 8 * H,
                "Those are PyTorch's two biases; Keras keeps one.",
            ),
            (3 * (first + second) // 4 + head, "Three blocks belong to the GRU."),
            (
                4 * (C * C * H + H * H + H) + second + head,
                "A step reads one row, not the whole image.",
            ),
        ],
        worked=(
            f"First layer: 4 × ({C} × {H} + {H} × {H} + {H}) = {first}. Second: 4 × "
            f"({H} × {H} + {H} × {H} + {H}) = {second}. Dense: ({H} + 1) × {K} = "
            f"{head}. Together: {first} + {second} + {head} = {first + second + head}."
        ),
    )


@question("images.patches", "22-mnist-rows")
def _(rng):
    p, s = int(rng.integers(3, 8)), int(rng.integers(1, 3))
    down, across = (int(n) for n in rng.integers(4, 12, size=2))
    R, C = p + s * (down - 1), p + s * (across - 1)
    return Drawn(
        f"An image of {R} x {C} pixels is read in patches of {p} x {p} that overlap: "
        f"the next begins {s} pixel{'s' if s > 1 else ''} further on. How many steps "
        "does the sequence have, if no patch leaves the image?",
        down * across,
        [
            ((down - 1) * (across - 1), "One short in each direction: count the ends."),
            ((R // p) * (C // p), "That many fit side by side, without overlap."),
            ((R // s) * (C // s), "The last patches would leave the image."),
            (down + across, "Every place down goes with every place across."),
            (p * p, "That is the number of features of a step."),
        ],
        worked=(
            f"Down: ({R} - {p}) / {s} + 1 = {down} places. Across: ({C} - {p}) / {s} + "
            f"1 = {across}. Steps: {down} × {across} = {down * across}."
        ),
    )


@question("images.seeds", "22-mnist-rows")
def _(rng):
    scores = [round(float(a), 2) for a in rng.normal(98.6, 0.15, size=4)]
    mean = sum(scores) / 4
    squares = sum((a - mean) ** 2 for a in scores)
    return Drawn(
        f"Four seeds of one network reach {scores} percent on the test images. What is "
        "the sample standard deviation over the seeds, in percentage points? (three "
        "digits)",
        math.sqrt(squares / 3),
        [
            (math.sqrt(squares / 4), "Divide by one less than the number of seeds."),
            (squares / 3, "That is the variance."),
            (max(scores) - min(scores), "That is the range."),
            (
                math.sqrt(squares / 12),
                "That is the standard error of the mean, not the spread of the seeds.",
            ),
            (
                100 * math.sqrt(mean / 100 * (1 - mean / 100) / 10000),
                "That is the luck of 10,000 test images, the other kind.",
            ),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The mean is {show(mean, 6)}, the squared deviations sum to "
            f"{show(squares, 4)}; √({show(squares, 4)} / 3) = "
            f"{show(math.sqrt(squares / 3))}."
        ),
    )


@question("stock.direction", "23-stock-prediction")
def _(rng):
    n, hits = int(rng.integers(100, 400)), 0
    hits = int(n * rng.uniform(0.5, 0.58))
    p = hits / n
    half = 1.96 * math.sqrt(p * (1 - p) / n)
    return Drawn(
        f"A model called the direction right on {hits} of {n} days. By the normal "
        "approximation, by how many percentage points may the share of hits be off, "
        "either way, at 95 %? (three digits)",
        100 * half,
        [
            (100 * half / 1.96, "That is one standard error; 95 % takes about two."),
            (200 * half, "That is the whole width; asked for is one side."),
            (100 * 1.96 * p * (1 - p) / math.sqrt(n), "The root covers p (1 - p) too."),
            (half, "That is the share; asked for are percentage points."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The share of hits is {hits} / {n} = {show(p, 5)}, and the half width is "
            f"1.96 × √({show(p, 5)} × (1 - {show(p, 5)}) / {n}) = {show(half, 5)}; in "
            f"percentage points 100 × {show(half, 5)} = {show(100 * half)}."
        ),
    )


@question("stock.horizon", "23-stock-prediction")
def _(rng):
    daily, days = round(rng.uniform(0.5, 3), 1), int(rng.choice([4, 9, 16, 25, 36]))
    return Drawn(
        f"Daily log returns of a share are independent with a standard deviation of "
        f"{daily} %. What is the standard deviation of its log return over {days} "
        "days, in %? (three digits)",
        daily * math.sqrt(days),
        [
            (
                daily * days,
                "Independent errors do not all point the same way: the "
                "variances add up, not the deviations.",
            ),
            (daily, "The uncertainty grows with the horizon."),
            (daily**2 * days, "That is the variance."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"The variances add up: {days} × {daily}^2 = {show(days * daily**2, 5)}, "
            f"and the root is √({show(days * daily**2, 5)}) = "
            f"{show(daily * math.sqrt(days))}."
        ),
    )


@question("classify.parameters", "24-text-classification")
def _(rng):
    V, E, H = (int(rng.integers(a, b)) for a, b in ((500, 3000), (10, 60), (10, 60)))
    gates, head = 3 * H * (E + H + 2), H + 1
    return Drawn(
        f"PyTorch: an embedding of {V} words with {E} numbers each, a GRU of {H} units "
        "on top, and one linear output. How many parameters are that?",
        V * E + gates + head,
        [
            (gates + head, "The embedding is learned too, and it is the largest part."),
            (V * E + gates, "The linear output has weights and a bias as well."),
            (V * E + gates - 3 * H + head, "PyTorch keeps two biases for each gate."),
            (
                V * E + 4 * H * (E + H + 2) + head,
                "Four blocks are an LSTM; a GRU has three.",
            ),
            (V * H + gates + head, "An embedding's width is its own, not the state's."),
        ],
        worked=(
            f"Embedding: {V} × {E} = {V * E}. GRU: 3 × ({E} × {H} + {H} × {H} + 2 × "
            f"{H}) = {gates}. Output: {H} + 1 = {head}. Together: {V * E} + {gates} + "
            f"{head} = {V * E + gates + head}."
        ),
    )


@question("classify.duel", "24-text-classification")
def _(rng):
    b = int(rng.integers(1, 8))
    a = b + int(rng.integers(4, 14))
    n = a + b
    tail = sum(math.comb(n, k) for k in range(b + 1)) / 2**n
    total = 50 * int(rng.integers(4, 20))
    return Drawn(
        f"Two models judge the same {total} sentences. On {a} of them only the first "
        f"is right, on {b} only the second. What is the two-sided p-value of the exact "
        "test of McNemar? (three digits)",
        2 * tail,
        [
            (tail, "That is one tail; nobody knew beforehand which would be ahead."),
            (2 * math.comb(n, b) / 2**n, "Splits that are more uneven count too."),
            (math.comb(n, b) / 2**n, "That is the chance of this very split."),
            (1 - 2 * tail, "That is the chance of a split less uneven than this one."),
            (b / a, "That is the ratio of the two counts, and no probability."),
        ],
        rtol=THREE_DIGITS,
        worked=(
            f"Only the {n} sentences count on which one model alone is right. A fair "
            f"coin gives the second at most {b} of them in a share {show(tail, 5)} of "
            f"all cases, the sum of the binomials over 2^{n}. Both tails: 2 × "
            f"{show(tail, 5)} = {show(2 * tail)}."
        ),
    )
