"""Where do the time and the memory of one update go?

One update of the LSTM of 64 units, by the course's layers and by PyTorch, with 4 and
with 64 windows of 32 letters: the shares of drawing them, of the layer forwards and
backwards, of the readout with the loss, and of Adam; processor time between two looks
at the clock, of each part the least of several updates, since what a busy machine adds
belongs to none. Then how many microseconds a letter costs, how many numbers the layer
holds for it from forwards to backwards, and how many operators of PyTorch an update
calls, counted by ``torch.profiler`` (none where the course's layers run).

Used by ``31-training``.
"""

import time
import tracemalloc

import numpy as np
import torch
from _training import ONE_HOT, H, Rule, V, adam, drawn, fresh, parts
from torch.profiler import ProfilerActivity, profile

from rnnbook.losses import softmax_cross_entropy

TIMES = 15
PARTS = ("draw", "layer forwards", "readout", "layer backwards", "rule")
GRID = [
    {"library": library, "batch": batch, "length": length}
    for library in ("rnnbook", "PyTorch")
    for batch, length in ((4, 32), (64, 32))
]
SEEDS = range(3)
# A busy processor, and another one, share time otherwise: no page depends on digits.
TOLERANCE = {name: 0.4 for name in PARTS} | {
    "microseconds": 500,
    "kept": 400,
    "operators": 200,
}


def ours(batch, length, rng, seed):
    """One update by the course's layers, as a generator: a part of it at each step."""
    body, head = fresh(seed)
    rule = Rule(adam, [body.params, head.params], 0.01)
    while True:
        x, y = drawn(parts()["train"], batch, length, rng)
        x = ONE_HOT[x]
        yield "draw"
        h, _ = body.forward(x)
        yield "layer forwards"
        _, d = softmax_cross_entropy(head.forward(h), y)
        dh = head.backward(d)
        yield "readout"
        body.backward(dh)
        yield "layer backwards"
        rule.step([body.grads, head.grads])
        yield "rule"


def theirs(batch, length, rng, seed):
    """The same in PyTorch; backwards in two parts, so that they can be told apart."""
    torch.manual_seed(seed)
    body, head = torch.nn.LSTM(V, H, batch_first=True), torch.nn.Linear(H, V)
    weights = [[*body.parameters()], [*head.parameters()]]
    rule = torch.optim.Adam(sum(weights, []), lr=0.01)
    one_hot = torch.from_numpy(ONE_HOT)
    while True:
        x, y = map(torch.from_numpy, drawn(parts()["train"], batch, length, rng))
        x = one_hot[x]
        yield "draw"
        h, _ = body(x)
        yield "layer forwards"
        loss = torch.nn.functional.cross_entropy(head(h).flatten(0, 1), y.flatten())
        dh, *of_head = torch.autograd.grad(loss, [h, *weights[1]])
        yield "readout"
        of_body = torch.autograd.grad(h, weights[0], dh)
        yield "layer backwards"
        for p, g in zip(sum(weights, []), [*of_body, *of_head]):
            p.grad = g
        rule.step()
        yield "rule"


def clocked(update):
    """Least seconds of each part, from the clock of the processor."""
    spent = np.zeros((TIMES, len(PARTS)))
    for row in spent:
        for k in range(len(PARTS)):
            before = time.process_time()
            assert next(update) == PARTS[k]
            row[k] = time.process_time() - before
    return spent.min(axis=0)


def operators(update):
    """How many operators of PyTorch an update calls, as its profiler sees them."""
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        for _ in range(4 * len(PARTS)):
            next(update)
    return sum(event.name.startswith("aten::") for event in seen.events()) / 4


def kept_by_ours(batch, length, seed):
    """Numbers that a new layer holds after its way forwards, for each letter."""
    body, _ = fresh(seed)
    x = ONE_HOT[np.zeros((batch, length), int)]
    tracemalloc.start()
    h, _ = body.forward(x)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (held - h.nbytes) / 4 / (batch * length)


def kept_by_theirs(batch, length, seed):
    """Numbers that autograd keeps for each letter, without the weights."""
    body, held = torch.nn.LSTM(V, H, batch_first=True), {}
    x = torch.zeros(batch, length, V)
    hooks = torch.autograd.graph.saved_tensors_hooks
    with hooks(lambda a: held.setdefault(a.data_ptr(), a), lambda a: a):
        body(x)
    weights = {p.data_ptr() for p in body.parameters()}
    size = sum(a.nbytes for key, a in held.items() if key not in weights)
    return size / 4 / (batch * length)


def run(setting, seed):
    batch, length = setting["batch"], setting["length"]
    torch.set_num_threads(1)
    mine = setting["library"] == "rnnbook"
    update = (ours if mine else theirs)(
        batch, length, np.random.default_rng(seed), seed
    )
    for _ in range(5 * len(PARTS)):
        next(update)  # the first ones set up what is used again
    spent = clocked(update)
    letter = spent.sum() / (batch * length) * 1e6
    kept = (kept_by_ours if mine else kept_by_theirs)(batch, length, seed)
    shares = dict(zip(PARTS, spent / spent.sum()))
    calls = operators(update)
    return shares | {"microseconds": letter, "kept": kept, "operators": calls}
