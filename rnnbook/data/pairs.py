"""Sentences in two languages: English and Chinese, or the reader's own pairs.

The file of Tatoeba is downloaded on demand. Where it cannot be had, sentences of a
small grammar, which is written below, keep the pages running, and say so.
"""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from rnnbook.data import _file, _sheet
from rnnbook.data._rows import check_text
from rnnbook.data.download import REGISTRY, DataUnavailable, RemoteFile, fetch

CHINESE = "pairs/cmn-eng.txt"
REGISTRY[CHINESE] = RemoteFile(
    "aa264a2447b26ab7c9d413f8321f9e2a779fd134b5118306b6e26a3499b3926e",
    (
        "https://raw.githubusercontent.com/13luoyu/Transformer-machine-translation/"
        "aa43963320ccfacebd1d3542deae559bbca58d03/cmn.txt",
    ),
)

_HAN = "\u3040-\u30ff\u3400-\u9fff"  # signs of Chinese and Japanese
_MARKS = "\u0300-\u036f\u0900-\u0dff\u0e00-\u0eff"  # vowels that are no letters, too
_LETTER = rf"(?:[^\W{_HAN}]|[{_MARKS}])"
_TOKEN = re.compile(rf"[{_HAN}]|{_LETTER}+(?:['’]{_LETTER}+)*|[^\w\s]")

PAIRS = 300  # with fewer there is nothing to learn from and to judge by
USUAL = {
    "source": ("source", "src", "english", "en", "eng", "from", "question", "input"),
    "target": ("target", "tgt", "translation", "to", "answer", "output"),
}


@dataclass(frozen=True, eq=False)
class Pairs:
    """Sentences and their translations: ``table`` has source, target and credit.

    A source stands in several rows if it has several translations; ``credit`` names
    who wrote the two, where the file says so. ``notes`` says, for a file of the
    reader's own, what was done with it.
    """

    name: str
    source: str
    table: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.table)


def tokens(text: str) -> list[str]:
    """Words and marks in small letters; of Chinese and Japanese each sign by itself.

    >>> tokens("I don't know. 我不知道。")
    ['i', "don't", 'know', '.', '我', '不', '知', '道', '。']

    A number is one token; so is a sentence of a script without blanks, such as Thai.

    Raises
    ------
    ValueError
        If ``text`` is no string.
    """
    if not isinstance(text, str):
        raise ValueError(f"text: expected a string, got {text!r}")
    return _TOKEN.findall(unicodedata.normalize("NFC", text).lower())


def split_pairs(
    table: pd.DataFrame,
    share: tuple[float, float] = (0.04, 0.05),
    longest: tuple[int, int] = (11, 18),
) -> list[pd.DataFrame]:
    """Tokens to train on, to choose by and to judge by; a source stands in one part.

    Parameters
    ----------
    table : DataFrame with columns source and target
    share : of the sources, for the second part and for the third
    longest : tokens of a source and of a target; pairs with more are left out

    Returns
    -------
    three DataFrames
        ``source`` and ``target`` are lists of tokens. ``key`` is the source without
        marks and capital letters: what "Get lost!" and "Get lost." share. All pairs of
        a key are in the same part.

    Raises
    ------
    ValueError
        If a share is negative, both are 1 or more together, or no pair is short enough.
    """
    if min(share) < 0 or sum(share) >= 1:
        raise ValueError(f"share: expected two parts of 1, less than 1, got {share}")
    both = table[["source", "target"]].map(tokens)
    both["key"] = [" ".join(t for t in s if t[0].isalnum()) for s in both["source"]]
    size = both[["source", "target"]].map(len)
    both = both[((size > 0) & (size <= list(longest))).all(axis=1)]
    if both.empty:
        raise ValueError(
            f"longest: expected some pair within {longest} tokens, got "
            f"{size.min().tolist()} as the shortest"
        )
    keys = np.random.default_rng(0).permutation(sorted(set(both["key"])))
    cuts = (np.cumsum(share) * len(keys)).astype(int)
    part = dict.fromkeys(keys[: cuts[0]], 1) | dict.fromkeys(keys[cuts[0] : cuts[1]], 2)
    number = both["key"].map(lambda key: part.get(key, 0))
    return [both[number == k].reset_index(drop=True) for k in range(3)]


class Words:
    """The most frequent tokens of some sentences, numbered from 4 on.

    The numbers before are signs: 0 fills the short rows of a batch, 1 begins a
    sentence, 2 ends it, 3 stands for every token that is not in the vocabulary.

    Parameters
    ----------
    sentences : iterable of lists of tokens
    size : int, how many tokens at most; ``None`` for all

    Attributes
    ----------
    names : list of str; ``names[k]`` has the number k. ``len(words)`` counts the signs.
    numbers : dict from a token to its number
    """

    SIGNS = ("<pad>", "<bos>", "<eos>", "<unk>")

    def __init__(self, sentences: Iterable[Sequence[str]], size: int | None):
        counts = Counter(word for sentence in sentences for word in sentence)
        self.names = [*self.SIGNS, *(word for word, _ in counts.most_common(size))]
        self.numbers = {word: k for k, word in enumerate(self.names)}

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        return f"{len(self)} words, {len(self.SIGNS)} of them signs"

    def encode(self, sentence: Sequence[str]) -> list[int]:
        """The number of each token, 3 for one that is not known."""
        return [self.numbers.get(word, 3) for word in sentence]

    def know(self, sentence: Sequence[str]) -> bool:
        """Whether every token has a number of its own."""
        return all(word in self.numbers for word in sentence)


def load_pairs() -> Pairs:
    """Load 29,155 English sentences with a Chinese translation each.

    Returns
    -------
    Pairs
        27,661 distinct English sides, the shortest first; simplified and traditional
        signs are mixed, as people wrote them. If the file is neither in
        ``RNNBOOK_DATA`` nor cached nor reachable, one line says so, and these are 4,000
        sentences of a small grammar, in which a word of time changes its place and a
        negation has no word of its own in English questions. ``name`` and ``source``
        say which they are.

    Raises
    ------
    ValueError
        If the file is corrupt; see :func:`rnnbook.data.fetch`.

    Notes
    -----
    Sentences of Tatoeba, https://tatoeba.org, CC BY 2.0 FR, in the selection of
    https://www.manythings.org/anki, which names the two authors of each. 4.2 MB.
    """
    try:
        text = fetch(CHINESE).read_text(encoding="utf-8-sig")
    except DataUnavailable as error:
        print(f"{error} Using sentences of a small grammar in place of Tatoeba's.")
        return _made()
    rows = [line.split("\t") for line in text.rstrip("\n").split("\n")]
    table = pd.DataFrame(rows, columns=["source", "target", "credit"])
    return Pairs("Tatoeba", "Tatoeba, English and Chinese (CC BY 2.0 FR)", table)


_WHO = {"I": "我", "you": "你", "we": "我们", "they": "他们", "my parents": "我父母"}
_WHO |= {
    "the children": "孩子们",
    "the teachers": "老师们",
    "our friends": "我们的朋友",
}
_DO = {"like": "喜欢", "buy": "买", "want": "要", "see": "看见", "sell": "卖"}
_DO |= {"need": "需要", "find": "找到", "draw": "画"}
_WHAT = {"apples": "苹果", "books": "书", "the house": "这座房子", "tea": "茶"}
_WHAT |= {"a dog": "一只狗", "two cats": "两只猫", "flowers": "花"}
_WHAT |= {"this car": "这辆车"}
_WHEN = {"": "", " today": "今天", " every day": "每天", " tomorrow": "明天"}
_HOW = ("{who} {do} {what}{when}.", "{who} do not {do} {what}{when}.")
_HOW += ("do {who} {do} {what}{when}?",)
_SAID = ("{who}{when}{do}{what}。", "{who}{when}不{do}{what}。")
_SAID += ("{who}{when}{do}{what}吗？",)


def _made(sentences: int = 4000) -> Pairs:
    """Sentences of who, what is done, to what and when, said, denied or asked.

    In Chinese the time stands before the verb, and a question ends in a sign.
    """
    rows = []
    names = ("who", "do", "what", "when")
    for *words, k in product(*(w.items() for w in (_WHO, _DO, _WHAT, _WHEN)), range(3)):
        english, chinese = (
            dict(zip(names, w, strict=True)) for w in zip(*words, strict=True)
        )
        rows.append((_HOW[k].format(**english), _SAID[k].format(**chinese), ""))
    chosen = np.random.default_rng(0).permutation(len(rows))[:sentences]
    table = pd.DataFrame(
        [rows[k] for k in sorted(chosen, key=lambda k: len(rows[k][0]))],
        columns=["source", "target", "credit"],
    )
    return Pairs("made sentences", "made by rnnbook: a grammar of five rules", table)


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
        table with a header, commas or semicolons between its columns.
    source, target : str, optional
        The names of the columns, where a header does not tell.
    sep, encoding : str, optional

    Returns
    -------
    Pairs
        In the order of the file. Rows without a source or a target, and repetitions
        of a pair, are left out; how many, and what was read, is printed in one line.

    Raises
    ------
    ValueError
        If a column is not found, a row has one part only, or fewer than 300 different
        pairs remain.
    OSError
        If the file cannot be opened.
    """
    wanted = {"source": source, "target": target}
    for argument, value in (wanted | {"sep": sep, "encoding": encoding}).items():
        check_text(argument, value)
    name = "DataFrame" if isinstance(file, pd.DataFrame) else _file.label(file)
    name = _file.last_part(name)
    raw = _table(file, sep, encoding, name, wanted)
    columns = {a: _column(raw, name, a, w) for a, w in wanted.items()}
    if columns["source"] == columns["target"]:
        raise ValueError(f"{name}: expected two columns, got {columns}")
    cells = raw[list(columns.values())].set_axis(list(columns), axis=1)
    cells["credit"] = raw["credit"] if "credit" in raw else ""
    cells = cells.map(lambda cell: "" if pd.isna(cell) else str(cell).strip())
    full = cells[(cells[["source", "target"]] != "").all(axis=1)]
    table = full.drop_duplicates(["source", "target"]).reset_index(drop=True)
    if len(table) < PAIRS:
        raise ValueError(
            f"{name}: expected at least {PAIRS} different pairs, to learn from, to "
            f"choose by and to judge by, got {len(table)} (columns {columns})"
        )
    note = (
        f"{name}: {len(table)} pairs of {table['source'].nunique()} sources "
        f"({columns['source']!r} to {columns['target']!r})"
    )
    if left_out := len(cells) - len(full):
        note += f"; {left_out} rows without a source or a target left out"
    if repeated := len(full) - len(table):
        note += f"; {repeated} repeated pairs left out"
    print(note)
    return Pairs(_file.stem(name), name, table, (note,))


def _table(
    file: Any, sep: str | None, encoding: str | None, name: str, wanted: dict
) -> pd.DataFrame:
    """A DataFrame of text; without a header its columns are source, target, credit."""
    table, text = _sheet.table_or_text(file, encoding, name, "a source and a target")
    if table is not None:
        return table
    first = text.lstrip().split("\n", 1)[0]
    sep = sep or max("\t;,", key=first.count)
    plain = sep == "\t"  # quotation marks are part of a sentence
    try:
        table = pd.read_csv(
            io.StringIO(text),
            sep=sep,
            dtype=str,
            header=None,
            keep_default_na=False,
            quoting=csv.QUOTE_NONE if plain else csv.QUOTE_MINIMAL,
        )
    except pd.errors.ParserError as error:
        raise ValueError(
            f"{name}: expected rows with {sep!r} between the columns (or name it: "
            f"sep=), got {error}"
        ) from None
    if table.shape[1] < 2:
        raise ValueError(
            f"{name}: expected a source and a target in each row, with {sep!r} between "
            f"them (or name it: sep=), got {first[:60]!r}"
        )
    head = [str(cell).strip() for cell in table.iloc[0]]
    if _is_header(head, wanted):
        return table.iloc[1:].set_axis(head, axis=1)
    names = ["source", "target", "credit"]
    names += [f"column {k}" for k in range(4, table.shape[1] + 1)]
    return table.set_axis(names[: table.shape[1]], axis=1)


def _is_header(head: list[str], wanted: dict) -> bool:
    """Whether a first row names columns: those that were asked for, or usual ones."""
    if set(filter(None, wanted.values())) & set(head):
        return True
    plain = [cell.lower() for cell in head]
    return any(
        cell in USUAL["source"] and other != cell and " " not in other
        for cell, other in zip(plain, plain[1:] + plain[:1], strict=True)
    )


def _column(table: pd.DataFrame, name: str, argument: str, wanted: str | None) -> str:
    """The column that is meant: named, of a usual name, or in its usual place."""
    if wanted is not None and wanted in table:
        return wanted
    known = [c for c in table if c.strip().lower() in USUAL[argument]]
    if wanted is None and not known and len(table.columns) == 2:
        return list(table)[argument == "target"]
    if wanted is not None or not known:
        asked = f"a column {wanted!r}" if wanted else f"a column such as {argument!r}"
        raise ValueError(
            f"{name}: expected {asked}, got {list(table)[:8]} (name it: {argument}=)"
        )
    return known[0]
