"""Hints at copied work: who handed in what is more alike than chance explains.

:func:`alike` compares functions without regard to names and layout, answers in words,
answers that are right for another student's numbers, and the order of gates drawn for
another. What comes out is a list of hints, and how much of it is expected by chance in
a class that works alone; none is a proof. Nothing that was handed in is run here.
"""

import ast
import hashlib
import inspect
import math
import operator
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import report
from nbformat import NotebookNode

from rnnbook.checks import CHECKS
from rnnbook.grading import gate_order
from rnnbook.questions import QUESTIONS, drawn

# ---- what is compared

LONG = 40  # nodes of a syntax tree, about five lines: less is alike by chance
WORDS = 80  # letters of an answer in words
MANY = 6  # students; what more of them share, and a tenth of the class, has one source
CHANCE = 0.02  # pairs that a class may agree so by chance, for a hint
CROWD = [f"nobody {k}" for k in range(300)]  # ids to see how common a number is
_DROPPED = frozenset(
    "ctx annotation returns type_comment kind type_params type_ignores".split()
)
_NAMES = frozenset("id arg name asname rest".split())
_BROKEN = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)


def forms(source: str) -> dict[str, int]:
    """The long statements of a cell in a form that hides how they were disguised.

    Names are numbered in the order in which they appear; docstrings, comments, type
    hints, prints and layout are dropped; constants and the order of statements stay.

    Returns
    -------
    dict from the hash of a statement, a function as a rule, to its size in nodes
    """
    statements = _parsed(source)
    made = map(_form, statements) if statements else [_as_text(source)]
    return {_hash(text): size for text, size in made if size >= LONG}


def _parsed(source: str) -> list[ast.stmt]:
    """The statements of a cell; none if it is no Python."""
    lines = source[:50_000].splitlines()
    code = "\n".join("" if x.lstrip()[:1] in ("%", "!") else x for x in lines)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a student's own escapes
            return ast.parse(code).body
    except _BROKEN:
        return []


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]


def _as_text(source: str) -> tuple[str, int]:
    """A cell that is no Python: its signs without comments and blanks."""
    text = re.sub(r"#.*|\s", "", source[:50_000])
    return text, len(text) // 4


def _form(statement: ast.stmt) -> tuple[str, int]:
    """A statement in its normal form, and its size; no recursion, whatever comes."""
    names: dict[str, str] = {}
    parts: list[str] = []
    size, todo = 0, [statement]
    while todo:
        one = todo.pop()
        if isinstance(one, ast.AST):
            size += 1
            parts.append(type(one).__name__)
            todo += reversed([_renamed(one, key, names) for key in _fields(one)])
        elif isinstance(one, list):
            kept = [x for x in map(_bare, one) if x is not None]
            parts.append(f"[{len(kept)}]")
            todo += reversed(kept)
        else:
            parts.append(hex(one) if type(one) is int else repr(one))
    return " ".join(parts), size


def _fields(node: ast.AST) -> list[str]:
    return [key for key in node._fields if key not in _DROPPED]


def _renamed(node: ast.AST, key: str, names: dict[str, str]) -> Any:
    value = getattr(node, key, None)
    taken = key in _NAMES and not isinstance(node, ast.keyword)
    if taken and isinstance(value, str) and not (key == "name" and _imported(node)):
        return names.setdefault(value, f"v{len(names)}")
    return value


def _imported(node: ast.AST) -> bool:
    return isinstance(node, ast.alias)


def _bare(node: Any) -> Any:
    """A statement without its type hint; None for what does nothing."""
    if isinstance(node, ast.AnnAssign):
        return node.value and ast.Assign([node.target], node.value)
    if isinstance(node, ast.Pass):
        return None
    if isinstance(node, ast.Expr):
        call = node.value
        name = getattr(getattr(call, "func", None), "id", "")
        return None if isinstance(call, ast.Constant) or name == "print" else node
    return node


# -- numbers that a student typed, computed without running anything

_SIGNS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_CALLS = {
    **{n: getattr(math, n) for n in "log log2 log10 exp pow sqrt tanh ceil".split()},
    **{
        "abs": abs,
        "float": float,
        "int": int,
        "round": lambda x, n=0: round(x, int(n)),
    },
}


def numbers(source: str, questions: Iterable[str]) -> dict[str, float]:
    """The answers to drawn questions, as far as they are plain arithmetic."""
    questions, known, answer = set(questions), {}, {}
    for one in _parsed(source):
        if not isinstance(one, ast.Assign) or len(one.targets) != 1:
            continue
        target, value = one.targets[0], one.value
        if isinstance(value, ast.Dict):
            answer |= dict(_entries(value, known))
        elif isinstance(target, ast.Name):
            known[target.id] = _number(value, known)
        elif isinstance(target, ast.Subscript) and isinstance(
            target.slice, ast.Constant
        ):
            answer[target.slice.value] = _number(value, known)
    given = {name: answer.get(name) for name in sorted(questions)}
    return {name: x for name, x in given.items() if x is not None and math.isfinite(x)}


def _entries(node: ast.Dict, known: Mapping) -> Iterator[tuple[str, float | None]]:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value, _number(value, known)


def _number(node: ast.AST, known: Mapping[str, float | None]) -> float | None:
    """The value of an expression of numbers; always a float, so it cannot grow."""
    try:
        return float(_value(node, known))
    except (ArithmeticError, ValueError, TypeError, LookupError, RecursionError):
        return None


def _value(node: ast.AST, known: Mapping[str, float | None]) -> float:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)
    if isinstance(node, ast.Name):
        return known[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _value(node.operand, known)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp):
        return _SIGNS[type(node.op)](
            _value(node.left, known), _value(node.right, known)
        )
    if isinstance(node, ast.Call) and node.args:
        name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
        return float(_CALLS[name](*(_value(one, known) for one in node.args)))
    raise TypeError(f"node: expected arithmetic, got {type(node).__name__}")


# -- what is kept of a notebook


@dataclass
class Trace:
    """What of one student's notebook is compared with the others'."""

    code: dict[str, dict[str, int]]  # cell -> form -> size
    words: dict[str, str]  # task -> hash of the answer
    numbers: dict[str, float]  # question -> answer
    orders: set[str]  # of the gates, for which a function is right, not her own


_ORDER = re.compile(r"It is right for gates packed in the order ((?:\w, )+\w)\.")


def trace(nb: NotebookNode, questions: Iterable[str] = ()) -> Trace:
    """What is compared of a notebook; the notebook itself need not be kept."""
    made = Trace({}, {}, {}, set())
    for cell in nb.cells:
        about, name = report.role(cell), report.task_of(cell)
        if cell.cell_type == "code" and about.get("solution"):
            made.code.setdefault(name, {}).update(forms(cell.source))
            made.numbers |= numbers(cell.source, questions)
        elif about.get("grade") and about.get("solution"):
            letters = "".join(c for c in cell.source.casefold() if c.isalnum())
            if len(letters) >= WORDS:
                made.words[name] = _hash(letters)
        elif report.is_test(cell):
            text = report.printed(cell.get("outputs", []))
            made.orders |= {m.replace(", ", "") for m in _ORDER.findall(text)}
    return made


@cache
def _of_the_book() -> frozenset[str]:
    """The forms that stand in the book: the references of all checks."""
    every: set[str] = set()
    for one in CHECKS.values():
        with suppress(OSError, TypeError):
            every |= forms(inspect.getsource(one.reference)).keys()
    return frozenset(every)


# ---- how it is compared


@dataclass(frozen=True)
class Hint:
    """Students whose work is more alike than chance explains. Never a proof.

    ``chance`` is how many pairs of this class are expected to agree as much if all
    worked alone; ``how_many`` counts the cells, answers and orders that agree.
    """

    students: tuple[str, ...]
    what: str
    how_many: int
    where: tuple[str, ...]
    chance: float


@dataclass(frozen=True)
class _Sign:
    """One thing in which two agree, and how probable that is for any two."""

    what: str
    where: str
    key: str
    chance: float


def alike(
    notebooks: Mapping[str, NotebookNode],
    released: NotebookNode,
    source: NotebookNode | None = None,
) -> list[Hint]:
    """Hints at copied work, the least probable first.

    Compared are, by the id of a cell, functions in their normal form (:func:`forms`),
    answers in words, answers that are right for another student's numbers and wrong
    for her own, and functions that are right for another's order of gates.

    What stands in the release, in the reference or in the book is nobody's own. Nor is
    what more than six students and a tenth of the class share: so many have it from one
    source, and not from one another. How probable it is that two agree in a cell is
    measured on the class itself: the share of all pairs that agree there in a form as
    rare. A pair becomes a hint if all in which it agrees is expected of any pair in
    less than one of fifty classes that work alone; one function alone never is. That
    takes the cells for independent: of made-up classes in which each function was drawn
    from as few as 8 to 80 ways to write it, one in twenty had a hint.

    Parameters
    ----------
    notebooks : executed notebooks by student; gone through once
    released : notebook, the release
    source : notebook with the reference's answers, optional

    Returns
    -------
    list of Hint
    """
    asked = [q for q in QUESTIONS if any(f'"{q}"' in c.source for c in released.cells)]
    traces = {student: trace(nb, asked) for student, nb in notebooks.items()}
    base = [trace(nb) for nb in (released, source) if nb is not None]
    where = report.headings(released) | report.titles(released)
    signs: dict[tuple[str, str], list[_Sign]] = defaultdict(list)
    for pair, sign in (
        *_same_code(traces, base, where),
        *_same_words(traces, base, where),
        *_same_numbers(traces),
    ):
        signs[pair].append(sign)
    for pair, sign in _same_orders(traces):
        if pair in signs:  # an order alone is shared by many
            signs[pair].append(sign)
    cells = {cell for t in traces.values() for cell, own in t.code.items() if own}
    return _hints(signs, math.comb(len(traces), 2), len(cells))


Found = Iterator[tuple[tuple[str, str], _Sign]]


def _pairs(students: Iterable[str]) -> Iterator[tuple[str, str]]:
    return combinations(sorted(students), 2)


def _same_code(traces: Mapping[str, Trace], base: list[Trace], where: Mapping) -> Found:
    """Pairs that share a rare form of a cell, once for each cell."""
    known = _of_the_book().union(*(f for t in base for f in t.code.values()))
    for cell in sorted({cell for t in traces.values() for cell in t.code}):
        groups, tried = defaultdict(list), 0
        for student, one in traces.items():
            own = one.code.get(cell, {}).keys() - known
            tried += bool(own)
            for form in own:
                groups[form].append(student)
        yield from _rare(groups, tried, len(traces), "code", where.get(cell, cell))


def _rare(groups: Mapping, tried: int, n: int, what: str, where: str) -> Found:
    """Pairs by the rarest form that they share, with the share of pairs that do."""
    rare = [one for one in groups.items() if 1 < len(one[1]) <= max(MANY, n // 10)]
    done: set[tuple[str, str]] = set()
    for form, who in sorted(rare, key=lambda one: (len(one[1]), one[0])):
        as_rare = (len(w) for _, w in rare if len(w) <= len(who))
        agree = sum(math.comb(k, 2) for k in as_rare)
        sign = _Sign(what, where, form, min(1.0, agree / math.comb(tried, 2)))
        new = [pair for pair in _pairs(who) if pair not in done]
        done.update(new)
        yield from ((pair, sign) for pair in new)


def _same_words(
    traces: Mapping[str, Trace], base: list[Trace], where: Mapping
) -> Found:
    """Pairs with the same long answer; no two write it by chance."""
    known = {text for t in base for text in t.words.values()}
    for task in sorted({task for t in traces.values() for task in t.words}):
        groups = defaultdict(list)
        for student, one in traces.items():
            if task in one.words and one.words[task] not in known:
                groups[one.words[task]].append(student)
        chance = 0.01 / max(1, math.comb(len(traces), 2))
        for text, who in groups.items():
            sign = _Sign("words", where.get(task, task), text, chance)
            yield from ((pair, sign) for pair in _pairs(who))


def _same_numbers(traces: Mapping[str, Trace]) -> Found:
    """Whose answers are right for another, and wrong for herself."""
    wrong = {
        student: {q: x for q, x in one.numbers.items() if not _right(q, x, student)}
        for student, one in sorted(traces.items())
    }
    tries = Counter(k for one in wrong.values() for k in range(1, len(one) + 1))
    for student, mine in wrong.items():
        for other in traces:
            fits = [q for q, x in mine.items() if _right(q, x, other)]
            if fits and other != student:
                key = f"{other}: {', '.join(fits)}"
                ways = math.comb(len(mine), len(fits)) * tries[len(fits)]
                chance = ways * math.prod(_by_chance(q, mine[q]) for q in fits)
                yield _directed(student, other, "numbers", key, chance, len(traces))


def _directed(student, other, what: str, key: str, chance: float, n: int):
    """A sign of one towards another: ``chance`` over all who might have given it.

    It is said for a pair, as the other signs are: each of them looks at ``n - 1``.
    """
    of_a_pair = chance * (n - 1) / math.comb(n, 2)
    return tuple(sorted((student, other))), _Sign(what, key, key, of_a_pair)


@cache
def _draw(question: str, student: str) -> tuple[float, float]:
    """Answer and tolerance of a question for a student."""
    try:
        q = drawn(question, student)
        return float(q.answer), q.rtol
    except ValueError:  # an id that is none
        return math.nan, 0.0


def _right(question: str, x: float, student: str) -> bool:
    answer, rtol = _draw(question, student)
    return math.isclose(x, answer, rel_tol=max(rtol, 1e-9), abs_tol=1e-12)


@cache
def _by_chance(question: str, x: float) -> float:
    """How probable it is that a number is right for someone, from invented ids."""
    hits = sum(_right(question, x, one) for one in CROWD)
    return (1 + hits) / (1 + len(CROWD))


def _same_orders(traces: Mapping[str, Trace]) -> Found:
    """Whose function is right for another's order of gates."""
    tries = sum(len(one.orders) for one in traces.values())
    for student, one in sorted(traces.items()):
        for order in sorted(one.orders):
            gates = next((g for g in ("ifgo", "rzn") if set(g) == set(order)), "")
            chance = tries / (math.factorial(len(gates)) - 1) if gates else 1.0
            for other in traces:
                if other != student and gates and _order(other, gates) == order:
                    key = f"{', '.join(order)}, the order of {other}"
                    what = "order of gates"
                    yield _directed(student, other, what, key, chance, len(traces))


@cache
def _order(student: str, gates: str) -> str:
    try:
        return gate_order(student, gates)
    except ValueError:  # an id that is none
        return ""


def _hints(
    signs: Mapping[tuple[str, str], list[_Sign]], pairs: int, cells: int
) -> list[Hint]:
    """One hint for all who agree in the same; those that chance does not explain."""
    groups: dict[frozenset[_Sign], set[str]] = defaultdict(set)
    for pair, those in signs.items():
        groups[frozenset(those)] |= set(pair)
    made = [_hint(those, who, pairs, cells) for those, who in groups.items()]
    likely = [one for one in made if one.chance < CHANCE]
    return sorted(likely, key=lambda one: (one.chance, one.students))


SAYS = {
    "code": "the same code but for names and layout",
    "words": "the same answer in words",
    "numbers": "another student's numbers",
    "order of gates": "another student's order of gates",
}


def _hint(signs: Iterable[_Sign], students: set[str], pairs: int, cells: int) -> Hint:
    signs = sorted(signs, key=lambda one: (list(SAYS).index(one.what), one.where))
    kinds = [one.what for one in signs]
    # Any of the cells could have been those in which two agree.
    ways = math.comb(cells, kinds.count("code"))
    return Hint(
        students=tuple(sorted(students)),
        what="; ".join(SAYS[kind] for kind in dict.fromkeys(kinds)),
        how_many=len(signs),
        where=tuple(one.where for one in signs),
        chance=pairs * ways * math.prod(one.chance for one in signs),
    )


HINTS = ["students", "what", "how many", "where", "expected by chance"]


def write_hints(path: Path, hints: Iterable[Hint]) -> None:
    """``hints.csv``: what to look at and to ask about. A hint is no proof."""
    lines = [
        [report.who(one.students), f"a hint: {one.what}", one.how_many]
        + ["; ".join(one.where), float(f"{one.chance:.1g}")]
        for one in hints
    ]
    report.write_csv(path, [HINTS, *lines])
