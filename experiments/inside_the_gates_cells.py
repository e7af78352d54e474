"""Would another network show the same gates, the same cells and the same memory?

An LSTM with 96 cells reads Python's documentation, as in the chapter, with another
start for each seed; its untrained twin (``fresh``) is looked at in the same way. For
both: how often gates stand near an end, how well the best of all cells follows four
visible things, the half-life of the cells, and what a linear probe recovers. For the
trained one also: what the best cells reach by chance, and the bits that are lost when
one is held at its mean (``cost``), beside twelve cells at random.

Used by ``14-inside-the-gates``.
"""

import numpy as np
import torch
from sklearn.linear_model import RidgeClassifier
from torch import nn

from rnnbook.cells import lstm_step
from rnnbook.convert import from_torch
from rnnbook.data import Vocabulary, load_text

GRID = [{"updates": 40}, {"updates": 400}, {"updates": 1000}]
SEEDS = range(5)

READ = 12_000  # characters
LAGS = 1, 2, 3, 4, 6, 9, 14, 20
GATES = {"input": "i", "forget": "f", "output": "o"}
VISIBLE = (
    "position in the line",
    'inside "..."',
    "inside (...)",
    "a blank just read",
)
# For each setting the trained network and, as "fresh ...", its untrained twin. The text
# differs between releases of Python (3.11 to 3.13 were tried): with another text,
# or another order of summation, another cell may be the best, as with another seed.
TOLERANCE = {
    twin + number: tolerance
    for twin in ("", "fresh ")
    for number, tolerance in {
        "bits": 0.15,
        **{f"{gate} {end}": 0.15 for gate in GATES for end in ("shut", "open")},
        **{f"r, {name}": 0.4 for name in VISIBLE},
        "forget, blank": 0.15,
        "forget, letter": 0.1,
        "half-life": 15,
        **{f"recovered, {k}": 0.2 for k in LAGS},
    }.items()
} | {
    **{f"chance, {name}": 0.1 for name in VISIBLE},
    **{f"cost, {name}": 0.2 for name in VISIBLE},
    "cost, median": 0.02,
    "cost, largest": 0.2,
    "longest half-life": 500,
}


class CharacterModel(nn.Module):
    def __init__(self, symbols, hidden=96, embedding=48):
        super().__init__()
        self.embedding = nn.Embedding(symbols, embedding)
        self.rnn = nn.LSTM(embedding, hidden, batch_first=True)
        self.head = nn.Linear(hidden, symbols)
        with torch.no_grad():
            self.rnn.bias_ih_l0[hidden : 2 * hidden] = 1
            self.rnn.bias_hh_l0[hidden : 2 * hidden] = 0

    def forward(self, ids, state=None):
        h, state = self.rnn(self.embedding(ids), state)
        return self.head(h), state


def train(model, ids, updates, rows=32, window=64, lr=1.5e-2):
    adam = torch.optim.Adam(model.parameters(), lr)
    cycle = torch.optim.lr_scheduler.OneCycleLR(adam, lr, updates, pct_start=0.1)
    streams = ids[: len(ids) // rows * rows].view(rows, -1)
    last, state = streams.shape[1] - window - 1, None
    for n in range(updates):
        k = n * window % last // window * window
        state = state if k else None  # a new round over the text
        logits, state = model(streams[:, k : k + window], state)
        state = tuple(s.detach() for s in state)
        target = streams[:, k + 1 : k + window + 1]
        loss = nn.functional.cross_entropy(logits.transpose(1, 2), target)
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        cycle.step()


def bits(model, ids):
    """Bits per character on a text."""
    with torch.no_grad():
        logits, _ = model(ids[None, :-1])
    return nn.functional.cross_entropy(logits[0], ids[1:]).item() / np.log(2)


def record(model, ids):
    """Gates and states over a text: dict of (T, H) arrays."""
    params = from_torch(model.rnn).params
    x = model.embedding.weight.detach().numpy()[ids.numpy()]  # (T, D)
    H = params["W_hh"].shape[0]
    state, found = (np.zeros((1, H)), np.zeros((1, H))), []
    for x_t in x:
        state, cache = lstm_step(x_t[None], state, params)
        _, _, _, i, f, g, o, c = cache
        found.append([a[0] for a in (i, f, g, o, c, state[0])])
    return dict(zip("ifgoch", np.array(found).transpose(1, 0, 2), strict=True))


def near_an_end(gate):
    """The shares of a gate's values that are below 0.1 and above 0.9."""
    return (gate < 0.1).mean(), (gate > 0.9).mean()


def inside(page, opening, closing):
    """1 where the text is between two marks of the same line."""
    found, state = [], False
    for c in page:
        if c == opening == closing:
            state = not state
        elif c in (opening, closing):
            state = c == opening
        state = state and c != "\n"
        found.append(state)
    return np.array(found, dtype=float)


def steps_since(marks):
    """For each step, how many ago the last mark was; a mark counts as 0."""
    t = np.arange(len(marks))
    return (t - np.maximum.accumulate(np.where(marks, t, 0))).astype(float)


def correlations(cells, y):
    """Correlation of every column with y: (H,)."""
    cells = cells - cells.mean(axis=0)
    y = y - y.mean()
    scale = np.sqrt((cells**2).sum(axis=0) * (y**2).sum())
    return cells.T @ y / np.maximum(scale, 1e-12)


def judged(cells, y):
    """The cell chosen on the first half, and its correlation on the second."""
    half = len(y) // 2
    best = int(np.abs(correlations(cells[:half], y[:half])).argmax())
    return best, float(correlations(cells[half:], y[half:])[best])


def by_chance(cells, y, rng, shifts=50):
    """The best of all cells for shifted copies of y, on the second half."""
    half = len(y) // 2
    best = [
        np.abs(correlations(cells[half:], np.roll(y[half:], s))).max()
        for s in rng.integers(200, half - 200, size=shifts)
    ]
    return np.quantile(best, 0.95)


def bits_with_clamped(model, rows, cell=None, level=0.0):
    """Bits per character over rows (N, T) when one cell is held at a level."""
    params = from_torch(model.rnn).params
    W, b = (p.detach().numpy() for p in model.head.parameters())
    x = model.embedding.weight.detach().numpy()[rows]  # (N, T, D)
    state, cost = np.zeros((2, len(rows), len(params["W_hh"]))), []
    for t in range(rows.shape[1] - 1):
        (h, c), cache = lstm_step(x[:, t], state, params)
        if cell is not None:
            c[:, cell] = level
            h = cache[6] * np.tanh(c)  # o * tanh(c), with the clamped cell
        state = h, c
        scores, target = torch.tensor(h @ W.T + b), torch.tensor(rows[:, t + 1])
        cost.append(nn.functional.cross_entropy(scores, target).item())
    return np.mean(cost) / np.log(2)


def half_life(f):
    """Steps after which half of a cell's content is left: (H,) from (T, H)."""
    return -np.log(2) / np.log(f).mean(axis=0)


def recovered(recorded, ids, k):
    """Share of characters of k steps ago that a linear probe reads off."""
    states = np.hstack([recorded["h"], recorded["c"]])[200:]  # (M, 2H)
    target = ids[200 - k : len(ids) - k].numpy()
    half = len(ids) // 2
    probe = RidgeClassifier(alpha=1.0).fit(states[:half], target[:half])
    return probe.score(states[half:], target[half:])


def looked_at(model, seen, ids, visible, page):
    """What is asked of the trained network and of its untrained twin."""
    numbers = {"bits": bits(model, ids)}
    for gate, letter in GATES.items():
        shut, opened = near_an_end(seen[letter])
        numbers |= {f"{gate} shut": shut, f"{gate} open": opened}
    for name, y in visible.items():
        numbers[f"r, {name}"] = abs(judged(seen["c"], y)[1])
    forget = seen["f"].mean(axis=1)
    for kind, test in (("blank", str.isspace), ("letter", str.isalpha)):
        numbers[f"forget, {kind}"] = forget[[test(c) for c in page]].mean()
    numbers["half-life"] = np.median(half_life(seen["f"]))
    return numbers | {f"recovered, {k}": recovered(seen, ids[:READ], k) for k in LAGS}


def costs(model, seen, ids, visible, rng):
    """Bits that are lost when a cell is held at its mean."""
    rows = ids[READ : READ + 40 * 300].reshape(40, 300).numpy()
    means = seen["c"].mean(axis=0)
    whole = bits_with_clamped(model, rows)
    names = [judged(seen["c"], y)[0] for y in visible.values()]
    others = rng.choice(len(means), size=12, replace=False)
    lost = [
        bits_with_clamped(model, rows, cell, means[cell]) - whole
        for cell in [*names, *others]
    ]
    named = {f"cost, {name}": cost for name, cost in zip(visible, lost, strict=False)}
    rest = lost[len(names) :]
    return named | {"cost, median": np.median(rest), "cost, largest": max(rest)}


def run(setting, seed):
    torch.set_num_threads(1)
    vocabulary = Vocabulary(text := load_text().text)
    ids = torch.tensor(vocabulary.encode(text))
    cut = int(0.9 * len(ids))
    ids, held_out = ids[:cut], ids[cut:]
    page = vocabulary.decode(held_out[:READ].tolist())
    visible = [
        steps_since([c == "\n" for c in page]),
        inside(page, '"', '"'),
        inside(page, "(", ")"),
        np.array([c == " " for c in page], dtype=float),
    ]
    visible = dict(zip(VISIBLE, visible, strict=True))
    torch.manual_seed(seed)
    symbols = len(vocabulary.symbols)
    fresh, model = CharacterModel(symbols), CharacterModel(symbols)
    train(model, ids, setting["updates"])
    seen, unseen = record(model, held_out[:READ]), record(fresh, held_out[:READ])
    numbers = looked_at(model, seen, held_out, visible, page)
    twin = looked_at(fresh, unseen, held_out, visible, page)
    numbers |= {f"fresh {key}": value for key, value in twin.items()}
    rng = np.random.default_rng(seed)
    for name, y in visible.items():
        numbers[f"chance, {name}"] = by_chance(seen["c"], y, rng)
    numbers |= costs(model, seen, held_out, visible, rng)
    numbers["longest half-life"] = half_life(seen["f"]).max()
    return numbers
