"""How many bits does the LSTM need on Shakespeare's plays?

The network of the chapter, on Tiny Shakespeare, with a very short and a longer
training; the last tenth is judged. ``text_generation_counts`` has its rivals.

Used by ``21-text-generation``.
"""

import numpy as np
import torch
from torch import nn

from rnnbook.data import DataUnavailable, Vocabulary, load_shakespeare, streams

GRID = [{"updates": 1000}, {"updates": 100}]
SEEDS = range(1)
TOLERANCE = {"bits": 0.04}
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
def network_bits(known, new, updates, seed):
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    vocabulary = Vocabulary(known + new)
    writer = Writer(len(vocabulary))
    with torch.enable_grad():
        train(writer, vocabulary.encode(known), updates)
    ids = torch.tensor(vocabulary.encode(new))
    logits, _ = writer.eval()(ids[None])
    log_p = logits[0, :-1].log_softmax(-1).double()
    return -log_p.gather(1, ids[1:, None]).mean().item() / np.log(2)


def run(setting, seed):
    plays = load_shakespeare()
    if plays.name != "Tiny Shakespeare":
        raise DataUnavailable("text_generation_plays needs Tiny Shakespeare: not found")
    end = int(0.9 * len(plays.text))
    known, new = plays.text[:end], plays.text[end:]
    return {"bits": network_bits(known, new, setting["updates"], seed)}
