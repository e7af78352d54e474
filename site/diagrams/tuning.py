"""Pictures of a search: folds inside an objective, and successive halving."""

from parts import Drawing

PICTURES = ["tuning_folds", "tuning_halving"]


def tuning_folds() -> Drawing:
    """Three folds that walk forward, their one score, and the test part apart."""
    d = Drawing(440, 290, "Walk-forward folds inside an objective")
    x0, w, h, gap = 14, 34, 30, 8
    end = x0 + w * 7.2
    d.text(x0 + 2, 12, "time", "muted", "start", small=True)
    d.arrow((x0 + 40, 12), (432, 12), kind="muted")
    for k in range(3):
        y = 26 + 46 * k
        long = w * (3 + 1.4 * k)
        d.cell(x0, y, long, h, "train", "plain", shade=0.2)
        d.cell(x0 + long + gap, y, w * 1.4 - gap, h, "", "lit", shade=0.5)
        d.arrow((x0 + long + w * 1.4 + 4, y + h / 2), (end + 66, y + h / 2))
    d.text(384, 76, "mean", "lit")
    d.text(384, 96, "error", "lit")
    d.arrow((384, 110), (384, 170))
    d.box(344, 172, 80, 36, "search", "lit", small=True)
    d.arrow((344, 190), (232, 190))
    d.box(116, 172, 114, 36, "next settings", small=True)
    d.arrow((116, 190), (60, 190), (60, 152))
    d.cell(x0, 240, end - x0, h, "train, after the search", "muted", dashed=True)
    d.cell(end + gap, 240, 432 - end - gap, h, "test, once", "muted", dashed=True)
    return d


def tuning_halving() -> Drawing:
    """Eight settings, of which half go on after each rung."""
    d = Drawing(440, 246, "Successive halving of eight settings")
    x0, unit, top, pitch = 30, 46, 38, 22
    ends = (1, 4, 1, 8, 2, 1, 2, 1)
    for x, name in ((1, "25"), (2, "50"), (4, "100"), (8, "200")):
        at = x0 + unit * x
        d.text(at, 14, name, "muted", small=True)
        d.arrow((at, 26), (at, top + 8 * pitch), kind="muted", head=False)
    for k, end in enumerate(ends):
        y = top + pitch * (k + 0.5)
        kind = "lit" if end == 8 else "plain"
        d.arrow((x0, y), (x0 + unit * end - 2, y), kind=kind, thick=end == 8)
        if end < 8:
            d.text(x0 + unit * end + 10, y, "×", "muted")
    d.text(x0 + unit * 4, 232, "updates", "muted", small=True)
    return d
