"""Points for an assignment's task: a known mistake costs what the rubric says.

The hidden part of a test cell ends in one call, whose value nbgrader takes for the
points of the cell and whose printed lines stand on the feedback page::

    award(18, "lstm.step", my_step, {"forget_gate_inverted": 6, "*": 9}, seed=31)

``answers`` does the same for numbers that differ from student to student. How an
assignment is written, built and graded: ``assignments/README.md``.
"""

import functools
import hashlib
import inspect
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import permutations
from typing import Any

import numpy as np

from rnnbook.checks import CHECKS, Result, check
from rnnbook.questions import ask, drawn

# Where NumPy is asked for: what a function may not call. The book's own package is
# among them, as the course's reference is no student's work.
NOT_NUMPY = ("torch", "tensorflow", "keras", "jax", "rnnbook")
SECONDS = 5.0  # a check's time, so that a busy machine changes no mark
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
        if str(typed).strip().casefold() != known.strip().casefold():
            print(f"The numbers are those of {known}, whose work this is.")
        return known
    if not isinstance(typed, str) or typed.strip() in ("", BLANK):
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
    orders = ["".join(p) for p in permutations(gates)][1:]
    draw = student_generator(f"order of {gates}", student)
    return orders[int(draw.integers(len(orders)))]


def student_generator(what: str, student: str) -> np.random.Generator:
    """A random generator of this student's own, the same on each machine.

    Parameters
    ----------
    what : str, what is drawn; another word gives other numbers
    student : str
    """
    key = f"{what}/{student_id(student).strip().casefold()}".encode()
    return np.random.default_rng(list(hashlib.sha256(key).digest()))


def in_order(function: Callable, order: str, gates: str = "ifgo") -> Callable:
    """A function for weights packed in ``order``, made to take the book's order.

    Every dict among the arguments, and every dict that is returned, holds packed
    weights: last axes are reordered in blocks. So a check of this book, whose weights
    come in the order i, f, g, o, also checks a function for another order.
    """
    there = [gates.index(gate) for gate in order]  # block k of theirs is ours there[k]
    back = [order.index(gate) for gate in gates]

    @functools.wraps(function)
    def ours(*args):
        return _reorder(function(*(_reorder(a, there) for a in args)), back)

    return ours


def check_packed(name: str, function: Any, order: str, gates: str = "ifgo") -> Result:
    """The check ``name`` for weights packed in ``order``, as students run it.

    If the function is right for another order, that is what it says.
    """
    ready = in_order(function, order, gates) if callable(function) else function
    result = check(name, ready)
    other = "" if result else _other_order(name, function, 0, gates)
    if other:
        return Result(name, False, _order_says(other, order), "gate_order")
    return result


def _reorder(value: Any, blocks: list[int]) -> Any:
    if isinstance(value, tuple | list):
        return type(value)(_reorder(v, blocks) if _holds(v) else v for v in value)
    if not isinstance(value, dict):
        return value
    return {k: _blocks(v, blocks) for k, v in value.items()}


def _holds(value: Any) -> bool:
    return isinstance(value, dict)


def _blocks(a: Any, blocks: list[int]) -> Any:
    if not isinstance(a, np.ndarray) or a.ndim == 0 or a.shape[-1] % len(blocks):
        return a  # not packed: the check says what is wrong with it
    parts = np.split(a, len(blocks), axis=-1)
    return np.concatenate([parts[k] for k in blocks], axis=-1)


# ---- how something was computed


def _owner(frame, event: str, arg: Any) -> str:
    """The module of what is being called."""
    if event == "call":
        name = frame.f_globals.get("__name__") or ""
        ours = name == __name__ and frame.f_code.co_name == "unseen"
        return "" if ours else name
    owner = getattr(arg, "__self__", None)
    kind = owner if isinstance(owner, type) else type(owner)
    return getattr(arg, "__module__", None) or kind.__module__ or ""


def watched(function: Callable, forbidden: Sequence[str], seen: set[str]) -> Callable:
    """The function, noting in ``seen`` which forbidden libraries it calls."""

    def note(frame, event, arg):
        if event in ("call", "c_call"):
            root = _owner(frame, event, arg).partition(".")[0]
            if root in forbidden:
                seen.add(root)

    @functools.wraps(function)
    def noting(*args):
        args = [_unseen(a) if callable(a) else a for a in args]  # handed in, not chosen
        before = sys.getprofile()
        sys.setprofile(note)
        try:
            return function(*args)
        finally:
            sys.setprofile(before)

    return noting


def _unseen(function: Callable) -> Callable:
    """The function; what it calls is not noted by :func:`watched`."""

    def unseen(*args):
        watching = sys.getprofile()
        sys.setprofile(None)
        try:
            return function(*args)
        finally:
            sys.setprofile(watching)

    return unseen


def _right(name: str, order: str, gates: str) -> Callable:
    """The reference of a check for weights in ``order``; unseen."""
    reference = CHECKS[name].reference
    return _unseen(in_order(reference, gates, order) if order else reference)


@contextmanager
def _standing_in(function: Any, given: Mapping[str, Callable]) -> Iterator[None]:
    """While it lasts, a function finds other functions under some global names."""
    names = getattr(inspect.unwrap(function), "__globals__", {}) if given else {}
    before = {name: names[name] for name in given if name in names}
    names.update(given)
    try:
        yield
    finally:
        for name in given:
            names.pop(name, None)
        names.update(before)


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
    rubric = dict(rubric or {})
    given = dict(given or {})
    _known(name, rubric, given)
    seen: set[str] = set()
    right = {own: _right(known, order, gates) for own, known in given.items()}
    ready = _prepared(function, forbidden, seen, order, gates)
    with warnings.catch_warnings(), _standing_in(function, right):
        warnings.simplefilter("ignore")  # what stands on stderr costs a cell its points
        result = check(name, ready, seed=seed, seconds=SECONDS)
        late = "did not come back" in result.message
        other = ""
        if order and not result and not late:
            other = _other_order(name, function, seed, gates)
    print(_order_says(other, order) if other else result)
    if seen:
        calls = ", ".join(sorted(seen))
        print(f"\nIt calls {calls}; asked for is NumPy alone, without {calls}.")
        return _paid(points, {"library": points})
    if result:
        return _paid(points, {})
    if other:
        return _paid(points, {"gate_order": rubric.get("gate_order", points)})
    return _paid(points, _losses(result.mistake, rubric, points))


def _order_says(other: str, order: str) -> str:
    return (
        f"Not yet. It is right for gates packed in the order {', '.join(other)}. The "
        f"order drawn for your id is {', '.join(order)}."
    )


def _prepared(function, forbidden, seen, order, gates) -> Any:
    if not callable(function):
        return function  # the check says so
    function = watched(function, forbidden, seen)
    return in_order(function, order, gates) if order else function


def _other_order(name: str, function: Any, seed: int, gates: str) -> str:
    """The order of gates with which the function would be right, if there is one."""
    if not callable(function):
        return ""
    for order in map("".join, permutations(gates)):
        ours = in_order(function, order, gates)
        if check(name, ours, seed=seed, seconds=SECONDS):
            return order
    return ""


def _known(name: str, rubric: Mapping[str, float], given: Mapping[str, str]) -> None:
    for one in (name, *given.values()):
        if one not in CHECKS:
            raise ValueError(f"name: expected a check, got {one!r}")
    general = {"*", "gate_order", "in_place", "order", "not_repeatable"}
    known = general | {one.name for one in CHECKS[name].mistakes}
    strange = sorted(set(rubric) - known)
    if strange:
        raise ValueError(f"rubric: expected mistakes of {name!r}, got {strange}")


def _losses(mistake: str | None, rubric, points: float) -> dict[str, float]:
    if mistake is None:
        return {"": points}
    rest = rubric.get("*", points)
    return {one: rubric.get(one, rest) for one in mistake.split(" + ")}


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
    asked = student_id(student)
    total = 0.0
    given = given if isinstance(given, Mapping) else {}
    for name in questions:
        share = points / len(questions)
        kept, says = _marked(name, asked, given.get(name), known)
        print(f"{name}: {says} {share * kept:g} of {share:g} points.")
        total += share * kept
    return round(total, 2)


def _marked(name: str, student: str, given: Any, known: float) -> tuple[float, str]:
    if given is None:
        return 0.0, "no answer."
    try:
        reply = ask(name, student, given)
    except ValueError as error:
        return 0.0, f"{error}."
    if reply.passed:
        return 1.0, "right."
    wrong = (value for value, _ in drawn(name, student).wrong)
    near = any(
        str(ask(name, student, given)) == str(ask(name, student, w)) for w in wrong
    )
    return (known if near else 0.0), str(reply)
