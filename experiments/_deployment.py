"""The network of chapter 34, how it learns, and the files that are made of it."""

import functools
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from _training import V, drawn, parts
from torch.nn.functional import cross_entropy, kl_div, log_softmax

from rnnbook.convert import from_torch
from rnnbook.convert_onnx import to_onnx
from rnnbook.layers import Linear

LARGE, SMALL, BATCH, LENGTH = 128, 32, 16, 64
EYE = torch.eye(V)


class Reader(torch.nn.Module):
    def __init__(self, H):
        super().__init__()
        self.lstm = torch.nn.LSTM(V, H, batch_first=True)
        self.head = torch.nn.Linear(H, V)

    def forward(self, x, h, c):
        y, (h, c) = self.lstm(x, (h, c))
        return self.head(y), h, c


def scores_of(net, ids):
    h, c = torch.zeros(2, 1, len(ids), net.lstm.hidden_size)
    return net(EYE[ids], h, c)[0]


@torch.no_grad()
def bits(net, part):
    ids = torch.from_numpy(parts()[part])
    z = scores_of(net, ids[:, :-1])
    return cross_entropy(z.flatten(0, 1), ids[:, 1:].flatten()).item() / np.log(2)


def taught_loss(z, target, teacher, tau):
    ours, theirs = (log_softmax(s / tau, 2).flatten(0, 1) for s in (z, teacher))
    soft = kl_div(ours, theirs, reduction="batchmean", log_target=True)
    hard = cross_entropy(z.flatten(0, 1), target.flatten())
    return 0.5 * tau**2 * soft + 0.5 * hard


def learn(net, lr, seed, updates, teacher=None, tau=1.0, zeros=None):
    adam, rng = torch.optim.Adam(net.parameters()), np.random.default_rng(seed)
    for k in range(updates):
        adam.param_groups[0]["lr"] = lr * (1 - k / updates)
        pair = drawn(parts()["train"], BATCH, LENGTH, rng)
        x, target = (torch.from_numpy(ids) for ids in pair)
        z = scores_of(net, x)
        if teacher is None:
            loss = cross_entropy(z.flatten(0, 1), target.flatten())
        else:
            with torch.no_grad():
                theirs = scores_of(teacher, x)
            loss = taught_loss(z, target, theirs, tau)
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        for p, zero in zeros or []:
            p.data[zero] = 0
    return net


def fresh(H, seed):
    torch.manual_seed(seed)
    return Reader(H)


@functools.cache
def large(lr, seed, updates):
    """The large network, trained; do not change it."""
    torch.set_num_threads(1)
    return learn(fresh(LARGE, seed), lr, 1000 + seed, updates).eval()


def pruned(net, share):
    """Set the smallest weights of each matrix to zero; return which."""
    zeros = []
    for p in net.parameters():
        if p.ndim == 2 and share:
            size = p.data.abs()
            zero = size <= size.flatten().kthvalue(int(share * size.numel())).values
            p.data[zero] = 0
            zeros.append((p, zero))
    return zeros


def as_arrays(net):
    """The same network of rnnbook: layer and head."""
    head = Linear(net.lstm.hidden_size, V)
    head.params["W"][:] = net.head.weight.detach().numpy().T
    head.params["b"][:] = net.head.bias.detach().numpy()
    return from_torch(net.lstm), head


def session(file):
    """A file, as bytes, ready to run on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        file, options, providers=["CPUExecutionProvider"]
    )


def int8(file, rows=False):
    """The file with its weights in eight bits; ``rows``: a scale for each row."""
    import logging

    from onnxruntime.quantization import QuantType, quantize_dynamic

    before = logging.root.level
    logging.root.setLevel(logging.ERROR)  # its advice is about pictures
    try:
        with tempfile.TemporaryDirectory() as folder:
            a, b = Path(folder, "a.onnx"), Path(folder, "b.onnx")
            a.write_bytes(file)
            quantize_dynamic(a, b, weight_type=QuantType.QInt8, per_channel=rows)
            return b.read_bytes()
    finally:
        logging.root.setLevel(before)


def file_of(net):
    return to_onnx(*as_arrays(net)).SerializeToString()


def bits_of_file(file, part):
    """What a letter costs, by the file, each block read once: (blocks, 1024)."""
    reader, ids = session(file), parts()[part]
    H = reader.get_inputs()[1].shape[2]
    zero = np.zeros((1, len(ids), H), np.float32)
    x = np.eye(V, dtype=np.float32)[ids[:, :-1]]
    z = reader.run(["scores"], {"x": x, "h": zero, "c": zero})[0].astype(float)
    z -= z.max(axis=2, keepdims=True)
    right = np.take_along_axis(z, ids[:, 1:, None], axis=2)[..., 0]
    return (np.log(np.exp(z).sum(axis=2)) - right) / np.log(2)


def milliseconds(file, letters=1000, times=5):
    """Processor time for 1,000 letters, one at a time: the least of several runs."""
    reader = session(file)
    H = reader.get_inputs()[1].shape[2]
    eye = np.eye(V, dtype=np.float32)[:, None, None]
    ids, took = parts()["test"][0][:letters], []
    for _ in range(times):
        h = c = np.zeros((1, 1, H), np.float32)
        began = time.process_time()
        for k in ids:
            _, h, c = reader.run(None, {"x": eye[k], "h": h, "c": c})
        took.append(time.process_time() - began)
    return min(took) * 1e6 / letters
