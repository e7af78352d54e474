"""Sentence pairs of Tatoeba and of the reader's own; tokens, parts and words."""

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
