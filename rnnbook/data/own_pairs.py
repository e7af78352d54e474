"""Sentence pairs of the reader's own: what stands between their columns, and a doubt.

The table that is found goes through the door of :mod:`rnnbook.data.pairs`.
"""

import csv
import io
from collections import Counter
from typing import Any

import pandas as pd

from rnnbook.data import _file, _sheet, pairs
from rnnbook.data._named import Named
from rnnbook.data._rows import check_text
from rnnbook.data.pairs import Pairs

_MARKS = {"\t": "a tab", ";": "a semicolon", ",": "a comma"}  # the surest first
_LANGUAGES = ("english", "en", "eng")  # a source by habit, and not by their meaning


def load_own_pairs(
    file: Any,
    *,
    source: str | None = None,
    target: str | None = None,
    sep: str | None = None,
    encoding: str | None = None,
) -> Pairs:
    """Load sentence pairs of your own: one row for each, source and target.

    Parameters
    ----------
    file : path, bytes, open file, address or DataFrame
        Lines with a tab between the two (and perhaps a third part, the credit), or a
        table with commas or semicolons between its columns, with a header or without.
    source, target : str, optional
        The names of the columns, where a header does not tell.
    sep, encoding : str, optional

    Returns
    -------
    Pairs
        In the order of the file. Rows without a source or a target, and repetitions
        of a pair, are left out. What was read, with the first pair, is printed.

    Raises
    ------
    ValueError
        If a column is not found, a row has more or fewer parts than the others, or
        fewer than 300 different pairs remain.
    OSError
        If the file cannot be opened.

    Notes
    -----
    What stands between the columns is found from all rows, as sentences have commas of
    their own: the mark that cuts most rows into equally many parts.
    """
    wanted = {"source": source, "target": target}
    for argument, value in (wanted | {"sep": sep, "encoding": encoding}).items():
        check_text(argument, value)
    name = "DataFrame" if isinstance(file, pd.DataFrame) else _file.label(file)
    name, header = _file.last_part(name), True
    table, text = _sheet.table_or_text(file, encoding, name, "a source and a target")
    if table is None:
        table, header = _of_text(text, sep, name, wanted)
    table.columns = [" ".join(str(column).split()) for column in table]
    if not table.columns.is_unique:
        raise ValueError(
            f"{name}: expected columns of different names, got {list(table)[:8]}"
        )
    if len(table.columns) == 2 and not any(wanted.values()):
        wanted = _in_order(table)
    columns = {a: pairs._column(table, name, a, w) for a, w in wanted.items()}
    note = _first(table, columns, header)
    print(note)
    found = pairs.load_own_pairs(Named(table, name), **columns, sep="\t")
    return Pairs(found.name, found.source, found.table, (note, *found.notes))


def _first(table: pd.DataFrame, columns: dict[str, str], header: bool) -> str:
    """The first row as it was read, so that a wrong cut or a lost header is seen."""
    row = table.iloc[0] if len(table) else dict.fromkeys(table, "")
    shown = [str(row[column])[:40] for column in columns.values()]
    note = f"first pair: {shown[0]!r} to {shown[1]!r}"
    if not header:
        note += " (no header found; if this is one, name its columns: source=, target=)"
    return note


def _of_text(
    text: str, sep: str | None, name: str, wanted: dict
) -> tuple[pd.DataFrame, bool]:
    """The table in a text, and whether its first row names the columns."""
    found = {mark: _rows(text, mark) for mark in ([sep] if sep else _MARKS)}
    sep = max(found, key=lambda mark: _share(found[mark]))  # of equals the first
    rows = found[sep]
    width = _width(rows)
    between = _MARKS.get(sep, repr(sep))
    if width < 2:
        first = text.strip().split("\n", 1)[0]
        raise ValueError(
            f"{name}: expected a source and a target in each row, with {between} "
            f"between them (or name it: sep=), got {first[:60]!r}"
        )
    if sep == "\t":  # some rows may have a credit
        width = max(width, min(3, max(len(row) for _, row in rows)))
    for line, row in rows:
        if len(row) > width:
            raise ValueError(
                f"{name}: expected {width} parts with {between} between them, as in "
                f"most rows, got {len(row)} in line {line}: {sep.join(row)[:60]!r}; "
                f"put a sentence that has {between} of its own in quotation marks, or "
                "save the file with tabs"
            )
    cells = [row + [""] * (width - len(row)) for _, row in rows]
    head = [cell.strip() for cell in cells[0]]
    usual = [
        "source",
        "target",
        "credit",
        *(f"column {k}" for k in range(4, width + 1)),
    ]
    if header := pairs._is_header(head, wanted):
        cells = cells[1:]
    return pd.DataFrame(cells, columns=head if header else usual[:width]), header


def _rows(text: str, sep: str) -> list[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of the line it ends in."""
    if len(sep) != 1:
        raise ValueError(f"sep: expected one character, got {sep!r}")
    quoting = csv.QUOTE_NONE if sep == "\t" else csv.QUOTE_MINIMAL
    reader = csv.reader(io.StringIO(text), delimiter=sep, quoting=quoting)
    try:
        return [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
    except csv.Error:  # a quotation mark that never closes
        return []


def _width(rows: list[tuple[int, list[str]]]) -> int:
    """Into how many parts most rows are cut."""
    counts = Counter(len(row) for _, row in rows)
    return max(counts, key=counts.get, default=0)


def _share(rows: list[tuple[int, list[str]]]) -> float:
    """Of the rows, those cut into as many parts as most are; 0 if that is one."""
    width = _width(rows)
    return sum(len(row) == width for _, row in rows) / len(rows) if width > 1 else 0.0


def _in_order(table: pd.DataFrame) -> dict[str, str]:
    """Source and target of two columns: as they stand, if no name says otherwise."""
    first, second = (str(column).strip().lower() for column in table)
    told = [w for w in pairs.USUAL["source"] if w not in _LANGUAGES]
    backwards = first in pairs.USUAL["target"] or second in told
    forwards = first in told or second in pairs.USUAL["target"]
    columns = list(table)[:: -1 if backwards and not forwards else 1]
    return dict(zip(("source", "target"), columns, strict=True))
