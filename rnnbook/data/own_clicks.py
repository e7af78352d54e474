"""Clicks of the reader's own: columns and times as people write them.

The table that is found goes through the door of :mod:`rnnbook.data.clicks`.
"""

import re
from typing import Any

import pandas as pd

from rnnbook.data import _dates, _file, clicks
from rnnbook.data._named import Named
from rnnbook.data._names import plain
from rnnbook.data._rows import check_switch, check_text
from rnnbook.data.clicks import Clicks

# By field, words for its column in other languages; those of English are the door's.
_WORDS = {
    "session": "sitzung sitzungsid sitzungsnummer besuch besuchsid nutzer nutzerid "
    "benutzer benutzerid kunde kundennummer kundenid besucher warenkorb sid uid "
    "userid customer customerid visitor visitorid client sesion usuario cliente "
    "visite utilisateur sessione utente sessie gebruiker sesja 会话 用户",
    "time": "zeit zeitpunkt zeitstempel datum zeitmarke fecha hora momento heure "
    "horodatage jour data ora tijd tijdstip czas eventtime clicktime 时间 日期",
    "item": "artikel artikelnummer artikelid produkt produktid produktnummer ware "
    "seite seitenname objekt articulo producto pagina produit articolo prodotto "
    "productcode itemname productname 商品 页面 网页",
}
_OF_DAY = "uhrzeit clock clocktime timeofday tageszeit".split()
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[ap]\.?m\.?)?", re.I)
# Where 3/4/2024 is the third of April: who names a column so.
_DAY_FIRST = set(
    "datum zeit zeitpunkt zeitstempel zeitmarke uhrzeit fecha data".split()
)


def load_own_clicks(
    file: Any,
    *,
    session: str | None = None,
    time: str | None = None,
    item: str | None = None,
    gap: str | None = None,
    dayfirst: bool | None = None,
    sep: str | None = None,
    encoding: str | None = None,
) -> Clicks:
    """Load clicks of your own: one row for each, with its session, time and item.

    Parameters
    ----------
    file : path, bytes, open file, address or DataFrame
        A table with a header, commas, semicolons or tabs between its columns.
    session, time, item : str, optional
        The names of the columns, where the header does not tell. Times are dates,
        dates with a time of day (in one column or in two beside each other), or seconds
        or milliseconds since 1970.
    gap : str, optional
        Where the column names a user and not a session: a pause longer than this,
        such as ``"30min"``, begins a new session.
    dayfirst : bool, optional
        Whether 3/4/2024 is the third of April, where the file does not tell. With dots
        the day is first.
    sep, encoding : str, optional

    Returns
    -------
    Clicks
        Sorted by time; clicks of the same time stay in the order of the file. Rows
        without a session, a time or an item are left out; how many, and what was
        read, is printed in one line.

    Raises
    ------
    ValueError
        If a column is not found, a time cannot be read or can be read in two ways,
        ``gap`` is no pause, or fewer than 30 sessions have two items.
    OSError
        If the file cannot be opened.
    """
    wanted = {"session": session, "time": time, "item": item}
    for argument, value in (wanted | {"gap": gap, "sep": sep}).items():
        check_text(argument, value)
    check_switch("dayfirst", dayfirst)
    name = "DataFrame" if isinstance(file, pd.DataFrame) else _file.label(file)
    name = _file.last_part(name)
    raw = clicks._table(file, sep, encoding, name)
    raw.columns = [" ".join(str(column).split()) for column in raw]
    columns = {a: _column(raw, name, a, w) for a, w in wanted.items()}
    if len(set(columns.values())) < 3:
        raise ValueError(f"{name}: expected three columns, got {columns}")
    table = raw.map(lambda cell: "" if pd.isna(cell) else str(cell).strip())
    when, note = _times(table, columns, dayfirst, name)
    found = clicks.load_own_clicks(
        Named(table.assign(**{columns["time"]: when}), name),
        **columns,
        gap=gap,
        sep="\t",
    )
    if not note:
        return found
    print(note)
    return Clicks(found.name, found.source, found.table, (*found.notes, note))


def _column(table: pd.DataFrame, name: str, argument: str, wanted: str | None) -> str:
    """The column that is meant, by its name in English or in another language."""
    known = {plain(column): column for column in reversed(list(table))}
    words = [*clicks.USUAL[argument], *_WORDS[argument].split()]
    found = [known[word] for word in words if word in known]
    if wanted is None and found:
        return found[0]
    return clicks._column(table, name, argument, wanted)  # or refuses


def _times(
    table: pd.DataFrame, columns: dict[str, str], dayfirst: bool | None, name: str
) -> tuple[pd.Series, str]:
    """The times in a way that the door reads, and a line that says what was done."""
    column, note = columns["time"], ""
    full = (table[list(columns.values())] != "").all(axis=1)
    texts = table.loc[full, column]
    if both := _day_and_clock(table[full], column):
        texts = table.loc[full, both[0]] + " " + table.loc[full, both[1]]
        note = f"{name}: times from {both[0]!r} and {both[1]!r}"
    if texts.empty or _is_plain(texts):
        return table[column].mask(full, texts), note
    german = any(plain(c) in _DAY_FIRST for c in table)

    def refuse(row: int, expected: str) -> ValueError:
        such = "times such as '2024-05-31 14:05:00' or '31.05.2024 14:05'"
        if "dayfirst" in expected and "date_format" not in expected:
            such += f", {expected}"
        return ValueError(
            f"{name}: expected in {column!r} {such}, got {texts.iloc[row]!r} in row "
            f"{1 + full.to_numpy().nonzero()[0][row]} below the header"
        )

    moments = _dates.parse(
        list(texts),
        refuse,
        dayfirst=dayfirst,
        names_say_day_first=True if german else None,
    )
    stamps = moments.stamps
    if moments.offsets is not None:  # several zones: all in UTC
        stamps = stamps - moments.offsets
    note += f"; {texts.iloc[0]!r} read as {str(stamps[0]).replace('T', ' ')}"
    written = table[column].copy()
    written[full] = stamps.astype(str)
    return written, note if note[0] != ";" else f"{name}: {note[2:]}"


def _is_plain(texts: pd.Series) -> bool:
    """Whether the door reads them: ISO 8601, or a count since 1970."""
    if pd.to_numeric(texts, errors="coerce").notna().all():
        return not texts.str.fullmatch(r"\d{8}|\d{12}|\d{14}").all()
    return bool(
        pd.to_datetime(texts, errors="coerce", utc=True, format="ISO8601").notna().all()
    )


def _day_and_clock(table: pd.DataFrame, column: str) -> tuple[str, str] | None:
    """Two columns, a day in one and the time of day in the other, if there are such."""

    def all_clocks(name: str) -> bool:
        return bool(table[name].map(lambda text: bool(_CLOCK.fullmatch(text))).all())

    words = {*clicks.USUAL["time"], *_WORDS["time"].split(), *_OF_DAY}
    others = [c for c in table if c != column and plain(c) in words]
    if all_clocks(column):
        days = [c for c in others if not all_clocks(c)]
        return (days[0], column) if days else None
    if table[column].str.contains(":").any():
        return None
    clocks = [c for c in others if all_clocks(c)]
    return (column, clocks[0]) if clocks else None
