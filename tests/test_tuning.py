"""Chapter 32: its folds see no future, and its search serves a model of one's own."""

import ast
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


@pytest.fixture
def search(monkeypatch, tmp_path):
    """The function of the chapter, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    nb = nbformat.read(ROOT / "chapters" / "32-tuning.ipynb", as_version=4)
    space = {"optuna": optuna, "Path": Path, "np": np}
    for cell in nb.cells:
        if cell.cell_type == "code" and "def search(" in cell.source:
            found = [
                node
                for node in ast.parse(cell.source).body
                if isinstance(node, ast.FunctionDef) and node.name == "search"
            ]
            exec(compile(ast.Module(found, []), "search", "exec"), space)
    return space["search"]


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
