"""Build the assignments: ``python assignments/build.py [NAME ...] [--out FOLDER]``.

From each source notebook: the students' release, without solutions, hidden tests and
outputs; the instructor's solution, executed; and as proof a graded run by nbgrader, in
which the reference gets all points and the release none. ``make assignments`` does this
for all of them.
"""

import argparse
import re
import shutil
import sys
import tempfile
from pathlib import Path

import grade
import nbformat
import sandbox
from nbformat import NotebookNode

BUILT = grade.HERE.parent / "_build" / "assignments"
REFERENCE = "reference"  # the student whose numbers the instructor's solution has
MARKER = re.compile(r"^[ \t]*### (BEGIN|END) (SOLUTION|HIDDEN TESTS)[ \t]*\n?", re.M)


def solution(name: str) -> NotebookNode:
    """The instructor's notebook, executed; markers gone, hidden tests in view.

    Raises
    ------
    RuntimeError
        If a cell fails.
    """
    nb = nbformat.read(grade.source(name), as_version=4)
    for cell in nb.cells:
        cell.source = MARKER.sub("", cell.source).rstrip("\n")
    report = sandbox.run(
        nb,
        sandbox.Isolation("none", "our own code"),
        sandbox.Limits(cell_seconds=300, seconds=900, memory_mb=8192),
        {"RNNBOOK_STUDENT": REFERENCE},
    )
    errors = [
        f"{sandbox.label(cell, k)}: {output.get('ename')}: {output.get('evalue')}"
        for k, cell in enumerate(nb.cells)
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    if errors or report.notes:
        raise RuntimeError(f"{name}: {errors} {report.notes}")
    return nb


def answered(name: str, released: NotebookNode, *changes: str) -> NotebookNode:
    """What a student hands in: the release with the reference's answers in it.

    Parameters
    ----------
    name : str, the assignment
    released : notebook
    *changes : old text, new text, old text, new text, ...
        To plant a mistake. Each old text stands exactly once in the answers.

    Raises
    ------
    ValueError
        If an old text does not stand there once.
    """
    wrote = {
        cell.metadata.nbgrader.grade_id: MARKER.sub("", cell.source).rstrip("\n")
        for cell in nbformat.read(grade.source(name), as_version=4).cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        places = [k for k, text in wrote.items() for _ in range(text.count(old))]
        if len(places) != 1:
            raise ValueError(f"changes: expected {old!r} once, found it in {places}")
        wrote[places[0]] = wrote[places[0]].replace(old, new)
    nb = nbformat.from_dict(released)
    for cell in nb.cells:
        one = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = wrote.get(one, cell.source)
    return nb


def proof(name: str, released: Path) -> dict[str, grade.Row]:
    """Grade the reference and the untouched release with nbgrader.

    Returns
    -------
    dict from ``"reference"`` and ``"release"`` to a row of marks
    """
    with tempfile.TemporaryDirectory(prefix="rnnbook-proof-") as folder:
        handed_in, out = Path(folder) / "in", Path(folder) / "out"
        handed_in.mkdir()
        nb = answered(name, nbformat.read(released, as_version=4))
        nbformat.write(nb, handed_in / f"{REFERENCE}.ipynb")
        shutil.copy(released, handed_in / "release.ipynb")
        isolation = sandbox.Isolation("none", "our own code")
        rows = grade.grade(name, handed_in, out, isolation, jobs=2, quiet=True)
    return {row.student: row for row in rows}


def build(name: str, out: Path) -> str:
    """Write release and solution of one assignment; what the proof says, as a line.

    Raises
    ------
    RuntimeError
        If the reference does not get all points, or the release gets some.
    """
    with tempfile.TemporaryDirectory(prefix="rnnbook-build-") as folder:
        released = grade.release(name, Path(folder))
        for kind in ("release", "solution"):
            (out / kind).mkdir(parents=True, exist_ok=True)
        shutil.copy(released, out / "release" / f"{name}.ipynb")
        nbformat.write(solution(name), out / "solution" / f"{name}.ipynb")
        rows = proof(name, released)
    full, none = rows[REFERENCE], rows["release"]
    by_hand = sum(full.points[task] for task in full.to_mark)
    if full.total != full.out_of - by_hand or full.notes or full.out_of != 100:
        raise RuntimeError(f"{name}: the reference does not get all points: {full}")
    if none.total != 0 or none.status != "graded":
        raise RuntimeError(f"{name}: the release gets points, or fails: {none}")
    text = f"{name:12} reference {full.total:g} of {full.total:g}"
    return f"{text} (and {by_hand:g} by hand); release {none.total:g}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    parser.add_argument("--out", type=Path, default=BUILT)
    options = parser.parse_args(arguments)
    failed = 0
    for name in options.names or grade.names():
        try:
            print(build(name, options.out), flush=True)
        except (RuntimeError, ValueError) as error:
            failed += 1
            print(error, file=sys.stderr)
    print(f"release/ for students and solution/ for teachers: {options.out}")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
