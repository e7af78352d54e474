"""What the experiments of ``27-speech`` share: features, opponents, network, CTC."""

from functools import cache

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from scipy.fft import dct
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from rnnbook.data import load_spoken_digits

RATE = 8000
BLANK = 0


def mel_filters(bands=40, size=256, rate=RATE):
    """Triangles of equal width in mel, (bands, size // 2 + 1)."""
    hertz = np.fft.rfftfreq(size, 1 / rate)  # (F,)
    top = 2595 * np.log10(1 + rate / 2 / 700)
    corner = 700 * (10 ** (np.linspace(0, top, bands + 2) / 2595) - 1)
    width = np.diff(corner)[:, None]
    up = (hertz - corner[:-2, None]) / width[:-1]
    down = (corner[2:, None] - hertz) / width[1:]
    return np.maximum(0, np.minimum(up, down))


FILTERS = mel_filters()


def log_mel(wave, length=200, hop=80, size=256):
    """Logarithm of the energy in each band, (T, 40), every 10 ms."""
    window = np.hanning(length + 1)[:-1]
    frames = sliding_window_view(wave, length)[::hop] * window  # (T, 200)
    power = np.abs(np.fft.rfft(frames, size)) ** 2  # (T, 129)
    return np.log(power @ FILTERS.T + 1e-6).astype(np.float32)


def cepstra(x):
    """Twelve numbers for the shape of each frame's spectrum, (T, 12)."""
    return dct(x, axis=1, norm="ortho")[:, 1:13]


def featured(x, features):
    """The frames of one recording as a model reads them, (T, D)."""
    if features == "cepstra":
        return cepstra(x)
    return (x - x.mean(axis=0 if features == "centred" else None)) / 3


def thirds(x):
    """The means of three thirds in time, the spread, the length: (4D + 1,)."""
    parts = [part.mean(axis=0) for part in np.array_split(x, 3)]
    return np.r_[(*parts, x.std(axis=0), np.log(len(x)))]


def logistic():
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=500))


def coarse(x, step=3):
    """Means of each three frames, (T // 3, D): warping costs the square of T."""
    n = len(x) // step
    return x[: n * step].reshape(n, step, -1).mean(axis=1)


def warped(q, templates):
    """Distance of q (U, D) to each template, both stretched to fit, (N,)."""
    size = np.array([len(t) for t in templates])
    grid = np.zeros((len(templates), size.max(), q.shape[1]))
    for row, t in zip(grid, templates):
        row[: len(t)] = t
    d = (grid**2).sum(2)[..., None] + (q**2).sum(1) - 2 * grid @ q.T
    d = np.sqrt(np.maximum(d, 0)).transpose(2, 1, 0).copy()  # (U, T, N)
    best = np.cumsum(d[0], axis=0)  # of all paths to (0, t)
    for row in d[1:]:
        new = row.copy()
        new[0] += best[0]
        for t in range(1, len(new)):
            new[t] += np.minimum(np.minimum(best[t], best[t - 1]), new[t - 1])
        best = new
    return best[size - 1, np.arange(len(size))] / (len(q) + size)


def padded(rows):
    """Rows (T, D) of a batch as (B, T, D), zeros behind their ends, and (B,)."""
    length = torch.tensor([len(row) for row in rows])
    return pad_sequence([torch.as_tensor(row) for row in rows], True), length


def real(x, length):
    """True where a frame is no padding, (B, T, 1)."""
    return (torch.arange(x.shape[1]) < length[:, None])[..., None]


def turned(x, length):
    """Each row of a batch from its own end to its beginning; pads stay behind."""
    t = torch.arange(x.shape[1])
    at = torch.where(t < length[:, None], length[:, None] - 1 - t, t)
    return x.gather(1, at[..., None].expand_as(x))


class Listener(nn.Module):
    """Convolutions that skip frames, GRUs in one direction or in both, scores."""

    def __init__(self, outputs, strides=(2,), both=False, gru=True, C=64, H=96):
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv1d(C if k else 40, C, 5, s, 2) for k, s in enumerate(strides)
        )
        ways = (1 + both) if gru else 0
        self.grus = nn.ModuleList(nn.GRU(C, H, batch_first=True) for _ in range(ways))
        self.out = nn.Linear(ways * H or C, outputs)

    def states(self, x, length):
        for conv in self.convs:
            length = (length - 1) // conv.stride[0] + 1
            x = F.relu(conv(x.mT)).mT  # (B, T', C)
            x = x * real(x, length)
        if not self.grus:
            return x, length
        h = [self.grus[0](x)[0]]  # (B, T', H)
        for gru in self.grus[1:]:
            h.append(turned(gru(turned(x, length))[0], length))
        return torch.cat(h, dim=2), length

    def forward(self, x, length):
        h, length = self.states(x, length)
        return self.out(h), length  # (B, T', K)


def digit_scores(model, x, length):
    """Scores of one digit each, (B, 10), from the mean of its real states."""
    h, length = model.states(x, length)
    return model.out((h * real(h, length)).sum(1) / length[:, None])


def steady(model, updates, rate):
    """Adam; its rate warms up over 40 updates, and falls in the second half."""
    adam = torch.optim.Adam(model.parameters(), rate)

    def share(u):
        return min(1.0, (u + 1) / 40, 2 * (updates - u) / updates)

    return adam, torch.optim.lr_scheduler.LambdaLR(adam, share)


def step(model, loss, adam, plan):
    adam.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    adam.step()
    plan.step()


def alike(rows, size, rng):
    """Batches of places in rows, of like length, in random order."""
    order = rng.permutation(len(rows))
    groups = []
    for pile in np.array_split(order, max(1, len(order) // (10 * size))):
        pile = sorted(pile, key=lambda k: len(rows[k]))
        groups += [pile[i : i + size] for i in range(0, len(pile), size)]
    return [groups[k] for k in rng.permutation(len(groups))]


def stretched(x, rng):
    """x (T, M) in another tempo, for a throat of another length."""
    T, M = x.shape
    at = np.linspace(0, T - 1, max(8, int(T * rng.uniform(0.8, 1.25))))
    band = np.clip(np.arange(M) * rng.uniform(0.88, 1.14), 0, M - 1)
    for axis, where in ((0, at), (1, band)):
        low = np.minimum(where.astype(int), x.shape[axis] - 2)
        w = (where - low)[:, None] if axis == 0 else where - low
        x = (1 - w) * x.take(low, axis) + w * x.take(low + 1, axis)
    return x.astype(np.float32)


def train_digits(
    model, rows, digits, passes=6, seed=0, rate=4e-3, size=32, change=None, scores=None
):
    """Cross-entropy, Adam; ``change(row, rng)`` makes another row of a row."""
    rng = np.random.default_rng(seed)
    updates = passes * len(alike(rows, size, np.random.default_rng(0)))
    adam, plan = steady(model, updates, rate)
    for _ in range(passes):
        for few in alike(rows, size, rng):
            now = [change(rows[k], rng) if change else rows[k] for k in few]
            out = (scores or digit_scores)(model, *padded(now))
            step(model, F.cross_entropy(out, torch.tensor(digits[few])), adam, plan)
    return model


@torch.inference_mode()
def heard(model, rows, scores=None):
    """The most probable digit of each row, (N,)."""
    found = np.zeros(len(rows), int)
    for few in alike(rows, 100, np.random.default_rng(0)):
        out = (scores or digit_scores)(model, *padded([rows[k] for k in few]))
        found[few] = out.argmax(dim=1)
    return found


def speak(waves, rng):
    """Waves one behind the other, with pauses or overlap, loud or soft, and noise."""
    place, parts = int(rng.integers(400, 2000)), []
    for wave in waves:
        parts.append((place, wave * 10 ** rng.uniform(-0.15, 0.15)))
        gap = max(int(rng.integers(-400, 2000)), -len(wave) // 2)
        place += len(wave) + gap
    out = np.zeros(max(at + len(w) for at, w in parts) + int(rng.integers(400, 2000)))
    for at, w in parts:
        out[at : at + len(w)] += w
    out *= 10 ** rng.uniform(-2, -1) / np.sqrt(np.mean(out**2))
    return out + 10 ** rng.uniform(-4, -2.7) * rng.standard_normal(len(out))


def strings(n, spoken, pools, rng, least=3, most=6):
    """n strings of digits, each by one speaker: rows (T, 40), and the digits."""
    rows, said = [], []
    for _ in range(n):
        pool = pools[rng.integers(len(pools))]
        few = rng.choice(pool, rng.integers(least, most + 1))
        wave = speak([spoken.waves[k] for k in few], rng)
        rows.append((log_mel(wave) + 8) / 4)
        said.append(spoken.digits[few])
    return rows, said


def ctc_loss(scores, length, said):
    """-log p of the true strings, for each digit in them."""
    size = torch.tensor([len(s) for s in said])
    target = torch.tensor(np.concatenate(said)) + 1  # 0 is the blank
    log_p = scores.log_softmax(dim=2).transpose(0, 1)  # (T', B, 11)
    loss = F.ctc_loss(log_p, target, length, size, BLANK, reduction="sum")
    return loss / size.sum()


def collapsed(path):
    """The digits of a path: runs become one, then blanks go."""
    path = np.asarray(path)
    first = np.r_[True, path[1:] != path[:-1]]
    return path[first & (path != BLANK)] - 1


def edits(a, b):
    """The fewest insertions, deletions and replacements from a to b."""
    row = np.arange(len(b) + 1)
    for i, x in enumerate(a, 1):
        before, row = row, np.r_[i, np.zeros(len(b), int)]
        for j, y in enumerate(b, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
    return int(row[-1])


@torch.inference_mode()
def transcribed(model, rows):
    """The digits of each row, greedily; and the share of blanks."""
    texts, blanks = [None] * len(rows), []
    for few in alike(rows, 50, np.random.default_rng(0)):
        scores, length = model(*padded([rows[k] for k in few]))
        for k, best, n in zip(few, scores.argmax(dim=2).numpy(), length):
            texts[k] = collapsed(best[:n])
            blanks.append(np.mean(best[:n] == BLANK))
    return texts, float(np.mean(blanks))


def digit_error(texts, said):
    """Edits for each digit that was said."""
    return sum(map(edits, texts, said)) / sum(map(len, said))


def train_strings(
    model, spoken, pools, updates, seed, rate=4e-3, size=32, single=0, watch=None
):
    """CTC on new strings in every update; the loss of each update, (updates,)."""
    rng = np.random.default_rng(seed)
    adam, plan = steady(model, updates, rate)
    losses = []
    for u in range(updates):
        span = (1, 1) if u < single else (3, 6)
        rows, said = strings(size, spoken, pools, rng, *span)
        loss = ctc_loss(*model(*padded(rows)), said)
        step(model, loss, adam, plan)
        losses.append(float(loss))
        if watch:
            watch(u + 1, model)
    return np.array(losses)


def pools_of(spoken, use):
    """The places of the recordings to use, a list for each speaker who has some."""
    return [
        p
        for s in np.unique(spoken.speakers)
        if len(p := np.flatnonzero(use & (spoken.speakers == s)))
    ]


@cache
def recordings():
    """All recordings, and their log-mel frames."""
    spoken = load_spoken_digits()
    return spoken, [log_mel(wave) for wave in spoken.waves]


def extended(label):
    """The label with blanks around each digit, (S,), and where one may be skipped."""
    s = np.full(2 * len(label) + 1, BLANK)
    s[1::2] = label
    skip = np.zeros(len(s), bool)
    skip[2:] = (s[2:] != BLANK) & (s[2:] != s[:-2])
    return s, skip


def prefixes(log_e, skip):
    """alpha (T, S): log p of all paths that are at s at time t; log_e is (T, S)."""
    nothing = np.full(2, -np.inf)
    alpha = np.full_like(log_e, -np.inf)
    alpha[0, :2] = log_e[0, :2]
    for t in range(1, len(log_e)):
        before = np.r_[nothing, alpha[t - 1]]  # (2 + S,)
        two = np.where(skip, before[:-2], -np.inf)
        sums = np.logaddexp(np.logaddexp(before[2:], before[1:-1]), two)
        alpha[t] = sums + log_e[t]
    return alpha


def ctc(log_p, label):
    """-log p(label), and the share of its paths at each k and t; log_p is (T, K)."""
    s, skip = extended(label)
    log_e = log_p[:, s]  # (T, S)
    alpha = prefixes(log_e, skip)
    back = np.r_[skip[2:], False, False][: len(s)][::-1]
    beta = prefixes(log_e[::-1, ::-1], back)[::-1, ::-1]
    total = np.logaddexp.reduce(alpha[-1, -2:])
    share = np.zeros_like(log_p)
    if total > -np.inf:
        occupied = np.exp(alpha + beta - log_e - total)  # (T, S)
        np.add.at(share.T, s, occupied.T)
    return -total, share
