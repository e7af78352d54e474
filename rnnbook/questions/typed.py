"""Read an answer as a number, however it was typed: ``0,162``, ``1 716``, ``16.2 %``.

A reader types what she is used to: a decimal comma, marks between thousands, a
fraction, a unit. :func:`read` knows what the answer may mean, or says in one sentence
why it is no number; it never raises. A text may mean two numbers, as ``1,716`` does:
which one is meant depends on the question, and is decided there.
"""

import math
import re
import unicodedata
import warnings
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

LONGEST = 100  # characters of an answer
TEXTS = (str, bytes, bytearray, memoryview)


class Read(NamedTuple):
    """What an answer may mean.

    Parameters
    ----------
    numbers : tuple of float
        The number with a decimal mark, then, if it can be one, that with marks between
        thousands. Empty if it is no number.
    typed : str, the answer as it was typed, for a message
    says : str, a sentence: why it is no number
    sure : bool
        The first number is meant unless the second one is right. ``1.716`` is sure, as
        the mark of this book is a point; ``1,716`` is not.
    unit : str, ``"%"``, ``"bits"`` and so on; empty if none of :data:`UNITS` was typed
    """

    numbers: tuple[float, ...] = ()
    typed: str = ""
    says: str = ""
    sure: bool = True
    unit: str = ""


class Unread(Exception):
    """An answer is no number; the message is a sentence that says why."""


def shown(value: Any) -> str:
    """What somebody wrote, for a message; never too long, and never an error."""
    try:
        text = " ".join(str.__str__(repr(value)).split())
    except BaseException:  # an object of theirs, or a number of 5000 digits
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:60]} ..."


def _code(value: Any) -> str:
    """What somebody wrote, so that Markdown leaves it as it is."""
    return "`" + shown(value).replace("`", "'") + "`"


def written(number: float) -> str:
    """A number as it is typed: with a point, and nothing between thousands."""
    return f"{number:.12g}"


def read(answer: Any) -> Read:
    """What an answer may mean, whatever it is and whatever it raises."""
    typed = shown(answer)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(answer)._replace(typed=typed)
    except Unread as error:
        says = str(error)
    except BaseException:  # it may be an object that raises anything
        says = f"A {type(answer).__name__} cannot be read as a number."
    return Read((), typed, says)


def read_several(answers: tuple) -> Read:
    """What several answers are where one is expected: often ``0,162`` without quotes.

    Python takes a comma for the end of a number.
    """
    typed = ", ".join(shown(one) for one in answers)
    numbers: tuple[float, ...] = ()
    if all(type(one) is int for one in answers):
        joined = ",".join(shown(one) for one in answers)
        numbers = read(joined).numbers
    if not numbers:
        says = f"One number is expected; these are {len(answers)}: {_code(answers)}."
        return Read((), typed, says)
    ways = " or ".join(written(number) for number in numbers)
    says = f"Write a point, not a comma: Python takes `{joined}` for {len(answers)} "
    return Read((), typed, f"{says}numbers. Is it {ways}?")


# ---- what is not a text


def _read(answer: Any) -> Read:
    answer = _inner(answer)
    if isinstance(answer, TEXTS):
        return _read_text(_decoded(answer))
    if isinstance(answer, bool | np.bool_):
        raise Unread(f"{_code(answer)} is a truth value; a number is expected.")
    if isinstance(answer, complex | np.complexfloating):
        raise Unread(f"{_code(answer)} is a complex number; a real one is expected.")
    if callable(answer) and not hasattr(type(answer), "__float__"):
        raise Unread("That is a function: call it, and give the number it returns.")
    if answer is None:
        raise Unread("There is no answer: it is None.")
    return Read((_finite(answer),))


def _finite(value: Any) -> float:
    try:
        number = float(value)
    except OverflowError:
        raise Unread("That number is too large.") from None
    if not math.isfinite(number):
        raise Unread(f"{_code(value)} is not a finite number.")
    return number


def _inner(answer: Any) -> Any:
    """The one thing in a list, a dict, an array or a tensor of one."""
    for _ in range(10):
        if isinstance(answer, tuple) and len(answer) > 1:
            raise Unread(read_several(answer).says)
        found = _opened(answer)
        if found is answer:
            return answer
        answer = found
    raise Unread("One number is expected, not lists in lists.")


def _opened(answer: Any) -> Any:
    """What is in it; the answer itself, if it is no container."""
    if isinstance(answer, (*TEXTS, np.generic)):
        return answer
    if hasattr(answer, "__array__") and not hasattr(answer, "item"):
        answer = np.asarray(answer)  # a table of pandas, a tensor of TensorFlow
    if isinstance(answer, np.ma.MaskedArray) and np.ma.is_masked(answer):
        raise Unread("It is masked: there is no number in it.")
    if hasattr(answer, "item") and hasattr(answer, "shape"):
        _only_one(math.prod(answer.shape), answer)
        return answer.item()
    if not isinstance(answer, Collection):
        return answer
    _only_one(len(answer), answer)
    return next(iter(answer.values() if isinstance(answer, Mapping) else answer))


def _only_one(count: int, answer: Any) -> None:
    if count != 1:
        kind = type(answer).__name__
        raise Unread(f"One number is expected; in this {kind} there are {count}.")


def _decoded(text: Any) -> str:
    if not isinstance(text, str):
        return bytes(text).decode("utf-8", "replace")
    return str.__str__(text)


# ---- texts

_RAISED = "\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207a\u207b"  # digits and signs
_SAME = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u02bc\u2032\u00b4`", "'"),
        **dict.fromkeys("\u2044\u2215\u00f7", "/"),
        **dict.fromkeys("\u00d7\u2715\u22c5\u2219\u00b7", "*"),
        **dict.fromkeys("\u223c\u2243\u2245\u2248", "~"),
        **dict.fromkeys("\u2192\u21d2\u27f6\u27f9", "="),  # arrows
        **{"\u066b": ".", "\u066c": "'", "\u066a": "%"},  # Arabic
    }
)
_BODY = r"(?:\d+(?:[.,'_ ]\d+)*[.,]?|[.,]\d+)"
_TEN = r"10\s*(?:\^|\*\*)\s*[({]?\s*([-+]?\s*\d+)\s*[)}]?"
_POWER = rf"(?:\s*e\s*([-+]?\s*\d+)|\s*(?:\*|x|\\?times\b|\\cdot\b)\s*{_TEN})?"
_SIGNED = re.compile(rf"([-+]?)\s*({_BODY}){_POWER}", re.IGNORECASE)
_POWER_ALONE = re.compile(rf"(-?){_TEN}")
_MIXED = re.compile(r"(-?)(\d+)\s+(\d{1,2})\s*/\s*(\d+)(?![\d.,/])")
_CALL = re.compile(
    r"(?:\w+\.)?(?:float|int|array|tensor|Decimal)\d*\("
    r"([^()]*?)(?:,\s*(?:grad_fn|dtype|device|requires_grad)=[^()]*)?\)$"
)
_LATEX = (  # what stands in a formula beside the number
    (r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2"),
    (r"\{,\}", ","),
    (r"\\%", "%"),
    (r"\\approx\b", "~"),
    (r"\\[()\[\],;: ]|\\(?:quad|left|right)\b", " "),
)
# Where a number may begin: h = 0.162, h -> 0.162; not h <= 0.162.
_EQUAL = re.compile(r"=>|->|(?<![<>!+*/-])=|~")
# A name without a number in it: h_1: 0.162, h is 0.162; not ratio 1:2, 5 is not 6.
_NAMED = re.compile(
    r"[^\W\d](?:(?!(?<!\w)\d)[^:])*?(?::|\b(?:is|equals)\b)\s*", re.IGNORECASE
)
# A word that goes on with the number: 2 and a half, 5 squared; 5 or so is 5.
_GOES_ON = re.compile(
    r"(?:and|or(?! so\b)|to|point|comma|squared|cubed|factorial|plus|minus|negative|"
    r"divided|over|modulo|mod|(?:per|a) (?:thousand|million))\b|times\s+\S|pi\b|π|"
    r"[ijeB]$",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:[~$€£:]|(?:it|that)['’]s\b|(?:about|approx(?:imately)?|around|roughly|ca|"
    r"circa|nearly|almost|it|its|is|equals|that|the|my|i|we|think|guess|maybe|perhaps|probably|"
    r"so|get|got|gives?|ans|answer|result|value|total|equal|to|exactly|etwa|ungefähr|environ)\b\.?)"
    r"\s*",
    re.IGNORECASE,
)
ENDS = ".,;:? "
_AROUND = " \"'()[]{}$*_\u201c\u201d\u201e\u00ab\u00bb"

UNITS = {
    **dict.fromkeys(("%", "percent", "prozent", "pct", "pp", "percentage"), "%"),
    **dict.fromkeys(("bit", "bits"), "bits"),
    **dict.fromkeys(("nat", "nats"), "nats"),
    **dict.fromkeys(("byte", "bytes"), "bytes"),
    **dict.fromkeys(("kb", "kilobyte", "kilobytes"), "kilobytes"),
    **dict.fromkeys(("mb", "megabyte", "megabytes"), "megabytes"),
    **dict.fromkeys(("gb", "gigabyte", "gigabytes"), "gigabytes"),
    **dict.fromkeys(("kib", "kibibyte", "kibibytes"), "kibibytes"),
    **dict.fromkeys(("mib", "mebibyte", "mebibytes"), "mebibytes"),
    **dict.fromkeys(("kbit", "kbits", "kilobit", "kilobits"), "kilobits"),
    **dict.fromkeys(("mbit", "mbits", "megabit", "megabits"), "megabits"),
}
_WORDS = {  # which count or divide; each may have an s at its end
    **{"half": 1 / 2, "halve": 1 / 2, "third": 1 / 3, "quarter": 1 / 4},
    **{"fourth": 1 / 4, "fifth": 1 / 5, "sixth": 1 / 6, "eighth": 1 / 8},
    **{"tenth": 0.1, "hundredth": 0.01, "thousandth": 1e-3, "millionth": 1e-6},
    **{"dozen": 12.0, "hundred": 100.0, "thousand": 1e3, "million": 1e6},
    **{"billion": 1e9, "mio": 1e6, "mrd": 1e9, "bn": 1e9},
    **{"‰": 1e-3, "permille": 1e-3, "ppm": 1e-6, "bp": 1e-4},
}
_LETTERS = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}


def _read_text(text: str) -> Read:
    if len(text) > LONGEST:
        raise Unread(f"One number is expected, not a text of {len(text)} characters.")
    plain = _plain(text)
    if not re.search(r"\d", plain):
        raise Unread(_no_digits(text, plain))
    values, word = _agreed([one for part in _parts(plain) if (one := _measured(part))])
    if not values:
        raise Unread(
            f"{_code(text)} cannot be read as one number. Write it like 1234.5."
        )
    if not all(map(math.isfinite, values)):
        raise Unread("That number is too large.")
    unsure = len(values) > 1 and "," in plain
    return Read(tuple(values), sure=not unsure, unit=UNITS.get(word, ""))


def _measured(part: str) -> tuple[list[float], str] | None:
    """What the number at the start may be, and the word behind it; None if neither."""
    values, rest = _value(part)
    rest = re.sub(r"^[)\]}]\s*(?=[%‰]|[^\W\d_])", "", rest)  # of [0.162] bits
    if not values or not _is_unit(rest):
        return None
    rest = re.sub(r"^per[ -](cent|mille)\b", r"per\1", rest, flags=re.IGNORECASE)
    word = re.match(r"[%‰]|[^\W\d_]*", rest).group()
    return [_times(word) * value for value in values], word.lower()


def _times(word: str) -> float:
    """What a word or a letter behind a number multiplies it by."""
    if word in _LETTERS:
        return _LETTERS[word]
    word = word.lower()
    return _WORDS.get(word, _WORDS.get(word.removesuffix("s"), 1.0))


def _is_unit(rest: str) -> bool:
    """Whether what stands behind a number can be a unit, and is no calculation."""
    begins = re.match(r"$|[%‰°€$£([]|/?\s*[^\W\d_]", rest)
    more = _GOES_ON.match(rest) or re.search(r"[\d<>=+*^√]", rest)
    return bool(begins) and not more


def _no_digits(text: str, plain: str) -> str:
    if not text.strip():
        return "The text is empty; a number is expected."
    if re.fullmatch(r"[-+]?(nan|inf|infinity|∞)", plain, re.IGNORECASE):
        return f"{_code(text)} is not a finite number."
    return f"There is no number in {_code(text)}; write it with digits."


def _plain(text: str) -> str:
    """The text in ASCII digits and signs, without what nobody sees."""
    text = re.sub(r"(?<=\d)\s*[\t-\r]\s*(?=\d)", " ; ", text)  # two lines, two numbers
    text = re.sub(r"(?<!\d)0\u00b7(?=\d)", "0.", text)  # a raised decimal point
    for found, instead in _LATEX:
        text = re.sub(found, instead, text)
    text = re.sub(f"[{_RAISED}]+", lambda m: "^" + m.group(), text.translate(_SAME))
    text = "".join(_character(c) for c in text)
    text = unicodedata.normalize("NFKC", text).translate(_SAME)
    return " ".join(text.split())


EMOJI = range(0x1F000, 0x1FB00)


def _character(c: str) -> str:
    """Any digit as one of ours, a sign for one half as ``1/2``, nothing unseen."""
    if unicodedata.decomposition(c).startswith("<fraction>"):
        return " " + c
    if unicodedata.category(c) == "Nd":
        return str(unicodedata.digit(c))
    unseen = unicodedata.category(c) == "Cf" or c in "\ufe0e\ufe0f\u20e3"
    return "" if unseen or ord(c) in EMOJI else c


def _parts(text: str) -> list[str]:
    """What may be the number in ``h = 0.162`` or ``81/500 = 0.162``."""
    if call := _CALL.match(text):  # as NumPy and PyTorch show a number
        text = call[1]
    if name := _NAMED.match(text):
        text = text[name.end() :]
    parts = [_bare(part) for part in _EQUAL.split(text)]
    return [part for part in parts if re.match(r"[-+]?\s*[.,]?\d", part)] or [text]


def _bare(text: str) -> str:
    """Without what stands around a number: ``about``, quotes, a full stop."""
    text = re.sub(r"(?<=\d)\s*#.*$", "", text.strip())
    if call := _CALL.match(text):
        text = call[1]
    text = re.sub(r"[,;]\s+[^\d]+$", "", text)  # 0.162, I think
    text = text.rstrip(ENDS).strip(_AROUND).rstrip(ENDS)
    text = re.sub(r"^%\s*([\d.,]+)$", r"\1 %", text)
    while lead := _LEAD.match(text):
        text = text[lead.end() :]
    return re.sub(r"^(?:minus|negative)\s+", "-", text, flags=re.IGNORECASE)


def _agreed(found: list[tuple[list[float], str]]) -> tuple[list[float], str]:
    """The last of several numbers that are said to be equal; none if they are not."""
    shares = [_shares(*one) for one in found]
    for others in shares[:-1]:
        if not any(
            math.isclose(a, b, rel_tol=0.02) for a in shares[-1] for b in others
        ):
            return [], ""
    return found[-1] if found else ([], "")


def _shares(values: list[float], word: str) -> list[float]:
    """The values as they are without per cent, so that 16.2 % = 0.162."""
    return [value / 100 if UNITS.get(word) == "%" else value for value in values]


def _value(text: str) -> tuple[list[float], str]:
    """What the number at the start may be, none if it is none, and the rest."""
    if mixed := _MIXED.match(text):
        sign, whole, top, bottom = mixed.groups()
        value = int(whole) + _divided(float(top), float(bottom))
        return [-value if sign else value], text[mixed.end() :].strip()
    values, rest = _signed(text)
    if re.match(r"/\s*[-+]?[.,]?\d", rest):
        below, rest = _signed(rest[1:].strip())
        values = [_divided(a, b) for a in values for b in below]
    return values, rest


def _divided(top: float, bottom: float) -> float:
    if bottom == 0:
        raise Unread("A division by zero gives no number.")
    if math.isinf(bottom):
        raise Unread("That number is too large.")
    return top / bottom


def _signed(text: str) -> tuple[list[float], str]:
    if alone := _POWER_ALONE.match(text):
        return [_scaled(alone[1] + "1", alone[2])], text[alone.end() :].strip()
    found = _SIGNED.match(text)
    if not found:
        return [], text
    sign, body, *powers = found.groups()
    power = powers[0] or powers[1]
    bodies = _readings(body)[: 1 if power else 2]
    values = [_scaled(sign + one, power) for one in bodies]
    return values, text[found.end() :].strip()


def _scaled(mantissa: str, power: str | None) -> float:
    return float(f"{mantissa}e{(power or '0').replace(' ', '')}")


def _readings(body: str) -> list[str]:
    """A number as Python writes it: with a decimal mark, then with thousands."""
    decimal = re.fullmatch(r"(\d*)(?:[.,](\d*))?", body)
    found = [_point(*decimal.groups())] if decimal else []
    for thousands, mark in ((",", "."), (".", ","), (" ", ".,"), ("'_", ".,")):
        groups = rf"[1-9]\d{{0,2}}(?:[{thousands}]\d{{3}})+"
        if thousands == ",":  # as in India: 73,80,500
            groups += r"|[1-9]\d?(?:,\d\d)+,\d{3}"
        if large := re.fullmatch(rf"({groups})(?:[{mark}](\d*))?", body):
            found.append(_point(re.sub(r"\D", "", large[1]), large[2]))
    return list(dict.fromkeys(found))


def _point(whole: str, decimals: str | None) -> str:
    return f"{whole or '0'}.{decimals or '0'}"
