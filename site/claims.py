"""The table of claims in a page: its script, its style, and links to pages.

The rows come from the notebook (``rnnbook.claims.shown``) and link to notebooks there.
Without the script it is a plain table, whose rows open all the same.
"""

import re

TABLE = '<table class="claims"'
LINK = re.compile(r'(<td><a href="\d\d-[\w-]+)\.(?:ipynb|md)"')


def only_here(app, pagename, templatename, context, doctree):
    """After the text was mended: only a page with such a table loads what it needs."""
    body = context.get("body") or ""
    if TABLE in body:
        context["body"] = LINK.sub(r'\1.html"', body)
        app.add_css_file("claims.css")
        app.add_js_file("claims.js", loading_method="defer")


def setup(app):
    app.connect("html-page-context", only_here, priority=850)
