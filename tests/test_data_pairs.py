"""Sentence pairs of Tatoeba and of the reader's own; tokens, parts and words."""

import io

import pandas as pd
import pytest

from rnnbook.data import (
    DataUnavailable,
    Words,
    load_own_pairs,
    load_pairs,
    pairs,
    split_pairs,
    tokens,
)


def lines(n=320, sep="\t", head=""):
    rows = [f"word {k} a{sep}mot {k} b" for k in range(n)]
    return "\n".join([*([head] if head else []), *rows]).encode()


def test_tatoeba_is_tatoeba():
    found = load_pairs()
    if found.name != "Tatoeba":
        pytest.skip("the file of Tatoeba is not here")
    table = found.table
    assert len(found) == 29_155 and table["source"].nunique() == 27_661
    assert table["source"][0] == "Hi." and table["target"][0] == "嗨。"
    assert table["credit"].str.contains("tatoeba.org #").all()
    assert not table.isna().any(axis=None)


def test_without_the_file_sentences_are_made_and_named(monkeypatch, capsys):
    def nowhere(name):
        raise DataUnavailable(f"{name} is nowhere.")

    monkeypatch.setattr(pairs, "fetch", nowhere)
    found, again = load_pairs(), load_pairs()
    assert capsys.readouterr().out.count("Using sentences of a small grammar") == 2
    assert found.name == "made sentences" and "made by rnnbook" in found.source
    assert found.table.equals(again.table) and len(found) == 4000
    assert not found.table.duplicated().any()
    asked = found.table[found.table["source"].str.endswith("?")]
    assert asked["target"].str.endswith("吗？").all()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I don't KNOW.", ["i", "don't", "know", "."]),
        ("我不知道。", ["我", "不", "知", "道", "。"]),
        ("用 Python3 写的!", ["用", "python3", "写", "的", "!"]),
        ("Été, l’été…", ["été", ",", "l’été", "…"]),
        (" \t", []),
    ],
)
def test_tokens(text, found):
    assert tokens(text) == found


def test_tokens_of_no_text_are_refused():
    with pytest.raises(ValueError, match="text: expected a string, got 3"):
        tokens(3)


def test_no_key_stands_in_two_parts():
    source = [
        f"{w} {k}{mark}" for k in range(200) for w in ("Go", "go") for mark in ".!"
    ]
    table = pd.DataFrame({"source": source, "target": source})
    parts = split_pairs(table, share=(0.1, 0.2))
    keys = [set(part["key"]) for part in parts]
    assert [len(k) for k in keys] == [140, 20, 40]
    assert not keys[0] & keys[1] and not keys[0] & keys[2] and not keys[1] & keys[2]
    assert sum(map(len, parts)) == len(table)
    assert all(part.groupby("key").size().eq(4).all() for part in parts)
    again = split_pairs(table.sample(frac=1, random_state=0), share=(0.1, 0.2))
    assert [set(part["key"]) for part in again] == keys


def test_long_sentences_are_left_out():
    table = pd.DataFrame({"source": ["a b", "a b c"], "target": ["x", "x"]})
    assert len(split_pairs(table, (0, 0), longest=(2, 1))[0]) == 1
    with pytest.raises(ValueError, match=r"longest: expected .* got \[2, 1\]"):
        split_pairs(table, (0, 0), longest=(1, 1))


@pytest.mark.parametrize("share", [(-0.1, 0.2), (0.5, 0.5)])
def test_shares_that_leave_nothing_are_refused(share):
    with pytest.raises(ValueError, match="share: expected"):
        split_pairs(pd.DataFrame({"source": ["a"], "target": ["b"]}), share)


def test_words_are_numbered_by_how_often_they_come():
    words = Words([["b", "a"], ["b", "c"], ["b", "a"]], 2)
    assert words.names == ["<pad>", "<bos>", "<eos>", "<unk>", "b", "a"]
    assert words.encode(["a", "c", "b"]) == [5, 3, 4] and len(words) == 6
    assert words.know(["a", "b"]) and not words.know(["c"])
    assert len(Words([["x"]], None)) == 5


@pytest.mark.parametrize(
    "data",
    [
        lines(),
        lines(sep="\t", head="English\tFrench"),
        lines(sep=",", head="source,target"),
        lines(sep=";", head="en;fr"),
        pd.DataFrame([(f"w {k}", "m") for k in range(300)], columns=["x", "y"]),
    ],
)
def test_many_kinds_of_files_are_read(data, capsys):
    found = load_own_pairs(data)
    assert len(found) == (300 if isinstance(data, pd.DataFrame) else 320)
    assert list(found.table.columns) == ["source", "target", "credit"]
    assert "pairs of" in capsys.readouterr().out


def test_what_is_left_out_is_said(capsys):
    text = lines() + b"\nhalf\t\nword 0 a\tmot 0 b\n\tnothing\n"
    assert len(load_own_pairs(text)) == 320
    said = capsys.readouterr().out
    assert "2 rows without a source or a target" in said
    assert "1 repeated pairs left out" in said


def test_quotation_marks_belong_to_a_sentence():
    text = lines() + b'\nHe said "no\tIl dit "non\n'
    assert load_own_pairs(text).table["source"].iloc[-1] == 'He said "no'


def test_columns_can_be_named():
    table = pd.DataFrame({"id": range(300), "q": "why", "a": range(300)})
    found = load_own_pairs(table, source="q", target="a")
    assert found.table["target"][7] == "7"


@pytest.mark.parametrize(
    ("data", "options", "named"),
    [
        (lines(200), {}, "at least 300 different pairs.* got 200"),
        (b"", {}, "rows of a source and a target, got none"),
        (b"one line\nand another", {}, "a source and a target in each row"),
        (lines(sep=",", head="id,text"), {"source": "q"}, "a column 'q'"),
        (lines(), {"source": "target"}, "two columns"),
        (lines(), {"sep": 3}, "sep"),
    ],
)
def test_what_cannot_be_read_is_refused(data, options, named):
    with pytest.raises(ValueError, match=named):
        load_own_pairs(data, **options)


def german(rows: int = 320, sep: str = ",", quoted: bool = False) -> str:
    """Sentences with commas of their own, and no header."""
    mark = '"' if quoted else ""
    both = ((f"Hi, Tom, take {k}.", f"Hallo, Tom, nimm {k}.") for k in range(rows))
    return "".join(f"{mark}{x}{mark}{sep}{mark}{y}{mark}\n" for x, y in both)


@pytest.mark.parametrize(
    "text",
    [
        german(sep=";"),
        german(sep="\t"),
        german(sep=";", quoted=True),
        german(sep=",", quoted=True),
        german(sep=";").replace("\n", "\r\n"),
        german(sep=";") + "\n\n",
    ],
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_commas_of_sentences_are_no_columns(text, mark, tmp_path, capsys):
    file = tmp_path / "mine.csv"
    file.write_bytes(mark + text.encode())
    found = load_own_pairs(file)
    assert found.table.iloc[0].tolist() == [
        "Hi, Tom, take 0.",
        "Hallo, Tom, nimm 0.",
        "",
    ]
    assert len(found) == 320 and found.name == "mine" and found.source == "mine.csv"
    said = capsys.readouterr().out
    assert "first pair: 'Hi, Tom, take 0.' to 'Hallo, Tom, nimm 0.'" in said
    assert "no header found" in said and "mine.csv: 320 pairs" in said


def test_a_sentence_with_a_comma_needs_quotation_marks():
    text = lines(sep=",", head="source,target") + b"\nyes, please,ja bitte\n"
    with pytest.raises(ValueError, match="in line 322: 'yes, please.*quotation marks"):
        load_own_pairs(text)


@pytest.mark.parametrize("sep", ["\t", ";", ","])
def test_halves_are_left_out_wherever_they_stand(sep, capsys):
    halves = f"only this{sep}\n{sep}only that\nnothing at all\n"
    text = halves + german(sep=sep, quoted=True)
    assert len(load_own_pairs(text.encode())) == 320
    assert "3 rows without a source or a target" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("head", "first"),
    [
        ("de;en", "a 0"),
        ("en;de", "a 0"),
        ("Übersetzung;english", "a 0"),
        ("answer;question", "b 0"),
        ("target;source", "b 0"),
        ("question;reply", "a 0"),
    ],
)
def test_two_columns_stand_in_their_order_if_no_name_says_otherwise(head, first):
    rows = [head, *(f"a {k};b {k}" for k in range(300))]
    found = load_own_pairs("\n".join(rows).encode())
    assert found.table["source"].iloc[0] == first and len(found) == 300


def test_a_header_in_a_language_that_nobody_told_is_seen(capsys):
    rows = ["Deutsch;Kölsch", *(f"a {k};b {k}" for k in range(300))]
    assert len(load_own_pairs("\n".join(rows).encode())) == 301
    assert "first pair: 'Deutsch' to 'Kölsch' (no header" in capsys.readouterr().out
    named = {"source": "Kölsch", "target": "Deutsch"}
    found = load_own_pairs("\n".join(rows).encode(), **named).table
    assert found["source"].iloc[0] == "b 0" and len(found) == 300


def test_too_few_pairs_are_shown_and_refused(capsys):
    with pytest.raises(ValueError, match="few.csv: .*at least 300 .* got 60"):
        load_own_pairs(_named(german(60, ";"), "few.csv"))
    assert "'Hallo, Tom, nimm 0.'" in capsys.readouterr().out


def _named(text: str, name: str) -> io.StringIO:
    file = io.StringIO(text)
    file.name = name
    return file
