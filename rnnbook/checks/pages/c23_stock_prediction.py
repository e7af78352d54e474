"""Checks of 23-stock-prediction: leaks, baselines and intervals."""

import math

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake
from rnnbook.data import windows


def clean(price, first_test_day):
    """Windows of 20 days before the test, scaled by these days to 0 to 1."""
    known = price[:first_test_day]
    scaled = (known - known.min()) / (known.max() - known.min())
    return windows(scaled, 20)


def _price_cases(rng):
    return [
        Case("a random walk", (100 + rng.normal(size=60).cumsum(), 40)),
        Case("a rising price", (np.arange(1, 51.0) ** 1.5, 35)),
        Case("a falling price", (np.linspace(90, 20, 48), 30)),
    ]


enter(
    Check(
        "data.clean",
        "23-stock-prediction",
        clean,
        "price, first_test_day",
        (("x", "y"),),
        _price_cases,
        (
            mistake(
                "scale_of_everything",
                "The scale knows the test days: their lowest or highest price enters.",
                "(known - known.min()) / (known.max() - known.min())",
                "(known - price.min()) / (price.max() - price.min())",
            ),
            mistake(
                "windows_of_everything",
                "The windows reach into the test days. Cut before anything else.",
                "known = price[:first_test_day]",
                "known = price",
            ),
            mistake(
                "windows_beyond_the_end",
                "The scale is clean, but windows are cut from all days.",
                "return windows(scaled, 20)",
                "low, high = known.min(), known.max()\n"
                "    return windows((price - low) / (high - low), 20)",
            ),
            mistake(
                "shuffled",
                "The rows are shuffled. Among training rows that is no leak, but here "
                "they are to stay in the order of time.",
                "return windows(scaled, 20)",
                "x, y = windows(scaled, 20)\n"
                "    rows = np.random.default_rng(0).permutation(len(x))\n"
                "    return x[rows], y[rows]",
            ),
            mistake(
                "not_scaled",
                "The prices are not scaled.",
                "(known - known.min()) / (known.max() - known.min())",
                "known",
            ),
            mistake(
                "standardised",
                "Scaled to mean zero and spread one. Asked for is a range from 0 to 1.",
                "(known - known.min()) / (known.max() - known.min())",
                "(known - known.mean()) / known.std()",
            ),
        ),
    )
)


def always_up(returns):
    """The share of rising days and its Wilson interval."""
    n, z = len(returns), 1.959963984540054
    share = (returns > 0).sum() / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2) / (1 + z**2 / n)
    return share, middle - half, middle + half


def _return_cases(rng):
    sizes = ("a year", 252), ("two weeks", 10), ("a long series", 1500)
    cases = [Case(label, (rng.normal(0.05, 1, size=n),)) for label, n in sizes]
    return [*cases, Case("days without a change", (np.array([0, 1.0, 0, -1, 2]),))]


enter(
    Check(
        "metrics.always_up",
        "23-stock-prediction",
        always_up,
        "returns",
        (("share", "low", "high"),),
        _return_cases,
        (
            mistake(
                "normal_interval",
                "That is the normal interval around the share. Wilson's is not centred "
                "on it, and stays between 0 and 1 for few days as well.",
                "return share, middle - half, middle + half",
                "half = z * math.sqrt(share * (1 - share) / n)\n"
                "    return share, share - half, share + half",
            ),
            mistake(
                "standing_still_is_up",
                "Days without a change were counted as rising.",
                "returns > 0",
                "returns >= 0",
            ),
            mistake(
                "one_sided",
                "The interval is that of 90 %: for 95 % two and a half per cent are "
                "left on either side.",
                "1.959963984540054",
                "1.6448536269514722",
            ),
            mistake(
                "no_interval",
                "The share is right; its interval is still missing.",
                "middle - half, middle + half",
                "0.0, 1.0",
            ),
            mistake(
                "mean_return",
                "You averaged the returns. Count the days on which they are positive.",
                "(returns > 0).sum() / n",
                "returns.mean()",
                "math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)",
                "math.sqrt(abs(share * (1 - share)) / n + (z / (2 * n)) ** 2)",
            ),
        ),
    )
)


def days_needed(share):
    """The first n for which the Wilson interval lies above one half."""
    n, z = 1, 1.959963984540054
    while True:
        middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        root = math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
        if middle - z * root / (1 + z**2 / n) > 0.5:
            return n
        n += 1


enter(
    Check(
        "metrics.days_needed",
        "23-stock-prediction",
        days_needed,
        "share",
        ("days",),
        lambda rng: [Case(f"a share of {p}", (p,)) for p in (0.55, 0.6, 0.58, 0.7)],
        (
            mistake(
                "normal_interval",
                "That is the answer for the normal interval. Wilson's is a little "
                "different, and better for few days.",
                "middle - z * root / (1 + z**2 / n)",
                "share - z * math.sqrt(share * (1 - share) / n)",
            ),
            mistake(
                "one_sided",
                "The interval is that of 90 %.",
                "1.959963984540054",
                "1.6448536269514722",
            ),
            mistake(
                "one_short",
                "One day short: there the interval still holds one half.",
                "return n",
                "return n - 1",
            ),
            mistake(
                "one_too_many",
                "One day too many: the day before was enough.",
                "return n",
                "return n + 1",
            ),
            mistake(
                "upper_end",
                "The *upper* end is above one half from the first day on. The lower "
                "one has to be.",
                "middle - z * root",
                "middle + z * root",
            ),
        ),
    )
)


def open_lstm(*args, **kwargs):
    """A torch.nn.LSTM whose forget gates start at a bias of one."""
    import torch

    layer = torch.nn.LSTM(*args, **kwargs)
    H = layer.hidden_size
    with torch.no_grad():
        layer.bias_ih_l0[H : 2 * H] = 1
        layer.bias_hh_l0[H : 2 * H] = 0
    return layer


def _biases(function):
    """What counts of a layer: the sum of its two biases, block by block."""

    def blocks(D, H):
        import torch

        torch.manual_seed(0)
        layer = function(D, H, batch_first=True)
        if not isinstance(layer, torch.nn.LSTM):
            return layer
        both = (layer.bias_ih_l0 + layer.bias_hh_l0).detach().numpy()
        i, f, g, o = np.split(both.astype(np.float64), 4)
        return f, np.concatenate([i, g, o])

    return blocks


enter(
    Check(
        "torch.open_lstm",
        "23-stock-prediction",
        open_lstm,
        "D, H",
        (("forget_bias", "other_biases"),),
        lambda rng: [Case("eight units", (1, 8)), Case("five units", (3, 5))],
        (
            mistake(
                "both_set_to_one",
                "The forget gates start at a bias of two: PyTorch has two biases, and "
                "they add up.",
                "layer.bias_hh_l0[H : 2 * H] = 0",
                "layer.bias_hh_l0[H : 2 * H] = 1",
                page="13-three-libraries",
            ),
            mistake(
                "second_bias_left",
                "Near one, but not one: the second bias still holds the random numbers "
                "it started with, and both add up.",
                "        layer.bias_hh_l0[H : 2 * H] = 0\n",
                "",
                page="13-three-libraries",
            ),
            mistake(
                "input_gate_opened",
                "You opened the input gates. The order of the blocks is i, f, g, o.",
                "layer.bias_ih_l0[H : 2 * H]",
                "layer.bias_ih_l0[:H]",
                "layer.bias_hh_l0[H : 2 * H]",
                "layer.bias_hh_l0[:H]",
                page="13-three-libraries",
            ),
            mistake(
                "candidate_moved",
                "The third block is the candidate. The order of the blocks is "
                "i, f, g, o.",
                "layer.bias_ih_l0[H : 2 * H]",
                "layer.bias_ih_l0[2 * H : 3 * H]",
                "layer.bias_hh_l0[H : 2 * H]",
                "layer.bias_hh_l0[2 * H : 3 * H]",
                page="13-three-libraries",
            ),
            mistake(
                "all_gates_opened",
                "All four blocks were set. Only the forget gates are to start open.",
                "layer.bias_ih_l0[H : 2 * H]",
                "layer.bias_ih_l0[:]",
                "layer.bias_hh_l0[H : 2 * H]",
                "layer.bias_hh_l0[:]",
            ),
            mistake(
                "nothing_set",
                "The forget gates start where PyTorch starts them, near one half.",
                "    with torch.no_grad():\n"
                "        layer.bias_ih_l0[H : 2 * H] = 1\n"
                "        layer.bias_hh_l0[H : 2 * H] = 0\n",
                "",
            ),
        ),
        wrap=_biases,
    )
)


def return_and_volume(price, volume):
    """Log returns and changes of the log volume, (N - 1, 2)."""
    return np.diff(np.log(np.column_stack([price, volume])), axis=0)


def _traded(rng):
    return [
        Case(
            f"{n} days",
            (
                100 * np.exp(0.1 * rng.normal(size=n).cumsum()),
                1e6 * np.exp(rng.normal(size=n)),
            ),
        )
        for n in (5, 30)
    ]


enter(
    Check(
        "data.return_and_volume",
        "23-stock-prediction",
        return_and_volume,
        "price, volume",
        ("features",),
        _traded,
        (
            mistake(
                "levels",
                "Those are prices and volumes. Asked for are their changes, from day "
                "to day.",
                "np.diff(np.log(np.column_stack([price, volume])), axis=0)",
                "np.column_stack([price, volume])[1:]",
            ),
            mistake(
                "volume_as_level",
                "The volume enters as a level. Asked for is the change of its "
                "logarithm.",
                "np.diff(np.log(np.column_stack([price, volume])), axis=0)",
                "np.column_stack([np.diff(np.log(price)), np.log(volume)[1:]])",
            ),
            mistake(
                "differences_without_logarithm",
                "Those are differences. Take the logarithm first: a change counts as a "
                "share of what was there.",
                "np.log(np.column_stack([price, volume]))",
                "np.column_stack([price, volume])",
            ),
            mistake(
                "simple_returns",
                "Those are changes in per cent of the day before, not differences of "
                "logarithms.",
                "np.diff(np.log(np.column_stack([price, volume])), axis=0)",
                "np.column_stack([a[1:] / a[:-1] - 1 for a in (price, volume)])",
            ),
            mistake(
                "columns_exchanged",
                "The columns have changed places: the return comes first.",
                "[price, volume]",
                "[volume, price]",
            ),
            mistake(
                "volume_of_the_day_after",
                "The volume is that of the following day: a look into the future.",
                "[price, volume]",
                "[price, np.roll(volume, -1)]",
            ),
            mistake(
                "sign_turned",
                "The signs are turned: the old value was taken from the new one the "
                "wrong way round.",
                "return np.diff",
                "return -np.diff",
            ),
        ),
    )
)


def rolling_blocks(n, start, memory, every):
    """(fit from, fit to, test from, test to) of each refit."""
    return [(k - memory, k, k, min(k + every, n)) for k in range(start, n, every)]


def _block_cases(rng):
    return [
        Case("blocks that fit", ((120, 60, 40, 20))),
        Case("a last block that is shorter", ((100, 60, 40, 21))),
        Case("a refit each day", ((30, 25, 10, 1))),
    ]


enter(
    Check(
        "data.rolling_blocks",
        "23-stock-prediction",
        rolling_blocks,
        "n, start, memory, every",
        ("blocks",),
        _block_cases,
        (
            mistake(
                "expanding",
                "The fit begins at day 0 each time: that is the expanding window. It "
                "should hold the last `memory` days.",
                "(k - memory, k, k,",
                "(0, k, k,",
            ),
            mistake(
                "beyond_the_end",
                "The last block reaches beyond the last day.",
                "min(k + every, n)",
                "k + every",
            ),
            mistake(
                "last_block_dropped",
                "The days at the end that do not fill a block are left out. They have "
                "to be forecast too.",
                "range(start, n, every)",
                "range(start, n - every + 1, every)",
            ),
            mistake(
                "fitted_on_what_it_forecasts",
                "Each fit includes the days that it then forecasts.",
                "(k - memory, k, k,",
                "(k + every - memory, k + every, k,",
            ),
            mistake(
                "last_day_left_out",
                "Ends are not included here, so the day before the forecast is left "
                "out of the fit.",
                "(k - memory, k, k,",
                "(k - memory, k - 1, k,",
            ),
            mistake(
                "fitted_once",
                "The fit never moves: all blocks are forecast from the days before "
                "`start`.",
                "(k - memory, k, k,",
                "(start - memory, start, k,",
            ),
            mistake(
                "one_fit_for_all",
                "There is one fit and one forecast for all days. Walk forward: refit "
                "every few days.",
                "(k - memory, k, k, min(k + every, n)) for k in range(start, n, every)",
                "(0, start, start, n) for _ in range(1)",
            ),
        ),
    )
)


def pinball(q, y, levels):
    """Mean pinball loss of quantiles q (B, Q) for targets y (B, 1)."""
    import torch

    tau, e = torch.tensor(levels), y - q
    return torch.maximum(tau * e, (tau - 1) * e).mean()


def _in_torch(function):
    def loss(q, y, levels):
        import torch

        return function(torch.from_numpy(q), torch.from_numpy(y), levels).item()

    return loss


def _quantile_cases(rng):
    cases = []
    for levels in ((0.05, 0.95), (0.1, 0.5, 0.9)):
        q = np.sort(rng.normal(size=(6, len(levels))), axis=1)
        label = f"{len(levels)} quantiles"
        cases.append(Case(label, (q, rng.normal(size=(6, 1)), levels)))
    return cases


enter(
    Check(
        "torch.pinball",
        "23-stock-prediction",
        pinball,
        "q, y, levels",
        ("loss",),
        _quantile_cases,
        (
            mistake(
                "error_turned_round",
                "The error was taken as forecast minus truth, so each output learns "
                "the opposite quantile.",
                "y - q",
                "q - y",
            ),
            mistake(
                "both_sides_alike",
                "Errors above and below cost the same: that is the loss of the median, "
                "for every level.",
                "torch.maximum(tau * e, (tau - 1) * e)",
                "e.abs()",
            ),
            mistake(
                "smaller_side",
                "The smaller of the two was taken: the loss is negative and has no "
                "lowest point.",
                "torch.maximum",
                "torch.minimum",
            ),
            mistake(
                "summed",
                "That is the sum over batch and levels. Take the mean.",
                ".mean()",
                ".sum()",
            ),
            mistake(
                "squared",
                "The error was squared. The pinball loss is linear on both sides.",
                "tau * e, (tau - 1) * e",
                "tau * e**2, (1 - tau) * e**2",
            ),
            mistake(
                "one_side_only",
                "Errors on one side cost nothing.",
                "(tau - 1) * e",
                "0 * e",
            ),
        ),
        wrap=_in_torch,
    )
)
