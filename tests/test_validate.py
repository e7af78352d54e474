"""nbgrader's *Validate* says "Success" to what is right, and to nothing else."""

import contextlib
import os
import re
import shutil
import sys
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("nbgrader", reason="needs nbgrader: pip install -e .[teach]")

from nbgrader.api import Gradebook  # noqa: F401  (before its apps)
from nbgrader.apps import NbGraderAPI
from nbgrader.validator import Validator
from traitlets.config import Config

from rnnbook.checks import check
from rnnbook.grading import check_packed

pytestmark = pytest.mark.filterwarnings("ignore")
ROOT = Path(__file__).resolve().parent.parent
SOLUTION = re.compile(r"[ \t]*### (BEGIN|END) SOLUTION\n?")


def source(name):
    return nbformat.read(ROOT / "assignments" / name / f"{name}.ipynb", as_version=4)


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """``released(name)``: the notebook as students get it."""
    made = {}

    def release(name):
        if name not in made:
            root = tmp_path_factory.mktemp(name)
            shutil.copytree(ROOT / "assignments" / name, root / "source" / name)
            config = Config()
            config.CourseDirectory.root, config.CourseDirectory.course_id = root, "x"
            config.CourseDirectory.root = str(root)
            beside = str(Path(sys.executable).parent)  # nbgrader calls `alembic`
            with _path(beside):
                api = NbGraderAPI(config=config)
                done = api.generate_assignment(name, force=True, create=True)
            assert done["success"], done
            made[name] = root / "release" / name / f"{name}.ipynb"
        return nbformat.read(made[name], as_version=4)

    return release


@contextlib.contextmanager
def _path(beside):
    before = os.environ["PATH"]
    os.environ["PATH"] = beside + os.pathsep + before
    try:
        yield
    finally:
        os.environ["PATH"] = before


def answered(name, nb, **changes):
    """The release with the reference's answers; ``changes`` by the cell they are in."""
    solved = {
        cell.metadata.nbgrader.grade_id: SOLUTION.sub("", cell.source)
        for cell in source(name).cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    for task, (old, new) in changes.items():
        assert old in solved[task]
        solved[task] = solved[task].replace(old, new)
    for cell in nb.cells:
        task = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = solved.get(task, cell.source)
    return _signed(nb)


def _signed(nb):
    for cell in nb.cells:
        cell.source = cell.source.replace('STUDENT = "your id"', 'STUDENT = "ada"')
    return nb


def failed(nb, path):
    """The tests that *Validate* complains of, by the first word of their check."""
    nbformat.write(nb, path)
    results = Validator().validate(str(path))
    assert set(results) <= {"failed"}
    texts = (one["source"] for one in results.get("failed", []))
    found = (re.search(r'check\w*\("(.*?)"|(ask_all)\(', text) for text in texts)
    return [match[1] or match[2] for match in found if match]  # not answers in words


WRONG = {
    "lstm": {
        "numbers": ("drawn(name, STUDENT).answer", "drawn(name, STUDENT).wrong[0][0]"),
        "step": ("c_next = f * c", "c_next = c"),
    },
    "forecast": {
        "numbers": ("drawn(name, STUDENT).answer", "None"),
        "drift": ("return", "return 1.01 *"),
    },
}


FAILING = {
    "lstm": {"lstm.step", "lstm.forward"},  # the sequence calls the step
    "forecast": {"forecast.drift"},
}


@pytest.mark.parametrize("name", WRONG)
def test_success_is_said_to_what_is_right_alone(name, released, tmp_path):
    path = tmp_path / f"{name}.ipynb"
    assert failed(answered(name, released(name)), path) == []
    first, *others = failed(_signed(released(name)), path)
    assert first == "ask_all" and len(others) == 6
    first, *wrong = failed(answered(name, released(name), **WRONG[name]), path)
    assert first == "ask_all" and set(wrong) == FAILING[name]


@pytest.mark.parametrize("answer", ["17.25", "None", "'much'", "'0,16'"])
def test_one_number_is_enough_to_fail(answer, released, tmp_path):
    """Wrong, missing, or no number at all; all else is right."""
    change = "name in answer}", "name in answer} | {'lstm.step': " + answer + "}"
    nb = answered("lstm", released("lstm"), numbers=change)
    assert failed(nb, tmp_path / "lstm.ipynb") == ["ask_all"]


def test_a_check_raises_only_while_a_notebook_is_validated(monkeypatch):
    wrong = lambda x, h, params: h  # noqa: E731
    assert not check("rnn.step", wrong)
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    with pytest.raises(AssertionError, match="Not yet"):
        check("rnn.step", wrong)
    with pytest.raises(AssertionError, match="Not yet"):
        check_packed("lstm.step", lambda x, s, p: s, "ofig")
    assert not check("rnn.step") and not check()  # a question, no answer
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert not check("rnn.step", wrong)
