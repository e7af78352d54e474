"""What a function did, beside what is right and beside what known mistakes lead to."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnbook.checks import guard
from rnnbook.checks.catalogue import Case, Check, Mistake, variant
from rnnbook.checks.compare import all_same, fresh, same
from rnnbook.checks.generic import Seen, constant, handed_back, looked_at
from rnnbook.checks.guard import Raised, Unreadable
from rnnbook.checks.reading import Reading, leaves, left_out, plain, read, reading

# For each of some mistakes, and each case, what they lead to.
Known = dict[tuple[Mistake, ...], dict[int, Any]]
_KEPT: dict[tuple[str, int], tuple[Check, Known]] = {}


def cases_of(check: Check, seed: int) -> list[Case]:
    return check.cases(np.random.default_rng(seed))


@dataclass
class Run:
    """What a function did, before anybody knows what is right."""

    returned: list  # for each case something plain, Raised, Unreadable, or last Late
    damaged: dict[int, str | None]  # the path to what was changed, for each call
    printed: tuple[str, int]
    form: slice  # which of the arguments it was given
    line: str = ""  # that writes into an argument
    ignores: bool = False  # whether nothing that comes in is used
    name: str = ""  # of the function

    def hurt(self) -> int | None:
        """The first call that changed an argument."""
        return next((k for k, path in sorted(self.damaged.items()) if path), None)


def readings_of(check: Check, cases: list[Case]) -> list[Reading]:
    reference = check.wrapped(check.reference)
    return [reading(check, plain(reference(*fresh(case.args)))) for case in cases]


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
    run: Run
    keys: dict[str, str]  # of what was returned in a dict, from output to key
    kept: Known  # what mistakes led to before

    def __post_init__(self):
        self.wanted = [right.outputs for right in self.right]
        self.readable = all(isinstance(o, dict) for o in self.outcomes)
        self._variants: dict[tuple[Mistake, ...], Callable | None] = {}

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

    def wrong_somewhere(self) -> list[str]:
        """The outputs that are wrong in some case."""
        right = set(self.right_everywhere())
        return [name for name in self.by_name() if name not in right]

    def by_name(self) -> dict[str, list[np.ndarray]]:
        """For each output its arrays in all cases; without cases that stopped."""
        found = [o for o in self.outcomes if isinstance(o, dict)]
        names = found[0] if found else {}
        return {name: [o[name] for o in found if name in o] for name in names}

    def seen(self, name: str) -> Seen:
        """One output, beside what is right and what was handed in."""
        pairs = zip(self.outcomes, self.wanted, self.cases, strict=True)
        found = [one for one in pairs if isinstance(one[0], dict) and name in one[0]]
        return looked_at(
            self.check.arguments,
            [case.args for _, _, case in found],
            [mine[name] for mine, _, _ in found],
            [right[name] for _, right, _ in found],
            self.check.tolerance,
        )

    def put_in(self) -> list:
        """What was handed in, in the cases that did not stop."""
        name = next(iter(self.by_name()), None)
        return [] if name is None else self.seen(name).put_in

    def right_everywhere(self) -> list[str]:
        """The outputs that are right in all cases."""
        first = next(o for o in self.outcomes if isinstance(o, dict))
        wrong = {n for k in range(len(self.cases)) for n in self.wrong(k) or ()}
        return [n for n in first if n not in wrong]

    def known(self, chosen: tuple[Mistake, ...]) -> list | None:
        """What one mistake, or two at once, lead to; None for what has no variant."""
        if self.variant(chosen) is None:
            return None
        return [self.known_in(chosen, k) for k in range(len(self.cases))]

    def leads_here(self, chosen: tuple[Mistake, ...]) -> bool:
        """Whether mistakes lead to what was returned; most do not in the first case."""
        floor = self.check.tolerance
        return self.variant(chosen) is not None and all(
            _equal_outcomes(mine, self.known_in(chosen, k), floor)
            for k, mine in enumerate(self.outcomes)
        )

    def variant(self, chosen: tuple[Mistake, ...]) -> Callable | None:
        """The wrong function that one mistake, or two at once, make."""
        if chosen not in self._variants:
            loose = len(chosen) > 1 and any(m.holds for m in chosen)
            made = None if loose else variant(self.check.reference, *chosen)
            self._variants[chosen] = made
        return self._variants[chosen]

    def known_in(self, chosen: tuple[Mistake, ...], k: int) -> Any:
        """What they lead to in one case."""
        done = self.kept.setdefault(chosen, {})
        if k not in done:
            function = self.check.wrapped(self.variant(chosen))
            args = self.check, function, self.cases[k], self.wanted[k]
            done[k] = _outcome(*args)
        return done[k]


def _outcome(check: Check, function, case: Case, expected: dict):
    """What a function of ours leads to."""
    try:
        with np.errstate(all="ignore"):
            raw = function(*fresh(case.args))
            return read(check, raw, expected, set())
    except Unreadable as error:
        return error
    except Exception as error:
        return Raised(type(error).__name__, "", None)


def kept_of(check: Check, seed: int) -> Known:
    """What mistakes led to in earlier trials of a check, with the same cases.

    A notebook could reach it: whoever gives marks for a trial starts with nothing.
    """
    of, kept = _KEPT.get((check.name, seed), (None, {}))
    if of is not check:
        of, kept = _KEPT[check.name, seed] = check, {}
    return kept


def tried(check: Check, run: Run, seed: int, kept: Known | None = None) -> Trial:
    """Read what was returned, now that what is right may be known.

    The cases are drawn anew: those that the function saw were in its reach.
    """
    cases = cases_of(check, seed)[: len(run.returned) - 1]
    right = readings_of(check, cases)
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
        run,
        first.keys if isinstance(first, Reading) else {},
        {} if kept is None else kept,
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
        fits = trial.readable and all(_fits(chosen[0], *triple) for triple in triples)
        return fits and _numbers_where_it_has(trial, chosen[0])
    done = any(isinstance(o, dict) for o in trial.outcomes)
    return done and trial.leads_here(chosen)


def _numbers_where_it_has(trial: Trial, one: Mistake) -> bool:
    """Whether no output is NaN throughout in which the mistake leaves numbers."""

    def none(a):
        return bool(a.size and a.dtype.kind == "f" and np.isnan(a).all())

    return all(
        none(other[name])
        for mine, other in zip(trial.outcomes, trial.known((one,)) or [], strict=False)
        for name, a in mine.items()
        if none(a) and isinstance(other, dict) and name in other
    )


def _fits(one: Mistake, case: Case, outputs: dict, expected: dict) -> bool:
    """What the mistake's own test says; of outputs that it cannot read it says no."""
    try:
        with np.errstate(all="ignore"):
            return bool(one.holds(case, outputs, expected))
    except Exception:
        return False


def _equal_outcomes(a: Any, b: Any, floor: float) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return all_same(a, b, floor)
    return isinstance(a, Raised) and isinstance(b, Raised) and a.kind == b.kind


def repeats(trial: Trial) -> bool:
    first, again = trial.outcomes[0], trial.again
    if isinstance(first, Unreadable):
        return isinstance(again, Unreadable)
    return _equal_outcomes(first, again, trial.check.tolerance)


def _flat(trial: Trial) -> bool:
    """Whether no output depends on anything within a case, nor a number on the case."""
    return all(_is_flat(arrays) for arrays in trial.by_name().values())


def _is_flat(arrays: list[np.ndarray]) -> bool:
    if all(a.size == 1 for a in arrays):
        return constant(arrays)
    return all(a.size == 1 or constant([a]) for a in arrays)


def is_empty(trial: Trial) -> bool:
    """Whether each output is one constant in all cases, or what was put in."""
    outputs, put_in = trial.by_name(), trial.put_in()
    return bool(outputs) and all(
        constant(arrays) or handed_back(arrays, put_in) for arrays in outputs.values()
    )


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


def _by_chance(trial: Trial, pair: tuple[Mistake, ...]) -> bool:
    """Whether two mistakes hide each other in part: then they explain nothing."""
    with np.errstate(all="ignore"):  # sums of what may be infinite
        restored = any(_restored(trial, one) for one in pair)
    return restored or _flat_by_chance(trial, pair)


def _restored(trial: Trial, one: Mistake) -> bool:
    """Whether a shape or a sum is right everywhere that a mistake makes wrong."""
    floor, others = trial.check.tolerance, trial.known((one,)) or []
    for name in trial.wrong_somewhere():
        for of in (np.shape, np.sum):
            wanted = [np.asarray(of(right[name])) for right in trial.wanted]
            mine = [np.asarray(of(o[name])) for o in trial.outcomes]
            alone = [
                np.asarray(of(o[name])) if isinstance(o, dict) and name in o else None
                for o in others
            ]
            if all(map(lambda a, b: same(a, b, floor), mine, wanted)) and not all(
                a is not None and same(a, b, floor)
                for a, b in zip(alone, wanted, strict=True)
            ):
                return True
    return False


def _flat_by_chance(trial: Trial, pair: tuple[Mistake, ...]) -> bool:
    """Whether a wrong output is one number, to which neither mistake leads alone."""
    outputs, floor = trial.by_name(), trial.check.tolerance
    flat = [name for name in trial.wrong_somewhere() if _is_flat(outputs[name])]

    def leads_to(one: Mistake, name: str) -> bool:
        alone = trial.known((one,)) or []
        return all(
            isinstance(o, dict) and name in o and same(mine[name], o[name], floor)
            for mine, o in zip(trial.outcomes, alone, strict=True)
        )

    return not all(any(leads_to(one, name) for one in pair) for name in flat)


def _counts_only(trial: Trial) -> bool:
    """Whether single whole numbers are asked for, which two mistakes hit by chance."""
    right = [a for outputs in trial.wanted for a in outputs.values()]
    return all(a.size == 1 and bool((a == np.round(a)).all()) for a in right)


def _says_nothing_is_used(one: Mistake) -> bool:
    return callable(one.change) and guard.ignores(one.change)


def recognise(trial: Trial) -> tuple[tuple[Mistake, ...] | None, list]:
    """The one mistake, or else the one pair, that explains every case.

    A function that uses nothing of what comes in makes no mistake but this one. A
    mistake that is known by a test of its own is looser than one of which the numbers
    are known, or than a pair of such.

    Returns
    -------
    chosen : tuple of Mistake, or None
    beside : list of such tuples
        Pairs that lead to the same, but are no explanation of it: each hides the other.
    """
    mistakes = trial.check.mistakes
    found = [(one,) for one in mistakes if _matches(trial, (one,))]
    if trial.run.ignores and is_empty(trial):
        found = [one for one in found if _says_nothing_is_used(*one)]
        return (found[0] if len(found) == 1 else None), []
    exact = [one for one in found if not one[0].holds]
    loose = [one for one in found if one[0].holds]
    if exact or not trial.readable or _flat(trial) or _counts_only(trial):
        found = exact or loose
        return (found[0] if len(found) == 1 else None), []
    pairs = itertools.combinations(mistakes, 2)
    pairs = [pair for pair in pairs if _matches(trial, pair)]
    named = [pair for pair in pairs if not _cancels(trial, pair)]
    chance = len(named) == 1 and _by_chance(trial, named[0])
    if len(named) == 1 and not chance:
        return named[0], [pair for pair in pairs if pair not in named]
    beside = pairs if chance else [pair for pair in pairs if pair not in named]
    return (loose[0] if len(loose) == 1 else None), beside


def _no_worse(trial: Trial, one: Mistake) -> bool:
    """Whether every output in every case is right, or what the mistake leads to."""
    if trial.variant((one,)) is None or (one.holds and not trial.readable):
        return False
    floor = trial.check.tolerance

    def fine(k: int) -> bool:
        known = trial.known_in((one,), k)
        four = trial.cases[k], trial.outcomes[k], known, trial.wanted[k]
        return _holds(one, *four, floor) if one.holds else _between(*four[1:], floor)

    return all(map(fine, range(len(trial.cases))))  # most are not in the first case


def _holds(
    one: Mistake, case: Case, mine: dict, other: Any, right: dict, floor
) -> bool:
    """Whether it would be this mistake if what is right were as wrong as by it."""
    if not isinstance(other, dict) or not mine.keys() <= other.keys():
        return False
    fine = [name for name, a in mine.items() if same(a, right[name], floor)]
    if len(fine) == len(mine):
        return True
    return _fits(one, case, mine | {name: other[name] for name in fine}, right)


def _between(mine: Any, other: Any, right: dict, floor: float) -> bool:
    if not isinstance(mine, dict):
        return _equal_outcomes(mine, other, floor)
    known = other if isinstance(other, dict) else {}
    return all(
        same(a, right[name], floor) or (name in known and same(a, known[name], floor))
        for name, a in mine.items()
    )


def near_to(trial: Trial, beside: list) -> tuple[tuple[str, ...], ...]:
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
