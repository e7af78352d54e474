"""``96-find-the-bug``: each snippet fails its check as given, and passes mended."""

import ast
import difflib
import re
from pathlib import Path

import nbformat
import pytest

from rnnbook.checks import CHECKS, check

ROOT = Path(__file__).resolve().parent.parent
PAGE = nbformat.read(ROOT / "chapters" / "96-find-the-bug.ipynb", as_version=4)
# What is planted: the mistake that the check has to name, and no other.
PLANTED = {
    "bugs.windows": "test_among_training",
    "bugs.scaled": "range_of_the_future",
    "bugs.last_row": "one_axis_too_many",
    "bugs.first_state": "state_for_one",
    "bugs.train": "endless_graph",
    "bugs.class_loss": "probabilities_as_scores",
    "bugs.keras_loss": "scores_as_probabilities",
    "bugs.fit": "gradients_pile_up",
    "bugs.read": "sequences_mixed",
    "bugs.squared_error": "everyone_with_everyone",
    "bugs.features": "last_example",
    "bugs.represent": "after_the_padding",
    "bugs.predict": "half_the_units_missing",
    "bugs.next_character": "scores_squeezed",
    "bugs.at_temperatures": "earlier_temperatures_stay",
    "bugs.keep": "one_file_for_all",
    "bugs.off_normal": "normal_of_all_years",
    "bugs.without_gaps": "filled_from_both_sides",
    "bugs.samples": "one_step_further",
    "bugs.loss_with_gaps": "no_number",
    "bugs.estimates": "zero_decays",
    "bugs.sentence_loss": "padding_learned",
    "bugs.attend": "blind_scores",
    "bugs.spoken_loss": "sentences_for_steps",
    "bugs.state_of_sessions": "strangers_clicks",
    "bugs.streamed": "state_and_cell_exchanged",
    "bugs.buffered": "one_buffer_for_two",
    "bugs.in_a_byte": "largest_changes_its_sign",
}
MOST_LINES = 6  # that a mend may take away and put in, together
MOST_OF_A_SNIPPET = 12


def is_solution(cell) -> bool:
    return "solution" in cell.metadata.get("tags", [])


def checks_of(source: str) -> list[tuple[str, str]]:
    """The name of the check and of the function, for every check in a cell."""
    return re.findall(r'\bcheck\("(bugs\.\w+)", (\w+)\)', source)


def cells_of(solution: bool) -> dict:
    """For every check the cell that calls it: the snippets, or the mended ones."""
    found = {}
    for cell in PAGE.cells:
        if cell.cell_type == "code" and is_solution(cell) == solution:
            for name, _ in checks_of(cell.source):
                assert name not in found, f"{name} is checked in two cells"
                found[name] = cell
    return found


BROKEN, MENDED = cells_of(False), cells_of(True)


@pytest.fixture(scope="module")
def names() -> dict:
    """What the first code cell of the page defines: its imports."""
    space: dict = {}
    first = next(cell for cell in PAGE.cells if cell.cell_type == "code")
    exec(first.source, space)
    return space


def result_of(source: str, names: dict):
    """Run a cell in a fresh namespace and give what its check says."""
    space = dict(names)
    body = ast.parse(source).body
    exec(compile(ast.Module(body[:-1], []), "<cell>", "exec"), space)
    ((name, function),) = checks_of(source)
    return check(name, space[function])


def broken_as_planted(source: str, names: dict) -> bool:
    ((name, _),) = checks_of(source)
    result = result_of(source, names)
    return not result.passed and result.mistake == PLANTED[name]


def lines_of(source: str) -> list[str]:
    """The lines of a cell but the one that checks; empty ones do not count."""
    lines = [line for line in source.split("\n") if line.strip()]
    return [line for line in lines if not checks_of(line)]


def changed(name: str) -> list[str]:
    a, b = lines_of(BROKEN[name].source), lines_of(MENDED[name].source)
    return [line for line in difflib.ndiff(a, b) if line[0] in "+-"]


def test_there_are_enough_snippets_and_each_is_mended():
    assert len(PLANTED) >= 12
    assert set(BROKEN) == set(MENDED) == set(PLANTED)
    assert set(PLANTED) == {name for name in CHECKS if name.startswith("bugs.")}
    assert list(BROKEN) == list(MENDED), "the mended cells come in another order"


@pytest.mark.parametrize("name", PLANTED)
def test_the_snippet_fails_and_the_planted_mistake_is_named(name, names):
    result = result_of(BROKEN[name].source, names)
    assert not result.passed and result.mistake == PLANTED[name], str(result)


@pytest.mark.parametrize("name", PLANTED)
def test_the_mended_cell_passes(name, names):
    result = result_of(MENDED[name].source, names)
    assert result.passed, str(result)
    function = dict(checks_of(MENDED[name].source))[name]
    last = ast.unparse(ast.parse(MENDED[name].source).body[-1])
    assert last == f"assert check('{name}', {function}).passed"


@pytest.mark.parametrize("name", PLANTED)
def test_the_mend_is_small(name):
    assert 1 <= len(changed(name)) <= MOST_LINES, changed(name)
    assert len(lines_of(BROKEN[name].source)) <= MOST_OF_A_SNIPPET


@pytest.mark.parametrize("name", PLANTED)
def test_the_page_shows_that_the_snippet_fails(name):
    """What is stored below the snippet is the check's word on it, of this day."""
    (output,) = BROKEN[name].outputs
    shown = output["data"]["text/markdown"]
    (planted,) = [m for m in CHECKS[name].mistakes if m.name == PLANTED[name]]
    assert shown.startswith("**Not yet.**") and planted.says in shown


def test_a_snippet_that_was_mended_by_accident_is_found(names):
    """The tests above notice it: no mended cell counts as a broken one."""
    found = {n: broken_as_planted(BROKEN[n].source, names) for n in PLANTED}
    assert set(found.values()) == {True}
    found = {n: broken_as_planted(MENDED[n].source, names) for n in PLANTED}
    assert set(found.values()) == {False}


def test_another_bug_than_the_planted_one_is_found(names):
    source = BROKEN["bugs.squared_error"].source
    assert broken_as_planted(source, names)
    other = source.replace("(error**2).mean()", "(error**2).sum()")
    assert other != source and not broken_as_planted(other, names)


def test_every_snippet_has_a_symptom_a_story_and_a_hint():
    heads = []
    for before, cell in zip(PAGE.cells, PAGE.cells[1:], strict=False):
        if cell not in BROKEN.values():
            continue
        ((name, function),) = checks_of(cell.source)
        head, story = re.search(r"^### (.+)\n\n(\S.+)\n", before.source, re.M).groups()
        heads.append(head)
        assert len(story.split()) >= 12
        label = "ex-bug-" + name.removeprefix("bugs.").replace("_", "-")
        assert f":label: {label}\n" in before.source
        assert '<details class="hint">' in before.source
        assert f"`{function}`" in before.source
    assert len(heads) == len(set(heads)) == len(PLANTED)


def test_every_mend_says_how_one_notices_and_where_it_is_taught():
    text = {}
    for before, cell in zip(PAGE.cells, PAGE.cells[1:], strict=False):
        if cell in MENDED.values():
            ((name, _),) = checks_of(cell.source)
            text[name] = before.source.split(":::{solution-start}")[1]
    for name in PLANTED:
        assert "*Noticed by:*" in text[name], name
        assert re.search(r"\*Taught in\* \{(doc|ref)\}", text[name]), name
        page = CHECKS[name].page
        assert page in text[name] or "the-leak" in text[name], name
