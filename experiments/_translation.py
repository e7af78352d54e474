"""What the experiments of ``26-translation`` share: tokens, parts, networks, scores."""

from datetime import date
from functools import cache

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from rnnbook.bleu import bleu, bleu_counts, corpus_bleu
from rnnbook.data import Words, load_pairs, split_pairs

PAD, BOS, EOS, UNK = range(4)


def batch(rows):
    """Rows of numbers as (B, T), <pad> behind their ends, and their lengths (B,)."""
    length = torch.tensor([len(row) for row in rows])
    rows = [torch.tensor(row) for row in rows]
    return pad_sequence(rows, batch_first=True, padding_value=PAD), length


def attend(s, states, mask, W):
    """Context (B, U, H) and weights (B, U, T) of decoder states s (B, U, H)."""
    e = s @ W @ states.mT  # (B, U, T)
    a = e.masked_fill(~mask[:, None], -torch.inf).softmax(dim=2)
    return a @ states, a


class Encoder(nn.Module):
    """Reads x (B, T) both ways: a state for each token, and one for the decoder."""

    def __init__(self, V, E, H, dropout):
        super().__init__()
        self.embed, self.drop = nn.Embedding(V, E), nn.Dropout(dropout)
        self.gru = nn.GRU(E, H // 2, batch_first=True, bidirectional=True)

    def forward(self, x, length):
        e = self.drop(self.embed(x))  # (B, T, E)
        packed = pack_padded_sequence(e, length, True, enforce_sorted=False)
        states, last = self.gru(packed)
        states, _ = pad_packed_sequence(states, True, total_length=x.shape[1])
        return states, torch.cat([*last], dim=1)[None]  # (B, T, H), (1, B, H)


class Decoder(nn.Module):
    """Scores of what follows y (B, U), the state behind it, and where it looked."""

    def __init__(self, V, E, H, attention, dropout):
        super().__init__()
        self.embed, self.drop = nn.Embedding(V, E), nn.Dropout(dropout)
        self.gru = nn.GRU(E, H, batch_first=True)
        self.W = nn.Parameter(torch.randn(H, H) / H) if attention else None
        self.combine = nn.Linear(2 * H if attention else H, E)
        self.b = nn.Parameter(torch.zeros(V))

    def forward(self, y, h, states, mask):
        s, h = self.gru(self.drop(self.embed(y)), h)  # (B, U, H)
        a = None
        if self.W is not None:
            context, a = attend(s, states, mask, self.W)
            s = torch.cat([s, context], dim=2)  # (B, U, 2H)
        out = self.drop(torch.tanh(self.combine(s)))  # (B, U, E)
        return out @ self.embed.weight.T + self.b, h, a  # (B, U, V)


class Translator(nn.Module):
    """An encoder, and a decoder that may look back at it."""

    def __init__(self, V, V_out, attention=True, E=96, H=128, dropout=0.2):
        super().__init__()
        self.encode = Encoder(V, E, H, dropout)
        self.decode = Decoder(V_out, E, H, attention, dropout)

    def forward(self, x, length, y):
        states, h = self.encode(x, length)
        return self.decode(y, h, states, x != PAD)[0]


def coded(part, source, target):
    """(source, target) in numbers; the target begins with <bos>, both end in <eos>."""
    return [
        (source.encode(x) + [EOS], [BOS, *target.encode(y), EOS])
        for x, y in zip(part["source"], part["target"])
    ]


def batches(pairs, size, rng):
    """Batches of pairs of like length, in random order."""
    order = rng.permutation(len(pairs))
    piles = np.split(order, range(20 * size, len(order), 20 * size))
    groups = []
    for pile in piles:
        pile = sorted(pile, key=lambda k: (len(pairs[k][0]), len(pairs[k][1])))
        groups += [pile[i : i + size] for i in range(0, len(pile), size)]
    for k in rng.permutation(len(groups)):
        xs, ys = zip(*(pairs[i] for i in groups[k]), strict=True)
        yield *batch(xs), batch(ys)[0]


def loss_of(model, x, length, y):
    """Cross-entropy of each real target token, given those before it."""
    scores = model(x, length, y[:, :-1])  # (B, U, V_out)
    return F.cross_entropy(scores.flatten(0, 1), y[:, 1:].flatten(), ignore_index=PAD)


def train(model, pairs, passes, seed, rate=1e-2, size=64):
    """Adam with a rate that rises and falls once; the model is changed in place."""
    rng = np.random.default_rng(seed)
    adam = torch.optim.Adam(model.parameters())
    steps = sum(1 for _ in batches(pairs, size, np.random.default_rng(0))) * passes
    plan = torch.optim.lr_scheduler.OneCycleLR(adam, rate, total_steps=steps)
    for _ in range(passes):
        model.train()
        for x, length, y in batches(pairs, size, rng):
            error = loss_of(model, x, length, y)
            adam.zero_grad()
            error.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            adam.step()
            plan.step()
    return model


@torch.inference_mode()
def loss_of_all(model, pairs):
    """The mean loss of a real target token, with the true ones before it given."""
    model.eval()
    total = tokens = 0
    for x, length, y in batches(pairs, 250, np.random.default_rng(0)):
        n = int((y[:, 1:] != PAD).sum())
        total, tokens = total + n * float(loss_of(model, x, length, y)), tokens + n
    return total / tokens


@torch.inference_mode()
def greedy(model, rows, limit=25):
    """The most probable token again and again, until <eos>: lists of numbers."""
    model.eval()
    x, length = batch(rows)
    states, h = model.encode(x, length)
    y, said = torch.full((len(x), 1), BOS), []
    for _ in range(limit):
        scores, h, _ = model.decode(y, h, states, x != PAD)
        scores[..., [PAD, BOS, UNK]] = -torch.inf  # never written
        y = scores.argmax(dim=2)  # (B, 1)
        said.append(y)
    said = [[*row, EOS] for row in torch.cat(said, dim=1).tolist()]
    return [row[: row.index(EOS)] for row in said]


@torch.inference_mode()
def beam(model, row, width=4, power=0.7, limit=25):
    """The best of width beginnings at a time; log P over length to a power."""
    model.eval()
    x, length = batch([row])
    states, h = model.encode(x, length)
    alive, done = [([BOS], 0.0)], []
    for _ in range(limit):
        n = len(alive)
        y = torch.tensor([said[-1:] for said, _ in alive])
        mask = (x != PAD).expand(n, -1)
        scores, h, _ = model.decode(y, h, states.expand(n, -1, -1), mask)
        scores[..., [PAD, BOS, UNK]] = -torch.inf
        log = scores[:, 0].log_softmax(1) + torch.tensor([p for _, p in alive])[:, None]
        top = log.flatten().topk(width)
        places = [divmod(k, log.shape[1]) for k in top.indices.tolist()]
        grown = [
            (alive[i][0] + [k], p, i)
            for (i, k), p in zip(places, top.values.tolist(), strict=True)
        ]
        done += [(said[1:-1], p) for said, p, _ in grown if said[-1] == EOS]
        kept = [g for g in grown if g[0][-1] != EOS]
        if not kept or len(done) >= width:
            break
        alive, h = [g[:2] for g in kept], h[:, [i for *_, i in kept]]
    done = done or [(said[1:], p) for said, p in alive]
    return max(done, key=lambda d: d[1] / (len(d[0]) + 1) ** power)[0]


def by_source(part):
    """Each source once, with all its translations: lists of equal length."""
    groups = part.groupby("key", sort=False)
    return groups["source"].first().tolist(), groups["target"].agg(list).tolist()


def nearest(known, sentences):
    """For each sentence the known one most like it, and the cosine, (N,) and (N,)."""
    words = TfidfVectorizer(analyzer=lambda s: [*s, *map(" ".join, zip(s, s[1:]))])
    table = words.fit_transform(known).T
    found = []
    for i in range(0, len(sentences), 256):
        like = (words.transform(sentences[i : i + 256]) @ table).toarray()
        found.append((like.argmax(axis=1), like.max(axis=1)))
    return [np.concatenate(part) for part in zip(*found)]


def ibm1(pairs, V, V_out, rounds=6):
    """P(target token | source token), (V, V_out), by EM (IBM model 1)."""
    e = np.concatenate([np.tile([PAD, *x], len(y)) for x, y in pairs])  # 0: no word
    f = np.concatenate([np.repeat(y, len(x) + 1) for x, y in pairs])
    ends = np.cumsum([len(x) + 1 for x, y in pairs for _ in y])
    slot = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))  # one token of y
    t = np.full((V, V_out), 1 / V_out)
    for _ in range(rounds):
        p = t[e, f]
        p /= np.bincount(slot, p)[slot]  # which source token it comes from
        t = np.zeros((V, V_out))
        np.add.at(t, (e, f), p)
        t /= np.maximum(t.sum(axis=1, keepdims=True), 1e-12)
    return t


@cache
def tatoeba():
    """Three parts of Tatoeba with known tokens only, and the two vocabularies."""
    parts = split_pairs(load_pairs().table)
    source = Words(parts[0]["source"], 2000)
    target = Words(parts[0]["target"], 1200)
    known = [
        part[part["source"].map(source.know) & part["target"].map(target.know)]
        for part in parts
    ]
    return [part.reset_index(drop=True) for part in known], source, target


def translated(model, sentences, source, target):
    """What the model says, greedily, for each sentence: lists of tokens."""
    rows = greedy(model, [source.encode(s) + [EOS] for s in sentences])
    return [[target.names[k] for k in row] for row in rows]


def new_translator(source, target, seed, **kind):
    torch.manual_seed(seed)
    return Translator(len(source), len(target), **kind)


def bleu_gain(said, other, references, draws=2000):
    """BLEU minus that of another, and 95 % of it, sentences drawn with replacement."""
    rng = np.random.default_rng(0)
    a, b = (np.array(list(map(bleu_counts, s, references))) for s in (said, other))
    n = len(references)
    drawn = (rng.integers(n, size=n) for _ in range(draws))
    gains = [bleu(a[few].sum(axis=0)) - bleu(b[few].sum(axis=0)) for few in drawn]
    low, high = np.quantile(gains, [0.025, 0.975])
    return bleu(a.sum(axis=0)) - bleu(b.sum(axis=0)), low, high


def quarters(said, references, like):
    """BLEU in each quarter of likeness, from the farthest to the nearest, (4,)."""
    groups = np.array_split(np.argsort(like, kind="stable"), 4)
    return [
        corpus_bleu([said[i] for i in few], [references[i] for i in few])
        for few in groups
    ]


def strings(n, rng, shortest=3, longest=20, letters=26):
    """Pairs of a string of letters and the same string read from its end."""
    rows = [
        4 + rng.integers(letters, size=rng.integers(shortest, longest + 1))
        for _ in range(n)
    ]
    return [([*map(int, r), EOS], [BOS, *map(int, r[::-1]), EOS]) for r in rows]


WAYS = (
    "{day} {month} {year}",
    "{month} {day}, {year}",
    "{day}.{m:02d}.{year}",
    "{m:02d}/{day}/{yy:02d}",
    "{weekday}, {day} {mon} {year}",
    "{mon} {day} {year}",
    "the {day}{th} of {month}, {year}",
    "{weekday} {m:02d}/{day}/{yy:02d}",
)


def written(day, way):
    """A date in one of the ways, in small letters: 7 nov 2026, 11/7/26, ..."""
    n = day.day
    th = "th" if n in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    words = day.strftime("%B %b %A").lower().split()
    parts = dict(zip(("month", "mon", "weekday"), words, strict=True))
    return WAYS[way].format(
        day=n, th=th, m=day.month, year=day.year, yy=day.year % 100, **parts
    )


def dates(n, rng, held_out):
    """n dates of 1950 to 2049, each in a way of its own, and as 2026-11-07."""
    rows = []
    while len(rows) < n:
        day = date.fromordinal(int(rng.integers(711858, 748383)))
        if (day.toordinal() % 10 == 0) == held_out:
            rows.append((list(written(day, int(rng.integers(8)))), list(f"{day}")))
    return rows


def whole(model, pairs):
    """The share of pairs whose target is written without a mistake."""
    said = greedy(model, [x for x, _ in pairs], limit=len(pairs[0][1]) + 5)
    return float(np.mean([s == y[1:-1] for s, (_, y) in zip(said, pairs)]))
