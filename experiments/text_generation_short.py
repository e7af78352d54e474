"""How much do the bits of the short training hang on the seed?

The network that the page trains itself, 128 units and 250 updates, on Python's
documentation, whose last tenth is judged. These runs make the band of that one.

Used by ``21-text-generation``.
"""

import time

import numpy as np
import torch
from torch import nn

from rnnbook.data import Vocabulary, load_text, streams

GRID = [{"hidden": 128, "updates": 250}]
SEEDS = range(5)
# Python's documentation is another text in each Python.
TOLERANCE = {"training": 0.15, "bits": 0.15}
ROWS, LENGTH = 32, 64


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


def endless(ids, rows=ROWS, length=LENGTH):
    """Batches round after round; True where a round begins."""
    while True:
        for n, pair in enumerate(streams(ids, rows, length)):
            yield n == 0, *map(torch.tensor, pair)


def detached(state):
    if isinstance(state, tuple):  # h and c
        return tuple(s.detach() for s in state)
    return state.detach()


def step(writer, adam, logits, y):
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())
    adam.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(writer.parameters(), 1.0)
    adam.step()
    return loss.item()


def train(writer, ids, updates, peak=0.015):
    """Train; return the bits of each update, and the seconds."""
    adam = torch.optim.Adam(writer.parameters(), peak, (0.9, 0.99))
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        adam, peak, updates, pct_start=0.1, anneal_strategy="linear"
    )
    began, losses, state = time.perf_counter(), [], None
    writer.train()
    for _, (first, x, y) in zip(range(updates), endless(ids)):
        logits, state = writer(x, None if first else detached(state))
        losses.append(step(writer, adam, logits, y))
        cycle.step()
    return np.array(losses) / np.log(2), time.perf_counter() - began


@torch.no_grad()
def surprises(writer, ids):
    """Bits of each character but the first, read in one go: (N - 1,)."""
    logits, _ = writer.eval()(torch.tensor(ids)[None])
    log_p = logits[0, :-1].log_softmax(-1).double().numpy()
    return -log_p[np.arange(len(ids) - 1), ids[1:]] / np.log(2)


def run(setting, seed):
    torch.set_num_threads(1)
    text = load_text().text
    vocabulary = Vocabulary(text)
    ids = vocabulary.encode(text)
    cut = int(0.9 * len(ids))
    torch.manual_seed(seed)
    writer = Writer(len(vocabulary), hidden=setting["hidden"])
    losses, _ = train(writer, ids[:cut], setting["updates"])
    return {
        "training": losses[-40:].mean(),
        "bits": surprises(writer, ids[cut:]).mean(),
    }
