"""Grade a class: ``python assignments/grade.py NAME SUBMISSIONS --out FOLDER``.

SUBMISSIONS holds one notebook for each student: ``ada.ipynb``, or a folder ``ada`` with
a notebook in it; the name of the file or folder is the student's id. With ``--roster``
the names that Moodle, Canvas and GitHub Classroom give are understood too. Offline,
several at a time, each isolated from the machine and from the others (``sandbox.py``).

FOLDER gets ``marks.csv``, ``mistakes.csv``, ``summary.html``, ``feedback/`` with a page
for each student, ``written.csv`` and ``marking.html`` for the answers that are marked
by hand, and a gradebook of nbgrader. Interrupted, the same command goes on where it
was; what is handed in anew is graded again; students of an earlier run stay. Points
that you write into ``written.csv`` are taken over when the command is run once more.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import signal
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import alike
import by_hand
import clean
import handed_in
import marking
import nbformat
import pages
import report
import sandbox
import spreadsheet
from course import HERE, Course, names, release, source, task_of, unusual, write
from handed_in import Roster, Submission, Unreadable
from nbformat import NotebookNode
from tqdm import tqdm

from rnnbook.grading import BLANK
from rnnbook.questions import same_id

OURS = (
    "submitted",
    "autograded",
    "feedback",
    "give_back",
    "release",
    "source",
    "state",
)
__all__ = ["HERE", "Row", "grade", "main", "names", "release", "source"]


@dataclass
class Row:
    """What the teacher reads of one student.

    ``status`` is "graded", "stopped" (the kernel ended early, what was reached counts),
    "failed" (nothing could be graded; ``notes`` say why and what to do) or "missing"
    (nothing was handed in).
    """

    student: str
    status: str
    total: float = 0.0
    out_of: float = 0.0
    scores: dict[str, float] = field(default_factory=dict)
    points: dict[str, float] = field(default_factory=dict)
    to_mark: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    look: list[str] = field(default_factory=list)
    late_hours: float = 0.0
    seconds: float = 0.0
    name: str = ""
    came_as: str = ""
    typed: str = ""  # the id in the notebook, where it is another one
    written: dict[str, str] = field(default_factory=dict)  # answers in words, by task
    code: str = ""  # a hash of all that the student wrote


# ---- files


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Only one grader works in a folder."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with open(out / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ValueError(f"--out: another grader works in {out}") from None
        yield


def _state(out: Path, student: str) -> Path:
    return out / "state" / f"{student}.json"


def load(out: Path, student: str, key: str | None = None) -> Row | None:
    """What an earlier run wrote last of all, if it was about the same work."""
    try:
        saved = json.loads(_state(out, student).read_text(encoding="utf-8"))
        return Row(**saved["row"]) if key in (None, saved["key"]) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(out: Path, row: Row, key: str) -> None:
    text = json.dumps({"key": key, "row": asdict(row)}, ensure_ascii=False)
    write(_state(out, row.student), text)


def _earlier(out: Path) -> list[str]:
    return sorted(path.stem for path in (out / "state").glob("*.json"))


def write_table(path: Path, lines: Sequence[Sequence]) -> None:
    """A table for spreadsheets; one that the teacher has changed is kept beside it.

    What we wrote last is known by its hash, in ``.tables``.
    """
    known = path.parent / ".tables"
    hashes = json.loads(known.read_text()) if known.exists() else {}
    if path.exists() and _hash(path) != hashes.get(path.name):
        spreadsheet.backup(path)
    report.write_csv(path, lines)
    write(known, json.dumps(hashes | {path.name: _hash(path)}))


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_marks(path: Path, rows: list[Row], tasks: Sequence[str]) -> None:
    """A line for each student: status, points in all and by task, what to look at."""
    first = ["student", "name", "total", "out_of", "status", "late_hours", "to_mark"]
    lines: list[list] = [[*first, *tasks, "notes", "look", "seconds"]]
    for row in rows:
        scores = [
            "" if task in row.to_mark else row.scores.get(task, 0) for task in tasks
        ]
        marks = [row.total, row.out_of, row.status, row.late_hours, len(row.to_mark)]
        texts = ["; ".join(row.notes), "; ".join(row.look)]
        lines.append([row.student, row.name, *marks, *scores, *texts, row.seconds])
    write_table(path, lines)


def export(out: Path, roster: Roster | None, name: str, rows: list[Row]) -> Path | None:
    """The platform's own table with the points filled in, ready to be uploaded.

    Students without a graded notebook keep what stood there.
    """
    if roster is None or roster.kind == "plain":
        return None
    column = _column(roster, name)
    columns = list(dict.fromkeys([*roster.columns, column]))
    points = {
        roster.line_of[row.student]: f"{row.total:g}"
        for row in rows
        if row.student in roster.line_of and row.status in ("graded", "stopped")
    }
    lines = [
        [
            points.get(k, one.get(c, "")) if c == column else one.get(c, "")
            for c in columns
        ]
        for k, one in enumerate(roster.lines)
    ]
    path = out / f"{roster.kind}.csv"
    spreadsheet.replace_file(path, spreadsheet.encoded([columns, *lines], roster.form))
    return path


def _column(roster: Roster, name: str) -> str:
    """Where the platform wants the points."""
    if roster.kind == "moodle":
        grades = handed_in.COLUMNS["grade"]
        return next(c for c in roster.columns if c.casefold() in grades)
    ours = re.compile(rf"{re.escape(name)}( \(\d+\))?", re.I)
    return next(filter(ours.fullmatch, roster.columns), name)


def give_back(out: Path, course: Course, rows: list[Row]) -> None:
    """The pages as files that can be sent, and in a zip archive for a platform.

    In the archive each stands under the name by which its notebook came, which is how
    Moodle finds whose it is.
    """
    folder = out / "give_back"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    there = [
        row for row in rows if course.path("feedback", row.student, ".html").exists()
    ]
    labels = [f"{course.name} {row.student}" for row in there]
    part = out / "give_back.zip.part"
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for row, label in zip(there, pages.safe_names(labels), strict=True):
            page = course.path("feedback", row.student, ".html")
            shutil.copyfile(page, folder / f"{label}.html")
            came = handed_in.safe_id(row.student)
            if "_assignsubmission_" in row.came_as:  # Moodle's, to the letter
                came = row.came_as.replace("\\", "_")
            archive.write(page, f"{came}/{course.name}.html")
    os.replace(part, out / "give_back.zip")


# ---- points by hand


def _tables(out: Path, name: str, marks: Sequence[Path]) -> tuple[by_hand.Store, list]:
    """What is known of points by hand, and the teacher's tables; before all else.

    Raises
    ------
    ValueError
        If a table cannot be understood; file, line and column.
    """
    written = [out / "written.csv"] if (out / "written.csv").exists() else []
    store = by_hand.load(out / "by_hand.json", name)
    return store, [by_hand.read(path) for path in (*written, *marks)]


def _by_hand(course: Course, rows: list[Row], store, tables) -> by_hand.Merged:
    """Points by hand: from the tables and from formgrader, into the gradebook."""
    asked = by_hand.written_tasks(nbformat.reads(course.source.decode(), as_version=4))
    there = [row for row in rows if row.status != "missing"]
    grades = {row.student: course.grades(row.student) for row in there}
    answers = [
        by_hand.Answer(
            row.student, task, row.written.get(task, ""), task not in row.written
        )
        for row in there
        for task in course.written
        if row.status != "failed"  # its earlier answers and marks stay in the table
    ]
    formgrader = {
        (student, task): (float(points) if points is not None else None, comment)
        for student, found in grades.items()
        for task, (_, points, _, comment) in found.items()
        if task in course.written
    }
    merged = by_hand.merge(store, tables, answers, asked, formgrader)
    by_hand.save(course.root / "by_hand.json", merged.store)
    for row in there:
        _enter(course, row, grades[row.student], merged.marks)
    return merged


def _enter(course: Course, row: Row, grades: dict, marks: dict) -> None:
    """The points by hand of one student, and with them all that the row says."""
    given = {}
    for task in course.written:
        mark = marks.get((row.student, task)) if row.status != "failed" else None
        points, text = (mark.points, mark.comment) if mark else (None, "")
        given[task] = points, bool(mark and points is None), text
    now = {task: (p, awaited, text) for task, (_, p, awaited, text) in grades.items()}
    news = [(task, *one) for task, one in given.items() if now[task] != one]
    if news:
        course.by_hand(row.student, news)
        grades = course.grades(row.student)
    row.points = course.tasks
    row.scores = {task: grades[task][0] for task in course.tasks}
    row.to_mark = [task for task in course.tasks if grades[task][2]]
    row.total = round(sum(row.scores.values()), 2)
    row.out_of = sum(row.points.values())


def _overridden(course: Course, row: Row, old: Row | None) -> None:
    """Points that formgrader gave for code stay for the same code, and no other."""
    for task, (_, points, _, _) in course.grades(row.student).items():
        if points is None or task in course.written:
            continue
        same = old is not None and old.code == row.code
        course.by_hand(row.student, [(task, points if same else None, False, "")])
        if not same:
            row.notes.append(
                f"`{task}`: {points:g} points were given by hand for another notebook"
            )


# ---- what is written for the teacher


def _write_all(course: Course, rows: list[Row], merged, tables, options) -> list[str]:
    """Marks, pages, statistics and hints; what a teacher should know, in words."""
    out, heading = course.root, pages.name_of(course.released.cells[0].source)
    titles = report.titles(course.released)
    write_marks(out / "marks.csv", rows, list(course.tasks))
    says = [*merged.messages]
    written = out / "written.csv"
    table = next((t for t in tables if t.path.resolve() == written.resolve()), None)
    says += by_hand.write(written, merged, table)
    by_hand.save(out / "by_hand.json", by_hand.settled(merged))
    write(out / "marking.html", marking.page(merged, pages.rendered))
    notebooks = {}
    for row in rows:
        nb = _executed(course, row)
        comments = {
            mark.task: mark.comment
            for (student, _), mark in merged.marks.items()
            if student == row.student
        }
        if row.status != "missing":
            write(
                course.path("feedback", row.student, ".html"),
                pages.feedback(heading, _who(row), row, nb, titles, comments),
            )
        if nb is not None:
            notebooks[row.student] = nb
    slips = {student: report.found(nb) for student, nb in notebooks.items()}
    report.write_mistakes(out / "mistakes.csv", rows, slips, titles)
    report.write_summary(out / "summary.html", heading, rows, slips, titles)
    origin = nbformat.reads(course.source.decode(), as_version=4)
    hints = alike.alike(notebooks, course.released, origin)
    alike.write_hints(out / "hints.csv", hints)
    give_back(out, course, rows)
    path = export(out, options.roster, course.name, rows)
    waiting = sum(len(row.to_mark) for row in rows)
    if path:
        yet = f", but {waiting} answers have no points yet" if waiting else ""
        says.append(f"{path}: ready for {options.roster.kind.title()}{yet}")
    if hints:
        says.append(f"{len(hints)} hints at copied work, to be asked about: hints.csv")
    return says + report.monday(rows, slips, titles)


def _who(row: Row) -> str:
    return f"{row.name} ({row.student})" if row.name else row.student


def _executed(course: Course, row: Row) -> NotebookNode | None:
    """What was run, clean, as it was kept; None if there is nothing."""
    path = course.path("autograded", row.student)
    if row.status not in ("graded", "stopped") or not path.exists():
        return None
    return nbformat.read(path, as_version=4)


# ---- the run


@dataclass
class Options:
    """How a class is graded.

    ``jobs`` at a time (default: what processors and memory allow); ``due`` with a time
    zone; ``exchange``: believe the time stamps of nbgrader's exchange; ``again``: grade
    what was graded before; ``marks``: tables of points by hand from elsewhere.
    """

    limits: sandbox.Limits = field(default_factory=sandbox.Limits)
    jobs: int | None = None
    due: datetime | None = None
    quiet: bool = False
    roster: Roster | None = None
    exchange: bool = False
    again: bool = False
    marks: Sequence[Path] = ()


@dataclass
class _Work:
    one: Submission
    row: Row
    key: str
    nb: NotebookNode | None = None
    again: bool = False  # to be graded anew by the next run


def grade(
    name: str,
    submissions: Path,
    out: Path,
    isolation: sandbox.Isolation,
    limits: sandbox.Limits | None = None,
    jobs: int | None = None,
    due: datetime | None = None,
    quiet: bool = False,
    **more,
) -> list[Row]:
    """Grade all submissions of an assignment, and write marks and feedback.

    Parameters
    ----------
    name : str, the assignment
    submissions, out : Path
    isolation : from :func:`sandbox.find`
    limits : what one submission may use
    jobs : int, how many at a time
    due : datetime with a time zone, optional
    quiet : bool, without a progress bar and messages
    **more : see :class:`Options`

    Returns
    -------
    list of Row, in the order of the ids

    Raises
    ------
    ValueError
        If a folder or a line of a table is not what is expected; nothing was written.
    """
    options = Options(limits or sandbox.Limits(), jobs, due, quiet, **more)
    source(name)
    _refuse_inside(submissions, out)
    own = [out, *options.marks]
    found = handed_in.collect(submissions, name, options.roster, own)
    out.mkdir(parents=True, exist_ok=True)
    out.chmod(0o700)
    with alone(out):
        course = Course(name, out.resolve())
        store, tables = _tables(out, name, options.marks)
        rows = _all(course, found, isolation, options)
        merged = _by_hand(course, rows, store, tables)
        says = _write_all(course, rows, merged, tables, options)
    for text in says if not quiet else []:
        print(text)
    return rows


def _refuse_inside(submissions: Path, out: Path) -> None:
    """What was handed in may not lie where it would be written over."""
    here, there = submissions.resolve(), out.resolve()
    inside = here.is_relative_to(there) and (here == there or _is_ours(there, here))
    if inside or (there.is_relative_to(here) and there.parent != here):
        raise ValueError(
            f"--out: expected a folder apart from SUBMISSIONS, got {out}, and "
            f"{submissions} would be written over"
        )


def _is_ours(out: Path, folder: Path) -> bool:
    """Whether a folder below ``out`` is one that is written by a run."""
    return folder.relative_to(out).parts[0] in OURS


def _all(course: Course, found: list[Submission], isolation, options) -> list[Row]:
    """Every row; what an earlier run has finished is not done again."""
    rows, waiting = {}, []
    for one in found:
        work = _begin(course, one, options)
        old = None if options.again else _known(course, work, options.limits)
        if one.missing:
            rows[one.student] = load(course.root, one.student) or work.row
        elif old:
            old.late_hours, old.name = work.row.late_hours, work.row.name
            old.came_as = work.row.came_as
            rows[one.student] = old
        else:
            waiting.append(work)
    done = len(rows)
    rows |= _kept(course, found)
    start = time.monotonic()
    rows |= _run(course, waiting, isolation, options, done)
    if not options.quiet:
        _rate(len(waiting), done, time.monotonic() - start, _jobs(options))
    return [rows[student] for student in sorted(rows)]


def _known(course: Course, work: _Work, limits: sandbox.Limits) -> Row | None:
    """What an earlier run found; what it stopped, only if no more is allowed now."""
    out, student, key = course.root, work.one.student, work.key
    row = load(out, student, key) or load(out, student, f"{key}/{limits}")
    lost = (
        row
        and row.status != "failed"
        and not course.path("autograded", student).exists()
    )
    return None if lost else row


def _kept(course: Course, found: list[Submission]) -> dict[str, Row]:
    """Students of an earlier run who are not among these: before a late batch, say."""
    now = {same_id(one.student) for one in found}
    same = {clean.line(one.came_as) for one in found if one.came_as}
    kept = {}
    for student in _earlier(course.root):
        row = load(course.root, student)
        if row is None or same_id(student) in now:
            continue
        if row.came_as in same:  # one of these under another id: now there is a roster
            _state(course.root, student).unlink()
        else:
            kept[student] = row
    return kept


def _jobs(options: Options) -> int:
    return options.jobs or sandbox.jobs(options.limits)


def _run(course, waiting, isolation, options, done: int) -> dict[str, Row]:
    """Run what waits, several at a time, and enter each as soon as it is finished."""
    rows, running, jobs = {}, set(), _jobs(options)
    total = done + len(waiting)
    bar = tqdm(total=total, initial=done, unit="", disable=options.quiet)
    pool = ThreadPoolExecutor(jobs)
    todo = iter(waiting)
    try:
        while True:
            while len(running) <= jobs and (work := next(todo, None)):
                _prepare(course, work)
                running.add(pool.submit(_execute, work, isolation, options.limits))
            if not running:
                return rows
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for one in ended:
                row = _finish(course, one)
                rows[row.student] = row
                bar.update()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        bar.close()


def _rate(new: int, old: int, seconds: float, jobs: int) -> None:
    rate = f", {new / seconds:.2f} a second with {jobs} at a time" if new else ""
    before = f"; {old} were graded before" if old else ""
    print(f"graded {new} in {seconds:.0f} s{rate}{before}")


def _begin(course: Course, one: Submission, options: Options) -> _Work:
    """What is known before anything is run: whose it is, how late, whether it reads."""
    row = Row(one.student, "graded", name=one.name, came_as=clean.line(one.came_as))
    row.notes, data = list(one.notes), b""
    if one.missing:
        row.status, row.notes = "missing", ["nothing was handed in"]
        row.points, row.out_of = course.tasks, sum(course.tasks.values())
        return _Work(one, row, "")
    try:
        if one.problem:
            raise Unreadable(one.problem)
        data = handed_in.read(one.path)
        row.late_hours, _ = handed_in.late_hours(one, options.due, options.exchange)
    except (Unreadable, OSError) as error:
        row.status = "failed"
        row.notes.append(clean.line(error, 500))
    if options.exchange:
        _receipt(course, one)
    parts = (one.student.encode(), course.source, data, repr(row.notes).encode())
    key = hashlib.sha256(b"/".join(hashlib.sha256(p).digest() for p in parts))
    return _Work(one, row, key.hexdigest())


def _receipt(course: Course, one: Submission) -> None:
    """Keep beside the page what ``nbgrader release_feedback`` needs to give it back.

    Read and written anew, so that no text of a student stands beside a page.
    """
    if one.path is None:
        return
    page = course.path("feedback", one.student)
    when, word = handed_in.stamp(one.path), handed_in.secret(one.path)
    if when:
        text = when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
        write(page.with_name("timestamp.txt"), text)
    if word:
        write(page.with_name("submission_secret.txt"), word)


def _prepare(course: Course, work: _Work) -> None:
    """The notebook to run, or why there is none."""
    row = work.row
    if row.status == "failed":
        return
    try:
        nb = handed_in.parse(handed_in.read(work.one.path))
        row.typed = _typed(nb, row)
        course.handed_in(row.student, nb)
        row.code = _hash_of_code(nb)
        nb, notes = course.prepare(nb, row.student)
        row.notes += notes
        row.look = [*work.one.look, *unusual(nb)]
        left = course.unanswered(nb)
        row.written = {
            task_of(cell): clean.text(cell.source, 30_000)  # a spreadsheet's cell
            for cell in nb.cells
            if task_of(cell) in course.written and task_of(cell) not in left
        }
        work.nb = nb
    except Unreadable as error:
        row.status = "failed"
        row.notes.append(clean.line(error, 500))
    except Exception as error:  # a hostile file must not end the run
        row.status = "failed"
        says = f"it could not be read: {type(error).__name__}: {error}"
        row.notes.append(clean.line(says, 500))


def _hash_of_code(nb: NotebookNode) -> str:
    """One for all cells of code that a student wrote."""
    text = "\0".join(cell.source for cell in nb.cells if cell.cell_type == "code")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _typed(nb: NotebookNode, row: Row) -> str:
    """The id that a student typed, with a note, if she is graded under another one."""
    typed = handed_in.typed_id(nb)
    blank = typed is None or typed.strip() in ("", BLANK)
    if blank or same_id(typed) == same_id(row.student):
        return ""
    typed = clean.line(typed, 60)
    row.notes.append(
        f"typed `{typed}`, graded as `{row.student}`: the numbers are drawn for the id"
    )
    return typed


def _execute(work: _Work, isolation, limits) -> _Work:
    row = work.row
    if work.nb is None:
        return work
    try:
        env = {"RNNBOOK_STUDENT": row.student}
        done = sandbox.run(work.nb, isolation, limits, env)
        work.again = not done.started
        row.notes += [clean.line(note, 500) for note in done.notes]
        row.look += done.look
        row.seconds = done.seconds
        row.status = "stopped" if done.stopped else "graded"
        if done.notes:  # what was stopped is run again when it may use more
            work.key += f"/{limits}"
    except Exception as error:
        work.nb, row.status = None, "failed"
        says = f"it could not be run: {type(error).__name__}: {error}"
        row.notes.append(clean.line(says, 500))
    return work


def _not_allowed(nb: NotebookNode | None) -> list[str]:
    """The tasks in which something was called or changed that the task forbids."""
    slips = report.found(nb) if nb is not None else {}
    return [
        f"`{task}`: {slip.name}"
        for task, found in slips.items()
        for slip in found
        if slip.name in ("library", "not_allowed")
    ]


def _finish(course: Course, task: "Future[_Work]") -> Row:
    """Gradebook and, last of all, the mark that this one is done."""
    work = task.result()
    row = work.row
    nb = work.nb and clean.notebook(work.nb, course.given)
    try:
        course.enter(row.student, nb)
        _overridden(course, row, load(course.root, row.student))
    except Exception as error:  # one student's work must not end the run of all
        row.status, work.again = "failed", True
        says = f"it could not be graded: {type(error).__name__}: {error}"
        row.notes.append(clean.line(says, 500))
        course.enter(row.student, None)
    row.look += _not_allowed(nb)
    if not work.again:
        save(course.root, row, work.key)
    work.nb = None
    return row


# ---- the command


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    usual = sandbox.Limits()
    add = parser.add_argument
    add("name", metavar="NAME", help="the assignment, such as lstm")
    add("submissions", type=Path, metavar="SUBMISSIONS")
    add("--out", type=Path, required=True, metavar="FOLDER")
    add("--roster", type=Path, metavar="FILE", help="the class: columns id, name, ...")
    add("--due", type=_when, metavar="2026-11-30T23:59", help="the deadline")
    add("--exchange", action="store_true", help="times from nbgrader's exchange")
    add("--marks", type=Path, action="append", default=[], metavar="FILE")
    add("--again", action="store_true", help="grade anew what was graded before")
    add("--jobs", type=_count, metavar="N", help="default: all processors")
    for name, words in (
        ("seconds", "of processor time for a notebook"),
        ("cell_seconds", "of processor time for a cell"),
        ("memory_mb", "of memory for a notebook"),
    ):
        default = getattr(usual, name)
        option = "--" + name.replace("_", "-")
        says = f"{words} (default: {default})"
        add(option, type=type(default), default=default, help=says)
    says = "run students' code as yourself, with all that you may do"
    add("--no-isolation", action="store_true", help=says)
    return parser.parse_args(arguments)


def _when(text: str) -> datetime:
    """A deadline; a day alone lasts until its evening."""
    try:
        return handed_in.date_of(text, evening=True)
    except Exception:
        says = f"expected a time such as 2026-11-30T23:59, got {text!r}"
        raise argparse.ArgumentTypeError(says) from None


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        says = f"expected a number of notebooks, 1 or more, got {text!r}"
        raise argparse.ArgumentTypeError(says)
    return int(text)


def _isolation(allowed: bool) -> sandbox.Isolation | None:
    """What keeps students' code in its place, said aloud; None if nothing does."""
    isolation = sandbox.find()
    print(f"isolation: {isolation.says}", flush=True)
    if allowed:
        print("--no-isolation: students' code can do all that you can do")
        return sandbox.Isolation("none", "")
    if isolation.kind == "none":
        who = "root" if sandbox.is_root() else "you"
        print(
            f"Refused: this runs students' code as {who}. Install bubblewrap, or say "
            "--no-isolation if you trust every line.",
            file=sys.stderr,
        )
        return None
    return isolation


def main(arguments: list[str] | None = None) -> int:
    options = _arguments(arguments)
    isolation = _isolation(options.no_isolation)
    if isolation is None:
        return 2
    limits = sandbox.Limits(
        seconds=options.seconds,
        cell_seconds=options.cell_seconds,
        memory_mb=options.memory_mb,
    )
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        rows = grade(
            options.name,
            options.submissions,
            options.out,
            isolation,
            limits,
            options.jobs,
            options.due,
            roster=options.roster and handed_in.read_roster(options.roster),
            exchange=options.exchange,
            again=options.again,
            marks=options.marks,
        )
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted: the same command goes on where it was.", file=sys.stderr)
        return 130
    finally:
        signal.signal(signal.SIGTERM, before)
    _summary(rows, options.out)
    return 0


def _summary(rows: list[Row], out: Path) -> None:
    """What a teacher has to know at once; texts are safe for a terminal."""
    for status in ("stopped", "failed", "missing"):
        for row in rows:
            if row.status == status:
                print(
                    clean.line(f"{row.student}: {status}: {'; '.join(row.notes)}", 400)
                )
    _typed_others(rows)
    left = sum(len(row.to_mark) for row in rows)
    if left:
        where = f"{out / 'marking.html'} or {out / 'written.csv'}"
        print(f"{left} written answers wait for points in {where}")
    print(f"marks: {out / 'marks.csv'}; the class: {out / 'summary.html'}")


def _typed_others(rows: list[Row]) -> None:
    """Who typed another id than the name of the file; a word if that is the class."""
    others = [row for row in rows if row.typed]
    for row in others:
        print(f"{row.student}: typed another id: {row.typed}")
    graded = [row for row in rows if row.status in ("graded", "stopped")]
    if len(others) > 1 and 2 * len(others) > len(graded):
        print(
            "Most of the class typed another id than the name of the file, so their "
            "numbers are others: name the files by the ids, or give --roster."
        )


if __name__ == "__main__":
    sys.exit(main())
