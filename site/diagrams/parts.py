"""The one picture language of the book: boxes, operations and arrows, as SVG.

A gate has one colour, in every diagram and plot, and a label, so that colour is never
the only sign. Drawings are at most 440 units wide with type of 14 units and more: on a
phone a unit is less than a pixel. Colours are variables; a page may set them, and a
file that is shown as it is, as in JupyterLab, follows the system's light or dark.
"""

import re
from html import escape
from pathlib import Path

from rnnbook.plots import FACE, GATES, INK, SOFT

FOLDER = Path(__file__).parent
KINDS = ("i", "f", "g", "o", "r", "z", "n", "plain", "muted", "lit", "back", "bad")
LIGHT = {
    "ink": INK,
    "soft": SOFT,
    "ground": "#fff",
    **{f"gate-{gate}": GATES[gate] for gate in "ifgorz"},
    "lit": GATES["f"],
    "back": "#8250df",
}
DARK = {
    "ink": "#e6edf3",
    "soft": "#9da7b1",
    "ground": "#121212",
    "gate-i": "#56b4e9",
    "gate-f": "#f0884a",
    "gate-g": "#3ccb9b",
    "gate-o": "#e79fcd",
    "gate-r": "#f2be4a",
    "gate-z": "#8accf5",
    "lit": "#f0884a",
    "back": "#c3a1ff",
}


def _variables(where: str, values: dict[str, str]) -> str:
    return f"{where}{{{';'.join(f'--{k}:{v}' for k, v in values.items())}}}"


def style() -> str:
    """The look within a file of its own."""
    dark = _variables(".diagram", DARK)
    light = _variables(".diagram", LIGHT)
    return f"{light}\n@media (prefers-color-scheme:dark){{{dark}}}\n{_rules()}"


def page_style() -> str:
    """The look within a page, which says which theme it has, and on paper.

    Formulas and comments of code have the colours of the gates as well, so that the
    variables are those of the page. A word in a colour needs more contrast than a box.
    """
    ground = {"ground": "var(--pst-color-background, #fff)"}
    dark = _variables('html[data-theme="dark"]', DARK | ground)
    words = {"gate-f": "#b34e00"}
    paper = _variables("html[data-theme]", LIGHT | words)
    light = _variables(":root", LIGHT | ground | words)
    gates = {gate: gate for gate in "ifgorz"} | {"n": "g"}
    coloured = "".join(
        f".bd-article .gate-{gate}{{color:var(--gate-{like}) !important}}"
        for gate, like in gates.items()
    )
    rules = _rules("var(--pst-font-family-base)")  # the face, or its stand-in
    return f"{light}\n{dark}\n@media print{{{paper}}}\n{rules}\n{coloured}\n"


def _rules(face: str = f"'{FACE}',system-ui,sans-serif") -> str:
    """The look of every part, in terms of the variables."""
    colour = {k: f"var(--gate-{k})" for k in "ifgorz"} | {"n": "var(--gate-g)"}
    colour |= {"plain": "var(--ink)", "muted": "var(--soft)", "lit": "var(--lit)"}
    colour |= {"back": "var(--back)", "bad": "var(--lit)"}
    rules = [
        f".diagram{{font:15px {face};color:var(--ink);max-width:100%;height:auto}}",
        ".diagram.plot text{dominant-baseline:auto}",
        ".diagram .ground{fill:var(--ground)}",
        ".diagram text{fill:var(--ink);dominant-baseline:central}",
        ".diagram .v{font-family:Cambria,Georgia,'Times New Roman',serif;"
        "font-style:italic;font-size:17px}",
        ".diagram .small{font-size:14px}",
        ".diagram rect.part,.diagram circle.part,.diagram path.part"
        "{fill-opacity:.16;stroke-width:1.8}",
        ".diagram .wire{fill:none;stroke-width:1.8}",
        ".diagram .dashed{stroke-dasharray:6 4}",
        ".diagram .thick{stroke-width:3.4}",
        ".diagram .thin{stroke-width:.8}",
    ]
    for kind, value in colour.items():
        rules.append(f".diagram .part.{kind}{{stroke:{value};fill:{value}}}")
        rules.append(f".diagram .wire.{kind}{{stroke:{value}}}")
        rules.append(f".diagram .head.{kind}{{fill:{value}}}")
        rules.append(f".diagram text.{kind}{{fill:{value}}}")
    rules.append(".diagram .part.plain{fill-opacity:.05}")
    return "".join(rules)


class Drawing:
    """A drawing of a width and a height, in units.

    ``title`` says in a few words what it is.
    """

    def __init__(self, width: int, height: int, title: str):
        if width > 440:
            raise ValueError(f"width: expected at most 440, got {width}")
        self.size, self.title, self.parts = (width, height), title, []

    def box(self, x, y, w, h, label="", kind="plain", small=False) -> None:
        """A box whose upper left corner is (x, y), its label in the middle."""
        place = f'x="{x}" y="{y}" width="{w}" height="{h}" rx="6"'
        for look in ("ground", f"part {self._kind(kind)}"):
            self.parts.append(f'<rect class="{look}" {place}/>')
        if label:
            self.text(x + w / 2, y + h / 2, label, small=small)

    def cell(self, x, y, w, h, label="", kind="plain", shade=None, dashed=False):
        """A cell of a grid; ``shade`` from 0 to 1 says how full its colour is."""
        look = f"part {self._kind(kind)}{' dashed' * dashed}"
        full = "" if shade is None else f' style="fill-opacity:{shade:g}"'
        place = f'x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="2"'
        self.parts.append(f'<rect class="ground" {place}/>')
        self.parts.append(f'<rect class="{look}" {place}{full}/>')
        if label:
            self.text(x + w / 2, y + h / 2, label, small=True)

    def brace(self, x0, x1, y, label="", kind="plain", depth=7) -> None:
        """A brace from x0 to x1 that opens upwards, its label below.

        With a negative depth it opens downwards, and its label is above.
        """
        m, q = (x0 + x1) / 2, depth
        path = f"M{x0:g},{y:g} q0,{q} {abs(q)},{q} H{m - abs(q):g} q{abs(q)},0 "
        path += f"{abs(q)},{q} q0,{-q} {abs(q)},{-q} H{x1 - abs(q):g} q{abs(q)},0 "
        path += f"{abs(q)},{-q}"
        self.parts.append(f'<path class="wire {self._kind(kind)}" d="{path}"/>')
        self.text(m, y + 2 * q + (12 if q > 0 else -12), label, kind, small=True)

    def op(self, x, y, sign, kind="plain", r=11) -> None:
        """An operation of entries: a circle around +, × or another sign."""
        for look in ("ground", f"part {self._kind(kind)}"):
            self.parts.append(f'<circle class="{look}" cx="{x}" cy="{y}" r="{r}"/>')
        self.text(x, y, sign)

    def arrow(self, *points, kind="plain", dashed=False, thick=False, head=True):
        """A line through points, with a head at its end."""
        (x0, y0), (x1, y1) = points[-2:]
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        ux, uy = (x1 - x0) / length, (y1 - y0) / length
        *before, last = points
        size = 9 if thick else 7
        end = (x1 - ux * size * 0.8, y1 - uy * size * 0.8) if head else last
        path = "M" + " L".join(f"{x:g},{y:g}" for x, y in [*before, end])
        classes = f"wire {self._kind(kind)}{' dashed' * dashed}{' thick' * thick}"
        self.parts.append(f'<path class="{classes}" d="{path}"/>')
        if head:
            a = (x1 - ux * size - uy * size * 0.5, y1 - uy * size + ux * size * 0.5)
            b = (x1 - ux * size + uy * size * 0.5, y1 - uy * size - ux * size * 0.5)
            tip = " ".join(f"{x:.1f},{y:.1f}" for x, y in (last, a, b))
            self.parts.append(f'<polygon class="head {kind}" points="{tip}"/>')

    def sheet(self, x, y, rows, columns, kind="plain", down=(0, 12), across=(12, 0)):
        """A grid of cells; each row is a step ``down``, each column ``across``.

        With slanted steps it is the side of a block.
        """
        (dx, dy), (ax, ay), kind = down, across, self._kind(kind)

        def at(row, column):
            return f"{x + row * dx + column * ax:g},{y + row * dy + column * ay:g}"

        corners = ((0, 0), (0, columns), (rows, columns), (rows, 0))
        edge = "M" + " L".join(at(*corner) for corner in corners) + "Z"
        lines = [f"M{at(k, 0)} L{at(k, columns)}" for k in range(1, rows)]
        lines += [f"M{at(0, k)} L{at(rows, k)}" for k in range(1, columns)]
        self.parts.append(f'<path class="ground" d="{edge}"/>')
        self.parts.append(f'<path class="wire thin {kind}" d="{" ".join(lines)}"/>')
        self.parts.append(f'<path class="part {kind}" d="{edge}"/>')

    def line(self, *points, **look) -> None:
        self.arrow(*points, head=False, **look)

    def dot(self, x, y, kind="plain") -> None:
        """Where a line branches."""
        kind = self._kind(kind)
        self.parts.append(f'<circle class="head {kind}" cx="{x}" cy="{y}" r="3"/>')

    def text(self, x, y, label, kind="plain", anchor="middle", small=False) -> None:
        """Words; ``$h_{t-1}$`` is a variable with its index, in italics."""
        pieces = re.split(r"\$([^$]*)\$", label)
        inner = "".join(
            _variable(piece) if k % 2 else escape(piece)
            for k, piece in enumerate(pieces)
        )
        classes = self._kind(kind) + " small" * small
        self.parts.append(
            f'<text class="{classes}" x="{x:g}" y="{y:g}" '
            f'text-anchor="{anchor}">{inner}</text>'
        )

    def svg(self, alt: str) -> str:
        """The file; ``alt`` is for who does not see it."""
        w, h = self.size
        body = "\n".join(self.parts)
        return (
            f'<svg class="diagram" xmlns="http://www.w3.org/2000/svg" '
            f'viewBox="0 0 {w} {h}" width="{1.5 * w:g}" height="{1.5 * h:g}">\n'
            f"<title>{escape(self.title)}</title>\n<desc>{escape(alt)}</desc>\n"
            f"<style>{style()}</style>\n"
            f'<rect class="ground" width="{w}" height="{h}"/>\n{body}\n</svg>\n'
        )

    @staticmethod
    def _kind(kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(f"kind: expected one of {KINDS}, got {kind!r}")
        return kind


def _variable(text: str) -> str:
    """``h_{t-1}``: the letter in italics, its index lower and smaller."""
    found = re.fullmatch(r"([^_^]*)(?:_\{?([^}^]*)\}?)?(?:\^\{?([^}]*)\}?)?", text)
    if not found:
        raise ValueError(f"variable: expected like h_{{t-1}}, got {text!r}")
    letter, low, high = found.groups()
    out, upright = "", "font-style:normal"
    if len(letter) > 1 and letter[0] == "d":  # a gradient: its d stands upright
        out, letter = f'<tspan class="v" style="{upright}">d</tspan>', letter[1:]
    out += f'<tspan class="v">{escape(letter)}</tspan>'
    for index, shift in ((low, 5), (high, -7)):
        if index:
            look = "font-size:13.6px" + f";{upright}" * (index == "next")
            out += (
                f'<tspan class="v" style="{look}" dy="{shift}">'
                f"{escape(index.replace('-', '−'))}</tspan>"
                f'<tspan dy="{-shift}">\u200b</tspan>'
            )
    return out
