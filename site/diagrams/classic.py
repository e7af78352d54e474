"""A picture of how a claim becomes a verdict."""

from parts import Drawing

PICTURES = ["classic_row"]


def classic_row() -> Drawing:
    """Claim, rule, run, verdict from left to right; null and control from below."""
    d = Drawing(440, 190, "From a claim to a verdict")
    w, h, y, pitch = 88, 48, 34, 114
    boxes = (
        ("claim", "of a paper", "plain"),
        ("rule", "fixed first", "lit"),
        ("run", "own rates, seeds", "plain"),
        ("verdict", "computed", "lit"),
    )
    for k, (name, below, kind) in enumerate(boxes):
        x = 5 + pitch * k
        d.box(x, y, w, h, name, kind)
        d.text(x + w / 2, y - 14, below, "muted", small=True)
        if k:
            d.arrow((x - pitch + w + 2, y + h / 2), (x - 2, y + h / 2))
    for x, name in ((150, "null"), (282, "control")):
        d.cell(x, 136, 92, 32, name, "muted", dashed=True)
    end = 5 + pitch * 3 + w / 2
    d.arrow((242, 152), (280, 152), kind="muted", head=False)
    d.arrow((374, 152), (end, 152), (end, y + h + 3), kind="muted")
    return d
