"""Figures and typeface of the pages, a part of site/bookpages.py.

- A diagram and the line in italics below it are a figure with a caption.
- Diagrams and plots become part of the page, in the colours of its theme.
- Text and figures have one typeface: what the book needs of it is served with it.
"""

import re
from html import escape, unescape
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import parts  # site/diagrams
from docutils import nodes
from fontTools import subset, ttLib
from sphinx.transforms import SphinxTransform

DIAGRAMS = "diagrams/"  # beside the notebooks, so that JupyterLab finds them
OUTPUTS = "jupyter_execute/"  # where MyST-NB puts the pictures of cells
NAMES = {colour: name for name, colour in parts.LIGHT.items() if name != "ground"}
# A piece of a formula: what stands before its places, they, and its size.
SPAN = re.compile(r'(<tspan x=")([^"]+)("[^>]*?font-size: )([\d.]+)px')
STYLES = {
    "Regular": (400, "normal"),
    "It": (400, "italic"),
    "Semibold": (600, "normal"),
}
# What a reader has until the face is there, as wide as it is: so no line moves then.
# Ratios of the widths of this book's text, set in both: plain, bold and in italics.
STANDINS = {
    "Arial": {"": 93, " Bold": 91.2, " Italic": 92.3},
    "Liberation Sans": {"": 93, " Bold": 91.2, " Italic": 92.3},
    "Roboto": {"": 93},
    "DejaVu Sans": {"": 81.5, " Bold": 78.3, " Oblique": 81.1},
}
LOOKS = {" Bold": "font-weight:600;", " Italic": "font-style:italic;"}
LOOKS[" Oblique"] = LOOKS[" Italic"]
# Latin, Greek, punctuation, high and low digits, arrows and the signs of mathematics.
CHARACTERS = "U+20-17F,U+370-3FF,U+2010-2026,U+2032-2033,U+2070-2089,U+20AC,U+2190-22FF"
SMALLEST = 9.4  # px in the file of a plot: on a phone, which shows it smaller, 8.5


class Figures(SphinxTransform):
    """A diagram, and the paragraph in italics below it, are a figure with a caption.

    So both show in JupyterLab as well, which knows no figures.
    """

    default_priority = 500  # after labels have found what they stand before

    def apply(self):
        for image in list(self.document.findall(nodes.image)):
            place = image.parent
            if not image["uri"].startswith(DIAGRAMS) or len(place) > 1:
                continue
            below = place.next_node(descend=False, siblings=True)
            if not (isinstance(below, nodes.paragraph) and len(below) == 1):
                raise ValueError(f"{image['uri']}: no caption in italics below it")
            caption = nodes.caption("", "", *below[0].children)
            figure = nodes.figure("", image, caption, align="center")
            name = Path(image["uri"]).stem
            figure["ids"] = place["ids"] or [f"diagram-{name}"]
            figure["names"] = place["names"]
            for one in figure["ids"]:
                self.document.ids[one] = figure
            below.parent.remove(below)
            place.replace_self(figure)


def inlined(text: str, alt: str, name: str) -> str:
    """A picture's file as a part of a page, where no other has that name."""
    text = text[text.index("<svg") :]
    text = re.sub(r"(?s)<(style|title|desc|metadata)\b[^>]*>.*?</\1>\n?", "", text)
    if 'class="diagram"' not in text:  # of Matplotlib; its ids are made unique
        text = re.sub(r"#[0-9a-f]{6}\b", _themed, text, flags=re.I)
        text = re.sub(r"(?s)<text>.*?</text>", _readable, text)
        text = re.sub(r"(<text [^>]*>)-(?=[.\d])", "\\1\u2212", text)
        text = re.sub(r'(\bid="|url\(#|href="#)', rf"\1plot-{name}-", text)
        text = text.replace("<svg", '<svg class="diagram plot"', 1)
    return text.replace("<svg", f'<svg role="img" aria-label="{escape(alt)}"', 1)


def _themed(found: re.Match) -> str:
    """A colour of the house as the variable that has its twin in the dark."""
    name = NAMES.get(found[0].lower())
    return f"var(--{name},{found[0]})" if name else found[0]


def _readable(found: re.Match) -> str:
    """A formula of Matplotlib whose indices can be read on a phone.

    What is too small becomes larger, and what follows it moves to the right.
    """
    sizes = {}  # from place to place, of what stands there the smallest
    for one in SPAN.finditer(found[0]):
        for x in map(float, one[2].split()):
            sizes[x] = min(sizes.get(x, SMALLEST), float(one[4]))
    if min(sizes.values(), default=SMALLEST) == SMALLEST:
        return found[0]
    old = sorted(sizes)
    new = {old[0]: old[0]}
    for x, following in pairwise(old):
        new[following] = new[x] + (following - x) * SMALLEST / sizes[x]

    def moved(one):
        xs = " ".join(f"{new[float(x)]:.6g}" for x in one[2].split())
        return f"{one[1]}{xs}{one[3]}{max(SMALLEST, float(one[4])):g}px"

    return SPAN.sub(moved, found[0])


def inline_figures(app, doctree, docname):
    """Diagrams and plots become part of the page, and follow its theme."""
    if app.builder.format != "html":
        return
    for number, image in enumerate(list(doctree.findall(nodes.image))):
        path = Path(app.srcdir, image["uri"])
        drawn = f"/{DIAGRAMS}" in image["uri"] or OUTPUTS in image["uri"]
        if drawn and path.suffix == ".svg":
            text = path.read_text(encoding="utf-8")
            said = re.search(r"(?s)<desc>(.*?)</desc>", text)
            alt = unescape(said[1]) if said else image["alt"]
            svg = inlined(text, alt, str(number))
            image.replace_self(nodes.raw("", svg, format="html"))


def typeface(folder: Path) -> str:
    """Write what the book needs of its typeface into a folder; return the rules."""
    source = Path(find_spec("font_source_sans_pro").origin).parent / "files"
    rules, stamp = [], folder / "characters.txt"
    known, wanted = stamp.exists() and stamp.read_text("utf-8"), CHARACTERS
    for style, (weight, slant) in STYLES.items():
        path = folder / f"face-{style.lower()}.woff2"
        font = str(source / f"SourceSansPro-{style}.ttf")
        how = [
            f"--unicodes={CHARACTERS}",
            "--flavor=woff2",
            "--layout-features=kern,liga",
        ]
        if not path.exists() or wanted != known:
            subset.main([font, *how, f"--output-file={path}"])
        rules.append(
            f'@font-face{{font-family:"Source Sans Pro";font-style:{slant};'
            f'font-weight:{weight};font-display:swap;src:url("{path.name}")}}'
        )
    stamp.write_text(wanted, encoding="utf-8")
    heights = ttLib.TTFont(source / "SourceSansPro-Regular.ttf")["hhea"]
    styles = ((font, *one) for font, all_ in STANDINS.items() for one in all_.items())
    for font, style, size in styles:
        up, down = (n / 10 / size * 100 for n in (heights.ascent, -heights.descent))
        look = f'{LOOKS.get(style, "")}src:local("{font}{style}");size-adjust:{size}%;'
        look += f"ascent-override:{up:.1f}%;descent-override:{down:.1f}%;"
        rules.append(
            f'@font-face{{font-family:"like {font}";{look}line-gap-override:0%}}'
        )
    meanwhile = "".join(f"'like {font}'," for font in STANDINS)
    stacks = []
    for first in "", f"'{parts.FACE}',":
        face = f"{first}{meanwhile}system-ui,sans-serif"
        names = f"--pst-font-family-base:{face};--pst-font-family-heading:{face}"
        stacks.append(f"{{{names}}}")
    # The face where it came in time (pagehead.py), and where no script can say so.
    rules += [f"html{stacks[0]}", f"html.face{stacks[1]}"]
    return "\n".join([*rules, f"@media (scripting:none){{html{stacks[1]}}}"])


def style_figures(app, config):
    """Their style sheet is made from the same module that draws the diagrams."""
    folder = Path(app.doctreedir).parent / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    sheet = f"{typeface(folder)}\n{parts.page_style()}"
    (folder / "figures.css").write_text(sheet, encoding="utf-8")
    config.html_static_path.append(str(folder))
    app.add_css_file("figures.css")


def setup(app):
    app.add_transform(Figures)
    app.connect("config-inited", style_figures)
    app.connect("doctree-resolved", inline_figures)
