"""Does a network read sentences on which only the order of the words decides?

Used by ``24-text-classification``. The sentences come in twins with the same words and
opposite labels, so every bag of words is right on exactly half. Beside the accuracy:
what is left of it when one of the two adjectives is left out: the first, the second,
the one that decides, the other.
"""

from collections import Counter
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

GRID = [{"model": "GRU", "epochs": 12}, {"model": "LSTM", "epochs": 12}]
SEEDS = range(100, 600, 100)
# Of 240 sentences.
TOLERANCE = {
    "accuracy": 0.02,
    "without_first": 0.05,
    "without_second": 0.05,
    "without_deciding": 0.05,
    "without_other": 0.05,
}
PAD, UNKNOWN = 0, 1
GOOD = "good great lovely superb fine perfect funny clever warm fresh".split()
BAD = "bad awful boring weak poor stale dull ugly cold broken".split()
FORMS = [  # the form, and which of its two adjectives counts
    ("it was {} , not {}", 0),
    ("it was not {} but {}", 1),
    ("first it was {} , then {}", 1),
    ("it was rather {} than {}", 0),
    ("what began {} ended {}", 1),
    ("it was never {} , always {}", 1),
]
BEFORE = ["", "really", "in every way", "as they all say"]
AFTER = ["", "i think", "to be fair", "if you ask me"]


def twins(good, bad, form, counts, before, after):
    """Two sentences (as words) and their labels."""
    pair = [f"{before} {w} {after}" for w in (good, bad)]
    one, other = form.format(*pair), form.format(*pair[::-1])
    return [one.split(), other.split()], [1 - counts, counts]


def made_sentences(rng):
    """Sentences and labels to train on, and those of pairs held out."""
    made = {True: ([], []), False: ([], [])}  # held out or not
    for i, good in enumerate(GOOD):
        for j, bad in enumerate(BAD):
            for form, counts in FORMS:
                fill = rng.choice(BEFORE), rng.choice(AFTER)
                pair = twins(good, bad, form, counts, *fill)
                kept = made[(i + j) % 5 == 0]
                for part, more in zip(kept, pair, strict=True):
                    part.extend(more)
    (known, known_y), (new, new_y) = made[False], made[True]
    return known, np.array(known_y), new, np.array(new_y)


def make_vocabulary(sentences, least=2):
    counts = Counter(w for sentence in sentences for w in sentence)
    kept = [w for w, n in counts.items() if n >= least]
    return {w: k for k, w in enumerate(kept, start=2)}


def encode(sentences, vocabulary, length=None):
    """Numbers (B, T), filled up with PAD or cut, and the lengths (B,)."""
    ids = [
        [vocabulary.get(w, UNKNOWN) for w in s[:length]] or [UNKNOWN] for s in sentences
    ]
    n = np.array([len(row) for row in ids])
    x = np.full((len(ids), length or n.max()), PAD)
    for row, numbers in zip(x, ids, strict=True):
        row[: len(numbers)] = numbers
    return x, n


def read(rnn, e, n):
    """States (B, T, dH) and last states (B, dH) of embedded sentences."""
    packed = pack_padded_sequence(e, n, batch_first=True, enforce_sorted=False)
    h, state = rnn(packed)
    state = state[0] if isinstance(state, tuple) else state  # LSTM: h, not c
    h, _ = pad_packed_sequence(h, batch_first=True, total_length=e.shape[1])
    ends = state[-2:] if rnn.bidirectional else state[-1:]  # top layer
    return h, torch.cat(list(ends), dim=-1)


def pooled(h, n, how):
    """Mean or maximum (B, H) of the states of the words alone."""
    n = torch.as_tensor(n)[:, None]  # (B, 1)
    word = torch.arange(h.shape[1]) < n  # (B, T)
    if how == "mean":
        return (h * word[..., None]).sum(1) / n
    return h.masked_fill(~word[..., None], -torch.inf).amax(1)


class Reader(nn.Module):
    """Score (B,) of sentences (B, T) with their lengths (B,)."""

    def __init__(self, V, cell=nn.GRU, hidden=32, pool="last", **options):
        super().__init__()
        self.embedding = nn.Embedding(V, 32, padding_idx=PAD)
        self.rnn = cell(32, hidden, batch_first=True, **options)
        self.dropout, self.pool = nn.Dropout(0.3), pool
        directions = 2 if self.rnn.bidirectional else 1
        self.head = nn.Linear(directions * hidden, 1)

    def vector(self, x, n):
        h, last = read(self.rnn, self.dropout(self.embedding(x)), n)
        return last if self.pool == "last" else pooled(h, n, self.pool)

    def forward(self, x, n):
        return self.head(self.dropout(self.vector(x, n)))[:, 0]


def batches(n, rng, size=64):
    order = rng.permutation(n)
    return (order[i : i + size] for i in range(0, n, size))


def step(model, adam, loss):
    adam.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    adam.step()


def train(make, sentences, y, seed, epochs=5):
    """A network and its vocabulary, from sentences and labels."""
    vocabulary = make_vocabulary(sentences)
    torch.manual_seed(seed)
    model, rng = make(len(vocabulary) + 2), np.random.default_rng(seed)
    adam, losses = torch.optim.Adam(model.parameters(), 1e-2), []
    for rows in (r for _ in range(epochs) for r in batches(len(y), rng)):
        x, n = encode([sentences[k] for k in rows], vocabulary)
        target = torch.tensor(y[rows], dtype=torch.float32)
        loss = nn.functional.binary_cross_entropy_with_logits(
            model(torch.tensor(x), n), target
        )
        step(model, adam, loss)
        losses.append(loss.item())
    return model.eval(), vocabulary, losses


@torch.no_grad()
def score_of(model, vocabulary, sentences):
    x, n = encode(sentences, vocabulary)
    return model(torch.tensor(x), n).numpy().astype(float)


def shortened(sentence):
    """Two sentences: without the first adjective, and without the second."""
    places = [k for k, w in enumerate(sentence) if w in GOOD + BAD]
    return [sentence[:k] + sentence[k + 1 :] for k in places]


def run(setting, seed):
    known, known_y, new, new_y = made_sentences(np.random.default_rng(0))
    make = partial(Reader, cell={"GRU": nn.GRU, "LSTM": nn.LSTM}[setting["model"]])
    model, vocabulary, _ = train(make, known, known_y, seed, setting["epochs"])

    def right(sentences):
        return (score_of(model, vocabulary, sentences) > 0) == new_y

    # Where the first adjective is good and the label is praise, the first one decides.
    first = np.array([next(w for w in s if w in GOOD + BAD) in GOOD for s in new])
    first_decides = first == new_y
    without = [right([shortened(s)[which] for s in new]) for which in (0, 1)]
    return {
        "accuracy": right(new).mean(),
        "without_first": without[0].mean(),
        "without_second": without[1].mean(),
        "without_deciding": np.where(first_decides, *without).mean(),
        "without_other": np.where(first_decides, *without[::-1]).mean(),
    }
