"""A reader's plain CSV of prices: read as it is, or refused with line and column."""

import re

import numpy as np
import pytest

from rnnbook.data import load_prices

ROWS = """Date,Open,High,Low,Close,Adj Close,Volume
2024-01-02,10,12,9,11,10.5,1000
2024-01-03,11,13,10,12.5,12,0
2024-01-05,12,14,11,13,12.75,3e3
"""


@pytest.fixture
def write(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "share.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_all_columns(write):
    prices = load_prices(write(ROWS))
    assert prices.dates.dtype == np.dtype("datetime64[D]")
    assert prices.dates.astype(str).tolist() == [
        "2024-01-02",
        "2024-01-03",
        "2024-01-05",
    ]
    assert prices.open.tolist() == [10, 11, 12] and prices.high.tolist() == [12, 13, 14]
    assert prices.low.tolist() == [9, 10, 11] and prices.close.tolist() == [
        11,
        12.5,
        13,
    ]
    assert prices.adj_close.tolist() == [10.5, 12, 12.75]
    assert prices.volume.tolist() == [1000, 0, 3000]
    assert prices.price is prices.adj_close
    assert prices.name == "share" and prices.source == "share.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_byte_order_mark_and_line_ends(write, encoding, end):
    prices = load_prices(write(ROWS.replace("\n", end), encoding))
    assert prices.close.tolist() == [11, 12.5, 13]


def test_the_byte_order_mark_is_not_part_of_a_name(write):
    with pytest.raises(ValueError, match="line 2, column 'Date': "):
        load_prices(write(ROWS.replace("2024-01-02", "?"), "utf-8-sig"))


@pytest.mark.parametrize("name", ["close", "CLOSE", " Close ", "price", "Price"])
def test_names_of_the_close(write, name):
    prices = load_prices(write(f"DATE,{name}\n2024-01-02,1\n2024-01-03,2"))
    assert prices.close.tolist() == [1, 2]
    assert prices.price is prices.close
    absent = prices.open, prices.high, prices.low, prices.volume, prices.adj_close
    assert absent == (None,) * 5


@pytest.mark.parametrize("name", ["Adj Close", "adj_close", "adjclose", "Adj. Close"])
def test_names_of_the_adjusted_close(write, name):
    prices = load_prices(write(f"date,{name}\n2024-01-02,1\n2024-01-03,2\n"))
    assert prices.close is None and prices.price.tolist() == [1, 2]


def test_other_columns_and_blank_lines_are_ignored(write):
    text = "Dividends,Close,Date\nnone,1,2024-01-02\n\nsome,2,2024-01-03\n\n"
    assert load_prices(write(text)).close.tolist() == [1, 2]


def test_price_beside_close_is_ignored(write):
    text = "Date,Price,Close\n2024-01-02,7,1\n2024-01-03,8,2\n"
    assert load_prices(write(text)).close.tolist() == [1, 2]


NEWEST_FIRST = "Date,Close\n2024-01-03,3\n2024-01-02,2\n2024-01-01,1\n"


def test_newest_first_is_turned_round_and_said(write, capsys):
    prices = load_prices(write(NEWEST_FIRST))
    assert prices.close.tolist() == [1, 2, 3]
    assert "newest first, turned round" in prices.notes[0]
    assert capsys.readouterr().out == "\n".join(prices.notes) + "\n"


def test_disorder_is_refused_with_the_remedy(write):
    text = "Date,Close\n2024-01-03,3\n2024-01-01,1\n2024-01-02,2\n"
    with pytest.raises(
        ValueError, match=r"line 3, column 'Date'.*sort=True.*2024-01-01"
    ):
        load_prices(write(text))


def test_sort_moves_whole_rows(write):
    text = "Date,Close,Volume\n2024-01-03,3,30\n2024-01-01,1,10\n2024-01-02,2,20\n"
    prices = load_prices(write(text), sort=True)
    assert prices.dates.astype(str).tolist() == [
        "2024-01-01",
        "2024-01-02",
        "2024-01-03",
    ]
    assert prices.close.tolist() == [1, 2, 3] and prices.volume.tolist() == [10, 20, 30]


def test_sort_does_not_hide_a_repeated_date(write):
    text = "Date,Close\n2024-01-03,3\n2024-01-01,1\n2024-01-03,2\n"
    with pytest.raises(
        ValueError, match="line 4, column 'Date'.*each date once.*line 2"
    ):
        load_prices(write(text), sort=True)


def test_date_format(write):
    text = "Date,Close\n02/01/2024,1\n01/02/2024,2\n"
    with pytest.raises(ValueError, match="line 2, column 'Date'.*one reading"):
        load_prices(write(text))
    prices = load_prices(write(text), date_format="%d/%m/%Y")
    assert prices.dates.astype(str).tolist() == ["2024-01-02", "2024-02-01"]
    prices = load_prices(write(text), date_format="%m/%d/%Y")
    assert prices.dates.astype(str).tolist() == ["2024-01-02", "2024-02-01"]
    assert prices.close.tolist() == [2, 1]  # 02/01, then 01/02: the newest first
    with pytest.raises(ValueError, match="line 2, column 'Date'.*%Y-%m-%d"):
        load_prices(write(text), date_format="%Y-%m-%d")


def test_midnight_with_a_zone_is_a_day(write):
    text = "Date,Close\n2024-01-02 00:00:00-05:00,1\n2024-01-03 00:00:00-05:00,2\n"
    dates = load_prices(write(text)).dates
    assert dates.astype(str).tolist() == ["2024-01-02", "2024-01-03"]


THOUSANDS = 'Date,Close\n2024-01-02,"1,234.5"\n2024-01-03,"12,345,678"\n'


@pytest.mark.parametrize("thousands", [None, ","])
def test_thousands(write, thousands):
    prices = load_prices(write(THOUSANDS), thousands=thousands)
    assert prices.close.tolist() == [1234.5, 12345678]


@pytest.mark.parametrize("mark", ["3", "-", "e", "..", "", "_"])
def test_a_mark_that_no_number_has_is_refused(write, mark):
    with pytest.raises(ValueError, match="thousands: expected one of"):
        load_prices(write(THOUSANDS), thousands=mark)
    with pytest.raises(ValueError, match="decimal: expected '.' or ','"):
        load_prices(write(THOUSANDS), decimal=mark)


def test_equal_marks_are_refused(write):
    with pytest.raises(ValueError, match="thousands: expected another mark"):
        load_prices(write(THOUSANDS), decimal=",", thousands=",")


@pytest.mark.parametrize(
    "closes",
    [("101.250", "101.5", "102.125"), ("140.478", "137.02", "138.96")],
)
def test_a_decimal_point_is_never_a_thousands_mark(write, closes):
    rows = [f"2024-01-0{k},{close}" for k, close in enumerate(closes, start=2)]
    path = write("\n".join(["Date,Close", *rows]))
    assert load_prices(path).close.tolist() == [float(close) for close in closes]
    with pytest.raises(
        ValueError, match=r"line 3, column 'Close': .* got '1\d\d\.\d+'"
    ):
        load_prices(path, thousands=".")


def test_marks_that_another_column_contradicts_are_refused(write):
    text = "Date,Open,Close\n2024-01-02,101.5,101.250\n2024-01-03,101.5,102.125\n"
    with pytest.raises(ValueError, match=r"decimal: expected '.', .* for '101\.250'"):
        load_prices(write(text), thousands=".")


@pytest.mark.parametrize("number", ["1,5", "12,34.5", "1234,567", "1,2345", ",123"])
def test_a_comma_in_the_wrong_place_is_refused(write, number):
    text = f'Date,Close\n2024-01-02,"{number}"\n2024-01-03,2\n'
    with pytest.raises(ValueError, match=re.escape(number)):
        load_prices(write(text), thousands=",")


def row(cells):
    """A file whose line 3 has these cells and whose other lines are good."""
    return f"Date,Close,Volume\n2024-01-02,1,5\n{cells}\n2024-01-04,3,5\n"


BAD_FILES = {
    "": "share.csv: expected a header and rows, got no line",
    "\n\n": "share.csv: expected a header and rows, got no line",
    "Date,Close\n": "at least 2 rows .*'Close' below the header, got 0",
    "Date,Close\n2024-01-02,1\n": "at least 2 rows .* below the header, got 1",
    "Close\n1\n2\n": "expected a header with 'date'.*the columns are 'Close'",
    "Date,Open\n2024-01-02,1\n2024-01-03,2\n": "'close', 'price'.*'Date' and 'Open'",
    "2024-01-02,1\n2024-01-03,2\n": "expected a header, got a row of values.*names=",
    "Date,Close,close\n2024-01-02,1,1\n2024-01-03,2,2\n": "line 1: expected each "
    "column once, got 'Close' and 'close'; choose with price='Close'",
    "Date,date,Close\n2024-01-02,1,1\n2024-01-03,2,2\n": "column once.*date='Date'",
    'Date,Close\n2024-01-02,"1\n2024-01-03,2\n': "expected separated values.*quote",
    row("2024-01-03,2,5,7"): "line 3: expected 3 fields as in the header, got 4",
    row("someday 1,2,5"): "line 3, column 'Date': expected a date.*got 'someday 1'",
    row("someday,2,5"): "line 3, column 'Date': expected a date.*got 'someday'",
    row(",2,5"): "line 3, column 'Date': expected a date.*got ''",
    row("2024-02-30,2,5"): "line 3, column 'Date': expected a date.*'2024-02-30'",
    row("2024-01-03 25:30,2,5"): "line 3, column 'Date': expected a time of day",
    row("2024-01-02,2,5"): r"line 3, column 'Date': expected each date once \(line 2",
    row("2024-01-01,2,5"): "line 3, column 'Date': expected a date after 2024-01-02",
    row("2024-01-03,two,5"): "line 3, column 'Close': expected a number.*got 'two'",
    row("2024-01-03,$2,5"): r"line 3, column 'Close': expected one currency.*got '\$2'",
    row("2024-01-03,inf,5"): "line 3, column 'Close': expected a number.*got 'inf'",
    row("2024-01-03,1_0,5"): "line 3, column 'Close': expected a number.*got '1_0'",
    row("2024-01-03,2%,5"): "line 3, column 'Close': expected a number.*got '2%'",
    row("2024-01-03,2M,5"): "line 3, column 'Close': expected a number.*got '2M'",
    row("2024-01-03,1e999,5"): "line 3, column 'Close': expected a price.*got '1e999'",
    row("2024-01-03,0,5"): "line 3, column 'Close': expected a price above 0, got '0'",
    row("2024-01-03,-2,5"): "'Close': expected a price above 0, got '-2' .load_series",
}


@pytest.mark.parametrize("text", BAD_FILES, ids=range(len(BAD_FILES)))
def test_bad_files_are_refused(write, text):
    path = write(text)
    with pytest.raises(ValueError, match=BAD_FILES[text]) as refusal:
        load_prices(path)
    assert str(refusal.value).startswith(str(path))


@pytest.mark.parametrize(
    "cells",
    ["2024-01-03,2,null", "2024-01-03,2,", "2024-01-03,2", "2024-01-03,2,-5"],
)
def test_a_column_that_nobody_needs_is_in_nobodys_way(write, cells):
    prices = load_prices(write(row(cells)))
    assert prices.price.tolist() == [1, 2, 3]
    np.testing.assert_array_equal(prices.volume, [5, np.nan, 5])
    assert "NaN in volume (1), first on 2024-01-03" in prices.notes[0]


@pytest.mark.parametrize("word", ["", "-", "--", ".", "null", "N/A", "NaN", "#N/A"])
def test_a_row_without_a_price_is_left_out_and_said(write, word):
    prices = load_prices(write(row(f"2024-01-03,{word},5")))
    assert prices.price.tolist() == [1, 3] and prices.volume.tolist() == [5, 5]
    assert "1 row without a number left out ('2024-01-03')" in prices.notes[0]


def test_the_folder_of_the_reader_is_not_printed(write, capsys):
    path = write(ROWS)
    assert str(path.parent) not in "".join(load_prices(path).notes)
    assert capsys.readouterr().out.startswith("share.csv: 3 days, 2024-01-02 to ")


def test_the_embedded_share_prints_nothing(capfd):
    assert load_prices().notes == ()
    assert capfd.readouterr() == ("", "")


def test_a_missing_file_is_an_oserror(tmp_path):
    (tmp_path / "mine.csv").write_text(ROWS)
    with pytest.raises(FileNotFoundError, match="no such file in .*which has mine.csv"):
        load_prices(tmp_path / "mien.csv")


def test_the_home_folder_is_understood(write, monkeypatch, tmp_path):
    write(ROWS)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert len(load_prices("~/share.csv")) == 3
