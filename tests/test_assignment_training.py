"""The assignment `training`: its race, and three students who hand it in."""

import sys
import tomllib
from pathlib import Path

import nbformat
import numpy as np
import pytest

from rnnbook.checks import CHECKS, check
from rnnbook.checks.pages import a_training as ours
from rnnbook.gradcheck import numerical_gradient

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "assignments" / "training"
FACTS = "numbers", "learned", "not by heart", "below the bar"


@pytest.fixture(scope="module")
def theirs():
    """What the two locked cells of the notebook define, for some student."""
    source = nbformat.read(FOLDER / "training.ipynb", as_version=4)
    text = {cell.id: cell.source for cell in source.cells}
    names = {"STUDENT": "ada"}
    for cell in ("locked-setup", "locked-handed"):
        exec(text[cell], names)
    return names


# ---- the network of the notebook is the one that the race judges


def test_the_notebook_and_the_check_have_one_network(theirs):
    part = theirs["part"]
    for seed in range(2):
        mine, their = ours.network(seed, 5), theirs["network"](seed, 5)
        assert mine.keys() == their.keys()
        assert all(np.array_equal(mine[name], their[name]) for name in mine)
        out, states = ours.outputs(mine, part[0])
        again = theirs["outputs"](mine, part[0])
        assert np.array_equal(out, again[0]) and np.array_equal(states, again[1])
        d_out = ours.real_loss(out, *part[1:])[1]
        grads = ours.gradients(mine, part[0], states, d_out)
        other = theirs["gradients"](mine, part[0], states, d_out)
        assert all(np.array_equal(grads[name], other[name]) for name in grads)


def test_its_gradients_are_those_of_the_loss():
    x, y, lengths = ours.barrel(np.random.default_rng(0), 5, 0.8, 2.5, 0.5)
    params = ours.network(3, H=4)

    def loss():
        return ours.real_loss(ours.outputs(params, x)[0], y, lengths)[0]

    out, states = ours.outputs(params, x)
    grads = ours.gradients(params, x, states, ours.real_loss(out, y, lengths)[1])
    for name, p in params.items():
        np.testing.assert_allclose(
            grads[name], numerical_gradient(loss, p), rtol=1e-5, atol=1e-8
        )


def test_what_is_handed_over_is_what_the_check_knows(theirs):
    given = theirs["part"], theirs["valid"], 40, 2
    mine, their = ours.handed_over(*given), theirs["handed_over"](*given)
    assert all(np.array_equal(mine[name], their[name]) for name in mine)


def test_each_student_has_a_barrel_of_her_own(theirs):
    source = nbformat.read(FOLDER / "training.ipynb", as_version=4)
    setup = next(c.source for c in source.cells if c.id == "locked-setup")
    other = {"STUDENT": "bob"}
    exec(setup, other)
    names = "kept_a_day", "full_at"
    assert all(abs(other[name] - theirs[name]) > 1e-3 for name in names)
    assert not np.array_equal(other["part"][2], theirs["part"][2])


# ---- the bar: several honest recipes are below it, and what was handed over is not


def recipe(rule, peak, schedule=False, stop=True, batch=8):
    """A training in the student's form, from the functions of the assignment."""

    def training(part, valid, updates, seed):
        x, y, lengths = part
        params, rng = ours.network(seed), np.random.default_rng(seed)
        m = v = dict.fromkeys(params, 0.0)
        best, kept = np.inf, params
        for k in range(updates):
            rows = rng.permutation(len(x))[:batch]
            out, states = ours.outputs(params, x[rows])
            d_out = ours.real_loss(out, y[rows], lengths[rows])[1]
            grads = ours.gradients(params, x[rows], states, d_out)
            grads = ours.clipped(grads, 1.0)[0]
            lr = ours.rate_at(k, updates, peak, 30, 0.0) if schedule else peak
            if rule == "adamw":
                state = [
                    ours.adamw(params[n], grads[n], m[n], v[n], k + 1, lr, 0.01)
                    for n in params
                ]
                params, m, v = (
                    dict(zip(params, arrays, strict=True))
                    for arrays in zip(*state, strict=True)
                )
            else:
                m = {n: g + (rule == "momentum") * 0.9 * m[n] for n, g in grads.items()}
                params = {n: p - lr * m[n] for n, p in params.items()}
            if k % 10 == 9:
                now = ours.real_loss(ours.outputs(params, valid[0])[0], *valid[1:])[0]
                if now < best:
                    best, kept = now, params
        return kept if stop else params

    return training


HONEST = {
    "momentum": recipe("momentum", 0.02),
    "AdamW": recipe("adamw", 0.02),
    "AdamW, up and down": recipe("adamw", 0.03, schedule=True),
    "SGD": recipe("sgd", 0.1),
}


def facts(training, seed):
    """The four facts about each of the race's three barrels."""
    judged = ours._raced(training)
    cases = CHECKS["mending.race"].cases(np.random.default_rng(seed))
    with np.errstate(all="ignore"):
        return [dict(zip(FACTS, judged(*case.args), strict=True)) for case in cases]


def errors(training, seed):
    """Errors on the held-out rows, as shares of their variance."""
    judged = ours._raced(training)
    found = []
    for case in CHECKS["mending.race"].cases(np.random.default_rng(seed)):
        params = training(*case.args)
        off, var = judged.error(params, judged.drawn(case.args[3], 0.0, 400, 3))
        found.append(off / var)
    return found


@pytest.mark.parametrize("name", HONEST)
def test_honest_recipes_are_below_the_bar_with_room(name):
    """On nine barrels, those of the check and of the hidden test among them."""
    found = [one for seed in (0, 8212, 7) for one in errors(HONEST[name], seed)]
    assert max(found) < 0.9 * ours.BAR and np.median(found) < 0.6 * ours.BAR


def test_what_was_handed_over_is_far_above_it():
    found = [one for seed in (0, 8212, 7) for one in errors(ours.handed_over, seed)]
    assert min(found) > 2 * ours.BAR


@pytest.mark.parametrize("seed", [0, 8212, 7])
def test_each_illness_has_facts_of_its_own(seed):
    of = {
        ours.mended: (True, True, True, True),
        ours.half_the_way: (True, True, True, False),
        ours.by_heart: (True, True, False, False),
        ours.handed_over: (True, False, True, False),
        ours.exploded: (False, False, True, False),
    }
    for training, wanted in of.items():
        assert [tuple(one.values()) for one in facts(training, seed)] == [wanted] * 3


def test_a_better_rate_alone_does_not_reach_it():
    """Without keeping the best, AdamW at a good rate learns the noise by heart."""
    alone = recipe("adamw", 0.02, stop=False, batch=24)
    assert check("mending.race", alone, seconds=20).mistake == "learned_by_heart"


def test_what_is_held_out_is_none_of_what_was_handed_in():
    for case in CHECKS["mending.race"].cases(np.random.default_rng(1)):
        part, valid, _, seed = case.args
        held_out = ours._raced(None).drawn(seed, 0.0, 400, 3)[0]
        rain = {row.tobytes() for row in held_out}
        assert not rain & {row.tobytes() for row in (*part[0], *valid[0])}
        assert part[1].sum(axis=1).tolist() == sorted(part[1].sum(axis=1).tolist())


# ---- three students


def test_three_students(tmp_path):
    """All right, half, and naive; nobody needs more than 40 seconds of processor."""
    pytest.importorskip("nbgrader", reason="needs nbgrader: pip install -e .[teach]")
    if sys.platform == "win32":
        pytest.skip("assignments are graded on Linux and macOS")
    sys.path.insert(0, str(ROOT / "assignments"))
    import build
    import grade
    import sandbox

    released = nbformat.read(
        grade.release("training", tmp_path / "course"), as_version=4
    )
    planted = tomllib.loads((FOLDER / "planted.toml").read_text("utf-8"))["planted"]
    first = {one["task"]: one for one in reversed(planted)}  # one mistake of each task
    changes = [text for one in first.values() for text in one["change"]]
    right = build.answered("training", released)
    naive = build.answered("training", released, *changes)
    half = build.answered("training", released)
    done = ["fault", "range", "loss", "clip", "adamw", "rate"]
    empty = {cell.id: cell.source for cell in released.cells}
    for cell in half.cells:
        task = cell.metadata.get("nbgrader", {}).get("grade_id")
        if cell.metadata.get("nbgrader", {}).get("solution") and task not in done:
            cell.source = empty[cell.id]
    (tmp_path / "in").mkdir()
    for name, nb in {"right": right, "half": half, "naive": naive}.items():
        nbformat.write(nb, tmp_path / "in" / f"{name}.ipynb")
    limits = sandbox.Limits(cell_seconds=30, seconds=40, memory_mb=4096)
    isolation = sandbox.Isolation("none", "our own code")
    rows = grade.grade(
        "training", tmp_path / "in", tmp_path / "out", isolation, limits, 2, quiet=True
    )
    rows = {row.student: row for row in rows}
    assert {row.status for row in rows.values()} == {"graded"}
    assert rows["right"].total == 84
    points = rows["half"].points
    assert rows["half"].total == sum(points[f"{task}-test"] for task in done) == 39
    lost = sum(one["lost"] for one in first.values())
    assert rows["naive"].total == pytest.approx(84 - lost) and 30 < lost < 60
