"""A picture of the scan: how all steps of a recurrence are put together by doubling."""

from parts import Drawing

PICTURES = ["beyond_scan"]


def beyond_scan() -> Drawing:
    """Eight steps, three rounds; the paths that reach the last state are lit."""
    d = Drawing(440, 292, "A scan by doubling")
    x0, pitch, rows = 92, 45, (40, 110, 180, 250)
    lit = {0: set(range(8)), 1: {1, 3, 5, 7}, 2: {3, 7}, 3: {7}}
    for r, y in enumerate(rows):
        if r:
            d.text(38, y, f"round {r}", "muted", small=True)
            d.text(38, y - 18, f"{2 ** (r - 1)} before", "muted", small=True)
        for t in range(8):
            x, on = x0 + t * pitch, t in lit[r]
            if r:
                back = 2 ** (r - 1)
                d.arrow(
                    (x, rows[r - 1] + 14), (x, y - 14), kind="lit" if on else "muted"
                )
                if t >= back:
                    kind = "lit" if on else "muted"
                    left = x - back * pitch
                    d.arrow((left + 5, rows[r - 1] + 14), (x - 5, y - 14), kind=kind)
    for r, y in enumerate(rows):
        for t in range(8):
            first = max(1, t + 2 - 2**r)
            label = f"{t + 1}" if first == t + 1 else f"{first}–{t + 1}"
            kind = "lit" if t in lit[r] else "plain"
            d.box(x0 + t * pitch - 19, y - 13, 38, 26, label, kind, small=True)
    d.text(38, rows[0], "steps", "muted", small=True)
    d.text(x0 + 3.5 * pitch, 12, "($a_t$, $b_t$)", small=True)
    d.text(x0 + 3.5 * pitch, 281, "$h_t$", small=True)
    return d
