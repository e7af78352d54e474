"""Exam questions of 28-recommendation."""

import numpy as np
from exam_bank import exam, from_chapter

from bank._shared import fence, printed
from rnnbook.questions import THREE_DIGITS, Drawn, show

from_chapter("clicks.reciprocal", 2, "compute a mean reciprocal rank")
from_chapter("clicks.table", 2, "smooth a table of transitions")


@exam("clicks.tied", "28-recommendation", 2, "rank a target among equal scores")
def _(rng):
    own = int(rng.integers(3, 7))
    above = rng.integers(own + 1, 10, size=int(rng.integers(1, 5)))
    below = rng.integers(0, own, size=int(rng.integers(1, 4)))
    scores = rng.permutation([*above, *below, *[own] * 4])
    at = int(rng.choice(np.flatnonzero(scores == own)))
    code = (
        f"scores, target = np.array({scores.tolist()}), {at}\n"
        "own = scores[target]\n"
        "ties = (scores == own).sum() - 1\n"
        "print(1 + (scores > own).sum() + ties / 2)"
    )
    n, answer = len(above), float(printed(code))
    return Drawn(
        "The scores of all items, and the item that was clicked next. What is "
        "printed?" + fence(code),
        answer,
        [
            (1 + n, "That is the rank if every tie counts as won."),
            (4 + n, "That is the rank if every tie counts as lost."),
            (3 + n, "The target is not one of its own ties."),
            (1.5 + n, "The best item has rank 1, not 0."),
        ],
        worked=f"Higher scores: {n}. Other items with the score {own}: 3, of which "
        f"half count as above. 1 + {n} + 3 / 2 = {show(answer)}.",
    )


@exam("clicks.drawn", "28-recommendation", 1, "see what sampled negatives do by chance")
def _(rng):
    items = int(rng.integers(15, 90)) * 100
    drawn = int(rng.choice([49, 99, 199, 499]))
    right = items / (drawn + 1)
    return Drawn(
        f"A shop has {items} items. A model that scores them at random is judged by "
        f"recall@10, first among all items, then among the target and {drawn} others "
        "that are drawn at random. By which factor does its recall grow? (three "
        "significant digits)",
        right,
        [
            (1 / right, "The recall grows: there are fewer rivals."),
            (10 / (drawn + 1), "That is the recall afterwards, not the factor."),
            (10 / items, "That is the recall before, not the factor."),
            (10 * right, "Ten places are to be had both times, so they cancel."),
        ],
        rtol=THREE_DIGITS,
        worked=f"By chance the recall is 10 / {items} at first. Among {drawn} + 1 = "
        f"{drawn + 1} it is 10 / {drawn + 1}, and the factor is {items} / "
        f"{drawn + 1} = {show(right)}, though the model knows nothing.",
    )


@exam("clicks.border", "28-recommendation", 2, "find a state that crosses a border")
def _(rng):
    lanes = int(rng.choice([16, 32, 48, 64, 96, 128]))
    found = round(float(rng.uniform(35, 60)), 1)
    return Drawn(
        f"A GRU reads sessions in {lanes} lanes; its recall@10 is {found} %. You "
        "suspect that the state is not reset where a new session takes over a lane. "
        "Which check decides it?",
        "Compare the scores after a border with those of the session read alone",
        [
            (
                "Train once more with a reset, and see whether recall@10 rises",
                "It moves by no more than another seed may move it.",
            ),
            (
                "See whether the loss on the training part stops falling",
                "It falls as usual: most clicks are not the first of a session.",
            ),
            (
                f"Train with fewer than {lanes} lanes, and compare the two losses",
                "A border is crossed with any number of lanes.",
            ),
        ],
        worked="With a reset the two agree up to rounding, and the difference after a "
        f"reset is exactly 0, trained or not. A recall of {found} % says nothing "
        "about the borders, since few of all clicks stand right behind one.",
    )


@exam("clicks.claim", "28-recommendation", 3, "judge the claim of a recommender")
def _(rng):
    popular = round(float(rng.uniform(18, 28)), 1)
    ours = round(popular * float(rng.uniform(2.4, 3.2)), 1)
    items = int(rng.integers(2, 9)) * 1000
    return Drawn(
        f"A report: our GRU has a recall@10 of {ours} %, popularity {popular} %, in "
        f"a shop of {items} items, among the target and 100 items drawn at random. "
        "The clicks were split at random, nine tenths to train. How large is "
        "recall@10 of a ranking by chance in this report? Name three faults of the "
        "report, and for each what you would do instead.",
        "",
        [],
        worked="A ranking by chance has 10 of the 101 places: 10 / 101 = "
        f"{show(10 / 101)}, among all items only 10 / {items} = {show(10 / items)}. "
        "Faults: the rivals are drawn, so rank among all items; popularity is a weak "
        "opponent, so show a Markov table of the last click on the same clicks; "
        "clicks of one session stand on both sides, so split by whole sessions in "
        "the order of time. One may add seeds and an interval over sessions.",
        rubric=(
            (1, f"chance is 10 of 101, {show(10 / 101)}"),
            (2, "sampled negatives: rank among all items"),
            (2, "popularity is weak: a table of what follows what, on the same clicks"),
            (2, "split by whole sessions, in the order of time"),
        ),
    )
