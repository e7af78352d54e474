"""Points for a task: what is right, what a known mistake costs, what is not allowed."""

import numpy as np
import pytest
import torch

from rnnbook import bptt, cells, grading
from rnnbook.grading import answers, award, check_packed, gate_order, in_order
from rnnbook.questions import drawn

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
        "def run(x, h, p):\n    out = []\n    for t in range(x.shape[1]):\n"
        "        h, cache = step(x[:, t], h, p)\n        out.append(h)\n"
        "    return np.stack(out, 1), h\n"
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
