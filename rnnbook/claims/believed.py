"""What this course believed, and no longer does: each with the run and its control.

The first run is the one that made a sentence plausible, the second the one that refuted
it, or after which it is no longer shown (``outcome``). Both are stored results, read by
:mod:`rnnbook.evidence`; where the first one was never stored, the table says so.
"""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from rnnbook import evidence
from rnnbook.claims import VERDICTS, about, by_gain, chosen, gap

NOT_STORED = "not stored"


class Run(NamedTuple):
    """One number of one setting, over its seeds."""

    label: str
    experiment: str
    number: str
    where: dict
    form: str = ".2f"

    def values(self) -> list[float]:
        """The number, one a seed."""
        return chosen(evidence.load(self.experiment), self.where)[self.number].tolist()

    def text(self) -> str:
        """What the page shows of it."""
        return f"{self.label}: {about(self.values(), self.form)}"


class Belief(NamedTuple):
    """What was believed, by which runs, what the control said, and what is left."""

    name: str
    believed: str
    first: tuple[Run, ...]
    control: tuple[Run, ...]
    now: str
    page: str
    holds: Callable[..., bool]
    outcome: str = "refuted"


def _mean(runs: list[float]) -> float:
    return sum(runs) / len(runs)


def _steps(bias: int, length: int, experiment: str) -> Run:
    where = {"cell": "LSTM", "bias": bias, "length": length}
    return Run(f"bias {bias}, {length} steps", experiment, "error", where)


def _optimiser(label: str, rule: str, lr: float) -> Run:
    where = {"rule": rule, "lr": lr, "updates": 400}
    return Run(label, "training_optimisers", "test", where)


def _schedule(label: str, schedule: str, lr: float) -> Run:
    where = {"rule": "adam", "schedule": schedule, "clip": 0.0, "lr": lr}
    return Run(label, "training_schedules", "test", where | {"updates": 400})


def _batches(label: str, read: str, length: int, lr: float) -> Run:
    where = {"read": read, "length": length, "lr": lr, "updates": 400}
    return Run(label, "training_batches", "test", where)


def _start(label: str, start: str, lr: float) -> Run:
    where = {"start": start, "lr": lr, "updates": 400}
    return Run(label, "training_start", "test", where)


def _reader(label: str, reader: str) -> Run:
    return Run(label, "deep_readers", "bits", {"reader": reader, "updates": 400})


def _rates(label: str, reader: str, lr: float) -> Run:
    where = {"reader": reader, "lr": lr, "updates": 400}
    return Run(label, "deep_rates", "bits", where)


def _strings(label: str, both: bool, updates: int) -> Run:
    where = {"both": both, "stride": 4, "updates": updates}
    return Run(label, "speech_strings", "error", where)


def _fitted(model: str, years: str) -> Run:
    where = {"model": model, "fitted to": years}
    return Run(f"{model}, {years}", "weather_years", "mae_24", where, ".1f")


def _gaps(label: str, method: str) -> Run:
    where = {"kind": "in blocks", "share": 0.3, "method": method}
    return Run(label, "weather_gaps", "mae_6", where, ".1f")


def _spikes(label: str, data: str, loss: str) -> Run:
    return Run(label, "weather_outliers", "mae_6", {"data": data, "loss": loss}, ".1f")


def _hour(label: str, hour: str) -> Run:
    where = {"method": "GRU", "hour": hour}
    return Run(label, "weather_hours", "mae_6", where)


def _clicks(label: str, scores: str) -> Run:
    return Run(label, "recommendation_memory", "recall", {"scores": scores}, ".1%")


def _garment(label: str, model: str) -> Run:
    return Run(label, "recommendation_models", "recall", {"model": model}, ".1%")


def _adding(label: str, network: str, units: int, lr: float) -> Run:
    where = {"network": network, "units": units, "lr": lr, "W_hh": "learned"}
    return Run(label, "lstm_adding", "learned", where, ".0f")


BELIEFS = (
    Belief(
        "depth",
        "A second layer helps a network that reads in one direction.",
        (
            _rates("one layer, rate 0.01", "waits 2", 0.01),
            _rates("two layers, rate 0.01", "waits 2, two layers", 0.01),
        ),
        (
            _reader("one layer, its own rate", "waits 2"),
            _reader("two layers, their own rate", "waits 2, two layers"),
        ),
        "At one rate for all the gain is clear; each at its own, five seeds cannot "
        "tell.",
        "15-deep-and-both-ways",
        lambda a, b, c, d: _mean(a) - _mean(b) > 3 * abs(_mean(c) - _mean(d)),
        "no longer shown",
    ),
    Belief(
        "sum",
        "What the second layer over two directions gains is depth.",
        (
            _reader("one layer", "both ways"),
            _reader("two layers", "both ways, two layers"),
        ),
        (_reader("one layer, then columns without memory", "both ways, columns"),),
        "Most of it needs no memory: past and future must meet in more than a sum.",
        "15-deep-and-both-ways",
        lambda a, b, c: _mean(a) - _mean(c) > 0.8 * (_mean(a) - _mean(b)),
    ),
    Belief(
        "spelling",
        "A network in one direction cannot spell spoken strings.",
        (_strings("400 updates", False, 400),),
        (_strings("800 updates", False, 800),),
        "It leaves its plateau later than both directions do.",
        "27-speech",
        lambda a, b: min(a) > 0.9 and max(b) < 0.4,
    ),
    Belief(
        "padding",
        "Read at the end of the padding, a GRU stays at chance on spoken digits.",
        (),
        (
            Run(
                "padded end",
                "speech_digits",
                "accuracy",
                {"model": "GRU, read at the padded end"},
                ".1%",
            ),
            Run(
                "true end",
                "speech_digits",
                "accuracy",
                {"model": "GRU, read at the true end"},
                ".1%",
            ),
        ),
        "It costs some points; where the memory is shorter, it may cost all.",
        "27-speech",
        lambda a, b: 0.9 < min(a) and max(a) < min(b),
    ),
    Belief(
        "dates",
        "A fixed vector fails on dates.",
        (),
        (
            Run(
                "fixed vector",
                "translation_dates",
                "whole",
                {"attention": False},
                ".1%",
            ),
            Run(
                "attention",
                "translation_dates",
                "whole",
                {"attention": True, "dates": 12000},
                ".1%",
            ),
        ),
        "A first attempt had nearly none right; trained as the other was, it has most.",
        "26-translation",
        lambda a, b: min(a) > 0.8,
    ),
    Belief(
        "longer",
        "Attention does not reach longer strings than it was trained on.",
        (
            Run(
                "few strings, 24 letters",
                "translation_reverse",
                "whole_24",
                {"strings": "few"},
            ),
        ),
        (
            Run(
                "all strings, 24 letters",
                "translation_reverse",
                "whole_24",
                {"strings": "all", "attention": True},
            ),
        ),
        "After a short training it does not; after a long one it reaches four letters "
        "further.",
        "26-translation",
        lambda a, b: max(a) < 0.1 and min(b) > 0.8,
    ),
    Belief(
        "adam",
        "Adam is much better than SGD with momentum.",
        (
            _optimiser("Adam, rate 0.1", "adam", 0.1),
            _optimiser("momentum, rate 0.1", "momentum", 0.1),
        ),
        (
            _optimiser("Adam, rate 0.03", "adam", 0.03),
            _optimiser("momentum, rate 3", "momentum", 3),
        ),
        "At its own rate, a hundred times as large, momentum is nearly level.",
        "31-training",
        lambda a, b, c, d: _mean(b) - _mean(a) > 10 * (_mean(d) - _mean(c)),
    ),
    Belief(
        "schedule",
        "A rate that rises and falls pays.",
        (
            _schedule("constant, rate 0.3", "constant", 0.3),
            _schedule("one cycle, rate 0.3", "one cycle", 0.3),
        ),
        (
            _schedule("constant, its own rate", "constant", 0.03),
            _schedule("one cycle, its own rate", "one cycle", 0.1),
        ),
        "It widens the range of rates that work. At the best ones little is left.",
        "31-training",
        lambda a, b, c, d: _mean(a) - _mean(b) > 10 * (_mean(c) - _mean(d)),
        "no longer shown",
    ),
    Belief(
        "carry",
        "Carry the state on from window to window.",
        (
            _batches("zeros, windows of 128, rate 0.1", "zeros", 128, 0.1),
            _batches("carried, windows of 128, rate 0.1", "carried", 128, 0.1),
        ),
        (
            _batches("zeros, its own rate", "zeros", 128, 0.03),
            _batches("carried, its own rate", "carried", 128, 0.03),
            _batches("zeros, windows of 8", "zeros", 8, 0.03),
            _batches("carried, windows of 8", "carried", 8, 0.03),
        ),
        "At a rate too large for one of them it seemed so. With windows of 8 three "
        "seeds cannot tell.",
        "31-training",
        lambda a, b, c, d, e, f: (
            _mean(a) - _mean(b) > 0.1 > abs(_mean(c) - _mean(d))
            and by_gain(gap(e, f), 0.05) == VERDICTS[3]
        ),
        "no longer shown",
    ),
    Belief(
        "bias",
        "Set the forget bias to 1.",
        (_steps(0, 25, "gru_recall"), _steps(1, 25, "gru_recall")),
        (
            _steps(0, 100, "gru_recall_far"),
            _steps(1, 100, "gru_recall_far"),
            _steps(3, 100, "gru_recall_far"),
        ),
        "The bias has to fit the distance.",
        "31-training",
        lambda a, b, c, d, e: max(b) < 0.1 < 0.9 < min(d),
    ),
    Belief(
        "orthogonal",
        "Orthogonal recurrent weights need no bias.",
        (),
        (
            _start("orthogonal, bias 0", "orthogonal, bias 0", 0.003),
            _start("orthogonal, bias 1", "orthogonal, bias 1", 0.003),
        ),
        "Without a bias the gate is half open, whatever the matrix.",
        "31-training",
        lambda a, b: min(a) > 0.9 and max(b) < 0.1,
    ),
    Belief(
        "years",
        "A network needs more years of data than a line.",
        (
            _fitted("GRU", "2010"),
            _fitted("GRU", "2010 to 2012"),
            _fitted("ridge", "2010"),
            _fitted("ridge", "2010 to 2012"),
        ),
        (_fitted("GRU", "2012"), _fitted("ridge", "2012")),
        "From one year, the last, the network forecasts as well as from three. Which "
        "year it was mattered more than how many.",
        "25-weather",
        lambda a, b, c, d, e, f: (
            _mean(a) - _mean(b) > _mean(c) - _mean(d) > 0
            and _mean(e) < _mean(b) + 0.5
            and _mean(f) > _mean(d)
        ),
    ),
    Belief(
        "circle",
        "The hour must be told as a point on a circle.",
        (_hour("no hour", "none"), _hour("circle", "circle")),
        (_hour("a number", "number"),),
        "Telling it helps. A number does as well, or better.",
        "25-weather",
        lambda a, b, c: _mean(a) > _mean(b) >= _mean(c),
    ),
    Belief(
        "tasks",
        "Two targets help each other.",
        (
            Run("air, alone", "weather_together", "air_24", {"targets": "alone"}),
            Run("air, together", "weather_together", "air_24", {"targets": "together"}),
        ),
        (
            Run(
                "temperature, alone",
                "weather_together",
                "temperature_24",
                {"targets": "alone"},
                ".3f",
            ),
            Run(
                "temperature, together",
                "weather_together",
                "temperature_24",
                {"targets": "together"},
                ".3f",
            ),
        ),
        "One gains nothing that three seeds can tell, the other loses.",
        "25-weather",
        lambda a, b, c, d: _mean(b) < _mean(a) and gap(a, b).low < 0 < gap(d, c).low,
    ),
    Belief(
        "mask",
        "A mask rescues values that were filled in with the mean.",
        (_gaps("mean", "mean"), _gaps("mean and mask", "mean, mask")),
        (_gaps("last reading carried on, no mask", "carried"),),
        "It mends little; another filling mends much.",
        "25-weather",
        lambda a, b, c: _mean(a) - _mean(c) > 3 * (_mean(a) - _mean(b)),
    ),
    Belief(
        "robust",
        "A robust loss is enough against outliers.",
        (
            _spikes("squares, spikes", "spiked", "squared"),
            _spikes("absolute, spikes", "spiked", "absolute"),
        ),
        (
            _spikes(
                "absolute, spikes in the fit only", "spiked, then clean", "absolute"
            ),
            _spikes("absolute, filtered", "filtered", "absolute"),
        ),
        "It mends the fit. The spikes in the inputs of the forecast remain.",
        "25-weather",
        lambda a, b, c, d: (
            _mean(a) - _mean(b) < 0.5 * (_mean(a) - _mean(c))
            and _mean(b) - _mean(d) > 5
        ),
    ),
    Belief(
        "markov",
        "A GRU does not beat a table of the last click.",
        (_garment("table", "Markov"), _garment("GRU, one pass", "GRU, one pass")),
        (_garment("GRU, settings of the validation part", "GRU"),),
        "True of a first attempt, nearly a tie when tuned.",
        "28-recommendation",
        lambda a, b, c: max(b) < _mean(a) < min(c),
    ),
    Belief(
        "partner",
        "The table of clicks is a special partner for the GRU.",
        (_clicks("GRU", "all"), _clicks("GRU and table", "all, and Markov")),
        (_clicks("GRU and a second GRU", "all, and a second GRU"),),
        "Two networks gain as much or more: it is averaging that helps.",
        "28-recommendation",
        lambda a, b, c: _mean(c) > _mean(b) > _mean(a),
    ),
    Belief(
        "sharing",
        "Gates that share one matrix learn slowly since they have fewer weights.",
        (
            _adding("LSTM", "LSTM", 32, 0.02),
            _adding("shared", "shared", 32, 0.02),
        ),
        (_adding("LSTM with as few weights", "LSTM", 15, 0.02),),
        "With as few weights, but gates of their own, it learns sooner: the number of "
        "weights is not the reason.",
        "11-lstm",
        lambda a, b, c: _mean(b) > 1.5 * _mean(c) > 1.5 * _mean(a),
    ),
    Belief(
        "bias-adding",
        "The LSTM owes its lead at adding to its forget bias of one.",
        (_adding("bias 1", "LSTM", 32, 0.02),),
        (Run("bias 0", "lstm_adding_bias", "learned", {"bias": 0}, ".0f"),),
        "Without the bias it learns as fast, over 40 steps.",
        "11-lstm",
        lambda a, b: _mean(b) < 1.3 * _mean(a),
    ),
    Belief(
        "parity",
        "A plain RNN that is asked at the end cannot learn the parity of four presses.",
        (
            Run(
                "weights as usual",
                "rnn_last_step",
                "right",
                {
                    "question": "parity",
                    "asked": "at the end",
                    "length": 4,
                    "scale": 1,
                },
                ".0%",
            ),
        ),
        (
            Run(
                "weights twice as large",
                "rnn_last_step",
                "right",
                {"question": "parity", "length": 4, "scale": 2},
                ".0%",
            ),
        ),
        "Twice as large a start is enough for four presses, and not for eight.",
        "02-rnn",
        lambda a, b: max(a) < 0.7 and min(b) > 0.9,
    ),
    Belief(
        "relu",
        "After 120 steps an LSTM with relu has states of billions.",
        (
            Run(
                "power of ten, seed 0",
                "series_keras_relu",
                "log_state",
                {
                    "cell": "LSTM",
                    "activation": "relu",
                    "inputs": "raw",
                    "length": 120,
                    "rate": 0.01,
                    "start": "orthogonal",
                    "clip": 0.0,
                    "seed": 0,
                },
                ".1f",
            ),
        ),
        (
            Run(
                "power of ten, five seeds",
                "series_keras_relu",
                "log_state",
                {
                    "cell": "LSTM",
                    "activation": "relu",
                    "inputs": "raw",
                    "length": 120,
                    "rate": 0.01,
                    "start": "orthogonal",
                    "clip": 0.0,
                },
                ".1f",
            ),
        ),
        "In one start of five. One seed is an anecdote.",
        "29-series-in-keras",
        lambda a, b: a[0] > 9 and sorted(b)[-2] < 6,
    ),
    Belief(
        "permuted",
        "What a permutation of the rows costs an LSTM after one epoch, it costs.",
        (
            Run(
                "rows, one epoch",
                "mnist_rows_epochs",
                "accuracy",
                {"reading": "rows", "epochs": 1},
                ".1%",
            ),
            Run(
                "permuted, one epoch",
                "mnist_rows_epochs",
                "accuracy",
                {"reading": "permuted rows", "epochs": 1},
                ".1%",
            ),
        ),
        (
            Run(
                "rows, four epochs",
                "mnist_rows_epochs",
                "accuracy",
                {"reading": "rows", "epochs": 4},
                ".1%",
            ),
            Run(
                "permuted, four epochs",
                "mnist_rows_epochs",
                "accuracy",
                {"reading": "permuted rows", "epochs": 4},
                ".1%",
            ),
        ),
        "More training takes back more than half of it.",
        "22-mnist-rows",
        lambda a, b, c, d: _mean(c) - _mean(d) < 0.5 * (_mean(a) - _mean(b)),
    ),
)


def overturned(belief: Belief) -> bool:
    """Do the stored results still say what the table says?"""
    return bool(belief.holds(*(r.values() for r in (*belief.first, *belief.control))))


def table() -> pd.DataFrame:
    """What was believed, the run, the control and what is left, one a row."""
    return pd.DataFrame(
        {
            "we believed": [b.believed for b in BELIEFS],
            "because": [
                "; ".join(r.text() for r in b.first) or NOT_STORED for b in BELIEFS
            ],
            "the control": ["; ".join(r.text() for r in b.control) for b in BELIEFS],
            "now": [f"{b.outcome[0].upper()}{b.outcome[1:]}. {b.now}" for b in BELIEFS],
        }
    )
