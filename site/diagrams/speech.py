"""Pictures of 27-speech: the paths of CTC, and why a repeat needs a blank."""

from parts import Drawing

PICTURES = ("ctc_trellis", "ctc_repeat")


def _grid(d, rows, frames, x0, y0, dx, dy) -> None:
    for j, symbol in enumerate(rows):
        d.text(x0 - 30, y0 + j * dy, symbol, small=symbol == "∅")
        for t in range(frames):
            kind = "muted" if symbol == "∅" else "plain"
            d.box(x0 + t * dx - 9, y0 + j * dy - 9, 18, 18, "", kind)


def _path(d, rows, x0, y0, dx, dy, kind) -> None:
    for t, (a, b) in enumerate(zip(rows, rows[1:], strict=False)):
        start = (x0 + t * dx + 9, y0 + a * dy)
        d.arrow(start, (x0 + (t + 1) * dx - 9, y0 + b * dy), kind=kind, thick=True)


def ctc_trellis() -> Drawing:
    """Five rows, five frames, two paths that are read as 37."""
    d = Drawing(400, 236, "Paths of CTC for the string 37")
    x0, y0, dx, dy = 74, 24, 72, 40
    _grid(d, ("∅", "3", "∅", "7", "∅"), 5, x0, y0, dx, dy)
    _path(d, (1, 1, 3, 3, 4), x0, y0, dx, dy, "lit")
    _path(d, (0, 1, 2, 2, 3), x0, y0, dx, dy, "back")
    for t in range(5):
        d.text(x0 + t * dx, 222, f"$t$ = {t + 1}", "muted", small=True)
    return d


def ctc_repeat() -> Drawing:
    """Between different digits the blank is jumped over, between equal ones not."""
    d = Drawing(400, 146, "A repeat needs a blank")
    for x0, rows, title in (
        (64, ("3", "∅", "7"), "read 3 7"),
        (274, ("3", "∅", "3"), "read 3 3"),
    ):
        _grid(d, rows, 2 if rows[2] == "7" else 3, x0, 24, 50, 40)
        d.text(x0 + 42, 136, title, "muted", small=True)
    _path(d, (0, 2), 64, 24, 50, 40, "lit")
    _path(d, (0, 1, 2), 274, 24, 50, 40, "lit")
    return d
