"""Functions that the exercises of part 0, recurrence, ask for."""

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake

# ---- 01-sequences


def peeks(features, series, t):
    """Whether row t, or one before it, depends on the series from t on."""
    other = series.copy()
    other[t:] = other[t:] + 1 + np.arange(len(series) - t) % 3
    return not np.array_equal(features(series)[: t + 1], features(other)[: t + 1])


def _yesterday(s):
    return np.r_[s[0], s[:-1]][:, None]


def _today(s):
    return s[:, None] * 2


def _two_days_ahead(s):
    return np.r_[s[2:], s[-1], s[-1]][:, None]


def _ten_days_ahead(s):
    return np.r_[s[10:], s[:10]][:, None]


def _centred(s):
    return np.convolve(s, np.ones(3) / 3, mode="same")[:, None]


def _peek_cases(rng):
    series = rng.normal(size=20).cumsum()
    return [
        Case("yesterday's value", (_yesterday, series, 10)),
        Case("today's value", (_today, series, 10)),
        Case("a value two days ahead", (_two_days_ahead, series, 8)),
        Case("a centred mean", (_centred, series, 12)),
        Case("a value ten days ahead", (_ten_days_ahead, series, 5)),
    ]


PEEK = "features(series)[: t + 1], features(other)[: t + 1]"

enter(
    Check(
        "data.peeks",
        "01-sequences",
        peeks,
        "features, series, t",
        ("peeks",),
        _peek_cases,
        (
            mistake(
                "day_t_left_out",
                "A feature of today's value goes unnoticed: row t is not compared, or "
                "day t itself was not replaced. Row t is the input for day t, so it "
                "must not know that day.",
                PEEK,
                "features(series)[:t], features(other)[:t]",
            ),
            mistake(
                "all_rows",
                "All rows are compared. Rows after t may depend on day t; that is no "
                "leak.",
                PEEK,
                "features(series), features(other)",
            ),
            mistake(
                "inverted",
                "The answer is the other way round: it says that a feature is clean.",
                "return not np",
                "return np",
            ),
            mistake(
                "past_replaced",
                "The past was replaced, and of course the features depend on it. "
                "Replace the future.",
                "other[t:] = other[t:] + 1 + np.arange(len(series) - t) % 3",
                "other[:t] = other[:t] + 1",
            ),
        ),
    )
)

# ---- 02-rnn


def time_axis(f, x):
    """1 if rows of the output depend on their own row of ``x`` only, else 0."""
    other = x.copy()
    other[0] = other[0] + 1
    return 1 if np.array_equal(f(other)[1:], f(x)[1:]) else 0


def _running_sum(x):
    return x.cumsum(axis=1)


def _running_sum_first(x):
    return x.cumsum(axis=0)


def _axis_cases(rng):
    x = rng.normal(size=(4, 6, 3))
    return [
        Case("time is axis 1", (_running_sum, x)),
        Case("time is axis 0", (_running_sum_first, x)),
        Case("as many rows as columns", (_running_sum, rng.normal(size=(3, 3, 2)))),
    ]


def latch(events):
    """1 from a set to the next reset, as text."""
    on, out = False, ""
    for event in events:
        on = event == "s" or (on and event != "r")
        out += "1" if on else "0"
    return out


def _digits(function):
    def digits(events):
        text = function(events)
        return np.array([int(c) for c in text]) if isinstance(text, str) else text

    return digits


enter(
    Check(
        "rnn.time_axis",
        "02-rnn",
        time_axis,
        "f, x",
        ("axis",),
        _axis_cases,
        (
            mistake(
                "inverted",
                "The two answers have changed places: if other rows move, the state "
                "goes from row to row, and time is axis 0.",
                "return 1 if np.array_equal(f(other)[1:], f(x)[1:]) else 0",
                "return 0 if np.array_equal(f(other)[1:], f(x)[1:]) else 1",
            ),
            mistake(
                "changed_row_compared",
                "The changed row was compared too, and it always moves. Look at the "
                "*other* rows.",
                "f(other)[1:], f(x)[1:]",
                "f(other), f(x)",
            ),
            mistake(
                "always_one",
                "The answer is 1 whatever the network does.",
                lambda f, x: 1,
            ),
        ),
    ),
    Check(
        "rnn.latch",
        "02-rnn",
        latch,
        "events",
        ("digits",),
        lambda rng: [
            Case(text, (text,))
            for text in ("..s...r..s.", "ss..rr.s", ".r.s" + "." * 60, "srsrs.r.")
        ],
        (
            mistake(
                "no_memory",
                "The latch shows the event and forgets it: without one it falls back. "
                "The state must hold itself.",
                '(on and event != "r")',
                "False",
            ),
            mistake(
                "never_reset",
                "A reset does nothing: once on, the latch stays on.",
                '(on and event != "r")',
                "on",
            ),
            mistake(
                "starts_on",
                "The latch starts at 1; before the first event it is 0.",
                "on, out = False",
                "on, out = True",
            ),
            mistake(
                "always_off",
                "The latch never goes on.",
                '"1" if on else "0"',
                '"0"',
            ),
            mistake(
                "inverted",
                "Ones and zeros have changed places.",
                '"1" if on else "0"',
                '"0" if on else "1"',
            ),
            mistake(
                "set_and_reset_swapped",
                "A reset sets, and a set resets: their weights have changed places.",
                'event == "s" or (on and event != "r")',
                'event == "r" or (on and event != "s")',
            ),
        ),
        wrap=_digits,
    ),
)
