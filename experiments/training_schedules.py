"""What does a rate that rises and falls buy, and what does clipping buy?

The LSTM of ``training_optimisers``, 400 updates. Adam with four schedules, and with a
constant rate and gradients clipped to a joint norm; SGD with momentum with and without
clipping. Four peak rates each, chosen on the validation part.

Used by ``31-training`` and ``41-claims-tested``.
"""

from _training import scores, trained

SCHEDULES = ("constant", "warm-up", "cosine", "one cycle")
ADAM, MOMENTUM = (0.01, 0.03, 0.1, 0.3), (0.3, 1, 3, 10)


def _settings(rule, schedule, clip, rates, updates=400):
    names = ("rule", "schedule", "clip", "updates", "lr")
    return [dict(zip(names, (rule, schedule, clip, updates, lr))) for lr in rates]


GRID = [
    *_settings("adam", "constant", 0.0, (0.03,), 40),  # cheap: a test makes it again
    *(s for name in SCHEDULES for s in _settings("adam", name, 0.0, ADAM)),
    *_settings("adam", "constant", 0.25, ADAM),
    *_settings("momentum", "constant", 0.0, MOMENTUM),
    *_settings("momentum", "constant", 0.25, MOMENTUM),
]
SEEDS = range(5)
TOLERANCE = {"valid": 0.1, "test": 0.1}


def run(setting, seed):
    rule, lr, updates = (setting[k] for k in ("rule", "lr", "updates"))
    schedule, clip = setting["schedule"], setting["clip"]
    return scores(*trained(rule, lr, seed, updates, schedule, clip)[:2])
