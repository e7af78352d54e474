"""About how wide a formula will be, before it is set.

Formulas are set by a script, some after a second. Until then a formula stands there as
TeX, twice as wide as what comes: lines would break elsewhere, and the page jump. So its
TeX is as small as it must be to take the room of the formula (``book.css``).
"""

import re

STYLES = (
    r"\\(?:left|right|math\w+|text\w*|operatorname|[bB]igg?[lr]?|hat|bar|tilde|dot|"
    r"[dt]?frac|displaystyle|begin|end)(?![a-zA-Z])|\\htmlClass\{[^}]*\}"
)
NAMES = {"tanh", "log", "exp", "max", "min", "sin", "cos", "ln", "lim", "arg", "sqrt"}
BETWEEN = {  # relations and operators, with the room around them
    **dict.fromkeys(
        "approx le leq ge geq in to sim ne neq ll gg equiv mid".split(), 1.4
    ),
    **dict.fromkeys("propto rightarrow leftarrow dots ldots cdots".split(), 1.4),
    **dict.fromkeys("cdot times odot pm circ oplus".split(), 1.2),
    **dict.fromkeys(",;: ", 0.2),
}
SIGNS = {
    **dict.fromkeys("=<>", 1.4),
    **dict.fromkeys("+-", 1.3),
    **dict.fromkeys("()[]", 0.42),
    **dict.fromkeys("'.|:;/", 0.3),
    ",": 0.45,
}
SMALL = 0.71  # an index, beside what it stands at
RAW = 0.38  # em: a sign of TeX in the typeface of the pages


def _sign(token: str) -> float:
    if token[0] == "\\":
        name = token[1:]
        return 0.55 * len(name) + 0.2 if name in NAMES else BETWEEN.get(name, 0.62)
    return SIGNS.get(token, 0.8 if token.isupper() else 0.58)


def width(tex: str) -> float:
    """The width of an inline formula in em; off by a quarter of an em, on average."""
    total, scale, index, outer = 0.0, 1.0, False, []
    for token in re.findall(r"\\[a-zA-Z]+|\\.|\S", re.sub(STYLES, "", tex)):
        if token in "_^":
            index = True
        elif token == "{":
            outer.append(scale)
            scale, index = scale * (SMALL if index else 1), False
        elif token == "}":
            scale = outer.pop() if outer else 1.0
        else:
            total += _sign(token) * scale * (SMALL if index else 1)
            index = False
    return total


def share(tex: str) -> float:
    """What the size of the TeX is multiplied by, to be as wide as the formula."""
    return min(1.2, max(0.25, width(tex[2:-2]) / (RAW * len(tex))))
