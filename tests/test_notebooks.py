"""The conventions of the chapters, each a rule that a broken notebook fails."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
import run
import yaml
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from rnnbook.checks import CHECKS

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
KEYS = set(
    re.findall(r"^@\w+\{(\S+?),", (ROOT / "references.bib").read_text("utf-8"), re.M)
)
BACK_MATTER = [path for path in CHAPTERS if path.stem >= "9"]
OF_A_LESSON = {  # what a page of the back matter need not have
    "opening_and_closing",
    "exercises_with_hint_and_solution",
    "all_three_grades",
    "quiz",
}
SECTIONS = ("Summary", "Exercises", "Quiz", "Solutions", "Further reading")
DEFINITION = ast.FunctionDef | ast.ClassDef
RULES = {}


def rule(function):
    """Register a check of one notebook; it yields what is wrong, in words."""
    RULES[function.__name__] = function
    return function


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def code_cells(nb) -> list:
    return [c for c in nb.cells if c.cell_type == "code" and c.source.strip()]


def prose(nb) -> str:
    return "\n\n".join(c.source for c in nb.cells if c.cell_type == "markdown")


def outputs(nb) -> Iterator:
    for number, cell in enumerate(code_cells(nb), 1):
        for output in cell.outputs:
            yield number, cell, output


def tree(source: str) -> ast.Module:
    """The syntax tree of a cell; IPython's own lines are left out."""
    return ast.parse(re.sub(r"(?m)^\s*[%!].*$", "", source))


def exercises(nb) -> list[tuple[str, str, str]]:
    """Label, title and text of every exercise."""
    block = r"^:::+\{exercise\} (.*)\n((?:.*\n)*?):::+$"
    found = re.findall(block, prose(nb) + "\n", re.M)
    label = re.compile(r"^:label: (\S+)", re.M)
    return [(m[1] if (m := label.search(b)) else "", t, b) for t, b in found]


def solutions(nb) -> list[str]:
    """The labels of the exercises that are solved, in order."""
    return re.findall(r"^:::+\{solution(?:-start)?\} (\S+)", prose(nb), re.M)


@rule
def one_clean_run(nb):
    counts = [c.execution_count for c in code_cells(nb)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts are {counts}"


@rule
def no_error_no_stderr(nb):
    for number, _, output in outputs(nb):
        if output.output_type == "error":
            yield f"code cell {number} ends in {output.ename}"
        if output.get("name") == "stderr":
            yield f"code cell {number} writes to stderr: {output.text[:80]!r}"


@rule
def no_lost_f_prefix(nb):
    """A printed ``{value:.1%}`` is an f-string that lost its f."""
    for number, _, output in outputs(nb):
        data = output.get("data", {})
        text = output.get("text") or data.get("text/markdown") or ""
        for field in re.findall(r"\{[^{}\n]+:[-+<>^,]*\d*\.?\d*[%efgd]\}", text):
            yield f"code cell {number} shows {field!r}"


@rule
def no_types_of_numpy(nb):
    """``np.float64(0.5)`` is a number with its type around it."""
    for number, _, output in outputs(nb):
        shown = str([output.get("text", ""), *output.get("data", {}).values()])
        typed = r"np\.(?:(?:u?int|float|bool|str)\d*_?\(|True_|False_)"
        for found in re.findall(typed, shown):
            yield f"code cell {number} shows {found}"


@rule
def numbers_are_rounded(nb):
    """No number that is shown has more than six digits that count."""
    for number, cell, output in outputs(nb):
        data = output.get("data", {})
        if "remove-cell" in tags(cell) or {"text/html", "text/markdown"} & set(data):
            continue
        text = output.get("text") or data.get("text/plain", "")
        text = re.sub(r"https?://\S+", "", text)
        for found in re.findall(r"(?<![\w.])\d+\.\d+", text):
            if len(found.replace(".", "").strip("0")) > 6:
                yield f"code cell {number} shows {found}"


@rule
def tables_for_readers(nb):
    """GRU and not gru; numbers that are rounded; a table, not a Series and its type."""
    for number, cell, output in outputs(nb):
        if {"remove-cell", "remove-output"} & set(tags(cell)):
            continue
        data = output.get("data", {})
        if "\ndtype: " in data.get("text/plain", ""):
            yield f"code cell {number} shows a Series; .to_frame makes it a table"
        if "<table" not in (table := data.get("text/html", "")):
            continue
        table = re.sub(r"(?s)<(pre|code)\b.*?</\1>", "", table)  # a program's names
        names = r">[^<]*\b(?<![.-])(gru|lstm|rnn)\b(?![.(-])"
        for found in re.findall(names, "" if ".name" in cell.source else table):
            yield f"code cell {number} shows {found} in small letters"
        if ".round(" not in cell.source and re.search(r">-?\d+\.\d{6,}<", table):
            yield f"code cell {number} shows a number with six digits behind the point"


@rule
def numbers_of_rows_have_names(nb):
    """Beside another name of a row, a number says what it counts."""
    for number, _, output in outputs(nb):
        table = BeautifulSoup(
            output.get("data", {}).get("text/html", ""), "html.parser"
        )
        rows = [row.find_all("th") for row in table.select("table.dataframe tbody tr")]
        heads = [row.find_all("th") for row in table.select("table.dataframe thead tr")]
        whole = [row for row in rows if len(row) == len(rows[0]) > 1]
        for place, column in enumerate(zip(*whole, strict=True)):
            named = any(row[place].get_text(strip=True) for row in heads)
            said = [name.get_text(strip=True) for name in column]
            if not named and all(re.fullmatch(r"-?[\d.]+", one) for one in said):
                yield f"code cell {number}: column {place + 1} of its rows has no name"


@rule
def short_cells(nb):
    for number, cell in enumerate(code_cells(nb), 1):
        lines = [line for line in cell.source.split("\n") if line.strip()]
        if len(lines) > 20:
            yield f"code cell {number} has {len(lines)} lines"


@rule
def images_have_alt_text(nb):
    for number, cell, output in outputs(nb):
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        image = any(kind.startswith("image/") for kind in output.get("data", {}))
        if image and not alt.strip():
            yield f"code cell {number} shows an image without alt text"
    for image in re.findall(r"!\[\s*\]\(.*?\)|<img(?![^>]*alt=)[^>]*>", prose(nb)):
        yield f"without alt text: {image}"


@rule
def some_output_is_compared(nb):
    if not any("nbval-check-output" in tags(c) and c.outputs for c in code_cells(nb)):
        yield "no cell with an output is tagged nbval-check-output"


@rule
def opening_and_closing(nb):
    text = prose(nb)
    if not re.match(r"# \S", text):
        yield "the first cell does not open with a title"
    for title in ("What you will be able to do", "Before you start"):
        if not re.search(rf"^:::+\{{admonition\}} {title}$", text, re.M):
            yield f"no box {title!r}"
    if not re.search(r"Before you start\n(?:.*\n)*?.*\bminutes?\b", text):
        yield "no time to read and to run"
    found = re.findall(r"^## (.*)$", text, re.M)
    if [title for title in found if title in SECTIONS] != list(SECTIONS):
        yield f"the sections do not close with {SECTIONS}: {found}"


@rule
def exercises_with_hint_and_solution(nb):
    found = exercises(nb)
    if len(found) < 5:
        yield f"{len(found)} exercises, at least 5 expected"
    for label, title, text in found:
        if not label:
            yield f"exercise {title!r} has no label"
        if not re.search(r'<details class="hint">\s*<summary>.+</summary>', text):
            yield f"exercise {title!r} has no hint"
    if [label for label, *_ in found] != solutions(nb):
        yield f"the solutions are not those of the exercises, in order: {solutions(nb)}"


@rule
def all_three_grades(nb):
    grades = {title.split()[-1] for _, title, _ in exercises(nb)}
    if grades != {"★☆☆", "★★☆", "★★★"}:
        yield f"the grades are {sorted(grades)}"


@rule
def solutions_are_hidden_and_gated(nb):
    text = prose(nb)
    opened = len(re.findall(r"^:::+\{solution(?:-start)?\}", text, re.M))
    dropped = r"^:::+\{solution(?:-start)?\} \S+\n:class: dropdown$"
    if opened != len(re.findall(dropped, text, re.M)):
        yield "a solution is not a dropdown"
    starts = len(re.findall(r"^:::+\{solution-start\}", text, re.M))
    if starts != len(re.findall(r"^:::+\{solution-end\}", text, re.M)):
        yield "a solution-start without its solution-end"
    inside = False
    for number, cell in enumerate(nb.cells):
        if cell.cell_type == "code" and inside != ("solution" in tags(cell)):
            yield f"cell {number}: the tag 'solution' and the gates disagree"
        if gates := re.findall(r"\{solution-(start|end)\}", cell.source):
            inside = gates[-1] == "start"


@rule
def quiz(nb):
    questions = [c for c in nb.cells if "quiz" in tags(c)]
    if len(questions) < 5:
        yield f"{len(questions)} quiz questions, at least 5 expected"
    choice = (
        r'<details class="choice (right|wrong)">\s*<summary>(.*?)</summary>(.*?)</de'
    )
    places = set()
    for cell in questions:
        name = cell.source.split("\n")[0]
        found = re.findall(choice, cell.source, re.S)
        kinds = [kind for kind, *_ in found]
        if len(kinds) != cell.source.count("<details") or not 3 <= len(kinds) <= 4:
            yield f"{name}: expected three or four choices, found {kinds}"
        if kinds.count("right") != 1:
            yield f"{name}: {kinds.count('right')} right choices"
        places.update(i for i, kind in enumerate(kinds) if kind == "right")
        for _, summary, feedback in found:
            if not summary.strip() or len(feedback.split()) < 4:
                yield f"{name}: no feedback on {summary!r}"
            if not feedback.startswith("\n\n") or re.search("[$`]", summary):
                yield f"{name}: blank line missing, or Markdown, in {summary!r}"
    if len(places) < 2:
        yield "the right choice always stands in the same place"


@rule
def no_typed_percentage(nb):
    for number in re.findall(r"(?<![`{\w.])\d+\.\d+\s?%", prose(nb)):
        yield f"typed into prose, not made by the run: {number}"


@rule
def nothing_from_elsewhere(nb):
    text = prose(nb)
    for kind, *_ in re.findall(r"(<(?:script|iframe|link|object|embed)\b)()", text):
        yield f"in prose: {kind}"
    for source in re.findall(
        r"!\[[^]]*\]\(\s*(?:https?:)?//\S*|src\s*=\s*.//\S*", text
    ):
        yield f"loaded from another host: {source}"
    for source in re.findall(r"src\s*=\s*[\"']?https?://\S*", text):
        yield f"loaded from another host: {source}"
    for number, _, output in outputs(nb):
        html = "".join(output.get("data", {}).get("text/html", ""))
        if re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//|<script", html):
            yield f"code cell {number} shows HTML with a script or another host"


@rule
def no_machine_path(nb):
    path = re.compile(
        r"/(?:home|root|Users|tmp|work)/\w|[A-Z]:\\\\Users|site-packages/"
    )
    if match := path.search(nbformat.writes(nb)):
        yield f"holds a path of some machine: {match.group()}"


@rule
def citations_exist(nb):
    for group in re.findall(r"\{cite(?::\w+)?\}`([^`]*)`", prose(nb)):
        for key in group.split(","):
            if key.strip() not in KEYS:
                yield f"not in references.bib: {key.strip()}"
    if "{bibliography}" in prose(nb):
        yield "the list of references has a page of its own"


@rule
def code_labels_are_equations(nb):
    labels = set(re.findall(r"\$\$ \((eq-[\w-]+)\)|:label: (eq-[\w-]+)", prose(nb)))
    labels = {a or b for a, b in labels}
    for number, cell in enumerate(code_cells(nb), 1):
        for label in re.findall(r"#.*?\b(eq-[\w-]+)", cell.source):
            if label not in labels:
                yield f"code cell {number}: no equation {label}"


@rule
def definitions_are_called(nb):
    cells = code_cells(nb)
    starters = {id(c) for c in _starters(nb)}
    for number, cell in enumerate(cells, 1):
        following = cells[number].source if number < len(cells) else ""
        body = tree(cell.source).body
        defined = {
            n.name: n for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef)
        }
        used = _names(ast.Module(body, [])) | _names(tree(following))
        for _ in defined:  # and what is called by what is called
            used |= {n for name in defined.keys() & used for n in _read(defined[name])}
        if id(cell) not in starters and (idle := defined.keys() - used):
            yield f"code cell {number}: nobody calls {sorted(idle)}"


def _names(module: ast.Module) -> set[str]:
    """Names read outside the functions that are defined at the top of a module."""
    kept = [node for node in module.body if not isinstance(node, DEFINITION)]
    return _read(ast.Module(kept, []))


def _read(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _starters(nb) -> Iterator:
    """Code cells between an exercise and the next text: for the reader to complete."""
    after = False
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            after = "{exercise}" in cell.source
        elif after:
            yield cell


def calls(source: str, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
            yield node


def checked(cells) -> list[str]:
    """The names of the checks that these cells call, ``check("name", function)``."""
    found = [call.args for cell in cells for call in calls(cell.source, "check")]
    return [args[0].value for args in found if len(args) == 2]


def passes(cell) -> list[str]:
    """The names of the checks whose success a cell asserts."""
    asserts = [n.test for n in ast.walk(tree(cell.source)) if isinstance(n, ast.Assert)]
    parts = [p for t in asserts for p in getattr(t, "values", [t])]
    tested = [ast.unparse(part) for part in parts]
    return [
        n
        for n in checked([cell])
        if any(
            t.startswith(f"check({n!r}, ") and t.endswith(").passed") for t in tested
        )
    ]


def exercise_code(nb) -> Iterator[tuple[str, list, list]]:
    """Label, starter cells and solution cells of every exercise that begins in code."""
    starters, answers, label = {}, {}, ""
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            begins = re.findall(r"\{exercise\}.*\n:label: (\S+)", cell.source)
            solved = re.findall(r"\{solution(?:-start)?\} (\S+)", cell.source)
            label = [*solved, *begins, ""][-2 if solved or begins else -1]
        elif label:
            found = answers if "solution" in tags(cell) else starters
            found.setdefault(label, []).append(cell)
    for label, cells in starters.items():
        yield label, cells, answers.get(label, [])


@rule
def code_is_checked(nb):
    """Code that a reader writes is checked, and its solution is run against that."""
    for label, cells, answers in exercise_code(nb):
        names = checked(cells)
        if not names or checked(cells[-1:]) == []:
            yield f"{label}: the starter does not end in check(name, function)"
        if unknown := set(names) - set(CHECKS):
            yield f"{label}: no such check: {unknown}"
        solved = [name for cell in answers for name in passes(cell)]
        if missing := set(names) - set(solved):
            yield f"{label}: no solution asserts check(...).passed for {missing}"


@rule
def plain_metadata(nb):
    if nb.metadata.get("kernelspec", {}).get("name") != "python3":
        yield "the kernel is not python3"
    if "pygments_lexer" not in nb.metadata.get("language_info", {}):
        yield "no language_info, so the book cannot colour its code"
    if "jupytext" in nb.metadata:
        yield "jupytext's metadata was left in"


@functools.cache
def chapter(path: Path):
    """A chapter, read once for all that only look at it."""
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        pytest.param(path, name, id=f"{path.stem}-{name}")
        for path in CHAPTERS
        for name in RULES
        if path not in BACK_MATTER or name not in OF_A_LESSON
    ],
)
def test_chapter(path, name):
    assert list(RULES[name](chapter(path))) == []


def measure(nb) -> tuple[int, int, int]:
    """Before the exercises: words, lines of code, and those of cells that are open.

    Every word between blanks counts, formulas and links too, and every line of code
    that is not blank, comments and cells that nobody sees too.
    """
    words = lines = shown = 0
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            before, *exercises = re.split(r"(?m)^## Exercises", cell.source)
            words += len(before.split())
            if exercises:
                break
        else:
            code = len([line for line in cell.source.split("\n") if line.strip()])
            folded = {"hide-input", "remove-input", "hide-cell", "remove-cell"}
            lines += code
            shown += 0 if folded & set(tags(cell)) else code
    return words, lines, shown


SITTINGS = [path for path in CHAPTERS if path not in BACK_MATTER]


@pytest.mark.parametrize("path", SITTINGS, ids=lambda path: path.stem)
def test_a_lesson_is_one_sitting_and_says_more_than_it_computes(path):
    words, lines, shown = measure(chapter(path))
    assert words <= 3500 and lines <= 300 and words >= 10 * shown


def test_what_is_measured_of_a_lesson():
    tagged = {"tags": ["hide-input"]}
    cells = [
        new_markdown_cell("Two words.\n\n$$\na = b\n$$"),
        new_code_cell("# why\na = 1\n\nb = 2"),
        new_code_cell("plot(a)", metadata=tagged),
        new_code_cell("not shown", metadata={"tags": ["remove-cell"]}),
        new_markdown_cell("A summary.\n\n## Exercises\n\nMore words."),
        new_code_cell("c = 3"),
    ]
    assert measure(new_notebook(cells=cells)) == (9, 5, 3)


def test_chapters_are_those_of_the_toc():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [c["file"] for part in toc["parts"] for c in part["chapters"]]
    files = [*CHAPTERS, *(ROOT / "chapters").glob("*.md")]
    assert sorted(listed) == sorted(f"chapters/{path.stem}" for path in files)


def test_glossary_says_each_word_in_chinese_and_where_it_is_taught_and_used():
    page = (ROOT / "chapters" / "92-glossary.md").read_text(encoding="utf-8")
    body = page.split("```{glossary}\n")[1].split("```")[0]
    books = {path.stem: prose(chapter(path)) for path in CHAPTERS}
    used = set()
    for text in books.values():
        for role in re.findall(r"\{term\}`([^`]*)`", text):
            used.add(re.sub(r".*<(.*)>", r"\1", role, flags=re.S))
    terms = []
    for entry in body.strip().split("\n\n"):
        term, text = entry.split("\n", 1)
        terms.append(term)
        assert re.match(r"\s+[^.]*[\u4e00-\u9fff]", text), term
        home = re.search(r"\{doc\}`([\w-]+)`$", text.strip())
        assert home, f"{term}: no link at its end"
        words = re.sub(r"\W+", " ", books[home[1]]).lower()
        assert re.sub(r"\W+", " ", term.lower()) in words, f"{term}: not in {home[1]}"
    assert terms == sorted(terms, key=str.casefold)
    assert sorted(set(terms) - used) == []


def test_labels_of_exercises_and_equations_are_used_once():
    books = [prose(chapter(path)) for path in CHAPTERS]
    found = re.findall(r"^:label: (\S+)|\$\$ \((\S+)\)", "\n".join(books), re.M)
    labels = [a or b for a, b in found]
    assert sorted(labels) == sorted(set(labels))


# A chapter that keeps every rule, and for every rule an edit that breaks it.

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)
KERNEL = {"name": "python3", "display_name": "Python 3"}
OPENING = """\
# Sample

A question?

:::{admonition} What you will be able to do
- Keep every rule.
:::

:::{admonition} Before you start
Nothing to read. Ten minutes to read, less than a minute to run.
:::

$$ y = x $$ (eq-sample)

See {cite:t}`elman1990finding`.
"""
EXERCISE = """\
:::{{exercise}} Title {grade}
:label: ex-sample-{number}
Do it.

<details class="hint"><summary>Hint</summary>

Think of $x$.

</details>
:::
"""
SOLUTION = ":::{{solution-start}} ex-sample-{number}\n:class: dropdown\n:::\n\nSo:"
QUESTION = """\
**{number}.** Which?

<details class="choice {first}"><summary>this</summary>

Feedback of some four words.

</details>
<details class="choice {second}"><summary>that</summary>

Feedback of some four words.

</details>
<details class="choice wrong"><summary>neither</summary>

Feedback of some four words.

</details>
"""


def sample():
    """A notebook that every rule accepts, fresh at each call."""
    text, code = new_markdown_cell, new_code_cell
    printed = new_output("stream", name="stdout", text="1\n")
    image = new_output("display_data", {"image/png": PIXEL})
    checked = {"tags": ["nbval-check-output"]}
    alt = {"mystnb": {"image": {"alt": "A line."}}}
    solution = {"tags": ["solution"], "jupyter": {"source_hidden": True}}
    cells = [
        text(OPENING),
        code("def f(x):\n    return x  # eq-sample"),
        code("print(f(1))", outputs=[printed], metadata=checked),
        code("plt.show()", outputs=[image], metadata=alt),
        text("## Summary\n\nSaid."),
        text("## Exercises"),
    ]
    for number, grade in enumerate(["★☆☆", "★☆☆", "★★☆", "★★☆", "★★★"]):
        cells.append(text(EXERCISE.format(number=number, grade=grade)))
    mine = "def mine(x):\n    return None"
    cells += [code(mine), code('check("rnn.step", mine)'), text("## Quiz")]
    for number in range(5):
        first, second = ("right", "wrong")[:: 1 if number % 2 else -1]
        question = QUESTION.format(number=number, first=first, second=second)
        cells.append(text(question, metadata={"tags": ["quiz"]}))
    cells.append(text("## Solutions"))
    for number in range(5):
        cells.append(text(SOLUTION.format(number=number)))
        right = "assert f(1) == 1 and check('rnn.step', mine).passed"
        cells.append(code(right, metadata=solution))
        cells.append(text(":::{solution-end}\n:::"))
    cells.append(text("## Further reading\n\nMore."))
    language = {"name": "python", "pygments_lexer": "ipython3"}
    metadata = {"kernelspec": dict(KERNEL), "language_info": language}
    nb = new_notebook(cells=cells, metadata=metadata)
    for number, cell in enumerate(code_cells(nb), 1):
        cell.execution_count = number
    return nb


def replaced(old: str, new: str):
    """An edit of the first markdown or code cell that holds ``old``."""

    def edit(nb):
        cell = next(c for c in nb.cells if old in c.source)
        cell.source = cell.source.replace(old, new, 1)

    return edit


def with_output(*args, **kwargs):
    return lambda nb: code_cells(nb)[0].outputs.append(new_output(*args, **kwargs))


def with_table(cell: str):
    html = f"<table><tr>{cell}</tr></table>"
    return with_output("display_data", {"text/html": html})


def with_metadata(index, **metadata):
    return lambda nb: code_cells(nb)[index].metadata.update(metadata)


HOME = "/".join(["", "home", "me"])
BREAKS = [
    ("one_clean_run", lambda nb: setattr(code_cells(nb)[0], "execution_count", 7)),
    ("one_clean_run", lambda nb: setattr(code_cells(nb)[0], "execution_count", None)),
    ("no_error_no_stderr", with_output("stream", name="stderr", text="oh")),
    (
        "no_error_no_stderr",
        with_output("error", ename="E", evalue="", traceback=[]),
    ),
    (
        "no_lost_f_prefix",
        with_output("stream", name="stdout", text="gain: {np.mean(a):+.1%}\n"),
    ),
    (
        "no_lost_f_prefix",
        with_output("display_data", {"text/markdown": "**{best:.2f}** bits"}),
    ),
    ("no_types_of_numpy", with_output("execute_result", {"text/plain": "np.int64(1)"})),
    ("no_types_of_numpy", with_output("execute_result", {"text/plain": "[np.True_]"})),
    (
        "numbers_are_rounded",
        with_output("execute_result", {"text/plain": "(0.45000000000000007, 1.0)"}),
    ),
    ("numbers_are_rounded", with_output("stream", name="stdout", text="2.9696969")),
    (
        "numbers_of_rows_have_names",
        with_output(
            "display_data",
            {
                "text/html": "<table class='dataframe'><thead><tr><th></th><th></th>"
                "<th>gain</th></tr></thead><tbody><tr><th>ridge</th><th>24</th>"
                "<td>1</td></tr></tbody></table>"
            },
        ),
    ),
    ("tables_for_readers", with_table("<th>only gru</th>")),
    ("tables_for_readers", with_table("<td>0.220329</td>")),
    (
        "tables_for_readers",
        with_output("execute_result", {"text/plain": "P6   0.1\ndtype: float64"}),
    ),
    ("short_cells", replaced("plt.show()", "pass\n" * 21)),
    ("images_have_alt_text", lambda nb: code_cells(nb)[2].metadata.clear()),
    ("images_have_alt_text", replaced("See", "![](a.png)")),
    ("some_output_is_compared", lambda nb: code_cells(nb)[1].metadata.clear()),
    ("some_output_is_compared", lambda nb: code_cells(nb)[1].outputs.clear()),
    ("opening_and_closing", replaced("# Sample", "Sample")),
    ("opening_and_closing", replaced("What you will be able to do", "Aims")),
    ("opening_and_closing", replaced("Before you start", "First")),
    ("opening_and_closing", replaced("Ten minutes to read, less than a minute", "")),
    ("opening_and_closing", replaced("## Summary", "## Sum")),
    ("exercises_with_hint_and_solution", replaced("{exercise} Title ★★★", "{note}")),
    ("exercises_with_hint_and_solution", replaced(":label: ex-sample-0", "")),
    ("exercises_with_hint_and_solution", replaced('class="hint"', "")),
    ("exercises_with_hint_and_solution", replaced("start} ex-sample-1", "start} ex-x")),
    ("all_three_grades", replaced("★★★", "★★☆")),
    ("all_three_grades", replaced("★★★", "")),
    ("solutions_are_hidden_and_gated", replaced(":class: dropdown", "")),
    ("solutions_are_hidden_and_gated", replaced("{solution-end}", "{note}")),
    ("solutions_are_hidden_and_gated", with_metadata(-1, tags=[])),
    ("solutions_are_hidden_and_gated", with_metadata(0, tags=["solution"])),
    (
        "quiz",
        lambda nb: next(c for c in nb.cells if "quiz" in tags(c)).metadata.clear(),
    ),
    ("quiz", replaced("choice right", "choice wrong")),
    ("quiz", replaced("choice wrong", "choice right")),
    ("quiz", replaced("\n\nFeedback of some four words.", "\n\nNo.")),
    ("quiz", replaced("\n\nFeedback of some four", "\nFeedback of some four")),
    ("quiz", replaced("<summary>that", "<summary>$x$")),
    ("quiz", replaced("<summary>that", "<summary>{term}`epoch`")),
    ("no_typed_percentage", replaced("A question?", "It gains 12.3 %.")),
    ("nothing_from_elsewhere", replaced("See", "![a](https://example.org/a.png)")),
    ("nothing_from_elsewhere", replaced("See", '<img alt="a" src="//example.org/a">')),
    ("nothing_from_elsewhere", replaced("See", "<script>1</script>")),
    (
        "nothing_from_elsewhere",
        with_output("display_data", {"text/html": "<img src='https://example.org'>"}),
    ),
    (
        "no_machine_path",
        with_output("stream", name="stdout", text="/".join(["", "home", "me"])),
    ),
    ("citations_exist", replaced("elman1990finding", "nobody1990")),
    ("citations_exist", replaced("See", "```{bibliography}")),
    ("code_labels_are_equations", replaced("# eq-sample", "# eq-other")),
    ("definitions_are_called", replaced("print(f(1))", "print(1)")),
    ("code_is_checked", replaced('check("rnn.step", mine)', "mine(1)")),
    ("code_is_checked", replaced('check("rnn.step", mine)', 'check("rnn.step")')),
    ("code_is_checked", replaced('"rnn.step"', '"rnn.stop"')),
    ("code_is_checked", lambda nb: [replaced(".passed", "")(nb) for _ in range(5)]),
    ("plain_metadata", lambda nb: nb.metadata.kernelspec.update(name="other")),
    ("plain_metadata", lambda nb: nb.metadata.update(jupytext={})),
    ("plain_metadata", lambda nb: nb.metadata.pop("language_info")),
]


@pytest.mark.parametrize("name", RULES)
def test_rule_accepts_a_good_notebook(name):
    assert list(RULES[name](sample())) == []


@pytest.mark.parametrize(("name", "edit"), BREAKS, ids=[name for name, _ in BREAKS])
def test_rule_rejects_a_broken_notebook(name, edit):
    nb = sample()
    edit(nb)
    assert list(RULES[name](nb)) != []


def test_every_rule_is_broken_once():
    assert {name for name, _ in BREAKS} == set(RULES)


def write(folder: Path, name: str, source: str) -> Path:
    nb = new_notebook(cells=[new_code_cell(source)])
    nb.metadata["kernelspec"] = KERNEL
    nbformat.write(nb, folder / name)
    return folder / name


def test_run_writes_only_what_ran_cleanly(tmp_path, monkeypatch, capfd):
    """``make run``: a failing chapter keeps its file, and the command fails."""
    monkeypatch.setattr(run.os, "environ", dict(run.os.environ))
    good = write(tmp_path, "good.ipynb", "1 + 1")
    bad = write(tmp_path, "bad.ipynb", "1 / 0")
    noisy = write(tmp_path, "noisy.ipynb", "import sys; print('oh', file=sys.stderr)")
    kept = {path: path.read_bytes() for path in (bad, noisy)}
    assert run.main([str(good), str(bad), str(noisy), "--jobs", "2"]) == 1
    assert nbformat.read(good, 4).cells[0].outputs[0].data["text/plain"] == "2"
    assert {path: path.read_bytes() for path in (bad, noisy)} == kept
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        p.name for p in (good, bad, noisy)
    )
    err = capfd.readouterr().err
    assert "ZeroDivisionError" in err and "wrote to stderr" in err
