"""An assignment in nbgrader: its release, its gradebook, one submission at a time."""

import functools
import hashlib
import os
import re
import shutil
import warnings
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import clean
import nbformat
import nbgrader.api
import nbgrader.nbgraderformat.common
import sandbox
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.dbutil import _temp_alembic_ini
from nbgrader.preprocessors import (
    CheckCellMetadata,
    DeduplicateIds,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

HERE = Path(__file__).resolve().parent
# What no task needs, and what reaches for the grader. Nothing is forbidden by it: a
# teacher's eyes are called to it.
UNUSUAL = re.compile(
    r"rnnbook\.grading|rnnbook import grading|RNNBOOK_STUDENT|\.answer\b|\bCHECKS\b|"
    r"\.reference\b|get_ipython|sys\.modules|setprofile|settrace|_getframe|\bgc\.|"
    r"subprocess|os\.(?:system|fork|kill|_exit|exec\w*|spawn\w*)|\bctypes\b|\bsocket\b|"
    r"urllib|requests\.|nbgrader|/proc\b|__builtins__|\bbuiltins\b|monkeypatch|"
    r"\bin_order\b|f_back|f_locals|tb_frame|__traceback__|[gc][ir]_frame|"
    r"_current_frames|inspect\.(?:stack|currentframe|getframeinfo)|__array__|"
    r"__float__|__del__|__signature__|\bthreading\b|\b_thread\b|\bconcurrent\.|"
    r"multiprocessing|\bvars\(|InteractiveShell|\bsetattr\(|__setattr__|__code__|"
    r"FunctionType|__dict__|dataclasses\.replace|_profile_hook|\bcanary\b|"
    r"check_packed\s*=|rnnbook\.(?:checks|cells|bptt)\.\w+\s*=|"
    r"\bsignal\.(?:signal|alarm|setitimer|raise_signal)"
)
warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's, and harmless


@functools.cache
def _version_of_gradebooks() -> str:
    """As nbgrader's, which starts a program for each new gradebook."""
    with _temp_alembic_ini("sqlite://") as settings:
        return ScriptDirectory.from_config(AlembicConfig(settings)).get_current_head()


nbgrader.api.get_alembic_version = _version_of_gradebooks


def _validate(roles: dict, schema: dict) -> None:
    """As jsonschema's, which looks whether nbgrader's schema is one for every cell."""
    error = best_match(validator_for(schema)(schema).iter_errors(roles))
    if error is not None:
        raise error


nbgrader.nbgraderformat.common.jsonschema = SimpleNamespace(validate=_validate)


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
    ValueError
        If ``root`` released it before with other tasks than it has now.
    RuntimeError
        If nbgrader refuses the source, with its own words.
    """
    folder = root / "source" / name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(source(name), folder)
    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.course_id = "rnnbook"
    done = NbGraderAPI(config=config).generate_assignment(name, force=True, create=True)
    said = f"{done.get('error') or ''}\n{done.get('log') or ''}"
    if "add or remove cells" in said:
        raise ValueError(
            f"--out: the tasks of `{name}` have changed since {root} was made; take a "
            "new folder, and the marks by hand along with --marks"
        )
    if not done["success"]:
        raise RuntimeError(f"{name}: {said}")
    return root / "release" / name / f"{name}.ipynb"


# ---- what a notebook must have


def task_of(cell: NotebookNode) -> str | None:
    """The name by which a cell is graded or locked; None for any other."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def is_written(cell: NotebookNode) -> bool:
    """Whether it holds an answer that is marked by hand."""
    info = cell.metadata.get("nbgrader", {})
    return bool(info.get("grade") and info.get("solution"))


def restore(nb: NotebookNode, released: NotebookNode) -> list[str]:
    """Give cells their roles back, and put back those that are missing.

    A student's answers stay; test cells and all else that is locked come from the
    release, and nbgrader then puts the hidden tests into them.

    Returns
    -------
    list of str, what was done
    """
    notes, master = [], [cell for cell in released.cells if task_of(cell)]
    known = {task_of(cell): cell for cell in master}
    seen: list[str] = []
    for cell in nb.cells:
        name = task_of(cell)
        if name not in known or name in seen:
            cell.metadata.pop("nbgrader", None)
            if name in seen:
                notes.append(f"cell `{name}` stands there again; the first one counts")
            continue
        seen.append(name)
        if _takes_over(cell, known[name]):
            notes.append(f"cell `{name}` was changed; put back")
    notes += _moved(seen, list(known))
    for k, cell in enumerate(master):
        if task_of(cell) in seen:
            continue
        before = {task_of(other) for other in master[:k]}
        at = [i for i, other in enumerate(nb.cells) if task_of(other) in before]
        nb.cells.insert(at[-1] + 1 if at else 0, nbformat.from_dict(cell))
        seen.append(task_of(cell))
        notes.append(f"cell `{task_of(cell)}` was missing; put back")
    return notes


def _moved(found: list[str], order: list[str]) -> list[str]:
    """A note if the cells stand in another order than in the release."""
    for one, other in zip(found, found[1:], strict=False):
        if order.index(one) > order.index(other):
            return [f"cells were moved: `{one}` stands before `{other}`"]
    return []


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
    """The folder with the gradebook, one assignment and its submissions.

    Raises
    ------
    ValueError
        If the folder holds another assignment, or this one with other tasks.
    """

    def __init__(self, name: str, root: Path):
        self.name, self.root = name, root
        self.source = source(name).read_bytes()
        self.db_url = f"sqlite:///{root / 'gradebook.db'}"
        self._refuse_another()
        mark = root / "source" / name / ".released"
        key = hashlib.sha256(self.source).hexdigest()
        if not mark.exists() or mark.read_text() != key:
            release(name, root)
            mark.write_text(key)
        released = root / "release" / name / f"{name}.ipynb"
        self.released = nbformat.read(released, as_version=4)
        self.given = {
            c.source for c in self.released.cells if c.cell_type == "markdown"
        }
        self.tasks = {
            task_of(cell): float(cell.metadata.nbgrader["points"])
            for cell in self.released.cells
            if cell.metadata.get("nbgrader", {}).get("grade")
        }
        self.written = [task_of(c) for c in self.released.cells if is_written(c)]

    def _refuse_another(self) -> None:
        there = [p.name for p in (self.root / "source").glob("*") if p.is_dir()]
        other = next((one for one in there if one != self.name), "")
        if other:
            raise ValueError(
                f"--out: {self.root} holds the assignment `{other}`; take another "
                f"folder for `{self.name}`"
            )

    def path(self, step: str, student: str, suffix: str = ".ipynb") -> Path:
        return self.root / step / student / self.name / (self.name + suffix)

    def through(self, steps, nb: NotebookNode, student: str) -> NotebookNode:
        """The notebook after some of nbgrader's preprocessors."""
        about = {"student": student, "assignment": self.name, "notebook": self.name}
        resources = {
            "nbgrader": about | {"db_url": self.db_url},
            "unique_key": self.name,
            "metadata": {"name": self.name},
        }
        for step in steps:
            nb, resources = step()(nb, resources)
        return nb

    def prepare(self, nb: NotebookNode, student: str) -> tuple[NotebookNode, list[str]]:
        """A notebook to run: the student's answers, the teacher's tests."""
        notes = restore(nb, self.released)
        steps = [DeduplicateIds, OverwriteKernelspec, OverwriteCells, CheckCellMetadata]
        return self.through(steps, nb, student), notes

    def unanswered(self, nb: NotebookNode) -> set[str]:
        """The written tasks whose cell is as it was released."""
        was = {task_of(cell): cell.source for cell in self.released.cells}
        return {
            task_of(cell)
            for cell in nb.cells
            if is_written(cell) and cell.source.strip() == was[task_of(cell)].strip()
        }

    def enter(self, student: str, nb: NotebookNode | None) -> None:
        """Put the points of an executed notebook, or none, into the gradebook."""
        with Gradebook(self.db_url, "rnnbook") as gb:
            gb.update_or_create_student(student)
            gb.update_or_create_submission(self.name, student)
            if nb is None:
                notebook = gb.find_submission_notebook(self.name, self.name, student)
                for one in notebook.grades:
                    one.auto_score, one.needs_manual_grade = 0, False
                    one.manual_score = None
                gb.db.commit()
        if nb is not None:
            steps = [LimitOutput, SaveAutoGrades, CheckCellMetadata]
            nb = self.through(steps, nb, student)
            write(self.path("autograded", student), nbformat.writes(nb))

    def grades(self, student: str) -> dict[str, tuple[float, float | None, bool, str]]:
        """By task: points, those by hand, whether they are awaited, the comment."""
        with Gradebook(self.db_url, "rnnbook") as gb:
            notebook = gb.find_submission_notebook(self.name, self.name, student)
            comments = {one.name: one.manual_comment or "" for one in notebook.comments}
            return {
                one.name: (
                    float(one.score),
                    one.manual_score,
                    bool(one.needs_manual_grade),
                    comments.get(one.name, ""),
                )
                for one in notebook.grades
            }

    def by_hand(
        self, student: str, given: Iterable[tuple[str, float | None, bool, str]]
    ) -> None:
        """Enter points by hand: task, points, whether some are awaited, comment."""
        with Gradebook(self.db_url, "rnnbook") as gb:
            for task, points, awaited, text in given:
                one = gb.find_grade(task, self.name, self.name, student)
                one.manual_score, one.needs_manual_grade = points, awaited
                if task in self.written:
                    comment = gb.find_comment(task, self.name, self.name, student)
                    comment.manual_comment = text or None
            gb.db.commit()

    def handed_in(self, student: str, nb: NotebookNode) -> None:
        """Keep what was handed in as nbgrader's tools look for it: clean, not run."""
        cleaned = clean.notebook(nb, self.given)
        write(self.path("submitted", student), nbformat.writes(cleaned))


def write(path: Path, text: str) -> None:
    """Write a file as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)
