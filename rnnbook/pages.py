"""Load modules that stand for pages of the book: one for a chapter or an assignment.

In the package ``rnnbook.checks.pages``, ``c11_lstm`` is of the chapter ``11-lstm`` and
``a_bptt`` of the assignment ``bptt``; what begins with an underscore is of no page.
Who adds a page adds a file.
"""

import importlib
import pkgutil
from types import ModuleType


def load_pages(package: ModuleType) -> list[str]:
    """Import all modules of a package that stand for a page.

    Returns
    -------
    list of str
        Their pages, chapters in the order of the book and then assignments.
    """
    names = [name for name in _modules(package) if not name.startswith("_")]
    names = sorted(names, key=lambda name: (name.startswith("a_"), name))
    for name in names:
        importlib.import_module(f"{package.__name__}.{name}")
    return [page_of(name) for name in names]


def page_of(module: str) -> str:
    """The page of a module: ``11-lstm`` of ``c11_lstm``, ``bptt`` of ``a_bptt``."""
    if module.startswith("a_"):
        return module.removeprefix("a_")
    return module.removeprefix("c").replace("_", "-")


def _modules(package: ModuleType) -> list[str]:
    """Asked of the loader if it knows them, as a grader's does, else of the disk."""
    known = getattr(package.__loader__, "modules", None)
    if known is not None:
        return list(known)
    return [one.name for one in pkgutil.iter_modules(package.__path__)]
