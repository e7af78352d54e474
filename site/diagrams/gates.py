"""Pictures of gates: the LSTM and the GRU, forwards and backwards."""

from parts import Drawing

PICTURES = [
    "carousel",
    "lstm_2_write",
    "lstm_3_show",
    "lstm_4_keep",
    "lstm_cell",
    "lstm_chain",
    "lstm_back_1_end",
    "lstm_back_2_cell",
    "lstm_back_3_gates",
    "gru_slider",
    "gru_1_blend",
    "gru_cell",
    "reset_place",
    "packed_weights",
    "gate_orders",
]


def carousel() -> Drawing:
    d = Drawing(400, 156, "The constant error carousel")
    for t, x in enumerate((118, 208, 298), 1):
        d.arrow((x, 122), (x, 81), kind="muted")
        d.text(x, 137, f"$i_{t}$ ⊙ $g_{t}$")
        d.text(x, 14, "× 1", "back")
        d.arrow((40 if t == 1 else x - 79, 70), (x - 11, 70), thick=True)
        d.op(x, 70, "+")
    d.arrow((309, 70), (364, 70), thick=True)
    for x, name in ((20, "c_0"), (163, "c_1"), (253, "c_2"), (382, "c_3")):
        d.text(x, 70 if x in (20, 382) else 90, f"${name}$")
    d.arrow((364, 34), (40, 34), kind="back", thick=True)
    d.text(382, 34, "$dc_3$", "back")
    d.text(20, 34, "$dc_0$", "back")
    return d


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
    """The cell up to a stage (2 to 4), the new part lit; 5 shows all in colour."""
    d = Drawing(416, 330, title)

    def look(since, kind):
        if stage == 5:
            return {"kind": "plain" if kind == "lit" else kind}
        new = since == stage
        return {"kind": kind if new else "muted", "thick": new}

    line = look(1, "lit")["kind"]
    joints = [AT["f"]] * (stage >= 4) + [SUM]
    starts = [40, *(x + 11 for x in joints)]
    for x0, x1 in zip(starts, [*(x - 11 for x in joints), 382], strict=True):
        d.arrow((x0, CELL), (x1, CELL), kind=line, thick=True)
    d.text(20, CELL, "$c_{t-1}$")
    d.text(398, CELL, "$c_t$")

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


def lstm_cell() -> Drawing:
    return _lstm(5, "One step of an LSTM")


def lstm_chain() -> Drawing:
    d = Drawing(440, 226, "An LSTM over three steps")
    d.text(16, CELL, "$c_0$")
    d.text(16, 146, "$h_0$")
    for t in (1, 2, 3):
        u = 46 + 122 * (t - 1)  # the left edge of the step
        cell, out = (30, 30) if t == 1 else (u - 122 + 50, u - 122 + 101)
        d.arrow((cell, CELL), (u + 3, CELL), thick=True)
        d.line((u + 21, CELL), (u + 32, CELL), thick=True)
        d.arrow((out, 146), (u, 146))
        d.arrow((u + 12, 126), (u + 12, CELL + 9), kind="f")
        d.arrow((u + 41, 126), (u + 41, CELL + 9))
        d.op(u + 12, CELL, "×", "f", r=9)
        d.op(u + 41, CELL, "+", r=9)
        d.box(u, 126, 70, 40)
        for k, x in zip("figo", (12, 34, 48, 61), strict=True):
            d.text(u + x, 145, f"${k}$", k)
        d.arrow((u + 92, CELL), (u + 92, 80))
        d.dot(u + 92, CELL)
        d.box(u + 73, 80, 38, 24, "tanh", small=True)
        d.arrow((u + 92, 104), (u + 92, 137))
        d.arrow((u + 70, 146), (u + 83, 146), kind="o")
        d.op(u + 92, 146, "×", "o", r=9)
        d.arrow((u + 35, 202), (u + 35, 166))
        d.text(u + 35, 213, f"$x_{t}$")
        if t < 3:
            d.text(u + 92, 26, f"$c_{t}$")
            d.text(u + 109, 168, f"$h_{t}$")
    d.arrow((u + 50, CELL), (408, CELL), thick=True)
    d.arrow((u + 101, 146), (408, 146))
    d.text(424, CELL, "$c_3$")
    d.text(424, 146, "$h_3$")
    return d


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


def lstm_back_1_end() -> Drawing:
    return _lstm_back(1, "Backwards: the end of the step")


def lstm_back_2_cell() -> Drawing:
    return _lstm_back(2, "Backwards: the cell")


def lstm_back_3_gates() -> Drawing:
    return _lstm_back(3, "Backwards: through the gates to the input and the old state")


def gru_slider() -> Drawing:
    d = Drawing(400, 144, "The update gate as a slider")
    left, right = 62, 334
    knob = left + 0.7 * (right - left)
    d.line((left, 76), (knob, 76), kind="z", thick=True)
    d.line((knob, 76), (right, 76), kind="n", thick=True)
    for x in (left, right):
        d.line((x, 68), (x, 84), kind="muted", thick=True)
    d.text(left - 12, 76, "$n_t$", anchor="end")
    d.text(right + 12, 76, "$h_{t-1}$", anchor="start")
    d.text(left, 48, "$z_t$ = 0", small=True)
    d.text(right, 48, "$z_t$ = 1", small=True)
    d.op(knob, 76, "", "z", r=10)
    d.text(knob, 46, "$h_t$")
    d.brace(left + 2, knob - 2, 98, "$z_t$", "z")
    d.brace(knob + 2, right - 2, 98, "1 − $z_t$", "n")
    return d


def _gru(reset: bool, title: str) -> Drawing:
    """The blend, and with the reset gate the whole cell."""
    d = Drawing(400, 330, title)
    z, r, n, y_h, y_x = 110, 200, 300, 272, 302

    for x0, x1 in ((40, z - 11), (z + 11, n - 11), (n + 11, 366)):
        d.arrow((x0, CELL), (x1, CELL), thick=True)
    d.text(20, CELL, "$h_{t-1}$")
    d.text(382, CELL, "$h_t$")
    d.text(20, y_x, "$x_t$")
    # the old state and the input on their way to the boxes
    d.dot(56, CELL)
    if reset:
        d.arrow((56, CELL), (56, y_h), (243, y_h))
        d.arrow((265, y_h), (n - 12, y_h), (n - 12, 242))
    else:
        d.arrow((56, CELL), (56, y_h), (n - 12, y_h), (n - 12, 242))
    d.arrow((34, y_x), (n + 12, y_x), (n + 12, 242))
    gates = {"z": z, "r": r} if reset else {"z": z}
    for k, x in gates.items():
        d.arrow((x - 10, y_h), (x - 10, 242), kind=k)
        d.arrow((x + 10, y_x), (x + 10, 242), kind=k)
        d.dot(x - 10, y_h)
        d.dot(x + 10, y_x)
    d.arrow((z, GATES), (z, CELL + 11), kind="z")
    d.arrow((z, 140), (187, 140), kind="z")
    d.arrow((213, 140), (n - 11, 140), kind="z")
    d.dot(z, 140, "z")
    d.arrow((n, GATES), (n, 151), kind="n")
    d.arrow((n, 129), (n, CELL + 11))
    if reset:
        d.arrow((r + 25, 219), (254, 219), (254, 261), kind="r")
        d.op(254, y_h, "×")
    for k, x in {**gates, "n": n}.items():
        d.box(x - 25, GATES, 50, 46, kind=k)
        d.text(x, GATES + 14, f"${k}_t$")
        d.text(x, GATES + 33, "tanh" if k == "n" else "σ", small=True)
    d.op(z, CELL, "×")
    d.op(n, CELL, "+")
    d.op(n, 140, "×")
    d.op(200, 140, "1−", "z", r=13)
    return d


def gru_1_blend() -> Drawing:
    return _gru(False, "The GRU: update gate and candidate")


def gru_cell() -> Drawing:
    return _gru(True, "One step of a GRU")


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


def packed_weights() -> Drawing:
    d = Drawing(400, 230, "Four matrices in one")
    left, wide = 126, 66
    d.brace(left, left + 4 * wide, 48, "$W_{xh}$  (D, 4H)", depth=-7)
    d.text(60, 84, "$x_t$")
    d.text(60, 128, "(B, D)", small=True)
    d.text(left - 12, 192, "(B, 4H)", anchor="end", small=True)
    d.cell(20, 96, 80, 20)
    d.arrow((104, 106), (left - 4, 106))
    for j, k in enumerate("ifgo"):
        x = left + wide * j
        d.cell(x, 62, wide, 80, f"$W_{{x{k}}}$", k)
        d.cell(x, 178, wide, 28, f"$x_t$ $W_{{x{k}}}$", k)
        d.arrow((x + wide / 2, 146), (x + wide / 2, 174), kind=k)
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
