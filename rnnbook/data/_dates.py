"""Dates as people write them, and never a guess between two readings."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

import numpy as np

from rnnbook.data._names import plain

# By number, the beginnings of the names of the months; the longest that fits counts.
_MONTHS = (
    "jan ene gen sty led янв oca tammi",
    "feb fev lut uno фев sub helmi",
    "mar mrt mrz maa bre мар",
    "apr avr abr kwi dub апр nis huhti",
    "may mai mag maj mei kve май мая touko",
    "jun juin giu cze cer июн haz kesa",
    "jul juil lug lip cervenc cervene июл tem heina",
    "aug aou ago sie srp авг agu elo",
    "sep set szep wrz zar сен eyl syys",
    "oct okt ott out paz rij окт eki loka",
    "nov lis ноя kas marras",
    "dec dez dic des gru pro дек ara joulu",
)
_BEGINNINGS = {
    plain(beginning): number
    for number, beginnings in enumerate(_MONTHS, start=1)
    for beginning in beginnings.split()
}
# Croatian: June and July there, but they begin like the Polish July, the Czech August.
_NO_MONTH = ("lipanj", "lipnj", "srpanj", "srpnj")
_CLOCK = re.compile(
    r"[T ,;]*(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([ap]\.?m\.?)?"
    r"\s*(Z|(?:UTC|GMT)?\s*[+-]\d{1,2}:?(?:\d{2})?|[A-Z]{2,4})?(?:\[.*\]|\s*\(.*\))?",
    re.I,
)
_SHAPES = {
    "year first": r"(\d{4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})\.?(?!\d)",
    "dots": r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4}|\d{2})\.?(?!\d)",
    "slashes": r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?!\d)",
    "dashes": r"(\d{1,2})-(\d{1,2})-(\d{4}|\d{2})(?!\d)",
    "day, month's name": r"(\d{1,2})\D{0,3}?[ .-]*(?:de |of )?([^\W\d_]{3,12})"
    r"\.?[ ,.-]*(?:de |del )?(\d{4}|\d{2})(?!\d)",
    "month's name, day": r"([^\W\d_]{3,12})\.?[ -]*(\d{1,2})(?:st|nd|rd|th)?"
    r",?[ -]+(\d{4}|\d{2})(?!\d)",
    "year, month's name": r"(\d{4})\.?[ -]?([^\W\d_]{3,12})[ -]?(\d{1,2})\.?(?!\d)",
    "eight digits": r"(\d{4})(\d{2})(\d{2})(?!\d)",
    "month": r"(\d{4})[-/M](\d{1,2})(?![\d-])()",
    "month, year": r"(\d{1,2})[-/.]((?:1[5-9]|20)\d{2})(?![\d.])()",
    "month's name": r"([^\W\d_]{3,12})\.?[ /-](\d{4})(?!\d)()",
    "quarter": r"(\d{4})[ -]?Q([1-4])()",
    "quarter, year": r"Q([1-4])[ /-]?(\d{4})(?!\d)()",
    "year": r"(\d{4})(?![\d-])()()",
}
_WEEKDAY = re.compile(r"^[^\W\d_]{2,12}\.?,?\s+(?=\d|[^\W\d_]+\.?\s+\d)")
_UNITS = {9: "s", 10: "s", 12: "ms", 13: "ms", 16: "us", 19: "ns"}
_DIGITS = {10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_MANY = 20  # so many rows are not in the order of time by chance
# Which of the three numbers is year, month, day.
_ORDERS = {
    "the day first": (2, 1, 0),
    "the month first": (2, 0, 1),
    "the year first": (0, 1, 2),
}
_AS_ARGUMENT = {
    "the day first": "dayfirst=True",
    "the month first": "dayfirst=False",
    "the year first": "date_format='%y-%m-%d'",
}


class Moments(NamedTuple):
    """Days and times as they are written.

    Attributes
    ----------
    stamps : (N,) ndarray of datetime64[s]
    offsets : (N,) ndarray of timedelta64[s], or None
        What the written zones are ahead of UTC, where they are not all the same.
    notes : list of str, what was found out
    other_zone : int or None
        The first row that names another zone than a row before, such as EDT after EST.
    """

    stamps: np.ndarray
    offsets: np.ndarray | None
    notes: list[str]
    other_zone: int | None = None

    @property
    def clock(self) -> bool:
        """Whether there is a time of day other than midnight."""
        return bool((self.stamps != self.stamps.astype("datetime64[D]")).any())


Refuse = Callable[[int, str], ValueError]


def parse(
    texts: Sequence[str],
    refuse: Refuse,
    *,
    date_format: str | None = None,
    dayfirst: bool | None = None,
    names_say_day_first: bool | None = None,
) -> Moments:
    """Read a column of dates, all in one way.

    ``refuse(row, expected)`` makes the error for a row.

    Raises
    ------
    ValueError
        If a cell is no date, or not in the style of the others, or if all of them can
        be read in two ways.
    """
    texts = _whole(texts)
    if date_format:
        return _with_format(texts, date_format, refuse)
    if stamps := _digits(texts) or _unix(texts):
        return stamps
    shape, parts, rests = _shaped(texts, refuse)
    stamps, notes = _DAYS[shape](
        texts, parts, shape, refuse, dayfirst, names_say_day_first
    )
    return _with_clock(stamps, rests, refuse, notes)


def _with_format(texts: Sequence[str], date_format: str, refuse: Refuse) -> Moments:
    stamps = []
    for k, text in enumerate(texts):
        try:
            stamps.append(datetime.strptime(text, date_format).replace(tzinfo=None))
        except ValueError:
            raise refuse(k, f"a date {date_format}") from None
    return Moments(np.array(stamps, dtype="datetime64[s]"), None, [])


def _whole(texts: Sequence[str]) -> Sequence[str]:
    """Dates without the ``.0`` that a column of decimal numbers leaves behind them."""
    if all(re.fullmatch(r"\d{4,19}\.0+", text) for text in texts):
        return [text.split(".")[0] for text in texts]
    return texts


def _digits(texts: Sequence[str]) -> Moments | None:
    """Day and hour, minute, second in one number, where all of them exist."""
    import pandas as pd

    lengths = {len(text) for text in texts}
    if len(lengths) > 1 or not lengths <= _DIGITS.keys():
        return None
    if not all(text.isascii() and text.isdigit() for text in texts):
        return None
    written = pd.Series(list(texts))
    stamps = pd.to_datetime(written, format=_DIGITS[lengths.pop()], errors="coerce")
    if stamps.isna().any():
        return None
    return Moments(stamps.to_numpy().astype("datetime64[s]"), None, [])


def _unix(texts: Sequence[str]) -> Moments | None:
    """Seconds, milli-, micro- or nanoseconds since 1970, by their number of digits."""
    lengths = {len(text) for text in texts}
    if not all(text.isascii() and text.isdigit() for text in texts):
        return None
    if len({_UNITS.get(n) for n in lengths}) != 1 or not lengths <= set(_UNITS):
        return None
    unit = _UNITS[lengths.pop()]
    stamps = np.array([int(t) for t in texts], dtype=f"datetime64[{unit}]")
    stamps = stamps.astype("datetime64[s]")
    return Moments(stamps, None, ["dates are Unix time (UTC)"])


def _shaped(texts: Sequence[str], refuse: Refuse) -> tuple[str, list[tuple], list[str]]:
    """The shape that all dates have, their three parts, and what follows each."""
    spoken, reached = [_spoken(text) for text in texts], 0
    for shape, pattern in _SHAPES.items():
        compiled, parts, rests = re.compile(pattern, re.I), [], []
        for text in spoken:
            found = compiled.match(text)
            if not found:
                break
            rest = text[found.end() :].strip()
            if (
                rest
                and not _CLOCK.fullmatch(rest)
                and not re.fullmatch(r"\d{4,6}", rest)
            ):
                break
            parts.append(found.groups())
            rests.append(rest)
        else:
            return shape, parts, rests
        reached = max(reached, len(parts))
    raise refuse(reached, _unreadable(texts, reached))


def _unreadable(texts: Sequence[str], row: int) -> str:
    """What was expected in place of the first cell that no shape fits."""
    if re.fullmatch(r"\d{5}(\.\d+)?", texts[row]):
        return "a date, not the day number of a spreadsheet (format the column there)"
    if re.fullmatch(r"\d{6}|\d{8}", texts[row]):
        return "a date (set date_format, such as '%d%m%Y', '%y%m%d' or '%Y%m')"
    if row == 0 or not _is_date(texts[row]):
        return (
            "a date such as 2024-03-28 (set date_format, or skiprows to leave it out)"
        )
    style = f"in the style of {texts[0]!r}"
    return f"a date {style} (or set date_format)"


def _is_date(text: str) -> bool:
    """Whether a text is a date in some style."""
    return any(re.match(p, _spoken(text), re.I) for p in _SHAPES.values())


def _spoken(text: str) -> str:
    """A date without the day of the week and with numbers for 年, 月, 日."""
    if text.isascii() and text[:1].isdigit():
        return text
    text = re.sub(r"\s*[年년月월]\s*", "-", text)
    text = re.sub(r"(?<=\d)\s*[日일]", "", text)
    return _WEEKDAY.sub("", text) if not _month(_first_word(text)) else text


def _first_word(text: str) -> str:
    found = re.match(r"[^\W\d_]+", text)
    return found[0] if found else ""


@cache
def _month(word: str) -> int | None:
    """The number of a month by its name in one of a dozen languages."""
    word = plain(word)
    if word.startswith(_NO_MONTH):
        return None
    found = [beginning for beginning in _BEGINNINGS if word.startswith(beginning)]
    return _BEGINNINGS[max(found, key=len)] if found else None


def _fixed(places: tuple[int, int, int], texts, parts, refuse) -> np.ndarray:
    """Days from the parts at the places of year, month and day."""
    stamps = _days(parts, places)
    if np.isnat(stamps).any():
        raise refuse(
            int(np.isnat(stamps).argmax()), "a date that exists (or set date_format)"
        )
    return stamps


def _days(parts: list[tuple], places: tuple[int, int, int]) -> np.ndarray:
    """(N,) datetime64[s], NaT where the parts are no date."""
    import pandas as pd

    year, month, day = ([part[k] for part in parts] for k in places)
    years = [_four_digits(y) for y in year]
    months = [m if m.isdigit() else str(_month(m) or 0) for m in month]
    written = [
        f"{y}-{int(m):02}-{int(d):02}"
        for y, m, d in zip(years, months, day, strict=True)
        if d.isdigit()
    ]
    if len(written) < len(parts):
        return np.full(len(parts), "NaT", "datetime64[s]")
    stamps = pd.to_datetime(pd.Series(written), format="%Y-%m-%d", errors="coerce")
    return stamps.to_numpy().astype("datetime64[s]")


def _four_digits(year: str) -> str:
    """Years of two digits as strptime has them: 69 to 99 are of the last century."""
    if len(year) != 2 or not year.isdigit():
        return year if year.isdigit() else "0"
    return f"{19 if int(year) > 68 else 20}{year}"


def _certain(*places: int) -> Callable:
    def days(texts, parts, shape, refuse, dayfirst, names_say):
        return _fixed(places, texts, parts, refuse), []

    return days


def _of_month(texts, parts, shape, refuse, dayfirst, names_say):
    parts = [(*part[:2], "1") for part in parts]
    if shape in ("month's name", "month, year", "quarter, year"):
        parts = [(year, first, day) for first, year, day in parts]
    if shape.startswith("quarter"):
        parts = [(y, str(3 * int(q) - 2), d) for y, q, d in parts]
    if shape == "year":
        parts = [(y, "1", "1") for y, *_ in parts]
    note = f"each date is the first day of its {_first_word(shape)}"
    return _fixed((0, 1, 2), texts, parts, refuse), [note]


def _ordered(texts, parts, shape, refuse, dayfirst, names_say):
    """Days of dates in numbers: the order that all of them allow.

    Of two orders, the one in which a long column is in the order of time; then the one
    that the names in the header, or dots, tell.
    """
    short = any(len(part[2]) == 2 for part in parts)
    allowed = [o for o in _ORDERS if o != "the year first" or short]
    if dayfirst is not None:
        allowed = ["the day first" if dayfirst else "the month first"]
    stamps = {order: _days(parts, _ORDERS[order]) for order in allowed}
    valid = [order for order in allowed if not np.isnat(stamps[order]).any()]
    if not valid:
        raise _mixed(texts, stamps, allowed, refuse)
    sorted_ = [order for order in valid if _in_order(stamps[order])]
    if len(sorted_) == 1 and len(texts) >= _MANY:
        valid = sorted_
    told = True if shape == "dots" else names_say
    if shape == "dashes" and "the year first" in valid:
        told = None  # 18-09-15 is written in every language
    if len(valid) > 1 and told is not None:
        valid = ["the day first" if told else "the month first"]
    if any((stamps[o] != stamps[valid[0]]).any() for o in valid):
        raise _ambiguous(texts, stamps, valid, refuse)
    return stamps[valid[0]], [f"dates have {valid[0]}"] * (shape != "dots")


def _in_order(stamps: np.ndarray) -> bool:
    steps = np.diff(stamps).astype(np.int64)
    return bool((steps >= 0).all() or (steps <= 0).all())


def _mixed(texts, stamps, allowed, refuse) -> ValueError:
    """The refusal of dates that no one order reads; the most fitting is named."""
    order = min(allowed, key=lambda o: int(np.isnat(stamps[o]).sum()))
    row = int(np.isnat(stamps[order]).argmax())
    others = np.flatnonzero(~np.isnat(stamps[order]))
    such = f" as in {texts[others[0]]!r}" if len(others) else ""
    return refuse(row, f"a date with {order}{such}")


def _ambiguous(texts, stamps, valid, refuse) -> ValueError:
    different = [stamps[order] != stamps[valid[0]] for order in valid]
    row = int(np.any(different, axis=0).argmax())
    readings = [
        f"{stamps[o][row].astype('datetime64[D]')} with {_AS_ARGUMENT[o]}"
        for o in valid
    ]
    return refuse(row, f"dates with one reading (here {' or '.join(readings)})")


_DAYS: dict[str, Callable] = {
    "year first": _certain(0, 1, 2),
    "dots": _ordered,
    "slashes": _ordered,
    "dashes": _ordered,
    "day, month's name": _certain(2, 1, 0),
    "month's name, day": _certain(2, 0, 1),
    "year, month's name": _certain(0, 1, 2),
    "eight digits": _certain(0, 1, 2),
    "month": _of_month,
    "month, year": _of_month,
    "month's name": _of_month,
    "quarter": _of_month,
    "quarter, year": _of_month,
    "year": _of_month,
}


def _with_clock(
    stamps: np.ndarray, rests: list[str], refuse: Refuse, notes: list[str]
) -> Moments:
    """Add the times of day as they are written, and find whether the zone changes."""
    seconds, offsets = np.zeros((2, len(rests)), dtype="timedelta64[s]")
    for k, rest in enumerate(rests):
        hour, minute, second, offset = _time(rest)
        if hour > 24 or minute > 59 or second > 60:
            raise refuse(k, "a time of day that exists")
        seconds[k], offsets[k] = 3600 * hour + 60 * minute + second, offset
    changing = len(np.unique(offsets)) > 1
    offsets = offsets if changing else None
    return Moments(stamps + seconds, offsets, notes, _other_zone(rests))


def _other_zone(rests: list[str]) -> int | None:
    """The first row whose zone has another name than that of a row before."""
    first = ""
    for k, rest in enumerate(rests):
        found = re.search(r"(?<![A-Za-z])(?!AM|PM)[A-Z]{3,4}$", rest, re.I)
        if found and first and found[0].upper() != first:
            return k
        first = first or (found[0].upper() if found else "")
    return None


def _time(text: str) -> tuple[int, int, int, int]:
    """Hour, minute, second, and seconds ahead of UTC, of what stands behind a date."""
    if not text:
        return 0, 0, 0, 0
    if text.isdigit():
        text = text.ljust(6, "0")
        return int(text[:2]), int(text[2:4]), int(text[4:6]), 0
    found = _CLOCK.fullmatch(text)
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    if half := (found[4] or "").casefold()[:1]:
        hour = hour % 12 + 12 * (half == "p")
    return hour, minute, second, _offset(found[5] or "")


def _offset(zone: str) -> int:
    found = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", zone)
    if not found:
        return 0
    size = 3600 * int(found[2]) + 60 * int(found[3] or 0)
    return -size if found[1] == "-" else size
