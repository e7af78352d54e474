"""Clicks in sessions: those of a shop, or the reader's own, as a checked table.

The shop's file is downloaded on demand. Where it cannot be had, sessions of a random
process, which is written below, keep the pages running, and say so.
"""

import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from rnnbook.data import _file, _sheet
from rnnbook.data._rows import check_text
from rnnbook.data.download import REGISTRY, DataUnavailable, RemoteFile, fetch

_ZIP = (
    "https://archive.ics.uci.edu/static/public/553/"
    "clickstream+data+for+online+shopping.zip"
)
_MEMBER = "e-shop clothing 2008.csv"
PACKED = "sessions/eshop-clothing-2008.csv.gz"  # as a shared folder holds it
# The same rows with the ends of lines of Unix or of Windows: one of them is in the zip.
PLAIN = ("sessions/eshop-clothing-2008.csv", "sessions/eshop-clothing-2008-crlf.csv")
REGISTRY[PACKED] = RemoteFile(
    "03a09f2f0be9acf5af4ddfe8c3d7b509c459ac7d9c234a7f6940951b9c764add", ()
)
REGISTRY[PLAIN[0]] = RemoteFile(
    "63ce0c05b93d31837ce10b8734dae6d8e2e49aaef3beb8c5e8af391799d9b7e6",
    (_ZIP,),
    _MEMBER,
)
REGISTRY[PLAIN[1]] = RemoteFile(
    "fcc167bbd0badd4c9685bd8543097e318f8228e48075335db7cd781cee88115d",
    (_ZIP,),
    _MEMBER,
)

SESSIONS = 30  # with fewer there is nothing to judge
USUAL = {
    "session": ("session", "sessionid", "visit", "visitid", "basket", "userid", "user"),
    "time": ("time", "timestamp", "datetime", "date", "created", "createdat", "ts"),
    "item": ("item", "itemid", "product", "productid", "sku", "article", "page", "url"),
}


@dataclass(frozen=True, eq=False)
class Clicks:
    """Clicks in sessions: ``table`` has the columns session, time and item.

    The sessions stand in the order in which they began, the clicks of each together
    and in order; ``session`` counts from 0, ``item`` is text. ``notes`` says, for a
    file of the reader's own, what was done with it.
    """

    name: str
    source: str
    table: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.table)


def load_clicks() -> Clicks:
    """Load 165,474 clicks of 24,026 sessions in a shop of clothing.

    Returns
    -------
    Clicks
        April to mid-August 2008, 217 garments. ``time`` is the day; the order within
        a session is the shop's own count. If the file is neither in ``RNNBOOK_DATA``
        nor cached nor reachable, one line says so, and these are made sessions: a walk
        over 60 items, in which the next item depends on the last two. ``name`` and
        ``source`` say which they are.

    Raises
    ------
    ValueError
        If a file is corrupt; see :func:`rnnbook.data.fetch`.

    Notes
    -----
    Łapczyński and Białowąs, *Clickstream data for online shopping*, UCI Machine
    Learning Repository 553, https://doi.org/10.24432/C5QK7X, CC BY 4.0. 0.8 MB packed.
    """
    try:
        data = _shop_bytes()
    except DataUnavailable as error:
        print(f"{error} Using made sessions in place of a shop's.")
        return _made()
    raw = pd.read_csv(io.BytesIO(data), sep=";")
    raw = raw.sort_values(["session ID", "order"], kind="stable")
    table = pd.DataFrame(
        {
            "session": raw["session ID"] - 1,
            "time": pd.to_datetime(raw[["year", "month", "day"]]),
            "item": raw["page 2 (clothing model)"].astype(str),
        }
    )
    source = "Clickstream data for online shopping (UCI 553, CC BY 4.0)"
    return Clicks("a shop of clothing", source, table.reset_index(drop=True))


def _shop_bytes() -> bytes:
    """The shop's table, from whichever of its three forms is there."""
    try:
        return _file.content(fetch(PACKED), "file")
    except DataUnavailable:  # has no address: it is in a folder or nowhere
        pass
    try:
        return fetch(PLAIN[0]).read_bytes()
    except ValueError as other:  # other bytes: perhaps the other ends of lines
        try:
            return fetch(PLAIN[1]).read_bytes()
        except (ValueError, DataUnavailable):
            raise other from None


def _made(sessions: int = 3000, items: int = 60) -> Clicks:
    """Sessions of a random process: four of five clicks follow a fixed rule.

    From items ``a`` then ``b`` the next is ``b`` plus 1, 2 or 3 (rarest last) on a
    ring, away from ``a``; one click in five is any item. 120 sessions begin in a day.
    """
    rng = np.random.default_rng(0)
    rows = []
    for session in range(sessions):
        a = int(rng.integers(items))
        b = (a + int(rng.choice([-1, 1]))) % items
        walk = [a, b]
        for _ in range(rng.geometric(0.2)):
            step = int(rng.choice([1, 2, 3], p=[0.6, 0.3, 0.1]))
            way = 1 if (b - a) % items < items / 2 else -1
            free = rng.random() < 0.2
            a, b = b, int(rng.integers(items)) if free else (b + way * step) % items
            walk.append(b)
        rows += [(session, session // 120, item) for item in walk]
    table = pd.DataFrame(rows, columns=["session", "time", "item"])
    table["time"] = pd.Timestamp("2008-04-01") + pd.to_timedelta(table["time"], "D")
    table["item"] = [f"M{item:02d}" for item in table["item"]]
    source = "made by rnnbook: a walk on a ring, one click in five at random"
    return Clicks("made sessions", source, table)


def load_own_clicks(
    file: Any,
    *,
    session: str | None = None,
    time: str | None = None,
    item: str | None = None,
    gap: str | None = None,
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
        dates with a time of day, or seconds or milliseconds since 1970.
    gap : str, optional
        Where the column names a user and not a session: a pause longer than this,
        such as ``"30min"``, begins a new session.
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
        If a column is not found, a time cannot be read, ``gap`` is no pause, or fewer
        than 30 sessions have two items.
    OSError
        If the file cannot be opened.
    """
    wanted = {"session": session, "time": time, "item": item}
    for argument, value in (wanted | {"gap": gap, "sep": sep}).items():
        check_text(argument, value)
    name = "DataFrame" if isinstance(file, pd.DataFrame) else _file.label(file)
    name = _file.last_part(name)
    raw = _table(file, sep, encoding, name)
    columns = {a: _column(raw, name, a, w) for a, w in wanted.items()}
    if len(set(columns.values())) < 3:
        raise ValueError(f"{name}: expected three columns, got {columns}")
    cells = raw[list(columns.values())].set_axis(list(columns), axis=1)
    cells = cells.map(lambda cell: "" if pd.isna(cell) else str(cell).strip())
    kept = (cells != "").all(axis=1)
    table = cells[kept].copy()
    table["time"] = _times(table["time"], columns["time"], name)
    table = table.sort_values("time", kind="stable")
    if gap is not None:
        apart = table.groupby("session")["time"].diff() > _pause(gap)
        visit = apart.groupby(table["session"]).cumsum()
        table["session"] = table["session"] + " " + visit.astype(str)
    table["session"] = pd.factorize(table["session"])[0]  # in the order of beginnings
    table = table.sort_values("session", kind="stable").reset_index(drop=True)
    longer = table.groupby("session")["item"].nunique()
    if (found := int((longer > 1).sum())) < SESSIONS:
        raise ValueError(
            f"{name}: expected at least {SESSIONS} sessions with two items, to fit, to "
            f"choose and to judge, got {found} of {len(longer)} (columns {columns})"
        )
    note = (
        f"{name}: {len(table)} clicks in {table['session'].nunique()} sessions "
        f"({columns['session']!r}) on {table['item'].nunique()} items "
        f"({columns['item']!r}), {table['time'].min()} to {table['time'].max()}"
    )
    if left_out := int((~kept).sum()):
        note += f"; {left_out} rows without a session, a time or an item left out"
    print(note)
    return Clicks(_file.stem(name), name, table, (note,))


def _table(file: Any, sep: str | None, encoding: str | None, name: str) -> pd.DataFrame:
    """A DataFrame whose columns are named by text."""
    table, text = _sheet.table_or_text(file, encoding, name, "session, time and item")
    if table is not None:
        return table
    first = text.lstrip().split("\n", 1)[0]
    sep = sep or max("\t;,", key=first.count)
    try:
        table = pd.read_csv(
            io.StringIO(text), sep=sep, dtype=str, keep_default_na=False
        )
    except pd.errors.ParserError as error:
        raise ValueError(
            f"{name}: expected rows with {sep!r} between the columns (or name it: "
            f"sep=), got {error}"
        ) from None
    return table.rename(columns=lambda column: str(column).strip())


def _column(table: pd.DataFrame, name: str, argument: str, wanted: str | None) -> str:
    if wanted is not None and wanted in table:
        return wanted
    plain = {"".join(filter(str.isalnum, c.lower())): c for c in reversed(list(table))}
    known = [plain[word] for word in USUAL[argument] if word in plain]
    if wanted is not None or not known:
        asked = f"a column {wanted!r}" if wanted else f"a column such as {argument!r}"
        raise ValueError(
            f"{name}: expected {asked}, got {list(table)[:8]} (name it: {argument}=)"
        )
    return known[0]


def _times(cells: pd.Series, column: str, name: str) -> pd.Series:
    """Moments without a zone; numbers are seconds or milliseconds since 1970."""
    numbers = pd.to_numeric(cells, errors="coerce")
    if len(cells) and numbers.notna().all():
        milli = numbers.median() > 1e11
        if not numbers.between(1e8, 1e14).all():
            row = int((~numbers.between(1e8, 1e14)).to_numpy().argmax())
            raise ValueError(
                f"{name}: expected in {column!r} dates, or seconds or milliseconds "
                f"since 1970, got {cells.iloc[row]!r}"
            )
        return pd.to_datetime(numbers, unit="ms" if milli else "s")
    moments = pd.to_datetime(cells, errors="coerce", utc=True, format="ISO8601")
    if moments.isna().any():
        row = int(moments.isna().to_numpy().argmax())
        raise ValueError(
            f"{name}: expected in {column!r} times such as '2024-05-31 14:05:00', got "
            f"{cells.iloc[row]!r}; convert them with pandas.to_datetime and give the "
            "DataFrame"
        )
    return moments.dt.tz_localize(None)


def _pause(gap: str) -> pd.Timedelta:
    try:
        pause = pd.Timedelta(gap)
    except ValueError:
        pause = pd.NaT
    if pd.isna(pause) or pause <= pd.Timedelta(0):
        raise ValueError(f"gap: expected a pause such as '30min', got {gap!r}")
    return pause
