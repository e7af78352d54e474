"""The explorers in the pages: ``{explorer} NAME``, part of the extension ``bookpages``.

``NAME.js`` draws and answers; ``NAME.md`` has what to try first, a question and its
answer (the rest of it); ``pictures/NAME.svg`` stands there without
scripts and on paper. A page loads the scripts of its own explorers only. The landing
page has one without words, as one of its pictures (``start.py``).
"""

import shutil
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

HERE = Path(__file__).resolve().parent / "explorers"
KIT = ("explorers.css", "kit.js")
# with trained weights; they need networks.js and its style
NETWORKS = "attention", "digit", "gates", "writer"
# px of the stage in a wide and in a narrow window, by mouse and by finger (a slider has
# two buttons and a row of its own there), so that nothing moves later
HEIGHTS = {
    "attention": (977, 994, 1009, 1017),
    "bands": (286, 206, 320, 206),
    "ctc": (1078, 1209, 1174, 1361),
    "digit": (639, 933, 640, 958),
    "gates": (858, 996, 892, 996),
    "gru": (820, 902, 966, 992),
    "loop": (720, 804, 886, 804),
    "lstm": (700, 764, 928, 886),
    "prices": (750, 678, 750, 670),
    "reach": (690, 640, 745, 640),
    "writer": (857, 1202, 857, 1324),
}
# What an explorer needs besides the kit.
PARTS = {"lstm": ("machine.js",), "gru": ("machine.js",), "bands": ("reach.js",)}
PARTS |= dict.fromkeys((*NETWORKS, "ctc"), ("networks.js",))


def names() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.md"))


def box(name: str, kind: str = "") -> str:
    """How the box of an explorer begins."""
    keys = ("wide", "narrow", "wide-touch", "narrow-touch")
    style = ";".join(f"--{k}:{px}px" for k, px in zip(keys, HEIGHTS[name], strict=True))
    return (
        f'<div class="explorer{kind}" role="group" aria-label="Explorer" '
        f'data-explorer="{escape(name)}" style="{style}">'
    )


def stage(env, name: str) -> str:
    """The still picture, and the place of what scripts put there instead."""
    picture = HERE / "pictures" / f"{name}.svg"
    env.note_dependency(str(picture))
    drawing = picture.read_text(encoding="utf-8")
    return (
        f'<div class="explorer-stage"><div class="explorer-picture">{drawing}</div>'
        '<div class="explorer-live"></div></div>'
    )


def raw(html: str) -> nodes.raw:
    return nodes.raw("", html, format="html")


class Explorer(SphinxDirective):
    """``{explorer} NAME``: what is written in it is for JupyterLab, where none runs."""

    required_arguments = 1
    has_content = True

    def run(self):
        name = self.arguments[0]
        if name not in names():
            raise self.error(f"explorer: expected one of {names()}, got {name!r}")
        text = HERE / f"{name}.md"
        self.env.note_dependency(str(text))
        words = text.read_text(encoding="utf-8")
        first, question, *answer = self.parse_text_to_nodes(words)
        fold = '<details class="explorer-answer"><summary>Answer</summary>'
        node = nodes.container("", classes=["has-explorer"])
        node["explorer"] = name
        drawing = stage(self.env, name)
        node += [raw(box(name)), first, raw(drawing), question, raw(fold), *answer]
        node += raw("</details></div>")
        return [node]


def copy_scripts(app):
    """Beside the other scripts, as they are."""
    if app.builder.format != "html":
        return
    target = Path(app.outdir) / "_static" / "explorers"
    for pattern in ("*.js", "*.css", "weights/*.js"):
        for path in HERE.glob(pattern):
            to = target / path.relative_to(HERE)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to)


def only_here(app, pagename, templatename, context, doctree):
    """The kit and the explorers that this page has."""
    boxes = doctree.findall(nodes.Element) if doctree is not None else ()
    ours = dict.fromkeys(one["explorer"] for one in boxes if "explorer" in one)
    if ours:
        app.add_css_file(f"explorers/{KIT[0]}")
        parts = dict.fromkeys(part for name in ours for part in PARTS.get(name, ()))
        if "networks.js" in parts:
            app.add_css_file("explorers/networks.css")
        for script in (KIT[1], *parts, *(f"{name}.js" for name in ours)):
            app.add_js_file(f"explorers/{script}", loading_method="defer")


def setup(app):
    app.add_directive("explorer", Explorer)
    app.connect("builder-inited", copy_scripts)
    app.connect("html-page-context", only_here)
