"""The PyTorch loop (early stopping, checkpoint, resume) and the house style."""

import copy
import math
import sys
from collections import namedtuple
from types import SimpleNamespace

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from rnnbook import plots
from rnnbook.training import _to, evaluate, fit

matplotlib.use("Agg")


def make(seed=0, n=40, drop=0.3):
    torch.manual_seed(seed)
    x = torch.randn(n, 3)
    data = TensorDataset(x, x.sum(dim=1, keepdim=True))
    model = torch.nn.Sequential(
        torch.nn.Linear(3, 8), torch.nn.Dropout(drop), torch.nn.Linear(8, 1)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.99)
    loader = DataLoader(data, batch_size=16, shuffle=True)
    return model, optimizer, scheduler, loader


def run(epochs, checkpoint=None, **kwargs):
    model, optimizer, scheduler, loader = make()
    loss = torch.nn.MSELoss()
    history = fit(
        model,
        loss,
        optimizer,
        loader,
        loader,
        epochs=epochs,
        scheduler=scheduler,
        clip_norm=1.0,
        checkpoint=checkpoint,
        progress=False,
        **kwargs,
    )
    return model, history


def test_loss_is_the_mean_over_examples_not_over_batches():
    model, *_ = make(drop=0.0)
    x, y = torch.randn(5, 3), torch.randn(5, 1)
    loss = torch.nn.MSELoss()
    uneven = [(x[:4], y[:4]), (x[4:], y[4:])]
    whole = loss(model(x), y).item()
    assert evaluate(model, loss, uneven) == pytest.approx(whole, rel=1e-5)
    assert model.training


def test_resumed_run_equals_uninterrupted_run(tmp_path):
    whole, h_whole = run(6)
    run(3, tmp_path / "run.pt")
    torch.manual_seed(999)
    again, h_again = run(6, tmp_path / "run.pt")
    assert h_again.train == h_whole.train and h_again.val == h_whole.val
    for a, b in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)
    assert [p.name for p in tmp_path.iterdir()] == ["run.pt"]


def test_best_weights_are_restored_and_patience_counts_from_them():
    model, optimizer, _, loader = make(drop=0.0)
    loss = torch.nn.MSELoss()
    x, y = loader.dataset.tensors
    opposite = [(x, -y)]  # the better the model fits y, the worse it fits -y
    history = fit(
        model,
        loss,
        optimizer,
        loader,
        opposite,
        epochs=50,
        patience=3,
        progress=False,
    )
    assert history.best_epoch == 0 and len(history.val) == 4
    assert history.val[3] > history.val[0]
    assert evaluate(model, loss, opposite) == pytest.approx(history.val[0])


def test_an_equal_loss_is_not_a_better_one():
    model, optimizer, _, loader = make(drop=0.0)
    optimizer.param_groups[0]["lr"] = 0.0
    val = [loader.dataset.tensors]
    history = fit(
        model,
        torch.nn.MSELoss(),
        optimizer,
        loader,
        val,
        epochs=50,
        patience=2,
        progress=False,
    )
    assert len(history.val) == 3


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"epochs": 0}, "epochs"),
        ({"epochs": 2, "patience": 2}, "patience"),
    ],
)
def test_fit_refuses_bad_input(kwargs, message):
    model, optimizer, _, loader = make()
    with pytest.raises(ValueError, match=message):
        fit(model, torch.nn.MSELoss(), optimizer, loader, **kwargs)


def test_fit_stops_at_nan_and_at_no_data():
    model, optimizer, _, loader = make()

    def nan_loss(prediction, y):
        return prediction.sum() * float("nan")

    with pytest.raises(FloatingPointError):
        fit(model, nan_loss, optimizer, loader, epochs=1, progress=False)
    with pytest.raises(ValueError, match="train_batches"):
        fit(model, torch.nn.MSELoss(), optimizer, [], epochs=1, progress=False)


def test_progress_writes_nothing_to_stderr(capfd, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    model, optimizer, _, loader = make()
    fit(model, torch.nn.MSELoss(), optimizer, loader, epochs=2)
    assert capfd.readouterr().err == ""


# ---- resuming


def sgd_run(path, epochs, *, seed=0, val=None, V=3, rate=0.1, kind="SGD", **kwargs):
    """A small run; its data do not depend on the seed."""
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.normal(size=(12, V)), dtype=torch.float32)
    batches = [(x[:8], x[:8].sum(1, keepdim=True)), (x[8:], x[8:].sum(1, keepdim=True))]
    torch.manual_seed(seed)
    model = torch.nn.Linear(V, 1)
    optimizer = getattr(torch.optim, kind)(model.parameters(), rate)
    steps = kwargs.pop("schedule", None)
    if steps:
        kwargs["scheduler"] = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, rate, total_steps=steps
        )
    history = fit(
        model,
        torch.nn.MSELoss(),
        optimizer,
        kwargs.pop("batches", batches),
        val,
        epochs=epochs,
        checkpoint=path,
        progress=False,
        **kwargs,
    )
    return model, history, optimizer


def worse(n=6):
    """Validation that gets worse while the training gets better."""
    x = torch.tensor(np.random.default_rng(0).normal(size=(n, 3)), dtype=torch.float32)
    return [(x, -x.sum(1, keepdim=True))]


def test_validation_may_begin_later(tmp_path):
    path, val = tmp_path / "run.pt", worse()
    sgd_run(path, 5)
    model, history, _ = sgd_run(path, 40, val=val, patience=5)
    assert len(history.val) == len(history.train) == 5 + 1 + 5
    assert np.isnan(history.val[:5]).all() and history.best_epoch == 5
    kept = evaluate(model, torch.nn.MSELoss(), val)
    assert kept == pytest.approx(history.val[5]) and kept < history.val[-1]


def test_without_validation_the_last_weights_stay(tmp_path):
    path, val = tmp_path / "run.pt", worse()
    sgd_run(path, 3, val=val)
    model, history, _ = sgd_run(path, 6)
    assert len(history.val) == 3 and len(history.train) == 6
    whole, _, _ = sgd_run(tmp_path / "whole.pt", 6)
    assert torch.equal(model.weight, whole.weight)
    again, history, _ = sgd_run(path, 7, val=val)
    assert history.best_epoch == 0 and np.isnan(history.val[3:6]).all()
    kept = evaluate(again, torch.nn.MSELoss(), val)
    assert kept == pytest.approx(history.val[0])


def test_a_resumed_run_says_so(tmp_path, capsys):
    path = tmp_path / "run.pt"
    sgd_run(path, 2)
    assert capsys.readouterr().out == ""
    sgd_run(path, 4)
    assert capsys.readouterr().out == f"resumed after epoch 2 from {path}\n"
    sgd_run(path, 4)
    assert "nothing is left of 4 epochs" in capsys.readouterr().out


def test_another_rate_counts_and_is_said(tmp_path, capsys):
    path = tmp_path / "run.pt"
    before, _, _ = sgd_run(path, 2)
    model, _, optimizer = sgd_run(path, 3, rate=0.0)
    assert optimizer.param_groups[0]["lr"] == 0.0
    assert torch.equal(model.weight, before.weight)
    assert "with rate 0 in place of 0.1" in capsys.readouterr().out


def refused(path, message, **kwargs):
    """It is refused with these words, and the model is as it was."""
    seed, V = kwargs.get("seed", 0), kwargs.get("V", 3)
    torch.manual_seed(seed)
    fresh = torch.nn.Linear(V, 1).weight.detach()
    made = []
    linear = torch.nn.Linear

    def spied(*args):
        made.append(linear(*args))
        return made[-1]

    torch.nn.Linear = spied
    try:
        with pytest.raises(ValueError, match=message):
            sgd_run(path, kwargs.pop("epochs", 4), **kwargs)
    finally:
        torch.nn.Linear = linear
    assert torch.equal(made[0].weight, fresh)


@pytest.mark.parametrize(
    ("message", "kwargs"),
    [
        (r"another vocabulary: weight is \(1, 3\) there and \(1, 5\)", {"V": 5}),
        ("began from other weights", {"seed": 1}),
        ("optimizer: .* kind was SGD there and is Adam", {"kind": "Adam"}),
        ("scheduler: .* kind was none there and is OneCycleLR", {"schedule": 99}),
    ],
)
def test_another_run_is_refused_by_name(tmp_path, message, kwargs):
    sgd_run(tmp_path / "run.pt", 2)
    refused(tmp_path / "run.pt", message, **kwargs)


@pytest.mark.parametrize(
    ("message", "kwargs"),
    [
        ("scheduler: .* kind was OneCycleLR there and is none", {}),
        ("total_steps was 8 there and is 12", {"schedule": 12}),
        ("it has 8 steps, and 5 epochs of 2 batches are 10", {"schedule": 8}),
    ],
)
def test_a_schedule_is_not_changed_on_the_way(tmp_path, message, kwargs):
    sgd_run(tmp_path / "run.pt", 2, schedule=8)
    refused(tmp_path / "run.pt", message, epochs=5, **kwargs)
    sgd_run(tmp_path / "run.pt", 4, schedule=8)


def test_a_run_of_another_seed_goes_on_if_its_weights_are_loaded(tmp_path):
    path = tmp_path / "run.pt"
    whole, _, _ = sgd_run(tmp_path / "whole.pt", 4)
    sgd_run(path, 2)
    torch.manual_seed(7)
    model = torch.nn.Linear(3, 1)
    model.load_state_dict(torch.load(path)["model"])
    x = torch.tensor(np.random.default_rng(0).normal(size=(12, 3)), dtype=torch.float32)
    batches = [(part, part.sum(1, keepdim=True)) for part in (x[:8], x[8:])]
    sgd = torch.optim.SGD(model.parameters(), 0.1)
    fit(model, torch.nn.MSELoss(), sgd, batches, epochs=4, checkpoint=path)
    assert torch.equal(model.weight, whole.weight)


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.7, 0.99, 0.9999])
def test_a_cut_file_is_refused_with_its_name(tmp_path, share):
    path = tmp_path / "run.pt"
    sgd_run(path, 2)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    refused(path, "run.pt cannot be read, it is cut off")


@pytest.mark.parametrize(
    ("message", "content"),
    [
        ("holds weights alone", torch.nn.Linear(3, 1).state_dict()),
        ("was not written by fit", {"epoch": 3}),
        ("was not written by fit", torch.ones(3)),
    ],
)
def test_another_file_is_refused(tmp_path, message, content):
    torch.save(content, tmp_path / "run.pt")
    refused(tmp_path / "run.pt", message)


def test_where_nothing_can_be_written_is_said_first(tmp_path):
    refused(tmp_path / "none" / "run.pt", "run.pt cannot be written: No such file")


# ---- batches


def test_a_generator_is_refused():
    batches = ((torch.ones(2, 3), torch.ones(2, 1)) for _ in range(3))
    with pytest.raises(ValueError, match="train_batches: .*generator, which is used"):
        sgd_run(None, 2, batches=batches)
    with pytest.raises(ValueError, match="val_batches: .*used up"):
        sgd_run(None, 2, val=iter(worse()))


def test_a_plateau_is_refused():
    model, optimizer, _, loader = make()
    waits = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
    with pytest.raises(ValueError, match="ReduceLROnPlateau"):
        fit(model, torch.nn.MSELoss(), optimizer, loader, epochs=1, scheduler=waits)


def test_nan_is_named_where_it_is():
    x, y = torch.ones(4, 3), torch.ones(4, 1)
    bad = x.clone()
    bad[2, 1] = torch.nan
    cases = [
        ({"batches": [(x, y), (bad, y)]}, "train_batches: batch 1 has NaN .* in its x"),
        ({"batches": [(x, y * torch.inf)]}, "train_batches: batch 0 .* in its y"),
        ({"val": [(bad, y)]}, "val_batches: batch 0 has NaN or infinity in its x"),
        ({"rate": 1e30}, "the loss is .*, of finite data; lower the rate"),
    ]
    for kwargs, message in cases:
        with pytest.raises(FloatingPointError, match=message):
            sgd_run(None, 5, **kwargs)
    with pytest.raises(ValueError, match="batch 0: expected examples, got an empty x"):
        sgd_run(None, 1, batches=[(x[:0], y[:0])])


def test_a_validation_loss_that_is_nan_stops_and_keeps_nothing():
    loss = torch.nn.MSELoss()
    model, optimizer, _, loader = make(drop=0.0)

    def broken(prediction, y):
        return loss(prediction, y) * (1 if model.training else float("nan"))

    with pytest.raises(FloatingPointError, match="val_batches: batch 0: the loss"):
        fit(model, broken, optimizer, loader, loader, epochs=2, progress=False)


class Tagger(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.head = torch.nn.Linear(3, 4)
        self.saw = []

    def forward(self, given):
        x, lengths = given
        self.saw.append((torch.is_inference_mode_enabled(), self.training))
        return self.head(x).transpose(1, 2)  # (B, K, T)


def test_a_batch_weighs_as_much_as_it_has_targets():
    """Inputs are tuples here, and padding is ignored."""
    torch.manual_seed(0)
    model, loss = Tagger(), torch.nn.CrossEntropyLoss(ignore_index=-100)
    x, y = torch.randn(5, 6, 3), torch.randint(4, (5, 6))
    lengths = torch.tensor([6, 1, 2, 1, 1])
    y[torch.arange(6) >= lengths[:, None]] = -100
    whole = loss(model((x, lengths)), y).item()
    parts = [((x[a:b], lengths[a:b]), y[a:b]) for a, b in ((0, 1), (1, 5))]
    assert evaluate(model, loss, parts) == pytest.approx(whole, rel=1e-5)
    assert model.saw[-1] == (True, False) and model.training
    only_padding = [((x[:1], lengths[:1]), torch.full_like(y[:1], -100))]
    with pytest.raises(ValueError, match="batch 0: expected a target that counts"):
        evaluate(model, loss, only_padding)


def test_a_batch_of_any_form_goes_to_the_device():
    x = torch.ones(3, 2, 1)
    packed = torch.nn.utils.rnn.pack_sequence([x[0], x[1]])
    moved = _to(((x, [x]), {"a": packed}, 5), torch.device("meta"))
    (a, (b,)), held, five = moved
    assert {a.device.type, b.device.type, held["a"].data.device.type} == {"meta"}
    assert five == 5


def test_model_is_left_in_training_mode():
    model, *_ = run(2)
    assert model.training


def test_the_bar_shows_in_a_notebook(monkeypatch, capsys):
    class Shell:
        kernel = object()

    monkeypatch.setitem(
        sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: Shell())
    )
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    model, optimizer, _, loader = make()
    fit(model, torch.nn.MSELoss(), optimizer, loader, epochs=2)
    assert "epoch" in capsys.readouterr().out
    fit(model, torch.nn.MSELoss(), optimizer, loader, epochs=2, progress=False)
    assert capsys.readouterr().out == ""


# ---- refused before anything is changed

MSE = torch.nn.MSELoss()
SCHEDULES = torch.optim.lr_scheduler


def net(seed=0, hidden=4):
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Linear(3, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, 1)
    )


def pairs(n=12):
    x = torch.tensor(np.random.default_rng(0).normal(size=(n, 3)), dtype=torch.float32)
    y = x.sum(1, keepdim=True)
    return [(x[:8], y[:8]), (x[8:], y[8:])]


def adam(parameters, **options):
    return torch.optim.Adam(parameters, 0.01, **options)


def go(path=None, epochs=2, **kwargs):
    """Fit a small net; what is not given is as usual."""
    model = kwargs.pop("model", None) or net()
    optimizer = kwargs.pop("optimizer", adam)(model.parameters())
    schedule = kwargs.pop("schedule", None)
    scheduler = schedule(optimizer) if schedule else None
    batches, val = kwargs.pop("batches", pairs()), kwargs.pop("val", None)
    loss = kwargs.pop("loss", MSE)
    kwargs |= {"epochs": epochs, "checkpoint": path, "scheduler": scheduler}
    history = fit(model, loss, optimizer, batches, val, progress=False, **kwargs)
    return model, history, optimizer


def refuses(message, path=None, error=ValueError, **kwargs):
    """It is refused with these words, and the model is as it was."""
    model = kwargs.pop("model", None) or net()
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(error, match=message):
        go(path, model=model, **kwargs)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])


@pytest.mark.parametrize("value", [0, -1, 2.5, 2.0, True, "2", None])
def test_a_count_is_a_whole_number(value):
    refuses("^epochs: expected at least 1", epochs=value)
    if value is not None:
        refuses("^patience: expected at least 1", patience=value, val=pairs())


@pytest.mark.parametrize("value", [0, -1.0, math.nan, "1", True])
def test_a_norm_is_positive(value):
    refuses("^clip_norm: expected a positive number", clip_norm=value)


def test_a_class_or_an_exchange_is_named():
    sgd = torch.optim.SGD(net().parameters(), 0.1)
    for name, args in (
        ("model", (torch.nn.Linear, MSE, sgd)),
        ("loss_fn", (net(), torch.nn.MSELoss, sgd)),
        ("loss_fn", (net(), None, sgd)),
        ("optimizer", (net(), MSE, torch.optim.SGD)),
        ("loss_fn", (net(), sgd, MSE)),
    ):
        with pytest.raises(ValueError, match=f"^{name}: expected one that is made"):
            fit(*args, pairs(), epochs=1)


def frozen():
    model = net()
    return model.requires_grad_(False)


def test_an_optimizer_trains_this_model():
    other = net(1)
    for make_one in (
        lambda _: torch.optim.SGD(other.parameters(), 0.1),
        lambda p: torch.optim.SGD([q.detach().clone() for q in p], 0.1),
    ):
        refuses("^optimizer: expected a parameter of this model", optimizer=make_one)
    refuses("^optimizer: expected a parameter of this model", model=frozen())
    refuses("^optimizer: .* LBFGS", optimizer=torch.optim.LBFGS)
    part = net()
    part[0].requires_grad_(False)
    before = part[0].weight.clone()
    go(model=part, val=pairs())
    assert torch.equal(part[0].weight, before)


def test_a_model_has_finite_weights():
    for model in (torch.nn.Linear(3, 1, device="meta"), torch.nn.LazyLinear(1)):
        with pytest.raises(ValueError, match="^model: expected weights in memory"):
            go(model=model)
    model = net()
    model[0].weight.data[0, 0] = math.nan
    with pytest.raises(ValueError, match="^model: expected finite weights"):
        go(model=model)


def test_a_schedule_is_that_of_the_optimizer():
    model = net()
    a, b = adam(model.parameters()), adam(model.parameters())
    with pytest.raises(ValueError, match="^scheduler: expected that of this optimizer"):
        fit(model, MSE, a, pairs(), epochs=1, scheduler=SCHEDULES.StepLR(b, 1))
    cycle = SCHEDULES.OneCycleLR(a, 0.1, total_steps=6)
    fit(model, MSE, a, pairs(), epochs=2, scheduler=cycle, progress=False)
    with pytest.raises(ValueError, match="has 6 steps, .* are 4, after 4 before"):
        fit(model, MSE, a, pairs(), epochs=2, scheduler=cycle, progress=False)


@pytest.mark.parametrize(
    ("message", "loss"),
    [
        ("expected the mean over a batch", torch.nn.MSELoss(reduction="none")),
        ("expected the mean over a batch", torch.nn.MSELoss(reduction="sum")),
        ("expected a tensor with one number", lambda a, y: (a - y) ** 2),
        ("expected a tensor with one number", lambda a, y: 1.0),
        ("expected a tensor with one number", lambda a, y: (a - y).mean() + 1j),
        ("depends on the weights", lambda a, y: (a - y).detach().mean()),
    ],
)
def test_a_loss_is_a_mean_with_a_gradient(message, loss):
    refuses(f"^loss_fn: .*{message}", loss=loss)
    if "weights" not in message:
        with pytest.raises(ValueError, match=f"^loss_fn: .*{message}"):
            evaluate(net(), loss, pairs())


X, Y = pairs()[0]


@pytest.mark.parametrize(
    ("message", "batches"),
    [
        ("expected a pair .* got .*Tensor", DataLoader(X, 2)),
        ("expected a pair .* got .*dict", [{"x": X, "y": Y}]),
        ("expected a pair .* got 3 parts", [(X, Y, Y)]),
        ("expected a pair .* got .*Tensor", (X, Y)),
        ("expected y in a tensor, got .*list", [(X, Y.tolist())]),
        ("expected batches", 5),
        ("expected at least one batch", []),
        ("expected at least one", DataLoader(TensorDataset(X, Y), 9, drop_last=True)),
    ],
)
def test_batches_are_pairs(message, batches):
    refuses(f"^train_batches: .*{message}", batches=batches)
    with pytest.raises(ValueError, match=f"^val_batches: .*{message}"):
        go(val=batches)


def test_what_is_used_up_later_is_told_so():
    class Once:
        def __init__(self):
            self.batches = iter(pairs())

        def __iter__(self):
            return self.batches

    with pytest.raises(ValueError, match="^train_batches: .* used up"):
        go(batches=Once())


Pair = namedtuple("Pair", "x y")


def test_a_batch_may_be_of_a_class_of_its_own():
    class Batch:
        where = None

        def to(self, device):
            self.where = device
            return self

    both = Pair(*_to(Pair(X, Batch()), torch.device("meta")))
    assert both.x.is_meta and both.y.where.type == "meta"
    _, history, _ = go(batches=[Pair(*pair) for pair in pairs()])
    assert history.train == go()[1].train


def test_a_class_counts_with_its_weight():
    torch.manual_seed(0)
    model, x = torch.nn.Linear(3, 2), torch.randn(10, 3)
    y = torch.tensor([0] * 7 + [1] * 2 + [-1])
    loss = torch.nn.CrossEntropyLoss(torch.tensor([1.0, 5.0]), ignore_index=-1)
    parts = [(x[:7], y[:7]), (x[7:], y[7:])]
    whole = loss(model(x), y).item()
    mean = evaluate(model, loss, parts)
    assert mean == pytest.approx(whole, rel=1e-5) and type(mean) is float


def test_weights_that_became_nan_are_not_returned(tmp_path):
    def loss(a, y):  # a finite loss whose gradient is not
        return (a - a.detach()).abs().sum().sqrt()

    with pytest.raises(FloatingPointError, match="^train_batches: a weight is NaN"):
        go(tmp_path / "run.pt", 1, loss=loss, batches=pairs()[:1])
    assert not any(tmp_path.iterdir())


def test_modes_stay_as_they_were(tmp_path):
    parts = torch.nn.Linear(3, 3), torch.nn.BatchNorm1d(3), torch.nn.Linear(3, 1)
    model = torch.nn.Sequential(*parts)
    model[1].eval()
    evaluate(model, MSE, pairs())
    assert model.training and not model[1].training
    go(tmp_path / "run.pt")
    model = net().eval()
    go(tmp_path / "run.pt", model=model)  # nothing is left to do
    assert model.training


# ---- resuming with all that there is

EVERY_SCHEDULE = {
    "StepLR": lambda o: SCHEDULES.StepLR(o, 3),
    "MultiStepLR": lambda o: SCHEDULES.MultiStepLR(o, [2, 5]),
    "LambdaLR": lambda o: SCHEDULES.LambdaLR(o, lambda k: 0.9**k),
    "LambdaLR of NumPy": lambda o: SCHEDULES.LambdaLR(o, lambda k: np.exp(-k / 9)),
    "MultiplicativeLR": lambda o: SCHEDULES.MultiplicativeLR(o, lambda k: 0.9),
    "CosineAnnealingLR": lambda o: SCHEDULES.CosineAnnealingLR(o, 8),
    "WarmRestarts": lambda o: SCHEDULES.CosineAnnealingWarmRestarts(o, 3),
    "CyclicLR": lambda o: SCHEDULES.CyclicLR(o, 0.01, 0.1, 3, cycle_momentum=False),
    "OneCycleLR": lambda o: SCHEDULES.OneCycleLR(o, 0.1, total_steps=8),
    "SequentialLR": lambda o: SCHEDULES.SequentialLR(
        o, [SCHEDULES.LinearLR(o), SCHEDULES.ExponentialLR(o, 0.9)], [3]
    ),
    "ChainedScheduler": lambda o: SCHEDULES.ChainedScheduler(
        [SCHEDULES.LinearLR(o), SCHEDULES.ExponentialLR(o, 0.9)], optimizer=o
    ),
}
EVERY_OPTIMIZER = {
    "amsgrad": lambda p: adam(p, amsgrad=True),
    "momentum": lambda p: torch.optim.SGD(p, 0.01, momentum=0.9, nesterov=True),
    "groups": lambda p: torch.optim.RMSprop(
        [{"params": [q], "lr": 0.01 / n} for n, q in enumerate(p, 1)]
    ),
    "a rate of NumPy": lambda p: torch.optim.Adam(
        p, np.float64(0.01), weight_decay=np.float32(0.1)
    ),
    "a rate in a tensor": lambda p: torch.optim.Adam(p, torch.tensor(0.01)),
}
RUNS = [{"schedule": s} for s in EVERY_SCHEDULE.values()]
RUNS += [{"optimizer": o} for o in EVERY_OPTIMIZER.values()]


@pytest.mark.parametrize("kwargs", RUNS, ids=[*EVERY_SCHEDULE, *EVERY_OPTIMIZER])
def test_every_kind_of_run_goes_on_as_if_uninterrupted(tmp_path, kwargs):
    whole, history, _ = go(None, 4, val=pairs(), **kwargs)
    go(tmp_path / "run.pt", 2, val=pairs(), **kwargs)
    again, resumed, _ = go(tmp_path / "run.pt", 4, val=pairs(), **kwargs)
    assert resumed.train == history.train and resumed.val == history.val
    for a, b in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("kind", EVERY_SCHEDULE)
def test_a_cell_may_be_run_again(tmp_path, kind):
    """The model, which has its best weights then, and the rest are not made anew."""
    model = net()
    optimizer = adam(model.parameters())
    scheduler = EVERY_SCHEDULE[kind](optimizer)
    worse = [(x, -y) for x, y in pairs()]
    for epochs in (3, 4):
        history = fit(
            *(model, MSE, optimizer, pairs(), worse),
            epochs=epochs,
            scheduler=scheduler,
            checkpoint=tmp_path / "run.pt",
            progress=False,
        )
        assert len(history.train) == epochs
    assert history.train == go(None, 4, schedule=EVERY_SCHEDULE[kind])[1].train


@pytest.mark.parametrize(
    ("message", "before", "after"),
    [
        ("amsgrad of group 0 was False there and is True", adam, {"amsgrad": True}),
        ("weight_decay of group 0 was 0", adam, {"weight_decay": 1.0}),
        ("betas of group 0", adam, {"betas": (0.5, 0.9)}),
    ],
)
def test_an_optimizer_is_not_changed_on_the_way(tmp_path, message, before, after):
    path = tmp_path / "run.pt"
    go(path, optimizer=before)
    changed = {"optimizer": lambda p: adam(p, **after), "epochs": 4}
    refuses(f"^optimizer: .*{message}", path, **changed)
    backwards = {"optimizer": lambda p: adam(list(p)[::-1]), "epochs": 4}
    refuses("parameter 0 of group 0 was 0.weight", path, **backwards)


def test_a_decay_is_not_changed_under_a_schedule(tmp_path):
    schedule = EVERY_SCHEDULE["StepLR"]
    go(tmp_path / "run.pt", schedule=schedule)
    decays = {"optimizer": lambda p: adam(p, weight_decay=1.0), "schedule": schedule}
    refuses("^optimizer: .*weight_decay", tmp_path / "run.pt", epochs=4, **decays)


def test_a_function_in_a_schedule_is_not_changed_on_the_way(tmp_path):
    def falling(total):
        return lambda o: SCHEDULES.LambdaLR(o, lambda k: 1 - k / total)

    go(tmp_path / "run.pt", schedule=falling(4))
    refuses("^scheduler: ", tmp_path / "run.pt", epochs=4, schedule=falling(8))


def test_what_cannot_be_loaded_again_is_refused_at_once(tmp_path):
    class Factor:
        def __init__(self):
            self.table = np.ones(9)  # no tensor, and no number

        def __call__(self, step):
            return self.table[0]

    told = "^scheduler: expected a state of tensors.* in its lr_lambdas"
    made = {"schedule": lambda o: SCHEDULES.LambdaLR(o, Factor())}
    refuses(told, tmp_path / "run.pt", **made)
    go(**made)


def test_a_model_may_keep_more_than_tensors(tmp_path):
    class More(torch.nn.Linear):
        def get_extra_state(self):
            return {"steps": 1}

        def set_extra_state(self, state):
            pass

    for epochs in (2, 4):
        torch.manual_seed(0)
        _, history, _ = go(tmp_path / "run.pt", epochs, model=More(3, 1), val=pairs())
    assert len(history.train) == 4


def test_a_model_may_keep_an_infinite_mask(tmp_path):
    for epochs in (2, 4):
        torch.manual_seed(0)
        model = torch.nn.Linear(3, 1)
        model.register_buffer("mask", torch.tensor([0.0, -math.inf, math.nan]))
        model.register_buffer("none", torch.zeros(0, dtype=torch.bool))
        _, history, _ = go(tmp_path / "run.pt", epochs, model=model)
    assert len(history.train) == 4


def test_small_weights_of_another_seed_are_others(tmp_path):
    def tiny(seed):
        model = net(seed)
        for p in model.parameters():
            p.data *= 1e-6
        return model

    go(tmp_path / "run.pt", model=tiny(0))
    go(tmp_path / "run.pt", 3, model=tiny(0))
    refuses("began from other", tmp_path / "run.pt", epochs=4, model=tiny(1))


@pytest.mark.parametrize("path", ["", True, 3, "a\0b", b"run.pt"])
def test_a_path_that_is_none_is_refused(path):
    refuses("^checkpoint: ", path)


def test_a_folder_is_no_file(tmp_path):
    refuses("cannot be written: it is a folder$", tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"hello\n",
        b"a,b\n1,2\n",
        b"}u.",
        b"(",
        bytes(999),
        "\u00e4".encode("utf-16"),
    ],
)
def test_a_file_of_any_kind_is_refused(tmp_path, content):
    (tmp_path / "run.pt").write_bytes(content)
    refuses("^checkpoint: .*run.pt cannot be read", tmp_path / "run.pt")


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("model", None),
        ("model", {}),
        ("optimizer", {}),
        ("optimizer", None),
        ("history", {"train": [1.0]}),
        ("history", {"train": [1.0], "val": [], "seconds": 0.0, "loss": []}),
        ("rng", torch.ones(3)),
        ("best", 3),
        ("start", {}),
        ("made_with", {}),
    ],
)
def test_a_file_with_another_part_changes_nothing(tmp_path, part, content):
    path = tmp_path / "run.pt"
    go(path)
    torch.save(torch.load(path) | {part: content}, path)
    model = net()
    optimizer = adam(model.parameters())
    before = copy.deepcopy(optimizer.state_dict())
    refuses(
        "^(checkpoint|optimizer): ", path, model=model, optimizer=lambda p: optimizer
    )
    assert optimizer.state_dict() == before


def test_a_damaged_file_is_refused_or_read(tmp_path):
    path = tmp_path / "run.pt"
    go(path)
    whole = path.read_bytes()
    for k in range(0, len(whole), 211):
        path.write_bytes(whole[:k] + bytes([whole[k] ^ 255]) + whole[k + 1 :])
        try:
            go(path)
        except ValueError as error:
            assert str(error).startswith(("checkpoint: ", "optimizer: "))


def test_mean_band_draws_mean_and_range():
    _, ax = plt.subplots()
    runs = np.array([[0.0, 2.0], [2.0, 4.0]])
    line = plots.mean_band(ax, [0, 1], runs, "a")
    assert np.array_equal(line.get_ydata(), [1, 3])
    corners = ax.collections[0].get_paths()[0].vertices
    assert corners[:, 1].min() == 0 and corners[:, 1].max() == 4
    with pytest.raises(ValueError, match="runs"):
        plots.mean_band(ax, [0, 1], runs[0], "a")
    plt.close("all")


def test_text_values_draw_each_letter_and_the_sign_twice():
    _, ax = plt.subplots()
    plots.text_values(ax, ["a b", "c"], [[1, 0, -0.5], [0.25]])
    drawn = {t.get_position(): t.get_text() for t in ax.texts}
    assert drawn == {(0.5, 0): "a", (2.5, 0): "b", (0.5, 1): "c"}
    first, second = ax.images
    assert first.get_extent() == [0, 3, 0.25, -0.25]
    assert np.allclose(first.get_alpha(), [[0.5, 0, 0.25]])
    assert np.allclose(second.get_array(), [[0.25]])
    strips = [p.get_data() for p in ax.patches]
    up, down = (s.baseline - s.values for s in strips[:2])
    assert np.allclose(up, [0.2, np.nan, np.nan], equal_nan=True)
    assert np.allclose(down, [np.nan, np.nan, -0.1], equal_nan=True)
    with pytest.raises(ValueError, match="line 1: 1 characters"):
        plots.text_values(ax, ["a", "c"], [[1], [1, 1]])
    plt.close("all")
