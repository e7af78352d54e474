"""What a check and a mistake are, and where they are entered."""

import functools
import inspect
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

# The chapters of the course's plan, to which `rnnbook.checks` adds those that have a
# module of checks: a mistake points to one of these.
PAGES = set(
    "01-sequences 02-rnn 03-bptt 04-vanishing-gradients "
    "11-lstm 12-gru 13-three-libraries 14-inside-the-gates "
    "21-text-generation 22-mnist-rows 23-stock-prediction 24-text-classification "
    "25-weather 26-translation 27-speech 28-recommendation "
    "31-training 32-tuning 33-scaling 34-deployment 35-beyond "
    "41-claims-tested 42-classic-experiments".split()
)


FRAGMENT = "-_.~!*',;:@/?"  # what JupyterLab leaves as it is in a heading's anchor


class Case(NamedTuple):
    """Arguments for one call, and how a message calls them ("a batch of three")."""

    label: str
    args: tuple


@dataclass(frozen=True)
class Mistake:
    """A small wrong variant of a reference, and what to say to who wrote it.

    ``change`` is either the edits of the reference's text, ``((old, new), ...)``, or
    the wrong function itself. ``holds(case, outputs, expected)``, if given, decides in
    place of equality with the variant (for a mistake that has many outcomes, such as
    a shuffle); outputs are dicts of arrays.
    """

    name: str
    says: str
    change: tuple[tuple[str, str], ...] | Callable
    page: str = ""
    holds: Callable[[Case, dict, dict], bool] | None = None


def mistake(name: str, says: str, *change, page: str = "", holds=None) -> Mistake:
    """A :class:`Mistake` from ``old, new, old, new, ...`` or from one function."""
    if len(change) == 1:
        return Mistake(name, says, change[0], page, holds)
    edits = tuple(zip(change[::2], change[1::2], strict=True))
    return Mistake(name, says, edits, page, holds)


@dataclass(frozen=True)
class Check:
    """One exercise: what is called, with what, and what may be wrong.

    Parameters
    ----------
    name : str, such as ``"lstm.step"``
    page : str, the chapter that teaches it
    reference : function
    arguments : str
        Names for the messages: ``"x, (h, c), params"``.
    returns : tuple of templates
        The forms a return value may have, the preferred one first. A template is the
        name of an output, a name with a star (``"*cache"``) for what is ignored, one
        with a plus (``"+caches"``) for a list of which only the length counts, a tuple
        of templates, or a dict from key to the name of an output. A form that lacks a
        name of the first one, but for stars, is read and does not pass.
    cases : function of a random generator, which returns a list of :class:`Case`
    mistakes : tuple of Mistake
    time : dict, from output to (axis, direction)
        The axis of time and +1 or -1 for the order in which it is computed.
    forms : tuple of slices
        Which arguments are passed; the first form that the function can take.
    wrap : function, optional
        Turns the reader's function into one that is compared, for what does not
        return arrays (a generator, a random draw). The reference is wrapped too.
    gives : str, optional
        What the function itself returns, where ``wrap`` measures the outputs on it.
    tolerance : float
        Absolute, on the scale of the output's largest entry.
    """

    name: str
    page: str
    reference: Callable
    arguments: str
    returns: tuple
    cases: Callable[[Any], list[Case]]
    mistakes: tuple[Mistake, ...]
    time: dict[str, tuple[int, int]] | None = None
    forms: tuple[slice, ...] = (slice(None),)
    wrap: Callable[[Callable], Callable] | None = None
    tolerance: float = 1e-7
    gives: str = ""

    def page_of(self, mistake: Mistake) -> str:
        return mistake.page or self.page

    def wrapped(self, function: Callable) -> Callable:
        return self.wrap(function) if self.wrap else function


CHECKS: dict[str, Check] = {}
SECTIONS: dict[
    str, str
] = {}  # for a check, the heading under which its page teaches it


def taught_in(sections: dict[str, str]) -> None:
    """Say under which heading of its page each check is taught: ``{name: heading}``."""
    SECTIONS.update(sections)


def enter(*checks: Check) -> None:
    """Add checks to the catalogue; a name is taken once (or by the same, reloaded)."""
    for one in checks:
        other = CHECKS.get(one.name, one).reference
        if other.__qualname__ != one.reference.__qualname__:
            raise ValueError(f"name: {one.name!r} is the name of another check")
        CHECKS[one.name] = one


def _parts(check: Check) -> tuple:
    """What a check is made of, and the code of its functions."""
    parts = tuple(getattr(check, field.name) for field in fields(check))
    return *parts, *(getattr(part, "__code__", None) for part in parts)


def sealed() -> Callable[[str], tuple[Check, bool]]:
    """A copy of all checks as they are now, which nobody else holds.

    Returns
    -------
    function of a name
        Gives the check as it was, and whether it still is so in the catalogue.
    """
    kept = {name: (replace(one), _parts(one)) for name, one in CHECKS.items()}

    def original(name: str) -> tuple[Check, bool]:
        check, parts = kept[name]
        ours, theirs = _parts(check), _parts(CHECKS.get(name, check))
        same = all(a is b is c for a, b, c in zip(parts, ours, theirs, strict=True))
        return check, same

    return original


@functools.cache
def _source(function: Callable) -> str:
    return inspect.getsource(function)


def _edited(text: str, mistakes: tuple[Mistake, ...]) -> str | None:
    for one in mistakes:
        for old, new in one.change:
            if text.count(old) != 1:
                return None
            text = text.replace(old, new)
    return text


@functools.cache
def variant(reference: Callable, *mistakes: Mistake) -> Callable | None:
    """The reference with mistakes in it; None where two do not go together.

    Two go together if both are edits and their order does not matter.
    """
    if len(mistakes) == 1 and callable(mistakes[0].change):
        return mistakes[0].change
    if any(callable(one.change) for one in mistakes):
        return None
    text = _edited(_source(reference), mistakes)
    if text is None or text != _edited(_source(reference), mistakes[::-1]):
        return None
    names = dict(reference.__globals__)
    try:
        exec(compile(text, f"<{mistakes[0].name}>", "exec"), names)
    except SyntaxError:
        return None
    return names[reference.__name__]


def _find(page: str) -> Path | None:
    """The page's file, in this folder or in ``chapters`` of one above it."""
    here = Path.cwd()
    for folder in (here, *(up / "chapters" for up in (here, *here.parents))):
        for suffix in (".ipynb", ".md"):
            if (folder / (page + suffix)).is_file():
                return folder / (page + suffix)
    return None


@functools.lru_cache(maxsize=256)
def _headings(path: Path, changed: float) -> list[str]:
    """The headings of a page, with their marks."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = (c for c in json.loads(text)["cells"] if c.get("cell_type") != "code")
        text = "\n".join("".join(c["source"]) for c in cells)
    return [line for line in text.splitlines() if re.match("#+ ", line)]


def _plain(heading: str) -> str:
    return heading.lstrip("#").strip()


def link(page: str, section: str = "") -> str:
    """A Markdown link that works from the notebook's folder, with the page's title.

    With the heading of a section of this page it leads there. A page that is not on
    this disk is named and not linked.
    """
    try:
        path = _find(page)
        heads = _headings(path, path.stat().st_mtime)
        to = Path(os.path.relpath(path)).as_posix()
    except (AttributeError, OSError, ValueError, KeyError, TypeError):
        return f"chapter `{page}`"
    if section and section in map(_plain, heads):
        return f"[{section}]({to}#{quote(section.replace(' ', '-'), safe=FRAGMENT)})"
    titles = (_plain(line) for line in heads if line.startswith("# "))
    return f"[{next(titles, path.stem)}]({to})"
