"""Checks of 23-stock-prediction: leaks, baselines and intervals."""

import math

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in
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
        Case("a long series", (50 + rng.normal(size=860).cumsum(), 850)),
    ]


def _leaky(price, first_test_day):
    smooth = np.convolve(price, np.ones(5) / 5, mode="same")
    scaled = (smooth - smooth.min()) / np.ptp(smooth)
    x, y = windows(scaled, 20)
    rows = np.random.default_rng(0).permutation(len(x))[:800]
    return x[rows], y[rows]


def _pairs(outputs):
    """Each window with its target, in one row."""
    return np.hstack([outputs["x"], outputs["y"]]).round(9)


def _mixed(case, outputs, expected):
    """Windows that are right, each with its target, in an order that is not theirs.

    All of them, or 800. Seed 0 is another mistake, which can come with a second one.
    """
    mine, right = _pairs(outputs), _pairs(expected)
    orders = [np.arange(len(right)), np.arange(len(right))[::-1]]
    orders.append(np.random.default_rng(0).permutation(len(right)))
    found = [np.array_equal(mine, right[order[: len(mine)]]) for order in orders]
    once = len(set(map(tuple, mine))) == len(mine)
    inside = once and set(map(tuple, mine)) <= set(map(tuple, right))
    return inside and len(mine) in {len(right), min(800, len(right))} and not any(found)


def _of_another_length(case, outputs, expected):
    price, day = case.args
    known, length = price[:day], outputs["x"].shape[1]
    scaled = (known - known.min()) / np.ptp(known)
    pairs = zip(windows(scaled, length), (outputs["x"], outputs["y"]), strict=True)
    return length != 20 and all(np.allclose(a, b) for a, b in pairs)


def _nineteen(price, first_test_day):
    known = price[:first_test_day]
    return windows((known - known.min()) / np.ptp(known), 19)


def _mixed_by_another_seed(price, first_test_day):
    x, y = clean(price, first_test_day)
    rows = np.random.default_rng(1).permutation(len(x))
    return x[rows], y[rows]


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
                "Scale and windows both reach into the test days: everything was "
                "computed before the test days were cut off.",
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
                "shuffled_and_cut",
                "The rows are still drawn at random, and 800 of them at most. All "
                "windows are wanted, in the order of time.",
                "return windows(scaled, 20)",
                "x, y = windows(scaled, 20)\n"
                "    rows = np.random.default_rng(0).permutation(len(x))[:800]\n"
                "    return x[rows], y[rows]",
            ),
            mistake(
                "shuffled_otherwise",
                "The windows are right, and stand in a random order. They are to stay "
                "in the order of time.",
                _mixed_by_another_seed,
                holds=_mixed,
            ),
            mistake(
                "another_length",
                "All is clean, but the windows have another length than 20 days.",
                _nineteen,
                holds=_of_another_length,
            ),
            mistake(
                "smoothed_backwards",
                "The prices are still smoothed. An average over the days before looks "
                "at no later day, but the exercise wants none.",
                "known = price[:first_test_day]",
                'known = np.convolve(price[:first_test_day], np.ones(5) / 5, "valid")',
            ),
            mistake(
                "columns_scaled",
                "Windows were cut before the scaling: the scaler gives each of the 20 "
                "places a scale of its own, and the targets none.",
                "return windows(scaled, 20)",
                "x, y = windows(known, 20)\n"
                "    return (x - x.min(axis=0)) / np.ptp(x, axis=0), y",
            ),
            mistake(
                "columns_and_targets_scaled",
                "Windows were cut before the scaling: each of the 20 places has a "
                "scale of its own, and the targets have another one.",
                "return windows(scaled, 20)",
                "x, y = windows(known, 20)\n"
                "    return tuple((a - a.min(0)) / np.ptp(a, axis=0) for a in (x, y))",
            ),
            mistake(
                "not_scaled",
                "The prices are not scaled.",
                "(known - known.min()) / (known.max() - known.min())",
                "known",
            ),
            mistake(
                "standardised",
                "The prices were scaled to mean zero and spread one. The exercise "
                "wants a range from 0 to 1.",
                "(known - known.min()) / (known.max() - known.min())",
                "(known - known.mean()) / known.std()",
            ),
            mistake(
                "not_mended",
                "All three leaks are still there: this is what the leaky function "
                "returns.",
                _leaky,
            ),
            mistake(
                "only_800",
                "Only the first 800 windows are returned: the limit of the leaky "
                "function is still there.",
                "return windows(scaled, 20)",
                "x, y = windows(scaled, 20)\n    return x[:800], y[:800]",
            ),
            mistake(
                "still_smoothed",
                "The prices are still smoothed, with an average that looks ahead.",
                "known = price[:first_test_day]",
                "known = np.convolve(price[:first_test_day], np.ones(5) / 5)[2:-2]",
            ),
            mistake(
                "test_day_included",
                "The first test day is among the training days. A slice ends *before* "
                "its second number, so nothing need be added.",
                "price[:first_test_day]",
                "price[: first_test_day + 1]",
            ),
            mistake(
                "last_day_lost",
                "The last day before the test is missing. A slice ends *before* its "
                "second number, so nothing need be taken off.",
                "price[:first_test_day]",
                "price[: first_test_day - 1]",
            ),
            mistake(
                "divided_by_largest",
                "The prices were divided by the largest one, so the lowest is not at "
                "zero.",
                "(known - known.min()) / (known.max() - known.min())",
                "known / known.max()",
            ),
            mistake(
                "from_minus_one",
                "The range is from -1 to 1. It should be from 0 to 1.",
                "(known - known.min()) / (known.max() - known.min())",
                "2 * (known - known.min()) / (known.max() - known.min()) - 1",
            ),
            mistake(
                "each_window_scaled",
                "Every window was scaled by itself. All share one scale, that of the "
                "days before the test.",
                "return windows(scaled, 20)",
                "x, y = windows(known, 20)\n"
                "    low, size = x.min(axis=1), np.ptp(x, axis=1)\n"
                "    return tuple(((a.T - low) / size).T for a in (x, y))",
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


Z = 1.959963984540054


def _jeffreys(returns):
    from scipy.stats import beta

    n, up = len(returns), (returns > 0).sum()
    return up / n, *beta.ppf([0.025, 0.975], up + 0.5, n - up + 0.5)


def _clopper_pearson(returns):
    from scipy.stats import beta

    n, up = len(returns), (returns > 0).sum()
    low = beta.ppf(0.025, up, n - up + 1) if up else 0.0
    high = beta.ppf(0.975, up + 1, n - up) if up < n else 1.0
    return up / n, low, high


def _normal_of_the_share(returns):
    n, share = len(returns), (returns > 0).mean()
    half = Z * math.sqrt(share / n * (1 - share / n) / n)
    return share, max(share / n - half, 0.0), min(share / n + half, 1.0)


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
                "That is the normal interval around the share, the default of "
                "`proportion_confint`. Wilson's is not centred on the share, and does "
                "better for few days.",
                "return share, middle - half, middle + half",
                "half = z * math.sqrt(share * (1 - share) / n)\n"
                "    return share, max(share - half, 0.0), min(share + half, 1.0)",
            ),
            mistake(
                "normal_interval_beyond_the_ends",
                "That is the normal interval around the share; for few days it can "
                "reach below 0 or above 1. Wilson's cannot.",
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
                "share_for_count",
                "The share is right, but the interval was asked for with the share in "
                "place of the *number* of rising days: it is that of less than one "
                "rising day.",
                "share = (returns > 0).sum() / n",
                "share = (full := (returns > 0).sum() / n) / n",
                "return share,",
                "return full,",
            ),
            mistake(
                "normal_interval_of_the_share",
                "The share was given for the number of rising days, and the method was "
                "left at its default, which is not Wilson's.",
                _normal_of_the_share,
            ),
            mistake(
                "one_standard_error",
                "That is one standard error to either side, which holds about two "
                "thirds. The interval of 95 % is nearly twice as wide, and Wilson's is "
                "not centred on the share.",
                "return share, middle - half, middle + half",
                "half = math.sqrt(share * (1 - share) / n)\n"
                "    return share, share - half, share + half",
            ),
            mistake(
                "one_sided",
                "That is the interval of 90 %, which leaves 5 % on either side. One "
                "of 95 % leaves 2.5 % on either side.",
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
                "You averaged the returns. The share of days with a positive return "
                "is wanted.",
                "(returns > 0).sum() / n",
                "returns.mean()",
                "math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)",
                "math.sqrt(abs(share * (1 - share)) / n + (z / (2 * n)) ** 2)",
            ),
            mistake(
                "confidence_for_error",
                "That is the interval of 5 %, which is far too narrow. `alpha` is the "
                "share that may lie *outside*.",
                "1.959963984540054",
                "0.06270677794321385",
            ),
            mistake(
                "number_for_share",
                "The first value is the number of rising days. Its share of all days "
                "is wanted.",
                "return share,",
                "return share * n,",
            ),
            mistake(
                "half_width_returned",
                "The half width of the interval stands where its two ends belong.",
                "middle - half, middle + half",
                "half, half",
            ),
            mistake(
                "centred_on_the_share",
                "The width is Wilson's, but the interval was put around the share. Its "
                "middle lies a little nearer to one half.",
                "middle - half, middle + half",
                "share - half, share + half",
            ),
            mistake(
                "falling_days",
                "The falling days were counted.",
                "(returns > 0)",
                "(returns < 0)",
            ),
            mistake(
                "middle_for_share",
                "The first value is the middle of the interval. It should be the share "
                "itself.",
                "return share,",
                "return middle,",
            ),
            mistake(
                "exact_interval",
                "That is the exact interval of Clopper and Pearson, which is wider. "
                "The exercise asks for Wilson's.",
                _clopper_pearson,
            ),
            mistake(
                "agresti_coull",
                "That is the interval of Agresti and Coull. It has Wilson's middle and "
                "is a little wider.",
                "share * (1 - share) / n + (z / (2 * n)) ** 2) / (1 + z**2 / n)",
                "middle * (1 - middle) / (n + z**2))",
            ),
            mistake(
                "jeffreys_interval",
                "That is Jeffreys' interval. The exercise wants Wilson's.",
                _jeffreys,
            ),
            mistake(
                "quantiles_of_returns",
                "The ends are quantiles of the returns. The interval is one of the "
                "*share* of rising days.",
                lambda returns: (
                    (returns > 0).mean(),
                    *np.quantile(returns, [0.025, 0.975]),
                ),
            ),
            mistake(
                "standing_still_left_out",
                "Days without a change were left out. They are days on which the price "
                "did not rise.",
                "len(returns), 1.959963984540054",
                "(returns != 0).sum(), 1.959963984540054",
            ),
        ),
        tolerance=2e-4,  # 1.96 is good enough
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


def _one_less_than_a_day_short(case, outputs, expected):
    """What would be right if it were rounded up."""
    days, right = float(outputs["days"]), float(expected["days"])
    return right - 1 < days < right


def _with_two(case, outputs, expected):
    """What 2 in place of 1.96 leads to; on a whole number, that one or the next."""
    days = (1 / (case.args[0] - 0.5)) ** 2
    return math.ceil(days - 1e-6) <= outputs["days"] <= math.floor(days + 1e-6) + 1


enter(
    Check(
        "metrics.days_needed",
        "23-stock-prediction",
        days_needed,
        "share",
        ("days",),
        lambda rng: [
            Case(f"a share of {p}", (p,)) for p in (0.55, 0.6, 0.58, 0.7, 0.61)
        ],
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
                "The interval is that of 90 %, which is narrower than that of 95 %.",
                "1.959963984540054",
                "1.6448536269514722",
            ),
            mistake(
                "one_short",
                "One day short: there the lower end is not yet above one half.",
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
                "always_one",
                "The answer is one day for every share: `n` is not raised yet, or it "
                "was the *upper* end that was looked at, which is above one half from "
                "the first day on.",
                lambda share: 1,
            ),
            mistake(
                "in_years",
                "That is the number of years. The number of days is wanted.",
                "return n",
                "return n / 252",
            ),
            mistake(
                "not_squared",
                "The 1.96 of the half-width was not squared when the formula was "
                "solved for the days.",
                lambda share: math.ceil(Z * 0.25 / (share - 0.5) ** 2),
                holds=lambda case, mine, right: (
                    abs(mine["days"] - Z * 0.25 / (case.args[0] - 0.5) ** 2) < 1.1
                ),
            ),
            mistake(
                "distance_not_squared",
                "The distance from one half was not squared when the formula was "
                "solved for the days.",
                lambda share: math.ceil(Z**2 * 0.25 / (share - 0.5)),
            ),
            mistake(
                "hits_rounded_down",
                "The hits were rounded down to a whole number. Here they are `share * "
                "n`, which need not be whole.",
                "n, z = 1, 1.959963984540054",
                "n, z, p = 1, 1.959963984540054, share",
                "        middle = ",
                "        share = int(p * n) / n\n        middle = ",
            ),
            mistake(
                "hits_rounded_up",
                "The hits were rounded up to a whole number. Here they are `share * "
                "n`, which need not be whole.",
                "n, z = 1, 1.959963984540054",
                "n, z, p = 1, 1.959963984540054, share",
                "        middle = ",
                "        share = math.ceil(p * n) / n\n        middle = ",
            ),
            mistake(
                "hits_rounded",
                "The hits were rounded to the nearest whole number. Here they are "
                "`share * n`, which need not be whole.",
                "n, z = 1, 1.959963984540054",
                "n, z, p = 1, 1.959963984540054, share",
                "        middle = ",
                "        share = round(p * n) / n\n        middle = ",
            ),
            mistake(
                "not_whole",
                "That is not a whole number. Days are counted: the first whole one "
                "that is enough lies just above it.",
                lambda share: (Z / 2 / (share - 0.5)) ** 2,
            ),
            mistake(
                "not_rounded_up",
                "That is no whole number of days, and there the lower end is not yet "
                "above one half.",
                lambda share: (0.98 / (share - 0.5)) ** 2,
                holds=_one_less_than_a_day_short,
            ),
            mistake(
                "rounded_to_two",
                "The interval reaches two standard errors to either side. For 95 % it "
                "is a little less than two.",
                lambda share: math.ceil((1 / (share - 0.5)) ** 2 - 1e-6),
                holds=_with_two,
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
                "one_added",
                "One was added to what PyTorch has drawn. The bias should be one, "
                "whatever was there before.",
                "layer.bias_ih_l0[H : 2 * H] = 1",
                "layer.bias_ih_l0[H : 2 * H] += 1",
                "        layer.bias_hh_l0[H : 2 * H] = 0\n",
                "",
            ),
            mistake(
                "first_bias_left",
                "One of the two biases is set. The other still holds the random "
                "numbers it started with, and the forget gates get the sum.",
                "        layer.bias_ih_l0[H : 2 * H] = 1\n",
                "",
                "layer.bias_hh_l0[H : 2 * H] = 0",
                "layer.bias_hh_l0[H : 2 * H] = 1",
            ),
            mistake(
                "others_cleared",
                "The forget gates are right. The biases of the other blocks were "
                "cleared as well; they should stay as PyTorch drew them.",
                "layer.bias_hh_l0[H : 2 * H] = 0",
                "layer.bias_hh_l0[:] = layer.bias_ih_l0[:H] = 0\n"
                "        layer.bias_ih_l0[2 * H :] = 0",
            ),
            mistake(
                "second_bias_cleared",
                "The forget gates are right. The second bias was set to zero in all "
                "four blocks; in the other three it should stay as PyTorch drew it.",
                "layer.bias_hh_l0[H : 2 * H]",
                "layer.bias_hh_l0[:]",
            ),
            mistake(
                "first_bias_cleared",
                "The forget gates are right. The first bias was set to zero in the "
                "other three blocks; there it should stay as PyTorch drew it.",
                "layer.bias_ih_l0[H : 2 * H] = 1",
                "layer.bias_ih_l0[:] = 0\n        layer.bias_ih_l0[H : 2 * H] = 1",
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
                "output_gate_opened",
                "You opened the output gates, which come last. The order of the blocks "
                "is i, f, g, o.",
                "layer.bias_ih_l0[H : 2 * H]",
                "layer.bias_ih_l0[3 * H :]",
                "layer.bias_hh_l0[H : 2 * H]",
                "layer.bias_hh_l0[3 * H :]",
                page="13-three-libraries",
            ),
            mistake(
                "a_quarter_of_the_units",
                "Too few biases are set, and at the wrong place: the hidden size was "
                "divided by four. A bias holds four blocks, and each is as long as the "
                "hidden size.",
                "H = layer.hidden_size",
                "H = layer.hidden_size // 4",
            ),
            mistake(
                "all_gates_opened",
                "All four blocks were set. Only the forget gates should start at one.",
                "layer.bias_ih_l0[H : 2 * H]",
                "layer.bias_ih_l0[:]",
                "layer.bias_hh_l0[H : 2 * H]",
                "layer.bias_hh_l0[:]",
            ),
            mistake(
                "nothing_set",
                "The forget gates' biases are still those that PyTorch draws, near "
                "zero.",
                "    with torch.no_grad():\n"
                "        layer.bias_ih_l0[H : 2 * H] = 1\n"
                "        layer.bias_hh_l0[H : 2 * H] = 0\n",
                "",
            ),
        ),
        wrap=_biases,
        gives="layer",
    )
)


def return_and_volume(price, volume):
    """Log returns and changes of the log volume, (N - 1, 2)."""
    return np.diff(np.log(np.column_stack([price, volume])), axis=0)


CHANGES = "np.diff(np.log(np.column_stack([price, volume])), axis=0)"


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
                "Those are prices and volumes. Their changes from day to day are "
                "wanted.",
                CHANGES,
                "np.column_stack([price, volume])[1:]",
            ),
            mistake(
                "volume_as_level",
                "The logarithm of the volume enters as it is. Its change from day to "
                "day is wanted.",
                CHANGES,
                "np.column_stack([np.diff(np.log(price)), np.log(volume)[1:]])",
            ),
            mistake(
                "differences_without_logarithm",
                "Those are differences of price and volume themselves. The logarithm "
                "comes first, so that a change counts in proportion to what was "
                "there.",
                "np.log(np.column_stack([price, volume]))",
                "np.column_stack([price, volume])",
            ),
            mistake(
                "logarithm_of_differences",
                "The logarithm was taken of the differences. Where a number falls, its "
                "difference is negative and has no logarithm. The logarithm comes "
                "first.",
                CHANGES,
                "np.log(np.diff(np.column_stack([price, volume]), axis=0))",
            ),
            mistake(
                "simple_returns",
                "Those are changes as a share of the day before. Differences of "
                "logarithms are wanted, which are not quite the same.",
                CHANGES,
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
                "The signs are turned: the new value was taken from the old one.",
                "return np.diff",
                "return -np.diff",
            ),
            mistake(
                "volume_without_logarithm",
                "The return is right. The volume enters as a plain difference; it is "
                "the change of its *logarithm* that is wanted.",
                CHANGES,
                "np.column_stack([np.diff(np.log(price)), np.diff(volume)])",
            ),
            mistake(
                "price_without_logarithm",
                "The volume is right. The price enters as a plain difference; it is "
                "the log return that is wanted.",
                CHANGES,
                "np.column_stack([np.diff(price), np.diff(np.log(volume))])",
            ),
            mistake(
                "simple_return_of_the_price",
                "The volume is right. The price enters as a change in shares of the "
                "day before, which is the simple return and not the log return.",
                CHANGES,
                "np.array([price[1:] / price[:-1] - 1, np.diff(np.log(volume))]).T",
            ),
            mistake(
                "volume_change_as_share",
                "The return is right. The change of the volume was taken as a share of "
                "the day before. Volumes jump, and there the two differ much.",
                CHANGES,
                "np.array([np.diff(np.log(price)), volume[1:] / volume[:-1] - 1]).T",
            ),
            mistake(
                "bare_volume",
                "The return is right. The volume stands beside it as it is, in shares "
                "traded.",
                CHANGES,
                "np.column_stack([np.diff(np.log(price)), volume[1:]])",
            ),
            mistake(
                "two_rows",
                "Return and volume are two rows. Days are the rows, and the two "
                "quantities are the columns.",
                "return np.diff(np.log(np.column_stack([price, volume])), axis=0)",
                "return np.diff(np.log(np.column_stack([price, volume])), axis=0).T",
            ),
            mistake(
                "a_row_for_the_first_day",
                "The first day has a row of zeros. There is no change before the "
                "second day, so there is one row less than days.",
                lambda price, volume: np.vstack(
                    [np.zeros(2), np.diff(np.log(np.c_[price, volume]), axis=0)]
                ),
            ),
            mistake(
                "logarithms_of_levels",
                "Those are logarithms of the levels. Their *changes* are wanted.",
                CHANGES,
                "np.log(np.column_stack([price, volume]))[1:]",
            ),
            mistake(
                "all_logarithms",
                "Those are the logarithms of all days. Their changes from day to day "
                "are wanted, one row less.",
                lambda price, volume: np.log(np.column_stack([price, volume])),
            ),
            mistake(
                "between_the_columns",
                "The difference is between price and volume on the same day. It should "
                "be between one day and the next.",
                lambda price, volume: np.diff(np.log(np.column_stack([price, volume]))),
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
                "a_block_each_day",
                "A block begins on every day, so that blocks overlap and days are "
                "forecast again and again. The next block begins where the one before "
                "has ended.",
                "range(start, n, every)",
                "range(start, n)",
            ),
            mistake(
                "memory_from_the_start_on",
                "The first fit begins at day `start`, and the first forecast comes "
                "`memory` days later. The memory lies *before* `start`, which is the "
                "first day that is forecast.",
                "(k - memory, k, k, min(k + every, n)) for k in range(start, n, every)",
                "(k - memory, k, k, min(k + every, n))\n"
                "        for k in range(start + memory, n, every)",
            ),
            mistake(
                "fitted_on_one_block",
                "Each fit has as many days as a block. It should have the `memory` "
                "days before it.",
                "(k - memory, k, k,",
                "(k - every, k, k,",
            ),
            mistake(
                "blocks_one_day_late",
                "Each block begins a day late: between a fit and its block one day is "
                "left out.",
                "(k - memory, k, k, min(k + every, n))",
                "(k - memory, k, k + 1, min(k + every + 1, n))",
            ),
            mistake(
                "one_fit_for_all",
                "There is one fit and one forecast for all days. There should be a "
                "new fit every `every` days.",
                "(k - memory, k, k, min(k + every, n)) for k in range(start, n, every)",
                "(0, start, start, n) for _ in range(1)",
            ),
            mistake(
                "ends_included",
                "Both ends are the last days of a fit and of a block. Here an end is "
                "the first day that does *not* belong to it.",
                "(k - memory, k, k, min(k + every, n))",
                "(k - memory, k - 1, k, min(k + every, n) - 1)",
            ),
            mistake(
                "last_test_day_left_out",
                "Each block ends one day too early: the ends are not included here, so "
                "its last day is not forecast.",
                "min(k + every, n)",
                "min(k + every, n) - 1",
            ),
            mistake(
                "last_day_of_all_missing",
                "The very last day is not forecast: the last block should end at `n`, "
                "which is not included.",
                "min(k + every, n)",
                "min(k + every, n - 1)",
            ),
            mistake(
                "stepped_by_memory",
                "The blocks follow each other at the distance of the memory. A refit "
                "comes every `every` days.",
                "range(start, n, every)",
                "range(start, n, memory)",
            ),
            mistake(
                "memory_one_day_less",
                "Each fit has one day less than the memory: with an end that is not "
                "included, the difference of the two is the number of days.",
                "(k - memory, k, k,",
                "(k - memory + 1, k, k,",
            ),
            mistake(
                "fit_that_grows",
                "The first day of the fit stays where it was at the first refit, so "
                "the fit grows. A rolling window drops old days as it takes in new "
                "ones.",
                "(k - memory, k, k,",
                "(start - memory, k, k,",
            ),
            mistake(
                "memory_behind_the_start",
                "The first fit begins at day `start`. The memory lies before it: "
                "`start` is the first day that is forecast.",
                "(k - memory, k, k, min(k + every, n))",
                "(k, k + memory, k + memory, min(k + memory + every, n))",
            ),
            mistake(
                "first_test_day_left_out",
                "The day after each fit is not forecast. The block begins where the "
                "fit ends, which is not included.",
                "(k - memory, k, k,",
                "(k - memory, k, k + 1,",
            ),
            mistake(
                "starts_at_memory",
                "The first forecast is for day `memory`. It should be for day `start`.",
                "range(start, n, every)",
                "range(memory, n, every)",
            ),
            mistake(
                "one_day_early",
                "Each fit is one day too early: an end is not included, so the day "
                "before the block is missing.",
                "(k - memory, k, k,",
                "(k - memory - 1, k - 1, k - 1,",
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

        return function(torch.from_numpy(q), torch.from_numpy(y), levels)

    return loss


def _quantile_cases(rng):
    cases = []
    for levels in ((0.05, 0.95), (0.1, 0.5, 0.8)):
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
                "The two sides have each other's weights, as if the error were "
                "forecast minus truth, so each output learns the opposite quantile.",
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
                "The smaller of the two was taken, so the loss is negative and falls "
                "without end.",
                "torch.maximum",
                "torch.minimum",
            ),
            mistake(
                "summed",
                "That is the sum over batch and levels. The mean is wanted.",
                ".mean()",
                ".sum()",
            ),
            mistake(
                "level_on_both_sides",
                "Errors above and below both cost `tau`: the sign was taken off first. "
                "Below, an error costs one minus `tau`.",
                "torch.maximum(tau * e, (tau - 1) * e)",
                "(tau * e.abs())",
            ),
            mistake(
                "levels_written_in",
                "The levels are those of the exercise, whatever `levels` holds, and "
                "only two of the outputs take part.",
                "torch.tensor(levels), y - q",
                "torch.tensor([0.05, 0.95]), y - q[:, :2]",
            ),
            mistake(
                "first_two_levels_alone",
                "Only the first two levels take part. `levels` may hold more.",
                "torch.tensor(levels), y - q",
                "torch.tensor(levels[:2]), y - q[:, :2]",
            ),
            mistake(
                "first_level_for_all",
                "The first level was taken for all outputs. Each output has its own.",
                "torch.tensor(levels)",
                "levels[0]",
            ),
            mistake(
                "loss_of_each",
                "There is a number for each forecast and level. Their mean is wanted.",
                ".mean()",
                "",
            ),
            mistake(
                "mean_for_each_level",
                "There is a mean for each level. One mean over all is wanted.",
                ".mean()",
                ".mean(dim=0)",
            ),
            mistake(
                "larger_of_the_means",
                "The mean came first, and then the larger of two. Which side is "
                "larger is asked for each error by itself.",
                "torch.maximum(tau * e, (tau - 1) * e).mean()",
                "torch.maximum((tau * e).mean(), ((tau - 1) * e).mean())",
            ),
            mistake(
                "everyone_with_everyone",
                "Every forecast is compared with every target: a column less a row "
                "makes a table. Each forecast has one target, its own.",
                "y - q\n",
                "y[:, :, None] - q\n",
            ),
            mistake(
                "negative_below",
                "Where the error is below zero, its cost is negative here, and the "
                "loss rewards it.",
                "torch.maximum(tau * e, (tau - 1) * e)",
                "torch.where(e > 0, tau * e, (1 - tau) * e)",
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
            mistake(
                "level_on_the_wrong_side",
                "Both factors are positive, so both products have the sign of the "
                "error, and the larger one was taken. For errors below zero that is "
                "negative: the loss rewards them.",
                "(tau - 1) * e",
                "(1 - tau) * e",
            ),
            mistake(
                "levels_turned_round",
                "The levels are assigned in reverse: the first output has the last of "
                "them.",
                "torch.tensor(levels)",
                "torch.tensor(levels).flip(0)",
            ),
            mistake(
                "summed_over_levels",
                "The losses of the levels were added up. The mean runs over them too.",
                ".mean()",
                ".sum(dim=1).mean()",
            ),
        ),
        wrap=_in_torch,
    )
)

taught_in(
    {
        "data.clean": "Three questions",
        "metrics.always_up": "Worse than a coin?",
        "metrics.days_needed": "Worse than a coin?",
        "torch.open_lstm": "The picture that everyone draws",
        "data.return_and_volume": "What can be predicted",
        "data.rolling_blocks": "Would refitting help?",
        "torch.pinball": "How sure is the forecast?",
    }
)
