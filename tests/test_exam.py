"""The exam bank: every question fair and right, the sheets clean, the LMS file valid.

Worked answers are recomputed line by line, and answers are compared with the package,
PyTorch, scikit-learn, SciPy and statsmodels. The file for the LMS is read by
``gift-pegjs``, the published grammar of GIFT, which npm installs once.
"""

import csv
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
from conftest import NO_BROWSER, ROOT

from rnnbook import cells, metrics, optim, sampling
from rnnbook.layers import GRU, LSTM, RNN
from rnnbook.questions import Drawn, draw, show

sys.path.insert(0, str(ROOT / "assignments"))

import exam as command
from exam_bank import BANK, asked, choices, kind, points

STUDENTS = [f"student {n}" for n in range(60)]
TERM = "Summer/word"
CHAPTERS = sorted(p.stem for p in (ROOT / "chapters").glob("[012]?-*.ipynb"))
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
        assert ("three digits" in q.text) == (q.rtol > 0)
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
    "classify.parameters": classifier,
    "classify.duel": mcnemar,
}


def mase_five(*v):
    return metrics.mase(v[5:7], v[7:9], v[:5], int(v[9]))


def numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"(?<![\w.-])-?\d+(?:\.\d+)?(?!\w)", text)]


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
    assert {n for n in NUMBERS if KINDS[n] == "number"} <= set(ANOTHER_WAY)


def test_a_keras_model_has_the_parameters_of_the_stacked_question():
    keras = pytest.importorskip("keras")
    q = asked("images.stack", TERM, "Ada")
    C, _, H, K = map(int, numbers(q.text))
    layers = [
        keras.layers.Input((C, C)),
        keras.layers.LSTM(H, return_sequences=True),
        keras.layers.LSTM(H),
        keras.layers.Dense(K),
    ]
    assert keras.Sequential(layers).count_params() == q.answer


def test_the_update_gate_comes_first_in_keras():
    torch = pytest.importorskip("torch")
    from rnnbook import convert

    q = asked("libraries.order", TERM, "Ada")
    first, last = numbers(q.answer.replace("to", " "))
    D, _, H = (int(n) for n in numbers(q.text)[:3])
    gru = torch.nn.GRU(D, H, batch_first=True)
    keras = convert.to_keras(convert.from_torch(gru))
    blocks = gru.weight_ih_l0.detach().numpy().T[:, int(first) : int(last) + 1]
    assert np.allclose(keras.get_weights()[0][:, :H], blocks)


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
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "a"}
    assert not any({"src", "href", "srcset"} & set(attrs) for _, attrs in page.tags)
    text = (made / file).read_text(encoding="utf-8")
    assert not re.search(r"https?:|//\w|url\(|@import", text)
    sheets = [a for _, a in page.tags if a.get("class", "").startswith("sheet")]
    assert len(sheets) == len(CLASS) + (file == "teacher.html")
    assert sum(tag == "b" for tag, _ in page.tags if file == "exam.html") == 0


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
    rows = list(csv.reader((made / "answers.csv").open(encoding="utf-8")))
    assert rows[0] == ["id", *BANK]
    for student, row in zip(CLASS, rows[1:], strict=True):
        assert row[0] == student.id
        for name, told in zip(BANK, row[1:], strict=True):
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
    chosen = command.select("Summer/word", 12)
    assert chosen == command.select("Summer/word", 12)
    assert chosen != command.select("Summer/other", 12)
    assert {BANK[name].page for name in chosen} == set(CHAPTERS)
    kinds = [KINDS[name] for name in chosen]
    assert all(2 <= kinds.count(k) <= 4 for k in set(KINDS.values()))
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
        "lms.gift",
        "teacher.html",
    ]
    text = (tmp_path / "out/exam.html").read_text(encoding="utf-8")
    assert text.count("<tr><th>Points</th>") == 2
    assert text.count("Question 6<") == 2 and "Question 7<" not in text
    assert "Id: a17" in text and "Name: Bo" in text


@pytest.mark.parametrize(
    ("rows", "more", "message"),
    [
        ("name\nAda\n", [], "column 'id'"),
        ("id\n", [], "column 'id'"),
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


def test_pages_print(tmp_path):
    if not any(map(shutil.which, command.BROWSERS)):
        if os.environ.get("CI") == "true":
            pytest.fail(NO_BROWSER)
        pytest.skip(NO_BROWSER)
    few = ALL._replace(names=command.select("print", 12))
    files = command.write(few, CLASS, tmp_path, variants=1)
    for page in files[:2]:
        data = command.to_pdf(page).read_bytes()
        assert data.startswith(b"%PDF")
        assert len(re.findall(rb"/Type\s*/Page\b", data)) >= 2 * len(CLASS)


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
    blocks = text.split("\n\n")  # Moodle ends a question at a blank line
    assert len(blocks) == 4 * len(BANK)
    assert all(block.startswith(("::", "$CATEGORY: ")) for block in blocks)
    (result,) = gift(text)
    assert "error" not in result, result
    items = iter(result["read"])
    for k, name in enumerate(BANK, 1):
        head = next(items)
        assert head["type"] == "Category"
        assert head["title"] == f"Final exam/{k:02d} {name}"
        for variant in (1, 2, 3):
            item = next(items)
            assert item["title"] == f"{name} {variant:02d}"
            same_question(name, item, *ALL.question(name, f"variant {variant}"))
    assert next(items, None) is None


def same_question(name, item, q, order):
    """What was read is the question, its answer, its mistakes and the way."""
    assert item["stem"]["format"] == "html"
    assert item["stem"]["text"] == command.rich(q.text).replace("\n", "<br>")
    assert command.rich(q.worked) in item["globalFeedback"]["text"]
    if q.rubric:
        assert item["type"] == "Essay"
        assert all(
            command.inline(what) in item["globalFeedback"]["text"]
            for _, what in q.rubric
        )
        return
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
