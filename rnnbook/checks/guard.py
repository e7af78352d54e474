"""Run what a beginner wrote: with a time limit, silently, and whatever it raises.

Everything runs in one thread of its own. That is the one way to stop an endless loop
that works on every system and in a kernel, whose main thread and signals belong to
Jupyter: an exception is raised *in* the thread. What cannot be stopped so, a single
call into C that never returns, is left behind with a word of advice.
"""

import ctypes
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
from typing import Any, NamedTuple

import numpy as np

SECONDS = 1.0  # for all calls of one check
STACK = 64 * 2**20  # bytes; a thread's usual stack is too small for deep recursion
KEPT = 2000  # characters of what is printed


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
    """Time was up; ``stopped`` is False if the loop goes on in the background."""

    place: Place | None
    stopped: bool


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


def _attempt(job: Callable[[], Any]) -> Any:
    try:
        with np.errstate(all="ignore"):
            return job()
    except (TimeUp, Unreadable):
        raise
    except BaseException as error:  # sys.exit and KeyboardInterrupt too
        return _words(error)


def _work(jobs, done: list, quiet: list) -> None:
    for one in quiet:
        one.thread = threading.get_ident()
    try:
        for job in jobs:
            try:
                done.append(_attempt(job))
            except Unreadable as error:  # the other cases would say the same
                done.extend([error] * (len(jobs) - len(done)))
                return
    except TimeUp:
        pass


def _stop(thread: threading.Thread, seconds: float = 0.3) -> bool:
    """Raise TimeUp in the thread until it ends; its code may catch the first ones."""
    end = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < end:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(TimeUp)
        )
        thread.join(0.01)
    return not thread.is_alive()


def _where(thread: threading.Thread) -> Place | None:
    frame = sys._current_frames().get(thread.ident)
    stack = [] if frame is None else list(traceback.walk_stack(frame))
    return _place(reversed(stack))


_ONE_AT_A_TIME = threading.Lock()  # sys.stdout is one for all


def run(jobs: list[Callable[[], Any]], seconds: float = SECONDS):
    """Run jobs in order, in one thread.

    Returns
    -------
    results : list
        For each job what it returned, or :class:`Raised`, or :class:`Unreadable`. If
        the time is up the last one is :class:`Late` and the list is shorter.
    printed : (text, lines)
    """
    done: list = []
    with _ONE_AT_A_TIME:
        quiet = [_Quiet(sys.stdout), _Quiet(sys.stderr)]
        size = threading.stack_size(STACK)
        try:
            thread = threading.Thread(
                target=_work, args=(jobs, done, quiet), daemon=True
            )
            sys.stdout, sys.stderr = quiet
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                thread.start()
                thread.join(seconds)
                if thread.is_alive():
                    late = Late(_where(thread), _stop(thread))
                    done = [*done[: len(jobs) - 1], late]
        except BaseException:  # the reader interrupts the kernel
            _stop(thread)
            raise
        finally:
            threading.stack_size(size)
            for name, one in zip(("stdout", "stderr"), quiet, strict=True):
                if getattr(sys, name) is one:
                    setattr(sys, name, one.outer)
    if not (done and isinstance(done[-1], Late)):  # where the thread itself broke
        done += [Raised("MemoryError", "", None)] * (len(jobs) - len(done))
    return done, (quiet[0].text, quiet[0].lines)


def arity(function: Callable) -> inspect.Signature | None:
    """The signature, or None where Python does not know it (some builtins)."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None
