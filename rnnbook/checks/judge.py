"""Compare a reader's function with the reference, and say in words what is wrong."""

import functools
import inspect
import re
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from rnnbook.checks import guard
from rnnbook.checks.catalogue import (
    CHECKS,
    SECTIONS,
    Case,
    Check,
    Mistake,
    link,
)
from rnnbook.checks.compare import (
    agree,
    fresh,
    inside,
    names_of,
    part_names,
)
from rnnbook.checks.generic import (
    Remark,
    direction,
    empty,
    numbers_in,
    remark,
    together,
)
from rnnbook.checks.guard import Late, Place, Raised, Unreadable
from rnnbook.checks.reading import (
    asked,
    code,
    leaves,
    plain,
    read,
    short,
    unreadable,
)
from rnnbook.checks.trial import (
    Run,
    Trial,
    cases_of,
    is_empty,
    kept_of,
    near_to,
    readings_of,
    recognise,
    reordered,
    repeats,
    tried,
)
from rnnbook.checks.watch import Watch

__all__ = ["Marks", "Result", "expects", "judge", "prepared", "read"]

HANDY = 40  # numbers that one can still look at

# Mistakes that any function can have: what to say, and the page that teaches it.
HINTS = {
    "NameError": "Was the cell that defines it run? Or is it spelt in two ways?",
    "RecursionError": "The function calls itself again and again.",
    "SystemExit": "A function hands back with `return`; this would end the program.",
    "KeyboardInterrupt": "A function hands back with `return`, not by interrupting.",
    "MemoryError": "Look for an array that is far larger than the inputs.",
}
NOT_YOURS = (
    "That is none of your own lines: what your function returns does not fit what is "
    "done with it afterwards."
)
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
        The arguments of a case that went wrong, to try them by hand: of the one that
        the message speaks of.
    marks : Marks, for points
    remark : str or None
        Where no mistake is known: the name of what was measured of each wrong output,
        see :mod:`rnnbook.checks.generic`; "unfilled" if nothing is computed yet. It
        earns and costs no points.
    """

    check: str
    passed: bool
    message: str
    mistake: str | None = None
    case: tuple | None = field(default=None, repr=False)
    marks: Marks = field(default=_NONE, repr=False)
    remark: str | None = None

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


# ---- what a function does to its arguments


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
        pairs = list(zip(part_names(name, len(before)), before, after, strict=True))
    else:
        return None
    found = (damage(*pair) for pair in pairs)
    return next((path for path in found if path), None)


# ---- one run of a function over all cases


def _run(check: Check, function, form, cases, seconds, around=_NOTHING) -> Run:
    """All cases, and the first one once more.

    What is right is not computed before the function has ended, so that it stands
    nowhere while the function runs.
    """
    damaged: dict[int, str | None] = {}
    names = names_of(check.arguments)

    def job(k: int, case: Case):
        args = fresh(case.args)
        try:
            return plain(function(*args[form]))
        finally:
            hurt = map(damage, names, case.args, args)
            damaged[k] = next((path for path in hurt if path), None)

    calls = enumerate([*cases, cases[0]])
    jobs = [lambda k=k, case=case: job(k, case) for k, case in calls]
    returned, printed = guard.run(jobs, seconds, around)
    return Run(returned, damaged, printed, form)


def prepared(name: str, seed: int = 0) -> tuple[list[Case], list[dict]]:
    """The cases of a check, and the reference's outputs for them."""
    cases = cases_of(CHECKS[name], seed)
    return cases, [right.outputs for right in readings_of(CHECKS[name], cases)]


# ---- the words


def _at(place: Place | None) -> str:
    if place is None:
        return ""
    text = f": {code(place.text)}" if place.text else ""
    return f" in line {place.number} of `{place.function}`{text}"


def _shapes(check: Check, case: Case) -> str:
    pairs = zip(names_of(check.arguments), case.args, strict=True)
    pairs = [pair for pair in pairs if not isinstance(pair[1], list)]
    found = [one for pair in pairs for one in inside(*pair)]
    arrays = [(n, a) for n, a in found if isinstance(a, np.ndarray)]
    parts = [f"{code(n)} {a.shape}" for n, a in arrays]
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
        where += "or of a negative number, or an overflow"
    return where


def _values(trial: Trial, k: int) -> str:
    """The lines about outputs that are wrong in case ``k``."""
    wrong = trial.wrong(k)
    name = wrong[0]
    a, b = trial.outcomes[k][name], trial.wanted[k][name]
    if a.shape != b.shape:
        got = f"shape {a.shape}" if a.ndim else "a single number"
        wanted = f"have shape {b.shape}" if b.ndim else "be a single number"
        says = f"{code(name)} should {wanted}, and has {got}"
    else:
        says = f"{code(name)} {_first_departure(trial.check, name, a, b)}"
    says += f" ({_case(trial.cases, k)})."
    if wrong[1:]:
        says += f" Wrong as well: {_list(wrong[1:])}."
    right = trial.right_everywhere()
    if right:
        says += f" Right: {_list(right)}."
    if trial.check.gives:
        says += " That is measured on what your function returns."
    return says


def _list(names: list[str]) -> str:
    return ", ".join(map(code, names))


def _case(cases: list[Case], k: int) -> str:
    return f"case {k + 1} of {len(cases)}: {cases[k].label}"


def _named(chosen: tuple[Mistake, ...], check: Check) -> str:
    many = len(chosen) > 1
    lines = ["**Two known mistakes at once.**" if many else "**A known mistake.**"]
    lines += [f"{m.says} See {_taught(check, check.page_of(m))}." for m in chosen]
    return " ".join(lines)


def _taught(check: Check, page: str) -> str:
    """A link to the page; on the check's own, to the section that teaches it."""
    return link(page, SECTIONS.get(check.name, "") if page == check.page else "")


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
    signature, args = guard.arity(function), cases_of(check, 0)[0].args
    forms = [form for form in check.forms if _takes(signature, args[form])]
    if forms:
        exact = [f for f in forms if signature and len(args[f]) == _needed(signature)]
        return min(exact or forms, key=lambda form: len(args[form])), ""
    names = names_of(check.arguments)
    wanted = " or ".join(code("(" + ", ".join(names[f]) + ")") for f in check.forms)
    return None, (
        f"your function is called with {wanted}, and its own arguments are "
        f"{code(signature)}."
    )


def expects(check: Check) -> str:
    """What a function must look like to be checked."""
    names = names_of(check.arguments)
    call = ", ".join(names[check.forms[-1]])
    form = asked(check)
    return f"A function of {code(f'({call})')} that ends with {code(f'return {form}')}."


def judge(
    check: Check,
    function: Any,
    seed: int = 0,
    seconds: float = guard.SECONDS,
    watch: Watch | None = None,
) -> Result:
    """Run and compare; every way a reader's function can go wrong ends in a Result.

    ``watch`` sees the function run, and has put everything back before it is judged;
    nothing that was known before counts then.
    """
    with watch or _NOTHING:
        run = ran(check, function, seed, seconds, watch)
    if isinstance(run, Result):
        return run
    if isinstance(run.returned[-1], Late):
        return _late(check, run, cases_of(check, seed), seconds)
    trial = tried(check, run, seed, kept_of(check, seed) if watch is None else None)
    hurt = run.hurt()
    if hurt is not None and isinstance(trial.outcomes[0], dict):
        return _damaged(trial, hurt, run.line)
    if trial.bad():
        return _wrong(trial, trial.bad()[0])
    if not repeats(trial):
        head = "right at the first call, and not at the second."
        return _not_yet(trial, head, _general("not_repeatable"), name="not_repeatable")
    if trial.left:
        head = f"what it returns is right: {_list(list(trial.outcomes[0]))}."
        gone = f"Not returned, or not whole: {_list(trial.left)}. "
        says = _general("not_returned", gone, check.page)
        return _not_yet(trial, head, says, name="not_returned")
    return _right(trial)


def _a_class(check: Check, function: type) -> str:
    name = guard.class_name(function)
    return (
        f"{code(name)} is a class, and a function is expected. Make an instance, and "
        f"pass it or one of its methods: {code(f'model = {name}(...)')}."
    )


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
    kind = guard.as_class(function)
    if kind is not None and (form is None or guard.makes_callables(kind)):
        why = _a_class(check, kind)
    if why:
        return _no(check, why)
    inside = _NOTHING if watch is None else watch.inside
    wrapped, cases = check.wrapped(_giving(check, function)), cases_of(check, seed)
    cases = cases[:many]
    run = _run(check, wrapped, form, cases, seconds, inside)
    run.ignores, run.name = guard.ignores(function), guard.name_of(function)
    if run.hurt() is not None and not isinstance(run.returned[-1], Late):
        run.line = _writing_line(wrapped, form, cases, run.hurt(), inside)
    return run


def _giving(check: Check, function):
    """The function; where something is measured on it, it must not give nothing."""
    if not (check.wrap and inspect.isfunction(function)):
        return function

    @functools.wraps(function)
    def giving(*args, **kwargs):
        raw = function(*args, **kwargs)
        if raw is None:
            raise unreadable(check, None)
        return raw

    return giving


def passes(check: Check, run: Run | Result, seed: int) -> bool:
    """Whether what a function did is right, without a word on what is wrong."""
    if isinstance(run, Result) or isinstance(run.returned[-1], Late):
        return False
    trial = tried(check, run, seed)
    fine = not trial.bad() and repeats(trial) and not trial.left
    return fine and run.hurt() is None


def _no(
    check: Check, *lines: str, mistake=None, case=None, marks=_NONE, remark=None
) -> Result:
    lead, *rest = [line for line in lines if line]
    message = "\n\n".join([f"**Not yet.** `{check.name}`: {lead}", *rest])
    return Result(check.name, False, message, mistake, case, marks, remark)


def _not_yet(
    trial: Trial, *lines: str, name=None, k: int = 0, near=(), remark=None
) -> Result:
    """The result for what was run to its end; ``name`` of the mistake, if known."""
    asked = [one for one in leaves(trial.check.returns[0]) if one[0] != "*"]
    # A list that is too short is what a mistake leads to, and no other one.
    gone = [
        one for one in trial.left if name == "not_returned" or one not in trial.given
    ]
    marks = Marks(tuple(near), len(gone) / len(asked), is_empty(trial))
    tail = sorted(trial.notes)[:2] + _printed(trial.run.printed)
    case = trial.cases[k].args[trial.run.form]
    lines = (*lines, *tail)
    return _no(trial.check, *lines, mistake=name, case=case, marks=marks, remark=remark)


def _joined(chosen) -> str:
    return " + ".join(m.name for m in chosen)


def _damaged(trial: Trial, k: int, line: str) -> Result:
    path, name = code(trial.run.damaged[k]), "in_place"
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
    case = cases[k].args[run.form]
    return _no(check, *lines, case=case, marks=Marks(late=True))


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
    lines += sorted(trial.notes)[:3] + _printed(trial.run.printed)
    return Result(check.name, True, "\n\n".join(lines))


def _wrong(trial: Trial, k: int) -> Result:
    outcome = trial.outcomes[k]
    if isinstance(outcome, Unreadable):
        return _not_yet(trial, f"{outcome} ({_case(trial.cases, k)})", k=k)
    head = _head(trial, k)
    chosen, beside = recognise(trial)
    near = near_to(trial, beside)
    if chosen:
        named = _named(chosen, trial.check)
        return _not_yet(trial, *head, named, name=_joined(chosen), k=k, near=near)
    order = reordered(trial)
    if order:
        return _not_yet(trial, *head, _exchanged(trial, order), name="order", k=k)
    if not repeats(trial):
        name = "not_repeatable" if k else None  # right at the first call, at least
        return _not_yet(trial, *head, _general("not_repeatable"), name=name, k=k)
    k = _smallest(trial, k)
    return _unexplained(trial, _head(trial, k), near, k)


def _smallest(trial: Trial, first: int) -> int:
    """The case to try by hand: the first, or a much smaller one that fails as well."""
    kind, names = type(trial.outcomes[first]), trial.check.arguments
    alike = [k for k in trial.bad() if isinstance(trial.outcomes[k], kind)]
    many = {k: numbers_in(names, trial.cases[k].args) for k in alike}
    small = min(alike, key=many.get)
    return small if many[first] > HANDY and 2 * many[small] < many[first] else first


def _head(trial: Trial, k: int) -> list[str]:
    """What went wrong in a case."""
    outcome = trial.outcomes[k]
    if isinstance(outcome, dict):
        return [_values(trial, k)]
    text = f"{outcome.kind}: {outcome.text}" if outcome.text else outcome.kind
    head = f"it stops with {code(text)}{_at(outcome.place)} ({_case(trial.cases, k)})."
    if _unwritten(outcome):
        return [head, "That line stands where the function is still to be written."]
    if trial.check.wrap and outcome.place is None:
        return [head, NOT_YOURS]
    return [head, HINTS.get(outcome.kind) or _shapes(trial.check, trial.cases[k])]


def _unwritten(outcome: Any) -> bool:
    """Whether the line is reached that a release has in place of a solution."""
    raised = isinstance(outcome, Raised) and outcome.kind == "NotImplementedError"
    return raised and not outcome.text


def _exchanged(trial: Trial, order: tuple[str, ...]) -> str:
    """Right values in each other's places, or under each other's keys."""
    names = tuple(trial.outcomes[0])
    moved = [(n, m) for n, m in zip(names, order, strict=True) if n != m]
    if all(name in trial.keys for name, _ in moved):
        keys = trial.keys
        found = (f"under {code(keys[n])} stands {code(m)}" for n, m in moved)
        return _general("order", f"In the dict, {', '.join(found)}. ")
    given = f"You return {code(', '.join(order))}; asked for is "
    return _general("order", f"{given}{code(', '.join(names))}. ")


def _unexplained(trial: Trial, head: list[str], near, k: int) -> Result:
    """What can be said where no mistake is known, and what to do next."""
    if not isinstance(trial.outcomes[k], dict):
        lines = head if _unwritten(trial.outcomes[k]) else [*head, _next(trial)]
        return _not_yet(trial, *lines, k=k, near=near)
    if unfilled := _unfilled(trial, head):
        return _not_yet(trial, *unfilled, k=k, near=near, remark="unfilled")
    if says := _in_part(trial, near):
        return _not_yet(trial, *head, f"{says} {_next(trial)}", k=k, near=near)
    remarks = _remarks(trial)
    unknown = [name for name in trial.wrong_somewhere() if name not in remarks]
    says = [_measured(trial, remarks)] if remarks else []
    says += [_not_known(trial, unknown, k)] if unknown else []
    last = " ".join([*says, _next(trial)])
    names = dict.fromkeys(one.name for one in remarks.values())
    kind = None if unknown else " + ".join(names)
    return _not_yet(trial, *head, last, k=k, near=near, remark=kind)


def _in_part(trial: Trial, near) -> str:
    """What it is where a single mistake explains all that is wrong, and is not whole.

    One number alone may be wrong in the same way by chance.
    """
    wrong = [trial.wanted[k][n].size for k in trial.bad() for n in trial.wrong(k) or ()]
    alone = [chosen[0] for chosen in near if len(chosen) == 1]
    if len(alone) != 1 or sum(wrong) < 2:
        return ""
    one = next(m for m in trial.check.mistakes if m.name == alone[0])
    return (
        "Where it is wrong, it gives what a known mistake gives; the rest is right. "
        f"**The mistake:** {one.says}"
    )


def _measured(trial: Trial, remarks: dict[str, Remark]) -> str:
    return f"**In all {len(trial.cases)} cases** {together(remarks)}"


def _remarks(trial: Trial) -> dict[str, Remark]:
    """What holds of wrong outputs in all cases, by name."""
    if not trial.readable or trial.check.gives:
        return {}
    found = {name: remark(trial.seen(name)) for name in trial.wrong_somewhere()}
    return {name: one for name, one in found.items() if one}


def _not_known(trial: Trial, names: list[str], k: int) -> str:
    """No mistake is known: which way it is wrong, and in which cases."""
    here = [n for n in trial.wrong(k) if n in names]
    where = direction(trial.seen(here[0]), k) if here and trial.readable else ""
    what = "it" if len(names) == len(trial.by_name()) else _list(names)
    where = f" In {code(here[0])} {where}." if where and len(names) > 1 else where
    where = where if len(names) > 1 or not where else f" There {where}."
    says = f"No mistake known here explains {what}.{where}"
    fine, many = len(trial.cases) - len(trial.bad()), len(trial.cases)
    if fine:
        says += f" {fine} of the {many} cases {'is' if fine == 1 else 'are'} right."
    stops = [i for i, o in enumerate(trial.outcomes) if isinstance(o, Raised)]
    return says + (f" It stops in {_case(trial.cases, stops[0])}." if stops else "")


def _next(trial: Trial) -> str:
    """What to do where no sentence of the catalogue helps."""
    check = trial.check
    call = code(f'check("{check.name}", {trial.run.name}).case')
    says = f"To try it by hand: {call} holds the arguments of that call."
    if "backward" in check.name:
        says += (
            " `numerical_gradient` of `rnnbook.gradcheck` gives what is right there."
        )
    return f"{says} It is taught in {_taught(check, check.page)}."


def _unfilled(trial: Trial, head: list[str]) -> list[str]:
    """What to say where nothing is computed yet; nothing if something is.

    One number comes out whatever comes in, or what came in.
    """
    outputs = {name: trial.seen(name) for name in trial.wrong_somewhere()}
    found = {name: empty(seen) for name, seen in outputs.items()}
    finite = all(np.isfinite(a).all() for seen in outputs.values() for a in seen.mine)
    measured = bool(trial.check.gives)
    if measured or not (trial.readable and finite and all(found.values())):
        return []
    says = f"in all {len(trial.cases)} cases {together(found)}"
    if any(a.shape != b.shape for seen in outputs.values() for a, b in seen.pairs()):
        head = [*head, says[0].upper() + says[1:]]
    else:
        right = [name for name in trial.by_name() if name not in outputs]
        head = [f"{says} Right: {_list(right)}." if right else says]
    what = f"hat is asked for is a {expects(trial.check).removeprefix('A ')}"
    if trial.right_everywhere():
        return [*head, f"W{what}"]
    return [*head, f"This may be the cell as it came. If so, w{what}"]
