"""Assignments that misbehave, graded in one run together with some that do not.

Each hostile notebook is small and bounded, and runs under limits far below those of
the machine. What one of them does must show in its own row and on its own page, and
nowhere else.
"""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

pytest.importorskip("nbgrader", reason="needs nbgrader: pip install -e .[teach]")
if sys.platform == "win32":
    pytest.skip("assignments are graded on Linux and macOS", allow_module_level=True)

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "assignments"))

import build  # noqa: E402  (assignments/ is no package)
import course  # noqa: E402
import grade  # noqa: E402
import sandbox  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

CI = os.environ.get("CI") == "true" and sys.platform == "linux"
FULL = 84.0  # of the reference, without what is marked by hand
LIMITS = sandbox.Limits(
    cell_seconds=4, seconds=60, memory_mb=700, processes=48, file_mb=16
)
SECRET = "bert-has-a-secret-sentence"
GOOD = ("a-first", "m-middle", "z-last")  # between the others, in order of the ids

SPY = f"""
import os, sys
hits, away = [], ("/usr", "/proc", "/sys", "/dev", sys.prefix, sys.base_prefix)
secrets = b"HIDDEN" + b" TESTS", b"{SECRET[:9]}" + b"{SECRET[9:]}"
for root in os.environ.get("SPY_ROOTS", "/").split(":"):
    for at, folders, names in os.walk(root):
        folders[:] = [f for f in folders if os.path.join(at, f) not in away]
        for name in names:
            try:
                text = open(os.path.join(at, name), "rb").read(10**6)
            except OSError:
                continue
            if any(secret in text for secret in secrets):
                hits.append(os.path.join(at, name))
pids = [p for p in os.listdir("/proc") if p.isdigit()]
seen = []
for pid in pids:
    try:
        command = open(f"/proc/{{pid}}/cmdline").read()
    except OSError:
        continue
    if command and "bwrap" not in command and "ipykernel" not in command:
        seen.append(command[:80])
print("the spy found", len(hits), "files and", len(seen), "processes", hits[:3], seen)
"""

# Cells put before the task "sequence"; the three tasks before it are 34 points.
CELLS = {
    "loop": "while True:\n    pass",
    "loop-deaf": (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "import time\nwhile True:\n    time.sleep(0.1)"
    ),
    "exit": "exit()",
    "exit-hard": "import os\nos._exit(0)",
    "exit-soft": "import sys\nsys.exit()",
    "huge-array": "a = np.ones(10**11)",
    "eats-memory": (
        "import time\nkept = []\nwhile True:\n"
        "    kept.append(np.ones(6 * 10**6)); time.sleep(0.02)"
    ),
    "forks": (
        "import os, time\nfor k in range(200):\n    try:\n"
        "        if os.fork() == 0:\n            time.sleep(30); os._exit(0)\n"
        "    except OSError:\n        print('refused after', k)\n        break\n"
        "time.sleep(1)"
    ),
    "spy": SPY,
    "prints": "print('x' * 10**6)\nfor k in range(3000):\n    print(k, 'y' * 200)",
    "changes-grader": (
        "import rnnbook.grading, rnnbook.checks\n"
        "rnnbook.grading.award = lambda points, *a, **k: float(points)\n"
        "award = rnnbook.grading.award\n"
        "def lstm_sequence(x, state, params):\n    return x"
    ),
    "changes-numpy": "np.isclose = lambda a, b, **k: np.full(np.shape(b), True)",
    "network": (
        "import socket\ntry:\n"
        "    socket.create_connection(('192.0.2.1', 80), timeout=3)\n"
        "    print('connected')\n"
        "except OSError as error:\n    print('no network:', error)"
    ),
    "html": (
        "from IPython.display import HTML\n"
        "HTML('<script src=\"https://example.org/a.js\"></script>'\n"
        '     \'<img src="https://example.org/a.png" onerror="alert(1)">\')'
    ),
}


class Run(NamedTuple):
    rows: dict
    out: Path
    handed_in: Path
    before: dict


@pytest.fixture(scope="module")
def isolation():
    found = sandbox.find()
    if found.kind == "none" and CI:
        pytest.fail(found.says)
    if found.kind == "none":
        pytest.skip(
            f"hostile notebooks are run only where they are isolated: {found.says}"
        )
    return found


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    path = grade.release("lstm", tmp_path_factory.mktemp("course"))
    return nbformat.read(path, as_version=4)


def index(nb, grade_id: str) -> int:
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells]
    return names.index(grade_id)


def hostile(released, folder: Path) -> dict:
    """Notebooks (or texts) by student."""
    found = {name: build.answered("lstm", released) for name in GOOD}
    for name, code in CELLS.items():
        nb = build.answered("lstm", released)
        nb.cells.insert(index(nb, "sequence"), new_code_cell(code))
        found[name] = nb
    writes = "\n".join(
        f"try:\n    open({str(path)!r}, 'a').write('x'); print('wrote', {k})\n"
        f"except OSError as error:\n    print('refused', {k})"
        for k, path in enumerate(targets(folder))
    )
    found["writes"] = build.answered("lstm", released)
    found["writes"].cells.insert(3, new_code_cell(writes))

    nb = found["deleted-test"] = build.answered("lstm", released)
    del nb.cells[index(nb, "step-test")]
    nb = found["deleted-much"] = build.answered("lstm", released)
    for name in ("backward", "backward-test", "why"):
        del nb.cells[index(nb, name)]
    nb = found["edited-test"] = build.answered("lstm", released, "f * c +", "c +")
    nb.cells[index(nb, "step-test")].source = "20"
    nb = found["edited-roles"] = build.answered("lstm", released, "f * c +", "c +")
    test = nb.cells[index(nb, "step-test")]
    test.metadata["nbgrader"] |= {"points": 500, "locked": False, "solution": True}
    test.cell_type = "markdown"
    nb = found["copied-test"] = build.answered("lstm", released)
    copied = nbformat.from_dict(nb.cells[index(nb, "step-test")])
    copied["id"] = "copied"
    nb.cells.append(copied)
    nb = found["wrong-kernel"] = build.answered("lstm", released)
    nb.metadata["kernelspec"] = {
        "name": "julia-1.9",
        "display_name": "J",
        "language": "j",
    }
    nb = found["Zoë O'Ω"] = build.answered("lstm", released)
    nb.cells.append(
        new_markdown_cell("<img src='https://example.org/b.png'> =SUM(A1) `;|&$(x)`")
    )
    found["bert"] = build.answered("lstm", released)
    found["bert"].cells.append(new_markdown_cell(SECRET))
    found["not-json"] = "{'cells': nothing"
    found["empty"] = ""
    found["no-notebook"] = '{"cells": [1, 2]}'
    found["deep"] = "[" * 100_000
    found["other-format"] = json.dumps({"worksheets": [{"cells": []}], "nbformat": 3})
    return found


def targets(folder: Path) -> list[Path]:
    """Where a notebook has no business to write."""
    return [
        folder / "in" / "bert.ipynb",
        folder / "in" / "new.ipynb",
        folder / "out" / "marks.csv",
        folder / "out" / "gradebook.db",
        folder / "written-by-a-student",
        ROOT / "rnnbook" / "written_by_a_student.py",
        Path(sys.prefix) / "written-by-a-student",
        Path("/written-by-a-student"),
        Path("/usr/written-by-a-student"),
    ]


@pytest.fixture(scope="module")
def run(released, isolation, tmp_path_factory) -> Run:
    folder = tmp_path_factory.mktemp("hostile")
    handed_in = folder / "in"
    handed_in.mkdir()
    for name, nb in hostile(released, folder).items():
        text = nb if isinstance(nb, str) else nbformat.writes(nb)
        (handed_in / f"{name}.ipynb").write_text(text, encoding="utf-8")
    (handed_in / "a-link.ipynb").symlink_to(handed_in / "bert.ipynb")
    (handed_in / "folder").mkdir()
    nbformat.write(new_notebook(), handed_in / "folder" / "lstm.ipynb")
    (handed_in / "empty-folder").mkdir()
    before = {p: p.read_bytes() for p in handed_in.glob("*.ipynb")}
    rows = grade.grade(
        "lstm", handed_in, folder / "out", isolation, LIMITS, 2, quiet=True
    )
    return Run({row.student: row for row in rows}, folder / "out", handed_in, before)


def page(run: Run, student: str) -> str:
    path = run.out / "feedback" / student / "lstm" / "lstm.html"
    return path.read_text(encoding="utf-8")


def printed(run: Run, student: str) -> str:
    """What the student's cells printed, and their errors."""
    path = run.out / "autograded" / student / "lstm" / "lstm.ipynb"
    nb = nbformat.read(path, as_version=4)
    outputs = [output for cell in nb.cells for output in cell.get("outputs", [])]
    return "\n".join(o.get("text", "") + o.get("evalue", "") for o in outputs)


# ---- nobody else is touched


def test_everyone_has_a_row_and_a_page(run):
    with (run.out / "marks.csv").open(encoding="utf-8-sig", newline="") as f:
        table = {line["student"].removeprefix("'"): line for line in csv.DictReader(f)}
    expected = {path.stem for path in run.handed_in.iterdir()}
    assert set(table) == set(run.rows) == expected
    for student, row in run.rows.items():
        assert (table[student]["status"], float(table[student]["total"])) == (
            row.status,
            row.total,
        )
        assert table[student]["notes"] == "; ".join(row.notes)
        assert "<html" in page(run, student)


@pytest.mark.parametrize("student", GOOD)
def test_others_keep_their_marks(run, student):
    row = run.rows[student]
    assert (row.status, row.total, row.notes) == ("graded", FULL, [])


def test_no_process_and_no_file_is_left(run):
    left = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and b"RNNBOOK_STUDENT=" in (
                entry / "environ"
            ).read_bytes().replace(b"RNNBOOK_STUDENT=\0", b""):
                left.append(entry.name)
        except OSError:
            continue
    mine = str(os.getpid())
    assert [pid for pid in left if pid != mine and _is_kernel_of(pid, run)] == []
    after = {p: p.read_bytes() for p in run.handed_in.glob("*.ipynb")}
    assert after == run.before
    assert [p for p in targets(run.handed_in.parent) if "written" in p.name] != []
    for path in targets(run.handed_in.parent):
        assert "written" not in path.name or not path.exists()


def _is_kernel_of(pid: str, run: Run) -> bool:
    text = (Path("/proc") / pid / "environ").read_bytes().decode("utf-8", "replace")
    return any(f"RNNBOOK_STUDENT={student}\0" in text for student in run.rows)


# ---- what each of them gets


@pytest.mark.parametrize(
    "student, note",
    [
        ("loop", "did not end within 4 s"),
        ("loop-deaf", "stopped in cell"),
        ("exit", "exit() ends the kernel"),
        ("exit-hard", "the kernel ended"),
        ("prints", ""),
        ("exit-soft", ""),
        ("huge-array", ""),
        ("network", ""),
        ("spy", ""),
        ("html", ""),
        ("writes", ""),
        ("changes-grader", "changed the code that marks; undone"),
        ("changes-numpy", "the code that marks does not work"),
        ("deleted-test", "`step-test` was missing; put back"),
        ("edited-test", "`step-test` was changed; put back"),
    ],
)
def test_note_stands_in_row_and_page(run, student, note):
    notes = "; ".join(run.rows[student].notes)
    assert note in notes if note else notes == ""
    plain = page(run, student).replace("<code>", "`").replace("</code>", "`")
    assert note in plain


@pytest.mark.parametrize(
    "student, status, total",
    [
        ("loop", "graded", FULL),
        ("loop-deaf", "stopped", 34),
        ("exit", "stopped", 34),
        ("exit-hard", "stopped", 34),
        ("exit-soft", "graded", FULL),
        ("huge-array", "graded", FULL),
        ("prints", "graded", FULL),
        ("network", "graded", FULL),
        ("spy", "graded", FULL),
        ("html", "graded", FULL),
        ("writes", "graded", FULL),
        ("changes-grader", "graded", FULL),  # its own lstm_sequence comes after
        ("changes-numpy", "graded", 34),
        ("deleted-test", "graded", FULL),
        ("deleted-much", "graded", FULL - 22),
        ("edited-test", "graded", FULL - 10),
        ("edited-roles", "graded", FULL - 10),
        ("copied-test", "graded", FULL),
        ("wrong-kernel", "graded", FULL),
        ("Zoë O'Ω", "graded", FULL),
        ("bert", "graded", FULL),
        ("folder", "graded", 0),
        ("not-json", "failed", 0),
        ("empty", "failed", 0),
        ("no-notebook", "failed", 0),
        ("deep", "failed", 0),
        ("other-format", "failed", 0),
        ("a-link", "failed", 0),
        ("empty-folder", "failed", 0),
    ],
)
def test_marks(run, student, status, total):
    row = run.rows[student]
    assert (row.status, row.total) == (status, total), row
    assert row.out_of == 100


@pytest.mark.parametrize("student", ["eats-memory", "forks"])
def test_greed_is_stopped_in_time(run, student):
    row = run.rows[student]
    others = max(run.rows[name].seconds for name in GOOD)  # on the same machine
    assert row.seconds < 20 + 3 * others  # its children sleep for thirty
    assert 34 <= row.total <= FULL
    says = "; ".join(row.notes) + printed(run, student)
    if student == "eats-memory":  # stopped from outside, or told by Python
        assert "MB of memory" in says or "Unable to allocate" in says
    else:  # the count is reached, or the memory of so many
        assert "refused after" in says or "MB of memory" in says


@pytest.mark.parametrize(
    "student, reason",
    [
        ("not-json", "not JSON, line 1"),
        ("empty", "not JSON"),
        ("no-notebook", "no notebook of format 4"),
        ("deep", "nested too deep"),
        ("other-format", "no notebook of format 4"),
        ("a-link", "no plain file"),
        ("empty-folder", "no notebook was handed in"),
    ],
)
def test_what_cannot_be_read_says_why(run, student, reason):
    assert reason in run.rows[student].notes[0]
    assert reason in page(run, student)


def test_nothing_is_written_outside(run, isolation):
    text = printed(run, "writes")
    count = len(targets(run.handed_in))
    if isolation.kind == "bubblewrap":
        assert "wrote" not in text
    assert text.count("refused") == count


def test_the_spy_finds_no_work_of_others_and_no_hidden_test(run, isolation):
    text = printed(run, "spy")
    if isolation.kind == "bubblewrap":
        found = [line for line in text.splitlines() if "the spy found" in line]
        assert found == ["the spy found 0 files and 0 processes [] []"], text
    assert SECRET not in page(run, "spy")


def test_the_spy_finds_them_where_nothing_is_isolated(run):
    """So that the test above can fail."""
    nb = new_notebook(cells=[new_code_cell(SPY)])
    roots = f"{run.handed_in}:{grade.HERE}"
    none = sandbox.Isolation("none", "")
    sandbox.run(nb, none, LIMITS, {"SPY_ROOTS": roots})
    found = int(nb.cells[0].outputs[0].text.split()[3])
    assert found >= 3


def test_there_is_no_network(run, isolation):
    text = printed(run, "network")
    assert "no network" in text or isolation.kind != "bubblewrap"
    assert "connected" not in text.split()


def test_output_is_cut(run):
    assert "cut: a cell may print" in page(run, "prints")
    assert len(page(run, "prints")) < 600_000


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found: list[tuple[str, dict]] = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("student", ["html", "Zoë O'Ω"])
def test_a_page_carries_no_script_and_no_host(run, student):
    """All that a teacher opens, and payloads of every kind: test_opened.py."""
    parser = _Tags()
    parser.feed(page(run, student))
    assert "script" not in [tag for tag, _ in parser.found]
    values = [(key, value or "") for _, a in parser.found for key, value in a.items()]
    assert [v for k, v in values if k.startswith("on") or "example.org" in v] == []
    assert "Content-Security-Policy" in [value for _, value in values]


def test_what_reaches_for_the_grader_is_shown_to_the_teacher(run):
    assert any("rnnbook.grading" in words for words in run.rows["changes-grader"].look)
    assert any("socket" in words for words in run.rows["network"].look)


@pytest.mark.parametrize(
    "line",
    [
        "f = sys.exc_info()[2].tb_frame.f_back",
        "class A:\n    def __array__(self): return 0",
        "import threading",
        "x = vars(rnnbook.checks)",
        "g.__code__ = h.__code__",
        "inspect.stack()",
        "signal.setitimer(0, 1)",
    ],
)
def test_what_no_task_needs_is_named(line):
    nb = new_notebook(cells=[new_code_cell(line)])
    assert course.unusual(nb)
    ordinary = "signal = np.sin(t); signal.mean(); current = dict(a=1)"
    assert course.unusual(new_notebook(cells=[new_code_cell(ordinary)])) == []


def test_what_is_handed_in_again_is_graded_again(run, released, isolation):
    """And nothing else is."""
    path = run.handed_in / "empty.ipynb"
    states = {p: p.stat().st_mtime_ns for p in (run.out / "state").iterdir()}
    nbformat.write(build.answered("lstm", released), path)
    rows = grade.grade("lstm", run.handed_in, run.out, isolation, LIMITS, 2, quiet=True)
    path.write_text("")
    new = {row.student: row for row in rows}
    assert new["empty"].total == FULL
    assert {s: r.total for s, r in new.items() if s != "empty"} == {
        s: r.total for s, r in run.rows.items() if s != "empty"
    }
    changed = [p.stem for p, at in states.items() if p.stat().st_mtime_ns != at]
    assert changed == ["empty"]


# ---- the command


COMMAND = [sys.executable, str(ROOT / "assignments" / "grade.py"), "lstm"]


def test_killed_in_the_middle_it_goes_on(released, isolation, tmp_path):
    handed_in, out = tmp_path / "in", tmp_path / "out"
    handed_in.mkdir()
    for k in range(5):
        nbformat.write(released, handed_in / f"resumed-{k}.ipynb")
    command = [*COMMAND, str(handed_in), "--out", str(out), "--jobs", "2"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    state = out / "state"
    while process.poll() is None and len(list(state.glob("*.json"))) < 2:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    done = {path: path.stat().st_mtime_ns for path in state.glob("*.json")}
    assert 2 <= len(done) < 5
    for _ in range(600):
        left = _kernels_of("resumed-")
        if not left:
            break
        time.sleep(0.1)
    assert left == []
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 0, again.stdout + again.stderr
    assert f"graded {5 - len(done)} in" in again.stdout
    assert " a second with 2 at a time" in again.stdout
    assert f"{len(done)} were graded before" in again.stdout
    assert {path: path.stat().st_mtime_ns for path in done} == done
    with (out / "marks.csv").open(encoding="utf-8-sig", newline="") as f:
        lines = list(csv.DictReader(f))
    assert [line["student"] for line in lines] == [f"resumed-{k}" for k in range(5)]
    assert {line["status"] for line in lines} == {"graded"}


def _kernels_of(student: str) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            text = (entry / "environ").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue
        if f"RNNBOOK_STUDENT={student}".encode() in text:
            found.append(entry.name)
    return found


def test_without_isolation_it_refuses(released, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sandbox, "_try", lambda one: "not here")
    nbformat.write(released, tmp_path / "ada.ipynb")
    arguments = ["lstm", str(tmp_path), "--out", str(tmp_path / "out")]
    assert grade.main(arguments) == 2
    said = capsys.readouterr()
    assert "no isolation" in said.out and "not here" in said.out
    assert "Refused" in said.err and "--no-isolation" in said.err
    assert not (tmp_path / "out").exists()
    assert grade.main([*arguments, "--no-isolation", "--jobs", "1"]) == 0
    said = capsys.readouterr()
    assert "students' code can do all that you can do" in said.out
    assert (tmp_path / "out" / "marks.csv").exists()


def test_the_command_says_which_isolation_is_in_force(isolation, tmp_path, capsys):
    assert grade.main(["lstm", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert f"isolation: {isolation.says}" in said.out
    assert "no notebook and no folder" in said.err


def test_two_graders_do_not_share_a_folder(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ada.ipynb").write_text("")
    (tmp_path / "out").mkdir()
    none = sandbox.Isolation("none", "")
    with grade.alone(tmp_path / "out"):
        with pytest.raises(ValueError, match="another grader"):
            grade.grade("lstm", tmp_path / "in", tmp_path / "out", none, quiet=True)
