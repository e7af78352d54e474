"""A table of the reader's own: several columns in time, with the gaps that it has."""

import csv
from typing import Any

import numpy as np
import pandas as pd

from rnnbook.data import _file

_NO_TEXT = UnicodeError, csv.Error
LONGEST = 500_000  # rows of the regular grid


def load_table(
    file: Any,
    *,
    target: str | None = None,
    date: str | None = None,
    dayfirst: bool = False,
    step: str | None = None,
    **pandas: Any,
) -> pd.DataFrame:
    """Read columns of numbers in time, and put them on a regular grid.

    Parameters
    ----------
    file : path, open file or DataFrame
        Whatever ``pandas.read_csv`` takes; ``~`` is the home folder.
    target : str, optional
        The column to be forecast, which becomes the first one. Without it, the first
        column of numbers is.
    date : str, optional
        The column of the time. Without it, the first one that can be read as times.
    dayfirst : bool
        Whether 03/04/2024 is the third of April.
    step : str, optional
        Of the grid, such as ``"1h"``. Without it, the step that is the most frequent.
    **pandas
        For ``pandas.read_csv``, such as ``sep=";"``, ``decimal=","``.

    Returns
    -------
    DataFrame
        float64, one row a step, in the order of time, none left out; a step without a
        reading is NaN, several readings within a step are averaged. Columns without
        two different numbers are left out. What was found is printed in one line.

    Raises
    ------
    ValueError
        If there is no column of times or of numbers, a time cannot be read or may be
        read in two ways, the grid would be absurdly long, the target is no column of
        numbers, or it has fewer than 100 readings; the message says what came.
    OSError
        If the file cannot be opened.
    """
    raw = file.copy() if isinstance(file, pd.DataFrame) else _read(file, pandas)
    if isinstance(raw.index, pd.DatetimeIndex):
        raw = raw.reset_index(names="time")
    raw.columns = [str(name).strip() for name in raw.columns]
    column = _date_column(raw, date)
    time = _times(raw[column], dayfirst)
    numbers = _numbers(raw.drop(columns=column))
    if numbers.empty:
        raise ValueError(
            f"file: expected a column of numbers (decimal=','?), got "
            f"{list(raw.columns)}"
        )
    if target is not None and target not in numbers:
        raise ValueError(f"target: expected one of {list(numbers)}, got {target!r}")
    first = target or numbers.columns[0]
    numbers = numbers[[first, *numbers.columns.drop(first)]].set_axis(time)
    table = _regular(numbers, step)
    if (known := int(table[first].notna().sum())) < 100:
        raise ValueError(f"{first}: expected at least 100 readings, got {known}")
    gaps = table.isna().mean()
    print(
        f"{len(table):,} steps of {table.index.freqstr} from {table.index[0]}; "
        "missing: " + ", ".join(f"{name} {gap:.0%}" for name, gap in gaps.items())
    )
    return table


def _read(file: Any, options: dict) -> pd.DataFrame:
    name = _file.label(file)
    path = name if isinstance(file, str) and file.startswith("~") else file
    try:
        raw = pd.read_csv(path, **({"sep": None, "engine": "python"} | options))
    except (
        pd.errors.ParserError,
        pd.errors.EmptyDataError,
        UnicodeError,
        csv.Error,
    ) as no:
        raise ValueError(f"{name}: expected a table of text, got: {no}") from None
    if raw.empty:
        raise ValueError(f"{name}: expected rows below a header, got none")
    return raw


def _date_column(raw: pd.DataFrame, date: str | None) -> str:
    if date is not None:
        if date not in raw:
            raise ValueError(f"date: expected one of {list(raw.columns)}, got {date!r}")
        return date
    for column in raw:
        values = raw[column].dropna()
        if pd.api.types.is_datetime64_any_dtype(values):
            return column
        text = values.astype(str).head(50)
        if len(text) and text.str.contains(r"\d+[-/.:]\d+[-/.:]\d+|\dT\d").all():
            return column
    raise ValueError(
        f"date: expected a column of times such as 2024-05-31 14:00, got columns "
        f"{list(raw.columns)}; name it, date='...'"
    )


def _times(values: pd.Series, dayfirst: bool) -> pd.DatetimeIndex:
    name = values.name
    if pd.api.types.is_datetime64_any_dtype(values):
        time = pd.DatetimeIndex(values)
    else:
        text = values.astype("string").str.strip()
        slashed = text.str.extract(r"^(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}")
        days = slashed.dropna().astype(int)
        if len(days) and not dayfirst and (days <= 12).all(axis=None):
            raise ValueError(
                f"{name}: {text.iloc[0]!r} can be read in two ways: give "
                "dayfirst=True, or write the year first"
            )
        first = dayfirst or (len(days) and bool((days[0] > 12).any()))
        time = pd.to_datetime(text, errors="coerce", dayfirst=first, format="mixed")
        time = pd.DatetimeIndex(time)
    if (bad := time.isna()).any():
        row = int(np.argmax(bad))
        raise ValueError(
            f"{name}: expected a time, got {values.iloc[row]!r} in row {row}"
        )
    return time.tz_convert("UTC").tz_localize(None) if time.tz else time


def _numbers(raw: pd.DataFrame) -> pd.DataFrame:
    """The columns that hold numbers; words that stand for none become NaN."""
    found = {}
    for name in raw:
        column = raw[name]
        if not pd.api.types.is_numeric_dtype(column):
            text = column.astype("string").str.strip()
            blank = text.isna() | text.str.fullmatch(
                r"[-–.?]*|na|n/a|nan|null", case=False
            )
            column = pd.to_numeric(text.where(~blank), errors="coerce")
            if (column.isna() & ~blank).any():
                continue
        column = column.astype(float).replace([np.inf, -np.inf], np.nan)
        if column.nunique() > 1:
            found[name] = column.to_numpy()
    return pd.DataFrame(found)


def _regular(numbers: pd.DataFrame, step: str | None) -> pd.DataFrame:
    numbers = numbers.sort_index()
    steps = np.diff(numbers.index.unique())
    if not len(steps):
        raise ValueError("file: expected at least two times, got one")
    if step is None:
        common, counts = np.unique(steps, return_counts=True)
        step = pd.Timedelta(common[np.argmax(counts)])
    try:
        step = pd.Timedelta(step)
    except ValueError:
        raise ValueError(f"step: expected such as '1h' or '1D', got {step!r}") from None
    if step <= pd.Timedelta(0):
        raise ValueError(f"step: expected a positive step, got {step}")
    length = (numbers.index[-1] - numbers.index[0]) / step
    if length > LONGEST:
        raise ValueError(
            f"step: expected at most {LONGEST:,} rows, got {length:,.0f} of {step}; "
            "give a longer step"
        )
    return numbers.resample(step, origin="start").mean()
