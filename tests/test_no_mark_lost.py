"""No mark is lost: tables, batches, resubmissions, rubrics, deadlines, platforms.

One small class is graded once; each test goes on from a copy of it.
"""

import csv
import json
import os
import re
import shutil
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("nbgrader", reason="needs nbgrader: pip install -e .[teach]")
if sys.platform == "win32":
    pytest.skip("assignments are graded on Linux and macOS", allow_module_level=True)

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "assignments"))

import build  # noqa: E402  (assignments/ is no package)
import course  # noqa: E402
import grade  # noqa: E402
import handed_in  # noqa: E402
import sandbox  # noqa: E402
from nbgrader.api import Gradebook  # noqa: E402

from rnnbook.questions import drawn  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

NONE = sandbox.Isolation("none", "")
FULL = 84.0


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    path = grade.release("lstm", tmp_path_factory.mktemp("course"))
    return nbformat.read(path, as_version=4)


@pytest.fixture(scope="module")
def first(released, tmp_path_factory) -> Path:
    """A folder with ``in``, and ``out`` in which ada's answers have 8 and 5 points."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "in").mkdir()
    put(folder, "ada", build.answered("lstm", released))
    put(folder, "bob", build.answered("lstm", released, "f * c +", "c +"))
    run(folder)
    mark(folder, ("ada", "why", "8", "well said"), ("ada", "reading", "5", ""))
    rows = run(folder)
    assert (rows["ada"].total, rows["ada"].to_mark) == (FULL + 13, [])
    assert rows["bob"].to_mark == ["why", "reading"]
    return folder


@pytest.fixture
def folder(first, tmp_path) -> Path:
    shutil.copytree(first, tmp_path / "class")
    return tmp_path / "class"


def put(folder: Path, student: str, nb) -> Path:
    path = folder / "in" / f"{student}.ipynb"
    nbformat.write(nb, path)
    return path


def run(folder: Path, handed: str = "in", **more) -> dict:
    done = grade.grade(
        "lstm", folder / handed, folder / "out", NONE, quiet=True, **more
    )
    assert_page_says_what_the_table_says(folder)
    return {row.student: row for row in done}


def table(folder: Path, name: str) -> list[dict]:
    with (folder / "out" / name).open(encoding="utf-8-sig", newline="") as f:
        return list(csv.DictReader(f))


def mark(folder: Path, *given, encoding="utf-8-sig", separator=","):
    """Fill in written.csv as a teacher does in a spreadsheet."""
    lines = table(folder, "written.csv")
    for student, task, points, comment in given:
        for line in lines:
            if (line["student"], line["task"]) == (student, task):
                line |= {"points": points, "comment": comment}
    path = folder / "out" / "written.csv"
    with path.open("w", encoding=encoding, newline="", errors="replace") as f:
        writer = csv.DictWriter(f, list(lines[0]), delimiter=separator)
        writer.writeheader()
        writer.writerows(lines)


def page(folder: Path, student: str) -> str:
    path = folder / "out" / "feedback" / student / "lstm" / "lstm.html"
    return path.read_text(encoding="utf-8")


def assert_page_says_what_the_table_says(folder: Path) -> None:
    for line in table(folder, "marks.csv"):
        if line["status"] == "missing":
            continue
        text = page(folder, line["student"])
        assert f"<strong>{float(line['total']):g} of 100 points</strong>" in text
        given = [float(v) for k, v in line.items() if k in TASKS and v]
        assert sum(given) == pytest.approx(float(line["total"]))
        assert text.count('<td class="n">not marked yet</td>') == int(line["to_mark"])


TASKS = (
    "numbers-test count-test step-test sequence-test backward-test through-time-test "
    "bias-test why reading"
).split()


def files(folder: Path) -> dict[str, bytes]:
    """What may not be touched: all but the lock and nbgrader's own files."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted((folder / "out").rglob("*"))
        if path.is_file() and path.suffix in (".csv", ".html", ".json", ".zip")
    }


# ---- the teacher's table


@pytest.mark.parametrize("separator", [";", "\t", ","])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_a_spreadsheet_of_another_country_is_read(folder, separator, encoding):
    before = (folder / "out" / "written.csv").read_bytes()
    words = "Schöner Satz; die Zahl 0,5 fehlt"
    mark(folder, ("bob", "why", "7,5", words), encoding=encoding, separator=separator)
    saved = (folder / "out" / "written.csv").read_bytes()
    rows = run(folder)
    assert rows["bob"].scores["why"] == 7.5 and rows["bob"].to_mark == ["reading"]
    assert rows["ada"].total == FULL + 13
    assert words in page(folder, "bob")
    kept = [p.read_bytes() for p in (folder / "out").glob("written.csv.*")]
    assert saved in kept and before != saved


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda text: text.replace("points", "Punkte", 1), "points"),
        (lambda text: text.replace(",8,10,", ",viele,10,", 1), "viele"),
        (lambda text: text.replace(",8,10,", ",11,10,", 1), "11"),
        (lambda text: text.replace(",8,10,", ",-1,10,", 1), "-1"),
        (lambda text: text.replace(",8,10,", ",nan,10,", 1), "nan"),
        (lambda text: "", "written.csv"),
    ],
)
def test_a_table_that_cannot_be_understood_changes_nothing(folder, change, says):
    path = folder / "out" / "written.csv"
    text = path.read_bytes().decode("utf-8-sig")
    changed = change(text)
    assert changed != text
    path.write_text(changed, encoding="utf-8-sig", newline="")
    before = files(folder)
    with pytest.raises(ValueError, match=re.escape(says)) as error:
        run(folder)
    assert "written.csv" in str(error.value)
    assert files(folder) == before


def test_an_emptied_cell_takes_the_points_back(folder):
    mark(folder, ("ada", "why", "", "well said"))
    rows = run(folder)
    assert (rows["ada"].total, rows["ada"].to_mark) == (FULL + 5, ["why"])
    mark(folder, ("ada", "why", "8", "well said"))
    assert run(folder)["ada"].total == FULL + 13


def test_a_table_without_rows_takes_no_points(folder):
    path = folder / "out" / "written.csv"
    lines = path.read_bytes().split(b"\r\n")
    path.write_bytes(lines[0] + b"\r\n")
    assert run(folder)["ada"].total == FULL + 13
    path.unlink()
    assert run(folder)["ada"].total == FULL + 13
    assert {line["student"] for line in table(folder, "written.csv")} == {"ada", "bob"}


def test_marks_from_a_marking_page_are_taken_from_its_file(folder):
    lines = [one for one in table(folder, "written.csv") if one["student"] == "bob"]
    path = folder / "saved.csv"
    with path.open("w", newline="") as f:
        columns = ["task", "student", "points", "comment", "key"]
        writer = csv.DictWriter(f, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows([one | {"points": "3", "comment": "ok"} for one in lines])
    rows = run(folder, marks=[path])
    assert (rows["bob"].scores["why"], rows["bob"].to_mark) == (3, [])
    assert run(folder)["bob"].scores["why"] == 3


# ---- other batches, other assignments


def test_a_late_batch_adds_to_the_class(folder, released):
    (folder / "late").mkdir()
    nbformat.write(released, folder / "late" / "di.ipynb")
    rows = run(folder, "late")
    assert set(rows) == {"ada", "bob", "di"} and rows["ada"].total == FULL + 13
    assert [line["student"] for line in table(folder, "marks.csv")] == list(rows)
    assert {line["student"] for line in table(folder, "written.csv")} == {"ada", "bob"}
    names = {p.name for p in (folder / "out" / "give_back").iterdir()}
    assert names == {f"lstm {student}.html" for student in rows}


def test_another_assignment_is_refused_and_touches_nothing(folder):
    before = files(folder)
    with pytest.raises(ValueError, match="holds the assignment `lstm`.* for `bptt`"):
        grade.grade("bptt", folder / "in", folder / "out", NONE, quiet=True)
    assert files(folder) == before


def test_marks_of_another_assignment_are_refused(folder, tmp_path):
    lines = table(folder, "written.csv")
    other = tmp_path / "written.csv"
    with other.open("w", newline="") as f:
        writer = csv.DictWriter(f, list(lines[0]))
        writer.writeheader()
        writer.writerows([one | {"assignment": "bptt", "points": "1"} for one in lines])
    with pytest.raises(ValueError, match="bptt"):
        run(folder, marks=[other])
    assert run(folder)["ada"].total == FULL + 13


# ---- handed in anew, graded anew


def test_the_same_answer_keeps_its_mark_and_another_one_opens_it(folder, released):
    nb = build.answered("lstm", released)
    nb.cells[0].source += "\n"  # another file, the same answers
    put(folder, "ada", nb)
    rows = run(folder)
    assert (rows["ada"].total, rows["ada"].to_mark) == (FULL + 13, [])
    for cell in nb.cells:
        if course.task_of(cell) == "why":
            cell.source = "Something else altogether."
    put(folder, "ada", nb)
    rows = run(folder)
    assert (rows["ada"].total, rows["ada"].to_mark) == (FULL + 5, ["why"])
    (line,) = (
        one
        for one in table(folder, "written.csv")
        if (one["student"], one["task"]) == ("ada", "why")
    )
    assert line["points"] == "" and line["answer"] == "Something else altogether."
    assert "8 of 10" in line["before"] and "well said" in line["before"]
    assert "well said" not in page(folder, "ada")
    mark(folder, ("ada", "why", "8", "well said"))  # the same points, confirmed
    rows = run(folder)
    assert (rows["ada"].total, rows["ada"].to_mark) == (FULL + 13, [])


def test_graded_again_every_mark_stays(folder):
    before = files(folder)
    rows = run(folder, again=True)
    assert (rows["ada"].total, rows["ada"].to_mark) == (FULL + 13, [])
    after = files(folder)
    same = [name for name in before if "feedback" in name or "written" in name]
    assert {name: after[name] for name in same} == {name: before[name] for name in same}


def _source(folder, monkeypatch, change) -> None:
    """Let the source of the assignment be another one."""
    nb = nbformat.read(course.source("lstm"), as_version=4)
    change(nb)
    path = folder / "lstm.ipynb"
    nbformat.write(nb, path)
    monkeypatch.setattr(course, "source", lambda name: path)


def test_another_sentence_in_the_assignment_opens_no_answer(folder, monkeypatch):
    def change(nb):
        nb.cells[0].source += "\n\nOne more sentence."

    _source(folder, monkeypatch, change)
    rows = run(folder)
    assert (rows["ada"].total, rows["ada"].to_mark) == (FULL + 13, [])


def test_one_task_more_is_refused_in_a_sentence(folder, monkeypatch):
    def change(nb):
        nb.cells.append(nbformat.from_dict(nb.cells[-1]))
        nb.cells[-1]["id"] = "another"
        nb.cells[-1].metadata.nbgrader["grade_id"] = "another"

    _source(folder, monkeypatch, change)
    with pytest.raises(ValueError, match="tasks of `lstm` have changed") as error:
        run(folder)
    assert len(str(error.value)) < 400 and "Traceback" not in str(error.value)


def test_what_was_stopped_is_run_again_when_it_may_use_more(folder, released):
    nb = build.answered("lstm", released)
    computes = "import time\nend = time.process_time() + 1.5\n"
    computes += "while time.process_time() < end:\n    pass"
    nb.cells.insert(3, nbformat.v4.new_code_cell(computes))
    put(folder, "eve", nb)
    little = sandbox.Limits(cell_seconds=0.5, seconds=60)
    rows = run(folder, limits=little)
    assert any("did not end" in note for note in rows["eve"].notes)
    seconds = rows["eve"].seconds
    assert run(folder, limits=little)["eve"].seconds == seconds  # not again
    rows = run(folder, limits=sandbox.Limits(cell_seconds=120))
    assert rows["eve"].notes == [] and rows["eve"].total == FULL


# ---- formgrader


def by_formgrader(folder: Path, task: str, points: float, comment: str = "") -> None:
    url = f"sqlite:///{folder / 'out' / 'gradebook.db'}"
    with Gradebook(url, "rnnbook") as gb:
        one = gb.find_grade(task, "lstm", "lstm", "bob")
        one.manual_score, one.needs_manual_grade = points, False
        if comment:
            found = gb.find_comment(task, "lstm", "lstm", "bob")
            found.manual_comment = comment
        gb.db.commit()


def test_points_from_formgrader_are_taken_over(folder):
    by_formgrader(folder, "why", 6, "from formgrader")
    rows = run(folder)
    assert rows["bob"].scores["why"] == 6 and rows["bob"].to_mark == ["reading"]
    assert "from formgrader" in page(folder, "bob")
    (line,) = (
        one
        for one in table(folder, "written.csv")
        if (one["student"], one["task"]) == ("bob", "why")
    )
    assert (line["points"], line["comment"]) == ("6", "from formgrader")
    mark(folder, ("bob", "why", "7", "from formgrader"))
    assert run(folder)["bob"].scores["why"] == 7


def test_formgraders_points_for_code_belong_to_that_code(folder, released):
    by_formgrader(folder, "step-test", 19)
    assert run(folder)["bob"].scores["step-test"] == 19
    rows = run(folder, again=True)
    assert (
        rows["bob"].scores["step-test"] == 19 and "step-test" not in rows["bob"].to_mark
    )
    put(folder, "bob", build.answered("lstm", released))
    rows = run(folder)
    assert rows["bob"].scores["step-test"] == 20
    assert any("19 points were given by hand" in note for note in rows["bob"].notes)


# ---- deadlines


def test_a_deadline_given_later_or_moved_counts(folder):
    path = folder / "in" / "ada.ipynb"
    due = datetime(2026, 11, 1, tzinfo=UTC)
    os.utime(path, (due.timestamp() + 2 * 3600,) * 2)
    assert run(folder)["ada"].late_hours == 0
    assert run(folder, due=due)["ada"].late_hours == 2
    assert run(folder, due=due + timedelta(hours=1))["ada"].late_hours == 1
    (folder / "roster.csv").write_text(
        "id,name,due\nada,Ada L.,2026-11-01T05:00Z\nbob,B\n"
    )
    roster = handed_in.read_roster(folder / "roster.csv")
    assert run(folder, due=due, roster=roster)["ada"].late_hours == 0
    assert run(folder)["ada"].late_hours == 0


# ---- the class and its platforms

MOODLE = (
    "Identifier,Full name,ID number,Status,Grade,Maximum Grade,Last modified (grade)\n"
    "Participant 5,Ada Lovelace,ada,Submitted,,100.00,-\n"
    "Participant 6,Bob Byte,bob,Submitted,,100.00,-\n"
    "Participant 7,Cy Young,cy,No submission,,100.00,-\n"
)
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,lstm (771)\n"
    "    Points Possible,,,,,100\n"
    '"Lovelace, Ada",4711,u1,ada,A,\n"Byte, Bob",4712,u2,bob,A,\n'
    '"Young, Cy",4713,u3,cy,A,\n'
)


@pytest.mark.parametrize("text, column", [(MOODLE, "Grade"), (CANVAS, "lstm (771)")])
def test_a_platforms_table_goes_back_with_the_points(folder, text, column):
    (folder / "roster.csv").write_text(text)
    roster = handed_in.read_roster(folder / "roster.csv")
    rows = run(folder, roster=roster)
    assert (rows["cy"].status, rows["cy"].notes) == (
        "missing",
        ["nothing was handed in"],
    )
    assert rows["ada"].name == "Ada Lovelace"
    assert "Ada Lovelace (ada)" in page(folder, "ada")
    found = table(folder, f"{roster.kind}.csv")
    was = list(csv.DictReader(text.splitlines()))
    assert len(found) == len(was) and list(found[0]) == list(was[0])
    changed = {
        k: (line[column], old[column])
        for k, (line, old) in enumerate(zip(found, was, strict=True))
        if line != old
    }
    first = len(was) - 3
    bob = f"{rows['bob'].total:g}"
    assert changed == {first: ("97", ""), first + 1: (bob, "")}
    assert {line["student"] for line in table(folder, "marks.csv")} == {
        "ada",
        "bob",
        "cy",
    }


def test_who_typed_another_id_is_named(tmp_path, released, capsys):
    """A perfect notebook under a platform's name: the roster finds whose it is."""
    (tmp_path / "in").mkdir()
    nb = build.answered("lstm", released)
    names = ("lstm.parameters", "lstm.step", "lstm.half_life")
    for cell in nb.cells:
        cell.source = cell.source.replace('STUDENT = "your id"', 'STUDENT = "ada"')
        if course.task_of(cell) == "numbers":
            cell.source = (
                f"answer = { {name: drawn(name, 'ada').answer for name in names} }"
            )
    put(tmp_path, "lovelaceada_LATE_12345_67890_lstm-1", nb)
    rows = run(tmp_path)
    (row,) = rows.values()
    assert row.total < FULL and "typed `ada`, graded as `lovelaceada" in row.notes[0]
    grade._summary(list(rows.values()), tmp_path / "out")
    assert "typed another id: ada" in capsys.readouterr().out
    (tmp_path / "roster.csv").write_text("id,name\nada,Ada Lovelace\nbob,Bob\n")
    shutil.rmtree(tmp_path / "out")
    rows = run(tmp_path, roster=handed_in.read_roster(tmp_path / "roster.csv"))
    assert (rows["ada"].total, rows["ada"].notes) == (FULL, [])
    assert rows["bob"].status == "missing"


def test_an_edited_table_of_marks_is_kept_beside(folder):
    path = folder / "out" / "marks.csv"
    path.write_text(path.read_text() + "my,own,line\n")
    run(folder)
    assert "my,own,line" in (folder / "out" / "marks.csv.1").read_text()
    run(folder, again=True)
    assert not (folder / "out" / "marks.csv.2").exists()  # our own are not copied


def test_a_table_goes_back_as_it_came(folder):
    """Separator, blank cells, leading zeros and the columns of a Moodle in German."""
    head = 'ID;"Vollständiger Name";E-Mail-Adresse;Bewertung;Bestwertung;Feedback\n'
    lines = (
        "Teilnehmer/in12;Ada;ada@example.org;;100,00;007\n"
        "Teilnehmer/in13;Cy;cy@example.org;12;100,00;=A1\n"
    )
    path = folder / "in" / "roster.csv"  # and it is no submission
    path.write_text(head + lines, encoding="utf-8-sig")
    rows = run(folder, roster=handed_in.read_roster(path))
    assert "roster" not in rows
    back = (folder / "out" / "moodle.csv").read_text(encoding="utf-8-sig")
    filled = head.replace('"', "") + lines.replace("org;;", "org;97;")
    assert back.splitlines() == filled.splitlines()


def test_a_roster_given_later_doubles_nobody_and_moodle_finds_the_pages(
    folder, released
):
    name = f"{'Maximiliane Alexandra ' * 3}Ŀl·a_1234567_assignsubmission_file_"
    (folder / "in" / name).mkdir()
    empty = nbformat.v4.new_notebook()
    nbformat.write(empty, folder / "in" / name / "lstm.ipynb")
    assert len(run(folder)) == 3
    path = folder / "roster.csv"
    path.write_text(
        "Identifier,Full name,ID number,Grade\nParticipant 1234567,,max,\n"
        "Participant 2,A,ada,\nParticipant 3,B,bob,\n",
        encoding="utf-8",
    )
    assert set(run(folder, roster=handed_in.read_roster(path))) == {"ada", "bob", "max"}
    with zipfile.ZipFile(folder / "out" / "give_back.zip") as archive:
        assert f"{name}/lstm.html" in archive.namelist()


@pytest.mark.parametrize(
    "handed, out", [("in", "in"), ("out/submitted", "out"), ("in", "in/ada/out")]
)
def test_what_was_handed_in_is_not_written_over(folder, handed, out):
    before = files(folder)
    with pytest.raises(ValueError, match="a folder apart from SUBMISSIONS"):
        grade.grade("lstm", folder / handed, folder / out, NONE, quiet=True)
    assert files(folder) == before and not (folder / "in" / "state").exists()


def test_a_notebook_that_was_taken_away_is_run_again(folder):
    shutil.rmtree(folder / "out" / "autograded" / "bob")
    assert run(folder)["bob"].status == "graded"
    assert (folder / "out" / "autograded" / "bob" / "lstm" / "lstm.ipynb").exists()


def test_a_cell_that_stands_there_twice_is_noted(released):
    nb = nbformat.from_dict(released)
    why = next(c for c in nb.cells if course.task_of(c) == "why")
    nb.cells.append(nbformat.from_dict(why))
    assert course.restore(nb, released) == [
        "cell `why` stands there again; the first one counts"
    ]


@pytest.mark.parametrize("option", [("--due", "soon"), ("--jobs", "0")])
def test_an_option_that_is_none_says_what_is_expected(tmp_path, capsys, option):
    with pytest.raises(SystemExit):
        grade.main(["lstm", str(tmp_path), "--out", str(tmp_path / "o"), *option])
    assert "expected a" in capsys.readouterr().err


def test_moved_cells_are_noted(released):
    nb = build.answered("lstm", released)
    at = {course.task_of(cell): k for k, cell in enumerate(nb.cells)}
    a, b = at["step"], at["backward"]
    nb.cells[a], nb.cells[b] = nb.cells[b], nb.cells[a]
    (note,) = course.restore(nb, released)
    assert note == "cells were moved: `backward` stands before `step-test`"
    assert json.loads(nbformat.writes(nb))
