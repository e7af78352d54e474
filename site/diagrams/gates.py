"""Pictures of gates: the LSTM and the GRU, forwards and backwards."""

from parts import Drawing

PICTURES = [
    "lstm_2_write",
    "lstm_3_show",
    "lstm_4_keep",
    "lstm_back_2_cell",
    "gru_cell",
    "reset_place",
    "gate_orders",
]


# The LSTM: one drawing, and the stage at which each part comes in.
CELL, SHOWN, GATES, BUS = 46, 150, 196, 278  # heights
AT = {"f": 100, "i": 166, "g": 236, "o": 304}
SUM, OUT = 201, 354  # the columns of the sum and of what is shown
WIRES = {  # forwards: stage, kind, points
    "f": (4, "f", [(AT["f"], GATES), (AT["f"], CELL + 11)]),
    "i": (2, "i", [(AT["i"], GATES), (AT["i"], 120), (SUM - 11, 120)]),
    "g": (2, "g", [(AT["g"], GATES), (AT["g"], 120), (SUM + 11, 120)]),
    "written": (2, "lit", [(SUM, 109), (SUM, CELL + 11)]),
    "to tanh": (3, "lit", [(OUT, CELL), (OUT, 84)]),
    "from tanh": (3, "lit", [(OUT, 112), (OUT, SHOWN - 11)]),
    "o": (3, "o", [(AT["o"], GATES), (AT["o"], SHOWN), (OUT - 11, SHOWN)]),
    "h": (3, "lit", [(OUT + 11, SHOWN), (382, SHOWN)]),
}
STAGES = {"f": 4, "i": 2, "g": 2, "o": 3}
WORDS = {
    2: ("write", SUM, "middle"),
    3: ("show", AT["o"] + 8, "start"),
    4: ("keep", AT["f"] + 8, "start"),
}


def _boxes(d, kinds) -> None:
    """The gates and the candidate, each with its squashing function."""
    for k, kind in kinds.items():
        d.box(AT[k] - 25, GATES, 50, 46, kind=kind)
        d.text(AT[k], GATES + 14, f"${k}_t$")
        d.text(AT[k], GATES + 33, "tanh" if k == "g" else "σ", small=True)


def _lstm(stage: int, title: str) -> Drawing:
    """The cell up to a stage, the new part lit; stage 5 shows all of it."""
    d = Drawing(416, 84 if stage == 1 else 330, title)

    def look(since, kind):
        if stage == 5:
            return {"kind": "plain" if kind == "lit" else kind}
        new = since == stage
        return {"kind": kind if new else "muted", "thick": new}

    line = look(1, "lit")["kind"]
    joints = [AT["f"]] * (stage >= 4) + [SUM] * (stage >= 2)
    starts = [40, *(x + 11 for x in joints)]
    for x0, x1 in zip(starts, [*(x - 11 for x in joints), 382], strict=True):
        d.arrow((x0, CELL), (x1, CELL), kind=line, thick=True)
    d.text(20, CELL, "$c_{t-1}$")
    d.text(398, CELL, "$c_t$")
    if stage == 1:
        return d

    here = {k: v for k, v in STAGES.items() if v <= stage}
    last = max(AT[k] for k in here)
    bus = look(2, "lit")["kind"]
    d.line((40, BUS), (last, BUS), kind=bus)
    d.arrow((56, 306), (56, BUS + 1), kind=bus)
    d.text(20, BUS, "$h_{t-1}$")
    d.text(56, 318, "$x_t$")
    for k, since in here.items():
        tap = look(since, k) | {"thick": False}
        d.arrow((AT[k], BUS), (AT[k], GATES + 46), **tap)
        if AT[k] != last:
            d.dot(AT[k], BUS, bus)
    for since, kind, points in WIRES.values():
        if since <= stage:
            d.arrow(*points, **look(since, kind))
    _boxes(d, {k: look(since, k)["kind"] for k, since in here.items()})

    two = look(2, "lit")["kind"]
    d.op(SUM, CELL, "+", two)
    d.op(SUM, 120, "×", two)
    if stage >= 3:
        three = look(3, "lit")["kind"]
        d.dot(OUT, CELL, three)
        d.box(OUT - 22, 84, 44, 28, "tanh", three, small=True)
        d.op(OUT, SHOWN, "×", three)
        d.text(398, SHOWN, "$h_t$")
    if stage >= 4:
        d.op(AT["f"], CELL, "×", look(4, "lit")["kind"])
    for since, (word, x, anchor) in WORDS.items():
        if since == stage or stage == 5:
            d.text(x, 176, word, anchor=anchor, small=True)
    return d


def lstm_2_write() -> Drawing:
    return _lstm(2, "The cell with input gate and candidate")


def lstm_3_show() -> Drawing:
    return _lstm(3, "The cell with input gate, candidate and output gate")


def lstm_4_keep() -> Drawing:
    return _lstm(4, "The cell with all gates, the forget gate lit")


BACKWARD = {  # the stage at which the gradient comes along a wire
    "h": 1, "o": 1, "from tanh": 1, "to tanh": 1,
    "written": 2, "i": 2, "g": 2, "f": 2,
}  # fmt: skip


def _lstm_back(stage: int, title: str) -> Drawing:
    """The cell backwards up to a stage: only gradients have arrows."""
    d = Drawing(416, 330, title)

    def wire(since, *points, thick=False):
        """Forwards in grey without a head; backwards once its stage has come."""
        if since > stage:
            d.line(*points, kind="muted", thick=thick)
        else:
            d.arrow(*points[::-1], kind="back", thick=since == stage or thick)

    wire(1, (OUT + 11, CELL), (408, CELL))
    wire(1, (SUM + 11, CELL), (OUT - 11, CELL))
    wire(2, (AT["f"] + 11, CELL), (SUM - 11, CELL))
    wire(2, (8, CELL), (AT["f"] - 11, CELL))
    for name, (_, _, points) in WIRES.items():
        if name == "to tanh":
            points = [(OUT, CELL + 11), (OUT, 84)]
        if name == "h":
            points = [points[0], (408, SHOWN)]
        wire(BACKWARD[name], *points)
    for x in AT.values():
        wire(3, (x, BUS), (x, GATES + 46))
    wire(3, (56, 306), (56, BUS))
    wire(3, (8, BUS), (AT["o"], BUS))
    _boxes(d, dict.fromkeys("figo", "muted"))
    for x, y, sign in ((AT["f"], CELL, "×"), (SUM, CELL, "+"), (SUM, 120, "×")):
        d.op(x, y, sign, "muted")
    d.op(OUT, SHOWN, "×", "muted")
    d.op(OUT, CELL, "+", "back")
    d.box(OUT - 22, 84, 44, 28, "tanh", "muted", small=True)

    labels = [
        (1, 410, 22, "$dc_t^{next}$", "end"),
        (1, 410, 170, "$dh_t$", "end"),
        (1, 312, 172, "$do$", "start"),
        (1, 277, 22, "$dc_t$", "middle"),
        (2, 6, 22, "$dc_{t-1}^{next}$", "start"),
        (2, 108, 160, "$df$", "start"),
        (2, 158, 160, "$di$", "end"),
        (2, 244, 160, "$dg$", "start"),
        (3, 6, 258, "$dh_{t-1}^{next}$", "start"),
        (3, 56, 318, "$dx$", "middle"),
    ]
    for since, x, y, label, anchor in labels:
        if since <= stage:
            d.text(x, y, label, "back", anchor)
        elif x < 60:  # what will get this gradient
            name = label.removeprefix("$d").removesuffix("$").split("^")[0]
            d.text(x, y, f"${'x_t' if name == 'x' else name}$", "muted", anchor)
    return d


def lstm_back_2_cell() -> Drawing:
    return _lstm_back(2, "Backwards: the cell")


def _gru(stage: int, title: str) -> Drawing:
    """The blend; the reset gate lit; both in their colours."""
    d = Drawing(400, 330, title)
    z, r, n, y_h, y_x = 110, 200, 300, 272, 302

    def look(since, kind):
        if stage != 2:
            return {"kind": "plain" if kind == "lit" else kind}
        new = since == stage
        return {"kind": kind if new else "muted", "thick": new}

    wire = look(1, "lit")["kind"]
    for x0, x1 in ((40, z - 11), (z + 11, n - 11), (n + 11, 366)):
        d.arrow((x0, CELL), (x1, CELL), kind=wire, thick=True)
    d.text(20, CELL, "$h_{t-1}$")
    d.text(382, CELL, "$h_t$")
    d.text(20, y_x, "$x_t$")
    # the old state and the input on their way to the boxes
    d.dot(56, CELL, wire)
    if stage == 1:
        d.arrow((56, CELL), (56, y_h), (n - 12, y_h), (n - 12, 242), kind=wire)
    else:
        d.arrow((56, CELL), (56, y_h), (243, y_h), kind=wire)
        d.arrow((265, y_h), (n - 12, y_h), (n - 12, 242), **look(2, "lit"))
    d.arrow((34, y_x), (n + 12, y_x), (n + 12, 242), kind=wire)
    for x, since, k in ((z, 1, "z"), (r, 2, "r")):
        if since <= stage:
            tap = look(since, k)["kind"]
            d.arrow((x - 10, y_h), (x - 10, 242), kind=tap)
            d.arrow((x + 10, y_x), (x + 10, 242), kind=tap)
            d.dot(x - 10, y_h, wire)
            d.dot(x + 10, y_x, wire)
    d.arrow((z, GATES), (z, CELL + 11), **look(1, "z"))
    d.arrow((z, 140), (187, 140), **look(1, "z"))
    d.arrow((213, 140), (n - 11, 140), **look(1, "z"))
    d.dot(z, 140, look(1, "z")["kind"])
    d.arrow((n, GATES), (n, 151), **look(1, "n"))
    d.arrow((n, 129), (n, CELL + 11), **look(1, "lit"))
    if stage >= 2:
        d.arrow((r + 25, 219), (254, 219), (254, 261), **look(2, "r"))
        d.op(254, y_h, "×", look(2, "lit")["kind"])
    for x, since, k in ((z, 1, "z"), (r, 2, "r"), (n, 1, "n")):
        if since <= stage:
            d.box(x - 25, GATES, 50, 46, kind=look(since, k)["kind"])
            d.text(x, GATES + 14, f"${k}_t$")
            d.text(x, GATES + 33, "tanh" if k == "n" else "σ", small=True)
    one = look(1, "lit")["kind"]
    d.op(z, CELL, "×", one)
    d.op(n, CELL, "+", one)
    d.op(n, 140, "×", one)
    d.op(200, 140, "1−", look(1, "z")["kind"], r=13)
    return d


def gru_cell() -> Drawing:
    return _gru(3, "One step of a GRU")


def reset_place() -> Drawing:
    d = Drawing(400, 316, "The reset gate before and after the product")

    def end(y, bias):
        d.arrow((261, y), (284, y))
        d.op(250, y, "+")
        d.arrow((250, y + 40), (250, y + 11))
        d.text(250, y + 53, f"$x_t$ $W_{{xn}}$ + $b_{{{bias}}}$")
        d.box(284, y - 15, 48, 30, "tanh", "n", small=True)
        d.arrow((332, y), (360, y))
        d.text(376, y, "$n_t$")
        d.text(22, y, "$h_{t-1}$")

    y = 84
    d.text(8, 14, "Reset before the product", anchor="start")
    d.arrow((42, y), (69, y))
    d.arrow((80, y - 32), (80, y - 11), kind="r", thick=True)
    d.text(80, y - 42, "$r_t$")
    d.op(80, y, "×", "r")
    d.arrow((91, y), (126, y))
    d.box(126, y - 15, 52, 30, "$W_{hn}$")
    d.arrow((178, y), (239, y))
    end(y, "n")
    y = 252
    d.text(8, 182, "Reset after the product", anchor="start")
    d.arrow((42, y), (60, y))
    d.box(60, y - 15, 52, 30, "$W_{hn}$")
    d.arrow((112, y), (127, y))
    d.op(138, y, "+", "lit")
    d.arrow((138, y + 40), (138, y + 11), kind="lit", thick=True)
    d.text(138, y + 53, "$b_{hn}$")
    d.arrow((149, y), (189, y))
    d.text(167, y - 15, "$m_t$")
    d.arrow((200, y - 32), (200, y - 11), kind="r", thick=True)
    d.text(200, y - 42, "$r_t$")
    d.op(200, y, "×", "r")
    d.arrow((211, y), (239, y))
    end(y, "xn")
    return d


def gate_orders() -> Drawing:
    d = Drawing(400, 312, "The order of the blocks in three libraries")
    wide, high, left = 66, 26, 108
    orders = [
        ("LSTM", 14, {"this course": "ifgo", "PyTorch": "ifgo", "Keras": "ifco"}),
        ("GRU", 172, {"this course": "rzn", "PyTorch": "rzn", "Keras": "zrn"}),
    ]
    for title, top, rows in orders:
        d.text(8, top, title, anchor="start")
        for down, (name, order) in zip((16, 46, 102), rows.items(), strict=True):
            y = top + down
            d.text(8, y + high / 2, name, anchor="start", small=True)
            for j, gate in enumerate(order):
                kind = "g" if gate == "c" else gate
                d.cell(left + wide * j, y, wide, high, f"${gate}$", kind)
        before, after = rows["PyTorch"], rows["Keras"].replace("c", "g")
        for j, gate in enumerate(before):
            x0, x1 = (left + wide * (k + 0.5) for k in (j, after.index(gate)))
            d.arrow((x0, top + 77), (x1, top + 98), kind=gate, thick=x0 != x1)
    return d
