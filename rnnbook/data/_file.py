"""A file of the reader's own: its bytes, whatever it is packed in, and its text."""

import bz2
import difflib
import errno
import gzip
import io
import lzma
import os
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

# What text that is not UTF-8 is tried as, where the words in it can tell.
LEGACY = ("cp1252", "cp1250", "cp1251", "gb18030", "big5", "cp932", "cp949", "cp1254")
_SECONDS = 20
_UNPACK = {b"\x1f\x8b": gzip.decompress, b"BZh": bz2.decompress}
_UNPACK[b"\xfd7zXZ\x00"] = lzma.decompress
_MARKS = {  # byte order marks; that of UTF-32 begins like that of UTF-16
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_FORMATS = {
    b"%PDF": "a PDF",
    b"PAR1": "a Parquet file: read it with pandas.read_parquet and give the DataFrame",
    b"ARROW1": "a Feather file: read it with pandas.read_feather and give the "
    "DataFrame",
    b"\x89HDF": "an HDF5 file: read it with pandas.read_hdf and give the DataFrame",
    b"SQLite format 3": "a database: read it with pandas.read_sql and give the "
    "DataFrame",
    **{
        b"\x80" + version: "a pickle: load it yourself and give the DataFrame"
        for version in (b"\x02", b"\x03", b"\x04\x95", b"\x05\x95")
    },
    b"\x93NUMPY": "an array of NumPy: load it with numpy.load and give a DataFrame",
    b"7z\xbc\xaf": "a 7z archive: unpack it first",
    b"Rar!": "a rar archive: unpack it first",
    b"GIF8": "a picture",
    b"{\\rtf": "an RTF document: save it as plain text",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}


def label(source: Any) -> str:
    """What messages call a source: the path as it was given, or what it is."""
    if isinstance(source, str | os.PathLike):
        return os.fspath(source) if len(str(source)) < 300 else str(source)[:60]
    name = getattr(source, "name", None)
    return name if isinstance(name, str) and name else type(source).__name__


def stem(name: str) -> str:
    """The name of a file without folder, without ``.csv`` and ``.gz``."""
    known = r"(\.(csv|txt|tsv|xlsx?|xlsm|ods|gz|zip|bz2|xz|dat|md))+$"
    return re.sub(known, "", last_part(name), flags=re.I)


def last_part(name: str) -> str:
    """A path without the folder, which is nobody's business in a notebook."""
    return re.split(r"[\\/]", name.rstrip("/"))[-1]


def content(source: Any, argument: str) -> bytes | str:
    """What is in a path, an address, bytes, or anything that can be read from.

    Raises
    ------
    ValueError
        If it is none of these, or packed and damaged, or of a format that is no text.
    OSError
        If it cannot be opened.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        return _unpacked(bytes(source), label(source))
    if hasattr(source, "read"):
        found = source.read()
        return found if isinstance(found, str) else _unpacked(found, label(source))
    if not isinstance(source, str | os.PathLike):
        raise ValueError(
            f"{argument}: expected a path, bytes, an open file or, for a table, a "
            f"DataFrame, got {type(source).__name__}"
        )
    path = os.fspath(source)
    if re.match(r"(https?|ftp|file)://", path):
        from urllib.request import urlopen  # slow to import

        try:
            with urlopen(path, timeout=_SECONDS) as answer:
                return _unpacked(answer.read(), path)
        except OSError as error:
            raise OSError(
                f"{path}: no file from there ({error}); download it and give the path"
            ) from None
    if "\n" in path:
        raise ValueError(
            f"{argument}: expected a path, got text of {path.count(chr(10)) + 1} "
            "lines; give io.StringIO(text)"
        )
    return _unpacked(_read(Path(os.path.expanduser(path))), path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        folder = path.absolute().parent
        found = "which is no folder"
        if folder.is_dir():
            there = [p.name for p in folder.iterdir() if not p.name.startswith(".")]
            near = difflib.get_close_matches(path.name, there, 3, 0.3) or there[:5]
            found = f"which has {', '.join(near)}" if near else "which is empty"
        message = f"no such file in {folder}, {found}"
        raise FileNotFoundError(errno.ENOENT, message, str(path)) from None


def _unpacked(raw: bytes, name: str) -> bytes:
    """The bytes without gzip, bzip2, xz or zip around them; a spreadsheet as it is."""
    for start, unpack in _UNPACK.items():
        if raw.startswith(start):
            try:
                return _unpacked(unpack(raw), name)
            except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
                raise ValueError(
                    f"{name}: expected a whole packed file, got a damaged one "
                    f"({error}); download or pack it again"
                ) from None
    if raw.startswith(b"PK\x03\x04") and not is_spreadsheet(raw):
        return _unpacked(_member(raw, name), name)
    for start, what in _FORMATS.items():
        if raw.startswith(start):
            raise ValueError(f"{name}: expected text, got {what}")
    return raw


def is_spreadsheet(raw: bytes) -> bool:
    """Whether these are the bytes of Excel (new or old) or OpenDocument."""
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        return True
    inside = (b"xl/workbook", b"opendocument.spreadsheet")
    return raw.startswith(b"PK\x03\x04") and any(name in raw for name in inside)


def _member(raw: bytes, name: str) -> bytes:
    """The one file of a zip archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = [n for n in archive.namelist() if not n.endswith("/")]
            names = [n for n in names if not re.search(r"(^|/)\.|^__MACOSX/", n)]
            if "word/document.xml" in names or "mimetype" in names:
                raise ValueError(f"{name}: expected text, got a document: save as text")
            if len(names) != 1:
                raise ValueError(
                    f"{name}: expected an archive of one file, got {names[:6]}; unpack "
                    "it and give the path of one"
                )
            return archive.read(names[0])
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
        raise ValueError(
            f"{name}: expected a whole zip archive without a password, got ({error})"
        ) from None


def texts(data: bytes | str, encoding: str | None, name: str) -> list[tuple[str, str]]:
    """(encoding, text) of what the bytes can be; one, unless they are not UTF-8.

    Line ends become ``\\n``, a byte order mark is taken off.

    Raises
    ------
    ValueError
        If the encoding is unknown, does not fit, or there are zero bytes in the text.
    """
    if isinstance(data, str):
        return [("text", _clean(data, name))]
    for mark, known in _MARKS.items():
        if data.startswith(mark) and encoding is None:
            encoding = known
            break
    for first, known in ((1, "utf-16-le"), (0, "utf-16-be")):  # without a mark
        if encoding is None and len(data) > 3 and not data[first:400:2].strip(b"\0"):
            encoding = known
    tried = (encoding,) if encoding else ("utf-8",)
    found = [(e, text) for e in tried if (text := _decoded(data, e)) is not None]
    if encoding and not found:
        raise ValueError(f"encoding: {name} is not {encoding} text; {_shown(data)}")
    if not found:
        found = [(e, text) for e in LEGACY if (text := _decoded(data, e)) is not None]
    if not found:
        raise ValueError(f"{name}: expected text, got other bytes")
    return [(e, _clean(text, name)) for e, text in found]


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None
    except LookupError:
        raise ValueError(
            f"encoding: expected one that Python knows, such as 'cp1252', got "
            f"{encoding!r}"
        ) from None


def _clean(text: str, name: str) -> str:
    text = text.removeprefix("\ufeff").removeprefix("\u00ef\u00bb\u00bf")
    if "\0" in text:
        raise ValueError(f"{name}: expected text, got bytes of zero in it")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _shown(data: bytes, limit: int = 3) -> str:
    """How the first place that is not ASCII reads in each of a few encodings."""
    place = next((k for k, byte in enumerate(data) if byte > 127), 0)
    piece, found = data[max(place - 8, 0) : place + 8], {}
    for encoding in ("utf-8", *LEGACY):
        if _decoded(data, encoding) is not None:
            shown = " ".join(piece.decode(encoding, "replace").split())
            found.setdefault(shown, encoding)
    readings = [f"{text!r} with encoding={e!r}" for text, e in found.items()]
    return f"byte {place} reads {', '.join(readings[:limit])}" if found else "no text"


def not_utf8(data: bytes, name: str) -> ValueError:
    """The refusal of text in an encoding that nothing tells."""
    return ValueError(
        f"{name}: expected UTF-8 text; {_shown(data)}: say which, or save the file "
        "as UTF-8"
    )


def changes(data: bytes | str, text: str, encoding: str) -> list[str]:
    """What was done to make the text of the bytes, and what looks wrong in it."""
    raw = data if isinstance(data, str) else data.decode(encoding)
    marked = isinstance(data, bytes) and any(map(data.startswith, _MARKS))
    found = [] if isinstance(data, str) else [encoding.removesuffix("-sig").upper()]
    found += ["byte order mark taken off"] * (marked or raw.startswith("\ufeff"))
    if returns := raw.count("\r"):
        found.append(f"{returns:,} line ends with CR turned to LF")
    if lost := text.count("\ufffd"):
        found.append(f"look at {lost:,} characters that were lost before (\\ufffd)")
    odd = sorted({c for c in text if ord(c) < 32 and c not in "\n\t"})
    if odd:
        found.append(f"look at control characters {', '.join(map(repr, odd[:5]))}")
    if re.match(r"\s*<(!doctype html|html)", text, re.I):
        found.append("look at it: this is a web page")
    if re.match(r'\{\s*"(cells|nbformat|metadata)"', text):
        found.append("look at it: this is a notebook, with all that stands around it")
    if wrong := re.findall("[ÂÃ][\u0080-\u00bf]|â€.", text):
        found.append(
            f"look at {wrong[0]!r}: {len(wrong):,} places look like UTF-8 that was "
            "read in another encoding before"
        )
    return found
