"""A table of the reader's own, before its columns have a meaning."""

import io
from typing import Any

from rnnbook.data import _file


def table_or_text(
    source: Any, encoding: str | None, name: str, wanted: str
) -> tuple[Any, str]:
    """(table, "") of a DataFrame or a spreadsheet, (None, text) of anything else.

    The columns are named by text. ``wanted`` says in messages what a row holds.

    Raises
    ------
    ValueError
        If two columns have the same name, or the text is empty, or is not UTF-8 and
        more than one encoding fits.
    """
    import pandas as pd

    if isinstance(source, pd.DataFrame):
        if not source.columns.is_unique:
            raise ValueError(
                f"{name}: expected columns of different names, got "
                f"{list(source.columns)[:8]}"
            )
        return source.rename(columns=str), ""
    data = _file.content(source, "file")
    if isinstance(data, bytes) and _file.is_spreadsheet(data):
        return pd.read_excel(io.BytesIO(data), dtype=str).rename(columns=str), ""
    found = _file.texts(data, encoding, name)
    if len(found) > 1:
        raise _file.not_utf8(data, name)
    text = found[0][1]
    if not text.strip():
        raise ValueError(f"{name}: expected rows of {wanted}, got none")
    return None, text
