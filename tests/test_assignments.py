"""Assignments end to end: built, handed in, graded by nbgrader, given back.

One run for each assignment grades the reference, the untouched release and all planted
mistakes (``assignments/NAME/planted.toml``); the tests then read its results. What a
hostile notebook may do is in ``test_assignments_hostile.py``.
"""

import csv
import html
import re
import shutil
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest

pytest.importorskip("nbgrader", reason="needs nbgrader: pip install -e .[teach]")
if sys.platform == "win32":
    pytest.skip("assignments are graded on Linux and macOS", allow_module_level=True)

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "assignments"))

import build  # noqa: E402  (assignments/ is no package)
import grade  # noqa: E402
import sandbox  # noqa: E402

from rnnbook.checks import CHECKS  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

LIMITS = sandbox.Limits(cell_seconds=60, seconds=300, memory_mb=4096)
NAMES = grade.names()
PLANTED = {
    name: tomllib.loads((grade.HERE / name / "planted.toml").read_text("utf-8"))[
        "planted"
    ]
    for name in NAMES
}
ALL = [(name, k) for name in NAMES for k in range(len(PLANTED[name]))]


def planted_id(value):
    if isinstance(value, tuple):
        one = PLANTED[value[0]][value[1]]
        return f"{value[0]}-{one['task']}-{one.get('mistake') or one['says'][:24]}"
    return None


class Graded(NamedTuple):
    rows: dict
    out: Path
    released: nbformat.NotebookNode


def rounds(name: str) -> list[list[dict]]:
    """Planted mistakes, at most one for each task in a submission."""
    found: list[list[dict]] = []
    for one in PLANTED[name]:
        for group in found:
            if one["task"] not in [other["task"] for other in group]:
                group.append(one)
                break
        else:
            found.append([one])
    return found


def student_of(name: str, one: dict) -> str:
    return f"round-{next(k for k, group in enumerate(rounds(name)) if one in group)}"


@pytest.fixture(scope="session")
def graded(tmp_path_factory):
    """``graded(name)``: the results of the one run for this assignment."""
    done: dict[str, Graded] = {}

    def run(name: str) -> Graded:
        if name in done:
            return done[name]
        folder = tmp_path_factory.mktemp(name)
        handed_in, out = folder / "in", folder / "out"
        handed_in.mkdir()
        released = nbformat.read(grade.release(name, folder / "course"), as_version=4)
        nbformat.write(released, handed_in / "release.ipynb")
        reference = build.answered(name, released)
        nbformat.write(reference, handed_in / "reference.ipynb")
        for k, group in enumerate(rounds(name)):
            changes = [text for one in group for text in one["change"]]
            nb = build.answered(name, released, *changes)
            nbformat.write(nb, handed_in / f"round-{k}.ipynb")
        isolation = sandbox.find()
        if isolation.kind == "none":  # it is our own code
            isolation = sandbox.Isolation("none", "")
        rows = grade.grade(name, handed_in, out, isolation, LIMITS, 2, quiet=True)
        done[name] = Graded({row.student: row for row in rows}, out, released)
        return done[name]

    return run


def page(graded: Graded, name: str, student: str) -> str:
    path = graded.out / "feedback" / student / name / f"{name}.html"
    return path.read_text(encoding="utf-8")


def words(text: str) -> str:
    """A text without tags, marks and blanks, to find a sentence wherever it stands."""
    return re.sub(r"\W+", "", html.unescape(re.sub(r"<[^>]*>", "", text)))


# ---- the source and what is built from it


def nbgrader(cell) -> dict:
    return cell.metadata.get("nbgrader", {})


@pytest.mark.parametrize("name", NAMES)
def test_source_follows_the_conventions(name):
    source = nbformat.read(grade.source(name), as_version=4)
    cells = [cell for cell in source.cells if nbgrader(cell)]
    assert sum(nbgrader(cell).get("points", 0) for cell in cells) == 100
    assert all(nbgrader(cell)["schema_version"] == 3 for cell in cells)
    written = [c for c in cells if nbgrader(c)["grade"] and c.cell_type == "markdown"]
    assert written and all("**Rubric.**" in cell.source for cell in written)
    minutes = re.search(r"\b(\d+) minutes", source.cells[0].source)
    assert minutes and 60 <= int(minutes[1]) <= 120
    assert not any(cell.get("outputs") for cell in source.cells)
    for cell in cells:
        if sandbox.is_test(cell):
            hidden = cell.source.split("### BEGIN HIDDEN TESTS")[1]
            points = re.search(r"\b(?:award|answers)\(\s*([\d.]+)", hidden)
            assert float(points[1]) == nbgrader(cell)["points"]
            assert "award(" not in hidden or re.search(r"seed=\d{3,}", hidden)


@pytest.mark.parametrize("name", NAMES)
def test_release_holds_no_solution_and_no_hidden_test(name, graded):
    released = graded(name).released
    text = nbformat.writes(released)
    assert not re.search(r"HIDDEN|SOLUTION|award\(|Rubric", text)
    assert not any(cell.get("outputs") for cell in released.cells)
    source = nbformat.read(grade.source(name), as_version=4)
    secret = re.compile(r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)### END", re.S)
    kept = {line.strip() for cell in released.cells for line in cell.source.split("\n")}
    for cell in source.cells:
        for region in secret.findall(cell.source):
            lines = {line.strip() for line in region.split("\n")}
            assert {line for line in lines & kept if len(line) > 15} == set()
    stubs = sum("NotImplementedError" in cell.source for cell in released.cells)
    assert stubs >= 4 and "YOUR ANSWER HERE" in text


def test_make_assignments_builds_all_three(tmp_path, capsys):
    assert build.main(["lstm", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "reference 84 of 84 (and 16 by hand); release 0" in said
    solution = nbformat.read(tmp_path / "solution" / "lstm.ipynb", as_version=4)
    assert "BEGIN SOLUTION" not in nbformat.writes(solution)
    assert all(c.outputs for c in solution.cells if sandbox.is_test(c))
    assert (tmp_path / "release" / "lstm.ipynb").exists()


def test_build_refuses_a_name_that_is_none(capsys):
    assert build.main(["lsmt"]) == 1
    assert "'lsmt'" in capsys.readouterr().err


# ---- marks


@pytest.mark.parametrize("name", NAMES)
def test_reference_gets_full_marks(name, graded):
    row = graded(name).rows["reference"]
    assert (row.status, row.notes) == ("graded", [])
    by_hand = sum(row.points[task] for task in row.to_mark)
    assert row.out_of == 100
    assert row.total == 100 - by_hand
    assert 5 <= by_hand <= 30


@pytest.mark.parametrize("name", NAMES)
def test_untouched_release_gets_nothing_and_does_not_crash(name, graded):
    row = graded(name).rows["release"]
    assert (row.status, row.notes) == ("graded", [])
    assert row.total == 0
    assert row.to_mark == []  # nothing was written, so nothing is to be read


@pytest.mark.parametrize("name", NAMES)
def test_every_test_cell_has_three_planted_mistakes(name, graded):
    released = graded(name).released
    tasks = [nbgrader(c)["grade_id"] for c in released.cells if sandbox.is_test(c)]
    planted = [one["task"] for one in PLANTED[name]]
    assert set(planted) == set(tasks)
    assert [task for task in tasks if planted.count(task) < 3] == []


@pytest.mark.parametrize("which", ALL, ids=planted_id)
def test_planted_mistake_costs_what_the_rubric_says(which, graded):
    name, one = which[0], PLANTED[which[0]][which[1]]
    row = graded(name).rows[student_of(name, one)]
    full = row.points[one["task"]]
    assert row.scores[one["task"]] == pytest.approx(full - one["lost"])
    wrong = {other["task"] for other in rounds(name)[int(row.student[6:])]}
    right = {task: row.points[task] for task in row.points if task not in wrong}
    got = {task: row.scores[task] for task in right if task not in row.to_mark}
    assert got == {task: n for task, n in right.items() if task not in row.to_mark}


@pytest.mark.parametrize("which", ALL, ids=planted_id)
def test_feedback_names_the_planted_mistake(which, graded):
    name, one = which[0], PLANTED[which[0]][which[1]]
    text = page(graded(name), name, student_of(name, one))
    if "says" in one:
        assert words(one["says"]) in words(text)
        return
    assert f"{one['mistake']} costs {one['lost']:g}" in text
    test = next(
        cell.source
        for cell in nbformat.read(grade.source(name), as_version=4).cells
        if nbgrader(cell).get("grade_id") == one["task"]
    )
    check = CHECKS[re.search(r'award\(\s*[\d.]+,\s*"([\w.]+)"', test)[1]]
    says = [m.says for m in check.mistakes if m.name == one["mistake"]]
    assert all(words(sentence) in words(text) for sentence in says)


# ---- the pages and tables


class _Hosts(HTMLParser):
    """What a page would ask for when it is opened."""

    ASKS = {"src", "srcset", "data", "poster", "background", "action"}

    def __init__(self):
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        for key, value in attrs:
            if key in self.ASKS or (tag == "link" and key == "href"):
                if re.match(r"\s*(https?:)?//", value or ""):
                    self.found.append(f"{tag} {key}={value}")


def hosts(text: str) -> list[str]:
    parser = _Hosts()
    parser.feed(text)
    styles = re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^)\"']*", text)
    return parser.found + styles


@pytest.mark.parametrize("name", NAMES)
def test_feedback_asks_no_other_host(name, graded):
    result = graded(name)
    for student in result.rows:
        assert hosts(page(result, name, student)) == []
        assert "HIDDEN" not in page(result, name, student)
        assert "<script" not in page(result, name, student)


def test_feedback_is_one_file_with_its_formulas(graded, browser, tmp_path):
    """Moved to another folder it opens whole, and every formula is drawn."""
    result = graded("lstm")
    path = tmp_path / "lstm reference.html"
    shutil.copy(result.out / "give_back" / path.name, path)
    asked, said, tab = [], [], browser.new_page()
    tab.on("console", lambda message: said.append(message.text))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(path.as_uri())
    assert tab.locator("math").count() > 5
    sizes = tab.evaluate(
        "[...document.querySelectorAll('math')].map(m => m.getBoundingClientRect())"
        ".map(box => [box.width, box.height])"
    )
    assert all(width > 3 and height > 3 for width, height in sizes)
    text = tab.inner_text("main")
    assert "Task 3: the step" in text and "reference" in text.split("Points")[0]
    assert "$" not in tab.inner_text("main").split("Task 8")[0].split("Task 3")[1]
    wide = tab.evaluate("document.documentElement.scrollWidth")
    tab.set_viewport_size({"width": 390, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") == 390 < wide
    tab.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert said == []


def marks(out: Path) -> dict[str, dict]:
    with (out / "marks.csv").open(encoding="utf-8-sig", newline="") as f:
        return {line["student"]: line for line in csv.DictReader(f)}


@pytest.mark.parametrize("name", NAMES)
def test_marks_have_one_row_a_student_with_each_task(name, graded):
    result = graded(name)
    table = marks(result.out)
    assert set(table) == set(result.rows)
    for student, row in result.rows.items():
        line = table[student]
        assert float(line["total"]) == row.total
        assert [t for t in row.points if line[t] == ""] == row.to_mark
        assert sum(float(line[t] or 0) for t in row.points) == pytest.approx(row.total)


def test_another_order_of_gates_is_not_chosen_by_the_student(graded, tmp_path):
    """The hidden tests draw the order from the id; a global of that name is nothing."""
    begins = "def lstm_step(x, state, params):"
    change = [begins, "ORDER = 'ifgo'  # as in the book\n\n\n" + begins]
    nb = build.answered("lstm", graded("lstm").released, *change)
    (tmp_path / "in").mkdir()
    nbformat.write(nb, tmp_path / "in" / "cy.ipynb")
    none = sandbox.Isolation("none", "")
    (row,) = grade.grade("lstm", tmp_path / "in", tmp_path / "out", none, quiet=True)
    assert row.scores["step-test"] == row.points["step-test"] - 6
    assert row.scores["backward-test"] == row.points["backward-test"] - 6
    assert row.scores["sequence-test"] == row.points["sequence-test"]


# ---- what is handed in


def test_pages_go_back_through_the_exchange_of_nbgrader(tmp_path):
    """What ``nbgrader release_feedback`` looks for lies beside each page."""
    handed_in, out = tmp_path / "submitted", tmp_path / "graded"
    (handed_in / "ada" / "lstm").mkdir(parents=True)
    (handed_in / "ada" / "lstm" / "lstm.ipynb").write_text("{}")  # a page all the same
    kept = {
        "timestamp.txt": "2026-11-21 10:53:43.000000 UTC",
        "submission_secret.txt": "1f9" * 20,
    }
    for name, text in kept.items():
        (handed_in / "ada" / "lstm" / name).write_text(text)
    (handed_in / "bob.ipynb").write_text("{}")  # came by another way
    none = sandbox.Isolation("none", "")
    grade.grade("lstm", handed_in, out, none, quiet=True, exchange=True)
    pages = out / "feedback" / "ada" / "lstm"
    assert {name: (pages / name).read_text() for name in kept} == kept
    assert (pages / "lstm.html").exists()
    assert [p.name for p in (out / "feedback" / "bob" / "lstm").iterdir()] == [
        "lstm.html"
    ]
