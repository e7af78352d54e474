"""Draw each explorer's still picture with its own program, in Chromium.

``python site/explorers/pictures.py`` writes ``pictures/NAME.svg`` for every ``NAME.js``
that has ``still``. The pictures are committed; a test compares.
"""

import os
import re
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
COMMON = ("kit", "machine", "networks")
APART = ("attention", "digit", "gates", "writer")  # see pictures_networks.py
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")


def still(page, name: str) -> str:
    """The picture as SVG, a line for each part."""
    page.set_content("<!doctype html><html><body></body></html>")
    # `document.currentScript` is an inline one here, which has no address.
    for script in (*COMMON, name):
        path = HERE / f"{script}.js"
        text = path.read_text(encoding="utf-8")
        page.add_script_tag(content=text)
    svg = page.evaluate(f"Explorer.registered['{name}'].still().outerHTML")
    return re.sub(r"(?=<(?:line|rect|text|path|circle)\b)", "\n", svg) + "\n"


def main() -> None:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    path = os.environ.get("CHROMIUM", found)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        for script in sorted(HERE.glob("*.js")):
            if script.stem not in COMMON + APART:
                picture = still(page, script.stem)
                target = HERE / "pictures" / f"{script.stem}.svg"
                target.write_text(picture, encoding="utf-8")
        browser.close()


if __name__ == "__main__":
    main()
