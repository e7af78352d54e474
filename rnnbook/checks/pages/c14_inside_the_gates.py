"""Checks of 14-inside-the-gates: how long a gate keeps, and finds by chance."""

import numpy as np

from rnnbook.cells import sigmoid
from rnnbook.checks.catalogue import Case, Check, enter, mistake
from rnnbook.checks.pages._cells import HC_STEP, variant_cases


def half_life(f):
    """Steps after which half of a cell's content is left, from its gates (T,)."""
    return -np.log(2) / np.mean(np.log(f))


def _gate_cases(rng):
    return [
        Case("gates that differ", (rng.uniform(0.05, 0.99, size=12),)),
        Case("equal gates", (np.full(5, 0.8),)),
        Case("nearly open", (rng.uniform(0.97, 0.999, size=20),)),
    ]


enter(
    Check(
        "gates.half_life",
        "14-inside-the-gates",
        half_life,
        "f",
        ("steps",),
        _gate_cases,
        (
            mistake(
                "logarithm_of_the_mean",
                "That is the logarithm of the mean. A product of gates is the "
                "exponential of the *sum of the logarithms*; one gate near zero erases "
                "everything.",
                "np.mean(np.log(f))",
                "np.log(np.mean(f))",
            ),
            mistake(
                "one_over_what_is_lost",
                "One over what is lost at a step is the time to 1/e, nearly, and for "
                "gates near one only.",
                "-np.log(2) / np.mean(np.log(f))",
                "1 / (1 - f.mean())",
            ),
            mistake(
                "to_one_over_e",
                "Then 1/e is left; asked is when one half is left.",
                "-np.log(2)",
                "-1",
            ),
            mistake(
                "sign_missing",
                "The number of steps is negative: logarithms of gates are.",
                "-np.log(2)",
                "np.log(2)",
            ),
            mistake(
                "sum_for_mean",
                "The sum of the logarithms belongs to all steps together. The mean is "
                "that of one step.",
                "np.mean(np.log(f))",
                "np.sum(np.log(f))",
            ),
            mistake(
                "base_two_once",
                "One of the two logarithms is to base two and the other is not.",
                "-np.log(2)",
                "-np.log2(2)",
                "np.mean(np.log(f))",
                "np.mean(np.log10(f))",
            ),
        ),
    )
)


def position_in_line(text):
    """Characters since the last newline, which itself counts as 0."""
    found, n = [], -1
    for c in text:
        n = 0 if c == "\n" else n + 1
        found.append(n)
    return found


def _texts(rng):
    texts = "ab\ncd", "one\n\ntwo three\n", "\nx", "no newline"
    return [Case(repr(text), (text,)) for text in texts]


enter(
    Check(
        "gates.position_in_line",
        "14-inside-the-gates",
        position_in_line,
        "text",
        ("positions",),
        _texts,
        (
            mistake(
                "lines_ignored",
                "The count goes on over the end of the line.",
                'n = 0 if c == "\\n" else n + 1',
                "n = n + 1",
            ),
            mistake(
                "reset_one_late",
                "The newline still belongs to the line before it, and the first "
                "character after it gets 0. Asked is that the newline itself has 0.",
                '        n = 0 if c == "\\n" else n + 1\n        found.append(n)\n',
                "        n = n + 1\n        found.append(n)\n"
                '        n = -1 if c == "\\n" else n\n',
            ),
            mistake(
                "starts_at_one",
                "The first character has position 1. It should have 0.",
                "found, n = [], -1",
                "found, n = [], 0",
            ),
            mistake(
                "lines_counted",
                "You counted the lines, not the characters within one.",
                'n = 0 if c == "\\n" else n + 1',
                'n = n + (c == "\\n") + (n < 0)',
            ),
            mistake(
                "newline_as_one",
                "The newline counts as 1. It should have 0, and the character after it "
                "1.",
                "n = 0 if",
                "n = 1 if",
            ),
        ),
    )
)


def kernel(f):
    """How much of a write at each step is left at the end."""
    after = np.append(f[1:], 1.0)
    return np.cumprod(after[::-1])[::-1]


enter(
    Check(
        "gates.kernel",
        "14-inside-the-gates",
        kernel,
        "f",
        ("left",),
        _gate_cases,
        (
            mistake(
                "from_the_beginning",
                "That is the product of the gates *up to* each step. What comes after "
                "a write shrinks it.",
                "np.cumprod(after[::-1])[::-1]",
                "np.cumprod(f)",
            ),
            mistake(
                "own_gate_included",
                "The gate of the step itself is included. It acts on what was there "
                "before the write.",
                "np.append(f[1:], 1.0)",
                "f",
            ),
            mistake(
                "not_turned_back",
                "The order is reversed: the last step should hold everything.",
                "np.cumprod(after[::-1])[::-1]",
                "np.cumprod(after[::-1])",
            ),
            mistake(
                "summed",
                "The logarithms were added and not turned back into a product.",
                "np.cumprod(after[::-1])[::-1]",
                "np.cumsum(np.log(after)[::-1])[::-1]",
            ),
            mistake(
                "shifted_the_wrong_way",
                "Each write is multiplied by the gates from one step *before* it on.",
                "np.append(f[1:], 1.0)",
                "np.append(1.0, f[:-1])",
            ),
            mistake(
                "last_gate_dropped",
                "The last gate is left out: all writes but the last go through it.",
                "np.append(f[1:], 1.0)",
                "np.append(f[1:-1], [1.0, 1.0])",
            ),
        ),
    )
)


def no_forget_step(x, state, params):
    """The cell of 1997: it adds and never forgets."""
    h, c = state
    a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]
    i, f, g, o = np.split(a, 4, axis=1)
    c_next = c + sigmoid(i) * np.tanh(g)
    return (sigmoid(o) * np.tanh(c_next), c_next), None


enter(
    Check(
        "gates.no_forget_step",
        "14-inside-the-gates",
        no_forget_step,
        "x, (h, c), params",
        HC_STEP,
        variant_cases(4),
        (
            mistake(
                "still_forgets",
                "That is the LSTM with its forget gate.",
                "c_next = c + sigmoid(i)",
                "c_next = sigmoid(f) * c + sigmoid(i)",
            ),
            mistake(
                "forgets_everything",
                "The old cell is gone. Without a forget gate *everything* is kept.",
                "c_next = c + sigmoid(i)",
                "c_next = sigmoid(i)",
            ),
            mistake(
                "input_gate_gone_too",
                "The input gate is gone as well. It stays.",
                "sigmoid(i) * np.tanh(g)",
                "np.tanh(g)",
            ),
            mistake(
                "forget_block_as_input_gate",
                "The block of the forget gate was used as the input gate. The packing "
                "stays i, f, g, o.",
                "i, f, g, o = np",
                "f, i, g, o = np",
            ),
            mistake(
                "candidate_without_tanh",
                "The candidate has lost its tanh.",
                "np.tanh(g)",
                "g",
            ),
            mistake(
                "cell_shown_without_tanh",
                "The cell is shown without its tanh.",
                "sigmoid(o) * np.tanh(c_next)",
                "sigmoid(o) * c_next",
            ),
        ),
    )
)


def _correlations(cells, y):
    cells, y = cells - cells.mean(axis=0), y - y.mean()
    scale = np.sqrt((cells**2).sum(axis=0) * (y**2).sum())
    return cells.T @ y / np.maximum(scale, 1e-12)


def best_by_chance(cells, y, shift):
    """The largest correlation of any cell with shifted data."""
    return np.abs(_correlations(cells, np.roll(y, shift))).max()


def _following(rng, shift, sign):
    """Cells of which one follows what y was before a shift."""
    y, cells = (rng.random(60) < 0.4).astype(float), rng.normal(3, 2, size=(60, 5))
    cells[:, 2] += sign * np.roll(y, shift)
    return Case(f"a shift of {shift}", (cells, y, shift))


enter(
    Check(
        "gates.best_by_chance",
        "14-inside-the-gates",
        best_by_chance,
        "cells, y, shift",
        ("correlation",),
        lambda rng: [_following(rng, 7, -5), _following(rng, 25, 2)],
        (
            mistake(
                "not_shifted",
                "The data was not shifted, so this is no chance level.",
                "np.roll(y, shift)",
                "y",
            ),
            mistake(
                "sign_counts",
                "A cell may follow with a negative sign: take the absolute value "
                "before the largest.",
                "np.abs(_correlations(cells, np.roll(y, shift))).max()",
                "_correlations(cells, np.roll(y, shift)).max()",
            ),
            mistake(
                "mean_for_best",
                "That is the mean over the cells. Asked is the best.",
                ".max()",
                ".mean()",
            ),
            mistake(
                "covariance",
                "Not divided by the spreads: that is a covariance.",
                "np.abs(_correlations(cells, np.roll(y, shift))).max()",
                "np.abs((cells - cells.mean(0)).T @ (np.roll(y, shift) - y.mean()))"
                ".max() / len(y)",
            ),
            mistake(
                "means_left_in",
                "The means were not taken off before the products were summed.",
                "np.abs(_correlations(cells, np.roll(y, shift))).max()",
                "np.abs(cells.T @ np.roll(y, shift) / np.sqrt((cells**2).sum(0) * "
                "(y**2).sum())).max()",
            ),
            mistake(
                "first_cell_only",
                "Only the first cell was looked at.",
                "_correlations(cells, np",
                "_correlations(cells[:, :1], np",
            ),
        ),
    )
)


def judged_on_rest(cells, y, n):
    """The correlation, on the rest, of the cell chosen on the first n steps."""
    best = np.abs(_correlations(cells[:n], y[:n])).argmax()
    return _correlations(cells[n:], y[n:])[best]


def _cell_matrix(rng):
    y = (rng.random(60) < 0.4).astype(float)
    cells = rng.normal(3, 2, size=(60, 5))
    cells[:30, 0] += 3 * y[:30]
    cells[:30, 1] -= 8 * y[:30]
    cells[30:, 3] -= 9 * y[30:]
    return cells, y


enter(
    Check(
        "gates.judged_on_rest",
        "14-inside-the-gates",
        judged_on_rest,
        "cells, y, n",
        ("correlation",),
        lambda rng: [
            Case(f"the first {n} choose", (*_cell_matrix(rng), n)) for n in (30, 24)
        ],
        (
            mistake(
                "chosen_and_judged_on_all",
                "The cell was chosen and judged on the same text: the best of many "
                "always looks good there.",
                "cells[:n], y[:n]",
                "cells, y",
                "cells[n:], y[n:]",
                "cells, y",
            ),
            mistake(
                "judged_where_chosen",
                "Chosen on the first part and judged there too.",
                "cells[n:], y[n:]",
                "cells[:n], y[:n]",
            ),
            mistake(
                "chosen_where_judged",
                "Chosen on the rest, on which it is judged.",
                "cells[:n], y[:n]",
                "cells[n:], y[n:]",
            ),
            mistake(
                "sign_counts",
                "A cell may follow with a negative sign: choose by the size.",
                "np.abs(_correlations(cells[:n], y[:n])).argmax()",
                "_correlations(cells[:n], y[:n]).argmax()",
            ),
            mistake(
                "sign_lost",
                "The sign is lost. A cell that turns round on the rest has not been "
                "found again.",
                "return _correlations(cells[n:], y[n:])[best]",
                "return np.abs(_correlations(cells[n:], y[n:])[best])",
            ),
            mistake(
                "best_of_the_rest",
                "The best on the rest was taken, whatever had been chosen.",
                "_correlations(cells[n:], y[n:])[best]",
                "np.abs(_correlations(cells[n:], y[n:])).max()",
            ),
        ),
    )
)
