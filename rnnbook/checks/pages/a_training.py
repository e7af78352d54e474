"""Checks of the assignment `training`: a network that trains badly, mended."""

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in

PAGE = "31-training"
FAULTS = ("too large", "by heart", "not shuffled", "too small", "too soon", "fine")


# ---- read a curve


def fault(train, valid):
    """A word for two curves: losses of batches (E, K), validation losses (E,)."""
    mean = train.mean(axis=1)
    if not np.isfinite(train).all() or mean[-1] > mean[0]:
        return "too large"
    lowest = valid.argmin()
    if valid[-1] > 1.1 * valid[lowest] and mean[-1] < mean[lowest]:
        return "by heart"
    apart = train - mean[:, None]
    if apart.mean(axis=0).var() > 0.5 * apart.var():
        return "not shuffled"
    if mean[-1] > 0.9 * mean[0]:
        return "too small"
    if valid[-1] < 0.95 * valid[3 * len(valid) // 4]:
        return "too soon"
    return "fine"


def _numbered(function):
    """The place of the word among the faults; -1 for what is none."""

    def call(train, valid):
        found = function(train, valid)
        if not isinstance(found, str):
            return found
        return FAULTS.index(found) if found in FAULTS else -1

    return call


def _curve_cases(rng):
    E, K = 20, 5
    s = np.linspace(0, 1, E)

    def spread(mean, column=0.0, noise=0.02):
        """Losses of batches with these means; `column` makes some always harder."""
        apart = noise * rng.uniform(-1, 1, (E, K)) + column * np.linspace(-1, 1, K)
        return mean[:, None] * (1 + apart - apart.mean(axis=1, keepdims=True))

    learned = 0.2 + 0.8 * np.exp(-8 * s)  # falls, and then lies still
    up = np.where(s < 0.3, 1 - 2 * s, 0.4 + 0.7 * (s - 0.3))
    still, falling = 1 - 0.05 * s, 1 - 0.6 * s
    gone = spread(learned)
    gone[-3:, 2] = np.nan
    bumpy, lucky, above = 0.4 * learned + 0.4, learned.copy(), 2 * learned
    bumpy[-2], lucky[12], above[12] = 0.55, 0.19, 0.39
    flat = 1 - 0.13 * s
    return [
        Case("all is well", (spread(learned), 1.2 * learned)),
        Case("validation far above training", (spread(0.5 * learned), above)),
        Case("validation rises", (spread(learned), up)),
        Case("a loss is no number", (gone, 1.1 * learned)),
        Case("both rise", (spread(0.5 + 0.8 * s), 0.5 + 0.9 * s)),
        Case("validation up, training up again", (spread(0.9 * up), up)),
        Case("the same batches are hard", (spread(learned, 0.3, 0.1), 1.3 * learned)),
        Case("hard batches, little fall", (spread(flat, 0.3), 1.1 * flat)),
        Case("now these differ, now those", (spread(learned, 0.02, 0.3), learned)),
        Case("one lucky check", (spread(learned), lucky)),
        Case("nearly nothing falls", (spread(still), 1.1 * falling)),
        Case("validation alone lies still", (spread(learned), 1.1 * still)),
        Case("it still falls", (spread(falling), 1.1 * falling)),
        Case("the last step fell", (spread(learned), bumpy)),
        Case("rises slowly, check by check", (spread(falling), 0.5 + 0.3 * s)),
    ]


HEART = "valid[-1] > 1.1 * valid[lowest] and mean[-1] < mean[lowest]"

enter(
    Check(
        "mending.fault",
        PAGE,
        fault,
        "train, valid",
        ("fault",),
        _curve_cases,
        (
            mistake(
                "no_number_not_seen",
                "A loss that is no number was not seen: every comparison with it is "
                "false, so that it has to be asked for by itself.",
                "not np.isfinite(train).all() or ",
                "",
            ),
            mistake(
                "rise_not_seen",
                "A training loss that ends above its beginning was not called too "
                "large a rate; only what is no number was.",
                " or mean[-1] > mean[0]",
                "",
            ),
            mistake(
                "gap_between_the_curves",
                "The validation loss was compared with the training loss. A gap alone "
                "is no fault: nearly every network that learns has one.",
                "1.1 * valid[lowest]",
                "1.1 * mean[-1]",
            ),
            mistake(
                "compared_with_the_check_before",
                "The last validation loss was compared with the one before it. A rise "
                "that is slow is small at each check.",
                "1.1 * valid[lowest]",
                "1.1 * valid[-2]",
            ),
            mistake(
                "training_not_asked",
                "Where validation rises and training rises with it, nothing is learned "
                "by heart: the training loss has to fall on.",
                " and mean[-1] < mean[lowest]",
                "",
            ),
            mistake(
                "any_rise",
                "Any last check above the lowest one was taken for learning by heart. "
                "A tenth is allowed.",
                "1.1 * valid[lowest]",
                "valid[lowest]",
            ),
            mistake(
                "fall_taken_for_order",
                "The losses of batches were not compared within their epoch. That the "
                "whole loss falls then hides which batches are always hard.",
                "apart = train - mean[:, None]",
                "apart = train - train.mean()",
            ),
            mistake(
                "noise_taken_for_order",
                "Losses that differ between batches were taken for a lack of "
                "shuffling. What matters is whether the *same* places are hard in "
                "each epoch.",
                "apart.mean(axis=0).var() > 0.5 * apart.var()",
                "apart.std() > 0.1 * train.mean()",
            ),
            mistake(
                "order_not_asked",
                "It was never asked whether the same batches are hard in each epoch.",
                "apart.mean(axis=0).var() > 0.5 * apart.var()",
                "False",
            ),
            mistake(
                "judged_by_validation",
                "Whether the rate is too small was judged by the validation loss. It "
                "is the training loss that such a rate leaves where it was.",
                "mean[-1] > 0.9 * mean[0]",
                "valid[-1] > 0.9 * valid[0]",
            ),
            mistake(
                "last_step_alone",
                "The last two checks alone decided whether it stopped too soon. Single "
                "checks go up and down; the last quarter of the run was asked for.",
                "valid[3 * len(valid) // 4]",
                "valid[-2]",
            ),
            mistake(
                "still_falling_called_fine",
                "A run that still falls at its end was called fine.",
                "valid[-1] < 0.95 * valid[3 * len(valid) // 4]",
                "False",
            ),
        ),
        wrap=_numbered,
        gives="fault",
    )
)


# ---- a range test


def range_test(rates, losses, beta, drop, jump):
    """The rates at which the smoothed loss has fallen, and explodes; 0 for never."""
    smooth = low = start = losses[0]
    falls = 0.0
    for rate, loss in zip(rates, losses, strict=True):
        smooth = beta * smooth + (1 - beta) * loss
        low = min(low, smooth)
        if falls == 0 and smooth < start - drop:
            falls = rate
        if not smooth <= low + jump:
            return falls, rate
    return falls, 0.0


def _range_cases(rng):
    def case(label, losses, ends=(1e-3, 10), beta=0.7):
        losses = np.array(losses) + 0.01 * rng.uniform(-1, 1, len(losses))
        rates = np.geomspace(*ends, len(losses))
        return Case(label, (rates, losses, beta, 0.2, 0.5))

    down = [3.0, 3.0, 2.9, 2.8, 2.5, 2.2, 2.0, 1.8, 1.7, 1.6]
    lucky = [3.0, 3.0, 2.4, 3.0, 2.9, 2.8, 2.4, 2.2, 3.1, 2.1, 2.0, 2.3, 2.7, 3.2, 4]
    return [
        case("falls, then explodes", [*down, 1.7, 2.2, 3.5, 6, 9, 14]),
        case("lucky and unlucky batches", lucky),
        case("then no number comes", [*down, np.nan, np.nan], (1e-2, 3)),
        case("it comes back at once", [*down, 1.9, 2.9, 4.2, 1.6, 1.4, 1.2, 1.0, 0.6]),
        case("it never explodes", down, (1e-4, 1)),
        case("it never falls", [3.0, 3.01, 3.0, 3.05, 3.4, 4.6, 8.0, 12.0], beta=0.5),
    ]


def _lowest_of_all(rates, losses, beta, drop, jump):
    smooth, all_of_them = losses[0], []
    for loss in losses:
        smooth = beta * smooth + (1 - beta) * loss
        all_of_them.append(smooth)
    all_of_them = np.array(all_of_them)
    fell = np.append(rates[all_of_them < losses[0] - drop], 0.0)[0]
    up = ~(all_of_them <= np.nanmin(all_of_them) + jump)
    return fell, np.append(rates[up], 0.0)[0]


def _rate_before(rates, losses, beta, drop, jump):
    falls, explodes = range_test(rates, losses, beta, drop, jump)
    return falls, max(rates[rates < explodes], default=0.0)


def _places(rates, losses, beta, drop, jump):
    found = range_test(rates, losses, beta, drop, jump)
    return tuple(list(rates).index(r) if r else 0 for r in found)


SMOOTH = "beta * smooth + (1 - beta) * loss"

enter(
    Check(
        "mending.range_test",
        PAGE,
        range_test,
        "rates, losses, beta, drop, jump",
        (("falls", "explodes"),),
        _range_cases,
        (
            mistake(
                "not_smoothed",
                "The losses were taken as they are. One lucky batch then looks like "
                "learning, and one bad batch like an explosion.",
                SMOOTH,
                "loss",
            ),
            mistake(
                "weights_exchanged",
                "The two weights of the running mean are exchanged: the old mean "
                "counts `beta`.",
                SMOOTH,
                "(1 - beta) * smooth + beta * loss",
            ),
            mistake(
                "begun_at_zero",
                "The running mean begins at zero, so that the first losses look small, "
                "and what follows looks like an explosion.",
                "smooth = low = start = losses[0]",
                "smooth, low, start = 0.0, losses[0], losses[0]",
            ),
            mistake(
                "lowest_of_the_whole_run",
                "Each loss was compared with the lowest of the whole run. At that rate "
                "nobody knows yet what comes: the lowest so far was asked for.",
                _lowest_of_all,
            ),
            mistake(
                "compared_with_the_start",
                "An explosion was looked for above the first loss. Measured from the "
                "lowest one so far, it is seen earlier.",
                "low + jump",
                "start + jump",
            ),
            mistake(
                "lowest_of_single_batches",
                "The lowest loss so far is that of a single batch; smoothed losses "
                "have to be compared with smoothed ones.",
                "min(low, smooth)",
                "min(low, loss)",
            ),
            mistake(
                "no_number_passes",
                "A loss that is no number did not count as an explosion. No comparison "
                "with it is true.",
                "not smooth <= low + jump",
                "smooth > low + jump",
            ),
            mistake(
                "places_returned",
                "Those are places in the list. The rates that stand there were asked "
                "for.",
                _places,
            ),
            mistake(
                "rate_before",
                "The second answer is the last rate at which all was still well. The "
                "one at which it explodes was asked for.",
                _rate_before,
            ),
            mistake(
                "any_fall",
                "Any loss below the first one counts as falling. It has to fall by "
                "`drop`.",
                "smooth < start - drop",
                "smooth < start",
            ),
            mistake(
                "latest_fall",
                "The first answer is the last rate at which the loss was so low, and "
                "not the first.",
                "falls == 0 and smooth",
                "smooth",
            ),
        ),
    )
)


# ---- a loss over real steps


def real_loss(out, y, lengths):
    """The mean squared error over real steps, and its gradient, (B, T)."""
    real = np.arange(y.shape[1]) < lengths[:, None]
    error = np.where(real, out - y, 0)
    count = real.sum()
    return (error**2).sum() / count, 2 * error / count


def _padded_cases(rng):
    def case(label, lengths, T):
        lengths = np.array(lengths)
        out, y = rng.normal(size=(2, len(lengths), T))
        y[np.arange(T) >= lengths[:, None]] = 0
        return Case(label, (out, y, lengths))

    return [
        case("three sequences", [2, 5, 3], 5),
        case("more padding than the longest needs", [4, 1], 6),
        case("one long, four short", [9, 2, 1, 2, 3], 9),
        case("no padding", [3, 3], 3),
    ]


REAL = "np.arange(y.shape[1]) < lengths[:, None]"
LOSS = "(error**2).sum() / count"

enter(
    Check(
        "mending.real_loss",
        PAGE,
        real_loss,
        "out, y, lengths",
        (("loss", "d_out"),),
        _padded_cases,
        (
            mistake(
                "padding_counted",
                "The padding counts as if it were data: the network is taught to say "
                "zero behind each end, and the shorter the sequence, the more.",
                REAL,
                "np.ones(y.shape, bool)",
            ),
            mistake(
                "divided_by_all",
                "The padding has no error, but was counted in the mean. The loss then "
                "depends on how much padding there is.",
                "count = real.sum()",
                "count = y.size",
            ),
            mistake(
                "mean_of_sequences",
                "Each sequence was averaged by itself. A step of a short one counts "
                "more then than a step of a long one.",
                LOSS,
                "((error**2).sum(axis=1) / lengths).mean()",
                "2 * error / count",
                "2 * error / lengths[:, None] / len(lengths)",
            ),
            mistake(
                "summed",
                "That is the sum over all steps. Its gradient grows with the batch, so "
                "that the rate would have to shrink with it.",
                LOSS,
                "(error**2).sum()",
                "2 * error / count",
                "2 * error",
            ),
            mistake(
                "two_forgotten",
                "The gradient lacks the two of the square.",
                "2 * error / count",
                "error / count",
            ),
            mistake(
                "gradient_not_divided",
                "The loss is a mean and the gradient that of a sum.",
                "2 * error / count",
                "2 * error",
            ),
            mistake(
                "gradient_in_the_padding",
                "The loss leaves the padding out, and the gradient does not.",
                "2 * error / count",
                "2 * (out - y) / count",
            ),
            mistake(
                "downhill",
                "The gradient has the wrong sign: it points uphill, and the rule "
                "subtracts it.",
                "2 * error / count",
                "-2 * error / count",
            ),
            mistake(
                "last_step_left_out",
                "The last real step of each sequence was left out.",
                REAL,
                "np.arange(y.shape[1]) < lengths[:, None] - 1",
            ),
            mistake(
                "one_step_too_many",
                "One step of padding was counted for each sequence.",
                REAL,
                "np.arange(y.shape[1]) <= lengths[:, None]",
            ),
            mistake(
                "root_taken",
                "The loss is the root of the mean. The gradient belongs to the mean "
                "itself.",
                LOSS,
                "np.sqrt((error**2).sum() / count)",
            ),
        ),
    )
)


# ---- clipping


def clipped(grads, most):
    """All arrays made smaller by one factor, and the norm that they had."""
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    factor = min(1.0, most / norm)
    return {name: factor * g for name, g in grads.items()}, norm


GRADS = {"W_xh": (2, 4), "W_hh": (4, 4), "b_h": (4,)}


def _clip_cases(rng):
    def case(label, size, most):
        grads = {n: size * rng.normal(size=s) for n, s in GRADS.items()}
        return Case(label, (grads, most))

    one_large = {n: 0.02 * rng.normal(size=s) for n, s in GRADS.items()}
    one_large["b_h"] = one_large["b_h"] + 3
    return [
        case("too large", 2.0, 1.0),
        case("small enough", 0.01, 1.0),
        Case("one large array", (one_large, 1.5)),
        case("none is too large alone", 0.25, 1.05),
    ]


NORM = "np.sqrt(sum((g**2).sum() for g in grads.values()))"
SCALED = "factor * g for name"

enter(
    Check(
        "mending.clipped",
        PAGE,
        clipped,
        "grads, most",
        (({name: f"d{name}" for name in GRADS}, "norm"),),
        _clip_cases,
        (
            mistake(
                "each_array_alone",
                "Each array was clipped by its own norm. That turns the direction of "
                "the step: large arrays lose more than small ones.",
                SCALED,
                "g * min(1.0, most / np.sqrt((g**2).sum())) for name",
            ),
            mistake(
                "each_entry",
                "Single entries were cut off at the limit. That turns the direction "
                "of the step.",
                SCALED,
                "np.clip(g, -most, most) for name",
            ),
            mistake(
                "always_scaled",
                "Small gradients were made larger: all have the limit as their norm "
                "now. Only what is too large is to change.",
                "min(1.0, most / norm)",
                "most / norm",
            ),
            mistake(
                "larger_instead",
                "The factor is turned over: what is small was scaled, and what is too "
                "large was left.",
                "min(1.0, most / norm)",
                "max(1.0, most / norm)",
            ),
            mistake(
                "norm_not_rooted",
                "The sum of squares was taken for the norm; its root is missing.",
                NORM,
                "sum((g**2).sum() for g in grads.values())",
            ),
            mistake(
                "norms_added",
                "The norms of the arrays were added. Squares add up, roots do not.",
                NORM,
                "sum(np.sqrt((g**2).sum()) for g in grads.values())",
            ),
            mistake(
                "largest_array",
                "The largest norm of a single array was taken for that of all "
                "together.",
                NORM,
                "max(np.sqrt((g**2).sum()) for g in grads.values())",
            ),
            mistake(
                "mean_square",
                "The root of the *mean* square was taken. A norm is the root of the "
                "sum, and grows with the number of weights.",
                NORM,
                "np.sqrt(np.mean([x**2 for g in grads.values() for x in g.ravel()]))",
            ),
            mistake(
                "norm_afterwards",
                "The norm returned is that after clipping. The one before is what one "
                "wants to see in a log.",
                "grads.items()}, norm",
                "grads.items()}, factor * norm",
            ),
            mistake(
                "thrown_away",
                "Gradients that are too large were set to zero. They still know the "
                "direction.",
                "min(1.0, most / norm)",
                "float(norm <= most)",
            ),
            mistake(
                "nothing_clipped",
                "Nothing was made smaller.",
                "min(1.0, most / norm)",
                "1.0",
            ),
        ),
    )
)


# ---- AdamW


def adamw(p, g, m, v, t, lr, decay):
    """One step of AdamW, the first with t = 1: the new p, m and v."""
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g**2
    m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
    step = m_hat / (np.sqrt(v_hat) + 1e-8)
    return p - lr * decay * p - lr * step, m, v


def _adamw_cases(rng):
    zeros = np.zeros((2, 3))

    def late(t, lr, decay, *shape):
        p, g, m = rng.normal(size=(3, *shape))
        return p, g, m, rng.uniform(0.1, 2, shape), t, lr, decay

    return [
        Case(
            "the first step",
            (*rng.normal(size=(2, 2, 3)), zeros, zeros, 1, 0.1, 0.3),
        ),
        Case("the fourth step", late(4, 0.05, 0.2, 2, 2)),
        Case("a late step", late(200, 0.02, 0.5, 4)),
        Case("without decay", late(6, 0.1, 0.0, 3)),
        Case(
            "a tiny gradient",
            (
                rng.normal(size=2),
                np.full(2, 1e-8),
                np.zeros(2),
                np.zeros(2),
                1,
                0.1,
                0.4,
            ),
        ),
    ]


def _in_the_gradient(p, g, m, v, t, lr, decay):
    return adamw(p, g + decay * p, m, v, t, lr, 0.0)


def _in_the_step(p, g, m, v, t, lr, decay):
    new, m_new, v_new = adamw(p, g, m, v, t, lr, 0.0)
    return new - lr * decay * new, m_new, v_new


NEW = "p - lr * decay * p - lr * step"

enter(
    Check(
        "mending.adamw",
        PAGE,
        adamw,
        "p, g, m, v, t, lr, decay",
        (("p", "m", "v"),),
        _adamw_cases,
        (
            mistake(
                "decay_in_the_gradient",
                "The decay was added to the gradient. Adam then divides it by the "
                "usual size of the gradient, and a weight with large gradients is "
                "hardly pulled towards zero.",
                _in_the_gradient,
            ),
            mistake(
                "decay_without_the_rate",
                "The decay is not multiplied by the rate. With a schedule it would go "
                "on pulling when the rate is long zero.",
                NEW,
                "p - decay * p - lr * step",
            ),
            mistake(
                "decay_of_the_new_weights",
                "The decay was taken of the weights after the step. It belongs to "
                "those from which the gradient came.",
                _in_the_step,
            ),
            mistake(
                "no_decay",
                "The weights do not decay: that is Adam.",
                NEW,
                "p - lr * step",
            ),
            mistake(
                "decay_grows",
                "The decay has the wrong sign: the weights are pushed away from zero.",
                NEW,
                "p + lr * decay * p - lr * step",
            ),
            mistake(
                "decay_divided",
                "The decay was put into the step before it was divided by the root, "
                "so that it depends on the gradient.",
                "m_hat / (np.sqrt(v_hat) + 1e-8)",
                "(m_hat + decay * p) / (np.sqrt(v_hat) + 1e-8)",
                NEW,
                "p - lr * step",
            ),
            mistake(
                "decay_by_sign",
                "Each weight is pulled by the same amount, whatever its size. Decay "
                "takes a share of the weight.",
                NEW,
                "p - lr * decay * np.sign(p) - lr * step",
            ),
            mistake(
                "not_corrected",
                "The two running means are used as they are, though they began at "
                "zero and are too small in the first steps.",
                "m / (1 - 0.9**t), v / (1 - 0.999**t)",
                "m, v",
            ),
            mistake(
                "counted_from_nought",
                "The correction counts one step too few; the first step has t = 1, and "
                "the means hold one gradient by then.",
                "m / (1 - 0.9**t), v / (1 - 0.999**t)",
                "m / (1 - 0.9 ** max(t - 1, 1)), v / (1 - 0.999 ** max(t - 1, 1))",
            ),
            mistake(
                "corrected_ones_returned",
                "The corrected means were returned and will be corrected once more at "
                "the next step.",
                "lr * step, m, v",
                "lr * step, m_hat, v_hat",
            ),
            mistake(
                "root_left_out",
                "The step is divided by the mean square and not by its root.",
                "(np.sqrt(v_hat) + 1e-8)",
                "(v_hat + 1e-8)",
            ),
            mistake(
                "small_number_under_the_root",
                "The small number stands under the root, where it counts ten thousand "
                "times as much.",
                "(np.sqrt(v_hat) + 1e-8)",
                "np.sqrt(v_hat + 1e-8)",
            ),
            mistake(
                "gradient_alone",
                "The step follows this gradient alone, without the mean of those "
                "before.",
                "m_hat / (np.sqrt(v_hat) + 1e-8)",
                "g / (np.sqrt(v_hat) + 1e-8)",
            ),
            mistake(
                "goes_uphill",
                "The step goes uphill, while the decay is right.",
                NEW,
                "p - lr * decay * p + lr * step",
            ),
        ),
    )
)


# ---- a schedule


def rate_at(k, updates, peak, warm, floor):
    """The rate of update k: up in `warm` updates, then half a cosine to `floor`."""
    if k < warm:
        return peak * (k + 1) / warm
    done = (k - warm) / (updates - 1 - warm)
    return floor + (peak - floor) * (1 + np.cos(np.pi * done)) / 2


def _rate_cases(rng):
    cases = (0, 100, 1.0, 10, 0.0), (9, 100, 1.0, 10, 0.1), (4, 50, 0.3, 20, 0.01)
    cases += (10, 100, 1.0, 10, 0.1), (60, 100, 0.5, 20, 0.05), (99, 100, 2.0, 25, 0.2)
    cases += (30, 80, 0.03, 5, 0.0), (7, 40, 1.0, 0, 0.3), (70, 200, 0.1, 33, 0.01)
    names = "k, updates, peak, warm, floor"
    return [Case(f"{names} = {c}", c) for c in cases]


DOWN = "floor + (peak - floor) * (1 + np.cos(np.pi * done)) / 2"

enter(
    Check(
        "mending.rate_at",
        PAGE,
        rate_at,
        "k, updates, peak, warm, floor",
        ("rate",),
        _rate_cases,
        (
            mistake(
                "first_update_wasted",
                "The first update has the rate zero: it is computed and changes "
                "nothing. Update number 0 already has one part of the way up.",
                "peak * (k + 1) / warm",
                "peak * k / warm",
            ),
            mistake(
                "way_down_from_the_start",
                "The way down began at update 0, so that the rate jumps where the "
                "warm-up ends.",
                "(k - warm) / (updates - 1 - warm)",
                "k / (updates - 1)",
            ),
            mistake(
                "never_arrives",
                "The last update does not have the lowest rate: the last one is number "
                "`updates` minus one.",
                "(updates - 1 - warm)",
                "(updates - warm)",
            ),
            mistake(
                "way_down_as_long_as_all",
                "The way down was made as long as the whole training, so that it is "
                "not at its end when the training is.",
                "(updates - 1 - warm)",
                "updates",
            ),
            mistake(
                "floor_added",
                "The lowest rate was added to the whole way down, so that it begins "
                "above the peak.",
                "(peak - floor) *",
                "peak *",
            ),
            mistake(
                "floor_forgotten",
                "The way down ends at zero. It ends at the lowest rate that was given.",
                DOWN,
                "peak * (1 + np.cos(np.pi * done)) / 2",
            ),
            mistake(
                "cut_off_at_the_floor",
                "The way down was cut off at the lowest rate. It should come in there "
                "on its curve.",
                DOWN,
                "max(floor, peak * (1 + np.cos(np.pi * done)) / 2)",
            ),
            mistake(
                "from_the_floor",
                "The way up begins at the lowest rate. It is a straight line through "
                "zero.",
                "return peak * (k + 1) / warm",
                "return floor + (peak - floor) * (k + 1) / warm",
            ),
            mistake(
                "straight_way_down",
                "The way down is a straight line and not half a cosine.",
                "(1 + np.cos(np.pi * done)) / 2",
                "(1 - done)",
            ),
            mistake(
                "whole_period",
                "The way down runs through a whole period of the cosine, and ends at "
                "the peak.",
                "np.pi * done",
                "2 * np.pi * done",
            ),
            mistake(
                "quarter_of_a_period",
                "The way down is a quarter of a cosine: slow at first, and steep where "
                "it should come in slowly.",
                "(1 + np.cos(np.pi * done)) / 2",
                "np.cos(np.pi / 2 * done)",
            ),
            mistake(
                "no_warm_up",
                "The warm-up is missing: the first updates have the whole peak.",
                "return peak * (k + 1) / warm",
                "return peak",
            ),
            mistake(
                "stays_at_the_peak",
                "The rate never falls: behind the warm-up it stays at the peak.",
                DOWN,
                "peak",
            ),
        ),
    )
)


# ---- two masks


def thinned(x, params, u_x, u_h, p):
    """States (B, T, H) of a plain RNN with one mask a sequence on input and state."""
    m_x, m_h = (u_x >= p) / (1 - p), (u_h >= p) / (1 - p)
    h, states = np.zeros(u_h.shape), []
    for t in range(x.shape[1]):
        a = (x[:, t] * m_x) @ params["W_xh"] + (h * m_h) @ params["W_hh"]
        h = np.tanh(a + params["b_h"])
        states.append(h)
    return np.stack(states, axis=1)


def _thinned_cases(rng):
    def case(label, B, T, D, H, p):
        params = {"W_xh": (D, H), "W_hh": (H, H), "b_h": (H,)}
        params = {name: rng.normal(size=size) for name, size in params.items()}

        def spread(n):
            return rng.permutation(np.linspace(0.02, 0.98, B * n)).reshape(B, n)

        x = rng.normal(size=(B, T, D))
        return Case(label, (x, params, spread(D), spread(H), p))

    return [
        case("two sequences", 2, 4, 4, 5, 0.3),
        case("one sequence", 1, 3, 6, 4, 0.5),
        case("as many inputs as units", 3, 5, 4, 4, 0.2),
        case("a long sequence", 2, 9, 5, 3, 0.4),
    ]


MASKS = "(u_x >= p) / (1 - p), (u_h >= p) / (1 - p)"

enter(
    Check(
        "mending.thinned",
        PAGE,
        thinned,
        "x, params, u_x, u_h, p",
        ("states",),
        _thinned_cases,
        (
            mistake(
                "not_made_larger",
                "What stays was not made larger. Without dropout, in use, every sum "
                "would be larger than those that the network was trained with.",
                MASKS,
                "(u_x >= p) * 1.0, (u_h >= p) * 1.0",
            ),
            mistake(
                "divided_by_the_dropped_share",
                "What stays was divided by the share that goes, not by the share that "
                "stays.",
                MASKS,
                "(u_x >= p) / p, (u_h >= p) / p",
            ),
            mistake(
                "wrong_ones_dropped",
                "What should go has stayed, and what should stay is gone: below p is "
                "dropped.",
                MASKS,
                "(u_x < p) / (1 - p), (u_h < p) / (1 - p)",
            ),
            mistake(
                "state_not_thinned",
                "The input is thinned, and the state that each step reads is not.",
                "(h * m_h) @",
                "h @",
            ),
            mistake(
                "input_not_thinned",
                "The state is thinned, and the input is not.",
                "(x[:, t] * m_x) @",
                "x[:, t] @",
            ),
            mistake(
                "states_returned_thinned",
                "The states that are returned are thinned too. Only what the "
                "next step reads was to be.",
                "states.append(h)",
                "states.append(h * m_h)",
            ),
            mistake(
                "carried_product",
                "The state was multiplied by its mask anew at each step and kept: what "
                "is handed on is thinned again and again.",
                'np.tanh(a + params["b_h"])',
                'np.tanh(a + params["b_h"]) * m_h',
            ),
            mistake(
                "one_for_all_sequences",
                "All sequences have the masks of the first one. Each has its own.",
                MASKS,
                "(u_x[:1] >= p) / (1 - p), (u_h[:1] >= p) / (1 - p)",
            ),
            mistake(
                "product_thinned",
                "The mask stands behind the product with the recurrent weights. It "
                "belongs to the state, in front of it.",
                '(h * m_h) @ params["W_hh"]',
                'm_h * (h @ params["W_hh"])',
            ),
            mistake(
                "at_the_first_step",
                "The input was thinned at the first step alone. One mask serves all "
                "steps.",
                "(x[:, t] * m_x) @",
                "(x[:, t] * m_x if t == 0 else x[:, t]) @",
            ),
        ),
    )
)


# ---- buckets


def buckets(lengths, batch, shuffled):
    """Rows in the order in which they are read, and the share of padding."""
    order = np.argsort(lengths, kind="stable")
    cut = [order[k : k + batch] for k in range(0, len(order), batch)]
    rows = np.concatenate([cut[k] for k in shuffled])
    columns = sum(len(some) * lengths[some].max() for some in cut)
    return rows, 1 - lengths.sum() / columns


def _bucket_cases(rng):
    def case(label, lengths, batch):
        lengths = np.array(lengths)
        count = -(-len(lengths) // batch)
        shuffled = np.roll(np.arange(count), 1)[:: 1 if count < 3 else -1].copy()
        return Case(label, (lengths, batch, shuffled))

    return [
        case("eight rows", [5, 9, 2, 7, 4, 12, 3, 8], 2),
        case("a short last batch", [5, 1, 9, 6, 2, 8, 4], 3),
        case("equal lengths among them", [4, 2, 4, 7, 2, 4, 9, 4, 2, 11], 4),
        case("many rows", rng.integers(3, 40, 23), 5),
    ]


def _shuffled_rows(lengths, batch, shuffled):
    order = np.argsort(lengths, kind="stable")
    places = np.concatenate([np.arange(k, len(order), len(shuffled)) for k in shuffled])
    return order[places], buckets(lengths, batch, shuffled)[1]


ORDER = 'np.argsort(lengths, kind="stable")'
COLUMNS = "sum(len(some) * lengths[some].max() for some in cut)"

enter(
    Check(
        "mending.buckets",
        PAGE,
        buckets,
        "lengths, batch, shuffled",
        (("rows", "padding"),),
        _bucket_cases,
        (
            mistake(
                "rows_dealt_out",
                "Rows were taken out of their batches. The *batches* change places, "
                "and each keeps its rows, or the padding is as it was before.",
                _shuffled_rows,
            ),
            mistake(
                "batches_not_shuffled",
                "The batches stand in the order of their lengths, short ones first in "
                "every epoch. They are to stand as `shuffled` says.",
                "cut[k] for k in shuffled",
                "cut[k] for k in range(len(shuffled))",
            ),
            mistake(
                "not_sorted",
                "The rows were cut into batches as they came, so that a batch has long "
                "and short ones in it.",
                ORDER,
                "np.arange(len(lengths))",
            ),
            mistake(
                "longest_first",
                "The rows are sorted from long to short. Short ones come first.",
                ORDER,
                'np.argsort(-lengths, kind="stable")',
            ),
            mistake(
                "equal_ones_turned_round",
                "Among rows of equal length the later one comes first. They keep the "
                "order in which they came.",
                ORDER,
                "np.lexsort((-np.arange(len(lengths)), lengths))",
            ),
            mistake(
                "padded_to_the_longest_of_all",
                "Each batch was counted as padded to the longest row of all. Its own "
                "longest is enough, and that is what buckets are for.",
                "lengths[some].max()",
                "lengths.max()",
            ),
            mistake(
                "last_batch_counted_as_full",
                "The batch that is not full was counted as if it were.",
                COLUMNS,
                "sum(batch * lengths[some].max() for some in cut)",
            ),
            mistake(
                "padding_over_letters",
                "The padding was divided by what is real. Asked for is its share of "
                "all that is computed.",
                "1 - lengths.sum() / columns",
                "columns / lengths.sum() - 1",
            ),
            mistake(
                "real_share",
                "That is the share of what is real, not that of the padding.",
                "1 - lengths.sum() / columns",
                "lengths.sum() / columns",
            ),
            mistake(
                "counted_not_shared",
                "That is how much padding there is, not which share it is.",
                "1 - lengths.sum() / columns",
                "columns - lengths.sum()",
            ),
            mistake(
                "share_before_sorting",
                "The share is that of batches as the rows came, and not of the ones "
                "that are returned.",
                COLUMNS,
                "sum(len(lengths[k : k + batch]) * lengths[k : k + batch].max() "
                "for k in range(0, len(order), batch))",
            ),
        ),
    )
)


# ---- the best weights


def best_of_run(params, step, loss, patience, most):
    """The best weights as copies, their loss, and how many checks were made."""
    params = {name: p.copy() for name, p in params.items()}
    best, waited, made = np.inf, 0, 0
    while made < most and waited < patience:
        step(params, made)
        now = loss(params)
        made += 1
        waited += 1
        if now < best:
            best, waited = now, 0
            kept = {name: p.copy() for name, p in params.items()}
    return kept, best, made


def _run_cases(rng):
    def case(label, losses, patience, most=99):
        params = {"W_hh": rng.normal(size=(2, 2)), "b_h": rng.normal(size=3)}
        most = min(most, len(losses))
        moves = rng.normal(size=(len(losses), 7))
        place = {"done": -1}

        def step(params, k):
            place["done"] = k
            params["W_hh"] += moves[k, :4].reshape(2, 2)
            params["b_h"] -= moves[k, 4:]

        def loss(params):
            return float(losses[place["done"]])

        return Case(label, (params, step, loss, patience, most))

    return [
        case("a better one, then patience ends", [5, 3, 4, 2, 2.5, 2.6, 2.7, 1], 3),
        case("better throughout", [4, 3, 2, 1.5], 2),
        case("the first is the best", [1, 2, 3, 4, 5], 2),
        case("worse twice, but not in a row", [5, 6, 4, 5, 3, 4, 2.5], 2),
        case("no better, yet below the one before", [3, 5, 4, 3.5, 2], 3),
        case("all checks are used up", [5, 4, 6, 3, 7, 2, 1], 4, 5),
    ]


def _by_name(params, step, loss, patience, most):
    params = {name: p.copy() for name, p in params.items()}
    _, best, made = best_of_run(params, step, loss, patience, most)
    for k in range(made):
        step(params, k)
    return params, best, made


COPY = "kept = {name: p.copy() for name, p in params.items()}"

enter(
    Check(
        "mending.best_of_run",
        PAGE,
        best_of_run,
        "params, step, loss, patience, most",
        (({"W_hh": "W_hh", "b_h": "b_h"}, "loss", "checks"),),
        _run_cases,
        (
            mistake(
                "kept_without_a_copy",
                "What was kept are the arrays that go on learning. A second dict of "
                "the same arrays is no copy of them: you return the weights of the "
                "last check, and call them the best.",
                _by_name,
            ),
            mistake(
                "waiting_adds_up",
                "A better check does not set the waiting back, so that bad checks far "
                "apart add up to a stop.",
                "best, waited = now, 0",
                "best, waited = now, waited - 1",
            ),
            mistake(
                "compared_with_the_one_before",
                "Each loss was compared with the one before. A run that wanders up and "
                "down is then always getting better.",
                "        if now < best:\n            best, waited = now, 0\n"
                "            kept",
                "        better, best = now < best, now\n"
                "        if better:\n            waited = 0\n            kept",
            ),
            mistake(
                "better_than_before_kept",
                "Weights were kept whenever they were better than at the check before, "
                "also where an earlier check had been better still.",
                "best, waited, made = np.inf, 0, 0",
                "best, waited, made, last = np.inf, 0, 0, np.inf",
                "        if now < best:\n",
                "        better, last = now < last, now\n        if better:\n",
            ),
            mistake(
                "too_patient",
                "One check more was waited for than the patience allows.",
                "waited < patience",
                "waited <= patience",
            ),
            mistake(
                "too_hasty",
                "It stopped one check before the patience was used up.",
                "waited < patience",
                "waited < max(patience - 1, 1)",
            ),
            mistake(
                "patience_not_used",
                "It never stopped: all checks were made, whatever they said.",
                "made < most and waited < patience",
                "made < most",
            ),
            mistake(
                "limit_not_used",
                "The patience alone ends the run. There is a limit to the checks, too.",
                "made < most and waited < patience",
                "made < 2 * most and waited < patience",
            ),
            mistake(
                "loss_of_the_end",
                "The loss returned is the last one, and not that of the weights which "
                "are returned.",
                "return kept, best, made",
                "return kept, now, made",
            ),
            mistake(
                "counted_to_the_best",
                "The number returned is that of the checks up to the best one. The "
                "later ones were made as well.",
                "return kept, best, made",
                "return kept, best, made - waited",
            ),
            mistake(
                "weights_before_the_step",
                "The weights were kept before the step whose loss was the best.",
                "        step(params, made)\n",
                "        old = {name: p.copy() for name, p in params.items()}\n"
                "        step(params, made)\n",
                COPY,
                "kept = old",
            ),
            mistake(
                "largest_loss",
                "The weights with the largest loss were kept.",
                "best, waited, made = np.inf, 0, 0",
                "best, waited, made = -np.inf, 0, 0",
                "if now < best",
                "if now > best",
            ),
        ),
    )
)


# ---- the best of many


def luck(valid, test, picks):
    """Mean loss of the best of each row of picks: on validation, and on test."""
    best = valid[picks].argmin(axis=1)
    won = picks[np.arange(len(picks)), best]
    return valid[won].mean(), test[won].mean()


def _luck_cases(rng):
    def case(label, runs, R, N):
        valid = rng.normal(2, 0.3, runs)
        test = 0.3 * (valid - 2) + rng.normal(2.1, 0.3, runs)
        picks = rng.permutation(runs)[:-1]  # one run is in no search,
        picks = np.array([rng.permutation(picks)[:N] for _ in range(R)])
        unseen = np.setdiff1d(np.arange(runs), picks)
        valid[unseen] = valid.min() - 0.2  # the best of all
        return Case(label, (valid, test, picks))

    return [
        case("five of twelve", 12, 9, 5),
        case("two of six", 6, 8, 2),
        case("ten of thirty", 30, 12, 10),
        case("each run by itself", 7, 6, 1),
    ]


WON = "picks[np.arange(len(picks)), best]"

enter(
    Check(
        "mending.luck",
        "32-tuning",
        luck,
        "valid, test, picks",
        (("found", "left"),),
        _luck_cases,
        (
            mistake(
                "chosen_by_the_test",
                "The winner on the test part was chosen by the test part. Then it "
                "judges nothing any more: it has flattered, too.",
                "test[won].mean()",
                "test[picks].min(axis=1).mean()",
            ),
            mistake(
                "largest_chosen",
                "The runs with the largest loss were chosen.",
                ".argmin(axis=1)",
                ".argmax(axis=1)",
            ),
            mistake(
                "place_for_a_run",
                "The place of the winner within its row was taken for the number of a "
                "run.",
                WON,
                "best",
            ),
            mistake(
                "best_of_all",
                "One winner was chosen from all runs. Each row is a search of its own.",
                WON,
                "np.full(len(picks), valid.argmin())",
            ),
            mistake(
                "mean_of_each_search",
                "Those are means of all runs that were tried. A search reports its "
                "best.",
                "return valid[won].mean(), test[won].mean()",
                "return valid[picks].mean(), test[picks].mean()",
            ),
            mistake(
                "best_search",
                "That is the luckiest of the searches. The mean over them was asked "
                "for.",
                "return valid[won].mean(), test[won].mean()",
                "return valid[won].min(), test[won][valid[won].argmin()]",
            ),
            mistake(
                "first_of_each_row",
                "The first run of each row was taken, without a choice.",
                WON,
                "picks[:, 0]",
            ),
            mistake(
                "winners_counted_once",
                "A run that won several searches was counted once.",
                WON,
                "np.unique(picks[np.arange(len(picks)), best])",
            ),
            mistake(
                "parts_in_place_of_each_other",
                "The two numbers are exchanged: what the search reports comes first.",
                "return valid[won].mean(), test[won].mean()",
                "return test[won].mean(), valid[won].mean()",
            ),
            mistake(
                "median_of_searches",
                "Those are medians over the searches.",
                "return valid[won].mean(), test[won].mean()",
                "return np.median(valid[won]), np.median(test[won])",
            ),
        ),
    )
)


# ---- two recipes


def compared(valid_a, test_a, valid_b, test_b, t):
    """Each at its own best rate: both rates, the difference, half its interval."""
    best_a, best_b = valid_a.mean(axis=1).argmin(), valid_b.mean(axis=1).argmin()
    apart = test_a[best_a] - test_b[best_b]
    half = t * apart.std(ddof=1) / np.sqrt(len(apart))
    return best_a, best_b, apart.mean(), half


def _compared_cases(rng):
    def case(label, a, b, seeds, t):
        """Two rows of means: one for each rate."""
        luck = 0.1 * rng.normal(size=seeds)  # of a seed, in both recipes
        scores = []
        for means in (a, b):
            valid = np.array(means)[:, None] + luck + 0.03 * rng.normal(size=seeds)
            test = valid + 0.06 * rng.normal(size=valid.shape)
            scores += [valid, test]
        scores[0][-1, 0] -= 1  # one lucky seed at the last rate,
        scores[2][0, 1] -= 1
        scores[1][0] -= 1.6  # and on the test part other rates look best
        scores[3][-1] -= 1.6
        return Case(label, (*scores, t))

    return [
        case("three rates, four seeds", [1.5, 0.4, 1.3], [1.2, 1.1, 0.5], 4, 3.18),
        case("the same rates", [1.5, 1.2, 0.4, 1.6], [1.7, 0.6, 1.1, 1.4], 5, 2.78),
        case("another number of rates", [1.6, 0.5, 1.5], [1.9, 0.7, 0.2, 1.6], 6, 2.57),
        case("few rates, many seeds", [1.4, 0.8, 1.6], [1.3, 0.6, 1.5], 9, 2.31),
    ]


def _rate_of_each_seed(valid_a, test_a, valid_b, test_b, t):
    seeds = np.arange(valid_a.shape[1])
    a = test_a[valid_a.argmin(axis=0), seeds]
    b = test_b[valid_b.argmin(axis=0), seeds]
    half = t * (a - b).std(ddof=1) / np.sqrt(len(seeds))
    best = valid_a.mean(axis=1).argmin(), valid_b.mean(axis=1).argmin()
    return *best, (a - b).mean(), half


BEST = "valid_a.mean(axis=1).argmin(), valid_b.mean(axis=1).argmin()"
HALF = "t * apart.std(ddof=1) / np.sqrt(len(apart))"

enter(
    Check(
        "mending.compared",
        PAGE,
        compared,
        "valid_a, test_a, valid_b, test_b, t",
        (("best_a", "best_b", "difference", "half"),),
        _compared_cases,
        (
            mistake(
                "rates_chosen_on_the_test",
                "The rates were chosen on the test part, which then judges what it "
                "has chosen.",
                BEST,
                "test_a.mean(axis=1).argmin(), test_b.mean(axis=1).argmin()",
            ),
            mistake(
                "one_rate_for_both",
                "Both recipes were judged at the best rate of the first one. That is "
                "how a rule comes to be praised: each needs its own.",
                BEST,
                "valid_a.mean(axis=1).argmin(), "
                "min(valid_a.mean(axis=1).argmin(), len(valid_b) - 1)",
            ),
            mistake(
                "luckiest_run",
                "The rate was chosen by its luckiest seed. The mean over the seeds "
                "chooses.",
                BEST,
                "valid_a.min(axis=1).argmin(), valid_b.min(axis=1).argmin()",
            ),
            mistake(
                "rate_of_each_seed",
                "Each seed got the rate that suited it best. A recipe has one rate.",
                _rate_of_each_seed,
            ),
            mistake(
                "validation_reported",
                "The difference is that of the validation losses, which have chosen "
                "the rates.",
                "test_a[best_a] - test_b[best_b]",
                "valid_a[best_a] - valid_b[best_b]",
            ),
            mistake(
                "sign_of_the_difference",
                "The difference has the other sign: the first recipe minus the second.",
                "test_a[best_a] - test_b[best_b]",
                "test_b[best_b] - test_a[best_a]",
            ),
            mistake(
                "not_paired",
                "The spread was computed as if the two had different seeds. A seed "
                "that is hard for one is hard for the other, and falls out of the "
                "difference.",
                HALF,
                "t * np.sqrt((test_a[best_a].var(ddof=1) "
                "+ test_b[best_b].var(ddof=1)) / len(apart))",
            ),
            mistake(
                "spread_of_seeds",
                "That is how far single seeds spread. The mean of several is off by "
                "less, and that is what the interval is for.",
                HALF,
                "t * apart.std(ddof=1)",
            ),
            mistake(
                "divided_by_the_seeds",
                "The deviation was divided by the number of seeds and not by its root.",
                HALF,
                "t * apart.std(ddof=1) / len(apart)",
            ),
            mistake(
                "population",
                "The deviation is that of a whole population. A few seeds are a "
                "sample.",
                HALF,
                "t * apart.std() / np.sqrt(len(apart))",
            ),
            mistake(
                "factor_forgotten",
                "The interval is one standard error wide on each side; the factor for "
                "95 per cent is missing.",
                HALF,
                "apart.std(ddof=1) / np.sqrt(len(apart))",
            ),
            mistake(
                "whole_width",
                "That is the whole width of the interval. Half of it was asked for.",
                HALF,
                "2 * t * apart.std(ddof=1) / np.sqrt(len(apart))",
            ),
            mistake(
                "median_of_seeds",
                "The difference is the median over the seeds.",
                "apart.mean(), half",
                "np.median(apart), half",
            ),
        ),
    )
)


# ---- the race

# Of the variance of the levels; what disturbs the measured ones; how long it may take.
BAR, NOISE, UPDATES = 0.16, 0.5, 300


def _raced(function):
    """Four facts about the weights that a training leads to, on held-out barrels.

    Whether they give numbers, whether they explain more than half of the levels,
    whether the training part is fitted no better than its noise allows, and whether the
    error is below the bar. All that this calls stands in it: what is called from
    elsewhere would count as called by the student (:mod:`rnnbook.checks.watch`).
    """

    def barrel(rng, count, keep, full, noise):
        lengths = rng.integers(5, 15, size=count)
        rain = rng.exponential(size=(count, 14)) * (rng.random((count, 14)) < 0.5)
        level, levels = np.zeros(count), np.zeros((count, 14))
        for t in range(14):
            level = np.minimum(keep * level + rain[:, t], full)
            levels[:, t] = level - full / 2 + noise * rng.normal(size=count)
        real = np.arange(14) < lengths[:, None]
        return (rain * real)[..., None], levels * real, lengths

    def drawn(seed, noise, count, which):
        keep, full = np.random.default_rng(seed).uniform((0.7, 2), (0.9, 3))
        return barrel(np.random.default_rng([which, seed]), count, keep, full, noise)

    def outputs(params, x):
        states = np.zeros((len(x), x.shape[1] + 1, len(params["b_h"])))
        for t in range(x.shape[1]):
            a = x[:, t] @ params["W_xh"] + states[:, t] @ params["W_hh"]
            states[:, t + 1] = np.tanh(a + params["b_h"])
        return (states[:, 1:] @ params["W_hy"] + params["b_y"])[..., 0], states

    def error(params, part):
        x, y, lengths = part
        real = np.arange(y.shape[1]) < lengths[:, None]
        return np.mean((outputs(params, x)[0] - y)[real] ** 2), y[real].var()

    def call(part, valid, updates, seed):
        params = function(part, valid, updates, seed)
        if not isinstance(params, dict):
            return params
        with np.errstate(all="ignore"):
            off, var = error(params, drawn(seed, 0.0, 400, 3))
            on_part = error(params, part)[0]
        heart = bool(on_part < HEART_BELOW * NOISE**2)
        reached = off < BAR * var
        heart = heart and not reached
        facts = off < 2 * var, heart or off < 0.5 * var, not heart, reached
        return np.array(facts)

    call.barrel, call.drawn, call.outputs = barrel, drawn, outputs
    call.error = error
    return call


# Rain (N, T, 1), levels (N, T) and lengths (N,) of a barrel, zeros behind the ends;
# what a network says, (B, T), and its states, (B, T + 1, H).
barrel, outputs = _raced(None).barrel, _raced(None).outputs
HEART_BELOW = 0.66  # of the noise's variance; an honest training leaves more


def network(seed, H=16):
    """Weights of a plain RNN with one input and one output a step."""
    rng = np.random.default_rng(seed)
    return {
        "W_xh": rng.normal(size=(1, H)),
        "W_hh": rng.normal(size=(H, H)) / np.sqrt(H),
        "b_h": np.zeros(H),
        "W_hy": rng.normal(size=(H, 1)) / np.sqrt(H),
        "b_y": np.zeros(1),
    }


def gradients(params, x, states, d_out):
    """Backpropagation through time: a dict like `params`."""
    dh_next, da = 0.0, np.zeros_like(states[:, 1:])
    for t in reversed(range(x.shape[1])):
        dh = d_out[:, t, None] * params["W_hy"][:, 0] + dh_next
        da[:, t] = dh * (1 - states[:, t + 1] ** 2)
        dh_next = da[:, t] @ params["W_hh"].T
    flat, H = da.reshape(-1, da.shape[2]), da.shape[2]
    return {
        "W_xh": x.reshape(-1, x.shape[2]).T @ flat,
        "W_hh": states[:, :-1].reshape(-1, H).T @ flat,
        "b_h": flat.sum(axis=0),
        "W_hy": states[:, 1:].reshape(-1, H).T @ d_out.reshape(-1, 1),
        "b_y": np.array([d_out.sum()]),
    }


def handed_over(part, valid, updates, seed):
    """The training that was handed over: nothing in it is as it should be."""
    x, y, lengths = part
    params, kept = network(seed), None
    for k in range(updates):
        rows = np.arange(8 * k, 8 * k + 8) % len(x)
        out, states = outputs(params, x[rows])
        d_out = 2 * (out - y[rows]) / out.size
        for name, g in gradients(params, x[rows], states, d_out).items():
            params[name] -= 0.0005 * g
        kept = params
    return kept


def mended(part, valid, updates, seed):
    """A training that reaches the bar: weights from rain, levels, lengths."""
    x, y, lengths = part
    params, rng = network(seed), np.random.default_rng(seed)
    speed, best = dict.fromkeys(params, 0.0), np.inf
    for k in range(updates):
        rows = rng.permutation(len(x))[:8]
        out, states = outputs(params, x[rows])
        d_out = real_loss(out, y[rows], lengths[rows])[1]
        grads = clipped(gradients(params, x[rows], states, d_out), 1.0)[0]
        for name, g in grads.items():
            speed[name] = 0.9 * speed[name] + g
            params[name] -= 0.02 * speed[name]
        if k % 10 == 9:
            now = real_loss(outputs(params, valid[0])[0], *valid[1:])[0]
            if now < best:
                best, kept = now, {name: p.copy() for name, p in params.items()}
    return kept


def by_heart(part, valid, updates, seed):
    """Adam at a good rate, on and on, with what stands there at the end."""
    x, y, lengths = part
    params = network(seed)
    m = v = dict.fromkeys(params, 0.0)
    for k in range(updates):
        out, states = outputs(params, x)
        d_out = real_loss(out, y, lengths)[1]
        grads = gradients(params, x, states, d_out)
        new = {n: adamw(params[n], grads[n], m[n], v[n], k + 1, 0.02, 0) for n in grads}
        params, m, v = ({n: a[place] for n, a in new.items()} for place in range(3))
    return params


def exploded(part, valid, updates, seed):
    """The right loss, and a rate that is far too large."""
    x, y, lengths = part
    params = network(seed)
    with np.errstate(all="ignore"):
        for k in range(updates):
            rows = np.arange(8 * k, 8 * k + 8) % len(x)
            out, states = outputs(params, x[rows])
            d_out = real_loss(out, y[rows], lengths[rows])[1]
            for name, g in gradients(params, x[rows], states, d_out).items():
                params[name] = params[name] - 3.0 * g
    return params


def half_the_way(part, valid, updates, seed):
    """What says half of what it should: learned, and not well enough."""
    params = mended(part, valid, updates, seed)
    return params | {name: 0.5 * params[name] for name in ("W_hy", "b_y")}


def _race_cases(rng):
    found = []
    for label in ("a barrel", "another barrel", "a third one"):
        seed = int(rng.integers(2**31))
        part, valid = (_raced(None).drawn(seed, NOISE, 24, which) for which in (1, 2))
        by_level = np.argsort(part[1].sum(axis=1))
        part = tuple(a[by_level] for a in part)
        found.append(Case(label, (part, valid, UPDATES, seed)))
    return found


enter(
    Check(
        "mending.race",
        PAGE,
        mended,
        "part, valid, updates, seed",
        ("reached",),
        _race_cases,
        (
            mistake(
                "learned_next_to_nothing",
                "On barrels that it never saw, the network explains less than half of "
                "the levels, as the training that was handed over does. A loss "
                "that still falls at the end tells of a rate that is too small.",
                handed_over,
            ),
            mistake(
                "learned_by_heart",
                "The training part is fitted better than its noise allows, and on "
                "other barrels the network fails: it has learned the noise by heart.",
                by_heart,
            ),
            mistake(
                "blown_up",
                "On other barrels the error is larger than that of no forecast at all, "
                "or no number: the training blew up.",
                exploded,
            ),
            mistake(
                "above_the_bar",
                "It has learned, and not by heart; but on other barrels the error is "
                "still above the bar.",
                half_the_way,
            ),
        ),
        wrap=_raced,
        gives="params",
    )
)

taught_in(
    {
        "mending.fault": "First look",
        "mending.range_test": "The rate, found",
        "mending.adamw": "Five rules",
        "mending.rate_at": "A rate that rises and falls",
        "mending.thinned": "Dropout: where, and how often drawn",
        "mending.buckets": "Batches and windows",
        "mending.best_of_run": "Learned by heart",
        "mending.luck": "The best of many, when all are the same",
        "mending.compared": "What to try first",
    }
)
