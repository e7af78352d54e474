"""Is a request lost, or mixed with another, when many ask at once?

The service of the course runs as a process of its own, with an LSTM of 128 units of
random weights. Each client has a session and sends its next request when the last one
was answered, 20 letters each. Every answer is compared with the one that the session
gets alone. With four further clients that send NaN, a megabyte, nothing, no JSON,
capitals, and half a request, all the time: what becomes of the others?

``half`` and ``most`` are the median and the 99th percentile of the milliseconds until
an answer. Clients and service share the processor.

Used by ``34-deployment``.
"""

import numpy as np
from _deployment_load import LETTERS, alone, load, served, texts_for, wrong

from rnnbook.convert_onnx import to_onnx
from rnnbook.layers import LSTM, Linear
from rnnbook.serve import Model

GRID = [
    {"clients": 2, "requests": 5, "bad": 0},  # cheap: a test makes it again
    *(
        {"clients": clients, "requests": 768 // clients, "bad": bad}
        for bad in (0, 4)
        for clients in (1, 4, 16, 64)
    ),
]
SEEDS = range(3)
TOLERANCE = {name: 1e6 for name in ("half", "most", "rate", "refused")}  # of a machine
TOLERANCE |= {name: 0.0 for name in ("sent", "answered", "wrong", "served_bad")}
ALONE = True


def file_of(seed, units=128):
    rng = np.random.default_rng(seed)
    layer, head = LSTM(27, units, rng), Linear(units, 27, rng)
    return to_onnx(layer, head, {"letters": LETTERS}).SerializeToString()


def run(setting, seed):
    rng, file = np.random.default_rng(seed), file_of(seed)
    model = Model(file)
    texts = texts_for(setting["clients"], setting["requests"], rng)
    with served(file) as (url, _):
        load(url, texts_for(1, 20, rng), name="warm")
        found, refused = load(url, texts, setting["bad"])
    took = np.array([seconds for one in found for *_, seconds in one]) * 1000
    longest = max(sum(seconds for *_, seconds in one) for one in found)
    return {
        "sent": float(sum(map(len, texts))),
        "answered": float(sum(status == 200 for one in found for status, *_ in one)),
        "wrong": float(
            sum(
                wrong(alone(model, mine), one)
                for mine, one in zip(texts, found, strict=True)
            )
        ),
        "served_bad": float(sum(status not in (413, 422) for status in refused)),
        "refused": float(len(refused)),
        "half": float(np.median(took)),
        "most": float(np.quantile(took, 0.99)),
        "rate": len(took) / longest,
    }
