"""Pictures of a service: a file without memory, and a table of states beside it."""

from parts import Drawing

PICTURES = ["deployment_file", "deployment_service"]


def deployment_file() -> Drawing:
    """Three calls of one file; the state leaves it and enters again."""
    d = Drawing(440, 240, "The state goes into the file and comes out of it")
    for k, (piece, scores) in enumerate((("the", "1 to 3"), ("gra", "4 to 6"),
                                         ("die", "7 to 9"))):  # fmt: skip
        x = 46 + 134 * k
        d.box(x, 92, 84, 54, "file", small=False)
        d.text(x + 42, 206, piece)
        d.arrow((x + 42, 192), (x + 42, 148))
        d.text(x + 42, 30, scores, small=True)
        d.text(x + 42, 12, "scores", "muted", small=True)
        d.arrow((x + 42, 90), (x + 42, 46))
        if k < 2:
            d.arrow((x + 86, 119), (x + 132, 119), kind="lit", thick=True)
            d.text(x + 109, 100, "$h, c$", "lit")
    d.text(16, 119, "0", "lit")
    d.arrow((24, 119), (44, 119), kind="lit", thick=True)
    d.arrow((400, 119), (434, 119), kind="lit", thick=True)
    d.text(220, 230, "pieces of one text, in their order", "muted", small=True)
    return d


def deployment_service() -> Drawing:
    """Two clients, checks at the door, a table of states, one model."""
    d = Drawing(440, 270, "A service that keeps a state for each session")
    for y, name, words in ((20, "Ada", "ss"), (150, "Bob", "t")):
        d.text(30, y + 20, name)
        d.text(30, y + 42, words, "muted", small=True)
        d.arrow((56, y + 24), (100, 112 if y < 100 else 128))
    d.box(102, 76, 84, 88, "", small=True)
    d.text(144, 98, "size", small=True)
    d.text(144, 120, "time", small=True)
    d.text(144, 142, "fields", small=True)
    d.arrow((144, 166), (144, 232), kind="muted")
    d.text(144, 246, "413  408  422", "muted", small=True)
    d.arrow((188, 120), (234, 120))
    for k, name in enumerate(("Ada", "Bob", "Eve", "...")):
        kind = "lit" if k == 0 else "plain"
        d.cell(236, 64 + 30 * k, 92, 30, name, kind, shade=0.3 if k == 0 else None)
    d.text(282, 48, "sessions", "muted", small=True)
    d.text(282, 200, "at most 1,000,", "muted", small=True)
    d.text(282, 218, "for 10 minutes", "muted", small=True)
    d.box(362, 96, 68, 54, "model")
    d.arrow((330, 74), (396, 74), (396, 94), kind="lit")
    d.text(374, 58, "$h, c$", "lit")
    d.arrow((396, 152), (396, 178), (346, 178), (346, 84), (330, 84), kind="lit")
    return d
