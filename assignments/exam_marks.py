"""The marks of an exam, entered in a spreadsheet, and what they say about it.

``exam.py`` writes ``marks.csv`` beside the exam, a row for each student and a column
for each question, to be filled in (:func:`prepare`). It, or a table with the columns
student, question and points, is read whatever a spreadsheet made of it (:func:`read`);
what cannot be a mark is refused with its row, all such cells together. The statistics
are those of :mod:`report` (:func:`evaluate`).
"""

import re
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import spreadsheet
from exam_bank import BANK, worth

from rnnbook.questions import same_id

IDS = ("id", "student", "id number", "username")
OTHERS = (*IDS, "name", "room")  # columns that need no remark
LONG = ("question", "points")
EMPTY = ("-", "\N{EN DASH}", "\N{EM DASH}", "\N{MINUS SIGN}")
SHOWN = 20  # faults, or students, in a message


class Student(Protocol):
    id: str
    name: str


@dataclass
class Marked:
    """The points of a student, with the attributes that :mod:`report` reads."""

    student: str
    points: Mapping[str, float]  # that can be had
    scores: dict[str, float] = field(default_factory=dict)
    status: str = "graded"

    @property
    def to_mark(self) -> list[str]:
        return [name for name in self.points if name not in self.scores]


@dataclass(frozen=True)
class Asked:
    """An exam as its ``answers.csv`` has it; without one, nothing is known."""

    names: Sequence[str] = ()
    students: Mapping[str, str] = field(default_factory=dict)  # by a form of the id


def asked_in(folder: Path) -> Asked:
    """What was asked in the exam of a folder, and whom.

    Raises
    ------
    ValueError
        If its ``answers.csv`` cannot be read, or names a question that is none.
    """
    path = folder / "answers.csv"
    if not path.exists():
        return Asked()
    table = spreadsheet.read(path, lambda head: ["id"] if "id" not in head else [])
    names = [one for one in table.columns if one not in ("id", "name")]
    strange = [one for one in names if one not in BANK]
    if strange:
        raise ValueError(f"{path}: expected questions of --list, got {strange}")
    ids = [spreadsheet.bare(row["id"]).strip() for _, row in table.rows]
    return Asked(names, {same_id(one): one for one in ids})


# ---- the table to fill in


def prepare(path: Path, names: Sequence[str], students: Iterable[Student]) -> list[str]:
    """Write the table to enter the marks in, and say what became of an earlier one.

    Marks that were entered for these questions stay; any other table gets a backup.
    """
    heads = [f"{k} {name} (of {worth(name)})" for k, name in enumerate(names, 1)]
    who = [[*map(spreadsheet.guarded, (one.id, one.name))] for one in students]
    table = [["id", "name", *heads], *([*one, *[""] * len(names)] for one in who)]
    earlier = _earlier(path, names)
    if earlier == "marks":
        return [f"{path} holds marks already and was left as it is"]
    copy = spreadsheet.backup(path) if earlier == "other" else None
    spreadsheet.replace_file(path, spreadsheet.encoded(table, spreadsheet.Form()))
    return [f"the earlier {path.name} is now {copy}"] if copy else []


def _earlier(path: Path, names: Sequence[str]) -> str:
    """What a file holds: ``nothing``, ``marks`` for these questions, or ``other``."""
    if not path.exists():
        return "nothing"
    try:
        table = spreadsheet.read(path, lambda head: _lacks(head, names))
        heads = {
            one: question(one, ()) or question(one, names) for one in table.columns
        }
    except ValueError:
        return "other"
    columns = {one: name for one, name in heads.items() if name}
    if sorted(columns.values()) != sorted(names) or table.faults:
        return "other"
    cells = [row.get(one, "") for _, row in table.rows for one in columns]
    return "marks" if any(map(str.strip, cells)) else "nothing"


# ---- what the columns are

_HEAD = re.compile(
    r"(?:question|q|no\.?|nr\.?)? ?(?:(\d{1,3})[.:)]?)? ?"
    r"([a-z]\w*\.\w+)?(?: ?[(\[/].*)?"
)


def question(head: str, names: Sequence[str]) -> str | None:
    """The question that is called so: ``3``, ``Question 3``, ``3 lstm.step (of 4)``.

    Parameters
    ----------
    head : str
    names : the questions in their order; none if it is not known, then no number counts

    Raises
    ------
    ValueError
        If number and name are those of two questions.
    """
    found = _HEAD.fullmatch(" ".join(head.split()).casefold())
    number, name = found.groups() if found else (None, None)
    if name and name not in (names or BANK):
        return None
    if not (number and names):
        return name
    if not 1 <= int(number) <= len(names):
        return None
    if name and names[int(number) - 1] != name:
        right = names[int(number) - 1]
        raise ValueError(f"`{head}`: question {number} of this exam is {right}")
    return names[int(number) - 1]


def _columns(head: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """From the columns that hold points to their questions."""
    found = {}
    for one in head:
        name = question(one, names)
        if name in found.values():
            raise ValueError(f"`{one}`: another column holds the points of {name}, too")
        if name:
            found[one] = name
    return found


def _lacks(head: Sequence[str], names: Sequence[str]) -> list[str]:
    """What must be a column and is none."""
    missing = [] if any(one in head for one in IDS) else ["id"]
    if set(LONG) <= set(head):
        return missing
    if not any(question(one, names) for one in head):
        missing.append(f"1 {names[0]}" if names else "a question, such as lstm.step")
    return missing


# ---- reading


@dataclass
class Entered:
    """What a table holds: who has points, and remarks on the rest of it."""

    names: list[str]
    rows: list[Marked]
    remarks: list[str]


@dataclass(frozen=True)
class Line:
    """A row of the table: where it stands, whose it is, and cells by question."""

    where: str
    student: str
    cells: Mapping[str, str]


def read(path: Path, exam: Asked) -> Entered:
    """The points that are entered in a table.

    Parameters
    ----------
    path : a column for each question, or the columns student, question and points
    exam : what was asked; without it the headings must be names of questions

    Raises
    ------
    ValueError
        If a column is missing, or a cell, a student or a question cannot be what it
        should be: all of them, each with its row.
    """
    table = spreadsheet.read(path, lambda head: _lacks(head, exam.names), (*IDS, *LONG))
    faults, remarks = list(table.faults), []
    if set(LONG) <= set(table.columns):
        lines = list(_long(table, exam, faults))
    else:
        columns = _columns(table.columns, exam.names)
        lines, remarks = list(_wide(table, columns)), _aside(table, columns)
    names = list(exam.names or dict.fromkeys(n for line in lines for n in line.cells))
    rows = _rows(lines, names, exam, faults)
    if faults:
        raise ValueError(_told(path, faults))
    if not rows:
        raise ValueError(f"{path}: expected points, got none")
    absent = [student for key, student in exam.students.items() if key not in rows]
    remarks += [f"without any points: {_several(absent)}"] if absent else []
    marked = list(rows.values())
    return Entered(names, marked, [*remarks, *_open(marked, names)])


def _told(path: Path, faults: Sequence[str]) -> str:
    more = [f"and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
    head = f"{path}: nothing was counted; put right and run again:"
    return "\n  ".join([head, *faults[:SHOWN], *more])


def _whose(row: Mapping[str, str]) -> str:
    found = (spreadsheet.bare(row.get(one, "")).strip() for one in IDS)
    return next(filter(None, found), "")


def _wide(table: spreadsheet.Sheet, columns: Mapping[str, str]) -> Iterator[Line]:
    for where, row in table.rows:
        cells = {name: row.get(head, "") for head, name in columns.items()}
        yield Line(where, _whose(row), cells)


def _long(table: spreadsheet.Sheet, exam: Asked, faults: list[str]) -> Iterator[Line]:
    for where, row in table.rows:
        told = spreadsheet.bare(row.get("question", "")).strip()
        try:
            name = question(told, exam.names)
        except ValueError as error:
            faults.append(f"{where}: {error}")
            continue
        if name:
            yield Line(where, _whose(row), {name: row.get("points", "")})
        else:
            faults.append(f"{where}: no question of this exam is called {told!r}")


def _aside(table: spreadsheet.Sheet, columns: Mapping[str, str]) -> list[str]:
    """A remark on columns that are no question: one may be misspelt."""
    rest = [one for one in table.columns if one and one not in (*columns, *OTHERS)]
    return [f"columns that are no question: {_several(rest)}"] if rest else []


def _rows(
    lines: Iterable[Line], names: Sequence[str], exam: Asked, faults: list[str]
) -> dict[str, Marked]:
    """Who has points, by a form of the id; what cannot be is added to the faults."""
    most = {name: worth(name) for name in names}
    rows: dict[str, Marked] = {}
    for line in lines:
        key = same_id(line.student)
        if not key and not any(map(_filled, line.cells.values())):
            continue
        if not key or (exam.students and key not in exam.students):
            who = f"{line.student!r} is not in answers.csv" if key else "no id"
            faults.append(f"{line.where}: {who}")
            continue
        row = rows.setdefault(key, Marked(exam.students.get(key, line.student), most))
        faults += _enter(line, row)
    return {key: row for key, row in rows.items() if row.scores}


def _filled(cell: str) -> bool:
    return cell.strip() not in ("", *EMPTY)


def _enter(line: Line, row: Marked) -> list[str]:
    """Enter the points of a line, and say which of them cannot be."""
    faults = []
    for name, cell in line.cells.items():
        try:
            value = spreadsheet.number_of(cell) if _filled(cell) else None
            if value is None:
                continue
            if value > row.points[name]:
                raise ValueError(f"expected at most {row.points[name]}")
            if name in row.scores:
                raise ValueError(f"{row.student} has points for it twice")
        except ValueError as error:
            faults.append(f"{line.where}, {name}: {error}, got {cell.strip()!r}")
        else:
            row.scores[name] = value
    return faults


def _several(ids: Sequence[str]) -> str:
    shown = ", ".join(repr(one)[1:-1] for one in ids[:SHOWN])
    return shown + (f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else "")


def _open(rows: Sequence[Marked], names: Sequence[str]) -> list[str]:
    """A remark on each question that some have no points for, neither 0."""
    remarks = []
    for name in names:
        ids = [row.student for row in rows if name in row.to_mark]
        if ids:
            remarks.append(
                f"{name}: left out, as {len(ids)} of {len(rows)} have no entry for it; "
                f"enter 0 where nothing was earned ({_several(ids)})"
            )
    return remarks


# ---- statistics

HEADS = (
    "number",
    "question",
    "points",
    "students",
    "mean_share",
    "deviation",
    "item_total",
    "all",
    "none",
    "not_marked",
)
LEGEND = (
    "mean and dev.: share of the points, and its deviation over the students. "
    "item-total: correlation\nof the points with those in all other questions, from 8 "
    "students on; near 0 or below it, look at\nthe question and its key again. all, "
    "none: students with all points, with none."
)


def evaluate(path: Path, folder: Path) -> str:
    """Read marks, write ``statistics.csv`` into the folder of the exam, and tell.

    Raises
    ------
    ValueError
        See :func:`read`.
    """
    import report  # takes a second, which making an exam need not wait for

    entered = read(path, asked_in(folder))
    titles = {name: name for name in entered.names}
    tasks = report.tasks(entered.rows, titles)
    target = folder / "statistics.csv"
    report.write_csv(target, [HEADS, *map(_numbers, range(1, len(tasks) + 1), tasks)])
    shares = report.totals(entered.rows, titles)
    lines = [_line(k, task) for k, task in enumerate(tasks, 1)]
    return "\n".join(
        [_class(shares, tasks), _TITLE, *lines, LEGEND, *entered.remarks, str(target)]
    )


def _numbers(k: int, task) -> list:
    """A row of the table; a number that is not known is an empty cell."""
    known = task.mean is not None
    shares = (task.mean, task.deviation, task.separates)
    return [
        *(k, task.task, task.points, task.students),
        *("" if one is None else round(one, 3) for one in shares),
        *((task.full, task.none) if known else ("", "")),
        task.waiting,
    ]


_TITLE = (
    f"{'no. question':<31}{'points':>6}{'mean':>7}{'dev.':>7}{'item-total':>12}"
    f"{'all':>5}{'none':>6}"
)


def _line(k: int, task) -> str:
    start = f"{k:>3} {task.task:<27}{task.points:>6}"
    if task.mean is None:
        return f"{start}  not marked for {task.waiting} of {task.students}"
    shares = "".join(f"{_percent(one):>7}" for one in (task.mean, task.deviation))
    item = "–" if task.separates is None else f"{task.separates:.2f}"
    return f"{start}{shares}{item:>12}{task.full:>5}{task.none:>6}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _class(shares: Sequence[float], tasks: Sequence) -> str:
    """The class in one line."""
    count = max(task.students for task in tasks)
    if not shares:
        return f"{count} students; no question is marked for all of them"
    most = sum(task.points for task in tasks if task.mean is not None)
    says = (
        f"{count} students, mean {_percent(statistics.fmean(shares))} of {most} points"
    )
    if count > 1:
        says += f", deviation {_percent(statistics.stdev(shares))}"
    return says
