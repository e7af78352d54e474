"""One training on many processes: a language model of letters, data parallel.

Two processes on one machine, four on each of two machines, or one without torchrun::

    export TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1
    torchrun --standalone --nproc-per-node 2 --max-restarts 3 \
        -m rnnbook.distributed --folder mine/two
    torchrun --nnodes 2 --nproc-per-node 4 --max-restarts 3 --rdzv-backend c10d \
        --rdzv-endpoint HOST:29400 -m rnnbook.distributed --folder /shared/run
    python -m rnnbook.distributed --folder mine/one

Each process holds the whole network and reads its share of each batch; the gradients
are averaged before each update. ``--batch`` is the batch of all processes together, so
that the updates are the same for any number of them. All machines see the same folder.
What is in it goes on from where it stopped, with the settings that it began with:
others are refused. Another number of processes reads the same batches and draws other
dropout. Where there are GPUs each process takes one; that was written without a GPU at
hand, and is not tested.

The variable is for restarts: without it, processes that were started anew sometimes
read the addresses of those before them, and find nobody (pytorch issue 135712).

``--mean own`` and ``--die-at`` are for the chapter: a mistake, and an accident.
"""

import argparse
import json
import math
import os
import pickle
import re
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DistributedSampler

from rnnbook.data.prose import load_prose

LETTERS = " abcdefghijklmnopqrstuvwxyz"
SKIP = -100  # a target that cross_entropy leaves out
# What a checkpoint goes on with: all that decides the next update, but for the text
SETTINGS = ("batch", "hidden", "dropout", "optimiser", "lr", "seed", "double", "mean")


class Reader(nn.Module):
    """Says the next letter: ids (B, T) to scores (B, T, V)."""

    def __init__(self, hidden: int, dropout: float = 0.0):
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS), hidden)
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True)
        self.head = nn.Linear(hidden, len(LETTERS))

    def forward(self, x):
        h, _ = self.lstm(self.dropout(self.embedding(x)))
        return self.head(self.dropout(h))


def sentences(text: str, longest: int = 120) -> list[torch.Tensor]:
    """The sentences of a text, each a row of ids that begins and ends with a blank."""
    found = (
        re.sub("[^a-z]+", " ", one.lower()).strip()
        for one in re.split(r"[.!?]\s", text)
    )
    return [
        torch.tensor([LETTERS.index(c) for c in f" {one} "])
        for one in found
        if 1 < len(one) <= longest
    ]


def padded(rows: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs and targets (B, T) of rows of several lengths."""
    x = nn.utils.rnn.pad_sequence([r[:-1] for r in rows], batch_first=True)
    y = nn.utils.rnn.pad_sequence([r[1:] for r in rows], True, SKIP)
    return x, y


def order(n: int, epoch: int, seed: int, rank: int, world: int) -> list[int]:
    """Which sentences a process reads in an epoch: dealt out, no two get the same."""
    sampler = DistributedSampler(range(n), world, rank, seed=seed, drop_last=True)
    sampler.set_epoch(epoch)  # without it, each epoch has the order of the first
    return list(sampler)


def backward(model, x, y, mean: str = "all") -> float:
    """Leave the gradient of the mean loss over all processes' letters; that mean."""
    scores = model(x)
    loss = nn.functional.cross_entropy(
        scores.flatten(0, 1), y.flatten(), ignore_index=SKIP, reduction="sum"
    )
    own = (y != SKIP).sum()
    total = torch.stack([loss.detach(), own]).double()  # summed loss, letters
    dist.all_reduce(total)
    if mean == "all":  # DDP averages: what is divided by world must hold it
        loss = loss * dist.get_world_size() / total[1].to(loss)
    else:  # the mistake that chapter 33 measures: a mean of means
        loss = loss / own
    loss.backward()
    return float(total[0] / total[1])


def save(state: dict, path: Path) -> None:
    """Leave the new file or the old one, and no half of one after a kill."""
    new = path.with_suffix(".new")
    with open(new, "wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def train(args: argparse.Namespace) -> dict:
    """All updates, or those that are missing; what this process has at the end."""
    rank, world = dist.get_rank(), dist.get_world_size()
    if args.batch % world:
        raise ValueError(f"batch: expected a multiple of {world}, got {args.batch}")
    device = own_device()
    torch.manual_seed(args.seed)  # the same weights in all
    model = Reader(args.hidden, args.dropout).to(device)
    kinds = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}
    optimiser = kinds[args.optimiser](model.parameters(), args.lr)
    torch.manual_seed(args.seed + 1 + rank)  # other dropout in each
    rows, path = sentences(read(args.text)), Path(args.folder) / "last.pt"
    share, each = args.batch // world, len(rows) // args.batch  # batches an epoch
    if not rows:
        raise ValueError(
            "text: expected sentences of the letters a to z that end in . ! or ?, "
            f"got none in {args.text!r}"
        )
    if each == 0:
        raise ValueError(
            f"batch: expected at most {len(rows)}, the sentences of the text, "
            f"got {args.batch}"
        )

    step, losses, seconds = 0, [], []
    settings = {name: getattr(args, name) for name in SETTINGS}
    settings["text"] = zlib.crc32(b"".join(bytes(r.tolist()) + b"." for r in rows))
    if path.is_file():
        kept = load(path, settings, device)
        model.load_state_dict(kept["model"])
        optimiser.load_state_dict(kept["optimiser"])
        step, losses = kept["step"], kept["losses"]
        if len(kept["random"]) == world:
            set_random_state(kept["random"][rank].cpu(), device)
    agree(step)
    parallel = DistributedDataParallel(model)
    while step < args.steps:
        begun = time.perf_counter()
        epoch, k = divmod(step, each)
        mine = order(len(rows), epoch, args.seed, rank, world)
        some = [rows[i] for i in mine[k * share : (k + 1) * share]]
        x, y = (a.to(device) for a in padded(some))
        optimiser.zero_grad()
        losses.append(backward(parallel, x, y, args.mean))
        optimiser.step()
        step += 1
        seconds.append(time.perf_counter() - begun)
        if step == args.die_at and rank == world - 1 and first_try():
            os.kill(os.getpid(), signal.SIGKILL)  # to see that nothing is lost
        if step % args.every == 0 or step == args.steps:
            here = random_state(device)
            random = [torch.empty_like(here) for _ in range(world)]
            dist.all_gather(random, here)
            if rank == 0:  # one writes
                parts = model.state_dict(), optimiser.state_dict(), random
                state = dict(zip(("model", "optimiser", "random"), parts, strict=True))
                state |= {"step": step, "losses": losses, "settings": settings}
                save(state, path)
            dist.barrier()  # nobody runs ahead of the file
    return {"losses": losses, "seconds": seconds, "world": world}


def own_device() -> torch.device:
    """The processor, or this process's own GPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    own, gpus = int(os.environ.get("LOCAL_RANK", 0)), torch.cuda.device_count()
    if own >= gpus:
        raise ValueError(
            f"nproc-per-node: expected at most {gpus}, the GPUs of this machine, "
            f"got process {own + 1}"
        )
    torch.cuda.set_device(own)
    return torch.device("cuda", own)


def read(path: str | None) -> str:
    """A reader's own text, or the course's prose."""
    if path is None:
        return load_prose().text
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"text: expected a file in UTF-8, got {path!r} ({error})"
        ) from error


def load(path: Path, settings: dict, device: torch.device) -> dict:
    """A checkpoint, if it was made by this script with these settings."""
    said = f"folder: expected a checkpoint of this script, got {str(path)!r}"
    try:
        kept = torch.load(path, map_location=device, weights_only=True)
    except (RuntimeError, OSError, EOFError, pickle.PickleError) as error:
        raise ValueError(said) from error
    made = kept.get("settings") if isinstance(kept, dict) else None
    if made is None:
        raise ValueError(said)
    for name, value in settings.items():
        if made.get(name) != value:
            old, new = repr(made.get(name)), repr(value)
            if name == "text":
                old, new = "the one", "another one"
            raise ValueError(
                f"{name}: expected {old} with which the checkpoint in "
                f"{str(path.parent)!r} was made, got {new}; go on with that, or take "
                "another folder"
            )
    return kept


def agree(step: int) -> None:
    """Refuse to go on from several places: each process has read its own file."""
    own = torch.tensor(step)
    steps = [torch.empty_like(own) for _ in range(dist.get_world_size())]
    dist.all_gather(steps, own)
    if len(found := {int(one) for one in steps}) > 1:
        raise ValueError(
            "folder: expected one that all machines see, got checkpoints of the "
            f"updates {sorted(found)}"
        )


def random_state(device: torch.device) -> torch.Tensor:
    """Where the random numbers of this process stand, bytes: the CPU's, the GPU's."""
    states = [torch.get_rng_state()]
    if device.type == "cuda":
        states.append(torch.cuda.get_rng_state(device))
    return torch.cat(states)


def set_random_state(state: torch.Tensor, device: torch.device) -> None:
    """Go on drawing from there."""
    size = len(torch.get_rng_state())
    torch.set_rng_state(state[:size])
    if device.type == "cuda" and len(state) > size:
        torch.cuda.set_rng_state(state[size:], device)


def first_try() -> bool:
    """Whether torchrun has not restarted the processes yet."""
    return os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") == "0"


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", required=True, help="for the checkpoint")
    parser.add_argument("--text", help="a file; without it, the course's own prose")
    parser.add_argument("--steps", type=int, default=200, help="updates")
    parser.add_argument("--batch", type=int, default=32, help="of all together")
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--optimiser", choices=["adam", "sgd"], default="adam")
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=50, help="updates a checkpoint")
    parser.add_argument("--double", action="store_true", help="float64")
    parser.add_argument("--mean", choices=["all", "own"], default="all")
    parser.add_argument("--die-at", type=int, help="kill the last process there, once")
    return possible(parser.parse_args(given))


def possible(args: argparse.Namespace) -> argparse.Namespace:
    """The arguments, or a ValueError that names the one that cannot be."""
    whole = {"steps": 0, "batch": 1, "hidden": 1, "every": 1, "seed": 0}
    for name, least in whole.items():
        got = getattr(args, name)
        if not least <= got < 2**32:
            raise ValueError(f"{name}: expected {least} or more, got {got}")
    if not 0 <= args.dropout < 1:
        raise ValueError(f"dropout: expected 0 <= dropout < 1, got {args.dropout}")
    if not (args.lr >= 0 and math.isfinite(args.lr)):
        raise ValueError(f"lr: expected a number from 0 on, got {args.lr}")
    if args.die_at is not None and "RANK" not in os.environ:
        raise ValueError(
            "die-at: expected processes that torchrun has started (it would end "
            f"this program), got {args.die_at} without torchrun"
        )
    return args


def main(given: list[str] | None = None) -> dict:
    """Join the others, train, tell, leave."""
    args = arguments(given)
    try:
        Path(args.folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"folder: expected one that can be written, got {args.folder!r}"
        ) from error
    # what is gathered lies on the CPU, gradients lie on the GPU
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    usual = torch.get_default_dtype()
    if "RANK" in os.environ:  # torchrun's
        dist.init_process_group(backend)
    else:
        dist.init_process_group(backend, store=dist.HashStore(), rank=0, world_size=1)
    try:
        torch.set_default_dtype(torch.float64 if args.double else usual)
        told = train(args)
        if dist.get_rank() == 0:
            path = Path(args.folder) / "told.json"
            path.write_text(json.dumps(told), encoding="utf-8")
    finally:
        torch.set_default_dtype(usual)
        dist.destroy_process_group()
    return told


def launch(processes: int, *given: str, restarts: int = 0) -> subprocess.Popen:
    """Start torchrun on this machine, on a free port, one thread a process."""
    for name, got, least in (("processes", processes, 1), ("restarts", restarts, 0)):
        if not isinstance(got, int) or got < least:
            raise ValueError(f"{name}: expected {least} or more, got {got!r}")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", str(processes), "--max-restarts", str(restarts)]
    command += ["--monitor-interval", "0.2", "-m", "rnnbook.distributed", *given]
    env = {k: v for k, v in os.environ.items() if k not in ("RANK", "WORLD_SIZE")}
    env |= {"OMP_NUM_THREADS": "1", "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}
    return subprocess.Popen(
        command,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


if __name__ == "__main__":
    main()
