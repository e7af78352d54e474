"""The built pages, judged in a real browser, over http and from the disk."""

import ast
import base64
import functools
import http.server
import os
import re
import threading
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from shutil import copytree, ignore_patterns
from urllib.parse import unquote, urlparse

import bookpages  # site/ is no package
import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import ROOT, build_book

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [c["file"] for part in TOC["parts"] for c in part["chapters"]]
APPLICATIONS = [name for name in CHAPTERS if "chapters/21" <= name < "chapters/29"]
LESSONS = [
    name
    for name in CHAPTERS
    if name < "chapters/9" and (ROOT / f"{name}.ipynb").exists()
]
PAGES = [TOC["root"], *CHAPTERS, "search", "genindex"]
REPOSITORY = "someone/some-course"

# What stands on a page: formulas and how many of them were rendered, pictures without
# alt text or without a picture, and what makes the page wider than its window.
FACTS = """() => ({
  math: document.querySelectorAll('.math').length,
  rendered: document.querySelectorAll('.math mjx-container').length,
  broken: document.querySelectorAll('mjx-merror, [data-mml-node=merror]').length,
  noAlt: [...document.querySelectorAll('main img')].filter(i => !i.alt.trim())
    .map(i => i.src),
  notLoaded: [...document.images].filter(i => !i.complete || !i.naturalWidth)
    .map(i => i.src),
  noName: [...document.querySelectorAll('main a[href], main button, main summary')]
    .filter(e => !(e.textContent.trim() || e.ariaLabel || e.title ||
                   e.querySelector('img[alt]'))).map(e => e.outerHTML),
})"""

# Text whose contrast with what it stands on is below WCAG's AA; formulas are text too.
CONTRAST = r"""() => {
  const parse = c => (c.match(/[\d.]+/g) || []).map(Number);
  const light = v => v <= 10.31 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4;
  const lum = c => 0.2126 * light(c[0]) + 0.7152 * light(c[1]) + 0.0722 * light(c[2]);
  const over = (top, under) => {
    const a = top.length > 3 ? top[3] : 1;
    return [0, 1, 2].map(i => a * top[i] + (1 - a) * under[i]);
  };
  const paper = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement)
      layers.unshift(parse(getComputedStyle(e).backgroundColor));
    return layers.reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const found = [];
  const walker = document.createTreeWalker(
    document.querySelector('.bd-article') || document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility(
        {opacityProperty: true, visibilityProperty: true})) continue;
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    const style = getComputedStyle(element), under = paper(element);
    const [a, b] = [lum(over(parse(style.color), under)), lum(under)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize), bold = +style.fontWeight >= 700;
    if (ratio < (size >= 24 || (bold && size >= 18.66) ? 3 : 4.5))
      found.push(`${ratio.toFixed(2)} ${element.tagName}.${element.className} ` +
                 walker.currentNode.data.trim().slice(0, 30));
  }
  return [...new Set(found)];
}"""


# Solutions and hints, opened.
OPEN_ALL = """() => {
  document.querySelectorAll('details').forEach(d => d.open = true);
  document.querySelectorAll('.toggle-hidden').forEach(
    e => e.classList.remove('toggle-hidden'));
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def bases(book):
    """Where the pages are: on a server of this machine, and on its disk."""
    handler = functools.partial(Quiet, directory=str(book))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {
        "http": f"http://127.0.0.1:{server.server_port}/",
        "file": book.as_uri() + "/",
    }
    server.shutdown()


@pytest.fixture(scope="module")
def visit(browser, bases):
    """Open a page in a window of some kind; what goes wrong is in ``page.trouble``."""
    contexts = {}

    def open_page(name, scheme="http", width=1200, theme="light"):
        key = width, theme
        if key not in contexts:
            size = {"width": width, "height": 800}
            contexts[key] = browser.new_context(viewport=size, color_scheme=theme)
        page = contexts[key].new_page()
        page.trouble = listen(page)
        page.goto(f"{bases[scheme]}{name}.html", wait_until="load")
        rendered = "document.querySelectorAll('.math mjx-container').length"
        page.wait_for_function(
            f"document.querySelectorAll('.math').length <= {rendered}", timeout=20_000
        )
        page.evaluate("document.fonts.ready")
        return page

    yield open_page
    for context in contexts.values():
        context.close()


def listen(page) -> list[str]:
    """Record every request to another host, failed request and console error."""
    trouble = []

    def request(r):
        url = urlparse(r.url)
        if url.scheme not in ("data", "file", "blob") and url.hostname != "127.0.0.1":
            trouble.append(f"asks another host: {r.url}")

    def response(r):
        if r.status >= 400:
            trouble.append(f"{r.status} {r.url}")

    def console(message):
        if message.type in ("error", "warning"):
            trouble.append(f"console: {message.text}")

    page.on("request", request)
    page.on("response", response)
    page.on("requestfailed", lambda r: trouble.append(f"failed: {r.url}"))
    page.on("console", console)
    page.on("pageerror", lambda e: trouble.append(f"script: {e}"))
    return trouble


# Diagrams that have no name, no number, or are wider than the page.
DRAWN = "chapters/11-lstm"
DIAGRAMS = r"""() => [...document.querySelectorAll('svg.diagram')].filter(svg => {
  const box = svg.getBoundingClientRect();
  const caption = svg.closest('figure')?.querySelector('figcaption');
  const numbered = /^Fig\. \d+\.\d+ \S/.test(caption?.innerText.trim() || '');
  const named = svg.getAttribute('aria-label');
  return !named || !numbered || box.width < 250 || box.right > innerWidth;
}).length"""


def assert_whole(page):
    """Formulas and pictures are there, all has a name, and no other host is asked."""
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    facts = page.evaluate(FACTS)
    assert page.trouble == []
    assert facts["rendered"] == facts["math"] and facts["broken"] == 0
    assert (facts["noAlt"], facts["notLoaded"], facts["noName"]) == ([], [], [])


def assert_readable(page):
    """No pale text, and no sideways scroll on a phone.

    Everything is opened first, so that hidden solutions and hints count too.
    """
    page.evaluate(OPEN_ALL)
    page.set_viewport_size({"width": 1200, "height": 800})
    assert page.evaluate(CONTRAST) == []
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.evaluate(DIAGRAMS) == 0


# A visit takes seconds, most of them for the formulas: one is asked all at once, from
# the disk, where a browser forbids most. That all files are there, links tell.


@pytest.mark.parametrize("name", PAGES)
def test_page_is_whole_asks_nobody_and_can_be_read(visit, name):
    page = visit(name, "file")
    assert_whole(page)
    assert page.evaluate(FACTS)["math"] > 0 or name not in LESSONS
    if name in LESSONS:
        assert_opens(page)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_function(f"document.documentElement.dataset.theme == '{theme}'")
        assert_readable(page)
    assert page.trouble == []
    page.close()


@pytest.mark.parametrize("name", [TOC["root"], LESSONS[-1]])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_is_whole_from_a_server(visit, name, theme):
    page = visit(name, theme=theme)
    assert_whole(page)
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    page.close()


def test_the_listener_hears_trouble(visit):
    """A request to another host, a missing file and a script error are all heard."""
    page = visit("index")
    page.evaluate("""async () => {
        new Image().src = 'missing.png';
        await fetch('http://other.invalid/x').catch(() => 0);
        setTimeout(() => { throw new Error('oh') });
    }""")
    page.wait_for_timeout(300)
    heard = " ".join(page.trouble)
    assert all(word in heard for word in ("another host", "404", "script: oh"))
    page.close()


def test_pale_text_and_a_wide_page_are_found(visit):
    page = visit("index", theme="dark")
    page.evaluate("document.querySelector('main p').style.color = '#555'")
    with pytest.raises(AssertionError):
        assert_readable(page)
    page.evaluate("document.querySelector('main p').style.color = ''")
    page.evaluate("document.querySelector('main p').style.width = '400px'")
    with pytest.raises(AssertionError):
        assert_readable(page)
    page.close()


def test_a_diagram_without_name_or_number_or_too_wide_is_found(visit):
    page = visit(DRAWN, "file", width=375)
    assert page.locator("svg.diagram").count() >= 3 and page.evaluate(DIAGRAMS) == 0
    for spoil in (
        "svg.removeAttribute('aria-label')",
        "svg.style.maxWidth = 'none'",
        "svg.closest('figure').querySelector('figcaption').remove()",
    ):
        page.evaluate(
            f"{{ const svg = document.querySelector('svg.diagram'); {spoil} }}"
        )
        assert page.evaluate(DIAGRAMS) == 1
        page.reload()
    page.close()


def test_a_diagram_follows_the_theme(visit):
    page = visit(DRAWN, "file")
    fill = "getComputedStyle(document.querySelector('svg.diagram text')).fill"
    colours = set()
    for theme in ("light", "dark"):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        colours.add(page.evaluate(fill))
    assert len(colours) == 2
    page.close()


def assert_opens(page):
    """What is hidden opens by button and by keyboard."""
    assert page.locator("div.solution.dropdown").count() >= 5
    solution_opens(page)
    choice_opens(page)
    hint_opens(page)


def solution_opens(page):
    boxes = page.locator("div.solution.dropdown")
    for number, press in enumerate(
        [lambda b: b.click(), lambda b: (b.focus(), page.keyboard.press("Enter"))]
    ):
        body = boxes.nth(number).locator("> *:not(.admonition-title)").first
        assert not body.is_visible()
        press(boxes.nth(number).locator("button.toggle-button"))
        body.wait_for(state="visible")


def choice_opens(page):
    """A choice opens with Enter, says in words what it was, and shows its feedback."""
    for kind, word in (("right", "Right"), ("wrong", "Not this")):
        choice = page.locator(f"details.choice.{kind}").first
        feedback = choice.locator("p").first
        assert not feedback.is_visible()
        choice.locator("summary").focus()
        page.keyboard.press("Enter")
        feedback.wait_for(state="visible")
        mark = "e => getComputedStyle(e, '::before').content"
        assert word in choice.locator("summary").evaluate(mark)


def hint_opens(page):
    hint = page.locator("details.hint").first
    assert not hint.locator("p").first.is_visible()
    hint.locator("summary").focus()
    page.keyboard.press("Space")
    hint.locator("p").first.wait_for(state="visible")


def test_search_finds(visit):
    """From any page, by keyboard alone; a word that stands nowhere finds nothing."""
    page = visit("index")
    page.keyboard.press("Control+k")
    page.keyboard.type("gradient")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=gradient*")
    results = page.locator("#search-results ul.search li a")
    results.first.wait_for()
    assert page.trouble == []
    href = results.first.get_attribute("href")
    assert any(name in href for name in [*PAGES])
    page.goto(page.url.split("?")[0] + "?q=zzyzzyx")
    page.get_by_text("did not match any documents").wait_for()
    assert results.count() == 0
    page.close()


def test_search_finds_from_disk(visit):
    """Browsers forbid a page on the disk to fetch the snippets; the results come."""
    page = visit("search", "file")
    page.goto(page.url + "?q=gradient")
    page.locator("#search-results ul.search li a").first.wait_for()
    page.close()


def test_theme_button_switches(visit):
    page = visit("index")
    seen = {page.evaluate("document.documentElement.dataset.theme")}
    for _ in range(3):
        page.locator("button.theme-switch-button:visible").first.click()
        seen.add(page.evaluate("document.documentElement.dataset.theme"))
    assert seen == {"light", "dark"}
    assert page.trouble == []
    page.evaluate("localStorage.clear()")
    page.close()


# What needs no browser.


class Marks(HTMLParser):
    """Ids, addresses and pictures of a page, in order; ``main`` has ids of its own."""

    def __init__(self, html: str):
        super().__init__()
        self.ids, self.main, self.links, self.anchors, self.images = [], [], [], [], []
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.inside = self.inside or tag == "main"
        if "id" in given:
            self.ids.append(given["id"])
            self.main += [given["id"]] * self.inside
        link = given.get("href") or given.get("src")
        if link:
            self.links.append(link)
            self.anchors += [link] * (tag == "a")
            self.images += [link] * (tag == "img" and self.inside)

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "main"


def marks(folder: Path) -> dict[str, Marks]:
    files = [p for p in folder.rglob("*.html") if "_static" not in p.parts]
    return {
        p.relative_to(folder).as_posix(): Marks(p.read_text("utf-8")) for p in files
    }


@pytest.fixture(scope="module")
def pages(book):
    return marks(book)


def dead_links(pages: dict[str, Marks], folder: Path) -> list[str]:
    """Links and sources that point at no file, or at no anchor of it."""
    ids = {name: set(page.ids) for name, page in pages.items()}
    there = functools.cache(Path.exists)
    dead = []
    for name, page in pages.items():
        at = (folder / name).parent
        for link in page.links:
            url = urlparse(link)
            if url.scheme or url.netloc:
                continue
            path = Path(os.path.normpath(at / unquote(url.path)))
            path = path if url.path else folder / name
            other = path.relative_to(folder).as_posix() if there(path) else None
            anchor = unquote(url.fragment)
            if other is None or (anchor and other in ids and anchor not in ids[other]):
                dead.append(f"{name}: {url.geturl()}")
    return dead


def test_every_link_resolves(pages, book):
    assert len(pages) >= len(PAGES)
    assert dead_links(pages, book.resolve()) == []


def test_a_dead_link_is_found(book):
    broken = Marks('<a href="nowhere.html"></a><a href="#no"></a>')
    found = dead_links({"index.html": broken}, book.resolve())
    assert found == ["index.html: nowhere.html", "index.html: #no"]


@pytest.mark.parametrize("name", [TOC["root"], *CHAPTERS])
def test_page_is_light(pages, book, name):
    """A page with all of its own pictures; the theme is shared by all pages."""
    file = book / f"{name}.html"
    images = set(pages[f"{name}.html"].images)
    own = [file.parent / src for src in images if not src.startswith("data:")]
    assert sum(path.stat().st_size for path in [file, *own]) <= 1_500_000


def bare(text: str) -> str:
    """A text without what differs between Markdown and its page."""
    return re.sub(r"[\s*`'’]", "", text)


@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_gallery_shows_what_the_run_says(book, name):
    gallery = (book / "chapters" / "20-applications.html").read_text("utf-8")
    page = BeautifulSoup(gallery, "html.parser").find("article")
    cells = nbformat.read(ROOT / f"{name}.ipynb", as_version=4).cells
    tagged = {tag: c for c in cells for tag in c.metadata.get("tags", [])}
    alt = tagged["gallery-figure"].metadata.mystnb.image.alt
    (image,) = [i for i in page.find_all("img") if i["alt"] == alt]
    shown = (book / "chapters" / image["src"]).read_bytes()
    (data,) = [
        output.data["image/png"]
        for output in tagged["gallery-figure"].outputs
        if "image/png" in output.get("data", {})
    ]
    assert shown == base64.b64decode(data)
    (said,) = tagged["gallery-sentence"].outputs
    sentence = bookpages.with_minus(said.data["text/markdown"])
    assert bare(sentence) in bare(page.get_text())
    facts = page.find("a", href=f"{Path(name).name}.html").find_next("dl")
    (result,) = tagged["gallery-result"].outputs
    minutes = re.search(r"About (\d+) minutes to read", cells[0].source)[1]
    *_, read, found = [bare(fact.get_text()) for fact in facts.find_all("dd")]
    said = bookpages.with_minus(ast.literal_eval(result.data["text/plain"]))
    assert read == f"{minutes}minutes" and found == bare(said)


def test_ids_are_unique(pages):
    for name, page in pages.items():
        assert [i for i, count in Counter(page.main).items() if count > 1] == [], name


def test_without_an_address_none_is_named(pages):
    """No Colab, Binder, download or repository link before the address is known.

    Whoever is cited may have one.
    """
    files = [*ROOT.glob("chapters/*.*"), ROOT / "references.bib", ROOT / "index.md"]
    cited = "".join(path.read_text("utf-8") for path in files)
    address = re.compile("colab|mybinder|github|_sources")
    for page in pages.values():
        ours = [link for link in page.anchors if link not in cited]
        assert [link for link in ours if address.search(link)] == []


def test_with_an_address_pages_lead_to_it(book, tmp_path):
    # what was read for the other pages is not read again
    copytree(book.parent, tmp_path / "_build", ignore=ignore_patterns("html"))
    folder = build_book(tmp_path, RNNBOOK_REPOSITORY=REPOSITORY, RNNBOOK_BRANCH="b")
    built = marks(folder)
    for name in LESSONS:
        links = set(built[f"{name}.html"].anchors)
        github = "https://colab.research.google.com/github"
        assert f"{github}/{REPOSITORY}/blob/b/{name}.ipynb" in links
        binder = f"https://mybinder.org/v2/gh/{REPOSITORY}/b?urlpath=lab/tree"
        assert f"{binder}/{name}.ipynb" in links
        assert f"https://github.com/{REPOSITORY}" in links
        assert f"../_sources/{name}.ipynb" in links
        taken = (folder / "_sources" / f"{name}.ipynb").read_text("utf-8")
        assert f"git+https://github.com/{REPOSITORY}@b" in taken
    for name in ("index", "chapters/90-first-hour"):
        page = BeautifulSoup(
            (folder / f"{name}.html").read_text("utf-8"), "html.parser"
        )
        assert f"git clone https://github.com/{REPOSITORY}" in page.get_text()
    assert dead_links(built, folder.resolve()) == []
    for page in built:
        text = (folder / page).read_text("utf-8")
        assert "executablebooks/jupyter-book" not in text
