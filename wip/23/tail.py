def edit(id,*pairs):
    c=keep(id)
    for a,b in pairs:
        assert a in c['source'],(id,a); c['source']=c['source'].replace(a,b)
    return c
keep('097'); keep('098')
edit('099',("the share of days with a rising price, and the lower and the upper end of its 95 % Wilson interval.","the share of days with a rising price, and the lower and the upper end of its 95 % interval by Wilson's formula {cite:p}`wilson1927`, which says which true shares are compatible with such a count where days are independent."))
edit('100',("def always_up(returns):","from statsmodels.stats.proportion import proportion_confint\n\n\ndef always_up(returns):"))
keep('101')
c=keep('102')
own,days=c['source'].split(':::{exercise} How many days')
c['source']=''':::{exercise} A file of your own ★☆☆
:label: ex-stock-own
Run the whole evaluation, `show(compare(load_prices("mine.csv").price))`, on a CSV file of daily prices of your own. If you have none, make a table of a thousand days in which *nothing* can be predicted, with the columns `Date` and `Close`; `load_prices` takes a `DataFrame` as well. What do you expect of each column?

<details class="hint"><summary>Hint</summary>

If the file is refused, the message names line and column, and the argument that helps: `price=` chooses the column, `dayfirst=` and `decimal=` the reading, and whatever else `pandas.read_csv` takes is passed on.

</details>
:::

:::{exercise} How many days'''+days
keep('103'); keep('104')
edit('105',("and train three seeds on the returns. Does the skill change by more than the spread?","and train one on the returns. Does the skill change by more than the spread over seeds, and by more than the interval over days?"))
keep('106'); keep('107')
edit('108',("The chapter gave the network three inputs at once, and cannot say which of them did anything. Take one away. Write","The networks of this chapter see one number a day. The file has more, the volume traded among it. Perhaps it helps? Write"),
 ("Train three seeds on both, with the return as target, and compare with the network that knows the return only.","Train on both, with the return as target, and compare with the network that knows the return only. Then add the range of the day as a third input, and forecast the return, or the range."))
edit('109',("def return_and_volume","traded = prices.volume if prices.volume is not None else np.ones(len(price))\nvolume = np.maximum(traded, 1)\n\n\ndef return_and_volume"))
keep('110')
edit('111',(" `fit_predict(series, [slice(...), slice(...)], seed, epochs)` takes any two consecutive slices.",""),
 ("Compare with the expanding window, for the linear model and the LSTM.","Compare with the expanding window, for the linear model and, if you have the patience, the LSTM."))
keep('112'); keep('113'); keep('114'); keep('115'); keep('116')
md('n30','''
:::{exercise} Ten days ahead ★★☆
:label: ex-stock-horizon
Both functions below return ten one-day forecasts for each window, with $H = 10$; `y` holds the ten true returns after the window. Which of them is the mistake of the chapter, and in which line? For which column do the two agree? Run both with the LSTM of the chapter, and draw the error in dollars over the horizon beside that of the last value.

```python
def recursive(model, x):
    steps = []
    for _ in range(H):
        steps.append(predict(model, x))  # (M, 1)
        x = np.hstack([x[:, 1:], steps[-1]])
    return np.hstack(steps)


def mistaken(model, x, y):
    full = np.hstack([x, y])
    return np.hstack([predict(model, full[:, k : k + 20]) for k in range(H)])
```

<details class="hint"><summary>Hint</summary>

`prepare(r, horizon=10)` gives windows with ten targets. On the day of the forecast, which entries of `full` are known?

</details>
:::

:::{exercise} The same network in Keras ★★☆
:label: ex-stock-keras
Build the network of this chapter in Keras, with `keras.layers.LSTM`, and train it by the same rules: batches of 64, Adam at the same rate, `EarlyStopping` with a patience of ten epochs and the weights of the best one. Forecast the returns. Is the answer another one?

<details class="hint"><summary>Hint</summary>

Keras wants the number of inputs in the shape, `(M, 20, 1)`. `restore_best_weights=True` keeps the best epoch.

</details>
:::
''')
for i in '117 118 119 120 121 122'.split(): keep(i)
edit('123',("In the chapter's right panel it did follow: upwards.","In the run of the chapter that was not stopped it did follow: upwards."))
QUIZ7='''
**7.** On 209 test days no method is ahead of the last value, and a planted signal of the middle strength is found in a fifth of the series. What follows?

<details class="choice wrong"><summary>There is no signal in the prices, because a signal would have been found.</summary>

A signal of the middle strength would have been missed in four of five series. "Not found" is no proof of "not there".

</details>
<details class="choice wrong"><summary>The test is broken, because it misses signals that are there.</summary>

It finds the strong ones, and without a signal it says yes hardly ever. It is not broken; 209 days hold too little to see more.

</details>
<details class="choice right"><summary>A strong signal would probably have been seen; a weaker one needs more days.</summary>

Right. The power depends on the strength of the signal and on the number of days, and it has to be measured before a "no" means anything.

</details>
'''
t=cells[-1]['source']; cut_at=t.index('Two more with numbers of your own')
rest=t[cut_at:]; cells[-1]['source']=t[:cut_at].rstrip()
md('n38',QUIZ7,['quiz']); md('n39',rest)
keep('124'); keep('125'); keep('126')
keep('127'); keep('128'); keep('129')
md('130','''
:::{solution-end}
:::

:::{solution-start} ex-stock-own
:class: dropdown
:::

Below, a planted share without a signal. On a pure random walk the skill of every row is near zero, some by luck a little above it, and the intervals over days hold zero most of the time: a 95 % interval misses one time in twenty. The first row of the table of planted signals counts how often that happens in twenty such series.
''')
code('131','''
import contextlib
import io
import textwrap


def planted(strength, seed, n=1047):
    """Prices of n business days; each return repeats a part of the one before."""
    returns = 0.02 * np.random.default_rng(seed).normal(size=n)
    for k in range(1, n):
        returns[k] += strength * returns[k - 1]
    days = pd.bdate_range("2020-01-01", periods=n)
    return pd.DataFrame({"Date": days, "Close": 100 * np.exp(returns.cumsum())})


with contextlib.redirect_stdout(io.StringIO()) as said:
    made = load_prices(planted(strength=0, seed=1))
print(textwrap.fill(said.getvalue(), 72))
nothing = compare(made.price, device=device)
show(nothing)
'''.replace('"""Prices of n business days; each return repeats a part of the one before."""','"""Prices of n days; each return repeats a part of the one before."""').replace('    return pd.DataFrame({"Date": days, "Close": 100 * np.exp(returns.cumsum())})','    close = 100 * np.exp(returns.cumsum())\n    return pd.DataFrame({"Date": days, "Close": close})'),['solution'])
md('n37','''
What does `load_prices` say of files that are not in order? Here it meets three small ones. The first is read, and the jump is named; the other two are refused, and the message shows what to do.
''')
code('081','''
good = "date,close\\n2024-01-02,100.5\\n2024-01-03,101.7\\n"
files = {
    "a jump": good + "2024-01-04,50.9\\n",
    "a date twice": good + "2024-01-03,101.8\\n",
    "two readings": "date,close\\n01/02/2024,100.5\\n02/02/2024,101.7\\n",
}
for name, text in files.items():
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            said = "Read. " + " ".join(load_prices(io.StringIO(text)).notes)
    except ValueError as error:
        said = f"Refused. {error}"
    files[name] = f"- **{name}:** {said}"
Markdown("\\n".join(files.values()))
''',['solution','nbval-check-output'])
md('132',''.join(by[S+'132']['source']))
keep('133')
md('134','''
:::{solution-end}
:::

:::{solution-start} ex-stock-forget
:class: dropdown
:::

One seed live below, and the stored ones beside those of PyTorch's own start (`stock_prediction_skill`). The skill changes by more than the spread of the seeds, and still by a fraction of a percentage point, far less than the interval over days; it stays below zero. A network that forecasts almost a constant can be moved that much by any change of its start: this is no sign that it foresees more. The bias keeps gradients alive over long distances; here windows have 20 days, and the returns hold next to nothing to carry. (A seed fixes the weights before the biases are changed, so the comparison is seed by seed.)
''')
code('135','''
def open_lstm(*args, **kwargs):
    layer = nn.LSTM(*args, **kwargs)
    H = layer.hidden_size
    with torch.no_grad():
        layer.bias_ih_l0[H : 2 * H] = 1
        layer.bias_hh_l0[H : 2 * H] = 0
    return layer


assert check("torch.open_lstm", open_lstm).passed
model, _ = train(parts, seed=0, cell=open_lstm, device=device)
opened = score(price, test.t, in_returns(model, scaler, test.x))["skill"]
f"skill, open gates: {opened:+.2%}"
''',['solution']+listing(['open_lstm'],'skill'))
code('ev44','''
forms = {"skill": "+.2%", "low": "+.1%", "high": "+.1%"}
evidence.table("stock_prediction_skill", forms, by="model")
''',['solution'])
md('136','''
:::{solution-end}
:::

:::{solution-start} ex-stock-volume
:class: dropdown
:::

Not ahead either, live and stored (`stock_prediction_inputs`). That much was to be expected: past volume is as public as past prices. With the range as a third input the return stays out of reach, and a forecast of the range is no better than that from the range alone. `skill` of the return is that against the last price, that of the range is against the average of the chapter. Each column is scaled by its own training part.
''')
keep('137')
code('n31','''
def prepare_columns(features, length=20):
    """As prepare, for a series (N, D): each column has its own scale."""
    split = chronological_split(features, SPLIT)
    scaler = StandardScaler().fit(features[split[0]])
    return scaler, windows_by_target(scaler.transform(features), length, split)


def forecast_column(scaler, parts, column, cell, seed, device="cpu"):
    """Forecasts of one column for the test part, in its own unit."""
    torch.manual_seed(seed)
    model = Forecaster(cell, inputs=parts[0].x.shape[2]).to(device)
    adam = torch.optim.Adam(model.parameters(), lr=3e-3)
    loaders = [
        batches(p.x, p.y[..., column], shuffle=p is parts[0])
        for p in parts[:2]
    ]
    fit(model, nn.MSELoss(), adam, *loaders, epochs=60, patience=10)
    z = predict(model, parts[2].x)[:, 0]
    return z * scaler.scale_[column] + scaler.mean_[column]
''',['solution']+listing(['prepare_columns','forecast_column'],'inputs'))
code('138','''
column_scaler, pair = prepare_columns(two_columns)
f = forecast_column(column_scaler, pair, 0, nn.LSTM, seed=0, device=device)
with_volume = score(price, test.t, f)["skill"]
f"skill, return and volume: {with_volume:+.1%}"
''',['solution'])
code('139','''
forms = {"skill": "+.1%", "low": "+.1%", "high": "+.1%"}
which = ["target", "inputs", "model"]
evidence.table("stock_prediction_inputs", forms, by=which)
''',['solution'])
md('140','''
:::{solution-end}
:::

:::{solution-start} ex-stock-rolling
:class: dropdown
:::

The linear model walks live; the stored walks of the LSTM stand in the chapter (`stock_prediction_refit`), made by the same functions. A shorter memory adapts faster and estimates from fewer days, so its noise is larger. On these days it nevertheless comes a little closer to the last value: the last 250 days hold less of the long rise, so the forecast leans upwards less. Ahead it is not.
''')
code('n32','''
def fit_predict(series, part, seed, epochs=None, device="cpu"):
    """Fit on part[0], forecast part[1]; seed None is the linear model."""
    known = series[part[0]]
    mean, std = known.mean(), known.std()
    first, then = windows_by_target((series - mean) / std, 20, part)
    if seed is None:
        model = Ridge(1000).fit(first.x, first.y[:, 0])
        return model.predict(then.x) * std + mean
    torch.manual_seed(seed)
    model = Forecaster().to(device)
    adam = torch.optim.Adam(model.parameters(), lr=3e-3)
    loader = batches(first.x, first.y, shuffle=True)
    fit(model, nn.MSELoss(), adam, loader, epochs=epochs)
    return predict(model, then.x)[:, 0] * std + mean


k = test.t[0]  # the first test day
month = [slice(0, k), slice(k, min(k + 21, len(r)))]
epochs = 1 + early.best_epoch
fit_predict(r, month, seed=0, epochs=epochs, device=device).shape
''',['solution']+listing(['fit_predict'],'refit'))
code('n33','''
def walk_forward(series, start, seed, epochs=None, every=21):
    """Forecasts of series[start:], refitted every so many days."""
    n = len(series)
    return np.concatenate(
        [
            fit_predict(
                series,
                [slice(0, k), slice(k, min(k + every, n))],
                seed,
                epochs,
            )
            for k in range(start, n, every)
        ]
    )


walked = score(price, test.t, walk_forward(r, test.t[0], seed=None))
f"linear AR, all days before: skill {walked['skill']:+.1%}"
''',['solution']+listing(['walk_forward'],'refit'))
code('141','''
def rolling_blocks(n, start, memory, every):
    return [
        (k - memory, k, k, min(k + every, n)) for k in range(start, n, every)
    ]


def rolling(series, start, seed, epochs=None, memory=250):
    """Forecasts of series[start:], each fitted on the last days before."""
    blocks = rolling_blocks(len(series), start, memory, 21)
    return np.concatenate(
        [
            fit_predict(series, [slice(a, b), slice(c, d)], seed, epochs)
            for a, b, c, d in blocks
        ]
    )
''',['solution']+listing(['rolling_blocks','rolling'],'refit'))
code('3fb6638d','''
assert check("data.rolling_blocks", rolling_blocks).passed
memory = min(250, test.t[0])  # a short series has no more
rolled = rolling(r, test.t[0], seed=None, memory=memory)
short_memory = score(price, test.t, rolled)["skill"]
f"linear AR, the last {memory} days: skill {short_memory:+.1%}"
''',['solution'])
md('142',''.join(by[S+'142']['source']))
code('143','''
def pinball(q, y, levels=(0.05, 0.95)):
    tau, e = torch.tensor(levels, device=q.device), y - q  # (B, 2)
    return torch.maximum(tau * e, (tau - 1) * e).mean()


assert check("torch.pinball", pinball).passed
''',['solution']+listing(['pinball'],'interval'))
code('a9db55ef','''
def train_pinball(size_parts, parts, seed, device="cpu"):
    """From the ranges to the 5 % and the 95 % quantile of the return."""
    torch.manual_seed(seed)
    model = Forecaster(horizon=2).to(device)
    adam = torch.optim.Adam(model.parameters(), lr=3e-3)
    loaders = [
        batches(a.x, b.y, shuffle=a is size_parts[0])
        for a, b in zip(size_parts[:2], parts[:2], strict=True)
    ]
    fit(model, pinball, adam, *loaders, epochs=60, patience=20)
    return model


quantiles = train_pinball(u_parts, parts, seed=0, device=device)
low, high = predict(quantiles, u_parts[2].x).T
drawn = (low <= test.y[:, 0]) & (test.y[:, 0] <= high)
a, b = block_interval(np.mean, drawn)
f"{drawn.mean():.0%} of the test returns inside ({a:.0%} to {b:.0%})"
''',['solution']+listing(['train_pinball'],'interval'))
code('ev46','''
forms = {"training": ".0%", "validation": ".0%", "test": ".0%"}
forms |= {"low": ".0%", "high": ".0%", "last_20": ".0%", "width": ".1%"}
evidence.table("stock_prediction_interval", forms, by="interval")
''',['solution'])
md('n34','''
:::{solution-end}
:::

:::{solution-start} ex-stock-horizon
:class: dropdown
:::

`mistaken` is the mistake: its window for step $k$ holds the first $k$ entries of `y`, which nobody knows on the day of the forecast. The two agree in the first column, where nothing of `y` is in the window. In the figure stand the stored runs, the mean over the seeds in a band from the lowest to the highest.
''')
code('053','''
H = 10


def recursive(model, x):
    """Ten one-day forecasts (M, H), each fed with the one before."""
    steps = []
    for _ in range(H):
        steps.append(predict(model, x))  # (M, 1)
        x = np.hstack([x[:, 1:], steps[-1]])
    return np.hstack(steps)


def mistaken(model, x, y):
    """The same loop, but fed with what really came."""
    full = np.hstack([x, y])
    return np.hstack([predict(model, full[:, k : k + 20]) for k in range(H)])


far = prepare(r, horizon=H)[1][2]
one, other = recursive(lstm, far.x), mistaken(lstm, far.x, far.y)
np.abs(one - other).max(axis=0).round(3)
''',['solution']+listing(['recursive','mistaken'],'horizon'))
code('n35','''
steps = np.arange(1, H + 1)
start = price[far.t, None]
future = np.stack([price[far.t + k] for k in steps], axis=1)
path = start * np.exp(  # eq-stock-path
    np.cumsum(one * scaler.scale_ + scaler.mean_, axis=1)
)
check_path = start * np.exp(
    np.cumsum(far.y * scaler.scale_ + scaler.mean_, axis=1)
)
assert np.allclose(check_path, future)  # true returns, true prices
off = np.abs(path - future)[:, -1].mean()
f"ten days ahead, live: off by {off:.1f} dollars"
''',['solution'])
code('056','''
runs = evidence.load("stock_prediction_horizon")
no_seed = {"last value": "k-", "mean return": "k:", "regression": "k--"}
fig, ax = plt.subplots(figsize=(7, 3))
for method, found in runs.groupby("method", sort=False):
    curves = found[[f"day_{k}" for k in steps]].to_numpy()
    if method in no_seed:
        ax.plot(steps, curves[0], no_seed[method], lw=1, label=method)
    else:
        plots.mean_band(ax, steps, curves, label=method)
ax.set(xlabel="horizon k, days", ylabel="MAE, dollars", xticks=steps)
ax.legend()
plt.show()
''',['solution'],'Mean absolute error over the horizon from one to ten days. The last value rises steadily and is lowest at every horizon of the honest curves. Mean return, regression, recursive LSTM, direct LSTM and direct GRU lie close together and rise a little more steeply. One curve stays flat at the height of one day: the mistake.')
md('n36','''
:::{solution-end}
:::

:::{solution-start} ex-stock-keras
:class: dropdown
:::

Another library is no other answer. From its own initialisation, with a forget bias of 1, Keras's LSTM is behind the last price as well, by as much as PyTorch's. One seed is trained live; below it stand the stored runs (`stock_prediction_keras`). For the ranges, put `u_parts` in the place of `parts`; for a GRU, `keras.layers.GRU(32)` in the place of the LSTM.
''')
code('085','''
import keras


def keras_forecaster():
    return keras.Sequential(
        [
            keras.Input((20, 1)),  # (T, D); the batch is not named
            keras.layers.LSTM(32),  # the last output only: (B, H)
            keras.layers.Dense(1),
        ]
    )


keras_forecaster().count_params()
''',['solution']+listing(['keras_forecaster'],'keras'))
code('087','''
def train_keras(parts, seed, callbacks=()):
    keras.utils.set_random_seed(seed)
    model = keras_forecaster()
    model.compile(keras.optimizers.Adam(3e-3), "mse")
    (x, y), held = ((p.x[..., None], p.y) for p in parts[:2])
    stop = keras.callbacks.EarlyStopping(
        patience=10, restore_best_weights=True
    )
    model.fit(
        x,
        y,
        batch_size=64,
        epochs=60,
        validation_data=held,
        callbacks=[stop, *callbacks],
        verbose=0,
    )
    return model
''',['solution']+listing(['train_keras'],'keras'))
code('090','''
in_keras = train_keras(parts, seed=0)
z = in_keras(test.x[..., None].astype(np.float32)).numpy()[:, 0]
f = z * scaler.scale_[0] + scaler.mean_[0]
keras_skill = score(price, test.t, f)["skill"]
f"skill in Keras: {keras_skill:+.1%}"
''',['solution'])
code('091','''
evidence.table("stock_prediction_keras", {"skill": "+.1%"}, by="library")
''',['solution'])
code('ev47','''
# What this page says, on this run: compared by the tests, and no error with
# other data.
ups = {name: (r[part.t] > 0).mean() for part, name in zip(parts, names)}
walkers = [run["skill"] for runs in nothing.values() for run in runs]
starts = all_runs.pivot(index="seed", columns="model", values="skill")
moved = starts["LSTM, open gates"] - starts["LSTM"]
inputs = evidence.load("stock_prediction_inputs")
wide = kinds.get_group("pinball")
in_library = evidence.load("stock_prediction_keras")["skill"]
{
    "up before, down in the test": bool(ups["validation"] > 0.5 > ups["test"]),
    "nothing to find, nothing found": bool(np.abs(walkers).max() < 0.02),
    "open gates change little": bool(np.abs(moved).max() < 0.01),
    "but more than the seeds": bool(moved.mean() > starts["LSTM"].std()),
    "they stay behind": bool(max(opened, *starts["LSTM, open gates"]) < 0),
    "more inputs do not reach the return": bool(
        max(with_volume, *inputs.query("target == 'return'")["skill"]) < 0
    ),
    "nor a better range": bool(
        inputs.query("target == 'range' and inputs != 'range'")["skill"].mean()
        < inputs.query("inputs == 'range'")["skill"].mean() + 0.01
    ),
    "a short memory is closer": bool(0 > short_memory > walked["skill"]),
    "the drawn interval holds more": bool(a > inside.mean()),
    "every time": bool(wide["test"].min() > fixed["test"].max() + 0.08),
    "one column agrees": bool(np.allclose(one[:, 0], other[:, 0], atol=1e-5)),
    "Keras is behind, too": bool(max(keras_skill, *in_library) < 0),
    "by as much": bool(
        abs(in_library.mean() - starts["LSTM"].mean()) < 0.005
    ),
}
''',['solution','remove-cell','nbval-check-output'])
keep('144')
