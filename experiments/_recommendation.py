"""What the experiments of ``28-recommendation`` share: split, tables, GRU, scores."""

import numpy as np
import pandas as pd
import torch
from scipy import sparse
from torch import nn
from torch.nn import functional as F

from rnnbook.data import load_clicks

SPLIT = (0.8, 0.1, 0.1)
RATES = (3e-3, 1.5e-3, 7.5e-4, 3.75e-4)  # of four passes
K = 10
SEEN = {"1": 1, "2": 2, "3_4": 3, "5_8": 5, "9_19": 9, "20_up": 20}


def without_repeats(table):
    """Clicks without reloads of an item, and without sessions of one click."""
    before = table.groupby("session")["item"].shift()
    table = table[table["item"] != before]
    return table[table.groupby("session")["item"].transform("size") > 1]


def three_parts(table, split=SPLIT):
    """Lists of sessions, each an array of item numbers, and the items' names."""
    order = pd.factorize(table["session"])[0]  # they stand in the order of time
    cuts = (np.cumsum(split)[:2] * (order.max() + 1)).round()
    part = np.searchsorted(cuts, order, side="right")
    names = np.unique(table["item"].to_numpy()[part == 0])
    known = table["item"].isin(names)  # what training never saw has no number
    table = table.assign(part=part)[known]
    table["item"] = np.searchsorted(names, table["item"].to_numpy())
    parts = [[], [], []]
    for (k, _), items in table.groupby(["part", "session"])["item"]:
        if len(items) > 1:
            parts[k].append(items.to_numpy())
    return parts, names


def pairs(sessions):
    """Each item and its successor, (N,) and (N,)."""
    now = np.concatenate([s[:-1] for s in sessions])
    following = np.concatenate([s[1:] for s in sessions])
    return now, following


def places(sessions):
    """For each pair its session, and how many clicks were seen by then, (N,)."""
    length = [len(s) - 1 for s in sessions]
    seen = np.concatenate([np.arange(1, n + 1) for n in length])
    return np.repeat(np.arange(len(sessions)), length), seen


def popularity(sessions, items):
    """The share of each item among the clicks that followed another, (V,)."""
    counts = np.bincount(pairs(sessions)[1], minlength=items)
    return counts / counts.sum()


def markov(sessions, items, k=5):
    """P(next | now), (V, V): counts, and k clicks more of what is popular."""
    counts = np.zeros((items, items))
    np.add.at(counts, pairs(sessions), 1)
    counts += k * popularity(sessions, items)
    return counts / counts.sum(axis=1, keepdims=True)


def second_order(sessions, test, items, k):
    """P(next | last two), (N, V), with k clicks more of what the last one says."""
    table = markov(sessions, items)
    before, target = contexts(sessions, items), pairs(sessions)[1]
    counts = sparse.csr_matrix(
        (np.ones(len(target)), (before, target)), shape=(items * (items + 1), items)
    )
    found = counts[contexts(test, items)].toarray()
    total = found.sum(axis=1, keepdims=True)
    return (found + k * table[pairs(test)[0]]) / (total + k)


def contexts(sessions, items):
    """A number for the last two items; the first of a session has none before it."""
    before = np.concatenate([np.r_[items, s[:-2]] for s in sessions])
    return before * items + pairs(sessions)[0]


def neighbours(sessions, items):
    """Cosine of two items: in how many sessions they stand together, (V, V)."""
    rows = np.repeat(np.arange(len(sessions)), [len(s) for s in sessions])
    ones = np.ones(len(rows)), (rows, np.concatenate(sessions))
    inside = sparse.csr_matrix(ones, shape=(len(sessions), items)).minimum(1)
    together = (inside.T @ inside).toarray()
    size = np.sqrt(np.maximum(together.diagonal(), 1))
    np.fill_diagonal(together, 0)
    return together / size / size[:, None]


def whole_session(similar, sessions, decay):
    """Scores (N, V): the neighbours of all items so far, the older the less."""
    rows = []
    for s in sessions:
        score = np.zeros(len(similar))
        for item in s[:-1]:
            score = decay * score + similar[item]
            rows.append(score)
    return np.stack(rows)


def ranks(scores, target):
    """The rank of each target among all items, (N,); a tie counts half."""
    own = scores[np.arange(len(target)), target][:, None]
    return 1 + (scores > own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2


def recall(rank, k=K):
    return float(np.mean(rank <= k))


def mrr(rank, k=K):
    """The mean of one over the rank, and 0 where that is beyond k."""
    return float(np.mean(np.where(rank <= k, 1 / rank, 0)))


def sampled_ranks(scores, target, rng, negatives=100, p=None):
    """The rank among some drawn negatives only, (N,), as many papers report it."""
    n, items = scores.shape
    drawn = rng.choice(items, size=(n, 3 * negatives), p=p)
    own = scores[np.arange(n), target]
    rank = np.ones(n)
    for i in range(n):
        few = np.unique(drawn[i], return_index=True)
        order = few[0][np.argsort(few[1])]
        rivals = scores[i, order[order != target[i]][:negatives]]
        rank[i] += (rivals > own[i]).sum() + (rivals == own[i]).sum() / 2
    return rank


def interval(hit, other, session, draws=2000):
    """95 % of the difference of two recalls, sessions drawn with replacement."""
    rng = np.random.default_rng(0)
    n = session.max() + 1
    gain = np.bincount(session, hit - other * 1.0, n)
    size = np.bincount(session, minlength=n)
    drawn = rng.integers(n, size=(draws, n))
    means = gain[drawn].sum(axis=1) / size[drawn].sum(axis=1)
    return [float(q) for q in np.quantile(means, [0.025, 0.975])]


def session_parallel(sessions, lanes, order):
    """Yield x, y and new, each (B,): one click of each lane, and where one begins."""
    queue = iter(order[lanes:])
    now, at = list(order[:lanes]), [0] * lanes
    new = np.ones(lanes, dtype=bool)
    while True:
        x = np.array([sessions[s][t] for s, t in zip(now, at, strict=True)])
        y = np.array([sessions[s][t + 1] for s, t in zip(now, at, strict=True)])
        yield x, y, new
        new = np.zeros(lanes, dtype=bool)
        for lane, s in enumerate(now):
            at[lane] += 1
            if at[lane] + 1 == len(sessions[s]):  # its last click has no successor
                now[lane], at[lane], new[lane] = next(queue, None), 0, True
        if None in now:
            return


class NextItem(nn.Module):
    """From items (B, T) and a state to scores of all items (B, T, V)."""

    def __init__(self, items, hidden=100, dropout=0.0, table=None):
        super().__init__()
        self.embed = nn.Embedding(items, hidden)
        self.gru = nn.GRU(hidden, hidden, batch_first=True)
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, items)
        log = None if table is None else torch.tensor(np.log(table)).float()
        self.table = None if log is None else nn.Parameter(log)

    def forward(self, x, h=None):
        outputs, h = self.gru(self.drop(self.embed(x)), h)  # (B, T, H)
        scores = self.head(self.drop(outputs))  # (B, T, V)
        return scores if self.table is None else scores + self.table[x], h


def reset(h, new):
    """The state (1, B, H), zero in the lanes where a session begins."""
    return h * torch.tensor(~new, dtype=h.dtype, device=h.device)[None, :, None]


def bpr(scores, y):
    """The target above the other targets of the batch, (B, V) and (B,)."""
    few = scores[:, y]  # (B, B); on the diagonal the own target
    apart = few.diagonal()[:, None] - few
    return -(F.logsigmoid(apart) * (y[:, None] != y)).sum() / len(y) ** 2


def one_pass(
    model, adam, sessions, order, lanes=64, loss=F.cross_entropy, cleared=True
):
    """All sessions once, one click of each lane in a step."""
    model.train()
    lanes = min(lanes, len(order))
    h = torch.zeros(1, lanes, model.gru.hidden_size)
    for x, y, new in session_parallel(sessions, lanes, order):
        h = reset(h, new) if cleared else h
        scores, h = model(torch.tensor(x)[:, None], h)  # (B, 1, V)
        error = loss(scores[:, 0], torch.tensor(y))
        adam.zero_grad()
        error.backward()
        adam.step()
        h = h.detach()  # the state goes on, the gradient does not


def train(sessions, items, seed, rates=RATES, after=None, pass_=one_pass, **network):
    """A network trained in session-parallel lanes, one rate for each pass."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = NextItem(items, **network)
    adam = torch.optim.Adam(model.parameters())
    for rate in rates:
        adam.param_groups[0]["lr"] = rate
        order = rng.permutation(len(sessions))
        pass_(model, adam, sessions, order)
        if after:
            after(model)
    return model


def padded(sessions):
    """Inputs and targets (B, T), zeros behind the end, and where there is no end."""
    length = np.array([len(s) - 1 for s in sessions])
    inside = np.arange(length.max()) < length[:, None]
    x, y = np.zeros((2, *inside.shape), dtype=np.int64)
    x[inside], y[inside] = pairs(sessions)
    return torch.tensor(x), torch.tensor(y), torch.tensor(inside)


def one_pass_padded(model, adam, sessions, order, batch=64):
    """The same over whole sessions, with the gradient of whole sessions."""
    model.train()
    for few in np.split(order, range(batch, len(order), batch)):
        x, y, inside = padded([sessions[i] for i in few])
        error = F.cross_entropy(model(x)[0][inside], y[inside])
        adam.zero_grad()
        error.backward()
        adam.step()


def log_probabilities(model, sessions, batch=256):
    """What the network believes of each next click, (N, V), from an empty state."""
    model.eval()
    rows = []
    with torch.inference_mode():
        for i in range(0, len(sessions), batch):
            x, _, inside = padded(sessions[i : i + batch])
            rows.append(F.log_softmax(model(x)[0][inside], dim=-1).numpy())
    return np.concatenate(rows)


def carried(model, sessions, lanes=64):
    """As log_probabilities, but the state of the session before is left in it."""
    model.eval()
    found = [None] * len(sessions)
    with torch.inference_mode():
        for lane in range(lanes):
            few = sessions[lane::lanes]
            clicks = np.concatenate([s[:-1] for s in few])
            log = F.log_softmax(model(torch.tensor(clicks)[None])[0][0], -1).numpy()
            ends = np.cumsum([len(s) - 1 for s in few])[:-1]
            found[lane::lanes] = np.split(log, ends)
    return np.concatenate(found)


def shop():
    """The three parts of the shop's sessions, and how many items there are."""
    parts, names = three_parts(without_repeats(load_clicks().table))
    return parts, len(names)


def report(scores, test, rival=None):
    """Recall, MRR, hits at 1, by clicks seen; and the interval against a rival."""
    rank, (session, seen) = ranks(scores, pairs(test)[1]), places(test)
    numbers = {"recall": recall(rank), "mrr": mrr(rank), "hit": recall(rank, 1)}
    bins = np.searchsorted(list(SEEN.values()), seen, side="right") - 1
    for k, name in enumerate(SEEN):
        numbers[f"seen_{name}"] = recall(rank[bins == k])
    if rival is not None:
        other = ranks(rival, pairs(test)[1])
        low, high = interval(rank <= K, other <= K, session)
        gain = numbers["recall"] - recall(other)
        numbers |= {"gain": gain, "low": low, "high": high}
    return numbers
