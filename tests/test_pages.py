"""The built pages, judged in a real browser, over http and from the disk."""

import ast
import functools
import gzip
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
from axe_playwright_python.base import AXE_FILE_PATH
from bs4 import BeautifulSoup
from conftest import ROOT, build_book
from probes import (
    AXE,
    BROKEN_NUMBERS,
    CHINESE,
    CONTRAST,
    COVERS,
    CROSSED,
    CUT,
    DIAGRAMS,
    FACTS,
    ONE_OF_A_KIND,
    OPEN_ALL,
    RAW,
    SMALL,
    STOPS,
    THIN_OUT,
    TINY,
    WIDE_CODE,
    WIDE_TABLES,
)

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [c["file"] for part in TOC["parts"] for c in part["chapters"]]
APPLICATIONS = [name for name in CHAPTERS if "chapters/21" <= name < "chapters/3"]
LESSONS = [
    name
    for name in CHAPTERS
    if name < "chapters/9" and (ROOT / f"{name}.ipynb").exists()
]
PAGES = [TOC["root"], *CHAPTERS, "search", "genindex"]
REPOSITORY = "someone/some-course"
PAPER = 680  # px: the width of A4 without its margins
LIGHT = 800_000  # bytes that a page may load, compressed


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

    def open_page(name, scheme="http", width=1280, theme="light"):
        key = width, theme
        if key not in contexts:
            size = {"width": width, "height": 800}
            contexts[key] = browser.new_context(
                viewport=size, color_scheme=theme, reduced_motion="reduce"
            )
        page = contexts[key].new_page()
        page.trouble, page.look = listen(page), (width, theme, "screen")
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
    trouble, page.loaded = [], set()

    def request(r):
        url = urlparse(r.url)
        page.loaded.add(unquote(url.path))
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


# A page with diagrams, and the longest formulas.
DRAWN = "chapters/11-lstm"


def assert_whole(page):
    """Formulas and pictures are there, all has a name, and no other host is asked."""
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    facts = page.evaluate(FACTS)
    assert page.trouble == []
    assert facts["rendered"] == facts["math"] and facts["broken"] == 0
    assert (facts["noAlt"], facts["notLoaded"], facts["noName"]) == ([], [], [])


def seen(page, width, theme="light", media="screen"):
    """The page in a window of a width, in a theme, or on paper, if it is not yet."""
    if page.look == (width, theme, media):
        return
    page.look = width, theme, media
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme, media=media)
    shown = "light" if media == "print" else theme
    page.wait_for_function(f"document.documentElement.dataset.theme == '{shown}'")


def faults(page, *probes) -> list:
    return [fault for probe in probes for fault in page.evaluate(probe)]


def readable(page) -> dict[str, list]:
    """What is raw, pale, cut or too wide, by where; everything is opened first."""
    page.evaluate(OPEN_ALL)
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
    found = {"raw": faults(page, RAW, CHINESE)}
    seen(page, 1280)
    found["1280"] = faults(page, CUT, WIDE_CODE, WIDE_TABLES, BROKEN_NUMBERS, SMALL)
    for theme in ("light", "dark"):
        seen(page, 1280, theme)
        found[f"pale, {theme}"] = faults(page, CONTRAST, COVERS)
    seen(page, PAPER, "dark", "print")
    found["on paper"] = faults(page, CUT, CONTRAST)
    seen(page, 390)
    found["390"] = faults(page, CUT, BROKEN_NUMBERS, SMALL, TINY, CROSSED)
    found["390"] += ["sideways"] * (page.evaluate(WIDTH) > 390)
    found["diagrams"] = ["one"] * page.evaluate(DIAGRAMS)
    return {where: what for where, what in found.items() if what}


# The theme lets the keyboard into what scrolls, some time after a window has changed.
SETTLED = """[...document.querySelectorAll(
  'pre, .cell_output > .output, .jp-RenderedHTMLCommon, .pst-scrollable-table-container'
)].every(e => e.tabIndex === 0 ||
  (e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight))"""
WIDTH = "document.documentElement.scrollWidth"


def axe(page) -> dict[str, list]:
    """What axe-core finds: colours in both themes, all else at both widths."""
    page.evaluate(THIN_OUT)
    page.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
    found = {}
    for width in (390, 1280):  # as it was left, and as colours are looked at
        seen(page, width)
        page.wait_for_function(SETTLED)
        found[f"axe, {width}"] = page.evaluate(AXE, REST)
    page.evaluate(ONE_OF_A_KIND)
    page.add_style_tag(content=NO_SHADOW)  # on a gradient axe judges no colour
    for theme in ("light", "dark"):
        seen(page, 1280, theme)
        found[f"axe, {theme}"] = page.evaluate(AXE, {"runOnly": COLOURS})
    return {where: what for where, what in found.items() if what}


NO_SHADOW = "article :is(div, table) { background-image: none !important }"
COLOURS = ["color-contrast", "link-in-text-block"]
REST = {"rules": {rule: {"enabled": False} for rule in COLOURS}}


@functools.cache
def compressed(path: str) -> int:
    return len(gzip.compress(Path(path).read_bytes()))


# A visit takes seconds, most of them for the formulas: one is asked all at once, from
# the disk, where a browser forbids most. That all files are there, links tell.


@pytest.mark.parametrize("name", PAGES)
def test_page_is_whole_asks_nobody_and_can_be_read(visit, name):
    page = visit(name, "file")
    assert_whole(page)
    assert page.evaluate(FACTS)["math"] > 0 or name not in LESSONS
    assert sum(map(compressed, page.loaded)) <= LIGHT, sorted(page.loaded)
    if name in LESSONS:
        assert page.evaluate(STOPS) < 80
        assert_opens(page)
    assert readable(page) | axe(page) == {}
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


FORMULA = "document.querySelector('section > div.math > mjx-container').style"
TEXT = "document.querySelector('article p')"
LABEL = "document.querySelector('svg.diagram text')"
LINE_THROUGH = f"""{{
  const box = {LABEL}.getBBox(), y = box.y + box.height / 2;
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', `M${{box.x}},${{y}}h${{box.width}}`);
  line.setAttribute('class', 'wire plain');
  {LABEL}.parentNode.append(line);
}}"""
TABLE = "document.querySelector('.output.text_html table')"
BROKEN = '<td class="number" style="white-space:pre-line">1.5\\n3.5</td>'


@pytest.mark.parametrize(
    "probe, spoil",
    [
        (RAW, f"{TEXT}.append(' $x^2$ ')"),
        (RAW, f"{TEXT}.append(' |a| |—|—:| ')"),
        (RAW, TEXT + r".append(' \\(h_{t-1}\\) ')"),
        (CHINESE, f"{TEXT}.append('门')"),
        (CONTRAST, f"{TEXT}.style.color = '#bbb'"),
        (COVERS, f"{FORMULA}.setProperty('--paper', 'red')"),
        (COVERS, f"{TABLE}.closest('.output').style.setProperty('--paper', 'red')"),
        (WIDE_TABLES, f"{TABLE}.style.minWidth = '900px'"),
        (BROKEN_NUMBERS, f"{TABLE}.innerHTML = '<tr>{BROKEN}</tr>'"),
        (SMALL, f"{TEXT}.style.fontSize = '11px'"),
        (TINY, "document.querySelector('svg.diagram tspan').style.fontSize = '4px'"),
        (CROSSED, f"{LABEL}.parentNode.append({LABEL}.cloneNode(true))"),
        (CROSSED, LINE_THROUGH),
        (CUT, f"{FORMULA}.maxWidth = '20px'"),
        (CUT, f"{FORMULA}.paddingBlock = 0"),
        (CUT, "document.querySelector('p span.math').closest('p').style.width = '1px'"),
        (WIDE_CODE, "document.querySelector('.cell_input pre').style.fontSize = '2em'"),
    ],
)
def test_a_spoilt_page_is_found(spoilt, probe, spoil):
    before = set(spoilt.evaluate(probe))
    spoilt.evaluate(spoil)
    assert set(spoilt.evaluate(probe)) - before


def test_a_button_without_a_name_is_found(spoilt):
    spoilt.evaluate(THIN_OUT)
    spoilt.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
    before = set(spoilt.evaluate(AXE, REST))
    spoilt.evaluate(f"{TEXT}.innerHTML = '<button></button>'")
    (new,) = set(spoilt.evaluate(AXE, REST)) - before
    assert new.startswith("button-name")


@pytest.fixture(scope="module")
def spoilt(visit):
    """A page to be spoilt, of which what is slow for axe is left out."""
    page = visit(DRAWN, "file")
    page.evaluate(
        "document.querySelectorAll('section section section, nav')"
        ".forEach(s => s.remove())"
    )
    yield page
    page.close()


def test_what_is_pale_is_found_among_what_is_left_of_each_kind(visit):
    """The last cell of the last table, and a word in the last paragraph."""
    page = visit("chapters/91-notation", "file")
    page.evaluate("""() => {
        [...document.querySelectorAll('article td')].at(-1).style.color = '#bbb';
        const last = [...document.querySelectorAll('article p')].at(-1);
        last.insertAdjacentHTML('beforeend', '<em style="color: #bbb">pale</em>');
    }""")
    found = axe(page)
    assert [where for where in found if where.startswith("axe, 1")] == []
    assert len(found["axe, light"]) == 2, found
    page.close()


@pytest.fixture(scope="module")
def drawn(visit):
    """A page that several tests look at; each leaves it as it was."""
    page = visit(DRAWN, "file")
    yield page
    page.close()


def test_formulas_and_buttons_in_the_way_of_the_keyboard_are_found(drawn):
    assert drawn.evaluate(STOPS) < 80
    buttons = "document.querySelectorAll('.copybtn').forEach(b => b.tabIndex = {})"
    drawn.evaluate(buttons.format(0))
    assert drawn.evaluate(STOPS) >= 80
    drawn.evaluate(buttons.format(-1))


def test_a_wide_page_is_found(visit):
    page = visit("index")
    page.evaluate("document.querySelector('main p').style.width = '420px'")
    assert "sideways" in readable(page)["390"]
    page.close()


def test_a_diagram_without_name_or_number_or_too_wide_is_found(drawn):
    page = drawn
    seen(page, 375)
    assert page.locator("svg.diagram").count() >= 3 and page.evaluate(DIAGRAMS) == 0
    for spoil in (
        "svg.removeAttribute('aria-label')",
        "svg.style.maxWidth = 'none'",
        "svg.closest('figure').querySelector('figcaption').remove()",
    ):
        page.evaluate(f"""{{
            const svg = document.querySelector('svg.diagram');
            window.whole = svg.closest('figure').cloneNode(true);
            {spoil}
        }}""")
        assert page.evaluate(DIAGRAMS) == 1
        page.evaluate("""document.querySelector('svg.diagram').closest('figure')
            .replaceWith(window.whole)""")
        assert page.evaluate(DIAGRAMS) == 0


def test_a_diagram_follows_the_theme(drawn):
    fill = "getComputedStyle(document.querySelector('svg.diagram text')).fill"
    colours = set()
    for theme in ("light", "dark"):
        seen(drawn, 1280, theme)
        colours.add(drawn.evaluate(fill))
    assert len(colours) == 2


def assert_opens(page):
    """What is hidden opens by a click anywhere on its bar, by keyboard and by link."""
    solution_opens(page)
    choice_opens(page)
    hint_opens(page)


def solution_opens(page):
    boxes = page.locator("details.solution")
    assert boxes.count() >= 5
    for number, press in enumerate(
        [
            lambda bar: bar.click(
                position={"x": bar.bounding_box()["width"] - 9, "y": 9}
            ),
            lambda bar: bar.locator("code, span").or_(bar).first.click(),
            lambda bar: (bar.focus(), page.keyboard.press("Enter")),
            leads_there(page),
        ]
    ):
        box = boxes.nth(number)
        assert not box.evaluate("e => e.open")
        press(box.locator("summary").first)
        assert box.evaluate("e => e.open")


def leads_there(page):
    """The exercise has a link that opens its solution, and the solution one back."""

    def press(bar):
        box = bar.locator("..")
        exercise = page.locator(f".exercise a[href='#{box.get_attribute('id')}']")
        exercise.click()
        page.wait_for_function("id => document.getElementById(id).open", arg=ident(box))
        comes_to_the_top(page, bar)
        box.locator("p.across a").click()
        comes_to_the_top(page, exercise.locator("../.."))

    return press


def comes_to_the_top(page, place):
    """A busy machine may take a moment to get there."""
    page.wait_for_function(
        "e => { const {y} = e.getBoundingClientRect(); return 0 <= y && y < 300; }",
        arg=place.element_handle(),
        timeout=10_000,
    )


def ident(box) -> str:
    return box.get_attribute("id")


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
    one_open_at_a_time(page)


def one_open_at_a_time(page):
    """Another answer to the same question closes the first; a line keeps count."""
    question = page.locator("details.choice").first.get_attribute("name")
    choices = page.locator(f"details.choice[name='{question}']")
    for k in range(choices.count()):
        choices.nth(k).locator("summary").click()
        if not choices.nth(k).evaluate("e => e.open"):  # it was open, and is closed
            choices.nth(k).locator("summary").click()
        opened = [c.evaluate("e => e.open") for c in choices.all()]
        assert opened.count(True) == 1 and opened[k]
    score = page.locator("p.score").first
    assert re.match(r"[1-9]\d* of \d+ right", score.inner_text())


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


@pytest.fixture(scope="module")
def soups(book):
    """The pages of the contents as they are sent, parsed."""
    texts = {
        n: (book / f"{n}.html").read_text("utf-8") for n in [TOC["root"], *CHAPTERS]
    }
    return {name: BeautifulSoup(text, "html.parser") for name, text in texts.items()}


def test_a_page_loads_only_what_it_needs(soups):
    for name, soup in soups.items():
        scripts = " ".join(s.get("src", "") for s in soup.find_all("script"))
        for unused in ("fontawesome", "searchindex", "thebe", "togglebutton"):
            assert unused not in scripts, name
        assert ("mathjax.js" in scripts) == bool(soup.find(class_="math")), name
        blocking = [s["src"] for s in soup.find_all("script", src=True, defer=False)]
        assert all("documentation_options" in src for src in blocking), name


def test_what_opens_says_what(soups):
    for name, soup in soups.items():
        for bar in soup.select("details.solution > summary"):
            assert re.match(r"Solution to Exercise \d", bar.get_text()), name
            assert not bar.find("a"), name
        for bar in soup.select("details.hide > summary"):
            said = bar["aria-label"]
            assert said.startswith("Show the ") and bar.get_text() in said, name
            assert not bar.parent.find_next_sibling(class_="cell_output"), name


def test_what_check_and_ask_say_stands_in_a_box_with_its_state(soups):
    states, sections = Counter(), 0
    for name in LESSONS:
        soup, own = soups[name], f"{Path(name).name}.html"
        for cell in soup.select("div.cell:has(.cell_input)"):
            code, output = (
                cell.select_one("pre").get_text(),
                cell.select_one(".cell_output"),
            )
            if output and re.fullmatch(r"(check|ask)\([^()]*\)\s*", code):
                (state,) = {*output["class"]} & {"not-yet", "known", "right", "asked"}
                states[state] += 1
                for link in output.find_all("a"):  # to other pages, or sections
                    page, _, section = link["href"].partition("#")
                    here = page in ("", own)
                    assert not here or soup.find(id=section), (name, link["href"])
                    sections += here
                assert not re.search(r"(See|The page is)\s*\.?$", output.get_text()), (
                    name
                )
        assert len(soup.select(".verdict .start")) == 1, name
    assert states["not-yet"] and states["known"] and states["asked"] and sections


def test_a_page_says_what_it_is_to_whoever_shares_it(soups):
    said = set()
    for name, soup in soups.items():
        title = soup.title.get_text()
        assert title.strip() and title.count("Recurrent networks") <= 1, name
        meta = {
            m.get("name") or m.get("property"): m.get("content") for m in soup("meta")
        }
        assert 20 <= len(meta["description"]) <= 200, name
        assert meta["og:title"] in title and meta["og:image"].endswith("preview.png"), (
            name
        )
        said.add(meta["description"])
    assert len(said) == len(soups)


def test_a_comment_that_names_one_gate_has_its_colour(soups):
    names = [n for n in LESSONS if "chapters/11" <= n < "chapters/15"]
    coloured = [c for n in names for c in soups[n].select("pre .c1[class*=gate-]")]
    assert len(coloured) >= 4
    for comment in coloured:
        (gate,) = [c for c in comment["class"] if c.startswith("gate-")]
        word = {"i": "input", "f": "forget", "g": "candidate", "o": "output"} | {
            "r": "reset",
            "z": "update",
        }
        assert word[gate[-1]] in comment.get_text()


def test_a_gate_has_its_colour_in_a_formula_and_it_can_be_read(visit):
    page = visit(DRAWN, "file")
    page.evaluate(r"""async () => {
        const one = document.createElement('p');
        one.innerHTML = '\\(\\class{gate-i}{i_t} + \\class{gate-f}{f_t}\\)';
        document.querySelector('article').append(one);
        await MathJax.typesetPromise([one]);
        for (const box of document.querySelectorAll('article, .cell_input'))
          for (const gate of 'ifgorzn')
            box.insertAdjacentHTML('beforeend', `<p class="gate-${gate}">gate</p>`);
    }""")
    colour = "s => getComputedStyle(document.querySelector(`mjx-container ${s}`)).color"
    for theme in ("light", "dark"):
        seen(page, 1280, theme)
        found = {page.evaluate(colour, s) for s in (".gate-i", ".gate-f", "mjx-mo")}
        assert len(found) == 3
        assert not [one for one in page.evaluate(CONTRAST) if "gate-" in one]
    assert page.trouble == []
    page.close()


def test_on_a_phone_what_hovers_is_seen_and_the_ways_on_are_stacked(browser, bases):
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, is_mobile=True, has_touch=True
    )
    page = context.new_page()
    page.goto(f"{bases['file']}{DRAWN}.html")
    page.wait_for_function("!document.querySelector('.math:not(:has(mjx-container))')")
    style = "([s, name]) => getComputedStyle(document.querySelector(s))[name]"
    assert float(page.evaluate(style, [".copybtn", "opacity"])) >= 0.5
    assert page.evaluate(style, ["#pst-back-to-top", "display"]) == "none"
    before, after = page.locator("a.left-prev"), page.locator("a.right-next")
    bottom = before.bounding_box()["y"] + before.bounding_box()["height"]
    assert after.bounding_box()["y"] >= bottom
    assert after.bounding_box()["width"] > 250
    bullet = page.locator(".admonition-what-you-will-be-able-to-do li").first
    assert bullet.bounding_box()["x"] < 64
    context.close()


def test_the_lens_of_the_search_stands_before_the_words(visit):
    page = visit("search", "file", width=390)
    form = ".bd-search-container form.bd-search"
    lens = page.locator(f"{form} > :first-child").bounding_box()
    words = page.evaluate(
        """form => { const input = document.querySelector(`${form} input`);
        return input.getBoundingClientRect().left +
          parseFloat(getComputedStyle(input).paddingLeft); }""",
        form,
    )
    assert lens["x"] + lens["width"] <= words
    page.close()


def test_logo_and_search_stay_in_sight(visit):
    page = visit(CHAPTERS[-1], "file")
    for mark in (".navbar-brand.logo", ".search-button-field"):
        box = page.locator(f".bd-sidebar-primary {mark}").bounding_box()
        assert 0 <= box["y"] and box["y"] + box["height"] < 150
    page.close()


def test_what_scrolls_shows_it_and_a_stop_stays_with_its_formula(drawn):
    seen(drawn, 390)
    for mark, name, word in (
        ("section > div.math > mjx-container", "backgroundImage", "gradient"),
        (".cell_input pre", "backgroundImage", "gradient"),
        (".output.text_html", "backgroundImage", "gradient"),
        (".together", "whiteSpace", "nowrap"),
    ):
        style = f"e => getComputedStyle(e).{name}"
        assert word in drawn.locator(mark).first.evaluate(style)


def test_without_scripts_there_is_a_theme_and_a_word_on_formulas(browser, bases):
    context = browser.new_context(java_script_enabled=False, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{bases['file']}{DRAWN}.html")
    assert page.locator("noscript p").is_visible()
    style = page.evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--book-accent')"
    )
    assert style.strip()
    context.close()


def test_a_wrong_address_leads_home(browser, bases):
    page = browser.new_page()
    for path in ("404.html?", "chapters/404.html?"):
        page.route(
            "**/chapters/404.html*",
            lambda route: route.fulfill(
                body=Path(urlparse(bases["file"]).path, "404.html").read_text("utf-8"),
                content_type="text/html",
            ),
        )
        page.goto(bases["http"] + path)
        page.locator("#home").click()
        page.wait_for_url(re.compile(re.escape(bases["http"]) + r"(index\.html)?$"))
    page.close()


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
    drawn = page.find("svg", attrs={"aria-label": alt})
    (data,) = [
        output.data["image/svg+xml"]
        for output in tagged["gallery-figure"].outputs
        if "image/svg+xml" in output.get("data", {})
    ]
    lines = re.findall(r'<path [^>]*?\bd="([^"]+)"', data)
    assert [path["d"] for path in drawn.find_all("path")] == lines
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
        named = [link for link in page.anchors if address.search(link)]
        assert [link for link in named if link not in cited] == []


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
