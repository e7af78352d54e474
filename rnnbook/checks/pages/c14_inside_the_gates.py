"""Checks of 14-inside-the-gates: how long a gate keeps, and finds by chance."""

import numpy as np

from rnnbook.cells import sigmoid
from rnnbook.checks.catalogue import Case, Check, enter, mistake, taught_in
from rnnbook.checks.pages._cells import HC_STEP, lstm_slips, variant_cases


def half_life(f):
    """Steps after which half of a cell's content is left, from its gates (T,)."""
    return -np.log(2) / np.mean(np.log(f))


def _first_step_below(case, outputs, expected):
    """The step at which less than half is left, from 0 or 1; anything without one."""
    below = np.cumprod(*case.args) < 0.5
    if not below.any():
        return not np.isclose(outputs["steps"], expected["steps"])
    return outputs["steps"] in (below.argmax(), below.argmax() + 1)


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
                "The logarithm was taken of the mean gate. What is left is a "
                "*product* of the gates, and one gate near zero erases everything, "
                "however large the mean.",
                "np.mean(np.log(f))",
                "np.log(np.mean(f))",
            ),
            mistake(
                "one_over_what_is_lost",
                "One over the share that is lost at a step is, for gates near one, "
                "nearly the time until 1/e is left, and not one half.",
                "-np.log(2) / np.mean(np.log(f))",
                "1 / (1 - f.mean())",
            ),
            mistake(
                "to_one_over_e",
                "After so many steps 1/e is left. The exercise asks when one half is "
                "left.",
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
                "The logarithms were added up. Their sum belongs to all steps "
                "together, and what one step does is the mean.",
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
            mistake(
                "loss_instead_of_logarithm",
                "The logarithm of one half was divided by the mean share that is lost. "
                "For gates near one that is nearly right; a gate of one half loses "
                "more in the logarithm.",
                "-np.log(2) / np.mean(np.log(f))",
                "np.log(2) / (1 - f.mean())",
            ),
            mistake(
                "mean_of_half_lives",
                "Each gate got a half-life of its own, and these were averaged. The "
                "gates act one after the other on the same content.",
                "-np.log(2) / np.mean(np.log(f))",
                "np.mean(-np.log(2) / np.log(f))",
            ),
            mistake(
                "upside_down",
                "The quotient is upside down: this is one over the half-life.",
                "-np.log(2) / np.mean(np.log(f))",
                "-np.mean(np.log(f)) / np.log(2)",
            ),
            mistake(
                "multiplied",
                "The two logarithms were multiplied. Divide what is to be lost by what "
                "one step loses.",
                "-np.log(2) / np.mean",
                "-np.log(2) * np.mean",
            ),
            mistake(
                "first_step_below",
                "That is the first step after which less than one half is left of "
                "these gates. The exercise asks for the number of steps at their mean "
                "rate, which need not be whole.",
                lambda f: np.argmax(np.cumprod(f) < 0.5) + 1,
                holds=_first_step_below,
            ),
            mistake(
                "median_logarithm",
                "The median of the logarithms was taken. One gate that is nearly shut "
                "erases everything, and only the mean notices it.",
                "np.mean(np.log(f))",
                "np.median(np.log(f))",
            ),
            mistake(
                "logarithm_of_what_is_lost",
                "The logarithms are those of one minus the gates, the shares that are "
                "lost. A forget gate says how much is *kept*.",
                "np.log(f)",
                "np.log(1 - f)",
            ),
            mistake(
                "last_gate_only",
                "That is the half-life of the last gate. All gates act on the content.",
                "np.mean(np.log(f))",
                "np.log(f[-1])",
            ),
            mistake(
                "first_gate_only",
                "That is the half-life of the first gate. All gates act on the "
                "content.",
                "np.mean(np.log(f))",
                "np.log(f[0])",
            ),
            mistake(
                "one_for_each_step",
                "There is a half-life for each step. The cell has one, from the mean "
                "of the logarithms.",
                "np.mean(np.log(f))",
                "np.log(f)",
            ),
            mistake(
                "product_of_gates",
                "That is what all the gates together leave of the content. How many "
                "steps it takes to half of it is asked for.",
                "-np.log(2) / np.mean(np.log(f))",
                "np.prod(f)",
            ),
            mistake(
                "half_divided",
                "One half was divided by the mean share that is lost. What is lost at "
                "each step is a share of what is left, not of the whole.",
                "-np.log(2) / np.mean(np.log(f))",
                "0.5 / (1 - f.mean())",
            ),
            mistake(
                "median_gate",
                "The median gate stands for all. What is left is the product of all "
                "gates, whose logarithms are averaged.",
                "np.mean(np.log(f))",
                "np.log(np.median(f))",
            ),
            mistake(
                "mean_gate",
                "That is the typical gate, the share that one step leaves. From it the "
                "number of steps is still to be computed.",
                "-np.log(2) / np.mean(np.log(f))",
                "np.exp(np.mean(np.log(f)))",
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


def _positions(text, start=-1, newline="\n", after=None):
    """Positions with a counter that is set at a newline, or ``after`` it, if given."""
    found, n = [], start
    for c in text:
        n = 0 if c == newline and after is None else n + 1
        found.append(n)
        n = after if c == newline and after is not None else n
    return found


def _first_of_each_line_zero(text):
    places = zip(text, _positions(text), strict=True)
    later = "\n" in text
    first = text.find("\n")
    return [k - (later and t > first and c != "\n") for t, (c, k) in enumerate(places)]


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
                "character after it gets 0. The newline itself should get 0.",
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
            mistake(
                "newlines_dropped",
                "The newlines are missing from the list. Every character of the text "
                "has a position; that of a newline is 0.",
                lambda text: [k for line in text.split("\n") for k in range(len(line))],
            ),
            mistake(
                "newline_at_its_old_place",
                "The newline still has its place in the line before it. It should have "
                "0; the characters after it are counted as they should.",
                lambda text: _positions(text, after=0),
            ),
            mistake(
                "newline_and_next_both_zero",
                "The newline has 0, and the character after it has 0 again. It should "
                "have 1.",
                _first_of_each_line_zero,
            ),
            mistake(
                "newlines_not_entered",
                "The newlines have no place in the list. Every character has a "
                "position, a newline too.",
                lambda text: [
                    k for c, k in zip(text, _positions(text), strict=True) if c != "\n"
                ],
            ),
            mistake(
                "blanks_begin_anew",
                "The count starts anew at blanks, too. Only a newline sets it back.",
                lambda text: _positions(text.replace(" ", "\n")),
            ),
            mistake(
                "line_starts_entered",
                "Each line has a 0 in front, the first one too, where no newline "
                "stands: there is one number more than there are characters.",
                lambda text: [
                    k for line in text.split("\n") for k in range(len(line) + 1)
                ],
            ),
            mistake(
                "only_newlines_entered",
                "Only the newlines have a place in the list. Every character has a "
                "position.",
                lambda text: [0] * text.count("\n"),
            ),
            mistake(
                "letter_n_for_newline",
                "The count starts anew at each letter n, and goes on over the "
                "newlines. The backslash in front of it is missing.",
                lambda text: _positions(text, newline="n"),
            ),
            mistake(
                "distance_to_the_next",
                "The count runs towards the next newline. It should start at the last "
                "one.",
                lambda text: [
                    (text + "\n").index("\n", k) - k for k in range(len(text))
                ],
            ),
            mistake(
                "newline_minus_one",
                "The newline itself has the position -1, and the character after it 0. "
                "The newline should have 0.",
                "n = 0 if",
                "n = -1 if",
            ),
            mistake(
                "counted_from_one_behind",
                "Every line is counted from 1, and the newline still belongs to the "
                "line before it.",
                lambda text: [k - text.rfind("\n", 0, k) for k in range(len(text))],
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
                "That is the product of the gates *up to* each step. A write is "
                "shrunk by the gates that come *after* it.",
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
                "all_but_own",
                "The product runs over the gates of all other steps, those before the "
                "write among them. They acted before it was there.",
                "np.cumprod(after[::-1])[::-1]",
                "np.prod(f) / f",
            ),
            mistake(
                "mean_gate",
                "The mean gate stands for all later ones, raised to the number of "
                "steps that are left. Each step has a gate of its own.",
                "np.cumprod(after[::-1])[::-1]",
                "f.mean() ** np.arange(len(f))[::-1]",
            ),
            mistake(
                "own_gate_included_but_the_last",
                "The last number is right, and in all others the gate of the step "
                "itself is included. It acted before the write was there.",
                "np.cumprod(after[::-1])[::-1]",
                "np.append(np.cumprod(f[::-1])[::-1][:-1], 1.0)",
            ),
            mistake(
                "shares_lost",
                "The product is that of one minus the gates. A forget gate says how "
                "much is *kept*.",
                "np.append(f[1:], 1.0)",
                "np.append(1 - f[1:], 1.0)",
            ),
            mistake(
                "gates_added",
                "The gates that come after each step were added up. What one leaves, "
                "the next one takes its share of: they multiply.",
                "np.cumprod(after[::-1])[::-1]",
                "np.cumsum(after[::-1])[::-1]",
            ),
            mistake(
                "power_of_own_gate",
                "Each gate was raised to the number of steps that are left, as if it "
                "stayed the same. The gates of the later steps differ from it.",
                "np.cumprod(after[::-1])[::-1]",
                "f ** np.arange(len(f))[::-1]",
            ),
            mistake(
                "next_gate_skipped",
                "The gate right after each write is left out. It is the first that "
                "acts on it.",
                "np.append(f[1:], 1.0)",
                "np.append(f[2:], [1.0, 1.0])",
            ),
            mistake(
                "last_write_zero",
                "The last number is zero. A write at the last step is there in full.",
                "np.cumprod(after[::-1])[::-1]",
                "np.append(np.cumprod(after[::-1])[::-1][:-1], 0.0)",
            ),
            mistake(
                "shifted_the_wrong_way",
                "Each write is multiplied by the gates from one step *before* it on.",
                "np.append(f[1:], 1.0)",
                "np.append(1.0, f[:-1])",
            ),
            mistake(
                "last_gate_dropped",
                "The last gate is left out. All writes but the last one go through it.",
                "np.append(f[1:], 1.0)",
                "np.append(f[1:-1], [1.0, 1.0])",
            ),
            mistake(
                "own_gate_for_the_last",
                "The product runs from the gate of the write's own step to the last "
                "but one: every gate stands one step off. The own gate acted before "
                "the write was there, and the last one acts on it.",
                "np.append(f[1:], 1.0)",
                "np.append(f[:-1], 1.0)",
            ),
            mistake(
                "next_gate_only",
                "Only the gate of the next step was applied to each write. All later "
                "ones act on it.",
                "np.cumprod(after[::-1])[::-1]",
                "after",
            ),
            mistake(
                "own_gate_only",
                "The gates came back as they were. What is left at the end is a "
                "product of several.",
                "np.cumprod(after[::-1])[::-1]",
                "f",
            ),
            mistake(
                "product_of_all",
                "That is what is left of the cell's content from before the first "
                "step. Each write has a number of its own.",
                "np.cumprod(after[::-1])[::-1]",
                "np.prod(f)",
            ),
            mistake(
                "zero_at_the_end",
                "Everything is zero, because one factor of the product is. A write at "
                "the last step is there in full.",
                "np.append(f[1:], 1.0)",
                "np.append(f[1:], 0.0)",
            ),
            mistake(
                "last_write_missing",
                "The last write is missing: it is there in full, and has a place in "
                "the answer.",
                "after = np.append(f[1:], 1.0)",
                "after = f[1:]",
            ),
            mistake(
                "write_shrunk_too",
                "Each write was multiplied by what its own step forgets. How much was "
                "written does not matter here, only what is left of it.",
                "np.cumprod(after[::-1])[::-1]",
                "(1 - f) * np.cumprod(after[::-1])[::-1]",
            ),
            mistake(
                "gates_before",
                "Each write is multiplied by the gates of the steps *before* it. It is "
                "shrunk by those that come after.",
                "np.cumprod(after[::-1])[::-1]",
                "np.cumprod(np.append(1.0, f[:-1]))",
            ),
            mistake(
                "second_to_next",
                "The last number is right. In the others the product runs from the "
                "second gate *up to* the one after the write, and should run from "
                "there to the end.",
                "np.cumprod(after[::-1])[::-1]",
                "np.append(np.cumprod(f[1:]), 1.0)",
            ),
            mistake(
                "from_the_beginning_but_the_last",
                "The last number is right. In the others the gates *up to* the write "
                "are multiplied, which acted before it was there.",
                "np.cumprod(after[::-1])[::-1]",
                "np.append(np.cumprod(f)[:-1], 1.0)",
            ),
            mistake(
                "turned_round",
                "The gates were multiplied from the first one on, and the products "
                "then turned round. A product of later gates begins at the last one.",
                "np.cumprod(after[::-1])[::-1]",
                "np.cumprod(f)[::-1]",
            ),
            mistake(
                "turned_round_behind_a_one",
                "The last number is right. For the others the gates were multiplied "
                "from the first one on, and the products turned round, so that most "
                "writes have gates that acted before them.",
                "np.cumprod(after[::-1])[::-1]",
                "np.cumprod(np.append(1.0, f[:-1]))[::-1]",
            ),
            mistake(
                "later_gates_turned_round",
                "As many gates are multiplied as there are, but the wrong ones: those "
                "from the second on, in place of the last ones.",
                "np.cumprod(after[::-1])[::-1]",
                "np.append(np.cumprod(f[1:])[::-1], 1.0)",
            ),
            mistake(
                "second_to_last",
                "The product runs from the second step *up to* each step, and should "
                "run from the step after it to the end.",
                "np.cumprod(after[::-1])[::-1]",
                "np.cumprod(np.append(1.0, f[1:]))",
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
                "That is the LSTM with its forget gate. Here nothing is forgotten.",
                "c_next = c + sigmoid(i)",
                "c_next = sigmoid(f) * c + sigmoid(i)",
            ),
            *lstm_slips("the cell of 1997", "sigmoid(o)"),
            mistake(
                "share_of_one_squashed",
                "A one went through the sigmoid, which makes 0.73 of it: the cell "
                "forgets a fixed share at every step. It should keep all.",
                "c_next = c +",
                "c_next = sigmoid(1) * c +",
            ),
            mistake(
                "forget_gate_inverted",
                "The old cell is multiplied by one minus the forget gate. Here that "
                "gate is not used at all.",
                "c_next = c +",
                "c_next = (1 - sigmoid(f)) * c +",
            ),
            mistake(
                "input_gate_on_all",
                "The input gate scales the old cell as well as the candidate. It "
                "decides only about what is written.",
                "c_next = c + sigmoid(i) * np.tanh(g)",
                "c_next = sigmoid(i) * (c + np.tanh(g))",
            ),
            mistake(
                "input_gate_gone_in_its_place",
                "It is the input gate that is gone, and the forget gate is still "
                "there. The cell of 1997 has it the other way round.",
                "c_next = c + sigmoid(i) * np.tanh(g)",
                "c_next = sigmoid(f) * c + np.tanh(g)",
            ),
            mistake(
                "half_kept",
                "One half of the old cell is kept, as by a forget gate whose sum is "
                "zero. It should be kept in full.",
                "c_next = c +",
                "c_next = 0.5 * c +",
            ),
            mistake(
                "forget_bias_of_one",
                "The forget gate is still there, with a bias of 1. Here nothing is "
                "forgotten, whatever stands in the weights.",
                "c_next = c +",
                'c_next = sigmoid(f - np.split(params["b_h"], 4)[1] + 1) * c +',
            ),
            mistake(
                "forget_bias_raised",
                "The forget gate is still there, with 1 added to its sum. It opens "
                "wider, and still forgets.",
                "c_next = c +",
                "c_next = sigmoid(f + 1) * c +",
            ),
            mistake(
                "h_for_c",
                "What was written is added to the old output `h`. It is added to the "
                "cell.",
                "c_next = c +",
                "c_next = h +",
            ),
            mistake(
                "order_ifog",
                "You unpack i, f, o, g; the cell of 1997 is packed i, f, g, o.",
                "i, f, g, o = np",
                "i, f, o, g = np",
            ),
            mistake(
                "candidate_sigmoid",
                "The candidate of the cell of 1997 went through a sigmoid, so that "
                "nothing is ever subtracted.",
                "np.tanh(g)",
                "sigmoid(g)",
            ),
            mistake(
                "cell_squashed",
                "The cell of 1997 went through a tanh before it was kept. What is "
                "written adds up without a bound.",
                "c_next = c + sigmoid(i) * np.tanh(g)",
                "c_next = np.tanh(c + sigmoid(i) * np.tanh(g))",
            ),
            mistake(
                "input_gate_linear",
                "The input gate of the cell of 1997 has no sigmoid, so that it is no "
                "share.",
                "sigmoid(i)",
                "i",
            ),
            mistake(
                "forgets_everything",
                "The old cell is gone. Without a forget gate *everything* is kept.",
                "c_next = c + sigmoid(i)",
                "c_next = sigmoid(i)",
            ),
            mistake(
                "input_gate_gone_too",
                "The input gate is gone as well. The cell of 1997 has one.",
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
            mistake(
                "bias_missing",
                "The bias is missing from the sums of the cell of 1997.",
                ' + params["b_h"]',
                "",
            ),
            mistake(
                "state_missing",
                "The old output does not enter the gates of the cell of 1997.",
                ' + h @ params["W_hh"]',
                "",
            ),
            mistake(
                "forgets_by_one_minus_input",
                "The old cell is multiplied by one minus the input gate. Here it is "
                "kept in full.",
                "c_next = c +",
                "c_next = (1 - sigmoid(i)) * c +",
            ),
            mistake(
                "forget_block_as_candidate",
                "The three blocks that are used were taken from the front. The block "
                "of the forget gate is still there, in the second place.",
                "i, f, g, o = np",
                "i, g, o, f = np",
            ),
            mistake(
                "old_cell_twice",
                "The old cell enters twice: in full, and once more as far as the "
                "forget gate keeps it.",
                "c_next = c +",
                "c_next = c + sigmoid(f) * c +",
            ),
            mistake(
                "old_cell_added_to_the_lstm",
                "The old cell was added to the new one of the LSTM, in which the "
                "forget gate has kept a share of it already. The output is still that "
                "of the LSTM.",
                "c_next = c +",
                "c_next = c + sigmoid(f) * c +",
                "np.tanh(c_next)",
                "np.tanh(c_next - c)",
            ),
            mistake(
                "output_of_the_lstm",
                "The cell is right. The output was made from another one, in which the "
                "forget gate has still forgotten.",
                "np.tanh(c_next)",
                "np.tanh(c_next - c + sigmoid(f) * c)",
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


def _following(rng, shift, sign, which):
    """Cells of which one follows what y was before a shift."""
    y, cells = (rng.random(60) < 0.4).astype(float), rng.normal(3, 2, size=(60, 5))
    cells[:, which] += sign * np.roll(y, shift)
    return Case(f"a shift of {shift}", (cells, y, shift))


enter(
    Check(
        "gates.best_by_chance",
        "14-inside-the-gates",
        best_by_chance,
        "cells, y, shift",
        ("correlation",),
        lambda rng: [_following(rng, 7, -5, 0), _following(rng, 25, 3, 4)],
        (
            mistake(
                "not_shifted",
                "The data was not shifted, so this says nothing about chance.",
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
                "That is the mean over the cells. The best of them is wanted.",
                ".max()",
                ".mean()",
            ),
            mistake(
                "covariance",
                "The products were not divided by the spreads: that is a covariance.",
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
            mistake(
                "rolled_the_other_way",
                "The data was rolled the other way, or the cells were rolled in its "
                "place.",
                "np.roll(y, shift)",
                "np.roll(y, -shift)",
            ),
            mistake(
                "cells_rolled_across",
                "The cells were rolled as one long row, so that numbers moved from one "
                "cell to another. Only the steps should move.",
                "_correlations(cells, np.roll(y, shift))",
                "_correlations(np.roll(cells, shift), y)",
            ),
            mistake(
                "cut_in_place_of_rolled",
                "The data was shifted and the ends were cut off, so fewer steps are "
                "compared. Rolled, what falls out at the end comes in again in front.",
                "_correlations(cells, np.roll(y, shift))",
                "_correlations(cells[shift:], y[:-shift])",
            ),
            mistake(
                "cut_the_other_way",
                "The data was shifted the other way and the ends were cut off. Rolled, "
                "nothing is lost, and the data moves to later steps.",
                "_correlations(cells, np.roll(y, shift))",
                "_correlations(cells[:-shift], y[shift:])",
            ),
            mistake(
                "sign_kept",
                "That is the correlation of the right cell with its sign. Its size is "
                "wanted.",
                "return np.abs(_correlations(cells, np.roll(y, shift))).max()",
                "r = _correlations(cells, np.roll(y, shift))\n"
                "    return r[np.abs(r).argmax()]",
            ),
            mistake(
                "correlation_with_itself",
                "The answer is one: among the correlations are those of a cell, or of "
                "the data, with itself.",
                "np.abs(_correlations(cells, np.roll(y, shift))).max()",
                "np.abs(np.corrcoef(cells.T, np.roll(y, shift))).max()",
            ),
            mistake(
                "summed",
                "The sizes of all correlations were added up. The best one is wanted.",
                ".max()",
                ".sum()",
            ),
            mistake(
                "worst_cell",
                "That is the cell that follows least. The one that follows best is "
                "wanted.",
                ".max()",
                ".min()",
            ),
            mistake(
                "cell_returned",
                "That is the number of the cell that follows best. Its correlation is "
                "wanted.",
                ".max()",
                ".argmax()",
            ),
            mistake(
                "one_for_each_cell",
                "There is a correlation for each cell. The largest is still to be "
                "taken.",
                ".max()",
                "",
            ),
            mistake(
                "squared",
                "The correlation was squared: that is a share of the variance.",
                "np.abs(_correlations(cells, np.roll(y, shift))).max()",
                "(_correlations(cells, np.roll(y, shift)) ** 2).max()",
            ),
            mistake(
                "products_alone",
                "Those are sums of products: the means were left in, and nothing was "
                "divided by the spreads. A correlation lies between -1 and 1.",
                "_correlations(cells, np.roll(y, shift))",
                "cells.T @ np.roll(y, shift)",
            ),
            mistake(
                "quantile_over_cells",
                "That is the 95 % quantile over the cells. The best of them is wanted "
                "here, and the quantile is one over shifts.",
                "np.abs(_correlations(cells, np.roll(y, shift))).max()",
                "np.quantile(np.abs(_correlations(cells, np.roll(y, shift))), 0.95)",
            ),
        ),
    )
)


def judged_on_rest(cells, y, n):
    """The correlation, on the rest, of the cell chosen on the first n steps."""
    best = np.abs(_correlations(cells[:n], y[:n])).argmax()
    return _correlations(cells[n:], y[n:])[best]


def _parts_exchanged(cells, y, n):
    best = np.abs(_correlations(cells[n:], y[n:])).argmax()
    return _correlations(cells[:n], y[:n])[best]


def _cell_matrix(rng, n):
    """One cell is the best on the first n steps, another on the rest, and one on all.

    A number that falls out of the line at step n, or before it, shows a part that has
    a step too many or one too few.
    """
    y, cells = (rng.random(60) < 0.4).astype(float), rng.normal(3, 1, size=(60, 7))
    y[n - 1 : n + 1] = 1
    cells[:n] += np.outer(y[:n], [2, -12, -20, 0, -2.8, -5.5, 0])
    cells[n:] -= np.outer(y[n:], [0, 1.2, 0, 9, 2.8, 0, -5])
    cells[n - 1, 2] += 200
    cells[n, 1] -= 100
    return cells, y, n


enter(
    Check(
        "gates.judged_on_rest",
        "14-inside-the-gates",
        judged_on_rest,
        "cells, y, n",
        ("correlation",),
        lambda rng: [
            Case(f"the first {n} choose", _cell_matrix(rng, n)) for n in (30, 24)
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
                "The cell was chosen on the first part and judged on the first part "
                "too.",
                "cells[n:], y[n:]",
                "cells[:n], y[:n]",
            ),
            mistake(
                "chosen_where_judged",
                "The cell was chosen on the rest, where it is judged. It should be "
                "chosen on the first part.",
                "cells[:n], y[:n]",
                "cells[n:], y[n:]",
            ),
            mistake(
                "parts_exchanged",
                "The two parts have changed places: the cell was chosen on the rest "
                "and judged on the first part.",
                _parts_exchanged,
            ),
            mistake(
                "chosen_on_everything",
                "The cell was chosen on the whole text, in which the rest is "
                "contained. It is chosen on the first part only.",
                "cells[:n], y[:n]",
                "cells, y",
            ),
            mistake(
                "rest_begins_one_late",
                "The rest begins one step too late: after the first n steps comes "
                "number n, counted from zero.",
                "cells[n:], y[n:]",
                "cells[n + 1 :], y[n + 1 :]",
            ),
            mistake(
                "chosen_on_one_more",
                "The cell was chosen on one step too many: n steps end at number n - "
                "1.",
                "cells[:n], y[:n]",
                "cells[: n + 1], y[: n + 1]",
            ),
            mistake(
                "chosen_on_one_less",
                "The cell was chosen on one step less than the first n.",
                "cells[:n], y[:n]",
                "cells[: n - 1], y[: n - 1]",
            ),
            mistake(
                "last_n_steps",
                "The cell was judged on the last n steps. The rest is all that comes "
                "after the first n.",
                "cells[n:], y[n:]",
                "cells[-n:], y[-n:]",
            ),
            mistake(
                "sign_counts",
                "A cell may follow with a negative sign: choose by the size.",
                "np.abs(_correlations(cells[:n], y[:n])).argmax()",
                "_correlations(cells[:n], y[:n]).argmax()",
            ),
            mistake(
                "best_of_the_rest_by_sign",
                "The largest correlation on the rest was taken, whatever the first "
                "part says. It judges only; the first part chooses.",
                "[best]",
                ".max()",
            ),
            mistake(
                "rest_against_first_data",
                "The rest of the cell was held against the beginning of the data. Both "
                "are cut at the same step.",
                "cells[n:], y[n:]",
                "cells[n:], y[: len(y) - n]",
            ),
            mistake(
                "squared",
                "The correlation on the rest was squared, so its sign is gone.",
                "_correlations(cells[n:], y[n:])[best]",
                "_correlations(cells[n:], y[n:])[best] ** 2",
            ),
            mistake(
                "size_where_chosen",
                "That is the size of the best correlation on the first part. It "
                "chooses; what the chosen cell does on the rest is wanted.",
                "return _correlations(cells[n:], y[n:])[best]",
                "return np.abs(_correlations(cells[:n], y[:n])[best])",
            ),
            mistake(
                "counted_from_the_end",
                "The last n steps judge, and the others choose. It is the *first* n "
                "that choose.",
                "cells[:n], y[:n]",
                "cells[:-n], y[:-n]",
                "cells[n:], y[n:]",
                "cells[-n:], y[-n:]",
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
            mistake(
                "judged_on_everything",
                "The cell was chosen on the first part and judged on the whole text, "
                "in which that part is contained.",
                "_correlations(cells[n:], y[n:])",
                "_correlations(cells, y)",
            ),
            mistake(
                "cell_returned",
                "That is the number of the cell that was chosen. Its correlation on "
                "the rest is wanted.",
                "return _correlations(cells[n:], y[n:])[best]",
                "return best",
            ),
            mistake(
                "all_cells_judged",
                "There is a correlation on the rest for each cell. Only the chosen one "
                "is judged.",
                "[best]",
                "",
            ),
            mistake(
                "cut_in_the_middle",
                "The text was cut in the middle, whatever n is.",
                "    best = np.abs(",
                "    n = len(y) // 2\n    best = np.abs(",
            ),
            mistake(
                "worst_chosen",
                "The cell was chosen that follows *least* on the first part.",
                ".argmax()",
                ".argmin()",
            ),
        ),
    )
)


def two_cells(x):
    """What two cells without an input gate say: nearly the sum of the marked ones."""
    h, c = 0.0, 0.0
    for value, mark in x:
        c = c + np.tanh(h)
        h = sigmoid(20 * (2 * mark - 1)) * np.tanh(np.tanh(0.05 * value))
    return (h + np.tanh(c)) / 0.05


def _one_cell(x):
    return np.tanh(np.tanh(0.05 * x[:, 0]).sum()) / 0.05


def _first_cell_keeps(x):
    h, c, kept = 0.0, 0.0, 0.0
    for value, mark in x:
        c, kept = c + np.tanh(h), kept + np.tanh(0.05 * value)
        h = sigmoid(20 * (2 * mark - 1)) * np.tanh(kept)
    return (h + np.tanh(c)) / 0.05


def _same_step_alone(x):
    shown = sigmoid(20 * (2 * x[:, 1] - 1)) * np.tanh(np.tanh(0.05 * x[:, 0]))
    return np.tanh(np.tanh(shown).sum()) / 0.05


def _forget_gates_exchanged(x):
    h, c, kept = 0.0, 0.0, 0.0
    for value, mark in x:
        c, kept = np.tanh(h), kept + np.tanh(0.05 * value)
        h = sigmoid(20 * (2 * mark - 1)) * np.tanh(kept)
    return (h + np.tanh(c)) / 0.05


def _marked(rng):
    found = []
    for label, T, marked in (
        ("a mark at the last step", 8, [2, 7]),
        ("two marks of six", 6, [1, 3]),
        ("a mark at the first step", 12, [0, 10]),
    ):
        value, mark = rng.uniform(0.2, 1, size=T), np.zeros(T)
        mark[marked] = 1
        found.append(Case(label, (np.stack([value, mark], axis=1),)))
    return found


_CANDIDATE = "        c = c + np.tanh(h)\n"
_SHOWN = "        h = sigmoid(20 * (2 * mark - 1)) * np.tanh(np.tanh(0.05 * value))\n"

enter(
    Check(
        "gates.two_cells",
        "14-inside-the-gates",
        two_cells,
        "x",
        ("prediction",),
        _marked,
        (
            mistake(
                "one_cell",
                "There is one cell, and every number gets into it, marked or not. Let "
                "a first cell show the marked ones, and a second one add them up.",
                _one_cell,
            ),
            mistake(
                "everything_shown",
                "The output gate of cell 0 is missing, so that numbers without a mark "
                "reach cell 1 as well.",
                "sigmoid(20 * (2 * mark - 1)) * np.tanh(np",
                "np.tanh(np",
            ),
            mistake(
                "same_step",
                "A number that is marked at the last step counts twice: cell 1 has "
                "taken it in already, and cell 0 shows it. Cell 1 sees what cell 0 "
                "showed at the step *before*.",
                _CANDIDATE + _SHOWN,
                _SHOWN + _CANDIDATE,
            ),
            mistake(
                "same_step_alone",
                "The prediction reads cell 1 alone, which has taken in the output of "
                "cell 0 up to the last step. In an LSTM it sees that of the step "
                "*before*, and the prediction reads both.",
                _same_step_alone,
            ),
            mistake(
                "last_step_missing",
                "The prediction reads cell 1 alone. What cell 0 shows at the last "
                "step has not reached it yet.",
                "(h + np.tanh(c))",
                "np.tanh(c)",
            ),
            mistake(
                "first_cell_read",
                "The prediction reads cell 0 alone, which holds the present number "
                "and nothing else.",
                "(h + np.tanh(c))",
                "h",
            ),
            mistake(
                "not_divided",
                "The sum is right but for its scale: divide by 0.05.",
                " / 0.05",
                "",
            ),
            mistake(
                "multiplied",
                "The outputs were multiplied by 0.05. The numbers were made small on "
                "the way in; divide on the way out.",
                " / 0.05",
                " * 0.05",
            ),
            mistake(
                "divided_in_part",
                "Only the output of cell 1 was divided by 0.05. The sum of both is to "
                "be divided.",
                "(h + np.tanh(c)) / 0.05",
                "h + np.tanh(c) / 0.05",
            ),
            mistake(
                "first_step_only",
                "That is the prediction after the first step. A `return` inside of "
                "the loop ends it there.",
                lambda x: two_cells(x[:1]),
            ),
            mistake(
                "cell_read",
                "The prediction reads the cell c itself. An LSTM shows its tanh.",
                "np.tanh(c))",
                "c)",
            ),
            mistake(
                "squashed_once",
                "Cell 0 has one tanh. There are two: that of the candidate, and that "
                "with which the cell is shown.",
                "np.tanh(np.tanh(0.05 * value))",
                "np.tanh(0.05 * value)",
            ),
            mistake(
                "never_squashed",
                "Cell 0 has no tanh. There are two: that of the candidate, and that "
                "with which the cell is shown.",
                "np.tanh(np.tanh(0.05 * value))",
                "(0.05 * value)",
            ),
            mistake(
                "candidate_without_tanh",
                "The candidate of cell 1 has no tanh.",
                "c + np.tanh(h)",
                "c + h",
            ),
            mistake(
                "candidate_from_the_number",
                "The candidate of cell 1 is made from the number itself, so every "
                "number gets in. It is the tanh of what cell 0 showed.",
                "c + np.tanh(h)",
                "c + np.tanh(0.05 * value)",
            ),
            mistake(
                "nothing_kept",
                "Cell 1 forgets what it held. Its forget gate is one.",
                "c = c + np.tanh(h)",
                "c = np.tanh(h)",
            ),
            mistake(
                "first_cell_keeps",
                "Cell 0 keeps what it held. Its forget gate is zero, so that it holds "
                "the present number alone.",
                _first_cell_keeps,
            ),
            mistake(
                "forget_gates_exchanged",
                "The forget gates are exchanged: cell 0 keeps everything, and cell 1 "
                "nothing.",
                _forget_gates_exchanged,
            ),
            mistake(
                "gate_on_both",
                "The output of cell 1 was multiplied by the output gate of cell 0. Its "
                "own is one: cell 1 is always shown.",
                "np.tanh(c))",
                "sigmoid(20 * (2 * mark - 1)) * np.tanh(c))",
            ),
            mistake(
                "shown_without_its_gate",
                "At the end cell 0 is read without its output gate. What the "
                "prediction reads is what the cell *shows*.",
                "(h + np.tanh(c))",
                "(np.tanh(np.tanh(0.05 * value)) + np.tanh(c))",
            ),
            mistake(
                "gate_not_steep",
                "The factor 20 is missing in the output gate of cell 0, which is then "
                "never nearly shut nor nearly open.",
                "20 * (2 * mark - 1)",
                "2 * mark - 1",
            ),
            mistake(
                "gate_half_open",
                "Without a mark the output gate of cell 0 is one half. Its sum should "
                "be -20 there, and 20 at a mark.",
                "sigmoid(20 * (2 * mark - 1))",
                "sigmoid(20 * mark)",
            ),
            mistake(
                "gate_inverted",
                "The output gate of cell 0 is shut at the marks and open elsewhere.",
                "2 * mark - 1",
                "1 - 2 * mark",
            ),
            mistake(
                "columns_exchanged",
                "Value and mark are exchanged: in each row the value stands first.",
                "for value, mark in x",
                "for mark, value in x",
            ),
            mistake(
                "not_scaled",
                "The numbers were not made small on the way in, so each tanh bends "
                "them.",
                "0.05 * value",
                "value",
            ),
            mistake(
                "target_returned",
                "That is the sum of the marked numbers itself. The network comes "
                "close to it; the exercise wants what the network says.",
                lambda x: (x[:, 0] * x[:, 1]).sum(),
            ),
            mistake(
                "everything_summed",
                "That is the sum of all numbers, marked or not.",
                lambda x: x[:, 0].sum(),
            ),
        ),
    )
)

taught_in(
    {
        "gates.half_life": "A memory horizon",
        "gates.position_in_line": "A cell one can see",
        "gates.kernel": "A memory horizon",
        "gates.no_forget_step": "What is each gate worth?",
        "gates.best_by_chance": "A cell one can see",
        "gates.judged_on_rest": "A cell one can see",
        "gates.two_cells": "Slower is not impossible",
    }
)
