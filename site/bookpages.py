"""Sphinx extension of this book (``sphinx: local_extensions`` in ``_config.yml``).

- Pages ask no other host for anything: MathJax is copied out of the installed package
  ``sphinx-mathjax-offline``. What a page loads and shows around its text is mended in
  ``pagehead``, its text in ``polish``.
- The page of all applications takes each chapter's figure, sentence and result from
  its run, and the minutes to read from its first lines.
- Diagrams and plots are figures in the page's theme (figures.py), the start page has
  pictures to touch (start.py), and terms carry their definitions (glossary.py).
- Links to a notebook in what a cell printed (``check`` does) lead to its page.
- What needs the address of the repository (Colab, Binder, notebook download, link to
  the source) appears only when ``RNNBOOK_REPOSITORY`` is set, as in publish.yml. A
  notebook taken from a page then gets a first cell that installs what it imports.
"""

import ast
import os
import posixpath
import re
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import nbformat
from docutils import nodes
from sphinx.util.docutils import SphinxDirective, SphinxRole

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "site"), str(ROOT / "site" / "diagrams")]

import claims  # noqa: E402
import explorer  # noqa: E402
import figures  # noqa: E402  (these folders are no packages)
import glossary  # noqa: E402
import live  # noqa: E402
import pagehead  # noqa: E402
import start  # noqa: E402
from polish import polish  # noqa: E402

REPEATED_IDS = {"exercise-content", "solution-content"}
PREVIEW = "preview.png"  # what a shared link shows
# MathJax without its menu (two fifths of the script that the package has made); `html`
# gives formulas the colours of gates, `assistive-mml` reads them to whoever cannot see.
MATHJAX = (
    "startup",
    "core",
    "input/tex",
    "[tex]/html",
    "output/chtml",
    "output/chtml/fonts/tex",
    "a11y/assistive-mml",
)
FONTS = "output/chtml/fonts/woff-v2"
INSTALL = """\
# Only where something is missing, as on Colab: install what this notebook imports.
import subprocess
import sys
from importlib.util import find_spec

needs = {needs}
missing = [need for module, need in needs.items() if find_spec(module) is None]
if missing:
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, *missing], check=True)
"""
# What the package does not bring; Keras needs TensorFlow to compute with.
FRAMEWORKS = {
    "torch": ["torch"],
    "keras": ["keras", "tensorflow"],
    "tensorflow": ["tensorflow"],
}


def repository() -> tuple[str, str] | None:
    """The repository as ``owner/name`` and its branch; None where it is not known."""
    name = os.environ.get("RNNBOOK_REPOSITORY", "")
    if not name:
        return None
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise ValueError(f"RNNBOOK_REPOSITORY: expected owner/name, got {name!r}")
    return name, os.environ.get("RNNBOOK_BRANCH") or "main"


def _bounds() -> dict[str, str]:
    """The versions of ``requirements.txt``, by the name of the package."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    found = (re.match(r"([a-z]+)((?:[<>=]=?[\w.]+,?)+)", line) for line in lines)
    return {one[1]: one[0] for one in found if one}


def imports(notebook) -> set[str]:
    """The packages that a notebook's cells import."""
    code = [c.source for c in notebook.cells if c.cell_type == "code"]
    return set(re.findall(r"(?m)^\s*(?:import|from) (\w+)", "\n".join(code)))


def install_cell(notebook, name: str, branch: str) -> str:
    """The source of the cell that makes a notebook run by itself."""
    needs = {"rnnbook": f"git+https://github.com/{name}@{branch}"}
    bounds = _bounds()
    for module in sorted(imports(notebook) & set(FRAMEWORKS)):
        needs |= {one: bounds[one] for one in FRAMEWORKS[module]}
    lines = [f'    "{module}": "{need}",' for module, need in needs.items()]
    return INSTALL.format(needs="\n".join(["{", *lines, "}"])).rstrip()


def add_install_cell(path: Path, name: str, branch: str) -> None:
    """Put a cell that installs what is imported in front of a notebook, once."""
    notebook = nbformat.read(path, as_version=4)
    if notebook.cells and notebook.cells[0].get("id") == "install":
        return
    source = install_cell(notebook, name, branch)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(source, id="install"))
    nbformat.write(notebook, path)


def show_repository(app, config):
    """Switch on what needs an address."""
    if found := repository():
        name, branch = found
        config.html_theme_options.update(
            repository_url=f"https://github.com/{name}",
            repository_branch=branch,
            use_repository_button=True,
            use_download_button=True,
            launch_buttons={
                "colab_url": "https://colab.research.google.com",
                "binderhub_url": "https://mybinder.org",
                "notebook_interface": "jupyterlab",
            },
        )


def notebook(env, name: str):
    """A chapter; the page that is read now is read again with it."""
    path = ROOT / "chapters" / f"{name}.ipynb"
    env.note_dependency(str(path))
    return nbformat.read(path, as_version=4)


def tagged(book, tag: str, kind: str):
    """The output of a kind of the one cell with a tag, and the cell."""
    for cell in book.cells:
        if tag in cell.metadata.get("tags", []):
            for output in cell.get("outputs", []):
                if kind in output.get("data", {}):
                    return output.data[kind], cell
    raise ValueError(f"no cell tagged {tag} has an output {kind}")


def with_minus(text: str) -> str:
    """A text whose negative numbers have a minus sign, and per cents their blank."""
    text = re.sub(r"(?<=\d)%", "\N{NO-BREAK SPACE}%", text)
    return re.sub(r"(?<![\w.])-(?=\d)", "\N{MINUS SIGN}", text)


class Gallery(SphinxDirective):
    """``{gallery} NN-name``: what that notebook's run shows of itself.

    The picture of the cell tagged ``gallery-figure``, with its alt text, and the text
    of the one tagged ``gallery-sentence``.
    """

    required_arguments = 1

    def run(self):
        name = self.arguments[0]
        book = notebook(self.env, name)
        try:
            figure, cell = tagged(book, "gallery-figure", "image/svg+xml")
            sentence, _ = tagged(book, "gallery-sentence", "text/markdown")
        except ValueError as error:
            raise self.error(f"{name}: {error}") from None
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        picture = nodes.raw("", figures.inlined(figure, alt, name), format="html")
        return [picture, *self.parse_text_to_nodes(with_minus(sentence))]


class Result(SphinxRole):
    """``{result}`NN-name```: the text of the cell tagged ``gallery-result``."""

    def run(self):
        text, _ = tagged(notebook(self.env, self.text), "gallery-result", "text/plain")
        return [nodes.Text(with_minus(ast.literal_eval(text)))], []


class Minutes(SphinxRole):
    """``{minutes}`NN-name```: how long that notebook says that it takes to read."""

    def run(self):
        first = notebook(self.env, self.text).cells[0].source
        return [nodes.Text(re.search(r"About (\d+) minutes to read", first)[1])], []


def drop_repeated_ids(app, doctree, docname):
    """Sphinx-exercise gives the bodies of all exercises of a page the same id."""
    for node in doctree.findall(nodes.section):
        node["ids"] = [i for i in node["ids"] if i not in REPEATED_IDS]


def polish_text(app, pagename, templatename, context, doctree):
    """The text of a page, mended; before it is asked what the page needs."""
    if doctree is not None:
        context["body"] = polish(context["body"], pagename)
    if found := repository():
        owner, _, name = found[0].partition("/")
        context["book_address"] = f"https://{owner}.github.io/{name}/"


PLAIN = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")  # typographer's quotes


def know_sections(app, doctree):
    """A section is found by the anchor that JupyterLab gives it, as checks say it."""
    slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for section in doctree.findall(nodes.section):
        for heading in (c for c in section.children if isinstance(c, nodes.title)):
            title = heading.astext().translate(PLAIN)
            slugs.setdefault(title.replace(" ", "-"), (1, section["ids"][0], title))


def link_pages(app, doctree, docname):
    """Links to notebooks in what a cell printed: to their pages, or plain text."""
    for node in list(doctree.findall(nodes.reference)):
        path, _, anchor = node.get("refuri", "").partition("#")
        if not path.endswith(".ipynb") or ":" in path:
            continue
        target = posixpath.normpath(
            posixpath.join(posixpath.dirname(docname), path.removesuffix(".ipynb"))
        )
        if target in app.env.found_docs:
            uri = app.builder.get_relative_uri(docname, target)
            section = nodes.make_id(unquote(anchor))  # as Sphinx names it
            node["refuri"] = f"{uri}#{section}" if section else uri
        else:
            node.replace_self(node.children)


def copy_mathjax(static: Path) -> None:
    """One script of the parts that pages need, and its fonts; the package has 24 MB."""
    package = Path(find_spec("sphinx-mathjax-offline").origin).parent
    source, target = package / "static" / "mathjax", static / "mathjax"
    shutil.copytree(source / FONTS, target / FONTS, dirs_exist_ok=True)
    files = (name.replace("[tex]", "input/tex/extensions") for name in MATHJAX)
    parts = [(source / f"{name}.js").read_text(encoding="utf-8") for name in files]
    parts.append(f"MathJax.loader.preLoad({', '.join(map(repr, MATHJAX))});")
    (target / "mathjax.js").write_text("\n".join(parts), encoding="utf-8")


def finish(app, error):
    """After the build: MathJax, and notebooks that install what they import."""
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    copy_mathjax(out / "_static")
    shutil.copyfile(ROOT / "site" / "images" / PREVIEW, out / "_static" / PREVIEW)
    if found := repository():
        for path in (out / "_sources").rglob("*.ipynb"):
            add_install_cell(path, *found)


def setup(app):
    start.setup(app)
    glossary.setup(app)
    explorer.setup(app)
    claims.setup(app)
    app.add_directive("gallery", Gallery)
    app.add_role("result", Result())
    app.add_role("minutes", Minutes())
    figures.setup(app)
    app.connect("config-inited", show_repository)
    app.connect("doctree-read", know_sections)
    app.connect("doctree-resolved", drop_repeated_ids)
    app.connect("doctree-resolved", link_pages)
    app.connect("html-page-context", polish_text, priority=800)
    live.setup(app)
    pagehead.setup(app)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":  # publish.yml: python site/bookpages.py chapters/*.ipynb
    for argument in sys.argv[1:]:
        add_install_cell(Path(argument), *repository())
