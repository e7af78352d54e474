"""A reader's own file: the cells tagged ``own-data`` alone, in an empty folder.

Each chapter of applications ends in cells that load a file of the reader's, train, save
what is needed, load it and use it. Here they meet a file that no chapter knows.
"""

import ast
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
    """

    name: str
    file: str
    write: Callable[[Path], None]
    saved: tuple[str, ...]
    judge: Callable[[list[str], Path], None]


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


def shown(cell) -> str:
    """What stands below a cell."""
    texts = [o.get("text") or o.data.get("text/plain", "") for o in cell.outputs]
    return "".join(texts)


def outputs(nb, own: Own, folder: Path) -> list[str]:
    """Run the cells in a fresh kernel in a folder that holds the file alone."""
    sources = with_file(own_cells(nb), own.name, own.file)
    own.write(folder / own.file)
    alone = new_notebook(cells=[new_code_cell(source) for source in sources])
    alone.metadata["kernelspec"] = KERNEL
    path = folder / "own.ipynb"
    nbformat.write(alone, path)
    run.execute(path, timeout=600)
    for pattern in own.saved:
        files = list(folder.rglob(pattern))
        assert files, f"nothing was saved as {pattern}"
        assert all(file.stat().st_size > 0 for file in files)
    return [shown(cell) for cell in nbformat.read(path, as_version=4).cells]


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


def a_text_goes_on(texts: list[str], file: Path) -> None:
    """Both networks go on from the beginning, with characters that the text has."""
    text = file.read_text(encoding="utf-8")
    written = [t for t in texts if text[:20] in t]
    assert len(written) == 2, "expected a text by PyTorch and one by Keras"
    for new in written:
        new = ast.literal_eval(new) if new.startswith(("'", '"')) else new.rstrip("\n")
        assert new.startswith(text[:20])
        assert len(new) >= 100 and set(new) <= set(text)


def write_digit(file: Path) -> None:
    """A nought in blue ink on yellowish paper."""
    image = Image.new("RGB", (300, 360), (250, 247, 230))
    place = (90, 70, 210, 290)
    ImageDraw.Draw(image).ellipse(place, outline=(20, 30, 120), width=24)
    image.save(file)


def a_digit_is_read(texts: list[str], file: Path) -> None:
    found = re.search(rf"{file.name} is a (\d), with belief (\d+)%", texts[-1])
    assert found, texts[-1]
    assert found[1] == "0" and 10 < int(found[2]) <= 100


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
    """Sentences about things, each with a label in words."""
    draw = random.Random(0)
    good = "sturdy|charming|worth every penny|a delight".split("|")
    bad = "flimsy|tiresome|a waste of money|broken".split("|")
    things = "kettle|novel|lamp|concert|jacket|garden chair".split("|")
    rows = []
    for k in range(240):
        label, words = ("positive", good) if k % 2 else ("negative", bad)
        said = f"This {draw.choice(things)} is {draw.choice(words)}."
        rows.append({"review": said, "label": label})
    pd.DataFrame(rows).to_csv(file, index=False)


def scores_lie_between_0_and_1(texts: list[str], file: Path) -> None:
    """Most of what was held back is right; both networks judge what they are asked."""
    right = [re.search(r"(\d+)% of (\d+) sentences right", text) for text in texts]
    ((share, held),) = [match.groups() for match in right if match]
    assert int(held) == len(pd.read_csv(file)) // 5 and int(share) >= 80
    asked = [found for t in texts for found in re.findall(r"array\(\[([^]]*)\]", t)]
    scores = [[float(number) for number in text.split(",")] for text in asked[-2:]]
    assert len(scores) == 2, "expected scores by PyTorch and by Keras"
    assert all(len(s) == 2 and 0 <= min(s) <= max(s) <= 1 for s in scores)


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
}


@pytest.mark.parametrize("chapter", APPLICATIONS)
def test_a_chapter_serves_a_file_that_it_does_not_know(chapter, tmp_path):
    nb = nbformat.read(CHAPTERS / f"{chapter}.ipynb", as_version=4)
    own = OWN[chapter]
    own.judge(outputs(nb, own, tmp_path), tmp_path / own.file)


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
    assert outputs(notebook(*CELLS), WORDS, tmp_path) == ["", "", "'TWO WORDS'"]


def test_a_chapter_without_tagged_cells_fails(tmp_path):
    with pytest.raises(AssertionError, match="no cell is tagged"):
        outputs(notebook(*CELLS, tags=()), WORDS, tmp_path)


@pytest.mark.parametrize(
    "cell", ["text = ''", "file = str(1)", "file = None\nfile = ''", "file = b = ''"]
)
def test_the_file_is_named_on_one_line(cell):
    with pytest.raises(AssertionError, match="lines name a file"):
        with_file([cell], "file", "words.txt")


def test_only_the_name_is_changed():
    (new,) = with_file(['a = 1\nfile = "x.csv"  # mine\nb = file'], "file", "y.csv")
    assert new == "a = 1\nfile = 'y.csv'  # mine\nb = file"


def test_nothing_saved_fails(tmp_path):
    with pytest.raises(AssertionError, match="nothing was saved"):
        outputs(notebook(*CELLS[:2]), WORDS, tmp_path)


def test_a_cell_that_fails_fails(tmp_path):
    with pytest.raises(Exception, match="ZeroDivisionError"):
        outputs(notebook(*CELLS, "1 / 0"), WORDS, tmp_path)
