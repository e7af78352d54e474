"""Train the networks of the landing page's pictures: ``python site/landing.py``.

What nine small networks believe, with the code and the settings of the chapters'
experiments and one seed: a digit read row by row, a text read letter by letter, a price
with its interval, a visit to a shop, a sentence with each word's part in the verdict,
forecasts of the air and of a year, a sentence translated, digits spelt. Run by hand
when something in it changes (five minutes on one core, most of it for the text);
``landing.json`` and ``images/preview.png`` are committed. ``start.py`` draws the page.

What is shown is chosen by rules, which stand in the functions, and not by hand.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np

SITE = Path(__file__).resolve().parent
NUMBERS = SITE / "landing.json"
SEED = 0
DIGITS = (3, 5, 8, 2)  # whose upper halves are like those of others
PASSAGE, GUESSES = (110, 190), 5
DAYS = 60
CLICKS = 20
SENTENCE = "What did you eat this morning?"  # the one that opens the chapter


def digits() -> list[dict]:
    """Digits, and what the network believes after each row.

    Of each digit the first image that is read rightly in the end, surely, and that
    after half of its rows was taken for another one.
    """
    from mnist_rows_belief import Batches, Reader, every_loss, load, outputs, train

    (x, y), (x_new, y_new), _ = load()
    reader = train(Reader, Batches(x, y), 2, SEED, every_loss)
    belief = outputs(reader, x_new).softmax(2).double().numpy()  # (N, 28, 10)
    half, end = belief[:, 13], belief[:, -1]
    right, other = end.argmax(1) == y_new, half.argmax(1) != y_new
    turns = right & other & (end.max(1) > 0.9) & (half.max(1) > 0.6)
    found = []
    for digit in DIGITS:
        which = np.flatnonzero(turns & (y_new == digit))[0]
        ink = (x_new[which] * 15).round().astype(int)
        found.append(
            {
                "digit": digit,
                "ink": ["".join(f"{v:x}" for v in row) for row in ink],
                "belief": belief[which].round(3).tolist(),
            }
        )
    return found


def speech(plays: str, begin: int) -> tuple[int, int]:
    """Where the next speech of the wanted length begins and ends."""
    low, high = PASSAGE
    while True:
        begin = plays.index("\n\n", begin) + 2
        end = plays.index("\n\n", begin)
        if low < end - begin < high:
            return begin, end


def text() -> dict:
    """A passage of a play that the network has not read, and what it expected.

    The first speech of the wanted length in the second half of the held-out part.
    """
    import torch
    from text_generation_plays import Writer, train

    from rnnbook.data import Vocabulary, load_shakespeare

    plays = load_shakespeare().text
    vocabulary, cut = Vocabulary(plays), int(0.9 * len(plays))
    known, new = plays[:cut], plays[cut:]
    torch.manual_seed(SEED)
    writer = Writer(len(vocabulary), hidden=256)
    train(writer, vocabulary.encode(known), 1500)
    begin, end = speech(new, len(new) // 2)
    with torch.no_grad():
        ids = torch.tensor(vocabulary.encode(new[begin - 2000 : end]))
        p = writer.eval()(ids[None])[0][0].softmax(1).numpy()[1999:-1]
    symbols = np.array(list(vocabulary.decode(range(len(vocabulary)))))
    order = np.argsort(-p, axis=1)[:, :GUESSES]
    passage = new[begin:end]
    right = [row[vocabulary.encode(c)[0]] for row, c in zip(p, passage, strict=True)]
    return {
        "text": passage,
        "bits": (-np.log2(right)).astype(float).round(1).tolist(),
        "next": [
            [[str(symbols[k]), round(float(row[k]), 2)] for k in best]
            for row, best in zip(p, order, strict=True)
        ],
    }


def price() -> dict:
    """The last days of a share, each with the interval of the evening before."""
    from _stock_prediction import ewma, prepare, train
    from sklearn.metrics import mean_absolute_error
    from stock_prediction_interval import conformal

    from rnnbook.data import load_prices

    prices = load_prices()
    r = np.diff(np.log(prices.price))
    u = np.log(prices.high / prices.low)[1:]
    scaler, parts = prepare(r)
    val, days = parts[1].t, parts[2].t
    averages = [ewma(u, decay) for decay in (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)]
    smooth = min(averages, key=lambda s: mean_absolute_error(u[val], s[val]))
    low, high = conformal(train(parts, SEED)[0], parts, scaler, r, smooth)[2]
    today = prices.price[days]  # r[t] leads from price[t] to price[t + 1]
    came = prices.price[days + 1]
    ends = [(today * np.exp(e))[-DAYS:].round(2).tolist() for e in (low, high)]
    return {"price": came[-DAYS:].round(2).tolist(), "low": ends[0], "high": ends[1]}


def air() -> dict:
    """Eight days of air around the highest reading, and forecasts of two days each."""
    import torch
    from _weather import Forecaster, Origin, beijing, forecast, future, pieces, train

    origin = Origin(beijing(), 2014)
    torch.manual_seed(SEED)
    model = Forecaster(origin.x.shape[1], 96, dropout=0.2)
    warm = slice(origin.val.start - 24, origin.val.stop)
    parts = (pieces(origin.x[p], future(origin.z[p])) for p in (origin.fit, warm))
    train(model, *parts, epochs=8)
    f = origin.back(forecast(model, origin.x))
    test = origin.test
    peak = test.start + 200 + int(np.nanargmax(origin.pm[test][200:-200]))
    hours = np.arange(peak - 96, peak + 97)
    read = [None if np.isnan(v) else int(v) for v in origin.pm[hours]]
    paths = {
        str(start + 96): [round(float(v)) for v in f[peak + start]]
        for start in (-72, 0)
    }
    return {"read": read, "ahead": paths}


def series() -> dict:
    """Three years of a temperature, and the next one with an interval of 80 %."""
    import keras
    from _series_keras import HORIZON, LENGTH, forecaster, harmonics, sea_and_split
    from _series_keras import train as fit

    from rnnbook.data import windows_by_target

    y, split = sea_and_split()
    season = harmonics(y, split[0])
    r = (y - season[: len(y)])[:, None]
    first, val = windows_by_target(r, LENGTH, split[:2], HORIZON)
    keras.utils.set_random_seed(SEED)
    model = forecaster(keras.layers.GRU, r[split[0]].mean(), r[split[0]].std())
    fit(model, (first.x, first.y[..., 0]), (val.x, val.y[..., 0]))
    errors = abs(model.predict(val.x, verbose=0) - val.y[..., 0])
    q = np.quantile(errors, 0.8, axis=0)
    ahead = season[-HORIZON:] + model.predict(r[None, -LENGTH:], verbose=0)[0]
    ends = [e.round(2).tolist() for e in (ahead, ahead - q, ahead + q)]
    known = y[-3 * HORIZON :].round(2).tolist()
    return {"known": known, "ahead": ends[0], "low": ends[1], "high": ends[2]}


def translation() -> dict:
    """A sentence, what is said for it, and the weight of each word for each sign."""
    import torch
    from _translation import (
        BOS,
        EOS,
        PAD,
        batch,
        coded,
        greedy,
        new_translator,
        tatoeba,
        train,
    )

    from rnnbook.data import tokens

    (first, _, _), source, target = tatoeba()
    model = new_translator(source, target, SEED, dropout=0.1)
    train(model, coded(first, source, target), 7, SEED)
    sentence = tokens(SENTENCE)
    x, length = batch([source.encode(sentence) + [EOS]])
    said = greedy(model, x.tolist())[0]
    with torch.inference_mode():
        states, h = model.encode(x, length)
        a = model.decode(torch.tensor([[BOS, *said]]), h, states, x != PAD)[2][0]
    weights = a[: len(said), : len(sentence)].double().numpy().round(3).tolist()
    signs = [target.names[k] for k in said]
    return {"words": sentence, "signs": signs, "weights": weights}


def spelling() -> dict:
    """A string of digits: its bands, coarsely, and the spikes of a network."""
    import numpy as np
    import torch
    from _speech import Listener, ctc_loss, framed, padded, recordings, train

    from rnnbook.data import spoken_strings

    spoken, _ = recordings()
    torch.manual_seed(SEED)
    model, rng = Listener(11, (2, 2), True), np.random.default_rng(SEED)

    def new_loss():
        waves, digits = spoken_strings(spoken, spoken.takes >= 10, 32, rng)
        return ctc_loss(*model(*padded(framed(waves))), digits)

    train(model, new_loss, 400)
    waves, digits = spoken_strings(
        spoken, spoken.is_test, 50, np.random.default_rng(3), 4, 4
    )
    for row, said in zip(framed(waves), digits, strict=True):
        with torch.inference_mode():
            p = model(*padded([row]))[0][0].softmax(1).numpy()[:, 1:]
        best = p.max(axis=1)
        beside = np.maximum(np.r_[0, best[:-1]], np.r_[best[1:], 0])
        spikes = [
            [round(float(v), 2), int(k) if v > 0.5 and v > other else None]
            for v, k, other in zip(best, p.argmax(axis=1), beside, strict=True)
        ]
        if [k for _, k in spikes if k is not None] == said.tolist():
            break  # the first one that is spelt
    few = row[: len(row) // 4 * 4].reshape(-1, 4, 20, 2).mean(axis=(1, 3))  # (T, 20)
    few = np.clip((few - np.median(few)) / (few.max() - np.median(few)), 0, 1)
    bands = (9 * few).round().astype(int).tolist()
    return {"said": said.tolist(), "bands": bands, "spikes": spikes}


def session() -> dict:
    """The first long visit of the test part: at which place stood what came next."""
    from _recommendation import log_probabilities, pairs, ranks, shop, train

    (first, _, test), items = shop()
    visit = next(s for s in test if len(s) > CLICKS)[: CLICKS + 1]
    scores = log_probabilities(train(first, items, SEED), [visit])
    return {"items": items, "ranks": ranks(scores, pairs([visit])[1]).tolist()}


def sentences() -> list[dict]:
    """New sentences, and how much the logit falls without each word.

    The first of seven to nine words that is rightly taken for a complaint, surely, and
    the first that is misread.
    """
    import torch
    from sklearn.model_selection import StratifiedKFold
    from text_classification_negation import (
        Reader,
        logits,
        make_vocabulary,
        tokenize,
        train,
    )

    from rnnbook.data import load_sentences

    data = load_sentences()
    words = [tokenize(s) for s in data.sentences]
    folds = StratifiedKFold(3, shuffle=True, random_state=0).split(words, data.labels)
    old, new = next(iter(folds))
    known = [words[k] for k in old]
    vocabulary = make_vocabulary(known)
    torch.manual_seed(SEED)
    reader = Reader(len(vocabulary) + 2)
    train(reader, vocabulary, known, data.labels[old])
    scores = logits(reader, vocabulary, [words[k] for k in new])
    short = np.array([7 <= len(words[k]) <= 9 for k in new])
    label = data.labels[new] == 1
    wanted = ~label & (scores < -1), label != (scores > 0)
    found = []
    for which in wanted:
        k = np.flatnonzero(short & which)[0]
        sentence = words[new[k]]
        without = [sentence[:n] + sentence[n + 1 :] for n in range(len(sentence))]
        parts = scores[k] - logits(reader, vocabulary, without)
        found.append(
            {
                "words": sentence,
                "parts": parts.astype(float).round(2).tolist(),
                "positive": bool(label[k]),
                "judged": bool(scores[k] > 0),
            }
        )
    return found


def preview(digit: dict, path: Path) -> None:
    """What is shown beside a link to the book: a digit, and the beliefs in it."""
    import matplotlib.pyplot as plt

    plt.rcParams["font.family"] = "DejaVu Sans"
    fig = plt.figure(figsize=(12, 6.3), dpi=100, facecolor="#f5f7fa")
    ink = np.array([[int(v, 16) for v in row] for row in digit["ink"]])
    for left, width, what in ((0.5, 0.265, ink), (0.79, 0.16, digit["belief"])):
        ax = fig.add_axes((left, 0.22, width, 0.5))
        ax.imshow(what, cmap="Blues" if what is not ink else "gray_r", aspect="auto")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_color("#d5dbe3")
    for k in range(10):
        fig.text(0.798 + 0.016 * k, 0.19, k, size=13, color="#52606d", ha="center")
    for left, said in ((0.5, "read row by row"), (0.79, "the belief so far")):
        fig.text(left, 0.76, said, size=15, color="#52606d")
    title = "Recurrent\nnetworks,\nfrom the first\nequation to\nthe forecast"
    look = {"color": "#1f2933", "va": "top", "linespacing": 1.3}
    fig.text(0.06, 0.74, title, size=36, **look)
    fig.text(0.06, 0.9, "rnnbook", size=20, color="#1f6aa5", va="top")
    fig.savefig(path)
    plt.close(fig)


def compact(value) -> str:
    """JSON in which a list of numbers or words stands on one line."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return re.sub(r"\[[^][]*\]", lambda row: " ".join(row[0].split()), text)


def main() -> None:
    sys.path.insert(0, str(SITE.parent / "experiments"))
    numbers = json.loads(NUMBERS.read_text("utf-8")) if NUMBERS.exists() else {}
    parts = {
        f.__name__: f
        for f in (
            digits,
            text,
            price,
            session,
            sentences,
            air,
            series,
            translation,
            spelling,
        )
    }
    for name in sys.argv[1:] or parts:
        numbers[name] = parts[name]()
    NUMBERS.write_text(compact(numbers) + "\n", encoding="utf-8")
    preview(numbers["digits"][0], SITE / "images" / "preview.png")


if __name__ == "__main__":
    main()
