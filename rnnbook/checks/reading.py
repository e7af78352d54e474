"""What a function returned: made plain, read by the templates of its check, in words.

:func:`plain` runs where the reader's function runs, under the same time limit and the
same eyes, as an object may compute only when it is asked for its numbers. What it
returns holds nothing of the reader's any more: exact arrays, numbers, texts, lists,
tuples and dicts, and :class:`Other` for the rest.
"""

import itertools
from collections.abc import Iterator, KeysView, ValuesView
from decimal import Decimal
from fractions import Fraction
from types import GeneratorType
from typing import Any, NamedTuple

import numpy as np

from rnnbook.checks.catalogue import Check
from rnnbook.checks.guard import Unreadable

HUGE = 10**6  # entries; no output of a check has nearly as many
DEEP = 32  # lists within lists
HALF = (
    "is float16, whose three digits are too few to compare. Compute in float64, as "
    "NumPy does by itself."
)
TEXT = "a number is expected, not a text that shows one."
SCALARS = frozenset({bool, int, float, complex, str, bytes, type(None)})
# Tuples, as each part of each output is asked: a union would be made each time.
ARRAYS = np.ndarray, np.generic
EXACT = str, bytes, int, float, complex
SEVERAL = list, tuple
ONE_BY_ONE = Iterator, KeysView, ValuesView


class Other:
    """Something that is no number, in words.

    Attributes
    ----------
    words : str, such as "a `Tensor`"
    why : str, what is to be said after the name of an output
    kind : str
        ``"function"`` or ``"generator"`` for what is no result yet, ``"blank"`` for
        what stands where something is still to be written
    values : what a generator gives, one by one
    """

    def __init__(self, words: str, why: str = "", kind: str = "", values: Any = None):
        self.words, self.kind, self.values = words, kind, values
        self.why = why or f"is {words}, expected a number or an array."


def code(text: str) -> str:
    """A Markdown code span; the text may hold backticks."""
    text = " ".join(str(text).split())
    return f"`` {text.replace('``', '` `')} ``" if "`" in text else f"`{text}`"


# ---- in the thread of the reader's function


def plain(raw: Any, depth: int = 0) -> Any:
    """What was returned, copied, with nothing in it that could act later."""
    if type(raw) in SCALARS:
        return raw
    if depth > DEEP:
        return Other("lists within lists")
    try:
        return _plain(raw, depth)
    except Exception:
        return Other(_kind(raw))


def _plain(raw: Any, depth: int) -> Any:
    if isinstance(raw, ARRAYS):
        return _copied(np.asarray(raw), depth)
    if type(raw) in SEVERAL:
        return _all(raw, depth)
    if isinstance(raw, EXACT):
        return _exact(raw)
    if isinstance(raw, dict):
        return {_key(k): plain(v, depth + 1) for k, v in list(raw.items())}
    if raw is Ellipsis:
        return Other("`...`", "is still `...`: nothing is written there yet.", "blank")
    if isinstance(raw, Fraction | Decimal):
        return float(raw)
    if isinstance(raw, GeneratorType):
        values = _listed(list(itertools.islice(raw, HUGE + 1)), depth)
        return Other(_kind(raw), kind="generator", values=values)
    if hasattr(raw, "send") and hasattr(raw, "close"):
        raw.close()
        return Other(_kind(raw), kind="generator")
    if isinstance(raw, ONE_BY_ONE):
        return _listed(list(itertools.islice(raw, HUGE + 1)), depth)
    if isinstance(raw, SEVERAL):
        return _all(raw, depth)
    if callable(raw):
        return Other(_kind(raw), kind="function")
    return _asked(raw, depth)


def _exact(raw: Any) -> Any:
    """A number or a text of a class of the reader's, as one of Python's own."""
    if isinstance(raw, str):
        return str.__str__(raw)
    if isinstance(raw, bytes):
        return bytes.__getitem__(raw, slice(None))
    kind = next(one for one in (int, float, complex) if isinstance(raw, one))
    return kind.__add__(raw, kind())


def _key(key: Any) -> str:
    return str.__str__(key if type(key) is str else str(key))


def _all(raw: list | tuple, depth: int) -> Any:
    parts = _listed(raw, depth)
    return tuple(parts) if isinstance(raw, tuple) and type(parts) is list else parts


def _listed(raw: Any, depth: int) -> Any:
    if _entries(raw) > HUGE:
        return Other(f"a {type(raw).__name__} of {len(raw)}", "is far too long.")
    parts = list(raw)
    if SCALARS.issuperset(map(type, parts)):
        return parts
    return [plain(part, depth + 1) for part in parts]


def _entries(raw: Any) -> int:
    """About how many numbers a nested list holds."""
    n = 1
    while isinstance(raw, SEVERAL) and raw and n <= HUGE:
        n, raw = n * len(raw), raw[0]
    return n


def _copied(a: np.ndarray, depth: int) -> Any:
    if a.dtype.hasobject:
        if a.ndim < 2 and a.size <= HUGE:
            return plain(a.tolist(), depth + 1)
        return Other("an array of objects", "holds objects, expected real numbers.")
    if a.size > HUGE:  # it is wrong anyway: its shape is enough
        return np.broadcast_to(np.nan, a.shape)
    return a.copy() if a.ndim else a[()]


def _asked(raw: Any, depth: int) -> Any:
    """An object that may know how to become an array: a tensor, a column of a table."""
    if isinstance(raw, set | frozenset):
        return Other(_kind(raw))
    try:
        a = np.asarray(raw)
    except Exception:
        if getattr(raw, "requires_grad", False) is True:
            why = "is a tensor that still holds its graph; end with `.detach()`."
        else:
            why = f"cannot be read as an array: got {_kind(raw)}."
        return Other(_kind(raw), why)
    return Other(_kind(raw)) if a.dtype.hasobject else _copied(a, depth)


def _kind(raw: Any) -> str:
    name = type.__getattribute__(type(raw), "__name__")
    return f"{'an' if name[0] in 'aeiou' else 'a'} {code(name[:60])}"


# ---- in words


def describe(raw: Any) -> str:
    """What was returned, by type and shape and never by value."""
    if raw is None:
        return "nothing (`None`)"
    if isinstance(raw, np.ndarray):
        return f"an array of shape {raw.shape}"
    if isinstance(raw, SEVERAL):
        kind = f"a {type(raw).__name__} of {len(raw)}"
        if 0 < len(raw) <= 6 and not all(np.isscalar(part) for part in raw):
            kind += " (" + ", ".join(short(part) for part in raw) + ")"
        return kind
    return short(raw)


def short(raw: Any) -> str:
    if raw is None:
        return "`None`"
    if isinstance(raw, Other):
        return raw.words
    if isinstance(raw, np.ndarray):
        return f"array {raw.shape}"
    if isinstance(raw, dict):
        keys = ", ".join(code(str(k)[:20]) for k in list(raw)[:6])
        return f"a dict with {keys or 'no keys'}"
    if isinstance(raw, SEVERAL):
        return f"{type(raw).__name__} of {len(raw)}"
    if isinstance(raw, bool | int | float | np.number):
        return "a single number"
    return _kind(raw)


def show(template: Any) -> str:
    """A template as one would write it after ``return``."""
    if isinstance(template, str):
        return template.lstrip("*+")
    if isinstance(template, dict):
        return "{" + ", ".join(f'"{k}": {v}' for k, v in template.items()) + "}"
    return "(" + ", ".join(map(show, template)) + ")"


def leaves(template: Any) -> list[str]:
    """The names in a template, in order, with their marks."""
    if isinstance(template, str):
        return [template]
    parts = template.values() if isinstance(template, dict) else template
    return [name for part in parts for name in leaves(part)]


def keys_in(template: Any) -> Iterator[tuple[str, str]]:
    """The names in a template that stand in a dict, each with its key."""
    if isinstance(template, dict):
        yield from ((name, key) for key, name in template.items())
    elif isinstance(template, tuple):
        for part in template:
            yield from keys_in(part)


# ---- by template


class Reading(NamedTuple):
    """What was returned, by name.

    ``held`` counts the parts of what must be there and is not compared (``"+caches"``);
    ``given`` names all that was returned; ``keys`` has the key of each in a dict.
    """

    outputs: dict[str, np.ndarray]
    held: dict[str, int]
    given: frozenset[str]
    notes: frozenset[str]
    keys: dict[str, str]


def _where_none(a: np.ndarray) -> str:
    """The first place in an array of objects where there is nothing."""
    found = [index for index in np.ndindex(a.shape) if a[index] is None]
    return f"at index {list(found[0])}" if found else ""


def _array(name: str, raw: Any, notes: set) -> np.ndarray:
    if raw is None:
        raise Unreadable(f"{code(name)} is `None`.")
    if isinstance(raw, str | bytes):
        raw = Other(short(raw), f"is {short(raw)}: {TEXT}")
    if isinstance(raw, dict):
        raw = Other(short(raw))
    if isinstance(raw, Other):
        raise Unreadable(f"{code(name)} {raw.why}")
    try:
        a = np.asarray(raw)
    except Exception:
        unequal = ", of parts of unequal shapes" * isinstance(raw, list)
        raise Unreadable(
            f"{code(name)} cannot be read as an array: got {describe(raw)}{unequal}."
        ) from None
    if a.dtype.kind == "c" and not a.imag.any():
        notes.add(f"{code(name)} is complex; its imaginary part is 0 and was left out.")
        a = a.real
    if a.dtype.kind not in "biuf":
        kinds = {"c": "complex numbers", "O": "objects", "U": "text", "S": "text"}
        if a.dtype.kind == "O" and (empty := _where_none(a)):
            raise Unreadable(f"{code(name)} is `None` {empty}, expected a number.")
        raise Unreadable(
            f"{code(name)} holds {kinds.get(a.dtype.kind, str(a.dtype))}, expected "
            "real numbers." + f" {TEXT}".capitalize() * (a.dtype.kind in "US")
        )
    if a.dtype == np.float16:
        raise Unreadable(f"{code(name)} {HALF}")
    if isinstance(raw, SEVERAL):
        notes.add(f"{code(name)} is a {type(raw).__name__}; it was read as an array.")
    if a.dtype == np.float32:
        notes.add(f"{code(name)} is float32; it was compared less strictly.")
    return a


def _count(raw: Any) -> int:
    """How many parts something has; none for what has no parts."""
    array = isinstance(raw, np.ndarray) and raw.ndim > 0
    return len(raw) if array or isinstance(raw, list | tuple | dict) else 0


def _fit(template: Any, raw: Any, notes: set) -> dict[str, Any] | None:
    """The outputs by name, or None if the structure is another one.

    What is not compared has its mark in front: ``*`` for what need not be there, ``+``
    with the number of its parts for what must.
    """
    if isinstance(template, str) and template[0] in "*+":
        return {template: _count(raw)}
    if isinstance(template, str):
        try:
            return {template: _array(template, raw, notes)}
        except Unreadable:
            return None
    pairs = _pairs(template, raw)
    if pairs is None:
        return None
    fitted: dict[str, Any] = {}
    for leaf, part in pairs:
        found = _fit(leaf, part, notes)
        if found is None:
            return None
        fitted |= found
    return fitted


def _pairs(template: tuple | dict, raw: Any) -> list[tuple[Any, Any]] | None:
    """What stands in the place of each part of a template."""
    if isinstance(template, dict):
        if not isinstance(raw, dict):
            return None
        return [(v, raw.get(k, raw.get("d" + k))) for k, v in template.items()]
    stacked = isinstance(raw, np.ndarray) and raw.ndim > 0
    if not (isinstance(raw, SEVERAL) or stacked) or len(raw) != len(template):
        return None
    return list(zip(template, raw, strict=True))


def asked(check: Check) -> str:
    """What stands after ``return`` in a function that is right."""
    form = show(check.returns[0]).removeprefix("(").removesuffix(")")
    return check.gives or form


def unreadable(check: Check, raw: Any) -> Unreadable:
    """Why no template fits, as exactly as can be said."""
    form = code(f"return {asked(check)}")
    if raw is None:
        return Unreadable(
            f"your function returns nothing. It should end with {form}; a `print` or "
            "an assignment gives no value to the caller."
        )
    if isinstance(raw, Other) and raw.kind == "blank":
        return Unreadable(
            f"your function returns {raw.words}: it is not filled in yet. What is "
            f"asked for ends with {form}."
        )
    if isinstance(raw, Other) and raw.kind == "generator":
        return Unreadable(
            f"your function gives {raw.words}: it has a `yield` or `async` where a "
            f"plain function with {form} is expected. Values one by one become one "
            "with `list(...)`."
        )
    if isinstance(raw, Other) and raw.kind == "function":
        return Unreadable("your function returns a function. Call it before returning.")
    if _half(raw):
        return Unreadable(f"what your function returns {HALF}")
    got = f"your function returns {describe(raw)}; expected is {form}."
    template = check.returns[0]
    if isinstance(template, tuple) and isinstance(raw, SEVERAL):
        if len(raw) != len(template):
            got += f" That is {len(raw)} values in place of {len(template)}."
        else:
            got += _misfit(template, raw)
    single = next((t for t in check.returns if isinstance(t, str)), None)
    if single and not isinstance(raw, tuple | dict):
        got = _trouble(single, raw) or got
    return Unreadable(got)


def _half(raw: Any) -> bool:
    """Whether there is an array of half precision somewhere."""
    if isinstance(raw, SEVERAL):
        return any(map(_half, raw))
    if isinstance(raw, dict):
        return any(map(_half, raw.values()))
    return isinstance(raw, ARRAYS) and raw.dtype == np.float16


def _trouble(name: str, raw: Any) -> str:
    """Why something is no array, or nothing."""
    try:
        _array(name, raw, set())
    except Unreadable as error:
        return str(error)
    return ""


def _misfit(template: Any, raw: Any) -> str:
    """What does not fit, at the first place where something does not."""
    if isinstance(template, str):
        why = "" if template[0] in "*+" else _trouble(template, raw)
        return f" {why}" if why else ""
    pairs = _pairs(template, raw)
    if pairs is None:
        return f" In place of {code(show(template))} there is {short(raw)}."
    if isinstance(template, dict):
        missing = [k for k in template if k not in raw and "d" + k not in raw]
        if missing:
            return f" The dict lacks {', '.join(map(code, missing))}."
    return next((text for pair in pairs if (text := _misfit(*pair))), "")


def _one_by_one(template: Any, raw: Any) -> list | None:
    """The numbers that a generator gave, where one array is asked for."""
    values = raw.values if isinstance(raw, Other) else None
    if not (isinstance(template, str) and isinstance(values, list) and values):
        return None
    return values if all(map(_is_number_or_row, values)) else None


def _is_number_or_row(value: Any) -> bool:
    row = value if isinstance(value, list | tuple) else [value]
    return all(isinstance(one, int | float | np.number | np.bool_) for one in row)


def reading(check: Check, raw: Any, expected: dict | None = None) -> Reading:
    """What was returned, by the first form whose shapes are right, or the first.

    Raises
    ------
    Unreadable
        If no form fits; the message says why.
    """
    first = None
    for template in check.returns:
        notes: set[str] = set()
        values = _one_by_one(template, raw)
        found = _fit(template, raw if values is None else values, notes)
        if found and values is not None:
            says = "comes from a generator; it was read as an array."
            notes = {f"{code(template)} {says}"}
        if found is None:
            continue
        outputs = {name: a for name, a in found.items() if name[0] not in "*+"}
        held = {name[1:]: n for name, n in found.items() if name[0] == "+"}
        given = frozenset(name.lstrip("*+") for name in found)
        keys = dict(keys_in(template))
        this = Reading(outputs, held, given, frozenset(notes), keys)
        if expected is None or all(
            a.shape == expected[name].shape for name, a in outputs.items()
        ):
            return this
        if isinstance(raw, tuple) and isinstance(template, str):
            continue  # a tuple of numbers is rather a wrong number of values
        if isinstance(raw, list) and any(mark in str(template) for mark in "*+"):
            continue  # a list is rather one array than an output and a cache
        first = first or this
    if first is None:
        raise unreadable(check, raw)
    return first


def read(check: Check, raw: Any, expected: dict | None, notes: set) -> dict:
    """The outputs alone; see :func:`reading`."""
    found = reading(check, plain(raw), expected)
    notes |= found.notes
    return found.outputs


def left_out(check: Check, found: Reading, right: Reading) -> list[str]:
    """What the check asks for and the function did not return.

    A list that is not compared must be as long as it should be.
    """
    names = [name for name in leaves(check.returns[0]) if name[0] != "*"]
    return [
        name.lstrip("+")
        for name in names
        if (name[0] == "+" and found.held.get(name[1:], 0) != right.held.get(name[1:]))
        or (name[0] != "+" and name not in found.outputs)
    ]
