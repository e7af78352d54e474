"""Checks of 31-training: means, padding, Adam, masks, schedules, the best weights."""

import math

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in


def mean_over_batches(losses, sizes):
    """The mean over all examples, from the mean and the size of each batch."""
    return (losses * sizes).sum() / sizes.sum()


def _batch_cases(rng):
    return [
        Case("a short last batch", (np.array([1.0, 2.0, 6.0]), np.array([8, 8, 2]))),
        Case("random sizes", (rng.uniform(1, 3, size=5), rng.integers(1, 20, size=5))),
        Case("one batch", (rng.uniform(1, 3, size=1), np.array([7]))),
    ]


enter(
    Check(
        "metrics.mean_over_batches",
        "31-training",
        mean_over_batches,
        "losses, sizes",
        ("mean",),
        _batch_cases,
        (
            mistake(
                "sizes_ignored",
                "The batches were averaged as if all had one size: each example of the "
                "short last batch counts for more than the others.",
                "(losses * sizes).sum() / sizes.sum()",
                "losses.mean()",
            ),
            mistake(
                "divided_by_batches",
                "The sum over examples was divided by the number of batches.",
                "sizes.sum()",
                "len(sizes)",
            ),
            mistake(
                "losses_not_weighted",
                "The batches' means were added and divided by the number of examples. "
                "A mean must be turned back into a sum first.",
                "(losses * sizes)",
                "losses",
            ),
            mistake(
                "last_batch",
                "That is the mean of the last batch.",
                "(losses * sizes).sum() / sizes.sum()",
                "losses[-1]",
            ),
            mistake(
                "last_batch_dropped",
                "The last batch is left out.",
                "(losses * sizes).sum() / sizes.sum()",
                "(losses * sizes)[:-1].sum() / sizes[:-1].sum()",
            ),
        ),
    )
)


def mean_and_spread(values):
    """As :func:`rnnbook.metrics.mean_and_spread`, written to be varied."""
    a = np.asarray(values, dtype=float)
    return a.mean(), a.std(ddof=1)


def _spread_cases(rng):
    return [
        Case("three seeds", (np.array([1.0, 2.0, 4.0]),)),
        Case("random", (rng.normal(size=6),)),
        Case("two seeds", (rng.normal(size=2),)),
    ]


enter(
    Check(
        "metrics.mean_and_spread",
        "31-training",
        mean_and_spread,
        "values",
        (("mean", "spread"),),
        _spread_cases,
        (
            mistake(
                "population_deviation",
                "The spread is that of a whole population, with n. A few seeds are a "
                "sample, and n makes their spread look smaller than it is.",
                "std(ddof=1)",
                "std()",
            ),
            mistake(
                "variance",
                "The spread is the variance; its root has the unit of the score.",
                "std(ddof=1)",
                "var(ddof=1)",
            ),
            mistake(
                "standard_error",
                "The spread is divided by the root of n. That is how far the *mean* is "
                "off, and shrinks with more seeds; the spread of seeds does not.",
                "a.std(ddof=1)",
                "a.std(ddof=1) / math.sqrt(len(a))",
            ),
            mistake(
                "median",
                "The first number is the median.",
                "a.mean()",
                "np.median(a)",
            ),
            mistake(
                "range",
                "The spread is the distance from the smallest to the largest value.",
                "a.std(ddof=1)",
                "np.ptp(a)",
            ),
            mistake(
                "best_seed",
                "The first number is the best seed's. Reporting the best of several "
                "is choosing on the test part.",
                "a.mean()",
                "a.min()",
                page="41-claims-tested",
            ),
        ),
    )
)


PAGE = "31-training"


def columns(lengths, batch):
    """Columns computed by padded batches, in this order, and the letters in them."""
    total = 0
    for k in range(0, len(lengths), batch):
        some = lengths[k : k + batch]
        total += len(some) * some.max()
    return int(total), int(lengths.sum())


def _lengths(rng):
    return [
        Case("two batches", (np.array([2, 9, 4, 5]), 2)),
        Case("a short last batch", (np.array([7, 3, 5, 2, 6]), 2)),
        Case("one batch", (rng.integers(1, 30, 7), 7)),
        Case("a batch of three", (rng.integers(1, 30, 11), 3)),
    ]


def _pieces(lengths, batch):
    some = np.array_split(lengths, batch)
    return sum(len(rows) * rows.max() for rows in some if len(rows)), lengths.sum()


enter(
    Check(
        "training.columns",
        PAGE,
        columns,
        "lengths, batch",
        (("computed", "letters"),),
        _lengths,
        (
            mistake(
                "longest_of_all",
                "Every batch was padded to the longest sequence of all. Each is padded "
                "to its own longest.",
                "some.max()",
                "lengths.max()",
            ),
            mistake(
                "last_batch_filled_up",
                "The last batch was counted as if it were full. It has fewer rows.",
                "len(some) * some.max()",
                "batch * some.max()",
            ),
            mistake(
                "last_batch_dropped",
                "The last batch, which is not full, was left out.",
                "range(0, len(lengths), batch)",
                "range(0, len(lengths) // batch * batch, batch)",
            ),
            mistake(
                "no_padding",
                "The letters were added up, without the padding behind them.",
                "len(some) * some.max()",
                "some.sum()",
            ),
            mistake(
                "one_row_a_batch",
                "Each batch was counted as one row. All its rows are padded to the "
                "longest.",
                "len(some) * some.max()",
                "some.max()",
            ),
            mistake(
                "sorted_first",
                "The sequences were sorted before they were put into batches. What is "
                "asked for is the order in which they came.",
                "some = lengths[k : k + batch]",
                "some = np.sort(lengths)[k : k + batch]",
            ),
            mistake(
                "to_the_shortest",
                "Each batch was cut to its shortest sequence. That loses letters.",
                "some.max()",
                "some.min()",
            ),
            mistake(
                "padding_alone",
                "The letters were taken off. Asked for are all columns that are "
                "computed, those of letters and those of padding.",
                "return int(total),",
                "return int(total - lengths.sum()),",
            ),
            mistake(
                "all_as_large_as_the_largest",
                "Every batch was counted as full, and padded to the longest "
                "sequence of all. Each has its own rows and its own longest.",
                "len(some) * some.max()",
                "batch * lengths.max()",
            ),
            mistake(
                "so_many_batches",
                "The sequences were cut into as many batches as a batch should have "
                "rows. The number given is that of the rows.",
                _pieces,
            ),
        ),
    )
)


def adam_step(p, g, m, v, t, lr):
    """One step of Adam, the first with t = 1: the new p, m and v."""
    b1, b2, eps = 0.9, 0.999, 1e-8
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g**2
    m_hat = m / (1 - b1**t)
    v_hat = v / (1 - b2**t)
    return p - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def _moments(rng):
    zeros = np.zeros((2, 3))
    return [
        Case("the first step", (*rng.normal(size=(2, 2, 3)), zeros, zeros, 1, 0.1)),
        Case(
            "the fifth step",
            (*rng.normal(size=(3, 2, 3)), rng.uniform(0.1, 1, (2, 3)), 5, 0.02),
        ),
        Case(
            "a late step",
            (*rng.normal(size=(3, 4)), rng.uniform(0.1, 1, 4), 300, 0.01),
        ),
        Case(
            "a tiny gradient",
            (rng.normal(size=2), np.full(2, 1e-8), np.zeros(2), np.zeros(2), 1, 0.1),
        ),
    ]


enter(
    Check(
        "training.adam_step",
        PAGE,
        adam_step,
        "p, g, m, v, t, lr",
        (("p", "m", "v"),),
        _moments,
        (
            mistake(
                "no_bias_correction",
                "The two means are used as they are. They began at zero, so that they "
                "are too small in the first steps, and the second one for much longer "
                "than the first: the first step is about three times too long.",
                "m / (1 - b1**t)",
                "m",
                "v / (1 - b2**t)",
                "v",
            ),
            mistake(
                "first_mean_not_corrected",
                "The mean of the gradients is not corrected for having begun at zero; "
                "the first step is ten times too short.",
                "m / (1 - b1**t)",
                "m",
            ),
            mistake(
                "second_mean_not_corrected",
                "The mean of the squares is not corrected for having begun at zero; "
                "the first steps are far too long.",
                "v / (1 - b2**t)",
                "v",
            ),
            mistake(
                "corrected_means_kept",
                "The corrected means were returned, and would be corrected again at "
                "the next step. What is kept are the means themselves.",
                "eps), m, v",
                "eps), m_hat, v_hat",
            ),
            mistake(
                "counted_from_zero",
                "The correction counts the steps one too low: after the first step "
                "the means hold one gradient.",
                "1 - b1**t",
                "1 - b1 ** max(t - 1, 1)",
                "1 - b2**t",
                "1 - b2 ** max(t - 1, 1)",
            ),
            mistake(
                "counted_from_two",
                "The correction counts one step too many: at the first step it "
                "takes the means for those of two gradients.",
                "1 - b1**t",
                "1 - b1 ** (t + 1)",
                "1 - b2**t",
                "1 - b2 ** (t + 1)",
            ),
            mistake(
                "no_root",
                "The step was divided by the mean square itself. Its root has the "
                "size of a gradient.",
                "np.sqrt(v_hat)",
                "v_hat",
            ),
            mistake(
                "eps_under_the_root",
                "The small number stands under the root. There it counts as its root, "
                "ten thousand times as much, where gradients are tiny.",
                "np.sqrt(v_hat) + eps",
                "np.sqrt(v_hat + eps)",
            ),
            mistake(
                "eps_before_the_correction",
                "The small number is added before the correction is divided out, as "
                "in the shorter form of the paper. It counts for more there in the "
                "first steps; the formula of the page adds it to the corrected "
                "root.",
                "m_hat / (np.sqrt(v_hat) + eps)",
                "m_hat * np.sqrt(1 - b2**t) / (np.sqrt(v) + eps)",
            ),
            mistake(
                "gradient_not_squared",
                "The second mean is taken of the gradients, not of their squares. It "
                "may be negative.",
                "g**2",
                "np.abs(g)",
            ),
            mistake(
                "means_exchanged",
                "The decays are exchanged: the mean of the gradients forgets faster, "
                "with 0.9.",
                "b1, b2, eps = 0.9, 0.999, 1e-8",
                "b2, b1, eps = 0.9, 0.999, 1e-8",
            ),
            mistake(
                "uphill",
                "The step goes uphill: it has to be subtracted.",
                "p - lr",
                "p + lr",
            ),
            mistake(
                "gradient_in_place_of_its_mean",
                "The step takes the gradient of this update alone. The mean of the "
                "gradients is Adam's momentum.",
                "lr * m_hat",
                "lr * g",
            ),
        ),
    )
)


def one_mask(x, params, u, p):
    """A plain RNN that reads its state through one mask a sequence, (B, T, H)."""
    m = (u >= p) / (1 - p)
    h, hs = np.zeros(u.shape), []
    for t in range(x.shape[1]):
        a = x[:, t] @ params["W_xh"] + (h * m) @ params["W_hh"] + params["b_h"]
        h = np.tanh(a)
        hs.append(h)
    return np.stack(hs, axis=1)


def _masked(rng):
    def case(label, B, T, D, H, p):
        params = {"W_xh": (D, H), "W_hh": (H, H), "b_h": (H,)}
        params = {name: rng.normal(size=size) for name, size in params.items()}
        u = rng.permutation(np.linspace(0.01, 0.99, B * H)).reshape(B, H)
        return Case(label, (rng.normal(size=(B, T, D)), params, u, p))

    return [
        case("two sequences", 2, 4, 3, 4, 0.3),
        case("one sequence", 1, 5, 2, 6, 0.5),
        case("as many sequences as units", 3, 3, 3, 3, 0.2),
    ]


enter(
    Check(
        "training.one_mask",
        PAGE,
        one_mask,
        "x, params, u, p",
        ("h",),
        _masked,
        (
            mistake(
                "stays_small",
                "What stays was not made larger. In use, without dropout, the gates "
                "would then get more than they were trained with.",
                "(u >= p) / (1 - p)",
                "(u >= p) * 1.0",
            ),
            mistake(
                "divided_by_p",
                "What stays was divided by the share that is dropped, in place of the "
                "share that stays.",
                "/ (1 - p)",
                "/ p",
            ),
            mistake(
                "the_others_dropped",
                "Those were kept that should have been dropped: zero where the number "
                "is below p.",
                "(u >= p)",
                "(u < p)",
            ),
            mistake(
                "outputs_thinned",
                "The mask thins the output of each step, not the state that the next "
                "step reads.",
                "(h * m) @",
                "h @",
                "hs.append(h)",
                "hs.append(h * m)",
            ),
            mistake(
                "state_replaced",
                "The thinned state was put in place of the state, so that the outputs "
                "are thinned as well. Thin only what the next step reads.",
                "np.tanh(a)",
                "np.tanh(a) * m",
                "(h * m) @",
                "h @",
            ),
            mistake(
                "sums_thinned",
                "The mask thins the sums of a step, after the product. It belongs to "
                "the state, before it.",
                '(h * m) @ params["W_hh"]',
                'm * (h @ params["W_hh"])',
            ),
            mistake(
                "all_sums_thinned",
                "The mask thins all that enters the tanh, the new letter and the "
                "bias as well. It belongs to the state alone, before the product.",
                "np.tanh(a)",
                "np.tanh(a * m)",
            ),
            mistake(
                "one_mask_for_the_batch",
                "All sequences got the mask of the first one. Each has its own.",
                "(u >= p)",
                "(u[:1] >= p)",
            ),
            mistake(
                "nothing_thinned",
                "Nothing is thinned: that is the plain network.",
                "(h * m) @",
                "h @",
            ),
            mistake(
                "first_step_only",
                "The mask is used at one step only. The same one serves every step.",
                "(h * m) @",
                "(h * m if t == 1 else h) @",
            ),
        ),
    )
)


def chrono(u, T):
    """Biases of an LSTM, gates i, f, g, o, from uniform numbers u (H,)."""
    b = np.zeros(4 * len(u))
    kept = np.log(1 + u * (T - 2))
    b[: len(u)] = -kept
    b[len(u) : 2 * len(u)] = kept
    return b


def _spread(rng):
    return [
        Case("four units, T = 100", (rng.uniform(0.05, 0.95, 4), 100)),
        Case("three units, T = 10", (rng.uniform(0.05, 0.95, 3), 10)),
        Case("one unit, T = 500", (rng.uniform(0.05, 0.95, 1), 500)),
    ]


enter(
    Check(
        "training.chrono",
        PAGE,
        chrono,
        "u, T",
        ("b_h",),
        _spread,
        (
            mistake(
                "input_gate_left_open",
                "The input gate has no bias. Where a cell keeps for long it should "
                "also take in little: its bias is the forget gate's with the other "
                "sign.",
                "= -kept",
                "= 0",
            ),
            mistake(
                "input_gate_opened",
                "Both gates got the same bias. What keeps for long should take in "
                "little, so the signs differ.",
                "= -kept",
                "= kept",
            ),
            mistake(
                "gates_exchanged",
                "The two gates are exchanged: the forget gate has the positive bias, "
                "and is the second block.",
                "b[: len(u)] = -kept",
                "b[: len(u)] = kept",
                "b[len(u) : 2 * len(u)] = kept",
                "b[len(u) : 2 * len(u)] = -kept",
            ),
            mistake(
                "no_logarithm",
                "The bias is the length itself. A gate with bias b keeps for about "
                "e to the power b steps, so the logarithm is missing.",
                "np.log(1 + u * (T - 2))",
                "1 + u * (T - 2)",
            ),
            mistake(
                "from_zero",
                "The lengths are drawn from zero on. Those below one give a negative "
                "bias, and a gate that forgets.",
                "np.log(1 + u * (T - 2))",
                "np.log(u * (T - 1))",
            ),
            mistake(
                "from_zero_and_short",
                "The lengths have the right spread, but begin at zero, so that some "
                "biases are negative and the longest length is missing.",
                "np.log(1 + u * (T - 2))",
                "np.log(u * (T - 2))",
            ),
            mistake(
                "one_too_long",
                "The lengths reach from 1 to T. The longest memory that is needed is "
                "T - 1 steps.",
                "u * (T - 2)",
                "u * (T - 1)",
            ),
            mistake(
                "uniform_bias",
                "The biases are uniform from 0 to the logarithm of T - 1. The lengths "
                "are to be uniform, so most biases lie near the upper end.",
                "np.log(1 + u * (T - 2))",
                "u * np.log(T - 1)",
            ),
            mistake(
                "one_bias_for_all",
                "Every unit got the bias of the longest length. The units are to "
                "differ.",
                "np.log(1 + u * (T - 2))",
                "np.log(T - 1) + 0 * u",
            ),
            mistake(
                "third_block",
                "The forget gate is the second of the blocks i, f, g, o; you set the "
                "third.",
                "b[len(u) : 2 * len(u)]",
                "b[2 * len(u) : 3 * len(u)]",
            ),
        ),
    )
)


def one_cycle(k, updates, peak):
    """The rate of update k: 30 % up from a 25th of the peak, then half a cosine."""
    s = k / updates
    if s < 0.3:
        return peak / 25 + (peak - peak / 25) * s / 0.3
    return peak * (1 + math.cos(math.pi * (s - 0.3) / 0.7)) / 2


def _rates(rng):
    cases = (0, 100, 1.0), (15, 100, 0.2), (30, 100, 0.5), (40, 100, 1.0)
    cases += (65, 100, 0.1), (99, 100, 1.0), (7, 40, 0.03), (33, 40, 2.0)
    return [Case(f"k, updates, peak = {c}", c) for c in cases]


enter(
    Check(
        "training.one_cycle",
        PAGE,
        one_cycle,
        "k, updates, peak",
        ("lr",),
        _rates,
        (
            mistake(
                "cosine_from_the_start",
                "The way down takes the share of all updates. It begins when 30 of "
                "100 are done: at the peak it jumps.",
                "(s - 0.3) / 0.7",
                "s",
            ),
            mistake(
                "cosine_not_stretched",
                "The way down begins at the right update, but goes on as if it had "
                "all updates to go, and does not arrive at zero.",
                "(s - 0.3) / 0.7",
                "(s - 0.3)",
            ),
            mistake(
                "whole_cosine",
                "The way down runs through a whole period of the cosine, and comes up "
                "again.",
                "math.pi *",
                "2 * math.pi *",
            ),
            mistake(
                "quarter_cosine",
                "The way down is a cosine without the 1 that lifts it, and ends below "
                "zero.",
                "peak * (1 + math.cos(math.pi * (s - 0.3) / 0.7)) / 2",
                "peak * math.cos(math.pi * (s - 0.3) / 0.7)",
            ),
            mistake(
                "begins_at_zero",
                "The way up begins at zero, where nothing is learned, and not at a "
                "25th of the peak.",
                "peak / 25 + (peak - peak / 25) * s / 0.3",
                "peak * s / 0.3",
            ),
            mistake(
                "overshoots",
                "The way up adds the whole peak to its start, and ends above it.",
                "(peak - peak / 25) * s",
                "peak * s",
            ),
            mistake(
                "jumps_to_the_peak",
                "The way up does not reach the peak in 30 of 100 updates: it would "
                "take all of them, and then it jumps.",
                "* s / 0.3",
                "* s",
            ),
            mistake(
                "no_way_up",
                "There is no way up: the rate begins at the peak.",
                "return peak / 25 + (peak - peak / 25) * s / 0.3",
                "return peak",
            ),
            mistake(
                "no_way_down",
                "There is no way down: the rate stays at the peak.",
                "peak * (1 + math.cos(math.pi * (s - 0.3) / 0.7)) / 2",
                "peak",
            ),
            mistake(
                "straight_down",
                "The way down is a straight line. Half a cosine leaves the peak "
                "slowly, and comes in slowly.",
                "peak * (1 + math.cos(math.pi * (s - 0.3) / 0.7)) / 2",
                "peak * (1 - (s - 0.3) / 0.7)",
            ),
            mistake(
                "thirty_updates_of_any",
                "The way up takes thirty updates, however many there are. It is to "
                "take 30 of each hundred.",
                "s < 0.3",
                "k < 30",
                "s / 0.3",
                "k / 30",
                "(s - 0.3) / 0.7",
                "(k - 30) / (updates - 30)",
            ),
            mistake(
                "one_at_the_last_update",
                "The share was made one at the last update. Update k has k updates "
                "before it, of all of them.",
                "k / updates",
                "k / (updates - 1)",
            ),
            mistake(
                "ends_at_its_beginning",
                "The way down ends at a 25th of the peak, where the way up began. "
                "It ends at zero.",
                "return peak * (1 + math",
                "return peak / 25 + 24 / 25 * peak * (1 + math",
            ),
        ),
    )
)


def best_kept(w, steps, losses, patience):
    """The best weights, and the checks made; each step changes ``w`` in place."""
    w, best, waited = w.copy(), math.inf, 0
    for k in range(len(steps)):
        w += steps[k]
        if losses[k] < best:
            best, kept, waited = losses[k], w.copy(), 0
        else:
            waited += 1
        if waited == patience:
            break
    return kept, k + 1


def _stops(rng):
    def case(label, losses, patience):
        losses = np.array(losses, float)
        w, steps = rng.normal(size=3), rng.normal(size=(len(losses), 3))
        return Case(label, (w, steps, losses, patience))

    return [
        case("a lucky check, then a better one", [5, 3, 4, 2, 2.5, 2.6, 2.7, 1], 3),
        case("it gets better throughout", [4, 3, 2, 1], 2),
        case("the first check is the best", [1, 2, 3, 4, 5], 2),
        case("no better twice, but not in a row", [5, 6, 4, 5, 3, 4, 2], 2),
        case("no better, yet below the last", [3, 5, 4, 3.5, 2], 3),
    ]


def _named(w, steps, losses, patience):
    _, made = best_kept(w, steps, losses, patience)
    return w + steps[:made].sum(axis=0), made


enter(
    Check(
        "training.best_kept",
        PAGE,
        best_kept,
        "w, steps, losses, patience",
        (("kept", "checks"),),
        _stops,
        (
            mistake(
                "kept_by_name",
                "What was kept is the array that goes on learning, not a copy of it: "
                "you return the weights of the last check, and call them the best.",
                _named,
            ),
            mistake(
                "waiting_not_reset",
                "A better check does not set the waiting back to zero, so that bad "
                "checks far apart add up to a stop.",
                "w.copy(), 0\n        else",
                "w.copy(), waited\n        else",
            ),
            mistake(
                "compared_with_the_last",
                "Each check was compared with the one before, not with the best so "
                "far.",
                "            waited += 1\n",
                "            waited, best = waited + 1, losses[k]\n",
            ),
            mistake(
                "one_too_patient",
                "You waited one check more than the patience says.",
                "waited == patience",
                "waited > patience",
            ),
            mistake(
                "one_too_few",
                "You stopped one check before the patience was used up.",
                "waited == patience",
                "waited == patience - 1",
            ),
            mistake(
                "never_stopped",
                "The patience is not used: all checks were made.",
                "waited == patience",
                "False",
            ),
            mistake(
                "stopped_at_once",
                "You stopped at the first check that is no better.",
                "waited == patience",
                "waited == 1",
            ),
            mistake(
                "index_of_the_last_check",
                "The second answer is the index of the last check, which counts from "
                "zero. Asked for is how many were made.",
                "return kept, k + 1",
                "return kept, k",
            ),
            mistake(
                "before_the_step",
                "The weights were kept as they were before the step whose check was "
                "the best.",
                "w.copy(), 0\n        else",
                "w - steps[k], 0\n        else",
            ),
        ),
    )
)

taught_in(
    {
        "metrics.mean_over_batches": "Batches and windows",
        "metrics.mean_and_spread": "The same again?",
        "training.columns": "Batches and windows",
        "training.adam_step": "Five rules",
        "training.one_mask": "Dropout: where, and how often drawn",
        "training.chrono": "The start",
        "training.one_cycle": "A rate that rises and falls",
        "training.best_kept": "Learned by heart",
    }
)
