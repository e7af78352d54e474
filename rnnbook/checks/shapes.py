"""Which axis is which."""

import numpy as np

from rnnbook.checks.catalogue import Case, Check, enter, mistake


def _cubes(rng):
    sizes = ((2, 3, 4), (3, 5, 2), (4, 4, 3), (3, 3, 3), (1, 5, 4))
    labels = ("two examples", "a batch", "B = T", "B = T = D", "one example")
    return [
        Case(label, (rng.normal(size=size),))
        for label, size in zip(labels, sizes, strict=True)
    ]


def time_first(x):
    """(B, T, D) as (T, B, D)."""
    return x.transpose(1, 0, 2)


enter(
    Check(
        "shapes.time_first",
        "02-rnn",
        time_first,
        "x",
        ("x_time_first",),
        _cubes,
        (
            mistake(
                "reshaped",
                "A reshape keeps the numbers in their order and cuts them anew: steps "
                "of different examples are mixed. To swap axes, transpose.",
                "x.transpose(1, 0, 2)",
                "x.reshape(x.shape[1], x.shape[0], x.shape[2])",
            ),
            mistake(
                "not_swapped",
                "Batch and time are where they were.",
                "x.transpose(1, 0, 2)",
                "x + 0",
            ),
            mistake(
                "all_reversed",
                "All three axes are reversed: `.T` turns the features to the front.",
                "x.transpose(1, 0, 2)",
                "x.T",
            ),
            mistake(
                "wrong_axes",
                "Time and features were swapped; the batch stays in front.",
                "x.transpose(1, 0, 2)",
                "x.transpose(0, 2, 1)",
            ),
            mistake(
                "rolled",
                "The axes were rotated: time is in front, but the batch is last.",
                "x.transpose(1, 0, 2)",
                "x.transpose(1, 2, 0)",
            ),
            mistake(
                "time_reversed",
                "The axes are right, and time runs backwards.",
                "x.transpose(1, 0, 2)",
                "x.transpose(1, 0, 2)[::-1]",
            ),
        ),
    )
)


def last_step(h):
    """The last of all steps, (B, T, H) to (B, H)."""
    return h[:, -1]


enter(
    Check(
        "shapes.last_step",
        "02-rnn",
        last_step,
        "h",
        ("h_last",),
        _cubes,
        (
            mistake(
                "last_example",
                "That is the last example, with all its steps: the first axis is the "
                "batch.",
                "h[:, -1]",
                "h[-1]",
            ),
            mistake(
                "last_unit",
                "That is the last unit at every step: the third axis is that of units.",
                "h[:, -1]",
                "h[:, :, -1]",
            ),
            mistake(
                "first_step",
                "That is the first step.",
                "h[:, -1]",
                "h[:, 0]",
            ),
            mistake(
                "mean_over_time",
                "That is the mean over time.",
                "h[:, -1]",
                "h.mean(axis=1)",
            ),
            mistake(
                "axis_kept",
                "The last step is there, and the axis of time as well, of length one. "
                "Against targets without it, a loss may broadcast and be wrong.",
                "h[:, -1]",
                "h[:, -1:]",
            ),
            mistake(
                "step_before",
                "That is the last step but one.",
                "h[:, -1]",
                "h[:, -2]",
            ),
        ),
    )
)


def last_valid(h, lengths):
    """The last step of each example that is no padding."""
    return h[np.arange(len(h)), lengths - 1]


def _padded(rng):
    return [
        Case("two lengths", (rng.normal(size=(2, 4, 3)), np.array([4, 2]))),
        Case("a batch", (rng.normal(size=(4, 6, 2)), np.array([3, 6, 1, 5]))),
        Case("B = T", (rng.normal(size=(5, 5, 3)), np.array([2, 4, 3, 5, 4]))),
    ]


LAST_VALID = "h[np.arange(len(h)), lengths - 1]"

enter(
    Check(
        "shapes.last_valid",
        "13-three-libraries",
        last_valid,
        "h, lengths",
        ("h_last",),
        _padded,
        (
            mistake(
                "lengths_ignored",
                "The last column is taken for all: where an example is shorter, that "
                "is the state after reading padding.",
                LAST_VALID,
                "h[:, -1]",
            ),
            mistake(
                "off_by_one",
                "One step too late: an example of length n ends at index n - 1. For "
                "the longest this reads past the end.",
                LAST_VALID,
                "h[np.arange(len(h)), np.minimum(lengths, h.shape[1] - 1)]",
            ),
            mistake(
                "one_too_early",
                "One step too early: the last valid step is left out.",
                "lengths - 1",
                "lengths - 2",
            ),
            mistake(
                "all_pairs",
                "Every example was combined with every length. Two index arrays are "
                "needed, one for the rows and one for the steps.",
                LAST_VALID,
                "h[:, lengths - 1]",
            ),
            mistake(
                "shortest_for_all",
                "All examples were cut to the shortest.",
                "lengths - 1",
                "lengths.min() - 1",
            ),
            mistake(
                "first_step",
                "That is the first step of each example.",
                "lengths - 1",
                "0 * lengths",
            ),
            mistake(
                "mean_over_valid",
                "That is the mean over the valid steps, a good summary, but not the "
                "last.",
                lambda h, lengths: np.stack(
                    [a[:n].mean(axis=0) for a, n in zip(h, lengths, strict=True)]
                ),
            ),
        ),
    )
)


def split_gates(a):
    """Packed sums (B, 4H) as four of (B, H), in the order i, f, g, o."""
    return tuple(np.split(a, 4, axis=1))


def _packed(rng):
    return [
        Case("three units", (rng.normal(size=(2, 12)),)),
        Case("four examples", (rng.normal(size=(4, 8)),)),
        Case("as many rows as columns", (rng.normal(size=(8, 8)),)),
    ]


enter(
    Check(
        "shapes.split_gates",
        "11-lstm",
        split_gates,
        "a",
        (("a_i", "a_f", "a_g", "a_o"),),
        _packed,
        (
            mistake(
                "interleaved",
                "Every fourth column was taken. A gate is a block of neighbouring "
                "columns: the units vary fastest.",
                "np.split(a, 4, axis=1)",
                "a[:, k::4] for k in range(4)",
            ),
            mistake(
                "rows",
                "The rows were divided among the gates. Rows are examples; the gates "
                "lie side by side in the columns.",
                "axis=1",
                "axis=0",
            ),
            mistake(
                "candidate_last",
                "The last two are in the order o, g. PyTorch and Keras both have the "
                "candidate before the output gate.",
                "tuple(np.split(a, 4, axis=1))",
                "tuple(np.split(a, 4, axis=1)[k] for k in (0, 1, 3, 2))",
                page="13-three-libraries",
            ),
            mistake(
                "forget_first",
                "The first two are in the order f, i; the input gate comes first.",
                "tuple(np.split(a, 4, axis=1))",
                "tuple(np.split(a, 4, axis=1)[k] for k in (1, 0, 2, 3))",
                page="13-three-libraries",
            ),
        ),
    )
)


def mask(lengths, T):
    """True where a step is no padding, (B, T)."""
    return np.arange(T) < lengths[:, None]


def _mask_cases(rng):
    return [
        Case("three lengths", (np.array([2, 4, 1]), 4)),
        Case("B = T", (np.array([3, 1, 2]), 3)),
        Case("all full", (np.array([5, 5]), 5)),
        Case("an empty one", (np.array([0, 3, 6, 2]), 6)),
    ]


enter(
    Check(
        "shapes.mask",
        "13-three-libraries",
        mask,
        "lengths, T",
        ("mask",),
        _mask_cases,
        (
            mistake(
                "one_too_many",
                "One step of padding counts as valid: steps are numbered from 0.",
                "np.arange(T) <",
                "np.arange(T) <=",
            ),
            mistake(
                "one_too_few",
                "The last valid step counts as padding.",
                "np.arange(T) <",
                "np.arange(T) + 1 <",
            ),
            mistake(
                "inverted",
                "True stands where there is padding. That is how PyTorch's attention "
                "layers mark what to ignore; here True marks what counts.",
                "np.arange(T) <",
                "np.arange(T) >=",
            ),
            mistake(
                "left_padded",
                "The valid steps stand at the end: that fits padding on the left.",
                "np.arange(T) <",
                "np.arange(T)[::-1] <",
            ),
            mistake(
                "transposed",
                "Batch and time are swapped: the mask is (T, B).",
                "np.arange(T) < lengths[:, None]",
                "np.arange(T)[:, None] < lengths",
            ),
        ),
    )
)
