"""The catalogue: every mistake is named, nothing else is, and no answer is shown."""

import ast
import copy
import inspect
import itertools
import json
import re
import subprocess
import sys
import time
from collections import Counter

import numpy as np
import pytest
import torch  # noqa: F401  (its import is no check's time)
from test_listings import PLANNED

from rnnbook import data, losses, metrics, optim, sampling
from rnnbook.checks import CHECKS, check, trial
from rnnbook.checks.catalogue import PAGES, SECTIONS, link, variant
from rnnbook.checks.judge import GENERAL, prepared, read

ALL = [(name, m) for name, one in CHECKS.items() for m in one.mistakes]
IDS = [f"{name}-{m.name}" for name, m in ALL]


@pytest.mark.parametrize(("name", "mistake"), ALL, ids=IDS)
def test_every_mistake_is_named(name, mistake):
    wrong = variant(CHECKS[name].reference, mistake)
    assert wrong is not None, "an old text does not stand once in the reference"
    result = check(name, wrong)
    assert not result.passed
    assert result.mistake == mistake.name
    assert mistake.says in result.message
    one = CHECKS[name]
    page = one.page_of(mistake)  # on its own page the section that teaches it
    section = SECTIONS.get(name, "") if page == one.page else ""
    assert link(page, section) in result.message


@pytest.mark.parametrize("name", CHECKS)
def test_the_reference_passes(name):
    result = check(name, CHECKS[name].reference)
    assert result.passed and result.mistake is None
    assert str(result).startswith("Right.")


@pytest.mark.parametrize("name", CHECKS)
def test_another_seed_tells_the_same_mistakes_apart(name):
    """Whoever grades may draw other cases."""
    one = CHECKS[name]
    assert check(name, one.reference, seed=1).passed
    named = {
        m.name: check(name, variant(one.reference, m), seed=1) for m in one.mistakes
    }
    assert [result.mistake for result in named.values()] == list(named)


def _outputs(one, function, cases, wanted):
    """All outputs of a function over all cases, in order; NaN where it stops."""
    for case, expected in zip(cases, wanted, strict=True):
        try:
            with np.errstate(all="ignore"):
                raw = one.wrapped(function)(*copy.deepcopy(case.args))
            yield from read(one, raw, expected, set()).values()
        except Exception:
            yield np.array(np.nan)


@pytest.mark.parametrize("name", CHECKS)
def test_two_mistakes_at_once_are_both_named_or_none_is(name):
    """A pair may act as one mistake, where one hides the other; never as a third."""
    one = CHECKS[name]
    pairs = list(itertools.combinations(one.mistakes, 2))
    np.random.default_rng(0).shuffle(pairs)
    cases, wanted = prepared(name)
    for pair in [p for p in pairs if variant(one.reference, *p)][:8]:
        result = check(name, variant(one.reference, *pair))
        names = " + ".join(m.name for m in pair)
        if result.mistake in (None, names, pair[0].name, pair[1].name):
            continue
        # Another name is right only if that variant does the very same.
        (other,) = [m for m in one.mistakes if m.name == result.mistake]
        ours, theirs = (
            _outputs(one, variant(one.reference, *chosen), cases, wanted)
            for chosen in (pair, (other,))
        )
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)


def test_two_mistakes_are_named_together():
    both = ("forget_gate_missing", "output_tanh_missing")
    chosen = [m for m in CHECKS["lstm.step"].mistakes if m.name in both]
    result = check("lstm.step", variant(CHECKS["lstm.step"].reference, *chosen))
    assert result.mistake == " + ".join(both)
    assert "Two known mistakes" in str(result)


@pytest.mark.parametrize("name", CHECKS)
def test_a_constant_is_no_pair_of_mistakes(name):
    """Two that happen to give zeros, or no numbers, explain nothing."""
    one = CHECKS[name]
    wanted = {repr(case.args): w for case, w in zip(*prepared(name), strict=True)}
    for number in (0.0, np.nan):

        def constant(*args, number=number):
            shapes = wanted[repr(args)]
            return _like(one.returns[0], shapes, number)

        constant.__signature__ = inspect.signature(one.reference)
        if not one.wrap:
            result = check(name, constant)
            assert not result.passed and "+" not in (result.mistake or "")


def _like(template, outputs, number):
    """A value of this form, with the same number everywhere."""
    if isinstance(template, dict):
        return {key: _like(leaf, outputs, number) for key, leaf in template.items()}
    if isinstance(template, tuple):
        return tuple(_like(leaf, outputs, number) for leaf in template)
    return np.full(np.shape(outputs.get(template, 0)), number)


def test_two_mistakes_of_which_one_hides_the_other_are_not_named():
    """`h` is right, though one of the two makes it wrong by itself."""
    both = ("cell_squashed", "output_tanh_missing")
    chosen = [m for m in CHECKS["lstm.step"].mistakes if m.name in both]
    assert len(chosen) == 2
    result = check("lstm.step", variant(CHECKS["lstm.step"].reference, *chosen))
    assert result.mistake is None and "Right: h_next." in str(result)
    assert "it gives what a known mistake gives; the rest is right." in str(result)


def test_the_catalogue_is_large_enough():
    assert len(ALL) >= 60 and len(CHECKS) >= 16


def test_sentences_are_whole_and_unique():
    """One sentence, one mistake: checks share it only with the mistake itself."""
    distinct = {(m.name, m.change, m.says): m for _, m in ALL}.values()
    counted = Counter(m.says for m in distinct)
    assert [says for says, n in counted.items() if n > 1] == []
    for says in [*counted, *(says for says, _ in GENERAL.values())]:
        assert len(says) > 20 and says.endswith(".") and "  " not in says


def test_names_are_unique_within_a_check():
    for one in CHECKS.values():
        assert max(Counter(m.name for m in one.mistakes).values()) == 1
        assert not {m.name for m in one.mistakes} & set(GENERAL)


def test_pages_are_chapters_of_the_plan():
    assert PLANNED <= PAGES
    pages = {one.page_of(m) for one in CHECKS.values() for m in one.mistakes}
    pages |= {one.page for one in CHECKS.values()}
    assert pages | {page for _, page in GENERAL.values()} <= PAGES


def _values(wanted):
    """What must not be read in a message: fractions, and numbers above a hundred."""
    for outputs in wanted:
        for a in outputs.values():
            for v in np.abs(np.asarray(a, dtype=float)).ravel():
                if np.isfinite(v) and v != round(v):
                    yield f"{v:.4g}" if v < 1e3 else f"{v:.1f}"
                elif v > 100:
                    yield str(int(v))


@pytest.mark.parametrize("name", CHECKS)
def test_no_message_shows_a_value_of_the_reference(name):
    one = CHECKS[name]
    cases, wanted = prepared(name)
    given = " ".join(case.label for case in cases) + link(one.page)
    secret = {v for v in _values(wanted) if len(v) > 3 and v not in given}
    wrong = [variant(one.reference, m) for m in one.mistakes[:4]]
    wrong.append(lambda *args: None)
    wrong.append(lambda *args: [1.25])
    for function in wrong:
        message = check(name, function).message
        assert not [v for v in secret if v in message]


def test_links_lead_to_the_page_from_where_the_notebook_is(tmp_path, monkeypatch):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "assignments" / "one").mkdir(parents=True)
    book = {"cells": [{"source": ["# The LSTM: a memory\n", "Text"]}]}
    (tmp_path / "chapters" / "11-lstm.ipynb").write_text(json.dumps(book))
    for folder, path in (
        ("chapters", "11-lstm.ipynb"),
        ("assignments/one", "../../chapters/11-lstm.ipynb"),
        (".", "chapters/11-lstm.ipynb"),
    ):
        monkeypatch.chdir(tmp_path / folder)
        assert link("11-lstm") == f"[The LSTM: a memory]({path})"
        assert link("12-gru") == "chapter `12-gru`"  # not there: no dead link


def test_an_unknown_name_lists_near_ones():
    with pytest.raises(ValueError, match=r"name: expected one of .*'lstm.step'.*stp"):
        check("lstm.stp", len)


def test_without_a_function_it_says_what_is_asked_for():
    for name in CHECKS:
        assert name in str(check())
        assert "return" in str(check(name))
    assert "(x, (h, c), params)" in str(check("lstm.step"))


def test_references_of_the_catalogue_are_those_of_the_package():
    """Some references are written anew, so that they can be varied."""
    ours = {name: one.reference for name, one in CHECKS.items()}
    rng = np.random.default_rng(0)
    series = rng.normal(size=(40, 2))
    for pair in zip(
        ours["data.windows"](series, 5, 3), data.windows(series, 5, 3), strict=True
    ):
        np.testing.assert_array_equal(*pair)
    shares = (0.5, 0.25, 0.25)
    slices = data.chronological_split(series, shares)
    for part, s in zip(ours["data.split"](series, shares), slices, strict=True):
        np.testing.assert_array_equal(part, series[s])
    ids = rng.integers(0, 9, size=50)
    batches = ours["data.streams"](ids, 3, 4), data.streams(ids, 3, 4)
    for batch in zip(*batches, strict=True):
        np.testing.assert_array_equal(*batch)
    y = rng.normal(size=30)
    args = y[:9], y[9:18], y, 4
    assert np.isclose(ours["metrics.mase"](*args), metrics.mase(*args))
    spread = ours["metrics.mean_and_spread"](y), metrics.mean_and_spread(y)
    np.testing.assert_allclose(*spread)
    logits, targets = rng.normal(size=(6, 4)), rng.integers(0, 4, size=6)
    both = (
        ours["losses.cross_entropy"](logits, targets),
        losses.softmax_cross_entropy(logits, targets),
    )
    np.testing.assert_allclose(both[0][0], both[1][0])
    np.testing.assert_allclose(both[0][1], both[1][1])
    grads = {"a": rng.normal(size=5), "b": rng.normal(size=(2, 2))}
    clipped = ours["training.clip"](grads, 0.5)
    optim.clip_grad_norm(grads, 0.5)
    for key in grads:
        np.testing.assert_allclose(clipped[key], grads[key])
    for name, function in (
        ("metrics.bits_per_character", metrics.bits_per_character),
        ("metrics.perplexity", metrics.perplexity),
        ("sampling.temperature", sampling.temperature),
    ):
        assert check(name, function).passed
    assert ours["sampling.draw"](np.array([0.0, 1.0]), rng) == 1


def test_cases_are_fresh_for_every_call():
    """What a reader's function does to its arguments stays with that call."""

    def vandal(x, h, params):
        x[:] = h[:] = 0
        params.clear()

    assert not check("rnn.step", vandal).passed
    assert check("rnn.step", CHECKS["rnn.step"].reference).passed


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_is_quick(name, monkeypatch):
    """Also where nothing matches and every pair of mistakes is tried, at first."""
    monkeypatch.setattr(trial, "_KEPT", {})
    reference = CHECKS[name].reference

    def slightly_wrong(*args):
        def shift(v):
            if isinstance(v, np.ndarray | float | int):
                return v * 1.01 + 0.003
            if isinstance(v, str):
                return v.replace("0", "1", 1)
            if isinstance(v, dict):
                return {k: shift(w) for k, w in v.items()}
            return type(v)(shift(w) for w in v) if isinstance(v, tuple | list) else v

        out = reference(*args)
        return shift(list(out) if inspect.isgenerator(out) else out)

    before = time.process_time()  # of this process, whatever else runs
    result = check(name, slightly_wrong)
    assert time.process_time() - before < 3
    # There the shift does nothing, or is a mistake of its own.
    own = "rnn.bit_line", "torch.pinball", "training.length_at"
    own += "mending.fault", "mending.race"
    own += "vanishing.orthogonal", "vanishing.with_radius"
    if name not in own:
        assert not result.passed and result.mistake is None


def test_importing_checks_is_light():
    program = (
        "import json, sys; import rnnbook.checks; heavy = ['torch', 'tensorflow', "
        "'keras', 'matplotlib', 'sklearn', 'IPython']; "
        "print(json.dumps([name for name in heavy if name in sys.modules]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout) == []


def test_no_sentence_quotes_the_line_that_mends_it():
    """The old text of an edit is the right one: it may not be read in the message."""
    for name, mistake in ALL:
        if callable(mistake.change):
            continue
        spans = re.findall(r"`([^`]+)`", mistake.says)
        for old, new in mistake.change:
            shown = [s for s in spans if s in old and s not in new]
            for span in shown:  # a bare name is fine, an expression is not
                assert isinstance(ast.parse(span).body[0].value, ast.Name), (name, span)
