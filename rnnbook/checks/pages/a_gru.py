"""Checks of the assignment `gru`: another packing, and rows that end."""

import numpy as np

from rnnbook.cells import gru_step
from rnnbook.checks.catalogue import Case, Check, enter, mistake
from rnnbook.checks.pages._cells import params as weights


def convert(params, order, new_order, flip):
    """Packed weights in a new order of gates, their meaning of z turned if flip."""
    found = {}
    for name, packed in params.items():
        block = dict(zip(order, np.split(packed, 3, axis=-1), strict=True))
        if flip:
            block["z"] = -block["z"]
        found[name] = np.concatenate([block[gate] for gate in new_order], axis=-1)
    return found


def _convert_cases(rng):
    found = []
    for label, D, H, order, new_order, flip in (
        ("one order into another", 2, 3, "rzn", "nrz", False),
        ("the other meaning of z", 3, 2, "rnz", "rnz", True),
        ("both", 2, 2, "znr", "nrz", True),
        ("both, the other way", 2, 3, "nzr", "zrn", True),
        ("nothing to do", 1, 2, "zrn", "zrn", False),
    ):
        p = weights(rng, "gru", D, H)
        found.append(Case(label, (p, order, new_order, flip)))
    return found


enter(
    Check(
        "gru.convert",
        "13-three-libraries",
        convert,
        "params, order, new_order, flip",
        ({n: n for n in ("W_xh", "W_hh", "b_h")},),
        _convert_cases,
        (
            mistake(
                "order_kept",
                "The blocks stand in the old order.",
                "for gate in new_order",
                "for gate in order",
            ),
            mistake(
                "turned_the_wrong_way",
                "The blocks were moved as if the weights came in the new order and "
                "were wanted in the old one.",
                "zip(order, np",
                "zip(new_order, np",
                "for gate in new_order",
                "for gate in order",
            ),
            mistake(
                "flip_ignored",
                "What z means was not turned.",
                '            block["z"] = -block["z"]',
                "            pass",
            ),
            mistake(
                "always_flipped",
                "What z means was turned although both conventions agree here.",
                "if flip:",
                "if True:",
            ),
            mistake(
                "reset_flipped",
                "The sign of the reset gate was turned. Two conventions differ in the "
                "other gate.",
                'block["z"] = -block["z"]',
                'block["r"] = -block["r"]',
            ),
            mistake(
                "everything_negated",
                "All three blocks were negated, the candidate among them.",
                'block["z"] = -block["z"]',
                "block = {gate: -b for gate, b in block.items()}",
            ),
            mistake(
                "bias_not_flipped",
                "The sign of z was turned in the matrices and not in the bias. The "
                "sigmoid sees the sum of both.",
                "if flip:",
                "if flip and packed.ndim > 1:",
            ),
            mistake(
                "one_minus_weights",
                "You took one minus the weights. It is the *gate* that becomes one "
                "minus itself, after its sigmoid.",
                '-block["z"]',
                '1 - block["z"]',
            ),
            mistake(
                "first_block_flipped",
                "The block that was turned is the first one. Where z stands, the order "
                "says.",
                'block["z"] = -block["z"]',
                "block[order[0]] = -block[order[0]]",
            ),
            mistake(
                "middle_block_flipped",
                "The block that was turned is the middle one. Where z stands, the "
                "order tells.",
                'block["z"] = -block["z"]',
                "block[new_order[1]] = -block[new_order[1]]",
            ),
        ),
    )
)


def padded_gru(x, lengths, h, params):
    """(B, H): the state after the last real step of each padded sequence."""
    for t in range(x.shape[1]):
        h_next, _ = gru_step(x[:, t], h, params)
        h = np.where((t < lengths)[:, None], h_next, h)
    return h


def _padded_cases(rng):
    found = []
    for label, B, T, D, H, lengths in (
        ("three lengths", 3, 5, 2, 4, (3, 5, 1)),
        ("nothing is padded", 2, 4, 3, 3, (4, 4)),
        ("an empty sequence", 2, 3, 2, 2, (0, 2)),
    ):
        x, h = rng.normal(size=(B, T, D)), rng.uniform(-0.9, 0.9, size=(B, H))
        p = weights(rng, "gru", D, H)
        found.append(Case(label, (x, np.array(lengths), h, p)))
    label, (x, n, h, p) = "padding that is no number", found[0].args
    x = np.where(np.arange(5)[:, None] < n[:, None, None], x, np.nan)
    return [*found, Case(label, (x, n, h, p))]


enter(
    Check(
        "gru.padded",
        "24-text-classification",
        padded_gru,
        "x, lengths, h, params",
        ("h_last",),
        _padded_cases,
        (
            mistake(
                "lengths_ignored",
                "That is the state after the last column: the GRU went on reading "
                "where there is nothing to read.",
                "np.where((t < lengths)[:, None], h_next, h)",
                "h_next",
            ),
            mistake(
                "one_step_too_many",
                "Each sequence reads one step of its padding.",
                "t < lengths",
                "t <= lengths",
            ),
            mistake(
                "last_step_missing",
                "Each sequence stops one step early.",
                "t < lengths",
                "t < lengths - 1",
            ),
            mistake(
                "zero_after_the_end",
                "Where a sequence has ended, the state was set to zero. It should stay "
                "as it is.",
                "[:, None], h_next, h)",
                "[:, None], h_next, 0 * h)",
            ),
            mistake(
                "input_masked",
                "The inputs of the padding are set to zero, and the state goes on "
                "changing: also a zero is an input.",
                "gru_step(x[:, t], h, params)",
                "gru_step(x[:, t] * (t < lengths)[:, None], h, params)",
                "np.where((t < lengths)[:, None], h_next, h)",
                "h_next",
            ),
            mistake(
                "initial_state_ignored",
                "The recurrence starts at zero and not at the state that was given.",
                "    for t in range",
                "    h = 0 * h\n    for t in range",
            ),
            mistake(
                "shortest_for_all",
                "All sequences stop where the shortest one ends.",
                "range(x.shape[1])",
                "range(lengths.min())",
            ),
            mistake(
                "mask_inverted",
                "The state is held while there is something to read, and updated in "
                "the padding.",
                "t < lengths",
                "t >= lengths",
            ),
            mistake(
                "empty_row_wraps",
                "A row without a step got the state after the last column: an index "
                "of -1 counts from the end.",
                "(t < lengths)",
                "((t < lengths) | (lengths == 0))",
            ),
            mistake(
                "empty_row_zero",
                "A row without a step got zeros; it keeps the state it came with.",
                "return h",
                "return h * (lengths > 0)[:, None]",
            ),
            mistake(
                "padding_multiplied",
                "The padding is multiplied by zero. A NaN times zero is still NaN, so "
                "the padding has to be left out and not multiplied.",
                "np.where((t < lengths)[:, None], h_next, h)",
                "(t < lengths)[:, None] * h_next + (t >= lengths)[:, None] * h",
            ),
        ),
    )
)
