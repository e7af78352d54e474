"""How many labels does a text without labels save, and does its order matter?

A GRU of 96 units reads reviews letter by letter. It begins fresh, or as a model that
has learned to say the next letter of the 2,000 sentences without their labels, or of
the same letters in shuffled order. Then it learns from 50, 200 or 1,000 labels: all its
weights ("tuned", the better of two rates on 300 sentences for the choice), or only a
logistic regression on its mean state ("frozen"). Beside it, counts of words with a
logistic regression. Each seed draws other labels, and judges on 700 other sentences.

Used by ``35-beyond``.
"""

import copy
import functools
import math

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from torch import nn

from rnnbook.data import load_sentences

LETTERS = " abcdefghijklmnopqrstuvwxyz'.,!?"
LONGEST = 80
LABELS = {50: 50, 200: 60, 1000: 120}  # how many, and with how many updates
STARTS = ("fresh", "letters", "shuffled letters")
GRID = [
    {"start": "letters", "updates": 5, "most": 50},  # so that a test makes it again
    {"start": "counts", "updates": 0, "most": 1000},
    *({"start": s, "updates": 400, "most": 1000} for s in STARTS),
]
SEEDS = range(4)
TOLERANCE = {f"{how}_{n}": 0.06 for n in LABELS for how in ("tuned", "frozen")} | {
    "bits": 0.1
}


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


def tune(model, ids, labels, lr, updates, rng):
    model = copy.deepcopy(model)
    adam = torch.optim.Adam(model.parameters(), lr=lr)
    loss_of = nn.BCEWithLogitsLoss()
    y = torch.tensor(labels, dtype=torch.float32)
    for _ in range(updates):
        rows = torch.tensor(rng.choice(len(ids), 25, replace=False))
        adam.zero_grad()
        loss_of(model(ids[rows]), y[rows]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
    return model


@torch.inference_mode()
def asked(f, ids):
    return torch.cat([f(some) for some in ids.split(250)]).numpy()


def right(model, ids, labels):
    return float(np.mean((asked(model, ids) > 0) == labels))


def run(setting, seed):
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    texts, labels = sentences()
    rows = rng.permutation(len(texts))
    test, valid, pool = rows[:700], rows[700:1000], rows[1000:]
    found = dict.fromkeys(TOLERANCE, 0.5) | {"bits": math.log2(len(LETTERS) + 1)}
    sizes = [n for n in LABELS if n <= setting["most"]]
    if setting["start"] == "counts":
        for n in sizes:
            model = make_pipeline(TfidfVectorizer(), LogisticRegression(C=10))
            model.fit(texts[pool[:n]], labels[pool[:n]])
            score = float(model.score(texts[test], labels[test]))
            found[f"tuned_{n}"] = found[f"frozen_{n}"] = score
        return found
    model, text = Reader(), list(texts[pool])
    if setting["start"] == "shuffled letters":
        text = ["".join(rng.permutation(list(s))) for s in text]
    updates = 0 if setting["start"] == "fresh" else setting["updates"]
    if updates:
        found["bits"] = pretrain(model, text, updates, rng)
    ids = encode(texts)
    means = asked(model.mean, ids)
    means = (means - means[pool].mean(0)) / means[pool].std(0)
    for n in sizes:
        some = pool[:n]
        logistic = LogisticRegression(C=0.1).fit(means[some], labels[some])
        found[f"frozen_{n}"] = float(logistic.score(means[test], labels[test]))
        tries = [
            tune(model, ids[some], labels[some], lr, LABELS[n], rng)
            for lr in (0.003, 0.01)
        ]
        best = max(tries, key=lambda m: right(m, ids[valid], labels[valid]))
        found[f"tuned_{n}"] = right(best, ids[test], labels[test])
    return found
