"""Numbers as people write them: 1,234.5 and 1.234,5, with signs of money."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from rnnbook.data._names import several
from rnnbook.data._table import text_of

_MISSING = set(
    "- -- --- — – . .. ... null none nan n/a na #n/a n.a. n/d nd k.a. <na> nat "
    "#n/a n/a #nv ( ) * ** *** **** ***** ? missing nil".split()
) | {"", "#n/a n/a", "no data"}
_MONEY = (
    r"(?:[A-Z]{0,3}[$€£¥₹₩₽฿₺₫₴₦₱¢￥]|\b(?:USD|EUR|GBP|GBX|JPY|CNY|CNH|RMB|CHF|INR|KRW|"
    r"BRL|RUB|TRY|PLN|SEK|NOK|DKK|CZK|HUF|CAD|AUD|NZD|HKD|SGD|TWD|ZAR|MXN|BTC|USDT)\b"
    r"|Rs\.?|kr\.?|zł|Kč|Ft|元|円|원)"
)
_PLAIN = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_SPACES = "[ \u00a0\u202f\u2009]"
_LONG_GROUPS = r"\d{{1,3}}(?:{0}\d{{3}})+"
_INDIAN_GROUPS = r"\d{{1,2}}(?:{0}\d{{2}})+{0}\d{{3}}"
_SCALE = {"": 1.0, "k": 1e3, "m": 1e6, "mio": 1e6, "b": 1e9, "bn": 1e9, "mrd": 1e9}
_SCALE |= {"t": 1e12, "万": 1e4, "亿": 1e8, "萬": 1e4, "億": 1e8}


class Marks(NamedTuple):
    """The decimal mark, and the mark between groups of digits, if there is any."""

    decimal: str
    thousands: str | None

    def __str__(self) -> str:
        groups = f", groups of three set off by {self.thousands!r}"
        return f"decimal mark {self.decimal!r}{groups if self.thousands else ''}"


def missing(cell: Any) -> bool:
    """Whether a cell says that there is no number."""
    return text_of(cell).casefold() in _MISSING


def check_marks(decimal: str | None, thousands: str | None) -> None:
    """Refuse marks that no number has, and equal ones."""
    if decimal not in (None, ".", ","):
        raise ValueError(f"decimal: expected '.' or ',', got {decimal!r}")
    if thousands not in (None, ".", ",", "'", "’", " ", "\u00a0", "\u202f"):
        raise ValueError(
            f"thousands: expected one of ',', '.', \"'\" and ' ', got {thousands!r}"
        )
    if decimal is not None and decimal == thousands:
        raise ValueError(
            f"thousands: expected another mark than decimal={decimal!r}, got the same"
        )


def bare(cell: Any) -> tuple[str, str]:
    """A number without the sign of its money, and that sign."""
    if _PLAIN.fullmatch(text_of(cell)):
        return text_of(cell), ""
    text = text_of(cell).replace("\u2212", "-").strip()
    sign, money = "", ""
    if found := re.match(rf"([+-]?)\s*({_MONEY})\s*([+-]?)", text):
        sign, money = found[1] + found[3], found[2]
        text = text[found.end() :]
    elif found := re.search(rf"\s*({_MONEY})$", text):
        money, text = found[1], text[: found.start()]
    return sign + text.strip(), money


def marks_of(
    cells: Iterable[Any],
    others: Callable[[], Iterable[Any]],
    decimal: str | None,
    thousands: str | None,
    usual: str,
) -> tuple[Marks | None, str]:
    """Find the marks of a column of numbers, and a number that has two readings.

    Where nothing settles such a number, there are no marks.

    Parameters
    ----------
    cells : the cells of the column
    others : function that gives the other cells of the table, asked if need be
    decimal, thousands : str, optional
        What the reader said.
    usual : str
        Which of ``.`` and ``,`` in ``1.234`` and ``1,234`` has one meaning, the
        English one, if no other number tells.
    """
    other = {",": ".", ".": ","}
    proven, doubtful = _evidence(cells)
    told = decimal is not None or thousands in other
    if not proven:
        proven, _ = _evidence(others())
        if (
            told
            and doubtful
            and proven
            and proven != {decimal or other[str(thousands)]}
        ):
            raise ValueError(
                f"decimal: expected {proven.pop()!r}, as other columns have it, for "
                f"{doubtful!r}, got decimal={decimal!r} and thousands={thousands!r}"
            )
    if told:
        decimal = decimal or other[str(thousands)]
        return Marks(decimal, thousands or other[decimal]), ""
    if doubtful and not proven:
        known = any(mark in doubtful for mark in usual)
        return (Marks(".", ",") if known else None), doubtful
    # A cell that does not fit what the first telling one proves will be refused.
    found = proven.pop() if proven else "."
    return Marks(found, other[found]), ""


def _evidence(cells: Iterable[Any]) -> tuple[set[str], str]:
    """The decimal mark that the first telling number proves, or one that does not."""
    doubtful = ""
    for cell in cells:
        if isinstance(cell, str) and not cell.isdigit():
            text = re.sub(r"[eE][+-]?\d+$|[%A-Za-z]+$", "", bare(cell)[0].strip())
            mark = _decimal_mark(text)
            if mark in (".", ","):
                return {mark}, ""
            doubtful = doubtful or bare(cell)[0] * (mark == "?")
    return set(), doubtful


def _decimal_mark(text: str) -> str:
    """What the decimal mark has to be; "?" if it can be either, "" if nothing tells."""
    text, count = re.subn(rf"(?<=\d)(?:{_SPACES}|['’])(?=\d{{3}})", "", text)
    found = re.fullmatch(r"[+-]?(\d*)([.,])(?:\d*([.,]))*(\d*)", text)
    if not found:
        return ""
    points, commas = text.count("."), text.count(",")
    if points and commas:
        return max(".,", key=text.rindex) if min(points, commas) == 1 else ""
    if points + commas > 1:  # 1.234.567 has groups
        groups = _without(text, re.escape(found[2])) != text
        return {".": ",", ",": "."}[found[2]] if groups else ""
    if count or not re.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", text):
        return found[2]
    return "?"


def number(text: str, marks: Marks) -> float | None:
    """The number that a text is under these marks, or None if it is none."""
    if marks.decimal == "." and _PLAIN.fullmatch(text):
        return float(text)
    text = _without(_without(text.strip(), _SPACES), "['’]")
    if marks.thousands:
        text = _without(text, re.escape(marks.thousands), marks.decimal)
    point = re.escape(marks.decimal)
    pattern = rf"[+-]?(\d+({point}\d*)?|{point}\d+)([eE][+-]?\d+)?"
    if not re.fullmatch(pattern, text, re.ASCII):
        return None
    return float(text.replace(marks.decimal, "."))


def _without(text: str, mark: str, decimal: str = ".,") -> str:
    """Take the marks out if they stand between groups of digits."""
    groups = f"{_LONG_GROUPS.format(mark)}|{_INDIAN_GROUPS.format(mark)}"
    if re.fullmatch(rf"[+-]?(?:{groups})(?:[{decimal}]\d*)?", text, re.ASCII):
        return re.sub(mark, "", text)
    return text


def scaled(cell: Any, marks: Marks) -> float:
    """A number that is not needed, such as ``98.32M``; NaN if it is none."""
    if isinstance(cell, Real) and not isinstance(cell, bool):
        return float(cell)
    if marks.decimal == "." and isinstance(cell, str) and _PLAIN.fullmatch(cell):
        return float(cell)
    found = re.fullmatch(r"(.*?\d[.,]?)\s*([^\W\d_]*)\.?", bare(cell)[0])
    scale = _SCALE.get(found[2].casefold()) if found else None
    value = number(found[1], marks) if found and scale else None
    return math.nan if value is None or scale is None else value * scale


def column_of(
    cells: Sequence[Any], marks: Marks, refuse: Callable[[int, str], ValueError]
) -> tuple[np.ndarray, str]:
    """A needed column as (N,) float64, and the sign of money that was taken off.

    ``refuse(row, expected)`` makes the error for a cell that is no number.
    """
    values, money = np.empty(len(cells)), {}
    for k, cell in enumerate(cells):
        if isinstance(cell, Real) and not isinstance(cell, bool):
            values[k] = float(cell)
            continue
        text, sign = bare(cell)
        value = number(text, marks)
        if value is None:
            raise refuse(k, f"a number such as {_example(marks)}")
        values[k] = value
        money.setdefault(sign, k)
    if len(money) > 1:
        raise refuse(
            max(money.values()), f"one currency in the column ({several(list(money))})"
        )
    return values, next(iter(money), "")


def _example(marks: Marks) -> str:
    return f"1234{marks.decimal}5 ({marks})"
