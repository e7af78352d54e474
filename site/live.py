"""Cells that a reader runs and changes in the page: what each needs, and its place.

A page that is a notebook gets a file ``_static/live/NN-name.json`` with its exercises
(those whose last line is ``check`` or ``ask``) and, in the chapters of derivations, its
NumPy cells. With each goes what must have been run before it: not all cells above, but
the statements that give the names it uses their values, found backwards. What needs a
framework, a download or the stored results of an experiment is said to need an
installation. ``static/live.js`` shows the editors, ``static/live_worker.js`` runs
Python (Pyodide, which ``make live`` puts beside the pages), ``static/live_run.py`` is
its part in Python. The package ``rnnbook`` goes beside them as one archive.
"""

import ast
import dis
import functools
import hashlib
import json
import re
import sys
import zipfile
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import CodeType

import figures  # site/
import nbformat
from docutils import nodes

ROOT = Path(__file__).resolve().parent.parent
# Pages whose derivations can be tried; the others have exercises only.
TRIED = re.compile(r"0[1-4]-|1[1-4]-")
CALLS = {"check", "ask"}
# What a module is called, and the package that has it; what else is imported has to
# come with Python or with the course.
PACKAGES = {
    "numpy": "numpy",
    "pandas": "pandas",
    "matplotlib": "matplotlib",
    "scipy": "scipy",
}
NAMES = {"sklearn": "scikit-learn", "PIL": "Pillow"}  # as readers know them
FRAMEWORKS = {"torch": "PyTorch", "keras": "Keras", "tensorflow": "Keras"}
# Said where a cell cannot be run in the page: for an exercise and for the first cell
# of a page why, and the way; for those that follow why.
NOT_HERE = {
    "exercise": "Answered in an installation of the course, not here: it {why}. ",
    "question": "Answered in an installation of the course, not here: it {why}. ",
    "try": "Runs in an installation of the course, not here: it {why}. ",
    "again": "Not here: {why}.",
}
HOW = ("90-first-hour", "Your first hour", " says how to get one.")
# Cells that would run, but not as a reader wants it: tests/test_live.py knows each.
EXCEPT = json.loads((ROOT / "site" / "live_except.json").read_text(encoding="utf-8"))
# Methods that change what they are called on; of a generator, every one does.
CHANGES = set(
    "forward backward step fit append extend update pop insert setdefault sort "
    "shuffle fill add".split()
)
HARMLESS = {"print", "display", "check", "ask"}


@dataclass
class Statement:
    """A statement of a cell: what it gives a value, changes, and looks for."""

    cell: str
    source: str
    tree: ast.stmt = field(repr=False)
    binds: set[str]
    changes: set[str]
    uses: set[str]

    @property
    def kills(self) -> set[str]:
        """Names whose earlier values do not matter any more."""
        once = ast.Assign | ast.AnnAssign | ast.FunctionDef | ast.ClassDef
        whole = isinstance(self.tree, once | ast.Import | ast.ImportFrom)
        return self.binds - self.uses if whole else set()


def _root(node: ast.AST) -> str:
    """The name at the beginning of ``a.b[0].c``."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _walk(node: ast.AST):
    """A statement without the insides of functions, which run when they are called."""
    yield node
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
        return
    for child in ast.iter_child_nodes(node):
        yield from _walk(child)


def _binds(tree: ast.stmt) -> set[str]:
    if isinstance(tree, ast.FunctionDef | ast.ClassDef):
        return {tree.name}
    if isinstance(tree, ast.Import | ast.ImportFrom):
        return {(a.asname or a.name).partition(".")[0] for a in tree.names}
    names = (n for n in _walk(tree) if isinstance(n, ast.Name))
    return {n.id for n in names if isinstance(n.ctx, ast.Store)}


def _changes(tree: ast.stmt) -> set[str]:
    found = set()
    for node in _walk(tree):
        if isinstance(node, ast.Attribute | ast.Subscript):
            if isinstance(node.ctx, ast.Store):
                found.add(_root(node))
        elif isinstance(node, ast.AugAssign):
            found.add(_root(node.target))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            root = _root(node.func)
            if node.func.attr in CHANGES or root.startswith("rng"):
                found.add(root)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            if _root(node.value.func) not in HARMLESS:
                found |= {_root(one) for one in node.value.args}
        if isinstance(node, ast.Call):  # a generator that is handed on is drawn from
            given = [*node.args, *(k.value for k in node.keywords)]
            found |= {r for r in map(_root, given) if r.startswith("rng")}
    return found - {""}


def _uses(tree: ast.stmt) -> set[str]:
    """Names that a statement looks for outside itself, also in its functions."""
    codes = [compile(ast.Module([tree], []), "<cell>", "exec")]
    found = set()
    for one in codes:
        codes += [c for c in one.co_consts if isinstance(c, CodeType)]
        look = dis.get_instructions(one)
        found |= {i.argval for i in look if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    augmented = (n.target for n in ast.walk(tree) if isinstance(n, ast.AugAssign))
    return found | ({_root(one) for one in augmented} - {""})


def statements(cell: str, source: str) -> list[Statement]:
    lines = source.splitlines()
    found = []
    for tree in ast.parse(source).body:
        first = min([tree.lineno, *(d.lineno for d in _decorators(tree))])
        text = "\n".join(lines[first - 1 : tree.end_lineno])
        parts = _binds(tree), _changes(tree), _uses(tree)
        found.append(Statement(cell, text, tree, *parts))
    return found


def _decorators(tree: ast.stmt) -> list:
    return getattr(tree, "decorator_list", [])


def needed(wanted: set[str], above: list[Statement]) -> list[Statement]:
    """What has to be run to have these names as they are at the end, in order.

    A function looks for its names when it is called: they count from there on.
    """
    modules = set().union(
        *(s.binds for s in above if isinstance(s.tree, ast.Import | ast.ImportFrom))
    )

    def closed(names: set[str], end: int) -> set[str]:
        names, todo = set(names), list(names)
        while todo:
            name = todo.pop()
            for one in reversed(above[:end]):
                if name in one.binds:
                    if isinstance(one.tree, ast.FunctionDef | ast.ClassDef):
                        todo += one.uses - names
                        names |= one.uses
                    break
        return names

    pending, chosen = closed(wanted, len(above)), []
    for k in range(len(above) - 1, -1, -1):
        one = above[k]
        changed = one.changes - modules
        if not (one.binds | changed) & pending:
            continue
        chosen.append(one)
        pending = (pending - one.kills) | closed(one.uses | changed - one.binds, k)
    return chosen[::-1]


def imported(trees) -> set[str]:
    """Modules that statements import, in functions too, by their whole names."""
    found = set()
    for node in (n for tree in trees for n in ast.walk(tree)):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
    return found


@functools.cache
def _top(name: str) -> frozenset[str]:
    """What a module of the course imports when it is imported."""
    path = ROOT / Path(*name.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not path.exists():
        return frozenset()
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return frozenset(
        imported(s for s in body if isinstance(s, ast.Import | ast.ImportFrom))
    )


@functools.cache
def _of_module(name: str) -> frozenset[str]:
    """The same, with all that follows."""
    found, todo = set(), [name]
    while todo:
        new = _top(todo.pop()) - found
        found |= new
        todo += [one for one in new if one.startswith("rnnbook.")]
    return frozenset(found)


def packages(trees) -> list[str]:
    """The packages that statements need at the least; what is missed is found later."""
    names = {"numpy"}
    for one in imported(trees):
        names.add(one.partition(".")[0])
        if one.startswith("rnnbook."):
            parts = one.split(".")
            for k in range(2, len(parts) + 1):
                modules = _of_module(".".join(parts[:k]))
                names |= {m.partition(".")[0] for m in modules}
    return sorted(PACKAGES[one] for one in names if one in PACKAGES)


def obstacle(trees) -> str:
    """Why statements cannot run in a page, in words; nothing where they can."""
    names = imported(trees)
    tops = {one.partition(".")[0] for one in names}
    if found := [FRAMEWORKS[one] for one in sorted(tops) if one in FRAMEWORKS]:
        return f"needs {found[0]}"
    if names & {"rnnbook.convert", "rnnbook.convert_deep"}:
        return "needs PyTorch"
    if "rnnbook.evidence" in names:
        return "reads the stored results of an experiment"
    if any(re.match(r"rnnbook\.data\.(load_|fetch)", one) for one in names):
        return "reads data that are not part of this page"
    known = {*PACKAGES, "rnnbook", "IPython", *_standard()}
    if other := sorted(tops - known):
        return f"needs {NAMES.get(other[0], f'the package {other[0]}')}"
    return ""


def _standard() -> set[str]:
    return set(sys.stdlib_module_names) - {"lzma", "subprocess", "threading"}


def is_solution(cell) -> bool:
    return "solution" in cell.metadata.get("tags", [])


def last_call(source: str) -> ast.Call | None:
    """The call of ``check`` or ``ask`` in which a cell ends."""
    body = ast.parse(source).body
    last = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
    if isinstance(last, ast.Call) and getattr(last.func, "id", "") in CALLS:
        return last
    return None


@functools.cache
def plan(name: str) -> dict[str, dict]:
    """What can be run and changed on a page, by the id of the cell.

    Each has a ``kind`` (``exercise``, ``question`` or ``try``), its ``source``, the
    ``packages`` it needs and the statements ``before`` it, as ``[cell, source]``; or
    the reason ``why`` it cannot run in the page. An exercise has the line ``check``.
    ``at`` is the cell of the page that it is shown under.
    """
    path = ROOT / "chapters" / f"{name}.ipynb"
    if not path.exists():
        return {}
    cells = [c for c in nbformat.read(path, as_version=4).cells]
    found, above, at = {}, [], {}
    exercises = False
    for cell in cells:
        if cell.cell_type == "markdown":
            exercises |= bool(re.search(r"(?m)^## Exercises", cell.source))
            continue
        tags = set(cell.metadata.get("tags", []))
        if cell.cell_type != "code" or is_solution(cell) or "remove-cell" in tags:
            continue
        own = statements(cell.id, cell.source)
        call = last_call(cell.source)
        if call is not None and call.func.id == "ask":
            found[cell.id] = _entry("question", cell, own, above)
        elif call is not None and len(call.args) > 1:
            function = _root(call.args[1])
            start = at.get(function)
            bound = {n for one in own for n in one.binds}
            if function in bound or start is None:
                found[cell.id] = _entry("exercise", cell, own, above)
            else:  # the function stands in a cell above
                first = next(c for c in cells if c.get("id") == start)
                before = [one for one in above if one.cell != start]
                mine = statements(start, first.source)
                one = _entry("exercise", first, [*mine, *own], before)
                one |= {"at": cell.id, "check": cell.source}
                found.pop(start, None)
                found[start] = one
        elif TRIED.match(name) and not exercises:
            found[cell.id] = _entry("try", cell, own, above)
        for one in own:
            at.update(dict.fromkeys(one.binds, cell.id))
        above = above + own
    return {one: entry for one, entry in found.items() if _is_of_use(entry)}


def _is_of_use(entry: dict) -> bool:
    """A cell that only imports has nothing to try."""
    trees = ast.parse(entry["source"]).body
    return entry["kind"] != "try" or not all(
        isinstance(t, ast.Import | ast.ImportFrom)
        or ast.unparse(t) == "plots.use_style()"
        for t in trees
    )


def _entry(kind: str, cell, own: list[Statement], above: list[Statement]) -> dict:
    """``above`` may hold what stands between starter and check: only what is used."""
    wanted, known = set(), set()
    for one in own:
        wanted |= (one.uses | one.changes) - known
        known |= one.kills
    # a function of the cell is called later: what it looks for may stand in the cell
    before = needed(wanted, above)
    entry = {"kind": kind, "source": cell.source, "at": cell.id}
    trees = [one.tree for one in [*before, *own]]
    if why := obstacle(trees) or EXCEPT.get(cell.id, ""):
        return entry | {"why": why}
    joined = []
    for one in before:
        if joined and joined[-1][0] == one.cell:
            joined[-1][1] += "\n" + one.source
        else:
            joined.append([one.cell, one.source])
    return entry | {"packages": packages(trees), "before": joined}


# ---- in the pages


def mark(app, doctree, docname):
    """A cell that can be run gets an id, by which the script finds it."""
    name = docname.rpartition("/")[2]
    if docname != f"chapters/{name}" or not (live := plan(name)):
        return
    path = ROOT / "chapters" / f"{name}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    places = {entry["at"]: one for one, entry in live.items()}
    said = False  # what a cell without a button needs, in a whole sentence
    for node in list(doctree.findall(nodes.container)):
        if node.get("nb_element") != "cell_code":
            continue
        cell = cells[node["cell_index"]].get("id", "")
        if cell in places:
            node["ids"] = [*node["ids"], f"live-{places[cell]}"]
            entry = live[places[cell]]
            if why := entry.get("why"):
                node["classes"] = [*node["classes"], "live-not"]
                kind = entry["kind"] if entry["kind"] != "try" else "again"
                if entry["kind"] == "try" and not said:
                    kind, said = "try", True
                line = _why(app, docname, kind, why)
                node.parent.insert(node.parent.index(node) + 1, line)
            else:
                node["classes"] = [*node["classes"], f"live-{entry['kind']}"]


def _why(app, docname: str, kind: str, why: str):
    """A quiet line in place of the button, with a link unless it was given above."""
    parts = [nodes.Text(NOT_HERE[kind].format(why=why))]
    if kind != "again":
        page, name, more = HOW
        to = app.builder.get_relative_uri(docname, f"chapters/{page}")
        link = nodes.reference("", "", nodes.Text(name), refuri=to, internal=True)
        parts += [link, nodes.Text(more)]
    look = "live-why-try" if kind in ("try", "again") else "live-why-answer"
    return nodes.paragraph("", "", *parts, classes=["live-why", look])


def add_files(app, pagename, templatename, context, doctree):
    """Only a page with such cells loads the script and its style sheet."""
    name = pagename.rpartition("/")[2]
    if pagename == f"chapters/{name}" and plan(name):
        app.add_css_file("live.css")
        app.add_js_file("live.js")


def archive(target: Path) -> None:
    """The package, without the prose, and what runs it; the same bytes each time."""
    files = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in sorted((ROOT / "rnnbook").rglob("*.py"))
        if "__pycache__" not in path.parts
    }
    for path in sorted((ROOT / "chapters").glob("[0-9]*.ipynb")):
        files[path.name] = json.dumps({"cells": [_headings(path)]}).encode()
    files["live_run.py"] = (ROOT / "site" / "static" / "live_run.py").read_bytes()
    _zip(target, files)


def _headings(path: Path) -> dict:
    """What a check needs of a page to link to it: its headings."""
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(c.source for c in cells if c.cell_type == "markdown")
    lines = [one + "\n" for one in text.splitlines() if re.match("#+ ", one)]
    return {"cell_type": "markdown", "source": lines}


def faces(target: Path) -> None:
    """The typeface of the figures, for who draws: from the installed package."""
    folder = Path(find_spec("font_source_sans_pro").origin).parent / "files"
    names = [f"SourceSansPro-{one}.ttf" for one in ("Regular", "It", "Semibold")]
    files = {
        f"font_source_sans_pro/files/{n}": (folder / n).read_bytes() for n in names
    }
    _zip(target, {"font_source_sans_pro/__init__.py": b"", **files})


def _zip(target: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(info, data)


def write(app, error):
    """What the script fetches when a reader asks: the plans and the package."""
    if error is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static" / "live"
    folder.mkdir(parents=True, exist_ok=True)
    archive(folder / "rnnbook.zip")
    faces(folder / "faces.zip")
    stamp = hashlib.sha256((folder / "rnnbook.zip").read_bytes()).hexdigest()[:12]
    for path in sorted((ROOT / "chapters").glob("[0-9]*.ipynb")):
        if live := plan(path.stem):
            all_of_it = {"package": stamp, "colours": figures.NAMES, "cells": live}
            text = json.dumps(all_of_it, ensure_ascii=False)
            (folder / f"{path.stem}.json").write_text(text, encoding="utf-8")


def setup(app):
    app.connect("doctree-resolved", mark)
    app.connect("html-page-context", add_files, priority=700)
    app.connect("build-finished", write)
