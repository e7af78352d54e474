"""The sandbox: what it stops, what it undoes, and what it leaves to no chance.

Each notebook here is small, and its limits are far below those of a class.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

pytest.importorskip("nbclient", reason="needs nbgrader: pip install -e .[teach]")
if sys.platform == "win32":
    pytest.skip("assignments are graded on Linux and macOS", allow_module_level=True)

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "assignments"))

import processes  # noqa: E402  (assignments/ is no package)
import sandbox  # noqa: E402
import sealed  # noqa: E402

NONE = sandbox.Isolation("none", "")
# A task's function that is right, and one that is not.
COUNT = "def count(D, H):\n    return 4 * (D * H + H * H + H)"
WRONG = "def count(D, H):\n    return 17"
LIMITS = sandbox.Limits(
    cell_seconds=3, seconds=40, memory_mb=600, processes=32, file_mb=16, files=500
)


@pytest.fixture(scope="module")
def isolation():
    found = sandbox.find()
    if found.kind == "none":
        pytest.skip(f"hostile code runs only where it is isolated: {found.says}")
    return found


def test_a_data_folder_below_home_is_the_same_inside(monkeypatch, tmp_path):
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("RNNBOOK_DATA", "~/data")
    assert tmp_path / "data" in sandbox._read_only()
    env = sandbox._environment("/elsewhere", tmp_path)
    assert env["RNNBOOK_DATA"] == str(tmp_path / "data")


def code(text: str):
    return new_code_cell(textwrap.dedent(text).strip())


def marked(text: str, points: float = 10, name: str = "task-test", before: str = ""):
    """A test cell, all of it hidden but what stands before."""
    text = textwrap.dedent(text).strip()
    cell = code(f"{before}\n{sealed.BEGIN}\n{text}\n{sealed.END}")
    cell.metadata["nbgrader"] = {"grade": True, "grade_id": name, "points": points}
    return cell


def run(isolation, *cells, limits=LIMITS, **env):
    """The notebook, executed, and the report."""
    nb = new_notebook(cells=[code(c) if isinstance(c, str) else c for c in cells])
    return nb, sandbox.run(nb, isolation, limits, env)


def shown(nb) -> str:
    """All that a notebook printed, and its errors."""
    outputs = [output for cell in nb.cells for output in cell.get("outputs", [])]
    return "\n".join(
        o.get("text", "")
        + o.get("evalue", "")
        + "\n".join(o.get("traceback", []))
        + str(o.get("data", {}).get("text/plain", ""))
        for o in outputs
    )


def points(cell) -> float | None:
    """The number in a cell's one result; None if it has an error."""
    kinds = [output.output_type for output in cell.outputs]
    if "error" in kinds:
        return None
    (only,) = [o for o in cell.outputs if o.output_type == "execute_result"]
    return float(only["data"]["text/plain"])


# ---- time


class Impatient(sandbox.Limits):
    """The same limits, but who sleeps is stopped after two seconds."""

    cell_wait = 2.0
    wait = 30.0


# As nice as the kernel, which so gets a third of a processor, and others are spared.
BUSY = """
import os, time
os.nice(5)
end = time.monotonic() + 60
while time.monotonic() < end: pass
"""
WORKS = """
    import time
    start = time.process_time()
    while time.process_time() < start + 1:
        pass
    done = "worked"
    """


@pytest.fixture
def busy_machine():
    """Four processes and more, that compute for a minute at most."""
    number = max(4, 2 * (os.cpu_count() or 1))
    command = [sys.executable, "-c", BUSY]
    others = [subprocess.Popen(command) for _ in range(number)]
    yield
    for other in others:
        other.kill()
        other.wait()


def test_a_mark_does_not_depend_on_other_work(isolation, request):
    limits = sandbox.Limits(cell_seconds=2, seconds=12, memory_mb=600)
    test = "from rnnbook.grading import award\naward(5, 'lstm.parameters', count)"
    cells = COUNT, WORKS, marked(test, 5), "done"
    alone, report = run(isolation, *cells, limits=limits)
    request.getfixturevalue("busy_machine")
    beside, report_beside = run(isolation, *cells, limits=limits)
    for nb, one in ((alone, report), (beside, report_beside)):
        assert (one.notes, one.look, one.stopped, one.runs) == ([], [], False, 1)
        assert points(nb.cells[2]) == 5
        assert "worked" in shown(nb)
    assert shown(alone) == shown(beside)


def test_an_endless_loop_is_stopped_and_the_next_cell_runs(isolation):
    limits = sandbox.Limits(cell_seconds=1, seconds=20, memory_mb=600)
    nb, report = run(isolation, "print('first')\nwhile 1: pass", "7 * 6", limits=limits)
    assert report.notes == ["cell 1 did not end within 1 s of processor time"]
    assert (report.runs, report.stopped) == (1, False)
    assert "first" in shown(nb) and "endless loop?" in shown(nb) and "42" in shown(nb)


def test_threads_and_processes_count_together(isolation):
    """Not the time of the clock: two compute twice as much."""
    loops = "import os\nif os.fork() == 0:\n    while 1: pass\nwhile 1: pass"
    limits = sandbox.Limits(cell_seconds=2, seconds=4, memory_mb=600)
    _, report = run(isolation, loops, "1", "while 1: pass", limits=limits)
    assert report.stopped and "more than 4 s of processor time" in report.notes[-1]


def test_who_sleeps_is_stopped_twice(isolation):
    cells = "import time; time.sleep(10**6)", "6 * 7"
    nb, report = run(isolation, *cells, limits=Impatient(memory_mb=600))
    text = "cell 1 waited 2 s for something that did not come"
    assert report.notes == [f"run once more, as {text} the first time", text]
    assert (report.runs, report.stopped) == (2, False)
    assert "does it sleep?" in shown(nb) and "42" in shown(nb)


def test_who_sleeps_and_is_deaf_is_ended(isolation):
    deaf = """
        import signal, time
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while True:
            time.sleep(0.1)
        """
    limits = Impatient(cell_seconds=1, memory_mb=600)
    nb, report = run(isolation, deaf, marked("1.0"), limits=limits)
    assert report.stopped and report.runs == 2
    assert report.notes[-1] == "stopped in cell 1: it could not be interrupted"
    assert points(nb.cells[1]) is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_the_system_ended_is_run_again(isolation):
    """No fault of the student; the second time is not like the first."""
    seconds = f"1.7{os.getpid()}"  # nobody else sleeps so long
    sleeps = f"import subprocess as s; s.run(['sleep', '{seconds}']); done = 'both'"
    cells = [code(sleeps), code("done")]
    nb = new_notebook(cells=cells)
    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(sandbox.run, nb, isolation, LIMITS)
        _kill_child_s_parent(f"sleep\0{seconds}")
        report = task.result()
    assert report.notes == [
        "run once more, as the system killed the kernel, as where memory runs out the "
        "first time"
    ]
    assert report.runs == 2 and not report.stopped and "'both'" in shown(nb)


def _kill_child_s_parent(command: str) -> None:
    """End the kernel that started a command, from outside."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for entry in Path("/proc").iterdir():
            try:
                if (entry / "cmdline").read_text().rstrip("\0") == command:
                    text = (entry / "stat").read_text()
                    os.kill(int(text.rpartition(")")[2].split()[1]), signal.SIGKILL)
                    return
            except (OSError, ValueError, UnicodeDecodeError):
                continue
        time.sleep(0.02)
    raise AssertionError(f"{command!r} never ran")


def test_who_kills_the_kernel_is_stopped_after_the_second_time(isolation):
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    _, report = run(isolation, kill, "1")
    assert report.stopped and report.runs == 2
    assert "the system killed the kernel" in report.notes[-1]


@pytest.mark.parametrize(
    "returned, words",
    [
        (-getattr(signal, "SIGXCPU", 24), "more processor time"),
        (128 + getattr(signal, "SIGXCPU", 24), "more processor time"),
        (-signal.SIGKILL, "where memory runs out"),
        (128 + signal.SIGSEGV, "segmentation fault"),
        (0, "the kernel ended, as after os._exit"),
        (None, "the kernel ended, as after os._exit"),
    ],
)
def test_how_a_kernel_ended_in_words(returned, words):
    assert words in sandbox._words(returned)


class _Machine:
    """A clock, and what processes computed and waited, for a meter."""

    def __init__(self, monkeypatch):
        self.now, self.computed, self.queued = 0.0, 0.0, 0.0
        monkeypatch.setattr(processes.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(processes, "_computed", lambda pids: self.computed)
        monkeypatch.setattr(
            processes, "_queued", lambda pids: {"1": int(self.queued * 1e9)}
        )

    def passes(self, seconds: float, computed: float, queued: float, meter) -> None:
        for _ in range(10):
            self.now += seconds / 10
            self.computed += computed / 10
            self.queued += queued / 10
            meter.look([1])


def test_a_meter_tells_sleep_from_a_busy_machine(monkeypatch):
    machine = _Machine(monkeypatch)
    meter = processes.Meter()
    machine.passes(1.0, computed=0.2, queued=0.8, meter=meter)  # wants a processor
    assert (meter.computed, meter.waited) == pytest.approx((0.2, 0), abs=1e-6)
    machine.passes(1.0, computed=0, queued=0, meter=meter)  # sleeps
    assert (meter.computed, meter.waited) == pytest.approx((0.2, 1), abs=1e-6)
    machine.passes(100.0, computed=0, queued=0, meter=meter)  # the grader itself slept
    assert meter.waited < 1 + 10 * 2 * processes.POLL + 1e-6


def test_without_counts_of_waiting_there_is_more_patience(monkeypatch):
    limits = sandbox.Limits()
    monkeypatch.setattr(processes, "waits_are_known", lambda: True)
    assert (limits.cell_wait, limits.wait) == (30, 120)
    assert sandbox.Limits(cell_seconds=1, seconds=5).wait == 60
    monkeypatch.setattr(processes, "waits_are_known", lambda: False)
    assert (limits.cell_wait, limits.wait) == (240, 960)


# ---- memory and files


def test_a_short_peak_counts_as_much_as_a_long_one(isolation):
    peak = "import numpy as np\na = np.ones(10**8)\ndel a"
    nb, report = run(isolation, peak, "1")
    assert report.stopped and "more than 600 MB of memory" in report.notes[-1]


def test_what_processes_share_counts_once(isolation):
    if isolation.kind != "bubblewrap":
        pytest.skip("who may not look into another user's processes counts all")
    shares = """
        import os, time
        import numpy as np
        a = np.ones(3 * 10**7)  # 240 MB
        for _ in range(5):
            if os.fork() == 0:
                time.sleep(1); os._exit(0)
        time.sleep(1)
        "shared"
        """
    nb, report = run(isolation, shares)
    assert report.notes == [] and "shared" in shown(nb)


@pytest.mark.parametrize("where", [".", "/tmp", "/dev/shm"])
def test_many_empty_files_are_stopped(isolation, where):
    if isolation.kind != "bubblewrap" and where != ".":
        pytest.skip("only a container has these for itself")
    folder = "os.environ['MPLCONFIGDIR']" if where == "." else repr(where)
    makes = f"""
        import os, time
        for k in range(2000):
            open(os.path.join({folder}, str(k)), "w").close()
        time.sleep(2)
        """
    _, report = run(isolation, makes)
    assert report.stopped and "more than 500 files" in report.notes[-1]


@pytest.mark.parametrize("big", ["print('x' * 4 * 10**7)", "1 / ('x' * 4 * 10**7)"])
def test_too_large_a_message_is_not_taken(isolation, big):
    nb, report = run(isolation, big.replace("1 / ", "raise ValueError") + "\n2", "1")
    assert report.stopped and "more than 32 MB at once" in report.notes[-1]
    assert report.runs == 1


@pytest.mark.parametrize(
    "free, processors, expected",
    [(32_000, 4, 4), (32_000, 64, 31), (3000, 8, 2), (200, 8, 1), (None, 3, 3)],
)
def test_as_many_jobs_as_memory_and_processors_allow(
    monkeypatch, free, processors, expected
):
    monkeypatch.setattr(processes, "available_mb", lambda: free)
    monkeypatch.setattr(
        os, "sched_getaffinity", lambda pid: set(range(processors)), raising=False
    )
    assert sandbox.jobs(sandbox.Limits(memory_mb=2048)) == expected


# ---- hidden tests

SECRET = "threshold = 4711 + 15  # only the teacher knows"
HIDDEN = f"""
    {SECRET}
    def rule(x):
        return x + threshold
    from rnnbook.grading import award
    award(5, "lstm.parameters", count, seed=271828)
    """
WORDS = ["4711 + 15", "only the teacher", "return x + threshold", "seed=271828"]
# Runs before the test: whatever sees a cell before, while and after it runs.
HOOKS = """
    import ast, sys
    seen, shell = [], get_ipython()
    for event in ("pre_execute", "pre_run_cell", "post_execute", "post_run_cell"):
        shell.events.register(event, lambda *a: seen.append([repr(x) for x in a] + [
            getattr(getattr(x, "info", x), "raw_cell", "") for x in a]))
    shell.input_transformers_cleanup.append(lambda lines: seen.append(lines) or lines)
    class Spy(ast.NodeTransformer):
        def visit(self, node):
            seen.append(ast.unparse(node))
            return node
    shell.ast_transformers.append(Spy())
    shell.display_formatter.formatters["text/plain"].for_type(
        float, lambda value, printer, cycle: printer.text("999"))
    sys.addaudithook(lambda event, args: event in ("compile", "exec")
                     and seen.append(repr(args)))
    was = shell.run_cell
    shell.run_cell = lambda *a, **k: seen.append(a) or was(*a, **k)
    send = shell.kernel.session.send
    def spies(*args, **more):
        seen.append(repr(args))
        return send(*args, **more)
    shell.kernel.session.send = spies
    def lines_of(frame):
        import linecache
        while frame:
            seen.append(linecache.getlines(frame.f_code.co_filename))
            seen.append([repr(value)[:2000] for value in frame.f_locals.values()])
            frame = frame.f_back
    """
LOOKS_ROUND = """
    def count(D, H):
        import sys
        for frame in sys._current_frames().values():
            lines_of(frame)
        seen.append(get_ipython().kernel.get_parent())
        return 17
    """
AFTER = f"""
    import gc, linecache, sys
    shell = get_ipython()
    words = bytes.fromhex({"|".join(WORDS).encode().hex()!r}).decode().split("|")
    texts, every = [], []
    for one in gc.get_objects():
        if type(one) in (dict, list, tuple) and one is not words:
            inside = one.values() if type(one) is dict else one
            every += [text for text in inside if type(text) is str]
    places = {{
        "In": [In, _ih, _i, _ii, _oh, Out],
        "history": list(shell.history_manager.get_range(raw=True)),
        "lines": list(linecache.cache.values()),
        "result": vars(shell.last_execution_result.info),
        "parent": shell.kernel.get_parent(),
        "seen": seen,
        "everything": every,
    }}
    for place, found in places.items():
        text = repr(found)
        print(place, [word for word in words if word in text], len(text) > 20)
    print("errors", [getattr(sys, n, None) for n in ("last_value", "last_traceback")])
    own = "rule", "threshold", "award"
    print("names", [name for name in own if name in globals()])
    """


def test_the_text_of_a_hidden_test_never_reaches_the_kernel(isolation, monkeypatch):
    """Not even while it runs; nothing is cut out here."""
    monkeypatch.setattr(sandbox, "_hide_tests", lambda nb, report: None)
    test = marked(HIDDEN, 5, before="tried = count(1, 1)")
    cells = COUNT, HOOKS, test, LOOKS_ROUND, marked(HIDDEN, 5, name="again"), AFTER
    nb, report = run(isolation, *cells, "tried", "threshold = 4711 + 15", AFTER)
    places = "In history lines result parent seen everything".split()
    expected = [f"{place} [] True" for place in places]
    found = nb.cells[5].outputs[0].text.splitlines()
    assert [line for line in found if line.endswith("True")] == expected, shown(nb)
    assert "errors [None, None]" in shown(nb) and "names []" in shown(nb)
    assert points(nb.cells[2]) == 5  # and no 999
    assert points(nb.cells[4]) is None  # it looked round
    assert "12" in shown(nb)  # what is not hidden goes on
    again = nb.cells[-1].outputs[0].text  # so that this test can fail
    assert f"In ['{WORDS[0]}'] True" in again and f"seen ['{WORDS[0]}'] True" in again


def test_a_sealed_test_holds_no_line_of_its_text():
    sealed_text = sealed.seal(marked(HIDDEN, before="count(1, 2)").source)
    pieces, names = sandbox.kernel.unseal(sealed_text)
    assert [(hidden, counts) for hidden, counts, _ in pieces] == [
        (False, False),
        (True, False),
        (True, True),
    ]
    assert names == ["lstm.parameters"]
    assert "only the teacher" not in repr(pieces)


@pytest.mark.parametrize(
    "source, names",
    [
        ('award(3, "a.b", f)', ["a.b"]),
        ('grading.award(3, name="a.b", function=f)', ["a.b"]),
        ('answers(9, WHO, given, ["a", "b"], known=1/3)', ["a", "b"]),
        ('award(1, "a", f) + award(1, "b", g)', ["a", "b"]),
        ("1.0", []),
    ],
)
def test_the_checks_of_a_test_are_found(source, names):
    assert sandbox.kernel.unseal(sealed.seal(source))[1] == names


SECRETS = ['    {"one_gate": 3, "*": 2},', "    seed=1102,", "award(", f"    {SECRET}"]


@pytest.mark.parametrize(
    "text",
    [
        f"before\n    {SECRET}\nafter",
        repr(f"x = 1\n    {SECRET}\n"),
        repr([f'print("a")\n{SECRET}']),
        repr(repr(f"x = 'a'\n    {SECRET}\n")),
        SECRET.replace(" ", ""),
        SECRET.replace(" ", "  "),
        SECRET.replace("=", "\x1b[39m=\x1b[0m"),
        "{'one_gate': 3, '*': 2},",
        '{\\"one_gate\\": 3, \\"*\\": 2},',
    ],
)
def test_lines_of_hidden_tests_are_cut(text):
    cut = sandbox.hide(text, SECRETS)
    assert sealed.CUT in cut
    for word in ("threshold", "4711", "one_gate"):
        assert word not in cut
    assert ("before" in text) == ("before" in cut)


@pytest.mark.parametrize(
    "text", ["award(5)", "seed=1102,", "a = {1: 2}", "threshold = 3", "", "one_gate 3"]
)
def test_other_lines_are_not_cut(text):
    assert sandbox.hide(text, SECRETS) == text


def test_lines_that_a_student_may_know_are_no_secret():
    visible = 'check("lstm.step", lstm_step)\nfrom rnnbook.grading import gate_order'
    hidden = 'from rnnbook.grading import gate_order\n    "lstm.step",\n    lstm_step,'
    nb = new_notebook(cells=[code(visible), marked(hidden + f"\n{SECRET}")])
    assert SECRET in sealed.secrets(nb)
    assert [one for one in sealed.secrets(nb) if "lstm" in one or "import" in one] == []


def test_what_was_printed_of_a_hidden_test_is_cut_and_told(isolation):
    prints = f"print(bytes.fromhex({SECRET.encode().hex()!r}).decode())"
    nb, report = run(isolation, "print('mine')", COUNT, marked(HIDDEN, 5), prints)
    assert "4711" not in shown(nb) and "mine" in shown(nb)
    assert report.look == ["cell 4: it printed lines of the hidden tests"]
    assert report.notes == []


def test_a_test_gives_one_number_whatever_is_displayed(isolation):
    shows = """
        from IPython.display import display
        def count(D, H):
            import sys
            from IPython import get_ipython
            get_ipython().display_pub.publish({"text/plain": "5"})
            get_ipython().displayhook(5.0)
            print("written", file=sys.stderr)
            return 17
        """
    nb, _ = run(isolation, shows, marked(HIDDEN, 5))
    assert points(nb.cells[1]) == 0
    assert {o.get("name", "stdout") for o in nb.cells[1].outputs} == {"stdout"}


def test_what_is_no_number_of_points_gives_none(isolation):
    values = "6.5", "-1", "'5'", "True", "None", "float('nan')", "x = 5", "2.5", "0"
    nb, report = run(isolation, *(marked(value, 5) for value in values))
    assert [points(cell) for cell in nb.cells] == [None] * 7 + [2.5, 0]
    assert shown(nb).count("NotMarked: the cell gave no number of points") == 7
    assert report.notes == []


def test_errors_of_a_test_are_short_and_give_nothing(isolation):
    cells = marked("missing + 1"), marked("1 +"), marked("exit()"), "print('end')"
    nb, report = run(isolation, *cells)
    assert [points(cell) for cell in nb.cells[:3]] == [None] * 3
    assert [len(o.traceback) for c in nb.cells[:2] for o in c.outputs] == [1, 1]
    assert "name 'missing' is not defined" in shown(nb)
    assert report.stopped and "exit() ends the kernel" in report.notes[-1]


# ---- the code that marks

MARK = "from rnnbook.grading import award\naward(5, 'lstm.parameters', count)"
CHANGES = {  # the old value is `was`
    "builtins.round": "lambda x, n=0: 5",
    "builtins.sum": "lambda *a: 0",
    "builtins.float": "type('float', (was,), {})",
    "builtins.print": "lambda *a, **k: None",
    "builtins.all": "lambda *a: True",
    "builtins.__import__": "lambda *a, was=was, **k: was(*a, **k)",
    "numpy.isclose": "lambda a, b, **k: True",
    "numpy.allclose": "numpy.any",
    "numpy.asarray": "lambda *a, was=was, **k: was([0])",
    "numpy._core.numeric.isfinite": "numpy.isnan",
    "numpy.isclose.__wrapped__.__code__": (
        "(lambda a, b, rtol=1, atol=1, equal_nan=False: True).__code__"
    ),
    "sys.modules['numpy']": "type(sys)('numpy')",
}


def test_nothing_is_marked_while_numpy_or_builtins_are_changed(isolation):
    cells, names = ["import builtins, sys, numpy, numpy._core.numeric"], list(CHANGES)
    for name, value in CHANGES.items():
        change = f"was = {name}\n{name} = {value}"
        cells += [change, marked(MARK, 5, name), f"{name} = was"]
    nb, report = run(isolation, COUNT, *cells, marked(MARK, 5, "last"))
    tests = {c.metadata.nbgrader.grade_id: c for c in nb.cells if sandbox.is_test(c)}
    got = {name: points(cell) for name, cell in tests.items()}
    assert got == {**dict.fromkeys(names), "last": 5}, shown(nb)
    assert len(report.look) == len(names)
    assert all("the code that marks does not work" in note for note in report.notes)
    assert "`builtins.round`: `builtins.round` was changed" in report.look


CHECKS_CHANGED = """
    import dataclasses, rnnbook.checks, rnnbook.grading
    checks = vars(rnnbook.checks)["CHE" + "CKS"]
    one = checks["lstm.parameters"]
    other = {"refer" + "ence": count}
    checks["lstm.parameters"] = dataclasses.replace(one, **other)
    """


@pytest.mark.parametrize(
    "change",
    [
        CHECKS_CHANGED,
        'object.__setattr__(checks["lstm.parameters"], "reference", count)',
        "rnnbook.grading.award = lambda points, *a, **k: float(points)",
        "rnnbook.grading.award.__code__ = (lambda points, *a, **k: 5.0).__code__",
        "rnnbook.grading._paid = lambda points, losses: points",
        "rnnbook.checks.judge.judge = lambda *a, **k: None",
    ],
)
def test_whatever_was_changed_in_rnnbook_is_undone(isolation, change):
    first = "import rnnbook.grading, rnnbook.checks\n"
    first += "checks = vars(rnnbook.checks)['CHECKS']"
    cells = WRONG, first, change, marked(MARK, 5), COUNT, marked(MARK, 5)
    nb, report = run(isolation, *cells)
    assert points(nb.cells[3]) == 0 and points(nb.cells[5]) == 5, shown(nb)
    assert report.notes == ["the notebook changed the code that marks; undone"]


@pytest.mark.parametrize(
    "change",
    [
        # other modules in place of rnnbook's
        """
        import sys, types
        fake = types.ModuleType("rnnbook.grading")
        fake.award = lambda points, *a, **k: float(points)
        fake.canary = lambda *names: 0.0
        sys.modules["rnnbook.grading"] = fake
        """,
        """
        import os, sys
        os.makedirs("/tmp/p/rnnbook", exist_ok=True)
        open("/tmp/p/rnnbook/__init__.py", "w").close()
        with open("/tmp/p/rnnbook/grading.py", "w") as f:
            f.write("def canary(*a): return 0.0\\ndef award(p, *a, **k): return p\\n")
        sys.path.insert(0, "/tmp/p")
        """,
        """
        import sys
        class Finder:
            def find_spec(self, name, path=None, target=None):
                if name.startswith("rnnbook"):
                    raise ImportError("none of that")
        sys.meta_path = [Finder()]
        """,
        "import sys; sys.path_hooks.clear(); sys.path.clear(); sys.meta_path.clear()",
        "import importlib; importlib.import_module = None; importlib.reload = None",
        "import os, pkgutil; os.listdir = pkgutil.iter_modules = lambda *a, **k: []",
        # other names in the notebook
        "__import__ = exec = eval = float = print = award = lambda *a, **k: 5.0",
        "__builtins__ = {'__import__': lambda *a, **k: 1 / 0}",
        # other places to learn of a result, or to give one
        "import sys; sys.displayhook = lambda value: print('5')",
        "import sys, io; sys.stdout = sys.stderr = io.StringIO()",
        "import sys; sys.setprofile(lambda *a: 1 / 0); sys.settrace(lambda *a: 1 / 0)",
        """
        import signal
        def handler(number, frame):
            while frame:
                frame.f_locals.get("rubric", {})["*"] = 0
                frame = frame.f_back
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        """,
        "import gc; gc.callbacks.append(lambda *a: 1 / 0)",
        "import os; os.environ['RNNBOOK_STUDENT'] = 'somebody else'",
    ],
)
def test_what_was_changed_around_the_code_that_marks_gives_nothing(isolation, change):
    who = "import os; assert os.environ['RNNBOOK_STUDENT'] == 'ada'\n"
    cells = WRONG, change, marked(who + MARK, 5), COUNT, marked(who + MARK, 5)
    nb, _ = run(isolation, *cells, RNNBOOK_STUDENT="ada")
    assert points(nb.cells[2]) == 0 and points(nb.cells[4]) == 5, shown(nb)


WHILE_IT_RUNS = {
    "numpy": "import numpy; numpy.isclose = numpy.array_equal = lambda *a, **k: True",
    "builtins": "import builtins; builtins.round = lambda *a: 5",
    "rnnbook": "import rnnbook.grading as g; g._paid = lambda *a: 5",
    "code": "import sys; g = sys.modules['rnnbook.grading']._paid; "
    "g.__code__ = (lambda *a: 5).__code__",
    "frame": "import sys; sys._getframe()",
    "spelt": "import sys; getattr(sys, '_get' + 'frame')(1)",
    "threads": "import sys; list(sys._current_frames().values())",
    "inspect": "import inspect; inspect.currentframe()",
    "stack": "import inspect; inspect.stack()",
    "traceback": "try: 1 / 0\n    except Exception as e: e.__traceback__.tb_frame",
    "walk": "import traceback; list(traceback.walk_stack(None))",
    "log": "import logging; logging.currentframe()",
    "generator": "one = (x for x in [1]); one.gi_frame",
    "garbage": "import gc; gc.get_objects()",
    "profile": "import sys; sys.setprofile(None)",
    "ctypes": "import ctypes; ctypes.CDLL(None).getpid",
    "executed": "exec('import sys; sys._getframe()')",
}


def test_who_changes_or_looks_at_what_marks_gets_nothing(isolation):
    """Though the function is right."""
    cells = []
    for name, line in WHILE_IT_RUNS.items():
        change = f"def count(D, H):\n    {line}\n    return 4 * (D * H + H * H + H)"
        undo = "import builtins, numpy; numpy.isclose, builtins.round, "
        undo += "numpy.array_equal = kept"
        cells += [change, marked(MARK, 5, name), undo]
    first = "import builtins, numpy\nkept = numpy.isclose, round, numpy.array_equal"
    nb, report = run(isolation, first, *cells, COUNT, marked(MARK, 5, "last"))
    tests = {c.metadata.nbgrader.grade_id: c for c in nb.cells if sandbox.is_test(c)}
    got = {name: points(cell) or 0 for name, cell in tests.items()}
    assert got == {**dict.fromkeys(WHILE_IT_RUNS, 0), "last": 5}, shown(nb)
    looked = [one for one in report.look if "looked into the program" in one]
    assert [one.split("`")[1] for one in looked] == list(WHILE_IT_RUNS)[4:]


def test_what_is_innocent_costs_nothing(isolation):
    before = """
        import inspect, warnings
        import numpy as np
        import matplotlib.pyplot as plt
        np.bool = bool
        np.float = float
        warnings.warn = lambda *a, **k: None
        inspect.getfile = plt.plot  # as libraries do, such as torch
        np.set_printoptions(precision=2)
        sum = 4
        """
    within = """
        def count(D, H):
            import logging, traceback, warnings
            from collections import namedtuple
            from dataclasses import dataclass
            logging.getLogger("mine").info("a line")
            warnings.warn("a word")
            try:
                1 / 0
            except ZeroDivisionError:
                traceback.format_exc()
            Pair = namedtuple("Pair", "a b")
            @dataclass
            class Point:
                x: int
            plt.figure()
            print("counting")
            return sum * (D * H + H * H + H)
        """
    nb, report = run(isolation, before, within, marked(MARK, 5), "1")
    assert points(nb.cells[2]) == 5, shown(nb)
    assert (report.notes, report.look) == ([], [])
    assert len(nb.cells[3].outputs) == 1  # and no figure of the test


def test_the_notebook_keeps_its_own_rnnbook(isolation):
    """Its classes are the same before and after a test."""
    before = "from rnnbook.checks import Result\nimport rnnbook.checks as own"
    after = "import rnnbook.checks\nown is rnnbook.checks and own.Result is Result"
    nb, report = run(isolation, COUNT, before, marked(MARK, 5), after)
    assert "True" in shown(nb) and report.notes == []


def test_the_canary_is_asked_about_the_check_at_hand(isolation, monkeypatch):
    more = "\n\ndef canary(*names):\n    return 0.5 * ('lstm.step' in names)\n"
    changed = []
    for name, file, package, compiled in sandbox.marshal.loads(sandbox._package()):
        if name == "rnnbook.grading":
            source = Path(file).read_text(encoding="utf-8") + more
            compiled = compile(source, file, "exec")
        changed.append((name, file, package, compiled))
    packed = sandbox.marshal.dumps(tuple(changed))
    monkeypatch.setattr(sandbox, "_package", lambda: packed)
    other = MARK.replace("lstm.parameters", "lstm.step")
    nb, report = run(isolation, COUNT, marked(MARK, 5), marked(other, 5))
    assert points(nb.cells[1]) == 5 and points(nb.cells[2]) is None
    assert "gives points for something wrong" in report.notes[0]


# ---- plots


def test_a_plot_prints_nothing_and_costs_no_search_for_fonts(isolation):
    plot = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    more = "import os, matplotlib\nos.listdir(matplotlib.get_cachedir())"
    styled = f"from rnnbook import plots\nplots.use_style()\n{plot}"
    nb, report = run(isolation, plot, more, styled)
    for number in 0, 2:
        assert [o.output_type for o in nb.cells[number].outputs] == ["display_data"]
        assert "image/png" in nb.cells[number].outputs[0].data
    assert "stderr" not in {o.get("name") for cell in nb.cells for o in cell.outputs}
    assert report.notes == []
    (known,) = sandbox._fonts(isolation)
    assert known.startswith("fontlist") and f"['{known}']" in shown(nb)


# ---- what is left behind

GRADER = """
import signal, sys
sys.path.insert(0, sys.argv[1])
import sandbox
from nbformat.v4 import new_code_cell, new_notebook

found = sandbox.Isolation(sys.argv[2], "")
nb = new_notebook(cells=[new_code_cell("import time; time.sleep(20)")])
# in tests that run in the background a process begins deaf to Ctrl+C
signal.signal(signal.SIGINT, signal.default_int_handler)
print("starts", flush=True)
sandbox.run(nb, found, sandbox.Limits(), {"RNNBOOK_STUDENT": sys.argv[3]})
"""


def _of_student(student: str, folder: Path) -> list[str]:
    """Processes of a job: by their environment, or by a folder they were told."""
    signs = f"RNNBOOK_STUDENT={student}\0", f"{folder}/{sandbox.FOLDER}"
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                text = (entry / "environ").read_bytes()
                text += (entry / "cmdline").read_bytes()
                found += [entry.name] * any(sign.encode() in text for sign in signs)
        except OSError:
            continue
    return found


def _wait_until_gone(student: str, folder: Path) -> None:
    end = time.monotonic() + 60
    while _of_student(student, folder) and time.monotonic() < end:
        time.sleep(0.05)
    assert _of_student(student, folder) == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_grader_that_is_ended_leaves_nothing(
    isolation, tmp_path, monkeypatch, number
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    draw = random.Random(int(number))
    for k in range(3):
        name = f"left-{int(number)}-{k}"
        arguments = str(ROOT / "assignments"), isolation.kind, name
        command = [sys.executable, "-c", GRADER, *arguments]
        grader = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        grader.stdout.readline()
        time.sleep(draw.uniform(0, 0.6))
        grader.send_signal(number)
        grader.wait(timeout=60)
        grader.stdout.close()
        _wait_until_gone(name, tmp_path)
    sandbox.sweep()
    assert list(tmp_path.glob("rnnbook-*")) == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_next_start_ends_what_was_left(tmp_path, monkeypatch):
    """A process that outlived its grader, and its folder; nothing that is in use."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / f"{sandbox.FOLDER}left"
    (left / "io").mkdir(parents=True)
    (left / "lock").touch()
    sleeps = "import time; print('runs', flush=True); time.sleep(60)"
    command = [sys.executable, "-c", sleeps, f"{left}/io/k.json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    process.stdout.readline()
    linked = tmp_path / f"{sandbox.FOLDER}link"
    linked.symlink_to(tmp_path)
    with sandbox._job_folder() as used:
        sandbox.sweep()
        assert process.wait() == -signal.SIGKILL
        process.stdout.close()
        assert used.exists() and not left.exists()
        assert linked.is_symlink() and tmp_path.exists()
    assert not used.exists()


# ---- which isolation


def test_each_notebook_runs_where_there_is_no_container():
    """As another user, where a container without power has root."""
    if not (sys.platform == "linux" and sandbox.is_root()):
        pytest.skip("only root can become another user")
    user = sandbox.Isolation("user", "")
    if sandbox._try(user):
        pytest.skip("this root cannot become another user")
    who = "import os; print(os.getuid() in range(61000, 61180))"
    nb, report = run(user, who, COUNT, marked(MARK, 5))
    assert "True" in shown(nb) and points(nb.cells[2]) == 5
    assert report.notes == []

    away = """
        import os, time
        import numpy as np
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                a = np.ones(10**8)
                time.sleep(60)
            os._exit(0)
        time.sleep(60)
        """
    _, report = run(user, away, RNNBOOK_STUDENT="left-away")
    assert report.stopped and "more than 600 MB of memory" in report.notes[-1]
    _wait_until_gone("left-away", Path("/none"))


WITHOUT_POWER = """
import sys
sys.path.insert(0, sys.argv[1])
import sandbox
found = sandbox.find()
from nbformat.v4 import new_code_cell, new_notebook
nb = new_notebook(cells=[new_code_cell("6 * 7")])
report = sandbox.run(nb, found, sandbox.Limits())
print(found.kind, report.notes, nb.cells[0].outputs[0]["data"]["text/plain"])
print(found.says)
"""


@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv (util-linux)")
def test_root_in_a_container_without_power_grades_as_another_user():
    """Or says why it cannot: this Python lies where only root can read it."""
    if not sandbox.is_root():
        pytest.skip("only root can become another user")
    drop = ["setpriv", "--bounding-set", "-sys_admin,-net_admin,-sys_ptrace"]
    command = [*drop, sys.executable, "-c", WITHOUT_POWER, str(ROOT / "assignments")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    first, says = done.stdout.splitlines()
    if first.startswith("none"):
        assert "other users cannot read all of" in says
        assert "Install Python where all users can read it" in says
    else:
        assert first == "user [] 42"
        assert "the network is NOT cut off" in says


@pytest.mark.parametrize(
    "prefix, words", [((), "the network is NOT cut off"), (("unshare",), "no network")]
)
def test_the_other_user_says_whether_there_is_a_network(monkeypatch, prefix, words):
    monkeypatch.setattr(sandbox, "_cut_off", lambda: prefix)
    assert words in sandbox._says("user")


@pytest.mark.parametrize(
    "platform, said, words",
    [
        ("linux", "not installed", "sudo apt install bubblewrap"),
        (
            "linux",
            "bwrap: setting up uid map: Permission denied",
            "apparmor_parser -r /etc/apparmor.d/bwrap-userns-restrict",
        ),
        (
            "linux",
            "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted",
            "apparmor_parser -r /etc/apparmor.d/bwrap-userns-restrict",
        ),
        (
            "linux",
            "bwrap: Creating new namespace failed: Operation not permitted",
            "start the container with --privileged",
        ),
        (
            "linux",
            "bwrap: No permissions to create new namespace, likely because ...",
            "start the container with --privileged",
        ),
        ("linux", "user: other users cannot read all of /x", "all users can read it"),
        ("linux", "bwrap: something else", "docker run"),
        ("darwin", "", "On macOS, grade in a Linux container: `docker run"),
        ("win32", "", "On Windows, grade in WSL: `wsl --install -d Debian`"),
    ],
)
def test_find_says_what_to_do(monkeypatch, platform, said, words):
    monkeypatch.setattr(sandbox, "sweep", lambda: None)
    monkeypatch.setattr(sandbox, "is_root", lambda: False)
    monkeypatch.setattr(sandbox, "_try", lambda isolation: said)
    monkeypatch.setattr(sys, "platform", platform)
    found = sandbox.find()
    assert found.kind == "none" and found.says.startswith("no isolation (")
    assert words in found.says and said in found.says
    advice = sandbox.advice(said)
    assert advice.replace("...", "").count(". ") <= 1  # a sentence or two
