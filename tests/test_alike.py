"""Hints at copied work: what is found, and that honest classes give none."""

import csv
import random
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output

FOLDER = Path(__file__).resolve().parent.parent / "assignments"
sys.path.insert(0, str(FOLDER))

import alike  # noqa: E402  (assignments/ is no package)

from rnnbook.grading import gate_order  # noqa: E402
from rnnbook.questions import drawn  # noqa: E402

SOURCE = nbformat.read(FOLDER / "lstm" / "lstm.ipynb", as_version=4)
MARKED = re.compile(r"( *)### BEGIN SOLUTION\n.*?### END SOLUTION", re.S)
ASKED = ("lstm.parameters", "lstm.step", "lstm.half_life")


def released():
    """The source without its solutions, as nbgrader releases it."""
    nb = nbformat.from_dict(SOURCE)
    for cell in nb.cells:
        stub = r"\1# YOUR CODE HERE\n\1raise NotImplementedError()"
        cell.source = MARKED.sub(stub, cell.source)
    return nb


RELEASED = released()


def wrote(**cells):
    """The release with some answers in it, by the id of the cell."""
    nb = nbformat.from_dict(RELEASED)
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        cell.source = cells.get(name.replace("-", "_"), cell.source)
    return nb


# ---- an honest student: the right functions, in one of many ways to write them

LETTERS = "abcdefghjklmnpqrsuvwyz"


def honest(seed):
    """What a student wrote alone: names, order and detours are her own."""
    rng = random.Random(seed)
    return wrote(
        step=a_step(rng),
        sequence=a_sequence(rng),
        backward=a_backward(rng),
        through_time=a_sequence_backward(rng),
        numbers=right_numbers(f"s{seed}"),
        why=" ".join(
            rng.choices("gate forget state gradient decays holds".split(), k=40)
        ),
    )


def shuffled(rng, parts, sign=" + "):
    return sign.join(rng.sample(parts, len(parts)))


def a_step(rng):
    a, p = rng.sample(LETTERS, 2)
    dot = rng.choice(["{} @ {}", "np.dot({}, {})", "np.matmul({}, {})"])
    terms = [dot.format(x, f'{p}["W_{x}h"]') for x in "xh"] + [f'{p}["b_h"]']
    gates = [
        f"{g} = {'np.tanh' if g == 'g' else 'sigmoid'}({a}[:, {k} * n : {k + 1} * n])"
        for k, g in enumerate("ifgo")
    ]
    c = shuffled(rng, [shuffled(rng, one, " * ") for one in ("fc", "ig")])
    lines = [
        rng.choice(["h, c = state", "h = state[0]\n    c = state[1]"]),
        rng.choice(["n = h.shape[1]", "n = c.shape[-1]", f'n = len({p}["W_hh"])']),
        f"{a} = {shuffled(rng, terms)}",
        *rng.sample(gates, 4),
        f"new = {c}",
        rng.choice(["out = o * np.tanh(new)", "t = np.tanh(new)\n    out = t * o"]),
        "return (out, new), (x, h, c, i, f, g, o, new)",
    ]
    return f"def lstm_step(x, state, {p}):\n    " + "\n    ".join(lines) + "\n"


def a_sequence(rng):
    out, t = rng.sample(LETTERS, 2)
    length = rng.choice(["x.shape[1]", "len(x[0])", "np.shape(x)[1]"])
    lines = [
        rng.choice([f"{out}, caches = [], []", f"caches = []\n    {out} = []"]),
        f"for {t} in range({length}):",
        rng.choice(
            [
                f"    state, cache = lstm_step(x[:, {t}], state, params)",
                f"    now = x[:, {t}, :]\n"
                "        state, cache = lstm_step(now, state, params)",
            ]
        ),
        *rng.sample([f"    {out}.append(state[0])", "    caches.append(cache)"], 2),
        rng.choice(
            [
                f"return np.stack({out}, axis=1), state, caches",
                f"return np.stack({out}, 1), state, caches",
                f"{out} = np.array({out}).swapaxes(0, 1)\n"
                f"    return {out}, state, caches",
            ]
        ),
    ]
    return "def lstm_sequence(x, state, params):\n    " + "\n    ".join(lines) + "\n"


def a_backward(rng):
    d = rng.choice(LETTERS.replace("c", "").replace("h", ""))
    slopes = {
        "i": ["dc", "g", "i", "(1 - i)"],
        "f": ["dc", "c", "f", "(1 - f)"],
        "g": ["dc", "i", "(1 - g**2)"],
        "o": ["dh", "np.tanh(new)", "o", "(1 - o)"],
    }
    lines = [
        "dh, dc = dstate",
        "x, h, c, i, f, g, o, new = cache",
        f"dc = dc + {shuffled(rng, ['dh', 'o', '(1 - np.tanh(new) ** 2)'], ' * ')}",
        *rng.sample(
            [f"d{g} = {shuffled(rng, parts, ' * ')}" for g, parts in slopes.items()], 4
        ),
        f"{d} = np.{rng.choice(['concatenate', 'hstack'])}([di, df, dg, do], axis=1)",
        f'return {d} @ params["W_xh"].T, ({d} @ params["W_hh"].T, dc * f), '
        f'{{"W_xh": x.T @ {d}, "W_hh": h.T @ {d}, "b_h": {d}.sum(axis=0)}}',
    ]
    head = "def lstm_step_backward(dstate, cache, params):\n    "
    return head + "\n    ".join(lines) + "\n"


def a_sequence_backward(rng):
    t, one = rng.sample(LETTERS, 2)
    back = rng.choice(["reversed(range(len(caches)))", "range(len(caches))[::-1]"])
    lines = [
        rng.choice(["dx = np.zeros((*dh.shape[:2], 4))", "dx = [None] * dh.shape[1]"]),
        rng.choice(
            [
                "total = {k: 0 for k in params}",
                "total = {k: np.zeros_like(v) for k, v in params.items()}",
                "total = dict.fromkeys(params, 0.0)",
            ]
        ),
        f"for {t} in {back}:",
        f"    dstate = (dstate[0] + dh[:, {t}], dstate[1])",
        f"    {one}, dstate, grads = lstm_step_backward(dstate, caches[{t}], params)",
        f"    dx[{t}] = {one}",
        f"    for {one} in {rng.choice(['grads', 'total', 'params'])}:",
        rng.choice(
            [
                f"        total[{one}] += grads[{one}]",
                f"        total[{one}] = total[{one}] + grads[{one}]",
            ]
        ),
        "return np.stack(dx, axis=1), dstate, total",
    ]
    head = "def lstm_sequence_backward(dh, dstate, caches, params):\n    "
    return head + "\n    ".join(lines) + "\n"


def right_numbers(student, **other):
    """The cell with the answers that are right for a student."""
    given = {name: f"{drawn(name, student).answer:.5g}" for name in ASKED} | other
    return "answer = {" + ", ".join(f'"{k}": {v}' for k, v in given.items()) + "}"


def a_class(n=30, seed=0):
    return {f"s{k}": honest(k) for k in range(seed, seed + n)}


def edited(nb, change):
    nb = nbformat.from_dict(nb)
    for cell in nb.cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get(
            "solution"
        ):
            cell.source = change(cell.source)
    return nb


def source_of(nb, name):
    return next(
        c.source
        for c in nb.cells
        if c.metadata.get("nbgrader", {}).get("grade_id") == name
    )


def hints(notebooks):
    return alike.alike(notebooks, RELEASED, SOURCE)


def who(found):
    return [one.students for one in found]


# ---- no false alarm


def test_sixty_who_worked_alone_give_no_hint():
    assert hints(a_class(60)) == []


def test_few_honest_classes_give_a_hint_where_all_write_alike():
    """Each function in one of 25 ways, the first of them common: nobody copied."""
    makers = {"step": a_step, "sequence": a_sequence, "backward": a_backward}
    ways = {
        cell: [make(random.Random(f"{cell} {k}")) for k in range(25)]
        for cell, make in makers.items()
    }
    common = [1 / (k + 1) for k in range(25)]

    def drawn_class(rng):
        cells = (
            {c: rng.choices(w, common)[0] for c, w in ways.items()} for _ in "." * 30
        )
        return {f"s{k}": wrote(**one) for k, one in enumerate(cells)}

    false = [bool(hints(drawn_class(random.Random(seed)))) for seed in range(20)]
    assert sum(false) <= 2


def test_the_reference_is_nobodys_own():
    """Two who write the textbook's lines, and a whole class that does."""
    reference = edited(SOURCE, lambda text: re.sub(r"### \w+ SOLUTION", "", text))
    two = a_class(30) | {"s3": reference, "s9": reference}
    assert hints(two) == []
    assert hints({f"s{k}": reference for k in range(60)}) == []


def test_the_release_and_what_is_empty_are_no_hint():
    assert hints({f"s{k}": RELEASED for k in range(60)}) == []
    assert hints({}) == [] and hints({"ada": RELEASED}) == []


def test_what_a_tenth_of_the_class_shares_is_common_knowledge():
    """Lines that went round, from the board or a book that is not ours."""
    board = honest(1000)
    names = ("step", "sequence", "backward")
    texts = {name: source_of(board, name) for name in names}
    some = a_class(60)
    for k in range(7):
        for cell in some[f"s{k}"].cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = texts.get(name, cell.source)
    assert hints(some) == []


def test_one_function_alone_is_no_hint():
    some = a_class(30)
    text = source_of(some["s1"], "step")
    some["s2"] = edited(some["s2"], lambda t: text if "def lstm_step(" in t else t)
    assert hints(some) == []


def test_one_number_that_is_right_for_another_is_no_hint():
    some = a_class(30)
    right = drawn("lstm.step", "s1").answer
    text = right_numbers("s2", **{"lstm.step": right})
    some["s2"] = edited(some["s2"], lambda t: text if "answer =" in t else t)
    assert hints(some) == []


# ---- what is found


def disguised(text):
    """Other names, layout, comments, docstrings and type hints; the same work."""
    for old, new in (("params", "weights"), ("state", "memory"), ("new", "fresh")):
        text = re.sub(rf"\b{old}\b", new, text)
    text = text.replace(" + ", "  +  ").replace("\n    ", "\n    # my own idea\n    ")
    text = re.sub(r"(def \w+)\((\w+), ", r"\1(\2: np.ndarray, ", text)
    text = re.sub(r"\):\n", '):\n    """Mine."""\n    print("here")\n', text, count=1)
    return text + "\n\nprint('done')\n"


def test_a_copy_is_found_through_its_disguise():
    some = a_class(30)
    some["s2"] = edited(some["s17"], disguised)
    (one,) = hints(some)
    assert one.students == ("s17", "s2")
    assert "the same code" in one.what and one.how_many >= 4
    assert "Task 5: the step, backwards" in one.where
    assert one.chance < 1e-6


@pytest.mark.parametrize("n", [3, 4, 6])
def test_a_ring_is_one_hint(n):
    some = a_class(30) | {f"s{k}": edited(honest(17), disguised) for k in range(n - 1)}
    first, *rest = hints(some)
    assert first.students == tuple(sorted(["s17", *(f"s{k}" for k in range(n - 1))]))
    assert all(set(one.students) <= set(first.students) for one in rest)


def test_names_are_nothing_and_constants_and_order_are_something():
    long = "def f(a):\n" + "".join(f"    a = a * {k} + a\n" for k in range(9))
    (form,) = alike.forms(long)
    assert set(alike.forms(long.replace("a", "b").replace("f(", "g("))) == {form}
    assert form not in alike.forms(long.replace("* 3", "* 4"))
    swapped = long.replace("* 3", "* x").replace("* 4", "* 3").replace("* x", "* 4")
    assert form not in alike.forms(swapped)
    assert alike.forms("def f(a):\n    return 2 * a\n" * 9) == {}  # too short


def test_code_that_is_no_python_is_compared_as_text():
    broken = "def f(a):\n" + "    a = a +* 2  # why?\n" * 40
    assert alike.forms(broken) and alike.forms(broken) == alike.forms(
        broken.replace("  # why?", "").replace("a = a", "a  =  a")
    )


def test_another_students_numbers():
    some = a_class(30)
    text = right_numbers("s1")
    some["s2"] = edited(some["s2"], lambda t: text if "answer =" in t else t)
    (one,) = hints(some)
    assert (one.students, one.what) == (("s1", "s2"), "another student's numbers")
    assert one.where == ("s1: lstm.half_life, lstm.parameters, lstm.step",)


def test_the_same_answer_in_words():
    some = a_class(30)
    text = source_of(some["s4"], "why")
    for cell in some["s8"].cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "why":
            cell.source = "  " + text.replace(" ", "\n").upper() + "!"
    (one,) = hints(some)
    assert (one.students, one.what) == (("s4", "s8"), "the same answer in words")
    assert one.where == ("Task 8a: two questions to answer in words",)


def says_order(nb, student):
    """The notebook, after its step was right for another student's order."""
    nb = nbformat.from_dict(nb)
    text = (
        "Not yet. It is right for gates packed in the order "
        f"{', '.join(gate_order(student))}. The order drawn for your id is i, f.\n"
    )
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "step-test":
            cell.outputs = [new_output("stream", name="stdout", text=text)]
    return nb


def test_an_order_of_gates_counts_beside_something_else():
    some = a_class(30)
    some["s2"] = says_order(some["s2"], "s1")
    assert hints(some) == []
    text = source_of(some["s1"], "step")
    some["s2"] = edited(some["s2"], lambda t: text if "def lstm_step(" in t else t)
    (one,) = hints(some)
    assert one.students == ("s1", "s2")
    assert (
        one.what
        == "the same code but for names and layout; another student's order of gates"
    )
    assert f"{', '.join(gate_order('s1'))}, the order of s1" in one.where


# ---- numbers that were typed


@pytest.mark.parametrize(
    "text, value",
    [
        ('answer = {"lstm.step": 0.25}', 0.25),
        ('answer = {"lstm.step": -(1 + 2) * 3 / 4}', -2.25),
        ('i = 0.5\nanswer = {"lstm.step": i * math.tanh(0.5)}', 0.5 * 0.46211715726),
        ('answer = {"lstm.step": None}\nanswer["lstm.step"] = 2**3', 8),
        ('answer = {"lstm.step": round(np.log(2), 2)}', 0.69),
        ('answer = {"lstm.step": 2, "lstm.step": 3}', 3),
        ('answer = {"lstm.step": "0.25"}', None),
        ('answer = {"lstm.step": drawn("lstm.step", STUDENT).answer}', None),
        ('answer = {"lstm.step": __import__("os").system("true")}', None),
        ('answer = {"lstm.step": 9**9**9**9}', None),
        ('answer = {"lstm.step": int(1e300) ** int(1e300)}', None),
        ('answer = {"lstm.step": round(1.5, 1e300)}', 1.5),
        ('answer = {"lstm.step": 1e999}', None),
        ('answer = {"lstm.step": 1 / 0}', None),
        ('answer = {"lstm.step": (-8) ** 0.5}', None),
        ('answer = {**answer, "lstm.step": True}', None),
        ("answer = {", None),
        ('answer["lstm.step"] = i', None),
        ('answer = {"lstm.step": ' + "-" * 40_000 + "1}", None),
        ('answer = {"lstm.step": ' + "+".join("1" * 5000) + "}", None),
    ],
)
def test_numbers_are_read_and_nothing_is_run(text, value):
    found = alike.numbers(text, ["lstm.step"])
    assert found == ({} if value is None else {"lstm.step": pytest.approx(value)})


# ---- hostile


@pytest.mark.parametrize(
    "text",
    [
        "-" * 40_000 + "1",
        "(" * 40_000,
        "1" + "+1" * 20_000,
        "a" + ".a" * 20_000,
        "not " * 9_000 + "1",
        "lambda:" * 2_500 + "1",
        "x = " + "[" * 90 + "]" * 90,
        "0x" + "F" * 40_000,
        "x = 0x" + "F" * 40_000 + " + f(1, 2, 3, a, b, c)" * 9,
        "\x00" * 500,
        "\ud83d" * 500,
        "x = '\\d'\n" * 60,
        "match x:\n" + "".join(f"  case [{k}, *y]: z = {k}\n" for k in range(20)),
        "%%bash\n" + "rm -rf x\n" * 50,
    ],
)
def test_no_source_stops_the_comparison(text, recwarn):
    alike.forms(text)
    nb = wrote(step=text, numbers=text, why=text)
    hints({"a": nb, "b": nb, "c": RELEASED})
    assert len(recwarn) == 0


@pytest.mark.parametrize("student", ["", "your id", "  ", "\ud83d", "w" * 5000, "=1+1"])
def test_no_id_stops_the_comparison(student):
    some = a_class(5) | {student: says_order(honest(77), "s1")}
    assert isinstance(hints(some), list)


def test_hints_are_written_as_hints_and_no_cell_is_a_formula(tmp_path):
    names = ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "x; =1+1", "w" * 5000]
    some = a_class(30)
    some |= {one: honest(500) for one in names}
    found = hints(some)
    assert len(found) == 1
    alike.write_hints(tmp_path / "hints.csv", found)
    with (tmp_path / "hints.csv").open(encoding="utf-8-sig", newline="") as f:
        (line,) = csv.DictReader(f)
    assert list(line) == ["students", "what", "how many", "where", "expected by chance"]
    assert line["what"].startswith("a hint: the same code")
    assert float(line["expected by chance"]) < alike.CHANCE
    cut = [p for cell in line.values() for p in re.split(r"[,;|]+", cell)]
    assert [p for p in cut if re.match(r"[\s\"]*[=+\-@]", p)] == []
    assert len(line["students"]) < 400
