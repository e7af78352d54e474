"""LSTM, GRU, or two LSTMs, and how much does the peak of the learning rate matter?

Networks of 64 units after a short training on Python's documentation. They read the
training text without its last tenth, and that tenth is judged.

Used by ``21-text-generation``.
"""

import numpy as np
import torch
from torch import nn

from rnnbook.data import Vocabulary, load_text, streams

GRID = [
    {"model": "LSTM", "peak": 0.015},
    {"model": "GRU", "peak": 0.015},
    {"model": "two LSTMs", "peak": 0.015},
    {"model": "LSTM", "peak": 0.0015},
    {"model": "LSTM", "peak": 0.05},
    {"model": "LSTM", "peak": 0.5},
]
SEEDS = range(3)
# Python's documentation is another text in each Python. Two layers at this rate, and
# one at thirty times as much, hang on the seed.
TOLERANCE = {"bits": 0.25}
KINDS = {"LSTM": (nn.LSTM, 1), "GRU": (nn.GRU, 1), "two LSTMs": (nn.LSTM, 2)}
ROWS, LENGTH, UPDATES = 32, 64, 100


class Writer(nn.Module):
    def __init__(self, V, kind=nn.LSTM, hidden=128, layers=1, dropout=0.1):
        super().__init__()
        self.embedding = nn.Embedding(V, 64)
        between = dropout if layers > 1 else 0.0
        self.rnn = kind(64, hidden, layers, batch_first=True, dropout=between)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, V)

    def forward(self, ids, state=None):
        h, state = self.rnn(self.embedding(ids), state)  # (B, T, H)
        return self.head(self.dropout(h)), state  # (B, T, V)


def detached(state):
    if isinstance(state, tuple):  # h and c
        return tuple(s.detach() for s in state)
    return state.detach()


def train(writer, ids, updates, peak):
    """One pass at most: the text is longer than the training."""
    adam = torch.optim.Adam(writer.parameters(), peak, (0.9, 0.99))
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        adam, peak, updates, pct_start=0.1, anneal_strategy="linear"
    )
    state = None
    writer.train()
    for _, (x, y) in zip(range(updates), streams(ids, ROWS, LENGTH)):
        logits, state = writer(torch.tensor(x), state)
        loss = nn.functional.cross_entropy(
            logits.flatten(0, 1), torch.tensor(y).flatten()
        )
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(writer.parameters(), 1.0)
        adam.step()
        cycle.step()
        state = detached(state)


@torch.no_grad()
def bits_of(writer, ids):
    logits, _ = writer.eval()(torch.tensor(ids)[None])
    log_p = logits[0, :-1].log_softmax(-1).double().numpy()
    return -log_p[np.arange(len(ids) - 1), ids[1:]].mean() / np.log(2)


def run(setting, seed):
    torch.set_num_threads(1)
    text = load_text().text
    vocabulary = Vocabulary(text)
    ids = vocabulary.encode(text[: int(0.9 * len(text))])
    inner = int(0.9 * len(ids))
    kind, layers = KINDS[setting["model"]]
    torch.manual_seed(seed)
    writer = Writer(len(vocabulary), kind, 64, layers)
    train(writer, ids[:inner], UPDATES, setting["peak"])
    return {"bits": bits_of(writer, ids[inner:])}
