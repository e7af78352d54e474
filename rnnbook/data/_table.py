"""A table of the reader's own: read by pandas, its header found, its cells as text.

Nothing is converted here: a cell of a file is what stands there, so that what is used
can be judged, and what is not used cannot be in the way.
"""

import contextlib
import io
import math
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from numbers import Real
from typing import Any

from rnnbook.data import _file
from rnnbook.data._names import Choice, Column, Unclear, columns_of, several

SEPARATORS = (",", ";", "\t", "|", r"\s{2,}|\t", r"\s+")
_SEARCHED = 100  # rows in which a header is looked for
# Done here, or not at all.
_OURS = ("parse_dates", "chunksize", "iterator", "compression", "dtype")
# Signs that nobody sees, and hyphens that are no minus to Python.
_UNSEEN = dict.fromkeys(
    [*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF]
)
_UNSEEN |= {0x2060: None, 0xFEFF: None, 0x2010: "-", 0x2011: "-"}

Chooser = Callable[[list[Column]], Choice | None]


@dataclass(frozen=True)
class Table:
    """The rows of a table whose columns are understood.

    Attributes
    ----------
    name : str, what messages call it
    columns : list of Column
    choice : Choice, which of them are used
    rows : list of rows, each a list of cells: str, number, datetime or None
    numbers : list of int, the number of each row; ``unit`` says of what
    plain : bool, whether no semicolons separate the columns, as with decimal commas
    notes : list of str, what was found out about the file
    company : str, whose rows these are, if a column tells them from others
    """

    name: str
    columns: list[Column]
    choice: Choice
    rows: list[list[Any]]
    numbers: list[int]
    unit: str
    plain: bool = True
    notes: list[str] = field(default_factory=list)
    company: str = ""

    def cells(self, column: Column) -> list[Any]:
        """The cells of a column."""
        return [row[column.position] for row in self.rows]

    def only(self, kept: list[int]) -> "Table":
        """The same table with these rows, counted from 0, in this order."""
        rows, numbers = [self.rows[k] for k in kept], [self.numbers[k] for k in kept]
        return replace(self, rows=rows, numbers=numbers)

    def at(self, row: int, column: Column | None = None) -> str:
        """Where a row is, for a message."""
        place = f"{self.name}, {self.unit} {self.numbers[row]}"
        return f"{place}, column {column.shown}" if column else place

    def without(self, row: int) -> str:
        """How to leave a row of a text file out, for a message."""
        line = self.numbers[row] - 1
        return f"; skiprows=[{line}] leaves this one out" if self.unit == "line" else ""

    def refusal(
        self, row: int, column: Column, expected: str, remedy: str = ""
    ) -> ValueError:
        """The error for a cell: where it is, what was expected, what came."""
        got = repr(text_of(self.rows[row][column.position])) + remedy
        return ValueError(f"{self.at(row, column)}: expected {expected}, got {got}")


@dataclass(frozen=True)
class _Raw:
    """Rows before the header is found; ``numbers`` as in Table."""

    rows: list[list[Any]]
    numbers: list[int]
    unit: str
    notes: tuple[str, ...] = ()
    separator: str = ","


_NOTHING = _Raw([], [], "row")


def text_of(cell: Any) -> str:
    """A cell as the text that stands for it in a file; nothing for what is missing."""
    if isinstance(cell, str):
        text = (cell if cell.isascii() else cell.translate(_UNSEEN)).strip()
        if text.startswith("'"):  # a spreadsheet's sign for text, or a quote
            text = text.strip("'")
        excel = text.startswith('="') and text.endswith('"')  # ="007"
        return text[2:-1] if excel else text
    if cell is None or (isinstance(cell, Real) and math.isnan(cell)):
        return ""
    if isinstance(cell, datetime):  # pandas' own stamps are, and so is its NaT
        return "" if str(cell) == "NaT" else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Real) and not isinstance(cell, bool) and cell == int_of(cell):
        return str(int_of(cell))
    return "" if str(cell) in ("<NA>", "NaT") else str(cell).strip()


def int_of(number: Real) -> int | None:
    return int(number) if math.isfinite(number) else None


def read_table(
    source: Any, choose: Chooser, what: str, argument: str, options: dict[str, Any]
) -> Table:
    """Read whatever pandas reads, and find the header that ``choose`` understands.

    Parameters
    ----------
    source : path, bytes, open file, DataFrame or Series
    choose : function of the columns that returns which are used, or None
    what : str, what has to be there, for the message if it is not
    argument : str, the name of ``source`` in messages
    options : dict
        ``sep``, ``encoding``, and arguments of ``pandas.read_csv`` or ``read_excel``.
    """
    if any(hasattr(source, a) for a in ("columns", "to_frame", "to_pandas")):
        name = _frame_name(source)
        return _understood(name, [_from_frame(source, name)], choose, what)
    name, data = _file.label(source), _file.content(source, argument)
    options = {k: v for k, v in options.items() if k not in _OURS}
    if isinstance(data, bytes) and _file.is_spreadsheet(data):
        raws = _from_excel(data, name, options)
        return _understood(name, raws, choose, what)
    return _from_text(data, name, choose, what, options)


def _frame_name(source: Any) -> str:
    name = getattr(source, "name", None)  # of a Series
    return name if isinstance(name, str) and name else type(source).__name__


def _understood(name: str, raws: list[_Raw], choose: Chooser, what: str) -> Table:
    """The first reading in which the columns are found."""
    for raw in raws:
        if table := _with_header(name, raw, choose):
            return table
    raise _no_header(name, raws, what)


# Where the header is.


def _with_header(name: str, raw: _Raw, choose: Chooser) -> Table | None:
    for k, (names, symbols, length) in enumerate(_headers(raw.rows)):
        columns = columns_of(names, symbols)
        try:
            choice = choose(columns)
        except Unclear as error:
            raise ValueError(f"{name}, {raw.unit} {raw.numbers[k]}: {error}") from None
        start = k + length
        below = raw.rows[start:]
        if (
            choice
            and _has_dates(below, choice.date.position)
            and not _has_header(below, choose, names, choice)
        ):
            kept = [i for i in range(start, len(raw.rows)) if _has_text(raw.rows[i])]
            rows, numbers = [raw.rows[i] for i in kept], [raw.numbers[i] for i in kept]
            plain = raw.separator != ";"
            notes = [*raw.notes]
            table = Table(name, columns, choice, rows, numbers, raw.unit, plain, notes)
            if raw.unit == "line":  # beside a table in a spreadsheet may be notes
                _check_widths(table, len(names))
            return table
    return None


def _headers(rows: list[list[Any]]) -> Iterator[tuple[list[str], list[str], int]]:
    """Each place as a header: names, symbols, and how many rows it takes."""
    texts = [[text_of(cell) for cell in row] for row in rows[: _SEARCHED + 3]]
    for k in range(min(len(texts), _SEARCHED)):
        names, symbols, length = texts[k], [""] * len(texts[k]), 1
        for ahead in (1, 2):  # pandas writes the name of the index in a line of its own
            if k + ahead < len(texts) and _index_only(texts[k + ahead]):
                length = ahead + 1
        if k + 1 < len(texts) and (length == 3 or _two_levels(texts[k], texts[k + 1])):
            names, symbols = _levels(texts[k], texts[k + 1])
            names[0] = ""  # a word for the levels, such as "Price", names no column
            length = max(length, 2)
        if length > 1 and _index_only(texts[k + length - 1]):
            names = [texts[k + length - 1][0], *names[1:]]
        width = max((i + 1 for i, name in enumerate(names) if name), default=0)
        yield names[:width], symbols[:width], length


def _two_levels(first: list[str], second: list[str]) -> bool:
    """Whether two rows are the names and the tickers of yfinance."""
    words = ("ticker", "tickers", "symbol", "symbols")
    if second[0].casefold() in words:
        return _known(first) > 0 and _known(second) == 0
    return first[0].casefold() in words and _known(first) == 0 < _known(second)


def _known(row: list[str]) -> int:
    """How many of the cells beside the first are names of columns."""
    columns = columns_of(row[1:], [""] * (len(row) - 1))
    return sum(c.field is not None for c in columns if c.name)


def _index_only(row: list[str]) -> bool:
    """Whether a row has the name of an index and nothing else."""
    alone = len(row) > 1 and row[0] and not any(row[1:])
    return bool(alone) and columns_of(row[:1], [""])[0].field == "date"


def _levels(first: list[str], second: list[str]) -> tuple[list[str], list[str]]:
    """Names and symbols from two header rows, whichever stands above."""
    above = _known(first) >= _known(second)
    names, symbols = (first, second) if above else (second, first)
    return list(names), ["", *symbols[1:]]


def _has_dates(rows: list[list[Any]], position: int) -> bool:
    """Whether a header has no rows below it, or digits in the first of their dates."""
    below = [row for row in rows[:_SEARCHED] if _has_text(row)][:5]
    return not below or any(re.search(r"\d", text_of(row[position])) for row in below)


def _has_header(
    rows: list[list[Any]], choose: Chooser, names: list[str], choice: Choice
) -> bool:
    """Whether one of the next rows is a better header than this: that was a line above
    it, such as ``Period,D``."""
    if choice.value.field is not None:
        return False
    for row in [row for row in rows[:_SEARCHED] if _has_text(row)][:5]:
        texts = [text_of(cell) for cell in row]
        if texts[: len(names)] == names or any(re.search(r"\d{4}", t) for t in texts):
            continue
        with contextlib.suppress(Unclear):
            if (later := choose(columns_of(texts, [""] * len(texts)))) and (
                later.value.field is not None
                or later.date.rank < choice.date.rank
                or re.search(r"\d{4}", choice.value.name)
            ):
                return True
    return False


def _has_text(row: list[Any]) -> bool:
    return any(text_of(cell) for cell in row)


def _filled(row: list[Any]) -> list[bool]:
    return [text_of(cell) != "" for cell in row]


def _check_widths(table: Table, width: int) -> None:
    date = table.choice.date.position
    for k, row in enumerate(table.rows):
        if len(row) > width and any(extra := _filled(row[width:])):
            if not re.search(r"\d", text_of(row[date])):
                continue  # a remark below the table; elsewhere refused as a date
            got = width + max(i + 1 for i, full in enumerate(extra) if full)
            raise ValueError(
                f"{table.at(k)}: expected {width} fields as in the header, got {got} "
                f"({several([text_of(c) for c in row[:got]])}); is a comma inside the "
                "numbers, or the header one name short?"
            )


def _no_header(name: str, raws: list[_Raw], what: str) -> ValueError:
    """Say what was found in place of a header, and what to do."""
    raws = [raw for raw in raws if len(raw.separator) == 1] or raws or [_NOTHING]
    rows = max((raw.rows[:_SEARCHED] for raw in raws), key=_usual_width)
    rows = [row for row in rows if _has_text(row)]
    if not rows:
        unit = raws[0].unit
        return ValueError(f"{name}: expected a header and rows, got no {unit}")
    names = [text_of(cell) for cell in max(rows, key=lambda row: sum(_filled(row)))]
    names = names[: max(k + 1 for k, text in enumerate(names) if text)]
    values = [bool(re.fullmatch(r"[\d.,:/ -]*\d[\d.,:/ -]*", text)) for text in names]
    if values[:1] == [True] or 2 * sum(values) > len(values):
        return ValueError(
            f"{name}: expected a header, got a row of values ({several(names)}); name "
            f"the columns in their order, {_example_names(len(names))}"
        )
    return ValueError(
        f"{name}: expected a header with {what}; the columns are {several(names)}"
    )


def _example_names(count: int) -> str:
    """The names of so many columns as they usually are, to be given to pandas."""
    daily = ["date", "open", "high", "low", "close", "volume"]
    usual = {2: ["date", "close"], 5: daily[:5], 6: daily}
    usual[7] = ["date", "time", *daily[1:]]
    if count not in usual:
        return f"names=[...], {count} names with 'date' and 'close' among them"
    return f"perhaps names={usual[count]}"


def _usual_width(rows: list[list[Any]]) -> float:
    """How many cells the rows have, the better the separator the more."""
    counts = sorted(sum(_filled(row)) for row in rows if _has_text(row))
    return counts[len(counts) // 2] if counts else 0


# Where rows come from.


def _from_frame(source: Any, name: str) -> _Raw:
    import pandas as pd

    if isinstance(source, pd.Series):
        source = source.to_frame(source.name if source.name is not None else "value")
    if hasattr(source, "to_pandas"):
        source = _to_pandas(source, name)
    if not isinstance(source, pd.DataFrame):
        raise ValueError(f"{name}: expected a DataFrame of pandas, got {type(source)}")
    if not isinstance(source.index, pd.RangeIndex):
        source = _with_index(source)
    header = _frame_header(source.columns)
    columns = [
        source.iloc[:, k].astype(object).tolist() for k in range(source.shape[1])
    ]
    body = [list(row) for row in zip(*columns, strict=True)]
    numbers = [*[0] * len(header), *range(len(body))]
    return _Raw(header + body, numbers, "row")


def _to_pandas(source: Any, name: str) -> Any:
    try:
        return source.to_pandas()
    except ImportError as error:  # polars needs pyarrow for it
        raise ValueError(
            f"{name}: expected a DataFrame of pandas, got what cannot be made into one "
            f"({error}): write it as CSV"
        ) from None


def _with_index(frame: Any) -> Any:
    """The frame with its index as the first columns."""
    import pandas as pd

    index = frame.index
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    levels = index.to_frame(index=False)
    named = [n is not None for n in index.names]
    dated = [
        isinstance(index.get_level_values(k), pd.DatetimeIndex)
        for k in range(index.nlevels)
    ]
    levels.columns = [
        n if is_named else ("Date" if is_day else "")
        for n, is_named, is_day in zip(index.names, named, dated, strict=True)
    ]
    taken = {text_of(c) for c in frame.columns}
    kept = [k for k, c in enumerate(levels.columns) if c not in taken]
    body = frame.reset_index(drop=True)
    if frame.columns.nlevels > 1:
        blank = [""] * (frame.columns.nlevels - 1)
        levels.columns = pd.MultiIndex.from_tuples(
            [(c, *blank) for c in levels.columns]
        )
    return pd.concat([levels.iloc[:, kept], body], axis=1)


def _frame_header(columns: Any) -> list[list[Any]]:
    """The header rows of a DataFrame, as yfinance's files have them."""
    if columns.nlevels == 1:
        return [[text_of(c) if not isinstance(c, tuple) else str(c) for c in columns]]
    rows = [[text_of(c) for c in columns.get_level_values(k)] for k in range(2)]
    return [
        rows[0],
        ["Ticker" if not rows[1][0] else rows[1][0], *rows[1][1:]],
        [rows[0][0], *[""] * (len(columns) - 1)],
    ]


def _from_excel(data: bytes, name: str, options: dict[str, Any]) -> list[_Raw]:
    options = {k: v for k, v in options.items() if k not in ("sep", "encoding")}
    sheets = _sheets(data, name, options)
    full = {key: sheet for key, sheet in sheets.items() if sheet.notna().any(axis=None)}
    if len(full) > 1:
        names = [str(key) for key in full]
        raise ValueError(
            f"{name}: expected one sheet, got {several(names)}; choose with "
            f"sheet_name={names[0]!r}"
        )
    read = _from_frame if options.keys() - {"sheet_name"} else _spreadsheet_rows
    return [read(sheet, "") for sheet in full.values()] or [_NOTHING]


def _sheets(data: bytes, name: str, options: dict[str, Any]) -> dict[Any, Any]:
    """Let pandas read a spreadsheet; without arguments for it, cells as they are."""
    import pandas as pd

    header = {} if options.keys() - {"sheet_name"} else {"header": None}
    options = {"sheet_name": None, "dtype": object} | header | options
    try:
        sheets = pd.read_excel(io.BytesIO(data), **options)
    except ImportError as error:
        package = next(iter(re.findall(r"openpyxl|xlrd|odfpy", str(error))), "openpyxl")
        raise ValueError(
            f"{name}: a spreadsheet; to read it run `pip install {package}` (in a "
            f"notebook: %pip install {package}), or save it as CSV"
        ) from None
    except (ValueError, TypeError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"{name}: expected a spreadsheet, got ({error})") from None
    return sheets if isinstance(sheets, dict) else {options["sheet_name"]: sheets}


def _spreadsheet_rows(sheet: Any, name: str) -> _Raw:
    rows = sheet.astype(object).to_numpy().tolist()
    return _Raw(rows, list(range(1, len(rows) + 1)), "row")


def _line_numbers(rows: list[list[Any]]) -> list[int]:
    """The line on which each row begins: a quoted cell may go over several."""
    numbers, number = [], 1
    for row in rows:
        numbers.append(number)
        number += 1 + sum(cell.count("\n") for cell in row if isinstance(cell, str))
    return numbers


def _from_text(
    data: bytes | str, name: str, choose: Chooser, what: str, options: dict[str, Any]
) -> Table:
    """The table in the first encoding and with the first separator that give one."""
    sep, encoding = options.pop("sep"), options.pop("encoding")
    sep = options.pop("delimiter", None) or sep
    raws: list[_Raw] = []
    problems: list[ValueError] = []
    candidates = _file.texts(data, encoding, name)
    for found, text in candidates:
        text, quoted = _unquoted(text)
        if wrong := _no_table(text):
            raise ValueError(f"{name}: expected a table, got {wrong}")
        notes = (f"read as {found}",) * (len(candidates) > 1)
        notes += ("quotes around each line taken off",) * quoted
        readings = _readings(text, sep, options, notes, problems)
        for raw in sorted(readings, key=_narrow) if options else readings:
            raws.append(raw)
            table = _with_header(name, raw, choose)
            if table and not (found == "cp1252" and table.choice.central):
                return table
    if problems:
        raise _not_separated(name, problems[0])
    if len(candidates) > 1:
        raise _file.not_utf8(data, name)
    raise _no_header(name, raws, what)


def _unquoted(text: str) -> tuple[str, bool]:
    """The text without quotes around each whole line, and whether there were any."""
    lines = [line for line in text.split("\n") if line.strip()]
    whole = re.compile(r'"(?:[^"]|"")*[,;\t](?:[^"]|"")*"')
    if not lines or not all(whole.fullmatch(line.strip()) for line in lines):
        return text, False
    lines = [line.strip()[1:-1].replace('""', '"') for line in text.split("\n")]
    return "\n".join(lines), True


def _readings(
    text: str,
    sep: str | None,
    options: dict[str, Any],
    notes: tuple[str, ...],
    problems: list[ValueError],
) -> Iterator[_Raw]:
    """The text cut at each separator that may be it; what failed is in ``problems``."""
    for mark in _separators(text, sep):
        try:
            raw = _parsed(text, mark, options, notes)
        except TypeError as error:
            given = several(list(options) or ["sep"])
            said = " ".join(str(error).split())
            raise ValueError(f"{given}: pandas does not take this ({said})") from None
        except ValueError as error:  # pandas' ParserError is one
            problems += [error] * (len(mark) == 1)
            continue
        # With names given, any separator seems to fit: one column is no table.
        if not options or sep or _usual_width(raw.rows[1:_SEARCHED]) > 1:
            yield raw


def _narrow(raw: _Raw) -> tuple[bool, float]:
    """With names given, several separators fit: the one with more columns is meant."""
    return len(raw.separator) > 1, -_usual_width(raw.rows[1:_SEARCHED])


def _not_separated(name: str, error: ValueError) -> ValueError:
    got = str(error).split("C error: ")[-1].strip()
    hint = "; is a quote not closed?" * ("EOF" in got)
    return ValueError(f"{name}: expected separated values, got ({got}){hint}")


def _no_table(text: str) -> str | None:
    """What a text is that is certainly no table: a web page, or JSON."""
    start = text.lstrip()[:2000]
    if re.match(
        r"(<\?xml.*?>\s*)?(<!--.*?-->\s*)*"
        r"<(!doctype|html|head|body|table|div|script|meta|p)\b",
        start,
        re.I | re.S,
    ):
        title = re.search(r"<title>(.*?)</title>", start, re.I | re.S)
        said = f" ({' '.join(title[1].split())!r})" if title else ""
        return (
            f"a web page{said}: the server sent a message or a login; download it "
            "again (a table in a page: pandas.read_html, and give the DataFrame)"
        )
    if start.startswith("<?xml"):
        return "XML: read it with pandas.read_xml, and give the DataFrame"
    if re.match(r'\{\s*["}]|\[\s*[\[{"\]]', start):
        said = " ".join(start.split())[:120]
        return (
            f"JSON, {said!r} (a message? else pandas.read_json, and give the DataFrame)"
        )
    return None


def _separators(text: str, sep: str | None) -> tuple[str, ...]:
    if sep is not None:
        return (sep,)
    if told := re.match(r'"?sep=(.)"?\n', text):  # Excel's first line
        return (told[1],)
    return SEPARATORS


def _parsed(
    text: str, sep: str, options: dict[str, Any], notes: tuple[str, ...]
) -> _Raw:
    """Let pandas cut the text into cells; with arguments for it, in its own way."""
    import pandas as pd

    if not text.strip():
        return _Raw([], [], "line")
    engine = {"engine": "python"} if len(sep) > 1 and sep != r"\s+" else {}
    common = {
        "sep": sep,
        "dtype": str,
        "keep_default_na": False,
        "skipinitialspace": True,
    } | engine
    if options:
        frame = pd.read_csv(io.StringIO(text), **(common | options))
        return _Raw(*_frame_rows(frame, options), "row", notes, sep)
    marks = re.compile(sep if len(sep) > 1 else re.escape(sep))
    width = 1 + max(len(marks.findall(line)) for line in text.split("\n"))
    frame = pd.read_csv(
        io.StringIO(text),
        header=None,
        names=range(width),
        index_col=False,
        skip_blank_lines=False,
        **common,
    )
    rows = frame.astype(object).to_numpy().tolist()
    numbers = _line_numbers(rows) if '"' in text else list(range(1, len(rows) + 1))
    return _Raw(rows, numbers, "line", notes, sep)


def _frame_rows(frame: Any, options: dict[str, Any]) -> tuple[list, list[int]]:
    import pandas as pd

    if "index_col" not in options and not isinstance(frame.index, pd.RangeIndex):
        raise ValueError("more fields in the rows than names in the header")
    raw = _from_frame(frame, "")
    return raw.rows, raw.numbers
