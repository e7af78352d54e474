"""Daily prices: Matplotlib's sample data, or a CSV file of the reader's own."""

import csv as csv_module
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

import numpy as np

MIN_ROWS = 2  # two prices make one return

# The header names that are understood, in lower case without blanks and signs.
_COLUMNS = {
    "open": "open",
    "high": "high",
    "low": "low",
    "close": "close",
    "price": "close",
    "volume": "volume",
    "adjclose": "adj_close",
    "adjustedclose": "adj_close",
}


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
        None where the source has no such column. Prices are positive, the volume is
        not negative. At least one of ``close`` and ``adj_close`` is there.
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

    @property
    def price(self) -> np.ndarray:
        """(N,) ndarray: the adjusted close where the source has it, else the close.

        The adjusted close has no jumps at splits and dividends.
        """
        return self.close if self.adj_close is None else self.adj_close

    def __len__(self) -> int:
        return len(self.dates)


def load_prices(
    csv: str | Path | None = None,
    *,
    sort: bool = False,
    date_format: str | None = None,
    thousands: str | None = None,
) -> Prices:
    """Load daily prices of one share.

    Parameters
    ----------
    csv : path, optional
        A UTF-8 file, comma-separated, with a header line. Needed are a column ``date``
        and one of ``close``, ``price`` and ``adj close``; ``open``, ``high``, ``low``
        and ``volume`` are read if present, other columns are ignored. Upper and lower
        case, blanks and signs in header names do not matter. Without a path,
        Matplotlib's sample data: Google, 2004-08-19 to 2008-10-14.
    sort : bool
        Sort the rows by date. Without it, rows out of order are refused.
    date_format : str, optional
        Format of the dates as in :meth:`datetime.datetime.strptime`, for example
        ``"%m/%d/%Y"``. Without it, ISO dates (``2024-03-28``).
    thousands : str, optional
        The thousands separator in numbers, for example ``","``. Without it, a number
        with a separator is refused: ``1,234`` means another number in other countries.

    Returns
    -------
    Prices

    Raises
    ------
    ValueError
        Naming file, line, column, what came and what was expected: no header, a
        missing or repeated column, fewer than two rows, a row with too few or too many
        fields, a date that is unreadable, out of order, repeated or has a time of day,
        a number that is empty, text, NaN or infinite, a price that is not positive, a
        negative volume.
    OSError
        If the file cannot be opened.

    Notes
    -----
    Nothing is filled in, dropped or reordered unless an argument asks for it: a
    mistake in a price series is seldom seen in a plot.
    """
    if csv is None:
        return _sample_prices()
    return _CsvReader(csv, date_format, thousands).read(sort)


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


class _CsvReader:
    """Reads one file; a class because every check names the file and its settings."""

    def __init__(self, path, date_format, thousands):
        self.path, self.date_format, self.thousands = path, date_format, thousands

    def read(self, sort: bool) -> Prices:
        header, *rows = self._lines()
        places = self._places(*header)
        if len(rows) < MIN_ROWS:
            raise ValueError(
                f"{self.path}: expected at least {MIN_ROWS} rows of prices below the "
                f"header, got {len(rows)}"
            )
        for line, row in rows:
            if len(row) != len(header[1]):
                expected = f"{len(header[1])} fields as in the header"
                raise ValueError(
                    f"{self.path}, line {line}: expected {expected}, got {len(row)}"
                )
        order = self._order(rows, places.pop("date"), sort)
        return self._prices(rows, order, places)

    def _lines(self) -> list[tuple[int, list[str]]]:
        """(line number, fields) of the header and of every row that is not blank."""
        try:
            # utf-8-sig: spreadsheets put a byte order mark before the first name.
            with open(self.path, newline="", encoding="utf-8-sig") as file:
                reader = csv_module.reader(file, strict=True)
                lines = [(reader.line_num, row) for row in reader if row]
        except UnicodeDecodeError as error:
            raise ValueError(f"{self.path}: expected UTF-8 text ({error})") from None
        except csv_module.Error as error:
            raise ValueError(
                f"{self.path}, line {reader.line_num}: expected comma-separated values "
                f"({error})"
            ) from None
        if not lines:
            raise ValueError(f"{self.path}: expected a header and rows, got no line")
        return lines

    def _places(self, line: int, names: list[str]) -> dict[str, tuple[int, str]]:
        """Position and header name of each column, by the name of the attribute."""
        keys = [re.sub(r"[\W_]", "", name.lower()) for name in names]
        # "price" stands for the close only in a file that has no close.
        known = {
            k: v for k, v in _COLUMNS.items() if k != "price" or "close" not in keys
        }
        known["date"] = "date"
        places = {}
        for position, (key, name) in enumerate(zip(keys, names, strict=True)):
            if key in known and known[key] in places:
                raise ValueError(
                    f"{self.path}, line {line}: expected each column once, got {name!r}"
                    f" besides {places[known[key]][1]!r}"
                )
            if key in known:
                places[known[key]] = position, name
        if "date" not in places or not {"close", "adj_close"} & places.keys():
            raise ValueError(
                f"{self.path}, line {line}: expected a header with 'date' and one of "
                f"'close', 'price', 'adj close', separated by commas, got {names}"
            )
        return places

    def _order(self, rows, place, sort) -> tuple[list[int], list[date]]:
        """The order in which the rows are taken, and their dates in that order."""
        days, first_line = [], {}
        for line, row in rows:
            day = self._date(line, row[place[0]], place[1])
            expected = None
            if day in first_line:
                expected = f"each date once (line {first_line[day]} has it too)"
            elif days and day < days[-1] and not sort:
                expected = (
                    f"a date after {days[-1]}, the oldest row first "
                    "(load_prices(..., sort=True) sorts the rows)"
                )
            if expected:
                raise self._refusal(line, place[1], row[place[0]], expected)
            first_line[day] = line
            days.append(day)
        order = sorted(range(len(days)), key=days.__getitem__)
        return order, [days[k] for k in order]

    def _prices(self, rows, order, places) -> Prices:
        columns = {}
        for column, (position, name) in places.items():
            values = [
                self._number(line, row[position], name, zero_allowed=column == "volume")
                for line, row in rows
            ]
            columns[column] = np.array(values, dtype=np.float64)[order[0]]
        return Prices(
            name=Path(self.path).stem,
            source=Path(self.path).name,  # no folder of the reader in a notebook
            dates=np.array(order[1], dtype="datetime64[D]"),
            **columns,
        )

    def _date(self, line: int, text: str, column: str) -> date:
        try:
            if self.date_format:
                stamp = datetime.strptime(text.strip(), self.date_format)
            else:
                stamp = datetime.fromisoformat(text.strip())
        except ValueError:
            expected = self.date_format or "YYYY-MM-DD (or set date_format)"
            raise self._refusal(line, column, text, f"a date {expected}") from None
        if stamp.time() != time():
            raise self._refusal(line, column, text, "a day without a time of day")
        return stamp.date()

    def _number(self, line: int, text: str, column: str, zero_allowed: bool) -> float:
        digits = text.strip()
        if self.thousands:
            digits = self._without_thousands(digits)
        # float() alone would also take "nan", "inf" and "1_000".
        if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", digits, re.ASCII):
            expected = "a number such as 1234.5"
            if not self.thousands:
                expected += " (for 1,234.5 set thousands=',')"
            raise self._refusal(line, column, text, expected)
        value = float(digits)
        if not np.isfinite(value) or value < 0 or (value == 0 and not zero_allowed):
            sign = "a volume of at least 0" if zero_allowed else "a price above 0"
            raise self._refusal(line, column, text, sign)
        return value

    def _without_thousands(self, digits: str) -> str:
        """Remove the separators if they stand between groups of three digits."""
        mark = re.escape(self.thousands)
        grouped = rf"[+-]?\d{{1,3}}({mark}\d{{3}})+(?!{mark}|\d).*"
        if re.fullmatch(grouped, digits, re.ASCII):
            return digits.replace(self.thousands, "")
        return digits

    def _refusal(self, line: int, column: str, got: str, expected: str) -> ValueError:
        return ValueError(
            f"{self.path}, line {line}, column {column!r}: expected {expected}, "
            f"got {got!r}"
        )
