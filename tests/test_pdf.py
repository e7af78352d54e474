"""Pages of the book on paper, bound into one PDF as ``make pdf`` does."""

import re

import pdf
import pytest
from pypdf import PdfReader

TWO = ["chapters/12-gru", "chapters/91-notation"]


@pytest.fixture(scope="module")
def bound(browser, book, tmp_path_factory):
    out = tmp_path_factory.mktemp("pdf") / "two.pdf"
    pdf.make(browser, out, book, TWO)
    return PdfReader(out)


@pytest.fixture(scope="module")
def texts(bound) -> list[str]:
    """What stands on each page; to find out takes as long as to print it."""
    return [page.extract_text() for page in bound.pages]


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_contents_name_the_pages_on_which_chapters_begin(bound, texts):
    front = " ".join(" ".join(lines(text)) for text in texts[:2])
    assert "Contents" in front
    outline = [one for one in flat(bound.outline) if re.match(r"\d+\. |Not", one.title)]
    assert len(outline) == len(TWO)
    for one in outline:
        start = bound.get_destination_page_number(one)
        found = re.search(rf"{re.escape(one.title)}\s*(\d+)", front)
        assert int(found[1]) == start + 1
        assert re.sub(r"\W", "", one.title) in re.sub(
            r"\W", "", "".join(lines(texts[start]))
        )


def flat(outline) -> list:
    return [
        one
        for item in outline
        for one in (flat(item) if isinstance(item, list) else [item])
    ]


def test_every_page_but_the_title_has_its_number(texts):
    for number, text in enumerate(texts, start=1):
        assert (str(number) in lines(text)[-1:]) == (number > 1)


def test_no_line_of_code_is_cut(texts, book):
    """The longest line of code is there to its last word, on one line or on two."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup((book / f"{TWO[0]}.html").read_text("utf-8"), "html.parser")
    shown = soup.select(".cell:not(.tag_hide-input) .cell_input pre")
    code = [line for pre in shown for line in pre.get_text().splitlines()]
    text = re.sub(r"\s", "", "".join(texts))
    for line in sorted(code, key=len)[-20:]:
        assert re.sub(r"\s", "", line) in text


def test_answers_stand_on_paper_and_buttons_do_not(texts):
    text = "".join(texts)
    assert "Right:" in text and "Not this:" in text and "Solution to Exercise" in text
    assert "Back to Exercise" not in text and "Show the code" not in text


def test_links_between_chapters_stay_in_the_file(bound):
    addresses = [
        str(note.get_object().get("/A", {}).get("/URI", ""))
        for page in bound.pages
        for note in page.get("/Annots", [])
    ]
    assert not [address for address in addresses if address.startswith("file:")]


def test_no_frame_is_left_empty(browser, book):
    """What a frame holds may break where the frame does."""
    page = browser.new_page(viewport={"width": 680, "height": 900})
    page.goto((book / f"{TWO[0]}.html").as_uri())
    page.emulate_media(media="print")
    found = page.evaluate("""() => [...document.querySelectorAll('.cell_input *')]
      .filter(e => e.matches('div, pre')).map(e => getComputedStyle(e))
      .filter(s => s.breakInside !== 'auto' || s.overflowX !== 'visible').length""")
    assert found == 0
    page.close()
