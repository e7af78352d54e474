"""Whatever a teacher opens of a hostile class acts on nobody.

One class hands in payloads of many kinds. Then everything that a teacher opens is
opened in Chromium: nbgrader's formgrader and JupyterLab, both at the origin of a real
Jupyter server that obeys whoever has its cookies, and the pages that ``grade.py``
writes. A dialog, a request to another host, a file, a navigation or a changed page of
somebody else is a failure.
"""

import csv
import html
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

pytest.importorskip("nbgrader", reason="needs nbgrader: pip install -e .[teach]")
if sys.platform == "win32":
    pytest.skip("assignments are graded on Linux and macOS", allow_module_level=True)

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "assignments"))

import build  # noqa: E402  (assignments/ is no package)
import grade  # noqa: E402
import sandbox  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

# What each payload tries: a dialog, a file on the teacher's server, another title.
DOES = (
    "alert('KIND');document.title='pwned';window.pwned='KIND';"
    "fetch('/api/contents/pwned-KIND.txt',{method:'PUT',headers:{'X-XSRFToken':"
    "(document.cookie.match(/_xsrf=([^;]+)/)||[])[1]},body:JSON.stringify({type:'file',"
    "format:'text',content:'x'})})"
)
OTHER = "https://example.org"


def does(kind: str) -> str:
    return DOES.replace("KIND", kind)


def in_attribute(kind: str) -> str:
    return does(kind).replace('"', "&quot;")


MARKDOWN = {
    "script": f"<script>{does('script')}</script>",
    "handler": f'<img src=x onerror="{in_attribute("handler")}">',
    "svg": f'<svg onload="{in_attribute("svg")}"></svg>',
    "frame": "<iframe srcdoc=\"<script>parent.alert('frame')</script>\"></iframe>",
    "focus": f'<input autofocus onfocus="{in_attribute("focus")}">',
    "details": f'<details open ontoggle="{in_attribute("details")}">x</details>',
    "link": f"[the rubric](javascript:{does('link')})",
    "reference": f"[the rubric][r]\n\n[r]: javascript:{does('reference')}",
    "form": f'<form action="{OTHER}"><button id=go>Next</button></form>',
    "base": f'<base href="{OTHER}/">',
    "refresh": f'<meta http-equiv="refresh" content="0;url={OTHER}">',
    "style": f"<style>@import url({OTHER}/a.css); body{{display:none}}</style>",
    "overlay": '<div style="position:fixed;inset:0;background:red">100 of 100</div>',
    "picture": f"![p]({OTHER}/p.png) <img src={OTHER}/q.png>",
    "tex": f"$\\href{{javascript:{does('tex')}}}{{x}}$ $\\style{{x}}{{y}}$",
    "mermaid": "```mermaid\ngraph TD\nA[<img src=x onerror=alert('mermaid')>]\n```",
    "comment": f"<!-- --!><script>{does('comment')}</script> -->",
    "stamp": '<script src="timestamp.txt"></script>',
}
OUTPUTS = {
    "html": {"text/html": f"<script>{does('html')}</script><b onclick=alert(1)>b</b>"},
    "javascript": {"application/javascript": does("javascript")},
    "svg": {
        "image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    },
    "latex": {"text/latex": f"$\\href{{javascript:{does('latex')}}}{{x}}$"},
    "markdown": {"text/markdown": f"<script>{does('markdown')}</script>"},
    "widget": {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}},
    "vega": {"application/vnd.vegalite.v5+json": {"$schema": f"{OTHER}/s.json"}},
    "png": {"image/png": f'" onerror="{in_attribute("png")}'},
    "both": {"text/plain": "both", "text/html": f"<img src={OTHER}/b.png>"},
}
NAMES = (
    "<img src=x onerror=alert('name')>",
    "=HYPERLINK(OTHER)",
    "-2+3+cmd|' ⁄C calc'!A0",
    "\x1b]0;title\x07red",
    "'\"><script>alert('name2')<⁄script>",
)
ANSI = "\x1b[31mred\x1b]0;pwned\x07\x1b[2J"


def hostile(released) -> dict[str, nbformat.NotebookNode]:
    """A notebook by student, each with payloads of one place."""
    found = {"ada": build.answered("lstm", released)}  # does nothing
    nb = found["answer"] = build.answered("lstm", released)
    for cell in nb.cells:
        if cell.cell_type == "markdown" and cell.metadata.get("nbgrader"):
            cell.source += "\n\n" + "\n\n".join(MARKDOWN.values())
    nb = found["cells"] = build.answered("lstm", released)
    nb.cells += [new_markdown_cell(text) for text in MARKDOWN.values()]
    shows = "from IPython.display import display\n" + "\n".join(
        f"display({data!r}, raw=True)" for data in OUTPUTS.values()
    )
    nb = found["prints"] = build.answered("lstm", released)
    nb.cells += [
        new_code_cell(shows),
        new_code_cell(f"print({ANSI!r}); print({MARKDOWN['script']!r})"),
        new_code_cell(f"raise ValueError({MARKDOWN['handler']!r})"),
        new_code_cell(
            "class A:\n    def _repr_html_(self): return '<script>alert(1)"
            "</script>'\nA()"
        ),
        new_code_cell(
            "import sys\nprint('<script>alert(1)</script>', file=sys.stderr)"
        ),
        new_code_cell(f"STUDENT = {MARKDOWN['script']!r}"),
    ]
    nb = found["comes-with"] = build.answered("lstm", released)
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell["attachments"] = {"a.svg": {"image/svg+xml": "PHN2Zz4="}}
        else:
            cell["outputs"] = [new_output("display_data", data=OUTPUTS["html"])]
        cell.metadata["tags"] = ["<script>alert(1)</script>"]
    nb.cells[0].source = MARKDOWN["script"] + "\n\n" + nb.cells[0].source
    nb.metadata["kernelspec"] = {"name": "x", "display_name": MARKDOWN["script"]}
    nb.metadata["title"] = MARKDOWN["script"]
    nb.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}
    return found


class Class(NamedTuple):
    out: Path
    rows: dict
    said: str
    ids: list[str]


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> Class:
    folder = tmp_path_factory.mktemp("opened")
    released = nbformat.read(grade.release("lstm", folder / "course"), as_version=4)
    handed_in, out = folder / "in", folder / "out"
    handed_in.mkdir()
    for name, nb in hostile(released).items():
        path = handed_in / name / "lstm.ipynb"
        path.parent.mkdir()
        path.write_text(json.dumps(nb), encoding="utf-8")
        (path.parent / "timestamp.txt").write_text(does("stamp"))
        (path.parent / "submission_secret.txt").write_text(does("secret"))
    for name in NAMES:
        (handed_in / f"{name}.ipynb").write_text(nbformat.writes(released))
    kind = [] if sandbox.find().kind != "none" else ["--no-isolation"]
    program = ROOT / "assignments" / "grade.py"
    command = [sys.executable, str(program), "lstm", str(handed_in), "--out", str(out)]
    done = subprocess.run(
        [*command, "--exchange", "--jobs", "2", *kind], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with (out / "marks.csv").open(encoding="utf-8-sig", newline="") as f:
        rows = {line["student"]: line for line in csv.DictReader(f)}
    ids = sorted(hostile(released))
    return Class(out, rows, done.stdout + done.stderr, ids)


# ---- what is watched while a page is open


class Watch:
    """What a page did besides showing itself."""

    def __init__(self, browser, own: str):
        self.tab = browser.new_page(viewport={"width": 1280, "height": 1000})
        self.own, self.did = own, []
        self.tab.on("dialog", self._dialog)
        self.tab.on("request", self._request)

    def _dialog(self, dialog):
        self.did.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request):
        url = request.url
        if url.startswith(("data:", "blob:")):
            return
        ours = url.startswith(self.own)
        changes = request.method in ("PUT", "POST", "DELETE", "PATCH")
        if not ours or (changes and "pwned" in url):
            self.did.append(f"{request.method} {url}")

    def open(self, url: str, settled: str, inside: str) -> None:
        self.tab.goto(url)
        self.read(url, settled, inside)

    def read(self, url: str, settled: str, inside: str) -> None:
        """Wait until what is shown is whole, and look for all that could act."""
        self.tab.wait_for_selector(settled, state="attached", timeout=60_000)
        still = 0
        for _ in range(1200):  # JupyterLab draws what comes into view
            still = still + 1 if self.tab.evaluate(SCROLL) else 0
            if still == 10:  # at the end, and nothing was drawn for a while
                break
            self.tab.wait_for_timeout(50)
        at = self.tab.url
        for _ in range(100):  # a link may still be without its address
            found = self.tab.evaluate(INSPECT, inside)
            if "a href=" not in found:
                break
            self.tab.wait_for_timeout(50)
        # Where JupyterLab could not find what is linked, the address stays empty.
        self.did += [one for one in found if one != "a href="]
        if self.tab.url != at or self.tab.url.split("#")[0] != url.split("#")[0]:
            self.did.append(f"navigated to {self.tab.url}")
        if self.tab.evaluate("window.pwned || document.title.includes('pwned')"):
            self.did.append("ran")

    def close(self) -> list[str]:
        self.tab.close()
        return self.did


# Elements that act, among what a student wrote.
INSPECT = r"""(inside) => {
  const found = [];
  for (const area of document.querySelectorAll(inside)) {
    for (const one of area.querySelectorAll('*')) {
      const name = one.tagName.toLowerCase();
      if (['iframe', 'form', 'base', 'meta', 'link', 'object', 'embed', 'style',
           'video', 'audio', 'foreignobject'].includes(name)) found.push(name);
      if (name === 'script' && !/math/.test(one.type)) found.push(name);
      for (const a of one.attributes) {
        if (a.name.startsWith('on')) found.push(name + ' ' + a.name);
        if (['href', 'src', 'xlink:href', 'action', 'data', 'srcset'].includes(a.name)
            && !/^(#|data:image\/(png|jpeg);|blob:)/.test(a.value))
          found.push(name + ' ' + a.name + '=' + a.value.slice(0, 80));
        if (a.name === 'style' && /fixed|url\(/.test(a.value)) found.push('style');
      }
    }
  }
  return found;
}"""


# One notebook in JupyterLab, and no other.
SHOW = """async (path) => {
  await jupyterapp.restored;
  await jupyterapp.commands.execute('application:close-all');
  await jupyterapp.commands.execute('docmanager:open', {path});
}"""

# One screen further down; whether the end was there.
SCROLL = """() => {
  const box = document.querySelector('.jp-WindowedPanel-outer') ||
    document.scrollingElement;
  const before = box.scrollTop;
  box.scrollTop += box.clientHeight * 0.8;
  // a link has an empty address until JupyterLab has made up its mind
  return box.scrollTop === before && !document.querySelector('a[href=""]');
}"""


# ---- the server


@pytest.fixture(scope="module")
def server(graded, tmp_path_factory):
    """JupyterLab with nbgrader in the folder of the graded class; no password."""
    folder = tmp_path_factory.mktemp("jupyter")
    shutil.copytree(graded.out, folder / "graded")
    homes = {f"JUPYTER_{k}_DIR": str(folder / k) for k in ("RUNTIME", "CONFIG", "DATA")}
    beside = str(Path(sys.executable).parent)
    env = os.environ | homes | {"PATH": beside + os.pathsep + os.environ["PATH"]}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--IdentityProvider.token=", "--ServerApp.password=", "--port=0"]
    command += ["--LabApp.expose_app_in_browser=True"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={folder / 'graded'}"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder / "graded", env=env, stdout=log, stderr=log
        )
    try:
        yield _address(folder, process), folder / "graded"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _address(folder: Path, process) -> str:
    for _ in range(1200):
        for path in (folder / "RUNTIME").glob("jpserver-*.json"):
            try:
                url = json.loads(path.read_text())["url"]
                urllib.request.urlopen(f"{url}api", timeout=5).close()
                return url.rstrip("/")
            except (ValueError, KeyError, OSError):
                pass
        assert process.poll() is None, (folder / "log").read_text()[-2000:]
        time.sleep(0.1)
    raise AssertionError((folder / "log").read_text()[-2000:])


def submissions(url: str) -> dict[str, str]:
    """The number under which formgrader shows each student."""
    where = f"{url}/formgrader/api/submitted_notebooks/lstm/lstm"
    with urllib.request.urlopen(where) as answer:
        return {one["student"]: one["id"] for one in json.load(answer)}


NBGRADERS = "https://cdnjs.cloudflare.com/ajax/libs/mathjax/"  # asked for by itself


def theirs(did: list[str]) -> list[str]:
    return [one for one in did if NBGRADERS not in one]


def test_formgrader_shows_every_submission_and_none_acts(graded, server, browser):
    url, folder = server
    shown = submissions(url)
    assert set(graded.ids) <= set(shown)
    for student in graded.ids:
        watch = Watch(browser, url)
        page = f"{url}/formgrader/submissions/{shown[student]}/"
        watch.open(page, "#notebook", ".border-box-sizing .text_cell, .output_wrapper")
        assert "Task 3" in watch.tab.inner_text("body")
        assert theirs(watch.close()) == [], student
    assert list(folder.glob("**/pwned*")) == []


def test_formgraders_lists_show_every_name_and_none_acts(graded, server, browser):
    url, folder = server
    pages = ("manage_submissions/lstm", "gradebook/lstm/lstm", "manage_students")
    for page in pages:
        watch = Watch(browser, url)
        watch.open(f"{url}/formgrader/{page}", "#main-table tr td", "td.none")
        assert watch.tab.evaluate("document.querySelectorAll('td img').length") == 0
        assert watch.close() == [], page
    for student in ("answer", "ada"):
        watch = Watch(browser, url)
        page = f"{url}/formgrader/manage_students/{student}"
        watch.open(page, "#main-table tr td", "td.none")
        assert watch.close() == []
    assert list(folder.glob("**/pwned*")) == []


def test_formgrader_would_obey_what_was_not_cleaned(graded, server, browser):
    """So that the tests above can fail: one payload, put there by hand, does run."""
    url, folder = server
    path = folder / "autograded" / "ada" / "lstm" / "lstm.ipynb"
    before = path.read_text(encoding="utf-8")
    nb = nbformat.reads(before, as_version=4)
    nb.cells.append(new_markdown_cell(MARKDOWN["script"]))
    path.write_text(nbformat.writes(nb), encoding="utf-8")
    watch = Watch(browser, url)
    page = f"{url}/formgrader/submissions/{submissions(url)['ada']}/"
    watch.open(page, "#notebook", ".border-box-sizing .text_cell")
    did = watch.close()
    path.write_text(before, encoding="utf-8")
    assert "dialog: script" in did and "ran" in did
    for made in folder.glob("**/pwned*"):
        made.unlink()


def test_jupyterlab_opens_every_notebook_and_none_acts(graded, server, browser):
    """One after the other in one JupyterLab: to load it takes longest."""
    url, folder = server
    kept = [("autograded", student) for student in graded.ids]
    watch = Watch(browser, url)
    watch.tab.goto(f"{url}/lab")
    watch.tab.wait_for_function("() => window.jupyterapp", timeout=60_000)
    for step, student in [*kept, ("submitted", "comes-with")]:
        path = f"{step}/{student}/lstm/lstm.ipynb"
        watch.tab.evaluate(SHOW, path)
        watch.read(
            watch.tab.url,
            ".jp-Notebook .jp-MarkdownCell .jp-RenderedMarkdown h1",
            ".jp-RenderedMarkdown p, .jp-OutputArea-output",
        )
        watch.tab.wait_for_function(
            f"() => {{ ({SCROLL})(); return document.body.innerText"
            ".includes('two questions to answer in words') }",
            polling=100,
            timeout=60_000,
        )
        assert watch.did == [], path
    watch.close()
    assert list(folder.glob("**/pwned*")) == []


# ---- the pages and tables of grade.py


def own_pages(graded: Class) -> list[Path]:
    return [
        *sorted(graded.out.glob("feedback/*/lstm/lstm.html")),
        *sorted(graded.out.glob("give_back/*.html")),
        graded.out / "summary.html",
        graded.out / "marking.html",
    ]


def test_our_pages_open_without_a_request_and_nothing_acts(graded, browser):
    pages = own_pages(graded)
    assert len(pages) >= 2 * (len(graded.ids) + len(NAMES)) + 2
    once = {path.read_bytes(): path for path in pages}  # a page lies in two places
    assert len(once) >= len(pages) / 2
    for path in once.values():
        watch = Watch(browser, path.as_uri())
        watch.open(path.as_uri(), "h1", "main section p, main pre, .answer")
        assert watch.close() == [], path.name


def test_a_page_admits_no_script_frame_form_base_or_host(graded):
    for path in sorted(graded.out.glob("feedback/*/lstm/lstm.html")):
        text = path.read_text(encoding="utf-8")
        (policy,) = re.findall(
            r'http-equiv="Content-Security-Policy" content="(.+?)"', text
        )
        parts = html.unescape(policy).split(";")
        rules = dict(rule.strip().partition(" ")[::2] for rule in parts)
        assert rules["default-src"] == "'none'" and "script-src" not in rules
        assert rules["form-action"] == rules["base-uri"] == "'none'"
        assert "<script" not in text and "<iframe" not in text
        beside = {p.name for p in path.parent.iterdir()}
        assert beside == {"lstm.html"}  # the stamp and the secret were none


def test_a_page_is_the_same_whoever_else_hands_in(graded, tmp_path):
    (tmp_path / "in").mkdir()
    released = nbformat.read(
        graded.out / "release" / "lstm" / "lstm.ipynb", as_version=4
    )
    nbformat.write(build.answered("lstm", released), tmp_path / "in" / "ada.ipynb")
    kind = sandbox.find()
    kind = kind if kind.kind != "none" else sandbox.Isolation("none", "")
    grade.grade("lstm", tmp_path / "in", tmp_path / "out", kind, quiet=True)
    page = Path("feedback") / "ada" / "lstm" / "lstm.html"
    assert (tmp_path / "out" / page).read_bytes() == (graded.out / page).read_bytes()


def test_tables_hold_no_formula_and_no_control_character(graded):
    tables = sorted(graded.out.glob("*.csv"))
    assert {"marks.csv", "written.csv", "mistakes.csv"} <= {p.name for p in tables}
    for path in tables:
        with path.open(encoding="utf-8-sig", newline="") as f:
            cells = [cell for line in csv.reader(f) for cell in line]
        for cell in cells:
            number = re.fullmatch(r"-?[\d.]+(e-?\d+)?", cell)
            assert number or cell.lstrip(' \t\r\n"')[:1] not in list("=+-@|%\t\r"), cell
            assert not re.search(
                r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]", cell
            )


def test_the_terminal_is_told_nothing_but_text(graded):
    assert "\x1b" not in graded.said and "\x07" not in graded.said
    assert not re.search(
        r"[\x00-\x08\x0b\x0c\x0e-\x1f\x80-\x9f\u202a-\u202e]",
        graded.said.replace("\r", ""),
    )


def test_everyone_has_a_row_and_names_that_are_no_ids_say_so(graded):
    assert len(graded.rows) == len(graded.ids) + len(NAMES)
    failed = [line for line in graded.rows.values() if line["status"] == "failed"]
    assert len(failed) == len(NAMES)
    assert all("cannot be an id" in line["notes"] for line in failed)
    full = {float(graded.rows[s]["total"]) for s in graded.ids}
    assert full == {84.0}
    typed = graded.rows["prints"]["notes"]
    assert "script" not in typed or "typed" in typed
