"""Experiments: what takes longer than a page may, run once, stored, and checked.

An experiment is one file, ``experiments/NAME.py``::

    '''Does a second layer pay? Used by ``21-text-generation``.'''

    GRID = [{"layers": 1}, {"layers": 2}]     # the settings, each a flat dict
    SEEDS = range(3)
    TOLERANCE = {"bits": 0.02}                # what another processor may change

    def run(setting, seed):
        ...
        return {"bits": 1.83}                 # numbers only

``make evidence`` (``python -m rnnbook.evidence``) runs what is missing or stale,
several records at once, and writes each into ``experiments/results/NAME.json`` when it
is done. Whoever interrupts it loses the records that were running, and no more. ``make
evidence NAME=...`` runs one. A chapter reads the results with :func:`table`,
:func:`load` and :func:`band`.

What several experiments share stands in a module beside them whose name begins with an
underscore: ``from _text import Reader``. An experiment that reads the clock on the wall
says ``ALONE = True``: its records run after all others, one at a time.

Results know the code that made them: the experiment's file and every module of the
course that it takes something from, without comments, docstrings and layout. If that
code has changed, they are stale, and reading them is an error. The settings may grow:
the grid, the seeds and the tolerance do not count as code.
"""

import argparse
import ast
import functools
import hashlib
import importlib.abc
import importlib.util
import json
import math
import multiprocessing
import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from datetime import date
from importlib import metadata
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import pandas as pd
from tqdm import tqdm

PACKAGE = Path(__file__).parent
# Beside the package in a checkout; inside it where it was installed (setup.py).
FOLDER = next(
    (
        path
        for path in (PACKAGE.parent / "experiments", PACKAGE / "experiments")
        if path.is_dir()
    ),
    PACKAGE / "experiments",
)
NOT_CODE = {"GRID", "SEEDS", "TOLERANCE", "ALONE"}
LIBRARIES = ("numpy", "torch", "tensorflow", "tensorflow-cpu", "keras", "scikit-learn")
# One thread each: the records share the cores, and a sum has one order.
WORKER_ENV = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "CUDA_VISIBLE_DEVICES": "-1",
    "KERAS_BACKEND": "tensorflow",
    "PYTHONHASHSEED": "0",
}


class EvidenceError(Exception):
    """Results are missing, incomplete, stale or edited; the message says what to do."""


class Job(NamedTuple):
    """One record to be made: a setting and a seed."""

    setting: dict
    seed: int


class Band(NamedTuple):
    """Where one more run is expected; ``value in band`` asks whether it is there."""

    low: float
    high: float
    runs: int

    def __contains__(self, value: object) -> bool:
        return self.low <= float(value) <= self.high  # type: ignore[arg-type]

    def __repr__(self) -> str:
        return f"{self.low:.4g} to {self.high:.4g} ({self.runs} runs)"


# What a chapter calls.


def load(name: str, folder: Path = FOLDER) -> pd.DataFrame:
    """All records of an experiment, one a row.

    Parameters
    ----------
    name : str, such as ``"text_models"`` for ``experiments/text_models.py``

    Returns
    -------
    DataFrame
        The columns of the setting, ``seed``, the numbers, and ``seconds`` of processor
        time on one core.

    Raises
    ------
    ValueError
        If there is no such experiment.
    EvidenceError
        If records are missing, or were made by other code, or were edited by hand.
    """
    if wrong := problem(name, folder):
        raise EvidenceError(wrong)
    return _rows(_read(name, folder)["records"])


def _rows(records: Iterable[Mapping]) -> pd.DataFrame:
    return pd.DataFrame(
        {**r["setting"], "seed": r["seed"], **r["numbers"], "seconds": r["seconds"]}
        for r in records
    )


def select(table: pd.DataFrame, where: Mapping[str, Any]) -> pd.DataFrame:
    """The rows where columns have these values.

    Raises
    ------
    ValueError
        If there is no such column, or no row is left.
    """
    for column, value in where.items():
        if column not in table:
            raise ValueError(
                f"where: expected a column of {list(table)}, got {column!r}"
            )
        found = table[table[column] == value]
        if found.empty:
            raise ValueError(
                f"{column}: expected one of {list(table[column].unique())}, "
                f"got {value!r}"
            )
        table = found
    return table


def table(
    name: str,
    numbers: Mapping[str, str],
    by: str | Sequence[str],
    folder: Path = FOLDER,
    **where: Any,
) -> pd.DataFrame:
    """A table for a page: mean ± standard deviation over the seeds.

    Parameters
    ----------
    name : str, the experiment
    numbers : mapping from a number to its format, ``{"bits": ".2f"}``
    by : column or columns of the setting that name a row
    where : values of other columns of the setting, ``hidden=256``

    Returns
    -------
    DataFrame of text
        One row for each value of ``by``, in the order of the grid, one column for each
        number, and ``seeds``: on how many runs the row rests.
    """
    return summary(select(load(name, folder), where), numbers, by)


def summary(
    runs: pd.DataFrame, numbers: Mapping[str, str], by: str | Sequence[str]
) -> pd.DataFrame:
    """As :func:`table`, of runs that were loaded and chosen before."""
    groups = runs.groupby(by, sort=False, dropna=False)
    columns = {
        number: groups[number].agg(lambda runs, f=form: spread(runs, f))
        for number, form in numbers.items()
    }
    return pd.DataFrame(columns | {"seeds": groups.size()})


def at_best(
    runs: pd.DataFrame,
    by: str | Sequence[str],
    over: str = "lr",
    choose: str = "valid",
) -> pd.DataFrame:
    """The runs of each rival at its own best setting, such as the learning rate.

    Parameters
    ----------
    runs : DataFrame, as :func:`load` returns it
    by : column or columns that name a rival
    over : the column of which each rival keeps one value
    choose : the number whose mean over the seeds is to be low; of a validation part

    Raises
    ------
    ValueError
        If there is no such column.
    """
    by = [by] if isinstance(by, str) else list(by)
    for column in (*by, over, choose):
        if column not in runs:
            raise ValueError(f"runs: expected a column {column!r}, got {list(runs)}")
    means = runs.groupby([*by, over], sort=False)[choose].mean()
    best = means.groupby(by, sort=False).idxmin()
    kept = pd.MultiIndex.from_frame(runs[[*by, over]]).isin(best)
    return runs[kept].reset_index(drop=True)


def gain(before: Iterable[float], after: Iterable[float], form: str = ".2f") -> str:
    """By how much the mean fell, ± two standard errors over the seeds.

    Raises
    ------
    ValueError
        If there are fewer than two runs of either.
    """
    a, b = (pd.Series(list(runs), dtype=float) for runs in (before, after))
    if min(len(a), len(b)) < 2:
        raise ValueError(f"runs: expected at least two of each, got {len(a)}, {len(b)}")
    error = 2 * math.sqrt(a.var() / len(a) + b.var() / len(b))
    return f"{a.mean() - b.mean():+{form}} ± {error:{form}}"


def spread(runs: Iterable[float], form: str) -> str:
    """``mean ± standard deviation``; the number alone if there is one run."""
    runs = pd.Series(runs, dtype=float)
    if len(runs) == 1:
        return f"{runs.iloc[0]:{form}}"
    return f"{runs.mean():{form}} ± {runs.std(ddof=1):{form.lstrip('+')}}"


def band(name: str, number: str, folder: Path = FOLDER, **where: Any) -> Band:
    """Where one more run of a setting is expected to end.

    The prediction interval of 99 % for a normal distribution, from the mean and the
    standard deviation of the stored runs, and the experiment's tolerance on top.

    Raises
    ------
    ValueError
        If fewer than three runs are left by ``where``, or more than one setting.
    """
    from scipy.stats import t

    rows = select(load(name, folder), where)
    settings = [key for key in grid(_declared(name, folder))[0].setting if key in rows]
    if len(rows[settings].drop_duplicates()) > 1:
        raise ValueError(f"where: expected one setting of {settings}, got {where}")
    n = len(rows)
    if n < 3:
        raise ValueError(f"where: expected at least three runs, got {n}")
    half = t.ppf(0.995, n - 1) * rows[number].std(ddof=1) * math.sqrt(1 + 1 / n)
    half += _declared(name, folder).TOLERANCE[number]
    mean = rows[number].mean()
    return Band(float(mean - half), float(mean + half), n)


class Verdict(NamedTuple):
    """What an experiment's own rule says of its results."""

    name: str
    rule: dict[str, str]
    found: dict[str, str]

    def _repr_markdown_(self) -> str:
        lines = [
            f"**Rule{f', {key}' if key else ''}.** {self.rule[key]} "
            f"**Verdict: {found}.**"
            for key, found in self.found.items()
        ]
        again = f"`python -m rnnbook.evidence {self.name} --verify`"
        return "\n\n".join([*lines, again])

    def __repr__(self) -> str:
        return f"{self.name}: {', '.join(self.found.values())}"


def verdict(name: str, folder: Path = FOLDER) -> Verdict:
    """Apply the rule that stands in an experiment to its stored results.

    The experiment has ``RULE``, a text, and ``verdict(runs)``, which makes a text of
    the table of :func:`load`; or both are dicts, with a key for each question. They
    count as its code: who changes a rule after the run has stale results.

    Raises
    ------
    ValueError
        If there is no such experiment, it has no rule, or rule and verdict differ in
        their keys.
    EvidenceError
        As :func:`load`.
    """
    return _judged(name, load(name, folder), folder)


def _judged(name: str, runs: pd.DataFrame, folder: Path) -> Verdict:
    wanted = {"RULE", "verdict"}
    with _beside(folder):
        space = _space(_path(name, folder), wanted)
    if missing := sorted(wanted - space.keys()):
        raise ValueError(
            f"name: expected an experiment with a rule, {name!r} has none "
            f"(no {', '.join(missing)})"
        )
    rule, found = space["RULE"], space["verdict"](runs)
    rule, found = (v if isinstance(v, dict) else {"": v} for v in (rule, found))
    if rule.keys() != found.keys():
        raise ValueError(f"name: expected verdicts for {list(rule)}, got {list(found)}")
    return Verdict(name, rule, found)


# What an experiment is.


def names(folder: Path = FOLDER) -> list[str]:
    """All experiments, in alphabetical order."""
    return sorted(p.stem for p in folder.glob("*.py") if not p.stem.startswith("_"))


def _path(name: str, folder: Path) -> Path:
    if name not in names(folder):
        raise ValueError(f"name: expected one of {names(folder)}, got {name!r}")
    return folder / f"{name}.py"


def _module(name: str, folder: Path) -> ModuleType:
    """The program as it stands in the file, never what Python compiled of it before."""
    module = ModuleType(name)
    with _beside(folder):
        _run(_path(name, folder), module)
    return module


def _run(path: Path, module: ModuleType) -> None:
    module.__file__ = str(path)
    exec(compile(path.read_bytes(), path, "exec"), module.__dict__)


class _Shared(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds what the experiments of a folder share."""

    def __init__(self, folder: Path):
        self.folder = folder

    def find_spec(self, name, path=None, target=None):
        if _shared(name, self.folder):
            return importlib.util.spec_from_loader(name, self)
        return None

    def exec_module(self, module: ModuleType) -> None:
        _run(self.folder / f"{module.__name__}.py", module)


@contextmanager
def _beside(folder: Path) -> Iterator[None]:
    """While it lasts, an import finds what the experiments share, and reads it anew."""
    for name, module in list(sys.modules.items()):
        if isinstance(getattr(module, "__loader__", None), _Shared):
            del sys.modules[name]
    finder = _Shared(folder)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def _shared(name: str, folder: Path) -> list[Path]:
    """The file of a module that the experiments of a folder share; none for others."""
    path = folder / f"{name}.py"
    return [path] if name.startswith("_") and path.is_file() else []


def _declared(name: str, folder: Path) -> SimpleNamespace:
    """The grid, the seeds, the tolerance, ALONE, and nothing else of the module.

    Who reads results needs no framework that made them, and does not wait for one.
    """
    space = {"ALONE": False} | _space(_path(name, folder), NOT_CODE)
    return SimpleNamespace(**{key: space[key] for key in NOT_CODE})


def _space(path: Path, wanted: Iterable[str]) -> dict[str, Any]:
    """What some names of a module are bound to, and what they need."""
    wanted, kept = set(wanted), []
    for node in reversed(ast.parse(path.read_text(encoding="utf-8")).body):
        if _bound(node) & wanted:
            kept.insert(0, node)
            wanted |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    space: dict[str, Any] = {}
    exec(compile(ast.Module(kept, []), str(path), "exec"), space)
    return space


def _bound(node: ast.AST) -> set[str]:
    """The names that a statement of a module gives a value to."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {a.asname or a.name.split(".")[0] for a in node.names}
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    return {n.id for n in names if isinstance(n.ctx, ast.Store)}


def grid(module: SimpleNamespace) -> list[Job]:
    """All records that an experiment asks for, in order."""
    return [
        Job(dict(setting), int(seed))
        for setting in module.GRID
        for seed in module.SEEDS
    ]


def _key(setting: Mapping, seed: int) -> str:
    return json.dumps([setting, seed], sort_keys=True)


# The code that made it.


def code(name: str, folder: Path = FOLDER) -> str:
    """A digest of the code behind an experiment's numbers."""
    path = _path(name, folder)
    files = [path, *sorted(folder.glob("_*.py")), *sorted(PACKAGE.rglob("*.py"))]
    return _code(path, tuple(map(_stamp, files)))


def _stamp(path: Path) -> tuple[Path, int, int]:
    """What changes when a file is written again."""
    stat = path.stat()
    return path, stat.st_mtime_ns, stat.st_size


# What is asked of a file is found once, while nobody writes it again.
@functools.lru_cache(maxsize=256)
def _code(path: Path, stamps: tuple) -> str:
    # Modules that are shared first: in every installation the same order.
    files = sorted(_imported(path), key=lambda p: (p.parent != path.parent, p))
    files.insert(0, path)
    shapes = [f"({p.name!r}, {_written(_stamp(p), p == path)})" for p in files]
    return hashlib.sha256(f"[{', '.join(shapes)}]".encode()).hexdigest()


@functools.lru_cache(maxsize=256)
def _written(stamp: tuple[Path, int, int], experiment: bool) -> str:
    """A file's code as a text: no docstrings, and no grid of an experiment."""
    tree = _parsed(stamp[0])
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            node.body = body[1:]
    if experiment:
        read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and _loads(n)}
        tree.body = [n for n in tree.body if not _assigned(n) & (NOT_CODE - read)]
    return repr(_shape(tree))


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _is_text(node: ast.AST) -> bool:
    value = getattr(node, "value", None) if isinstance(node, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _loads(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _assigned(node: ast.AST) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _shape(node: Any) -> Any:
    """A syntax tree as nested tuples, the same in every Python: no empty fields."""
    if isinstance(node, ast.AST):
        fields = [(f, _shape(v)) for f, v in ast.iter_fields(node) if f != "kind"]
        return type(node).__name__, [(f, v) for f, v in fields if v not in (None, [])]
    return [_shape(part) for part in node] if isinstance(node, list) else repr(node)


def _imported(path: Path) -> set[Path]:
    """The modules of the course that a file takes something from, and theirs."""
    found: set[Path] = set()
    open_ = [path]
    while open_:
        for other in _imports(_stamp(open_.pop())) - found:
            found.add(other)
            open_.append(other)
    return found


@functools.lru_cache(maxsize=256)
def _imports(stamp: tuple[Path, int, int]) -> set[Path]:
    found: set[Path] = set()
    folder = stamp[0].parent
    for node in ast.walk(_parsed(stamp[0])):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.update(_shared(alias.name, folder), _file(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.update(_shared(node.module, folder))
            for alias in node.names:
                found.update(_origin(node.module, alias.name))
    return found


def _file(module: str) -> list[Path]:
    """The file of a module of the course; none for other modules."""
    if module.split(".")[0] != PACKAGE.name:
        return []
    base = PACKAGE.joinpath(*module.split(".")[1:])
    files = base / "__init__.py", base.with_suffix(".py")
    return [file for file in files if file.is_file()]


def _origin(module: str, name: str) -> list[Path]:
    """The file that defines ``name``: a package may only pass it on."""
    if inner := _file(f"{module}.{name}"):
        return inner
    for path in _file(module):
        source = _passed_on(_stamp(path)).get(name, module)
        if source != module:
            return _origin(source, name) or [path]
        return [path]
    return []


@functools.lru_cache(maxsize=256)
def _passed_on(stamp: tuple[Path, int, int]) -> dict[str, str]:
    """The names that a module imports at its top, and from where.

    What stands under a condition, as ``if TYPE_CHECKING``, counts as well: a package
    may import it when it is asked for.
    """
    found: dict[str, str] = {}
    top = _parsed(stamp[0]).body
    later = [node for one in top if isinstance(one, ast.If) for node in one.body]
    for node in [*top, *later]:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found.setdefault(alias.asname or alias.name, node.module or "")
    return found


# What it found.


def _results(name: str, folder: Path) -> Path:
    return folder / "results" / f"{name}.json"


def _read(name: str, folder: Path) -> dict:
    """The stored results; empty ones if there is no file.

    Raises
    ------
    EvidenceError
        If the file is no results, or its numbers are not those that were written.
    """
    path = _results(name, folder)
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["digest"] != _digest(stored["records"]):
            raise EvidenceError(
                f"{path.name}: its records are not those that were written; restore "
                f"it, or delete it and run `make evidence NAME={name}`"
            )
    except FileNotFoundError:
        return _empty(name, folder)
    except (ValueError, KeyError, TypeError) as error:
        raise EvidenceError(
            f"{path.name}: no results of an experiment ({error}); restore it, or "
            f"delete it and run `make evidence NAME={name}`"
        ) from error
    return stored


def _empty(name: str, folder: Path) -> dict:
    return {"code": code(name, folder), "made_with": [], "records": []}


def _digest(records: list[dict]) -> str:
    return hashlib.sha256(json.dumps(records, sort_keys=True).encode()).hexdigest()


def _write(name: str, folder: Path, stored: dict) -> None:
    """Write beside the target, then rename: an interruption leaves the old file."""
    order = {_key(*job): n for n, job in enumerate(grid(_declared(name, folder)))}
    records = [r for r in stored["records"] if _key(r["setting"], r["seed"]) in order]
    records.sort(key=lambda r: order[_key(r["setting"], r["seed"])])
    used = sorted({r["made_with"] for r in records})
    made_with = [stored["made_with"][n] for n in used]
    records = [r | {"made_with": used.index(r["made_with"])} for r in records]
    head = {"experiment": name, "code": stored["code"], "digest": _digest(records)}
    lines = ",\n  ".join(json.dumps(r, ensure_ascii=False) for r in records)
    text = json.dumps(head | {"made_with": made_with}, indent=1, ensure_ascii=False)
    text = f'{text[:-2]},\n "records": [\n  {lines}\n ]\n}}\n'
    path = _results(name, folder)
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    os.replace(part, path)


def missing(name: str, folder: Path = FOLDER) -> list[Job]:
    """The records that are still to be made: all of them, if the code has changed."""
    stored = _read(name, folder)
    fresh = stored["code"] == code(name, folder)
    kept = stored["records"] if fresh else []
    have = {_key(r["setting"], r["seed"]) for r in kept}
    return [job for job in grid(_declared(name, folder)) if _key(*job) not in have]


def problem(name: str, folder: Path = FOLDER) -> str:
    """What keeps the results from being read, and what to do; empty if nothing."""
    path, again = _results(name, folder), f"run `make evidence NAME={name}`"
    _path(name, folder)
    if not path.exists():
        return f"{path.name}: no results; {again}"
    stored = _read(name, folder)
    if stored["code"] != code(name, folder):
        return f"{path.name}: made by other code than experiments/{name}.py; {again}"
    wanted = {_key(*job) for job in grid(_declared(name, folder))}
    have = [_key(r["setting"], r["seed"]) for r in stored["records"]]
    if lacking := len(wanted - set(have)):
        return f"{path.name}: {lacking} of {len(wanted)} records are missing; {again}"
    if set(have) - wanted or len(have) > len(wanted):
        return f"{path.name}: it has records that nobody asks for; {again}"
    return ""


def made_with() -> dict[str, Any]:
    """Versions, processor and date of a run."""
    versions = {}
    for library in LIBRARIES:
        try:
            versions[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "threads": 1,
        **versions,
        "date": date.today().isoformat(),
    }


def _provenance(known: list[dict]) -> int:
    """The place of this machine in a list of those that made records before."""
    now = made_with()
    same = [{**other, "date": now["date"]} == now for other in known]
    if True not in same:
        known.append(now)
    return same.index(True) if True in same else len(known) - 1


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    found = (x.split(":", 1)[1].strip() for x in lines if x.startswith("model name"))
    return next(found, platform.processor())


def record(name: str, folder: Path, job: Job) -> dict:
    """Run one setting with one seed.

    Raises
    ------
    ValueError
        If ``run`` returns other than numbers, or one without a tolerance.
    """
    module = _module(name, folder)
    before = time.process_time()
    numbers = module.run(dict(job.setting), job.seed)
    seconds = time.process_time() - before
    if set(numbers) != set(module.TOLERANCE):
        raise ValueError(
            f"run: expected the numbers {list(module.TOLERANCE)} of TOLERANCE, got "
            f"{list(numbers)}"
        )
    numbers = {key: float(f"{float(value):.8g}") for key, value in numbers.items()}
    return {
        "setting": job.setting,
        "seed": job.seed,
        "numbers": numbers,
        "seconds": round(seconds, 2),
    }


def verify(name: str, stored: dict, folder: Path = FOLDER) -> list[str]:
    """Make a stored record again; say which numbers are out of their tolerance."""
    again = record(name, folder, Job(stored["setting"], stored["seed"]))
    return _departures(name, stored, again, folder)


def _departures(name: str, stored: dict, again: dict, folder: Path) -> list[str]:
    tolerance = _declared(name, folder).TOLERANCE
    return [
        f"{name} {stored['setting']} seed {stored['seed']}: {number} is {value}, and "
        f"was {stored['numbers'][number]}"
        for number, value in again["numbers"].items()
        if not _close(value, stored["numbers"][number], tolerance[number])
    ]


def _close(a: float, b: float, tolerance: float) -> bool:
    return a == b or abs(a - b) <= tolerance or (math.isnan(a) and math.isnan(b))


def cheapest(name: str, folder: Path = FOLDER) -> dict:
    """The stored record that took the least time."""
    return min(_read(name, folder)["records"], key=lambda r: r["seconds"])


# The program.


def _pool(jobs: int) -> ProcessPoolExecutor:
    os.environ.update(WORKER_ENV)  # before a worker imports anything
    return ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"))


def make(chosen: Sequence[str], jobs: int, folder: Path = FOLDER) -> list[str]:
    """Run what is missing or stale and store each record; return what failed."""
    stored, number, todo = {}, {}, []
    for name in chosen:
        todo += [(name, job) for job in missing(name, folder)]
        stored[name] = _read(name, folder)
        if stored[name]["code"] != code(name, folder):
            stored[name] = _empty(name, folder)
        number[name] = _provenance(stored[name]["made_with"])
        if not any(name == other for other, _ in todo) and problem(name, folder):
            _write(name, folder, stored[name])  # only drops what nobody asks for
    failed = []
    with tqdm(total=len(todo), unit="record", disable=False) as bar:
        for (name, job), task in _made(todo, jobs, folder):
            bar.set_postfix_str(name, refresh=False)
            bar.update()
            if error := task.exception():
                failed.append(f"{name} {job.setting} seed {job.seed}: {error!r}")
                continue
            made = task.result() | {"made_with": number[name]}
            stored[name]["records"].append(made)
            _write(name, folder, stored[name])
    return failed


def _made(
    todo: Sequence[tuple[str, Job]], jobs: int, folder: Path
) -> Iterator[tuple[tuple[str, Job], Future]]:
    """Each record as it is finished; at the end, one at a time, those ALONE."""
    alone = {name: _declared(name, folder).ALONE for name, _ in todo}
    for only, workers in ((False, jobs), (True, 1)):
        part = [one for one in todo if alone[one[0]] is only]
        if not part:
            continue
        with _stopped_by_ctrl_c() as stopped, _pool(workers) as pool:
            tasks = {pool.submit(record, n, folder, job): (n, job) for n, job in part}
            while tasks:
                done, _ = wait(tasks, timeout=0.2, return_when=FIRST_COMPLETED)
                if stopped.is_set():
                    _abandon(pool)
                for task in done:
                    yield tasks.pop(task), task


@contextmanager
def _stopped_by_ctrl_c() -> Iterator[threading.Event]:
    """An event in place of an exception, which some callback might swallow."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = signal.signal(signal.SIGINT, lambda *_: stopped.set())
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


def _abandon(pool: Executor) -> None:
    """End the workers: what is running is lost, and no more."""
    pool.shutdown(wait=False, cancel_futures=True)
    for process in multiprocessing.active_children():
        process.kill()
    raise KeyboardInterrupt


def verify_all(chosen: Sequence[str], jobs: int, folder: Path = FOLDER) -> list[str]:
    """Make every stored record again, compare, judge by its rule; write nothing."""
    wrong = [text for name in chosen if (text := problem(name, folder))]
    stored = {
        (name, _key(r["setting"], r["seed"])): r
        for name in chosen
        for r in _read(name, folder)["records"]
    }
    todo = [(name, Job(r["setting"], r["seed"])) for (name, _), r in stored.items()]
    again = {}
    with tqdm(total=len(todo), unit="record", disable=False) as bar:
        for (name, job), task in _made(todo, jobs, folder):
            bar.update()
            if error := task.exception():
                wrong.append(f"{name} {job.setting} seed {job.seed}: {error!r}")
                continue
            key = name, _key(*job)
            again[key] = task.result()
            wrong += _departures(name, stored[key], again[key], folder)
    for name in chosen:
        mine = [key for key in stored if key[0] == name]
        made = [again[key] for key in mine if key in again]
        ruled = _ruled(name, made, folder) if len(made) == len(mine) else ""
        print(f"{name}: {len(made)} of {len(mine)} records made again{ruled}.")
    return wrong


def _ruled(name: str, made: list[dict], folder: Path) -> str:
    """What an experiment's rule makes of other records; nothing without a rule."""
    try:
        found = _judged(name, _rows(made), folder).found.values()
    except ValueError:
        return ""
    return f"; by its rule: {', '.join(found)}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m rnnbook.evidence", description=__doc__.splitlines()[0]
    )
    parser.add_argument("names", nargs="*", help="experiments; all without one")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument(
        "--verify", action="store_true", help="make all again, compare, write nothing"
    )
    args = parser.parse_args(argv)
    folder = args.folder.resolve()
    chosen = args.names or names(folder)
    try:
        for name in chosen:
            _path(name, folder)
        work = verify_all if args.verify else make
        if (
            args.names
            and not args.verify
            and not any(missing(n, folder) for n in chosen)
        ):
            print("Nothing is missing; with --verify all is made again and compared.")
        wrong = work(chosen, max(1, args.jobs), folder)
    except (EvidenceError, ValueError) as error:
        wrong = [str(error)]
    except KeyboardInterrupt:
        print("\nInterrupted. What was finished is stored; the same command goes on.")
        return 130
    for text in wrong:
        print(text, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    # The workers import this module under its own name, so the program does too.
    from rnnbook import evidence

    sys.exit(evidence.main())
