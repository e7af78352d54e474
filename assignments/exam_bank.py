"""The questions of an exam, each with numbers per student and a worked answer.

They stand in the folder ``bank``, a module for each chapter: ``c11_lstm`` for
``11-lstm``. A numeric question of the chapter itself (``rnnbook/questions``) enters by
``from_chapter(name, level, outcome)``. The others are asked in an exam only: more
numbers, choices, code to be read (it is run when the question is made), and questions
to be answered in words, with a rubric.

To add one, write a function of a random generator that returns a ``Drawn`` with a
``worked`` answer, and decorate it with ``@exam(name, chapter, level, outcome)``, in the
module of its chapter; a new chapter needs one new file. What stands in the worked
answer as ``expression = number`` is recomputed by the tests.
"""

from collections.abc import Callable
from typing import NamedTuple

import bank
import numpy as np

from rnnbook.pages import load_pages
from rnnbook.questions import QUESTIONS, Drawn, draw, generator, same_id


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


def from_chapter(name: str, level: int, outcome: str) -> None:
    """Enter a numeric question of a chapter into the bank, too."""
    make, page = QUESTIONS[name]
    exam(name, page, level, outcome)(make)


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


def _load() -> None:
    """Enter all questions, those of the chapters themselves before the others.

    What an exam takes, and where it stands on the sheet, depends on the order.
    """
    load_pages(bank)
    for name in [name for name in BANK if name not in QUESTIONS]:
        BANK[name] = BANK.pop(name)


_load()
