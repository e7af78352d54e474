"""What a check says where no mistake is known: what was measured, and what to do."""

import functools
import json
import math
import re
import subprocess
import sys
import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import nbformat
import numpy as np
import pytest

from rnnbook import cells, grading
from rnnbook.checks import CHECKS, catalogue, check, guard
from rnnbook.checks.catalogue import Case, Check, mistake
from rnnbook.checks.generic import looked_at, remark
from rnnbook.checks.judge import _named, judge

CHAPTERS = Path(__file__).resolve().parent.parent / "chapters"
SCALARS = (0.3, 1.7, 2.9, 0.042)
ROWS = ([0.3, 1.7, 2.9, 0.4], [1.1, 0.2, 5.3])
TABLES = ([[0.3, 1.7, 2.9], [0.4, 1.1, 0.2]], [[1.5, 0.25], [0.75, 3.5], [2.1, 0.6]])
BLOCKS = tuple(np.arange(1.0, n + 1).reshape(s) ** 1.5 for n, s in ((24, (2, 3, 4)),))


def seen(wrong, right, sizes=()):
    """One output in some cases; each case was handed an array of another length."""
    right = [np.asarray(b) for b in right]
    calls = [(np.zeros((n, 2)),) for n in sizes or range(5, 5 + len(right))]
    return looked_at("x", calls, [np.asarray(wrong(b)) for b in right], right, 1e-7)


# ---- what is measured

SAID = [
    (SCALARS, lambda b: 100 * b, "factor", "is 100 times what is right"),
    (SCALARS, lambda b: -b, "sign", "has the opposite sign"),
    (SCALARS, lambda b: b / 2, "factor", "is 1/2 of what is right"),
    (SCALARS, lambda b: b * np.log(10), "factor", "ln 10 times (2.3) what is right"),
    (ROWS, lambda b: b * np.log(2), "factor", "is ln 2 times (0.693) what is right"),
    (SCALARS, lambda b: b + 1, "difference", "is 1 too large"),
    (ROWS, lambda b: b - 0.25, "difference", "is 0.25 too small"),
    (SCALARS, lambda b: 1 / b, "inverse", "is one over what is right"),
    (SCALARS, lambda b: b**2, "square", "is the square of what is right"),
    (SCALARS, np.sqrt, "root", "is the square root of what is right"),
    (SCALARS, lambda b: 1 - b, "complement", "is 1 - what is right"),
    (SCALARS, lambda b: 2**b, "power_of_two", "is 2 to the power of what is right"),
    (SCALARS, np.log, "logarithm", "is the natural logarithm of what is right"),
    (ROWS, np.exp, "exponential", "is e to the power of what is right"),
    (ROWS, np.tanh, "tanh", "is the tanh of what is right"),
    (SCALARS, lambda b: np.round(b, 2), "rounded", "rounded to 2 decimals"),
    (SCALARS, np.round, "rounded", "rounded to whole numbers"),
    (SCALARS, np.trunc, "rounded", "cut off to whole numbers"),
    ((np.pi, 271.8), lambda b: float(f"{b:.2g}"), "rounded", "2 significant digits"),
    (SCALARS, lambda b: b * (1 + 2e-5), "nearly", "about four digits"),
    (ROWS, lambda b: b[::-1], "backwards", "is right, but runs backwards"),
    (ROWS, np.cumsum, "added_up", "is what is right, added up"),
    (ROWS, np.sort, "disordered", "holds the right numbers, in another order"),
    (ROWS, lambda b: np.roll(b, 1), "shifted", "is one place too late"),
    (ROWS, lambda b: b[1:], "first_missing", "but the first one is missing"),
    (ROWS, lambda b: b[:-2], "last_missing", "but the last 2 are missing"),
    (
        ROWS,
        lambda b: np.append(b, 9),
        "one_more_at_the_end",
        "one is too many at the e",
    ),
    (ROWS, lambda b: np.r_[9, b], "one_more_in_front", "one is too many in front"),
    (ROWS, lambda b: b[:, None], "reshaped", "the right numbers, in another shape"),
    (ROWS, lambda b: np.r_[b[:-1], 9], "last_wrong", "is wrong only in the last"),
    (ROWS, np.sum, "reduced", "is only the sum of what is right"),
    (ROWS, np.mean, "reduced", "is only the mean of what is right"),
    (ROWS, lambda b: b[-1], "reduced", "is only the last entry of what is right"),
    (
        ROWS,
        lambda b: 7.0 * b * len(b),
        "multiple",
        "with a factor that changes by case",
    ),
    (TABLES, lambda b: b.T, "transposed", "is right but transposed"),
    (TABLES, lambda b: b[:, ::-1], "backwards", "but runs backwards along axis 1"),
    (
        TABLES,
        lambda b: b.sum(0),
        "reduced",
        "only the sum of what is right along axis 0",
    ),
    (BLOCKS, lambda b: b.swapaxes(0, 1), "axes_exchanged", "but axes 0 and 1 are exch"),
    (BLOCKS, lambda b: b[:, 1:], "first_missing", "first one is missing along axis 1"),
]


@pytest.mark.parametrize(("right", "wrong", "name", "says"), SAID)
def test_what_holds_in_all_cases_is_said(right, wrong, name, says):
    found = remark(seen(wrong, right))
    assert (found.name, says in found.says) == (name, True), found


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        (
            SCALARS,
            lambda b, n: b * n,
            "what is right times n, where n is the length of",
        ),
        (ROWS, lambda b, n: b / n, "what is right divided by n, where n is the length"),
        (
            ROWS,
            lambda b, n: b * n / (n - 1),
            "times n / (n - 1), where n is the length",
        ),
    ],
)
def test_a_factor_that_is_a_size_is_named_by_it(right, wrong, says):
    """As where a batch is summed and not averaged."""
    sizes = [11, 12, 13, 14][: len(right)]
    n = iter(sizes)
    found = remark(seen(lambda b: wrong(b, next(n)), right, sizes))
    assert says in found.says and "`x` along axis 0" in found.says


def test_something_not_yet_summed_or_chosen_is_said():
    many = [np.arange(1.0, 7).reshape(2, 3), np.arange(2.0, 14).reshape(4, 3) ** 1.5]
    ways = {"sum": np.sum, "mean": np.mean, "last entry": lambda a, axis: a[-1]}
    for words, over in ways.items():
        part = iter(many)
        found = remark(seen(lambda b, p=part: next(p), [over(a, 0) for a in many]))
        assert f"its {words} along axis 0 is right" in found.says
    whole = iter(many)
    found = remark(seen(lambda b: next(whole), [a.mean() for a in many]))
    assert found.says == "holds more than is asked for: its mean is right"


def test_what_does_not_hold_in_every_case_is_not_said():
    factors = iter((2, 2, 2, 3))
    found = remark(seen(lambda b: b * next(factors), SCALARS))
    assert found is None
    signs = iter((1, -1))
    assert remark(seen(lambda b: next(signs) * np.flip(b), ROWS)) is None


def test_numbers_without_a_pattern_get_no_remark():
    rng = np.random.default_rng(0)
    for right in (SCALARS, ROWS, TABLES, BLOCKS):
        assert remark(seen(lambda b: b + rng.normal(size=b.shape), right)) is None


def changed(name, change):
    """The reference, with its outputs changed."""
    reference = CHECKS[name].reference
    return functools.wraps(reference)(lambda *args: change(reference(*args), *args))


def test_a_remark_stands_in_place_of_no_mistake_known():
    result = check("metrics.mase", changed("metrics.mase", lambda v, *_: 100 * v))
    assert result.mistake is None and result.remark == "factor"
    assert "In all 3 cases mase is 100 times what is right." in str(result)
    assert "No mistake known" not in str(result)


def test_rounding_to_three_digits_is_recognised():
    result = check("metrics.mase", changed("metrics.mase", lambda v, *_: round(v, 3)))
    assert "rounded to 3 decimals" in str(result)


def test_outputs_of_which_the_same_holds_share_a_sentence():
    def twice(dh_next, cache, params):
        dx, dh, grads = cells.rnn_step_backward(dh_next, cache, params)
        return 2 * dx, dh, grads | {"b_h": 2 * grads["b_h"]}

    result = check("rnn.step_backward", twice)
    assert "dx and db_h are 2 times what is right." in str(result)
    assert result.remark == "factor"


def test_a_remark_on_a_part_leaves_the_rest_open():
    def half(dh_next, cache, params):
        dx, dh, grads = cells.rnn_step_backward(dh_next, cache, params)
        return 2 * dx, dh + np.sin(9 * dh), grads

    result = check("rnn.step_backward", half)
    text = str(result)
    assert "dx is 2 times what is right. No mistake known here explains dh." in text
    assert result.remark is None


def test_a_remark_earns_and_costs_nothing(capsys):
    """A task pays for a named mistake, and not for what was measured."""
    for factor in (100, 1.7):
        wrong = changed("lstm.parameters", lambda v, *_, f=factor: f * v)
        points = grading.award(5, "lstm.parameters", wrong, {"*": 2}, forbidden=())
        assert points == 0
    printed = capsys.readouterr().out
    assert "100 times what is right" in printed
    assert "by hand" not in printed  # the cases of a grader are others


# ---- what to do next


def open_ended(name):
    return changed(name, lambda v, *_: v + math.sin(50 * v))


def test_no_mistake_known_is_never_the_last_word(monkeypatch):
    monkeypatch.chdir(CHAPTERS)
    my_mase = open_ended("metrics.mase")
    result = check("metrics.mase", my_mase)
    text = result.message
    assert result.remark is None and "No mistake known" in text
    assert "too large" in text and "too small" in text
    assert '`check("metrics.mase", mase).case` holds the arguments of that call' in text
    assert "[The naive family](01-sequences.ipynb#The-naive-family)" in text
    assert len(result.case) == 4


def test_a_single_number_is_too_large_or_too_small():
    for sign, words in ((1, "it is too large"), (-1, "it is too small")):
        grow = changed("metrics.mase", lambda v, *_, s=sign: v + s * v**3)
        assert f"There {words}." in str(check("metrics.mase", grow))


def test_where_numbers_are_wrong_is_counted():
    def step(x, h, params):
        new, _ = cells.rnn_step(x, h, params)
        new[:, 1:2] += np.sin(9 * new[:, 1:2]) + 0.1
        return new

    assert "There 1 of 3 numbers are wrong." in str(check("rnn.step", step))


def test_a_backward_pass_is_sent_to_the_numerical_gradient():
    def backward(dh_next, cache, params):
        dx, dh, grads = cells.rnn_step_backward(dh_next, cache, params)
        return dx + np.sin(9 * dx), dh, grads

    text = str(check("rnn.step_backward", backward))
    assert "numerical_gradient of rnnbook.gradcheck gives what is right there" in text


def test_the_case_holds_what_the_function_was_given():
    """Without the step that stands in front in the longer form."""
    result = check("rnn.forward", lambda x, h, params: (x[..., :1] * 2, h, []))
    x, h, params = result.case
    assert x.ndim == 3 and h.ndim == 2 and "W_hh" in params


def test_a_packed_case_comes_in_the_readers_own_order():
    def step(x, state, params):
        h, c = state
        given.append(params["b_h"])
        return (h + np.sin(x[:, :1]), c), None

    given: list = []
    result = grading.check_packed("lstm.step", step, "ofig")
    assert any(np.array_equal(result.case[2]["b_h"], b) for b in given)
    assert "`check_packed(...).case` holds the arguments" in result.message


@functools.cache
def headings(page: str) -> list[str]:
    nb = nbformat.read(CHAPTERS / f"{page}.ipynb", as_version=4)
    texts = [cell.source for cell in nb.cells if cell.cell_type == "markdown"]
    return re.findall(r"^##+ (.*)$", "\n".join(texts), re.M)


@pytest.mark.parametrize("name", catalogue.SECTIONS)
def test_sections_are_headings_of_their_pages(name):
    heading, heads = catalogue.SECTIONS[name], headings(CHECKS[name].page)
    assert heading in heads
    assert heads.index(heading) < heads.index("Summary")


def test_every_check_of_a_chapters_own_exercises_has_a_section():
    for path in CHAPTERS.glob("*.ipynb"):
        text = path.read_text("utf-8")
        own = set(re.findall(r'check\(\\"([\w.]+)\\"', text))
        own = {name for name in own if CHECKS[name].page == path.stem}
        assert own <= set(catalogue.SECTIONS)


@pytest.mark.parametrize("name", catalogue.SECTIONS)
def test_a_known_mistake_leads_to_the_section_that_teaches_it(name, monkeypatch):
    monkeypatch.chdir(CHAPTERS)
    check_, heading = CHECKS[name], catalogue.SECTIONS[name]
    for wrong in check_.mistakes:
        own = check_.page_of(wrong) == check_.page
        assert (f" See [{heading}](" in _named((wrong,), check_)) == own


def test_a_link_leads_to_a_section_if_the_page_has_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells_ = [{"cell_type": "markdown", "source": "# A page\n\n## One (or two)\n"}]
    (tmp_path / "11-lstm.ipynb").write_text(json.dumps({"cells": cells_}))
    link = catalogue.link
    assert link("11-lstm", "One (or two)") == (
        "[One (or two)](11-lstm.ipynb#One-%28or-two%29)"
    )
    assert link("11-lstm", "Gone") == link("11-lstm") == "[A page](11-lstm.ipynb)"
    assert link("12-gru", "One") == "chapter `12-gru`"


# ---- nothing is computed yet


def test_a_constant_is_told_to_be_one():
    result = check("rnn.parameters", lambda D, H, K: 0)
    assert result.remark == "unfilled" and result.mistake is None
    assert "rnn.parameters: in all 3 cases count is 0." in str(result)
    assert "function of (D, H, K) that ends with return count." in str(result)


def test_what_came_in_is_told_to_be_it():
    text = str(check("lstm.cifg_step", lambda x, state, params: (state, None)))
    assert "h_next is h as it came in. c_next is c as it came in." in text


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x, h, p: ..., "returns ...: it is not filled in yet"),
        (lambda x, h, p: (..., None), "h_next is still ...: nothing is written there"),
        (lambda x, h, p: None, "returns nothing. It should end with return h_next"),
    ],
)
def test_dots_and_nothing_are_no_answer_yet(function, words):
    assert words in str(check("rnn.step", function))


def test_a_line_that_a_release_has_in_place_of_a_solution():
    def step(x, h, params):
        raise NotImplementedError()

    text = str(check("rnn.step", step))
    assert "it stops with NotImplementedError" in text
    assert text.endswith("That line stands where the function is still to be written.")

    def library(x, h, params):
        raise NotImplementedError("Could not run 'aten::mm'")

    assert "still to be written" not in str(check("rnn.step", library))


def test_who_looks_at_nothing_makes_no_mistake_of_looking():
    """`return 1` is no upper end of an interval, and `return True` compares no rows."""
    assert check("metrics.days_needed", lambda share: 1).mistake != "upper_end"
    assert check("data.peeks", lambda features, s, t: True).mistake != "all_rows"
    assert check("data.peeks", lambda features, s, t: False).mistake == "never_yes"


# ---- pairs


def summed(x):
    return x / x.sum()


def pairs_check(*mistakes, right=summed, returns=("p",)):
    cases = lambda rng: [  # noqa: E731
        Case(f"case {n}", (rng.uniform(1, 2, size=n),)) for n in (4, 5, 6)
    ]
    return Check("x.y", "01-sequences", right, "x", returns, cases, mistakes)


def test_two_mistakes_whose_sums_cancel_are_no_explanation():
    """One makes the sum too small, one too large; with both it is as it should be."""
    one = pairs_check(
        mistake("less", "The sum is below one.", "x /", "(x - 0.5) /"),
        mistake("more", "The sum is above one.", "x.sum()", "(x.sum() - len(x) / 2)"),
    )
    result = judge(one, lambda x: (x - 0.5) / (x.sum() - len(x) / 2))
    assert not result.passed and result.mistake is None


def test_two_mistakes_that_do_not_cancel_are_named():
    one = pairs_check(
        mistake("twice", "Each is taken twice.", "x /", "2 * x /"),
        mistake("mean", "It is divided by the mean.", "x.sum()", "x.mean()"),
    )
    assert judge(one, lambda x: 2 * x / x.mean()).mistake == "twice + mean"


def both(x):
    return x > 1.5, x.sum()


def test_no_pair_is_named_for_an_output_that_is_one_constant():
    """A mask that was never filled is not one that is inverted and true everywhere."""
    one = pairs_check(
        mistake(
            "inverted", "The mask is the wrong way round.", "x > 1.5", "~(x > 1.5)"
        ),
        mistake("everywhere", "The mask is true everywhere.", "> 1.5", "> 0"),
        right=both,
        returns=(("mask", "s"),),
    )
    result = judge(one, lambda x: (x < 0, x.sum()))
    assert result.mistake is None and "mask holds nothing but False" in str(result)


def test_a_test_of_a_mistake_that_fails_is_no_crash():
    """It may not expect the shapes that a reader returns."""
    one = pairs_check(
        mistake(
            "shuffled",
            "The order is lost.",
            lambda x: x[::-1],
            holds=lambda case, mine, right: (mine["p"] - right["p"]).sum() == 0,
        )
    )
    assert judge(one, lambda x: np.ones((7, 3))).mistake is None


# ---- what is right is taken as such


def lines(text):
    n = -1
    for c in text:
        n = 0 if c == "\n" else n + 1
        yield n


def test_numbers_from_a_generator_are_read():
    result = check("gates.position_in_line", lines)
    assert result.passed and "comes from a generator" in str(result)
    assert check("gates.position_in_line", lambda text: map(int, lines(text))).passed
    assert not check("gates.position_in_line", lambda text: (1 for _ in text)).passed


@pytest.mark.parametrize("kind", [Fraction, Decimal, complex, np.complex128])
def test_a_number_of_another_kind_is_a_number(kind):
    assert check("metrics.mase", changed("metrics.mase", lambda v, *_: kind(v))).passed
    wrong = changed("metrics.mase", lambda v, *_: kind(v) + kind(1))
    assert "is 1 too large" in str(check("metrics.mase", wrong))


def test_a_text_or_an_imaginary_part_is_none():
    text = str(check("metrics.mase", changed("metrics.mase", lambda v, *_: str(v))))
    assert "a number is expected, not a text that shows one" in text
    text = str(check("metrics.mase", changed("metrics.mase", lambda v, *_: v + 1j)))
    assert "holds complex numbers" in text


def test_a_graph_is_named_wherever_it_is():
    torch = pytest.importorskip("torch")

    def step(x, state, params):
        (h, c), _ = cells.lstm_step(x, state, params)
        return (torch.tensor(h, requires_grad=True), torch.tensor(c)), None

    assert "end with .detach()" in str(check("lstm.step", step))


def test_exchanged_keys_are_told_from_an_exchanged_order():
    def backward(dh_next, cache, params):
        dx, dh, g = cells.rnn_step_backward(dh_next, cache, params)
        return dx, dh, {"W_xh": g["W_hh"], "W_hh": g["W_xh"], "b_h": g["b_h"]}

    result = check("rnn.step_backward", backward)
    assert result.mistake == "order" and "You return" not in str(result)
    assert "In the dict, under W_xh stands dW_hh, under W_hh stands dW_xh." in str(
        result
    )


class Cell:
    def __call__(self, x, h, params):
        return cells.rnn_step(x, h, params)


class Layer:
    def step(self, x, h, params):
        return cells.rnn_step(x, h, params)


@pytest.mark.parametrize("kind", [Cell, Layer])
def test_a_class_is_not_yet_an_instance(kind):
    text = str(check("rnn.step", kind))
    assert f"{kind.__name__} is a class" in text and "Make an instance" in text
    instance = kind()
    assert check("rnn.step", getattr(instance, "step", instance)).passed


class Hostile:
    """Answers nothing that it is asked."""

    def __getattribute__(self, name):
        raise RuntimeError(name)

    def __call__(self, x, h, params):
        return cells.rnn_step(x, h, params)


def test_an_object_that_answers_nothing_is_still_called():
    assert check("rnn.step", Hostile()).passed


def test_an_error_and_a_forgotten_return_are_not_two_answers():
    def step(x, state, params):
        h, _ = state
        np.split(x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"], 4, axis=0)

    assert "made twice" not in str(check("lstm.step", step))


# ---- time


def test_the_slow_first_call_of_a_library_is_forgiven(tmp_path, monkeypatch):
    """As the first backward pass of a process may be."""
    source = "import time\ncalls = []\ndef work():\n    calls.append(1)\n"
    source += "    end = time.thread_time() + 1.5 * (len(calls) == 1)\n"
    source += "    while time.thread_time() < end:\n        pass\n"
    (tmp_path / "a_library_of_old.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(guard, "_LIBRARIES", (*guard._LIBRARIES, f"{tmp_path}/"))
    import a_library_of_old as library

    def step(x, h, params):
        library.work()
        return cells.rnn_step(x, h, params)

    assert check("rnn.step", step).passed and len(library.calls) == 7

    def endless(x, h, params):
        while True:
            library.calls.clear()
            library.work()

    before = time.process_time()
    assert "did not come back" in str(check("rnn.step", endless))
    assert time.process_time() - before < 6


FIRST = """
import torch
from rnnbook.checks import check

def step_backward(dh_next, cache, params):
    x, h, _ = (torch.tensor(a, requires_grad=True) for a in cache)
    p = {k: torch.tensor(v, requires_grad=True) for k, v in params.items()}
    new = torch.tanh(x @ p["W_xh"] + h @ p["W_hh"] + p["b_h"])
    new.backward(torch.tensor(dh_next))
    torch.optim.Adam(p.values())
    return x.grad, h.grad, {k: v.grad for k, v in p.items()}

result = check("rnn.step_backward", step_backward)
assert result.passed, result
"""


def test_torchs_first_backward_pass_and_optimiser_are_no_endless_loop():
    pytest.importorskip("torch")
    subprocess.run([sys.executable, "-c", FIRST], check=True)


# ---- numbers and sizes that were handed in


def measured(name, wrong):
    result = check(name, wrong)
    assert not result.passed and result.mistake is None
    return result


def test_a_factor_may_be_a_number_that_was_handed_in():
    right = CHECKS["rnn.leaky_step_backward"].reference

    def scaled(factor):
        def back(dh_next, cache, params):
            dx, dh, grads = right(dh_next, cache, params)
            return factor(params["alpha"]) * dx, dh, grads

        return back

    name = "rnn.leaky_step_backward"
    result = measured(name, scaled(lambda alpha: alpha))
    assert result.remark == "factor_of_number"
    assert 'dx is what is right times params["alpha"].' in str(result)
    result = measured(name, scaled(lambda alpha: 0.2 / alpha))
    assert result.remark == "fixed_number"
    assert 'is what is right divided by params["alpha"] and times 0.2.' in str(result)


def test_a_count_may_be_wrong_by_two_sizes():
    right = CHECKS["rnn.parameters"].reference
    more = measured("rnn.parameters", lambda D, H, K: right(D, H, K) + D + K)
    assert "count is too large by D + K." in str(more)
    less = measured("rnn.parameters", lambda D, H, K: right(D, H, K) - H * H + D)
    assert "count is too small by H · H - D." in str(less)


# ---- what is measured on what a function returns


def test_what_cannot_be_used_is_not_put_into_a_line_of_the_student():
    result = check("rnn.bit_line", lambda units, gain: {"W_hh": np.eye(units)})
    assert "it stops with KeyError" in str(result)
    assert "That is none of your own lines" in str(result)


def test_a_test_of_its_own_is_looser_than_the_numbers():
    """What is known exactly, alone or as a pair, goes before a description."""
    one = CHECKS["vanishing.orthogonal"]
    loose = {m.name for m in one.mistakes if m.holds}
    exact = check(one.name, lambda W: W / np.linalg.norm(W, 2))
    assert exact.mistake == "scaled" and "neither_length_nor_angle" in loose


def test_the_cases_that_are_right_are_counted():
    """One of several: "the other case is right" would be false."""

    def of_three(D, H, K):
        return D * H + H * H + H + H * K + K if D == 3 else 7 * D

    assert "1 of the 3 cases is right." in check("rnn.parameters", of_three).message
