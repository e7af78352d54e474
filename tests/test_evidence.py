"""Stored results are those of the code and the data that stand beside them."""

import ast
import functools
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from conftest import part
from test_listings import bare, cell_definitions, definitions

from rnnbook import claims, evidence
from rnnbook.claims import believed
from rnnbook.data import DataUnavailable
from rnnbook.evidence import EvidenceError

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = {path.stem: path for path in (ROOT / "chapters").glob("*.ipynb")}
NAMES = evidence.names()
SECONDS = 180  # of processor time, to make one record of each experiment again

TOY = '''
"""Does it? Used by ``01-sequences``."""

import numpy as np

from rnnbook.cells import sigmoid

GRID = [{"kind": "a", "size": 2}, {"kind": "b", "size": 2}]
SEEDS = range(3)
TOLERANCE = {"score": 1e-6, "loss": 1e-6}


def helper(x):
    """What helps."""
    return x + 1  # a comment


def run(setting, seed):
    rng = np.random.default_rng(seed)
    score = helper(rng.random()) * (2 if setting["kind"] == "a" else 3)
    return {"score": score, "loss": sigmoid(score)}
'''


@pytest.fixture
def toy(tmp_path, monkeypatch) -> Path:
    """One experiment; threads make its records here, processes in the program."""
    monkeypatch.setattr(evidence, "_pool", ThreadPoolExecutor)
    (tmp_path / "toy.py").write_text(TOY, encoding="utf-8")
    return tmp_path


def made(folder: Path) -> Path:
    assert evidence.make(["toy"], 1, folder) == []
    return folder / "results" / "toy.json"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_results_are_read_as_tables(toy):
    made(toy)
    rows = evidence.load("toy", toy)
    assert list(rows) == ["kind", "size", "seed", "score", "loss", "seconds"]
    assert len(rows) == 6 and list(rows.seed[:3]) == [0, 1, 2]
    expected = 2 * (np.random.default_rng(0).random() + 1)
    assert abs(rows.score[0] - expected) < 1e-6
    shown = evidence.table("toy", {"score": ".2f"}, "kind", toy, size=2)
    scores = rows.score[rows.kind == "b"]
    text = f"{scores.mean():.2f} ± {np.std(scores, ddof=1):.2f}"
    assert list(shown.index) == ["a", "b"] and list(shown.seeds) == [3, 3]
    assert shown.score["b"] == text
    assert evidence.spread([1.234], ".1f") == "1.2"
    assert evidence.spread([1.0, 2.0], "+.1f") == "+1.5 ± 0.7"


RIVALS = pd.DataFrame(
    {
        "rule": ["a", "a", "a", "a", "b", "b", "b", "b"],
        "lr": [0.1, 0.1, 1.0, 1.0, 0.1, 0.1, 1.0, 1.0],
        "valid": [3.0, 5.0, 2.0, 1.0, 1.0, 2.0, 0.0, 9.0],
        "test": [3.0, 4.0, 9.0, 8.0, 1.0, 3.0, 0.0, 9.0],
    }
)


def test_each_rival_is_taken_at_its_own_best_rate():
    """By the mean of the validation part, neither by the test part nor by one seed."""
    best = evidence.at_best(RIVALS, "rule")
    assert dict(zip(best.rule, best.lr, strict=True)) == {"a": 1.0, "b": 0.1}
    assert list(best.test) == [9.0, 8.0, 1.0, 3.0]
    assert evidence.at_best(RIVALS, ["rule"]).equals(best)
    assert list(evidence.at_best(RIVALS, "rule", choose="test").lr) == [0.1] * 4
    assert list(evidence.summary(best, {"test": ".1f"}, "rule").seeds) == [2, 2]
    with pytest.raises(ValueError, match="a column 'rate'"):
        evidence.at_best(RIVALS, "rule", over="rate")


def test_a_gain_has_an_interval():
    # variances 2 and 8, two runs each: 2 sqrt(1 + 4)
    assert evidence.gain([5, 7], [1, 5], ".3f") == "+3.000 ± 4.472"
    assert evidence.gain([1, 1], [2, 2]) == "-1.00 ± 0.00"
    with pytest.raises(ValueError, match="at least two of each, got 1, 2"):
        evidence.gain([1], [2, 3])


def test_the_band_is_the_prediction_interval(toy):
    made(toy)
    band = evidence.band("toy", "score", toy, kind="a")
    runs = evidence.load("toy", toy).query("kind == 'a'").score
    # Student's t for 2 degrees of freedom at 0.995
    half = 9.92484 * runs.std(ddof=1) * np.sqrt(4 / 3) + 1e-6
    assert np.allclose(band[:2], (runs.mean() - half, runs.mean() + half), rtol=1e-5)
    assert band.runs == 3 and runs.mean() in band and band.high + 1 not in band
    assert float("nan") not in band
    with pytest.raises(ValueError, match="one setting"):
        evidence.band("toy", "score", toy)
    with pytest.raises(ValueError, match="at least three runs, got 1"):
        evidence.band("toy", "score", toy, kind="a", seed=0)
    with pytest.raises(ValueError, match="got 'kinds'"):
        evidence.band("toy", "score", toy, kinds="a")
    with pytest.raises(ValueError, match="expected one of.*'c'"):
        evidence.band("toy", "score", toy, kind="c")


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("x + 1", "x + 2", False),
        ("rng.random()", "rng.normal()", False),
        ("import sigmoid", "import sigmoid, rnn_step", True),
        ("# a comment", "# another", True),
        ("What helps.", "It helps.", True),
        ("x + 1", "(x\n            + 1)", True),
        ("range(3)", "range(4)", True),
        ('"size": 2}]', '"size": 2}, {"kind": "c", "size": 3}]', True),
        ("1e-6, ", "1e-3, ", True),
        ("rng.random())", "rng.random() + len(GRID))", False),
    ],
)
def test_what_counts_as_code(toy, old, new, same):
    before = evidence.code("toy", toy)
    edit(toy / "toy.py", old, new)
    if "import" in old:  # another import is another program, if nothing else
        assert evidence.code("toy", toy) != before
    else:
        assert (evidence.code("toy", toy) == before) is same


def test_the_grid_counts_where_the_program_reads_it(toy):
    edit(toy / "toy.py", "rng.random())", "rng.random() + len(GRID))")
    before = evidence.code("toy", toy)
    edit(toy / "toy.py", '"size": 2}]', '"size": 2}, {"kind": "c", "size": 3}]')
    assert evidence.code("toy", toy) != before


def test_a_module_of_the_course_counts(toy, tmp_path, monkeypatch):
    package = tmp_path / "rnnbook"
    package.mkdir()
    for name in ("cells", "losses"):
        source = (evidence.PACKAGE / f"{name}.py").read_text(encoding="utf-8")
        (package / f"{name}.py").write_text(source, encoding="utf-8")
    monkeypatch.setattr(evidence, "PACKAGE", package)
    before = evidence.code("toy", toy)
    (package / "cells.py").open("a").write("\n# a comment\n")
    (package / "losses.py").open("a").write("\nx = 1\n")
    assert evidence.code("toy", toy) == before
    (package / "cells.py").open("a").write("\nx = 1\n")
    assert evidence.code("toy", toy) != before


@pytest.fixture
def sharing(toy) -> Path:
    """The same experiment, whose helper stands in a module for several."""
    whole = TOY.split("def helper")[1].split("\n\n\n")[0]
    (toy / "_toys.py").write_text(f"def helper{whole}\n", encoding="utf-8")
    text = TOY.replace(f"def helper{whole}\n\n\n", "")
    text = text.replace("import numpy", "from _toys import helper\nimport numpy")
    (toy / "toy.py").write_text(text, encoding="utf-8")
    return toy


def test_what_experiments_share_is_run_and_counts_as_their_code(sharing):
    assert evidence.names(sharing) == ["toy"]
    path = made(sharing)
    before = evidence.load("toy", sharing).score[0]
    edit(sharing / "_toys.py", "What helps.", "It helps.")
    assert evidence.problem("toy", sharing) == ""
    edit(sharing / "_toys.py", "x + 1", "x + 2")
    with pytest.raises(EvidenceError, match="made by other code"):
        evidence.load("toy", sharing)
    assert path == made(sharing)
    assert abs(evidence.load("toy", sharing).score[0] - before - 2) < 1e-6


def test_what_experiments_share_may_take_from_another_and_from_the_course(sharing):
    (sharing / "_more.py").write_text("MORE = 1\n", encoding="utf-8")
    edit(sharing / "_toys.py", "def", "from _more import MORE\n\n\ndef")
    edit(sharing / "_toys.py", "x + 1", "x + MORE")
    made(sharing)
    edit(sharing / "_more.py", "1", "2")
    assert len(evidence.missing("toy", sharing)) == 6
    before = evidence.code("toy", sharing)
    edit(sharing / "_more.py", "MORE", "from rnnbook.optim import Adam\n\nMORE")
    after = evidence.code("toy", sharing)
    assert len({before, after}) == 2
    assert "_more" not in {path.stem for path in evidence.FOLDER.glob("_*.py")}


def test_two_folders_may_share_modules_of_one_name(sharing, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    for name in ("toy.py", "_toys.py"):
        (other / name).write_text((sharing / name).read_text())
    edit(other / "_toys.py", "x + 1", "x + 5")
    here, there = (
        evidence.record("toy", folder, evidence.Job({"kind": "a", "size": 2}, 0))
        for folder in (sharing, other)
    )
    score = there["numbers"]["score"] - here["numbers"]["score"]
    assert abs(score - 8) < 1e-6


def test_a_package_that_passes_a_name_on_is_looked_through():
    found = evidence._origin("rnnbook.data", "load_text")
    assert [path.name for path in found] == ["sets.py"]
    assert evidence._origin("rnnbook", "plots")[0].name == "plots.py"
    assert evidence._origin("numpy", "array") == []


def test_reading_imports_nothing_that_the_experiment_imports(toy):
    grid = '"size": 2}]\nGRID += [{"kind": k, "size": SIZE} for k in "cd"]'
    edit(toy / "toy.py", '"size": 2}]', grid)
    edit(toy / "toy.py", "GRID =", "SIZE = 2\nGRID =")
    made(toy)
    edit(toy / "toy.py", "import numpy as np\n", "import no_such_module as np\n")
    stored = json.loads((toy / "results" / "toy.json").read_text())
    evidence._write("toy", toy, stored | {"code": evidence.code("toy", toy)})
    assert list(evidence.load("toy", toy).kind) == [k for k in "abcd" for _ in range(3)]
    assert evidence.band("toy", "score", toy, kind="c").runs == 3
    with pytest.raises(ModuleNotFoundError):
        evidence.verify("toy", evidence.cheapest("toy", toy), toy)


def test_missing_results_say_what_to_do(toy):
    with pytest.raises(EvidenceError, match=r"no results; run `make evidence NAME=toy"):
        evidence.load("toy", toy)
    with pytest.raises(ValueError, match=r"expected one of \['toy'\], got 'other'"):
        evidence.load("other", toy)


def test_an_edited_number_is_refused(toy):
    path = made(toy)
    number = re.search(r'"score": (\d+\.\d+)', path.read_text())[1]
    edit(path, number, number[:-1] + str((int(number[-1]) + 1) % 10))
    with pytest.raises(EvidenceError, match="not those that were written"):
        evidence.load("toy", toy)


@pytest.mark.parametrize("text", ["", "[]", "{}", "<<<<<<< HEAD\n", '{"digest": 1}'])
def test_a_broken_file_is_refused(toy, text):
    made(toy).write_text(text, encoding="utf-8")
    with pytest.raises(EvidenceError, match="no results of an experiment"):
        evidence.load("toy", toy)


def test_an_edited_line_makes_results_stale_and_all_are_made_again(toy):
    path = made(toy)
    edit(toy / "toy.py", "x + 1", "x + 2")
    with pytest.raises(EvidenceError, match="made by other code"):
        evidence.load("toy", toy)
    assert len(evidence.missing("toy", toy)) == 6
    before = json.loads(path.read_text())["records"][0]["numbers"]["score"]
    made(toy)
    after = evidence.load("toy", toy).score[0]
    assert abs(after - before - 2) < 1e-6


def test_a_grown_grid_asks_only_for_what_is_new(toy):
    made(toy)
    edit(toy / "toy.py", "range(3)", "range(4)")
    with pytest.raises(EvidenceError, match="2 of 8 records are missing"):
        evidence.load("toy", toy)
    assert [job.seed for job in evidence.missing("toy", toy)] == [3, 3]
    made(toy)
    assert list(evidence.load("toy", toy).seed) == [0, 1, 2, 3] * 2
    edit(toy / "toy.py", "range(4)", "range(2)")
    with pytest.raises(EvidenceError, match="nobody asks for"):
        evidence.load("toy", toy)
    made(toy)
    assert len(evidence.load("toy", toy)) == 4


def test_provenance_is_stored_once(toy):
    stored = json.loads(made(toy).read_text(encoding="utf-8"))
    assert len(stored["made_with"]) == 1
    assert {r["made_with"] for r in stored["records"]} == {0}
    made_with = stored["made_with"][0]
    assert {"python", "numpy", "processor", "threads", "date"} <= set(made_with)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", made_with["date"])


@pytest.mark.parametrize("returned", ['{"score": 1.0}', '{"score": 1, "l": 2}'])
def test_numbers_without_a_tolerance_are_refused(toy, returned):
    edit(toy / "toy.py", '{"score": score, "loss": sigmoid(score)}', returned)
    (failed, *_) = evidence.make(["toy"], 1, toy)
    assert "expected the numbers ['score', 'loss'] of TOLERANCE" in failed


def test_one_record_that_fails_does_not_stop_the_others(toy):
    edit(
        toy / "toy.py", "    rng", '    assert seed or setting["kind"] == "b"\n    rng'
    )
    (failed,) = evidence.make(["toy"], 2, toy)
    assert failed.startswith("toy {'kind': 'a', 'size': 2} seed 0: AssertionError")
    assert len(evidence.missing("toy", toy)) == 1


def test_a_record_made_again_is_compared_within_its_tolerance(toy):
    made(toy)
    record = evidence.cheapest("toy", toy)
    assert evidence.verify("toy", record, toy) == []
    record["numbers"]["score"] += 1e-3
    (wrong,) = evidence.verify("toy", record, toy)
    assert "score is" in wrong and "loss" not in wrong


def program(folder: Path, *arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "rnnbook.evidence", "--folder", str(folder)]
    group = {"start_new_session": True} if os.name == "posix" else {}
    return subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **group,
    )


def test_what_reads_the_clock_runs_alone_and_last(toy):
    """Others run together; where a program says ALONE, nothing runs beside it."""
    log = toy / "log"
    noted = f"""
    import time
    with open({str(log)!r}, "a") as log:
        print("begun", __name__, file=log, flush=True)
        time.sleep(0.05)
        print("ended", __name__, file=log, flush=True)
    rng"""
    edit(toy / "toy.py", "\n    rng", noted)
    text = (toy / "toy.py").read_text(encoding="utf-8")
    (toy / "clock.py").write_text(text.replace("SEEDS", "ALONE = True\nSEEDS"), "utf-8")
    assert evidence.code("clock", toy) != evidence.code("toy", toy)  # of two names
    assert evidence.make(["clock", "toy"], 3, toy) == []
    said = [line.split() for line in log.read_text("utf-8").splitlines()]
    assert len(said) == 24 and len({name for _, name in said}) == 2
    first, last = said[:12], said[12:]
    assert [what for what, _ in first] != ["begun", "ended"] * 6  # three at a time
    assert [what for what, _ in last] == ["begun", "ended"] * 6
    assert {name for _, name in first} != {name for _, name in last}
    before = evidence.code("toy", toy)
    edit(toy / "toy.py", "SEEDS", "ALONE = True\nSEEDS")
    assert evidence.code("toy", toy) == before  # how it is run is not code


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_an_interrupted_run_goes_on_where_it_stopped(toy):
    """Seed 2 of kind b waits for a file: by then the five others are stored."""
    gate = toy / "gate"
    wait = f"""
    import pathlib, time
    with open({str(toy / "log")!r}, "a") as log:
        print(setting["kind"], seed, file=log)
    while (setting["kind"], seed) == ("b", 2) and not pathlib.Path(
        {str(gate)!r}
    ).exists():
        time.sleep(0.01)
    rng"""
    edit(toy / "toy.py", "\n    rng", wait)
    path = toy / "results" / "toy.json"
    first = program(toy, "--jobs", "1")
    while first.poll() is None and not (
        path.exists() and len(json.loads(path.read_text())["records"]) == 5
    ):
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGINT)
    out, _ = first.communicate(timeout=60)
    assert first.returncode == 130 and "the same command goes on" in out
    with pytest.raises(EvidenceError, match="1 of 6 records are missing"):
        evidence.load("toy", toy)
    gate.touch()
    second = program(toy)
    _, err = second.communicate(timeout=120)
    assert second.returncode == 0 and "1/1" in err
    assert len(evidence.load("toy", toy)) == 6
    runs = (toy / "log").read_text().splitlines()
    assert sorted(runs) == ["a 0", "a 1", "a 2", "b 0", "b 1", "b 2", "b 2"]
    verified = program(toy, "--verify")
    assert verified.wait(timeout=120) == 0
    edit(toy / "toy.py", "score = ", "score = 1 + ")
    verified = program(toy, "--verify")
    _, err = verified.communicate(timeout=120)
    assert verified.returncode == 1 and "made by other code" in err


def test_an_unknown_name_is_told(toy):
    done = program(toy, "toi")
    _, err = done.communicate(timeout=60)
    assert done.returncode == 1 and "expected one of ['toy'], got 'toi'" in err


# The experiments of the course.


@pytest.mark.parametrize("name", NAMES)
def test_results_are_those_of_this_code(name):
    assert evidence.problem(name) == ""


@pytest.mark.parametrize("name", NAMES)
def test_one_record_made_again(name):
    try:
        assert evidence.verify(name, evidence.cheapest(name)) == []
    except DataUnavailable as error:
        pytest.skip(str(error))


def test_making_one_record_of_each_again_is_cheap():
    seconds = {name: evidence.cheapest(name)["seconds"] for name in NAMES}
    assert sum(seconds.values()) < SECONDS, seconds


def test_records_are_made_again_by_several_processes():
    test = f"tests/test_evidence.py::{test_one_record_made_again.__name__}"
    seconds = Counter()
    for name in NAMES:
        seconds[part(f"{test}[{name}]")] += evidence.cheapest(name)["seconds"]
    assert part(test) == "tests/test_evidence.py" not in seconds
    assert max(seconds.values()) < seconds.total() / 2


@functools.cache
def source(chapter: str) -> str:
    cells = nbformat.read(CHAPTERS[chapter], as_version=4).cells
    return "\n".join(cell.source for cell in cells)


@pytest.mark.parametrize("name", NAMES)
def test_an_experiment_names_the_chapters_that_use_it(name):
    text = (evidence.FOLDER / f"{name}.py").read_text(encoding="utf-8")
    says = ast.get_docstring(ast.parse(text)) or ""
    assert "?" in says, "the docstring asks no question"
    used = re.findall(r"``(\d\d-[\w-]+)``", says)
    assert used and set(used) <= set(CHAPTERS)
    quoted = f'"{name}"'
    reads = {c for c in CHAPTERS if "evidence." in source(c) and quoted in source(c)}
    rests = {n for c in claims.CLAIMS.values() for n in c.uses}
    rests |= {r.experiment for b in believed.BELIEFS for r in (*b.first, *b.control)}
    if name in rests:  # the rows of the table, which the page shows whole
        reads.add("41-claims-tested")
    assert reads == set(used)


def test_what_a_chapter_shows_of_an_experiment_is_its_code():
    """A cell tagged ``listing:experiments.NAME.thing`` equals the experiment's own."""
    for path in CHAPTERS.values():
        for cell in nbformat.read(path, as_version=4).cells:
            for tag in cell.metadata.get("tags", []):
                if tag.startswith("listing:experiments."):
                    name, thing = tag.split(".")[1:]
                    text = (evidence.FOLDER / f"{name}.py").read_text("utf-8")
                    ours = [d for d in definitions(ast.parse(text)) if d.name == thing]
                    shown = cell_definitions(cell.source)
                    shown = [d for d in shown if d.name == thing]
                    assert [bare(d) for d in shown] == [bare(d) for d in ours], tag
                    assert len(ours) == 1, tag
