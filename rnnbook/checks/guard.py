"""Run what a beginner wrote: with a time limit, silently, and whatever it raises.

Everything runs in one thread of its own. That is the one way to stop an endless loop
that works on every system and in a kernel, whose main thread and signals belong to
Jupyter: an exception is raised *in* the thread. What cannot be stopped so, a single
call into C that never returns, is left behind with a word of advice.

The limit counts the processor time of that thread, without what importing takes: a
right answer is right on a busy machine too. The clock on the wall ends only what waits
for something, and much later. What it ended is tried once more before it counts, and so
is what was at work in a library, whose first call may be slow. Nor does the reader pay
for what the garbage collector finds in the rest of her notebook.

Where no thread can be started, as in a browser, everything runs in the calling thread,
without a limit; one line says so, once.
"""

import ctypes
import dis
import functools
import inspect
import linecache
import os
import sys
import sysconfig
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import (
    AbstractContextManager,
    contextmanager,
    nullcontext,
    suppress,
)
from gc import freeze, get_freeze_count, unfreeze
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

SECONDS = 1.0  # of processor time, for all calls of one check
PATIENCE = 20  # so many times as long may pass on the wall clock,
LONGEST = 60.0  # but no more seconds than these
POLL = 0.02  # seconds between two looks at the clock
STACK = 64 * 2**20  # bytes; a thread's usual stack is too small for deep recursion
KEPT = 2000  # characters of what is printed
FROZEN = "RNNBOOK_FROZEN"  # set where something is frozen for good


class Place(NamedTuple):
    """A line in the reader's own code."""

    number: int
    text: str
    function: str


class Raised(NamedTuple):
    """An exception, in words."""

    kind: str
    text: str
    place: Place | None


class Late(NamedTuple):
    """Time was up; ``stopped`` is False if the loop goes on in the background.

    ``sure`` is False where only the wall clock, or the processor time of the whole
    process, said so, and where a library was at work: its first call may take long.
    """

    place: Place | None
    stopped: bool
    sure: bool = True


class Unreadable(Exception):
    """A return value that is not what was asked for; the message says why."""


class TimeUp(BaseException):
    """Raised in the reader's code when its time is up."""


class _Quiet:
    """Keeps what one thread writes; what others write goes on to where it went."""

    def __init__(self, outer):
        self.outer, self.thread, self.text, self.lines = outer, None, "", 0

    def write(self, text):
        if threading.get_ident() != self.thread:
            return self.outer.write(text)
        self.text += text[: KEPT - len(self.text)]
        self.lines += text.count("\n")
        return len(text)

    def flush(self):
        if threading.get_ident() != self.thread:
            self.outer.flush()

    def __getattr__(self, name):
        return getattr(self.outer, name)


def _libraries() -> tuple[str, ...]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    paths = {sysconfig.get_path(name) for name in names}
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return tuple(os.path.normcase(p) + os.sep for p in (*paths, own) if p)


_LIBRARIES = _libraries()


def _is_readers(filename: str) -> bool:
    if filename.startswith(("<frozen", "<__array")):
        return False
    if filename.endswith((".pyx", ".pxd", ".pxi")):  # compiled, with a path of its own
        return False
    return not os.path.normcase(os.path.abspath(filename)).startswith(_LIBRARIES)


def _place(frames) -> Place | None:
    """The innermost of ``(frame, line)`` that the reader wrote."""
    found = None
    for frame, number in frames:
        code = frame.f_code
        if _is_readers(code.co_filename):
            text = linecache.getline(code.co_filename, number, frame.f_globals)
            found = Place(number, text.strip()[:200], code.co_name)
    return found


def _words(error: BaseException) -> Raised:
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""
    text = text if len(text) <= 200 else text[:200] + " ..."
    place = _place(traceback.walk_tb(error.__traceback__))
    return Raised(type(error).__name__, text, place)


class _Clock:
    """The processor time that a thread has used, without what its imports took.

    Where the system has no clock for a thread, that of the process stands in.
    """

    def __init__(self):
        self.thread: int | None = None
        self.exact = hasattr(time, "pthread_getcpuclockid")
        self.used = 0.0

    def start(self) -> None:
        """To be called in the thread: of one that has ended nobody may ask."""
        own = time.pthread_getcpuclockid(threading.get_ident()) if self.exact else None
        self._now = time.process_time if own is None else lambda: _cpu(own)
        self._last = self._now()
        self.thread = threading.get_ident()

    def look(self) -> float:
        """Seconds used so far; to be asked often."""
        if self.thread is not None:
            now = self._now()
            if not _imports(self.thread):
                self.used += max(0.0, now - self._last)
            self._last = now
        return self.used


def _cpu(clock: int) -> float:
    try:
        return time.clock_gettime(clock)
    except OSError:  # the thread has just ended
        return 0.0


def _stack(thread: int | None) -> list:
    """The frames of a thread, the innermost first."""
    frame = sys._current_frames().get(thread)
    return [] if frame is None else [f for f, _ in traceback.walk_stack(frame)]


def _imports(thread: int) -> bool:
    """Whether a thread is importing a module just now."""
    files = {frame.f_code.co_filename for frame in _stack(thread)}
    return "<frozen importlib._bootstrap>" in files


def _work(jobs, done: list, quiet: list, clock: _Clock, around) -> None:
    clock.start()
    for one in quiet:
        one.thread = threading.get_ident()
    with suppress(TimeUp), suppress(TimeUp), around:  # one may come while one leaves
        for job in jobs:
            done.append(_attempt(job))


def _attempt(job: Callable[[], Any]) -> Any:
    try:
        with np.errstate(all="ignore"):
            return job()
    except TimeUp:
        raise
    except Unreadable as error:
        return error
    except BaseException as error:  # sys.exit and KeyboardInterrupt too
        return _words(error)


def _stop(thread: threading.Thread, clock: _Clock) -> bool:
    """Raise TimeUp in the thread until it ends; its code may catch the first ones."""
    end, enough = time.monotonic() + 2, clock.look() + 0.3
    while thread.is_alive() and time.monotonic() < end and clock.look() < enough:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(TimeUp)
        )
        thread.join(0.01)
    return not thread.is_alive()


def _where(thread: int | None) -> Place | None:
    return _place((f, f.f_lineno) for f in reversed(_stack(thread)))


def _queued(thread: threading.Thread) -> float:
    """Seconds that a thread has stood in line for a processor, where Linux says so."""
    try:
        path = f"/proc/self/task/{thread.native_id}/schedstat"
        with open(path, encoding="ascii") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def _in_a_library(thread: int | None) -> bool:
    """Whether a thread is at work in code that the reader did not write."""
    frames = _stack(thread)
    return bool(frames) and not _is_readers(frames[0].f_code.co_filename)


def _wait(thread: threading.Thread, clock: _Clock, seconds: float) -> Late | None:
    """Until the thread ends, or until its time is up."""
    end = time.monotonic() + min(PATIENCE * seconds, LONGEST)
    while thread.is_alive():
        thread.join(POLL)
        busy = clock.look() > seconds
        if thread.is_alive() and (busy or time.monotonic() - _queued(thread) > end):
            place = _where(thread.ident)
            sure = busy and clock.exact and not _in_a_library(thread.ident)
            return Late(place, _stop(thread, clock), sure)
    return None


def _inline(jobs, done: list, quiet: list) -> None:
    """The work, in the calling thread: nobody is there to stop it."""
    for one in quiet:
        one.thread = threading.get_ident()
    done.extend(map(_attempt, jobs))


NO_THREAD = (
    "No thread can be started here, so checks run without a time limit: "
    "interrupt or reload what does not end."
)
_said: list[str] = []


def _say_once(line: str) -> None:
    if line not in _said:
        _said.append(line)
        print(line)


_NOTHING = nullcontext()
_ONE_AT_A_TIME = threading.Lock()  # sys.stdout is one for all
_LEFT_BEHIND: list[threading.Thread] = []  # those that could not be stopped


def run(
    jobs: list[Callable[[], Any]],
    seconds: float = SECONDS,
    around: AbstractContextManager = _NOTHING,
):
    """Run jobs in order, in one thread.

    Parameters
    ----------
    jobs : list of functions without arguments
    seconds : float, of processor time, for all of them
    around : context
        Entered in the thread, before the first job; perhaps a second time.

    Returns
    -------
    results : list
        For each job what it returned, or :class:`Raised`, or :class:`Unreadable`. If
        the time is up the last one is :class:`Late` and the list is shorter.
    printed : (text, lines)
    """
    done, printed = _once(jobs, seconds, around)
    late = done[-1] if done else None
    if isinstance(late, Late) and late.stopped and not late.sure:
        return _once(jobs, seconds, around)  # the machine may have been busy, or cold
    return done, printed


def _started(thread: threading.Thread) -> bool:
    """Start it with a large stack; False where the system has no threads at all."""
    size = None
    with suppress(RuntimeError, ValueError):  # of another size, where it has only one
        size = threading.stack_size(STACK)
    try:
        thread.start()
    except RuntimeError:
        return False
    finally:
        if size is not None:
            threading.stack_size(size)
    return True


@functools.cache
def _frozen_by_others() -> bool:
    """Asked once: the answer takes a walk through all that is frozen.

    A grader, in whose kernel this is loaded anew for each test, spares us the walk.
    """
    return FROZEN in os.environ or get_freeze_count() > 0


@contextmanager
def _without_old_garbage():
    """Collections look at what is made inside only; a full heap would take seconds."""
    ours = not _frozen_by_others()
    if ours:
        freeze()
    try:
        yield
    finally:
        if ours:
            unfreeze()


def _once(jobs, seconds: float, around):
    done: list = []
    late = None
    with _ONE_AT_A_TIME:
        quiet = [_Quiet(sys.stdout), _Quiet(sys.stderr)]
        clock = _Clock()
        args = jobs, done, quiet, clock, around
        thread = threading.Thread(target=_work, args=args, daemon=True)
        try:
            sys.stdout, sys.stderr = quiet
            with warnings.catch_warnings(), _without_old_garbage():
                warnings.simplefilter("ignore")
                if started := _started(thread):
                    late = _wait(thread, clock, seconds)
                elif isinstance(around, nullcontext):
                    _inline(jobs, done, quiet)
                else:  # a grader's watch sees only what has a thread of its own
                    raise RuntimeError("no thread can be started: nothing is graded")
        except BaseException:  # the reader interrupts the kernel
            if thread.is_alive():
                _stop(thread, clock)
            raise
        finally:
            for name, one in zip(("stdout", "stderr"), quiet, strict=True):
                if getattr(sys, name) is one:
                    setattr(sys, name, one.outer)
    if not started:
        _say_once(NO_THREAD)
    if late:
        _LEFT_BEHIND.extend([] if late.stopped else [thread])
        return [*done[: len(jobs) - 1], late], (quiet[0].text, quiet[0].lines)
    # where the thread itself broke
    done += [Raised("MemoryError", "", None)] * (len(jobs) - len(done))
    return done, (quiet[0].text, quiet[0].lines)


def strangers() -> list[Place]:
    """Where the reader's code runs in threads other than the main one and ours."""
    _LEFT_BEHIND[:] = [thread for thread in _LEFT_BEHIND if thread.is_alive()]
    ours = {threading.get_ident(), threading.main_thread().ident}
    ours |= {thread.ident for thread in _LEFT_BEHIND}
    found = [_where(ident) for ident in sys._current_frames() if ident not in ours]
    return [place for place in found if place is not None]


# ---- what can be seen of a function without running it


def _written(function: Any) -> FunctionType | None:
    """The function that the reader wrote: also behind a wrapper, a method, a part."""
    with suppress(Exception):  # an object may answer anything when it is asked
        for _ in range(9):
            function = inspect.unwrap(function)
            if type(function) is FunctionType:
                return function
            inner = (getattr(function, name, None) for name in ("func", "__func__"))
            function = next(f for f in inner if callable(f))
    return None


def ignores(function: Any) -> bool:
    """Whether a function reads none of its arguments; False where it is not known."""
    written = _written(function)
    if written is None:
        return False
    code = written.__code__
    many = code.co_argcount + code.co_kwonlyargcount
    many += bool(code.co_flags & inspect.CO_VARARGS)
    many += bool(code.co_flags & inspect.CO_VARKEYWORDS)
    given = set(code.co_varnames[:many])
    if {"locals", "eval", "exec", "vars"} & set(code.co_names):
        return False
    read = set(code.co_cellvars)
    for one in dis.get_instructions(code):
        if one.opname.startswith("LOAD_FAST"):
            read |= set(one.argval if isinstance(one.argval, tuple) else [one.argval])
    return not given & read


def name_of(function: Any) -> str:
    """What a reader calls a function; dots for one without a name."""
    written = _written(function)
    name = "" if written is None else written.__code__.co_name
    return name if name.isidentifier() else "..."


def as_class(function: Any) -> type | None:
    """The class, where one was handed in and no function."""
    with suppress(Exception):  # an object may answer anything when it is asked
        inner = inspect.unwrap(function)
        return inner if issubclass(type(inner), type) else None
    return None


def class_name(one: type) -> str:
    return type.__getattribute__(one, "__name__")[:60]


def makes_callables(one: type) -> bool:
    """Whether the instances of a class can be called as functions."""
    mro = type.__getattribute__(one, "__mro__")
    return any("__call__" in type.__getattribute__(base, "__dict__") for base in mro)


def arity(function: Callable) -> inspect.Signature | None:
    """The signature, or None where Python does not know it (some builtins)."""
    try:
        return inspect.signature(function)
    except Exception:  # an object may answer anything when it is asked
        return None
