"""The teacher's page says what the chapters and the assignments say of themselves."""

import re
import sys
from pathlib import Path

import nbformat
import pytest
from test_notebooks import BACK_MATTER, CHAPTERS, exercises, prose

from rnnbook.questions import QUESTIONS, drawn

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "chapters" / "93-teaching.md").read_text("utf-8")
LESSONS = [path for path in CHAPTERS if path not in BACK_MATTER]
ASSIGNMENTS = {
    path.stem: nbformat.read(path, as_version=4)
    for path in (ROOT / "assignments").glob("*/*.ipynb")
    if path.stem == path.parent.name
}


def section(title: str) -> str:
    """The text under a heading of the second level."""
    return re.split(r"(?m)^## ", PAGE.split(f"\n## {title}\n")[1])[0]


def rows(text: str) -> dict[str, list[str]]:
    """The rows of the tables in a text, by what their first cell names."""
    cells = (
        line.strip("|").split("|") for line in text.splitlines() if line[:1] == "|"
    )
    named = ((re.search(r"`([\w-]+)`", row[0]), row) for row in cells)
    return {name[1]: [c.strip() for c in row[1:]] for name, row in named if name}


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_minutes_are_those_of_the_chapter(path):
    nb = nbformat.read(path, as_version=4)
    said = re.search(r"About (an hour|\d+ minutes) to read", prose(nb))[1]
    reading = 60 if said == "an hour" else int(said.split()[0])
    stars = sum(title.count("★") for _, title, _ in exercises(nb))
    found = rows(section("How long it takes"))[path.stem]
    assert found == [str(reading), str(10 * stars)]


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_points_and_minutes_are_those_of_the_assignment(name):
    nb = ASSIGNMENTS[name]
    minutes = re.search(r"Plan (\d+) minutes", nb.cells[0].source)[1]
    points = {"code": 0, "markdown": 0}
    for cell in nb.cells:
        points[cell.cell_type] += cell.metadata.get("nbgrader", {}).get("points", 0)
    found = rows(section("How long it takes"))[name]
    assert found == [minutes, str(points["code"]), str(points["markdown"])]


def test_every_chapter_and_every_assignment_has_its_place():
    outcomes = rows(section("What each chapter is for"))
    assert {path.stem for path in LESSONS} <= set(outcomes)
    assigned = {row[-1].strip("`") for row in outcomes.values()} - {""}
    assert assigned == set(ASSIGNMENTS)
    homework = set(re.findall(r"assignment `(\w+)`", section("Three syllabi")))
    assert homework == set(ASSIGNMENTS)


def test_exercises_and_questions_that_are_named_exist():
    titles = set()
    for path in CHAPTERS:
        for _, title, _ in exercises(nbformat.read(path, as_version=4)):
            titles.add(re.sub(r"\s*★.*", "", title))
    for line in re.findall(r"exercises? (\*[^|\n]+\*)", PAGE):
        assert set(re.findall(r"\*([^*]+)\*", line)) <= titles
    asked = re.findall(r'`ask\("(\w+\.\w+)"', PAGE)
    assert len(asked) >= 10 and set(asked) <= set(QUESTIONS)
    assert all(drawn(name, "Ada").wrong for name in asked)  # it reveals something


def test_commands_name_files_that_exist():
    for path in re.findall(r"python (?:/srv/rnnbook/)?(\S+\.py)", PAGE):
        assert (ROOT / path).is_file(), path
    sys.path.insert(0, str(ROOT / "assignments"))
    import exam

    for option in re.findall(r"(?<=[ `])--[a-z]+\b", section("An exam")):
        assert option in Path(exam.__file__).read_text("utf-8"), option


def test_what_the_grader_advises_stands_in_the_readme():
    pytest.importorskip("nbgrader", reason="needs nbgrader: pip install -e .[teach]")
    sys.path.insert(0, str(ROOT / "assignments"))
    import grade
    import sandbox

    text = (ROOT / "assignments" / "README.md").read_text("utf-8")
    for line in (sandbox.UBUNTU, sandbox.CONTAINER, sandbox.IN_CONTAINER):
        assert line in text
    options = set(re.findall(r"(?<=[ `(])--[a-z]+(?:-[a-z]+)*\b", text))
    known = Path(grade.__file__).read_text("utf-8")
    theirs = {"--install", "--rm", "--privileged"}
    for option in options - theirs:
        assert option in known or option[2:].replace("-", "_") in known, option
