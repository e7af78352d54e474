"""The rows of a table that count: numbers and dates of the columns that are used."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from rnnbook.data import _dates, _numbers
from rnnbook.data._names import Column, several
from rnnbook.data._table import Table, text_of

MIN_ROWS = 2  # two prices make one return


@dataclass
class Rows:
    """The rows in the order of time.

    Attributes
    ----------
    table : Table, with these rows only
    moments : Moments, increasing
    values : (N,) ndarray of float64, the column that is needed
    marks : Marks, how the numbers are written
    notes : list of str, what was done
    """

    table: Table
    moments: _dates.Moments
    values: np.ndarray
    marks: _numbers.Marks
    notes: list[str] = field(default_factory=list)


def usable(
    table: Table,
    *,
    symbol: str | None,
    sort: bool,
    date_format: str | None,
    dayfirst: bool | None,
    decimal: str | None,
    thousands: str | None,
    by_day: bool,
) -> Rows:
    """Read dates and values, and leave out what is no row of the series.

    Raises
    ------
    ValueError
        Naming file, row and column, for all that cannot be read in one way.
    """
    notes = list(table.notes)
    table = _of_one_company(table, symbol, notes)
    table = _without_headers(table, notes)
    table = _without_footer(table, notes)
    table = _without_gaps(table, notes)
    date, value = table.choice.date, table.choice.value
    if len(table.rows) < MIN_ROWS:
        raise ValueError(
            f"{table.name}: expected at least {MIN_ROWS} rows with a number in column "
            f"{value.name!r} below the header, got {len(table.rows)}"
        )
    marks = _marks(table, decimal, thousands, notes)
    values, money = _numbers.column_of(
        table.cells(value), marks, lambda k, e: table.refusal(k, value, e)
    )
    notes += [f"{money!r} taken off"] * bool(money)
    moments = _dates.parse(
        _date_texts(table),
        lambda k, e: table.refusal(k, date, e),
        date_format=date_format,
        dayfirst=dayfirst,
        names_say_day_first=table.choice.day_first,
    )
    notes += moments.notes
    return _ordered(Rows(table, moments, values, marks, notes), sort, by_day)


def check_text(name: str, value: object) -> None:
    """Refuse what is no text, nor None for "not said"."""
    if value is not None and not (isinstance(value, str) and value):
        raise ValueError(f"{name}: expected text, not empty, got {value!r}")


def check_switch(name: str, value: object) -> None:
    """Refuse what is neither True nor False, nor None for "not said"."""
    if value is not None and not isinstance(value, bool):
        raise ValueError(f"{name}: expected True or False, got {value!r}")


def _date_texts(table: Table) -> list[str]:
    """The dates, put together where they are in several columns."""
    columns = [table.choice.date, *table.choice.more_date]
    parts = [[text_of(cell) for cell in table.cells(c)] for c in columns]
    if len(columns) == 2 and all(re.fullmatch(r"\d{4}", year) for year in parts[0]):
        both = zip(*parts, strict=True)
        return [f"{y}-{m}" if m.isdigit() else f"{m} {y}" for y, m in both]
    if len(columns) < 3:
        return [" ".join(words) for words in zip(*parts, strict=True)]
    days = ["-".join(words) for words in zip(*parts[:3], strict=True)]
    hours = parts[3] if len(parts) > 3 else [""] * len(days)
    return [f"{d} {h}:00" if h else d for d, h in zip(days, hours, strict=True)]


def _of_one_company(table: Table, symbol: str | None, notes: list[str]) -> Table:
    """The rows of one company where a column tells several apart."""
    value = table.choice.value
    if symbol is None or value.symbol or value.name.casefold() == symbol.casefold():
        return table
    others = [c for c in table.columns if c is not table.choice.date]
    for column in sorted(others, key=lambda c: c.field != "symbol"):
        texts = [text_of(cell) for cell in table.cells(column)]
        kept = [k for k, t in enumerate(texts) if t.casefold() == symbol.casefold()]
        if kept:
            notes.append(f"{len(kept)} of {len(texts)} rows have {symbol!r}")
            return replace(table.only(kept), company=texts[kept[0]])
    there = [c for c in table.choice.symbols]
    have = {text_of(cell) for c in there for cell in table.cells(c)} - {""}
    said = f"{several(have, 'or')}" if have else "a symbol that is in the file"
    raise ValueError(f"symbol: {table.name} has no {symbol!r}; expected {said}")


def _without_headers(table: Table, notes: list[str]) -> Table:
    """Without the header once more, and without units in the row below the header."""
    columns = [table.choice.date, table.choice.value]
    kept = list(range(len(table.rows)))
    again = [k for k in kept if _says_the_header(table, k)]
    units = [k for k in kept[:1] if k not in again and _are_units(table, columns)]
    if again:
        rows = several([table.numbers[k] for k in again], limit=3)
        notes.append(f"the header again left out ({table.unit} {rows})")
    if units:
        words = [text for cell in table.rows[0] if (text := text_of(cell))]
        notes.append(f"left out below the header: {several(words)}")
    return table.only([k for k in kept if k not in {*again, *units}])


def _says_the_header(table: Table, row: int) -> bool:
    value = table.choice.value
    if text_of(table.rows[row][value.position]) != value.name:
        return False
    cells = [text_of(cell) for cell in table.rows[row]]
    names = [column.name for column in table.columns]
    return cells[: len(names)] == names and not any(cells[len(names) :])


def _are_units(table: Table, columns: list[Column]) -> bool:
    """Whether the first row has words in place of date and value."""
    day, number = (text_of(table.rows[0][c.position]) for c in columns)
    words = not re.search(r"\d", day) and re.match(r"\W*[^\W\d_]", number)
    some = re.search(r"\d", _numbers.bare(number)[0]) and not number.isidentifier()
    return bool(words) and not some and not _numbers.missing(number)


def _without_footer(table: Table, notes: list[str]) -> Table:
    """Without the last rows that are a sum or a remark: no digit where the date is."""
    date, value, end = table.choice.date, table.choice.value, len(table.rows)

    def is_footer(row: list[Any]) -> bool:
        day, price = text_of(row[date.position]), text_of(row[value.position])
        no_day = not any(c.isdigit() for c in day)
        return bool(day) and (no_day or (not price and len(day) > 25))

    while end and is_footer(table.rows[end - 1]):
        end -= 1
    if end == len(table.rows) or not end:
        return table
    cut = [" ".join(filter(None, map(text_of, row))) for row in table.rows[end:]]
    notes.append(f"left out below the table: {several([c[:60] for c in cut], limit=2)}")
    return table.only(list(range(end)))


def _without_gaps(table: Table, notes: list[str]) -> Table:
    """Without rows that have no number in the column that is needed."""
    value = table.choice.value
    event, texts = ("dividend", "split"), _date_texts(table)
    kept, dropped = [], []
    for k, row in enumerate(table.rows):
        text = text_of(row[value.position])
        if _numbers.missing(text) or any(word in text.casefold() for word in event):
            dropped.append(texts[k])
        else:
            kept.append(k)
    if dropped:
        rows = "row" if len(dropped) == 1 else "rows"
        days = several(dropped, limit=3)
        notes.append(f"{len(dropped)} {rows} without a number left out ({days})")
    return table.only(kept)


def _marks(
    table: Table, decimal: str | None, thousands: str | None, notes: list[str]
) -> _numbers.Marks:
    choice, cells = table.choice, table.cells(table.choice.value)
    never = ("date", "symbol")

    def others() -> list[Any]:
        columns = [c for c in table.columns if c.field not in never]
        return [
            cell for c in columns if c is not choice.value for cell in table.cells(c)
        ]

    usual = "." * (table.plain and choice.english) or ".," * choice.asian
    marks, doubtful = _numbers.marks_of(cells, others, decimal, thousands, usual)
    if marks is None:
        k = next(k for k, c in enumerate(cells) if _numbers.bare(c)[0] == doubtful)
        readings = [
            f"{_numbers.number(doubtful, _numbers.Marks(d, t)):.10g} with decimal={d!r}"
            for d, t in ((".", ","), (",", "."))
        ]
        expected = f"numbers with one reading (here {' or '.join(readings)})"
        raise table.refusal(k, choice.value, expected)
    if doubtful:
        meant = _numbers.number(doubtful, marks)
        notes.append(f"numbers such as {doubtful!r} are read as {meant:.10g}")
    elif marks.decimal == ",":
        notes.append("decimal comma")
    return marks


def _ordered(rows: Rows, sort: bool, by_day: bool) -> Rows:
    """The rows in the order of time, each day once."""
    unit = "datetime64[D]" if by_day else "datetime64[s]"
    stamps = rows.moments.stamps.astype(unit)
    if by_day and rows.moments.clock:
        rows.notes.append("time of day left out")
    if not by_day and rows.moments.other_zone is not None:
        expected = "one zone in the file, or offsets such as +01:00 and no names"
        raise rows.table.refusal(
            rows.moments.other_zone, rows.table.choice.date, expected
        )
    if not by_day and rows.moments.offsets is not None and rows.moments.clock:
        stamps = stamps - rows.moments.offsets
        rows.notes.append("times are in UTC: the zone changes in the file")
    steps = np.diff(stamps).astype(np.int64)
    order = np.arange(len(stamps))
    if (steps <= 0).all() and (steps < 0).any():
        order = order[::-1]
        rows.notes.append("newest first, turned round")
    elif (steps < 0).any():
        _refuse_disorder(rows, stamps, int((steps < 0).argmax()) + 1, sort)
        order = np.argsort(stamps, kind="stable")
        rows.notes.append("sorted by date")
    order = _once(rows, stamps, order, by_day)
    rows.notes += _names_that_change(rows.table)
    moments = rows.moments._replace(stamps=stamps[order])
    table = rows.table.only(order.tolist())
    return Rows(table, moments, rows.values[order], rows.marks, rows.notes)


def _names_that_change(table: Table) -> list[str]:
    """What a column of companies has, where it is one after the other."""
    columns = [] if table.company else table.choice.symbols
    found = [(c, {text_of(cell) for cell in table.cells(c)}) for c in columns]
    return [f"{c.shown} has {several(have)}" for c, have in found if len(have) > 1]


def _refuse_disorder(rows: Rows, stamps: np.ndarray, k: int, sort: bool) -> None:
    _refuse_several(rows, stamps)
    if not sort:
        expected = (
            f"a date after {stamps[k - 1]}, the oldest row first or the newest "
            "(sort=True sorts the rows)"
        )
        raise rows.table.refusal(k, rows.table.choice.date, expected)


def _once(
    rows: Rows, stamps: np.ndarray, order: np.ndarray, by_day: bool
) -> np.ndarray:
    """The order without rows that only repeat another; two values are refused."""
    again = np.flatnonzero(stamps[order][1:] == stamps[order][:-1]) + 1
    if not len(again):
        return order
    _refuse_several(rows, stamps)
    for k in again:
        first, second = sorted((order[k - 1], order[k]))
        if rows.values[first] != rows.values[second]:
            raise _twice(rows, int(first), int(second), by_day)
    days = several([str(day) for day in stamps[order][again]], limit=3)
    rows.notes.append(f"rows that say the same again left out ({days})")
    return np.delete(order, again)


def _twice(rows: Rows, first: int, second: int, by_day: bool) -> ValueError:
    table, (date, value) = rows.table, (rows.table.choice.date, rows.table.choice.value)
    line = f"{table.unit} {table.numbers[first]} has it too"
    there, here = (text_of(table.rows[k][value.position]) for k in (first, second))
    said = "several rows a day are no daily prices" if by_day else _finer(table)
    remedy = f"{said}{table.without(second)}"
    return table.refusal(
        second,
        date,
        f"each date once ({line}: {there!r} there, {here!r} here; {remedy})",
    )


def _finer(table: Table) -> str:
    """How to give times that are not in the column of the date."""
    date, more = table.choice.date, table.choice.more_date
    times = [c for c in table.columns if c.field == "date" and c is not date]
    if times and not more:
        return f"the time of day is added with date=[{date.name!r}, {times[0].name!r}]"
    return "times count to the second"


def _refuse_several(rows: Rows, stamps: np.ndarray) -> None:
    """Refuse several companies in one file, where a column tells them apart."""
    if len(np.unique(stamps)) == len(stamps):
        return
    table = rows.table
    used = (table.choice.date, table.choice.value)
    others = [c for c in table.columns if c not in used]
    for column in sorted(others, key=lambda c: c.field != "symbol"):
        texts = [text_of(cell) for cell in table.cells(column)]
        if _tells_apart(column, texts, stamps):
            found = list(dict.fromkeys(texts))
            raise ValueError(
                f"{table.name}, column {column.name!r}: expected the prices of one "
                f"company, got {len(found)} ({several(found)}); choose with "
                f"symbol={found[0]!r}"
            )


def _tells_apart(column: Column, texts: Sequence[str], stamps: np.ndarray) -> bool:
    """Whether a column of words has another one wherever a date comes again."""
    words = set(texts) - {""}
    if len(words) < 2 or not (column.field == "symbol" or _are_words(words)):
        return False
    pairs = set(zip(stamps.tolist(), texts, strict=True))
    return len(pairs) == len(texts) or column.field == "symbol"


def _are_words(texts: set[str]) -> bool:
    return all(any(c.isalpha() for c in text) for text in texts)
