"""Pictures of recurrence: the loop, its shapes, its gradients, what it reads."""

from parts import Drawing

PICTURES = [
    "unrolled",
    "step_shapes",
    "sequence_shapes",
    "readout_loss",
    "loss_places",
    "bptt_paths",
    "bptt_step",
    "bptt_two_paths",
    "bptt_states",
    "bptt_shares",
    "bptt_truncated",
    "vanish_step",
    "vanish_product",
    "text_training",
    "text_writing",
    "batch_and_time",
    "padding_last",
]


def unrolled() -> Drawing:
    d = Drawing(400, 190, "The loop, and the same network unrolled over time")
    y, half = 70, 17
    d.box(24, y - 16, 34, 32, "$h_t$")
    d.arrow((58, y), (84, y), (84, y - 42), (41, y - 42), (41, y - 16), kind="lit")
    d.text(63, 14, "$W_{hh}$", "lit")
    for x, t in ((41, "t"), (210, "1"), (280, "2"), (350, "3")):
        d.box(x - half, 136, 34, 30, f"$x_{t}$")
        d.arrow((x, 136), (x, y + 16), kind="lit")
        d.text(x + 20, 111, "$W_{xh}$", "lit")
    d.text(104, y, "=")
    d.box(140 - half, y - 16, 34, 32, "$h_0$")
    for x, t in ((210, "1"), (280, "2"), (350, "3")):
        d.arrow((x - 70 + half, y), (x - half, y), kind="lit")
        d.text(x - 35, y - 30, "$W_{hh}$", "lit")
        d.box(x - half, y - 16, 34, 32, f"$h_{t}$")
    d.arrow((350 + half, y), (384, y), kind="lit")
    d.text(392, y, "…")
    return d


def step_shapes() -> Drawing:
    """B, D, H = 4, 3, 5, as in the chapter."""
    d = Drawing(400, 262, "One step of the plain RNN, each array as a block of cells")

    def block(x, middle, rows, columns, name, shape, kind="plain"):
        d.sheet(x, middle - 6 * rows, rows, columns, kind)
        d.text(x + 6 * columns, middle - 46, name, kind)
        d.text(x + 6 * columns, middle + 46, shape, small=True)

    top, low = 64, 196
    block(16, top, 4, 3, "$x_t$", "(B, D)")
    block(66, top, 3, 5, "$W_{xh}$", "(D, H)", "lit")
    d.text(142, top, "+")
    block(158, top, 4, 5, "$h_{t-1}$", "(B, H)")
    block(232, top, 5, 5, "$W_{hh}$", "(H, H)", "lit")
    d.text(308, top, "+")
    block(324, top, 1, 5, "$b_h$", "(H,)", "lit")
    d.text(96, low, "=")
    block(114, low, 4, 5, "$a_t$", "(B, H)")
    d.arrow((174, low), (204, low))
    d.box(204, low - 16, 48, 32, "tanh")
    d.arrow((252, low), (282, low))
    block(282, low, 4, 5, "$h_t$", "(B, H)")
    return d


def _block(d, x, y, deep, columns, side):
    """Four rows of cells, ``columns`` of seven steps, ``deep`` to the back."""
    c, now, (bx, by) = 14, 2, (6, -5)
    wide, full, top = c * columns, c * 7, (x + deep * bx, y + deep * by)
    d.sheet(x, y, 4, columns, "plain", (0, c), (c, 0))
    d.sheet(*top, deep, columns, "plain", (-bx, -by), (c, 0))
    d.sheet(x + wide, y, 4, deep, "plain", (0, c), (bx, by))
    if columns < 7:  # what is still to come
        look = {"kind": "muted", "dashed": True}
        corner = (x + full + deep * bx, y + deep * by)
        d.line((x + wide, y), (x + full, y), (x + full, y + 4 * c), **look)
        d.line((x + full, y + 4 * c), (x + wide, y + 4 * c), **look)
        d.line((top[0] + wide, top[1]), corner, (corner[0], corner[1] + 4 * c), **look)
        d.line((corner[0], corner[1] + 4 * c), (x + full, y + 4 * c), **look)
        d.line((x + full, y), corner, **look)
        d.sheet(x + wide, y, 4, deep, "lit", (0, c), (bx, by))
    d.sheet(x + c * now, y, 4, 1, "lit", (0, c), (c, 0))
    d.sheet(top[0] + c * now, top[1], deep, 1, "lit", (-bx, -by), (c, 0))
    d.text(x - 13, y + 2 * c, "B", small=True)
    d.text(x + deep * bx / 2 - 13, y + deep * by / 2 - 3, side, small=True)
    d.arrow((x, y + 66), (x + full, y + 66), kind="muted")
    d.text(x + full + 12, y + 66, "T", small=True)


def sequence_shapes() -> Drawing:
    """B, T, D, H = 4, 7, 3, 5, as in the chapter; the step shown is the third."""
    d = Drawing(400, 378, "The loop takes a slice of x and leaves a slice of h")
    d.text(96, 18, "$x$ (B, T, D)")
    _block(d, 40, 60, 3, 7, "D")
    d.arrow((158, 82), (256, 82), kind="lit")
    d.sheet(256, 54, 4, 3, "lit", (0, 14), (14, 0))
    d.text(332, 72, "$x_t$", "lit")
    d.text(332, 94, "(B, D)", small=True)
    d.arrow((277, 110), (277, 162))
    d.box(248, 162, 58, 34, "step")
    d.sheet(110, 151, 4, 5, "plain", (0, 14), (14, 0))
    d.arrow((180, 179), (248, 179))
    d.text(74, 169, "$h_{t-1}$")
    d.text(74, 191, "(B, H)", small=True)
    d.arrow((277, 196), (277, 248))
    d.sheet(242, 248, 4, 5, "lit", (0, 14), (14, 0))
    d.text(346, 266, "$h_t$", "lit")
    d.text(346, 288, "(B, H)", small=True)
    d.arrow((242, 276), (170, 276), kind="lit")
    _block(d, 40, 266, 5, 3, "H")
    d.text(96, 360, "$h$ (B, T, H)")
    return d


def readout_loss() -> Drawing:
    d = Drawing(400, 326, "A readout and a loss at each step")
    d.box(14, 206, 36, 32, "$h_0$", "muted")
    d.box(188, 12, 44, 30, "$L$", "lit")
    d.text(262, 27, "mean", small=True)
    for x, t in ((110, "1"), (210, "2"), (310, "3")):
        d.arrow((x - 82 if t != "1" else 50, 222), (x - 18, 222), kind="muted")
        d.arrow((x, 280), (x, 238), kind="muted")
        d.box(x - 18, 280, 36, 30, f"$x_{t}$", "muted")
        d.box(x - 18, 206, 36, 32, f"$h_{t}$", "muted")
        d.arrow((x, 206), (x, 166), kind="lit")
        d.text(x + 22, 187, "$W_{hy}$", "lit")
        d.box(x - 18, 136, 36, 30, f"$ŷ_{t}$", "lit")
        d.arrow((x, 136), (x, 108), kind="lit")
        d.box(x - 22, 78, 44, 30, "loss", "lit", small=True)
        d.arrow((x + 48, 93), (x + 22, 93))
        d.text(x + 60, 93, f"$y_{t}$")
    d.line((110, 78), (110, 60), (310, 60), (310, 78), kind="lit")
    d.arrow((210, 78), (210, 42), kind="lit")
    d.dot(210, 60, "lit")
    return d


def loss_places() -> Drawing:
    d = Drawing(400, 266, "A loss at every step, and a loss at the end only")
    for left, name in ((0, "many-to-many"), (210, "many-to-one")):
        columns = [left + x for x in (32, 94, 156)]
        d.text(columns[1], 16, name)
        for x, t in zip(columns, "123", strict=True):
            d.box(x - 16, 220, 32, 30, f"$x_{t}$", "muted")
            d.arrow((x, 220), (x, 192), kind="muted")
            if t != "1":
                d.arrow((x - 46, 176), (x - 16, 176), kind="muted")
            d.box(x - 16, 160, 32, 32, f"$h_{t}$", "muted")
            if left and t != "3":
                continue
            d.arrow((x, 160), (x, 132), kind="lit")
            index = "" if left else f"_{t}"
            d.box(x - 16, 102, 32, 30, f"$ŷ{index}$", "lit")
            d.arrow((x, 102), (x, 74), kind="lit")
            d.box(x - 21, 46, 42, 28, "loss", "lit", small=True)
    return d


def bptt_paths() -> Drawing:
    d = Drawing(400, 302, "One weight, used three times: three paths to the last state")
    at = (46, 148, 250, 352)
    for row, used in enumerate((3, 2, 1)):
        y = 12 + 102 * row
        for t, c in enumerate(at):
            if t:
                kind = "lit" if t > used else "muted"
                d.arrow((c - 84, y + 64), (c - 18, y + 64), kind=kind)
                kind = "lit" if t == used else "muted"
                d.arrow((c, y + 26), (c, y + 49), kind=kind)
                d.box(c - 15, y, 30, 26, "$w$", kind)
            kind = "lit" if t >= used else "muted"
            d.box(c - 18, y + 49, 36, 30, f"$h_{t}$", kind)
    return d


def bptt_step() -> Drawing:
    d = Drawing(400, 276, "The graph of one step: forwards, and backwards")

    def both(x0, x1, y):
        d.arrow((x0, y - 6), (x1, y - 6))
        d.arrow((x1, y + 6), (x0, y + 6), kind="back")

    leaves = {"x_t": 40, "W_{xh}": 84, "h_{t-1}": 144, "W_{hh}": 188, "b_h": 246}
    for name, y in leaves.items():
        kind = "plain" if name[0] in "xh" else "lit"
        d.box(58, y - 16, 46, 32, f"${name}$", kind)
        d.text(50, y, f"d${name}$", "back", "end")
        both(104, 214 if name == "b_h" else 148, y)
    for y in (62, 166):
        d.box(148, y - 38, 34, 76, "@")
        both(182, 214, y)
    d.box(214, 24, 30, 238, "+")
    both(244, 292, 143)
    d.text(268, 119, "$a_t$")
    d.text(268, 166, "d$a_t$", "back")
    d.box(292, 125, 48, 36, "tanh")
    both(340, 362, 143)
    d.box(362, 125, 34, 36, "$h_t$")
    d.arrow((379, 216), (379, 161), kind="back")
    d.text(379, 230, "d$h_t$", "back")
    return d


def bptt_two_paths() -> Drawing:
    d = Drawing(400, 226, "Two paths lead from a state to the loss, and two come back")
    d.box(70, 16, 80, 34, "$ŷ_t$")
    d.box(70, 170, 80, 40, "$h_t$")
    d.box(318, 170, 64, 40, "$h_{t+1}$")
    d.arrow((88, 170), (88, 50))
    d.arrow((150, 200), (318, 200))
    d.arrow((20, 200), (70, 200))
    d.arrow((132, 50), (132, 113), kind="back")
    d.text(144, 68, "own output", "back", "start", small=True)
    d.text(232, 68, "d$ŷ_t$ $W_{hy}^⊤$", "back", "start")
    d.arrow((318, 180), (292, 180), (292, 124), (143, 124), kind="back")
    d.text(160, 106, "later steps", "back", "start", small=True)
    d.text(240, 106, "d$a_{t+1}$ $W_{hh}^⊤$", "back", "start")
    d.op(132, 124, "+", "back")
    d.arrow((132, 135), (132, 170), kind="back")
    d.text(144, 152, "d$h_t$", "back", "start")
    d.arrow((70, 180), (20, 180), kind="back")
    return d


def bptt_states() -> Drawing:
    d = Drawing(400, 286, "Backpropagation through time: what comes back to each state")
    d.box(72, 10, 296, 32, "$L$")
    d.box(6, 186, 36, 36, "$h_0$")
    d.arrow((42, 212), (72, 212))
    d.arrow((72, 196), (42, 196), kind="back")
    d.text(390, 152, "0", "back")
    for c, t in ((100, "1"), (220, "2"), (340, "3")):
        d.arrow((c - 14, 84), (c - 14, 42))
        d.arrow((c + 14, 42), (c + 14, 84), kind="back")
        d.box(c - 28, 84, 56, 32, f"$ŷ_{t}$")
        d.arrow((c - 14, 186), (c - 14, 116))
        d.arrow((c + 14, 116), (c + 14, 141), kind="back")
        if t == "3":
            d.arrow((382, 152), (c + 25, 152), kind="back")
        else:
            d.arrow((c + 28, 212), (c + 92, 212))
            turn = c + 76
            d.arrow((c + 92, 196), (turn, 196), (turn, 152), (c + 25, 152), kind="back")
        d.op(c + 14, 152, "+", "back")
        d.arrow((c + 14, 163), (c + 14, 186), kind="back")
        d.text(c + 22, 174, f"d$h_{t}$", "back", "start")
        d.box(c - 28, 186, 56, 36, f"$h_{t}$")
        d.arrow((c, 258), (c, 222))
        d.text(c, 270, f"$x_{t}$")
    return d


def bptt_shares() -> Drawing:
    d = Drawing(400, 250, "Each step adds its share to the gradient of the one matrix")
    d.text(390, 214, "0", "back")
    last = 382
    for c, t, before in ((334, 3, 2), (232, 2, 1), (130, 1, 0)):
        d.text(c, 14, f"d$h_{t}$", "muted")
        d.arrow((c, 26), (c, 54), kind="muted")
        d.box(c - 24, 54, 48, 32, f"d$a_{t}$", "muted")
        d.arrow((c, 86), (c, 126), kind="back")
        d.box(c - 40, 126, 80, 34, f"$h_{before}^⊤$ d$a_{t}$", "back")
        d.arrow((c, 160), (c, 203), kind="back")
        d.arrow((last, 214), (c + 11, 214), kind="back")
        d.op(c, 214, "+", "back")
        last = c - 11
    d.arrow((last, 214), (66, 214), kind="back")
    d.box(8, 197, 58, 34, "d$W_{hh}$", "back")
    return d


def bptt_truncated() -> Drawing:
    """Two windows of three steps, as in the chapter."""
    d = Drawing(400, 218, "Truncated: the state goes on, the gradient stops")
    d.box(6, 108, 32, 44, "$h_0$")
    at = (74, 126, 178, 256, 308, 360)
    for k, left in enumerate((58, 240)):
        d.box(left, 24, 136, 32, f"loss of window {k + 1}", small=True)
    for t, x in enumerate(at, 1):
        d.arrow((x - 6, 108), (x - 6, 56))
        d.arrow((x + 6, 56), (x + 6, 108), kind="back")
        d.box(x - 16, 108, 32, 44, f"$h_{t}$")
        before = at[t - 2] if t > 1 else 22
        d.arrow((before + 16, 120), (x - 16, 120), thick=t == 4)
        if t not in (1, 4):
            d.arrow((x - 16, 140), (before + 16, 140), kind="back")
    d.arrow((240, 140), (220, 140), kind="back")
    d.line((217, 130), (217, 150), kind="bad", thick=True)
    d.text(217, 176, "the state goes on,")
    d.text(217, 198, "the gradient stops", "back")
    return d


def vanish_step() -> Drawing:
    d = Drawing(400, 226, "One step forwards, and the gradient through it")
    y, low = 66, 146
    d.box(6, y - 17, 56, 34, "$h_{t-1}$")
    d.arrow((62, y), (94, y))
    d.box(94, y - 17, 52, 34, "$W_{hh}$", "lit")
    d.arrow((146, y), (169, y))
    d.text(180, 16, "$x_t$ $W_{xh}$ + $b_h$")
    d.arrow((180, 30), (180, y - 11))
    d.arrow((191, y), (212, y))
    d.op(180, y, "+")
    d.box(212, y - 17, 38, 34, "$a_t$")
    d.arrow((250, y), (276, y))
    d.box(276, y - 17, 48, 34, "tanh")
    d.arrow((324, y), (352, y))
    d.box(352, y - 17, 42, 34, "$h_t$")
    d.box(352, low - 17, 42, 34, "d$h_t$", "back")
    d.arrow((352, low), (311, low), kind="back")
    d.op(300, low, "⊙", "back")
    d.arrow((300, low + 44), (300, low + 11), kind="back")
    d.text(300, low + 58, "1 − $h_t^2$", "back")
    d.arrow((289, low), (252, low), kind="back")
    d.box(210, low - 17, 42, 34, "d$a_t$", "back")
    d.arrow((210, low), (146, low), kind="back")
    d.box(94, low - 17, 52, 34, "$W_{hh}^⊤$", "lit")
    d.arrow((94, low), (62, low), kind="back")
    d.box(6, low - 17, 56, 34, "d$h_{t-1}$", "back")
    return d


def vanish_product() -> Drawing:
    d = Drawing(400, 160, "Over many steps: a product of Jacobians")
    y = 78
    d.box(4, y - 17, 44, 34, "d$h_t$", "back")
    d.box(352, y - 17, 44, 34, "d$h_T$", "back")
    d.text(194, y, "…", "back")
    for x, s, start, end in ((68, "t+1", 184, 48), (226, "T", 352, 206)):
        d.brace(x, x + 91, y - 28, f"$J_{{{s}}}^⊤$", depth=-7)
        d.arrow((start, y), (x + 91, y), kind="back")
        d.op(x + 80, y, "⊙", "back")
        d.arrow((x + 80, y + 44), (x + 80, y + 11), kind="back")
        d.text(x + 80, y + 58, f"1 − $h_{{{s}}}^2$", "back")
        d.arrow((x + 69, y), (x + 52, y), kind="back")
        d.box(x, y - 17, 52, 34, "$W_{hh}^⊤$", "lit")
        d.arrow((x, y), (end, y), kind="back")
    return d


def text_training() -> Drawing:
    return _letters_drawing("Training reads the text", False)


def text_writing() -> Drawing:
    return _letters_drawing("Writing reads what it has chosen", True)


def _letters_drawing(title, writes) -> Drawing:
    d = Drawing(400, 322, title)
    read, above = ("tha", "hat") if writes else ("the", "hen")
    d.box(8, 190, 34, 32, "$h_0$", "muted")
    for k, c in enumerate((84, 204, 324)):
        d.arrow((c - 42 if k == 0 else c - 102, 206), (c - 18, 206), kind="muted")
        d.box(c - 18, 262, 36, 32, read[k], "lit" if k else "plain")
        d.text(c - 34, 278, f"$x_{k + 1}$")
        d.arrow((c, 262), (c, 222), kind="muted")
        d.box(c - 18, 190, 36, 32, f"$h_{k + 1}$", "muted")
        d.arrow((c, 190), (c, 160), kind="muted")
        d.box(c - 18, 128, 36, 32, f"$ŷ_{k + 1}$", "muted")
        d.arrow((c, 128), (c, 102))
        d.box(c - 32, 72, 64, 30, "choose" if writes else "loss", small=True)
        if writes:
            d.arrow((c, 72), (c, 46), kind="lit")
        else:
            d.arrow((c, 46), (c, 72))
            d.text(c - 34, 30, f"$y_{k + 1}$")
        d.box(c - 18, 14, 36, 32, above[k], "lit" if k < 2 or writes else "plain")
        if k < 2:
            turn = c + 60
            way = (c + 18, 30), (turn, 30), (turn, 312), (c + 120, 312), (c + 120, 294)
            d.arrow(*way, kind="lit")
    return d


def batch_and_time() -> Drawing:
    """Six sequences of six steps, the output of sequence 2 at its last step."""
    d = Drawing(400, 246, "The loop along the steps, and across the sequences")
    c, y = 24, 66
    for x, name, first in ((40, "batch_first=True", True), (244, "without it", False)):
        d.text(x + 3 * c, 16, name)
        for k in range(6):
            d.text(x + c * (k + 0.5), y - 14, str(k), small=True)
            d.text(x - 14, y + c * (k + 0.5), str(k), small=True)
        d.sheet(x, y, 6, 6, "plain", (0, c), (c, 0))
        if first:
            d.sheet(x, y + 2 * c, 1, 6, "lit", (0, c), (c, 0))
        else:
            d.sheet(x + 5 * c, y, 3, 1, "lit", (0, c), (c, 0))
        for k in range(6):
            at, long = c * (k + 0.5), 6 * c - 8
            if first:
                end = 5 * c - 3 if k == 2 else long
                kind = "lit" if k == 2 else "muted"
                d.arrow((x + 8, y + at), (x + end, y + at), kind=kind)
            else:
                end = 2 * c - 3 if k == 5 else long
                kind = "lit" if k == 5 else "muted"
                d.arrow((x + at, y + 8), (x + at, y + end), kind=kind)
        if not first:
            d.arrow((x + 5.5 * c, y + 3 * c + 3), (x + 5.5 * c, y + long), kind="muted")
        d.cell(x + 5 * c, y + 2 * c, c, c, "", "lit", shade=0.5)
    d.text(200, 230, "a row is a sequence, a column is a step", small=True)
    return d


def padding_last() -> Drawing:
    """Sequences of 5 and of 3 steps in one batch."""
    d = Drawing(400, 300, "Where the last real state of a padded sequence stands")
    w, h = 44, 30
    rows = (
        ("input", "x", "99"),
        ("here, PyTorch", "h", "0"),
        ("Keras", "h", "$h_3$"),
    )
    for k, (name, letter, filling) in enumerate(rows):
        y = 14 + 96 * k
        d.text(124, y + h, name, "plain", "end")
        if k:
            d.text(338, y + 2 * h + 14, "h[:, -1]", small=True)
        for b, length in enumerate((5, 3)):
            for t in range(5):
                real, last = t < length, k and t == length - 1
                kind = "lit" if last else "plain" if real else "muted"
                label = f"${letter}_{t + 1}$" if real else filling
                x, top = 140 + w * t, y + h * b
                d.cell(x, top, w, h, label, kind, dashed=not real)
    return d
