"""What does the plateau of CTC come from? One change at a time, and when it ends.

The network of ``speech_strings`` with both directions and every 4th frame, at a full
rate after 40 updates, until half of the digits are right. One ``change`` each:

- ``bias``: the blank's score begins 5 lower; ``fast``: twice the rate;
- ``known``: convolutions and GRUs have learned to tell single digits, made by the
  same function, by cross-entropy; the last layer is new;
- ``when``: only paths count that say a digit while it is spoken;
- ``deaf``: all frames are zero.

Not run so far: ``level``, a string's mean is subtracted; ``short first``, 50 updates
with single digits, as many digits as else.

``half``: the first update, in tens, with a digit error below one half on 50 strings of
takes 5 to 9, and ``begun``: below 0.8; the number of updates where none was.
``loss_100``, ``blanks_100``: the loss of updates 76 to 100, the blanks after them; 0
where it ended before. ``blanks_0``: at the start. ``single``: the share of single
digits that ``known`` hears before, else 0. Used by ``27-speech``.
"""

from copy import deepcopy

import numpy as np
import torch
from _speech import (
    BLANK,
    Listener,
    collapsed,
    ctc_loss,
    digit_scores,
    framed,
    heard,
    padded,
    real,
    train,
)
from torch.nn import functional as F

from rnnbook.data import load_spoken_digits, spoken_strings
from rnnbook.edits import error_rate

CHANGES = ("none", "bias", "fast", "level", "short first", "known", "when")
GRID = [
    {"change": "when", "updates": 10},
    {"change": "deaf", "updates": 100},
    *({"change": k, "updates": 400} for k in ("none", "bias", "fast", "known", "when")),
]
SEEDS = range(3)
TOLERANCE = {
    **dict.fromkeys(("half", "begun"), 60.0),
    "loss_100": 0.5,
    **dict.fromkeys(("blanks_0", "blanks_100", "single"), 0.3),
}


class Ended(Exception):
    """The plateau is over."""


@torch.inference_mode()
def looked(model, rows, said):
    """The digit error, and the share of blanks."""
    scores, length = model(*padded(rows))
    paths = scores.argmax(dim=2).numpy()
    paths = [path[:n] for path, n in zip(paths, length)]
    blanks = np.mean([np.mean(path == BLANK) for path in paths])
    return error_rate([collapsed(path) for path in paths], said), float(blanks)


def read(waves, change):
    """What the network reads of strings, each (T, 40)."""
    rows = framed(waves)
    if change == "level":
        return [row - row.mean() for row in rows]
    return [np.zeros_like(row) for row in rows] if change == "deaf" else rows


def spans(spoken, use, rng):
    """Where a string of ``spoken_strings`` has its digits: what was drawn, again."""
    pools = [np.flatnonzero(use & (spoken.speakers == s)) for s in set(spoken.speakers)]
    pools = sorted(pools, key=lambda pool: pool[0])
    pool = pools[rng.integers(len(pools))]
    few = rng.choice(pool, rng.integers(3, 7))
    place, found = int(rng.integers(400, 2000)), []
    for k in few:
        rng.uniform()
        size = len(spoken.waves[k])
        found.append((spoken.digits[k], place, place + size))
        place += size + max(int(rng.integers(-400, 2000)), -size // 2)
    return found


def timed(spoken, use, n, rng):
    """Strings, and where each digit is spoken: (T', 11), 0 there, else -30."""
    waves, digits, marks = [], [], []
    for _ in range(n):
        where = spans(spoken, use, deepcopy(rng))
        (wave,), (said,) = spoken_strings(spoken, use, 1, rng)
        assert [k for k, _, _ in where] == said.tolist()
        at = 320 * np.arange(1 + len(wave) // 320) + 100  # a column's middle
        mark = np.full((len(at), 11), -30.0, np.float32)
        mark[:, BLANK] = 0
        for k, begin, end in where:
            mark[(begin <= at) & (at < end), k + 1] = 0
        waves, digits, marks = [*waves, wave], [*digits, said], [*marks, mark]
    return waves, digits, marks


def timed_loss(scores, length, digits, marks):
    """Cross-entropy to the shares that those paths give which are in time, (B, T', K).

    It has the gradient of -log p of these paths: p - share, as the loss of all paths.
    """
    log_p = scores.log_softmax(dim=2)
    some = (log_p + marks).detach().requires_grad_()
    size = torch.tensor([len(s) for s in digits])
    target = torch.tensor(np.concatenate(digits)) + 1
    loss = F.ctc_loss(
        some.transpose(0, 1), target, length, size, BLANK, reduction="sum"
    )
    (grad,) = torch.autograd.grad(loss, some)  # PyTorch's: exp(some) - share
    share = (some.exp() - grad).detach() * real(scores, length)
    return -(share * log_p).sum() / size.sum()


def taught(spoken, use, seed):
    """A network that tells single digits, and how many it hears."""
    torch.manual_seed(seed)
    model, rng = Listener(10, (2, 2), both=True), np.random.default_rng(seed)

    def new_loss():
        waves, digits = spoken_strings(spoken, use, 32, rng, 1, 1)
        scores = digit_scores(model, *padded(framed(waves)))
        return F.cross_entropy(scores, torch.tensor(np.concatenate(digits)))

    train(model, new_loss, 300)
    asked = (spoken.takes >= 5) & (spoken.takes < 10)
    waves, digits = spoken_strings(spoken, asked, 100, rng, 1, 1)
    right = heard(model, framed(waves)) == np.concatenate(digits)
    return model, float(right.mean())


def run(setting, seed):
    torch.set_num_threads(1)
    change, n = setting["change"], setting["updates"]
    spoken = load_spoken_digits()
    use, rng = spoken.takes >= 10, np.random.default_rng(1000)
    val = (spoken.takes >= 5) & (spoken.takes < 10)
    val, said = spoken_strings(spoken, val, 5 if n == 10 else 50, rng)
    val = read(val, change)
    found = dict.fromkeys(("loss_100", "blanks_100", "single"), 0.0)
    model_before = None
    if change == "known":
        model_before, found["single"] = taught(spoken, use, seed)
    torch.manual_seed(seed)
    model = Listener(11, (2, 2), both=True)
    if model_before:
        model.convs, model.grus = model_before.convs, model_before.grus
    if change == "bias":
        with torch.no_grad():
            model.out.bias[BLANK] -= 5
    found |= {"begun": n, "half": n, "blanks_0": looked(model, val, said)[1]}
    draw, losses = np.random.default_rng(seed), []

    def watch():
        error, blanks = looked(model, val, said)
        if len(losses) == 100:
            found["loss_100"] = float(np.mean(losses[-25:]))
            found["blanks_100"] = blanks
        for name, low in (("begun", 0.8), ("half", 0.5)):
            if error < low:
                found[name] = min(found[name], len(losses))
        if error < 0.5 or len(losses) == n:
            raise Ended

    def new_loss():
        if losses and len(losses) % 10 == 0:
            watch()
        if change == "when":
            waves, digits, marks = timed(spoken, use, 24, draw)
        elif change == "short first" and len(losses) < 50:
            waves, digits = spoken_strings(spoken, use, 108, draw, 1, 1)
        else:
            waves, digits = spoken_strings(spoken, use, 24, draw)
        scores, length = model(*padded(read(waves, change)))
        if change == "when":
            marks = padded(marks)[0][:, : scores.shape[1]]
            loss = timed_loss(scores, length, digits, marks)
        else:
            loss = ctc_loss(scores, length, digits)
        losses.append(loss.item())
        return loss

    rate = 8e-3 if change == "fast" else 4e-3
    try:
        train(model, new_loss, 2 * n + 2, rate)
    except Ended:
        pass
    return found
