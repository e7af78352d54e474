"""Daily prices: Matplotlib's sample data, or a file of the reader's own.

pandas reads, and what it read is checked here: the columns that are used, and no other.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from rnnbook.data import _doubts, _file, _numbers
from rnnbook.data._names import choose
from rnnbook.data._rows import Rows, check_switch, check_text, usable
from rnnbook.data._table import read_table


@dataclass(frozen=True, eq=False)
class Prices:
    """Daily prices in the order of time.

    Attributes
    ----------
    name, source : str
        What the prices are, and where they come from.
    dates : (N,) ndarray of datetime64[D]
        Strictly increasing.
    open, high, low, close, volume, adj_close : (N,) ndarray of float64, or None
        None where the source has no such column. ``price`` is positive and finite; in
        the others what is no number, or no price, is NaN. At least one of ``close``
        and ``adj_close`` is there.
    notes : tuple of str
        For a file of the reader's own: what was done with it, in one line, then a line
        for each kind of day that looks wrong. Empty for the sample data.
    """

    name: str
    source: str
    dates: np.ndarray = field(repr=False)
    open: np.ndarray | None = field(default=None, repr=False)
    high: np.ndarray | None = field(default=None, repr=False)
    low: np.ndarray | None = field(default=None, repr=False)
    close: np.ndarray | None = field(default=None, repr=False)
    volume: np.ndarray | None = field(default=None, repr=False)
    adj_close: np.ndarray | None = field(default=None, repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False)

    @property
    def price(self) -> np.ndarray:
        """(N,) ndarray: the adjusted close where the source has it, else the close.

        The adjusted close has no jumps at splits and dividends.
        """
        return self.close if self.adj_close is None else self.adj_close

    def __len__(self) -> int:
        return len(self.dates)


def load_prices(
    csv: Any = None,
    *,
    date: Hashable | list[Hashable] | None = None,
    price: Hashable | None = None,
    symbol: str | int | None = None,
    sort: bool = False,
    date_format: str | None = None,
    dayfirst: bool | None = None,
    decimal: str | None = None,
    thousands: str | None = None,
    sep: str | None = None,
    encoding: str | None = None,
    **pandas: Any,
) -> Prices:
    """Load daily prices of one share.

    Without an argument, Matplotlib's sample data: Google, 2004-08-19 to 2008-10-14.
    With one, a file of your own: most downloads are understood as they are. What was
    done is printed in one line, and below it what looks wrong, by day. What can be
    read in two ways is refused, with both readings and the argument that chooses.

    Parameters
    ----------
    csv : path, bytes, open file, address, DataFrame or Series, optional
        A table as text (also in ``.gz``, ``.zip``, ``.bz2``, ``.xz``), or a spreadsheet
        where pandas has the package for it. A DataFrame may have its dates in the
        index, and columns of several levels, as yfinance gives it; a Series has its
        dates in the index. ``~`` is the home folder.
    date, price : column name, optional
        Needed where the names in the header tell nothing, or several could be it.
        ``price="Close"`` also takes the close where there is an adjusted close. A date
        in several columns is a list, ``["year", "month", "day"]``.
    symbol : str or int, optional
        The company, where the file has several: in the header, or in a column.
    sort : bool
        Sort the rows by date. Without it, rows in disorder are refused; a file with
        the newest row first is turned round.
    date_format : str, optional
        Format of the dates as in :meth:`datetime.datetime.strptime`, for example
        ``"%m/%d/%Y"``.
    dayfirst : bool, optional
        Whether 3/4/2024 is the third of April; asked for where the dates do not tell.
    decimal, thousands : str, optional
        ``"."`` or ``","``, and the mark between groups of digits, where the numbers do
        not tell: ``1,234`` means another number in other countries.
    sep, encoding : str, optional
        As in :func:`pandas.read_csv`; found by the header where they are not given.
    **pandas
        Other arguments of :func:`pandas.read_csv` or :func:`pandas.read_excel`, for
        example ``skiprows``, ``names``, ``header``, ``comment``, ``sheet_name``.

    Returns
    -------
    Prices
        Increasing dates, each once. ``price`` is the adjusted close if the file has
        one, else the close. Rows without a price are left out; so are empty rows, a
        row of units below the header, the header again, a sum or remark below the
        table, and rows that repeat one. All that is in ``notes``.

    Raises
    ------
    ValueError
        Naming file, line, column, what came and what was expected: no table (a web
        page, a message), no date or price among the names, several that could be it,
        several companies, fewer than two prices, a date or price that is unreadable or
        can be read in two ways, dates in disorder, one date with two prices, a price
        that is not positive, several prices a day.
    OSError
        If the file cannot be opened.

    Notes
    -----
    A time of day is left out, and the day is the one that is written. Only the columns
    that are used are judged: an empty volume is NaN and said, and in nobody's way. For
    what may be negative, or is no price, :func:`rnnbook.data.load_series`.
    """
    if csv is None:
        return _sample_prices()
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
    chooser = partial(choose, kind="price", date=date, value=price, symbol=symbol)
    options = {"sep": sep, "encoding": encoding} | pandas
    table = read_table(csv, chooser, _wanted(date, price), "csv", options)
    rows = usable(
        table,
        symbol=symbol,
        sort=sort,
        date_format=date_format,
        dayfirst=dayfirst,
        decimal=decimal,
        thousands=thousands,
        by_day=True,
    )
    prices = _prices(rows, symbol)
    print("\n".join(prices.notes))
    return prices


def _wanted(date: Hashable | list[Hashable] | None, price: Hashable | None) -> str:
    day = f"the column date={date!r}" if date is not None else "'date'"
    if price is not None:
        return f"{day} and the column price={price!r}"
    return (
        f"{day} and one of 'close', 'price', 'adj close' (or name them: date=, price=)"
    )


def _sample_prices() -> Prices:
    from matplotlib import cbook  # imported here: not every chapter needs Matplotlib

    with cbook.get_sample_data("goog.npz") as file:
        table = file["price_data"]
    columns = {name: table[name].astype(np.float64) for name in table.dtype.names[1:]}
    return Prices(
        name="Google, daily, 2004-2008",
        source="Matplotlib's sample data, goog.npz",
        dates=table["date"].astype("datetime64[D]"),
        **columns,
    )


def _prices(rows: Rows, symbol: str | None) -> Prices:
    """Prices of the rows; the price is judged, the other columns are taken as far as
    they are numbers."""
    table, choice, value = rows.table, rows.table.choice, rows.table.choice.value
    bad = ~(np.isfinite(rows.values) & (rows.values > 0))
    if bad.any():
        remedy = " (load_series takes such numbers; a return needs a price)"
        raise table.refusal(int(bad.argmax()), value, "a price above 0", remedy)
    dates = rows.moments.stamps.astype("datetime64[D]")
    columns, notes, gaps = {}, list(rows.notes), {}
    for name, column in choice.fields.items():
        if column is value:
            columns[name] = rows.values
        elif (other := _other(rows, name, notes, gaps)) is not None:
            columns[name] = other
    if gaps:
        counts = ", ".join(f"{name} ({len(where)})" for name, where in gaps.items())
        first = dates[min(where[0] for where in gaps.values())]
        notes.append(f"NaN in {counts}, first on {first}")
    parts = [f"{len(dates)} days, {dates[0]} to {dates[-1]}"]
    parts += [f"price from {value.name!r}, dates from {choice.date_shown}", *notes]
    doubts = _doubts.about_prices(
        dates, rows.values, *(columns.get(k) for k in ("low", "high", "close"))
    )
    name = value.symbol or table.company or _file.stem(table.name)
    if symbol is not None and value.name.casefold() == symbol.casefold():
        name = value.name
    lines = (
        f"{_file.last_part(table.name)}: {'; '.join(parts)}",
        *(f"  suspicious: {d}" for d in doubts),
    )
    return Prices(name, _file.last_part(table.name), dates, **columns, notes=lines)


def _other(
    rows: Rows, name: str, notes: list[str], nans: dict[str, np.ndarray]
) -> np.ndarray | None:
    """A column that nobody needs: NaN where it is no number; None if it has none."""
    cells = rows.table.cells(rows.table.choice.fields[name])
    values = np.array([_numbers.scaled(cell, rows.marks) for cell in cells])
    wrong = (values < 0) if name == "volume" else (values <= 0)
    values[wrong | np.isinf(values)] = np.nan
    gaps = np.flatnonzero(np.isnan(values))
    if len(gaps) == len(values):
        notes.append(f"no numbers in {rows.table.choice.fields[name].name!r}")
        return None
    if len(gaps):
        nans[name] = gaps
    return values
