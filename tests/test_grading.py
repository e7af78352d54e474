"""Points for a task: what is right, what a known mistake costs, what is not allowed."""

import _thread
import ast
import contextlib
import dataclasses
import functools
import gc
import hashlib
import io
import os
import queue
import re
import subprocess
import sys
import threading
import time
import types
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import nbformat
import numpy as np
import pytest
import torch

from rnnbook import bptt, cells, checks, grading, questions
from rnnbook.checks import CHECKS, judge, trial
from rnnbook.checks.catalogue import variant
from rnnbook.grading import (
    answers,
    award,
    canary,
    check_packed,
    gate_order,
    in_order,
    student_generator,
)
from rnnbook.questions import Reply, drawn

RUBRIC = {"tanh_missing": 3, "state_missing": 4, "*": 6}


def rnn(x, h, params):
    a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]
    return np.tanh(a)


def lstm(order, swap=""):
    """A step for weights packed in ``order``."""

    def step(x, state, params):
        h, c = state
        a = x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]
        parts = dict(zip(swap or order, np.split(a, 4, axis=1), strict=True))
        i, f, o = (0.5 * np.tanh(0.5 * parts[k]) + 0.5 for k in "ifo")
        c_next = f * c + i * np.tanh(parts["g"])
        return o * np.tanh(c_next), c_next

    return step


def test_right_gets_all(capsys):
    assert award(10, "rnn.step", rnn, RUBRIC, seed=5) == 10
    assert "10 of 10 points." in capsys.readouterr().out


@pytest.mark.parametrize(
    "function, points, says",
    [
        (lambda x, h, p: np.arctanh(rnn(x, h, p)), 7, "tanh_missing costs 3"),
        (lambda x, h, p: np.tanh(np.tanh(rnn(x, h, p))), 0, "0 of 10 points."),
        (lambda x, h, p: rnn(x, 0 * h, p), 6, "state_missing costs 4"),
        (lambda x, h, p: rnn(x, h, p) + h, 4, "old_state_added costs 6"),
        (lambda x, h, p: None, 0, "returns nothing"),
        (lambda x, h, p: 1 / 0, 0, "ZeroDivisionError"),
        ("no function", 0, "expected a function"),
    ],
)
def test_mistake_costs_what_the_rubric_says(function, points, says, capsys):
    assert award(10, "rnn.step", function, RUBRIC, seed=5) == points
    assert says in capsys.readouterr().out


def test_two_mistakes_cost_both(capsys):
    def both(x, h, p):
        return rnn(x, 0 * h, p | {"b_h": 2 * p["b_h"]})

    assert award(11, "rnn.step", both, RUBRIC, seed=5) == 1  # 4 and 6 of 11
    assert award(6, "rnn.step", both, RUBRIC, seed=5) == 0  # and never less
    said = capsys.readouterr().out
    assert "state_missing costs 4" in said and "bias_twice costs 6" in said


def test_what_the_check_hands_in_is_no_library_that_was_called(capsys):
    """The loss that a function is to differentiate stands in rnnbook itself."""

    def directional(f, params, direction, eps):
        ahead, behind = (
            f({k: a + s * direction[k] for k, a in params.items()}) for s in (eps, -eps)
        )
        return (ahead - behind) / (2 * eps)

    assert award(8, "bptt.directional", directional, {}, seed=5) == 8

    def helped(f, params, direction, eps):
        return 2 * cells.sigmoid(0.0) * directional(f, params, direction, eps)

    assert award(8, "bptt.directional", helped, {}, seed=5) == 0


def test_without_a_price_a_known_mistake_costs_all(capsys):
    assert award(10, "rnn.step", lambda x, h, p: rnn(x, 0 * h, p), {}, seed=5) == 0


def test_what_was_known_before_counts_for_no_mark(monkeypatch, capsys):
    """Else a function could have itself taken for a mistake that costs little."""
    monkeypatch.setattr(trial, "_KEPT", {})
    check = grading._original("lstm.parameters")[0]
    cheap, cases = check.mistakes[0], trial.cases_of(check, 1)

    def wrong(D, H):
        return 7 * D + H

    outcomes = [{"count": np.array(wrong(*case.args))} for case in cases]
    trial.kept_of(check, 1)[(cheap,)] = dict(enumerate(outcomes))
    assert judge.judge(check, wrong, 1).mistake == cheap.name  # where no mark is given
    assert award(5, check.name, wrong, {cheap.name: 1}, seed=1) == 0


@pytest.mark.parametrize(
    "function, library",
    [
        (lambda x, h, p: cells.rnn_step(x, h, p)[0], "rnnbook"),
        (lambda x, h, p: _torch(rnn(x, h, p)), "torch"),
    ],
)
def test_a_forbidden_library_costs_all(function, library, capsys):
    """What a function calls, not what its notebook imports."""
    assert award(10, "rnn.step", function, RUBRIC, seed=5) == 0
    assert f"It calls {library}" in capsys.readouterr().out
    assert award(10, "rnn.step", function, RUBRIC, seed=5, forbidden=()) == 10


def _torch(a):
    return torch.from_numpy(a).clone().numpy()


def test_gate_order_is_the_students_and_never_the_books():
    orders = {name: gate_order(name) for name in map(str, range(200))}
    assert "ifgo" not in orders.values() and len(set(orders.values())) > 15
    assert gate_order(" ADA ") == gate_order("ada")
    assert set(gate_order("ada", "rzn")) == set("rzn")


@pytest.mark.parametrize("order", ["ofig", "gofi"])
def test_weights_in_another_order(order, capsys):
    rubric = {"gate_order": 2}
    assert award(9, "lstm.step", lstm(order), rubric, seed=5, order=order) == 9
    book = award(9, "lstm.step", lstm(order, "ifgo"), rubric, seed=5, order=order)
    said = capsys.readouterr().out
    assert book == 7 and "gate_order costs 2" in said
    assert f"order drawn for your id is {', '.join(order)}" in said


def test_reordering_by_the_grader_is_no_work_of_ones_own(capsys):
    """The tool that turns the check's weights is not there to turn a copied answer."""
    order = gate_order("bob")
    copied = in_order(lstm("ifgo"), "ifgo", order)
    assert award(20, "lstm.step", copied, {}, seed=4, order=order) == 0
    assert "It calls rnnbook" in capsys.readouterr().out


def test_what_students_run_names_another_order():
    right = check_packed("lstm.step", lstm("ofig"), "ofig")
    assert right.passed and right.check == "lstm.step"
    wrong = check_packed("lstm.step", lstm("ofig"), "gofi")
    assert not wrong.passed and wrong.mistake == "gate_order"
    assert "order o, f, i, g" in str(wrong) and "drawn for your id is g, o, f, i" in (
        str(wrong)
    )
    bare = check_packed("lstm.step", lambda x, s, p: (s[0], s[1]), "ofig")
    assert not bare.passed and bare.mistake != "gate_order"
    assert "expected a function" in str(check_packed("lstm.step", 3, "ofig"))


def test_changing_an_argument_pays_nothing_for_a_wrong_answer(capsys):
    def hurts(x, h, params):
        h += 1
        return 0 * h

    def right_but_hurts(x, h, params):
        h[:] = rnn(x, h, params)
        return h

    def random(x, h, params):
        return np.random.default_rng().normal(size=h.shape)

    rubric = {"in_place": 3, "not_repeatable": 4, "state_missing": 4}
    assert award(10, "rnn.step", hurts, rubric, seed=5) == 0
    assert "What it returns is wrong, too." in capsys.readouterr().out
    assert award(10, "rnn.step", right_but_hurts, rubric, seed=5) == 7
    assert award(10, "rnn.step", random, rubric, seed=5) == 0

    def both(x, h, params):
        h *= 0
        return rnn(x, h, params)

    assert award(10, "rnn.step", both, rubric, seed=5) == 3  # both are paid


def test_in_order_turns_gradients_too():
    """A step and its gradient for another order agree with the book's."""
    rng = np.random.default_rng(0)
    p = {"W_xh": rng.normal(size=(2, 12)), "W_hh": rng.normal(size=(3, 12))}
    p["b_h"] = rng.normal(size=12)
    order = "ogfi"
    theirs = in_order(cells.lstm_step_backward, "ifgo", order)  # for their packing
    ours = in_order(theirs, order)
    state = tuple(rng.normal(size=(2, 4, 3)))
    _, cache = cells.lstm_step(rng.normal(size=(4, 2)), state, p)
    expected = cells.lstm_step_backward(state, cache, p)[2]
    found = ours(state, cache, p)[2]
    assert all(np.array_equal(found[k], expected[k]) for k in p)


def test_given_puts_the_reference_in_place_of_an_earlier_task(capsys):
    names = {"np": np}
    source = (
        "def step(x, h, p):\n    return h, None\n"
        "def run(x, h, p):\n    out, caches = [], []\n    for t in range(x.shape[1]):\n"
        "        h, cache = step(x[:, t], h, p)\n        out.append(h)\n"
        "        caches.append(cache)\n"
        "    return np.stack(out, 1), h, caches\n"
    )
    exec(source, names)
    wrong = names["step"]
    assert award(10, "rnn.forward", names["run"], seed=5) == 0
    full = award(10, "rnn.forward", names["run"], seed=5, given={"step": "rnn.step"})
    assert full == 10
    assert names["step"] is wrong
    book = {"step": "rnn.step"}
    theirs = lambda x, h, p: bptt.forward(cells.rnn_step, x, h, p)  # noqa: E731
    assert award(10, "rnn.forward", theirs, seed=5, given=book) == 0


def test_rubric_and_names_are_checked():
    with pytest.raises(ValueError, match="tanh_mising"):
        award(10, "rnn.step", rnn, {"tanh_mising": 1})
    with pytest.raises(ValueError, match="rnn.stp"):
        award(10, "rnn.stp", rnn)
    with pytest.raises(ValueError, match="rnn.stp"):
        award(10, "rnn.step", rnn, given={"step": "rnn.stp"})


def test_answers_are_marked_by_misconception(capsys):
    names = ["lstm.parameters", "lstm.step"]
    key = {name: drawn(name, "ada").answer for name in names}
    assert answers(8, "Ada", key, names) == 8
    wrong = key | {"lstm.step": drawn("lstm.step", "ada").wrong[0][0]}
    assert answers(8, "ada", wrong, names) == 4
    assert answers(8, "ada", wrong, names, known=0.5) == 6
    assert answers(8, "ada", key | {"lstm.step": 1e6}, names, known=0.5) == 4
    assert answers(8, "ada", key | {"lstm.step": None}, names) == 4
    assert answers(8, "ada", key | {"lstm.step": "much"}, names) == 4
    assert answers(8, "ada", "nothing", names) == 0
    assert "no answer" in capsys.readouterr().out


def test_the_graders_word_goes_before_what_was_typed(monkeypatch, capsys):
    assert grading.student_id(" ada ") == "ada"
    for blank in ("", "your id", None):
        with pytest.raises(ValueError, match="your own id"):
            grading.student_id(blank)
    monkeypatch.setenv(grading.ENV, "bob")
    assert gate_order("ada") == gate_order("bob")
    assert "those of bob" in capsys.readouterr().out


# ---- every task of the assignments


class Task(NamedTuple):
    """An ``award`` of a hidden test."""

    points: float
    check: str
    rubric: dict
    options: dict
    assignment: str

    @property
    def right(self):
        """The reference, for gates in this student's order."""
        one = CHECKS[self.check]
        function = one.reference
        if len(one.forms) > 1:  # with the step of the task before
            step = f"{one.name.split('.')[0]}_step"
            back = "_backward" * one.name.endswith("backward")
            function = functools.partial(function, getattr(cells, step + back))
        if "order" not in self.options:
            return function
        gates = self.options.get("gates", "ifgo")
        return in_order(function, gates, self.options["order"])

    def in_the_books_order(self):
        apart = {"order", "gates", "given"}
        kept = {k: v for k, v in self.options.items() if k not in apart}
        return self._replace(options=kept)

    def award(self, function, **more):
        options = self.options | {"forbidden": ()} | more
        with contextlib.redirect_stdout(io.StringIO()):
            return award(self.points, self.check, function, self.rubric, **options)


def tasks():
    folder = Path(__file__).resolve().parent.parent / "assignments"
    for path in sorted(folder.glob("*/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if "### BEGIN HIDDEN TESTS" not in cell.source:
                continue
            call = ast.parse(cell.source).body[-1].value
            if call.func.id == "award":
                yield _task(call, path.stem)


def _task(call, assignment):
    points, name, _, rubric = call.args
    options = {}
    for keyword in call.keywords:
        if keyword.arg == "order":
            gates = [ast.literal_eval(a) for a in keyword.value.args[1:]]
            options["order"] = gate_order("ada", *gates)
        else:
            options[keyword.arg] = ast.literal_eval(keyword.value)
    read = map(ast.literal_eval, (points, name, rubric))
    return Task(*read, options, assignment)


TASKS = list(tasks())
EACH = pytest.mark.parametrize("task", TASKS, ids=[task.check for task in TASKS])


# There not numbers are compared, but how good the weights are: as good is right.
MEASURED = {"mending.race"}


def each(value, change):
    """A value with every array and number in it changed."""
    if isinstance(value, dict):
        return {key: each(part, change) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(each(part, change) for part in value)
    return change(np.asarray(value))


def arguments(name):
    one = CHECKS[name]
    return one.cases(np.random.default_rng(0))[0].args[one.forms[-1]]


def test_the_assignments_have_many_tasks():
    assert len(TASKS) >= 37 and len({task.assignment for task in TASKS}) >= 6


@EACH
def test_nothing_is_paid_for_nothing(task):
    """Zeros, a constant, no number, what was put in, half precision, nearly right."""
    task = task.in_the_books_order()  # the others are tried in another test
    right = task.right

    def answer(change):
        return lambda *args: each(right(*args), change)

    for number in (0.0, 1.0, 0.5, np.nan, np.inf):
        filled = answer(lambda a, n=number: np.full(a.shape, n))
        assert task.award(filled) == 0, number
    assert task.award(answer(lambda a: np.zeros(a.shape, int))) == 0
    if task.check not in MEASURED:
        assert task.award(answer(lambda a: a.astype(np.float16))) == 0
        assert task.award(answer(lambda a: (1.0001 * a).astype(np.float32))) == 0
        assert task.award(answer(lambda a: 1.005 * a)) == 0
    for k in range(len(arguments(task.check))):
        assert task.award(lambda *args, k=k: args[k]) == 0
        assert task.award(lambda *args, k=k: args[: k + 1]) == 0


@EACH
def test_the_reference_gets_all_however_it_takes_its_arguments(task):
    names = ", ".join(f"a{k}" for k in range(len(arguments(task.check))))
    for signature in (names, f"{names}, step=None", f"{names}, *, clip=None", "*args"):
        space = {"right": task.right}
        call = signature if signature == "*args" else names
        exec(f"def own({signature}):\n    return right({call})", space)
        assert task.award(space["own"]) == task.points, signature


@pytest.mark.parametrize("number", [0.0, 0.5, np.nan])
def test_a_constant_is_no_other_order_of_gates(number):
    for task in TASKS:
        if "order" in task.options:
            right, fill = task.right, lambda a: np.full(a.shape, number)
            assert task.award(lambda *a, r=right, f=fill: each(r(*a), f)) == 0


def test_a_function_in_another_form_finds_the_right_earlier_one():
    """A method, a part and an object look for names where their code stands."""
    task = next(task for task in TASKS if task.check == "gru.padded")
    source = (
        "def gru_step(x, h, p):\n    return h, None\n"
        "def last(x, lengths, h, params, verbose=False):\n"
        "    for t in range(x.shape[1]):\n"
        "        new, _ = gru_step(x[:, t], h, params)\n"
        "        h = np.where((t < lengths)[:, None], new, h)\n"
        "    return h\n"
        "class Model:\n"
        "    def last(self, *args):\n        return last(*args)\n"
        "    __call__ = last\n"
    )
    space = {"np": np, "functools": functools}
    exec(source, space)
    last, model = space["last"], space["Model"]()
    for function in (last, functools.partial(last, verbose=True), model, model.last):
        assert task.award(function, forbidden=grading.NOT_NUMPY) == task.points


@EACH
def test_a_better_answer_never_earns_less(task):
    """Where a known mistake spoils several outputs, one of them is put right."""
    one = CHECKS[task.check]
    task = task.in_the_books_order()
    for k, mistake in enumerate(one.mistakes):
        worse = variant(one.reference, mistake)
        better = list(betters(one, worse))
        if better:  # one after the other, as all of them take minutes
            function = better[k % len(better)]
            assert task.award(function) >= task.award(worse), mistake.name


def betters(one, worse):
    """Answers with one part from the reference, all others from a mistake."""
    made = one.reference(*one.cases(np.random.default_rng(0))[0].args)
    for place in range(len(made) if isinstance(made, tuple) else 0):

        def mixed(*args, place=place):
            given = worse(*args)
            if not isinstance(given, tuple) or len(given) != len(made):
                return given
            right = one.reference(*args)[place]
            return (*given[:place], right, *given[place + 1 :])

        mixed.__wrapped__ = one.reference  # for its signature
        yield mixed


def test_a_cell_squashed_once_earns_no_less_than_twice(capsys):
    """``h`` right and ``c`` wrong, against both wrong by the same mistake."""

    def step(x, state, params, twice):
        h, c = state
        a = np.split(x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"], 4, axis=1)
        i, f, o = (1 / (1 + np.exp(-a[k])) for k in (0, 1, 3))
        c = np.tanh(f * c + i * np.tanh(a[2]))
        return (o * (np.tanh(c) if twice else c), c), None

    rubric = {"output_tanh_missing": 4, "cell_squashed": 5}
    once, twice = (
        award(20, "lstm.step", lambda *a, k=k: step(*a, k), rubric, forbidden=())
        for k in (False, True)
    )
    assert twice == 15 and once >= twice
    assert "output_tanh_missing" not in capsys.readouterr().out


def test_two_mistakes_that_hide_each_other_are_not_two_mistakes():
    def confusion(truth, guess, K):  # transposed, and the recall is right
        m = np.zeros((K, K), int)
        np.add.at(m, (guess, truth), 1)
        seen = m.sum(axis=0)
        share = np.divide(np.diag(m), seen, out=np.zeros(K), where=seen > 0)
        return m, share

    result = checks.check("images.confusion", confusion)
    assert not result.passed and "+" not in (result.mistake or "")


def test_what_is_missing_costs_its_share():
    task = next(task for task in TASKS if task.check == "lstm.forward")
    right = task.right
    shares = [
        task.award(function)
        for function in (
            right,
            lambda *args: right(*args)[:2],
            lambda *args: (*right(*args)[:2], None),
            lambda *args: right(*args)[0],
        )
    ]
    assert shares == [12, 9, 9, 3]
    priced = task._replace(rubric=task.rubric | {"not_returned": 5})
    assert priced.award(lambda *args: right(*args)[:2]) == 7


# ---- what a function may look at while it runs


def own_step(x, state, params):
    h, c = state
    a = np.split(x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"], 4, axis=1)
    i, f, o = (1 / (1 + np.exp(-a[k])) for k in (0, 1, 3))
    c_next = f * c + i * np.tanh(a[2])
    return (o * np.tanh(c_next), c_next), None


def first(values):
    """The right answer, if one of the values holds it."""
    held = [getattr(v, "outputs", v) for v in values if type(v) is not type]
    held = [v for v in held if type(v) is dict and "h_next" in v and "c_next" in v]
    found = [v for v in held if type(v["h_next"]) is np.ndarray]
    return ((found[0]["h_next"], found[0]["c_next"]), None) if found else None


def from_frames(*_):
    frames = list(sys._current_frames().values())
    while frames:
        frame = frames.pop()
        frames += [frame.f_back] if frame.f_back else []
        for value in list(frame.f_locals.values()):
            found = first(value if isinstance(value, list | tuple) else [value])
            if found:
                return found
    return None


def from_the_collector(*_):
    plain = (dict, checks.reading.Reading, judge.Trial)
    return first([one for one in gc.get_objects() if type(one) in plain])


def from_globals(*_):
    spaces = [m for n, m in list(sys.modules.items()) if n.startswith("rnnbook")]
    return first(value for space in spaces for value in list(vars(space).values()))


@pytest.mark.parametrize("look", [from_frames, from_the_collector, from_globals])
def test_what_is_right_stands_nowhere_while_a_function_runs(look, capsys):
    checks.check("lstm.step", own_step)  # nor is it kept from an earlier check
    judge.prepared("lstm.step", seed=1103)
    gc.collect()  # what the other looks have left
    assert award(20, "lstm.step", look, seed=1103, forbidden=()) == 0
    assert "returns nothing" in capsys.readouterr().out  # it has looked to the end
    grading.kept = {"h_next": np.ones(3), "c_next": np.ones(3)}
    kept = grading.kept  # what it would have found
    assert look() is not None and kept
    del grading.kept


# ---- who else computes


class Lazy:
    """Computes only when it is asked for its numbers."""

    def __init__(self, args, k):
        self.args, self.k = args, k

    def found(self):
        return cells.lstm_step(*self.args)[0][self.k]


class AsArray(Lazy):
    def __array__(self, dtype=None, copy=None):
        return self.found()


class AsSequence(Lazy):
    def __len__(self):
        return len(self.found())

    def __getitem__(self, i):
        return self.found()[i]


class AsList(list):
    def __iter__(self):
        return iter(cells.lstm_step(*self.args)[0])


def lazily(kind):
    return lambda *args: ((kind(args, 0), kind(args, 1)), None)


def as_list(*args):
    out = AsList([0, 0])
    out.args = args
    return out


def as_map(*args):
    return map(lambda k: cells.lstm_step(*args)[0][k], (0, 1))


def in_a_thread(*args):
    out = []
    thread = threading.Thread(target=lambda: out.append(cells.lstm_step(*args)))
    thread.start()
    thread.join()
    return out[0]


def in_a_pool(*args):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(cells.lstm_step, *args).result()


def in_a_bare_thread(*args):
    out = []
    _thread.start_new_thread(lambda: out.append(cells.lstm_step(*args)), ())
    while not out:
        time.sleep(0.001)
    return out[0]


def in_a_thread_without_hook(*args):
    hook, threading._profile_hook = threading._profile_hook, None
    try:
        return in_a_thread(*args)
    finally:
        threading._profile_hook = hook


def after_it_has_returned(*args):
    h, c = (np.zeros_like(part) for part in args[1])

    def fill():
        time.sleep(0.05)
        h[:], c[:] = cells.lstm_step(*args)[0]

    threading.Thread(target=fill).start()
    return (h, c), None


def without_watch(*args):
    sys.setprofile(None)
    return cells.lstm_step(*args)


def in_deep_recursion(*args):
    def deeper():
        with contextlib.suppress(RecursionError):
            deeper()

    deeper()  # where the watch itself meets the limit, it ends
    return cells.lstm_step(*args)


def with_an_odd_class(*args):
    odd = type("Odd", (list,), {"__module__": 5})()
    with contextlib.suppress(Exception):
        odd.append(1)
    return cells.lstm_step(*args)


def under_another_name():
    space = {"__name__": "mine", "np": np, "sigmoid": cells.sigmoid}
    return types.FunctionType(cells.lstm_step.__code__, space)


def under_our_name():
    space = {"__name__": "rnnbook.checks.judge", "cells": cells}
    code = "def f(*args):\n    return cells.lstm_step(*args)"
    exec(compile(code, judge.__file__, "exec"), space)
    return space["f"]


def in_a_process(*args):
    subprocess.run([sys.executable, "-c", ""], check=True)
    return own_step(*args)


def in_a_fork(*args):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return own_step(*args)


def through_torch(*args):
    (h, c), _ = own_step(*args)
    return (torch.tensor(h), torch.tensor(c)), None


ONES = torch.ones(1, dtype=torch.float64)


def through_an_old_tensor(*args):
    (h, c), _ = own_step(*args)
    return (ONES * h, ONES * c), None


BEHIND = {
    "array": lazily(AsArray),
    "sequence": lazily(AsSequence),
    "list": as_list,
    "map": as_map,
    "itself": cells.lstm_step,
    "part": functools.partial(cells.lstm_step),
    "reference": CHECKS["lstm.step"].reference,
    "turned": in_order(own_step, "ifgo"),
    "another_name": under_another_name(),
    "our_name": under_our_name(),
    "thread": in_a_thread,
    "pool": in_a_pool,
    "bare_thread": in_a_bare_thread,
    "no_hook": in_a_thread_without_hook,
    "after": after_it_has_returned,
    "no_watch": without_watch,
    "recursion": in_deep_recursion,
    "odd_class": with_an_odd_class,
    "process": in_a_process,
    "torch": through_torch,
    "old_tensor": through_an_old_tensor,
}
if hasattr(os, "fork"):
    BEHIND["fork"] = in_a_fork


@pytest.mark.parametrize("name", BEHIND)
def test_what_is_called_behind_ones_back_is_seen(name, capsys):
    before = threading.active_count()
    assert award(20, "lstm.step", BEHIND[name], {"*": 10}) == 0
    said = capsys.readouterr().out
    assert "library costs 20" in said or "not_allowed costs 20" in said
    assert threading._profile_hook is None and sys.getprofile() is None
    while threading.active_count() > before:
        time.sleep(0.01)
    assert award(20, "lstm.step", own_step, {"*": 10}) == 20  # nobody else pays


def test_a_scalar_that_computes_when_it_is_asked_is_no_number(capsys):
    count = CHECKS["lstm.parameters"].reference

    class Number:
        def __init__(self, args):
            self.args = args

        def __float__(self):
            return float(count(*self.args))

        def __index__(self):
            return count(*self.args)

        __int__ = __index__

    for function in (lambda *args: Number(args), lambda *args: [Number(args)]):
        assert award(5, "lstm.parameters", function, {"*": 2}) == 0


def test_a_thread_that_was_started_before_is_seen(capsys):
    asked, found = queue.Queue(), queue.Queue()

    def work():
        while (args := asked.get()) is not None:
            found.put(cells.lstm_step(*args))

    def ask(*args):
        asked.put(args)
        return found.get()

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        assert award(20, "lstm.step", ask, {"*": 10}) == 0
        assert "Another thread of the notebook" in capsys.readouterr().out
    finally:
        asked.put(None)
        worker.join()


def test_threads_that_end_and_use_numpy_alone_are_allowed(capsys):
    def step(*args):
        with ThreadPoolExecutor(2) as pool:
            return pool.submit(own_step, *args).result()

    assert award(20, "lstm.step", step, {"*": 10}) == 20


def test_what_cannot_be_stopped_costs_no_other_task(capsys, monkeypatch):
    """Its thread stays behind; it is not the next function's."""
    monkeypatch.setattr(judge.guard, "PATIENCE", 0.2)
    done = threading.Event()
    late = lambda x, h, params: done.wait(20)  # noqa: E731
    try:
        assert award(10, "rnn.step", late, RUBRIC) == 0
        assert "could not be stopped" in capsys.readouterr().out
        assert award(10, "rnn.step", rnn, RUBRIC) == 10
    finally:
        done.set()


# ---- what marks is not to be changed


def _replace_check(function):
    one = dataclasses.replace(CHECKS["lstm.step"], reference=function)
    vars(checks)["CHECKS"]["lstm.step"] = one


def _set_reference(function):
    object.__setattr__(CHECKS["lstm.step"], "reference", function)


def _swap_code(function):
    CHECKS["lstm.step"].reference.__code__ = function.__code__


@pytest.mark.parametrize("change", [_replace_check, _set_reference, _swap_code])
def test_a_replaced_reference_pays_nothing_and_is_noticed(change, capsys):
    check, reference = CHECKS["lstm.step"], CHECKS["lstm.step"].reference
    code = reference.__code__

    def easy(x, state, params):
        h, c = state
        return (h + 1.0, 2.0 * c), None

    assert canary("lstm.step") == 0
    try:
        change(easy)
        assert award(20, "lstm.step", easy, {"*": 10}) == 0
        assert "not_allowed costs 20" in capsys.readouterr().out
        assert str(canary("lstm.step")) != "0.0"
    finally:
        CHECKS["lstm.step"] = check
        object.__setattr__(check, "reference", reference)
        reference.__code__ = code
    assert str(canary("lstm.step")) == "0.0"
    assert award(20, "lstm.step", own_step, {"*": 10}) == 20


PATCHES = [
    (checks.compare, "agree", lambda *args: np.array(True)),
    (trial, "same", lambda *args: True),
    (np, "tanh", lambda a: 0 * a),
    (np, "isclose", lambda *args, **options: np.array(True)),
    (judge.Result, "passed", property(lambda self: True)),
    (judge.Result, "__bool__", lambda self: True),
    (judge.Trial, "bad", lambda self: []),
    (grading, "_losses", lambda *args: {}),
    (cells, "lstm_step", lambda x, state, params: (state, None)),
]


@pytest.mark.parametrize(
    ("space", "name", "value"), PATCHES, ids=[name for _, name, _ in PATCHES]
)
def test_what_a_function_changes_while_it_runs_is_put_back(space, name, value, capsys):
    missing = object()
    before = vars(space).get(name, missing)

    def changes(x, state, params):
        setattr(space, name, value)
        return state, None

    assert award(20, "lstm.step", changes, {"*": 10}) == 0
    assert "It gives another value to" in capsys.readouterr().out
    assert vars(space).get(name, missing) is before
    assert award(20, "lstm.step", own_step, {"*": 10}) == 20


def test_a_change_of_code_is_put_back_too(capsys):
    code = trial.same.__code__

    def changes(x, state, params):
        trial.same.__code__ = (lambda a, b, floor=1e-7: True).__code__
        return state, None

    assert award(20, "lstm.step", changes, {"*": 10}) == 0
    assert trial.same.__code__ is code


def test_a_change_in_the_second_look_is_put_back_too(capsys):
    """The line that writes into an argument is looked for in one more call."""
    same = trial.same

    def writes(x, state, params):
        try:
            x += 1
        except ValueError:
            trial.same = lambda *args: True
            raise
        return state, None

    assert award(20, "lstm.step", writes, {"in_place": 1}) == 0
    assert trial.same is same


def _stages():
    """Moments at which something asks an object of a student's."""

    class Asked:
        def __init__(self, change):
            self.change = change

    class Signed(Asked):
        def __call__(self, x, state, params):
            return state, None

        @property
        def __signature__(self):
            self.change()
            raise AttributeError

    class Listed(Asked):  # no function at all
        def __array__(self, dtype=None, copy=None):
            self.change()
            return np.ones(3)

    class Shown(Asked):
        def __repr__(self):
            self.change()
            return "x"

    class Sought(Asked):
        def __call__(self, x, state, params):
            return state, None

        def __getattr__(self, name):
            if not name.startswith("_repr"):
                self.change()
            raise AttributeError(name)

    def shown(change):
        def step(x, state, params, extra, more, *, default=Shown(change)):  # noqa: B008
            return state, None

        return step

    def at_the_last_order(change):
        calls = []

        def step(x, state, params):
            calls.append(1)
            if len(calls) > 20:
                change()
            return state[0] + len(x), state[1]

        return step

    return {
        "signature": Signed,
        "array": Listed,
        "repr": shown,
        "attribute": Sought,
        "order": at_the_last_order,
    }


@pytest.mark.parametrize("stage", _stages())
@pytest.mark.parametrize("name", ["_losses", "_prices"])
def test_whenever_a_change_is_made_it_is_put_back(stage, name, capsys):
    before = getattr(grading, name)

    def change():
        setattr(grading, name, lambda *args: {})

    try:
        function = _stages()[stage](change)
        paid = award(20, "lstm.step", function, {"*": 10}, order="ofig")
        assert paid == 0 and getattr(grading, name) is before
    finally:
        setattr(grading, name, before)


@pytest.mark.parametrize("name", [task.check for task in TASKS] + ["lstm.half_life"])
def test_the_canary_is_quiet_and_earns_nothing(name, capsys):
    assert str(canary(name)) == "0.0"
    assert capsys.readouterr() == ("", "")


def test_the_canary_sings(monkeypatch):
    with pytest.raises(ValueError, match="lstm.stp"):
        canary("lstm.stp")
    assert str(canary()) == str(canary("lstm.step", "lstm.half_life")) == "0.0"
    for space, name, value, asked in (
        (trial, "same", lambda *args: True, "gru.step"),
        (judge.Result, "__bool__", lambda self: True, "gru.step"),
        (grading.Watch, "_called", lambda *args: None, "gru.step"),
        (grading, "reply_to", lambda *args: Reply("", passed=True), "gru.half_life"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(space, name, value)
            assert str(canary(asked)) != "0.0"
    assert str(canary("gru.step", "gru.half_life")) == "0.0"


# ---- who it is, and answers that are none

TYPED = {
    "composed": "Jos\u00e9",
    "decomposed": "Jose\u0301",
    "capitals": " JOS\u00c9\t",
    "zero width": "Jos\u200b\u00e9\u2060",
    "byte order mark": "\ufeffJos\u00e9",
    "direction": "\u202aJos\u00e9\u202c\u200e",
    "wide": "\uff2a\uff4f\uff53\u00e9",
}


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
def test_one_person_is_one_however_the_name_is_typed(typed, monkeypatch, capsys):
    name = "jos\u00e9"
    assert gate_order(typed) == gate_order(name)
    draws = [student_generator("x", one).random() for one in (typed, name)]
    assert draws[0] == draws[1]
    assert drawn("lstm.step", typed).text == drawn("lstm.step", name).text
    monkeypatch.setenv(grading.ENV, TYPED["decomposed"])
    assert grading.student_id(typed) == TYPED["decomposed"]
    assert capsys.readouterr().out == ""
    grading.student_id("joss")
    assert "whose work this is" in capsys.readouterr().out


def test_a_plain_name_keeps_its_numbers():
    """They stand in what students already have."""
    assert gate_order(" ADA ") == gate_order("ada") == "igof"
    assert gate_order(" BOB-17 ") == "fgio" and gate_order("x_1.y@z", "rzn") == "rnz"
    assert student_generator("x", "Ada Lovelace").integers(10**6) == 58183
    names = "bptt.adam bptt.two_steps classify.duel classify.parameters gates.best_of"
    texts = " ".join(drawn(name, "a  b").text for name in names.split())
    numbers = " ".join(re.findall(r"\d+(?:\.\d+)?", texts))
    assert hashlib.sha256(numbers.encode()).hexdigest()[:16] == "84e34f55d946581c"
    for blank in ("\u200b your id\u200b", "\ufeff", "Your ID"):
        with pytest.raises(ValueError, match="your own id"):
            grading.student_id(blank)


class Hostile:
    """Raises whatever it is asked for."""

    def __init__(self, error):
        self.error = error

    def _raise(self, *args, **options):
        raise self.error

    __float__ = __array__ = __repr__ = __len__ = __getitem__ = __bool__ = _raise


STRANGE = [
    10**400,
    10**5000,
    -(10**400),
    float("inf"),
    float("nan"),
    1j,
    1716 + 0j,
    np.complex128(1716 + 5j),
    np.array([1.0, 2.0]),
    np.array([]),
    np.array("x"),
    np.array([None]),
    np.ones((40, 40)),
    torch.ones(3),
    torch.tensor(1j),
    [1716, 1],
    {},
    set(),
    "",
    "much",
    "1" * 10**5,
    b"\xff",
    object(),
    object,
    len,
    Decimal("sNaN"),
    Hostile(ValueError("x")),
    Hostile(RuntimeError("x")),
    Hostile(SystemExit(1)),
    Hostile(KeyboardInterrupt()),
    Hostile(RecursionError()),
]


@pytest.mark.parametrize("k", range(len(STRANGE)))
def test_an_answer_that_is_none_costs_its_own_question_only(k, capsys):
    right = {"lstm.step": drawn("lstm.step", "ada").answer}
    names = ["lstm.parameters", "lstm.step"]
    given = {"lstm.parameters": STRANGE[k]} | right
    assert answers(9, "ada", given, names) == 4.5
    said = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in said] == names
    assert all(len(line) < 200 for line in said)


@pytest.mark.parametrize(
    "kind", [Decimal, Fraction, np.float64, np.array, torch.tensor]
)
def test_a_number_of_another_kind_is_one(kind, capsys):
    value = kind(float(drawn("lstm.step", "ada").answer))
    assert answers(9, "ada", {"lstm.step": value}, ["lstm.step"]) == 9


def test_answers_in_no_dict_are_none(capsys):
    class Odd(dict):
        def get(self, *args):
            raise RuntimeError

    for given in (None, 7, [], Odd()):
        assert answers(9, "ada", given, ["lstm.step"]) == 0


def test_the_right_number_stands_nowhere_while_an_answer_is_read(capsys):
    class Spy:
        def __float__(self):
            frame = sys._getframe()
            while frame:
                for value in list(frame.f_locals.values()):
                    if type(value).__name__ == "Drawn":
                        return float(value.answer)
                frame = frame.f_back
            return 0.5

    names = ["lstm.parameters", "lstm.step"]
    assert answers(9, "ada", dict.fromkeys(names, Spy()), names) == 0


def test_an_answer_that_changes_what_marks_pays_nothing(monkeypatch, capsys):
    class Changes:
        def __float__(self):
            questions._same = lambda *args: True
            return 0.5

    class Odd(dict):
        def get(self, *args):
            questions._same = lambda *args: True
            return 0.5

    same, names = questions._same, ["lstm.parameters", "lstm.step"]
    for given in (dict.fromkeys(names, Changes()), Odd()):
        assert answers(9, "ada", given, names) == 0
        assert questions._same is same
        assert "another value to rnnbook.questions._same" in capsys.readouterr().out


def test_a_print_costs_nothing(capsys):
    """It arrives at the checks' own end, which is no call of a library."""
    import sys

    def prints(x, h, params):
        print("here", x.shape, flush=True)
        sys.stdout.write("and here")
        print("there", file=sys.stderr)
        return rnn(x, h, params)

    assert award(10, "rnn.step", prints, RUBRIC, seed=5) == 10


def test_a_print_opens_no_way_to_a_library(capsys):
    """What a text that is printed calls is called by whoever wrote that text."""

    class Text(str):
        def count(self, *args):
            found.append(cells.rnn_step(*found[0])[0])
            return 0

    found: list = []

    def prints(x, h, params):
        import sys

        found[:] = [(x, h, params)]
        sys.stdout.write(Text("a"))
        return found[-1]

    assert award(10, "rnn.step", prints, RUBRIC, seed=5) == 0
