"""A series and a text of the reader's own: the same door as for prices."""

import gzip
import io

import numpy as np
import pandas as pd
import pytest

from rnnbook.data import Series, Text, Vocabulary, load_series, load_text

SERIES = {
    "two columns": ("Date,Temp\n1981-01-01,-2.5\n1981-01-02,0\n", {}, "D"),
    "years": ("YEAR,SUNACTIVITY\n1700,-2.5\n1701,0\n", {}, "Y"),
    "months": ("month;sales\n2020-01;-2,5\n2020-02;0\n", {}, "M"),
    "quarters": ("date,gdp\n2020Q1,-2.5\n2020Q2,0\n", {}, "Q"),
    "one of many": (
        "date,rain,temp,what\n2012-01-01,1,-2.5,sun\n2012-01-02,1,0,rain\n",
        {"value": "temp"},
        "D",
    ),
    "a column called value": (
        "date,flag,value\n2012-01-01,1,-2.5\n2012-01-02,1,0\n",
        {},
        "D",
    ),
    "one of several series": (
        "date,place,value\n2012-01-01,A,7\n2012-01-02,A,7\n2012-01-01,B,-2.5\n"
        "2012-01-02,B,0\n",
        {"symbol": "B"},
        "D",
    ),
    "newest first": ("Date,Temp\n1981-01-02,0\n1981-01-01,-2.5\n", {}, "D"),
    "holes": ("Date,Temp\n1981-01-01,-2.5\n1981-01-02,NA\n1981-01-03,0\n", {}, "D"),
    "hours": ("time,load\n1/13/2020 1:00 AM,-2.5\n1/13/2020 2:00 PM,0\n", {}, "h"),
    "hours in columns": (
        "No,year,month,day,hour,pm\n1,2010,1,1,0,-2.5\n2,2010,1,1,1,0\n",
        {"date": ["year", "month", "day", "hour"], "value": "pm"},
        "h",
    ),
    "hours in columns, found": (
        "year,month,day,hour,pm\n2010,1,1,0,-2.5\n2010,1,1,1,0\n",
        {},
        "h",
    ),
    "date and time": (
        "Date;Time;CO\n10/03/2004;18:00:00;-2,5\n13/03/2004;19:00:00;0\n",
        {"date": ["Date", "Time"], "value": "CO"},
        "h",
    ),
}


@pytest.mark.parametrize("name", SERIES)
def test_a_series_is_read(name, capfd):
    text, arguments, unit = SERIES[name]
    series = load_series(io.StringIO(text), unit="u", **arguments)
    assert isinstance(series, Series) and series.unit == "u"
    assert series.values.tolist() == [-2.5, 0] and series.values.dtype == np.float64
    kind = "datetime64[s]" if unit == "h" else "datetime64[D]"
    assert series.dates.dtype == np.dtype(kind)
    assert (np.diff(series.dates) > np.timedelta64(0, "s")).all()
    assert capfd.readouterr() == ("\n".join(series.notes) + "\n", "")


def test_the_name_is_that_of_the_column():
    series = load_series(io.StringIO("Date,Temp\n1981-01-01,1\n1981-01-02,2\n"))
    assert series.name == "Temp" and series.source == "StringIO"


def test_times_are_those_that_are_written():
    text = "time,x\n2020-01-01 01:00:00+02:00,1\n2020-01-01 02:00:00+02:00,2\n"
    stamps = load_series(io.StringIO(text)).dates.astype(str).tolist()
    assert stamps == ["2020-01-01T01:00:00", "2020-01-01T02:00:00"]


def test_where_summer_begins_times_are_utc():
    text = "time,x\n2020-03-29 01:00:00+01:00,1\n2020-03-29 03:00:00+02:00,2\n"
    series = load_series(io.StringIO(text))
    stamps = series.dates.astype(str).tolist()
    assert stamps == ["2020-03-29T00:00:00", "2020-03-29T01:00:00"]
    assert "UTC" in series.notes[0]


def test_a_hole_in_a_regular_series_is_said():
    days = [f"2020-01-{day:02}" for day in range(1, 29) if day not in (9, 10, 20)]
    text = "Date,x\n" + "".join(f"{day},1\n" for day in days)
    (doubt,) = load_series(io.StringIO(text)).notes[1:]
    assert doubt.endswith("2020-01-08 to 2020-01-11, 2020-01-19 to 2020-01-21")


def test_tables_of_pandas():
    index = pd.period_range("2020-01", periods=2, freq="M")
    for table in (pd.Series([1.0, -2], index), pd.Series([1.0, -2], index, name="x")):
        series = load_series(table)
        assert series.dates.astype(str).tolist() == ["2020-01-01", "2020-02-01"]
        assert series.values.tolist() == [1, -2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date,a,b\n2020-01-01,1,2\n", "one other column .*value=.*'a' and 'b'"),
        ("a,b\n1,2\n3,4\n", "expected a header with 'date'"),
        ("date,a\n2020-01-01,1\n2020-01-01,2\n", "each date once"),
        ("date,a\n2020-01-01,1\n2020-01-02,1e999\n", "a finite number, got '1e999'"),
        ("date,a\n2020-01-01,1\n2020-01-02,x\n", "line 3, column 'a'.*got 'x'"),
        ("date,a\n01/02/2020,1\n02/02/2020,2\n", "dayfirst=True or"),
    ],
)
def test_a_bad_series_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        load_series(io.StringIO(text))


# A text.

WORDS = "Größe\nand\n\nso on\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_text_is_read_whatever_the_editor(tmp_path, capfd, encoding, end):
    path = tmp_path / "my words.txt"
    path.write_bytes(WORDS.replace("\n", end).encode(encoding))
    text = load_text(path)
    assert isinstance(text, Text) and text.text == WORDS
    assert text.name == "my words" and text.source == "my words.txt"
    assert not {"\ufeff", "\r"} & set(Vocabulary(text.text).symbols)
    assert ("byte order mark taken off" in text.notes[0]) is (encoding != "utf-8")
    assert ("4 line ends with CR turned to LF" in text.notes[0]) is (end != "\n")
    assert capfd.readouterr() == (text.notes[0] + "\n", "")


def test_another_encoding_has_to_be_said(tmp_path):
    path = tmp_path / "old.txt"
    path.write_bytes(WORDS.encode("cp1252"))
    with pytest.raises(ValueError, match="old.txt: .*'Größe and.* encoding='cp1252'"):
        load_text(path)
    assert load_text(path, encoding="cp1252").text == WORDS
    with pytest.raises(ValueError, match="encoding: .* is not ascii text"):
        load_text(path, encoding="ascii")


def test_texts_from_elsewhere(tmp_path, monkeypatch):
    raw = WORDS.encode()
    assert load_text(raw).text == load_text(gzip.compress(raw)).text == WORDS
    assert (
        load_text(io.BytesIO(raw)).text == load_text(io.StringIO(WORDS)).text == WORDS
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "mine.md").write_bytes(raw)
    assert load_text("~/mine.md").name == "mine"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "expected a text, got 0 blank characters"),
        (b" \n", "expected a text, got 2 blank characters"),
        (b"%PDF-1.7", "expected text, got a PDF"),
        (b"\x89PNG..", "expected text, got a picture"),
        (b"{\\rtf1", "expected text, got an RTF document"),
        (b"ab\0c d", "bytes of zero"),
        (b"\xd0\xcf\x11\xe0....", "expected text, got a spreadsheet"),
    ],
)
def test_what_is_no_text_is_refused(raw, message):
    with pytest.raises(ValueError, match=message):
        load_text(raw)


def test_what_was_lost_before_is_said():
    notes = load_text("a\ufffdb\x0cc".encode()).notes[0]
    assert "1 characters that were lost" in notes and "'\\x0c'" in notes
    assert "web page" in load_text(b"<!doctype html><p>x").notes[0]


def test_the_embedded_text_prints_nothing(capfd):
    assert load_text().notes == () and load_text().name == "Python's documentation"
    assert capfd.readouterr() == ("", "")


def test_the_text_itself_is_no_path(tmp_path):
    with pytest.raises(ValueError, match="file: expected a path, .*io.StringIO"):
        load_text("one\ntwo")
    with pytest.raises(FileNotFoundError, match="no such file"):
        load_text(tmp_path / "none.txt")
    with pytest.raises(ValueError, match="file: expected a path"):
        load_text(["a"])
