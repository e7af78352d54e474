"""Does a network that begins fresh catch up, if it trains as long in all?

In ``beyond_transfer`` a GRU that began as a model of letters had seen 400 updates more
than the fresh one. Here the fresh one learns from the same 1,000 labels with 400 more,
as many in all as the other one there; and then the other one has 400 more, too. Of two
rates, and of the checks at every 40th update and at the end, the one is kept that is
best on 300 sentences for the choice; 700 others judge. Draws, network and first
training are those of ``beyond_transfer``, and a test holds the code of both equal
(moved into one place, it would make the results there stale).

Used by ``35-beyond``.
"""

import copy
import functools

import numpy as np
import torch
from torch import nn

from rnnbook.data import load_sentences

LETTERS = " abcdefghijklmnopqrstuvwxyz'.,!?"
LONGEST = 80
MOST, EVERY = 1000, 40
GRID = [
    {"start": "fresh", "before": 0, "updates": 10},  # so that a test makes it again
    {"start": "fresh", "before": 0, "updates": 520},
    {"start": "letters", "before": 400, "updates": 520},
]
SEEDS = range(4)
TOLERANCE = {"short": 0.06, "tuned": 0.06, "stopped": 260}


@functools.cache
def sentences():
    data = load_sentences()
    texts = ["".join(c for c in s.lower() if c in LETTERS) for s in data.sentences]
    return np.array(texts, dtype=object), np.asarray(data.labels)


def encode(texts):
    """Numbers (B, T), 0 after the end, and which places are letters."""
    ids = np.zeros((len(texts), LONGEST), dtype=int)
    for row, text in zip(ids, texts, strict=True):
        some = [1 + LETTERS.index(c) for c in text[:LONGEST]] or [1]
        row[: len(some)] = some
    return torch.tensor(ids)


class Reader(nn.Module):
    def __init__(self, H=96):
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS) + 1, 32)
        self.rnn = nn.GRU(32, H, batch_first=True)
        self.next, self.verdict = nn.Linear(H, len(LETTERS) + 1), nn.Linear(H, 1)

    def states(self, ids):
        return self.rnn(self.embedding(ids))[0]

    def mean(self, ids):
        real = (ids > 0)[..., None]
        return (self.states(ids) * real).sum(1) / real.sum(1)

    def forward(self, ids):
        return self.verdict(self.mean(ids))[:, 0]


def pretrain(model, texts, updates, rng):
    """Learn to say the next letter of a text; the bits of the last updates."""
    ids = np.array([1 + LETTERS.index(c) for c in "  ".join(texts)])
    adam, bits = torch.optim.Adam(model.parameters(), lr=0.005), []
    for _ in range(updates):
        start = rng.integers(0, len(ids) - 65, 32)
        rows = torch.tensor(ids[start[:, None] + np.arange(65)])
        logits = model.next(model.states(rows[:, :-1]))
        loss = nn.functional.cross_entropy(logits.mT, rows[:, 1:])
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        bits.append(loss.item() / np.log(2))
    return float(np.mean(bits[-50:]))


@torch.inference_mode()
def asked(f, ids):
    return torch.cat([f(some) for some in ids.split(250)]).numpy()


def right(model, ids, labels):
    return float(np.mean((asked(model, ids) > 0) == labels))


def best_of(checks):
    """The first of those that are best by the 300."""
    return max(checks, key=lambda check: check[0])


def run(setting, seed):
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    texts, labels = sentences()
    rows = rng.permutation(len(texts))
    test, valid, some = rows[:700], rows[700:1000], rows[1000 : 1000 + MOST]
    model = Reader()
    if setting["before"]:
        pretrain(model, list(texts[rows[1000:]]), setting["before"], rng)
    ids, y = encode(texts), torch.tensor(labels[some], dtype=torch.float32)
    loss_of, checks = nn.BCEWithLogitsLoss(), []
    for lr in (0.003, 0.01):
        tuned = copy.deepcopy(model)
        adam = torch.optim.Adam(tuned.parameters(), lr=lr)
        for k in range(1, setting["updates"] + 1):
            few = rng.choice(MOST, 25, replace=False)
            adam.zero_grad()
            loss_of(tuned(ids[some[few]]), y[few]).backward()
            nn.utils.clip_grad_norm_(tuned.parameters(), 1.0)
            adam.step()
            if k % EVERY == 0 or k == setting["updates"]:
                chosen = right(tuned, ids[valid], labels[valid])
                checks.append((chosen, k, right(tuned, ids[test], labels[test])))
    soon = [check for check in checks if check[1] <= 3 * EVERY]
    return {
        "short": best_of(soon)[2],  # had it stopped after as many as there
        "tuned": best_of(checks)[2],
        "stopped": best_of(checks)[1],
    }
