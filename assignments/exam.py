"""Make an exam: ``python assignments/exam.py --students roster.csv --out FOLDER``.

Each student gets the same questions (``exam_bank.py``) with numbers of her own. Into
FOLDER go ``exam.html``, a sheet for each student, and ``teacher.html``, the key, the
marking scheme and the worked answers, both ready to print (``--pdf`` does it);
``answers.csv``; and ``lms.gift``, a category for each question with variants to draw
from, in Moodle's GIFT format. ``--list`` shows the bank.
"""

import argparse
import csv
import html
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from exam_bank import BANK, asked, choices, kind, points

from rnnbook.questions import Drawn, generator, show

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
LETTERS = "ABCDEFGH"


class Student(NamedTuple):
    id: str
    name: str


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
    """The students of a CSV file with a column ``id``, and ``name`` if there is one.

    Raises
    ------
    ValueError
        If there is no such column, no student, an empty id, or one that comes twice.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or "id" not in rows[0]:
        raise ValueError(f"students: expected a column 'id' and rows in {path}")
    ids = [(row["id"] or "").strip() for row in rows]
    count = Counter(one.casefold() for one in ids)
    twice = sorted(one for one in count if count[one] > 1)
    if "" in ids or twice:
        raise ValueError(
            f"students: expected an id of its own in each row, got {twice}"
        )
    names = [(row.get("name") or "").strip() for row in rows]
    return [Student(*pair) for pair in zip(ids, names, strict=True)]


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
    if q.rubric:
        return "written"
    return LETTERS[order.index(q.answer)] if order else show(q.answer)


# ---- print

STYLE = """
@page { size: A4; margin: 17mm 17mm 20mm }
body { font: 10.5pt/1.42 "Noto Serif", "DejaVu Serif", Georgia, serif; margin: 0;
  color: #000; background: #fff; orphans: 3; widows: 3 }
h1, h2, h3, .meta, .points, th, .box, .letter { font-family: "Noto Sans",
  "DejaVu Sans", Helvetica, Arial, sans-serif }
h1 { font-size: 17pt; margin: 0 0 2pt } h2 { font-size: 12pt; margin: 14pt 0 5pt }
h3 { font-size: 10.5pt; margin: 10pt 0 3pt; break-after: avoid }
.sheet { break-before: right }
.sheet:first-child { break-before: auto }
.meta { font-size: 9.5pt; margin: 0 0 8pt; color: #333 }
.who { display: flex; gap: 8mm; margin: 8pt 0; font-size: 10pt }
.who span { flex: 1; border-bottom: 0.6pt solid #000; padding-bottom: 2pt }
.rules { border: 0.6pt solid #000; padding: 5pt 8pt; margin: 8pt 0 10pt;
  font-size: 9.5pt }
table { border-collapse: collapse; font-size: 9pt; margin: 6pt 0 }
th, td { border: 0.5pt solid #555; padding: 2.5pt 6pt; text-align: center;
  vertical-align: top }
.left td, .left th { text-align: left }
thead { display: table-header-group } tr { break-inside: avoid }
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
@media screen { body { max-width: 180mm; margin: 12mm auto; padding: 0 6mm } }
"""


def _css_string(text: str) -> str:
    """The text as a string of a style sheet."""
    return "".join(c if c.isalnum() or c in " .,:-" else f"\\{ord(c):x} " for c in text)


def page(title: str, sheets: Sequence[str], feet: Sequence[str]) -> str:
    """A document that needs no other file; each sheet begins a page, with its foot."""
    rules, body = [], []
    for k, (sheet, foot) in enumerate(zip(sheets, feet, strict=True)):
        rules.append(
            f"@page s{k} {{ @bottom-left {{ content: '{_css_string(foot)}'; "
            f"font: 8.5pt sans-serif }} }}\n.s{k} {{ page: s{k} }}"
        )
        body.append(f'<div class="sheet s{k}">{sheet}</div>')
    style = STYLE + "\n".join(rules)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title><style>{style}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
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
    """Where the points are entered: rows of 15, the last place is the sum."""
    cells = [(f"{k}", f"&nbsp;/ {w}") for k, w in enumerate(worth, 1)]
    cells.append(("Sum", f"&nbsp;/ {sum(worth)}"))
    rows = [cells[k : k + 15] for k in range(0, len(cells), 15)]
    return "".join(
        f"<table><tr><th>Question</th>{''.join(f'<th>{k}</th>' for k, _ in row)}</tr>"
        f"<tr><th>Points</th>{''.join(f'<td>{w}</td>' for _, w in row)}</tr></table>"
        for row in rows
    )


def sheet(exam: Exam, student: Student) -> str:
    """What one student gets."""
    worth, shown = [], []
    for k, name in enumerate(exam.names, 1):
        q, order = exam.question(name, student.id)
        worth.append(points(name, q))
        plural = "" if worth[-1] == 1 else "s"
        shown.append(
            f'<div class="question"><h3><span>Question {k}</span>'
            f'<span class="points">{worth[-1]} point{plural}</span></h3>'
            f"{rich(q.text)}{_space(q, order, worth[-1])}</div>"
        )
    return (
        f"<h1>{html.escape(exam.title)}</h1>"
        f'<p class="meta">Recurrent neural networks · {exam.minutes} minutes · '
        f"{sum(worth)} points</p>"
        f'<div class="who"><span>Name: {html.escape(student.name)}</span>'
        f"<span>Id: {html.escape(student.id)}</span><span>Signature:</span></div>"
        f"{_boxes(worth)}"
        '<div class="rules">The numbers on this sheet are yours alone. A pocket '
        "calculator is allowed. Where three digits are asked for, round the result to "
        "three significant digits, and not before. Mark exactly one letter where "
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
    rows, heads = [], ""
    for k, name in enumerate(exam.names, 1):
        q, _ = exam.question(name, students[0].id)
        entry = BANK[name]
        rows.append(
            f"<tr><td>{k}</td><td>{name}</td><td>{kind(q)}</td><td>{points(name, q)}"
            f"</td><td>{entry.level}</td><td>{entry.page}</td><td>{entry.outcome}</td>"
            "</tr>"
        )
        heads += f"<th>{k}</th>"
    key = []
    for student in students:
        found = (answer(*exam.question(name, student.id)) for name in exam.names)
        cells = "".join(f"<td>{inline(one)}</td>" for one in found)
        key.append(f"<tr><td>{html.escape(student.id)}</td>{cells}</tr>")
    return (
        f"<h1>{html.escape(exam.title)}: for the teacher</h1><h2>How to "
        f"mark</h2>{SCHEME}"
        '<h2>What is asked</h2><table class="left"><thead><tr><th>No.</th><th>Question'
        "</th><th>Kind</th><th>Points</th><th>Level</th><th>Chapter</th><th>Shows that "
        f"students can</th></tr></thead>{''.join(rows)}</table><h2>Key</h2><table>"
        f"<thead><tr><th>Id</th>{heads}</tr></thead>{''.join(key)}</table>"
    )


def solution(k: int, name: str, q: Drawn, order: list[str]) -> str:
    """One question of one student with its worked answer, for the teacher."""
    listed = []
    for worth, what in q.rubric:
        listed.append(f"<b>{worth}</b> {inline(what)}")
    wrong = sorted(q.wrong, key=lambda w: order.index(w[0])) if order else q.wrong
    for value, why in wrong:
        sign = LETTERS[order.index(value)] if order else show(value)
        listed.append(f"not {inline(sign)}: {inline(why)}")
    items = "".join(f"<li>{one}</li>" for one in listed)
    text = f" {inline(q.answer)}" if order else ""
    return (
        f'<div class="solution"><h3>{k}. {name} ({points(name, q)})</h3>'
        f'<div class="text">{rich(q.text)}</div><p><span class="answer">'
        f"{inline(answer(q, order))}</span>{text}</p>{rich(q.worked)}"
        f"<ul>{items}</ul></div>"
    )


def solutions(exam: Exam, student: Student) -> str:
    """All worked answers of one student."""
    who = html.escape(" · ".join(part for part in student if part))
    return f"<h1>{who}</h1>" + "".join(
        solution(k, name, *exam.question(name, student.id))
        for k, name in enumerate(exam.names, 1)
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


def gift_question(exam: Exam, name: str, variant: int) -> str:
    """One variant of a question in GIFT, with feedback on each known mistake."""
    q, order = exam.question(name, f"variant {variant}")
    lines = []
    if order:
        lines.append(f"=[html]{_gift_escape(inline(q.answer))}#Right.")
        for value, why in q.wrong:
            told = _gift_escape(inline(why))
            lines.append(f"~[html]{_gift_escape(inline(value))}#{told}")
    elif not q.rubric:
        lines.append("#")
        for value, why in [(q.answer, "Right."), *q.wrong]:
            share = 100 if value == q.answer else 0
            near = _gift_number(abs(value) * q.rtol)
            told = _gift_escape(inline(why))
            lines.append(f"=%{share}%{_gift_number(value)}:{near}#{told}")
    points_for = "".join(
        f"<li>{worth}: {inline(what)}</li>" for worth, what in q.rubric
    )
    worked = rich(q.worked) + (f"<ul>{points_for}</ul>" if points_for else "")
    answers = "".join(line if line == "#" else f"\n{line}" for line in lines)
    return (
        f"::{_gift_escape(name)} {variant:02d}::[html]{_gift_escape(rich(q.text))} "
        f"{{{answers}\n####{_gift_escape(worked)}\n}}\n"
    )


def gift(exam: Exam, variants: int) -> str:
    """The exam in GIFT: for each question a category with its variants.

    In Moodle: import the file into the question bank, and add to a quiz one random
    question from each category.
    """
    top = re.sub(r"\s*/\s*", "-", exam.title)
    parts = []
    for k, name in enumerate(exam.names, 1):
        parts.append(f"$CATEGORY: {top}/{k:02d} {name}\n")
        parts += [gift_question(exam, name, v) for v in range(1, variants + 1)]
    return "\n".join(parts)


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
    exam: Exam, students: Sequence[Student], out: Path, variants: int
) -> list[Path]:
    """Write all files of an exam; the pages for print come first."""
    out.mkdir(parents=True, exist_ok=True)
    feet = [f"{exam.title} · {' · '.join(p for p in s if p)}" for s in students]
    files = {
        "exam.html": page(exam.title, [sheet(exam, s) for s in students], feet),
        "teacher.html": page(
            f"{exam.title}: for the teacher",
            [overview(exam, students), *(solutions(exam, s) for s in students)],
            ["For the teacher", *feet],
        ),
        "lms.gift": gift(exam, variants),
    }
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    with (out / "answers.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", *exam.names])
        for s in students:
            found = [answer(*exam.question(name, s.id)) for name in exam.names]
            table.writerow([s.id, *found])
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
    add("--students", type=Path, help="CSV file with a column id, and name if you like")
    add("--out", type=Path, help="folder for the exam")
    add("--exam", default="Exam", help="its title, such as 'Exam, summer 2026'")
    add("--secret", help="a word that students do not know; it goes into all numbers")
    add("--questions", type=int, default=12, help="how many (12)")
    add("--chapters", nargs="+", default=[], help="only these, such as 11 12-gru")
    add("--names", nargs="+", default=[], help="exactly these questions of --list")
    add("--minutes", type=int, default=90, help="printed on the sheet (90)")
    add(
        "--variants", type=int, default=20, help="of each question in the LMS file (20)"
    )
    add("--pdf", action="store_true", help="print both pages to PDF, with Chromium")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    parser = arguments()
    given = parser.parse_args(argv)
    if given.list:
        print(listing())
        return
    if not (given.students and given.out and given.secret):
        parser.error("--students, --out and --secret are needed (or --list)")
    try:
        students = roster(given.students)
        strange = [name for name in given.names if name not in BANK]
        if strange:
            raise ValueError(f"names: expected questions of --list, got {strange}")
        exam = Exam(given.exam, given.secret, (), given.minutes)
        names = tuple(given.names) or select(exam.key, given.questions, given.chapters)
        files = write(exam._replace(names=names), students, given.out, given.variants)
        if given.pdf:
            files += [to_pdf(file) for file in files[:2]]
    except (OSError, ValueError, RuntimeError) as error:
        parser.error(str(error))
    print(f"{len(names)} questions for {len(students)} students:")
    print("\n".join(str(file) for file in files))


if __name__ == "__main__":
    main()
