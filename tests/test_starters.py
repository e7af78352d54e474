"""What the self-checks say to a cell that nobody has touched yet."""

import ast
import dis
import re
from pathlib import Path
from types import CodeType
from typing import NamedTuple

import nbformat
import pytest

from rnnbook.checks import CHECKS, Result, check
from rnnbook.grading import check_packed

ROOT = Path(__file__).resolve().parent.parent
BUGS = "96-find-the-bug"  # has tests of its own
CALLS = {"check", "check_packed"}
SOLUTION = re.compile(r"([ \t]*)### BEGIN SOLUTION.*?### END SOLUTION", re.DOTALL)
STUB = r"\1# YOUR CODE HERE\n\1raise NotImplementedError()"


class Starter(NamedTuple):
    """A call of a check in a notebook, and the statements above it."""

    page: str
    name: str
    call: ast.Call
    above: list[ast.stmt]


def code(nb) -> list:
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def untouched(cell) -> str:
    """A cell's text as a student gets it."""
    text = SOLUTION.sub(STUB, cell.source)
    return text.partition("### BEGIN HIDDEN TESTS")[0]


def starters() -> list[Starter]:
    paths = [*ROOT.glob("chapters/*.ipynb"), *ROOT.glob("assignments/*/*.ipynb")]
    paths = [path for path in sorted(paths) if path.stem != BUGS]
    return [one for path in paths for one in in_notebook(path)]


def in_notebook(path: Path) -> list[Starter]:
    """The last line of a cell, where it is a check, with all that stands above."""
    found, above = [], []
    for cell in code(nbformat.read(path, as_version=4)):
        if "solution" in cell.metadata.get("tags", []):
            continue
        body = ast.parse(untouched(cell)).body
        last = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
        above = above + body
        if isinstance(last, ast.Call) and getattr(last.func, "id", "") in CALLS:
            found.append(Starter(path.stem, last.args[0].value, last, above[:-1]))
    return found


def bound(statement: ast.stmt) -> set[str]:
    """The names that a statement gives a value to."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(a.asname or a.name).partition(".")[0] for a in statement.names}
    stored = (n for n in ast.walk(statement) if isinstance(n, ast.Name))
    return {n.id for n in stored if isinstance(n.ctx, ast.Store)}


def used(statement: ast.stmt) -> set[str]:
    """The names that a statement looks for outside itself, also in its functions."""
    codes = [compile(ast.Module([statement], []), "<cell>", "exec")]
    found = set()
    for one in codes:
        codes += [c for c in one.co_consts if isinstance(c, CodeType)]
        look = dis.get_instructions(one)
        found |= {i.argval for i in look if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return found


def needed(wanted: set[str], above: list[ast.stmt]) -> list[ast.stmt]:
    """What must be run to have these names, in order; of a name the last value."""
    chosen: dict[int, ast.stmt] = {}
    for name in sorted(wanted):
        for k in range(len(above) - 1, -1, -1):
            if name in bound(above[k]):
                chosen[k] = above[k]
                names = used(above[k]) - {name}
                rest = needed(names, above[:k])
                chosen |= {above.index(one): one for one in rest}
                break
    return [chosen[k] for k in sorted(chosen)]


def said(one: Starter) -> Result:
    """What the check says to the function as it came."""
    function = one.call.args[1]
    space: dict = {}
    module = ast.Module(needed({function.id}, one.above), [])
    exec(compile(module, f"<{one.page}>", "exec"), space)
    given = space[function.id]
    if one.call.func.id == "check":
        return check(one.name, given)
    gates = one.call.args[3].value if len(one.call.args) > 3 else "ifgo"
    return check_packed(one.name, given, gates[::-1], gates)


# The starters that compute something, each with the mistake that it makes: its sentence
# was read beside the cell, and is true. All others compute nothing yet.
MAKES = {
    "01-sequences": {
        "metrics.mase": "not_scaled",
        "data.seasonal_naive": "horizon_ignored",
        "data.mended": "not_mended",
        "data.peeks": "never_yes",
        "text.discounted": "not_discounted_at_all",
        "text.adaptive_bits": "learns_nothing",
    },
    "02-rnn": {
        "rnn.time_axis": "always_one",
        "rnn.latch": "always_off",
        "rnn.bit_line": "no_gain",
        "metrics.unexplained": "loss_alone",
        "rnn.mod3": "always_zero",
        "training.length_at": "no_curriculum",
    },
    "03-bptt": {
        "bptt.only_last": "every_output",
        "bptt.taught": "all_steps",
        "losses.cross_entropy": "three_things_missing",
        "rnn.backward": "last_step_only_without_dh",
        "bptt.forward_gradient": "state_not_derived",
    },
    "04-vanishing-gradients": {
        "vanishing.with_radius": "not_divided",
        "vanishing.orthogonal": "columns_only_normalised",
        "rnn.relu_step_backward": "slope_of_tanh",
    },
    "11-lstm": {
        "lstm.counter": "zero",
        "lstm.peephole_step": "no_peepholes",
        "metrics.fair_error": "luckiest_run",
        "lstm.broken_backward": "nothing_broken",
    },
    "12-gru": {
        "gru.other_column": "everything_negated",
        "gru.step": "reset_missing + update_missing",
        "gru.no_reset_step": "state_unchanged",
        "gru_reset_after.step_backward": "kept_share_only",
        "gru.turns_back": "none_found",
    },
    "13-three-libraries": {
        "convert.parameters": "biases_left_out",
        "shapes.last_valid": "lengths_ignored",
        "convert.keras_order": "nothing_done",
        "convert.from_torch_lstm": "second_bias_forgotten",
        "shapes.reverse_padded": "padding_turned_too",
    },
    "14-inside-the-gates": {
        "gates.half_life": "one_over_what_is_lost",
        "gates.position_in_line": "lines_ignored",
        "gates.kernel": "from_the_beginning",
        "gates.no_forget_step": "still_forgets",
        "gates.best_by_chance": "not_shifted + mean_for_best",
        "gates.judged_on_rest": "chosen_and_judged_on_all",
        "gates.two_cells": "one_cell",
    },
    "15-deep-and-both-ways": {
        "deep.parameters": "upper_layers_read_x",
        "deep.of_layer": "directions_first",
        "deep.both_ways": "not_turned_back",
        "deep.residual_backward": "no_way_past",
        "deep.thinned": "not_divided",
        "deep.normalised": "over_the_batch",
        "deep.seen": "wait_ignored",
        "deep.delayed": "rolled_round",
    },
    "21-text-generation": {
        "text.floor_bits": "no_limit",
        "sampling.min_p": "absolute_threshold + no_renormalisation",
        "data.streams": "rows_do_not_continue",
        "text.mixture_bits": "mixed_bits",
        "text.rate": "no_fall",
        "text.prequential": "everything_learned_first",
    },
    "22-mnist-rows": {
        "images.patches": "plain_reshape",
        "images.committee": "first_alone",
    },
    "23-stock-prediction": {
        "data.clean": "not_mended",
        "metrics.always_up": "no_interval",
        "metrics.days_needed": "always_one",
        "torch.open_lstm": "nothing_set",
        "data.return_and_volume": "levels",
        "data.rolling_blocks": "one_fit_for_all",
        "torch.pinball": "both_sides_alike",
    },
    "24-text-classification": {
        "text.padded": "padding_first + end_kept",
        "text.last_valid": "last_column",
        "text.max_pool": "padding_wins",
        "text.both_ends": "last_column",
        "text.occlusion": "word_alone",
        "text.mcnemar": "point_probability",
    },
    "25-weather": {
        "weather.pairs": "from_the_first_input",
        "weather.climatology": "test_years_seen",
        "weather.since": "nothing_counted",
        "weather.decayed": "decays_what_is_missing",
        "weather.despiked": "looks_ahead",
        "weather.without_best": "all_weeks",
    },
    "26-translation": {
        "pairs.loss": "with_the_pads",
        "pairs.attend": "zeroed_after",
        "pairs.scores_back": "own_place_only",
        "pairs.bleu": "not_clipped",
        "pairs.grow": "past_forgotten",
        "pairs.em": "table_unused",
    },
    "27-speech": {
        "speech.hertz": "one_forgotten",
        "speech.choice": "all_together",
        "speech.frames": "beginnings",
        "speech.read": "blanks_first",
        "speech.fewest": "repeats_forgotten",
        "speech.warp": "straight",
        "speech.probability": "always_skips",
    },
    "28-recommendation": {
        "clicks.ranks": "ties_won",
        "clicks.mrr": "never_cut",
        "clicks.markov": "across_borders",
        "clicks.reset": "never",
        "clicks.among_sampled": "by_proportion",
        "clicks.lanes": "glued",
    },
    "29-series-in-keras": {
        "series.frame": "end_of_the_window",
        "series.standardised": "of_everything",
        "series.by_horizon": "one_number",
        "series.harmonic": "mean_alone",
        "series.recursive": "window_stands_still",
        "series.relu_states": "linear",
    },
    "31-training": {
        "training.columns": "longest_of_all",
        "metrics.mean_over_batches": "sizes_ignored",
        "training.adam_step": "no_bias_correction",
        "training.one_mask": "outputs_thinned",
        "training.chrono": "input_gate_left_open",
        "training.one_cycle": "cosine_from_the_start",
        "training.best_kept": "kept_by_name",
    },
    "32-tuning": {
        "tuning.log_uniform": "even",
        "tuning.expected_best": "quantile_of_the_rank",
        "tuning.walk_forward": "no_gap",
        "tuning.halve": "always_the_first_rung",
        "tuning.wasted": "different_ones",
        "tuning.simplest": "one_deviation",
        "tuning.reported": "chosen_on_test",
    },
    "34-deployment": {
        "deployment.quantised": "zero_left_out",
        "deployment.from_file": "order_of_the_file",
        "deployment.answer": "one_state_for_all",
        "deployment.new_sessions": "who_came_first_goes_first",
        "deployment.taught_gradient": "without_the_square",
        "deployment.slowest": "lost_ones_left_out",
        "deployment.limit_of": "five_per_cent",
    },
    "35-beyond": {
        "beyond.compose": "exchanged",
        "beyond.doubling_work": "all_places",
        "beyond.kernel": "begins_with_lambda",
        "beyond.stable": "old_maximum_lost",
        "beyond.causal_weights": "masked_after",
        "beyond.linear_attention": "asked_before_written",
        "beyond.reach": "places_for_gaps",
        "beyond.kept": "keys_alone",
    },
    "42-classic-experiments": {
        "classic.copy_null": "not_spread",
        "classic.mean_null": "zero_for_the_best",
        "classic.at_own_rate": "one_rate_for_all",
        "classic.apart": "spread_of_seeds",
        "classic.sees": "no_dilation",
        "classic.best_of_many": "chance_of_one_cell",
    },
    "33-scaling": {
        "scaling.amdahl": "everything_shared",
        "scaling.dealt": "same_each_epoch",
        "scaling.own_losses": "mean_of_means",
        "scaling.accumulated": "plain_mean",
        "scaling.windows_of": "next_window_next_row",
        "scaling.resumed": "epoch_from_its_start",
        "scaling.ring": "everything_to_everybody",
    },
    "41-claims-tested": {
        "claims.verdict": "not_shown_is_false",
        "claims.against_last": "a_day_late",
        "claims.own_best": "one_rate_for_all",
        "claims.by_luck": "one_side",
        "claims.welch": "divided_by_n",
        "claims.purged": "nothing_purged",
    },
    "94-errors": {"lstm.step": "forget_gate_missing"},
}
LACKS = {"lstm.peephole_step_backward": "The dict lacks p_i, p_f, p_o."}

ALL = starters()
IDS = [f"{one.page}-{one.name}" for one in ALL]


def test_there_are_many_starters():
    assert len(ALL) >= 110 and {one.page for one in ALL} >= set(MAKES)
    assert all(set(MAKES[page]) <= {one.name for one in ALL} for page in MAKES)


@pytest.mark.parametrize("one", ALL, ids=IDS)
def test_an_untouched_cell_is_told_the_truth(one):
    """Not yet, and why; never that no mistake is known, and no mistake it has not."""
    result = said(one)
    text = str(result)
    assert text.startswith("Not yet.") and "No mistake known" not in text
    assert (result.mistake or "") == MAKES.get(one.page, {}).get(one.name, "")
    if result.mistake is None:
        unwritten = "That line stands where the function is still to be written."
        unfilled = "This may be the cell as it came."
        words = unwritten if one.page[0].isalpha() else LACKS.get(one.name, unfilled)
        assert words in text


def test_a_cell_that_is_filled_in_is_not_taken_for_one_that_is_not():
    """A zero that is computed from what comes in is a mistake like any other."""
    right = CHECKS["rnn.step"].reference
    for wrong in (lambda x, h, p: right(x, h, p)[0] * 2, lambda x, h, p: x @ p["W_xh"]):
        assert "as it came" not in str(check("rnn.step", wrong))
