"""The embedded sets, and the real downloaded ones where RNNBOOK_DATA has them."""

import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn import datasets

from rnnbook.data import (
    Vocabulary,
    load_digits,
    load_mnist,
    load_prices,
    load_sea_temperature,
    load_sentences,
    load_shakespeare,
    load_text,
)

needs_data = pytest.mark.skipif(
    not os.environ.get("RNNBOOK_DATA"), reason="RNNBOOK_DATA is not set"
)


def test_digits():
    digits = load_digits()
    assert digits.images.shape == (1797, 8, 8) and len(digits) == 1797
    assert digits.images.dtype == np.float32 and digits.labels.dtype == np.int64
    assert digits.images.min() == 0 and digits.images.max() == 1
    assert set(digits.labels.tolist()) == set(range(10))
    original = datasets.load_digits()
    np.testing.assert_array_equal(digits.images * 16, original.images)
    np.testing.assert_array_equal(digits.labels, original.target)


def test_each_call_returns_fresh_arrays():
    load_digits().images[:] = 5
    assert load_digits().images.max() == 1


def test_sample_prices():
    prices = load_prices()
    assert len(prices) == 1047
    assert prices.dates.dtype == np.dtype("datetime64[D]")
    assert (
        str(prices.dates[0]) == "2004-08-19" and str(prices.dates[-1]) == "2008-10-14"
    )
    assert (np.diff(prices.dates) > np.timedelta64(0)).all()
    for name in ("open", "high", "low", "close", "volume", "adj_close"):
        column = getattr(prices, name)
        assert column.shape == (1047,) and column.dtype == np.float64
        assert (column > 0).all()
    assert (prices.low <= prices.close).all() and (prices.close <= prices.high).all()
    assert prices.price is prices.adj_close
    assert prices.name and prices.source


def test_text():
    text = load_text()
    assert len(text) == len(text.text) > 300_000
    assert "\n" in text.text and "exception" in text.text
    assert text.text == load_text().text
    assert "pydoc" in text.source
    assert len(repr(text)) < 200


def test_sea_temperature():
    series = load_sea_temperature()
    assert series.values.shape == series.dates.shape == (732,)
    assert series.dates.dtype == np.dtype("datetime64[M]")
    assert str(series.dates[0]) == "1950-01" and str(series.dates[-1]) == "2010-12"
    assert (np.diff(series.dates) == np.timedelta64(1, "M")).all()
    assert series.values.dtype == np.float64 and np.isfinite(series.values).all()
    assert series.values[:2].tolist() == [23.11, 24.2] and series.values[-1] == 22.07
    # The southern summer is warm: a transposed table would lose the season.
    by_month = series.values.reshape(-1, 12).mean(axis=0)
    assert by_month.argmax() == 2 and by_month.argmin() in (7, 8, 9)


@needs_data
def test_real_mnist(capfd):
    mnist = load_mnist()
    assert mnist.name == "MNIST" and capfd.readouterr() == ("", "")
    assert mnist.train.images.shape == (60000, 28, 28)
    assert mnist.test.images.shape == (10000, 28, 28)
    assert mnist.train.images.dtype == np.uint8
    assert mnist.train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(mnist.train.labels).tolist() == counts
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(mnist.test.labels).tolist() == counts
    assert abs(mnist.train.images.mean() / 255 - 0.1307) < 1e-4


@needs_data
def test_real_shakespeare(capfd):
    shakespeare = load_shakespeare()
    assert shakespeare.name == "Tiny Shakespeare" and capfd.readouterr() == ("", "")
    assert len(shakespeare) == 1_115_394
    vocabulary = Vocabulary(shakespeare.text)
    assert len(vocabulary) == 65
    assert vocabulary.decode(vocabulary.encode(shakespeare.text)) == shakespeare.text


@needs_data
def test_real_csv_of_an_index():
    prices = load_prices(
        os.path.join(os.environ["RNNBOOK_DATA"], "prices/sp500-2000.csv")
    )
    assert len(prices) == 5105 and str(prices.dates[-1]) == "2020-04-17"
    assert prices.price is prices.adj_close


@needs_data
def test_real_csv_with_a_negative_price():
    path = os.path.join(os.environ["RNNBOOK_DATA"], "prices/wti-daily.csv")
    with pytest.raises(
        ValueError, match="column 'Price': expected a price above 0, got '-"
    ):
        load_prices(path)


def test_importing_loads_no_library_that_a_chapter_may_not_need():
    heavy = (
        "torch",
        "tensorflow",
        "keras",
        "sklearn",
        "statsmodels",
        "matplotlib",
        "pandas",
    )
    code = f"import sys, rnnbook.data; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout == "[]\n" and run.stderr == ""


@needs_data
def test_sentences():
    data = load_sentences()
    assert data.name == "UCI sentences" and "CC BY 4.0" in data.source
    assert len(data) == 3000 and data.labels.sum() == 1500
    assert data.labels.dtype == np.int64
    for origin in ("amazon", "imdb", "yelp"):
        assert data.labels[data.origins == origin].sum() == 500
    assert data.sentences[0].startswith("So there is no way for me to plug it in")
    assert data.labels[:3].tolist() == [0, 1, 1]
    assert all(s and s == s.strip() and "\t" not in s for s in data.sentences)
