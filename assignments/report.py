"""What a class did: its common mistakes, as a table, a page and a few sentences.

The grader prints the name of a mistake into each student's page; here it is counted
over the class (:func:`found`, :func:`common`), written as ``mistakes.csv`` and as
``summary.html``, and said in at most three sentences (:func:`monday`).

Nothing here needs nbgrader or starts anything. A row has the attributes of
``grade.Row``; a student's texts are shown only through :mod:`clean` and the template's
escaping.
"""

import builtins
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import clean
import spreadsheet
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from nbformat import NotebookNode

from rnnbook.checks import CHECKS
from rnnbook.checks.judge import GENERAL
from rnnbook.questions import OR, QUESTIONS, REMARKS, drawn

COUNTED = ("graded", "stopped")  # whose points enter the statistics
UNKNOWN = "no known mistake"
FEW = 8  # students; with fewer a correlation says nothing

# ---- what the tasks are called


def role(cell: NotebookNode) -> dict:
    return cell.metadata.get("nbgrader", {})


def task_of(cell: NotebookNode) -> str:
    return role(cell).get("grade_id", "")


def titles(released: NotebookNode) -> dict[str, str]:
    """What each graded cell is called: ``{"step-test": "Task 3: the step"}``.

    Parameters
    ----------
    released : notebook, the release or the source

    Returns
    -------
    dict in the order of the tasks; two never have the same title
    """
    every = headings(released)
    named = {
        task_of(c): every[task_of(c)] for c in released.cells if role(c).get("grade")
    }
    often = Counter(named.values())
    return {k: f"{v} ({k})" if often[v] > 1 else v for k, v in named.items()}


def headings(released: NotebookNode) -> dict[str, str]:
    """The heading above every cell that has an id, with the letter of a question."""
    heading, letter, named = "", "", {}
    for cell in released.cells:
        if cell.cell_type == "markdown" and not role(cell):
            heads = re.findall(r"(?m)^#+ +(.+?)(?: \(\d+ points?\))? *$", cell.source)
            heading, letter = (heads[-1], "") if heads else (heading, letter)
            letter = (re.findall(r"\*\*(\d+[a-z])\b", cell.source) or [letter])[-1]
        elif task_of(cell):
            title = re.sub(r"\d+(?=:)", letter, heading, count=1) if letter else heading
            named[task_of(cell)] = title or task_of(cell)
    return named


# ---- what the test cells said


@dataclass(frozen=True)
class Slip:
    """Why a student lost points in a task.

    ``kind`` is "mistake" (it has a name), "unknown" (it has none), "error" or "empty"
    (nothing was written); ``page`` is the chapter that teaches the point.
    """

    name: str
    cost: float
    kind: str = "mistake"
    says: str = ""
    page: str = ""


ERRORS = {
    "TimeLimit": "It did not come to an end; is there an endless loop?",
    "Stopped": "The kernel ended here.",
    "NotRun": "The kernel had ended before this cell.",
    "NotMarked": "The cell gave no number of points, so nothing was counted.",
    "NameError": "A cell above did not run, or a name is spelt in two ways.",
    "NotImplementedError": "Nothing was written: what the release raises still stands.",
    "another error": "It stops with an error of another kind.",
}
EVERYWHERE = {name: says for name, (says, _) in GENERAL.items()} | {
    "gate_order": "Right for another order of the gates than the one that was drawn.",
    "library": "It calls a library where NumPy alone was asked for.",
    "not_allowed": "It reaches for the code that marks it, which no task needs.",
}
# What is read may be a student's own print: no pattern here takes long to fail.
_N = r"(\d{1,6}(?:\.\d{1,6})?)"
_CHECK = re.compile(r"\b(?:award\(\s*[\d.]+,|check(?:_packed)?\()\s*\"([\w.]+)\"")
_PAID = re.compile(rf"^{_N} of {_N} points(?:: (.*))?\.$", re.M)
_COSTS = re.compile(rf"\b(\w{{1,80}}) costs {_N}")
_STOPS = re.compile(r"^Not yet\. [\w.]+: it stops with (\w+)", re.M)
_LATE = re.compile(r"^Not yet\. [\w.]+: your function did not come back", re.M)
_ANSWER = re.compile(rf"^([\w.]+): (.*?) ?{_N} of {_N} points\.$", re.M)


def found(nb: NotebookNode) -> dict[str, list[Slip]]:
    """Why points were lost, for each graded test cell of an executed notebook.

    Only names from the catalogue are taken as names, as a student can print anything;
    what a cell's slips cost together is what was lost there, and never more.
    """
    return {task_of(cell): _slips(cell) for cell in nb.cells if is_test(cell)}


def is_test(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and bool(role(cell).get("grade"))


def _slips(cell: NotebookNode) -> list[Slip]:
    points = float(role(cell).get("points") or 0)
    outputs = cell.get("outputs", [])
    errors = [one.get("ename", "") for one in outputs if one.output_type == "error"]
    if errors:
        return [_error(errors[-1], points)]
    text = printed(outputs)
    lost = points - _kept(outputs, text, points)
    if lost < 0.005:
        return []
    check = (_CHECK.findall(cell.source) or [""])[-1]
    slips = _awarded(check, text, lost) or ([] if check else _answers(cell, text))
    return _together(slips, lost)


def printed(outputs: Iterable[NotebookNode]) -> str:
    """The end of what a cell printed: the marks come last."""
    texts = (one.text for one in outputs if one.output_type == "stream")
    return "".join(texts)[-100_000:]


def _kept(outputs: Sequence[NotebookNode], text: str, points: float) -> float:
    """The points of a cell: its value, or else what it printed last."""
    data = [one.data for one in outputs if one.output_type == "execute_result"]
    values = [one.get("text/plain", "") for one in data]
    values += [m[1] for m in _PAID.finditer(text)][-1:]
    for value in values:
        with suppress(ValueError):
            if 0 <= float(value) <= points:
                return float(value)
    return 0.0


def _error(kind: str, cost: float) -> Slip:
    known = getattr(builtins, kind, None) if kind.isidentifier() else None
    real = isinstance(known, type) and issubclass(known, BaseException)
    kind = kind if kind in ERRORS or real else "another error"
    says = ERRORS.get(kind, f"It stops with {kind}.")
    return Slip(kind, cost, "empty" if kind == "NotImplementedError" else "error", says)


def _awarded(check: str, text: str, lost: float) -> list[Slip]:
    """What ``award()`` printed; its last line counts."""
    *_, paid = (_PAID.findall(text) or [("", "", "")])[-1]
    named = [_named(check, name, cost) for name, cost in _COSTS.findall(paid)]
    stops = _STOPS.findall(text) or ["TimeLimit"] * bool(_LATE.search(text))
    if not named and stops:
        return [_error(stops[-1], lost)]
    return [one for one in named if one]


def _named(check: str, name: str, cost: str) -> Slip | None:
    """The mistake that is called so in this check; in any, if it is not known which."""
    checks = [CHECKS[check]] if check in CHECKS else list(CHECKS.values())
    for one in checks:
        for mistake in one.mistakes:
            if mistake.name == name:
                says, page = mistake.says, one.page_of(mistake)
                return Slip(name, float(cost), says=says, page=page)
    if name in EVERYWHERE:
        general = GENERAL.get(name, ("", checks[0].page))[1]
        return Slip(name, float(cost), says=EVERYWHERE[name], page=general)
    return None


def _answers(cell: NotebookNode, text: str) -> list[Slip]:
    """What ``answers()`` printed, one line a question; the last one counts."""
    asked = [name for name in QUESTIONS if f'"{name}"' in cell.source] or QUESTIONS
    lines = {m[1]: m for m in _ANSWER.finditer(text) if m[1] in asked}
    slips = [
        _answer(name, m[2], float(m[4]) - float(m[3])) for name, m in lines.items()
    ]
    return [one for one in slips if one.cost > 1e-6]


def _answer(question: str, says: str, cost: float) -> Slip:
    page = QUESTIONS[question][1]
    if says == "no answer.":
        return Slip(f"{question}: no answer", cost, "empty", "Nothing was written.")
    if says.startswith("Not read. "):
        return Slip(f"{question}: not read", cost, "unknown", _NOT_READ, page)
    says = says.removeprefix("Not yet. ").split(OR)[0]
    if says not in _misconceptions(question) | set(REMARKS.values()):
        return Slip(f"{question}: {UNKNOWN}", cost, "unknown", _NO_NAME, page)
    return Slip(f"{question}: {_short(says)}", cost, says=says, page=page)


@cache
def _misconceptions(question: str) -> frozenset[str]:
    """The sentences of a question; they hold for everyone's numbers."""
    return frozenset(says for _, says in drawn(question, "anyone").wrong)


def _short(says: str) -> str:
    """The beginning of a sentence, as far as it tells two of them apart."""
    first = re.split(r"(?<=\w)[.;:] ", says)[0].rstrip(".")
    return first if len(first) <= 60 else first[:60].rsplit(" ", 1)[0] + " ..."


_NOT_READ = "The answer is no number that could be read."
_NO_NAME = "Points were lost, and no mistake that has a name explains it."


def _together(slips: list[Slip], lost: float) -> list[Slip]:
    """Slips that cost as much as was lost: the rest has no name."""
    total = sum(one.cost for one in slips)
    if total > lost + 0.005:
        return [replace(one, cost=one.cost * lost / total) for one in slips]
    if total < lost - 0.02:
        return [*slips, Slip(UNKNOWN, lost - total, "unknown", _NO_NAME)]
    return slips


# ---- counted over the class


@dataclass
class Common:
    """A mistake of a class in one task: who made it and what it cost them together."""

    task: str
    title: str
    slip: Slip
    students: list[str] = field(default_factory=list)
    lost: float = 0.0


@dataclass
class Task:
    """A task in numbers. ``waiting`` answers are not marked: then there are none."""

    task: str
    title: str
    points: float
    students: int
    waiting: int
    mean: float | None = None  # share of the points
    deviation: float | None = None  # of that share, over the students
    separates: float | None = None
    full: int = 0
    none: int = 0
    lost: float = 0.0  # points, all students together


def common(
    rows: Iterable, slips: Mapping[str, Mapping[str, list[Slip]]], titles: Mapping
) -> list[Common]:
    """Every mistake of every task, in the order of the tasks, the commonest first.

    Parameters
    ----------
    rows : of the class; who was not graded is left out
    slips : dict from a student's id to what :func:`found` found
    titles : from :func:`titles`
    """
    table: dict[tuple[str, str], Common] = {}
    for row in _counted(rows):
        for task, those in slips.get(row.student, {}).items():
            for slip in those:
                title = titles.get(task, task)
                new = Common(task, title, slip)
                one = table.setdefault((task, slip.name), new)
                one.lost += slip.cost
                if row.student not in one.students:
                    one.students.append(row.student)
    order = {task: k for k, task in enumerate(titles)}

    def place(one: Common) -> tuple:
        at = order.get(one.task, len(order))
        return at, one.task, -len(one.students), -one.lost, one.slip.name

    return sorted(table.values(), key=place)


def _counted(rows: Iterable) -> list:
    return [row for row in rows if row.status in COUNTED]


def tasks(rows: Iterable, titles: Mapping[str, str]) -> list[Task]:
    """Each task in numbers.

    The deviation is that of a sample (n - 1). ``separates`` is the corrected item-total
    correlation: of a task's points with the points in all other tasks; None for fewer
    than 8 students, or where all have the same. A task is left out as long as one of
    its answers in words is not marked.
    """
    rows = _counted(rows)
    names = dict.fromkeys([*titles, *(task for row in rows for task in row.points)])
    made = [_task(rows, task, titles.get(task, task)) for task in names]
    marked = [one.task for one in made if one.mean is not None]
    for one in made:
        if one.task in marked:
            others = [task for task in marked if task != one.task]
            one.separates = _correlation(
                [_scored(row, [one.task]) for row in rows],
                [_scored(row, others) for row in rows],
            )
    return made


def _task(rows: list, task: str, title: str) -> Task:
    points = max((row.points.get(task, 0) for row in rows), default=0)
    waiting = sum(task in row.to_mark for row in rows)
    made = Task(task, title, points, len(rows), waiting)
    if not rows or waiting or not points:
        return made
    scores = [_scored(row, [task]) for row in rows]
    shares = [score / points for score in scores]
    made.mean, made.deviation = statistics.fmean(shares), _deviation(shares)
    made.full = sum(score >= points - 1e-9 for score in scores)
    made.none = sum(score < 1e-9 for score in scores)
    made.lost = points * len(rows) - sum(scores)
    return made


def _scored(row, which: Sequence[str]) -> float:
    return round(sum(row.scores.get(task, 0) for task in which), 6)


def _deviation(values: Sequence[float]) -> float | None:
    return statistics.stdev(values) if len(values) > 1 else None


def _correlation(a: Sequence[float], b: Sequence[float]) -> float | None:
    if len(a) < FEW:
        return None
    try:
        return statistics.correlation(a, b)
    except statistics.StatisticsError:  # all have the same
        return None


def totals(rows: Iterable, titles: Mapping[str, str]) -> list[float]:
    """Each counted student's share of the points of all tasks that are marked."""
    rows = list(rows)
    marked = [one for one in tasks(rows, titles) if one.mean is not None]
    most = sum(one.points for one in marked)
    names = [one.task for one in marked]
    return [_scored(row, names) / most for row in _counted(rows)] if most else []


# ---- what to teach again

EXPLAINS = 1 / 3  # of the points lost by what was written
WELL = 0.9  # a mean share; above it a task needs no second lesson
LOW = 0.6  # below it a task is named even if no mistake explains it


@dataclass(frozen=True)
class Lesson:
    """One sentence of the hint, and what the mistake in it is."""

    sentence: str
    says: str = ""


def monday(rows: Iterable, slips: Mapping, titles: Mapping[str, str]) -> list[str]:
    """What to teach again: at most three sentences, made from the numbers by a rule.

    The tasks with the lowest mean share, below 90 %, in which one named mistake, made
    by at least two students and a tenth of the class, explains at least a third of the
    points lost by what was written; then, if room is left, tasks below 60 % that no
    mistake explains so.
    """
    return [one.sentence for one in lessons(rows, slips, titles)]


def lessons(rows: Iterable, slips: Mapping, titles: Mapping[str, str]) -> list[Lesson]:
    """The sentences of :func:`monday`, with what the mistakes are."""
    rows = list(rows)
    if not _counted(rows):
        return [Lesson("No work was graded yet.")]
    made, mistakes = tasks(rows, titles), common(rows, slips, titles)
    named, rest = [], []
    for task in sorted((t for t in made if t.mean is not None), key=lambda t: t.mean):
        mine = [one for one in mistakes if one.task == task.task]
        first = _explains(task, mine)
        if first and task.mean < WELL:
            named.append(_taught(task, first, mine))
        elif task.mean < LOW:
            rest.append(_unexplained(task, mine))
    nothing = "Nothing stands out: no named mistake explains a third of a task's loss."
    return [*named, *rest][:3] or [Lesson(nothing)]


def _written(task: Task, mistakes: Iterable[Common]) -> float:
    """The points lost by those who wrote something."""
    return task.lost - sum(one.lost for one in mistakes if one.slip.kind == "empty")


def _explains(task: Task, mistakes: Sequence[Common]) -> Common | None:
    """The named mistake that took the most points, if they are many enough."""
    enough, lost = max(2, task.students / 10), EXPLAINS * _written(task, mistakes)
    many = [
        one
        for one in mistakes
        if one.slip.kind == "mistake"
        and len(one.students) >= enough
        and one.lost >= lost - 1e-6
    ]
    return max(many, key=lambda one: one.lost, default=None)


def _taught(task: Task, one: Common, mistakes: Sequence[Common]) -> Lesson:
    explains = one.lost / max(one.lost, _written(task, mistakes))
    return Lesson(
        f"{task.title} ({percent(task.mean)} of the points): {one.slip.name}, made by "
        f"{len(one.students)} of {task.students}, explains {percent(explains)} of the "
        f"points lost where something was written; the chapter is {one.slip.page}.",
        one.slip.says,
    )


def _unexplained(task: Task, mistakes: Iterable[Common]) -> Lesson:
    empty = {s for one in mistakes if one.slip.kind == "empty" for s in one.students}
    wrote = f"; {len(empty)} of {task.students} left something empty" if empty else ""
    return Lesson(
        f"{task.title} ({percent(task.mean)} of the points): no named mistake explains "
        f"a third of what was lost{wrote}."
    )


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


# ---- files

LONGEST = 30_000  # characters; a cell of Excel has 32,767


def who(students: Iterable[str]) -> str:
    """Ids in one cell of a table."""
    return "; ".join(clean.line(one, 80) for one in students)


def write_csv(path: Path, lines: Iterable[Sequence]) -> None:
    """A table as a whole or not at all, in which no cell is taken for a formula."""
    rows = [[_cell(value) for value in line] for line in lines]
    spreadsheet.replace_file(path, spreadsheet.encoded(rows, spreadsheet.Form()))


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        return f"{value:.10g}"
    return spreadsheet.guarded(clean.line(value, LONGEST))


MISTAKES = ["task", "title", "mistake", "says", "students", "share", "who", "lost"]


def write_mistakes(
    path: Path, rows: Iterable, slips: Mapping, titles: Mapping[str, str]
) -> None:
    """``mistakes.csv``: a line for each task and mistake.

    ``share`` is that of the students whose work was graded, ``lost`` the points that
    the mistake cost those who made it, in the mean.
    """
    rows = list(rows)
    n = len(_counted(rows))
    lines = [
        [one.task, one.title, one.slip.name, plain(one.slip.says), len(one.students)]
        + [round(len(one.students) / n, 3), who(one.students)]
        + [round(one.lost / len(one.students), 2)]
        for one in common(rows, slips, titles)
    ]
    write_csv(path, [MISTAKES, *lines])


def plain(markdown: str) -> str:
    """A sentence of ours without marks of Markdown."""
    return "".join(part for _, part in spans(markdown))


def spans(markdown: str) -> list[tuple[bool, str]]:
    """The parts of a sentence of ours, and whether each is code."""
    parts = markdown.split("`")
    for k in range(0, len(parts), 2):
        parts[k] = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", parts[k].replace("**", ""))
    return [(bool(k % 2), part) for k, part in enumerate(parts) if part]


# ---- the page

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
)


@dataclass(frozen=True)
class Bin:
    """A bar of the histogram: a share from ``low`` on, and how many have it."""

    low: int
    count: int
    height: float  # of 100


def histogram(shares: Sequence[float]) -> list[Bin]:
    """Ten bars of ten per cent; the last one has 100 % too."""
    counts = Counter(min(9, max(0, int(10 * share + 1e-9))) for share in shares)
    most = max(counts.values(), default=1)
    return [Bin(10 * k, counts[k], 100 * counts[k] / most) for k in range(10)]


def _told(bins: Iterable[Bin]) -> str:
    """The histogram in words."""
    some = [f"{b.low} to {b.low + 10} %: {b.count}" for b in bins if b.count]
    return "Students by share of the points. " + "; ".join(some) + "."


def _over_all(mistakes: Iterable[Common]) -> list[Common]:
    """Named mistakes over all tasks; the same one in two tasks is one."""
    table: dict[tuple[str, str], Common] = {}
    for one in mistakes:
        if one.slip.kind != "mistake":
            continue
        key = one.slip.name, one.slip.says
        whole = table.setdefault(key, Common("", "", one.slip))
        whole.title = f"{whole.title}; {one.title}".removeprefix("; ")
        whole.students += [s for s in one.students if s not in whole.students]
        whole.lost += one.lost
    return sorted(table.values(), key=lambda one: (-len(one.students), -one.lost))


@cache
def _template():
    site = Environment(
        loader=FileSystemLoader(Path(__file__).resolve().parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    site.filters |= {"percent": percent, "spans": spans}
    return site.get_template("summary.html.jinja")


def summary(
    heading: str, rows: Iterable, slips: Mapping, titles: Mapping[str, str]
) -> str:
    """The class on one page: no script, no request, all that is not ours escaped.

    Parameters
    ----------
    heading : str, what the assignment is called
    rows, slips, titles : as in :func:`common`
    """
    rows = list(rows)
    shares, mistakes = totals(rows, titles), common(rows, slips, titles)
    names = {row.student: _shown(row) for row in rows}
    bins = histogram(shares)
    return _template().render(
        policy=POLICY,
        heading=clean.line(heading),
        status=Counter(row.status for row in rows),
        n=len(_counted(rows)),
        mean=statistics.fmean(shares) if shares else None,
        median=statistics.median(shares) if shares else None,
        deviation=_deviation(shares),
        bins=bins,
        told=_told(bins),
        lessons=lessons(rows, slips, titles),
        tasks=tasks(rows, titles),
        mistakes=mistakes,
        over_all=_over_all(mistakes)[:5],
        who=lambda students: [names[one] for one in students],
        left_out=[_left_out(row) for row in rows if row.status != "graded"],
        few=FEW,
        shown=12,
    )


def _shown(row) -> str:
    """A student as the teacher knows her."""
    name, student = clean.line(row.name, 60), clean.line(row.student, 60)
    return f"{name} ({student})" if name and name != student else student


def _left_out(row) -> tuple[str, str, str]:
    return row.status, _shown(row), clean.line("; ".join(row.notes), 200)


def write_summary(
    path: Path,
    heading: str,
    rows: Iterable,
    slips: Mapping,
    titles: Mapping[str, str],
) -> None:
    """Write :func:`summary` as a whole or not at all."""
    page = summary(heading, rows, slips, titles)
    spreadsheet.replace_file(path, page.encode("utf-8"))
