"""Chapter 33: two processes compute what one does, and a kill loses nothing."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from test_listings import bare, cell_definitions, definitions
from torch import nn

from rnnbook import distributed
from rnnbook.data.prose import load_prose
from rnnbook.distributed import (
    SETTINGS,
    SKIP,
    Reader,
    agree,
    arguments,
    launch,
    main,
    order,
    own_device,
    padded,
    save,
    sentences,
)

SMALL = ["--hidden", "8", "--batch", "8"]
ROWS = sentences(load_prose().text)


PAGE = Path(__file__).resolve().parent.parent / "chapters" / "33-scaling.ipynb"


@pytest.mark.parametrize(
    ("shown", "name"),
    [("backward_all", "backward"), ("order", "order"), ("save", "save")],
)
def test_what_the_page_shows_is_what_the_script_runs(shown, name):
    file = ast.parse(Path(distributed.__file__).read_text(encoding="utf-8"))
    (runs,) = [one for one in definitions(file) if one.name == name]
    cells = nbformat.read(PAGE, as_version=4).cells
    found = [
        one
        for cell in cells
        if cell.cell_type == "code"
        for one in cell_definitions(cell.source)
        if one.name == shown
    ]
    (one,) = found
    one.name = name
    assert bare(one) == bare(runs)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    monkeypatch.setenv("TORCH_DISABLE_SHARE_RDZV_TCP_STORE", "1")  # as the chapter says
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def ended(job) -> str:
    said = job.communicate(timeout=900)[1]
    assert job.returncode == 0, said
    return said


def weights(folder: Path) -> dict:
    return torch.load(folder / "last.pt", weights_only=True)["model"]


def apart(a: dict, b: dict) -> float:
    assert a.keys() == b.keys()
    return max(float((a[name] - b[name]).abs().max()) for name in a)


def mean_of_means(seed: int) -> dict:
    """The weights after a step of two workers, each with its own mean."""
    torch.manual_seed(seed)
    model = distributed.Reader(8)
    for rank in (0, 1):
        x, y = padded([ROWS[k] for k in order(len(ROWS), 0, seed, rank, 2)[:4]])
        scores = model(x).flatten(0, 1)
        (
            nn.functional.cross_entropy(scores, y.flatten(), ignore_index=SKIP) / 2
        ).backward()
    return {name: (p - p.grad).detach() for name, p in model.named_parameters()}


def test_the_gradient_of_two_halves_is_that_of_the_whole(tmp_path):
    """Of unequal lengths; one step of SGD with a rate of 1 is the gradient."""
    given = [*SMALL, "--optimiser", "sgd", "--lr", "1", "--steps", "1"]
    job = launch(2, *given, "--folder", str(tmp_path / "two"))
    told = main([*given, "--folder", str(tmp_path / "one")])
    ended(job)
    one, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    assert apart(one, two) < 1e-6
    assert apart(one, mean_of_means(0)) > 1e-4
    also = json.loads((tmp_path / "two" / "told.json").read_text("utf-8"))
    assert (told["world"], also["world"]) == (1, 2)
    assert told["losses"] == pytest.approx(also["losses"], abs=1e-6)


def test_a_killed_worker_loses_nothing(tmp_path):
    """Bit for bit, with dropout and Adam; an undisturbed run beside it."""
    given = [*SMALL, "--steps", "8", "--every", "3", "--dropout", "0.2"]
    killed = launch(
        2, *given, "--folder", str(tmp_path / "a"), "--die-at", "5", restarts=3
    )
    said = ended(killed)
    ended(launch(2, *given, "--folder", str(tmp_path / "b")))
    assert "exitcode: -9" in said
    assert apart(weights(tmp_path / "a"), weights(tmp_path / "b")) == 0
    a, b = (torch.load(tmp_path / name / "last.pt") for name in "ab")
    assert a["losses"] == b["losses"] and a["step"] == b["step"] == 8
    told = json.loads((tmp_path / "a" / "told.json").read_text("utf-8"))
    assert len(told["seconds"]) == 8 - 3  # it went on from the checkpoint


def test_one_process_goes_on_where_it_stopped(tmp_path):
    given = [*SMALL, "--every", "2", "--dropout", "0.2"]
    for steps in ("3", "7"):  # the file of update 3, and from there
        main([*given, "--steps", steps, "--folder", str(tmp_path / "a")])
    whole = main([*given, "--steps", "7", "--folder", str(tmp_path / "b")])
    assert apart(weights(tmp_path / "a"), weights(tmp_path / "b")) == 0
    assert len(whole["losses"]) == len(whole["seconds"]) == 7
    before = weights(tmp_path / "b")
    again = main([*given, "--steps", "7", "--folder", str(tmp_path / "b")])
    assert again["seconds"] == [] and apart(before, weights(tmp_path / "b")) == 0


def test_the_next_epoch_has_another_order(tmp_path):
    text = " ".join(f"sentence {'abcdefgh'[k] * (3 + k)} ends. " for k in range(8))
    (tmp_path / "own.txt").write_text(text, encoding="utf-8")
    given = ["--text", str(tmp_path / "own.txt"), "--hidden", "4", "--batch", "4"]
    told = main([*given, "--steps", "4", "--lr", "0", "--folder", str(tmp_path)])
    # nothing is learned: the same batches would give the same two losses
    first, second = told["losses"][:2], told["losses"][2:]
    assert sorted(first) != pytest.approx(sorted(second), abs=1e-9)


@pytest.mark.parametrize("world", [1, 2, 3, 4])
def test_shares_do_not_overlap_and_a_batch_is_the_same_for_any_number(world):
    n, B = 49, 12
    shares = [order(n, 3, 0, rank, world) for rank in range(world)]
    dealt = np.concatenate(shares)
    assert len(set(dealt)) == len(dealt) == n // world * world
    each = B // world
    batch = {k for share in shares for k in share[:each]}
    assert batch == set(order(n, 3, 0, 0, 1)[:B])
    assert order(n, 3, 0, 0, world) != order(n, 4, 0, 0, world)


def test_who_is_killed_while_writing_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "last.pt"
    save({"step": 1}, path)

    def killed(state, file):
        file.write(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            save({"step": 2}, path)
    assert torch.load(path) == {"step": 1}
    save({"step": 3}, path)
    assert torch.load(path) == {"step": 3} and os.listdir(tmp_path) == ["last.pt"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--batch", "99999"], "batch: expected at most"),
        (["--batch", "0"], "batch: expected 1 or more, got 0"),
        (["--every", "0"], "every: expected 1 or more, got 0"),
        (["--hidden", "-1"], "hidden: expected 1 or more, got -1"),
        (["--steps", "-1"], "steps: expected 0 or more, got -1"),
        (["--seed", "-1"], "seed: expected 0 or more, got -1"),
        (["--dropout", "1"], "dropout: expected 0 <= dropout < 1, got 1"),
        (["--dropout", "nan"], "dropout: expected 0 <= dropout < 1, got nan"),
        (["--lr", "inf"], "lr: expected a number from 0 on, got inf"),
        (["--lr", "-1"], "lr: expected a number from 0 on, got -1"),
        (["--text", "nowhere.txt"], "text: expected a file in UTF-8"),
        (["--text", "."], "text: expected a file in UTF-8"),
        (["--die-at", "1"], "die-at: expected processes that torchrun"),
        (["--mean", "x"], "mean"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, given, said, capsys):
    with pytest.raises((ValueError, SystemExit)) as error:
        main(["--folder", str(tmp_path), *given])
    assert said in str(error.value) + capsys.readouterr().err
    assert not (tmp_path / "last.pt").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ärger. Öl. ".encode("latin-1") * 30, "text: expected a file in UTF-8"),
        ("你好。世界。".encode() * 30, "text: expected sentences of the letters"),
    ],
)
def test_a_text_that_cannot_be_read_is_named(tmp_path, text, said):
    (tmp_path / "own.txt").write_bytes(text)
    with pytest.raises(ValueError, match=said):
        main(["--folder", str(tmp_path), "--text", str(tmp_path / "own.txt")])


def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ValueError, match="folder: expected one that can be written"):
        main(["--folder", str(tmp_path / "file")])


@pytest.mark.parametrize("kind", ["words", "empty", "half", "other", "tensor"])
def test_a_file_that_is_no_checkpoint_is_named(tmp_path, kind):
    path = tmp_path / "last.pt"
    if kind == "half":
        main([*SMALL, "--steps", "1", "--folder", str(tmp_path)])
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
    elif kind in ("words", "empty"):
        path.write_bytes(b"not a checkpoint" if kind == "words" else b"")
    else:
        torch.save({"step": 3} if kind == "other" else torch.ones(3), path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="folder: expected a checkpoint of this"):
        main([*SMALL, "--steps", "2", "--folder", str(tmp_path)])
    assert path.read_bytes() == before


OTHER = {
    "batch": ["--batch", "4"],
    "hidden": ["--hidden", "4"],
    "dropout": ["--dropout", "0.5"],
    "optimiser": ["--optimiser", "sgd"],
    "lr": ["--lr", "0.5"],
    "seed": ["--seed", "1"],
    "double": ["--double"],
    "mean": ["--mean", "own"],
    "text": ["--text", "own.txt"],
}


def test_each_setting_that_decides_what_comes_next_is_in_the_file():
    free = {"folder", "text", "steps", "every", "die_at"}  # the text by its letters
    assert {*SETTINGS} == {*vars(arguments(["--folder", "f"]))} - free
    assert {*OTHER} == {*SETTINGS, "text"}


@pytest.mark.parametrize("name", OTHER)
def test_a_checkpoint_of_other_settings_is_not_gone_on_with(tmp_path, name):
    """Each of them was taken without a word, and --lr was not even used."""
    given = [*SMALL, "--folder", str(tmp_path)]
    main([*given, "--steps", "1"])
    (tmp_path / "own.txt").write_text("Another text. " * 20, encoding="utf-8")
    other = [str(tmp_path / v) if v == "own.txt" else v for v in OTHER[name]]
    before = (tmp_path / "last.pt").read_bytes()
    with pytest.raises(ValueError, match=f"^{name}: expected .* with which the check"):
        main([*given, "--steps", "2", *other])
    assert (tmp_path / "last.pt").read_bytes() == before


def test_one_process_goes_on_where_two_stopped(tmp_path):
    """The batches are the same; without dropout so are the weights."""
    given = [*SMALL, "--every", "2", "--double"]
    job = launch(2, *given, "--steps", "2", "--folder", str(tmp_path / "a"))
    main([*given, "--steps", "5", "--folder", str(tmp_path / "b")])
    ended(job)
    main([*given, "--steps", "5", "--folder", str(tmp_path / "a")])
    assert apart(weights(tmp_path / "a"), weights(tmp_path / "b")) < 1e-10


APART = """
import os, sys
from rnnbook.distributed import main
given, folder = sys.argv[1:-1], sys.argv[-1]
main([*given, "--folder", os.path.join(folder, os.environ["RANK"])])
"""


def test_machines_that_do_not_see_one_folder_are_refused(tmp_path):
    """Rank 0 went on at update 2, the other one from the start, and nobody said so."""
    main([*SMALL, "--steps", "2", "--folder", str(tmp_path / "0")])
    (tmp_path / "apart.py").write_text(APART, encoding="utf-8")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", "2", str(tmp_path / "apart.py"), *SMALL]
    job = subprocess.run(
        [*command, "--steps", "4", str(tmp_path)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert job.returncode
    assert "folder: expected one that all machines see" in job.stderr
    assert "[0, 2]" in job.stderr


def test_one_process_agrees_with_itself():
    dist = torch.distributed
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        assert agree(3) is None
    finally:
        dist.destroy_process_group()


def test_more_processes_than_gpus_are_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: None)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert own_device() == torch.device("cuda", 1)
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(ValueError, match="nproc-per-node: expected at most 2"):
        own_device()


@pytest.mark.parametrize(
    ("processes", "restarts", "name"),
    [(0, 0, "processes"), (1.5, 0, "processes"), ("two", 0, "processes"),
     (2, -1, "restarts")],
)  # fmt: skip
def test_torchrun_is_not_started_with_what_cannot_be(processes, restarts, name):
    with pytest.raises(ValueError, match=f"^{name}: expected"):
        launch(processes, "--folder", "f", restarts=restarts)


def test_the_bytes_of_the_page_are_those_of_the_network():
    for H in (8, 64):
        count = sum(p.numel() for p in Reader(H).parameters())
        assert count == 8 * H * H + 62 * H + 27


def test_padding_costs_nothing_and_counts_nothing():
    x, y = padded([ROWS[0], ROWS[1]])
    n = [len(ROWS[0]) - 1, len(ROWS[1]) - 1]
    assert x.shape == y.shape == (2, max(n))
    assert [int(k) for k in (y != SKIP).sum(1)] == n
    assert torch.equal(x[0, 1 : n[0]], y[0, : n[0] - 1])
