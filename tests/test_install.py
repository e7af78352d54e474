"""A notebook taken from a page, and the package, in an environment with nothing else.

The first cell of the notebook is run as it stands: git is told that the address of the
repository is a copy of this one on the disk.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from test_repository import tracked

ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = "someone/some-course"
CHAPTER = "01-sequences"  # needs neither PyTorch nor Keras
# Compiling what is never imported takes longer than the notebook.
QUICK = {"PIP_NO_COMPILE": "1"}
PURELIB = "import sysconfig; print(sysconfig.get_path('purelib'))"
# What needs a framework by its nature.
FRAMEWORKS = {
    "rnnbook.distributed": "torch",
    "rnnbook.serve": "onnxruntime",
    "rnnbook.training": "torch",
}

IMPORT_ALL = """
import importlib, pkgutil, sys
import rnnbook
needs = {}
for found in pkgutil.walk_packages(rnnbook.__path__, "rnnbook."):
    if not found.name.startswith("rnnbook.experiments"):
        try:
            importlib.import_module(found.name)
        except ImportError as error:
            needs[found.name] = (error.__cause__ or error).name
print(rnnbook.__file__, needs, sep="\\n")
"""
WORKS = """
import numpy as np
from rnnbook import data, evidence, layers, metrics, plots, questions
from rnnbook.checks import check
from rnnbook.cells import rnn_step

assert check("rnn.step", rnn_step).passed
assert str(questions.ask("lstm.parameters", "Ada"))
for load in (data.load_digits, data.load_text, data.load_prose, data.load_prices,
             data.load_sea_temperature):
    assert len(load()) > 500, load
assert evidence.names()
for name in evidence.names():
    assert len(evidence.load(name)) > 1
h, _ = layers.LSTM(2, 3, rng=np.random.default_rng(0)).forward(
    np.ones((1, 4, 2), np.float32)
)
assert h.shape == (1, 4, 3)
plots.use_style()
from rnnbook import grading
print("all of it works")
"""


def run(command: list, **options) -> str:
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def needed(names: list[str]) -> dict:
    """Those distributions and what they need, as they are installed here."""
    found, left = {}, [Requirement(name) for name in names]
    while left:
        asked = left.pop()
        name = canonicalize_name(asked.name)
        if name in found or (asked.marker and not asked.marker.evaluate({"extra": ""})):
            continue
        found[name] = metadata.distribution(name)
        assert asked.specifier.contains(found[name].version), (asked, found[name])
        left += [Requirement(line) for line in found[name].requires or []]
    return found


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """An environment with what runs a notebook and what the package asks for.

    That pip finds and fetches it, ``make`` has just shown; here it is copied from where
    it was put, so that nothing else is there. What was compiled stays so, as a file
    keeps its date.
    """
    folder = tmp_path_factory.mktemp("empty")
    run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
    inside = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    target = Path(run([str(inside), "-c", PURELIB]).strip())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*project["project"]["dependencies"], "ipykernel", "nbclient", "pip"]
    for distribution in needed(asked).values():
        for file in distribution.files:
            if ".." not in file.parts:
                (target / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file.locate(), target / file)
    return inside


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> dict[str, str]:
    """The settings of git under which REPOSITORY is this tree, as it is now."""
    copy = tmp_path_factory.mktemp("repository")
    for path in tracked():
        target = copy / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    run(["git", "-C", str(copy), "init", "--quiet", "--initial-branch", "b"])
    run(["git", "-C", str(copy), "add", "--all"])
    run(["git", "-C", str(copy), *who, "commit", "--quiet", "--message", "now"])
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{copy.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"https://github.com/{REPOSITORY}",
    }


@pytest.fixture(scope="module")
def installed(python, address, tmp_path_factory) -> Path:
    """The environment after a taken notebook was run in it, from top to bottom."""
    import bookpages

    folder = tmp_path_factory.mktemp("taken")
    taken = folder / f"{CHAPTER}.ipynb"
    shutil.copyfile(ROOT / "chapters" / taken.name, taken)
    bookpages.add_install_cell(taken, REPOSITORY, "b")
    program = f"""
import nbformat, nbclient, sys
notebook = nbformat.read({str(taken)!r}, 4)
assert notebook.cells[0].id == "install"
nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
nbformat.write(notebook, {str(taken)!r})
"""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "RNN"))}
    run([str(python), "-c", program], cwd=folder, env=kept | address | QUICK)
    ours = nbformat.read(ROOT / "chapters" / taken.name, 4).cells
    ran = nbformat.read(taken, 4).cells[1:]
    for a, b in zip(ours, ran, strict=True):
        if "nbval-check-output" in a.metadata.get("tags", []):
            assert [o.get("text") for o in a.outputs] == [
                o.get("text") for o in b.outputs
            ]
    return python


def test_a_taken_notebook_runs_where_nothing_is_installed(installed):
    out = run([str(installed), "-m", "pip", "list"], cwd=installed.parent)
    assert "rnnbook" in out and "torch" not in out and "keras" not in out


def test_every_module_is_imported_without_a_framework(installed):
    where, needs = run(
        [str(installed), "-c", IMPORT_ALL], cwd=installed.parent
    ).splitlines()
    assert Path(where).is_relative_to(installed.parent.parent)
    assert eval(needs) == FRAMEWORKS


def test_what_is_installed_works(installed):
    assert "all of it works" in run([str(installed), "-c", WORKS], cwd=installed.parent)
