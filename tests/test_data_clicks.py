"""Clicks of a shop and of the reader's own."""

import io

import numpy as np
import pandas as pd
import pytest

from rnnbook.data import DataUnavailable, clicks, load_clicks, load_own_clicks


def log(sessions=40, **columns):
    """Two clicks a session, one a minute."""
    rows = [
        (f"s{k}", f"2024-05-{1 + k // 10:02d} 10:{k % 10 * 5 + j:02d}:00", f"i{k + j}")
        for k in range(sessions)
        for j in range(2)
    ]
    table = pd.DataFrame(rows, columns=["session", "time", "item"])
    return table.rename(columns=columns)


def csv(table, **options):
    return table.to_csv(index=False, **options).encode()


def test_the_shop_is_the_shop():
    found = load_clicks()
    if found.name != "a shop of clothing":
        pytest.skip("the shop's file is not here")
    table = found.table
    assert len(found) == 165_474 and table["session"].nunique() == 24_026
    assert table["item"].nunique() == 217 and table["item"].iloc[0] == "A13"
    assert table["session"].is_monotonic_increasing
    assert table["time"].is_monotonic_increasing
    assert not table.isna().any(axis=None)
    assert table.groupby("session")["time"].nunique().max() == 1


def test_without_the_file_sessions_are_made_and_named(monkeypatch, capsys):
    def nowhere(name):
        raise DataUnavailable(f"{name} is nowhere.")

    monkeypatch.setattr(clicks, "fetch", nowhere)
    found, again = load_clicks(), load_clicks()
    said = capsys.readouterr().out.strip().split("\n")
    assert len(said) == 2 and "Using made sessions" in said[0]
    assert found.name == "made sessions" and "made by rnnbook" in found.source
    assert found.table.equals(again.table)
    assert found.table.groupby("session").size().min() >= 3
    assert found.table["session"].is_monotonic_increasing


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_both_ends_of_lines_are_accepted(monkeypatch, tmp_path, ends):
    """The zip holds one of the two; other bytes are an error, and no stand-in."""
    head = "year;month;day;order;session ID;page 2 (clothing model)"
    text = ends.join([head, "2008;4;1;2;1;B2", "2008;4;1;1;1;A1", ""])
    file = tmp_path / "shop.csv"
    file.write_bytes(text.encode())

    served = clicks.PLAIN[ends == "\r\n"]

    def fetch(name):
        if name == clicks.PACKED:
            raise DataUnavailable("not here")
        if name == served:
            return file
        raise ValueError(f"{name}: expected SHA-256 a, got b")

    monkeypatch.setattr(clicks, "fetch", fetch)
    assert load_clicks().table["item"].tolist() == ["A1", "B2"]
    monkeypatch.setattr(clicks, "PLAIN", ("x", "y"))
    with pytest.raises(ValueError, match="x: expected SHA-256"):
        load_clicks()


@pytest.mark.parametrize(
    "source",
    [
        csv(log()),
        csv(log(), sep=";"),
        csv(log(), sep="\t"),
        csv(log(session="SessionId", time="Timestamp", item="ItemId")),
        log(),
        log().assign(time=lambda t: pd.to_datetime(t["time"])),
        log().assign(
            time=lambda t: pd.to_datetime(t["time"]).astype("datetime64[s]").astype(int)
        ),
        csv(log()).replace(b":00,", b":00.000Z,"),
    ],
)
def test_what_people_have_is_read(source, capsys):
    found = load_own_clicks(source)
    if isinstance(source, bytes):
        assert load_own_clicks(io.BytesIO(source)).table.equals(found.table)
    table = found.table
    assert list(table) == ["session", "time", "item"] and len(table) == 80
    assert table["session"].tolist() == np.repeat(np.arange(40), 2).tolist()
    assert table["item"].tolist() == [f"i{k + j}" for k in range(40) for j in range(2)]
    assert pd.api.types.is_datetime64_dtype(table["time"])
    assert "80 clicks in 40 sessions" in capsys.readouterr().out
    assert "80 clicks" in found.notes[0]


def test_clicks_are_put_in_order_and_holes_are_counted(capsys):
    table = log()
    mixed = table.sample(frac=1, random_state=0)
    mixed.loc[len(table)] = ["s1", "2024-05-01 10:07:00", ""]
    found = load_own_clicks(mixed).table
    assert found.equals(load_own_clicks(table).table)
    assert "1 rows without a session, a time or an item" in capsys.readouterr().out


def test_a_pause_begins_a_session():
    """One user for all: the clicks of a day are five minutes apart, and days far."""
    table = log().assign(session="Ada")
    many = pd.concat([table.assign(session=f"u{k}") for k in range(10)])
    many["time"] = pd.to_datetime(many["time"])
    found = load_own_clicks(many.rename(columns={"session": "user"}), gap="1h").table
    assert found["session"].nunique() == 40
    assert found.groupby("session")["time"].agg(np.ptp).max() < pd.Timedelta("1h")


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        (log(), {"item": "price"}, "expected a column 'price', got .*item="),
        (log(item="colour"), {}, "expected a column such as 'item'"),
        (log(), {"item": "session"}, "expected three columns"),
        (log().assign(time="yesterday"), {}, "expected in 'time' times such as"),
        (log().assign(time=range(80)), {}, "seconds or milliseconds since 1970"),
        (log(), {"gap": "soon"}, "gap: expected a pause such as '30min', got 'soon'"),
        (log(), {"gap": "-5min"}, "gap: expected a pause"),
        (log(), {"gap": 30}, "gap"),
        (log(12), {}, "at least 30 sessions with two items.* got 12 of 12"),
        (log().assign(item="one"), {}, "got 0 of 40"),
        (b"", {}, "got none"),
        (3, {}, "expected a path"),
        (pd.concat([log(), log()], axis=1), {}, "columns of different names"),
        (b"session,time\n1,2,3,4\n1,2\n", {}, "expected"),
    ],
)
def test_what_cannot_be_read_is_refused(source, options, message):
    with pytest.raises(ValueError, match=message):
        load_own_clicks(source, **options)


DAYS = pd.to_datetime(log()["time"])


def deutsch(when, **more) -> bytes:
    """The same log as a German program writes it."""
    table = log().assign(time=when, **more)
    names = {"session": "Sitzung", "time": "Datum", "item": "Artikel"}
    return csv(table.rename(columns=names), sep=";")


@pytest.mark.parametrize(
    "source",
    [
        deutsch(DAYS.dt.strftime("%d.%m.%Y %H:%M")),
        deutsch(DAYS.dt.strftime("%d.%m.%Y, %H:%M Uhr").str.removesuffix(" Uhr")),
        deutsch(DAYS.dt.strftime("%d/%m/%Y %H:%M:%S")),
        deutsch(DAYS.dt.strftime("%d.%m.%y"), Uhrzeit=DAYS.dt.strftime("%H:%M").values),
        csv(log()).replace(b"session,time,item", b"Nutzer-ID,Zeitstempel,Seite"),
        b"\xef\xbb\xbf" + deutsch(DAYS.dt.strftime("%d.%m.%Y %H:%M")),
    ],
)
def test_german_logs_are_read(source, capsys):
    found = load_own_clicks(source).table
    wanted = load_own_clicks(log()).table
    assert found["item"].tolist() == wanted["item"].tolist()
    assert (found["time"] == wanted["time"].dt.floor("min")).all()
    assert "80 clicks in 40 sessions" in capsys.readouterr().out


def test_what_was_made_of_the_times_is_said(capsys):
    load_own_clicks(deutsch(DAYS.dt.strftime("%d.%m.%Y %H:%M")))
    said = capsys.readouterr().out
    first = DAYS.iloc[0]
    assert f"'{first:%d.%m.%Y %H:%M}' read as {first:%Y-%m-%d %H:%M}:00" in said


def test_a_time_of_day_without_a_day_is_joined_to_it():
    day, clock = DAYS.dt.strftime("%Y-%m-%d"), DAYS.dt.strftime("%H:%M")
    table = log().assign(time=clock, date=day)
    assert load_own_clicks(table).table["time"].tolist() == sorted(DAYS.dt.floor("min"))
    with pytest.raises(ValueError, match="expected in 'time' times such as"):
        load_own_clicks(table.drop(columns="date"))


def test_days_and_months_are_not_guessed():
    """All in the first days of months, and not in the order of time either way."""
    rng = np.random.default_rng(0)
    day, month = rng.integers(1, 13, (2, 80))
    table = log().assign(
        time=[f"{d}/{m}/2024" for d, m in zip(day, month, strict=True)]
    )
    with pytest.raises(ValueError, match="one reading .*dayfirst=True or .*=False"):
        load_own_clicks(table)
    when = load_own_clicks(table, dayfirst=True).table["time"]
    assert sorted(when.dt.day) == sorted(day) and sorted(when.dt.month) == sorted(month)
    with pytest.raises(ValueError, match="dayfirst: expected True or False"):
        load_own_clicks(table, dayfirst="yes")


def test_a_date_that_is_none_is_named_with_its_row():
    when = DAYS.dt.strftime("%d.%m.%Y")
    when.iloc[7] = "gestern"
    with pytest.raises(ValueError, match="got 'gestern' in row 8 below the header"):
        load_own_clicks(deutsch(when))
