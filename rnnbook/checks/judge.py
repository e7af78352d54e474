"""Compare a reader's function with the reference, and say in words what is wrong."""

import copy
import inspect
import itertools
import re
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from rnnbook.checks import guard
from rnnbook.checks.catalogue import CHECKS, Case, Check, Mistake, link, variant
from rnnbook.checks.guard import Late, Place, Raised, Unreadable
from rnnbook.checks.reading import (
    HUGE,
    Reading,
    code,
    leaves,
    left_out,
    plain,
    read,
    reading,
    short,
    show,
)
from rnnbook.checks.watch import Watch

__all__ = ["Marks", "Result", "expects", "judge", "prepared", "read"]

SINGLE = 1.5e-5  # what rounding in float32 may change, of the largest number

# Mistakes that any function can have: what to say, and the page that teaches it.
HINTS = {
    "NameError": "Was the cell that defines it run? Or is it spelt in two ways?",
    "RecursionError": "The function calls itself again and again.",
    "SystemExit": "A function hands back with `return`; this would end the program.",
    "KeyboardInterrupt": "A function hands back with `return`, not by interrupting.",
    "MemoryError": "Look for an array that is far larger than the inputs.",
}
GENERAL = {
    "in_place": (
        "A function of this book leaves its arguments as they were: the caller, and "
        "the backward pass, still need them. Make a new array instead of writing into "
        "the one you were given (`a = a + b`, not `a += b`).",
        "02-rnn",
    ),
    "not_repeatable": (
        "The same call, made twice, gave two answers, so the function keeps something "
        "between calls, in a global variable, say, or a default argument, or draws "
        "random numbers of its own. State goes in as an argument and comes out as a "
        "return value.",
        "02-rnn",
    ),
    "order": (
        "The values are right; they are returned in another order than asked for.",
        "02-rnn",
    ),
    "not_returned": (
        "The exercise asks for it too: what is not returned can be neither used nor "
        "checked.",
        "02-rnn",
    ),
}


class Marks(NamedTuple):
    """What a result says to whoever gives points for it.

    ``near`` holds mistakes, alone or in pairs, than which the answer is no worse: it is
    right, or as wrong as this mistake, in every output. ``left_out`` is the share of
    the outputs that was not returned. An ``empty`` answer is one constant everywhere,
    or what was put in; it deserves nothing, whatever mistake leads to it.
    """

    near: tuple[tuple[str, ...], ...] = ()
    left_out: float = 0.0
    empty: bool = False
    late: bool = False


_NONE = Marks()
_NOTHING = nullcontext()


@dataclass(frozen=True)
class Result:
    """What :func:`rnnbook.checks.check` says; true in an ``if`` when passed.

    Attributes
    ----------
    passed : bool
    mistake : str or None
        The name of the known mistake; two names joined by " + " if it takes both.
    message : str, Markdown
    case : tuple or None
        The arguments of the first case that went wrong, to try them by hand.
    marks : Marks, for points
    """

    check: str
    passed: bool
    message: str
    mistake: str | None = None
    case: tuple | None = field(default=None, repr=False)
    marks: Marks = field(default=_NONE, repr=False)

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        parts = re.split(r"(`` .+? ``|`[^`]+`)", self.message)
        for i in range(0, len(parts), 2):
            text = parts[i].replace("**", "")
            parts[i] = re.sub(r"\[([^]]+)\]\(([^)]+)\)", r"\1 (\2)", text)
        plain = (p if i % 2 == 0 else p.strip("`").strip() for i, p in enumerate(parts))
        return "".join(plain)

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return self.message


# ---- comparing


def _tolerance(a: np.ndarray, b: np.ndarray, floor: float) -> float:
    """Looser for numbers in float32, and only where the right ones are fractions."""
    if a.dtype != np.float32 or b.dtype.kind != "f":
        return floor
    finite = b[np.isfinite(b)]
    return floor if (finite == np.round(finite)).all() else max(floor, SINGLE)


def agree(a: np.ndarray, b: np.ndarray, floor: float) -> np.ndarray:
    """Where ``a`` equals ``b``, up to rounding in the type of ``a``."""
    tol = _tolerance(a, b, floor)
    a, b = a.astype(np.float64), b.astype(np.float64)
    finite = np.abs(b[np.isfinite(b)])
    scale = finite.max() if finite.size else 0.0
    with np.errstate(invalid="ignore"):
        near = np.abs(a - b) <= tol * (max(scale, 1e-3) + np.abs(b))
    return (near & np.isfinite(b)) | (a == b) | ((a != a) & (b != b))


def same(a: Any, b: np.ndarray, floor: float = 1e-7) -> bool:
    if a.shape != b.shape or a.size > HUGE:
        return a.shape == b.shape  # of a huge one only the shape was kept
    return bool(agree(a, b, floor).all())


def all_same(outputs: dict, others: dict, floor: float) -> bool:
    return all(n in others and same(a, others[n], floor) for n, a in outputs.items())


def _parts(name: str, count: int) -> list[str]:
    """Names for the parts of a tuple: of ``(h, c)`` they are ``h`` and ``c``."""
    inner = name.strip("()").split(", ")
    return inner if len(inner) == count > 1 else [f"{name}[{i}]" for i in range(count)]


def damage(name: str, before: Any, after: Any) -> str | None:
    """The path to the first thing in an argument that has changed."""
    if isinstance(before, np.ndarray):
        equal = (
            isinstance(after, np.ndarray)
            and (before.shape, before.dtype) == (after.shape, after.dtype)
            and np.array_equal(before, after, equal_nan=before.dtype.kind == "f")
        )
        return None if equal else name
    if isinstance(before, dict):
        if not isinstance(after, dict) or before.keys() != after.keys():
            return name
        pairs = [(f'{name}["{k}"]', v, after[k]) for k, v in before.items()]
    elif isinstance(before, list | tuple):
        if type(before) is not type(after) or len(before) != len(after):
            return name
        pairs = list(zip(_parts(name, len(before)), before, after, strict=True))
    else:
        return None
    found = (damage(*pair) for pair in pairs)
    return next((path for path in found if path), None)


# ---- one run of a function over all cases


def _names(arguments: str) -> list[str]:
    return [n.strip() for n in re.split(r",(?![^(]*\))", arguments)]


def _cases(check: Check, seed: int) -> list[Case]:
    return check.cases(np.random.default_rng(seed))


@dataclass
class Run:
    """What a function did, before anybody knows what is right."""

    returned: list  # for each case something plain, Raised, Unreadable, or last Late
    damaged: dict[int, str | None]  # the path to what was changed, for each call
    printed: tuple[str, int]
    line: str = ""  # that writes into an argument

    def hurt(self) -> int | None:
        """The first call that changed an argument."""
        return next((k for k, path in sorted(self.damaged.items()) if path), None)


def _run(check: Check, function, form, cases, seconds, around=_NOTHING) -> Run:
    """All cases, and the first one once more.

    What is right is not computed before the function has ended, so that it stands
    nowhere while the function runs.
    """
    damaged: dict[int, str | None] = {}
    names = _names(check.arguments)

    def job(k: int, case: Case):
        args = copy.deepcopy(case.args)
        try:
            return plain(function(*args[form]))
        finally:
            hurt = map(damage, names, case.args, args)
            damaged[k] = next((path for path in hurt if path), None)

    calls = enumerate([*cases, cases[0]])
    jobs = [lambda k=k, case=case: job(k, case) for k, case in calls]
    returned, printed = guard.run(jobs, seconds, around)
    return Run(returned, damaged, printed)


def _readings(check: Check, cases: list[Case]) -> list[Reading]:
    reference = check.wrapped(check.reference)
    return [
        reading(check, plain(reference(*copy.deepcopy(case.args)))) for case in cases
    ]


def prepared(name: str, seed: int = 0) -> tuple[list[Case], list[dict]]:
    """The cases of a check, and the reference's outputs for them."""
    cases = _cases(CHECKS[name], seed)
    return cases, [right.outputs for right in _readings(CHECKS[name], cases)]


@dataclass
class Trial:
    """A function's outcomes beside those of the reference and of known mistakes."""

    check: Check
    cases: list[Case]
    right: list[Reading]
    outcomes: list  # for each case a dict of arrays, Raised or Unreadable
    again: Any  # the outcome of the first case, a second time
    left: list[str]  # what is asked for and was not returned
    given: frozenset[str]  # what was returned, compared or not
    notes: set[str]
    damaged: dict[int, str | None]
    printed: tuple[str, int]

    def __post_init__(self):
        self.wanted = [right.outputs for right in self.right]
        self.readable = all(isinstance(o, dict) for o in self.outcomes)
        self._known: dict[tuple[Mistake, ...], list | None] = {}

    def bad(self) -> list[int]:
        """The cases that went wrong."""
        return [k for k in range(len(self.cases)) if self.wrong(k) != []]

    def wrong(self, k: int) -> list[str] | None:
        """The outputs that are wrong in a case; None where there are none."""
        outcome = self.outcomes[k]
        if not isinstance(outcome, dict):
            return None
        pairs = ((n, a, self.wanted[k][n]) for n, a in outcome.items())
        return [n for n, a, b in pairs if not same(a, b, self.check.tolerance)]

    def right_everywhere(self) -> list[str]:
        """The outputs that are right in all cases."""
        first = next(o for o in self.outcomes if isinstance(o, dict))
        wrong = {n for k in range(len(self.cases)) for n in self.wrong(k) or ()}
        return [n for n in first if n not in wrong]

    def known(self, chosen: tuple[Mistake, ...]) -> list | None:
        """What one mistake, or two at once, lead to; None for what has no variant."""
        if chosen not in self._known:
            function = variant(self.check.reference, *chosen)
            pair_that_holds = len(chosen) > 1 and any(m.holds for m in chosen)
            if function is None or pair_that_holds:
                self._known[chosen] = None
            else:
                function = self.check.wrapped(function)
                self._known[chosen] = [
                    _outcome(self.check, function, case, expected)
                    for case, expected in zip(self.cases, self.wanted, strict=True)
                ]
        return self._known[chosen]


def _outcome(check: Check, function, case: Case, expected: dict):
    """What a function of ours leads to."""
    try:
        with np.errstate(all="ignore"):
            raw = function(*copy.deepcopy(case.args))
            return read(check, raw, expected, set())
    except Unreadable as error:
        return error
    except Exception as error:
        return Raised(type(error).__name__, "", None)


def _trial(check: Check, run: Run, seed: int) -> Trial:
    """Read what was returned, now that what is right may be known.

    The cases are drawn anew: those that the function saw were in its reach.
    """
    cases = _cases(check, seed)[: len(run.returned) - 1]
    right = _readings(check, cases)
    read_by_name = [
        _read(check, raw, one.outputs)
        for raw, one in zip(run.returned, [*right, right[0]], strict=True)
    ]
    found = list(zip(read_by_name, right, strict=False))
    left = {
        n for r, w in found if isinstance(r, Reading) for n in left_out(check, r, w)
    }
    outcomes = [r.outputs if isinstance(r, Reading) else r for r in read_by_name]
    notes = {note for r in read_by_name if isinstance(r, Reading) for note in r.notes}
    order = [name.lstrip("+") for name in leaves(check.returns[0])]
    first = read_by_name[0]
    return Trial(
        check,
        cases,
        right,
        outcomes[:-1],
        outcomes[-1],
        sorted(left, key=order.index),
        first.given if isinstance(first, Reading) else frozenset(),
        notes,
        run.damaged,
        run.printed,
    )


def _read(check: Check, raw: Any, expected: dict) -> Any:
    if isinstance(raw, Raised | Unreadable):
        return raw
    try:
        return reading(check, raw, expected)
    except Unreadable as error:
        return error


# ---- known mistakes


def _matches(trial: Trial, chosen: tuple[Mistake, ...]) -> bool:
    """Whether the reader's outcomes are this variant's, in all cases."""
    if len(chosen) == 1 and chosen[0].holds:
        triples = zip(trial.cases, trial.outcomes, trial.wanted, strict=True)
        return trial.readable and all(chosen[0].holds(*triple) for triple in triples)
    others = trial.known(chosen)
    if others is None:
        return False
    pairs = list(zip(trial.outcomes, others, strict=True))
    return any(isinstance(o, dict) for o in trial.outcomes) and all(
        _equal_outcomes(mine, other, trial.check.tolerance) for mine, other in pairs
    )


def _equal_outcomes(a: Any, b: Any, floor: float) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return all_same(a, b, floor)
    return isinstance(a, Raised) and isinstance(b, Raised) and a.kind == b.kind


def _repeats(trial: Trial) -> bool:
    first, again = trial.outcomes[0], trial.again
    if isinstance(first, Unreadable):
        return isinstance(again, Unreadable)
    return _equal_outcomes(first, again, trial.check.tolerance)


def _constant(arrays: list[np.ndarray]) -> bool:
    """Whether one number stands everywhere, NaN among them."""
    if any(a.size > HUGE for a in arrays):
        return False
    numbers = np.concatenate([a.ravel().astype(np.float64) for a in arrays])
    first = numbers[:1]
    if numbers.size == 1:  # one number may be any, but is no answer if it is none
        return bool((first == 0).all() or not np.isfinite(first).all())
    return bool(((numbers == first) | ((numbers != numbers) & (first != first))).all())


def _flat(trial: Trial) -> bool:
    """Whether no output depends on anything within a case, nor a number on the case."""

    def flat(arrays):
        if all(a.size == 1 for a in arrays):
            return _constant(arrays)
        return all(a.size == 1 or _constant([a]) for a in arrays)

    return all(flat(arrays) for arrays in _by_name(trial))


def _by_name(trial: Trial) -> list[list[np.ndarray]]:
    """For each output its arrays in all cases; without cases that stopped."""
    found = [o for o in trial.outcomes if isinstance(o, dict)]
    return [[o[name] for o in found if name in o] for name in (found or [{}])[0]]


def _inside(value: Any) -> Iterator[np.ndarray]:
    """The arrays and numbers in an argument, in order."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from _inside(part)
    elif isinstance(value, np.ndarray | np.number | int | float):
        yield np.asarray(value)


def _empty(trial: Trial) -> bool:
    """Whether each output is one constant in all cases, or what was put in."""
    found = [k for k, o in enumerate(trial.outcomes) if isinstance(o, dict)]
    put_in = [list(_inside(trial.cases[k].args)) for k in found]

    def handed_back(arrays):
        pairs = list(zip(arrays, put_in, strict=True))
        return len(pairs) == len(found) and any(
            all(i < len(args) and _identical(a, args[i]) for a, args in pairs)
            for i in range(len(put_in[0]))
        )

    return bool(found) and all(
        _constant(arrays) or handed_back(arrays) for arrays in _by_name(trial)
    )


def _identical(a: np.ndarray, b: np.ndarray) -> bool:
    if a.shape != b.shape or b.dtype.kind not in "biuf":
        return False
    return bool(((a == b) | ((a != a) & (b != b))).all())


def _spoils(trial: Trial, one: Mistake) -> set[str]:
    """The outputs that a mistake makes wrong, in some case, by itself."""
    floor, spoilt = trial.check.tolerance, set()
    for other, right in zip(trial.known((one,)) or [], trial.wanted, strict=False):
        done = isinstance(other, dict)
        spoilt |= {
            n
            for n in right
            if not (done and n in other and same(other[n], right[n], floor))
        }
    return spoilt


def _cancels(trial: Trial, pair: tuple[Mistake, ...]) -> bool:
    """Whether an output is right that one of two mistakes makes wrong by itself."""
    fine = set(trial.right_everywhere())
    return any(fine & _spoils(trial, one) for one in pair)


def recognise(trial: Trial) -> tuple[tuple[Mistake, ...] | None, list]:
    """The one mistake, or else the one pair, that explains every case.

    Returns
    -------
    chosen : tuple of Mistake, or None
    beside : list of such tuples
        Pairs that lead to the same, but are no explanation of it: each hides the other.
    """
    mistakes = trial.check.mistakes
    found = [(one,) for one in mistakes if _matches(trial, (one,))]
    if found or not trial.readable or _flat(trial):
        return (found[0] if len(found) == 1 else None), []
    pairs = itertools.combinations(mistakes, 2)
    pairs = [pair for pair in pairs if _matches(trial, pair)]
    named = [pair for pair in pairs if not _cancels(trial, pair)]
    return (named[0] if len(named) == 1 else None), [p for p in pairs if p not in named]


def _no_worse(trial: Trial, one: Mistake) -> bool:
    """Whether every output in every case is right, or what the mistake leads to."""
    others = trial.known((one,))
    if others is None:
        return False
    fours = list(zip(trial.cases, trial.outcomes, others, trial.wanted, strict=True))
    floor = trial.check.tolerance
    if one.holds:
        return trial.readable and all(_holds(one, *four, floor) for four in fours)
    return all(_between(*four[1:], floor) for four in fours)


def _holds(
    one: Mistake, case: Case, mine: dict, other: Any, right: dict, floor
) -> bool:
    """Whether it would be this mistake if what is right were as wrong as by it."""
    if not isinstance(other, dict) or not mine.keys() <= other.keys():
        return False
    fine = [name for name, a in mine.items() if same(a, right[name], floor)]
    if len(fine) == len(mine):
        return True
    return one.holds(case, mine | {name: other[name] for name in fine}, right)


def _between(mine: Any, other: Any, right: dict, floor: float) -> bool:
    if not isinstance(mine, dict):
        return _equal_outcomes(mine, other, floor)
    known = other if isinstance(other, dict) else {}
    return all(
        same(a, right[name], floor) or (name in known and same(a, known[name], floor))
        for name, a in mine.items()
    )


def _near(trial: Trial, beside: list) -> tuple[tuple[str, ...], ...]:
    """The mistakes than which the answer is no worse."""
    if _flat(trial):
        return ()
    alone = [(m,) for m in trial.check.mistakes if _no_worse(trial, m)]
    return tuple(tuple(m.name for m in chosen) for chosen in [*alone, *beside])


def reordered(trial: Trial) -> tuple[str, ...] | None:
    """The order in which right values were returned, if only the order is wrong."""
    if not trial.readable:
        return None
    names, floor = tuple(trial.outcomes[0]), trial.check.tolerance
    if not 2 <= len(names) <= 6:
        return None
    for order in itertools.permutations(names):
        if order != names and all(
            tuple(o) == names
            and all(same(o[n], w[m], floor) for n, m in zip(names, order, strict=True))
            for o, w in zip(trial.outcomes, trial.wanted, strict=True)
        ):
            return order
    return None


# ---- the words


def _at(place: Place | None) -> str:
    if place is None:
        return ""
    text = f": {code(place.text)}" if place.text else ""
    return f" in line {place.number} of `{place.function}`{text}"


def _shapes(check: Check, case: Case) -> str:
    def inside(name, value):
        if isinstance(value, np.ndarray):
            yield f"{code(name)} {value.shape}"
        elif isinstance(value, dict):
            for key, part in value.items():
                yield from inside(f'{name}["{key}"]', part)
        elif isinstance(value, tuple):
            for n, part in zip(_parts(name, len(value)), value, strict=True):
                yield from inside(n, part)

    pairs = zip(_names(check.arguments), case.args, strict=True)
    parts = [text for pair in pairs for text in inside(*pair)]
    return "Shapes there: " + ", ".join(parts[:10]) + "." if parts else ""


def _first_departure(check: Check, name: str, a, b) -> str:
    """Where, in words: the index, and for a sequence the step that goes wrong first."""
    bad = np.argwhere(~agree(a, b, check.tolerance))
    axis, direction = (check.time or {}).get(name, (None, 1))
    if axis is not None:
        times = bad[:, axis]
        t = int(times.max() if direction < 0 else times.min())
        index = tuple(bad[times == t][0].tolist())
        back = ", the first on the way back" if direction < 0 else ""
        where = f"departs first at time step {t} of 0 to {b.shape[axis] - 1}{back}"
        where += f", index {list(index)}"
    elif b.ndim:
        index = tuple(bad[0].tolist())
        where = f"departs first at index {list(index)}"
    else:
        index, where = (), "is not the right number"
    if not np.isfinite(a[index]) and np.isfinite(b[index]):
        kind = "NaN" if np.isnan(a[index]) else "infinity"
        where += f", where it is {kind}: look for a division by zero, a logarithm of 0 "
        where += "or an overflow"
    return where


def _remark(trial: Trial, name: str) -> str:
    """What can be said of an output that no known mistake explains."""
    pairs = [
        (o[name], w[name])
        for o, w in zip(trial.outcomes, trial.wanted, strict=True)
        if isinstance(o, dict) and name in o
    ]

    def each(test):
        return all(a.size <= HUGE and test(a, b) for a, b in pairs)

    if each(lambda a, b: a.ndim and same(-1.0 * a, b)):
        return f" {code(name)} has the opposite sign everywhere."
    if each(lambda a, b: a.ndim >= 2 and same(a.T, b)):
        return f" {code(name)} is right but transposed."
    if each(lambda a, b: a.shape == b.shape and agree(a, b, 1e-4).all()):
        return (
            f" {code(name)} is right to about four digits: is something rounded, or "
            "computed in float32?"
        )
    return ""


def _values(trial: Trial, k: int) -> str:
    """The lines about outputs that are wrong in case ``k``."""
    wrong = trial.wrong(k)
    name = wrong[0]
    a, b = trial.outcomes[k][name], trial.wanted[k][name]
    if a.shape != b.shape:
        got = f"shape {a.shape}" if a.ndim else "a single number"
        says = f"{code(name)} should have shape {b.shape}, and has {got}"
    else:
        says = f"{code(name)} {_first_departure(trial.check, name, a, b)}"
    says += f" ({_case(trial.cases, k)})."
    if wrong[1:]:
        says += f" Wrong as well: {_list(wrong[1:])}."
    right = trial.right_everywhere()
    if right:
        says += f" Right: {_list(right)}."
    return says


def _list(names: list[str]) -> str:
    return ", ".join(map(code, names))


def _case(cases: list[Case], k: int) -> str:
    return f"case {k + 1} of {len(cases)}: {cases[k].label}"


def _named(chosen: tuple[Mistake, ...], check: Check) -> str:
    many = len(chosen) > 1
    lines = ["**Two known mistakes at once.**" if many else "**A known mistake.**"]
    lines += [f"{m.says} See {link(check.page_of(m))}." for m in chosen]
    return " ".join(lines)


def _general(name: str, more: str = "", page: str = "") -> str:
    says, usual = GENERAL[name]
    return f"**A known mistake.** {more}{says} See {link(page or usual)}."


def _printed(printed: tuple[str, int]) -> list[str]:
    text, lines = printed
    if not text:
        return []
    first = next((line for line in text.splitlines() if line.strip()), "")[:60]
    count = "one line" if lines <= 1 else f"{lines} lines"
    return [f"(It printed {count}, not shown here, the first: {code(first)})"]


def _readonly(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        value = value.copy()
        value.flags.writeable = False
        return value
    if isinstance(value, dict):
        return {k: _readonly(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_readonly(v) for v in value)
    return value


def _writing_line(function, form, cases: list[Case], hurt: int, inside) -> str:
    """The line that writes into an argument, found by forbidding it."""
    args = _readonly(cases[hurt % len(cases)].args)  # the last call is of the first
    calls = [lambda: function(*args[form]) and None]
    (outcome, *_), _ = guard.run(calls, seconds=0.2, around=inside)
    if isinstance(outcome, Raised) and "read-only" in outcome.text:
        return _at(outcome.place)
    return ""


def _needed(signature: inspect.Signature) -> int:
    """How many arguments a function must get: those without a default."""
    kinds = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = signature.parameters.values()
    return sum(p.kind in kinds and p.default is p.empty for p in parameters)


def _takes(signature: inspect.Signature | None, args: tuple) -> bool:
    if signature is None:
        return True
    try:
        signature.bind(*args)
    except TypeError:
        return False
    return True


def _form(check: Check, function) -> tuple[slice | None, str]:
    """Which arguments the function takes, or what is wrong with its signature.

    An optional parameter does not decide it: the form that is as long as what must be
    given counts, and else the shortest, which is the one that the exercises show.
    """
    signature, args = guard.arity(function), _cases(check, 0)[0].args
    forms = [form for form in check.forms if _takes(signature, args[form])]
    if forms:
        exact = [f for f in forms if signature and len(args[f]) == _needed(signature)]
        return min(exact or forms, key=lambda form: len(args[form])), ""
    names = _names(check.arguments)
    wanted = " or ".join(code("(" + ", ".join(names[f]) + ")") for f in check.forms)
    return None, (
        f"your function is called with {wanted}, and its own arguments are "
        f"{code(signature)}."
    )


def expects(check: Check) -> str:
    """What a function must look like to be checked."""
    names = _names(check.arguments)
    call = ", ".join(names[check.forms[-1]])
    form = show(check.returns[0]).removeprefix("(").removesuffix(")")
    return f"A function of {code(f'({call})')} that ends with {code(f'return {form}')}."


def judge(
    check: Check,
    function: Any,
    seed: int = 0,
    seconds: float = guard.SECONDS,
    watch: Watch | None = None,
) -> Result:
    """Run and compare; every way a reader's function can go wrong ends in a Result.

    ``watch`` sees the function run, and has put everything back before it is judged.
    """
    with watch or _NOTHING:
        run = ran(check, function, seed, seconds, watch)
    if isinstance(run, Result):
        return run
    if isinstance(run.returned[-1], Late):
        return _late(check, run, _cases(check, seed), seconds)
    trial = _trial(check, run, seed)
    hurt = run.hurt()
    if hurt is not None and isinstance(trial.outcomes[0], dict):
        return _damaged(trial, hurt, run.line)
    if trial.bad():
        return _wrong(trial, trial.bad()[0])
    if not _repeats(trial):
        head = "right at the first call, and not at the second."
        return _not_yet(trial, head, _general("not_repeatable"), name="not_repeatable")
    if trial.left:
        head = f"what it returns is right: {_list(list(trial.outcomes[0]))}."
        gone = f"Not returned, or not whole: {_list(trial.left)}. "
        says = _general("not_returned", gone, check.page)
        return _not_yet(trial, head, says, name="not_returned")
    return _right(trial)


def ran(
    check: Check,
    function: Any,
    seed: int,
    seconds: float,
    watch: Watch | None = None,
    many: int | None = None,
) -> Run | Result:
    """What a function did, or why it cannot be called.

    All that asks something of what the reader wrote happens in here. ``many`` cases
    are enough; without it all are run.
    """
    if not callable(function):
        hint = "Pass its name without calling it: `my_step`, not `my_step(...)`."
        got = short(plain(function))
        return _no(check, f"expected a function, got {got}. {hint}")
    form, why = _form(check, function)
    if form is None:
        return _no(check, why)
    inside = _NOTHING if watch is None else watch.inside
    wrapped, cases = check.wrapped(function), _cases(check, seed)[:many]
    run = _run(check, wrapped, form, cases, seconds, inside)
    if run.hurt() is not None and not isinstance(run.returned[-1], Late):
        run.line = _writing_line(wrapped, form, cases, run.hurt(), inside)
    return run


def passes(check: Check, run: Run | Result, seed: int) -> bool:
    """Whether what a function did is right, without a word on what is wrong."""
    if isinstance(run, Result) or isinstance(run.returned[-1], Late):
        return False
    trial = _trial(check, run, seed)
    fine = not trial.bad() and _repeats(trial) and not trial.left
    return fine and run.hurt() is None


def _no(check: Check, *lines: str, mistake=None, case=None, marks=_NONE) -> Result:
    lead, *rest = [line for line in lines if line]
    message = "\n\n".join([f"**Not yet.** `{check.name}`: {lead}", *rest])
    return Result(check.name, False, message, mistake, case, marks)


def _not_yet(trial: Trial, *lines: str, name=None, k: int = 0, near=()) -> Result:
    """The result for what was run to its end; ``name`` of the mistake, if known."""
    asked = [one for one in leaves(trial.check.returns[0]) if one[0] != "*"]
    # A list that is too short is what a mistake leads to, and no other one.
    gone = [
        one for one in trial.left if name == "not_returned" or one not in trial.given
    ]
    marks = Marks(tuple(near), len(gone) / len(asked), _empty(trial))
    tail = sorted(trial.notes)[:2] + _printed(trial.printed)
    case = trial.cases[k].args
    return _no(trial.check, *lines, *tail, mistake=name, case=case, marks=marks)


def _joined(chosen) -> str:
    return " + ".join(m.name for m in chosen)


def _damaged(trial: Trial, k: int, line: str) -> Result:
    path, name = code(trial.damaged[k]), "in_place"
    k = k % len(trial.cases)
    lines = [
        f"your function changes its argument {path} ({_case(trial.cases, k)}).",
        _general("in_place", f"{path} is not the same after the call{line}. "),
    ]
    if trial.bad():  # named only if a mistake explains the values, too
        chosen, _ = recognise(trial)
        lines += [_named(chosen, trial.check)] if chosen else []
        lines += [] if chosen else ["What it returns is wrong, too."]
        name = f"{_joined(chosen)} + in_place" if chosen else None
    return _not_yet(trial, *lines, name=name, k=k)


def _late(check: Check, run: Run, cases: list[Case], seconds: float) -> Result:
    late, k = run.returned[-1], min(len(run.returned), len(cases)) - 1
    head = f"your function did not come back within {seconds:g} s "
    head += f"({_case(cases, k)})."
    if late.place:
        head += f" When it was stopped it stood{_at(late.place)}."
    head += " Is there a loop whose condition never ends?"
    left = "It could not be stopped and still runs: restart the kernel."
    lines = [head, "" if late.stopped else left, *_printed(run.printed)]
    return _no(check, *lines, case=cases[k].args, marks=Marks(late=True))


def _right(trial: Trial) -> Result:
    check = trial.check
    lines = [
        f"**Right.** `{check.name}` agrees with the reference in all "
        f"{len(trial.cases)} cases."
    ]
    names = [name.lstrip("+*") for name in leaves(check.returns[0])]
    unseen = [name for name in names if name not in trial.given]
    if unseen:
        lines.append(f"Not returned and so not checked: {_list(unseen)}.")
    lines += sorted(trial.notes)[:3] + _printed(trial.printed)
    return Result(check.name, True, "\n\n".join(lines))


def _wrong(trial: Trial, k: int) -> Result:
    outcome = trial.outcomes[k]
    if isinstance(outcome, Unreadable):
        return _not_yet(trial, f"{outcome} ({_case(trial.cases, k)})", k=k)
    head = _head(trial, k)
    chosen, beside = recognise(trial)
    near = _near(trial, beside)
    if chosen:
        named = _named(chosen, trial.check)
        return _not_yet(trial, *head, named, name=_joined(chosen), k=k, near=near)
    order = reordered(trial)
    if order:
        given = f"You return {code(', '.join(order))}; asked for is "
        given += f"{code(', '.join(trial.outcomes[0]))}. "
        return _not_yet(trial, *head, _general("order", given), name="order", k=k)
    if not _repeats(trial):
        name = "not_repeatable" if k else None  # right at the first call, at least
        return _not_yet(trial, *head, _general("not_repeatable"), name=name, k=k)
    return _not_yet(trial, *_unexplained(trial, head, near, k), k=k, near=near)


def _head(trial: Trial, k: int) -> list[str]:
    """What went wrong in a case."""
    outcome = trial.outcomes[k]
    if isinstance(outcome, dict):
        return [_values(trial, k)]
    text = f"{outcome.kind}: {outcome.text}" if outcome.text else outcome.kind
    head = f"it stops with {code(text)}{_at(outcome.place)} ({_case(trial.cases, k)})."
    return [head, HINTS.get(outcome.kind) or _shapes(trial.check, trial.cases[k])]


def _unexplained(trial: Trial, head: list[str], near, k: int) -> list[str]:
    first, *rest = head
    if near:
        known = code(" + ".join(near[0]))
        rest.append(f"What is wrong is what {known} leads to; the rest is right.")
    elif isinstance(trial.outcomes[k], dict):
        first += _remark(trial, trial.wrong(k)[0])
        rest.append("No mistake known here explains it.")
    rest = [line for line in rest if line] or [""]
    rest[-1] += f" The page is {link(trial.check.page)}."
    return [first, *rest]
