"""What a student's numbers are made of is the same on every machine and Python.

The rows below were printed by Python 3.11, 3.12 and 3.13 with NumPy 2.1, 2.2, 2.3 and
2.4. NumPy promises the stream of ``PCG64``, and no more: that ``default_rng`` takes
PCG64, and what ``integers``, ``choice`` and ``permutation`` make of it, may change with
a release. Then these tests fail, before a student has other numbers than the teacher.
"""

import ast
import contextlib
import hashlib
import io
import re
import shutil
import subprocess
import sys
import unicodedata
import zipfile
from pathlib import Path

import nbformat
import numpy as np
import pytest
from sklearn.datasets import load_digits

from rnnbook.data import load_prose, prose
from rnnbook.grading import gate_order, student_generator
from rnnbook.questions import drawn

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "assignments").glob("*/*.ipynb"))
IDS = ("ada", "Zoë", "s1048576")

# The passage, the rows of task 9a, the rows of task 9b.
PRINTED = {
    "ada": r"""
Your passage begins: 'ob to turn. The function makes a random matrix with a given '
least    1:  95 symbols,  0.0% unknown characters, 3.62 bits for each
least   30:  61 symbols,  1.1% unknown characters, 3.62 bits for each
least  300:  29 symbols,  8.5% unknown characters, 3.46 bits for each
least 1000:  13 symbols, 27.8% unknown characters, 2.86 bits for each
least 3000:   5 symbols, 60.0% unknown characters, 1.62 bits for each
temperature 1   3.65 bits,   1% copied, such as 'bela_t of anhrorm f \\outharepP'
temperature 0.4 2.60 bits,  15% copied, such as 'wat t in s an te athe s ithe a'
p = 0.5         2.64 bits,  14% copied, such as 't o t andot ithare the t t a s'
the authors     3.73 bits,  86% copied, such as 'count\n\nWrite `gru_parameters(D'
""",
    "Zoë": r"""
Your passage begins: 'n small slopes, while a ReLU knows no such brake. But tamed '
least    1:  95 symbols,  0.0% unknown characters, 3.61 bits for each
least   30:  62 symbols,  1.1% unknown characters, 3.60 bits for each
least  300:  30 symbols,  7.5% unknown characters, 3.46 bits for each
least 1000:  13 symbols, 26.7% unknown characters, 2.87 bits for each
least 3000:   5 symbols, 59.3% unknown characters, 1.64 bits for each
temperature 1   3.68 bits,   0% copied, such as 'rexpe n = f bem{dicalumba tast'
temperature 0.4 2.56 bits,  23% copied, such as ' ste \\on oore at putan t the t'
p = 0.5         2.65 bits,  15% copied, such as ' s theror by be won the in tha'
the authors     3.55 bits,  83% copied, such as 'rds, after the product ★★★\n:la'
""",
    "s1048576": r"""
Your passage begins: 'it is gone. The second message has another cause. An LSTM ha'
least    1:  94 symbols,  0.0% unknown characters, 3.54 bits for each
least   30:  61 symbols,  1.0% unknown characters, 3.52 bits for each
least  300:  28 symbols,  5.3% unknown characters, 3.42 bits for each
least 1000:  14 symbols, 20.6% unknown characters, 3.02 bits for each
least 3000:   5 symbols, 58.7% unknown characters, 1.64 bits for each
temperature 1   3.60 bits,   1% copied, such as ' mes wofretacour "matcasot fac'
temperature 0.4 2.41 bits,  22% copied, such as 'an s athathe the ane the the o'
p = 0.5         2.60 bits,  15% copied, such as ' andat ofo wit s s at thes ofo'
the authors     3.53 bits,  68% copied, such as ' model counts them, whatever t'
""",
}


@pytest.fixture(autouse=True)
def no_grader(monkeypatch):
    """The id that is typed counts, as for a student."""
    monkeypatch.delenv("RNNBOOK_STUDENT", raising=False)


def printed(student: str) -> str:
    """What the reference's notebook of ``text`` prints, but for the test cells."""
    nb = nbformat.read(ROOT / "assignments/text/text.ipynb", as_version=4)
    names, out = {"STUDENT": student}, io.StringIO()
    with contextlib.redirect_stdout(out):
        for cell in nb.cells:
            tests = cell.metadata.get("nbgrader", {}).get("grade")
            if cell.cell_type == "code" and not tests:
                if not cell.source.startswith("STUDENT ="):
                    exec(cell.source, names)
    return out.getvalue()


# ---- the text


def test_the_text_is_the_one_that_marks_hang_on():
    text = load_prose().text
    assert len(text) == 266_964 and len(set(text)) == 100
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    assert digest == "f93955bf5d540938eda0d02985868cbf2dd21f6f2e6356da5aa7e98a9edd4cfd"
    assert text.startswith("# Sequences, and what any model has to beat\n\nThe first")
    assert text.endswith("which outputs move.\n")


def test_the_text_is_plain_and_holds_no_solution():
    text = load_prose().text
    assert unicodedata.normalize("NFC", text) == text
    assert "\r" not in text and "\t" not in text and " \n" not in text
    assert not re.search(r"solution-start|## Solutions|</|^\|", text, re.M)


@pytest.mark.parametrize("data", [b"", b"no gzip", b"\x1f\x8b\x08", "other"])
def test_a_changed_text_is_refused(data, tmp_path, monkeypatch):
    changed = tmp_path / "prose.txt.gz"
    if data == "other":
        data = prose.gzip.compress(load_prose().text.replace(".", "!", 1).encode())
    changed.write_bytes(data)
    monkeypatch.setattr(prose, "FILE", changed)
    with pytest.raises(ValueError, match="prose.txt.gz.*install rnnbook again"):
        load_prose()


def test_a_missing_text_is_refused_in_words(tmp_path, monkeypatch):
    monkeypatch.setattr(prose, "FILE", tmp_path / "prose.txt.gz")
    with pytest.raises(ValueError, match="install rnnbook again"):
        load_prose()


def test_the_text_travels_with_the_package(tmp_path):
    """Not only in an editable installation, which reads this folder."""
    pytest.importorskip("setuptools", minversion="77")
    for name in ("pyproject.toml", "setup.py"):
        shutil.copy(ROOT / name, tmp_path)
    unwanted = shutil.ignore_patterns("__pycache__")
    for name in ("rnnbook", "experiments"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=unwanted)
    build = "from setuptools import build_meta as b; b.build_wheel('wheels')"
    command = [sys.executable, "-c", build]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    (wheel,) = (tmp_path / "wheels").glob("*.whl")
    inside = zipfile.ZipFile(wheel).read("rnnbook/data/prose.txt.gz")
    assert inside == prose.FILE.read_bytes()


# ---- what follows from it


@pytest.mark.parametrize("student", IDS)
def test_a_student_has_the_same_rows_everywhere(student):
    assert printed(student) == PRINTED[student].lstrip()
    assert printed(f" {student.upper()} ") == PRINTED[student].lstrip()


@pytest.mark.parametrize("student", ["reference", "w4", "bob", "李雷", "17", "x-y"])
def test_what_the_rubric_says_of_the_rows_is_true(student):
    """9a: the bits fall. 9b: temperature 1 is nearest; honest text has copies, too."""
    out = printed(student)
    each = [float(bits) for bits in re.findall(r"([\d.]+) bits for each", out)]
    unknown = [float(share) for share in re.findall(r"([\d.]+)% unknown", out)]
    rows = re.findall(r"([\d.]+) bits, +(\d+)% copied", out)
    bits, copied = np.array(rows, dtype=float).T
    assert len(each) == 5 and each == sorted(each, reverse=True)
    assert each[0] - each[-1] > 1.5 and unknown[0] < 0.5 and unknown[-1] > 50
    assert abs(bits[:3] - bits[3]).argmin() == 0
    assert (bits[0] - bits[1:3] > 0.7).all()
    assert copied[0] < 5 < copied[1] and copied[3] > 50


# ---- everything else that a student's numbers are drawn from


def imported(path: Path) -> set[str]:
    """``module`` and ``module.name`` for each import in a notebook's code."""
    code = [c for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
    found = set()
    for node in (n for cell in code for n in ast.walk(ast.parse(cell.source))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_assignment_reads_what_differs_between_versions(path):
    """NumPy, the course, and one table that scikit-learn does not change."""
    fixed = {"rnnbook.data.load_prose", "sklearn.datasets.load_digits"}
    other = imported(path) - fixed
    assert {name.partition(".")[0] for name in other} <= {
        "collections",
        "numpy",
        "rnnbook",
    }
    assert [name for name in other if name.startswith("rnnbook.data")] == []


def test_the_digits_of_mnist_are_the_same_in_each_scikit_learn():
    images, labels = load_digits(return_X_y=True)
    table = np.column_stack([images, labels])
    assert (table == table.round()).all()
    digest = hashlib.sha256(table.astype("<i8").tobytes()).hexdigest()
    assert digest == "e10b10289c0d9d8a1b3e6b7dfe998949029a89056e0e06dfb989924a36d75a3c"


def test_what_is_drawn_for_an_id_is_the_same_everywhere():
    assert (gate_order("ada"), gate_order("ada", "rzn")) == ("igof", "znr")
    draw = student_generator("prices", "ada").normal(0.0003, 0.012, size=900)
    assert draw.sum() == pytest.approx(0.479835797953, abs=1e-11)
    rows = student_generator("rows", "ada").permutation(8)
    assert rows.tolist() == [0, 5, 7, 4, 6, 2, 1, 3]
    assert int(student_generator("delay", "ada").integers(4, 11)) == 10
    bits = drawn("sequences.bits", "ada").answer
    assert bits == pytest.approx(1.6446723466, rel=1e-9)
