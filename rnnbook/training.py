"""One PyTorch training loop: progress bar, early stopping, checkpoint and resume."""

import copy
import math
import os
import pickle
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch.nn.utils.rnn import PackedSequence
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from tqdm import tqdm

Batches = Iterable[tuple[Any, Any]]
# What a checkpoint holds; "scheduler" too, where there is one.
PARTS = {"model", "optimizer", "history", "best", "rng", "start", "made_with"}
# What changes in a scheduler while it runs; all else is what it was made with.
MOVES = {"last_epoch", "_step_count", "_last_lr", "_get_lr_called_within_step"}


@dataclass
class History:
    """What :func:`fit` saw: one entry an epoch, means over the targets.

    ``val`` is NaN for an epoch without validation, if a later one has it.
    """

    train: list[float] = field(default_factory=list)
    val: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def best_epoch(self) -> int:
        """Index, from 0, of the epoch with the lowest validation loss.

        Raises
        ------
        ValueError
            If no epoch was validated.
        """
        known = [k for k, loss in enumerate(self.val) if not math.isnan(loss)]
        if not known:
            raise ValueError("val: expected at least one validated epoch, got none")
        return min(known, key=self.val.__getitem__)


# ---- batches


def _device(model: torch.nn.Module) -> torch.device:
    return next((p.device for p in model.parameters()), torch.device("cpu"))


def _to(part: Any, device: torch.device) -> Any:
    """A batch, or a part of one, on a device."""
    if isinstance(part, torch.Tensor | PackedSequence):
        return part.to(device)
    if isinstance(part, Mapping):
        return {key: _to(value, device) for key, value in part.items()}
    if isinstance(part, tuple | list):
        return type(part)(_to(value, device) for value in part)
    return part


def _tensors(part: Any) -> Iterator[torch.Tensor]:
    if isinstance(part, torch.Tensor):
        yield part
    elif isinstance(part, PackedSequence):
        yield part.data
    elif isinstance(part, Mapping | tuple | list):
        for value in part.values() if isinstance(part, Mapping) else part:
            yield from _tensors(value)


def _targets(y: Any, loss_fn: Callable) -> int:
    """How many targets a loss is a mean over: those that it ignores do not count."""
    ignored = getattr(loss_fn, "ignore_index", None)
    return sum(
        t.numel() if ignored is None or t.is_floating_point() else (t != ignored).sum()
        for t in _tensors(y)
    )


def _trouble(name, number: int, x: Any, y: Any, loss: float, weight) -> Exception:
    """What makes a loss NaN or infinite: the data, if it is in them."""
    where = f"{name}: batch {number}"
    for part, given in (("x", x), ("y", y)):
        for tensor in _tensors(given):
            if not torch.isfinite(tensor).all():
                return FloatingPointError(
                    f"{where} has NaN or infinity in its {part}, so its loss is {loss}"
                )
            if tensor.numel() == 0:
                return ValueError(f"{where}: expected examples, got an empty {part}")
    if weight == 0:
        return ValueError(f"{where}: expected a target that counts, got none")
    more = "; lower the rate" if name == "train_batches" else ""
    return FloatingPointError(f"{where}: the loss is {loss}, of finite data{more}")


def _mean(
    name: str,
    loss_fn: Callable,
    batches: Batches,
    device: torch.device,
    loss_of: Callable[[Any, Any], torch.Tensor],
) -> float:
    """The mean of a loss over all targets; a batch weighs as much as it has targets."""
    total = count = 0
    for number, batch in enumerate(batches):
        x, y = _to(batch, device)
        loss = loss_of(x, y).item()
        weight = _targets(y, loss_fn)
        if not math.isfinite(loss):
            raise _trouble(name, number, x, y, loss, weight)
        total += loss * weight
        count += weight
    if count == 0:
        raise ValueError(f"{name}: expected at least one batch with targets, got none")
    return total / count


@torch.inference_mode()
def evaluate(model: torch.nn.Module, loss_fn: Callable, batches: Batches) -> float:
    """Mean loss per target, in evaluation mode and without gradients.

    Parameters
    ----------
    model, loss_fn
        ``loss_fn(model(x), y)`` is a mean over the targets of a batch.
    batches : iterable of (x, y)
        Brought to the device of the model.

    Raises
    ------
    ValueError
        If there is no batch.
    FloatingPointError
        If the loss is NaN or infinite; the message says whether the data are.
    """
    return _evaluate(model, loss_fn, batches, "batches")


def _evaluate(model, loss_fn, batches, name: str) -> float:
    was_training = model.training
    model.eval()
    try:
        return _mean(
            name, loss_fn, batches, _device(model), lambda x, y: loss_fn(model(x), y)
        )
    finally:
        model.train(was_training)


def _train_epoch(model, loss_fn, optimizer, batches, scheduler, clip_norm) -> float:
    def update(x, y):
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        if not torch.isfinite(loss):  # said by _mean, before a weight is touched
            return loss
        loss.backward()
        if clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        return loss

    model.train()
    return _mean("train_batches", loss_fn, batches, _device(model), update)


# ---- checkpoints


def _save(path: Path, state: dict) -> None:
    """Write beside the target, then rename: a crash leaves the old file whole."""
    part = path.with_name(path.name + ".part")
    torch.save(state, part)
    os.replace(part, path)


def _load(path: Path) -> dict:
    """What is in a checkpoint, on the CPU.

    Raises
    ------
    ValueError
        If the file is cut off, or is no checkpoint of :func:`fit`.
    """
    other = "delete it, or give fit another path"
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, EOFError, RuntimeError, KeyError, pickle.UnpicklingError) as error:
        raise ValueError(
            f"checkpoint: {path} cannot be read, it is cut off or of another kind; "
            f"{other}"
        ) from error
    if isinstance(saved, Mapping) and saved.keys() >= PARTS:
        return dict(saved)
    if isinstance(saved, Mapping) and all(map(torch.is_tensor, saved.values())):
        raise ValueError(
            f"checkpoint: {path} holds weights alone, without optimizer and history; "
            "load them with model.load_state_dict, and give fit another path"
        )
    raise ValueError(f"checkpoint: {path} was not written by fit; {other}")


def _sums(weights: Mapping[str, torch.Tensor]) -> dict[str, tuple[float, float]]:
    """What tells two sets of weights apart, up to rounding on another machine."""
    return {
        name: (float(t.double().sum()), float(t.double().abs().sum()))
        for name, t in weights.items()
    }


def _alike(a: Mapping, b: Mapping) -> bool:
    return all(
        math.isclose(u, v, rel_tol=1e-4, abs_tol=1e-4)
        for name in a
        for u, v in zip(a[name], b[name], strict=True)
    )


def _made_with(optimizer, scheduler) -> dict[str, dict[str, str]]:
    """What has to be the same when a run goes on, as text."""
    found = {"optimizer": {"kind": type(optimizer).__name__}}
    sizes = [len(group["params"]) for group in optimizer.param_groups]
    found["optimizer"]["parameters"] = repr(sizes)
    if scheduler is not None:
        kept = {k: v for k, v in scheduler.state_dict().items() if k not in MOVES}
        found["scheduler"] = {"kind": type(scheduler).__name__}
        found["scheduler"] |= {k: repr(v) for k, v in kept.items()}
    return found


def _first_difference(there: Mapping, here: Mapping) -> tuple | None:
    """The first key with two values: (key, its value there, its value here)."""
    for key in [*there, *here]:
        if there.get(key) != here.get(key):
            return key, there.get(key, "missing"), here.get(key, "missing")
    return None


def _refuse_another(path: Path, saved: Mapping, model, made_with: Mapping) -> None:
    """Raise ValueError unless the file is of this model and of this run."""
    shapes = [
        {name: tuple(t.shape) for name, t in weights.items()}
        for weights in (saved["model"], model.state_dict())
    ]
    if found := _first_difference(*shapes):
        raise ValueError(
            f"checkpoint: {path} is of another model, or of another vocabulary: "
            "{} is {} there and {} here".format(*found)
        )
    for part in ("optimizer", "scheduler"):
        there = saved["made_with"].get(part, {"kind": "none"})
        if found := _first_difference(there, made_with.get(part, {"kind": "none"})):
            raise ValueError(
                f"{part}: {path} goes on as it began, and "
                "{} was {} there and is {} here; begin anew, with another path".format(
                    *found
                )
            )
    ours = _sums(model.state_dict())
    if not any(_alike(ours, w) for w in (saved["start"], _sums(saved["model"]))):
        raise ValueError(
            f"checkpoint: {path} is of a run that began from other weights, of another "
            "seed perhaps: give each run a path of its own; or load what that one "
            "reached, model.load_state_dict(torch.load(path)['model']), and go on"
        )


def _resume(path: Path, saved: Mapping, parts: Mapping[str, Any], epochs: int) -> str:
    """Put everything back where it was; what to say about it.

    Without a schedule the rate, and whatever else an optimizer was made with, is that
    of the optimizer given: it may be another one than before.
    """
    optimizer = parts["optimizer"]
    given = [
        {k: v for k, v in group.items() if k != "params"}
        for group in optimizer.param_groups
    ]
    for name, part in parts.items():
        part.load_state_dict(saved[name])
    done = len(saved["history"]["train"])
    says = f"resumed after epoch {done} from {path}"
    says += f": nothing is left of {epochs} epochs" if done >= epochs else ""
    if "scheduler" not in parts:
        for group, ours in zip(optimizer.param_groups, given, strict=True):
            if group["lr"] != ours["lr"]:
                says += f", with rate {ours['lr']:g} in place of {group['lr']:g}"
            group.update(ours)
    torch.set_rng_state(saved["rng"])
    return says


# ---- the loop


def _refuse_used_up(name: str, batches: Batches | None) -> None:
    if isinstance(batches, Iterator):
        raise ValueError(
            f"{name}: expected what can be gone through in every epoch, such as a "
            f"DataLoader or a list, got a {type(batches).__name__}, which is used up "
            "after one"
        )


def _refuse_schedule(scheduler: Any, batches: Batches, epochs: int) -> None:
    """A scheduler that cannot be stepped after every batch of all epochs."""
    if isinstance(scheduler, ReduceLROnPlateau):
        raise ValueError(
            "scheduler: expected one that is stepped after every batch, got "
            "ReduceLROnPlateau, which waits for a validation loss"
        )
    most = getattr(scheduler, "total_steps", None)
    if most is None or not hasattr(batches, "__len__"):
        return
    if epochs * len(batches) > most:
        raise ValueError(
            f"scheduler: it has {most} steps, and {epochs} epochs of {len(batches)} "
            f"batches are {epochs * len(batches)}"
        )


def _writable(path: Path) -> Path:
    part = path.with_name(path.name + ".part")
    try:
        part.touch()
        part.unlink()
    except OSError as error:
        raise ValueError(
            f"checkpoint: {path} cannot be written: {error.strerror}"
        ) from error
    return path


def _hidden(progress: bool) -> bool | None:
    """Whether tqdm shows no bar; None where a terminal decides."""
    if not progress or os.environ.get("TQDM_DISABLE"):
        return True
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return False if hasattr(shell, "kernel") else None  # a notebook is no terminal


def fit(
    model: torch.nn.Module,
    loss_fn: Callable[[Any, Any], torch.Tensor],
    optimizer: torch.optim.Optimizer,
    train_batches: Batches,
    val_batches: Batches | None = None,
    *,
    epochs: int,
    scheduler: LRScheduler | None = None,
    clip_norm: float | None = None,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    progress: bool = True,
) -> History:
    """Train ``model`` in place.

    Parameters
    ----------
    model, loss_fn, optimizer
        ``loss_fn(model(x), y)`` is a mean over the targets of a batch.
    train_batches, val_batches : iterables of (x, y), usually ``DataLoader``
        Iterated anew each epoch; brought to the device of the model. ``x`` and ``y``
        are tensors, packed sequences, or tuples, lists and dicts of such.
    epochs : int, in all, those of a resumed run included
    scheduler : stepped after every batch
    clip_norm : float, the largest joint gradient norm
    patience : int
        Stop after so many epochs without a better validation loss.
    checkpoint : path
        Written after every epoch. If the file exists, training goes on from it, says
        so, and on a CPU ends as a run that was never interrupted does (order of
        batches included, as long as it is drawn from PyTorch's global generator).
    progress : bool, show a bar on standard output

    Returns
    -------
    History
        The model is left in training mode: call ``model.eval()`` before you predict.
        With ``val_batches`` it has the weights of the best epoch, else the last ones.

    Raises
    ------
    ValueError
        Before anything is changed: if ``epochs`` is below 1, ``patience`` is given
        without ``val_batches``, batches are a generator, the scheduler has too few
        steps, ``checkpoint`` cannot be written, or it is no file of this run. And if a
        set of batches, or a batch, is empty.
    FloatingPointError
        As soon as a training or a validation loss is NaN or infinite; the message says
        in which batch, and whether its data are finite.
    """
    if epochs < 1:
        raise ValueError(f"epochs: expected at least 1, got {epochs}")
    if patience is not None and (val_batches is None or patience < 1):
        raise ValueError(
            f"patience: expected at least 1, with val_batches, got {patience}"
        )
    _refuse_used_up("train_batches", train_batches)
    _refuse_used_up("val_batches", val_batches)
    _refuse_schedule(scheduler, train_batches, epochs)
    history, best = History(), None
    parts = {"model": model, "optimizer": optimizer}
    parts |= {"scheduler": scheduler} if scheduler is not None else {}
    made_with, start = _made_with(optimizer, scheduler), _sums(model.state_dict())
    path = _writable(Path(checkpoint).expanduser()) if checkpoint is not None else None
    if path is not None and path.exists():
        saved = _load(path)
        _refuse_another(path, saved, model, made_with)
        print(_resume(path, saved, parts, epochs))
        history, best = History(**saved["history"]), saved["best"]
        made_with, start = saved["made_with"], saved["start"]
    done = len(history.train)
    bar = tqdm(
        range(done, epochs),
        initial=done,
        total=epochs,
        unit="epoch",
        file=sys.stdout,
        leave=False,
        disable=_hidden(progress),
    )
    for epoch in bar:
        if patience is not None and best is not None:
            if epoch - 1 - history.best_epoch >= patience:
                break
        began = time.perf_counter()
        history.train.append(
            _train_epoch(model, loss_fn, optimizer, train_batches, scheduler, clip_norm)
        )
        if val_batches is not None:
            history.val += [math.nan] * (epoch - len(history.val))
            history.val.append(_evaluate(model, loss_fn, val_batches, "val_batches"))
            if history.best_epoch == epoch:
                best = copy.deepcopy(model.state_dict())
        history.seconds += time.perf_counter() - began
        bar.set_postfix(train=f"{history.train[-1]:.4g}", refresh=False)
        if path is not None:
            state = {name: part.state_dict() for name, part in parts.items()}
            state |= {"history": asdict(history), "best": best, "start": start}
            _save(path, state | {"made_with": made_with, "rng": torch.get_rng_state()})
    if best is not None and val_batches is not None:
        model.load_state_dict(best)
    return history
