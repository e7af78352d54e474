"""The listing contract: a taught function stands whole, once, in its home chapter.

The docstring names the home ("Listed in ``11-lstm``"); the home holds the function in a
cell tagged ``listing:rnnbook.cells.lstm_step``, equal to the package but for types,
docstrings and comments; no other chapter defines it.
"""

import ast
import copy
import functools
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

ROOT = Path(__file__).resolve().parent.parent
MODULES = ("cells", "bptt", "gradcheck", "optim", "sampling")
# Homes that may be named before they are written: the chapters of the course's plan.
PLANNED = set(
    "01-sequences 02-rnn 03-bptt 04-vanishing-gradients "
    "11-lstm 12-gru 13-three-libraries 14-inside-the-gates "
    "15-deep-and-both-ways "
    "21-text-generation 22-mnist-rows 23-stock-prediction 24-text-classification "
    "25-weather 26-translation 27-speech 28-recommendation 29-series-in-keras "
    "31-training 32-tuning 33-scaling 34-deployment 35-beyond "
    "41-claims-tested 42-classic-experiments".split()
)


def definitions(module: ast.Module) -> list:
    kinds = ast.FunctionDef | ast.ClassDef
    return [node for node in module.body if isinstance(node, kinds)]


@functools.cache
def cell_definitions(source: str) -> list:
    """What a cell defines at its top level; IPython's own lines are left out."""
    return definitions(ast.parse(re.sub(r"(?m)^\s*[%!].*$", "", source)))


def bare(node) -> str:
    """The tree without docstrings and types, as text; comments are not in it anyway."""
    node = copy.deepcopy(node)
    for part in ast.walk(node):
        if isinstance(part, ast.FunctionDef):
            part.returns = None
        if isinstance(part, ast.arg):
            part.annotation = None
        if isinstance(part, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(part):
            part.body = part.body[1:] or [ast.Pass()]
    return ast.dump(node)


def taught(root: Path = ROOT) -> dict:
    """Every public function and class of the taught modules, by its dotted name."""
    found = {}
    for name in MODULES:
        path = root / "rnnbook" / f"{name}.py"
        if path.exists():
            for node in definitions(ast.parse(path.read_text(encoding="utf-8"))):
                if not node.name.startswith("_"):
                    found[f"rnnbook.{name}.{node.name}"] = node
    return found


@functools.cache
def chapters() -> dict:
    """The code cells of every chapter, which nobody changes."""
    found = {}
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        found[path.stem] = [c for c in cells if c.cell_type == "code"]
    return found


def home(node) -> list[str]:
    return re.findall(r"Listed in\s+``([\w-]+)``", ast.get_docstring(node) or "")


def _of_an_experiment(cell, name: str) -> bool:
    """Whether a cell lists a function of an experiment that has the same name."""
    listed = [tag.split(".") for tag in cell.metadata.get("tags", [])]
    return any(t[0] == "listing:experiments" and t[-1] == name for t in listed)


def problems(name: str, node, books: dict) -> list[str]:
    """What is wrong with the listing of one function, in words."""
    homes = home(node)
    if len(homes) != 1:
        return [f"{name} names {len(homes)} homes in its docstring"]
    wrong = []
    if homes[0] not in PLANNED:
        wrong.append(f"{name}: its home {homes[0]} is no chapter of the course")
    for chapter, cells in books.items():
        tag = f"listing:{name}"
        tagged = [c for c in cells if tag in c.metadata.get("tags", [])]
        copies = [
            c
            for c in cells
            if _defines(c, node.name) and not _of_an_experiment(c, node.name)
        ]
        expected = 1 if chapter == homes[0] else 0
        if len(tagged) != expected:
            wrong.append(f"{name}: {len(tagged)} cells tagged {tag} in {chapter}")
        if len(copies) != expected:
            wrong.append(f"{name}: defined in {len(copies)} cells of {chapter}")
        for cell in tagged:
            listed = [d for d in cell_definitions(cell.source) if d.name == node.name]
            if [bare(d) for d in listed] != [bare(node)]:
                wrong.append(f"{name}: {chapter} and the package differ")
    return wrong


def _defines(cell, name: str) -> bool:
    """Whether a cell outside the solutions defines a name at its top level."""
    solution = "solution" in cell.metadata.get("tags", [])
    return not solution and name in [d.name for d in cell_definitions(cell.source)]


@pytest.mark.parametrize("name", taught())
def test_listing(name):
    assert problems(name, taught()[name], chapters()) == []


def test_every_listing_tag_has_its_function():
    cells = [cell for cells in chapters().values() for cell in cells]
    tags = [tag for cell in cells for tag in cell.metadata.get("tags", [])]
    listed = [tag for tag in tags if tag.startswith("listing:rnnbook.")]
    assert {tag.removeprefix("listing:") for tag in listed} <= set(taught())


# The check itself can fail.

SOURCE = '''
def step(x, h):
    """One step.

    Listed in ``02-rnn``.
    """
    # a comment
    return x + h
'''
SAME = "def step(x, h):\n    return x + h  # eq-rnn"


def listing(source: str, tag: str = "listing:rnnbook.cells.step"):
    return new_code_cell(source, metadata={"tags": [tag]})


def judged(**books) -> list[str]:
    node = definitions(ast.parse(SOURCE))[0]
    named = {name.replace("c", "", 1).replace("_", "-"): c for name, c in books.items()}
    return problems("rnnbook.cells.step", node, named)


def test_an_equal_listing_passes():
    assert judged(c02_rnn=[listing(SAME)], c11_lstm=[]) == []


@pytest.mark.parametrize(
    "altered",
    [
        SAME.replace("x + h", "h + x"),
        SAME.replace("x + h ", "x + 1 * h "),
        SAME.replace("(x, h)", "(x, h=0)"),
        SAME.replace("return", "h = h\n    return"),
        SAME.replace("step", "other"),
    ],
)
def test_an_altered_listing_fails(altered):
    assert judged(c02_rnn=[listing(altered)]) != []


def test_a_missing_second_or_untagged_listing_fails():
    assert judged(c02_rnn=[]) != []
    assert judged(c02_rnn=[listing(SAME), listing(SAME)]) != []
    assert judged(c02_rnn=[listing(SAME, "other")]) != []
    assert judged(c02_rnn=[listing(SAME)], c11_lstm=[listing(SAME)]) != []
    assert judged(c02_rnn=[listing(SAME)], c11_lstm=[new_code_cell(SAME)]) != []


def test_a_real_function_altered_in_the_package_fails():
    """Mutate each function of the package in turn; its written listing must object."""
    books = chapters()
    for name, node in taught().items():
        if home(node)[0] in books:
            changed = copy.deepcopy(node)
            changed.body.append(ast.parse("0").body[0])
            assert problems(name, changed, books) != []
