"""Quiz questions whose numbers differ from student to student.

``ask("lstm.parameters", "Ada")`` shows the question with Ada's numbers, the same at
each call and on each machine; ``ask("lstm.parameters", "Ada", 2480)`` marks an answer.
A wrong answer that a known misconception leads to is met with a sentence about that
misconception; the right number is never shown. An answer may be typed in any usual way,
see :mod:`rnnbook.questions.typed`; what cannot be read is answered too.

To add a question, write a function of a random generator that returns a
:class:`Drawn`, decorate it with ``@question(name, page)``, and put it into the module
of its chapter, ``pages/c11_lstm.py`` for ``11-lstm``; all modules there are loaded, so
that a new chapter needs one new file. Each value in ``wrong`` must differ from the
answer and from the others for most draws; draws where they meet are drawn again. A test
tries every question with many students.
"""

import hashlib
import math
import os
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np

from rnnbook.pages import load_pages
from rnnbook.questions import pages
from rnnbook.questions.typed import Read, read, read_several, shown, written


class Drawn(NamedTuple):
    """A question with its numbers filled in.

    ``wrong`` pairs the number that a misconception leads to with what to say about it.
    Answers are compared to a relative tolerance of ``rtol``; 0 asks for the very
    number. ``worked`` is the way to the answer with these numbers, for the teacher.
    ``unit`` is what the answer is measured in, if it is one of ``UNITS`` in
    :mod:`rnnbook.questions.typed`, so that an answer in another one is not right.
    ``near`` is how far off, as a share, the right way may end with rounding on the way.

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
    unit: str = ""
    near: float = 0.05


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
        near = get_close_matches(shown(name), QUESTIONS, n=3, cutoff=0.3)
        raise ValueError(
            f"name: expected one of {near or sorted(QUESTIONS)}, got {shown(name)}"
        )
    if not isinstance(student, str) or not same_id(student):
        raise ValueError(f"student: expected a name, got {shown(student)}")


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


def reply_to(name: str, student: str, answer: Any) -> Reply:
    """Mark an answer; see :func:`ask`.

    Parameters
    ----------
    answer : anything, or what :func:`rnnbook.questions.typed.read` made of it

    Notes
    -----
    The answer is read before the right one is drawn: an object that is asked for its
    number finds nothing to look at.
    """
    _known(name, student)
    found = answer if isinstance(answer, Read) else read(answer)
    if not found.numbers:
        return Reply(f"**Not read.** {found.says}")
    q = drawn(name, student)
    if found.unit and q.unit and found.unit not in ("%", q.unit):
        return Reply(f"**Not yet.** That is in {found.unit}; {q.unit} are asked for.")
    numbers = _in_unit(found, q)
    if any(_same(one, q.answer, q.rtol) for one in numbers):
        return Reply(f"**Right**, {student.strip()}.", passed=True)
    meant = _meant(numbers, found.sure, q)
    says = [_two_readings(found)] if meant is None else remarks(q, meant)
    if says:
        return Reply(f"**Not yet.** {OR.join(says)}")
    page = QUESTIONS[name][1]
    return Reply(f"**Not yet**, and no mistake that is known here. See `{page}`.")


def _in_unit(found: Read, q: Drawn) -> list[float]:
    """The numbers in the unit of the answer: 16.2 % is 0.162."""
    hundred = found.unit == "%" and q.unit != "%"
    return [one / 100 if hundred else one for one in found.numbers]


def _meant(numbers: Sequence[float], sure: bool, q: Drawn) -> float | None:
    """Which of two readings is meant; None if that cannot be told.

    A count has no decimals. Else it is the one that a known mistake leads to.
    """
    if q.rtol == 0:
        return numbers[-1]
    if sure or len(numbers) == 1:
        return numbers[0]
    known = [one for one in numbers if remarks(q, one)]
    return known[0] if len(known) == 1 else None


def _two_readings(found: Read) -> str:
    ways = " or as ".join(written(number) for number in found.numbers)
    return (
        f"`{found.typed}` can be read as {ways}, and neither is right. "
        "Write a point before decimals, and nothing between thousands."
    )


OR = " Or: "  # between two sentences about one number
# What may be said of a wrong number that no misconception leads to.
REMARKS = {
    "one": "That is right to one digit: three are asked for.",
    "two": "That is right to two digits: three are asked for.",
    "cut one": "That is cut off after one digit: three are asked for, rounded.",
    "cut two": "That is cut off after two digits: three are asked for, rounded.",
    "near": "That is near. Keep all digits on the way, and round only at the end.",
    "left out": "The sign was to be left out.",
    "sign": "The sign is wrong.",
    "hundred": "That is 100 times too much. Is it in per cent? Give the plain number.",
    "share": "That is the share; it is asked for in per cent.",
    "whole": "A whole number is asked for; write nothing between thousands.",
    "point": "The digits are right, the decimal point is in the wrong place.",
}


def remarks(q: Drawn, value: float) -> list[str]:
    """What may have led to a wrong number, each in a sentence; often nothing."""
    says = [sentence for wrong, sentence in q.wrong if _same(value, wrong, q.rtol)]
    kind = _digits(q, value) if q.rtol else ""
    kind = kind or ("" if says else _factor(q, value))
    return says + ([REMARKS[kind]] if kind else [])


def _digits(q: Drawn, value: float) -> str:
    """Whether there are too few digits, or they were lost on the way."""
    for count, word in ((1, "one"), (2, "two")):
        if _same(value, float(f"{q.answer:.{count}g}"), 0):
            return word
        if _same(value, _cut(q.answer, count), 0):
            return f"cut {word}"
    return "near" if math.isclose(value, q.answer, rel_tol=q.near) else ""


def _cut(value: float, count: int) -> float:
    """A number with its first digits only."""
    mantissa, power = f"{value:.15e}".split("e")
    return float(f"{mantissa[: mantissa.index('.') + count]}e{power}")


def _factor(q: Drawn, value: float) -> str:
    """Whether only the sign or the decimal point is wrong, or decimals are."""
    if q.answer and _same(value, -q.answer, q.rtol):
        return "left out" if "without the sign" in q.text else "sign"
    if q.rtol and q.unit != "%" and _same(value, 100 * q.answer, q.rtol):
        return "hundred"
    if q.unit == "%" and _same(value, q.answer / 100, q.rtol):
        return "share"
    if q.rtol == 0 and not float(value).is_integer():
        return "whole"
    powers = (10.0**k for k in range(-6, 7) if k)
    moved = q.answer and any(_same(value, k * q.answer, q.rtol) for k in powers)
    return "point" if moved else ""


def _validating() -> bool:
    """Whether nbgrader's *Validate* runs the notebook: only errors count there."""
    return os.environ.get("NBGRADER_EXECUTION") == "validate"


def ask(name: str, student: str, answer: Any = None, *more: Any) -> Reply:
    """Show a question, or mark an answer to it.

    Parameters
    ----------
    name : str, such as ``"lstm.parameters"``
    student : str
        Decides the numbers. How it is typed does not matter, see :func:`same_id`.
    answer : optional
        A number, or a text with one: ``0.162``, ``"0,162"``, ``"81/500"``. Whatever
        else it is, the reply says so.
    more
        Nothing. Who types ``0,162`` without quotes is told to write a point.

    Returns
    -------
    Reply
        ``passed`` is True for a right answer only.

    Raises
    ------
    ValueError
        If there is no such question, or ``student`` is not a name.
    AssertionError
        While nbgrader validates a notebook, if the answer is wrong.
    """
    if answer is None and not more:
        q = drawn(name, student)
        return Reply(f"**{name}, for {student.strip()}.** {q.text}")
    found = read_several((answer, *more)) if more else answer
    reply = reply_to(name, student, found)
    if not reply.passed and _validating():
        raise AssertionError(f"{name}: {reply}")
    return reply


def ask_all(student: str, given: Mapping[str, Any], names: Sequence[str]) -> None:
    """Print what :func:`ask` says to each answer, and to one that is missing.

    An answer that cannot be read is told so, and hides no other.

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
    reply = reply_to(name, student, answer)
    return reply.passed, str(reply)


def answer_of(given: Any, name: str) -> Any:
    """The answer under a name; None where there is none, or no dict at all."""
    try:
        return given.get(name) if isinstance(given, Mapping) else None
    except Exception:  # a dict of theirs may do anything
        return None


load_pages(pages)  # which enter their questions
