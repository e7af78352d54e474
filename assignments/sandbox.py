"""Run a student's notebook in a kernel that can do no harm.

The notebook stays in this process: a cell, and so a hidden test, reaches the kernel
only when it is its turn, through a socket. No file of the course, of another student or
of the gradebook is visible where the kernel runs.

Two kinds of isolation, the first that works is taken:

``bubblewrap``
    A container without network, with a process table of its own, a read-only system of
    nothing but the Python in use, and small private folders in memory.
``user``
    Only for root, where bubblewrap is missing: an unprivileged user of its own, without
    network where ``unshare`` may cut it off. Files that everyone may read can be read.

Both come with limits on time, memory, processes, the size of files and of what is
printed. What runs in the kernel after a student's code is at the mercy of that code:
see "What a student's code can do" in ``assignments/README.md``.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import zmq
import zmq.asyncio
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

import rnnbook

USERS = range(61000, 61180)  # one for each job; no account of a usual system
MESSAGE = 8 * 2**20  # bytes; no larger message is taken from a kernel
FLOOD = 64 * 2**20  # characters printed, after which the kernel is stopped
POLL = 0.15  # seconds between two looks at the processes


@dataclass(frozen=True)
class Limits:
    """What one submission may use."""

    cell_seconds: float = 30
    seconds: float = 240
    memory_mb: int = 2048
    processes: int = 96
    file_mb: int = 64
    output: int = 100_000  # characters a cell


class Isolation(NamedTuple):
    kind: str  # "bubblewrap", "user" or "none"
    says: str


# Runs first in the sandbox: gives up what is left of its power, becomes the kernel.
LAUNCHER = """
import os, resource as r, sys
user, memory, processes, size, seconds = map(int, sys.argv[1:6])
def limit(what, n):
    try: r.setrlimit(what, (n, n))
    except (ValueError, OSError): pass
limit(r.RLIMIT_CORE, 0)
limit(r.RLIMIT_FSIZE, size)
limit(r.RLIMIT_CPU, seconds)
limit(r.RLIMIT_NOFILE, 512)
if memory: limit(r.RLIMIT_AS, memory)
if user:
    os.setgroups([]); os.setgid(user); os.setuid(user)
if processes: limit(r.RLIMIT_NPROC, processes)
try: open("/proc/self/oom_score_adj", "w").write("1000")
except OSError: pass
os.nice(5)
os.execv(sys.executable, [sys.executable, *sys.argv[6:]])
"""

ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "USER": "student",
    "LOGNAME": "student",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONNOUSERSITE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "CUDA_VISIBLE_DEVICES": "-1",
    "KERAS_BACKEND": "tensorflow",
    "TQDM_DISABLE": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "NBGRADER_EXECUTION": "autograde",
}


def _environment(home: str) -> dict[str, str]:
    """All that a kernel learns of the grader's environment."""
    kept = {k: os.environ[k] for k in ("RNNBOOK_DATA", "PYTHONPATH") if k in os.environ}
    return {**ENVIRONMENT, **kept, "HOME": home, "TMPDIR": home, "PATH": os.defpath}


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


# ---- the command that starts a kernel


def _read_only() -> list[Path]:
    """What a kernel needs to read: the system, Python, its packages, rnnbook, data."""
    own = [Path(sys.prefix), Path(sys.base_prefix), Path(rnnbook.__file__).parent]
    data = os.environ.get("RNNBOOK_DATA")
    own += [Path(data)] if data else []
    system = [Path(p) for p in ("/usr", "/etc/ld.so.cache", "/etc/localtime")]
    system += [Path("/etc/alternatives")]
    found: list[Path] = []
    for path in sorted({p.absolute() for p in [*system, *own] if p.exists()}):
        if not any(other in path.parents for other in found):
            found.append(path)
    return found


def _bubblewrap(io: Path, env: Mapping[str, str], limits: Limits) -> list[str]:
    size = str(limits.file_mb * 2**20)
    command = ["bwrap", "--die-with-parent", "--new-session", "--clearenv"]
    command += [f"--unshare-{what}" for what in ("ipc", "pid", "net", "uts")]
    if is_root():  # the launcher gives these up when it becomes the student's user
        command += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        command += ["--unshare-user"]
    command += ["--perms", "1777", "--size", size, "--tmpfs", "/tmp"]
    binds = [("--ro-bind", path) for path in _read_only()] + [("--bind", io)]
    made = {Path("/"), Path("/tmp")}
    for option, path in binds:
        for folder in reversed(path.parents):
            if folder not in made:
                command += ["--perms", "0755", "--dir", str(folder)]
                made.add(folder)
        command += [option, str(path), str(path)]
    for name in ("/bin", "/sbin", "/lib", "/lib64"):
        if os.path.islink(name):
            command += ["--symlink", os.readlink(name), name]
        elif os.path.isdir(name):
            command += ["--ro-bind", name, name]
    command += ["--proc", "/proc", "--dev", "/dev"]
    command += ["--perms", "1777", "--size", size, "--tmpfs", "/dev/shm"]
    command += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]
    for key, value in env.items():
        command += ["--setenv", key, value]
    return [*command, "--"]


def _cut_off() -> list[str]:
    """A prefix that takes network and process table away, where root may do that."""
    prefix = ["setpriv", "--pdeathsig", "KILL"]
    prefix += ["unshare", "--net", "--ipc", "--pid", "--fork", "--kill-child"]
    prefix += ["--mount-proc"]
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run([*prefix, "true"], check=True, capture_output=True, timeout=10)
        return prefix
    return []


def _command(
    isolation: Isolation,
    io: Path,
    env: Mapping[str, str],
    limits: Limits,
    user: int,
    argv: Sequence[str],
) -> list[str]:
    """The whole command line; ``argv`` is what Python gets."""
    front: list[str] = []
    processes = limits.processes
    if isolation.kind == "bubblewrap":
        front = _bubblewrap(io, env, limits)
        user = user if is_root() else 0
        processes += 0 if user else _my_threads()
    elif isolation.kind == "user":
        front = _cut_off()
    else:
        user, processes = 0, 0
    # What is only reserved counts here, so more than what the watcher allows.
    numbers = [user, 4 * limits.memory_mb * 2**20, processes]
    numbers += [limits.file_mb * 2**20, int(limits.seconds) + 5]
    launch = [sys.executable, "-I", "-S", "-c", LAUNCHER, *map(str, numbers)]
    return [*front, *launch, *argv]


def _my_threads() -> int:
    """Threads this user has already: on old systems they count for the limit."""
    me, n = os.getuid(), 0
    for entry in os.scandir("/proc"):
        with suppress(OSError, ValueError, IndexError):
            if entry.name.isdigit() and entry.stat().st_uid == me:
                n += len(os.listdir(f"/proc/{entry.name}/task"))
    return n


def find() -> Isolation:
    """The best isolation that works on this machine, tried out."""
    why = []
    kinds = ["bubblewrap", "user"] if is_root() else ["bubblewrap"]
    for kind in kinds if sys.platform == "linux" else []:
        found = Isolation(kind, _SAYS[kind])
        error = _try(found)
        if not error:
            return found
        why.append(f"{kind}: {error}")
    if sys.platform != "linux":
        why = ["this is no Linux"]
    return Isolation("none", "no isolation (" + "; ".join(why) + ")")


_SAYS = {
    "bubblewrap": "bubblewrap: no network, read-only system, private folders, limits",
    "user": "an unprivileged user with limits; files that everyone may read are seen",
}


def _try(isolation: Isolation) -> str:
    """Why this isolation does not work; empty if it does."""
    if isolation.kind == "bubblewrap" and not shutil.which("bwrap"):
        return "not installed (Debian: apt install bubblewrap)"
    with tempfile.TemporaryDirectory(prefix="rnnbook-") as folder:
        io = _open_folder(Path(folder), USERS[-1])
        env = _environment(str(io))
        argv = ["-c", "import ipykernel, rnnbook, os; print(os.getuid())"]
        command = _command(isolation, io, env, Limits(), USERS[-1], argv)
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=60, cwd=io, env=env
            )
        except (OSError, subprocess.SubprocessError) as error:
            return str(error)
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["it failed"])[-1]
        return "it stays root" if done.stdout.strip() == "0" else ""


def _open_folder(folder: Path, user: int) -> Path:
    """A folder for sockets that only the student's user may write to."""
    folder.chmod(0o711)
    io = folder / "io"
    io.mkdir(exist_ok=True)
    io.chmod(0o700)
    if is_root():
        os.chown(io, user, user)
    return io


@contextmanager
def _free_user() -> Iterator[int]:
    """A user's number that no other job of this machine has; 0 where not root.

    Raises
    ------
    RuntimeError
        If all are taken.
    """
    lock, user = _first_free() if is_root() else (None, 0)
    try:
        yield user
    finally:
        if lock is not None:
            os.close(lock)


def _first_free() -> tuple[int, int]:
    import fcntl

    for user in USERS[:-1]:
        path = os.path.join(tempfile.gettempdir(), f".rnnbook-user-{user}")
        try:
            lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock, user
        except BlockingIOError:
            os.close(lock)
    raise RuntimeError("too many jobs at once")


# ---- processes


def _family(pid: int) -> list[int]:
    """A process and all that come from it."""
    found, left = [], [pid]
    while left:
        one = left.pop()
        found.append(one)
        with suppress(OSError):
            for task in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{task}/children") as f:
                    left += map(int, f.read().split())
    return found


def _memory_mb(pids: Sequence[int]) -> float:
    """What the processes hold in memory; pages that are shared count more than once."""
    pages = 0
    for pid in pids:
        with suppress(OSError, IndexError, ValueError), open(f"/proc/{pid}/statm") as f:
            resident, shared = map(int, f.read().split()[1:3])
            pages += resident - shared
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _folder_mb(folder: Path) -> float:
    total = 0
    for at, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(at, name)).st_size
    return total / 2**20


def _end_processes_of(user: int) -> None:
    """Whatever still runs as a job's own user (where no container ends it)."""
    for entry in os.scandir("/proc"):
        with suppress(OSError):
            if entry.name.isdigit() and entry.stat().st_uid == user:
                os.kill(int(entry.name), 9)


# ---- the notebook


@dataclass
class Report:
    """What came of running a notebook."""

    notes: list[str] = field(default_factory=list)
    stopped: bool = False  # the kernel ended before the notebook did
    started: bool = True
    seconds: float = 0.0

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


class _Client(NotebookClient):
    """Keeps only so much of what a cell prints."""

    kept = 0
    total = 0
    most = 100_000

    def output(self, outs, msg, display_id, cell_index):
        size = len(json.dumps(msg["content"], default=str))
        self.kept += size
        self.total += size
        if self.kept <= self.most:
            return super().output(outs, msg, display_id, cell_index)
        text = f"\n... cut: a cell may print {self.most:,} characters.\n"
        if self.kept - size <= self.most:
            outs.append(nbformat.v4.new_output("stream", name="stdout", text=text))
        return None

    def handle_comm_msg(self, outs, msg, cell_index):
        return None


def failure(name: str, text: str) -> NotebookNode:
    """An output that nbgrader takes for an error: no points."""
    return nbformat.v4.new_output(
        "error", ename=name, evalue=text, traceback=[f"{name}: {text}"]
    )


def is_test(cell: NotebookNode) -> bool:
    info = cell.metadata.get("nbgrader", {})
    return bool(cell.cell_type == "code" and info.get("grade"))


def label(cell: NotebookNode, index: int) -> str:
    name = cell.metadata.get("nbgrader", {}).get("grade_id")
    return f"`{name}`" if name else f"cell {index + 1}"


def run(
    nb: NotebookNode,
    isolation: Isolation,
    limits: Limits,
    env: Mapping[str, str] | None = None,
) -> Report:
    """Execute a notebook in place; never raises for what the notebook does.

    Parameters
    ----------
    nb : notebook, its test cells as the teacher wrote them
    isolation : from :func:`find`
    limits : Limits
    env : more environment variables for the kernel
    """
    start = time.monotonic()
    temporary = tempfile.TemporaryDirectory(
        prefix="rnnbook-", ignore_cleanup_errors=True
    )
    with _free_user() as user, temporary as folder:
        job = _run(nb, isolation, limits, dict(env or {}), user, Path(folder))
        report = asyncio.run(job)
    report.seconds = round(time.monotonic() - start, 2)
    return report


async def _run(nb, isolation, limits, env, user, folder) -> Report:
    report = Report()
    io = _open_folder(folder, user)
    home = "/tmp" if isolation.kind == "bubblewrap" else str(io)
    env = _environment(home) | env
    argv = ["-m", "ipykernel_launcher", "-f", str(io / "k.json")]
    argv += ["--HistoryManager.hist_file=:memory:"]
    command = _command(isolation, io, env, limits, user, argv)
    context = zmq.asyncio.Context()
    context.setsockopt(zmq.MAXMSGSIZE, MESSAGE)
    context.setsockopt(zmq.LINGER, 0)
    km = AsyncKernelManager(
        context=context,
        transport="ipc",
        ip=str(io / "k"),
        connection_file=str(io / "k.json"),
    )
    km._kernel_spec = KernelSpec(
        argv=command, language="python", display_name="", interrupt_mode="message"
    )
    client = _Client(
        nb,
        km=km,
        timeout=limits.cell_seconds,
        interrupt_on_timeout=False,
        allow_errors=True,
        raise_on_iopub_timeout=False,
        iopub_timeout=3,
        startup_timeout=60,
        store_widget_state=False,
    )
    client.most = limits.output
    log = folder / "log"
    job = _Job(client, km, io, limits, report)
    with log.open("w") as err:
        try:
            await job.whole(env, err, user)
        finally:
            await job.end()
            if isolation.kind == "user":
                _end_processes_of(user)
            context.destroy(linger=0)
    if not report.started:
        said = log.read_text(errors="replace").strip().splitlines() or ["no reason"]
        report.note(f"the kernel did not start: {said[-1][:200]}")
    return report


class _Job:
    """One notebook in one kernel."""

    def __init__(self, client, km, io, limits, report):
        self.client, self.km, self.io = client, km, io
        self.limits, self.report = limits, report
        self.deadline = time.monotonic() + limits.seconds
        self.killed = ""  # why, in words
        self.dead = False
        report.started = False
        self.exits = False
        client.on_cell_executed = self._executed
        self.watcher: asyncio.Task | None = None

    @property
    def process(self) -> Any:
        return getattr(self.km.provisioner, "process", None)

    async def whole(self, env, err, user) -> None:
        try:
            self.km.write_connection_file()
            if user:  # the kernel, another user, must read it
                os.chown(self.io / "k.json", user, user)
            await self.km.start_kernel(
                env=env, cwd=str(self.io), stdout=subprocess.DEVNULL, stderr=err
            )
            self.watcher = asyncio.create_task(self._watch())
            await self.client.async_start_new_kernel_client()
            self.report.started = True
        except Exception:
            self.dead = self.report.stopped = True
        for index, cell in enumerate(self.client.nb.cells):
            if cell.cell_type == "code":
                await self._cell(cell, index)

    async def _cell(self, cell, index) -> None:
        if self.dead:
            self._not_run(cell)
            return
        if is_test(cell) and not await self._trusted(cell):
            return
        self.client.kept = 0
        try:
            await self.client.async_execute_cell(cell, index)
        except CellTimeoutError:
            await self._late(cell, index)
        except DeadKernelError:
            self._died(cell, index)
        except Exception as error:  # what a hostile kernel may send back
            cell.outputs.append(failure(type(error).__name__, str(error)[:200]))
            self.report.note(f"{label(cell, index)}: {type(error).__name__}")
        if is_test(cell):
            _verdict(cell)
        if self.exits and not self.dead:
            self._kill("exit() ends the kernel")
            self._died(cell, index)

    def _executed(self, execute_reply, **_) -> None:
        payload = execute_reply["content"].get("payload") or []
        self.exits = any(one.get("source") == "ask_exit" for one in payload)

    async def _late(self, cell, index) -> None:
        seconds = f"{self.limits.cell_seconds:g} s"
        self.report.note(f"{label(cell, index)} did not end within {seconds}")
        text = f"the cell did not end within {seconds}; is there an endless loop?"
        cell.outputs.append(failure("TimeLimit", text))
        for _ in range(3):  # one may be swallowed by an `except` of the loop
            with suppress(Exception):
                await self.km.interrupt_kernel()
            if await self._ask("0", 2) is not None:
                return
        self._kill("it could not be interrupted")
        self._died(cell, index)

    def _died(self, cell, index) -> None:
        self.dead = self.report.stopped = True
        why = self.killed or "the kernel ended, as after os._exit() or a crash"
        self.report.note(f"stopped in {label(cell, index)}: {why}")
        cell.outputs.append(failure("Stopped", why))

    def _not_run(self, cell) -> None:
        cell.execution_count = None
        cell.outputs = []
        if is_test(cell):
            text = "not run: the kernel had ended before, see the note at the top"
            cell.outputs = [failure("NotRun", text)]

    # -- trust

    async def _ask(self, expression: str, seconds: float) -> str | None:
        """The value of an expression in the kernel, as text; None if none comes."""
        kc, end = self.client.kc, time.monotonic() + seconds
        sent = kc.execute("", silent=True, user_expressions={"v": expression})
        while (left := end - time.monotonic()) > 0 and not self.killed:
            try:
                reply = await kc.get_shell_msg(timeout=min(left, 0.5))
            except Exception:
                if not await self.km.is_alive():
                    return None
                continue
            if reply["parent_header"].get("msg_id") == sent:
                value = reply["content"].get("user_expressions", {}).get("v", {})
                return str(value.get("data", {}).get("text/plain", value.get("ename")))
        return None

    async def _trusted(self, cell) -> bool:
        """Whether the code that marks still gives nothing for something wrong."""
        found = await self._ask(CANARY, 5)
        if found == "0.0":
            return True
        if found is not None:
            found = await self._ask(f"({FORGET}, {CANARY})[1]", 10)
            if found == "0.0":
                self.report.note("the notebook changed the code that marks; undone")
                return True
        text = "the kernel did not answer"
        if found is not None:
            text = f"the code that marks does not work after the notebook's ({found})"
        cell.outputs = [failure("NotMarked", text)]
        self.report.note(text)
        return False

    # -- limits

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(POLL)
            why = self._excess()
            if why:
                self._kill(why)
                return

    def _excess(self) -> str:
        limits, process = self.limits, self.process
        if time.monotonic() > self.deadline:
            return f"the notebook took more than {limits.seconds:g} s"
        if self.client.total > FLOOD:
            return "it printed without end"
        if process is None or sys.platform != "linux":
            return ""
        pids = _family(process.pid)
        if len(pids) > limits.processes:
            return f"it started more than {limits.processes} processes"
        if _memory_mb(pids) > limits.memory_mb:
            return f"it used more than {limits.memory_mb} MB of memory"
        if _folder_mb(self.io) > limits.file_mb:
            return f"it wrote more than {limits.file_mb} MB"
        return ""

    def _kill(self, why: str) -> None:
        self.killed = self.killed or why
        if self.process is not None:
            for pid in reversed(_family(self.process.pid)):
                with suppress(OSError):
                    os.kill(pid, 9)

    async def end(self) -> None:
        if self.watcher:
            self.watcher.cancel()
        with suppress(Exception):
            if self.client.kc is not None:
                self.client.kc.stop_channels()
        self._kill("")
        with suppress(Exception):
            self.process.wait(timeout=10)
        with suppress(Exception):
            await self.km.cleanup_resources()


GRADING = '__import__("rnnbook.grading", fromlist=["award"])'
CANARY = f'{GRADING}.award(1, "rnn.step", lambda x, h, params: h)'
FORGET = (
    '[__import__("sys").modules.pop(n) for n in list(__import__("sys").modules) '
    'if n.partition(".")[0] == "rnnbook"]'
)


def _verdict(cell: NotebookNode) -> None:
    """See to it that nbgrader finds exactly one number of points, or an error.

    nbgrader gives all points to a cell without a number, and none to one with a word
    on stderr.
    """
    for output in cell.outputs:
        if output.output_type == "stream":
            output.name = "stdout"
        if output.output_type == "error":  # its lines would show the hidden test
            output.traceback = [f"{output.ename}: {output.evalue}"]
    if any(output.output_type == "error" for output in cell.outputs):
        return
    results = [o for o in cell.outputs if o.output_type == "execute_result"]
    try:
        (only,) = results
        points = float(only["data"]["text/plain"])
        right = 0 <= points <= float(cell.metadata.nbgrader["points"])
    except (ValueError, KeyError, TypeError):
        right = False
    if not right:
        cell.outputs.append(failure("NotMarked", "the cell gave no number of points"))
