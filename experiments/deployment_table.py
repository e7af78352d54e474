"""What do eight bits, zeros and a smaller network save, and what do they cost?

The LSTM of the page, 128 units and 600 updates, as a file in float32; in eight bits,
with one scale a matrix or one a row; with the smallest half, 80 % or 90 % of the
weights at zero, with and without 200 further updates, each share at its own best
learning rate of four. The control: the same further updates without a zero. A network
of 32 units, taught by the large one or by letters alone, for 1,200 updates, in both
formats, each at the better of two rates. (Here each block is read in one call;
``deployment_pieces`` reads the files in eight bits letter by letter.)

``kB`` is the size of the file, ``packed`` after zlib, ``ms`` the processor time of
1,000 letters, one at a time, on one thread.

Used by ``34-deployment``.
"""

import copy
import functools
import zlib

import torch
from _deployment import (
    SMALL,
    bits_of_file,
    file_of,
    fresh,
    int8,
    large,
    learn,
    milliseconds,
    pruned,
)

RATES = (0.001, 0.003, 0.01)
PLAIN = {"units": 128, "form": "float32", "zeros": 0.0, "further": 0, "lr": 0.0}
GRID = [
    {**PLAIN, "taught": 0, "updates": 20},  # cheap: a test makes it again
    *(
        {**PLAIN, "form": form, "taught": 0, "updates": 600}
        for form in ("float32", "int8", "int8 rows")
    ),
    *(
        {**PLAIN, "zeros": zeros, "taught": 0, "updates": 600}
        for zeros in (0.5, 0.8, 0.9)
    ),
    *(
        {**PLAIN, "zeros": zeros, "further": 200, "lr": lr, "taught": 0,
         "updates": 600}
        for zeros in (0.0, 0.5, 0.8, 0.9)
        for lr in (*RATES, 0.03)
    ),
    *(
        {**PLAIN, "units": 32, "form": form, "lr": lr, "taught": tau,
         "updates": 1200}
        for tau in (0, 2)
        for lr in (0.03, 0.1)
        for form in ("float32", "int8")
    ),
]  # fmt: skip
SEEDS = range(3)
TOLERANCE = {"kB": 1.0, "packed": 6.0, "ms": 1000.0, "valid": 0.08, "test": 0.08}
TEACHER = 0.03  # the best of three rates, by deployment_distil


@functools.cache
def small(tau, lr, seed, updates):
    teacher = large(TEACHER, seed, 600) if tau else None
    return learn(fresh(SMALL, 100 + seed), lr, 2000 + seed, updates, teacher, tau)


def made(setting, seed):
    """The trained network of a setting."""
    updates, zeros = setting["updates"], setting["zeros"]
    if setting["units"] == SMALL:
        return small(setting["taught"], setting["lr"], seed, updates)
    net = copy.deepcopy(large(TEACHER, seed, updates))
    where = pruned(net, zeros)
    if setting["further"]:
        learn(net, setting["lr"], 3000 + seed, setting["further"], zeros=where)
    return net


def run(setting, seed):
    torch.set_num_threads(1)
    file = file_of(made(setting, seed))
    if setting["form"] != "float32":
        file = int8(file, setting["form"] == "int8 rows")
    found = {part: float(bits_of_file(file, part).mean()) for part in ("valid", "test")}
    size = {"kB": len(file) / 1000, "packed": len(zlib.compress(file)) / 1000}
    return size | {"ms": milliseconds(file)} | found
