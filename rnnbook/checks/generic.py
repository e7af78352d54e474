"""What can be measured of a wrong output that no known mistake explains.

A remark is made only if it holds in all cases, and it says only what was measured:
that an output is twice what is right, never why. Remarks cost and earn no points.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from rnnbook.checks.compare import agree, identical, inside, names_of, same
from rnnbook.checks.reading import HUGE, code

MANY = 10**5  # numbers; with more of them only the simplest is tried


class Remark(NamedTuple):
    """A name that stays, and a sentence's end: "is 2 times what is right"."""

    name: str
    says: str


class Seen(NamedTuple):
    """One output in all cases.

    Attributes
    ----------
    mine, right : list of arrays
    sizes : list of dict, from a name to the whole number that it stands for
    put_in : list of (path, array), what was handed in, in the order of the arguments
    floor : float, the tolerance of the check
    """

    mine: list[np.ndarray]
    right: list[np.ndarray]
    sizes: list[dict[str, int]]
    put_in: list[list[tuple[str, np.ndarray]]]
    floor: float

    def pairs(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        return zip(self.mine, self.right, strict=True)

    def each(self, test: Callable[[np.ndarray, np.ndarray], bool]) -> bool:
        return all(test(a, b) for a, b in self.pairs())

    def equal(self, a: np.ndarray, b: np.ndarray) -> bool:
        a, b = np.asarray(a), np.asarray(b)
        return a.shape == b.shape and same(a, b, self.floor)

    def matches(self, change: Callable[[np.ndarray], np.ndarray]) -> bool:
        """Whether it is, in all cases, what a change makes of what is right."""
        return self.each(lambda a, b: self.equal(a, change(b)))

    def becomes(self, change: Callable[[np.ndarray], np.ndarray]) -> bool:
        """Whether a change makes of it, in all cases, what is right."""
        return self.each(lambda a, b: self.equal(change(a), b))

    def distinct(self) -> int:
        """How many different right numbers there are; three stand for many."""
        numbers = np.concatenate([b.ravel().astype(float) for b in self.right])
        numbers = numbers[np.isfinite(numbers) & (numbers != 0)]
        return len(np.unique(np.round(numbers, 12)))


def looked_at(
    arguments: str, calls: list[tuple], mine: list, right: list, floor: float
) -> Seen:
    """One output in all cases, beside what was handed in."""
    put_in = [list(_handed_in(arguments, args)) for args in calls]
    sizes = [dict(_sizes(arguments, args)) for args in calls]
    return Seen(mine, right, sizes, put_in, floor)


def _handed_in(arguments: str, args: tuple) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays and numbers in the arguments, each with its path."""
    for pair in zip(names_of(arguments), args, strict=True):
        for path, value in inside(*pair):
            if isinstance(value, np.ndarray | np.number | int | float):
                yield path, np.asarray(value)


def _sizes(arguments: str, args: tuple) -> Iterator[tuple[str, int]]:
    """The whole numbers that the arguments are or have as a length."""
    for name, arg in zip(names_of(arguments), args, strict=True):
        if isinstance(arg, str | list):
            yield f"the length of {code(name)}", len(arg)
        for path, value in inside(name, arg):
            if isinstance(value, int | np.integer) and not isinstance(value, bool):
                yield code(path), int(value)
            for axis, n in enumerate(np.shape(value) if _array(value) else ()):
                along = f" along axis {axis}" if value.ndim > 1 else ""
                yield f"the length of {code(path)}{along}", n


def _array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def numbers_in(arguments: str, args: tuple) -> int:
    """How many numbers and letters there are in what was handed in."""
    texts = sum(len(arg) for arg in args if isinstance(arg, str))
    return texts + sum(a.size for _, a in _handed_in(arguments, args))


# ---- no answer yet


def empty(seen: Seen) -> Remark | None:
    """One number whatever comes in, or something that came in."""
    return _constant(seen) or _handed_back(seen) or _flat(seen)


def constant(arrays: list[np.ndarray]) -> bool:
    """Whether one number stands everywhere, NaN among them."""
    if any(a.size > HUGE for a in arrays):
        return False
    numbers = np.concatenate([a.ravel().astype(np.float64) for a in arrays])
    first = numbers[:1]
    if numbers.size == 1:  # one number may be any, but is no answer if it is none
        return bool((first == 0).all() or not np.isfinite(first).all())
    return bool(((numbers == first) | ((numbers != numbers) & (first != first))).all())


def _constant(seen: Seen) -> Remark | None:
    if not constant(seen.mine):
        return None
    first = next((a.flat[0] for a in seen.mine if a.size), None)
    if first is None:
        return Remark("constant", "is empty")
    words = code(str(bool(first))) if first.dtype == bool else _number(float(first))
    if all(a.ndim == 0 for a in seen.mine):
        return Remark("constant", f"is {words}")
    whole = first == np.round(first) or not np.isfinite(first)
    words = f"nothing but {words}" if whole else "the same number everywhere"
    return Remark("constant", f"holds {words}")


def handed_back(arrays: list, put_in: list[list[tuple[str, np.ndarray]]]) -> str:
    """The path of the argument that an output is in all cases; "" if it is none."""
    if not put_in or len(arrays) != len(put_in):
        return ""
    for i, (path, _) in enumerate(put_in[0]):
        pairs = zip(arrays, put_in, strict=True)
        if all(i < len(args) and identical(a, args[i][1]) for a, args in pairs):
            return path
    return ""


def _handed_back(seen: Seen) -> Remark | None:
    path = handed_back(seen.mine, seen.put_in)
    return Remark("handed_back", f"is {code(path)} as it came in") if path else None


def _flat(seen: Seen) -> Remark | None:
    """One number within each case, where what is right has several."""
    varied = any(len(np.unique(b)) > 1 for b in seen.right)
    if varied and all(constant([a]) for a in seen.mine):
        return Remark("flat", "holds the same number at each place of a case")
    return None


# ---- of the right shape


def _number(x: float) -> str:
    if not np.isfinite(x):
        return "NaN" if x != x else "infinity"
    x = x or 0.0  # there is a zero below zero
    return f"{x:.0f}" if x == round(x) and abs(x) < 1e6 else f"{x:.4g}"


KNOWN = {
    "ln 2": np.log(2),
    "1 / ln 2": 1 / np.log(2),
    "ln 10": np.log(10),
    "1 / ln 10": 1 / np.log(10),
    "√2": np.sqrt(2),
    "1 / √2": 1 / np.sqrt(2),
    "π": np.pi,
    "2π": 2 * np.pi,
    "e": np.e,
}


def _factor_in_words(x: float) -> str:
    for words, value in KNOWN.items():
        if np.isclose(x, value, rtol=1e-6):
            return f"{words} times ({x:.3g})"
    whole = round(1 / x) if x else 0
    if abs(whole) > 1 and np.isclose(x, 1 / whole, rtol=1e-6):
        return f"1/{whole} of" if whole > 0 else f"-1/{-whole} of"
    near = round(x)
    whole_number = near and np.isclose(x, near, rtol=1e-6)
    return f"{_number(near if whole_number else x)} times"


def _ratios(seen: Seen) -> list[float | None] | None:
    """For each case one factor to what is right; None for one of zeros only."""
    found: list[float | None] = []
    for a, b in seen.pairs():
        a, b = a.astype(float), b.astype(float)
        if not np.isfinite(a).all() or not np.isfinite(b).all():
            return None
        place = int(np.abs(b).argmax()) if b.size else 0
        if not b.size or b.flat[place] == 0:
            if a.size and a.any():
                return None
            found.append(None)
            continue
        ratio = float(a.flat[place] / b.flat[place])
        if not ratio or not same(a, ratio * b, seen.floor):
            return None
        found.append(ratio)
    return found


def _factor(seen: Seen) -> Remark | None:
    ratios = _ratios(seen)
    known = [r for r in ratios or [] if r is not None]
    if not known or seen.distinct() < 2:
        return None
    if np.allclose(known, 1, rtol=1e-3, atol=0):
        return None  # that is nearly right, not a factor
    if np.allclose(known, known[0], rtol=1e-6, atol=0):
        if np.isclose(known[0], -1):
            return Remark("sign", "has the opposite sign")
        words = _factor_in_words(known[0])
        return Remark("factor", f"is {words} what is right")
    return (
        _factor_of_size(seen, ratios)
        or _factor_of_number(seen, ratios)
        or _multiple(seen)
    )


SIZED = {
    "times n": lambda n: n,
    "divided by n": lambda n: 1 / n,
    "times n - 1": lambda n: n - 1.0,
    "divided by n - 1": lambda n: 1 / (n - 1.0),
    "times n / (n - 1)": lambda n: n / (n - 1.0),
    "times (n - 1) / n": lambda n: (n - 1.0) / n,
    "times √n": np.sqrt,
    "divided by √n": lambda n: 1 / np.sqrt(n),
    "times √(n / (n - 1))": lambda n: np.sqrt(n / (n - 1.0)),
    "times √((n - 1) / n)": lambda n: np.sqrt((n - 1.0) / n),
    "times n²": lambda n: n**2.0,
    "divided by n²": lambda n: n**-2.0,
}


def _all_sizes(seen: Seen) -> dict[str, list[int]]:
    """Sizes that exist in every case, those of the output last."""
    own = [
        {f"its length along axis {k}": n for k, n in enumerate(b.shape)}
        | {"the number of its entries": b.size}
        for b in seen.right
    ]
    found = [a | b for a, b in zip(seen.sizes, own, strict=True)]
    names = [n for n in found[0] if all(n in one for one in found)]
    return {n: [one[n] for one in found] for n in names}


def _factor_of_size(seen: Seen, ratios: list) -> Remark | None:
    for words, change in SIZED.items():
        for what, sizes in _all_sizes(seen).items():
            with np.errstate(all="ignore"):
                wanted = [float(change(np.float64(n))) for n in sizes]
            pairs = zip(ratios, wanted, strict=True)
            if all(r is None or np.isclose(r, w, rtol=1e-6) for r, w in pairs):
                says = f"is what is right {words}, where n is {what}"
                return Remark("factor_of_size", says)
    return None


NUMBERED = {
    "times {}": lambda x: x,
    "divided by {}": lambda x: 1 / x,
    "times 1 - {}": lambda x: 1 - x,
    "divided by 1 - {}": lambda x: 1 / (1 - x),
    "times the square of {}": lambda x: x**2,
    "times the root of {}": np.sqrt,
    "divided by the root of {}": lambda x: 1 / np.sqrt(x),
}


def _factor_of_number(seen: Seen, ratios: list) -> Remark | None:
    """A factor that is made of a single number that was handed in."""
    calls = [{path: a for path, a in one if a.size == 1} for one in seen.put_in]
    for path in [p for p in calls[0] if all(p in one for one in calls)]:
        values = [float(one[path].flat[0]) for one in calls]
        fixed = [r * x for r, x in zip(ratios, values, strict=True) if r is not None]
        if len(fixed) > 2 and np.allclose(fixed, fixed[0], rtol=1e-6, atol=0):
            says = f"is what is right divided by {code(path)} and times"
            return Remark("fixed_number", f"{says} {_number(fixed[0])}")
        for words, change in NUMBERED.items():
            with np.errstate(all="ignore"):
                wanted = [float(change(np.float64(x))) for x in values]
            pairs = [p for p in zip(ratios, wanted, strict=True) if p[0] is not None]
            if len(pairs) > 1 and all(np.isclose(r, w, rtol=1e-6) for r, w in pairs):
                says = f"is what is right {words.format(code(path))}"
                return Remark("factor_of_number", says)
    return None


def _multiple(seen: Seen) -> Remark | None:
    if any(len(np.unique(b)) > 1 for b in seen.right):
        says = "is a multiple of what is right, with a factor that changes by case"
        return Remark("multiple", says)
    return None


def _difference(seen: Seen) -> Remark | None:
    gaps = []
    for a, b in seen.pairs():
        gap = a.astype(float) - b.astype(float)
        if not gap.size or not np.isfinite(gap).all():
            return None
        gaps.append(float(gap.flat[0]))
        if not same(b + gaps[-1], a, seen.floor):
            return None
    if seen.distinct() < 2:
        return None
    if np.allclose(gaps, gaps[0], rtol=1e-6, atol=0):
        words = "too large" if gaps[0] > 0 else "too small"
        return Remark("difference", f"is {_number(abs(gaps[0]))} {words}")
    return _difference_of_size(seen, gaps)


def _difference_of_size(seen: Seen, gaps: list[float]) -> Remark | None:
    """For counts: too large, or too small, by what stands for a whole number."""
    if any(gap != round(gap) for gap in gaps):
        return None
    sizes = {n: np.array(v) for n, v in _all_sizes(seen).items() if n[0] == "`"}
    for a, b in itertools.combinations_with_replacement(list(sizes), 2):
        sizes[f"{a} · {b}"] = sizes[a] * sizes[b]
    terms = {
        f"{k} · {what}" if k > 1 else what: k * values
        for what, values in sizes.items()
        for k in (1, 2, 3, 4)
    }
    sums = {
        f"{a} + {b}": terms[a] + terms[b] for a, b in itertools.combinations(sizes, 2)
    }
    gone = {
        f"{a} - {b}": terms[a] - terms[b] for a, b in itertools.permutations(sizes, 2)
    }
    for what, values in (terms | sums | gone).items():
        for sign, words in ((1, "too large"), (-1, "too small")):
            if (values > 0).all() and np.array_equal(np.array(gaps), sign * values):
                return Remark("difference_of_size", f"is {words} by {what}")
    return None


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


# What of what is right was returned, and how to get it.
FUNCTIONS = {
    "inverse": ("one over what is right", lambda b: 1 / b),
    "square": ("the square of what is right", lambda b: b**2),
    "root": ("the square root of what is right", np.sqrt),
    "absolute": ("what is right without its sign", np.abs),
    "power_of_two": ("2 to the power of what is right", lambda b: 2.0**b),
    "exponential": ("e to the power of what is right", np.exp),
    "exponential_minus_one": ("e to the power of what is right, minus 1", np.expm1),
    "logarithm": ("the natural logarithm of what is right", np.log),
    "logarithm_plus_one": ("the logarithm of 1 plus what is right", np.log1p),
    "logarithm_two": ("the logarithm to base 2 of what is right", np.log2),
    "logarithm_ten": ("the logarithm to base 10 of what is right", np.log10),
    "minus_exponential": (
        "e to the power of minus what is right",
        lambda b: np.exp(-b),
    ),
    "minus_logarithm": ("minus the logarithm of what is right", lambda b: -np.log(b)),
    "minus_inverse": ("minus one over what is right", lambda b: -1 / b),
    "tanh": ("the tanh of what is right", np.tanh),
    "sigmoid": ("the sigmoid of what is right", _sigmoid),
    "tanh_missing": ("that whose tanh is right", np.arctanh),
    "sigmoid_missing": ("that whose sigmoid is right", lambda b: np.log(b / (1 - b))),
}


def _function(seen: Seen) -> Remark | None:
    if seen.matches(lambda b: 1.0 - b):
        zero_or_one = all(np.isin(b, (0, 1)).all() for b in seen.right)
        says = "has 0 and 1 exchanged"
        return Remark("complement", says if zero_or_one else "is 1 - what is right")
    whole = all((b == np.round(b)).all() for b in seen.right)
    if seen.distinct() < (3 if whole else 2):
        return None
    for name, (says, change) in FUNCTIONS.items():
        if seen.matches(lambda b, f=change: f(b.astype(float))):
            return Remark(name, f"is {says}")
    return None


def _rounded(seen: Seen) -> Remark | None:
    whole = all((b == np.round(b)).all() for b in seen.right)
    if whole or any(a.dtype.kind == "b" for a in seen.mine):
        return None
    whole = {"rounded": np.round, "cut off": np.trunc, "rounded up": np.ceil}
    for words, change in (*whole.items(), ("rounded down", np.floor)):
        if seen.each(lambda a, b, f=change: np.array_equal(a, f(b))):
            return Remark("rounded", f"is right, {words} to whole numbers")
    for k in (1, 2, 3):
        if seen.each(lambda a, b, k=k: _close(a, np.round(b, k))):
            return Remark("rounded", f"is right, rounded to {_count(k, 'decimal')}")
    for k in (1, 2, 3):
        if seen.each(lambda a, b, k=k: _close(a, _to_digits(b, k))):
            says = f"is right, rounded to {_count(k, 'significant digit')}"
            return Remark("rounded", says)
    return None


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    rtol = 1e-6 if a.dtype == np.float32 else 1e-12
    return np.allclose(a, b, rtol=rtol, atol=1e-12, equal_nan=True)


def _to_digits(b: np.ndarray, k: int) -> np.ndarray:
    with np.errstate(all="ignore"):
        unit = 10.0 ** (np.floor(np.log10(np.abs(b))) - k + 1)
        return np.where(np.isfinite(unit) & (b != 0), np.round(b / unit) * unit, b)


def _count(k: int, what: str) -> str:
    return f"{k} {what}{'s' * (k > 1)}"


def _nearly(seen: Seen) -> Remark | None:
    if seen.each(lambda a, b: bool(agree(a, b, 1e-4).all())):
        says = (
            "is right to about four digits: is something rounded on the way (1.96 for "
            "1.959964, say), or computed in float32?"
        )
        return Remark("nearly", says)
    return None


def _not_normalised(seen: Seen) -> Remark | None:
    for axis in range(-1, -1 - max(b.ndim for b in seen.right), -1):
        if seen.each(lambda a, b, k=axis: a.ndim >= -k) and seen.becomes(
            lambda a, k=axis: a / a.sum(axis=k, keepdims=True)
        ):
            along = f" along axis {seen.right[0].ndim + axis}"
            along = along if seen.right[0].ndim > 1 else ""
            says = f"would be right if it were divided by its sum{along}"
            return Remark("not_normalised", says)
    return None


def _backwards(seen: Seen) -> Remark | None:
    for axis in _axes(seen):
        if seen.matches(lambda b, k=axis: np.flip(b, k)):
            along = f" along axis {axis}" if seen.right[0].ndim > 1 else ""
            return Remark("backwards", f"is right, but runs backwards{along}")
    return None


def _axes(seen: Seen) -> range:
    """The axes that all cases have."""
    return range(min(b.ndim for b in seen.right))


def _added_up(seen: Seen) -> Remark | None:
    if seen.distinct() < 3:
        return None
    for axis in _axes(seen):
        along = f" along axis {axis}" if seen.right[0].ndim > 1 else ""
        if seen.matches(lambda b, k=axis: np.cumsum(b, axis=k)):
            return Remark("added_up", f"is what is right, added up{along}")
        if seen.becomes(lambda a, k=axis: np.cumsum(a, axis=k)):
            return Remark("not_added_up", f"would be right if it were added up{along}")
    return None


def _shifted(seen: Seen) -> Remark | None:
    """Everything one place along; what stands at the edge may be anything."""
    for axis in _axes(seen):
        if max(b.shape[axis] for b in seen.right) < 3:
            continue
        for early, words in ((False, "late"), (True, "early")):

            def test(a, b, k=axis, early=early):
                a, b = (np.moveaxis(v, k, 0) for v in (a, b))
                a, b = (a[:-1], b[1:]) if early else (a[1:], b[:-1])
                return same(a, b, seen.floor)

            if seen.each(test):
                along = f" along axis {axis}" if seen.right[0].ndim > 1 else ""
                return Remark("shifted", f"is one place too {words}{along}")
    return None


def _edge(seen: Seen) -> Remark | None:
    """Wrong in the first or the last entry along an axis, and nowhere else."""
    for axis in _axes(seen):
        for place, words in ((0, "first"), (-1, "last")):

            def rest(v, k=axis, place=place):
                return np.delete(v, place, axis=k) if v.shape[k] else v

            if sum(rest(b).size for b in seen.right) < 3:
                continue
            if seen.each(lambda a, b, f=rest: same(f(a), f(b), seen.floor)):
                along = f" along axis {axis}" if seen.right[0].ndim > 1 else ""
                return Remark(f"{words}_wrong", f"is wrong only in the {words}{along}")
    return None


# ---- of any shape


def _exchanged(seen: Seen) -> Remark | None:
    """Two axes, or more, in another order."""
    n = max(b.ndim for b in seen.right)
    if n < 2 or any(b.ndim != n for b in seen.right):
        return None
    for order in itertools.permutations(range(n)):
        if order != tuple(range(n)) and seen.matches(lambda b, o=order: b.transpose(o)):
            moved = [k for k in range(n) if order[k] != k]
            if n == 2:
                return Remark("transposed", "is right but transposed")
            says = f"is right, but axes {moved[0]} and {moved[1]} are exchanged"
            says = (
                says if len(moved) == 2 else "is right, but its axes are in the order"
            )
            says += "" if len(moved) == 2 else f" {', '.join(map(str, order))}"
            return Remark("axes_exchanged", says)
    return None


def _reshaped(seen: Seen) -> Remark | None:
    if seen.each(lambda a, b: seen.equal(a.ravel(), b.ravel())):
        return Remark("reshaped", "holds the right numbers, in another shape")
    return None


def _disordered(seen: Seen) -> Remark | None:
    if any(b.size > MANY or b.dtype == bool for b in seen.right):
        return None
    if seen.distinct() < 3:
        return None
    if seen.each(lambda a, b: seen.equal(np.sort(a.ravel()), np.sort(b.ravel()))):
        return Remark("disordered", "holds the right numbers, in another order")
    return None


OVER = {
    "sum": lambda a, axes: a.sum(axis=axes),
    "mean": lambda a, axes: a.mean(axis=axes),
    "last entry": lambda a, axes: np.take(a, -1, axis=axes[0]),
    "first entry": lambda a, axes: np.take(a, 0, axis=axes[0]),
    "largest number": lambda a, axes: a.max(axis=axes),
    "smallest number": lambda a, axes: a.min(axis=axes),
}


def _ways(long: list[np.ndarray], short: list[np.ndarray]) -> Iterator[tuple]:
    """Names of ways to get fewer axes, what they do, and the words for the axes."""
    n, m = long[0].ndim, short[0].ndim
    alike = all(a.ndim == n for a in long) and all(a.ndim == m for a in short)
    if n <= m or not alike or any(0 in a.shape for a in long):
        return
    for axes in itertools.combinations(range(n), n - m):
        along = f" along axis {axes[0]}" if len(axes) == 1 else ""
        along = f" along axes {' and '.join(map(str, axes))}" if axes[1:] else along
        for words, change in OVER.items():
            if words[-5:] != "entry" or len(axes) == 1:
                yield (
                    words,
                    lambda a, f=change, k=axes: f(a, k),
                    along * (n > len(axes)),
                )


def _not_reduced(seen: Seen) -> Remark | None:
    """A sum, a mean or a choice that what is right has, and this has not."""
    for words, change, along in _ways(seen.mine, seen.right):
        if seen.becomes(change):
            says = f"holds more than is asked for: its {words}{along} is right"
            return Remark("not_reduced", says)
    return None


def _reduced(seen: Seen) -> Remark | None:
    """A sum, a mean or a choice too many."""
    for words, change, along in _ways(seen.right, seen.mine):
        if seen.matches(change):
            return Remark("reduced", f"is only the {words} of what is right{along}")
    return None


def _cut(seen: Seen) -> Remark | None:
    """Too few or too many at one end of one axis; the rest is right."""
    for axis in _axes(seen):
        for front in (False, True):
            gaps = [_gap(a, b, axis, front, seen.floor) for a, b in seen.pairs()]
            sizes = [min(a.size, b.size) for a, b in seen.pairs()]
            if None in gaps or not any(gaps) or not any(sizes):
                continue
            many = {abs(gap) for gap in gaps if gap}
            along = f" along axis {axis}" if seen.right[0].ndim > 1 else ""
            if all(gap <= 0 for gap in gaps):
                return _too_few(front, many, along)
            if all(gap >= 0 for gap in gaps):
                return _too_many(front, many, along)
    return None


def _gap(a, b, axis: int, front: bool, floor: float) -> int | None:
    """By how much ``a`` is longer along an axis, if it is the same where both are."""
    if a.ndim != b.ndim or a.ndim <= axis:
        return None
    gap = a.shape[axis] - b.shape[axis]
    long, short = (a, b) if gap > 0 else (b, a)
    n = short.shape[axis]
    part = slice(long.shape[axis] - n, None) if front else slice(n)
    cut = long[(slice(None),) * axis + (part,)]
    mine, right = (cut, short) if gap > 0 else (short, cut)
    fine = mine.shape == right.shape and same(mine, right, floor)
    return gap if fine else None


def _too_few(front: bool, many: set[int], along: str) -> Remark:
    name = "first_missing" if front else "last_missing"
    which = "first" if front else "last"
    which += " one is" if many == {1} else f" {min(many)} are" if len(many) == 1 else ""
    which += " ones are" if len(many) > 1 else ""
    return Remark(name, f"is right as far as it goes, but the {which} missing{along}")


def _too_many(front: bool, many: set[int], along: str) -> Remark:
    name = "one_more_in_front" if front else "one_more_at_the_end"
    where = "in front" if front else "at the end"
    count = {1: "one is"}.get(min(many), f"{min(many)} are")
    count = count if len(many) == 1 else "some are"
    return Remark(name, f"is right, but {count} too many {where}{along}")


def _spread(seen: Seen) -> Remark | None:
    """What is right, once for each entry along new axes."""
    a, b = seen.mine[0], seen.right[0]
    if a.ndim <= b.ndim:
        return None
    if seen.each(
        lambda a, b: (
            a.ndim >= b.ndim
            and a.shape[a.ndim - b.ndim :] == b.shape
            and a.size > b.size
            and same(a, np.broadcast_to(b, a.shape), seen.floor)
        )
    ):
        return Remark("repeated", "is right, but repeated along a new axis")
    return None


SAME_SHAPE = (
    _factor,
    _difference,
    _not_normalised,
    _function,
    _rounded,
    _backwards,
    _added_up,
    _exchanged,
    _nearly,
    _edge,
    _shifted,
    _disordered,
)
ANY_SHAPE = (
    _exchanged,
    _reshaped,
    _cut,
    _not_reduced,
    _reduced,
    _spread,
    _disordered,
)


def remark(seen: Seen) -> Remark | None:
    """The first thing that can be said of a wrong output, in all cases; or None."""
    huge = any(one.size > MANY for one in (*seen.mine, *seen.right))
    if huge or any(b.size == 0 for b in seen.right):
        return None
    found = empty(seen)
    shaped = seen.each(lambda a, b: a.shape == b.shape)
    with np.errstate(all="ignore"):
        for look in SAME_SHAPE if shaped else ANY_SHAPE:
            found = found or look(seen)
    return found


def together(remarks: dict[str, Remark]) -> str:
    """Sentences about several outputs; those of which the same holds in one."""
    groups: dict[str, list[str]] = {}
    for name, one in remarks.items():
        groups.setdefault(one.says, []).append(code(name))
    found = (_subject(names, says) for says, names in groups.items())
    return " ".join(one if one.endswith("?") else f"{one}." for one in found)


def _subject(names: list[str], says: str) -> str:
    if len(names) == 1:
        return f"{names[0]} {says}"
    verb, _, rest = says.partition(" ")
    plural = {"is": "are", "holds": "hold", "has": "have"}.get(verb, verb)
    return f"{', '.join(names[:-1])} and {names[-1]} {plural} {rest}"


# ---- where nothing of this holds


def direction(seen: Seen, k: int) -> str:
    """Too large or too small, and where: what can be said of any numbers."""
    a, b = seen.mine[k], seen.right[k]
    if a.shape != b.shape or not a.size:
        return ""
    if all(one.size == 1 for one in seen.mine):
        return _too(seen)
    bad = np.argwhere(~agree(a, b, seen.floor))
    if a.size == 1:
        return ""
    says = f"{len(bad)} of {a.size} numbers are wrong"
    for axis in range(a.ndim):
        places = set(bad[:, axis].tolist())
        if len(places) == 1 and a.shape[axis] > 1 and len(bad) > 1:
            return f"{says}, all at index {places.pop()} of axis {axis}"
    return says


def _too(seen: Seen) -> str:
    """For a single number."""
    gaps = [float(a.flat[0]) - float(b.flat[0]) for a, b in seen.pairs() if a.size == 1]
    wrong = [not seen.equal(a, b) for a, b in seen.pairs()]
    signs = {np.sign(gap) for gap, bad in zip(gaps, wrong, strict=False) if bad}
    if signs == {1.0}:
        words = "too large"
    elif signs == {-1.0}:
        words = "too small"
    else:
        words = "too large in some cases, too small in others" if len(signs) > 1 else ""
    return f"it is {words}" if words and len(gaps) == len(seen.mine) else ""
