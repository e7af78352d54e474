"""What the tests share: the kernels' environment, the built book and a browser."""

import gc
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "site"), str(ROOT / "site" / "explorers")]

from run import KERNEL_ENV  # noqa: E402  (site/ is no package)

os.environ.update(KERNEL_ENV)

BENCHMARKS = ROOT / "tests" / "benchmarks"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_BROWSER = (
    "page tests need Chromium: `apt install chromium`, `brew install --cask "
    "chromium` or `python -m playwright install chromium`"
)


# What ``make test CHAPTER=NN-name`` looks at, besides the notebook itself.
OF_A_CHAPTER = (
    "test_checks test_evidence test_exam test_find_the_bug test_listings "
    "test_notebooks test_own_data test_pages test_questions"
).split()


def pytest_addoption(parser):
    parser.addoption(
        "--chapter", metavar="NN-name", help="only what concerns one chapter"
    )


def pytest_configure(config):
    chapter = config.getoption("--chapter")
    known = sorted(p.stem for p in (ROOT / "chapters").glob("[0-9]*.*"))
    if chapter and chapter not in known:
        raise pytest.UsageError(f"chapter: expected one of {known}, got {chapter!r}")


def pytest_ignore_collect(collection_path, config):
    """Benchmarks run only when asked for: ``make bench``; one chapter needs less."""
    chapter, suffix = config.getoption("--chapter"), collection_path.suffix
    if chapter and suffix in (".ipynb", ".py"):
        return collection_path.stem not in [chapter, *OF_A_CHAPTER, "conftest"] or None
    asked = [Path(arg.split("::")[0]).resolve() for arg in config.args]
    if collection_path == BENCHMARKS and BENCHMARKS not in asked:
        return not any(BENCHMARKS in path.parents for path in asked)
    return None


def concerns(chapter: str) -> re.Pattern:
    """What the tests of a chapter have in their names: its checks, its experiments."""
    from rnnbook import evidence
    from rnnbook.checks import CHECKS
    from rnnbook.questions import QUESTIONS

    files = [ROOT / "chapters" / f"{chapter}{kind}" for kind in (".ipynb", ".md")]
    text = "".join(path.read_text(encoding="utf-8") for path in files if path.exists())
    names = [*CHECKS, *QUESTIONS, *evidence.names()]
    words = [chapter, *(name for name in names if f'"{name}\\"' in text)]
    return re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, words))})(?![\w.])")


@pytest.hookimpl(wrapper=True)
def pytest_collection(session):
    """Fifteen thousand tests stay to the end: no garbage is looked for among them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()  # not frozen: the checks freeze for themselves, and say so


def _is_notebook(item) -> bool:
    return item.path.suffix == ".ipynb"


def pytest_collection_modifyitems(config, items):
    if chapter := config.getoption("--chapter"):
        ours = concerns(chapter)
        others = [
            item
            for item in items
            if not ours.search(item.path.stem if _is_notebook(item) else item.name)
        ]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


def part(nodeid: str) -> str:
    """What one process runs at a stretch: a file of tests, or a part of a long one.

    Records of experiments are made again by chapter; those that need Keras, which takes
    long to load, by one process.
    """
    file, _, test = nodeid.partition("::")
    found = re.fullmatch(r"test_one_record_made_again\[(\w+)\]", test)
    if file != "tests/test_evidence.py" or not found:
        return file
    experiment = (ROOT / "experiments" / f"{found[1]}.py").read_text(encoding="utf-8")
    chapter = found[1].partition("_")[0]
    return f"{file}, {'keras' if 'keras' in experiment else chapter}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With ``--dist loadfile``, parts of a long file go to several processes."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Parts(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return part(nodeid)

    return Parts(config, log)


def pytest_terminal_summary(terminalreporter):
    """Where the time went: a line for each notebook, and for each file of tests."""
    seconds = Counter()
    for report in (r for found in terminalreporter.stats.values() for r in found):
        if hasattr(report, "duration"):
            seconds[report.nodeid.split("::")[0]] += report.duration
    books = {k: v for k, v in sorted(seconds.items()) if k.endswith(".ipynb")}
    rest = {k: v for k, v in seconds.most_common() if k not in books and v >= 1}
    terminalreporter.section("seconds")
    for name, took in (books | rest).items():
        terminalreporter.write_line(f"{took:8.1f}  {name}")


def build_book(out: Path, **env: str) -> Path:
    """Build the book strictly into ``out`` and return the folder of its pages."""
    program = shutil.which("jupyter-book", path=str(Path(sys.executable).parent))
    command = [program, "build", str(ROOT), "--path-output", str(out)]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("RNNBOOK_")}
    done = subprocess.run(
        [*command, "-W", "-n", "--keep-going"],
        capture_output=True,
        text=True,
        env=clean | env,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    pages = out / "_build" / "html"
    assert (pages / "index.html").exists()
    return pages


@pytest.fixture(scope="session")
def book(tmp_path_factory) -> Path:
    """The pages, built anew for this run; no address of a repository is known.

    The first process that asks for them builds them, for all.
    """
    place = tmp_path_factory.getbasetemp()
    place = place.parent if "PYTEST_XDIST_WORKER" in os.environ else place
    done = place / "book" / "built"
    with FileLock(place / "book.lock"):
        if not done.exists():
            done.parent.mkdir(exist_ok=True)
            done.write_text(str(build_book(done.parent)))
    return Path(done.read_text())


def _launch(playwright):
    """The first that starts: on the path, Playwright's own, Chrome or Edge."""
    from playwright.sync_api import Error

    ways = [{"executable_path": p} for p in map(shutil.which, CHROMIUM) if p]
    for way in [*ways, {}, {"channel": "chrome"}, {"channel": "msedge"}]:
        try:
            return playwright.chromium.launch(args=FLAGS, **way)
        except Error:
            continue
    return None


@pytest.fixture(scope="module")
def browser():
    """Chromium, or, where there is none, a skip that says how to get it.

    Under ``CI=true`` a missing browser is a failure. Closed with the module: while it
    runs, this thread has an event loop, which the kernels of nbval would meet.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = _launch(playwright)
        if chromium is None and os.environ.get("CI") == "true":
            pytest.fail(NO_BROWSER)
        if chromium is None:
            pytest.skip(NO_BROWSER)
        yield chromium
        chromium.close()


NO_FORMULA = """delete window.MathJax;
document.head.append(Object.assign(document.createElement("style"),
  {textContent: ".math { display: none !important }"}))"""


def without_formulas(page):
    """A page, or a context, that sets none: they take much of the time of a visit.

    For tests of what else is on a page; ``test_pages.py`` looks at each with them.
    """
    page.route("**/mathjax.js*", lambda route: route.fulfill(body=NO_FORMULA))
    return page


@pytest.fixture(scope="module")
def kit(browser):
    """A page that has nothing but the explorers' programs and weights."""
    import pictures  # of site/explorers

    page = browser.new_page(reduced_motion="reduce")
    pictures.load(page)
    yield page
    page.close()
