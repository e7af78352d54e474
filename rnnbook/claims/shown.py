"""The table of claims as a page shows it: each row opens to what it rests on."""

import inspect
import textwrap
from collections.abc import Iterable
from html import escape

from rnnbook.claims import CLAIMS, VERDICTS, Claim, Found, about, judged

# On the page a script adds the search, and sorts; without one it is a plain table.
HEADS = "claim", "verdict", "chapter"
WIDE, HIGH, EDGE = 240, 16, 6


class Table:
    """Claims, to be looked at in a notebook or in a page.

    Parameters
    ----------
    names : names of claims; all without them
    """

    def __init__(self, names: Iterable[str] | None = None):
        self.names = list(CLAIMS) if names is None else list(names)
        if unknown := set(self.names) - set(CLAIMS):
            raise ValueError(f"names: expected some of {list(CLAIMS)}, got {unknown}")

    def __repr__(self) -> str:
        verdicts = [judged(name).verdict for name in self.names]
        counts = ", ".join(f"{verdicts.count(v)} {v}" for v in VERDICTS)
        return f"{len(verdicts)} claims: {counts}"

    def _repr_html_(self) -> str:
        heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
        whole = self.names == list(CLAIMS)  # an address leads to its row of this one
        rows = "\n".join(row(CLAIMS[n], judged(n), whole) for n in self.names)
        return (
            f'<table class="claims"><thead><tr>{heads}</tr></thead>\n'
            f"<tbody>\n{rows}\n</tbody></table>"
        )


def row(claim: Claim, found: Found, address: bool = True) -> str:
    """One row, closed: the claim, its verdict, the chapter that teaches the point."""
    name = f' id="claim-{claim.name}"' if address else ""
    file = f"{claim.page}.{'md' if claim.page.startswith('20') else 'ipynb'}"
    return (
        f'<tr{name} data-topic="{escape(claim.topic)}">'
        f"<td><details><summary>{escape(claim.says)}</summary>\n{inside(claim, found)}"
        f'</details></td><td><span class="claim-verdict">{found.verdict}</span></td>'
        f'<td><a href="{file}" title="{claim.page[3:]}">{claim.page[:2]}</a></td></tr>'
    )


def inside(claim: Claim, found: Found) -> str:
    """What a row holds: the numbers, run by run, the rule, and how to run it again."""
    when = "committed before the run" if claim.asked else "written after the run"
    names = ", ".join(f"<code>experiments/{name}.py</code>" for name in claim.uses)
    facts = {
        "Control": escape(claim.control),
        f"Rule, {when}": escape(claim.rule),
        "Said by": escape(claim.source),
        "Results of": names,
        "Run this row": f"<code>python -m rnnbook.claims {claim.name} --again</code>",
    }
    listed = "".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in facts.items())
    return (
        f"<p>{escape(found.sentence)}</p>\n{strips(found)}\n<dl>{listed}</dl>\n"
        f"<pre>{escape(code(claim))}</pre>\n"
    )


def code(claim: Claim) -> str:
    """The rule as it is run, without what enters it."""
    cell = inspect.getclosurevars(claim.judge).nonlocals
    holds = cell.get("holds")
    lines = textwrap.dedent(inspect.getsource(holds or claim.judge)).strip()
    if holds:
        return f"# v: {cell['claimed']}; c: {cell['other']}\n{lines.rstrip(',')}"
    start = lines.index("def _(")
    head = [
        f"# {k}: {v}"
        for k, v in cell.items()
        if isinstance(v, int | float | str | tuple)
    ]
    return "\n".join([*head, lines[start:]])


def strips(found: Found) -> str:
    """Every run as a dot on one line for each group, with a mark at their mean."""
    values = [v for runs in found.groups.values() for v in runs]
    low, high = min(values), max(values)
    width = (high - low) or 1.0

    def place(value: float) -> float:
        return round(EDGE + (WIDE - 2 * EDGE) * (value - low) / width, 1)

    rows = []
    for label, runs in found.groups.items():
        dots = "".join(
            f'<circle cx="{place(v)}" cy="{HIGH // 2}" r="3.5"/>' for v in runs
        )
        mean = place(sum(runs) / len(runs))
        told = f"{label}: {about(runs)} {found.unit}, {len(runs)} runs"
        rows.append(
            f'<tr><th scope="row">{escape(label)}</th><td>'
            f'<svg role="img" aria-label="{escape(told)}" width="{WIDE}" '
            f'height="{HIGH}" viewBox="0 0 {WIDE} {HIGH}" fill="currentColor" '
            f'fill-opacity="0.45"><path d="M{mean} 0v{HIGH}" stroke="currentColor" '
            f'stroke-width="1.5"/>{dots}</svg></td><td>{about(runs)}</td></tr>'
        )
    each = "" if "one for each" in found.unit else "; each dot is a run"
    unit = f"{found.unit}{each}, the line their mean"
    return (
        f'<table class="claim-runs"><caption>{escape(unit)}</caption>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
