"""The part of the live cells that is Python: it runs in the browser, in a worker.

``run`` gets what stands above a cell and what the reader wrote, runs both in a space of
their own, and returns what was printed, shown and drawn, the answer of a check and its
state, or the reader's own lines of a traceback; all as JSON.
"""

import ast
import importlib.util
import io
import json
import linecache
import os
import re
import sys
import traceback
import types
from contextlib import redirect_stderr, redirect_stdout

HERS = "<your cell>"
LIMIT = 20_000  # characters of what a cell prints or shows
NO_FILES = (
    "Pages cannot download: data sets are read in an installation of the course "
    "(the start page says how)."
)


def bridge() -> None:
    """Stand-ins for two modules that the course imports and browsers may lack."""
    os.environ["MPLBACKEND"] = "agg"  # a worker has no window to draw in
    try:
        import lzma
    except ImportError:
        lzma = types.ModuleType("lzma")
        lzma.LZMAError = type("LZMAError", (Exception,), {})
        lzma.LZMAFile = type("LZMAFile", (), {"__init__": _refuse})
        lzma.open = lzma.decompress = lzma.compress = _refuse
        sys.modules["lzma"] = lzma
    if importlib.util.find_spec("pooch") is None:
        pooch = types.ModuleType("pooch")
        pooch.os_cache = lambda name: f"/tmp/{name}"
        pooch.__getattr__ = _missing
        pooch.__spec__ = None
        sys.modules["pooch"] = pooch


def _refuse(*args, **kwargs):
    raise OSError(NO_FILES)


def _missing(name: str):
    if name.startswith("__"):
        raise AttributeError(name)
    return _refuse


def quiet_guard() -> None:
    """The page has a limit of its own: no line about threads."""
    from rnnbook.checks import guard

    if guard.NO_THREAD not in guard._said:
        guard._said.append(guard.NO_THREAD)


class _Told(Exception):
    """What has to be said in place of the outputs."""


def run(before: str, source: str, check: str = "") -> str:
    """Run ``[[cell, source], ...]``, then the reader's source, then the check."""
    import numpy as np

    np.set_printoptions(legacy="1.25", precision=4)  # as plots.use_style() does
    from rnnbook.checks import check as checks
    from rnnbook.questions import ask

    space = {"__name__": "__main__", "check": checks, "ask": ask}
    shown: list[dict] = []
    printed = io.StringIO()
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            for cell, text in json.loads(before):
                _execute(text, f"<cell {cell}>", space)
                _style()
            _close()
        space["display"] = lambda *values: shown.extend(map(_shown, values))
        with redirect_stdout(printed), redirect_stderr(printed):
            if "matplotlib" in source:  # so that her first figure has the style too
                importlib.import_module("matplotlib.pyplot")
            _style()
            value = _execute(source, HERS, space)
            if value is not None:
                shown.append(_shown(value))
            shown += _figures()
            if check:
                quiet_guard()
                value = _execute(check, "<check>", space)
                if value is not None:
                    shown.append(_shown(value))
    except BaseException as error:
        if name := _absent(error):
            return json.dumps({"missing": name})
        shown.append({"kind": "error", **_error(error)})
        _close()
    text = printed.getvalue()
    if text:
        more = "\n..." if len(text) > LIMIT else ""
        shown.insert(0, {"kind": "text", "text": text[:LIMIT].rstrip("\n") + more})
    return json.dumps({"shown": shown})


def _execute(source: str, filename: str, space: dict):
    """Run a cell; the value of its last expression, as in a notebook."""
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = len(source), None, lines, filename
    body = ast.parse(source, filename).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), filename, "exec"), space)
    if last is None:
        return None
    value = eval(compile(ast.Expression(last.value), filename, "eval"), space)
    return None if source.rstrip().endswith(";") else value


def _absent(error: BaseException) -> str:
    """The module that an import did not find; the page may have its package."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return error.name.partition(".")[0]
    return ""


def _style() -> None:
    """As the first cell of each page does, once somebody has imported Matplotlib."""
    if "matplotlib.pyplot" in sys.modules and not _style.__dict__.get("done"):
        import matplotlib

        matplotlib.use("agg")
        from rnnbook import plots

        plots.use_style()
        matplotlib.pyplot.show = lambda *args, **kwargs: None
        _style.__dict__["done"] = True


def _close() -> None:
    if plt := sys.modules.get("matplotlib.pyplot"):
        plt.close("all")


def _figures() -> list[dict]:
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is None:
        return []
    found = []
    for number in plt.get_fignums():
        file = io.StringIO()
        plt.figure(number).savefig(file, format="svg")
        found.append({"kind": "figure", "svg": file.getvalue()})
    _close()
    return found


def _shown(value) -> dict:
    if hasattr(value, "_repr_markdown_"):
        text = value._repr_markdown_()
        return {"kind": "answer", "state": state(text), "markdown": text}
    if hasattr(value, "_repr_html_") and hasattr(value, "columns"):
        return {"kind": "table", "html": value._repr_html_()}
    text = repr(value)
    return {"kind": "text", "text": text[:LIMIT] + "..." * (len(text) > LIMIT)}


def state(markdown: str) -> str:
    """The state of an answer, by its first words, as the pages' boxes have it."""
    if re.match(r"\*\*Right[.,]?\*\*", markdown):
        return "right"
    if not markdown.startswith("**Not yet.**"):
        return "asked"
    return "known" if re.search(r"\*\*[^*]*known mistake", markdown) else "not-yet"


def _error(error: BaseException) -> dict:
    """In one line what it is, and where, in lines that the reader wrote."""
    said = f"{type(error).__name__}: {error}".rstrip(": ")
    if isinstance(error, SyntaxError):
        line = [f"line {error.lineno}: {(error.text or '').strip()}"]
        return {"text": f"{type(error).__name__}: {error.msg}", "lines": line}
    lines, above = [], ""
    for frame in traceback.extract_tb(error.__traceback__):
        inside = "" if frame.name == "<module>" else f", in {frame.name}"
        if frame.filename == HERS:
            lines.append(f"line {frame.lineno}{inside}: {frame.line}")
        elif frame.filename.startswith("<cell ") and not lines:
            above = f"in a cell above, line {frame.lineno}{inside}: {frame.line}"
    return {"text": said[:2000], "lines": lines or ([above] if above else [])}
