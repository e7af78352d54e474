"""Exam questions of 14-inside-the-gates."""

from exam_bank import exam, from_chapter

from bank._shared import decimals, fence, printed, whole
from rnnbook.questions import THREE_DIGITS, Drawn, show

from_chapter("gates.kernel", 2, "follow what was written through the gates")
from_chapter("gates.best_of", 2, "judge a find against chance")


@exam("gates.chance", "14-inside-the-gates", 1, "expect finds by chance")
def _(rng):
    H, p = int(rng.choice([64, 128, 256, 512])), round(rng.uniform(0.01, 0.06), 3)
    return Drawn(
        f"In an untrained network {H} cells are tested, each with a test that a cell "
        f"which follows nothing passes with probability {p}. How many cells do you "
        "expect to pass? (three significant digits)",
        H * p,
        [
            (
                1 - (1 - p) ** H,
                "That is the probability that at least one passes.",
            ),
            (p, "That is the probability for one cell."),
            (H * (1 - p), "So many fail."),
            (1 / p, "So many cells must be tested for one to pass, in the mean."),
        ],
        rtol=THREE_DIGITS,
        worked=f"Expectations add up, whether cells are independent or not: "
        f"{H} × {p} = {show(H * p)}.",
    )


@exam("gates.horizon", "14-inside-the-gates", 3, "say what a half-life does not tell")
def _(rng):
    half, ago = whole(rng, (40, 120), (121, 400))
    share = 100 * 0.5 ** (ago / half)
    return Drawn(
        f"The forget gates of a cell have a half-life of {half} steps. What do they "
        f"tell about the character of {ago} steps ago?",
        f"{show(share)} % of what it wrote into this cell is left, if it wrote "
        "anything",
        [
            (
                f"The network knows {show(share)} % of the characters of that time",
                "A share of a number is left, not a share of characters.",
            ),
            (
                f"The network knows nothing of it, as {ago} is more than {half}",
                "Half-lives do not end a memory; and other cells remember, too.",
            ),
            (
                "The network knows it, as the cell has not been emptied",
                "Whether anything was written, and can be read, the gates do not say.",
            ),
        ],
        worked=f"0.5^({ago} / {half}) = {show(share / 100, 4)} is left of what was "
        "written. Whether the character wrote anything, and whether the rest of the "
        "network can still tell it from other traces, must be measured.",
    )


@exam("gates.cumprod_code", "14-inside-the-gates", 2, "read a memory kernel")
def _(rng):
    f = decimals(rng, 4, 0.5, 0.98, 2)
    code = (
        f"f = np.array({f})  # forget gates, in order\n"
        "left = np.cumprod(f[::-1])[::-1]\n"
        "print(left[1])"
    )
    return Drawn(
        "What is printed? (three significant digits)" + fence(code),
        float(printed(code)),
        [
            (f[0] * f[1], "That is the product from the left, without the turns."),
            (f[2] * f[3], "The gate at the place itself is in the product."),
            (f[0] * f[1] * f[2] * f[3], "left[0] is the product of all."),
            (f[1], "The later gates are in the product as well."),
        ],
        rtol=THREE_DIGITS,
        worked=f"Turned round, multiplied up and turned back: left[1] is the product "
        f"from place 1 to the end, {f[1]} × {f[2]} × {f[3]} = "
        f"{show(f[1] * f[2] * f[3])}. So much is left at the end of what the cell held "
        "before step 1.",
    )
