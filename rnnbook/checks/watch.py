"""See what a function calls, in whatever way: for tasks that ask for NumPy alone.

A profile function looks at every call in the thread that runs the reader's function
and in the threads that this one starts, from the first call of the function until all
that it returned is made of plain arrays. Calls of the checks themselves are told apart
by the identity of their code, never by a name, which anyone may give to anything.

What no task needs is noted as well: taking the watch away, starting a process, a
thread that goes on, another value for a function of NumPy, of Python or of this
package, which is put back.
"""

import _thread
import builtins
import inspect
import math
import os
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from gc import get_referents
from operator import attrgetter, is_
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, NamedTuple

from rnnbook.checks import guard

try:
    import _posixsubprocess
except ImportError:  # Windows has another way
    _posixsubprocess = None

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_OWN = "rnnbook"
_PROCESS = "fork forkpty system posix_spawn posix_spawnp execv execve fork_exec"
_THREAD = "start_new_thread start_joinable_thread"
_START = threading.Thread.start.__code__
_THREE = attrgetter("__code__", "__defaults__", "__kwdefaults__")

# What a task has no use for, in the words of the page that goes back.
AWAY = "It takes away what watches its calls."
PROCESS = "It starts another program."
THREAD = "It starts a thread that goes on, or that cannot be watched."
BESIDE = "Another thread of the notebook runs beside it."
CHANGED = "It gives another value to {}."


def _builtins(names: str, *modules: Any) -> set[int]:
    """Functions in C by identity; they live as long as Python does."""
    found = (getattr(m, name, None) for m in modules for name in names.split())
    return {id(one) for one in found if one is not None}


_AWAY = _builtins("setprofile getprofile", sys)
_PROCESSES = _builtins(_PROCESS, os, _posixsubprocess)
_THREADS = _builtins(_THREAD, _thread)


def codes(function: Any) -> Iterator[CodeType]:
    """The code of a function and of all that is defined in it."""
    left = [getattr(inspect.unwrap(function), "__code__", None)] if function else []
    while left:
        code = left.pop()
        if isinstance(code, CodeType):
            yield code
            left += code.co_consts


def codes_of(module: ModuleType) -> Iterator[CodeType]:
    """The code of all functions and methods that a module defines."""
    for value in list(vars(module).values()):
        if getattr(value, "__module__", None) == module.__name__ and callable(value):
            of_class = isinstance(value, type)
            yield from codes_of_class(value) if of_class else codes(value)


def codes_of_class(kind: type) -> Iterator[CodeType]:
    """The code of its methods and properties."""
    for one in vars(kind).values():
        one = getattr(one, "fget", one)
        yield from codes(one) if callable(one) else ()


def _text(value: Any) -> str:
    """A name; whatever else stands in its place is none."""
    return value if type(value) is str else ""


def _module(frame: FrameType) -> str:
    return _text(dict.get(frame.f_globals, "__name__"))


def _root(frame: FrameType) -> str:
    """The library whose code a frame runs, also under another name."""
    ours = frame.f_code.co_filename.startswith(_HERE)
    return _OWN if ours else _module(frame).partition(".")[0]


def _genuine(frame: FrameType) -> bool:
    module = sys.modules.get(_module(frame))
    return module is not None and vars(module) is frame.f_globals


def _root_of(builtin: Any) -> str:
    """The library of a function in C."""
    owner = getattr(builtin, "__self__", None)
    kind = owner if isinstance(owner, type) else type(owner)
    name = _text(getattr(builtin, "__module__", None))
    name = name or _text(type.__getattribute__(kind, "__module__"))
    return name.partition(".")[0]


class Watch:
    """What one function calls while it is checked.

    ``with watch:`` goes around the whole run, ``with watch.inside:`` into its thread.
    When the run is over, all that was changed since the watch was made is put back.

    Parameters
    ----------
    forbidden : names of libraries
    own : code of the checks
        What this code calls of this code is the checks' own doing.

    Attributes
    ----------
    seen : set of str, the forbidden libraries that were called
    tricks : set of str, sentences about what no task needs
    """

    def __init__(self, forbidden: Iterable[str], own: Sequence[CodeType] = ()):
        self.forbidden = frozenset(forbidden)
        self.seen: set[str] = set()
        self.tricks: set[str] = set()
        self._kept = [*codes_of(guard), *codes_of(sys.modules[__name__]), *own]
        self._callers = {id(code) for code in self._kept}
        self._own = set(self._callers)
        # A print arrives at the checks' own end of it, and is no call of a library.
        self._handed_in = {id(code) for code in codes_of_class(guard._Quiet)}
        self._before = _bindings()
        self._hook = self._note
        self.inside = _Thread(self._hook, self.tricks)

    # -- functions

    def over(self, function: Callable) -> Callable:
        """The reader's function, so that what it is itself counts as called."""

        def boundary(*args):  # what is called from here is the reader's doing
            return function(*args)

        def call(*args):
            args = [self.handed_in(a) if callable(a) else a for a in args]
            return boundary(*args)

        call.__wrapped__ = function  # for its signature
        self._own.add(self._unique(boundary))
        return call

    def handed_in(self, function: Callable) -> Callable:
        """A function that the check hands in: what it calls is not the reader's."""

        def call(*args):
            return function(*args)

        call.__wrapped__ = function
        self._handed_in.add(self._unique(call))
        return call

    def _unique(self, function: FunctionType) -> int:
        """Give a wrapper a code that nobody else has; its identity."""
        function.__code__ = function.__code__.replace()
        self._kept.append(function.__code__)
        return id(function.__code__)

    # -- calls

    def _note(self, frame: FrameType, event: str, arg: Any) -> None:
        try:
            if event == "call":
                self._called(frame)
            elif event == "c_call":
                self._called_in_c(frame, arg)
        except Exception:  # an error would end the watch
            self.tricks.add(AWAY)

    def _called(self, frame: FrameType) -> None:
        code, up, root = id(frame.f_code), frame.f_back, _root(frame)
        if root not in self.forbidden or code in self._handed_in:
            return
        caller = id(up.f_code) if up is not None else 0
        own = code in self._own and caller in self._callers
        if not own and not self._excused(up):
            self.seen.add(root)

    def _called_in_c(self, frame: FrameType, function: Any) -> None:
        if id(frame.f_code) in self._callers:
            return
        which = id(function)
        if which in _AWAY:
            self.tricks.add(AWAY)
        elif which in _PROCESSES:
            self.tricks.add(PROCESS)
        elif which in _THREADS:
            seen = frame.f_code is _START and threading._profile_hook is self._hook
            self.tricks |= set() if seen else {THREAD}
        else:
            root = _root_of(function)
            if root in self.forbidden and not self._excused(frame):
                self.seen.add(root)

    def _excused(self, frame: FrameType | None) -> bool:
        """Whether a function that was handed in got here, through libraries alone."""
        libraries = self.forbidden | {"numpy", _OWN}
        while frame is not None:
            if id(frame.f_code) in self._handed_in:
                return True
            if _root(frame) not in libraries or not _genuine(frame):
                return False
            frame = frame.f_back
        return False

    # -- around the run

    def __enter__(self) -> "Watch":
        if guard.strangers():
            self.tricks.add(BESIDE)
        return self

    def __exit__(self, *error) -> None:
        self.inside.end()  # also where the thread could not be stopped
        if guard.strangers() and BESIDE not in self.tricks:
            self.tricks.add(THREAD)
        changed = _put_back(self._before)
        self.tricks |= {CHANGED.format(name) for name in changed}


class _Thread:
    """The part of a watch that is set in the thread of the function."""

    def __init__(self, hook: Callable, tricks: set[str]):
        self.hook, self.tricks = hook, tricks
        self.before: Callable | None = None
        self.open = False

    def __enter__(self) -> None:
        self.before, self.open = threading._profile_hook, True
        threading.setprofile(self.hook)  # in threads that this one starts
        sys.setprofile(self.hook)

    def __exit__(self, *error) -> None:
        hooks = sys.getprofile(), threading._profile_hook
        if any(one is not self.hook for one in hooks):
            self.tricks.add(AWAY)
        sys.setprofile(None)
        self.end()

    def end(self) -> None:
        if self.open:
            threading.setprofile(self.before)
            self.open = False


# ---- what functions are called


class Kept:
    """``with Kept() as kept:`` puts back what was changed within it.

    Attributes
    ----------
    changed : list of str, the names that had another value in the end
    """

    def __enter__(self) -> "Kept":
        self._before, self.changed = _bindings(), []
        return self

    def __exit__(self, *error) -> None:
        self.changed = _put_back(self._before)


def _spaces() -> Iterator[tuple[str, Any]]:
    """Modules and classes whose functions decide what is right, with their names."""
    yield from (("builtins", builtins), ("math", math), ("threading", threading))
    for name, module in list(sys.modules.items()):
        root = name.partition(".")[0]
        if root not in ("numpy", _OWN) or not isinstance(module, ModuleType):
            continue
        yield name, module
        for value in list(vars(module).values()) if root == _OWN else ():
            if isinstance(value, type) and _text(value.__module__) == name:
                yield f"{name}.{value.__name__}", value


class _Inside(NamedTuple):
    """What functions are made of: all that they refer to, and three things of each."""

    all: tuple
    three: tuple


class _Bound(NamedTuple):
    """What stands under the names of a module or a class, and our own functions."""

    name: str
    space: Any
    names: dict
    functions: list[FunctionType]
    inside: _Inside


_read: dict[str, _Inside] = {}  # by the name of a module or a class, as last seen


def _made_of(name: str, functions: list[FunctionType]) -> _Inside:
    """What our functions are made of now.

    A grader listens to every question for a function's code. So each function is asked
    only if something that it refers to is not what it was; that is one question for
    all of a module.
    """
    found, last = tuple(get_referents(*functions)), _read.get(name)
    if last is None or not _identical(found, last.all):
        _read[name] = _Inside(found, tuple(map(_THREE, functions)))
    return _read[name]


def _identical(some: Collection, others: Collection) -> bool:
    return len(some) == len(others) and all(map(is_, some, others))


def _bindings() -> list[_Bound]:
    """What stands under every name, and the code of our own functions."""
    found = []
    for name, space in _spaces():
        names = dict(vars(space))
        ours = names.values() if name.startswith(_OWN) else ()
        functions = [f for f in ours if isinstance(f, FunctionType)]
        inside = _made_of(name, functions)
        found.append(_Bound(name, space, names, functions, inside))
    return found


def _put_back(before: list[_Bound]) -> list[str]:
    """Undo what was changed since; the names that it was changed under."""
    changed = []
    for name, space, names, functions, inside in before:
        now = dict(vars(space))
        if not _same(names, now):
            changed += [
                f"{name}.{key}"
                for key in names | now
                if _restore(space, key, names, now)
            ]
        if not _identical(get_referents(*functions), inside.all):
            pairs = zip(functions, inside.three, strict=True)
            changed += [f"{name}.{f.__name__}" for f, was in pairs if _recode(f, was)]
    return sorted(set(changed))


def _same(names: dict, now: dict) -> bool:
    """Whether nothing was bound since: it is asked of thousands of names a check."""
    return [*names] == [*now] and _identical(names.values(), now.values())


def _restore(space: Any, key: str, names: dict, now: dict) -> bool:
    if key not in names:  # a module may get more names, a class of ours may not
        if isinstance(space, type):
            delattr(space, key)
        return isinstance(space, type)
    value = names[key]
    if now.get(key) is value or not (callable(value) or isinstance(space, type)):
        return False
    setattr(space, key, value)
    return True


def _recode(function: FunctionType, kept: tuple) -> bool:
    code, defaults, kwdefaults = kept
    if (
        function.__code__ is code
        and function.__defaults__ is defaults
        and function.__kwdefaults__ is kwdefaults
    ):
        return False
    function.__code__, function.__defaults__, function.__kwdefaults__ = kept
    return True
