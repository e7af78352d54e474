"""Tables that go out to a spreadsheet and come back, and files that must not be lost.

A cell is written so that no spreadsheet executes or changes it (:func:`guarded`). A
table is read whatever Excel, LibreOffice, Numbers or Google made of it: separator,
encoding, decimal comma, order of the columns (:func:`read`).
"""

import codecs
import csv
import hashlib
import io
import os
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

AGAIN = "run the same command again; nothing was overwritten"
REMEDY = (
    "put back a backup (the same name with .1, .2, ...) or take the file away; nothing "
    "was overwritten"
)

# ---- cells that a spreadsheet neither executes nor changes

_UNSEEN = (
    r'[ "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f'
    r"\u205f-\u206f\u3000\ufeff]*"
)
_FORMULA = _UNSEEN + r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
_MONTH = (
    r"(?:jan|gen|ene|feb|fev|f\xe9v|mar|mrz|m\xe4r|maa|apr|avr|abr|may|mai|mei|mag|maj|"
    r"jun|jui|giu|jul|lug|aug|aou|ao\xfb|ago|sep|set|oct|okt|ott|out|nov|dec|d\xe9c|dez|"
    r"dic|des)[a-z\xe4\xe9\xfb.]*"
)
_END = r"(?![\s\S])"
# What would come back as another number or a date: 007, 1e5, 3/4, 6.5, mar1, 2-may.
_ALTERED = (
    rf"(?!(?:0|[1-9][0-9]{{0,10}}){_END})"
    rf"(?:[(.,]?[0-9][0-9 .,:/e%()+-]*(?:[ap]m?)?|"
    rf"[0-9]{{1,4}}[ ./-]*{_MONTH}[ ./-]*[0-9]*|{_MONTH}[ ./-]*[0-9]+){_END}"
)
# A cell begins with the text, and, where a spreadsheet takes another separator than
# was written, after a line end, a comma, a semicolon, a tab or a bar inside it.
_BEGIN = r"(^|[\n\r,;\t|])"
# The marking page takes this pattern, too, so JavaScript must understand it.
GUARD = rf"{_BEGIN}(?='*{_FORMULA})|^(?='*{_ALTERED})"
_GUARD = re.compile(GUARD, re.I)
_GUARDED = re.compile(rf"{_BEGIN}'(?='*{_FORMULA})|^'(?='*{_ALTERED})", re.I)


def guarded(text: str) -> str:
    """A cell that is text in every spreadsheet; :func:`bare` undoes it."""
    return _GUARD.sub(lambda found: (found[1] or "") + "'", text)


def bare(cell: str) -> str:
    """The text of a guarded cell."""
    return _GUARDED.sub(lambda found: found[1] or "", cell)


def number(value: float | None, comma: bool = False) -> str:
    """A number with at most six decimals, without an exponent; nothing for None."""
    if value is None:
        return ""
    text = f"{value:.6f}".rstrip("0").removesuffix(".")
    return text.replace(".", ",") if comma else text


_NUMBER = re.compile(r"\+?([0-9]+\.?[0-9]*|\.[0-9]+)")
_DATE = re.compile(r"\d[ ./-]+(\d|[^\W\d_]{3})|[^\W\d_]{3}\w*[ .-]+\d")


def number_of(cell: str) -> float | None:
    """The number in a cell: ``7``, ``7.5``, ``7,5``; None where it is empty.

    Raises
    ------
    ValueError
        If it is none, or below 0, with what is wrong as its message.
    """
    text = cell.strip(" \t\r\n\xa0\u202f'\u200b\ufeff\u200e\u200f")
    text = "".join(str(unicodedata.decimal(c, c)) for c in text)
    text = text.translate(dict.fromkeys(map(ord, ",\u066b\uff0c\uff0e"), "."))
    if not text:
        return None
    if _NUMBER.fullmatch(text):
        return round(float(text), 6)
    if _DATE.search(text):
        raise ValueError("a spreadsheet has made a date of it")
    raise ValueError("expected a number such as 7.5 or 7,5, without any word")


# ---- what was written, and what may have become of it


@dataclass(frozen=True)
class Form:
    """How a table is written."""

    separator: str = ","
    encoding: str = "utf-8-sig"
    comma: bool = False  # decimal comma


# What spreadsheets save that do not save UTF-8; the first three are guessed.
LEGACY = (
    "cp1252 mac_roman latin-1 iso8859_15 cp1250 iso8859_2 cp1251 cp1253 cp1254 cp1255 "
    "cp1256 cp1257 cp932 gb18030 cp949 big5"
).split()


def garbled(text: str, encoding: str) -> set[str]:
    """What may have become of a text in a file: itself, and with letters lost."""
    found = {text, guarded(text), re.sub("[\ud800-\udfff]", "\ufffd", text)}
    found |= {text.encode("utf-8", way).decode() for way in ("replace", _ESCAPE)}
    if encoding in LEGACY or encoding == "utf-8":
        into = "cp1252" if encoding == "utf-8" else encoding
        written = (text.encode(one, "replace") for one in (*LEGACY, "utf-8"))
        found |= {data.decode(into, "replace") for data in written}
    return found


_ESCAPE = "backslashreplace"


def encoded(rows: Sequence[Sequence[str]], form: Form) -> bytes:
    """A table as bytes.

    The separator and UTF-16 stay as they are in ``form``; every other encoding becomes
    UTF-8 with a mark, which Excel opens in any country, and in which no letter is lost.
    """
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=form.separator).writerows(rows)
    text = out.getvalue()
    if not form.encoding.startswith("utf-16"):
        return text.encode("utf-8-sig", _ESCAPE)
    name = "utf-16-be" if form.encoding.endswith("be") else "utf-16-le"
    return ("\ufeff" + text).encode(name, _ESCAPE)


# ---- reading


@dataclass(frozen=True)
class Sheet:
    """A table as it came: where each row stands, and its cells by column."""

    path: Path
    form: Form
    columns: list[str]
    titles: list[str]  # of the columns, as they are written
    rows: list[tuple[str, dict[str, str]]]
    faults: list[str]
    digest: str  # of the file's bytes


_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-16"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-16"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be"),
)
_COMMON = frozenset("äöüßéèêëàâáãåæçñíìîïóòôõøœúùûýÄÖÜÉÈÀÁÅÆÇÑÓØÚ’“”„–—…€«»½°·×±")


def _decoded(data: bytes) -> tuple[str, str]:
    """Text and encoding; without a mark, UTF-8, or what gives letters of Europe."""
    for mark, encoding, name in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding), name
    if data[:400].count(0) > len(data[:400]) // 4:
        name = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
        return data.decode(name), name
    text = data.decode("utf-8", "replace")
    # One damaged letter does not make a file another encoding.
    if text.count("\ufffd") * 2 <= sum(c > "\x7f" for c in text):
        return text, "utf-8"
    encoding = max(LEGACY[:3], key=lambda one: _likely(data, one))
    return data.decode(encoding), encoding


def _likely(data: bytes, encoding: str) -> int:
    try:
        return sum(c in _COMMON for c in data.decode(encoding))
    except UnicodeDecodeError:
        return -1


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _text(path: Path, data: bytes, encoding: str | None) -> tuple[str, str]:
    if not data.strip(b"\0\r\n\t \xef\xbb\xbf\xfe\xff"):
        raise ValueError(f"{path}: it is empty; {REMEDY}")
    if data[:2] == b"PK" or data[:4] == b"\xd0\xcf\x11\xe0":
        raise ValueError(f"{path}: it is a workbook; save it as CSV and {AGAIN}")
    try:
        return (data.decode(encoding), encoding) if encoding else _decoded(data)
    except UnicodeDecodeError:
        says = "its letters cannot be read; save it as CSV in UTF-8"
        raise ValueError(f"{path}: {says} and {AGAIN}") from None


_SAID = re.compile(r'"?sep=(.)"?[^\S\r\n]*(?:\r\n|\n|\r)', re.I)


def _name(cell: str) -> str:
    """The name of a column, whatever surrounds it."""
    return cell.strip(" \t\r\n\xa0\u200b\ufeff'\"").casefold()


def _head(text: str, separator: str) -> list[str]:
    source = io.StringIO(text, newline="")
    with _any_length():
        for cells in csv.reader(source, delimiter=separator):
            if any(cell.strip() for cell in cells):
                return [_name(cell) for cell in cells]
    return []


class _any_length:
    """Cells of any length; the limit of ``csv`` belongs to the whole program."""

    def __enter__(self) -> None:
        self.most = csv.field_size_limit(2**31 - 1)

    def __exit__(self, *_) -> None:
        csv.field_size_limit(self.most)


def _separated(
    path: Path, text: str, lacks: Callable[[list[str]], list[str]]
) -> tuple[str, str]:
    """What separates the cells, and the text without a first line ``sep=;``."""
    said = _SAID.match(text)
    text = text[said.end() :] if said else text
    tried = [said[1]] if said else []  # it is said, and yet may not have been used
    heads = {one: _head(text, one) for one in [*tried, ",", ";", "\t", "|"]}
    for separator, head in heads.items():
        if not lacks(head):
            return separator, text
    head = min(heads.values(), key=lambda one: len(lacks(one)))
    need = ", ".join(f"`{one}`" for one in lacks(head))
    found = ", ".join(ascii(one)[1:-1][:30] for one in head[:12]) or "nothing"
    raise ValueError(
        f"{path}: the column {need} is missing; found: {found}. If all stands in one "
        "column, do not open the file but import it (Data, From text). Else put the "
        f"column back, from a backup (.1, .2, ...), and {AGAIN}"
    )


def _rows(path: Path, text: str, separator: str) -> Iterator[tuple[str, list[str]]]:
    """The rows and where they stand, counted as a spreadsheet counts them."""
    source = io.StringIO(text, newline="")
    reader = csv.reader(source, delimiter=separator, strict=True)
    start = 1
    try:
        for row, cells in enumerate(reader, 1):
            line = "" if start == row else f" (line {start} of the file)"
            yield f"row {row}{line}", cells
            start = reader.line_num + 1
    except csv.Error as error:
        says = f"line {start}: the quotation marks do not close ({error})"
        raise ValueError(f"{path}, {says}; {REMEDY}") from None


def _columns(path: Path, cells: list[str], known: Sequence[str]) -> list[str]:
    head = [_name(cell) for cell in cells]
    while head and not head[-1]:
        head.pop()
    twice = sorted({one for one in head if one in known and head.count(one) > 1})
    if twice:
        says = f"the column `{'`, `'.join(twice)}` stands there twice"
        raise ValueError(f"{path}: {says}; take one of them out and {AGAIN}")
    return head


def read(
    path: Path,
    lacks: Callable[[list[str]], list[str]],
    known: Sequence[str] = (),
    encoding: str | None = None,
) -> Sheet:
    """A table, as any spreadsheet may have left it.

    Parameters
    ----------
    path : Path
    lacks : from the names of columns to those that are needed and missing
    known : columns of which none may stand there twice
    encoding : str, optional; default: what the bytes look like

    Raises
    ------
    ValueError
        If it is no table, or a column is missing: file, what came, what to do. A row
        with too many cells is among ``faults``.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: it cannot be read: {error.strerror}") from None
    text, encoding = _text(path, data, encoding)
    separator, text = _separated(path, text, lacks)
    with _any_length():
        found = [
            one for one in _rows(path, text, separator) if any(map(str.strip, one[1]))
        ]
    head = _columns(path, found[0][1], known)
    faults = [
        _surplus(where, separator) for where, cells in found[1:] if _over(cells, head)
    ]
    rows = [(where, dict(zip(head, cells, strict=False))) for where, cells in found[1:]]
    form = Form(separator, encoding, separator == ";")
    titles = [cell.strip() for cell in found[0][1][: len(head)]]
    return Sheet(path, form, head, titles, rows, faults, digest(data))


def _over(cells: list[str], head: list[str]) -> bool:
    return any(cell.strip() for cell in cells[len(head) :])


def _surplus(where: str, separator: str) -> str:
    name = {"\t": "tab"}.get(separator, f"`{separator}`")
    return f"{where}: more cells than columns; put a cell with a {name} in it in quotes"


# ---- files


def replace_file(path: Path, data: bytes) -> None:
    """Write a file as a whole or not at all; who may read it stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        if path.exists():
            shutil.copymode(path, part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def backup(path: Path) -> Path | None:
    """Copy a file to its name with ``.1``, ``.2``, ...; none is ever overwritten.

    Returns
    -------
    Path of the copy, or of the newest if it is the same; None if there is no file
    """
    if not path.exists():
        return None
    data = path.read_bytes()
    ends = (one.name.removeprefix(path.name + ".") for one in path.parent.iterdir())
    last = max((int(end) for end in ends if re.fullmatch("[0-9]{1,9}", end)), default=0)
    newest = path.with_name(f"{path.name}.{last}")
    if newest.is_file() and newest.read_bytes() == data:
        return newest
    for k in count(last + 1):
        copy = path.with_name(f"{path.name}.{k}")
        try:
            with copy.open("xb") as f:
                f.write(data)
        except FileExistsError:  # another program was faster
            continue
        shutil.copystat(path, copy)
        return copy
    return None
