"""Points for an assignment's task: a known mistake costs what the rubric says.

The hidden part of a test cell ends in one call, whose value nbgrader takes for the
points of the cell and whose printed lines stand on the feedback page::

    award(18, "lstm.step", my_step, {"forget_gate_inverted": 6, "*": 9}, seed=31)

``answers`` does the same for numbers that differ from student to student, and
``canary`` says whether marks can still be trusted. How an assignment is written, built
and graded: ``assignments/README.md``.
"""

import functools
import inspect
import itertools
import os
import re
import sys
import time
import types
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from rnnbook.checks import CHECKS, Result, compare, judge, reading, told
from rnnbook.checks.catalogue import Check, sealed, variant
from rnnbook.checks.watch import CHANGED, Kept, Watch, codes, codes_of
from rnnbook.questions import (
    QUESTIONS,
    answer_of,
    drawn,
    generator,
    reply_to,
    same_id,
)
from rnnbook.questions.typed import Read, read

# Where NumPy is asked for: what a function may not call. The book's own package is
# among them, as the course's reference is no student's work.
NOT_NUMPY = ("torch", "tensorflow", "keras", "jax", "rnnbook")
SECONDS = 5.0  # of processor time for a check: a busy machine changes no mark
BLANK = "your id"  # what stands in a release
ENV = "RNNBOOK_STUDENT"  # set by the grader: the folder's name, whatever was typed


def student_id(typed: str) -> str:
    """The student whose numbers count: the grader's word, else what was typed.

    Raises
    ------
    ValueError
        If ``typed`` is no text, or still the words of the release.
    """
    known = os.environ.get(ENV)
    if known:
        if same_id(str(typed)) != same_id(known):
            print(f"The numbers are those of {known}, whose work this is.")
        return known
    if not isinstance(typed, str) or same_id(typed) in ("", BLANK):
        raise ValueError(f"student: expected your own id as text, got {typed!r}")
    return typed.strip()


def gate_order(student: str, gates: str = "ifgo") -> str:
    """The order in which this student's packed weights hold the gates.

    Never the book's own order, and the same for the same student on each machine.

    Parameters
    ----------
    student : str
    gates : str, the book's order: ``"ifgo"`` (LSTM) or ``"rzn"`` (GRU)

    Returns
    -------
    str, such as ``"ofig"``
    """
    orders = ["".join(p) for p in itertools.permutations(gates)][1:]
    draw = student_generator(f"order of {gates}", student)
    return orders[int(draw.integers(len(orders)))]


def student_generator(what: str, student: str) -> np.random.Generator:
    """A random generator of this student's own, the same on each machine.

    Parameters
    ----------
    what : str, what is drawn; another word gives other numbers
    student : str
    """
    return generator(f"{what}/{same_id(student_id(student))}")


def in_order(function: Callable, order: str, gates: str = "ifgo") -> Callable:
    """A function for weights packed in ``order``, made to take the book's order.

    Every dict among the arguments, and every dict that is returned, holds packed
    weights: last axes are reordered in blocks. So a check of this book, whose weights
    come in the order i, f, g, o, also checks a function for another order.
    """
    back = [order.index(gate) for gate in gates]

    def ours(*args):
        given = [_theirs(arg, order, gates) for arg in args]
        return _reorder(function(*given), back)

    ours.__wrapped__ = function  # for its signature
    return ours


def _theirs(arg: Any, order: str, gates: str) -> Any:
    """An argument for a function whose weights come in ``order``."""
    if callable(arg):  # a step that is handed in takes their weights, too
        return in_order(arg, gates, order)
    there = [gates.index(gate) for gate in order]  # block k of theirs is ours there[k]
    return _reorder(arg, there)


def check_packed(name: str, function: Any, order: str, gates: str = "ifgo") -> Result:
    """The check ``name`` for weights packed in ``order``, as students run it.

    If the function is right for another order, that is what it says.

    Raises
    ------
    AssertionError
        While nbgrader validates a notebook, if the function is not right.
    """
    ready = in_order(function, order, gates) if callable(function) else function
    result, other = judge.judge(CHECKS[name], ready), ""
    if callable(function) and _may_be_another(result):
        other = _other_order(CHECKS[name], function, 0, gates)
    if other:
        result = Result(name, False, _order_says(other, order), "gate_order")
    return told(_by_hand(result, order, gates))


def _by_hand(result: Result, order: str, gates: str) -> Result:
    """The result, with the case in the student's order, and the call that gives it."""
    text = re.sub(r"`check\([^`]*\)\.case`", "`check_packed(...).case`", result.message)
    case = result.case and tuple(_theirs(arg, order, gates) for arg in result.case)
    return replace(result, message=text, case=case)


def _reorder(value: Any, blocks: list[int]) -> Any:
    if isinstance(value, tuple | list):
        parts = [_reorder(v, blocks) if isinstance(v, dict) else v for v in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    if not isinstance(value, dict):
        return value
    return {k: _blocks(v, blocks) for k, v in value.items()}


def _blocks(a: Any, blocks: list[int]) -> Any:
    if not isinstance(a, np.ndarray) or a.ndim == 0 or a.shape[-1] % len(blocks):
        return a  # not packed: the check says what is wrong with it
    parts = np.split(a, len(blocks), axis=-1)
    return np.concatenate([parts[k] for k in blocks], axis=-1)


# ---- how something was computed

_original = sealed()  # the checks as they were when this was imported


@functools.cache
def _engine() -> list[types.CodeType]:
    """The code of what runs and reads a student's function."""
    modules = judge, reading, compare, sys.modules[__name__]
    return [code for module in modules for code in codes_of(module)]


def _watch(check: Check, forbidden: Sequence[str]) -> Watch:
    return Watch(forbidden, [*_engine(), *codes(check.wrap)])


def _globals(function: Any) -> dict:
    """Where a function looks for names: also a method, a part, or an object's call."""
    with suppress(Exception):  # an object may answer anything when it is asked
        for _ in range(9):
            function = inspect.unwrap(function)
            names = getattr(function, "__globals__", None)
            if isinstance(names, dict):
                return names
            inner = (getattr(function, name, None) for name in ("func", "__func__"))
            function = next((f for f in inner if callable(f)), type(function).__call__)
    return {}


@contextmanager
def _standing_in(function: Any, given: Mapping[str, Callable]) -> Iterator[None]:
    """While it lasts, a function finds other functions under some global names."""
    names = _globals(function) if given and callable(function) else {}
    before = {name: names[name] for name in given if name in names}
    names.update(given)
    try:
        yield
    finally:
        for name in given:
            names.pop(name, None)
        names.update(before)


_BY_HAND = re.compile(r"To try it by hand: .{1,200}? the arguments of that call\. ?")


class _Seen(NamedTuple):
    """What a check says, and what it saw the function do beside its work.

    ``other`` is the order of gates for which the function is right, if it is another.
    """

    result: Result
    libraries: list[str]
    tricks: list[str]
    other: str = ""


def _checked(
    name: str,
    function: Any,
    seed: int,
    order: str,
    gates: str,
    given: Mapping[str, str],
    forbidden: Sequence[str],
) -> _Seen:
    """Run a student's function through a check, under watch."""
    check, whole = _original(name)
    if not whole:
        changed = Result(name, False, "The check was changed, and marks nothing.")
        return _Seen(changed, [], [changed.message])
    watch = _watch(check, forbidden)
    right = {own: watch.handed_in(_right(k, order, gates)) for own, k in given.items()}
    ready = watch.over(function) if callable(function) else function
    if order and callable(function):
        ready = in_order(ready, order, gates)
    other = ""
    with warnings.catch_warnings(), _standing_in(function, right):
        warnings.simplefilter("ignore")  # what stands on stderr costs a cell its points
        result = judge.judge(check, ready, seed, SECONDS, watch)
        if order and callable(function) and _may_be_another(result):
            other = _other_order(check, watch.over(function), seed, gates, watch)
    return _Seen(result, sorted(watch.seen), sorted(watch.tricks), other)


def _right(name: str, order: str, gates: str) -> Callable:
    """The reference of a check for weights in ``order``."""
    reference = _original(name)[0].reference
    return in_order(reference, gates, order) if order else reference


# ---- trust


def canary(*names: str) -> float:
    """What wrong answers earn at some checks or questions: nothing, if all is well.

    Asked by a grader, in the process of the student's notebook, just before a test of
    these names; nothing is printed. Each check marks what is wrong in four ways, zeros,
    ones, its own first known mistake, and its own reference where no library may be
    called; each question two wrong numbers.

    Parameters
    ----------
    names : of checks or of questions; a name that both have stands for both

    Returns
    -------
    float
        0.0, and nothing else, if none of it earns a point. Not a number, if a check is
        not the one that this module found when it was imported.

    Raises
    ------
    ValueError
        If neither a check nor a question has this name.
    """
    total = 0.0
    for name in names or ("rnn.step",):
        if name not in CHECKS and name not in QUESTIONS:
            raise ValueError(f"name: expected a check or a question, got {name!r}")
        total += _caught(name) if name in CHECKS else 0.0
        total += _guessed(name) if name in QUESTIONS else 0.0
    return total


def _caught(name: str) -> float:
    """The points out of one that wrong functions get; not a number after a change."""
    check, whole = _original(name)
    if not whole:
        return float("nan")
    mistakes = (variant(check.reference, m) for m in check.mistakes)
    wrong = [_filled(check.reference, value) for value in (0.0, 1.0)]
    wrong += [one for one in itertools.islice(mistakes, 1) if one]
    runs = [judge.ran(check, function, 1, SECONDS) for function in wrong]
    passed = sum(judge.passes(check, run, 1) for run in runs)
    copied = _checked(name, check.reference, 1, "", "", {}, NOT_NUMPY)
    bad = _Seen(Result(name, False, ""), [], [])
    return passed + sum(1.0 - sum(_losses(s, {}, 1.0).values()) for s in (copied, bad))


def _filled(reference: Callable, value: float) -> Callable:
    """A function that returns the same number everywhere, in the right shapes."""

    def filled(right):
        if isinstance(right, dict):
            return {key: filled(part) for key, part in right.items()}
        if isinstance(right, list | tuple):
            return [filled(part) for part in right]
        return np.full(np.shape(right), value)

    def constant(*args):
        return filled(reference(*args))

    constant.__wrapped__ = reference  # for its signature
    return constant


def _guessed(name: str) -> float:
    q = drawn(name, "canary")
    wrong = [q.wrong[0][0], q.answer + 1 + abs(q.answer)]
    return float(sum(reply_to(name, "canary", value).passed for value in wrong))


# ---- points


def award(
    points: float,
    name: str,
    function: Callable,
    rubric: Mapping[str, float] | None = None,
    *,
    seed: int = 1,
    order: str = "",
    gates: str = "ifgo",
    given: Mapping[str, str] | None = None,
    forbidden: Sequence[str] = NOT_NUMPY,
) -> float:
    """Check a function, say what is wrong with it, and return its points.

    Parameters
    ----------
    points : float, for a function that is right
    name : str, a check of :mod:`rnnbook.checks`
    function : the student's
    rubric : dict from the name of a mistake to the points it costs
        ``"*"`` stands for every known mistake not listed; without it such a mistake,
        like an error and like a mistake that is not known, costs all. Of two mistakes
        at once both are paid. ``"gate_order"`` is what weights in another order cost.
    seed : int, of the random cases; another one than the student's check has
    order : str
        The order of this student's packed weights, see :func:`gate_order`.
    gates : str, the book's order of the gates
    given : dict from the name of a function of an earlier task to its check
        While this one is checked, the reference stands in for the earlier function,
        so that no mistake costs twice.
    forbidden : names of libraries that the function may not call

    Returns
    -------
    float
        From 0 to ``points``.

    Raises
    ------
    ValueError
        If there is no check ``name``, or the rubric names no mistake of it.
    """
    rubric, given = dict(rubric or {}), dict(given or {})
    _known(name, rubric, given)
    seen = _checked(name, function, seed, order, gates, given, forbidden)
    print("\n\n".join(_says(seen, order)))
    return _paid(points, _losses(seen, rubric, points))


def _says(seen: _Seen, order: str) -> list[str]:
    text = _BY_HAND.sub("", str(seen.result))  # the cases are not those of the student
    lines = [_order_says(seen.other, order) if seen.other else text]
    if seen.libraries:
        calls = ", ".join(seen.libraries)
        lines.append(f"It calls {calls}; asked for is NumPy alone, without {calls}.")
    return lines + [line for line in seen.tricks if line not in lines]


def _order_says(other: str, order: str) -> str:
    return (
        f"Not yet. It is right for gates packed in the order {', '.join(other)}. The "
        f"order drawn for your id is {', '.join(order)}."
    )


def _may_be_another(result: Result) -> bool:
    return not (result or result.marks.late or result.marks.empty)


def _other_order(
    check: Check,
    function: Callable,
    seed: int,
    gates: str,
    watch: Watch | None = None,
) -> str:
    """The order of gates with which the function would be right, if there is one."""
    orders = ["".join(order) for order in itertools.permutations(gates)]
    for many in (1, None):  # most orders fail in the first case
        enough, runs = time.process_time() + SECONDS, {}
        with watch or nullcontext():
            for order in orders:
                if time.process_time() < enough:
                    ready = in_order(function, order, gates)
                    runs[order] = judge.ran(check, ready, seed, SECONDS, watch, many)
        orders = [o for o, run in runs.items() if judge.passes(check, run, seed)]
    return orders[0] if orders else ""


def _known(name: str, rubric: Mapping[str, float], given: Mapping[str, str]) -> None:
    for one in (name, *given.values()):
        if one not in CHECKS:
            raise ValueError(f"name: expected a check, got {one!r}")
    general = {"*", "gate_order", *judge.GENERAL}
    known = general | {one.name for one in CHECKS[name].mistakes}
    strange = sorted(set(rubric) - known)
    if strange:
        raise ValueError(f"rubric: expected mistakes of {name!r}, got {strange}")


def _losses(seen: _Seen, rubric: Mapping, points: float) -> dict[str, float]:
    """What is lost, by the names of what it is lost for."""
    if seen.libraries:
        return {"library": points}
    if seen.tricks:
        return {"not_allowed": points}
    if seen.result:
        return {}
    if seen.other:
        return {"gate_order": rubric.get("gate_order", points)}
    return _prices(seen.result, rubric, points)


def _prices(result: Result, rubric: Mapping, points: float) -> dict[str, float]:
    """What a wrong result costs, by the names of the mistakes.

    One that the rubric names costs what stands there. Else the cheapest explanation
    counts, the mistakes than which the answer is no worse among them: a better answer
    never earns less than a worse one.
    """
    marks, rest = result.marks, rubric.get("*", points)
    names = tuple((result.mistake or "").split(" + "))
    known = [names] if result.mistake else []
    if not (len(names) == 1 and names[0] in rubric):
        known += marks.near
    if marks.empty or not known:
        return {"": points}
    prices = [{n: rubric.get(n, rest) for n in one} for one in known]
    losses = min(prices, key=lambda one: sum(one.values()))
    losses.pop("not_returned", None)
    missing = rubric.get("not_returned", round(points * marks.left_out, 2))
    return losses | ({"not_returned": missing} if marks.left_out else {})


def _paid(points: float, losses: Mapping[str, float]) -> float:
    kept = round(max(0.0, points - sum(losses.values())), 2)
    why = ", ".join(f"{one} costs {n:g}" for one, n in losses.items() if one)
    print(f"\n{kept:g} of {points:g} points" + (f": {why}." if why else "."))
    return kept


def answers(
    points: float,
    student: str,
    given: Mapping[str, float | None],
    questions: Sequence[str],
    known: float = 0.0,
) -> float:
    """Mark the answers to questions whose numbers were drawn for this student.

    Parameters
    ----------
    points : float, shared evenly by the questions
    student : str, what was typed; the grader's own id goes before it
    given : dict from the name of a question to the answer; None is no answer
    questions : names from :mod:`rnnbook.questions`
    known : float
        The share of a question's points that is kept by an answer to which a known
        misconception leads.

    Returns
    -------
    float
        From 0 to ``points``.
    """
    asked, total = student_id(student), 0.0
    with Kept() as kept:  # what was handed in may be any object
        found = {name: _read(answer_of(given, name)) for name in questions}
    for name in questions:
        share = points / len(questions)
        right, says = _marked(name, asked, found[name], known)
        if kept.changed:
            right, says = 0.0, CHANGED.format(kept.changed[0])
        print(f"{name}: {says} {share * right:g} of {share:g} points.")
        total += share * right
    return round(total, 2)


def _read(given: Any) -> Read | None:
    return None if given is None else read(given)


def _marked(
    name: str, student: str, given: Read | None, known: float
) -> tuple[float, str]:
    if given is None:
        return 0.0, "no answer."
    reply = reply_to(name, student, given)
    if reply.passed:
        return 1.0, "right."
    near = any(sentence in reply.message for _, sentence in drawn(name, student).wrong)
    return (known if near else 0.0), str(reply)
