"""Pictures of training: where dropout stands, and how often it is drawn."""

from parts import Drawing

PICTURES = ["training_dropout"]


def training_dropout() -> Drawing:
    """Three steps of a layer of five units, and what is thinned, in three places."""
    d = Drawing(440, 380, "Dropout on the letters, on the state and on the output")
    size, x0, pitch = 15, 66, 138
    gone = {
        "out": ((1,), (0, 3), (4,)),
        "x": ((2,), (0,), (1, 3)),
        "h": ((1, 3), (1, 3), (1, 3)),
    }

    def column(x, y, missing):
        for k in range(5):
            out = k in missing
            look = "lit" if out else "plain"
            d.cell(x + k * size, y, size, 24, "×" if out else "", look, dashed=out)

    for t in range(3):
        x = x0 + t * pitch
        mid = x + 2.5 * size
        d.text(mid, 12, f"$y_{t + 1}$")
        d.arrow((mid, 46), (mid, 24))
        column(x, 46, gone["out"][t])
        d.arrow((mid, 148), (mid, 72))
        d.box(x - 4, 150, 5 * size + 8, 40, "LSTM")
        column(x, 296, gone["x"][t])
        d.arrow((mid, 296), (mid, 192))
        d.text(mid, 352, f"$x_{t + 1}$")
        d.arrow((mid, 340), (mid, 322))
        if t < 2:
            d.arrow((x + 5 * size + 5, 170), (x + pitch - 6, 170), kind="lit")
            for k in range(5):
                out = k in gone["h"][t]
                left = x + 5 * size + 16
                look = "lit" if out else "plain"
                word = "×" if out else ""
                d.cell(left + 8, 92 + k * size, 24, size, word, look, dashed=out)
    for y, name in ((58, "output"), (308, "letters")):
        d.text(56, y, name, "muted", "end", small=True)
    d.text(56, 170, "state", "muted", "end", small=True)
    for y, words in ((222, "the same mask"), (240, "at every step")):
        d.text(172, y, words, "lit", small=True)
    return d
