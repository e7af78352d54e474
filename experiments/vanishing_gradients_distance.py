"""How many updates does a recurrent network need for a distance, and at which rate?

The adding problem, 3,000 updates at most. Over 32 steps: three starts of the recurrent
matrix, each with tanh and with ReLU and all else equal, and a GRU, at two learning
rates. The plain networks over other lengths, too. Two controls over 32 steps: only the
first of the two marks; and clipping always, in the first 20 updates, or never.

What is stored: the mean loss of the last 100 updates, and how much of a gradient with
respect to the last state reaches the state three quarters of the sequence earlier, as a
power of ten, both along the training; after how many updates the loss was below three
tenths of what answering the mean costs, for the first time; and the norms of the
gradient. A training ends early where the loss is below six hundredths of that cost.

Used by ``04-vanishing-gradients``, ``41-claims-tested`` and ``42-classic-experiments``.
"""

import numpy as np

from rnnbook.data import adding_task
from rnnbook.layers import GRU, Linear
from rnnbook.optim import Adam, clip_grad_norm


def setting(start, squash, length=32, lr=0.003, marks=2, clip="always"):
    return {
        "start": start,
        "squash": squash,
        "length": length,
        "lr": lr,
        "marks": marks,
        "clip": clip,
    }


PLAIN = [(s, k) for s in ("plain", "orthogonal", "identity") for k in ("tanh", "ReLU")]
SOME = ("plain", "tanh"), ("plain", "ReLU"), ("GRU", "gates")
GRID = (
    [setting(*kind) for kind in (*PLAIN, SOME[2])]
    + [setting("identity", "ReLU", clip=clip) for clip in ("20 updates", "never")]
    + [setting(*kind, marks=1) for kind in SOME[:2]]
    + [setting(*kind, lr=0.01) for kind in (*PLAIN, SOME[2])]
    + [setting(*kind, length) for length in (8, 16) for kind in SOME[:2]]
    + [setting(*SOME[0], 64)]
)
SEEDS = range(5)
LOOKS = 0, 100, 250, 500, 750, 1000, 1500, 2000, 2500, 3000  # updates, for the curves
# A training is chaotic: another order of summation is as good as another seed.
TOLERANCE = (
    {"learned": 1500.0, "above": 0.3, "norm_first": 0.3, "norm_later": 3.0}
    | {f"loss_{n}": 0.16 for n in LOOKS[1:]}
    | {f"share_{n}": 8.0 if n else 0.05 for n in LOOKS}
)
HIDDEN = 32
CLIPPED = {"always": 10**9, "20 updates": 20, "never": 0}  # so many updates

squash = {"tanh": np.tanh, "ReLU": lambda a: np.maximum(a, 0)}
slope = {"tanh": lambda h: 1 - h**2, "ReLU": lambda h: (h > 0).astype(h.dtype)}


def states(kind, x, h, W_xh, W_hh, b_h=0):
    """All states h_0, ..., h_T of a plain network: T + 1 arrays (B, H)."""
    hs, a = [h], x @ W_xh + b_h  # (B, T, H)
    for t in range(x.shape[1]):
        hs.append(squash[kind](a[:, t] + hs[-1] @ W_hh))
    return hs


def backwards(kind, dh, hs, W_hh):
    """The gradients with respect to h_T, h_{T-1}, ..., h_0."""
    dhs = [dh]
    for h in hs[:0:-1]:
        dhs.append((dhs[-1] * slope[kind](h)) @ W_hh.T)  # eq-vanish-step
    return dhs


class Plain:
    """A plain recurrent layer that can be trained, from one of three starts."""

    def __init__(self, start, kind, seed, H=HIDDEN):
        rng, bound = np.random.default_rng(seed), 1 / np.sqrt(H)
        W_xh = rng.uniform(-bound, bound, (2, H))
        W_hh = {
            "plain": rng.uniform(-bound, bound, (H, H)),
            "orthogonal": np.linalg.qr(rng.normal(size=(H, H)))[0],
            "identity": np.eye(H),
        }[start]
        arrays = {"W_xh": W_xh, "W_hh": W_hh, "b_h": np.zeros(H)}
        self.params = {name: a.astype(np.float32) for name, a in arrays.items()}
        self.kind = kind

    def forward(self, x, h=None):
        """The last state; all are kept for the way back."""
        if h is None:
            h = np.zeros((len(x), HIDDEN), x.dtype)
        self.x, self.hs = x, states(self.kind, x, h, **self.params)
        return self.hs[-1]

    def backward(self, dh):
        """From the gradient with respect to the last state to that of the first."""
        dhs = backwards(self.kind, dh, self.hs, self.params["W_hh"])
        h = np.stack(self.hs)  # (T + 1, B, H)
        da = np.stack(dhs[-2::-1]) * slope[self.kind](h[1:])
        da = da.reshape(-1, HIDDEN)  # (T * B, H)
        x = self.x.transpose(1, 0, 2).reshape(len(da), -1)
        before = h[:-1].reshape(da.shape)
        self.grads = {"W_xh": x.T @ da, "W_hh": before.T @ da, "b_h": da.sum(axis=0)}
        return dhs[-1]


class Gated:
    """A GRU with the same two methods."""

    def __init__(self, seed):
        self.layer = GRU(2, HIDDEN, rng=seed)
        self.params, self.grads = self.layer.params, self.layer.grads

    def forward(self, x, h=None):
        outputs, last = self.layer.forward(x, h)
        self.zeros = np.zeros_like(outputs)
        return last

    def backward(self, dh):
        return self.layer.backward(self.zeros, dh)[1]


def make(start, kind, seed):
    return Gated(seed) if start == "GRU" else Plain(start, kind, seed)


def share(layer, length):
    """How much of the gradient with respect to h_T reaches h_{T/4}: a power of ten."""
    rng, k = np.random.default_rng(0), length // 4
    x, _ = adding_task(64, length, rng)
    layer.forward(x[:, k:], layer.forward(x[:, :k]))
    dh = rng.normal(size=(64, HIDDEN)).astype(x.dtype)
    there = np.linalg.norm(layer.backward(dh)) / np.linalg.norm(dh)
    return float(np.log10(there + 1e-30))


def update(layer, head, optimizer, x, y, limit=1.0):
    """One update of a training; returns the loss and the norm of the gradient."""
    error = head.forward(layer.forward(x))[:, 0] - y
    layer.backward(head.backward(2 * error[:, None] / len(y)))
    grads = [layer.grads, head.grads]
    norm = clip_grad_norm(grads, limit)
    optimizer.step(grads)
    return float(np.mean(error**2)), norm


def batch(length, marks, rng):
    """32 sequences of the adding problem; with one mark, the second one is removed."""
    x, y = adding_task(32, length, rng)
    if marks == 1:
        x[:, length // 2 :, 1] = 0
        y = (x[..., 0] * x[..., 1]).sum(axis=1)
    return x, y


def run(setting, seed):
    length, marks, clip = setting["length"], setting["marks"], setting["clip"]
    layer = make(setting["start"], setting["squash"], seed)
    head = Linear(HIDDEN, 1, rng=seed)
    optimizer = Adam([layer.params, head.params], setting["lr"])
    rng, losses, norms = np.random.default_rng(seed), [], []
    mean_only, numbers = marks / 12, {"learned": LOOKS[-1]}  # the loss of the mean
    for look in LOOKS:
        while len(losses) < look and np.mean(losses[-100:] or 1) > 0.06 * mean_only:
            limit = 1.0 if len(losses) < CLIPPED[clip] else 1e30
            found = update(layer, head, optimizer, *batch(length, marks, rng), limit)
            losses.append(found[0])
            norms.append(found[1])
            if np.mean(losses[-100:]) < 0.3 * mean_only:
                numbers["learned"] = min(numbers["learned"], len(losses))
        numbers[f"share_{look}"] = share(layer, length)
        if look:
            numbers[f"loss_{look}"] = float(np.mean(losses[-100:]))
    numbers["above"] = float(np.mean(np.array(norms[20:]) > 1))
    numbers["norm_first"] = float(np.log10(max(norms[:20])))
    numbers["norm_later"] = float(np.log10(max(norms[20:])))
    return numbers
