"""The explorers with trained networks: as good as they say, and computed as here."""

import re
import sys

import numpy as np
import pytest
from conftest import ROOT, without_formulas

from rnnbook import sampling
from rnnbook.cells import lstm_step

HERE = ROOT / "site" / "explorers"
sys.path[:0] = [str(HERE), str(ROOT / "experiments")]

import export  # noqa: E402  (site/ is no package)
from _translation import dates  # noqa: E402

CLOSE = 1e-5


@pytest.fixture(scope="module")
def page(kit):
    return kit


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


DATE = "saturday, 7 nov 2026"


def dated(text, forced=None, looks=None):
    """What NumPy writes, with signs of the reader's and looks of hers."""
    weights = export.read("attention")
    forced = {u: weights["target"].index(s) for u, s in (forced or {}).items()}
    steps = export.translated(weights, text, forced, looks)
    return export.spoken(weights, steps), steps


@pytest.mark.parametrize(
    "text, forced, looks",
    [
        (DATE, {}, {}),
        ("the 21st of march, 1987", {5: "1"}, {}),
        ("11/30/49", {}, {"all": "even"}),
        ("11/30/49", {0: "1", 3: "-"}, {"all": "left", 2: ""}),
        ("7.11.2026", {}, {"all": "right", 4: "2"}),
        ("nov", {}, {3: "0", 9: "99"}),
        ("", {}, {}),
    ],
)
def test_attention_states_and_weights_are_those_of_numpy(page, text, forced, looks):
    said, steps = dated(text, forced, looks)
    target = export.read("attention")["target"]
    got = page.evaluate(
        "([text, forced, looks]) => Explorer.registered.attention.translate(text, "
        "Explorer.arrived.attention, forced, looks).map(one => Object.fromEntries("
        "['s', 'a', 'p'].map(k => [k, [...one[k]]]).concat([['y', one.y]])))",
        [text, {u: target.index(s) for u, s in forced.items()}, looks],
    )
    for one, found in zip(steps, got, strict=True):
        assert one["y"] == found["y"]
        for ours, theirs in (("h", "s"), ("a", "a"), ("p", "p")):
            assert np.abs(one[ours] - found[theirs]).max() < CLOSE
    if not forced and not looks:  # the probabilities that it learned are those of p
        plain = page.evaluate(
            "text => Explorer.registered.attention"
            ".translate(text, Explorer.arrived.attention).map(one => [...one.plain])",
            text,
        )
        assert all(np.allclose(a["p"], b) for a, b in zip(steps, plain, strict=True))


def test_the_numpy_reference_is_the_chapters_own_network():
    """One forward pass of ``experiments/_translation.py`` with the same weights."""
    import torch
    from _translation import EOS, PAD, Translator, batch

    weights = export.read("attention")
    rng = np.random.default_rng(0)
    model = Translator(
        len(weights["source"]), len(weights["target"]), True, E=32, H=64, dropout=0.0
    ).double()
    with torch.no_grad():
        for one in model.parameters():
            one.copy_(torch.tensor(rng.normal(0, 0.3, size=tuple(one.shape))))
    ours = export.by_step(model) | {k: weights[k] for k in ("source", "target")}
    ids = [weights["source"].index(s) for s in DATE]
    y = [1, 7, 9, 4, 5]
    with torch.inference_mode():
        x, length = batch([[*ids, EOS]])
        states, h = model.encode(x, length)
        scores, _, a = model.decode(torch.tensor([y]), h, states, x != PAD)
        barred = [weights["target"].index(s) for s in export.BARRED]
        scores[..., barred] = -torch.inf
        p = scores.softmax(2)[0].numpy()
    steps = export.translated(ours, DATE, dict(enumerate(y[1:])), limit=len(y))
    assert np.abs(p - [one["p"] for one in steps]).max() < CLOSE
    assert np.abs(a[0].numpy() - [one["a"] for one in steps]).max() < CLOSE


def test_the_translator_is_as_good_as_it_says():
    weights = export.read("attention")
    assert export.whole(weights) == weights["whole"] >= 0.99


def test_what_the_answer_of_attention_says():
    said, steps = dated(DATE)
    assert said == "2026-11-07"
    digits = [u for u, s in enumerate(said) if s != "-"]
    weekday = DATE.index(",")
    assert max(steps[u]["a"][:weekday].max() for u in digits) < 0.01
    place = DATE.index("nov")
    assert {steps[u]["a"].argmax() for u in (5, 6)} <= {place, place + 1, place + 2}
    for other in ("monday", "tuesday", "sunday"):
        assert dated(DATE.replace("saturday", other))[0] == said
    assert dated(DATE, looks={"all": "even"})[0] == "2001-05-00"
    for t, s in enumerate(DATE):
        if s.isdigit():  # led there for the last digit of the year
            assert dated(DATE, looks={3: str(t)})[0] == f"202{s}-11-07"
    assert dated(DATE, {5: "0"})[0] == "2026-01-07"
    rows = dates(300, np.random.default_rng(7), held_out=True)
    blind = [dated("".join(x), looks={"all": "even"})[0] for x, _ in rows]
    form = [re.fullmatch(r"\d{4}-\d\d-\d\d", one) is not None for one in blind]
    assert np.mean(form) > 0.95
    assert not any(one == "".join(y) for one, (_, y) in zip(blind, rows, strict=True))
    text = (HERE / "attention.md").read_text(encoding="utf-8")
    assert "2001-05-00" in text and "it writes 01" in " ".join(text.split())


def test_every_way_to_write_a_date_is_read(page):
    examples = page.evaluate("Explorer.registered.attention.EXAMPLES")
    wanted = ["2026-11-07", "1987-03-21", "2049-11-30", "2026-11-07", "2026-11-07"]
    assert [dated(text)[0] for text in examples] == [*wanted, "1962-12-24"]


DATES = {
    "7 nov 2026": True,
    "monday, 7.11.26": True,
    "sept 3rd, 1999": True,
    "feb 29, 2024": True,
    "feb 29, 2023": False,
    "13/31/26": False,
    "31.13.2026": False,
    "7 nov 1850": False,
    "nov 2026": False,
    "hello": False,
    "": False,
    "12 345": False,
    "2026-11-07": False,  # the year stands last in all that it read
}


def test_a_date_is_told_from_what_is_none(page):
    is_date = "text => Explorer.registered.attention.isDate(text)"
    examples = page.evaluate("Explorer.registered.attention.EXAMPLES")
    rows = dates(300, np.random.default_rng(3), held_out=True)
    for text in [*examples, *("".join(x) for x, _ in rows)]:
        assert page.evaluate(is_date, text), text
    for text, wanted in DATES.items():
        assert page.evaluate(is_date, text) == wanted, text


@pytest.fixture
def played(browser, book):
    """Open a chapter, go to its explorer and wait until it is there."""
    page = without_formulas(browser.new_page(reduced_motion="reduce"))

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
    hears(page, "After 28 of 28 rows: most likely 1")
    page.locator("[data-explorer=digit] input[type=range]").focus()
    page.keyboard.press("ArrowLeft")
    hears(page, "After 27 of 28 rows: most likely 1")  # as the slider beside it says


def test_the_writer_and_the_gates_are_played_by_keyboard_alone(played):
    page = played("21-text-generation", "writer")
    page.locator("[data-explorer=writer] input").first.focus()
    for _ in range(5):  # four sliders, and the first button
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    hears(page, "200 characters are written")
    page.locator("[data-explorer=writer] input").first.fill("R\u00f6meo: \u00e9")
    said = page.locator("[data-explorer=writer] p.small").inner_text()
    assert said.endswith("Unknown to it and left out: \u00f6 \u00e9")
    page = played("14-inside-the-gates", "gates")
    page.locator("[data-explorer=gates] textarea").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("\u00e9")
    hears(page, "Two characters that it knows are the least.")
    page.keyboard.type("And then")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")  # hold the cell
    hears(page, "held at its mean")


def test_attention_is_led_by_keyboard_alone(played):
    page = played("26-translation", "attention")
    box = page.locator("[data-explorer=attention]")

    def press(*keys):
        for key in keys:
            page.keyboard.press(key)

    box.locator("input[type=text]").focus()
    press("Tab", "Tab", "Enter")  # the examples, next sign
    hears(page, "Sign 2: it looks at")
    press("Tab", "Enter")  # all signs
    hears(page, "The whole date: 2026-11-07.")
    press("Tab", "Enter")  # back, from the end to the last digit of the day
    hears(page, "Sign 10: it looks at 7")
    assert "and writes 7" in box.locator(".explorer-words").inner_text()
    press("Tab", "ArrowDown")  # where it looks: everywhere alike
    hears(page, "by hand it looks at no place more than 5")
    press("Tab", "Tab", "End", "ArrowLeft")  # this sign only, the place: the last digit
    hears(page, "by hand it looks at 6 (place 20, 100")
    hears(page, "The whole date: 2026-11-06.")
    press("Tab", "3")  # it writes
    hears(page, "must write 3")
    press("Tab", "Space")  # hands off
    hears(page, "The whole date: 2026-11-07.")
    box.locator("input[type=text]").focus()
    press("Control+A")
    page.keyboard.type("9 z 1")
    hears(page, "left out: z")
    hint = box.locator(".attention-expects")
    assert hint.inner_text().startswith("It expects a date of 1950 to 2049")
    hears(page, "It answers anyway.")
    press("Control+A")
    page.keyboard.type("3 may 1990")
    hears(page, "Sign 1:")
    assert "expects" not in hint.inner_text()
    press("Control+A")
    page.keyboard.type("wednesday, the 23rd of september, 1998")
    hears(page, "The field is full: it takes 28 signs.")
