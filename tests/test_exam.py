"""The exam bank: every question fair and right, the sheets clean, the LMS file valid.

Worked answers are recomputed line by line, and answers are compared with the package,
PyTorch, scikit-learn, SciPy and statsmodels; with Keras in ``test_convert.py``, where
it is loaded anyway. The file for the LMS is read by
``gift-pegjs``, the published grammar of GIFT, which npm installs once. Pages are laid
out and printed by Chromium.
"""

import base64
import csv
import hashlib
import html
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from scipy import special, stats

from rnnbook import cells, metrics, optim, sampling
from rnnbook.layers import GRU, LSTM, RNN
from rnnbook.questions import Drawn, draw, show

sys.path.insert(0, str(ROOT / "assignments"))

import exam as command
import exam_marks
from exam_bank import BANK, asked, choices, kind, points, worth

STUDENTS = [f"student {n}" for n in range(60)]
TERM = "Summer/word"
CHAPTERS = sorted(p.stem for p in (ROOT / "chapters").glob("[01234]?-*.ipynb"))
EACH = pytest.mark.parametrize("name", BANK)
KINDS = {name: kind(asked(name, TERM, "x")) for name in BANK}
NUMBERS = [name for name in BANK if not isinstance(asked(name, TERM, "x").answer, str)]


def close(a: float, b: float, rtol: float) -> bool:
    return math.isclose(a, b, rel_tol=rtol)


# ---- the bank


def test_the_bank_is_large_and_covers_every_chapter_and_kind():
    assert len(BANK) >= 40
    pages = [entry.page for entry in BANK.values()]
    assert len(CHAPTERS) >= 12 and set(pages) == set(CHAPTERS)
    assert min(pages.count(page) for page in CHAPTERS) >= 4
    kinds = list(KINDS.values())
    assert all(kinds.count(k) >= 8 for k in ("number", "choice", "code", "written"))
    assert {entry.level for entry in BANK.values()} == {1, 2, 3}
    assert len({entry.outcome for entry in BANK.values()}) == len(BANK)


@EACH
def test_answers_are_sound_and_mistakes_are_distinct(name):
    for student in STUDENTS:
        q = asked(name, TERM, student)
        values = [q.answer, *(value for value, _ in q.wrong)]
        assert not re.search(r"np\.(float|int)|array\(|nan", q.text.split("```")[0])
        assert not re.search(r"np\.(float|int)|array\(|nan", q.worked)
        if q.rubric:
            assert not q.wrong and 5 <= points(name, q) == sum(w for w, _ in q.rubric)
            assert len({what for _, what in q.rubric}) == len(q.rubric) >= 3
        elif isinstance(q.answer, str):
            assert len(set(values)) == len(values) >= 4 and all(values)
        else:
            assert all(math.isfinite(v) for v in values) and len(values) >= 4
            assert not any(
                close(a, b, max(2 * q.rtol, 1e-9))
                for k, a in enumerate(values)
                for b in values[:k]
            )
        sentences = [why for _, why in q.wrong]
        assert len(set(sentences)) == len(sentences)
        assert all(s.endswith((".", ".)")) and len(s) > 12 for s in sentences)


@pytest.mark.parametrize("name", NUMBERS)
def test_an_answer_rounded_as_asked_is_right(name):
    for student in STUDENTS:
        q = asked(name, TERM, student)
        assert ("three significant digits" in q.text) == (q.rtol > 0)
        rounded = float(f"{q.answer:.3g}") if q.rtol else q.answer
        assert close(rounded, q.answer, max(q.rtol, 1e-9))


NUMBER = r"-?\d+(?:\.\d+)?(?: × 10\^-?\d+)?"
STEP = re.compile(
    r"((?:\d+(?:\.\d+)?|tanh|exp|ln|log2|σ|√|[-+×/^() ])+)"
    rf"= ({NUMBER})(?! ?[-+×/^(])"
)
FUNCTIONS = {
    "tanh": math.tanh,
    "exp": math.exp,
    "ln": math.log,
    "log2": math.log2,
    "sqrt": math.sqrt,
    "sigmoid": lambda a: 1 / (1 + math.exp(-a)),
}


def value(text: str) -> float:
    for sign, python in (("×", "*"), ("^", "**"), ("√", "sqrt"), ("σ", "sigmoid")):
        text = text.replace(sign, python)
    return float(eval(text.strip(), {"__builtins__": {}}, FUNCTIONS))


def steps(worked: str) -> list[tuple[float, float]]:
    """What each ``expression = number`` of a text is, and what it says it is."""
    found = STEP.findall(worked)
    return [(value(left), value(right)) for left, right in found if left.strip()]


@EACH
def test_every_step_of_a_worked_answer_is_right(name):
    for student in STUDENTS:
        q = asked(name, TERM, student)
        assert len(q.worked) > 40
        done = steps(q.worked)
        wrong = [(a, b) for a, b in done if not close(a, b, 6e-3)]
        assert wrong == [], q.worked
        if name in NUMBERS:
            assert re.search(rf"(?<![\d.]){re.escape(show(q.answer))}(?!\d)", q.worked)
            hits = [b for _, b in done if close(b, q.answer, max(q.rtol, 1e-9))]
            tried = name == "gru.units"  # found by trying, not by a formula
            assert hits or tried or KINDS[name] == "code", q.worked


def test_a_wrong_step_would_be_seen():
    assert steps("W has 3 × (4 + 1) = 15 numbers, the root is √(2) = 1.41.") == [
        (15.0, 15.0),
        (math.sqrt(2), 1.41),
    ]
    ((left, right),) = steps("Then 0.5^10 = 9.77 × 10^-4 of it is left.")
    assert close(left, right, 1e-3)
    ((left, right),) = steps("Together: 3 + 4 = 8.")
    assert not close(left, right, 6e-3)


@EACH
def test_numbers_differ_between_students_and_between_exams(name):
    def shown(term, student):
        q = asked(name, term, student)
        return q.text, *choices(name, q, term, student)

    mine = [shown(TERM, student) for student in STUDENTS]
    assert len(set(mine)) > len(STUDENTS) / 3
    assert mine == [shown(TERM, student) for student in STUDENTS]
    assert shown(TERM, " ADA ") == shown(TERM, "ada")
    later = [shown("Winter/word", student) for student in STUDENTS]
    other = [shown("Summer/other word", student) for student in STUDENTS]
    same = sum(a == b for a, b in zip(mine, later, strict=True))
    assert same < 10 and sum(a == b for a, b in zip(mine, other, strict=True)) < 10


@pytest.mark.parametrize("name", [n for n in BANK if n not in NUMBERS])
def test_the_right_choice_stands_anywhere(name):
    places = set()
    for student in STUDENTS:
        q = asked(name, TERM, student)
        order = choices(name, q, TERM, student)
        if q.rubric:
            assert order == []
            continue
        assert sorted(order) == sorted([q.answer, *(w for w, _ in q.wrong)])
        places.add(order.index(q.answer))
    assert KINDS[name] == "written" or len(places) == len(order)


def test_questions_are_the_same_in_another_process():
    names = ["lstm.step", "sequences.leak", "gru.step_code", "bptt.by_hand"]
    code = (
        "from exam_bank import *\n"
        f"for n in {names}:\n"
        f"    q = asked(n, {TERM!r}, 'Ada'); print(q, choices(n, q, {TERM!r}, 'Ada'))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT / "assignments",
        env=os.environ | {"PYTHONHASHSEED": "7"},
    )
    mine = [asked(n, TERM, "Ada") for n in names]
    here = [
        f"{q} {choices(n, q, TERM, 'Ada')}" for n, q in zip(names, mine, strict=True)
    ]
    assert out.stdout.splitlines() == here, out.stderr


def test_a_question_whose_values_always_meet_is_refused():
    with pytest.raises(RuntimeError, match="two of the values"):
        draw(lambda rng: Drawn("How many?", 2, [(2, "Another two.")]), "key")


# ---- answers, found another way from the numbers in the text


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def array(*values):
    return np.array([values], dtype=float)


def size(layer) -> int:
    return sum(p.size for p in layer.params.values())


def torch_size(*modules) -> int:
    return sum(p.numel() for module in modules for p in module.parameters())


def rnn_after(w, u, b, h, *xs):
    params = {"W_xh": array(w), "W_hh": array(u), "b_h": np.array([b])}
    state = array(h)
    for x in xs:
        state, _ = cells.rnn_step(array(x), state, params)
    return state.item()


def lstm_output(c, i, f, o, g):
    b = np.array([logit(i), logit(f), math.atanh(g), logit(o)])
    params = {"W_xh": np.zeros((1, 4)), "W_hh": np.zeros((1, 4)), "b_h": b}
    (h, _), _ = cells.lstm_step(array(0), (array(0), array(c)), params)
    return h.item()


def lstm_gradient(f, o, c_next, dh, dc):
    params = {"W_xh": np.zeros((1, 4)), "W_hh": np.zeros((1, 4)), "b_h": np.zeros(4)}
    zero, half = array(0), array(0.5)
    cache = (zero, zero, half, half, array(f), half, array(o), array(c_next))
    _, (_, dc_old), _ = cells.lstm_step_backward((array(dh), array(dc)), cache, params)
    return dc_old.item()


def gru_state(h, z, r, n):
    b = np.array([logit(r), logit(z), math.atanh(n)])
    params = {"W_xh": np.zeros((1, 3)), "W_hh": np.zeros((1, 3)), "b_h": b}
    return cells.gru_step(array(0), array(h), params)[0].item()


def gru_candidate(a, u, b, h, r):
    params = {
        "W_xh": np.zeros((1, 3)),
        "W_hh": array(0, 0, u),
        "b_xh": np.array([logit(r), -60, a]),
        "b_hh": np.array([0, 0, b]),
    }
    return cells.gru_reset_after_step(array(0), array(h), params)[0].item()


def gru_units(D, H):
    units = range(1, 2 * int(H))
    sizes = [size(GRU(int(D), k, reset_after=False)) for k in units]
    return sum(s <= size(LSTM(int(D), int(H))) for s in sizes)


def two_steps(w, h0, h1, h2):
    x1, x2 = math.atanh(h1) - w * h0, math.atanh(h2) - w * h1

    def last(v):
        return math.tanh(v * math.tanh(v * h0 + x1) + x2)

    return (last(w + 1e-6) - last(w - 1e-6)) / 2e-6


def adam_change(_, __, lr, gradient):
    params = {"w": np.zeros(1)}
    optim.Adam(params, lr=lr).step({"w": np.array([gradient])})
    return abs(params["w"].item())


def clipped(a, b, limit):
    grads = {"a": np.array([a]), "b": np.array([0.6 * b, 0.8 * b])}
    optim.clip_grad_norm(grads, limit)
    return grads["a"].item()


def clipped_vector(a, b, limit):
    grads = {"g": np.array([a, b])}
    optim.clip_grad_norm(grads, limit)
    return f"({show(grads['g'][0])}, {show(grads['g'][1])})"


def kernel(*gates):
    c = 0.0
    for step, f in enumerate(gates):
        c = f * c + (step == 0)
    return c


def classifier(V, E, H):
    import torch

    V, E, H = int(V), int(E), int(H)
    return torch_size(
        torch.nn.Embedding(V, E), torch.nn.GRU(E, H), torch.nn.Linear(H, 1)
    )


def torch_gru(D, H):
    import torch

    return torch_size(torch.nn.GRU(int(D), int(H)))


def stacked(C, _, H, K):
    C, H, K = int(C), int(H), int(K)
    return size(LSTM(C, H)) + size(LSTM(H, H)) + (H + 1) * K


def kept_for_the_way_back(H, B, T, D):
    arrays = [(B, T, D)] + [(B, T, H)] * (2 + 4 + 1)
    return sum(math.prod(map(int, shape)) for shape in arrays)


def spread_of_products(T, p):
    """Either all draws keep the number, or it is lost: two outcomes."""
    survives, value = (1 - p) ** T, (1 - p) ** -T
    return survives * (value - 1) ** 2 + (1 - survives)


def padding_of_pairs(*lengths):
    pairs = np.sort(lengths).reshape(-1, 2)
    return np.diff(pairs).sum()


def share_of_rows(*values):
    table = np.array(values[:4]).reshape(2, 2)
    return table.mean(axis=1).var() / table.var()


def second_layer(D, H):
    import torch

    lstm = torch.nn.LSTM(int(D), int(H), num_layers=2, bidirectional=True)
    named = dict(lstm.named_parameters())
    kept = [p for name, p in named.items() if "_l1" in name and "bias_hh" not in name]
    return sum(p.numel() for p in kept)


def places(R, C, p, _, s):
    image = np.zeros((int(R), int(C)))
    seen = np.lib.stride_tricks.sliding_window_view(image, (int(p), int(p)))
    return seen[:: int(s), :: int(s)].shape[0] * seen[:: int(s), :: int(s)].shape[1]


def half_width(hits, n, *_):
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(int(hits), int(n), method="normal")
    return 100 * (high - low) / 2


def images_needed(percent, _, half):
    from scipy.optimize import brentq

    p = percent / 100
    return brentq(lambda n: 196 * math.sqrt(p * (1 - p) / n) - half, 10, 1e9)


def r_squared(*price):
    from sklearn.metrics import r2_score

    return r2_score(price[1:], price[:-1])


def mcnemar(_, a, b):
    from scipy.stats import binomtest

    return binomtest(int(b), int(a + b)).pvalue


def half_life(b):
    from scipy.optimize import brentq

    return brentq(lambda k: (1 / (1 + math.exp(-b))) ** k - 0.5, 0.1, 1e4)


def mase_of(*v):
    train, true, forecast, (season,) = v[:6], v[6:8], v[8:10], v[10:]
    return metrics.mase(true, forecast, train, int(season))


def settled(z, n, t):
    h = 0.0
    for _ in range(t):
        h += z * (n - h)
    return h


ANOTHER_WAY = {
    "sequences.windows": lambda N, L, K: len(range(0, int(N - L - K) + 1)),
    "sequences.bits": metrics.bits_per_character,
    "sequences.mase": lambda *v: mase_of(*v) if len(v) == 11 else mase_five(*v),
    "sequences.skill": lambda *v: metrics.skill(np.mean(v[:4]), np.mean(v[4:])),
    "rnn.parameters": lambda D, H, T: size(RNN(int(D), int(H))),
    "rnn.step": lambda w, u, b, h, x: rnn_after(w, u, b, h, x),
    "rnn.two_steps": lambda w, u, b, h, *xs: rnn_after(w, u, b, h, *xs),
    "bptt.two_steps": two_steps,
    "bptt.adam": adam_change,
    "bptt.central": lambda m, up, _, down, __: np.gradient([down, m, up], 0.1)[1],
    "vanishing.factor": lambda w, h, k: np.prod([w - w * h * h] * int(k)),
    "vanishing.clip": clipped,
    "vanishing.clip_vector": clipped_vector,
    "lstm.parameters": lambda D, H: size(LSTM(int(D), int(H))),
    "lstm.step": lstm_output,
    "lstm.half_life": half_life,
    "lstm.backward": lstm_gradient,
    "gru.step": gru_state,
    "gru.half_life": lambda b, _: half_life(b),
    "gru.candidate": gru_candidate,
    "gru.units": gru_units,
    "libraries.parameters": torch_gru,
    "libraries.bias": lambda a, b: 0.5 + 0.5 * math.tanh((a + b) / 2),
    "gates.kernel": kernel,
    "gates.best_of": lambda p, n: -math.expm1(n * math.log1p(-p)),
    "gates.chance": lambda H, p: math.fsum([p] * int(H)),
    "deep.parameters": second_layer,
    "beyond.composed": lambda a, b, a2, b2: np.polyval([a2, b2], b),
    "beyond.sees": lambda layers, k, *_: (
        sum((int(k) - 1) * 2**n for n in range(int(layers))) + 1
    ),
    "beyond.cache": lambda layers, width, T, size: (
        np.zeros((2, int(layers), int(T))).size * width * size / 1e6
    ),
    "beyond.settles": lambda _, z, n, t: settled(z, n, int(t)),
    "classic.copying": lambda S, A, gap, *_: float(
        np.mean([0] * int(S + gap) + [math.log(A)] * int(S))
    ),
    "classic.adding": lambda _, width, parts: (
        np.var((np.arange(100_000) + 0.5) / 100_000 * width / parts) * 2
    ),
    "classic.sees": lambda kernel, *v: (
        1 + sum(2 * (kernel - 1) * 2**k for k in range(int(v[-1])))
    ),
    "classic.drift": lambda _, i, g, T: math.fsum([i * g] * int(T)),
    "classic.error": lambda n, s, m, t: 2 * math.hypot(s / n**0.5, t / m**0.5),
    "classic.kept": lambda f, T: math.exp(T * math.log(f)),
    "tuning.budget": lambda n, *rungs: sum(
        n // 2**k * step for k, step in enumerate(np.diff([0, *rungs[:3]]))
    ),
    "tuning.decades": lambda *v: math.log(v[2] / v[0]) / math.log(v[1] / v[0]),
    "tuning.reach": lambda p, N: -math.expm1(N * math.log1p(-p / 100)),
    "tuning.rank": lambda a, b, N: (N * a + b) / (N + 1),
    "tuning.share": lambda *v: share_of_rows(*v),
    "deployment.bytes": lambda H, D, *_: sum([D + H + 8] * int(4 * H)),
    "deployment.rounding": lambda w, *_: np.diff(np.linspace(-w, w, 255))[0] / 2,
    "deployment.alarms": lambda n, every, days: sum([n / every] * int(days)),
    "deployment.packed": lambda n, share, *_: (
        sum([4, 2]) * round(n * (1 - share / 100))
    ),
    "deployment.state_code": lambda *v: v[0] + v[1] + v[2],
    "deployment.waiting": lambda n, k, slow, fast: fast + (slow - fast) * k / n,
    "scaling.fronts": lambda L, T: len(
        {i + j for i in range(int(L)) for j in range(int(T))}
    ),
    "scaling.bytes": lambda n, M, *_: sum([2 * 4 * M / n] * (int(n) - 1)),
    "scaling.limit": lambda percent, n: (
        1 / np.average([1, 1 / n], weights=[percent, 100 - percent])
    ),
    "scaling.weight": lambda a, p, b, q: np.average([p, q], weights=[a, b]),
    "scaling.lost": lambda every, ms, die: ms * (die % every) / 1000,
    "claims.interval": lambda n, a, b: math.hypot(a, b) / math.sqrt(n),
    "claims.agreeing": lambda share, n: math.exp(n * math.log(share / 100)),
    "claims.ways": lambda n, alpha, _: math.fsum([alpha / 100] * int(n)),
    "claims.seeds": lambda s, g: 8 * math.exp(2 * (math.log(s) - math.log(g))),
    "deep.last_column": lambda T, _, column: len(range(int(column), int(T))),
    "deep.residual": lambda n, a: float(np.linalg.det(np.eye(int(n)) * (1 + a))),
    "deep.survives": lambda p, n: math.prod([1 - p] * int(n)),
    "training.parabola": lambda *v: np.roots([v[2] / 2, -v[1], 0]).max(),
    "training.first_step": lambda *v: v[2] * math.sqrt((1 - v[0]) ** 2 / (1 - v[1])),
    "training.kept": kept_for_the_way_back,
    "training.variance": lambda *v: spread_of_products(int(v[1]), v[3]),
    "training.padded": padding_of_pairs,
    "text.file_size": lambda bits, n, _: bits / 8 * n / 1000,
    "text.pointer": lambda p, w: -math.log2(np.dot([w, 1 - w], [1, p])),
    "text.temperature": lambda *v: sampling.temperature(np.array(v[:3]), v[3])[0],
    "text.perplexity": lambda bits: metrics.perplexity(bits * math.log(2)),
    "images.stack": stacked,
    "images.patches": places,
    "images.seeds": lambda *scores: statistics.stdev(scores),
    "images.needed": images_needed,
    "stock.direction": half_width,
    "stock.horizon": lambda daily, days: math.hypot(*[daily] * int(days)),
    "stock.r2": r_squared,
    "weather.decay": lambda w, last, age, mean: (
        mean + (last - mean) / math.exp(w * age)
    ),
    "weather.row": lambda m, length, k: range(int(m), int(m + length))[-1] + k,
    "series.fading": lambda y, s, ahead, _, share, *__: np.dot(
        [share, 1], [y - s, ahead]
    ),
    "series.all_horizons": lambda *v: np.std([*v[:3], *np.negative(v[:3])]),
    "series.relu": lambda u, _, __, steps: math.prod([u] * int(steps)),
    "clicks.reciprocal": lambda *v: (
        np.dot(np.less_equal(v[:8], v[8]), np.divide(1, v[:8])) / 8
    ),
    "clicks.table": lambda n, c, q, k: np.average([c / n, q], weights=[n, k]),
    "speech.paths": lambda T, *_: special.binom(int(T) + 2, 6),
    "speech.error_rate": lambda n, *v: 100 * sum(v[:3]) / n,
    "speech.columns": lambda samples, _, hop, stride, *__: len(
        range(0, int(samples) - 199, int(hop))[:: int(stride)]
    ),
    "speech.two_frames": lambda p, q, *_: 1 - (1 - p) * (1 - q),
    "pairs.weight": lambda pads, *v: special.softmax(v[:3])[int(v[3]) - 1],
    "pairs.brevity": lambda s, r, _, __, *p: (
        min(1, np.exp(1 - r / s)) * stats.gmean(p[:4]) * 100
    ),
    "pairs.beginnings": lambda a, b, p, q: max(a * p, b * q),
    "clicks.drawn": lambda items, k, n: (k / (n + 1)) / (k / items),
    "classify.parameters": classifier,
    "classify.duel": mcnemar,
}


def mase_five(*v):
    return metrics.mase(v[5:7], v[7:9], v[:5], int(v[9]))


def numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"(?<![\w.-])-?\d+(?:\.\d+)?(?!\w)", text)]


def test_the_place_of_a_state_is_that_of_its_weights():
    """The direction stands in words; PyTorch names its weights in the order of h_n."""
    torch = pytest.importorskip("torch")
    for student in STUDENTS:
        q = asked("deep.h_n", TERM, student)
        layers, layer = (int(numbers(q.text)[k]) for k in (2, 4))
        gru = torch.nn.GRU(2, 3, num_layers=layers, bidirectional=True)
        states = [name for name in gru.state_dict() if name.startswith("weight_ih")]
        way = "_reverse" if "the backward state" in q.text else ""
        assert states.index(f"weight_ih_l{layer}{way}") == q.answer


@pytest.mark.parametrize("name", ANOTHER_WAY)
def test_answers_found_another_way_are_the_same(name):
    for student in STUDENTS[:8] if name == "gru.units" else STUDENTS:
        q = asked(name, TERM, student)
        found = ANOTHER_WAY[name](*numbers(q.text))
        if isinstance(q.answer, str):
            assert found == q.answer
        else:
            assert close(found, q.answer, 2e-5), q.text


def test_every_plain_number_is_found_another_way():
    elsewhere = {"deep.h_n"}
    found = set(ANOTHER_WAY) | elsewhere
    assert {n for n in NUMBERS if KINDS[n] == "number"} <= found


# ---- the sheets

CLASS = [
    command.Student("a17", "Ada Lovelace"),
    command.Student("b02", "Öz <b>&'\"</style>"),
    command.Student("c'3\\", ""),
]
ALL = command.Exam("Final exam", "word", tuple(BANK))


class Reader(HTMLParser):
    """The elements and the text of a page; open elements must be closed."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(path: Path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """An exam of all questions for a class with awkward names."""
    out = tmp_path_factory.mktemp("exam")
    command.write(ALL, CLASS, out, variants=3)
    return out


@pytest.mark.parametrize("file", ["exam.html", "teacher.html"])
def test_pages_need_nothing_from_elsewhere(made, file):
    page = read(made / file)
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"link", "img", "iframe", "object", "embed", "a"}
    assert not any({"src", "href", "srcset"} & set(attrs) for _, attrs in page.tags)
    text = (made / file).read_text(encoding="utf-8")
    assert not re.search(r"https?:|//\w|url\(|@import", text)
    sheets = [a for _, a in page.tags if a.get("class", "").startswith("sheet")]
    assert len(sheets) == len(CLASS) + (file == "teacher.html")
    assert sum(tag == "b" for tag, _ in page.tags if file == "exam.html") == 0


@pytest.mark.parametrize("file", ["exam.html", "teacher.html", "lms-rubrics.html"])
def test_pages_run_our_script_and_no_other(made, file):
    page = read(made / file)
    script = (ROOT / "assignments/exam.js").read_text(encoding="utf-8")
    assert [attrs for tag, attrs in page.tags if tag == "script"] == [{}]
    assert script in "".join(page.text)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = (a["content"] for t, a in page.tags if "http-equiv" in a)
    assert "default-src 'none'" in policy
    assert re.findall("script-src ([^;]*)", policy) == [f"'sha256-{digest}'"]


def test_names_are_shown_as_they_are(made):
    text = "".join(read(made / "exam.html").text)
    for student in CLASS:
        assert f"Name: {student.name}Id: {student.id}Signature" in text


def test_a_sheet_shows_the_question_and_nothing_of_the_answer(monkeypatch):
    """The page stays the same whatever the answer, the mistakes and the way are."""
    student = CLASS[0]
    before = command.sheet(ALL, student)
    for name in BANK:
        q, order = ALL.question(name, student.id)
        assert command.rich(q.text) in before
        assert all(command.inline(one) in before for one in order)
        assert command.rich(q.worked) not in before
        assert not any(command.inline(why) in before for _, why in q.wrong)

    def blind(self, name, student):
        q = asked(name, self.key, student)
        order = choices(name, q, self.key, student)
        other = order[0] if order else 0
        rubric = tuple((worth, "?") for worth, _ in q.rubric)
        return q._replace(answer=other, wrong=[], worked="", rubric=rubric), order

    monkeypatch.setattr(command.Exam, "question", blind)
    assert command.sheet(ALL, student) == before


def test_the_teacher_gets_every_worked_answer_and_the_key(made):
    text = (made / "teacher.html").read_text(encoding="utf-8")
    rows = list(csv.reader((made / "answers.csv").open(encoding="utf-8-sig")))
    assert rows[0] == ["id", "name", *BANK]
    for student, row in zip(CLASS, rows[1:], strict=True):
        assert row[:2] == [student.id, student.name]
        for name, told in zip(BANK, row[2:], strict=True):
            q, order = ALL.question(name, student.id)
            assert command.rich(q.worked) in text
            assert all(command.inline(why) in text for _, why in q.wrong)
            assert all(command.inline(what) in text for _, what in q.rubric)
            if q.rubric:
                assert told == "written"
            elif order:
                assert order["ABCDEFGH".index(told)] == q.answer
            else:
                assert close(value(told), q.answer, max(q.rtol, 1e-9))


def test_the_key_has_the_names(made):
    text = (made / "teacher.html").read_text(encoding="utf-8")
    key = text[text.index("<h2>Key</h2>") :]
    for student in CLASS:
        who = f'<td class="person">{html.escape(student.id)}</td>'
        name = f'<td class="person">{html.escape(student.name)}</td>'
        assert key.count(who + name) == math.ceil(len(BANK) / command.ACROSS)


def test_a_name_in_the_key_is_no_formula(tmp_path):
    exam = ALL._replace(names=("lstm.step",))
    command.write(exam, [command.Student("=1+1", "@SUM(A1)")], tmp_path, variants=1)
    rows = list(csv.reader((tmp_path / "answers.csv").open(encoding="utf-8-sig")))
    assert rows[1][:2] == ["'=1+1", "'@SUM(A1)"]
    assert exam_marks.asked_in(tmp_path).students == {"=1+1": "=1+1"}


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (1.1, "1.10"),
        (3.0, "3.00"),
        (-0.5, "-0.500"),
        (0.04, "0.0400"),
        (14, "14.0"),
        (99.96, "100"),
        (249.0, "249"),
        (12345.6, "12300"),
        (336489.6, "336000"),
        (0.0001234, "0.000123"),
        (0.00004, "4.00 × 10^-5"),
        (-7.573e-10, "-7.57 × 10^-10"),
        (0.0, "0"),
    ],
)
def test_three_significant_digits(number, told):
    assert command.three_digits(number) == told


@pytest.mark.parametrize("name", NUMBERS)
def test_the_key_has_the_digits_that_are_asked_for(name):
    for student in STUDENTS:
        q = asked(name, TERM, student)
        told = command.answer(q, [])
        if "three significant digits" not in q.text:
            assert float(told) == q.answer
        elif q.answer:
            assert float(f"{q.answer:.3g}") == pytest.approx(value(told), 1e-12)
            digits = re.sub(r"^-?[0.]*|\.", "", told.split(" ")[0])
            assert len(digits) == 3 or ("." not in told and not digits[3:].strip("0"))
        page = command.solution("1.", name, q, [])
        assert f'<span class="answer">{command.inline(told)}</span>' in page


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("W_xh and h_(t-1)", "<p><i>W</i><sub>xh</sub> and <i>h</i><sub>t−1</sub></p>"),
        ("2^-3 - 1 < -0.5", "<p>2<sup>−3</sup> − 1 &lt; −0.5</p>"),
        ("0.5^12. Then", "<p>0.5<sup>12</sup>. Then</p>"),
        ("`a_b^2 - 1` of batch_first", "<p><code>a_b^2 - 1</code> of batch_first</p>"),
        ("Which?\n1. One\n2. Two", "<p>Which?</p><ol><li>One</li><li>Two</li></ol>"),
        ("See\n```python\na = -1\n```\n", "<p>See</p><pre>a = -1</pre>"),
    ],
)
def test_formulas_and_code_in_html(text, page):
    assert command.rich(text) == page


def test_a_selection_is_spread_and_repeatable():
    n = len(CHAPTERS)
    chosen = command.select("Summer/word", n)
    assert chosen == command.select("Summer/word", n)
    assert chosen != command.select("Summer/other", n)
    assert {BANK[name].page for name in chosen} == set(CHAPTERS)
    kinds = [KINDS[name] for name in chosen]
    mean = n / len(set(KINDS.values()))
    assert all(abs(kinds.count(k) - mean) < 2 for k in set(KINDS.values()))
    gates = command.select("Summer/word", 9, ["11", "12-gru"])
    assert {BANK[name].page for name in gates} == {"11-lstm", "12-gru"}
    assert sorted(command.select("Summer/word", len(BANK))) == sorted(BANK)


def run(*argv: str) -> subprocess.CompletedProcess:
    program = [sys.executable, str(ROOT / "assignments/exam.py")]
    return subprocess.run([*program, *argv], capture_output=True, text=True)


def test_the_command_lists_the_bank():
    done = run("--list")
    assert done.returncode == 0 and f"{len(BANK)} questions" in done.stdout
    assert all(re.search(rf"^{re.escape(name)} ", done.stdout, re.M) for name in BANK)


def test_the_command_makes_an_exam(tmp_path):
    (tmp_path / "roster.csv").write_text("\ufeffname,id\nAda,a17\nBo,b02\n")
    given = ["--students", str(tmp_path / "roster.csv"), "--out", str(tmp_path / "out")]
    done = run(*given, "--secret", "word", "--questions", "6", "--variants", "4")
    assert done.returncode == 0, done.stderr
    assert "6 questions for 2 students" in done.stdout
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "answers.csv",
        "exam.html",
        "lms-rubrics.html",
        "lms.gift",
        "marks.csv",
        "teacher.html",
    ]
    text = (tmp_path / "out/exam.html").read_text(encoding="utf-8")
    assert text.count("<tr><th>Points</th>") == 2
    assert text.count("Question 6<") == 2 and "Question 7<" not in text
    assert "Id: a17" in text and "Name: Bo" in text


@pytest.mark.parametrize(
    ("rows", "more", "message"),
    [
        ("name\nAda\n", [], "column `id`"),
        ("id\n", [], "a row for each"),
        ("id\na17\nA17\n", [], "a17"),
        ("id,name\n,Ada\n", [], "id of its own"),
        ("id\na17\n", ["--questions", "0"], "expected 1 to"),
        ("id\na17\n", ["--questions", "9", "--chapters", "02"], "expected 1 to 5"),
        ("id\na17\n", ["--chapters", "99"], "chapters"),
        ("id\na17\n", ["--names", "lstm.nothing"], "lstm.nothing"),
    ],
)
def test_bad_input_is_refused_in_one_line(rows, more, message, tmp_path, capsys):
    (tmp_path / "roster.csv").write_text(rows)
    given = ["--students", str(tmp_path / "roster.csv"), "--out", str(tmp_path / "o")]
    with pytest.raises(SystemExit, match="2"):
        command.main([*given, "--secret", "word", *more])
    assert message in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_an_exam_without_a_secret_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        command.main(["--students", str(tmp_path / "r.csv"), "--out", str(tmp_path)])
    assert "--secret" in capsys.readouterr().err


# ---- the pages, laid out and printed

PEOPLE = [
    *CLASS,
    command.Student("n" * 60 + "@example.org", "N" * 80),
    command.Student("ar", "محمد عبد الله الخوارزمي", "H1"),
    command.Student("tr", "end\u202ednE <script>document.title = 1</script>"),
]
FORMS = {
    "few": ALL._replace(names=tuple(BANK)[:2]),  # one page, so an empty one with it
    "usual": ALL._replace(names=command.select("print", 12)),
    "title": ALL._replace(title="A long title " * 20, names=tuple(BANK)[:6]),
    "all": ALL,
}
LEAVES = """() => [...document.querySelectorAll('.sheet')].map(sheet => ({
  whose: sheet.dataset.foot,
  leaves: [...sheet.querySelectorAll(':scope > .leaf')].map(leaf => {
    const [held, foot] = leaf.children, page = foot.lastChild.getBoundingClientRect();
    return {
      height: leaf.getBoundingClientRect().height * 25.4 / 96,
      free: page.top - held.getBoundingClientRect().bottom,
      over: held.scrollHeight - held.clientHeight,
      wide: Math.max(...[...held.querySelectorAll('*')].map(
        one => one.getBoundingClientRect().right)) - leaf.getBoundingClientRect().right,
      foot: [foot.firstChild.textContent, foot.lastChild.textContent],
      seen: page.right <= leaf.getBoundingClientRect().right + 1 && page.width > 20,
      last: held.lastElementChild.tagName,
      text: held.innerText,
    };
  }),
}))"""


@pytest.fixture(scope="module", params=FORMS)
def printed(request, tmp_path_factory, browser):
    """An exam's pages for print: files, and the leaves that the script made."""
    out = tmp_path_factory.mktemp(request.param)
    files = command.write(FORMS[request.param], PEOPLE, out, variants=2)[:2]
    found = {}
    for file in files:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        asked_for = []
        page.on("request", lambda one, to=asked_for: to.append(one.url))
        page.on("pageerror", lambda error, to=asked_for: to.append(str(error)))
        page.goto(file.as_uri())
        page.emulate_media(media="print")
        found[file] = page.evaluate(LEAVES)
        assert asked_for == [file.as_uri()] and page.title() != "1"
        page.close()
    return found


def test_every_page_says_whose_it_is_and_which_of_how_many(printed):
    exam, teacher = printed
    assert len(printed[exam]) == len(PEOPLE)
    for student, sheet in zip(PEOPLE, printed[exam], strict=True):
        assert sheet["whose"].startswith(student.id)
        assert student.name in sheet["whose"] or not student.name
        assert len(sheet["leaves"]) % 2 == 0
    for sheet in printed[exam] + printed[teacher]:
        count = len(sheet["leaves"])
        for k, leaf in enumerate(sheet["leaves"], 1):
            assert leaf["foot"] == [sheet["whose"], f"page {k} of {count}"]
            assert leaf["seen"]


def test_what_a_page_holds_fits_and_a_heading_stays_with_what_follows(printed):
    for sheets in printed.values():
        for leaf in (leaf for sheet in sheets for leaf in sheet["leaves"]):
            assert leaf["height"] <= 272 and leaf["over"] <= 1
            assert leaf["free"] > 0 and leaf["wide"] <= 1
            assert leaf["last"] not in ("H1", "H2", "H3") and leaf["text"].strip()


def test_nothing_is_lost_between_the_pages(printed):
    exam, teacher = printed
    for sheets, parts in ((printed[exam], "Question"), (printed[teacher][2:], "")):
        for sheet in sheets:
            text = "\n".join(leaf["text"] for leaf in sheet["leaves"])
            heads = re.findall(r"(?m)^Question (\d+)$|^(\d+)\. \w+\.\w+ \(", text)
            numbers = [int(a if parts else b) for a, b in heads if (a if parts else b)]
            assert numbers == list(range(1, len(numbers) + 1)) and numbers
    front = "\n".join(leaf["text"] for leaf in printed[teacher][0]["leaves"])
    for student in PEOPLE:
        assert student.id in front and student.name.split("\u202e")[0] in front


def test_pages_print_as_they_were_laid_out(printed):
    for file, sheets in printed.items():
        data = command.to_pdf(file).read_bytes()
        assert data.startswith(b"%PDF")
        pages = len(re.findall(rb"/Type\s*/Page\b", data))
        assert pages == sum(len(sheet["leaves"]) for sheet in sheets)


# ---- the order of the copies

ROOMS = [
    command.Student(f"s{k}", f"Name {k}", ("H1", "H2", "")[k % 3]) for k in range(40)
]


def test_copies_in_random_order_go_room_by_room_and_are_repeatable():
    few = ALL._replace(names=("lstm.step",))
    found = command.copies(few, ROOMS, "random")
    assert found == command.copies(few, ROOMS, "random")
    assert sorted(found) == sorted(ROOMS) and found != ROOMS
    rooms = [one.room for one in found]
    assert rooms == sorted(rooms, key=["H1", "H2", ""].index)
    for room in ("H1", "H2", ""):
        here = [one for one in found if one.room == room]
        assert here != [one for one in ROOMS if one.room == room]
    other = command.copies(few._replace(secret="other"), ROOMS, "random")
    assert sorted(other) == sorted(found) and other != found
    assert command.copies(few, ROOMS, "roster") == ROOMS


def test_the_order_changes_where_a_copy_lies_and_nothing_in_it(tmp_path):
    few = ALL._replace(names=("lstm.step", "sequences.leak"))
    for order in ("roster", "random"):
        command.write(few, ROOMS, tmp_path / order, 1, order)
    a, b = (
        re.findall(
            r'<div class="sheet".*?(?=<div class="sheet"|<script>)',
            (tmp_path / order / "exam.html").read_text(encoding="utf-8"),
        )
        for order in ("roster", "random")
    )
    assert len(a) == len(ROOMS) and a != b and sorted(a) == sorted(b)
    ids = [re.search('data-foot="(s\\d+) ', one)[1] for one in b]
    assert ids == [one.id for one in command.copies(few, ROOMS, "random")]
    key = [(tmp_path / o / "answers.csv").read_bytes() for o in ("roster", "random")]
    assert key[0] == key[1]
    listed = (tmp_path / "random/teacher.html").read_text(encoding="utf-8")
    listed = listed[listed.index("order of the copies</h1>") :]
    assert re.findall(r'<td class="person">(s\d+)</td>', listed) == ids


@pytest.mark.parametrize(
    "form", [("utf-8-sig", ","), ("cp1252", ";"), ("utf-16", "\t")]
)
def test_a_roster_from_any_spreadsheet(form, tmp_path):
    encoding, separator = form
    rows = [["Name", "ID", "Room"], ["Zoë", "a17", "H1"], ["", "b02", ""]]
    text = "\r\n".join(separator.join(row) for row in rows)
    (tmp_path / "r.csv").write_text(text, encoding=encoding)
    assert command.roster(tmp_path / "r.csv") == [
        command.Student("a17", "Zoë", "H1"),
        command.Student("b02", ""),
    ]


# ---- the marks

GATES = ALL._replace(names=("lstm.step", "gru.step", "sequences.leak", "lstm.backward"))
PUPILS = [command.Student(f"s{k}", f"Näme {k}") for k in range(12)]


def points_of(k: int) -> list[float]:
    """What a pupil has: whole and half points, from none to all."""
    rng = np.random.default_rng(k)
    return [float(rng.integers(0, 2 * worth(n) + 1)) / 2 for n in GATES.names]


POINTS = {s.id: points_of(k) for k, s in enumerate(PUPILS)}


@pytest.fixture
def sat(tmp_path) -> Path:
    """The folder of an exam that was sat."""
    command.write(GATES, PUPILS, tmp_path, variants=1)
    exam_marks.prepare(tmp_path / "marks.csv", GATES.names, PUPILS)
    return tmp_path


def save(path: Path, rows, encoding="utf-8-sig", separator=",", comma=False) -> Path:
    def cell(x):
        text = f"{x:g}" if isinstance(x, float) else x
        return text.replace(".", ",") if comma and isinstance(x, float) else text

    with path.open("w", encoding=encoding, newline="") as file:
        table = csv.writer(file, delimiter=separator)
        table.writerows([cell(x) for x in row] for row in rows)
    return path


def wide(heads=GATES.names) -> list[list]:
    return [["id", *heads], *([i, *row] for i, row in POINTS.items())]


def long(names=GATES.names) -> list[list]:
    return [
        ["student", "question", "points"],
        *([i, names[k], p] for i, row in POINTS.items() for k, p in enumerate(row)),
    ]


def filled(folder: Path) -> list[list]:
    """The table that was written beside the exam, filled in."""
    rows = list(csv.reader((folder / "marks.csv").open(encoding="utf-8-sig")))
    assert rows[0][2:] == [
        f"{k} {n} (of {worth(n)})" for k, n in enumerate(GATES.names, 1)
    ]
    assert [row[:2] for row in rows[1:]] == [[s.id, s.name] for s in PUPILS]
    return [rows[0], *(row[:2] + POINTS[row[0]] for row in rows[1:])]


NUMBERED = ["1", "Question 2", "q3", "No. 4 (of 4)"]
TABLES = {
    "as it was written": filled,
    "with a sum and a comment": lambda _: [
        [*row, "sum" if not k else 7.5, "comment" if not k else "3, well"]
        for k, row in enumerate(wide())
    ],
    "columns in another order": lambda _: [row[::-1] for row in wide()],
    "numbered columns": lambda _: wide(NUMBERED),
    "ids in capitals, and blank rows": lambda _: [
        ["", "", "", "", ""] if k == 3 else [row[0].upper() + " ", *row[1:]]
        for k, row in enumerate([*wide()[:3], [], *wide()[3:]])
    ],
    "a row for each answer": lambda _: long(),
    "a row for each answer, by number": lambda _: long(["1", "2", "Q3", "4."]),
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("form", ["utf-8", "excel", "old excel", "tabs"])
def test_marks_are_read_whatever_a_spreadsheet_made_of_them(table, form, sat):
    how = {
        "utf-8": {},
        "excel": {"separator": ";", "comma": True},
        "old excel": {"separator": ";", "comma": True, "encoding": "cp1252"},
        "tabs": {"separator": "\t", "encoding": "utf-16"},
    }[form]
    file = save(sat / "entered.csv", TABLES[table](sat), **how)
    entered = exam_marks.read(file, exam_marks.asked_in(sat))
    assert entered.names == list(GATES.names)
    assert {one.student: list(one.scores.values()) for one in entered.rows} == {
        i: [dict(zip(GATES.names, POINTS[i], strict=True))[n] for n in one.scores]
        for i, one in ((r.student, r) for r in entered.rows)
    }
    assert {one.student for one in entered.rows} == set(POINTS)
    assert all(not one.to_mark for one in entered.rows)
    aside = ["columns that are no question: sum, comment"]
    assert entered.remarks == (aside if "comment" in table else [])


def test_the_statistics_of_the_questions_are_those_of_numpy(sat):
    said = exam_marks.evaluate(save(sat / "marks.csv", wide()), sat)
    rows = list(csv.DictReader((sat / "statistics.csv").open(encoding="utf-8-sig")))
    table, most = np.array(list(POINTS.values())), [worth(n) for n in GATES.names]
    assert [row["question"] for row in rows] == list(GATES.names)
    for k, row in enumerate(rows):
        mine, others = table[:, k], table.sum(1) - table[:, k]
        expected = {
            "number": k + 1,
            "points": most[k],
            "students": len(PUPILS),
            "mean_share": (mine / most[k]).mean(),
            "deviation": (mine / most[k]).std(ddof=1),
            "item_total": np.corrcoef(mine, others)[0, 1],
            "all": (mine == most[k]).sum(),
            "none": (mine == 0).sum(),
            "not_marked": 0,
        }
        told = {name: float(row[name].lstrip("'")) for name in expected}
        assert told == pytest.approx(expected, abs=6e-4)
        line = next(one for one in said.split("\n") if GATES.names[k] in one)
        assert f"{100 * expected['mean_share']:.0f} %" in line
        assert f"{expected['item_total']:.2f}" in line
    share = table.sum(1) / sum(most)
    assert f"12 students, mean {100 * share.mean():.0f} % of {sum(most)} points" in said


def test_who_has_nothing_was_absent_and_an_empty_cell_is_no_zero(sat):
    rows = wide()
    rows[1][1:] = ["", "-", "", "–"]
    rows[2][3] = ""
    rows[3][1:] = [0.0] * 4
    file = save(sat / "marks.csv", rows)
    entered = exam_marks.read(file, exam_marks.asked_in(sat))
    assert len(entered.rows) == len(PUPILS) - 1
    absent, hole = entered.remarks
    assert absent == "without any points: s0"
    assert "sequences.leak" in hole and "1 of 11" in hole and "s1" in hole
    said = exam_marks.evaluate(file, sat)
    assert "11 students" in said and "not marked for 1 of 11" in said
    told = list(csv.DictReader((sat / "statistics.csv").open(encoding="utf-8-sig")))
    assert told[2]["not_marked"] == "1" and told[2]["mean_share"] == ""
    assert all(told[k]["mean_share"] for k in (0, 1, 3))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda rows: rows[1].__setitem__(1, "9"),
            "row 2, lstm.step: expected at most",
        ),
        (
            lambda rows: rows[2].__setitem__(2, "-1"),
            "row 3, gru.step: expected a number",
        ),
        (
            lambda rows: rows[2].__setitem__(2, "nan"),
            "row 3, gru.step: expected a numb",
        ),
        (lambda rows: rows[2].__setitem__(2, "2/3"), "row 3, gru.step: a spreadsheet"),
        (lambda rows: rows[3].__setitem__(0, "zed"), "row 4: 'zed' is not in answers"),
        (lambda rows: rows[3].__setitem__(0, ""), "row 4: no id"),
        (lambda rows: rows.append(rows[4]), "s3 has points for it twice"),
        (lambda rows: rows[0].__setitem__(0, "who"), "the column `id` is missing"),
        (lambda rows: rows[0].__setitem__(2, "Question 1"), "another column holds"),
        (lambda rows: rows[0].__setitem__(2, "2 lstm.step"), "question 2 of this exam"),
        (lambda rows: rows.__delitem__(slice(1, None)), "expected points, got none"),
    ],
)
def test_what_cannot_be_a_mark_is_refused_with_its_row(change, message, sat, capsys):
    rows = wide()
    change(rows)
    file = save(sat / "mine.csv", rows)
    before = file.read_bytes()
    with pytest.raises(SystemExit, match="2"):
        command.main(["--marks", str(file)])
    assert message in capsys.readouterr().err
    assert file.read_bytes() == before and not (sat / "statistics.csv").exists()


def test_all_faults_of_a_table_are_told_together(sat):
    rows = wide()
    rows[1][1], rows[5][0], rows[7][3] = "99", "zed", "two"
    with pytest.raises(ValueError) as caught:
        exam_marks.evaluate(save(sat / "marks.csv", rows), sat)
    told = str(caught.value)
    assert all(f"row {k}" in told for k in (2, 6, 8))
    rows = [["student", "question", "points"], ["s1", "lstm.nothing", 1.0]]
    with pytest.raises(ValueError, match="row 2: no question of this exam"):
        exam_marks.evaluate(save(sat / "marks.csv", rows), sat)


def test_marks_of_an_exam_whose_folder_is_not_there(tmp_path):
    file = save(tmp_path / "marks.csv", wide())
    assert "12 students" in exam_marks.evaluate(file, tmp_path)
    numbered = save(tmp_path / "numbers.csv", wide(NUMBERED))
    with pytest.raises(ValueError, match="such as lstm.step"):
        exam_marks.evaluate(numbered, tmp_path)


def test_an_exam_that_is_made_again_keeps_the_marks(tmp_path, capsys):
    save(tmp_path / "r.csv", [["id", "name"], *([s.id, s.name] for s in PUPILS)])
    make = ["--students", str(tmp_path / "r.csv"), "--out", str(tmp_path)]
    make += ["--secret", "word", "--variants", "1", "--names"]
    command.main([*make, *GATES.names])
    marks = save(tmp_path / "marks.csv", filled(tmp_path), separator=";", comma=True)
    entered = marks.read_bytes()
    command.main([*make, *GATES.names])
    assert marks.read_bytes() == entered
    assert "holds marks already" in capsys.readouterr().out
    command.main(["--marks", str(marks)])
    assert "12 students, mean" in capsys.readouterr().out
    command.main([*make, "lstm.step"])
    assert "is now" in capsys.readouterr().out
    assert (tmp_path / "marks.csv.1").read_bytes() == entered
    assert "1 lstm.step (of 3)" in marks.read_text(encoding="utf-8-sig")
    command.main([*make, *GATES.names])  # nothing was entered: no backup
    assert not (tmp_path / "marks.csv.3").exists()


@EACH
def test_a_question_is_worth_the_same_and_found_by_its_name(name):
    assert {points(name, asked(name, TERM, s)) for s in STUDENTS} == {worth(name)}
    for head in (name, f"7 {name} (of 3)", f"Question 7: {name}"):
        assert exam_marks.question(head, ()) == name
        assert exam_marks.question(head, ["sequences.bits"] * 6 + [name]) == name


# ---- the file for the LMS

GRAMMAR = "gift-pegjs@1.0.2"
NO_GRAMMAR = (
    "the LMS file is validated by gift-pegjs, for which npm is needed, and the network "
    "at its first run (Debian: apt install npm)"
)
READ = """
const parser = require(process.argv[1]);
const answers = JSON.parse(require('fs').readFileSync(0, 'utf8')).map(text => {
  try { return {read: parser.parse(text)}; }
  catch (error) { return {error: error.name + ': ' + error.message}; }
});
process.stdout.write(JSON.stringify(answers));
"""


@pytest.fixture(scope="module")
def gift():
    """Texts in GIFT, each read by the grammar, or with its error."""
    home = Path(sys.prefix) / "npm"
    parser = home / "node_modules/gift-pegjs/lib/gift-parser.js"
    if not parser.exists() and shutil.which("npm"):
        install = ["npm", "install", "--silent", "--no-save", "--prefix", str(home)]
        home.mkdir(exist_ok=True)
        subprocess.run([*install, GRAMMAR], capture_output=True)
    if not parser.exists() or not shutil.which("node"):
        if os.environ.get("CI") == "true":
            pytest.fail(NO_GRAMMAR)
        pytest.skip(NO_GRAMMAR)

    def reader(*texts: str) -> list[dict]:
        done = subprocess.run(
            ["node", "-e", READ, str(parser)],
            input=json.dumps(texts),
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    return reader


def test_the_lms_file_validates_and_says_what_the_bank_says(made, gift):
    text = (made / "lms.gift").read_text(encoding="utf-8")
    remark, *blocks = text.split("\n\n")  # Moodle ends a question at a blank line
    assert all(line.startswith("// ") for line in remark.split("\n"))
    assert len(blocks) == 4 * len(BANK)
    assert all(block.startswith(("::", "$CATEGORY: ")) for block in blocks)
    (result,) = gift(text)
    assert "error" not in result, result
    items = iter(result["read"])
    for k, name in enumerate(BANK, 1):
        head = next(items)
        assert head["type"] == "Category"
        assert head["title"] == f"Final exam/{k:02d} {name} ({worth(name)} points)"
        for variant in (1, 2, 3):
            item = next(items)
            assert item["title"] == f"{name} {variant:02d}"
            same_question(name, item, *ALL.question(name, f"variant {variant}"))
    assert next(items, None) is None


def same_question(name, item, q, order):
    """What was read is the question, its answer, its mistakes and the way."""
    assert item["stem"]["format"] == "html"
    assert item["stem"]["text"] == command.rich(q.text).replace("\n", "<br>")
    if q.rubric:
        assert item["type"] == "Essay" and item["globalFeedback"] is None
        return
    assert command.rich(q.worked) in item["globalFeedback"]["text"]
    told = [(c["text"], c["feedback"]["text"]) for c in item["choices"]]
    expected = [(q.answer, "Right."), *q.wrong]
    assert [why for _, why in told] == [command.inline(why) for _, why in expected]
    if order:
        assert item["type"] == "MC"
        assert [c["isCorrect"] for c in item["choices"]] == [True] + [False] * len(
            q.wrong
        )
        assert [t["text"] for t, _ in told] == [command.inline(v) for v, _ in expected]
        return
    assert item["type"] == "Numerical"
    assert [c["weight"] for c in item["choices"]] == [100] + [0] * len(q.wrong)
    for (text, _), (number, _) in zip(told, expected, strict=True):
        assert close(text["number"], number, 1e-6)
        assert close(text["range"], abs(number) * q.rtol, 1e-4)
    rounded = float(f"{q.answer:.3g}") if q.rtol else q.answer
    assert abs(rounded - q.answer) <= told[0][0]["range"] + 1e-9


def test_rubric_and_solution_of_a_written_question_stay_with_the_teacher(made):
    shown = (made / "lms.gift").read_text(encoding="utf-8")
    kept = (made / "lms-rubrics.html").read_text(encoding="utf-8")
    written = [name for name in BANK if KINDS[name] == "written"]
    for name in written:
        for variant in (1, 2, 3):
            q, _ = ALL.question(name, f"variant {variant}")
            text = command.gift_question(ALL, name, variant)
            asks = command._gift_escape(command.rich(q.text))
            assert text == f"::{name} {variant:02d}::[html]{asks} {{}}\n"
            assert text in shown
            for part in (q.worked, *(what for _, what in q.rubric)):
                told = command.rich(part) if part == q.worked else command.inline(part)
                assert command._gift_escape(told) not in shown and told in kept
            assert f"{name} {variant:02d} (" in kept
    assert not [name for name in BANK if name not in written and f"{name} 01 (" in kept]


def test_that_gift_has_no_points_is_said(made):
    text = (made / "lms.gift").read_text(encoding="utf-8")
    assert "// GIFT has no points" in text.split("\n\n")[0]
    assert "GIFT has no points" in " ".join(run("--help").stdout.split())


def test_an_exam_without_a_written_question_needs_no_rubric(tmp_path):
    few = ALL._replace(names=("lstm.step",), title="Line\none")
    command.write(few, CLASS, tmp_path, variants=1)
    assert "No question is answered in words" in (
        tmp_path / "lms-rubrics.html"
    ).read_text(encoding="utf-8")
    first, category, _ = (tmp_path / "lms.gift").read_text("utf-8").split("\n\n")
    assert first.startswith("// Line one.\n")
    assert category == "$CATEGORY: Line one/01 lstm.step (3 points)"


def test_broken_lms_files_are_rejected(gift):
    number = command.gift_question(ALL, "lstm.step", 1)
    choice = command.gift_question(ALL, "rnn.stack_code", 1)
    broken = [
        number.replace("\n}\n", "\n"),  # not closed
        number.replace("{#", "#"),  # not opened
        number.replace("%100%", "%100"),
        number.replace("%100%", "%1000%"),
        re.sub(r"%100%[-\d.]+", "%100%many", number),
        choice.replace("\n=[html]", "\n[html]"),  # no right answer
        choice.replace("\\=", "=").replace("\\{", "{"),  # signs not escaped
        number + number,  # no blank line between
    ]
    assert all(text not in (number, choice) for text in broken)
    fine, also_fine, *results = gift(number, choice, *broken)
    assert "read" in fine and "read" in also_fine
    accepted = [k for k, result in enumerate(results) if "error" not in result]
    assert accepted == []


def test_one_name_in_two_spellings_gets_one_sheet():
    """José typed, and José of a macOS disk."""
    import unicodedata

    from exam_bank import BANK, asked

    for name in list(BANK)[:20]:
        texts = {
            asked(name, "Exam", unicodedata.normalize(form, "José")).text
            for form in ("NFC", "NFD")
        }
        assert len(texts) == 1
