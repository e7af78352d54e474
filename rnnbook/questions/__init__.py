"""Quiz questions whose numbers differ from student to student.

``ask("lstm.parameters", "Ada")`` shows the question with Ada's numbers, the same at
each call and on each machine; ``ask("lstm.parameters", "Ada", 2480)`` marks an answer.
A wrong answer that a known misconception leads to is met with a sentence about that
misconception; the right number is never shown.

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
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np

from rnnbook.pages import load_pages
from rnnbook.questions import pages


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


load_pages(pages)  # which enter their questions
