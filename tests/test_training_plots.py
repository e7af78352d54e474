"""The PyTorch loop (early stopping, checkpoint, resume) and the house style."""

import sys
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
