"""What a class did: the names of its mistakes, the table, the page, the sentences."""

import contextlib
import csv
import io
import re
import statistics
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

FOLDER = Path(__file__).resolve().parent.parent / "assignments"
sys.path.insert(0, str(FOLDER))

import report  # noqa: E402  (assignments/ is no package)

from rnnbook.questions import OR, QUESTIONS, REMARKS, drawn  # noqa: E402

NAMES = sorted(p.stem for p in FOLDER.glob("*/*.ipynb") if p.stem == p.parent.name)
MARKER = re.compile(r"^[ \t]*### (BEGIN|END) (SOLUTION|HIDDEN TESTS)[ \t]*\n?", re.M)


# ---- notebooks and rows, made by hand


def task(name, points, check="lstm.step", hidden=True):
    """A test cell as the grader has it: with the hidden call, or without."""
    source = f'check("{check}", step)\n'
    if hidden:
        source += (
            f'award(\n    {points},\n    "{check}",\n    step,\n    {{"*": 1}},\n)'
        )
    about = {"grade_id": name, "grade": True, "solution": False, "points": points}
    return new_code_cell(source, metadata={"nbgrader": about})


def gave(cell, text, value):
    """The cell with what it printed and its value."""
    cell.outputs = [new_output("stream", name="stdout", text=text)]
    if value is not None:
        data = {"text/plain": str(value)}
        cell.outputs.append(new_output("execute_result", data=data))
    return cell


def slips_of(cell):
    (slips,) = report.found(new_notebook(cells=[cell])).values()
    return [(slip.name, slip.kind, round(slip.cost, 2)) for slip in slips]


def row(student, scores, points=None, status="graded", to_mark=(), name="", notes=()):
    points = points or dict.fromkeys(scores, 10)
    return SimpleNamespace(
        student=student,
        name=name,
        status=status,
        total=sum(scores.values()),
        out_of=sum(points.values()),
        scores=scores,
        points=points,
        to_mark=list(to_mark),
        notes=list(notes),
        look=[],
    )


def slip(name, cost, kind="mistake", says="It is wrong. See the page.", page="11-lstm"):
    return report.Slip(name, cost, kind, says, page)


def source(name):
    return nbformat.read(FOLDER / name / f"{name}.ipynb", as_version=4)


def played(name, *changes):
    """The source notebook, changed, with the outputs of its test cells.

    Run in this process, as it is our own code; it prints what it prints in a kernel.
    """
    nb, space = source(name), {"__name__": "__main__"}
    for cell in nb.cells:
        about = cell.metadata.get("nbgrader", {})
        cell.source = MARKER.sub("", cell.source)
        for old, new in zip(changes[::2], changes[1::2], strict=True):
            if about.get("solution"):
                cell.source = cell.source.replace(old, new)
        first = cell.source.startswith("STUDENT =")
        if cell.cell_type == "code" and (first or about.get("grade_id")):
            text = 'STUDENT = "ada"' if first else cell.source
            if first or about["grade_id"] == "setup" or "grade" in about:
                run(cell, text, space, about.get("grade"))
    return nb


def run(cell, text, space, graded):
    body, _, last = text.rpartition("\n\n") if graded else (text, "", "")
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(body, "cell", "exec"), space)
            value = eval(compile(last, "cell", "eval"), space) if graded else None
        gave(cell, printed.getvalue(), value)
    except Exception as error:
        cell.outputs = [
            new_output("error", ename=type(error).__name__, evalue=str(error))
        ]


# ---- titles


@pytest.mark.parametrize("name", NAMES)
def test_every_task_has_a_title_of_its_own(name):
    found = report.titles(source(name))
    graded = [
        c.metadata.nbgrader.grade_id
        for c in source(name).cells
        if c.metadata.get("nbgrader", {}).get("grade")
    ]
    assert list(found) == graded
    assert all(re.match(r"Task \d+[a-z]?: \w", title) for title in found.values())
    assert len(set(found.values())) == len(found)
    assert not any("points" in title for title in found.values())


def test_titles_of_an_assignment():
    found = report.titles(source("lstm"))
    assert found["step-test"] == "Task 3: the step"
    assert found["why"] == "Task 8a: two questions to answer in words"
    assert found["reading"] == "Task 8b: two questions to answer in words"


def test_titles_where_headings_are_missing_or_shared():
    nb = new_notebook(cells=[task("a", 1), new_markdown_cell("## Task 1: both")])
    nb.cells += [task("b", 1), task("c", 1)]
    titles = {"a": "a", "b": "Task 1: both (b)", "c": "Task 1: both (c)"}
    assert report.titles(nb) == titles


# ---- what the cells said


@pytest.mark.parametrize("name", NAMES)
def test_planted_mistakes_are_found_with_their_cost(name):
    """In three test cells; that all are printed, ``test_assignments`` looks at."""
    planted = tomllib.loads((FOLDER / name / "planted.toml").read_text("utf-8"))
    every = {one["task"]: one for one in reversed(planted["planted"])}
    first = {task: every[task] for task in list(every)[-3:]}
    nb = played(name, *(text for one in first.values() for text in one["change"]))
    found = report.found(nb)
    assert [task for task, slips in found.items() if slips] == sorted(
        first, key=list(found).index
    )
    for task, one in first.items():
        slips = found[task]
        assert sum(s.cost for s in slips) == pytest.approx(one["lost"], abs=0.02)
        if "mistake" in one:
            assert [s.name for s in slips] == one["mistake"].split(" + ")
            assert all(s.kind == "mistake" and s.says and s.page for s in slips)
        else:
            assert all(s.name.partition(": ")[0] in QUESTIONS for s in slips)


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_has_no_slip(name):
    found = report.found(played(name))
    assert found and not any(found.values())


def test_misconceptions_are_named_and_the_rest_is_not():
    given = {"lstm.parameters": 0, "lstm.step": 2, "lstm.half_life": 12345.6}
    q = {name: drawn(name, "ada") for name in given}
    given["lstm.parameters"] = q["lstm.parameters"].wrong[0][0]
    given["lstm.step"] = None
    nb = played("lstm", "drawn(name, STUDENT).answer for", f"{given}[name] for")
    slips = report.found(nb)["numbers-test"]
    assert [(s.name, s.kind, round(s.cost, 2)) for s in slips] == [
        ("lstm.parameters: That is one gate", "mistake", 2),
        ("lstm.step: no answer", "empty", 3),
        ("lstm.half_life: no known mistake", "unknown", 3),
    ]
    assert slips[0].says == q["lstm.parameters"].wrong[0][1]
    assert {s.page for s in slips} == {"11-lstm", ""}


def test_what_else_is_said_of_a_number_is_named_too():
    q = {name: drawn(name, "ada") for name in ("lstm.step", "lstm.half_life")}
    given = {
        "lstm.parameters": "much",
        "lstm.step": round(q["lstm.step"].answer, 2),
        "lstm.half_life": 100 * q["lstm.half_life"].answer,
    }
    nb = played("lstm", "drawn(name, STUDENT).answer for", f"{given}[name] for")
    slips = report.found(nb)["numbers-test"]
    assert [(s.name, s.kind) for s in slips] == [
        ("lstm.parameters: not read", "unknown"),
        ("lstm.step: That is right to two digits", "mistake"),
        ("lstm.half_life: That is 100 times too much", "mistake"),
    ]


def test_of_two_sentences_the_first_one_counts():
    says = drawn("lstm.step", "ada").wrong[0][1]
    found = report._answer("lstm.step", f"Not yet. {says}{OR}{REMARKS['near']}", 1.0)
    assert (found.kind, found.says) == ("mistake", says)


@pytest.mark.parametrize("question", QUESTIONS)
def test_two_misconceptions_of_a_question_have_two_names(question):
    """And the sentence is the same whoever asks, as it is looked up by its text."""
    says = [sentence for _, sentence in drawn(question, "ada").wrong]
    assert set(says) == report._misconceptions(question)
    assert len({report._short(one) for one in says}) == len(says)
    for one in says:
        found = report._answer(question, f"Not yet. {one}", 1.0)
        assert (found.kind, found.says) == ("mistake", one)


@pytest.mark.parametrize("hidden", [True, False])
def test_named_mistakes_and_their_cost(hidden):
    cell = task("a", 20, hidden=hidden)
    says = "9 of 20 points: forget_gate_inverted costs 6, bias_twice costs 5.\n"
    named = [("forget_gate_inverted", "mistake", 6), ("bias_twice", "mistake", 5)]
    assert slips_of(gave(cell, "Not yet. ...\n\n" + says, 9.0)) == named
    assert slips_of(gave(cell, "20 of 20 points.\n", 20.0)) == []
    assert slips_of(gave(cell, "0 of 20 points.\n", 0.0)) == [
        ("no known mistake", "unknown", 20)
    ]


def test_of_two_that_cost_more_than_there_is_each_has_its_share():
    says = "0 of 6 points: bias_missing costs 6, bias_twice costs 3.\n"
    assert slips_of(gave(task("a", 6), says, 0.0)) == [
        ("bias_missing", "mistake", 4),
        ("bias_twice", "mistake", 2),
    ]


@pytest.mark.parametrize(
    "name", ["in_place", "order", "gate_order", "library", "not_allowed"]
)
def test_mistakes_that_any_function_can_have(name):
    cell = gave(task("a", 20), f"16 of 20 points: {name} costs 4.\n", 16.0)
    assert slips_of(cell) == [(name, "mistake", 4)]
    (made,) = report.found(new_notebook(cells=[cell]))["a"]
    assert made.says and made.page


@pytest.mark.parametrize(
    "ename, name, kind",
    [
        ("TimeLimit", "TimeLimit", "error"),
        ("Stopped", "Stopped", "error"),
        ("NotMarked", "NotMarked", "error"),
        ("NotRun", "NotRun", "error"),
        ("NameError", "NameError", "error"),
        ("NotImplementedError", "NotImplementedError", "empty"),
        ("<script>alert(1)</script>", "another error", "error"),
        ("=cmd|' /C calc'!A0", "another error", "error"),
        ("print", "another error", "error"),
    ],
)
def test_errors_are_counted_by_their_kind(ename, name, kind):
    cell = task("a", 20)
    says = "20 of 20 points.\n"
    error = new_output("error", ename=ename, evalue="x", traceback=["x"])
    cell.outputs = [new_output("stream", name="stdout", text=says), error]
    assert slips_of(cell) == [(name, kind, 20)]


@pytest.mark.parametrize(
    "text, name, kind",
    [
        ("it stops with ValueError: no (case 1).", "ValueError", "error"),
        ("it stops with NotImplementedError in line 3", "NotImplementedError", "empty"),
        ("it stops with Mine: <b>", "another error", "error"),
        ("your function did not come back within 5 s", "TimeLimit", "error"),
        ("expected a function, got a dict.", "no known mistake", "unknown"),
    ],
)
def test_what_stopped_a_function_is_counted_by_its_kind(text, name, kind):
    says = f"Not yet. lstm.step: {text}\n\n0 of 20 points.\n"
    assert slips_of(gave(task("a", 20), says, 0.0)) == [(name, kind, 20)]


@pytest.mark.parametrize(
    "text",
    [
        "0 of 20 points: made_up costs 20.\n",
        "0 of 20 points: <script>alert(1)</script> costs 20.\n",
        "0 of 20 points: =cmd costs 20.\n",
        "0 of 20 points: sign costs 20.\n",  # of another check
        "0 of 20 points: bias_twice costs many.\n",
        "lstm.parameters: Not yet. That is one gate. 0 of 3 points.\n",
        "",
    ],
)
def test_what_a_student_prints_is_no_name(text):
    assert slips_of(gave(task("a", 20), text, 0.0)) == [
        ("no known mistake", "unknown", 20)
    ]


def test_the_last_line_counts_and_only_what_was_lost():
    """Printing mistakes neither makes them count, nor hides the real one."""
    fake = "0 of 20 points: bias_twice costs 20.\n"
    real = "14 of 20 points: forget_gate_inverted costs 6.\n"
    named = [("forget_gate_inverted", "mistake", 6)]
    assert slips_of(gave(task("a", 20), fake + real, 14.0)) == named
    assert slips_of(gave(task("a", 20), fake, 20.0)) == []


@pytest.mark.parametrize("value", ["nan", "inf", "-5", "1e999", "many", "10**9", None])
def test_a_value_that_is_no_number_of_points_is_none(value):
    cell = gave(task("a", 20), "14 of 20 points: bias_twice costs 6.\n", value)
    assert slips_of(cell) == [("bias_twice", "mistake", 6)]


@pytest.mark.parametrize(
    "text", ["a" * 10**6, "9" * 10**6, "a: " * 10**6, "\n" * 10**6]
)
def test_a_long_print_is_read_in_no_time(text):
    assert slips_of(gave(task("a", 20), text, 0.0))[0][1] == "unknown"


# ---- the table


def a_class(n=10, task="t"):
    """``n`` students of whom the first three made one mistake and one another."""
    rows = [row(f"s{k}", {task: 10.0, "u": float(k)}) for k in range(n)]
    slips = {one.student: {} for one in rows}
    for k in range(3):
        rows[k].scores[task] = 6.0
        slips[f"s{k}"] = {task: [slip("bias_twice", 4.0)]}
    rows[3].scores[task] = 1.0
    slips["s3"] = {task: [slip("no known mistake", 9.0, "unknown")]}
    return rows, slips


TITLES = {"t": "Task 1: a", "u": "Task 2: b"}


def read(path):
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as f:
        return list(csv.DictReader(f))


def test_a_line_for_each_task_and_mistake(tmp_path):
    rows, slips = a_class()
    slips["s9"] = {"u": [slip("sign", 1.0, says="A `tanh` is **missing**: `W**k`.")]}
    report.write_mistakes(tmp_path / "mistakes.csv", rows, slips, TITLES)
    lines = read(tmp_path / "mistakes.csv")
    assert [line["mistake"] for line in lines] == [
        "bias_twice",
        "no known mistake",
        "sign",
    ]
    assert lines[0] == {
        "task": "t",
        "title": "Task 1: a",
        "mistake": "bias_twice",
        "says": "It is wrong. See the page.",
        "students": "3",
        "share": "0.3",
        "who": "s0; s1; s2",
        "lost": "4",
    }
    assert lines[2]["says"] == "A tanh is missing: W**k."
    assert [p.name for p in tmp_path.iterdir()] == ["mistakes.csv"]


def test_who_was_not_graded_is_not_counted(tmp_path):
    rows, slips = a_class()
    rows[0].status, rows[1].status = "failed", "stopped"
    report.write_mistakes(tmp_path / "mistakes.csv", rows, slips, TITLES)
    first = read(tmp_path / "mistakes.csv")[0]
    assert (first["who"], first["share"]) == ("s1; s2", "0.222")


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "  +1+1",
    "'=1+1",
    '"=1+1',
    "@SUM(1)",
    "-2+3",
    "\t=1",
    "\r=1",
    "x; =cmd|' /C calc'!A0",
    "x\x00\x1b[31m\u202eevil\u2066\n=1",
    "\ud83d half",
    "w" * 5000,
    "{{ 7 * 7 }}{% raw %}",
    "</style><script>1</script>",
    "&lt;b&gt;\u0336\u0336",
]


def a_hostile_class():
    rows = [
        row(x, {"t": 6.0}, name=x, notes=[x], status="stopped" if k % 2 else "graded")
        for k, x in enumerate(HOSTILE)
    ]
    return rows, {x: {"t": [slip("bias_twice", 4.0)]} for x in HOSTILE}


def test_no_cell_is_a_formula_for_a_spreadsheet_of_any_country(tmp_path):
    rows, slips = a_hostile_class()
    report.write_mistakes(tmp_path / "mistakes.csv", rows, slips, TITLES)
    text = (tmp_path / "mistakes.csv").read_text(encoding="utf-8-sig")
    assert not re.search(
        r"[\x00-\x09\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]", text
    )
    cut = [part for line in text.splitlines() for part in re.split(r"[,;|\t]+", line)]
    assert [part for part in cut if re.match(r'[\s"]*[=+\-@]', part)] == []
    (line,) = read(tmp_path / "mistakes.csv")
    assert line["students"] == str(len(HOSTILE))
    assert len(line["who"]) < 2500


# ---- the numbers


def test_tasks_in_numbers():
    rng = np.random.default_rng(1)
    marks = rng.integers(0, 11, size=(20, 3)).astype(float)
    rows = [
        row(f"s{k}", dict(zip("abc", one, strict=True))) for k, one in enumerate(marks)
    ]
    made = report.tasks(rows, {})
    for k, one in enumerate(made):
        rest = marks.sum(axis=1) - marks[:, k]
        assert one.mean == pytest.approx(marks[:, k].mean() / 10)
        assert one.deviation == pytest.approx(marks[:, k].std(ddof=1) / 10)
        assert one.separates == pytest.approx(np.corrcoef(marks[:, k], rest)[0, 1])
        assert (one.full, one.none) == tuple((marks[:, k] == n).sum() for n in (10, 0))
        assert one.lost == pytest.approx((10 - marks[:, k]).sum())
    shares = report.totals(rows, {})
    assert statistics.fmean(shares) == pytest.approx(marks.sum(axis=1).mean() / 30)


@pytest.mark.parametrize("n, same", [(7, False), (8, True)])
def test_a_dash_for_few_students_and_for_no_variance(n, same):
    rows = [row(f"s{k}", {"a": 5.0 if same else k, "b": k}) for k in range(n)]
    assert [one.separates for one in report.tasks(rows, {})] == [None, None]


def test_answers_that_are_not_marked_are_left_out_and_named():
    rows = [row(f"s{k}", {"a": 10.0, "w": 0.0}, to_mark=["w"]) for k in range(9)]
    rows.append(row("empty", {"a": 0.0, "w": 0.0}))  # nbgrader has given 0
    a, w = report.tasks(rows, {"a": "Task 1: a", "w": "Task 2a: words"})
    assert (w.mean, w.waiting, w.separates) == (None, 9, None)
    assert report.totals(rows, {})[0] == 1.0
    page = report.summary("A", rows, {}, {"w": "Task 2a: words"})
    says = "<strong>Task 2a: words</strong>: 9 answers are missing here, as not marked"
    assert says in page


# ---- what to teach again


def test_monday_names_the_mistake_the_task_and_the_chapter():
    rows, slips = a_class()
    (first, *rest) = report.monday(rows, slips, TITLES)
    assert first == (
        "Task 1: a (79 % of the points): bias_twice, made by 3 of 10, explains 57 % of "
        "the points lost where something was written; the chapter is 11-lstm."
    )
    second = "Task 2: b (45 % of the points): no named mistake explains a third of "
    assert rest == [second + "what was lost."]


def test_monday_is_silent_about_a_task_that_went_well():
    rows, slips = a_class(n=60)
    assert report.tasks(rows, TITLES)[0].mean > report.WELL
    assert not any("Task 1" in one for one in report.monday(rows, slips, TITLES))


def test_monday_asks_for_two_students_and_a_tenth():
    rows, slips = a_class()
    for k in (1, 2):
        slips[f"s{k}"] = {"t": [slip("sign", 4.0)]} if k == 1 else {}
    assert not any("bias_twice" in one for one in report.monday(rows, slips, TITLES))


def test_what_was_left_empty_hides_no_mistake():
    rows, slips = a_class()
    for k in (4, 5, 6, 7):
        rows[k].scores["t"] = 0.0
        slips[f"s{k}"] = {"t": [slip("NotImplementedError", 10.0, "empty")]}
    assert "bias_twice" in report.monday(rows, slips, TITLES)[0]


def test_monday_has_three_sentences_at_most_and_the_lowest_first():
    rows = [row(f"s{k}", {f"t{j}": float(j) for j in range(5)}) for k in range(9)]
    slips = {
        r.student: {f"t{j}": [slip("sign", 10.0 - j)] for j in range(5)} for r in rows
    }
    said = report.monday(rows, slips, {})
    assert [one[:2] for one in said] == ["t0", "t1", "t2"]


def test_monday_when_nothing_stands_out_and_when_nothing_is_there():
    full = [row(f"s{k}", {"a": 10.0}) for k in range(5)]
    assert report.monday(full, {}, {})[0].startswith("Nothing stands out")
    gone = [row("s", {"a": 0.0}, status="missing")]
    assert report.monday(gone, {}, {}) == ["No work was graded yet."]
    assert report.monday([], {}, {}) == ["No work was graded yet."]


# ---- the page


def test_the_page_says_what_the_class_did():
    rows, slips = a_class(12)
    rows[0].name = "Ada Lovelace"
    rows += [row("lost", {"t": 0.0}, status="missing", notes=["nothing was handed in"])]
    page = report.summary("Assignment: the LSTM", rows, slips, TITLES)
    assert "13 students: 12 graded, 0 stopped, 0 failed, 1 missing." in page
    assert "What to teach again on Monday" in page
    assert "<bdi>Ada Lovelace (s0)</bdi>, <bdi>s1</bdi>, <bdi>s2</bdi>" in page
    assert "<bdi>lost</bdi>" in page and "nothing was handed in" in page
    assert re.search(r'role="img" aria-label="[^"]*30 to 40 %: \d', page)


def test_a_long_list_of_students_is_cut_and_says_so():
    rows = [row(f"s{k:03}", {"t": 5.0}) for k in range(200)]
    slips = {one.student: {"t": [slip("sign", 5.0)]} for one in rows}
    page = report.summary("A", rows, slips, {})
    assert "and 188 more" in page and "s199" not in page


@pytest.mark.parametrize("status", ["graded", "stopped", "failed", "missing"])
@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_class_of_nobody_or_of_one_has_a_page(n, status, tmp_path):
    rows = [row(f"s{k}", {"t": 5.0}, status=status) for k in range(n)]
    report.write_summary(tmp_path / "summary.html", "A", rows, {}, TITLES)
    report.write_mistakes(tmp_path / "mistakes.csv", rows, {}, TITLES)
    assert "nan" not in (tmp_path / "summary.html").read_text("utf-8")
    assert read(tmp_path / "mistakes.csv") == []


def test_nothing_of_a_student_is_markup_on_the_page():
    page = report.summary("<b>A</b>", *a_hostile_class(), TITLES)
    assert not re.search(r"<script|<img|<b>|49|\ud83d|\x1b|\x00|\u202e", page)
    assert page.count("<style>") == page.count("</style>") == 1
    assert "w" * 201 not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src &#39;none&#39;; style-src" in page
    page.encode("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_the_page_fits_and_asks_for_nothing(browser, tmp_path, width, scheme):
    path = tmp_path / "summary.html"
    report.write_summary(path, "Assignment", *a_hostile_class(), TITLES)
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    tab, asked, said = context.new_page(), [], []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("dialog", lambda dialog: said.append(dialog.message))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(path.as_uri())
    wide = tab.evaluate("document.documentElement.scrollWidth")
    colours = tab.evaluate(CONTRAST)
    context.close()
    assert (said, asked) == ([], [path.as_uri()])
    assert wide <= width
    assert min(colours) >= 4.5


# The contrast of each text with what is behind it (WCAG 2).
CONTRAST = """() => {
  const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255)
    .map(x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
  const behind = e => { for (; e; e = e.parentElement) {
    const c = getComputedStyle(e).backgroundColor;
    if (!c.startsWith("rgba(0, 0, 0, 0")) return c; } return "rgb(255, 255, 255)"; };
  return [...document.querySelectorAll("body *")]
    .filter(e => [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()))
    .map(e => { const s = getComputedStyle(e);
      const a = light(e.closest("svg") ? s.fill : s.color), b = light(behind(e));
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); });
}"""
