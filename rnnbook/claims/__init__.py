"""Claims about recurrent networks, each with a rule that judges it by stored results.

A claim is one sentence that somebody says, the experiment that can refute it, a
control, and a rule: a function of the experiment's table that returns a verdict, a
sentence with the numbers, and the numbers themselves. No verdict is typed: it is what
the rule makes of ``experiments/results``.

``python -m rnnbook.claims`` lists them, ``python -m rnnbook.claims NAME`` shows one,
and with ``--again`` its records are made anew and judged by the same rule. The rows
stand in ``known`` (the rule was written when the results were there) and in ``asked``
(the rule was committed before the experiment was run); ``believed`` has the findings of
this course that a later control overturned.
"""

import argparse
import functools
import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from rnnbook import evidence

VERDICTS = "true", "false", "depends", "cannot be tested so"
CLAIMS: dict[str, "Claim"] = {}


class Found(NamedTuple):
    """What a rule makes of the results.

    ``groups`` are the numbers behind the sentence, one a run, by what was run;
    ``unit`` says what they are.
    """

    verdict: str
    sentence: str
    groups: dict[str, list[float]]
    unit: str


class Claim(NamedTuple):
    """One row: who says what, what tests it, and how it is judged."""

    name: str
    says: str
    source: str
    uses: dict[str, dict]
    control: str
    rule: str
    page: str
    asked: bool
    judge: Callable[..., Found]
    topic: str


class Gap(NamedTuple):
    """A difference of two means, with its interval of 95 % over the runs."""

    mean: float
    low: float
    high: float


def claim(
    name: str,
    says: str,
    *,
    source: str,
    uses: Mapping[str, Mapping],
    control: str,
    rule: str,
    page: str,
    topic: str,
    asked: bool = False,
) -> Callable:
    """Enter a claim; what is decorated is its rule, a function of its tables.

    Raises
    ------
    ValueError
        If the name is taken.
    """
    if name in CLAIMS:
        raise ValueError(f"name: expected one that is not taken, got {name!r}")

    def enter(judge):
        wanted = {key: dict(where) for key, where in uses.items()}
        CLAIMS[name] = Claim(
            name, says, source, wanted, control, rule, page, asked, judge, topic
        )
        return judge

    return enter


# What rules are made of.


def gap(a: Iterable[float], b: Iterable[float]) -> Gap:
    """``mean(a) - mean(b)``, by Welch's interval; a single run counts as exact.

    Raises
    ------
    ValueError
        If there is no run of either.
    """
    from scipy.stats import t

    a, b = (np.array(list(runs), dtype=float) for runs in (a, b))
    if not (a.size and b.size):
        raise ValueError(f"runs: expected some of each, got {a.size}, {b.size}")
    parts = [v.var(ddof=1) / v.size if v.size > 1 else 0.0 for v in (a, b)]
    mean, square = float(a.mean() - b.mean()), sum(parts)
    if square == 0:
        return Gap(mean, mean, mean)
    free = square**2 / sum(
        p**2 / (v.size - 1) for p, v in zip(parts, (a, b), strict=True) if v.size > 1
    )
    half = float(t.ppf(0.975, free)) * math.sqrt(square)
    return Gap(mean, mean - half, mean + half)


def by_gain(gain: Gap, matters: float) -> str:
    """The rule of many rows: is a gain there, and would one that matters be seen?

    True if the whole interval lies above zero, false if it lies below ``matters``, and
    *cannot be tested so* if it holds both zero and what would matter.
    """
    if gain.low > 0:
        return "true"
    if gain.high < matters:
        return "false"
    return "cannot be tested so"


def together(verdicts: Iterable[str]) -> str:
    """One verdict for several conditions: what all of them say, else *depends*.

    If one of them cannot tell and the others do not part, nor can they together.
    """
    verdicts = set(verdicts)
    if len(verdicts) == 1:
        return verdicts.pop()
    if {"true", "false"} <= verdicts:
        return "depends"
    return "cannot be tested so" if VERDICTS[3] in verdicts else "depends"


def is_so(right: bool) -> str:
    """Of a claim without noise."""
    return "true" if right else "false"


def about(runs: Iterable[float], form: str = "") -> str:
    """``mean ± standard deviation`` of runs, or the number if all are equal.

    Without a ``form`` as many decimals as three digits of the number need. No spread is
    printed as zero: it gets the decimals that show it, and where both would round to
    zero it is said below what they lie.
    """
    runs = pd.Series(list(runs), dtype=float)
    if runs.abs().max() < 1e-5 and not form:
        return "0" if runs.abs().max() < 1e-7 else _powers(runs)
    mean, spread = float(runs.mean()), float(runs.std(ddof=1))
    if len(runs) == 1 or spread <= 1e-5 * abs(mean):
        return "0" if runs.abs().max() < 1e-7 else _plain(mean, form)
    size = max(abs(mean), spread)
    if not form and size < 1e-3:
        return _powers(runs)
    kind = "%" if form.endswith("%") else "f"
    digits = (
        int(re.sub(r"\D", "", form)) if form.endswith(("f", "%")) else _digits(size)
    )
    unit = 0.01 if kind == "%" else 1.0
    if max(runs.abs()) < 0.5 * unit * 10**-digits:
        return f"below {unit * 10**-digits:.{digits}{kind}}"
    while digits < 5 and float(f"{spread / unit:.{digits}f}") == 0:
        digits += 1
    return f"{_plain(mean, f'.{digits}{kind}')} ± {spread:.{digits}{kind}}"


def _digits(size: float) -> int:
    """Decimals that show three digits of a number."""
    return max(0, 2 - math.floor(math.log10(size)))


def _powers(runs: pd.Series) -> str:
    """Small numbers by their power of ten: ``(8.8 ± 6.8)×10⁻⁶``."""
    mean, spread = float(runs.mean()), float(runs.std(ddof=1))
    power = math.floor(math.log10(max(abs(mean), spread if len(runs) > 1 else 0)))
    raised = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    shown = f"{mean / 10**power:.1f}".replace("-", "−")
    if len(runs) > 1:
        shown = f"({shown} ± {spread / 10**power:.1f})"
    return f"{shown}×10{raised}"


def _plain(number: float, form: str) -> str:
    """A number with a minus sign; without a form, with three digits."""
    if not form:
        if number and abs(number) < 1e-3:
            return _powers(pd.Series([number]))
        text = f"{number:.{_digits(abs(number) or 1)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = f"{number:{form}}"
    return text.replace("-", "−")


def interval(g: Gap, form: str = "", unit: str = "") -> str:
    """A difference in words: ``−0.2 (−0.3 to −0.1)``."""
    if not form:
        form = f".{_digits(max(abs(v) for v in g) or 1)}f"
    mean, low, high = (_plain(v, form) for v in g)
    return f"{mean}{unit} ({low} to {high})"


def runs_of(table: pd.DataFrame, number: str, **where: Any) -> list[float]:
    """One number of the rows that have these values."""
    return evidence.select(table, where)[number].tolist()


def best(table: pd.DataFrame, by: str, number: str = "test", over: str = "lr") -> dict:
    """The numbers of each rival at its own best rate, chosen on the validation part."""
    kept = evidence.at_best(table, by, over)
    return {name: rows[number].tolist() for name, rows in kept.groupby(by, sort=False)}


# Judging.


def tables(one: Claim) -> list[pd.DataFrame]:
    """The stored records that a claim rests on."""
    return [chosen(evidence.load(name), where) for name, where in one.uses.items()]


def chosen(table: pd.DataFrame, where: Mapping[str, Any]) -> pd.DataFrame:
    """The rows whose columns have these values, or one of several."""
    for column, values in where.items():
        values = values if isinstance(values, list | tuple) else [values]
        table = table[table[column].isin(values)]
    if table.empty:
        raise ValueError(f"where: expected values that occur, got {dict(where)}")
    return table


@functools.cache
def judged(name: str) -> Found:
    """What the rule of a claim makes of the stored results.

    Raises
    ------
    ValueError
        If there is no such claim; or if its rule gives none of the four verdicts.
    """
    return judge(one(name), *tables(one(name)))


def judge(claim: Claim, *tables: pd.DataFrame) -> Found:
    """The rule of a claim on other tables: those of a run of one's own."""
    found = claim.judge(*tables)
    if found.verdict not in VERDICTS:
        raise ValueError(f"verdict: expected one of {VERDICTS}, got {found.verdict!r}")
    return found


def one(name: str) -> Claim:
    """A claim by its name."""
    if name not in CLAIMS:
        raise ValueError(f"name: expected one of {list(CLAIMS)}, got {name!r}")
    return CLAIMS[name]


def seconds(claim: Claim) -> float:
    """Processor seconds that its records took when they were stored."""
    return float(sum(table["seconds"].sum() for table in tables(claim)))


def table() -> pd.DataFrame:
    """All claims, one a row: what is said, the verdict, and what it rests on."""
    return pd.DataFrame(
        [
            {
                "name": c.name,
                "claim": c.says,
                "verdict": judged(c.name).verdict,
                "found": judged(c.name).sentence,
                "topic": c.topic,
                "chapter": c.page,
                "rule": "before" if c.asked else "after",
                "experiments": ", ".join(c.uses),
            }
            for c in CLAIMS.values()
        ]
    )


def again(claim: Claim) -> list[pd.DataFrame]:
    """Its records, made anew on this machine, one by one; nothing is stored."""
    made = []
    for name, where in claim.uses.items():
        rows = []
        for job in evidence.grid(evidence._declared(name, evidence.FOLDER)):
            setting = pd.DataFrame([{**job.setting, "seed": job.seed}])
            try:
                chosen(setting, where)
            except (KeyError, ValueError):
                continue
            record = evidence.record(name, evidence.FOLDER, job)
            print(f"{name} {job.setting} seed {job.seed}: {record['numbers']}")
            rows.append({**setting.iloc[0].to_dict(), **record["numbers"]})
        made.append(pd.DataFrame(rows))
    return made


def compared(claim: Claim, made: list[pd.DataFrame]) -> str:
    """How the records made anew agree with the stored ones, in a sentence."""
    inside = count = 0
    for name, stored, new in zip(claim.uses, tables(claim), made, strict=True):
        tolerance = evidence._declared(name, evidence.FOLDER).TOLERANCE
        keys = [k for k in new if k not in tolerance]
        both = stored.merge(new, on=keys, suffixes=("", " again"))
        for number, allowed in tolerance.items():
            off = (both[number] - both[f"{number} again"]).abs()
            inside, count = inside + int((off <= allowed).sum()), count + len(stored)
    same = judged(claim.name).verdict == judge(claim, *made).verdict
    return (
        f"Compared: {inside} of {count} numbers lie within the tolerance of their "
        f"experiment; the verdict is {'the same' if same else 'another'}."
    )


def text(claim: Claim, found: Found) -> str:
    """A row in words, for a terminal."""
    when = "before" if claim.asked else "after"
    return "\n".join(
        [
            f"Claim: {claim.says}",
            f"Verdict: {found.verdict}. {found.sentence}",
            *(
                f"  {label}: {about(runs)} {found.unit} ({len(runs)} runs)"
                for label, runs in found.groups.items()
            ),
            f"Control: {claim.control}",
            f"Rule ({when} the results were known): {claim.rule}",
            f"Said by: {claim.source}",
            f"Taught in: {claim.page}; results: {', '.join(claim.uses)}",
        ]
    )


def main(argv: list[str] | None = None) -> int:
    """The program: list the claims, show one, or make its records anew."""
    parser = argparse.ArgumentParser(
        prog="python -m rnnbook.claims", description=__doc__.splitlines()[0]
    )
    parser.add_argument("name", nargs="?", help="a claim; all without one")
    parser.add_argument("--again", action="store_true", help="make its records anew")
    args = parser.parse_args(argv)
    try:
        if args.name is None:
            for claim in CLAIMS.values():
                print(f"{claim.name}: {judged(claim.name).verdict}. {claim.says}")
            return 0
        claim = one(args.name)
        print(text(claim, judged(claim.name)))
        if args.again:
            print(f"\nMade again; stored it took {seconds(claim):.0f} s of one core:")
            made = again(claim)
            print(text(claim, judge(claim, *made)))
            print(f"\n{compared(claim, made)}")
    except (evidence.EvidenceError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


# They enter their claims, and take what rules are made of from above.
from rnnbook.claims import asked as _asked  # noqa: E402, F401
from rnnbook.claims import known as _known  # noqa: E402, F401
