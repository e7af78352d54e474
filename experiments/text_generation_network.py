"""How many bits does an LSTM need on new text, what do pointers add, how does it write?

A network of 256 units after a long training on Python's documentation, whose last tenth
is judged. (The setting of 128 units is a short run of the same code, for the tests.)
Three pointers, for 16, 32 and 64 characters, were fixed beforehand. For each way of
writing, and for the authors of the documentation: the share of repeated stretches, the
longest piece copied from the training text (the mean over the texts, and the median),
and the bits of the network.

Used by ``21-text-generation`` and ``41-claims-tested``.
"""

import time

import numpy as np
import torch
from torch import nn

from rnnbook.data import Vocabulary, load_text, streams
from rnnbook.sampling import temperature, top_k, top_p

GRID = [
    {"hidden": 256, "updates": 1500, "texts": 8, "size": 800},
    {"hidden": 128, "updates": 100, "texts": 2, "size": 100},
    {"hidden": 64, "updates": 20, "texts": 2, "size": 100},  # the cheap one
]
SEEDS = range(3)
# Python's documentation is another text in each Python, and few texts vary.
TOLERANCE = {
    **dict.fromkeys(("training", "bits", "inside", "outside"), 0.15),
    **dict.fromkeys(("both", "frozen"), 0.15),
    **{
        f"{number}_{way}": tolerance
        for number, tolerance in (
            ("repeated", 0.3),
            ("copied", 60),
            ("median", 60),
            ("bits", 0.4),
        )
        for way in ("greedy", "plain", "cool", "top_k", "top_p", "authors")
    },
}
ROWS, LENGTH = 32, 64
PROMPT = "The value of the "
SHAPES = {
    "plain": lambda s: temperature(s, 1.0),
    "cool": lambda s: temperature(s, 0.5),
    "top_k": lambda s: top_k(temperature(s, 1.0), 5),
    "top_p": lambda s: top_p(temperature(s, 1.0), 0.9),
}


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


@torch.no_grad()
def generate(writer, vocabulary, prompt, n, choose, texts=1):
    """Continue a prompt; choose maps the scores (V,) to a number."""
    ids = torch.tensor(vocabulary.encode(prompt)).repeat(texts, 1)  # (B, T)
    logits, state = writer.eval()(ids)
    out = []
    for _ in range(n):
        out.append([int(choose(s)) for s in logits[:, -1].double().numpy()])
        logits, state = writer(torch.tensor(out[-1])[:, None], state)
    return [vocabulary.decode(ids) for ids in zip(*out)]  # B texts


def repeated(sample, n=20):
    """Share of the stretches of n characters that came before."""
    pieces = [sample[i : i + n] for i in range(len(sample) - n + 1)]
    return 1 - len(set(pieces)) / len(pieces)


def longest_copy(sample, source):
    """The longest substring of sample that occurs in source."""
    best = ""
    for i in range(len(sample)):
        while i + len(best) < len(sample):
            longer = sample[i : i + len(best) + 1]
            if longer not in source:
                break
            best = longer
    return best


def pointer(text, first, length, learn=True):
    """What followed the last characters when they were last read.

    One guess for each character from first on, "" if they are new, and
    how far back they stand. Without learn, only what stands before
    first is ever looked up.
    """
    place, guesses, back = {}, [], []
    for i in range(length, len(text)):
        context = text[i - length : i]
        if i >= first:
            at = place.get(context)
            guesses.append("" if at is None else text[at])
            back.append(0 if at is None else i - at)
        if learn or i < first:
            place[context] = i
    return np.array(guesses, dtype=object), np.array(back)


def with_pointers(network, guess, new):
    """Bits of each character under network and pointers."""
    trust = {n: [1, 2] for n in guess}  # came true, were made
    bits = network.copy()
    for i, c in enumerate(new):
        speaks = max((n for n in guess if guess[n][i]), default=None)
        if speaks is None:
            continue
        came, made = trust[speaks]
        hit = guess[speaks][i] == c
        p = came / made * hit + (1 - came / made) * 2 ** -network[i]
        bits[i] = -np.log2(p)
        trust[speaks] = [came + hit, made + 1]
    return bits


def drawing(shape, V):
    rng = np.random.default_rng(0)
    return lambda scores: rng.choice(V, p=shape(scores))


def writings(writer, vocabulary, new, texts, size):
    """One text of the greedy kind, some of each other kind."""
    V = len(vocabulary)
    written = {"greedy": generate(writer, vocabulary, PROMPT, size, np.argmax)}
    for name, shape in SHAPES.items():
        choose = drawing(shape, V)
        written[name] = generate(writer, vocabulary, PROMPT, size, choose, texts)
    places = [n * (len(new) // texts) for n in range(texts)]
    return written | {"authors": [new[i : i + size] for i in places]}


def judge(writer, vocabulary, samples, known):
    copies = [len(longest_copy(s, known)) for s in samples]
    own = [
        surprises(writer, vocabulary.encode(PROMPT + s))[len(PROMPT) :].mean()
        for s in samples
    ]
    return {
        "repeated": np.mean([repeated(s) for s in samples]),
        "copied": np.mean(copies),
        "median": np.median(copies),
        "bits": np.mean(own),
    }


def run(setting, seed):
    torch.set_num_threads(1)
    text = load_text().text
    vocabulary = Vocabulary(text)
    cut = int(0.9 * len(text))
    known, new = text[:cut], text[cut:]
    torch.manual_seed(seed)
    writer = Writer(len(vocabulary), hidden=setting["hidden"])
    losses, _ = train(writer, vocabulary.encode(known), setting["updates"])
    network = surprises(writer, vocabulary.encode(new))
    guess = {k: pointer(text, cut + 1, k)[0] for k in (16, 32, 64)}
    frozen = {k: pointer(text, cut + 1, k, learn=False)[0] for k in guess}
    seen = guess[32] != ""
    numbers = {
        "training": losses[-40:].mean(),
        "bits": network.mean(),
        "inside": network[seen].mean(),
        "outside": network[~seen].mean(),
        "both": with_pointers(network, guess, new[1:]).mean(),
        "frozen": with_pointers(network, frozen, new[1:]).mean(),
    }
    texts, size = setting["texts"], setting["size"]
    for way, samples in writings(writer, vocabulary, new, texts, size).items():
        judged = judge(writer, vocabulary, samples, known)
        numbers |= {f"{number}_{way}": value for number, value in judged.items()}
    return numbers
