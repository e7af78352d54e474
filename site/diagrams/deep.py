"""Pictures of several layers and both directions: what is known where, and how."""

from parts import Drawing

PICTURES = ["deep_known", "deep_added", "deep_states", "deep_residual"]


def deep_known() -> Drawing:
    """What has been read when the vowel of column 4 of 8 is named."""
    d = Drawing(440, 250, "What three readers have seen when they name one vowel")
    w, x0 = 34, 150
    rows = (
        ("answers at once", 3, 3),
        ("waits two letters", 5, 5),
        ("both directions", 7, 3),
    )
    for t, letter in enumerate("b_tt_r_t"):
        d.text(x0 + w * (t + 0.5), 18, letter, "lit" if t == 4 else "plain")
    for k, (name, last, _) in enumerate(rows):
        y = 44 + 68 * k
        d.text(x0 - 12, y + 15, name, "plain", "end")
        last += 1 if k < 2 else 0
        for t in range(8):
            known = t <= last
            look = "plain" if known else "muted"
            shade = 0.35 if known else None
            d.cell(x0 + w * t, y, w, 30, "", look, shade=shade, dashed=not known)
        low = y + 44
        if k < 2:
            d.arrow((x0 + 4, low), (x0 + w * (last + 1) - 2, low))
        else:
            mid = x0 + w * 4.5
            d.arrow((x0 + 4, low), (mid + 14, low))
            d.arrow((x0 + w * 8 - 4, low + 12), (mid - 14, low + 12))
        at = 4 if k == 2 else last
        d.cell(x0 + w * at, y, w, 30, "e?", "lit", shade=0.3)
    return d


def deep_added() -> Drawing:
    """One layer adds the scores of two readers; a second one can combine them."""
    d = Drawing(440, 250, "Scores that are added, and features of both sides")
    for x, above in ((10, False), (230, True)):
        d.text(x + 95, 14, "a second layer" if above else "one layer")
        for dx, name in ((0, "the past"), (104, "the future")):
            d.box(x + dx, 196, 92, 36, name, small=True)
        if above:
            d.box(x + 40, 114, 116, 36, "past & future", "lit", small=True)
            d.arrow((x + 46, 196), (x + 76, 150))
            d.arrow((x + 150, 196), (x + 120, 150))
            d.arrow((x + 98, 114), (x + 98, 70), kind="lit")
            d.box(x + 52, 34, 92, 36, "scores", small=True)
        else:
            for mid, name in ((46, "scores"), (150, "scores")):
                d.arrow((x + mid, 196), (x + mid, 150))
                d.box(x + mid - 36, 114, 72, 36, name, small=True)
            d.arrow((x + 46, 114), (x + 88, 62))
            d.arrow((x + 150, 114), (x + 108, 62))
            d.op(x + 98, 52, "+", "lit", r=14)
    return d


def deep_states() -> Drawing:
    """Two layers of both directions over four columns, and the order of h_n."""
    d = Drawing(440, 330, "Where the last states lie in h_n")
    w, h, x0, pitch = 48, 30, 92, 66
    rows = ((40, 1, "layer 1"), (92, 0, ""), (168, 1, "layer 0"), (220, 0, ""))
    for r, (y, back, name) in enumerate(rows):
        index = (3, 2, 1, 0)[r]
        for t in range(4):
            x = x0 + t * pitch
            last = t == (0 if back else 3)
            d.box(x, y, w, h, "", "lit" if last else "plain")
            if t:
                a, b = (x, x - pitch + w + 2) if back else (x - pitch + w, x - 2)
                d.arrow((a, y + h / 2), (b, y + h / 2))
        if back:
            d.arrow((x0, y + h / 2), (64, y + h / 2), kind="lit")
            d.text(60, y + h / 2, f"h_n[{index}]", "lit", "end", small=True)
        else:
            end = x0 + 3 * pitch + w
            d.arrow((end, y + h / 2), (end + 28, y + h / 2), kind="lit")
            d.text(end + 32, y + h / 2, f"h_n[{index}]", "lit", "start", small=True)
        if name:
            d.text(x0 + 3 * pitch + w + 34, y + 15, name, "muted", "start", small=True)
    for t in range(4):
        mid = x0 + t * pitch + w / 2
        d.text(mid, 316, f"$x_{t}$")
        d.arrow((mid, 302), (mid, 254))
        d.arrow((mid, 168), (mid, 126), kind="muted")
        d.text(mid, 18, f"{t}", "muted", small=True)
    d.text(84, 18, "column", "muted", "end", small=True)
    d.text(x0 + 3 * pitch + w, 147, "both states", "muted", "start", small=True)
    return d


def deep_residual() -> Drawing:
    """Two residual layers: the straight line, and the layers beside it."""
    d = Drawing(440, 176, "Two layers with residual connections")
    y, low = 66, 138
    d.text(16, y, "$x$")
    for k, x in enumerate((60, 250)):
        d.dot(x, y)
        d.arrow((x, y), (x, low), (x + 24, low))
        d.box(x + 26, low - 18, 76, 36, f"layer {k + 1}")
        d.arrow((x + 102, low), (x + 128, low), (x + 128, y + 12))
        d.op(x + 128, y, "+", "lit")
    d.arrow((30, y), (176, y), thick=True, kind="lit")
    d.arrow((200, y), (366, y), thick=True, kind="lit")
    d.arrow((390, y), (420, y), thick=True, kind="lit")
    d.text(430, y, "$y$")
    d.arrow((418, 18), (30, 18), kind="back")
    d.text(224, 36, "gradient × 1", "back", small=True)
    return d
