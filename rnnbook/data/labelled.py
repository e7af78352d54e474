"""Sentences of the reader's own, each with one of two labels."""

import csv
import io
import warnings
from typing import Any

import numpy as np

from rnnbook.data import _file, _sheet
from rnnbook.data.sets import Sentences

TEXTS = ("sentence", "text", "review", "comment", "tweet", "message", "content")
LABELS = ("label", "sentiment", "class", "target", "polarity", "y")
POSITIVE = ("1", "1.0", "4", "pos", "positive", "true", "yes", "good", "+", "+1")
NEGATIVE = ("0", "0.0", "-1", "neg", "negative", "false", "no", "bad", "-")


def load_labelled(
    file: Any,
    *,
    text: str | None = None,
    label: str | None = None,
    positive: object = None,
    sep: str | None = None,
    encoding: str | None = None,
) -> Sentences:
    """Load sentences of your own, each labelled as positive or negative.

    Parameters
    ----------
    file : path, bytes, open file, address or DataFrame
        A table with a header, commas, semicolons or tabs between its columns; or two
        columns without a header, the sentence and then the label.
    text, label : str, optional
        The names of the two columns, where the header does not tell.
    positive : optional
        The label that becomes 1, where the two labels do not tell.
    sep, encoding : str, optional

    Returns
    -------
    Sentences
        ``labels`` are 1 and 0. Rows without a sentence or a label are left out; how
        many, and what was read, is printed in one line.

    Raises
    ------
    ValueError
        If a column is not found, if there are not exactly two labels, if nothing
        tells which of them is the positive one (of two numbers only 1 and 0, 1 and -1,
        4 and 0 tell), or if a row has more cells than the header.
    OSError
        If the file cannot be opened.
    """
    import pandas as pd

    name = "DataFrame" if isinstance(file, pd.DataFrame) else _file.label(file)
    name = _file.last_part(name)
    table = _table(file, sep, encoding, name)
    text, label = (
        _column(table, name, *wanted)
        for wanted in (("text", text, TEXTS), ("label", label, LABELS))
    )
    said = table[text].map(_cell)
    labels = table[label].map(_cell)
    kept = (said != "") & (labels != "")
    top = _positive(labels[kept], positive, name)
    found = (labels[kept] == top).to_numpy().astype(np.int64)
    note = f"{name}: {len(found)} sentences ({text!r}), "
    note += f"{found.mean():.0%} positive ({label!r}: {top!r})"
    if left_out := len(kept) - len(found):
        note += f"; {left_out} rows without a sentence or a label left out"
    print(note)
    origins = np.full(len(found), name)
    return Sentences(
        _file.stem(name), name, said[kept].to_numpy(dtype=str), found, origins
    )


def _cell(value: Any) -> str:
    import pandas as pd

    return "" if pd.isna(value) else str(value).strip()


def _table(file: Any, sep: str | None, encoding: str | None, name: str) -> Any:
    """A DataFrame of text, its columns named by text."""
    import pandas as pd

    table, text = _sheet.table_or_text(file, encoding, name, "a sentence and a label")
    if table is not None:
        return table
    first = text.lstrip().split("\n", 1)[0]
    sep = sep or ("\t" if "\t" in first else ";" if "," not in first else ",")
    plain = sep == "\t" and not _is_quoted(text)
    cells = first.rsplit(sep, 1)
    bare = len(cells) == 2 and cells[1].strip().lower() in POSITIVE + NEGATIVE
    options = {"header": None, "names": ["text", "label"]} if bare else {}
    try:
        with warnings.catch_warnings():  # more cells than columns: pandas only warns
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                io.StringIO(text),
                sep=sep,
                dtype=str,
                keep_default_na=False,
                quoting=csv.QUOTE_NONE if plain else csv.QUOTE_MINIMAL,
                index_col=False,
                **options,
            ).rename(columns=lambda column: str(column).strip())
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise ValueError(
            f"{name}: expected rows of a sentence and a label, between them {sep!r} "
            "(or name it: sep=), and quotation marks around a sentence that has one: "
            f"{error}"
        ) from None


def _is_quoted(text: str) -> bool:
    """Whether quotation marks hold lines together: pairs of them, and ragged lines."""
    tabs = {line.count("\t") for line in text.strip("\n").split("\n") if line}
    return len(tabs) > 1 and text.count('"') % 2 == 0


def _column(
    table: Any, name: str, argument: str, wanted: str | None, usual: tuple
) -> str:
    if wanted is not None and str(wanted) in table:
        return str(wanted)
    plain = {column.strip().lower(): column for column in table}
    known = [plain[word] for word in usual if word in plain] if wanted is None else []
    if not known:
        asked = f"a column {wanted!r}" if wanted else f"a column such as {usual[0]!r}"
        named = "name it: " + (f"{argument}=" if table.shape[1] > 1 else "sep=")
        raise ValueError(f"{name}: expected {asked}, got {list(table)[:8]} ({named})")
    return known[0]


def _positive(labels: Any, positive: object, name: str) -> str:
    """The label that becomes 1."""
    kinds = sorted(labels.unique())
    if len(kinds) != 2:
        shown = ", ".join(map(repr, kinds[:6])) or "none"
        raise ValueError(
            f"{name}: expected two labels, got {len(kinds)}: {shown}; keep the rows of "
            "two of them, or give a DataFrame with labels 0 and 1; for stars, "
            "table.assign(label=table.stars > 3)"
        )
    if positive is not None:
        for kind in kinds:
            if kind == str(positive) or _number(kind) == _number(positive):
                return kind
        raise ValueError(f"positive: expected one of {kinds}, got {positive!r}")
    tops = [kind for kind in kinds if kind.lower() in POSITIVE]
    lows = [kind for kind in kinds if kind.lower() in NEGATIVE]
    numbers = not np.isnan([*map(_number, kinds)]).any()  # of 1 and 5 stars, not 1
    if len(tops) == 1 and (lows or not numbers):
        return tops[0]
    if len(lows) == 1 and not numbers:
        return next(kind for kind in kinds if kind not in lows)
    raise ValueError(f"{name}: which of {kinds} is positive? Say positive=...")


def _number(value: Any) -> float:
    """NaN, which equals nothing, for what is no number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan
