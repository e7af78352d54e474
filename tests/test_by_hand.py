"""Marks by hand: none is ever lost, whatever a spreadsheet makes of the table.

``assignments/by_hand.py`` (what holds), ``spreadsheet.py`` (how it is read and written)
and ``marking.py`` (the page), the last in Chromium.
"""

import csv
import dataclasses
import io
import json
import random
import re
import sys
import unicodedata
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

pytest.importorskip("nbformat")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "assignments"))

import by_hand  # noqa: E402  (assignments/ is no package)
import clean  # noqa: E402
import marking  # noqa: E402
import pages  # noqa: E402
import spreadsheet  # noqa: E402
from by_hand import Answer, Mark, Store, Task, key, merge, read  # noqa: E402

NOW, LATER = "2026-03-01T10:00:00+00:00", "2026-03-02T10:00:00+00:00"
WHY = Task(
    "why", 8, "8a (8 points)", "Why does it survive?", "3: the gate. 5: because."
)
READING = Task("reading", 6, "8b (6 points)", "Read the line.", "6: rightly read.")
TASKS = [WHY, READING]
FULL = "The forget gate is open; so the product stays near one."


def answers(*students: str, **texts: str) -> list[Answer]:
    """Answers to both tasks, or those that are given."""
    found = [
        Answer(one, task.name, f"{one} on {task.name}: {FULL}")
        for one in students
        for task in TASKS
    ]
    return found + [Answer(one, "why", text) for one, text in texts.items()]


def held(merged) -> dict:
    return {at: mark.points for at, mark in merged.marks.items()}


def said(merged, *words: str) -> bool:
    return any(all(word in line for word in words) for line in merged.messages)


class Folder:
    """A teacher's folder over several runs, as ``grade.py`` goes about it."""

    def __init__(self, root: Path, assignment: str = "lstm"):
        self.root, self.assignment = root, assignment
        self.table, self.state = root / "written.csv", root / "by_hand.json"
        self.book: dict = {}  # what stands in the gradebook

    def run(self, handed_in, tasks=TASKS, marks=(), now=NOW):
        store = by_hand.load(self.state, self.assignment)
        store.course = f"class of {self.assignment}"  # which sets the page's order
        table = read(self.table) if self.table.exists() else None
        tables = [one for one in (table, *map(read, marks)) if one]
        merged = merge(store, tables, handed_in, tasks, self.book, now)
        by_hand.save(self.state, merged.store)
        done = by_hand.write(self.table, merged, table)
        self.book = {at: (m.points, m.comment) for at, m in merged.marks.items()}
        by_hand.save(self.state, by_hand.settled(merged))
        merged.messages += done
        return merged

    def rows(self) -> list[dict[str, str]]:
        text, form = self.table.read_bytes(), read(self.table).form
        name = "utf-16" if form.encoding.startswith("utf-16") else "utf-8-sig"
        source = io.StringIO(text.decode(name), newline="")
        return list(csv.DictReader(source, delimiter=form.separator))

    def row(self, student: str, task: str = "why") -> dict[str, str]:
        return next(
            r
            for r in self.rows()
            if (spreadsheet.bare(r["student"]), r["task"]) == (student, task)
        )

    def edit(self, *changes, only=None, **how) -> None:
        """Save the table as a spreadsheet would: (student, task, column, cell)..."""
        rows = self.rows()
        for student, task, column, cell in changes:
            at = next(
                r
                for r in rows
                if (spreadsheet.bare(r["student"]), r["task"]) == (student, task)
            )
            at[column] = cell
        self.save([r for r in rows if not only or only(r)], **how)

    def save(self, rows, columns=None, separator=",", encoding="utf-8-sig", first=""):
        columns = columns or (list(rows[0]) if rows else by_hand.COLUMNS)
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=separator)
        writer.writerows(
            [columns, *[[r.get(c.strip().lower(), "") for c in columns] for r in rows]]
        )
        text = first + out.getvalue()
        self.table.write_bytes(text.encode(encoding, "replace"))


@pytest.fixture
def folder(tmp_path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def marked(folder) -> Folder:
    """Three students; ada has 6 points for `why`, bert a comment."""
    folder.run(answers("ada", "bert", "cleo"))
    folder.edit(
        ("ada", "why", "points", "6"),
        ("ada", "why", "comment", "Say which factor."),
        ("bert", "why", "comment", "later"),
    )
    folder.run(answers("ada", "bert", "cleo"))
    return folder


# ---- the key


def test_the_key_is_of_assignment_task_and_text():
    one = key("lstm", "why", "Because.")
    assert re.fullmatch("[0-9a-f]{16}", one)
    others = [("gru", "why", "Because."), ("lstm", "cut", "Because.")]
    others += [("lstm", "why", "because."), ("lstmw", "hy", "Because.")]
    assert len({one, *(key(*other) for other in others)}) == 5


@pytest.mark.parametrize(
    "text",
    [
        "José  says\r\nso",
        unicodedata.normalize("NFD", "José  says\nso"),
        "José  says  \nso\t\n\n",
        "\nJosé  says\rso ",
        "José  says\u2028so",
    ],
)
def test_the_same_text_has_the_same_key(text):
    assert key("lstm", "why", text) == key("lstm", "why", "José  says\nso")


@settings(deadline=None)
@given(st.text(alphabet=st.characters()))
@example("\ud83d")
def test_every_text_has_a_key(text):
    assert key("lstm", "why", text) == key("lstm", "why", by_hand.normal(text))


def test_questions_and_rubrics_come_from_the_source():
    nb = nbformat.read(ROOT / "assignments" / "lstm" / "lstm.ipynb", as_version=4)
    found = by_hand.written_tasks(nb)
    assert [one.name for one in found] == ["why", "reading"]
    for one in found:
        assert one.most > 0 and one.title in one.question and one.rubric and one.sample
        assert "Rubric" not in one.sample + one.rubric
        assert "### " not in one.question + one.rubric + one.sample


# ---- cells

FORMULAS = [
    "=1+1",
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\xa0=1",
    '"=1',
    "\u200b=1",
    "＝1+1",
    "first line\n=HYPERLINK(1)",
    "a;=1+1",
    "a,  =1+1",
    'a;"=1+1"',
    "a\t@x",
    "a|-x",
    "'=1",
    "''=1",
]
NUMBERS = ["007", "1e5", "3/4", "2-3", "1.5", "123456789012", "mar1", "2 May", "10:30"]


def split_everywhere(cell: str) -> list[str]:
    """The cells that a spreadsheet sees which takes another separator for ours."""
    row = io.StringIO()
    csv.writer(row).writerow(["x", cell, "y"])
    return [one.strip(' "') for one in re.split("[\r\n,;\t|]", row.getvalue())]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula_whatever_separates(text):
    cell = spreadsheet.guarded(text)
    assert cell != text and spreadsheet.bare(cell) == text
    for seen in split_everywhere(cell):
        assert not re.match('[\\s\u200b\xa0"]*[=+@＝-]', seen), seen


@pytest.mark.parametrize("text", NUMBERS)
def test_no_cell_becomes_another_number_or_a_date(text):
    assert spreadsheet.guarded(text) == "'" + text
    assert spreadsheet.bare("'" + text) == text


@pytest.mark.parametrize(
    "text",
    ["ada", "1234567", "0", "", "s123", "it's", "'quoted'", "Say 2 things", "a=b"],
)
def test_harmless_cells_stay_as_they_are(text):
    assert spreadsheet.guarded(text) == text == spreadsheet.bare(text)


@settings(deadline=None)
@given(st.text(alphabet=st.characters()) | st.text(alphabet="='\"+-@;,|\t\n 0e/a"))
def test_a_guarded_cell_comes_back(text):
    assert spreadsheet.bare(spreadsheet.guarded(text)) == text


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    student=st.text(min_size=1).filter(str.strip),
    comment=st.text(),
    text=st.text(min_size=1),
    separator=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8-sig", "utf-16", "utf-16-be"]),
    points=st.floats(0, 8),
)
def test_whatever_is_written_comes_back(
    tmp_path, student, comment, text, separator, encoding, points
):
    """Any id, comment and answer; the row then says that nothing was changed."""
    comment = by_hand._words(comment)
    store = Store("lstm")
    mark = Mark(student, "why", key("lstm", "why", text), round(points, 6), comment, 8)
    store.log.append(mark)
    merged = merge(store, None, [Answer(student, "why", text)], TASKS)
    path = tmp_path / "table.csv"
    path.unlink(missing_ok=True)
    form = spreadsheet.Form(separator, encoding, separator == ";")
    table = by_hand.Table(path, form, [], [], "")
    assert by_hand.write(path, merged, table) == []
    (entry,) = read(path).entries
    assert (entry.student, entry.comment) == (student, comment)
    assert entry.points == pytest.approx(points, abs=1e-6)
    assert not entry.new_points and not entry.new_comment
    again = merge(merged.store, read(path), [Answer(student, "why", text)], TASKS)
    assert again.marks == merged.marks and again.store.log == [mark]
    assert by_hand.write(path, again, read(path)) == []  # byte for byte the same


@given(st.text(alphabet=st.characters()), st.text(alphabet=st.characters()))
@example("\ud83d", "\udce9")
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_half_characters_do_not_stop_the_table(tmp_path, student, text):
    given_ = [Answer(student or "x", "why", text)]
    merged = merge(Store("lstm"), None, given_, TASKS)
    path = tmp_path / "table.csv"
    path.unlink(missing_ok=True)
    by_hand.write(path, merged)
    again = merge(merged.store, read(path), given_, TASKS)
    assert again.store.log == [] and again.strays == []


# ---- reading


SAVED = {
    "excel": dict(encoding="utf-8-sig"),
    "european": dict(separator=";"),
    "cp1252": dict(separator=";", encoding="cp1252"),
    "unicode text": dict(separator="\t", encoding="utf-16"),
    "big endian": dict(separator="\t", encoding="utf-16-be-bom"),
    "google": dict(encoding="utf-8"),
    "mac": dict(separator=";", encoding="mac_roman"),
    "latin": dict(separator=",", encoding="latin-1"),
    "bar": dict(separator="|"),
    "sep": dict(separator=";", first="sep=;\r\n"),
    "Sep": dict(separator="\t", first='"SEP=\t"\n', encoding="utf-8"),
    "wrong sep": dict(separator=";", first="sep=,\r\n"),
}


@pytest.mark.parametrize("how", SAVED)
def test_whatever_a_spreadsheet_saves_is_read(folder, how):
    """Separator, encoding, decimal comma; accents in ids and comments; nothing lost."""
    handed_in = answers("ada", "jörg", "zoë")
    folder.run(handed_in)
    folder.edit(("zoë", "why", "comment", "schön, né; ça va"))
    folder.run(handed_in)
    options = dict(SAVED[how])
    if options.get("encoding") == "utf-16-be-bom":
        options |= dict(encoding="utf-16-be", first="\ufeff")
    change = [("jörg", "why", "points", "7,5 "), ("jörg", "why", "comment", "für α")]
    folder.edit(*change, **options)
    was = folder.table.read_bytes()
    merged = folder.run(handed_in)
    assert held(merged)["jörg", "why"] == 7.5
    narrow = options.get("encoding") in ("cp1252", "latin-1", "mac_roman")
    assert merged.marks["jörg", "why"].comment == ("für ?" if narrow else "für α")
    assert said(merged, "UTF-8", "accents") == narrow
    # Nobody else's comment was changed by the encoding.
    assert merged.marks["zoë", "why"].comment == "schön, né; ça va"
    assert sum(mark.points is not None for mark in merged.marks.values()) == 1
    # The same spreadsheet opens it again, and the old file is kept.
    form = read(folder.table).form
    assert form.separator == options.get("separator", ",")
    assert form.encoding.startswith("utf-16") == (
        "utf-16" in options.get("encoding", "")
    )
    assert folder.row("jörg")["points"] == "7,5"
    assert folder.table.with_name("written.csv.2").read_bytes() == was
    assert held(folder.run(handed_in)) == held(merged)


def test_points_have_a_comma_where_a_point_would_be_a_date(folder):
    """A European spreadsheet reads 6.5 as the sixth of May."""
    folder.run(answers("ada"))
    folder.edit(separator=";")
    page = folder.root / "page.csv"
    rows = [dict(folder.row("ada"), points="6.5")]
    other = Folder(folder.root)
    other.table = page
    other.save(rows)
    folder.run(answers("ada"), marks=[page])
    assert folder.row("ada")["points"] == "6,5"
    assert held(folder.run(answers("ada")))["ada", "why"] == 6.5


def test_letters_that_an_encoding_lacks_change_no_comment(folder):
    """Saved as Windows-1252, `α` came back as `?`: that is no new comment."""
    handed_in = answers("łukasz", "ada", "αλκη")
    folder.run(handed_in)
    folder.edit(("ada", "why", "comment", "β → 0, “so” ½"))
    folder.run(handed_in)
    for encoding in ("cp1252", "latin-1", "mac_roman", "cp1250", "ascii"):
        folder.edit(
            ("αλκη", "reading", "points", "3"), encoding=encoding, separator=";"
        )
        merged = folder.run(handed_in)
        assert merged.marks["ada", "why"].comment == "β → 0, “so” ½"
        assert held(merged)["αλκη", "reading"] == 3 and not merged.strays
    assert len(merged.store.log) == 2


@pytest.mark.parametrize(
    "encoding, who, words",
    [
        ("cp1250", "łucja", "dużo za krótko, źle"),
        ("cp1251", "иван", "почему? объясните"),
        ("cp1253", "νίκη", "γιατί; πες το"),
        ("cp932", "花子", "理由を書いて"),
        ("gb18030", "小明", "为什么"),
        ("mac_roman", "žoë", "“très bien” †"),
    ],
)
def test_the_answers_tell_the_encoding(folder, encoding, who, words):
    """A file is read in the encoding in which its answers have their keys."""
    handed_in = [Answer(who, "why", f"{who}: {words}"), *answers("ada")]
    folder.run(handed_in)
    change = [(who, "why", "comment", words), (who, "why", "points", "3")]
    folder.edit(*change, encoding=encoding, separator=";")
    mark = folder.run(handed_in).marks[who, "why"]
    assert (mark.comment, mark.points) == (words, 3)


def test_columns_in_any_order_more_of_them_and_other_names(marked):
    rows = marked.rows()
    rows[1]["points"] = "5"
    names = ["mine", " Key ", "POINTS", "Comment", "student ", "of", "Task", "", ""]
    marked.save([r | {"mine": "x"} for r in rows] + [{}, {}], columns=names)
    merged = marked.run(answers("ada", "bert", "cleo"))
    assert held(merged)["bert", "why"] == 5 and held(merged)["ada", "why"] == 6
    assert merged.marks["ada", "why"].comment == "Say which factor."
    assert set(marked.rows()[0]) == set(by_hand.COLUMNS)


def test_sorted_shortened_and_deleted_rows_change_nothing(marked):
    rows = [r for r in marked.rows() if r["student"] != "cleo"]
    random.Random(0).shuffle(rows)
    for row in rows:
        row |= {"answer": row["answer"][:9], "question": "", "rubric": "#####"}
    marked.save([*rows, {}, {}])
    merged = marked.run(answers("ada", "bert", "cleo"))
    assert held(merged)["ada", "why"] == 6 and ("cleo", "why") in merged.marks
    assert [(r["task"], r["student"]) for r in marked.rows()] == [
        (task, one) for task in ("why", "reading") for one in ("ada", "bert", "cleo")
    ]
    assert all(FULL in row["answer"] for row in marked.rows())


def test_comments_of_several_lines_and_quotation_marks(marked):
    words = 'He said: "no";\nthen, =yes\n- why?'
    marked.edit(("bert", "why", "comment", words.replace("\n", "\r\n")))
    handed_in = answers("ada", "bert", "cleo")
    assert marked.run(handed_in).marks["bert", "why"].comment == words
    assert marked.run(handed_in).marks["bert", "why"].comment == words


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_every_kind_of_line_end(marked, end):
    marked.edit(("bert", "why", "points", "2"))
    data = marked.table.read_bytes().replace(b"\r\n", end.encode())
    marked.table.write_bytes(data)
    assert held(marked.run(answers("ada", "bert", "cleo")))["bert", "why"] == 2


@pytest.mark.parametrize(
    "cell, points",
    [("7", 7), ("7,5", 7.5), ("7.5 ", 7.5), ("'7", 7), ("+7", 7), (".5", 0.5), ("0", 0)]
    + [
        ("٧٫٥", 7.5),
        ("７．５", 7.5),
        ("\xa07\u202f", 7),
        ("8.0", 8),
        ("007", 7),
        ("", None),
    ]
    + [("  ", None), ("7.3333333333", 7.333333)],
)
def test_points_as_people_write_them(cell, points):
    assert spreadsheet.number_of(cell) == points


@pytest.mark.parametrize(
    "cell",
    [
        "7,5 P.",
        "-1",
        "−1",
        "9",
        "8.01",
        "many",
        "nan",
        "inf",
        "1e1",
        "6 of 8",
        "6/8",
        "½",
    ]
    + [
        "7²",
        "0x5",
        "1_0",
        "7.5.5",
        "7,5,5",
        "=7",
        "#REF!",
        "TRUE",
        "?",
        "7 5",
        "1e400",
    ],
)
def test_points_that_are_none_are_refused(marked, cell):
    """File, row, column, what came; nothing is overwritten and nothing taken over."""
    marked.edit(("bert", "why", "points", cell), ("cleo", "why", "points", "3"))
    was = {p: p.read_bytes() for p in marked.root.iterdir()}
    with pytest.raises(
        ValueError, match="row 3.*bert, why.*column points: got"
    ) as error:
        marked.run(answers("ada", "bert", "cleo"))
    assert str(marked.table) in str(error.value) and "again" in str(error.value)
    assert was == {p: p.read_bytes() for p in marked.root.iterdir()}


@pytest.mark.parametrize(
    "cell", ["06. Mai", "6-May", "06.05.2026", "2026-05-06", "5/6/26"]
)
def test_a_date_is_called_one(marked, cell):
    marked.edit(("bert", "why", "points", cell))
    with pytest.raises(ValueError, match="made a date of it"):
        marked.run(answers("ada", "bert", "cleo"))


def test_several_faults_are_named_together(marked):
    who = ("ada", "bert", "cleo")
    marked.edit(*[(one, "why", "points", f"x{one}") for one in who])
    with pytest.raises(ValueError, match=r"(?s)xada.*xbert.*xcleo"):
        read(marked.table)


@pytest.mark.parametrize("column", ["student", "task", "points"])
def test_a_missing_column_is_named(marked, column):
    marked.save(marked.rows(), [c for c in by_hand.COLUMNS if c != column])
    with pytest.raises(ValueError, match=f"column `{column}` is missing; found: .*key"):
        read(marked.table)


def test_neither_key_nor_answer(marked):
    marked.save(marked.rows(), ["student", "task", "points", "comment"])
    with pytest.raises(ValueError, match="column `key` is missing"):
        read(marked.table)


def test_all_in_one_column_is_explained(marked):
    """What a European Excel makes of commas, opened with a double click."""
    lines = marked.table.read_text("utf-8-sig").replace('"', '""').splitlines()
    marked.table.write_text("\n".join(f'"{line}";;' for line in lines))
    with pytest.raises(ValueError, match="import it"):
        read(marked.table)


@pytest.mark.parametrize(
    "data, says",
    [
        (b"", "it is empty"),
        (b"\xef\xbb\xbf\r\n", "it is empty"),
        (b"\0" * 999, "it is empty"),
        (b"PK\x03\x04rest", "a workbook"),
        (b"\xd0\xcf\x11\xe0rest", "a workbook"),
        (b"\xff\xfea", "cannot be read"),
        (
            b'task,student,points,key\nwhy,"ada,1,\nwhy,bert,2,\n',
            "line 2: the quotation",
        ),
        (b"task,student,points,points,key\n", "`points` stands there twice"),
        (b"task,student,points,key\nwhy,ada,7,5,kabc\n", "more cells than columns"),
    ],
)
def test_what_is_no_table_is_refused_in_words(tmp_path, data, says):
    path = tmp_path / "written.csv"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=says) as error:
        read(path)
    assert str(path) in str(error.value) and "overwritten" in str(error.value)


def test_no_such_file(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        read(tmp_path / "nothing.csv")


def test_the_same_answer_twice(marked):
    row = marked.row("bert")
    rows = marked.rows()
    marked.save([*rows, row | {"points": "3"}, row | {"points": "3,0"}])
    handed_in = answers("ada", "bert", "cleo")
    assert held(marked.run(handed_in))["bert", "why"] == 3
    row = marked.row("bert")
    marked.save([*rows, row | {"points": "4"}, row | {"points": "5"}])
    with pytest.raises(ValueError, match=r"column points: 5, but 4 in row 8"):
        marked.run(handed_in)


def test_one_damaged_letter_makes_no_other_encoding(marked):
    marked.edit(("bert", "why", "comment", "für jörg, ça va"), encoding="utf-8")
    data = marked.table.read_bytes()
    marked.table.write_bytes(data.replace("ö".encode(), b"\xf6", 1))
    merged = marked.run(answers("ada", "bert", "cleo"))
    assert merged.marks["bert", "why"].comment == "für j\ufffdrg, ça va"


# ---- whose row it is


@pytest.mark.parametrize(
    "was, now",
    [
        ("007", "7"),
        ("1e5", "1,00E+05"),
        ("12345678901234567", "1.23457E+16"),
        ("mar1", "01. Mrz"),
        ("José", unicodedata.normalize("NFD", "José")),
        ("Ada", "ADA"),
        ("true", "TRUE"),
        ("=x", "#NAME?"),
        ("ada ", "ada"),
    ],
)
def test_an_id_that_a_spreadsheet_changed(folder, was, now):
    """The key says whose row it is, and the message that it did."""
    handed_in = answers(was, "bert")
    folder.run(handed_in)
    folder.edit((was, "why", "points", "4"))
    rows = folder.rows()
    for row in rows:
        if spreadsheet.bare(row["student"]) == was:
            row["student"] = now
    folder.save(rows)
    merged = folder.run(handed_in)
    assert held(merged)[was, "why"] == 4 and not merged.strays
    assert folder.row(was)["points"] == "4"


def test_an_id_that_could_be_two_is_not_guessed(folder):
    """`7` for `007` and `07`, who wrote the same: reported, kept, nothing given."""
    handed_in = [Answer(one, "why", FULL) for one in ("007", "07")]
    folder.run(handed_in)
    rows = folder.rows()
    rows[0] |= {"student": "7", "points": "4"}
    folder.save(rows)
    merged = folder.run(handed_in)
    assert set(held(merged).values()) == {None}
    assert said(merged, "nobody of this id", "row 2 (7, why)")
    stray = folder.rows()[-1]
    assert (stray["student"], stray["points"], stray["key"]) == (
        "7",
        "4",
        rows[0]["key"],
    )
    assert "not taken over" in stray["before"]
    # Put right, it counts, and nothing is left over.
    folder.edit(("7", "why", "student", "'007"))
    merged = folder.run(handed_in)
    assert held(merged) == {("007", "why"): 4, ("07", "why"): None}
    assert len(folder.rows()) == 2


def test_two_ids_that_differ_in_capitals_stay_two(folder):
    handed_in = answers("Ada", "ada")
    folder.run(handed_in)
    folder.edit(("ada", "why", "points", "4"), ("Ada", "why", "points", "2"))
    merged = folder.run(handed_in)
    assert (held(merged)["ada", "why"], held(merged)["Ada", "why"]) == (4, 2)


def test_an_unknown_student_is_named_and_kept(marked):
    rows = marked.rows()
    extra = {"student": "nobody", "task": "why", "points": "5", "comment": "=x"}
    marked.save([*rows, extra | {"key": "k" + "0" * 16}, extra | {"task": "what"}])
    for _ in range(2):
        merged = marked.run(answers("ada", "bert", "cleo"))
        assert said(merged, "nobody of this id", "row 8 (nobody, why)")
        assert said(merged, "no such task", "row 9 (nobody, what)")
    assert [r["comment"] for r in marked.rows()[-2:]] == ["'=x", "'=x"]


def test_a_stray_row_counts_once_its_student_hands_in(marked):
    late = answers("dora")
    other = Folder(marked.root / "other")
    other.root.mkdir()
    other.run(late)
    marked.save([*marked.rows(), other.row("dora") | {"points": "5"}])
    handed_in = answers("ada", "bert", "cleo")
    assert said(marked.run(handed_in), "nobody of this id")
    merged = marked.run(handed_in + late)
    assert held(merged)["dora", "why"] == 5 and not merged.strays


def test_columns_that_were_sorted_apart_are_refused(marked):
    """Ids sorted and the rest not: everybody would get another's points."""
    rows = marked.rows()
    names = [row["student"] for row in rows]
    for row, name in zip(rows, names[1:] + names[:1], strict=True):
        row["student"] = name
    marked.save(rows)
    with pytest.raises(
        ValueError, match="column key: it belongs to ada; sort whole rows"
    ):
        marked.run(answers("ada", "bert", "cleo"))


def test_a_row_without_its_key_is_matched_by_its_text_or_named(marked):
    rows = marked.rows()
    rows[1] |= {"key": "", "points": "3"}
    rows[2] |= {"key": "", "points": "4", "answer": ""}
    marked.save(rows)
    merged = marked.run(answers("ada", "bert", "cleo"))
    assert held(merged)["bert", "why"] == 3
    assert held(merged)["cleo", "why"] is None
    assert said(merged, "the key is missing", "row 4 (cleo, why)")


# ---- what holds


def test_points_and_comments_are_taken_over(marked):
    merged = marked.run(answers("ada", "bert", "cleo"))
    mark = merged.marks["ada", "why"]
    assert (mark.points, mark.comment, mark.of) == (6, "Say which factor.", 8)
    assert (mark.origin, mark.when) == ("table", NOW)
    assert merged.marks["bert", "why"].points is None  # a comment alone is no mark
    assert merged.marks["bert", "why"].comment == "later"
    assert merged.messages == []  # nothing is news any more


def test_an_emptied_cell_takes_points_back(marked):
    """B8: empty is empty; the comment stays, and it is said."""
    marked.edit(("ada", "why", "points", ""))
    merged = marked.run(answers("ada", "bert", "cleo"))
    assert merged.marks["ada", "why"].points is None
    assert merged.marks["ada", "why"].comment == "Say which factor."
    assert said(merged, "taken back", "ada why, had 6 of 8")
    # Given again, it counts again.
    marked.edit(("ada", "why", "points", "6"))
    assert held(marked.run(answers("ada", "bert", "cleo")))["ada", "why"] == 6
    assert len(merged.store.log) == 3


def test_an_emptied_comment_goes(marked):
    marked.edit(("ada", "why", "comment", ""))
    mark = marked.run(answers("ada", "bert", "cleo")).marks["ada", "why"]
    assert (mark.points, mark.comment) == (6, "")


def test_the_same_text_keeps_its_mark(marked):
    """A4: handed in anew, blanks and line ends changed: the mark is clean."""
    texts = [
        dataclasses.replace(one, text=f"{one.text}  \r\n\n")
        for one in answers("ada", "bert", "cleo")
    ]
    merged = marked.run(texts)
    assert merged.marks["ada", "why"].points == 6 and merged.messages == []


def test_another_text_is_opened_again_and_its_return_finds_the_mark(marked):
    """A4 d: no points for what was not read; the old ones are shown, and come back."""
    new = answers("bert", "cleo") + answers(ada="Something else entirely.")
    merged = marked.run(new)
    assert merged.marks["ada", "why"].points is None
    assert marked.row("ada")["before"] == "6 of 8 for another answer: Say which factor."
    assert (marked.row("ada")["points"], marked.row("ada")["comment"]) == ("", "")
    assert said(merged, "waits for points", "ada why, had 6 of 8")
    marked.edit(("ada", "why", "points", "2"))
    assert held(marked.run(new))["ada", "why"] == 2
    assert marked.row("ada")["before"] == ""
    merged = marked.run(answers("ada", "bert", "cleo"))
    assert held(merged)["ada", "why"] == 6
    assert said(merged, "came back", "ada why, 6 of 8")
    assert held(marked.run(new))["ada", "why"] == 2  # and that one, too


def test_points_typed_while_another_text_came_in_belong_to_the_old_one(marked):
    """The teacher marked what stood in the table, not what was handed in meanwhile."""
    marked.edit(("bert", "why", "points", "7"))
    new = answers("ada", "cleo") + answers(bert="Something else entirely.")
    merged = marked.run(new)
    assert merged.marks["bert", "why"].points is None
    assert said(merged, "for an earlier answer", "bert why")
    assert marked.row("bert")["before"].startswith("7 of 8 for another answer: later")
    assert held(marked.run(answers("ada", "bert", "cleo")))["bert", "why"] == 7


def test_an_answer_that_was_taken_out(marked):
    blank = [Answer("ada", "why", "", blank=True)] + answers("bert", "cleo")
    merged = marked.run(blank)
    assert ("ada", "why") not in merged.marks
    assert said(merged, "without an answer", "ada why, had 6 of 8")
    assert not [r for r in marked.rows() if (r["student"], r["task"]) == ("ada", "why")]
    assert marked.run(blank).messages == []
    assert held(marked.run(answers("ada", "bert", "cleo")))["ada", "why"] == 6


def test_a_late_batch_keeps_everybody(marked):
    """A3: another folder of submissions with the same --out."""
    merged = marked.run(answers("dora"))
    assert held(merged)["ada", "why"] == 6 and ("dora", "why") in merged.marks
    assert {r["student"] for r in marked.rows()} == {"ada", "bert", "cleo", "dora"}
    assert FULL in marked.row("ada")["answer"]
    marked.edit(("ada", "why", "points", "7"), ("dora", "why", "points", "1"))
    marked.run(answers("dora"))
    merged = marked.run(answers("ada", "bert", "cleo"))
    assert (held(merged)["ada", "why"], held(merged)["dora", "why"]) == (7, 1)


def test_another_assignment_never_gets_the_marks(marked, tmp_path):
    """A3: the same folder, the same task name, the same words."""
    with pytest.raises(ValueError, match="of the assignment `lstm`, not of `bptt`"):
        by_hand.load(marked.state, "bptt")
    with pytest.raises(
        ValueError, match="column assignment: got 'lstm', expected 'bptt'"
    ):
        merge(Store("bptt"), read(marked.table), answers("ada"), TASKS)
    # Not even where the row does not say whose it is.
    columns = [c for c in by_hand.COLUMNS if c != "assignment"]
    marked.save(marked.rows(), columns)
    merged = merge(Store("bptt"), read(marked.table), answers("ada"), TASKS)
    assert held(merged)["ada", "why"] is None
    assert "6 of 8" in merged.marks["ada", "why"].before


def test_another_maximum(marked):
    """A new rubric: what still fits stays, what does not is opened again."""
    marked.edit(("bert", "why", "points", "3"))
    handed_in = answers("ada", "bert", "cleo")
    marked.run(handed_in)
    fewer = [dataclasses.replace(WHY, most=4), READING]
    for _ in range(2):
        merged = marked.run(handed_in, fewer)
        assert held(merged)["bert", "why"] == 3
        assert merged.marks["bert", "why"].of == 4
        assert merged.marks["ada", "why"].points is None
        assert said(merged, "opened again", "ada why, 6 of 8")
        assert marked.row("ada")["before"] == "6 of 8, more than can be had now"
        assert marked.row("ada")["comment"] == "Say which factor."
    more = [dataclasses.replace(WHY, most=10, rubric="new"), READING]
    merged = marked.run(handed_in, more)
    assert held(merged)["ada", "why"] == 6 and marked.row("ada")["of"] == "10"


def test_a_task_that_is_gone_and_comes_back(marked):
    handed_in = answers("ada", "bert", "cleo")
    only = [one for one in handed_in if one.task == "reading"]
    merged = marked.run(only, [READING])
    assert {task for _, task in merged.marks} == {"reading"}
    assert said(merged, "no task of this assignment any more")
    assert held(marked.run(handed_in))["ada", "why"] == 6


def test_an_old_name_of_a_student_is_pointed_to(folder):
    """A7: `ada (1)` was marked, and a roster makes `ada` of her."""
    text = [Answer("ada (1)", "why", FULL)]
    folder.run(text)
    folder.edit(("ada (1)", "why", "points", "5"))
    folder.run(text)
    merged = folder.run([Answer("ada", "why", FULL)])
    assert held(merged) == {("ada", "why"): None, ("ada (1)", "why"): 5}
    says = "5 of 8 for the same answer of `ada (1)`, not in this batch"
    assert merged.marks["ada", "why"].before == says


# ---- three sources


def test_formgrader_is_taken_over_and_shown(marked):
    marked.book["cleo", "why"] = (4.0, "by formgrader")
    marked.book["ada", "why"] = (7.0, "Say which factor.")
    merged = marked.run(answers("ada", "bert", "cleo"))
    assert (held(merged)["cleo", "why"], held(merged)["ada", "why"]) == (4, 7)
    assert merged.marks["cleo", "why"].origin == "formgrader"
    assert said(merged, "from formgrader", "cleo why, 4 of 8")
    assert marked.row("cleo")["comment"] == "by formgrader"
    assert marked.run(answers("ada", "bert", "cleo")).messages == []


def test_the_table_wins_over_formgrader_and_says_so(marked):
    marked.book["ada", "why"] = (7.0, "")
    marked.edit(("ada", "why", "points", "5"))
    merged = marked.run(answers("ada", "bert", "cleo"))
    assert held(merged)["ada", "why"] == 5
    assert said(merged, "wins", "5 of 8 replaces 7 of 8 (formgrader, 2026-03-01)")


def test_both_the_same_is_no_conflict(marked):
    marked.book["ada", "why"] = (7.0, "Say which factor.")
    marked.edit(("ada", "why", "points", "7"))
    merged = marked.run(answers("ada", "bert", "cleo"))
    assert held(merged)["ada", "why"] == 7 and not said(merged, "wins")


def test_points_in_one_place_and_words_in_the_other(marked):
    marked.book["bert", "why"] = (4.0, "later")
    marked.edit(("bert", "why", "comment", "now"))
    mark = marked.run(answers("ada", "bert", "cleo")).marks["bert", "why"]
    assert (mark.points, mark.comment) == (4, "now")


def test_a_gradebook_that_was_made_anew_takes_nothing_back(marked):
    for at in marked.book:
        marked.book[at] = (None, "")
    merged = marked.run(answers("ada", "bert", "cleo"))
    assert held(merged)["ada", "why"] == 6
    assert said(merged, "no points in the gradebook any more; kept", "ada why")
    marked.book.clear()
    assert held(marked.run(answers("ada", "bert", "cleo")))["ada", "why"] == 6


def test_formgrader_marked_the_answer_that_it_showed(marked):
    marked.book["bert", "why"] = (4.0, "later")
    new = answers("ada", "cleo") + answers(bert="Something else entirely.")
    merged = marked.run(new)
    assert held(merged)["bert", "why"] is None
    assert merged.marks["bert", "why"].before.startswith("4 of 8 for another answer")
    assert held(marked.run(answers("ada", "bert", "cleo")))["bert", "why"] == 4


def test_two_teachers_with_a_copy_each(marked):
    """Each marks one question in an own copy; neither undoes the other's work."""
    handed_in = answers("ada", "bert", "cleo")
    copy = marked.rows()
    marked.edit(*[(one, "why", "points", "1") for one in ("ada", "bert", "cleo")])
    marked.run(handed_in)
    for row in copy:
        if row["task"] == "reading":
            row["points"] = "2"
    marked.save(copy)
    merged = marked.run(handed_in)
    assert {held(merged)[one, "why"] for one in ("ada", "bert", "cleo")} == {1}
    assert {held(merged)[one, "reading"] for one in ("ada", "bert", "cleo")} == {2}
    assert said(merged, "older than the marks", "bert why, 1 of 8")


def test_a_table_that_stays_open_in_excel(marked):
    """Saved again and again from the same first version: what it says is done."""
    handed_in = answers("ada", "bert", "cleo")
    rows = marked.rows()
    for points in ("1", "2", "1", "3"):
        rows[1]["points"] = points
        marked.save(rows)
        assert held(marked.run(handed_in))["bert", "why"] == float(points)
    assert said(marked.run(handed_in), "older") is False


def test_a_backup_that_is_put_back_brings_the_marks_back(marked):
    """A column emptied by accident, and one run later somebody sees it."""
    handed_in = answers("ada", "bert", "cleo")
    good = marked.table.read_bytes()
    marked.save([row | {"points": "", "comment": ""} for row in marked.rows()])
    merged = marked.run(handed_in)
    assert set(held(merged).values()) == {None} and said(
        merged, "taken back", "ada why"
    )
    assert held(marked.run(handed_in))["ada", "why"] is None
    marked.table.write_bytes(good)
    merged = marked.run(handed_in)
    assert held(merged)["ada", "why"] == 6
    assert said(merged, "stand there again", "ada why, 6 of 8")
    assert held(marked.run(handed_in))["ada", "why"] == 6


def test_points_taken_back_stay_so_if_the_table_could_not_be_written(marked):
    """It still shows them, and that is not a backup that was put back."""
    handed_in = answers("ada", "bert", "cleo")
    shown = marked.table.read_bytes()
    page = marked.root / "page.csv"
    other = Folder(marked.root)
    other.table = page
    other.save([marked.row("ada") | {"points": ""}])
    marked.run(handed_in)
    store, table = by_hand.load(marked.state, "lstm"), read(marked.table)
    merged = merge(store, [table, read(page)], handed_in, TASKS, marked.book, NOW)
    marked.book = {at: (m.points, m.comment) for at, m in merged.marks.items()}
    by_hand.save(marked.state, by_hand.settled(merged))  # and not written
    assert marked.table.read_bytes() == shown
    merged = marked.run(handed_in)
    assert held(merged)["ada", "why"] is None and marked.row("ada")["points"] == ""


def test_a_lost_record_is_made_again_from_the_table(marked):
    """state/ deleted, or a new folder with `--marks OLD/written.csv`."""
    marked.state.unlink()
    merged = marked.run(answers("ada", "bert", "cleo"))
    assert held(merged)["ada", "why"] == 6
    assert merged.marks["ada", "why"].comment == "Say which factor."
    fresh = Folder(marked.root / "new")
    fresh.root.mkdir()
    merged = fresh.run(answers("ada", "bert", "cleo"), marks=[marked.table])
    assert held(merged)["ada", "why"] == 6
    # With a smaller maximum it is opened again, and nothing is refused.
    small = Folder(marked.root / "small")
    small.root.mkdir()
    few = [dataclasses.replace(WHY, most=4), READING]
    merged = small.run(answers("ada", "bert", "cleo"), few, marks=[marked.table])
    assert merged.marks["ada", "why"].before == "6 of 8, more than can be had now"


def test_a_lost_table_is_made_again_from_the_record(marked):
    marked.table.unlink()
    assert held(marked.run(answers("ada", "bert", "cleo")))["ada", "why"] == 6
    assert marked.row("ada")["points"] == "6"


@pytest.mark.parametrize("step", ["saved", "written", "entered"])
def test_an_interruption_anywhere_loses_nothing(marked, step):
    """Killed after any step, the same command goes on, and comes to the same."""
    handed_in = answers("ada", "bert", "cleo")
    marked.book["cleo", "why"] = (4.0, "by formgrader")
    marked.edit(("bert", "why", "points", "3"), ("ada", "why", "points", ""))
    store, table = by_hand.load(marked.state, "lstm"), read(marked.table)
    merged = merge(store, table, handed_in, TASKS, marked.book, NOW)
    by_hand.save(marked.state, merged.store)
    if step != "saved":
        by_hand.write(marked.table, merged, table)
    if step == "entered":
        marked.book = {at: (m.points, m.comment) for at, m in merged.marks.items()}
    again = marked.run(handed_in, now=LATER)
    assert held(again) == held(merged) and again.store.log == merged.store.log
    assert held(again)["bert", "why"] == 3 and held(again)["cleo", "why"] == 4
    assert held(again)["ada", "why"] is None


def test_the_record_only_grows(marked):
    handed_in = answers("ada", "bert", "cleo")
    for points in ("5", "", "4"):
        before = by_hand.load(marked.state, "lstm").log
        marked.edit(("ada", "why", "points", points))
        after = marked.run(handed_in).store.log
        assert after[: len(before)] == before and len(after) == len(before) + 1
    assert by_hand.load(marked.state, "lstm").log == after


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_mark_is_lost_in_any_order_of_events(tmp_path_factory, data):
    """What the teacher last gave to an answer is what that answer has."""
    folder = Folder(tmp_path_factory.mktemp("any"))
    texts = {one: f"{one}: first answer {FULL}" for one in ("ada", "bert")}
    truth: dict = {}
    folder.run([Answer(one, "why", text) for one, text in texts.items()])
    for _ in range(data.draw(st.integers(1, 8))):
        who = data.draw(st.sampled_from(["ada", "bert"]))
        event = data.draw(st.sampled_from("table formgrader text batch lost".split()))
        if event == "text":
            texts[who] = data.draw(st.sampled_from(["first", "second"])) + who + FULL
        elif event == "table" and folder.table.exists():
            points = data.draw(st.integers(0, 8))
            folder.edit((who, "why", "points", str(points)))
            folder.run([])
            truth[who, texts[who]] = points
        elif event == "formgrader":
            points = data.draw(st.integers(0, 8))
            folder.book[who, "why"] = (float(points), "")
            folder.run([])
            truth[who, texts[who]] = points
        elif event == "lost":
            folder.table.unlink()
        batch = [who] if event == "batch" else list(texts)
        merged = folder.run([Answer(one, "why", texts[one]) for one in batch])
        for one, text in texts.items():
            if event == "batch" and one != who:
                continue
            assert held(merged)[one, "why"] == truth.get((one, text))


# ---- the old table


def old_table(folder: Folder, rows: list[list[str]], **how) -> None:
    """As it was written before this module: no key, a quotation mark for formulas."""
    columns = ["student", "task", "points", "of", "comment", "answer"]
    folder.save([dict(zip(columns, row, strict=True)) for row in rows], columns, **how)


def test_a_table_of_before_is_understood(folder):
    texts = {
        "ada": FULL,
        "bert": "=the gate",
        "cleo": "- first\n- second",
        "-d": "'quoted', -x",
        "eve": "changed since",
    }
    handed_in = answers(**texts)
    shown = texts | {"bert": "'=the gate", "cleo": "'- first\r\n- second", "eve": "old"}
    rows = [[one, "why", "6", "8", f"to {one}", text] for one, text in shown.items()]
    rows[3][0] = "'-d"
    old_table(folder, rows, separator=";")
    merged = folder.run(handed_in)
    assert said(merged, "no column `key`")
    assert [held(merged)[one, "why"] for one in texts] == [6, 6, 6, 6, None]
    assert merged.marks["ada", "why"].comment == "to ada"
    assert merged.marks["eve", "why"].before == "6 of 8 for another answer: to eve"
    assert said(merged, "for an earlier answer", "eve why")
    assert {"key", "before"} <= set(folder.rows()[0])
    assert folder.table.with_name("written.csv.1").exists()
    assert held(folder.run(handed_in)) == held(merged)


def test_a_table_of_before_with_points_that_were_entered(folder):
    """The gradebook has them already, for the answer that stood in the table."""
    old_table(folder, [["ada", "why", "6", "8", "ok", "old words"]])
    folder.book = {("ada", "why"): (6.0, "ok"), ("bert", "why"): (5.0, "")}
    merged = folder.run(answers(ada=FULL, bert=FULL))
    assert held(merged) == {("ada", "why"): None, ("bert", "why"): 5}
    assert merged.marks["ada", "why"].before == "6 of 8 for another answer: ok"


def test_a_cut_answer_is_known_and_a_continued_one_is_not(folder):
    long = "word " * 20_000
    old_table(folder, [["ada", "why", "6", "8", "", long[:32_767]]])
    assert held(folder.run(answers(ada=long)))["ada", "why"] == 6
    other = Folder(folder.root / "other")
    other.root.mkdir()
    old_table(other, [["ada", "why", "6", "8", "", FULL]])
    merged = other.run(answers(ada=FULL + " And more."))
    assert held(merged)["ada", "why"] is None


def test_an_old_table_of_another_assignment_gives_nothing(folder):
    """Both call the task `why`."""
    old_table(folder, [["ada", "why", "6", "8", "bptt: well said", "about bptt"]])
    merged = folder.run(answers("ada"))
    assert held(merged)["ada", "why"] is None
    assert folder.row("ada")["comment"] == ""


# ---- files


def test_the_table_is_by_question_with_rubric_in_each_row(marked):
    """B12."""
    rows = marked.rows()
    shown = "comment before question rubric answer"
    columns = f"task student points of {shown} key assignment".split()
    assert list(rows[0]) == columns
    assert [row["task"] for row in rows] == ["why"] * 3 + ["reading"] * 3
    for row in rows:
        task = {task.name: task for task in TASKS}[row["task"]]
        assert (row["question"], row["rubric"]) == (task.question, task.rubric)
        assert row["assignment"] == "lstm" and re.match("k[0-9a-f]{16}:", row["key"])


def test_nothing_is_overwritten_without_a_backup(marked):
    handed_in = answers("ada", "bert", "cleo")
    seen = []
    for points in ("1", "2", "3"):
        marked.edit(("cleo", "why", "points", points))
        seen.append(marked.table.read_bytes())
        merged = marked.run(handed_in)
        assert said(merged, "written.csv is new; as it was before: written.csv.")
    kept = [one.read_bytes() for one in marked.root.glob("written.csv.*")]
    assert all(data in kept for data in seen)
    assert not list(marked.root.glob("*.part"))
    was = marked.table.stat().st_mtime_ns, len(kept)
    marked.run(handed_in)  # nothing new: not touched
    now = marked.table.stat().st_mtime_ns, len(list(marked.root.glob("written.csv.*")))
    assert was == now


def test_a_backup_never_takes_a_name_that_is_there(tmp_path):
    path = tmp_path / "marks.csv"
    assert by_hand.spreadsheet.backup(path) is None
    for k, text in enumerate(["one", "two", "three"], 1):
        path.write_text(text)
        assert spreadsheet.backup(path).name == f"marks.csv.{k}"
    assert spreadsheet.backup(path).name == "marks.csv.3"  # the same, and no other
    (tmp_path / "marks.csv.17").write_text("mine")
    (tmp_path / "marks.csv.old").write_text("mine")
    path.write_text("four")
    assert spreadsheet.backup(path).name == "marks.csv.18"
    texts = [p.read_text() for p in sorted(tmp_path.glob("marks.csv.*"))]
    assert sorted(texts) == sorted(["one", "two", "three", "mine", "mine", "four"])


def test_a_table_that_was_saved_during_the_run_is_left_alone(marked):
    handed_in = answers("ada", "bert", "cleo", "dora")
    table = read(marked.table)
    marked.edit(("bert", "why", "points", "3"))
    was = marked.table.read_bytes()
    merged = merge(by_hand.load(marked.state, "lstm"), table, handed_in, TASKS)
    (says,) = by_hand.write(marked.table, merged, table)
    assert "was changed meanwhile" in says and marked.table.read_bytes() == was
    assert held(marked.run(handed_in))["bert", "why"] == 3


def test_a_table_that_is_open_elsewhere_is_said(marked, monkeypatch):
    def locked(*_):
        raise PermissionError(13, "locked")

    monkeypatch.setattr(by_hand.spreadsheet.os, "replace", locked)
    merged = merge(Store("lstm"), read(marked.table), answers("zoe"), TASKS)
    (says,) = by_hand.write(marked.table, merged, read(marked.table))
    assert "is open elsewhere" in says and not list(marked.root.glob("*.part"))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"assignment": 1}', '"x"', "null"]
)
def test_a_damaged_record_is_not_overwritten(marked, text):
    marked.state.write_text(text)
    with pytest.raises(ValueError, match="damaged") as error:
        marked.run(answers("ada"))
    assert str(marked.state) in str(error.value)
    assert marked.state.read_text() == text and marked.row("ada")["points"] == "6"


def test_the_store_comes_back_as_it_was(marked):
    merged = marked.run(answers("\udce9", "=x") + [Answer("ada", "why", "", True)])
    by_hand.save(marked.state, merged.store)
    assert by_hand.load(marked.state, "lstm") == merged.store


def test_merging_changes_no_argument(marked):
    store = by_hand.load(marked.state, "lstm")
    marked.edit(("bert", "why", "points", "3"))
    was = json.dumps(dataclasses.asdict(store), default=str, skipkeys=True)
    once = merge(store, read(marked.table), answers("dora"), TASKS, now=NOW)
    assert json.dumps(dataclasses.asdict(store), default=str, skipkeys=True) == was
    assert merge(store, read(marked.table), answers("dora"), TASKS, now=NOW) == once


def test_huge_answers_fit_into_a_cell(folder):
    folder.run(answers(ada="=" + "x" * 100_000, bert="-\n" * 60_000))
    for row in folder.rows():
        assert len(row["answer"]) < 32_767 and "characters more" in row["answer"]
    assert held(folder.run(answers(ada="=" + "x" * 100_000))) != {}


def test_names_cannot_write_to_the_terminal(folder):
    folder.run(answers("\x1b[31mred"))
    folder.edit(("\x1b[31mred", "why", "points", "3"))
    lines = folder.run(answers("\x1b[31mred")).messages
    assert said(folder.run([]), "x") is False
    assert lines and not any("\x1b" in line for line in lines)


def test_a_class_is_quick(folder):
    """Two hundred students, both tasks, a changed table: no run waits for it."""
    handed_in = answers(*[f"student{k}" for k in range(200)])
    folder.run(handed_in)
    rows = folder.rows()
    for k, row in enumerate(rows):
        row["points"] = str(k % 7)
    folder.save(rows, separator=";", encoding="cp1252")
    merged = folder.run(handed_in)
    assert all(mark.points is not None for mark in merged.marks.values())
    assert len(merged.messages) <= 4 and max(map(len, merged.messages)) < 500


# ---- the marking page

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!--<script>",
    "]]></template><iframe src=javascript:alert(1)></iframe>",
    "<svg onload=alert(1)><style>*{display:none}</style>",
    "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "<base href='https://example.org/'><a href=x target=_top>y</a>",
    "{{ 7*7 }} ${alert(1)} `+alert(1)+`",
    "line\u2028alert(1)\u2029 paragraph",
    "\u202eright to left\u202c \u2066isolated",
    "\\u003cscript\\u003e \\x3c \\",
    '=HYPERLINK("https://example.org");@x\n-1',
    "$\\href{javascript:alert(1)}{x}$ [x](javascript:alert(1)) ![](https://example.org)",
    "\ud83d half",
    "x" * 100_000,
    "nul \0 bell \7 esc \x1b[31m",
]


class Page:
    """The page in a browser of its own: its dialogs, requests, errors, downloads."""

    def __init__(self, browser, path: Path, text: str, **how):
        path.write_text(text, encoding="utf-8")
        options = {"viewport": {"width": 1280, "height": 900}} | how
        self.context = browser.new_context(accept_downloads=True, **options)
        self.path, self.heard = path, []
        self.open()

    def open(self):
        self.page = page = self.context.new_page()
        hear = self.heard.append
        page.on("dialog", lambda one: (hear(f"dialog {one.message}"), one.dismiss()))
        page.on("pageerror", lambda error: hear(f"error {error}"))
        page.on("console", lambda line: hear(f"console {line.text}"))
        page.on("request", lambda one: self._request(one.url))
        page.goto(self.path.as_uri())
        return self

    def _request(self, url: str) -> None:
        if url != self.path.as_uri() and not url.startswith("blob:"):
            self.heard.append(f"request {url[:80]}")

    def press(self, keys: str) -> "Page":
        for one in keys.split():
            self.page.keyboard.press(one)
        return self

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text()

    def save(self, into: Path) -> Path:
        with self.page.expect_download() as download:
            self.page.keyboard.press("s")
        assert download.value.suggested_filename == "written.csv"
        download.value.save_as(into)
        return into

    @property
    def status(self) -> str:
        return self.text("#status")


@pytest.fixture
def opened(browser, tmp_path):
    """Opens pages; afterwards, nothing was run, requested or complained about."""
    found = []

    def open_(merged, name="marking.html", render=None, **how) -> Page:
        text = marking.page(merged, render)
        found.append(Page(browser, tmp_path / name, text, **how))
        return found[-1]

    yield open_
    for one in found:
        one.context.close()
        assert one.heard == []


def rendered(text: str) -> str:
    return str(pages.rendered(clean.markdown(text)))


def test_three_answers_marked_from_the_keyboard_arrive(marked, opened, tmp_path):
    handed_in = answers("ada", "bert", "cleo")
    page = opened(marked.run(handed_in))
    assert "marked 1 of 3; 1 of 6 in all" in page.text("#progress")
    # To the first question's first answer without points, and on from one to the next.
    page.press("Escape Enter 7 . 5 Enter 3 c O k ! Escape t 0 Enter")
    assert "marked 1 of 3; 4 of 6 in all" in page.text("#progress")
    file = page.save(tmp_path / "download.csv")
    assert "Saved 3" in page.status and "written.csv" in page.status
    merged = marked.run(handed_in, marks=[file], now=LATER)
    points = held(merged)
    assert points["ada", "why"] == 6
    assert {points["bert", "why"], points["cleo", "why"]} == {7.5, 3}
    three = next(m for m in merged.marks.values() if m.points == 3)
    assert three.comment in ("Ok!", "laterOk!") and three.origin == "page"
    assert sorted(p for (_, task), p in points.items() if task == "reading" and p == 0)
    assert said(merged, "download.csv: taken over (3)")
    # Taken over once; what the table says later is not undone by the same file.
    marked.edit(("bert", "why", "points", "1"))
    marked.run(handed_in)
    merged = marked.run(handed_in, marks=[file])
    assert held(merged)["bert", "why"] == 1
    assert said(merged, "taken over before, and changed since", "bert why, 1 of 8")


def test_a_page_in_the_place_of_the_table(marked, opened):
    """The download put over written.csv: the other rows are still there after it."""
    handed_in = answers("ada", "bert", "cleo")
    page = opened(marked.run(handed_in)).press("Escape Enter 2")
    page.save(marked.table)
    points = held(marked.run(handed_in))
    assert points["ada", "why"] == 6 and 2 in points.values()
    assert len(marked.rows()) == 6


def test_points_can_be_taken_back_on_the_page(marked, opened, tmp_path):
    handed_in = answers("ada", "bert", "cleo")
    page = opened(marked.run(handed_in))
    page.press("Escape")
    while not page.page.locator("#points").input_value():
        page.press("n")
    page.press("Backspace")
    file = page.save(tmp_path / "download.csv")
    merged = marked.run(handed_in, marks=[file])
    assert held(merged)["ada", "why"] is None
    assert merged.marks["ada", "why"].comment == "Say which factor."
    assert said(merged, "taken back")


@pytest.mark.parametrize("render", [None, rendered], ids=["text", "rendered"])
def test_nothing_that_was_handed_in_acts(folder, opened, tmp_path, render):
    """Answers, ids, comments, tasks: shown as text, written and read back as text."""
    texts = {f"{k}{text[:60]}": text for k, text in enumerate(HOSTILE)}
    handed_in = answers(**texts)
    folder.run(handed_in)
    tasks = [dataclasses.replace(WHY, rubric=HOSTILE[0], question=HOSTILE[1]), READING]
    tasks += [Task("</title><script>alert(1)</script>", 3, HOSTILE[3])]
    handed_in.append(Answer("ada", tasks[-1].name, FULL))
    merged = folder.run(handed_in, tasks)
    page = opened(merged, render=render)
    page.page.check("#names")
    seen = []
    for k, text in enumerate(HOSTILE):
        seen.append(page.text("#answer"))
        page.page.fill("#points", str(k % 8))
        page.page.fill("#comment", text[:2000])
        page.press("Escape n")
    if render is None:
        assert "</script><script>alert(1)</script>" in seen
        assert "<img src=x onerror=alert(1)>" in seen
    assert any("characters more" in text for text in seen)
    assert page.page.locator("main :is(img, iframe, script, a, svg, base)").count() == 0
    file = page.save(tmp_path / "download.csv")
    entries = read(file).entries
    assert len(entries) == len(HOSTILE)
    after = folder.run(handed_in, tasks, marks=[file])
    assert sum(p is not None for p in held(after).values()) == len(HOSTILE)
    words = {by_hand._words(text[:2000]) for text in HOSTILE[:13]}
    assert words <= {mark.comment for mark in after.marks.values()}
    # No cell of it is a formula, as the table's are none.
    for row in csv.reader(io.StringIO(file.read_text("utf-8-sig"), newline="")):
        assert [spreadsheet.guarded(spreadsheet.bare(cell)) for cell in row[:6]] == row[
            :6
        ]
    opened(after, "after.html", render).press("n n t")


def test_the_policy_lets_nothing_else_run(folder, browser, tmp_path):
    """If a script did get into the page, it would be stopped."""
    text = marking.page(folder.run(answers("ada")))
    bad = (
        "<script>document.title='run'</script><img src=x onerror=document.title='run'>"
    )
    bad += "<style>body{display:none}</style><img src='https://example.org/x.png'>"
    page = Page(browser, tmp_path / "x.html", text.replace("<main>", bad + "<main>"))
    page.press("n 5")
    assert page.page.title() == "lstm: answers in words"
    assert page.page.locator("main").is_visible()
    with pytest.raises(Exception, match="(?i)trusted ?html"):
        page.page.evaluate("document.body.innerHTML = 'x'")
    page.context.close()
    assert not [one for one in page.heard if one.startswith(("dialog", "error"))]


def test_what_is_typed_survives_the_browser(marked, opened):
    handed_in = answers("ada", "bert", "cleo")
    merged = marked.run(handed_in)
    page = opened(merged).press("Escape Enter 4 c n o t e")
    page.page.close()
    page.open()
    assert "marked 2 of 3" in page.text("#progress")
    assert page.status == "Typed here and not taken over yet: 1."
    # A late hand-in makes the page anew; another class and assignment have their own.
    late = marked.run(handed_in + answers("dora"))
    page.path.write_text(marking.page(late), encoding="utf-8")
    assert "marked 2 of 4" in page.open().text("#progress")
    for store in (Store("lstm"), dataclasses.replace(late.store, assignment="gru")):
        other = merge(store, None, handed_in, TASKS)
        page.path.write_text(marking.page(other), encoding="utf-8")
        assert "marked 0 of 3" in page.open().text("#progress") or store.log


def test_what_was_typed_for_an_older_table_is_shown_and_not_lost(marked, opened):
    handed_in = answers("ada", "bert", "cleo")
    page = opened(marked.run(handed_in)).press("Escape Enter 4")
    others = [("bert", "why", "points", "1"), ("cleo", "why", "points", "1")]
    marked.edit(*others)
    page.path.write_text(marking.page(marked.run(handed_in)), encoding="utf-8")
    page.open().press("Escape")
    notes = []
    for _ in range(3):
        notes.append(page.text("#earlier") if page.page.is_visible("#earlier") else "")
        page.press("n")
    assert sum("Here you had typed 4" in note for note in notes) == 1
    page.press("s")
    assert "Nothing to save" in page.status


def test_points_that_are_none_are_said_and_left_out(marked, opened, tmp_path):
    page = opened(marked.run(answers("ada", "bert", "cleo")))
    page.press("Escape Enter 9")
    assert page.text("#wrong") == "Points are a number from 0 to 8."
    assert page.page.get_attribute("#points", "aria-invalid") == "true"
    page.press("Enter")
    assert "from 0 to 8" in page.status
    page.press("s")
    assert "Nothing to save" in page.status and "1 left out" in page.status
    page.press("t 1 , 5")
    (entry,) = read(page.save(tmp_path / "download.csv")).entries
    assert entry.points == 1.5 and "1 left out" in page.status


def test_comments_are_used_again(marked, opened):
    handed_in = answers("ada", "bert", "cleo")
    page = opened(marked.run(handed_in)).press("Escape")
    while page.page.locator("#comment").input_value():
        page.press("n")
    page.press("r")
    assert page.page.evaluate("document.activeElement.closest('#reuse') !== null")
    shown = page.page.locator("#reuse span").all_inner_texts()
    assert sorted(shown) == ["Say which factor.", "later"]
    page.press("2")
    assert page.page.locator("#comment").input_value() == shown[1]
    assert page.page.evaluate("document.activeElement.id") == "points"
    page.press("r ArrowUp ArrowUp Enter")
    assert page.page.locator("#comment").input_value() == "\n".join(shown[::-1])
    page.press("r 1")  # and none twice
    assert page.page.locator("#comment").input_value() == "\n".join(shown[::-1])
    page.press("t r")
    assert "No comment" in page.status


def test_the_page_is_blind_and_its_order_stays(marked, opened):
    who = [f"student{k}" for k in range(9)]
    merged = merge(Store("lstm", "seed"), None, answers(*who), TASKS)
    page = opened(merged)
    assert page.text("#which") == "Answer 1 of 9"
    assert not page.page.is_visible("#who")
    assert page.page.locator("#student").text_content() == ""
    page.page.check("#names")

    def order(page) -> list[str]:
        found = []
        for _ in range(int(page.text("#which").split()[-1])):
            found.append(page.text("#student"))
            page.press("n")
        return found

    first = order(page)
    assert sorted(first) == who and first != who
    more = opened(merge(merged.store, None, answers("late"), TASKS), "more.html")
    more.page.check("#names")
    assert [one for one in order(more) if one != "late"] == first
    assert marking.page(merged) == marking.page(merged)
    assert marking.page(merged, seed="a") != marking.page(merged, seed="b")


def test_keys_of_one_letter_can_be_switched_off(marked, opened):
    page = opened(marked.run(answers("ada", "bert", "cleo")))
    page.page.uncheck("#single")
    page.page.focus("#next")
    page.press("n s 5")
    assert page.text("#which") == "Answer 1 of 3" and page.status == ""
    page.page.focus("#points")
    page.press("n")
    assert page.page.locator("#points").input_value().endswith("n")
    page.page.check("#single")
    page.press("n")
    assert page.text("#which") == "Answer 2 of 3"
    page.page.focus("#comment")
    page.press("n s t")
    assert page.page.locator("#comment").input_value().endswith("nst")


def test_letters_of_another_alphabet_work_by_their_place(marked, opened):
    page = opened(marked.run(answers("ada", "bert", "cleo")))
    dispatch = "k => document.dispatchEvent(new KeyboardEvent('keydown', k))"
    page.page.evaluate(dispatch, {"key": "т", "code": "KeyN"})
    assert page.text("#which") == "Answer 2 of 3"
    page.page.evaluate(dispatch, {"key": "n", "code": "KeyN", "ctrlKey": True})
    assert page.text("#which") == "Answer 2 of 3"


def test_a_page_without_answers(folder, opened):
    merged = folder.run([Answer("ada", "why", "", blank=True)])
    page = opened(merged).press("n 5 s t")
    assert page.status == "No answer waits for points."
    assert not page.page.is_visible("main")


SCHEMES = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]
# Every text against the first background behind it, as WCAG 2 counts.
CONTRAST = """() => {
  const parse = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => parse(c).slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      const [, , , alpha] = parse(c);
      if (alpha === undefined || alpha === 1) return c;
    }
    return "rgb(255, 255, 255)";
  };
  const low = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own && !["INPUT", "TEXTAREA"].includes(e.tagName)) continue;
    if (!e.getClientRects().length || e.closest(":disabled, script")) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push([e.tagName, e.id, e.textContent.slice(0, 30), ratio]);
  }
  return low;
}"""
# By Tab alone: each control once, where it is, and whether one sees that it has focus.
FOCUS = """() => {
  const e = document.activeElement, s = getComputedStyle(e);
  return [e.id || e.tagName, e.tagName === "BODY" || parseFloat(s.outlineWidth) >= 2];
}"""


@pytest.mark.parametrize("width, scheme", SCHEMES)
@pytest.mark.parametrize("render", [None, rendered], ids=["text", "rendered"])
def test_the_page_can_be_used_by_everybody(marked, opened, width, scheme, render):
    nb = nbformat.read(ROOT / "assignments" / "lstm" / "lstm.ipynb", as_version=4)
    tasks = by_hand.written_tasks(nb)
    long = (
        "A $\\frac{"
        + "a + " * 200
        + "b}{c}$ and "
        + "w" * 300
        + "\n\n```\n"
        + "x = 1 " * 99
    )
    handed_in = answers("ada", "bert", "cleo") + answers(dora=long)
    marked.run(handed_in, tasks)
    page = opened(
        marked.run(handed_in, tasks),
        render=render,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
    )
    page.press("9 9")  # the sentence that says what is wrong is there, too
    page.page.locator("summary").last.click()
    for _ in range(4):
        assert page.page.evaluate(CONTRAST) == []
        assert page.page.evaluate("document.documentElement.scrollWidth") <= width
        wide = "[...document.querySelectorAll('.text')].filter(e => e.tabIndex < 0 &&"
        assert page.page.evaluate(wide + "e.scrollWidth > e.clientWidth).length") == 0
        page.press("n")
    page.open()
    reached = []
    while "BODY" not in reached and len(reached) < 40:
        page.press("Tab")
        name, seen = page.page.evaluate(FOCUS)
        assert seen, name
        reached.append(name)
    controls = {"save", "next", "points", "comment", "names", "single"}
    others = page.page.locator("#tasks button, #reuse button").count()
    assert controls <= set(reached) and reached.count("BUTTON") == others


def test_every_control_has_a_name(marked, opened):
    page = opened(marked.run(answers("ada", "bert", "cleo"))).page
    for role, name in [
        ("textbox", "Points"),
        ("textbox", "Comment"),
        ("button", "Save marks"),
        ("button", "Previous"),
        ("button", "Next"),
        ("checkbox", "Show names"),
        ("checkbox", "Keys of one letter"),
        ("progressbar", "marked 1 of 3"),
        ("navigation", "Questions"),
        ("region", "Answer 1 of 3"),
        ("group", "Text of the answer"),
        ("region", "Rubric"),
        ("region", "Keys"),
        ("main", ""),
        ("status", ""),
    ]:
        assert page.get_by_role(role, name=name).count() >= 1, (role, name)
    unnamed = """() => [...document.querySelectorAll("button, input, textarea")]
      .filter((e) => !e.textContent.trim() && !(e.labels && e.labels.length))
      .map((e) => e.outerHTML)"""
    assert page.evaluate(unnamed) == []
    assert page.evaluate("document.documentElement.lang") == "en"
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))
    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3')].map((e) => e.tagName)"
    )
    assert levels[0] == "H1" and set(levels[1:]) == {"H2"}
    page.keyboard.press("n")
    assert page.locator("[aria-live=polite]").inner_text().startswith("Answer 2 of 3")


def test_a_browser_that_stores_nothing_says_so(marked, opened, browser, tmp_path):
    merged = marked.run(answers("ada", "bert", "cleo"))
    page = opened(merged)
    page.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw Error('no'); }})"
    )
    page.open().press("5")
    assert "stores nothing" in page.status
    (entry,) = read(page.save(tmp_path / "download.csv")).entries
    assert entry.points == 5


def test_the_script_and_the_style_hold_nothing_else():
    """No second file, no address, and no way from a text to an element."""
    script = (ROOT / "assignments" / "marking.js").read_text(encoding="utf-8")
    ways = (
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval|fetch|import|http"
    )
    assert not re.search(ways, script) and "</script" not in script
    style = (ROOT / "assignments" / "marking.css").read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import|http|</style", style)
