"""A reader's CSV of prices: read as it stands, or refused with line and column."""

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


def test_newest_first_is_refused_with_the_remedy(write):
    with pytest.raises(
        ValueError, match=r"line 3, column 'Date'.*sort=True.*2024-01-02"
    ):
        load_prices(write(NEWEST_FIRST))


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
    with pytest.raises(ValueError, match="line 2, column 'Date'.*date_format"):
        load_prices(write(text))
    prices = load_prices(write(text), date_format="%d/%m/%Y")
    assert prices.dates.astype(str).tolist() == ["2024-01-02", "2024-02-01"]
    with pytest.raises(ValueError, match="line 3, column 'Date'"):
        load_prices(write(text), date_format="%m/%d/%Y")  # 02/01, then 01/02


def test_midnight_with_a_zone_is_a_day(write):
    text = "Date,Close\n2024-01-02 00:00:00-05:00,1\n2024-01-03 00:00:00-05:00,2\n"
    dates = load_prices(write(text)).dates
    assert dates.astype(str).tolist() == ["2024-01-02", "2024-01-03"]


THOUSANDS = 'Date,Close\n2024-01-02,"1,234.5"\n2024-01-03,"12,345,678"\n'


def test_thousands_are_refused_unless_asked_for(write):
    with pytest.raises(ValueError, match="line 2, column 'Close'.*thousands.*1,234.5"):
        load_prices(write(THOUSANDS))
    prices = load_prices(write(THOUSANDS), thousands=",")
    assert prices.close.tolist() == [1234.5, 12345678]


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
    "Date,Close\n": "at least 2 rows of prices below the header, got 0",
    "Date,Close\n2024-01-02,1\n": "at least 2 rows of prices below the header, got 1",
    "Close\n1\n2\n": r"line 1: expected a header with 'date'.*got \['Close'\]",
    "Date,Open\n2024-01-02,1\n2024-01-03,2\n": r"'close', 'price'.*\['Date', 'Open'\]",
    "Date;Close\n2024-01-02;1\n2024-01-03;2\n": r"separated by commas.*'Date;Close'",
    "2024-01-02,1\n2024-01-03,2\n": "line 1: expected a header with 'date'",
    "Date,Close,close\n2024-01-02,1,1\n2024-01-03,2,2\n": "each column once.*'close'",
    "Date,date,Close\n2024-01-02,1,1\n2024-01-03,2,2\n": "each column once.*'date'",
    'Date,Close\n2024-01-02,"1\n2024-01-03,2\n': "expected comma-separated values",
    row("2024-01-03,2"): "line 3: expected 3 fields as in the header, got 2",
    row("2024-01-03,2,5,7"): "line 3: expected 3 fields as in the header, got 4",
    row("someday,2,5"): "line 3, column 'Date': expected a date.*got 'someday'",
    row(",2,5"): "line 3, column 'Date': expected a date.*got ''",
    row("2024-02-30,2,5"): "line 3, column 'Date': expected a date.*'2024-02-30'",
    row("2024-01-03 15:30,2,5"): "line 3, column 'Date': expected a day without a time",
    row("2024-01-02,2,5"): r"line 3, column 'Date': expected each date once \(line 2",
    row("2024-01-01,2,5"): "line 3, column 'Date': expected a date after 2024-01-02",
    row("2024-01-03,two,5"): "line 3, column 'Close': expected a number.*got 'two'",
    row("2024-01-03,$2,5"): r"line 3, column 'Close': expected a number.*got '\$2'",
    row("2024-01-03,,5"): "line 3, column 'Close': expected a number.*got ''",
    row("2024-01-03,NaN,5"): "line 3, column 'Close': expected a number.*got 'NaN'",
    row("2024-01-03,inf,5"): "line 3, column 'Close': expected a number.*got 'inf'",
    row("2024-01-03,1_0,5"): "line 3, column 'Close': expected a number.*got '1_0'",
    row("2024-01-03,1e999,5"): "line 3, column 'Close': expected a price.*got '1e999'",
    row("2024-01-03,0,5"): "line 3, column 'Close': expected a price above 0, got '0'",
    row(
        "2024-01-03,-2,5"
    ): "line 3, column 'Close': expected a price above 0, got '-2'",
    row("2024-01-03,2,-5"): "line 3, column 'Volume': expected a volume of at least 0",
    row("2024-01-03,2,1.5M"): "line 3, column 'Volume': expected a number.*got '1.5M'",
}


@pytest.mark.parametrize("text", BAD_FILES, ids=range(len(BAD_FILES)))
def test_bad_files_are_refused(write, text):
    path = write(text)
    with pytest.raises(ValueError, match=BAD_FILES[text]) as refusal:
        load_prices(path)
    assert str(refusal.value).startswith(str(path))


def test_a_spreadsheet_file_is_refused(write):
    with pytest.raises(ValueError, match="share.csv.*expected UTF-8 text"):
        load_prices(write(ROWS, "utf-16"))


def test_a_missing_file_is_an_oserror(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_prices(tmp_path / "none.csv")
