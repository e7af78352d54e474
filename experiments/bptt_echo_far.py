"""Does what bptt_echo found hold for more training, and for a longer delay?

The networks and the training of ``bptt_echo``. Once more four steps, at the low
learning rate, with ten times the updates. And a delay of ten steps, of which untrained
states hold less: both rates, and the readout alone. The numbers are those of
``bptt_echo``.

Used by ``03-bptt``.
"""

from _bptt_echo import held, learn_echo

GRID = [
    {"delay": delay, "updates": n, "trained": trained, "lr": lr, "window": window}
    for delay, n, trained, lr, windows in [
        (4, 30_000, "all", 0.001, (2, 4)),
        (10, 3000, "all", 0.01, (4, 10, 24)),
        (10, 3000, "all", 0.001, (4, 10, 24)),
        (10, 3000, "readout", 0.01, (24,)),
    ]
    for window in windows
]
SEEDS = range(3)
# Short windows lead through noise: another rounding is another run.
TOLERANCE = {"remaining": 1.0, "held": 1.0}


def run(setting, seed):
    delay, updates = setting["delay"], setting["updates"]
    trained, lr, window = setting["trained"], setting["lr"], setting["window"]
    rnn, remaining = learn_echo(window, seed, lr, trained, delay, updates)
    return {"remaining": remaining, "held": held(rnn, delay)}
