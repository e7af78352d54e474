"""What a page loads, and what stands around its text.

A page loads what it needs: the theme's icon script (1.5 MB for ten icons, which its
style sheet shows as well) is left out everywhere, mathematics and the scripts of tabs
where there is nothing for them, and the search index except on the page that searches.
It says of itself, to whoever shares a link, its title, a sentence and a picture.
"""

import re
from html import escape
from pathlib import Path

import icons
from bs4 import BeautifulSoup

SCRIPT = r'<script[^>]*src="[^"]*{}[^"]*"[^>]*></script>\n?'
# Which scripts and style sheets wait for something in the text to be needed.
NEEDED_BY = {
    "thebe": None,  # cells that run in the page: not here, and they name a CDN
    "togglebutton": None,  # solutions open by themselves
    "toggleHint": None,
    "toggleOpenOnPrint": None,
    "mathjax": 'class="math',
    "MathJax": 'class="math',
    "design": 'class="sd-',
}
# Inline scripts speak of this one, so it is read at once; all others can wait.
OPENING = 20_000  # characters of a text, in which its first paragraph stands
PREVIEW = "_static/preview.png"
AT_ONCE = "documentation_options.js"
THEME = """\
<script>
    {
      const root = document.documentElement;
      const mode = localStorage.getItem("mode") || "auto";
      const dark = matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.mode = mode;
      root.dataset.theme = mode === "auto" ? (dark ? "dark" : "light") : mode;
    }
  </script>"""

# What comes later than this would move the lines that are being read; on the next page
# it is there. (The animation is for the case that this script fails.)
FACE = """\
<style>
    .face-waits body { visibility: hidden; animation: late 0s 0.5s forwards; }
    @keyframes late { to { visibility: visible; } }
  </style>
  <script>
    {
      const { classList } = document.documentElement;
      const load = (style) => document.fonts.load(`${style} 1em "Source Sans Pro"`);
      const faces = ["400", "600", "italic"].map(load);
      const late = new Promise((_, fail) => setTimeout(fail, 400));
      classList.add("face-waits");
      Promise.race([Promise.all(faces), late])
        .then(() => classList.add("face"), () => {})
        .then(() => classList.remove("face-waits"));
    }
  </script>"""


def only_notebook_downloads(app, pagename, templatename, context, doctree):
    """A page that is no notebook has nothing that could be run, so nothing to take."""
    if context.get("page_source_suffix") != ".ipynb":
        context["header_buttons"] = [
            button
            for button in context.get("header_buttons", [])
            if button.get("label") != "download-buttons"
        ]


def only_needed_files(app, pagename, templatename, context, doctree):
    """Scripts and style sheets that the text asks for; scripts do not hold it up."""
    body = context.get("body", "")
    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context[kind] if _is_needed(file, body)]
    if pagename != "search":  # which has an inline script of its own
        context["script_files"] = [_waiting(one) for one in context["script_files"]]


def _waiting(script):
    """A script that waits for the text; all pages share the object that is given."""
    if not script.filename or AT_ONCE in str(script.filename):
        return script
    attributes = script.attributes | {"defer": "defer"}
    return type(script)(script.filename, priority=script.priority, **attributes)


def _is_needed(file, body: str) -> bool:
    said = f"{file.filename or ''} {file.attributes.get('body', '')}"
    for name, mark in NEEDED_BY.items():
        if re.search(
            rf"\b{name}|sphinx-{name}", said, re.IGNORECASE * (name == "thebe")
        ):
            return mark is not None and mark in body
    return True


def describe(app, pagename, templatename, context, doctree):
    """Title, first sentence and picture, for search engines and shared links."""
    title = BeautifulSoup(context.get("title", ""), "html.parser").get_text()
    said = {"og:type": "article", "og:title": title, "og:site_name": app.config.project}
    if sentence := first_sentence(context.get("body", "")):
        said |= {"description": sentence, "og:description": sentence}
    # The address of a picture has to be whole, where that of the book is known.
    said["og:image"] = context.get("book_address", context["content_root"]) + PREVIEW
    context["metatags"] = context.get("metatags", "") + "".join(
        f'\n    <meta {"property" if ":" in name else "name"}="{name}" '
        f'content="{escape(text)}" />'
        for name, text in said.items()
    )


def first_sentence(body: str, most: int = 200) -> str:
    """The first sentence of the first paragraph that is no box, at most so long."""
    opening = BeautifulSoup(body[:OPENING], "html.parser")
    paragraphs = opening.select("section > p")
    text = " ".join(paragraphs[0].get_text().split()) if paragraphs else ""
    found = re.match(r".{40,}?[.?!]”?(?=\s|$)", text)
    sentence = found[0] if found else text
    return sentence if len(sentence) <= most else sentence[: most - 1].rstrip() + "…"


def around_the_text(app, pagename, templatename, context, doctree):
    """Functions for ``site/templates/layout.html``."""
    context["head"] = head
    context["without_search"] = without_search
    context["landmarks"] = landmarks
    context["face"] = FACE
    context["pagetitle_alone"] = lambda title, suffix: page_title(
        title, "" if pagename == app.config.root_doc else suffix
    )


def page_title(title: str, suffix: str) -> str:
    """The title of a page and of the book, which on the first page are the same."""
    return escape(BeautifulSoup(title, "html.parser").get_text()) + str(suffix)


def head(html: str) -> str:
    """No icon script; and the theme is right before the first paint."""
    html = re.sub(SCRIPT.format("fontawesome"), "", html)
    html = re.sub(r"<!-- So that users can add custom icons -->\s*", "", html)
    return re.sub(r"(?s)<script data-cfasync.*?</script>", THEME, html, count=1)


def without_search(html: str) -> str:
    """The search page has its scripts; the others only lead there."""
    return re.sub(SCRIPT.format("(?:searchtools|language_data|searchindex)"), "", html)


def landmarks(html: str) -> str:
    """The column on the left is named, so that what stands in it stands somewhere."""
    named = '<div role="complementary" aria-label="Book" id="pst-primary-sidebar"'
    return html.replace('<div id="pst-primary-sidebar"', named, 1)


def add_icons(app, config):
    """The icons of the pages, without the other 1,400 of the theme's font."""
    folder = Path(app.doctreedir).parent / "icons"
    folder.mkdir(parents=True, exist_ok=True)
    icons.write(folder)
    config.html_static_path.append(str(folder))
    app.add_css_file("icons.css")


def setup(app):
    app.connect("config-inited", add_icons)
    for mend in (only_notebook_downloads, only_needed_files, describe, around_the_text):
        app.connect("html-page-context", mend, priority=900)
