"""The explorers: they compute as the course does, and are played in a real browser."""

import ast
import json
import re
import sys
from collections import defaultdict
from itertools import product

import nbformat
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, without_formulas

from rnnbook import bptt, cells, plots

HERE = ROOT / "site" / "explorers"
sys.path[:0] = [str(HERE), str(ROOT / "experiments")]

import explorer as pages  # noqa: E402
import export  # noqa: E402  (site/ is no package)
import pictures  # noqa: E402
from _speech import ctc  # noqa: E402

# The chapter of each.
PAGES = {
    "attention": "26-translation",
    "ctc": "27-speech",
    "digit": "22-mnist-rows",
    "gates": "14-inside-the-gates",
    "gru": "12-gru",
    "loop": "02-rnn",
    "lstm": "11-lstm",
    "prices": "23-stock-prediction",
    "reach": "04-vanishing-gradients",
    "writer": "21-text-generation",
}
LANDING = "bands"  # without words, on the start page: see test_landing.py
CLOSE = 1e-5
CHAPTERS = {path.stem for path in (ROOT / "chapters").glob("*.ipynb")}
WRITTEN = {name: page for name, page in PAGES.items() if page in CHAPTERS}


def test_every_explorer_stands_in_a_chapter():
    assert sorted(PAGES) == pages.names()
    assert sorted([*PAGES, LANDING]) == pictures.NAMES == sorted(pages.HEIGHTS)


# --- the course's mathematics -----------------------------------------------------


STEPS = """([cell, x, p, H]) => {
  for (const key in p) p[key] = Explorer.matrix(p[key]);
  let state = cell === 'lstm' ? {h: Array(H).fill(0), c: Array(H).fill(0)} :
    Array(H).fill(0);
  return x.map(one => {
    if (cell === 'rnn') return {h: [...(state = Explorer.rnnStep(one, state, p))]};
    if (cell === 'lstm') return (state = Explorer.lstmStep(one, state, p));
    const all = Explorer.gruStep(one, state, p, cell === 'gru_after');
    state = all.h;
    return all;
  }).map(all => Object.fromEntries(Object.entries(all).map(([k, v]) => [k, [...v]])));
}"""
CELLS = {
    "rnn": (cells.rnn_step, 1, ""),
    "lstm": (cells.lstm_step, 4, "ifgo"),
    "gru": (cells.gru_step, 3, "rzn"),
    "gru_after": (cells.gru_reset_after_step, 3, "rzn"),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("cell", CELLS)
def test_states_and_gates_are_those_of_numpy(kit, cell, seed):
    step, k, gates = CELLS[cell]
    rng = np.random.default_rng(seed)
    T, D, H = 9, 3, 5
    p = {"W_xh": rng.normal(size=(D, k * H)), "W_hh": rng.normal(size=(H, k * H))}
    biases = ("b_xh", "b_hh") if cell == "gru_after" else ("b_h",)
    p |= {b: rng.normal(size=k * H) for b in biases}
    x = rng.normal(size=(T, D))
    sent = {key: value.tolist() for key, value in p.items()}
    got = kit.evaluate(STEPS, [cell, x.tolist(), sent, H])
    zero = np.zeros((1, H))
    state = (zero, zero) if cell == "lstm" else zero
    for one, found in zip(x, got, strict=True):
        state, cache = step(one[None], state, p)
        h = state[0] if cell == "lstm" else state
        assert np.abs(h[0] - found["h"]).max() < CLOSE
        first = {"lstm": 3, "gru": 2, "gru_after": 2}.get(cell)
        for n, gate in enumerate(gates):
            assert np.abs(cache[first + n][0] - found[gate]).max() < CLOSE
        if cell == "lstm":
            assert np.abs(state[1][0] - found["c"]).max() < CLOSE


@pytest.mark.parametrize("kind", export.KINDS)
@pytest.mark.parametrize("shape", [(7,), (4, 6)])
def test_weights_are_unpacked_as_they_were_rounded(kit, kind, shape):
    w = np.random.default_rng(0).normal(size=shape)
    w.flat[:3] = 0, 1e-6, -1.5  # zero, one that half precision has no full digits for
    packed = export.pack(w, kind)
    got = kit.evaluate("p => [...Explorer.decode(p).values]", packed)
    assert np.abs(export.unpack(packed).ravel() - got).max() < 1e-12
    assert np.abs(export.unpack(packed) - w).max() < {"f16": 2e-3, "i8": 2e-2}[kind]


def test_softmax(kit):
    a = np.random.default_rng(0).normal(0, 30, size=20)
    got = kit.evaluate("a => [...Explorer.softmax(a, 0.7)]", a.tolist())
    e = np.exp((a - a.max()) / 0.7)
    assert np.abs(e / e.sum() - got).max() < CLOSE


# --- the loop ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def chapter_02():
    """The functions of the chapter itself, out of its cells."""
    book = nbformat.read(ROOT / "chapters" / "02-rnn.ipynb", as_version=4)
    names, found = {"delay_line", "parity_counter"}, {"np": np}
    for cell in book.cells:
        if cell.cell_type != "code" or "\ndef " not in f"\n{cell.source}":
            continue
        wanted = [
            node
            for node in ast.parse(cell.source).body
            if isinstance(node, ast.FunctionDef) and node.name in names
        ]
        exec(compile(ast.Module(wanted, []), "02-rnn", "exec"), found)
    return found


LOOP = """([name, x, gain, turned]) => {
  const {run, PROGRAMS} = Explorer.registered.loop;
  const p = PROGRAMS[name].make();
  for (const [key, j, k, w] of turned) (key === 'b_h' ? p.b_h : p[key][j])[k] = w;
  return run(PROGRAMS[name], p, x, gain);
}"""


def loop_states(chapter, name, x, gain=1.0, turned=()):
    """States, answers and truth in NumPy."""
    delay = name == "delay"
    p = chapter["delay_line"](4, 0.1) if delay else chapter["parity_counter"](10.0)
    p = {key: np.array(value, dtype=float) for key, value in p.items()}
    for key, j, k, w in turned:
        p[key][(k,) if key == "b_h" else (j, k)] = w
    p = {key: gain * value for key, value in p.items()}
    h, states = np.zeros((1, len(p["b_h"]))), []
    for one in x:
        h, _ = cells.rnn_step(np.array([[one]]), h, p)
        states.append(h[0])
    h = np.array(states)
    late = np.concatenate([np.zeros(3), x])[: len(x)]
    if delay:
        return h, h[:, -1] / 0.1, late
    return h, (h[:, 0] - h[:, 1]) / 2, np.cumsum(x) % 2


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["delay", "parity"])
def test_loop_states_are_the_chapters(kit, chapter_02, name, seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, size=8).astype(float)
    turned = [["W_hh", 1, 0, rng.normal()], ["b_h", 0, 1, rng.normal()]][:seed]
    gain = rng.uniform(0.2, 1.5)
    got = kit.evaluate(LOOP, [name, x.tolist(), gain, turned])
    h, y, truth = loop_states(chapter_02, name, x, gain, turned)
    assert np.abs(h - [one["h"] for one in got]).max() < CLOSE
    assert np.abs(y - [one["y"] for one in got]).max() < CLOSE
    assert [one["truth"] for one in got] == truth.tolist()


def test_what_the_answer_of_the_loop_says(chapter_02):
    def right(name, x, *args):
        _, y, truth = loop_states(chapter_02, name, x, *args)
        return np.array_equal(y > 0.5, truth == 1)

    x = np.array([1, 0, 0, 1, 1, 0, 1, 0.0])
    weights = np.arange(-200, 201) / 10
    stays = [w for w in weights if right("parity", x, 1, [["W_hh", 0, 0, w]])]
    assert (min(stays), max(stays), len(stays)) == (0.3, 9.9, 97)
    gains = [g for g in np.arange(151) / 100 if right("parity", x, g)]
    assert min(gains) == 0.18
    text = (HERE / "loop.md").read_text(encoding="utf-8")
    assert all(said in text for said in ("From 0.3 to 9.9", "to 0.18 of", "are 0.8 of"))
    once, weak = np.eye(8)[0], [["W_hh", 1, 2, 0.8]]
    _, whole, _ = loop_states(chapter_02, "delay", once)
    _, less, _ = loop_states(chapter_02, "delay", once, 1, weak)
    assert abs(less[3] / whole[3] - 0.8) < 0.005
    _, ring, _ = loop_states(chapter_02, "delay", once, 1, [["W_hh", 3, 0, 1.0]])
    assert ring[3] > ring[7] > 0.9 and np.count_nonzero(np.abs(ring) > 0.01) == 2


# --- gradient reach -----------------------------------------------------------------

REACH = """([name, seed, setting]) => {
  const {drawAll, parameters, reach} = Explorer.registered.reach;
  const drawn = drawAll(seed);
  const p = parameters(name, drawn, setting.rho, setting.bias);
  return {p, x: drawn.x, dh: drawn.dh, shares: reach(name, drawn, setting)};
}"""
BACK = {
    "rnn": (cells.rnn_step, cells.rnn_step_backward),
    "lstm": (cells.lstm_step, cells.lstm_step_backward),
    "gru": (cells.gru_step, cells.gru_step_backward),
}


def shares_of(kit, name, seed=1, **setting):
    """What the script says, its parameters, and the same by NumPy."""
    setting = {"rho": 1.0, "bias": 0.0, "T": 60} | setting
    got = kit.evaluate(REACH, [name, seed, setting])
    p = {key: np.array(value, dtype=float) for key, value in got["p"].items()}
    x, dh_last = np.array(got["x"])[:, : setting["T"]], np.array(got["dh"])
    zero = np.zeros_like(dh_last)
    state = (zero, zero) if name == "lstm" else zero
    h, _, caches = bptt.forward(BACK[name][0], x, state, p)
    dh = np.zeros_like(h)
    dh[:, -1] = dh_last
    dx, _, _ = bptt.backward(BACK[name][1], dh, state, caches, p)
    norms = np.linalg.norm(dx, axis=(0, 2))
    return np.array(got["shares"]), p, norms / norms[-1]


@pytest.mark.parametrize(
    "seed, rho, bias, T", [(1, 1, 0, 60), (2, 0.3, 4, 30), (3, 2.5, -2, 100)]
)
@pytest.mark.parametrize("name", BACK)
def test_reach_is_that_of_numpy(kit, name, seed, rho, bias, T):
    got, p, ours = shares_of(kit, name, seed, rho=rho, bias=bias, T=T)
    assert got.shape == (T,) and (ours > 0).all()
    assert np.abs(got / ours - 1).max() < CLOSE  # relative: most shares are tiny
    for block in np.split(p["W_hh"], p["W_hh"].shape[1] // 16, axis=1):
        assert abs(np.abs(np.linalg.eigvals(block)).max() - rho) < CLOSE
    kept = np.zeros_like(p["b_h"])
    if name != "rnn":
        kept[16:32] = bias
    assert np.array_equal(p["b_h"], kept)


def test_what_the_answer_of_reach_says(kit):
    def firsts(name, rho, bias):
        found = [shares_of(kit, name, s, rho=rho, bias=bias)[2] for s in range(1, 6)]
        return np.array([shares[0] for shares in found])

    plain = firsts("rnn", 1, 0)
    assert (plain < 5e-7).all() and np.array_equal(plain, firsts("rnn", 1, 4))
    for name in ("lstm", "gru"):
        assert (firsts(name, 1, 0) < plain).all()
        assert (firsts(name, 1, 4) >= 0.25).all()
        assert (firsts(name, 0.1, 4) >= 0.1).all()
    assert (firsts("rnn", 0.1, 4) < 1e-60).all()
    assert (firsts("rnn", 2.5, 0) > 1000).all()
    gate = cells.sigmoid(4.0)
    assert round(gate, 2) == 0.98 and round(0.98**59, 1) == 0.3
    text = (HERE / "reach.md").read_text(encoding="utf-8")
    assert all(
        said in text for said in ("least a quarter", "least a tenth", "10^{-60}")
    )


# --- the same on the landing page ---------------------------------------------------

BANDS = "([name, seed, bias]) => Explorer.registered.bands.row(name, seed, bias)"
LEAST = 1e-8  # what is less is drawn as nothing


def bands_of(kit, bias):
    """{cell: shares (5, 60)} by NumPy."""
    start = kit.evaluate("Explorer.registered.bands.START")
    seeds = kit.evaluate("Explorer.registered.bands.SEEDS")
    setting = {"rho": start["rho"], "T": start["T"], "bias": bias}
    return {
        name: np.array([shares_of(kit, name, seed, **setting)[2] for seed in seeds])
        for name in BACK
    }


@pytest.mark.parametrize("bias", [-2, 2, 5.5])
def test_bands_are_those_of_numpy(kit, bias):
    for name, rows in bands_of(kit, bias).items():
        for seed, ours in enumerate(rows, 1):
            got = kit.evaluate(BANDS, [name, seed, bias])
            assert np.abs(got / ours - 1).max() < CLOSE


def test_the_bands_show_their_shares(kit):
    """Where a shade begins in the stored picture, and which stretch is empty."""
    picture = (HERE / "pictures" / "bands.svg").read_text(encoding="utf-8")
    groups = re.findall(r"<g>(.*?)</g>", picture, re.S)
    shares = np.concatenate([*bands_of(kit, 2).values()])
    assert len(groups) == len(shares) == 15
    for group, row in zip(groups, shares, strict=True):
        shade = np.floor(24 * (1 + np.log10(row) / 8)).clip(-1, 23)
        begins = np.flatnonzero(np.diff(shade, prepend=-2))
        drawn = re.findall(r'x="([\d.]+)".*?fill="(.*?)"', group)
        assert [float(x) for x, _ in drawn] == pytest.approx(
            344 * begins / 60, abs=0.051
        )
        empty = [fill == "var(--book-soft)" for _, fill in drawn]
        assert empty == [shade[t] < 0 for t in begins]


def test_what_the_landing_page_says_of_gates(kit):
    closed, start, opened = (bands_of(kit, bias) for bias in (-2, 2, 5))
    for bands in (closed, start, opened):
        assert (bands["rnn"][:, 0] < LEAST).all()
    for name in ("lstm", "gru"):
        assert (closed[name][:, 0] < LEAST).all()
        assert (start[name][:, 0] > LEAST).all()
        assert (opened[name][:, 0] > 0.1).all()


# --- the machines -----------------------------------------------------------------


def chapter_story(name):
    """The table of the sentence that the chapter's page shows."""
    book = nbformat.read(ROOT / "chapters" / f"{PAGES[name]}.ipynb", as_version=4)
    source = next(c.source for c in book.cells if "story = pd.DataFrame" in c.source)
    found = {"np": np, "pd": pd, "sigmoid": cells.sigmoid}
    exec(source, found)
    return found["story"]


MACHINE_P = {
    "lstm": {
        "W_xh": np.array([[8.0, 0, 2, 0], [0, 0, 0, -6]]),
        "W_hh": np.zeros((1, 4)),
        "b_h": np.array([-4.0, 4, 0, -3]),
    },
    "gru": {
        "W_xh": np.array([[0.0, 0, -8, 0, 2, 0], [0, 0, 0, 8, 0, 2]]),
        "W_hh": np.array([[0.0, 0, 0, 0, 0, 4], [0, 0, 0, 0, 0, 0]]),
        "b_h": np.array([4.0, 4, 4, 4, 0, 0]),
    },
}


def machine_states(name, sentence, variant, hand):
    """All steps in NumPy; a gate held by hand is set in the equations themselves."""
    read = {"Not": [1.0, 0.0], "dull": [0.0, -1.0]}
    p, out = dict(MACHINE_P[name]), []
    H = p["W_hh"].shape[0]
    if variant == "after":
        p |= {"b_xh": p["b_h"], "b_hh": np.zeros(3 * H)}
    h, c = np.zeros((2, 1, H))

    def by_hand(t, k, gate):
        gate = gate.copy()
        for u in range(H):
            gate[0, u] = hand.get(f"{t} {k} {u}", gate[0, u])
        return gate

    for t, word in enumerate(sentence.split()):
        x = np.array([read.get(word, [0.0, 0.0])])
        if name == "lstm":
            _, cache = cells.lstm_step(x, (h, c), p)
            i, f, g, o = (by_hand(t, k, a) for k, a in enumerate(cache[3:7]))
            c = f * c + i * g
            h = o * np.tanh(c)
            out.append({"i": i, "f": f, "g": g, "o": o, "c": c, "h": h})
            continue
        step = cells.gru_step if variant == "before" else cells.gru_reset_after_step
        plain, cache = step(x, h, p)
        r, z = (by_hand(t, k, a) for k, a in enumerate(cache[2:4]))
        W = p["W_hh"][:, 2 * H :]
        kept = (r * h) @ W if variant == "before" else r * (h @ W)
        n = by_hand(t, 2, np.tanh(x @ p["W_xh"][:, 2 * H :] + p["b_h"][2 * H :] + kept))
        if not hand:
            assert np.allclose(n, cache[4], rtol=0, atol=1e-12)
        h = (1 - z) * n + z * h
        if not hand:
            assert np.allclose(h, plain, rtol=0, atol=1e-12)
        out.append({"r": r, "z": z, "n": n, "h": h})
    return out


MACHINE = """([name, sentence, variant, hand]) => Explorer.registered[name].run(
  sentence, variant, hand).map(all => Object.fromEntries(Object.entries(all).filter(
    ([k]) => k !== 'word').map(([k, v]) => [k, [...v]])))"""
NOT, WITHOUT = "Not a single dull moment", "A single dull moment"
MACHINES = [("lstm", ""), ("gru", "before"), ("gru", "after")]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name, variant", MACHINES)
def test_the_machines_states_are_those_of_numpy(kit, name, variant, seed):
    rng = np.random.default_rng(seed)
    H, gates = (1, "ifgo") if name == "lstm" else (2, "rzn")
    places = [(t, k, u) for t in range(5) for k in range(len(gates)) for u in range(H)]
    hand = {}  # nothing held, then more and more, with both ends of the slider
    for n in rng.permutation(len(places))[: 4 * seed]:
        t, k, u = places[n]
        low = -1 if gates[k] in "gn" else 0
        ends = [low, 1, round(rng.uniform(low, 1), 2)]
        hand[f"{t} {k} {u}"] = float(ends[rng.integers(3)])
    for sentence in (NOT, WITHOUT):
        got = kit.evaluate(MACHINE, [name, sentence, variant, hand])
        truth = machine_states(name, sentence, variant, hand)
        for one, found in zip(truth, got, strict=True):
            assert set(one) == set(found)
            for key, value in one.items():
                assert np.abs(value[0] - found[key]).max() < CLOSE, key


def test_the_machines_follow_the_tables_of_the_chapters(kit):
    for name, columns in (("lstm", "ifgoch"), ("gru", "znh")):
        variant = "" if name == "lstm" else "before"
        story = chapter_story(name)
        got = kit.evaluate(MACHINE, [name, NOT, variant, {}])
        for column in columns:
            found = [one[column][0] for one in got]
            assert np.abs(story[column].to_numpy() - found).max() < CLOSE


def test_what_the_answer_of_the_lstm_says():
    def last(f):
        hand = {f"{t} 1 0": f for t in range(5)}
        return machine_states("lstm", NOT, "", hand)[3]["h"].item()

    whole = machine_states("lstm", NOT, "", {})[3]["h"].item()
    assert last(0.85) < 0.5 < last(0.86) < whole
    text = (HERE / "lstm.md").read_text(encoding="utf-8")
    assert "To 0.86" in text and "still\n0.64" in text and "is 0.61" in text
    assert (round(0.86**3, 2), round(0.85**3, 2)) == (0.64, 0.61)
    shut = machine_states("lstm", NOT, "", {"2 1 0": 0.0})
    assert shut[3]["h"].item() == 0
    ones = {f"{t} {k} 0": 1.0 for t in range(5) for k in (0, 1, 2)}
    count = machine_states("lstm", NOT, "", ones)
    assert [one["c"].item() for one in count] == [1, 2, 3, 4, 5]
    assert all(one["h"].item() < 1 for one in count)


def test_what_the_answer_of_the_gru_says():
    def verdict(sentence, variant, hand):
        return machine_states("gru", sentence, variant, hand)[-1]["h"][0, 1]

    for variant, sender, receiver in (("before", -1, 1), ("after", 1, -1)):
        assert verdict(NOT, variant, {}) > 0 > verdict(WITHOUT, variant, {})
        assert np.sign(verdict(NOT, variant, {"3 0 0": 0.0})) == sender
        assert np.sign(verdict(NOT, variant, {"3 0 1": 0.0})) == receiver
        # The gate that does nothing does nothing at all.
        idle = {"before": "3 0 1", "after": "3 0 0"}[variant]
        assert verdict(NOT, variant, {idle: 0.0}) == verdict(NOT, variant, {})
    both = [machine_states("gru", NOT, v, {}) for v in ("before", "after")]
    for one, other in zip(*both, strict=True):
        assert np.allclose(one["h"], other["h"], rtol=0, atol=1e-15)


# --- CTC by hand ---------------------------------------------------------------------

CTC = """([p, label]) => {
  const e = Explorer.registered.ctc;
  const {total, gamma, alpha, beta, places} = e.ctc(p, label);
  const plain = rows => rows.map(row => [...row]);
  return {total, places, gamma: plain(gamma), alpha: plain(alpha), beta: plain(beta),
    labels: e.everyLabel(p), paths: e.alignments(p.length, label),
    count: e.count(p.length, label), cannot: e.impossible(p.length, label),
    ways: e.alignments(p.length, label).map(e.placesOf)};
}"""
LABELS = [], [1], [1, 1], [1, 2], [2, 1, 2], [3, 3, 3], [1, 1, 2, 2]


def collapsed(path):
    """Equal neighbours merge, then blanks go."""
    return [
        k
        for k, before in zip(path, [0, *path[:-1]], strict=True)
        if k not in (0, before)
    ]


@pytest.mark.parametrize("T", [1, 2, 3, 5, 6])
@pytest.mark.parametrize("label", LABELS, ids=str)
def test_ctc_is_that_of_the_chapter_and_of_all_paths(kit, label, T):
    p = np.random.default_rng(T).dirichlet(np.ones(4), size=T)
    got = kit.evaluate(CTC, [p.tolist(), label])
    every = defaultdict(float)
    paths = [list(path) for path in product(range(4), repeat=T)]
    for path in paths:
        every[tuple(collapsed(path))] += p[range(T), path].prod()
    ours = [path for path in paths if collapsed(path) == label]
    assert sorted(got["paths"]) == ours and got["count"] == len(ours)
    assert abs(got["total"] - every.get(tuple(label), 0)) < CLOSE
    assert bool(got["cannot"]) == (not ours)
    said = {tuple(map(int, name)): q for name, q in got["labels"]}
    assert set(said) == set(every)
    assert all(abs(q - every[name]) < CLOSE for name, q in said.items())
    assert [q for _, q in got["labels"]] == sorted(said.values(), reverse=True)
    loss, share = ctc(np.log(p), label)
    if ours:
        assert abs(-np.log(got["total"]) - loss) < CLOSE
        passes = np.zeros_like(p)
        np.add.at(passes.T, got["places"], np.array(got["gamma"]).T)
        assert np.abs(passes - share).max() < CLOSE
        both = (np.array(got["alpha"]) * got["beta"]).sum(axis=1)
        assert np.abs(both - got["total"]).max() < CLOSE
    else:
        assert got["total"] == 0 and np.isinf(loss)


def test_ctc_paths_run_through_the_trellis(kit):
    for label in LABELS:
        got = kit.evaluate(CTC, [[[0.25] * 4] * 6, label])
        for path, way in zip(got["paths"], got["ways"], strict=True):
            assert [got["places"][s] for s in way] == path
            assert way[0] < 2 and way[-1] >= len(got["places"]) - 2
            assert set(np.diff(way)) <= {0, 1, 2}


def test_ctc_of_frames_that_are_certain(kit):
    """Shares of 0 and 1, and what cannot be, in words."""
    one = [[0, 1, 0, 0]] * 3
    got = kit.evaluate(CTC, [one, [1, 1]])
    assert got["total"] == 0 and np.isfinite(got["gamma"]).all()
    assert got["labels"] == [["1", 1]] and got["cannot"] == ""
    got = kit.evaluate(CTC, [one[:2], [1, 1]])
    assert got["cannot"].startswith(
        "Impossible: 11 needs 3 frames, 2 signs and 1 blank"
    )
    shares = "v => Explorer.registered.ctc.shares(v)"
    assert kit.evaluate(shares, [0, 3, 1, 0]) == [0, 0.75, 0.25, 0]
    assert kit.evaluate(shares, [0, 0, 0, 0]) == [0.25] * 4


def test_what_the_answer_of_ctc_says(kit):
    def label_of(rows):
        p = np.array([[b / 10, 1 - b / 10, 0, 0] for b in rows])
        return dict(kit.evaluate(CTC, [p.tolist(), [1, 1]])["labels"])

    assert label_of([0, 0, 0]) == {"1": 1}
    for b in range(11):
        three, four = label_of([0, b, 0]), label_of([0, b, b, 0])
        assert (three.get("11", 0) > three.get("1", 0)) == (b > 5)
        assert (four.get("11", 0) > four.get("1", 0)) == (b >= 3)
    assert round(label_of([0, 3, 3, 0])["11"], 2) == 0.51
    assert len(kit.evaluate(CTC, [[[0.25] * 4] * 4, [1, 1]])["paths"]) == 5
    best = dict(kit.evaluate(CTC, [[[0.6, 0.4, 0, 0]] * 2, [1]])["labels"])
    assert best["1"] > best[""]  # though the best path has blanks only


# --- the pages ----------------------------------------------------------------------


@pytest.fixture(scope="module", params=WRITTEN)
def at(request, browser, book):
    """An explorer's page from the disk, before it comes into view."""
    page = without_formulas(browser.new_page(viewport={"width": 390, "height": 800}))
    page.trouble, page.loaded = [], []
    page.on("pageerror", lambda error: page.trouble.append(str(error)))
    page.on("requestfailed", lambda r: page.trouble.append(r.url))
    page.on("request", lambda r: page.loaded.append(r.url))
    page.goto((book / "chapters" / f"{PAGES[request.param]}.html").as_uri())
    page.name = request.param
    page.box = f"[data-explorer={page.name}]"
    yield page
    assert page.trouble == []
    page.close()


def test_nothing_starts_before_it_comes_into_view_and_then_nothing_moves(at):
    box = at.locator(at.box)
    assert at.evaluate("scrollY") == 0
    assert box.get_attribute("data-state") is None
    assert not [url for url in at.loaded if "/weights/" in url]
    assert box.locator(".explorer-picture svg").is_visible()
    before = box.bounding_box()["height"]
    box.scroll_into_view_if_needed()
    at.wait_for_selector(f"{at.box}[data-state=here]", timeout=5000)
    assert box.locator(".explorer-live").is_visible()
    assert not box.locator(".explorer-picture").is_visible()
    assert abs(box.bounding_box()["height"] - before) <= 1


@pytest.fixture(scope="module", params=[(1280, False), (1280, True), (390, True)])
def holding(request, browser):
    """Windows in which an explorer has another height: wide, and by finger."""
    width, finger = request.param
    size = {"width": width, "height": 800}
    context = browser.new_context(viewport=size, has_touch=finger, is_mobile=finger)
    yield without_formulas(context.new_page())
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_by_mouse_and_by_finger_it_has_the_height_that_was_kept_for_it(
    holding, book, name
):
    holding.goto((book / "chapters" / f"{PAGES[name]}.html").as_uri())
    stage = holding.locator(f"[data-explorer={name}] .explorer-stage")
    before = stage.bounding_box()["height"]
    stage.scroll_into_view_if_needed()
    holding.wait_for_selector(f"[data-explorer={name}][data-state=here]")
    live = stage.locator(".explorer-live").bounding_box()["height"]
    assert before - 60 < live <= before + 1
    assert stage.bounding_box()["height"] == pytest.approx(before, abs=1)


def test_controls_are_named_and_large_enough(at):
    box = at.locator(at.box)
    box.scroll_into_view_if_needed()
    at.wait_for_selector(f"{at.box}[data-state=here]")
    small = at.evaluate(
        """box => [...document.querySelectorAll(
      `${box} :is(button, input, select)`)].filter(e => {
        const {width, height} = e.getBoundingClientRect();
        const tall = e.matches('.loop-inputs button, .ctc-grid button') ? 24 : 44;
        return !e.hidden && (height < 44 || width < tall);
      }).map(e => e.outerHTML)""",
        at.box,
    )
    assert small == []
    assert at.evaluate("document.documentElement.scrollWidth") <= 390


def test_type_of_the_still_picture_can_be_read_on_a_phone(browser, book):
    """As the page shows it without scripts: 8.5 px at least."""
    size = {"width": 390, "height": 800}
    context = browser.new_context(java_script_enabled=False, viewport=size)
    for name, chapter in WRITTEN.items():
        page = context.new_page()
        page.goto((book / "chapters" / f"{chapter}.html").as_uri())
        picture = page.locator(f"[data-explorer={name}] .explorer-picture svg")
        _, _, wide, _ = map(float, picture.get_attribute("viewBox").split())
        scale = picture.bounding_box()["width"] / wide
        sizes = [
            float(one.evaluate("e => parseFloat(getComputedStyle(e).fontSize)"))
            for one in picture.locator("text").all()
        ]
        assert min(sizes, default=99) * scale >= 8.5, name
        page.close()
    context.close()


def test_on_paper_the_picture_stands_there(at):
    at.locator(at.box).scroll_into_view_if_needed()
    at.wait_for_selector(f"{at.box}[data-state=here]")
    at.emulate_media(media="print")
    assert at.locator(f"{at.box} .explorer-picture").is_visible()
    assert not at.locator(f"{at.box} .explorer-live").is_visible()
    at.emulate_media(media="screen")


def test_without_scripts_the_picture_and_the_answer_stand_there(browser, book):
    context = browser.new_context(java_script_enabled=False)
    for name, chapter in WRITTEN.items():
        page = context.new_page()
        page.goto((book / "chapters" / f"{chapter}.html").as_uri())
        box = page.locator(f"[data-explorer={name}]")
        assert box.locator(".explorer-picture svg").is_visible()
        box.locator("summary").click()
        assert box.locator("details p").first.is_visible()
    context.close()


def test_the_loop_is_played_by_keyboard_alone(browser, book):
    page = without_formulas(browser.new_page())
    page.goto((book / "chapters" / "02-rnn.html").as_uri())
    box = page.locator("[data-explorer=loop]")
    box.scroll_into_view_if_needed()
    page.wait_for_selector("[data-explorer=loop][data-state=here]")
    said = box.locator(".explorer-words")
    assert said.inner_text().startswith("Nothing is read yet")

    def hears(text):
        page.wait_for_function(
            "t => document.querySelector('.explorer-words').textContent.includes(t)",
            arg=text,
        )

    box.locator("select").first.focus()
    page.keyboard.press("ArrowDown")  # the parity counter
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    hears("Step 1:")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    hears("Step 8:")
    hears("No error so far")
    page.keyboard.press("Tab")  # back to the start
    page.keyboard.press("Tab")  # inputs
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    hears("right is 1")
    second = box.locator(".explorer-switches button").nth(1)
    assert second.get_attribute("aria-pressed") == "true"
    page.keyboard.press("Tab")  # the wire
    page.keyboard.press("Tab")  # its weight
    for _ in range(60):
        page.keyboard.press("ArrowLeft")
    hears("Wrong at step")
    page.close()


def test_reach_is_played_by_keyboard_alone(browser, book):
    page = without_formulas(browser.new_page())
    page.goto((book / "chapters" / "04-vanishing-gradients.html").as_uri())
    box = page.locator("[data-explorer=reach]")
    box.scroll_into_view_if_needed()
    page.wait_for_selector("[data-explorer=reach][data-state=here]")
    said = box.locator(".explorer-words")
    start = said.inner_text()
    assert start.startswith("At the first input, 59 steps back")

    def press(*keys):
        before = said.inner_text()
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_function(
            "t => document.querySelector('.explorer-words').textContent !== t",
            arg=before,
        )

    box.locator("input").first.focus()
    press("ArrowLeft")
    page.keyboard.press("Tab")  # the bias
    press("End")
    page.keyboard.press("Tab")  # the length
    press("End")
    assert "99 steps back" in said.inner_text()
    page.keyboard.press("Tab")  # other networks
    press("Enter")
    page.keyboard.press("Tab")  # back to the start
    press("Space")
    assert said.inner_text() == start


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_a_machine_is_played_by_keyboard_alone(browser, book, name):
    page = without_formulas(browser.new_page())
    page.goto((book / "chapters" / f"{PAGES[name]}.html").as_uri())
    box = page.locator(f"[data-explorer={name}]")
    box.scroll_into_view_if_needed()
    page.wait_for_selector(f"[data-explorer={name}][data-state=here]")
    said = box.locator(".explorer-words")
    assert said.inner_text().startswith("Not:")

    def hears(text):
        page.wait_for_function(
            "t => document.querySelector('.explorer-words').textContent.includes(t)",
            arg=text,
        )

    def press(*keys):
        for key in keys:
            page.keyboard.press(key)

    box.locator("select").first.focus()
    press(*["Tab"] * (1 if name == "lstm" else 2), "Enter")
    hears("a:")
    press("Enter", "Enter")
    hears("praise" if name == "gru" else "shown at dull: praise")
    # All words, first word, unit, whose hand, back to the weights, the first slider.
    press(*["Tab"] * (5 if name == "lstm" else 6))
    if name == "lstm":
        press("Tab", "Tab", "Tab", "Home")  # o
        hears("o 0.00 (by hand)")
        hears("No negation is shown at dull: blame")
        press("Shift+Tab", "Shift+Tab", "Shift+Tab")
    else:
        press("Home")  # r of kept, which sends
        hears("r 0.00 (by hand)")
        hears("Verdict: blame")
    press("Shift+Tab", "Space")
    hears("praise")
    assert "by hand" not in said.inner_text()
    page.close()


def test_ctc_is_played_by_keyboard_alone(browser, book):
    """In its chapter, or, until that is written, on a page of nothing else."""
    page = without_formulas(browser.new_page(viewport={"width": 390, "height": 800}))
    trouble = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    if "ctc" in WRITTEN:
        page.goto((book / "chapters" / f"{WRITTEN['ctc']}.html").as_uri())
        page.locator("[data-explorer=ctc]").scroll_into_view_if_needed()
    else:
        alone(page, "ctc")
    page.wait_for_selector("[data-explorer=ctc][data-state=here]")
    box = page.locator("[data-explorer=ctc]")
    result = box.locator(".ctc-result")
    assert "is read as 1, not as 11" in result.inner_text()
    assert "need a blank between" in result.inner_text()

    def press(*keys):
        for key in keys:
            page.keyboard.press(key)

    def hears(text):
        page.wait_for_function(
            "t => document.querySelector('.explorer-words').textContent.includes(t)",
            arg=text,
        )

    box.locator("select").first.focus()
    press("Tab", "Tab", "Tab")  # label, frames, and the grid, at frame 1 and sign 1
    press("ArrowRight", "ArrowUp", "Space")  # a blank in the second frame
    assert "Found: 1 of 5." in result.inner_text()
    hears("that is the label")
    press("Tab", "Tab")  # most probable path, show me one
    for n in range(2, 6):
        press("Enter")
        assert f"Found: {n} of 5" in result.inner_text()
    hears("all of them")
    press("Shift+Tab", "Shift+Tab", "Shift+Tab", "Home")  # one frame
    hears("Impossible: 11 needs 3 frames")
    box.locator("select").nth(1).focus()
    press("ArrowDown")  # occupancy, of what cannot be
    page.locator(".ctc-shares input").first.focus()
    press("End")
    hears("Impossible")
    # The frame whose shares the sliders hold is chosen beside them, too.
    shares = box.locator("select").nth(2)
    assert shares.locator("option").all_inner_texts() == ["1"]
    box.locator("select").first.select_option("sure")
    assert shares.locator("option").all_inner_texts() == ["1", "2", "3"]
    hears("1 path is read as 11; it has 0, infinite loss.")
    shares.select_option(label="2")
    page.locator(".ctc-shares input").first.focus()
    press("End")
    assert box.get_by_label("Frame 2, blank: 50 percent").is_visible()
    assert box.get_by_label("Frame 1, blank: 0 percent").is_visible()
    assert trouble == [] and page.evaluate("document.body.scrollWidth") <= 390
    page.close()


def test_what_ctc_says_to_try_is_of_the_example_that_is_chosen(browser, book):
    page = without_formulas(browser.new_page(viewport={"width": 390, "height": 800}))
    page.goto((book / "chapters" / "27-speech.html").as_uri())
    box = page.locator("[data-explorer=ctc]")
    box.scroll_into_view_if_needed()
    page.wait_for_selector("[data-explorer=ctc][data-state=here]")
    first, example = box.locator(":scope > p").first, box.locator("select").first
    came, high = first.inner_text(), first.bounding_box()["height"]
    said = {}
    for name in page.evaluate("Object.keys(Explorer.registered.ctc.TRY)"):
        example.select_option(name)
        said[name] = first.inner_text()
        assert said[name].startswith("Try first: ")
        assert first.bounding_box()["height"] == pytest.approx(high, abs=1), name
        label = box.locator("input[type=text]").input_value()
        assert name == "own" or f"the label is {label}, and" in said[name]
    assert len({*said.values()}) == len(said) and said["equal"] == came
    example.select_option("two")
    box.locator("input[type=range]").first.fill("6")  # an example of the reader's own
    assert first.inner_text() == said["own"]
    page.close()


def test_what_ctc_says_to_try_is_so(kit):
    """12 needs no blank; the surest path of another is read as something else."""
    examples = kit.evaluate("Explorer.registered.ctc.EXAMPLES")
    for name, (_, label, T, rows) in examples.items():
        p = np.array([rows[min(t, len(rows) - 1)] for t in range(T)], dtype=float)
        got = kit.evaluate(
            CTC, [(p / p.sum(1, keepdims=True)).tolist(), [*map(int, label)]]
        )
        best = collapsed(p.argmax(1).tolist())
        if name == "two":
            assert any(0 not in path for path in got["paths"])
        if name == "sure":
            assert best == [1] and got["count"] == 1
        if name == "best":
            assert best == [] and got["count"] == 3 and got["labels"][0][0] == "1"
        if name == "short":
            assert got["count"] == 0


def alone(page, name):
    """The explorer on a page of its own, with the styles of the book's colours."""
    box = (
        f'<div class="explorer" data-explorer="{name}"><div class="explorer-stage">'
        '<div class="explorer-picture"></div><div class="explorer-live"></div></div>'
    )
    page.set_content(f"<!doctype html><html lang='en'><body>{box}</body></html>")
    for style in ("explorers", "networks"):
        text = (HERE / f"{style}.css").read_text(encoding="utf-8")
        page.add_style_tag(content=text)
    for script in (*pictures.COMMON, name):
        text = (HERE / f"{script}.js").read_text(encoding="utf-8")
        page.add_script_tag(content=text)
    page.evaluate("Explorer.start(document.querySelector('.explorer'))")


def test_only_pages_with_an_explorer_load_the_kit(book):
    with_kit = {
        path.stem
        for path in (book / "chapters").glob("*.html")
        if "explorers/kit.js" in path.read_text(encoding="utf-8")
    }
    assert with_kit == set(WRITTEN.values())


@pytest.mark.parametrize("name", pictures.NAMES)
def test_the_still_picture_is_drawn_by_the_program(kit, name):
    stored = (HERE / "pictures" / f"{name}.svg").read_text(encoding="utf-8")
    assert pictures.still(kit, name) == stored


def test_weights_are_small():
    for path in HERE.glob("weights/*.js"):
        assert path.stat().st_size <= export.LARGEST, path.name


def test_a_file_of_weights_is_what_was_packed(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "WEIGHTS", tmp_path)
    packed = {"W": export.pack(np.eye(3)), "letters": "ab"}
    about, text = (
        export.write("some", "Some.", packed).read_text("utf-8").split("\n", 1)
    )
    assert about == "// Some."
    assert json.loads(text[len('Explorer.weights("some", ') : -3]) == packed
    assert np.abs(export.read("some")["W"] - np.eye(3)).max() < CLOSE
    with pytest.raises(ValueError, match="weights: expected at most"):
        export.write("large", "Much.", {"text": "a" * export.LARGEST})


def test_gates_have_the_colours_of_the_plots():
    css = (HERE / "explorers.css").read_text(encoding="utf-8")
    first = re.search(r"\.explorer \{\s*(--gate[^}]*)\}", css)[1]
    assert dict(re.findall(r"--gate-(\w): (#\w+);", first)) == plots.GATES
