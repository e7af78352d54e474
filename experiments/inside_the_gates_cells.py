"""Would another network show the same gates, the same cells and the same memory?

An LSTM with 96 cells reads Python's documentation, as in the chapter, with another
start for each seed; its untrained twin (``fresh``) is looked at in the same way. For
both: how often gates stand near an end; how well the best of all cells follows four
visible things, on the half where it was chosen (``first``) and on the other (``r``);
what the same two steps give on shifted data (``chance first``, ``chance``); what a
ridge regression reads from all states together (``readout``); the half-life of the
cells; and which characters a linear probe recovers (``weak``: with hardly any ridge).
For the trained one also: the bits that are lost when a cell is held at its mean, for
each of the 96 (``cost``), and the place of each named cell among them.

Used by ``14-inside-the-gates``, ``41-claims-tested`` and ``42-classic-experiments``.
"""

import numpy as np
import torch
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from torch import nn

from rnnbook.cells import lstm_step
from rnnbook.convert import from_torch
from rnnbook.data import Vocabulary, load_text

GRID = [{"updates": 40}, {"updates": 400}]
SEEDS = range(5)

READ = 12_000  # characters
LAGS = 1, 2, 3, 5, 9, 20
STRENGTHS = [10, 100, 1000, 10_000]
GATES = {"input": "i", "forget": "f", "output": "o"}
SHARES = 0.5, 0.75, 0.9, 0.95
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
        **{f"first, {name}": 0.4 for name in VISIBLE},
        **{f"r, {name}": 0.4 for name in VISIBLE},
        **{f"readout, {name}": 0.2 for name in VISIBLE},
        "half-life": 15,
        **{f"recovered, {k}": 0.2 for k in LAGS},
        f"weak, {LAGS[-1]}": 0.2,
        f"weak fitted, {LAGS[-1]}": 0.2,
    }.items()
} | {
    **{f"chance first, {name}": 0.15 for name in VISIBLE},
    **{f"chance, {name}": 0.15 for name in VISIBLE},
    **{f"life, {name}": 500 for name in VISIBLE},
    **{f"cost, {name}": 0.3 for name in VISIBLE},
    **{f"rank, {name}": 96 for name in VISIBLE},
    **{f"cost, {share:.0%}": 0.1 for share in SHARES},
    "cost, largest": 0.3,
    "longest half-life": 1500,
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
    found = np.array(found, dtype=np.float32).transpose(1, 0, 2)
    return dict(zip("ifgoch", found, strict=True))


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
    scale = len(y) * cells.std(axis=0) * y.std()
    return (y - y.mean()) @ cells / np.maximum(scale, 1e-12)


def judged(cells, y):
    """The cell chosen on the first half, its correlation there and on the second."""
    half = len(y) // 2
    first = correlations(cells[:half], y[:half])
    second = correlations(cells[half:], y[half:])
    best = np.abs(first).argmax()
    sign = np.sign(first[best])  # a cell that turns round is not found again
    return best, sign * first[best], sign * second[best]


def by_chance(cells, y, rng, shifts=40):
    """The same two steps on shifted copies of y: 95 % of the scores lie below."""
    moved = rng.integers(200, len(y) - 200, size=shifts)
    scores = [judged(cells, np.roll(y, s))[1:] for s in moved]
    return np.quantile(scores, 0.95, axis=0)


def all_states(recorded):
    """Every h and every c, in units of its spread on the first half: (T, 2H)."""
    states = np.hstack([recorded["h"], recorded["c"]])
    first = states[: len(states) // 2]
    return (states - first.mean(axis=0)) / first.std(axis=0)


def probe(kind, states, target):
    """Fit on the first half, its last quarter choosing the strength of the ridge."""
    half = len(states) // 2
    parts = np.split(np.arange(half), [3 * half // 4])
    search = GridSearchCV(kind, {"alpha": STRENGTHS}, cv=[parts])
    return search.fit(states[:half], target[:half])


def read_off(states, y):
    """Correlation, on the second half, of y and a readout from all states."""
    half = len(y) // 2
    found = probe(Ridge(), states, y).predict(states[half:])
    return np.corrcoef(found, y[half:])[0, 1]


def bits_with_clamped(model, rows, cell=None, level=0.0):
    """Bits per character over rows (N, T) when one cell is held at a level."""
    params = from_torch(model.rnn).params
    x = model.embedding.weight.detach().numpy()[rows]  # (N, T, D)
    state, shown = np.zeros((2, len(rows), len(params["W_hh"]))), []
    for t in range(rows.shape[1] - 1):
        (h, c), cache = lstm_step(x[:, t], state, params)
        if cell is not None:
            c[:, cell] = level
            h = cache[6] * np.tanh(c)  # o * tanh(c), with the clamped cell
        state = h, c
        shown.append(h)
    with torch.no_grad():
        scores = model.head(torch.tensor(np.stack(shown, axis=2)).float().mT)
    target = torch.tensor(rows[:, 1:])
    loss = nn.functional.cross_entropy(scores.mT, target)
    return loss.item() / np.log(2)


def half_life(f):
    """Steps after which half of a cell's content is left: (H,) from (T, H)."""
    return -np.log(2) / np.log(f).mean(axis=0)


def recovered(states, ids, k):
    """Share of characters of k steps ago that a linear probe reads off."""
    states, target = states[200:], ids[200 - k : len(ids) - k]
    half = len(states) // 2
    return probe(RidgeClassifier(), states, target).score(states[half:], target[half:])


def hardly_any_ridge(states, ids, k):
    """The same with next to no ridge, where it was fitted and on the second half."""
    states, target = states[200:], ids[200 - k : len(ids) - k]
    half = len(states) // 2
    fitted = RidgeClassifier(alpha=1.0).fit(states[:half], target[:half])
    parts = slice(half), slice(half, None)
    return [fitted.score(states[part], target[part]) for part in parts]


def looked_at(model, seen, ids, visible):
    """What is asked of the trained network and of its untrained twin."""
    numbers, states, read = {"bits": bits(model, ids)}, all_states(seen), ids[:READ]
    for gate, letter in GATES.items():
        shut, opened = near_an_end(seen[letter])
        numbers |= {f"{gate} shut": shut, f"{gate} open": opened}
    for name, y in visible.items():
        _, first, second = judged(seen["c"], y)
        numbers |= {f"first, {name}": first, f"r, {name}": second}
        numbers[f"readout, {name}"] = read_off(states, y)
    numbers["half-life"] = np.median(half_life(seen["f"]))
    read, k = read.numpy(), LAGS[-1]
    numbers |= {f"recovered, {k}": recovered(states, read, k) for k in LAGS}
    fitted, other = hardly_any_ridge(states, read, k)
    return numbers | {f"weak, {k}": other, f"weak fitted, {k}": fitted}


def costs(model, seen, ids, visible):
    """Bits that are lost when a cell is held at its mean, for every cell."""
    rows = ids[READ : READ + 40 * 80].reshape(40, 80).numpy()
    whole, means = bits_with_clamped(model, rows), seen["c"].mean(axis=0)
    lost = np.array(
        [bits_with_clamped(model, rows, k, level) for k, level in enumerate(means)]
    )
    lost, lives, numbers = lost - whole, half_life(seen["f"]), {}
    for name, y in visible.items():
        cell = judged(seen["c"], y)[0]
        numbers[f"cost, {name}"] = lost[cell]
        numbers[f"rank, {name}"] = 1 + (lost > lost[cell]).sum()
        numbers[f"life, {name}"] = lives[cell]
    numbers |= {f"cost, {share:.0%}": np.quantile(lost, share) for share in SHARES}
    return numbers | {"cost, largest": lost.max(), "longest half-life": lives.max()}


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
    numbers = looked_at(model, seen, held_out, visible)
    twin = looked_at(fresh, unseen, held_out, visible)
    numbers |= {f"fresh {key}": value for key, value in twin.items()}
    rng = np.random.default_rng(seed)
    for name, y in visible.items():
        scores = by_chance(seen["c"], y, rng)
        numbers |= {f"chance first, {name}": scores[0], f"chance, {name}": scores[1]}
    return numbers | costs(model, seen, held_out, visible)
