"""Pictures of 26-translation: an encoder, a decoder, and the way back between them."""

from parts import Drawing

PICTURES = ("encoder_decoder", "attention")
SOURCE = ("where", "is", "it", "?")
TARGET = ("$y_1$", "$y_2$", "$y_3$", "$y_4$")


def _words(d, y, words, x0, step, kind="plain") -> None:
    for k, word in enumerate(words):
        d.text(x0 + k * step + 19, y, word, kind, small=True)


def encoder_decoder() -> Drawing:
    """Four words into a vector, and four signs out of it."""
    d = Drawing(436, 166, "Encoder and decoder with one vector between them")
    d.text(4, 10, "encoder", "muted", "start", small=True)
    d.text(240, 10, "decoder", "muted", "start", small=True)
    for k in range(4):
        x = 4 + 48 * k
        d.box(x, 62, 38, 30, f"$h_{k + 1}$")
        d.arrow((x + 19, 120), (x + 19, 92))
        if k:
            d.arrow((x - 10, 77), (x, 77))
    _words(d, 130, SOURCE, 4, 48)
    d.arrow((186, 77), (196, 77), kind="lit", thick=True)
    d.box(196, 60, 34, 34, "$c$", "lit")
    d.arrow((230, 77), (240, 77), kind="lit", thick=True)
    for k in range(4):
        x = 240 + 50 * k
        d.box(x, 62, 38, 30, f"$s_{k + 1}$")
        d.arrow((x + 19, 62), (x + 19, 44))
        d.arrow((x + 19, 120), (x + 19, 92))
        if k:
            d.arrow((x - 12, 77), (x, 77))
    _words(d, 34, TARGET, 240, 50)
    _words(d, 130, ("<bos>", *TARGET[:3]), 240, 50, "muted")
    d.text(334, 154, "the token before", "muted", small=True)
    return d


def attention() -> Drawing:
    """A decoder state scores four states; weights, their mean, the output."""
    d = Drawing(400, 232, "Attention in four steps")
    weights = (0.06, 0.14, 0.72, 0.08)
    d.text(4, 198, "1  scores", "muted", "start", small=True)
    d.text(4, 134, "2  weights", "muted", "start", small=True)
    d.text(4, 84, "3  context", "muted", "start", small=True)
    d.text(4, 22, "4  output", "muted", "start", small=True)
    d.line((322, 218), (306, 218), (306, 175), (106, 175))
    for k, weight in enumerate(weights):
        x = 86 + 52 * k
        d.box(x, 206, 40, 24, f"$h_{k + 1}$")
        d.arrow((x + 20, 206), (x + 20, 186))
        d.op(x + 20, 175, "·")
        d.arrow((x + 20, 164), (x + 20, 146))
        d.cell(x, 122, 40, 24, f"{weight:.2f}", "lit", shade=weight)
        d.arrow((x + 20, 122), (182, 96), kind="lit", thick=weight > 0.5)
    d.box(322, 206, 44, 24, "$s_u$")
    d.box(160, 72, 44, 24, "$c_u$", "lit")
    d.arrow((182, 72), (182, 34))
    d.arrow((344, 206), (344, 22), (222, 22))
    d.box(142, 8, 80, 26, "$o_u$")
    d.text(352, 120, "state", "muted", "start", small=True)
    return d
