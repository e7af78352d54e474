"""The page that goes back to a student: one file, no script, no request, formulas too.

Texts are escaped by the template; Markdown is rendered without tags, links and
pictures; formulas become MathML, which browsers show by themselves. What was written by
a student has passed :mod:`clean` before.
"""

import html
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from xml.etree import ElementTree

from jinja2 import Environment, FileSystemLoader
from latex2mathml.converter import convert_to_element
from markdown_it import MarkdownIt
from markupsafe import Markup
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; base-uri 'none'"
)
HIDDEN = re.compile(
    r"^[ \t]*### BEGIN HIDDEN TESTS[ \t]*\n.*?^[ \t]*### END HIDDEN TESTS[ \t]*\n?",
    re.M | re.S,
)

# ---- formulas

MATHML = "http://www.w3.org/1998/Math/MathML"
TAGS = frozenset(
    "math mrow mi mo mn mtext mspace ms mfrac msqrt mroot mstyle merror mpadded "
    "mphantom mfenced msub msup msubsup munder mover munderover mmultiscripts "
    "mtable mtr mtd mlabeledtr none mprescripts".split()
)
ATTRIBUTES = frozenset(
    "display displaystyle scriptlevel stretchy fence separator form accent "
    "accentunder columnalign rowspacing columnspacing columnlines rowlines width "
    "height depth lspace rspace linethickness minsize maxsize symmetric largeop "
    "movablelimits mathvariant mathcolor linebreak open close separators".split()
)


def formula(tex: str, display: bool = False) -> str:
    """TeX as MathML; as the text it is where it cannot be read.

    Only elements and attributes that draw are kept, whatever the converter makes.
    """
    if len(tex) > 5000:
        return f"<code>{html.escape(tex)}</code>"
    once = re.sub(r"\\(begin|end)\{aligned\}", r"\\\1{align*}", tex.strip())
    try:
        made = convert_to_element(once, display="block" if display else "inline")
        _keep_drawing(made)
        return ElementTree.tostring(made, encoding="unicode")
    except Exception:  # a library's parser on a student's text
        return f"<code>{html.escape(tex)}</code>"


def _keep_drawing(element: ElementTree.Element) -> None:
    """Only what draws; texts as texts (the converter hands out entities)."""
    for one in element.iter():
        if one.tag not in TAGS:
            one.tag = "mrow"
        one.attrib = {k: v for k, v in one.attrib.items() if k in ATTRIBUTES}
        one.text = html.unescape(one.text) if one.text else one.text
        one.tail = html.unescape(one.tail) if one.tail else one.tail
    element.set("xmlns", MATHML)


# ---- Markdown and code


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable(
        ["table", "strikethrough"]
    )
    reader.disable(
        ["link", "image", "autolink", "reference", "html_inline", "html_block"]
    )
    reader.use(
        dollarmath_plugin,
        renderer=lambda tex, options: formula(tex, options["display_mode"]),
        double_inline=True,
    )
    return reader.use(amsmath_plugin, renderer=lambda tex: formula(tex, True))


LONG = 20_000  # characters of a text, above which it is shown as it is
PAGE = 200_000  # of a notebook


KEPT = 1000  # texts: most cells of a notebook stand in those of the whole class


def _plain(source: str) -> Markup:
    return Markup(f"<pre>{html.escape(source)}</pre>")


@lru_cache(KEPT)
def rendered(source: str) -> Markup:
    """Markdown as HTML: no tag of its own, no link, no picture, formulas as MathML.

    A text that is longer than any answer is shown as it is, so that none takes long.
    """
    if len(source) > LONG:
        return _plain(source)
    try:
        return Markup(_reader().render(source))
    except Exception:  # a library's parser on a student's text
        return _plain(source)


_FORMAT = HtmlFormatter(nowrap=True)
_LEXER = PythonLexer(stripnl=False)


@lru_cache(KEPT)
def coloured(source: str) -> Markup:
    """Python as HTML in the colours of the page's style; a long one without colours."""
    if len(source) > LONG:
        return Markup(html.escape(source))
    return Markup(highlight(source, _LEXER, _FORMAT))


# ---- the page


@cache
def _template():
    here = FileSystemLoader(Path(__file__).resolve().parent)
    site = Environment(
        loader=here, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return site.get_template("feedback.html.jinja")


def _style() -> Markup:
    dark = HtmlFormatter(style="github-dark", nowrap=True)
    light = HtmlFormatter(style="default", nowrap=True)
    rules = [light.get_style_defs("pre"), "@media (prefers-color-scheme: dark) {"]
    return Markup("\n".join([*rules, dark.get_style_defs("pre"), "}"]))


def without_hidden(source: str) -> str:
    """A test cell as the student knows it."""
    return HIDDEN.sub("", source).rstrip("\n")


def _pictures(output: NotebookNode) -> list[str]:
    data = output.get("data", {})
    return [f"data:{k};base64,{v}" for k, v in data.items() if k.startswith("image/")]


def _text(output: NotebookNode) -> str:
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return "\n".join(output.traceback) or f"{output.ename}: {output.evalue}"
    return "" if _pictures(output) else output.data.get("text/plain", "")


def _cell(
    cell: NotebookNode, scores: Mapping, comments: Mapping, titles: Mapping, long: bool
) -> dict:
    task = cell.metadata.get("nbgrader", {}).get("grade_id", "")
    shown = {"task": task if task in scores else "", "title": titles.get(task, task)}
    shown |= {"comment": comments.get(task, ""), "score": scores.get(task)}
    if cell.cell_type != "code":
        shown_as = _plain if long else rendered
        return shown | {"markdown": shown_as(cell.source)}
    outputs = [
        {"text": _text(one), "pictures": _pictures(one), "kind": one.output_type}
        for one in cell.outputs
        if not (shown["task"] and one.output_type == "execute_result")  # its points
    ]
    code = without_hidden(cell.source)
    return shown | {"code": code if long else coloured(code), "outputs": outputs}


def feedback(
    heading: str,
    who: str,
    row,
    nb: NotebookNode | None,
    titles: Mapping[str, str],
    comments: Mapping[str, str],
) -> str:
    """The page for one student.

    Parameters
    ----------
    heading : str, what the assignment is called
    who : str, the student's name, if there is one, and id
    row : ``grade.Row``
    nb : the executed notebook, clean; None where there is none to show
    titles : from task to what it is called
    comments : from task to what the teacher wrote
    """
    scores = {
        task: (
            "" if task in row.to_mark else f"{row.scores.get(task, 0):g}",
            f"{most:g}",
        )
        for task, most in row.points.items()
    }
    cells = nb.cells if nb else []
    long = sum(len(cell.source) for cell in cells) > PAGE
    cells = [_cell(cell, scores, comments, titles, long) for cell in cells]
    return _template().render(
        policy=POLICY,
        style=_style(),
        heading=heading,
        who=who,
        row=row,
        scores=scores,
        titles=titles,
        cells=cells,
        waiting=_waiting(row),
    )


def _waiting(row) -> str:
    most = sum(row.points.get(task, 0) for task in row.to_mark)
    return f"{most:g} points are still to be given by hand." if row.to_mark else ""


def name_of(heading: str) -> str:
    """The heading of a notebook's first cell, without marks of Markdown."""
    first = next((x for x in heading.splitlines() if x.startswith("#")), heading)
    return first.lstrip("# ").strip() or "Assignment"


def safe_names(names: Sequence[str]) -> list[str]:
    """File names that are all different on a system that ignores capitals."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        n = seen[name.casefold()] = seen.get(name.casefold(), 0) + 1
        found.append(name if n == 1 else f"{name} ({n})")
    return found
