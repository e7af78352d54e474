"""Chapter 32: its folds see no future, and its search serves a model of one's own."""

import ast
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

optuna = pytest.importorskip(
    "optuna", reason="needs optuna: pip install -e .[practice]"
)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def shared(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "experiments")
    import _tuning

    return _tuning


CELLS = nbformat.read(ROOT / "chapters" / "32-tuning.ipynb", as_version=4).cells


def section(heading: str) -> str:
    (found,) = (c.source for c in CELLS if c.source.startswith(heading))
    return found


def taken(names: set[str]) -> dict:
    """What a reader has who copies the first cell and these definitions."""
    first = next(cell.source for cell in CELLS if cell.cell_type == "code")
    space: dict = {"__name__": "__main__"}
    exec(first, space)
    for cell in CELLS:
        if cell.cell_type != "code":
            continue
        for node in ast.parse(cell.source).body:
            defined = {getattr(node, "name", None)}
            if isinstance(node, ast.Assign):
                defined = {getattr(target, "id", None) for target in node.targets}
            if defined & names and "solution" not in cell.metadata.get("tags", []):
                names = names - defined  # of a name that comes twice the first
                exec(compile(ast.Module([node], []), "chapter", "exec"), space)
    assert not names, f"no cell defines {names}"
    return space


@pytest.fixture
def search(monkeypatch, tmp_path):
    """The function of the chapter, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return taken({"search", "RUNGS"})["search"]


@pytest.mark.parametrize("origin", [369, 513])
def test_a_forecast_does_not_change_with_what_is_not_known_yet(shared, origin):
    y, _, _ = shared.sea()
    setting = {"rate": 0.03, "units": 4, "months": 6, "batch": 8, "cell": "GRU"}
    later = y.copy()
    later[origin - shared.HORIZON + 1 :] += 5.0
    first = [
        next(shared.learning(series, origin, origin + 6, setting, 0, (3,)))[0]
        + series[origin]
        for series in (y, later)
    ]
    assert first[0] == pytest.approx(first[1], abs=1e-12)
    known = y.copy()
    known[origin - shared.HORIZON] += 5.0
    changed = next(shared.learning(known, origin, origin + 6, setting, 0, (3,)))[0]
    assert abs(changed + known[origin] - first[0]) > 1e-3


def test_blocks_follow_one_another_and_end_before_the_test_part(shared):
    y, folds, n = shared.sea()
    stops = [stop for _, stop in folds]
    assert [start for start, _ in folds[1:]] == stops[:-1] and stops[-1] == n < len(y)


def test_a_model_of_ones_own_is_searched_interrupted_and_resumed(search, tmp_path):
    tried = []

    def ended(study):  # without the trial that was cut off
        return sum(trial.state.name == "COMPLETE" for trial in study.trials)

    def objective(trial):
        x = trial.suggest_float("x", -2.0, 2.0)
        k = trial.suggest_int("k", 1, 3)
        tried.append((x, k))
        if len(tried) == 5:
            raise KeyboardInterrupt
        return (x - 1) ** 2 + k

    with pytest.raises(KeyboardInterrupt):
        search(objective, "own", 8)
    assert (tmp_path / "mine" / "own.db").is_file()
    study = search(objective, "own", 30)
    assert ended(study) == 30 and len(set(tried)) == len(tried)
    assert study.best_params["k"] == 1 and abs(study.best_params["x"] - 1) < 0.7
    assert ended(search(objective, "own", 30)) == 30  # nothing left to do
    again = optuna.load_study(
        study_name="own", storage=f"sqlite:///{tmp_path}/mine/own.db"
    )
    assert again.best_value == study.best_value


def test_a_worker_of_another_seed_draws_other_trials(search):
    def objective(trial):
        tried.append(trial.suggest_float("x", 0.0, 1.0))
        return tried[-1]

    tried = []
    search(objective, "first", 1, seed=0)
    search(objective, "first", 2, seed=0)  # seed 0, one trial done
    search(objective, "second", 1, seed=1)  # seed 1, none: the sum is the same
    search(objective, "third", 1, seed=0)  # as the first: it is repeatable
    assert len(set(tried)) == 3 and tried[3] == tried[0]


def test_the_generator_is_paid_for_what_is_asked(shared):
    y, folds, _ = shared.sea()
    setting = {"rate": 0.01, "units": 4, "months": 6, "batch": 8, "cell": "RNN"}
    run = shared.learning(y, *folds[0], setting, 0, (1, 3))
    one, three = next(run), next(run)
    assert one.shape == three.shape == (72,) and not np.allclose(one, three)
    assert list(run) == []


def test_the_recipe_serves_a_series_of_ones_own(monkeypatch, tmp_path):
    """The names that the section lists are enough, with one model in their midst."""
    monkeypatch.chdir(tmp_path)
    listed = section("## A model of your own").split("Then:")[0]
    space = taken({*re.findall("`([a-zA-Z_]+)`", listed)})
    y = np.sin(np.arange(200) / 4) + np.random.default_rng(0).normal(0, 0.1, 200)
    space |= {"y": y, "n": 160, "HORIZON": 2, "RUNGS": (1, 2)}
    space["origins"] = space["folds"](160, 160 - 3 * 20, 20)
    space["mine"] = {"months": 8}
    mine = """
def learning(y, origin, stop, setting, seed, rungs=RUNGS):
    for k in rungs:
        yield ridge(y, origin, stop, months=setting["months"] // k)


def objective(trial):
    setting = {"months": trial.suggest_int("months", 4, 30)}
    runs = [learning(y, *fold, setting, trial.number) for fold in origins]
    for k, errors in zip(RUNGS, zip(*runs)):
        score = rmse(np.concatenate(errors))
        trial.report(score, k)
        if k < RUNGS[-1] and trial.should_prune():
            raise optuna.TrialPruned
    return score
"""
    exec(mine, space)
    search, objective = space["search"], space["objective"]
    assert len(search(objective, "own", 0, first=space["mine"]).trials) == 1
    assert search(objective, "own", 2).trials[0].params == space["mine"]
    study = search(objective, "own", 6)
    assert len(study.trials) == 6 and study.trials[0].params == space["mine"]
    assert study.best_value <= study.trials[0].value
    scores = [space["tried"](study.best_params, seed)[-1] for seed in range(2)]
    assert scores[0] == pytest.approx(study.best_value)
    assert space["on_test"](study.best_params).shape == (5, 40)
    ours, theirs = (space["ridge"](y, 160, 200, m) ** 2 for m in (8, 9))
    assert " to " in space["interval"](ours, theirs, block=5)
    assert space["lucky"](1) == pytest.approx(0)


def test_two_workers_share_a_study(search):
    from joblib import Parallel, delayed

    def objective(trial):
        return trial.suggest_float("x", 0.0, 1.0)

    search(objective, "two", 0, first={"x": 0.5})
    Parallel(2)(delayed(search)(objective, "two", 20, seed) for seed in (1, 2))
    drawn = [trial.params["x"] for trial in search(objective, "two", 20).trials]
    assert 20 <= len(drawn) <= 21 and drawn.count(0.5) == 1
    assert len(set(drawn)) == len(drawn)


def test_the_first_setting_is_queued_until_a_trial_has_ended(search):
    """A study that was cut off in its first trial begins with it again."""

    def cut(trial):
        trial.suggest_float("x", 0.0, 1.0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(cut, "cut", 3, first={"x": 0.25})
    study = search(
        lambda trial: trial.suggest_float("x", 0.0, 1.0), "cut", 3, 0, {"x": 0.25}
    )
    ended = [t.params["x"] for t in study.trials if t.state.name == "COMPLETE"]
    assert len(ended) == 3 and ended.count(0.25) == 1


def test_the_program_for_images_runs(monkeypatch, tmp_path):
    """The blocks of a solution, which the page only shows, with less work."""
    pytest.importorskip("keras")
    monkeypatch.chdir(tmp_path)
    (shown,) = (c.source for c in CELLS if "import keras" in c.source)
    program, use = re.findall(r"```python\n(.*?)```", shown, re.S)
    space = taken({"search", "RUNGS"})
    exec(program.replace("RUNGS = (2, 4, 8)", "RUNGS = (1, 2)"), space)
    assert all(set(a).isdisjoint({*b, *space["test"]}) for a, b in space["origins"])
    space["origins"] = space["origins"][:1]
    use = use.replace("12", "1").replace("Parallel(2)", "Parallel(1)")
    use = use.replace("range(5)", "range(1)").replace("1e-2", "3e-2")
    *before, last = use.strip().split("\n")
    exec("\n".join(before), space)
    rival, best, again, at_end = eval(last, space)
    assert rival < 0.1 and best < 0.8 and len(again) == len(at_end) == 2
    assert space["study"].trials[0].params == {"rate": 3e-2, "units": 32, "batch": 32}
