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
    "weeks": ("Week,bitcoin: (Worldwide)\n2023-03-05,-2.5\n2023-03-12,0\n", {}, "D"),
    "Jahr": ("Jahr;x\n2019;-2,5\n2020;0\n", {}, "D"),
    "Monat": ("Monat;x\n2020-01;-2,5\n2020-02;0\n", {}, "D"),
    "years as decimal numbers": ("Year,x\n2019.0,-2.5\n2020.0,0\n", {}, "D"),
    "month, year": ("month,x\n12/2019,-2.5\n01/2020,0\n", {}, "D"),
    "month's name, year": ("month,x\nDec-2019,-2.5\nJan-2020,0\n", {}, "D"),
    "quarter, year": ("quarter,x\nQ4 2019,-2.5\nQ1 2020,0\n", {}, "D"),
    "year and month": ("year,month,x\n2019,12,-2.5\n2020,1,0\n", {}, "D"),
    "year and month's name": ("Jahr;Monat;x\n2020;Januar;-2,5\n2020;Mai;0\n", {}, "D"),
    "names given, decimal commas": (
        "2020;Januar;-2,5\n2020;Mai;0,0\n",
        {"names": ["Jahr", "Monat", "x"]},
        "D",
    ),
    "kinds of numbers below the header": (
        "Date,Temp\ndatetime,float64\n2023-03-01,-2.5\n2023-03-02,0\n",
        {},
        "D",
    ),
    "a line with a date above the header": (
        "Station,Town\nDate,2023-04-01\n\nDate,Temp\n2023-03-01,-2.5\n2023-03-02,0\n",
        {},
        "D",
    ),
    "stars for none": ("Year,x\n1880,-2.5\n1881,***\n1882,0\n", {}, "D"),
    "a station": (
        "STATION,NAME,DATE,TAVG\nX1,Town,2023-03-01,-2.5\nX1,Town,2023-03-02,0\n",
        {},
        "D",
    ),
    "German weather, days": (
        "STATIONS_ID;MESS_DATUM;QN_3; TMK;eor\n 44;20230301;10;-2.5;eor\n"
        " 44;20230302;10; 0.0;eor\n",
        {"value": "TMK"},
        "D",
    ),
    "German weather, hours": (
        "STATIONS_ID;MESS_DATUM;TT_TU;eor\n 44;2023030101; -2.5;eor\n"
        " 44;2023030102; 0.0;eor\n",
        {"value": "TT_TU"},
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


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2023030100", "2023030101"),
        ("202303010000", "202303010100"),
        ("20230301000000", "20230301010000"),
    ],
)
def test_digits_that_are_a_day_and_a_time_are_no_unix_time(first, second):
    series = load_series(io.StringIO(f"time,x\n{first},1\n{second},2\n"))
    stamps = series.dates.astype(str).tolist()
    assert stamps == ["2023-03-01T00:00:00", "2023-03-01T01:00:00"]


def test_months_of_a_year_are_its_months():
    for text in ("Q4/2019,1\nQ1/2020,2", "2019Q4,1\n2020Q1,2"):
        dates = load_series(io.StringIO(f"quarter,x\n{text}\n")).dates
        assert dates.astype(str).tolist() == ["2019-10-01", "2020-01-01"]
    for text in ("2019,11,1\n2020,2,2", "2019,Nov,1\n2020,Feb,2"):
        dates = load_series(io.StringIO(f"year,month,x\n{text}\n")).dates
        assert dates.astype(str).tolist() == ["2019-11-01", "2020-02-01"]


def test_a_number_that_stands_for_none_is_suspected():
    text = "date,x\n2023-03-01,1.5\n2023-03-02,-999\n2023-03-03,2.5\n"
    series = load_series(io.StringIO(text))
    assert series.values.tolist() == [1.5, -999, 2.5]
    assert "for no number, -999 (1 times; na_values=['-999']" in series.notes[1]
    kept = load_series(io.StringIO(text), na_values=["-999"])
    assert kept.values.tolist() == [1.5, 2.5] and len(kept.notes) == 1
    assert (
        len(
            load_series(
                io.StringIO(text.replace("-999", "99").replace("1.5", "95"))
            ).notes
        )
        == 1
    )


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
        ("time,a\n1.0833,1\n1.1667,2\n", "column 'time': expected a date"),
        ("date,a\n2020-01-01,1\n2020-01-02,1e999\n", "a finite number, got '1e999'"),
        ("date,a\n2020-01-01,1\n2020-01-02,x\n", "line 3, column 'a'.*got 'x'"),
        (
            "time,a\n2023-10-29 02:00 CEST,1\n2023-10-29 02:00 CET,2\n",
            "line 3, column 'time': expected one zone in the file",
        ),
        (
            "Date,Time,a\n2023-03-01,00:00,1\n2023-03-01,01:00,2\n",
            r"the time of day is added with date=\['Date', 'Time'\]",
        ),
        (
            "time,a\n2023-03-01 00:00:00.1,1\n2023-03-01 00:00:00.2,2\n",
            "times count to the second",
        ),
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
        (b"GIF89a..", "expected text, got a picture"),
        (b"Rar!..", "expected text, got a rar archive"),
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
    twice = load_text("Größe".encode().decode("latin-1").encode()).notes[0]
    assert "look at 'Ã¶': 2 places look like UTF-8 that was read in another" in twice
    assert "look at" not in load_text("Größe, Ânge, São".encode()).notes[0]
    assert "a notebook" in load_text(b'{"cells": []}').notes[0]
    assert "web page" in load_text(b"<!doctype html><p>x").notes[0]


@pytest.mark.parametrize("encoding", ["", 3])
def test_an_encoding_is_text(encoding):
    with pytest.raises(ValueError, match="encoding: expected text, not empty"):
        load_text(b"abc", encoding=encoding)


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
