"""Real data: embedded in the libraries of the course, or downloaded on demand.

Each loader returns fresh arrays in a small object with ``name`` and ``source``, so that
a chapter can say what it used, also where that is the stand-in for a set that could
not be downloaded. The libraries that hold the data are imported at the call.
"""

import gzip
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnbook.data import _file
from rnnbook.data._rows import check_text
from rnnbook.data.download import DataUnavailable, fetch


@dataclass(frozen=True, eq=False)
class Images:
    """Grey images of digits: ``images (N, rows, columns)``, ``labels (N,)`` int64."""

    name: str
    source: str
    images: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class TrainTestImages:
    """Two :class:`Images`, ``train`` and ``test``, of one ``name`` and ``source``."""

    name: str
    source: str
    train: Images = field(repr=False)
    test: Images = field(repr=False)


@dataclass(frozen=True, eq=False)
class Text:
    """A long text: ``text`` is a str.

    ``notes`` says, for a file of the reader's own, what was done with it.
    """

    name: str
    source: str
    text: str = field(repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.text)


@dataclass(frozen=True, eq=False)
class Series:
    """A series in time: ``dates (N,)`` datetime64, ``values (N,)`` float64.

    ``notes`` says, for a file of the reader's own, what was done with it and what
    looks wrong.
    """

    name: str
    source: str
    unit: str
    dates: np.ndarray = field(repr=False)
    values: np.ndarray = field(repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, eq=False)
class Sentences:
    """``sentences (N,)`` str, ``labels (N,)`` int64, 1 for praise, 0 for blame.

    ``origins (N,)`` says where each comes from.
    """

    name: str
    source: str
    sentences: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    origins: np.ndarray = field(repr=False)

    def __len__(self) -> int:
        return len(self.labels)


def load_digits() -> Images:
    """Load 1,797 handwritten digits of 8 x 8 pixels, embedded in scikit-learn.

    Returns
    -------
    Images
        ``images (1797, 8, 8)`` float32 in [0, 1], ``labels (1797,)`` int64.

    Notes
    -----
    Test part of *Optical Recognition of Handwritten Digits*, Alpaydin and Kaynak
    (1998), UCI Machine Learning Repository, CC BY 4.0.
    """
    from sklearn.datasets import load_digits as sklearn_digits

    digits = sklearn_digits()
    return Images(
        name="digits",
        source="scikit-learn's handwritten digits (UCI, CC BY 4.0)",
        images=(digits.images / 16).astype(np.float32),
        labels=digits.target.astype(np.int64),
    )


def load_text(file: Any = None, *, encoding: str | None = None) -> Text:
    """Load a text of your own, or the language reference of Python.

    Parameters
    ----------
    file : path, bytes, open file or address, optional
        A plain text, also in ``.gz``, ``.zip``, ``.bz2`` or ``.xz``; ``~`` is the home
        folder. Without it, the help topics of ``pydoc_data.topics``, embedded in
        Python, in alphabetical order, joined by one newline; about 465,000 characters
        of English, some of them not ASCII.
    encoding : str, optional
        Such as ``"cp1252"``, for a file that is not UTF-8. Without it, UTF-8, or what
        a byte order mark at the beginning says.

    Returns
    -------
    Text
        Of a file of your own without the byte order mark, and with ``\\n`` at the end
        of every line, whether they ended in CR, LF or both. What was done is printed
        in one line, and in ``notes``.

    Raises
    ------
    ValueError
        If the file is empty, is no text (a PDF, a document, a picture), or is neither
        UTF-8 nor in the encoding given; the message shows how it reads in others.
    OSError
        If the file cannot be opened.

    Notes
    -----
    The text of Python differs between its releases, and with it every number computed
    from it. Licence: PSF-2.0.
    """
    if file is not None:
        return _own_text(file, encoding)
    from pydoc_data.topics import topics

    return Text(
        name="Python's documentation",
        source="Python's own help topics, pydoc_data.topics (PSF-2.0)",
        text="\n".join(topics[key] for key in sorted(topics)),
    )


def _own_text(file: Any, encoding: str | None) -> Text:
    check_text("encoding", encoding)
    name = _file.label(file)
    data = _file.content(file, "file")
    if isinstance(data, bytes) and _file.is_spreadsheet(data):
        raise ValueError(f"{name}: expected text, got a spreadsheet")
    found = _file.texts(data, encoding, name)
    if len(found) > 1:
        raise _file.not_utf8(data, name)
    used, text = found[0]
    if not text.strip():
        raise ValueError(f"{name}: expected a text, got {len(text)} blank characters")
    source = _file.last_part(name)
    counts = f"{len(text):,} characters, {len(set(text))} distinct"
    notes = (f"{source}: {'; '.join([counts, *_file.changes(data, text, used)])}",)
    print(notes[0])
    return Text(_file.stem(name), source, text, notes)


def load_sea_temperature() -> Series:
    """Load the monthly sea surface temperature off Peru, embedded in statsmodels.

    Returns
    -------
    Series
        732 months, 1950-01 to 2010-12: ``dates`` datetime64[M], ``values`` in degrees
        Celsius, none missing.

    Notes
    -----
    Region Nino 1+2 (0-10 degrees south, 90-80 degrees west), NOAA, ERSST.V3B; public
    domain. ``statsmodels.datasets.elnino``.
    """
    from statsmodels.datasets import elnino

    table = elnino.load_pandas().data.to_numpy(dtype=np.float64)  # year, 12 months
    first = np.datetime64(str(int(table[0, 0])), "M")
    return Series(
        name="sea surface temperature, Nino 1+2",
        source="NOAA, ERSST.V3B, in statsmodels' elnino (public domain)",
        unit="degrees Celsius",
        dates=first + np.arange(table[:, 1:].size),
        values=table[:, 1:].ravel(),
    )


def load_mnist() -> TrainTestImages:
    """Load MNIST: 60,000 and 10,000 handwritten digits of 28 x 28 pixels.

    Returns
    -------
    TrainTestImages
        ``train`` and ``test`` with ``images`` uint8 in 0..255 and ``labels`` int64.
        If MNIST is neither in ``RNNBOOK_DATA`` nor cached nor reachable, one line says
        so, and these are the embedded digits of :func:`load_digits`, 8 x 8, in the
        same types and range: the first 1,437 and the last 360. ``name`` and
        ``source`` say which they are.

    Raises
    ------
    ValueError
        If a file is corrupt; see :func:`rnnbook.data.fetch`.

    Notes
    -----
    LeCun, Bottou, Bengio and Haffner (1998); CC BY-SA 3.0. 11.6 MB.
    """
    parts = (
        "train-images-idx3",
        "train-labels-idx1",
        "t10k-images-idx3",
        "t10k-labels-idx1",
    )
    try:
        paths = [fetch(f"mnist/{part}-ubyte.gz") for part in parts]
    except DataUnavailable as error:
        print(f"{error} Using scikit-learn's digits in place of MNIST.")
        return _digits_for_mnist()
    arrays = [_read_idx(path) for path in paths]
    source = "MNIST, Y. LeCun and C. Cortes (CC BY-SA 3.0)"
    return _train_test("MNIST", source, *arrays)


def load_shakespeare() -> Text:
    """Load Tiny Shakespeare: 1,115,394 characters, 65 of them distinct.

    Returns
    -------
    Text
        If it is neither in ``RNNBOOK_DATA`` nor cached nor reachable, one line says
        so, and this is the text of :func:`load_text`. ``name`` and ``source`` say
        which it is.

    Raises
    ------
    ValueError
        If the file is corrupt; see :func:`rnnbook.data.fetch`.

    Notes
    -----
    Plays of Shakespeare as put together by A. Karpathy for char-rnn (2015); public
    domain. 1.1 MB.
    """
    try:
        path = fetch("text/tinyshakespeare.txt")
    except DataUnavailable as error:
        print(f"{error} Using Python's documentation in place of Tiny Shakespeare.")
        return load_text()
    return Text(
        name="Tiny Shakespeare",
        source="plays of Shakespeare, from A. Karpathy's char-rnn (public domain)",
        text=path.read_text(encoding="ascii"),
    )


def load_sentences() -> Sentences:
    """Load 3,000 sentences of reviews, each labelled as praise or blame.

    Returns
    -------
    Sentences
        1,000 each from amazon (products), imdb (films) and yelp (restaurants), half of
        them praise. If they are neither in ``RNNBOOK_DATA`` nor cached nor reachable,
        one line says so, and these are 3,000 generated sentences, one in ten with the
        wrong label. ``name`` and ``source`` say which they are.

    Raises
    ------
    ValueError
        If a file is corrupt; see :func:`rnnbook.data.fetch`.

    Notes
    -----
    *Sentiment Labelled Sentences*, Kotzias, Denil, de Freitas and Smyth (2015), UCI
    Machine Learning Repository, CC BY 4.0. 0.2 MB.
    """
    files = {"amazon": "amazon_cells", "imdb": "imdb", "yelp": "yelp"}
    try:
        paths = {k: fetch(f"sentiment/{v}_labelled.txt") for k, v in files.items()}
    except DataUnavailable as error:
        print(f"{error} Using generated sentences in place of real ones.")
        return _generated_sentences()
    rows = []
    for origin, path in paths.items():
        # Not splitlines: a sentence may hold another kind of line end.
        for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n"):
            sentence, label = line.rsplit("\t", 1)
            rows.append((sentence.strip(), int(label), origin))
    source = "Sentiment Labelled Sentences (UCI, CC BY 4.0)"
    return _as_sentences("UCI sentences", source, rows)


def _as_sentences(name: str, source: str, rows: list) -> Sentences:
    sentences, labels, origins = zip(*rows, strict=True)
    arrays = np.array(sentences), np.array(labels, np.int64), np.array(origins)
    return Sentences(name, source, *arrays)


def _generated_sentences() -> Sentences:
    rng = np.random.default_rng(0)
    things = "phone battery film plot food service place screen story staff".split()
    good = "great excellent lovely superb wonderful good fine perfect".split()
    bad = "awful terrible bad poor boring horrible useless weak".split()
    adverbs = ["", "really ", "very ", "quite ", "so ", "truly "]
    frames = "The {} was {}{}.|A {} that is {}{}!|I found the {} {}{}.".split("|")
    rows = []
    for origin in np.repeat(["amazon", "imdb", "yelp"], 1000):
        label = int(rng.integers(2))
        word = rng.choice(good if (rng.random() < 0.9) == label else bad)
        frame, thing, adverb = map(rng.choice, (frames, things, adverbs))
        rows.append((frame.format(thing, adverb, word), label, str(origin)))
    source = "made by rnnbook, one label in ten is wrong"
    return _as_sentences("generated sentences", source, rows)


def _read_idx(path) -> np.ndarray:
    """Read an idx file of bytes: 0, 0, type 8, rank, the sizes in 4 bytes each."""
    raw = gzip.decompress(path.read_bytes())
    rank = raw[3]
    shape = np.frombuffer(raw, ">i4", count=rank, offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape).copy()


def _train_test(name, source, x_train, y_train, x_test, y_test) -> TrainTestImages:
    train = Images(name, source, x_train, y_train.astype(np.int64))
    test = Images(name, source, x_test, y_test.astype(np.int64))
    return TrainTestImages(name, source, train, test)


def _digits_for_mnist() -> TrainTestImages:
    digits = load_digits()
    images = np.rint(digits.images * 255).astype(np.uint8)
    a, b = slice(None, 1437), slice(1437, None)
    source = f"{digits.source}, in place of MNIST"
    arrays = images[a], digits.labels[a], images[b], digits.labels[b]
    return _train_test(digits.name, source, *arrays)
