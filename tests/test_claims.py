"""Claims: rules that can say each verdict, and a page that says what they say."""

import ast
import importlib
import math
import re
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from scipy.stats import ttest_ind

from rnnbook import claims, evidence
from rnnbook.claims import believed
from rnnbook.claims.shown import Table
from rnnbook.claims.untested import UNTESTED
from rnnbook.data import DataUnavailable

ROOT = Path(__file__).resolve().parent.parent
PAGE = "41-claims-tested"
SAID = [pytest.param(c, id=name) for name, c in claims.CLAIMS.items()]


@pytest.fixture(scope="module")
def book():
    return nbformat.read(ROOT / "chapters" / f"{PAGE}.ipynb", as_version=4)


@pytest.mark.parametrize("claim", SAID)
def test_a_rule_gives_a_verdict_from_the_results(claim):
    found = claims.judged(claim.name)
    assert found.verdict in claims.VERDICTS and found.unit
    assert found.sentence.endswith(".") and "nan" not in found.sentence.lower()
    runs = [v for group in found.groups.values() for v in group]
    assert len(found.groups) > 1 or len(runs) > 3  # a control, or several seeds
    assert all(map(math.isfinite, runs))
    assert claim.control.endswith(".") and claim.rule.endswith(".") and claim.source
    assert (ROOT / "chapters" / f"{claim.page}.ipynb").exists() or claim.page[
        :2
    ] == "20"


def test_the_page_shows_what_the_rules_say(book):
    shown = {}
    for cell in book.cells:
        for output in cell.get("outputs", []):
            html = "".join(output.get("data", {}).get("text/html", ""))
            soup = BeautifulSoup(html, "html.parser")
            for row in soup.select("table.claims > tbody > tr[id]"):
                name = row["id"].removeprefix("claim-")
                cells = row.find_all("td", recursive=False)
                shown[name] = (cells[1].get_text(), cells[0].find("p").get_text())
    assert list(shown) == list(claims.CLAIMS)  # each once, in one table
    for name, (verdict, sentence) in shown.items():
        found = claims.judged(name)
        assert (verdict, sentence) == (found.verdict, found.sentence), name


def test_no_table_of_the_page_is_cut(book):
    htmls = [
        "".join(output.get("data", {}).get("text/html", ""))
        for cell in book.cells
        for output in cell.get("outputs", [])
    ]
    assert sum("<td" in html for html in htmls) >= 5
    assert not [html for html in htmls if re.search(r"\.\.\.\s*</t[dh]>", html)]


def test_rows_about_layers_give_what_the_committed_rule_gives():
    """The table of 90 records is there, and one layer manages some of its runs."""
    (table,) = claims.tables(claims.one("layers-for-memory"))
    assert len(table) == 90 and claims.one("layers-for-memory").asked
    found = claims.judged("layers-for-memory")
    one = [v for k, runs in found.groups.items() if k.startswith("one ") for v in runs]
    assert 0 < sum(v < 0.5 for v in one) < len(one) == 15


@pytest.mark.parametrize("split", ["random-split-walk", "random-split-returns"])
def test_a_design_without_a_leak_certifies_nothing(split):
    """The control cannot decide against the claim, nor can silence be a proof."""
    claim = claims.one(split)
    (table,) = claims.tables(claim)
    assert claims.judged(split).verdict == claims.VERDICTS[3]
    leaks = table.assign(value=0.5, control=1.0)
    same = table["target"] == "change, next step"
    leaks.loc[same, "value"] = 1.0
    assert claims.judge(claim, leaks).verdict == "false"


def test_what_it_rests_on_names_the_page():
    used = {name for c in claims.CLAIMS.values() for name in c.uses}
    used |= {r.experiment for b in believed.BELIEFS for r in (*b.first, *b.control)}
    for name in sorted(used):
        text = ast.get_docstring(
            ast.parse((ROOT / "experiments" / f"{name}.py").read_text("utf-8"))
        )
        assert f"``{PAGE}``" in text, name


def test_there_are_many_and_each_verdict_occurs():
    verdicts = {claims.judged(name).verdict for name in claims.CLAIMS}
    assert len(claims.CLAIMS) >= 95 and verdicts == set(claims.VERDICTS)
    asked = [c for c in claims.CLAIMS.values() if c.asked]
    assert 30 <= len(asked) < len(claims.CLAIMS)
    assert len({c.says for c in claims.CLAIMS.values()}) == len(claims.CLAIMS)


def test_gap_is_that_of_scipy():
    rng = np.random.default_rng(0)
    for n, m in ((3, 3), (5, 12), (2, 4)):
        a, b = rng.normal(size=n), 2 * rng.normal(size=m)
        low, high = ttest_ind(a, b, equal_var=False).confidence_interval()
        found = claims.gap(a, b)
        assert np.allclose(found, (a.mean() - b.mean(), low, high))
    assert claims.gap([1.0], [0.25]) == (0.75, 0.75, 0.75)
    with pytest.raises(ValueError, match="expected some of each, got 0, 1"):
        claims.gap([], [1.0])


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.01, 0.5, "true"),
        (-0.5, 0.09, "false"),
        (-0.5, -0.1, "false"),
        (-0.1, 0.2, "cannot be tested so"),
        (0.01, 0.05, "true"),
    ],
)
def test_the_rule_of_many_rows(low, high, verdict):
    assert claims.by_gain(claims.Gap(0.0, low, high), 0.1) == verdict


def test_several_conditions_together():
    true, false, depends, open_ = claims.VERDICTS
    assert claims.together([true, true]) == true
    assert claims.together([true, false]) == depends
    assert claims.together([false, open_]) == open_
    assert claims.together([true, false, open_]) == depends


def test_numbers_in_words():
    assert claims.about([0.5, 0.5]) == "0.5"
    assert claims.about([1.0, 2.0], ".1f") == "1.5 ± 0.7"
    assert claims.about([-3.0]) == "−3" and claims.about([1e-9, 0.0]) == "0"
    assert claims.about([123456.0]) == "123456"
    assert claims.about([180.0, 283.0, 386.0]) == "283 ± 103"
    assert claims.about([2179.0, 2571.0, 2963.0]) == "2571 ± 392"
    assert claims.about([8.8e-6, 1e-6, 1.6e-5]) == "(8.6 ± 7.5)×10⁻⁶"


def test_no_spread_is_printed_as_zero():
    assert claims.about([1.0013, 0.9987, 1.0], ".2f") == "1.000 ± 0.001"
    assert claims.about([0.66, 0.664], ".0%") == "66.2% ± 0.3%"
    assert claims.about([2e-6, 6e-6], ".2f") == "below 0.01"
    assert claims.interval(claims.Gap(-0.301, -0.648, 0.0458)) == (
        "−0.301 (−0.648 to 0.046)"
    )


@pytest.mark.parametrize("claim", SAID)
def test_numbers_of_a_row_are_read_at_once(claim):
    """No 1×10² and no ± 0.00, neither in its sentence nor beside its runs."""
    found = claims.judged(claim.name)
    told = [found.sentence, *map(claims.about, found.groups.values())]
    for text in told:
        assert not re.search(r"10[²³⁴]|± 0(?:\.0*)?%?(?!\.?\d)|e[-+]\d\d", text), text


@pytest.mark.parametrize("claim", SAID)
def test_a_row_names_who_says_it(claim):
    """A paper, a page, a thread, a class of posts, or the course itself."""
    assert len(claim.source) > 15 and "asked often" not in claim.source.lower()
    assert not re.search(r"FAQ|tutorials and|somebody", claim.source)


def own_rates():
    """The runs of beliefs that are said to stand at their own best rate."""
    for belief in believed.BELIEFS:
        for run in (*belief.first, *belief.control):
            own = "own rate" in run.label or "its own rate" in belief.now
            if own and "lr" in run.where and run in belief.control:
                yield pytest.param(run, id=f"{belief.name}: {run.label}")


@pytest.mark.parametrize("run", [*own_rates()])
def test_what_stands_at_its_own_rate_does(run):
    others = {k: v for k, v in run.where.items() if k != "lr"}
    rows = claims.chosen(evidence.load(run.experiment), others)
    best = evidence.at_best(rows.assign(rival="it"), "rival")
    assert set(best["lr"]) == {run.where["lr"]}


@pytest.mark.parametrize(
    "name",
    [
        "padding-side", "gates-cure-explosion", "random-split", "plot-overlaps",
        "tanh-then-softmax", "minus-a-gate", "any-number", "stateful-shuffled",
    ],
)  # fmt: skip
def test_a_rule_can_say_something_else(name):
    """The same rule on numbers that say the opposite."""
    claim = claims.one(name)
    (table,) = claims.tables(claim)
    other = {
        "padding-side": {"test": 0.5},
        "gates-cure-explosion": {"value": -1.0},
        "random-split": {"random": 1.2},
        "plot-overlaps": {"ratio": 0.9},
        "tanh-then-softmax": {"control": 0.5},
        "minus-a-gate": {"value": 0.0},
        "any-number": {"value": 2.0},
        "stateful-shuffled": {"value": 0.0},
    }[name]
    noise = np.random.default_rng(0).normal(0, 1e-8, len(table))
    changed = table.assign(**{k: v + noise for k, v in other.items()})
    assert claims.judged(name).verdict == "false"
    assert claims.judge(claim, changed).verdict == "true"


def test_a_row_is_run_again(capsys):
    assert claims.main(["gates-share", "--again"]) == 0
    stored, anew = capsys.readouterr().out.split("Made again")
    assert "Verdict: false." in stored and "Verdict: false." in anew
    assert "LSTM: 4 rows a unit (5 runs)" in stored
    assert "LSTM: 4 rows a unit (5 runs)" in anew
    assert "Compared: 10 of 10 numbers" in anew and "verdict is the same" in anew


def test_a_row_that_comes_out_otherwise_is_told():
    claim = claims.one("gates-share")
    (stored,) = claims.tables(claim)
    other = stored.drop(columns="seconds").assign(value=1.0)
    said = claims.compared(claim, [other])
    assert "5 of 10 numbers" in said and "verdict is another" in said


def test_the_program_lists_and_refuses(capsys):
    assert claims.main([]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(claims.CLAIMS)
    assert claims.main(["no-such-claim"]) == 1
    assert "got 'no-such-claim'" in capsys.readouterr().err


def test_again_makes_the_records_of_the_row_and_no_others(monkeypatch):
    made = []

    def record(name, folder, job):
        made.append((name, job))
        return {"numbers": dict.fromkeys(("valid", "test"), 0.5)}

    monkeypatch.setattr(evidence, "record", record)
    claim = claims.one("padding-side")
    (table,) = claims.again(claim)
    (stored,) = claims.tables(claim)
    assert len(made) == len(table) == len(stored)
    assert {job.setting["claim"] for _, job in made} == {"padding"}


def test_where_that_fits_nothing_is_said():
    with pytest.raises(ValueError, match="expected values that occur"):
        claims.chosen(pd.DataFrame({"a": [1, 2]}), {"a": 3})


@pytest.mark.parametrize("belief", believed.BELIEFS, ids=lambda b: b.name)
def test_what_was_believed_is_still_overturned(belief):
    assert believed.overturned(belief)
    assert all(len(r.values()) >= 1 for r in (*belief.first, *belief.control))


def test_enough_was_believed():
    both = [b for b in believed.BELIEFS if b.first and b.control]
    assert len(both) >= 12
    assert set(believed.table()["because"]) & {believed.NOT_STORED}
    assert {b.outcome for b in believed.BELIEFS} == {"refuted", "no longer shown"}


def test_what_is_not_tested_says_why():
    assert len(dict(UNTESTED)) == len(UNTESTED) >= 5
    assert all(said.endswith(".") and why.endswith(".") for said, why in UNTESTED)


def test_a_table_shows_its_claims_once():
    names = ["gates-share", "padding-side"]
    html = Table(names)._repr_html_()
    soup = BeautifulSoup(html, "html.parser")
    rows = soup.select("table.claims > tbody > tr")
    assert len(rows) == len(names) and not any(row.has_attr("id") for row in rows)
    for row in rows:
        assert row.select_one("details > summary") and row.select("svg[aria-label]")
        assert "--again" in row.get_text() and row.find("pre").get_text()
    assert "<script" not in html and not re.search(
        r'(?:src|href)="(?:https?:)?//', html
    )
    with pytest.raises(ValueError, match="got {'no-such'}"):
        Table(["no-such"])


def test_a_page_with_the_table_loads_its_script_and_links_to_pages():
    import claims as site  # of site/, which is no package

    added = []
    app = SimpleNamespace(
        add_css_file=added.append, add_js_file=lambda name, **_: added.append(name)
    )
    context = {"body": Table(["gates-share"])._repr_html_()}
    site.only_here(app, PAGE, "page.html", context, None)
    assert added == ["claims.css", "claims.js"]
    assert 'href="11-lstm.html"' in context["body"]
    app.env = SimpleNamespace(toc_secnumbers={"chapters/11-lstm": {"": (7,)}})
    context = {"body": Table(["gates-share"])._repr_html_()}
    site.only_here(app, PAGE, "page.html", context, None)
    assert re.search(r'<a href="11-lstm.html"[^>]*>7</a>', context["body"])
    added.clear()
    site.only_here(app, "index", "page.html", {"body": "<p>no table</p>"}, None)
    assert not added


# Pictures and sounds.


@pytest.fixture
def pairs(monkeypatch):
    """The experiment on made pictures and sounds, whose numbers tell their digit."""
    pytest.importorskip("torch")
    monkeypatch.syspath_prepend(ROOT / "experiments")
    module = importlib.import_module("claims_modalities")
    labels = np.arange(12_100) % 10
    images = np.ones((1, 28, 3)) * labels[:, None, None]
    digits, speakers = np.arange(120) % 10, np.repeat([*"abcdef"], 20)
    sounds = np.ones((1, 28, 5)) * digits[:, None, None]
    made = images, labels, sounds, digits, speakers
    monkeypatch.setattr(module, "material", lambda: made)
    return module


def test_nobody_is_judged_by_whom_the_network_heard(pairs):
    judged = set()
    for seed in pairs.SEEDS:
        heard = [pairs.parts(seed)[part][3] for part in ("train", "valid", "test")]
        assert [len(digits) for digits in heard] == [80, 20, 20]
        names = pairs.material()[4]
        judged.add(np.unique(names)[seed % 6])
    assert len(judged) == 6


@pytest.mark.parametrize("task", ["same digit", "sound of any digit"])
def test_pairs_are_of_one_digit_or_of_any(pairs, monkeypatch, task):
    monkeypatch.setattr(pairs, "NOISE", 0.0)
    part = pairs.parts(0)["train"]
    rows = np.random.default_rng(0).integers(0, 80, 2000)
    x, y = pairs.drawn(part, rows, task, np.random.default_rng(1))
    seen, said = x[:, 0, 0].numpy(), x[:, 0, 3].numpy()
    assert x.shape == (2000, 28, 8) and (seen == y.numpy()).all()
    same = (seen == said).mean()
    assert same == 1 if task == "same digit" else 0.05 < same < 0.15


def test_scores_are_those_of_two_that_learned_alone(pairs, monkeypatch):
    """Either column group alone is enough here; each net reads what it is to read."""
    read = []
    learned = pairs.learned
    monkeypatch.setattr(
        pairs, "learned", lambda c, *a: read.append(c) or learned(c, *a)
    )
    setting = {"task": "same digit", "lr": 0.03, "updates": 30}
    for net, groups in (
        ("picture alone", [[[0, 1, 2]]]),
        ("joined at each step", [[[*range(8)]]]),
        ("joined at the end", [[[0, 1, 2], [3, 4, 5, 6, 7]]]),
        ("scores added", [[[0, 1, 2]], [[3, 4, 5, 6, 7]]]),
    ):
        read.clear()
        numbers = pairs.run(setting | {"net": net}, 0)
        assert read == groups and set(numbers) == set(pairs.TOLERANCE)
        assert numbers["test"] < 0.7  # chance is 0.9


def test_what_stands_in_for_the_data_makes_no_record(pairs, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(pairs, "load_mnist", lambda: SimpleNamespace(name="digits"))
    monkeypatch.setattr(
        pairs, "recordings", lambda: (SimpleNamespace(name="made tones"), [])
    )
    pairs.material.cache_clear()
    with pytest.raises(DataUnavailable, match="pictures or sounds"):
        pairs.material()


@pytest.mark.parametrize(
    ("name", "joined", "verdict"),
    [
        ("modalities-joined", 0.05, "true"),
        ("modalities-joined", 0.5, "depends"),
        ("modalities-early", 0.05, "true"),
        ("modalities-early", 0.5, "false"),
    ],
)
def test_rules_on_modalities_say_both(name, joined, verdict):
    claim = claims.one(name)
    (table,) = claims.tables(claim)
    noise = np.random.default_rng(0).normal(0, 1e-3, len(table))
    errors = {"joined at each step": joined, "picture alone": 0.4, "sound alone": 0.3}
    errors = table["net"].map(errors).fillna(0.2)
    errors = errors.where(table["task"] == "same digit", 0.41) + noise
    found = claims.judge(claim, table.assign(valid=errors, test=errors))
    assert found.verdict == verdict
