"""Draw each explorer's still picture with its own program, in Chromium.

``python site/explorers/pictures.py`` writes ``pictures/NAME.svg`` for every explorer,
with its weights where it has some. The pictures are committed; a test compares.
"""

import os
import re
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
COMMON = ("kit", "machine", "networks")  # what several explorers share
NAMES = sorted({path.stem for path in HERE.glob("*.js")} - set(COMMON))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")


def load(page) -> None:
    """All explorers with their weights, in an empty page that never starts them."""
    page.set_content("<!doctype html><html><body></body></html>")
    weights = sorted(path.stem for path in (HERE / "weights").glob("*.js"))
    # `document.currentScript` is an inline one here, which has no address.
    for script in (*COMMON, *NAMES, *(f"weights/{name}" for name in weights)):
        path = HERE / f"{script}.js"
        page.add_script_tag(content=path.read_text(encoding="utf-8"))


def still(page, name: str) -> str:
    """The picture as SVG, a line for each part."""
    svg = page.evaluate("name => Explorer.picture(name).outerHTML", name)
    return re.sub(r"(?=<(?:line|rect|text|path|circle)\b)", "\n", svg) + "\n"


def main() -> None:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    path = os.environ.get("CHROMIUM", found)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(reduced_motion="reduce")
        load(page)
        for name in NAMES:
            target = HERE / "pictures" / f"{name}.svg"
            target.write_text(still(page, name), encoding="utf-8")
        browser.close()


if __name__ == "__main__":
    main()
