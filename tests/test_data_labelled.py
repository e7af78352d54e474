"""Sentences of the reader's own, and the twins."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnbook.data import load_labelled, twin_sentences

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("raw", "sentences", "labels"),
    [
        (
            b'Review,Sentiment\n"Nice, really",positive\nBad,negative\n',
            ["Nice, really", "Bad"],
            [1, 0],
        ),
        (
            b'Wow, "great"\t1\nCrust is bad.\t0\n',
            ['Wow, "great"', "Crust is bad."],
            [1, 0],
        ),
        (b"id;text;label\n1;gut;1\n2;schlecht, nie wieder;0\n", None, [1, 0]),
        ("\ufefftext,label\nça va,pos\nnon,neg\n".encode(), ["ça va", "non"], [1, 0]),
        (b"text,label\na,1\n,0\nb,\nNA,0\n", ["a", "NA"], [1, 0]),
        (  # tabs, and a sentence on two lines, as spreadsheets write it
            b'text\tlabel\n"It came.\nIt ""broke""."\t0\nGood\t1\n',
            ['It came.\nIt "broke".', "Good"],
            [0, 1],
        ),
    ],
)
def test_what_people_have_is_read(raw, sentences, labels):
    found = load_labelled(raw)
    assert found.labels.tolist() == labels and found.labels.dtype == np.int64
    assert sentences is None or found.sentences.tolist() == sentences
    assert len(found) == len(found.origins) == len(labels)


def test_columns_and_the_positive_label_may_be_named():
    table = pd.DataFrame({"said": ["a", "b", "c"], "stars": [1, 5, 5], "text": "x"})
    found = load_labelled(table, text="said", label="stars", positive=5)
    assert found.sentences.tolist() == ["a", "b", "c"]
    assert found.labels.tolist() == [0, 1, 1]
    again = load_labelled(b"text,label\na,1.0\nb,5.0\n", positive=5)
    assert again.labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("raw", "options", "said"),
    [
        (b"a,b\n1,2\n", {}, "text="),
        (b"text|label\nGreat|1\nBad|0\n", {}, "sep="),
        (b"text,b\n1,2\n", {}, "label="),
        (b"text,label\na,1\n", {}, "expected two labels, got 1"),
        (b"text,label\na,1\nb,2\nc,3\n", {}, "expected two labels, got 3"),
        (b"text,label\na,1\nb,2\nc,3\n", {}, "stars > 3"),
        (b"text,label\na,x\nb,y\n", {}, "positive="),
        (b"text,label\na,1\nb,5\n", {}, "positive="),  # stars
        (b"text,label\na,1\nb,2\n", {}, "positive="),
        (b"text,label\na,0\nb,-5\n", {}, "positive="),
        (b"text,label\nso, so,1\nbad, bad,0\n", {}, "quotation marks"),
        (b"so, so,1\nbad,0\n", {}, "quotation marks"),
        (b"text,label\nbad,0\nso, so,1\n", {}, "quotation marks"),
        (b"\n", {}, "got none"),
        (pd.DataFrame([["a", "b", 1]], columns=["text", "text", "label"]), {}, "names"),
        (b"text,label\na,x\nb,y\n", {"positive": "z"}, "positive: expected one of"),
        (b"text,label\na,1\nb,0\n", {"text": "said"}, "'said'"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(raw, options, said):
    with pytest.raises(ValueError, match=said):
        load_labelled(raw, **options)


def test_the_note_says_which_columns_were_read(capsys):
    load_labelled(b"review,text,label\nGreat,a title,1\nBad,other,0\n")
    assert "2 sentences ('text'), 50% positive ('label': '1')" in capsys.readouterr()[0]


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_labelled(tmp_path / "none.csv")


def test_twins_have_the_same_words_and_opposite_labels():
    known, known_y, new, new_y = twin_sentences(0)
    assert (len(known), len(new)) == (960, 240)
    for sentences, y in ((known, known_y), (new, new_y)):
        assert all(
            sorted(a) == sorted(b)
            for a, b in zip(sentences[::2], sentences[1::2], strict=True)
        )
        assert (y[::2] != y[1::2]).all()
    assert not {tuple(s) for s in known} & {tuple(s) for s in new}


def test_twins_are_those_of_the_experiment():
    path = ROOT / "experiments" / "text_classification_order.py"
    spec = importlib.util.spec_from_file_location("order", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    ours = twin_sentences(0)
    theirs = module.made_sentences(np.random.default_rng(0))
    for a, b in zip(ours, theirs, strict=True):
        assert np.array(a, dtype=object).tolist() == np.array(b, dtype=object).tolist()
