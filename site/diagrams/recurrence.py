"""Pictures of recurrence: the loop, its shapes, its gradients, what it reads."""

from parts import Drawing

PICTURES = ["bptt_states", "bptt_shares", "bptt_truncated"]


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
