"""A row for everyone: names, platforms, links, damaged files, times."""

import json
import os
import sys
import time
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("nbgrader", reason="needs nbgrader: pip install -e .[teach]")
if sys.platform == "win32":
    pytest.skip("assignments are graded on Linux and macOS", allow_module_level=True)
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "assignments"))

import handed_in  # noqa: E402  (assignments/ is no package)
from handed_in import Unreadable, collect, parse, read, read_roster  # noqa: E402

EMPTY = '{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}'


def put(folder: Path, *names: str, text: str = EMPTY) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def by_id(found) -> dict:
    ids = [one.student for one in found]
    assert len(set(ids)) == len(ids)
    return {one.student: one for one in found}


def roster(folder: Path, text: str, name: str = "roster.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_roster(path)


# ---- a row for everything


def test_a_submission_is_a_file_or_a_folder(tmp_path):
    put(tmp_path, "ada.ipynb", "bob/lstm.ipynb", "cy/lstm/lstm.ipynb", "di/mine.ipynb")
    put(tmp_path, "eve/lstm.ipynb", "eve/old.ipynb", "EWA.IPYNB")
    found = by_id(collect(tmp_path, "lstm"))
    assert list(found) == ["EWA", "ada", "bob", "cy", "di", "eve"]
    assert all(one.path.is_file() and not one.problem for one in found.values())
    assert found["eve"].path.name == "lstm.ipynb"


@pytest.mark.parametrize(
    "name, student, says",
    [
        ("ada.zip", "ada", "unpack it"),
        ("ada.tar.gz", "ada", "unpack it"),
        ("ada.ipynb.txt", "ada", "let it end in .ipynb"),
        ("ada.ipynb.json", "ada", "let it end in .ipynb"),
        ("ada.py", "ada", "ask for the file that ends in .ipynb"),
        ("ada", "ada", "ask for the file that ends in .ipynb"),
        (".ada.ipynb", "ada", "dot from the beginning"),
        ("list.txt", "list", "not a notebook: list.txt"),
        ("..%2f..%2fetc.ipynb", "_2f.._2fetc", "dot from the beginning"),
        (
            "<img src=x onerror=alert(1)>.ipynb",
            "_img src_x onerror_alert(1)_",
            "rename",
        ),
        ("\x1b[31mred.ipynb", "red", "rename it"),
        ("=SUM(A1).ipynb", "_SUM(A1)", "no '='"),
        ("a\\b.ipynb", "a_b", "no '\\\\'"),
        ("a:b.ipynb", "a_b", "no ':'"),
        ("a\u202eb.ipynb", "ab", "rename it"),
        ("x" * 140 + ".ipynb", "x" * 60, "at most 120 bytes"),
        ("ada .ipynb", "ada", "begins nor ends"),
        (" ada.ipynb", "ada", "begins nor ends"),
    ],
)
def test_what_cannot_be_graded_has_a_row_that_says_what_to_do(
    tmp_path, name, student, says
):
    put(tmp_path, name)
    (one,) = collect(tmp_path, "lstm")
    assert one.student == student and says in one.problem


def test_folders_without_a_notebook_or_with_several(tmp_path):
    put(tmp_path, "two/a.ipynb", "two/b.ipynb", "none/readme.txt")
    (tmp_path / "empty").mkdir()
    put(tmp_path, "saved/mine.ipynb", "saved/.ipynb_checkpoints/mine-1.ipynb")
    found = by_id(collect(tmp_path, "lstm"))
    assert "several notebooks were handed in (a.ipynb, b.ipynb)" in found["two"].problem
    assert "no notebook was handed in" in found["empty"].problem
    assert "no notebook was handed in" in found["none"].problem
    assert not found["saved"].problem


def test_litter_and_the_teachers_own_files_have_no_row(tmp_path):
    put(tmp_path, "ada.ipynb", ".DS_Store", "Thumbs.db", "__MACOSX/x", "roster.csv")
    put(tmp_path, "graded/marks.csv")
    own = [tmp_path / "roster.csv", tmp_path / "graded"]
    assert [one.student for one in collect(tmp_path, "lstm", but=own)] == ["ada"]


def test_no_file_name_stops_the_class(tmp_path):
    put(tmp_path, "ada.ipynb", "mathjax.js.ipynb", "marks.csv.ipynb", "CON.ipynb")
    put(tmp_path, "by_hand.ipynb", "state.ipynb", "%s%n.ipynb", "a'b.ipynb")
    windows = os.fsencode(tmp_path) + b"/Andr\xe9.ipynb"  # as unzip makes it
    with open(windows, "w") as f:
        f.write(EMPTY)
    found = by_id(collect(tmp_path, "lstm"))
    assert len(found) == 9
    assert read(found["André"].path) == EMPTY.encode()
    assert "no '%'" in found["_s_n"].problem


def test_names_in_any_script_are_ids(tmp_path):
    names = ["Zoë O'Ω", "李雷", "हिन्दी", "محمد", "Łukasz (2)", "d’Arc, J. @ x+y-z_1"]
    put(tmp_path, *(f"{name}.ipynb" for name in names))
    found = by_id(collect(tmp_path, "lstm"))
    assert set(found) == set(names)
    assert [one.problem for one in found.values()] == [""] * len(names)


def test_one_name_in_two_spellings_is_one_student(tmp_path):
    apart = unicodedata.normalize("NFD", "José")
    put(tmp_path, f"{apart}.ipynb", "Ada.ipynb", text='{"cells": [1]}')
    put(tmp_path, "ada.ipynb", "bob.ipynb", "bob/lstm.ipynb")
    put(tmp_path, "cy.ipynb", "cy.zip")
    found = by_id(collect(tmp_path, "lstm"))
    assert unicodedata.is_normalized("NFC", min(s for s in found if s[0] == "J"))
    assert set(found) == {"José", "Ada", "bob", "cy"}
    assert "`Ada.ipynb`, `ada.ipynb`; keep one" in found["Ada"].problem
    assert not found["bob"].problem and "the same each time" in found["bob"].notes[0]
    assert not found["cy"].problem and "also handed in: cy.zip" in found["cy"].notes[0]


def test_a_folder_with_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no notebook and no folder"):
        collect(tmp_path, "lstm")
    with pytest.raises(ValueError, match="expected a folder"):
        collect(tmp_path / "nowhere", "lstm")


def test_names_that_are_none_are_not_taken_for_one(tmp_path):
    """Nobody vanishes because another odd name reads the same with its signs gone."""
    put(tmp_path, "<a>.ipynb", "{a}.ipynb", "_a_.ipynb", "x" * 140 + "1.ipynb")
    put(tmp_path, "x" * 140 + "2.ipynb", " ada.ipynb", "ada.ipynb")
    found = by_id(collect(tmp_path, "lstm"))
    assert len(found) == 7
    assert not found["_a_"].problem and not found["ada"].problem
    assert sum("its name cannot be an id" in one.problem for one in found.values()) == 5


def test_what_a_system_or_a_library_leaves_is_nobodys_notebook(tmp_path):
    put(tmp_path, "ada/lstm-ada.ipynb", "ada/._lstm-ada.ipynb", "._ada", "~$list.csv")
    put(tmp_path, "ada/venv/lib/site-packages/pkg/example.ipynb")
    found = by_id(collect(tmp_path, "lstm"))
    assert list(found) == ["ada"] and not found["ada"].problem


def test_a_folder_that_cannot_be_looked_through_says_so(tmp_path, monkeypatch):
    put(tmp_path, "ada/deep/mine.ipynb", "bob/a.txt", "bob/b.txt", "bob/c.txt")
    listed = os.scandir

    def scandir(path):
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = by_id(collect(tmp_path, "lstm"))
    says = "the folder `ada/deep` cannot be read: Permission denied"
    assert found["ada"].problem == says
    faults: list[str] = []
    assert len(list(handed_in._walk(tmp_path / "bob", faults, most=2))) == 2
    assert "too many files" in faults[0]


# ---- links


def test_no_link_is_followed_in_any_part_of_a_path(tmp_path):
    """A linked folder holds the solution; nothing of it is read."""
    secret, there = tmp_path / "solution", tmp_path / "in"
    put(secret, "lstm.ipynb", "lstm/lstm.ipynb", text="the solution")
    put(there, "bert/lstm.ipynb", "mallory/readme.txt", "deep/a/readme.txt")
    os.symlink(secret, there / "mallory" / "lstm")
    os.symlink(secret / "lstm", there / "deep" / "a" / "lstm")
    os.symlink("../bert/lstm.ipynb", there / "mallory" / "mine.ipynb")
    os.symlink(secret, there / "l-dir")
    os.symlink(secret / "lstm.ipynb", there / "l-file.ipynb")
    os.symlink("/nowhere", there / "dangling.ipynb")
    os.symlink("loop.ipynb", there / "loop.ipynb")
    found = by_id(collect(there, "lstm"))
    assert len(found) == 7
    for student in set(found) - {"bert"}:
        assert "link" in found[student].problem, student
        assert found[student].path is None
    with pytest.raises(Unreadable, match="no plain file"):
        read(there / "l-file.ipynb")


def test_what_is_no_plain_file_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.ipynb")
    (one,) = collect(tmp_path, "lstm")
    with pytest.raises(Unreadable, match="no plain file"):
        read(tmp_path / "pipe.ipynb")
    assert one.student == "pipe"


# ---- what is in a notebook


def notebook(source, kind="code", **more) -> bytes:
    cell = {"cell_type": kind, "source": source, "metadata": {}, **more}
    return json.dumps({"cells": [cell], "nbformat": 4, "metadata": {}}).encode()


@pytest.mark.parametrize(
    "data",
    [
        notebook(["x = 1\n", "y"]),
        b"\xef\xbb\xbf" + notebook("x = 1\ny"),
        notebook("x = 1\ny").decode().encode("utf-16"),
        notebook("x = 1\ny").decode().encode("utf-32-le"),
    ],
)
def test_every_encoding_of_json_is_read(data):
    assert parse(data).cells[0].source == "x = 1\ny"


@pytest.mark.parametrize("half", ["\\ud83d", "\\udc00", "\\ud83d\\ud83d"])
def test_half_a_character_costs_nothing(half):
    data = notebook("x = 1  # HERE").replace(b"HERE", half.encode())
    source = parse(data).cells[0].source
    assert source.startswith("x = 1  # ?") and source.encode("utf-8")


@pytest.mark.parametrize(
    "data, says",
    [
        (b"", "not JSON"),
        (b"{'cells': 1}", "not JSON, line 1"),
        (b"\xff\xfe\x00", "not"),
        (b"caf\xe9", "not UTF-8"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"cells": [1]}', "no notebook of format 4"),
        (b'{"cells": 3}', "no notebook of format 4"),
        (b'{"cells": ""}', "no notebook of format 4"),
        (b'{"cells": {}}', "no notebook of format 4"),
        (b'{"worksheets": [{"cells": []}]}', "no notebook of format 4"),
        (b"[]", "no notebook of format 4"),
        (notebook([1, 2]) + b"{", "not JSON"),
        (notebook({"a": 1}), "no notebook of format 4"),
        (notebook([1, 2]), "no notebook of format 4"),
    ],
)
def test_what_is_no_notebook_says_so(data, says):
    with pytest.raises(Unreadable, match=says):
        parse(data)


@pytest.mark.parametrize(
    "odd",
    [
        {"metadata": []},
        {"metadata": None},
        {"metadata": {"nbgrader": [1]}},
        {"metadata": {"nbgrader": {"grade_id": 3}}},
        {"source": None},
        {"cell_type": ["code"]},
        {"id": {}, "outputs": 3, "execution_count": "x"},
    ],
)
def test_what_is_odd_in_one_cell_costs_no_other_cell_a_point(odd):
    nb = json.loads(notebook("x = 1"))
    nb["cells"] += [nb["cells"][0] | odd, {}]
    cells = parse(json.dumps(nb).encode()).cells
    assert cells[0].source == "x = 1" and len(cells) == 3
    assert all(cell.metadata == {} for cell in cells)


def test_no_file_takes_the_grader_long():
    """Each took minutes or gigabytes; ten times as much is ten times as long."""
    begin = time.process_time()
    quotes = b'{"cells": "' + b'\\"' * 11 * 2**20
    for data, says in (
        (quotes, "not JSON"),
        (quotes + b'"}', "format 4"),
        (b"[" + b'"",' * 8 * 2**20 + b"1]", "clear its outputs"),
        (json.dumps({"cells": [{"source": "x"}] * 10**5}).encode(), "100000 cells"),
    ):
        with pytest.raises(Unreadable, match=says):
            parse(data)
    assert handed_in.typed_id(parse(notebook("STUDENT=1\n" * 1_900_000))) is None
    assert time.process_time() - begin < 60


def test_only_long_texts_are_taken_out_of_a_large_file():
    output = {"output_type": "stream", "text": '\\"\n' * 10**7}
    cells = json.loads(notebook(['s = "a\\\\"\n', "y"], outputs=[output]))["cells"] * 2
    found = parse(json.dumps({"cells": cells}).encode()).cells
    assert [cell.source for cell in found] == ['s = "a\\\\"\ny'] * 2


def test_large_outputs_cost_nothing(tmp_path):
    """Pictures of 30 MB are not read at all; what is large without them is refused."""
    output = {"output_type": "display_data", "metadata": {}}
    output["data"] = {"image/png": "A" * 30 * 2**20}
    path = tmp_path / "ada.ipynb"
    path.write_bytes(notebook("x = 1", outputs=[output]))
    assert parse(read(path)).cells[0].source == "x = 1"
    with pytest.raises(Unreadable, match="clear its outputs"):
        parse(notebook(["# a line of a notebook\n"] * 900_000))
    with path.open("wb") as f:
        f.truncate(3 * 2**30)  # of nothing but zeros, and on no disk
    with pytest.raises(Unreadable, match="it has 3072 MB, and at most 200 MB"):
        read(path)


@pytest.mark.parametrize(
    "source, typed",
    [
        ('STUDENT = "ada"', "ada"),
        ("import os\nSTUDENT = 'Ada L.'  # mine", "Ada L."),
        ("STUDENT = input()", None),
        ("STUDENT ==", None),
        ("x = 'STUDENT'", None),
    ],
)
def test_the_typed_id_is_read_and_not_run(source, typed):
    assert handed_in.typed_id(parse(notebook(source))) == typed


# ---- the platforms


CLASS = (
    "id,name,user,due\n"
    "ada,Ada Lovelace,alovelace,\n"
    "bob,Bob Ångström,bobby,2026-12-04 12:00\n"
    "17,Cy Young,cyoung,\n"
    "di,Di Doe,didoe,\n"
)


@pytest.mark.parametrize(
    "name, student",
    [
        ("Ada Lovelace_123456_assignsubmission_file_/lstm.ipynb", "ada"),
        ("Bob Ångström_99_assignsubmission_file/x.ipynb", "bob"),
        ("lovelaceada_12345_67890_lstm.ipynb", "ada"),
        ("lovelaceada_LATE_12345_67890_lstm-1.ipynb", "ada"),
        ("angstrombob_12345_67890_mine.ipynb", "bob"),
        ("lstm-alovelace/lstm.ipynb", "ada"),
        ("lstm-bobby/lstm.ipynb", "bob"),
        ("lstm_ada.ipynb", "ada"),
        ("ada_lstm.ipynb", "ada"),
        ("ada-lstm (2).ipynb", "ada"),
        ("ada (1).ipynb", "ada"),
        ("ada(1).ipynb", "ada"),
        ("ADA.ipynb", "ada"),
        ("ada copy.ipynb", "ada"),
        ("17.ipynb", "17"),
        ("lstm-17 (1).ipynb", "17"),
        ("Lovelace Ada.ipynb", "ada"),
    ],
)
def test_the_names_of_the_platforms_are_understood(tmp_path, name, student):
    known = roster(tmp_path, CLASS)
    put(tmp_path / "in", name)
    found = by_id(collect(tmp_path / "in", "lstm", known))
    assert not found[student].missing and not found[student].problem
    assert found[student].path.is_file()
    assert {s for s, one in found.items() if one.missing} == (
        {"ada", "bob", "17", "di"} - {student}
    )


def test_without_a_roster_a_name_is_taken_as_it_stands(tmp_path):
    put(tmp_path, "ada (1).ipynb")
    assert list(by_id(collect(tmp_path, "lstm"))) == ["ada (1)"]


def test_two_of_one_name_are_told_apart_or_asked_about(tmp_path):
    text = "id,name\na1,Ada Lovelace\na2,Ada Lovelace\n"
    put(tmp_path / "in", "Ada Lovelace_5_assignsubmission_file_/lstm.ipynb", "x.ipynb")
    found = by_id(collect(tmp_path / "in", "lstm", roster(tmp_path, text)))
    odd = next(one for one in found.values() if one.problem)
    assert "it may be of `a1`, `a2`" in odd.problem
    assert found["x"].notes == ["not in the roster"] and not found["x"].problem
    moodle = (
        "Identifier,Full name,ID number,Grade\n"
        "Participant 5,Ada Lovelace,a1,\nParticipant 6,Ada Lovelace,a2,\n"
    )
    found = by_id(collect(tmp_path / "in", "lstm", roster(tmp_path, moodle)))
    assert found["a2"].missing and not found["a1"].problem and not found["a1"].missing


def test_a_student_hands_in_twice_under_two_names(tmp_path):
    known = roster(tmp_path, CLASS)
    put(tmp_path / "in", "ada.ipynb")
    put(tmp_path / "in", "ada (1).ipynb", text=EMPTY + " ")
    found = by_id(collect(tmp_path / "in", "lstm", known))
    assert "handed in more than once" in found["ada"].problem
    assert len(found) == 4


MOODLE = (
    "Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,"
    '"Last modified (submission)"\n'
    "Participant 12,Ada Lovelace,,ada@example.org,Submitted,,100.00,"
    '"Monday, 30 November 2026, 11:40 PM"\n'
    "Participant 13,Bob Byte,b-7,bob@example.org,No submission,,100.00,-\n"
)
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,lstm (771)\n"
    "    Points Possible,,,,,100\n"
    '"Lovelace, Ada",4711,u1,ada,A,\n"Byte, Bob",4712,u2,b-7,A,\n'
    '"Student, Test",,,abcdef,A,\n'
)


def test_the_tables_of_moodle_and_canvas_are_rosters(tmp_path):
    moodle, canvas = roster(tmp_path, MOODLE), roster(tmp_path, CANVAS)
    assert (moodle.kind, canvas.kind) == ("moodle", "canvas")
    assert [s.id for s in moodle.students] == ["ada", "b-7"]
    assert [s.id for s in canvas.students] == ["ada", "b-7"]
    assert canvas.students[0].name == "Ada Lovelace"
    assert moodle.students[0].handed_in.day == 30
    put(tmp_path / "in", "lovelaceada_4711_8_x.ipynb")
    assert not by_id(collect(tmp_path / "in", "lstm", canvas))["ada"].missing


TRANSLATED = {
    "German": (
        'ID;"Vollständiger Name";E-Mail-Adresse;Status;Bewertung;Bestwertung;'
        '"Zuletzt geändert (Abgabe)"\nTeilnehmer/in12;Ada Lovelace;ada@example.org;;;'
        "100,00;Montag, 30. November 2026, 23:40\n"
    ),
    "French": (
        "Identifiant,Nom complet,Adresse de courriel,Note,"
        "Dernière modification (travail remis)\n"
        'Participant 12,Ada Lovelace,ada@example.org,,"lundi 30 novembre 2026, 23:40"\n'
    ),
    "Spanish": (
        "Identificador,Nombre completo,Dirección de correo,Calificación,"
        "Última modificación (entrega)\nParticipante 12,Ada Lovelace,ada@example.org,,"
        '"lunes, 30 de noviembre de 2026, 23:40"\n'
    ),
}


@pytest.mark.parametrize("language", TRANSLATED)
def test_moodles_table_in_another_language_is_one(tmp_path, language):
    known = roster(tmp_path, TRANSLATED[language])
    (ada,) = known.students
    assert (known.kind, ada.id, ada.name) == ("moodle", "ada", "Ada Lovelace")
    assert "12" in ada.known_as
    when = ada.handed_in
    assert (when.month, when.day, when.hour, when.minute) == (11, 30, 23, 40)


def test_a_table_of_ones_own_is_not_taken_for_moodles(tmp_path):
    known = roster(tmp_path, "id,name,note,handed_in\nu7,Ada,late?,2026-11-30 10:00\n")
    assert (known.kind, known.students[0].id) == ("plain", "u7")


def test_lines_of_canvas_that_are_no_student(tmp_path):
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section,lstm (771)\n"
        ",,,,,Manual Posting\n    Points Possible,,,,,100\nX\n"
        '"Lovelace, Ada",12~47,u1,ada,A,\n"Doe, Di",9,u9,,A,\n'
        '"Student, Test",8,,f0,A,\n'
    )
    assert [s.id for s in roster(tmp_path, text).students] == ["ada", "u9"]


def test_addresses_and_numbers_find_their_student(tmp_path):
    """Two hosts, one name before the @; and the zeros that a spreadsheet took away."""
    known = roster(
        tmp_path, "E-Mail,Name\nada@a.org,Ada A\nada@b.org,Ada B\nbob@a.org,Bob\n"
    )
    assert [s.id for s in known.students] == ["ada@a.org", "ada@b.org", "bob"]
    assert not known.find(["ada"]) and known.find(["ada@b.org"])[0].name == "Ada B"
    numbers = roster(tmp_path, "id\n123\n0456\n7b\n")
    assert [s.id for s in numbers.find(["00123"])] == ["123"]
    assert [s.id for s in numbers.find(["456"])] == ["0456"]
    assert not numbers.find(["007b"])


@pytest.mark.parametrize(
    "text, day",
    [
        ("2026-12-04", (12, 4, 23, 59)),
        ("4.12.2026", (12, 4, 23, 59)),
        ("04.12.2026 12:00", (12, 4, 12, 0)),
        ("2026-04-12T10:30", (4, 12, 10, 30)),
        ("31/12/2026", (12, 31, 23, 59)),
        ("2026-12-04 5pm", (12, 4, 17, 0)),
        ("3. März 2026 um 8:15 Uhr", (3, 3, 8, 15)),
    ],
)
def test_an_extension_is_read_as_it_is_meant(tmp_path, text, day):
    """A day alone lasts until its evening; 4.12. is in December."""
    due = roster(tmp_path, f"id,due\nada,{text}\n").students[0].due
    assert (due.month, due.day, due.hour, due.minute) == day


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_roster_is_read_as_spreadsheets_write_it(tmp_path, encoding, mark):
    path = tmp_path / "r.csv"
    text = mark.join(["Name", "ID"]) + "\r\n" + mark.join(["José Ñ", "jo"]) + "\r\n\r\n"
    path.write_bytes(text.encode(encoding))
    (student,) = read_roster(path).students
    assert (student.id, student.name) == ("jo", "José Ñ")


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "it is empty"),
        ("id\n", "a line for each student"),
        ("a,b\n1,2\n", "column `id` is missing"),
        ("id,name\n,Ada\n", "row 2: expected an id in a column id"),
        ("id\nada\nADA\n", "row 3: `ADA` stands in row 2 too"),
        ("id\n<b>\n", "no '<'"),
        ("id,name\nada,Ada, L.\n", "row 2: more cells than columns"),
        ("Student,ID,Section,q,q\nA,1,S,1,2\n", "`q` stands there twice"),
        ("id,due\nada,04/12/2026\n", "row 2: expected a time such as"),
        ("id,due\nada,23:59\n", "row 2: expected a time such as"),
        ("id,due\nada,2026\n", "row 2: expected a time such as"),
        ("id,due\nada,soon\n", "row 2: expected a time such as .* got 'soon'"),
    ],
)
def test_a_roster_that_is_none_says_why(tmp_path, text, says):
    with pytest.raises(ValueError, match=says):
        roster(tmp_path, text)


# ---- when


def test_late_hours_come_from_where_a_student_cannot_write(tmp_path):
    due = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    put(tmp_path, "ada/lstm.ipynb")
    (one,) = collect(tmp_path, "lstm")
    os.utime(one.path, (due.timestamp() + 5400,) * 2)
    (tmp_path / "ada" / "timestamp.txt").write_text("2020-01-01 00:00:00 UTC\n")
    late = handed_in.late_hours
    assert late(one, None) == (0.0, "")
    assert late(one, due) == (1.5, "file")
    assert late(one, due, exchange=True) == (0.0, "exchange")
    (tmp_path / "ada" / "timestamp.txt").write_text("2026-12-01 02:59:00.000000 UTC\n")
    assert late(one, due, exchange=True) == (3.0, "exchange")
    one.handed_in = datetime(2026, 12, 1, 0, 59, tzinfo=UTC)
    assert late(one, due, exchange=True) == (1.0, "roster")
    one.due = datetime(2026, 12, 5, tzinfo=UTC)  # an extension
    assert late(one, due) == (0.0, "roster")


def test_a_year_that_is_none_stops_nobody(tmp_path, monkeypatch):
    """An archive may date a file millions of years ahead; some disks keep that."""
    put(tmp_path, "ada.ipynb")
    (one,) = collect(tmp_path, "lstm")
    info = one.path.lstat()
    far = os.stat_result((*info[:8], 10**15, *info[9:]))
    monkeypatch.setattr(Path, "lstat", lambda path: far)
    hours, source = handed_in.late_hours(one, datetime(2000, 1, 1, tzinfo=UTC))
    assert hours > 0 and source == "file"


def test_a_time_stamp_is_read_by_its_beginning_alone(tmp_path):
    put(tmp_path, "ada/lstm.ipynb")
    stamp, path = tmp_path / "ada" / "timestamp.txt", tmp_path / "ada" / "lstm.ipynb"
    with stamp.open("wb") as f:
        f.truncate(3 * 2**30)
    assert handed_in.stamp(path) is None
    for text in ("alert(1)", "9" * 400, "", "\x00"):
        stamp.write_text(text)
        assert handed_in.stamp(path) is None
    stamp.unlink()
    os.symlink("/etc/hostname", stamp)
    assert handed_in.stamp(path) is None
    secret = tmp_path / "ada" / "submission_secret.txt"
    secret.write_text("<script>")
    assert handed_in.secret(path) == ""
    secret.write_text("1f" * 20)
    assert handed_in.secret(path) == "1f" * 20
