"""The landing page and the back matter: what a newcomer sees, touches and is told."""

import json
import re
import struct
import sys

import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import ROOT

sys.path[:0] = [str(ROOT / "experiments")]

import glossary  # noqa: E402  (site/ is no package)
import landing  # noqa: E402
import start  # noqa: E402

NUMBERS = json.loads((ROOT / "site" / "landing.json").read_text(encoding="utf-8"))
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = ROOT / "chapters"
SCREENS = {"desktop": (1280, 800), "phone": (390, 844)}

# What the bars of a picture say: their names and their shares, as text.
BARS = """box => [...box.querySelectorAll('.bars li')].map(row => [
  row.querySelector('.name').textContent,
  row.querySelector('.share').textContent.replace(/\\s/g, ''),
  Math.round(parseFloat(row.querySelector('i').style.width))])"""


def expected(pairs):
    """What the bars should say of stored names and probabilities."""
    shown = [(start.SHOWN.get(str(name), str(name)), 100 * p) for name, p in pairs]
    return [(name, p) for name, p in shown]


def assert_bars(box, pairs):
    """The bars are the stored numbers; a half may be rounded either way."""
    said = box.evaluate(BARS)
    wanted = expected(pairs)
    assert [name for name, _, _ in said] == [name for name, _ in wanted]
    for (_, share, width), (_, p) in zip(said, wanted, strict=True):
        assert abs(float(share.rstrip("%")) - p) <= 0.501
        assert abs(width - p) <= 0.501


@pytest.fixture(scope="module", params=SCREENS)
def screen(request, browser, book):
    """The landing page from the disk, for whoever wants nothing to move by itself."""
    width, height = SCREENS[request.param]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=request.param == "phone",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{book.as_uri()}/index.html", wait_until="load")
    yield page
    context.close()


def test_the_first_screen_says_where_to_start(screen):
    button = screen.locator(".start a").first
    box, height = button.bounding_box(), screen.viewport_size["height"]
    first = TOC["parts"][0]["chapters"][0]["file"]
    assert button.get_attribute("href") == f"{first}.html"
    assert "Start" in button.inner_text() and "minutes" in button.inner_text()
    assert box["height"] >= 44 and box["y"] + box["height"] <= height
    picture = screen.locator(".digit-reader").bounding_box()
    assert picture["y"] < 0.8 * height


def test_the_page_is_short_and_not_wide(screen):
    width, height = screen.viewport_size.values()
    root = "document.documentElement"
    cards = screen.locator(".card-of-course").count()
    assert cards >= 9
    chapters = len([*CHAPTERS.glob("[01234]?-*.ipynb")])  # a line each in the map
    most = (1.5 + 0.4 * cards + 0.02 * chapters) * height
    assert screen.evaluate(f"{root}.scrollHeight") <= most
    assert screen.evaluate(f"{root}.scrollWidth") <= width


def belief(digit, rows):
    return list(enumerate(NUMBERS["digits"][digit]["belief"][rows - 1]))


def test_the_digit_answers_pointer_keyboard_and_touch(screen):
    box = screen.locator(".digit-reader")
    slider, image = box.locator("input"), box.locator("svg.ink")
    image.scroll_into_view_if_needed()
    assert_bars(box, belief(0, 14))
    slider.focus()
    screen.keyboard.press("ArrowRight")
    assert_bars(box, belief(0, 15))
    assert slider.get_attribute("aria-valuetext").startswith("15 of 28 rows, ")
    screen.keyboard.press("End")
    assert_bars(box, belief(0, 28))
    frame = image.bounding_box()
    place = frame["x"] + 20, frame["y"] + frame["height"] * 9.1 / 28
    if screen.viewport_size["width"] < 500:
        screen.touchscreen.tap(*place)
    else:
        screen.mouse.move(*place)
    assert slider.input_value() == "9"
    assert_bars(box, belief(0, 9))
    box.locator("button").nth(2).click()
    assert_bars(box, belief(2, 14))
    assert box.locator("button").nth(2).get_attribute("aria-pressed") == "true"
    box.locator("button").nth(0).click()


def test_the_text_answers_pointer_and_keyboard(screen):
    box, text = screen.locator(".text-reader"), NUMBERS["text"]
    slider, letters = box.locator("input"), box.locator(".passage [aria-hidden] span")
    assert "".join(letters.all_text_contents()) == text["text"]
    assert box.locator(".whole").inner_text().split() == text["text"].split()
    at = text["bits"].index(max(text["bits"]))
    assert_bars(box, text["next"][at])
    letters.nth(14).scroll_into_view_if_needed()
    if screen.viewport_size["width"] < 500:
        letters.nth(14).tap()
    else:
        letters.nth(14).hover()
    assert_bars(box, text["next"][14])
    slider.focus()
    screen.keyboard.press("ArrowLeft")
    assert_bars(box, text["next"][13])
    assert slider.get_attribute("aria-valuetext").startswith('After "')


def test_the_digit_moves_by_itself_once_where_that_is_welcome(browser, book):
    context = browser.new_context(reduced_motion="no-preference")
    page = context.new_page()
    page.goto(f"{book.as_uri()}/index.html", wait_until="load")
    rows = "document.querySelector('.digit-reader input').value"
    page.wait_for_function(f"{rows} == 14", timeout=20_000)
    page.wait_for_timeout(400)
    assert page.evaluate(rows) == "14"
    context.close()


def test_the_bands_of_reach_follow_their_slider_by_keyboard(screen):
    box = screen.locator("[data-explorer=bands]")
    before = box.bounding_box()["height"]
    box.scroll_into_view_if_needed()
    screen.wait_for_selector("[data-explorer=bands][data-state=here]")
    assert abs(box.bounding_box()["height"] - before) <= 1
    bands, slider = box.locator(".explorer-live svg"), box.locator("input")
    label = bands.get_attribute("aria-label")
    empty = ":scope g rect:first-child[fill='var(--book-soft)']"
    assert bands.locator(empty).count() == 5  # the rows of the plain RNN
    slider.focus()
    screen.keyboard.press("End")
    later = "l => document.querySelector('.explorer-live svg').ariaLabel !== l"
    screen.wait_for_function(later, arg=label)
    opened = bands.get_attribute("aria-label")
    assert slider.get_attribute("aria-valuetext") == "6.0"
    assert bands.locator(empty).count() == 5
    screen.keyboard.press("Home")
    screen.wait_for_function(later, arg=opened)
    assert bands.locator(empty).count() == 15
    assert slider.bounding_box()["height"] >= 44
    said = box.locator(".explorer-words")
    screen.wait_for_function(
        "() => document.querySelector('.explorer-words').textContent.includes('10⁻')"
    )
    assert "GRU" in said.text_content()


def test_without_scripts_the_pictures_are_whole(browser, book):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{book.as_uri()}/index.html", wait_until="load")
    assert page.locator(".start a").first.is_visible()
    for box in page.locator(".touch").all():
        assert not box.locator("input").is_visible()
        assert box.locator(".bars").is_visible()
    assert not page.locator(".digit-reader .picks").is_visible()
    assert page.locator(".explorer-picture svg.bands").is_visible()
    context.close()


JUMPS = """new PerformanceObserver(list => list.getEntries().forEach(
  jump => { window.jumps = (window.jumps || 0) + jump.value; }
)).observe({type: 'layout-shift', buffered: true})"""


@pytest.mark.parametrize("late", [0, 500])
@pytest.mark.parametrize("screen", SCREENS)
def test_the_notation_hardly_jumps_while_its_formulas_are_set(
    browser, book, screen, late
):
    """Neither then nor when a typeface or the signs of formulas come late."""
    width, height = SCREENS[screen]
    page = browser.new_page(viewport={"width": width, "height": height})
    page.add_init_script(JUMPS)
    fonts = []

    def waits(route):
        fonts.append(route.request.url.rpartition("/")[2])
        page.wait_for_timeout(late)
        route.continue_()

    if late:
        page.route("**/*.woff*", waits)
    page.goto(f"{book.as_uri()}/chapters/91-notation.html", wait_until="load")
    page.wait_for_function("!document.querySelector('.math:not(:has(mjx-container))')")
    page.wait_for_timeout(500 + 2 * late)
    if late:
        assert {"face-regular.woff2", "MathJax_Main-Regular.woff"} <= {*fonts}
        # What came too late for this page is not put into it any more.
        assert page.evaluate("document.documentElement.className") == ""
    assert page.evaluate("window.jumps || 0") < 0.1
    page.close()


def test_pages_have_their_typeface_and_nothing_hides_them(browser, book):
    """It comes with a page from a disk; where it cannot be had, the page is there."""
    address = f"{book.as_uri()}/chapters/92-glossary.html"
    named = "getComputedStyle(document.querySelector('h1')).fontFamily"
    for had in True, False:
        page = browser.new_page()
        # Time stands still, so that a slow machine is not told that it came too late.
        page.add_init_script("window.setTimeout = () => 0")
        if not had:
            page.route("**/face-*.woff2", lambda route: route.abort())
        page.goto(address, wait_until="load")
        page.wait_for_function("document.documentElement.className !== 'face-waits'")
        assert page.locator("article h1").is_visible()
        assert ("Source Sans Pro" in page.evaluate(named)) == had
        page.close()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address, wait_until="load")
    assert page.locator("article h1").is_visible()
    context.close()


WIDTHS = """() => [...document.querySelectorAll('td span.math, p span.math')].map(
  one => one.getBoundingClientRect().width)"""


def test_tex_that_waits_takes_the_room_of_its_formula(browser, book):
    """So few lines break elsewhere once it is set; and then it has its full size."""
    address = f"{book.as_uri()}/chapters/91-notation.html"
    page = browser.new_page(viewport={"width": 1280, "height": 4000})
    trouble = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    never = "MathJax = {startup: {promise: new Promise(() => {})}}"
    page.route("**/mathjax.js*", lambda route: route.fulfill(body=never))
    page.goto(address, wait_until="load")
    waits = page.evaluate(WIDTHS)
    page.unroute("**/mathjax.js*")
    page.route("**/mathjax.js*", lambda route: route.abort())
    page.goto(address, wait_until="load")
    raw = page.evaluate(WIDTHS)  # it does not come: TeX that can be read
    page.unroute("**/mathjax.js*")
    page.goto(address, wait_until="load")
    page.wait_for_function("!document.querySelector('.math:not(:has(mjx-container))')")
    formulas = page.evaluate(WIDTHS)
    off, before = (
        sum(abs(a - b) for a, b in zip(shown, formulas, strict=True))
        for shown in (waits, raw)
    )
    assert len(formulas) > 100 and off < 0.35 * before
    sizes = page.evaluate(
        """[...document.querySelectorAll('td span.math')].map(
        one => [one, one.parentElement].map(e => getComputedStyle(e).fontSize))"""
    )
    assert all(formula == around for formula, around in sizes)
    assert trouble == []
    page.close()


# What needs no browser.


@pytest.fixture(scope="module")
def index(book):
    html = (book / "index.html").read_text("utf-8")
    return BeautifulSoup(html, "html.parser").find("article")


def test_pictures_show_the_stored_numbers(index):
    shares = [one.get_text() for one in index.select(".digit-reader .share")]
    last = NUMBERS["digits"][0]["belief"][-1]
    assert [float(s.rstrip("%")) for s in shares] == [round(100 * p) for p in last]
    price = NUMBERS["price"]
    days = zip(price["low"], price["price"], price["high"], strict=True)
    misses = sum(not low <= p <= high for low, p, high in days)
    assert len(index.select("svg.price .miss")) == misses > 0
    air = NUMBERS["air"]["ahead"]
    assert len(index.select("svg.price .made")) == len(air) == 2
    ahead = index.select_one("svg.price .next")["points"].split()
    assert len(ahead) == len(NUMBERS["series"]["ahead"]) == 12
    visit = NUMBERS["session"]["ranks"]
    hits = sum(rank <= 10 for rank in visit)
    assert len(index.select("svg.visit .hit")) == hits > 0
    assert len(index.select("svg.visit .far")) == len(visit) - hits > 0
    for shown, one in zip(
        index.select(".word-parts p"), NUMBERS["sentences"], strict=True
    ):
        words = shown.find_all("span")
        assert [word.get_text() for word in words] == one["words"]
        signs = [word["class"] == ["for"] for word in words]
        assert signs == [part > 0 for part in one["parts"]]
    named = index.select("svg[role=img]")
    assert len(named) == 9 and all(len(svg["aria-label"]) > 12 for svg in named)


def test_stored_prices_are_what_the_program_makes():
    """The cheapest of the seven trainings, on data that are always there."""
    again = landing.price()
    for name, stored in NUMBERS["price"].items():
        assert again[name] == pytest.approx(stored, rel=0.01)


def test_digits_and_sentences_are_what_the_rules_ask_for():
    for one in NUMBERS["digits"]:
        half, end = one["belief"][13], one["belief"][-1]
        assert end.index(max(end)) == one["digit"] != half.index(max(half))
    right, wrong = NUMBERS["sentences"]
    assert right["judged"] == right["positive"] and wrong["judged"] != wrong["positive"]


def test_cards_lead_to_the_applications(index):
    cards = index.select(".card-of-course")
    names = [f"chapters/{name}.html" for name in start.applications()]
    assert [card.select_one(".card-title a")["href"] for card in cards] == names
    assert all("minutes" in c.get_text() and "Result" in c.get_text() for c in cards)


def test_the_map_has_every_chapter_with_its_number(index):
    links = index.select(".course-map a")
    files = [one["file"] for part in TOC["parts"] for one in part["chapters"]]
    assert [a["href"] for a in links] == [f"{file}.html" for file in files]
    numbered = [a.get_text() for a in links if a.get_text()[0].isdigit()]
    assert [int(text.split(".")[0]) for text in numbered] == [
        *range(1, len(numbered) + 1)
    ]


def test_how_to_get_the_course_is_true_with_and_without_an_address():
    without, with_one = start.how_to_get(None), start.how_to_get(("a/b", "main"))
    assert "github" not in without and "Copy the folder" in without
    assert "git clone https://github.com/a/b" in with_one
    assert "Copy the folder" not in with_one


def test_the_preview_has_the_size_that_is_asked_for():
    head = (ROOT / "site" / "images" / "preview.png").read_bytes()[:24]
    assert struct.unpack(">II", head[16:24]) == (1200, 630)


def test_the_glossary_has_letters_and_its_terms_explain_themselves(book):
    def page(name):
        html = (book / f"{name}.html").read_text("utf-8")
        return BeautifulSoup(html, "html.parser").find("article")

    terms = page(glossary.PAGE)
    letters = terms.select(".letters a")
    assert [a.get_text() for a in letters] == sorted({a.get_text() for a in letters})
    assert len(letters) >= 15
    for letter in letters:
        first = terms.find(id=letter["href"][1:]).find_parent("dt")
        assert first.get_text().strip()[0].upper() == letter.get_text()
    assert terms.find(id="term-teacher-forcing")
    link = page("chapters/91-notation").find("a", href="92-glossary.html#term-batch")
    said = "Examples that are worked on together, one row of the array for each."
    assert link["title"] == said


def test_the_error_atlas_opens_with_symptoms_and_shows_no_apparatus(book):
    html = (book / "chapters" / "94-errors.html").read_text("utf-8")
    page = BeautifulSoup(html, "html.parser").find("article")
    assert "What you see" in page.find("table").get_text()
    assert not page.select("details.hide")
    shown = [out.get_text().strip() for out in page.select(".output")]
    assert shown and not [text for text in shown if text.startswith(("(", "[", "'"))]
    assert not {"True", "False"} & set(shown)
    assert "torch.Size" not in page.get_text()


def test_the_back_matter_prints_no_raw_numbers(book):
    raw = re.compile(r"np\.\w+\(|\d\.\d{9}")
    for path in sorted((book / "chapters").glob("9*.html")):
        page = BeautifulSoup(path.read_text("utf-8"), "html.parser").find("article")
        for output in page.select(".output"):
            assert not raw.search(output.get_text()), path.name
