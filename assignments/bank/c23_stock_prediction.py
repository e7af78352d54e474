"""Exam questions of 23-stock-prediction."""

import math

import numpy as np
from exam_bank import exam, from_chapter

from bank._shared import fence, printed
from rnnbook.questions import THREE_DIGITS, Drawn, show

from_chapter("stock.direction", 2, "put an interval around a share of hits")
from_chapter("stock.horizon", 2, "say how uncertainty grows with the horizon")


@exam("stock.r2", "23-stock-prediction", 2, "show why R² flatters on prices")
def _(rng):
    moves = rng.integers(1, 9, size=5) * rng.choice([-1, 1, 1], size=5)
    price = 100 + np.cumsum(moves)
    true, last = price[1:], price[:-1]
    sse = float(((true - last) ** 2).sum())
    sst = float(((true - true.mean()) ** 2).sum())
    return Drawn(
        f"A share cost {price.tolist()} on five days. The forecast for each of the "
        "last four is the price of the day before. What is R² of these four "
        "forecasts? (three significant digits)",
        1 - sse / sst,
        [
            (sse / sst, "That is the share not explained."),
            (1 - sse / float((true**2).sum()), "The mean is subtracted first."),
            (
                1 - sse / float(((price - price.mean()) ** 2).sum()),
                "The spread is that of the four days that were forecast.",
            ),
            (1 - math.sqrt(sse / sst), "R² takes the squares, without a root."),
        ],
        rtol=THREE_DIGITS,
        worked=f"The errors are {(true - last).tolist()}, their squares sum to "
        f"{show(sse)}; the four prices have the mean {show(true.mean(), 5)}, and the "
        f"squared distances sum to {show(sst, 6)}. 1 - {show(sse)} / {show(sst, 6)} = "
        f"{show(1 - sse / sst)}. On a long trend this comes near 1 without any skill.",
    )


@exam("stock.scaler_code", "23-stock-prediction", 2, "fit a scaler without a leak")
def _(rng):
    train = np.sort(rng.choice(np.arange(50, 120), size=4, replace=False))
    test = np.sort(rng.choice(np.arange(121, 180), size=2, replace=False))
    code = (
        f"train, test = np.array({train.tolist()}), np.array({test.tolist()})\n"
        "low, high = train.min(), train.max()\n"
        "print(((test - low) / (high - low))[-1])"
    )
    low, high, last = int(train.min()), int(train.max()), int(test[-1])
    return Drawn(
        "What is printed? (three significant digits)" + fence(code),
        float(printed(code)),
        [
            (1.0, "Only the training part lies in 0 to 1; nothing is cut off."),
            (
                (int(test[0]) - low) / (high - low),
                "That is the first test value; `[-1]` is the last.",
            ),
            (last / high, "The smallest value is subtracted first."),
            (
                (high - low) / (last - low),
                "That is how high the training part reaches if all is scaled.",
            ),
        ],
        rtol=THREE_DIGITS,
        worked=f"({last} - {low}) / ({high} - {low}) = "
        f"{show((last - low) / (high - low))}. A test value beyond 1 is right: the "
        "scaler must not know how high the price will rise.",
    )


@exam("stock.horizons", "23-stock-prediction", 2, "recognise a forecast that is fed")
def _(rng):
    days = int(rng.integers(10, 40))
    error = round(float(rng.uniform(0.8, 3)), 2)
    return Drawn(
        f"A report shows forecasts of a share price for 1 to {days} days ahead. The "
        f"mean absolute error is {error} dollars at each horizon. What is the most "
        "likely reason?",
        "The true prices of the days between were fed in at each step",
        [
            (
                "The network has learned the long-term trend",
                "A trend leaves the daily changes, whose errors pile up.",
            ),
            (
                "The errors of the days cancel each other",
                "Their variances add up: the error grows with the horizon.",
            ),
            (
                "The price moves little over so few days",
                f"Then the error at one day would be far below that at {days}.",
            ),
        ],
        worked=f"If daily changes are independent, the error at {days} days is about "
        f"√({days}) = {show(math.sqrt(days))} times that of one day. A flat curve "
        f"means {days} forecasts of one day each.",
    )


@exam("stock.overlay", "23-stock-prediction", 3, "expose yesterday's value in disguise")
def _(rng):
    n = int(rng.integers(150, 400))
    naive = round(float(rng.uniform(1.2, 2.2)), 2)
    ours = round(naive * float(rng.uniform(1.05, 1.35)), 2)
    r2 = round(float(rng.uniform(0.94, 0.98)), 2)
    return Drawn(
        f"A notebook forecasts a share on {n} test days with an R² of {r2}; the two "
        f"curves in its picture can hardly be told apart. Its RMSE is {ours} dollars; "
        f"that of the last price is {naive}. What is the skill against the last price, "
        "what has the network learned, and which two further checks would show it to "
        "the author?",
        "",
        [],
        worked=f"1 - {ours} / {naive} = {show(1 - ours / naive)}: worse than the last "
        "price. R² on levels compares with the mean of the whole test part, which no "
        "one would forecast; the last price has a high R², too. The network repeats "
        "the last price, with some noise. Checks: plot the forecast against the price "
        "shifted by one day, where it fits better; correlate forecast and true "
        "changes, or count how often the direction is right, with an interval; "
        "repeat with other seeds or origins.",
        rubric=(
            (2, f"skill {show(1 - ours / naive)}, so worse than the last price"),
            (1, "R² on levels says little"),
            (1, "the network repeats the last price"),
            (2, "two checks: shifted curve, changes, direction, seeds, origins"),
        ),
    )
