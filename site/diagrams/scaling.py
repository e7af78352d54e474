"""Pictures of scaling: the front of a deep network, and an update on two workers."""

from parts import Drawing

PICTURES = ["scaling_wavefront", "scaling_parallel"]


def scaling_wavefront() -> Drawing:
    """Three layers and six steps; the cells of one moment are lit."""
    d = Drawing(440, 262, "The front of a deep recurrent network")
    x0, y0, w, h, dx, dy = 74, 170, 36, 32, 60, 62

    def at(layer, step):
        return x0 + dx * step, y0 - dy * layer

    for layer in range(3):
        d.text(36, y0 - dy * layer + h / 2, f"layer {layer + 1}", "muted", small=True)
        for step in range(6):
            x, y = at(layer, step)
            moment = layer + step + 1
            look = "lit" if moment == 5 else "muted" if moment > 5 else "plain"
            if step:
                d.arrow((x - dx + w + 2, y + h / 2), (x - 2, y + h / 2), kind="muted")
            if layer:
                d.arrow((x + w / 2, y + dy - 2), (x + w / 2, y + h + 2), kind="muted")
            d.cell(x, y, w, h, str(moment), look, dashed=moment > 5)
    for step in range(6):
        x, y = at(0, step)
        d.text(x + w / 2, y + h + 18, f"$x_{step + 1}$")
    d.text(220, 246, "number in a cell: its moment", "muted", small=True)
    return d


def scaling_parallel() -> Drawing:
    """Two workers, each with all weights and half a batch; a ring joins gradients."""
    d = Drawing(440, 300, "One update on two workers")
    for k, name in enumerate(("worker 0", "worker 1")):
        x = 24 + 222 * k
        d.text(x + 85, 14, name, "muted")
        for row in range(2):
            for column in range(7):
                there = column < ((7, 4), (5, 3))[k][row]
                look = "plain" if there else "muted"
                d.cell(x + 22 + 18 * column, 32 + 20 * row, 16, 16, "", look,
                       0.4 if there else 0.0, dashed=not there)  # fmt: skip
        d.arrow((x + 85, 74), (x + 85, 96))
        d.box(x, 98, 170, 40, "all weights")
        d.arrow((x + 85, 140), (x + 85, 162))
        d.box(x, 164, 170, 40, "gradient", "back")
        d.arrow((x + 85, 206), (x + 85, 246))
        d.box(x, 248, 170, 40, "the same update")
    d.arrow((196, 176), (244, 176), kind="lit", thick=True)
    d.arrow((244, 194), (196, 194), kind="lit", thick=True)
    d.text(220, 226, "average", "lit")
    return d
