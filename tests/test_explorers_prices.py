"""The games of chapter 23: charts, forecasts and chance are those of NumPy, SciPy."""

import re
import sys

import numpy as np
import pytest
from conftest import ROOT, without_formulas
from scipy.stats import binomtest

HERE = ROOT / "site" / "explorers"
sys.path.insert(0, str(HERE))

import export  # noqa: E402  (site/ is no package)

CLOSE = 1e-5
GAMES = ("walk", "network", "nearer")


@pytest.fixture(scope="module")
def page(kit):
    return kit


@pytest.fixture(scope="module")
def data():
    stored = export.read("prices")
    return stored | {"cents": np.array(stored["cents"])}


DRAW = """([game, seeds]) => seeds.flatMap(seed => Explorer.registered.prices
  .draw(game, seed, Explorer.arrived.prices).map(one => one()))"""


def random(seed):
    """mulberry32, as ``kit.js`` has it."""
    a, full = seed & 0xFFFFFFFF, 0xFFFFFFFF
    while True:
        a = (a + 0x6D2B79F5) & full
        t = ((a ^ (a >> 15)) * (a | 1)) & full
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & full)) & full
        yield ((t ^ (t >> 14)) & full) / 2**32


def chart(cents, unit):
    """A price of 101 days, and what it is."""
    real, gauss = next(unit) < 0.5, next(unit) < 0.5
    while True:
        start = int(next(unit) * (len(cents) - 100))
        if (cents[start : start + 101] > 0).all():
            break
    r = np.diff(np.log(cents[start : start + 101]))
    if not real and gauss:
        pairs = np.array([(next(unit), next(unit)) for _ in r])
        z = np.sqrt(-2 * np.log(1 - pairs[:, 0])) * np.cos(2 * np.pi * pairs[:, 1])
        r = r.mean() + r.std() * z
    elif not real:
        r = r[[int(next(unit) * 100) for _ in r]]
    kind = "real" if real else "gauss" if gauss else "drawn"
    return kind, 100 * np.exp(np.cumsum([0, *r]))


@pytest.mark.parametrize("seed", [0, 1, 2, 77])
def test_charts_are_those_of_numpy(page, data, seed):
    got = page.evaluate(DRAW, ["walk", [seed]])
    unit = random(1000 * seed)
    for one in got:
        kind, price = chart(data["cents"], unit)
        assert (kind, kind != "real") == (one["kind"], bool(one["truth"]))
        assert np.abs(price - one["price"]).max() < CLOSE


def test_a_walk_has_the_drift_and_the_volatility_of_its_slice(page, data):
    for one in page.evaluate(DRAW, ["walk", list(range(1, 30))]):
        start, r = one["start"], np.diff(np.log(one["price"]))
        true = np.diff(np.log(data["cents"][start : start + 101]))
        if one["kind"] == "real":
            assert np.abs(r - true).max() < CLOSE
            continue
        # 100 draws: their mean and their spread are not far from those of the slice
        assert abs(r.mean() - true.mean()) < 0.5 * true.std()
        assert 0.4 < r.std() / true.std() < 1.9
        if one["kind"] == "drawn":
            assert np.abs(r[:, None] - true).min(1).max() < CLOSE


@pytest.mark.parametrize("seed", [1, 2, 77])
def test_the_forecasts_are_those_of_numpy(page, data, seed):
    for place, game in ((1, "network"), (2, "nearer")):
        unit = random(1000 * seed + place)
        for n, one in enumerate(page.evaluate(DRAW, [game, [seed]])):
            starts = len(data["cents"]) - 20 - data["test"] + 1
            start = data["test"] + int((n + next(unit)) * starts / 10)
            first = int(next(unit) >= 0.5)
            days = np.arange(start, start + 20)
            network = export.next_day(data, data["cents"], days)
            scale = 100 / data["cents"][start]
            lines = [network, data["cents"][days - 1]]
            truth = data["cents"][days]
            errors = [scale * np.abs(line - truth).mean() for line in lines]
            assert one["first"] == first
            assert np.abs(scale * truth - one["price"]).max() < CLOSE
            for k in (0, 1):
                assert np.abs(scale * lines[k] - one["lines"][k ^ first]).max() < CLOSE
            assert np.abs(np.array(errors) - one["errors"]).max() < CLOSE
            winner = first if errors[0] < errors[1] else 1 - first
            assert one["truth"] == (first if game == "network" else winner)


def test_chance_and_its_interval_are_those_of_scipy(page):
    for k, n in [(0, 10), (3, 10), (8, 10), (10, 10), (0, 40), (23, 40), (391, 700)]:
        got, low, high = page.evaluate(
            "([k, n]) => { const {atLeast, interval} = Explorer.registered.prices;"
            "return [atLeast(k, n), ...interval(k, n)]; }",
            [k, n],
        )
        test = binomtest(k, n, alternative="greater")
        exact = binomtest(k, n).proportion_ci(method="exact")
        assert abs(got - test.pvalue) < CLOSE
        assert abs(low - exact.low) < CLOSE and abs(high - exact.high) < CLOSE


def test_every_game_is_a_fair_coin(page):
    """Whoever guesses is right half of the time: by kinds and by places."""
    for game in GAMES:
        many = range(1, 201) if game == "walk" else range(1, 11)
        truths = [one["truth"] for one in page.evaluate(DRAW, [game, list(many)])]
        assert binomtest(sum(truths), len(truths)).pvalue > 0.01


def test_the_network_is_as_good_as_it_says_and_never_saw_its_days(data):
    cents, t = data["cents"], np.arange(data["test"], len(data["cents"]))
    error = np.abs(export.next_day(data, cents, t) - cents[t]).mean()
    ratio = error / np.abs(cents[t - 1] - cents[t]).mean()
    assert abs(ratio - data["ratio"]) < 1e-3 and ratio > 1
    last, window = 1047, data["window"]
    cut = int(0.8 * (last - window))
    assert data["test"] == len(cents) - last + window + cut
    assert (data["low"], data["high"]) == (cents[-last:].min(), cents[-last:].max())


def test_the_prices_are_those_of_the_eia(data):
    from rnnbook.data import DataUnavailable

    try:
        days, price = export.oil()
    except DataUnavailable:
        pytest.skip("needs the prices of crude oil")
    assert np.abs(price - data["cents"] / 100).max() < CLOSE
    for year, first in enumerate(data["years"], 1986):
        assert days[first][:4] == str(year)
        assert not first or days[first - 1][:4] == str(year - 1)


def test_what_the_answer_says(page, data):
    text = (HERE / "prices.md").read_text(encoding="utf-8")
    said = dict.fromkeys(re.findall(r"[\d.]+ %", text))
    chance = [binomtest(k, 10, alternative="greater").pvalue for k in (8, 9)]
    lowest = binomtest(10, 10).proportion_ci(method="exact").low
    charts = page.evaluate(DRAW, ["walk", list(range(1, 401))])
    r = np.diff(np.log([one["price"] for one in charts]), axis=1)
    largest = np.abs(r - r.mean(1, keepdims=True)).max(1) / r.std(1)
    kinds = np.array([one["kind"] for one in charts])
    called = {kind: (largest > 3)[kinds == kind].mean() for kind in set(kinds)}
    gauss, drawn = (
        (called["real"] + 1 - called[kind]) / 2 for kind in ("gauss", "drawn")
    )
    cents, t = data["cents"], np.arange(data["test"], len(data["cents"]))
    errors = np.abs(export.next_day(data, cents, t) - cents[t])
    naive = np.abs(cents[t - 1] - cents[t])
    stretches = np.ones(20) / 20
    mean = [np.convolve(e, stretches, "valid") for e in (errors, naive)]
    nearer = (mean[1] < mean[0]).mean()
    ours = [f"{100 * p:.1f} %" for p in chance]
    ours += [f"{100 * p:.0f} %" for p in (lowest, gauss, drawn, nearer)]
    assert list(said) == ours


# --- played -------------------------------------------------------------------------


@pytest.fixture
def game(browser, book):
    page = without_formulas(browser.new_page(reduced_motion="reduce"))
    page.goto((book / "chapters" / "23-stock-prediction.html").as_uri())
    page.locator("[data-explorer=prices]").scroll_into_view_if_needed()
    page.wait_for_selector("[data-explorer=prices][data-state=here]")
    yield page
    page.close()


HEARD = """text => document.querySelector('.explorer-words').textContent
  .replaceAll('\\u00a0', ' ').includes(text)"""


def hears(page, text):
    page.wait_for_function(HEARD, arg=text, timeout=5000)


def test_a_round_is_played_by_keyboard_alone_and_counts_once(game):
    truths = [
        one["truth"]
        for one in game.evaluate(
            "() => Explorer.registered.prices.draw('walk', 1, Explorer.arrived.prices)"
            ".map(one => one())"
        )
    ]
    hears(game, "Chart 1 of 10")
    keys = game.keyboard

    def play():
        """Right eight times, wrong twice; the button of 'real' has the focus."""
        for n, truth in enumerate(truths):
            answer = truth if n < 8 else 1 - truth
            for key in ("Tab", "Enter", "Shift+Tab") if answer else ("Enter",):
                keys.press(key)

    game.locator("[data-explorer=prices] select").focus()
    keys.press("Tab")
    keys.press("Enter")  # and another opinion of the first chart
    hears(game, "Chart 2 of 10")
    keys.press("Tab")
    keys.press("Tab")
    keys.press("ArrowLeft")
    keys.press("Space")
    hears(game, "Chart 1 of 10")
    for _ in range(2):
        keys.press("Shift+Tab")
    # The first chart is marked already: it is marked anew.
    play()
    hears(game, "8 of 10 right")
    hears(game, "5.5 % do as well or better")
    hears(game, "44 % to 97 %")
    hears(game, "All your rounds: 8 of 10")
    strip = game.locator("[data-explorer=prices] .explorer-switches button")
    assert strip.all_inner_texts() == ["✓"] * 8 + ["✗"] * 2
    keys.press("Enter")  # too late
    assert strip.all_inner_texts() == ["✓"] * 8 + ["✗"] * 2
    score = game.locator(".prices-score")
    assert "Right." in score.inner_text()
    # The same round once more, all called real: it is not counted again.
    seed = game.locator("[data-explorer=prices] input[type=number]")
    seed.fill("2")
    keys.press("Tab")
    seed.fill("1")
    keys.press("Tab")
    game.locator(".prices-answers button").first.focus()
    for _ in range(10):
        keys.press("Enter")
    hears(game, f"{10 - sum(truths)} of 10 right")
    hears(game, "All your rounds: 8 of 10")


def test_the_other_games_open_and_say_the_truth(game):
    for name in GAMES[1:]:
        game.locator("[data-explorer=prices] select").select_option(name)
        hears(game, "Chart 1 of 10")
        label = game.locator(".prices-sheet svg[role=img]").get_attribute("aria-label")
        assert len(re.findall(r"\d+\.\d", label)) == 60  # price, A and B of 20 days
        for _ in range(10):
            game.locator(".prices-answers button").first.click()
        hears(game, "of 10 right")
        title = game.locator(".prices-sheet text").first.text_content()
        assert re.match(r"[AB]: the network, error \d", title)


def test_the_games_say_what_is_compared_and_the_end_says_the_result_first(game):
    """On a phone the words below are out of sight: the chart itself says it."""
    for name, words in (("network", "one line is the LSTM"), ("nearer", "erred less")):
        game.locator("[data-explorer=prices] select").select_option(name)
        hears(game, "yesterday's price")
        assert words in game.locator(".prices-sheet svg[role=img]").inner_html()
    for _ in range(10):
        game.locator(".prices-answers button").first.press("Enter")
    score = game.locator(".prices-score").inner_text()
    assert re.match(r"\d+ of 10 right\. Chart 1: A\. (Right|Wrong)\.", score)
