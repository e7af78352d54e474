"""The kernel that runs a student's notebook; ``sandbox.py`` starts it in the sandbox.

A kernel of IPython, with three differences:

**A test is no cell.** The grader sends it as compiled code (``sealed.py``): its text
never enters this process, so that it stands in no history, no cache of lines, no event
and no transformer of cells. The points come back in the reply, past all that shows
values. What a hidden test defines is gone when it ends.

**The code that marks is new for each test**: ``rnnbook`` is loaded again from what the
grader compiled, and asked to mark something wrong. What it rests on, NumPy, builtins
and some modules of Python, is compared with what it was before the first cell, before
and after each test. If something differs, nothing is marked.

**It ends with the grader**, whose end closes a pipe.

The text of this file is an argument of the command line, in which ``jupyter_client``
replaces the words ``connection_file``, ``resource_dir`` and ``prefix`` in braces.
"""

import base64
import builtins
import contextlib
import gc
import importlib.machinery
import importlib.util
import io
import marshal
import os
import signal
import sys
import threading
import zlib
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

SEAL = "# a test, sealed by the grader: "
IN_THE_SANDBOX = "kernel in the sandbox"  # __name__ where this file is the program
OURS = "rnnbook"
# Of Python's modules that the code that marks uses, those that may well be changed.
LEFT_ALONE = frozenset(
    {"__future__", "logging", "os", "pathlib", "sys", "typing", "warnings"}
)
MAY_CHANGE = {
    "builtins": frozenset(  # IPython has its own
        {"_", "copyright", "credits", "display", "exit", "get_ipython", "help", "input"}
        | {"license", "quit"}
    ),
    "threading": frozenset({"excepthook"}),
}
# Parts of NumPy that the rest of it does not use.
ASIDE = tuple(
    f"numpy.{part}"
    for part in ("_pyinstaller", "_typing", "char", "ctypeslib", "f2py", "fft", "ma")
    + ("matrixlib", "polynomial", "rec", "strings", "testing", "typing")
)
# `np.bool = bool` and the like make old code run.
ALIASES = frozenset(map(id, (bool, int, float, complex, object, str)))
# How code comes by frames, and so by the variables of whoever called it.
LOOKS = frozenset(
    {"sys._getframe", "sys._current_frames", "sys._current_exceptions"}
    | {"gc.get_objects", "gc.get_referrers", "gc.get_referents"}
    | {"object.__getattr__", "sys.setprofile", "sys.settrace", "sys.addaudithook"}
    | {"ctypes.dlopen", "ctypes.dlsym"}
)
INSIDE = frozenset({"__code__", "__defaults__", "__kwdefaults__"})
# Values of our modules that hold nothing to be kept: no dict, and no object of ours.
PLAIN = frozenset({str, int, float, bool, tuple, list, set, frozenset, type(None)})
FRAMES = frozenset({"tb_frame", "gi_frame", "cr_frame", "ag_frame"})
GO_BETWEEN = (  # files and functions of Python that hand frames to their caller
    ("inspect.py", ()),
    (os.path.join("ctypes", "__init__.py"), ()),
    ("traceback.py", ("walk_stack", "walk_tb")),
    (os.path.join("logging", "__init__.py"), ("<lambda>", "currentframe")),
)
INSTALLED = tuple(
    os.path.abspath(path) + os.sep
    for path in {sys.prefix, sys.base_prefix, os.path.dirname(os.__file__)}
)


class Untrusted(Exception):
    """Nothing is marked; the message says why."""


# ---- loading rnnbook


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a module from code that is compiled already.

    A package finds the names of its modules here, as nothing that reads the disk can be
    trusted after a notebook has run.
    """

    code: CodeType
    modules: list[str]

    def get_code(self, fullname: str) -> CodeType:
        return self.code


class Finder:
    """Finds the modules of a package.

    Parameters
    ----------
    modules : tuple of (name, file, whether it is a package, code)
    """

    def __init__(self, modules: tuple):
        self.known = {one[0]: one[1:] for one in modules}
        self.parts: dict[str, list[str]] = {name: [] for name in self.known}
        for package, _, last in (name.rpartition(".") for name in self.known):
            if package:
                self.parts[package].append(last)

    def find_spec(self, name, path=None, target=None):
        if name not in self.known:
            return None
        file, is_package, code = self.known[name]
        loader = _Loader(name, file)
        loader.code = code
        loader.modules = self.parts[name]
        where = [os.path.dirname(file)] if is_package else None
        return importlib.util.spec_from_file_location(
            name, file, loader=loader, submodule_search_locations=where
        )


def _root(name: str) -> str:
    return name.partition(".")[0]


def _loaded(root: str) -> dict[str, ModuleType]:
    return {n: m for n, m in list(sys.modules.items()) if _root(n) == root}


# ---- what must not change


class Change(NamedTuple):
    """Something that is no longer what it was."""

    name: str  # such as "numpy.isclose"
    owner: Any  # the dict, class or function that it belongs to
    key: Any
    before: Any
    now: Any


class Record:
    """Functions and classes of some modules, as they are now.

    Parameters
    ----------
    modules : dict from a name in ``sys.modules`` to the module
    watch : Watch, which knows what was changed inside of functions
    """

    def __init__(self, modules: Mapping[str, ModuleType], watch: "Watch"):
        self.modules, self.watch = dict(modules), watch
        self.members: list[tuple[str, Any, Mapping, Any, Any]] = []
        self.functions: dict[int, str] = {}
        self.since = len(watch.rewritten)
        for name, module in self.modules.items():
            self._keep(name, vars(module), vars(module))
            for value in list(vars(module).values()):
                if isinstance(value, type) and value.__module__ == name:
                    self._keep(f"{name}.{value.__name__}", value, vars(value))

    def _keep(self, where: str, owner: Any, members: Mapping) -> None:
        ours, left_alone = where.startswith(OURS), MAY_CHANGE.get(where, ())
        for key, value in list(members.items()):
            if callable(value):
                if key not in left_alone:
                    self.members.append((where, owner, members, key, value))
                    self._keep_inside(where, value)
            elif ours and type(value) not in PLAIN:
                self._keep_ours(where, owner, members, key, value)

    def _keep_inside(self, where: str, value: Any) -> None:
        if type(value) is not FunctionType and not isinstance(value, type):
            value = getattr(value, "__wrapped__", None)  # as of NumPy's dispatchers
        if type(value) is FunctionType:
            self.functions[id(value)] = f"{where}.{value.__name__}"

    def _keep_ours(self, where: str, owner: Any, members: Mapping, key, value) -> None:
        """Such as the dict of all checks, to which more may be added, and a check."""
        inside = value if isinstance(value, dict) else None
        if hasattr(value, "__dataclass_fields__"):
            self.members.append((where, owner, members, key, value))
            inside = getattr(value, "__dict__", None)
        if inside and not str(key).startswith("__"):
            self._keep(f"{where}.{key}", inside, inside)

    def changes(self) -> list[Change]:
        found = []
        for name, module in self.modules.items():
            if sys.modules.get(name) is not module:
                now = sys.modules.get(name)
                found.append(Change(name, sys.modules, name, module, now))
        for where, owner, members, key, value in self.members:
            if members.get(key) is not value:
                now = members.get(key)
                found.append(Change(f"{where}.{key}", owner, key, value, now))
        return found + self._rewritten()

    def _rewritten(self) -> list[Change]:
        first: dict[tuple[int, str], Change] = {}
        for function, key, before in self.watch.rewritten[self.since :]:
            where, now = self.functions.get(id(function)), getattr(function, key)
            if where:
                change = Change(where, function, key, before, now)
                first.setdefault((id(function), key), change)
        return [one for one in first.values() if one.now is not one.before]


def _put(owner: Any, key: Any, value: Any) -> None:
    """Make ``value`` what ``owner`` has; None stands for nothing in a dict."""
    if not isinstance(owner, dict):
        setattr(owner, key, value)
    elif value is None:
        owner.pop(key, None)
    else:
        owner[key] = value


def rests_on(own: Mapping[str, ModuleType]) -> dict[str, ModuleType]:
    """NumPy, builtins, and what some modules use of Python's own."""
    names = {"builtins", "importlib", "importlib.machinery", "threading"}
    names |= {"_frozen_importlib", "_frozen_importlib_external"}
    for name, module in own.items():
        if not name.startswith(f"{OURS}.data"):  # which reads files and marks nothing
            for value in list(vars(module).values()):
                names.add(_module_of(value))
    kept = sys.stdlib_module_names - LEFT_ALONE
    python = {n: m for n, m in sys.modules.items() if n in names and _root(n) in kept}
    numpy = {n: m for n, m in _loaded("numpy").items() if not n.startswith(ASIDE)}
    return python | numpy


def _module_of(value: Any) -> str:
    if isinstance(value, ModuleType):
        return value.__name__
    return str(getattr(value, "__module__", None))


# ---- who looks into the program that marks


class Watch:
    """Notices code of the notebook that reaches for frames while it is marked.

    And, at any time, whatever is changed inside of a function.

    Attributes
    ----------
    ours : folder of the package that marks
    rewritten : list of (function, attribute, what it was before), in order
    """

    def __init__(self):
        self.ours = "<"
        self.rewritten: list[tuple[FunctionType, str, Any]] = []
        self.on = self.inside = self.seen = False
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple) -> None:
        if event == "object.__setattr__" and type(args[0]) is FunctionType:
            self._rewrites(*args[:2])
        if not self.on or event not in LOOKS or self.inside:
            return
        if event == "object.__getattr__" and args[1] not in FRAMES:
            return
        self.inside = True
        try:
            self.seen = self.seen or self._is_of_notebook(sys._getframe(1))
        finally:
            self.inside = False

    def _rewrites(self, function: Any, key: str) -> None:
        """Keep what a function of a module was; there are many inner ones."""
        if key in INSIDE and "<locals>" not in function.__qualname__:
            self.rewritten.append((function, key, getattr(function, key)))

    def _is_of_notebook(self, frame: Any) -> bool:
        """Whether a frame is of a cell, or of a module that hands frames to a cell."""
        while frame and _hands_on(frame.f_code):
            frame = frame.f_back
        return not (frame and self.is_installed(frame.f_code))

    def is_installed(self, code: CodeType | None) -> bool:
        """Whether code comes from a file that was there before the notebook."""
        known = *INSTALLED, self.ours, "<frozen", "<test", "<__array"
        return code is not None and code.co_filename.startswith(known)

    @contextlib.contextmanager
    def looking(self) -> Iterator[None]:
        self.on, self.seen = True, False
        try:
            yield
        finally:
            self.on = False
        if self.seen:
            raise Untrusted("the notebook's code looked into the program that marks")


def _hands_on(code: CodeType) -> bool:
    return any(
        code.co_filename.endswith(file) and (not names or code.co_name in names)
        for file, names in GO_BETWEEN
    )


# ---- a test


def unseal(text: str) -> tuple[list[tuple[bool, bool, CodeType]], list[str]]:
    """Pieces of a test (hidden, whether its value counts, code) and its checks."""
    packed = base64.b64decode(text.removeprefix(SEAL))
    return marshal.loads(zlib.decompress(packed))


class Marker:
    """Runs tests, each with code that marks as the grader compiled it.

    Parameters
    ----------
    modules : what :class:`Finder` takes
    """

    def __init__(self, modules: tuple):
        self.modules = modules
        self.watch = Watch()
        self.finders = [Finder(modules), *sys.meta_path]
        sys.meta_path[:] = self.finders
        __import__(f"{OURS}.grading")
        own = _loaded(OURS)
        self.watch.ours = os.path.dirname(own[OURS].__file__) + os.sep
        self.watch.rewritten.clear()
        self.own = Record(own, self.watch)
        self.outside = Record(rests_on(own), self.watch)
        self.paths = list(sys.path), list(sys.path_hooks)
        self.student = {k: v for k, v in os.environ.items() if k.startswith("RNNBOOK")}

    def run(self, sealed: str, shared: dict) -> dict[str, Any]:
        """Run a test among the notebook's names; what the reply tells the grader."""
        reply: dict[str, Any] = {"status": "ok", "points": None, "untrusted": None}
        self.undone = bool(self.own.changes())
        try:
            reply["points"] = _number(self._value(*unseal(sealed), shared))
        except Untrusted as error:
            reply["untrusted"] = str(error)
        except BaseException as error:  # exit() and an interrupt too
            reply |= {"status": "error", "ename": type(error).__name__}
            reply["evalue"] = _text(error)
        _close_figures()
        return reply | {"undone": self.undone}

    def _value(self, pieces, names: list[str], shared: dict) -> Any:
        """The value of the last expression; hidden pieces leave no name behind."""
        value, hidden = None, None
        with contextlib.ExitStack() as marking:
            for is_hidden, counts, code in pieces:
                shared["__builtins__"] = builtins
                if is_hidden and hidden is None:
                    marking.enter_context(self._marking(names))
                    hidden = dict(shared)
                space = hidden if is_hidden else shared
                value = eval(code, space) if counts else exec(code, space)
        return value

    @contextlib.contextmanager
    def _marking(self, names: list[str]) -> Iterator[None]:
        """While it lasts, the code that marks is as the grader has it."""
        _nobody_interferes()
        with self._undone(), self._as_at_first(), self._fresh() as grading:
            fresh = Record(_loaded(OURS), self.watch)
            _must_refuse(grading, names)
            with self.watch.looking():
                yield
            for one in (self.outside, fresh):
                if changes := one.changes():
                    raise Untrusted(f"`{changes[0].name}` was changed while it ran")

    @contextlib.contextmanager
    def _undone(self) -> Iterator[None]:
        """What libraries changed in Python is as it was; NumPy must not be changed."""
        changes = self.outside.changes()
        for one in changes:
            if self._is_meant(one):
                if one.name.startswith(("numpy", "builtins")):
                    raise Untrusted(f"`{one.name}` was changed")
                self.undone = True
        try:
            for one in changes:
                _put(one.owner, one.key, one.before)
            yield
        finally:
            for one in changes:
                _put(one.owner, one.key, one.now)

    def _is_meant(self, change: Change) -> bool:
        """Whether the notebook changed it, and to no mere alias."""
        code = getattr(change.now, "__code__", None)
        alias = change.name.startswith("numpy.") and id(change.now) in ALIASES
        return not alias and not self.watch.is_installed(code)

    @contextlib.contextmanager
    def _as_at_first(self) -> Iterator[None]:
        """Where modules are found, where output goes, and whose work it is."""
        names = "meta_path", "path", "path_hooks"
        before = {name: getattr(sys, name) for name in names}
        values = [Finder(self.modules), *self.finders[1:]], *map(list, self.paths)
        os.environ.update(self.student)
        try:
            for name, value in zip(names, values, strict=True):
                setattr(sys, name, value)
            yield
        finally:
            for name, value in before.items():
                setattr(sys, name, value)

    @contextlib.contextmanager
    def _fresh(self) -> Iterator[ModuleType]:
        """``rnnbook.grading``, loaded anew; the notebook gets its own back."""
        own = _loaded(OURS)
        try:
            for name in own:
                del sys.modules[name]
            __import__(f"{OURS}.grading")
            yield sys.modules[f"{OURS}.grading"]
        finally:
            for name in _loaded(OURS):
                del sys.modules[name]
            sys.modules.update(own)
            known = self.own.functions.keys() | self.outside.functions.keys()
            kept = [one for one in self.watch.rewritten if id(one[0]) in known]
            self.watch.rewritten[:] = kept


def _must_refuse(grading: ModuleType, names: list[str]) -> None:
    """The code that marks gives nothing for something wrong, by these checks."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            points = grading.canary(*names)
    except Exception as error:
        raise Untrusted(f"{type(error).__name__} where it marks") from None
    if type(points) is not float or points != 0:
        raise Untrusted("it gives points for something wrong")


def _nobody_interferes() -> None:
    """No code of the notebook is called while the test runs, but what is marked."""
    for off in (sys.settrace, sys.setprofile, threading.settrace, threading.setprofile):
        off(None)
    for name in ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF"):
        signal.setitimer(getattr(signal, name), 0)
    for number in signal.valid_signals() - {signal.SIGINT}:
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_IGN)
    gc.callbacks.clear()
    if hasattr(sys, "monitoring"):  # from Python 3.12 on
        for tool in range(6):
            if sys.monitoring.get_tool(tool):
                sys.monitoring.set_events(tool, 0)


def _number(value: Any) -> str | None:
    if isinstance(value, bool | str | bytes):
        return None
    try:
        return format(float(value), ".10g")
    except (TypeError, ValueError):
        return None


def _text(error: BaseException) -> str:
    try:
        return str(error)[:2000]
    except Exception:
        return ""


def _close_figures() -> None:
    """What the code that is marked drew is not shown with the next cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    with contextlib.suppress(Exception):
        if pyplot is not None:
            pyplot.close("all")


# ---- the kernel


def _end_with(pipe: int) -> None:
    """End when the other end of the pipe is closed, as it is when the grader ends."""
    with contextlib.suppress(OSError):
        if not os.read(pipe, 1):
            os.kill(0, signal.SIGKILL)


def main(arguments: list[str]) -> None:
    """Start the kernel: a pipe, a file with what is compiled, and IPython's options."""
    pipe, package, *options = arguments
    threading.Thread(target=_end_with, args=(int(pipe),), daemon=True).start()
    sys.modules["debugpy"] = None  # no debugger is asked for, and to load it takes long
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelapp import IPKernelApp

    with open(package, "rb") as file:
        modules = marshal.load(file)

    class Kernel(IPythonKernel):
        async def do_execute(self, code, *args, **kwargs):
            if not code.startswith(SEAL):
                return await super().do_execute(code, *args, **kwargs)
            self.shell.execution_count += 1
            reply = marker.run(code, self.shell.user_ns)
            payload = self.shell.payload_manager
            reply |= {"user_expressions": {}, "payload": payload.read_payload()}
            payload.clear_payload()
            return reply | {"execution_count": self.shell.execution_count - 1}

    app = IPKernelApp.instance(kernel_class=Kernel)
    app.initialize(options)
    del sys.modules["debugpy"]
    os.environ["RNNBOOK_FROZEN"] = "1"  # so that the checks need not ask
    marker = Marker(modules)
    gc.freeze()  # what is here stays: no search for garbage goes through it again
    app.start()


if __name__ == IN_THE_SANDBOX:
    main(sys.argv[1:])
