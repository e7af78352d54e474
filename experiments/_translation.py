"""What the experiments of ``26-translation`` share: tokens, parts, networks, scores."""

import math
import re
from collections import Counter
from datetime import date
from functools import cache
from itertools import chain

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from rnnbook.data import load_pairs

PAD, BOS, EOS, UNK = range(4)
SIGNS = ["<pad>", "<bos>", "<eos>", "<unk>"]
HAN = "\u3040-\u30ff\u3400-\u9fff"  # signs of Chinese and Japanese
TOKEN = re.compile(rf"[{HAN}]|[^\W{HAN}]+(?:['’][^\W{HAN}]+)*|[^\w\s]")


def tokens(text):
    """Words and marks in small letters; of Chinese each sign by itself."""
    return TOKEN.findall(text.lower())


def key(text):
    """A sentence without its marks: what two spellings of it share."""
    return " ".join(t for t in tokens(text) if t[0].isalnum())


def three_parts(table, share=(0.04, 0.05), longest=(11, 18)):
    """Tables of tokens to train on, choose by and judge by; a key stands in one."""
    both = table[["source", "target"]].map(tokens)
    both["key"] = table["source"].map(key)
    size = both[["source", "target"]].map(len)
    both = both[((size > 0) & (size <= longest)).all(axis=1)]
    keys = np.random.default_rng(0).permutation(sorted(set(both["key"])))
    cuts = (np.cumsum(share) * len(keys)).astype(int)
    val, test = set(keys[: cuts[0]]), set(keys[cuts[0] : cuts[1]])
    part = both["key"].map(lambda k: 1 if k in val else 2 if k in test else 0)
    return [both[part == k].reset_index(drop=True) for k in range(3)]


class Words:
    """The most frequent tokens of some sentences, numbered from 4 on; signs before."""

    def __init__(self, sentences, size):
        counts = Counter(chain.from_iterable(sentences))
        self.names = SIGNS + [word for word, _ in counts.most_common(size)]
        self.numbers = {word: k for k, word in enumerate(self.names)}

    def __len__(self):
        return len(self.names)

    def encode(self, sentence):
        return [self.numbers.get(word, UNK) for word in sentence]

    def know(self, sentence):
        return all(word in self.numbers for word in sentence)


def known_only(part, source, target):
    """The pairs of which both vocabularies know every token."""
    kept = part["source"].map(source.know) & part["target"].map(target.know)
    return part[kept].reset_index(drop=True)


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
    """Reads x (B, T) both ways: a state for each token, and one of them all."""

    def __init__(self, V, E, H, dropout):
        super().__init__()
        self.embed, self.drop = nn.Embedding(V, E), nn.Dropout(dropout)
        self.gru = nn.GRU(E, H // 2, batch_first=True, bidirectional=True)
        self.bridge = nn.Linear(H, H)

    def forward(self, x, length):
        e = self.drop(self.embed(x))  # (B, T, E)
        packed = pack_padded_sequence(e, length, True, enforce_sorted=False)
        states, last = self.gru(packed)
        states, _ = pad_packed_sequence(states, True, total_length=x.shape[1])
        both = torch.cat([last[0], last[1]], dim=1)  # (B, H)
        return states, torch.tanh(self.bridge(both))[None]  # (1, B, H)


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


def coded_rows(rows, source, target):
    """(source, target) in numbers; the target begins with <bos>, both end in <eos>."""
    return [(source.encode(x) + [EOS], [BOS, *target.encode(y), EOS]) for x, y in rows]


def coded(part, source, target):
    return coded_rows(zip(part["source"], part["target"]), source, target)


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


def train(model, pairs, passes, seed, rate=5e-3, size=64, after=None):
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
        if after:
            after(model)
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
def greedy(model, rows, limit=25, size=250):
    """The most probable token again and again, until <eos>: lists of numbers."""
    model.eval()
    found = []
    for i in range(0, len(rows), size):
        x, length = batch(rows[i : i + size])
        states, h = model.encode(x, length)
        y, said = torch.full((len(x), 1), BOS), []
        for _ in range(limit):
            scores, h, _ = model.decode(y, h, states, x != PAD)
            scores[..., [PAD, BOS, UNK]] = -torch.inf
            y = scores.argmax(dim=2)  # (B, 1)
            said.append(y)
        found += [ended(row) for row in torch.cat(said, dim=1).tolist()]
    return found


def ended(row):
    """What stands before <eos>."""
    return row[: row.index(EOS)] if EOS in row else row


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


def grams(sentence, n):
    return Counter(tuple(sentence[i : i + n]) for i in range(len(sentence) - n + 1))


def bleu_counts(said, references):
    """Length, that of the nearest reference, matches and n-grams of 1 to 4, (10,)."""
    near = min((len(r) for r in references), key=lambda n: (abs(n - len(said)), n))
    row = [len(said), near]
    for n in range(1, 5):
        own, most = grams(said, n), Counter()
        for reference in references:
            most |= grams(reference, n)  # the larger count of each
        row += [sum((own & most).values()), sum(own.values())]
    return row


def bleu(counts):
    """BLEU in percent of summed counts: brevity times the mean of the precisions."""
    said, wanted, *rest = np.asarray(counts, dtype=float)
    matches, total = np.array(rest).reshape(4, 2).T
    if min(matches) == 0:
        return 0.0
    brevity = min(1.0, math.exp(1 - wanted / said))
    return 100 * brevity * math.exp(np.log(matches / total).mean())


def corpus_bleu(said, references):
    return bleu(np.sum(list(map(bleu_counts, said, references)), axis=0))


def chrf_counts(said, references):
    """Matches, own and reference's n-grams of letters, 1 to 6, (6, 3): the best."""
    own, rows = "".join(said), []
    for reference in references:
        pairs = [(grams(own, n), grams("".join(reference), n)) for n in range(1, 7)]
        rows.append(
            [
                (sum((a & b).values()), sum(a.values()), sum(b.values()))
                for a, b in pairs
            ]
        )
    return max(rows, key=chrf)


def chrf(counts):
    """F of letters in percent, recall counting twice as much (Popović 2015)."""
    match, own, wanted = np.array(counts, dtype=float).T
    real = (own > 0) & (wanted > 0)
    if not real.any() or not match.any():
        return 0.0
    p = (match[real] / own[real]).mean()
    r = (match[real] / wanted[real]).mean()
    return float(100 * 5 * p * r / (4 * p + r))


def corpus_chrf(said, references):
    return chrf(np.sum(list(map(chrf_counts, said, references)), axis=0))


def by_source(part):
    """Each source once, with all its translations: lists of equal length."""
    groups = part.groupby("key", sort=False)
    return groups["source"].first().tolist(), groups["target"].agg(list).tolist()


def nearest(train_sources, sources):
    """For each source the training sentence most like it, and the cosine, (N,)."""
    words = TfidfVectorizer(analyzer=lambda s: s)
    known = words.fit_transform(train_sources)
    like = (words.transform(sources) @ known.T).toarray()
    return like.argmax(axis=1), like.max(axis=1)


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
    parts = three_parts(load_pairs().table)
    source = Words(parts[0]["source"], 2000)
    target = Words(parts[0]["target"], 1200)
    return [known_only(part, source, target) for part in parts], source, target


def spoken(rows, target):
    """Lists of numbers as lists of tokens."""
    return [[target.names[k] for k in row] for row in rows]


def translated(model, sentences, source, target):
    """What the model says, greedily, for each sentence: lists of tokens."""
    return spoken(greedy(model, [source.encode(s) + [EOS] for s in sentences]), target)


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
