"""The explorers with trained networks: as good as they say, and computed as here."""

import sys

import numpy as np
import pytest
from conftest import ROOT

from rnnbook import sampling
from rnnbook.cells import lstm_step

HERE = ROOT / "site" / "explorers"
sys.path.insert(0, str(HERE))

import export  # noqa: E402  (site/ is no package)
import pictures  # noqa: E402

CLOSE = 1e-5


@pytest.fixture(scope="module")
def page(browser):
    """The explorers' programs with their weights, unpacked as a page does it."""
    page = browser.new_page(reduced_motion="reduce")
    pictures.load(page)
    yield page
    page.close()


def test_digit_beliefs_and_states_are_those_of_numpy(page):
    weights = export.read("digit")
    for seed in range(3):
        x = np.random.default_rng(seed).random((28, 28))
        got = page.evaluate(
            "x => Explorer.registered.digit"
            ".read(Float64Array.from(x), Explorer.arrived.digit)"
            ".map(({state, belief}) => [[...state.h], [...state.c], belief])",
            x.ravel().tolist(),
        )
        h, c = export.states(weights, x[:, None])
        z = np.exp(export.logits(weights, h[:, 0]))
        for t, (h_t, c_t, belief) in enumerate(got):
            assert np.abs(h[t, 0] - h_t).max() < CLOSE
            assert np.abs(c[t, 0] - c_t).max() < CLOSE
            assert np.abs(z[t] / z[t].sum() - belief).max() < CLOSE


def test_digits_drawn_by_the_explorer_are_read_and_one_fools_it(page):
    got = page.evaluate(
        """() => {
          const {EXAMPLES, prepare, read} = Explorer.registered.digit;
          return Object.fromEntries(Object.entries(EXAMPLES).map(([k, lines]) => {
            const p = read(prepare(lines), Explorer.arrived.digit)[27].belief;
            return [k, p.indexOf(Math.max(...p))];
          }));
        }"""
    )
    assert [got[str(k)] for k in range(10)] == list(range(10))
    assert got["fools"] != 7


def test_the_digit_network_is_as_good_as_it_says():
    from rnnbook.data import load_mnist

    data = load_mnist()
    if data.name != "MNIST":
        pytest.skip("needs MNIST")
    weights = export.read("digit")
    x, y = data.test.images / 255, data.test.labels
    assert abs(export.accuracy(weights, x, y) - weights["accuracy"]) < 1e-4
    assert weights["accuracy"] > 0.98


@pytest.mark.parametrize("held", [None, 13])
def test_gates_states_are_those_of_numpy_with_a_cell_held_too(page, held):
    weights = export.read("gates")
    text = 'A string, or "None".\nThen it'
    got = page.evaluate(
        "([text, held]) => Explorer.registered.gates"
        ".read(text, Explorer.arrived.gates, held)"
        ".map(({state}) => Object.fromEntries('ifgoch'.split('').map("
        "k => [k, [...state[k]]])))",
        [text, held],
    )
    layer = {k: weights[k] for k in ("W_xh", "W_hh", "b_h")}
    h = c = np.zeros((1, 96))
    for s, found in zip(text, got, strict=True):
        x = np.eye(len(weights["symbols"]))[[weights["symbols"].index(s)]]
        (h, c), cache = lstm_step(x, (h, c), layer)
        if held is not None:
            c[:, held] = weights["means"][held]
            h = cache[6] * np.tanh(c)
        for key, value in zip("ifgo", cache[3:7], strict=True):
            assert np.abs(value[0] - found[key]).max() < CLOSE
        assert np.abs(h[0] - found["h"]).max() < CLOSE
        assert np.abs(c[0] - found["c"]).max() < CLOSE


def test_what_the_answer_says_of_held_cells(page):
    weights = export.read("gates")
    costs = page.evaluate(
        """() => {
          const {read, bits, BEGIN} = Explorer.registered.gates;
          const whole = bits(read(BEGIN, Explorer.arrived.gates));
          return [...Array(96).keys()].map(
            k => bits(read(BEGIN, Explorer.arrived.gates, k)) - whole);
        }"""
    )
    assert weights["position"] == 13 and abs(costs[13]) < 0.005
    assert np.argmax(costs) == 38 and round(costs[38], 2) == 0.23
    assert np.median(np.abs(costs)) < 0.01
    text = (HERE / "gates.md").read_text(encoding="utf-8")
    assert all(said in text for said in ("cell 38", "0.23", "cell 13"))


@pytest.mark.parametrize("seed", range(3))
def test_rules_of_choice_are_those_of_the_course(page, seed):
    z = np.random.default_rng(seed).normal(0, 2, size=65)
    for tau, k, top, low in (
        *((0.5, 65, 1, 0), (1.0, 5, 1, 0), (1.3, 65, 0.9, 0)),
        *((1.5, 65, 1, 0.1), (1.0, 20, 0.8, 0.05)),
    ):
        got = page.evaluate(
            "([z, rules]) => [...Explorer.registered.writer.choose(z, rules)]",
            [z.tolist(), {"tau": tau, "k": k, "top": top, "low": low}],
        )
        p = sampling.top_k(sampling.temperature(z, tau), k)
        p = sampling.top_p(p, top) if top < 1 else p
        p = sampling.min_p(p, low) if low else p
        assert np.abs(p - got).max() < CLOSE
    greedy = page.evaluate(
        "z => [...Explorer.registered.writer.choose(z, {tau: 0})]", z.tolist()
    )
    assert np.argmax(greedy) == z.argmax() and sum(greedy) == 1


def test_the_writers_network_is_as_good_as_it_says():
    from rnnbook.data import load_shakespeare

    plays = load_shakespeare()
    if plays.name != "Tiny Shakespeare":
        pytest.skip("needs Tiny Shakespeare")
    weights = export.read("writer")
    ids = [
        weights["symbols"].index(s) for s in plays.text[int(0.9 * len(plays.text)) :]
    ]
    assert abs(export.bits(weights, ids) - weights["bits"]) < 1e-3
    assert weights["bits"] < 2.4


@pytest.fixture
def played(browser, book):
    """Open a chapter, go to its explorer and wait until it is there."""
    page = browser.new_page(reduced_motion="reduce")

    def go(chapter, name):
        page.goto((book / "chapters" / f"{chapter}.html").as_uri())
        page.locator(f"[data-explorer={name}]").scroll_into_view_if_needed()
        page.wait_for_selector(f"[data-explorer={name}][data-state=here]")
        return page

    yield go
    page.close()


def hears(page, text):
    said = "t => document.querySelector('.explorer-words').textContent.includes(t)"
    page.wait_for_function(said, arg=text, timeout=5000)


def test_a_digit_is_drawn_by_keyboard_alone(played):
    page = played("22-mnist-rows", "digit")
    page.locator(".pad").focus()
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Clear
    hears(page, "The pad is empty")
    page.locator(".pad").focus()
    page.keyboard.press("Space")
    for _ in range(15):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    hears(page, "most likely 1")


def test_the_writer_and_the_gates_are_played_by_keyboard_alone(played):
    page = played("21-text-generation", "writer")
    page.locator("[data-explorer=writer] input").first.focus()
    for _ in range(5):  # four sliders, and the first button
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    hears(page, "200 characters are written")
    page = played("14-inside-the-gates", "gates")
    page.locator("[data-explorer=gates] textarea").focus()
    page.keyboard.type("And then")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")  # hold the cell
    hears(page, "held at its mean")
