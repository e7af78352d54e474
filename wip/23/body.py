md('000',r'''
# Stock price prediction with an LSTM and a GRU in PyTorch

Can an LSTM predict a share price? Search for *LSTM stock prediction* and you find many notebooks that end in the same picture: two curves, the price and the {term}`forecast <baseline>`, lying on top of each other. Why, then, does nobody who runs such a notebook get rich?

This chapter first builds that notebook and admires the picture. Then it takes the picture apart, builds an honest version, and reports what comes out. At the end you can run it on prices of your own, save the trained network, and ask it for the next day. Nothing here is advice to buy or sell anything.

:::{admonition} What you will be able to do
- Expose a forecast that is yesterday's price in disguise, with one picture and one table.
- Train an LSTM and a GRU on returns in PyTorch without leaks: split, scaler, windows, early stopping.
- Compare them with simple forecasts, with intervals over days as well as over seeds.
- Say how strong a signal would have to be for your test to see it.
- Forecast the next day of your own prices, with an interval, from one saved file.
:::

:::{admonition} Before you start
You should have read {doc}`01-sequences` (windows, splits, baselines) and {doc}`11-lstm`, and have seen a PyTorch module. About 45 minutes to read without the exercises; less than a minute to run.
:::
'''.replace('{term}`forecast <baseline>`','forecast'))
code('001','''
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from IPython.display import Markdown
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from rnnbook import evidence, plots
from rnnbook.data import chronological_split, load_prices, windows_by_target
from rnnbook.training import fit

plots.use_style()
torch.set_num_threads(1)  # small networks run fastest on one core
device = "cuda" if torch.cuda.is_available() else "cpu"
''',['own-data'])
md('n01','''
The prices are those of one share, on 1,047 trading days. Put the name of a file into the brackets, `load_prices("my.csv")`, and the whole page runs on your own.
''')
code('n02','''
prices = load_prices()
price = prices.price
print(prices.name, price.shape, prices.dates[0], "to", prices.dates[-1])
''')
code('ev0','''
google = np.array_equal(price, load_prices().price)
Markdown(
    "These are the prices that the text describes."
    if google
    else "**These are other prices than those that the text describes.** What "
    "is trained live is yours; what is called *stored* is about the text's."
)
''',['remove-cell'])
md('002','''
## The picture that everyone draws

Squeeze the prices into the range from 0 to 1. Cut {term}`windows <window>` of 30 days. Let an LSTM read each window, and let a linear layer turn its last output into the next price. Train on the first 80 % of the windows, and draw the rest.
''')
code('003','''
from rnnbook.data import windows

scaler = MinMaxScaler()
scaled = scaler.fit_transform(price[:, None])[:, 0]
x, y = windows(scaled, length=30)
cut = int(0.8 * len(x))
x.shape, y.shape, cut
''')
md('004','''
The network stands here whole. The cell, the number of inputs and the number of outputs are arguments, because the same class serves to the end of the chapter: `nn.LSTM` and `nn.GRU` take each other's place. It gets a batch of windows $(B, T)$ and returns one forecast for each.
''')
code('005','''
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


Forecaster()(torch.zeros(5, 30)).shape
''',['own-data']+listing(['Forecaster'],*ALL))
md('006','''
PyTorch starts the biases of all {term}`gates <gate>` near 0, so the {term}`forget gate` starts about half open, without the {term}`forget bias <forget-gate bias>` of 1 that {doc}`11-lstm` argues for. Most programs leave it so, and so do we; an exercise measures whether it matters here.

Two functions serve every network of this page. `batches` turns arrays into a `DataLoader`. `predict` runs a trained network on an array, and does three things that are easily forgotten. It calls `model.eval()`, because `fit` leaves a model in training mode, and dropout, if the model had any, would make every forecast random. It computes under `torch.inference_mode()`, because nobody needs gradients here. And it brings the windows to the device on which the model lives, and the answer back.
''')
code('n03','''
def batches(x, y, shuffle=False):
    x, y = (torch.tensor(a, dtype=torch.float32) for a in (x, y))
    return DataLoader(TensorDataset(x, y), batch_size=64, shuffle=shuffle)


def predict(model, x):
    """Outputs for an array of windows (M, T): an array (M, horizon)."""
    model.eval()
    x = torch.tensor(x, dtype=torch.float32)
    with torch.inference_mode():
        return model(x.to(next(model.parameters()).device)).cpu().numpy()
''',['own-data']+listing(['batches','predict'],*ALL))
code('007','''
torch.manual_seed(0)
classic = Forecaster().to(device)
adam = torch.optim.Adam(classic.parameters(), lr=1e-2)
train_batches = batches(x[:cut], y[:cut], shuffle=True)
fit(classic, nn.MSELoss(), adam, train_batches, epochs=40)


def dollars(z):
    return scaler.inverse_transform(z)[:, 0]


forecast = dollars(predict(classic, x[cut:]))
true, yesterday = dollars(y[cut:]), dollars(x[cut:, -1:])
forecast.shape
''')
md('008','''
Back in dollars, the left panel is the picture that everyone draws.
''')
code('009','''
fig, (left, right) = plt.subplots(1, 2, figsize=(7.4, 2.9), sharey=True)
few = slice(max(0, len(true) - 75), max(0, len(true) - 75) + 30)
left.plot(true, color="black", label="price")
left.plot(forecast, color=plots.COLORS[1], ls="--", label="LSTM")
right.plot(true[few], "k-o", ms=3)
right.plot(forecast[few], color=plots.COLORS[1], ls="--")
right.plot(yesterday[few], color=plots.COLORS[0], label="yesterday's price")
left.set(xlabel="day of the test part", ylabel="US dollars")
right.set(xlabel="thirty of these days")
fig.legend(loc="outside upper center", ncols=3)
plt.show()
''',['hide-input','gallery-figure'],"Two panels. Left, the price in the test part as a black line, which falls, rises and falls again, and the LSTM's forecast as an orange dashed line that follows it closely everywhere. Right, thirty of these days with a third line, yesterday's price: it is the price shifted by one day to the right, and the forecast runs along with it, falling only after the price has fallen.")
md('010','''
The forecast seems to find every rise and every fall. Most such notebooks end here. Before you read on: write down one experiment that could show the left panel to be worthless.

## Three questions

### What would yesterday's price score?

The right panel looks closer and adds a line, simply the price of the day before. The price falls, and then the forecast falls. Nothing is foreseen. The scores agree:
''')
code('013','''
from sklearn.metrics import r2_score

rivals = {"LSTM": forecast, "yesterday's price": yesterday}
maes = {name: np.abs(f - true).mean() for name, f in rivals.items()}
r2s = {name: r2_score(true, f) for name, f in rivals.items()}
pd.DataFrame({"MAE, dollars": maes, "R²": r2s}).round(3)
''')
md('014','''
The line that needs no training has the smaller error and the larger $R^2$. $R^2$ compares with *the mean of the test prices*, and anything that stays near a wandering price beats that mean by far. On levels, a high $R^2$ is what no knowledge at all scores.

### Which day does the forecast resemble?

Correlate the forecast with the price of the same day, and with the price of the day before. And since a trader earns the *change*, correlate the change that was forecast with the change that came.

Was the network above one unlucky seed? This page has two kinds of numbers. What is *trained live* is one network with one seed. What is *stored* was trained beforehand, with more seeds, by a program in the folder `experiments`. The next row comes from `stock_prediction_picture`, and `make evidence NAME=stock_prediction_picture` repeats it. `ratio` is the error over that of yesterday's price, the next three numbers are the correlations.
''')
code('ev2','''
forms = dict.fromkeys(("ratio", "same_day", "day_before", "change"), ".3f")
evidence.table("stock_prediction_picture", forms, by="network")
''')
md('017','''
All seeds tell the same. The error is larger than that of yesterday's price. The forecast resembles yesterday's price more than the price it was made for, and of the change it knows next to nothing. Correlations near 1 look alike, and small differences between them are the whole story; that is how the picture deceives.

Minimising the squared error led the network to repeat its last inputs, smoothed. That is no fault of the LSTM: where the next step cannot be foreseen, the {term}`last value <naive forecast>` *is* the best forecast, as the {term}`random walk` of {doc}`01-sequences` showed.

### Does the scaler know the future?

`MinMaxScaler` was fitted on all prices, the test part included. Here this {term}`leak <data leakage>` changes no number, because by luck the lowest and the highest price both lie before the test part. Luck is not a method. The experiment `stock_prediction_scaler` judges the same network a year earlier, while the price rises, once with a scaler that knows the past only, and once with one that knows everything:
''')
code('020','''
evidence.table("stock_prediction_scaler", {"mae": ".1f"}, by="scaler")
''')
code('ev9','''
# What this page says, on this run: compared by the tests, and no error with
# other data.
stored = evidence.load("stock_prediction_picture")
scales = evidence.load("stock_prediction_scaler")
scales = scales.pivot(index="seed", columns="scaler", values="mae")
smaller = scales["everything"] < scales["the past"]
mae_classic, mae_yesterday = maes.values()
pairs = (true, forecast), (yesterday, forecast)
pairs += ((true - yesterday, forecast - yesterday),)
same_day, day_before, change = (np.corrcoef(*p)[0, 1] for p in pairs)
known = price[: 30 + cut]
{
    "yesterday's price wins": bool(mae_classic > 1.05 * mae_yesterday),
    "from every stored start": bool(stored["ratio"].min() > 1.05),
    "the forecast resembles yesterday": bool(day_before > same_day + 0.005),
    "in every stored run": bool(
        (stored["day_before"] > stored["same_day"] + 0.005).all()
    ),
    "and knows little of the change": bool(abs(change) < 0.3),
    "in no stored run more": bool(stored["change"].abs().max() < 0.3),
    "the extremes lie before the test part": bool(
        known.min() == price.min() and known.max() == price.max()
    ),
    "the leak lowers the error, with every seed": bool(smaller.all()),
    "the live run lies in its band": bool(
        not google
        or mae_classic
        in evidence.band("stock_prediction_picture", "mae", network="LSTM")
    ),
}
''',['remove-cell','nbval-check-output'])
md('022',r'''
With every seed the knowing scaler has the smaller error. How high the price will climb is exactly what nobody knew. Three questions, and nothing is left of the picture. What remains is to ask properly.

## An honest set-up

Four changes, each against one of the faults.

**Returns instead of prices.** The network is asked for what is not already known, the change. With log returns

$$
r_t = \ln p_t - \ln p_{t-1}
$$ (eq-stock-return)

a forecast $\hat r_t$ gives the price

$$
\hat p_t = p_{t-1} \, e^{\hat r_t} ,
$$ (eq-stock-price)

and $\hat r_t = 0$ is "yesterday's price". To repeat the last input is no longer a good strategy, because the last return is not the next one. The trick is used up.

**Split in the order of time**, into three parts: fit, choose, judge. **A scaler that has seen the training part only.** And **windows by their target**: a window belongs to the part in which the day lies that it is to forecast. To shuffle windows *within* the training part is fine, since the order that matters lies inside each window. To shuffle *before the split* is a leak ({doc}`01-sequences` measured it).
''')
code('023','''
SPLIT = (0.6, 0.2, 0.2)


def prepare(series, length=20, horizon=1):
    """A scaler fitted on the training part; windows of the three parts."""
    split = chronological_split(series, SPLIT)
    scaler = StandardScaler().fit(series[split[0], None])
    scaled = scaler.transform(series[:, None])[:, 0]
    return scaler, windows_by_target(scaled, length, split, horizon)


r = np.diff(np.log(price))  # eq-stock-return; r[t] leads to price[t + 1]
scaler, parts = prepare(r)
[part.x.shape for part in parts]
''',listing(['prepare'],*RET,'keras'))
md('024','''
Look at the data before you model them. The labels give the mean return of a day and its standard deviation.
''')
code('025','''
fig, (top, low) = plt.subplots(2, sharex=True, figsize=(7, 3.6))
top.plot(prices.dates, price, color="black", lw=1)
low.plot(prices.dates[1:], r, color="black", lw=0.6)
names = "training", "validation", "test"
for part, name, color in zip(parts, names, plots.COLORS):
    days = prices.dates[part.t + 1]
    for ax in (top, low):
        ax.axvspan(days[0], days[-1], color=color, alpha=0.12, lw=0)
    label = f"{name}\\n{r[part.t].mean():+.2%} ± {r[part.t].std():.1%}"
    top.text(days[len(days) // 2], 1.15 * price.max(), label, ha="center")
top.set(ylabel="US dollars", ylim=(0, 1.5 * price.max()))
low.set(ylabel="log return")
plt.show()
''',['hide-input'],'Two panels over four years, divided into training, validation and test part, each with the mean and the standard deviation of its returns. Above, the price: it rises through training and validation and falls by about half in the test part. Below, the daily log returns around zero: calm in the validation part, wild in the test part, most of all at its end.')
md('027','''
The three parts are three different worlds. The share rises in the first two and falls in the last, and the last is about twice as restless as the second. Keep both facts in mind; they explain most of what follows.

## Train, and watch the validation loss

The loop is that of the course, `rnnbook.training.fit`. It stops after ten epochs without a better validation loss, and leaves the model with the weights of the best epoch. The seed fixes the initialisation and the order of the batches.
''')
code('028','''
def train(
    parts, seed, cell=nn.LSTM, lr=3e-3, epochs=60, patience=10, device="cpu"
):
    """Fit on the first part, stop early by the second."""
    first, val = parts[:2]
    torch.manual_seed(seed)
    model = Forecaster(cell, horizon=first.y.shape[1]).to(device)
    adam = torch.optim.Adam(model.parameters(), lr=lr)
    loaders = batches(first.x, first.y, shuffle=True), batches(val.x, val.y)
    history = fit(
        model, nn.MSELoss(), adam, *loaders, epochs=epochs, patience=patience
    )
    return model, history
''',['own-data']+listing(['train'],*RET))
md('n04','''
Train twice, live: once as it should be, and once with a larger rate and without stopping, to see the {term}`overfitting` that early stopping prevents. The dotted line is a forecast without any network, the mean return of the training part.
'''.replace('{term}`overfitting`','overfitting'))
code('n05','''
lstm, early = train(parts, seed=0, device=device)
_, never = train(parts, 0, lr=1e-2, epochs=120, patience=None, device=device)
mean_loss = (parts[1].y ** 2).mean()  # scaled: the training mean is 0
''')
code('029','''
fig, ax = plt.subplots(figsize=(7, 2.6))
for run, name, color in zip((early, never), ("early", "never"), plots.COLORS):
    ax.plot(run.val, "-", color=color, label=f"validation, stopped {name}")
    ax.plot(run.train, color=color, ls="--", label=f"training, {name}")
ax.axhline(mean_loss, color="black", ls=":", label="mean return, validation")
ax.set(xlabel="epoch", ylabel="mean squared error", ylim=(0, None))
ax.legend(fontsize=8)
plt.show()
''',['hide-input'],'Mean squared error over epochs. The run that is stopped early ends after some fifteen epochs; its validation loss is flat and never leaves the dotted line of the mean return. In the run that is not stopped the training loss falls nearly to zero, while the validation loss climbs to about twice the dotted line.')
md('ev10','''
Stopped early, the LSTM stays at the dotted line: it does about as well as a constant. Not stopped, it learns the training part by heart, and the validation loss pays for it. Stored, with more seeds (`stock_prediction_stopping`): `train_end` is the training loss after the last epoch. `val_gain` is how far the best epoch lies below the dotted line, and that epoch was *chosen* on these very days. `val_end` is the last validation loss over the line. `skill` is explained below; above zero would be a success on the test part.
''')
code('ev11','''
forms = {"train_end": ".2f", "val_gain": ".1%", "val_end": ".2f"}
forms |= {"skill": "+.1%"}
evidence.table("stock_prediction_stopping", forms, by="stopping")
''')
code('ev14','''
# What this page says, on this run: compared by the tests, and no error with
# other data.
both = evidence.load("stock_prediction_stopping").groupby("stopping")
gentle, greedy = both.get_group("early"), both.get_group("never")
val_end = never.val[-1] / mean_loss
{
    "the LSTM stays near the line": bool(
        abs(1 - min(early.val) / mean_loss) < 0.03
    ),
    "from every stored start": bool(gentle["val_gain"].abs().max() < 0.03),
    "the past is learned by heart": bool(never.train[-1] < 0.3),
    "every time": bool(greedy["train_end"].max() < 0.3),
    "the validation loss pays for it": bool(val_end > 1.3),
    "each time": bool(greedy["val_end"].min() > 1.3),
    "the test part gains nothing": bool(greedy["skill"].max() < 0),
    "the live run lies in its band": bool(
        not google
        or val_end
        in evidence.band(
            "stock_prediction_stopping", "val_end", stopping="never"
        )
    ),
}
''',['remove-cell','nbval-check-output'])
md('031','''
A loss curve without the dotted line would hide all this. Draw the {term}`baseline` into every training plot.

## One table for everybody

The rivals need no network. *Always up* says that tomorrow's price is today's and up by nothing that counts; so its price forecast is the last value, and its direction is up on every day. The *mean return* of the training part is a constant. And a {term}`linear autoregression <autoregression>` reads the same 20 returns as the network. The network uses the validation part to stop, so the linear model may use it to choose the penalty of its ridge regression.
''')
code('032','''
from sklearn.linear_model import Ridge


def linear(train, val):
    """The ridge autoregression with the lowest validation error."""
    fits = [Ridge(10.0**k).fit(train.x, train.y[:, 0]) for k in range(5)]
    return min(
        fits, key=lambda f: np.mean((val.y[:, 0] - f.predict(val.x)) ** 2)
    )


def simple_forecasts(scaler, parts):
    """Log returns (M,) forecast for the test part, without a network."""
    days, (mean,), (scale,) = len(parts[2].t), scaler.mean_, scaler.scale_
    return {
        "always up": np.full(days, 1e-20),  # as a price: the last value
        "mean return": np.full(days, mean),
        "linear AR": linear(*parts[:2]).predict(parts[2].x) * scale + mean,
    }


f"penalty chosen: {linear(*parts[:2]).alpha:,.0f}"
''',listing(['linear'],'power'))
md('033','''
The validation part wants the heaviest penalty on offer, which presses all weights towards zero. The linear model forecasts almost the mean return: its way of saying that it found nothing.

Each forecast is judged by its mean absolute error in dollars, and by its {term}`skill`, the share of the last value's error that it removes. For traders there is also the direction: on how many days did the forecast "up" or "down" come true?

### Two kinds of luck

Another seed gives another network, and so another skill. That is the luck of the training, and several seeds measure it. But all seeds judge *the same* test days, and other days would have given another skill, too. That is the luck of the days, and no number of seeds measures it.

The bootstrap does. It draws the test days again, with replacement, a thousand times, and looks how the skill varies. Days in a row belong together, since restless days follow restless days; so we draw blocks of 20 days rather than single ones {cite:p}`kunsch1989`. What lies between the lowest 2.5 in 100 of the results and the highest is a {term}`confidence interval` of 95 %.
''')
code('n06','''
def gain(error, naive, axis=None):
    """The share of the last value's mean error that a forecast removes."""
    return 1 - error.mean(axis) / naive.mean(axis)


def block_interval(statistic, *daily, block=20, draws=1000):
    """95 % interval of a statistic of days, drawn again in blocks of days."""
    n, rng = len(daily[0]), np.random.default_rng(0)
    block = min(block, n)
    first = rng.integers(0, n - block + 1, (draws, -(-n // block)))
    days = (first[..., None] + np.arange(block)).reshape(draws, -1)[:, :n]
    found = statistic(*(values[days] for values in daily), axis=1)
    return np.quantile(found, (0.025, 0.975))
''',listing(['gain','block_interval'],*'skill power refit horizon inputs'.split())+listing(['block_interval'],'interval'))
md('n07','''
`ahead` compares the directions day by day with "always up". It is 1 on a day when the forecast is right and "always up" is wrong, $-1$ on a day when it is the other way round, and 0 when both are right or both wrong.
''')
code('036','''
def score(price, t, log_return):
    """Scores of a forecast of price[t + 1], made on day t."""
    today, tomorrow = price[t], price[t + 1]
    error = np.abs(today * np.exp(log_return) - tomorrow)  # eq-stock-price
    naive, up = np.abs(tomorrow - today), tomorrow > today
    right = (log_return > 0) == up
    ahead = right * 1.0 - up  # 1: right, where always up is wrong
    low, high = block_interval(gain, error, naive)
    ahead_low, ahead_high = block_interval(np.mean, ahead)
    return {
        "MAE": error.mean(),
        "skill": gain(error, naive),
        "low": low,
        "high": high,
        "right": right.mean(),
        "ahead": ahead.mean(),
        "ahead_low": ahead_low,
        "ahead_high": ahead_high,
    }
''',listing(['score'],'skill','power'))
md('037','''
The contest takes a price series and nothing else, so that later it can be run on another file.
''')
code('038','''
def in_returns(model, scaler, x):
    """Forecasts of the next log return, for scaled windows (M, T)."""
    return predict(model, x)[:, 0] * scaler.scale_[0] + scaler.mean_[0]


def compare(price, seeds=(0,), device="cpu"):
    """{name: [scores of a run, ...]}; a network has one run for each seed."""
    scaler, parts = prepare(np.diff(np.log(price)))
    t, table = parts[2].t, {}
    for name, f in simple_forecasts(scaler, parts).items():
        table[name] = [score(price, t, f)]
    for name, cell in (("LSTM", nn.LSTM), ("GRU", nn.GRU)):
        models = [train(parts, s, cell, device=device)[0] for s in seeds]
        forecasts = [in_returns(model, scaler, parts[2].x) for model in models]
        table[name] = [score(price, t, f) for f in forecasts]
    return table


table = compare(price, device=device)
''')
code('041','''
def show(table):
    """Mean ± spread over the seeds, and intervals over blocks of days."""
    rows = {}
    for name, runs in table.items():
        runs = pd.DataFrame(runs)
        m = runs.mean()
        rows[name] = {
            "skill": evidence.spread(runs["skill"], "+.1%"),
            "over days": f"{m.low:+.1%} to {m.high:+.1%}",
            "right direction": f"{m.right:.1%}",
            "ahead of always up": f"{m.ahead:+.1%}",
            "over days ": f"{m.ahead_low:+.1%} to {m.ahead_high:+.1%}",
        }
        rows[name]["MAE"] = evidence.spread(runs["MAE"], ".2f")
        rows[name]["runs"] = len(runs)
    return pd.DataFrame.from_dict(rows, orient="index")
''',['hide-input'])
md('ev15','''
In the last two rows stand the stored networks (`stock_prediction_skill`), which judged the same days. A number after ± is the spread over their seeds; the columns `over days` are the intervals over blocks of days.
''')
code('ev16','''
seeds = evidence.load("stock_prediction_skill").groupby("model")
for model in ("LSTM", "GRU") if google else ():
    runs = seeds.get_group(model).select_dtypes("number")
    table[f"{model}, stored"] = runs.to_dict("records")
show(table)
''')
md('043','''
Read the column `skill` first. Nobody is ahead of the last value, whose price forecast stands in the first row, and for the networks the whole interval lies below zero. So we can say more than "no gain was found": on days like these, the networks are worse than yesterday's price. LSTM and GRU do not differ by more than their seeds. Now compare the two uncertainties. The spread over seeds is a fraction of a percentage point, and the interval over days is about ten times as wide. A table with the first alone would claim a precision that it does not have.

### Worse than a coin?

The column of directions holds a trap. The networks are right on clearly fewer than half of the days. Should one do the opposite of what they say? Look at the row of *always up*: it is right as seldom, because the share fell on most of these days. The mean return of the training part is positive, so it says *up* as well. And the networks?
''')
code('045','''
evidence.table("stock_prediction_skill", {"says_up": ".0%"}, by="model")
''')
md('046','''
They say *up* on about nine days of ten or more (the third row has open forget gates, for an exercise). The low score is no inverted knowledge. The networks learned one thing from the training part, *this share rises*, and then it fell.

The trap has a second door. On a share that rises on 55 of 100 days, a network that has learned "up" is right on more than half of them, and a table without *always up* would show an edge that is none. Compare a direction with "always up" *on the same days*, never with one half alone. Here the intervals of that difference hold zero.

### Would refitting help?

Is it unfair that the network never sees the test part, while the world changes? A real user would refit. **{term}`Walk-forward validation <walk-forward validation>`** does: fit on everything up to today, forecast the next 21 trading days, move on by 21 days, refit, and so on. Each day is forecast once, always from the past. The experiment `stock_prediction_refit` walks like this, on all days before, or on the last 250 only (an exercise builds it). `low` and `high` are the ends of the interval over days.
''')
code('ev20','''
ends = dict.fromkeys(("skill", "low", "high"), "+.1%")
evidence.table("stock_prediction_refit", ends, by=["fitted_on", "model"])
''')
md('050',r'''
Nothing comes out ahead. But the rows do not all say the same. The LSTM's intervals lie below zero with either memory. Those of the linear model hold zero: it is not shown to be worse than the last value, and not shown to be better. With the short memory both come nearer to zero, because the last 250 days hold less of the long rise.

### More than one day

Two ways lead to a forecast of the next $k$ days. **{term}`Recursive <recursive forecast>`**: forecast one day, append the forecast to the window as if it had come true, and repeat. **{term}`Direct <direct forecast>`**: give the head $k$ outputs, and train it on $k$ days at once. In both cases the returns add up:

$$
\hat p_{t+k} = p_t \exp \Bigl( \sum_{j=1}^{k} \hat r_{t+j} \Bigr)
$$ (eq-stock-path)

Stored (`stock_prediction_horizon`): the mean error in dollars after one and after ten days, and the skill at ten days with its interval over days. One row is a common mistake.
''')
code('ev23','''
forms = {"day_1": ".1f", "day_10": ".1f"} | ends
evidence.table("stock_prediction_horizon", forms, by="method")
''')
md('ev25','''
The honest rows are farther behind than after one day, and their intervals lie below zero, because all of them lean upwards while the share falls. The mistake has a splendid skill, and its error hardly grows. It feeds each step with the price that really came the day before, so it is ten forecasts of one day, drawn as if they were one of ten days. *A multi-step error that does not grow with the horizon is a one-step error.* An exercise takes the two programs apart.
''')
code('ev21','''
# What this page says, on this run: compared by the tests, and no error with
# other data.
rivals = [name for name in table if name != "always up"]
networks = [n for n in rivals if "LSTM" in n or "GRU" in n]
all_runs = evidence.load("stock_prediction_skill")
luck = all_runs.groupby("model")
walks = evidence.load("stock_prediction_refit")
long = walks[walks["fitted_on"] == "all days before"]
short = walks[walks["fitted_on"] == "250 days before"]
of = walks.groupby("model")
ahead = evidence.load("stock_prediction_horizon").set_index("method")
honest = ahead.drop(index=["mistake", "last value"])
{
    "the heaviest penalty is chosen": linear(*parts[:2]).alpha == 10_000,
    "nobody is ahead of the last value": all(
        run["skill"] < 0 for name in rivals for run in table[name]
    ),
    "the networks are behind over days, too": all(
        run["high"] < 0 for name in networks for run in table[name]
    ),
    "the days vary far more than the seeds": bool(
        (
            luck["high"].mean() - luck["low"].mean() > 5 * luck["skill"].std()
        ).all()
    ),
    "the networks say up": bool(all_runs["says_up"].min() > 0.7),
    "always up is right on fewer than half": bool(
        table["always up"][0]["right"] < 0.47
    ),
    "always up is level with them": all(
        run["ahead_low"] <= 0 <= run["ahead_high"]
        for name in networks
        for run in table[name]
    ),
    "refitted, nobody is ahead": bool(walks["skill"].max() < 0),
    "the LSTM is behind": bool(of.get_group("LSTM")["high"].max() < 0),
    "the linear model is not shown to be": bool(
        of.get_group("linear AR")["high"].min() > 0
    ),
    "a short memory is nearer": bool(
        short["skill"].min() > long["skill"].max()
    ),
    "LSTM and GRU are level": bool(
        np.ptp(luck["skill"].mean()[["LSTM", "GRU"]]) < 0.003
    ),
    "all are behind at ten days": bool(honest["high"].max() < 0),
    "the mistake shows": bool(ahead.loc["mistake"]["skill"].min() > 0.5),
    "its error does not grow": bool(
        ahead.loc["mistake"]["day_10"].max()
        < 1.2 * ahead.loc["mistake"]["day_1"].min()
    ),
    "the live runs lie in their bands": not google
    or all(
        table[name][0]["skill"]
        in evidence.band("stock_prediction_skill", "skill", model=name)
        for name in ("LSTM", "GRU")
    ),
}
''',['remove-cell','nbval-check-output'])
md('n08','''
## A proof that the test can say yes

Perhaps `compare` is broken and *never* finds anything. A test that can only say no proves nothing. So plant a signal. In a planted share each return repeats a part $a$ of the one before, $r_t = a\\, r_{t-1} + e_t$, and everything else is noise. The experiment `stock_prediction_power` makes twenty such shares for each of three strengths $a$, and twenty without a signal, each as long as ours. It trains one LSTM on each and asks the same function `score`.

In the table, `rule_skill` is the skill of somebody who knows the rule and the number $a$: no forecast from past prices can be expected to have more. `skill` is that of the LSTM. `found` is the share of the twenty series in which the LSTM's whole interval over days lies above zero, that is, in which we would have said yes. `linear_found` is the same for the linear model, and `found_direction` counts the series in which the LSTM's directions are ahead both of "always up" and of "always down".
''')
code('n09','''
power = evidence.load("stock_prediction_power")
columns = ["rule_skill", "skill", "found", "linear_found", "found_direction"]
power.groupby("strength")[columns].mean().map("{:.1%}".format)
''')
md('n10','''
The test can say yes. The strongest signal is found in most of the series, and without a signal it says yes about as seldom as an interval of 95 % should. So the negative result on the real share is a result.

But look at the rows between. At the middle strength the LSTM's mean skill is close to that of the rule: it *has* learned the signal. Yet in most of the series the test does not say so, because 209 days are too few to tell such a skill from luck. The directions are weaker still. "Nothing was found" therefore means: *a signal as strong as in the last row would probably have been seen, and a weaker one could well be there unseen*. This is the **power** of a test, the probability that it finds what is there. Measure it before you believe a "no", of others or of your own.
''')
md('058',r'''
## How sure is the forecast?

A single number is no basis for a decision; a forecast should come with a {term}`prediction interval`. The **split conformal** recipe {cite:p}`lei2018` needs no assumption about the shape of the errors. Take the absolute errors $\lvert r_t - \hat r_t \rvert$ on data that the network was not fitted to, and let $q$ be the value that 90 % of them do not exceed. The interval is $\hat r_t \pm q$. (Our validation part also chose the epoch at which to stop, a small liberty.)
''')
code('059','''
def radius(errors, coverage=0.9):
    """The conformal quantile of absolute errors."""
    level = np.ceil((len(errors) + 1) * coverage) / len(errors)
    return np.quantile(errors, level, method="inverted_cdf")
''',['own-data']+listing(['radius'],'interval'))
code('n11','''
_, val, test = parts
val_errors = np.abs(r[val.t] - in_returns(lstm, scaler, val.x))
test_errors = np.abs(r[test.t] - in_returns(lstm, scaler, test.x))
q = radius(val_errors)
inside = test_errors <= q
low, high = block_interval(np.mean, inside)
f"{inside.mean():.0%} of the test returns inside ({low:.0%} to {high:.0%})"
''')
md('061','''
The promise of 90 % is broken. The recipe is sound, but its assumption is not met: the days on which $q$ was measured and the days on which it is used must be interchangeable. The validation year was calm, the test part was not. Volatility comes in **clusters**, restless days follow restless days {cite:p}`cont2001`. But if calm and restless periods last, then *their size* can be forecast.

## What can be predicted

As the size of a day take the range between its highest and its lowest price, $u_t = \\ln(\\text{high}_t / \\text{low}_t)$, a far less noisy measure than the one return of the day {cite:p}`parkinson1980`. (Where a file has no such columns, the function takes the size of the return.)
''')
code('n12','''
def day_size(prices):
    """The range of each day, or the size of its return; one for each return."""
    if prices.high is not None and prices.low is not None:
        u = np.log(prices.high / prices.low)[1:]
        if np.isfinite(u).all():
            return u
    return np.abs(np.diff(np.log(prices.price)))
''',['own-data'])
code('062','''
u = day_size(prices)  # u[t] belongs to r[t]
lagged = {
    name: {f"lag {k}": np.corrcoef(s[k:], s[:-k])[0, 1] for k in (1, 5, 20)}
    for name, s in (("return", r), ("range", u))
}
pd.DataFrame(lagged).T.round(2)
''')
md('063','''
The correlation with the day before, with five and with twenty days before: the return forgets at once, and the range remembers for weeks. So train the *same* network on the range, with nothing changed but the series. Its rivals are the mean of the training part, the last range, and an exponentially weighted average,

$$
s_t = \\lambda s_{t-1} + (1 - \\lambda) u_{t-1} ,
$$ (eq-stock-ewma)

a forecast with a single parameter, chosen on the validation part.
''')
code('064','''
def ewma(u, decay):
    """s[t] from u[:t]."""
    s = np.empty(len(u))
    s[0] = u[0]  # the first day has no past; it lies far before the test
    for t in range(1, len(u)):
        s[t] = decay * s[t - 1] + (1 - decay) * u[t - 1]  # eq-stock-ewma
    return s


def best_decay(u, t, decays=(0.5, 0.6, 0.7, 0.8, 0.9, 0.95)):
    """The decay with the smallest error on the days t."""
    return min(decays, key=lambda d: np.abs(u - ewma(u, d))[t].mean())
''',['own-data']+listing(['ewma'],'inputs','interval'))
code('065','''
smooth, t = ewma(u, best_decay(u, val.t)), test.t
u_scaler, u_parts = prepare(u)
size_model, _ = train(u_parts, seed=0, device=device)
guesses = {
    "training mean": np.full(len(t), u_scaler.mean_[0]),
    "last range": u[t - 1],
    "EWMA": smooth[t],
    "LSTM": in_returns(size_model, u_scaler, u_parts[2].x),
}
u_mae = {name: np.abs(u[t] - f).mean() for name, f in guesses.items()}
pd.DataFrame({"MAE": {name: f"{e:.3%}" for name, e in u_mae.items()}})
''')
md('ev28','''
And stored (`stock_prediction_inputs`), the skill against the last range with its interval over days, and then the same against the average:
''')
code('ev29','''
wanted = "over_last_skill over_last_low over_last_high skill low high".split()
forms = dict.fromkeys(wanted, "+.1%")
alone = {"target": "range", "inputs": "range"}
evidence.table("stock_prediction_inputs", forms, by="model", **alone)
''')
md('n13','''
At last a success: against the last range the whole interval lies above zero. And at last a rival that deserves respect. Against the average, which has one parameter where the LSTM has thousands, the interval holds zero: the two are level on these days. The network can learn from this series, then. What failed on the returns was not the network.

### An interval that breathes

Now use the forecast size. Divide each error by the size that was expected for its day, take the quantile of these *ratios* on the validation part, and multiply back.
''')
code('073','''
q_ratio = radius(val_errors / smooth[val.t])
breathing = test_errors <= q_ratio * smooth[test.t]
low, high = block_interval(np.mean, breathing)
f"{breathing.mean():.0%} of the test returns inside ({low:.0%} to {high:.0%})"
''')
code('ev32','''
wanted = "validation test low high last_20 width".split()
forms = dict.fromkeys(wanted, ".0%")
evidence.table("stock_prediction_interval", forms, by="interval")
''')
code('ev33','''
# What this page says, on this run: compared by the tests, and no error with
# other data.
kinds = evidence.load("stock_prediction_interval").groupby("interval")
fixed, moving = kinds.get_group("constant"), kinds.get_group("breathing")
size_runs = evidence.select(evidence.load("stock_prediction_inputs"), alone)
strong = power.groupby("strength")[columns].mean()
{
    "the test can say yes": bool(strong["found"][0.4] >= 0.7),
    "and seldom does without a signal": bool(strong["found"][0] <= 0.1),
    "the middle strength is learned": bool(
        strong["skill"][0.2] > 0.6 * strong["rule_skill"][0.2]
    ),
    "and mostly not found": bool(strong["found"][0.2] < 0.5),
    "directions are weaker": bool(
        (strong["found_direction"] <= strong["found"]).all()
    ),
    "the constant interval fails": bool(fixed["high"].max() < 0.85),
    "live, too": bool(inside.mean() < 0.8),
    "most of all at the end": bool(
        (fixed["last_20"] < fixed["test"] - 0.1).all()
    ),
    "the breathing one holds its promise": bool(
        (moving["low"] < 0.9).all() and (moving["high"] > 0.9).all()
    ),
    "live, as well": bool(breathing.mean() > inside.mean() + 0.08),
    "and is wider": bool(moving["width"].min() > 1.3 * fixed["width"].max()),
    "the range remembers": bool(lagged["range"]["lag 20"] > 0.1),
    "the return does not": bool(abs(lagged["return"]["lag 1"]) < 0.1),
    "the size can be forecast": bool(size_runs["over_last_low"].min() > 0.05),
    "the average is level": bool(
        (size_runs["low"] < 0).all() and (size_runs["high"] > 0).all()
    ),
    "as level live": bool(0.95 < u_mae["LSTM"] / u_mae["EWMA"] < 1.06),
}
''',['remove-cell','nbval-check-output'])
md('076','''
Stored (`stock_prediction_interval`; the third row is for an exercise): `low` and `high` are the ends of the test part's interval over days, and `width` is the mean width of the forecast interval. The breathing interval is wider, and most of all wider *in time*; its promise of 90 % lies in the interval of what came, that of the constant one does not. In the last twenty days, the wildest, it holds less than it promises, too: no scale that follows the past sees a jump out of a calm sky.
''')
md('082','''
## Your own data

A file of daily prices is read by `load_prices`. It takes what pandas can read, finds the columns by their names, and says in a few words what it did. A jump that looks like a split is named and left as it is, because only you know whether it is one. What can be read in two ways is refused, with both readings. Nothing is repaired in silence: a date that is misread behind your back is an error that no plot shows. (The solution of the exercise *A file of your own* shows some of its messages.)

First judge: `show(compare(load_prices("my.csv").price))`, and with `seeds=(0, 1, 2)` each network is trained from three seeds. Give it a few hundred days at the least, better a thousand.

Then, for the forecast of the day after the last row, no test part has to be kept. Train on the first 80 % of the days, and let the rest stop the training and calibrate the interval. Put the name of your file in place of `None`, which stands for the prices of this page.
''')
code('n15','''
MY_FILE = None  # or "my-prices.csv"

mine = load_prices(MY_FILE)
my_returns, my_sizes = np.diff(np.log(mine.price)), day_size(mine)
split = chronological_split(my_returns, (0.8, 0.2))
mean, scale = my_returns[split[0]].mean(), my_returns[split[0]].std()
my_parts = windows_by_target((my_returns - mean) / scale, 20, split)
my_model, _ = train(my_parts, seed=0, cell=nn.LSTM, device=device)
len(mine), [part.x.shape for part in my_parts]
''',['own-data'])
md('n16','''
Save everything that a forecast needs, and save it *in one file*: the weights, the mean and the scale of the returns, and the two numbers of the interval. A network without its scaler is worthless, and two files will be separated one day.
''')
code('n17','''
import tempfile
from pathlib import Path

MY_MODEL = Path(tempfile.mkdtemp(), "forecaster.pt")  # or a place of yours

held = my_parts[1]
errors = my_returns[held.t] - (predict(my_model, held.x)[:, 0] * scale + mean)
decay = best_decay(my_sizes, held.t)
ratios = np.abs(errors) / ewma(my_sizes, decay)[held.t]
saved = {"mean": mean, "scale": scale, "decay": decay, "q": radius(ratios)}
saved = {name: float(number) for name, number in saved.items()}
torch.save(saved | {"weights": my_model.state_dict()}, MY_MODEL)
''',['own-data'])
md('n18','''
Tomorrow, in a fresh kernel, the file and the newest prices are enough. The function needs the definitions of `Forecaster`, `predict`, `day_size` and `ewma`, and nothing that was trained above. `weights_only=True` refuses a file that would run code when it is opened, and `map_location` lets a network that was trained on a GPU be used without one.
''')
code('n19','''
def forecast_next(prices, path, device="cpu"):
    """Low, middle and high of the next price, with 90 % inside."""
    saved = torch.load(path, map_location=device, weights_only=True)
    model = Forecaster(nn.LSTM).to(device)
    model.load_state_dict(saved["weights"])
    r = np.diff(np.log(prices.price))[-20:]
    z = predict(model, (r[None] - saved["mean"]) / saved["scale"])[0, 0]
    r_hat = z * saved["scale"] + saved["mean"]
    size = ewma(np.append(day_size(prices), 0), saved["decay"])[-1]
    ends = r_hat + np.array([-1, 0, 1]) * saved["q"] * size
    return prices.price[-1] * np.exp(ends)  # eq-stock-price


low, middle, high = forecast_next(load_prices(MY_FILE), MY_MODEL, device)
next_day = np.busday_offset(mine.dates[-1], 1, roll="backward")
f"{mine.price[-1]:.2f}; on {next_day} {middle:.2f} ({low:.2f} to {high:.2f})"
''',['own-data'])
code('n20','''
# What this page says, on this run: compared by the tests, and no error with
# other data.
again = forecast_next(load_prices(MY_FILE), MY_MODEL, device)
last = (my_returns[-20:] - mean) / scale
by_hand = predict(my_model, last[None])[0, 0] * scale + mean
{
    "the loaded network forecasts what the trained one does": bool(
        np.isclose(np.log(middle / mine.price[-1]), by_hand, atol=1e-6)
    ),
    "and the same again": bool((again == [low, middle, high]).all()),
    "the price of today lies inside": bool(low < mine.price[-1] < high),
}
''',['remove-cell','nbval-check-output'])
md('n21','''
The first number is the last price, then comes the forecast for the next business day, with its interval in brackets. The middle is hardly more than the last price, as everything above has led us to expect. What you get is the interval: these prices are near the end of October 2008, and it is wide.
'''.replace('these prices are near the end of October 2008, and it is wide','the prices of this page end in the restless autumn of 2008, and it is wide'))
code('095','''
def percent(model):
    m = pd.DataFrame(table.get(f"{model}, stored", table[model])).mean()
    return f"{m['skill']:+.1%} ({m.low:+.1%} to {m.high:+.1%} over days)"


size = evidence.load("stock_prediction_inputs")
size = evidence.select(size, alone)[["over_last_skill"]].mean().item()
Markdown(  # for the page that shows all applications
    "The left panel is the usual picture; the right one, of thirty days, "
    "shows that the LSTM (orange) repeats yesterday's price (blue). Asked for "
    "the change instead, no network foresees this share: the LSTM's skill "
    f"against yesterday's price is **{percent('LSTM')}**, the GRU's "
    f"{percent('GRU')}. The *size* of tomorrow's move can be forecast, "
    f"{size:.0%} better than by today's, and as well by an average with one "
    "parameter."
)
''',['remove-cell','gallery-sentence'])
md('096','''
## What the numbers say

One share, four years, one kind of input: the result is no proof that no price can ever be predicted. It says that *these past prices* did not help on *these days*, and the planted signals say how strong a signal this test could have missed. Who claims a small edge has to show it on far more days (an exercise counts them). Larger studies agree in tone: in the comparison of {cite:t}`makridakis2018` machine-learning methods were behind the classical ones on a thousand series, and {cite:t}`zeng2023` found repeating the last value hard to beat on exchange rates.

## Summary

- A forecast of price *levels* that lies on the price is what yesterday's price looks like, too. $R^2$ on levels says nothing.
- Honest means: returns, a split in the order of time, a scaler from the training part, baselines in the table, a test part that chooses nothing.
- Two kinds of luck: seeds measure that of the training, blocks of days that of the days. Here the second is the larger by far.
- Compare directions with "always up" on the same days.
- A "no" counts once you know how strong a signal the test would have found.
- The size of moves can be forecast where their sign cannot; an interval needs it.
- Save the network and its scaler in one file, and call `eval()` before you predict.

## Exercises

After each piece of code stands a cell `check(...)`. It runs what you wrote, says whether it is right, and if not, which mistake it is.

'''+''.join(by[S+'096']['source']).split('## Exercises')[1].split('which mistake it is.')[1].strip())
