"""Checks of 41-claims-tested: intervals, verdicts, fair rates, baselines, overlap."""

import math

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in

PAGE = "41-claims-tested"


def verdict(low, high, matters):
    """1, 0 or -1 for an interval of a gain: true, false, cannot be told; arrays."""
    return np.where(low > 0, 1, np.where(high < matters, 0, -1))


def _intervals(rng):
    low = np.array([0.1, -0.3, -0.2, -0.4, 0.02, -0.01, -0.3])
    high = np.array([0.5, -0.1, 0.3, 0.05, 0.04, 0.2, 0.09])
    more = rng.normal(size=40)
    return [
        Case("seven intervals, 0.1 matters", (low, high, 0.1)),
        Case("forty intervals", (more, more + rng.uniform(0.1, 1.5, 40), 0.4)),
    ]


enter(
    Check(
        "claims.verdict",
        PAGE,
        verdict,
        "low, high, matters",
        ("verdicts",),
        _intervals,
        (
            mistake(
                "not_shown_is_false",
                "Whatever is not shown to be a gain is called false. A wide interval "
                "around zero refutes nothing: it may hold a gain that matters.",
                "np.where(high < matters, 0, -1)",
                "0",
            ),
            mistake(
                "only_losses_are_false",
                "False is said only where the whole interval is a loss. A gain that is "
                "surely too small to matter refutes the claim as well.",
                "high < matters",
                "high < 0",
            ),
            mistake(
                "gain_must_matter",
                "A gain counts only beyond what matters. The claim is that there is a "
                "gain; for that the interval has to lie above zero.",
                "low > 0",
                "low > matters",
            ),
            mistake(
                "middle_decides",
                "The middle of the interval decides. Then every claim gets a verdict, "
                "whatever the noise.",
                "low > 0",
                "(low + high) / 2 > 0",
            ),
            mistake(
                "touching_is_enough",
                "An interval counts as a gain as soon as its upper end is above zero.",
                "low > 0",
                "high > 0",
            ),
            mistake(
                "false_first",
                "False was asked before true: a small gain that is sure was called "
                "false. The claim is that there is a gain.",
                "np.where(low > 0, 1, np.where(high < matters, 0, -1))",
                "np.where(high < matters, 0, np.where(low > 0, 1, -1))",
            ),
            mistake(
                "open_is_zero",
                "What cannot be told and what is false have exchanged their numbers.",
                "0, -1)",
                "-1, 0)",
            ),
        ),
    )
)


def welch(a, b):
    """The difference of two means, its standard error, its degrees of freedom."""
    u, v = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    free = (u + v) ** 2 / (u**2 / (len(a) - 1) + v**2 / (len(b) - 1))
    return a.mean() - b.mean(), np.sqrt(u + v), free


def _samples(rng):
    return [
        Case("five and five", (rng.normal(size=5), 1 + 3 * rng.normal(size=5))),
        Case("three and ten", (rng.normal(size=3), 0.2 * rng.normal(size=10))),
        Case("six and four", (2 + rng.normal(size=6), rng.normal(size=4))),
    ]


enter(
    Check(
        "claims.welch",
        PAGE,
        welch,
        "a, b",
        (("difference", "error", "free"),),
        _samples,
        (
            mistake(
                "divided_by_n",
                "The variances are divided by the number of runs, which makes them too "
                "small for a few runs: ddof=1.",
                "a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)",
                "a.var() / len(a), b.var() / len(b)",
            ),
            mistake(
                "spread_of_runs",
                "That is the spread of single runs. A mean of many runs is known "
                "better: each variance is divided by its number of runs.",
                "a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)",
                "a.var(ddof=1), b.var(ddof=1)",
            ),
            mistake(
                "pooled_variance",
                "One variance was pooled for both. Welch's interval lets each have its "
                "own.",
                "np.sqrt(u + v)",
                "np.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1))"
                " / (len(a) + len(b) - 2) * (1 / len(a) + 1 / len(b)))",
            ),
            mistake(
                "errors_added",
                "The two standard errors were added. Their squares add up.",
                "np.sqrt(u + v)",
                "np.sqrt(u) + np.sqrt(v)",
            ),
            mistake(
                "variance_returned",
                "The second number is a square: the root is missing.",
                "np.sqrt(u + v)",
                "u + v",
            ),
            mistake(
                "pooled_freedom",
                "The degrees of freedom are those for equal variances. Welch's are "
                "fewer where the larger variance has few runs.",
                "(u + v) ** 2 / (u**2 / (len(a) - 1) + v**2 / (len(b) - 1))",
                "len(a) + len(b) - 2.0",
            ),
            mistake(
                "other_way_round",
                "The difference has the wrong sign: the second mean is taken away from "
                "the first.",
                "a.mean() - b.mean()",
                "b.mean() - a.mean()",
            ),
            mistake(
                "freedom_by_n",
                "In the degrees of freedom each part is divided by its number of runs "
                "less one.",
                "(u**2 / (len(a) - 1) + v**2 / (len(b) - 1))",
                "(u**2 / len(a) + v**2 / len(b))",
            ),
        ),
    )
)


def own_best(valid, test):
    """The mean test error of each rival at its own best rate: (R, L, S) -> (R,)."""
    rates = valid.mean(axis=2).argmin(axis=1)
    return test[np.arange(len(test)), rates].mean(axis=1)


def _contests(rng):
    cases = []
    for shape in ((2, 4, 3), (3, 5, 5), (4, 3, 2)):
        valid = rng.uniform(1, 3, shape)
        cases.append(Case(f"shape {shape}", (valid, rng.uniform(1, 3, shape))))
    return cases


enter(
    Check(
        "claims.own_best",
        PAGE,
        own_best,
        "valid, test",
        ("errors",),
        _contests,
        (
            mistake(
                "one_rate_for_all",
                "All rivals stand at the rate that is best on their average. It may be "
                "nobody's own.",
                "rates = valid.mean(axis=2).argmin(axis=1)",
                "rates = np.full(len(valid), valid.mean(axis=(0, 2)).argmin())",
            ),
            mistake(
                "chosen_by_the_test",
                "The rates were chosen by the test part, which then judges its own "
                "choice.",
                "valid.mean(axis=2)",
                "test.mean(axis=2)",
            ),
            mistake(
                "luckiest_seed_chooses",
                "Each rate was judged by its luckiest seed. The mean over the seeds is "
                "what it is worth.",
                "valid.mean(axis=2)",
                "valid.min(axis=2)",
            ),
            mistake(
                "validation_returned",
                "The error returned is that of the validation part, which did the "
                "choosing.",
                "test[np.arange(len(test)), rates]",
                "valid[np.arange(len(test)), rates]",
            ),
            mistake(
                "best_seed_returned",
                "Of the test part the best seed is returned; the mean of all is meant.",
                "rates].mean(axis=1)",
                "rates].min(axis=1)",
            ),
            mistake(
                "mean_over_rates",
                "That is the mean over all rates. Each rival has chosen one.",
                "test[np.arange(len(test)), rates].mean(axis=1)",
                "test.mean(axis=(1, 2))",
            ),
            mistake(
                "each_seed_its_own",
                "Each seed chose its own rate, by its luck. A rate is chosen for a "
                "rival, by the mean over its seeds.",
                "rates = valid.mean(axis=2).argmin(axis=1)\n"
                "    return test[np.arange(len(test)), rates].mean(axis=1)",
                "rates = valid.argmin(axis=1)[:, None]\n"
                "    return np.take_along_axis(test, rates, 1)[:, 0].mean(axis=1)",
            ),
            mistake(
                "worst_rate",
                "The rate with the largest error was chosen.",
                "argmin(axis=1)",
                "argmax(axis=1)",
            ),
        ),
    )
)


def against_last(price, forecast):
    """The error of forecasts of ``price[1:]`` over that of the price before."""
    own = np.abs(forecast - price[1:]).mean()
    return own / np.abs(price[1:] - price[:-1]).mean()


def _prices(rng):
    cases = []
    for n in (6, 40, 200):
        price = 50 + rng.normal(size=n).cumsum()
        late = price[:-1] + 0.2 * rng.normal(size=n - 1)
        cases.append(Case(f"{n} days", (price, late)))
    return cases


enter(
    Check(
        "claims.against_last",
        PAGE,
        against_last,
        "price, forecast",
        ("ratio",),
        _prices,
        (
            mistake(
                "a_day_late",
                "The forecast of a day was compared with the price of the day before. "
                "A copy of yesterday's price would look perfect.",
                "forecast - price[1:]",
                "forecast - price[:-1]",
            ),
            mistake(
                "error_alone",
                "That is the error alone. Whether it is small, only the error of "
                "yesterday's price can tell.",
                "own / np.abs(price[1:] - price[:-1]).mean()",
                "own",
            ),
            mistake(
                "squares",
                "Those are squared errors. Mean absolute errors are asked for.",
                "own = np.abs(forecast - price[1:]).mean()\n"
                "    return own / np.abs(price[1:] - price[:-1]).mean()",
                "own = ((forecast - price[1:]) ** 2).mean()\n"
                "    return own / ((price[1:] - price[:-1]) ** 2).mean()",
            ),
            mistake(
                "mean_of_ratios",
                "The ratio was formed day by day and then averaged: a day without much "
                "of a change then decides. Divide the two means.",
                "own = np.abs(forecast - price[1:]).mean()\n"
                "    return own / np.abs(price[1:] - price[:-1]).mean()",
                "own = np.abs(forecast - price[1:])\n"
                "    return (own / np.abs(price[1:] - price[:-1])).mean()",
            ),
            mistake(
                "against_the_mean",
                "The rival is the mean price, which anybody beats. Yesterday's price "
                "is the one to beat.",
                "np.abs(price[1:] - price[:-1]).mean()",
                "np.abs(price[1:] - price.mean()).mean()",
            ),
            mistake(
                "upside_down",
                "The ratio stands upside down: above one has to mean worse than "
                "yesterday's price.",
                "own / np.abs(price[1:] - price[:-1]).mean()",
                "np.abs(price[1:] - price[:-1]).mean() / own",
            ),
            mistake(
                "signed_errors",
                "The errors were averaged with their signs, so that they cancel.",
                "np.abs(forecast - price[1:]).mean()",
                "(forecast - price[1:]).mean()",
            ),
            mistake(
                "gain_returned",
                "That is the gain, one less the ratio.",
                "own / np.abs(price[1:] - price[:-1]).mean()",
                "1 - own / np.abs(price[1:] - price[:-1]).mean()",
            ),
        ),
    )
)


def purged(n, window, ahead, start, stop):
    """Which of n rows may train where rows start to stop (excluded) judge.

    Row k reads the values k to k + window - 1 and is judged by the next ``ahead``.
    """
    k = np.arange(n)
    reach = window + ahead
    return (k + reach <= start) | (k >= stop - 1 + reach)


def _rows(rng):
    cases = (
        (60, 5, 1, 20, 30),
        (100, 10, 5, 40, 60),
        (50, 3, 4, 0, 10),
        (80, 20, 1, 60, 80),
    )
    return [Case(f"n, window, ahead, start, stop = {case}", case) for case in cases]


enter(
    Check(
        "claims.purged",
        PAGE,
        purged,
        "n, window, ahead, start, stop",
        ("allowed",),
        _rows,
        (
            mistake(
                "nothing_purged",
                "Rows beside the block train although they share values with it. Only "
                "the block itself was left out.",
                "(k + reach <= start) | (k >= stop - 1 + reach)",
                "(k < start) | (k >= stop)",
            ),
            mistake(
                "target_forgotten",
                "Only the windows were kept apart. The targets reach further, into the "
                "block.",
                "reach = window + ahead",
                "reach = window",
            ),
            mistake(
                "window_forgotten",
                "Only the targets were kept apart; a window is longer.",
                "reach = window + ahead",
                "reach = ahead",
            ),
            mistake(
                "one_too_many_behind",
                "Behind the block one row too many is left out. Row stop - 1 ends at "
                "stop - 2 + reach, and the next may begin.",
                "(k >= stop - 1 + reach)",
                "(k >= stop + reach)",
            ),
            mistake(
                "one_too_many_before",
                "Before the block one row too many is left out. Row k ends at k + "
                "reach - 1, so k + reach may be the first row that judges.",
                "(k + reach <= start)",
                "(k < start - reach)",
            ),
            mistake(
                "only_before",
                "Rows behind the block share values with it too.",
                "(k >= stop - 1 + reach)",
                "(k >= stop)",
            ),
            mistake(
                "only_behind",
                "Rows before the block reach into it.",
                "(k + reach <= start)",
                "(k < start)",
            ),
            mistake(
                "past_only",
                "Rows behind the block may train as well, once they share nothing with "
                "it.",
                " | (k >= stop - 1 + reach)",
                "",
            ),
            mistake(
                "exchanged_answer",
                "That marks the rows that must not train.",
                "(k + reach <= start) | (k >= stop - 1 + reach)",
                "~((k + reach <= start) | (k >= stop - 1 + reach))",
            ),
        ),
    )
)


def by_luck(wins, n):
    """The probability that a fair coin is at least as far from n / 2 as wins."""
    far = abs(2 * wins - n)
    ways = sum(math.comb(n, k) for k in range(n + 1) if abs(2 * k - n) >= far)
    return ways / 2**n


def _duels(rng):
    return [
        Case(f"wins, n = {case}", case)
        for case in ((5, 5), (4, 5), (8, 10), (3, 12), (6, 12), (40, 60))
    ]


enter(
    Check(
        "claims.by_luck",
        PAGE,
        by_luck,
        "wins, n",
        ("p",),
        _duels,
        (
            mistake(
                "one_side",
                "Only wins at least as many were counted. Before the run nobody knew "
                "who would win, so losses as large count too.",
                "abs(2 * k - n) >= far",
                "k >= wins",
            ),
            mistake(
                "upper_end_twice",
                "The upper end was doubled. That is right for more wins than half; for "
                "fewer it is the other end that is rare.",
                "ways = sum(math.comb(n, k) for k in range(n + 1) if "
                "abs(2 * k - n) >= far)",
                "ways = 2 * sum(math.comb(n, k) for k in range(wins, n + 1))",
            ),
            mistake(
                "exactly_these",
                "That is the probability of exactly that many wins. Rarer outcomes "
                "belong to it as well.",
                "abs(2 * k - n) >= far",
                "k == wins",
            ),
            mistake(
                "rarer_only",
                "The outcome itself is left out; it counts among what luck can do.",
                ">= far",
                "> far",
            ),
            mistake(
                "ways_not_weighed",
                "The outcomes were counted as if each were as likely. There are many "
                "more ways to win half than to win all.",
                "math.comb(n, k) for",
                "2**n / (n + 1) for",
            ),
            mistake(
                "the_rest",
                "That is one less the probability: the outcomes nearer to half.",
                "ways / 2**n",
                "1 - ways / 2**n",
            ),
            mistake(
                "count_of_ways",
                "That is a number of ways. Divide by all of them.",
                "ways / 2**n",
                "float(ways)",
            ),
        ),
    )
)

taught_in(
    {
        "claims.verdict": "What makes a sentence testable",
        "claims.welch": "What makes a sentence testable",
        "claims.own_best": "True, of a task: a GRU learns faster",
        "claims.against_last": "The table",
        "claims.purged": "Three designs, of which two prove nothing",
        "claims.by_luck": "What makes a sentence testable",
    }
)
