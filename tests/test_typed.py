"""An answer is read however it is typed; what cannot be read is told so, in words."""

import math
import re
from collections import deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.questions import QUESTIONS, Reply, ask, drawn
from rnnbook.questions.typed import Read, read

some = settings(deadline=None, derandomize=True, database=None)

ONE = {  # texts with one reading
    "1716": 1716,
    " 1716. ": 1716,
    "0,162": 0.162,
    ",5": 0.5,
    ".5": 0.5,
    "12,50": 12.5,
    "1000,000": 1000,
    "1 716": 1716,
    "1\u00a0716": 1716,
    "1\u202f716,5": 1716.5,
    "1'716": 1716,
    "1\u2019716": 1716,
    "1_716": 1716,
    "1.716,5": 1716.5,
    "1,716.5": 1716.5,
    "1 716.5": 1716.5,
    "1,716,500": 1716500,
    "1.716.500": 1716500,
    "73,80,500": 7380500,
    "\uff11\uff17\uff11\uff16": 1716,
    "\uff10\uff0e\uff11\uff16\uff12": 0.162,
    "\u0660\u066b\u0661\u0666\u0662": 0.162,
    "0\u00b7162": 0.162,
    "0\u200b.162": 0.162,
    "\u22120.5": -0.5,
    "\u20130.5": -0.5,
    "- 0.5": -0.5,
    "+0.5": 0.5,
    "minus 0.5": -0.5,
    "1.7e3": 1700,
    "1,7E+3": 1700,
    "1.716e3": 1716,
    "1,716e3": 1716,
    "1.7 x 10^-3": 0.0017,
    "1.7\u00d710\u00b3": 1700,
    "1.7\u00b710^3": 1700,
    "1.7 * 10**3": 1700,
    "1.7 \\times 10^{3}": 1700,
    "10\u207b\u00b3": 1e-3,
    "162/1000": 0.162,
    "81 / 500": 0.162,
    "-1/2": -0.5,
    "1,5/3": 0.5,
    "\u00bd": 0.5,
    "1\u00bd": 1.5,
    "3 1/2": 3.5,
    "1716 weights": 1716,
    "0.162 bits": 0.162,
    "0.162 (rounded)": 0.162,
    "1.7k": 1700,
    "2 million": 2e6,
    "5\u2030": 0.005,
    "~0.16": 0.16,
    "\u22480.162": 0.162,
    "about 0.162": 0.162,
    "ca. 0,162": 0.162,
    "h = 0.162": 0.162,
    "h_1: 0.162": 0.162,
    "0.162 = h": 0.162,
    "162/1000 = 0.162": 0.162,
    "4*429 = 1716": 1716,
    "1716 = 4\u00b7429": 1716,
    "= 1716": 1716,
    "1716?": 1716,
    "1716  # 4 * 429": 1716,
    "1716\ufe0f": 1716,
    "the answer is 5.": 5,
    "'0.162'": 0.162,
    "\u201c0.162\u201d": 0.162,
    "(0.162)": 0.162,
    "$0.162$": 0.162,
    "**0.162**": 0.162,
    "np.float64(0.162)": 0.162,
    "tensor([0.162])": 0.162,
    "$5": 5,
    "1e-400": 0,
    ":0.162": 0.162,
    "=> 0.162": 0.162,
    "h -> 0.162": 0.162,
    "h\u21920.162": 0.162,
    "\u21d2 0.162": 0.162,
    "h is 0.162": 0.162,
    "h equals 0.162": 0.162,
    "h_1 is 0.162": 0.162,
    "h: it is 0.162": 0.162,
    "0.162 is my answer": 0.162,
    "0.162 or so": 0.162,
    "0.162 [bits]": 0.162,
    "(0.162) bits": 0.162,
    "approximately equal to 0.162": 0.162,
    "16.2 % = 0.162": 0.162,
    "1.7k = 1700": 1700,
    "1.62 times 10^-1": 0.162,
    "1\u00bd weights": 1.5,
    "1 716/1000": 1.716,
    "it's 0.162": 0.162,
    "it\u2019s about 0.162": 0.162,
    "I think it is 0.162": 0.162,
    "Maybe 0.162": 0.162,
    "we get 0.162": 0.162,
    "ans 0.162": 0.162,
    "ungef\u00e4hr 0,162": 0.162,
    "0.162, I think": 0.162,
    "dL/dw: 0.162": 0.162,
    "\\frac{81}{500}": 0.162,
    "$\\tfrac{1}{2}$": 0.5,
    "\\(h \\approx 0.162\\)": 0.162,
    "1\\,716": 1716,
    "0.162 \U0001f389": 0.162,
    "\U0001f44d\U0001f3fd 0.162": 0.162,
    "1\ufe0f\u20e3": 1,
    "(0.162,)": 0.162,
    "Decimal('0.162')": 0.162,
    "tensor(0.162, device='cuda:0', grad_fn=<MulBackward0>)": 0.162,
    "array([0.162], dtype=float32)": 0.162,
    "2 billion": 2e9,
    "2 Mio": 2e6,
    "17 hundred": 1700,
    "3 dozens": 36,
    "5 tenths": 0.5,
    "5 Thousandths": 0.005,
    "3 quarters": 0.75,
    "5 permille": 0.005,
    "5 per mille": 0.005,
    "5 ppm": 5e-6,
}
TWO = {
    "1,716": (1.716, 1716),
    "-1,716": (-1.716, -1716),
    "~1,716 weights": (1.716, 1716),
    "1.716": (1.716, 1716),
}
NONE = {
    "": "is empty",
    " \u00a0 ": "is empty",
    "many": "no number in `'many'`",
    "None": "no number",
    "?": "no number",
    "-": "no number",
    "nan": "not a finite number",
    "-inf": "not a finite number",
    "\u221e": "not a finite number",
    "1e400": "too large",
    "2e308 k": "too large",
    "1/0": "division by zero",
    "1.2.3": "one number",
    "1..5": "one number",
    "0,,162": "one number",
    "0, 162": "one number",
    "1 71": "one number",
    "--5": "one number",
    "5!": "one number",
    "5-6": "one number",
    "5~6": "one number",
    "5 = 6": "one number",
    "16 of 20": "one number",
    "0.162 or 0.163": "one number",
    "0.162 \u00b1 0.001": "one number",
    "< 0.01": "one number",
    "0x10": "one number",
    "5\u00b2": "one number",
    "2+3": "one number",
    "4*(27*11+11*11+11)": "one number",
    "sqrt(2)": "one number",
    "1716+5j": "one number",
    "1716j": "one number",
    "h <= 0.162": "one number",
    "!= 0.162": "one number",
    "ratio 1:2": "one number",
    "1/": "one number",
    "1/1e400": "too large",
    "5 is not 6": "one number",
    "h is not 5": "one number",
    "2 and a half": "one number",
    "5 or six": "one number",
    "5 point two": "one number",
    "5 squared": "one number",
    "5 to the fourth": "one number",
    "5 times ten": "one number",
    "at 12:30": "one number",
    "0.162\n0.163": "one number",
    "1\n716": "one number",
    "1\t716": "one number",
    "2pi": "one number",
    "2 \u03c0": "one number",
    "2e": "one number",
    "5 B": "one number",
    "5 per thousand": "one number",
    "1" * 10**6: "a text of 1000000 characters",
    "\ud800": "no number",
}


@pytest.mark.parametrize("text", ONE)
def test_a_text_with_one_reading(text):
    assert read(text).numbers == pytest.approx((ONE[text],), rel=1e-12)


@pytest.mark.parametrize("text", TWO)
def test_a_text_with_two_readings(text):
    assert read(text).numbers == pytest.approx(TWO[text])
    assert read(text).sure == ("," not in text)


@pytest.mark.parametrize("text", NONE, ids=range(len(NONE)))
def test_a_text_that_is_no_number(text):
    found = read(text)
    assert not found.numbers and NONE[text] in found.says
    assert found.says.endswith(".") and len(found.says) < 140


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("16.2%", "%"),
        ("16,2 \uff05", "%"),
        ("16.2 per cent", "%"),
        ("5.4 percentage points", "%"),
        ("1.64 nats", "nats"),
        ("1.64 bits per character", "bits"),
        ("22.5 kB", "kilobytes"),
        ("22.5 KiB", "kibibytes"),
        ("22.5 GB", "gigabytes"),
        ("22.5 kbit", "kilobits"),
        ("%16.2", "%"),
        ("16.2 \\%", "%"),
        ("16.2 Percent", "%"),
        ("1716 weights", ""),
    ],
)
def test_a_unit_is_known(text, unit):
    assert read(text).unit == unit and len(read(text).numbers) == 1


@pytest.mark.parametrize(
    "value",
    [
        1716,
        1716.0,
        np.int8(17) * 0 + np.int64(1716),
        np.float32(1716),
        np.longdouble(1716),
        Decimal("1716"),
        Fraction(1716),
        b"1716",
        bytearray(b"1 716"),
        memoryview(b"1716"),
        np.array(1716),
        np.array([1716]),
        np.array([["1716"]]),
        torch.tensor(1716),
        torch.tensor([[1716.0]], requires_grad=True),
        pd.Series([1716], index=["h"]),
        pd.DataFrame({"h": [1716]}),
        [1716],
        (1716,),
        {1716},
        {"h": 1716},
        deque([[1716]]),
        ["1 716"],
    ],
    ids=lambda value: type(value).__name__,
)
def test_one_number_in_whatever_holds_it(value):
    assert read(value).numbers == (1716,)
    assert ask("lstm.parameters", "Ada", value).passed


class Odd:
    """Raises whatever it is asked for, also when it is shown."""

    def __init__(self, error):
        self.error = error

    def _raise(self, *args, **options):
        raise self.error

    __float__ = __array__ = __repr__ = __len__ = __iter__ = __getattr__ = _raise


endless = []
endless.append(endless)
OTHERS = [
    (True, "truth value"),
    (np.True_, "truth value"),
    (torch.tensor(True), "truth value"),
    (1716 + 0j, "complex number"),
    (np.complex128(1716 + 5j), "complex number"),
    (np.array([1716 + 0j]), "complex number"),
    (torch.tensor(1j), "complex number"),
    (math.inf, "not a finite number"),
    (-np.inf, "not a finite number"),
    (math.nan, "not a finite number"),
    (np.ma.masked, "masked"),
    (Decimal("nan"), "not a finite number"),
    (Decimal("sNaN"), "cannot be read"),
    (10**400, "too large"),
    (-(10**5000), "too large"),
    (Fraction(10**400), "too large"),
    ([], "there are 0"),
    ({}, "there are 0"),
    ([1, 2], "in this list there are 2"),
    (np.ones((40, 40)), "in this ndarray there are 1600"),
    (torch.ones(3), "in this Tensor there are 3"),
    (pd.Series([1.0, 2.0]), "in this Series there are 2"),
    (endless, "A list cannot be read"),
    ((0, 162), "Is it 0.162?"),
    ([None], "it is None"),
    (math.tanh, "is a function"),
    (lambda: 1716, "is a function"),
    (object(), "A object cannot be read"),
    ((n for n in [1]), "A generator cannot be read"),
    (pd.NA, "cannot be read"),
    (b"\xff", "no number"),
    *((Odd(e), "A Odd cannot be read") for e in (ValueError(), OverflowError())),
    *((Odd(e), "A Odd cannot be read") for e in (SystemExit(), RecursionError())),
]


@pytest.mark.parametrize("k", range(len(OTHERS)))
def test_what_is_no_number_is_told_so(k):
    value, says = OTHERS[k]
    reply = ask("lstm.parameters", "Ada", value)
    assert not reply.passed and says in str(reply) and len(str(reply)) < 160
    assert str(reply).startswith("Not read. ") and "\n" not in str(reply)


@some
@given(
    st.text() | st.text("0123456789.,' _-+eE/%x*^()=~\u00b2\u00bd\u2212 ", max_size=12)
)
def test_no_text_raises(text):
    for name in ("lstm.parameters", "lstm.step"):
        assert isinstance(ask(name, "Ada", text), Reply)
        assert isinstance(ask(name, "Ada", [text]), Reply)


@some
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_writes_is_read_as_python_does(x):
    for text in (repr(x), f"{x:e}", repr(np.float64(x))):
        assert read(text).numbers[0] == pytest.approx(x, rel=1e-5, abs=1e-300)
    comma = read(repr(x).replace(".", ",")).numbers
    assert any(one == pytest.approx(x) for one in comma)


@some
@given(st.integers(-(10**12), 10**12))
def test_thousands_are_read_with_any_mark(n):
    for mark in (",", ".", " ", "'", "\u2019", "_", "\u00a0", "\u2009"):
        assert n in read(f"{n:,}".replace(",", mark)).numbers
        assert n + 0.5 in read(f"{n:,}".replace(",", mark) + ",5").numbers or (
            n < 0 or mark in ",."
        )


# ---- which reading counts


def test_a_count_has_no_decimals():
    assert drawn("lstm.parameters", "Ada").answer == 1716
    for text in ("1,716", "1.716", "1 716", "1716,0", "1,716 weights", "~1.716"):
        assert ask("lstm.parameters", "Ada", text).passed
    assert "whole number" in str(ask("lstm.parameters", "Ada", 1.716))
    assert "whole number" in str(ask("lstm.parameters", "Ada", "1716,5"))
    gate = drawn("lstm.parameters", "Ada").wrong[0]
    assert gate[1] in str(ask("lstm.parameters", "Ada", f"{gate[0]:,}"))


def student_with(name, low, high):
    students = (f"student {n}" for n in range(300))
    return next(s for s in students if low <= drawn(name, s).answer < high)


def test_of_two_readings_the_right_one_counts():
    who = student_with("lstm.half_life", 5, 10)
    right = drawn("lstm.half_life", who).answer
    for mark in ".,":
        assert ask("lstm.half_life", who, f"{right:.3f}".replace(".", mark)).passed
    who = student_with("vanishing.factor", 100, 1e6)
    right = f"{drawn('vanishing.factor', who).answer:.0f}"
    if len(right) == 4:
        assert ask("vanishing.factor", who, f"{right[0]},{right[1:]}").passed


def test_both_readings_are_named_where_neither_is_right():
    reply = ask("lstm.step", "Ada", "7,311")
    assert "'7,311' can be read as 7.311 or as 7311, and neither" in str(reply)
    assert not reply.passed
    assert "can be read as" not in str(ask("lstm.step", "Ada", "7.311"))
    assert "can be read as" not in str(ask("lstm.step", "Ada", "0,311"))
    assert "7,311/1,234" in str(ask("lstm.step", "Ada", "7,311/1,234"))


def test_of_two_readings_a_known_mistake_is_recognised():
    who = student_with("sequences.bits", 1, 9)
    wrong, says = drawn("sequences.bits", who).wrong[2]  # the perplexity
    text = f"{wrong:.3f}".replace(".", ",")
    assert says in str(ask("sequences.bits", who, text))


def test_per_cent_is_the_hundredth_part_unless_it_is_asked_for():
    right = drawn("gates.kernel", "Ada").answer
    assert ask("gates.kernel", "Ada", f"{100 * right:.2f} %").passed
    assert not ask("gates.kernel", "Ada", f"{right:.4f} %").passed
    right = drawn("stock.horizon", "Ada").answer
    assert ask("stock.horizon", "Ada", f"{right:.2f}%").passed
    assert ask("stock.horizon", "Ada", f"{right:.2f}").passed
    assert "in per cent" in str(ask("stock.horizon", "Ada", right / 100))
    assert "in the wrong place" in str(ask("stock.horizon", "Ada", 100 * right))


def test_an_answer_in_another_unit_is_not_right():
    right = drawn("sequences.bits", "Ada").answer
    assert ask("sequences.bits", "Ada", f"{right:.3f} bits").passed
    reply = ask("sequences.bits", "Ada", f"{right:.3f} nats")
    assert not reply.passed and "in nats; bits are asked for" in str(reply)
    assert "kilobytes are asked for" in str(ask("text.file_size", "Ada", "14 MB"))


# ---- more than one answer


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ((0, 162), "takes 0,162 for 2 numbers. Is it 0.162?"),
        ((1, 716), "Is it 1.716 or 1716?"),
        ((1, 234, 567), "Is it 1234567?"),
        ((-1, 716), "Is it -1.716 or -1716?"),
        ((0.162, 3), "One number is expected; these are 2: (0.162, 3)."),
        ((0, "162"), "One number is expected; these are 2"),
        ((1, 2, 3), "One number is expected; these are 3: (1, 2, 3)."),
        ((None, 162), "One number is expected"),
        ((True, 162), "One number is expected"),
        ((Odd(SystemExit()), 1), "One number is expected"),
    ],
)
def test_a_comma_without_quotes(more, says):
    reply = ask("lstm.step", "Ada", *more)
    assert not reply.passed and says in str(reply)
    assert says in str(ask("lstm.step", "Ada", more))


# ---- nearly right


def test_too_few_digits():
    right = drawn("lstm.step", "Ada").answer
    assert f"{right:.3g}" == "0.162"
    for value in (0.16, "0,16", "~0.16", "16 %"):
        assert "right to two digits: three are" in str(ask("lstm.step", "Ada", value))
    assert "right to one digit: three are" in str(ask("lstm.step", "Ada", 0.2))
    assert "cut off after one digit" in str(ask("lstm.step", "Ada", 0.1))
    who = student_with("lstm.half_life", 1.58, 1.59)
    assert "cut off after two digits" in str(ask("lstm.half_life", who, 1.5))


def test_sign_and_decimal_point():
    right = drawn("bptt.adam", "Ada").answer
    assert "sign was to be left out" in str(ask("bptt.adam", "Ada", -right))
    right = drawn("lstm.step", "Ada").answer
    assert "The sign is wrong" in str(ask("lstm.step", "Ada", -right))
    assert "in per cent?" in str(ask("lstm.step", "Ada", 16.2))
    for value in (1.62, 0.0162, 162):
        assert "point is in the wrong place" in str(ask("lstm.step", "Ada", value))
    assert "wrong place" in str(ask("lstm.parameters", "Ada", 17160))


def rounded(x, digits=3):
    return float(f"{x:.{digits}g}")


def numbers_in(name, who):
    found = re.findall(r"\d+(?:\.\d+)?", drawn(name, who).text)
    return [float(one) for one in found]


@pytest.mark.parametrize("name", ["lstm.half_life", "gru.half_life"])
def test_a_gate_that_was_rounded_on_the_way(name):
    for n in range(100):
        who = f"student {n}"
        keep = rounded(1 / (1 + math.exp(-numbers_in(name, who)[0])))
        reply = ask(name, who, rounded(math.log(2) / -math.log(keep)))
        told = ("on the way", "Keep all digits", "three are asked for")
        assert reply.passed or any(one in str(reply) for one in told)
        assert "on the way" in drawn(name, who).text


def test_a_factor_that_was_rounded_on_the_way():
    for n in range(100):
        who = f"student {n}"
        w, h, k = numbers_in("vanishing.factor", who)
        for factor in (rounded(w * (1 - h**2)), w * rounded(1 - h**2)):
            reply = ask("vanishing.factor", who, rounded(factor**k))
            told = ("on the way", "three are asked for")
            assert reply.passed or any(one in str(reply) for one in told)
        assert "on the way" in drawn("vanishing.factor", who).text


@pytest.mark.parametrize("name", ["vanishing.factor", "classify.duel"])
def test_three_digits_are_not_hidden_behind_zeros(name):
    for n in range(300):
        assert drawn(name, f"student {n}").answer >= 0.01


def test_what_is_far_away_is_not_called_near():
    reply = ask("lstm.step", "Ada", 0.75)
    assert str(reply).startswith("Not yet, and no mistake that is known here.")


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_way_to_type_the_right_answer_passes(name):
    for n in range(20):
        q = drawn(name, f"student {n}")
        text = f"{q.answer:.4g}" if q.rtol else str(q.answer)
        ways = [text, text.replace(".", ","), f"x = {text}", f"{text} (so)", [text]]
        ways += [text.replace("-", "\u2212"), f"\u2248 {text}", f"({text})"]
        for way in ways:
            assert ask(name, f"student {n}", way).passed, way


def test_what_was_read_is_not_read_again():
    right = float(drawn("lstm.step", "Ada").answer)
    assert ask("lstm.step", "Ada", Read((right,))).passed
