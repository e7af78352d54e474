"""What the tests share: the kernels' environment, the built book and a browser."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "site"))

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


def pytest_ignore_collect(collection_path, config):
    """Benchmarks run only when asked for: ``make bench``."""
    asked = [Path(arg.split("::")[0]).resolve() for arg in config.args]
    if collection_path == BENCHMARKS and BENCHMARKS not in asked:
        return not any(BENCHMARKS in path.parents for path in asked)
    return None


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
    """The pages, built anew for this run; no address of a repository is known."""
    return build_book(tmp_path_factory.mktemp("book"))


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
