"""Marks by hand: what was ever given, the table ``written.csv``, and what holds now.

A mark belongs to a student, a task and the *text* of the answer (:func:`key`). The same
text keeps its mark wherever it comes from; another text is opened again and shows what
was given before; a text that comes back finds its mark again. Nothing that was ever
given is dropped: ``by_hand.json`` is a log to which lines are only added.

``written.csv`` is the teacher's, and comes back from any spreadsheet. Each row carries,
in its column ``key``, what stood in it when it was written. So a row that the teacher
changed is told from one that is merely old, whatever happened to the file meanwhile:
sorted, shortened, copied, marked by two people, put back from a backup.
"""

import hashlib
import json
import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import clean
import spreadsheet
from spreadsheet import AGAIN, Form, bare, guarded, number

LONGEST = 30_000  # characters in a cell; Excel breaks a cell of more than 32,767
COLUMNS = (
    "task student points of comment before question rubric answer key assignment"
).split()


@dataclass(frozen=True)
class Task:
    """A question whose answers are marked by hand."""

    name: str
    most: float
    title: str = ""
    question: str = ""
    rubric: str = ""
    sample: str = ""  # an answer that gets all points


@dataclass(frozen=True)
class Answer:
    """What one student wrote for one task, word for word.

    ``blank``: it is as it was handed out; it counts 0 and is not to be read.
    """

    student: str
    task: str
    text: str
    blank: bool = False


@dataclass(frozen=True)
class Mark:
    """What was given for one answer; ``points`` is None where some are awaited."""

    student: str
    task: str
    key: str
    points: float | None = None
    comment: str = ""
    of: float = 0.0
    origin: str = ""  # "table", "page" or "formgrader"
    when: str = ""  # ISO 8601
    before: str = ""  # in words, what another answer was given; it is never stored

    @property
    def place(self) -> tuple[str, str, str]:
        return self.student, self.task, self.key

    @property
    def given(self) -> str:
        if self.points is None:
            return "no points"
        return f"{number(self.points)} of {number(self.of)}"


def normal(text: str) -> str:
    """A text as it is compared: NFC, line ends ``\\n``, no blanks at ends of lines."""
    text = unicodedata.normalize("NFC", text)
    text = re.sub("\r\n?|[\u0085\u2028\u2029]", "\n", text)
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def _hash(*parts: str | None, digits: int = 16) -> str:
    data = json.dumps(parts).encode()  # ASCII, also where a surrogate stands alone
    return hashlib.sha256(data).hexdigest()[:digits]


def key(assignment: str, task: str, text: str) -> str:
    """What a mark belongs to: 16 hexadecimal digits of assignment, task and text."""
    return _hash(assignment, task, normal(text))


_SOLUTION = re.compile(r"### BEGIN SOLUTION[^\n]*\n(.*?)### END SOLUTION", re.S)


def written_tasks(source: Mapping) -> list[Task]:
    """The questions of a source notebook that are marked by hand, in its order.

    Parameters
    ----------
    source : notebook, with solutions; the text of a question is the cell above
    """
    found, question = [], ""
    for cell in source["cells"]:
        info = cell["metadata"].get("nbgrader", {})
        if info.get("grade") and info.get("solution"):
            inner = _SOLUTION.search(cell["source"])
            sample, _, rubric = (inner[1] if inner else "").partition("**Rubric.**")
            title = re.match(r"\s*\*\*(.+?)\.?\*\*", question)
            title = title[1] if title else info["grade_id"]
            texts = (one.strip() for one in (title, question, rubric, sample))
            found.append(Task(info["grade_id"], float(info["points"]), *texts))
        question = cell["source"]
    return found


# ---- reading the teacher's table


@dataclass(frozen=True)
class Entry:
    """A row as the teacher left it.

    ``base`` is what stood in it when it was written: points, and a hash of the comment;
    None where the row does not say. ``comment`` is None where there is no such column.
    """

    where: str
    student: str
    task: str
    points: float | None
    comment: str | None
    key: str
    base: tuple[float | None, str] | None
    cells: dict[str, str] = field(default_factory=dict)
    answer: str = ""  # as it stands in the file

    @property
    def new_points(self) -> bool:
        if self.base is None:
            return self.points is not None
        return not _same(self.points, self.base[0])

    @property
    def new_comment(self) -> bool:
        if self.base is None or self.comment is None:
            return bool(self.comment)
        return _digest(self.comment) != self.base[1]


@dataclass(frozen=True)
class Table:
    """The rows of a file, each answer once, and what is to be said about it."""

    path: Path
    form: Form
    entries: list[Entry]
    messages: list[str]
    digest: str  # of the file's bytes


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) < 1e-5


def _digest(comment: str) -> str:
    return _hash(comment, digits=8) if comment else ""


def _words(comment: str) -> str:
    return normal(comment).strip()


_KEY = re.compile(
    r"'?\s*k?([0-9a-f]{16})(?::([0-9]*(?:\.[0-9]+)?):([0-9a-f]{8})?)?\s*", re.I
)


def key_cell(mark: Mark) -> str:
    """Key, points and comment as they are written: what the row says by itself.

    The letter in front keeps a spreadsheet from reading ``1234e56...`` as a number.
    """
    return f"k{mark.key}:{number(mark.points)}:{_digest(mark.comment)}"


def _of_key(cell: str) -> tuple[str, tuple[float | None, str] | None]:
    found = _KEY.fullmatch(cell)
    if not found:
        return "", None
    base = None
    if found[2] is not None:
        base = (float(found[2]) if found[2] else None, (found[3] or "").lower())
    return found[1].lower(), base


def _lacks(columns: list[str]) -> list[str]:
    lacks = [one for one in ("student", "task", "points") if one not in columns]
    # Before there was a key, rows were known by the text of their answers.
    return lacks + ([] if {"key", "answer"} & set(columns) else ["key"])


def read(path: Path) -> Table:
    """A table of marks as a teacher, a spreadsheet or the marking page left it.

    Parameters
    ----------
    path : Path
        With the columns student, task, points and key, in any order; ``comment`` and
        others may be missing. A table of an earlier version has ``answer`` for ``key``.

    Raises
    ------
    ValueError
        If a column is missing, points are no number, or a row contradicts another:
        file, row, column, what came, what to do. Several faults are named together.
    """
    sheet = _sheet(path)
    faults = list(sheet.faults)
    found = [_entry(where, row, faults) for where, row in sheet.rows]
    entries = _once([one for one in found if one], faults)
    _refuse(path, faults)
    points = [row.get("points", "") for _, row in sheet.rows]
    form = replace(sheet.form, comma=_has_comma(points, sheet.form.separator))
    return Table(path, form, entries, _says(sheet), sheet.digest)


def _sheet(path: Path) -> spreadsheet.Sheet:
    """The table, in the encoding in which the answers have their keys."""
    sheet = spreadsheet.read(path, _lacks, COLUMNS)
    best, most = _proved(sheet)
    sure = sheet.form.encoding not in (*spreadsheet.LEGACY, "utf-8") or best == most
    for encoding in () if sure else spreadsheet.LEGACY:
        try:
            other = spreadsheet.read(path, _lacks, COLUMNS, encoding)
        except ValueError:
            continue
        if _proved(other)[0] > best:
            sheet, best = other, _proved(other)[0]
    return sheet


def _proved(sheet: spreadsheet.Sheet) -> tuple[int, int]:
    """How many answers that are not ASCII fit their keys, and how many there are."""
    rows = [row for _, row in sheet.rows if not row.get("answer", "").isascii()]
    cells = [[bare(row.get(one, "")) for one in COLUMNS] for row in rows]
    found = (dict(zip(COLUMNS, row, strict=True)) for row in cells)
    fits = [
        key(one["assignment"], one["task"], one["answer"]) == _of_key(one["key"])[0]
        for one in found
    ]
    return sum(fits), len(fits)


def _refuse(path: Path, faults: list[str]) -> None:
    if faults:
        more = f"\n... and {len(faults) - 10} more" if len(faults) > 10 else ""
        lines = "\n".join(f"{path}, {fault}" for fault in faults[:10])
        raise ValueError(f"{lines}{more}\nPut it right and {AGAIN}")


def _has_comma(cells: list[str], separator: str) -> bool:
    if any("," in cell for cell in cells):
        return True
    # Where semicolons separate, a spreadsheet takes 6.5 for the sixth of May.
    return separator == ";" and not any("." in cell for cell in cells)


def _says(sheet: spreadsheet.Sheet) -> list[str]:
    said, path = [], sheet.path
    if sheet.form.encoding in spreadsheet.LEGACY:
        said.append(
            f"{path}: it is not UTF-8 and was read as {sheet.form.encoding}; look at "
            "the accents in new comments, and save it as `CSV UTF-8` next time"
        )
    if "key" not in sheet.columns:
        said.append(
            f"{path}: it has no column `key`, as tables had none before; its rows are "
            "matched by the text of the answer"
        )
    return said


def _entry(where: str, row: dict[str, str], faults: list[str]) -> Entry | None:
    """A row; None if it says nothing. What is wrong in it goes to ``faults``."""
    cells = {name: bare(cell) for name, cell in row.items() if name}
    student, task = cells.get("student", ""), cells.get("task", "")
    who = f"{where} ({clean.line(student, 40)}, {clean.line(task, 40)})"
    try:
        points = spreadsheet.number_of(row.get("points", ""))
    except ValueError as error:
        got = clean.line(row["points"], 40)
        faults.append(f"{who}, column points: got {got!r}: {error}")
        return None
    comment = _words(cells["comment"]) if "comment" in cells else None
    if not student.strip() and points is None and not comment:
        return None
    hexes, base = _of_key(row.get("key", ""))
    answer = row.get("answer", "")
    return Entry(who, student, task, points, comment, hexes, base, cells, answer)


def _once(entries: list[Entry], faults: list[str]) -> list[Entry]:
    """Each answer once: what was changed beats what was not; else they must agree."""
    groups: dict[tuple, list[Entry]] = {}
    for one in entries:
        text = "" if one.key else normal(one.answer)
        place = _folded(one.student), _folded(one.task), one.key, text
        groups.setdefault(place, []).append(one)
    return [_one(group, faults) for group in groups.values()]


def _one(group: list[Entry], faults: list[str]) -> Entry:
    kept = [one for one in group if one.new_points] or group[:1]
    first = kept[0]
    for one in kept[1:]:
        if not _same(one.points, first.points):
            text = (
                f"{number(one.points) or 'none'}, but {number(first.points) or 'none'}"
            )
            faults.append(f"{one.where}, column points: {text} in {first.where}")
    said = dict.fromkeys(one.comment for one in group if one.new_comment)
    words = "\n".join(filter(None, said))
    return replace(first, comment=words) if words else first


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip(" \t\r\n\u200b\ufeff").casefold()


# ---- what was ever given


@dataclass(frozen=True)
class Known:
    """An answer as it was last handed in; the text is clean and cut, to be shown."""

    key: str
    text: str
    blank: bool = False


@dataclass
class Store:
    """Marks by hand of one assignment: every one that was ever given, in order."""

    assignment: str
    course: str = field(default_factory=lambda: secrets.token_hex(8))
    log: list[Mark] = field(default_factory=list)
    answers: dict[tuple[str, str], Known] = field(default_factory=dict)
    # What the gradebook holds because of us: all else in it is news of formgrader.
    entered: dict[tuple[str, str], tuple[float | None, str]] = field(
        default_factory=dict
    )
    taken: list[str] = field(default_factory=list)  # rows of marking pages
    # The column `key` of the table that was written last.
    shown: dict[tuple[str, str], str] = field(default_factory=dict)


def load(path: Path, assignment: str) -> Store:
    """The store in a file, or an empty one where there is none.

    Raises
    ------
    ValueError
        If it is damaged, or another assignment's.
    """
    if not path.exists():
        return Store(assignment)
    try:
        store = _store(json.loads(path.read_bytes()))
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
    ) as error:
        raise ValueError(
            f"{path}: it is damaged ({type(error).__name__}); put back a copy, or take "
            "it away: the marks in written.csv stay. Nothing was overwritten"
        ) from None
    if store.assignment != assignment:
        raise ValueError(
            f"{path}: these are marks of the assignment `{store.assignment}`, not of "
            f"`{assignment}`; give each assignment a folder of its own"
        )
    return store


def _store(saved: dict) -> Store:
    return Store(
        saved["assignment"],
        saved["course"],
        [Mark(**one) for one in saved["log"]],
        {(one[0], one[1]): Known(*one[2:]) for one in saved["answers"]},
        {(one[0], one[1]): (one[2], one[3]) for one in saved["entered"]},
        list(saved["taken"]),
        {(one[0], one[1]): one[2] for one in saved["shown"]},
    )


def save(path: Path, store: Store) -> None:
    """Write the store as a whole or not at all."""
    log = [{k: v for k, v in asdict(one).items() if k != "before"} for one in store.log]
    saved = {
        "assignment": store.assignment,
        "course": store.course,
        "log": log,
        "answers": [[*a, k.key, k.text, k.blank] for a, k in store.answers.items()],
        "entered": [[*who, *what] for who, what in store.entered.items()],
        "taken": store.taken,
        "shown": [[*who, cell] for who, cell in store.shown.items()],
    }
    spreadsheet.replace_file(path, json.dumps(saved, indent=0).encode())


# ---- merging


@dataclass
class Merged:
    """What holds now: a mark for each answer that is to be read or was marked."""

    store: Store
    tasks: list[Task]
    marks: dict[tuple[str, str], Mark]  # by student and task
    messages: list[str]
    strays: list[Entry] = field(default_factory=list)  # rows that are nobody's
    written: bool = False  # whether the table shows it


class _News:
    """Sentences, each once, with whom it is about."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}

    def add(self, sentence: str, who: str) -> None:
        self.found.setdefault(sentence, []).append(who)

    def lines(self) -> list[str]:
        return [_sentence(says, about) for says, about in self.found.items()]


def _sentence(says: str, about: list[str]) -> str:
    more = f"; and {len(about) - 8} more" if len(about) > 8 else ""
    return f"{says} ({len(about)}): {'; '.join(about[:8])}{more}"


def _who(student: str, task: str, mark: Mark | None = None) -> str:
    who = f"{clean.line(student, 60)} {clean.line(task, 60)}"
    return f"{who}, {mark.given}" if mark else who


def merge(
    store: Store,
    tables: Table | Sequence[Table] | None,
    answers: Iterable[Answer],
    tasks: Sequence[Task],
    formgrader: Mapping[tuple[str, str], tuple[float | None, str]] | None = None,
    now: str | None = None,
) -> Merged:
    """What holds, after the teacher's tables, the gradebook and what was handed in.

    Whatever was changed since it was last written or entered is taken over. Where a
    table and the gradebook were both changed, the table wins, and where two tables
    were, the later one; either is said. A row that is missing changes nothing.

    Parameters
    ----------
    store : Store, from :func:`load`; it is not changed
    tables : what :func:`read` found: ``written.csv``, then those named by the teacher
    answers : of this batch, blank ones too; other students keep their marks
    tasks : list of Task, in the order of the notebook
    formgrader : points and comment by student and task, as the gradebook has them
        before this batch is entered
    now : str, the time in ISO 8601

    Raises
    ------
    ValueError
        If a table belongs to another assignment, points are more than can be had, or
        a key belongs to another student: file, row, column, what came.
    """
    tables = [tables] if isinstance(tables, Table) else list(tables or [])
    now = now or datetime.now(UTC).isoformat(timespec="seconds")
    work = _Merge(deepcopy(store), list(tasks), list(answers), now)
    work.from_gradebook(dict(formgrader or {}), tables)
    for table in tables:
        work.from_table(table)
    work.hand_in()
    marks = work.marks()
    says = [line for table in tables for line in table.messages] + work.news.lines()
    return Merged(work.store, work.tasks, marks, says, [*work.strays.values()])


class _Merge:
    def __init__(
        self, store: Store, tasks: list[Task], answers: list[Answer], now: str
    ) -> None:
        self.store, self.tasks, self.answers, self.now = store, tasks, answers, now
        self.most = {task.name: task.most for task in tasks}
        self.news = _News()
        self.strays: dict[tuple, Entry] = {}
        self.latest = {mark.place: mark for mark in store.log}
        self.fresh: set[tuple] = set()  # places that this run has marked
        self.handed_in = {(a.student, a.task): self._key(a) for a in answers}
        self.owners: dict[tuple[str, str], set[str]] = {}
        known = [(*at, one.key) for at, one in store.answers.items()]
        known += [(*at, one) for at, one in self.handed_in.items()]
        for student, task, one in [*known, *self.latest]:
            self.owners.setdefault((task, one), set()).add(student)
        self.students = {one for group in self.owners.values() for one in group}
        self.forms: dict[str, dict[str, str]] = {}

    def _key(self, answer: Answer) -> str:
        return key(self.store.assignment, answer.task, answer.text)

    def _give(self, mark: Mark) -> None:
        self.store.log.append(mark)
        self.latest[mark.place] = mark
        self.fresh.add(mark.place)

    # -- the gradebook

    def from_gradebook(self, found: dict, tables: list[Table]) -> None:
        """What formgrader put into the gradebook since the last time."""
        for at, (points, comment) in found.items():
            comment = _words(comment or "")
            old = self.store.entered.get(at, (None, ""))
            if at[1] in self.most and not (_same(points, old[0]) and comment == old[1]):
                if hexes := self._graded(*at, tables):
                    self._from_formgrader((*at, hexes), points, comment)

    def _from_formgrader(self, place: tuple, points: float | None, comment: str):
        have = self.latest.get(place) or Mark(*place)
        if points is None and have.points is not None:
            # A gradebook that was made anew is empty, too: nothing is taken back.
            says = "no points in the gradebook any more; kept (empty the cell instead)"
            self.news.add(says, _who(*place[:2], have))
        elif not (_same(points, have.points) and comment == have.comment):
            most = self.most[place[1]]
            mark = Mark(*place, points, comment, most, "formgrader", self.now)
            self._give(mark)
            self.news.add("taken over from formgrader", _who(*place[:2], mark))

    def _graded(self, student: str, task: str, tables: list[Table]) -> str:
        """The key of what formgrader showed: the last answer, or that of a table."""
        if (student, task) in self.store.answers:
            return self.store.answers[student, task].key
        for table in tables:
            for entry in table.entries:
                if entry.task == task and entry.points is not None:
                    if self._student(entry.student, table.form) == student:
                        return entry.key or self._by_text(entry, table, student, task)
        return self.handed_in.get((student, task), "")

    # -- whose row it is

    def from_table(self, table: Table) -> None:
        """Take over what the teacher changed, or nothing if a row is wrong."""
        faults: list[str] = []
        for entry in table.entries:
            if place := self._place(entry, table, faults):
                self._take(entry, table, place, faults)
        _refuse(table.path, faults)

    def _place(self, entry: Entry, table: Table, faults: list[str]) -> tuple | None:
        """Student, task and key of a row; None if it is nobody's."""
        name = entry.cells.get("assignment", "").strip()
        if name not in ("", self.store.assignment):
            text = f"got {clean.line(name, 60)!r}, expected {self.store.assignment!r}"
            faults.append(f"{entry.where}, column assignment: {text}")
            return None
        student = self._student(entry.student, table.form)
        task = self._task(entry.task)
        if not task:
            return self._no_task(entry, table, student)
        hexes = entry.key or self._by_text(entry, table, student, task)
        owners = self.owners.get((task, hexes), set())
        if student and owners and student not in owners:
            text = f"it belongs to {clean.line(min(owners), 60)}; sort whole rows only"
            faults.append(f"{entry.where}, column key: {text}")
            return None
        if not hexes:
            return self._stray(entry, table, "the key is missing")
        return self._owned(entry, table, student or "", task, hexes, owners)

    def _owned(self, entry, table, student, task, hexes, owners) -> tuple | None:
        if not student and len(owners) == 1:
            student = min(owners)
            says = f"{table.path.name}: an id was changed; known by the key"
            self.news.add(says, f"{entry.where} is {clean.line(student, 60)}")
        if not student:
            return self._stray(entry, table, "nobody of this id has handed in")
        return student, task, hexes

    def _stray(self, entry: Entry, table: Table, why: str) -> None:
        """A row that is nobody's stays in the table, and is named."""
        at = _folded(entry.student), _folded(entry.task), entry.key
        cells = entry.cells | {"before": f"not taken over: {why}"}
        self.strays[at] = replace(entry, cells=cells)
        self.news.add(f"{table.path.name}: not taken over, {why}", entry.where)

    def _no_task(self, entry: Entry, table: Table, student: str) -> None:
        if (student, entry.task, entry.key) in self.latest and not entry.new_points:
            says = f"{table.path.name}: no task of this assignment any more; kept"
            self.news.add(says, entry.where)
        else:
            self._stray(entry, table, "there is no such task")

    def _task(self, cell: str) -> str:
        found = [one for one in self.most if _folded(one) == _folded(cell)]
        return cell if cell in self.most else found[0] if len(found) == 1 else ""

    def _student(self, cell: str, form: Form) -> str:
        """The one student whom this cell can mean, or nobody."""
        if cell in self.students:
            return cell
        if form.encoding not in self.forms:
            self.forms[form.encoding] = self._forms(form.encoding)
        return self.forms[form.encoding].get(_folded(cell), "")

    def _forms(self, encoding: str) -> dict[str, str]:
        """Students by what may have become of their ids, where that is one student."""
        found: dict[str, set[str]] = {}
        for student in self.students:
            for form in spreadsheet.garbled(student, encoding):
                found.setdefault(_folded(form), set()).add(student)
        return {form: min(who) for form, who in found.items() if len(who) == 1}

    def _by_text(self, entry: Entry, table: Table, student: str, task: str) -> str:
        """The key of a row that has none, by the text of its answer."""
        raw = entry.answer
        texts = dict.fromkeys((bare(raw), raw, raw.removeprefix("'")))
        if not raw.strip():
            return ""
        found = [key(self.store.assignment, task, text) for text in texts]
        for hexes in found:
            if student in self.owners.get((task, hexes), ()):
                return hexes
        for one in self.answers:
            if (one.student, one.task) == (student, task):
                if any(_same_text(text, one.text, table.form) for text in texts):
                    return self._key(one)
        return found[0]

    # -- what it says

    def _take(self, entry: Entry, table: Table, place: tuple, faults: list) -> None:
        have = self.latest.get(place) or Mark(*place)
        # A mark that the store does not know is taken over, changed or not.
        known = place in self.latest
        new_points = entry.new_points if known else entry.points is not None
        points = entry.points if new_points else have.points
        new_comment = self._new_comment(entry, table.form, place)
        comment = (entry.comment or "") if new_comment else have.comment
        again = self._taken_before(entry, place)
        if known and self._put_back(entry, have):
            points = entry.points
        if _same(points, have.points) and comment == have.comment:
            self._older(entry, table, have)
        elif again:
            says = f"{table.path.name}: taken over before, and changed since; kept"
            self.news.add(says, _who(*place[:2], have))
        elif not (new_points and self._too_many(entry, place[1], faults)):
            self._accept(entry, table, have, points, comment)

    def _put_back(self, entry: Entry, have: Mark) -> bool:
        """Whether points that were taken back stand in an older table again.

        Then a backup was put back. (In the table that was written last they stand if
        it could not be written since.)
        """
        if have.points is not None or entry.points is None or entry.base is None:
            return False
        shown = self.store.shown.get((have.student, have.task), "")
        return _of_key(shown) != (entry.key, entry.base)

    def _new_comment(self, entry: Entry, form: Form, place: tuple) -> bool:
        if place not in self.latest or entry.base is None:
            return bool(entry.comment)
        if not entry.new_comment:
            return False
        # Letters that the encoding of the file lacks have come back as others.
        were = {mark.comment for mark in self.store.log if mark.place == place}
        were = {one for one in were if _digest(one) == entry.base[1]}
        garbled = (spreadsheet.garbled(one, form.encoding) for one in were)
        return entry.comment not in {_words(x) for forms in garbled for x in forms}

    def _taken_before(self, entry: Entry, place: tuple) -> bool:
        """Whether an earlier run has taken over this very row of a marking page."""
        when = entry.cells.get("when", "").strip()
        if not when:
            return False
        row = _hash(*place, number(entry.points), entry.comment, when)
        if row in self.store.taken:
            return True
        self.store.taken.append(row)
        return False

    def _too_many(self, entry: Entry, task: str, faults: list[str]) -> bool:
        most, points = self.most[task], entry.points
        unchanged = entry.base is not None and not entry.new_points
        if points is None or points <= most or unchanged:
            return False
        text = f"got {number(points)}, expected 0 to {number(most)}, or nothing"
        faults.append(f"{entry.where}, column points: {text}")
        return True

    def _older(self, entry: Entry, table: Table, have: Mark) -> None:
        """Say so if a row does not know what was given since it was written."""
        knows = entry.base is None or _same(entry.base[0], have.points)
        if knows or _same(entry.points, have.points) or have.place in self.fresh:
            return
        says = f"{table.path.name}: rows older than the marks, which are kept"
        self.news.add(says, _who(have.student, have.task, have))

    def _accept(self, entry: Entry, table: Table, have: Mark, points, comment) -> None:
        when = entry.cells.get("when", "").strip()
        origin = "page" if entry.cells.get("origin") == "page" else "table"
        new = replace(have, points=points, comment=comment, origin=origin)
        of = self._most(entry, have, points)
        new = replace(new, of=of, when=when if _TIME.fullmatch(when) else self.now)
        self._tell(entry, table.path.name, have, new)
        self._give(new)

    def _most(self, entry: Entry, have: Mark, points: float | None) -> float:
        """What the points are of: more than can be had now come from an old rubric."""
        most = self.most[have.task]
        if points is None or points <= most:
            return most
        try:
            said = spreadsheet.number_of(entry.cells.get("of", ""))
        except ValueError:
            said = None
        return max(have.of if _same(points, have.points) else said or 0, points)

    def _tell(self, entry: Entry, name: str, have: Mark, new: Mark) -> None:
        who, base = _who(*new.place[:2]), entry.base[0] if entry.base else None
        lost = have.points is not None and not _same(new.points, have.points)
        at = new.student, new.task
        current = self.store.answers.get(at)
        if self.handed_in.get(at, current and current.key) != new.key:
            self.news.add(f"{name}: for an earlier answer; kept in the record", who)
        elif lost and not _same(base, have.points):
            old = f"{have.given} ({have.origin}, {have.when[:10]})"
            says = f"{name} wins over what was given since it was written"
            self.news.add(says, f"{who}, {new.given} replaces {old}")
        elif lost and new.points is None:
            says = f"{name}: points taken back, comments stay"
            self.news.add(says, f"{who}, had {have.given}")
        elif not entry.new_points and have.points is None and new.points is not None:
            says = f"{name}: points that were taken back stand there again"
            self.news.add(says, f"{who}, {new.given}")
        else:
            self.news.add(f"{name}: taken over", who)

    # -- what was handed in

    def hand_in(self) -> None:
        """The answers of this batch take the place of earlier ones."""
        for one in self.answers:
            at = one.student, one.task
            old, new = self.store.answers.get(at), self.handed_in[at]
            if old and old.key == new:  # but for blanks that nobody sees
                self.store.answers[at] = replace(old, blank=one.blank)
                continue
            shown = _cut(clean.text(one.text, 10 * LONGEST))
            self.store.answers[at] = Known(new, shown, one.blank)
            if old:
                self._another(at, old.key, new)

    def _another(self, at: tuple[str, str], old: str, new: str) -> None:
        had, has = self.latest.get((*at, old)), self.latest.get((*at, new))
        if has and has.points is not None:
            says = "an answer that was marked before came back, with its points"
            self.news.add(says, _who(*at, has))
        elif had and had.points is not None:
            blank = self.store.answers[at].blank
            says = "handed in anew without an answer; the mark stays in the record"
            says = (
                says if blank else "another answer was handed in and waits for points"
            )
            self.news.add(says, f"{_who(*at)}, had {had.given}")

    def marks(self) -> dict[tuple[str, str], Mark]:
        """The mark of each answer that is to be read: by task, then by student."""
        tasks = list(self.most)
        places = [at for at in self.store.answers if at[1] in self.most]
        places.sort(key=lambda at: (tasks.index(at[1]), at[0].casefold(), at[0]))
        found = {at: self._valid(at, self.store.answers[at]) for at in places}
        return {
            at: mark
            for at, mark in found.items()
            if mark.points is not None or not self.store.answers[at].blank
        }

    def _valid(self, at: tuple[str, str], known: Known) -> Mark:
        most, given = self.most[at[1]], self.latest.get((*at, known.key))
        if given and given.points is not None and given.points <= most:
            return replace(given, of=most)
        opened = Mark(*at, known.key, None, given.comment if given else "", most)
        if given and given.points is not None:
            says = f"more points than the maximum, {number(most)}, allows; opened again"
            self.news.add(says, _who(*at, given))
            return replace(opened, before=f"{given.given}, more than can be had now")
        return replace(opened, before=self._before(at, known))

    def _before(self, at: tuple[str, str], known: Known) -> str:
        """In words, what was last given to another answer of this student."""
        for old in reversed(self.store.log):
            if (old.student, old.task) == at and old.key != known.key:
                now = self.latest[old.place]
                if now.points is not None:
                    return f"{now.given} for another answer{_said(now)}"
        return self._elsewhere(at, known)

    def _elsewhere(self, at: tuple[str, str], known: Known) -> str:
        """The same answer under an id that is no longer there, such as `ada (1)`."""
        here = {student for student, _ in self.handed_in}
        if at[0] in here and len(known.text) >= 20:
            for student in sorted(self.owners.get((at[1], known.key), set()) - here):
                mark = self.latest.get((student, at[1], known.key))
                if mark and mark.points is not None:
                    who = f"the same answer of `{clean.line(student, 60)}`"
                    return f"{mark.given} for {who}, not in this batch{_said(mark)}"
        return ""


def _said(mark: Mark) -> str:
    return f": {mark.comment}" if mark.comment else ""


_TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?")


def _cut(text: str, most: int = LONGEST) -> str:
    if len(text) <= most:
        return text
    return f"{text[:most]}\n... and {len(text) - most:,} characters more"


def _cell(text: str) -> str:
    """A guarded cell that a spreadsheet can hold, whatever is guarded in it."""
    cell = guarded(text)
    return cell if len(cell) <= LONGEST + 100 else guarded(_cut(text, LONGEST // 2))


def _same_text(cell: str, answer: str, form: Form) -> bool:
    """Whether a cell holds this answer, but for blanks, lost letters and a cut."""
    one = _dense(cell)
    for text in {answer, *spreadsheet.garbled(answer, form.encoding)}:
        other = _dense(text)
        # Only what no spreadsheet holds whole may go on: an answer that was
        # continued is another answer.
        if one == other or len(cell) >= 32_000 and other.startswith(one):
            return True
    return False


def _dense(text: str) -> str:
    return "".join(normal(text).split())


def settled(merged: Merged) -> Store:
    """The store, once the gradebook holds ``merged.marks`` and the table is written."""
    entered = {at: (mark.points, mark.comment) for at, mark in merged.marks.items()}
    store = replace(merged.store, entered=entered)
    if merged.written:
        store.shown = {at: key_cell(mark) for at, mark in merged.marks.items()}
    return store


# ---- writing the table


def write(path: Path, merged: Merged, table: Table | None = None) -> list[str]:
    """Write ``written.csv``: by task, then by student; the old one is kept beside it.

    Question and rubric stand in each row, since rows are sorted and filtered.

    Parameters
    ----------
    path, merged
    table : what was read from ``path`` in this run, or None if there was no file
        Its separator and kind of encoding are kept. A file that was changed since is
        left alone.

    Returns
    -------
    list of str, what was done
    """
    form = table.form if table else Form()
    data = spreadsheet.encoded(_table_rows(merged, form.comma), form)
    there = path.read_bytes() if path.exists() else None
    merged.written = there == data
    if merged.written or not (merged.marks or merged.strays):
        return []
    if there is not None and spreadsheet.digest(there) != (table and table.digest):
        return [f"{path} was changed meanwhile and is left alone; run this again"]
    try:
        copy = spreadsheet.backup(path)
        spreadsheet.replace_file(path, data)
    except PermissionError:
        return [f"{path} is open elsewhere: close it there and run this again"]
    merged.written = True
    return [f"{path} is new; as it was before: {copy.name}"] if copy else []


def _table_rows(merged: Merged, comma: bool) -> list[list[str]]:
    tasks = {task.name: task for task in merged.tasks}
    rows = [list(COLUMNS)]
    for at, mark in merged.marks.items():
        task, answer = tasks[mark.task], merged.store.answers[at].text
        who = [guarded(mark.task), guarded(mark.student)]
        points = [number(mark.points, comma), number(mark.of, comma)]
        shown = (mark.before, task.question, task.rubric, answer)
        texts = [guarded(mark.comment), *map(_cell, shown)]  # a comment is never cut
        last = [key_cell(mark), guarded(merged.store.assignment)]
        rows.append([*who, *points, *texts, *last])
    return rows + [_stray_row(one) for one in merged.strays]


def _stray_row(entry: Entry) -> list[str]:
    cells = {name: guarded(text) for name, text in entry.cells.items()}
    cells |= {name: entry.cells.get(name, "") for name in ("points", "key")}
    return [cells.get(name, "") for name in COLUMNS]
