"""The PyTorch loop (early stopping, checkpoint, resume) and the house style."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from rnnbook import plots
from rnnbook.training import evaluate, fit

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
