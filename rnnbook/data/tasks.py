"""Synthetic tasks that need memory, made new for every batch."""

import numpy as np

from rnnbook.data._arguments import float_dtype, generator, integer


def adding_task(batch: int, length: int, rng, dtype=np.float32):
    """Add the two marked numbers of a sequence.

    Parameters
    ----------
    batch : int, B
    length : int, T, at least 2
    rng : int or numpy.random.Generator
        A generator gives a new batch at each call, an integer the same one.
    dtype : float32 or float64

    Returns
    -------
    x : (B, T, 2) ndarray
        ``x[..., 0]`` is uniform in [0, 1); ``x[..., 1]`` is 1 at one step of the
        first half (``T // 2`` steps), at one step of the second, and 0 elsewhere.
    y : (B,) ndarray
        The sum of the two marked numbers.

    Raises
    ------
    ValueError
        If a size is too small, ``rng`` is neither, or ``dtype`` is not a float.

    Notes
    -----
    Always predicting the mean, 1, has a mean squared error of 1/6. Hochreiter and
    Schmidhuber (1997), experiment 4, in the form of Arjovsky, Shah and Bengio (2016).
    """
    batch, length = integer("batch", batch), integer("length", length, minimum=2)
    rng, rows, half = generator(rng), np.arange(batch), length // 2
    x = np.zeros((batch, length, 2), float_dtype(dtype))
    x[..., 0] = rng.random((batch, length), dtype=x.dtype)
    first = rng.integers(0, half, batch)
    second = rng.integers(half, length, batch)
    x[rows, first, 1] = x[rows, second, 1] = 1
    return x, x[rows, first, 0] + x[rows, second, 0]


def recall_task(batch: int, length: int, rng):
    """Say at the end which of two signs stood at the beginning, before the noise.

    Parameters
    ----------
    batch : int, B
    length : int, T
    rng : int or numpy.random.Generator
        A generator gives a new batch at each call, an integer the same one.

    Returns
    -------
    x : (B, T, 2) ndarray of float32
        ``x[..., 0]`` is standard normal noise; ``x[:, 0, 1]`` is the sign, and 0 later.
    sign : (B,) ndarray of float32
        1 or -1, each with probability 1/2.

    Raises
    ------
    ValueError
        If a size is too small or ``rng`` is neither.

    Notes
    -----
    After the latching problem of Bengio, Simard and Frasconi (1994), the class given
    as one input. Always predicting 0 has a mean squared error of 1.
    """
    batch, length = integer("batch", batch), integer("length", length)
    rng = generator(rng)
    sign = rng.choice([-1, 1], size=batch).astype(np.float32)
    x = np.zeros((batch, length, 2), dtype=np.float32)
    x[:, :, 0] = rng.normal(size=(batch, length))
    x[:, 0, 1] = sign
    return x, sign


def copying_task(batch: int, symbols: int, blanks: int, rng, alphabet: int = 8):
    """Remember symbols, wait, and give them back when told to.

    Parameters
    ----------
    batch : int, B
    symbols : int, S
        How many symbols are to be copied (10 in the paper).
    blanks : int
        The steps between the last symbol and the first answer; the last of them
        shows the delimiter. The paper's T.
    rng : int or numpy.random.Generator
    alphabet : int, A
        How many different symbols there are (8 in the paper). The blank is the
        number A, the delimiter A + 1, so one-hot vectors have A + 2 entries.

    Returns
    -------
    x : (B, blanks + 2 S) ndarray of int64
        S symbols, ``blanks - 1`` blanks, the delimiter, S blanks.
    y : (B, blanks + 2 S) ndarray of int64
        Blanks, then the S symbols in their order.

    Raises
    ------
    ValueError
        If a size is too small or ``rng`` is neither.

    Notes
    -----
    Without memory the best is to answer blanks and then guess, which costs
    ``S ln A / (blanks + 2 S)`` nats a step: 10 ln 8 / (T + 20) in Arjovsky, Shah and
    Bengio (2016), after Hochreiter and Schmidhuber (1997).
    """
    batch, symbols = integer("batch", batch), integer("symbols", symbols)
    blanks = integer("blanks", blanks)
    alphabet = integer("alphabet", alphabet, minimum=2)
    x = np.full((batch, blanks + 2 * symbols), alphabet, dtype=np.int64)
    y = x.copy()
    x[:, :symbols] = generator(rng).integers(0, alphabet, (batch, symbols))
    x[:, symbols + blanks - 1] = alphabet + 1
    y[:, -symbols:] = x[:, :symbols]
    return x, y


def echo_task(batch: int, length: int, delay: int, rng, dtype=np.float32):
    """Repeat the input ``delay`` steps later.

    Parameters
    ----------
    batch : int, B
    length : int, T
    delay : int, from 0 to T - 1
    rng : int or numpy.random.Generator
    dtype : float32 or float64

    Returns
    -------
    x : (B, T, 1) ndarray of zeros and ones, each with probability 1/2
    y : (B, T, 1) ndarray
        ``y[:, t]`` is ``x[:, t - delay]``, and 0 for the first ``delay`` steps.

    Raises
    ------
    ValueError
        If a size is too small, the delay leaves nothing to repeat, ``rng`` is
        neither, or ``dtype`` is not a float.
    """
    batch, length = integer("batch", batch), integer("length", length)
    delay = integer("delay", delay, minimum=0)
    if delay >= length:
        raise ValueError(f"delay: expected less than length {length}, got {delay}")
    x = generator(rng).integers(0, 2, (batch, length, 1)).astype(float_dtype(dtype))
    y = np.zeros_like(x)
    y[:, delay:] = x[:, : length - delay]
    return x, y
