"""Make an exam: ``python assignments/exam.py --students roster.csv --out FOLDER``.

Each student gets the same questions (``exam_bank.py``) with numbers of her own. Into
FOLDER go ``exam.html``, a sheet for each student, and ``teacher.html``, the key, the
marking scheme and the worked answers, both ready to print (``--pdf`` does it);
``answers.csv``, the key as a table; ``marks.csv``, to enter the marks in; ``lms.gift``,
a category for each question with variants to draw from, in Moodle's GIFT format, and
``lms-rubrics.html``, how to mark those that are answered in words.

``--marks FOLDER/marks.csv`` reads the marks back and shows what they say about the
questions. ``--list`` shows the bank.
"""

import argparse
import html
import os
import re
import shutil
import subprocess
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import exam_marks
import numpy as np
import spreadsheet
from exam_bank import BANK, asked, choices, kind, points, worth

from rnnbook.questions import Drawn, generator, same_id, show

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
LETTERS = "ABCDEFGH"


class Student(NamedTuple):
    id: str
    name: str
    room: str = ""

    @property
    def who(self) -> str:
        return " · ".join(filter(None, (self.id, self.name)))


class Exam(NamedTuple):
    """What is asked. ``secret`` goes into all numbers: the bank is public."""

    title: str
    secret: str
    names: tuple[str, ...]
    minutes: int = 90

    @property
    def key(self) -> str:
        return f"{self.title}/{self.secret}"

    def question(self, name: str, student: str) -> tuple[Drawn, list[str]]:
        q = asked(name, self.key, student)
        return q, choices(name, q, self.key, student)


def roster(path: Path) -> list[Student]:
    """The students of a table with a column ``id``, and ``name`` and ``room`` if known.

    Raises
    ------
    ValueError
        If there is no such column, no student, an empty id, or one that comes twice.
    """
    columns = ("id", "name", "room")
    table = spreadsheet.read(path, lambda head: [c for c in ["id"] if c not in head])
    if not table.rows or table.faults:
        fault = "".join(table.faults[:1]) or "no row"
        raise ValueError(f"students: expected a row for each in {path}, got {fault}")
    found = [
        Student(*((row.get(c) or "").strip() for c in columns)) for _, row in table.rows
    ]
    count = Counter(same_id(one.id) for one in found)
    twice = sorted(one for one in count if count[one] > 1)
    if "" in count or twice:
        raise ValueError(
            f"students: expected an id of its own in each row, got {twice}"
        )
    return found


def copies(exam: Exam, students: Sequence[Student], order: str) -> list[Student]:
    """The students in the order in which their copies are printed.

    ``random``: room by room, shuffled in each, the same at each call; in ``roster``
    nothing is moved.
    """
    if order == "roster":
        return list(students)
    found: list[Student] = []
    for room in dict.fromkeys(one.room for one in students):
        here = [one for one in students if one.room == room]
        rng = generator(f"copies/{exam.key}/{room}")
        found += [here[k] for k in rng.permutation(len(here))]
    return found


def select(key: str, count: int, chapters: Sequence[str] = ()) -> tuple[str, ...]:
    """Questions for an exam, spread over chapters and kinds, in the chapters' order.

    Parameters
    ----------
    key : str
        Decides the choice.
    count : int
    chapters : beginnings of file names, such as ``11`` or ``12-gru``; none means all

    Raises
    ------
    ValueError
        If a chapter has no question, or there are not so many questions.
    """
    pages = {entry.page for entry in BANK.values()}
    strange = [c for c in chapters if not any(p.startswith(c) for p in pages)]
    if strange:
        raise ValueError(f"chapters: expected some of {sorted(pages)}, got {strange}")
    rest = [
        name
        for name, entry in BANK.items()
        if not chapters or entry.page.startswith(tuple(chapters))
    ]
    if not 1 <= count <= len(rest):
        raise ValueError(f"questions: expected 1 to {len(rest)}, got {count}")
    kinds = {name: kind(asked(name, key, "")) for name in rest}
    rest = [rest[k] for k in generator(f"select/{key}").permutation(len(rest))]
    taken: list[str] = []
    while len(taken) < count:
        from_page = Counter(BANK[name].page for name in taken)
        of_kind = Counter(kinds[name] for name in taken)
        best = min(rest, key=lambda n: (from_page[BANK[n].page], of_kind[kinds[n]]))
        taken.append(best)
        rest.remove(best)
    order = list(BANK)
    return tuple(sorted(taken, key=lambda n: (BANK[n].page, order.index(n))))


# ---- from text to HTML


def _formulas(text: str) -> str:
    """Prose in HTML: indices below, powers above, a minus sign before numbers."""

    def small(tag):
        def put(match):
            inner = match["inner"].strip("()").replace("-", "−")
            letter = f"<i>{match['letter']}</i>" if tag == "sub" else ""
            return f"{letter}<{tag}>{inner}</{tag}>"

        return put

    text = html.escape(text, quote=False).replace("beta_", "β_")
    text = re.sub(r"(?<=\d) %", "\N{NO-BREAK SPACE}%", text)
    text = re.sub(
        r"(?<!\w)(?P<letter>[A-Za-zβ])_(?P<inner>\([^()]*\)|[A-Za-z0-9]+)(?!\w)",
        small("sub"),
        text,
    )
    text = re.sub(r"\^(?P<inner>\([^()]*\)|-?\d+(?:\.\d+)?|[a-z])", small("sup"), text)
    return re.sub(r"(?<![\w)\]-])-(?=[\d.])| - ", _minus, text)


def _minus(match: re.Match) -> str:
    return match[0].replace("-", "−")


def rich(text: str) -> str:
    """A question's text in HTML: paragraphs, numbered lines, code, formulas."""
    out = []
    for k, part in enumerate(re.split(r"\n?```(?:python)?\n", text)):
        if k % 2:
            out.append(f"<pre>{html.escape(part.rstrip(), quote=False)}</pre>")
        elif part.strip():
            out.append(_prose(part.strip()))
    return "".join(out)


def _prose(text: str) -> str:
    lines = text.split("\n")
    items = [line for line in lines if re.match(r"\d\. ", line)]
    shown = " ".join(line for line in lines if line not in items)
    listed = "".join(f"<li>{inline(line[3:])}</li>" for line in items)
    return f"<p>{inline(shown)}</p>" + (f"<ol>{listed}</ol>" if listed else "")


def inline(text: str) -> str:
    """One line of text in HTML."""
    parts = text.split("`")
    return "".join(
        f"<code>{html.escape(part, quote=False)}</code>" if k % 2 else _formulas(part)
        for k, part in enumerate(parts)
    )


def answer(q: Drawn, order: list[str]) -> str:
    """The answer as the key shows it: a number, or a letter; no markup."""
    return "written" if q.rubric else _sign(q, order, q.answer)


def _sign(q: Drawn, order: list[str], value: float | str) -> str:
    """How a student would write a value: as a letter, or in the digits asked for."""
    if order:
        return LETTERS[order.index(value)]
    return three_digits(value) if q.rtol else show(value)


def three_digits(x: float) -> str:
    """A number in exactly three significant digits: ``1.10``, ``12300``; 0 as it is."""
    if x == 0:
        return "0"
    mantissa, power = f"{x:.2e}".split("e")
    if not -4 <= int(power) < 7:
        return f"{mantissa} × 10^{int(power)}"
    return f"{float(f'{x:.2e}'):.{max(0, 2 - int(power))}f}"


# ---- print

STYLE = """
@page { size: A4; margin: 15mm 17mm 10mm }
body { font: 10.5pt/1.42 "Noto Serif", "DejaVu Serif", Georgia, serif; margin: 0;
  color: #000; background: #fff; text-rendering: geometricPrecision }
h1, h2, h3, .meta, .points, th, .box, .letter { font-family: "Noto Sans",
  "DejaVu Sans", Helvetica, Arial, sans-serif }
h1 { font-size: 17pt; margin: 0 0 2pt } h2 { font-size: 12pt; margin: 14pt 0 5pt }
h3 { font-size: 10.5pt; margin: 10pt 0 3pt; break-after: avoid }
.sheet { width: 175.5mm; break-after: page; overflow-wrap: break-word }
.who, .person { overflow-wrap: anywhere } .person { min-width: 14mm }
.leaf { display: flex; flex-direction: column; min-height: 270mm; break-after: page }
.sheet:last-of-type, .sheet:last-of-type .leaf:last-child { break-after: auto }
.held { display: flow-root; max-height: 257mm }
.foot { display: flex; gap: 8mm; justify-content: space-between; margin-top: auto;
  font: 8.5pt/1.3 "Noto Sans", "DejaVu Sans", Helvetica, Arial, sans-serif }
.foot span { white-space: nowrap }
.whose { overflow: hidden; text-overflow: ellipsis }
.spare { color: #777; text-align: center; margin-top: 5mm }
.meta { font-size: 9.5pt; margin: 0 0 8pt; color: #333 }
.who { display: flex; gap: 8mm; margin: 8pt 0; font-size: 10pt }
.who span { flex: 1; border-bottom: 0.6pt solid #000; padding-bottom: 2pt }
.rules { border: 0.6pt solid #000; padding: 5pt 8pt; margin: 8pt 0 10pt;
  font-size: 9.5pt }
table { border-collapse: collapse; font-size: 9pt; margin: 6pt 0 }
th, td { border: 0.5pt solid #555; padding: 2.5pt 6pt; text-align: center;
  vertical-align: top }
.long th, .long td { padding: 2.5pt 4pt } .left td, .left th { text-align: left }
tr { break-inside: avoid }
.question { break-inside: avoid; margin: 0 0 12pt; padding-top: 7pt;
  border-top: 0.6pt solid #999 }
.question h3 { display: flex; justify-content: space-between; margin: 0 0 3pt }
.points { font-weight: normal; font-size: 9pt }
p { margin: 0 0 4pt } ol { margin: 2pt 0 4pt; padding-left: 16pt }
pre { font: 9pt/1.35 "DejaVu Sans Mono", Menlo, Consolas, monospace; margin: 4pt 0 6pt;
  padding: 5pt 8pt; border: 0.5pt solid #999; background: #f6f6f6;
  white-space: pre-wrap }
code { font: 0.88em "DejaVu Sans Mono", Menlo, Consolas, monospace }
sub, sup { font-size: 0.72em; line-height: 0 }
.choice { display: flex; gap: 6pt; margin: 2.5pt 0 2.5pt 4pt; align-items: baseline }
.letter { display: inline-block; width: 11pt; height: 11pt; border: 0.7pt solid #000;
  text-align: center; font-size: 8pt; line-height: 11pt; flex: none }
.work { height: var(--room) }
.box { text-align: right; font-size: 9.5pt }
.box i { display: inline-block; width: 42mm; border-bottom: 0.8pt solid #000 }
.line { height: 7.7mm; border-bottom: 0.5pt solid #999 }
.solution { font-size: 9.5pt; margin: 0 0 8pt; break-inside: avoid }
.solution .text { color: #444; font-size: 8.5pt } .solution pre { font-size: 8pt }
.solution ul { margin: 2pt 0; padding-left: 14pt }
.answer { font-weight: bold; border: 0.8pt solid #000; padding: 0 4pt }
@media screen { body { background: #ddd } .sheet { margin: 0 auto }
  .leaf { background: #fff; margin: 6mm -17mm; padding: 15mm 17mm 10mm } }
"""
ALLOW = (
    "The pages of this file, and what stands at their feet, are made by a script in "
    "it: allow JavaScript before you print."
)


@cache
def _script() -> str:
    return (Path(__file__).parent / "exam.js").read_text(encoding="utf-8")


def _policy() -> str:
    """No script but ours, and nothing from anywhere."""
    digest = b64encode(sha256(_script().encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; "
        "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
    )


def page(
    title: str, sheets: Sequence[str], feet: Sequence[str], even: bool = False
) -> str:
    """A document that needs no other file; its script makes the pages of each sheet.

    Parameters
    ----------
    title : str
    sheets : HTML of what one person gets
    feet : whose each sheet is, which stands at the foot of all its pages
    even : whether each sheet begins on paper of its own when both sides are printed
    """
    begin = '<div class="sheet"' + (' data-even="yes"' if even else "")
    body = "".join(
        f'{begin} data-foot="{html.escape(foot)}">{sheet}</div>'
        for sheet, foot in zip(sheets, feet, strict=True)
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><noscript><p>{ALLOW}</p></noscript>{body}"
        f"<script>{_script()}</script></body></html>\n"
    )


def _space(q: Drawn, order: list[str], worth: int) -> str:
    """Where the answer goes."""
    if q.rubric:
        return '<div class="line"></div>' * (2 + worth)
    if order:
        return "".join(
            f'<div class="choice"><span class="letter">{letter}</span>'
            f"<span>{inline(text)}</span></div>"
            for letter, text in zip(LETTERS, order, strict=False)
        )
    return (
        f'<div class="work" style="--room: {8 + 7 * worth}mm"></div>'
        '<div class="box">Answer: <i>&nbsp;</i></div>'
    )


def _boxes(worth: Sequence[int]) -> str:
    """Where the points are entered: in rows; the last place is the sum."""
    cells = [(f"{k}", f"&nbsp;/ {w}") for k, w in enumerate(worth, 1)]
    cells.append(("Sum", f"&nbsp;/ {sum(worth)}"))
    n = 15 if len(cells) <= 100 else 12  # numbers of three digits are wider
    rows = [cells[k : k + n] for k in range(0, len(cells), n)]
    return "".join(
        f"<table><tr><th>Question</th>{''.join(f'<th>{k}</th>' for k, _ in row)}</tr>"
        f"<tr><th>Points</th>{''.join(f'<td>{w}</td>' for _, w in row)}</tr></table>"
        for row in rows
    )


def _points(count: int) -> str:
    return f"{count} point{'' if count == 1 else 's'}"


def sheet(exam: Exam, student: Student) -> str:
    """What one student gets."""
    each, shown = [], []
    for k, name in enumerate(exam.names, 1):
        q, order = exam.question(name, student.id)
        each.append(points(name, q))
        shown.append(
            f'<div class="question"><h3><span>Question {k}</span>'
            f'<span class="points">{_points(each[-1])}</span></h3>'
            f"{rich(q.text)}{_space(q, order, each[-1])}</div>"
        )
    room = f" · Room {html.escape(student.room)}" if student.room else ""
    return (
        f"<h1>{html.escape(exam.title)}</h1>"
        f'<p class="meta">Recurrent neural networks · {exam.minutes} minutes · '
        f"{sum(each)} points{room}</p>"
        f'<div class="who"><span>Name: {html.escape(student.name)}</span>'
        f"<span>Id: {html.escape(student.id)}</span><span>Signature:</span></div>"
        f"{_boxes(each)}"
        '<div class="rules">The numbers on this sheet are yours alone. A pocket '
        "calculator is allowed. Where three significant digits are asked for, "
        "round the result to these, and not before. Mark exactly one letter where "
        "letters are given. In code, NumPy is imported as np. Gates are ordered and "
        "named as in the course: f and z keep, i lets in; logarithms are natural "
        "unless a base is given.</div>" + "".join(shown)
    )


# ---- the teacher's copy

SCHEME = (
    "<ul><li><b>Numbers:</b> all points within 0.6 % of the answer (or the very "
    "number, where none is to be rounded). A value listed as a known mistake: half of "
    "the points, rounded down, if the way is shown. A slip of arithmetic in a right "
    "way: one point less.</li><li><b>Letters:</b> all points for the right one, none "
    "otherwise.</li><li><b>Written answers:</b> the points of the rubric, each given "
    "or not; other words for the same thing count.</li></ul>"
)


def overview(exam: Exam, students: Sequence[Student]) -> str:
    """The first pages of the teacher's copy: the scheme, the questions, the key."""
    rows = []
    for k, name in enumerate(exam.names, 1):
        q, entry = asked(name, exam.key, students[0].id), BANK[name]
        cells = (k, name, kind(q), points(name, q), entry.level, entry.page)
        rows.append([*map(str, cells), entry.outcome])
    heads = "No., Question, Kind, Points, Level, Chapter, Shows that students can"
    return (
        f"<h1>{html.escape(exam.title)}: for the teacher</h1><h2>How to "
        f"mark</h2>{SCHEME}<h2>What is asked</h2>"
        f"{_table(heads.split(', '), rows, 'left ')}<h2>Key</h2>"
        + "".join(_keys(exam, students))
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], left: str = "") -> str:
    """A table of cells in HTML, of which the script may put rows on the next page.

    Ids and names are texts, and may be of any length.
    """

    def cell(head: str, text: str) -> str:
        if head in ("Id", "Name"):
            return f'<td class="person">{html.escape(text)}</td>'
        return f"<td>{text}</td>"

    body = "".join(f"<tr>{''.join(map(cell, heads, row))}</tr>" for row in rows)
    return (
        f'<table class="{left}long"><thead><tr>'
        f"{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


ACROSS = 8  # questions that fit beside each other, whatever their answers are


def _keys(exam: Exam, students: Sequence[Student]) -> list[str]:
    """The key: a table for every few questions, a row for each student."""
    found = {s: [answer(*exam.question(n, s.id)) for n in exam.names] for s in students}
    tables = []
    for k in range(0, len(exam.names), ACROSS):
        here = range(k, min(k + ACROSS, len(exam.names)))
        rows = [
            [s.id, s.name, *(inline(row[n]) for n in here)] for s, row in found.items()
        ]
        tables.append(_table(["Id", "Name", *(str(n + 1) for n in here)], rows))
    return tables


def handing_out(exam: Exam, printed: Sequence[Student]) -> str:
    """The copies in the order in which they were printed, room by room."""
    tables = []
    for room in dict.fromkeys(one.room for one in printed):
        here = [one for one in printed if one.room == room]
        rows = [[str(k), one.id, one.name] for k, one in enumerate(here, 1)]
        tables.append(
            f"<h2>{html.escape(f'Room {room}' if room else 'No room')}</h2>"
            + _table(["Copy", "Id", "Name"], rows, "left ")
        )
    return f"<h1>{html.escape(exam.title)}: order of the copies</h1>" + "".join(tables)


def solution(heading: str, name: str, q: Drawn, order: list[str]) -> str:
    """One question of one student with its worked answer, for the teacher."""
    listed = []
    for count, what in q.rubric:
        listed.append(f"<b>{count}</b> {inline(what)}")
    wrong = sorted(q.wrong, key=lambda w: order.index(w[0])) if order else q.wrong
    for value, why in wrong:
        listed.append(f"not {inline(_sign(q, order, value))}: {inline(why)}")
    items = "".join(f"<li>{one}</li>" for one in listed)
    text = f" {inline(q.answer)}" if order else ""
    return (
        f'<div class="solution"><h3>{heading} ({points(name, q)})</h3>'
        f'<div class="text">{rich(q.text)}</div><p><span class="answer">'
        f"{inline(answer(q, order))}</span>{text}</p>{rich(q.worked)}"
        f"<ul>{items}</ul></div>"
    )


def solutions(exam: Exam, student: Student) -> str:
    """All worked answers of one student."""
    return f"<h1>{html.escape(student.who)}</h1>" + "".join(
        solution(f"{k}. {name}", name, *exam.question(name, student.id))
        for k, name in enumerate(exam.names, 1)
    )


def teacher(exam: Exam, students: Sequence[Student], order: str) -> str:
    """The teacher's copy as a document."""
    rest = [solutions(exam, s) for s in students]
    feet = [f"{s.who} · solutions · {exam.title}" for s in students]
    if order != "roster" or any(s.room for s in students):
        rest.insert(0, handing_out(exam, copies(exam, students, order)))
        feet.insert(0, f"For the teacher · order of the copies · {exam.title}")
    return page(
        f"{exam.title}: for the teacher",
        [overview(exam, students), *rest],
        [f"For the teacher · {exam.title}", *feet],
    )


# ---- the learning management system


def _gift_escape(text: str) -> str:
    """HTML for GIFT: its signs escaped, no line breaks."""
    text = re.sub(
        r"<pre>.*?</pre>", lambda m: m[0].replace("\n", "<br>"), text, flags=re.S
    )
    return re.sub(r"([\\~=#{}:])", r"\\\1", text.replace("\n", " "))


def _gift_number(value: float) -> str:
    return np.format_float_positional(value, 10, fractional=False, trim="-")


def _variant(number: int) -> str:
    """Who gets these numbers in the LMS."""
    return f"variant {number}"


def gift_question(exam: Exam, name: str, variant: int) -> str:
    """One variant of a question in GIFT, with feedback on each known mistake.

    A question that is answered in words goes without any: what a file in GIFT holds,
    the LMS may show to a student, and the solution is what is marked by hand.
    """
    q, order = exam.question(name, _variant(variant))
    head = f"::{_gift_escape(name)} {variant:02d}::[html]{_gift_escape(rich(q.text))} "
    if q.rubric:
        return f"{head}{{}}\n"
    lines = "\n".join(_gift_answers(q, order))
    return f"{head}{{{lines}\n####{_gift_escape(rich(q.worked))}\n}}\n"


def _gift_answers(q: Drawn, order: list[str]) -> list[str]:
    """The right answer and the known mistakes, each with what to say."""
    lines = [""] if order else ["#"]
    for value, why in [(q.answer, "Right."), *q.wrong]:
        told, right = _gift_escape(inline(why)), value == q.answer
        if order:
            sign = "=" if right else "~"
            lines.append(f"{sign}[html]{_gift_escape(inline(value))}#{told}")
        else:
            near = _gift_number(abs(value) * q.rtol)
            share = 100 if right else 0
            lines.append(f"=%{share}%{_gift_number(value)}:{near}#{told}")
    return lines


NO_POINTS = (
    "GIFT has no points: after the import each question is worth 1. What it is worth",
    "here stands in the name of its category: enter it in the quiz, for each question.",
    "Rubrics and solutions of answers in words are in lms-rubrics.html, for you alone.",
)


def gift(exam: Exam, variants: int) -> str:
    """The exam in GIFT: for each question a category with its variants.

    In Moodle: import the file into the question bank, and add to a quiz one random
    question from each category.
    """
    title = " ".join(exam.title.split())
    top = re.sub(r"\s*/\s*", "-", title)
    parts = ["".join(f"// {line}\n" for line in (f"{title}.", *NO_POINTS))]
    for k, name in enumerate(exam.names, 1):
        parts.append(f"$CATEGORY: {top}/{k:02d} {name} ({_points(worth(name))})\n")
        parts += [gift_question(exam, name, v) for v in range(1, variants + 1)]
    return "\n".join(parts)


def rubrics(exam: Exam, variants: int) -> str:
    """How to mark the variants of the questions that are answered in words."""
    sheets, feet = [], []
    for name in exam.names:
        if not asked(name, exam.key, "").rubric:
            continue
        drawn = ((v, exam.question(name, _variant(v))) for v in range(1, variants + 1))
        told = (solution(f"{name} {v:02d}", name, *q) for v, q in drawn)
        sheets.append(f"<h1>{name}: for the teacher</h1>{''.join(told)}")
        feet.append(f"For the teacher · {name} in the LMS · {exam.title}")
    if not sheets:
        sheets, feet = ["<p>No question is answered in words.</p>"], [exam.title]
    return page(f"{exam.title}: rubrics of the LMS file", sheets, feet)


# ---- the command


def to_pdf(source: Path) -> Path:
    """Print a page with Chromium.

    Raises
    ------
    RuntimeError
        If there is no browser, or it fails.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise RuntimeError(
            "--pdf needs Chromium or Chrome (Debian: apt install chromium)"
        )
    target = source.with_suffix(".pdf")
    root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    command = [browser, "--headless", "--disable-gpu", "--no-pdf-header-footer", *root]
    done = subprocess.run(
        [*command, f"--print-to-pdf={target}", source.resolve().as_uri()],
        capture_output=True,
        text=True,
    )
    if done.returncode or not target.exists():
        raise RuntimeError(f"{browser} did not print {source}: {done.stderr[-300:]}")
    return target


def write(
    exam: Exam,
    students: Sequence[Student],
    out: Path,
    variants: int,
    order: str = "roster",
) -> list[Path]:
    """Write all files of an exam; the pages for print come first."""
    out.mkdir(parents=True, exist_ok=True)
    printed = copies(exam, students, order)
    sheets = [sheet(exam, s) for s in printed]
    feet = [f"{s.who} · {exam.title}" for s in printed]
    files = {
        "exam.html": page(exam.title, sheets, feet, even=True),
        "teacher.html": teacher(exam, students, order),
        "lms.gift": gift(exam, variants),
        "lms-rubrics.html": rubrics(exam, variants),
    }
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    key = [["id", "name", *exam.names]]
    for s in students:
        found = [answer(*exam.question(name, s.id)) for name in exam.names]
        key.append([*map(spreadsheet.guarded, (s.id, s.name)), *found])
    table = spreadsheet.encoded(key, spreadsheet.Form())
    spreadsheet.replace_file(out / "answers.csv", table)
    return [out / name for name in [*files, "answers.csv"]]


def listing() -> str:
    """The bank, a line for each question."""
    lines = [f"{'question':<27}{'kind':<9}{'points':>6}{'level':>7}  chapter, outcome"]
    for name, entry in sorted(BANK.items(), key=lambda one: one[1].page):
        q = asked(name, "list", "list")
        lines.append(
            f"{name:<27}{kind(q):<9}{points(name, q):>6}{entry.level:>7}  "
            f"{entry.page}: {entry.outcome}"
        )
    return "\n".join([*lines, f"{len(BANK)} questions"])


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--list", action="store_true", help="show the questions, and nothing else")
    add(
        "--students",
        type=Path,
        help="CSV file with a column id, and name and room if you like",
    )
    add("--out", type=Path, help="folder for the exam")
    add("--exam", default="Exam", help="its title, such as 'Exam, summer 2026'")
    add("--secret", help="a word that students do not know; it goes into all numbers")
    add("--questions", type=int, default=12, help="how many (12)")
    add("--chapters", nargs="+", default=[], help="only these, such as 11 12-gru")
    add("--names", nargs="+", default=[], help="exactly these questions of --list")
    add("--minutes", type=int, default=90, help="printed on the sheet (90)")
    add(
        "--order",
        choices=("roster", "random"),
        default="roster",
        help="of the copies; random: shuffled within each room, always in the same way",
    )
    add(
        "--variants",
        type=int,
        default=20,
        help="of each question in lms.gift (20); GIFT has no points, they stand in the "
        "names of the categories",
    )
    add("--pdf", action="store_true", help="print both pages to PDF, with Chromium")
    add(
        "--marks",
        type=Path,
        metavar="FILE",
        help="read marks: a column for each question (marks.csv of the exam, filled "
        "in), or the columns student, question, points; and show what they say about "
        "the questions",
    )
    return parser


def make(given: argparse.Namespace) -> None:
    """Write an exam and say what was written."""
    students = roster(given.students)
    strange = [name for name in given.names if name not in BANK]
    if strange:
        raise ValueError(f"names: expected questions of --list, got {strange}")
    exam = Exam(given.exam, given.secret, (), given.minutes)
    names = tuple(given.names) or select(exam.key, given.questions, given.chapters)
    exam = exam._replace(names=names)
    files = write(exam, students, given.out, given.variants, given.order)
    marks = given.out / "marks.csv"
    said = exam_marks.prepare(marks, names, students)
    files.append(marks)
    if given.pdf:
        files += [to_pdf(file) for file in files[:2]]
    print(f"{len(names)} questions for {len(students)} students:")
    print("\n".join([*map(str, files), *said]))


def main(argv: Sequence[str] | None = None) -> None:
    parser = arguments()
    given = parser.parse_args(argv)
    if given.list:
        print(listing())
        return
    complete = given.students and given.out and given.secret
    if not (given.marks or complete):
        parser.error("--students, --out and --secret are needed (or --list or --marks)")
    try:
        if given.marks:
            print(exam_marks.evaluate(given.marks, given.out or given.marks.parent))
        else:
            make(given)
    except (OSError, ValueError, RuntimeError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
