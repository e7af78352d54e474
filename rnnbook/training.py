"""One PyTorch training loop: progress bar, early stopping, checkpoint and resume."""

import copy
import math
import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from tqdm import tqdm

Batches = Iterable[tuple[torch.Tensor, torch.Tensor]]


@dataclass
class History:
    """What :func:`fit` saw. Losses are means over examples, one entry an epoch."""

    train: list[float] = field(default_factory=list)
    val: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def best_epoch(self) -> int:
        """Index, from 0, of the epoch with the lowest validation loss."""
        return min(range(len(self.val)), key=self.val.__getitem__)


@torch.no_grad()
def evaluate(model: torch.nn.Module, loss_fn: Callable, batches: Batches) -> float:
    """Mean loss per example, in evaluation mode and without gradients."""
    was_training = model.training
    model.eval()
    total = count = 0
    for x, y in batches:
        total += loss_fn(model(x), y).item() * len(x)
        count += len(x)
    model.train(was_training)
    if count == 0:
        raise ValueError("batches: expected at least one batch, got none")
    return total / count


def _train_epoch(model, loss_fn, optimizer, batches, scheduler, clip_norm) -> float:
    model.train()
    total = count = 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        if not math.isfinite(loss.item()):
            raise FloatingPointError(f"training loss is {loss.item()}: lower the rate")
        loss.backward()
        if clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        total += loss.item() * len(x)
        count += len(x)
    if count == 0:
        raise ValueError("train_batches: expected at least one batch, got none")
    return total / count


def _save(path: Path, state: dict) -> None:
    """Write beside the target, then rename: a crash leaves the old file whole."""
    part = path.with_name(path.name + ".part")
    torch.save(state, part)
    os.replace(part, path)


def fit(
    model: torch.nn.Module,
    loss_fn: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    optimizer: torch.optim.Optimizer,
    train_batches: Batches,
    val_batches: Batches | None = None,
    *,
    epochs: int,
    scheduler: torch.optim.lr_scheduler.LRScheduler | None = None,
    clip_norm: float | None = None,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    progress: bool = True,
) -> History:
    """Train ``model`` in place.

    Parameters
    ----------
    model, loss_fn, optimizer
        ``loss_fn(model(x), y)`` is a mean over the examples of a batch.
    train_batches, val_batches : iterables of (x, y), usually ``DataLoader``
        Iterated anew each epoch.
    epochs : int, in all, those of a resumed run included
    scheduler : stepped after every batch
    clip_norm : float, the largest joint gradient norm
    patience : int
        Stop after so many epochs without a better validation loss.
    checkpoint : path
        Written after every epoch. If the file exists, training goes on from it, and
        ends as a run that was never interrupted does (order of batches included, as
        long as it is drawn from PyTorch's global generator).
    progress : bool, show a bar on standard output

    Returns
    -------
    History
        With ``val_batches`` the model is left with the weights of the best epoch.

    Raises
    ------
    ValueError
        If ``epochs`` is below 1, ``patience`` is given without ``val_batches``, or a
        set of batches is empty.
    FloatingPointError
        As soon as a training loss is NaN or infinite.
    """
    if epochs < 1:
        raise ValueError(f"epochs: expected at least 1, got {epochs}")
    if patience is not None and (val_batches is None or patience < 1):
        raise ValueError(
            f"patience: expected at least 1, with val_batches, got {patience}"
        )
    history, best = History(), None
    parts = {"model": model, "optimizer": optimizer}
    parts |= {"scheduler": scheduler} if scheduler is not None else {}
    path = Path(checkpoint) if checkpoint is not None else None
    if path is not None and path.exists():
        saved = torch.load(path, weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(saved[name])
        history, best = History(**saved["history"]), saved["best"]
        torch.set_rng_state(saved["rng"])
    done = len(history.train)
    bar = tqdm(
        range(done, epochs),
        initial=done,
        total=epochs,
        unit="epoch",
        file=sys.stdout,
        leave=False,
        disable=None if progress else True,
    )
    for epoch in bar:
        if patience is not None and history.val:
            if epoch - 1 - history.best_epoch >= patience:
                break
        start = time.perf_counter()
        history.train.append(
            _train_epoch(model, loss_fn, optimizer, train_batches, scheduler, clip_norm)
        )
        if val_batches is not None:
            history.val.append(evaluate(model, loss_fn, val_batches))
            if history.best_epoch == epoch:
                best = copy.deepcopy(model.state_dict())
        history.seconds += time.perf_counter() - start
        bar.set_postfix(train=f"{history.train[-1]:.4g}", refresh=False)
        if path is not None:
            state = {name: part.state_dict() for name, part in parts.items()}
            state |= {"history": asdict(history), "best": best}
            _save(path, state | {"rng": torch.get_rng_state()})
    if best is not None:
        model.load_state_dict(best)
    return history
