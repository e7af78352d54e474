"""Compare a reader's function with the reference, and say in words what is wrong."""

import copy
import functools
import itertools
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnbook.checks import guard
from rnnbook.checks.catalogue import CHECKS, Case, Check, Mistake, link, variant
from rnnbook.checks.guard import Late, Place, Raised, Unreadable

HUGE = 10**6  # entries; no output of a check has nearly as many

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
}


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
    """

    check: str
    passed: bool
    message: str
    mistake: str | None = None
    case: tuple | None = field(default=None, repr=False)

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


def code(text: str) -> str:
    """A Markdown code span; the text may hold backticks."""
    text = " ".join(str(text).split())
    return f"`` {text.replace('``', '` `')} ``" if "`" in text else f"`{text}`"


# ---- reading what was returned


def describe(raw: Any) -> str:
    """What was returned, by type and shape and never by value."""
    if raw is None:
        return "nothing (`None`)"
    if isinstance(raw, np.ndarray):
        return f"an array of shape {raw.shape}"
    if isinstance(raw, tuple | list):
        kind = f"a {type(raw).__name__} of {len(raw)}"
        if 0 < len(raw) <= 6 and not all(np.isscalar(part) for part in raw):
            kind += " (" + ", ".join(_short(part) for part in raw) + ")"
        return kind
    return _short(raw)


def _short(raw: Any) -> str:
    if raw is None:
        return "`None`"
    if isinstance(raw, np.ndarray):
        return f"array {raw.shape}"
    if isinstance(raw, dict):
        keys = ", ".join(code(str(k)[:20]) for k in list(raw)[:6])
        return f"a dict with {keys or 'no keys'}"
    if isinstance(raw, tuple | list):
        return f"{type(raw).__name__} of {len(raw)}"
    if isinstance(raw, bool | int | float | np.number):
        return "a single number"
    name = type(raw).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {code(name)}"


def show(template: Any) -> str:
    """A template as one would write it after ``return``."""
    if isinstance(template, str):
        return template.removeprefix("*")
    if isinstance(template, dict):
        return "{" + ", ".join(f'"{k}": {v}' for k, v in template.items()) + "}"
    return "(" + ", ".join(map(show, template)) + ")"


def _array(name: str, raw: Any, notes: set) -> np.ndarray:
    if raw is None:
        raise Unreadable(f"{code(name)} is `None`.")
    if isinstance(raw, dict | str | set) or callable(raw):
        raise Unreadable(f"{code(name)} is {_short(raw)}, expected an array.")
    if _entries(raw) > HUGE:
        raise Unreadable(f"{code(name)} is {describe(raw)}: far too long.")
    try:
        a = np.asarray(raw)
    except Exception:
        unequal = ", of parts of unequal shapes" * isinstance(raw, list)
        raise Unreadable(
            f"{code(name)} cannot be read as an array: got {describe(raw)}{unequal}."
        ) from None
    if a.dtype.kind == "O" and not isinstance(raw, np.ndarray | list | tuple):
        raise Unreadable(f"{code(name)} is {_short(raw)}, expected an array.")
    if a.dtype.kind not in "biuf":
        kinds = {"c": "complex numbers", "O": "objects", "U": "text", "S": "text"}
        raise Unreadable(
            f"{code(name)} holds {kinds.get(a.dtype.kind, str(a.dtype))}, "
            "expected real numbers."
        )
    if isinstance(raw, list | tuple):
        notes.add(f"{code(name)} is a {type(raw).__name__}; it was read as an array.")
    if a.dtype.kind == "f" and a.dtype.itemsize < 8:
        notes.add(f"{code(name)} is {a.dtype}; it was compared less strictly.")
    # Of a huge array, which is wrong anyway, its shape is enough.
    return a.copy() if a.size <= HUGE else np.broadcast_to(np.nan, a.shape)


def _entries(raw: Any) -> int:
    """About how many numbers a nested list holds."""
    n = 1
    while isinstance(raw, list | tuple) and raw and n <= HUGE:
        n, raw = n * len(raw), raw[0]
    return n


def _fit(template: Any, raw: Any, notes: set) -> dict[str, np.ndarray] | None:
    """The outputs by name, or None if the structure is another one."""
    if isinstance(template, str) and template.startswith("*"):
        return {}
    if isinstance(template, str):
        try:
            return {template: _array(template, raw, notes)}
        except Unreadable:
            return None
    if isinstance(template, dict):
        if not isinstance(raw, dict):
            return None
        named = {str(k): v for k, v in raw.items()}
        parts = [
            (leaf, named.get(key, named.get("d" + key)))
            for key, leaf in template.items()
        ]
    else:
        stacked = isinstance(raw, np.ndarray) and raw.ndim > 0
        if not (isinstance(raw, tuple | list) or stacked) or len(raw) != len(template):
            return None
        parts = list(zip(template, raw, strict=True))
    fitted: dict[str, np.ndarray] = {}
    for leaf, part in parts:
        found = _fit(leaf, part, notes)
        if found is None:
            return None
        fitted |= found
    return fitted


def _unreadable(check: Check, raw: Any) -> Unreadable:
    """Why no template fits, as exactly as can be said."""
    form = code("return " + show(check.returns[0]).removeprefix("(").removesuffix(")"))
    if raw is None:
        return Unreadable(
            f"your function returns nothing. It should end with {form}; a `print` or "
            "an assignment gives no value to the caller."
        )
    if hasattr(raw, "send") and hasattr(raw, "close"):
        raw.close()
        return Unreadable(
            f"your function gives {_short(raw)}: it has a `yield` or `async` where a "
            f"plain function with {form} is expected."
        )
    if callable(raw):
        return Unreadable("your function returns a function. Call it before returning.")
    got = f"your function returns {describe(raw)}; expected is {form}."
    template = check.returns[0]
    if isinstance(template, tuple) and isinstance(raw, tuple | list):
        if len(raw) != len(template):
            got += f" That is {len(raw)} values in place of {len(template)}."
        else:
            got += _first_misfit(template, raw)
    single = next((t for t in check.returns if isinstance(t, str)), None)
    if single and not isinstance(raw, tuple | dict):
        try:
            _array(single, raw, set())
        except Unreadable as error:
            got = str(error)
    return Unreadable(got)


def _first_misfit(template: tuple, raw: Any) -> str:
    for leaf, part in zip(template, raw, strict=True):
        if isinstance(leaf, dict) and isinstance(part, dict):
            missing = [k for k in leaf if k not in part and "d" + k not in part]
            if missing:
                return f" The dict lacks {', '.join(map(code, missing))}."
            template_of = {leaf[k]: part.get(k, part.get("d" + k)) for k in leaf}
            for name, value in template_of.items():
                try:
                    _array(name, value, set())
                except Unreadable as error:
                    return f" {error}"
        elif isinstance(leaf, str) and not leaf.startswith("*"):
            try:
                _array(leaf, part, set())
            except Unreadable as error:
                return f" {error}"
        elif isinstance(leaf, tuple) and _fit(leaf, part, set()) is None:
            return f" In place of {code(show(leaf))} there is {_short(part)}."
    return ""


def read(check: Check, raw: Any, expected: dict | None, notes: set) -> dict:
    """The outputs by name, in the first form whose shapes are right, or the first."""
    first = None
    for template in check.returns:
        own: set = set()
        found = _fit(template, raw, own)
        if found is None:
            continue
        if expected is None or all(
            a.shape == expected[n].shape for n, a in found.items()
        ):
            notes |= own
            return found
        if isinstance(raw, tuple) and isinstance(template, str):
            continue  # a tuple of numbers is rather a wrong number of values
        if isinstance(raw, list) and "*" in str(template):
            continue  # a list is rather one array than an output and a cache
        if first is None:
            first = found, own
    if first is None:
        raise _unreadable(check, raw)
    notes |= first[1]
    return first[0]


# ---- comparing


def agree(a: np.ndarray, b: np.ndarray, floor: float) -> np.ndarray:
    """Where ``a`` equals ``b``, up to rounding in the type of ``a``."""
    tol = floor
    if a.dtype.kind == "f":
        tol = max(floor, {2: 2e-2, 4: 2e-4}.get(a.dtype.itemsize, 0))
    a, b = a.astype(np.float64), b.astype(np.float64)
    finite = np.abs(b[np.isfinite(b)])
    scale = finite.max() if finite.size else 0.0
    with np.errstate(invalid="ignore"):
        return np.isclose(a, b, rtol=tol, atol=tol * max(scale, 1e-3), equal_nan=True)


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


@dataclass
class Run:
    outcomes: list  # for each case a dict of arrays, Raised, Unreadable or Late
    damaged: list  # for each case a path or None
    notes: set
    printed: tuple[str, int] = ("", 0)


def _names(arguments: str) -> list[str]:
    return [n.strip() for n in re.split(r",(?![^(]*\))", arguments)]


def _job(check, function, case, form, expected, notes, damaged):
    def job():
        args = copy.deepcopy(case.args)
        names = _names(check.arguments)
        try:
            raw = function(*args[form])
            return read(check, raw, expected, notes)
        finally:
            pairs = zip(names, case.args, args, strict=True)
            hurt = (damage(*pair) for pair in pairs)
            damaged.append(next((path for path in hurt if path), None))

    return job


def references(check: Check, cases: list[Case]) -> list[dict]:
    reference = check.wrapped(check.reference)
    return [
        read(check, reference(*copy.deepcopy(case.args)), None, set()) for case in cases
    ]


@functools.cache
def prepared(name: str, seed: int = 0) -> tuple[list[Case], list[dict]]:
    """The cases of a check, and the reference's outputs for them."""
    check = CHECKS[name]
    cases = check.cases(np.random.default_rng(seed))
    return cases, references(check, cases)


def _outcome_of_variant(check, function, case, expected):
    try:
        with np.errstate(all="ignore"):
            raw = function(*copy.deepcopy(case.args))
            return read(check, raw, expected, set())
    except Unreadable as error:
        return error
    except Exception as error:
        return Raised(type(error).__name__, "", None)


def _matches(check: Check, chosen: tuple[Mistake, ...], run: Run, cases, wanted):
    """Whether the reader's outcomes are this variant's, in all cases."""
    if len(chosen) == 1 and chosen[0].holds:
        if not all(isinstance(o, dict) for o in run.outcomes):
            return False
        triples = zip(cases, run.outcomes, wanted, strict=True)
        return all(chosen[0].holds(*triple) for triple in triples)
    function = variant(check.reference, *chosen)
    if function is None or any(m.holds for m in chosen):
        return False
    function, compared = check.wrapped(function), 0
    for case, outcome, expected in zip(cases, run.outcomes, wanted, strict=True):
        other = _outcome_of_variant(check, function, case, expected)
        if isinstance(outcome, Raised):
            if not isinstance(other, Raised) or other.kind != outcome.kind:
                return False
        elif not isinstance(outcome, dict) or not isinstance(other, dict):
            return False
        elif not all_same(outcome, other, check.tolerance):
            return False
        else:
            compared += 1
    return compared > 0


def recognise(check: Check, run: Run, cases, wanted) -> tuple[Mistake, ...] | None:
    """The one mistake, or else the one pair of mistakes, that explains every case."""
    for size in (1, 2):
        if size == 2 and not all(isinstance(o, dict) for o in run.outcomes):
            return None
        found = [
            chosen
            for chosen in itertools.combinations(check.mistakes, size)
            if _matches(check, chosen, run, cases, wanted)
        ]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def reordered(run: Run, wanted: list[dict], floor: float) -> tuple[str, ...] | None:
    """The order in which right values were returned, if only the order is wrong."""
    if not all(isinstance(o, dict) for o in run.outcomes):
        return None
    names = tuple(run.outcomes[0])
    if not 2 <= len(names) <= 6:
        return None
    for order in itertools.permutations(names):
        if order != names and all(
            tuple(o) == names
            and all(same(o[n], w[m], floor) for n, m in zip(names, order, strict=True))
            for o, w in zip(run.outcomes, wanted, strict=True)
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


def _wrong_names(outcome: dict, expected: dict, floor: float) -> list[str]:
    return [n for n, a in outcome.items() if not same(a, expected[n], floor)]


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


def _remark(run: Run, wanted: list[dict], name: str) -> str:
    """What can be said of an output that no known mistake explains."""
    pairs = [
        (o[name], w[name])
        for o, w in zip(run.outcomes, wanted, strict=True)
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


def _values(check: Check, run: Run, wanted, cases, k: int) -> list[str]:
    """The lines about outputs that are wrong in case ``k``."""
    outcome, expected = run.outcomes[k], wanted[k]
    wrong = _wrong_names(outcome, expected, check.tolerance)
    name = wrong[0]
    a, b = outcome[name], expected[name]
    if a.shape != b.shape:
        got = f"shape {a.shape}" if a.ndim else "a single number"
        says = f"{code(name)} should have shape {b.shape}, and has {got}"
    else:
        says = f"{code(name)} {_first_departure(check, name, a, b)}"
    says += f" ({_case(cases, k)})."
    others = [code(n) for n in wrong[1:]]
    if others:
        says += f" Wrong as well: {', '.join(others)}."
    right = [
        code(n)
        for n in outcome
        if not any(
            isinstance(o, dict) and n in _wrong_names(o, w, check.tolerance)
            for o, w in zip(run.outcomes, wanted, strict=True)
        )
    ]
    if right:
        says += f" Right: {', '.join(right)}."
    return [says]


def _case(cases: list[Case], k: int) -> str:
    return f"case {k + 1} of {len(cases)}: {cases[k].label}"


def _named(chosen: tuple[Mistake, ...], check: Check) -> list[str]:
    if len(chosen) == 1:
        one = chosen[0]
        return [f"**A known mistake.** {one.says} See {link(check.page_of(one))}."]
    lines = ["**Two known mistakes at once.**"]
    lines += [f"{m.says} See {link(check.page_of(m))}." for m in chosen]
    return [" ".join(lines)]


def _general(name: str, more: str = "") -> str:
    says, page = GENERAL[name]
    return f"**A known mistake.** {more}{says} See {link(page)}."


def _printed(run: Run) -> list[str]:
    text, lines = run.printed
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


def _writing_line(check: Check, function, form, case: Case) -> str:
    """The line that writes into an argument, found by forbidding it."""
    args = _readonly(case.args)
    (outcome, *_), _ = guard.run([lambda: function(*args[form]) and None], seconds=0.2)
    if isinstance(outcome, Raised) and "read-only" in outcome.text:
        return _at(outcome.place)
    return ""


def _form(check: Check, function) -> tuple[slice | None, str]:
    """Which arguments the function takes, or what is wrong with its signature."""
    signature = guard.arity(function)
    args = prepared(check.name)[0][0].args
    for form in check.forms:
        try:
            if signature is not None:
                signature.bind(*args[form])
            return form, ""
        except TypeError:
            continue
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
    check: Check, function: Any, seed: int = 0, seconds: float = guard.SECONDS
) -> Result:
    """Run and compare; every way a reader's function can go wrong ends in a Result."""
    if not callable(function):
        hint = "Pass its name without calling it: `my_step`, not `my_step(...)`."
        return _no(check, f"expected a function, got {_short(function)}. {hint}")
    form, why = _form(check, function)
    if form is None:
        return _no(check, why)
    cases, wanted = prepared(check.name, seed)
    function = check.wrapped(function)
    run = _run(check, function, form, cases, wanted, seconds)
    if isinstance(run.outcomes[-1], Late):
        return _late(check, run, cases, seconds)
    again = run.outcomes.pop()  # the first case, a second time
    hurt = next((k for k, path in enumerate(run.damaged[: len(cases)]) if path), None)
    bad = [
        k
        for k, (o, w) in enumerate(zip(run.outcomes, wanted, strict=True))
        if not isinstance(o, dict) or _wrong_names(o, w, check.tolerance)
    ]
    if hurt is not None and isinstance(run.outcomes[0], dict):
        line = _writing_line(check, function, form, cases[hurt])
        return _damaged(check, run, cases, wanted, bad, hurt, line)
    if bad:
        return _wrong(check, run, cases, wanted, bad[0], again)
    if not _equal_outcomes(run.outcomes[0], again, check.tolerance):
        head = "right at the first call, and not at the second."
        lines = head, _general("not_repeatable")
        return _no(check, *lines, mistake="not_repeatable", case=cases[0].args)
    return _right(check, run, cases, wanted)


def _no(check: Check, *lines: str, mistake=None, case=None) -> Result:
    lead, *rest = [line for line in lines if line]
    message = "\n\n".join([f"**Not yet.** `{check.name}`: {lead}", *rest])
    return Result(check.name, False, message, mistake, case)


def _damaged(check, run: Run, cases, wanted, bad, k: int, line: str) -> Result:
    path = code(run.damaged[k])
    lines, names = [], ["in_place"]
    if bad:  # named only if a mistake explains the values, too
        chosen = recognise(check, run, cases, wanted)
        lines = _named(chosen, check) if chosen else ["What it returns is wrong, too."]
        names = [*(m.name for m in chosen), "in_place"] if chosen else []
    return _no(
        check,
        f"your function changes its argument {path} ({_case(cases, k)}).",
        _general("in_place", f"{path} is not the same after the call{line}. "),
        *lines,
        *_printed(run),
        mistake=" + ".join(names) or None,
        case=cases[k].args,
    )


def _run(check, function, form, cases, wanted, seconds) -> Run:
    run = Run([], [], set())
    jobs = [
        _job(check, function, case, form, expected, run.notes, run.damaged)
        for case, expected in zip(cases, wanted, strict=True)
    ]
    jobs.append(
        _job(check, function, cases[0], form, wanted[0], run.notes, run.damaged)
    )
    run.outcomes, run.printed = guard.run(jobs, seconds)
    return run


def _late(check: Check, run: Run, cases, seconds: float) -> Result:
    late, k = run.outcomes[-1], min(len(run.outcomes), len(cases)) - 1
    head = f"your function did not come back within {seconds:g} s "
    head += f"({_case(cases, k)})."
    if late.place:
        head += f" When it was stopped it stood{_at(late.place)}."
    head += " Is there a loop whose condition never ends?"
    left = "It could not be stopped and still runs: restart the kernel."
    lines = [head, "" if late.stopped else left, *_printed(run)]
    return _no(check, *lines, case=cases[k].args)


def _equal_outcomes(a: Any, b: Any, floor: float) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all_same(a, b, floor)
    if isinstance(a, Raised) and isinstance(b, Raised):
        return a.kind == b.kind
    return type(a) is type(b)


def _right(check: Check, run: Run, cases, wanted) -> Result:
    left = [n for n in wanted[0] if n not in run.outcomes[0]]
    lines = [
        f"**Right.** `{check.name}` agrees with the reference in all "
        f"{len(cases)} cases."
    ]
    if left:
        lines.append(f"Not returned and so not checked: {', '.join(map(code, left))}.")
    lines += sorted(run.notes)[:3] + _printed(run)
    return Result(check.name, True, "\n\n".join(lines))


def _wrong(check: Check, run: Run, cases, wanted, k: int, again) -> Result:
    outcome, case = run.outcomes[k], cases[k].args
    tail = sorted(run.notes)[:2] + _printed(run)
    if isinstance(outcome, Raised):
        text = f"{outcome.kind}: {outcome.text}" if outcome.text else outcome.kind
        head = [f"it stops with {code(text)}{_at(outcome.place)} ({_case(cases, k)})."]
        head.append(HINTS.get(outcome.kind) or _shapes(check, cases[k]))
    elif isinstance(outcome, Unreadable):
        return _no(check, f"{outcome} ({_case(cases, k)})", *tail, case=case)
    else:
        head = _values(check, run, wanted, cases, k)
    chosen = recognise(check, run, cases, wanted)
    if chosen:
        name = " + ".join(m.name for m in chosen)
        return _no(check, *head, *_named(chosen, check), *tail, mistake=name, case=case)
    order = reordered(run, wanted, check.tolerance)
    if order:
        given = f"You return {code(', '.join(order))}; asked for is "
        given += f"{code(', '.join(run.outcomes[0]))}. "
        return _no(
            check, *head, _general("order", given), *tail, mistake="order", case=case
        )
    if not _equal_outcomes(run.outcomes[0], again, check.tolerance):
        lines = [*head, _general("not_repeatable"), *tail]
        name = "not_repeatable" if k else None  # right at the first call, at least
        return _no(check, *lines, mistake=name, case=case)
    if isinstance(outcome, dict):
        name = _wrong_names(outcome, wanted[k], check.tolerance)[0]
        head[0] += _remark(run, wanted, name)
        head.append("No mistake known here explains it.")
    head[-1] += f" The page is {link(check.page)}."
    return _no(check, *head, *tail, case=case)
