"""A reader's own file: the cells tagged ``own-data`` alone, in an empty folder.

Each chapter of applications ends in cells that load a file of the reader's, train, save
what is needed, load it and use it. Here they meet a file that no chapter knows.
"""

import ast
import functools
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import nbformat
import numpy as np
import pandas as pd
import pytest
import run
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image, ImageDraw
from scipy.io import wavfile

from rnnbook.data import load_mnist

CHAPTERS = Path(__file__).resolve().parent.parent / "chapters"
APPLICATIONS = sorted(path.stem for path in CHAPTERS.glob("2[1-9]-*.ipynb"))
KERNEL = {"name": "python3", "display_name": "Python 3"}


class Own(NamedTuple):
    """What a reader brings to a chapter, and what the chapter gives in return.

    Attributes
    ----------
    name : str, the variable that the reader's file is given to, on one line
    file : str, the name of the file
    write : writes such a file
    saved : what the chapter saves, as patterns of files
    judge : asserts that the outputs, one text for each cell, are what is wanted
    less : a training of the course's own data, as it is written and shorter: it does
        not see the file, and the run of the chapter makes it whole
    """

    name: str
    file: str
    write: Callable[[Path], None]
    saved: tuple[str, ...]
    judge: Callable[[list[str], Path], None]
    less: tuple[str, str] | None = None


# The frame.


def own_cells(nb) -> list[str]:
    """The sources of the cells tagged ``own-data``; that there are none is an error."""
    cells = [c for c in nb.cells if "own-data" in c.metadata.get("tags", [])]
    assert cells, "no cell is tagged own-data"
    assert all(cell.cell_type == "code" for cell in cells)
    return [cell.source for cell in cells]


def literals(source: str, name: str) -> list[ast.Constant]:
    """What a cell gives to a name outside functions, where that is written out."""
    return [
        node.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
        and [t.id for t in node.targets if isinstance(t, ast.Name)] == [name]
        and isinstance(node.value, ast.Constant)
    ]


def with_file(sources: list[str], name: str, file: str) -> list[str]:
    """The cells with another file; the reader changes one line, so exactly one does."""
    found = [(k, v) for k, s in enumerate(sources) for v in literals(s, name)]
    assert len(found) == 1, f"{len(found)} lines name a file, {name} = ..."
    (where, value), changed = found[0], list(sources)
    lines = changed[where].split("\n")
    line = lines[value.lineno - 1]
    lines[value.lineno - 1] = (
        f"{line[: value.col_offset]}{file!r}{line[value.end_col_offset :]}"
    )
    changed[where] = "\n".join(lines)
    return changed


def with_less(sources: list[str], long: str, short: str) -> list[str]:
    """The cells with a shorter training, which stands there once."""
    assert sum(source.count(long) for source in sources) == 1, long
    return [source.replace(long, short) for source in sources]


def shown(cell) -> str:
    """What stands below a cell."""
    texts = [o.get("text") or o.data.get("text/plain", "") for o in cell.outputs]
    return "".join(texts)


class Task(NamedTuple):
    """The cells of a notebook, a file for them, and a folder that holds it alone."""

    nb: nbformat.NotebookNode
    own: Own
    folder: Path

    def cells(self) -> list[nbformat.NotebookNode]:
        """The reader goes to the folder, and runs the cells there."""
        sources = with_file(own_cells(self.nb), self.own.name, self.own.file)
        if self.own.less:
            sources = with_less(sources, *self.own.less)
        goes = f"import os\nos.chdir({str(self.folder)!r})"
        return [new_code_cell(source) for source in (goes, *sources)]

    def assert_saved(self) -> None:
        for pattern in self.own.saved:
            files = list(self.folder.rglob(pattern))
            assert files, f"nothing was saved as {pattern}"
            assert all(file.stat().st_size > 0 for file in files)


def outputs(*tasks: Task) -> list[list[str]]:
    """Run the cells of each, one after the other, in one kernel.

    It is fresh for the first. To load the libraries takes longer than all that is done
    with a small file, so that a second one comes to the same kernel.
    """
    parts = [task.cells() for task in tasks]
    alone = new_notebook(cells=sum(parts, []))
    alone.metadata["kernelspec"] = KERNEL
    for task in tasks:
        task.own.write(task.folder / task.own.file)
    path = tasks[0].folder / "own.ipynb"
    nbformat.write(alone, path)
    run.execute(path, timeout=600)
    for task in tasks:
        task.assert_saved()
    ran = iter(nbformat.read(path, as_version=4).cells)
    return [[shown(next(ran)) for _ in part][1:] for part in parts]


# What readers bring, and what they want.


def write_text(file: Path) -> None:
    """Sentences of a small grammar, some twenty thousand characters."""
    draw = random.Random(0)
    words = {
        "who": "The baker|My sister|An old clock|The harbour|Nobody|The tall girl",
        "does": "sells|paints|forgets|repairs|hides|counts",
        "what": "a blue door|seven pears|the last letter|warm bread|two silver spoons",
        "when": "before noon|in winter|every other day|without a word|by the river",
    }
    choices = [options.split("|") for options in words.values()]
    sentences = [" ".join(map(draw.choice, choices)) + "." for _ in range(500)]
    file.write_text("\n".join(sentences), encoding="utf-8")


def write_scripts(file: Path) -> None:
    """Lines in one of eight scripts, each with forty words of its own; V is 388."""
    draw = random.Random(0)

    def word(script):
        place = 0x4E00 + 50 * script
        letters = (draw.randrange(50) for _ in range(draw.randint(2, 7)))
        return "".join(chr(place + letter) for letter in letters)

    words = [[word(script) for _ in range(40)] for script in range(8)]
    lines = [" ".join(draw.choices(draw.choice(words), k=10)) for _ in range(2000)]
    file.write_text("\n".join(lines), encoding="utf-8")


def a_text_goes_on(texts: list[str], file: Path) -> None:
    """Both networks go on from the beginning, with characters that the text has."""
    text = file.read_text(encoding="utf-8")
    written = [t for t in texts if text[:20] in t]
    assert len(written) == 2, "expected a text by PyTorch and one by Keras"
    for new in written:
        new = ast.literal_eval(new) if new.startswith(("'", '"')) else new.rstrip("\n")
        assert new.startswith(text[:20])
        assert len(new) >= 100 and set(new) <= set(text)


def more_than_frequencies_is_learned(texts: list[str], file: Path) -> None:
    """With many characters too, the validation soon leaves their frequencies behind."""
    a_text_goes_on(texts, file)
    (trained,) = [t for t in texts if "by frequency alone" in t]
    alone = float(re.search(r"by frequency alone: ([\d.]+) bits", trained)[1])
    assert float(trained.split()[-1]) < alone - 1


def write_digit(file: Path) -> None:
    """A nought in blue ink on yellowish paper."""
    image = Image.new("RGB", (300, 360), (250, 247, 230))
    place = (90, 70, 210, 290)
    ImageDraw.Draw(image).ellipse(place, outline=(20, 30, 120), width=24)
    image.save(file)


def a_digit_is_read(texts: list[str], file: Path) -> None:
    found = re.search(rf"{file.name} is a (\d), with belief (\d+)%", texts[-1])
    assert found, texts[-1]
    assert 10 < int(found[2]) <= 100
    # Where MNIST cannot be had, the network has learned from small images of others.
    assert found[1] == "0" or not load_mnist().source.startswith("MNIST")


def write_letters(file: Path) -> None:
    """One of thirty photos of two letters, and beside it a folder for each letter."""
    draw = random.Random(0)
    for k in range(30):
        image = Image.new("L", (90, 120), draw.randint(170, 255))
        place = tuple(x + draw.randint(-9, 9) for x in (25, 30, 65, 90))
        pen = {"fill": draw.randint(0, 60), "width": draw.randint(6, 12)}
        if k % 2:
            ImageDraw.Draw(image).arc(place, 40, 320, **pen)  # a C
        else:
            across, down = place[0] + 20, place[1]
            ImageDraw.Draw(image).line((across, down, across, down + 60), **pen)
        folder = file.parent / "letters" / "IC"[k % 2]
        folder.mkdir(parents=True, exist_ok=True)
        image.save(folder / f"{k}.png")
    image.save(file)


def a_letter_is_read(texts: list[str], file: Path) -> None:
    """The name of the class stands in the answer, and what was held back is right."""
    found = re.search(r"(\d+)\.\d% of (\d+) images held back", "".join(texts))
    assert found and int(found[1]) > 60 and int(found[2]) == 3
    assert re.search(rf"{file.name} is a C, with belief (\d+)%", texts[-1]), texts[-1]


def made_prices(days: int = 700) -> pd.DataFrame:
    """A random walk, calm and restless by turns, with the range of each day."""
    rng = np.random.default_rng(1)
    size = 0.012 * np.exp(0.5 * np.sin(np.arange(days) / 40))
    close = 40 * np.exp(np.cumsum(size * rng.normal(size=days)))
    reach = size * (0.4 + rng.random((2, days)))
    table = {
        "Date": pd.bdate_range("2021-03-01", periods=days).strftime("%Y-%m-%d"),
        "High": close * np.exp(reach[0]),
        "Low": close * np.exp(-reach[1]),
        "Close": close,
    }
    return pd.DataFrame(table).round(2)


def write_prices(file: Path) -> None:
    made_prices().to_csv(file, index=False)


def the_next_day_is_forecast(texts: list[str], file: Path) -> None:
    """The last price, the business day after the last row, an interval around both."""
    last = pd.read_csv(file).iloc[-1]
    numbers = r"'([\d.]+); on ([\d-]+) ([\d.]+) \(([\d.]+) to ([\d.]+)\)'"
    found = re.fullmatch(numbers, texts[-1])
    assert found, texts[-1]
    price, middle, low, high = (float(found[k]) for k in (1, 3, 4, 5))
    assert price == last["Close"]
    assert pd.Timestamp(found[2]) == pd.Timestamp(last["Date"]) + pd.offsets.BDay()
    assert 0.8 * price < low < price < high < 1.25 * price and low < middle < high


def write_opinions(file: Path) -> None:
    """Sentences about things, each with a label in words; one in four is long.

    Some end in characters that Unicode takes for the end of a line. Keras writes a
    vocabulary that was only adapted one word a line, and cannot load one with such
    words; the chapter once saved it that way.
    """
    draw = random.Random(0)
    good = "sturdy|charming|worth every penny|a delight".split("|")
    bad = "flimsy|tiresome|a waste of money|broken".split("|")
    things = "kettle|novel|lamp|concert|jacket|garden chair".split("|")
    ends = [".", "\x85 really\x85", " \u2028 so é!", "; no, really"]
    ends[3] += " and" + 40 * " so" + " on"
    rows = []
    for k in range(240):
        label, words = ("positive", good) if k % 2 else ("negative", bad)
        end = ends[k // 2 % 4]
        said = f"This {draw.choice(things)} is {draw.choice(words)}{end}"
        rows.append({"review": said, "label": label})
    pd.DataFrame(rows).to_csv(file, index=False)


def scores_lie_between_0_and_1(texts: list[str], file: Path) -> None:
    """Most of what was held back is right; both networks judge what they are asked.

    And it is said how many sentences Keras cuts off, and how many have other letters.
    """
    wanted = r"over 40 words: 2\d%, letters beyond a to z: 2\d%, copies: \d+%"
    assert any(re.search(wanted, text) for text in texts)
    right = [re.search(r"(\d+)% of (\d+) sentences right", text) for text in texts]
    ((share, held),) = [match.groups() for match in right if match]
    assert int(held) == len(pd.read_csv(file)) // 5 and int(share) >= 80
    asked = [found for t in texts for found in re.findall(r"array\(\[([^]]*)\]", t)]
    scores = [[float(number) for number in text.split(",")] for text in asked[-2:]]
    assert len(scores) == 2, "expected scores by PyTorch and by Keras"
    assert all(len(s) == 2 and 0 <= min(s) <= max(s) <= 1 for s in scores)


def write_log(file: Path) -> None:
    """Visits to forty pages in a ring, mostly one further, as a German program writes.

    The day stands first, the time of day in a column of its own; one row has no page.
    """
    rng, rows = np.random.default_rng(0), ["Nutzer;Datum;Uhrzeit;Seite"]
    for visit in range(300):
        day, at = 1 + visit // 12, int(rng.integers(40))
        for minute in range(int(rng.integers(3, 12))):
            when = f"{day:02d}.05.2024;{8 + visit % 12:02d}:{minute:02d}"
            rows.append(f"v{visit};{when};page {at:02d}")
            at = (at + (1 if rng.random() < 0.9 else int(rng.integers(2, 40)))) % 40
    file.write_text("\n".join([*rows, "v1;01.05.2024;09:59;", ""]), "utf-8-sig")


def the_next_page_is_recommended(texts: list[str], file: Path) -> None:
    """One further than the last page, and the same from the saved file."""
    (said,) = [text for text in texts if text.startswith("after ")]
    clicked, _head, best = said.split("\n")[:3]
    last = int(clicked.split()[-1])
    assert best.startswith(f"page {(last + 1) % 40:02d}"), said
    again = ast.literal_eval(texts[-1])
    assert max(again, key=again.get) in best
    judged = " ".join(texts)
    assert all(name in judged for name in ("popularity", "Markov", "GRU and Markov"))


def write_pairs(file: Path) -> None:
    """Numbers in words with commas, and in digits: no header, semicolons, halves."""
    ones = "zero one two three four five six seven eight nine".split()
    rng = np.random.default_rng(0)
    rows = [
        (", ".join(ones[d] for d in digits), " ".join(map(str, digits)))
        for digits in (rng.integers(10, size=rng.integers(2, 6)) for _ in range(1500))
    ]
    lines = [";".join(row) for row in rows]
    file.write_text("\n".join([*lines, "nine;", ";7", ""]), "utf-8-sig")


def digits_are_said(texts: list[str], file: Path) -> None:
    """The door says what it left out; digits come out, also from the saved file."""
    assert any("2 rows without" in text for text in texts)
    words, *said = texts[-2].strip().split("\n")
    tokens, unknown = ast.literal_eval(said[-1])
    ones = "zero one two three four five six seven eight nine".split()
    wanted = [str(ones.index(word)) for word in words.split() if word != ","]
    assert tokens == wanted and unknown == [], (words, said)
    assert ast.literal_eval(texts[-1]) == (tokens, unknown)


def write_voice(file: Path) -> None:
    """Three made digits in a row, in stereo, at another rate."""
    rate = 22050
    rng = np.random.default_rng(0)
    at = np.linspace(0, 1, int(0.4 * rate))
    parts = []
    for low, high in ((300, 2000), (600, 1200), (450, 2400)):
        tone = sum(np.sin(2 * np.pi * f * at * 0.4) for f in (low, high))
        parts += [0.3 * tone * np.sin(np.pi * at), np.zeros(rate // 5)]
    wave = np.concatenate(parts)
    wave += 0.002 * rng.standard_normal(len(wave))
    both = np.stack([wave, wave], axis=1)
    wavfile.write(file, rate, (both * 16000).astype(np.int16))


def digits_are_heard(texts: list[str], file: Path) -> None:
    """The door says what it read; digits come out, also from the saved file."""
    assert any("2 channel(s), 22050 to 8000 Hz" in text for text in texts)
    said = re.search(r"said \[3, 1, 4\], heard (\[.*?\]): (\d+) edits", texts[-2])
    digits = ast.literal_eval(said[1])
    assert all(0 <= digit <= 9 for digit in digits) and 0 <= int(said[2]) <= 9
    assert ast.literal_eval(texts[-1]) == digits


def write_readings(file: Path) -> None:
    """A river and its rain every two hours, with gaps, a bad day and words."""
    rng = np.random.default_rng(0)
    time = pd.date_range("2023-03-01", periods=1500, freq="2h")
    rain = np.maximum(0, pd.Series(rng.normal(size=1500)).ewm(alpha=0.1).mean() * 9)
    level = 80 + rain.ewm(alpha=0.05).mean() * 30 + np.sin(np.arange(1500) * np.pi / 6)
    table = pd.DataFrame({"When": time, "level": level.round(2), "rain": rain.round(1)})
    table["place"] = "bridge"
    table.loc[rng.random(1500) < 0.1, "level"] = np.nan
    table = table.astype({"level": object})
    table.loc[table["level"].isna(), "level"] = "-"
    table.drop(index=range(700, 740)).to_csv(file, index=False)


def the_next_steps_are_forecast(texts: list[str], file: Path) -> None:
    """The door says what is missing, all ways are judged, and the steps come next."""
    assert any("1,500 steps of 2h" in t and "level 1" in t for t in texts)
    judged = next(t for t in texts if "ridge" in t and "gain" in t)
    errors = [float(found) for found in re.findall(r" (\d+\.?\d*) ", judged)]
    assert len(errors) >= 9 and 0 < min(errors[1:]) and max(errors) < 50
    last = pd.to_datetime(pd.read_csv(file)["When"].iloc[-1])
    first = (last + pd.Timedelta(hours=2)).strftime("%Y-%m-%d %H:%M")
    assert first in texts[-1], texts[-1]
    ahead = [float(line.split()[-2]) for line in texts[-1].strip().split("\n")[1:]]
    assert len(ahead) == 3 and 70 < min(ahead) and max(ahead) < 130


def write_months(file: Path) -> None:
    """Twenty years of a number a month: a season, and a rest that fades."""
    rng, rest, t = np.random.default_rng(0), np.zeros(240), np.arange(240)
    for k in t[1:]:
        rest[k] = 0.8 * rest[k - 1] + rng.normal()
    values = 50 + 8 * np.sin(2 * np.pi * t / 12) + rest
    months = pd.date_range("2001-01-01", periods=240, freq="MS").strftime("%Y-%m-%d")
    pd.DataFrame({"month": months, "sold": values.round(2)}).to_csv(file, index=False)


def a_year_with_its_season_is_forecast(texts: list[str], file: Path) -> None:
    """The season of the next twelve months, at the height of the file."""
    (said,) = [text for text in texts if re.fullmatch(r"\[[-\d., ]+\]", text.strip())]
    forecast = ast.literal_eval(said)
    season = 50 + 8 * np.sin(2 * np.pi * np.arange(240, 252) / 12)
    assert len(forecast) == 12
    assert np.sqrt(np.mean((forecast - season) ** 2)) < 4
    table = next(text for text in texts if "against best rival" in text)
    assert "seasonal naive" in table and "GRU, residuals" in table


OWN = {
    "21-text-generation": Own(
        "file", "sentences.txt", write_text, ("*.pt", "*.npz"), a_text_goes_on
    ),
    "22-mnist-rows": Own("mine", "photo.png", write_digit, ("*.pt",), a_digit_is_read),
    "23-stock-prediction": Own(
        "MY_FILE", "walk.csv", write_prices, ("*.pt",), the_next_day_is_forecast
    ),
    "24-text-classification": Own(
        "FILE",
        "opinions.csv",
        write_opinions,
        ("*.pt", "*.keras"),
        scores_lie_between_0_and_1,
    ),
    "25-weather": Own(
        "MY_FILE",
        "river.csv",
        write_readings,
        ("*.pt",),
        the_next_steps_are_forecast,
    ),
    "26-translation": Own(
        "FILE", "numbers.csv", write_pairs, ("*.pt",), digits_are_said
    ),
    "27-speech": Own(
        "FILE",
        "voice.wav",
        write_voice,
        ("*.pt",),
        digits_are_heard,
        ("new_loss, updates=400)", "new_loss, updates=20)"),
    ),
    "28-recommendation": Own(
        "FILE", "log.csv", write_log, ("*.pt",), the_next_page_is_recommended
    ),
    "29-series-in-keras": Own(
        "FILE",
        "sold.csv",
        write_months,
        ("*.keras",),
        a_year_with_its_season_is_forecast,
    ),
}


def write_coin(file: Path) -> None:
    """Prices of all seven days; beside them the last ones, some of another kind."""
    table = made_prices()
    table["Date"] = pd.date_range("2021-02-27", periods=len(table)).strftime("%Y-%m-%d")
    gaps = table.astype({"High": object})
    gaps.loc[len(table) // 2, "High"] = gaps.loc[9, "High"] = "-"
    gaps.to_csv(file, index=False)
    table.tail(120).to_csv(file.parent / "later.csv", index=False)
    table.tail(15).to_csv(file.parent / "few.csv", index=False)
    table[["Date", "Close"]].tail(120).to_csv(file.parent / "closes.csv", index=False)


def the_next_day_is_any_day(texts: list[str], file: Path) -> None:
    """After a Friday a Saturday."""
    last = pd.read_csv(file)["Date"].iloc[-1]
    tomorrow = (pd.Timestamp(last) + pd.Timedelta(days=1)).strftime("%Y-%m-%d")
    assert f"on {tomorrow} " in texts[-1], texts[-1]


SECOND = {
    "21-text-generation": OWN["21-text-generation"]._replace(
        write=write_scripts, judge=more_than_frequencies_is_learned
    ),
    "22-mnist-rows": Own(
        "mine", "photo.png", write_letters, ("*.pt",), a_letter_is_read
    ),
    "23-stock-prediction": Own(
        "MY_FILE", "coin.csv", write_coin, ("*.pt",), the_next_day_is_any_day
    ),
}


def chapter_of(name: str) -> nbformat.NotebookNode:
    return nbformat.read(CHAPTERS / f"{name}.ipynb", as_version=4)


def with_classes(nb) -> nbformat.NotebookNode:
    """What the page says: two lines in place of the first three of the second cell."""
    prose = "\n".join(c.source for c in nb.cells if c.cell_type == "markdown")
    said = re.findall(r"`([^`]* load_images[^`]*)`", prose)
    assert len(said) == 2
    cells = [c for c in nb.cells if "own-data" in c.metadata.get("tags", [])]
    cells[1].source = "\n".join([*said, *cells[1].source.split("\n")[3:]])
    return nb


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """``served(chapter)``: for each of its files the task, and what the cells said."""

    @functools.cache
    def both(chapter: str) -> list[tuple[Task, list[str]]]:
        tasks = [Task(chapter_of(chapter), OWN[chapter], tmp_path_factory.mktemp("a"))]
        if chapter in SECOND:
            changes = with_classes if chapter == "22-mnist-rows" else lambda nb: nb
            nb, folder = changes(chapter_of(chapter)), tmp_path_factory.mktemp("b")
            tasks.append(Task(nb, SECOND[chapter], folder))
        return list(zip(tasks, outputs(*tasks), strict=True))

    return both


def judged(task: Task, said: list[str]) -> None:
    task.own.judge(said, task.folder / task.own.file)


@pytest.mark.parametrize("chapter", APPLICATIONS)
def test_a_chapter_serves_a_file_that_it_does_not_know(chapter, served):
    judged(*served(chapter)[0])


def test_classes_of_images_of_ones_own(served):
    judged(*served("22-mnist-rows")[1])


def test_a_text_in_eight_scripts_is_learned(served):
    judged(*served("21-text-generation")[1])


def test_later_prices_in_a_fresh_kernel(served):
    """The definitions that the page names are enough; other prices are refused."""
    task, said = served("23-stock-prediction")[1]
    judged(task, said)
    *rest, last = own_cells(task.nb)
    cells = [s for s in rest if "MY_" not in s] + [last.split("\n\n\n")[0]]
    call = "forecast_next(load_prices('{}'), 'mine/forecaster.pt')"
    cells.append(f"print(*{call.format('later.csv')})")
    for file in ("few.csv", "closes.csv"):
        tried = call.format(file)
        cells.append(f"try:\n    {tried}\nexcept ValueError as no:\n    print(no)")
    fresh = new_notebook(cells=[new_code_cell(source) for source in cells])
    fresh.metadata["kernelspec"] = KERNEL
    path = task.folder / "fresh.ipynb"
    nbformat.write(fresh, path)
    run.execute(path, timeout=600)
    done = nbformat.read(path, as_version=4).cells
    later, few, closes = (shown(cell) for cell in done[-3:])
    once = [float(end) for end in re.findall(r"[\d.]+", said[-1])[-3:]]
    again = [float(end) for end in later.split("\n")[-2].split()]
    assert np.allclose(sorted(again), sorted(once), rtol=1e-3)
    assert "expected 21 days, with high and low" in few
    assert "expected 21 days, with high and low" in closes


def test_all_applications_are_tried():
    assert list(OWN) == APPLICATIONS


# The frame itself can fail.

CELLS = [
    "from pathlib import Path",
    'file = None  # or "mine.txt"\ntext = Path(file).read_text()',
    'Path("kept").mkdir()\nPath("kept", "it.pt").write_text(text)\ntext.upper()',
]


def notebook(*sources: str, tags=("own-data",)):
    other = new_code_cell("1 / 0")  # not tagged, so it does not run
    cells = [new_code_cell(s, metadata={"tags": list(tags)}) for s in sources]
    return new_notebook(cells=[other, *cells])


def write_words(file: Path) -> None:
    file.write_text("two words")


WORDS = Own("file", "words.txt", write_words, ("*.pt",), lambda texts, file: None)


def test_the_tagged_cells_run_with_the_file(tmp_path):
    said = ["", "", "'TWO WORDS'"]
    assert outputs(Task(notebook(*CELLS), WORDS, tmp_path)) == [said]


def test_a_second_file_comes_to_the_same_kernel_in_a_folder_of_its_own(tmp_path):
    folders = [tmp_path / name for name in "ab"]
    other = WORDS._replace(write=lambda file: file.write_text("three more words"))
    tasks = []
    for folder, own in zip(folders, (WORDS, other), strict=True):
        folder.mkdir()
        tasks.append(Task(notebook(*CELLS), own, folder))
    texts = outputs(*tasks)
    assert [said[-1] for said in texts] == ["'TWO WORDS'", "'THREE MORE WORDS'"]
    kept = [(folder / "kept" / "it.pt").read_text() for folder in folders]
    assert kept == ["two words", "three more words"]


def test_a_chapter_without_tagged_cells_fails(tmp_path):
    with pytest.raises(AssertionError, match="no cell is tagged"):
        outputs(Task(notebook(*CELLS, tags=()), WORDS, tmp_path))


@pytest.mark.parametrize(
    "cell", ["text = ''", "file = str(1)", "file = None\nfile = ''", "file = b = ''"]
)
def test_the_file_is_named_on_one_line(cell):
    with pytest.raises(AssertionError, match="lines name a file"):
        with_file([cell], "file", "words.txt")


def test_only_the_name_is_changed():
    (new,) = with_file(['a = 1\nfile = "x.csv"  # mine\nb = file'], "file", "y.csv")
    assert new == "a = 1\nfile = 'y.csv'  # mine\nb = file"


def test_a_training_that_is_not_there_cannot_be_made_shorter():
    assert with_less(["a = train(9)", "b"], "train(9)", "train(1)") == [
        "a = train(1)",
        "b",
    ]
    for sources in (["train(8)"], ["train(9)", "train(9)"]):
        with pytest.raises(AssertionError, match="train"):
            with_less(sources, "train(9)", "train(1)")


def test_nothing_saved_fails(tmp_path):
    with pytest.raises(AssertionError, match="nothing was saved"):
        outputs(Task(notebook(*CELLS[:2]), WORDS, tmp_path))


def test_a_cell_that_fails_fails(tmp_path):
    with pytest.raises(Exception, match="ZeroDivisionError"):
        outputs(Task(notebook(*CELLS, "1 / 0"), WORDS, tmp_path))
