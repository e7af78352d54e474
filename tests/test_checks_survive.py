"""Whatever a beginner writes, a check ends in a sentence, and in time."""

import gc
import io
import subprocess
import sys
import threading
import time
import types
import warnings
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnbook import cells
from rnnbook.cells import lstm_step, rnn_step
from rnnbook.checks import CHECKS, check, guard
from rnnbook.checks.judge import Result
from rnnbook.checks.watch import Kept


def said(function, name="rnn.step") -> str:
    """What the check says of a function that fails, within five seconds of work."""
    before = time.process_time()
    result = check(name, function)
    assert time.process_time() - before < 5
    assert not result.passed and not result
    assert str(result).startswith("Not yet. " + name)
    return str(result)


def right(function, name="rnn.step") -> str:
    result = check(name, function)
    assert result.passed and result, str(result)
    return str(result)


# ---- exceptions, in their code


def helper(x):
    return x @ np.ones((7, 7))


def test_an_exception_is_reported_with_their_line():
    def step(x, h, params):
        a = x @ params["W_xh"]
        return np.tanh(a + undefined_name)  # noqa: F821

    text = said(step)
    line = step.__code__.co_firstlineno + 2
    assert f"NameError: name 'undefined_name' is not defined in line {line}" in text
    assert "of step: return np.tanh(a + undefined_name)" in text


def test_the_line_is_theirs_and_not_a_librarys():
    def step(x, h, params):
        return np.concatenate([x, np.zeros((9, 9))], axis=1)

    assert "of step: return np.concatenate([x" in said(step)

    def through_the_package(x, h, params):
        return rnn_step(x, h[:, :1], params)

    text = said(through_the_package)
    assert "of through_the_package: return rnn_step(x, h[:, :1], params)" in text


def test_the_innermost_of_their_functions_is_named():
    text = said(lambda x, h, params: helper(x))
    assert "of helper: return x @ np.ones((7, 7))" in text
    assert 'Shapes there: x (1, 2), h (1, 3), params["W_xh"] (2, 3)' in text


def test_a_cells_code_is_read_from_where_jupyter_keeps_it():
    import linecache

    source = "def step(x, h, params):\n    return x + nowhere\n"
    name = "<ipython-input-3-abc>"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    space = {}
    exec(compile(source, name, "exec"), space)
    assert "in line 2 of step: return x + nowhere" in said(space["step"])


def test_infinite_recursion():
    def step(x, h, params):
        return step(x, h, params)

    text = said(step)
    assert "RecursionError" in text and "calls itself again and again" in text
    assert "return step(x, h, params)" in text


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_what_would_end_the_program_does_not(error):
    def step(x, h, params):
        raise error("stop")

    assert f"it stops with {error.__name__}: stop in line" in said(step)


def test_sys_exit():
    def step(x, h, params):
        sys.exit(3)

    text = said(step)
    assert "SystemExit: 3" in text and "sys.exit(3)" in text


def test_an_exception_that_cannot_be_printed():
    class Odd(Exception):
        def __str__(self):
            raise ValueError

    def step(x, h, params):
        raise Odd

    assert "it stops with Odd in line" in said(step)


def test_a_long_exception_is_cut():
    def step(x, h, params):
        raise ValueError("abc " * 10_000)

    assert len(said(step)) < 1000


# ---- loops


def test_an_endless_loop_is_stopped():
    running = []

    def step(x, h, params):
        while True:
            running[:] = [time.perf_counter()]

    text = said(step)
    assert "did not come back within" in text and "whose condition never ends" in text
    assert "in line" in text and "of step" in text
    assert "restart" not in text
    last = running[0]
    time.sleep(0.05)
    assert running[0] == last  # it has really stopped


def test_a_loop_that_catches_everything_is_stopped_too():
    def step(x, h, params):
        while True:
            try:
                while True:
                    pass
            except:  # noqa: E722
                pass

    assert "did not come back" in said(step)


def test_what_cannot_be_stopped_is_left_with_advice(monkeypatch):
    monkeypatch.setattr(guard, "PATIENCE", 1)
    done = threading.Event()

    def step(x, h, params):
        done.wait(20)  # one call into C

    assert "could not be stopped" in said(step)
    done.set()


def test_a_loop_is_stopped_outside_the_main_thread():
    results = []

    def work():
        results.append(check("rnn.step", lambda x, h, params: loop()))

    def loop():
        while True:
            pass

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(60)
    assert "did not come back" in str(results[0])


def test_a_loop_in_a_later_case_names_it():
    def step(x, h, params):
        while len(x) == 5:
            pass
        return rnn_step(x, h, params)

    assert "case 3 of 5" in said(step)


# ---- the limit is work, not time


def test_waiting_is_no_work():
    """What a busy machine does to a right answer; it had one second on the clock."""

    def step(x, h, params):
        time.sleep(0.3)
        return rnn_step(x, h, params)

    right(step)


def test_a_right_answer_is_right_on_a_busy_machine():
    busy = "import time; end = time.time() + 60\nwhile time.time() < end: pass"
    others = [subprocess.Popen([sys.executable, "-c", busy]) for _ in range(6)]
    try:

        def step(x, h, params):
            end = time.thread_time() + 0.13  # six calls
            while time.thread_time() < end:
                pass
            return rnn_step(x, h, params)

        right(step)
    finally:
        for one in others:
            one.kill()
            one.wait()


def test_names_that_trade_places_are_put_back(monkeypatch):
    """Bound anew in an order in which the values stand as before."""
    module = types.ModuleType("rnnbook.traded")
    module.first, module.second = first, second = (lambda: 1), (lambda: 2)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with Kept() as kept:
        del module.first, module.second
        module.second, module.first = first, second
    assert kept.changed == ["rnnbook.traded.first", "rnnbook.traded.second"]
    assert (module.first(), module.second()) == (1, 2)
    with Kept() as kept:
        module.first()
    assert kept.changed == []


def test_what_lies_in_the_rest_of_the_notebook_costs_the_reader_no_time():
    """A full collection there takes longer than all that a check allows."""
    kept = [[] for _ in range(1_000_000)]
    before = time.thread_time()
    gc.collect()
    outside, inside = time.thread_time() - before, []

    def step(x, h, params):
        start = time.thread_time()
        gc.collect()
        inside.append(time.thread_time() - start)
        return rnn_step(x, h, params)

    right(step)
    assert len(kept) and max(inside) < outside / 3
    assert gc.get_freeze_count() == 0


def test_an_endless_loop_gets_one_second_of_work():
    used = [0.0]

    def step(x, h, params):
        while True:
            used[0] = time.thread_time()

    assert "did not come back within 1 s" in said(step)
    assert 0.9 < used[0] < 3  # where this process may be waiting for its turn


def test_an_import_is_no_work_of_the_readers(tmp_path, monkeypatch):
    """As ``from sklearn.metrics import ...`` in a function, on a slow machine."""
    source = "import time\nend = time.thread_time() + 1.2\n"
    source += "while time.thread_time() < end:\n    pass\n"
    (tmp_path / "slow_to_import.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)

    def step(x, h, params):
        import slow_to_import  # noqa: F401

        return rnn_step(x, h, params)

    right(step)


def test_what_only_the_clock_on_the_wall_has_stopped_is_tried_once_more(monkeypatch):
    monkeypatch.setattr(guard, "PATIENCE", 1)
    calls = []

    def slow_once(x, h, params):
        calls.append(1)
        for _ in range(150 if len(calls) == 1 else 0):
            time.sleep(0.01)  # stopped between two of these
        return rnn_step(x, h, params)

    right(slow_once)
    assert len(calls) == 7


def test_without_a_clock_for_each_thread_that_of_the_process_stands_in(monkeypatch):
    monkeypatch.delattr(time, "pthread_getcpuclockid", raising=False)
    right(rnn_step)
    calls = []

    def endless(x, h, params):
        calls.append(1)
        while True:
            pass

    assert "did not come back" in str(check("rnn.step", endless))
    assert len(calls) == 2  # another thread may have done the work


# ---- printing


def test_printing_is_not_shown_in_flood(capsys):
    def step(x, h, params):
        for i in range(3000):
            print("state", i)
            print("warning", file=sys.stderr)
        return rnn_step(x, h, params)

    text = right(step)
    assert "It printed 18000 lines" in text and "state 0" in text
    assert len(text) < 400 and capsys.readouterr() == ("", "")
    print("after")  # printing works again
    assert capsys.readouterr().out == "after\n"


def test_others_print_as_before(monkeypatch):
    outer = io.StringIO()
    monkeypatch.setattr(sys, "stdout", outer)
    quiet = guard._Quiet(outer)
    quiet.thread = -1
    quiet.write("from elsewhere")
    assert outer.getvalue() == "from elsewhere"


def test_warnings_are_not_shown(capsys):
    def step(x, h, params):
        warnings.warn("careful", stacklevel=1)
        np.log(np.zeros(2))
        return rnn_step(x, h, params)

    right(step)
    assert capsys.readouterr() == ("", "")


# ---- what is returned


def test_nothing_returned():
    def step(x, h, params):
        np.tanh(x @ params["W_xh"])

    text = said(step)
    assert "returns nothing" in text and "return h_next, cache" in text


def test_wrong_shape_and_rank():
    text = said(lambda x, h, params: rnn_step(x, h, params)[0][:, :2])
    assert "h_next should have shape (1, 3), and has shape (1, 2)" in text
    text = said(lambda x, h, params: rnn_step(x, h, params)[0][None])
    assert "should have shape (1, 3), and has shape (1, 1, 3)" in text
    text = said(lambda x, h, params: 0.5)
    assert "should have shape (1, 3), and has a single number" in text


def test_lists_are_read_as_arrays():
    text = right(lambda x, h, params: rnn_step(x, h, params)[0].tolist())
    assert "h_next is a list; it was read as an array" in text
    right(lambda x, h, params: [list(row) for row in rnn_step(x, h, params)[0]])
    right(lambda x, h, params: tuple(map(tuple, rnn_step(x, h, params)[0])))


def test_a_ragged_list_is_named():
    assert "of parts of unequal shapes" in said(lambda x, h, params: [[1, 2], [3]])


@pytest.mark.parametrize("dtype", [np.float32, np.longdouble])
def test_other_float_types_are_accepted(dtype):
    def step(x, h, params):
        p = {k: v.astype(dtype) for k, v in params.items()}
        return rnn_step(x.astype(dtype), h.astype(dtype), p)

    text = right(step)
    assert ("less strictly" in text) == (dtype != np.longdouble)


@pytest.mark.parametrize("name", ["rnn.step", "lstm.step", "gates.position_in_line"])
def test_float16_is_refused_in_words(name):
    """Its rounding would hide what is half a per cent off."""
    reference = CHECKS[name].reference

    def half(*args):
        out = reference(*args)
        out = out[0] if name.endswith("step") else out
        return tuple(map(np.float16, out)) if isinstance(out, tuple) else np.half(out)

    assert "is float16, whose three digits are too few" in said(half, name)
    listed = lambda *args: [half(*args)] * 2  # noqa: E731
    assert "is float16" in said(listed, name)


def test_float32_is_compared_up_to_its_own_rounding_and_no_further():
    def off(by, dtype=np.float32):
        return lambda x, h, p: (by * rnn_step(x, h, p)[0]).astype(dtype)

    right(off(1.0))
    for by in (1.0001, 0.9999, 1.001, 1.005):
        assert "departs first" in said(off(by))

    def folds(shift, dtype):
        def rows(n, start, memory, every):
            days = range(start, n, every)
            found = [(t - memory, t - shift, t, min(t + every, n)) for t in days]
            return np.array(found, dtype)

        return rows

    for dtype in (np.float32, np.int8, float):
        right(folds(0, dtype), "data.rolling_blocks")
        said(folds(1, dtype), "data.rolling_blocks")

    def nearly(kind):
        return lambda H, D: np.float32(CHECKS[kind].reference(H, D) * 1.00001)

    said(nearly("lstm.parameters"), "lstm.parameters")  # a count is a count


def test_rounding_is_recognised():
    def step(x, h, params):
        return rnn_step(x, h, params)[0].round(5)

    assert "right to about four digits" in said(step)


def test_a_mistake_is_named_in_float32_too():
    def step(x, h, params):
        return np.tanh(x @ params["W_xh"] + h @ params["W_hh"]).astype(np.float32)

    assert check("rnn.step", step).mistake == "bias_missing"


def test_nan_and_infinity_are_named():
    text = said(lambda x, h, params: rnn_step(x, h, params)[0] * np.nan)
    assert "where it is NaN" in text
    text = said(lambda x, h, params: rnn_step(x, h, params)[0] / 0)
    assert "where it is infinity" in text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1j * np.ones((1, 3)), "complex numbers"),
        (np.array([[object()]]), "holds objects"),
        ([[0.5, None, 1.0]], "None at index [0, 1], expected a number"),
        (np.nan * np.ones((1, 3)), "of a negative number"),
        ("0.5", "is a str"),
        ({"h": 1}, "a dict with h"),
        (len, "returns a function"),
        ((1, 2, 3), "3 values in place of 2"),
        (np.zeros((10**4, 10**4)), "has shape (10000, 10000)"),
        ([0] * 10**7, "far too long"),
        (ValueError("x"), "ValueError"),
        ((), "a tuple of 0"),
    ],
)
def test_odd_values_are_named(value, words):
    assert words in said(lambda x, h, params: value)


def test_a_line_of_a_compiled_library_is_not_the_readers():
    def shuffled(x, h, params):
        np.random.default_rng(0).shuffle(h)
        return rnn_step(x, h, params)[0]

    text = said(shuffled)
    assert "changes its argument" in text and "default_rng(0).shuffle(h)" in text


def test_an_object_within_a_pair_is_no_number():
    def pair(x, state, params):
        return (object(), state[1]), None

    assert "expected a number or an array" in said(pair, "lstm.step")


def test_generators_and_coroutines():
    def generator(x, h, params):
        yield rnn_step(x, h, params)

    async def coroutine(x, h, params):
        return rnn_step(x, h, params)

    text = said(generator)
    assert "a generator: it has a yield" in text and "list(...)" in text
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "a coroutine" in said(coroutine)


def test_what_gives_values_one_by_one_is_read():
    reference = CHECKS["gates.position_in_line"].reference
    right(lambda text: map(int, reference(text)), "gates.position_in_line")
    right(
        lambda text: dict(enumerate(reference(text))).values(), "gates.position_in_line"
    )
    text = said(lambda x, h, params: iter(int, 1))  # without end
    assert "far too long" in text


def test_a_tensor_that_holds_its_graph_is_named():
    torch = pytest.importorskip("torch")

    def step(x, h, params):
        return torch.tensor(rnn_step(x, h, params)[0], requires_grad=True)

    assert "still holds its graph; end with .detach()" in said(step)


@pytest.mark.parametrize("depth", [1, 5])
def test_a_list_that_holds_itself_is_no_answer(depth):
    def step(x, h, params):
        out = []
        for _ in range(depth):
            out = [out]
        out.append(out)
        return out

    said(step)


def test_the_wrong_number_of_values():
    def backward(dh_next, cache, params):
        return cells.rnn_step_backward(dh_next, cache, params)[:2]

    text = said(backward, "rnn.step_backward")
    assert "2 values in place of 3" in text and "return dx, dh, {" in text


def test_a_gradient_that_is_not_there():
    def backward(dh_next, cache, params):
        dx, dh, grads = cells.rnn_step_backward(dh_next, cache, params)
        del grads["W_hh"]
        return dx, dh, grads

    assert "The dict lacks W_hh." in said(backward, "rnn.step_backward")


def test_the_wrong_order_is_named():
    def swapped(x, state, params):
        (h, c), cache = lstm_step(x, state, params)
        return (c, h), cache

    result = check("lstm.step", swapped)
    assert result.mistake == "order"
    assert "You return c_next, h_next; asked for is h_next, c_next" in str(result)

    def gradients(dh_next, cache, params):
        dx, dh, grads = cells.rnn_step_backward(dh_next, cache, params)
        return dh, dx, grads

    assert check("rnn.step_backward", gradients).mistake == "order"


def test_the_wrong_gradient_is_named_and_the_right_ones_too():
    def backward(dh_next, cache, params):
        dx, dh, grads = cells.rnn_step_backward(dh_next, cache, params)
        grads["W_hh"][1, 2] += 1
        return dx, dh, grads

    text = said(backward, "rnn.step_backward")
    assert "dW_hh departs first at index [1, 2] (case 1 of 5: one example)" in text
    assert "Right: dx, dh, dW_xh, db_h." in text


def test_a_sequence_names_the_step_where_it_departs():
    from rnnbook import bptt

    def forward(step, x, state, params):
        h, last, caches = bptt.forward(step, x, state, params)
        h[:, 2:] += 0.1
        return h, last, caches

    assert "h departs first at time step 2 of 0 to 4" in said(forward, "rnn.forward")

    def backward(step_backward, dh, dlast, caches, params):
        dx, first, grads = bptt.backward(step_backward, dh, dlast, caches, params)
        dx[:, :4] += 0.1
        return dx, first, grads

    text = said(backward, "rnn.backward")
    assert "time step 3 of 0 to 4, the first on the way back" in text


# ---- what is passed, and what is kept


@pytest.mark.parametrize(
    ("value", "words"),
    [(3, "a single number"), (None, "None"), ("f", "a str"), (np.ones(2), "array")],
)
def test_not_a_function(value, words):
    text = said(value)
    assert "expected a function" in text and words in text and "my_step" in text


def test_the_wrong_signature():
    text = said(lambda x, h: h)
    assert "is called with (x, h, params), and its own arguments are (x, h)" in text
    right(lambda x, h, params, *, scale=1.0: rnn_step(x, h, params))
    right(lambda *args: rnn_step(*args))


def test_damage_to_the_inputs_is_named_with_its_line():
    def step(x, h, params):
        h *= 0.5
        h += 1
        return rnn_step(x, 2 * (h - 1), params)

    result = check("rnn.step", step)
    assert result.mistake == "in_place"
    text = str(result)
    assert "changes its argument h (case 1 of 5" in text
    line = step.__code__.co_firstlineno + 1
    assert f"in line {line} of step: h *= 0.5" in text


@pytest.mark.parametrize(
    ("damage", "path"),
    [
        (lambda x, state, params: params.update(b_h=0), 'params["b_h"]'),
        (lambda x, state, params: params.pop("b_h"), "params"),
        (lambda x, state, params: params["W_xh"].fill(0), 'params["W_xh"]'),
        (lambda x, state, params: state[1].fill(9), "c"),
        (lambda x, state, params: x.resize((9,), refcheck=False), "x"),
    ],
)
def test_any_argument_is_watched(damage, path):
    def step(x, state, params):
        out = lstm_step(x, state, params)
        damage(x, state, params)
        return out

    result = check("lstm.step", step)
    assert result.mistake == "in_place" and f"argument {path} " in str(result)


def test_what_hinders_most_is_said_first():
    """A function that damages its inputs and returns nothing is told the latter."""

    def step(x, h, params):
        h[:] = 0

    assert "returns nothing" in said(step)


def test_state_kept_between_calls_is_named():
    kept = [0.0]

    def step(x, h, params):
        kept[0] += 0.1
        return rnn_step(x, h, params)[0] + kept[0] - 0.1

    assert check("rnn.step", step).mistake == "not_repeatable"

    calls = []

    def right_at_first(x, h, params):
        calls.append(1)
        return rnn_step(x, h, params)[0] * (1 + (len(calls) > 5))

    assert check("rnn.step", right_at_first).mistake == "not_repeatable"


def test_the_case_can_be_tried_by_hand():
    result = check("rnn.step", lambda x, h, params: h)
    x, h, params = result.case
    assert x.shape == (1, 2) and set(params) == {"W_xh", "W_hh", "b_h"}


def test_the_message_in_markdown_keeps_their_code():
    def step(x, h, params):
        return h**2 @ "`**bold**`"

    result = check("rnn.step", step)
    assert 'return h**2 @ "`**bold**`"' in str(result)
    assert "`` return h**2" in result._repr_markdown_()
    assert isinstance(result, Result) and repr(result) == str(result)


# ---- random broken functions

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=3),
    st.complex_numbers(),
    st.just(np.nan),
    st.sampled_from([len, object(), Ellipsis, ValueError, slice(0, 2), np.float32(1)]),
)


@st.composite
def arrays(draw):
    shape = tuple(draw(st.lists(st.integers(0, 5), max_size=4)))
    dtype = draw(st.sampled_from("float64 float32 int64 bool complex128 U3 O".split()))
    return np.zeros(shape).astype(dtype)


VALUES = st.recursive(
    st.one_of(SCALARS, arrays()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(
            st.sampled_from(["W_xh", "dW_hh", "b_h", 1, None]), inner, max_size=4
        ),
        st.frozensets(st.integers(), max_size=2),
    ),
    max_leaves=8,
)
ERRORS = [
    ValueError,
    TypeError,
    StopIteration,
    MemoryError,
    SystemExit,
    RecursionError,
    BaseException,
    UserWarning,
    KeyError,
    type("Silent", (Exception,), {"__str__": lambda self: None}),
]


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
@given(
    name=st.sampled_from(sorted(set(CHECKS) - {"sampling.draw"})),
    value=VALUES,
    error=st.one_of(st.none(), st.sampled_from(ERRORS)),
    half=st.booleans(),
    hurt=st.booleans(),
    use=st.integers(0, 3),
)
def test_random_broken_functions_never_crash_a_check(
    name, value, error, half, hurt, use
):
    """They return anything, raise anything, damage arguments and print."""
    one, calls = CHECKS[name], []

    def broken(*args):
        calls.append(args)
        print(value)
        out = list(one.reference(*args)) if name == "data.streams" else None
        out = one.reference(*args) if out is None else out
        for arg in args if hurt else ():
            if isinstance(arg, np.ndarray):
                arg.fill(7)
            elif isinstance(arg, dict | list):
                arg.clear()
        if error and (not half or len(calls) % 2):
            raise error("because")
        if use and isinstance(out, tuple):  # something right, something not
            return (*out[: use - 1], value, *out[use:])
        return value

    result = check(name, broken)
    assert isinstance(result, Result) and len(str(result)) < 3000
    assert isinstance(result._repr_markdown_(), str)
    if error and not half:
        assert not result.passed


def test_random_draws_that_break():
    for value in (None, 1.5, 9, np.array([1, 2])):
        assert "sampling.draw" in said(lambda p, rng, v=value: v, "sampling.draw")


# ---- a real kernel


def test_in_a_jupyter_kernel():
    """A cell's line, an endless loop, readable output, and the kernel lives on."""
    import nbformat
    from nbclient import NotebookClient
    from nbformat.v4 import new_code_cell

    sources = [
        "import numpy as np\nfrom rnnbook.checks import check",
        "def my_step(x, h, params):\n    print('hello')\n    return np.tanh(x @ h)\n"
        "check('rnn.step', my_step)",
        "def endless(x, h, params):\n    while True:\n        print('on and on')\n"
        "check('rnn.step', endless)",
        "def forgetful(x, state, params):\n    from rnnbook.cells import lstm_step\n"
        "    h, c = state\n    return lstm_step(x, (h, 0 * c), params)\n"
        "check('lstm.step', forgetful)",
        "import time; time.sleep(0.2)\nprint('alive')",
    ]
    book = nbformat.v4.new_notebook(cells=[new_code_cell(s) for s in sources])
    NotebookClient(book, timeout=60, kernel_name="python3").execute()
    outputs = [cell.outputs for cell in book.cells]
    assert all(len(out) == 1 for out in outputs[1:])  # no stray print, no stderr
    shown = [out[0]["data"]["text/markdown"] for out in outputs[1:4]]
    assert "in line 3 of `my_step`: `return np.tanh(x @ h)`" in shown[0]
    assert "did not come back within" in shown[1] and "of `endless`" in shown[1]
    assert shown[2].startswith("**Not yet.** `lstm.step`:")
    assert outputs[4][0]["text"] == "alive\n"


@pytest.fixture
def no_threads(monkeypatch):
    """A system like a browser's: no thread starts, and no stack has a size."""

    def refuse(*args):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(guard.threading.Thread, "start", refuse)
    monkeypatch.setattr(guard.threading, "stack_size", refuse)
    monkeypatch.setattr(guard, "_said", [])


def test_without_threads_a_check_runs_where_it_was_called(no_threads, capsys):
    def right(x, h, params):
        print("mine")
        return np.tanh(x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])

    result = check("rnn.step", right)
    assert result.passed and "mine" in str(result)
    (line,) = capsys.readouterr().out.splitlines()
    assert "without a time limit" in line
    wrong = check("rnn.step", lambda x, h, params: np.tanh(x @ params["W_xh"]))
    assert not wrong and wrong.mistake and capsys.readouterr().out == ""
    broken = check("rnn.step", lambda x, h, params: 1 / 0)
    assert "ZeroDivisionError" in str(broken)
    left = check("rnn.step", lambda x, h, params: exec("raise SystemExit"))
    assert not left.passed and sys.stdout is not None


def test_without_threads_nothing_is_graded(no_threads):
    with pytest.raises(RuntimeError, match="nothing is graded"):
        guard.run([lambda: 1], around=suppress(KeyError))
