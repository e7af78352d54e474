"""Grade a class: ``python assignments/grade.py NAME SUBMISSIONS --out FOLDER``.

SUBMISSIONS holds one notebook for each student: ``ada.ipynb``, or a folder ``ada`` with
a notebook in it; the name of the file or folder is the student's id. Offline, several
at a time, each isolated from the machine and from the others (``sandbox.py``).

FOLDER gets ``marks.csv``, ``feedback/ID/NAME/NAME.html``, ``written.csv`` for the
answers that are marked by hand, and a gradebook of nbgrader. Interrupted, the same
command goes on where it was; what is handed in anew is graded again. Points that you
write into ``written.csv`` are taken over when the command is run once more.
"""

import argparse
import csv
import functools
import hashlib
import html
import json
import os
import re
import shutil
import stat
import sys
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import files
from pathlib import Path

import nbformat
import nbgrader.api
import sandbox
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    CheckCellMetadata,
    DeduplicateIds,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from sqlalchemy.exc import SAWarning
from tqdm import tqdm
from traitlets.config import Config

HERE = Path(__file__).resolve().parent
LARGEST = 20 * 2**20  # bytes of a submission
# What no task needs, and what reaches for the grader. Nothing is forbidden by it: a
# teacher's eyes are called to it.
UNUSUAL = re.compile(
    r"rnnbook\.grading|rnnbook import grading|RNNBOOK_STUDENT|\.answer\b|\bCHECKS\b|"
    r"\.reference\b|get_ipython|sys\.modules|setprofile|settrace|_getframe|\bgc\.|"
    r"subprocess|os\.(?:system|fork|kill|_exit|exec\w*|spawn\w*)|\bctypes\b|\bsocket\b|"
    r"urllib|requests\.|nbgrader|/proc\b|__builtins__|\bbuiltins\b|monkeypatch|"
    r"\bin_order\b"
)
warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's, and harmless
# nbgrader starts a program for each new gradebook to learn this; once is enough.
nbgrader.api.get_alembic_version = functools.cache(nbgrader.api.get_alembic_version)


class Unreadable(Exception):
    """A submission that is no notebook; the message says why."""


@dataclass
class Row:
    """What the teacher reads of one student."""

    student: str
    status: str  # "graded", "stopped" (its kernel ended early) or "failed"
    total: float = 0.0
    out_of: float = 0.0
    scores: dict[str, float] = field(default_factory=dict)
    points: dict[str, float] = field(default_factory=dict)
    to_mark: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    look: list[str] = field(default_factory=list)
    late_hours: float = 0.0
    seconds: float = 0.0


# ---- the assignments


def names() -> list[str]:
    """The assignments: every folder with a notebook of its own name."""
    return sorted(p.stem for p in HERE.glob("*/*.ipynb") if p.stem == p.parent.name)


def source(name: str) -> Path:
    """The source notebook of an assignment.

    Raises
    ------
    ValueError
        If there is no such assignment.
    """
    if name not in names():
        raise ValueError(f"name: expected one of {names()}, got {name!r}")
    return HERE / name / f"{name}.ipynb"


def release(name: str, root: Path) -> Path:
    """Make ``root`` a course folder of nbgrader that has released the assignment.

    Returns
    -------
    Path of the released notebook

    Raises
    ------
    RuntimeError
        If nbgrader refuses the source, with its own words.
    """
    folder = root / "source" / name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(source(name), folder)
    beside = str(Path(sys.executable).parent)  # nbgrader calls `alembic` by its name
    if beside not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = beside + os.pathsep + os.environ["PATH"]
    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.course_id = "rnnbook"
    done = NbGraderAPI(config=config).generate_assignment(name, force=True, create=True)
    if not done["success"]:
        raise RuntimeError(
            f"{name}: {done.get('error') or ''}\n{done.get('log') or ''}"
        )
    return root / "release" / name / f"{name}.ipynb"


# ---- what was handed in


def collect(folder: Path, name: str) -> dict[str, Path]:
    """The notebook of each student, by id.

    A path that is no file stands for a folder without a notebook that could be meant.

    Raises
    ------
    ValueError
        If ``folder`` is none, holds nothing, or holds a student twice.
    """
    if not folder.is_dir():
        raise ValueError(f"SUBMISSIONS: expected a folder, got {folder}")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            student, notebook = path.name, _notebook_in(path, name)
        elif path.suffix == ".ipynb":
            student, notebook = path.stem, path
        else:
            continue
        if student in found:
            raise ValueError(f"SUBMISSIONS: {student} stands there twice")
        found[student] = notebook
    if not found:
        raise ValueError(f"SUBMISSIONS: no notebook and no folder in {folder}")
    return found


def _notebook_in(folder: Path, name: str) -> Path:
    for where in (folder / name, folder):
        named = where / f"{name}.ipynb"
        if named.exists() or named.is_symlink():
            return named
    found = [p for p in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts]
    return found[0] if len(found) == 1 else folder / f"{name}.ipynb"


def read(path: Path) -> bytes:
    """The bytes of a submission; no link is followed out of its folder."""
    try:
        info = path.lstat()
        if not stat.S_ISREG(info.st_mode):
            raise Unreadable("it is no plain file")
        if info.st_size > LARGEST:
            raise Unreadable(f"it has {info.st_size / 2**20:.0f} MB")
        return path.read_bytes()
    except FileNotFoundError:
        raise Unreadable("no notebook was handed in, or several") from None
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from None


def parse(data: bytes) -> NotebookNode:
    """The cells that a student wrote: sources and ids, and nothing else of the file."""
    try:
        raw = json.loads(data.decode("utf-8-sig"))
        cells = raw["cells"]
        return new_notebook(cells=[_cell(cell) for cell in cells])
    except UnicodeDecodeError:
        raise Unreadable("it is no notebook: it is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        text = f"it is no notebook: not JSON, line {error.lineno} ({error.msg})"
        raise Unreadable(text) from None
    except RecursionError:
        raise Unreadable("it is no notebook: nested too deep") from None
    except (KeyError, TypeError, AttributeError, ValueError):
        raise Unreadable("it is JSON, but no notebook of format 4") from None


def _cell(raw: dict) -> NotebookNode:
    text = raw["source"]
    text = text if isinstance(text, str) else "".join(text)
    make = new_code_cell if raw["cell_type"] == "code" else new_markdown_cell
    cell = make(text)
    info = raw.get("metadata", {}).get("nbgrader", {})
    if isinstance(info, dict) and isinstance(info.get("grade_id"), str):
        cell.metadata["nbgrader"] = {"grade_id": info["grade_id"]}
    return cell


def _id(cell: NotebookNode) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def restore(nb: NotebookNode, released: NotebookNode) -> list[str]:
    """Give cells their roles back, and put back those that are missing.

    A student's answers stay; test cells and all else that is locked come from the
    release, and nbgrader then puts the hidden tests into them.

    Returns
    -------
    list of str, what was done
    """
    notes, master = [], [cell for cell in released.cells if _id(cell)]
    known = {_id(cell): cell for cell in master}
    seen: set[str] = set()
    for cell in nb.cells:
        name = _id(cell)
        if name not in known or name in seen:
            cell.metadata.pop("nbgrader", None)
            continue
        seen.add(name)
        if _takes_over(cell, known[name]):
            notes.append(f"cell `{name}` was changed; put back")
    for k, cell in enumerate(master):
        if _id(cell) in seen:
            continue
        before = {_id(other) for other in master[:k]}
        at = [i for i, other in enumerate(nb.cells) if _id(other) in before]
        nb.cells.insert(at[-1] + 1 if at else 0, nbformat.from_dict(cell))
        seen.add(_id(cell))
        notes.append(f"cell `{_id(cell)}` was missing; put back")
    return notes


def _takes_over(cell: NotebookNode, master: NotebookNode) -> bool:
    """Make ``cell`` what the release says it is; whether it had been changed."""
    cell.metadata["nbgrader"] = dict(master.metadata.nbgrader)
    changed = cell.cell_type != master.cell_type
    if changed:
        text = cell.source
        cell.clear()
        cell.update(nbformat.from_dict(master))
        cell.source = text
    if master.metadata.nbgrader["locked"]:
        changed = changed or cell.source.strip() != master.source.strip()
        cell.source = master.source
    return changed


def unusual(nb: NotebookNode) -> list[str]:
    """Where a student's own cells use what no task needs."""
    found = []
    for k, cell in enumerate(nb.cells):
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get(
            "locked"
        ):
            words = sorted(set(UNUSUAL.findall(cell.source)))
            found += [f"{sandbox.label(cell, k)}: {', '.join(words)}"] if words else []
    return found


# ---- the gradebook


class Course:
    """The folder with the gradebook, one assignment and its submissions."""

    def __init__(self, name: str, root: Path):
        self.name, self.root = name, root
        self.source = source(name).read_bytes()
        self.db_url = f"sqlite:///{root / 'gradebook.db'}"
        mark = root / "source" / name / ".released"
        key = hashlib.sha256(self.source).hexdigest()
        if not mark.exists() or mark.read_text() != key:
            release(name, root)
            mark.write_text(key)
        released = root / "release" / name / f"{name}.ipynb"
        self.released = nbformat.read(released, as_version=4)
        self.exporter = self._exporter()

    def path(self, step: str, student: str, suffix: str = ".ipynb") -> Path:
        return self.root / step / student / self.name / (self.name + suffix)

    def resources(self, student: str) -> dict:
        about = {"student": student, "assignment": self.name, "notebook": self.name}
        return {
            "nbgrader": about | {"db_url": self.db_url},
            "unique_key": self.name,
            "metadata": {"name": self.name},
        }

    def through(self, steps, nb: NotebookNode, student: str) -> NotebookNode:
        """The notebook after some of nbgrader's preprocessors."""
        resources = self.resources(student)
        for step in steps:
            nb, resources = step()(nb, resources)
        return nb

    def prepare(self, data: bytes, student: str) -> tuple[NotebookNode, list[str]]:
        """A notebook to run: the student's answers, the teacher's tests."""
        nb = parse(data)
        notes = restore(nb, self.released)
        steps = [DeduplicateIds, OverwriteKernelspec, OverwriteCells, CheckCellMetadata]
        return self.through(steps, nb, student), notes

    def enter(self, student: str, nb: NotebookNode | None) -> None:
        """Put the points of an executed notebook, or none, into the gradebook."""
        with Gradebook(self.db_url, "rnnbook") as gb:
            gb.update_or_create_student(student)
            gb.update_or_create_submission(self.name, student)
            if nb is None:
                notebook = gb.find_submission_notebook(self.name, self.name, student)
                for one in notebook.grades:
                    one.auto_score, one.needs_manual_grade = 0, False
                gb.db.commit()
        if nb is not None:
            steps = [LimitOutput, SaveAutoGrades, CheckCellMetadata]
            nb = self.through(steps, nb, student)
            write(self.path("autograded", student), nbformat.writes(nb))

    def fill(self, row: Row) -> None:
        """The points of a student, as the gradebook has them."""
        order = [_id(cell) for cell in self.released.cells]
        with Gradebook(self.db_url, "rnnbook") as gb:
            notebook = gb.find_submission_notebook(self.name, self.name, row.student)
            grades = sorted(notebook.grades, key=lambda one: order.index(one.name))
            row.points = {one.name: one.max_score for one in grades}
            row.scores = {one.name: one.score for one in grades}
            row.to_mark = [one.name for one in grades if one.needs_manual_grade]
        row.total = round(sum(row.scores.values()), 2)
        row.out_of = sum(row.points.values())

    def mark_by_hand(self, student: str, task: str, points: float, text: str) -> bool:
        """Enter what the teacher gave for a written answer; whether it is news."""
        with Gradebook(self.db_url, "rnnbook") as gb:
            one = gb.find_grade(task, self.name, self.name, student)
            comment = gb.find_comment(task, self.name, self.name, student)
            if (one.manual_score, comment.manual_comment or "") == (points, text):
                return False
            one.manual_score, one.needs_manual_grade = points, False
            comment.manual_comment = text or None
            gb.db.commit()
        return True

    # -- feedback

    def _exporter(self) -> HTMLExporter:
        """nbgrader's own feedback page, with nothing from another host."""
        course = CourseDirectory(
            config=Config(CourseDirectory={"root": str(self.root)})
        )
        made = GenerateFeedback(coursedir=course)
        config = made.config.copy()
        config.HTMLExporter.require_js_url = ""
        config.HTMLExporter.jquery_url = ""
        config.HTMLExporter.mermaid_js_url = ""
        config.HTMLExporter.sanitize_html = True
        exporter = HTMLExporter(config=config)
        for step in made.preprocessors:
            exporter.register_preprocessor(step, enabled=True)
        return exporter

    def feedback(self, row: Row) -> None:
        """Write the page that goes back to the student."""
        path = self.path("feedback", row.student, ".html")
        graded = self.path("autograded", row.student)
        if row.status == "failed":
            write(path, plain_page(self.name, row))
            return
        nb = nbformat.read(graded, as_version=4)
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                output.get("data", {}).pop("application/javascript", None)
            cell.source = HIDDEN.sub("", cell.source)
        lines = "\n".join(f"- {note}" for note in row.notes)
        if row.to_mark:
            n = len(row.to_mark)
            lines += f"\n- answers in words that are not marked yet, and count 0: {n}"
        if lines:
            nb.cells.insert(0, new_markdown_cell(f"**Notes of the grader**\n\n{lines}"))
        try:
            page, _ = self.exporter.from_notebook_node(nb, self.resources(row.student))
        except Exception as error:
            row.notes.append(f"no page could be made: {type(error).__name__}: {error}")
            page = plain_page(self.name, row)
        write(path, offline(page))


POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "script-src 'self' file:"
)
HEAD = (
    f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    "<style>pre { white-space: pre-wrap !important; }</style>"
)
HIDDEN = re.compile(
    r"^### BEGIN HIDDEN TESTS\n.*?^### END HIDDEN TESTS\n?", re.M | re.S
)


LOAD = "<!-- Load mathjax -->(.*?)<!-- End of mathjax configuration -->"
# Written in front of MathJax, so that the page holds no script of its own.
CONFIGURE = (
    r'window.MathJax = {tex: {inlineMath: [["$", "$"], ["\\(", "\\)"]], tags: "ams"}, '
    "options: {enableMenu: false}};\n"
)


def offline(page: str) -> str:
    """A page that asks no other host for anything, whatever a student put into it."""
    ours = '<script defer src="../../mathjax.js"></script>'
    page = re.sub(LOAD, ours, page, count=1, flags=re.S)
    page = re.sub(r"@font-face\s*{[^}]*glyphicons[^}]*}", "", page)
    page = re.sub(r"<script[^>]*\ssrc=\"\"[^>]*>\s*</script>", "", page)
    page = re.sub(r"<script type=\"module\">.*?</script>", "", page, flags=re.S)
    page = re.sub(
        r"(<(?:img|script|link|iframe|source|video|audio|embed|object)\b[^>]*?\s"
        r"(?:src|href|data|srcset)\s*=\s*)([\"']?)\s*(?:https?:)?//[^\"'\s>]*",
        r"\1\2#",
        page,
        flags=re.I,
    )
    return page if HEAD in page else page.replace("<head>", f"<head>{HEAD}", 1)


def plain_page(name: str, row: Row) -> str:
    """A page for work that could not be read or shown: marks and reasons."""
    scores = {task: f"{row.scores[task]:g} of {n:g}" for task, n in row.points.items()}
    lines = [*row.notes, *(f"{task}: {says}" for task, says in scores.items())]
    reasons = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return (
        f'<!DOCTYPE html>\n<html><head>{HEAD}<meta charset="utf-8" />'
        f"<title>{name}</title></head><body>"
        f"<h1>{name}: {row.total:g} of {row.out_of:g}</h1>"
        f"<p>{html.escape(row.student)}: {row.status}</p><ul>{reasons}</ul>"
        "</body></html>\n"
    )


def mathjax() -> Path | None:
    """MathJax in one file, from the package that also serves the book's pages."""
    for path in files("sphinx-mathjax-offline") or []:
        if path.name == "tex-svg-full.js":
            return Path(path.locate())
    return None


# ---- files


def write(path: Path, text: str) -> None:
    """Write a file as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


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


def load(out: Path, student: str, key: str) -> Row | None:
    """What an earlier run wrote last of all, if it was about the same work."""
    try:
        saved = json.loads(_state(out, student).read_text(encoding="utf-8"))
        return Row(**saved["row"]) if saved["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(out: Path, row: Row, key: str) -> None:
    text = json.dumps({"key": key, "row": asdict(row)}, ensure_ascii=False)
    write(_state(out, row.student), text)


def _plain(text: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t") else text


def write_csv(path: Path, rows: list[list]) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8-sig", newline="") as f:
        csv.writer(f).writerows(rows)
    os.replace(part, path)


def write_marks(path: Path, rows: list[Row]) -> None:
    tasks = list(max((row.points for row in rows), key=len, default={}))
    first = ["student", "total", "out_of", "status", "late_hours", "to_mark"]
    lines = [[*first, *tasks, "notes", "look", "seconds"]]
    for row in rows:
        scores = [
            "" if task in row.to_mark else row.scores.get(task, 0) for task in tasks
        ]
        marks = [row.total, row.out_of, row.status, row.late_hours, len(row.to_mark)]
        texts = ["; ".join(row.notes), "; ".join(row.look)]
        lines.append([_plain(row.student), *marks, *scores, *texts, row.seconds])
    write_csv(path, lines)


WRITTEN = ["student", "task", "points", "of", "comment", "answer"]


def read_written(path: Path) -> dict[tuple[str, str], tuple[float | None, str]]:
    """What the teacher wrote: points and comment by student and task.

    Raises
    ------
    ValueError
        If points are no number from 0 to the most, with the line.
    """
    given = {}
    if not path.exists():
        return given
    with path.open(encoding="utf-8-sig", newline="") as f:
        for k, line in enumerate(csv.DictReader(f), 2):
            text, most = (line.get("points") or "").strip(), line.get("of") or "0"
            student = (line.get("student") or "").removeprefix("'")
            try:
                points = float(text.replace(",", ".")) if text else None
                right = points is None or 0 <= points <= float(most)
            except ValueError:
                right = False
            if not right:
                raise ValueError(f"{path}, line {k}: points {text!r} of {most}")
            key = student, line.get("task") or ""
            given[key] = points, (line.get("comment") or "").strip()
    return given


def write_written(path: Path, course: Course, rows: list[Row], given: dict) -> None:
    """The answers in words, one a line, with room for points and a comment."""
    tasks = [
        _id(cell)
        for cell in course.released.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
        and cell.metadata.nbgrader["solution"]
    ]
    lines: list[list] = []
    for row in rows:
        if row.status == "failed" or not tasks:
            continue
        nb = nbformat.read(course.path("autograded", row.student), as_version=4)
        text = {_id(cell): cell.source for cell in nb.cells}
        for task in tasks:
            points, comment = given.get((row.student, task), (None, ""))
            if points is None and task not in row.to_mark:
                continue  # left empty: nbgrader has given 0
            shown = "" if points is None else f"{points:g}"
            start = [_plain(row.student), task, shown, f"{row.points[task]:g}", comment]
            lines.append([*start, _plain(text.get(task, ""))])
    if lines:
        write_csv(path, [WRITTEN, *lines])


# ---- the run


def _late_hours(path: Path, due: datetime | None) -> float:
    if due is None or not path.exists():
        return 0.0
    when = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    stamp = path.with_name("timestamp.txt")
    if stamp.is_file() and not stamp.is_symlink():
        from dateutil.parser import parse as parse_date

        try:
            when = parse_date(stamp.read_text()[:100]).astimezone()
        except (ValueError, OverflowError, UnicodeDecodeError):
            pass
    return round(max(0.0, (when - due).total_seconds() / 3600), 1)


def grade(
    name: str,
    submissions: Path,
    out: Path,
    isolation: sandbox.Isolation,
    limits: sandbox.Limits | None = None,
    jobs: int | None = None,
    due: datetime | None = None,
    quiet: bool = False,
) -> list[Row]:
    """Grade all submissions of an assignment, and write marks and feedback.

    Parameters
    ----------
    name : str, the assignment
    submissions, out : Path
    isolation : from :func:`sandbox.find`
    limits : what one submission may use
    jobs : int, how many at a time; default: one for each processor
    due : datetime with a time zone, optional
    quiet : bool, without a progress bar

    Returns
    -------
    list of Row, in the order of the ids

    Raises
    ------
    ValueError
        If a folder or a line of ``written.csv`` is not what is expected.
    """
    limits, jobs = limits or sandbox.Limits(), jobs or os.cpu_count() or 1
    found = collect(submissions, name)
    out.mkdir(parents=True, exist_ok=True)
    out.chmod(0o700)
    with alone(out):
        given = read_written(out / "written.csv")
        course = Course(name, out.resolve())
        script = mathjax()
        if script and not (out / "feedback" / "mathjax.js").exists():
            text = CONFIGURE + script.read_text(encoding="utf-8")
            write(out / "feedback" / "mathjax.js", text)
        rows = _all(course, found, isolation, limits, jobs, due, quiet)
        _by_hand(course, rows, given)
        write_marks(out / "marks.csv", rows)
        write_written(out / "written.csv", course, rows, given)
    return rows


@dataclass
class _Work:
    student: str
    path: Path
    key: str
    row: Row
    nb: NotebookNode | None = None
    again: bool = False  # to be graded anew by the next run


def _all(course, found, isolation, limits, jobs, due, quiet) -> list[Row]:
    """Every row; what an earlier run has finished is not done again."""
    rows, waiting = {}, []
    for student, path in found.items():
        work = _begin(course, student, path, due)
        old = load(course.root, student, work.key)
        if old:
            rows[student] = old
        else:
            waiting.append(work)
    bar = tqdm(total=len(found), initial=len(rows), unit="", disable=quiet)
    start, running = time.monotonic(), set()
    pool = ThreadPoolExecutor(jobs)
    todo = iter(waiting)
    try:
        while True:
            while len(running) <= jobs and (work := next(todo, None)):
                _prepare(course, work)
                running.add(pool.submit(_execute, work, isolation, limits))
            if not running:
                break
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for one in done:
                row = _finish(course, one)
                rows[row.student] = row
                bar.update()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        bar.close()
    if not quiet:
        _rate(len(waiting), len(rows) - len(waiting), time.monotonic() - start, jobs)
    return [rows[student] for student in sorted(rows)]


def _rate(new: int, old: int, seconds: float, jobs: int) -> None:
    rate = f", {new / seconds:.2f} a second with {jobs} at a time" if new else ""
    before = f"; {old} were graded before" if old else ""
    print(f"graded {new} in {seconds:.0f} s{rate}{before}")


def _receipt(course: Course, student: str, path: Path) -> None:
    """Keep beside the page what ``nbgrader release_feedback`` needs to give it back."""
    for name in ("timestamp.txt", "submission_secret.txt"):
        with suppress(Unreadable):
            text = read(path.with_name(name)).decode("utf-8", "replace")
            write(course.path("feedback", student).with_name(name), text)


def _begin(course: Course, student: str, path: Path, due) -> _Work:
    _receipt(course, student, path)
    row = Row(student, "graded")
    data = b""
    try:
        data = read(path)
        row.late_hours = _late_hours(path, due)
    except Unreadable as error:
        row.status, row.notes = "failed", [str(error)]
    parts = (student.encode(), course.source, data, repr(row.notes).encode())
    key = hashlib.sha256(b"/".join(hashlib.sha256(p).digest() for p in parts))
    return _Work(student, path, key.hexdigest(), row)


def _prepare(course: Course, work: _Work) -> None:
    if work.row.status == "failed":
        return
    try:
        data = read(work.path)
        write(course.path("submitted", work.student), data.decode("utf-8", "replace"))
        work.nb, work.row.notes = course.prepare(data, work.student)
        work.row.look = unusual(work.nb)
    except Unreadable as error:
        work.row.status, work.row.notes = "failed", [str(error)]
    except Exception as error:  # a hostile file must not end the run
        work.row.status = "failed"
        work.row.notes = [f"it could not be read: {type(error).__name__}: {error}"]


def _execute(work: _Work, isolation, limits) -> _Work:
    if work.nb is None:
        return work
    try:
        env = {"RNNBOOK_STUDENT": work.student}
        fresh = nbformat.from_dict(work.nb)
        report = sandbox.run(work.nb, isolation, limits, env)
        if not report.started:  # no fault of the student
            work.nb = fresh
            report = sandbox.run(work.nb, isolation, limits, env)
        work.again = not report.started
        work.row.notes += report.notes
        work.row.seconds = report.seconds
        work.row.status = "stopped" if report.stopped else "graded"
    except Exception as error:
        work.nb, work.row.status = None, "failed"
        work.row.notes.append(f"it could not be run: {type(error).__name__}: {error}")
    return work


def _finish(course: Course, task: "Future[_Work]") -> Row:
    """Gradebook, page and, last of all, the mark that this one is done."""
    work = task.result()
    row = work.row
    try:
        course.enter(row.student, work.nb)
    except Exception as error:  # one student's work must not end the run of all
        row.status, work.again = "failed", True
        row.notes.append(f"it could not be graded: {type(error).__name__}: {error}")
        course.enter(row.student, None)
    course.fill(row)
    course.feedback(row)
    if not work.again:
        save(course.root, row, work.key)
    work.nb = None
    return row


def _by_hand(course: Course, rows: list[Row], given: dict) -> None:
    """Take over what the teacher wrote into written.csv, and renew those pages."""
    for row in rows:
        before = (row.total, row.to_mark)
        news = False
        for (student, task), (points, comment) in given.items():
            if student == row.student and points is not None and task in row.points:
                news |= course.mark_by_hand(student, task, points, comment)
        course.fill(row)
        if news or before != (row.total, row.to_mark):
            course.feedback(row)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    usual = sandbox.Limits()
    parser.add_argument("name", metavar="NAME", help="the assignment, such as lstm")
    parser.add_argument("submissions", type=Path, metavar="SUBMISSIONS")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--jobs", type=int, metavar="N", help="default: all processors")
    parser.add_argument(
        "--due", type=datetime.fromisoformat, metavar="2026-11-30T23:59"
    )
    for field_, words in (
        ("seconds", "for a notebook"),
        ("cell_seconds", "for a cell"),
        ("memory_mb", "of memory for a notebook"),
    ):
        default = getattr(usual, field_)
        parser.add_argument(
            "--" + field_.replace("_", "-"),
            type=type(default),
            default=default,
            help=f"{words} (default: {default})",
        )
    parser.add_argument(
        "--no-isolation",
        action="store_true",
        help="run students' code as yourself, with all that you may do",
    )
    options = parser.parse_args(arguments)
    isolation = sandbox.find()
    print(f"isolation: {isolation.says}", flush=True)
    if isolation.kind == "none" and not options.no_isolation:
        who = "root" if sandbox.is_root() else "you"
        print(
            f"Refused: this runs students' code as {who}. Install bubblewrap, or say "
            "--no-isolation if you trust every line.",
            file=sys.stderr,
        )
        return 2
    if options.no_isolation:
        isolation = sandbox.Isolation("none", "")
        print("--no-isolation: students' code can do all that you can do")
    limits = sandbox.Limits(
        seconds=options.seconds,
        cell_seconds=options.cell_seconds,
        memory_mb=options.memory_mb,
    )
    due = options.due and options.due.astimezone()
    try:
        rows = grade(
            options.name,
            options.submissions,
            options.out,
            isolation,
            limits,
            options.jobs,
            due,
        )
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    _summary(rows, options.out)
    return 0


def _summary(rows: list[Row], out: Path) -> None:
    for status in ("stopped", "failed"):
        for row in rows:
            if row.status == status:
                print(f"{row.student}: {status}: {'; '.join(row.notes)}")
    left = sum(len(row.to_mark) for row in rows)
    if left:
        print(f"{left} written answers wait for points in {out / 'written.csv'}")
    print(f"marks: {out / 'marks.csv'}")


if __name__ == "__main__":
    sys.exit(main())
