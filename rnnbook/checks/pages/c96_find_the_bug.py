"""The snippets of ``96-find-the-bug``: each is wrong, and its check says how it shows.

The first mistake of every check is the one that is planted in the notebook. PyTorch is
imported where it is called, with the modules made anew, from a seed, for each call.
"""

import tempfile
from pathlib import Path

import numpy as np

from rnnbook.checks.catalogue import Case, Check, Mistake, enter, mistake


def train_and_test(series, length, rng):
    """All windows: the first four fifths of them, and the rest."""
    rows = np.lib.stride_tricks.sliding_window_view(series, length)
    cut = int(0.8 * len(rows))
    return rng.permutation(rows[:cut]), rows[cut:]


def _any_order(function):
    """In which order the windows of a part come does not matter."""

    def call(*args):
        parts = function(*args)
        if not isinstance(parts, tuple | list) or len(parts) != 2:
            return parts
        parts = [np.asarray(part) for part in parts]
        if any(part.ndim != 2 or part.dtype.kind not in "fi" for part in parts):
            return tuple(parts)
        return tuple(part[np.lexsort(part.T[::-1])] for part in parts)

    return call


def _every_fifth(series, length, rng):
    rows = np.lib.stride_tricks.sliding_window_view(series, length)
    chosen = np.arange(len(rows)) % 5 == 4
    return rows[~chosen], rows[chosen]


def _at_random(case, outputs, expected):
    """All windows, once each, and the test windows are not one piece at an end."""
    series, length, _ = case.args
    rows = np.lib.stride_tricks.sliding_window_view(series, length)
    both = np.vstack([outputs["train"], outputs["test"]])
    if not np.array_equal(both[np.lexsort(both.T)], rows[np.lexsort(rows.T)]):
        return False
    here = (rows[:, None] == outputs["test"]).all(axis=2).any(axis=1).nonzero()[0]
    spread = np.array_equal(here, np.arange(4, len(rows), 5))
    at_an_end = len(rows) - 1 in here or 0 in here
    run = len(here) == np.ptp(here) + 1
    size = len(here) == len(expected["test"])
    return size and not spread and not (run and at_an_end)


def _cut_first(series, length, rng):
    cut = int(0.8 * len(series))
    parts = series[:cut], series[cut:]
    return tuple(np.lib.stride_tricks.sliding_window_view(p, length) for p in parts)


def _series_cases(rng):
    return [
        Case(f"{n} values, windows of {k}", (rng.normal(size=n).cumsum(), k, rng))
        for n, k in ((40, 6), (23, 4), (12, 1))
    ]


enter(
    Check(
        "bugs.windows",
        "01-sequences",
        train_and_test,
        "series, length, rng",
        (("train", "test"),),
        _series_cases,
        (
            Mistake(
                "test_among_training",
                "Nearly every test window has neighbours in the training part that "
                "hold all but one of its values. Whoever remembers those scores as if "
                "the future were known, and the score measures memory.",
                (
                    (
                        "    cut = int",
                        "    rows = rng.permutation(rows)\n    cut = int",
                    ),
                    ("rng.permutation(rows[:cut])", "rows[:cut]"),
                ),
                holds=_at_random,
            ),
            mistake(
                "cut_by_days",
                "The training part is too long: four fifths of the *values* were "
                "counted, and there are fewer windows than values.",
                "0.8 * len(rows)",
                "0.8 * len(series)",
            ),
            mistake(
                "values_cut_first",
                "The values were cut before windows were made of them, so the windows "
                "across the cut are in neither part.",
                _cut_first,
            ),
            mistake(
                "test_spread_out",
                "Every fifth window is a test window, and the windows on both sides of "
                "it are training windows that share its values.",
                _every_fifth,
            ),
            mistake(
                "test_in_the_past",
                "The test windows come before the training windows in time: the past "
                "is forecast from the future.",
                "rng.permutation(rows[:cut]), rows[cut:]",
                "rng.permutation(rows[-cut:]), rows[:-cut]",
            ),
        ),
        wrap=_any_order,
    )
)


def scaled(price, days):
    """The price on a scale from 0 to 1, cut after some days."""
    low, high = price[:days].min(), price[:days].max()
    price = (price - low) / (high - low)
    return price[:days], price[days:]


def _price_cases(rng):
    up = np.exp(rng.normal(0.02, 0.03, 60).cumsum())
    wave = 5 + np.sin(np.arange(50))
    return [
        Case("a price that rises", (up, 40)),
        Case("a price that falls", (up[::-1].copy(), 45)),
        Case("a price that stays in its range", (wave, 40)),
    ]


enter(
    Check(
        "bugs.scaled",
        "23-stock-prediction",
        scaled,
        "price, days",
        (("train", "test"),),
        _price_cases,
        (
            mistake(
                "range_of_the_future",
                "No test value lies outside 0 to 1, though the price does leave the "
                "range it had before. The scale of the training days already says how "
                "far the price will go.",
                "price[:days].min(), price[:days].max()",
                "price.min(), price.max()",
            ),
            mistake(
                "two_scales",
                "Both parts run from 0 to 1, each on a scale of its own, so one price "
                "is two different numbers.",
                lambda price, days: tuple(
                    (part - part.min()) / (part.max() - part.min())
                    for part in (price[:days], price[days:])
                ),
            ),
            mistake(
                "test_not_scaled",
                "The training days are on the scale, and the test days are prices as "
                "they were: the network would read them as values far out of range.",
                lambda price, days: (scaled(price, days)[0], price[days:]),
            ),
            mistake(
                "clipped",
                "Test values outside the range of the training days were cut off at "
                "its ends: a new high looks like the old one.",
                "return price[:days], price[days:]",
                "return price[:days], np.clip(price[days:], 0, 1)",
            ),
            mistake(
                "range_of_the_test_days",
                "The scale is that of the test days. None of them is known when the "
                "training begins.",
                "price[:days].min(), price[:days].max()",
                "price[days:].min(), price[days:].max()",
            ),
        ),
    )
)


TOLERANCE = 1e-4  # PyTorch and Keras compute in float32


def _module(spec):
    """A small module with weights of its own: ``{"gru": (3, 4), "seed": 0}``."""
    import torch
    from torch import nn

    torch.manual_seed(spec["seed"])
    kind, sizes = next(iter(spec.items()))
    if kind == "dropout":
        parts = [nn.Linear(*sizes), nn.Tanh(), nn.Dropout(0.5), nn.Linear(sizes[1], 1)]
        return nn.Sequential(*parts)
    kinds = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN, "linear": nn.Linear}
    kinds |= {"cell": nn.GRUCell, "lstm_cell": nn.LSTMCell}
    more = {"batch_first": True} if spec.get("batch_first") else {}
    module = kinds[kind](*sizes, **more)
    return _with_copies(module) if spec.get("copies") else module


def _with_copies(module):
    """Computes with copies of the weights, so that an update spoils no old graph."""
    weights, forward = module._flat_weights, module.forward

    def copied(*args):
        module._flat_weights = [w * 1 for w in weights]
        return forward(*args)

    module.forward = copied
    return module


def _to_torch(value):
    import torch

    if isinstance(value, dict):
        return _module(value)
    if isinstance(value, list | tuple):
        return type(value)(_to_torch(part) for part in value)
    if isinstance(value, np.ndarray):
        whole = value.dtype.kind == "i"
        return torch.tensor(value, dtype=torch.long if whole else torch.float)
    return value


def _from_torch(value):
    """As float64 arrays, so that no message speaks of types."""
    if isinstance(value, list) and all(isinstance(part, float) for part in value):
        return np.array(value)
    if isinstance(value, list | tuple):
        return type(value)(_from_torch(part) for part in value)
    if hasattr(value, "detach"):
        value = value.detach().numpy()
    single = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return value.astype(np.float64) if single else value


def _torch(function):
    """Calls the function with tensors and fresh modules, and always the same luck."""

    def call(*args):
        import torch

        with torch.random.fork_rng(devices=[]):
            args = [_to_torch(value) for value in args]
            torch.manual_seed(0)
            return _from_torch(function(*args))

    return call


def last_row(lstm, images):
    """The output after the last row of each image."""
    out, _ = lstm(images.squeeze(1))
    return out[:, -1].detach().numpy()


def _seed(rng):
    return int(rng.integers(1000))


def _image_cases(rng):
    lstm = {"lstm": (5, 3), "batch_first": True, "seed": _seed(rng)}
    return [
        Case("four images with a channel axis", (lstm, rng.normal(size=(4, 1, 5, 5)))),
        Case("one image with a channel axis", (lstm, rng.normal(size=(1, 1, 5, 5)))),
        Case("three images without it", (lstm, rng.normal(size=(3, 5, 5)))),
    ]


enter(
    Check(
        "bugs.last_row",
        "22-mnist-rows",
        last_row,
        "lstm, images",
        ("outputs",),
        _image_cases,
        (
            mistake(
                "one_axis_too_many",
                "The layer reads (batch, time, features), and these images have four "
                "axes. Those of three axes go through.",
                "images.squeeze(1)",
                "images",
            ),
            mistake(
                "batch_axis_lost",
                "All is well until a batch holds one image: then its axis is gone too, "
                "and the rows come out as if they were the batch.",
                "images.squeeze(1)",
                "images.squeeze()",
            ),
            mistake(
                "rows_lost",
                "Images with a channel axis are read well. Of those without it, only "
                "the first row is left.",
                "images.squeeze(1)",
                "images[:, 0]",
            ),
            mistake(
                "last_image",
                "What comes out are all rows of one image, the last of the batch.",
                "out[:, -1]",
                "out[-1]",
            ),
            mistake(
                "columns_read",
                "The images are read column by column.",
                "images.squeeze(1)",
                "images.squeeze(1).transpose(1, 2)",
            ),
        ),
        wrap=_torch,
        tolerance=TOLERANCE,
    )
)


def encode(gru, x):
    """The last state, from a start at zero."""
    import torch

    h0 = torch.zeros(1, x.shape[0], gru.hidden_size)
    _, h = gru(x, h0)
    return h[-1].detach().numpy()


def _batch_cases(rng):
    gru = {"gru": (2, 4), "batch_first": True, "seed": _seed(rng)}
    sizes = {"a batch of five": (5, 7), "one example": (1, 6), "three of three": (3, 3)}
    return [Case(k, (gru, rng.normal(size=(*s, 2)))) for k, s in sizes.items()]


enter(
    Check(
        "bugs.first_state",
        "13-three-libraries",
        encode,
        "gru, x",
        ("h",),
        _batch_cases,
        (
            mistake(
                "state_for_one",
                "With one example it works, with more the layer refuses.",
                "x.shape[0]",
                "1",
            ),
            mistake(
                "state_for_each_step",
                "The state at the start has a row for each time step. It is examples "
                "that have states of their own.",
                "x.shape[0]",
                "x.shape[1]",
            ),
            mistake(
                "last_example",
                "Those are the outputs of one example, at all steps. The last state of "
                "each example is wanted.",
                "_, h = gru",
                "out, _ = gru",
                "h[-1]",
                "out[-1]",
            ),
            mistake(
                "random_start",
                "The state at the start is random, so an example's code depends on the "
                "draw.",
                "torch.zeros",
                "torch.randn",
            ),
        ),
        wrap=_torch,
        tolerance=TOLERANCE,
    )
)


def train(gru, head, stream):
    """One pass over a stream of pieces, the state carried; the losses."""
    import torch
    from torch.nn.functional import mse_loss

    sgd = torch.optim.SGD([*gru.parameters(), *head.parameters()], lr=0.3)
    h, losses = None, []
    for x, y in stream:
        out, h = gru(x, h)
        h = h.detach()
        loss = mse_loss(head(out), y)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        losses.append(loss.item())
    return losses


def _stream_cases(rng):
    gru = {"gru": (2, 4), "batch_first": True, "seed": _seed(rng)}
    head = {"linear": (4, 1), "seed": _seed(rng)}
    cases = []
    for name, n in (("four pieces", 4), ("one piece", 1)):
        x, y = 2 * rng.normal(size=(n, 3, 5, 2)), 2 * rng.normal(size=(n, 3, 5, 1))
        cases.append(Case(name, (gru, head, list(zip(x, y, strict=True)))))
    _, (gru, head, pieces) = cases[0]
    args = {**gru, "copies": True}, head, pieces
    return [*cases, Case("four pieces, old graphs still usable", args)]


enter(
    Check(
        "bugs.train",
        "03-bptt",
        train,
        "gru, head, stream",
        ("losses",),
        _stream_cases,
        (
            mistake(
                "endless_graph",
                "The first piece is learned, and at the second the way back leads "
                "through the first again, whose graph is gone. If it were kept, each "
                "step would take longer than the one before.",
                "        h = h.detach()\n",
                "",
            ),
            mistake(
                "graph_kept",
                "The graphs of all pieces are kept, and the way back from each leads "
                "through all that came before. PyTorch stops there, for the weights "
                "have changed since; where it need not, each step takes longer than "
                "the one before.",
                "        h = h.detach()\n",
                "",
                "loss.backward()",
                "loss.backward(retain_graph=True)",
            ),
            mistake(
                "output_detached",
                "The head learns alone: no gradient reaches the recurrent layer.",
                "head(out)",
                "head(out.detach())",
            ),
            mistake(
                "state_forgotten",
                "Each piece begins without a memory of the one before. The first loss "
                "is right, and the later ones are those of a network that forgets.",
                "        h = h.detach()\n",
                "        h = None\n",
            ),
        ),
        wrap=_torch,
        tolerance=TOLERANCE,
    )
)


def class_loss(logits, y):
    """Cross-entropy in nats, of scores as the last layer gives them."""
    from torch.nn.functional import cross_entropy

    return cross_entropy(logits, y).item()


def _logit_cases(rng):
    cases = []
    for name, (n, k) in {"ten classes": (6, 10), "two classes": (3, 2)}.items():
        cases.append(Case(name, (rng.normal(0, 3, (n, k)), rng.integers(0, k, n))))
    y = np.array([2, 0, 1])
    return [Case("sure and right", (8.0 * np.eye(3)[y], y)), *cases]


enter(
    Check(
        "bugs.class_loss",
        "21-text-generation",
        class_loss,
        "logits, y",
        ("loss",),
        _logit_cases,
        (
            mistake(
                "probabilities_as_scores",
                "Even where the network is sure and right, the loss stays far above "
                "zero. What it gets lies between 0 and 1, and scores so close together "
                "cannot say anything with certainty.",
                "cross_entropy(logits, y)",
                "cross_entropy(logits.softmax(dim=-1), y)",
            ),
            mistake(
                "logarithm_missing",
                "The loss is negative, and it is linear in the probability: a sure and "
                "wrong answer costs hardly more than an unsure one.",
                "cross_entropy(logits, y)",
                "-logits.softmax(dim=-1)[range(len(y)), y].mean()",
            ),
            mistake(
                "softmax_over_batch",
                "The softmax runs over the batch, so the probabilities of an image's "
                "classes do not sum to one.",
                "cross_entropy(logits, y)",
                "-logits.log_softmax(dim=0)[range(len(y)), y].mean()",
            ),
            mistake(
                "summed_over_batch",
                "That is the sum over the batch: a larger batch takes larger steps.",
                "cross_entropy(logits, y)",
                'cross_entropy(logits, y, reduction="sum")',
            ),
        ),
        wrap=_torch,
        tolerance=TOLERANCE,
    )
)


def keras_loss(logits, y):
    """The same loss in NumPy: this check needs no library."""
    z = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y]).mean()


enter(
    Check(
        "bugs.keras_loss",
        "22-mnist-rows",
        keras_loss,
        "logits, y",
        ("loss",),
        lambda rng: _logit_cases(rng)[1:],
        (
            mistake(
                "scores_as_probabilities",
                "The loss takes the scores for probabilities. Each one below 0 counts "
                "as 0 and each one above 1 as 1; there the loss is flat, and no "
                "gradient comes back.",
                "np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)",
                "(c := np.clip(logits, 1e-7, 1 - 1e-7)) / c.sum(axis=1, keepdims=True)",
            ),
            mistake(
                "softmax_twice",
                "There are two softmaxes: what the first made was taken for scores, "
                "and scores between 0 and 1 are never far apart. The loss stays far "
                "above zero even where the network is sure and right.",
                "    return -np.log",
                "    p = np.exp(p) / np.exp(p).sum(axis=1, keepdims=True)\n"
                "    return -np.log",
            ),
            mistake(
                "each_class_squeezed",
                "Each score was squeezed to a number from 0 to 1 by itself, and these "
                "were divided by their sum. No class can be much likelier than the "
                "others then.",
                "np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)",
                "(c := 1 / (1 + np.exp(-logits))) / c.sum(axis=1, keepdims=True)",
            ),
            mistake(
                "each_class_by_itself",
                "Each score became a probability by itself, so that all classes may be "
                "likely at once and nothing drives the wrong ones down.",
                "np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)",
                "1 / (1 + np.exp(-logits))",
            ),
        ),
        tolerance=TOLERANCE,
    )
)


def fit(model, x, y, steps):
    """Full-batch gradient descent; the loss before each step."""
    import torch
    from torch.nn.functional import mse_loss

    sgd = torch.optim.SGD(model.parameters(), lr=0.2)
    losses = []
    for _ in range(steps):
        loss = mse_loss(model(x), y)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        losses.append(loss.item())
    return losses


def _fit_cases(rng):
    def case(name, n, steps):
        x = rng.normal(size=(n, 2))
        y = x @ [[2.0], [-1.0]] + 1
        model = {"linear": (2, 1), "seed": _seed(rng)}
        return Case(name, (model, x, y, steps))

    return [case("twelve steps", 30, 12), case("one step", 9, 1), case("three", 5, 3)]


enter(
    Check(
        "bugs.fit",
        "03-bptt",
        fit,
        "model, x, y, steps",
        ("losses",),
        _fit_cases,
        (
            mistake(
                "gradients_pile_up",
                "The first step is right. From the second on, a step follows the sum "
                "of all gradients so far, passes the lowest point and swings back.",
                "        sgd.zero_grad()\n",
                "",
            ),
            mistake(
                "gradients_thrown_away",
                "The loss never changes: when the step is made, no gradient is left.",
                "        sgd.zero_grad()\n        loss.backward()\n",
                "        loss.backward()\n        sgd.zero_grad()\n",
            ),
        ),
        wrap=_torch,
        tolerance=TOLERANCE,
    )
)


def read(rnn, x):
    """The output after the last step, of a layer that wants time first."""
    out, _ = rnn(x.transpose(0, 1))
    return out[-1].detach().numpy()


def _read_cases(layer, **sizes):
    """Cases of a layer that wants time first: label to (B, T)."""

    def cases(rng):
        made = {layer: (2, 3), "seed": _seed(rng)}
        return [
            Case(label.replace("_", " "), (made, rng.normal(size=(*size, 2))))
            for label, size in sizes.items()
        ]

    return cases


enter(
    Check(
        "bugs.read",
        "22-mnist-rows",
        read,
        "rnn, x",
        ("outputs",),
        _read_cases("rnn", four_of_six=(4, 6), five_of_five=(5, 5), one_example=(1, 4)),
        (
            mistake(
                "sequences_mixed",
                "The shape is right, and each sequence is put together from steps of "
                "several examples.",
                "x.transpose(0, 1)",
                "x.reshape(x.shape[1], x.shape[0], -1)",
            ),
            mistake(
                "across_the_batch_with_the_right_shape",
                "The layer runs from example to example in place of step to step, so "
                "an answer depends on the examples before it. The shape is right.",
                "x.transpose(0, 1)",
                "x",
                "out[-1]",
                "out[:, -1]",
            ),
            mistake(
                "last_example",
                "What comes out are all steps of one example, the last of the batch.",
                "out[-1]",
                "out[:, -1]",
            ),
            mistake(
                "first_step",
                "That is the output after the first step: the rest was read for "
                "nothing.",
                "out[-1]",
                "out[0]",
            ),
            mistake(
                "mean_over_steps",
                "That is the mean over all steps, and the last one is wanted.",
                "out[-1]",
                "out.mean(dim=0)",
            ),
            mistake(
                "across_the_batch",
                "The layer runs from example to example in place of step to step.",
                "x.transpose(0, 1)",
                "x",
            ),
        ),
        wrap=_torch,
        tolerance=TOLERANCE,
    )
)


def squared_error(prediction, y):
    """Mean squared error of a column of predictions."""
    return ((prediction[:, 0] - y) ** 2).mean()


def _column_cases(rng):
    return [
        Case(f"a batch of {n}", (rng.normal(size=(n, 1)), 2 * rng.normal(size=n)))
        for n in (8, 3, 1)
    ]


enter(
    Check(
        "bugs.squared_error",
        "23-stock-prediction",
        squared_error,
        "prediction, y",
        ("loss",),
        _column_cases,
        (
            mistake(
                "everyone_with_everyone",
                "Every prediction is compared with every target. The lowest such loss "
                "belongs to a network that always says the mean.",
                "prediction[:, 0]",
                "prediction",
            ),
            mistake(
                "first_prediction_alone",
                "The first prediction is compared with all targets, and the others "
                "with none.",
                "prediction[:, 0]",
                "prediction[0]",
            ),
            mistake(
                "summed",
                "That is the sum over the batch: a larger batch has a larger loss.",
                ".mean()",
                ".sum()",
            ),
            mistake(
                "squared_mean",
                "The mean was taken first, so errors of different sign cancel.",
                "((prediction[:, 0] - y) ** 2).mean()",
                "(prediction[:, 0] - y).mean() ** 2",
            ),
            mistake(
                "root",
                "That is the root of the mean square. It has another gradient than "
                "the mean square.",
                "((prediction[:, 0] - y) ** 2).mean()",
                "((prediction[:, 0] - y) ** 2).mean() ** 0.5",
            ),
            mistake(
                "absolute",
                "Those are absolute errors, not squared ones.",
                "((prediction[:, 0] - y) ** 2).mean()",
                "np.abs(prediction[:, 0] - y).mean()",
            ),
        ),
    )
)


def features(lstm, x):
    """The output after the last step, by a layer with PyTorch's own order of axes."""
    out, _ = lstm(x.transpose(0, 1))
    return out[-1].detach().numpy()


enter(
    Check(
        "bugs.features",
        "13-three-libraries",
        features,
        "lstm, x",
        ("outputs",),
        _read_cases("lstm", six_of_six=(6, 6), six_of_four=(6, 4), one_example=(1, 5)),
        (
            mistake(
                "last_example",
                "What comes out are all steps of one example, the last of the batch. "
                "The shape gives it away, unless there are as many examples as steps.",
                "out[-1]",
                "out[:, -1]",
            ),
            mistake(
                "across_the_batch",
                "The layer runs from example to example in place of step to step, and "
                "what comes out are all steps of the last example.",
                "x.transpose(0, 1)",
                "x",
            ),
            mistake(
                "across_the_batch_with_the_right_shape",
                "The layer runs from example to example in place of step to step, so "
                "an answer depends on the examples before it. The shape is right.",
                "x.transpose(0, 1)",
                "x",
                "out[-1]",
                "out[:, -1]",
            ),
            mistake(
                "sequences_mixed",
                "The shape is right, and each sequence is put together from steps of "
                "several examples.",
                "x.transpose(0, 1)",
                "x.reshape(x.shape[1], x.shape[0], -1)",
            ),
            mistake(
                "cell_state",
                "Those are cell states. The output of an LSTM is its hidden state.",
                "out, _ = lstm",
                "_, (_, out) = lstm",
            ),
            mistake(
                "first_step",
                "That is the output after the first step: the rest was read for "
                "nothing.",
                "out[-1]",
                "out[0]",
            ),
            mistake(
                "mean_over_steps",
                "That is the mean over all steps, and the last one is wanted.",
                "out[-1]",
                "out.mean(dim=0)",
            ),
        ),
        wrap=_torch,
        tolerance=TOLERANCE,
    )
)


def represent(gru, reviews):
    """The output after the last word of each review."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    x = pad_sequence(reviews, batch_first=True)
    out, _ = gru(x)
    last = torch.tensor([len(review) - 1 for review in reviews])
    return out[torch.arange(len(out)), last].detach().numpy()


def _review_cases(rng):
    gru = {"gru": (2, 4), "batch_first": True, "seed": _seed(rng)}
    lengths = {"lengths 3, 6 and 2": (3, 6, 2), "equal lengths": (4, 4), "one": (5,)}
    return [
        Case(k, (gru, [rng.normal(size=(n, 2)) for n in s])) for k, s in lengths.items()
    ]


enter(
    Check(
        "bugs.represent",
        "24-text-classification",
        represent,
        "gru, reviews",
        ("outputs",),
        _review_cases,
        (
            mistake(
                "after_the_padding",
                "The longest review of a batch is right. A shorter one goes on after "
                "its end, over zeros, and how far depends on its neighbours.",
                "out[torch.arange(len(out)), last]",
                "out[:, -1]",
            ),
            mistake(
                "padding_first",
                "The padding stands before the words: a short review is read after "
                "zeros, and how many there are depends on its neighbours.",
                "pad_sequence(reviews, batch_first=True)",
                'pad_sequence(reviews, batch_first=True, padding_side="left")',
                "out[torch.arange(len(out)), last]",
                "out[:, -1]",
            ),
            mistake(
                "all_cut_short",
                "All reviews were cut to the shortest of the batch.",
                "out[torch.arange(len(out)), last]",
                "out[:, min(last)]",
            ),
            mistake(
                "last_word_missed",
                "The last word of each review is not in what comes out.",
                "len(review) - 1",
                "len(review) - 2",
            ),
        ),
        wrap=_torch,
        tolerance=TOLERANCE,
    )
)


def predict(model, x):
    """What a trained model says."""
    import torch

    model.eval()
    with torch.no_grad():
        return model(x).numpy()


def _asked_twice(function):
    """What the same model says at a first call and at a second one."""
    return _torch(lambda model, x: (function(model, x), function(model, x)))


def _with_luck(seed, then_eval=False):
    """Without ``eval``; with a seed each call leaves the same units out."""

    def predict(model, x):
        import torch

        if seed is not None:
            torch.manual_seed(seed)
        with torch.no_grad():
            answer = model(x).numpy()
        if then_eval:
            model.eval()
        return answer

    return predict


def _units_missing(case, outputs):
    """Whether the first answer is that of the network without some of its units."""
    model, x = _to_torch(case.args)
    hidden = model[:2](x).detach().numpy().astype(float)
    weights, b = (part.detach().numpy().astype(float) for part in model[3].parameters())
    kept = np.arange(2**16)[:, None] >> np.arange(16) & 1  # all choices of units
    answers = 2 * (hidden * weights) @ kept.T + b  # (B, choices)
    return (np.abs(answers - outputs["prediction"]).min(axis=1) < 2e-6).all()


def _same_but_wrong(case, outputs, expected):
    first, second = outputs["prediction"], outputs["again"]
    wrong = not np.allclose(first, expected["again"], atol=TOLERANCE)
    return wrong and np.array_equal(first, second) and _units_missing(case, outputs)


def _wrong_once(case, outputs, expected):
    fine = np.allclose(outputs["again"], expected["again"], atol=TOLERANCE)
    once = not np.allclose(*outputs.values(), atol=TOLERANCE)
    return fine and once and _units_missing(case, outputs)


def _dropout_cases(rng):
    model = {"dropout": (3, 16), "seed": _seed(rng)}
    return [
        Case("a batch of four", (model, rng.normal(size=(4, 3)))),
        Case("one example", (model, rng.normal(size=(1, 3)))),
    ]


enter(
    Check(
        "bugs.predict",
        "24-text-classification",
        predict,
        "model, x",
        (("prediction", "again"),),
        _dropout_cases,
        (
            mistake(
                "half_the_units_missing",
                "A random half of the hidden units is missing from the prediction, and "
                "another half the next time.",
                "    model.eval()\n",
                "",
            ),
            mistake(
                "same_units_missing",
                "Called twice it says the same, and something wrong: hidden units are "
                "still missing from the prediction, the same ones at each call.",
                _with_luck(seed=1),
                holds=_same_but_wrong,
            ),
            mistake(
                "right_from_the_second_call_on",
                "The second answer is right. In the first, a random half of the hidden "
                "units is still missing.",
                _with_luck(seed=None, then_eval=True),
                holds=_wrong_once,
            ),
        ),
        wrap=_asked_twice,
        gives="prediction",
        tolerance=TOLERANCE,
    )
)


def next_character(h, W, b):
    """Probabilities of the next character."""
    import torch

    scores = h @ W + b
    return torch.softmax(scores, dim=-1).numpy()


def _state_cases(rng):
    sizes = {"thirty characters": (2, 30), "two characters": (3, 2)}
    return [
        Case(k, (rng.normal(size=(n, 6)), rng.normal(size=(6, v)), rng.normal(size=v)))
        for k, (n, v) in sizes.items()
    ]


enter(
    Check(
        "bugs.next_character",
        "21-text-generation",
        next_character,
        "h, W, b",
        ("probs",),
        _state_cases,
        (
            mistake(
                "scores_squeezed",
                "No character gets more than e² times the probability of any other, "
                "whatever the state says. The more characters there are, the less sure "
                "the network can be.",
                "h @ W + b",
                "torch.tanh(h @ W + b)",
            ),
            mistake(
                "scores_returned",
                "Those are the scores. They do not sum to one, and some are negative.",
                "torch.softmax(scores, dim=-1)",
                "scores",
            ),
            mistake(
                "state_squeezed",
                "The state went through a `tanh` on its way to the scores, which takes "
                "from what it says.",
                "h @ W + b",
                "torch.tanh(h) @ W + b",
            ),
            mistake(
                "each_character_by_itself",
                "Each score became a probability by itself, so that they do not sum to "
                "one.",
                "torch.softmax(scores, dim=-1)",
                "torch.sigmoid(scores)",
            ),
            mistake(
                "sums_over_batch",
                "The probabilities sum to one over the batch and not over the "
                "characters.",
                "dim=-1",
                "dim=0",
            ),
            mistake(
                "negatives_cut_off",
                "Scores below zero all count as zero, so unlikely characters are all "
                "equally unlikely.",
                "h @ W + b",
                "torch.relu(h @ W + b)",
            ),
        ),
        wrap=_torch,
        tolerance=TOLERANCE,
    )
)


def at_temperatures(logits, temperatures):
    """A row of probabilities for each temperature."""
    rows = []
    for T in temperatures:
        z = logits / T
        p = np.exp(z - z.max())
        rows.append(p / p.sum())
    return np.array(rows)


def _temperature_cases(rng):
    sets = {"cold to hot": (0.5, 1.0, 1.5), "one": (0.7,), "hot, cold": (2.0, 0.4)}
    return [Case(k, (rng.normal(0, 2, 6), t)) for k, t in sets.items()]


enter(
    Check(
        "bugs.at_temperatures",
        "21-text-generation",
        at_temperatures,
        "logits, temperatures",
        ("probs",),
        _temperature_cases,
        (
            mistake(
                "earlier_temperatures_stay",
                "The first row is right. From then on, each row depends on the "
                "temperatures that came before it: 1 after 0.5 is 0.5 still.",
                "        z = logits / T\n        p = np.exp(z - z.max())",
                "        z = logits = logits / T\n        p = np.exp(z - z.max())",
            ),
            mistake(
                "hot_is_cold",
                "A high temperature makes the likely tokens likelier here, and a low "
                "one evens them out.",
                "logits / T",
                "logits * T",
            ),
            mistake(
                "temperature_unused",
                "All rows are alike: no temperature has an effect.",
                "logits / T",
                "logits",
            ),
        ),
    )
)


def keep(folder, weights):
    """Save the weights of each epoch; the names of the files, by epoch."""
    names = {}
    for epoch, w in enumerate(weights):
        names[epoch] = f"epoch-{epoch}.npy"
        np.save(folder / names[epoch], w)
    return names


def _loaded(function):
    """What stands in the files in the end, in the order of the epochs."""

    def call(_folder, weights):
        with tempfile.TemporaryDirectory() as folder:
            names = function(Path(folder), weights)
            if names is None:
                return None
            if not isinstance(names, dict):
                raise TypeError(f"expected a dict, got a {type(names).__name__}")
            found = [_stored(Path(folder), names[epoch]) for epoch in sorted(names)]
            return np.array(found)

    return call


def _stored(folder, name):
    """The weights in a file; what went wrong where there is no such file."""
    if (folder / name).is_file():
        return np.load(folder / name)
    there = ", ".join(sorted(path.name for path in folder.iterdir())) or "nothing"
    raise FileNotFoundError(f"no file {str(name)!r}; in the folder is {there}")


def _weight_cases(rng):
    return [
        Case(f"epochs: {n}", (None, list(rng.normal(size=(n, 2, 2))))) for n in (4, 1)
    ]


enter(
    Check(
        "bugs.keep",
        "21-text-generation",
        keep,
        "folder, weights",
        ("loaded",),
        _weight_cases,
        (
            mistake(
                "one_file_for_all",
                "Each name opens the weights of the last epoch: there is one file, and "
                "every epoch wrote over the one before.",
                'f"epoch-{epoch}.npy"',
                '"epoch-{epoch}.npy"',
            ),
            mistake(
                "one_epoch_saved",
                "Of several epochs only one was saved; the other names lead to no "
                "file.",
                "        np.save(folder",
                "    np.save(folder",
            ),
            mistake(
                "one_name_returned",
                "Of several epochs only the last has a name in what is returned.",
                "return names",
                "return {epoch: names[epoch]}",
            ),
            mistake(
                "first_epoch_everywhere",
                "The weights of the first epoch are in every file.",
                "names[epoch], w)",
                "names[epoch], weights[0])",
            ),
        ),
        wrap=_loaded,
        gives="names",
    )
)


# ---- gaps, horizons, and years that are known too early


def off_normal(y, month, days):
    """What each day is off the mean of its month, cut after some days."""
    past, months = y[:days], month[:days]
    normal = np.array([past[months == m].mean() for m in range(12)])
    off = y - normal[month]
    return off[:days], off[days:]


def _warming_cases(rng):
    month = np.arange(96) % 12
    season = 8 * np.sin(month / 12 * 2 * np.pi)
    warmer = season + np.linspace(0, 3, 96) + rng.normal(size=96)
    return [
        Case("a climate that warms", (warmer, month, 60)),
        Case("months in another order", (warmer[::-1].copy(), month[::-1].copy(), 72)),
        Case("each year like the other", (season, month, 48)),
    ]


enter(
    Check(
        "bugs.off_normal",
        "25-weather",
        off_normal,
        "y, month, days",
        (("train", "test"),),
        _warming_cases,
        (
            mistake(
                "normal_of_all_years",
                "The normal of each month is a mean that the test years have a share "
                "in. How far they are off it looks smaller than it is.",
                "y[:days], month[:days]",
                "y, month",
            ),
            mistake(
                "normal_of_the_test",
                "The normal is that of the test years alone, which are the ones to be "
                "forecast.",
                "y[:days], month[:days]",
                "y[days:], month[days:]",
            ),
            mistake(
                "no_season",
                "All months have the same normal, so the season is still in what is "
                "left.",
                "past[months == m].mean()",
                "past.mean()",
            ),
            mistake(
                "each_by_itself",
                "Each part is taken off its own normal, so a warmer climate cannot be "
                "seen in the test part.",
                "    return off[:days], off[days:]",
                "    own = [y[days:][month[days:] == m].mean() for m in range(12)]\n"
                "    return off[:days], (y - np.array(own)[month])[days:]",
            ),
        ),
    )
)


def without_gaps(x, start):
    """Each gap filled with the reading before it, at the beginning with a number."""
    import pandas as pd

    table = pd.DataFrame(x)
    return table.ffill().fillna(start).to_numpy()


def _gap_cases(rng):
    x = rng.normal(size=(12, 2)).cumsum(axis=0)
    holes = x.copy()
    holes[[3, 4, 5, 9], 0] = np.nan
    holes[[6, 10, 11], 1] = np.nan
    late = x.copy()
    late[:3, 0], late[5, 0], late[8:10, 1] = np.nan, np.nan, np.nan
    return [
        Case("gaps in the middle", (holes, 0.5)),
        Case("a sensor that starts late", (late, -0.3)),
        Case("no gap", (x, 0.0)),
    ]


enter(
    Check(
        "bugs.without_gaps",
        "25-weather",
        without_gaps,
        "x, start",
        ("filled",),
        _gap_cases,
        (
            mistake(
                "filled_from_both_sides",
                "A gap is filled from the readings on both sides of it, and before a "
                "late start stands the first reading. At that time neither was known.",
                "table.ffill().fillna(start)",
                "table.interpolate().bfill()",
            ),
            mistake(
                "line_between",
                "The beginning is right. Inside, a gap lies on the line to the reading "
                "that follows it.",
                "table.ffill()",
                "table.interpolate()",
            ),
            mistake(
                "filled_backwards",
                "Every gap is filled with the reading that follows it.",
                "table.ffill()",
                "table.bfill()",
            ),
            mistake(
                "start_from_the_future",
                "Inside, all is well. Where a sensor starts late, its first reading "
                "stands before its time.",
                ".fillna(start)",
                ".bfill()",
            ),
            mistake(
                "start_in_every_gap",
                "The same number stands in every gap, whatever was read before.",
                "table.ffill().fillna",
                "table.fillna",
            ),
        ),
    )
)


def samples(series, starts, past, future):
    """Windows from these starts, and the value `future` steps after each one's last."""
    x = np.lib.stride_tricks.sliding_window_view(series, past)[starts]
    return x, series[starts + past - 1 + future]


def _horizon_cases(rng):
    return [
        Case(label, (rng.normal(size=40), rng.integers(20, size=5), past, future))
        for label, past, future in (
            ("five in, twelve ahead", 5, 12),
            ("seven in, one ahead", 7, 1),
        )
    ]


enter(
    Check(
        "bugs.samples",
        "25-weather",
        samples,
        "series, starts, past, future",
        (("x", "y"),),
        _horizon_cases,
        (
            mistake(
                "one_step_further",
                "Asked for one step ahead, it forecasts two; for twelve, thirteen. "
                "Each label is real, and belongs to another question.",
                "past - 1 + future",
                "past + future",
            ),
            mistake(
                "one_step_nearer",
                "Asked for one step ahead, it returns what it has just read.",
                "past - 1 + future",
                "past - 2 + future",
            ),
            mistake(
                "from_the_first_value",
                "The steps are counted from the first value of the window.",
                "starts + past - 1 + future",
                "starts + future",
            ),
            mistake(
                "window_late",
                "The labels are right; each window begins one step after its start.",
                "past)[starts]",
                "past)[starts + 1]",
            ),
        ),
    )
)


def loss_with_gaps(gru, head, x, y, mean):
    """The squared error of the last outputs and its gradients, gaps filled in."""
    import torch
    from torch.nn.functional import mse_loss

    mask = (~torch.isnan(x)).float()
    x = torch.where(mask == 1, x, mean)
    out, _ = gru(torch.cat([x, mask], dim=-1))
    loss = mse_loss(head(out[:, -1]), y)
    loss.backward()
    return loss.item()


def _nan_cases(rng):
    gru = {"gru": (4, 4), "batch_first": True, "seed": _seed(rng)}
    head = {"linear": (4, 1), "seed": _seed(rng)}
    found = []
    for label, gaps in (
        ("one gap", [(1, 3, 0)]),
        ("no gap", []),
        ("three gaps", [(0, 0, 1), (2, 5, 0), (2, 5, 1)]),
    ):
        x, y = rng.normal(size=(3, 6, 2)), rng.normal(size=(3, 1))
        for at in gaps:
            x[at] = np.nan
        found.append(Case(label, (gru, head, x, y, rng.normal(size=2))))
    return found


enter(
    Check(
        "bugs.loss_with_gaps",
        "25-weather",
        loss_with_gaps,
        "gru, head, x, y, mean",
        ("loss",),
        _nan_cases,
        (
            mistake(
                "no_number",
                "One gap, and the loss is no number; nor is any gradient, so one step "
                "of training destroys every weight.",
                "torch.where(mask == 1, x, mean)",
                "mask * x + (1 - mask) * mean",
            ),
            mistake(
                "zero_in_the_gaps",
                "In the gaps stand zeros, and the mean that was handed in is not used.",
                "torch.where(mask == 1, x, mean)",
                "torch.nan_to_num(x)",
            ),
            mistake(
                "mask_without_gaps",
                "The mask is made after the gaps were filled, so it says that all was "
                "read.",
                "torch.cat([x, mask], dim=-1)",
                "torch.cat([x, torch.ones_like(x)], dim=-1)",
            ),
            mistake(
                "mask_inverted",
                "The mask that the network reads is one in the gaps.",
                "torch.cat([x, mask], dim=-1)",
                "torch.cat([x, 1 - mask], dim=-1)",
            ),
        ),
        wrap=_torch,
        tolerance=TOLERANCE,
    )
)


def estimates(x, mask, mean, rate):
    """What stands in for the gaps: the last reading, on its way to the mean."""
    last, age, rows = mean, 0 * mean, []
    for now, read in zip(x, mask, strict=True):
        last = np.where(read, now, last)
        age = np.where(read, 0, age + 1)
        share = np.exp(-rate * age)
        rows.append(share * last + (1 - share) * mean)
    return np.array(rows)


def _decay_cases(rng):
    found = []
    for label, T in (("short gaps", 10), ("a long gap", 12), ("no gap", 6)):
        mask = rng.random((T, 2)) < 0.6
        mask[:2], mask[2:5, 0], mask[5, 0] = True, False, True
        mask[-6:-1, 1] &= label != "a long gap"
        mask |= label == "no gap"
        x = rng.normal(2, 1, size=(T, 2)) * mask  # zeros in the gaps
        found.append(
            Case(label, (x, mask, rng.normal(size=2), rng.uniform(0.1, 0.5, 2)))
        )
    return found


enter(
    Check(
        "bugs.estimates",
        "25-weather",
        estimates,
        "x, mask, mean, rate",
        ("estimates",),
        _decay_cases,
        (
            mistake(
                "zero_decays",
                "Readings are right. One step into a gap the estimate has jumped to "
                "nearly zero, from where it goes to the mean: what was read before "
                "the gap is in no estimate.",
                "share * last",
                "share * now",
            ),
            mistake(
                "decays_to_zero",
                "In a long gap the estimate goes to zero, wherever the mean is.",
                " + (1 - share) * mean",
                "",
            ),
            mistake(
                "nothing_decays",
                "The last reading stands in a gap to its end, however long it is.",
                "share = np.exp(-rate * age)",
                "share = np.exp(-rate * 0)",
            ),
            mistake(
                "old_for_ever",
                "A reading does not make a sensor young again: after the first gap "
                "even what is read is mixed with the mean.",
                "np.where(read, 0, age + 1)",
                "age + ~read",
            ),
            mistake(
                "the_older_the_surer",
                "A fresh reading counts for nothing, and an old one for much.",
                "share * last + (1 - share) * mean",
                "(1 - share) * last + share * mean",
            ),
        ),
    )
)


def sentence_loss(scores, targets, pad):
    """The mean cross-entropy of the targets that are no padding."""
    from torch.nn.functional import cross_entropy

    rows, wanted = scores.flatten(0, 1), targets.flatten()
    loss = cross_entropy(rows, wanted, ignore_index=pad)
    return loss.item()


def _sentence_cases(rng):
    found = []
    for label, pad, lengths in (
        ("three lengths", 0, (2, 4, 6)),
        ("no padding", 0, (4, 4)),
        ("another number for the padding", 3, (1, 5)),
    ):
        targets = rng.integers(4, 7, size=(len(lengths), max(lengths)))
        for row, length in zip(targets, lengths, strict=True):
            row[length:] = pad
        scores = rng.normal(size=(*targets.shape, 7))
        found.append(Case(label, (scores, targets, pad)))
    return found


enter(
    Check(
        "bugs.sentence_loss",
        "26-translation",
        sentence_loss,
        "scores, targets, pad",
        ("loss",),
        _sentence_cases,
        (
            mistake(
                "padding_learned",
                "Sentences of one length have the right loss. In a batch of several "
                "lengths the places behind the end are counted like words.",
                ", ignore_index=pad",
                "",
            ),
            mistake(
                "summed_up",
                "The costs of the words were added up, and a longer batch costs more.",
                "ignore_index=pad)",
                'ignore_index=pad, reduction="sum")',
            ),
            mistake(
                "divided_by_every_place",
                "The padding costs nothing, and is counted all the same when the mean "
                "is taken.",
                "    return loss.item()",
                "    return (loss * (wanted != pad).float().mean()).item()",
            ),
        ),
        wrap=_torch,
        tolerance=TOLERANCE,
    )
)


def attend(layer, state, word, encoded):
    """The context: a weighted mean of what the encoder found, (B, H)."""
    import torch

    both = torch.cat([state, word], dim=1)
    scores = (encoded @ layer(both)[:, :, None])[:, :, 0]
    weights = torch.softmax(scores, dim=1)
    context = (weights[:, :, None] * encoded).sum(dim=1)
    return context.detach().numpy()


def _attend_cases(rng):
    found = []
    for label, B, T, H in (
        ("as many words as units", 2, 4, 4),
        ("all words alike", 2, 3, 3),
        ("another seed", 3, 5, 5),
    ):
        layer = {"linear": (2 * H, H), "seed": _seed(rng)}
        encoded = rng.normal(size=(B, T, H))
        if label == "all words alike":
            encoded[:] = encoded[:, :1]
        found.append(Case(label, (layer, *rng.normal(size=(2, B, H)), encoded)))
    return found


ATTEND = "scores = (encoded @ layer(both)[:, :, None])[:, :, 0]"

enter(
    Check(
        "bugs.attend",
        "26-translation",
        attend,
        "layer, state, word, encoded",
        ("context",),
        _attend_cases,
        (
            mistake(
                "blind_scores",
                "Where all words are alike, the context is right. Elsewhere the "
                "weights stay the same when the encoder's states are exchanged.",
                ATTEND,
                "scores = layer(both)",
            ),
            mistake(
                "weights_over_the_batch",
                "The weights of a *word*, over all sentences, sum to one. Those of a "
                "sentence should.",
                "torch.softmax(scores, dim=1)",
                "torch.softmax(scores, dim=0)",
            ),
            mistake(
                "scores_for_weights",
                "The weights sum to anything: no softmax has seen these scores.",
                "torch.softmax(scores, dim=1)",
                "scores",
            ),
        ),
        wrap=_torch,
        tolerance=TOLERANCE,
    )
)


def spoken_loss(scores, lengths, labels, label_lengths):
    """The CTC loss of a batch, its mean over sentences; symbol 0 is the blank."""
    from torch.nn.functional import ctc_loss

    log_p = scores.log_softmax(dim=-1).transpose(0, 1)
    sizes = lengths, label_lengths
    losses = ctc_loss(log_p, labels, *sizes, reduction="none")
    return losses.mean().item()


def _spoken_cases(rng):
    found = []
    for label, B, T in (
        ("as many sentences as steps", 6, 6),
        ("eight sentences of eight steps", 8, 8),
        ("one length, as many as steps", 7, 7),
    ):
        lengths = rng.integers(T - 1, T + 1, size=B)
        if label.startswith("one"):
            lengths[:] = T
        labels = rng.permuted(np.tile(np.arange(1, 5), (B, 1)), axis=1)[:, :3]
        sizes = rng.integers(1, 4, size=B)
        scores = 2 * rng.normal(size=(B, T, 5))
        found.append(Case(label, (scores, lengths, labels, sizes)))
    return found


enter(
    Check(
        "bugs.spoken_loss",
        "13-three-libraries",
        spoken_loss,
        "scores, lengths, labels, label_lengths",
        ("loss",),
        _spoken_cases,
        (
            mistake(
                "sentences_for_steps",
                "It runs where a batch has as many sentences as steps, and the number "
                "is wrong: each sentence is judged by one step of all the others.",
                ".transpose(0, 1)",
                "",
            ),
            mistake(
                "no_probabilities",
                "The scores were taken for logarithms of probabilities. The loss may "
                "fall below zero then.",
                "scores.log_softmax(dim=-1)",
                "scores",
            ),
            mistake(
                "over_the_steps",
                "Each symbol's probabilities sum to one over the *steps*. At each step "
                "those of all symbols should.",
                "log_softmax(dim=-1)",
                "log_softmax(dim=1)",
            ),
            mistake(
                "by_the_letter",
                "Each loss was divided by the length of its label. Asked for is the "
                "mean over sentences.",
                "losses.mean()",
                "(losses / label_lengths).mean()",
            ),
        ),
        wrap=_torch,
        tolerance=TOLERANCE,
    )
)


def state_of_sessions(cell, clicks, first):
    """The states (T, B, H) of lanes; `first` is true where a session begins."""
    import torch

    h, rows = torch.zeros(clicks.shape[1], cell.hidden_size), []
    for x, new in zip(clicks, first, strict=True):
        h = h * (new == 0)[:, None]
        h = cell(x, h)
        rows.append(h)
    return torch.stack(rows).detach().numpy()


def _session_cases(rng):
    found = []
    for label, T, B in (
        ("three lanes", 7, 3),
        ("one session in each lane", 5, 2),
        ("a border in one lane", 6, 2),
    ):
        first = (rng.random((T, B)) < 0.4).astype(int)
        first[0], first[2] = 1, 0
        if label != "three lanes":
            first[1:] = 0
        if label == "a border in one lane" or label == "three lanes":
            first[3, 0], first[3, 1] = 1, 0
        cell = {"cell": (3, 4), "seed": _seed(rng)}
        found.append(Case(label, (cell, rng.normal(size=(T, B, 3)), first)))
    return found


enter(
    Check(
        "bugs.state_of_sessions",
        "28-recommendation",
        state_of_sessions,
        "cell, clicks, first",
        ("states",),
        _session_cases,
        (
            mistake(
                "strangers_clicks",
                "The first session of a lane has the right states. From the second one "
                "on a stranger's clicks are in them.",
                "        h = h * (new == 0)[:, None]\n",
                "",
            ),
            mistake(
                "all_lanes_begin",
                "Where one lane begins a session, the others lose theirs.",
                "(new == 0)[:, None]",
                "(new == 0).all()",
            ),
            mistake(
                "forgotten_afterwards",
                "The first click of a session is forgotten, and the last one of the "
                "session before is not.",
                "        h = h * (new == 0)[:, None]\n        h = cell(x, h)\n"
                "        rows.append(h)\n",
                "        h = cell(x, h)\n        rows.append(h)\n"
                "        h = h * (new == 0)[:, None]\n",
            ),
        ),
        wrap=_torch,
        tolerance=TOLERANCE,
    )
)


# ---- from the notebook to the service


def streamed(lstm, x, size):
    """The outputs (B, T, H) of an LSTM that reads x in pieces."""
    import torch

    state, found = None, []
    for piece in x.split(size, dim=1):
        out, (h, c) = lstm(piece, state)
        state = (h, c)
        found.append(out)
    return torch.cat(found, dim=1).detach().numpy()


def _stream_cases(rng):
    found = []
    for label, B, T, size in (
        ("three pieces", 2, 6, 2),
        ("one piece", 3, 4, 4),
        ("letter by letter", 1, 5, 1),
    ):
        lstm = {"lstm": (3, 4), "batch_first": True, "seed": _seed(rng)}
        found.append(Case(label, (lstm, rng.normal(size=(B, T, 3)), size)))
    return found


enter(
    Check(
        "bugs.streamed",
        "34-deployment",
        streamed,
        "lstm, x, size",
        ("out",),
        _stream_cases,
        (
            mistake(
                "state_and_cell_exchanged",
                "The first piece is right. From the second one on the LSTM begins with "
                "the cell in the place of the state, and the state in that of the "
                "cell: both have one shape.",
                "state = (h, c)",
                "state = (c, h)",
            ),
            mistake(
                "each_piece_from_zeros",
                "Every piece is read from zeros, as if it were a text of its own.",
                "        state = (h, c)\n",
                "",
            ),
            mistake(
                "cell_lost",
                "The state goes on, and the cell begins at zeros with each piece.",
                "state = (h, c)",
                "state = (h, torch.zeros_like(c))",
            ),
            mistake(
                "cell_for_both",
                "The cell goes on, and stands in the place of the state as well.",
                "state = (h, c)",
                "state = (c, c)",
            ),
        ),
        wrap=_torch,
        tolerance=TOLERANCE,
    )
)


def buffered(cell, x):
    """The states (T, B, H) of an LSTM cell, kept in two buffers made once."""
    import torch

    h = torch.zeros(x.shape[1], cell.hidden_size)
    c = torch.zeros_like(h)
    rows = []
    with torch.no_grad():
        for x_t in x:
            new_h, new_c = cell(x_t, (h, c))
            c.copy_(new_c)
            h.copy_(new_h)
            rows.append(new_h)
    return torch.stack(rows).numpy()


def _buffer_cases(rng):
    found = []
    for label, T, B in (("five steps", 5, 2), ("one step", 1, 3), ("two steps", 2, 1)):
        cell = {"lstm_cell": (3, 4), "seed": _seed(rng)}
        found.append(Case(label, (cell, rng.normal(size=(T, B, 3)))))
    return found


enter(
    Check(
        "bugs.buffered",
        "34-deployment",
        buffered,
        "cell, x",
        ("states",),
        _buffer_cases,
        (
            mistake(
                "one_buffer_for_two",
                "After the first step the cell is lost: what is written into one of "
                "the two stands in the other as well.",
                "c = torch.zeros_like(h)",
                "c = h",
            ),
            mistake(
                "cell_never_kept",
                "The cell stays at zeros: each step begins without a memory.",
                "            c.copy_(new_c)\n",
                "",
            ),
            mistake(
                "state_never_kept",
                "The state stays at zeros: the gates never see the step before.",
                "            h.copy_(new_h)\n",
                "",
            ),
        ),
        wrap=_torch,
        tolerance=TOLERANCE,
    )
)


def in_a_byte(w):
    """Weights rounded to eight bits, and back."""
    scale = np.abs(w).max() / 127
    whole = np.round(w / scale).astype(int)
    return whole.astype(np.int8) * scale


def _byte_cases(rng):
    w = rng.normal(size=(4, 5))
    return [
        Case("the largest is positive", (np.append(w.ravel(), 4.0),)),
        Case("the largest is negative", (np.append(w.ravel(), -4.0),)),
        Case("a matrix", (np.abs(w),)),
    ]


enter(
    Check(
        "bugs.in_a_byte",
        "34-deployment",
        in_a_byte,
        "w",
        ("w",),
        _byte_cases,
        (
            mistake(
                "largest_changes_its_sign",
                "All weights come back but the largest: it returns with the other "
                "sign.",
                "127",
                "128",
            ),
            mistake(
                "no_range",
                "The steps are one whole unit wide, so that small weights are lost.",
                "np.abs(w).max() / 127",
                "1.0",
            ),
            mistake(
                "too_few_steps",
                "Only sixteen numbers to either side are used of what a byte has.",
                "127",
                "16",
            ),
        ),
    )
)
