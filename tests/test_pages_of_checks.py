"""One module a page, named after it, for checks, questions and the exam bank."""

import ast
import json
import os
import pkgutil
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rnnbook import checks, questions
from rnnbook.checks import CHECKS, catalogue
from rnnbook.checks.catalogue import PAGES
from rnnbook.pages import page_of
from rnnbook.questions import QUESTIONS

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "assignments"))

import bank  # noqa: E402
import exam_bank  # noqa: E402
from exam_bank import BANK  # noqa: E402

CHAPTERS = {path.stem: path for path in (ROOT / "chapters").glob("[0-9]*.*")}
ASSIGNMENTS = {
    path.stem: path
    for path in (ROOT / "assignments").glob("*/*.ipynb")
    if path.stem == path.parent.name
}
# What holds the modules, and where they enter what they have.
KINDS = {
    "checks": (checks.pages, catalogue, "CHECKS"),
    "questions": (questions.pages, questions, "QUESTIONS"),
    "bank": (bank, exam_bank, "BANK"),
}


def modules(package) -> list[str]:
    return [one.name for one in pkgutil.iter_modules(package.__path__)]


def of_pages(package) -> list[str]:
    return [name for name in modules(package) if not name.startswith("_")]


def entered(kind: str, module: str, monkeypatch) -> dict:
    """What a module enters, by itself."""
    package, engine, table = KINDS[kind]
    monkeypatch.setattr(engine, table, {})
    runpy.run_path(str(Path(package.__path__[0], f"{module}.py")))
    found = getattr(engine, table)
    monkeypatch.undo()
    return found


def code(page: str) -> str:
    """The code of a page's notebook; nothing where there is none."""
    path = ASSIGNMENTS.get(page) or CHAPTERS.get(page)
    if path is None or path.suffix != ".ipynb":
        return ""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")


def asks_for(page: str, name: str) -> bool:
    call = rf'\bcheck(?:_packed)?\(\s*"{re.escape(name)}"'
    return re.search(call, code(page)) is not None


EACH = [(kind, name) for kind, (of, *_) in KINDS.items() for name in of_pages(of)]


@pytest.mark.parametrize(("kind", "name"), EACH)
def test_a_module_is_named_after_a_chapter_or_an_assignment(kind, name):
    page = page_of(name)
    if kind == "checks" and page in ASSIGNMENTS:
        assert name == f"a_{page}"
    else:
        assert page in CHAPTERS or page in PAGES
        assert name == "c" + page.replace("-", "_")


@pytest.mark.parametrize("name", of_pages(checks.pages))
def test_a_page_asks_for_the_checks_of_its_module_or_teaches_them(name, monkeypatch):
    page, found = page_of(name), entered("checks", name, monkeypatch)
    assert found
    others = [n for n, one in found.items() if one.page != page]
    assert [n for n in others if not asks_for(page, n)] == []


@pytest.mark.parametrize("name", of_pages(questions.pages))
def test_questions_are_those_of_their_page(name, monkeypatch):
    found = entered("questions", name, monkeypatch)
    assert {page for _, page in found.values()} == {page_of(name)}


@pytest.mark.parametrize("name", of_pages(bank))
def test_questions_of_an_exam_are_those_of_their_page(name, monkeypatch):
    found = entered("bank", name, monkeypatch)
    assert {entry.page for entry in found.values()} == {page_of(name)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_entered_once_and_by_a_page(kind, monkeypatch):
    package, engine, table = KINDS[kind]
    names = {name: list(entered(kind, name, monkeypatch)) for name in modules(package)}
    everything = [one for found in names.values() for one in found]
    assert sorted(everything) == sorted(getattr(engine, table))
    assert not any(found for name, found in names.items() if name.startswith("_"))


def test_chapters_come_in_their_order_and_then_assignments():
    pages = [page for _, page in QUESTIONS.values()]
    assert pages == sorted(pages)
    own = [name in QUESTIONS for name in BANK]
    assert own == sorted(own, reverse=True)  # what an exam draws depends on it
    for part in (list(QUESTIONS), list(BANK)[len(QUESTIONS) :]):
        pages = [BANK[name].page for name in part]
        assert pages == sorted(pages)
    names = list(CHECKS)
    assert names.index("lstm.step") < names.index("gru.step") < names.index("bugs.fit")
    assert names.index("bugs.fit") < names.index("bptt.masked_loss")


def imported(path: Path) -> set[str]:
    """The modules that a file imports, or imports from."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found.add(node.module)
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
    return found


def test_an_engine_imports_nothing_from_a_page():
    files = [*(ROOT / "rnnbook" / "checks").glob("*.py")]
    files += [ROOT / "rnnbook" / "questions" / "__init__.py"]
    files += [ROOT / "assignments" / "exam_bank.py"]
    assert len(files) >= 8
    beginnings = tuple(f"{package.__name__}." for package, *_ in KINDS.values())
    for path in files:
        inside = [m for m in imported(path) if m.startswith(beginnings)]
        assert inside == [], path


NEW = {
    "rnnbook/checks/pages": """
        from rnnbook.checks.catalogue import Case, Check, enter, mistake


        def warmer(a, b):
            return b - a


        enter(
            Check(
                "weather.warmer",
                "42-classic-experiments",
                warmer,
                "a, b",
                ("degrees",),
                lambda rng: [Case("two days", (3.0, 5.0))],
                (mistake("sign", "The days are exchanged.", "b - a", "a - b"),),
            )
        )
        """,
    "rnnbook/questions/pages": """
        from rnnbook.questions import Drawn, question


        @question("weather.mean", "42-classic-experiments")
        def _(rng):
            n = int(rng.integers(1, 99))
            return Drawn(f"Twice {n}?", 2 * n, [(n, "That is once.")])
        """,
    "bank": """
        from exam_bank import from_chapter

        from_chapter("weather.mean", 1, "double a number")
        """,
}
PROGRAM = """
from exam_bank import BANK, asked
from rnnbook.checks import CHECKS, check
from rnnbook.checks.catalogue import PAGES
from rnnbook.questions import drawn

assert "weather.warmer" in str(check())
assert check("weather.warmer", lambda a, b: b - a).passed
assert check("weather.warmer", lambda a, b: a - b).mistake == "sign"
assert "42-classic-experiments" in PAGES and drawn("weather.mean", "Ada").answer
assert asked("weather.mean", "Final", "Ada").answer and len(BANK) == {bank} + 1
assert len(CHECKS) == {checks} + 1
"""


def test_a_new_file_is_enough(tmp_path):
    """A chapter that is new adds its modules, and no line anywhere else."""
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in (ROOT / "rnnbook", ROOT / "assignments" / "bank"):
        shutil.copytree(folder, tmp_path / folder.name, ignore=ignored)
    shutil.copy(exam_bank.__file__, tmp_path)
    for folder, text in NEW.items():
        lines = text.replace("\n        ", "\n").lstrip("\n")
        (tmp_path / folder / "c43_another.py").write_text(lines)
    program = PROGRAM.format(bank=len(BANK), checks=len(CHECKS))
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=env,
    )
    assert run.returncode == 0, run.stderr


def test_a_test_of_its_own_goes_with_edits_too():
    assert (
        catalogue.mistake("a", "It is wrong.", "old", "new", holds=callable).holds
        is callable
    )
