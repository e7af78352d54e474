"""What comes out of a submission acts on nobody, whoever opens it."""

import base64
import io
import re
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
    new_raw_cell,
)

pytest.importorskip("nbgrader", reason="needs nbgrader: pip install -e .[teach]")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "assignments"))

import clean  # noqa: E402  (assignments/ is no package)
import pages  # noqa: E402
from PIL import Image  # noqa: E402

# Each acts in at least one reader of Markdown, if it gets there as it stands.
ACTIVE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<ScRiPt\n>alert(1)</sCrIpT >",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action='https://example.org'><button>Go on</button></form>",
    "<base href='https://example.org/'>",
    "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "<style>@import '//example.org/a.css'; * {display: none}</style>",
    "<div style='position:fixed;inset:0'>100 of 100</div>",
    "<!-- --!><script>alert(1)</script> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php system('id') ?>",
    "<\u200bscript>alert(1)</script>",
    "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    "[read this](javascript:alert(1))",
    "[read this](java&#115;cript:alert(1))",
    "[read this][one]\n\n[one]: javascript:alert(1)",
    "[one]\n\n[one]: <data:text/html;base64,PHNjcmlwdD4=>",
    "<javascript:alert(1)>",
    "<https://example.org/?q=1>",
    "![a picture](https://example.org/a.png)",
    "![a picture](attachment:a.svg)",
    "![a picture][two]\n\n[two]: https://example.org/a.png",
    "https://example.org and www.example.org",
    "$\\href{javascript:alert(1)}{x}$ and $\\style{position:fixed}{x}$",
    "$$\\require{html}\\cssId{a}{x}\\class{b}{y}$$ $\\unicode{x3c}$",
    "$\\text{<script>alert(1)</script>}$ $\\text{<img src=x onerror=alert(1)>}$",
    "$\\def\\a{\\a\\a}\\a$ $\\newcommand{\\b}{\\b\\b}\\b$",
    '```mermaid\nclick A href "javascript:alert(1)"\n```',
    "~~~ MERMAID\nA\n~~~",
    "- ```{raw} html\n  <script>alert(1)</script>\n  ```",
    "~~~ mermaid `\nA\n~~~",
    "- [ ] ```mermaid\n  A\n  ```",
    "1. [x] ~~~ mermaid\n   A\n   ~~~",
    "$\\DeclarePairedDelimiter\\a<> \\newtagform{a} \\setOptions{x} \\futurelet\\b$",
    "```{=html}\n<script>alert(1)</script>\n```",
    "> <script>alert(1)</script>",
    "`<script>alert(1)</script>` and ``a <b> c``",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x1b]0;a title\x07\x1b[2J\x9b31m red \x00\x08",
    "\u202egnp.exe\u202c \ud83d half of an emoji",
]


def acts(page: str) -> list[str]:
    """What a browser would make of a text: elements, links, pictures, handlers."""
    from html.parser import HTMLParser

    found: list[str] = []
    plain = {"p", "em", "strong", "code", "pre", "ul", "ol", "li", "br", "hr", "h1"}
    plain |= {"h2", "h3", "blockquote", "table", "thead", "tbody", "tr", "td", "th"}
    plain |= {"span", "div", "s", "del", *pages.TAGS}

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag not in plain and dict(attrs).get("type") != "checkbox":
                found.append(tag)
            found.extend(
                k for k, _ in attrs if k.startswith("on") or k in ("href", "src")
            )

        def handle_comment(self, data):
            found.append("comment")

    Reader().feed(page)
    return found


@pytest.mark.parametrize("text", ACTIVE)
def test_markdown_acts_in_no_reader(text):
    """The book's own page, nbconvert (which formgrader uses) and plain mistune."""
    import mistune
    from nbconvert.filters import markdown2html

    cleaned = clean.markdown(text)
    assert acts(str(pages.rendered(cleaned))) == []
    # an id for each heading and an anchor of it are nbconvert's
    shown = re.sub(r'<a class="anchor-link"[^>]*>[^<]*</a>', "", markdown2html(cleaned))
    assert acts(shown) == []
    assert acts(mistune.create_markdown(escape=False, plugins=["url"])(cleaned)) == []
    active = r"\\(href|style|class|cssId|require|def|new[ct]|Declare|set|future)"
    assert not re.search(active, cleaned)
    assert "mermaid" not in cleaned.casefold()


def test_the_readers_would_show_what_acts():
    """So that the test above can fail."""
    import mistune

    read = mistune.create_markdown(escape=False)
    assert sum(bool(acts(read(text))) for text in ACTIVE) > 20


@pytest.mark.parametrize(
    "text",
    [
        "The forget gate $f_t = \\sigma(x_t W + b)$ keeps **half** of it.",
        "- one\n- two\n\n1. three\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        "$$\n\\begin{aligned} c &= f \\odot c \\\\ h &= o \\end{aligned}\n$$",
        "Because a < b and 3 <= 4, `a < b` holds; x > 2.",
        "```python\nif a < b:\n    print(x[0])\n```",
        "Zoë, 李雷, हिन्दी, العربية and 👩‍💻",
        "training data: 3, the file: a.csv, ratio 3:1",
    ],
)
def test_an_ordinary_answer_stays_as_it_is(text):
    assert clean.markdown(text) == text


def picture(kind: str, size=(40, 30)) -> str:
    file = io.BytesIO()
    Image.new("RGB", size, "white").save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


def test_only_text_errors_and_checked_pictures_survive():
    data = {
        "text/html": "<script>alert(1)</script>",
        "application/javascript": "alert(1)",
        "image/svg+xml": "<svg onload='alert(1)'/>",
        "text/latex": "$\\href{javascript:alert(1)}{x}$",
        "text/markdown": "<script>alert(1)</script>",
        "application/vnd.jupyter.widget-view+json": {"model_id": "1"},
        "text/plain": "a \x1b[31mred\x1b[0m text",
        "image/png": picture("PNG"),
        "image/jpeg": "aGVsbG8=",  # no picture
        "IMAGE/PNG": picture("PNG"),
    }
    (kept,) = clean.outputs([new_output("display_data", data=data, metadata={"a": 1})])
    assert set(kept.data) == {"text/plain", "image/png"}
    assert kept.data["text/plain"] == "a red text" and kept.metadata == {}
    jpeg = new_output("execute_result", data={"image/jpeg": picture("JPEG")})
    assert set(clean.outputs([jpeg])[0].data) == {"image/jpeg"}


@pytest.mark.parametrize(
    "value",
    [
        "",
        "no base64!",
        base64.b64encode(b"<svg onload='alert(1)'></svg>").decode(),
        base64.b64encode(b"\x89PNG\r\n\x1a\n<script>alert(1)</script>").decode(),
        picture("GIF"),
        picture("BMP"),
        picture("PNG", (3000, 3000)),  # more pixels than a page needs
        picture("PNG")[:60],
        "data:image/png;base64," + picture("PNG"),
        picture("PNG") + '" onerror="alert(1)',
    ],
)
def test_what_is_no_modest_picture_is_dropped(value):
    assert clean.outputs([new_output("display_data", data={"image/png": value})]) == []


def test_a_notebook_is_built_anew():
    code = new_code_cell("x = 1")
    code.metadata = {"nbgrader": {"grade_id": "a"}, "jupyter": {"a": "<script>"}}
    hostile = [
        new_output("stream", name="stdout\x00", text="\x1b[2Jhello\r\n"),
        new_output("error", ename="<b>", evalue="\x1b[31m", traceback=["\x1b[0mline"]),
        {"output_type": "update_display_data", "data": {"text/plain": "x"}},
        {"output_type": "pyout", "html": "<script>"},
    ]
    markdown = new_markdown_cell("![a](attachment:a.svg)")
    markdown["attachments"] = {"a.svg": {"image/svg+xml": "PHN2Zz4="}}
    ours = new_markdown_cell("See [the book](https://example.org), $a<b$")
    raw = new_raw_cell("<script>alert(1)</script>", metadata={"format": "text/html"})
    nb = new_notebook(cells=[code, markdown, ours, raw])
    nb.cells[0]["id"], nb.cells[0]["outputs"] = "<script>", hostile
    nb.metadata = {
        "widgets": {"x": 1},
        "kernelspec": {"name": "<script>"},
        "title": "<",
    }
    made = clean.notebook(nb, [ours.source])
    nbformat.validate(made)
    assert set(made.metadata) == {"kernelspec", "language_info"}
    assert [cell.id for cell in made.cells] == [f"cell-{k}" for k in range(4)]
    assert made.cells[0].metadata == {"nbgrader": {"grade_id": "a"}}
    assert [o.output_type for o in made.cells[0].outputs] == ["stream", "error"]
    assert made.cells[0].outputs[0].text == "hello\n"
    assert all("attachments" not in cell for cell in made.cells)
    assert made.cells[2].source == ours.source
    assert made.cells[3].cell_type == "markdown" and "<s" not in made.cells[3].source


def test_a_line_is_safe_for_a_terminal_and_a_text_is_cut():
    assert clean.line("a\x1b[31m\nb\u202e\x07  c") == "a b c"
    assert clean.line("x" * 300) == "x" * 200 + " ..."
    assert clean.text("y" * 20, 10) == "y" * 10 + "\n... (cut)"
    assert clean.text(None) == "None" and clean.text("\ud83d") == "?"


# ---- formulas


@pytest.mark.parametrize(
    "piece", ["\\begin{equation}\n", "*_", "$a", "a|b\n-|-\n", "[", "> ", "`$", "<"]
)
def test_no_answer_takes_the_page_long(piece):
    """A long one is shown as it is, whatever a reader of Markdown would do with it."""
    begin = time.process_time()
    clean.markdown(piece * (10**6 // len(piece)))
    for size in (pages.LONG, 10**6):
        assert pages.rendered(piece * (size // len(piece)))
    assert time.process_time() - begin < 30
    assert pages.rendered("<" * (pages.LONG + 1)).startswith("<pre>&lt;&lt;")
    assert pages.coloured("<" * (pages.LONG + 1)).startswith("&lt;&lt;")


@pytest.mark.parametrize(
    "tex",
    [
        "\\text{<script>alert(1)</script>}",
        "\\text{&lt;img src=x onerror=alert(1)&gt;}",
        "\\href{javascript:alert(1)}{x}",
        "\\style{background:url(//example.org)}{x}",
        '\\class{a" onmouseover="alert(1)}{x}',
        '\\color{red" onclick="alert(1)}{x}',
        "\\unknown{x} \\frac{",
        "{" * 3000,
        "x" * 6000,
        "\\begin{matrix}" * 50,
    ],
)
def test_a_formula_draws_and_does_nothing_else(tex):
    shown = pages.formula(tex)
    assert acts(shown) == []
    for attribute in re.findall(r'(\w+)="', shown):
        assert attribute in pages.ATTRIBUTES | {"xmlns"}


def test_formulas_of_the_assignments_are_read():
    """Each becomes MathML, with every command and every & understood."""
    import json

    count = 0
    for path in sorted((ROOT / "assignments").glob("*/*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                page = str(pages.rendered("".join(cell["source"])))
                count += page.count("<math")
                inside = "".join(re.findall(r"<math.*?</math>", page, re.S))
                assert "\\" not in inside and "<mi>&amp;" not in inside, path
    assert count > 60
