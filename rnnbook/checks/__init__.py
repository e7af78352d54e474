"""Self-checks that name the mistake.

``check("lstm.step", my_step)``, as the last line of a cell, runs a function on fixed
and on random cases in float64, compares it with the reference and says in words: right;
or which output is wrong, where it departs first, and which known mistake it is, with a
link to the page that teaches the point. Offline, in less than two seconds, and without
showing the answer. ``check()`` lists the checks, ``check("lstm.step")`` says what a
function must take and return.

For contributors
----------------
The checks of a page stand in a module of their own, ``pages/c02_rnn.py`` for the
chapter ``02-rnn`` and ``pages/a_bptt.py`` for the assignment ``bptt``: those that its
notebook asks for, and those that it teaches and no page asks for. All modules there are
loaded; **a new page needs one new file**, and no other is touched. What several pages
need stands in ``pages/_cells.py`` and ``pages/_shared.py``. In a module each check has
its reference, its cases, its wrong variants, and then holds its mistakes::

    enter(
        Check(
            "rnn.step",                      # how a notebook calls it
            "02-rnn",                        # the page that teaches it
            rnn_step,                        # the reference
            "x, h, params",                  # what it is called with
            (("h_next", "*cache"), "h_next"),  # what it may return; *... is ignored
            _rnn_cases,                      # rng -> [Case("a batch", (x, h, params))]
            (
                mistake(
                    "state_missing",
                    "The old state does not enter: ...",     # whole sentences, unique
                    ' + h @ params["W_hh"]', "",             # old text, new text
                ),
            ),
        )
    )

**To add a mistake**, add one ``mistake(...)`` to its check: a name, the sentence, and
the edits that turn the reference into the wrong variant: each old text stands exactly
once in the reference's source. A mistake that is no edit is given as a function in
place of the edits; one with many outcomes (a shuffle) gets a ``holds`` predicate too.
``page="..."`` points elsewhere than the check.

A mistake is named only if the reader's outputs equal the variant's in *all* cases, and
only one variant does. ``tests/test_checks.py`` runs every mistake through its check and
asserts that exactly it is named: if two cannot be told apart, add a case that does. The
sentence says what is wrong and what follows from it, and never the line that mends it.
A mistake with ``holds`` is looser, so one without goes before it. Two mistakes are
named together if neither hides the other (no output, no shape and no sum is right that
one of them makes wrong alone), and never where single whole numbers are asked for.

Where none is known, :mod:`~rnnbook.checks.generic` says what can be measured in all
cases ("100 times what is right"), which earns and costs no points, and what to do next.
``taught_in({"rnn.step": "The step"})`` at the end of a module names the heading of its
page to which that points. ``tests/test_starters.py`` reads what every cell is told that
nobody has touched yet; a starter that makes a mistake on purpose is entered there.

The rest is shared: :mod:`~rnnbook.checks.catalogue` (what a check is),
:mod:`~rnnbook.checks.guard` (runs what a beginner wrote),
:mod:`~rnnbook.checks.reading` (reads what was returned),
:mod:`~rnnbook.checks.compare` (when two arrays are equal),
:mod:`~rnnbook.checks.trial` (finds the mistakes that explain it),
:mod:`~rnnbook.checks.generic` (measures what none explains),
:mod:`~rnnbook.checks.judge` (finds the words), and
:mod:`~rnnbook.checks.watch` (sees what was called, for graders).
"""

import os
from difflib import get_close_matches
from typing import Any

from rnnbook.checks import pages
from rnnbook.checks.catalogue import CHECKS, PAGES
from rnnbook.checks.guard import SECONDS
from rnnbook.checks.judge import Result, expects
from rnnbook.checks.judge import judge as judged
from rnnbook.pages import load_pages

__all__ = ["CHECKS", "Result", "check", "told"]

_NOTHING = object()

PAGES.update(load_pages(pages))  # which enter their checks


def check(
    name: str | None = None,
    function: Any = _NOTHING,
    seed: int = 0,
    seconds: float = SECONDS,
) -> Result:
    """Check a function against the reference, and say what is wrong with it.

    Parameters
    ----------
    name : str, such as ``"lstm.step"``; without it, the names are listed
    function : function of the arguments that ``check(name)`` states
    seed : int
        Of the random cases. Whoever grades may take another than the reader did.
    seconds : float
        Of processor time, for all cases together.

    Returns
    -------
    Result
        Shown by Jupyter as text; ``passed`` and ``mistake`` for tests.

    Raises
    ------
    ValueError
        If there is no such check; near names are listed.
    AssertionError
        While nbgrader validates a notebook, if the function is not right.
    """
    if name is None:
        names = ", ".join(f"`{one}`" for one in CHECKS)
        return Result("", False, f"The checks: {names}.")
    if name not in CHECKS:
        near = get_close_matches(str(name), CHECKS, n=4, cutoff=0.4)
        raise ValueError(f"name: expected one of {near or list(CHECKS)}, got {name!r}")
    if function is _NOTHING:
        return Result(name, False, f"`{name}`: {expects(CHECKS[name])}")
    return told(judged(CHECKS[name], function, seed, seconds))


def told(result: Result) -> Result:
    """The result; an error where only errors count.

    Raises
    ------
    AssertionError
        If it is not passed and nbgrader's *Validate* runs the notebook: that button
        says "Success" to a cell that ends without an error.
    """
    if not result and os.environ.get("NBGRADER_EXECUTION") == "validate":
        raise AssertionError(str(result))
    return result
