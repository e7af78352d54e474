"""Train and export what the explorers load: ``weights/NAME.js``.

``python site/explorers/export.py [NAME ...]`` trains with functions of
the chapters' experiments and one seed, rounds the weights to eight bits (one scale for
each column) or to half precision, and writes the script, where it is also said how good
the rounded network is; ``tests/test_explorers_*.py`` compute that again.
``unpack`` reads an array as ``kit.js`` does, so that tests compare like with like.
"""

import base64
import json
import re
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
SITE = HERE.parent
WEIGHTS = HERE / "weights"
KINDS = {"f16": "<f2", "i8": "i1"}
LARGEST = 300_000  # bytes of a file
SEED = 0
BARRED = "<pad>", "<bos>", "<unk>"  # what the translator never writes


def pack(array, kind: str = "i8") -> dict:
    """An array as what ``Explorer.weights`` takes."""
    if kind not in KINDS:
        raise ValueError(f"kind: expected one of {tuple(KINDS)}, got {kind!r}")
    array = np.asarray(array, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError("array: expected finite numbers")
    packed = {"kind": kind, "shape": list(array.shape)}
    if kind == "i8":
        top = np.abs(array).reshape(-1, array.shape[-1]).max(axis=0)
        scale = np.where(top > 0, top, 1) / 127
        packed["scale"] = [float(f"{s:.6g}") for s in scale]
        array = np.round(array / packed["scale"]).clip(-127, 127)
    data = array.astype(KINDS[kind]).tobytes()
    return packed | {"data": base64.b64encode(data).decode()}


def unpack(packed: dict) -> np.ndarray:
    """The array that the script computes with."""
    data = np.frombuffer(base64.b64decode(packed["data"]), KINDS[packed["kind"]])
    return data.astype(np.float64).reshape(packed["shape"]) * packed.get("scale", 1.0)


def read(name: str) -> dict:
    """What a file of weights holds; its matrices unpacked."""
    text = (WEIGHTS / f"{name}.js").read_text(encoding="utf-8")
    stored = json.loads(re.search(r"(?s)\(\"\w+\", (\{.*\})\);", text)[1])
    return {k: unpack(v) if isinstance(v, dict) else v for k, v in stored.items()}


def write(name: str, about: str, stored: dict) -> Path:
    """The script of a network; arrays are packed already, the rest is kept."""
    text = json.dumps(stored, ensure_ascii=False, separators=(",", ":"))
    text = f"// {about}\nExplorer.weights({json.dumps(name)}, {text});\n"
    if len(text.encode()) > LARGEST:
        raise ValueError(f"weights: expected at most {LARGEST} bytes, got {len(text)}")
    WEIGHTS.mkdir(exist_ok=True)
    path = WEIGHTS / f"{name}.js"
    path.write_text(text, encoding="utf-8")
    return path


def rounded(weights: dict, kind: str = "i8") -> tuple[dict, dict]:
    """The weights packed, and as the script computes with them."""
    packed = {k: pack(v, kind) for k, v in weights.items()}
    return packed, {k: unpack(v) for k, v in packed.items()}


def states(weights: dict, x) -> tuple:
    """h and c over a sequence x (T, B, D), by ``rnnbook.cells``: (T, B, H) each."""
    from rnnbook.cells import lstm_step

    layer = {k: weights[k] for k in ("W_xh", "W_hh")} | {"b_h": weights["b_h"]}
    h = c = np.zeros((x.shape[1], len(layer["W_hh"])))
    found = []
    for x_t in x:
        (h, c), _ = lstm_step(x_t, (h, c), layer)
        found.append((h, c))
    return tuple(np.array(part) for part in zip(*found, strict=True))


def logits(weights: dict, h):
    return h @ weights["W_hy"] + weights["b_y"]


def bits(weights: dict, ids, rows: int = 200) -> float:
    """Bits per character on a text that is cut into rows."""
    ids = np.asarray(ids)[: len(ids) // rows * rows].reshape(rows, -1)
    one_hot = np.eye(len(weights["W_xh"]))
    h, _ = states(weights, one_hot[ids.T[:-1]])
    z = logits(weights, h)
    z = z - z.max(2, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(2, keepdims=True))
    return float(-np.take_along_axis(log_p, ids.T[1:, :, None], 2).mean() / np.log(2))


def accuracy(weights: dict, images, labels) -> float:
    """Share of images that are read rightly after the last row."""
    h, _ = states(weights, images.transpose(1, 0, 2).astype(float))
    return float((logits(weights, h[-1]).argmax(1) == labels).mean())


def two_ways(weights: dict, ids) -> tuple:
    """The encoder of chapter 26: states (T, H) of a source, and the decoder's first."""
    from rnnbook.cells import gru_reset_after_step

    one_hot = np.eye(len(weights["f_W_xh"]))[ids]
    found, last = [], []
    for way, order in (("f", 1), ("b", -1)):
        layer = {
            k: weights[f"{way}_{k}"] for k in ("W_xh", "W_hh", "b_xh", "b_hh")
        }  # as the cell wants them
        h, states = np.zeros((1, len(layer["W_hh"]))), []
        for x in one_hot[::order]:
            h, _ = gru_reset_after_step(x[None], h, layer)
            states.append(h[0])
        found.append(np.array(states)[::order])
        last.append(h)
    return np.concatenate(found, axis=1), np.concatenate(last, axis=1)


def attend(weights: dict, s, states):
    """Where a state of the decoder (1, H) looks, (T,): ``attend`` of chapter 26."""
    e = (s @ weights["W"] @ states.T)[0]
    a = np.exp(e - e.max())
    return a / a.sum()


def looking(mode: str, a):
    """Weights that a reader puts in place of the learned ones, (T,)."""
    last = len(a) - 1
    if mode == "even":
        return np.full(len(a), 1 / len(a))
    if mode in ("left", "right"):
        moved, by = np.zeros(len(a)), {"left": -1, "right": 1}[mode]
        np.add.at(moved, np.clip(np.arange(len(a)) + by, 0, last), a)
        return moved
    if mode.isdigit():
        return np.eye(len(a))[min(int(mode), last)]
    return a


def translated(weights: dict, text: str, forced=None, looks=None, limit=12) -> list:
    """Each step of the decoder: what it reads, where it looks, what it expects."""
    from rnnbook.cells import gru_reset_after_step

    forced, looks = forced or {}, looks or {}
    source = [weights["source"].index(s) for s in [*text, "<eos>"]]
    states, h = two_ways(weights, source)
    layer = {k: weights[f"d_{k}"] for k in ("W_xh", "W_hh", "b_xh", "b_hh")}
    y, steps = weights["target"].index("<bos>"), []
    end = weights["target"].index("<eos>")
    for u in range(limit):
        x = np.eye(len(weights["target"]))[[y]]
        h, _ = gru_reset_after_step(x, h, layer)
        a = looking(looks.get(u, looks.get("all", "")), attend(weights, h, states))
        o = np.concatenate([h, a[None] @ states], axis=1) @ weights["W_c"]
        z = (np.tanh(o + weights["b_c"]) @ weights["W_y"] + weights["b_y"])[0]
        z[[weights["target"].index(s) for s in BARRED]] = -np.inf
        p = np.exp(z - z.max())
        y = forced.get(u, int(p.argmax()))
        steps.append({"h": h[0], "a": a, "p": p / p.sum(), "y": y})
        if y == end:
            break
    return steps


def spoken(weights: dict, steps) -> str:
    return "".join(
        weights["target"][one["y"]] for one in steps if one["y"] not in (1, 2)
    )


def parts(model, embedding=None) -> dict:
    """The weights of a network, in the notation of ``rnnbook.cells``."""
    from rnnbook.convert import from_torch

    p = dict(from_torch(model.rnn).params)
    if embedding is not None:  # a one-hot input: its product with both is one row
        p["W_xh"] = embedding.weight.detach().numpy() @ p["W_xh"]
    head = model.head
    return p | {
        "W_hy": head.weight.detach().numpy().T,
        "b_y": head.bias.detach().numpy(),
    }


class Drawn:
    """Batches of digits, each turned, scaled and moved a little, as a finger draws."""

    def __init__(self, x, y):
        import torch

        self.x, self.y = torch.tensor(x), torch.tensor(y)

    def __len__(self):
        from _mnist_rows import BATCH

        return -(-len(self.x) // BATCH)

    def __iter__(self):
        import torch
        from _mnist_rows import BATCH
        from torch.nn.functional import affine_grid, grid_sample

        for rows in torch.randperm(len(self.x)).split(BATCH):
            n = len(rows)
            angle, shear = (torch.rand(2, n) - 0.5) * 0.5
            scale = 1 + (torch.rand(2, n) - 0.5) * 0.3
            move = (torch.rand(2, n) - 0.5) * 0.2
            cos, sin = angle.cos(), angle.sin()
            theta = torch.stack(
                [
                    torch.stack([cos * scale[0], shear - sin, move[0]], 1),
                    torch.stack([sin, cos * scale[1], move[1]], 1),
                ],
                1,
            )
            grid = affine_grid(theta, (n, 1, 28, 28), align_corners=False)
            x = grid_sample(self.x[rows, None], grid, align_corners=False)[:, 0]
            yield x, self.y[rows]


def digit() -> None:
    """An LSTM of 96 cells that answers after each row of a digit of MNIST."""
    from _mnist_rows import load
    from _mnist_rows_torch import Reader, train
    from mnist_rows_belief import every_loss

    (x, y), _, (x_new, y_new) = load()
    model = train(lambda: Reader(H=96), SEED, Drawn(x, y), 4, every_loss)
    stored, weights = rounded(parts(model))
    stored["accuracy"] = round(accuracy(weights, x_new, y_new), 4)
    about = (
        "The LSTM of site/explorers/export.py: digit(), trained on MNIST's "
        "digits, moved, scaled and turned; 8 bits a weight."
    )
    write("digit", about, stored)
    print("digit", stored["accuracy"])


def gates() -> None:
    """The LSTM of 96 cells of chapter 14, on Python's documentation."""
    import torch
    from inside_the_gates_cells import CharacterModel, train

    from rnnbook.data import Vocabulary, load_text

    text = load_text().text
    vocabulary = Vocabulary(text)
    ids = torch.tensor(vocabulary.encode(text))
    cut = int(0.9 * len(ids))
    torch.manual_seed(SEED)
    model = CharacterModel(len(vocabulary.symbols))
    train(model, ids[:cut], 400)
    stored, weights = rounded(parts(model, model.embedding))
    new = ids[cut:].numpy()
    h, c = states(weights, np.eye(len(vocabulary))[new[:12_000, None]])
    stored["symbols"] = "".join(vocabulary.decode(range(len(vocabulary))))
    stored["means"] = c[:, 0].mean(0).round(4).tolist()
    stored["bits"] = round(bits(weights, new), 3)
    page = "".join(vocabulary.decode(new[:12_000]))
    since = np.arange(len(page)) - np.maximum.accumulate(
        [n if s == "\n" else 0 for n, s in enumerate(page)]
    )
    r = [np.corrcoef(since, c[:, 0, k])[0, 1] for k in range(96)]
    stored["position"] = int(np.argmax(np.abs(r)))
    about = (
        "The LSTM of chapter 14, trained on Python's documentation by "
        "site/explorers/export.py: gates(); 8 bits a weight."
    )
    write("gates", about, stored)
    print("gates", stored["bits"], stored["position"], max(r, key=abs))


def oil() -> tuple[list[str], np.ndarray]:
    """Days and spot prices of crude oil (WTI): US EIA, in the public domain."""
    from rnnbook.data.download import REGISTRY, RemoteFile, fetch

    name, commit = "prices/wti-daily.csv", "2d75ce3a792c2f152619c10272e86052be3a8390"
    REGISTRY[name] = RemoteFile(
        "e296634680fca6c045838d4c07a174383386efa8b657adb7ece4cc7464ef49a8",
        (
            "https://raw.githubusercontent.com/datasets/oil-prices/"
            f"{commit}/data/wti-daily.csv",
        ),
    )
    lines = fetch(name).read_text(encoding="utf-8").split()[1:]
    days, price = zip(*(line.split(",") for line in lines), strict=True)
    return list(days), np.array(price, dtype=float)


def next_day(weights: dict, cents, t):
    """The price of the days t, each from the days before it, by ``rnnbook.cells``."""
    low, high, window = (weights[k] for k in ("low", "high", "window"))
    scaled = (np.asarray(cents) - low) / (high - low)
    x = np.stack([scaled[t - k] for k in range(window, 0, -1)])  # (T, B)
    h, _ = states(weights, x[..., None])
    return logits(weights, h[-1])[:, 0] * (high - low) + low


def prices() -> None:
    """The LSTM that chapter 23 takes apart, on the last days of crude oil.

    As many days as that chapter has, and its program of ``stock_prediction_picture``.
    """
    import torch
    from _stock_prediction import Forecaster, batches, fit

    from rnnbook.data import windows

    last, window = 1047, 30
    days, price = oil()
    cents = np.round(100 * price).astype(int)
    low, high = cents[-last:].min(), cents[-last:].max()
    scaled = (cents[-last:] - low) / (high - low)
    x, y = windows(scaled, length=window)
    cut = int(0.8 * len(x))
    torch.manual_seed(SEED)
    model = Forecaster()
    adam = torch.optim.Adam(model.parameters(), lr=1e-2)
    fit(model, torch.nn.MSELoss(), adam, batches(x[:cut], y[:cut], True), epochs=40)
    stored, weights = rounded(parts(model), "f16")
    facts = {"low": int(low), "high": int(high), "window": window}
    facts["test"] = len(cents) - last + window + cut
    t = np.arange(facts["test"], len(cents))
    error = np.abs(next_day(weights | facts, cents, t) - cents[t]).mean()
    facts["ratio"] = round(float(error / np.abs(cents[t - 1] - cents[t]).mean()), 3)
    years = sorted({day[:4] for day in days})
    facts["years"] = [next(k for k, d in enumerate(days) if d[:4] == y) for y in years]
    about = (
        "Daily prices of crude oil (WTI, US EIA, public domain) in cents, and an LSTM "
        "trained on some by site/explorers/export.py: prices(); half precision."
    )
    write("prices", about, stored | facts | {"cents": cents.tolist()})
    print("prices", facts)


def writer() -> None:
    """An LSTM of 160 cells that has read Shakespeare's plays."""
    import torch
    from _text_generation_torch import Writer, long_training

    from rnnbook.data import Vocabulary, load_shakespeare

    text = load_shakespeare().text
    vocabulary = Vocabulary(text)
    ids = vocabulary.encode(text)
    cut = int(0.9 * len(ids))
    torch.manual_seed(SEED)
    model = Writer(len(vocabulary), hidden=160, layers=1)
    long_training(model, ids[:cut], 2000)
    stored, weights = rounded(parts(model.eval(), model.embedding))
    stored["symbols"] = "".join(vocabulary.decode(range(len(vocabulary))))
    stored["bits"] = round(bits(weights, ids[cut:]), 3)
    about = (
        "An LSTM trained on Shakespeare's plays (public domain) by "
        "site/explorers/export.py: writer(); 8 bits a weight."
    )
    write("writer", about, stored)
    print("writer", stored["bits"])


def by_step(model) -> dict:
    """The weights of the translator of chapter 26, for ``translated``."""
    p = {k: v.numpy().astype(float) for k, v in model.state_dict().items()}

    def gru(way, name, suffix):
        embed = p[f"{name}.embed.weight"]  # a one-hot input: one row of the product
        return {
            f"{way}_W_xh": embed @ p[f"{name}.gru.weight_ih_{suffix}"].T,
            f"{way}_W_hh": p[f"{name}.gru.weight_hh_{suffix}"].T,
            f"{way}_b_xh": p[f"{name}.gru.bias_ih_{suffix}"],
            f"{way}_b_hh": p[f"{name}.gru.bias_hh_{suffix}"],
        }

    both = gru("f", "encode", "l0") | gru("b", "encode", "l0_reverse")
    head = {
        "W": p["decode.W"],
        "W_c": p["decode.combine.weight"].T,
        "b_c": p["decode.combine.bias"],
        "W_y": p["decode.embed.weight"].T,
        "b_y": p["decode.b"],
    }
    return both | gru("d", "decode", "l0") | head


def attention() -> None:
    """The translator of chapter 26 on its dates, as ``translation_dates`` trains it."""
    import torch
    from _translation import Translator, coded, dates, train

    from rnnbook.data import Words

    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    rows = dates(12_000, rng, held_out=False)
    source, target = (Words(column, 100) for column in zip(*rows, strict=True))
    model = Translator(len(source), len(target), True, E=32, H=64, dropout=0.0)
    part = dict(zip(("source", "target"), zip(*rows, strict=True), strict=True))
    train(model, coded(part, source, target), 6, SEED)
    stored, weights = rounded(by_step(model))
    words = {"source": source.names, "target": target.names}
    stored |= words | {"whole": whole(weights | words)}
    about = (
        "The translator of chapter 26 on dates, trained by "
        "site/explorers/export.py: attention(); 8 bits a weight."
    )
    write("attention", about, stored)
    print("attention", stored["whole"])


def whole(weights: dict, n: int = 1000) -> float:
    """The share of dates of days that were held out that are written rightly."""
    from _translation import dates

    rows = dates(n, np.random.default_rng(1000), held_out=True)
    right = [spoken(weights, translated(weights, "".join(x))) for x, _ in rows]
    return float(
        np.mean([s == "".join(y) for s, (_, y) in zip(right, rows, strict=True)])
    )


NAMES = {one.__name__: one for one in (attention, digit, gates, prices, writer)}


def main() -> None:
    import torch

    sys.path.insert(0, str(SITE.parent / "experiments"))
    torch.set_num_threads(1)
    WEIGHTS.mkdir(exist_ok=True)
    for name in sys.argv[1:] or NAMES:
        NAMES[name]()


if __name__ == "__main__":
    main()
