"""The table of claims in a page: its script, its style, and links to pages.

The rows come from the notebook (``rnnbook.claims.shown``) and link to notebooks there.
Without the script it is a plain table, whose rows open all the same.
"""

import re

TABLE = '<table class="claims"'
LINK = re.compile(r'<td><a href="(\d\d-[\w-]+)\.(?:ipynb|md)"([^>]*)>(\d\d)</a>')


def only_here(app, pagename, templatename, context, doctree):
    """After the text was mended: only a page with such a table loads what it needs."""
    body = context.get("body") or ""
    if TABLE in body:
        numbers = getattr(getattr(app, "env", None), "toc_secnumbers", {})

        def linked(found):
            """To the page, by its number in the book, which is not that of its file."""
            page, rest, number = found.groups()
            known = numbers.get(f"chapters/{page}", {}).get("")
            shown = ".".join(map(str, known)) if known else number
            return f'<td><a href="{page}.html"{rest}>{shown}</a>'

        context["body"] = LINK.sub(linked, body)
        app.add_css_file("claims.css")
        app.add_js_file("claims.js", loading_method="defer")


def setup(app):
    app.connect("html-page-context", only_here, priority=850)
