"""The page to mark answers in words on: by question, blind, from the keyboard, offline.

``page`` makes one HTML file. It holds the answers as data, which its script puts in as
text; what the teacher gives stays in the browser until *Save marks* writes it into a
table that :func:`by_hand.read` takes. Its policy admits our script and style by their
hash, and nothing else.
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from pathlib import Path

import spreadsheet
from by_hand import Mark, Merged, key_cell
from jinja2 import Environment, FileSystemLoader, Template
from markupsafe import Markup

HERE = Path(__file__).resolve().parent
Render = Callable[[str], str]


@cache
def _template() -> Template:
    site = Environment(loader=FileSystemLoader(HERE), autoescape=True)
    return site.get_template("marking.html.jinja")


@cache
def _beside(name: str) -> str:
    return "\n".join((HERE / name).read_text(encoding="utf-8").splitlines()) + "\n"


def _allowed(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy() -> str:
    """What the page may do: run our script, show our style, and nothing else."""
    return (
        f"default-src 'none'; script-src {_allowed(_beside('marking.js'))}; "
        f"style-src {_allowed(_beside('marking.css'))}; img-src data:; "
        "form-action 'none'; base-uri 'none'; require-trusted-types-for 'script'"
    )


def data_block(data: object) -> Markup:
    """JSON for a ``script`` element: no text in it ends the element or a line."""
    text = json.dumps(data)  # ASCII
    for c in "<>&":
        text = text.replace(c, f"\\u{ord(c):04x}")
    return Markup(text)


def _order(merged: Merged, seed: str) -> list[Mark]:
    """By question, and shuffled within each; who comes later moves nobody."""
    names = [task.name for task in merged.tasks]

    def place(mark: Mark) -> tuple[int, str]:
        text = json.dumps([seed, mark.task, mark.student])
        return names.index(mark.task), hashlib.sha256(text.encode()).hexdigest()

    return sorted(merged.marks.values(), key=place)


def page(merged: Merged, render: Render | None = None, seed: str = "") -> str:
    """The page, as one HTML file that needs no other and asks for none.

    Parameters
    ----------
    merged : Merged, from :func:`by_hand.merge`
    render : from Markdown to HTML in which nothing acts, optional
        Without it, texts are shown as they were written.
    seed : str, of the order in which answers stand; default: that of the folder
    """
    marks = _order(merged, seed or merged.store.course)
    tasks = [task for task in merged.tasks if any(m.task == task.name for m in marks)]
    at = [task.name for task in tasks]
    texts = [merged.store.answers[mark.student, mark.task].text for mark in marks]
    data = {
        "assignment": merged.store.assignment,
        "course": merged.store.course,
        "guard": spreadsheet.GUARD,
        "tasks": [_task(task) for task in tasks],
        "answers": [
            _answer(mark, at.index(mark.task), text)
            for mark, text in zip(marks, texts, strict=True)
        ],
    }
    return _template().render(
        assignment=merged.store.assignment,
        policy=policy(),
        style=Markup(_beside("marking.css")),
        script=Markup(_beside("marking.js")),
        data=data_block(data),
        shown=_shown(tasks, texts, render) if render else {},
    )


def _task(task) -> dict:
    return {
        "name": task.name,
        "title": task.title or task.name,
        "most": task.most,
        "question": task.question,
        "rubric": task.rubric,
        "sample": task.sample,
    }


def _answer(mark: Mark, task: int, text: str) -> dict:
    return {
        "task": task,
        "student": mark.student,
        "key": mark.key,
        "cell": key_cell(mark),
        "text": text,
        "points": spreadsheet.number(mark.points),
        "comment": mark.comment,
        "before": mark.before,
    }


def _shown(tasks: list, texts: list[str], render: Render) -> dict[str, Markup]:
    """What is rendered beforehand, by the id of its template."""
    found = {f"a{k}": text for k, text in enumerate(texts)}
    for k, task in enumerate(tasks):
        found |= {f"q{k}": task.question, f"r{k}": task.rubric, f"s{k}": task.sample}
    made = {name: str(render(text)) for name, text in found.items() if text}
    return {name: Markup(html) for name, html in made.items() if _closed(html)}


def _closed(html: str) -> bool:
    """Whether it stays in its template; else the text is shown as it was written."""
    return "<template" not in html.lower() and "</template" not in html.lower()
