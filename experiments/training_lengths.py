"""Sentences of many lengths: what does sorting them save, and what does it cost?

The LSTM of 64 units reads sentences of 20 to 160 letters, 16 a batch, padded to the
longest, the padding masked, two epochs of Adam. The batches are of sentences at random;
of sentences sorted by length, in each epoch from the short to the long ones, or the
other way; or sorted into batches whose order is then shuffled (buckets). Three rates,
chosen on the validation part.

Used by ``31-training``.
"""

import functools
import re

import numpy as np
from _training import LETTERS, ONE_HOT, Rule, adam, fresh

from rnnbook.data.prose import load_prose
from rnnbook.losses import softmax_cross_entropy

BATCH = 16
KINDS = ("at random", "short ones first", "long ones first", "buckets")
GRID = [
    {"kind": "buckets", "lr": 0.03, "updates": 20},  # cheap: a test makes it again
    *(
        {"kind": kind, "lr": lr, "updates": 0}  # 0: as many as two epochs have
        for kind in KINDS
        for lr in (0.01, 0.03, 0.1)
    ),
]
SEEDS = range(5)
TOLERANCE = {"valid": 0.1, "test": 0.1, "computed": 1e-6}


@functools.cache
def sentences():
    """Sentences of letters, lists of ids: of ten, eight to train, one, one."""
    text = load_prose().text.replace("\n", " ")
    found = (letters_of(s) for s in re.split(r"(?<=[.?!:]) ", text))
    ids = [np.array([LETTERS.index(c) for c in s]) for s in found]
    ids = [s for s in ids if 20 <= len(s) <= 160]
    kind = np.arange(len(ids)) % 10
    chosen = {"train": kind < 8, "valid": kind == 8, "test": kind == 9}
    return {p: [s for s, yes in zip(ids, a) if yes] for p, a in chosen.items()}


def letters_of(sentence):
    """The sentence in small letters and blanks, without formulas and code."""
    words = re.sub(r"\$[^$]*\$|`[^`]*`", " ", sentence.lower())
    return re.sub("[^a-z]+", " ", words).strip()


def batches(lengths, kind, rng):
    """The sentences of each batch of an epoch, a list of arrays of indices."""
    order = rng.permutation(len(lengths))
    if kind != "at random":
        order = order[np.argsort(lengths[order], kind="stable")]
    made = [order[k : k + BATCH] for k in range(0, len(order), BATCH)]
    if kind == "long ones first":
        made.reverse()
    if kind == "buckets":
        made = [made[k] for k in rng.permutation(len(made))]
    return made


def padded(some):
    """Letters (B, T), those after them, and the lengths; zeros behind the end."""
    lengths = np.array([len(s) - 1 for s in some])
    ids = np.zeros((len(some), lengths.max() + 1), int)
    for row, s in zip(ids, some):
        row[: len(s)] = s
    return ids[:, :-1], ids[:, 1:], lengths


def bits(body, head, part):
    total = count = 0
    for some in np.array_split(np.array(sentences()[part], dtype=object), 8):
        x, y, lengths = padded(some)
        real = np.arange(x.shape[1]) < lengths[:, None]
        z = head.forward(body.forward(ONE_HOT[x], lengths=lengths)[0])
        loss, _ = softmax_cross_entropy(z, y, real)
        total, count = total + loss * real.sum(), count + real.sum()
    return float(total / count / np.log(2))


def run(setting, seed):
    body, head = fresh(seed)
    rule = Rule(adam, [body.params, head.params], setting["lr"])
    rng, train = np.random.default_rng(1000 + seed), sentences()["train"]
    sizes = np.array([len(s) for s in train])
    epochs = [batches(sizes, setting["kind"], rng) for _ in range(2)]
    letters = columns = 0
    for rows in sum(epochs, [])[: setting["updates"] or None]:
        x, y, lengths = padded([train[k] for k in rows])
        real = np.arange(x.shape[1]) < lengths[:, None]
        z = head.forward(body.forward(ONE_HOT[x], lengths=lengths)[0])
        _, d = softmax_cross_entropy(z, y, real)
        body.backward(head.backward(d))
        rule.step([body.grads, head.grads])
        letters, columns = letters + real.sum(), columns + real.size
    found = {part: bits(body, head, part) for part in ("valid", "test")}
    return {**found, "computed": float(columns / letters)}
