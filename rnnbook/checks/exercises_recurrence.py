"""Functions that the exercises of part 0, recurrence, ask for."""

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake
from rnnbook.checks.cells import SIZES, gradients
from rnnbook.data import windows

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
                "never_yes",
                "The answer is no for every feature: nothing is looked for yet.",
                lambda features, series, t: False,
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


def cost(p, q):
    """Bits a symbol of the source p costs one who believes q."""
    return -(p * np.log2(q)).sum()


def mended(series, n):
    """Smoothed, scaled windows of 20 of the first n days, in the order of time."""
    past = np.r_[[series[0]] * 4, series[:n]]
    smooth = np.convolve(past, np.ones(5) / 5, mode="valid")
    scaled = (smooth - smooth.mean()) / smooth.std()
    return windows(scaled, 20)


def discounted(n, q, D):
    """Probabilities from counts in one context and those of a shorter one."""
    if n.sum() == 0:
        return q
    saved = D * np.count_nonzero(n)
    return (np.maximum(n - D, 0) + saved * q) / n.sum()


def adaptive_bits(symbols, V):
    """Bits of each symbol under counts that begin at one and go on counting."""
    n, bits = np.ones(V), []
    for c in symbols:
        bits.append(-np.log2(n[c] / n.sum()))
        n[c] += 1
    return np.array(bits)


def _cost_cases(rng):
    p = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8])
    r = rng.dirichlet(np.ones(6), size=2)
    return [
        Case("a receiver who knows the source", (p, p)),
        Case("all equally likely", (p, np.full(4, 1 / 4))),
        Case("six symbols", (r[0], r[1])),
    ]


def _mended_cases(rng):
    return [
        Case("a random walk", (100 + rng.normal(size=60).cumsum(), 40)),
        Case("a rising series", (np.arange(50.0) ** 1.5, 35)),
    ]


def _discount_cases(rng):
    q = rng.dirichlet(np.ones(5))
    return [
        Case("some never seen", (np.array([4, 1, 0, 0, 2]), q, 0.75)),
        Case("never seen at all", (np.zeros(5, int), q, 0.75)),
        Case("all seen", (rng.integers(1, 9, size=5), q, 0.5)),
    ]


def _symbol_cases(rng):
    return [
        Case("three times the same", (np.array([0, 0, 0, 1]), 2)),
        Case("five symbols", (rng.integers(0, 5, size=40), 5)),
    ]


enter(
    Check(
        "metrics.cost",
        "01-sequences",
        cost,
        "p, q",
        ("bits",),
        _cost_cases,
        (
            mistake(
                "belief_ignored",
                "That is the entropy of the source, whatever the receiver believes. A "
                "symbol costs by its probability under `q`.",
                "np.log2(q)",
                "np.log2(p)",
            ),
            mistake(
                "weighted_by_belief",
                "The mean was taken with the receiver's belief. How often a symbol "
                "comes is decided by the source, `p`.",
                "(p * np.log2(q))",
                "(q * np.log2(q))",
            ),
            mistake(
                "exchanged",
                "Source and belief have changed places.",
                "(p * np.log2(q))",
                "(q * np.log2(p))",
            ),
            mistake(
                "in_nats",
                "These are nats. Bits come from the logarithm to base two.",
                "log2",
                "log",
            ),
            mistake(
                "sign_missing",
                "The sign is missing: the logarithm of a probability is negative.",
                "-(p",
                "(p",
            ),
            mistake(
                "only_the_extra_cost",
                "That is what the wrong belief costs on top of the entropy. Asked is "
                "the whole cost.",
                "np.log2(q)",
                "np.log2(q / p)",
            ),
            mistake(
                "not_weighted",
                "All symbols count alike. Those that come often must count more.",
                "-(p * np.log2(q)).sum()",
                "-np.log2(q).mean()",
            ),
        ),
    ),
    Check(
        "data.mended",
        "01-sequences",
        mended,
        "series, n",
        (("x", "y"),),
        _mended_cases,
        (
            mistake(
                "average_looks_ahead",
                "The average is centred: each day knows the two days after it. It may "
                "only look back.",
                "past = np.r_[[series[0]] * 4, series[:n]]",
                "past = np.r_[[series[0]] * 2, series[:n], [series[n - 1]] * 2]",
            ),
            mistake(
                "centred_with_zeros",
                "The average is still centred, so each day knows the two days after "
                "it, and at both ends it averages with zeros.",
                'np.convolve(past, np.ones(5) / 5, mode="valid")',
                'np.convolve(series[:n], np.ones(5) / 5, mode="same")',
            ),
            mistake(
                "scale_of_everything",
                "Mean and spread come from the whole series: they tell the training "
                "part about the level and the unrest to come.",
                "past = np.r_[[series[0]] * 4, series[:n]]",
                "past = np.r_[[series[0]] * 4, series]",
                "return windows(scaled, 20)",
                "return windows(scaled[:n], 20)",
            ),
            mistake(
                "windows_of_everything",
                "The windows reach beyond the first `n` days.",
                "series[:n]",
                "series",
            ),
            mistake(
                "not_scaled",
                "The values are not scaled.",
                "(smooth - smooth.mean()) / smooth.std()",
                "smooth",
            ),
            mistake(
                "not_smoothed",
                "The values are scaled and not smoothed.",
                'np.convolve(past, np.ones(5) / 5, mode="valid")',
                "series[:n]",
            ),
            mistake(
                "shuffled",
                "The rows are shuffled. Within the training part that is no leak, but "
                "here they are to stay in the order of time.",
                "return windows(scaled, 20)",
                "x, y = windows(scaled, 20)\n"
                "    rows = np.random.default_rng(0).permutation(len(x))\n"
                "    return x[rows], y[rows]",
            ),
        ),
    ),
    Check(
        "text.discounted",
        "01-sequences",
        discounted,
        "n, q, D",
        ("probabilities",),
        _discount_cases,
        (
            mistake(
                "saving_lost",
                "The probabilities do not add up to one: what the discount saves is "
                "given to nobody.",
                " + saved * q",
                "",
            ),
            mistake(
                "saved_once_only",
                "The discount is taken off *every* character that was seen, so what is "
                "saved is `D` times their number. You give back `D` once.",
                "D * np.count_nonzero(n)",
                "D",
            ),
            mistake(
                "saved_for_every_character",
                "What is saved is `D` for each character that was *seen* here, not for "
                "each of the alphabet.",
                "np.count_nonzero(n)",
                "len(n)",
            ),
            mistake(
                "saved_by_occurrence",
                "You save `D` for every occurrence. The discount is taken once for "
                "each *different* character.",
                "np.count_nonzero(n)",
                "n.sum()",
            ),
            mistake(
                "negative_counts",
                "Characters never seen get a negative count: a discount can only be "
                "taken from what is there.",
                "np.maximum(n - D, 0)",
                "(n - D)",
            ),
            mistake(
                "no_discount",
                "The counts are not discounted, so the sum is above one.",
                "np.maximum(n - D, 0)",
                "n",
            ),
            mistake(
                "shared_out_evenly",
                "What is saved goes to all characters alike. It should go by the "
                "shorter context's probabilities.",
                "saved * q",
                "saved / len(q)",
            ),
            mistake(
                "unseen_is_zero",
                "For a context that was never seen the shorter one decides alone; you "
                "return zeros.",
                "return q",
                "return 0 * q",
            ),
        ),
    ),
    Check(
        "text.adaptive_bits",
        "01-sequences",
        adaptive_bits,
        "symbols, V",
        ("bits",),
        _symbol_cases,
        (
            mistake(
                "counted_before_charged",
                "Each symbol is counted before it is charged for. That is a leak: the "
                "model has seen the answer.",
                "        bits.append(-np.log2(n[c] / n.sum()))\n        n[c] += 1\n",
                "        n[c] += 1\n        bits.append(-np.log2(n[c] / n.sum()))\n",
            ),
            mistake(
                "learns_nothing",
                "The counts never change: every symbol costs the same as at the start.",
                "        n[c] += 1\n",
                "",
            ),
            mistake(
                "in_nats",
                "Those are nats. Bits come from the logarithm to base two.",
                "np.log2",
                "np.log",
            ),
            mistake(
                "sum_forgotten",
                "A count is no probability: divide by the sum of all counts.",
                "n[c] / n.sum()",
                "n[c]",
            ),
            mistake(
                "starts_at_zero",
                "The counts start at zero, so a symbol that comes for the first time "
                "costs infinitely much.",
                "np.ones(V)",
                "np.full(V, 1e-300)",
            ),
            mistake(
                "mean_returned",
                "That is the mean. Return the bits of each symbol.",
                "return np.array(bits)",
                "return np.full(len(bits), np.mean(bits))",
            ),
            mistake(
                "counts_all_at_once",
                "All symbols were counted before the first was charged for: the model "
                "has read the text.",
                "n, bits = np.ones(V), []",
                "n, bits = 1.0 + np.bincount(symbols, minlength=V), []",
                "        n[c] += 1\n",
                "",
            ),
        ),
    ),
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


def bit_line(units, gain):
    """A shift register for bits: every connection brings them back to about one."""
    W_xh = np.zeros((1, units))
    W_xh[0, 0] = gain
    W_hh = gain * np.eye(units, k=1)
    return {"W_xh": W_xh, "W_hh": W_hh, "b_h": np.zeros(units)}


def _noisy_bits(function):
    """The bits that come out of noisy units, and which units are near one."""

    def run(units, gain):
        p, rng = function(units, gain), np.random.default_rng(0)
        bits, h, out = rng.choice([-1.0, 1.0], size=60), np.zeros(units), []
        quiet = np.zeros(units)
        for bit in bits:
            h = np.tanh(bit * p["W_xh"][0] + h @ p["W_hh"] + p["b_h"])
            h = h + 0.2 * rng.normal(size=units)
            quiet = np.tanh(bit * p["W_xh"][0] + quiet @ p["W_hh"] + p["b_h"])
            out.append(h[-1])
        return np.sign(out[units - 1 :]), (np.abs(quiet) > 0.97).astype(int)

    return run


def unexplained(loss, y):
    """A squared error as a share of that of always answering the mean."""
    return loss / ((y - y.mean()) ** 2).mean()


def count_mod3(presses):
    """The number of presses so far, modulo three."""
    return np.cumsum(presses) % 3


def length_at(call, steps, longest):
    """From 2 to longest in equal shares of the updates."""
    return 2 + (longest - 1) * call // steps


def _curriculum(function):
    """Many curricula are right: compared are the ends, the jumps and the shares."""

    def traits(calls, steps, longest):
        lengths = np.array([function(int(call), steps, longest) for call in calls])
        jumps = np.diff(lengths)
        counts = [(lengths == n).sum() for n in range(2, longest + 1)]
        fair = all(0.4 < c * (longest - 1) / steps < 2.5 for c in counts)
        return (
            int(lengths[0]),
            int(lengths[-1]),
            int(jumps.max()),
            int(jumps.min() >= 0),
            int(fair),
        )

    return traits


def _unexplained_cases(rng):
    return [
        Case("bits", (0.1, rng.integers(0, 2, size=(4, 6, 1)).astype(float))),
        Case("numbers far from zero", (2.5, 10 + rng.normal(size=(3, 5)))),
        Case("a short series", (0.3, rng.normal(size=7))),
    ]


def _press_cases(rng):
    strings = [[1, 0, 1, 1, 1], [1] * 12, list(rng.integers(0, 2, size=60))]
    return [Case(f"{len(x)} presses", (np.array(x),)) for x in strings]


enter(
    Check(
        "rnn.bit_line",
        "02-rnn",
        bit_line,
        "units, gain",
        (("bits_out", "units_near_one"),),
        lambda rng: [
            Case(f"{n} units, gain {g}", (n, g)) for n, g in ((6, 3.0), (4, 4.0))
        ],
        (
            mistake(
                "gain_at_the_input_only",
                "The gain is on the input only. From unit to unit the bits shrink and "
                "the noise stays: every connection has to bring them back.",
                "gain * np.eye",
                "np.eye",
            ),
            mistake(
                "gain_between_units_only",
                "The gain is between the units, and the input enters without it.",
                "W_xh[0, 0] = gain",
                "W_xh[0, 0] = 1",
            ),
            mistake(
                "no_gain",
                "Neither the input nor the units have the gain.",
                "W_xh[0, 0] = gain",
                "W_xh[0, 0] = 1",
                "gain * np.eye",
                "np.eye",
            ),
            mistake(
                "units_keep_their_own",
                "Each unit feeds itself, not the next one: nothing moves along.",
                "np.eye(units, k=1)",
                "np.eye(units)",
            ),
            mistake(
                "line_runs_backwards",
                "Each unit sends to the one *before* it. The state is a row and stands "
                "on the left: `W_hh[j, j + 1]` leads from unit j to unit j + 1.",
                "k=1",
                "k=-1",
            ),
            mistake(
                "input_everywhere",
                "The input enters at every unit. It enters at the first.",
                "W_xh[0, 0] = gain",
                "W_xh[0] = gain",
            ),
        ),
        wrap=_noisy_bits,
    ),
    Check(
        "metrics.unexplained",
        "02-rnn",
        unexplained,
        "loss, y",
        ("share",),
        _unexplained_cases,
        (
            mistake(
                "zero_for_mean",
                "That is the error of always answering zero. Answer the mean of `y`.",
                "(y - y.mean()) ** 2",
                "y**2",
            ),
            mistake(
                "root_taken",
                "The loss is a squared error, so it is compared with a squared error: "
                "the variance, not the standard deviation.",
                "((y - y.mean()) ** 2).mean()",
                "y.std()",
            ),
            mistake(
                "explained",
                "This is the share that the network *explains*. Asked is what is left.",
                "return loss / ((y - y.mean()) ** 2).mean()",
                "return 1 - loss / ((y - y.mean()) ** 2).mean()",
            ),
            mistake(
                "upside_down",
                "The quotient is upside down.",
                "loss / ((y - y.mean()) ** 2).mean()",
                "((y - y.mean()) ** 2).mean() / loss",
            ),
            mistake(
                "summed",
                "The loss is a mean over all targets; divide it by a mean, not a sum.",
                "** 2).mean()",
                "** 2).sum()",
            ),
            mistake(
                "loss_alone",
                "The loss came back as it was.",
                " / ((y - y.mean()) ** 2).mean()",
                "",
            ),
        ),
    ),
    Check(
        "rnn.mod3",
        "02-rnn",
        count_mod3,
        "presses",
        ("counts",),
        _press_cases,
        (
            mistake(
                "parity",
                "That is the count modulo two. The third threshold takes three away, "
                "so there must be three thresholds.",
                "% 3",
                "% 2",
            ),
            mistake(
                "stays_at_two",
                "The count stops at two: nothing takes it back to zero.",
                "np.cumsum(presses) % 3",
                "np.minimum(np.cumsum(presses), 2)",
            ),
            mistake(
                "never_taken_back",
                "The count goes up and is never taken back to zero.",
                " % 3",
                "",
            ),
            mistake(
                "always_zero",
                "The count is always zero: no press gets into the state, or none is "
                "read from it.",
                "np.cumsum(presses) % 3",
                "0 * presses",
            ),
            mistake(
                "forgets",
                "You see the press and forget the count: nothing leads from the state "
                "back into it.",
                "np.cumsum(presses) % 3",
                "1 * presses",
            ),
            mistake(
                "modulo_four",
                "The count goes back to zero one press too late.",
                "% 3",
                "% 4",
            ),
        ),
    ),
    Check(
        "training.length_at",
        "02-rnn",
        length_at,
        "call, steps, longest",
        (
            (
                "first_length",
                "last_length",
                "largest_jump",
                "never_shorter",
                "fair_shares",
            ),
        ),
        lambda rng: [
            Case(f"{s} updates up to length {n}", (np.arange(s), s, n))
            for s, n in ((300, 8), (100, 5), (77, 4))
        ],
        (
            mistake(
                "no_curriculum",
                "All strings have the full length. That is what failed; start at two.",
                "2 + (longest - 1) * call // steps",
                "longest",
            ),
            mistake(
                "ends_one_short",
                "The longest strings never come: the last length is one short. From 2 "
                "to 8 there are seven lengths.",
                "(longest - 1) * call",
                "(longest - 2) * call",
            ),
            mistake(
                "starts_at_zero",
                "It starts at length zero. Start at two.",
                "2 + (longest - 1) * call // steps",
                "(longest + 1) * call // steps",
            ),
            mistake(
                "starts_at_one",
                "It starts at length one. That needs no memory; start at two.",
                "2 + (longest - 1) * call // steps",
                "1 + longest * call // steps",
            ),
            mistake(
                "too_long",
                "It goes on beyond the longest.",
                "(longest - 1) * call",
                "longest * call",
            ),
            mistake(
                "from_long_to_short",
                "It goes from long to short.",
                "2 + (longest - 1) * call // steps",
                "longest - (longest - 1) * call // steps",
            ),
            mistake(
                "one_jump",
                "Half of the updates have length two, and then comes the longest at "
                "once. Let it grow step by step.",
                "2 + (longest - 1) * call // steps",
                "2 if 2 * call < steps else longest",
            ),
        ),
        wrap=_curriculum,
    ),
)


# ---- 03-bptt


def only_last(dh_last, T):
    """The immediate gradients of all outputs for a loss in the last one."""
    dh = np.zeros((len(dh_last), T, dh_last.shape[1]))
    dh[:, -1] = dh_last
    return dh


def taught(window, lag):
    """At how many steps of a window a lag is inside it."""
    return max(window - lag, 0)


def forward_gradient(w, x, h_0, y):
    """dL/dw of one unit, carried forwards."""
    h, slope = h_0, 0.0
    for x_t in x:
        h_next = np.tanh(w * h + x_t)
        slope = (1 - h_next**2) * (h + w * slope)
        h = h_next
    return 2 * (h - y) * slope


def _unit_cases(rng):
    def draw(T):
        return tuple(rng.uniform(0.2, 0.9, size=2)), rng.normal(size=T) / 2

    cases = []
    for T in (3, 1, 8):
        (w, h_0), x = draw(T)
        cases.append(Case(f"{T} steps", (float(w), x, float(h_0), 0.9)))
    return cases


enter(
    Check(
        "bptt.only_last",
        "03-bptt",
        only_last,
        "dh_last, T",
        ("dh",),
        lambda rng: [
            Case(f"B, T, H = {B}, {T}, {H}", (rng.normal(size=(B, H)), T))
            for B, T, H in ((2, 6, 4), (1, 1, 3), (3, 3, 3))
        ],
        (
            mistake(
                "every_output",
                "Every output gets the gradient, as if the loss looked at all of them.",
                "dh[:, -1] = dh_last",
                "dh[:] = dh_last[:, None]",
            ),
            mistake(
                "first_output",
                "The gradient stands at the first output. The loss looks at the last.",
                "dh[:, -1]",
                "dh[:, 0]",
            ),
            mistake(
                "batch_for_time",
                "The last *example* got the gradient, in place of the last step: axis "
                "0 is the batch.",
                "dh[:, -1] = dh_last",
                "dh[-1] = dh_last[-1]",
            ),
            mistake(
                "shared_out",
                "The gradient is divided by the number of steps. Nothing is averaged: "
                "the loss looks at one output.",
                "dh[:, -1] = dh_last",
                "dh[:, -1] = dh_last / T",
            ),
            mistake(
                "all_zero",
                "All gradients are zero: nothing would be learned.",
                "    dh[:, -1] = dh_last\n",
                "",
            ),
        ),
    ),
    Check(
        "bptt.taught",
        "03-bptt",
        taught,
        "window, lag",
        ("steps",),
        lambda rng: [
            Case(f"window {k}, lag {d}", (k, d))
            for k, d in ((5, 2), (4, 4), (3, 7), (8, 0), (12, 5))
        ],
        (
            mistake(
                "one_too_many",
                "One step too many: with a window as long as the lag, the input still "
                "lies one step before the window.",
                "max(window - lag, 0)",
                "max(window - lag + 1, 0)",
            ),
            mistake(
                "negative",
                "For a window shorter than the lag there is no such step; a number of "
                "steps cannot be negative.",
                "max(window - lag, 0)",
                "window - lag",
            ),
            mistake(
                "all_steps",
                "That is every step of the window. The first ones ask for something "
                "that lies before it.",
                "max(window - lag, 0)",
                "window",
            ),
            mistake(
                "the_others",
                "Those are the steps that ask for something *before* the window.",
                "max(window - lag, 0)",
                "min(lag, window)",
            ),
            mistake(
                "one_short",
                "One step too few: an input at the first step of the window counts.",
                "max(window - lag, 0)",
                "max(window - lag - 1, 0)",
            ),
        ),
    ),
    Check(
        "bptt.forward_gradient",
        "03-bptt",
        forward_gradient,
        "w, x, h_0, y",
        ("dw",),
        _unit_cases,
        (
            mistake(
                "immediate_only",
                "That is the immediate derivative, of the last use of `w` alone. The "
                "earlier uses act through the state.",
                "(h + w * slope)",
                "h",
            ),
            mistake(
                "slope_of_the_old_state",
                "The slope of the tanh was taken at the old state. It belongs to the "
                "new one.",
                "(1 - h_next**2)",
                "(1 - h**2)",
            ),
            mistake(
                "slope_left_out",
                "The slope of the tanh is missing.",
                "(1 - h_next**2) * (h + w * slope)",
                "h + w * slope",
            ),
            mistake(
                "direct_way_left_out",
                "The direct effect of `w` at each step is missing, so the derivative "
                "stays where it started, at zero.",
                "(h + w * slope)",
                "(w * slope)",
            ),
            mistake(
                "weight_left_out",
                "On its way through the old state the derivative has to be multiplied "
                "by the weight.",
                "w * slope",
                "slope",
            ),
            mistake(
                "state_for_the_loss",
                "That is the derivative of the last state. Asked is that of the loss.",
                "2 * (h - y) * slope",
                "slope",
            ),
            mistake(
                "new_state_in_the_product",
                "The weight multiplies the *old* state; you took the new one.",
                "(h + w * slope)",
                "(h_next + w * slope)",
            ),
            mistake(
                "factor_two_forgotten",
                "The derivative of a square has a factor of two.",
                "2 * (h - y)",
                "(h - y)",
            ),
        ),
    ),
)


# ---- 04-vanishing-gradients


def steps_until(factor, floor):
    """After how many steps, each of which multiplies, the floor is passed."""
    k = 0
    while factor**k >= floor:
        k += 1
    return k


def with_radius(W, rho):
    """A copy of W with spectral radius rho."""
    return W * (rho / np.abs(np.linalg.eigvals(W)).max())


def worst_growth(W, k):
    """By how much k linear steps can lengthen a vector at the most."""
    return np.linalg.norm(np.linalg.matrix_power(W, k), 2)


def orthogonal(W):
    """An orthogonal matrix made from a square one."""
    q, r = np.linalg.qr(W)
    return q * np.sign(np.diag(r))


def _gram(function):
    """Of an orthogonal matrix only its products are compared: there are many."""

    def products(W):
        q = np.asarray(function(W.copy()), dtype=np.float64)
        other = np.asarray(function(W + np.eye(len(W))), dtype=np.float64)
        made = not np.allclose(q, other)
        return q.T @ q, 1 if made else 0

    return products


def relu_step_backward(dh_next, cache, params):
    """Backward through h_next = relu(x W_xh + h W_hh + b_h)."""
    x, h, h_next = cache
    da = dh_next * (h_next > 0)
    dx, dh = da @ params["W_xh"].T, da @ params["W_hh"].T
    grads = {"W_xh": x.T @ da, "W_hh": h.T @ da, "b_h": da.sum(axis=0)}
    return dx, dh, grads


def leaky_step_backward(dh_next, cache, params):
    """Backward through h_next = (1 - alpha) h + alpha n, n = tanh(...)."""
    x, h, n = cache
    alpha = params["alpha"]
    da = alpha * dh_next * (1 - n**2)
    dx = da @ params["W_xh"].T
    dh = (1 - alpha) * dh_next + da @ params["W_hh"].T
    grads = {"W_xh": x.T @ da, "W_hh": h.T @ da, "b_h": da.sum(axis=0)}
    return dx, dh, grads


def _until_cases(rng):
    pairs = [(0.9, 1e-3), (0.5, 0.25), (0.5, 0.3), (0.99, 1e-8), (0.2, 0.9)]
    pairs.append((float(rng.uniform(0.3, 0.95)), float(rng.uniform(1e-6, 1e-2))))
    return [Case(f"factor {f:.2g}, floor {e:.2g}", (f, e)) for f, e in pairs]


def _radius_cases(rng):
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    jordan = np.array([[0.5, 4.0], [0.0, -0.5]])
    return [
        Case("a random matrix", (rng.normal(size=(6, 6)), 1.5)),
        Case("a rotation, whose eigenvalues are imaginary", (turn, 0.9)),
        Case("a matrix far from symmetric", (jordan, 1.0)),
        Case("a negative eigenvalue", (np.diag([0.2, -3.0]), 1.2)),
    ]


def _growth_cases(rng):
    jordan = np.array([[0.5, 4.0], [0.0, 0.5]])
    return [
        Case("a matrix far from symmetric", (jordan, 3)),
        Case("one step", (rng.normal(size=(4, 4)), 1)),
        Case("five steps", (rng.normal(size=(4, 4)), 5)),
        Case("a diagonal matrix", (np.diag([0.9, -1.1]), 2)),
    ]


def _orthogonal_cases(rng):
    labels = ("two by two", 2), ("five by five", 5), ("one by one", 1)
    cases = [Case(label, (rng.normal(size=(n, n)),)) for label, n in labels[:2]]
    return [*cases, Case("eight by eight", (rng.normal(size=(8, 8)) * 3,))]


def _cell_cases(rng, alphas):
    cases = []
    for (label, B, D, H), alpha in zip(SIZES, alphas, strict=False):
        D = D or 1
        params = {
            "W_xh": rng.normal(size=(D, H)),
            "W_hh": rng.normal(size=(H, H)) / np.sqrt(H),
            "b_h": rng.normal(size=H) / 2,
        }
        x, h = rng.normal(size=(B, D)), rng.normal(size=(B, H))
        a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]
        if alpha is None:
            last = np.maximum(a, 0)
        else:
            last, params = np.tanh(a), params | {"alpha": alpha}
        cases.append(Case(label, (rng.normal(size=(B, H)), (x, h, last), params)))
    return cases


enter(
    Check(
        "vanishing.steps_until",
        "04-vanishing-gradients",
        steps_until,
        "factor, floor",
        ("steps",),
        _until_cases,
        (
            mistake(
                "reached_is_not_below",
                "At the step you give, the factor has just reached the floor. Asked is "
                "the first step at which it is *below*.",
                ">= floor",
                "> floor",
            ),
            mistake(
                "one_short",
                "One step short: after the steps you give, the factor is not yet below "
                "the floor. A logarithm that is rounded down ends here.",
                "return k",
                "return k - 1",
            ),
            mistake(
                "one_too_many",
                "One step too many: the factor was below the floor a step earlier.",
                "return k",
                "return k + 1",
            ),
            mistake(
                "loss_added_up",
                "A loss of `1 - factor` is taken off at every step. The factor "
                "multiplies: ten steps are its tenth power.",
                "factor**k >= floor",
                "1 - k * (1 - factor) >= floor",
            ),
            mistake(
                "slope_squared",
                "The factor enters twice at every step.",
                "factor**k",
                "factor ** (2 * k)",
            ),
        ),
    ),
    Check(
        "vanishing.with_radius",
        "04-vanishing-gradients",
        with_radius,
        "W, rho",
        ("W",),
        _radius_cases,
        (
            mistake(
                "norm_for_radius",
                "The spectral *norm* (the largest singular value) was set to rho. The "
                "spectral radius is the largest modulus of an eigenvalue, and is "
                "smaller unless the matrix is normal.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.linalg.norm(W, 2)",
            ),
            mistake(
                "frobenius_norm",
                "The root of the sum of all squares (the Frobenius norm, NumPy's "
                "default for a matrix) was set to rho, not the spectral radius.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.linalg.norm(W)",
            ),
            mistake(
                "real_part",
                "Eigenvalues of a matrix that is not symmetric are complex. Their "
                "modulus counts; you took the largest real part.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.linalg.eigvals(W).real.max()",
            ),
            mistake(
                "not_divided",
                "W was multiplied by rho, but not divided by the radius it had.",
                "(rho / np.abs(np.linalg.eigvals(W)).max())",
                "rho",
            ),
            mistake(
                "largest_entry",
                "The largest entry of W was set to rho. Entries say little about what "
                "repeated products do.",
                "np.abs(np.linalg.eigvals(W)).max()",
                "np.abs(W).max()",
            ),
            mistake(
                "radius_one",
                "The result has spectral radius one, whatever rho is.",
                "rho / np",
                "1 / np",
            ),
        ),
    ),
    Check(
        "vanishing.worst_growth",
        "04-vanishing-gradients",
        worst_growth,
        "W, k",
        ("growth",),
        _growth_cases,
        (
            mistake(
                "radius_to_the_k",
                "This is the spectral radius to the power k. It is where the growth "
                "settles in the long run; over a few steps a matrix that is far from "
                "symmetric can do much more.",
                "np.linalg.norm(np.linalg.matrix_power(W, k), 2)",
                "np.abs(np.linalg.eigvals(W)).max() ** k",
            ),
            mistake(
                "norm_to_the_k",
                "This is the norm of W to the power k, a bound: no vector need be "
                "stretched the most at every one of the k steps.",
                "np.linalg.norm(np.linalg.matrix_power(W, k), 2)",
                "np.linalg.norm(W, 2) ** k",
            ),
            mistake(
                "entrywise_power",
                "`W**k` raises every entry to the power k. Going through W k times is "
                "a product of matrices.",
                "np.linalg.matrix_power(W, k)",
                "W**k",
            ),
            mistake(
                "frobenius_norm_of_power",
                "Without its second argument `np.linalg.norm` takes the root of the "
                "sum of all squares. The most that one vector can grow is the largest "
                "singular value.",
                ", k), 2)",
                ", k))",
            ),
            mistake(
                "one_step_less",
                "This is the growth over one step less.",
                "np.linalg.matrix_power(W, k)",
                "np.linalg.matrix_power(W, k - 1)",
            ),
            mistake(
                "one_step_only",
                "This is what a single step can do, whatever k is.",
                "np.linalg.matrix_power(W, k)",
                "W",
            ),
        ),
    ),
    Check(
        "vanishing.orthogonal",
        "04-vanishing-gradients",
        orthogonal,
        "W",
        (("products", "made_from_W"),),
        _orthogonal_cases,
        (
            mistake(
                "columns_only_normalised",
                "Every column has length one, but the columns are not at right angles "
                "to each other.",
                "q * np.sign(np.diag(r))",
                "W / np.linalg.norm(W, axis=0)",
            ),
            mistake(
                "the_triangle",
                "The columns have the products that those of W have: W came back, or "
                "the triangular one of the two matrices that `np.linalg.qr` gives.",
                "q * np.sign(np.diag(r))",
                "r",
            ),
            mistake(
                "always_the_same",
                "The matrix is orthogonal, but it is the same for every W.",
                "q * np.sign(np.diag(r))",
                "np.eye(len(W))",
            ),
            mistake(
                "scaled",
                "Divided by its spectral norm W keeps the length of one direction and "
                "shortens all others.",
                "q * np.sign(np.diag(r))",
                "W / np.linalg.norm(W, 2)",
            ),
        ),
        wrap=_gram,
    ),
    Check(
        "rnn.relu_step_backward",
        "04-vanishing-gradients",
        relu_step_backward,
        "dh_next, cache, params",
        gradients("rnn", "dh"),
        lambda rng: _cell_cases(rng, (None,) * len(SIZES)),
        (
            mistake(
                "slope_of_tanh",
                "The slope is still that of the tanh. A ReLU passes a gradient on "
                "unchanged where its unit is on, and not at all where it is off.",
                "(h_next > 0)",
                "(1 - h_next**2)",
            ),
            mistake(
                "slope_left_out",
                "Units that are off pass a gradient on. They must not: there the ReLU "
                "is flat.",
                "da = dh_next * (h_next > 0)",
                "da = dh_next",
            ),
            mistake(
                "output_for_slope",
                "The gradient is multiplied by the output of the ReLU in place of its "
                "slope, which is zero or one.",
                "(h_next > 0)",
                "h_next",
            ),
            mistake(
                "gate_of_the_old_state",
                "The units that were on *before* the step decide. It must be those "
                "that are on after it.",
                "(h_next > 0)",
                "(h > 0)",
            ),
            mistake(
                "gradient_rectified",
                "The ReLU was applied to the gradient. A gradient may be negative; its "
                "slope depends on the state alone.",
                "dh_next * (h_next > 0)",
                "np.maximum(dh_next, 0)",
            ),
            mistake(
                "off_for_on",
                "On and off are exchanged.",
                "(h_next > 0)",
                "(h_next <= 0)",
            ),
        ),
    ),
    Check(
        "rnn.leaky_step_backward",
        "04-vanishing-gradients",
        leaky_step_backward,
        "dh_next, cache, params",
        gradients("rnn", "dh"),
        lambda rng: _cell_cases(rng, (0.1, 0.5, 0.9, 0.3, 0.7)),
        (
            mistake(
                "the_way_past_the_tanh_forgotten",
                "The old state reaches the new one by two ways: through the tanh, and "
                "past it with the share that is kept. The second is missing from `dh`, "
                "and with it the long memory.",
                "(1 - alpha) * dh_next + da",
                "da",
            ),
            mistake(
                "the_way_through_the_tanh_forgotten",
                "`dh` has only what goes past the tanh. The old state also enters the "
                "tanh, through `W_hh`.",
                ' + da @ params["W_hh"].T',
                "",
            ),
            mistake(
                "alpha_forgotten",
                "The candidate enters with weight `alpha`; so does every gradient that "
                "comes through it.",
                "alpha * dh_next * (1 - n**2)",
                "dh_next * (1 - n**2)",
            ),
            mistake(
                "alpha_exchanged",
                "On the way past the tanh the share that is written stands in place of "
                "the share that is kept.",
                "(1 - alpha) * dh_next +",
                "alpha * dh_next +",
            ),
            mistake(
                "past_way_undamped",
                "What goes past the tanh is not multiplied by anything: a gradient "
                "through this `dh` never fades, one through the network does.",
                "(1 - alpha) * dh_next +",
                "dh_next +",
            ),
            mistake(
                "slope_of_the_mixture",
                "The slope of the tanh was taken at the new state. It belongs to the "
                "candidate `n`, which the cache holds.",
                "(1 - n**2)",
                "(1 - ((1 - alpha) * h + alpha * n) ** 2)",
            ),
        ),
    ),
)
