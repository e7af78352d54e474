"""The explorers in the pages: ``{explorer} NAME``, part of the extension ``bookpages``.

``NAME.js`` draws and answers; ``NAME.md`` has what to try first, a question and its
answer (the rest of it); ``pictures/NAME.svg`` stands there without
scripts and on paper. A page loads the scripts of its own explorers only.
"""

import shutil
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

HERE = Path(__file__).resolve().parent / "explorers"
KIT = ("explorers.css", "kit.js")
NETWORKS = "attention", "digit", "gates", "writer"  # with trained weights
# px of the stage in a wide and in a narrow window, so that nothing moves later
HEIGHTS = {
    "attention": (946, 932),
    "ctc": (1055, 1209),
    "digit": (639, 933),
    "gates": (858, 967),
    "gru": (820, 880),
    "loop": (720, 804),
    "lstm": (700, 740),
    "reach": (690, 640),
    "writer": (857, 1174),
}
# What an explorer needs besides the kit.
PARTS = {"lstm": ("machine.js",), "gru": ("machine.js",)}
PARTS |= dict.fromkeys((*NETWORKS, "ctc"), ("networks.js",))  # and its style


def names() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.md"))


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
        text, picture = HERE / f"{name}.md", HERE / "pictures" / f"{name}.svg"
        for path in (text, picture):
            self.env.note_dependency(str(path))
        words = text.read_text(encoding="utf-8")
        first, question, *answer = self.parse_text_to_nodes(words)
        wide, narrow = HEIGHTS[name]
        drawing = picture.read_text(encoding="utf-8")
        start = (
            f'<div class="explorer" role="group" aria-label="Explorer" '
            f'data-explorer="{escape(name)}" '
            f'style="--wide:{wide}px;--narrow:{narrow}px">'
        )
        stage = (
            f'<div class="explorer-stage"><div class="explorer-picture">{drawing}</div>'
            '<div class="explorer-live"></div></div>'
        )
        fold = '<details class="explorer-answer"><summary>Answer</summary>'
        box = nodes.container("", classes=["has-explorer"])
        box["explorer"] = name
        box += [raw(start), first, raw(stage), question, raw(fold), *answer]
        box += raw("</details></div>")
        return [box]


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
    boxes = doctree.findall(nodes.container) if doctree is not None else ()
    ours = dict.fromkeys(box["explorer"] for box in boxes if "explorer" in box)
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
