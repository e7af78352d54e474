"""What does the tutorial gain by a scaler that has seen the prices of the test part?

The network of the tutorials, on price levels, is judged in the rising year before the
end of the series: its scaler knows the training part, or the whole series. Used by
``23-stock-prediction``.
"""

from functools import partial

import torch
from sklearn.metrics import mean_absolute_error
from sklearn.preprocessing import MinMaxScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from rnnbook import training
from rnnbook.data import chronological_split, load_prices, windows_by_target

GRID = [{"scaler": "the past"}, {"scaler": "everything"}]
SEEDS = range(10)
TOLERANCE = {"mae": 1.5}  # dollars

fit = partial(training.fit, progress=False)


class Forecaster(nn.Module):
    """A recurrent layer over (B, T) or (B, T, D), a head on its last output."""

    def __init__(self, cell=nn.LSTM, hidden=32, horizon=1, inputs=1):
        super().__init__()
        self.rnn = cell(inputs, hidden, batch_first=True)
        self.head = nn.Linear(hidden, horizon)

    def forward(self, x):
        x = x if x.ndim == 3 else x[..., None]  # (B, T, D)
        outputs, _ = self.rnn(x)  # (B, T, H)
        return self.head(outputs[:, -1])  # (B, horizon)


def batches(x, y, shuffle=False):
    x, y = (torch.tensor(a, dtype=torch.float32) for a in (x, y))
    return DataLoader(TensorDataset(x, y), batch_size=64, shuffle=shuffle)


def predict(model, x):
    """Outputs for an array of windows (M, T): an array (M, horizon)."""
    model.eval()
    x = torch.tensor(x, dtype=torch.float32)
    with torch.inference_mode():
        return model(x.to(next(model.parameters()).device)).cpu().numpy()


def tutorial_error(price, known, seed):
    """MAE of the tutorial's network in the year after 60 %, in dollars."""
    split = chronological_split(price, (0.6, 0.2, 0.2))[:2]
    scale = MinMaxScaler().fit(known[:, None])
    scaled = scale.transform(price[:, None])[:, 0]
    first, then = windows_by_target(scaled, 30, split)
    torch.manual_seed(seed)
    model = Forecaster()
    adam = torch.optim.Adam(model.parameters(), lr=1e-2)
    loader = batches(first.x, first.y, shuffle=True)
    fit(model, nn.MSELoss(), adam, loader, epochs=40)
    forecast = scale.inverse_transform(predict(model, then.x))[:, 0]
    return mean_absolute_error(price[then.t], forecast)


def run(setting, seed):
    price = load_prices().price
    past = price[: chronological_split(price, (0.6, 0.2, 0.2))[0].stop]
    known = past if setting["scaler"] == "the past" else price
    return {"mae": tutorial_error(price, known, seed)}
