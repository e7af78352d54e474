"""Run a student's notebook in a kernel that can do no harm.

The notebook stays in this process: a cell reaches the kernel only when it is its turn,
through a socket, and a test only in compiled form (``sealed.py``, ``kernel.py``). No
file of the course, of another student or of the gradebook is visible where the
kernel runs.

Two kinds of isolation, the first that works is taken:

``bubblewrap``
    A container without network, with a process table of its own, a read-only system of
    nothing but the Python in use, and small private folders in memory.
``user``
    Only for root, where bubblewrap is missing: an unprivileged user of its own, without
    network where ``unshare`` may cut it off. Files that everyone may read can be read.

Both come with limits on time, memory, processes, files and what is printed. They do not
depend on what else the machine has to do: time is time of a processor
(``processes.py``), and what only the clock, or the system, has stopped is run once more
from the start before it costs a point. What runs in the kernel after a student's code
is at the mercy of that code: see "What a student's code can do" in
``assignments/README.md``.
"""

import asyncio
import functools
import json
import marshal
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any, NamedTuple

import kernel
import nbformat
import processes
import zmq
import zmq.asyncio
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.client import CellExecutionComplete
from nbformat import NotebookNode
from processes import POLL
from sealed import hide, seal, secrets

import rnnbook

__all__ = ["Isolation", "Limits", "Report", "find", "hide", "jobs", "run"]

USERS = range(61000, 61180)  # one for each job; no account of a usual system
FOLDER = "rnnbook-job-"
MESSAGE = 32 * 2**20  # bytes; no larger message is taken from a kernel
FLOOD = 64 * 2**20  # characters printed, after which the kernel is stopped
OWN = 2.0  # seconds more for a test, in which the code that marks is loaded
START = 60.0  # seconds for a kernel to start
# Where a sleeping process cannot be told from one that gets no processor, much longer.
SLOW = 8.0


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Seconds are those of a processor, computed by all processes of the kernel together;
    other work on the machine does not count. Who sleeps, or waits for what does not
    come, is stopped too, after ``cell_wait`` and ``wait`` seconds of that; this is
    tried twice.
    """

    cell_seconds: float = 30
    seconds: float = 240
    memory_mb: int = 2048
    processes: int = 96
    file_mb: int = 64
    files: int = 4000  # and folders
    output: int = 100_000  # characters a cell

    @property
    def cell_wait(self) -> float:
        return max(10.0, self.cell_seconds) * _patience()

    @property
    def wait(self) -> float:
        return max(60.0, self.seconds / 2) * _patience()


def _patience() -> float:
    return 1.0 if processes.waits_are_known() else SLOW


def jobs(limits: Limits | None = None) -> int:
    """How many notebooks to run at a time: for each a processor, and memory.

    Half of the memory that one may use is reckoned for each: a usual notebook needs a
    quarter of a gigabyte, and what the system ends for lack of memory is run again.
    """
    limits = limits or Limits()
    try:
        processors = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        processors = os.cpu_count() or 1
    free = processes.available_mb()
    fits = processors if free is None else int(free / (limits.memory_mb / 2))
    return max(1, min(processors, fits))


class Isolation(NamedTuple):
    kind: str  # "bubblewrap", "user" or "none"
    says: str


# Runs first in the sandbox: gives up what is left of its power, becomes the kernel.
LAUNCHER = """
import os, resource as r, sys
user, memory, processes, size, seconds = map(int, sys.argv[1:6])
def limit(what, n, most=None):
    try: r.setrlimit(what, (n, n if most is None else most))
    except (ValueError, OSError): pass
limit(r.RLIMIT_CORE, 0)
limit(r.RLIMIT_FSIZE, size)
limit(r.RLIMIT_CPU, seconds, seconds + 5)
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

# Starts the program that is its first argument, with builtins of its own: what a
# notebook does to the others does not reach it. To those who look for the notebook's
# code, it is part of Python.
KERNEL = f"""
import builtins, sys
if sys.path[0] == "": del sys.path[0]
own = dict(__name__={kernel.IN_THE_SANDBOX!r}, __builtins__=dict(vars(builtins)))
exec(compile(sys.argv.pop(1), "<frozen kernel>", "exec"), own)
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
    "RNNBOOK_FIGURES": "png",
    "NBGRADER_EXECUTION": "autograde",
}


def _data() -> Path | None:
    """The folder that RNNBOOK_DATA names; in the kernel ``~`` is another one."""
    named = os.environ.get("RNNBOOK_DATA")
    return Path(os.path.expanduser(named)).absolute() if named else None


def _environment(home: str, io: Path) -> dict[str, str]:
    """All that a kernel learns of the grader's environment."""
    kept = {k: os.environ[k] for k in ("PYTHONPATH",) if k in os.environ}
    kept |= {"RNNBOOK_DATA": str(_data())} if _data() else {}
    own = {"HOME": home, "TMPDIR": home, "MPLCONFIGDIR": str(io / "mpl")}
    return {**ENVIRONMENT, **kept, **own, "PATH": os.defpath}


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


# ---- the command that starts a kernel


def _read_only() -> list[Path]:
    """What a kernel needs to read: the system, Python, its packages, rnnbook, data."""
    own = [Path(sys.prefix), Path(sys.base_prefix), Path(rnnbook.__file__).parent]
    own += [data] if (data := _data()) else []
    system = [Path(p) for p in ("/usr", "/etc/ld.so.cache", "/etc/localtime")]
    system += [Path("/etc/alternatives"), Path("/etc/fonts")]
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


@functools.cache
def _cut_off() -> tuple[str, ...]:
    """A prefix that takes network and process table away, where root may do that."""
    prefix = ("setpriv", "--pdeathsig", "KILL")
    prefix += ("unshare", "--net", "--ipc", "--pid", "--fork", "--kill-child")
    prefix += ("--mount-proc",)
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run([*prefix, "true"], check=True, capture_output=True, timeout=10)
        return prefix
    return ()


def _command(
    isolation: Isolation,
    io: Path,
    env: Mapping[str, str],
    limits: Limits,
    user: int,
    argv: Sequence[str],
) -> list[str]:
    """The whole command line; ``argv`` is what Python gets."""
    front: Sequence[str] = ()
    most = limits.processes
    if isolation.kind == "bubblewrap":
        front = _bubblewrap(io, env, limits)
        user = user if is_root() else 0
        most += 0 if user else _my_threads()
    elif isolation.kind == "user":
        front = _cut_off()
    else:
        user, most = 0, 0
    # What is only reserved counts here, so more than what the watcher allows.
    numbers = [user, 4 * limits.memory_mb * 2**20, most]
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
    sweep()
    why = []
    kinds = ["bubblewrap", "user"] if is_root() else ["bubblewrap"]
    for kind in kinds if sys.platform == "linux" else []:
        found = Isolation(kind, _says(kind))
        error = _try(found)
        if not error:
            return found
        why.append(f"{kind}: {error}")
    reason = "; ".join(why) or "this is no Linux"
    return Isolation("none", f"no isolation ({reason}). {advice(reason)}")


def _says(kind: str) -> str:
    if kind == "bubblewrap":
        return "bubblewrap: no network, read-only system, private folders, limits"
    network = "no network" if _cut_off() else "the network is NOT cut off"
    return (
        f"an unprivileged user with limits; {network}; files that everyone may read "
        "are seen"
    )


CONTAINER = (
    'docker run --rm -it --privileged -v "$PWD":/course -w /course '
    "python:3.12-bookworm bash"
)
IN_CONTAINER = (
    "apt-get update && apt-get install -y bubblewrap && "
    "pip install -r requirements.txt -e '.[teach]'"
)
UBUNTU = (
    "sudo apt install apparmor-profiles && sudo install -m 644 "
    "/usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ && "
    "sudo apparmor_parser -r /etc/apparmor.d/bwrap-userns-restrict"
)


def advice(reason: str) -> str:
    """What a teacher does where no isolation works, in one or two sentences.

    Parameters
    ----------
    reason : str, what bubblewrap said
    """
    container = f"`{CONTAINER}` and in it `{IN_CONTAINER}`"
    if sys.platform == "darwin":
        return f"On macOS, grade in a Linux container: {container}."
    if sys.platform in ("win32", "cygwin"):
        return (
            "On Windows, grade in WSL: `wsl --install -d Debian`, and in it "
            "`sudo apt install bubblewrap`."
        )
    if "not installed" in reason:
        return "Install bubblewrap: `sudo apt install bubblewrap` (Fedora: dnf)."
    if "uid map" in reason or "RTM_NEWADDR" in reason:
        return f"Ubuntu's AppArmor forbids it; allow it to bubblewrap: `{UBUNTU}`."
    if "cannot read" in reason:
        return "Install Python where all users can read it, or bubblewrap."
    if "namespace" in reason:
        return (
            "This machine or container forbids new namespaces. Grade as root, or start "
            "the container with --privileged."
        )
    return f"Grade in a Linux container: {container}."


def _try(isolation: Isolation) -> str:
    """Why this isolation does not work; empty if it does."""
    if isolation.kind == "bubblewrap" and not shutil.which("bwrap"):
        return "not installed"
    argv = ["-c", "import ipykernel, rnnbook, os; print(os.getuid())"]
    try:
        done, _ = _alone(isolation, argv, 120)
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    said = (done.stderr.strip().splitlines() or ["it failed"])[-1]
    if done.returncode and isolation.kind == "user" and "Permission denied" in said:
        return f"other users cannot read all of {sys.base_prefix}"
    if done.returncode:
        return said
    return "it stays root" if done.stdout.strip() == "0" else ""


def _alone(isolation: Isolation, argv: Sequence[str], seconds: float):
    """Run our own Python in a sandbox: what came of it, and files it made for plots."""
    with _free_user() as user, _job_folder() as folder:
        io = _open_folder(folder, user)
        env = _environment(str(io), io)
        command = _command(isolation, io, env, Limits(), user, argv)
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds, cwd=io, env=env
        )
        made = {p.name: p.read_bytes() for p in (io / "mpl").glob("*.json")}
    return done, made


_fonts_lock = threading.Lock()


def _fonts(isolation: Isolation) -> dict[str, bytes]:
    """What Matplotlib learns of the fonts in the sandbox; made once for all."""
    with _fonts_lock:
        return _fonts_of(isolation)


@functools.cache
def _fonts_of(isolation: Isolation) -> dict[str, bytes]:
    with suppress(OSError, subprocess.SubprocessError):
        return _alone(isolation, ["-c", "import matplotlib.font_manager"], 120)[1]
    return {}


def _open_folder(folder: Path, user: int) -> Path:
    """A folder for sockets that only the student's user may write to."""
    folder.chmod(0o711)
    io = folder / "io"
    for path in (io, io / "mpl"):
        path.mkdir()
        path.chmod(0o700)
        _give(path, user)
    return io


def _give(path: Path, user: int) -> None:
    if is_root() and user:
        os.chown(path, user, user)


def _locked(path: Path) -> int | None:
    """A file that is locked until it is closed, or this process ends; None if taken."""
    import fcntl

    lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return lock
    except BlockingIOError:
        os.close(lock)
        return None


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
    for user in USERS:
        with suppress(OSError):
            lock = _locked(_of_user(user))
            if lock is not None:
                return lock, user
    raise RuntimeError("too many jobs at once")


def _of_user(user: int) -> Path:
    return Path(tempfile.gettempdir(), f".rnnbook-user-{user}")


# ---- what an earlier grader left behind


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Folders are made and swept by one grader of this user at a time."""
    import fcntl

    path = Path(tempfile.gettempdir(), f".rnnbook-folders-{os.getuid()}")
    with open(path, "w", opener=_own_file) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _own_file(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


@contextmanager
def _job_folder() -> Iterator[Path]:
    """A folder for one job; while it is in use, its lock is held."""
    with _one_at_a_time():
        folder = Path(tempfile.mkdtemp(prefix=FOLDER))
        lock = _locked(folder / "lock")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def sweep() -> None:
    """End and remove what graders left that were killed themselves."""
    if sys.platform == "win32":
        return
    left = list(Path(tempfile.gettempdir()).glob(FOLDER + "*"))
    with _one_at_a_time():
        for folder in filter(_is_left, left):
            _end_processes(lambda pid, owner, at=folder: _mentions(pid, at))
            shutil.rmtree(folder, ignore_errors=True)
    if is_root():
        _end_processes(lambda pid, owner: owner in USERS and not _in_use(owner))


def _is_left(folder: Path) -> bool:
    """Whether a folder is of this user, and of a grader that has ended."""
    with suppress(OSError):
        info = folder.lstat()
        if folder.is_symlink() or info.st_uid != os.getuid():
            return False
        lock = _locked(folder / "lock")
        if lock is not None:
            os.close(lock)
        return lock is not None
    return False


def _in_use(user: int) -> bool:
    """Whether a grader has this user now, or none ever had."""
    path = _of_user(user)
    lock = _locked(path) if path.exists() else None
    if lock is not None:
        os.close(lock)
    return lock is None


def _mentions(pid: int, folder: Path) -> bool:
    return os.fsencode(folder) + b"/" in Path(f"/proc/{pid}/cmdline").read_bytes()


def _end_processes(which) -> None:
    """End all processes for whose number and user ``which`` says so."""
    if sys.platform != "linux":
        return
    for entry in os.scandir("/proc"):
        with suppress(OSError):
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                pid = int(entry.name)
                if which(pid, entry.stat().st_uid):
                    os.kill(pid, signal.SIGKILL)


# ---- the notebook


@dataclass
class Report:
    """What came of running a notebook."""

    notes: list[str] = field(default_factory=list)
    look: list[str] = field(default_factory=list)  # what a teacher may want to see
    stopped: bool = False  # the kernel ended before the notebook did
    started: bool = True
    runs: int = 1  # 2 if the clock or the system had stopped the first
    seconds: float = 0.0  # of the clock, with all runs

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def see(self, text: str) -> None:
        if text not in self.look:
            self.look.append(text)


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
            made = super().output(outs, msg, display_id, cell_index)
            return self._joined(outs, made)
        text = f"\n... cut: a cell may print {self.most:,} characters.\n"
        if self.kept - size <= self.most:
            outs.append(nbformat.v4.new_output("stream", name="stdout", text=text))
        return None

    @staticmethod
    def _joined(outs, made):
        """One stream for what comes in several messages."""
        before = outs[-2] if len(outs) > 1 and made is outs[-1] else {}
        if made and made.get("name", "") == before.get("name") and "text" in made:
            before["text"] += outs.pop()["text"]
        return made

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

    What only the clock or the system has stopped is run once more from the start.

    Parameters
    ----------
    nb : notebook, its test cells as the teacher wrote them
    isolation : from :func:`find`
    limits : Limits
    env : more environment variables for the kernel
    """
    start = time.monotonic()
    with _free_user() as user:
        report, again = _once(nb, isolation, limits, env or {}, user, last=False)
        if again:
            report, _ = _once(nb, isolation, limits, env or {}, user, last=True)
            report.notes.insert(0, f"run once more, as {again} the first time")
            report.runs = 2
    _hide_tests(nb, report)
    report.seconds = round(time.monotonic() - start, 2)
    return report


def _once(nb, isolation, limits, env, user, last: bool) -> tuple[Report, str]:
    """What came of one run, and why it says nothing, if so."""
    with _job_folder() as folder:
        return asyncio.run(_run(nb, isolation, limits, env, user, folder, last))


def _hide_tests(nb: NotebookNode, report: Report) -> None:
    """Cut lines of hidden tests out of all that was printed."""
    hidden = secrets(nb)
    for index, cell in enumerate(nb.cells):
        before = json.dumps(cell.get("outputs", []))
        for output in cell.get("outputs", []):
            _hide_in(output, hidden)
        if json.dumps(cell.get("outputs", [])) != before:
            report.see(f"{label(cell, index)}: it printed lines of the hidden tests")


def _hide_in(value: Any, hidden: Sequence[str]) -> Any:
    """The same with hidden lines cut, in all texts of lists and dicts."""
    if isinstance(value, str):
        return hide(value, hidden)
    places = range(len(value)) if isinstance(value, list) else value
    if isinstance(value, list | dict):
        for place in places:
            value[place] = _hide_in(value[place], hidden)
    return value


@functools.cache
def _package() -> bytes:
    """Every module of rnnbook, compiled: the kernel loads it anew for each test."""
    found, root = [], Path(rnnbook.__file__).parent
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if package else parts)
        code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        found.append((name, str(path), package, code))
    return marshal.dumps(tuple(found))


def _draws(nb: NotebookNode) -> bool:
    """Whether a notebook seems to draw: then the fonts must be known."""
    code = [cell.source for cell in nb.cells if cell.cell_type == "code"]
    return any(word in text for text in code for word in ("plot", "plt", "seaborn"))


def _fill(io: Path, nb: NotebookNode, isolation: Isolation, user: int) -> None:
    """Put into a job's folder what the kernel reads when it starts."""
    files = {io / "rnnbook": _package()}
    for name, data in _fonts(isolation).items() if _draws(nb) else ():
        files[io / "mpl" / name] = data
    for path, data in files.items():
        path.write_bytes(data)
        _give(path, user)


async def _run(nb, isolation, limits, env, user, folder, last) -> tuple[Report, str]:
    io = _open_folder(folder, user)
    _fill(io, nb, isolation, user)
    home = "/tmp" if isolation.kind == "bubblewrap" else str(io)
    env = _environment(home, io) | dict(env)
    reader, writer = os.pipe()  # the kernel ends when the writer is closed
    program = Path(kernel.__file__).read_text(encoding="utf-8")
    argv = ["-c", KERNEL, program, str(reader), str(io / "rnnbook")]
    argv += ["-f", str(io / "k.json"), "--HistoryManager.hist_file=:memory:"]
    command = _command(isolation, io, env, limits, user, argv)
    job = _Job(nb, _manager(io, command), io, limits, last)
    job.user = user if isolation.kind == "user" else 0
    try:
        with (folder / "log").open("w") as err:
            await job.whole(env, err, user, reader)
    finally:
        os.close(reader)
        await job.end()
        os.close(writer)
    if not job.report.started:
        said = (folder / "log").read_text(errors="replace").strip().splitlines()
        job.report.note(
            f"the kernel did not start: {(said or ['no reason'])[-1][:200]}"
        )
    return job.report, job.again


def _manager(io: Path, command: list[str]) -> AsyncKernelManager:
    km = AsyncKernelManager(
        context=zmq.asyncio.Context(),
        transport="ipc",
        ip=str(io / "k"),
        connection_file=str(io / "k.json"),
    )
    km._kernel_spec = KernelSpec(
        argv=command, language="python", display_name="", interrupt_mode="message"
    )
    return km


class _Job:
    """One notebook in one kernel."""

    def __init__(self, nb, km, io, limits, last: bool):
        self.nb, self.km, self.io, self.limits = nb, km, io, limits
        self.client = _Client(nb, store_widget_state=False, record_timing=False)
        self.client.most = limits.output
        self.kc: Any = None
        self.report = Report(started=False)
        self.meter, self.memory = processes.Meter(), processes.Memory()
        self.last = last
        self.user = 0  # whose processes are all of this job, as no container holds them
        self.monitors: list[Any] = []  # of sockets: readable when a connection is lost
        self.again = ""  # why this run says nothing of the notebook
        self.killed = ""  # why, in words
        self.dead = False

    @property
    def process(self) -> Any:
        return getattr(self.km.provisioner, "process", None)

    def _pids(self) -> list[int]:
        """All processes of the job: the one that was started first."""
        pids = processes.family(self.process.pid)
        others = processes.of_user(self.user) if self.user else []
        return pids + [pid for pid in others if pid not in pids]

    async def whole(self, env, err, user: int, pipe: int) -> None:
        self.km.write_connection_file()
        _give(self.io / "k.json", user)  # the kernel, another user, must read it
        try:
            await self.km.start_kernel(
                env=env,
                cwd=str(self.io),
                stdout=subprocess.DEVNULL,
                stderr=err,
                pass_fds=(pipe,),
            )
            ready = asyncio.ensure_future(self._ready())
            self.report.started = not await self._wait(ready, START, START / 2)
            ready.cancel()
        except Exception:
            self.report.started = False
        if not self.report.started:
            self._stop("the kernel did not start")
        for index, cell in enumerate(self.nb.cells):
            if cell.cell_type == "code" and not self.again:
                await self._cell(cell, index)

    def _stop(self, again: str = "") -> None:
        """The kernel is of no more use; with a reason, all is run once more."""
        self.dead = self.report.stopped = True
        self.again = "" if self.last else again
        self._kill("")

    async def _ready(self) -> None:
        """Until the kernel answers, on both channels."""
        self.kc = self.km.client()
        self.kc.context.setsockopt(zmq.MAXMSGSIZE, MESSAGE)
        self.kc.context.setsockopt(zmq.LINGER, 0)
        self.kc.start_channels(hb=False, stdin=False, control=False)
        while not self.monitors:
            self.kc.kernel_info()
            with suppress(Empty):
                await self.kc.get_shell_msg(timeout=1)
                await self.kc.get_iopub_msg(timeout=0.2)
                for channel in (self.kc.shell_channel, self.kc.iopub_channel):
                    lost = channel.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
                    self.monitors.append(lost)

    async def _cell(self, cell, index) -> None:
        cell.execution_count, cell.outputs = None, []
        if self.dead:
            self._not_run(cell)
        elif cell.source.strip():
            self.client.kept = 0
            try:
                await self._executed(cell, index)
            except Exception as error:  # what a hostile kernel may send back
                cell.outputs.append(failure(type(error).__name__, str(error)[:200]))
                self.report.note(f"{label(cell, index)}: {type(error).__name__}")

    async def _executed(self, cell, index) -> None:
        test = is_test(cell)
        code = seal(cell.source) if test else cell.source
        task = asyncio.ensure_future(self._execute(cell, index, code, not test))
        try:
            seconds = self.limits.cell_seconds + (OWN if test else 0)
            ended = await self._wait(task, seconds, self.limits.cell_wait)
            if ended in ("computed", "waited"):
                ended = await self._late(cell, index, task, ended)
            reply = task.result() if not ended else {}
        finally:
            task.cancel()
        if test:
            self._mark(cell, index, reply)
        if any(one.get("source") == "ask_exit" for one in reply.get("payload") or []):
            self.killed = self.killed or "exit() ends the kernel"
        if ended or self.killed:
            self._died(cell, index)

    # -- one request

    async def _execute(self, cell, index: int, code: str, keep: bool) -> dict:
        """Send code to the kernel; its reply, when all outputs have come too."""
        self.client.clear_before_next_output = False
        sent = self.kc.execute(
            code, store_history=keep, allow_stdin=False, stop_on_error=False
        )
        outputs = asyncio.ensure_future(self._outputs(sent, cell, index))
        try:
            reply = await self._answer(sent)
            begin = self.meter.waited
            while not outputs.done() and self.meter.waited - begin < 3 * _patience():
                await asyncio.wait({outputs}, timeout=POLL)
        finally:
            outputs.cancel()
        return reply

    async def _answer(self, sent: str) -> dict:
        while True:
            message = await self._message(self.kc.get_shell_msg)
            if message["parent_header"].get("msg_id") == sent:
                return message["content"]

    async def _outputs(self, sent: str, cell, index: int) -> None:
        while True:
            message = await self._message(self.kc.get_iopub_msg)
            if message["parent_header"].get("msg_id") == sent:
                try:
                    self.client.process_message(message, cell, index)
                except CellExecutionComplete:
                    return
                except Exception as error:  # an output as no kernel sends it
                    self.report.note(f"{label(cell, index)}: {type(error).__name__}")

    @staticmethod
    async def _message(get) -> dict:
        """The next message; those that are none, as of a forger, are passed over."""
        while True:
            try:
                message = await get(timeout=None)
                message["parent_header"].get, message["content"], message["msg_type"]
                return message
            except (ValueError, KeyError, TypeError, AttributeError):
                await asyncio.sleep(0)

    # -- points

    def _mark(self, cell, index: int, reply: dict) -> None:
        """Give a test exactly one number of points, or an error.

        nbgrader gives all points to a cell without a number, and none to one with a
        word on stderr.
        """
        kept = [o for o in cell.outputs if o.output_type not in ("execute_result",)]
        cell.outputs = [o for o in kept if o.output_type != "error"] if reply else kept
        for output in cell.outputs:
            if output.output_type == "stream":
                output.name = "stdout"
        if reply.get("undone") is True:
            self.report.note("the notebook changed the code that marks; undone")
        if reply.get("untrusted"):
            why = str(reply["untrusted"])[:200]
            self.report.see(f"{label(cell, index)}: {why}")
            if not why.startswith("the notebook"):
                why = f"the code that marks does not work after the notebook's: {why}"
            self._nothing(cell, why)
        elif reply.get("status") == "error":
            name, text = str(reply.get("ename")), str(reply.get("evalue"))
            cell.outputs.append(failure(name[:100], text))
        elif reply:
            self._points(cell, reply)

    def _points(self, cell, reply: dict) -> None:
        try:
            right = 0 <= float(reply["points"]) <= float(cell.metadata.nbgrader.points)
        except (KeyError, TypeError, ValueError):
            right = False
        if not right:
            text = "the cell gave no number of points"
            cell.outputs.append(failure("NotMarked", text))
            return
        number = {"text/plain": reply["points"]}
        count = cell.execution_count
        cell.outputs.append(
            nbformat.v4.new_output("execute_result", number, execution_count=count)
        )

    def _nothing(self, cell, text: str) -> None:
        cell.outputs = [failure("NotMarked", text)]
        self.report.note(text)

    # -- what ends early

    async def _late(self, cell, index: int, task, how: str) -> str:
        """Interrupt a cell; what ended the kernel, if it cannot be interrupted."""
        name, limits = label(cell, index), self.limits
        text = f"did not end within {limits.cell_seconds:g} s of processor time"
        if how == "waited":
            text = f"waited {limits.cell_wait:g} s for something that did not come"
            if not self.last:
                self._stop(f"{name} {text}")
                return "end"
        self.report.note(f"{name} {text}")
        why = "is there an endless loop?" if how == "computed" else "does it sleep?"
        late = failure("TimeLimit", f"the cell {text}; {why}")
        for _ in range(3):  # one may be swallowed by an `except` of the loop
            with suppress(Exception):
                await self.km.interrupt_kernel()
            how = await self._wait(task, 2, 2 * _patience())
            if how in ("", "end"):
                break
        cell.outputs.append(late)
        if how in ("computed", "waited"):
            self._kill("it could not be interrupted")
        return how

    def _died(self, cell, index: int) -> None:
        if self.again:
            return
        code = self.process.poll() if self.process is not None else None
        why = self.killed or _words(code)
        waited = self.meter.waited > self.limits.wait
        by_system = not self.killed and code in (-9, 128 + 9)
        self._stop(why if waited or by_system else "")
        self.report.note(f"stopped in {label(cell, index)}: {why}")
        cell.outputs.append(failure("Stopped", why))

    def _not_run(self, cell) -> None:
        if is_test(cell):
            text = "not run: the kernel had ended before, see the note at the top"
            cell.outputs = [failure("NotRun", text)]

    # -- limits

    async def _wait(self, task, seconds: float, wait: float) -> str:
        """Until a task is done: ``""``. Else what came before.

        ``"computed"`` or ``"waited"`` for so many seconds, or the kernel's ``"end"``.
        """
        begin = self.meter.computed, self.meter.waited
        while not task.done():
            await asyncio.wait({task}, timeout=POLL)
            if why := self._excess():
                self._kill(why)
            if task.done():
                break
            if any(one.getsockopt(zmq.EVENTS) & zmq.POLLIN for one in self.monitors):
                await self._lost()
            if self.killed or self.process.poll() is not None:
                await self._last_words(task)
                return "" if task.done() else "end"
            if self.meter.computed - begin[0] > seconds:
                return "computed"
            if self.meter.waited - begin[1] > wait:
                return "waited"
        return ""

    async def _lost(self) -> None:
        """A connection ended, with the kernel or because of too large a message."""
        for _ in range(50):
            if self.process.poll() is not None:
                return
            await asyncio.sleep(0.1)
        self._kill(f"it sent more than {MESSAGE / 2**20:g} MB at once")

    @staticmethod
    async def _last_words(task) -> None:
        """What a kernel sent before it ended is on its way."""
        for _ in range(5):
            await asyncio.wait({task}, timeout=0.1)

    def _excess(self) -> str:
        limits = self.limits
        if self.process is None:
            return ""
        pids = self._pids()
        self.meter.look(pids)
        if self.meter.computed > limits.seconds:
            return f"the notebook took more than {limits.seconds:g} s of processor time"
        if self.meter.waited > limits.wait:
            return f"the notebook waited more than {limits.wait:g} s"
        if self.client.total > FLOOD:
            return "it printed without end"
        return self._greed(pids) if sys.platform == "linux" else ""

    def _greed(self, pids: list[int]) -> str:
        limits = self.limits
        if len(pids) > limits.processes:
            return f"it started more than {limits.processes} processes"
        if self._too_much_memory(pids):
            return f"it used more than {limits.memory_mb} MB of memory"
        size, files = processes.folder(self.io, limits.files)
        if size > limits.file_mb:
            return f"it wrote more than {limits.file_mb} MB"
        files += processes.files_in_memory(pids[-1], limits.file_mb * 2**20)
        if files > limits.files:
            return f"it made more than {limits.files:,} files"
        return ""

    def _too_much_memory(self, pids: list[int]) -> bool:
        now, highest = self.memory.look(pids)
        if max(now, highest) <= self.limits.memory_mb:
            return False
        once = processes.shared_evenly_mb(pids) if len(pids) > 1 else None
        now = now if once is None else once
        return max(now, highest) > self.limits.memory_mb

    def _kill(self, why: str) -> None:
        self.killed = self.killed or why
        if self.process is not None:
            for pid in reversed(self._pids()):
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)

    async def end(self) -> None:
        for monitor in self.monitors:
            monitor.close(linger=0)
        with suppress(Exception):
            if self.kc is not None:
                self.kc.stop_channels()
        self._kill("")
        with suppress(Exception):
            self.process.wait(timeout=10)
        with suppress(Exception):
            await self.km.cleanup_resources()
        self.km.context.destroy(linger=0)


ENDED = {
    signal.SIGKILL: "the system killed the kernel, as where memory runs out",
    signal.SIGSEGV: "the kernel ended in a crash (segmentation fault)",
    signal.SIGABRT: "the kernel ended in a crash (abort)",
}


def _words(code: int | None) -> str:
    """How a kernel ended, from what its process returned."""
    number = -code if code and code < 0 else (code or 0) - 128
    if number == getattr(signal, "SIGXCPU", None):
        return "it took more processor time than a notebook may"
    return ENDED.get(number, "the kernel ended, as after os._exit() or a crash")
