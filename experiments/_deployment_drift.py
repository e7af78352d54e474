"""Requests to a model of letters, and alarms: on what comes in, on what it costs."""

import numpy as np
import torch
from _deployment import scores_of
from _training import LETTERS, V, parts
from torch.nn.functional import cross_entropy

from rnnbook.data import load_shakespeare, missing_vowels

PIECE, WINDOW, EVERY = 64, 32, 10_000  # letters, requests, requests a false alarm


def pieces(ids):
    ids = np.asarray(ids)
    return ids[: len(ids) // PIECE * PIECE].reshape(-1, PIECE)


def numbers(text):
    return np.array([LETTERS.index(c) for c in text])


def shuffled(text, rng):
    """The letters of each word in another order: each stays as frequent as it was."""
    return " ".join("".join(rng.permutation(list(word))) for word in text.split(" "))


def requests_of(kind, rng):
    """Pieces of the test part, or of another kind of text."""
    text = "".join(np.array(list(LETTERS))[parts()["test"].ravel()])
    if kind == "shuffled":
        text = shuffled(text, rng)
    if kind == "no vowels":
        text = "".join(c for c in text if c not in "aeiou")
    if kind == "Shakespeare":
        text = missing_vowels(load_shakespeare().text).text[: len(text)]
    return pieces(numbers(text))


@torch.no_grad()
def costs(net, ids):
    """Bits a letter of each request, read from an empty state: (N,)."""
    ids = torch.as_tensor(ids)
    z = scores_of(net, ids[:, :-1]).transpose(1, 2)
    return cross_entropy(z, ids[:, 1:], reduction="none").mean(1).numpy() / np.log(2)


def counts(ids):
    return (ids[:, :, None] == np.arange(V)).sum(axis=1)  # (N, V)


def cusum(z, slack=0.5):
    """Sums of what lies more than ``slack`` above zero, never below zero: (N,)."""
    total, sums = 0.0, []
    for one in z:
        total = max(0.0, total + one - slack)
        sums.append(total)
    return np.array(sums)


def rates(z, limits, rng, steps=20_000, chains=40, slack=0.5):
    """Alarms a request, for each limit, if requests come in any order."""
    total = np.zeros((len(limits), chains))
    alarms = np.zeros(len(limits))
    for drawn in z[rng.integers(0, len(z), (steps, chains))]:
        total = np.maximum(0, total + drawn - slack)
        over = total > limits[:, None]
        alarms += over.sum(axis=1)
        total[over] = 0  # looked into, and begun again
    return alarms / steps / chains


def limit_of(z, rng):
    """The lowest limit with one false alarm in ``EVERY`` requests, or fewer."""
    limits = np.linspace(2, 25, 93)
    fine = rates(z, limits, rng) <= 1 / EVERY
    return float(limits[fine][0]) if fine.any() else float(limits[-1])


def chi_squared(counts, expected):
    """Of windows: (N,); ``expected`` are shares, (V,)."""
    total = counts.sum(axis=1, keepdims=True)
    return ((counts - total * expected) ** 2 / (total * expected)).sum(axis=1)


def stability(counts, expected):
    """The population stability index of windows, with a half added to each count."""
    share = (counts + 0.5) / (counts + 0.5).sum(axis=1, keepdims=True)
    return ((share - expected) * np.log(share / expected)).sum(axis=1)


def windows(counts, rng, number=20_000):
    """Counts of windows of requests that are drawn at random: (number, V)."""
    found = np.empty((number, V))
    for k in range(0, number, 1000):
        found[k : k + 1000] = counts[rng.integers(0, len(counts), (1000, WINDOW))].sum(
            axis=1
        )
    return found
