"""How many bits does the LSTM need on Shakespeare's plays?

The network and the training of ``text_generation_network``, on Tiny Shakespeare; the
last tenth is judged. (The setting of 128 units is a short run of the same code, for the
tests.) ``text_generation_counts`` has the rivals.

Used by ``21-text-generation``.
"""

import numpy as np
import torch
from torch import nn

from rnnbook.data import DataUnavailable, Vocabulary, load_shakespeare, streams

GRID = [{"hidden": 256, "updates": 1500}, {"hidden": 128, "updates": 100}]
SEEDS = range(3)
TOLERANCE = {"bits": 0.05}
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


def train(writer, ids, updates, peak=0.015):
    adam = torch.optim.Adam(writer.parameters(), peak, (0.9, 0.99))
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        adam, peak, updates, pct_start=0.1, anneal_strategy="linear"
    )
    state = None
    writer.train()
    for _, (first, x, y) in zip(range(updates), endless(ids)):
        logits, state = writer(x, None if first else state)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(writer.parameters(), 1.0)
        adam.step()
        cycle.step()
        state = tuple(s.detach() for s in state)


@torch.no_grad()
def bits_of(writer, ids):
    logits, _ = writer.eval()(torch.tensor(ids)[None])
    log_p = logits[0, :-1].log_softmax(-1).double().numpy()
    return -log_p[np.arange(len(ids) - 1), ids[1:]].mean() / np.log(2)


def run(setting, seed):
    plays = load_shakespeare()
    if plays.name != "Tiny Shakespeare":
        raise DataUnavailable("text_generation_plays needs Tiny Shakespeare: not found")
    torch.set_num_threads(1)
    vocabulary = Vocabulary(plays.text)
    ids = vocabulary.encode(plays.text)
    end = int(0.9 * len(ids))
    torch.manual_seed(seed)
    writer = Writer(len(vocabulary), hidden=setting["hidden"])
    train(writer, ids[:end], setting["updates"])
    return {"bits": bits_of(writer, ids[end:])}
