"""One PyTorch training loop: progress bar, early stopping, checkpoint and resume."""

import copy
import errno
import io
import math
import numbers
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.parameter import is_lazy
from torch.nn.utils.rnn import PackedSequence
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from tqdm import tqdm

Batches = Iterable[tuple[Any, Any]]
# What a checkpoint holds; "scheduler" too, where there is one.
PARTS = {"model", "optimizer", "history", "best", "rng", "start", "made_with"}
OTHER = "delete it, or give fit another path"
# What changes in a scheduler while it runs; all else is what it was made with.
MOVES = {"last_epoch", "_step_count", "_last_lr", "_get_lr_called_within_step"}
MOVES |= {"_is_initial", "T_cur", "T_i"}
# What may be another one when a run goes on: the rate, and how a step is computed.
FREE = {"params", "lr", "initial_lr", "max_lr", "min_lr"}
FREE |= {"foreach", "fused", "capturable", "differentiable"}


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
    if hasattr(part, "to"):  # a tensor, a packed sequence, a class for batches
        return part.to(device)
    if isinstance(part, Mapping):
        return {key: _to(value, device) for key, value in part.items()}
    if isinstance(part, tuple | list):
        values = [_to(value, device) for value in part]
        return type(part)(*values) if hasattr(part, "_fields") else type(part)(values)
    return part


def _tensors(part: Any) -> Iterator[torch.Tensor]:
    if isinstance(part, torch.Tensor):
        yield part
    elif isinstance(part, PackedSequence):
        yield part.data
    elif isinstance(part, Mapping | tuple | list):
        for value in part.values() if isinstance(part, Mapping) else part:
            yield from _tensors(value)


def _targets(y: Any, loss_fn: Callable) -> float:
    """How many targets a loss is a mean over.

    Those that it ignores do not count, and a class counts with its weight.
    """
    return sum(_counted(t, loss_fn) for t in _tensors(y))


def _counted(t: torch.Tensor, loss_fn: Callable) -> float:
    ignored = getattr(loss_fn, "ignore_index", None)
    if ignored is None or t.is_floating_point():
        return t.numel()
    counted = t[t != ignored]
    weight = getattr(loss_fn, "weight", None)
    return counted.numel() if weight is None else weight[counted].sum().item()


def _pair(name: str, number: int, batch: Any) -> tuple | list:
    if isinstance(batch, tuple | list) and len(batch) == 2:
        if next(_tensors(batch[1]), None) is None:
            raise ValueError(
                f"{name}: batch {number}: expected y in a tensor, got {type(batch[1])}"
            )
        return batch
    got = f"{len(batch)} parts" if isinstance(batch, tuple | list) else type(batch)
    raise ValueError(f"{name}: batch {number}: expected a pair (x, y), got {got}")


def _refuse_no_mean(loss_fn: Callable) -> None:
    found = getattr(loss_fn, "reduction", "mean")
    if found in ("none", "sum"):
        raise ValueError(
            f"loss_fn: expected the mean over a batch, got reduction={found!r}"
        )


def _one_number(loss: Any) -> torch.Tensor:
    if not isinstance(loss, torch.Tensor) or loss.numel() != 1 or loss.is_complex():
        got = getattr(loss, "shape", type(loss))
        raise ValueError(f"loss_fn: expected a tensor with one number, got {got}")
    return loss


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
        x, y = _to(_pair(name, number, batch), device)
        loss = loss_of(x, y).item()
        weight = _targets(y, loss_fn)
        if not math.isfinite(loss):
            raise _trouble(name, number, x, y, loss, weight)
        total += loss * weight
        count += weight
    if count == 0:
        raise ValueError(
            f"{name}: expected at least one batch with targets, got none "
            "(a generator is used up after one epoch)"
        )
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
        If there is no batch, one is no pair, or the loss is not one number.
    FloatingPointError
        If the loss is NaN or infinite; the message says whether the data are.
    """
    _refuse_no_mean(loss_fn)
    return _evaluate(model, loss_fn, batches, "batches")


def _evaluate(model, loss_fn, batches, name: str) -> float:
    def loss_of(x, y):
        return _one_number(loss_fn(model(x), y))

    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        return _mean(name, loss_fn, batches, _device(model), loss_of)
    finally:
        for module, training in modes:  # a part may be frozen in evaluation mode
            module.training = training


def _train_epoch(model, loss_fn, optimizer, batches, scheduler, clip_norm) -> float:
    def update(x, y):
        optimizer.zero_grad()
        loss = _one_number(loss_fn(model(x), y))
        if not torch.isfinite(loss):  # said by _mean, before a weight is touched
            return loss
        if not loss.requires_grad:
            raise ValueError(
                "loss_fn: expected a loss that depends on the weights, got one without "
                "gradient (after detach, argmax or no_grad)"
            )
        loss.backward()
        if clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        return loss

    model.train()
    mean = _mean("train_batches", loss_fn, batches, _device(model), update)
    if not _finite(optimizer):
        raise FloatingPointError(
            "train_batches: a weight is NaN or infinite after this epoch, though each "
            "loss was finite; lower the rate, or look for a gradient without bounds"
        )
    return mean


def _trained(optimizer) -> list[torch.nn.Parameter]:
    groups = optimizer.param_groups
    return [p for group in groups for p in group["params"] if p.requires_grad]


def _finite(optimizer) -> bool:
    return all(bool(torch.isfinite(p).all()) for p in _trained(optimizer))


# ---- checkpoints


def _save(path: Path, state: dict) -> None:
    """Write beside the target, then rename: a crash leaves the old file whole."""
    part = path.with_name(path.name + ".part")
    torch.save(state, part)
    os.replace(part, path)


def _plain(state: Any) -> Any:
    """Numbers of NumPy, as a rate may be one, as those of Python: these load again."""
    if isinstance(state, np.generic):
        return state.item()
    if isinstance(state, dict):
        return type(state)({k: _plain(v) for k, v in state.items()})
    if isinstance(state, tuple | list):
        return type(state)(_plain(v) for v in state)
    return state


def _state(part: Any) -> Mapping:
    """The state of a model as it is; that of the others in plain numbers."""
    state = part.state_dict()
    return state if isinstance(part, torch.nn.Module) else _plain(state)


def _load(path: Path) -> dict:
    """What is in a checkpoint, on the CPU.

    Raises
    ------
    ValueError
        If the file is cut off, or is no checkpoint of :func:`fit`.
    """
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # what is no checkpoint may raise anything
        raise ValueError(
            f"checkpoint: {path} cannot be read, it is cut off or of another kind; "
            f"{OTHER}"
        ) from error
    if isinstance(saved, Mapping) and saved.keys() >= PARTS:
        return dict(saved)
    if isinstance(saved, Mapping) and _only_tensors(saved):
        raise ValueError(
            f"checkpoint: {path} holds weights alone, without optimizer and history; "
            "load them with model.load_state_dict, and give fit another path"
        )
    raise _foreign(path)


def _only_tensors(saved: Mapping) -> bool:
    return bool(saved) and all(map(torch.is_tensor, saved.values()))


def _foreign(path: Path) -> ValueError:
    return ValueError(f"checkpoint: {path} was not written by fit; {OTHER}")


def _sums(weights: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """What tells two sets of weights apart, up to rounding on another machine."""
    found = {}
    for name, t in weights.items():
        if torch.is_tensor(t):
            t = t.detach().cpu()  # not every device has float64
            real = (torch.view_as_real(t) if t.is_complex() else t).double()
            real = real.nan_to_num(0, 0, 0)  # a mask may be infinite
            found[name] = float(real.sum()), float(real.abs().sum())
    return found


def _alike(a: Mapping, b: Mapping) -> bool:
    """Whether all sums are the same, measured by the size of the weights."""
    return all(
        abs(u - v) <= 1e-6 * a[name][1] + 1e-30
        for name in a
        for u, v in zip(a[name], b[name], strict=True)
    )


def _made_with(model, optimizer, scheduler) -> dict[str, dict[str, str]]:
    """What has to be the same when a run goes on, as text."""
    found = {"optimizer": {"kind": type(optimizer).__name__}}
    names = {id(p): name for name, p in model.named_parameters()}
    # A schedule may move these two.
    free = FREE | ({"betas", "momentum"} if scheduler is not None else set())
    for g, group in enumerate(optimizer.param_groups):
        kept = {k: repr(_plain(v)) for k, v in group.items() if k not in free}
        kept |= {
            f"parameter {n}": names.get(id(p), "of another")
            for n, p in enumerate(group["params"])
        }
        found["optimizer"] |= {f"{k} of group {g}": v for k, v in kept.items()}
    if scheduler is not None:
        kept = _without_moves(_state(scheduler))
        found["scheduler"] = {"kind": type(scheduler).__name__}
        found["scheduler"] |= {k: repr(v) for k, v in kept.items()}
        found["scheduler"]["function"] = repr(_function_values(scheduler))
    return found


def _without_moves(state: Any) -> Any:
    """The state of a scheduler, and of those in it, without what changes."""
    if isinstance(state, dict):
        kept = {k: v for k, v in state.items() if k not in MOVES}
        return type(state)({k: _without_moves(v) for k, v in kept.items()})
    return [_without_moves(v) for v in state] if isinstance(state, list) else state


def _function_values(scheduler) -> list:
    """What the functions of a LambdaLR give: its state does not hold them."""
    found = []
    for one in getattr(scheduler, "_schedulers", [scheduler]):
        for f in getattr(one, "lr_lambdas", []):
            found.append([_plain(_value(f, step)) for step in (0, 1, 10, 100, 1000)])
    return found


def _value(f: Callable, step: int) -> Any:
    try:
        return f(step)
    except Exception:  # it may end before
        return None


def _refuse_unreadable(model, scheduler) -> None:
    """Raise ValueError for a state that :func:`_load` will not read again."""
    states = {"model": _state(model)}
    states |= {} if scheduler is None else {"scheduler": _state(scheduler)}
    for name, state in states.items():
        for key, value in state.items():
            if not torch.is_tensor(value) and not _readable(value):
                raise ValueError(
                    f"{name}: expected a state of tensors, numbers and texts, safe to "
                    f"load from a checkpoint, got another object in its {key}"
                )


def _readable(value: Any) -> bool:
    try:
        torch.save(value, kept := io.BytesIO())
        kept.seek(0)
        torch.load(kept, weights_only=True)
    except Exception:  # whatever pickle cannot do
        return False
    return True


def _first_difference(there: Mapping, here: Mapping) -> tuple | None:
    """The first key with two values: (key, its value there, its value here)."""
    for key in [*there, *here]:
        if there.get(key) != here.get(key):
            return key, there.get(key, "missing"), here.get(key, "missing")
    return None


def _refuse_another(path: Path, saved: Mapping, model, made_with: Mapping) -> None:
    """Raise ValueError unless the file is of this model and of this run."""
    try:
        _refuse_difference(path, saved, model, made_with)
    except (AttributeError, KeyError, TypeError) as error:  # a part is of another kind
        raise _foreign(path) from error


def _refuse_difference(path, saved, model, made_with) -> None:
    if saved["history"].keys() != asdict(History()).keys():
        raise _foreign(path)
    for weights in (saved["model"], saved["best"] or saved["model"]):
        if found := _first_difference(_shapes(weights), _shapes(model.state_dict())):
            raise ValueError(
                f"checkpoint: {path} is of another model, or of another vocabulary: "
                "{} is {} there and {} here".format(*found)
            )
    for part in ("scheduler", "optimizer"):
        there = saved["made_with"].get(part, {"kind": "none"})
        if found := _first_difference(there, made_with.get(part, {"kind": "none"})):
            raise ValueError(
                f"{part}: {path} goes on as it began, and "
                "{} was {} there and is {} here; begin anew, with another path".format(
                    *found
                )
            )
    ours, reached = _sums(model.state_dict()), [saved["model"], saved["best"] or {}]
    known = [saved["start"], *(_sums(weights) for weights in reached if weights)]
    if not any(_alike(ours, sums) for sums in known):
        raise ValueError(
            f"checkpoint: {path} is of a run that began from other weights, of another "
            "seed perhaps: give each run a path of its own; or load what that one "
            "reached, model.load_state_dict(torch.load(path)['model']), and go on"
        )


def _shapes(weights: Mapping[str, Any]) -> dict[str, tuple]:
    return {k: tuple(t.shape) for k, t in weights.items() if torch.is_tensor(t)}


def _resume(path: Path, saved: Mapping, parts: Mapping[str, Any], epochs: int) -> str:
    """Put everything back where it was; what to say about it.

    Without a schedule the rate is that of the optimizer given: it may be another one
    than before.
    """
    optimizer = parts["optimizer"]
    given = [
        {k: v for k, v in group.items() if k != "params"}
        for group in optimizer.param_groups
    ]
    before = {k: copy.deepcopy(part.state_dict()) for k, part in parts.items()}
    try:
        for name, part in parts.items():
            part.load_state_dict(saved[name])
        torch.set_rng_state(saved["rng"])
    except Exception as error:  # a damaged file: all is as it was
        for name, part in parts.items():
            part.load_state_dict(before[name])
        raise _foreign(path) from error
    done = len(saved["history"]["train"])
    says = f"resumed after epoch {done} from {path}"
    says += f": nothing is left of {epochs} epochs" if done >= epochs else ""
    if "scheduler" not in parts:
        for group, ours in zip(optimizer.param_groups, given, strict=True):
            if group["lr"] != ours["lr"]:
                says += f", with rate {ours['lr']:g} in place of {group['lr']:g}"
            group.update(ours)
    return says


# ---- the loop


def _refuse_kinds(model, loss_fn, optimizer) -> None:
    """A class that was not called, or two arguments that changed places."""
    for name, value, right in (
        ("model", model, isinstance(model, torch.nn.Module)),
        ("loss_fn", loss_fn, callable(loss_fn) and not isinstance(loss_fn, type)),
        ("optimizer", optimizer, isinstance(optimizer, torch.optim.Optimizer)),
    ):
        if not right:
            kind = f"the class {value.__name__}" if isinstance(value, type) else value
            raise ValueError(f"{name}: expected one that is made, got {kind!s:.60}")


def _refuse_numbers(epochs, patience, clip_norm) -> None:
    for name, value in (
        ("epochs", epochs),
        ("patience", 1 if patience is None else patience),
    ):
        whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
        if not whole or value < 1:
            raise ValueError(f"{name}: expected at least 1, and whole, got {value!r}")
    real = isinstance(clip_norm, numbers.Real) and not isinstance(clip_norm, bool)
    if clip_norm is not None and not (real and clip_norm > 0):
        raise ValueError(f"clip_norm: expected a positive number, got {clip_norm!r}")


def _refuse_model(model, optimizer, loss_fn) -> None:
    """A model or an optimizer with which no weight would be trained."""
    for name, p in model.named_parameters():
        if is_lazy(p) or p.is_meta:
            raise ValueError(
                f"model: expected weights in memory, got none yet in {name}: call the "
                "model on a batch, or make it on the CPU, and then the optimizer"
            )
    if isinstance(optimizer, torch.optim.LBFGS):
        raise ValueError(
            "optimizer: expected one with a single gradient a step, got LBFGS"
        )
    modules = [m for m in (model, loss_fn) if isinstance(m, torch.nn.Module)]
    ours = {id(p) for m in modules for p in m.parameters()}
    if not any(id(p) in ours for p in _trained(optimizer)):
        raise ValueError(
            "optimizer: expected a parameter of this model with requires_grad, got "
            "none: make it from model.parameters(), after the model"
        )
    if not _finite(optimizer):
        raise ValueError(
            "model: expected finite weights, got NaN or infinity before the first "
            "step: make it, and the optimizer, anew"
        )


def _length(batches: Batches) -> int | None:
    """How many batches there are, if that is known."""
    try:
        return len(batches)  # type: ignore[arg-type]
    except TypeError:
        return None


def _refuse_batches(name: str, batches: Batches) -> None:
    """What has no batches, or not in every epoch."""
    kind = type(batches).__name__
    if isinstance(batches, Iterator):
        raise ValueError(
            f"{name}: expected what can be gone through in every epoch, such as a "
            f"DataLoader or a list, got a {kind}, which is used up after one"
        )
    if not hasattr(batches, "__iter__") and not hasattr(batches, "__getitem__"):
        raise ValueError(f"{name}: expected batches, as of a DataLoader, got {kind}")
    if _length(batches) == 0:
        raise ValueError(f"{name}: expected at least one batch with targets, got none")


def _refuse_schedule(
    scheduler: Any, optimizer, batches: Batches, epochs: int, anew: bool
) -> None:
    """A scheduler that cannot be stepped after every batch of all epochs."""
    if isinstance(scheduler, ReduceLROnPlateau):
        raise ValueError(
            "scheduler: expected one that is stepped after every batch, got "
            "ReduceLROnPlateau, which waits for a validation loss"
        )
    if getattr(scheduler, "optimizer", None) is not optimizer:
        raise ValueError("scheduler: expected that of this optimizer, got another's")
    most, size = getattr(scheduler, "total_steps", None), _length(batches)
    if most is None or size is None:
        return
    done = scheduler.last_epoch if anew else 0  # else the file says where it is
    if done + epochs * size > most:
        raise ValueError(
            f"scheduler: it has {most} steps, and {epochs} epochs of {size} "
            f"batches are {epochs * size}" + (f", after {done} before" if done else "")
        )


def _writable(checkpoint: str | Path) -> Path:
    try:
        path = Path(checkpoint).expanduser()
        if path.is_dir():
            raise OSError(errno.EISDIR, "it is a folder")
        part = path.with_name(path.name + ".part")
        part.touch()
        part.unlink()
    except (OSError, TypeError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ValueError(
            f"checkpoint: {checkpoint} cannot be written: {why}"
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
        Before anything is changed: if a class is given for an object, a number is out
        of range, ``patience`` is given without ``val_batches``, batches are none or a
        generator, ``loss_fn`` is no mean, the optimizer trains nothing of this model,
        the scheduler is another's or has too few steps, ``checkpoint`` cannot be
        written, or it is no file of this run: of that, only the rate and the batches
        may be others. And as soon as a batch is empty, or no pair.
    FloatingPointError
        As soon as a training or a validation loss is NaN or infinite; the message says
        in which batch, and whether its data are finite. And after an epoch that left
        such weights.
    """
    _refuse_kinds(model, loss_fn, optimizer)
    _refuse_numbers(epochs, patience, clip_norm)
    if patience is not None and val_batches is None:
        raise ValueError("patience: expected val_batches with it, got none")
    _refuse_no_mean(loss_fn)
    _refuse_model(model, optimizer, loss_fn)
    _refuse_batches("train_batches", train_batches)
    if val_batches is not None:
        _refuse_batches("val_batches", val_batches)
    path = _writable(checkpoint) if checkpoint is not None else None
    resumes = path is not None and path.exists()
    if scheduler is not None:
        _refuse_schedule(scheduler, optimizer, train_batches, epochs, not resumes)
    history, best = History(), None
    parts = {"model": model, "optimizer": optimizer}
    parts |= {"scheduler": scheduler} if scheduler is not None else {}
    if path is not None:
        _refuse_unreadable(model, scheduler)
        made_with = _made_with(model, optimizer, scheduler)
        start = _sums(model.state_dict())
    if resumes:
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
            state = {name: _state(part) for name, part in parts.items()}
            state |= {"history": asdict(history), "best": best, "start": start}
            _save(path, state | {"made_with": made_with, "rng": torch.get_rng_state()})
    if best is not None and val_batches is not None:
        model.load_state_dict(best)
    model.train()
    return history
