"""Draw the still pictures of the explorers that have a trained network, in Chromium.

``python site/explorers/pictures_networks.py`` writes ``pictures/NAME.svg`` with the
explorers' own programs and weights.
"""

import os
import re
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
NAMES = "attention", "digit", "gates", "writer"


def picture(page, name: str) -> str:
    """The picture as SVG, a line for each part."""
    page.set_content("<!doctype html><html><body></body></html>")
    for file in ("kit.js", "networks.js", f"weights/{name}.js", f"{name}.js"):
        page.add_script_tag(content=(HERE / file).read_text(encoding="utf-8"))
    text = (HERE / "weights" / f"{name}.js").read_text(encoding="utf-8")
    packed = text[text.index("{") : text.rindex(")")]
    svg = page.evaluate(
        f"""() => {{
          const packed = {packed};
          const weights = Object.fromEntries(Object.entries(packed).map(
            ([key, one]) => [key, one?.data ? Explorer.decode(one) : one]));
          return Explorer.registered['{name}'].picture(weights).outerHTML;
        }}"""
    )
    return re.sub(r"(?=<(?:line|rect|text|path|circle)\b)", "\n", svg) + "\n"


def main() -> None:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    path = os.environ.get("CHROMIUM", found)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(reduced_motion="reduce")
        for name in NAMES:
            target = HERE / "pictures" / f"{name}.svg"
            target.parent.mkdir(exist_ok=True)
            target.write_text(picture(page, name), encoding="utf-8")
        browser.close()


if __name__ == "__main__":
    main()
