"""The repository as a whole: commands, requirements, style, diagrams."""

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_notebook

ROOT = Path(__file__).resolve().parent.parent
TEXT = {".py", ".md", ".ipynb", ".yml", ".toml", ".txt", ".css", ".svg", ".bib", ""}


def tracked() -> list[Path]:
    """The files that git knows or would take, without what it ignores."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("needs git")
    if done.returncode:
        pytest.skip("not a git repository")
    paths = [ROOT / line for line in done.stdout.splitlines()]
    return [path for path in paths if path.is_file()]


def test_no_file_names_a_path_of_some_machine():
    folders = "home root Users tmp/bash_jobs work farm".split()
    path = re.compile(rf"(?<![\w.$)}}])/(?:{'|'.join(folders)})/\w")
    texts = [p for p in tracked() if p.suffix in TEXT and "data" not in p.parts]
    found = [p for p in texts if path.search(p.read_text(encoding="utf-8"))]
    assert found == []


def test_no_tracked_file_is_large():
    large = {p.name: p.stat().st_size for p in tracked() if p.stat().st_size > 2e6}
    assert large == {}


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff(command):
    run = [sys.executable, "-m", "ruff", *command, "--no-cache", "."]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_requirements_are_bounded():
    """Every package has a highest version, so that a fresh clone works next year."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-e"))]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = [*wanted, *project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        named += extra
    bounded = re.compile(r"^([\w-]+)(==[\w.]+|>=[\w.]+,<[\w.]+)( ; .*)?$")
    assert [one for one in named if not bounded.match(one)] == []
    assert len(wanted) > 10
    names = [bounded.match(one)[1] for one in named]
    assert sorted(names) == sorted(set(names)), "bounded in two places"


def test_the_oldest_versions_are_those_that_are_allowed():
    """What the weekly run installs: the lower bound of each requirement."""
    program = [sys.executable, str(ROOT / ".ci" / "oldest.py")]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    pins = dict(
        re.match(r"([\w-]+)==([\w.]+)", line).groups()
        for line in done.stdout.splitlines()
    )
    text = (ROOT / "requirements.txt").read_text("utf-8")
    text += (ROOT / "pyproject.toml").read_text("utf-8")
    assert {"numpy", "torch", "keras", "pandas", "nbgrader"} <= set(pins)
    for name, version in pins.items():
        assert re.search(rf"(?m)^\W*{name}(>=|==){re.escape(version)}\b", text), name


def test_readme_names_commands_that_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M))
    named = re.findall(
        r"`?\bmake ([a-z]+)`?", (ROOT / "README.md").read_text(encoding="utf-8")
    )
    assert {"book", "test", "lab", "run"} <= set(named) <= targets


def test_readme_links_and_pictures_exist():
    links = re.findall(
        r"\]\((?!https?:|#)([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8")
    )
    assert links and [link for link in links if not (ROOT / link).exists()] == []


def test_make_explains_itself():
    """``make`` alone lists every target with what it does."""
    try:
        done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("needs make")
    targets = re.findall(
        r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M
    )
    assert done.returncode == 0
    assert len(targets) >= 7
    assert [t for t in targets if not re.search(rf"make {t}\s", done.stdout)] == []


def test_make_refuses_an_unsupported_python(tmp_path):
    old = tmp_path / "python"
    old.write_text('#!/bin/sh\ncase "$*" in *print*) echo 3.9;; esac\nexit 1\n')
    old.chmod(0o755)
    command = ["make", "book", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except (FileNotFoundError, OSError):
        pytest.skip("needs make")
    assert done.returncode != 0
    assert "Python 3.11, 3.12 or 3.13" in done.stderr
    assert not (tmp_path / "venv").exists()


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_workflow_is_yaml_with_jobs_that_run(path):
    flow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert flow["name"] and flow[True]  # YAML reads the key `on` as true
    for job in flow["jobs"].values():
        assert job["runs-on"]
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])


def test_a_taken_notebook_installs_the_package(tmp_path, monkeypatch):
    """The cell for Colab: in front, once, with the address that was given."""
    import bookpages

    path = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(), path)
    bookpages.add_install_cell(path, "someone/rnnbook", "main")
    bookpages.add_install_cell(path, "someone/rnnbook", "main")
    (cell,) = nbformat.read(path, as_version=4).cells
    assert "git+https://github.com/someone/rnnbook@main" in cell.source
    monkeypatch.setenv("RNNBOOK_REPOSITORY", "https://example.org/x")
    with pytest.raises(ValueError, match="owner/name"):
        bookpages.repository()
    monkeypatch.delenv("RNNBOOK_REPOSITORY")
    assert bookpages.repository() is None


def test_mathjax_comes_with_the_requirements():
    assert find_spec("sphinx-mathjax-offline") is not None
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


# ---- diagrams


def diagrams() -> dict[str, str]:
    code = "import json, draw; print(json.dumps(draw.drawings()))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT / "site" / "diagrams",
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_diagrams_are_those_that_their_program_draws():
    stored = {
        path.name: path.read_text(encoding="utf-8")
        for path in (ROOT / "chapters" / "diagrams").glob("*.svg")
    }
    assert stored == diagrams()


def test_each_diagram_is_shown_with_a_caption_and_says_what_it_shows():
    used = []
    for path in (ROOT / "chapters").glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        text = "\n\n".join(c.source for c in cells if c.cell_type == "markdown")
        found = re.findall(r"!\[[^]]+\]\(diagrams/([\w-]+\.svg)\)", text)
        captions = re.findall(r"\(diagrams/[\w-]+\.svg\)\n\n\*[^\n]+\*\n", text + "\n")
        assert len(found) == len(captions), path.name
        used += found
    drawn = diagrams()
    assert sorted(used) == sorted(drawn)
    for name, text in drawn.items():
        said = re.search(r"<desc>(.*?)</desc>", text, re.S)[1]
        assert 25 <= len(said.split()) <= 90, name
