"""Weather and air: the files, what stands in for them, and tables of one's own."""

import io

import numpy as np
import pandas as pd
import pytest

from rnnbook.data import DataUnavailable, load_beijing, load_seattle, load_table
from rnnbook.data import weather as module

LOADERS = {
    load_beijing: (43824, 8, "h", module.BEIJING, "Beijing's air"),
    load_seattle: (1461, 5, "D", module.SEATTLE, "Seattle's weather"),
}


@pytest.fixture(params=[False, True], ids=["file", "stand-in"])
def stand_in(request, monkeypatch):
    """Whether the file cannot be had."""

    def refuse(name):
        raise DataUnavailable(f"{name} is not there.")

    if request.param:
        monkeypatch.setattr(module, "fetch", refuse)
    return request.param


@pytest.mark.parametrize("load", LOADERS)
def test_both_tables_have_the_same_shape_columns_and_grid(load, stand_in, capsys):
    rows, columns, freq, units, name = LOADERS[load]
    data = load()
    if data.name == name:
        assert not stand_in
    else:
        assert "made" in data.name and "not there" in capsys.readouterr().out
    assert data.table.shape == (rows, columns) and len(data) == rows
    assert list(data.table) == list(units) == list(data.units)
    assert data.table.index.freqstr == freq
    numbers = data.table.select_dtypes("number").drop(columns="pm25", errors="ignore")
    assert np.isfinite(numbers.to_numpy(dtype=float)).all()


def test_readings_are_plausible_and_some_are_missing(stand_in):
    pm = load_beijing().table["pm25"]
    assert 0.02 < pm.isna().mean() < 0.08 and 0 <= pm.min() and pm.max() < 1001
    assert 60 < pm.mean() < 140
    table = load_seattle().table
    assert (table["temp_max"] > table["temp_min"] - 3).all()
    assert table["precipitation"].between(0, 80).all()


def test_a_table_that_is_changed_does_not_change_the_next():
    first = load_seattle().table
    first.iloc[0, 0] = 99
    assert load_seattle().table.iloc[0, 0] != 99


# ---- tables of one's own


def readings(n=300, **columns) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    time = pd.date_range("2024-03-01", periods=n, freq="h")
    return pd.DataFrame({"time": time, "flow": rng.normal(size=n), **columns})


def saved(table, **options) -> io.StringIO:
    return io.StringIO(table.to_csv(index=False, **options))


def test_a_regular_grid_with_its_gaps(capsys):
    table = readings(place="here", level=np.arange(300.0))
    table.loc[5, "flow"] = np.nan
    shuffled = table.drop(index=range(50, 60)).sample(frac=1, random_state=0)
    found = load_table(saved(shuffled))
    assert list(found) == ["flow", "level"] and found.index.freqstr == "h"
    assert len(found) == 300 and found["level"].isna().sum() == 10
    kept = table.drop(index=[5, *range(50, 60)])
    assert np.allclose(found["flow"].dropna(), kept["flow"])
    assert "300 steps of h" in capsys.readouterr().out


def test_the_target_comes_first_and_the_frame_is_not_changed():
    table = readings(level=np.arange(300.0))
    copy = table.copy()
    assert list(load_table(table, target="level")) == ["level", "flow"]
    assert table.equals(copy)
    indexed = table.set_index("time")
    assert load_table(indexed).equals(load_table(table))


def test_semicolons_decimal_commas_and_words_for_none():
    table = readings()
    text = table.astype({"flow": object})
    text.loc[[3, 4], "flow"] = ["n/a", "-"]
    found = load_table(saved(text, sep=";", decimal=","), sep=";", decimal=",")
    assert found["flow"].isna().sum() == 2
    assert np.allclose(found["flow"].dropna(), table["flow"].drop(index=[3, 4]))


def test_a_coarser_step_averages():
    table = readings(level=np.arange(300.0))
    found = load_table(table, step="2h")
    assert len(found) == 150 and np.allclose(found["level"][:2], [0.5, 2.5])


def test_days_first_are_read_so_if_told():
    table = readings()
    table["time"] = table["time"].dt.strftime("%d/%m/%Y %H:%M")
    found = load_table(saved(table.head(200)), dayfirst=True)
    assert found.index[0] == pd.Timestamp("2024-03-01")


def text_of(first: str, rows: int = 150) -> io.StringIO:
    return io.StringIO("t,b\n" + "".join(f"{first},{k}\n" for k in range(rows)))


@pytest.mark.parametrize(
    ("file", "options", "message"),
    [
        (io.StringIO(""), {}, "expected a table"),
        (io.StringIO("a,b\n"), {}, "rows below a header"),
        (io.StringIO("a,b\n1,2\n3,4\n"), {}, "date: expected a column of times"),
        (text_of("03/04/2024"), {}, "two ways"),
        (text_of("2024-13-45"), {}, "expected a time, got '2024-13-45' in row 0"),
        (text_of("2024-03-01"), {}, "at least two times"),
        (readings(), {"date": "when"}, "date: expected one of"),
        (readings(), {"target": "no"}, "target: expected one of"),
        (readings(), {"step": "x"}, "step: expected such as"),
        (readings(), {"step": "-1h"}, "positive step"),
        (readings(), {"step": "1s"}, "at most 500,000 rows"),
        (readings(60), {}, "at least 100 readings, got 60"),
        (readings().assign(flow="x"), {}, "column of numbers"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(file, options, message):
    with pytest.raises(ValueError, match=message):
        load_table(file, **options)
