"""A series of the reader's own that is no price, read by the same door."""

from collections.abc import Hashable
from functools import partial
from typing import Any

import numpy as np

from rnnbook.data import _doubts, _file, _numbers
from rnnbook.data._names import choose
from rnnbook.data._rows import check_switch, check_text, usable
from rnnbook.data._table import read_table
from rnnbook.data.sets import Series


def load_series(
    file: Any,
    *,
    date: Hashable | list[Hashable] | None = None,
    value: Hashable | None = None,
    unit: str = "",
    symbol: str | int | None = None,
    sort: bool = False,
    date_format: str | None = None,
    dayfirst: bool | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    sep: str | None = None,
    encoding: str | None = None,
    **pandas: Any,
) -> Series:
    """Load a series of your own: temperatures, sales, counts, one number at a time.

    As :func:`rnnbook.data.load_prices`, with the same arguments and refusals, for
    numbers that may be negative or zero, by year, month, day, hour or second.

    Parameters
    ----------
    file : path, bytes, open file, address, DataFrame or Series
    date, value : column name, optional
        Needed where the header does not tell: if there are more columns than two.
    unit : str
        What the values are measured in, for ``Series.unit``.
    symbol : str or int, optional
        The word that the rows of the series have, where a file has several series.
    sort, date_format, dayfirst, decimal, thousands, sep, encoding, **pandas
        As in :func:`rnnbook.data.load_prices`.

    Returns
    -------
    Series
        ``dates (N,)`` increasing, datetime64[D] if none has a time of day, else
        datetime64[s]; ``values (N,)`` float64, finite. Rows without a number are left
        out, and said. ``notes`` has what was done, and what looks wrong: gaps, dates
        after today, numbers such as -999 that often stand for none.

    Raises
    ------
    ValueError
        As :func:`rnnbook.data.load_prices`; also for infinite values, and where the
        names of the zones change, such as EST and EDT, which say no offset.
    OSError
        If the file cannot be opened.

    Notes
    -----
    Times are those that are written, without their zone; where the zone changes in the
    file, as with summer time, they are UTC.
    """
    _numbers.check_marks(decimal, thousands)
    check_switch("sort", sort)
    check_switch("dayfirst", dayfirst)
    for name, text in {
        "date_format": date_format,
        "sep": sep,
        "encoding": encoding,
    }.items():
        check_text(name, text)
    symbol = None if symbol is None else str(symbol)
    chooser = partial(choose, kind="value", date=date, value=value)
    day = f"the column date={date!r}" if date is not None else "'date'"
    number = f"the column value={value!r}" if value is not None else "one other column"
    wanted = f"{day} and {number} (or name them: date=, value=)"
    options = {"sep": sep, "encoding": encoding} | pandas
    rows = usable(
        read_table(file, chooser, wanted, "file", options),
        symbol=symbol,
        sort=sort,
        date_format=date_format,
        dayfirst=dayfirst,
        decimal=decimal,
        thousands=thousands,
        by_day=False,
    )
    choice, dates = rows.table.choice, rows.moments.stamps
    if not np.isfinite(rows.values).all():
        k = int(np.isinf(rows.values).argmax())
        raise rows.table.refusal(k, choice.value, "a finite number")
    if not rows.moments.clock:
        dates = dates.astype("datetime64[D]")
    source = _file.last_part(rows.table.name)
    parts = [f"{len(dates)} values, {dates[0]} to {dates[-1]}"]
    parts += [
        f"from {choice.value.name!r}, dates from {choice.date_shown}",
        *rows.notes,
    ]
    doubts = [
        _doubts.holes(dates),
        _doubts.future(dates),
        _doubts.signs_of_nothing(rows.values),
    ]
    said = [f"  suspicious: {doubt}" for doubt in doubts if doubt]
    notes = (f"{source}: {'; '.join(parts)}", *said)
    print("\n".join(notes))
    name = rows.table.company or choice.value.name or _file.stem(rows.table.name)
    return Series(name, source, unit, dates, rows.values, notes)
