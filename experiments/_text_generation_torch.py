"""What the PyTorch experiments of ``21-text-generation`` share: a network, trained."""

import copy

import numpy as np
import pandas as pd
import torch
from _text_generation import documentation
from torch import nn

from rnnbook.data import streams

KINDS = {"LSTM": ("LSTM", 1), "GRU": ("GRU", 1), "two LSTMs": ("LSTM", 2)}


class Writer(nn.Module):
    def __init__(self, V, cell="LSTM", hidden=128, layers=2, dropout=0.1):
        super().__init__()
        self.settings = {"cell": cell, "hidden": hidden, "layers": layers}
        self.embedding = nn.Embedding(V, 64)
        self.rnn = getattr(nn, cell)(
            input_size=64,
            hidden_size=hidden,
            num_layers=layers,
            batch_first=True,
            dropout=dropout if layers > 1 else 0.0,  # between the layers
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, V)

    def forward(self, ids, state=None):
        h, state = self.rnn(self.embedding(ids), state)  # (B, T, H)
        return self.head(self.dropout(h)), state  # (B, T, V)


def endless(ids, rows=32, length=32):
    """Batches of parallel streams, epoch after epoch; True for the first."""
    while True:
        for n, (x, y) in enumerate(streams(ids, rows, length)):
            yield n == 0, torch.tensor(x), torch.tensor(y)


def detached(state):
    if isinstance(state, tuple):  # h and c
        return tuple(s.detach() for s in state)
    return state.detach()


def step(writer, adam, x, y, state=None):
    """One update; the loss in bits, and the state for the next batch."""
    logits, state = writer.train()(x, state)
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())
    adam.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(writer.parameters(), max_norm=1.0)
    adam.step()
    return loss.item() / np.log(2), detached(state)


@torch.inference_mode()
def surprises(writer, ids, rows=1):
    """Bits of each character of a text but the first of each row."""
    device = next(writer.parameters()).device
    ids = ids[: len(ids) // rows * rows].reshape(rows, -1)
    ids = torch.tensor(ids).to(device)
    logits, _ = writer.eval()(ids)  # (rows, N, V)
    nats = nn.functional.cross_entropy(
        logits[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none"
    )
    return nats.cpu().double().numpy().ravel() / np.log(2)


def rising_and_falling(adam, updates, peak):
    return torch.optim.lr_scheduler.OneCycleLR(
        adam,
        max_lr=peak,
        total_steps=updates,
        pct_start=0.1,
        anneal_strategy="linear",
    )


def train(writer, ids, val_ids, updates, peak=0.015, rows=32):
    """Train, validate five times, and keep the best weights."""
    device = next(writer.parameters()).device
    adam = torch.optim.Adam(writer.parameters(), lr=peak, betas=(0.9, 0.99))
    schedule = rising_and_falling(adam, updates, peak)
    many = max(1, min(128, len(val_ids) // 64))
    losses, curve, state, least = [], [], None, np.inf
    for n, (first, x, y) in zip(range(1, updates + 1), endless(ids, rows)):
        state = None if first else state
        loss, state = step(writer, adam, x.to(device), y.to(device), state)
        schedule.step()
        losses.append(loss)
        if n % max(1, updates // 5) == 0:
            bits = surprises(writer, val_ids, rows=many).mean()
            curve.append((n, np.mean(losses[-40:]), bits))
            if bits < least:
                least, best = bits, copy.deepcopy(writer.state_dict())
    writer.load_state_dict(best)
    return pd.DataFrame(curve, columns=["update", "training", "validation"])


def rival(setting, seed, updates):
    """A small network of a kind after a training at a rate: it, and its curve."""
    torch.set_num_threads(1)
    vocabulary, known, validation, _ = documentation()
    cell, depth = KINDS[setting["model"]]
    torch.manual_seed(seed)
    writer = Writer(len(vocabulary), cell, hidden=64, layers=depth)
    return writer, train(writer, known, validation, updates, setting["peak"])


def long_training(writer, ids, updates, peak=0.015):
    """Train on longer pieces and without validation: the bits of each update."""
    adam = torch.optim.Adam(writer.parameters(), lr=peak, betas=(0.9, 0.99))
    schedule = rising_and_falling(adam, updates, peak)
    losses, state = [], None
    for _, (first, x, y) in zip(range(updates), endless(ids, length=64)):
        loss, state = step(writer, adam, x, y, None if first else state)
        schedule.step()
        losses.append(loss)
    return np.array(losses)
