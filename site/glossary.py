"""What the glossary does for its readers, as part of the extension ``bookpages``.

- Jumps from A to Z at its head.
- A term on another page tells its definition's first sentence when it is pointed at.
"""

import re

from docutils import nodes
from sphinx import addnodes

PAGE = "chapters/92-glossary"


def glossary(doctree):
    """The terms of a page's glossary, each with its definition."""
    for part in doctree.findall(addnodes.glossary):
        for item in part.findall(nodes.definition_list_item):
            definition = item.next_node(nodes.definition)
            for term in item.findall(nodes.term):
                yield term, definition


def first_sentence(definition) -> str:
    """Of the definition, without the Chinese name before it; "" if it has a formula."""
    text = " ".join(definition.astext().split())
    _, _, english = text.partition(". ")
    return "" if "\\" in english else re.match(r".*?(?:\.(?= |$)|$)", english)[0]


def add_letters(doctree) -> None:
    """The first term of each letter gets an id, and the page a row of links to them."""
    row = nodes.paragraph("", classes=["letters"])
    for term, _ in glossary(doctree):
        letter = term.astext()[0].upper()
        anchor = f"letter-{letter.lower()}"
        if not any(link["refid"] == anchor for link in row.findall(nodes.reference)):
            term["ids"].append(anchor)
            row += [nodes.reference("", letter, refid=anchor, internal=True)]
            row += [nodes.Text(" ")]
    place = next(doctree.findall(addnodes.glossary))
    place.parent.insert(place.parent.index(place), row)


def read(app, doctree) -> None:
    if app.env.docname == PAGE:
        add_letters(doctree)


def explain_terms(app, doctree, docname) -> None:
    """A link to a term has the first sentence of its definition as its title."""
    if not hasattr(app, "rnnbook_terms"):
        app.rnnbook_terms = {
            term["ids"][0]: first_sentence(definition)
            for term, definition in glossary(app.env.get_doctree(PAGE))
        }
    for link in doctree.findall(nodes.reference):
        anchor = link.get("refuri", "").partition("#")[2] or link.get("refid", "")
        if app.rnnbook_terms.get(anchor) and docname != PAGE:
            link["reftitle"] = app.rnnbook_terms[anchor]


def style(app, pagename, templatename, context, doctree) -> None:
    """The back matter has a style sheet of its own."""
    if pagename.startswith("chapters/9"):
        app.add_css_file("backmatter.css")


def setup(app) -> None:
    app.connect("doctree-read", read)
    app.connect("doctree-resolved", explain_terms)
    app.connect("html-page-context", style)
