"""The whole book as one PDF: ``python site/pdf.py [--pages NAME ...] [--out FILE]``.

The built pages are printed by a browser, one after the other; in front of them come a
title page and the contents, with the pages on which the chapters begin. Every page gets
its number, the file an outline, and links between chapters lead within it.
"""

import argparse
import io
import re
import sys
from html import escape
from pathlib import Path

import yaml
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import Fit

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "_build" / "html"
MARGIN = {side: "15mm" for side in ("top", "left", "right")} | {"bottom": "20mm"}
READY = """document.readyState === 'complete' &&
  !document.querySelector('.math:not(:has(mjx-container))')"""
TITLE = "() => document.querySelector('article h1').innerText.replace(/#$/, '')"
FRONT = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
  body {{ font: 11pt/1.5 system-ui, sans-serif; margin: 0; }}
  .title {{ height: 24cm; display: flex; flex-direction: column;
            justify-content: center; break-after: page; }}
  .title h1 {{ font-size: 34pt; line-height: 1.2; }}
  h2 {{ font-size: 20pt; }} h3 {{ margin: 14pt 0 4pt; font-size: 11pt; }}
  p {{ margin: 3pt 0; display: flex; gap: 6pt; break-inside: avoid; }}
  p i {{ flex: 1; border-bottom: 1px dotted #888; height: 1.1em; }}
</style>
<div class="title"><h1>{title}</h1><div>{author}</div></div>
<h2>Contents</h2>{lines}</html>"""
NUMBER = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><style>
  @page {{ size: A4; margin: 0; }}
  body {{ margin: 0; font: 9pt system-ui, sans-serif; }}
  div {{ height: 297mm; break-after: page; position: relative; }}
  span {{ position: absolute; bottom: 10mm; width: 100%; text-align: center; }}
</style>{lines}</html>"""


def parts(wanted: list[str]) -> list[tuple[str, list[str]]]:
    """The parts of the book and their pages, as ``_toc.yml`` has them."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    found = [("", [toc["root"]])]
    found += [(p["caption"], [c["file"] for c in p["chapters"]]) for p in toc["parts"]]
    if wanted:
        found = [(name, [p for p in pages if p in wanted]) for name, pages in found]
    return [(name, pages) for name, pages in found if pages]


def printed(page) -> bytes:
    return page.pdf(format="A4", margin=MARGIN, print_background=True)


def chapter(browser, file: Path) -> tuple[str, bytes]:
    """The title of a built page, and the page on paper."""
    page = browser.new_page(viewport={"width": 680, "height": 960})
    page.goto(file.as_uri())
    page.wait_for_function(READY, timeout=120_000)
    page.emulate_media(media="print")  # opens what is closed
    page.evaluate("document.documentElement.classList.add('face')")
    page.evaluate("document.fonts.ready")
    title, paper = page.evaluate(TITLE), printed(page)
    page.close()
    return title, paper


def on_paper(browser, html: str) -> PdfReader:
    page = browser.new_page()
    page.set_content(html)
    paper = (
        printed(page) if "@page" not in html else page.pdf(prefer_css_page_size=True)
    )
    page.close()
    return PdfReader(io.BytesIO(paper))


def contents(groups, starts: dict[str, tuple[str, int]], config) -> str:
    """Title page and contents; ``starts`` has for each page its title and number."""
    lines = []
    for name, pages in groups:
        lines += [f"<h3>{escape(name)}</h3>"] if name else []
        for page in pages:
            title, number = starts[page]
            lines.append(f"<p>{escape(title)}<i></i>{number}</p>")
    said = {key: escape(str(config[key])) for key in ("title", "author")}
    return FRONT.format(lines="\n".join(lines), **said)


def bind(browser, groups, chapters: dict[str, tuple[str, bytes]]) -> PdfWriter:
    """Front matter and chapters in one file, with outline, numbers and links."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    readers = {
        name: PdfReader(io.BytesIO(paper)) for name, (_, paper) in chapters.items()
    }
    titles = {name: title for name, (title, _) in chapters.items()}
    front, starts = 0, {}
    for _ in range(2):  # how long the contents are is known once they were printed
        at = front + 1
        for name, reader in readers.items():
            starts[name] = titles[name], at
            at += len(reader.pages)
        opening = on_paper(browser, contents(groups, starts, config))
        front = len(opening.pages)
    writer = PdfWriter()
    writer.append(opening, import_outline=False)
    for name, pages in groups:
        parent = None
        for page in pages:
            title, number = starts[page]
            writer.append(readers[page], import_outline=False)
            if name and parent is None:
                parent = writer.add_outline_item(title=name, page_number=number - 1)
            writer.add_outline_item(title=title, page_number=number - 1, parent=parent)
    link(writer, {name: number for name, (_, number) in starts.items()})
    number_pages(browser, writer, front)
    writer.add_metadata({"/Title": config["title"], "/Author": config["author"]})
    return writer


def link(writer: PdfWriter, starts: dict[str, int]) -> None:
    """Links to other pages of the book lead to where they begin in the file."""
    for index, page in enumerate(writer.pages):
        kept = []
        for one in page.get("/Annots", []):
            note = one.get_object()
            address = note.get("/A", {}).get("/URI", "")
            found = re.match(r"file://.*?/((?:chapters/)?[\w-]+)\.html", str(address))
            if not str(address).startswith("file:"):
                kept.append(one)
            elif found and found[1] in starts:
                target = starts[found[1]] - 1
                fit = Fit.fit_horizontally(top=842)
                new = Link(rect=note["/Rect"], target_page_index=target, fit=fit)
                writer.add_annotation(index, new)
                kept.append(page["/Annots"][-1])
        if "/Annots" in page:
            page["/Annots"].clear()
            page["/Annots"].extend(kept)


def number_pages(browser, writer: PdfWriter, front: int) -> None:
    """A number at the foot of every page but the title."""
    count = len(writer.pages)
    lines = "".join(f"<div><span>{n}</span></div>" for n in range(2, count + 1))
    numbers = on_paper(browser, NUMBER.format(lines=lines))
    for page, number in zip(writer.pages[1:], numbers.pages, strict=False):
        page.merge_page(number)


def make(browser, out: Path, folder: Path = PAGES, wanted: list[str] | None = None):
    """Print the pages of ``folder`` into one file."""
    groups = parts(wanted or [])
    chapters = {}
    for name in [page for _, pages in groups for page in pages]:
        chapters[name] = chapter(browser, folder / f"{name}.html")
    book = bind(browser, groups, chapters)
    book.compress_identical_objects()  # each chapter brings the same typefaces
    book.write(out)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", nargs="*", metavar="NAME", help="as in _toc.yml")
    parser.add_argument("--out", type=Path, default=ROOT / "_build" / "rnnbook.pdf")
    options = parser.parse_args(arguments)
    sys.path.insert(0, str(ROOT / "tests"))
    from conftest import NO_BROWSER, _launch
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = _launch(playwright)
        if browser is None:
            sys.exit(NO_BROWSER)
        make(browser, options.out, wanted=options.pages)
        browser.close()
    print(options.out)


if __name__ == "__main__":
    main(sys.argv[1:])
