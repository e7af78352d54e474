"""What the text of a page still needs after Sphinx has written it.

``polish`` takes the text of a page as HTML and gives it back with: solutions that open
from their whole bar, and links between exercise and solution; one open answer for each
question of a quiz; a box with a state around what ``check`` and ``ask`` said; quiet
bars for folded code; comments in the colour of their gate; no full stop that wraps away
from its formula; Chinese marked as such; tables and references whose roles are true.
"""

import re
from html import unescape
from itertools import zip_longest

from bs4 import BeautifulSoup, NavigableString
from formulas import share

GATES = {
    "input gate": "i",
    "forget gate": "f",
    "candidate": "g",
    "output gate": "o",
    "reset gate": "r",
    "update gate": "z",
}
CLOSING = re.compile(r"[,.;:!?)\]’”]+")
HAN = re.compile(r"([\u3400-\u9fff][\u3000-\u303f\u3400-\u9fff\uff00-\uffef·]*)")
ONE = r"[-−+]?[\d,.]*\d(e[-+]?\d+)?( ?%)?"
NUMBER = re.compile(rf"{ONE}( (±|to) {ONE})?|nan|NaN|[-−]?inf|")
NEGATIVE = re.compile(r"(?<![\w.)])-(?=[.\d])")
RANGE = re.compile(r"(\d ?%? (?:±|to)) (?=[-−+\d])")
SPREAD = re.compile(r"(.*\S) ((?:±|to)\u00a0\S.*)")
WHOLE = 16  # characters of code that stay on one line of a cell
# What a letter of a table and the edges of a cell take, and what room there is, in
# pixels: beside both columns, and on a phone.
WIDE, PHONE = (7.4, 22.4, 700), (6.4, 11.2, 320)
WORDY = 20  # letters of a cell, on average: more are sentences
NAME = 30  # characters: longer code in a sentence can be broken behind its own signs
OF = re.compile(r"\b(\d+) of (?=\d+\b)")
LISTING = re.compile(r"(?s)<pre>(.*?)</pre>")
LONG = 79  # characters: what a line of code has at most, and a line of output not
COMMENT = re.compile(r'<span class="c1">([^<]*)</span>')
FOLDED = {"source": "code", "output": "output", "content": "cell"}
TEX = "Formulas are set by a script; without it they stand here as written, in TeX."
START = (
    "“Not yet” is where every exercise starts: the cell is as it came. Fill it in and "
    "run it, and the answer says what is still missing, or that all is right."
)


def polish(html: str, docname: str) -> str:
    """The text of a page, mended; ``docname`` is the page's name, as in ``_toc.yml``.

    Code has most of the tags of a page and needs little: it is kept apart meanwhile.
    """
    code = []

    def keep(found):
        code.append(listing(found[0]))
        return f"<pre>{len(code) - 1}</pre>"

    soup = BeautifulSoup(LISTING.sub(keep, html), "html.parser")
    solutions(soup)
    quizzes(soup)
    verdicts(soup, f"{docname.rpartition('/')[2]}.html")
    folded(soup)
    formulas(soup)
    names(soup)
    chinese(soup)
    tables(soup)
    references(soup)
    headings(soup)
    captions(soup)
    if soup.find(class_="math"):
        soup.insert(0, element(soup, "noscript", [element(soup, "p", TEX)]))
    return LISTING.sub(lambda found: code[int(found[1])], str(soup))


def listing(html: str) -> str:
    """Code: a comment that names one gate has its colour, Chinese says what it is.

    A line of output that is longer than one of code goes on in the next line.
    """
    lines = unescape(re.sub("<[^>]*>", "", html)).splitlines()
    if any(len(line) > LONG for line in lines):
        html = html.replace("<pre>", '<pre class="long">', 1)
    return HAN.sub(r'<span lang="zh">\1</span>', COMMENT.sub(_of_a_gate, html))


def _of_a_gate(comment) -> str:
    is_label = comment[1].startswith("# eq-")  # of an equation, whatever it names
    named = {gate for gate in GATES if gate in comment[1] and not is_label}
    look = f"c1 gate-{GATES[named.pop()]}" if len(named) == 1 else "c1"
    return f'<span class="{look}">{comment[1]}</span>'


def element(soup, name: str, inside, **attributes):
    """A new element; ``inside`` is its text or a list of what it holds."""
    new = soup.new_tag(name, attrs={k.rstrip("_"): v for k, v in attributes.items()})
    new.extend([inside] if isinstance(inside, str) else inside)
    return new


def solutions(soup) -> None:
    """A solution is a ``details``, its title no link; two links lead there and back."""
    for box in soup.find_all("div", class_="solution"):
        title = box.find("p", class_="admonition-title")
        link = title.find("a")
        label = re.match(r"\s*(.*?)\s*(\(|$)", link.get_text())[1]  # "Exercise 5.1"
        link.unwrap()
        title.name, box.name = "summary", "details"
        box["class"] = ["solution", "admonition"]
        exercise = soup.find(id=link["href"].removeprefix("#"))
        back = element(soup, "a", f"Back to {label}", href=link["href"])
        box.append(element(soup, "p", [back], class_="across"))
        there = element(soup, "a", f"Solution to {label}", href=f"#{box['id']}")
        exercise.append(element(soup, "p", [there], class_="across"))


def quizzes(soup) -> None:
    """Of the answers to one question one is open; a line below a quiz keeps count."""
    sections = []
    choices = soup.find_all("details", class_="choice")
    number = 0
    for choice in choices:
        before = choice.find_previous_sibling()
        number += not (before and "choice" in before.get("class", []))
        choice["name"] = f"question-{number}"
        if choice.parent not in sections:
            sections.append(choice.parent)
    for section in sections:
        last = section.find_all("details", class_="choice", recursive=False)[-1]
        last.insert_after(element(soup, "p", "", class_="score", role="status"))


def verdicts(soup, page: str) -> None:
    """What ``check`` and ``ask`` said stands in a box that shows its state."""
    once = soup.find(class_="exercise") is not None
    for output in soup.find_all("div", class_="cell_output"):
        if not (state := _state(output)):
            continue
        output["class"] = [*output["class"], "verdict", state]
        _forget_this_page(output, page)
        if once and state in ("not-yet", "known"):
            output.append(element(soup, "p", START, class_="start"))
            once = False


def _state(output) -> str | None:
    """The state that the first words of an output tell; None where it is no answer."""
    strong = [one.get_text() for one in output.find_all("strong")]
    if not strong:
        return None
    if re.fullmatch(r"[a-z_]+\.[a-z_]+, for .+\.", strong[0]):
        return "asked"
    if re.fullmatch(r"Right[.,]?", strong[0]):
        return "right"
    if strong[0] != "Not yet.":
        return None
    return "known" if any("known mistake" in one for one in strong[1:]) else "not-yet"


def _forget_this_page(output, page: str) -> None:
    """A link to the page that it stands on says nothing, but for one to a section."""
    for link in output.find_all("a"):
        before, after = link.previous_sibling, link.next_sibling
        to, _, section = link.get("href", "").partition("#")
        if to not in ("", page) or section:
            continue
        if found := re.search(r"\s*(See|The page is) $", str(before or "")):
            before.replace_with(str(before)[: found.start()])
            after.replace_with(str(after or "").removeprefix("."))
            link.decompose()


def folded(soup) -> None:
    """The bar of folded code says what it opens, and stands where it is seen: below."""
    for bar in soup.find_all("details", class_="hide"):
        said = bar.summary.get_text(" ")
        what = next((name for word, name in FOLDED.items() if word in said), "cell")
        bar.summary.clear()
        bar.summary.append(what)
        bar.summary["aria-label"] = f"Show the {what} of this cell"
        bar["class"] = [one for one in bar["class"] if one != "admonition"]
        if "above-input" in bar["class"]:
            bar.parent.append(bar.extract())


def formulas(soup) -> None:
    """A formula stays on a line with the bracket and the stop that belong to it.

    Until it is set, its TeX takes the room that the formula will.
    """
    for formula in soup.find_all("span", class_="math"):
        if tex := formula.get_text():
            formula["style"] = f"--tex:{share(tex):.2f}"
        before, after = formula.previous_sibling, formula.next_sibling
        stop = CLOSING.match(after) if isinstance(after, NavigableString) else None
        opens = isinstance(before, NavigableString) and before.endswith("(")
        if not (stop or opens):
            continue
        together = formula.wrap(element(soup, "span", [], class_="together"))
        if stop:
            together.append(stop[0])
            after.replace_with(after[stop.end() :])
        if opens:
            together.insert(0, "(")
            before.replace_with(before[:-1])


def chinese(soup) -> None:
    """Runs of Han characters say that they are Chinese."""
    for text in soup.find_all(string=HAN):
        if type(text) is not NavigableString or text.find_parent(["svg", "title"]):
            continue
        if text.parent.get("lang") == "zh":
            continue
        pieces = HAN.split(text)
        new = [
            element(soup, "span", piece, lang="zh") if k % 2 else piece
            for k, piece in enumerate(pieces)
            if piece
        ]
        text.replace_with(*new)


def tables(soup) -> None:
    """One row of heads, numbers below one another, and heads that can be broken."""
    for table in soup.find_all("table"):
        if {"claims", "claim-runs"} & set(table.get("class", [])):
            continue  # written for its page (rnnbook/claims/shown.py, claims.css)
        if "dataframe" in table.get("class", []):
            _plain(table)
            _one_head(soup, table)
            _numbers(table)
        else:
            _numbers(table, first=1)
        _by_row(table)
        for name in table.select("th, td code"):
            _breakable(soup, name)
        for cell in table.select("td, tbody th"):
            _signs(cell)
        for look, (letter, edges, room) in (("dense", WIDE), ("high", PHONE)):
            if _width(table, letter, edges) > room:
                table["class"] = [*table.get("class", []), look]
        for cell in table.find_all("td", class_="number"):
            _spread(soup, cell)
        for code in table.select("td code.literal"):
            text = code.get_text()
            if len(text) <= WHOLE:
                code["class"] += [
                    "whole",
                    *["short"] * (" " in text and len(text) < 13),
                ]
    for head in soup.find_all("th"):  # the head of no column is an empty cell
        if not head.get_text(strip=True):
            head.name = "td"


def _plain(table) -> None:
    """Without the look that pandas writes into every table."""
    if style := table.find_previous_sibling("style"):
        style.decompose()
    for row in table.select("tr[style]"):
        del row["style"]


def _one_head(soup, table) -> None:
    """The names of the index stand beside those of the columns, where there is room.

    The name of all columns stands behind that of the index, with an arrow: no row of
    heads is empty but for one.
    """
    heads, first = table.select("thead tr"), table.select_one("tbody tr")
    width = len(first.find_all("th")) if first else 0
    if len(heads) < 2 or not width:
        return
    above, last = (row.find_all("th") for row in heads[-2:])
    named = [*above[: width - 1], *last[width:]]
    if any(th.get_text(strip=True) for th in named):
        return
    for th, name in zip(above, last[:width], strict=False):
        across = th.get_text(strip=True)
        th.string = name.get_text(strip=True)
        if across:
            th.append(" ")
            th.append(element(soup, "span", f"{across}\u00a0→", class_="columns"))
    heads[-1].decompose()


def _numbers(table, first: int = 0) -> None:
    """A column of numbers, and its head, are marked as such; ``first`` ones never are.

    Counted from the right: on the left a name that is not repeated spans several rows.
    """
    rows = [row.find_all(["th", "td"])[::-1] for row in table.select("tbody tr")]
    *_, ends = [[], *(row.find_all("th")[::-1] for row in table.select("thead tr"))]
    columns = [*zip(*rows, strict=False)]
    for number, column in enumerate(columns[: len(columns) - first]):
        values = [cell for cell in column if cell.name == "td"]
        said = [value.get_text(strip=True) for value in values]
        if any(said) and all(NUMBER.fullmatch(one) for one in said):
            head = [ends[number]] if len(ends) == len(rows[0]) else []
            for cell in [*values, *head]:
                cell["class"] = [*cell.get("class", []), "number"]


def _by_row(table) -> None:
    """Words in rows that have names: on a phone a name stands above its row."""
    head = table.select_one("thead tr")
    cells = head.find_all(["th", "td"]) if head else []
    frame = "dataframe" in table.get("class", [])
    if frame:
        said = [cell.get_text() for cell in table.select("tbody td:not(.number)")]
        most = (len(cells) - 1) * len(table.select("tbody tr"))
        wordy = sum(map(len, said)) > WORDY * most
    else:
        named = [len(td.get_text()) for td in table.select("tbody td:first-child")]
        long = sum(named) >= WORDY * max(1, len(named))  # names that are sentences
        wordy = bool(cells) and (long or not cells[0].get_text(strip=True))
    if wordy and (len(cells) == 4 or (len(cells) == 5 and frame)):
        table["class"] = [*table.get("class", []), "by-row"]


def _signs(cell) -> None:
    """A minus that is one, a number beside its sign; code and formulas stay."""
    for text in cell.find_all(string=re.compile(r"\d")):
        if text.find_parent(["code", "svg"]) or text.find_parent(class_="math"):
            continue
        new = NEGATIVE.sub("\u2212", RANGE.sub("\\1\u00a0", text))
        new = OF.sub("\\1\u00a0of\u00a0", new)
        if new != text:
            text.replace_with(new)


def _spread(soup, cell) -> None:
    """What follows the number, its spread or an end, may stand below it."""
    for text in cell.find_all(string=SPREAD):
        number, more = SPREAD.fullmatch(text).groups()
        text.replace_with(number, " ", element(soup, "span", more, class_="spread"))


def _width(table, letter: float, edges: float) -> float:
    """About how wide the table would be, its numbers unbroken."""
    rows = [row.find_all(["th", "td"])[::-1] for row in table.select("tr")]
    return sum(
        max(_longest(cell) for cell in column if cell) * letter + edges
        for column in zip_longest(*rows)
    )


def _longest(cell) -> int:
    """What is not broken: a whole number, or the longest word of a text."""
    text = cell.get_text().strip()
    if cell.name == "td" and "number" in cell.get("class", []):
        return len(text)
    return max(map(len, re.split(r"\s|(?<=[_=])", text)), default=0)


def names(soup) -> None:
    """A long name in a sentence goes on in the next line behind a sign of its own."""
    for code in soup.select(":is(p, li) > code.literal"):
        if len(code.get_text()) > NAME:
            _breakable(soup, code, "_=/")


def _breakable(soup, cell, signs: str = "_=.") -> None:
    """A name may go on in the next line behind a sign of its own."""
    for text in cell.find_all(string=re.compile(rf"[{signs}]\w")):
        pieces = re.split(rf"(?<=[{signs}])(?=[^\W\d])", text)
        new = [pieces[0]]
        for piece in pieces[1:]:
            new += [soup.new_tag("wbr"), piece]
        text.replace_with(*new)


def headings(soup) -> None:
    """The sign beside a heading, for its address, is for the mouse: no stop of Tab."""
    for sign in soup.find_all("a", class_="headerlink"):
        sign["tabindex"] = "-1"


def captions(soup) -> None:
    """Figures of a page that has no number are counted in the page, not in the book."""
    alone = [
        one
        for one in soup.find_all(class_="caption-number")
        if re.fullmatch(r"Fig\. \d+\s*", one.get_text())
    ]
    for number, one in enumerate(alone, 1):
        one.string = f"Fig. {number} "


def references(soup) -> None:
    """Roles of docutils that are deprecated, or are not true of what they are on."""
    for one in soup.find_all("div", class_=["citation-list", "citation"]):
        del one["role"]
