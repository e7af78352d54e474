"""The landing page: what one builds, in pictures, and where to begin.

Part of the extension ``bookpages``. The numbers of the pictures were stored by
``landing.py``; nothing is trained here. Each picture is whole without scripts, and
``static/landing.js`` lets the reader move through those that have a slider.
"""

import json
import math
import re
import tomllib
from html import escape
from pathlib import Path

import explorer
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

SITE = Path(__file__).resolve().parent
NUMBERS, APPLICATIONS = SITE / "landing.json", SITE / "applications.toml"
SHOWN = {" ": "␣", "\n": "↵"}  # what one could not see
SURPRISE = 9  # bits at which a letter is as dark as it gets


def percent(p: float) -> str:
    return f"{100 * p:.0f}&nbsp;%"


def bars(pairs) -> str:
    """A list of names, each with its probability, as bars and in words."""
    rows = (
        f'<li><span class="name">{escape(name)}</span>'
        f'<span class="bar"><i style="width:{100 * p:.1f}%"></i></span>'
        f'<span class="share">{percent(p)}</span></li>'
        for name, p in pairs
    )
    return f'<ol class="bars">{"".join(rows)}</ol>'


def pixels(ink: list[str]) -> str:
    """The inked pixels of an image whose rows are strings of hexadecimal digits."""
    return "".join(
        f'<rect x="{x}" y="{y}" width="1.02" height="1.02" '
        f'opacity="{int(v, 16) / 15:.2f}"/>'
        for y, row in enumerate(ink)
        for x, v in enumerate(row)
        if v != "0"
    )


def slider(label: str, last: int, first: int = 0) -> str:
    """A native one, for keys, touch and screen readers; shown by the script."""
    return (
        f'<input type="range" min="{first}" max="{last}" value="{last}" '
        f'aria-label="{label}" autocomplete="off" hidden>'
    )


def stored(numbers) -> str:
    """Numbers for the script, beside the picture that they belong to."""
    text = json.dumps(numbers, ensure_ascii=False, separators=(",", ":"))
    safe = text.replace("<", r"\u003c")
    return f'<script type="application/json">{safe}</script>'


def digit_reader(numbers) -> str:
    """A digit under a sheet of paper that is pulled down, and the ten beliefs."""
    digits = numbers["digits"]
    first, last = digits[0], digits[0]["belief"][-1]
    picks = "".join(
        f'<button type="button" aria-pressed="{str(k == 0).lower()}" '
        f'aria-label="Digit {k + 1} of {len(digits)}"><svg viewBox="2 2 24 24" '
        f'aria-hidden="true">{pixels(d["ink"])}</svg></button>'
        for k, d in enumerate(digits)
    )
    return (
        '<div class="touch digit-reader"><div class="sheet">'
        '<svg class="ink" viewBox="0 0 28 28" role="img" '
        f'aria-label="A handwritten {first["digit"]}"><g>{pixels(first["ink"])}</g>'
        '<rect class="paper" x="-1" y="28" width="30" height="29"/></svg>'
        f"{slider('Rows read', 28, 1)}"
        f'<div class="picks" hidden>{picks}</div></div>'
        f"{bars((str(k), p) for k, p in enumerate(last))}{stored(digits)}</div>"
    )


def text_reader(numbers) -> str:
    """A passage whose letters are the darker the more they surprised the network."""
    text = numbers["text"]
    letters = "".join(
        f'<span style="--bits:{min(1, bits / SURPRISE):.2f}">{escape(c)}</span>'
        for c, bits in zip(text["text"], text["bits"], strict=True)
    )
    at = max(range(len(text["bits"])), key=text["bits"].__getitem__)
    pairs = [(SHOWN.get(c, c), p) for c, p in text["next"][at]]
    return (
        f'<div class="touch text-reader" data-at="{at}">'
        f'<p class="passage"><span class="whole">{escape(text["text"])}</span>'
        f'<span aria-hidden="true">{letters}</span></p>'
        f"{slider('Place in the text', len(text['text']) - 1)}"
        f"{bars(pairs)}{stored(text)}</div>"
    )


def belief_map(numbers) -> str:
    """A digit, and beside each row what the network believed after it."""
    one = numbers["digits"][2]
    cells = "".join(
        f'<rect x="{34 + 3 * k}" y="{y}" width="3" height="1.02" opacity="{p:.2f}"/>'
        for y, row in enumerate(one["belief"])
        for k, p in enumerate(row)
        if p >= 0.01
    )
    names = "".join(f'<text x="{35.5 + 3 * k}" y="31">{k}</text>' for k in range(10))
    said = (
        f"A handwritten {one['digit']}, and beside it a map with a line for each of "
        "its rows and a column for each digit: the belief wanders, and gathers in one "
        "column before the last row."
    )
    return (
        f'<svg class="belief" viewBox="-2 -1 68 34" role="img" aria-label="{said}">'
        f'<g class="dark">{pixels(one["ink"])}</g><g class="accent">{cells}</g>'
        f'<rect class="frame" x="34" y="0" width="30" height="28"/>{names}</svg>'
    )


def price_band(numbers) -> str:
    """Each day's price, and the interval of the evening before."""
    price, low, high = (numbers["price"][k] for k in ("price", "low", "high"))
    bottom, top, n = min(low), max(high), len(price)

    def points(values):
        return [
            f"{300 * t / (n - 1):.1f},{130 * (top - v) / (top - bottom):.1f}"
            for t, v in enumerate(values)
        ]

    outside = [t for t in range(n) if not low[t] <= price[t] <= high[t]]
    line = points(price)
    dots = "".join(
        '<circle class="miss" cx="{}" cy="{}" r="3.5"/>'.format(*line[t].split(","))
        for t in outside
    )
    said = (
        f"The price of a share over {n} days as a line in a band, the interval of the "
        f"evening before. The price leaves the band on {len(outside)} days, which are "
        "marked by a ring."
    )
    return (
        f'<svg class="price" viewBox="-4 -6 308 142" role="img" aria-label="{said}">'
        f'<polygon class="band" points="{" ".join(points(high) + points(low)[::-1])}"/>'
        f'<polyline class="line" points="{" ".join(line)}"/>{dots}</svg>'
    )


def air_ahead(numbers) -> str:
    """Readings of the air, and forecasts of the two days after a dot."""
    read, ahead = numbers["air"]["read"], numbers["air"]["ahead"]
    top = max(v for v in read if v is not None)

    def point(t, v):
        return f"{300 * t / (len(read) - 1):.1f},{130 * (1 - v / top):.1f}"

    line = " ".join(point(t, v) for t, v in enumerate(read) if v is not None)
    paths = ""
    for start, values in ahead.items():
        t = int(start)
        now = next(v for v in read[t::-1] if v is not None)
        path = [point(t + k, v) for k, v in enumerate([now, *values])]
        x, y = path[0].split(",")
        paths += f'<polyline class="ahead" points="{" ".join(path)}"/>'
        paths += f'<circle class="made" cx="{x}" cy="{y}" r="3.5"/>'
    said = (
        "Fine particles in the air over eight days as a jagged line with a high peak, "
        f"and {len(ahead)} smooth forecasts, each of the two days after a dot."
    )
    return (
        f'<svg class="price" viewBox="-4 -6 308 142" role="img" aria-label="{said}">'
        f'<polyline class="line" points="{line}"/>{paths}</svg>'
    )


def year_ahead(numbers) -> str:
    """Three years of a series, and the forecast of the next in its interval."""
    known, ahead, low, high = (
        numbers["series"][k] for k in ("known", "ahead", "low", "high")
    )
    bottom, top = min(known + low), max(known + high)
    n = len(known) + len(ahead)

    def points(values, start):
        return " ".join(
            f"{300 * (start + t) / (n - 1):.1f},{130 * (top - v) / (top - bottom):.1f}"
            for t, v in enumerate(values)
        )

    said = (
        f"A temperature over {len(known)} months as a line with one wave a year, and "
        f"behind its end the forecast of {len(ahead)} more as a dashed line in a band."
    )
    back = [
        f"{300 * (n - 1 - t) / (n - 1):.1f},{130 * (top - v) / (top - bottom):.1f}"
        for t, v in enumerate(low[::-1])
    ]
    band = f"{points(high, len(known))} {' '.join(back)}"
    return (
        f'<svg class="price" viewBox="-4 -6 308 142" role="img" aria-label="{said}">'
        f'<polygon class="band" points="{band}"/>'
        f'<polyline class="line" points="{points(known, 0)}"/>'
        f'<polyline class="line next" points="{points(ahead, len(known))}"/></svg>'
    )


def click_ranks(numbers) -> str:
    """After each click of a visit, the place of what was clicked next."""
    found, items = numbers["session"]["ranks"], numbers["session"]["items"]

    def height(rank):
        return 130 * math.log(rank) / math.log(items)

    step = 300 / (len(found) - 1)
    line = [f"{k * step:.1f},{height(r):.1f}" for k, r in enumerate(found)]
    dots = "".join(
        f'<circle class="{"hit" if r <= 10 else "far"}" cx="{p.split(",")[0]}" '
        f'cy="{p.split(",")[1]}" r="3.5"/>'
        for r, p in zip(found, line, strict=True)
    )
    hits = sum(r <= 10 for r in found)
    said = (
        f"A visit of {len(found)} clicks to a shop. After each click a point shows the "
        f"place of the next one among {items} garments, the first at the top: {hits} "
        "lie in a band, the first ten."
    )
    return (
        '<svg class="price visit" viewBox="-6 -6 312 142" role="img" '
        f'aria-label="{said}">'
        f'<polygon class="band" points="-4,-4 304,-4 304,{height(10.5):.1f} '
        f'-4,{height(10.5):.1f}"/>'
        f'<polyline class="line" points="{" ".join(line)}"/>{dots}</svg>'
    )


def looked_back(numbers) -> str:
    """A sentence above its translation; where the decoder looked is a line."""
    found = numbers["translation"]
    words, signs, weights = found["words"], found["signs"], found["weights"]
    place = [(k + 0.5) * 300 / len(words) for k in range(len(words))]
    below = [(k + 0.5) * 300 / len(signs) for k in range(len(signs))]
    lines = "".join(
        f'<line x1="{place[t]:.1f}" y1="26" x2="{below[u]:.1f}" y2="94" '
        f'style="stroke-width:{4 * weight:.2f}"/>'
        for u, row in enumerate(weights)
        for t, weight in enumerate(row)
        if weight >= 0.1
    )
    text = "".join(
        f'<text x="{x:.1f}" y="{y}"{lang}>{escape(token)}</text>'
        for tokens, places, y, lang in (
            (words, place, 18, ""),
            (signs, below, 112, ' lang="zh"'),
        )
        for token, x in zip(tokens, places, strict=True)
    )
    most = ", ".join(
        f"{sign} from {words[max(range(len(words)), key=row.__getitem__)]}"
        for sign, row in zip(signs, weights, strict=True)
    )
    said = f"An English sentence above, its Chinese translation below: {most}."
    return (
        '<svg class="price looked" viewBox="0 0 300 122" role="img" '
        f'aria-label="{escape(said)}">{lines}{text}</svg>'
    )


def spoken_spikes(numbers) -> str:
    """A spectrogram above, and below what the network says in each frame."""
    found = numbers["spelling"]
    rows, spikes, said = found["bands"], found["spikes"], found["said"]
    wide, high = 300 / len(rows), 64 / len(rows[0])
    cells = "".join(
        f'<rect x="{t * wide:.1f}" y="{64 - (b + 1) * high:.1f}" width="{wide:.1f}" '
        f'height="{high:.1f}" style="opacity:{v / 9:.2f}"/>'
        for t, row in enumerate(rows)
        for b, v in enumerate(row)
        if v
    )
    step = 300 / (len(spikes) - 1)
    line = " ".join(
        f"{k * step:.1f},{120 - 40 * p:.1f}" for k, (p, _) in enumerate(spikes)
    )
    text = "".join(
        f'<text x="{k * step:.1f}" y="{114 - 40 * p:.1f}">{digit}</text>'
        for k, (p, digit) in enumerate(spikes)
        if digit is not None
    )
    told = (
        "A spectrogram of somebody who says " + ", ".join(map(str, said)) + "; below "
        "it a line that is flat but for a spike with a digit for each of them."
    )
    return (
        f'<svg class="price spoken" viewBox="-4 -2 308 126" role="img" '
        f'aria-label="{told}"><g class="bands">{cells}</g>'
        f'<polyline class="line" points="{line}"/>{text}</svg>'
    )


def word_parts(numbers) -> str:
    """Sentences, with a bar over each word that speaks for praise, under the others."""
    largest = max(abs(p) for s in numbers["sentences"] for p in s["parts"])
    lines = []
    for one in numbers["sentences"]:
        words = "".join(
            f'<span class="{"for" if part > 0 else "against"}" '
            f'style="--part:{abs(part) / largest:.2f}">{escape(word)}</span> '
            for word, part in zip(one["words"], one["parts"], strict=True)
        )
        verdict = "praise" if one["judged"] else "complaint"
        wrong = "" if one["judged"] == one["positive"] else ", wrongly"
        lines.append(f'<p>{words}<b class="verdict">{verdict}{wrong}</b></p>')
    return f'<div class="word-parts">{"".join(lines)}</div>'


def reach_bands(env) -> str:
    """How far back a gradient reaches, in the explorer of it."""
    head = explorer.box("bands", " explorer-plain")
    return f"{head}{explorer.stage(env, 'bands')}</div>"


PICTURES = {
    "digit-reader": digit_reader,
    "21-text-generation": text_reader,
    "22-mnist-rows": belief_map,
    "23-stock-prediction": price_band,
    "24-text-classification": word_parts,
    "25-weather": air_ahead,
    "26-translation": looked_back,
    "27-speech": spoken_spikes,
    "28-recommendation": click_ranks,
    "29-series-in-keras": year_ahead,
}
# What a picture on a card shows, in a line.
LEGENDS = {
    "21-text-generation": "Bluer: a surprise. Bars: what was expected.",
    "22-mnist-rows": "Right: the belief after each row.",
    "23-stock-prediction": "Band: foretold the day before. Rings: missed.",
    "24-text-classification": "Up: speaks for praise. Down: for a complaint.",
    "25-weather": "Dots: where a forecast of two days was made.",
    "26-translation": "Where the network looked for each sign.",
    "27-speech": "Said, and where the network spells it.",
    "28-recommendation": "Band: the ten recommended. Points: what was clicked next.",
    "29-series-in-keras": "Dashed: the next twelve months. Band: four of five errors.",
}


def applications() -> dict[str, dict[str, str]]:
    return tomllib.loads(APPLICATIONS.read_text(encoding="utf-8"))


def numbers_for(env) -> dict:
    """The stored numbers; the page is read again when they change."""
    env.note_dependency(str(NUMBERS))
    return json.loads(NUMBERS.read_text(encoding="utf-8"))


class Picture(SphinxDirective):
    """``{picture} NAME``: one of the pictures; what is written in it is its caption."""

    required_arguments = 1
    has_content = True

    def run(self):
        name = self.arguments[0]
        figure = nodes.figure("", classes=["landing-picture"])
        if name == "bands":
            html = reach_bands(self.env)
            figure["explorer"] = name
        else:
            html = PICTURES[name](numbers_for(self.env))
        figure += nodes.raw("", html, format="html")
        if self.content:
            caption = self.parse_text_to_nodes("\n".join(self.content))
            figure += nodes.caption("", "", *caption[0].children)
        return [figure]


class Application(SphinxDirective):
    """``{application} NN-name``: what it is about, as a card or as a list of facts."""

    required_arguments = 1
    option_spec = {"card": directives.flag}

    def run(self):
        name = self.arguments[0]
        self.env.note_dependency(str(APPLICATIONS))
        one = applications()[name]
        return self.card(name, one) if "card" in self.options else self.facts(name, one)

    def card(self, name, one):
        text = (
            f"[{one['task']}](/chapters/{name})\n\n{one['build']}.\n\n"
            f"{one['cell']}\u00a0· {one['library']}\u00a0· {one['data']}\u00a0· "
            f"{{minutes}}`{name}`\u00a0minutes\n\nResult: {{result}}`{name}`\n"
        )
        title, *rest = self.parse_text_to_nodes(text)
        title["classes"].append("card-title")
        card = nodes.container("", classes=["card-of-course"])
        picture = PICTURES[name](numbers_for(self.env))
        html = f'{picture}<p class="legend">{LEGENDS[name]}</p>'
        card += nodes.raw("", f'<div class="card-picture">{html}</div>', format="html")
        card += [title, *rest]
        return [card]

    def facts(self, name, one):
        rows = {
            "You build": f"{one['build'][0].lower()}{one['build'][1:]}",
            "Network": one["cell"],
            "Library": one["library"],
            "Data": one["data"],
            "Time to read": f"{{minutes}}`{name}` minutes",
            "Result": f"{{result}}`{name}`",
        }
        text = "\n\n".join(f"{key}\n: {value}" for key, value in rows.items())
        box = nodes.container("", classes=["facts"])
        box += self.parse_text_to_nodes(text)
        return [box]


class course_map(nodes.General, nodes.Element):
    """Where the map stands; filled in when titles and numbers are known."""


class Map(SphinxDirective):
    """``{map}``: the parts with their numbered chapters, from the table of contents."""

    def run(self):
        return [course_map()]


def parts(app) -> list[tuple[str, list[str]]]:
    """The captions of the contents, each with the names of its pages."""
    trees = app.env.get_doctree(app.config.root_doc).findall(addnodes.toctree)
    return [(tree["caption"], [name for _, name in tree["entries"]]) for tree in trees]


def short(app, target: str) -> str:
    """The task of an application, or how a chapter's title begins."""
    if one := applications().get(Path(target).name):
        return one["task"]
    return re.split("[:,]", app.env.titles[target].astext())[0]


def link(app, docname: str, target: str) -> nodes.paragraph:
    """A chapter's number and short title, as a link to it."""
    numbers = app.env.toc_secnumbers.get(target, {}).get("")
    title = short(app, target)
    uri = app.builder.get_relative_uri(docname, target)
    text = f"{numbers[0]}. {title}" if numbers else title
    reference = nodes.reference("", text, internal=True, refuri=uri)
    return nodes.paragraph("", "", reference)


def fill_map(app, doctree, docname):
    """The numbered parts side by side, and the back matter in a line."""
    for place in list(doctree.findall(course_map)):
        box = nodes.container("", classes=["course-map"])
        for caption, names in parts(app):
            numbered = names[0] in app.env.toc_secnumbers
            part = nodes.container("", classes=["part" if numbered else "rest"])
            part += nodes.paragraph("", "", nodes.strong("", caption))
            links = (link(app, docname, name) for name in names)
            part += nodes.bullet_list("", *(nodes.list_item("", one) for one in links))
            box += part
        place.replace_self(box)


GETTING = ("index", "chapters/90-first-hour")  # where it is said
GET = """\
1. {get}
2. In a terminal, in that folder: `make lab`. (Windows, or no `make`:
   {{ref}}`four lines <first-hour-install>`.)
3. Needed: Python 3.11, 3.12 or 3.13, 4 GB of disk, the internet once. No graphics card.
"""
WITH_ADDRESS = (
    "`git clone https://github.com/{name}`, or unpack the "
    "[zip](https://github.com/{name}/archive/HEAD.zip)."
)
WITHOUT_ADDRESS = (
    "Copy the folder of the course to your disk, from where these pages came. Unpack "
    "it, if it is one packed file."
)


def how_to_get(repository: tuple[str, str] | None) -> str:
    """The three lines, which are true with and without an address."""
    known = WITH_ADDRESS.format(name=repository[0]) if repository else WITHOUT_ADDRESS
    return GET.format(get=known)


def address():
    from bookpages import repository  # which imports this module

    return repository()


def with_another_address(app, env, added, changed, removed) -> list[str]:
    """Pages to read again: they name the address, and it is not that of last time."""
    before, env.rnnbook_address = getattr(env, "rnnbook_address", None), address()
    return [] if before == env.rnnbook_address else [*GETTING]


class Get(SphinxDirective):
    """``{get-course}``: how to have it on one's own machine, in three lines."""

    def run(self):
        self.env.note_dependency(__file__)
        return self.parse_text_to_nodes(how_to_get(address()))


def only_here(app, pagename, templatename, context, doctree):
    """The style and the script of the pictures, on the pages that have some."""
    marks = {"landing-picture", "facts"}
    ours = doctree and any(
        marks & set(node.get("classes", ()))
        for node in doctree.findall(lambda n: isinstance(n, nodes.Element))
    )
    if ours:
        app.add_css_file("landing.css")
        app.add_js_file("landing.js", loading_method="defer")


def setup(app):
    app.add_node(course_map)
    for name, directive in {
        "picture": Picture,
        "application": Application,
        "map": Map,
        "get-course": Get,
    }.items():
        app.add_directive(name, directive)
    app.connect("env-get-outdated", with_another_address)
    app.connect("doctree-resolved", fill_map)
    app.connect("html-page-context", only_here)
