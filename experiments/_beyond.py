"""What the experiments of ``35-beyond`` share.

One body for all: an embedding, two blocks, a readout. A block adds a *mixer* over time
and a small network of each step by itself. The mixers differ and nothing else does;
their width is chosen so that all models have the same number of weights.
"""

import functools
import math

import numpy as np
import torch
from torch import nn

from rnnbook.data import load_shakespeare

D, BLOCKS, WEIGHTS = 32, 2, 25_000
BATCH, DELAY = 32, 10
STEPS = {"echo": 40, "parity": 24, "letters": 64}


class Scan(torch.autograd.Function):
    """h[t] = a[t] h[t - 1] + b[t] over (B, T, H); the way back is a scan as well."""

    @staticmethod
    def forward(ctx, a, b):
        a, b = (s.transpose(0, 1).contiguous() for s in (a, b))
        h = torch.empty_like(b)
        h[0] = b[0]
        for t in range(1, len(b)):
            torch.addcmul(b[t], a[t], h[t - 1], out=h[t])
        ctx.save_for_backward(a, h)
        return h.transpose(0, 1)

    @staticmethod
    def backward(ctx, dh):
        a, h = ctx.saved_tensors
        db = dh.transpose(0, 1).clone(memory_format=torch.contiguous_format)
        for t in range(len(h) - 2, -1, -1):
            db[t].addcmul_(a[t + 1], db[t + 1])
        da = torch.zeros_like(a)
        torch.mul(db[1:], h[:-1], out=da[1:])
        return da.transpose(0, 1), db.transpose(0, 1)


class Gated(nn.Module):
    """The plain RNN, the LSTM or the GRU of PyTorch."""

    def __init__(self, cell, H):
        super().__init__()
        self.cell, self.out = getattr(nn, cell)(D, H, batch_first=True), nn.Linear(H, D)

    def forward(self, x):
        return self.out(self.cell(x)[0])


class Minimal(nn.Module):
    """minGRU and minLSTM: gates and candidate of the input alone."""

    def __init__(self, kind, H):
        super().__init__()
        self.kind = kind
        self.into = nn.Linear(D, (3 if kind == "minLSTM" else 2) * H)
        self.out = nn.Linear(H, D)

    def forward(self, x):
        z, *more, n = self.into(x).chunk(3 if self.kind == "minLSTM" else 2, dim=-1)
        if self.kind == "minLSTM":  # z is the forget gate, and one is the input gate
            f, i = z.sigmoid(), more[0].sigmoid()
            a, z = f / (f + i), i / (f + i)
        elif self.kind == "signed minGRU":  # from -1 to 1
            a = z.tanh()
            z = 1 - a.abs()
        else:
            a, z = (-z).sigmoid(), z.sigmoid()
        return self.out(Scan.apply(a, z * n))


class Linear(nn.Module):
    """A diagonal state-space model, the same at each step, as a convolution."""

    def __init__(self, H):
        super().__init__()
        self.into, self.out = nn.Linear(D, 2 * H), nn.Linear(2 * H, D)
        slow = torch.rand(H) * 0.2 + 0.799  # moduli from 0.799 to 0.999
        self.decay = nn.Parameter((-slow.log()).log())
        self.angle = nn.Parameter(torch.rand(H) * math.pi)

    def forward(self, x):
        u = torch.complex(*self.into(x).chunk(2, dim=-1))  # (B, T, H)
        T = x.shape[1]
        rate = torch.complex(-self.decay.exp(), self.angle)
        kernel = torch.exp(rate * torch.arange(T)[:, None])  # lambda ** k
        gain = (1 - (-2 * self.decay.exp()).exp()).sqrt()
        far = torch.fft.fft(u * gain, 2 * T, dim=1)
        h = torch.fft.ifft(far * torch.fft.fft(kernel, 2 * T, dim=0), dim=1)[:, :T]
        return self.out(torch.cat([h.real, h.imag], dim=-1))


class Selective(nn.Module):
    """A state-space model whose steps depend on the input: N numbers a channel."""

    def __init__(self, H, N=4):
        super().__init__()
        self.N = N
        self.into, self.step = nn.Linear(D, 2 * H), nn.Linear(D, H)
        self.write_read = nn.Linear(D, 2 * N)
        self.rate = nn.Parameter(torch.arange(1, N + 1).log().repeat(H, 1))
        self.skip, self.out = nn.Parameter(torch.ones(H)), nn.Linear(H, D)
        steps = torch.exp(torch.rand(H) * 4.6 - 6.9)  # from 0.001 to 0.1
        self.step.bias.data = steps.expm1().log()

    def forward(self, x):
        u, gate = self.into(x).chunk(2, dim=-1)  # (B, T, H)
        delta = nn.functional.softplus(self.step(x))[..., None]
        B, C = self.write_read(x)[:, :, None].chunk(2, dim=-1)  # (B, T, 1, N)
        a = torch.exp(-delta * self.rate.exp())  # (B, T, H, N)
        h = Scan.apply(a.flatten(2), (delta * B * u[..., None]).flatten(2))
        y = (h.unflatten(2, (-1, self.N)) * C).sum(-1) + self.skip * u
        return self.out(y * nn.functional.silu(gate))


def heads(x, n):
    """(B, T, H) to (B, n, T, H / n)."""
    return x.unflatten(-1, (n, -1)).transpose(1, 2)


class Matrix(nn.Module):
    """mLSTM in its parallel form, with the stabiliser."""

    def __init__(self, H, n=2):
        super().__init__()
        self.n, H = n, n * H
        self.qkvo, self.gates = nn.Linear(D, 4 * H), nn.Linear(D, 2 * n)
        self.norm, self.out = nn.LayerNorm(H // n), nn.Linear(H, D)
        self.gates.bias.data[n:] = torch.linspace(3, 6, n)  # forget slowly

    def forward(self, x):
        q, k, v, o = self.qkvo(x).chunk(4, dim=-1)
        q, k, v = (heads(s, self.n) for s in (q, k, v))
        i, f = self.gates(x).transpose(1, 2).chunk(2, dim=1)  # (B, n, T)
        F = nn.functional.logsigmoid(f).cumsum(-1)
        log = F[..., :, None] - F[..., None, :] + i[..., None, :]
        T = x.shape[1]
        log = log.masked_fill(~torch.ones(T, T, dtype=torch.bool).tril(), -torch.inf)
        m = log.amax(-1, keepdim=True)
        s = (q @ k.mT) / math.sqrt(q.shape[-1]) * (log - m).exp()
        h = s @ v / s.sum(-1, keepdim=True).abs().maximum((-m).exp())
        h = self.norm(h).transpose(1, 2).flatten(2)
        return self.out(o.sigmoid() * h)


class Attention(nn.Module):
    """Causal attention with four heads."""

    def __init__(self, H, n=4):
        super().__init__()
        self.n, H = n, n * H
        self.qkv, self.out = nn.Linear(D, 3 * H), nn.Linear(H, D)

    def forward(self, x):
        q, k, v = (heads(s, self.n) for s in self.qkv(x).chunk(3, dim=-1))
        scores = (q @ k.mT) / math.sqrt(q.shape[-1])
        T = x.shape[1]
        past = torch.ones(T, T, dtype=torch.bool).tril()
        odds = scores.masked_fill(~past, -torch.inf).softmax(-1)
        return self.out((odds @ v).transpose(1, 2).flatten(2))


class Convolution(nn.Module):
    """A dilated causal convolution: 8 places, 1 step apart or 8."""

    def __init__(self, H, dilation):
        super().__init__()
        self.reach = 7 * dilation
        self.conv = nn.Conv1d(D, H, 8, dilation=dilation)
        self.out = nn.Linear(H, D)

    def forward(self, x):
        padded = nn.functional.pad(x.mT, (self.reach, 0))
        return self.out(nn.functional.gelu(self.conv(padded)).mT)


MIXERS = {
    "RNN": lambda H, block: Gated("RNN", H),
    "LSTM": lambda H, block: Gated("LSTM", H),
    "GRU": lambda H, block: Gated("GRU", H),
    "minGRU": lambda H, block: Minimal("minGRU", H),
    "signed minGRU": lambda H, block: Minimal("signed minGRU", H),
    "minLSTM": lambda H, block: Minimal("minLSTM", H),
    "linear SSM": lambda H, block: Linear(H),
    "selective SSM": lambda H, block: Selective(H),
    "mLSTM": lambda H, block: Matrix(H),
    "Transformer": lambda H, block: Attention(H),
    "TCN": lambda H, block: Convolution(H, 8**block),
}


def positions(T):
    """Sines and cosines of 16 wavelengths, (T, D)."""
    angle = torch.arange(T)[:, None] / 1000 ** (torch.arange(D // 2) / (D // 2))
    return torch.cat([angle.sin(), angle.cos()], dim=-1)


class Model(nn.Module):
    """Logits (B, T, K) of numbers (B, T)."""

    def __init__(self, kind, H, V, K):
        super().__init__()
        self.kind, self.embedding = kind, nn.Embedding(V, D)
        self.mixers = nn.ModuleList(MIXERS[kind](H, b) for b in range(BLOCKS))
        self.steps = nn.ModuleList(
            nn.Sequential(
                nn.LayerNorm(D), nn.Linear(D, 2 * D), nn.GELU(), nn.Linear(2 * D, D)
            )
            for _ in range(BLOCKS)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(D) for _ in range(BLOCKS))
        self.head = nn.Sequential(nn.LayerNorm(D), nn.Linear(D, K))

    def forward(self, ids):
        x = self.embedding(ids)
        if self.kind == "Transformer":
            x = x + positions(ids.shape[1])
        for norm, mixer, step in zip(self.norms, self.mixers, self.steps, strict=True):
            x = x + mixer(norm(x))
            x = x + step(x)
        return self.head(x)


def weights(model):
    return sum(p.numel() for p in model.parameters())


@functools.cache
def width(kind):
    """The width at which a model with two symbols is nearest to all others in size."""
    with torch.random.fork_rng():
        sizes = {H: weights(Model(kind, H, 2, 2)) for H in range(4, 200, 1)}
    return min(sizes, key=lambda H: abs(sizes[H] - WEIGHTS))


def fresh(kind, task, seed):
    torch.manual_seed(seed)
    V = len(letters()) if task == "letters" else 2
    return Model(kind, width(kind), V, V)


@functools.cache
def parts():
    """Tiny Shakespeare in blocks of 257: 8 of ten train, one chooses, one judges."""
    text = load_shakespeare().text
    alphabet = sorted(set(text))
    ids = np.array([alphabet.index(c) for c in text[:400_000]])
    blocks = ids[: len(ids) // 257 * 257].reshape(-1, 257)
    kind = np.arange(len(blocks)) % 10
    return {
        "letters": alphabet,
        "train": blocks[kind < 8],
        "valid": blocks[kind == 8],
        "test": blocks[kind == 9],
    }


def letters():
    return parts()["letters"]


def batch(task, part, B, T, rng):
    """Inputs and targets, (B, T) each."""
    if task == "letters":
        blocks = parts()[part]
        row, start = rng.integers(0, len(blocks), B), rng.integers(0, 257 - T, B)
        both = blocks[row[:, None], start[:, None] + np.arange(T + 1)]
        x, y = both[:, :-1], both[:, 1:]
    else:
        x = rng.integers(0, 2, (B, T))
        y = np.roll(x, DELAY, 1) if task == "echo" else x.cumsum(1) % 2
    return torch.tensor(x), torch.tensor(y)


def losses(task, logits, y):
    """Nats of each target that counts."""
    first = DELAY if task == "echo" else 0
    flat = logits[:, first:].flatten(0, 1)
    return nn.functional.cross_entropy(flat, y[:, first:].flatten())


def trained(kind, task, lr, seed, updates):
    """A model after so many updates of Adam; the rate rises, and falls to zero."""
    model = fresh(kind, task, seed)
    adam = torch.optim.Adam(model.parameters(), lr=lr, betas=(0.9, 0.99))
    rng = np.random.default_rng(1000 + seed)
    for k in range(updates):
        s = (k + 1) / updates
        adam.param_groups[0]["lr"] = lr * min(s / 0.1, (1 - s) / 0.9 + 0.01)
        x, y = batch(task, "train", BATCH, STEPS[task], rng)
        loss = losses(task, model(x), y)
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
    return model


@torch.inference_mode()
def score(model, task, part, longer=1, B=200):
    """The share of wrong answers, or bits a letter, in as many steps as were trained.

    With ``longer`` these are the last ones of a sequence so many times as long.
    """
    T = longer * STEPS[task]
    seed = {"valid": 7000, "test": 8000}[part]
    x, y = batch(task, part, B, T, np.random.default_rng(seed))
    logits = torch.cat([model(some) for some in x.split(50)])
    last = STEPS[task] - (DELAY if task == "echo" else 0)
    logits, y = logits[:, -last:], y[:, -last:]
    if task == "letters":
        nats = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())
        return nats.item() / math.log(2)
    return (logits.argmax(-1) != y).double().mean().item()


def contest(kind, task, lr, seed, updates):
    """What the experiments store: to choose by, to judge by, and at four times T."""
    torch.set_num_threads(1)
    model = trained(kind, task, lr, seed, updates)
    return {
        "valid": score(model, task, "valid"),
        "test": score(model, task, "test"),
        "longer": score(model, task, "test", longer=4),
    }
