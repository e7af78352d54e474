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
    """Triangles, corners equally far apart in mel, (bands, F)."""
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


def alike(rows, size, rng):
    """Places of rows of like length, drawn anew: such a batch has little padding."""
    few = rng.choice(len(rows), min(8 * size, len(rows)), replace=False)
    few = sorted(few, key=lambda k: len(rows[k]))
    start = size * rng.integers(len(few) // size)
    return few[start : start + size]


def train(model, new_loss, updates, rate=4e-3):
    """Adam; its rate warms up over 40 updates, and falls in the second half."""
    adam = torch.optim.Adam(model.parameters(), rate)

    def share(u):
        return min(1.0, (u + 1) / 40, 2 * (updates - u) / updates)

    plan, losses = torch.optim.lr_scheduler.LambdaLR(adam, share), []
    for _ in range(updates):
        loss = new_loss()  # of a new batch
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        plan.step()
        losses.append(loss.item())
    return np.array(losses)


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


def digit_loss(model, rows, digits, rng, size=32, change=None, scores=digit_scores):
    """Cross-entropy of a new batch; ``change(row, rng)`` makes another row of a row."""
    few = alike(rows, size, rng)
    now = [change(rows[k], rng) if change else rows[k] for k in few]
    return F.cross_entropy(scores(model, *padded(now)), torch.tensor(digits[few]))


def learned(rows, digits, updates, seed, change=None, scores=digit_scores, **kind):
    """A new network that has learned single digits; ``kind`` is for the network."""
    torch.manual_seed(seed)
    model, rng = Listener(10, **kind), np.random.default_rng(seed)

    def new_loss():
        return digit_loss(model, rows, digits, rng, change=change, scores=scores)

    train(model, new_loss, updates)
    return model


@torch.inference_mode()
def heard(model, rows, scores=digit_scores):
    """The most probable digit of each row, (N,)."""
    return scores(model, *padded(rows)).argmax(dim=1).numpy()


def framed(waves):
    """What the network reads of strings; fixed numbers, so that it need not wait."""
    return [(log_mel(wave) + 8) / 4 for wave in waves]


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


@torch.inference_mode()
def transcribed(model, rows):
    """The digits of each row: the most probable symbol of each frame, collapsed."""
    scores, length = model(*padded(rows))
    paths = scores.argmax(dim=2).numpy()
    return [collapsed(path[:n]) for path, n in zip(paths, length)]


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
